package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// pairsShown is how many pairs a page lists.
const pairsShown = 50

// duplicateList is the standing list of files that may be one client.
func (h *Handlers) duplicateList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerDelete)
	ask := db.PairAsk{Branch: db.ParseID(query(r, "branch")), Dismissed: query(r, "show") == "dismissed", Limit: pairsShown}
	v := url.Values{}
	if ask.Branch != 0 {
		v.Set("branch", idText(ask.Branch))
	}
	if ask.Dismissed {
		v.Set("show", "dismissed")
	}
	p := views.DuplicatePage{Dismissed: ask.Dismissed, Branch: v.Get("branch"), Branches: h.branchOptions(ctx, scope)}
	if at := strings.Split(query(r, "at"), "."); len(at) == 3 {
		ask.After = db.PairKey{Likeness: db.ParseID(at[0]), One: db.ParseID(at[1]), Other: db.ParseID(at[2])}
		p.First = hrefWith("/duplicates", v)
	}
	list, more, err := h.db.DuplicatePairs(ctx, scope, ask)
	if err != nil {
		return err
	}
	for _, d := range list {
		p.Rows = append(p.Rows, h.pairLine(r, d))
	}
	if more && len(list) > 0 {
		k := list[len(list)-1].Key()
		p.Next = hrefWith("/duplicates", v, "at", fmt.Sprintf("%d.%d.%d", k.Likeness, k.One, k.Other))
	}
	found, err := h.db.PairsFoundAt(ctx)
	if err != nil {
		return err
	}
	if found != 0 {
		p.FoundAt = views.TimeWord(ctx, time.UnixMilli(found), h.db.Now())
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "疑似重复"), body: views.DuplicatePairs(p), active: "/duplicates"})
}

func (h *Handlers) pairLine(r *http.Request, d db.DuplicatePair) views.PairLine {
	ctx := r.Context()
	file := func(f db.PairedFile) views.PairedFile {
		return views.PairedFile{ID: idText(f.ID), Name: f.Name, Code: f.Code, Class: f.Class, Owner: f.OwnerName, Visited: views.DayWord(ctx, f.LastVisitOn, h.today()),
			Since: views.DayWord(ctx, db.Day(time.UnixMilli(f.CreatedAt)), h.today())}
	}
	return views.PairLine{One: file(d.One), Other: file(d.Other), Branch: h.db.BranchName(d.BranchID), Likeness: int(d.Likeness), Why: views.DuplicateWhy(ctx, d.Why), DismissedBy: d.DismissBy,
		Merge: "/customers/" + idText(d.One.ID) + "/merge?with=" + idText(d.Other.ID)}
}

// duplicateDismiss says that two files are two clients, or takes that back.
func (h *Handlers) duplicateDismiss(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	one, other, back := db.ParseID(field(r, "one")), db.ParseID(field(r, "other")), field(r, "back") == "1"
	err := h.db.DismissPair(ctx, actorOf(r), one, other, back)
	switch {
	case errors.Is(err, db.ErrNotFound):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "这一对已经不在名单上了")})
	case err != nil:
		return err
	case back:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "放回疑似重复的名单了")})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "记下了，是两位客户，以后不再提")})
	}
	to, ok := sameOriginPath(r)
	if !ok {
		to = "/duplicates"
	}
	h.redirect(w, r, to)
	return nil
}
