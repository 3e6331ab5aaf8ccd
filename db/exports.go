package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// Left is what left the house: a file, or a page that was printed.
type Left struct {
	Rows      int64
	Reference string  // stands in the file, "" on a print
	Task      int64   // the task that wrote it, 0 when none did
	Customers []int64 // the clients in it, each as often as it likes
	Branch    int64   // that the audit record is about; 0 = the person's own
	Subject   int64   // row that the audit record is about
	Detail    map[string]any
}

// RecordExport counts the rows of a finished file against the daily cap and
// leaves on record that they left the house and whose they were, in one
// transaction: OverCap when they would pass it, and then nothing is recorded
// and the file must not be handed out.
func (d *DB) RecordExport(ctx context.Context, by policy.Actor, act string, l Left) error {
	caps, err := d.caps(ctx, by)
	if err != nil {
		return err
	}
	return d.act(ctx, by, act, func(tx *Tx) error {
		if err := tx.left(ctx, l); err != nil {
			return err
		}
		_, err := tx.take(ctx, UseRows, l.Rows, int64(caps.Rows))
		return err
	})
}

// RecordCharged leaves on record an export whose rows ChargeRows has counted,
// or whose rows are not counted: a page printed is one that was seen.
func (d *DB) RecordCharged(ctx context.Context, by policy.Actor, act string, l Left) error {
	return d.act(ctx, by, act, func(tx *Tx) error { return tx.left(ctx, l) })
}

// ExportOfTask returns the reference and the rows of what a task has recorded
// already: it was taken up again after a crash, and its rows are counted.
func (d *DB) ExportOfTask(ctx context.Context, task int64) (reference string, rows int64, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT reference, rows FROM exports WHERE task_id = $1`, task).Scan(&reference, &rows)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("export of task %d: %w", task, err)
	}
	return reference, rows, nil
}

func (tx *Tx) left(ctx context.Context, l Left) error {
	branch := l.Branch
	if branch == 0 {
		branch = tx.by.Branch
	}
	tx.about(branch, l.Subject)
	tx.audit.rows = l.Rows
	detail := map[string]any{}
	for k, v := range l.Detail {
		detail[k] = v
	}
	if l.Reference != "" {
		detail["file"] = l.Reference
	}
	if l.Task != 0 {
		detail["task"] = l.Task
	}
	tx.detail(detail)
	if _, err := tx.exec(ctx, `INSERT INTO exports (audit_id, at, user_id, act, rows, reference, task_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.audit.id, tx.now(), ref(tx.by.UserID), tx.audit.act, l.Rows, l.Reference, ref(l.Task)); err != nil {
		return fmt.Errorf("record export: %w", err)
	}
	ids := slices.Compact(slices.Sorted(slices.Values(l.Customers)))
	for part := range slices.Chunk(ids, 500) {
		if _, err := tx.exec(ctx, exportedSQL(len(part)), append([]any{tx.audit.id}, anys(part)...)...); err != nil {
			return fmt.Errorf("record export: %w", err)
		}
	}
	return nil
}

func exportedSQL(n int) string {
	return `INSERT INTO export_customers (customer_id, audit_id) SELECT id, CAST($1 AS BIGINT) FROM customers WHERE id IN (` + placeholders(2, n) + `)`
}
