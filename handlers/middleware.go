package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/views/lang"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keySignedIn
	keyEnded
	keyTrace
)

// contentPolicy lets a page load nothing but our own files: no inline script,
// no inline style, no other site. Pictures may be blobs (previews of photos).
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// transport keeps a browser that was here over TLS to TLS, also below our name.
const transport = "max-age=31536000; includeSubDomains"

func (h *Handlers) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
					panic(v)
				}
				h.log.Error("panic", "request", requestID(r.Context()), "route", routeOf(r), "value", fmt.Sprint(v), "stack", string(debug.Stack()))
				h.writeError(w, r, http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// Request is a request that was answered, as it is counted and logged: without
// a word of what was asked for.
type Request struct {
	Route  string // "GET /customers/{id}", "" for what is no page of ours
	Status int
	Took   time.Duration
}

// trace is what a request's way through the handlers leaves behind.
type trace struct {
	route  string
	user   int64
	status int
}

// slow is how long an answer may take before the log tells of it at once.
const slow = 5 * time.Second

// requestID names the request in the log, in the audit and on an error page,
// and says in the log how it ended.
func (h *Handlers) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id, t := time.Now(), strings.ToLower(rand.Text()[:10]), &trace{}
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(context.WithValue(r.Context(), keyRequestID, id), keyTrace, t)
		r = r.WithContext(lang.With(ctx, languageOf(r)))
		defer func() {
			if t.route == "" && r.Pattern != "/" {
				t.route = r.Pattern
			}
			took := time.Since(began)
			if h.observe != nil {
				h.observe(Request{t.route, t.status, took})
			}
			level := slog.LevelInfo
			if took > slow {
				level = slog.LevelWarn
			}
			h.log.Log(ctx, level, "request", "request", id, "route", t.route, "status", t.status, "ms", took.Milliseconds(), "user", t.user)
		}()
		next.ServeHTTP(&noted{ResponseWriter: w, trace: t}, r)
	})
}

// noted notes the status of an answer.
type noted struct {
	http.ResponseWriter
	*trace
}

func (n *noted) WriteHeader(status int) {
	if n.status == 0 && status >= 200 {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(b []byte) (int, error) {
	if n.status == 0 {
		n.status = http.StatusOK
	}
	return n.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// routeOf names a request in the log: by its route, since somebody may have
// typed a name or a number into the address.
func routeOf(r *http.Request) string {
	if t, ok := r.Context().Value(keyTrace).(*trace); ok && t.route != "" {
		return t.route
	}
	return r.Pattern
}

func (h *Handlers) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", contentPolicy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
		if h.secure {
			head.Set("Strict-Transport-Security", transport)
		}
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			head.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses writes that another site's page sent. It compares
// Sec-Fetch-Site or, where that is not sent, Origin with Host.
func (h *Handlers) crossOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.log.Warn("cross-origin write refused", "request", requestID(r.Context()))
		h.writeError(w, r, http.StatusForbidden)
	}))
	return guard.Handler(next)
}

// marked lets the store say with the session how old what we know of its person
// may be.
func (h *Handlers) marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(db.WithMark(r.Context())))
	})
}

