package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
)

// Who is due is decided by columns of an index alone. Customers of one owner,
// branch, class and number of visits differ only in the day of their last visit,
// unless something about them is of this month: those bring their days. So a
// list comes as a line for each such group, in the order of the index, and a
// column that is read costs as much as a customer. A page does not even ask for
// names (due_counts.go).

// dueGroupSQL reads the groups of a term with each member's name, and its days
// where they matter.
func dueGroupSQL(term cond, today day.Day) cond {
	month, now := today.MonthStart().String(), today.String()
	const each = "CAST(c.id AS TEXT) || ' ' || c.city_code || ' ' || c.last_visit_on || CASE WHEN " +
		"(c.last_visit_on = '' OR c.last_visit_on > ? OR c.class_since >= ? OR c.owner_since >= ? OR c.created_at >= ?)" +
		" THEN ' ' || c.class_since || ' ' || c.owner_since || ' ' || CAST(c.created_at AS TEXT) || ' ' || c.filed_on ELSE '' END"
	return cond{"SELECT c.branch_id, coalesce(c.owner_id, 0), c.class, c.month_visits, string_agg(" + each + ", ',')" +
		dueFromSQL + term.text + " GROUP BY c.branch_id, c.owner_id, c.class, c.month_visits",
		slices.Concat([]any{now, month, month, today.MonthStart().Time().Add(-9 * time.Hour).UnixMilli()}, term.args)}
}

// dueLiveSQL is the condition of the indexes, dueFromSQL begins one with it.
const (
	dueLiveSQL = "c.deleted_at = 0 AND c.state <> 'archived' AND c.stage <> 'lost'"
	dueFromSQL = " FROM customers c WHERE " + dueLiveSQL + " AND "
)

// dueSizeSQL counts the customers of some branches, up to one too many. The
// order is that of the index, so that it is read and no table.
func dueSizeSQL(term cond) cond {
	return countSQL(cond{"SELECT 1" + dueFromSQL + term.text + " ORDER BY c.branch_id, c.owner_id, c.class, c.month_visits", term.args}, MaxDue+1)
}

// dueReading is one reading of who is due.
type dueReading struct {
	today            day.Day
	rules            *dueRules
	assumed, tooMany bool
	note             func(row *DueRow)
	read             int
	laid             []DueRow // whose class changed this month, or whose last visit is dated ahead
}

// eachDue hands every customer of whom a visit is asked this month to note, in
// no order; what it is given is used again.
func (d *DB) eachDue(ctx context.Context, scope policy.Scope, f DueFilter, today day.Day, note func(*DueRow)) (*dueReading, error) {
	r := &dueReading{today: today, note: note}
	var err error
	if r.rules, err = d.dueRules(ctx, f.Rule, today); err != nil {
		return r, err
	}
	sets, clerk, err := d.dueSets(ctx, scope, f)
	if err != nil {
		return r, err
	}
	terms := make([]cond, 0, len(sets)+1)
	for _, set := range sets {
		if r.tooMany, err = d.tooManyDue(ctx, set, r.narrowedSQL(f)); err != nil || r.tooMany {
			return r, err
		}
		term := manySQL("c.branch_id", set.branches)
		if set.owner != 0 {
			term = bothSQL(term, condOf("c.owner_id = ?", set.owner))
		}
		terms = append(terms, term)
	}
	if clerk.text != "" {
		terms = append(terms, clerk)
	}
	for _, t := range terms {
		if err := d.dueGroups(ctx, r, dueGroupSQL(bothSQL(t, r.narrowedSQL(f)), today)); err != nil {
			return r, fmt.Errorf("due list: %w", err)
		}
		if r.tooMany {
			return r, nil
		}
	}
	return r, d.dueApart(ctx, r)
}

// narrowedSQL is what a filter asks of each customer.
func (r *dueReading) narrowedSQL(f DueFilter) (out cond) {
	if !r.rules.none {
		out = condOf("c.class <> ''")
	}
	if f.Class != "" {
		out = bothSQL(out, condOf("c.class = ?", f.Class))
	}
	if f.CityCode != "" {
		out = bothSQL(out, condOf("c.city_code = ?", f.CityCode))
	}
	return out
}

func (d *DB) dueGroups(ctx context.Context, r *dueReading, q cond) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	var row DueRow
	var class string
	var visits int
	var members string
	into := []any{&row.BranchID, &row.OwnerID, &class, &visits, &members}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		g := dueGroup{row: row, rule: r.rules.of(d.Chain(row.BranchID)), visits: visits}
		g.row.Facts.Class = class
		for members != "" {
			var one string
			one, members, _ = strings.Cut(members, ",")
			if r.read++; r.read > MaxDue {
				r.tooMany = true
				return nil
			}
			r.member(&g, one)
		}
	}
	return rows.Err()
}

// dueGroup are customers of one owner, branch, class and number of visits.
type dueGroup struct {
	row    DueRow // the one told of last
	rule   *cadence.Month
	visits int    // in the month of the last visit
	day    string // of the last visit of those who stand as row does; "" for none yet
}

// member tells of one customer of a group: its id, its city, the day of its
// last visit, and its other days when they matter.
func (r *dueReading) member(g *dueGroup, text string) {
	id, text, _ := strings.Cut(text, " ")
	city, text, _ := strings.Cut(text, " ")
	last, days, apart := strings.Cut(text, " ")
	g.row.ID, _ = strconv.ParseInt(id, 10, 64)
	g.row.CityCode = city
	if apart {
		r.apart(g, last, days)
		return
	}
	if last != g.day {
		g.day = last
		g.stand(last, r.today)
	}
	r.tell(&g.row)
}

