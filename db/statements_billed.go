package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"yike/policy"
)

// billActs is how many acts BillActs returns at most.
const billActs = 50

// BillAct is one act in which statements of a month were written at once, with
// what of it the reader may write.
type BillAct struct {
	ID, UserID int64
	User       string
	At         int64  // unix milliseconds
	Month      string // YYYY-MM
	Made       int    // statements
	Money      int64  // fen
	Stand      int    // of them neither void nor corrected: what UnbillMonth takes back
	UndoneAt   int64  // unix milliseconds, 0 = not
	UndoneBy   string
	Mine       bool // the reader's own act, not taken back: UnbillMonth takes it
}

// BillActs returns the acts of the last UndoDays in which statements were
// written with BillMonth that the actor may write, the newest first.
func (d *DB) BillActs(ctx context.Context, by policy.Actor, branch int64) ([]BillAct, error) {
	where := bothSQL(condOf(`a.act = 'receivables.bill' AND a.at >= ? AND h.audit_id = a.id AND h.entity = 'account_entries' AND h.kind = 'create' AND e.id = h.row_id`,
		d.now().Add(-UndoDays*24*time.Hour).UnixMilli()), d.oneReachSQL("e", by.Scope(policy.AccountEdit), branch))
	rows, err := d.query(ctx, cond{`SELECT a.id, a.user_id, a.user_name, a.at, a.detail, min(e.periods), count(*), CAST(sum(e.charged_fen) AS BIGINT), CAST(sum(CASE WHEN e.voided_at = 0 AND e.version = 1 THEN 1 ELSE 0 END) AS BIGINT),
			coalesce(u.at, 0), coalesce(u.user_name, '')
		FROM audits a CROSS JOIN changes h CROSS JOIN account_entries e LEFT JOIN audits u ON u.subject_id = a.id AND u.act = 'receivables.unbill'
		WHERE ` + where.text + `
		GROUP BY a.id, a.user_id, a.user_name, a.at, a.detail, u.at, u.user_name ORDER BY a.id DESC LIMIT ` + strconv.Itoa(billActs), where.args})
	if err != nil {
		return nil, fmt.Errorf("acts that wrote statements: %w", err)
	}
	defer rows.Close()
	var out []BillAct
	var details, periods []string
	for rows.Next() {
		var b BillAct
		var said, period string
		if err := rows.Scan(&b.ID, &b.UserID, &b.User, &b.At, &said, &period, &b.Made, &b.Money, &b.Stand, &b.UndoneAt, &b.UndoneBy); err != nil {
			return nil, fmt.Errorf("acts that wrote statements: %w", err)
		}
		b.Mine = b.UserID == by.UserID && b.UndoneAt == 0
		out, details = append(out, b), append(details, said)
		periods = append(periods, period)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("acts that wrote statements: %w", err)
	}
	o := d.opener() // what an act says of itself is sealed
	for i := range out {
		detail, err := o.detail(ctx, details[i], out[i].ID)
		if err != nil {
			return nil, fmt.Errorf("acts that wrote statements: %w", err)
		}
		if out[i].Month, _ = detail.Values["month"].(string); out[i].Month == "" { // the key is not there
			out[i].Month = periods[i]
		}
	}
	return out, nil
}
