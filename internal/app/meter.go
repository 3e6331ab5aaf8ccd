package app

import (
	"bufio"
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"yike/db"
	"yike/handlers"
)

// What a monitor reads, in Prometheus' text form, on a listener of its own. It
// is written by hand: the client library would add some three million bytes to
// a program whose size is bounded, for one page of numbers.

// steps are the upper ends of the classes in which times of requests are
// counted, in seconds.
var steps = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// meter counts since the start of the process.
type meter struct {
	began    time.Time
	mu       sync.Mutex
	requests map[routeStatus]int64
	times    map[string]*histogram // by route
	runs     map[jobResult]int64
	ran      map[jobResult]float64 // seconds
}

type routeStatus struct {
	route  string
	status int
}

type jobResult struct{ job, result string }

type histogram struct {
	classes []int64 // of steps, and one for what is beyond
	n       int64
	sum     float64
}

func newMeter(now time.Time) *meter {
	return &meter{began: now, requests: map[routeStatus]int64{}, times: map[string]*histogram{}, runs: map[jobResult]int64{}, ran: map[jobResult]float64{}}
}

// request counts one that was answered. There are as many routes as the program
// has, and one for everything else.
func (m *meter) request(r handlers.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	route := cmp.Or(r.Route, "other")
	m.requests[routeStatus{route, r.Status}]++
	h := m.times[route]
	if h == nil {
		h = &histogram{classes: make([]int64, len(steps)+1)}
		m.times[route] = h
	}
	s := r.Took.Seconds()
	i, _ := slices.BinarySearch(steps, s)
	h.classes[i]++
	h.n++
	h.sum += s
}

// job counts a job or task that was run.
func (m *meter) job(name, result string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := jobResult{name, result}
	m.runs[k]++
	m.ran[k] += took.Seconds()
}

// page writes metrics one after the other; it keeps the first error.
type page struct {
	w   *bufio.Writer
	was string
}

// say writes one number with its labels, name and value in turn; before the
// first of a name what it means.
func (p *page) say(name, kind, help string, value float64, labels ...string) {
	if name != p.was {
		_, _ = fmt.Fprintf(p.w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
		p.was = name
	}
	p.line(name, value, labels...)
}

var labelText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (p *page) line(name string, value float64, labels ...string) {
	_, _ = p.w.WriteString(name)
	sign := "{"
	for pair := range slices.Chunk(labels, 2) {
		_, _ = p.w.WriteString(sign + pair[0] + `="` + labelText.Replace(pair[1]) + `"`)
		sign = ","
	}
	if len(labels) > 0 {
		_, _ = p.w.WriteString("}")
	}
	_, _ = p.w.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// counts writes what the meter has.
func (m *meter) counts(p *page) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range sorted(m.requests, func(a, b routeStatus) int { return cmp.Or(cmp.Compare(a.route, b.route), a.status-b.status) }) {
		p.say("yike_requests_total", "counter", "Requests answered, by route and status; 0 is a request that its sender gave up.", float64(m.requests[k]), "route", k.route, "status", strconv.Itoa(k.status))
	}
	const name = "yike_request_seconds"
	_, _ = fmt.Fprintf(p.w, "# HELP %s Time until a request was answered, by route.\n# TYPE %s histogram\n", name, name)
	for _, route := range sorted(m.times, cmp.Compare[string]) {
		h, n := m.times[route], int64(0)
		for i, count := range h.classes {
			le := "+Inf"
			if i < len(steps) {
				le = strconv.FormatFloat(steps[i], 'g', -1, 64)
			}
			n += count
			p.line(name+"_bucket", float64(n), "route", route, "le", le)
		}
		p.line(name+"_sum", h.sum, "route", route)
		p.line(name+"_count", float64(h.n), "route", route)
	}
	byName := func(a, b jobResult) int { return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(a.result, b.result)) }
	for _, k := range sorted(m.runs, byName) {
		p.say("yike_job_runs_total", "counter", "Jobs and tasks run by this process, by how they ended.", float64(m.runs[k]), "job", k.job, "result", k.result)
	}
	for _, k := range sorted(m.ran, byName) {
		p.say("yike_job_seconds_total", "counter", "Time that they took.", m.ran[k], "job", k.job, "result", k.result)
	}
}

func sorted[K comparable, V any](m map[K]V, order func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	return keys
}

