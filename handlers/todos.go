package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Bounds of the pages of to-dos.
const (
	todosCounted = 1000 // beyond it "more than"
	todosOnCard  = 20
	todoWords    = 200 // of a result or a reason
)

// todoQuery is what the address of a list of to-dos says.
type todoQuery struct {
	db.TodoFilter
	view string // mine, branch or closed
	late bool
}

func (h *Handlers) readTodoQuery(r *http.Request) todoQuery {
	a := actorOf(r)
	q := todoQuery{view: query(r, "view"), late: query(r, "late") == "1"}
	q.UserID, q.BranchID, q.Customer = db.ParseID(query(r, "user")), db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer"))
	if views.TodoKindWord(r.Context(), query(r, "kind")) != "" {
		q.Kind = query(r, "kind")
	}
	switch {
	case q.view == "closed":
		q.Closed, q.late = true, false
	case q.view == "branch" || q.view == "" && (q.UserID != 0 && q.UserID != a.UserID || q.BranchID != 0 || q.Customer != 0):
		q.view = "branch"
	default:
		q.view, q.UserID = "mine", a.UserID
	}
	if q.late {
		q.Late = h.today()
	}
	at, id, _ := strings.Cut(query(r, "at"), "_")
	if q.At.ID = db.ParseID(id); q.At.ID != 0 {
		q.At.Due = at
		q.At.ClosedAt, _ = strconv.ParseInt(at, 10, 64)
	}
	return q
}

