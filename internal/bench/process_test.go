package bench

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/internal/app"
)

// program builds the product once and returns its path.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(temp, "yike")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "../..").CombinedOutput() //nolint:gosec // our own program
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// process is the product as its own process.
type process struct {
	cmd *exec.Cmd
	url string
}

// begin starts the program over a data folder and returns at once.
func begin(b *testing.B, s *site) *process {
	b.Helper()
	path, err := program()
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	p := &process{cmd: exec.Command(path, "serve", "--addr", addr, "--data", s.cfg.Data, "--db", s.cfg.DSN(), "--key-file", s.cfg.KeyFile), url: "http://" + addr} //nolint:gosec // our own program
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return p
}

// end stops it as a service manager would.
func (p *process) end(b *testing.B) {
	b.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	if err := p.cmd.Wait(); err != nil {
		b.Errorf("the program ends with %v", err)
	}
}

// await asks for a page until it comes.
func (p *process) await(b *testing.B, path, cookie string) {
	b.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		_, err := fetch(p.url+path, cookie)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			b.Fatal(err)
		}
	}
}

// resident is the memory of the process in MB.
func (p *process) resident(b *testing.B, word string) float64 {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("memory is read from /proc")
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), word+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	return 0
}

// alone returns the company of a place, which nothing in this process serves any
// more.
func alone(b *testing.B, at place) *site {
	b.Helper()
	s := siteOf(b, at)
	s.stop()
	s.rest(b)
	return s
}

// rest ends the jobs that fall due today by the clock of the machine, by which
// the process goes: no night's work runs beside what is measured.
func (s *site) rest(b *testing.B) {
	b.Helper()
	ctx := context.Background()
	d, err := app.OpenDB(ctx, s.cfg)
	if err != nil {
		b.Fatal(err)
	}
	for _, j := range app.NewRunner(d, slog.New(slog.DiscardHandler)).Jobs {
		due := j.Period(time.Now())
		claimed, err := d.ClaimJob(ctx, j.Name, due, "bench", time.Hour)
		if err == nil && claimed {
			err = d.EndJob(ctx, j.Name, due, "bench", 0, "")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkColdStart: from the start of the process to the list page of
// somebody whose session is in the database. Goal: within 150 ms at 1,000,000.
func BenchmarkColdStart(b *testing.B) {
	if runtime.GOOS == "windows" {
		b.Skip("a process is ended by a signal here")
	}
	for _, at := range places(b) {
		b.Run(at.String(), func(b *testing.B) {
			s := alone(b, at)
			p := begin(b, s)
			p.await(b, "/login", "")
			cookie := signIn(b, p.url, boss)
			p.end(b)
			var took []float64
			one := func() {
				start := time.Now()
				p := begin(b, s)
				p.await(b, "/customers", cookie)
				took = append(took, float64(time.Since(start).Microseconds())/1000)
				p.end(b)
			}
			for b.Loop() {
				one()
			}
			for len(took) < rounds() {
				one()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(took), "ms")
		})
	}
}

// BenchmarkMemory: the process under 8 clients that list and search, and after
// a rest of -idle seconds. Goal: at most 150 MB and, five minutes
// after the last request, 50 MB; binary at most 40 MB.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS == "windows" {
		b.Skip("a process is ended by a signal here")
	}
	for _, at := range places(b) {
		b.Run(at.String(), func(b *testing.B) {
			s := alone(b, at)
			p := begin(b, s)
			p.await(b, "/login", "")
			users := []string{"admin", boss, region, rep, "boss2", "clerk1", "rep3", "boss4"}
			cookies := make([]string, len(users))
			for i, u := range users {
				cookies[i] = signIn(b, p.url, u)
			}
			p.end(b) // hashing passwords is not what is measured
			p = begin(b, s)
			defer p.end(b)
			p.await(b, "/login", "")
			for b.Loop() {
				var wait sync.WaitGroup
				for _, cookie := range cookies {
					wait.Go(func() {
						for i := range pick(60, 15) {
							for _, path := range []string{"/customers", "/customers?sort=visit", "/customers?class=B", fmt.Sprintf("/search?q=%02d", i)} {
								if _, err := fetch(p.url+path, cookie); err != nil {
									b.Error(err)
									return
								}
							}
						}
					})
				}
				wait.Wait()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(p.resident(b, "VmHWM"), "peak-MB")
			if idle := *idleFlag; idle > 0 {
				time.Sleep(time.Duration(idle) * time.Second)
				b.ReportMetric(p.resident(b, "VmRSS"), "idle-MB")
			}
			path, err := program()
			if err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
		})
	}
}
