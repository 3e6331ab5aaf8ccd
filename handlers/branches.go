package handlers

import (
	"context"
	"errors"
	"fmt"
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

// branchTree builds the nodes of the branches that the actor reads, in the order
// of the tree; those whose parent they do not read stand at the top.
func (h *Handlers) branchTree(ctx context.Context, a policy.Actor, closed bool) (roots []*views.BranchNode, byID map[int64]*views.BranchNode, shown, hidden int, err error) {
	f, err := h.db.BranchFigures(ctx, a.Scope(policy.UserRead), a.Scope(policy.CustomerRead))
	if err != nil {
		return nil, nil, 0, 0, err
	}
	byID = map[int64]*views.BranchNode{}
	list := h.db.Branches(ctx, a.Scope(policy.BranchRead))
	for _, b := range list {
		if !b.Active && !closed {
			hidden++
			continue
		}
		shown++
		id := idText(b.ID)
		n := &views.BranchNode{Name: b.Name, Level: views.LevelWord(ctx, b.Level), Code: b.Code, Href: "/branches/" + id, Closed: !b.Active,
			Open: b.ParentID == 0 || len(list) <= 60}
		if a.Can(policy.UserRead) {
			n.People, n.PeopleHref = lang.T(ctx, "%d", f.People[b.ID]), "/users?branch="+id
		}
		if a.Can(policy.CustomerRead) {
			n.Clients, n.ClientsHref = lang.T(ctx, "%d", f.Clients[b.ID]), "/customers?branch="+id
		}
		if b.Active && a.Scope(policy.BranchEdit).SeesSubtree(h.db.Chain(b.ID)) {
			n.AddHref = "/branches/new?parent=" + id
		}
		byID[b.ID] = n
		if up := byID[b.ParentID]; up != nil {
			up.Below = append(up.Below, n)
		} else {
			roots = append(roots, n)
		}
	}
	return roots, byID, shown, hidden, nil
}

func (h *Handlers) branchList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	closed := query(r, "closed") == "1"
	roots, _, shown, hidden, err := h.branchTree(ctx, a, closed)
	if err != nil {
		return err
	}
	p := views.BranchList{Roots: roots, Count: lang.T(ctx, "共 %d 个", shown), CanEdit: a.Can(policy.BranchEdit), ShowClosed: closed, Closed: hidden}
	if closed {
		p.Closed = 1
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "网点"), body: views.Branches(p), active: "/branches"})
}

func (h *Handlers) branchShow(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	b, err := h.db.Branch(ctx, a.Scope(policy.BranchRead), id)
	if err != nil {
		return err
	}
	_, byID, _, _, err := h.branchTree(ctx, a, true)
	if err != nil {
		return err
	}
	n := byID[id]
	p := views.BranchPage{Name: b.Name, Level: n.Level, Code: b.Code, AreaCode: b.AreaCode, Parent: h.db.BranchName(b.ParentID), Href: n.Href,
		Version: strconv.FormatInt(b.Version, 10), Closed: !b.Active, People: n.People, PeopleHref: n.PeopleHref, Clients: n.Clients, ClientsHref: n.ClientsHref, Below: n.Below}
	if up := byID[b.ParentID]; up != nil {
		p.ParentHref = up.Href
	}
	duties, err := h.db.Duties(ctx, a.Scope(policy.BranchRead), id)
	if err != nil {
		return err
	}
	p.Duties = h.dutyLines(ctx, duties)
	edit := a.Scope(policy.BranchEdit)
	above := b.ParentID != 0 && edit.SeesSubtree(h.db.Chain(b.ParentID))
	p.CanEdit = edit.SeesBranch(h.db.Chain(id))
	if p.CanEdit && b.Active {
		p.DutyHref = n.Href + "/duties"
	}
	p.CanMove, p.CanClose, p.CanReopen = above && b.Active, above && b.Active, above && !b.Active
	return h.render(w, r, http.StatusOK, page{title: b.Name, body: views.Branch(p), active: "/branches"})
}

