package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
)

// States of a to-do.
const (
	TodoOpen    = "open"
	TodoDone    = "done"
	TodoDropped = "dropped"
)

// Why a to-do of a parcel closed by itself.
const (
	SettledSigned    = "signed"
	SettledReturned  = "returned"
	SettledCancelled = "cancelled"
	SettledMoved     = "moved"   // there is news again
	SettledUndone    = "undone"  // what had asked for it was taken back
	SettledOtherwise = "settled" // by a correction, or a rule that asks for less
)

// Todo is one thing that somebody should do. Kind says what (its words stand in
// views), Key tells those of a kind apart: a rule that finds the same thing
// again makes no second one.
type Todo struct {
	ID                              int64
	Kind, Key                       string
	CustomerID, WaybillID           int64             // 0 = about none
	BranchID                        int64             // 0 when made: the client's
	UserID                          int64             // who should; 0 = whoever at the branch takes it
	Due                             string            // day; "" when made: today
	Args                            map[string]string // fill the kind's words; nothing of a person
	State                           string
	Result                          string // what came of it, or why it was dropped
	ClosedBy, ClosedAt              int64
	ClosedWhy                       string // a word of Settled…: it closed by itself; "" = a person closed it
	Version                         int64
	CreatedAt, UpdatedAt, DeletedAt int64
	args                            string
}

func (t *Todo) fields() []field {
	return []field{{"customer_id", (*ref)(&t.CustomerID)}, {"waybill_id", (*ref)(&t.WaybillID)}, {"branch_id", &t.BranchID}, {"user_id", (*ref)(&t.UserID)},
		{"due", &t.Due}, {"args", &t.args}, {"state", &t.State}, {"result", &t.Result}, {"closed_by", (*ref)(&t.ClosedBy)}, {"closed_at", &t.ClosedAt}, {"closed_why", &t.ClosedWhy}}
}

func (t *Todo) all() []field {
	return append(t.fields(), field{"id", &t.ID}, field{"kind", &t.Kind}, field{"key", &t.Key}, field{"version", &t.Version},
		field{"created_at", &t.CreatedAt}, field{"updated_at", &t.UpdatedAt}, field{"deleted_at", &t.DeletedAt})
}

var todoColumns = columns("t.", new(Todo).all())

// TodoRow is a to-do with what a list says of it.
type TodoRow struct {
	Todo
	Customer, CustomerCode string // "" when it is about no client
	OwnerID, ClerkID       int64
	User, Closer           string
}

var todoRowSQL = `SELECT ` + todoColumns + `, coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(u.name, ''), coalesce(k.name, '')
	FROM todos t LEFT JOIN customers c ON c.id = t.customer_id LEFT JOIN users u ON u.id = t.user_id LEFT JOIN users k ON k.id = t.closed_by`

func scanTodo(row interface{ Scan(...any) error }) (TodoRow, error) {
	var t TodoRow
	if err := row.Scan(append(pointers(t.all()), &t.Customer, &t.CustomerCode, &t.OwnerID, &t.ClerkID, &t.User, &t.Closer)...); err != nil {
		return t, err
	}
	if err := json.Unmarshal([]byte(t.args), &t.Args); err != nil {
		return t, fmt.Errorf("arguments of to-do %d: %w", t.ID, err)
	}
	return t, nil
}

