package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/greeting"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// greetingBack is where a form of a greeting leads: the page on which it stood.
func greetingBack(to string) string {
	if strings.HasPrefix(to, "/greetings") && !strings.ContainsAny(to, "\\\n") {
		return to
	}
	if back := todoBack(to); back != "/todos" {
		return back
	}
	return "/greetings"
}

// greetingChanged says what came of an act on a greeting: done, or that
// somebody was faster, or that the contact may not be greeted any more.
func (h *Handlers) greetingChanged(w http.ResponseWriter, r *http.Request, id int64, err error, said, undo, back string) error {
	ctx, here := r.Context(), "/greetings/"+idText(id)
	var not *db.NotGreeted
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
		back = here
	case errors.As(err, &not):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "没有记：%s。请选“不问候”。", views.GreetingReasonWord(ctx, string(not.Why)))})
		back = here
	case errors.Is(err, db.ErrLate):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "日子过了，系统不补发。要补问候就先改天，或者自己联系。")})
		back = here
	case err != nil:
		return err
	default:
		h.greetingCounts.Delete(actorOf(r).UserID)
		if undo != "" {
			undo += undoneAt(back)
		}
		h.flash(r, views.Flash{Kind: "ok", Text: said, UndoURL: undo})
	}
	return h.backTo(w, r, back)
}