func (h *Handlers) branchNew(w http.ResponseWriter, r *http.Request) error {
	return h.showBranch(w, r, http.StatusOK, views.BranchForm{New: true, Action: "/branches", Back: "/branches", Level: db.LevelBranch, Parent: idText(db.ParseID(query(r, "parent"))), Errors: ui.Errors{}})
}

func (h *Handlers) showBranch(w http.ResponseWriter, r *http.Request, status int, f views.BranchForm) error {
	ctx := r.Context()
	title := lang.T(ctx, "改网点")
	if f.New {
		title = lang.T(ctx, "添加网点")
		f.Parents = h.branchOptions(ctx, actorOf(r).Scope(policy.BranchEdit))
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
	f.Version = field(r, "version")
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
	f := views.BranchForm{New: true, Action: "/branches", Back: "/branches", Parent: field(r, "parent"), Level: field(r, "level")}
	h.readBranch(r, &f)
	if f.Level != db.LevelBranch && f.Level != db.LevelRegion {
		f.Errors.Add("level", lang.T(ctx, "请选一个"))
	}
	if f.Errors.Any() {
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	}
	id, err := h.db.CreateBranch(ctx, actorOf(r), db.BranchInput{ParentID: db.ParseID(f.Parent), Level: f.Level, Name: f.Name, Code: f.Code, AreaCode: f.AreaCode})
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("code", lang.T(ctx, "这个编码已有网点在用"))
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, db.ErrPlace):
		f.Errors.Add("parent", placeFault(ctx))
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已添加网点 %s", f.Name)})
	h.redirect(w, r, "/branches/"+idText(id))
	return nil
}

func placeFault(ctx context.Context) string {
	return lang.T(ctx, "不能放在那里：不能在自己下面、已停用的下面，省区也不能在网点下面")
}

func (h *Handlers) branchEdit(w http.ResponseWriter, r *http.Request) error {
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	path := "/branches/" + idText(b.ID)
	return h.showBranch(w, r, http.StatusOK, views.BranchForm{Action: path, Back: path, Name: b.Name, Code: b.Code, AreaCode: b.AreaCode,
		Version: idText(b.Version), Errors: ui.Errors{}})
}

// editedBranch is the branch of the address that the actor may change.
func (h *Handlers) editedBranch(r *http.Request) (db.Branch, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Branch{}, err
	}
	return h.db.Branch(r.Context(), actorOf(r).Scope(policy.BranchEdit), id)
}

func (h *Handlers) branchUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	ctx, a, path := r.Context(), actorOf(r), "/branches/"+idText(b.ID)
	f := views.BranchForm{Action: path, Back: path}
	h.readBranch(r, &f)
	if f.Errors.Any() {
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	}
	err = h.db.UpdateBranch(ctx, a, b.ID, db.ParseID(f.Version), f.Name, f.Code, f.AreaCode)
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("code", lang.T(ctx, "这个编码已有网点在用"))
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, db.ErrConflict):
		f.Errors.Add("", lang.T(ctx, "有人先改过这个网点，请核对后再保存"))
		now, err := h.db.Branch(ctx, a.Scope(policy.BranchEdit), b.ID)
		if err != nil {
			return err
		}
		f.Version = idText(now.Version)
		for _, v := range []views.StaleValue{{Label: lang.T(ctx, "名称"), Now: now.Name, Typed: f.Name}, {Label: lang.T(ctx, "编码"), Now: now.Code, Typed: f.Code},
			{Label: lang.T(ctx, "区号"), Now: now.AreaCode, Typed: f.AreaCode}} {
			if v.Now != v.Typed {
				f.Theirs = append(f.Theirs, v)
			}
		}
		return h.showBranch(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存网点 %s", f.Name)})
	h.redirect(w, r, path)
	return nil
}

func (h *Handlers) branchMove(w http.ResponseWriter, r *http.Request) error {
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	return h.showMove(w, r, http.StatusOK, b, views.BranchMove{Version: strconv.FormatInt(b.Version, 10), Errors: ui.Errors{}})
}

