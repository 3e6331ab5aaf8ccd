package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/phone"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// peopleFilter reads which people are asked for, and writes the same again.
func peopleFilter(r *http.Request) (db.PeopleFilter, url.Values) {
	f := db.PeopleFilter{Find: query(r, "q"), Branch: db.ParseID(query(r, "branch")), Role: policy.Role(query(r, "role")), Cursor: r.URL.Query().Get("at")}
	if s := query(r, "state"); slices.Contains([]string{db.PeopleLeaving, db.PeopleGone, db.PeopleOpen, db.PeopleAll}, s) {
		f.State = s
	}
	if query(r, "all") == "1" {
		f.State = db.PeopleAll
	}
	v := url.Values{}
	for name, value := range map[string]string{"q": f.Find, "branch": idText(f.Branch), "role": string(f.Role), "state": f.State} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return f, v
}

// without is the list's address with one condition less.
func without(path string, v url.Values, name string) string {
	w := url.Values{}
	for k, list := range v {
		if k != name {
			w[k] = list
		}
	}
	return join(path, w.Encode())
}

func (h *Handlers) userList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := peopleFilter(r)
	found, err := h.db.People(ctx, a.Scope(policy.UserRead), f)
	if err != nil {
		return err
	}
	p := views.UserList{CanEdit: a.Can(policy.UserEdit), CanHand: a.Can(policy.CustomerAssign), Find: f.Find, Branch: idText(f.Branch),
		Role: string(f.Role), State: f.State, Sub: lang.T(ctx, "共 %d 人", found.Count), ExportHref: join("/users/export", v.Encode()), OpenHref: "/users?state=open",
		ShowClients: f.State == db.PeopleLeaving || f.State == db.PeopleGone || f.State == db.PeopleOpen}
	if p.CanHand {
		if p.Open, err = h.db.CountPeople(ctx, a.Scope(policy.UserRead), db.PeopleFilter{State: db.PeopleOpen}); err != nil {
			return err
		}
	}
	p.Branches = h.branchOptions(ctx, a.Scope(policy.UserRead))
	if p.Roles, err = h.roleOptions(ctx, nil); err != nil {
		return err
	}
	for _, s := range []string{db.PeopleActive, db.PeopleLeaving, db.PeopleGone, db.PeopleOpen, db.PeopleAll} {
		p.States = append(p.States, ui.Option{Value: s, Label: views.PeopleStateWord(ctx, s)})
	}
	p.Chips = h.peopleChips(ctx, f, v, p.Roles)
	for _, u := range found.Rows {
		row, err := h.userRow(ctx, a, u, p.ShowClients)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	turn := func(cursor string) string {
		if cursor == "" {
			return ""
		}
		q := url.Values{"at": {cursor}}
		for k, list := range v {
			q[k] = list
		}
		return "/users?" + q.Encode()
	}
	p.Pager.Prev, p.Pager.Next = turn(found.Prev), turn(found.Next)
	if found.Prev != "" {
		p.Pager.First = join("/users", v.Encode())
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "人员"), body: views.Users(p), active: "/users"})
}

func (h *Handlers) peopleChips(ctx context.Context, f db.PeopleFilter, v url.Values, roles []ui.Option) ui.ChipsProps {
	p := ui.ChipsProps{Label: lang.T(ctx, "条件")}
	add := func(name, label, value string) {
		if v.Get(name) != "" {
			p.Items = append(p.Items, ui.Chip{Label: label, Value: value, RemoveHref: without("/users", v, name)})
		}
	}
	role := string(f.Role)
	for _, o := range roles {
		if o.Value == role {
			role = o.Label
		}
	}
	add("q", lang.T(ctx, "找人"), f.Find)
	add("branch", lang.T(ctx, "网点"), h.db.BranchName(f.Branch))
	add("role", lang.T(ctx, "角色"), role)
	add("state", lang.T(ctx, "状态"), views.PeopleStateWord(ctx, f.State))
	if len(p.Items) > 1 {
		p.ClearHref = "/users"
	}
	return p
}

