package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
)

// CasePhoto names a picture of a case in the store of files, and its small
// version.
type CasePhoto struct{ Hash, Thumb string }

// addCaseWaybills hangs parcels on a case, after those that it has.
func addCaseWaybills(ctx context.Context, tx *Tx, id int64, numbers []string) error {
	for _, n := range numbers {
		_, err := tx.exec(ctx, `
			INSERT INTO case_waybills (case_id, number, position)
			SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), coalesce(MAX(position), 0) + 1 FROM case_waybills WHERE case_id = CAST($1 AS BIGINT)
			ON CONFLICT (case_id, number) DO NOTHING`, id, n)
		if err != nil {
			return fmt.Errorf("parcels of case %d: %w", id, err)
		}
	}
	return nil
}

// addCasePhotos hangs pictures on a case, after those that it has.
func addCasePhotos(ctx context.Context, tx *Tx, id int64, photos []CasePhoto) error {
	for _, p := range photos {
		_, err := tx.exec(ctx, `
			INSERT INTO case_photos (case_id, hash, thumb, position)
			SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), coalesce(MAX(position), 0) + 1 FROM case_photos WHERE case_id = CAST($1 AS BIGINT)
			ON CONFLICT (case_id, hash) DO NOTHING`, id, p.Hash, p.Thumb)
		if err != nil {
			return fmt.Errorf("photos of case %d: %w", id, err)
		}
	}
	return nil
}

// CaseWaybills returns the numbers of a case's parcels; read it after the case
// was read.
func (d *DB) CaseWaybills(ctx context.Context, id int64) ([]string, error) {
	return caseWaybills(ctx, d.r, id)
}

func caseWaybills(ctx context.Context, q querier, id int64) ([]string, error) {
	list, err := rowsOf[string](ctx, q, `SELECT number FROM case_waybills WHERE case_id = $1 ORDER BY position, number`, id)
	if err != nil {
		return nil, fmt.Errorf("parcels of case %d: %w", id, err)
	}
	return list, nil
}

// CaseParcels returns those parcels of a case that the scope sees, by their
// number; read it after the case was read.
func (d *DB) CaseParcels(ctx context.Context, scope policy.Scope, id int64) (map[string]WaybillRow, error) {
	var c conditions
	d.seenBy(&c, "w", scope)
	c.add("w.number IN (SELECT number FROM case_waybills WHERE case_id = ?)", id)
	list, err := d.waybillRows(ctx, d.r, c, "")
	out := make(map[string]WaybillRow, len(list))
	for _, x := range list {
		out[x.Number] = x
	}
	return out, err
}

// CasePhotos returns the pictures of a case; read it after the case was read.
func (d *DB) CasePhotos(ctx context.Context, id int64) ([]CasePhoto, error) {
	return casePhotos(ctx, d.r, id)
}

func casePhotos(ctx context.Context, q querier, id int64) ([]CasePhoto, error) {
	rows, err := q.QueryContext(ctx, `SELECT hash, thumb FROM case_photos WHERE case_id = $1 ORDER BY position, hash`, id)
	if err != nil {
		return nil, fmt.Errorf("photos of case %d: %w", id, err)
	}
	defer rows.Close()
	var out []CasePhoto
	for rows.Next() {
		var p CasePhoto
		if err := rows.Scan(&p.Hash, &p.Thumb); err != nil {
			return nil, fmt.Errorf("photos of case %d: %w", id, err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// caseParts are the numbers of a case's parcels and the hashes of its pictures.
type caseParts struct{ numbers, hashes []string }

func partsOfCase(ctx context.Context, q querier, id int64) (p caseParts, err error) {
	if p.numbers, err = caseWaybills(ctx, q, id); err != nil {
		return p, err
	}
	photos, err := casePhotos(ctx, q, id)
	for _, x := range photos {
		p.hashes = append(p.hashes, x.Hash)
	}
	return p, err
}

// changed is what became of them, as a record of changes says it.
func (p caseParts) changed(now caseParts) map[string][2]any {
	out := map[string][2]any{}
	for name, x := range map[string][2][]string{"waybills": {p.numbers, now.numbers}, "photos": {p.hashes, now.hashes}} {
		if !slices.Equal(x[0], x[1]) {
			out[name] = [2]any{strings.Join(x[0], " "), strings.Join(x[1], " ")}
		}
	}
	return out
}

// editParts takes parcels off a case and hangs others and pictures on it; it
// answers what changed.
func (tx *Tx) editParts(ctx context.Context, id int64, drop, add []string, photos []CasePhoto) (map[string][2]any, error) {
	was, err := partsOfCase(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for _, n := range drop {
		if _, err := tx.exec(ctx, `DELETE FROM case_waybills WHERE case_id = $1 AND number = $2`, id, n); err != nil {
			return nil, fmt.Errorf("parcels of case %d: %w", id, err)
		}
	}
	if err := addCaseWaybills(ctx, tx, id, add); err != nil {
		return nil, err
	}
	if err := addCasePhotos(ctx, tx, id, photos); err != nil {
		return nil, err
	}
	now, err := partsOfCase(ctx, tx, id)
	return was.changed(now), err
}

// touchCase raises the version of a case of which only what hangs on it
// changed, so that whoever had it open reads it again. A stale one is
// ErrConflict.
func (tx *Tx) touchCase(ctx context.Context, c Case, changed map[string][2]any) error {
	n, err := tx.exec(ctx, `UPDATE cases SET version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2`, c.ID, c.Version, tx.now())
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return fmt.Errorf("case %d: %w", c.ID, err)
	}
	return tx.change(ctx, "update", "cases", c.ID, c.BranchID, c.CustomerID, c.Version+1, changed)
}

// holdCases keeps cases, and what hangs on them, as they are until the
// transaction ends, always in the same order. SQLite has one writer.
func (tx *Tx) holdCases(ctx context.Context, ids ...int64) error {
	if !tx.db.postgres {
		return nil
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if _, err := tx.exec(ctx, `SELECT id FROM cases WHERE id = $1 FOR UPDATE`, id); err != nil {
			return fmt.Errorf("case %d: %w", id, err)
		}
	}
	return nil
}
