package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// Why an act on the branch tree is refused; each comes with ErrRefused.
var (
	// ErrPlace: a branch cannot hang there: below itself, below one of a lower
	// level, or below a closed one.
	ErrPlace = errors.New("a branch cannot hang there")
	// ErrBelow: open branches hang below the one that was to be closed.
	ErrBelow = errors.New("open branches below")
	// ErrOccupied: people or clients are there and nobody said where they go.
	ErrOccupied = errors.New("people or clients there")
	// ErrBusy: an import or another task of the branch is not finished.
	ErrBusy = errors.New("unfinished work there")
)

func placeError(id, parent int64) error {
	return fmt.Errorf("branch %d below %d: %w: %w", id, parent, ErrPlace, ErrRefused)
}

// holdTree returns the branch tree as it stands in the transaction, and holds
// it so until its end: of two acts on the tree at once the second sees what
// the first did. Without that, two moves could make a ring.
func (tx *Tx) holdTree(ctx context.Context) (*tree, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE meta SET value = value WHERE key = 'policy_version'`); err != nil {
		return nil, fmt.Errorf("hold the branch tree: %w", err)
	}
	return readTree(ctx, tx)
}

// levelRank orders the levels from the top.
func levelRank(level string) int {
	return slices.Index([]string{LevelHeadOffice, LevelRegion, LevelBranch}, level)
}

// hangs says whether the actor may hang a branch of that level below a parent.
func (t *tree) hangs(by policy.Actor, parent int64, level string) error {
	p := t.byID[parent]
	if p == nil || !by.Scope(policy.BranchEdit).SeesSubtree(t.chain[parent]) {
		return fmt.Errorf("branch %d: %w", parent, ErrNotFound)
	}
	if !p.Active || levelRank(level) < max(levelRank(p.Level), 1) {
		return placeError(0, parent)
	}
	return nil
}

// movable says whether the actor may take a branch from where it hangs and hang
// it below parent: nobody moves a branch into or out of what they do not reach.
func (t *tree) movable(by policy.Actor, id, parent int64) (Branch, error) {
	scope := by.Scope(policy.BranchEdit)
	was, err := t.branch(scope, id)
	if err != nil {
		return was, err
	}
	if was.ParentID == 0 || !scope.SeesSubtree(t.chain[was.ParentID]) {
		return was, fmt.Errorf("take branch %d from where it is: %w", id, ErrRefused)
	}
	if err := t.hangs(by, parent, was.Level); err != nil {
		return was, err
	}
	if slices.Contains(t.chain[parent], id) {
		return was, placeError(id, parent)
	}
	return was, nil
}

// MayHang says whether the actor may hang a branch below parent.
func (d *DB) MayHang(by policy.Actor, id, parent int64) bool {
	_, err := d.tree.Load().movable(by, id, parent)
	return err == nil
}

// SightChange is somebody who would see other clients than before.
type SightChange struct {
	UserID  int64
	Name    string
	Branch  int64 // home branch
	Clients int64 // so many more, or fewer
}

// MoveEffects is what hanging a branch elsewhere means. Mark names exactly this
// outcome, so that what was confirmed is what is done.
type MoveEffects struct {
	Branches   int   // that move, itself counted
	Clients    int64 // of theirs
	Gain, Lose []SightChange
	Mark       string
}

// MoveEffects works out who would gain or lose sight of how many clients if the
// branch hung below parent; the refusals are those of MoveBranch. Clients that
// somebody sees as their own are counted as clients of the branch.
func (d *DB) MoveEffects(ctx context.Context, by policy.Actor, id, parent int64) (MoveEffects, error) {
	t := d.tree.Load()
	if _, err := t.movable(by, id, parent); err != nil {
		return MoveEffects{}, err
	}
	access, err := d.Access(ctx)
	if err != nil {
		return MoveEffects{}, err
	}
	return t.moveEffects(ctx, d.r, access, id, parent)
}

func (t *tree) moveEffects(ctx context.Context, q querier, access *policy.Access, id, parent int64) (MoveEffects, error) {
	moved := t.below[id]
	out := MoveEffects{Branches: len(moved)}
	clients, err := clientsOf(ctx, q, moved)
	if err != nil {
		return out, err
	}
	holders, err := everybody(ctx, q)
	if err != nil {
		return out, err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%d>%d", id, parent)
	for _, h := range holders {
		scope := access.Actor(h.UserID, h.Name, h.BranchID, h.Grants).Scope(policy.CustomerRead)
		var gain, lose int64
		var gains, loses bool
		for _, b := range moved {
			own := t.chain[b][:slices.Index(t.chain[b], id)+1]
			will := scope.SeesBranch(slices.Concat(own, t.chain[parent]))
			switch had := scope.SeesBranch(t.chain[b]); {
			case will && !had:
				gain, gains = gain+clients[b], true
			case had && !will:
				lose, loses = lose+clients[b], true
			}
		}
		if gains {
			out.Gain = append(out.Gain, SightChange{h.UserID, h.Name, h.BranchID, gain})
			_, _ = fmt.Fprintf(sum, "+%d", h.UserID)
		}
		if loses {
			out.Lose = append(out.Lose, SightChange{h.UserID, h.Name, h.BranchID, lose})
			_, _ = fmt.Fprintf(sum, "-%d", h.UserID)
		}
	}
	for _, n := range clients {
		out.Clients += n
	}
	out.Mark = hex.EncodeToString(sum.Sum(nil)[:16])
	return out, nil
}

// clientsOf counts the clients of each branch that are not in the bin.
func clientsOf(ctx context.Context, q querier, branches []int64) (map[int64]int64, error) {
	in, args := inList(1, branches)
	return countsBy(ctx, q, `SELECT branch_id, count(*) FROM customers WHERE deleted_at = 0 AND branch_id `+in+` GROUP BY branch_id`, args...)
}

// countsBy reads pairs of a branch and a number.
func countsBy(ctx context.Context, q querier, query string, args ...any) (map[int64]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count by branch: %w", err)
	}
	defer rows.Close()
	out := map[int64]int64{}
	for rows.Next() {
		var id, n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count by branch: %w", err)
		}
		out[id] = n
	}
	return out, rows.Err()
}

// everybody returns who may sign in, with their roles, by name.
func everybody(ctx context.Context, q querier) ([]RoleHolder, error) {
	rows, err := q.QueryContext(ctx, `SELECT u.id, u.name, u.branch_id, g.role, g.branch_id
		FROM users u JOIN grants g ON g.user_id = u.id WHERE NOT u.disabled ORDER BY u.name_key, u.id`)
	if err != nil {
		return nil, fmt.Errorf("read who holds what: %w", err)
	}
	defer rows.Close()
	var out []RoleHolder
	for rows.Next() {
		var h RoleHolder
		var g policy.Grant
		if err := rows.Scan(&h.UserID, &h.Name, &h.BranchID, &g.Role, &g.Branch); err != nil {
			return nil, fmt.Errorf("read who holds what: %w", err)
		}
		if n := len(out); n == 0 || out[n-1].UserID != h.UserID {
			out = append(out, h)
		}
		last := &out[len(out)-1]
		last.Grants = append(last.Grants, g)
	}
	return out, rows.Err()
}

// MoveBranch hangs a branch, with everything below it, under another parent.
// Grants held above it follow at once. ErrPlace when it cannot hang there;
// ErrRefused when where it hangs now is beyond the actor's reach, ErrNotFound
// when the branch or the parent is.
func (d *DB) MoveBranch(ctx context.Context, by policy.Actor, id, parent int64) error {
	return d.moveBranch(ctx, by, id, parent, func(context.Context, *Tx, *tree, Branch) error { return nil })
}

// ConfirmMove is MoveBranch for somebody who saw its effects: ErrConflict when
// the branch was changed since version, ErrEffects when others would gain or
// lose than those whom mark names.
func (d *DB) ConfirmMove(ctx context.Context, by policy.Actor, id, parent, version int64, mark string) error {
	return d.moveBranch(ctx, by, id, parent, func(ctx context.Context, tx *Tx, t *tree, was Branch) error {
		if was.Version != version {
			return fmt.Errorf("move branch %d: %w", id, ErrConflict)
		}
		access, err := tx.access(ctx)
		if err != nil {
			return err
		}
		e, err := t.moveEffects(ctx, tx, access, id, parent)
		if err == nil && e.Mark != mark {
			err = fmt.Errorf("move branch %d: %w", id, ErrEffects)
		}
		return err
	})
}

// UndoMove hangs a branch back where it hung before the move that made its
// present version; ErrConflict when it was changed since, ErrNotFound when that
// was no move.
func (d *DB) UndoMove(ctx context.Context, by policy.Actor, id, version int64) error {
	if _, err := d.Branch(ctx, by.Scope(policy.BranchEdit), id); err != nil {
		return err
	}
	list, err := d.branchChanges(ctx, id, version)
	if err != nil {
		return err
	}
	for _, fields := range list {
		if before, ok := fields["parent_id"]; ok {
			return d.moveBranch(ctx, by, id, ParseID(fmt.Sprint(before[0])), func(_ context.Context, _ *Tx, _ *tree, was Branch) error {
				if was.Version != version {
					return fmt.Errorf("undo move of branch %d: %w", id, ErrConflict)
				}
				return nil
			})
		}
	}
	return fmt.Errorf("undo move of branch %d: %w", id, ErrNotFound)
}

// branchChanges reads what made a branch's version.
func (d *DB) branchChanges(ctx context.Context, id, version int64) ([]map[string][2]any, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT c.fields FROM audits a JOIN changes c ON c.audit_id = a.id
		WHERE a.act = 'branches.move' AND a.subject_id = $1 AND c.entity = 'branches' AND c.row_id = $1 AND c.version = $2`, id, version)
	if err != nil {
		return nil, fmt.Errorf("changes of branch %d: %w", id, err)
	}
	defer rows.Close()
	var out []map[string][2]any
	for rows.Next() {
		var text string
		var fields map[string][2]any
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("changes of branch %d: %w", id, err)
		}
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return nil, fmt.Errorf("changes of branch %d: %w", id, err)
		}
		out = append(out, fields)
	}
	return out, rows.Err()
}

