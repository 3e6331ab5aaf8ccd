package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/measure"
)

// MostMeasured is how many clients a comparison of a measure looks at.
const MostMeasured = 50_000

// MeasureFound is what the figure of a measure says, and over which days.
type MeasureFound struct {
	measure.Outcome
	Before, After measure.Span
	Early         bool // fewer days than it takes: nothing was compared
}

// CompareMeasure compares the clients of a measure before and after beside like
// ones, by its figure: of those that the actor sees, until the day of its review
// or until today. Of a measure for one client the like ones are of its branch; of
// another also of the other branches under the same one. ErrTooMany beyond
// MostMeasured clients.
func (d *DB) CompareMeasure(ctx context.Context, by policy.Actor, m MeasureRow) (out MeasureFound, err error) {
	out, _, err = d.compared(ctx, by, m, Day(d.now()))
	return out, err
}

// MeasureClients are the clients of one of measure.Sides, as CompareMeasure
// compares them; of a measure that was looked at over the days that were compared
// then, with who is a client by now.
func (d *DB) MeasureClients(ctx context.Context, by policy.Actor, m MeasureRow, side string) (out MeasureFound, list []measure.Client, err error) {
	until := Day(d.now())
	if m.Outcome != "" {
		until = m.ReviewedOn
	}
	out, list, err = d.compared(ctx, by, m, until)
	return out, measure.Of(measure.Figure(m.Figure), m.Reach, side, list), err
}

// compared compares as on a day, and says whom.
func (d *DB) compared(ctx context.Context, by policy.Actor, m MeasureRow, until string) (out MeasureFound, list []measure.Client, err error) {
	var ok bool
	if out.Before, out.After, ok = measure.Spans(dayParsed(m.From), dayParsed(m.Review), dayParsed(until)); !ok {
		out.Early = true
		return out, nil, nil
	}
	if list, err = d.measured(ctx, by.Scope(policy.CustomerRead), m.Measure, out.Before, out.After); err != nil {
		return out, nil, fmt.Errorf("compare measure %d: %w", m.ID, err)
	}
	out.Outcome = measure.Compare(measure.Figure(m.Figure), m.Reach, list)
	return out, list, nil
}

// besideBranches are where the like clients of a measure are looked for.
func (d *DB) besideBranches(m Measure) []int64 {
	if m.Reach == measure.OneClient {
		return []int64{m.BranchID}
	}
	t := d.tree.Load()
	b := t.byID[m.BranchID]
	if b == nil || b.ParentID == 0 {
		return []int64{m.BranchID}
	}
	out := []int64{m.BranchID}
	for _, id := range t.children(b.ParentID) {
		if id != m.BranchID && t.byID[id].Active {
			out = append(out, id)
		}
	}
	return out
}

