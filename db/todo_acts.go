package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// DoTodo closes an open to-do with what came of it; DropTodo closes it undone,
// with the reason. A stale version, and one that is closed already, is
// ErrConflict; one of the radar is ErrRadarTodo.
func (d *DB) DoTodo(ctx context.Context, by policy.Actor, id, version int64, result string) error {
	return d.closeTodo(ctx, by, "todos.do", id, version, TodoDone, result)
}

// DropTodo see DoTodo.
func (d *DB) DropTodo(ctx context.Context, by policy.Actor, id, version int64, reason string) error {
	return d.closeTodo(ctx, by, "todos.drop", id, version, TodoDropped, reason)
}

func (d *DB) closeTodo(ctx context.Context, by policy.Actor, act string, id, version int64, state, result string) error {
	return d.changeTodo(ctx, by, act, id, func(tx *Tx, t *Todo) error {
		if t.RadarOf() != 0 {
			return ErrRadarTodo
		}
		if t.Version != version || t.State != TodoOpen {
			return ErrConflict
		}
		t.State, t.Result, t.ClosedBy, t.ClosedAt = state, result, by.UserID, tx.now()
		return nil
	})
}

// ReopenTodo takes back that a to-do was done or dropped; one of the radar is
// ErrRadarTodo.
func (d *DB) ReopenTodo(ctx context.Context, by policy.Actor, id int64) error {
	return d.changeTodo(ctx, by, "todos.reopen", id, func(_ *Tx, t *Todo) error {
		if t.RadarOf() != 0 {
			return ErrRadarTodo
		}
		if t.State == TodoOpen {
			return ErrConflict
		}
		t.State, t.Result, t.ClosedBy, t.ClosedAt, t.ClosedWhy = TodoOpen, "", 0, 0, ""
		return nil
	})
}

// PassTodo gives an open to-do to a colleague who works at its branch and may
// do to-dos (ErrRefused otherwise), with 0 back to whoever takes it. A stale
// version is ErrConflict.
func (d *DB) PassTodo(ctx context.Context, by policy.Actor, id, version, to int64) error {
	return d.changeTodo(ctx, by, "todos.pass", id, func(tx *Tx, t *Todo) error {
		if t.Version != version || t.State != TodoOpen {
			return ErrConflict
		}
		if to != 0 {
			if err := tx.mayBeGiven(ctx, t.BranchID, to, t.CanTake); err != nil {
				return err
			}
		}
		t.UserID = to
		return nil
	})
}

// TodoRef names a to-do as somebody saw it.
type TodoRef struct{ ID, Version int64 }

// DoTodos closes open to-dos with what came of all of them, as one act, and
// returns those that it closed. What somebody else has closed or changed
// meanwhile, is out of the actor's reach, or goes with an alert of the radar,
// stays as it is.
func (d *DB) DoTodos(ctx context.Context, by policy.Actor, list []TodoRef, result string) (done []int64, err error) {
	return d.changeTodos(ctx, by, "todos.do", list, func(tx *Tx, t *Todo, version int64) bool {
		if t.Version != version || t.State != TodoOpen || t.RadarOf() != 0 {
			return false
		}
		t.State, t.Result, t.ClosedBy, t.ClosedAt = TodoDone, result, by.UserID, tx.now()
		return true
	})
}

// ReopenTodos takes back that the actor closed to-dos, as one act; others stay
// as they are.
func (d *DB) ReopenTodos(ctx context.Context, by policy.Actor, ids []int64) (done []int64, err error) {
	list := make([]TodoRef, len(ids))
	for i, id := range ids {
		list[i].ID = id
	}
	return d.changeTodos(ctx, by, "todos.reopen", list, func(_ *Tx, t *Todo, _ int64) bool {
		if t.State == TodoOpen || t.ClosedBy != by.UserID || t.RadarOf() != 0 {
			return false
		}
		t.State, t.Result, t.ClosedBy, t.ClosedAt, t.ClosedWhy = TodoOpen, "", 0, 0, ""
		return true
	})
}

// changeTodos changes those of some to-dos within the actor's reach of which
// set says that they are to be.
func (d *DB) changeTodos(ctx context.Context, by policy.Actor, act string, list []TodoRef, set func(*Tx, *Todo, int64) bool) (done []int64, err error) {
	err = d.act(ctx, by, act, func(tx *Tx) error {
		done = nil
		for _, x := range list {
			row, err := d.todo(ctx, tx, by, policy.TodoEdit, x.ID)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			now := row.Todo
			if !set(tx, &now, x.Version) {
				continue
			}
			if err := tx.saveTodo(ctx, &row.Todo, &now); err != nil {
				return err
			}
			if len(done) == 0 {
				tx.about(now.BranchID, now.ID)
			}
			tx.audit.of(now.CustomerID)
			done = append(done, now.ID)
		}
		if len(done) == 0 {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return done, err
}

// changeTodo is an act on one to-do within the actor's reach.
func (d *DB) changeTodo(ctx context.Context, by policy.Actor, act string, id int64, set func(*Tx, *Todo) error) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		row, err := d.todo(ctx, tx, by, policy.TodoEdit, id)
		if err != nil {
			return err
		}
		was, now := row.Todo, row.Todo
		if err := set(tx, &now); err != nil {
			return fmt.Errorf("%s %d: %w", act, id, err)
		}
		changed := diff(was.fields(), now.fields())
		if len(changed) == 0 {
			return nil
		}
		if err := tx.update(ctx, "todos", id, was.Version, now.fields(), changed); err != nil {
			return err
		}
		tx.about(now.BranchID, id)
		return tx.changedTodo(ctx, &now, changed)
	})
}

