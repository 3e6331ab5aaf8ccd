//go:build linux

package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"yike/db/dbtest"
)

const readonlyFolder = "YIKE_TEST_READONLY"

// TestAStartOnAReadOnlyDisk is no test: it is a start in a process of its own,
// by somebody who may not write there.
func TestAStartOnAReadOnlyDisk(t *testing.T) {
	folder := os.Getenv(readonlyFolder)
	if folder == "" {
		return // the test below starts it
	}
	if os.Geteuid() == 0 { // whom no mode of a file keeps from writing
		if err := syscall.Setgroups(nil); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setgid(65534); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setuid(65534); err != nil {
			t.Fatal(err)
		}
	}
	a, err := New(context.Background(), Config{Addr: "127.0.0.1:0", Data: folder, Key: dbtest.Key, Now: dbtest.NewClock(dbtest.Start).Now})
	if err == nil {
		_ = a.Close()
	}
	fmt.Printf("said: %v\n", err)
}

// TestFaultAReadOnlyDiskAtTheStart: the program does not start, and says in one
// sentence what cannot be written; nothing of the data is changed.
func TestFaultAReadOnlyDiskAtTheStart(t *testing.T) {
	for _, c := range []struct {
		name         string
		folder, file os.FileMode
		want         string
	}{
		{"the folder and all in it", 0o555, 0o444, "不能写入"},
		{"the database only", 0o777, 0o444, "不能写入"},
		{"the folder only", 0o555, 0o666, "不能写入"},
	} {
		folder := t.TempDir()
		dbtest.WriteCompany(t, filepath.Join(folder, "yike.db"))
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		before := map[string]string{}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			before[f] = string(b)
			if err := os.Chmod(f, c.file); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(folder, c.folder); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run", "^TestAStartOnAReadOnlyDisk$")
		child.Env = append(os.Environ(), readonlyFolder+"="+folder)
		out, err := child.CombinedOutput()
		if said := string(out); err != nil || !strings.Contains(said, c.want) || !strings.Contains(said, folder) {
			t.Errorf("%s: %v, %s", c.name, err, said)
		}
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for f, was := range before {
			if b, err := os.ReadFile(f); err != nil || string(b) != was {
				t.Errorf("%s: %s was changed, %v", c.name, f, err)
			}
		}
	}
}

// TestFaultTheDiskIsFullOrBrokenAtTheStart: the program says so and does not
// start, whichever of its first writes it is, and starts once the disk is well.
func TestFaultTheDiskIsFullOrBrokenAtTheStart(t *testing.T) {
	folder := t.TempDir()
	dbtest.WriteCompany(t, filepath.Join(folder, "yike.db"))
	platters := diskAt(t, folder)
	start := func() error {
		d, err := OpenDB(context.Background(), Config{Data: folder, Key: dbtest.Key, Now: dbtest.NewClock(dbtest.Start).Now})
		if err == nil {
			err = d.Close()
		}
		return err
	}
	for _, c := range []struct {
		code int32
		say  string
	}{{diskFull, "磁盘满了"}, {diskIOWrite, "磁盘出错了"}, {diskReadonly, "不能写入"}} {
		refused := 0
		for after := range 12 {
			platters.fail(after, c.code, false)
			if err := start(); err != nil {
				refused++
				if !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), folder) {
					t.Errorf("%s after %d writes: %v", c.say, after, err)
				}
			}
			platters.heal()
			if err := start(); err != nil {
				t.Fatalf("%s after %d writes, and then the disk is well: %v", c.say, after, err)
			}
		}
		if refused < 3 {
			t.Errorf("%s: only %d starts were refused", c.say, refused)
		}
	}
}

// TestFaultTheDiskTurnsReadOnly while the product runs, as a system does with a
// disk that it no longer trusts: pages are read, forms and signing in are refused
// with a sentence that says so, and all goes on once it may be written again.
func TestFaultTheDiskTurnsReadOnly(t *testing.T) {
	folder := t.TempDir()
	platters := diskAt(t, folder)
	o := startOffice(t, Config{Data: folder})
	boss := o.as("boss")
	for _, c := range []struct {
		code int32
		say  string
	}{{diskReadonly, "磁盘不能写入，没有保存"}, {diskIOWrite, "磁盘出错了，没有保存"}, {diskFull, "磁盘满了，没有保存"}} {
		form := url.Values{"name": {"只读客户" + fmt.Sprint(c.code)}, "kind": {"enterprise"}, "phone": {fmt.Sprintf("138000%05d", c.code)}, "key": {fmt.Sprintf("submission-readonly-%d", c.code)}}
		platters.fail(0, c.code, false)
		for _, page := range []string{"/customers", "/today", "/visits", "/cases", "/imports", "/search?q=13", "/customers/new"} {
			if status, body := boss.get(o.url + page); status != http.StatusOK || strings.Count(body, "<html") != 1 {
				t.Errorf("%s: %s: %d %s", c.say, page, status, titleOf(body))
			}
		}
		if status, body := boss.post(o.url+"/customers", form); status != http.StatusServiceUnavailable || !strings.Contains(titleOf(body), c.say) {
			t.Errorf("%s: a form: %d %s", c.say, status, titleOf(body))
		}
		if status, body := newPerson(t).post(o.url+"/login", url.Values{"username": {"rep"}, "password": {dbtest.Password}}); status != http.StatusServiceUnavailable || !strings.Contains(titleOf(body), c.say) || strings.Count(body, "<html") != 1 {
			t.Errorf("%s: signing in: %d %s", c.say, status, titleOf(body))
		}
		if platters.heal() == 0 {
			t.Errorf("%s: nothing was refused", c.say)
		}
		if status, body := boss.post(o.url+"/customers", form); status != http.StatusSeeOther {
			t.Errorf("%s: the same form afterwards: %d %s", c.say, status, titleOf(body))
		}
		o.as("rep")
	}
	if found, err := o.DB.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