// greetingDo closes a greeting as done, with a note and a picture when there is
// one; one press in the list sends neither.
func (h *Handlers) greetingDo(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p := views.GreetingPage{Errors: ui.Errors{}, DoneBy: field(r, "by"), Typed: field(r, "result"), Spent: field(r, "spent"), Own: field(r, "own") != ""}
	if !slices.Contains(greeting.AllMeans, greeting.Means(p.DoneBy)) {
		p.Errors.Add("by", lang.T(ctx, "选怎么问候的"))
	}
	if utf8.RuneCountInString(p.Typed) > greetingWords {
		p.Errors.Add("result", lang.T(ctx, "最多 %d 个字", greetingWords))
	}
	spent, ok := fen(p.Spent)
	if !ok || spent > greeting.MaxBudget {
		p.Errors.Add("spent", lang.T(ctx, "填金额，例如 88 或 88.50"))
	}
	if r.MultipartForm != nil && len(r.MultipartForm.File["photos"]) > 1 {
		p.Errors.Add("photos", lang.T(ctx, "最多 %d 张照片", 1))
	}
	photos, err := h.readPhotos(ctx, p.Errors, r.MultipartForm, 0)
	if err != nil {
		return err
	}
	if p.Errors.Any() {
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	as := db.GreetingDoneAs{By: p.DoneBy, Result: p.Typed, Spent: spent}
	if len(photos) > 0 {
		as.Photo, as.Thumb = photos[0].Hash, photos[0].Thumb
	}
	if field(r, "back") == "" && !p.Own { // from its page, where the words stand
		names, _, err := h.ownNames(ctx)
		if err != nil {
			return err
		}
		if as.Words, err = h.greetingWords(ctx, actorOf(r), h.db.Wordings(), x, names, p.DoneBy, h.todayDay()); err != nil {
			return err
		}
	}
	version, _ := formInt(r, "version")
	err = h.db.DoGreeting(ctx, actorOf(r), x.ID, version, as)
	return h.greetingChanged(w, r, x.ID, err, lang.T(ctx, "记下了：已问候%s", x.Contact), "/greetings/"+idText(x.ID)+"/reopen", greetingBack(field(r, "back")))
}

// greetingSkip closes a greeting undone, with the reason.
func (h *Handlers) greetingSkip(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p := views.GreetingPage{Errors: ui.Errors{}, Reason: field(r, "reason")}
	switch n := utf8.RuneCountInString(p.Reason); {
	case n == 0:
		p.Errors.Add("reason", lang.T(ctx, "写一句为什么不问候"))
	case n > greetingWords:
		p.Errors.Add("reason", lang.T(ctx, "最多 %d 个字", greetingWords))
	}
	if p.Errors.Any() {
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	version, _ := formInt(r, "version")
	err = h.db.SkipGreeting(ctx, actorOf(r), x.ID, version, p.Reason)
	return h.greetingChanged(w, r, x.ID, err, lang.T(ctx, "记下了，这位不问候"), "/greetings/"+idText(x.ID)+"/reopen", "/greetings")
}

// greetingReopen takes back that a greeting was closed.
func (h *Handlers) greetingReopen(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := h.db.ReopenGreeting(r.Context(), actorOf(r), id); err != nil && !errors.Is(err, db.ErrConflict) {
		return err
	}
	h.greetingCounts.Delete(actorOf(r).UserID)
	h.redirect(w, r, undoneTo(r, "/greetings/"+idText(id)))
	return nil
}

// greetingField is one field of a greeting that a form of its page sets.
type greetingField struct {
	name          string
	set           func(ctx context.Context, by policy.Actor, id, version int64, value string) error
	keep          func(p *views.GreetingPage, value string) // what was typed, on the page that refuses it
	refused, said string
	back          string // "" = its page
}

func (h *Handlers) greetingSet(w http.ResponseWriter, r *http.Request, f greetingField) error {
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	value := field(r, f.name)
	version, _ := formInt(r, "version")
	err = f.set(r.Context(), actorOf(r), x.ID, version, value)
	if errors.Is(err, db.ErrRefused) {
		p := views.GreetingPage{Errors: ui.Errors{}}
		f.keep(&p, value)
		p.Errors.Add(f.name, f.refused)
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	return h.greetingChanged(w, r, x.ID, err, f.said, "", cmp.Or(f.back, "/greetings/"+idText(x.ID)))
}

// greetingPostpone moves by when a greeting is to be done.
func (h *Handlers) greetingPostpone(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	return h.greetingSet(w, r, greetingField{name: "due", set: h.db.PostponeGreeting, keep: func(p *views.GreetingPage, v string) { p.DueDay = v },
		refused: lang.T(ctx, "选今天或以后，最晚节日后 %d 天", db.MaxPostpone), said: lang.T(ctx, "改到 %s", field(r, "due")), back: "/greetings"})
}

// greetingPass gives a greeting to a colleague, or lets it follow the client
// again.
func (h *Handlers) greetingPass(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	pass := func(ctx context.Context, by policy.Actor, id, version int64, to string) error {
		defer h.greetingCounts.Clear() // the colleague's number, too
		return h.db.PassGreeting(ctx, by, id, version, db.ParseID(to))
	}
	return h.greetingSet(w, r, greetingField{name: "to", set: pass, keep: func(p *views.GreetingPage, v string) { p.To = v },
		refused: lang.T(ctx, "这个人接不了，请重选"), said: lang.T(ctx, "转过去了"), back: "/greetings"})
}

// greetingOffer writes down when an offer was used.
func (h *Handlers) greetingOffer(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	return h.greetingSet(w, r, greetingField{name: "used", set: h.db.UseOffer, keep: func(p *views.GreetingPage, v string) { p.UsedDay = v },
		refused: lang.T(ctx, "选今天或以前的日子"), said: lang.T(ctx, "记下了")})
}

// greetingPhoto serves the proof of a greeting to those who see it.
func (h *Handlers) greetingPhoto(w http.ResponseWriter, r *http.Request) error {
	x, err := h.greetingIn(r, policy.GreetingRead)
	if err != nil {
		return err
	}
	hash := x.Photo
	if query(r, "size") == "thumb" {
		hash = x.Thumb
	}
	if hash == "" {
		return fmt.Errorf("photo of greeting %d: %w", x.ID, db.ErrNotFound)
	}
	return h.servePhoto(w, r, hash, "private, no-cache")
}

// greetingCount is how many greetings of the actor are due by tomorrow, ""
// for none, kept for a while like the count of to-dos.
func (h *Handlers) greetingCount(ctx context.Context, a policy.Actor) string {
	return h.counted(ctx, &h.greetingCounts, a, "count the greetings", func() (int, error) { return h.db.SoonGreetings(ctx, a.UserID, h.todayDay(), todoMost+1) })
}
