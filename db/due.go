package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
)

// RuleCadence names the visits a month per class among the rules; its value is
// a cadence.Rule as JSON.
const RuleCadence = "cadence"

// Cadence returns the visits a month that hold for a branch (0: the company)
// on a day, and the version that says so; the default rule and a version 0
// when nobody set one.
func (d *DB) Cadence(ctx context.Context, branch int64, on string) (cadence.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleCadence, branch, on)
	if err != nil {
		return cadence.Rule{}, row, err
	}
	rule, err := cadenceOf(row)
	return rule, row, err
}

func cadenceOf(row RuleRow) (cadence.Rule, error) {
	if row.Version == 0 {
		return cadence.Default(), nil
	}
	var rule cadence.Rule
	if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
		return rule, fmt.Errorf("cadence version %d: %w", row.Version, err)
	}
	return rule, nil
}

// DueFilter narrows the customers whose visits are asked for. The zero value
// narrows nothing.
type DueFilter struct {
	BranchID int64 // and those below it
	UserID   int64 // owner rep
	Class    string
	CityCode string
	// Rule, when set, is asked instead of the rule in force: what would be due.
	Rule *cadence.Rule
}

// DueRow is a customer with how its visits stand today. What DueNames fills in
// is empty until then.
type DueRow struct {
	ID, BranchID, OwnerID int64
	CityCode, LastVisitOn string
	Facts                 cadence.Facts // days before this month may be missing
	Standing              cadence.Standing

	// By DueNames.
	ClerkID                int64
	Code, Name, ShortName  string
	PlaceCode, NextVisitOn string
}

// MaxDue is how many customers a due list looks at; beyond that it asks to be
// narrowed.
const MaxDue = 20_000

// DueList is who is to be visited this month, the most urgent first.
type DueList struct {
	Today   day.Day
	Rows    []DueRow // of whom a visit was asked this month; all states but none
	Assumed bool     // this year's holidays are not announced: plain weeks counted
	TooMany bool     // more than MaxDue customers: Rows is empty, narrow first
}

// Due says who of the customers that the scope sees is to be visited this
// month: their class's visits a month, by the rule of their branch, against
// those made (R113–R115). Archived and lost customers are left out.
func (d *DB) Due(ctx context.Context, scope policy.Scope, f DueFilter) (DueList, error) {
	now := d.Now()
	list := DueList{Today: day.At(now, Zone)}
	rules, err := d.dueRules(ctx, f.Rule, list.Today)
	if err != nil {
		return list, err
	}
	c := d.dueWhere(scope, f, rules.asksWithoutClass())
	if list.Rows, err = d.dueCustomers(ctx, c, list.Today); err != nil {
		return list, err
	}
	if len(list.Rows) > MaxDue {
		list.Rows, list.TooMany = nil, true
		return list, nil
	}
	visits, err := d.dueVisits(ctx, c, list.Today)
	if err != nil {
		return list, err
	}
	for i := range list.Rows {
		list.Rows[i].Facts.Visits = visits[list.Rows[i].ID]
	}
	if err := d.classesBefore(ctx, list.Rows, list.Today); err != nil {
		return list, err
	}
	kept := list.Rows[:0]
	for _, row := range list.Rows {
		row.Standing = rules.of(d.Chain(row.BranchID)).Due(row.Facts)
		list.Assumed = list.Assumed || row.Standing.Assumed
		if row.Standing.State != cadence.None {
			kept = append(kept, row)
		}
	}
	list.Rows = mostUrgentFirst(kept)
	return list, nil
}

// mostUrgentFirst orders rows by their urgency, then by id. It sorts places and
// moves each row once: a row is some three hundred bytes.
func mostUrgentFirst(rows []DueRow) []DueRow {
	type key struct {
		urgency, id int64
		at          int
	}
	keys := make([]key, len(rows))
	for i := range rows {
		keys[i] = key{rows[i].Standing.Urgency, rows[i].ID, i}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(a.id, b.id))
	})
	out := make([]DueRow, len(rows))
	for i, k := range keys {
		out[i] = rows[k.at]
	}
	return out
}

