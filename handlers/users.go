package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/phone"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

func (h *Handlers) userList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	p := views.UserList{CanEdit: a.Can(policy.UserEdit), ShowAll: query(r, "all") == "1"}
	list, err := h.db.Users(ctx, a.Scope(policy.UserRead), !p.ShowAll)
	if err != nil {
		return err
	}
	for _, u := range list {
		row := views.UserRow{Name: u.Name, Username: u.Username, Branch: h.db.BranchName(u.BranchID),
			Roles: h.grantWords(ctx, u.Grants), JoinedOn: u.JoinedOn, Disabled: u.Disabled}
		if a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(u.BranchID)) {
			row.Href = "/users/" + idText(u.ID) + "/edit"
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "人员"), body: views.Users(p), active: "/users"})
}

func (h *Handlers) grantWords(ctx context.Context, grants []policy.Grant) string {
	var words []string
	for _, g := range grants {
		words = append(words, views.RoleWord(ctx, string(g.Role))+" · "+h.db.BranchName(g.Branch))
	}
	return strings.Join(words, lang.T(ctx, "、"))
}

func (h *Handlers) userNew(w http.ResponseWriter, r *http.Request) error {
	at := h.usualBranch(actorOf(r), policy.UserEdit)
	return h.showUser(w, r, http.StatusOK, views.UserForm{New: true, Action: "/users", Role: string(policy.SalesRep), Branch: at, Place: at,
		JoinedOn: db.Day(h.db.Now()), Errors: ui.Errors{}})
}

func (h *Handlers) showUser(w http.ResponseWriter, r *http.Request, status int, f views.UserForm) error {
	ctx := r.Context()
	f.Branches = h.branchOptions(ctx, actorOf(r).Scope(policy.UserEdit))
	for _, role := range policy.Roles {
		f.Roles = append(f.Roles, ui.Option{Value: string(role), Label: views.RoleWord(ctx, string(role))})
	}
	title := lang.T(ctx, "改人员")
	if f.New {
		title = lang.T(ctx, "添加人员")
	}
	return h.render(w, r, status, page{title: title, body: views.UserEdit(f), active: "/users"})
}

// readUser reads the form of a person and says what is wrong with it.
func (h *Handlers) readUser(r *http.Request, f *views.UserForm) db.UserInput {
	ctx := r.Context()
	f.Errors = ui.Errors{}
	f.Name, f.Username, f.Phone = field(r, "name"), db.FoldUsername(field(r, "username")), field(r, "phone")
	f.Branch, f.Role, f.Place, f.JoinedOn, f.Version = field(r, "branch"), field(r, "role"), field(r, "place"), field(r, "joined_on"), field(r, "version")
	f.Disabled = field(r, "disabled") == "1"
	checkText(ctx, f.Errors, "name", f.Name, 40)
	if !usernamePattern.MatchString(f.Username) {
		f.Errors.Add("username", lang.T(ctx, "用 2 到 32 个小写字母、数字、点或横线"))
	}
	if f.Phone != "" {
		n, problem := phone.Parse(f.Phone, "")
		if problem.Code != "" {
			f.Errors.Add("phone", lang.T(ctx, "这不像一个电话号码"))
		} else {
			f.Phone = n.Digits
		}
	}
	if f.JoinedOn != "" {
		if _, err := day.Parse(f.JoinedOn); err != nil {
			f.Errors.Add("joined_on", lang.T(ctx, "日期写成 2026-11-21 这样"))
		}
	}
	role, err := policy.ParseRole(f.Role)
	if err != nil {
		f.Errors.Add("role", lang.T(ctx, "请选一个"))
	}
	in := db.UserInput{Username: f.Username, Name: f.Name, Phone: f.Phone, BranchID: db.ParseID(f.Branch), JoinedOn: f.JoinedOn,
		Disabled: f.Disabled, Grants: []policy.Grant{{Role: role, Branch: db.ParseID(f.Place)}}}
	scope := actorOf(r).Scope(policy.UserEdit)
	if !scope.SeesBranch(h.db.Chain(in.BranchID)) {
		f.Errors.Add("branch", lang.T(ctx, "请选一个"))
	}
	if !scope.SeesBranch(h.db.Chain(in.Grants[0].Branch)) {
		f.Errors.Add("place", lang.T(ctx, "请选一个"))
	}
	return in
}

