package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
)

// BranchLoad is what hangs on one branch itself.
type BranchLoad struct {
	Below   int   // open branches right below it
	People  int64 // who may sign in and have it as home, or hold a role there
	Clients int64 // not in the recycle bin
	Visits  int64 // planned
	Busy    int64 // imports and tasks that are not finished
}

// BranchLoad counts what hangs on a branch that the actor may edit.
func (d *DB) BranchLoad(ctx context.Context, by policy.Actor, id int64) (BranchLoad, error) {
	t := d.tree.Load()
	if _, err := t.branch(by.Scope(policy.BranchEdit), id); err != nil {
		return BranchLoad{}, err
	}
	return t.load(ctx, d.r, id, Day(d.now()))
}

func (t *tree) load(ctx context.Context, q querier, id int64, today string) (BranchLoad, error) {
	var l BranchLoad
	for _, b := range t.children(id) {
		if t.byID[b].Active {
			l.Below++
		}
	}
	for _, c := range []struct {
		to    *int64
		query string
		args  []any
	}{
		{&l.People, `SELECT count(*) FROM users u WHERE NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= $2)
			AND (u.branch_id = $1 OR EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id AND g.branch_id = $1))`, []any{id, today}},
		{&l.Clients, `SELECT count(*) FROM customers WHERE deleted_at = 0 AND branch_id = $1`, []any{id}},
		{&l.Visits, `SELECT count(*) FROM visits WHERE deleted_at = 0 AND state = 'planned' AND branch_id = $1`, []any{id}},
		{&l.Busy, `SELECT (SELECT count(*) FROM imports WHERE branch_id = $1 AND state IN ('uploaded', 'judging', 'judged', 'applying', 'undoing'))
			+ (SELECT count(*) FROM tasks WHERE branch_id = $1 AND state IN ('queued', 'running'))`, []any{id}},
	} {
		if err := q.QueryRowContext(ctx, c.query, c.args...).Scan(c.to); err != nil {
			return l, fmt.Errorf("what hangs on branch %d: %w", id, err)
		}
	}
	return l, nil
}

// CloseBranch closes a branch. Its people, with the roles they hold there, and
// its clients with all that hangs on them go to the branch to in the same act;
// with to 0 there must be none (ErrOccupied). Branches below it are closed or
// moved before (ErrBelow), imports and tasks finished (ErrBusy). It asks for
// the reach to move clients and to change people at both branches, and nobody
// hands on a role that they could not give (ErrAbove). Head office stays.
func (d *DB) CloseBranch(ctx context.Context, by policy.Actor, id, version, to int64) error {
	err := d.act(ctx, by, "branches.close", func(tx *Tx) error {
		t, err := tx.holdTree(ctx)
		if err != nil {
			return err
		}
		scope := by.Scope(policy.BranchEdit)
		was, err := t.branch(scope, id)
		if err == nil {
			err = tx.takeBranch(ctx, id)
		}
		switch {
		case err != nil:
			return err
		case was.ParentID == 0:
			return fmt.Errorf("close head office: %w: %w", ErrLastAdministrator, ErrRefused)
		case !scope.SeesSubtree(t.chain[was.ParentID]):
			return fmt.Errorf("close branch %d from inside: %w", id, ErrRefused)
		case was.Version != version || !was.Active:
			return fmt.Errorf("close branch %d: %w", id, ErrConflict)
		}
		l, err := t.load(ctx, tx, id, tx.today())
		switch {
		case err != nil:
			return err
		case l.Below > 0:
			return fmt.Errorf("close branch %d: %w: %w", id, ErrBelow, ErrRefused)
		case l.Busy > 0:
			return fmt.Errorf("close branch %d: %w: %w", id, ErrBusy, ErrRefused)
		case to == 0 && l.People+l.Clients+l.Visits > 0:
			return fmt.Errorf("close branch %d: %w: %w", id, ErrOccupied, ErrRefused)
		}
		if to != 0 {
			if err := tx.handBranch(ctx, t, id, to); err != nil {
				return err
			}
		}
		tx.about(id, id)
		tx.detail(map[string]any{"to": fmt.Sprint(to), "people": l.People, "clients": l.Clients})
		return tx.setOpen(ctx, was, false)
	})
	if err != nil {
		return err
	}
	return d.loadTree(ctx)
}

