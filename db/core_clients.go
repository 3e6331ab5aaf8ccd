package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/pareto"
)

// CoreSpan is how many whole months each of the two spans has that the core of
// the clients is found in.
const CoreSpan = 3

// CoreMonths are the first days of the first and the last month of the later
// span: the last months that are whole in what is known of the parcels of a
// branch and those below it (0: of the company). A month is whole when it is
// over and parcels of its last three days, or later ones, are known. through is
// the last day with parcels, 0 when there are none.
func (d *DB) CoreMonths(ctx context.Context, branch int64, today day.Day) (first, last, through day.Day, err error) {
	if branch != 0 && len(d.tree.Load().below[branch]) == 0 {
		return 0, 0, 0, nil
	}
	known, err := d.lastSentDays(ctx, d.tree.Load().below[branch])
	if err != nil {
		return 0, 0, 0, err
	}
	for _, on := range known {
		through = max(through, on)
	}
	if !through.Valid() {
		return 0, 0, 0, nil
	}
	last = min(through.Add(3).MonthStart(), today.MonthStart()).AddMonths(-1)
	return last.AddMonths(1 - CoreSpan), last, through, nil
}

// Revenues are the freight of each client that the scope of waybills sees, of a
// branch and those below it or of all, who shipped in so many months from first
// or in as many before them.
func (d *DB) Revenues(ctx context.Context, scope policy.Scope, branch int64, first day.Day, months int) (out []pareto.Client, err error) {
	r := d.reach(scope, branch)
	if r.empty {
		return nil, nil
	}
	rows, err := d.query(ctx, revenuesSQL(r.residual(), first, months))
	if err != nil {
		return nil, fmt.Errorf("revenues: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c pareto.Client
		if err := rows.Scan(&c.ID, &c.Now, &c.Before); err != nil {
			return nil, fmt.Errorf("revenues: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func revenuesSQL(reach cond, first day.Day, months int) cond {
	month := func(n int) string { return first.AddMonths(n).String()[:7] }
	where := bothSQL(condOf("m.month >= ? AND m.month < ? AND c.deleted_at = 0", month(-months), month(months)), reach)
	return cond{`SELECT m.customer_id, CAST(sum(CASE WHEN m.month >= ? THEN m.freight_fen ELSE 0 END) AS BIGINT), CAST(sum(CASE WHEN m.month < ? THEN m.freight_fen ELSE 0 END) AS BIGINT)
		FROM customer_months m JOIN customers c ON c.id = m.customer_id WHERE ` + where.text + ` GROUP BY m.customer_id`, append([]any{month(0), month(0)}, where.args...)}
}

// CoreClient is what a list says of a client.
type CoreClient struct {
	Code, Name, Class, Owner string
	BranchID                 int64
}

// CoreClients returns the clients of ids that the scope sees.
func (d *DB) CoreClients(ctx context.Context, scope policy.Scope, ids []int64) (map[int64]CoreClient, error) {
	out := make(map[int64]CoreClient, len(ids))
	r := d.reach(scope, 0)
	if r.empty {
		return out, nil
	}
	for part := range slices.Chunk(ids, 500) {
		where := bothSQL(bothSQL(condOf("c.deleted_at = 0"), manySQL("c.id", part)), aloneSQL(r.residual()))
		rows, err := d.query(ctx, cond{`SELECT c.id, c.code, c.name, c.class, coalesce(u.name, ''), c.branch_id FROM customers c LEFT JOIN users u ON u.id = c.owner_id WHERE ` + where.text, where.args})
		if err != nil {
			return nil, fmt.Errorf("core clients: %w", err)
		}
		if err := func() error {
			defer rows.Close()
			for rows.Next() {
				var id int64
				var c CoreClient
				if err := rows.Scan(&id, &c.Code, &c.Name, &c.Class, &c.Owner, &c.BranchID); err != nil {
					return err
				}
				out[id] = c
			}
			return rows.Err()
		}(); err != nil {
			return nil, fmt.Errorf("core clients: %w", err)
		}
	}
	return out, nil
}
