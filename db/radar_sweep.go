package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/shipping"
	"yike/policy/worktime"
)

// What a sweep of the radar looks at.
const (
	radarStep   = 500 // clients at once
	radarMonths = 13  // months of parcels
	radarDue    = 3   // days until somebody should have asked
	radarQuiet  = 28  // days after a result for which the same kind of alert stays silent
)

// SweepRadar looks at every client's parcels as they are known on a day, and
// raises what is new: an alert of one week, month or silence is raised once,
// and none while one of its kind is being dealt with; a silence that goes on
// moves its alert to the next stop. It returns how many were raised or moved.
// Asked twice it does nothing more. System only.
func (d *DB) SweepRadar(ctx context.Context, by policy.Actor, today day.Day) (n int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	s := radarSweep{d: d, today: today, since: today.MonthStart().AddMonths(1 - radarMonths), rules: map[int64]*branchRadar{}}
	if s.through, err = d.lastSentDays(ctx); err != nil || len(s.through) == 0 {
		return 0, err
	}
	if s.inForce, err = d.RulesInForce(ctx, RuleRadar, today.String()); err != nil {
		return 0, err
	}
	for from := int64(0); ; {
		list, last, err := s.clients(ctx, from)
		if err != nil || len(list) == 0 {
			return n, err
		}
		var found []finding
		for _, c := range list {
			r, err := s.ruleFor(c.branch)
			if err != nil {
				return n, err
			}
			if through := s.through[c.branch]; through.Valid() {
				for _, a := range radar.Judge(c.days, today, through, r.rule, r.cal) {
					found = append(found, finding{c.shipper, min(through, today.Add(-1)), r.row, a})
				}
			}
		}
		if len(found) > 0 {
			made, err := d.raiseRadar(ctx, by, today, found)
			if err != nil {
				return n, err
			}
			n += made
		}
		from = last
	}
}

type radarSweep struct {
	d       *DB
	today   day.Day
	since   day.Day
	through map[int64]day.Day // by branch: the last day with parcels
	inForce RulesInForce
	rules   map[int64]*branchRadar
}

type branchRadar struct {
	rule radar.Rule
	row  RuleRow
	cal  radar.Calendar
}

// shipper is a client as the radar needs it.
type shipper struct{ id, branch, owner int64 }

type shipperDays struct {
	shipper
	days radar.Days
}

type finding struct {
	shipper
	day   day.Day // up to which parcels were known
	rule  RuleRow
	alert radar.Alert
}

