package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
)

// What a list of measures shows, by how far they are, beside a single state.
const (
	MeasuresLive   = ""         // open and running
	MeasuresLook   = "look"     // done, and their day of review has come
	MeasuresLooked = "reviewed" // looked at
	MeasuresAll    = "all"
)

// MeasureFilter is what a list of measures asks for; zero values ask nothing.
type MeasureFilter struct {
	Show             string // of Measures…, or a state of policy/measure
	Late             string // live ones due before this day
	Today            string // for MeasuresLook: the day until which reviews are due
	Source, Verdict  string
	UserID, BranchID int64 // the branch and those below it
	CustomerID       int64
	From, To         string // due within, both included
	Deleted          bool   // in the bin
	Also             *policy.Scope

	At    MeasureKey
	Limit int // 50 when 0; 500 at most
}

// MeasureKey is a place in a list of measures, the soonest due first.
type MeasureKey struct {
	Due string
	ID  int64
}

func (d *DB) measuresWhere(by policy.Actor, f MeasureFilter) conditions {
	var c conditions
	if c.text = append(c.text, "coalesce(c.deleted_at, 0) = 0", "m.deleted_at = 0"); f.Deleted {
		c.text[1] = "m.deleted_at <> 0"
	}
	scope := by.Scope(policy.MeasureRead)
	switch {
	case scope.Empty():
		c.text = append(c.text, "1 = 0")
	case f.UserID == by.UserID && f.UserID != 0:
	default:
		if text, args := d.seenSQL("m", scope); text != "" {
			c.add("(m.user_id = ? OR m.created_by = ? OR "+text+")", append([]any{by.UserID, by.UserID}, args...)...)
		}
	}
	if f.Also != nil {
		d.seenBy(&c, "m", *f.Also)
	}
	switch f.Show {
	case MeasuresLive:
		c.text = append(c.text, "m.state IN ('open', 'running')")
	case MeasuresLook:
		c.add("m.state = 'done' AND m.review_day <> '' AND m.reviewed_on = '' AND m.review_day <= ?", f.Today)
	case MeasuresLooked:
		c.text = append(c.text, "m.reviewed_on <> ''")
	case MeasuresAll:
	default:
		c.add("m.state = ?", f.Show)
	}
	if f.Late != "" {
		c.add("m.state IN ('open', 'running') AND m.due_day < ?", f.Late)
	}
	for _, is := range [][2]string{{"m.source = ?", f.Source}, {"m.verdict = ?", f.Verdict}, {"m.due_day >= ?", f.From}, {"m.due_day <= ?", f.To}} {
		if is[1] != "" {
			c.add(is[0], is[1])
		}
	}
	if f.UserID != 0 {
		c.add("m.user_id = ?", f.UserID)
	}
	if f.CustomerID != 0 {
		c.add("m.customer_id = ?", f.CustomerID)
	}
	if f.BranchID != 0 {
		d.under(&c, "m", f.BranchID)
	}
	return c
}

// Measures returns a page of the measures that the actor sees, the soonest due
// first, and whether there are more behind it.
func (d *DB) Measures(ctx context.Context, by policy.Actor, f MeasureFilter) (list []MeasureRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.measuresWhere(by, f)
	if f.At.ID != 0 {
		c.add("(m.due_day, m.id) > (?, ?)", f.At.Due, f.At.ID)
	}
	err = eachOf(ctx, d.r, measureRowSQL+c.whereSQL()+` ORDER BY m.due_day, m.id LIMIT `+strconv.Itoa(limit+1), c.args, func(scan func(...any) error) error {
		m, err := scanMeasure(scanner(scan))
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("measures: %w", err)
	}
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, nil
}

// CountMeasures counts what Measures would list, no further than limit.
func (d *DB) CountMeasures(ctx context.Context, by policy.Actor, f MeasureFilter, limit int) (n int, err error) {
	c := d.measuresWhere(by, f)
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM measures m LEFT JOIN customers c ON c.id = m.customer_id`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count measures: %w", err)
	}
	return n, nil
}

// BranchMeasures is how many measures a branch has, by how far they are.
type BranchMeasures struct {
	Branch                                int64
	Live, Late, Done, Dropped, Look, Seen int64 // Look: to be looked at; Seen: looked at
	Better                                int64
}

// MeasuresByBranch counts the measures that the actor sees by branch, those with
// most late ones first, then by branch. today is the day by which they are late.
func (d *DB) MeasuresByBranch(ctx context.Context, by policy.Actor, today string) (out []BranchMeasures, err error) {
	c := d.measuresWhere(by, MeasureFilter{Show: MeasuresAll})
	args := append(c.args, today)
	err = eachOf(ctx, d.r, branchMeasuresSQL(c, len(args)), args, func(scan func(...any) error) error {
		var b BranchMeasures
		err := scan(&b.Branch, &b.Live, &b.Late, &b.Done, &b.Dropped, &b.Look, &b.Seen, &b.Better)
		out = append(out, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("measures by branch: %w", err)
	}
	return out, nil
}

// branchMeasuresSQL counts by branch; late is the number of the argument with
// the day before which a measure is late.
func branchMeasuresSQL(c conditions, late int) string {
	day := "$" + strconv.Itoa(late)
	return `SELECT m.branch_id, COUNT(CASE WHEN m.state IN ('open', 'running') THEN 1 END), COUNT(CASE WHEN m.state IN ('open', 'running') AND m.due_day < ` + day + ` THEN 1 END),
		COUNT(CASE WHEN m.state = 'done' THEN 1 END), COUNT(CASE WHEN m.state = 'dropped' THEN 1 END),
		COUNT(CASE WHEN m.state = 'done' AND m.review_day <> '' AND m.reviewed_on = '' AND m.review_day <= ` + day + ` THEN 1 END),
		COUNT(CASE WHEN m.reviewed_on <> '' THEN 1 END), COUNT(CASE WHEN m.verdict = 'better' THEN 1 END)
		FROM measures m LEFT JOIN customers c ON c.id = m.customer_id` + c.whereSQL() + ` GROUP BY m.branch_id ORDER BY 3 DESC, 2 DESC, 1`
}