// AddTodos makes to-dos, as one act. One whose kind and key are there already,
// open or not, is left as it is, and so is one about a client who is in the
// recycle bin or erased. Who is to do one that names nobody: the client's
// clerk, else whoever is responsible for service at the branch, else the
// client's rep. It checks no right: rules and those who ask for them do.
func (d *DB) AddTodos(ctx context.Context, by policy.Actor, list []Todo) (made int, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	err = d.act(ctx, by, "todos.add", func(tx *Tx) error {
		if made, err = addTodos(ctx, tx, list); err == nil && made == 0 {
			err = errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return made, err
}

// errNothing takes an act back that would have done nothing.
var errNothing = errors.New("nothing to do")

const addTodo = ` ON CONFLICT (kind, key) DO NOTHING`

func addTodoSQL() string { return insertSQL("todos", new(Todo).all()) + addTodo }

// addTodos is AddTodos within an act.
func addTodos(ctx context.Context, tx *Tx, list []Todo) (made int, err error) {
	duties, err := dutyRows(ctx, tx, tx.today())
	if err != nil {
		return 0, err
	}
	return tx.addTodosBy(ctx, duties, list)
}

// addTodosBy is addTodos for who knows already who is responsible for what.
func (tx *Tx) addTodosBy(ctx context.Context, duties map[dutyKey]dutyRow, list []Todo) (made int, err error) {
	insert := addTodoSQL()
	for _, t := range list {
		if there, err := tx.todoPlace(ctx, &t, duties); err != nil {
			return made, err
		} else if !there {
			continue
		}
		if t.Args == nil {
			t.Args = map[string]string{}
		}
		text, err := json.Marshal(t.Args)
		if err != nil {
			return made, fmt.Errorf("to-do %s: %w", t.Kind, err)
		}
		if t.Due == "" {
			t.Due = tx.today()
		}
		t.ID, t.args, t.State, t.Result, t.Version, t.CreatedAt, t.UpdatedAt = tx.newID(), string(text), TodoOpen, "", 1, tx.now(), tx.now()
		var values []any
		for _, f := range t.all() {
			values = append(values, bound(f.value))
		}
		n, err := tx.exec(ctx, insert, values...)
		if err != nil {
			return made, fmt.Errorf("to-do %s %s: %w", t.Kind, t.Key, err)
		}
		if n == 0 {
			continue
		}
		made++
		if err := tx.change(ctx, "create", "todos", t.ID, t.BranchID, t.CustomerID, 1, nil); err != nil {
			return made, err
		}
		if made == 1 {
			tx.about(t.BranchID, t.ID)
		}
	}
	return made, nil
}

// todoPlace fills in branch and person; false when the client is not there.
func (tx *Tx) todoPlace(ctx context.Context, t *Todo, duties map[dutyKey]dutyRow) (bool, error) {
	var owner, clerk int64
	if t.CustomerID != 0 {
		var branch, deleted int64
		stmt, err := tx.prepared(ctx, `
			SELECT c.branch_id, c.deleted_at, CASE WHEN o.id IS NULL OR o.disabled THEN 0 ELSE o.id END, CASE WHEN k.id IS NULL OR k.disabled THEN 0 ELSE k.id END
			FROM customers c LEFT JOIN users o ON o.id = c.owner_id LEFT JOIN users k ON k.id = c.clerk_id WHERE c.id = $1`)
		if err == nil {
			err = stmt.QueryRowContext(ctx, t.CustomerID).Scan(&branch, &deleted, &owner, &clerk)
		}
		if errors.Is(err, sql.ErrNoRows) || err == nil && deleted != 0 {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("customer %d: %w", t.CustomerID, err)
		}
		if t.BranchID == 0 {
			t.BranchID = branch
		}
	}
	if t.BranchID == 0 {
		return false, fmt.Errorf("to-do %s %s of no branch: %w", t.Kind, t.Key, ErrNotFound)
	}
	if t.UserID == 0 {
		t.UserID = clerk
	}
	if t.UserID == 0 {
		t.UserID = tx.db.tree.Load().dutyOf(duties, t.BranchID, DutyService).User
	}
	if t.UserID == 0 {
		t.UserID = owner
	}
	return true, nil
}

// TodoFilter is what a list of to-dos asks for; zero values ask nothing.
type TodoFilter struct {
	UserID   int64 // whose they are
	BranchID int64 // this one and those below it
	Customer int64
	Waybill  int64
	Kind     string
	Late     string // a day: due before it
	Closed   bool   // done and dropped ones, the latest first; else the open ones, the soonest first

	At    TodoKey // keyset paging: the rows after this one
	Limit int     // 50 when 0; 500 at most
}

// TodoKey is a place in a list of to-dos: the day of an open one, the instant
// of a closed one.
type TodoKey struct {
	Due      string
	ClosedAt int64
	ID       int64
}

// todosWhere holds a list to what the reader sees: their own to-dos, those at
// branches within the scope, and those about clients of their own.
func (d *DB) todosWhere(by policy.Actor, f TodoFilter) conditions {
	var c conditions
	c.add("t.deleted_at = 0")
	if f.Closed {
		c.add("t.state <> 'open'")
	} else {
		c.add("t.state = 'open'")
	}
	scope := by.Scope(policy.TodoRead)
	switch {
	case scope.Empty():
		c.add("1 = 0")
	case f.UserID == by.UserID && f.UserID != 0:
	default:
		if text, args := d.seenSQL("t", scope); text != "" {
			c.add("(t.user_id = ? OR "+text+")", append([]any{by.UserID}, args...)...)
		}
	}
	if f.UserID != 0 {
		c.add("t.user_id = ?", f.UserID)
	}
	if f.BranchID != 0 {
		d.under(&c, "t", f.BranchID)
	}
	if f.Customer != 0 {
		c.add("t.customer_id = ?", f.Customer)
	}
	if f.Waybill != 0 {
		c.add("t.waybill_id = ?", f.Waybill)
	}
	if f.Kind != "" {
		c.add("t.kind = ?", f.Kind)
	}
	if f.Late != "" {
		c.add("t.due < ?", f.Late)
	}
	c.text = append(c.text, "coalesce(c.deleted_at, 0) = 0")
	return c
}

// Todos returns a page of to-dos that the reader sees, and whether there are
// more behind it.
func (d *DB) Todos(ctx context.Context, by policy.Actor, f TodoFilter) (list []TodoRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.todosWhere(by, f)
	order := ` ORDER BY t.due, t.id`
	if f.Closed {
		order = ` ORDER BY t.closed_at DESC, t.id DESC`
		if f.At.ID != 0 {
			c.add("(t.closed_at, t.id) < (?, ?)", f.At.ClosedAt, f.At.ID)
		}
	} else if f.At.ID != 0 {
		c.add("(t.due, t.id) > (?, ?)", f.At.Due, f.At.ID)
	}
	rows, err := d.r.QueryContext(ctx, todosSQL(c, order+` LIMIT `+strconv.Itoa(limit+1)), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("to-dos: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scanTodo(rows)
		if err != nil {
			return nil, false, fmt.Errorf("to-dos: %w", err)
		}
		list = append(list, t)
	}
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, rows.Err()
}

func todosSQL(c conditions, order string) string { return todoRowSQL + c.whereSQL() + order }

// CountTodos counts what Todos would list, no further than limit.
func (d *DB) CountTodos(ctx context.Context, by policy.Actor, f TodoFilter, limit int) (n int, err error) {
	c := d.todosWhere(by, f)
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM todos t LEFT JOIN customers c ON c.id = t.customer_id`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count to-dos: %w", err)
	}
	return n, nil
}

// TodoKinds counts what Todos would list by kind.
func (d *DB) TodoKinds(ctx context.Context, by policy.Actor, f TodoFilter) (map[string]int, error) {
	f.Kind = ""
	c := d.todosWhere(by, f)
	rows, err := d.r.QueryContext(ctx, `SELECT t.kind, count(*) FROM todos t LEFT JOIN customers c ON c.id = t.customer_id`+c.whereSQL()+` GROUP BY t.kind`, c.args...)
	if err != nil {
		return nil, fmt.Errorf("count to-dos: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, fmt.Errorf("count to-dos: %w", err)
		}
		out[kind] = n
	}
	return out, rows.Err()
}

// TodosOf returns to-dos of one client by their ids, for its history; read it
// after the client was read within scope.
func (d *DB) TodosOf(ctx context.Context, customer int64, ids []int64) (map[int64]Todo, error) {
	out := map[int64]Todo{}
	for chunk := range slices.Chunk(ids, 500) {
		in, args := marks(chunk)
		rows, err := d.query(ctx, cond{`SELECT id, kind, args FROM todos WHERE customer_id = ? AND id IN (` + in + `)`, append([]any{customer}, args...)})
		if err != nil {
			return nil, fmt.Errorf("to-dos of customer %d: %w", customer, err)
		}
		defer rows.Close()
		for rows.Next() {
			var t Todo
			if err := rows.Scan(&t.ID, &t.Kind, &t.args); err != nil {
				return nil, fmt.Errorf("to-dos of customer %d: %w", customer, err)
			}
			if err := json.Unmarshal([]byte(t.args), &t.Args); err != nil {
				return nil, fmt.Errorf("arguments of to-do %d: %w", t.ID, err)
			}
			out[t.ID] = t
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("to-dos of customer %d: %w", customer, err)
		}
	}
	return out, nil
}

// Todo returns one to-do that the actor sees: their own, or within the scope of
// the right asked for.
func (d *DB) Todo(ctx context.Context, by policy.Actor, right policy.Permission, id int64) (TodoRow, error) {
	return d.todo(ctx, d.r, by, right, id)
}

func (d *DB) todo(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64) (TodoRow, error) {
	t, err := scanTodo(q.QueryRowContext(ctx, todoRowSQL+` WHERE t.id = $1 AND t.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.seesTodo(by, right, t) {
		err = ErrNotFound
	}
	if err != nil {
		return TodoRow{}, fmt.Errorf("to-do %d: %w", id, err)
	}
	return t, nil
}

func (d *DB) seesTodo(by policy.Actor, right policy.Permission, t TodoRow) bool {
	scope := by.Scope(right)
	return !scope.Empty() && (t.UserID == by.UserID && t.UserID != 0 || d.sees(scope, t.BranchID, t.OwnerID, t.ClerkID))
}

// MayDo says whether the actor may do, drop or pass on a to-do.
func (d *DB) MayDo(by policy.Actor, t TodoRow) bool { return d.seesTodo(by, policy.TodoEdit, t) }

// todoOf is the to-do of a kind and key; false when there is none.
func (tx *Tx) todoOf(ctx context.Context, kind, key string) (Todo, bool, error) {
	var t Todo
	stmt, err := tx.prepared(ctx, todoOfSQL)
	if err == nil {
		err = stmt.QueryRowContext(ctx, kind, key).Scan(pointers(t.all())...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("to-do %s %s: %w", kind, key, err)
	}
	return t, true, nil
}

var todoOfSQL = `SELECT ` + todoColumns + ` FROM todos t WHERE t.kind = $1 AND t.key = $2 AND t.deleted_at = 0`

// settleTodo closes a to-do by itself, if it is open.
func (tx *Tx) settleTodo(ctx context.Context, kind, key, why string) error {
	was, there, err := tx.todoOf(ctx, kind, key)
	if err != nil || !there || was.State != TodoOpen {
		return err
	}
	now := was
	now.State, now.ClosedAt, now.ClosedWhy = TodoDone, tx.now(), why
	return tx.saveTodo(ctx, &was, &now)
}

func (tx *Tx) saveTodo(ctx context.Context, was, now *Todo) error {
	changed := diff(was.fields(), now.fields())
	if err := tx.update(ctx, "todos", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	return tx.changedTodo(ctx, now, changed)
}

// raiseTodos makes to-dos, and takes up again those that closed by themselves,
// or that a person closed before there was news: the trouble is another one
// then. What is open, or was closed since the news, is left as it is.
func raiseTodos(ctx context.Context, tx *Tx, list []Todo, news map[string]int64) error {
	var fresh []Todo
	for _, t := range list {
		was, there, err := tx.todoOf(ctx, t.Kind, t.Key)
		if err != nil {
			return err
		}
		if !there {
			fresh = append(fresh, t)
			continue
		}
		if was.State == TodoOpen || was.ClosedWhy == "" && was.ClosedAt >= news[t.Key] {
			continue
		}
		text, err := json.Marshal(t.Args)
		if err != nil {
			return fmt.Errorf("to-do %s: %w", t.Kind, err)
		}
		now := was
		now.State, now.Result, now.ClosedBy, now.ClosedAt, now.ClosedWhy, now.Due, now.args = TodoOpen, "", 0, 0, "", tx.today(), string(text)
		if err := tx.saveTodo(ctx, &was, &now); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	_, err := addTodos(ctx, tx, fresh)
	return err
}