// lastSentDays is by branch the last day of which parcels are known.
func (d *DB) lastSentDays(ctx context.Context) (map[int64]day.Day, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT branch_id, max(period) FROM waybill_sums WHERE dim = '' AND value = '' AND length(period) = 10 AND pieces > 0 GROUP BY branch_id`)
	if err != nil {
		return nil, fmt.Errorf("last days: %w", err)
	}
	defer rows.Close()
	out := map[int64]day.Day{}
	for rows.Next() {
		var branch int64
		var last string
		if err := rows.Scan(&branch, &last); err != nil {
			return nil, fmt.Errorf("last days: %w", err)
		}
		if out[branch], err = day.Parse(last); err != nil {
			return nil, fmt.Errorf("last day of branch %d: %w", branch, err)
		}
	}
	return out, rows.Err()
}

func (s *radarSweep) ruleFor(branch int64) (*branchRadar, error) {
	if r := s.rules[branch]; r != nil {
		return r, nil
	}
	row := s.inForce.For(s.d.Chain(branch))
	rule, err := radarOf(row)
	if err != nil {
		return nil, err
	}
	r := &branchRadar{rule: rule, row: row, cal: rule.Calendar(worktime.China()).Between(s.since.AddMonths(-6), s.today.Add(7))}
	s.rules[branch] = r
	return r, nil
}

// clients reads the next clients after one with what they shipped by day.
func (s *radarSweep) clients(ctx context.Context, from int64) (list []shipperDays, last int64, err error) {
	rows, err := s.d.r.QueryContext(ctx, `SELECT m.customer_id, c.branch_id, coalesce(c.owner_id, 0), m.month, m.habits, c.deleted_at = 0 AND c.state <> 'archived'
		FROM customer_months m JOIN customers c ON c.id = m.customer_id
		WHERE m.customer_id > $1 AND m.customer_id <= (SELECT max(customer_id) FROM (SELECT DISTINCT customer_id FROM customer_months WHERE customer_id > $1
			ORDER BY customer_id LIMIT `+strconv.Itoa(radarStep)+`) AS next) AND m.month >= $2 ORDER BY m.customer_id, m.month`, from, s.since.String()[:7])
	if err != nil {
		return nil, 0, fmt.Errorf("radar: %w", err)
	}
	defer rows.Close()
	last = from
	for rows.Next() {
		var c shipper
		var month, habits string
		var looked bool
		if err := rows.Scan(&c.id, &c.branch, &c.owner, &month, &habits, &looked); err != nil {
			return nil, 0, fmt.Errorf("radar: %w", err)
		}
		last = c.id
		if n := len(list); n == 0 || list[n-1].id != c.id {
			list = append(list, shipperDays{c, radar.Days{}})
		}
		if !looked {
			continue
		}
		if err := addDays(list[len(list)-1].days, month, habits); err != nil {
			return nil, 0, fmt.Errorf("radar: customer %d: %w", c.id, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("radar: %w", err)
	}
	if len(list) == 0 {
		// None of these clients has shipped within the span: go on behind them.
		err = s.d.r.QueryRowContext(ctx, `SELECT coalesce(max(customer_id), 0) FROM (SELECT DISTINCT customer_id FROM customer_months WHERE customer_id > $1
			ORDER BY customer_id LIMIT `+strconv.Itoa(radarStep)+`) AS next`, from).Scan(&last)
		if err != nil {
			return nil, 0, fmt.Errorf("radar: %w", err)
		}
		if last > from {
			return s.clients(ctx, last)
		}
	}
	return list, last, nil
}

// addDays puts a month's pieces into days.
func addDays(days radar.Days, month, habits string) error {
	start, err := day.Parse(month + "-01")
	if err != nil {
		return err
	}
	pieces, err := shipping.ParseDays(habits)
	if err != nil {
		return err
	}
	for i, n := range pieces {
		if n > 0 {
			days[start.Add(i)] = n
		}
	}
	return nil
}

// raiseRadar writes down what is new among findings, in one act.
func (d *DB) raiseRadar(ctx context.Context, by policy.Actor, today day.Day, found []finding) (n int64, err error) {
	fresh, err := d.unraised(ctx, found, today)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	err = d.act(ctx, by, "radar.sweep", func(tx *Tx) error {
		n = 0
		var list []Todo
		for _, f := range fresh {
			id, err := tx.raiseOne(ctx, f, today)
			if err != nil {
				return fmt.Errorf("radar: customer %d: %w", f.id, err)
			}
			if id != 0 {
				n++
				list = append(list, f.todo(id, today))
			}
		}
		if _, err := addTodos(ctx, tx, list); err != nil {
			return err
		}
		tx.detail(map[string]any{"alerts": n})
		return nil
	})
	return n, err
}

// unraised leaves out what is there already, so that a night on which nothing
// is new leaves no record.
func (d *DB) unraised(ctx context.Context, found []finding, today day.Day) ([]finding, error) {
	var out []finding
	for _, f := range found {
		have, err := alertsOf(ctx, d.r, f.id)
		if err != nil {
			return nil, err
		}
		if news, _ := standing(have, f, today); news {
			out = append(out, f)
		}
	}
	return out, nil
}

func alertsOf(ctx context.Context, q querier, customer int64) ([]RadarRow, error) {
	rows, err := q.QueryContext(ctx, radarSQL(` WHERE r.customer_id = $1`, ` ORDER BY r.id`), customer)
	if err != nil {
		return nil, fmt.Errorf("radar of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []RadarRow
	for rows.Next() {
		r, err := scanRadar(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// standing says whether a finding is news, and which alert it moves on.
func standing(have []RadarRow, f finding, today day.Day) (news bool, moves *RadarRow) {
	for i := range have {
		r := &have[i]
		if r.Kind != string(f.alert.Kind) {
			continue
		}
		if r.Key == f.alert.Key {
			return false, nil
		}
		closed, _ := day.Parse(r.ClosedDay)
		switch {
		case r.Kind == string(radar.Silence) && silenceOf(r.Key) == silenceOf(f.alert.Key):
			if r.State != RadarClosed {
				moves = r
			} else if r.Detail.Stop >= f.alert.Stop {
				return false, nil
			}
		case r.State != RadarClosed:
			return false, nil
		case f.alert.Kind != radar.Silence && int(today-closed) < radarQuiet:
			return false, nil
		}
	}
	return true, moves
}

// todo is what somebody should do about an alert: the client's rep, else
// whoever AddTodos finds.
func (f finding) todo(alert int64, today day.Day) Todo {
	a := f.alert
	return Todo{Kind: radarTodo(string(a.Kind)), Key: strconv.FormatInt(alert, 10), CustomerID: f.id, UserID: f.owner, Due: today.Add(radarDue).String(),
		Args: map[string]string{"key": a.Key, "got": strconv.FormatInt(a.Got, 10), "expected": strconv.FormatInt(a.Expected, 10), "days": strconv.Itoa(a.Stop), "silent": a.Silent}}
}

func radarTodo(kind string) string { return "radar_" + kind }

// raiseOne writes down a finding that is news, and returns the alert's id; 0
// when it is none any more.
func (tx *Tx) raiseOne(ctx context.Context, f finding, today day.Day) (int64, error) {
	have, err := alertsOf(ctx, tx, f.id)
	if err != nil {
		return 0, err
	}
	news, moves := standing(have, f, today)
	if !news {
		return 0, nil
	}
	text, err := json.Marshal(f.alert)
	if err != nil {
		return 0, err
	}
	a := RadarAlert{ID: tx.newID(), CustomerID: f.id, BranchID: f.branch, Kind: string(f.alert.Kind), Key: f.alert.Key, Day: f.day.String(), Expected: f.alert.Expected,
		Got: f.alert.Got, detail: string(text), RuleBranch: f.rule.BranchID, RuleVersion: f.rule.Version, State: RadarOpen, Version: 1, CreatedAt: tx.now(), UpdatedAt: tx.now()}
	if moves != nil {
		now := moves.RadarAlert
		now.Key, now.Day, now.Expected, now.Got, now.detail = a.Key, a.Day, a.Expected, a.Got, a.detail
		return now.ID, tx.saveRadar(ctx, &moves.RadarAlert, &now)
	}
	if err := tx.insert(ctx, "radar_alerts", a.fields()); err != nil {
		return 0, err
	}
	return a.ID, tx.change(ctx, "create", "radar_alerts", a.ID, a.BranchID, a.CustomerID, 1, nil)
}
