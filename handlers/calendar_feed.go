package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"yike/db"
	"yike/internal/ical"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
)

// Bounds of a calendar that is subscribed to.
const (
	feedBack    = 30 // days behind for which what is still open is listed
	feedMost    = 500
	feedRefresh = time.Hour
	feedVisit   = 30 * time.Minute // that a visit with an hour takes in the calendar
	feedReads   = 60               // from one address in a minute
	feedPeers   = 10_000           // addresses that are counted at once
)

// feedPage is one's own calendar address: made, shown once, taken back.
func (h *Handlers) feedPage(w http.ResponseWriter, r *http.Request) error {
	return h.showFeed(w, r, "")
}

func (h *Handlers) showFeed(w http.ResponseWriter, r *http.Request, token string) error {
	ctx := r.Context()
	since, on, err := h.db.FeedSince(ctx, actorOf(r))
	if err != nil {
		return err
	}
	p := views.CalendarFeed{On: on}
	if on {
		p.Since = views.TimeWord(ctx, since, h.db.Now())
	}
	if token != "" {
		p.Address = h.site(r) + "/calendar/" + token + ".ics"
		_, rest, _ := strings.Cut(p.Address, "://")
		png, err := qrcode.Encode("webcal://"+rest, qrcode.Medium, 232) // what a phone hands to its calendar
		if err != nil {
			return err
		}
		p.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "日历订阅"), body: views.CalendarFeedPage(p), active: "/account", scripts: []string{"account.js"}})
}

// site is where the reader found us.
func (h *Handlers) site(r *http.Request) string {
	if h.secure || r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// feedMake makes a calendar address and shows it: now and never again. The one
// before ends.
func (h *Handlers) feedMake(w http.ResponseWriter, r *http.Request) error {
	s := signedIn(r)
	if !mayRead(s) {
		return db.ErrRefused
	}
	token := strings.ToLower(rand.Text() + rand.Text()) // 260 bits
	if err := h.db.MakeFeed(r.Context(), s.Actor, token); err != nil {
		return err
	}
	return h.showFeed(w, r, token)
}

// mayRead: who must first change a password or take a second step reads nothing
// before.
func mayRead(s db.SignedIn) bool { return !s.User.MustChange && (s.TwoStep || !s.Limits.TwoStep) }

// feedEnd takes the address back.
func (h *Handlers) feedEnd(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := h.db.EndFeed(ctx, actorOf(r)); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "日历地址作废了，手机和电脑上的日历不再更新")})
	h.redirect(w, r, "/account/calendar")
	return nil
}

// peers counts what addresses read, a minute at a time.
type peers struct {
	mu    sync.Mutex
	since time.Time
	reads map[string]int
}

// allow counts a reading and says whether it may go on: most of one address in
// a minute.
func (p *peers) allow(who string, now time.Time, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reads == nil || now.Sub(p.since) >= time.Minute || now.Before(p.since) || len(p.reads) >= feedPeers {
		p.since, p.reads = now, map[string]int{}
	}
	p.reads[who]++
	return p.reads[who] <= most
}

// calendarFeed answers a calendar program: whoever knows the secret address
// reads what its owner has before them, with the rights that the owner has now.
// Anything else is not there.
func (h *Handlers) calendarFeed(w http.ResponseWriter, r *http.Request) error {
	token, is := strings.CutSuffix(r.PathValue("file"), ".ics")
	r.URL.Path, r.URL.RawPath = "/calendar/", "" // no log and no page repeats the secret
	if !h.feedPeers.allow(signin.AddressKey(peer(r)), h.db.Now(), feedReads) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
		return nil
	}
	if !is || len(token) != 52 {
		return db.ErrNotFound
	}
	ctx := r.Context()
	user, err := h.db.FeedUser(ctx, token)
	if err != nil {
		return err
	}
	s, err := h.actors.Actor(ctx, user) // not of the session, if there is one
	if err == nil && !mayRead(s) {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	if s.User.Lang != "" {
		ctx = lang.With(ctx, s.User.Lang)
	}
	c := ical.Calendar{Name: lang.T(ctx, "驿客 %s", s.User.Name), Product: "-//Yike//Yike " + h.version + "//ZH", Refresh: feedRefresh}
	if c.Events, err = h.feedEvents(ctx, s.Actor, h.site(r)); err != nil {
		return err
	}
	text := c.Text()
	sum := sha256.Sum256(text)
	tag := hex.EncodeToString(sum[:16])
	head := w.Header()
	head.Set("Cache-Control", "private, no-cache") // kept, but asked for each time
	head.Set("ETag", `"`+tag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	head.Set("Content-Type", "text/calendar; charset=utf-8")
	head.Set("Content-Disposition", `inline; filename="yike.ics"`)
	head.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the reader may have left
	return nil
}

// feedEvents are the greetings, the planned visits and the to-dos that are the
// actor's own, as far as they may see them: the client's name and what to do,
// nothing else of anybody.
func (h *Handlers) feedEvents(ctx context.Context, a policy.Actor, site string) ([]ical.Event, error) {
	from := h.todayDay().Add(-feedBack)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return nil, err
	}
	var out []ical.Event
	add := func(path string, id, version, changed int64, e ical.Event) {
		if d, err := day.Parse(e.Day); err == nil && d >= from {
			e.UID, e.URL, e.Sequence, e.Stamp = path+"-"+idText(id)+"@yike", site+"/"+path+"/"+idText(id), version, time.UnixMilli(changed)
			out = append(out, e)
		}
	}
	greetings, _, err := h.db.Greetings(ctx, a, db.GreetingFilter{UserID: a.UserID, Limit: feedMost})
	if err != nil {
		return nil, err
	}
	for _, x := range greetings {
		line := h.greetingLine(ctx, a, x, names)
		details := line.Means
		if x.Gift != "" {
			details += "\n" + lang.T(ctx, "礼品：%s", x.Gift)
		}
		add("greetings", x.ID, x.Version, x.UpdatedAt, ical.Event{Day: x.Due, AllDay: true, Summary: lang.T(ctx, "问候：%s（%s）", x.Customer, line.Occasion), Details: details})
	}
	if a.Can(policy.VisitRead) {
		visits, err := h.db.Visits(ctx, a.Scope(policy.VisitRead), db.VisitFilter{UserID: a.UserID, State: "planned", From: from.String(), Oldest: true, Limit: feedMost})
		if err != nil {
			return nil, err
		}
		for _, v := range visits.Rows {
			add("visits", v.ID, v.Version, v.UpdatedAt, ical.Event{Day: v.Day, AllDay: v.Minute < 0, Minute: int(v.Minute), Lasts: feedVisit, Summary: lang.T(ctx, "拜访：%s", v.Customer), Details: views.ModeWord(ctx, v.Mode)})
		}
	}
	todos, _, err := h.db.Todos(ctx, a, db.TodoFilter{UserID: a.UserID, Limit: feedMost})
	if err != nil {
		return nil, err
	}
	for _, x := range todos {
		line := h.todoLine(ctx, a, x)
		summary := line.Title
		if x.Customer != "" {
			summary = lang.T(ctx, "%s：%s", x.Customer, line.Title)
		}
		add("todos", x.ID, x.Version, x.UpdatedAt, ical.Event{Day: x.Due, AllDay: true, Summary: lang.T(ctx, "待办：%s", summary)})
	}
	return out, nil
}
