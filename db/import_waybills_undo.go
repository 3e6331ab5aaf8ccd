package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/tracking"
)

// undoWaybills takes a bill back: parcels that it brought go when nobody has
// corrected them since, corrections get their former value where the parcel
// still holds what the bill said. It is done in parts like every undo, and goes
// on where it was cut off.
func (d *DB) undoWaybills(ctx context.Context, by policy.Actor, m Import, p *importProgress) (ImportUndo, error) {
	return d.takeWaybillsBack(ctx, by, m, p, "imports.undo", func(tx *Tx, out ImportUndo) error {
		tx.detail(map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed})
		return tx.undoPart(ctx, m, out, `undo = $2, state = 'undone', version = version + 1`)
	})
}

// rollBackWaybills takes back what the parts of a bill have written that was
// cancelled or failed.
func (d *DB) rollBackWaybills(ctx context.Context, m Import, p *importProgress) error {
	_, err := d.takeWaybillsBack(ctx, policy.SystemActor("yike import"), m, p, "imports.rollback", func(tx *Tx, _ ImportUndo) error {
		if _, err := tx.exec(ctx, `DELETE FROM waybill_imports WHERE import_id = $1`, m.ID); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `UPDATE imports SET run = '', run_done = 0, apply_audit = 0, undo = '' WHERE id = $1`, m.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("take import %d back: %w", m.ID, err)
	}
	return nil
}

// takeWaybillsBack takes a bill back in parts of about partTime each, and
// leaves with each how far it is. end runs in the last one.
func (d *DB) takeWaybillsBack(ctx context.Context, by policy.Actor, m Import, p *importProgress, act string, end func(*Tx, ImportUndo) error) (ImportUndo, error) {
	var block idBlock
	err := d.r.QueryRowContext(ctx, `SELECT first_id, last_id FROM waybill_imports WHERE import_id = $1`, m.ID).Scan(&block.From, &block.To)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m.Undo, fmt.Errorf("ids of import %d: %w", m.ID, err)
	}
	parts, err := d.importParts(ctx, m)
	if err != nil {
		return m.Undo, err
	}
	state := m.Undo
	if state.At == nil {
		state.At = &undoAt{}
	}
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return state, err
		}
		var out ImportUndo
		steps := 0
		err := d.act(ctx, by, act, func(tx *Tx) error {
			at := *state.At
			out, steps = state, 0
			out.Rows, out.At = slices.Clone(state.Rows), &at
			u := &undoer{Tx: tx, m: m, out: &out}
			sums := newTally()
			for began := time.Now(); ; {
				var n int
				var err error
				// Corrections first: they are of parcels of earlier bills, and few.
				if at.Rank == 0 {
					n, err = u.correctedBack(ctx, &at, parts, sums)
				} else {
					n, err = u.takenBack(ctx, &at, block, sums)
				}
				if err != nil {
					return err
				}
				steps += n
				if ended = at.Rank == 2; ended || time.Since(began) > partTime {
					break
				}
			}
			if err := sums.flush(ctx, tx); err != nil {
				return err
			}
			tx.about(m.BranchID, m.ID)
			if ended {
				out.At = nil
				return end(tx, out)
			}
			return tx.undoPart(ctx, m, out, `undo = $2`)
		})
		if err != nil {
			return state, err
		}
		state = out
		p.done.Add(int64(steps))
	}
	return state, nil
}

// undoPart notes a part of an undo of an import that is still in the state in
// which it was read.
func (tx *Tx) undoPart(ctx context.Context, m Import, out ImportUndo, set string) error {
	text, err := toJSON(out)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, undoPartSQL(set), m.ID, text, tx.now(), m.State)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return fmt.Errorf("undo import %d: %w", m.ID, err)
	}
	return nil
}

// undoPartSQL notes a part of an undo that is under way.
func undoPartSQL(set string) string {
	return `UPDATE imports SET ` + set + `, updated_at = $3 WHERE id = $1 AND state = $4`
}

// takenBack deletes the next parcels that the bill brought.
func (u *undoer) takenBack(ctx context.Context, at *undoAt, block idBlock, sums *tally) (int, error) {
	stmt, err := u.prepared(ctx, waybillsOfImportSQL)
	if err != nil {
		return 0, err
	}
	rows, err := stmt.QueryContext(ctx, max(at.Change, block.From-1), block.To, u.m.ID, undoStep*4)
	if err != nil {
		return 0, fmt.Errorf("waybills of import %d: %w", u.m.ID, err)
	}
	defer rows.Close()
	var list []Waybill
	for rows.Next() {
		var w Waybill
		if err := rows.Scan(pointers(w.all())...); err != nil {
			return 0, fmt.Errorf("waybills of import %d: %w", u.m.ID, err)
		}
		list = append(list, w)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("waybills of import %d: %w", u.m.ID, err)
	}
	for i := range list {
		w := &list[i]
		at.Change = w.ID
		switch {
		case w.Version != 1:
			u.say("kept", "edited", "waybill", 0, w.Number)
			continue
		case !u.db.waybillInReach(ctx, u.Tx, w):
			u.say("failed", "moved", "waybill", 0, w.Number)
			continue
		}
		for _, trouble := range tracking.Troubles() {
			if err := u.alertOver(ctx, w.Number, trouble, SettledUndone); err != nil {
				return 0, err
			}
		}
		for _, query := range []string{`DELETE FROM waybill_traces WHERE waybill_id = $1`, `DELETE FROM waybill_tracks WHERE waybill_id = $1`, `DELETE FROM track_read_rows WHERE waybill_id = $1`, `DELETE FROM todos WHERE waybill_id = $1`} {
			if _, err := u.exec(ctx, query, w.ID); err != nil {
				return 0, fmt.Errorf("news of waybill %d: %w", w.ID, err)
			}
		}
		if _, err := u.exec(ctx, `DELETE FROM waybills WHERE id = $1`, w.ID); err != nil {
			return 0, fmt.Errorf("waybill %d: %w", w.ID, err)
		}
		sums.one(w, -1)
		u.say("reversed", "waybill", "waybill", 0, w.Number)
	}
	if len(list) == 0 || block.From == 0 {
		at.Rank = 2
	}
	return len(list), nil
}

