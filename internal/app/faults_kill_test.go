package app

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
)

// register is what people sent and what they were told: each client under a name
// of its own, sent again until it is acknowledged.
type register struct {
	mu    sync.Mutex
	acked map[string]bool
	open  map[int]url.Values // by writer, what was sent and not answered
	next  map[int]int
}

func newRegister() *register {
	return &register{acked: map[string]bool{}, open: map[int]url.Values{}, next: map[int]int{}}
}

// form is what a writer sends next: what had no answer, or a new client.
func (g *register) form(writer int) url.Values {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.open[writer]; f != nil {
		return f
	}
	i := g.next[writer]
	g.next[writer]++
	f := url.Values{"name": {fmt.Sprintf("断电客户%d号%d", writer, i)}, "kind": {"enterprise"}, "phone": {fmt.Sprintf("139%02d%06d", writer, i)},
		"key": {fmt.Sprintf("submission-%d-%012d", writer, i)}}
	g.open[writer] = f
	return f
}

func (g *register) answered(writer int, f url.Values) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.acked[f.Get("name")] = true
	delete(g.open, writer)
}

// told are the names that were acknowledged up to now.
func (g *register) told() map[string]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.acked)
}

// writers are those who write in these tests, each signed in.
var writers = []string{"boss", "rep", "rep2", "clerk"}

// survived opens what a power cut left and looks for what was acknowledged.
func survived(t *testing.T, what, folder string, told map[string]bool) bool {
	t.Helper()
	ctx := context.Background()
	d, err := OpenDB(ctx, Config{Data: folder, Key: dbtest.Key, Now: dbtest.NewClock(dbtest.Start.Add(time.Hour)).Now})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return false
	}
	found, err := d.Check(ctx)
	if err != nil || len(found) > 0 {
		t.Errorf("%s: %v, %v", what, found, err)
	}
	if r, err := d.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("%s: the audit chain: %+v, %v", what, r, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	lost, there := 0, namesOf(t, folder)
	for name := range told {
		if !there[name] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%s: %d of %d acknowledged clients are lost", what, lost, len(told))
	}
	return !t.Failed()
}

// titleOf is what a page is called.
func titleOf(body string) string {
	_, after, _ := strings.Cut(body, "<title>")
	title, _, _ := strings.Cut(after, "</title>")
	return title
}