// stand works out how those stand who were last visited on a day.
func (g *dueGroup) stand(last string, today day.Day) {
	g.row.LastVisitOn = last
	g.row.Facts = cadence.Facts{Class: g.row.Facts.Class}
	// A day that no calendar has cannot be in these columns; read as missing.
	g.row.Facts.LastVisit, _ = day.Parse(last)
	if g.row.Facts.LastVisit >= today.MonthStart() {
		g.row.Facts.Visits = g.visits
	}
	g.row.Standing = g.rule.Due(g.row.Facts)
}

// apart tells of a customer whose days matter, or lays it by.
func (r *dueReading) apart(g *dueGroup, last, days string) {
	g.day = ""
	g.stand(last, r.today)
	row := &g.row
	within(&row.Facts, days)
	switch {
	case row.Facts.LastVisit > r.today:
		r.laid = append(r.laid, *row)
	case row.Facts.ClassSince > max(r.today.MonthStart(), row.Facts.Created, row.Facts.OwnedSince):
		r.laid = append(r.laid, *row)
	default:
		row.Standing = g.rule.Due(row.Facts)
		r.tell(row)
	}
}

func (r *dueReading) tell(row *DueRow) {
	r.assumed = r.assumed || row.Standing.Assumed
	if row.Standing.State != cadence.None {
		r.note(row)
	}
}

// dueApart tells of those about whom more must be read: visits until today of
// those who have one dated ahead, and the class before of those whose class
// changed.
func (d *DB) dueApart(ctx context.Context, r *dueReading) error {
	list := r.laid
	if err := d.visitsUntil(ctx, list, r.today); err != nil {
		return err
	}
	if err := d.classesBefore(ctx, list, r.today); err != nil {
		return err
	}
	for i := range list {
		row := &list[i]
		row.Standing = r.rules.of(d.Chain(row.BranchID)).Due(row.Facts)
		r.tell(row)
	}
	return nil
}

// within reads the days of a file that matter within their month.
func within(f *cadence.Facts, days string) {
	parts := strings.Split(days, " ")
	if len(parts) != 4 {
		return
	}
	f.ClassSince, _ = day.Parse(parts[0])
	f.OwnedSince, _ = day.Parse(parts[1])
	created, _ := strconv.ParseInt(parts[2], 10, 64)
	f.Created = day.At(time.UnixMilli(created), Zone)
	// A client taken over from paper has been one since the paper says so,
	// however late the file was opened here.
	if on, err := day.Parse(parts[3]); err == nil && on.Valid() && on < f.Created {
		f.Created = on
	}
}

// visitsUntil counts per customer the days of this month with a made visit, none
// later than today: a device whose clock runs ahead may have written one.
func (d *DB) visitsUntil(ctx context.Context, list []DueRow, today day.Day) error {
	for i := range list {
		f := &list[i].Facts
		if f.LastVisit <= today {
			continue
		}
		f.Visits = 0
		err := d.r.QueryRowContext(ctx, `
			SELECT COUNT(DISTINCT day) FROM visits WHERE customer_id = $1 AND deleted_at = 0 AND state = 'done' AND day >= $2 AND day <= $3`,
			list[i].ID, today.MonthStart().String(), today.String()).Scan(&f.Visits)
		if err != nil {
			return fmt.Errorf("visits of the due list: %w", err)
		}
	}
	return nil
}

// classesBefore fills in the class that those had whose class changed within
// the month: the first change of the class on the day from which it holds.
func (d *DB) classesBefore(ctx context.Context, list []DueRow, today day.Day) error {
	at := map[int64]*DueRow{}
	var ids []int64
	for i := range list {
		f := &list[i].Facts
		if f.ClassSince > max(today.MonthStart(), f.Created, f.OwnedSince) {
			at[list[i].ID] = &list[i]
			ids = append(ids, list[i].ID)
		}
	}
	for chunk := range slices.Chunk(ids, 500) {
		in, args := inList(2, chunk)
		rows, err := d.r.QueryContext(ctx, `
			SELECT ch.customer_id, ch.fields, a.at FROM changes ch JOIN audits a ON a.id = ch.audit_id
			WHERE ch.entity = 'customers' AND ch.kind = 'update' AND a.at >= $1 AND ch.customer_id `+in+`
			ORDER BY ch.id`, append([]any{today.MonthStart().Time().Add(-9 * time.Hour).UnixMilli()}, args...)...)
		if err != nil {
			return fmt.Errorf("classes before: %w", err)
		}
		found := map[int64]bool{}
		for rows.Next() {
			var id, made int64
			var text string
			if err := rows.Scan(&id, &text, &made); err != nil {
				rows.Close()
				return fmt.Errorf("classes before: %w", err)
			}
			var fields struct{ Class []string }
			if found[id] || day.At(time.UnixMilli(made), Zone) < at[id].Facts.ClassSince ||
				json.Unmarshal([]byte(text), &fields) != nil || len(fields.Class) != 2 {
				continue
			}
			found[id], at[id].Facts.ClassBefore = true, fields.Class[0]
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return fmt.Errorf("classes before: %w", err)
		}
	}
	return nil
}