func (q todoQuery) href() string {
	v := url.Values{"view": {q.view}}
	for name, value := range map[string]string{"kind": q.Kind, "branch": idText(q.BranchID), "customer": idText(q.Customer)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.UserID != 0 && q.view != "mine" {
		v.Set("user", idText(q.UserID))
	}
	if q.late {
		v.Set("late", "1")
	}
	if q.At.ID != 0 {
		at := q.At.Due
		if q.Closed {
			at = strconv.FormatInt(q.At.ClosedAt, 10)
		}
		v.Set("at", at+"_"+idText(q.At.ID))
	}
	return "/todos?" + v.Encode()
}

// todoList shows what is to be done: one's own, the branch's, what is closed.
func (h *Handlers) todoList(w http.ResponseWriter, r *http.Request) error {
	return h.showTodos(w, r, http.StatusOK, views.TodoBulk{Errors: ui.Errors{}})
}

func (h *Handlers) showTodos(w http.ResponseWriter, r *http.Request, status int, bulk views.TodoBulk) error {
	ctx, a, q := r.Context(), actorOf(r), h.readTodoQuery(r)
	list, more, err := h.db.Todos(ctx, a, q.TodoFilter)
	if err != nil {
		return err
	}
	all := q.TodoFilter
	all.At = db.TodoKey{}
	n, err := h.db.CountTodos(ctx, a, all, todosCounted+1)
	if err != nil {
		return err
	}
	here := q
	here.At = db.TodoKey{}
	p := views.TodoList{View: q.view, Kind: q.Kind, Branch: idText(q.BranchID), Closed: q.Closed, Late: q.late, Whole: q.view != "mine", Back: here.href(), Count: lang.T(ctx, "共 %d 件", n), Bulk: bulk}
	if n > todosCounted {
		p.Count = lang.T(ctx, "超过 %d 件", todosCounted)
	}
	for _, tab := range [][2]string{{"mine", lang.T(ctx, "我的")}, {"branch", lang.T(ctx, "网点的")}, {"closed", lang.T(ctx, "办完的")}} {
		p.Tabs = append(p.Tabs, views.TodoTab{Label: tab[1], Href: "/todos?view=" + tab[0], Active: q.view == tab[0]})
	}
	if q.view != "mine" {
		p.Branches = h.branchOptions(ctx, a.Scope(policy.TodoRead))
	}
	for _, x := range list {
		line := h.todoLine(ctx, a, x)
		if line.CanDo {
			line.Pick, p.Bulk.On = line.ID+"_"+line.Version, true
			line.Picked = slices.Contains(bulk.Picked, line.Pick)
		}
		p.Rows = append(p.Rows, line)
	}
	if !q.Closed && n > 0 && n <= todosCounted {
		if err := h.todoKinds(ctx, a, here, &p); err != nil {
			return err
		}
	}
	if more {
		last, next := list[len(list)-1], q
		next.At = db.TodoKey{Due: last.Due, ClosedAt: last.ClosedAt, ID: last.ID}
		p.Next = next.href()
	}
	return h.renderTodos(w, r, status, a, q, p)
}

// todoKinds are the kinds of what is listed, each with how many; the figure
// opens its list.
func (h *Handlers) todoKinds(ctx context.Context, a policy.Actor, q todoQuery, p *views.TodoList) error {
	counts, err := h.db.TodoKinds(ctx, a, q.TodoFilter)
	if err != nil || len(counts) < 2 && q.Kind == "" {
		return err
	}
	for _, kind := range views.TodoKindOptions(ctx) {
		if n := counts[kind.Value]; n > 0 {
			to := q
			to.Kind = kind.Value
			p.Kinds = append(p.Kinds, views.Tally{Label: kind.Label, N: strconv.Itoa(n), Href: to.href(), Active: q.Kind == kind.Value})
		}
	}
	return nil
}

func (h *Handlers) renderTodos(w http.ResponseWriter, r *http.Request, status int, a policy.Actor, q todoQuery, p views.TodoList) error {
	ctx := r.Context()
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/todos?view="+q.view
	chip := func(label, value string, drop func(*todoQuery)) {
		if value != "" {
			q := q
			q.At = db.TodoKey{}
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	chip(lang.T(ctx, "哪一种"), views.TodoKindWord(ctx, q.Kind), func(q *todoQuery) { q.Kind = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *todoQuery) { q.BranchID = 0 })
	if q.late {
		chip(lang.T(ctx, "到期"), lang.T(ctx, "已过期"), func(q *todoQuery) { q.late, q.Late = false, "" })
	}
	if q.UserID != 0 && q.view != "mine" {
		names, err := h.db.UserNames(ctx, []int64{q.UserID})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁来办"), names[q.UserID], func(q *todoQuery) { q.UserID = 0 })
	}
	if q.Customer != 0 {
		c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), q.Customer)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		chip(lang.T(ctx, "客户"), c.Name, func(q *todoQuery) { q.Customer = 0 })
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "待办"), body: views.Todos(p), active: "/todos"})
}

// todoLine is a to-do in words. The client is a link for whoever may open it.
func (h *Handlers) todoLine(ctx context.Context, a policy.Actor, x db.TodoRow) views.TodoLine {
	args, today := todoArgs(ctx, x.Todo), h.today()
	line := views.TodoLine{ID: idText(x.ID), Href: "/todos/" + idText(x.ID), Version: strconv.FormatInt(x.Version, 10), Title: views.TodoTitle(ctx, x.Kind, args), Why: views.TodoWhy(ctx, x.Kind, args),
		Kind: views.TodoKindWord(ctx, x.Kind), Customer: x.Customer, Who: x.User, Due: views.DayWord(ctx, x.Due, today), Result: x.Result}
	line.CustomerHref = h.clientHref(a, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID)
	if why := x.Args["ended"]; why != "" && line.Result == "" {
		line.Result = views.RadarEndWord(ctx, why)
	}
	if line.Who == "" {
		line.Who = lang.T(ctx, "还没有人办")
	}
	if x.ClosedWhy != "" {
		line.Result = views.SettledWord(ctx, x.ClosedWhy)
	}
	switch {
	case x.State == db.TodoDone:
		line.State, line.StateKind = views.TodoStateWord(ctx, x.State), "ok"
	case x.State == db.TodoDropped:
		line.State = views.TodoStateWord(ctx, x.State)
	case x.Due < today:
		line.DueState = "over"
	}
	line.CanDo = x.State == db.TodoOpen && h.db.MayDo(a, x)
	if id := x.OfCase(); id != "" && a.Can(policy.CaseRead) {
		line.Href = "/cases/" + id
	}
	if id := x.OfMeasure(); id != "" && a.Can(policy.MeasureRead) {
		line.Href = "/measures/" + id
	}
	if x.Kind == db.TodoNotice || x.Kind == db.TodoInquiry {
		id, _, _ := strings.Cut(x.Key, "/")
		line.Href = "/notices/" + id
	}
	if x.Kind == db.TodoFormAnswered && a.Can(policy.FormRead) {
		line.Href = "/forms/" + x.Key
	}
	if alert := x.RadarOf(); alert != 0 {
		line.CanPass, line.CanDo = line.CanDo, false
		if h.mayAnswer(a, x) {
			line.Answer = "/radar/" + idText(alert)
		}
	} else {
		line.CanPass = line.CanDo
	}
	return line
}