func (h *Handlers) userRow(ctx context.Context, a policy.Actor, u db.User, clients bool) (views.UserRow, error) {
	today := db.Day(h.db.Now())
	row := views.UserRow{Name: u.Name, Username: u.Username, Branch: h.db.BranchName(u.BranchID), Roles: h.grantWords(ctx, u.Grants), JoinedOn: u.JoinedOn,
		Phone: phone.Display(u.Phone), Tel: u.Phone, Disabled: u.Disabled || u.Left(today)}
	if u.LeavesOn != "" && !row.Disabled {
		row.Leaves = views.DayWord(ctx, u.LeavesOn, today)
		row.LeavesText = lang.T(ctx, "%s离职", row.Leaves.Text)
	}
	if a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(u.BranchID)) {
		row.Href = "/users/" + idText(u.ID) + "/edit"
	}
	if a.Scope(policy.CustomerAssign).SeesBranch(h.db.Chain(u.BranchID)) {
		row.HandHref = "/users/" + idText(u.ID) + "/handover"
	}
	if clients {
		n, more, err := h.db.CountCustomers(ctx, a.Scope(policy.CustomerRead), db.CustomerFilter{Owner: u.ID})
		if err != nil {
			return row, err
		}
		row.Clients, row.ClientsHref = lang.T(ctx, "%d", n), "/customers?owner="+idText(u.ID)
		if more {
			row.Clients = lang.T(ctx, "%d+", n)
		}
	}
	return row, nil
}

// userExport sends the list as it is filtered, with phones as it shows them.
func (h *Handlers) userExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, _ := peopleFilter(r)
	f.Cursor, f.Limit = "", 20000
	found, err := h.db.People(ctx, a.Scope(policy.UserRead), f)
	if err != nil {
		return err
	}
	table := [][]string{{lang.T(ctx, "姓名"), lang.T(ctx, "用户名"), lang.T(ctx, "电话"), lang.T(ctx, "网点"), lang.T(ctx, "角色"), lang.T(ctx, "入职"), lang.T(ctx, "离职日期"), lang.T(ctx, "状态")}}
	today := db.Day(h.db.Now())
	for _, u := range found.Rows {
		state := lang.T(ctx, "在职")
		if u.Disabled || u.Left(today) {
			state = lang.T(ctx, "已停用")
		}
		table = append(table, []string{u.Name, u.Username, u.Phone, h.db.BranchName(u.BranchID), h.grantWords(ctx, u.Grants), u.JoinedOn, u.LeavesOn, state})
	}
	return h.sendBook(w, r, "users.export", "people-"+today, lang.T(ctx, "人员"), "/users", table)
}

// sendBook answers with a workbook of one sheet, the first row its heads. Its
// rows count against the day's cap; beyond it the reader goes back with the
// reason.
func (h *Handlers) sendBook(w http.ResponseWriter, r *http.Request, act, name, title, back string, table [][]string, customers ...int64) error {
	ctx, a := r.Context(), actorOf(r)
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	if err := h.db.RecordExport(ctx, a, act, db.Left{Rows: int64(len(table) - 1), Reference: ref, Customers: customers, Detail: map[string]any{"format": "xlsx"}}); err != nil {
		return h.overCap(w, r, err, back)
	}
	l := sheet.Layout{Sheet: title, Mark: mark}
	for _, head := range table[0] {
		l.Columns = append(l.Columns, sheet.Column{Title: head})
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+ref+`.xlsx"`)
	out, err := sheet.NewWriter(w, sheet.XLSX, l)
	if err != nil {
		return err
	}
	for _, row := range table[1:] {
		cells := make([]sheet.Cell, len(row))
		for i, text := range row {
			cells[i] = sheet.TextOf(text)
		}
		if err := out.Write(cells); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return out.Close()
}

func (h *Handlers) grantWords(ctx context.Context, grants []policy.Grant) string {
	var words []string
	for _, g := range grants {
		words = append(words, h.roleName(ctx, g.Role)+" · "+h.db.BranchName(g.Branch))
	}
	return strings.Join(words, lang.T(ctx, "、"))
}

// roleName is what the company calls a role, or the word that ships.
func (h *Handlers) roleName(ctx context.Context, role policy.Role) string {
	if access, err := h.db.Access(ctx); err == nil {
		if info, ok := access.Role(role); ok && info.Title != "" {
			return info.Title
		}
	}
	return views.RoleWord(ctx, string(role))
}

// roleOptions lists the roles in use; with an actor, those that they may give
// somewhere.
func (h *Handlers) roleOptions(ctx context.Context, giver *policy.Actor) ([]ui.Option, error) {
	access, err := h.db.Access(ctx)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, info := range access.Roles() {
		if info.Disabled || giver != nil && !slices.ContainsFunc(h.db.Branches(ctx, giver.Scope(policy.UserEdit)), func(b db.Branch) bool {
			return access.MayGrant(*giver, info.Role, h.db.Chain(b.ID))
		}) {
			continue
		}
		out = append(out, ui.Option{Value: string(info.Role), Label: h.roleName(ctx, info.Role)})
	}
	return out, nil
}

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

// showLink shows a one-time link in the answer to the form itself: it is kept
// nowhere, not even in the session. The address has no host in it; the browser
// adds the one it stands at, so that no header of a request gets into a link.
func (h *Handlers) showLink(w http.ResponseWriter, r *http.Request, p views.UserLink, token string, until int64) error {
	ctx := r.Context()
	p.Path, p.Until = "/join?token="+token, views.TimeWord(ctx, time.UnixMilli(until), h.db.Now())
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "一次性链接"), body: views.UserLinkPage(p), active: "/users", scripts: []string{"people.js"}})
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

