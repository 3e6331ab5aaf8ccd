package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
	p := views.TodoList{View: q.view, Kind: q.Kind, Branch: idText(q.BranchID), Closed: q.Closed, Late: q.late, Whole: q.view != "mine", Back: here.href(), Count: lang.T(ctx, "共 %d 件", n)}
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
		p.Rows = append(p.Rows, h.todoLine(ctx, a, x))
	}
	if more {
		last, next := list[len(list)-1], q
		next.At = db.TodoKey{Due: last.Due, ClosedAt: last.ClosedAt, ID: last.ID}
		p.Next = next.href()
	}
	return h.renderTodos(w, r, a, q, p)
}

func (h *Handlers) renderTodos(w http.ResponseWriter, r *http.Request, a policy.Actor, q todoQuery, p views.TodoList) error {
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
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "待办"), body: views.Todos(p), active: "/todos"})
}

// todoLine is a to-do in words. The client is a link for whoever may open it.
func (h *Handlers) todoLine(ctx context.Context, a policy.Actor, x db.TodoRow) views.TodoLine {
	args, today := todoArgs(ctx, x.Todo), h.today()
	line := views.TodoLine{ID: idText(x.ID), Href: "/todos/" + idText(x.ID), Version: strconv.FormatInt(x.Version, 10), Title: views.TodoTitle(ctx, x.Kind, args), Why: views.TodoWhy(ctx, x.Kind, args),
		Kind: views.TodoKindWord(ctx, x.Kind), Customer: x.Customer, Who: x.User, Due: views.DayWord(ctx, x.Due, today), Result: x.Result}
	if x.CustomerID != 0 && h.db.SeesClient(a.Scope(policy.CustomerRead), x.BranchID, x.OwnerID, x.ClerkID) {
		line.CustomerHref = "/customers/" + idText(x.CustomerID)
	}
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
	return line
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

// todoShow is the page of one to-do.
func (h *Handlers) todoShow(w http.ResponseWriter, r *http.Request) error {
	x, err := h.todoIn(r, policy.TodoRead)
	if err != nil {
		return err
	}
	return h.showTodo(w, r, http.StatusOK, x, views.TodoPage{Errors: ui.Errors{}})
}

func (h *Handlers) todoIn(r *http.Request, right policy.Permission) (db.TodoRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.TodoRow{}, err
	}
	return h.db.Todo(r.Context(), actorOf(r), right, id)
}

func (h *Handlers) showTodo(w http.ResponseWriter, r *http.Request, status int, x db.TodoRow, p views.TodoPage) error {
	ctx, a := r.Context(), actorOf(r)
	p.TodoLine = h.todoLine(ctx, a, x)
	p.Branch = h.db.BranchName(x.BranchID)
	p.Created = views.TimeWord(ctx, time.UnixMilli(x.CreatedAt), h.db.Now()).Full
	if x.State != db.TodoOpen {
		p.ClosedBy = lang.T(ctx, "%s，%s", cmp.Or(x.Closer, lang.T(ctx, "系统")), views.TimeWord(ctx, time.UnixMilli(x.ClosedAt), h.db.Now()).Full)
	}
	if x.WaybillID != 0 {
		if _, err := h.db.Waybill(ctx, a.Scope(policy.WaybillRead), x.WaybillID); err == nil {
			p.ParcelHref = "/waybills/" + idText(x.WaybillID)
		} else if !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	if p.CanDo {
		takers, err := h.db.TodoTakers(ctx, x.BranchID)
		if err != nil {
			return err
		}
		for _, u := range takers {
			if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.TodoEdit) {
				p.Takers = append(p.Takers, ui.Option{Value: idText(u.ID), Label: u.Name, Group: h.db.BranchName(u.BranchID)})
			}
		}
		if p.To == "" {
			p.To = idText(x.UserID)
		}
	}
	return h.render(w, r, status, page{title: p.Title, body: views.Todo(p), active: "/todos"})
}

// todoClosed answers the form that does or drops a to-do: a sentence is asked
// for, and who comes too late is told.
func (h *Handlers) todoClosed(w http.ResponseWriter, r *http.Request, name, fault, said string, act func(context.Context, policy.Actor, int64, int64, string) error) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.todoIn(r, policy.TodoEdit)
	if err != nil {
		return err
	}
	ctx, text := r.Context(), field(r, name)
	back := todoBack(field(r, "back"))
	if n := utf8.RuneCountInString(text); n == 0 || n > todoWords {
		p := views.TodoPage{Errors: ui.Errors{}}
		if n > 0 {
			fault = lang.T(ctx, "最多 %d 个字", todoWords)
		}
		p.Errors.Add(name, fault)
		if p.Typed = text; name == "reason" {
			p.Typed, p.Reason = "", text
		}
		return h.showTodo(w, r, http.StatusUnprocessableEntity, x, p)
	}
	version, _ := formInt(r, "version")
	err = act(ctx, actorOf(r), x.ID, version, text)
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
		back = "/todos/" + idText(x.ID)
	case err != nil:
		return err
	default:
		h.todoCounts.Delete(actorOf(r).UserID)
		h.flash(r, views.Flash{Kind: "ok", Text: said, UndoURL: "/todos/" + idText(x.ID) + "/reopen"})
	}
	h.redirect(w, r, back)
	return nil
}

