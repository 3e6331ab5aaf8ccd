package db

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/internal/pgtest"
	"yike/policy/profile"
)

func openSQLite(t *testing.T) *DB {
	t.Helper()
	d, err := Open(context.Background(), Config{DSN: filepath.Join(t.TempDir(), "数据 1", "..", "yike #1.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestTheZoneIsShanghai: with the summer time of its history, which a plain
// offset would not know, and on a PC that has no zone files.
func TestTheZoneIsShanghai(t *testing.T) {
	for _, c := range []struct{ at, want string }{
		{"2026-11-20T15:59:59Z", "2026-11-20 23:59 +0800"},
		{"2026-11-20T16:00:00Z", "2026-11-21 00:00 +0800"},
		{"1988-07-01T12:00:00Z", "1988-07-01 21:00 +0900"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.In(Zone).Format("2006-01-02 15:04 -0700"); got != c.want {
			t.Errorf("%s is %s, want %s", c.at, got, c.want)
		}
	}
	if Zone.String() != "Asia/Shanghai" {
		t.Error(Zone)
	}
}

// TestTheEngineIsNewEnough: SQLite before 3.51.3 can lose committed pages (the
// WAL-reset bug).
func TestTheEngineIsNewEnough(t *testing.T) {
	d := openSQLite(t)
	var v string
	if err := d.r.QueryRow(`SELECT sqlite_version()`).Scan(&v); err != nil {
		t.Fatal(err)
	}
	var a, b, c int
	if _, err := fmt.Sscanf(v, "%d.%d.%d", &a, &b, &c); err != nil || a*1_000_000+b*1000+c < 3_051_003 {
		t.Errorf("SQLite %s", v)
	}
}

// TestEveryConnectionHasItsPragmas: one set by Exec would reach a single
// connection; and an acknowledged write must survive a power cut.
func TestEveryConnectionHasItsPragmas(t *testing.T) {
	ctx, d := context.Background(), openSQLite(t)
	for _, pragma := range []struct {
		name, want string
	}{{"foreign_keys", "1"}, {"busy_timeout", "5000"}} {
		var open []*sql.Conn // two of them, at the same time
		for range 2 {
			c, err := d.r.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, c)
			var got string
			if err := c.QueryRowContext(ctx, "PRAGMA "+pragma.name).Scan(&got); err != nil || got != pragma.want {
				t.Errorf("a reader's %s is %s (%v)", pragma.name, got, err)
			}
		}
		for _, c := range open {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var sync, mode string
	if err := d.w.QueryRow(`PRAGMA synchronous`).Scan(&sync); err != nil || sync != "2" {
		t.Errorf("synchronous is %s, want 2 (FULL), %v", sync, err)
	}
	if err := d.w.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal is %s, %v", mode, err)
	}
	if _, err := d.r.Exec(`DELETE FROM meta`); err == nil {
		t.Error("a reader may write")
	}
}

// TestBothEnginesHaveTheSameTables: name by name, column by column, and
// whether it may be NULL. The search index and goose's own table differ.
func TestBothEnginesHaveTheSameTables(t *testing.T) {
	ctx, lite := context.Background(), openSQLite(t)
	pg, err := Open(ctx, Config{DSN: pgtest.FreshDB(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Close()
	columns := map[string][]string{}
	for engine, q := range map[string]struct {
		d     []querier
		query string
	}{
		"sqlite": {[]querier{lite.r, lite.fr}, `
			SELECT m.name, c.name, c."notnull" FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'customer_search%'`},
		"postgres": {[]querier{pg.r}, `
			SELECT table_name, column_name, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%' AND table_name NOT LIKE 'customer_search%'`},
	} {
		for _, d := range q.d {
			rows, err := d.QueryContext(ctx, q.query)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var table, column string
				var required int
				if err := rows.Scan(&table, &column, &required); err != nil {
					t.Fatal(err)
				}
				columns[engine] = append(columns[engine], fmt.Sprintf("%s.%s %d", table, column, required))
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(columns[engine])
	}
	if a, b := strings.Join(columns["sqlite"], "\n"), strings.Join(columns["postgres"], "\n"); a != b {
		for _, c := range columns["sqlite"] {
			if !slices.Contains(columns["postgres"], c) {
				t.Errorf("only SQLite has %s", c)
			}
		}
		for _, c := range columns["postgres"] {
			if !slices.Contains(columns["sqlite"], c) {
				t.Errorf("only PostgreSQL has %s", c)
			}
		}
	}
	if len(columns["sqlite"]) < 150 {
		t.Errorf("only %d columns were compared", len(columns["sqlite"]))
	}
}

// TestTheSchemaKnowsEveryWord: each word of policy/profile is offered to its
// column's CHECK, so that words and schema cannot part.
func TestTheSchemaKnowsEveryWord(t *testing.T) {
	ctx, d := context.Background(), openSQLite(t)
	err := d.write(ctx, func(tx *Tx) error {
		branch, err := createBranch(ctx, tx, BranchInput{Level: LevelHeadOffice, Name: "总部", Code: "HQ"})
		if err != nil {
			return err
		}
		offer := func(column string, words []string) {
			for _, w := range append([]string{""}, words...) {
				c := Customer{BranchID: branch, Name: "甲"}
				if w == "" && column == "state" {
					continue
				}
				for _, f := range c.fields() {
					if f.column == column {
						*f.value.(*string) = w
					}
				}
				if _, err := createCustomer(ctx, tx, &c, nil); err != nil {
					t.Errorf("%s = %q: %v", column, w, err)
				}
			}
			c := Customer{BranchID: branch, Name: "乙"}
			for _, f := range c.fields() {
				if f.column == column {
					*f.value.(*string) = "no such word"
				}
			}
			if _, err := createCustomer(ctx, tx, &c, nil); err == nil {
				t.Errorf("%s takes any word", column)
			}
		}
		tx.audit.id = tx.newID()
		offer("kind", profile.Kinds)
		offer("usage", profile.Uses)
		offer("nature", profile.Natures)
		offer("size", profile.Sizes)
		offer("power", profile.Powers)
		offer("source", profile.Sources)
		offer("channel", profile.Channels)
		offer("stage", profile.Stages)
		offer("class", profile.Classes)
		offer("terms", profile.Terms)
		offer("state", profile.States)
		return errDoneBefore
	})
	if err != errDoneBefore { //nolint:errorlint // it is ours, unwrapped
		t.Fatal(err)
	}
}

func TestIdsOnlyEverGrow(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	g := &ids{node: 7}
	last := int64(0)
	next := func(now time.Time) {
		t.Helper()
		id := g.next(now)
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		if node := id >> idSeqBits & (1<<idNodeBits - 1); node != 7 {
			t.Fatalf("node %d", node)
		}
		last = id
	}
	for range 5000 { // more than fit into one millisecond
		next(at)
	}
	next(at.Add(-24 * time.Hour)) // the clock is set back
	next(at.Add(time.Second))
	g = &ids{node: 7}
	g.above(last) // a new process whose clock stands behind
	next(at.Add(-time.Hour))
	if last < 0 {
		t.Error("negative")
	}
}

func TestIdsAreUniqueWhenManyAskAtOnce(t *testing.T) {
	g := &ids{node: 1}
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			var mine []int64
			for range 3000 {
				mine = append(mine, g.next(time.Now()))
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range mine {
				if seen[id] {
					t.Errorf("%d twice", id)
				}
				seen[id] = true
			}
		})
	}
	wait.Wait()
}

// TestRestClosesReadersAndTheNextReadOpensOne: what a rest gives back is
// missed by nobody, and a large cache does not stay behind a large act.
func TestRestClosesReadersAndTheNextReadOpensOne(t *testing.T) {
	ctx, d := context.Background(), openSQLite(t)
	var open []*sql.Conn
	for range 3 {
		c, err := d.r.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for _, c := range open[1:] {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Rest(ctx); err != nil {
		t.Fatal(err)
	}
	if s := d.r.Stats(); s.Idle != 0 || s.InUse != 1 {
		t.Errorf("after a rest %d readers are idle and %d at work, want 0 and 1", s.Idle, s.InUse)
	}
	if err := open[0].PingContext(ctx); err != nil {
		t.Errorf("the reader at work was cut off: %v", err)
	}
	open[0].Close()
	var n int
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM customers`).Scan(&n); err != nil {
		t.Errorf("read after a rest: %v", err)
	}
	if s := d.r.Stats(); s.Idle != 1 {
		t.Errorf("%d readers are kept for the next read, want 1", s.Idle)
	}
	cache := func() (kib int) {
		if err := d.w.QueryRowContext(ctx, `PRAGMA cache_size`).Scan(&kib); err != nil {
			t.Fatal(err)
		}
		return -kib
	}
	back, err := d.roomy(ctx, roomyCache)
	if err != nil || cache() != roomyCache {
		t.Errorf("the writer has %d KiB for many rows, want %d (%v)", cache(), roomyCache, err)
	}
	back()
	if cache() != writerCache {
		t.Errorf("the writer keeps %d KiB, want %d", cache(), writerCache)
	}
}
