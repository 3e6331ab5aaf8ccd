package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// mostNewTags is how many new tags one saving of a file may bring.
const mostNewTags = 5

// tagList shows all tags and a form for one more.
func (h *Handlers) tagList(w http.ResponseWriter, r *http.Request) error {
	return h.showTags(w, r, http.StatusOK, views.TagForm{Kind: "own", Errors: ui.Errors{}})
}

func (h *Handlers) showTags(w http.ResponseWriter, r *http.Request, status int, f views.TagForm) error {
	ctx, a := r.Context(), actorOf(r)
	tags, err := h.db.Tags(ctx)
	if err != nil {
		return err
	}
	f.Action = "/tags"
	p := views.TagsPage{Form: f, CanChange: h.db.WholeCompany(a.Scope(policy.TagEdit))}
	slices.SortStableFunc(tags, func(a, b db.Tag) int {
		return slices.Index(profile.TagKinds, a.Kind) - slices.Index(profile.TagKinds, b.Kind)
	})
	for _, t := range tags {
		p.Rows = append(p.Rows, views.TagRow{ID: idText(t.ID), Chip: views.TagProps(t.Kind, t.Name, ""), Kind: views.TagKindWord(ctx, t.Kind), Hint: t.Hint})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "标签"), body: views.Tags(p), active: "/tags"})
}

// typedTag reads and checks the form of a tag.
func typedTag(r *http.Request) (views.TagForm, db.Tag) {
	f := views.TagForm{Name: field(r, "name"), Kind: field(r, "kind"), Hint: field(r, "hint"), Errors: ui.Errors{}}
	in, faults := profile.CheckTag(profile.Tag{Name: f.Name, Kind: f.Kind, Hint: f.Hint})
	for _, p := range faults {
		f.Errors.Add(p.Field, views.FileFault(r.Context(), p))
	}
	return f, db.Tag{Name: in.Name, Kind: in.Kind, Hint: in.Hint}
}

// tagCreate makes a tag; sent twice it is the same one.
func (h *Handlers) tagCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f, t := typedTag(r)
	if f.Errors.Any() {
		return h.showTags(w, r, http.StatusUnprocessableEntity, f)
	}
	if _, err := h.db.AddTag(r.Context(), actorOf(r), t); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "有了标签“%s”，在客户资料里就能选", t.Name)})
	h.redirect(w, r, "/tags")
	return nil
}

// tagOf is the tag of the address, for those who may change it.
func (h *Handlers) tagOf(r *http.Request) (db.Tag, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Tag{}, err
	}
	t, err := h.db.Tag(r.Context(), id)
	if err == nil && !h.db.WholeCompany(actorOf(r).Scope(policy.TagEdit)) {
		err = db.ErrRefused
	}
	return t, err
}

func (h *Handlers) tagEdit(w http.ResponseWriter, r *http.Request) error {
	t, err := h.tagOf(r)
	if err != nil {
		return err
	}
	f := views.TagForm{Name: t.Name, Kind: t.Kind, Hint: t.Hint, Errors: ui.Errors{}}
	return h.showTag(w, r, http.StatusOK, f, t)
}

// showTag shows the form of a tag as it stands, and who has it.
func (h *Handlers) showTag(w http.ResponseWriter, r *http.Request, status int, f views.TagForm, t db.Tag) error {
	ctx := r.Context()
	f.ID, f.Action, f.Was = idText(t.ID), "/tags/"+idText(t.ID), [3]string{t.Name, t.Kind, t.Hint}
	n, more, err := h.db.CountCustomers(ctx, actorOf(r).Scope(policy.CustomerRead), db.CustomerFilter{Tag: t.ID})
	if err != nil {
		return err
	}
	f.Customers, f.Held = countWord(ctx, n), n > 0 || more
	return h.render(w, r, status, page{title: t.Name, body: views.TagEdit(f), active: "/tags"})
}

// wasTag is the tag as the form showed it.
func wasTag(r *http.Request, id int64) db.Tag {
	return db.Tag{ID: id, Name: field(r, "was_name"), Kind: field(r, "was_kind"), Hint: field(r, "was_hint")}
}

