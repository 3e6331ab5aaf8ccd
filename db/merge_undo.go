package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// UndoMerge puts a merge back within UndoDays: what went over and still hangs on
// the file that stayed hangs on the other one again, which comes out of the bin,
// and the fields that still say what the merge wrote say what they did before.
// What was written since stays where it was written. The actor needs
// customers.delete over both files. ErrConflict when it was put back before or is
// too old, when the file that stayed is in the bin itself, or one of them was
// erased.
func (d *DB) UndoMerge(ctx context.Context, by policy.Actor, id int64) (m Merge, err error) {
	err = d.act(ctx, by, "customers.unmerge", func(tx *Tx) error {
		scope := by.Scope(policy.CustomerDelete)
		if m, err = d.mergeIn(ctx, tx, scope, id); err != nil {
			return err
		}
		if !m.Undoable(tx.at) {
			return fmt.Errorf("undo merge %d: %w", id, ErrConflict)
		}
		kept, gone, err := tx.unmergePair(ctx, scope, &m)
		if err != nil {
			return err
		}
		// The file comes out of the bin as the same act of this merge, not of a person.
		if err := binCustomer(ctx, tx, gone, false); err != nil {
			return err
		}
		m.Back = map[string]int{}
		if err := tx.moveBack(ctx, &m, gone.BranchID); err != nil {
			return fmt.Errorf("undo merge %d: %w", id, err)
		}
		if m.Lasting, err = tx.unjoin(ctx, &m, kept); err != nil {
			return err
		}
		if err := tx.unhold(ctx, &m); err != nil {
			return err
		}
		if err := tx.afterMerge(ctx, &m); err != nil {
			return err
		}
		text, err := toJSON(map[string]any{"rows": m.Back, "fields": m.Lasting})
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE merges SET undone_at = $2, undone_by = $3, back = $4 WHERE id = $1 AND undone_at = 0`, id, tx.now(), by.UserID, text)
		}
		m.UndoneAt = tx.now()
		tx.about(kept.BranchID, kept.ID)
		tx.detail(map[string]any{"code": gone.Code, "rows": total(m.Back)})
		return err
	})
	return m, err
}

func total(counts map[string]int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

// unmergePair reads both files as they must be for putting a merge back.
func (tx *Tx) unmergePair(ctx context.Context, scope policy.Scope, m *Merge) (kept, gone Customer, err error) {
	if err := tx.holdFiles(ctx, m.KeptID, m.GoneID); err != nil {
		return kept, gone, err
	}
	if kept, err = tx.db.customer(ctx, tx, scope, m.KeptID, false); err == nil {
		gone, err = tx.db.customer(ctx, tx, scope, m.GoneID, true)
	}
	if errors.Is(err, ErrNotFound) { // in the bin, erased, or moved out of reach
		err = fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return kept, gone, err
}

// moveBack lets what went over go back to the other file, and counts it.
func (tx *Tx) moveBack(ctx context.Context, m *Merge, branch int64) error {
	for _, k := range append(slices.Clone(mergeKinds), apartKinds...) {
		if m.Moved[k.table] == 0 {
			continue
		}
		var n int
		err := tx.QueryRowContext(ctx, backCountSQL(k), m.ID, m.KeptID).Scan(&n)
		if err == nil && n > 0 {
			m.Back[k.table] = n
			err = tx.moveKind(ctx, m, k, m.KeptID, m.GoneID, branch)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", k.table, err)
		}
	}
	// What was archived since of the rows that go back goes with them.
	if _, err := tx.exec(ctx, archivedBack, m.ID, m.GoneID, m.KeptID); err != nil {
		return fmt.Errorf("archived since: %w", err)
	}
	return nil
}

const archivedBack = `UPDATE archived SET customer_id = $2 WHERE customer_id = $3 AND row_id IN (SELECT row_id FROM merge_rows
	WHERE merge_id = $1 AND merge_rows.kind = CASE archived.kind WHEN 'forms' THEN 'feedback_forms' WHEN 'letters' THEN 'outbox' ELSE archived.kind END)`

// backCountSQL counts the rows of a table that can go back.
func backCountSQL(k mergeKind) string {
	return `SELECT COUNT(*) FROM ` + k.table + ` WHERE customer_id = $2 AND ` + k.ofMergeSQL()
}

// unjoin gives the file that stayed its former values where it still holds what
// the merge wrote, and names the columns that it does not.
func (tx *Tx) unjoin(ctx context.Context, m *Merge, kept Customer) ([]string, error) {
	var lasting []string
	var fields []FieldChange
	var change int64
	var text string
	err := tx.QueryRowContext(ctx, `SELECT id, fields FROM changes WHERE audit_id = $1 AND entity = 'customers' AND kind = 'update' AND row_id = $2`, m.act, m.KeptID).Scan(&change, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // it said all that the other did
	}
	if err == nil {
		fields, err = tx.opener().fields(ctx, text, change, m.KeptID)
	}
	if err != nil {
		return nil, fmt.Errorf("what merge %d wrote: %w", m.ID, err)
	}
	now := kept
	now.Phones, now.Tags = slices.Clone(kept.Phones), slices.Clone(kept.Tags)
	columns, may := now.fields(), tx.mayWrite(kept)
	for _, f := range fields {
		if slices.Contains(sinceColumns, f.Column) {
			continue // told anew with what they are since of
		}
		if f.Lost != "" || !may(f.Column) || !restore(&now, columns, f) {
			lasting = append(lasting, f.Column)
		}
	}
	return lasting, updateCustomer(ctx, tx, kept, now)
}

// mergeHold is how a label of the file that stays was held before a merge took the
// other's. Why it was is said elsewhere: see unhold.
type mergeHold struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Until string `json:"until"`
	User  int64  `json:"user"`
	At    int64  `json:"at"`
}

// holdsOf are the holds of a client's class and stage, as JSON.
func (tx *Tx) holdsOf(ctx context.Context, customer int64) (string, error) {
	list := []mergeHold{}
	err := eachOf(ctx, tx, `SELECT kind, value, until, user_id, made_at FROM label_holds WHERE customer_id = $1 AND kind IN ('class', 'stage') ORDER BY kind`, []any{customer}, func(scan func(...any) error) error {
		var h mergeHold
		err := scan(&h.Kind, &h.Value, &h.Until, &h.User, &h.At)
		list = append(list, h)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("holds of customer %d: %w", customer, err)
	}
	return toJSON(list)
}

// unhold takes away what a merge held of the file that stayed, where that says
// again what it did before, and puts back how it was held until then. Why is with
// the decision that held it, or with the class itself.
func (tx *Tx) unhold(ctx context.Context, m *Merge) error {
	var before []mergeHold
	if m.held != "" {
		if err := json.Unmarshal([]byte(m.held), &before); err != nil {
			return fmt.Errorf("holds before merge %d: %w", m.ID, err)
		}
	}
	for _, kind := range []string{"class", "stage"} {
		if slices.Contains(m.Lasting, kind) {
			continue
		}
		n, err := tx.exec(ctx, `DELETE FROM label_holds WHERE customer_id = $1 AND kind = $2 AND made_at = $3 AND user_id = $4`, m.KeptID, kind, m.At, m.UserID)
		for _, h := range before {
			if err == nil && n > 0 && h.Kind == kind {
				_, err = tx.exec(ctx, `INSERT INTO label_holds (customer_id, kind, value, until, user_id, made_at, reason) VALUES ($1, $2, $3, $4, $5, $6,
					coalesce((SELECT reason FROM class_changes WHERE customer_id = $1 AND kind = $2 AND decided_at = $6 AND decided_by = $5 ORDER BY id DESC LIMIT 1),
						CASE WHEN $2 = 'class' THEN (SELECT class_reason FROM customers WHERE id = $1) ELSE '' END))`, m.KeptID, kind, h.Value, h.Until, h.User, h.At)
			}
		}
		if err != nil {
			return fmt.Errorf("holds after merge %d: %w", m.ID, err)
		}
	}
	return nil
}

// sinceColumns say since when another column holds.
var sinceColumns = []string{"owner_since", "class_since"}