// ReopenBranch opens a closed branch again, below a parent that is open. Who
// and what was handed over stays where it is now.
func (d *DB) ReopenBranch(ctx context.Context, by policy.Actor, id, version int64) error {
	err := d.act(ctx, by, "branches.reopen", func(tx *Tx) error {
		t, err := tx.holdTree(ctx)
		if err != nil {
			return err
		}
		was, err := t.branch(by.Scope(policy.BranchEdit), id)
		switch {
		case err != nil:
			return err
		case was.Version != version || was.Active:
			return fmt.Errorf("reopen branch %d: %w", id, ErrConflict)
		}
		if err := t.hangs(by, was.ParentID, was.Level); err != nil {
			return err
		}
		tx.about(id, id)
		return tx.setOpen(ctx, was, true)
	})
	if err != nil {
		return err
	}
	return d.loadTree(ctx)
}

func (tx *Tx) setOpen(ctx context.Context, was Branch, open bool) error {
	now := was
	now.Active = open
	changed := diff(was.fields(), now.fields())
	if err := tx.update(ctx, "branches", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	if err := tx.change(ctx, "update", "branches", was.ID, was.ID, 0, was.Version+1, changed); err != nil {
		return err
	}
	return tx.bumpPolicy(ctx)
}

// handBranch gives a branch's people, their roles there and its clients to
// another.
func (tx *Tx) handBranch(ctx context.Context, t *tree, id, to int64) error {
	target, from, there := t.byID[to], t.chain[id], t.chain[to]
	if target == nil || !tx.by.Scope(policy.BranchEdit).SeesBranch(there) {
		return fmt.Errorf("branch %d: %w", to, ErrNotFound)
	}
	if !target.Active || to == id {
		return placeError(id, to)
	}
	for _, p := range []policy.Permission{policy.CustomerAssign, policy.UserEdit} {
		if s := tx.by.Scope(p); !s.SeesBranch(from) || !s.SeesBranch(there) {
			return fmt.Errorf("hand branch %d to %d: %w", id, to, ErrRefused)
		}
	}
	if err := tx.handPeople(ctx, t, id, to); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE todos SET branch_id = $2 WHERE branch_id = $1 AND customer_id IS NULL AND state = 'open'`, id, to); err != nil {
		return fmt.Errorf("to-dos of branch %d: %w", id, err)
	}
	if _, err := tx.exec(ctx, `UPDATE cases SET branch_id = $2 WHERE branch_id = $1 AND customer_id IS NULL`, id, to); err != nil {
		return fmt.Errorf("cases of branch %d: %w", id, err)
	}
	if _, err := tx.exec(ctx, `UPDATE case_claims SET branch_id = $2 WHERE branch_id = $1 AND customer_id IS NULL`, id, to); err != nil {
		return fmt.Errorf("claims of branch %d: %w", id, err)
	}
	if _, err := tx.exec(ctx, `UPDATE measures SET branch_id = $2 WHERE branch_id = $1 AND customer_id IS NULL`, id, to); err != nil {
		return fmt.Errorf("measures of branch %d: %w", id, err)
	}
	if _, err := tx.exec(ctx, `UPDATE activities SET branch_id = $2 WHERE branch_id = $1`, id, to); err != nil {
		return fmt.Errorf("activities of branch %d: %w", id, err)
	}
	return tx.handClients(ctx, id, to)
}

func (tx *Tx) handPeople(ctx context.Context, t *tree, id, to int64) error {
	access, err := tx.access(ctx)
	if err != nil {
		return err
	}
	held, err := rowsOf[string](ctx, tx, `SELECT DISTINCT role FROM grants WHERE branch_id = $1`, id)
	if err != nil {
		return err
	}
	for _, role := range held {
		if !access.MayGrant(tx.by, policy.Role(role), t.chain[to]) && tx.by.UserID != 0 {
			return fmt.Errorf("hand role %s from branch %d to %d: %w", role, id, to, ErrAbove)
		}
	}
	type person struct{ id, version int64 }
	rows, err := tx.QueryContext(ctx, `SELECT id, version FROM users WHERE branch_id = $1 ORDER BY id`, id)
	if err != nil {
		return fmt.Errorf("people of branch %d: %w", id, err)
	}
	defer rows.Close()
	var people []person
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.id, &p.version); err != nil {
			return fmt.Errorf("people of branch %d: %w", id, err)
		}
		people = append(people, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("people of branch %d: %w", id, err)
	}
	for _, p := range people {
		if _, err := tx.exec(ctx, `UPDATE users SET branch_id = $2, version = version + 1, updated_at = $3 WHERE id = $1`, p.id, to, tx.now()); err != nil {
			return fmt.Errorf("hand over user %d: %w", p.id, err)
		}
		if err := tx.change(ctx, "update", "users", p.id, to, 0, p.version+1, map[string][2]any{"branch_id": {fmt.Sprint(id), fmt.Sprint(to)}}); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO grants (user_id, role, branch_id, granted_at, granted_by)
		SELECT user_id, role, CAST($2 AS BIGINT), granted_at, granted_by FROM grants WHERE branch_id = $1
		ON CONFLICT (user_id, role, branch_id) DO NOTHING`, id, to); err != nil {
		return fmt.Errorf("hand the roles of branch %d over: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM grants WHERE branch_id = $1`, id); err != nil {
		return fmt.Errorf("hand the roles of branch %d over: %w", id, err)
	}
	return nil
}

func (tx *Tx) handClients(ctx context.Context, id, to int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, version FROM customers WHERE branch_id = $1 ORDER BY id`, id)
	if err != nil {
		return fmt.Errorf("clients of branch %d: %w", id, err)
	}
	defer rows.Close()
	var list [][2]int64
	for rows.Next() {
		var c [2]int64
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			return fmt.Errorf("clients of branch %d: %w", id, err)
		}
		list = append(list, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("clients of branch %d: %w", id, err)
	}
	moved := map[string][2]any{"branch_id": {fmt.Sprint(id), fmt.Sprint(to)}}
	for _, c := range list {
		if _, err := tx.exec(ctx, `UPDATE customers SET branch_id = $2, version = version + 1, updated_at = $3 WHERE id = $1`, c[0], to, tx.now()); err != nil {
			return fmt.Errorf("move customer %d: %w", c[0], err)
		}
		if err := moveChildren(ctx, tx, c[0], to); err != nil {
			return err
		}
		if err := reindexCustomer(ctx, tx, c[0]); err != nil {
			return err
		}
		if err := tx.change(ctx, "update", "customers", c[0], to, c[0], c[1]+1, moved); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf reads one column.
func rowsOf[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// BranchFigures are how many people and clients a reader finds at each branch
// with all below it, as the lists of them count.
type BranchFigures struct{ People, Clients map[int64]int64 }

// BranchFigures counts who works (people) and which clients stand at each
// branch that the scopes see, with all below it.
func (d *DB) BranchFigures(ctx context.Context, people, clients policy.Scope) (BranchFigures, error) {
	out := BranchFigures{}
	t := d.tree.Load()
	today := Day(d.now())
	staff, err := countsBy(ctx, d.r, `SELECT branch_id, count(*) FROM users
		WHERE NOT disabled AND (leaves_on = '' OR leaves_on >= $1) GROUP BY branch_id`, today)
	if err != nil {
		return out, err
	}
	own := map[int64]int64{}
	for id, n := range staff {
		if people.SeesBranch(t.chain[id]) {
			own[id] = n
		}
	}
	out.People = t.sums(own)
	own = map[int64]int64{}
	r := d.reach(clients, 0)
	if !r.empty {
		q := bothSQL(condOf(`SELECT c.branch_id, count(*) FROM customers c WHERE c.deleted_at = 0`), r.residual())
		q.text += ` GROUP BY c.branch_id`
		if err := d.eachPair(ctx, q, func(id, n int64) { own[id] = n }); err != nil {
			return out, fmt.Errorf("count clients by branch: %w", err)
		}
	}
	out.Clients = t.sums(own)
	return out, nil
}

// sums adds to each branch what is below it.
func (t *tree) sums(own map[int64]int64) map[int64]int64 {
	out := map[int64]int64{}
	for id, n := range own {
		for _, up := range t.chain[id] {
			out[up] += n
		}
	}
	return out
}
