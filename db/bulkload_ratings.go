package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/rating"
)

// ratedLoad bounds how many parcels, the latest by number, and how many clients
// LoadRatings asks about.
const ratedLoad = 100_000

// LoadRatings asks what was said of each parcel that was signed for, of each
// closed case, and of the work with each client, and writes it down with the
// times and words that say gives: for generated data. The row that say is given
// names what it would be about, key is the same in every database with the same
// data, ended when it was finished (0 = it goes on). It trusts what say returns.
// System only.
func (d *DB) LoadRatings(ctx context.Context, by policy.Actor, say func(r Rating, key string, ended int64) []Rating) (n int, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	people := map[string]int64{}
	if err := d.eachPair(ctx, cond{`SELECT id, CAST(branch_id AS TEXT) || ' ' || name FROM users WHERE NOT disabled`, nil}, func(id int64, name string) { people[name] = id }); err != nil {
		return 0, err
	}
	var list []Rating
	for _, from := range []struct{ kind, query string }{
		{rating.Delivery, `SELECT w.id, w.number, w.branch_id, coalesce(w.customer_id, 0), 0, w.deliverer, w.signed_at FROM waybills w LEFT JOIN customers c ON c.id = w.customer_id
			WHERE w.signed_at <> 0 AND coalesce(c.deleted_at, 0) = 0 ORDER BY w.number DESC LIMIT $1`},
		{rating.Case, `SELECT e.id, e.code, e.branch_id, coalesce(e.customer_id, 0), coalesce(e.user_id, 0), '', e.closed_at FROM cases e LEFT JOIN customers c ON c.id = e.customer_id
			WHERE e.step = 'closed' AND e.merged_id IS NULL AND e.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0 ORDER BY e.code LIMIT $1`},
		{rating.Service, `SELECT c.id, c.code, c.branch_id, c.id, coalesce(c.owner_id, 0), '', 0 FROM customers c WHERE c.deleted_at = 0 AND c.erased_at = 0 ORDER BY c.code LIMIT $1`},
	} {
		err := eachOf(ctx, d.r, from.query, []any{ratedLoad}, func(scan func(...any) error) error {
			r := Rating{Kind: from.kind}
			var id, ended int64
			var key, who string
			if err := scan(&id, &key, &r.BranchID, &r.CustomerID, &r.UserID, &who, &ended); err != nil {
				return err
			}
			switch from.kind {
			case rating.Delivery:
				r.WaybillID, r.UserID = id, people[fmt.Sprint(r.BranchID)+" "+who]
			case rating.Case:
				r.CaseID = id
			}
			list = append(list, say(r, key, ended)...)
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("what is rated: %w", err)
		}
	}
	return len(list), d.act(ctx, by, "ratings.load", func(tx *Tx) error {
		for i := range list {
			r := &list[i]
			r.ID, r.Version, r.CreatedAt, r.UpdatedAt = tx.newID(), 1, r.AskedAt, max(r.AskedAt, r.AnsweredAt)
			if err := tx.insert(ctx, "ratings", r.all()); err != nil {
				return err
			}
		}
		tx.audit.rows = int64(len(list))
		return nil
	})
}
