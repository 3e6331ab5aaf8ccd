package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// SweepRadar looks at every client's parcels, statements and answers as they are known
// on a day. It raises what is new: an alert of one week, month, silence or
// payment is raised once, and none while one of its kind is being dealt with; a
// silence that goes on moves its alert to the next stop. And it ends the alerts
// of those who are back. It returns how many were raised, moved or ended. Asked
// twice it does nothing more. System only.
func (d *DB) SweepRadar(ctx context.Context, by policy.Actor, today day.Day) (n int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	s := radarSweep{d: d, by: by, today: today, since: today.MonthStart().AddMonths(1 - radarMonths), rules: map[int64]*branchRadar{}}
	if s.work, err = d.WorkCalendar(ctx, today.String()); err != nil {
		return 0, err
	}
	if s.inForce, err = d.RulesInForce(ctx, RuleRadar, today.String()); err != nil {
		return 0, err
	}
	if err := s.volumes(ctx); err != nil {
		return s.n, err
	}
	if err := s.payments(ctx); err != nil {
		return s.n, err
	}
	return s.n, s.ratings(ctx)
}

// volumes looks at all clients' parcels.
func (s *radarSweep) volumes(ctx context.Context) (err error) {
	if s.through, err = s.d.lastSentDays(ctx, nil); err != nil || len(s.through) == 0 {
		return err
	}
	for from := int64(0); ; {
		last, err := s.lastShipper(ctx, from)
		if err != nil {
			return err
		}
		if last == from {
			return s.settleQuiet(ctx, from, math.MaxInt64, nil)
		}
		list, err := s.clients(ctx, from, last)
		if err != nil {
			return err
		}
		have, err := s.d.alertsBetween(ctx, from, last)
		if err != nil {
			return err
		}
		var found []finding
		var over []ending
		for _, c := range list {
			r, err := s.ruleFor(c.branch)
			if err != nil {
				return err
			}
			through := min(s.through[c.branch], s.today.Add(-1))
			if !through.Valid() {
				continue
			}
			for _, a := range radar.Judge(c.days, s.today, through, r.rule, r.cal) {
				if f := (finding{c.shipper, through, r.row, a}); isNews(have[c.id], f, s.today) {
					found = append(found, f)
				}
			}
			for _, x := range have[c.id] {
				if x.State == RadarClosed {
					continue
				}
				again, _ := day.Parse(x.AgainDay)
				if end := x.Detail.Recovered(c.days, max(x.Detail.Since(), again), through, r.rule, r.cal); end != nil {
					over = append(over, ending{x.ID, x.Version, end})
				}
			}
		}
		if err := s.write(ctx, found, over); err != nil {
			return err
		}
		if err := s.settleQuiet(ctx, from, last, list); err != nil {
			return err
		}
		from = last
	}
}

// write ends what is over, and raises what is new.
func (s *radarSweep) write(ctx context.Context, found []finding, over []ending) error {
	ended, err := s.d.endRadar(ctx, s.by, s.today, over)
	if err != nil {
		return err
	}
	made, err := s.d.raiseRadar(ctx, s.by, s.today, found)
	s.n += ended + made
	return err
}

