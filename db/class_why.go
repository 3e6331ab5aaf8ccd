package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"yike/policy/classify"
	"yike/policy/day"
)

func labelsOf(ctx context.Context, q querier, customer int64) (l classify.Labels, err error) {
	err = q.QueryRowContext(ctx, `SELECT worth, rfm, tier, level, stage, marks FROM customers WHERE id = $1`, customer).Scan(&l.Worth, &l.RFM, &l.Tier, &l.Level, &l.Stage, &l.Marks)
	if err != nil {
		return l, fmt.Errorf("labels of customer %d: %w", customer, err)
	}
	return l, nil
}

// labelOf is the value of a kind; of a mark its word when it is set.
func labelOf(l classify.Labels, kind string) string {
	for _, k := range labelKinds(l) {
		if k[0] == kind {
			return k[1]
		}
	}
	if word, ok := strings.CutPrefix(kind, markKind); ok && l.Marks&classify.Mark(word) != 0 {
		return word
	}
	return ""
}

// LabelHold is a label that was set by hand.
type LabelHold struct {
	Kind, Value, Until, Reason, By string
	MadeAt                         int64
}

// LabelEvent is a change of a label that a run wrote.
type LabelEvent struct{ Kind, Old, New, Day string }

// CustomerWhy is what stands behind the labels of one client.
type CustomerWhy struct {
	Labels  classify.Labels
	Class   classify.Reason // by the rule, as of now
	Reasons []classify.Reason
	Turns   map[string][]classify.Turn // what would change them, by kind: class, rfm, mark.silent
	Run     ClassRun                   // whose cuts they are held to; ID 0 when there was none
	Classes ClassRun                   // the latest re-evaluation of classes
	Rules   ClassRules
	Holds   []LabelHold
	Events  []LabelEvent  // the latest first
	Waits   []ClassChange // proposed or contested
	Score   int           // of a prospect
	On      day.Day
	Shipped bool
}

// Why explains the labels of a client whom the caller has read within a scope,
// by the figures of today and the cuts of the branch's latest run.
func (d *DB) Why(ctx context.Context, c Customer, on day.Day) (out CustomerWhy, err error) {
	if out.Labels, err = labelsOf(ctx, d.r, c.ID); err != nil {
		return out, err
	}
	if out.Rules, err = d.ClassRules(ctx, c.BranchID, on.String()); err != nil {
		return out, err
	}
	for kind, into := range map[string]*ClassRun{"labels": &out.Run, "classes": &out.Classes} {
		if *into, err = d.LatestClassRun(ctx, kind, c.BranchID); err != nil && !errors.Is(err, ErrNotFound) {
			return out, err
		}
	}
	b, err := d.clientNow(ctx, c, on)
	if err != nil {
		return out, err
	}
	f := out.Rules.Frame(out.Run.Cuts, on)
	out.Class, out.Reasons, out.Score, out.Shipped, out.On = f.WhyClass(b), f.Why(b), b.Score, b.Last.Valid(), on
	out.Turns = map[string][]classify.Turn{"class": f.ClassTurns(b)}
	for _, r := range out.Reasons {
		kind := r.Kind
		if kind == "mark" {
			kind = markKind + r.Value
		}
		out.Turns[kind] = f.Turns(b, r.Kind, r.Value)
	}
	if out.Holds, out.Events, err = d.labelHistory(ctx, c.ID, on); err != nil {
		return out, err
	}
	out.Waits, err = d.classChangesOf(ctx, condOf("x.customer_id = ? AND x.state = 'proposed'", c.ID), 20)
	return out, err
}

// ClientScore is what we think of a client: the value index of 100 with its
// parts, by the rule of a day (R89, R96).
type ClientScore struct {
	Shipped bool // false: nothing to judge by
	Points  int
	Parts   [4]int // frequency, amount, loyalty, credit, each of 100
	Level   string // of classify.Levels
}

// Score judges a client, whom the caller has read within a scope, by the figures
// of a day.
func (d *DB) Score(ctx context.Context, c Customer, on day.Day) (out ClientScore, err error) {
	months, err := d.monthsOf(ctx, d.r, []int64{c.ID}, on)
	if err != nil {
		return out, err
	}
	return d.scoreOf(ctx, c, on, months[c.ID], d.owedBefore(ctx, c.ID))
}

