package work

import (
	"bytes"
	"context"
	"encoding/binary"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/app"
	"yike/internal/e2e"
	"yike/policy"
)

// What a child process serves, and how many minutes after the start of the tests'
// clock, stands in its environment.
const (
	serveFolder = "YIKE_E2E_SERVE"
	serveAfter  = "YIKE_E2E_AFTER"
)

// TestServeToBeKilled is no test: it is the product in a process of its own.
func TestServeToBeKilled(t *testing.T) {
	folder := os.Getenv(serveFolder)
	if folder == "" {
		return // other tests start it
	}
	minutes, _ := strconv.Atoi(os.Getenv(serveAfter))
	since, began := time.Now(), dbtest.Start.Add(time.Duration(minutes)*time.Minute)
	a, err := app.New(context.Background(), app.Config{Addr: "127.0.0.1:0", Data: folder, Key: dbtest.Key, Now: func() time.Time { return began.Add(time.Since(since)) }, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "url"), []byte(a.URL()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Fatal(a.Run(context.Background()))
}

// mortal is the product in a process that can be killed and started again, behind an
// address that stays.
type mortal struct {
	t      testing.TB
	folder string
	url    string
	starts int

	mu    sync.Mutex
	child *exec.Cmd
	at    *url.URL
	deaf  bool // the next case is taken in, and its answer lost with the server
}

func newMortal(t testing.TB) *mortal {
	t.Helper()
	m := &mortal{t: t, folder: t.TempDir()}
	dbtest.WriteCompany(t, filepath.Join(m.folder, "yike.db"))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.at != nil {
				r.SetURL(m.at)
			}
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			m.mu.Lock()
			dies := m.deaf && r.Request.Method == http.MethodPost && r.Request.URL.Path == "/cases"
			if dies {
				m.deaf = false
			}
			m.mu.Unlock()
			if dies {
				m.kill()
				return http.ErrAbortHandler
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(bytes.NewBuffer(nil), "", 0),
	}
	front := httptest.NewUnstartedServer(proxy)
	front.Config.ErrorLog = log.New(bytes.NewBuffer(nil), "", 0)
	front.Start()
	m.url = front.URL
	t.Cleanup(func() { m.kill(); front.Close() })
	m.start()
	return m
}

// start starts the server and waits until it answers.
func (m *mortal) start() {
	m.t.Helper()
	told := filepath.Join(m.folder, "url")
	_ = os.Remove(told)
	child := exec.Command(os.Args[0], "-test.run", "^TestServeToBeKilled$")
	child.Env = append(os.Environ(), serveFolder+"="+m.folder, serveAfter+"="+strconv.Itoa(10*m.starts))
	if err := child.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.starts++
	m.mu.Lock()
	m.child = child
	m.mu.Unlock()
	for until := time.Now().Add(e2e.Patience); ; time.Sleep(50 * time.Millisecond) {
		text, _ := os.ReadFile(told)
		if at, err := url.Parse(string(text)); err == nil && at.Host != "" {
			if res, err := http.Get(at.String() + "/readyz"); err == nil {
				res.Body.Close()
				m.mu.Lock()
				m.at = at
				m.mu.Unlock()
				return
			}
		}
		if time.Now().After(until) {
			m.t.Fatal("the server does not start")
		}
	}
}

// kill ends the server as a power cut does.
func (m *mortal) kill() {
	m.mu.Lock()
	child := m.child
	m.child = nil
	m.mu.Unlock()
	if child != nil {
		_ = child.Process.Kill()
		_ = child.Wait()
	}
}

// signIn signs somebody in.
func (m *mortal) signIn(b *e2e.Browser, username string) {
	b.T.Helper()
	(&e2e.House{T: b.T, URL: m.url}).SignIn(b, username, dbtest.Password)
}

// cases are those that are there when the server is dead.
func (m *mortal) cases() []db.CaseRow {
	m.t.Helper()
	m.kill()
	d, err := db.Open(context.Background(), db.Config{DSN: filepath.Join(m.folder, "yike.db"), Now: dbtest.NewClock(dbtest.Start.Add(24 * time.Hour)).Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		m.t.Fatal(err)
	}
	defer d.Close()
	return allCases(m.t, d)
}

func allCases(t testing.TB, d *db.DB) []db.CaseRow {
	t.Helper()
	p, err := d.Cases(context.Background(), policy.SystemActor("test"), db.CaseFilter{Show: db.CasesAll})
	if err != nil {
		t.Fatal(err)
	}
	return p.Rows
}

// typeCase types a case into the form; it is kept when it returns.
func typeCase(b *e2e.Browser, base, said string) {
	b.T.Helper()
	b.Go(base + "/cases/new")
	b.Fill("caller", "收件人小陈")
	b.Fill("phone", "13900001234")
	b.Click(`input[name="cause"]`)
	b.Fill("said", said)
	b.WaitUntil("wait until it is kept", `document.querySelector("[data-visit-state]").textContent.includes("存了草稿")`)
}

// wantOne wants exactly the one case that was typed.
func wantOne(t testing.TB, list []db.CaseRow, said string) {
	t.Helper()
	if len(list) != 1 || list[0].Said != said || list[0].Caller != "收件人小陈" || list[0].CallerPhone != "13900001234" || list[0].CauseID == 0 {
		t.Errorf("%d cases, want the one that was typed: %+v", len(list), list)
	}
}

// The server dies while a case is typed: what is typed then, too, is sent once it is
// back.
func TestACaseOutlivesTheDeathOfTheServer(t *testing.T) {
	m := newMortal(t)
	b := e2e.New(t, e2e.Desktop, e2e.Light)
	m.signIn(b, "clerk")
	typeCase(b, m.url, "箱子压坏了")
	m.kill()
	b.Fill("said", "箱子压坏了，里面两个杯子碎了")
	b.SubmitByKeys()
	b.WaitText("[data-visit-state]", "联网后自动发出")
	m.start()
	b.WaitURL("/cases/")
	b.WaitUntil("wait for the case", `!location.pathname.endsWith("/new") && document.body.innerText.includes("里面两个杯子碎了")`)
	wantOne(t, m.cases(), "箱子压坏了，里面两个杯子碎了")
}

// The server takes the case in and dies before it can say so: sent again, it is the
// same case.
func TestACaseWhoseAnswerIsLostIsRegisteredOnce(t *testing.T) {
	m := newMortal(t)
	b := e2e.New(t, e2e.Desktop, e2e.Light)
	m.signIn(b, "clerk")
	typeCase(b, m.url, "三天没有轨迹")
	m.mu.Lock()
	m.deaf = true
	m.mu.Unlock()
	b.SubmitByKeys()
	b.WaitText("[data-visit-state]", "联网后自动发出")
	m.start()
	b.WaitUntil("wait for the case", `!location.pathname.endsWith("/new") && document.body.innerText.includes("三天没有轨迹")`)
	m.mu.Lock()
	deaf := m.deaf
	m.mu.Unlock()
	if deaf {
		t.Error("the server did not die over the answer")
	}
	wantOne(t, m.cases(), "三天没有轨迹")
}

// The session ends between typing and sending: after signing in the case goes by
// itself, once.
func TestACaseOutlivesTheEndOfTheSession(t *testing.T) {
	c := e2e.NewCompany(t)
	b := c.Window(t, "clerk", e2e.Desktop, e2e.Light)
	typeCase(b, c.URL, "送错到隔壁小区")
	c.Clock.Move(97 * time.Hour)
	b.SubmitByKeys()
	b.WaitURL("/login")
	if n := len(allCases(t, c.DB)); n != 0 {
		t.Fatalf("%d cases of somebody who is signed out", n)
	}
	b.Fill("username", "clerk")
	b.Fill("password", dbtest.Password)
	b.ClickAndLoad(`form[action="/login"] button[type="submit"]`)
	b.WaitUntil("wait until it went", `document.body.innerText.includes("送错到隔壁小区") || document.querySelector("#toasts").innerText !== ""`)
	for until := time.Now().Add(e2e.Patience); len(allCases(t, c.DB)) == 0 && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
	}
	b.Go(c.URL + "/cases/new")
	b.WaitUntil("wait for the scripts", `document.readyState === "complete"`)
	if got := b.Value("said"); got != "" {
		t.Errorf("the next form begins with %q", got)
	}
	wantOne(t, allCases(t, c.DB), "送错到隔壁小区")
}

// The browser is killed while a case is typed: it stands in the form when the page is
// opened again.
func TestACaseOutlivesTheDeathOfTheBrowser(t *testing.T) {
	c := e2e.NewCompany(t)
	profile := t.TempDir()
	b, process := e2e.Own(t, profile, e2e.Desktop, e2e.Light)
	c.SignIn(b, "clerk", dbtest.Password)
	typeCase(b, c.URL, "取件晚了两个小时")
	waitWritten(t, profile, "取件晚了两个小时")
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = process.Wait()

	b, _ = e2e.Own(t, profile, e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/cases/new")
	if strings.Contains(b.URL(), "/login") {
		c.SignIn(b, "clerk", dbtest.Password)
		b.Go(c.URL + "/cases/new")
	}
	b.WaitUntil("wait until it is back", `document.querySelector("#f-said").value === "取件晚了两个小时"`)
	b.SubmitByKeys()
	b.WaitUntil("wait for the case", `!location.pathname.endsWith("/new") && document.body.innerText.includes("取件晚了两个小时")`)
	wantOne(t, allCases(t, c.DB), "取件晚了两个小时")
}

// waitWritten waits until the browser has written a text to its profile, which takes it
// some seconds.
func waitWritten(t testing.TB, profile, text string) {
	t.Helper()
	want, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(text)))
	for until := time.Now().Add(e2e.Patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(profile, "*", "Local Storage", "leveldb", "*"))
		for _, f := range files {
			if data, err := os.ReadFile(f); err == nil && bytes.Contains(data, want) {
				return
			}
		}
	}
	t.Fatal("the browser has written nothing")
}
