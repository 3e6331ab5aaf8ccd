package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/newcomer"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// usersSeveral is the empty form that adds several people at once.
func (h *Handlers) usersSeveral(w http.ResponseWriter, r *http.Request) error {
	return h.showSeveral(w, r, http.StatusOK, views.UsersSeveral{Branch: h.usualBranch(actorOf(r), policy.UserEdit), Role: string(policy.SalesRep), Key: rand.Text(), Errors: ui.Errors{}})
}

func (h *Handlers) showSeveral(w http.ResponseWriter, r *http.Request, status int, p views.UsersSeveral) error {
	ctx, a := r.Context(), actorOf(r)
	p.Branches = h.branchOptions(ctx, a.Scope(policy.UserEdit))
	var err error
	if p.Roles, err = h.roleOptions(ctx, &a); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "一次添加几位"), body: views.UsersSeveralPage(p), active: "/users"})
}

// usersSeveralSave reads the list, shows who it makes, and adds them once that was
// seen: all or none. The links are shown in the answer and kept nowhere.
func (h *Handlers) usersSeveralSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	p := views.UsersSeveral{Names: field(r, "names"), Branch: field(r, "branch"), Role: field(r, "role"), Key: field(r, "key"), Errors: ui.Errors{}}
	if id := db.ParseID(field(r, "import")); id != 0 {
		p.Import = idText(id)
	}
	if len(p.Key) < 16 {
		p.Key = rand.Text()
	}
	grant, err := h.severalGrant(ctx, a, &p)
	if err != nil {
		return err
	}
	if field(r, "act") != "add" {
		return h.listSeveral(w, r, p, grant.Branch)
	}
	list := h.readSeveral(r, &p)
	judgeSeveral(ctx, &p, nil, false)
	if len(list) == 0 && !p.Errors.Any() {
		p.Errors.Add("names", lang.T(ctx, "一位也没有勾"))
	}
	if p.Errors.Any() || slices.ContainsFunc(p.Rows, func(x views.SeveralRow) bool { return x.Fault != "" }) {
		return h.showSeveral(w, r, http.StatusUnprocessableEntity, p)
	}
	return h.addSeveral(w, r, p, list, grant)
}

// severalGrant reads where the people work and as what.
func (h *Handlers) severalGrant(ctx context.Context, a policy.Actor, p *views.UsersSeveral) (policy.Grant, error) {
	g := policy.Grant{Role: policy.Role(p.Role), Branch: db.ParseID(p.Branch)}
	access, err := h.db.Access(ctx)
	if err != nil {
		return g, err
	}
	switch _, known := access.Role(g.Role); {
	case !a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(g.Branch)):
		p.Errors.Add("branch", lang.T(ctx, "请选一个"))
	case !h.db.BranchOpen(g.Branch):
		p.Errors.Add("branch", lang.T(ctx, "这个网点已停用，请换一个在用的"))
	case !known:
		p.Errors.Add("role", lang.T(ctx, "请选一个"))
	case !access.MayGrant(a, g.Role, h.db.Chain(g.Branch)):
		p.Errors.Add("role", lang.T(ctx, "你自己没有这个角色的全部权限，不能给"))
	}
	return g, nil
}

// listSeveral shows who a pasted list makes. Nothing is written.
func (h *Handlers) listSeveral(w http.ResponseWriter, r *http.Request, p views.UsersSeveral, branch int64) error {
	ctx, a := r.Context(), actorOf(r)
	list, more := newcomer.Read(p.Names)
	p.More = more
	if len(list) == 0 {
		p.Errors.Add("names", lang.T(ctx, "写上姓名，一行一位"))
	}
	if p.Errors.Any() {
		return h.showSeveral(w, r, http.StatusUnprocessableEntity, p)
	}
	wanted := make([]string, 0, len(list))
	for _, x := range list {
		if u := newcomer.Username(x.Name); u != "" {
			wanted = append(wanted, u)
		}
	}
	taken, err := h.db.TakenUsernames(ctx, a, wanted)
	if err != nil {
		return err
	}
	newcomer.Fill(list, func(name string) bool { return taken[name] })
	have, err := h.db.People(ctx, a.Scope(policy.UserRead), db.PeopleFilter{Branch: branch, Limit: 2000})
	if err != nil {
		return err
	}
	there := map[string]string{}
	for _, u := range have.Rows {
		there[u.Name] = u.Username
	}
	for _, x := range list {
		row := views.SeveralRow{Name: x.Name, Username: x.Username, Phone: x.Phone, On: true}
		if u, ok := there[x.Name]; ok {
			row.On, row.Note = false, lang.T(ctx, "这里已有同名的 %s", u)
		}
		p.Rows = append(p.Rows, row)
	}
	judgeSeveral(ctx, &p, taken, true)
	return h.showSeveral(w, r, http.StatusOK, p)
}