// measured reads whom the measure is for and who may be like them, with what was
// counted of each. Who became a client after the days before is left out, and so
// is who is under another measure by the same figure whose days overlap.
func (d *DB) measured(ctx context.Context, scope policy.Scope, m Measure, before, after measure.Span) ([]measure.Client, error) {
	var out []measure.Client
	at := map[int64]int{}
	branches := d.besideBranches(m)
	busy, err := d.busyBranches(ctx, m, before, after)
	if err != nil {
		return nil, err
	}
	branches = slices.DeleteFunc(branches, func(id int64) bool { return id != m.BranchID && slices.Contains(busy, id) })
	for _, branch := range branches {
		err := eachOf(ctx, d.r, measuredSQL, []any{branch, m.ID, m.Figure, after.To.String(), before.From.String(), MostMeasured + 1}, func(scan func(...any) error) error {
			x := measure.Client{Branch: branch}
			var owner, clerk, created, mine, others int64
			var filed string
			if err := scan(&x.ID, &x.Class, &owner, &clerk, &created, &filed, &mine, &others); err != nil {
				return err
			}
			since := dayOf(timeOf(created))
			if f := dayParsed(filed); f.Valid() && f < since {
				since = f
			}
			x.Under = mine > 0 || m.Reach == measure.WholeBranch && branch == m.BranchID
			if !d.sees(scope, branch, owner, clerk) || since > before.From || !x.Under && others > 0 {
				return nil
			}
			at[x.ID] = len(out)
			out = append(out, x)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(out) > MostMeasured {
			return nil, ErrTooMany
		}
		if err := d.countMeasured(ctx, branch, before, after, func(id int64, late bool) *measure.Counted {
			i, ok := at[id]
			switch {
			case !ok:
				return nil
			case late:
				return &out[i].After
			}
			return &out[i].Before
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// measuredSQL selects the clients of a branch with whether the measure is for
// them, and whether another one by the same figure is.
const measuredSQL = `SELECT c.id, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.created_at, c.filed_on,
		(SELECT COUNT(*) FROM measure_clients x WHERE x.customer_id = c.id AND x.measure_id = $2),
		(SELECT COUNT(*) FROM measure_clients x JOIN measures o ON o.id = x.measure_id WHERE x.customer_id = c.id AND o.id <> $2 AND o.figure = $3 AND o.state <> 'dropped' AND o.deleted_at = 0
			AND o.from_day < $4 AND (o.review_day = '' OR o.review_day > $5))
	FROM customers c WHERE c.branch_id = $1 AND c.deleted_at = 0 ORDER BY c.id LIMIT $6`

// busyBranches are those under a measure of their own by the same figure.
func (d *DB) busyBranches(ctx context.Context, m Measure, before, after measure.Span) ([]int64, error) {
	return rowsOf[int64](ctx, d.r, `SELECT DISTINCT branch_id FROM measures WHERE id <> $1 AND figure = $2 AND reach = 'branch' AND state <> 'dropped' AND deleted_at = 0
		AND from_day < $3 AND (review_day = '' OR review_day > $4)`, m.ID, m.Figure, after.To.String(), before.From.String())
}

// countMeasured counts what the clients of a branch sent, complained, answered
// and were visited in two spans. of answers where it is counted, nil for a client
// that is not looked at.
func (d *DB) countMeasured(ctx context.Context, branch int64, before, after measure.Span, of func(id int64, late bool) *measure.Counted) error {
	b0, b1, a0, a1 := before.From.String(), before.To.String(), after.From.String(), after.To.String()
	days := []any{branch, b0, b1, a0, a1}
	times := []any{branch, dayStart(before.From), dayStart(before.To), dayStart(after.From), dayStart(after.To)}
	for _, q := range []struct {
		query string
		args  []any
		note  func(c *measure.Counted, x, y, z int64)
	}{
		{`SELECT c.id, CASE WHEN w.sent_day >= $4 THEN 1 ELSE 0 END, COUNT(*), CAST(SUM(w.pieces) AS BIGINT), CAST(SUM(w.freight_fen) AS BIGINT) FROM customers c
			JOIN waybills w ON w.customer_id = c.id AND w.sent_day >= $2 AND w.sent_day < $5 AND (w.sent_day < $3 OR w.sent_day >= $4) AND w.state <> 'cancelled'
			WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY c.id, CASE WHEN w.sent_day >= $4 THEN 1 ELSE 0 END`, days,
			func(c *measure.Counted, x, y, z int64) { c.Waybills, c.Pieces, c.Freight = x, y, z }},
		{`SELECT c.id, CASE WHEN v.day >= $4 THEN 1 ELSE 0 END, COUNT(*), 0, 0 FROM customers c
			JOIN visits v ON v.customer_id = c.id AND v.state = 'done' AND v.deleted_at = 0 AND v.day >= $2 AND v.day < $5 AND (v.day < $3 OR v.day >= $4)
			WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY c.id, CASE WHEN v.day >= $4 THEN 1 ELSE 0 END`, days,
			func(c *measure.Counted, x, _, _ int64) { c.Visits = x }},
		{`SELECT c.id, CASE WHEN e.opened_at >= $4 THEN 1 ELSE 0 END, COUNT(*), 0, 0 FROM customers c
			JOIN cases e ON e.customer_id = c.id AND e.kind = 'complaint' AND e.merged_id IS NULL AND e.deleted_at = 0 AND e.opened_at >= $2 AND e.opened_at < $5 AND (e.opened_at < $3 OR e.opened_at >= $4)
			WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY c.id, CASE WHEN e.opened_at >= $4 THEN 1 ELSE 0 END`, times,
			func(c *measure.Counted, x, _, _ int64) { c.Complaints = x }},
		{`SELECT c.id, CASE WHEN r.answered_on >= $4 THEN 1 ELSE 0 END, COUNT(*), COUNT(CASE WHEN r.score >= 4 THEN 1 END), 0 FROM customers c
			JOIN ratings r ON r.customer_id = c.id AND NOT r.binned AND r.score > 0 AND r.answered_on >= $2 AND r.answered_on < $5 AND (r.answered_on < $3 OR r.answered_on >= $4)
			WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY c.id, CASE WHEN r.answered_on >= $4 THEN 1 ELSE 0 END`, days,
			func(c *measure.Counted, x, y, _ int64) { c.Answers, c.Good = x, y }},
	} {
		err := eachOf(ctx, d.r, q.query, q.args, func(scan func(...any) error) error {
			var id, late, x, y, z int64
			if err := scan(&id, &late, &x, &y, &z); err != nil {
				return err
			}
			if c := of(id, late == 1); c != nil {
				q.note(c, x, y, z)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
