package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The parcels of a branch's month by who picked them up are kept like the other
// sums: by the name on the bill, which is somebody's when one person of the
// branch is called so.

type pickerKey struct {
	branch        int64
	month, picker string
}

type picked struct{ waybills, signed int64 }

// picked counts a parcel for who picked it up, with -1 off.
func (t *tally) picked(w *Waybill, c shipped, sign int64) {
	if w.Picker == "" || c.Waybills == 0 {
		return
	}
	k := pickerKey{w.BranchID, w.SentDay[:7], w.Picker}
	have := t.pickers[k]
	have.waybills += sign * c.Waybills
	have.signed += sign * c.Signed
	t.pickers[k] = have
}

// pickersSQL counts the parcels that meet a condition, written in this package,
// by who picked them up.
func pickersSQL(where string) string {
	return `SELECT branch_id, substr(sent_day, 1, 7), picker, count(*), CAST(sum(CASE WHEN state = 'signed' THEN 1 ELSE 0 END) AS BIGINT)
		FROM waybills WHERE ` + where + ` GROUP BY branch_id, substr(sent_day, 1, 7), picker`
}

func namedPickersSQL(where string) string { return pickersSQL(`(` + where + `) AND picker <> ''`) }

// repick moves the parcels of rebind from where they counted to where they will.
func (t *tally) repick(ctx context.Context, tx *Tx, where string, args []any, set func(*Waybill)) error {
	err := eachOf(ctx, tx, namedPickersSQL(where), args, func(scan func(...any) error) error {
		var w Waybill
		var c shipped
		if err := scan(&w.BranchID, &w.SentDay, &w.Picker, &c.Waybills, &c.Signed); err != nil {
			return err
		}
		t.picked(&w, c, -1)
		set(&w)
		t.picked(&w, c, 1)
		return nil
	})
	if err != nil {
		return fmt.Errorf("pickers: %w", err)
	}
	return nil
}

const addPicked = `INSERT INTO picker_months (branch_id, month, picker, waybills, signed) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (branch_id, month, picker) DO UPDATE SET waybills = picker_months.waybills + excluded.waybills, signed = picker_months.signed + excluded.signed`

// flushPickers writes the differences in one order.
func (t *tally) flushPickers(ctx context.Context, tx *Tx) error {
	keys := slices.SortedFunc(maps.Keys(t.pickers), func(a, b pickerKey) int {
		return cmp.Or(cmp.Compare(a.branch, b.branch), strings.Compare(a.month, b.month), strings.Compare(a.picker, b.picker))
	})
	for _, k := range keys {
		c := t.pickers[k]
		if c == (picked{}) {
			continue
		}
		_, err := tx.exec(ctx, addPicked, k.branch, k.month, k.picker, c.waybills, c.signed)
		if err == nil && c.waybills < 0 {
			_, err = tx.exec(ctx, `DELETE FROM picker_months WHERE branch_id = $1 AND month = $2 AND picker = $3 AND waybills = 0`, k.branch, k.month, k.picker)
		}
		if err != nil {
			return fmt.Errorf("pickers of %s: %w", k.month, err)
		}
	}
	return nil
}
