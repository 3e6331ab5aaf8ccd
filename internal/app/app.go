// Package app wires the product together: configuration, database, handlers,
// jobs, listener. Every fault is one sentence that names what to change.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"yike/db"
	"yike/handlers"
	"yike/internal/jobs"
	"yike/policy"
	"yike/policy/place"
)

// Config is how one process runs.
type Config struct {
	Addr string // host:port to listen on
	Data string // folder of everything that belongs to the branch
	DB   string // SQLite file (default: yike.db in Data) or postgres://…
	// KeyFile opens what is sealed; "" stands for one beside the program's
	// settings, called after the installation (KeyPath).
	KeyFile string
	Key     []byte // instead of a file: a demo's, which is thrown away with its data
	Now     func() time.Time
	Log     *slog.Logger
	Out     io.Writer // what the person at the console reads
	// BackupPhrase locks back-ups, whatever the page says; "" = as the page says.
	BackupPhrase string
	// Version is the program's own.
	Version string
	// RateAddr is where clients who have a link answer how it was, "" nowhere;
	// RateURL the address that links begin with, "" what RateAddr comes to.
	RateAddr, RateURL string
	// RateProxy names the proxies before RateAddr, addresses or networks with a
	// comma between; they are believed about whom they ask for.
	RateProxy string
	// MetricsAddr is where a monitor reads numbers, "" nowhere; MetricsToken what
	// it must bring, "" nothing.
	MetricsAddr, MetricsToken string

	// TLSSelf serves with a certificate of the program's own, TLSCert and TLSKey
	// with one that is given; plain HTTP without any.
	TLSSelf         bool
	TLSCert, TLSKey string

	// ClockIsRight: nightly work is done however far the clock is from the last.
	ClockIsRight bool

	last *lastFaults // of the log
}

// App is a running product.
type App struct {
	cfg      Config
	DB       *db.DB
	Handlers *handlers.Handlers
	in       doors
	server   *http.Server
	runner   *jobs.Runner
	rest     rest
	rates    *http.Server // the page that strangers see
	monitor  *http.Server // the numbers that a monitor reads
	meter    *meter
	cert     *certificate // nil for plain HTTP
	stop     context.CancelFunc
	wait     sync.WaitGroup
	again    chan struct{} // closed when the program is to start anew
	restart  sync.Once
}

// errAgain is what Run returns when the program is to start anew, with data
// that were brought back.
var errAgain = errors.New("start anew")

// DSN returns the database address that the configuration means.
func (c Config) DSN() string {
	switch {
	case c.DB == "":
		return filepath.Join(c.Data, "yike.db")
	case strings.HasPrefix(c.DB, "postgres://"), strings.HasPrefix(c.DB, "postgresql://"):
		return c.DB
	}
	return c.DB
}

// OpenDB makes the data folder, checks that it can be written to, and opens
// the database, after what was decided about it and is still to be done: a
// restore, or the upgrade from an older program's schema.
func OpenDB(ctx context.Context, cfg Config) (*db.DB, error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, folderFault(cfg.Data, err)
	}
	probe, err := os.CreateTemp(cfg.Data, ".probe-*")
	if err != nil {
		return nil, folderFault(cfg.Data, err)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	if err := makeCurrent(ctx, cfg); err != nil {
		return nil, openFault(cfg, err)
	}
	d, err := db.Open(ctx, db.Config{DSN: cfg.DSN(), Now: cfg.Now, Key: cfg.keys, Erasures: filepath.Join(cfg.Data, "yike-erasures.jsonl"), Indexing: indexing})
	if err != nil {
		return nil, openFault(cfg, err)
	}
	return d, nil
}