var waybillsOfImportSQL = `SELECT ` + waybillColumns + ` FROM waybills w WHERE w.id > $1 AND w.id <= $2 AND w.import_id = $3 ORDER BY w.id LIMIT $4`

// waybillInReach says whether the actor may change a parcel as it stands now.
func (d *DB) waybillInReach(ctx context.Context, tx *Tx, w *Waybill) bool {
	scope := tx.by.Scope(policy.ImportUndo)
	if scope.SeesBranch(d.Chain(w.BranchID)) {
		return true
	}
	var owner, clerk ref
	err := tx.QueryRowContext(ctx, `SELECT owner_id, clerk_id FROM customers WHERE id = $1`, w.CustomerID).Scan(&owner, &clerk)
	return err == nil && d.sees(scope, w.BranchID, int64(owner), int64(clerk))
}

// correctedBack puts the next corrections of the bill back, those of one of
// its parts after those of the other.
func (u *undoer) correctedBack(ctx context.Context, at *undoAt, parts []int64, sums *tally) (int, error) {
	part := slices.Index(parts, at.Audit)
	if part < 0 && len(parts) > 0 {
		part, at.Audit, at.Change = 0, parts[0], 0
	}
	if part < 0 || u.m.Updates == 0 && !u.m.uncounted() {
		*at = undoAt{Rank: 1}
		return 0, nil
	}
	stmt, err := u.prepared(ctx, `
		SELECT id, row_id, customer_id, version, fields FROM changes
		WHERE audit_id = $1 AND entity = 'waybills' AND kind = 'update' AND id > $2 ORDER BY id LIMIT $3`)
	if err != nil {
		return 0, err
	}
	rows, err := stmt.QueryContext(ctx, at.Audit, at.Change, undoStep)
	if err != nil {
		return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
	}
	defer rows.Close()
	type correction struct {
		id, row, customer, version int64
		fields                     string
	}
	var list []correction
	for rows.Next() {
		var c correction
		if err := rows.Scan(&c.id, &c.row, &c.customer, &c.version, &c.fields); err != nil {
			return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
		}
		list = append(list, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
	}
	o := u.opener()
	for _, c := range list {
		at.Change = c.id
		fields, err := o.fields(ctx, c.fields, c.id, c.customer)
		if err != nil {
			return 0, fmt.Errorf("correction %d: %w", c.id, err)
		}
		if err := u.correctBack(ctx, c.row, c.version, fields, sums); err != nil {
			return 0, err
		}
	}
	if len(list) < undoStep {
		if part++; part < len(parts) {
			at.Audit, at.Change = parts[part], 0
		} else {
			*at = undoAt{Rank: 1}
		}
	}
	return len(list), nil
}

func (u *undoer) correctBack(ctx context.Context, id, version int64, fields []FieldChange, sums *tally) error {
	was, err := waybillRow(ctx, u.Tx, id)
	if errors.Is(err, ErrNotFound) {
		u.say("failed", "gone", "waybill", 0, strconv.FormatInt(id, 10))
		return nil
	}
	if err != nil {
		return err
	}
	now := was
	list := now.fields()
	for _, f := range fields {
		i := slices.IndexFunc(list, func(x field) bool { return x.column == f.Column })
		if i < 0 || f.Lost != "" || fmt.Sprint(plain(list[i].value)) != fmt.Sprint(number(f.After)) {
			u.say("kept", "fields", f.Column, 0, was.Number)
			return nil
		}
		switch to := list[i].value.(type) {
		case *string:
			*to, _ = f.Before.(string)
		case *int64:
			n, _ := f.Before.(float64)
			*to = int64(n)
		case *ref:
			text, _ := f.Before.(string)
			n, _ := strconv.ParseInt(text, 10, 64)
			*to = ref(n)
		}
	}
	if was.Version != version {
		u.say("kept", "edited", "waybill", 0, was.Number)
		return nil
	}
	if now.SenderID != was.SenderID && now.SenderID != 0 {
		// Who sent it is forgotten once nothing pointed there any more.
		var there bool
		if err := u.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM waybill_senders WHERE id = $1)`, now.SenderID).Scan(&there); err != nil {
			return fmt.Errorf("sender %d: %w", now.SenderID, err)
		}
		if !there {
			now.SenderID = 0
		}
	}
	u.say("reversed", "corrected", "waybill", 0, was.Number)
	return u.rewrite(ctx, was, now, sums)
}
