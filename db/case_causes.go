package db

import (
	"context"
	"fmt"
)

// CaseCause is a cause of cases. Of the first level ParentID is 0; shipped ones
// have a code.
type CaseCause struct {
	ID, ParentID int64
	Code, Name   string
	Position     int64
	RetiredAt    int64 // unix milliseconds; 0 = it is offered
	Version      int64
}

// CaseCauses returns all causes: those of the first level in their order, each
// followed by its own. How the company works is no secret inside it.
func (d *DB) CaseCauses(ctx context.Context) ([]CaseCause, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT k.id, coalesce(k.parent_id, 0), k.code, k.name, k.position, k.retired_at, k.version
		FROM case_causes k LEFT JOIN case_causes p ON p.id = k.parent_id
		ORDER BY coalesce(p.position, k.position), coalesce(p.id, k.id), CASE WHEN k.parent_id IS NULL THEN 0 ELSE 1 END, k.position, k.id`)
	if err != nil {
		return nil, fmt.Errorf("causes of cases: %w", err)
	}
	defer rows.Close()
	var out []CaseCause
	for rows.Next() {
		var c CaseCause
		if err := rows.Scan(&c.ID, &c.ParentID, &c.Code, &c.Name, &c.Position, &c.RetiredAt, &c.Version); err != nil {
			return nil, fmt.Errorf("causes of cases: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
