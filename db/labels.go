package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// The three dated rules that labels come from; their values are those of
// policy/classify as JSON.
const (
	RuleClasses = "classes"
	RuleRFM     = "rfm"
	RuleTags    = "tags"
)

// ClassRules are the rules that hold for a branch on a day, and which versions
// they are.
type ClassRules struct {
	classify.Rules
	Rows map[string]RuleRow // by rule; version 0: the default
}

// ruleBook is what holds of the three rules on a day, for every branch.
type ruleBook struct {
	db   *DB
	rows map[string]RulesInForce
}

func (d *DB) ruleBook(ctx context.Context, on string) (ruleBook, error) {
	b := ruleBook{d, map[string]RulesInForce{}}
	for _, rule := range []string{RuleClasses, RuleRFM, RuleTags} {
		var err error
		if b.rows[rule], err = d.RulesInForce(ctx, rule, on); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b ruleBook) of(branch int64) (ClassRules, error) {
	out := ClassRules{Rules: classify.Default(), Rows: map[string]RuleRow{}}
	for rule, into := range map[string]any{RuleClasses: &out.Classes, RuleRFM: &out.RFM, RuleTags: &out.Tags} {
		row := b.rows[rule].For(b.db.Chain(branch))
		out.Rows[rule] = row
		if row.Version == 0 {
			continue
		}
		if err := json.Unmarshal([]byte(row.Value), into); err != nil {
			return out, fmt.Errorf("rule %s of branch %d: %w", rule, branch, err)
		}
	}
	return out, nil
}

// ClassRules returns what holds for a branch (0: the company) on a day.
func (d *DB) ClassRules(ctx context.Context, branch int64, on string) (ClassRules, error) {
	b, err := d.ruleBook(ctx, on)
	if err != nil {
		return ClassRules{}, err
	}
	return b.of(branch)
}

// booked is a client of a branch as the rules look at it.
type booked struct {
	id, version       int64
	name, code, class string
	owner, clerk      int64
	labels            classify.Labels
	held              map[string]string // kind → value that was set by hand
	classify.Client
}

// books reads the clients of a branch with what they sent before a day;
// shipped is how many ever sent anything.
func (d *DB) books(ctx context.Context, branch int64, on day.Day) (list []booked, shipped int, err error) {
	fail := func(err error) ([]booked, int, error) {
		return nil, 0, fmt.Errorf("figures of branch %d: %w", branch, err)
	}
	at := map[int64]int{}
	err = d.eachRow(ctx, `
		SELECT c.id, c.version, c.name, c.code, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.worth, c.rfm, c.tier, c.level, c.stage, c.marks,
			c.size, c.power, c.monthly_pieces, c.screen_place, c.screen_profit, c.screen_staff, c.screen_culture
		FROM customers c WHERE c.branch_id = $1 AND c.deleted_at = 0`, []any{branch}, func(scan func(...any) error) error {
		var b booked
		var size, power string
		var pieces int64
		var judged [4]int64
		if err := scan(&b.id, &b.version, &b.name, &b.code, &b.class, &b.owner, &b.clerk, &b.labels.Worth, &b.labels.RFM, &b.labels.Tier, &b.labels.Level, &b.labels.Stage, &b.labels.Marks,
			&size, &power, &pieces, &judged[0], &judged[1], &judged[2], &judged[3]); err != nil {
			return err
		}
		b.Score = classify.Prospect(size, power, pieces, judged)
		at[b.id] = len(list)
		list = append(list, b)
		return nil
	})
	if err != nil {
		return fail(err)
	}
	first := on.MonthStart()
	starts := map[string]int{} // by month, how many months back; 0 the present one
	for i := range classify.Months + 1 {
		starts[first.AddMonths(-i).String()[:7]] = i
	}
	err = d.eachRow(ctx, `
		SELECT m.customer_id, m.month, m.waybills, m.freight_fen FROM customers c JOIN customer_months m ON m.customer_id = c.id
		WHERE c.branch_id = $1 AND c.deleted_at = 0 AND m.month <= $2`, []any{branch, first.String()[:7]}, func(scan func(...any) error) error {
		var id, orders, fen int64
		var month string
		if err := scan(&id, &month, &orders, &fen); err != nil {
			return err
		}
		i, ok := at[id]
		if !ok {
			return nil
		}
		list[i].add(month, orders, fen, starts)
		return nil
	})
	if err != nil {
		return fail(err)
	}
	err = d.eachRow(ctx, `
		SELECT c.id, coalesce((SELECT w.sent_day FROM waybills w WHERE w.customer_id = c.id AND w.sent_day <= $2 AND w.state <> 'cancelled' ORDER BY w.sent_day DESC, w.id DESC LIMIT 1), '')
		FROM customers c WHERE c.branch_id = $1 AND c.deleted_at = 0 AND EXISTS (SELECT 1 FROM customer_months m WHERE m.customer_id = c.id)`, []any{branch, on.String()}, func(scan func(...any) error) error {
		var id int64
		var last string
		if err := scan(&id, &last); err != nil {
			return err
		}
		if i, ok := at[id]; ok && last != "" {
			list[i].Last = day.MustParse(last)
			shipped++
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	owing, _, err := d.AccountRule(ctx, branch, on.String()) // one meaning of owing everywhere
	if err != nil {
		return fail(err)
	}
	err = d.eachRow(ctx, `
		SELECT e.customer_id, CAST(sum(e.left_fen) AS BIGINT) FROM customers c JOIN account_entries e ON e.customer_id = c.id AND e.left_fen > 0 AND e.due_on < $2
		WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY e.customer_id HAVING sum(e.left_fen) >= $3`, []any{branch, on.Add(-owing.Grace).String(), max(1, owing.Least)}, func(scan func(...any) error) error {
		var id, fen int64
		if err := scan(&id, &fen); err != nil {
			return err
		}
		if i, ok := at[id]; ok {
			list[i].Overdue = fen
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	err = d.eachRow(ctx, `
		SELECT h.customer_id, h.kind, h.value FROM label_holds h JOIN customers c ON c.id = h.customer_id
		WHERE c.branch_id = $1 AND h.until > $2`, []any{branch, on.String()}, func(scan func(...any) error) error {
		var id int64
		var kind, value string
		if err := scan(&id, &kind, &value); err != nil {
			return err
		}
		if i, ok := at[id]; ok {
			if list[i].held == nil {
				list[i].held = map[string]string{}
			}
			list[i].held[kind] = value
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	for i := range list {
		if !list[i].Last.Valid() {
			list[i].First = day.None
		}
	}
	return list, shipped, nil
}

// add takes one month of a client into its columns.
func (b *booked) add(month string, orders, fen int64, starts map[string]int) {
	if begun, err := day.Parse(month + "-01"); err == nil && (!b.First.Valid() || begun < b.First) {
		b.First = begun
	}
	if back := starts[month]; back > 0 {
		b.Freight[back-1], b.Orders[back-1] = b.Freight[back-1]+fen, b.Orders[back-1]+int32(orders)
	}
}

// eachRow runs a query on the reader pool and hands its rows on.
func (d *DB) eachRow(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	return eachOf(ctx, d.r, query, args, row)
}

// eachOf runs a query on a pool or within an act and hands its rows on.
func eachOf(ctx context.Context, q querier, query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// frameOf sets the rules up for a branch, whose clients are ranked with each
// other.
func frameOf(r classify.Rules, list []booked, on day.Day) *classify.Frame {
	clients := make([]classify.Client, len(list))
	for i := range list {
		clients[i] = list[i].Client
	}
	return r.Frame(classify.Cut(r, clients), on)
}

// label is what a client is called now: by the rules, but for what was set by
// hand, and for the stage of somebody of whose parcels nothing is known.
func (b *booked) label(f *classify.Frame) classify.Labels {
	l := f.Label(&b.Client)
	if !b.Last.Valid() && b.labels.Stage != "" {
		l.Stage = b.labels.Stage
	}
	for kind, value := range b.held {
		setLabel(&l, kind, value)
	}
	return l
}

// markKind names a mark among the kinds of labels: "mark.silent".
const markKind = "mark."

// setLabel sets one label by its kind.
func setLabel(l *classify.Labels, kind, value string) {
	switch kind {
	case "worth":
		l.Worth = value
	case "rfm":
		l.RFM = value
	case "tier":
		l.Tier = value
	case "level":
		l.Level = value
	case "stage":
		l.Stage = value
	default:
		if len(kind) > len(markKind) && kind[:len(markKind)] == markKind {
			bit := classify.Mark(kind[len(markKind):])
			l.Marks &^= bit
			if value != "" {
				l.Marks |= bit
			}
		}
	}
}

// labelKinds are the labels of a client beside its class and marks.
func labelKinds(l classify.Labels) [][2]string {
	return [][2]string{{"worth", l.Worth}, {"rfm", l.RFM}, {"tier", l.Tier}, {"level", l.Level}, {"stage", l.Stage}}
}

// differ are the labels in which two differ: kind, old, new.
func differ(was, now classify.Labels) (out [][3]string) {
	a, b := labelKinds(was), labelKinds(now)
	for i := range a {
		if a[i][1] != b[i][1] {
			out = append(out, [3]string{a[i][0], a[i][1], b[i][1]})
		}
	}
	for _, w := range (was.Marks &^ now.Marks).Words() {
		out = append(out, [3]string{markKind + w, w, ""})
	}
	for _, w := range (now.Marks &^ was.Marks).Words() {
		out = append(out, [3]string{markKind + w, "", w})
	}
	return out
}

// labelBatch is how many clients one transaction of a run writes: few enough
// that nobody who saves a form waits for it.
const labelBatch = 60

// LabelBranch names every client of a branch by the rules of a day and writes
// what changed, in small transactions; run again it goes on. A branch none of
// whose clients has a parcel is left alone: nothing is known of them. System
// only.
func (d *DB) LabelBranch(ctx context.Context, by policy.Actor, branch int64, on day.Day) (written int, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	run, done, err := d.classRun(ctx, "labels", branch, on.String())
	if err != nil || done {
		return 0, err
	}
	rules, err := d.ClassRules(ctx, branch, on.String())
	if err != nil {
		return 0, err
	}
	list, shipped, err := d.books(ctx, branch, on)
	if err != nil || shipped == 0 {
		return 0, err
	}
	var before bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM class_runs WHERE kind = 'labels' AND branch_id = $1)`, branch).Scan(&before); err != nil {
		return 0, fmt.Errorf("runs of branch %d: %w", branch, err)
	}
	f := frameOf(rules.Rules, list, on)
	type move struct {
		b   *booked
		now classify.Labels
	}
	var moves []move
	for i := range list {
		if now := list[i].label(f); now != list[i].labels {
			moves = append(moves, move{&list[i], now})
		}
	}
	for len(moves) > 0 {
		n := min(labelBatch, len(moves))
		err := d.write(ctx, func(tx *Tx) error {
			for _, m := range moves[:n] {
				// Who was changed meanwhile is looked at again the next night.
				l := m.now
				hit, err := tx.exec(ctx, `UPDATE customers SET worth = $3, rfm = $4, tier = $5, level = $6, stage = $7, marks = $8 WHERE id = $1 AND version = $2`,
					m.b.id, m.b.version, l.Worth, l.RFM, l.Tier, l.Level, l.Stage, int64(l.Marks))
				if err != nil {
					return fmt.Errorf("label customer %d: %w", m.b.id, err)
				}
				if hit == 0 || !before || m.b.labels.Level == "" {
					continue
				}
				for _, c := range differ(m.b.labels, l) {
					if _, err := tx.exec(ctx, `INSERT INTO label_events (id, customer_id, kind, old, new, day) VALUES ($1, $2, $3, $4, $5, $6)`,
						tx.newID(), m.b.id, c[0], c[1], c[2], on.String()); err != nil {
						return fmt.Errorf("label customer %d: %w", m.b.id, err)
					}
				}
			}
			return nil
		})
		if err != nil {
			return written, err
		}
		written, moves = written+n, moves[n:]
	}
	return written, d.endClassRun(ctx, by, ClassRun{ID: run, Kind: "labels", BranchID: branch, Period: on.String(), Day: on.String(), Clients: len(list), Changed: written}, rules, f.Cuts)
}

// EachOpenBranch calls fn for every branch that has clients of its own and is
// not closed. System only.
func (d *DB) EachOpenBranch(ctx context.Context, by policy.Actor, fn func(branch int64) error) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	for _, b := range d.Branches(ctx, by.Scope(policy.CustomerCreate)) {
		if !b.Active {
			continue
		}
		if err := fn(b.ID); err != nil {
			return err
		}
	}
	return nil
}

// OneDay is the day of an instant for the rules.
func OneDay(now time.Time) day.Day { return day.At(now, Zone) }
