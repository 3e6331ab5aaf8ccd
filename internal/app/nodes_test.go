package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
	"yike/policy"
	"yike/policy/message"
)

// pair is one company on PostgreSQL, served by two nodes.
type pair struct {
	*dbtest.World
	a, b *office
}

func twoNodes(t *testing.T) pair {
	t.Helper()
	w := dbtest.CompanyPostgres(t, dbtest.NewClock(dbtest.Start))
	cfg := Config{DB: w.Address, Now: w.Clock.Now}
	return pair{w, startOffice(t, cfg), startOffice(t, cfg)}
}

// TestTwoNodesAreOneCompany: what is done at one node holds at the other with
// the next request, nothing having to be waited for.
func TestTwoNodesAreOneCompany(t *testing.T) {
	p := twoNodes(t)
	ctx, admin := context.Background(), p.As(t, p.Admin)

	boss := p.a.as("boss")
	at := func(o *office, path string) (int, string) { t.Helper(); return boss.get(o.url + path) }
	for _, o := range []*office{p.b, p.a, p.b} {
		if status, _ := at(o, "/customers"); status != http.StatusOK {
			t.Fatalf("a session made at one node: %d", status)
		}
	}

	// A client made at one is found at the other, by search and in the list.
	if status, body := boss.post(p.a.url+"/customers", url.Values{"name": {"盛达电子"}, "phone": {"13800001111"}, "kind": {"enterprise"}, "key": {"made-at-the-first-node"}}); status != http.StatusSeeOther {
		t.Fatalf("create: %d %s", status, body)
	}
	if _, body := at(p.b, "/customers"); !strings.Contains(body, "盛达电子") {
		t.Error("the other node does not list what was made")
	}
	// The same form sent to the other node makes no second one.
	if status, body := boss.post(p.b.url+"/customers", url.Values{"name": {"盛达电子"}, "phone": {"13800001111"}, "kind": {"enterprise"}, "key": {"made-at-the-first-node"}}); status >= 500 {
		t.Errorf("the same form once more: %d %s", status, body)
	}
	if n, _, err := p.DB.CountCustomers(ctx, admin.Scope(policy.CustomerRead), db.CustomerFilter{}); err != nil || n != 1 {
		t.Errorf("there are %d clients, %v", n, err)
	}

	// The tree of branches, a person's rights, an account that is ended.
	if _, err := p.a.DB.CreateBranch(ctx, admin, db.BranchInput{ParentID: p.Zhejiang, Level: db.LevelBranch, Name: "滨江网点", Code: "HZ09", AreaCode: "0571"}); err != nil {
		t.Fatal(err)
	}
	chief := p.b.as("chief")
	if _, body := chief.get(p.b.url + "/branches"); !strings.Contains(body, "滨江网点") {
		t.Error("the other node does not know the new branch")
	}
	u, err := p.a.DB.User(ctx, admin.Scope(policy.UserRead), p.BossWest)
	if err != nil {
		t.Fatal(err)
	}
	in := db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: []policy.Grant{{Role: policy.Courier, Branch: p.West}}}
	if err := p.a.DB.UpdateUser(ctx, admin, u.ID, u.Version, in); err != nil {
		t.Fatal(err)
	}
	if status, _ := at(p.b, "/users"); status == http.StatusOK {
		t.Error("a role that was taken at one node still holds at the other")
	}
	in.Disabled = true
	if err := p.a.DB.UpdateUser(ctx, admin, u.ID, u.Version+1, in); err != nil {
		t.Fatal(err)
	}
	if status, _ := at(p.b, "/customers"); status != http.StatusSeeOther {
		t.Errorf("an account that was ended at one node: %d at the other", status)
	}

	// A session that is ended at one is ended at the other.
	if status, _ := chief.post(p.a.url+"/logout", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("sign out: %d", status)
	}
	if status, _ := chief.get(p.b.url + "/branches"); status != http.StatusSeeOther {
		t.Errorf("a session that was ended at the other node: %d", status)
	}
}

// TestGuessesAtTwoNodesCountTogether: who guesses in turn at both has no more
// tries than at one.
func TestGuessesAtTwoNodesCountTogether(t *testing.T) {
	p := twoNodes(t)
	limited := 0
	for i := 1; i <= 12 && limited == 0; i++ {
		o := []*office{p.a, p.b}[i%2]
		if status, _ := newPerson(t).post(o.url+"/login", url.Values{"username": {"boss"}, "password": {"guess"}}); status == http.StatusTooManyRequests {
			limited = i
		}
	}
	if limited == 0 || limited > 10 {
		t.Errorf("limited at try %d of both nodes", limited)
	}
	for name, o := range map[string]*office{"one": p.a, "the other": p.b} {
		if status, _ := newPerson(t).post(o.url+"/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); status != http.StatusTooManyRequests {
			t.Errorf("the right password while locked, at %s: %d", name, status)
		}
	}
}

// The job of the test below: as many letters as it says, each written by an act
// of its own.
const mortalLetters = 120

func mortalJob(d *db.DB, pause time.Duration) jobs.Job {
	return jobs.Job{Name: "mortal", Period: func(time.Time) string { return "the one period" }, Run: func(ctx context.Context, _ time.Time) (n int64, err error) {
		for i := range mortalLetters {
			made, err := d.Post(ctx, policy.SystemActor("test"), db.Letter{Key: fmt.Sprintf("mortal.%d", i), Kind: db.ToStaff, Channel: message.DingTalk, BranchID: d.HeadOffice(), Body: "x"})
			if err != nil {
				return n, err
			}
			n += int64(made)
			time.Sleep(pause)
		}
		return n, nil
	}}
}

