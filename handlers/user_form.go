package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/phone"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

func (h *Handlers) userNew(w http.ResponseWriter, r *http.Request) error {
	at := h.usualBranch(actorOf(r), policy.UserEdit)
	return h.showUser(w, r, http.StatusOK, views.UserForm{New: true, Action: "/users", Branch: at, How: "link", JoinedOn: db.Day(h.db.Now()),
		Grants: []views.UserGrant{{Role: string(policy.SalesRep), Place: at}}, Errors: ui.Errors{}})
}

func (h *Handlers) showUser(w http.ResponseWriter, r *http.Request, status int, f views.UserForm) error {
	ctx, a := r.Context(), actorOf(r)
	f.Branches = h.branchOptions(ctx, a.Scope(policy.UserEdit))
	var err error
	if f.Roles, err = h.roleOptions(ctx, &a); err != nil {
		return err
	}
	title := lang.T(ctx, "改人员")
	if f.New {
		title = lang.T(ctx, "添加人员")
	}
	return h.render(w, r, status, page{title: title, body: views.UserEdit(f), active: "/users"})
}

// maxGrants bounds the lines of roles of one person.
const maxGrants = 40

// readUser reads the form of a person and says what is wrong with it. Only the
// fields named here are read; the lines of roles are pairs of role and place.
func (h *Handlers) readUser(r *http.Request, f *views.UserForm) db.UserInput {
	ctx := r.Context()
	f.Errors = ui.Errors{}
	f.Name, f.Username, f.Phone = field(r, "name"), db.FoldUsername(field(r, "username")), field(r, "phone")
	f.Branch, f.JoinedOn, f.LeavesOn, f.Version, f.How = field(r, "branch"), field(r, "joined_on"), field(r, "leaves_on"), field(r, "version"), field(r, "how")
	f.Disabled = field(r, "disabled") == "1"
	roles, places := r.PostForm["role"], r.PostForm["place"]
	f.Grants = nil
	for i := range min(len(roles), len(places), maxGrants) {
		f.Grants = append(f.Grants, views.UserGrant{Role: clean(roles[i]), Place: clean(places[i])})
	}
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
	for name, value := range map[string]string{"joined_on": f.JoinedOn, "leaves_on": f.LeavesOn} {
		if value != "" {
			if _, err := day.Parse(value); err != nil {
				f.Errors.Add(name, lang.T(ctx, "日期写成 2026-11-21 这样"))
			}
		}
	}
	if f.LeavesOn != "" && f.JoinedOn > f.LeavesOn {
		f.Errors.Add("leaves_on", lang.T(ctx, "离职日期在入职日期之前"))
	}
	in := db.UserInput{Username: f.Username, Name: f.Name, Phone: f.Phone, BranchID: db.ParseID(f.Branch), JoinedOn: f.JoinedOn, LeavesOn: f.LeavesOn, Disabled: f.Disabled}
	if !actorOf(r).Scope(policy.UserEdit).SeesBranch(h.db.Chain(in.BranchID)) {
		f.Errors.Add("branch", lang.T(ctx, "请选一个"))
	}
	return in
}

// readGrants checks the lines of roles; had are those held already, which may
// stay as they are.
func (h *Handlers) readGrants(ctx context.Context, a policy.Actor, f *views.UserForm, had []policy.Grant) ([]policy.Grant, error) {
	access, err := h.db.Access(ctx)
	if err != nil {
		return nil, err
	}
	var out []policy.Grant
	fault := func(i int, sentence string) {
		f.Grants[i].Error = sentence
		f.Errors.Add(fmt.Sprintf("role-%d", i), sentence)
	}
	for i, line := range f.Grants {
		if line.Role == "" {
			continue
		}
		g := policy.Grant{Role: policy.Role(line.Role), Branch: db.ParseID(line.Place)}
		_, known := access.Role(g.Role)
		switch {
		case !known || !a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(g.Branch)):
			fault(i, lang.T(ctx, "请选一个"))
		case !slices.Contains(had, g) && !access.MayGrant(a, g.Role, h.db.Chain(g.Branch)):
			fault(i, lang.T(ctx, "你自己没有这个角色的全部权限，不能给"))
		case !slices.Contains(had, g) && !h.db.BranchOpen(g.Branch):
			fault(i, lang.T(ctx, "这个网点已停用，请换一个在用的"))
		case !slices.Contains(out, g):
			out = append(out, g)
		}
	}
	if len(out) == 0 && !f.Errors.Any() {
		if len(f.Grants) == 0 {
			f.Grants = []views.UserGrant{{Place: f.Branch}}
		}
		fault(0, lang.T(ctx, "至少要有一个角色"))
	}
	return out, nil
}

