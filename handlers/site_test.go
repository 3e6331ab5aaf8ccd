package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/handlers"
	"yike/policy"
	"yike/views/lang"
)

// site is a real server over a real database with the small company in it.
type site struct {
	*dbtest.World
	t   *testing.T
	url string
	// strange: what the test writes looks like no Chinese on purpose.
	strange bool
}

// newSite serves the small company (dbtest.World) on SQLite.
func newSite(t *testing.T) *site {
	t.Helper()
	s, _ := newSiteOf(t, handlers.Config{})
	return s
}

// newSiteOf is newSite with a configuration, whose database is made here.
func newSiteOf(t *testing.T, cfg handlers.Config) (*site, *handlers.Handlers) {
	t.Helper()
	clock := dbtest.NewClock(dbtest.Start)
	s := &site{World: dbtest.Company(t, clock), t: t}
	cfg.DB = s.DB
	h, err := handlers.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(func() { s.auditIsPlain(h) })
	s.url = server.URL
	return s, h
}

// raw is what people cannot read: names of columns and codes, ids, JSON, and a
// label without a word.
var raw = regexp.MustCompile(`[a-z]+_[a-z]+|^[a-z]+\.[a-z]+|\d{16}|[{}\[\]]|\| :|\b(given|withdrawn|planned|done|cancelled|password|code|copy|erasure|correction|customers?|subtree|company|branch|true|false)\b`)

// typed is what somebody wrote: the name of a file, a reason.
var typed = regexp.MustCompile(`文件 \S+\.\w+|理由 [^；|]*`)

// auditIsPlain holds that whatever the test did stands in the audit in plain
// Chinese: acts, what was said besides, and each field before and after.
func (s *site) auditIsPlain(h *handlers.Handlers) {
	if s.strange {
		return
	}
	ctx := lang.With(context.Background(), lang.Chinese)
	lines, err := h.AuditTexts(ctx, policy.SystemActor("test"))
	if err != nil {
		s.t.Error("the audit:", err)
	}
	for _, l := range lines {
		if found := raw.FindString(typed.ReplaceAllString(l, "")); found != "" {
			s.t.Errorf("the audit says %q in %q", found, l)
		}
	}
}

// visitor is a browser without a page: a cookie jar that follows no redirect.
type visitor struct {
	s      *site
	client *http.Client
}

// stranger is nobody.
func (s *site) stranger() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &visitor{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as signs somebody in by user name ("boss", "rep", "clerk", …: dbtest.World)
// through the sign-in page; "" is a stranger.
func (s *site) as(username string) *visitor {
	s.t.Helper()
	v := s.stranger()
	if username == "" {
		return v
	}
	if a := v.post("/login", url.Values{"username": {username}, "password": {dbtest.Password}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("%s cannot sign in: %d", username, a.status)
	}
	return v
}

// answer is what came back.
type answer struct {
	status int
	body   string
	head   http.Header
}

// to is where a redirect leads.
func (a answer) to() string { return a.head.Get("Location") }

func (v *visitor) get(path string, header ...string) answer {
	return v.do(http.MethodGet, path, nil, "", header...)
}

func (v *visitor) post(path string, form url.Values, header ...string) answer {
	return v.do(http.MethodPost, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", header...)
}

// do sends a request; header holds names and values in turn.
func (v *visitor) do(method, path string, body io.Reader, kind string, header ...string) answer {
	v.s.t.Helper()
	r, err := http.NewRequest(method, v.s.url+path, body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for pair := range slices.Chunk(header, 2) {
		if r.Header.Set(pair[0], pair[1]); pair[0] == "Host" {
			r.Host = pair[1]
		}
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return answer{res.StatusCode, string(b), res.Header}
}

// scenario is one request and what must come back.
type scenario struct {
	name   string
	who    string // user name, "" a stranger
	method string // GET when empty
	path   string
	form   url.Values
	status int
	want   []string // must appear in the page, or in the Location of a redirect
	never  []string // must not appear
}

// run plays scenarios in order, each person signed in once.
func (s *site) run(list []scenario) {
	people := map[string]*visitor{}
	for _, c := range list {
		s.t.Run(c.name, func(t *testing.T) {
			if people[c.who] == nil {
				people[c.who] = s.as(c.who)
			}
			var a answer
			if c.method == http.MethodPost {
				a = people[c.who].post(c.path, c.form)
			} else {
				a = people[c.who].get(c.path)
			}
			if a.status != c.status {
				t.Fatalf("status %d, want %d (to %q)\n%s", a.status, c.status, a.to(), excerpt(a.body))
			}
			for _, w := range c.want {
				if !strings.Contains(a.body, w) && !strings.Contains(a.to(), w) {
					t.Errorf("%q does not appear (to %q)\n%s", w, a.to(), excerpt(a.body))
				}
			}
			for _, n := range c.never {
				if strings.Contains(a.body, n) || strings.Contains(a.to(), n) {
					t.Errorf("%q appears", n)
				}
			}
		})
	}
}

// excerpt is the page's main part, for a failure's message.
func excerpt(body string) string {
	if _, rest, ok := strings.Cut(body, "<main"); ok {
		body, _, _ = strings.Cut(rest, "</main>")
	}
	if len(body) > 1500 {
		body = body[:1500] + "…"
	}
	return body
}
