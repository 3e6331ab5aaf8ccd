package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// causeList shows the causes of cases in their two levels, and a form for one
// more.
func (h *Handlers) causeList(w http.ResponseWriter, r *http.Request) error {
	return h.showCauses(w, r, http.StatusOK, views.CauseForm{Errors: ui.Errors{}})
}

func (h *Handlers) showCauses(w http.ResponseWriter, r *http.Request, status int, f views.CauseForm) error {
	ctx := r.Context()
	list, err := h.db.CaseCauses(ctx)
	if err != nil {
		return err
	}
	f.Action, f.Prompt = "/rules/causes", lang.T(ctx, "不归在谁下面")
	f.Tops = causeTops(ctx, list, 0)
	p := views.CausesPage{Form: f}
	retired := map[int64]bool{}
	for i, c := range list {
		last := true
		for _, x := range list[i+1:] {
			if x.ParentID == c.ParentID {
				last = false
				break
			}
		}
		retired[c.ID] = c.RetiredAt != 0
		row := views.CauseRow{Path: "/rules/causes/" + idText(c.ID), Version: versionText(c.Version), Name: views.CauseWord(ctx, c.Code, c.Name), Sub: c.ParentID != 0,
			Cases: "/cases?show=all&cause=" + idText(c.ID), Retired: retired[c.ID], Above: retired[c.ParentID],
			First: i == 0 || c.ParentID != 0 && list[i-1].ParentID == 0, Last: last}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "工单原因"), body: views.Causes(p), active: "/rules/causes"})
}

// causeTops are the causes of the first level that are offered, and the one that
// is chosen.
func causeTops(ctx context.Context, list []db.CaseCause, chosen int64) (out []ui.Option) {
	for _, c := range list {
		if c.ParentID == 0 && (c.RetiredAt == 0 || c.ID == chosen) {
			out = append(out, ui.Option{Value: idText(c.ID), Label: views.CauseWord(ctx, c.Code, c.Name)})
		}
	}
	return out
}

// typedCause reads the form of a cause.
func typedCause(r *http.Request) views.CauseForm {
	f := views.CauseForm{Name: strings.TrimSpace(field(r, "name")), Parent: field(r, "parent"), Version: field(r, "version"), Errors: ui.Errors{}}
	switch n := utf8.RuneCountInString(f.Name); {
	case n == 0:
		f.Errors.Add("name", lang.T(r.Context(), "请填写"))
	case n > db.CauseLong:
		f.Errors.Add("name", lang.T(r.Context(), "最多 %d 个字", db.CauseLong))
	}
	return f
}

// causeFault puts what the store does not accept of a cause beside its field;
// false for what is no fault of the form.
func causeFault(ctx context.Context, f *views.CauseForm, err error) bool {
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("name", lang.T(ctx, "已经有这个原因了"))
	case errors.Is(err, db.ErrNotFound):
		f.Errors.Add("parent", lang.T(ctx, "这个原因已经不用了，请重选"))
	case errors.Is(err, db.ErrConflict):
		f.Errors.Add("", lang.T(ctx, "刚才有人先办了，请对照现在的内容再存一次"))
	default:
		return false
	}
	return true
}

func (h *Handlers) causeCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, f := r.Context(), typedCause(r)
	if !f.Errors.Any() {
		if _, err := h.db.AddCause(ctx, actorOf(r), db.ParseID(f.Parent), f.Name); err != nil && !causeFault(ctx, &f, err) {
			return err
		}
	}
	if f.Errors.Any() {
		return h.showCauses(w, r, http.StatusUnprocessableEntity, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "有了原因“%s”，登记工单时能选", f.Name)})
	h.redirect(w, r, "/rules/causes")
	return nil
}

// causeAt reads the cause of the address, among all.
func (h *Handlers) causeAt(r *http.Request) (db.CaseCause, []db.CaseCause, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.CaseCause{}, nil, err
	}
	list, err := h.db.CaseCauses(r.Context())
	if err != nil {
		return db.CaseCause{}, nil, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, list, nil
		}
	}
	return db.CaseCause{}, nil, db.ErrNotFound
}

func (h *Handlers) causeEdit(w http.ResponseWriter, r *http.Request) error {
	c, list, err := h.causeAt(r)
	if err != nil {
		return err
	}
	f := views.CauseForm{Name: c.Name, Version: versionText(c.Version), Errors: ui.Errors{}}
	if c.ParentID != 0 {
		f.Parent = idText(c.ParentID)
	}
	return h.showCause(w, r, http.StatusOK, f, c, list)
}

