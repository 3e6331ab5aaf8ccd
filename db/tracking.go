package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// RuleTracking names among the rules when a parcel asks for somebody; its value
// is a tracking.Rule in JSON.
const RuleTracking = "tracking"

// TrackingRule returns what holds for a branch (0 the company) on a day, and by
// which version.
func (d *DB) TrackingRule(ctx context.Context, branch int64, on string) (tracking.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleTracking, branch, on)
	if err != nil {
		return tracking.Rule{}, row, err
	}
	rule, err := trackingRule(row)
	return rule, row, err
}

func trackingRule(row RuleRow) (tracking.Rule, error) {
	if row.Version == 0 {
		return tracking.Default(), nil
	}
	var rule tracking.Rule
	if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
		return rule, fmt.Errorf("rule of tracking, version %d: %w", row.Version, err)
	}
	if rule.Days == 0 { // set before there were any
		rule.Days = tracking.Default().Days
	}
	return rule, nil
}

// trackingRules keeps the rule of each branch for one reading.
type trackingRules struct {
	d    *DB
	rows RulesInForce
	by   map[int64]tracking.Rule
}

func (d *DB) trackingRules(ctx context.Context, on string) (*trackingRules, error) {
	rows, err := d.RulesInForce(ctx, RuleTracking, on)
	return &trackingRules{d, rows, map[int64]tracking.Rule{}}, err
}

func (r *trackingRules) of(branch int64) (tracking.Rule, error) {
	if rule, ok := r.by[branch]; ok {
		return rule, nil
	}
	rule, err := trackingRule(r.rows.For(r.d.Chain(branch)))
	if err == nil {
		r.by[branch] = rule
	}
	return rule, err
}

// TrackChange is what news of one parcel mean: for its row, and for whom it
// concerns.
type TrackChange struct {
	tracking.Parcel
	WaybillID     int64 // 0 = on file nowhere that the reader may change
	CustomerID    int64
	Customer      string
	Before, After string // states
	New           int    // traces not known yet
	Flags         []tracking.Flag
	Changed       bool // the parcel's row would change

	was, now        WaybillRow
	track, trackNow trackRow
	fresh           []tracking.Trace
	sight           sighting
}

// trackRow is what stands of the news of a parcel.
type trackRow struct {
	service, code, state, flags string
	lastAt, traces              int64
	ended                       int64
	there                       bool
}

// tells says that the news are what a parcel's state comes from.
func (t *trackRow) tells(state string) bool { return t.service != "" && t.state == state }

// PlanTracks says what news of parcels would change, and changes nothing.
func (d *DB) PlanTracks(ctx context.Context, by policy.Actor, list []tracking.Parcel) ([]TrackChange, error) {
	look, err := d.lookout(ctx)
	if err != nil {
		return nil, err
	}
	return look.plans(ctx, d.r, by, list)
}