// changedTodo leaves the change record of a to-do that was updated.
func (tx *Tx) changedTodo(ctx context.Context, t *Todo, changed map[string][2]any) error {
	delete(changed, "closed_by") // who and when stand in the record itself
	delete(changed, "closed_at")
	if err := tx.change(ctx, "update", "todos", t.ID, t.BranchID, t.CustomerID, t.Version+1, changed); err != nil {
		return err
	}
	return tx.measureFollows(ctx, t)
}

// moveTodos lets open to-dos about the parcels that a sender brought by hand
// follow them to a client, or with 0 back to nobody, at a branch. Who has one by
// rule gives way to whom the rule names now; who was given it keeps it. It is
// called while the parcels are the client's.
func (tx *Tx) moveTodos(ctx context.Context, sender, customer, branch int64) error {
	rows, err := tx.QueryContext(ctx, todosOfSenderSQL, sender)
	if err != nil {
		return fmt.Errorf("to-dos of sender %d: %w", sender, err)
	}
	defer rows.Close()
	var list []Todo
	for rows.Next() {
		var t Todo
		if err := rows.Scan(pointers(t.all())...); err != nil {
			return fmt.Errorf("to-dos of sender %d: %w", sender, err)
		}
		list = append(list, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(list) == 0 {
		return err
	}
	duties, err := dutyRows(ctx, tx, tx.today())
	if err != nil {
		return err
	}
	for _, was := range list {
		byRule := was
		byRule.UserID = 0
		if _, err := tx.todoPlace(ctx, &byRule, duties); err != nil {
			return err
		}
		now := was
		now.CustomerID, now.BranchID = customer, branch
		if was.UserID == byRule.UserID {
			now.UserID = 0
			if there, err := tx.todoPlace(ctx, &now, duties); err != nil || !there {
				return err
			}
		}
		if err := tx.saveTodo(ctx, &was, &now); err != nil {
			return err
		}
	}
	return nil
}

var todosOfSenderSQL = `SELECT ` + todoColumns + ` FROM todos t JOIN waybills w ON w.id = t.waybill_id
	WHERE w.sender_id = $1 AND w.bound_by = 'hand' AND t.state = 'open' AND t.deleted_at = 0 ORDER BY t.id`

// TodoTakers are those at work who are at home at a branch or hold a role
// there, by name, with their roles.
func (d *DB) TodoTakers(ctx context.Context, branch int64) ([]User, error) {
	return d.takersAt(ctx, d.r, markOf(ctx).version, branch)
}

// takers is TodoTakers within an act that changes no person.
func (tx *Tx) takers(ctx context.Context, branch int64) ([]User, error) {
	version, err := tx.policyVersion(ctx)
	if err != nil {
		return nil, err
	}
	return tx.db.takersAt(ctx, tx, version, branch)
}

// takersAt is TodoTakers, from memory while the policy version has not moved:
// every change of a person raises it.
func (d *DB) takersAt(ctx context.Context, q querier, version string, branch int64) ([]User, error) {
	kept, key := d.namesAt(version), onDay{branch, Day(d.now())}
	if list, ok := kept.keptOn(keptTakers, key); ok {
		return list, nil
	}
	list, err := d.todoTakers(ctx, q, branch)
	if err == nil {
		kept.keepOn(keptTakers, key, list)
	}
	return list, err
}

// keptOn returns what is kept of a branch or a person on a day; n may be nil.
func (n *nameList) keptOn(kept func(*nameList) map[onDay][]User, key onDay) ([]User, bool) {
	if n == nil {
		return nil, false
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	list, ok := kept(n)[key]
	return slices.Clone(list), ok
}

func (n *nameList) keepOn(kept func(*nameList) map[onDay][]User, key onDay, list []User) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	kept(n)[key] = slices.Clone(list)
}

func keptTakers(n *nameList) map[onDay][]User  { return n.takers }
func keptWorkers(n *nameList) map[onDay][]User { return n.workers }

// mayBeGiven is ErrRefused unless a colleague works at a branch and can do what
// they are to be given.
func (tx *Tx) mayBeGiven(ctx context.Context, branch, to int64, can func(policy.Actor) bool) error {
	takers, err := tx.takers(ctx, branch)
	if err != nil {
		return err
	}
	access, err := tx.knownAccess(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(takers, func(u User) bool { return u.ID == to && can(access.Actor(u.ID, u.Name, u.BranchID, u.Grants)) }) {
		return ErrRefused
	}
	return nil
}

func (d *DB) todoTakers(ctx context.Context, q querier, branch int64) ([]User, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT `+userColumns+` FROM users u
		WHERE NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= $2)
		AND (u.branch_id = $1 OR EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id AND g.branch_id = $1))
		ORDER BY u.name, u.id LIMIT 300`, branch, Day(d.now()))
	if err != nil {
		return nil, fmt.Errorf("who takes to-dos of branch %d: %w", branch, err)
	}
	defer rows.Close()
	var out []User
	for rows.Next() {
		var u User
		if err := rows.Scan(u.scan()...); err != nil {
			return nil, fmt.Errorf("who takes to-dos of branch %d: %w", branch, err)
		}
		out = append(out, u)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("who takes to-dos of branch %d: %w", branch, err)
	}
	ids := make([]int64, len(out))
	for i, u := range out {
		ids[i] = u.ID
	}
	grants, err := grantsOfAll(ctx, q, ids)
	for i := range out {
		out[i].Grants = grants[out[i].ID]
	}
	return out, err
}