type radarSweep struct {
	d       *DB
	by      policy.Actor
	n       int64 // raised, moved or ended
	today   day.Day
	since   day.Day
	through map[int64]day.Day // by branch: the last day with parcels
	inForce RulesInForce
	work    *worktime.Calendar
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

// lastSentDays is by branch the last day of which parcels are known; of some
// branches, or of all.
func (d *DB) lastSentDays(ctx context.Context, branches []int64) (map[int64]day.Day, error) {
	q := cond{text: `SELECT b.id, coalesce((SELECT w.period FROM waybill_sums w WHERE w.branch_id = b.id AND w.dim = '' AND w.value = '' AND length(w.period) = 10 AND w.pieces > 0
		ORDER BY w.period DESC LIMIT 1), '') FROM branches b`}
	if len(branches) > 0 {
		in := manySQL("b.id", branches)
		q = cond{q.text + ` WHERE ` + in.text, in.args}
	}
	rows, err := d.query(ctx, q)
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
		if last == "" {
			continue
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
	r := &branchRadar{rule: rule, row: row, cal: rule.Calendar(s.work).Between(s.since.AddMonths(-6), s.today.Add(7))}
	s.rules[branch] = r
	return r, nil
}

// lastShipper is the last of the next clients with parcels after one; that one
// when there are no more.
func (s *radarSweep) lastShipper(ctx context.Context, from int64) (last int64, err error) {
	err = s.d.r.QueryRowContext(ctx, `SELECT coalesce(max(customer_id), CAST($1 AS BIGINT)) FROM (SELECT DISTINCT customer_id FROM customer_months WHERE customer_id > $1
		ORDER BY customer_id LIMIT `+strconv.Itoa(radarStep)+`) AS next`, from).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("radar: %w", err)
	}
	return last, nil
}

// clients reads the clients after one through another with what they shipped
// by day; those without a parcel within the span are left out.
func (s *radarSweep) clients(ctx context.Context, from, last int64) (list []shipperDays, err error) {
	ctx = context.WithoutCancel(ctx) // one that can end would cost the driver a goroutine for each row
	rows, err := s.d.r.QueryContext(ctx, `SELECT m.customer_id, c.branch_id, coalesce(c.owner_id, 0), m.month, m.habits, c.deleted_at = 0 AND c.state <> 'archived'
		FROM customer_months m JOIN customers c ON c.id = m.customer_id
		WHERE m.customer_id > $1 AND m.customer_id <= $2 AND m.month >= $3 ORDER BY m.customer_id, m.month`, from, last, s.since.String()[:7])
	if err != nil {
		return nil, fmt.Errorf("radar: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c shipper
		var month, habits string
		var looked bool
		if err := rows.Scan(&c.id, &c.branch, &c.owner, &month, &habits, &looked); err != nil {
			return nil, fmt.Errorf("radar: %w", err)
		}
		if n := len(list); n == 0 || list[n-1].id != c.id {
			list = append(list, shipperDays{shipper: c})
		}
		if !looked {
			continue
		}
		if err := addDays(&list[len(list)-1].days, month, habits); err != nil {
			return nil, fmt.Errorf("radar: customer %d: %w", c.id, err)
		}
	}
	return list, rows.Err()
}

// addDays puts a month's pieces into days.
func addDays(days *radar.Days, month, habits string) error {
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
			days.Set(start.Add(i), n)
		}
	}
	return nil
}

