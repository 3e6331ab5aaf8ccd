package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/internal/jobs"
	"yike/policy"
)

// TestARunningProgramBringsACopyBackAndStartsAnew: nobody has to be at the
// machine, and the address stays.
func TestARunningProgramBringsACopyBackAndStartsAnew(t *testing.T) {
	data := company(t)
	if code, _, e := yike(t, "", "backup", "--data", data); code != 0 {
		t.Fatal(e)
	}
	copies, err := filepath.Glob(filepath.Join(data, "backup", "yike-*.zip"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	if code, list, e := yike(t, "", "backup", "list", "--data", data); code != 0 || !strings.Contains(list, copies[0]) || !strings.Contains(list, "核对过") {
		t.Errorf("the list: %d %q %q", code, list, e)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a, err := New(ctx, Config{Addr: "127.0.0.1:0", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	url := a.URL()
	if err := a.DB.SetMeta(ctx, "word", "written after the copy"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- runAgain(ctx, a) }()
	if code, _, e := yike(t, "", "restore", copies[0], "--data", data); code != 1 || !strings.Contains(e, "正在运行") {
		t.Errorf("a restore beside it: %d %q", code, e)
	}
	if _, err := a.DB.StartTask(ctx, policy.SystemActor("test"), jobs.RestoreTask, `{"From":"`+filepath.Base(copies[0])+`"}`); err != nil {
		t.Fatal(err)
	}
	a.runner.Wake()
	var aside []string
	for end := time.Now().Add(3 * time.Minute); len(aside) == 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		aside, _ = filepath.Glob(filepath.Join(data, "yike.db.before-restore-*"))
	}
	ready := 0
	for end := time.Now().Add(time.Minute); ready != http.StatusOK && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if res, err := http.Get(url + "/readyz"); err == nil {
			ready = res.StatusCode
			_ = res.Body.Close()
		}
	}
	if ready != http.StatusOK || len(aside) == 0 {
		t.Errorf("after the restore: %d, set aside %v", ready, aside)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{filepath.Join(data, "yike.db"): false, aside[0]: true} {
		d, err := db.Open(context.Background(), db.Config{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Meta(context.Background(), "word")
		if got := err == nil; got != want || err != nil && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: %v", path, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestALockedCopyAsksForItsPassphrase, and says when it is the wrong one.
func TestALockedCopyAsksForItsPassphrase(t *testing.T) {
	data, to := company(t), filepath.Join(t.TempDir(), "locked.zip.age")
	t.Setenv("YIKE_BACKUP_PASSPHRASE", "驿路梅花断肠时又见雪")
	code, out, e := yike(t, "", "backup", to, "--data", data)
	if code != 0 || strings.Contains(out+e, "驿路梅花") {
		t.Fatalf("%d %q %q", code, out, e)
	}
	if b, err := os.ReadFile(to); err != nil || !strings.HasPrefix(string(b), "age-encryption.org/") {
		t.Errorf("it is not locked: %v", err)
	}
	if err := os.Unsetenv("YIKE_BACKUP_PASSPHRASE"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		typed string
		code  int
		want  string
	}{
		"nothing typed": {"", 1, "口令不对"}, "a wrong one": {"another-phrase\n", 1, "口令不对"}, "the right one": {"驿路梅花断肠时又见雪\n", 0, ""},
	} {
		if code, out, e := yike(t, c.typed, "restore", to, "--data", data); code != c.code || !strings.Contains(e, c.want) || !strings.Contains(out, "口令") {
			t.Errorf("%s: %d %q %q", name, code, out, e)
		}
	}
}
