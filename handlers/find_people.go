package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// peopleFound is how many people a search for one offers.
const peopleFound = 20

// personUse is what a person is looked for: who may be found, and the choice
// beside the people ("" for none).
type personUse struct {
	permission policy.Permission
	roles      []string // those who hold one of them; nil for everybody
	nobody     string   // the words for the choice "none"
}

var personUses = map[string]personUse{
	"owner":   {permission: policy.CustomerAssign, roles: profile.OwnerRoles},
	"clerk":   {permission: policy.CustomerAssign, roles: profile.ClerkRoles},
	"taker":   {permission: policy.CustomerAssign},
	"duty":    {permission: policy.UserRead},
	"told":    {permission: policy.NoticeSend},
	"reader":  {permission: policy.CustomerRead},
	"unowned": {permission: policy.CustomerRead, nobody: lang.N("无人负责")},
	"move":    {permission: policy.CustomerRead, nobody: lang.N("没有人")},
}

// findPeople answers a search for a person with at most 20, those of the
// branch named first.
func (h *Handlers) findPeople(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	use, ok := personUses[query(r, "use")]
	if !ok {
		return db.ErrNotFound
	}
	q := query(r, "q")
	list, count, err := h.peopleLike(ctx, actorOf(r), use, q, db.ParseID(query(r, "branch")))
	if err != nil {
		return err
	}
	p := ui.FoundProps{More: count > len(list)}
	if word := lang.T(ctx, use.nobody); use.nobody != "" && strings.Contains(word, q) {
		p.Options = append(p.Options, ui.Option{Value: "none", Label: word})
	}
	for _, u := range list {
		p.Options = append(p.Options, ui.Option{Value: idText(u.ID), Label: u.Name, Hint: h.db.BranchName(u.BranchID)})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "找人"), body: ui.Found(p), partial: ui.Found(p), active: "/customers"})
}

// peopleLike returns those who may be chosen and match, and how many they are.
// Who sees nobody's customers but their own finds themselves alone.
func (h *Handlers) peopleLike(ctx context.Context, a policy.Actor, use personUse, q string, branch int64) ([]db.User, int, error) {
	f := db.PeopleFilter{Find: q, Limit: peopleFound}
	for _, role := range use.roles {
		f.Roles = append(f.Roles, policy.Role(role))
	}
	scope := a.Scope(use.permission)
	all, err := h.db.People(ctx, scope, f)
	if err != nil {
		return nil, 0, err
	}
	if own := scope.Own() == a.UserID; all.Count == 0 && own && strings.Contains(a.Name, q) {
		return []db.User{{ID: a.UserID, Name: a.Name, BranchID: a.Branch}}, 1, nil
	}
	if branch == 0 || all.Count <= 1 {
		return all.Rows, all.Count, nil
	}
	f.Branch = branch
	near, err := h.db.People(ctx, scope, f)
	if err != nil {
		return nil, 0, err
	}
	list := near.Rows
	for _, u := range all.Rows {
		if !slices.ContainsFunc(list, func(o db.User) bool { return o.ID == u.ID }) && len(list) < peopleFound {
			list = append(list, u)
		}
	}
	return list, all.Count, nil
}

// namesakes bounds how many of one name are looked through for their branch.
const namesakes = 500

// peopleNamed returns whom a typed text means: those of exactly that name or
// user name and, where there are none, those it finds; of one branch where it is
// named.
func (h *Handlers) peopleNamed(ctx context.Context, a policy.Actor, use personUse, who, branch string) ([]db.User, int, error) {
	f := db.PeopleFilter{Find: who, Exact: true, Limit: namesakes}
	for _, role := range use.roles {
		f.Roles = append(f.Roles, policy.Role(role))
	}
	for range 2 {
		found, err := h.db.People(ctx, a.Scope(use.permission), f)
		if err != nil {
			return nil, 0, err
		}
		list, count := found.Rows, found.Count
		if branch != "" {
			list = slices.DeleteFunc(list, func(u db.User) bool { return h.db.BranchName(u.BranchID) != branch })
			count = len(list)
		}
		if count > 0 {
			return list, count, nil
		}
		f.Exact = false
	}
	list, count, err := h.peopleLike(ctx, a, use, who, 0) // who sees their own alone
	if branch != "" {
		list = slices.DeleteFunc(list, func(u db.User) bool { return h.db.BranchName(u.BranchID) != branch })
		count = len(list)
	}
	return list, count, err
}

// personText is how a person stands in a field: name and branch.
func (h *Handlers) personText(ctx context.Context, a policy.Actor, use personUse, value string) (string, error) {
	if value == "none" {
		return lang.T(ctx, use.nobody), nil
	}
	id := db.ParseID(value)
	if id == 0 {
		return "", nil
	}
	if u, err := h.db.User(ctx, a.Scope(use.permission), id); err == nil {
		return h.personLabel(u), nil
	}
	names, err := h.db.UserNames(ctx, []int64{id})
	return names[id], err
}

