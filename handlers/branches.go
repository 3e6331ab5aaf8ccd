package handlers

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

var areaCode = regexp.MustCompile(`^(0\d{2,3})?$`)

func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// branchOptions lists the branches of a scope for a select, indented by level.
func (h *Handlers) branchOptions(ctx context.Context, scope policy.Scope) []ui.Option {
	var out []ui.Option
	for _, b := range h.db.Branches(ctx, scope) {
		if !b.Active {
			continue
		}
		indent := strings.Repeat("　", len(h.db.Chain(b.ID))-1)
		out = append(out, ui.Option{Value: idText(b.ID), Label: indent + b.Name})
	}
	return out
}

func (h *Handlers) branchList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	people, err := h.db.Users(ctx, a.Scope(policy.UserRead), true)
	if err != nil {
		return err
	}
	count := map[int64]int{}
	for _, u := range people {
		count[u.BranchID]++
	}
	p := views.BranchList{CanEdit: a.Can(policy.BranchEdit)}
	for _, b := range h.db.Branches(ctx, a.Scope(policy.BranchRead)) {
		row := views.BranchRow{Name: b.Name, Level: views.LevelWord(ctx, b.Level), Code: b.Code, AreaCode: b.AreaCode,
			People: strconv.Itoa(count[b.ID]), Depth: len(h.db.Chain(b.ID)) - 1, Closed: !b.Active}
		if a.Scope(policy.BranchEdit).SeesBranch(h.db.Chain(b.ID)) {
			row.Href = "/branches/" + idText(b.ID) + "/edit"
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "网点"), body: views.Branches(p), active: "/branches"})
}

func (h *Handlers) branchNew(w http.ResponseWriter, r *http.Request) error {
	return h.showBranch(w, r, http.StatusOK, views.BranchForm{New: true, Active: true, Action: "/branches", Level: db.LevelBranch, Errors: ui.Errors{}})
}

func (h *Handlers) showBranch(w http.ResponseWriter, r *http.Request, status int, f views.BranchForm) error {
	ctx := r.Context()
	f.Parents = h.branchOptions(ctx, actorOf(r).Scope(policy.BranchEdit))
	title := lang.T(ctx, "改网点")
	if f.New {
		title = lang.T(ctx, "添加网点")
		if f.Parent == "" && len(f.Parents) > 0 {
			f.Parent = f.Parents[0].Value
		}
	}
	return h.render(w, r, status, page{title: title, body: views.BranchEdit(f), active: "/branches"})
}

// readBranch reads the form of a branch and says what is wrong with it.
func (h *Handlers) readBranch(r *http.Request, f *views.BranchForm) {
	ctx := r.Context()
	f.Name, f.Code, f.AreaCode = field(r, "name"), strings.ToUpper(field(r, "code")), field(r, "area_code")
	f.Parent, f.Level, f.Version, f.Active = field(r, "parent"), field(r, "level"), field(r, "version"), field(r, "active") == "1"
	f.Errors = ui.Errors{}
	checkText(ctx, f.Errors, "name", f.Name, 60)
	if !branchCode.MatchString(f.Code) {
		f.Errors.Add("code", lang.T(ctx, "用 2 到 8 个字母或数字，例如 HZ01"))
	}
	if !areaCode.MatchString(f.AreaCode) {
		f.Errors.Add("area_code", lang.T(ctx, "区号是 0 开头的 3 到 4 位数字，例如 0571"))
	}
}

func (h *Handlers) branchCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.BranchForm{New: true, Action: "/branches"}
	h.readBranch(r, &f)
	if f.Level != db.LevelBranch && f.Level != db.LevelRegion {
		f.Errors.Add("level", lang.T(ctx, "请选一个"))
	}
	if f.Errors.Any() {
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	}
	_, err := h.db.CreateBranch(ctx, actorOf(r), db.BranchInput{ParentID: db.ParseID(f.Parent), Level: f.Level, Name: f.Name, Code: f.Code, AreaCode: f.AreaCode})
	if errors.Is(err, db.ErrTaken) {
		f.Errors.Add("code", lang.T(ctx, "这个编码已有网点在用"))
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已添加网点 %s", f.Name)})
	h.redirect(w, r, "/branches")
	return nil
}

func (h *Handlers) branchEdit(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(policy.BranchEdit), id)
	if err != nil {
		return err
	}
	return h.showBranch(w, r, http.StatusOK, views.BranchForm{Action: "/branches/" + idText(id), Name: b.Name, Code: b.Code, AreaCode: b.AreaCode,
		Parent: idText(b.ParentID), Level: b.Level, Version: idText(b.Version), Active: b.Active, Errors: ui.Errors{}})
}

func (h *Handlers) branchUpdate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	was, err := h.db.Branch(ctx, a.Scope(policy.BranchEdit), id)
	if err != nil {
		return err
	}
	f := views.BranchForm{Action: "/branches/" + idText(id)}
	h.readBranch(r, &f)
	if f.Errors.Any() {
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	}
	parent := db.ParseID(f.Parent)
	if was.ParentID != 0 && parent != 0 && parent != was.ParentID {
		if err := h.db.MoveBranch(ctx, a, id, parent); errors.Is(err, db.ErrRefused) {
			f.Errors.Add("parent", lang.T(ctx, "不能移到自己下面"))
			return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
		} else if err != nil {
			return err
		}
		f.Version = idText(was.Version + 1)
	}
	err = h.db.UpdateBranch(ctx, a, id, db.ParseID(f.Version), f.Name, f.Code, f.AreaCode, f.Active)
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("code", lang.T(ctx, "这个编码已有网点在用"))
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, db.ErrConflict):
		f.Errors.Add("name", lang.T(ctx, "有人先改过这个网点，请核对后再保存"))
		if now, err := h.db.Branch(ctx, a.Scope(policy.BranchEdit), id); err == nil {
			f.Version = idText(now.Version)
		}
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存网点 %s", f.Name)})
	h.redirect(w, r, "/branches")
	return nil
}
