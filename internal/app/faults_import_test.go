package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// TestAnImporterToBeKilled is no test: it does the tasks that wait, in a process
// of its own.
func TestAnImporterToBeKilled(t *testing.T) {
	folder := os.Getenv(mortalFolder)
	if folder == "" {
		return // the test below starts it
	}
	after, err := strconv.ParseFloat(os.Getenv(mortalAfter), 64)
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenDB(context.Background(), Config{Data: folder, Key: dbtest.Key, Now: dbtest.NewClock(dbtest.Start.Add(time.Duration(after) * time.Second)).Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "begun"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	NewRunner(d, slog.New(slog.DiscardHandler)).RunTasks(context.Background())
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// brought is a company to which files are brought, by a process that is killed.
type brought struct {
	t      *testing.T
	folder string
	clock  *dbtest.Clock
	dice   *rand.Rand
	took   map[string]time.Duration // of tasks that nobody killed, by what they do
	kills  int
	states map[string]int
}

// open opens the data as the next start does, ten minutes later: the lease of
// the dead one has ended.
func (b *brought) open() *dbtest.World {
	b.t.Helper()
	b.clock.Move(10 * time.Minute)
	d, err := OpenDB(context.Background(), Config{Data: b.folder, Key: dbtest.Key, Now: b.clock.Now})
	if err != nil {
		b.t.Fatal(err)
	}
	return dbtest.InCompany(d, b.clock)
}

// run has a process do what waits, which is called so; with kill it is ended at
// any moment of that. It says whether it came to its end.
func (b *brought) run(what string, kill bool) bool {
	b.t.Helper()
	begun := filepath.Join(b.folder, "begun")
	_ = os.Remove(begun)
	child := exec.Command(os.Args[0], "-test.run", "^TestAnImporterToBeKilled$")
	child.Env = append(os.Environ(), mortalFolder+"="+b.folder, mortalAfter+"="+fmt.Sprint(b.clock.Now().Sub(dbtest.Start).Seconds()))
	if err := child.Start(); err != nil {
		b.t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- child.Wait() }()
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(begun); err == nil {
			break
		}
		if time.Now().After(until) {
			_ = child.Process.Kill()
			b.t.Fatal("the importer does not start")
		}
	}
	began := time.Now()
	if !kill {
		if err := <-end; err != nil {
			b.t.Fatal(err)
		}
		b.took[what] = max(b.took[what], time.Since(began))
		return true
	}
	select {
	case <-end:
		return true
	case <-time.After(time.Duration(b.dice.Int64N(int64(b.took[what])))):
	}
	_ = child.Process.Kill()
	<-end
	b.kills++
	return false
}

// An import is of so many rows.
const killedRows = 700

// file is the n-th file of a kind.
func (b *brought) file(kind string, n int) string {
	var s strings.Builder
	if kind == db.ImportCustomers {
		s.WriteString("客户名称,电话,备注\n")
		for i := range killedRows {
			fmt.Fprintf(&s, "%d号档%d行贸易行,139%02d%06d,第%d份\n", n, i, n, i, n)
		}
		return s.String()
	}
	s.WriteString("运单号,寄件日期,寄件客户,收件人,收件电话,目的地,重量,运费,付款方式,运单状态\n")
	for i := range killedRows {
		fmt.Fprintf(&s, "30%03d%08d,2026-11-%02d,散客%d号,杨永康,1380000%04d,浙江省杭州市,1.5,12.50,现付,已签收\n", n, i, 1+i%20, i%7, i)
	}
	return s.String()
}

// seen counts what a manager sees of both kinds.
func seen(t *testing.T, w *dbtest.World) (clients, parcels int) {
	t.Helper()
	boss := w.As(t, w.BossWest)
	n, _, err := w.CountCustomers(context.Background(), boss.Scope(policy.CustomerRead), db.CustomerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	parcels, err = w.CountWaybills(context.Background(), boss.Scope(policy.WaybillRead), db.WaybillFilter{}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return int(n), parcels
}

// bring has a file judged and taken by processes that are killed up to most
// times in each of the two, and looks after each kill: of the clients all or
// none are seen.
func (b *brought) bring(kind string, n, most int, clients, parcels int) {
	t, ctx := b.t, context.Background()
	t.Helper()
	w := b.open()
	boss := w.As(t, w.BossWest)
	hash, err := w.PutFile(ctx, strings.NewReader(b.file(kind, n)), "application/octet-stream", w.Now().Add(1000*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.CreateImport(ctx, boss, db.Submission{}, db.NewImport{Kind: kind, FileName: "名单.csv", FileHash: hash, Branch: w.West})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"judged", "applied"} {
		for k := 0; ; k++ {
			b.clock.Move(10 * time.Minute)
			ended := b.run(kind+" "+part, k < most)
			w := b.open()
			m, err := w.Import(ctx, boss.Scope(policy.ImportRun), id)
			if err != nil {
				t.Fatal(err)
			}
			if !ended {
				b.states[kind+" "+m.State]++
			}
			nowClients, nowParcels := seen(t, w)
			if wantClients := clients + map[bool]int{true: killedRows}[kind == db.ImportCustomers && m.State == "applied"]; nowClients != wantClients {
				t.Errorf("import %d, %s, killed in %q: %d clients are seen, want %d", n, kind, m.State, nowClients, wantClients)
			}
			if wantParcels := parcels + map[bool]int{true: killedRows}[kind == db.ImportWaybills && m.State == "applied"]; m.State == "applied" && nowParcels != wantParcels {
				t.Errorf("import %d, %s, %q: %d parcels, want %d", n, kind, m.State, nowParcels, wantParcels)
			}
			if found, err := w.CheckPages(ctx); err != nil || len(found) > 0 {
				t.Errorf("import %d, %s, killed in %q: %v, %v", n, kind, m.State, found, err)
			}
			done := m.State == part || m.State == "applied"
			if done && part == "judged" {
				err = w.StartApply(ctx, boss, id, m.Version)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if done {
				break
			}
			if ended {
				t.Fatalf("import %d, %s: it ended in %q after %d kills, %+v", n, kind, m.State, k, m.Found)
			}
		}
	}
}

// TestFaultImportsAreKilled again and again, of clients and of parcels, while
// they are judged and while they are taken: all of their clients are seen or
// none, and the next start brings each to its end by itself, every row once.
func TestFaultImportsAreKilled(t *testing.T) {
	b := &brought{t: t, folder: t.TempDir(), clock: dbtest.NewClock(dbtest.Start), dice: rand.New(rand.NewPCG(5, 6)), took: map[string]time.Duration{}, states: map[string]int{}}
	dbtest.WriteCompany(t, filepath.Join(b.folder, "yike.db"))
	began, clients, parcels := time.Now(), 0, 0
	for n := 0; b.kills < faultSize(5, 50); n++ {
		kind, most := db.ImportCustomers, 2 // one that died three times is given up
		if n%2 == 1 {
			kind = db.ImportWaybills
		}
		if n < 2 {
			most = 0 // how long it takes
		}
		b.bring(kind, n, most, clients, parcels)
		if kind == db.ImportCustomers {
			clients += killedRows
		} else {
			parcels += killedRows
		}
	}
	w := b.open()
	defer w.Close()
	if c, p := seen(t, w); c != clients || p != parcels {
		t.Errorf("%d clients of %d, %d parcels of %d", c, clients, p, parcels)
	}
	if found, err := w.Check(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	if r, err := w.CheckChain(context.Background()); err != nil || !r.Whole() {
		t.Errorf("the audit chain: %+v, %v", r, err)
	}
	t.Logf("%d kills in %v, %d clients and %d parcels, %s", b.kills, b.states, clients, parcels, time.Since(began).Round(time.Second))
}