func (l *lookout) plans(ctx context.Context, q querier, by policy.Actor, list []tracking.Parcel) ([]TrackChange, error) {
	out := make([]TrackChange, 0, len(list))
	for _, p := range list {
		c, err := l.plan(ctx, q, by, p)
		if err != nil {
			return nil, fmt.Errorf("news of %s: %w", p.Number, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (l *lookout) plan(ctx context.Context, q querier, by policy.Actor, p tracking.Parcel) (TrackChange, error) {
	c := TrackChange{Parcel: p}
	w, err := scanWaybillRow(q.QueryRowContext(ctx, waybillsSQL(` WHERE w.number = $1`, ``), p.Number))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !l.d.sees(by.Scope(policy.WaybillEdit), w.BranchID, w.OwnerID, w.ClerkID) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.WaybillID, c.CustomerID, c.Customer, c.Before, c.was, c.now = w.ID, w.CustomerID, w.Customer, w.State, w, w
	if c.track, err = trackOf(ctx, q, w.ID); err != nil {
		return c, err
	}
	known, err := tracesOf(ctx, q, w.ID)
	if err != nil {
		return c, err
	}
	nameless, err := l.nameless(ctx, q, &w.Waybill)
	if err != nil {
		return c, err
	}
	had := map[string]bool{}
	key := func(t tracking.Trace) string { return strconv.FormatInt(t.At, 10) + t.Words }
	for _, t := range known {
		had[key(t)] = true
	}
	all := tracking.Parcel{Traces: known}
	for _, t := range p.Traces {
		if nameless {
			t.Words = ""
		}
		if !had[key(t)] {
			had[key(t)] = true
			c.fresh = append(c.fresh, t)
			all.Traces = append(all.Traces, t)
		}
	}
	all.Order()
	c.New = len(c.fresh)
	c.trackNow = c.track
	c.trackNow.there, c.trackNow.lastAt, c.trackNow.traces = true, max(c.track.lastAt, p.Last()), c.track.traces+int64(c.New)
	if !c.track.there || p.Last() >= c.track.lastAt {
		c.trackNow.service, c.trackNow.code, c.trackNow.state = p.Service, p.Code, p.State
	}
	if p.Last() >= c.track.lastAt {
		c.now.follow(p, c.track.tells(c.was.State))
	}
	c.After = c.now.State
	c.Changed = len(diff(c.was.fields(), c.now.fields())) > 0
	c.sight, err = l.judge(ctx, q, &c.now, c.trackNow, all.Traces)
	c.Flags = c.sight.flags
	return c, err
}

// nameless says that nothing may be kept of a parcel that names persons: their
// time is over, or its client was erased.
func (l *lookout) nameless(ctx context.Context, q querier, w *Waybill) (bool, error) {
	if w.SentDay < l.namedFrom || w.CustomerID == 0 {
		return w.SentDay < l.namedFrom, nil
	}
	var erased int64
	if err := q.QueryRowContext(ctx, `SELECT erased_at FROM customers WHERE id = $1`, w.CustomerID).Scan(&erased); err != nil {
		return false, fmt.Errorf("customer %d: %w", w.CustomerID, err)
	}
	return erased != 0, nil
}

// follow lets a parcel's row follow its news (tracking.Next). When it was
// picked up and signed for are taken from the news where the bill says no more
// than the day.
func (w *Waybill) follow(p tracking.Parcel, byTrack bool) {
	w.State = tracking.Next(w.State, byTrack, p.State)
	if p.Exception != "" && (w.State == p.State || w.Exception == "") {
		w.Exception = p.Exception
	}
	for _, t := range p.Traces {
		switch {
		case t.State == waybill.PickedUp && (w.PickedAt == 0 || w.PickedDayOnly() && Day(timeOf(w.PickedAt)) == Day(timeOf(t.At))):
			w.PickedAt, w.DayOnly = t.At, w.DayOnly&^pickedDayOnly
		case t.State == waybill.Signed && w.State == waybill.Signed && (w.SignedAt == 0 || w.SignedDayOnly() && Day(timeOf(w.SignedAt)) == Day(timeOf(t.At))):
			w.SignedAt, w.DayOnly = t.At, w.DayOnly&^signedDayOnly
		}
	}
}

func trackOf(ctx context.Context, q querier, id int64) (t trackRow, err error) {
	err = q.QueryRowContext(ctx, `SELECT service, code, state, flags, last_at, traces, ended FROM waybill_tracks WHERE waybill_id = $1`, id).
		Scan(&t.service, &t.code, &t.state, &t.flags, &t.lastAt, &t.traces, &t.ended)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	t.there = err == nil
	return t, err
}

// tracesOf returns the news of a parcel, the oldest first.
func tracesOf(ctx context.Context, q querier, id int64) ([]tracking.Trace, error) {
	rows, err := q.QueryContext(ctx, `SELECT at, place, words, state, fails FROM waybill_traces WHERE waybill_id = $1 ORDER BY at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("traces of waybill %d: %w", id, err)
	}
	defer rows.Close()
	var out []tracking.Trace
	for rows.Next() {
		var t tracking.Trace
		var fails int64
		if err := rows.Scan(&t.At, &t.Place, &t.Words, &t.State, &fails); err != nil {
			return nil, fmt.Errorf("traces of waybill %d: %w", id, err)
		}
		t.Fails = fails != 0
		out = append(out, t)
	}
	return out, rows.Err()
}

// Track is what is known of a parcel's way.
type Track struct {
	Service, Code string
	Known         bool // there is news at all
	Traces        []tracking.Trace
	Flags         []tracking.Flag
	Rule          RuleRow // by which the flags came about
}

// Track returns the way of a parcel that was read within scope, flagged as of
// now.
func (d *DB) Track(ctx context.Context, w Waybill) (Track, error) {
	var out Track
	t, err := trackOf(ctx, d.r, w.ID)
	if err != nil || !t.there {
		return out, err
	}
	out.Service, out.Code, out.Known = t.service, t.code, true
	if out.Traces, err = tracesOf(ctx, d.r, w.ID); err != nil {
		return out, err
	}
	look, err := d.lookout(ctx)
	if err != nil {
		return out, err
	}
	s, err := look.judge(ctx, d.r, &WaybillRow{Waybill: w}, t, out.Traces)
	out.Flags, out.Rule = s.flags, look.rules.rows.For(d.Chain(w.BranchID))
	return out, err
}
