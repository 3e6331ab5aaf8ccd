package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/shipping"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// lookout is what judging parcels needs, kept for one reading.
type lookout struct {
	d         *DB
	now       time.Time
	rules     *trackingRules
	cases     RulesInForce   // of which trouble opens a case
	patience  RulesInForce   // of radar: what share of express says that time matters
	hurried   map[int64]bool // by client, whether time matters to it
	namedFrom string         // day before which parcels name nobody
}

func (d *DB) lookout(ctx context.Context) (*lookout, error) {
	now := d.now()
	l := &lookout{d: d, now: now, hurried: map[int64]bool{}}
	var err error
	if l.rules, err = d.trackingRules(ctx, Day(now)); err != nil {
		return nil, err
	}
	if l.patience, err = d.RulesInForce(ctx, RuleRadar, Day(now)); err != nil {
		return nil, err
	}
	if l.cases, err = d.RulesInForce(ctx, RuleParcelCases, Day(now)); err != nil {
		return nil, err
	}
	l.namedFrom, err = d.PersonsFrom(ctx)
	return l, err
}

// sighting is what was seen of a parcel.
type sighting struct {
	flags []tracking.Flag
	over  bool // so old that nobody looks any more
	way   bool // its way is over
}

// ended is 1 when nobody needs to look any more.
func (s sighting) ended() int64 { return bit(s.over || s.way && len(s.flags) == 0) }

// judge says what asks for somebody in a parcel with these news.
func (l *lookout) judge(ctx context.Context, q querier, w *WaybillRow, t trackRow, traces []tracking.Trace) (sighting, error) {
	rule, err := l.rules.of(w.BranchID)
	if err != nil {
		return sighting{}, err
	}
	f := tracking.Facts{Product: w.Product, Province: w.Province, State: w.State, Exception: w.Exception, ByTrack: t.tells(w.State), Sent: w.SentAt, Traces: traces}
	if f.ByTrack {
		f.Exception = tracking.Exception(t.service, t.code)
	}
	s := sighting{over: rule.Over(f, l.now), way: tracking.Ended(w.State)}
	if s.over {
		return s, nil
	}
	if f.Sensitive, err = l.timeMatters(ctx, q, w); err == nil {
		s.flags = rule.Judge(f, l.now)
	}
	return s, err
}

// timeMatters says whether time matters to a parcel's client, as Timing does.
func (l *lookout) timeMatters(ctx context.Context, q querier, w *WaybillRow) (bool, error) {
	if w.CustomerID == 0 {
		return false, nil
	}
	if yes, known := l.hurried[w.CustomerID]; known {
		return yes, nil
	}
	rule, err := radarOf(l.patience.For(l.d.Chain(w.BranchID)))
	if err != nil {
		return false, err
	}
	t, _, err := timing(ctx, q, w.CustomerID, day.At(l.now, Zone), rule)
	l.hurried[w.CustomerID] = t.Sensitive
	return t.Sensitive, err
}

// timing says whether time matters to a client by its mark, and where there is
// none by what it sent in the twelve months up to a day and by how often it
// complained of lateness.
func timing(ctx context.Context, q querier, customer int64, today day.Day, rule radar.Rule) (shipping.Timing, TimeMark, error) {
	mark, err := timeMark(ctx, q, customer)
	if err != nil {
		return shipping.Timing{}, mark, err
	}
	texts, err := rowsOf[string](ctx, q, `SELECT habits FROM customer_months WHERE customer_id = $1 AND month >= $2 AND month <= $3`, customer,
		today.MonthStart().AddMonths(-11).String()[:7], today.String()[:7])
	if err != nil {
		return shipping.Timing{}, mark, fmt.Errorf("months of customer %d: %w", customer, err)
	}
	var sum shipping.Habits
	for _, text := range texts {
		h, err := shipping.Parse(text)
		if err != nil {
			return shipping.Timing{}, mark, fmt.Errorf("months of customer %d: %w", customer, err)
		}
		sum.Merge(&h)
	}
	late, err := lateComplaints(ctx, q, customer, lateRule(rule).Since(today))
	return shipping.Time(sum.Products, rule.Express, late, lateRule(rule), mark.Mark), mark, err
}

