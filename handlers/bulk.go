package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// picked are the customers that a form names: those ticked, or all that match
// its list. A list beyond the bound is db.ErrTooMany.
func (h *Handlers) picked(r *http.Request) ([]int64, customerQuery, error) {
	v, _ := url.ParseQuery(field(r, "q"))
	q := readList(v, h.db.Now())
	var ids []int64
	if field(r, "all") != "1" {
		for _, w := range fields(r, "id") {
			if id := db.ParseID(w); id != 0 {
				ids = append(ids, id)
			}
		}
		if len(ids) > db.BulkLimit {
			return nil, q, db.ErrTooMany
		}
		return ids, q, nil
	}
	f, err := h.listFilter(r.Context(), q)
	if err != nil {
		return nil, q, err
	}
	err = h.db.EachCustomer(r.Context(), actorOf(r).Scope(policy.CustomerRead), f, func(rows []db.CustomerRow) error {
		for _, c := range rows {
			ids = append(ids, c.ID)
		}
		if len(ids) > db.BulkLimit {
			return db.ErrTooMany
		}
		return nil
	})
	return ids, q, err
}

// bulkChoose asks what the chosen customers shall become.
func (h *Handlers) bulkChoose(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	return h.showBulk(w, r, http.StatusOK, "", nil)
}

func (h *Handlers) showBulk(w http.ResponseWriter, r *http.Request, status int, fault string, errs ui.Errors) error {
	ctx, a := r.Context(), actorOf(r)
	ids, q, err := h.picked(r)
	back := q.with("/customers", "", "")
	if errors.Is(err, db.ErrTooMany) {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "一次最多改 %d 位，请先加条件缩小范围", db.BulkLimit)})
		h.redirect(w, r, back)
		return nil
	}
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "先在列表里选客户")})
		h.redirect(w, r, back)
		return nil
	}
	p := views.BulkForm{Query: q.Encode(), Back: back, Count: len(ids), All: field(r, "all") == "1", Fault: fault,
		Errors: errs, Add: field(r, "add"), Drop: field(r, "drop"), CanAssign: a.Can(policy.CustomerAssign)}
	if !p.All {
		for _, id := range ids {
			p.IDs = append(p.IDs, idText(id))
		}
	}
	if p.CanAssign {
		for _, x := range []struct {
			name, label string
			into        *ui.FindProps
		}{{"owner", lang.T(ctx, "改给业务员"), &p.Owner}, {"clerk", lang.T(ctx, "改给客服"), &p.Clerk}} {
			if *x.into, err = h.personFind(ctx, a, "move", ui.FindProps{Name: x.name, Label: x.label, Value: field(r, x.name), Text: field(r, ui.FindText(x.name)),
				Error: errs[x.name], Placeholder: lang.T(ctx, "不动")}); err != nil {
				return err
			}
		}
	}
	tags, err := h.db.Tags(ctx)
	if err != nil {
		return err
	}
	for _, t := range tags {
		p.Tags = append(p.Tags, ui.Option{Value: idText(t.ID), Label: t.Name, Group: views.TagKindWord(ctx, t.Kind)})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "批量修改"), body: views.Bulk(p), active: "/customers", scripts: []string{"find.js"}})
}

// bulkApply changes them, in one act that can be undone.
func (h *Handlers) bulkApply(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	var b db.CustomerBulk
	known, err := h.knownTags(ctx)
	if err != nil {
		return err
	}
	for name, to := range map[string]*[]int64{"add": &b.AddTags, "drop": &b.DropTags} {
		if id := db.ParseID(field(r, name)); id != 0 && slices.Contains(known, id) {
			*to = []int64{id}
		}
	}
	if a.Can(policy.CustomerAssign) {
		errs := ui.Errors{}
		for name, to := range map[string]**int64{"owner": &b.Owner, "clerk": &b.Clerk} {
			word, fault, err := h.person(ctx, a, personUses["move"], r.PostForm, name)
			if err != nil {
				return err
			}
			id := db.ParseID(word)
			if fault != "" {
				errs.Add(name, fault)
			} else if word == "none" || id != 0 && h.mayChoose(ctx, a, personUses["move"], id) {
				*to = &id
			}
		}
		if errs.Any() {
			return h.showBulk(w, r, http.StatusUnprocessableEntity, "", errs)
		}
	}
	if b.Owner == nil && b.Clerk == nil && len(b.AddTags)+len(b.DropTags) == 0 {
		return h.showBulk(w, r, http.StatusUnprocessableEntity, lang.T(ctx, "选一项要改的内容"), nil)
	}
	ids, q, err := h.picked(r)
	if err != nil {
		return err
	}
	res, err := h.db.BulkCustomers(ctx, a, ids, b)
	if err != nil {
		return err
	}
	h.bulkFlash(r, res)
	h.redirect(w, r, q.with("/customers", "", ""))
	return nil
}

