package db_test

import (
	"context"
	"path/filepath"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

// TestAStartForgetsWhatAnotherToolMeasured: a file that somebody has measured is
// opened as one that nobody has.
func TestAStartForgetsWhatAnotherToolMeasured(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yike.db")
	dbtest.WriteCompany(t, path)
	measured := func(measure bool) (n int) {
		t.Helper()
		d, err := db.Open(context.Background(), db.Config{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if measure {
			if err := d.Raw(`ANALYZE`); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.RawRow(`SELECT count(*) FROM sqlite_master WHERE name LIKE 'sqlite_stat%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if measured(true) == 0 {
		t.Fatal("nothing is measured: the test tests nothing")
	}
	if n := measured(false); n != 0 {
		t.Errorf("%d tables of what was measured are left", n)
	}
}