// openFault says what to do about a database that does not open.
func openFault(cfg Config, err error) error {
	at := safeDSN(cfg.DSN())
	switch {
	case errors.Is(err, db.ErrNewer):
		return fmt.Errorf("数据库 %s 是更新版本的驿客建立的，请换用新程序，或用 yike restore 备份文件 恢复升级以前的备份 (the database is newer than this program): %w", at, err)
	case errors.Is(err, db.ErrForeign):
		return fmt.Errorf("数据库 %s 不是驿客的，或已损坏；可用 yike restore 备份文件 恢复 (not a Yike database, or damaged): %w", at, err)
	}
	switch db.DiskFault(err) {
	case "readonly":
		return fmt.Errorf("数据库 %s 不能写入，请改它的权限，或换到能写的盘上再启动 (the database cannot be written to): %w", at, err)
	case "full":
		return fmt.Errorf("磁盘满了，数据库 %s 打不开；请腾出空间再启动，数据没有改动 (the disk is full): %w", at, err)
	case "io":
		return fmt.Errorf("磁盘出错了，数据库 %s 读写不了；请先检查磁盘，需要时用 yike restore 备份文件 恢复 (the disk is faulty): %w", at, err)
	}
	return err
}

// indexing says on the console how far the search is made anew.
func indexing(done, total int64) {
	slog.Info("search index is made anew", "done", done, "of", total)
}

func folderFault(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("数据文件夹 %s 不能写入，请换一个 --data 或改它的权限 (cannot write to the data folder): %w", path, err)
	}
	return fmt.Errorf("数据文件夹 %s 不能用 (cannot use the data folder): %w", path, err)
}

// safeDSN is the address without the password.
func safeDSN(dsn string) string {
	if at := strings.LastIndex(dsn, "@"); at > 0 && strings.Contains(dsn, "://") {
		return dsn[:strings.Index(dsn, "://")+3] + "…" + dsn[at:]
	}
	return dsn
}

