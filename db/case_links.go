package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/casework"
)

// UnmergeFor is for how long a merged case can be taken out again.
const UnmergeFor = 30 * 24 * time.Hour

// onePart is eachPart for one of them.
func (tx *Tx) onePart(ctx context.Context, id int64, set func(CaseRow, *Case) (CaseEvent, error)) (bool, error) {
	part, err := tx.db.caseIn(ctx, tx, tx.by, policy.CaseEdit, id, false)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := part.Case
	e, err := set(part, &now)
	if errors.Is(err, errNothing) || errors.Is(err, ErrCaseStop) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := tx.saveCase(ctx, part.Case, now); err != nil {
		return false, err
	}
	e.CaseID, e.Step = id, now.Step
	return true, tx.caseEvent(ctx, e)
}

// mergedArgs is what a merge left at the case that it went into, so that it can
// be taken out again.
type mergedArgs struct {
	Step     string   `json:"step"`
	Waybills []string `json:"waybills"`
	Photos   []string `json:"photos"`
}

// MergeCase lets a case go into another of the same client, or one of an
// unknown caller into any: its parcels and pictures, and in words who called.
// Both are open, and neither is part of another or has parts (*CaseStop). It is
// taken out again by UnmergeCase.
func (d *DB) MergeCase(ctx context.Context, by policy.Actor, x CaseRef, into int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseAssign, "cases.merge", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		to, err := d.caseIn(ctx, tx, by, policy.CaseAssign, into, false)
		if err != nil {
			return CaseEvent{}, err
		}
		if err := tx.mayJoin(ctx, was.Case, to.Case); err != nil {
			return CaseEvent{}, err
		}
		if was.CustomerID != 0 && was.CustomerID != to.CustomerID {
			return CaseEvent{}, stop(casework.OtherClient)
		}
		left, err := tx.pourInto(ctx, was.ID, into)
		if err != nil {
			return CaseEvent{}, err
		}
		left.Step = was.Step
		text, err := json.Marshal(left)
		if err != nil {
			return CaseEvent{}, fmt.Errorf("merge case %d: %w", was.ID, err)
		}
		who := strings.TrimSpace(was.Caller + " " + was.CallerPhone)
		if err := tx.caseEvent(ctx, CaseEvent{CaseID: into, Kind: string(casework.ActMerge), Step: to.Step, Note: strings.TrimSpace(who + "\n" + was.Said), Args: map[string]string{"code": was.Code, "id": strconv.FormatInt(was.ID, 10)}}); err != nil {
			return CaseEvent{}, err
		}
		now.MergedID = into
		return CaseEvent{Kind: string(casework.ActMerge), Note: note, Args: map[string]string{"into": to.Code, "id": strconv.FormatInt(into, 10), "left": string(text)}}, tx.finish(ctx, now)
	})
}

