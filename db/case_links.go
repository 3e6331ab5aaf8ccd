package db

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// mergedArgs is what a merge left at the case that it went into, and took from
// it, so that it can be taken out again.
type mergedArgs struct {
	Step     string   `json:"step"`
	Waybills []string `json:"waybills"`
	Photos   []string `json:"photos"`
	Branch   int64    `json:"branch,string,omitempty"` // of the case of an unknown caller, which took the client of the other; 0 = it took none
}

// MergeCase lets a case go into another of the same client, or one of an
// unknown caller into any, whose client is its client then: its parcels and
// pictures, and in words who called. Both are open, and neither is part of
// another or has parts (*CaseStop). It is taken out again by UnmergeCase.
func (d *DB) MergeCase(ctx context.Context, by policy.Actor, x CaseRef, into int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseAssign, "cases.merge", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := tx.holdCases(ctx, was.ID, into); err != nil {
			return CaseEvent{}, err
		}
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
		left, err := tx.pourInto(ctx, was.ID, to.Case)
		if err != nil {
			return CaseEvent{}, err
		}
		if left.Step = was.Step; was.CustomerID == 0 && to.CustomerID != 0 {
			left.Branch = was.BranchID
			now.CustomerID, now.BranchID, now.Class = to.CustomerID, to.BranchID, to.Class
		}
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
// answers which of them the other one does not have of its own.
func (tx *Tx) pourInto(ctx context.Context, from int64, to Case) (left mergedArgs, err error) {
	own, err := partsOfCase(ctx, tx, to.ID)
	if err != nil {
		return left, err
	}
	was := own
	others, err := tx.leftAt(ctx, to.ID, from)
	if err != nil {
		return left, err
	}
	own.numbers, own.hashes = notIn(own.numbers, others.Waybills), notIn(own.hashes, others.Photos)
	brings, err := partsOfCase(ctx, tx, from)
	if err != nil {
		return left, err
	}
	left.Waybills, left.Photos = notIn(brings.numbers, own.numbers), notIn(brings.hashes, own.hashes)
	photos, err := casePhotos(ctx, tx, from)
	if err != nil {
		return left, err
	}
	changed, err := tx.editParts(ctx, to.ID, nil, left.Waybills, slices.DeleteFunc(photos, func(p CasePhoto) bool { return slices.Contains(was.hashes, p.Hash) }))
	if err != nil {
		return left, err
	}
	return left, tx.touchCase(ctx, to, changed)
}

// notIn are the words of a list that are not among others.
func notIn(list, others []string) (out []string) {
	for _, x := range list {
		if !slices.Contains(others, x) {
			out = append(out, x)
		}
	}
	return out
}

// leftAt is what the cases that are merged into one left there, but for one of
// them.
func (tx *Tx) leftAt(ctx context.Context, into, but int64) (all mergedArgs, err error) {
	ids, err := rowsOf[int64](ctx, tx, `SELECT id FROM cases WHERE merged_id = $1 AND id <> $2 ORDER BY id`, into, but)
	if err != nil {
		return all, fmt.Errorf("merged into case %d: %w", into, err)
	}
	for _, id := range ids {
		left, err := tx.mergedLeft(ctx, id)
		if err != nil {
			return all, err
		}
		all.Waybills, all.Photos = append(all.Waybills, left.Waybills...), append(all.Photos, left.Photos...)
	}
	return all, nil
}

// UnmergeCase takes a merged case out again, within UnmergeFor: it goes on
// where it stood, and what it alone left at the other one, which the actor may
// assign as well, is taken back. Later it is ErrRefused.
func (d *DB) UnmergeCase(ctx context.Context, by policy.Actor, x CaseRef) error {
	return d.caseAct(ctx, by, policy.CaseAssign, "cases.unmerge", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if was.MergedID == 0 {
			return CaseEvent{}, stop(casework.NoStep)
		}
		if tx.now()-was.ClosedAt > UnmergeFor.Milliseconds() {
			return CaseEvent{}, ErrRefused
		}
		if err := tx.holdCases(ctx, was.ID, was.MergedID); err != nil {
			return CaseEvent{}, err
		}
		from, err := d.caseIn(ctx, tx, by, policy.CaseAssign, was.MergedID, false)
		if errors.Is(err, ErrNotFound) {
			from, err = d.caseIn(ctx, tx, by, policy.CaseAssign, was.MergedID, true)
		}
		if err != nil {
			return CaseEvent{}, err
		}
		left, err := tx.mergedLeft(ctx, was.ID)
		if err != nil {
			return CaseEvent{}, err
		}
		if err := tx.takeBack(ctx, from.Case, was.ID, left); err != nil {
			return CaseEvent{}, err
		}
		if err := tx.caseEvent(ctx, CaseEvent{CaseID: from.ID, Kind: string(casework.ActUnmerge), Step: from.Step, Args: map[string]string{"code": was.Code}}); err != nil {
			return CaseEvent{}, err
		}
		now.MergedID, now.ClosedAt, now.Step = 0, 0, cmp.Or(left.Step, casework.Accept)
		if left.Branch != 0 {
			now.CustomerID, now.ContactID, now.Class = 0, 0, ""
			if err := tx.mayStand(ctx, left.Branch); err == nil {
				now.BranchID = left.Branch
			} else if !errors.Is(err, ErrClosed) { // a closed one is left where the other case stands
				return CaseEvent{}, err
			}
		}
		return CaseEvent{Kind: string(casework.ActUnmerge)}, tx.oweAnew(ctx, now)
	})
}

