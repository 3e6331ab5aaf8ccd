// Package bench measures the whole product through HTTP beside yardstick FP
// (fp_test.go), in the same run and interleaved, signed in as somebody with a
// scope. It holds benchmarks only:
//
//	go test ./internal/bench -bench . -benchtime 10x
//
// YIKE_BENCH_CUSTOMERS lists sizes (default 2000; the full run is
// 10000,100000,1000000), YIKE_BENCH_DIR keeps the databases for the next run,
// YIKE_BENCH_WAYBILLS is how many parcels they ship (default 20 a customer),
// YIKE_BENCH_FP_ROWS is the size of the yardstick's table (default 100000, in
// the full run 1000000), YIKE_BENCH_IDLE how many seconds to wait before the
// idle memory is read.
package bench

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/internal/app"
	"yike/internal/demo"
	"yike/policy/day"
)

// boss sees one branch of eight, region a province of four.
const (
	boss   = "boss1"
	region = "region1"
	rep    = "rep1"
)

func number(env string, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv(env)); err == nil {
		return n
	}
	return fallback
}

// sizes are the numbers of customers to measure at.
func sizes(b *testing.B) []int {
	b.Helper()
	text := os.Getenv("YIKE_BENCH_CUSTOMERS")
	if text == "" {
		return []int{2000}
	}
	var out []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			b.Fatalf("YIKE_BENCH_CUSTOMERS: %v", err)
		}
		out = append(out, n)
	}
	return out
}

var (
	temp  string
	sites = map[int]*site{}
)

func TestMain(m *testing.M) {
	var err error
	if temp, err = os.MkdirTemp("", "yike-bench-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, s := range sites {
		s.stop()
	}
	_ = os.RemoveAll(temp)
	os.Exit(code)
}

func benchDir(b *testing.B) string {
	b.Helper()
	if dir := os.Getenv("YIKE_BENCH_DIR"); dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		return dir
	}
	return temp
}

// site is the product, listening, over a generated company.
type site struct {
	data    string
	app     *app.App
	stop    func()
	mu      sync.Mutex
	cookies map[string]string
}

// folder returns the data folder of a company of that size, made when missing.
func folder(b *testing.B, customers int) string {
	b.Helper()
	data := filepath.Join(benchDir(b), fmt.Sprintf("customers-%d", customers))
	if _, err := os.Stat(filepath.Join(data, "yike.db")); err == nil {
		return data
	}
	ctx := context.Background()
	d, err := app.OpenDB(ctx, app.Config{Data: data, KeyFile: data + ".key"})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	hash, err := handlers.HashPassword(demo.Password)
	if err != nil {
		b.Fatal(err)
	}
	r, err := demo.Fill(ctx, d, demo.Config{Seed: 1, Today: day.At(dbtest.Start, db.Zone), Branches: demo.Branches,
		Customers: customers, Visits: 2 * customers, Waybills: number("YIKE_BENCH_WAYBILLS", 20*customers), PasswordHash: hash}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d customers made, %.0f a second", r.Customers, float64(r.Customers)/r.Took.Seconds())
	return data
}

func siteOf(b *testing.B, customers int) *site {
	b.Helper()
	if s := sites[customers]; s != nil {
		return s
	}
	s := &site{data: folder(b, customers), cookies: map[string]string{}}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, app.Config{Addr: "127.0.0.1:0", Data: s.data, KeyFile: s.data + ".key"})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = a.Run(ctx) }()
	s.app, s.stop = a, func() { cancel(); <-done }
	sites[customers] = s
	return s
}

// as returns the session cookie of somebody.
func (s *site) as(b *testing.B, user string) string {
	b.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.cookies[user]; c != "" {
		return c
	}
	s.cookies[user] = signIn(b, s.app.URL(), user)
	return s.cookies[user]
}

func signIn(b *testing.B, at, user string) string {
	b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(at+"/login", url.Values{"username": {user}, "password": {demo.Password}})
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	u, err := url.Parse(at)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range jar.Cookies(u) {
		if k.Name == "yike_session" {
			return k.Name + "=" + k.Value
		}
	}
	b.Fatalf("%s cannot sign in: %d", user, res.StatusCode)
	return ""
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// fetch reads a page to its end and returns its compressed size.
func fetch(at, cookie string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %d", at, res.StatusCode)
	}
	return int(n), err
}

// plainBody returns a page as a reader sees it, and its status.
func plainBody(b *testing.B, at, cookie string) string {
	b.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(res.Body); err != nil {
			b.Fatal(err)
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		b.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b.Fatalf("GET %s: %d", at, res.StatusCode)
	}
	return string(text)
}

func (f *fp) fetch() error {
	_, err := fetch(f.server.URL+"/", f.cookie)
	return err
}

func median(list []float64) float64 { return quantile(list, 0.5) }

func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Clone(list)
	slices.Sort(s)
	return s[min(len(s)-1, int(q*float64(len(s))))]
}

// round is how many requests of each kind one round sends.
const round = 20

// compare runs ours and the yardstick in turn, request by request, for at least
// ten rounds, and reports the medians of the rounds' medians and of their
// ratios.
func compare(b *testing.B, ours, yardstick func() error) {
	b.Helper()
	timed := func(do func() error) float64 {
		start := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		return float64(time.Since(start).Microseconds()) / 1000
	}
	for range 5 { // caches and connections
		timed(ours)
		timed(yardstick)
	}
	var a, y, ratio []float64
	one := func() {
		var x, z []float64
		for range round {
			x, z = append(x, timed(ours)), append(z, timed(yardstick))
		}
		a, y, ratio = append(a, median(x)), append(y, median(z)), append(ratio, median(x)/median(z))
	}
	for b.Loop() {
		one()
	}
	for len(ratio) < 10 {
		one()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(a), "p50-ms")
	b.ReportMetric(median(y), "FP-ms")
	b.ReportMetric(median(ratio), "xFP")
}

// each runs a benchmark at every size.
func each(b *testing.B, run func(b *testing.B, s *site, f *fp)) {
	f := newFP(b)
	for _, n := range sizes(b) {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := siteOf(b, n)
			f.like(b, len(plainBody(b, s.app.URL()+"/customers", s.as(b, boss))))
			run(b, s, f)
		})
	}
}

// page compares one page with the yardstick.
func page(b *testing.B, s *site, f *fp, name, user, path string) {
	b.Run(name, func(b *testing.B) {
		cookie := s.as(b, user)
		size := 0
		compare(b, func() (err error) {
			size, err = fetch(s.app.URL()+path, cookie)
			return err
		}, f.fetch)
		b.ReportMetric(float64(size)/1000, "kB")
	})
}
