package app

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/db"
)

// TestMain keeps the key files of tests out of the settings of who runs them.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "yike-settings-")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "AppData"} {
		_ = os.Setenv(name, dir)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func TestTheKeyFileIsMadeOnceOutsideTheDataFolderForItsOwnerOnly(t *testing.T) {
	settings := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", settings)
	t.Setenv("AppData", settings)
	one, two := company(t), company(t)
	var paths []string
	for _, data := range []string{one, two, one} {
		code, out, e := yike(t, "", "key", "show", "--data", data)
		if code != 0 {
			t.Fatalf("key show: %d %q", code, e)
		}
		_, path, _ := strings.Cut(strings.TrimSpace(out), ": ")
		paths = append(paths, path)
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
			t.Errorf("%s: %v, %v", path, info, err)
		}
		if strings.HasPrefix(path, data) || filepath.Dir(filepath.Dir(path)) != settings {
			t.Errorf("the key file of %s stands at %s", data, path)
		}
	}
	if paths[0] == paths[1] || paths[0] != paths[2] {
		t.Errorf("key files %q", paths)
	}
}

func TestABackUpDoesNotHoldTheKeyAndSaysSo(t *testing.T) {
	data, file := company(t), filepath.Join(t.TempDir(), "the.key")
	to := filepath.Join(t.TempDir(), "b.zip")
	_, shown, _ := yike(t, "", "key", "show", "--data", data)
	_, path, _ := strings.Cut(strings.TrimSpace(shown), ": ")
	code, out, e := yike(t, "", "backup", to, "--data", data)
	if code != 0 || !strings.Contains(out, "密钥文件不在备份里") || !strings.Contains(out, path) {
		t.Fatalf("backup: %d %q %q", code, out, e)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(to)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	secret := strings.TrimSpace(string(key[bytes.LastIndex(key, []byte(keyMark))+len(keyMark):]))
	for _, f := range z.File {
		b, err := fs.ReadFile(z, f.Name)
		if err != nil || bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s: the key is in it, or %v", f.Name, err)
		}
	}
	if len(z.File) != 3 {
		t.Errorf("%d files in it", len(z.File))
	}
	// Restored elsewhere, without the file: it serves, and says what is missing.
	elsewhere := t.TempDir()
	if code, _, e := yike(t, "", "restore", to, "--data", elsewhere); code != 0 {
		t.Fatalf("restore: %d %q", code, e)
	}
	if code, _, e := yike(t, "", "key", "show", "--data", elsewhere, "--key-file", file); code != 1 || !strings.Contains(e, "没有密钥文件") {
		t.Errorf("a missing key file: %d %q", code, e)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a new key was made over sealed data")
	}
}

func TestAMissingOrWrongKeyIsOneSentenceInTheLogAndTheProductStarts(t *testing.T) {
	data := company(t)
	wrong := filepath.Join(t.TempDir(), "wrong.key")
	if _, err := makeKey(wrong, "another"); err != nil {
		t.Fatal(err)
	}
	noKey := filepath.Join(t.TempDir(), "not-a.key")
	if err := os.WriteFile(noKey, []byte("yike-key-1 short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(t.TempDir(), "gone.key"): "没有密钥文件",
		wrong:                                  "不是这个数据库的",
		noKey:                                  "不是驿客的密钥文件",
	} {
		var log bytes.Buffer
		a, err := New(context.Background(), Config{Addr: "127.0.0.1:0", Data: data, KeyFile: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), want) {
			t.Errorf("%s: %d lines %q", file, n, log.String())
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestARotatedKeyOpensAndARotationCutOffIsFinishedByTheNext(t *testing.T) {
	data := company(t)
	show := func() string {
		_, out, _ := yike(t, "", "key", "show", "--data", data)
		_, path, _ := strings.Cut(strings.TrimSpace(out), ": ")
		return path
	}
	path := show()
	was, err := readKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, e := yike(t, "", "key", "rotate", "--data", data); code != 0 {
		t.Fatalf("rotate: %d %q", code, e)
	}
	now, err := readKey(path)
	if err != nil || bytes.Equal(was, now) {
		t.Fatalf("the key is the same, or %v", err)
	}
	// As if the power had gone between the database and the last renaming.
	if err := os.Rename(path, path+nextKey); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	if got := show(); got != path {
		t.Fatalf("in between: %q", got)
	}
	if code, _, e := yike(t, "", "key", "rotate", "--data", data); code != 0 {
		t.Fatalf("finish: %d %q", code, e)
	}
	if got, err := readKey(path); err != nil || !bytes.Equal(got, now) {
		t.Errorf("after finishing: %v", err)
	}
	d, err := OpenDB(context.Background(), Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if state, fault := d.KeyState(); state != db.KeyGood {
		t.Errorf("%s, %v", state, fault)
	}
}

func TestCheckSaysWhichRecordOfTheAuditWasAltered(t *testing.T) {
	data := company(t)
	if code, out, e := yike(t, "", "check", "--data", data); code != 0 || !strings.Contains(out, "审计记录完整，共 1 条") {
		t.Fatalf("untouched: %d %q %q", code, out, e)
	}
	raw, err := sql.Open("sqlite", filepath.Join(data, "yike.db"))
	if err != nil {
		t.Fatal(err)
	}
	var id string
	err = raw.QueryRow(`UPDATE audits SET user_name = 'x' RETURNING id`).Scan(&id)
	if err = errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	code, _, e := yike(t, "", "check", "--data", data)
	if code != 1 || !strings.Contains(e, "第 1 环") || !strings.Contains(e, id) || !strings.Contains(e, "被改过") {
		t.Errorf("altered: %d %q", code, e)
	}
}
