//go:build linux

package app

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFaultThePowerGoes while four people write: at each cut the disk has what
// was synced and a part of what was only written. Whatever was acknowledged
// before the cut is there, so it was synced first; the file is whole, and so is
// the chain of the audit.
func TestFaultThePowerGoes(t *testing.T) {
	folder := t.TempDir()
	platters := diskAt(t, folder)
	o := startOffice(t, Config{Data: folder})
	sent, end := newRegister(), make(chan struct{})
	var wait sync.WaitGroup
	for n, name := range writers {
		who := o.as(name)
		wait.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				f := sent.form(n)
				if status, body, err := who.try(http.MethodPost, o.url+"/customers", f); err != nil || status != http.StatusSeeOther {
					t.Errorf("%d %s, %v", status, titleOf(body), err)
					return
				}
				sent.answered(n, f)
			}
		})
	}
	dice := rand.New(rand.NewPCG(1, 2))
	cuts, least := faultSize(12, 200), 0
	for i := range cuts {
		time.Sleep(time.Duration(5+dice.IntN(40)) * time.Millisecond)
		told, to := sent.told(), t.TempDir()
		with := dice
		if i%2 == 0 {
			with = nil
		}
		platters.cut(t, to, with)
		if least = len(told); !survived(t, fmt.Sprintf("cut %d", i), to, told) {
			break
		}
	}
	close(end)
	wait.Wait()
	if least < cuts/2 {
		t.Errorf("only %d clients were acknowledged before the last cut", least)
	}
	_, syncs := platters.count()
	t.Logf("%d cuts, %d clients acknowledged before the last, %d syncs", cuts, least, syncs)
}

// TestFaultAnEngineThatDoesNotSyncIsFoundOut: the disk of these tests would show
// it if an act were acknowledged before it was brought to the platters.
func TestFaultAnEngineThatDoesNotSyncIsFoundOut(t *testing.T) {
	for mode, want := range map[string]bool{"FULL": true, "NORMAL": false} {
		folder := t.TempDir()
		platters := diskAt(t, folder)
		pool, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "yike.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+mode+")")
		if err != nil {
			t.Fatal(err)
		}
		pool.SetMaxOpenConns(1)
		for _, q := range []string{`CREATE TABLE t (x TEXT)`, `PRAGMA wal_checkpoint(TRUNCATE)`, `INSERT INTO t VALUES ('acknowledged')`} {
			if _, err := pool.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		to := t.TempDir()
		platters.cut(t, to, nil)
		left, err := sql.Open("sqlite", "file:"+filepath.Join(to, "yike.db"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := left.QueryRow(`SELECT count(*) FROM t`).Scan(&n); err != nil || (n == 1) != want {
			t.Errorf("synchronous=%s: %d rows after the cut, %v", mode, n, err)
		}
		_, _ = left.Close(), pool.Close()
	}
}

// TestFaultTheDiskIsFullOrBroken at fifty points of the work, each time at
// another write: what could not be kept is refused with a sentence that says so,
// what was kept before stays, pages are read meanwhile, and the same form is
// taken, once, as soon as the disk is well again.
func TestFaultTheDiskIsFullOrBroken(t *testing.T) {
	folder := t.TempDir()
	platters := diskAt(t, folder)
	o := startOffice(t, Config{Data: folder})
	boss, sent := o.as("boss"), newRegister()
	post := func() (int, string, url.Values) {
		f := sent.form(0)
		status, body := boss.post(o.url+"/customers", f)
		return status, body, f
	}
	for range 3 {
		if status, body, f := post(); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, titleOf(body))
		} else {
			sent.answered(0, f)
		}
	}
	before, _ := platters.count()
	if status, _, f := post(); status == http.StatusSeeOther {
		sent.answered(0, f)
	}
	after, _ := platters.count()
	each := after - before // writes and syncs of one act, and of the session beside it
	if each < 10 {
		t.Fatalf("one act has only %d writes", each)
	}
	t.Logf("one act has %d writes and syncs", each)
	refused := 0
	for point := range 50 {
		code, say, once := int32(diskFull), "磁盘满了，没有保存", false
		if point%2 == 1 {
			code, say, once = diskIOWrite, "磁盘出错了，没有保存", true
		}
		from := point * each / 50
		platters.fail(from, code, once)
		told := sent.told()
		for try := 0; platters.hit() == 0; try++ {
			status, body, f := post()
			switch {
			case status == http.StatusSeeOther:
				sent.answered(0, f)
				told[f.Get("name")] = true
			case status != http.StatusServiceUnavailable || !strings.Contains(body, say):
				t.Fatalf("point %d, after %d writes: %d %s", point, from, status, titleOf(body))
			default:
				refused++
				if namesOf(t, folder)[f.Get("name")] {
					t.Errorf("point %d: %s was refused and is there", point, f.Get("name"))
				}
			}
			if try > 20 {
				t.Fatalf("point %d: nothing fails after %d writes", point, from)
			}
		}
		if status, body := boss.get(o.url + "/customers"); status != http.StatusOK {
			t.Errorf("point %d: a page meanwhile: %d %s", point, status, titleOf(body))
		}
		there := namesOf(t, folder)
		for name := range told {
			if !there[name] {
				t.Errorf("point %d: %s was acknowledged and is lost", point, name)
			}
		}
		platters.heal()
		status, body, f := post()
		if status != http.StatusSeeOther {
			t.Fatalf("point %d, after the disk is well: %d %s", point, status, titleOf(body))
		}
		sent.answered(0, f)
	}
	if refused < 40 {
		t.Errorf("only %d of 50 faults refused an act", refused)
	}
	if err := o.stop(); err != nil {
		t.Fatal(err)
	}
	told := sent.told()
	survived(t, "afterwards", folder, told)
	if n := countNames(t, folder); n != len(told) {
		t.Errorf("%d clients, %d were acknowledged", n, len(told))
	}
	t.Logf("50 points, %d acts refused, %d clients", refused, len(told))
}
