package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	return r.Frame(classify.Cut(r, func(yield func(*classify.Client) bool) {
		for i := range list {
			if !yield(&list[i].Client) {
				return
			}
		}
	}), on)
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
	if err := d.settleFigures(ctx); err != nil {
		return 0, err
	}
	rules, err := d.ClassRules(ctx, branch, on.String())
	if err != nil {
		return 0, err
	}
	k, err := d.booksNow(ctx, branch, on)
	if err != nil || k.shipped == 0 {
		return 0, err
	}
	var before bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM class_runs WHERE kind = 'labels' AND branch_id = $1)`, branch).Scan(&before); err != nil {
		return 0, fmt.Errorf("runs of branch %d: %w", branch, err)
	}
	f := frameOf(rules.Rules, k.list, on)
	moves := labelMoves(f, k.list)
	for part := range slices.Chunk(moves, labelBatch) {
		if err := d.aside(ctx, func(tx *Tx) error { return tx.writeLabels(ctx, part, before, on) }); err != nil {
			return written, fmt.Errorf("labels of branch %d: %w", branch, err)
		}
		written += len(part)
	}
	if err := d.addLacking(ctx, k.lacking); err != nil {
		return written, err
	}
	return written, d.endClassRun(ctx, by, ClassRun{ID: run, Kind: "labels", BranchID: branch, Period: on.String(), Day: on.String(), Clients: len(k.list), Changed: written}, rules, f.Cuts)
}

// labelMove is a client that is called otherwise now; columns are those in
// which its labels differ, a bit each in the order of labelColumns.
type labelMove struct {
	b       *booked
	now     classify.Labels
	columns int
}

var labelColumns = []string{"worth", "rfm", "tier", "level", "stage", "marks"}

func labelValues(l classify.Labels) []any {
	return []any{l.Worth, l.RFM, l.Tier, l.Level, l.Stage, int64(l.Marks)}
}

// labelMoves are the clients that are called otherwise, those together whose
// same labels differ.
func labelMoves(f *classify.Frame, list []booked) (moves []labelMove) {
	for i := range list {
		b := &list[i]
		now := b.label(f)
		if now == b.labels {
			continue
		}
		m := labelMove{b: b, now: now}
		was := labelValues(b.labels)
		for i, v := range labelValues(now) {
			if v != was[i] {
				m.columns |= 1 << i
			}
		}
		moves = append(moves, m)
	}
	slices.SortStableFunc(moves, func(a, b labelMove) int { return cmp.Compare(a.columns, b.columns) })
	return moves
}

// set is the statement that writes what differs, and nothing else: a column
// that is written, even as it was, is written in its index, too.
func (m *labelMove) set() (query string, args []any) {
	args = []any{m.b.id, m.b.version}
	var set []string
	for i, v := range labelValues(m.now) {
		if m.columns&(1<<i) != 0 {
			args = append(args, v)
			set = append(set, labelColumns[i]+" = $"+strconv.Itoa(len(args)))
		}
	}
	return `UPDATE customers SET ` + strings.Join(set, ", ") + ` WHERE id = $1 AND version = $2`, args
}

// writeLabels writes what changed, and with say what of it is said in the
// client's history: not the first time that anybody is named. Who was changed
// meanwhile is looked at again the next night.
func (tx *Tx) writeLabels(ctx context.Context, moves []labelMove, say bool, on day.Day) error {
	events := newSheaf(tx, "label_events", []string{"id", "customer_id", "kind", "old", "new", "day"})
	for i := range moves {
		m := &moves[i]
		query, args := m.set()
		hit, err := tx.exec(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("label customer %d: %w", m.b.id, err)
		}
		if hit == 0 || !say || m.b.labels.Level == "" {
			continue
		}
		for _, c := range differ(m.b.labels, m.now) {
			events.add(tx.newID(), m.b.id, c[0], c[1], c[2], on.String())
		}
	}
	return flush(ctx, []*sheaf{events})
}

// EachOpenBranch calls fn for every branch that has clients of its own and is
// not closed, two at a time: reading takes most of a night, and of two
// processors one would stand idle. It ends with the first error. The log of a
// SQLite database is written back beside what fn writes. System only.
func (d *DB) EachOpenBranch(ctx context.Context, by policy.Actor, fn func(ctx context.Context, branch int64) error) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	back, err := d.besideNight(ctx)
	if err != nil {
		return err
	}
	defer back()
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

// logBack is how often the log is written back in a night.
const logBack = 200 * time.Millisecond

// besideNight gives the writer room for a night, and writes the log back
// meanwhile, so that who saves a form does not wait for that; what it returns
// ends both.
func (d *DB) besideNight(ctx context.Context) (end func(), err error) {
	small, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return nil, err
	}
	c, err := d.checkpoints(ctx)
	if err != nil {
		small()
		return nil, err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(logBack):
				_ = c.now(ctx) // at worst the writer does it, as ever
			}
		}
	}()
	return func() {
		close(stop)
		<-done
		c.end()
		small()
	}, nil
}

// OneDay is the day of an instant for the rules.
func OneDay(now time.Time) day.Day { return day.At(now, Zone) }