// tagSave changes a tag for the whole company.
func (h *Handlers) tagSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	now, err := h.tagOf(r)
	if err != nil {
		return err
	}
	f, t := typedTag(r)
	if !f.Errors.Any() {
		err = h.db.ChangeTag(ctx, actorOf(r), wasTag(r, now.ID), t)
		switch {
		case errors.Is(err, db.ErrTaken):
			f.Errors.Add("name", lang.T(ctx, "已经有这个标签。要合成一个：按原来的标签筛出客户，批量加上那个、去掉这个，再删这个。"))
		case errors.Is(err, db.ErrConflict):
			f.Errors.Add("name", lang.T(ctx, "刚才有人改过，现在是“%s”（%s）。你填的还在，看过再保存。", now.Name, views.TagKindWord(ctx, now.Kind)))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showTag(w, r, http.StatusUnprocessableEntity, f, now)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存标签“%s”", t.Name)})
	h.redirect(w, r, "/tags")
	return nil
}

// tagRemove removes a tag that no customer has.
func (h *Handlers) tagRemove(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	now, err := h.tagOf(r)
	if err != nil {
		return err
	}
	err = h.db.RemoveTag(ctx, actorOf(r), wasTag(r, now.ID))
	f := views.TagForm{Name: now.Name, Kind: now.Kind, Hint: now.Hint, Errors: ui.Errors{}}
	switch {
	case errors.Is(err, db.ErrHeld):
		f.Errors.Add("name", lang.T(ctx, "还有客户带着这个标签（回收站里的也算），先在客户列表里批量去掉。"))
		return h.showTag(w, r, http.StatusUnprocessableEntity, f, now)
	case errors.Is(err, db.ErrConflict):
		f.Errors.Add("name", lang.T(ctx, "刚才有人改过这个标签，看过再删。"))
		return h.showTag(w, r, http.StatusUnprocessableEntity, f, now)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已删除标签“%s”", now.Name)})
	h.redirect(w, r, "/tags")
	return nil
}

// tagOptions are the tags to choose from; one that the file has already is
// always among them.
func (h *Handlers) tagOptions(ctx context.Context, f *views.CustomerForm) error {
	tags, err := h.db.TagChoices(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, t := range tags {
		f.TagOptions = append(f.TagOptions, ui.Option{Value: idText(t.ID), Label: t.Name})
		known[idText(t.ID)] = true
	}
	var others []int64
	for _, id := range f.Tags {
		if !known[id] {
			others = append(others, db.ParseID(id))
		}
	}
	if len(others) == 0 {
		return nil
	}
	names, err := h.db.TagNames(ctx, slices.Values(others))
	if err != nil {
		return err
	}
	for _, id := range others {
		if names[id] != "" {
			f.TagOptions = append(f.TagOptions, ui.Option{Value: idText(id), Label: names[id]})
		}
	}
	return nil
}

// readNewTags checks the names of tags that are to be made with a file.
func readNewTags(ctx context.Context, a policy.Actor, f *views.CustomerForm) []string {
	if !a.Can(policy.TagEdit) {
		return nil
	}
	names := profile.SplitTags(f.Values["new_tags"])
	if len(names) > mostNewTags {
		f.Errors.Add("new_tags", lang.T(ctx, "一次最多加 %d 个新标签", mostNewTags))
		return nil
	}
	for _, name := range names {
		if _, faults := profile.CheckTag(profile.Tag{Name: name, Kind: "own"}); len(faults) > 0 {
			f.Errors.Add("new_tags", views.FileFault(ctx, faults[0]))
		}
	}
	return names
}

// makeTags makes the new tags that were typed with a file, and gives it them.
func (h *Handlers) makeTags(ctx context.Context, a policy.Actor, f *views.CustomerForm, c *db.Customer) error {
	for _, name := range readNewTags(ctx, a, f) {
		id, err := h.db.AddTag(ctx, a, db.Tag{Name: name, Kind: "own"})
		if err != nil {
			return err
		}
		c.Tags, f.Tags = append(c.Tags, id), append(f.Tags, idText(id))
	}
	f.Values["new_tags"] = ""
	slices.Sort(c.Tags)
	c.Tags = slices.Compact(c.Tags)
	return nil
}