func (h *Handlers) showMove(w http.ResponseWriter, r *http.Request, status int, b db.Branch, f views.BranchMove) error {
	ctx, a := r.Context(), actorOf(r)
	f.Name, f.Href, f.From = b.Name, "/branches/"+idText(b.ID), h.db.BranchName(b.ParentID)
	if b.ParentID == 0 || !a.Scope(policy.BranchEdit).SeesSubtree(h.db.Chain(b.ParentID)) {
		return fmt.Errorf("move branch %d: %w", b.ID, db.ErrRefused)
	}
	for _, o := range h.branchOptions(ctx, a.Scope(policy.BranchEdit)) {
		if id := db.ParseID(o.Value); id != b.ParentID && h.db.MayHang(a, b.ID, id) {
			f.Parents = append(f.Parents, o)
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "移动%s", b.Name), body: views.BranchMoveForm(f), active: "/branches"})
}

// branchMoveSave shows what a move would mean, or does what was shown.
func (h *Handlers) branchMoveSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	ctx, a, parent := r.Context(), actorOf(r), db.ParseID(field(r, "parent"))
	f := views.BranchMove{Parent: field(r, "parent"), Version: field(r, "version"), Errors: ui.Errors{}}
	if parent == 0 || parent == b.ParentID {
		f.Errors.Add("parent", lang.T(ctx, "请选一个别的上级"))
		return h.showMove(w, r, http.StatusUnprocessableEntity, b, f)
	}
	if field(r, "do") == "save" {
		err = h.db.ConfirmMove(ctx, a, b.ID, parent, db.ParseID(f.Version), field(r, "mark"))
		if err == nil {
			now, err := h.db.Branch(ctx, a.Scope(policy.BranchRead), b.ID)
			if err != nil {
				return err
			}
			h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s已移到%s下面", b.Name, h.db.BranchName(parent)),
				UndoURL: "/branches/" + idText(b.ID) + "/move/undo?version=" + strconv.FormatInt(now.Version, 10)})
			h.redirect(w, r, "/branches/"+idText(b.ID))
			return nil
		}
	}
	status := http.StatusOK
	switch {
	case errors.Is(err, db.ErrEffects):
		f.Changed, status = true, http.StatusUnprocessableEntity
	case errors.Is(err, db.ErrConflict):
		f.Version = strconv.FormatInt(b.Version, 10)
		f.Errors.Add("parent", lang.T(ctx, "有人先改过这个网点，请核对后再移动"))
		return h.showMove(w, r, http.StatusUnprocessableEntity, b, f)
	case err != nil && !errors.Is(err, db.ErrPlace):
		return err
	}
	e, err := h.db.MoveEffects(ctx, a, b.ID, parent)
	if errors.Is(err, db.ErrPlace) {
		f.Errors.Add("parent", placeFault(ctx))
		return h.showMove(w, r, http.StatusUnprocessableEntity, b, f)
	}
	if err != nil {
		return err
	}
	f.Shown, f.Mark, f.ParentName = true, e.Mark, h.db.BranchName(parent)
	f.Branches, f.Clients = lang.T(ctx, "%d", e.Branches), lang.T(ctx, "%d", e.Clients)
	lines := func(list []db.SightChange, sign string) (out []views.SightLine) {
		for _, c := range list {
			out = append(out, views.SightLine{Name: c.Name, Branch: h.db.BranchName(c.Branch), Clients: sign + lang.T(ctx, "%d", c.Clients)})
		}
		return out
	}
	f.Gain, f.Lose = lines(e.Gain, "+"), lines(e.Lose, "−")
	return h.showMove(w, r, status, b, f)
}

func (h *Handlers) branchMoveUndo(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	flash := views.Flash{Kind: "ok", Text: lang.T(ctx, "已移回原处")}
	err = h.db.UndoMove(ctx, actorOf(r), id, db.ParseID(query(r, "version")))
	if errors.Is(err, db.ErrConflict) {
		flash, err = views.Flash{Kind: "soon", Text: lang.T(ctx, "这个网点后来又改过，没有移回。请到它的页面再移动")}, nil
	}
	if err != nil {
		return err
	}
	h.flash(r, flash)
	h.redirect(w, r, "/branches/"+idText(id))
	return nil
}

