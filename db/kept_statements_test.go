package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"
)

func TestStatementsAreKeptAndStayRight(t *testing.T) {
	ctx := context.Background()
	d, _, _ := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := d.w.ExecContext(ctx, query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	do(`CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0))`)
	for i := range 5 {
		do(`INSERT INTO t (n) VALUES ($1)`, i+1)
	}
	// The same text while its rows are open, within a transaction and without.
	inner := func(q querier) (sum int) {
		rows, err := q.QueryContext(ctx, `SELECT n FROM t ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var n, first int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			if err := q.QueryRowContext(ctx, `SELECT n FROM t ORDER BY id`).Scan(&first); err != nil || first != 1 {
				t.Fatal(first, err)
			}
			sum += n
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	for range 3 {
		if n := inner(d.r); n != 15 {
			t.Errorf("read %d", n)
		}
		if err := d.write(ctx, func(tx *Tx) error {
			if n := inner(tx); n != 15 {
				t.Errorf("read within a transaction: %d", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	// What a statement was made for changes: its columns, its CHECKs.
	do(`ALTER TABLE t ADD COLUMN more TEXT NOT NULL DEFAULT 'x'`)
	do(`CREATE INDEX t_n ON t (n)`)
	if n := inner(d.r); n != 15 {
		t.Errorf("after a change of the table: %d", n)
	}
	bad := func() error {
		_, err := d.w.ExecContext(ctx, `INSERT INTO t (n) VALUES ($1)`, -1)
		return err
	}
	if bad() == nil {
		t.Error("a CHECK let a bad row pass")
	}
	do(`PRAGMA ignore_check_constraints = 1`)
	if err := bad(); err != nil {
		t.Errorf("while CHECKs are not asked: %v", err)
	}
	do(`PRAGMA ignore_check_constraints = 0`)
	if bad() == nil {
		t.Error("a statement from when CHECKs were not asked let a bad row pass")
	}
	// A reader that failed, or was left in its middle, is as good as new.
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := d.r.QueryContext(gone, `SELECT n FROM t ORDER BY id`); err == nil {
		t.Error("read for somebody who is gone")
	}
	do(`DELETE FROM t WHERE n < 0`)
	if n := inner(d.r); n != 15 {
		t.Errorf("after one that failed: %d", n)
	}
}

func TestNoMoreStatementsAreKeptThanAreUsed(t *testing.T) {
	ctx := context.Background()
	c, err := keepers{driver: mustDriver(t), dsn: "file::memory:"}.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k, ok := c.(*keeper)
	if !ok {
		t.Fatalf("a %T", c)
	}
	one := func(text string) {
		t.Helper()
		rows, err := k.QueryContext(ctx, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 * keptMost {
		one(`SELECT 0`) // used again and again: it stays
		one(fmt.Sprintf(`SELECT %d`, i+1))
	}
	if len(k.kept) != keptMost {
		t.Errorf("%d are kept, want %d", len(k.kept), keptMost)
	}
	for _, text := range []string{`SELECT 0`, fmt.Sprintf(`SELECT %d`, 3*keptMost)} {
		if _, ok := k.kept[text]; !ok {
			t.Errorf("%s is not kept", text)
		}
	}
	if _, ok := k.kept[`SELECT 1`]; ok {
		t.Error("one that nobody used is kept")
	}
	for _, text := range []string{`PRAGMA user_version`, `BEGIN`, `CREATE TABLE t (a)`} {
		if worthKeeping(text) {
			t.Errorf("%s is kept", text)
		}
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustDriver(t *testing.T) driver.Driver {
	t.Helper()
	pool, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	return pool.Driver()
}