// dueRules are the month's rules, made once per version.
type dueRules struct {
	rows   RulesInForce
	months map[int64]*cadence.Month // by id of the version
	none   bool                     // some rule asks visits of customers without a class
}

func (d *DB) dueRules(ctx context.Context, instead *cadence.Rule, today day.Day) (*dueRules, error) {
	r := &dueRules{rows: RulesInForce{}, months: map[int64]*cadence.Month{}}
	if instead != nil {
		r.months[0], r.none = cadence.On(*instead, nil, today), instead.PerMonth.None > 0
		return r, nil
	}
	var err error
	if r.rows, err = d.RulesInForce(ctx, RuleCadence, today.String()); err != nil {
		return nil, err
	}
	for _, row := range append(slices.Collect(maps.Values(r.rows)), RuleRow{}) {
		rule, err := cadenceOf(row)
		if err != nil {
			return nil, err
		}
		r.months[row.ID] = cadence.On(rule, nil, today)
		r.none = r.none || rule.PerMonth.None > 0
	}
	return r, nil
}

func (r *dueRules) asksWithoutClass() bool { return r.none }

func (r *dueRules) of(chain []int64) *cadence.Month { return r.months[r.rows.For(chain).ID] }

// dueWhere is the WHERE over customers c, used for the files and their visits
// alike.
func (d *DB) dueWhere(scope policy.Scope, f DueFilter, withoutClass bool) conditions {
	var c conditions
	c.add("c.deleted_at = 0 AND c.state <> 'archived' AND c.stage <> 'lost'")
	if !withoutClass {
		c.add("c.class <> ''")
	}
	d.customersSeen(&c, scope)
	if f.BranchID != 0 {
		in, ids := marks(append([]int64{0}, d.tree.Load().below[f.BranchID]...))
		c.add("c.branch_id IN ("+in+")", ids...)
	}
	if f.UserID != 0 {
		c.add("c.owner_id = ?", f.UserID)
	}
	if f.Class != "" {
		c.add("c.class = ?", f.Class)
	}
	if f.CityCode != "" {
		c.add("c.city_code = ?", f.CityCode)
	}
	return c
}

// customersSeen holds a query over customers c to what the scope sees.
func (d *DB) customersSeen(c *conditions, scope policy.Scope) {
	list, all := d.branchIDs(scope)
	if all {
		return
	}
	parts, args := []string{}, []any{}
	if len(list) > 0 {
		in, ids := marks(list)
		parts, args = append(parts, "c.branch_id IN ("+in+")"), append(args, ids...)
	}
	if own := scope.Own(); own != 0 {
		parts, args = append(parts, "c.owner_id = ?", "c.clerk_id = ?"), append(args, own, own)
	}
	if len(parts) == 0 {
		parts = []string{"1 = 0"}
	}
	c.add("("+strings.Join(parts, " OR ")+")", args...)
}

// dueCustomersSQL reads what a standing is decided by. The days that only
// matter within their month come in one text, which is empty for most: reading
// columns is most of what a due list costs. n is how many values the condition
// binds; two more follow, the month's first day and an instant before it.
func dueCustomersSQL(where string, n int) string {
	month, before := "$"+strconv.Itoa(n+1), "$"+strconv.Itoa(n+2)
	return `
		SELECT c.id, c.branch_id, coalesce(c.owner_id, 0), c.city_code, c.last_visit_on, c.class,
			CASE WHEN c.last_visit_on <> '' AND c.class_since < ` + month + ` AND c.owner_since < ` + month + ` AND c.created_at < ` + before + ` THEN ''
			ELSE c.class_since || '|' || c.owner_since || '|' || CAST(c.created_at AS TEXT) || '|' || c.filed_on END
		FROM customers c` + where + ` LIMIT ` + strconv.Itoa(MaxDue+1)
}