func (h *Handlers) showCause(w http.ResponseWriter, r *http.Request, status int, f views.CauseForm, c db.CaseCause, list []db.CaseCause) error {
	ctx := r.Context()
	f.Action, f.Was, f.Shipped = "/rules/causes/"+idText(c.ID), views.CauseWord(ctx, c.Code, c.Name), c.Code != ""
	if c.ParentID != 0 {
		f.Tops = causeTops(ctx, list, c.ParentID)
	}
	if retired := retiredCauses(list); retired[c.ID] {
		for _, x := range list {
			if !retired[x.ID] {
				f.Others = append(f.Others, ui.Option{Value: idText(x.ID), Label: causeIndent(x) + views.CauseWord(ctx, x.Code, x.Name)})
			}
		}
	}
	return h.render(w, r, status, page{title: f.Was, body: views.CauseEdit(f), active: "/rules/causes"})
}

func (h *Handlers) causeSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, f := r.Context(), typedCause(r)
	c, list, err := h.causeAt(r)
	if err != nil {
		return err
	}
	if !f.Errors.Any() {
		parent := db.ParseID(f.Parent)
		if c.ParentID == 0 {
			parent = 0
		} else {
			parent = cmp.Or(parent, c.ParentID)
		}
		if err := h.db.EditCause(ctx, actorOf(r), c.ID, db.ParseID(f.Version), parent, f.Name); err != nil && !causeFault(ctx, &f, err) {
			return err
		}
	}
	if f.Errors.Any() {
		f.Version = versionText(c.Version)
		return h.showCause(w, r, http.StatusUnprocessableEntity, f, c, list)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了，以前的工单也这样叫")})
	h.redirect(w, r, "/rules/causes")
	return nil
}

// causeDo lets a cause change places, or be offered no more, or again.
func (h *Handlers) causeDo(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, _, err := h.causeAt(r)
	if err != nil {
		return err
	}
	name, version := views.CauseWord(ctx, c.Code, c.Name), db.ParseID(field(r, "version"))
	flash := views.Flash{Kind: "ok"}
	switch act := r.PathValue("act"); act {
	case "up", "down":
		err, flash.Text = h.db.ShiftCause(ctx, a, c.ID, version, act == "up"), lang.T(ctx, "换好了次序")
	case "retire":
		err, flash.Text = h.db.RetireCause(ctx, a, c.ID, version, false), lang.T(ctx, "“%s”停用了：新工单不再能选，以前的工单照旧", name)
		flash.UndoURL = "/rules/causes/" + idText(c.ID) + "/offer"
	case "offer":
		err, flash.Text = h.db.RetireCause(ctx, a, c.ID, version, true), lang.T(ctx, "“%s”又能选了", name)
	default:
		return db.ErrNotFound
	}
	if errors.Is(err, db.ErrConflict) {
		flash, err = views.Flash{Kind: "warn", Text: lang.T(ctx, "刚才有人先改了，看过再点一次")}, nil
	}
	if err != nil {
		return err
	}
	h.flash(r, flash)
	h.redirect(w, r, "/rules/causes")
	return nil
}

// causeValue is a field of a cause as the audit says it.
func (h *Handlers) causeValue(ctx context.Context, column, text string) string {
	switch column {
	case "retired_at":
		return views.YesNo(ctx, text != "0")
	case "parent_id":
		list, err := h.db.CaseCauses(ctx)
		if err != nil {
			h.log.Error("causes for the audit", "request", requestID(ctx), "err", err)
		}
		for _, c := range list {
			if idText(c.ID) == text {
				return views.CauseWord(ctx, c.Code, c.Name)
			}
		}
		return ""
	}
	return text
}

// retiredCauses are those that are offered no more, by themselves or with the one
// above them.
func retiredCauses(list []db.CaseCause) map[int64]bool {
	out := map[int64]bool{}
	for _, c := range list {
		out[c.ID] = c.RetiredAt != 0
	}
	for _, c := range list {
		out[c.ID] = out[c.ID] || c.ParentID != 0 && out[c.ParentID]
	}
	return out
}

func causeIndent(c db.CaseCause) string {
	if c.ParentID != 0 {
		return "　"
	}
	return ""
}

// causeMove gives the cases of a cause that is offered no more another one, or
// takes that back.
func (h *Handlers) causeMove(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, _, err := h.causeAt(r)
	if err != nil {
		return err
	}
	ctx, said := r.Context(), views.Flash{Kind: "ok"}
	moved, more, err := h.db.MoveCauseCases(ctx, actorOf(r), c.ID, db.ParseID(field(r, "to")), field(r, "back") != "")
	switch {
	case errors.Is(err, db.ErrNotFound):
		said = views.Flash{Kind: "soon", Text: lang.T(ctx, "请选一个原因")}
	case errors.Is(err, db.ErrRefused):
		said = views.Flash{Kind: "soon", Text: lang.T(ctx, "没有换：停用的原因才能整个换走，换到的要还能选")}
	case err != nil:
		return err
	case more:
		said.Text = lang.T(ctx, "换了 %d 件，还有，再点一次", moved)
	default:
		said.Text = lang.T(ctx, "换了 %d 件", moved)
	}
	h.flash(r, said)
	h.redirect(w, r, "/rules/causes/"+idText(c.ID))
	return nil
}
