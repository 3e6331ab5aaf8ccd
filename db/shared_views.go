package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// ErrFull: there are as many of something as there may be.
var ErrFull = errors.New("full")

// MostSharedViews is how many views of a list a branch shares at most.
const MostSharedViews = 30

// sharedLists are the lists of which views are shared: who shares them, and who
// tidies up what others shared.
var sharedLists = map[string]struct{ share, lead policy.Permission }{
	"customers": {policy.CustomerEdit, policy.CustomerAssign},
	"cases":     {policy.CaseEdit, policy.CaseAssign},
}

// SharedView is an address of a list that somebody shared, under a name, with a
// branch and those below it.
type SharedView struct {
	ID, BranchID, CreatedBy, Version int64
	List, Name, Page, Query          string
	Author                           string // name, when it was read
}

const sharedViewSQL = `SELECT v.id, v.list, v.branch_id, v.name, v.page, v.query, v.version, v.created_by, u.name FROM shared_views v JOIN users u ON u.id = v.created_by WHERE `

func (v *SharedView) scan() []any {
	return []any{&v.ID, &v.List, &v.BranchID, &v.Name, &v.Page, &v.Query, &v.Version, &v.CreatedBy, &v.Author}
}

func (v *SharedView) fields() []field {
	return []field{{"list", &v.List}, {"branch_id", &v.BranchID}, {"name", &v.Name}, {"page", &v.Page}, {"query", &v.Query}}
}

// MayShareView says whether the actor may share a view of a list with a branch.
func (d *DB) MayShareView(by policy.Actor, list string, branch int64) bool {
	return by.Scope(sharedLists[list].share).SeesBranch(d.Chain(branch))
}

// MayTidyView says whether the actor may rename a shared view and take it away:
// their own, and as a leader those of their branches.
func (d *DB) MayTidyView(by policy.Actor, v SharedView) bool {
	return by.UserID != 0 && v.CreatedBy == by.UserID && by.Can(sharedLists[v.List].share) || by.Scope(sharedLists[v.List].lead).SeesBranch(d.Chain(v.BranchID))
}

