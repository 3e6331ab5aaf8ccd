package db_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/backups"
)

func openAt(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{DSN: path, Key: db.OnlyKey(db.NewKey())})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAnOpenDatabaseIsInUse: a restore under a running program would put the
// file away that it goes on writing to.
func TestAnOpenDatabaseIsInUse(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "yike.db")
	if used, err := db.InUse(ctx, path); used || err != nil {
		t.Errorf("no file: %v, %v", used, err)
	}
	d := openAt(t, path)
	for _, p := range []string{path, db.FilesPath(path)} {
		if used, err := db.InUse(ctx, p); !used || err != nil {
			t.Errorf("open %s: %v, %v", p, used, err)
		}
	}
	if err := d.SetMeta(ctx, "after", "it was looked at"); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if used, err := db.InUse(ctx, path); used || err != nil {
		t.Errorf("closed: %v, %v", used, err)
	}
	if err := os.WriteFile(path, []byte("no database at all, and longer than a header of one hundred bytes, which is what is read first of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if used, err := db.InUse(ctx, path); used || err != nil {
		t.Errorf("damaged: %v, %v", used, err)
	}
}

// TestNobodyWhoWritesWaitsForACopy: it reads what was there when it began.
func TestNobodyWhoWritesWaitsForACopy(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	path := filepath.Join(dir, "yike.db")
	d := openAt(t, path)
	defer d.Close()
	before, err := d.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stop, wrote := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				wrote <- n
				return
			default:
				if err := d.SetMeta(ctx, "beside "+time.Now().String(), "x"); err != nil {
					t.Error(err)
				}
				n++
			}
		}
	}()
	for i := range 5 {
		to := filepath.Join(dir, "copies", string(rune('a'+i))+".db")
		if err := d.BackupMain(ctx, to); err != nil {
			t.Fatal(err)
		}
		seen, err := db.Inspect(ctx, to, db.PartMain, true)
		if err != nil || len(seen.Faults) > 0 || seen.Version != seen.Newest || seen.Counts["meta"] < before["meta"] {
			t.Fatalf("copy %d: %+v, %v", i, seen, err)
		}
		if err := d.BackupMain(ctx, to); err == nil {
			t.Fatal("a copy over a copy")
		}
	}
	close(stop)
	if n := <-wrote; n == 0 {
		t.Error("nobody wrote meanwhile")
	}
}

func TestThePassphraseIsKeptSealedAndToldToNobody(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "yike.db")
	d := openAt(t, path)
	defer d.Close()
	system := policy.SystemActor("test")
	if _, err := d.SetUpCompany(ctx, system, db.SetUp{Company: "岚翎速递", HeadOffice: "总部", Branch: "城西网点", BranchCode: "HZ01",
		Admin: db.UserInput{Username: "admin", Name: "管理员", PasswordHash: "x"}}); err != nil {
		t.Fatal(err)
	}
	s, err := d.BackupSettings(ctx)
	if err != nil || s.Locked || s.Off || s.Hour != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	const phrase = "驿路梅花断肠时又见雪"
	s.Hour, s.Second = 23, "/mnt/nas"
	if err := d.SaveBackupSettings(ctx, system, s, phrase, false); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveBackupSettings(ctx, system, s, "", true); !errors.Is(err, db.ErrConflict) {
		t.Errorf("an old form: %v", err)
	}
	if s, err = d.BackupSettings(ctx); err != nil || !s.Locked || s.Hour != 23 || s.Second != "/mnt/nas" {
		t.Errorf("%+v, %v", s, err)
	}
	if got, err := d.BackupPhrase(ctx); got != phrase || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	list, err := d.Audits(ctx, system.Scope(policy.AuditRead), db.AuditFilter{Limit: 1})
	if err != nil || len(list.Records) != 1 || list.Records[0].Act != "backups.settings" {
		t.Errorf("on record: %+v, %v", list, err)
	}
	if found := filesWith(t, filepath.Dir(path), phrase); len(found) > 0 {
		t.Errorf("it stands readable in %v", found)
	}
	for name, bad := range map[string]db.BackupSettings{
		"an hour that is none":           {Settings: backups.Settings{Hour: 24}, Version: s.Version},
		"a folder relative to who knows": {Settings: backups.Settings{Second: "nas"}, Version: s.Version},
	} {
		if err := d.SaveBackupSettings(ctx, system, bad, "", false); !errors.Is(err, db.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.SaveBackupSettings(ctx, system, s, "short", false); !errors.Is(err, db.ErrRefused) {
		t.Errorf("a short passphrase: %v", err)
	}
	if err := d.SaveBackupSettings(ctx, policy.Actor{}, s, "", true); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if err := d.SaveBackupSettings(ctx, system, s, "", true); err != nil {
		t.Fatal(err)
	}
	if got, err := d.BackupPhrase(ctx); got != "" || err != nil {
		t.Errorf("taken away: %q, %v", got, err)
	}
}

// filesWith names the files of a folder that hold a text.
func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && bytes.Contains(b, []byte(text)) {
			found = append(found, f.Name())
		}
	}
	return found
}
