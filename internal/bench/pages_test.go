package bench

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkList: the customer list, whatever is asked of it. Goal: at most 1.5
// FP at 10,000 and 100,000; at 1,000,000 at most 1.25 times as much as at
// 10,000; page 1000 at most twice page 1.
func BenchmarkList(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		page(b, s, f, "first page", boss, "/customers")
		page(b, s, f, "a rep's own", rep, "/customers")
		page(b, s, f, "a region", region, "/customers")
		page(b, s, f, "the company", "admin", "/customers")
		for _, q := range listQueries {
			page(b, s, f, strings.ReplaceAll(q, "/", ","), boss, "/customers?"+q)
		}
		b.Run("page 1000", func(b *testing.B) {
			at, n := walk(b, s, "/customers", 1000)
			if n < 50 {
				b.Skipf("the list ends at page %d", n)
			}
			b.Logf("page %d", n)
			cookie := s.as(b, boss)
			compare(b, func() error { _, err := fetch(s.app.URL()+at, cookie); return err }, f.fetch)
		})
	})
}

// listQueries are one filter or one sort each.
var listQueries = []string{
	"class=A", "class=none", "stage=growing", "kind=ecommerce", "source=taobao", "state=draft", "owner=none", "visit=never",
	"sort=name-", "sort=visit-", "sort=code", "sort=visit", "sort=class", "sort=created",
}

var nextLink = regexp.MustCompile(`<a[^>]*rel="next"[^>]*>`)
var href = regexp.MustCompile(`href="([^"]+)"`)

// walk follows "next" to the n-th page and returns its address, or that of the
// last page and its number.
func walk(b *testing.B, s *site, at string, n int) (string, int) {
	b.Helper()
	cookie := s.as(b, boss)
	for i := 1; i < n; i++ {
		link := nextLink.FindString(plainBody(b, s.app.URL()+at, cookie))
		m := href.FindStringSubmatch(link)
		if m == nil {
			return at, i
		}
		at = html.UnescapeString(m[1])
		if strings.HasPrefix(at, "?") {
			at = "/customers" + at
		}
	}
	return at, n
}

// BenchmarkSearch: goal at most 1.5 times the list page.
func BenchmarkSearch(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		for _, q := range [][2]string{{"two characters", "电子"}, {"a rare brand", "澄岫"}, {"pinyin", "chengxiu"}, {"initials", "hzc"}, {"phone", "0001"}, {"a whole phone", "13800001054"}, {"code", "HZ01-00012"}, {"nothing found", "龘龘"}} {
			page(b, s, f, q[0], boss, "/search?q="+url.QueryEscape(q[1]))
		}
		page(b, s, f, "the company", "admin", "/search?q="+url.QueryEscape("电子"))
	})
}

var customerLink = regexp.MustCompile(`href="/customers/(\d+)`)

// someCustomers are ids from the first page of the list.
func someCustomers(b *testing.B, s *site, user string) []string {
	b.Helper()
	var out []string
	seen := map[string]bool{}
	for _, m := range customerLink.FindAllStringSubmatch(plainBody(b, s.app.URL()+"/customers", s.as(b, user)), -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, m[1])
		}
	}
	if len(out) == 0 {
		b.Fatal("no customer in the list")
	}
	return out
}

// BenchmarkCustomer: one file. Goal: at most twice FP.
func BenchmarkCustomer(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		ids := someCustomers(b, s, boss)
		cookie, i, size := s.as(b, boss), 0, 0
		b.Run("page", func(b *testing.B) {
			compare(b, func() (err error) {
				i++
				size, err = fetch(s.app.URL()+"/customers/"+ids[i%len(ids)], cookie)
				return err
			}, f.fetch)
			b.ReportMetric(float64(size)/1000, "kB")
		})
		page(b, s, f, "due list", boss, "/visits/due")
		page(b, s, f, "a rep's due list", rep, "/visits/due")
		page(b, s, f, "calendar", boss, "/visits")
	})
}

