package handlers

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
)

// mergesShown is how many files that went into one a page names.
const mergesShown = 50

// mergeForm shows two files of one client side by side, the one of the address
// being the one that stays; without a second one it looks for it.
func (h *Handlers) mergeForm(w http.ResponseWriter, r *http.Request) error {
	return h.showMerge(w, r, http.StatusOK, db.ParseID(query(r, "with")), "")
}

func (h *Handlers) showMerge(w http.ResponseWriter, r *http.Request, status int, with int64, fault string) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	kept, err := h.db.Customer(ctx, a.Scope(policy.CustomerDelete), id)
	if err != nil {
		return err
	}
	p := views.MergePage{Fault: fault, Query: strings.TrimSpace(query(r, "find"))}
	if p.Kept, err = h.mergeFile(ctx, kept); err != nil {
		return err
	}
	if err := h.mergesOf(ctx, kept, &p); err != nil {
		return err
	}
	if with == 0 {
		p.Found, err = h.mergeFind(ctx, a, kept, p.Query)
	} else {
		err = h.mergeBeside(ctx, a, kept, with, r, &p)
	}
	if err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "合并档案"), body: views.Merge(p), active: "/customers"})
}

// mergeFile is the head of a file.
func (h *Handlers) mergeFile(ctx context.Context, c db.Customer) (views.MergeFile, error) {
	n, err := h.db.HangsOn(ctx, c)
	return views.MergeFile{ID: idText(c.ID), Name: c.Name, Code: c.Code, Class: c.Class, Branch: h.db.BranchName(c.BranchID), Version: strconv.FormatInt(c.Version, 10),
		Since: views.DayWord(ctx, db.Day(time.UnixMilli(c.CreatedAt)), h.today()), Contacts: n.Contacts, Visits: n.Visits, Cases: n.Cases, Parcels: n.Parcels, Papers: n.Papers, Account: c.AccountNo}, err
}

// mergesOf lists the files that went into one before.
func (h *Handlers) mergesOf(ctx context.Context, c db.Customer, p *views.MergePage) error {
	list, err := h.db.MergesOf(ctx, c, mergesShown)
	for _, m := range list {
		p.Earlier = append(p.Earlier, views.MergedFile{Href: "/merges/" + idText(m.ID), Name: m.GoneName, Code: m.GoneCode, By: m.UserName, At: views.TimeWord(ctx, time.UnixMilli(m.At), h.db.Now())})
	}
	return err
}

// mergeFind looks for the other file.
func (h *Handlers) mergeFind(ctx context.Context, a policy.Actor, kept db.Customer, text string) (out []views.MergeFound, err error) {
	if text == "" {
		return nil, nil
	}
	scope := a.Scope(policy.CustomerDelete)
	hits, _, err := h.db.SearchCustomers(ctx, scope, a.Scope(policy.CustomerUnmask), text)
	for _, c := range hits {
		if c.ID == kept.ID {
			continue
		}
		f := views.MergeFound{Name: c.Name, Class: c.Class, Sub: strings.TrimSpace(c.Code + " " + mask.Phone(phone.Display(c.Phone), h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)))}
		if c.BranchID == kept.BranchID {
			f.Href = "/customers/" + idText(kept.ID) + "/merge?with=" + idText(c.ID)
		} else {
			f.Elsewhere = h.db.BranchName(c.BranchID)
		}
		out = append(out, f)
	}
	return out, err
}

// mergeRights are the fields that need more than the right to edit.
var mergeRights = map[string]policy.Permission{"owner": policy.CustomerAssign, "clerk": policy.CustomerAssign, "class": policy.CustomerClass,
	"stage": policy.CustomerClass, "state": policy.CustomerReview}

// mergeAlways are the fields of which nobody chooses: both files' numbers and tags
// go together, a branch and a code stay, and why goes with the class.
var mergeAlways = []string{"phones", "tags", "branch", "code", "filed_on", "class_reason"}

// mergeBeside puts the other file beside the one that stays: the fields in which
// they differ, as the reader may see each.
func (h *Handlers) mergeBeside(ctx context.Context, a policy.Actor, kept db.Customer, with int64, r *http.Request, p *views.MergePage) error {
	gone, err := h.db.Customer(ctx, a.Scope(policy.CustomerDelete), with)
	if err != nil {
		return err
	}
	f, err := h.mergeFile(ctx, gone)
	if err != nil {
		return err
	}
	p.Gone = &f
	p.Swap = "/customers/" + idText(gone.ID) + "/merge?with=" + idText(kept.ID)
	p.Apart = kept.BranchID != gone.BranchID || kept.ID == gone.ID
	p.TwoAccounts = kept.AccountNo != "" && gone.AccountNo != "" && kept.AccountNo != gone.AccountNo
	keptForm, goneForm := h.formOf(ctx, kept), h.formOf(ctx, gone)
	keptWords, err := h.valueWords(ctx, a, kept, kept.OwnerID, kept.ClerkID)
	if err != nil {
		return err
	}
	goneWords, err := h.valueWords(ctx, a, gone, gone.OwnerID, gone.ClerkID)
	if err != nil {
		return err
	}
	for _, name := range mergeChoices(h, a, kept) {
		mine, theirs := rawOf(keptForm, name), rawOf(goneForm, name)
		if mine == theirs || mine == "" || theirs == "" { // what one of them does not say, the other does
			continue
		}
		p.Rows = append(p.Rows, views.StaleRow{Name: name, Label: views.FieldWord(ctx, name), Mine: keptWords(columnOf(name), rawValue(name, mine)),
			Theirs: goneWords(columnOf(name), rawValue(name, theirs)), PickTheirs: field(r, "pick."+name) == "theirs"})
	}
	return nil
}