// LateCause is the code of the shipped cause under which complaints of lateness
// stand.
const LateCause = "late"

// lateRule is what the rule of the radar says of complaints of lateness.
func lateRule(r radar.Rule) shipping.LateRule {
	return shipping.LateRule{Complaints: r.Slow, Months: r.Months}
}

// lateComplaints counts those of a client since a day, by the cause of lateness
// and those below it. A matter that went into another case counts once.
func lateComplaints(ctx context.Context, q querier, customer int64, since day.Day) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM cases e JOIN case_causes k ON k.id = e.cause_id LEFT JOIN case_causes p ON p.id = k.parent_id
		WHERE e.customer_id = $1 AND e.opened_at >= $2 AND e.kind = $3 AND e.deleted_at = 0 AND e.merged_id IS NULL AND (k.code = $4 OR p.code = $4)`,
		customer, dayStart(since), casework.Complaint, LateCause).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("complaints of customer %d: %w", customer, err)
	}
	return n, nil
}

// settling brings to-dos to where the flags of parcels are.
type settling struct {
	look  *lookout
	why   string // of a to-do that closes while its parcel goes on
	todos []Todo
	news  map[string]int64 // by key of a to-do, of its parcel's latest news
}

func (l *lookout) settling(why string) *settling {
	return &settling{look: l, why: why, news: map[string]int64{}}
}

// one closes the to-dos whose trouble is gone and gathers those of new flags,
// but for what opens a case by rule.
// The trouble of a parcel that was refused and now comes back goes on. One so
// old that nobody looks any more is left to whoever has its to-dos, until it is
// signed for.
func (s *settling) one(ctx context.Context, tx *Tx, w *WaybillRow, was string, last int64, now sighting) error {
	settled := w.State == waybill.Signed || w.State == waybill.Cancelled
	if now.over && !settled {
		return nil
	}
	had, has := map[string]bool{}, map[string]bool{}
	for _, f := range strings.Fields(was) {
		had[tracking.Begins(f)] = true
	}
	key := strconv.FormatInt(w.ID, 10)
	for _, f := range now.flags {
		has[tracking.Begins(f.Kind)] = true
		if had[tracking.Begins(f.Kind)] {
			continue
		}
		// A case that a rule opens is the work that is to be done.
		if carried, err := tx.alertCase(ctx, s.look, w, f, last); err != nil || carried {
			if err != nil {
				return err
			}
			continue
		}
		args := map[string]string{"number": w.Number}
		for k, v := range f.Args {
			args[k] = v
		}
		s.news[key] = last
		s.todos = append(s.todos, Todo{Kind: parcelTodo + f.Kind, Key: key, CustomerID: w.CustomerID, WaybillID: w.ID, BranchID: w.BranchID, Args: args})
	}
	open, err := rowsOf[string](ctx, tx, `SELECT kind FROM todos WHERE waybill_id = $1 AND state = 'open' AND deleted_at = 0`, w.ID)
	if err != nil {
		return fmt.Errorf("to-dos of waybill %d: %w", w.ID, err)
	}
	why := s.why
	switch w.State {
	case waybill.Signed:
		why = SettledSigned
	case waybill.Returned:
		why = SettledReturned
	case waybill.Cancelled:
		why = SettledCancelled
	}
	alerts, err := rowsOf[string](ctx, tx, `SELECT trouble FROM parcel_cases WHERE number = $1 AND ended_at = 0`, w.Number)
	if err != nil {
		return fmt.Errorf("cases of waybill %d: %w", w.ID, err)
	}
	for _, trouble := range alerts {
		if !has[trouble] {
			if err := tx.alertOver(ctx, w.Number, trouble, why); err != nil {
				return err
			}
		}
	}
	for _, kind := range open {
		f, is := strings.CutPrefix(kind, parcelTodo)
		if !is || has[tracking.Begins(f)] {
			continue
		}
		if err := tx.settleTodo(ctx, kind, key, why); err != nil {
			return err
		}
	}
	return nil
}

// parcelTodo begins the kind of a to-do that a flag makes; the flag follows.
const parcelTodo = "parcel_"

// end makes the to-dos that were gathered.
func (s *settling) end(ctx context.Context, tx *Tx) error {
	return raiseTodos(ctx, tx, s.todos, s.news)
}

// watched are the columns of a new row of waybill_tracks that a bill makes: of
// a parcel of which nobody has heard, but whose bill says that something is
// wrong.
var watched = []string{"waybill_id", "service", "updated_at"}

// watch leaves parcels that a bill brings to be looked at, when it says of them
// what asks for somebody.
func (tx *Tx) watch(s *sheaf, w *Waybill, from string) {
	if w.SentDay >= from && tracking.Said(w.State, w.Exception, false) != "" {
		s.add(w.ID, "", tx.now())
	}
}

// watchAgain leaves a parcel to be looked at of which state or exception was
// corrected.
func (tx *Tx) watchAgain(ctx context.Context, was, now *Waybill) error {
	if was.State == now.State && was.Exception == now.Exception {
		return nil
	}
	n, err := tx.exec(ctx, `UPDATE waybill_tracks SET ended = 0, updated_at = $2 WHERE waybill_id = $1`, now.ID, tx.now())
	if err == nil && n == 0 && tracking.Said(now.State, now.Exception, false) != "" {
		_, err = tx.exec(ctx, `INSERT INTO waybill_tracks (waybill_id, service, updated_at) VALUES ($1, '', $2)`, now.ID, tx.now())
	}
	if err != nil {
		return fmt.Errorf("watch waybill %d: %w", now.ID, err)
	}
	return nil
}

// flagBatch is how many parcels FlagParcels looks at in one act.
const flagBatch = 200

// FlagParcels looks at every parcel whose way is not over, and at those that
// bills say something is wrong with, by the rules and the clock of now. It keeps
// their flags, makes a to-do for each new one and closes those whose flag is
// gone. It returns how many parcels changed.
func (d *DB) FlagParcels(ctx context.Context, by policy.Actor) (int64, error) {
	return d.FlagSince(ctx, by, 0)
}

// FlagSince looks as FlagParcels does, but only at parcels that were left to be
// looked at since an instant (unix milliseconds): those of a bill.
func (d *DB) FlagSince(ctx context.Context, by policy.Actor, since int64) (int64, error) {
	look, err := d.lookout(ctx)
	if err != nil {
		return 0, err
	}
	var total, after int64
	for {
		ids, err := rowsOf[int64](ctx, d.r, `SELECT waybill_id FROM waybill_tracks WHERE ended = 0 AND waybill_id > $1 AND updated_at >= $2 ORDER BY waybill_id LIMIT `+strconv.Itoa(flagBatch), after, since)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		after = ids[len(ids)-1]
		n, err := d.flagSome(ctx, by, look, ids)
		total += n
		if err != nil {
			return total, err
		}
	}
}

func (d *DB) flagSome(ctx context.Context, by policy.Actor, look *lookout, ids []int64) (n int64, err error) {
	err = d.act(ctx, by, "waybills.flag", func(tx *Tx) error {
		n = 0
		set := look.settling(SettledOtherwise)
		for _, id := range ids {
			changed, err := tx.flag(ctx, set, id)
			if err != nil {
				return err
			}
			if changed {
				n++
			}
		}
		if n == 0 {
			return errNothing
		}
		tx.detail(map[string]any{"waybills": n})
		return set.end(ctx, tx)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

// flag looks at one parcel; false when all is as it was.
func (tx *Tx) flag(ctx context.Context, set *settling, id int64) (bool, error) {
	w, err := scanWaybillRow(tx.QueryRowContext(ctx, waybillsSQL(` WHERE w.id = $1`, ``), id))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("waybill %d: %w", id, err)
	}
	was, err := trackOf(ctx, tx, id)
	if err != nil {
		return false, err
	}
	traces, err := tracesOf(ctx, tx, id)
	if err != nil {
		return false, err
	}
	s, err := set.look.judge(ctx, tx, &w, was, traces)
	if err != nil || flagWords(s.flags) == was.flags && s.ended() == was.ended {
		return false, err
	}
	tx.about(w.BranchID, id)
	if err := tx.saveTrack(ctx, id, was, s); err != nil {
		return false, err
	}
	return true, set.one(ctx, tx, &w, was.flags, was.lastAt, s)
}

// Watch is what a list says of a parcel that asks for somebody.
type Watch struct {
	Flags  []string // the gravest first
	LastAt int64    // of the latest news, unix milliseconds, 0 = none
	Open   bool     // a to-do about it is open, or a case that a rule opened
	Who    string   // who has that, "" = nobody yet
}

// Watched says it of parcels that were read within scope; those that ask for
// nobody are left out.
func (d *DB) Watched(ctx context.Context, ids []int64) (map[int64]Watch, error) {
	out := map[int64]Watch{}
	if len(ids) == 0 {
		return out, nil
	}
	in, args := marks(ids)
	rows, err := d.query(ctx, cond{`SELECT k.waybill_id, k.flags, k.last_at, coalesce(t.id, e.id, 0), coalesce(u.name, v.name, '') FROM waybill_tracks k JOIN waybills w ON w.id = k.waybill_id
		LEFT JOIN todos t ON t.waybill_id = k.waybill_id AND t.state = 'open' AND t.deleted_at = 0 LEFT JOIN users u ON u.id = t.user_id
		LEFT JOIN parcel_cases p ON p.number = w.number AND p.ended_at = 0 LEFT JOIN cases e ON e.id = p.case_id AND e.step <> 'closed' AND e.deleted_at = 0 LEFT JOIN users v ON v.id = e.user_id
		WHERE k.flags <> '' AND k.waybill_id IN (` + in + `) ORDER BY k.waybill_id, CASE WHEN t.id IS NULL AND e.id IS NULL THEN 1 ELSE 0 END, t.due, t.id`, args})
	if err != nil {
		return nil, fmt.Errorf("flagged parcels: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, todo int64
		var flags string
		var w Watch
		if err := rows.Scan(&id, &flags, &w.LastAt, &todo, &w.Who); err != nil {
			return nil, fmt.Errorf("flagged parcels: %w", err)
		}
		if _, there := out[id]; there { // its first to-do counts
			continue
		}
		w.Flags, w.Open = strings.Fields(flags), todo != 0
		out[id] = w
	}
	return out, rows.Err()
}

// CountFlags counts, of the parcels that Waybills would list, those that ask for
// somebody: all of them, and by flag. One may have two.
func (d *DB) CountFlags(ctx context.Context, scope policy.Scope, f WaybillFilter) (all int, by map[string]int, err error) {
	f.Flag, f.Flagged = "", false
	c := d.waybillsWhere(scope, f)
	c.text = append(c.text, "k.flags <> ''")
	rows, err := d.r.QueryContext(ctx, `SELECT k.flags, count(*) FROM waybill_tracks k JOIN waybills w ON w.id = k.waybill_id`+c.whereSQL()+` GROUP BY k.flags`, c.args...)
	if err != nil {
		return 0, nil, fmt.Errorf("count flagged parcels: %w", err)
	}
	defer rows.Close()
	by = map[string]int{}
	for rows.Next() {
		var flags string
		var n int
		if err := rows.Scan(&flags, &n); err != nil {
			return 0, nil, fmt.Errorf("count flagged parcels: %w", err)
		}
		all += n
		for _, flag := range strings.Fields(flags) {
			by[flag] += n
		}
	}
	return all, by, rows.Err()
}

func flagWords(list []tracking.Flag) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Kind)
	}
	return strings.Join(out, " ")
}
