package handlers

import (
	"errors"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
)

// within reads the form of an act on a file, and answers before anything else
// whether the actor may see the file and holds the right over it.
func (h *Handlers) within(r *http.Request, right policy.Permission) (int64, error) {
	if err := readForm(r); err != nil {
		return 0, err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return 0, err
	}
	a := actorOf(r)
	c, err := h.db.Customer(r.Context(), a.Scope(policy.CustomerRead), id)
	if err == nil && !h.may(a, right, c) {
		err = db.ErrRefused
	}
	return id, err
}

// customerClassify sets the class by hand, with a reason.
func (h *Handlers) customerClassify(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerClass)
	if err != nil {
		return err
	}
	ctx, class, reason := r.Context(), field(r, "class"), field(r, "class_reason")
	if !profile.Known(profile.Classes, class) || class == "" {
		return errBadRequest
	}
	if reason == "" || len([]rune(reason)) > profile.MaxReason {
		fault := lang.T(ctx, "分级变了，写一句理由")
		if reason != "" {
			fault = lang.T(ctx, "最多 %d 个字", profile.MaxReason)
		}
		return h.showCustomer(w, r, http.StatusUnprocessableEntity, fault, "")
	}
	until := field(r, "class_until")
	if d, err := day.Parse(until); until != "" && (err != nil || !d.Valid() || until <= h.today()) {
		return h.showCustomer(w, r, http.StatusUnprocessableEntity, "", lang.T(ctx, "填明天或以后的日子"))
	}
	err = h.db.HoldClass(ctx, actorOf(r), id, db.ParseID(field(r, "version")), class, reason, until)
	return h.judged(w, r, id, err, lang.T(ctx, "已改为 %s", views.ClassWord(ctx, class)))
}

// customerReview moves a file on: draft, reviewed, archived.
func (h *Handlers) customerReview(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerReview)
	if err != nil {
		return err
	}
	ctx, state, reason := r.Context(), field(r, "state"), field(r, "state_reason")
	if !profile.Known(profile.States, state) || state == "" || len([]rune(reason)) > profile.MaxReason {
		return errBadRequest
	}
	err = h.db.ReviewCustomer(ctx, actorOf(r), id, db.ParseID(field(r, "version")), state, reason)
	return h.judged(w, r, id, err, lang.T(ctx, "档案状态已改为 %s", views.StateWord(ctx, state)))
}

// judged goes back to the page; what somebody else changed meanwhile is to be
// looked at first.
func (h *Handlers) judged(w http.ResponseWriter, r *http.Request, id int64, err error, done string) error {
	ctx := r.Context()
	var stale *db.Stale
	switch {
	case errors.As(err, &stale):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "%s 刚改过这份资料，看过再按一次", stale.By)})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: done})
	}
	h.redirect(w, r, "/customers/"+idText(id))
	return nil
}

// customerDelete puts a file into the recycle bin; the next page offers to
// undo it.
func (h *Handlers) customerDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerDelete)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	var stale *db.Stale
	owed, err := h.owedOf(ctx, a, id)
	if err != nil {
		return err
	}
	err = h.db.DeleteCustomer(ctx, a, id, db.ParseID(field(r, "version")))
	if errors.As(err, &stale) {
		return h.judged(w, r, id, err, "")
	}
	if err != nil {
		return err
	}
	said, kind := lang.T(ctx, "已放进回收站"), "ok"
	if owed > 0 {
		said, kind = lang.T(ctx, "已放进回收站。他还有 %s 元没结清，应收里不再列出。", moneyShown(owed)), "soon"
	}
	h.flash(r, views.Flash{Kind: kind, Text: said, UndoURL: "/customers/" + idText(id) + "/restore"})
	h.redirect(w, r, "/customers")
	return nil
}

// customerRestore takes a file out of the recycle bin.
func (h *Handlers) customerRestore(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	err = h.db.RestoreCustomer(r.Context(), actorOf(r), id)
	if errors.Is(err, db.ErrMerged) {
		return h.restoreMerged(w, r, id)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已从回收站取回")})
	h.redirect(w, r, "/customers/"+idText(id))
	return nil
}

// restoreMerged leads to the merge by which a file came into the bin.
func (h *Handlers) restoreMerged(w http.ResponseWriter, r *http.Request, id int64) error {
	_, merge, err := h.db.MergedInto(r.Context(), actorOf(r).Scope(policy.CustomerDelete), id)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "soon", Text: lang.T(r.Context(), "这份档案是合并时放进回收站的，要取回就撤销合并。")})
	h.redirect(w, r, "/merges/"+idText(merge))
	return nil
}
