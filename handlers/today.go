package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/today"
	"yike/views"
	"yike/views/lang"
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
	return h.showToday(w, r, nil)
}

// backTo ends an act at the page on which it was done: it is drawn anew in
// its place where the script asked, with what is said of the act.
func (h *Handlers) backTo(w http.ResponseWriter, r *http.Request, back string) error {
	to, err := url.Parse(back)
	if err != nil || to.Path != "/today" || !wantsPartial(r) {
		h.redirect(w, r, back)
		return nil
	}
	h.forgetToday(actorOf(r).UserID)
	again := r.Clone(r.Context())
	again.Method, again.URL = http.MethodGet, to
	return h.showToday(w, again, h.popFlash(r))
}

func (h *Handlers) showToday(w http.ResponseWriter, r *http.Request, said []views.Flash) error {
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	q := todayAsk{actor: a, now: now.UnixMilli(), end: startOfDay(h.todayDay().Add(1)) - 1, day: h.today()}
	leads := todayWhole(a)
	q.whole = leads && query(r, "view") != "mine"
	p := views.TodayPage{Day: views.DayWord(ctx, h.today(), h.today()).Full, Mine: !q.whole, Leads: leads, Back: "/today", Said: said}
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
	if p.First, err = h.firstSteps(ctx, a); err != nil {
		return err
	}
	for _, f := range side.figures {
		if f.Href == nobodysCases && f.Kind == "over" {
			p.Unassigned = f.Value
		}
	}
	p.Figures, p.Loads, p.LoadsOf, p.Due, p.Before = side.figures, side.loads, side.loadsOf, side.due, side.before
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "今日"), body: views.Today(p), partial: views.TodayWork(p), active: "/today"})
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
	// Those of tomorrow too: who is not greeted by then is asked for the day before.
	list, _, err := h.db.Greetings(ctx, q.actor, db.GreetingFilter{UserID: q.user(), Late: h.todayDay().Add(2).String(), Limit: todayRows + 1})
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
	if err != nil {
		return nil, err
	}
	promised, err := h.db.Promised(ctx, q.actor.Scope(policy.VisitRead), list.Rows)
	for _, x := range list.Rows {
		t := views.TodayLine{Kind: lang.T(ctx, "拜访"), Icon: "map-pin", Href: "/visits/" + idText(x.ID), Title: lang.T(ctx, "约好的拜访"), Class: x.Class, Customer: cmp.Or(x.CustomerShort, x.Customer),
			CustomerHref: h.clientHref(q.actor, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID), Text: mask.Text(x.Purpose, h.db.MaskFor(q.actor, x.BranchID, x.OwnerID, x.ClerkID)), Who: x.User}
		if x.UserID == q.actor.UserID && q.actor.Can(policy.VisitLog) {
			t.Act, t.ActText = "/visits/new?customer="+idText(x.CustomerID)+"&plan="+idText(x.ID), lang.T(ctx, "记拜访")
		}
		if was, ok := promised[x.ID]; ok {
			t.Title, t.Promised = lang.T(ctx, "答应客户的事"), lang.T(ctx, "%s拜访时答应的", views.DayWord(ctx, was.Day, q.day).Text)
			if step := mask.Text(was.Step, h.db.MaskFor(q.actor, x.BranchID, x.OwnerID, x.ClerkID)); step != t.Text {
				t.Text = strings.Trim(step+" "+t.Text, " ")
			}
			t.ID, t.Version, t.KeepDo = idText(x.ID), versionText(x.Version), t.Act != ""
		}
		out = append(out, h.byDay(ctx, q, today.Item{Kind: today.Visit, ID: x.ID, Class: x.Class}, x.Day, t))
	}
	return out, err
}

// byDay is a thing that is due on a day.
func (h *Handlers) byDay(ctx context.Context, q todayAsk, item today.Item, due string, line views.TodayLine) todayThing {
	item.Until = q.end
	if line.State, line.Badge = "soon", lang.T(ctx, "今天"); due != q.day {
		if d, err := day.Parse(due); err == nil {
			item.Until = startOfDay(d.Add(1)) - 1
		}
		line.Badge = views.DayWord(ctx, due, q.day).Text
		if due < q.day {
			line.State = "over"
		}
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
