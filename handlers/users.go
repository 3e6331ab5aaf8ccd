package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/phone"
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
			p.Items = append(p.Items, ui.Chip{Label: label, Value: value, RemoveHref: hrefWith("/users", v, name, "")})
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

// showLink shows a one-time link in the answer to the form itself: it is kept
// nowhere, not even in the session. The address has no host in it; the browser
// adds the one it stands at, so that no header of a request gets into a link.
func (h *Handlers) showLink(w http.ResponseWriter, r *http.Request, p views.UserLink, token string, until int64) error {
	ctx := r.Context()
	p.Path, p.Until = "/join?token="+token, views.TimeWord(ctx, time.UnixMilli(until), h.db.Now())
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "一次性链接"), body: views.UserLinkPage(p), active: "/users", scripts: []string{"people.js"}})
}

// userOf reads the person of the address, as far as the actor edits people there.
func (h *Handlers) userOf(r *http.Request) (db.User, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.User{}, err
	}
	return h.db.User(r.Context(), actorOf(r).Scope(policy.UserEdit), id)
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