// scoreOf is Score with the client's months, the newest first, and what it owes
// that was due before a day.
func (d *DB) scoreOf(ctx context.Context, c Customer, on day.Day, months []monthRead, owed func(before string) (int64, error)) (out ClientScore, err error) {
	rules, err := d.ClassRules(ctx, c.BranchID, on.String())
	if err != nil {
		return out, err
	}
	b, err := d.clientOf(ctx, c, on, months, owed)
	if err != nil {
		return out, err
	}
	out.Shipped = b.Last.Valid()
	out.Points, out.Parts = rules.Classes.Index(b)
	out.Level = rules.Level(b)
	return out, nil
}

// clientNow is a client as the rules look at it, of its months.
func (d *DB) clientNow(ctx context.Context, c Customer, on day.Day) (*classify.Client, error) {
	months, err := d.monthsOf(ctx, d.r, []int64{c.ID}, on)
	if err != nil {
		return nil, err
	}
	return d.clientOf(ctx, c, on, months[c.ID], d.owedBefore(ctx, c.ID))
}

// owedBefore sums what a client owes, in fen, that was due before a day.
func (d *DB) owedBefore(ctx context.Context, customer int64) func(before string) (int64, error) {
	return func(before string) (sum int64, err error) {
		err = d.r.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(left_fen), 0) AS BIGINT) FROM account_entries WHERE customer_id = $1 AND left_fen > 0 AND due_on < $2`, customer, before).Scan(&sum)
		return sum, err
	}
}

func (d *DB) clientOf(ctx context.Context, c Customer, on day.Day, months []monthRead, owed func(before string) (int64, error)) (*classify.Client, error) {
	b := &classify.Client{Industry: c.Industry,
		Score: classify.Prospect(c.Size, c.Power, c.MonthlyPieces, [4]int64{c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture})}
	last, err := d.lastOf(ctx, c.ID, months, on)
	if err != nil {
		return nil, err
	}
	newFigureReader(on).months(months, last, b)
	if !b.Last.Valid() {
		b.First = day.None
	}
	owing, _, err := d.AccountRule(ctx, c.BranchID, on.String())
	if err != nil {
		return nil, err
	}
	if b.Overdue, err = owed(on.Add(-owing.Grace).String()); err != nil {
		return nil, fmt.Errorf("what customer %d owes: %w", c.ID, err)
	}
	if b.Overdue < max(1, owing.Least) {
		b.Overdue = 0
	}
	return b, nil
}

// labelHistory is what was set by hand of a client and holds, and what runs
// wrote, the latest first.
func (d *DB) labelHistory(ctx context.Context, customer int64, on day.Day) (holds []LabelHold, events []LabelEvent, err error) {
	err = d.eachRow(ctx, `
		SELECT h.kind, h.value, h.until, h.reason, coalesce(u.name, ''), h.made_at FROM label_holds h LEFT JOIN users u ON u.id = h.user_id
		WHERE h.customer_id = $1 AND h.until > $2 ORDER BY h.kind`, []any{customer, on.String()}, func(scan func(...any) error) error {
		var h LabelHold
		err := scan(&h.Kind, &h.Value, &h.Until, &h.Reason, &h.By, &h.MadeAt)
		holds = append(holds, h)
		return err
	})
	if err == nil {
		err = d.eachRow(ctx, `SELECT kind, old, new, day FROM label_events WHERE customer_id = $1 ORDER BY id DESC LIMIT 20`, []any{customer}, func(scan func(...any) error) error {
			var e LabelEvent
			err := scan(&e.Kind, &e.Old, &e.New, &e.Day)
			events = append(events, e)
			return err
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("labels of customer %d: %w", customer, err)
	}
	return holds, events, nil
}

// classChangesOf are changes of labels, the oldest first, without the figures behind
// them.
func (d *DB) classChangesOf(ctx context.Context, where cond, limit int) (out []ClassChange, err error) {
	rows, err := d.query(ctx, changesSQL(where, " ORDER BY x.id", limit))
	if err != nil {
		return nil, fmt.Errorf("class changes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x ClassChange
		var why string
		if err := rows.Scan(&x.ID, &x.RunID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.Code, &x.Name, &x.Kind, &x.Old, &x.New, &why, &x.Said, &x.SaidBy, &x.SaidByID,
			&x.State, &x.Decided, &x.Reason, &x.DecidedBy, &x.DecidedAt, &x.MadeAt); err != nil {
			return nil, fmt.Errorf("class changes: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// CustomerLabels are the labels of a client whom the caller has read.
func (d *DB) CustomerLabels(ctx context.Context, c Customer) (classify.Labels, error) {
	return labelsOf(ctx, d.r, c.ID)
}
