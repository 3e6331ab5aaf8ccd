package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// sharedViews are the views of a list that others, or the reader, share with
// branches.
func (h *Handlers) sharedViews(ctx context.Context, a policy.Actor, l keptList, page, query string, firstKept bool) (out []views.SavedView, err error) {
	list, err := h.db.SharedViews(ctx, a, l.list)
	return h.viewsOf(a, l, list, page, query, firstKept), err
}

// viewsBelow are the views that others shared with branches that the reader leads,
// beside those that are offered to them.
func (h *Handlers) viewsBelow(ctx context.Context, a policy.Actor, l keptList, firstKept bool) ([]views.SavedView, error) {
	list, err := h.db.SharedViewsBelow(ctx, a, l.list)
	return h.viewsOf(a, l, list, "", "", firstKept), err
}

func (h *Handlers) viewsOf(a policy.Actor, l keptList, list []db.SharedView, page, query string, firstKept bool) (out []views.SavedView) {
	for _, v := range list {
		if l.paths[v.Page] == "" {
			continue // of a page that is no more
		}
		out = append(out, views.SavedView{ID: idText(v.ID), Version: versionText(v.Version), Name: v.Name, Href: l.href(v.Page, v.Query, firstKept), Current: v.Query == query && v.Page == page,
			Branch: h.db.BranchName(v.BranchID), Author: v.Author, Mine: h.db.MayTidyView(a, v)})
	}
	return out
}

// shareBranches are the branches with which the actor may share a view of a list,
// their own first.
func (h *Handlers) shareBranches(ctx context.Context, a policy.Actor, l keptList) (out []ui.Option) {
	for _, o := range h.branchOptions(ctx, a.Scope(l.share)) {
		if o.Value == idText(a.Branch) {
			out = append([]ui.Option{o}, out...)
			continue
		}
		out = append(out, o)
	}
	return out
}

// viewShare shares where one is, under a name, with a branch.
func (h *Handlers) viewShare(w http.ResponseWriter, r *http.Request, l keptList) error {
	page, query, s, err := h.viewForm(r, l)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	v := db.SharedView{List: l.list, BranchID: db.ParseID(field(r, "branch")), Name: field(r, "name"), Page: page, Query: query}
	errs := ui.Errors{}
	checkText(ctx, errs, "name", v.Name, maxViewName)
	if !errs.Any() {
		switch err := h.db.ShareView(ctx, a, v); {
		case errors.Is(err, db.ErrTaken):
			errs.Add("name", lang.T(ctx, "同事已经共用了一个叫「%s」的视图，换个名字", v.Name))
		case errors.Is(err, db.ErrFull):
			errs.Add("name", lang.T(ctx, "这个网点最多共用 %d 个视图，先删掉不用的", db.MostSharedViews))
		case err != nil:
			return err
		}
	}
	if errs.Any() {
		return h.showColumns(w, r, http.StatusUnprocessableEntity, l, page, query, s, v.Name, errs)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "视图「%s」和%s一起用了", v.Name, h.db.BranchName(v.BranchID))})
	h.redirect(w, r, l.href(page, query, s.First != ""))
	return nil
}

// sharedViewDo renames a shared view or takes it away, as the end of its address
// says.
func (h *Handlers) sharedViewDo(w http.ResponseWriter, r *http.Request, l keptList) error {
	page, query, s, err := h.viewForm(r, l)
	if err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a, version, errs := r.Context(), actorOf(r), db.ParseID(field(r, "version")), ui.Errors{}
	if err := h.db.ViewToTidy(ctx, a, l.list, id); err != nil {
		return err // before a word is said of what was typed
	}
	said := views.Flash{Kind: "ok", Text: lang.T(ctx, "视图不再共用了")}
	if path.Base(r.URL.Path) == "remove" {
		err = h.db.RemoveSharedView(ctx, a, l.list, id, version)
	} else {
		to := field(r, "to")
		said.Text = lang.T(ctx, "改好了")
		if checkText(ctx, errs, "shared", to, maxViewName); !errs.Any() {
			err = h.db.RenameSharedView(ctx, a, l.list, id, version, to)
		}
		if errors.Is(err, db.ErrTaken) {
			errs.Add("shared", lang.T(ctx, "已有叫「%s」的视图", to))
			err = nil
		}
	}
	switch {
	case errors.Is(err, db.ErrConflict):
		said = views.Flash{Kind: "warn", Text: lang.T(ctx, "这个视图刚才有人改过，再看一眼")}
	case err != nil:
		return err
	case errs.Any():
		return h.showColumns(w, r, http.StatusUnprocessableEntity, l, page, query, s, "", errs)
	}
	h.flash(r, said)
	h.redirect(w, r, l.paths[""]+"/columns?"+url.Values{"page": {page}}.Encode()+"&"+query)
	return nil
}

func (h *Handlers) caseViewShare(w http.ResponseWriter, r *http.Request) error {
	return h.viewShare(w, r, casesKept)
}

func (h *Handlers) caseSharedDo(w http.ResponseWriter, r *http.Request) error {
	return h.sharedViewDo(w, r, casesKept)
}

func (h *Handlers) customerViewShare(w http.ResponseWriter, r *http.Request) error {
	return h.viewShare(w, r, customersKept)
}

func (h *Handlers) customerSharedDo(w http.ResponseWriter, r *http.Request) error {
	return h.sharedViewDo(w, r, customersKept)
}