// oweAnew puts among the to-dos again what a case that was taken out of another
// one still asks for.
func (tx *Tx) oweAnew(ctx context.Context, c *Case) error {
	if c.CallDue != 0 && c.CalledAt == 0 {
		if err := tx.oweCall(ctx, c); err != nil {
			return err
		}
	}
	if c.UnsatisfiedWhy != "" && c.Satisfied != casework.Accepted {
		if err := tx.askLeader(ctx, c); err != nil {
			return err
		}
	}
	if c.Step != casework.Accept {
		return nil
	}
	return tx.caseTodo(ctx, c, TodoNewCase, c.UserID, "", map[string]string{"kind": c.Kind})
}

// takeBack takes from a case what one that was merged into it left there, and
// no other one.
func (tx *Tx) takeBack(ctx context.Context, from Case, id int64, left mergedArgs) error {
	was, err := partsOfCase(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	others, err := tx.leftAt(ctx, from.ID, id)
	if err != nil {
		return err
	}
	for _, hash := range notIn(left.Photos, others.Photos) {
		if _, err := tx.exec(ctx, `DELETE FROM case_photos WHERE case_id = $1 AND hash = $2`, from.ID, hash); err != nil {
			return fmt.Errorf("unmerge case %d: %w", id, err)
		}
	}
	if _, err := tx.editParts(ctx, from.ID, notIn(left.Waybills, others.Waybills), nil, nil); err != nil {
		return err
	}
	now, err := partsOfCase(ctx, tx, from.ID)
	if err != nil {
		return err
	}
	return tx.touchCase(ctx, from, was.changed(now))
}

// mergedLeft is what the merge of a case left at the other one; nothing when
// its client was erased since.
func (tx *Tx) mergedLeft(ctx context.Context, id int64) (left mergedArgs, err error) {
	var text string
	if err := tx.QueryRowContext(ctx, `SELECT args FROM case_events WHERE case_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1`, id, string(casework.ActMerge)).Scan(&text); err != nil {
		return left, fmt.Errorf("merge of case %d: %w", id, err)
	}
	var args map[string]string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		return left, fmt.Errorf("merge of case %d: %w", id, err)
	}
	if args["left"] == "" {
		return left, nil
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
		if err := tx.holdCases(ctx, append(slices.Clone(ids), parent)...); err != nil {
			return err
		}
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
