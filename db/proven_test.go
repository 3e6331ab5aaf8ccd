package db

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yike/policy"
)

func openHere(t *testing.T) *DB {
	t.Helper()
	d, err := Open(context.Background(), Config{DSN: filepath.Join(t.TempDir(), "yike.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// A CHECK that spoke of two columns would not be proven by each of them.
func TestClosedColumnsAreThoseOfTheSchema(t *testing.T) {
	d := openHere(t)
	check := regexp.MustCompile(`(?m)^\s*(\w+)\s.*CHECK \((.*)\)`)
	for table, closed := range closedColumns {
		var text string
		if err := d.r.QueryRow(`SELECT sql FROM sqlite_master WHERE type = 'table' AND name = $1`, table).Scan(&text); err != nil {
			t.Fatal(err)
		}
		var names, all []string
		for _, line := range strings.Split(text, "\n") {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			all = append(all, name)
		}
		for _, m := range check.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
			for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(regexp.MustCompile(`'[^']*'`).ReplaceAllString(m[2], ""), -1) {
				if word != m[1] && slices.Contains(all, word) {
					t.Errorf("%s.%s: its CHECK speaks of %s, too", table, m[1], word)
				}
			}
		}
		if n := strings.Count(text, "CHECK"); n != len(names) {
			t.Errorf("%s has %d CHECKs, of which %d are a column's own", table, n, len(names))
		}
		slices.Sort(names)
		want := slices.Sorted(slices.Values(closed))
		if !slices.Equal(names, want) {
			t.Errorf("%s: the schema checks %v, closedColumns %v", table, names, want)
		}
	}
}

func TestAWordIsAskedForOnceAndAWrongOneAlways(t *testing.T) {
	d := openHere(t)
	ctx := context.Background()
	if _, err := d.w.Exec(`INSERT INTO branches (id, level, name, name_key, code, created_at, updated_at) VALUES (1, 'branch', 'West', 'west', 'W', 1, 1)`); err != nil {
		t.Fatal(err)
	}
	next := int64(0)
	// write writes 40 files of a class through a sheaf, the last of a class of
	// its own; what it returns tells whether the engine was asked.
	write := func(class, last string) (asked bool, err error) {
		err = d.act(ctx, policy.SystemActor("test"), "test", func(tx *Tx) error {
			s := newSheaf(tx, "customers", []string{"id", "branch_id", "code", "name", "name_key", "name_fold", "class", "created_at", "updated_at"})
			for i := range 40 {
				next++
				c := class
				if i == 39 {
					c = last
				}
				s.add(next, int64(1), "W-"+pad5(next), "客户", "ke hu", "客户", c, int64(1), int64(1))
			}
			asked = !d.proven.all(s.held())
			return flush(ctx, []*sheaf{s})
		})
		return asked, err
	}
	for _, step := range []struct {
		what, class, last string
		asked, refused    bool
	}{
		{"A word that was never written is asked for", "A", "A", true, false},
		{"A word that was let in is not asked for again", "A", "A", false, false},
		{"A new word in the last of many rows is asked for", "A", "B", true, false},
		{"Both are known now", "B", "A", false, false},
		{"A wrong word is refused", "A", "Z", true, true},
		{"It is refused again", "A", "Z", true, true},
		{"The words that are known still are", "A", "B", false, false},
	} {
		asked, err := write(step.class, step.last)
		if asked != step.asked || (err != nil) != step.refused {
			t.Errorf("%s: asked %v, %v", step.what, asked, err)
		}
		if _, err := d.w.Exec(`INSERT INTO customers (id, branch_id, code, name, name_key, name_fold, class, created_at, updated_at) VALUES (-1, 1, 'x', '', '', '', 'Z', 1, 1)`); err == nil {
			t.Fatalf("%s: and after it the engine checks nothing", step.what)
		}
	}
	// One that is cut off between leaving the checks off and bringing them back.
	cut := errors.New("cut off")
	err := d.write(ctx, func(tx *Tx) error {
		d.unchecked.Store(true)
		if _, err := tx.ExecContext(ctx, `PRAGMA ignore_check_constraints = 1`); err != nil {
			return err
		}
		return cut
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	if _, err := write("A", "Z"); err == nil {
		t.Error("after a write that was cut off the engine checks nothing")
	}
	if d.unchecked.Load() {
		t.Error("the checks are still off")
	}
}