// raiseRadar writes down what is new among findings, in one act; nothing of a
// night on which nothing is.
func (d *DB) raiseRadar(ctx context.Context, by policy.Actor, today day.Day, fresh []finding) (n int64, err error) {
	if len(fresh) == 0 {
		return 0, nil
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
		if n == 0 {
			return errNothing // somebody was faster
		}
		if _, err := addTodos(ctx, tx, list); err != nil {
			return err
		}
		tx.detail(map[string]any{"alerts": n})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

// ending is an alert as it was read, and why it is over.
type ending struct {
	alert, version int64
	end            *radar.End
}

// endRadar closes alerts that are over, in one act, and their to-dos with them.
// One that somebody has changed meanwhile waits for the next night.
func (d *DB) endRadar(ctx context.Context, by policy.Actor, today day.Day, over []ending) (n int64, err error) {
	if len(over) == 0 {
		return 0, nil
	}
	err = d.act(ctx, by, "radar.end", func(tx *Tx) error {
		n = 0
		for _, o := range over {
			r, err := scanRadar(tx.QueryRowContext(ctx, radarSQL(` WHERE r.id = $1 AND r.version = $2 AND r.state <> 'closed'`, ``), o.alert, o.version))
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return fmt.Errorf("alert %d: %w", o.alert, err)
			}
			now := r.RadarAlert
			now.State, now.ClosedDay, now.Ended = RadarClosed, today.String(), o.end
			if err := tx.saveRadar(ctx, &r.RadarAlert, &now); err != nil {
				return err
			}
			if err := tx.moveRadarTodo(ctx, &now); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return errNothing
		}
		tx.detail(map[string]any{"alerts": n})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

// alertsBetween are the alerts of clients after one through another.
func (d *DB) alertsBetween(ctx context.Context, from, last int64) (map[int64][]RadarAlert, error) {
	rows, err := d.r.QueryContext(ctx, radarOnlySQL(` WHERE r.customer_id > $1 AND r.customer_id <= $2`), from, last)
	if err != nil {
		return nil, fmt.Errorf("radar: %w", err)
	}
	defer rows.Close()
	out := map[int64][]RadarAlert{}
	for rows.Next() {
		r, err := scanRadarOnly(rows)
		if err != nil {
			return nil, fmt.Errorf("radar: %w", err)
		}
		out[r.CustomerID] = append(out[r.CustomerID], r)
	}
	return out, rows.Err()
}

func alertsOf(ctx context.Context, q querier, customer int64) ([]RadarAlert, error) {
	rows, err := q.QueryContext(ctx, radarOnlySQL(` WHERE r.customer_id = $1 ORDER BY r.id`), customer)
	if err != nil {
		return nil, fmt.Errorf("radar of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []RadarAlert
	for rows.Next() {
		r, err := scanRadarOnly(rows)
		if err != nil {
			return nil, fmt.Errorf("radar of customer %d: %w", customer, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// isNews says that a finding is to be raised, or moves an alert on.
func isNews(have []RadarAlert, f finding, today day.Day) bool {
	news, _ := standing(have, f, today)
	return news
}

// standing says whether a finding is news, and which alert it moves on.
func standing(have []RadarAlert, f finding, today day.Day) (news bool, moves *RadarAlert) {
	for i := range have {
		r := &have[i]
		if f.alert.Kind == radar.Week && r.Kind == string(radar.Silence) && r.Ended != nil && r.Ended.From > f.alert.Since().String() {
			return false, nil // an empty week before the first parcel after a silence
		}
		if r.Kind != string(f.alert.Kind) {
			continue
		}
		if r.Key == f.alert.Key {
			return false, nil
		}
		closed, _ := day.Parse(r.ClosedDay)
		switch {
		case r.Kind == string(radar.Silence) && silenceOf(r.Key) == silenceOf(f.alert.Key):
			if r.Detail.Stop >= f.alert.Stop {
				return false, nil // told already, also when the clock was set back
			}
			if r.State != RadarClosed {
				moves = r
			}
		case r.State != RadarClosed:
			return false, nil
		case f.alert.Kind != radar.Silence && r.Ended == nil && int(today-closed) < radarQuiet:
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
		Got: f.alert.Got, Usual: f.alert.Usual(), detail: string(text), RuleBranch: f.rule.BranchID, RuleVersion: f.rule.Version, State: RadarOpen, Version: 1, CreatedAt: tx.now(), UpdatedAt: tx.now()}
	if moves != nil {
		now := *moves
		now.Key, now.Day, now.Expected, now.Got, now.Usual, now.detail = a.Key, a.Day, a.Expected, a.Got, a.Usual, a.detail
		now.RuleBranch, now.RuleVersion = a.RuleBranch, a.RuleVersion
		return now.ID, tx.saveRadar(ctx, moves, &now)
	}
	if err := tx.insert(ctx, "radar_alerts", a.fields()); err != nil {
		return 0, err
	}
	return a.ID, tx.change(ctx, "create", "radar_alerts", a.ID, a.BranchID, a.CustomerID, 1, nil)
}