func (d *DB) moveBranch(ctx context.Context, by policy.Actor, id, parent int64, confirm func(context.Context, *Tx, *tree, Branch) error) error {
	err := d.act(ctx, by, "branches.move", func(tx *Tx) error {
		t, err := tx.holdTree(ctx)
		if err != nil {
			return err
		}
		was, err := t.movable(by, id, parent)
		if err != nil {
			return err
		}
		if err := confirm(ctx, tx, t, was); err != nil {
			return err
		}
		if was.ParentID == parent {
			return nil
		}
		for _, step := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM branch_closure
				WHERE descendant_id IN (SELECT descendant_id FROM branch_closure WHERE ancestor_id = $1)
				  AND ancestor_id NOT IN (SELECT descendant_id FROM branch_closure WHERE ancestor_id = $1)`, []any{id}},
			{`INSERT INTO branch_closure (ancestor_id, descendant_id, depth)
				SELECT up.ancestor_id, down.descendant_id, up.depth + down.depth + 1
				FROM branch_closure up, branch_closure down
				WHERE up.descendant_id = $2 AND down.ancestor_id = $1`, []any{id, parent}},
			{`UPDATE branches SET parent_id = $2, version = version + 1, updated_at = $3 WHERE id = $1`, []any{id, parent, tx.now()}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
				return fmt.Errorf("move branch %d: %w", id, err)
			}
		}
		tx.about(id, id)
		if err := tx.change(ctx, "update", "branches", id, id, 0, was.Version+1,
			map[string][2]any{"parent_id": {plain((*ref)(&was.ParentID)), plain((*ref)(&parent))}}); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
	if err != nil {
		return err
	}
	return d.loadTree(ctx)
}
