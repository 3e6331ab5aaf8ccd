package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// dueStates are the states of the due list in the order of the page.
var dueStates = []cadence.State{cadence.Overdue, cadence.Soon, cadence.OnTime, cadence.Met}

const duePage = 50

// dueQuery is what the address of the due list asks for.
type dueQuery struct {
	state, class, city string
	user, branch       int64
	at                 db.DueKey // the page after it, or, with back, before it
	back               bool
}

func readDueQuery(r *http.Request) dueQuery {
	q := dueQuery{state: query(r, "state"), class: query(r, "class"), city: query(r, "city"),
		user: db.ParseID(query(r, "user")), branch: db.ParseID(query(r, "branch"))}
	if q.state != "all" && !slices.Contains(dueStates, cadence.State(q.state)) {
		q.state = ""
	}
	if !slices.Contains(profile.Classes, q.class) {
		q.class = ""
	}
	for _, side := range []string{"after", "before"} {
		if urgency, id, ok := strings.Cut(query(r, side), "."); ok {
			q.at, q.back = db.DueKey{Urgency: db.ParseID(urgency), ID: db.ParseID(id)}, side == "before"
		}
	}
	return q
}

func (q dueQuery) href() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("state", q.state)
	set("class", q.class)
	set("city", q.city)
	set("user", idText(q.user))
	set("branch", idText(q.branch))
	if q.at.ID != 0 {
		side := "after"
		if q.back {
			side = "before"
		}
		set(side, idText(q.at.Urgency)+"."+idText(q.at.ID))
	}
	if len(v) == 0 {
		return "/visits/due"
	}
	return "/visits/due?" + v.Encode()
}

// first is the same list from its beginning.
func (q dueQuery) first() dueQuery {
	q.at, q.back = db.DueKey{}, false
	return q
}

// states are those that the list shows: without a state, everybody who is still
// owed a visit this month.
func (q dueQuery) states() []cadence.State {
	switch q.state {
	case "all":
		return nil
	case "":
		return []cadence.State{cadence.Overdue, cadence.Soon, cadence.OnTime}
	}
	return []cadence.State{cadence.State(q.state)}
}

func (h *Handlers) dueList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readDueQuery(r)
	scope := a.Scope(policy.CadenceRead)
	list, err := h.db.DuePage(ctx, scope, db.DueAsk{DueFilter: db.DueFilter{BranchID: q.branch, UserID: q.user},
		Class: q.class, City: q.city, States: q.states(), At: q.at, Back: q.back, Limit: duePage})
	if err != nil {
		return err
	}
	p := views.DueList{Title: lang.T(ctx, "该访客户"), TooMany: list.TooMany, Assumed: list.Assumed, RuleHref: "/rules/cadence", RuleText: lang.T(ctx, "按拜访频次算")}
	if p.Received, _, err = h.db.NewlyReceived(ctx, a); err != nil {
		return err
	}
	if err := h.dueFilterForm(ctx, a, q, list.Cities, &p); err != nil {
		return err
	}
	p.People, err = h.duePeople(ctx, q, list.People)
	if err != nil {
		return err
	}
	p.States = dueCounts(ctx, q, list.Count)
	p.Sub = lang.T(ctx, "%d 位客户", list.Total)
	if err := h.db.DueNames(ctx, scope, list.Rows); err != nil {
		return err
	}
	if p.Rows, err = h.dueLines(ctx, a, list.Rows); err != nil {
		return err
	}
	p.Pager = duePager(ctx, q, list)
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Due(p), active: "/visits/due"})
}

func duePager(ctx context.Context, q dueQuery, list db.DuePage) ui.PagerProps {
	n := len(list.Rows)
	p := ui.PagerProps{Text: lang.T(ctx, "第 %d–%d 位，共 %d 位", min(list.Before+1, list.Before+n), list.Before+n, list.Total)}
	turn := func(at db.DueKey, back bool) string { q := q; q.at, q.back = at, back; return q.href() }
	if list.Before > 0 {
		p.First = q.first().href()
		p.Prev = p.First
		if n > 0 && list.Before > duePage {
			p.Prev = turn(list.Rows[0].Key(), true)
		}
	}
	if n > 0 && list.Before+n < list.Total {
		p.Next = turn(list.Rows[n-1].Key(), false)
	}
	return p
}

// dueCounts are the figures per state; each leads to its list.
func dueCounts(ctx context.Context, q dueQuery, n map[cadence.State]int) []views.DueCount {
	var out []views.DueCount
	for _, state := range dueStates {
		to := q.first()
		to.state = string(state)
		current := q.state == string(state)
		if current {
			to.state = ""
		}
		out = append(out, views.DueCount{State: string(state), Label: views.DueStateWord(ctx, string(state)), Count: strconv.Itoa(n[state]), Href: to.href(), Current: current})
	}
	return out
}

