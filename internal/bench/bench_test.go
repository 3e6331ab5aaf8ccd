// Package bench measures the journeys of the product through HTTP beside
// yardstick FP (fp_test.go), in the same run and interleaved, signed in as
// somebody with a scope, on either database. It holds benchmarks only:
//
//	go test ./internal/bench -run '^$' -bench . -benchtime 1x -size 10000
//	go test ./internal/bench -run '^$' -bench . -benchtime 1x -size 10000,100000,1000000 -engine sqlite,postgres -fp 1000000 -timeout 4h
//
// The company of each size is made once (engine_test.go) and kept, and a run
// works on a copy of it, so that every run, and every commit with the same
// schema, begins with the same rows. With -short there are a third of the rounds.
package bench

import (
	"cmp"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db/dbtest"
	"yike/internal/app"
	"yike/internal/demo"
)

// boss sees one branch of eight, region a province of four.
const (
	boss   = "boss1"
	region = "region1"
	rep    = "rep1"
)

// What is measured. The words of the environment are what the flags say when
// they are not given.
var (
	sizeFlag     = flag.String("size", cmp.Or(os.Getenv("YIKE_BENCH_CUSTOMERS"), "2000"), "how many customers, with commas")
	engineFlag   = flag.String("engine", cmp.Or(os.Getenv("YIKE_BENCH_ENGINE"), sqlite), "sqlite, postgres, or both with a comma")
	dataFlag     = flag.String("data", os.Getenv("YIKE_BENCH_DIR"), "folder where the made companies are kept (default: yike-bench in the user's cache folder)")
	inPlaceFlag  = flag.Bool("inplace", false, "work on the kept SQLite company itself and not on a copy: where the disk is small")
	fpFlag       = flag.Int("fp", number("YIKE_BENCH_FP_ROWS", 100_000), "rows of the yardstick's table")
	waybillsFlag = flag.Int("waybills", number("YIKE_BENCH_WAYBILLS", 0), "how many parcels (default: 20 a customer)")
	casesFlag    = flag.Int("cases", number("YIKE_BENCH_CASES", 20_000), "how many cases at least")
	idleFlag     = flag.Int("idle", number("YIKE_BENCH_IDLE", 0), "seconds to wait before the idle memory is read")
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
	var out []int
	for word := range strings.SplitSeq(*sizeFlag, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			b.Fatalf("-size: %v", err)
		}
		out = append(out, n)
	}
	return out
}

// began is when the process did; the companies' clock stands at dbtest.Start then.
var began = time.Now()

func clock() time.Time { return dbtest.Start.Add(time.Since(began)) }

var (
	temp  string
	sites = map[place]*site{}
)

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if temp, err = os.MkdirTemp("", "yike-bench-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, s := range sites {
		s.stop()
		s.drop()
	}
	_ = os.RemoveAll(temp)
	os.Exit(code)
}

// site is the product, listening, over a generated company.
type site struct {
	place
	cfg     app.Config
	app     *app.App
	stop    func()
	drop    func() // takes the copy away
	mu      sync.Mutex
	cookies map[string]string
}

// siteOf serves the company of a place.
func siteOf(b *testing.B, at place) *site {
	b.Helper()
	s := sites[at]
	if s == nil {
		s = &site{place: at}
		s.cfg, s.drop = at.copied(b)
		sites[at] = s
	}
	if s.app != nil {
		return s
	}
	s.cookies = map[string]string{}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, s.cfg)
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = a.Run(ctx) }()
	s.app, s.stop = a, func() {
		if s.app != nil {
			s.app = nil
			cancel()
			<-done
		}
	}
	return s
}

// spent says that a benchmark leaves the company another than it was: the next
// one gets a fresh copy, so that no figure depends on what was run before it.
func (s *site) spent(b *testing.B) {
	b.Cleanup(func() {
		s.stop()
		s.drop()
		delete(sites, s.place)
	})
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

// plainBody returns a page as a reader sees it: unpacked.
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

// rounds is how many rounds there are at least, round how many requests of each
// kind one of them sends.
func rounds() int { return pick(10, 3) }
func round() int  { return pick(20, 15) }

func pick(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

// compare runs ours and the yardstick in turn, request by request, for at least
// so many rounds, and reports the medians of the rounds' medians and of their
// ratios, and what ours allocates in the process, the client that asks included.
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
		for range round() {
			x, z = append(x, timed(ours)), append(z, timed(yardstick))
		}
		a, y, ratio = append(a, median(x)), append(y, median(z)), append(ratio, median(x)/median(z))
	}
	for b.Loop() {
		one()
	}
	for len(ratio) < rounds() {
		one()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(a), "p50-ms")
	b.ReportMetric(median(y), "FP-ms")
	b.ReportMetric(median(ratio), "xFP")
	reportAllocs(b, ours)
}

// reportAllocs tells what an act allocates, beside nothing else of ours.
func reportAllocs(b *testing.B, do func() error) {
	b.Helper()
	b.ReportAllocs() // and what is reported below takes the place of what it counts
	const times = 5
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/times, "allocs/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/times, "B/op")
}

// each runs a benchmark at every size.
func each(b *testing.B, run func(b *testing.B, s *site, f *fp)) {
	f := newFP(b)
	for _, at := range places(b) {
		b.Run(at.String(), func(b *testing.B) {
			s := siteOf(b, at)
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