// userOf reads the person of the address, as far as the actor edits people there.
func (h *Handlers) userOf(r *http.Request) (db.User, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.User{}, err
	}
	return h.db.User(r.Context(), actorOf(r).Scope(policy.UserEdit), id)
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

// userReset takes a person's password away: they get a one-time link, or a
// first password that they must change.
func (h *Handlers) userReset(w http.ResponseWriter, r *http.Request) error {
	u, err := h.userOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	errs := ui.Errors{}
	isLink := field(r, "how") != "password"
	hash, err := h.firstPassword(r, errs, u, isLink)
	if err != nil {
		return err
	}
	if errs.Any() {
		f, err := h.userForm(ctx, a, u)
		if err != nil {
			return err
		}
		f.ResetErrors = errs
		return h.showUser(w, r, http.StatusUnprocessableEntity, f)
	}
	token, link := h.db.NewLink(db.ResetFor)
	kept := &link
	if !isLink {
		kept = nil
	}
	if err := h.db.ResetUser(ctx, a, u.ID, hash, kept); err != nil {
		return err
	}
	if isLink {
		return h.showLink(w, r, views.UserLink{Name: u.Name, Username: u.Username}, token, link.Until)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已重设 %s 的密码，把初始密码告诉本人", u.Name)})
	h.redirect(w, r, "/users")
	return nil
}

// joinForm is where a one-time link leads. The page sends no referrer, so that
// the token goes nowhere else.
func (h *Handlers) joinForm(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	token := query(r, "token")
	u, err := h.db.LinkedUser(r.Context(), token)
	if errors.Is(err, db.ErrNotFound) {
		return h.render(w, r, http.StatusNotFound, page{title: lang.T(r.Context(), "链接失效"), body: views.JoinGone(), bare: true})
	}
	if err != nil {
		return err
	}
	return h.showJoin(w, r, http.StatusOK, views.JoinForm{Token: token, Name: u.Name, Username: u.Username, Errors: ui.Errors{}})
}

func (h *Handlers) showJoin(w http.ResponseWriter, r *http.Request, status int, f views.JoinForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "设密码"), body: views.Join(f), bare: true})
}

// join sets the password that the person of a link chose; they sign in with it
// as everybody does.
func (h *Handlers) join(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	ctx, token := r.Context(), field(r, "token")
	gone := func() error {
		return h.render(w, r, http.StatusNotFound, page{title: lang.T(ctx, "链接失效"), body: views.JoinGone(), bare: true})
	}
	u, err := h.db.LinkedUser(ctx, token)
	if errors.Is(err, db.ErrNotFound) {
		return gone()
	}
	if err != nil {
		return err
	}
	company, err := h.db.Company(ctx)
	if err != nil {
		return err
	}
	f := views.JoinForm{Token: token, Name: u.Name, Username: u.Username, Errors: ui.Errors{}}
	password := r.PostFormValue("password")
	h.checkNewPassword(ctx, f.Errors, password, r.PostFormValue("password2"), signin.Owner{Username: u.Username,
		Names: namesOf(u.Name), Phones: []string{u.Phone}, Firms: firmsOf(company, h.db.BranchName(u.BranchID))})
	if f.Errors.Any() {
		return h.showJoin(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return err
	}
	by := policy.Actor{UserID: u.ID, Name: u.Name, Branch: u.BranchID, RequestID: requestID(ctx), Address: clientAddress(r)}
	err = h.db.UseLink(ctx, by, token, hash)
	if errors.Is(err, db.ErrNotFound) {
		return gone()
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "密码已设好，用它登录")})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
