package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/today"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Bounds of the page of the day.
const (
	todayRows  = 24 // what is to be done first; the lists have the rest
	todayDue   = 6  // clients who are owed a visit
	todayLoads = 10 // people, or branches
	todayBack  = 14 // days for which a visit that was not made stays here
	todayFresh = time.Minute
)

// todayAsk is whose day a page shows.
type todayAsk struct {
	actor policy.Actor
	whole bool // everybody's within reach; else one's own
	now   int64
	end   int64 // the last instant of today
	day   string
}

// user is whose work is listed, 0 for everybody's.
func (q todayAsk) user() int64 {
	if q.whole {
		return 0
	}
	return q.actor.UserID
}

// todayThing is a line of the page and its place in the day.
type todayThing struct {
	today.Item
	line views.TodayLine
}

// todayFor says whether somebody has a day here: work that comes to them.
func todayFor(a policy.Actor) bool {
	return slices.ContainsFunc([]policy.Permission{policy.CaseEdit, policy.TodoEdit, policy.GreetingDo, policy.VisitLog}, a.Can)
}

// todayWhole says whether somebody answers for the work of others, too.
func todayWhole(a policy.Actor) bool {
	return a.Scope(policy.CaseAssign).Wide() || a.Scope(policy.CustomerClass).Wide()
}

// todayShow is the page with which a day begins (R8, R122): what is to be done
// first, by whom, and how things stand. What is done disappears from it.
func (h *Handlers) todayShow(w http.ResponseWriter, r *http.Request) error {
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	q := todayAsk{actor: a, now: now.UnixMilli(), end: startOfDay(h.todayDay().Add(1)) - 1, day: h.today()}
	leads := todayWhole(a)
	q.whole = leads && query(r, "view") != "mine"
	p := views.TodayPage{Day: views.DayWord(ctx, h.today(), h.today()).Full, Mine: !q.whole, Leads: leads, Back: "/today"}
	if leads && !q.whole {
		p.Back = "/today?view=mine"
	}
	things, err := h.todayThings(ctx, q)
	if err != nil {
		return err
	}
	p.Count, p.More = len(things), len(things) > todayRows
	late := true
	for i, x := range things[:min(len(things), todayRows)] {
		if is := x.Late(q.now); i == 0 || is != late {
			late = is
			if x.line.Group = lang.T(ctx, "今天要办的"); late {
				x.line.Group = lang.T(ctx, "已经过了时限")
			}
		}
		p.Rows = append(p.Rows, x.line)
	}
	side, err := h.todaySide(ctx, q)
	if err != nil {
		return err
	}
	p.Figures, p.Loads, p.LoadsOf, p.Due = side.figures, side.loads, side.loadsOf, side.due
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "今日"), body: views.Today(p), active: "/today"})
}