// visit posts a made visit and fails unless it was taken.
func visit(s *site, cookie, customer, key string) error {
	form := url.Values{"customer": {customer}, "kind": {"done"}, "mode": {"phone"}, "purpose": {"例行走访"}, "learned": {"一切正常，没有新的问题。"},
		"mood": {"good"}, "day": {clock().In(shanghai).Format(time.DateOnly)}, "key": {key}}
	r, err := http.NewRequest(http.MethodPost, s.app.URL()+"/visits", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("POST /visits: %d", res.StatusCode)
	}
	return nil
}

var shanghai = time.FixedZone("CST", 8*3600)

// BenchmarkVisit: log a visit, durable, with its records. Goal: p50 at most 1.5
// FP and two bare commits.
func BenchmarkVisit(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		s.spent(b)
		ids, cookie := someCustomers(b, s, rep), s.as(b, rep)
		i, run := 0, time.Now().UnixNano()
		b.Run("log", func(b *testing.B) {
			compare(b, func() error {
				i++
				return visit(s, cookie, ids[i%len(ids)], fmt.Sprintf("bench-%d-%d", run, i))
			}, func() error {
				if err := f.fetch(); err != nil {
					return err
				}
				if err := f.commit(); err != nil {
					return err
				}
				return f.commit()
			})
		})
		b.Run("readers beside 50 a second", func(b *testing.B) {
			var quiet, busy []float64
			read := func(into *[]float64) {
				for range pick(100, 30) {
					start := time.Now()
					if _, err := fetch(s.app.URL()+"/customers", s.as(b, boss)); err != nil {
						b.Fatal(err)
					}
					*into = append(*into, float64(time.Since(start).Microseconds())/1000)
				}
			}
			n := 0
			one := func() {
				n++
				read(&quiet)
				stop, done := make(chan struct{}), make(chan error, 1)
				go func() {
					tick := time.NewTicker(20 * time.Millisecond)
					defer tick.Stop()
					for k := 0; ; k++ {
						select {
						case <-stop:
							done <- nil
							return
						case <-tick.C:
							if err := visit(s, cookie, ids[k%len(ids)], fmt.Sprintf("beside-%d-%d-%d", run, n, k)); err != nil {
								done <- err
								return
							}
						}
					}
				}()
				read(&busy)
				close(stop)
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				one()
			}
			for n < rounds() {
				one()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(quantile(quiet, 0.95), "p95-quiet-ms")
			b.ReportMetric(quantile(busy, 0.95), "p95-ms")
			b.ReportMetric(quantile(busy, 0.95)/quantile(quiet, 0.95), "xquiet")
		})
	})
}

// BenchmarkThroughput: pages a second at 8 clients. Goal: at least 0.6 of FP's.
func BenchmarkThroughput(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		cookie := s.as(b, boss)
		rate := func(do func() error) float64 {
			var n atomic.Int64
			var failed atomic.Value
			start := time.Now()
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					for time.Since(start) < 400*time.Millisecond {
						if err := do(); err != nil {
							failed.Store(err)
							return
						}
						n.Add(1)
					}
				})
			}
			wait.Wait()
			if err := failed.Load(); err != nil {
				b.Fatal(err)
			}
			return float64(n.Load()) / time.Since(start).Seconds()
		}
		b.Run("list", func(b *testing.B) {
			var ours, fps, ratio []float64
			one := func() {
				x := rate(func() error { _, err := fetch(s.app.URL()+"/customers", cookie); return err })
				y := rate(f.fetch)
				ours, fps, ratio = append(ours, x), append(fps, y), append(ratio, x/y)
			}
			for b.Loop() {
				one()
			}
			for len(ratio) < rounds() {
				one()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ours), "pages/s")
			b.ReportMetric(median(fps), "FP/s")
			b.ReportMetric(median(ratio), "xFP/s")
		})
	})
}