// mergeChoices are the fields of which the actor chooses.
func mergeChoices(h *Handlers, a policy.Actor, kept db.Customer) []string {
	return slices.DeleteFunc(slices.Clone(staleFields), func(name string) bool {
		right, special := mergeRights[name]
		return slices.Contains(mergeAlways, name) || special && !h.may(a, right, kept)
	})
}

// mergeColumns are the columns behind a field.
func mergeColumns(name string) []string {
	switch name {
	case "address":
		return []string{"place_code", "city_code", "address"}
	case "class":
		return []string{"class", "class_reason"}
	}
	return []string{columnOf(name)}
}

// mergeApply lets the other file go into the one of the address.
func (h *Handlers) mergeApply(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerDelete)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	kept, err := h.db.Customer(ctx, a.Scope(policy.CustomerDelete), id)
	if err != nil {
		return err
	}
	ask := db.MergeAsk{Keep: id, KeepVersion: db.ParseID(field(r, "version")), Gone: db.ParseID(field(r, "gone")), GoneVersion: db.ParseID(field(r, "gone_version"))}
	for _, name := range mergeChoices(h, a, kept) {
		if field(r, "pick."+name) == "theirs" {
			ask.Take = append(ask.Take, mergeColumns(name)...)
		}
	}
	merge, err := h.db.MergeCustomers(ctx, a, ask)
	switch {
	case errors.Is(err, db.ErrConflict):
		return h.showMerge(w, r, http.StatusConflict, ask.Gone, lang.T(ctx, "这两份档案里有一份刚被人改过。下面是现在的内容，看一遍再合并。"))
	case errors.Is(err, db.ErrTooMany):
		return h.showMerge(w, r, http.StatusUnprocessableEntity, ask.Gone, lang.T(ctx, "要并走的这份档案运单太多，一次并不完。点“对调”，留运单多的那一份。"))
	case errors.Is(err, db.ErrNoKey):
		return h.showMerge(w, r, http.StatusUnprocessableEntity, ask.Gone, lang.T(ctx, "要并走的档案里有加密的可选信息，密钥文件不在，不能合并。请管理员先找回密钥文件。"))
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "两份档案已经并成一份，%d 天内可以撤销", db.UndoDays), Href: "/merges/" + idText(merge), LinkText: lang.T(ctx, "看合并记录")})
	h.redirect(w, r, "/customers/"+idText(id))
	return nil
}

// mergeShow tells what a merge moved, and offers to put it back.
func (h *Handlers) mergeShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	m, err := h.db.Merge(ctx, a.Scope(policy.CustomerDelete), id)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "合并记录"), body: views.MergeRecord(h.mergeRecord(ctx, m)), active: "/customers"})
}

func (h *Handlers) mergeRecord(ctx context.Context, m db.Merge) views.MergeRecordPage {
	now := h.db.Now()
	p := views.MergeRecordPage{ID: idText(m.ID), Kept: m.KeptName, KeptHref: "/customers/" + idText(m.KeptID), Gone: m.GoneName, Code: m.GoneCode, By: m.UserName,
		At: views.TimeWord(ctx, time.UnixMilli(m.At), now), Undoable: m.Undoable(now), Undone: m.UndoneAt != 0}
	if p.Undone {
		p.UndoneAt = views.TimeWord(ctx, time.UnixMilli(m.UndoneAt), now)
		p.GoneHref = "/customers/" + idText(m.GoneID)
	} else {
		p.Until = views.DayWord(ctx, db.Day(time.UnixMilli(m.At).AddDate(0, 0, db.UndoDays)), h.today())
	}
	for _, table := range slices.Sorted(maps.Keys(m.Moved)) {
		p.Rows = append(p.Rows, views.MergeCount{What: views.MergeWord(ctx, table), Over: m.Moved[table], Back: m.Back[table]})
	}
	slices.SortStableFunc(p.Rows, func(a, b views.MergeCount) int { return cmp.Compare(b.Over, a.Over) })
	for _, column := range m.Lasting {
		p.Lasting = append(p.Lasting, views.FieldWord(ctx, strings.TrimSuffix(column, "_id")))
	}
	return p
}

// mergeUndo puts a merge back.
func (h *Handlers) mergeUndo(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	_, err = h.db.UndoMerge(ctx, actorOf(r), id)
	switch {
	case errors.Is(err, db.ErrNoKey):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "撤销不了：跟过来的有加密的可选信息，密钥文件不在。请管理员先找回密钥文件，再来撤销。")})
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "撤销不了：已经撤销过，过了 %d 天，或者其中一份在回收站里、已按请求删除。", db.UndoDays)})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已撤销合并，两份档案又分开了")})
	}
	h.redirect(w, r, "/merges/"+idText(id))
	return nil
}

// goneTo leads whoever asks for a file that went into another to that one.
func (h *Handlers) goneTo(w http.ResponseWriter, r *http.Request, id int64) (led bool, err error) {
	ctx := r.Context()
	kept, _, err := h.db.MergedInto(ctx, actorOf(r).Scope(policy.CustomerRead), id)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	h.flash(r, views.Flash{Kind: "info", Text: lang.T(ctx, "那份档案已经并到这一份里")})
	h.redirect(w, r, "/customers/"+idText(kept))
	return true, nil
}
