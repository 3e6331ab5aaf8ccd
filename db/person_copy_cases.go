package db

import (
	"context"
	"fmt"
)

// copiedCaseWork reads what hangs on the cases of a client, or of one contact of
// it, for the person's copy: their parcels, what was written about them, and
// what was asked and paid.
func (d *DB) copiedCaseWork(ctx context.Context, customer, contact int64, out *PersonCopy) error {
	args := []any{customer, contact, mostCopied}
	const theirs = ` k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2) AND k.deleted_at = 0`
	out.Parcels = map[int64][]string{}
	err := eachOf(ctx, d.r, `SELECT x.case_id, x.number FROM cases k JOIN case_waybills x ON x.case_id = k.id WHERE`+theirs+`
		ORDER BY x.case_id, x.position, x.number LIMIT $3`, args, func(scan func(...any) error) error {
		var id int64
		var number string
		err := scan(&id, &number)
		out.Parcels[id] = append(out.Parcels[id], number)
		return err
	})
	if err != nil {
		return fmt.Errorf("parcels of the cases of customer %d: %w", customer, err)
	}
	err = eachOf(ctx, d.r, `SELECT x.case_id, x.kind, x.step, x.at, x.note FROM cases k JOIN case_events x ON x.case_id = k.id WHERE`+theirs+` AND x.note <> ''
		ORDER BY x.case_id, x.id LIMIT $3`, args, func(scan func(...any) error) error {
		var e CaseEvent
		err := scan(&e.CaseID, &e.Kind, &e.Step, &e.At, &e.Note)
		out.CaseNotes = append(out.CaseNotes, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("history of the cases of customer %d: %w", customer, err)
	}
	err = eachOf(ctx, d.r, claimRowSQL+` WHERE e.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR e.contact_id = $2) AND e.deleted_at = 0 ORDER BY m.id LIMIT $3`, args, func(scan func(...any) error) error {
		r, err := scanClaim(scanner(scan))
		out.Claims = append(out.Claims, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("claims of customer %d: %w", customer, err)
	}
	return nil
}

// measuresOf reads the measures that began with a client, for the person's copy.
func (d *DB) measuresOf(ctx context.Context, customer int64) (out []MeasureRow, err error) {
	err = eachOf(ctx, d.r, measureRowSQL+` WHERE m.customer_id = $1 AND m.deleted_at = 0 ORDER BY m.id LIMIT $2`, []any{customer, mostCopied}, func(scan func(...any) error) error {
		m, err := scanMeasure(scanner(scan))
		out = append(out, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("measures of customer %d: %w", customer, err)
	}
	return out, nil
}

// scanner lets a function stand for a row.
type scanner func(...any) error

// Scan reads a row.
func (s scanner) Scan(into ...any) error { return s(into...) }
