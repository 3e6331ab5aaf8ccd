package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"yike/policy"
)

// MostCauseMoved is how many cases change their cause in one act.
const MostCauseMoved = 2000

// EventCauseMoved is the line of a case's history that says that its cause was
// changed with that of others.
const EventCauseMoved = "cause_moved"

// MoveCauseCases gives the cases of a cause that is offered no more another one,
// MostCauseMoved at once; each says so in its history. It answers how many moved
// and whether there are more. With back, those that were moved so from a cause to
// another one have the first again. Another cause than one that is offered is
// ErrRefused, unless it was theirs before.
func (d *DB) MoveCauseCases(ctx context.Context, by policy.Actor, from, to int64, back bool) (moved int, more bool, err error) {
	err = d.act(ctx, by, "causes.move", func(tx *Tx) error {
		moved, more = 0, false
		if !by.Scope(policy.CaseRule).SeesBranch(d.Chain(d.headOffice())) || from == to {
			return fmt.Errorf("cases of cause %d: %w", from, ErrRefused)
		}
		gone, err := tx.causeOffered(ctx, from)
		if err != nil {
			return err
		}
		stays, err := tx.causeOffered(ctx, to)
		if err != nil {
			return err
		}
		if !back && (gone || !stays) {
			return fmt.Errorf("cases of cause %d to %d: %w", from, to, ErrRefused)
		}
		tx.about(d.headOffice(), from)
		args, err := json.Marshal(map[string]string{"from": strconv.FormatInt(from, 10), "to": strconv.FormatInt(to, 10)})
		if err != nil {
			return err
		}
		is, shall, only := from, to, ""
		if back {
			is, shall = to, from
			only = ` AND EXISTS (SELECT 1 FROM case_events v WHERE v.case_id = e.id AND v.kind = '` + EventCauseMoved + `' AND v.args = $2)`
		} else {
			only = ` AND $2 <> ''`
		}
		type row struct{ id, version, branch, customer int64 }
		var list []row
		err = eachOf(ctx, tx, `SELECT e.id, e.version, e.branch_id, coalesce(e.customer_id, 0) FROM cases e WHERE e.cause_id = $1`+only+` ORDER BY e.id LIMIT `+strconv.Itoa(MostCauseMoved+1),
			[]any{is, string(args)}, func(scan func(...any) error) error {
				var x row
				err := scan(&x.id, &x.version, &x.branch, &x.customer)
				list = append(list, x)
				return err
			})
		if err != nil {
			return fmt.Errorf("cases of cause %d: %w", is, err)
		}
		if more = len(list) > MostCauseMoved; more {
			list = list[:MostCauseMoved]
		}
		for _, x := range list {
			n, err := tx.exec(ctx, `UPDATE cases SET cause_id = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND version = $4`, x.id, shall, tx.now(), x.version)
			if err != nil {
				return fmt.Errorf("cause of case %d: %w", x.id, err)
			}
			if n == 0 { // somebody corrected it meanwhile: it is looked at again with the rest
				more = true
				continue
			}
			moved++
			if err := tx.change(ctx, "update", "cases", x.id, x.branch, x.customer, x.version+1, map[string][2]any{"cause_id": {is, shall}}); err != nil {
				return err
			}
			if err := tx.caseEvent(ctx, CaseEvent{CaseID: x.id, Kind: EventCauseMoved, Args: map[string]string{"from": strconv.FormatInt(is, 10), "to": strconv.FormatInt(shall, 10)}}); err != nil {
				return err
			}
		}
		return nil
	})
	return moved, more, err
}

// causeOffered says whether a cause is offered to new cases, and so is the one
// above it.
func (tx *Tx) causeOffered(ctx context.Context, id int64) (bool, error) {
	c, err := tx.cause(ctx, id)
	if err != nil || c.RetiredAt != 0 || c.ParentID == 0 {
		return err == nil && c.RetiredAt == 0, err
	}
	above, err := tx.cause(ctx, c.ParentID)
	return above.RetiredAt == 0, err
}
