package db

import (
	"context"
	"fmt"

	"yike/policy"
)

// calledColumn is the number that is called first: the customer's own, else
// the primary contact's, else another's.
const calledColumn = `coalesce(
	(SELECT p.number FROM phones p WHERE p.customer_id = c.id AND p.contact_id IS NULL ORDER BY p.position, p.id LIMIT 1),
	(SELECT p.number FROM phones p JOIN contacts k ON k.id = p.contact_id WHERE p.customer_id = c.id
		ORDER BY CASE WHEN k.is_primary THEN 0 ELSE 1 END, p.position, p.id LIMIT 1), '')`

// DueNames fills in what a page shows of the rows of a due list beside their
// standing. It serves one page; at most 200 are looked up.
func (d *DB) DueNames(ctx context.Context, scope policy.Scope, list []DueRow) error {
	list = list[:min(len(list), 200)]
	r := d.reach(scope, 0)
	if len(list) == 0 || r.empty {
		return nil
	}
	at := make(map[int64]*DueRow, len(list))
	ids := make([]int64, 0, 200)
	for i := range list {
		ids, at[list[i].ID] = append(ids, list[i].ID), &list[i]
	}
	for len(ids)%PageSize != 0 {
		ids = append(ids, 0) // few lengths, so that the statement is kept
	}
	in := manySQL("c.id", ids)
	rows, err := d.query(ctx, bothSQL(cond{"SELECT c.id, coalesce(c.clerk_id, 0), c.code, c.name, c.short_name, c.place_code, c.next_visit_on, " + calledColumn +
		" FROM customers c WHERE " + in.text, in.args}, aloneSQL(r.residual())))
	if err != nil {
		return fmt.Errorf("names of the due list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var row DueRow
		if err := rows.Scan(&row.ID, &row.ClerkID, &row.Code, &row.Name, &row.ShortName, &row.PlaceCode, &row.NextVisitOn, &row.Phone); err != nil {
			return fmt.Errorf("names of the due list: %w", err)
		}
		to := at[row.ID]
		to.ClerkID, to.Code, to.Name, to.ShortName, to.PlaceCode, to.NextVisitOn, to.Phone = row.ClerkID, row.Code, row.Name, row.ShortName, row.PlaceCode, row.NextVisitOn, row.Phone
	}
	return rows.Err()
}
