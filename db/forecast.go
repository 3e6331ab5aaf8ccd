package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
)

// ClientPieces are the pieces that a client sent, month by month, the oldest
// first.
type ClientPieces struct {
	ID     int64
	Months []int64
}

// MonthlyPieces are the pieces of each client that the scope of waybills sees, of
// a branch and those below it or of all within reach, in so many months from
// first; who sent nothing in them is left out. A list of clients is bounded by
// mostPieced, those of the lowest ids: the caller asks for a smaller place before
// that.
func (d *DB) MonthlyPieces(ctx context.Context, scope policy.Scope, branch int64, first day.Day, months int) (out []ClientPieces, err error) {
	r := d.reach(scope, branch)
	if r.empty || months <= 0 {
		return nil, nil
	}
	place := make(map[string]int, months)
	for i := range months {
		place[first.AddMonths(i).String()[:7]] = i
	}
	rows, err := d.query(ctx, piecesSQL(r.residual(), first, months))
	if err != nil {
		return nil, fmt.Errorf("pieces by month: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, n int64
		var month string
		if err := rows.Scan(&id, &month, &n); err != nil {
			return nil, fmt.Errorf("pieces by month: %w", err)
		}
		if len(out) == 0 || out[len(out)-1].ID != id {
			out = append(out, ClientPieces{ID: id, Months: make([]int64, months)})
		}
		out[len(out)-1].Months[place[month]] = n
	}
	return out, rows.Err()
}

// mostPieced is how many months of clients one reading returns.
const mostPieced = 2_000_000

func piecesSQL(reach cond, first day.Day, months int) cond {
	where := bothSQL(condOf("m.month >= ? AND m.month <= ? AND c.deleted_at = 0", first.String()[:7], first.AddMonths(months - 1).String()[:7]), reach)
	return cond{`SELECT m.customer_id, m.month, m.pieces FROM customers c JOIN customer_months m ON m.customer_id = c.id WHERE ` + where.text + ` ORDER BY m.customer_id LIMIT ` + strconv.Itoa(mostPieced), where.args}
}

// PlacesWithin is how many branches a scope reaches of a branch and those below
// it, or, of 0, of all; 0 of who sees their own clients alone.
func (d *DB) PlacesWithin(scope policy.Scope, branch int64) int {
	r := d.reach(scope, branch)
	if r.all {
		return len(d.tree.Load().byID)
	}
	return len(r.branches)
}