const (
	mortalDSN   = "YIKE_TEST_MORTAL_DSN"
	mortalClock = "YIKE_TEST_MORTAL_CLOCK"
)

// TestANodeToBeKilled is no test: it is a node in a process of its own.
func TestANodeToBeKilled(t *testing.T) {
	dsn := os.Getenv(mortalDSN)
	if dsn == "" {
		return // the test below starts it
	}
	ms, err := strconv.ParseInt(os.Getenv(mortalClock), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Config{DSN: dsn, Now: dbtest.NewClock(time.UnixMilli(ms)).Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	(&jobs.Runner{DB: d, Log: slog.New(slog.DiscardHandler), Jobs: []jobs.Job{mortalJob(d, 25*time.Millisecond)}}).Run(context.Background())
}

// TestANodeKilledInMidJobLosesAndDoublesNothing: a process is ended as by a
// power cut while it does a job; nobody else does it while its lease lasts, and
// afterwards the other node does the rest.
func TestANodeKilledInMidJobLosesAndDoublesNothing(t *testing.T) {
	w := dbtest.CompanyPostgres(t, dbtest.NewClock(dbtest.Start))
	ctx := context.Background()
	letters := func() (n int64) {
		list, err := w.LettersWaiting(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			n += x.N
		}
		return n
	}
	child := exec.Command(os.Args[0], "-test.run", "^TestANodeToBeKilled$")
	child.Env = append(os.Environ(), mortalDSN+"="+w.Address, mortalClock+"="+strconv.FormatInt(dbtest.Start.UnixMilli(), 10))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(2 * time.Minute); letters() < 10; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the node does not begin")
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	half := letters()
	if half >= mortalLetters {
		t.Fatalf("it was done before it was killed: %d letters", half)
	}

	var runs atomic.Int64
	job := mortalJob(w.DB, 0)
	run := job.Run
	job.Run = func(ctx context.Context, now time.Time) (int64, error) { runs.Add(1); return run(ctx, now) }
	round := func() {
		ctx, stop := context.WithTimeout(ctx, 3*time.Second)
		defer stop()
		(&jobs.Runner{DB: w.DB, Log: slog.New(slog.DiscardHandler), Jobs: []jobs.Job{job}}).Run(ctx)
	}
	round()
	if runs.Load() != 0 || letters() != half {
		t.Errorf("while the lease lasts it was run %d times, %d letters of %d", runs.Load(), letters(), half)
	}
	w.Clock.Move(2 * time.Hour)
	round()
	round()
	if runs.Load() != 1 || letters() != mortalLetters {
		t.Errorf("afterwards it was run %d times, %d letters of %d", runs.Load(), letters(), mortalLetters)
	}
	states, err := w.JobStates(ctx)
	if err != nil || len(states) != 1 || states[0].State != "done" || states[0].Attempts != 2 || states[0].Rows != mortalLetters-half {
		t.Errorf("the job's state: %+v, %v", states, err)
	}
}

// TestALostConnectionIsAClearPage: the server cuts every connection again and
// again while people work. What they get is the page, or one that says so;
// whatever was acknowledged is there, once, and nothing has to be restarted.
func TestALostConnectionIsAClearPage(t *testing.T) {
	p := twoNodes(t)
	ctx := context.Background()
	line, err := pgx.Connect(ctx, p.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close(ctx)
	people := []*person{p.a.as("boss"), p.b.as("boss"), p.a.as("clerk"), p.b.as("rep")}
	var answered, away atomic.Int64
	var mu sync.Mutex
	kept := map[string]bool{}
	end := time.Now().Add(4 * time.Second)
	var wait sync.WaitGroup
	for n, who := range people {
		site := []*office{p.a, p.b}[n%2].url
		wait.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				status, body, err := who.try(http.MethodGet, site+"/customers", nil)
				name := fmt.Sprintf("断线客户%d号%d", n, i)
				if err == nil && n < 2 && i%3 == 0 {
					form := url.Values{"name": {name}, "kind": {"enterprise"}, "phone": {fmt.Sprintf("138%02d%06d", n, i)}, "key": {fmt.Sprintf("submission-%d-%012d", n, i)}}
					status, body, err = who.try(http.MethodPost, site+"/customers", form)
					if status == http.StatusSeeOther {
						mu.Lock()
						kept[name] = true
						mu.Unlock()
					}
				}
				switch {
				case err != nil:
					t.Errorf("no answer: %v", err)
				case status == http.StatusOK, status == http.StatusSeeOther:
					answered.Add(1)
				case status == http.StatusServiceUnavailable && strings.Contains(body, "数据库暂时连不上"):
					away.Add(1)
				default:
					t.Errorf("status %d: %s", status, body)
				}
			}
		})
	}
	cuts := 0
	for ; time.Now().Before(end); cuts++ {
		if _, err := line.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
	}
	wait.Wait()
	t.Logf("%d cuts, %d answers, %d times away, %d clients kept", cuts, answered.Load(), away.Load(), len(kept))
	if answered.Load() == 0 {
		t.Error("nobody was ever answered")
	}
	time.Sleep(1100 * time.Millisecond) // pgx looks after a connection that lay still for a second before it hands it out
	for _, who := range people {
		if status, body, err := who.try(http.MethodGet, p.a.url+"/customers", nil); err != nil || status != http.StatusOK {
			t.Errorf("afterwards: %d %s, %v", status, body, err)
		}
	}
	rows, err := line.Query(ctx, `SELECT name FROM customers`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	for _, name := range names {
		stored[name]++
		if stored[name] > 1 {
			t.Errorf("%s is there %d times", name, stored[name])
		}
	}
	for name := range kept {
		if stored[name] == 0 {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	if _, err := p.DB.CheckChain(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the audit chain: %v", err)
	}
}
