//go:build !windows

package app

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAServiceSaysWhatItWouldDo: with --dry-run nothing is done, and folders are
// absolute, since a service runs elsewhere.
func TestAServiceSaysWhatItWouldDo(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	folder := filepath.Join(t.TempDir(), "驿客 100%")
	code, out, e := yike(t, "", "service", "install", "--dry-run", "--user", "--data", folder, "--addr", "127.0.0.1:18080", "--tls-self", "--lan")
	if code != 0 {
		t.Fatal(e)
	}
	for _, want := range []string{"[Service]\nExecStart=/", ` serve --data "` + strings.ReplaceAll(folder, "%", "%%") + `" --addr 127.0.0.1:18080 --lan --tls-self=true`,
		"Restart=on-failure", "WantedBy=default.target", "systemctl --user daemon-reload\n", "systemctl --user enable yike\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "systemd")); err == nil {
		t.Error("it wrote the unit")
	}
	if code, out, _ := yike(t, "", "service", "remove", "--dry-run"); code != 0 || !strings.Contains(out, "remove /etc/systemd/system/yike.service") {
		t.Errorf("remove: %d %s", code, out)
	}
	if code, _, e := yike(t, "", "service", "dance"); code != 2 || !strings.Contains(e, "install, start, stop, remove, status") {
		t.Errorf("an unknown verb: %d %s", code, e)
	}
}

// TestAServiceIsInstalledAndRemoved, by a systemctl of the test's own, which
// notes what it was asked; without rights it is one sentence.
func TestAServiceIsInstalledAndRemoved(t *testing.T) {
	home, bin := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("PATH", bin)
	note := filepath.Join(home, "asked")
	for _, name := range []string{"systemctl", "loginctl"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\necho \"$@\" >> "+note+"\n"), 0o700); err != nil { //nolint:gosec // it is to be run
			t.Fatal(err)
		}
	}
	unit := filepath.Join(home, "systemd", "user", "yike.service")
	data := t.TempDir()
	for _, c := range []struct{ verb, asked string }{
		{"install", "--user daemon-reload\n--user enable yike\nenable-linger\n"}, {"start", "--user start yike\n"}, {"status", "--user status yike\n"},
		{"stop", "--user stop yike\n"}, {"remove", "--user disable --now yike\n--user daemon-reload\n"},
	} {
		_ = os.Remove(note)
		if code, _, e := yike(t, "", "service", c.verb, "--user", "--data", data); code != 0 {
			t.Fatalf("%s: %s", c.verb, e)
		}
		if asked, err := os.ReadFile(note); err != nil || string(asked) != c.asked {
			t.Errorf("%s asked %q, %v", c.verb, asked, err)
		}
		text, err := os.ReadFile(unit)
		if (err == nil) != (c.verb != "remove") {
			t.Errorf("after %s the unit: %v", c.verb, err)
		}
		// Whoever runs the service has other settings: the key is named.
		if keys, _ := filepath.Glob(filepath.Join(home, "yike", "*.key")); len(keys) != 1 || err == nil && !strings.Contains(string(text), "--key-file "+keys[0]) {
			t.Errorf("after %s the keys are %v and the unit\n%s", c.verb, keys, text)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte("#!/bin/sh\necho 'Access denied' >&2\nexit 4\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	if code, _, e := yike(t, "", "service", "start", "--user"); code != 1 || !strings.Contains(e, "服务没有弄成") {
		t.Errorf("systemctl refuses: %d %q", code, e)
	}
	if err := os.Remove(filepath.Join(bin, "systemctl")); err != nil {
		t.Fatal(err)
	}
	if code, _, e := yike(t, "", "service", "start", "--user"); code != 1 || !strings.Contains(e, "没有 systemd") {
		t.Errorf("without systemd: %d %q", code, e)
	}
	if err := serviceFault("install", &os.PathError{Op: "open", Path: "/etc", Err: os.ErrPermission}); !strings.Contains(err.Error(), "没有权限") {
		t.Error(err)
	}
}

// TestTheBrowserIsShownTheProduct: with --open, and at the first start the page
// that sets it up.
func TestTheBrowserIsShownTheProduct(t *testing.T) {
	bin := t.TempDir()
	note := filepath.Join(bin, "shown")
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\necho \"$1\" > "+note+".part && mv "+note+".part "+note+"\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(context.Background())
	var out console
	done := make(chan int, 1)
	data := t.TempDir()
	go func() {
		done <- Main(ctx, []string{"serve", "--open", "--addr", "127.0.0.1:0", "--data", data, "--key-file", filepath.Join(data, "key")}, strings.NewReader(""), &out, &out)
	}()
	var shown []byte
	for until := time.Now().Add(time.Minute); len(shown) == 0 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		shown, _ = os.ReadFile(note)
	}
	at := strings.TrimSpace(string(shown))
	if !strings.HasPrefix(at, "http://127.0.0.1:") || !strings.Contains(at, "/setup?token=") {
		t.Fatalf("the browser was shown %q; %s", at, out.String())
	}
	res, err := http.Get(at) //nolint:gosec // the address is ours
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("that page: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("exit %d: %s", code, out.String())
	}
}