// New opens everything and listens, but serves nothing yet.
func New(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.last == nil {
		cfg.last = new(lastFaults)
	}
	in, err := openDoors(ctx, cfg)
	if err != nil {
		return nil, err
	}
	cert, err := openCertificate(cfg)
	if err != nil {
		_ = in.close()
		return nil, err
	}
	// What every page needs is made while the database is being opened: whoever
	// asks for it first gets this, or the error.
	go func() { _, _ = policy.DefaultAccess() }()
	go place.Load()
	d, err := OpenDB(ctx, cfg)
	if err != nil {
		_ = in.close()
		return nil, err
	}
	if sentence := cfg.keySentence(ctx, d); sentence != "" {
		cfg.Log.Error(sentence)
	}
	a := &App{cfg: cfg, DB: d, in: in, cert: cert, meter: newMeter(time.Now()), again: make(chan struct{})}
	a.runner = NewRunner(d, cfg.Log)
	copies := a.copies(ctx)
	a.runner.Settle, a.runner.TrustClock = 10*time.Second, cfg.ClockIsRight
	a.runner.Ended = func(name, result string, took time.Duration) {
		a.rest.work(time.Now())
		a.meter.job(name, result, took)
	}
	a.runner.Tasks[jobs.ExportTask], a.runner.Tasks[jobs.MonthTask] = jobs.ExportCustomers(d), jobs.MonthBook(d)
	a.Handlers, err = handlers.New(handlers.Config{DB: d, Log: cfg.Log, Secure: cert != nil, Wake: a.runner.Wake, Version: cfg.Version, RateURL: in.rateURL, RateProxies: in.rateProxies,
		Machine: a.machine, Diagnose: func(ctx context.Context, w io.Writer) error { return diagnosis(ctx, cfg, d, a, w) },
		Observe: a.meter.request, DiskLeft: func() (uint64, error) { return diskLeft(cfg.Data) }, Backups: copies, ClockDoubted: a.runner.Doubted})
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if in.rates != nil {
		a.rates = rateServer(a.Handlers.RateSite(), cfg.Log)
	}
	a.server = &http.Server{
		Handler:           a.rest.watched(compressed(a.Handlers.Handler())),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       5 * time.Minute, // an upload over a slow line
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return a, nil
}

// NewRunner returns the runner with every job and task of the product.
func NewRunner(d *db.DB, log *slog.Logger) *jobs.Runner {
	r := &jobs.Runner{DB: d, Log: log, Jobs: []jobs.Job{jobs.Sweep(d), jobs.Examine(d, log), jobs.SweepImports(d), jobs.SweepFiles(d),
		jobs.UnusualLooks(d), jobs.SweepLooks(d), jobs.Leavers(d), jobs.Duplicates(d), jobs.CutAudit(d), jobs.ForgetRecipients(d), jobs.KeepTimes(d), jobs.CheckAudit(d, log), jobs.ScrubErased(d), jobs.Labels(d), jobs.Radar(d), jobs.FlagParcels(d), jobs.Greetings(d), jobs.Remind(d), jobs.Ladder(d), jobs.RetimeCases(d)}, Tasks: map[string]jobs.TaskFunc{}}
	im := jobs.NewImporter(d)
	im.Log = log
	maps.Copy(r.Tasks, im.Tasks())
	return r
}

// URL is where the product answers.
func (a *App) URL() string { return a.scheme() + a.in.main.Addr().String() }

func (a *App) scheme() string {
	if a.cert != nil {
		return "https://"
	}
	return "http://"
}

// SetUpLink returns the one-time link of an empty installation, "" when it is
// set up.
func (a *App) SetUpLink(ctx context.Context) (string, error) {
	empty, err := a.DB.Empty(ctx)
	if err != nil || !empty {
		return "", err
	}
	token, err := a.DB.SetUpToken(ctx)
	if err != nil {
		return "", err
	}
	return a.URL() + "/setup?token=" + token, nil
}

// Run serves until ctx ends, then finishes what is in hand: no request is cut,
// jobs stop, the log is written back into the database.
func (a *App) Run(ctx context.Context) error {
	if err := a.DB.Serving(ctx); err != nil {
		return errors.Join(err, a.Close())
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.wait.Go(func() { a.runner.Run(work) })
	a.wait.Go(func() { (&jobs.Postman{DB: a.DB, Log: a.cfg.Log}).Run(work) })
	a.wait.Go(func() { a.flushSeen(work) })
	a.wait.Go(func() { a.restWhenQuiet(work) })
	a.wait.Go(a.serveRatings)
	if a.in.numbers != nil {
		a.monitor = a.metricsServer()
		a.wait.Go(func() { _ = a.monitor.Serve(a.in.numbers) })
	}
	served := make(chan error, 1)
	go func() { served <- a.serveMain() }()
	var err error
	again := false
	select {
	case err = <-served:
		err = errors.Join(err, a.shutRatings(work))
	case <-ctx.Done():
		err = a.shut(ctx, served)
	case <-a.again:
		again, err = true, a.shut(ctx, served)
	}
	if a.monitor != nil {
		err = errors.Join(err, a.monitor.Close())
	}
	stop()
	a.wait.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err = errors.Join(err, a.DB.Close()); err == nil && again {
		return errAgain
	}
	return err
}

// shut lets the requests in hand come to their end.
func (a *App) shut(ctx context.Context, served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 9*time.Second)
	defer cancel()
	rated := make(chan error, 1)
	go func() { rated <- a.shutRatings(ctx) }()
	down := a.server.Shutdown(ctx)
	if errors.Is(down, context.DeadlineExceeded) {
		down = a.server.Close() // a slow download does not keep the program from ending, or from starting anew
	}
	err := errors.Join(down, <-rated)
	<-served
	return err
}

// flushSeen writes each minute, on every node, when the sessions it serves were
// last used; reading a page writes nothing. It keeps the node's number, too.
func (a *App) flushSeen(ctx context.Context) {
	beat := time.NewTicker(time.Minute)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			if _, err := a.DB.FlushSeen(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Log.Error("note when sessions were used", "err", err)
			}
			if err := a.DB.KeepWriter(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Log.Error("keep the node's number", "err", err)
			}
		}
	}
}

// Close stops an App that was never run.
func (a *App) Close() error {
	return errors.Join(a.in.close(), a.DB.Close())
}
