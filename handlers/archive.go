package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// archiveShown is how many rows a page of the archive has.
const archiveShown = 50

func (h *Handlers) archiveList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := db.ArchivedFilter{Kind: retention.Visits, Client: db.ParseID(query(r, "customer")), Limit: archiveShown}
	if kind, err := retention.ParseKind(query(r, "kind")); err == nil && kind.Archived() {
		f.Kind = kind
	}
	if at, id, ok := strings.Cut(query(r, "at"), "_"); ok {
		if d, err := day.Parse(at); err == nil {
			f.After = db.WaybillKey{Day: d.String(), ID: db.ParseID(id)}
		}
	}
	list, next, err := h.db.ArchivedList(ctx, a.Scope(policy.ArchiveRead), f)
	if err != nil {
		return err
	}
	p := views.Archive{EmptyTitle: lang.T(ctx, "%s：归档里没有", views.KeptKindWord(ctx, string(f.Kind)))}
	address := func(kind retention.Kind) url.Values {
		v := url.Values{"kind": {string(kind)}}
		if f.Client != 0 {
			v.Set("customer", idText(f.Client))
		}
		return v
	}
	for _, kind := range retention.Kinds {
		if kind.Archived() {
			p.Kinds = append(p.Kinds, views.ArchiveTab{Label: views.KeptKindWord(ctx, string(kind)), Href: hrefWith("/archive", address(kind)), Current: kind == f.Kind})
		}
	}
	for _, x := range list {
		p.Rows = append(p.Rows, views.ArchiveRow{Client: archivedClient(ctx, x), Day: x.Day, Archived: db.Day(time.UnixMilli(x.ArchivedAt)), Href: "/archive/" + idText(x.ID)})
	}
	if next != nil {
		p.Next = hrefWith("/archive", address(f.Kind), "at", next.Day+"_"+idText(next.ID))
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "归档"), body: views.ArchivePage(p), active: "/archive"})
}

func archivedClient(ctx context.Context, x db.Archived) string {
	if x.Customer == "" {
		return lang.T(ctx, "没有客户的")
	}
	return x.Customer
}

func (h *Handlers) archiveShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	x, err := h.db.ArchivedItem(r.Context(), actorOf(r).Scope(policy.ArchiveRead), id)
	if err != nil {
		return err
	}
	return h.showArchived(w, r, http.StatusOK, x, views.ArchivedPage{})
}

func (h *Handlers) showArchived(w http.ResponseWriter, r *http.Request, status int, x db.Archived, p views.ArchivedPage) error {
	ctx, a, path := r.Context(), actorOf(r), "/archive/"+idText(x.ID)
	p.Title, p.Client, p.Day, p.Archived, p.Version = views.KeptKindWord(ctx, string(x.Kind)), archivedClient(ctx, x), x.Day, db.Day(time.UnixMilli(x.ArchivedAt)), strconv.FormatInt(x.RuleVersion, 10)
	p.Look = path + "/look"
	if x.CustomerID != 0 && a.Can(policy.CustomerRead) {
		p.ClientHref = "/customers/" + idText(x.CustomerID)
	}
	if x.Photos > 0 {
		p.Photos = lang.T(ctx, "%d 张，拿回来才看得到", x.Photos)
	}
	if a.Can(policy.ArchiveRestore) {
		p.Back = path + "/back"
	}
	for _, t := range x.Texts {
		p.Texts = append(p.Texts, views.ArchivedLine{Label: views.ArchivedWord(ctx, t.Part, t.Column), Text: t.Text})
	}
	return h.render(w, r, status, page{title: p.Title, body: views.ArchivedShow(p), active: "/archive"})
}

// archiveLook shows what stands in the archive, once the reader said why.
func (h *Handlers) archiveLook(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	p := views.ArchivedPage{Reason: field(r, "reason"), Errors: ui.Errors{}}
	checkText(ctx, p.Errors, "reason", p.Reason, 200)
	if p.Errors.Any() {
		x, err := h.db.ArchivedItem(ctx, a.Scope(policy.ArchiveRead), id)
		if err != nil {
			return err
		}
		return h.showArchived(w, r, http.StatusUnprocessableEntity, x, p)
	}
	x, err := h.db.LookArchived(ctx, a, id, p.Reason)
	if err != nil {
		return err
	}
	p.Open = true
	return h.showArchived(w, r, http.StatusOK, x, p)
}

// archiveBack brings something back into use and goes where it stands.
func (h *Handlers) archiveBack(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	reason := field(r, "reason")
	if reason == "" || len([]rune(reason)) > 200 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "写明为什么要用，200 个字以内")})
		h.redirect(w, r, "/archive/"+idText(id))
		return nil
	}
	x, err := h.db.BringBack(ctx, actorOf(r), id, reason)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "拿回来了")})
	to := "/archive?kind=" + string(x.Kind)
	switch x.Kind {
	case retention.Visits:
		to = "/visits/" + idText(x.Row)
	case retention.Cases:
		to = "/cases/" + idText(x.Row)
	case retention.Forms:
		to = "/forms/" + idText(x.Row)
	}
	h.redirect(w, r, to)
	return nil
}

// outOfUse says of a row whose words are out of use where they are.
func (h *Handlers) outOfUse(ctx context.Context, a policy.Actor, kind retention.Kind, row, life int64) (views.OutOfUse, error) {
	out := views.OutOfUse{Is: life != db.LifeInUse, Gone: life == db.LifeDestroyed}
	var err error
	if out.Is && !out.Gone {
		out.Href, err = h.archivedAt(ctx, a, kind, row)
	}
	return out, err
}

// archivedAt is where the words of a row of a kind are, for who may look there;
// "" for others.
func (h *Handlers) archivedAt(ctx context.Context, a policy.Actor, kind retention.Kind, row int64) (string, error) {
	if !a.Can(policy.ArchiveRead) {
		return "", nil
	}
	x, err := h.db.ArchivedOf(ctx, kind, row)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	return "/archive/" + idText(x.ID), nil
}