// todoBack is where a form of a to-do leads: the page on which it stood.
func todoBack(to string) string {
	u, err := url.Parse(to)
	if err == nil && u.Host == "" && u.Scheme == "" && !strings.ContainsAny(to, "\\\n") {
		for _, area := range []string{"/todos", "/customers/", "/waybills/"} {
			if strings.HasPrefix(to, area) {
				return to
			}
		}
	}
	return "/todos"
}

// todoDo closes a to-do with what came of it.
func (h *Handlers) todoDo(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return h.todoClosed(w, r, "result", lang.T(ctx, "写一句结果，例如：已告诉客户"), lang.T(ctx, "办完了"), h.db.DoTodo)
}

// todoDrop closes a to-do undone, with the reason.
func (h *Handlers) todoDrop(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return h.todoClosed(w, r, "reason", lang.T(ctx, "写一句为什么不办"), lang.T(ctx, "记下了，这件不办"), h.db.DropTodo)
}

// todoReopen takes back that a to-do was closed.
func (h *Handlers) todoReopen(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := h.db.ReopenTodo(r.Context(), actorOf(r), id); err != nil && !errors.Is(err, db.ErrConflict) {
		return err
	}
	h.todoCounts.Delete(actorOf(r).UserID)
	h.redirect(w, r, "/todos/"+idText(id))
	return nil
}

// todoPass gives a to-do to a colleague.
func (h *Handlers) todoPass(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.todoIn(r, policy.TodoEdit)
	if err != nil {
		return err
	}
	ctx, to := r.Context(), db.ParseID(field(r, "to"))
	version, _ := formInt(r, "version")
	err = h.db.PassTodo(ctx, actorOf(r), x.ID, version, to)
	switch {
	case errors.Is(err, db.ErrRefused):
		p := views.TodoPage{Errors: ui.Errors{}, To: field(r, "to")}
		p.Errors.Add("to", lang.T(ctx, "这个人接不了，请重选"))
		return h.showTodo(w, r, http.StatusUnprocessableEntity, x, p)
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
		h.redirect(w, r, "/todos/"+idText(x.ID))
		return nil
	case err != nil:
		return err
	}
	h.todoCounts.Clear()
	// Who has given away what they do not see otherwise cannot take it back.
	undo := ""
	if _, err := h.db.Todo(ctx, actorOf(r), policy.TodoEdit, x.ID); err == nil && to != x.UserID {
		undo = "/todos/" + idText(x.ID) + "/back?user=" + idText(x.UserID) + "&version=" + strconv.FormatInt(x.Version+1, 10)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "转过去了"), UndoURL: undo})
	h.redirect(w, r, "/todos")
	return nil
}

// todoPassBack takes back that a to-do was given to somebody.
func (h *Handlers) todoPassBack(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(query(r, "version"), 10, 64)
	if err := h.db.PassTodo(r.Context(), actorOf(r), id, version, db.ParseID(query(r, "user"))); err != nil {
		return err
	}
	h.todoCounts.Clear()
	h.redirect(w, r, "/todos/"+idText(id))
	return nil
}

// todoCounted is how many to-dos wait for one person, kept for a while so that
// the badge costs no statement on each page.
type todoCounted struct {
	at time.Time
	n  int
}

const (
	todoFresh = 20 * time.Second
	todoMost  = 99 // a badge says no more
)

// todoCount is how many open to-dos are the actor's, "" for none; over says
// that one of them is late.
func (h *Handlers) todoCount(ctx context.Context, a policy.Actor) string {
	now := h.db.Now()
	kept, _ := h.todoCounts.Load(a.UserID)
	k, ok := kept.(todoCounted)
	if !ok || now.Sub(k.at) > todoFresh || now.Before(k.at) {
		n, err := h.db.CountTodos(ctx, a, db.TodoFilter{UserID: a.UserID}, todoMost+1)
		if err != nil {
			h.log.Error("count the to-dos", "request", requestID(ctx), "err", err)
			return ""
		}
		k = todoCounted{now, n}
		h.todoCounts.Store(a.UserID, k)
	}
	switch {
	case k.n == 0:
		return ""
	case k.n > todoMost:
		return strconv.Itoa(todoMost) + "+"
	}
	return strconv.Itoa(k.n)
}