// firstPassword checks and hashes a password that one person gives another.
func (h *Handlers) firstPassword(r *http.Request, f *views.UserForm, in *db.UserInput) error {
	password := r.PostFormValue("password")
	for _, fault := range signin.Faults(password, signin.Owner{Username: f.Username, Names: spelled(f.Name), Phones: []string{f.Phone}}) {
		f.Errors.Add("password", passwordWord(r.Context(), fault))
	}
	if f.Errors.Any() {
		return nil
	}
	hash, err := h.hash(r.Context(), password)
	in.PasswordHash, in.MustChange = hash, true
	return err
}

func (h *Handlers) userCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.UserForm{New: true, Action: "/users"}
	in := h.readUser(r, &f)
	if err := h.firstPassword(r, &f, &in); err != nil {
		return err
	}
	if f.Errors.Any() {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	_, err := h.db.CreateUser(ctx, actorOf(r), in)
	if h.userFault(ctx, &f, err) {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已添加 %s，把用户名和初始密码告诉本人", f.Name)})
	h.redirect(w, r, "/users")
	return nil
}

// userFault puts an act's refusal beside its field.
func (h *Handlers) userFault(ctx context.Context, f *views.UserForm, err error) bool {
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("username", lang.T(ctx, "这个用户名已有人用"))
	case errors.Is(err, db.ErrRefused):
		f.Errors.Add("role", lang.T(ctx, "你不能给出或收回这个角色；最后一位管理员也不能停用"))
	case errors.Is(err, db.ErrConflict):
		f.Errors.Add("name", lang.T(ctx, "有人先改过这个人，请核对后再保存"))
	default:
		return false
	}
	return true
}

func (h *Handlers) userEdit(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	u, err := h.db.User(ctx, actorOf(r).Scope(policy.UserEdit), id)
	if err != nil {
		return err
	}
	f := views.UserForm{Action: "/users/" + idText(id), Username: u.Username, Name: u.Name, Phone: u.Phone, Branch: idText(u.BranchID),
		JoinedOn: u.JoinedOn, Version: idText(u.Version), Disabled: u.Disabled, Errors: ui.Errors{}}
	at, err := h.userSignin(r, u)
	if err != nil {
		return err
	}
	f.Signin = &at
	if len(u.Grants) > 0 {
		f.Role, f.Place = string(u.Grants[0].Role), idText(u.Grants[0].Branch)
		f.More = h.grantWords(ctx, u.Grants[1:])
	}
	return h.showUser(w, r, http.StatusOK, f)
}

func (h *Handlers) userUpdate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	u, err := h.db.User(ctx, a.Scope(policy.UserEdit), id)
	if err != nil {
		return err
	}
	f := views.UserForm{Action: "/users/" + idText(id)}
	in := h.readUser(r, &f)
	if len(u.Grants) > 1 {
		f.More = h.grantWords(ctx, u.Grants[1:])
		in.Grants = append(in.Grants, slices.DeleteFunc(slices.Clone(u.Grants[1:]), func(g policy.Grant) bool { return g == in.Grants[0] })...)
	}
	if r.PostFormValue("password") != "" {
		if err := h.firstPassword(r, &f, &in); err != nil {
			return err
		}
	}
	if f.Errors.Any() {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	err = h.db.UpdateUser(ctx, a, id, db.ParseID(f.Version), in)
	if h.userFault(ctx, &f, err) {
		if now, err := h.db.User(ctx, a.Scope(policy.UserEdit), id); err == nil {
			f.Version = idText(now.Version)
		}
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存 %s", f.Name)})
	h.redirect(w, r, "/users")
	return nil
}