// duePeople are the figures per owner rep, the one with most overdue first.
func (h *Handlers) duePeople(ctx context.Context, q dueQuery, list []db.DuePerson) ([]views.DuePerson, error) {
	count := map[int64]map[cadence.State]int{}
	var ids []int64
	for _, one := range list {
		ids, count[one.OwnerID] = append(ids, one.OwnerID), one.Count
	}
	names, err := h.userNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(x, y int64) int {
		return cmp.Or(cmp.Compare(count[y][cadence.Overdue], count[x][cadence.Overdue]), cmp.Compare(names[x], names[y]), cmp.Compare(x, y))
	})
	var out []views.DuePerson
	for _, id := range ids {
		to := func(state cadence.State) (text, href string) {
			q := q.first()
			q.user, q.state = id, string(state)
			return strconv.Itoa(count[id][state]), q.href()
		}
		person := views.DuePerson{Name: names[id]}
		_, person.Href = to("")
		person.Overdue, person.OverdueHref = to(cadence.Overdue)
		person.Soon, person.SoonHref = to(cadence.Soon)
		person.OnTime, person.OnTimeHref = to(cadence.OnTime)
		person.Met, person.MetHref = to(cadence.Met)
		out = append(out, person)
	}
	return out, nil
}

// userNames is db.UserNames for any number of people.
func (h *Handlers) userNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	for chunk := range slices.Chunk(ids, 500) {
		names, err := h.db.UserNames(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for id, name := range names {
			out[id] = name
		}
	}
	return out, nil
}

func (h *Handlers) dueFilterForm(ctx context.Context, a policy.Actor, q dueQuery, codes []string, p *views.DueList) error {
	users, err := h.visitors(ctx, a.Scope(policy.CadenceRead))
	if err != nil {
		return err
	}
	p.Filter = views.DueFilterForm{State: q.state, User: idText(q.user), Branch: idText(q.branch), Class: q.class, City: q.city,
		Users: users, Branches: h.branchOptions(ctx, a.Scope(policy.CadenceRead))}
	cities := map[string]string{}
	for _, code := range codes {
		if d, ok := place.ByCode(code); ok {
			cities[code] = d.Name
			p.Filter.Cities = append(p.Filter.Cities, ui.Option{Value: code, Label: d.Name})
		}
	}
	chip := func(label, value string, drop func(*dueQuery)) {
		if value != "" {
			q := q.first()
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/visits/due"
	chip(lang.T(ctx, "状态"), stateChip(ctx, q.state), func(q *dueQuery) { q.state = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.branch), func(q *dueQuery) { q.branch = 0 })
	chip(lang.T(ctx, "负责人"), optionLabel(users, idText(q.user)), func(q *dueQuery) { q.user = 0 })
	chip(lang.T(ctx, "分级"), views.ClassWord(ctx, q.class), func(q *dueQuery) { q.class = "" })
	chip(lang.T(ctx, "城市"), cities[q.city], func(q *dueQuery) { q.city = "" })
	return nil
}

func stateChip(ctx context.Context, state string) string {
	if state == "all" {
		return lang.T(ctx, "全部")
	}
	return views.DueStateWord(ctx, state)
}

// optionLabel returns the label of a choice; the value itself when it is none.
func optionLabel(list []ui.Option, value string) string {
	for _, o := range list {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// visitors lists the people of the branches that a scope sees who may log
// visits, for a select.
func (h *Handlers) visitors(ctx context.Context, scope policy.Scope) ([]ui.Option, error) {
	users, err := h.db.Users(ctx, scope, true)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, u := range users {
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.VisitLog) {
			out = append(out, ui.Option{Value: idText(u.ID), Label: u.Name, Group: h.db.BranchName(u.BranchID)})
		}
	}
	return out, nil
}

func (h *Handlers) dueLines(ctx context.Context, a policy.Actor, rows []db.DueRow) ([]views.DueLine, error) {
	var owners []int64
	for _, row := range rows {
		if row.OwnerID != a.UserID {
			owners = append(owners, row.OwnerID)
		}
	}
	names, err := h.userNames(ctx, owners)
	if err != nil {
		return nil, err
	}
	var out []views.DueLine
	for _, row := range rows {
		chain := h.db.Chain(row.BranchID)
		line := views.DueLine{Name: cmp.Or(row.ShortName, row.Name), FullName: row.Name, Class: row.Standing.Class,
			Href: "/customers/" + idText(row.ID), Reason: views.DueReason(ctx, row.Standing), Planned: views.DayWord(ctx, row.NextVisitOn, h.today())}
		line.State, line.Badge = views.DueState(ctx, row.Standing)
		if at, ok := place.Path(row.PlaceCode); ok {
			line.Place = at.City.Name + at.District.Name
		}
		if row.OwnerID != a.UserID {
			line.Owner = names[row.OwnerID]
		}
		if number := row.Phone; h.db.MaskFor(a, row.BranchID, row.OwnerID, row.ClerkID) == mask.Full {
			line.Tel, line.TelText = dialled(number), phone.Display(number)
		} else {
			line.TelText = mask.Phone(phone.Display(number), mask.Masked)
		}
		if a.Scope(policy.VisitLog).Sees(chain, row.OwnerID, row.ClerkID) {
			line.LogHref = "/visits/new?customer=" + idText(row.ID)
			line.PlanHref = line.LogHref + "&kind=planned"
		}
		out = append(out, line)
	}
	return out, nil
}

// dialled is a number as a phone calls it: the extension after a pause.
func dialled(number string) string {
	if parts := strings.Split(number, "-"); len(parts) == 3 && strings.HasPrefix(number, "0") {
		return parts[0] + parts[1] + "," + parts[2]
	}
	return strings.ReplaceAll(number, "-", "")
}
