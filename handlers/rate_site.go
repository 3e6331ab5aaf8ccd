package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"yike/db"
	"yike/policy/rating"
	"yike/policy/signin"
	"yike/static"
	"yike/views"
	"yike/views/lang"
)

// Bounds of the page that strangers answer on.
const (
	rateReads   = 60       // from one address in a minute
	rateAll     = 1200     // … from all together
	rateBody    = 16 << 10 // bytes of an answer
	rateComment = 500      // characters
)

// rateHeaders are set on every answer of the page that strangers see: nothing
// is loaded from elsewhere, no script runs, and the address, which is a secret,
// is told to nobody.
var rateHeaders = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=()",
	"X-Robots-Tag":                 "noindex, nofollow",
	"Cache-Control":                "no-store",
}

// RateSite answers whoever has the link of a question, on a listener of its
// own: two routes and two static files. It knows no session, no cookie and no
// other page of the product.
func (h *Handlers) RateSite() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /r/{token}", h.rateShow)
	mux.HandleFunc("POST /r/{token}", h.rateAnswer)
	mux.HandleFunc("/", h.rateGone)
	files := static.Handler()
	var served []string
	for _, name := range views.RateFiles {
		served = append(served, static.Path(name))
	}
	return h.recoverer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range rateHeaders {
			w.Header().Set(name, value)
		}
		if strings.HasPrefix(h.rateURL, "https://") {
			w.Header().Set("Strict-Transport-Security", transport)
		}
		r.Header.Del("Cookie") // none is ours
		if slices.Contains(served, r.URL.Path) {
			files.ServeHTTP(w, r)
			return
		}
		r = r.WithContext(lang.With(r.Context(), languageOf(r)))
		if !h.rateAllows(r) {
			w.Header().Set("Retry-After", "60")
			h.rateWrite(w, r, http.StatusTooManyRequests, views.RateBusy())
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, rateBody)
		mux.ServeHTTP(w, r)
	}))
}

// rateAllows counts a request and says whether it is answered. The address comes
// first: who alone asks too much takes nothing from the others' share.
func (h *Handlers) rateAllows(r *http.Request) bool {
	who, known := h.rateReader(r)
	if known && !h.ratePeers.allow(who, h.db.Now(), rateReads) {
		return false
	}
	return h.rateTotal.allow("", h.db.Now(), rateAll)
}

// rateReader is who asks: the address of the peer, or the one that a proxy names
// which was named itself. Where a proxy stands that nobody named, as links with
// https tell, everybody has its address, and nobody is known.
func (h *Handlers) rateReader(r *http.Request) (key string, known bool) {
	named := func(a netip.Addr) bool {
		return slices.ContainsFunc(h.rateProxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	at := peer(r)
	if len(h.rateProxies) == 0 || !named(at) {
		return signin.AddressKey(at), len(h.rateProxies) > 0 || !strings.HasPrefix(h.rateURL, "https://")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if !named(a) {
			return signin.AddressKey(a), true
		}
	}
	return "", false
}

// rateToken takes the secret out of the address: no log repeats it.
func rateToken(r *http.Request) string {
	token := r.PathValue("token")
	r.URL.Path, r.URL.RawPath, r.RequestURI = "/r/", "", "/r/"
	return token
}

// rateShow asks the question of a link. It changes nothing: programs that look
// at links before people do read it, too.
func (h *Handlers) rateShow(w http.ResponseWriter, r *http.Request) {
	qr := r.URL.Query().Get("q") != ""
	token := rateToken(r)
	open, err := h.db.OpenLink(r.Context(), token)
	if err != nil {
		h.rateFail(w, r, err)
		return
	}
	h.rateForm(w, r, http.StatusOK, token, open, views.RatePage{QR: qr})
}

func (h *Handlers) rateForm(w http.ResponseWriter, r *http.Request, status int, token string, open db.OpenRating, p views.RatePage) {
	p.Action, p.Branch, p.Day, p.About = "/r/"+token, open.Branch, open.Day, open.Kind
	h.rateWrite(w, r, status, views.Rate(p))
}

// rateAnswer takes an answer, once.
func (h *Handlers) rateAnswer(w http.ResponseWriter, r *http.Request) {
	ctx, token := r.Context(), rateToken(r)
	open, err := h.db.OpenLink(ctx, token)
	if err != nil {
		h.rateFail(w, r, err)
		return
	}
	p, score, err := readRate(ctx, r)
	if err != nil {
		h.rateFail(w, r, err)
		return
	}
	if p.Fault != "" {
		h.rateForm(w, r, http.StatusUnprocessableEntity, token, open, p)
		return
	}
	if err := h.db.AnswerLink(ctx, token, db.RatingAnswer{Score: score, Comment: p.Comment, ByQR: p.QR}); err != nil {
		h.rateFail(w, r, err)
		return
	}
	h.rateWrite(w, r, http.StatusOK, views.RateThanks())
}

// readRate reads an answer and says what is wrong with it.
func readRate(ctx context.Context, r *http.Request) (p views.RatePage, score int64, err error) {
	if err := readForm(r); err != nil {
		return p, 0, err
	}
	p.Comment, p.QR = field(r, "comment"), field(r, "q") == "1"
	score, ok := formInt(r, "score")
	switch {
	case !ok || !rating.Valid(score):
		p.Fault = lang.T(ctx, "请点一个表情。")
	case utf8.RuneCountInString(p.Comment) > rateComment:
		p.Fault = lang.T(ctx, "写得太长了，最多 %d 个字。", rateComment)
	}
	return p, score, nil
}

// rateGone answers for every address that is none of a question that stands.
func (h *Handlers) rateGone(w http.ResponseWriter, r *http.Request) {
	h.rateWrite(w, r, http.StatusNotFound, views.RateGone())
}

// rateFail turns an error into a page. Whatever cannot be answered looks the
// same.
func (h *Handlers) rateFail(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, db.ErrNotFound):
		h.rateGone(w, r)
	case errors.As(err, &tooLarge):
		h.rateWrite(w, r, http.StatusRequestEntityTooLarge, views.RateFault())
	case errors.Is(err, errBadRequest):
		h.rateWrite(w, r, http.StatusBadRequest, views.RateFault())
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
	default:
		h.log.Error("rating failed", "err", err)
		h.rateWrite(w, r, http.StatusInternalServerError, views.RateFault())
	}
}

// rateWrite writes a document that stands alone.
func (h *Handlers) rateWrite(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var buf bytes.Buffer
	if err := c.Render(r.Context(), &buf); err != nil {
		h.log.Error("rating page", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the reader may have left
}
