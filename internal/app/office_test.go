package app

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db/dbtest"
)

// office is the product as a process runs it, over the small company.
type office struct {
	*App
	t    *testing.T
	url  string
	stop func() error
	// broken: the test took something away on purpose, and the end need not be clean.
	broken bool
}

// startOffice serves the small company until the test ends or stop is called;
// cfg.DB "" stands for a SQLite file of its own.
func startOffice(t *testing.T, cfg Config) *office {
	t.Helper()
	if cfg.Data == "" {
		cfg.Data = t.TempDir()
	}
	if cfg.DB == "" {
		dbtest.WriteCompany(t, filepath.Join(cfg.Data, "yike.db"))
	}
	if cfg.Now == nil {
		cfg.Now = dbtest.NewClock(dbtest.Start).Now
	}
	cfg.Addr, cfg.Key = "127.0.0.1:0", dbtest.Key
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	o := &office{App: a, t: t, url: a.URL()}
	o.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := o.stop(); err != nil && !o.broken {
			t.Errorf("stop: %v", err)
		}
	})
	return o
}

// person is a browser without a page: a cookie jar that follows no redirect.
type person struct {
	t    *testing.T
	http *http.Client
}

func newPerson(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, &http.Client{Jar: jar, Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as signs somebody in.
func (o *office) as(username string) *person {
	o.t.Helper()
	p := newPerson(o.t)
	if status, body := p.post(o.url+"/login", url.Values{"username": {username}, "password": {dbtest.Password}}); status != http.StatusSeeOther {
		o.t.Fatalf("%s cannot sign in: %d %s", username, status, body)
	}
	return p
}

func (p *person) get(at string) (int, string) { return p.do(http.MethodGet, at, nil) }

func (p *person) post(at string, form url.Values) (int, string) {
	return p.do(http.MethodPost, at, form)
}

func (p *person) do(method, at string, form url.Values) (int, string) {
	p.t.Helper()
	status, body, err := p.try(method, at, form)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, at, err)
	}
	return status, body
}

// try is do for requests that may end without an answer; it may be called
// beside the test.
func (p *person) try(method, at string, form url.Values) (int, string, error) {
	r, err := http.NewRequest(method, at, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}