// mayJoin says whether a case may go into another, or become part of it.
func (tx *Tx) mayJoin(ctx context.Context, c, to Case) error {
	switch {
	case c.ID == to.ID:
		return stop(casework.Itself)
	case c.mayGoOn() != nil:
		return c.mayGoOn()
	case to.mayGoOn() != nil:
		return to.mayGoOn()
	case to.ParentID != 0:
		return stop(casework.Chain)
	}
	var has bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cases WHERE parent_id = $1 AND deleted_at = 0)`, c.ID).Scan(&has); err != nil {
		return fmt.Errorf("parts of case %d: %w", c.ID, err)
	}
	if has {
		return stop(casework.Chain)
	}
	return nil
}

// pourInto hangs the parcels and pictures of a case on another as well, and
// answers which of them are new there.
func (tx *Tx) pourInto(ctx context.Context, from, into int64) (left mergedArgs, err error) {
	there, err := caseWaybills(ctx, tx, into)
	if err != nil {
		return left, err
	}
	has := map[string]bool{}
	for _, w := range there {
		has[w.Number] = true
	}
	list, err := caseWaybills(ctx, tx, from)
	if err != nil {
		return left, err
	}
	for _, w := range list {
		if !has[w.Number] {
			left.Waybills = append(left.Waybills, w.Number)
		}
	}
	if err := addCaseWaybills(ctx, tx, into, left.Waybills); err != nil {
		return left, err
	}
	hung, err := casePhotos(ctx, tx, into)
	if err != nil {
		return left, err
	}
	for _, p := range hung {
		has[p.Hash] = true
	}
	photos, err := casePhotos(ctx, tx, from)
	if err != nil {
		return left, err
	}
	var fresh []CasePhoto
	for _, p := range photos {
		if !has[p.Hash] {
			fresh, left.Photos = append(fresh, p), append(left.Photos, p.Hash)
		}
	}
	return left, addCasePhotos(ctx, tx, into, fresh)
}

// UnmergeCase takes a merged case out again, within UnmergeFor: it goes on
// where it stood, and what it left at the other one is taken back. Later it is
// ErrRefused.
func (d *DB) UnmergeCase(ctx context.Context, by policy.Actor, x CaseRef) error {
	return d.caseAct(ctx, by, policy.CaseAssign, "cases.unmerge", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if was.MergedID == 0 {
			return CaseEvent{}, stop(casework.NoStep)
		}
		if tx.now()-was.ClosedAt > UnmergeFor.Milliseconds() {
			return CaseEvent{}, ErrRefused
		}
		left, err := tx.mergedLeft(ctx, was.ID)
		if err != nil {
			return CaseEvent{}, err
		}
		for _, n := range left.Waybills {
			if _, err := tx.exec(ctx, `DELETE FROM case_waybills WHERE case_id = $1 AND number = $2`, was.MergedID, n); err != nil {
				return CaseEvent{}, fmt.Errorf("unmerge case %d: %w", was.ID, err)
			}
		}
		for _, hash := range left.Photos {
			if _, err := tx.exec(ctx, `DELETE FROM case_photos WHERE case_id = $1 AND hash = $2`, was.MergedID, hash); err != nil {
				return CaseEvent{}, fmt.Errorf("unmerge case %d: %w", was.ID, err)
			}
		}
		var step string
		if err := tx.QueryRowContext(ctx, `SELECT step FROM cases WHERE id = $1`, was.MergedID).Scan(&step); err != nil {
			return CaseEvent{}, fmt.Errorf("case %d: %w", was.MergedID, err)
		}
		if err := tx.caseEvent(ctx, CaseEvent{CaseID: was.MergedID, Kind: string(casework.ActUnmerge), Step: step, Args: map[string]string{"code": was.Code}}); err != nil {
			return CaseEvent{}, err
		}
		now.MergedID, now.ClosedAt, now.Step = 0, 0, left.Step
		return CaseEvent{Kind: string(casework.ActUnmerge)}, nil
	})
}

// mergedLeft is what the merge of a case left at the other one.
func (tx *Tx) mergedLeft(ctx context.Context, id int64) (left mergedArgs, err error) {
	var text string
	if err := tx.QueryRowContext(ctx, `SELECT args FROM case_events WHERE case_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1`, id, string(casework.ActMerge)).Scan(&text); err != nil {
		return left, fmt.Errorf("merge of case %d: %w", id, err)
	}
	var args map[string]string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		return left, fmt.Errorf("merge of case %d: %w", id, err)
	}
	if err := json.Unmarshal([]byte(args["left"]), &left); err != nil {
		return left, fmt.Errorf("merge of case %d: %w", id, err)
	}
	return left, nil
}

// LinkCases makes cases parts of another: one lorry makes forty. It is one act;
// what may not be a part of it, or is out of the actor's reach, stays as it is.
// It answers how many were linked.
func (d *DB) LinkCases(ctx context.Context, by policy.Actor, parent int64, ids []int64) (n int, err error) {
	err = d.act(ctx, by, "cases.link", func(tx *Tx) error {
		n = 0
		to, err := d.caseIn(ctx, tx, by, policy.CaseAssign, parent, false)
		if err != nil {
			return err
		}
		tx.about(to.BranchID, parent)
		for _, id := range ids {
			changed, err := tx.onePart(ctx, id, func(was CaseRow, now *Case) (CaseEvent, error) {
				if was.ParentID == parent || !d.seesCase(by, policy.CaseAssign, was) {
					return CaseEvent{}, errNothing
				}
				now.ParentID = parent
				return CaseEvent{Kind: string(casework.ActLink), Args: map[string]string{"into": to.Code, "id": strconv.FormatInt(parent, 10)}}, tx.mayJoin(ctx, was.Case, to.Case)
			})
			if err != nil {
				return err
			}
			if changed {
				n++
			}
		}
		if n == 0 {
			return errNothing
		}
		return tx.caseEvent(ctx, CaseEvent{CaseID: parent, Kind: string(casework.ActLink), Step: to.Step, Args: map[string]string{"n": strconv.Itoa(n)}})
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

// UnlinkCase takes a part off the case that it belongs to.
func (d *DB) UnlinkCase(ctx context.Context, by policy.Actor, x CaseRef) error {
	return d.caseAct(ctx, by, policy.CaseAssign, "cases.unlink", x.ID, x.Version, func(_ *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if was.ParentID == 0 {
			return CaseEvent{}, errNothing
		}
		now.ParentID = 0
		return CaseEvent{Kind: string(casework.ActUnlink)}, nil
	})
}

// CaseParts returns the parts of a case that the actor sees, by code.
func (d *DB) CaseParts(ctx context.Context, by policy.Actor, id int64) ([]CaseRow, error) {
	return d.casesBy(ctx, by, policy.CaseRead, ` WHERE e.parent_id = $1 AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0 ORDER BY e.code LIMIT 200`, id)
}

// CaseNeighbours returns the open cases that may belong with one: of the same
// client, and those that came in at its branch within three days of it, the
// latest first. The actor may assign each of them.
func (d *DB) CaseNeighbours(ctx context.Context, by policy.Actor, x CaseRow) ([]CaseRow, error) {
	const span = 3 * 24 * time.Hour
	return d.casesBy(ctx, by, policy.CaseAssign, ` WHERE e.step <> 'closed' AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0 AND e.id <> $1 AND e.id <> $2 AND e.parent_id IS NULL
		AND (e.customer_id = $3 OR e.branch_id = $4 AND e.opened_at > $5 AND e.opened_at < $6) ORDER BY e.opened_at DESC, e.id DESC LIMIT 60`,
		x.ID, x.ParentID, x.CustomerID, x.BranchID, x.OpenedAt-span.Milliseconds(), x.OpenedAt+span.Milliseconds())
}

func (d *DB) casesBy(ctx context.Context, by policy.Actor, right policy.Permission, where string, args ...any) ([]CaseRow, error) {
	rows, err := d.r.QueryContext(ctx, caseRowSQL+where, args...)
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	defer rows.Close()
	var out []CaseRow
	for rows.Next() {
		r, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("cases: %w", err)
		}
		if d.seesCase(by, right, r) {
			out = append(out, r)
		}
	}
	return out, rows.Err()
}

// CaseOfCode returns the id of the case with a code that the actor sees.
func (d *DB) CaseOfCode(ctx context.Context, by policy.Actor, code string) (int64, error) {
	list, err := d.casesBy(ctx, by, policy.CaseRead, ` WHERE e.code = $1 AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0`, code)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("case %q: %w", code, ErrNotFound)
	}
	if err != nil {
		return 0, err
	}
	return list[0].ID, nil
}

// MayOnCase says whether the actor has a right over a case.
func (d *DB) MayOnCase(by policy.Actor, right policy.Permission, x CaseRow) bool {
	return d.seesCase(by, right, x)
}