// readSeveral reads the rows as they came back, and gives those that are ticked.
func (h *Handlers) readSeveral(r *http.Request, p *views.UsersSeveral) (list []newcomer.Person) {
	names, usernames, phones := r.PostForm["name"], r.PostForm["username"], r.PostForm["phone"]
	on := r.PostForm["on"]
	for i := range min(len(names), len(usernames), len(phones), newcomer.Most) {
		row := views.SeveralRow{Name: clean(names[i]), Username: db.FoldUsername(clean(usernames[i])), Phone: clean(phones[i]), On: slices.Contains(on, strconv.Itoa(i))}
		if n, problem := phone.Parse(row.Phone, ""); problem.Code == "" {
			row.Phone = n.Digits
		}
		p.Rows = append(p.Rows, row)
		if row.On {
			list = append(list, newcomer.Person{Name: row.Name, Username: row.Username, Phone: row.Phone})
		}
	}
	return list
}

// judgeSeveral says what is wrong with each row that is ticked; looking says that
// the rows are shown for the first time, when nobody is to blame yet for a name to
// sign in with that could not be made.
func judgeSeveral(ctx context.Context, p *views.UsersSeveral, taken map[string]bool, looking bool) {
	seen := map[string]bool{}
	for i := range p.Rows {
		x := &p.Rows[i]
		if !x.On {
			continue
		}
		errs := ui.Errors{}
		checkText(ctx, errs, "name", x.Name, 40)
		_, problem := phone.Parse(x.Phone, "")
		switch {
		case errs["name"] != "":
			x.Fault = errs["name"]
		case x.Username == "" && looking:
			x.Note = lang.T(ctx, "给他起个用户名")
		case !newcomer.Fits(x.Username):
			x.Fault = lang.T(ctx, "用 2 到 32 个小写字母、数字、点或横线")
		case taken[x.Username] || seen[x.Username]:
			x.Fault = lang.T(ctx, "这个用户名已有人用")
		case x.Phone != "" && problem.Code != "":
			x.Fault = lang.T(ctx, "这不像一个电话号码")
		}
		seen[x.Username] = true
	}
}

// addSeveral writes them and shows each their link, once.
func (h *Handlers) addSeveral(w http.ResponseWriter, r *http.Request, p views.UsersSeveral, list []newcomer.Person, grant policy.Grant) error {
	ctx, a := r.Context(), actorOf(r)
	hash, err := h.hash(ctx, rand.Text()) // nobody knows it: they come in by their link
	if err != nil {
		return err
	}
	done := views.UsersAdded{Branch: h.db.BranchName(grant.Branch), Role: h.roleName(ctx, grant.Role), Import: p.Import}
	inputs := make([]db.UserInput, 0, len(list))
	for _, x := range list {
		token, link := h.db.NewLink(db.InviteFor)
		inputs = append(inputs, db.UserInput{Username: x.Username, Name: x.Name, Phone: x.Phone, BranchID: grant.Branch, Grants: []policy.Grant{grant}, PasswordHash: hash, Link: &link})
		done.People = append(done.People, views.UserLink{New: true, Name: x.Name, Username: x.Username, Path: "/join?token=" + token, Until: views.TimeWord(ctx, time.UnixMilli(link.Until), h.db.Now())})
	}
	again, err := h.db.CreateUsers(ctx, a, db.Submission{Key: p.Key}, inputs)
	switch {
	case errors.Is(err, db.ErrTaken):
		names := make([]string, 0, len(list))
		for _, x := range list {
			names = append(names, x.Username)
		}
		taken, err := h.db.TakenUsernames(ctx, a, names)
		if err != nil {
			return err
		}
		judgeSeveral(ctx, &p, taken, false)
		return h.showSeveral(w, r, http.StatusUnprocessableEntity, p)
	case errors.Is(err, db.ErrRefused):
		p.Errors.Add("role", lang.T(ctx, "你自己没有这个角色的全部权限，不能给"))
		return h.showSeveral(w, r, http.StatusUnprocessableEntity, p)
	case err != nil:
		return fmt.Errorf("add several: %w", err)
	case again:
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "他们已经添加过了。链接没发出去的，在他的资料里重设密码，会得到一条新的")})
		h.redirect(w, r, "/users")
		return nil
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "一次性链接"), body: views.UsersAddedPage(done), active: "/users", scripts: []string{"people.js"}})
}