func (d *DB) dueCustomers(ctx context.Context, c conditions, today day.Day) ([]DueRow, error) {
	args := append(slices.Clone(c.args), today.MonthStart().String(), today.MonthStart().Time().Add(-9*time.Hour).UnixMilli())
	rows, err := d.r.QueryContext(ctx, dueCustomersSQL(c.whereSQL(), len(c.args)), args...)
	if err != nil {
		return nil, fmt.Errorf("due list: %w", err)
	}
	defer rows.Close()
	var out []DueRow
	var row DueRow
	var days string
	into := []any{&row.ID, &row.BranchID, &row.OwnerID, &row.CityCode, &row.LastVisitOn, &row.Facts.Class, &days}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("due list: %w", err)
		}
		kept := row
		// A day that no calendar has cannot be in these columns; read as missing.
		kept.Facts.LastVisit, _ = day.Parse(row.LastVisitOn)
		within(&kept.Facts, days)
		out = append(out, kept)
	}
	return out, rows.Err()
}

// within reads the days of a file that matter within their month.
func within(f *cadence.Facts, days string) {
	parts := strings.Split(days, "|")
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

// DueNames fills in what a page shows of the rows of a due list beside their
// standing. It serves one page; at most 200 are looked up.
func (d *DB) DueNames(ctx context.Context, scope policy.Scope, list []DueRow) error {
	list = list[:min(len(list), 200)]
	if len(list) == 0 {
		return nil
	}
	at := make(map[int64]*DueRow, len(list))
	ids := make([]int64, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	var c conditions
	in, args := marks(ids)
	c.add("c.id IN ("+in+")", args...)
	d.customersSeen(&c, scope)
	rows, err := d.r.QueryContext(ctx, `
		SELECT c.id, coalesce(c.clerk_id, 0), c.code, c.name, c.short_name, c.place_code, c.next_visit_on
		FROM customers c`+c.whereSQL(), c.args...)
	if err != nil {
		return fmt.Errorf("names of the due list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r DueRow
		if err := rows.Scan(&r.ID, &r.ClerkID, &r.Code, &r.Name, &r.ShortName, &r.PlaceCode, &r.NextVisitOn); err != nil {
			return fmt.Errorf("names of the due list: %w", err)
		}
		to := at[r.ID]
		to.ClerkID, to.Code, to.Name, to.ShortName, to.PlaceCode, to.NextVisitOn = r.ClerkID, r.Code, r.Name, r.ShortName, r.PlaceCode, r.NextVisitOn
	}
	return rows.Err()
}

// dueVisits counts per customer the days of this month with a made visit.
func (d *DB) dueVisits(ctx context.Context, c conditions, today day.Day) (map[int64]int, error) {
	c.add("v.deleted_at = 0 AND v.state = 'done' AND v.day >= ? AND v.day <= ?", today.MonthStart().String(), today.String())
	c.add("c.last_visit_on >= ?", today.MonthStart().String())
	rows, err := d.r.QueryContext(ctx, `
		SELECT v.customer_id, COUNT(DISTINCT v.day) FROM customers c JOIN visits v ON v.customer_id = c.id`+c.whereSQL()+`
		GROUP BY v.customer_id`, c.args...)
	if err != nil {
		return nil, fmt.Errorf("visits of the due list: %w", err)
	}
	defer rows.Close()
	out := map[int64]int{}
	for rows.Next() {
		var id int64
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("visits of the due list: %w", err)
		}
		out[id] = n
	}
	return out, rows.Err()
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

// FirstPhones returns for each of the customers that the scope sees the number
// that is called first: its own, else a contact's. It serves one page of a
// list; at most 200 are looked up.
func (d *DB) FirstPhones(ctx context.Context, scope policy.Scope, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var c conditions
	in, args := marks(ids[:min(len(ids), 200)])
	c.add("p.customer_id IN ("+in+") AND c.deleted_at = 0", args...)
	d.customersSeen(&c, scope)
	rows, err := d.r.QueryContext(ctx, `
		SELECT p.customer_id, p.number FROM phones p JOIN customers c ON c.id = p.customer_id
		LEFT JOIN contacts k ON k.id = p.contact_id`+c.whereSQL()+`
		ORDER BY p.customer_id, CASE WHEN p.contact_id IS NULL THEN 0 WHEN k.is_primary THEN 1 ELSE 2 END, p.position`, c.args...)
	if err != nil {
		return nil, fmt.Errorf("first phones: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var number string
		if err := rows.Scan(&id, &number); err != nil {
			return nil, fmt.Errorf("first phones: %w", err)
		}
		if out[id] == "" {
			out[id] = number
		}
	}
	return out, rows.Err()
}
