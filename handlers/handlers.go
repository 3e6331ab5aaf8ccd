// Package handlers is the HTTP side of the product: routes, sessions, forms
// and pages. routes.go is the map. A handler reads fields, asks policy, does
// one db act and renders; it owns no SQL, no rule and no wording of its own
// beyond the sentences that an act answers with.
package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"yike/db"
	"yike/internal/backup"
	"yike/policy"
	"yike/static"
	"yike/views"
)

// Config is what the handlers need. Only DB is required.
type Config struct {
	DB      *db.DB
	Log     *slog.Logger
	Secure  bool   // served over TLS: cookies and headers say so
	Wake    func() // tells the task runner that a task waits; may be nil
	Version string
	// ClockDoubted says that nightly work waits because the clock jumped; may be nil.
	ClockDoubted func() bool
	RateURL      string // under which clients reach RateSite, without a slash at its end; "" = they do not
	// RateProxies stand between clients and RateSite and are believed about whom
	// they ask for.
	RateProxies []netip.Prefix
	// Observe, when set, is told of every request that was answered.
	Observe func(Request)
	// DiskLeft, when set, is how many bytes are left where the data stand.
	DiskLeft func() (uint64, error)
	// Backups are the copies of everything; nil for those beside the database.
	Backups *backup.Store
	// Machine, when set, says where and how this process runs; Diagnose writes
	// the bundle for whoever helps from afar.
	Machine  func() Machine
	Diagnose func(context.Context, io.Writer) error
}

// Handlers serves the product.
type Handlers struct {
	db                    *db.DB
	actors                *db.Actors
	log                   *slog.Logger
	sessions              *scs.SessionManager
	hashing               chan struct{} // at most this many passwords are hashed at once
	decoy                 string        // hash compared when there is no such user
	secure                bool
	wake                  func()
	version               string
	clockDoubted          func() bool
	privacy               atomic.Pointer[privacyKept]
	optional              atomic.Pointer[optionalKept]
	frames                views.Frames
	openAlerts            atomic.Pointer[alertsKept]
	late                  sync.Map // what is late, by person; see lateCount
	greetingCounts        sync.Map // how many greetings are due, by person; see greetingCount
	todoCounts            sync.Map // how many to-dos wait, by person; see todoCount
	noticeCounts          sync.Map
	caseCounts, caseLates sync.Map    // open and late cases by person, as todoCounts
	todayKept             sync.Map    // the figures of the page of the day; see todaySide
	begun                 atomic.Bool // the first steps of the installation are done; see firstSteps
	adviceKept            atomic.Pointer[keptAdvice]
	feedPeers             peers // who reads calendars how often
	ratePeers, rateTotal  peers // … questions about how it was; of all together
	rateURL               string
	rateProxies           []netip.Prefix
	observe               func(Request)
	diskLeft              func() (uint64, error)
	backups               *backup.Store
	machine               func() Machine
	diagnose              func(context.Context, io.Writer) error
}

// New builds the handlers.
func New(cfg Config) (*Handlers, error) {
	if cfg.DB == nil {
		return nil, errors.New("handlers: DB is required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wake == nil {
		cfg.Wake = func() {}
	}
	h := &Handlers{
		db: cfg.DB, actors: cfg.DB.Actors(), log: cfg.Log,
		hashing: make(chan struct{}, maxHashing), decoy: decoyHash, secure: cfg.Secure, wake: cfg.Wake, version: cfg.Version, clockDoubted: cfg.ClockDoubted, rateURL: cfg.RateURL, rateProxies: cfg.RateProxies,
		observe: cfg.Observe, diskLeft: cfg.DiskLeft, machine: cfg.Machine, diagnose: cfg.Diagnose,
	}
	if h.backups = cfg.Backups; h.backups == nil {
		h.backups = backup.New(backup.Config{DB: cfg.DB, Dir: backup.Dir(cfg.DB.Path())})
	}
	h.sessions = newSessions(cfg.DB, cfg.Secure, cfg.Log)
	h.sessions.ErrorFunc = h.fail
	return h, nil
}

// Handler returns the whole site. Static files and health stand before the
// session, so that they cost no look-up.
func (h *Handlers) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, static.Path("logo.svg"), http.StatusMovedPermanently)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", h.ready)
	pages := http.NewServeMux()
	for _, rt := range h.routes() {
		pages.Handle(rt.pattern, h.guard(rt))
	}
	pages.Handle("/", h.guard(route{"/", policy.Public, h.missing}))
	mux.Handle("/", h.marked(h.sessions.LoadAndSave(h.identify(pages))))
	return h.requestID(h.recoverer(h.headers(h.crossOrigin(mux))))
}

// diskLow is what must be left on the disk: less than that, and acts begin to
// fail.
const diskLow = 100 << 20

// ready says whether pages can be served; otherwise in one word why not.
func (h *Handlers) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	word, have, want, err := "", int64(0), int64(0), error(nil)
	if have, want, err = h.db.Schema(ctx); err != nil {
		word = "database"
	} else if have != want {
		word = "schema" // another node has migrated: this program is older
	} else if h.diskLeft != nil {
		if left, fault := h.diskLeft(); fault == nil && left < diskLow {
			word = "disk"
		}
	}
	if word != "" {
		h.log.Error("not ready", "why", word, "err", err)
		http.Error(w, word, http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

func (h *Handlers) missing(http.ResponseWriter, *http.Request) error { return db.ErrNotFound }