func (h *Handlers) knownTags(ctx context.Context) ([]int64, error) {
	tags, err := h.db.Tags(ctx)
	var ids []int64
	for _, t := range tags {
		ids = append(ids, t.ID)
	}
	return ids, err
}

func (h *Handlers) bulkFlash(r *http.Request, res db.BulkResult) {
	ctx := r.Context()
	f := views.Flash{Kind: "ok", Text: lang.T(ctx, "已改 %d 位客户", res.Changed)}
	switch {
	case res.Short > 0:
		f.Kind, f.Text = "soon", lang.T(ctx, "已改 %d 位客户，%d 位没有动：按录入标准，去掉的那一项必须有", res.Changed, res.Short)
	case res.Kept > 0:
		f.Kind, f.Text = "soon", lang.T(ctx, "已改 %d 位客户，%d 位不归你改，没有动", res.Changed, res.Kept)
	case res.Changed == 0:
		f.Text = lang.T(ctx, "没有一位需要改")
	}
	if res.Act != 0 {
		f.UndoURL = "/customers/bulk/undo?act=" + idText(res.Act)
	}
	h.flash(r, f)
}

// bulkUndo takes an act of one's own back.
func (h *Handlers) bulkUndo(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	res, err := h.db.UndoBulk(ctx, actorOf(r), db.ParseID(query(r, "act")))
	switch {
	case errors.Is(err, db.ErrNotFound):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "已经撤销过，或超过 30 天")})
	case err != nil:
		return err
	case res.Kept > 0:
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "已撤销：%d 位改回原样，%d 位后来又改过，没有动", res.Changed, res.Kept)})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已撤销：%d 位改回原样", res.Changed)})
	}
	to, ok := sameOriginPath(r)
	if !ok {
		to = "/customers"
	}
	h.redirect(w, r, to)
	return nil
}

// customerBin lists the recycle bin.
func (h *Handlers) customerBin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rows, more, err := h.db.BinnedCustomers(ctx, actorOf(r).Scope(policy.CustomerDelete))
	if err != nil {
		return err
	}
	p := views.BinList{More: more}
	for _, c := range rows {
		p.Rows = append(p.Rows, views.BinLine{Merge: idText(c.Merge), ID: idText(c.ID), Name: c.Name, Code: c.Code, Class: c.Class, Branch: h.db.BranchName(c.BranchID),
			By: c.By, At: views.TimeWord(ctx, time.UnixMilli(c.DeletedAt), h.db.Now())})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "回收站"), body: views.Bin(p), active: "/customers/bin"})
}

// reviewList lists the files that nobody has reviewed, oldest first.
func (h *Handlers) reviewList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	found, err := h.db.Customers(ctx, a.Scope(policy.CustomerReview), db.CustomerFilter{State: "draft", Cursor: r.URL.Query().Get("at")})
	if err != nil {
		return err
	}
	people, _, err := h.namesFor(ctx, found.Rows, nil)
	if err != nil {
		return err
	}
	p := views.ReviewList{Count: lang.T(ctx, "%d", found.Count)}
	if found.More {
		p.Count = lang.T(ctx, "%d+", found.Count)
	}
	for _, c := range found.Rows {
		p.Rows = append(p.Rows, views.ReviewLine{ID: idText(c.ID), Href: "/customers/" + idText(c.ID) + "?from=" + url.QueryEscape("state=draft"),
			Name: c.Name, Code: c.Code, Class: c.Class, Branch: h.db.BranchName(c.BranchID), Owner: people[c.OwnerID],
			Created: views.TimeWord(ctx, time.UnixMilli(c.CreatedAt), h.db.Now())})
	}
	if found.Prev != "" {
		p.Pager.First, p.Pager.Prev = "/customers/review", "/customers/review?at="+found.Prev
	}
	if found.Next != "" {
		p.Pager.Next = "/customers/review?at=" + found.Next
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "待审核"), body: views.Review(p), active: "/customers/review"})
}

// reviewApply marks files as reviewed: one by its button, or those ticked.
func (h *Handlers) reviewApply(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	words := fields(r, "id")
	if one := field(r, "one"); one != "" {
		words = []string{one}
	}
	var ids []int64
	for _, w := range words {
		if id := db.ParseID(w); id != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(r.Context(), "先在列表里选客户")})
		h.redirect(w, r, "/customers/review")
		return nil
	}
	res, err := h.db.BulkCustomers(r.Context(), actorOf(r), ids, db.CustomerBulk{State: "reviewed"})
	if err != nil {
		return err
	}
	h.bulkFlash(r, res)
	h.redirect(w, r, "/customers/review")
	return nil
}