// metrics writes everything. What cannot be asked is left out, and yike_up says
// so: a monitor must see a database that is away as a fact, not as silence.
func (a *App) metrics(ctx context.Context, out io.Writer) error {
	p := &page{w: bufio.NewWriter(out)}
	now := a.DB.Now()
	letters, err := a.DB.LettersWaiting(ctx)
	tasks, fault := a.DB.TasksWaiting(ctx)
	states, missing := a.DB.JobStates(ctx)
	err = errors.Join(err, fault, missing)
	up := 1.0
	if err != nil {
		up = 0
		a.cfg.Log.Warn("metrics", "err", err)
	}
	p.say("yike_up", "gauge", "1 when the database answered.", up)
	p.say("yike_info", "gauge", "The program.", 1, "version", a.cfg.Version, "go", runtime.Version(), "os", runtime.GOOS, "arch", runtime.GOARCH)
	p.say("yike_start_time_seconds", "gauge", "When the process began, unix seconds.", float64(a.meter.began.UnixMilli())/1000)
	a.meter.counts(p)
	p.say("yike_requests_in_hand", "gauge", "Requests that are being answered.", float64(a.rest.inHand()))
	_, faults := a.cfg.last.text()
	p.say("yike_log_warnings_total", "counter", "Warnings and errors in the log.", float64(faults))
	poolMetrics(p, a.DB.Pools())
	waitMetrics(p, "yike_outbox", "messages that have not left", letters, now)
	waitMetrics(p, "yike_tasks", "tasks that people started and that are not done", tasks, now)
	for _, j := range states {
		p.say("yike_job_last_start_seconds", "gauge", "When the latest run of a job began, on any node, unix seconds.", float64(j.StartedAt)/1000, "job", j.Job, "state", j.State)
	}
	h := a.DB.Health()
	p.say("yike_check_faults", "gauge", "Places that the last check of the database found damaged.", float64(h.Faults))
	p.say("yike_check_seconds", "gauge", "When that was, unix seconds; 0 for never.", float64(h.CheckedAt)/1000)
	for _, name := range []string{"main", "main-wal", "files", "files-wal"} {
		if size, ok := a.DB.Sizes()[name]; ok {
			p.say("yike_database_bytes", "gauge", "Size of the database's files.", float64(size), "file", name)
		}
	}
	if left, err := diskLeft(a.cfg.Data); err == nil {
		p.say("yike_disk_left_bytes", "gauge", "What is left on the disk of the data folder.", float64(left))
	}
	runtimeMetrics(p)
	return p.w.Flush()
}

func poolMetrics(p *page, pools []db.Pool) {
	for _, x := range pools {
		p.say("yike_db_connections", "gauge", "Connections to the database that are open.", float64(x.Open), "pool", x.Name)
	}
	for _, x := range pools {
		p.say("yike_db_connections_used", "gauge", "… of them in use.", float64(x.InUse), "pool", x.Name)
	}
	for _, x := range pools {
		p.say("yike_db_connections_most", "gauge", "… how many there may be.", float64(x.Most), "pool", x.Name)
	}
	for _, x := range pools {
		p.say("yike_db_waits_total", "counter", "How often somebody waited for a connection.", float64(x.Waits), "pool", x.Name)
	}
	for _, x := range pools {
		p.say("yike_db_wait_seconds_total", "counter", "… for how long together.", x.Waited.Seconds(), "pool", x.Name)
	}
}

func waitMetrics(p *page, name, what string, list []db.Waiting, now time.Time) {
	oldest := now.UnixMilli()
	for _, w := range list {
		p.say(name+"_waiting", "gauge", "How many "+what+", by state.", float64(w.N), "state", w.State)
		if w.State == "queued" && w.Oldest < oldest {
			oldest = w.Oldest
		}
	}
	p.say(name+"_age_seconds", "gauge", "For how long the oldest queued one could have gone.", float64(now.UnixMilli()-oldest)/1000)
}

func runtimeMetrics(p *page) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.say("go_goroutines", "gauge", "Goroutines.", float64(runtime.NumGoroutine()))
	p.say("go_memstats_heap_alloc_bytes", "gauge", "Bytes of the heap in use.", float64(m.HeapAlloc))
	p.say("go_memstats_heap_released_bytes", "gauge", "Bytes given back to the system.", float64(m.HeapReleased))
	p.say("go_memstats_sys_bytes", "gauge", "Bytes taken from the system.", float64(m.Sys))
	p.say("go_gc_cycles_total", "counter", "Collections.", float64(m.NumGC))
	p.say("go_gc_pause_seconds_total", "counter", "… in which everything stood still.", float64(m.PauseTotalNs)/1e9)
}

// metricsListen listens for monitors; nil when that is off. Beyond this machine
// it wants a token: the numbers tell how a company works.
func metricsListen(ctx context.Context, addr, token string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("--metrics-addr %q 要写成 127.0.0.1:9180 这样 (write it as host:port): %w", addr, err)
	}
	ip, fault := netip.ParseAddr(host)
	if local := host == "localhost" || fault == nil && ip.IsLoopback(); !local && len(token) < 16 {
		return nil, errors.New("--metrics-addr 不只在本机，要设 YIKE_METRICS_TOKEN，至少 16 个字符 (beyond this machine it needs YIKE_METRICS_TOKEN of at least 16 characters)")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("端口 %s 已被占用，请用 --metrics-addr 换一个 (address already in use): %w", addr, err)
	}
	if err != nil {
		return nil, fmt.Errorf("不能在 %s 上监听，请检查 --metrics-addr (cannot listen): %w", addr, err)
	}
	return l, nil
}

// metricsServer answers monitors, and nobody without the token where there is
// one.
func (a *App) metricsServer() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if a.cfg.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(given), []byte(a.cfg.MetricsToken)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "token", http.StatusUnauthorized)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_ = a.metrics(ctx, w) // the monitor may have left
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug)}
}
