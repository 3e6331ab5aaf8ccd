package db

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yike/internal/pgtest"
	"yike/policy"
)

// loadHouse is a company with one branch.
func loadHouse(t *testing.T, dsn string) (*DB, policy.Actor, int64) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	d, err := Open(ctx, Config{DSN: dsn, Now: func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, Zone) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.SetUpCompany(ctx, system, SetUp{Company: "岚翎", HeadOffice: "总部", Branch: "城西", BranchCode: "HZ01", AreaCode: "0571",
		Admin: UserInput{Username: "admin", Name: "管理员", PasswordHash: "x"}}); err != nil {
		t.Fatal(err)
	}
	for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if b.Code == "HZ01" {
			return d, system, b.ID
		}
	}
	t.Fatal("no branch")
	return nil, system, 0
}

// many yields n plain files; the one numbered bad carries a word that no
// CHECK lets pass.
func many(branch int64, n, bad int) iter.Seq[LoadItem] {
	return func(yield func(LoadItem) bool) {
		for i := range n {
			c := Customer{BranchID: branch, Name: fmt.Sprintf("栖峤家居%d店", i), State: "reviewed", Phones: []string{fmt.Sprintf("138000%05d", i)}, CreatedAt: 1_760_000_000_000 + int64(i)}
			if i == bad {
				c.Kind = "nonsense"
			}
			if !yield(LoadItem{Customer: c}) {
				return
			}
		}
	}
}

func indexNames(t *testing.T, d *DB) []string {
	t.Helper()
	var out []string
	err := d.write(context.Background(), func(tx *Tx) error {
		list, err := tx.loadedIndexes(context.Background())
		for _, i := range list {
			out = append(out, i.Name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func TestIndexesAreBackAfterALargeLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads thousands of rows on both engines; run without -short")
	}
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "yike.db") },
		"postgres": func(t *testing.T) string {
			return (&pgtest.Template{Prepare: func(context.Context, string) error { return nil }}).FreshDB(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			path := dsn(t)
			d, system, branch := loadHouse(t, path)
			want := indexNames(t, d)
			if len(want) < 20 {
				t.Fatalf("only %d indexes: %v", len(want), want)
			}

			// A load that fails in its second batch keeps the first, and the
			// indexes.
			n, err := d.LoadCustomers(ctx, system, many(branch, loadBatch+20, loadBatch+5), nil)
			if err == nil || n.Customers != loadBatch {
				t.Fatalf("%+v %v", n, err)
			}
			if got := indexNames(t, d); !slices.Equal(got, want) {
				t.Errorf("after a failed load: %v, want %v", got, want)
			}
			if _, err := d.Meta(ctx, metaAside); !errors.Is(err, ErrNotFound) {
				t.Errorf("something is still aside: %v", err)
			}
			if form, err := d.Meta(ctx, metaSearchForm); form != searchForm {
				t.Errorf("the search is of form %q: %v", form, err)
			}
			if first, last := hits(t, d, "13800000000"), hits(t, d, fmt.Sprintf("138000%05d", loadBatch-1)); first != 1 || last != 1 {
				t.Errorf("the first file of the batch is found %d times, the last %d", first, last)
			}
			if n := hits(t, d, fmt.Sprintf("138000%05d", loadBatch)); n != 0 {
				t.Errorf("a file of the failed batch is found %d times", n)
			}
			if !d.postgres { // the writer looks references up again, and waits for the disk
				var keys, sync int
				if err := errors.Join(d.w.QueryRowContext(ctx, `PRAGMA foreign_keys`).Scan(&keys), d.w.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&sync)); err != nil || keys != 1 || sync != 2 {
					t.Errorf("foreign keys %d, synchronous %d, %v", keys, sync, err)
				}
			}

			// A load into a database with customers leaves the indexes alone,
			// and gives the codes that follow.
			if n, err := d.LoadCustomers(ctx, system, many(branch, loadBatch, -1), func(Loaded) {
				if got := indexNames(t, d); !slices.Equal(got, want) {
					t.Errorf("during a second load: %v", got)
				}
			}); err != nil || n.Customers != loadBatch {
				t.Fatalf("%+v %v", n, err)
			}
			if n := hits(t, d, "13800000000"); n != 2 {
				t.Errorf("a number of both loads is found %d times", n)
			}
			if _, err := os.Stat(searchAsidePath(d.path)); !d.postgres && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file in which the search was made is still there: %v", err)
			}
			var codes int64
			if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM customers WHERE code >= 'HZ01-00001' AND code <= 'HZ01-20000'`).Scan(&codes); err != nil || codes != 2*loadBatch {
				t.Errorf("%d codes in order, %v", codes, err)
			}
			if d.postgres {
				var known int
				if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM pg_stats WHERE schemaname = current_schema() AND tablename IN ('customers', 'customer_search') AND attname IN ('name_key', 'grams')`).Scan(&known); err != nil || known != 2 {
					t.Errorf("the planner knows %d columns of two, %v", known, err)
				}
			}
		})
	}
}

// hits counts what a search for a word in all of them finds.
func hits(t *testing.T, d *DB, q string) int {
	t.Helper()
	scope := policy.SystemActor("test").Scope(policy.CustomerRead)
	list, _, err := d.SearchCustomers(context.Background(), scope, scope, q)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestALoadThatWasCutOffIsMendedAtTheNextStart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "yike.db")
	d, system, branch := loadHouse(t, path)
	want := indexNames(t, d)
	aside, err := d.setAside(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := indexNames(t, d); len(got) != 0 {
		t.Fatalf("still there: %v", got)
	}
	// The rows of a batch are there, its grams are not.
	var batch []*loadRow
	d.loadRows(&d.ids, many(branch, 30, -1), map[int64]*branchCode{branch: {"HZ01", 1}}, func(rows []*loadRow) bool {
		batch = rows
		return true
	})
	err = d.act(ctx, system, "customers.load", func(tx *Tx) error {
		aside.begin(tx)
		_, err := loadInto(ctx, tx, batch)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := hits(t, d, "栖峤"); n != 0 {
		t.Fatalf("%d files are found before their grams are written", n)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(ctx, Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := indexNames(t, again); !slices.Equal(got, want) {
		t.Errorf("after the next start: %v, want %v", got, want)
	}
	if _, err := os.Stat(searchAsidePath(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file in which the search was being made is still there: %v", err)
	}
	if n := hits(t, again, "13800000029"); n != 1 {
		t.Errorf("after the next start %d files are found by their number", n)
	}
	for _, p := range []struct {
		query string
		want  int
	}{{`PRAGMA foreign_keys`, 1}, {`PRAGMA synchronous`, 2}} {
		var got int
		if err := again.w.QueryRowContext(ctx, p.query).Scan(&got); err != nil || got != p.want {
			t.Errorf("%s: %d, %v", p.query, got, err)
		}
	}
}
