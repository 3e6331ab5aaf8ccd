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
	if p.CanPass {
		takers, err := h.db.TodoTakers(ctx, x.BranchID)
		if err != nil {
			return err
		}
		for _, u := range takers {
			if x.CanTake(accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants)) {
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
	if x.RadarOf() != 0 {
		return h.todoByAlert(w, r, x)
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
		h.flash(r, views.Flash{Kind: "ok", Text: said, UndoURL: "/todos/" + idText(x.ID) + "/reopen" + undoneAt(back)})
	}
	return h.backTo(w, r, back)
}

// todoByAlert leads to the alert whose answer closes a to-do, for whom has an
// old page before them.
func (h *Handlers) todoByAlert(w http.ResponseWriter, r *http.Request, x db.TodoRow) error {
	to := "/todos/" + idText(x.ID)
	if h.mayAnswer(actorOf(r), x) {
		to = "/radar/" + idText(x.RadarOf())
	}
	h.flash(r, views.Flash{Kind: "soon", Text: lang.T(r.Context(), "这件事在件量雷达里写：写下原因和办法，待办跟着走")})
	h.redirect(w, r, to)
	return nil
}

// todoBack is where a form of a to-do leads: the page on which it stood.
func todoBack(to string) string {
	u, err := url.Parse(to)
	if err == nil && u.Host == "" && u.Scheme == "" && !strings.ContainsAny(to, "\\\n") {
		for _, area := range []string{"/todos", "/today", "/customers/", "/waybills/"} {
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
	x, err := h.todoIn(r, policy.TodoEdit)
	if err != nil {
		return err
	}
	if x.RadarOf() != 0 {
		return h.todoByAlert(w, r, x)
	}
	if err := h.db.ReopenTodo(r.Context(), actorOf(r), x.ID); err != nil && !errors.Is(err, db.ErrConflict) {
		return err
	}
	h.todoCounts.Delete(actorOf(r).UserID)
	h.redirect(w, r, undoneTo(r, "/todos/"+idText(x.ID)))
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

// todosPicked is how many to-dos are done at once at most: a page of them.
const todosPicked = 100

// todosDo closes those that were picked in a list with what came of all of
// them.
func (h *Handlers) todosDo(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, picked, result, back := r.Context(), fields(r, "pick"), field(r, "result"), todoBack(field(r, "back"))
	if len(picked) > todosPicked {
		return errBadRequest
	}
	bulk := views.TodoBulk{Picked: picked, Result: result, Errors: ui.Errors{}}
	switch n := utf8.RuneCountInString(result); {
	case len(picked) == 0:
		bulk.Errors.Add("result", lang.T(ctx, "先勾选要办完的"))
	case n == 0:
		bulk.Errors.Add("result", lang.T(ctx, "写一句结果，例如：已告诉客户"))
	case n > todoWords:
		bulk.Errors.Add("result", lang.T(ctx, "最多 %d 个字", todoWords))
	}
	if bulk.Errors.Any() {
		list := r.Clone(ctx) // the list from which it was sent, as it stood
		if list.URL, _ = url.Parse(back); list.URL == nil || list.URL.Path != "/todos" {
			list.URL = &url.URL{Path: "/todos"}
		}
		return h.showTodos(w, list, http.StatusUnprocessableEntity, bulk)
	}
	var list []db.TodoRef
	for _, p := range picked {
		id, version, _ := strings.Cut(p, "_")
		x := db.TodoRef{ID: db.ParseID(id)}
		x.Version, _ = strconv.ParseInt(version, 10, 64)
		list = append(list, x)
	}
	done, err := h.db.DoTodos(ctx, actorOf(r), list, result)
	if err != nil {
		return err
	}
	h.todoCounts.Clear()
	said := views.Flash{Kind: "ok", Text: lang.T(ctx, "办完了 %d 件", len(done))}
	if left := len(list) - len(done); left > 0 {
		said.Kind, said.Text = "soon", lang.T(ctx, "办完了 %d 件，%d 件刚才有人动过，没有改", len(done), left)
	}
	if len(done) > 0 {
		ids := make([]string, len(done))
		for i, id := range done {
			ids[i] = idText(id)
		}
		said.UndoURL = "/todos/reopen?ids=" + strings.Join(ids, ",") + "&back=" + url.QueryEscape(back)
	}
	h.flash(r, said)
	h.redirect(w, r, back)
	return nil
}

// todosReopen takes that back.
func (h *Handlers) todosReopen(w http.ResponseWriter, r *http.Request) error {
	var ids []int64
	for id := range strings.SplitSeq(query(r, "ids"), ",") {
		if n := db.ParseID(id); n != 0 && len(ids) < todosPicked {
			ids = append(ids, n)
		}
	}
	if _, err := h.db.ReopenTodos(r.Context(), actorOf(r), ids); err != nil {
		return err
	}
	h.todoCounts.Clear()
	h.redirect(w, r, todoBack(query(r, "back")))
	return nil
}