// countNames counts the clients of these tests, whatever they are called.
func countNames(t *testing.T, folder string) (n int) {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{DSN: filepath.Join(folder, "yike.db"), Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	counts, err := d.Counts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return int(counts["customers"])
}

// What a child process serves, and how many seconds after the start of the tests'
// clock, stands in its environment.
const (
	mortalFolder = "YIKE_TEST_MORTAL_FOLDER"
	mortalAfter  = "YIKE_TEST_MORTAL_AFTER"
)

// TestAServerToBeKilled is no test: it is the product in a process of its own.
func TestAServerToBeKilled(t *testing.T) {
	folder := os.Getenv(mortalFolder)
	if folder == "" {
		return // tests below start it
	}
	after, err := strconv.ParseFloat(os.Getenv(mortalAfter), 64)
	if err != nil {
		t.Fatal(err)
	}
	since, began := time.Now(), dbtest.Start.Add(time.Duration(after*float64(time.Second)))
	a, err := New(context.Background(), Config{Addr: "127.0.0.1:0", Data: folder, Key: dbtest.Key, Now: func() time.Time { return began.Add(time.Since(since)) }})
	if err != nil {
		t.Fatal(err)
	}
	told := filepath.Join(folder, "url")
	if err := os.WriteFile(told+".part", []byte(a.URL()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(told+".part", told); err != nil {
		t.Fatal(err)
	}
	t.Fatal(a.Run(context.Background()))
}

// mortal is the product in a process that can be killed and started again.
type mortal struct {
	t      *testing.T
	folder string
	began  time.Time
	child  *exec.Cmd
	url    string
}

func newMortal(t *testing.T) *mortal {
	t.Helper()
	m := &mortal{t: t, folder: t.TempDir(), began: time.Now()}
	dbtest.WriteCompany(t, filepath.Join(m.folder, "yike.db"))
	t.Cleanup(m.kill)
	return m
}

// start starts it and waits until it answers.
func (m *mortal) start() {
	m.t.Helper()
	told := filepath.Join(m.folder, "url")
	_ = os.Remove(told)
	m.child = exec.Command(os.Args[0], "-test.run", "^TestAServerToBeKilled$")
	m.child.Env = append(os.Environ(), mortalFolder+"="+m.folder, mortalAfter+"="+fmt.Sprint(time.Since(m.began).Seconds()))
	if err := m.child.Start(); err != nil {
		m.t.Fatal(err)
	}
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if at, err := os.ReadFile(told); err == nil {
			m.url = string(at)
			if status, _, err := newPerson(m.t).try(http.MethodGet, m.url+"/readyz", nil); err == nil && status == http.StatusOK {
				return
			}
		}
		if time.Now().After(until) {
			m.t.Fatal("the server does not start")
		}
	}
}

// kill ends it as kill -9 does.
func (m *mortal) kill() {
	if m.child != nil {
		_ = m.child.Process.Kill()
		_ = m.child.Wait()
	}
	m.child = nil
}

// signedIn signs somebody in; the session outlives each server, as the cookie
// of a browser does, although the port is another each time.
func (m *mortal) signedIn(name string) *person {
	m.t.Helper()
	p := (&office{t: m.t, url: m.url}).as(name)
	at, err := url.Parse(m.url)
	if err != nil {
		m.t.Fatal(err)
	}
	p.http.Jar = cookies(p.http.Jar.Cookies(at))
	p.http.Transport = &http.Transport{DisableKeepAlives: true}
	return p
}

// cookies are sent wherever the product answers.
type cookies []*http.Cookie

func (cookies) SetCookies(*url.URL, []*http.Cookie) {}

func (c cookies) Cookies(*url.URL) []*http.Cookie { return c }

// TestFaultKilledUnderFourWriters: the program is killed again and again, at any
// moment, while four people write. What was acknowledged is there after each
// start, once, and what was not is taken when it is sent again.
func TestFaultKilledUnderFourWriters(t *testing.T) {
	m := newMortal(t)
	m.start()
	var people []*person
	for _, name := range writers {
		people = append(people, m.signedIn(name))
	}
	sent, dice, rounds := newRegister(), rand.New(rand.NewPCG(3, 4)), faultSize(8, 200)
	for i := range rounds {
		var wait sync.WaitGroup
		for n, who := range people {
			wait.Go(func() {
				for {
					f := sent.form(n)
					status, body, err := who.try(http.MethodPost, m.url+"/customers", f)
					if err != nil {
						return // the server is dead
					}
					if status != http.StatusSeeOther {
						t.Errorf("round %d: %d %s", i, status, titleOf(body))
						return
					}
					sent.answered(n, f)
				}
			})
		}
		time.Sleep(time.Duration(20+dice.IntN(300)) * time.Millisecond)
		m.kill()
		wait.Wait()
		left := t.TempDir() // the next start has to bring itself in order
		if err := os.CopyFS(left, os.DirFS(m.folder)); err != nil {
			t.Fatal(err)
		}
		if !survived(t, fmt.Sprintf("round %d", i), left, sent.told()) {
			return
		}
		_ = os.RemoveAll(left)
		m.start()
	}
	for n, who := range people { // what had no answer is sent once more
		f := sent.form(n)
		if status, body := who.post(m.url+"/customers", f); status != http.StatusSeeOther {
			t.Errorf("sent again: %d %s", status, titleOf(body))
		}
		sent.answered(n, f)
	}
	m.kill()
	told := sent.told()
	survived(t, "at the end", m.folder, told)
	if n := countNames(t, m.folder); n != len(told) {
		t.Errorf("%d clients, %d were acknowledged", n, len(told))
	}
	if least := 4 * rounds; len(told) < least {
		t.Errorf("%d clients in %d rounds, want more than %d", len(told), rounds, least)
	}
	t.Logf("%d kills under 4 writers, %d clients acknowledged, %s", rounds, len(told), time.Since(m.began).Round(time.Second))
}