// todayThings are the things to do until tonight, in their order.
func (h *Handlers) todayThings(ctx context.Context, q todayAsk) ([]todayThing, error) {
	var all []todayThing
	for _, of := range []func(context.Context, todayAsk) ([]todayThing, error){h.todayCases, h.todayPlanned, h.todayTodos, h.todayGreetings} {
		list, err := of(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	here := map[string]bool{}
	for _, x := range all {
		if x.Kind == today.Case {
			here[x.line.Href] = true
		}
	}
	all = slices.DeleteFunc(all, func(x todayThing) bool { return x.Kind == today.Todo && here[x.line.Href] }) // told once
	slices.SortFunc(all, func(x, y todayThing) int { return today.Compare(x.Item, y.Item, q.now) })
	return all, nil
}

func (h *Handlers) todayCases(ctx context.Context, q todayAsk) (out []todayThing, err error) {
	if !q.actor.Can(policy.CaseRead) {
		return nil, nil
	}
	list, err := h.db.Cases(ctx, q.actor, db.CaseFilter{UserID: q.user(), DueBefore: q.end + 1, Limit: todayRows + 1, Brief: true})
	for _, x := range list.Rows {
		line := h.caseLine(ctx, q.actor, caseQuery{CaseFilter: db.CaseFilter{Show: db.CasesOpen}}, x)
		t := views.TodayLine{Kind: lang.T(ctx, "工单"), Icon: "message-exclamation", Href: line.Href, Title: line.Cause, Class: x.Class, Customer: line.Customer, Text: line.Said,
			State: line.State, Badge: line.Badge, Who: cmp.Or(x.User, lang.T(ctx, "还没有人办")), Act: line.Href, ActText: lang.T(ctx, "去办")}
		t.CustomerHref = h.clientHref(q.actor, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID)
		out = append(out, todayThing{today.Item{Kind: today.Case, ID: x.ID, Class: x.Class, Until: x.Due}, t})
	}
	return out, err
}

func (h *Handlers) todayTodos(ctx context.Context, q todayAsk) (out []todayThing, err error) {
	if !q.actor.Can(policy.TodoRead) {
		return nil, nil
	}
	list, _, err := h.db.Todos(ctx, q.actor, db.TodoFilter{UserID: q.user(), Late: h.todayDay().Add(1).String(), Limit: todayRows + 1})
	for _, x := range list {
		line := h.todoLine(ctx, q.actor, x)
		t := views.TodayLine{Kind: lang.T(ctx, "待办"), Icon: "checklist", Href: line.Href, Title: line.Title, Customer: line.Customer, CustomerHref: line.CustomerHref, Text: line.Why, Who: line.Who,
			ID: line.ID, Version: line.Version, TodoDo: line.CanDo}
		if line.Answer != "" {
			t.Act, t.ActText = line.Answer, lang.T(ctx, "写原因和办法")
		} else if x.OfCase() != "" || x.Kind == db.TodoMeasureReview && line.Href != "" {
			t.TodoDo, t.Act, t.ActText = false, line.Href, lang.T(ctx, "去办")
		}
		out = append(out, h.byDay(ctx, q, today.Item{Kind: today.Todo, ID: x.ID}, x.Due, t))
	}
	return out, err
}

func (h *Handlers) todayGreetings(ctx context.Context, q todayAsk) (out []todayThing, err error) {
	if !q.actor.Can(policy.GreetingRead) {
		return nil, nil
	}
	list, _, err := h.db.Greetings(ctx, q.actor, db.GreetingFilter{UserID: q.user(), Late: h.todayDay().Add(1).String(), Limit: todayRows + 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, _, err := h.ownNames(ctx)
	for _, x := range list {
		line := h.greetingLine(ctx, q.actor, x, names)
		t := views.TodayLine{Kind: lang.T(ctx, "慰问"), Icon: "gift", Href: line.Href, Title: line.Occasion + " " + line.Contact, Class: line.Class, Customer: line.Customer, CustomerHref: line.CustomerHref,
			Text: line.Means, Who: line.Who, ID: line.ID, Version: line.Version, GreetDo: line.CanDo && !line.Waits, By: line.By}
		if line.Waits {
			t.Act, t.ActText = line.Href, lang.T(ctx, "看发送")
		}
		out = append(out, h.byDay(ctx, q, today.Item{Kind: today.Greeting, ID: x.ID, Class: line.Class}, x.Due, t))
	}
	return out, err
}

// todayPlanned are the visits that were planned until today and not made.
func (h *Handlers) todayPlanned(ctx context.Context, q todayAsk) (out []todayThing, err error) {
	if !q.actor.Can(policy.VisitRead) {
		return nil, nil
	}
	list, err := h.db.Visits(ctx, q.actor.Scope(policy.VisitRead), db.VisitFilter{UserID: q.user(), State: "planned", From: h.todayDay().Add(-todayBack).String(), To: q.day, Oldest: true, Limit: todayRows + 1})
	for _, x := range list.Rows {
		t := views.TodayLine{Kind: lang.T(ctx, "拜访"), Icon: "map-pin", Href: "/visits/" + idText(x.ID), Title: lang.T(ctx, "约好的拜访"), Class: x.Class, Customer: cmp.Or(x.CustomerShort, x.Customer),
			CustomerHref: h.clientHref(q.actor, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID), Text: mask.Text(x.Purpose, h.db.MaskFor(q.actor, x.BranchID, x.OwnerID, x.ClerkID)), Who: x.User}
		if x.UserID == q.actor.UserID && q.actor.Can(policy.VisitLog) {
			t.Act, t.ActText = "/visits/new?customer="+idText(x.CustomerID), lang.T(ctx, "记拜访")
		}
		out = append(out, h.byDay(ctx, q, today.Item{Kind: today.Visit, ID: x.ID, Class: x.Class}, x.Day, t))
	}
	return out, err
}

// byDay is a thing that is due on a day.
func (h *Handlers) byDay(ctx context.Context, q todayAsk, item today.Item, due string, line views.TodayLine) todayThing {
	item.Until = q.end
	if line.State, line.Badge = "soon", lang.T(ctx, "今天"); due < q.day {
		if d, err := day.Parse(due); err == nil {
			item.Until = startOfDay(d.Add(1)) - 1
		}
		line.State, line.Badge = "over", views.DayWord(ctx, due, q.day).Text
	}
	return todayThing{item, line}
}

// todayVisits are the clients who are owed a visit, the most urgent first: for
// who makes the visits.
func (h *Handlers) todayVisits(ctx context.Context, q todayAsk) ([]views.DueLine, error) {
	if q.whole || !q.actor.Can(policy.CadenceRead) || !q.actor.Can(policy.VisitLog) {
		return nil, nil
	}
	list, err := h.db.DuePage(ctx, q.actor.Scope(policy.CadenceRead), db.DueAsk{DueFilter: db.DueFilter{UserID: q.actor.UserID}, States: []cadence.State{cadence.Overdue, cadence.Soon}, Limit: todayDue})
	if err != nil || len(list.Rows) == 0 {
		return nil, err
	}
	if err := h.db.DueNames(ctx, q.actor.Scope(policy.CadenceRead), list.Rows); err != nil {
		return nil, err
	}
	return h.dueLines(ctx, q.actor, list.Rows)
}

// todaySides are the figures of a page, kept for a moment for who sees as much:
// whatever a person writes forgets theirs.
type todaySides struct {
	at      time.Time
	reach   string
	figures []ui.StatProps
	loads   []views.TodayLoad
	loadsOf string
	due     []views.DueLine
}

type todayKey struct {
	user  int64
	whole bool
	lang  string
}

// forgetToday forgets the figures of one person, who has written something.
func (h *Handlers) forgetToday(user int64) {
	for _, tag := range []string{lang.Chinese, lang.English} {
		h.todayKept.Delete(todayKey{user, false, tag})
		h.todayKept.Delete(todayKey{user, true, tag})
	}
}

// todaySide is how things stand, as it was worked out within the last minute.
func (h *Handlers) todaySide(ctx context.Context, q todayAsk) (todaySides, error) {
	key, now, reach := todayKey{q.actor.UserID, q.whole, lang.Tag(ctx)}, h.db.Now(), ""
	for _, p := range []policy.Permission{policy.CaseRead, policy.TodoRead, policy.GreetingRead, policy.WaybillRead, policy.ClaimRead, policy.ClaimApprove, policy.CustomerClass, policy.MeasureRead, policy.CadenceRead} {
		reach += fmt.Sprintln(q.actor.Scope(p))
	}
	if was, ok := h.todayKept.Load(key); ok {
		if s := was.(todaySides); s.reach == reach && !now.Before(s.at) && now.Sub(s.at) < todayFresh {
			return s, nil
		}
	}
	s := todaySides{at: now, reach: reach}
	var err error
	if s.figures, err = h.todayFigures(ctx, q); err != nil {
		return s, err
	}
	if q.whole {
		if s.loads, s.loadsOf, err = h.todayLoads(ctx, q); err != nil {
			return s, err
		}
	}
	if s.due, err = h.todayVisits(ctx, q); err != nil {
		return s, err
	}
	h.todayKept.Store(key, s)
	return s, nil
}

// todayFigures are the figures on top; each opens the list that it counts.
func (h *Handlers) todayFigures(ctx context.Context, q todayAsk) (out []ui.StatProps, err error) {
	a := q.actor
	add := func(may, late bool, icon, label, href string, count func() (int, error)) {
		if err != nil || !may {
			return
		}
		var n int
		if n, err = count(); err != nil {
			return
		}
		f := ui.StatProps{Icon: icon, Label: label, Value: upTo(n, todayMost), Href: href}
		if late && n > 0 {
			f.Kind = "over"
		}
		out = append(out, f)
	}
	who, view := "", "branch"
	if !q.whole {
		who, view = "&who=mine", "mine"
	}
	add(a.Can(policy.CaseRead), true, "alert-octagon", lang.T(ctx, "工单超时"), "/cases?due=late"+who, func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{UserID: q.user(), DueBefore: q.now}, todayMost+1)
	})
	add(q.whole && a.Can(policy.CaseRead), true, "user-off", lang.T(ctx, "工单没人办"), "/cases?who=nobody", func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{Unassigned: true}, todayMost+1)
	})
	add(a.Can(policy.TodoRead), true, "checklist", lang.T(ctx, "待办过期"), "/todos?late=1&view="+view, func() (int, error) {
		return h.db.CountTodos(ctx, a, db.TodoFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	mine := ""
	if !q.whole {
		mine = "&who=mine"
	}
	add(a.Can(policy.MeasureRead), true, "clipboard-text", lang.T(ctx, "改进措施过期"), "/measures?show=late"+mine, func() (int, error) {
		return h.db.CountMeasures(ctx, a, db.MeasureFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	add(a.Can(policy.GreetingRead), true, "gift", lang.T(ctx, "慰问过期"), "/greetings?late=1&view="+view, func() (int, error) {
		return h.db.CountGreetings(ctx, a, db.GreetingFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	add(q.whole && a.Can(policy.FormAnswer), false, "clipboard-text", lang.T(ctx, "反馈表等答复"), "/forms?view="+formsWaiting, func() (int, error) {
		return h.db.CountForms(ctx, a, db.FormFilter{Waits: true}, todayMost+1)
	})
	if err == nil && a.Can(policy.FormRead) {
		var f ui.StatProps
		if f, err = h.todayForms(ctx, q); f.Value != "" {
			out = append(out, f)
		}
	}
	add(q.whole && a.Can(policy.CustomerClass), false, "list-check", lang.T(ctx, "分级等你批"), "/classes/changes", func() (n int, err error) {
		moves, err := h.db.ClassMoves(ctx, a.Scope(policy.CustomerClass), 0)
		for _, m := range moves {
			n += m.N
		}
		return n, err
	})
	add(q.whole && a.Can(policy.ClaimApprove), false, "cash", lang.T(ctx, "理赔等批准"), "/claims?state="+casework.ClaimProposed, func() (int, error) {
		sums, err := h.db.SumClaims(ctx, a.Scope(policy.ClaimRead), db.ClaimFilter{State: casework.ClaimProposed})
		return sums.Count, err
	})
	add(a.Can(policy.WaybillRead), false, "package", lang.T(ctx, "异常件"), "/waybills?flagged=1", func() (int, error) {
		return h.db.CountWaybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{Flagged: true}, todayMost+1)
	})
	if err == nil && q.whole && a.Can(policy.WaybillRead) {
		var f ui.StatProps
		if f, err = h.todayShipped(ctx, a); f.Value != "" {
			out = append(out, f)
		}
	}
	return out, err
}

// upTo is a number that was counted no further than most and one.
func upTo(n, most int) string {
	if n > most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(n)
}

// todayMost is how far the figures count.
const todayMost = 999

// todayShipped is how many parcels were sent yesterday, beside the same weekday
// a week before; nothing until there are any of either.
func (h *Handlers) todayShipped(ctx context.Context, a policy.Actor) (ui.StatProps, error) {
	yesterday := h.todayDay().Add(-1)
	before := yesterday.Add(-7)
	n, err := h.db.ShippedOn(ctx, a.Scope(policy.WaybillRead), yesterday.String(), before.String())
	now, then := n[yesterday.String()], n[before.String()]
	if err != nil || now == 0 {
		return ui.StatProps{}, err
	}
	f := ui.StatProps{Icon: "chart-bar", Label: lang.T(ctx, "昨日运单"), Value: views.Thousands(now), Href: "/waybills?from=" + yesterday.String() + "&to=" + yesterday.String()}
	switch {
	case then == 0:
	case now < then:
		f.Unit = lang.T(ctx, "比上周这天少 %d%%", (then-now)*100/then)
	case now > then:
		f.Unit = lang.T(ctx, "比上周这天多 %d%%", (now-then)*100/then)
	default:
		f.Unit = lang.T(ctx, "和上周这天一样")
	}
	return f, nil
}

// todayLoads are the people of a branch, or the branches of who answers for
// several, the one with most overdue work first.
func (h *Handlers) todayLoads(ctx context.Context, q todayAsk) (out []views.TodayLoad, of string, err error) {
	a, per := q.actor, db.LoadByPerson
	of = lang.T(ctx, "各人手上的活")
	leaf := map[int64]bool{} // branches with none below: their lists are theirs alone
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CaseRead)) {
		leaf[b.ID] = b.Level == db.LevelBranch
	}
	if len(h.openBranches(ctx, a.Scope(policy.CaseRead))) > 1 {
		per, of = db.LoadByBranch, lang.T(ctx, "各网点")
	}
	list, err := h.db.Loads(ctx, a, per)
	if err != nil {
		return nil, "", err
	}
	list = list[:min(len(list), todayLoads)]
	var ids []int64
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	names := map[int64]string{}
	if per == db.LoadByPerson {
		if names, err = h.userNames(ctx, ids); err != nil {
			return nil, "", err
		}
	}
	for _, l := range list {
		line := views.TodayLoad{Name: h.db.BranchName(l.ID), Cases: strconv.Itoa(l.Cases), LateCases: strconv.Itoa(l.LateCases), Todos: strconv.Itoa(l.Todos), LateTodos: strconv.Itoa(l.LateTodos)}
		who, user := "branch="+idText(l.ID), "branch="+idText(l.ID)
		if per == db.LoadByPerson {
			line.Name, who, user = cmp.Or(names[l.ID], lang.T(ctx, "还没有人办")), "who="+idText(l.ID), "user="+idText(l.ID)
			if l.ID == 0 {
				who, user = "who=nobody", ""
			}
		}
		alone := per == db.LoadByPerson || leaf[l.ID]
		if alone {
			line.CasesHref, line.LateCasesHref = "/cases?"+who, "/cases?due=late&"+who
		}
		if alone && user != "" {
			line.TodosHref, line.LateTodosHref = "/todos?view=branch&"+user, "/todos?view=branch&late=1&"+user
		}
		out = append(out, line)
	}
	return out, of, nil
}
