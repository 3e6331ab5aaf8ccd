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
	var b booked
	b.Score = classify.Prospect(c.Size, c.Power, c.MonthlyPieces, [4]int64{c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture})
	b.Industry = c.Industry
	starts := map[string]int{}
	for i := range classify.Months + 1 {
		starts[on.MonthStart().AddMonths(-i).String()[:7]] = i
	}
	err = d.eachRow(ctx, `SELECT month, waybills, freight_fen FROM customer_months WHERE customer_id = $1 AND month <= $2`, []any{c.ID, on.String()[:7]}, func(scan func(...any) error) error {
		var month string
		var orders, fen int64
		if err := scan(&month, &orders, &fen); err != nil {
			return err
		}
		if begun, err := day.Parse(month + "-01"); err == nil && (!b.First.Valid() || begun < b.First) {
			b.First = begun
		}
		if back := starts[month]; back > 0 {
			b.Freight[back-1], b.Orders[back-1] = b.Freight[back-1]+fen, b.Orders[back-1]+int32(orders)
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("months of customer %d: %w", c.ID, err)
	}
	err = d.eachRow(ctx, lastParcel, []any{c.ID, on.String()}, func(scan func(...any) error) error {
		var last string
		if err := scan(&last); err != nil {
			return err
		}
		b.Last = day.MustParse(last)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("last parcel of customer %d: %w", c.ID, err)
	}
	if !b.Last.Valid() {
		b.First = day.None
	}
	owing, _, err := d.AccountRule(ctx, c.BranchID, on.String())
	if err != nil {
		return out, err
	}
	if err := d.r.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(left_fen), 0) AS BIGINT) FROM account_entries WHERE customer_id = $1 AND left_fen > 0 AND due_on < $2`, c.ID, on.Add(-owing.Grace).String()).Scan(&b.Overdue); err != nil {
		return out, fmt.Errorf("what customer %d owes: %w", c.ID, err)
	}
	if b.Overdue < max(1, owing.Least) {
		b.Overdue = 0
	}
	f := out.Rules.Frame(out.Run.Cuts, on)
	out.Class, out.Reasons, out.Score, out.Shipped, out.On = f.WhyClass(&b.Client), f.Why(&b.Client), b.Score, b.Last.Valid(), on
	out.Turns = map[string][]classify.Turn{"class": f.ClassTurns(&b.Client)}
	for _, r := range out.Reasons {
		kind := r.Kind
		if kind == "mark" {
			kind = markKind + r.Value
		}
		out.Turns[kind] = f.Turns(&b.Client, r.Kind, r.Value)
	}
	err = d.eachRow(ctx, `
		SELECT h.kind, h.value, h.until, h.reason, coalesce(u.name, ''), h.made_at FROM label_holds h LEFT JOIN users u ON u.id = h.user_id
		WHERE h.customer_id = $1 AND h.until > $2 ORDER BY h.kind`, []any{c.ID, on.String()}, func(scan func(...any) error) error {
		var h LabelHold
		if err := scan(&h.Kind, &h.Value, &h.Until, &h.Reason, &h.By, &h.MadeAt); err != nil {
			return err
		}
		out.Holds = append(out.Holds, h)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("labels of customer %d: %w", c.ID, err)
	}
	err = d.eachRow(ctx, `SELECT kind, old, new, day FROM label_events WHERE customer_id = $1 ORDER BY id DESC LIMIT 20`, []any{c.ID}, func(scan func(...any) error) error {
		var e LabelEvent
		if err := scan(&e.Kind, &e.Old, &e.New, &e.Day); err != nil {
			return err
		}
		out.Events = append(out.Events, e)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("labels of customer %d: %w", c.ID, err)
	}
	out.Waits, err = d.classChangesOf(ctx, condOf("x.customer_id = ? AND x.state = 'proposed'", c.ID), 20)
	return out, err
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