// identify finds out who asks and in which language they read.
func (h *Handlers) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if user := h.sessions.GetInt64(ctx, keyUser); user != 0 {
			s, err := h.actors.Actor(ctx, user)
			if err != nil && !errors.Is(err, db.ErrNotFound) {
				h.fail(w, r, err)
				return
			}
			ended := signin.Old
			if err == nil && h.sessions.GetString(ctx, keyStamp) == s.Stamp {
				ended = s.Limits.Over(time.UnixMilli(h.sessions.GetInt64(ctx, keySince)), h.db.SessionSeen(ctx), h.db.Now())
			}
			switch ended {
			case signin.GoesOn:
				h.db.NoteSeen(ctx)
				s.Actor.RequestID, s.Actor.Address = requestID(ctx), clientAddress(r)
				if s.User.Lang != "" {
					ctx = lang.With(ctx, s.User.Lang)
				}
				ctx = context.WithValue(ctx, keySignedIn, s)
			default:
				if err := h.sessions.Destroy(ctx); err != nil {
					h.fail(w, r, err)
					return
				}
				ctx = context.WithValue(ctx, keyEnded, ended)
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func languageOf(r *http.Request) string {
	if kept := preference(r, "yike-lang"); kept == "en" || kept == "zh-CN" {
		return kept
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		word, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch {
		case strings.HasPrefix(strings.ToLower(word), "zh"):
			return "zh-CN"
		case strings.HasPrefix(strings.ToLower(word), "en"):
			return "en"
		}
	}
	return "zh-CN"
}

// clientAddress is the peer's address without the port. No header is trusted
// for it: there is no proxy unless somebody says so.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// signedIn returns who asks; the zero value for a stranger.
func signedIn(r *http.Request) db.SignedIn {
	s, _ := r.Context().Value(keySignedIn).(db.SignedIn)
	return s
}

// actorOf returns the rights of who asks.
func actorOf(r *http.Request) policy.Actor { return signedIn(r).Actor }

// accessOf returns what each role may do, as this request found it.
func accessOf(ctx context.Context) *policy.Access {
	s, _ := ctx.Value(keySignedIn).(db.SignedIn)
	return s.Access
}

// guard lets a request through to its handler when the asker holds the
// route's permission. A stranger is sent to sign in; somebody whose password
// was given by another must change it first, and whose role asks for a second
// step must have one.
func (h *Handlers) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := signedIn(r)
		if t, ok := r.Context().Value(keyTrace).(*trace); ok {
			t.user = s.User.ID
			if rt.pattern != "/" {
				t.route = rt.pattern
			}
		}
		switch {
		case rt.permission == policy.Public:
		case s.User.ID == 0:
			h.toLogin(w, r)
			return
		case s.User.MustChange && !strings.HasPrefix(r.URL.Path, "/account/"):
			h.redirect(w, r, "/account/password")
			return
		case s.Limits.TwoStep && !s.TwoStep && !strings.HasPrefix(r.URL.Path, "/account/"):
			h.redirect(w, r, "/account/two-step")
			return
		case !s.Actor.Can(rt.permission):
			h.fail(w, r, db.ErrRefused)
			return
		}
		if r.Method == http.MethodPost && r.Body != nil {
			most := int64(maxFiles)
			if !slices.Contains(largeBodies, rt.pattern) {
				most = maxForm
				r.Body = bound(w, r)
			}
			r.Body = http.MaxBytesReader(w, r.Body, most)
			if r.ContentLength > most { // told before anything is taken in
				w.Header().Set("Connection", "close")
				r.Body = tooMuch{r.Body, most}
			}
		}
		if err := rt.handle(w, r); err != nil {
			h.fail(w, r, err)
		}
		if r.Method == http.MethodPost && s.User.ID != 0 {
			h.forgetToday(s.User.ID)
		}
	})
}

// Bounds of what a form sends: without a file, in bytes and in time, and with
// files, where each form has its own below this one.
const (
	maxForm  = 1 << 20
	formTime = 30 * time.Second
	maxFiles = 256 << 20
)

// largeBodies are the routes that take files; they bound the body themselves.
var largeBodies = []string{"POST /visits", "POST /visits/{id}", "POST /forms", "POST /forms/{id}", "POST /cases", "POST /cases/{id}", "POST /cases/{id}/claims", "POST /claims/{id}/photos", "POST /greetings/{id}/do", "POST /imports", "POST /waybills/tracking"}

// toLogin sends a stranger to the sign-in page and back afterwards. A session
// that ended inside an HTMX request turns the whole page, or the sign-in form
// would land in a table row.
func (h *Handlers) toLogin(w http.ResponseWriter, r *http.Request) {
	next := ""
	if r.Method == http.MethodGet && !isHTMX(r) {
		next = r.URL.RequestURI()
	} else if at, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil {
		next = at.RequestURI()
	}
	to := "/login"
	q := url.Values{}
	if next != "" && next != "/" {
		q.Set("next", next)
	}
	if ended, ok := r.Context().Value(keyEnded).(signin.Ending); ok {
		q.Set("ended", string(ended))
	}
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	if empty, err := h.db.Empty(r.Context()); err == nil && empty {
		to = "/setup"
	}
	if isHTMX(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// bound has a form arrive in formTime. The deadline ends with the body: one that
// passes later would cancel the work that the form asked for. It is the best that is
// to be had; the server has a limit of its own.
func bound(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	if r.ContentLength == 0 {
		return r.Body
	}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(formTime))
	return untilRead{r.Body, func() { _ = c.SetReadDeadline(time.Time{}) }}
}

type untilRead struct {
	io.ReadCloser
	over func()
}

func (b untilRead) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.over()
	}
	return n, err
}

// tooMuch is a body whose length alone is beyond what is taken: whoever reads it is
// told so at once, and answers in the words of their page.
type tooMuch struct {
	io.Closer
	most int64
}

func (b tooMuch) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: b.most} }
