package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/today"
)

// DayFigures are the figures of some days by branch, each as its list counts
// them: parcels of that day with cancelled ones, the freight of those that are
// not, cases opened, visits made. Of what the actor may not see there is none; a
// branch and a day without any are not in the map.
func (d *DB) DayFigures(ctx context.Context, by policy.Actor, days []day.Day) (map[int64]map[string]today.Day, error) {
	out := map[int64]map[string]today.Day{}
	note := func(branch int64, on string, f today.Figure, n int64) {
		if out[branch] == nil {
			out[branch] = map[string]today.Day{}
		}
		of := out[branch][on]
		of[f] = n
		out[branch][on] = of
	}
	if len(days) == 0 {
		return out, nil
	}
	for _, read := range []func(context.Context, policy.Actor, []day.Day, func(int64, string, today.Figure, int64)) error{d.parcelsOn, d.casesOn, d.visitsOn} {
		if err := read(ctx, by, days, note); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func daysIn(column string, days []day.Day) cond {
	c := cond{text: column + ` IN (?` + strings.Repeat(", ?", len(days)-1) + `)`}
	for _, on := range days {
		c.args = append(c.args, on.String())
	}
	return c
}

// parcelsOn reads the sums, of branches that the scope sees whole.
func (d *DB) parcelsOn(ctx context.Context, by policy.Actor, days []day.Day, note func(int64, string, today.Figure, int64)) error {
	list, all := d.branchIDs(by.Scope(policy.WaybillRead))
	where := condOf("1 = 1")
	switch {
	case all:
	case len(list) == 0:
		return nil
	default:
		where = manySQL("b.id", list)
	}
	return d.eachFound(ctx, parcelsOnSQL(where, days), "parcels by day", func(scan func(...any) error) error {
		var branch, parcels, freight int64
		var on string
		err := scan(&branch, &on, &parcels, &freight)
		note(branch, on, today.Parcels, parcels)
		note(branch, on, today.Freight, freight)
		return err
	})
}

func parcelsOnSQL(where cond, days []day.Day) cond {
	in := daysIn("w.period", days)
	return cond{`SELECT b.id, w.period, w.waybills, w.freight_fen FROM branches b JOIN waybill_sums w ON w.branch_id = b.id AND w.dim = '' AND w.value = '' AND ` + in.text + ` WHERE ` + where.text, append(in.args, where.args...)}
}

// casesOn counts the cases that were opened.
func (d *DB) casesOn(ctx context.Context, by policy.Actor, days []day.Day, note func(int64, string, today.Figure, int64)) error {
	if !by.Can(policy.CaseRead) {
		return nil
	}
	for _, on := range days { // each a short walk of the index by the instant of opening
		from, to := instantOf(on), instantOf(on.Add(1))
		if err := d.eachFound(ctx, casesOnSQL(d.casesWhere(by, CaseFilter{Show: CasesAll, From: from, To: to})), "cases by day", func(scan func(...any) error) error {
			var branch, n int64
			err := scan(&branch, &n)
			note(branch, on.String(), today.Cases, n)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func casesOnSQL(c conditions) cond {
	return cond{`SELECT e.branch_id, COUNT(*) FROM cases e` + c.whereSQL() + ` GROUP BY e.branch_id`, c.args}
}

// instantOf is the first instant of a business day, unix milliseconds.
func instantOf(on day.Day) int64 {
	y, m, n := on.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, Zone).UnixMilli()
}

// visitsOn counts the visits that were made.
func (d *DB) visitsOn(ctx context.Context, by policy.Actor, days []day.Day, note func(int64, string, today.Figure, int64)) error {
	if !by.Can(policy.VisitRead) {
		return nil
	}
	c := d.visitsWhere(by.Scope(policy.VisitRead), VisitFilter{State: VisitDone})
	in := daysIn("v.day", days)
	c.add(in.text, in.args...)
	return d.eachFound(ctx, visitsOnSQL(c), "visits by day", func(scan func(...any) error) error {
		var branch, n int64
		var on string
		err := scan(&branch, &on, &n)
		note(branch, on, today.Visits, n)
		return err
	})
}

func visitsOnSQL(c conditions) cond {
	return cond{`SELECT v.branch_id, v.day, COUNT(*) FROM visits v JOIN customers c ON c.id = v.customer_id` + c.whereSQL() + ` GROUP BY v.branch_id, v.day`, c.args}
}

func (d *DB) eachFound(ctx context.Context, q cond, what string, note func(scan func(...any) error) error) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := note(rows.Scan); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return rows.Err()
}
