package db

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
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

const setLabels = `UPDATE customers SET worth = $3, rfm = $4, tier = $5, level = $6, stage = $7, marks = $8 WHERE id = $1 AND version = $2`

const addLabelEvent = `INSERT INTO label_events (id, customer_id, kind, old, new, day) VALUES ($1, $2, $3, $4, $5, $6)`

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
			set, err := tx.prepared(ctx, setLabels)
			if err != nil {
				return fmt.Errorf("labels of branch %d: %w", branch, err)
			}
			for _, m := range moves[:n] {
				// Who was changed meanwhile is looked at again the next night.
				l := m.now
				done, err := set.ExecContext(ctx, m.b.id, m.b.version, l.Worth, l.RFM, l.Tier, l.Level, l.Stage, int64(l.Marks))
				if err != nil {
					return fmt.Errorf("label customer %d: %w", m.b.id, err)
				}
				hit, err := done.RowsAffected()
				if err != nil {
					return fmt.Errorf("label customer %d: %w", m.b.id, err)
				}
				if hit == 0 || !before || m.b.labels.Level == "" {
					continue
				}
				for _, c := range differ(m.b.labels, l) {
					said, err := tx.prepared(ctx, addLabelEvent)
					if err != nil {
						return fmt.Errorf("labels of branch %d: %w", branch, err)
					}
					if _, err := said.ExecContext(ctx, tx.newID(), m.b.id, c[0], c[1], c[2], on.String()); err != nil {
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
// not closed, two at a time: reading takes most of a night, and of two
// processors one would stand idle. It ends with the first error. System only.
func (d *DB) EachOpenBranch(ctx context.Context, by policy.Actor, fn func(ctx context.Context, branch int64) error) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	branches := make(chan int64)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for id := range branches {
				if ctx.Err() == nil {
					if err := fn(ctx, id); err != nil {
						stop(err)
					}
				}
			}
		})
	}
	for _, b := range d.Branches(ctx, by.Scope(policy.CustomerCreate)) {
		if b.Active {
			branches <- b.ID
		}
	}
	close(branches)
	all.Wait()
	return context.Cause(ctx)
}

// OneDay is the day of an instant for the rules.
func OneDay(now time.Time) day.Day { return day.At(now, Zone) }
