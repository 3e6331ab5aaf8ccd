package handlers_test

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
)

// What holds of every answer and every cookie, whatever the page (internal/ASVS.md).

// TestOverTLSCookiesBelongToThisHostAlone: each cookie that is set over TLS is
// one of this host and of nothing else, no script reads one, and one without the
// prefix, which others can plant, opens nothing.
func TestOverTLSCookiesBelongToThisHostAlone(t *testing.T) {
	s := &site{World: dbtest.Company(t, dbtest.NewClock(dbtest.Start)), t: t}
	h, err := handlers.New(handlers.Config{DB: s.DB, Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(h.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	visit := func() *visitor {
		v := s.stranger()
		v.client.Transport = server.Client().Transport
		return v
	}
	v := visit()
	seen := map[string]string{}
	look := func(a answer) {
		t.Helper()
		if got := a.head.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
			t.Errorf("Strict-Transport-Security %q", got)
		}
		for _, line := range a.head["Set-Cookie"] {
			c, err := http.ParseSetCookie(line)
			if err != nil {
				t.Fatal(err)
			}
			seen[c.Name] = c.Value
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Name)+len(c.Value) > 4096 {
				t.Errorf("a cookie %q", line)
			}
		}
	}
	look(v.get("/login"))
	look(v.post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}))
	look(v.post("/account/language", url.Values{"lang": {"en"}}))
	if a := v.get("/customers"); a.status != http.StatusOK || !strings.Contains(a.body, `lang="en"`) {
		t.Fatalf("signed in over TLS: %d", a.status)
	}
	look(v.get("/nowhere"))
	for _, name := range []string{"__Host-yike_session", "__Host-yike_device", "__Host-yike-lang"} {
		if seen[name] == "" {
			t.Errorf("%s was not set: %v", name, seen)
		}
	}
	if a := visit().get("/customers", "Cookie", "yike_session="+seen["__Host-yike_session"]); a.status != http.StatusSeeOther {
		t.Errorf("the session under a name that anybody can plant: %d", a.status)
	}
	if a := visit().get("/customers", "Cookie", "__Host-yike_session="+seen["__Host-yike_session"]); a.status != http.StatusOK {
		t.Errorf("the session under its name: %d", a.status)
	}
	look(v.post("/logout", nil))
}

// TestOtherMethodsAreNoWayIn: no route answers a method that it does not name,
// and nothing is changed by one.
func TestOtherMethodsAreNoWayIn(t *testing.T) {
	s := newSite(t)
	v := s.as("admin")
	before := s.contents()
	n := 0
	for _, p := range append(paths(s, func(_, name string) string {
		if name == "role" {
			return "courier"
		}
		return id(s.RepWest)
	}), [2]string{"GET", "/healthz"}, [2]string{"GET", "/readyz"}, [2]string{"GET", "/static/yike.css"}, [2]string{"GET", "/"}, [2]string{"GET", "/favicon.ico"}) {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"} {
			a := v.do(method, p[1], strings.NewReader("name=x&version=1"), "application/x-www-form-urlencoded", "X-Canary", "kanari")
			n++
			if a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed || strings.Contains(a.body, "kanari") || a.head.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %d", method, p[1], a.status)
			}
		}
	}
	for name, now := range s.contents() {
		if before[name] != now {
			t.Errorf("%s: a method that nothing names left a trace", name)
		}
	}
	t.Logf("%d requests", n)
}