func (h *Handlers) branchClose(w http.ResponseWriter, r *http.Request) error {
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	return h.showClose(w, r, http.StatusOK, b, views.BranchClose{Version: strconv.FormatInt(b.Version, 10), Errors: ui.Errors{}})
}

func (h *Handlers) showClose(w http.ResponseWriter, r *http.Request, status int, b db.Branch, f views.BranchClose) error {
	ctx, a, id := r.Context(), actorOf(r), idText(b.ID)
	if b.ParentID == 0 || !b.Active || !a.Scope(policy.BranchEdit).SeesSubtree(h.db.Chain(b.ParentID)) {
		return fmt.Errorf("close branch %d: %w", b.ID, db.ErrRefused)
	}
	l, err := h.db.BranchLoad(ctx, a, b.ID)
	if err != nil {
		return err
	}
	f.Name, f.Href, f.Below, f.Busy = b.Name, "/branches/"+id, l.Below, int(l.Busy)
	f.People, f.PeopleHref = lang.T(ctx, "%d", l.People), "/users?branch="+id
	f.Clients, f.ClientsHref = lang.T(ctx, "%d", l.Clients), "/customers?branch="+id
	f.Visits = lang.T(ctx, "%d", l.Visits)
	f.Occupied = l.People+l.Clients+l.Visits > 0
	for _, o := range h.branchOptions(ctx, a.Scope(policy.BranchEdit)) {
		if o.Value != id {
			f.Targets = append(f.Targets, o)
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "停用%s", b.Name), body: views.BranchCloseForm(f), active: "/branches"})
}

func (h *Handlers) branchCloseSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := views.BranchClose{Version: field(r, "version"), To: field(r, "to"), Errors: ui.Errors{}}
	err = h.db.CloseBranch(ctx, actorOf(r), b.ID, db.ParseID(f.Version), db.ParseID(f.To))
	switch {
	case errors.Is(err, db.ErrOccupied):
		f.Errors.Add("to", lang.T(ctx, "请选人员和客户交给谁"))
	case errors.Is(err, db.ErrPlace), err != nil && errors.Is(err, db.ErrNotFound):
		f.Errors.Add("to", lang.T(ctx, "请选一个在用的网点"))
	case errors.Is(err, db.ErrAbove):
		f.Errors.Add("to", lang.T(ctx, "那里有人的角色你不能给，请让总部来停用"))
	case errors.Is(err, db.ErrBelow), errors.Is(err, db.ErrBusy):
		f.Errors.Add("", lang.T(ctx, "现在还不能停用，原因在下面"))
	case errors.Is(err, db.ErrConflict) && b.Active:
		f.Version = strconv.FormatInt(b.Version, 10)
		f.Errors.Add("", lang.T(ctx, "有人先改过这个网点，请核对后再停用"))
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "%s已经停用了", b.Name)})
		h.redirect(w, r, "/branches/"+idText(b.ID))
		return nil
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s已停用", b.Name)})
		h.redirect(w, r, "/branches/"+idText(b.ID))
		return nil
	}
	return h.showClose(w, r, http.StatusUnprocessableEntity, b, f)
}

func (h *Handlers) branchReopen(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	flash := views.Flash{Kind: "ok", Text: lang.T(ctx, "%s已重新启用", b.Name)}
	switch err := h.db.ReopenBranch(ctx, actorOf(r), b.ID, db.ParseID(field(r, "version"))); {
	case errors.Is(err, db.ErrPlace):
		flash = views.Flash{Kind: "soon", Text: lang.T(ctx, "上级还停用着，先启用上级，或把它移到别处")}
	case errors.Is(err, db.ErrConflict):
		flash = views.Flash{Kind: "soon", Text: lang.T(ctx, "有人先改过这个网点，请再看一眼")}
	case err != nil:
		return err
	}
	h.flash(r, flash)
	h.redirect(w, r, "/branches/"+idText(b.ID))
	return nil
}
