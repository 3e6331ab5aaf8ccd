package db

import (
	"context"
	"fmt"

	"yike/policy/waybill"
)

// Freight is what parcels of one way of payment cost together.
type Freight struct {
	Payment                 string // word of policy/waybill, "" = the bill did not say
	Waybills, Pieces, Money int64  // Money is fen
}

// MonthFreight adds up what a client's parcels of a month (YYYY-MM) cost, by way
// of payment; cancelled ones cost nothing and are left out. The caller has read
// the client within a scope of waybills.read.
func (d *DB) MonthFreight(ctx context.Context, c Customer, month string) ([]Freight, error) {
	first := dayParsed(month + "-01")
	rows, err := d.r.QueryContext(ctx, `SELECT payment, count(*), CAST(sum(pieces) AS BIGINT), CAST(sum(freight_fen) AS BIGINT) FROM waybills
		WHERE customer_id = $1 AND sent_day >= $2 AND sent_day <= $3 AND state <> $4 GROUP BY payment ORDER BY payment`,
		c.ID, first.String(), first.MonthEnd().String(), waybill.Cancelled)
	if err != nil {
		return nil, fmt.Errorf("freight of customer %d in %s: %w", c.ID, month, err)
	}
	defer rows.Close()
	var out []Freight
	for rows.Next() {
		var f Freight
		if err := rows.Scan(&f.Payment, &f.Waybills, &f.Pieces, &f.Money); err != nil {
			return nil, fmt.Errorf("freight of customer %d in %s: %w", c.ID, month, err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}