// TestEveryAnswerSaysWhatItIs: whatever has a body says its kind, a text also
// its characters, and nobody is asked to guess; nothing may be read from
// another site's page.
func TestEveryAnswerSaysWhatItIs(t *testing.T) {
	s := newSite(t)
	ids, kinds := s.lived()
	v, n := s.as("admin"), 0
	look := func(path string, a answer) {
		t.Helper()
		if a.head.Get("X-Content-Type-Options") != "nosniff" || a.head.Get("Access-Control-Allow-Origin") != "" || a.head.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", path, a.head)
		}
		if a.body == "" {
			return
		}
		n++
		kind, more, err := mime.ParseMediaType(a.head.Get("Content-Type"))
		if err != nil || (strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "xml")) && more["charset"] != "utf-8" {
			t.Errorf("%s: %q, %v", path, a.head.Get("Content-Type"), err)
		}
		if a.to() == "" && strings.HasPrefix(kind, "text/html") != strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.body)), "<!doctype html") {
			t.Errorf("%s is called %s and begins %.40q", path, kind, a.body)
		}
	}
	for i, one := range ids {
		for _, p := range paths(s, func(_, name string) string {
			if name == "role" {
				return "courier"
			}
			return one
		}) {
			if p[0] == http.MethodGet && (i == 0 || strings.HasPrefix(p[1], kinds[i]) && strings.Contains(p[1], one)) {
				look(p[1], v.get(p[1]))
			}
		}
	}
	boss := s.as("boss")
	for _, path := range []string{"/healthz", "/readyz", "/static/nothing.css", "/nowhere", "/customers/export?format=csv", "/customers/export?format=xlsx"} {
		look(path, boss.get(path))
	}
	for _, path := range regexp.MustCompile(`/static/[^"#]+`).FindAllString(boss.get("/customers").body, -1) {
		look(path, boss.get(path))
	}
	look("POST /users", boss.post("/users", nil))
	if n < 100 {
		t.Errorf("only %d answers", n)
	}
}

// logLine begins each line of the log: when, with the zone.
var logLine = regexp.MustCompile(`^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) level=\w+ msg=`)

// TestWhoAsksForWhatIsNotTheirsIsInTheLog: who, from where, for which route, and
// not a word of what they typed; a line stays a line.
func TestWhoAsksForWhatIsNotTheirsIsInTheLog(t *testing.T) {
	s, said := loggedSite(t)
	client := s.client("金丝雀贸易有限公司")
	rep2 := s.as("rep2")
	line := func(why string, do func() answer, want ...string) {
		t.Helper()
		said.mu.Lock()
		said.b.Reset()
		said.mu.Unlock()
		a := do()
		said.mu.Lock()
		defer said.mu.Unlock()
		text := said.b.String()
		var got string
		for l := range strings.Lines(text) {
			if strings.Contains(l, "msg=refused") {
				got += l
			}
			if !logLine.MatchString(l) {
				t.Errorf("%s: a line of somebody else's: %q", why, l)
			}
		}
		if strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") || !strings.Contains(got, "user="+id(s.RepWest2)) || !strings.Contains(got, "request="+a.head.Get("X-Request-Id")) {
			t.Errorf("%s: %d: %q", why, a.status, got)
		}
		for _, w := range append(want, "address=127.0.0.1", why) {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in %q", why, w, got)
			}
		}
		if strings.Contains(text, "kanari") || strings.Contains(text, client) {
			t.Errorf("%s: the log repeats what was asked for: %s", why, text)
		}
	}
	line("no right", func() answer { return rep2.get("/users?q=kanari") }, `route="GET /users"`)
	line("no right", func() answer { return rep2.post("/roles", url.Values{"title": {"kanari"}}) }, `route="POST /roles"`)
	line("beyond reach or not there", func() answer { return rep2.get("/customers/" + client + "?kanari=1") }, `route="GET /customers/{id}"`)
	line("beyond reach or not there", func() answer { return rep2.get("/kanari%0atime=2026-11-21%20level=ERROR%20msg=forged") })
	line("no request of ours", func() answer {
		return rep2.do(http.MethodPost, "/customers", strings.NewReader("name=%zz"), "application/x-www-form-urlencoded")
	}, `route="POST /customers"`)
	line("too large", func() answer { return rep2.post("/customers", url.Values{"name": {strings.Repeat("x", 2<<20)}}) })
	if db.ParseID(client) == 0 {
		t.Fatal("the client has no id")
	}
}