// SharedViews are the views of a list that are shared with the actor's branch or
// one above it, and those that they shared with others, by name.
func (d *DB) SharedViews(ctx context.Context, by policy.Actor, list string) ([]SharedView, error) {
	chain := slices.Clone(d.Chain(by.Branch))
	for len(chain) < 4 {
		chain = append(chain, 0) // few lengths, so that the statement is kept
	}
	in := manySQL("v.branch_id", chain)
	q := condOf(sharedViewSQL+"v.list = ? AND ("+in.text+" OR v.created_by = ?) ORDER BY v.name, v.id", append(append([]any{list}, in.args...), by.UserID)...)
	rows, err := d.query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("shared views of %s: %w", list, err)
	}
	defer rows.Close()
	var out []SharedView
	for rows.Next() {
		var v SharedView
		if err := rows.Scan(v.scan()...); err != nil {
			return nil, fmt.Errorf("shared views of %s: %w", list, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// MostViewsBelow is how many views that others shared a leader sees at most.
const MostViewsBelow = 200

// SharedViewsBelow are the views of a list that SharedViews does not tell of and
// the actor may tidy as a leader: those of the branches that they lead, by branch
// and name, at most MostViewsBelow. Nothing for who leads none.
func (d *DB) SharedViewsBelow(ctx context.Context, by policy.Actor, list string) (out []SharedView, err error) {
	home := d.Chain(by.Branch)
	branches, all := d.branchIDs(by.Scope(sharedLists[list].lead))
	q := condOf(sharedViewSQL+"v.list = ? AND v.created_by <> ?", list, by.UserID)
	if !all {
		branches = slices.DeleteFunc(branches, func(id int64) bool { return slices.Contains(home, id) })
		if len(branches) == 0 {
			return nil, nil
		}
		in := manySQL("v.branch_id", branches)
		q = condOf(q.text+" AND "+in.text, append(q.args, in.args...)...)
	}
	for _, id := range home {
		q = condOf(q.text+" AND v.branch_id <> ?", append(q.args, id)...)
	}
	rows, err := d.query(ctx, condOf(q.text+" ORDER BY v.branch_id, v.name LIMIT ?", append(q.args, MostViewsBelow)...))
	if err != nil {
		return nil, fmt.Errorf("shared views of %s below: %w", list, err)
	}
	defer rows.Close()
	for rows.Next() {
		var v SharedView
		if err := rows.Scan(v.scan()...); err != nil {
			return nil, fmt.Errorf("shared views of %s below: %w", list, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// ShareView shares a view with a branch. One of that name that the actor shared
// there before is replaced, so that a form sent twice is done once; another's is
// ErrTaken. A branch beyond reach is ErrNotFound, one that shares MostSharedViews
// of the list already ErrFull.
func (d *DB) ShareView(ctx context.Context, by policy.Actor, v SharedView) error {
	if !d.MayShareView(by, v.List, v.BranchID) {
		return fmt.Errorf("branch %d: %w", v.BranchID, ErrNotFound)
	}
	err := d.act(ctx, by, "views.share", func(tx *Tx) error {
		tx.about(v.BranchID, v.BranchID)
		var was SharedView
		err := tx.QueryRowContext(ctx, sharedViewSQL+`v.list = $1 AND v.branch_id = $2 AND v.name = $3`, v.List, v.BranchID, v.Name).Scan(was.scan()...)
		switch {
		case err == nil && was.CreatedBy != by.UserID:
			return fmt.Errorf("view %q: %w", v.Name, ErrTaken)
		case err == nil:
			now := was
			now.Page, now.Query = v.Page, v.Query
			return tx.saveSharedView(ctx, was, now)
		case !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("view %q: %w", v.Name, err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM shared_views WHERE list = $1 AND branch_id = $2`, v.List, v.BranchID).Scan(&n); err != nil {
			return fmt.Errorf("views of branch %d: %w", v.BranchID, err)
		}
		if n >= MostSharedViews {
			return fmt.Errorf("views of branch %d: %w", v.BranchID, ErrFull)
		}
		v.ID, v.Version, v.CreatedBy = tx.newID(), 1, by.UserID
		now := tx.now()
		if err := tx.insert(ctx, "shared_views", append(v.fields(), field{"id", &v.ID}, field{"version", &v.Version}, field{"created_by", &v.CreatedBy}, field{"created_at", &now}, field{"updated_at", &now})); err != nil {
			if isUnique(err) {
				err = ErrTaken // shared by another at the same moment
			}
			return fmt.Errorf("view %q: %w", v.Name, err)
		}
		return tx.change(ctx, "create", "shared_views", v.ID, v.BranchID, 0, 1, map[string][2]any{"name": {"", v.Name}})
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}

// saveSharedView writes the difference; errNothing when there is none.
func (tx *Tx) saveSharedView(ctx context.Context, was, now SharedView) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return errNothing
	}
	if err := tx.update(ctx, "shared_views", was.ID, was.Version, now.fields(), changed); err != nil {
		if isUnique(err) {
			err = ErrTaken
		}
		return fmt.Errorf("view %d: %w", was.ID, err)
	}
	return tx.change(ctx, "update", "shared_views", was.ID, was.BranchID, 0, was.Version+1, changed)
}

// ViewToTidy says whether the actor may tidy a shared view: nil, or ErrNotFound
// for one that is not shared with them, ErrRefused for one that is and is
// another's.
func (d *DB) ViewToTidy(ctx context.Context, by policy.Actor, list string, id int64) error {
	_, err := d.viewToTidy(ctx, d.r, by, list, id)
	return err
}

func (d *DB) viewToTidy(ctx context.Context, q querier, by policy.Actor, list string, id int64) (v SharedView, err error) {
	err = q.QueryRowContext(ctx, sharedViewSQL+`v.id = $1 AND v.list = $2`, id, list).Scan(v.scan()...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = ErrNotFound
	case err != nil || d.MayTidyView(by, v):
	case slices.Contains(d.Chain(by.Branch), v.BranchID) || v.CreatedBy == by.UserID:
		err = ErrRefused
	default:
		err = ErrNotFound
	}
	if err != nil {
		return v, fmt.Errorf("shared view %d: %w", id, err)
	}
	return v, nil
}

// sharedView reads a view that the actor is to tidy, as it stood when they
// looked; ErrConflict when it was changed meanwhile.
func (tx *Tx) sharedView(ctx context.Context, list string, id, version int64) (SharedView, error) {
	v, err := tx.db.viewToTidy(ctx, tx, tx.by, list, id)
	if err == nil && version != v.Version {
		err = fmt.Errorf("shared view %d: %w", id, ErrConflict)
	}
	if err == nil {
		tx.about(v.BranchID, v.BranchID)
	}
	return v, err
}

// RenameSharedView gives a shared view another name; one that another view of
// the list has at its branch is ErrTaken, a stale version ErrConflict.
func (d *DB) RenameSharedView(ctx context.Context, by policy.Actor, list string, id, version int64, name string) error {
	err := d.act(ctx, by, "views.rename", func(tx *Tx) error {
		was, err := tx.sharedView(ctx, list, id, version)
		if err != nil {
			return err
		}
		now := was
		now.Name = name
		return tx.saveSharedView(ctx, was, now)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}

// RemoveSharedView takes a shared view away; what it listed is untouched. What it
// was stands in the audit.
func (d *DB) RemoveSharedView(ctx context.Context, by policy.Actor, list string, id, version int64) error {
	return d.act(ctx, by, "views.unshare", func(tx *Tx) error {
		was, err := tx.sharedView(ctx, list, id, version)
		if err != nil {
			return err
		}
		n, err := tx.exec(ctx, `DELETE FROM shared_views WHERE id = $1 AND version = $2`, id, version)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("shared view %d: %w", id, err)
		}
		return tx.change(ctx, "delete", "shared_views", id, was.BranchID, 0, was.Version+1, map[string][2]any{"name": {was.Name, ""}, "query": {was.Query, ""}})
	})
}
