package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

	was, now WaybillRow
	track    trackRow
	fresh    []tracking.Trace
}

// trackRow is what stands of the news of a parcel.
type trackRow struct {
	service, code, state, flags string
	lastAt, traces              int64
	ended                       int64
	there                       bool
}

// PlanTracks says what news of parcels would change, and changes nothing.
func (d *DB) PlanTracks(ctx context.Context, by policy.Actor, list []tracking.Parcel) ([]TrackChange, error) {
	rules, err := d.trackingRules(ctx, Day(d.now()))
	if err != nil {
		return nil, err
	}
	return d.planTracks(ctx, d.r, by, rules, list, d.now())
}

func (d *DB) planTracks(ctx context.Context, q querier, by policy.Actor, rules *trackingRules, list []tracking.Parcel, now time.Time) ([]TrackChange, error) {
	out := make([]TrackChange, 0, len(list))
	for _, p := range list {
		c, err := d.planTrack(ctx, q, by, rules, p, now)
		if err != nil {
			return nil, fmt.Errorf("news of %s: %w", p.Number, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (d *DB) planTrack(ctx context.Context, q querier, by policy.Actor, rules *trackingRules, p tracking.Parcel, now time.Time) (TrackChange, error) {
	c := TrackChange{Parcel: p}
	w, err := scanWaybillRow(q.QueryRowContext(ctx, waybillsSQL(` WHERE w.number = $1`, ``), p.Number))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(by.Scope(policy.WaybillEdit), w.BranchID, w.OwnerID, w.ClerkID) {
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
	had := map[string]bool{}
	for _, t := range known {
		had[strconv.FormatInt(t.At, 10)+t.Words] = true
	}
	all := tracking.Parcel{Traces: known}
	for _, t := range p.Traces {
		if !had[strconv.FormatInt(t.At, 10)+t.Words] {
			c.fresh = append(c.fresh, t)
			all.Traces = append(all.Traces, t)
		}
	}
	all.Order()
	c.New = len(c.fresh)
	if p.Last() >= c.track.lastAt {
		c.now.follow(p, c.track.there && c.was.State == c.track.state)
	}
	c.After = c.now.State
	c.Changed = len(diff(c.was.fields(), c.now.fields())) > 0
	rule, err := rules.of(w.BranchID)
	if err != nil {
		return c, err
	}
	sensitive, err := timeMatters(ctx, q, w.CustomerID)
	if err != nil {
		return c, err
	}
	c.Flags = rule.Judge(tracking.Facts{Product: w.Product, Province: w.Province, State: c.After, Traces: all.Traces, Sensitive: sensitive}, now)
	return c, nil
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

// timeMatters says whether somebody has marked a client so.
func timeMatters(ctx context.Context, q querier, customer int64) (bool, error) {
	if customer == 0 {
		return false, nil
	}
	var n int64
	err := q.QueryRowContext(ctx, `SELECT sensitive FROM time_marks WHERE customer_id = $1`, customer).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n != 0, err
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

// ApplyTracks writes the news of parcels that the actor may change (waybills of
// the scope of waybills.edit), as one act: traces once each, the rows that
// follow them, and a to-do for each new flag. What is not on file is left out
// and said (WaybillID 0). Sent again it changes nothing.
func (d *DB) ApplyTracks(ctx context.Context, by policy.Actor, list []tracking.Parcel) ([]TrackChange, error) {
	rules, err := d.trackingRules(ctx, Day(d.now()))
	if err != nil {
		return nil, err
	}
	var out []TrackChange
	err = d.act(ctx, by, "waybills.track", func(tx *Tx) error {
		if out, err = d.planTracks(ctx, tx, by, rules, list, tx.at); err != nil {
			return err
		}
		parcels, traces, sums := 0, 0, newTally()
		var todos []Todo
		for _, c := range out {
			if c.WaybillID == 0 {
				continue
			}
			n, err := tx.writeTrack(ctx, c, sums)
			if err != nil {
				return fmt.Errorf("news of %s: %w", c.Number, err)
			}
			if n > 0 || c.Changed || !c.track.there {
				parcels++
				tx.about(c.was.BranchID, c.WaybillID)
				tx.audit.of(c.CustomerID)
			}
			traces += n
			todos = append(todos, todosOf(c.now.Waybill, c.Flags)...)
		}
		if parcels == 0 {
			return errNothing
		}
		if err := sums.flush(ctx, tx); err != nil {
			return err
		}
		if _, err := addTodos(ctx, tx, todos); err != nil {
			return err
		}
		tx.detail(map[string]any{"waybills": parcels, "traces": traces})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return out, err
}

// writeTrack writes the news of one parcel and returns how many were new.
func (tx *Tx) writeTrack(ctx context.Context, c TrackChange, sums *tally) (int, error) {
	for _, t := range c.fresh {
		if _, err := tx.exec(ctx, `INSERT INTO waybill_traces (id, waybill_id, at, place, words, state, fails) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (waybill_id, at, words) DO NOTHING`,
			tx.newID(), c.WaybillID, t.At, t.Place, t.Words, t.State, bit(t.Fails)); err != nil {
			return 0, err
		}
	}
	if c.Changed {
		changed := diff(c.was.fields(), c.now.fields())
		if err := tx.update(ctx, "waybills", c.WaybillID, c.was.Version, c.now.fields(), changed); err != nil {
			return 0, err
		}
		sums.one(&c.was.Waybill, -1)
		sums.one(&c.now.Waybill, 1)
		if err := tx.change(ctx, "update", "waybills", c.WaybillID, c.was.BranchID, c.was.CustomerID, c.was.Version+1, changed); err != nil {
			return 0, err
		}
	}
	service, code, state := c.track.service, c.track.code, c.track.state
	if !c.track.there || c.Last() >= c.track.lastAt {
		service, code, state = c.Service, c.Code, c.State
	}
	_, err := tx.exec(ctx, `
		INSERT INTO waybill_tracks (waybill_id, service, code, state, last_at, traces, ended, flags, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (waybill_id) DO UPDATE SET service = excluded.service, code = excluded.code, state = excluded.state, last_at = excluded.last_at, traces = excluded.traces,
			ended = excluded.ended, flags = excluded.flags, updated_at = excluded.updated_at`,
		c.WaybillID, service, code, state, max(c.track.lastAt, c.Last()), c.track.traces+int64(c.New), bit(tracking.Ended(c.After)), flagWords(c.Flags), tx.now())
	return c.New, err
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func flagWords(list []tracking.Flag) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Kind)
	}
	return strings.Join(out, " ")
}

// todosOf are the to-dos that flags ask for: one a parcel and flag.
func todosOf(w Waybill, flags []tracking.Flag) (out []Todo) {
	for _, f := range flags {
		args := map[string]string{"number": w.Number}
		for k, v := range f.Args {
			args[k] = v
		}
		out = append(out, Todo{Kind: "parcel_" + f.Kind, Key: strconv.FormatInt(w.ID, 10), CustomerID: w.CustomerID, WaybillID: w.ID, BranchID: w.BranchID, Args: args})
	}
	return out
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
	rule, row, err := d.TrackingRule(ctx, w.BranchID, Day(d.now()))
	if err != nil {
		return out, err
	}
	sensitive, err := timeMatters(ctx, d.r, w.CustomerID)
	out.Rule = row
	out.Flags = rule.Judge(tracking.Facts{Product: w.Product, Province: w.Province, State: w.State, Traces: out.Traces, Sensitive: sensitive}, d.now())
	return out, err
}

// flagBatch is how many parcels FlagParcels looks at in one act.
const flagBatch = 500

// FlagParcels looks at every parcel whose way is not over, by the rules and
// the clock of now, keeps its flags and makes a to-do for each new one. It
// returns how many parcels changed.
func (d *DB) FlagParcels(ctx context.Context, by policy.Actor) (int64, error) {
	rules, err := d.trackingRules(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	var total, after int64
	for {
		ids, err := rowsOf[int64](ctx, d.r, `SELECT waybill_id FROM waybill_tracks WHERE ended = 0 AND waybill_id > $1 ORDER BY waybill_id LIMIT `+strconv.Itoa(flagBatch), after)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		after = ids[len(ids)-1]
		n, err := d.flagSome(ctx, by, rules, ids)
		total += n
		if err != nil {
			return total, err
		}
	}
}

func (d *DB) flagSome(ctx context.Context, by policy.Actor, rules *trackingRules, ids []int64) (n int64, err error) {
	err = d.act(ctx, by, "waybills.flag", func(tx *Tx) error {
		n = 0
		var todos []Todo
		for _, id := range ids {
			w, err := scanWaybillRow(tx.QueryRowContext(ctx, waybillsSQL(` WHERE w.id = $1`, ``), id))
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return fmt.Errorf("waybill %d: %w", id, err)
			}
			was, err := trackOf(ctx, tx, id)
			if err != nil {
				return err
			}
			traces, err := tracesOf(ctx, tx, id)
			if err != nil {
				return err
			}
			rule, err := rules.of(w.BranchID)
			if err != nil {
				return err
			}
			sensitive, err := timeMatters(ctx, tx, w.CustomerID)
			if err != nil {
				return err
			}
			flags := rule.Judge(tracking.Facts{Product: w.Product, Province: w.Province, State: w.State, Traces: traces, Sensitive: sensitive}, tx.at)
			ended := bit(tracking.Ended(w.State))
			if flagWords(flags) == was.flags && ended == was.ended {
				continue
			}
			n++
			if _, err := tx.exec(ctx, `UPDATE waybill_tracks SET flags = $2, ended = $3, updated_at = $4 WHERE waybill_id = $1`, id, flagWords(flags), ended, tx.now()); err != nil {
				return fmt.Errorf("flags of waybill %d: %w", id, err)
			}
			todos = append(todos, todosOf(w.Waybill, slices.DeleteFunc(flags, func(f tracking.Flag) bool { return slices.Contains(strings.Fields(was.flags), f.Kind) }))...)
			tx.about(w.BranchID, id)
		}
		if n == 0 {
			return errNothing
		}
		tx.detail(map[string]any{"waybills": n})
		_, err := addTodos(ctx, tx, todos)
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}