// mayAnswer says whether the actor may open the alert of a to-do of the radar.
func (h *Handlers) mayAnswer(a policy.Actor, x db.TodoRow) bool {
	right := policy.RadarEdit
	if x.State != db.TodoOpen {
		right = policy.RadarRead
	}
	for _, p := range x.Needs()[1:] {
		if p == policy.RadarEdit {
			p = right
		}
		if !h.db.SeesClient(a.Scope(p), x.BranchID, x.OwnerID, x.ClerkID) && (x.UserID != a.UserID || !a.Can(p)) {
			return false
		}
	}
	return true
}

// todosOf is the card of what waits to be done about one client or parcel.
func (h *Handlers) todosOf(ctx context.Context, a policy.Actor, f db.TodoFilter) (views.TodoCard, error) {
	var p views.TodoCard
	if !a.Can(policy.TodoRead) {
		return p, nil
	}
	f.Limit = todosOnCard
	list, more, err := h.db.Todos(ctx, a, f)
	if err != nil {
		return p, err
	}
	for _, x := range list {
		line := h.todoLine(ctx, a, x)
		line.Customer, line.CustomerHref = "", ""
		p.Rows = append(p.Rows, line)
	}
	if more && f.Customer != 0 {
		p.More = "/todos?view=branch&customer=" + idText(f.Customer)
	}
	return p, nil
}

// todoCounted is how many to-dos, or greetings, wait for one person, kept for a
// while so that the badge costs no statement on each page.
type todoCounted struct {
	at time.Time
	n  int
}

const (
	todoFresh = 20 * time.Second
	todoMost  = 99 // a badge says no more
)

// todoCount is how many open to-dos are the actor's, "" for none.
func (h *Handlers) todoCount(ctx context.Context, a policy.Actor) string {
	return h.counted(ctx, &h.todoCounts, a, "count the to-dos", func() (int, error) { return h.db.CountTodos(ctx, a, db.TodoFilter{UserID: a.UserID}, todoMost+1) })
}

// counted is the number beside a name in the navigation, "" for none, as it was
// counted for the actor a short while ago. what names it in the log.
func (h *Handlers) counted(ctx context.Context, kept *sync.Map, a policy.Actor, what string, count func() (int, error)) string {
	now := h.db.Now()
	was, _ := kept.Load(a.UserID)
	k, ok := was.(todoCounted)
	if !ok || now.Sub(k.at) > todoFresh || now.Before(k.at) {
		n, err := count()
		if err != nil {
			h.log.Error(what, "request", requestID(ctx), "err", err)
			return ""
		}
		k = todoCounted{now, n}
		kept.Store(a.UserID, k)
	}
	switch {
	case k.n == 0:
		return ""
	case k.n > todoMost:
		return strconv.Itoa(todoMost) + "+"
	}
	return strconv.Itoa(k.n)
}
