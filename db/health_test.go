package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

// TestAnUncleanStopIsNoticed: a process that was killed leaves its mark, one
// that closed does not.
func TestAnUncleanStopIsNoticed(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "yike.db")
	open := func() *db.DB {
		d, err := db.Open(ctx, db.Config{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	if d.Health().Unclean {
		t.Error("a new database is unclean")
	}
	if err := d.Serving(ctx); err != nil {
		t.Fatal(err)
	}
	// A copy taken now is what a pulled plug leaves behind.
	killed := filepath.Join(t.TempDir(), "yike.db")
	if err := d.BackupMain(ctx, killed); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open()
	if d.Health().Unclean {
		t.Error("after closing in order it is unclean")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	path = killed
	d = open()
	if !d.Health().Unclean {
		t.Error("after a kill it counts as clean")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFlippedBytesAreFound: the full check sees damage inside a page that
// opening does not look at.
func TestFlippedBytesAreFound(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "yike.db")
	d, err := db.Open(ctx, db.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := d.Examine(ctx); err != nil || len(found) > 0 {
		t.Fatalf("a whole database: %v %v", found, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for i := len(b) - 20*page; i < len(b)-10*page; i += page {
		for j := range 16 {
			b[i+j] ^= 0xff
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err = db.Open(ctx, db.Config{DSN: path})
	if err != nil {
		return // refused at the start: better still
	}
	defer d.Close()
	if found, err := d.Examine(ctx); err == nil && len(found) == 0 {
		t.Error("ten damaged pages were not found")
	}
	if d.Health().Faults == 0 {
		t.Error("the finding is not kept")
	}
}

func TestACheckThatIsCutOffFindsNoDamage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		before := w.Health()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if found, err := w.Examine(ctx); len(found) != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("found %v, %v", found, err)
		}
		if w.Health() != before {
			t.Errorf("health became %+v", w.Health())
		}
	})
}
