package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
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
		h.flash(r, views.Flash{Kind: "ok", Text: said, UndoURL: undo})
	}
	h.redirect(w, r, back)
	return nil
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
		if as.Words, err = h.greetingWords(ctx, actorOf(r), x, names, p.DoneBy, h.todayDay()); err != nil {
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
	h.redirect(w, r, "/greetings/"+idText(id))
	return nil
}

// greetingPostpone moves by when a greeting is to be done.
func (h *Handlers) greetingPostpone(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx := r.Context()
	version, _ := formInt(r, "version")
	err = h.db.PostponeGreeting(ctx, actorOf(r), x.ID, version, field(r, "due"))
	if errors.Is(err, db.ErrRefused) {
		p := views.GreetingPage{Errors: ui.Errors{}, DueDay: field(r, "due")}
		p.Errors.Add("due", lang.T(ctx, "选今天或以后，最晚节日后 %d 天", db.MaxPostpone))
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	return h.greetingChanged(w, r, x.ID, err, lang.T(ctx, "改到 %s", field(r, "due")), "", "/greetings")
}

// greetingPass gives a greeting to a colleague, or lets it follow the client
// again.
func (h *Handlers) greetingPass(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx := r.Context()
	version, _ := formInt(r, "version")
	err = h.db.PassGreeting(ctx, actorOf(r), x.ID, version, db.ParseID(field(r, "to")))
	if errors.Is(err, db.ErrRefused) {
		p := views.GreetingPage{Errors: ui.Errors{}, To: field(r, "to")}
		p.Errors.Add("to", lang.T(ctx, "这个人接不了，请重选"))
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	h.greetingCounts.Clear()
	return h.greetingChanged(w, r, x.ID, err, lang.T(ctx, "转过去了"), "", "/greetings")
}

// greetingOffer writes down when an offer was used.
func (h *Handlers) greetingOffer(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx := r.Context()
	version, _ := formInt(r, "version")
	err = h.db.UseOffer(ctx, actorOf(r), x.ID, version, field(r, "used"))
	if errors.Is(err, db.ErrRefused) {
		p := views.GreetingPage{Errors: ui.Errors{}, UsedDay: field(r, "used")}
		p.Errors.Add("used", lang.T(ctx, "选今天或以前的日子"))
		return h.showGreeting(w, r, http.StatusUnprocessableEntity, x, p)
	}
	return h.greetingChanged(w, r, x.ID, err, lang.T(ctx, "记下了"), "", "/greetings/"+idText(x.ID))
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
	f, err := h.db.OpenFile(r.Context(), hash)
	if err != nil {
		return err
	}
	defer f.Close()
	head := w.Header()
	head.Set("Content-Type", "image/jpeg")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("Cache-Control", "private, no-cache")
	head.Set("Content-Disposition", "inline")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// greetingCount is how many greetings of the actor are due by tomorrow, ""
// for none, kept for a while like the count of to-dos.
func (h *Handlers) greetingCount(ctx context.Context, a policy.Actor) string {
	now := h.db.Now()
	kept, _ := h.greetingCounts.Load(a.UserID)
	k, ok := kept.(todoCounted)
	if !ok || now.Sub(k.at) > todoFresh || now.Before(k.at) {
		n, err := h.db.SoonGreetings(ctx, a.UserID, h.todayDay(), todoMost+1)
		if err != nil {
			h.log.Error("count the greetings", "request", requestID(ctx), "err", err)
			return ""
		}
		k = todoCounted{now, n}
		h.greetingCounts.Store(a.UserID, k)
	}
	switch {
	case k.n == 0:
		return ""
	case k.n > todoMost:
		return strconv.Itoa(todoMost) + "+"
	}
	return strconv.Itoa(k.n)
}
