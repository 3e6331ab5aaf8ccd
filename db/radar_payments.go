package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy/day"
	"yike/policy/radar"
)

// billMonths is how far back statements tell of a habit of paying.
const billMonths = 24

// payer is a client with its statements, the earliest first.
type payer struct {
	shipper
	looked bool // not in the recycle bin, not archived
	code   string
	name   string
	bills  []radar.Bill
}

// payments looks at all clients' statements. Less money is no second alert
// beside one about fewer pieces.
func (s *radarSweep) payments(ctx context.Context) error {
	for from := int64(0); ; {
		last, err := s.lastPayer(ctx, from)
		if err != nil || last == from {
			return err
		}
		list, err := s.payers(ctx, from, last)
		if err != nil {
			return err
		}
		have, err := s.d.alertsBetween(ctx, from, last)
		if err != nil {
			return err
		}
		var found []finding
		var over []ending
		for _, p := range list {
			r, err := s.ruleFor(p.branch)
			if err != nil {
				return err
			}
			falls := false
			for _, x := range have[p.id] {
				if x.State == RadarClosed {
					continue
				}
				falls = falls || radar.Kind(x.Kind).Volume()
				again, _ := day.Parse(x.AgainDay)
				if end := x.Detail.Paid(p.bills, max(x.Detail.Since(), again), r.rule); end != nil {
					over = append(over, ending{x.ID, x.Version, end})
				}
			}
			if !p.looked {
				continue
			}
			if a := radar.JudgePayments(p.bills, s.today, r.rule); a != nil && (a.Bill != nil || !falls) {
				if f := (finding{p.shipper, s.today.Add(-1), r.row, *a}); isNews(have[p.id], f, s.today) {
					found = append(found, f)
				}
			}
		}
		if err := s.write(ctx, found, over); err != nil {
			return err
		}
		from = last
	}
}

// lastPayer is the last of the next clients with an account after one; that one
// when there are no more.
func (s *radarSweep) lastPayer(ctx context.Context, from int64) (last int64, err error) {
	err = s.d.r.QueryRowContext(ctx, `SELECT coalesce(max(customer_id), CAST($1 AS BIGINT)) FROM (SELECT customer_id FROM account_sums WHERE customer_id > $1
		ORDER BY customer_id LIMIT `+strconv.Itoa(radarStep)+`) AS next`, from).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("radar: accounts: %w", err)
	}
	return last, nil
}

func (s *radarSweep) payers(ctx context.Context, from, last int64) ([]payer, error) {
	rows, err := s.d.r.QueryContext(ctx, `SELECT e.customer_id, c.branch_id, coalesce(c.owner_id, 0), c.deleted_at = 0 AND c.state <> 'archived', c.code, c.name,
			e.id, e.doc_no, e.day, e.due_on, e.settled_on, e.charged_fen, e.left_fen
		FROM account_entries e JOIN customers c ON c.id = e.customer_id
		WHERE e.customer_id > $1 AND e.customer_id <= $2 AND e.day >= $3 AND e.kind = 'statement' AND e.voided_at = 0 AND e.charged_fen > 0
		ORDER BY e.customer_id, e.day, e.id`, from, last, s.today.AddMonths(-billMonths).String())
	if err != nil {
		return nil, fmt.Errorf("radar: statements: %w", err)
	}
	defer rows.Close()
	var out []payer
	for rows.Next() {
		var p payer
		var b radar.Bill
		var on, due, settled string
		if err := rows.Scan(&p.id, &p.branch, &p.owner, &p.looked, &p.code, &p.name, &b.ID, &b.Number, &on, &due, &settled, &b.Charged, &b.Left); err != nil {
			return nil, fmt.Errorf("radar: statements: %w", err)
		}
		b.Day, b.Due, b.Settled = dayParsed(on), dayParsed(due), dayParsed(settled)
		if n := len(out); n == 0 || out[n-1].id != p.id {
			out = append(out, p)
		}
		of := &out[len(out)-1]
		of.bills = append(of.bills, b)
	}
	return out, rows.Err()
}