// mayChoose says whether a person may be chosen: seen, at work and of the
// roles asked for.
func (h *Handlers) mayChoose(ctx context.Context, a policy.Actor, use personUse, id int64) bool {
	scope := a.Scope(use.permission)
	if id == a.UserID && use.roles == nil && scope.Own() == id {
		return true
	}
	u, err := h.db.User(ctx, scope, id)
	return err == nil && !u.Disabled && !u.Left(h.today()) && (use.roles == nil ||
		slices.ContainsFunc(u.Grants, func(g policy.Grant) bool { return slices.Contains(use.roles, string(g.Role)) }))
}

func (h *Handlers) personLabel(u db.User) string {
	return u.Name + " · " + h.db.BranchName(u.BranchID)
}

// person reads who stands in the field name: the value that was picked while
// its text is unchanged, else the one person whom the text names. fault says
// in words why there is none. A form that sends no text means the value.
func (h *Handlers) person(ctx context.Context, a policy.Actor, use personUse, form url.Values, name string) (value, fault string, err error) {
	value = clean(form.Get(name))
	if !form.Has(ui.FindText(name)) {
		return value, "", nil
	}
	text := clean(form.Get(ui.FindText(name)))
	if text == "" {
		return "", "", nil
	}
	if use.nobody != "" && text == lang.T(ctx, use.nobody) {
		return "none", "", nil
	}
	if had, err := h.personText(ctx, a, use, value); err != nil || had == text {
		return value, "", err
	}
	who, branch, _ := strings.Cut(text, "·")
	who, branch = strings.TrimSpace(who), strings.TrimSpace(branch)
	list, count, err := h.peopleNamed(ctx, a, use, who, branch)
	if err != nil {
		return value, "", err
	}
	switch count {
	case 0:
		return value, lang.T(ctx, "没有找到这个人，换个写法"), nil
	case 1:
		return idText(list[0].ID), "", nil
	}
	return value, lang.T(ctx, "符合的有 %d 位，请写成「%s」这样", count, h.personLabel(list[0])), nil
}

// personFind is the field that looks for a person.
func (h *Handlers) personFind(ctx context.Context, a policy.Actor, use string, p ui.FindProps) (ui.FindProps, error) {
	p.Href = "/people/find?use=" + use
	if p.Text != "" {
		return p, nil
	}
	text, err := h.personText(ctx, a, personUses[use], p.Value)
	p.Text = text
	return p, err
}

// filterPeople puts the people whom the filter's texts name into the address.
// done says that the request is answered: by the clean address, or by the
// form with what is wrong with it.
func (h *Handlers) filterPeople(w http.ResponseWriter, r *http.Request) (done bool, err error) {
	v := r.URL.Query()
	if !v.Has(ui.FindText("owner")) && !v.Has(ui.FindText("clerk")) {
		return false, nil
	}
	errs := ui.Errors{}
	typed := map[string]string{}
	for name, use := range map[string]string{"owner": "unowned", "clerk": "reader"} {
		value, fault, err := h.person(r.Context(), actorOf(r), personUses[use], v, name)
		if err != nil {
			return true, err
		}
		if fault != "" {
			errs.Add(name, fault)
			typed[name] = clean(v.Get(ui.FindText(name)))
		}
		v.Set(name, value)
	}
	q := readList(v, h.db.Now())
	if errs.Any() {
		return true, h.showFilter(w, r, http.StatusUnprocessableEntity, q, errs, typed)
	}
	http.Redirect(w, r, q.with("/customers", "", ""), http.StatusSeeOther)
	return true, nil
}

// showFilter is the form that adds filters, as q has them.
func (h *Handlers) showFilter(w http.ResponseWriter, r *http.Request, status int, q customerQuery, errs ui.Errors, typed map[string]string) error {
	ctx, a := r.Context(), actorOf(r)
	p, err := h.filterForm(ctx, a, q)
	if err != nil {
		return err
	}
	p.Errors = errs
	for _, x := range []struct {
		name, use, label string
		into             *ui.FindProps
	}{{"owner", "unowned", lang.T(ctx, "业务员"), &p.Owner}, {"clerk", "reader", lang.T(ctx, "客服"), &p.Clerk}} {
		if *x.into, err = h.personFind(ctx, a, x.use, ui.FindProps{Name: x.name, Label: x.label, Value: p.Value[x.name], Text: typed[x.name],
			Error: errs[x.name], Placeholder: lang.T(ctx, "不限")}); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "加条件"), body: views.CustomerFilters(p), active: "/customers", scripts: []string{"find.js"}})
}