// moreGrants answers the button that adds a line: nothing is saved.
func moreGrants(r *http.Request, f *views.UserForm) bool {
	if field(r, "more") != "1" {
		return false
	}
	f.Errors = ui.Errors{}
	if len(f.Grants) < maxGrants {
		f.Grants = append(f.Grants, views.UserGrant{Place: f.Branch})
	}
	return true
}

// firstPassword checks and hashes a password that one person gives another, or
// one that nobody knows when the person gets a link.
func (h *Handlers) firstPassword(r *http.Request, errs ui.Errors, u db.User, link bool) (hash string, err error) {
	password := rand.Text()
	if !link {
		password = r.PostFormValue("password")
		company, err := h.db.Company(r.Context())
		if err != nil {
			return "", err
		}
		for _, fault := range signin.Faults(password, signin.Owner{Username: u.Username, Names: namesOf(u.Name), Phones: []string{u.Phone}, Firms: firmsOf(company, h.db.BranchName(u.BranchID))}) {
			errs.Add("password", passwordWord(r.Context(), fault))
		}
	}
	if errs.Any() {
		return "", nil
	}
	return h.hash(r.Context(), password)
}

func (h *Handlers) userCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.UserForm{New: true, Action: "/users"}
	in := h.readUser(r, &f)
	if moreGrants(r, &f) {
		return h.showUser(w, r, http.StatusOK, f)
	}
	if f.How == "" && r.PostFormValue("password") != "" {
		f.How = "password"
	}
	var err error
	if in.Grants, err = h.readGrants(ctx, a, &f, nil); err != nil {
		return err
	}
	link := f.How != "password"
	if in.PasswordHash, err = h.firstPassword(r, f.Errors, db.User{Username: f.Username, Name: f.Name, Phone: f.Phone, BranchID: db.ParseID(f.Branch)}, link); err != nil {
		return err
	}
	if f.Errors.Any() {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	in.MustChange, in.Disabled = !link, false
	token := ""
	if link {
		var l db.Link
		token, l = h.db.NewLink(db.InviteFor)
		in.Link = &l
	}
	_, err = h.db.CreateUser(ctx, a, in)
	if h.userFault(ctx, &f, err) {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	if link {
		return h.showLink(w, r, views.UserLink{New: true, Name: f.Name, Username: f.Username}, token, in.Link.Until)
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
	case errors.Is(err, db.ErrLastAdministrator):
		f.Errors.Add("disabled", lang.T(ctx, "他是最后一位管理员：先让另一个人也当管理员"))
	case errors.Is(err, db.ErrSelf):
		f.Errors.Add("", lang.T(ctx, "自己的角色、网点、离职日期和停用要请另一位管理员改"))
	case errors.Is(err, db.ErrAbove):
		f.Errors.Add("", lang.T(ctx, "他还有你不能给的角色，要由能给这些角色的管理员来改"))
	case errors.Is(err, db.ErrClosed):
		f.Errors.Add("branch", lang.T(ctx, "这个网点已停用，请换一个在用的"))
	case errors.Is(err, db.ErrRefused):
		f.Errors.Add("role-0", lang.T(ctx, "你不能给出或收回这个角色"))
	default:
		return false
	}
	return true
}

// userForm fills the form with a person as they are.
func (h *Handlers) userForm(ctx context.Context, a policy.Actor, u db.User) (views.UserForm, error) {
	access, err := h.db.Access(ctx)
	if err != nil {
		return views.UserForm{}, err
	}
	at := "/users/" + idText(u.ID)
	f := views.UserForm{Action: at, Username: u.Username, Name: u.Name, Phone: u.Phone, Branch: idText(u.BranchID), JoinedOn: u.JoinedOn, LeavesOn: u.LeavesOn,
		Version: idText(u.Version), Disabled: u.Disabled, Errors: ui.Errors{}, ResetErrors: ui.Errors{}}
	f.Self, f.Above = u.ID == a.UserID, !h.db.MayAdminister(a, access, u.ID, u.Grants)
	if !f.Self {
		f.ResetHref = at + "/reset"
	}
	if a.Scope(policy.CustomerAssign).SeesBranch(h.db.Chain(u.BranchID)) {
		f.HandHref = at + "/handover"
	}
	for _, g := range u.Grants {
		f.Grants = append(f.Grants, views.UserGrant{Role: string(g.Role), Place: idText(g.Branch), RoleText: h.roleName(ctx, g.Role), PlaceText: h.db.BranchName(g.Branch)})
	}
	return f, nil
}

func (h *Handlers) userEdit(w http.ResponseWriter, r *http.Request) error {
	u, err := h.userOf(r)
	if err != nil {
		return err
	}
	f, err := h.userForm(r.Context(), actorOf(r), u)
	if err == nil && !f.Above {
		var at views.UserSignin
		at, err = h.userSignin(r, u)
		f.Signin = &at
	}
	if err != nil {
		return err
	}
	return h.showUser(w, r, http.StatusOK, f)
}

func (h *Handlers) userUpdate(w http.ResponseWriter, r *http.Request) error {
	u, err := h.userOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f, err := h.userForm(ctx, a, u)
	if err != nil {
		return err
	}
	if f.Above {
		return db.ErrRefused
	}
	in := h.readUser(r, &f)
	if moreGrants(r, &f) {
		return h.showUser(w, r, http.StatusOK, f)
	}
	if f.Self && len(r.PostForm["role"]) == 0 {
		in.BranchID, in.LeavesOn, in.Disabled, in.Grants = u.BranchID, u.LeavesOn, false, u.Grants
		delete(f.Errors, "branch")
	} else if in.Grants, err = h.readGrants(ctx, a, &f, u.Grants); err != nil {
		return err
	}
	if !in.Disabled && in.LeavesOn != "" && in.LeavesOn < db.Day(h.db.Now()) && u.Disabled {
		f.Errors.Add("leaves_on", lang.T(ctx, "离职日期已过：要重新启用，先改掉或清空它"))
	}
	if f.Errors.Any() {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	err = h.db.UpdateUser(ctx, a, u.ID, db.ParseID(f.Version), in)
	if errors.Is(err, db.ErrConflict) {
		return h.showStaleUser(w, r, f, u.ID)
	}
	if h.userFault(ctx, &f, err) {
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存 %s", f.Name)})
	h.redirect(w, r, "/users")
	return nil
}

// showStaleUser shows the form again with what somebody else saved meanwhile
// beside what was typed.
func (h *Handlers) showStaleUser(w http.ResponseWriter, r *http.Request, f views.UserForm, id int64) error {
	ctx := r.Context()
	now, err := h.db.User(ctx, actorOf(r).Scope(policy.UserEdit), id)
	if err != nil {
		return err
	}
	f.Version = idText(now.Version)
	var mine []policy.Grant
	for _, g := range f.Grants {
		if g.Role != "" {
			mine = append(mine, policy.Grant{Role: policy.Role(g.Role), Branch: db.ParseID(g.Place)})
		}
	}
	for _, row := range []views.UserStale{
		{Label: lang.T(ctx, "姓名"), Mine: f.Name, Now: now.Name},
		{Label: lang.T(ctx, "用户名"), Mine: f.Username, Now: now.Username},
		{Label: lang.T(ctx, "手机"), Mine: f.Phone, Now: now.Phone},
		{Label: lang.T(ctx, "所在网点"), Mine: h.db.BranchName(db.ParseID(f.Branch)), Now: h.db.BranchName(now.BranchID)},
		{Label: lang.T(ctx, "入职日期"), Mine: f.JoinedOn, Now: now.JoinedOn},
		{Label: lang.T(ctx, "离职日期"), Mine: f.LeavesOn, Now: now.LeavesOn},
		{Label: lang.T(ctx, "角色"), Mine: h.grantWords(ctx, mine), Now: h.grantWords(ctx, now.Grants)},
		{Label: lang.T(ctx, "停用"), Mine: views.YesNo(ctx, f.Disabled), Now: views.YesNo(ctx, now.Disabled)},
	} {
		if row.Mine != row.Now {
			f.Stale = append(f.Stale, row)
		}
	}
	return h.showUser(w, r, http.StatusConflict, f)
}
