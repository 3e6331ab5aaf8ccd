package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// greetingTerms is how many branches a list merges, each by its own range of an
// index; beyond it the list walks over all days and passes by what is not the
// reader's, of which there is little then.
const greetingTerms = 24

// greetingAsked is what a list asks of each greeting, whoever reads it.
func greetingAsked(f GreetingFilter) cond {
	c := condOf("g.lead_id IS NULL")
	and := func(text string, args ...any) { c = bothSQL(c, condOf(text, args...)) }
	switch {
	case f.Closed:
		and("g.state <> 'open'")
	case f.State == GreetingOpen || f.State == "":
		and("g.state = 'open'")
	case f.State != "all":
		and("g.state = ?", f.State)
	}
	if f.UserID != 0 {
		and("g.user_id = ?", f.UserID)
	}
	if f.Customer != 0 {
		and("g.customer_id = ?", f.Customer)
	}
	if f.Occasion != "" {
		and("g.occasion = ?", f.Occasion)
	}
	if f.From != "" {
		and("g.day >= ?", f.From)
	}
	if f.To != "" {
		and("g.day <= ?", f.To)
	}
	if f.Late != "" {
		and("g.due < ?", f.Late)
	}
	if f.Gifts {
		and("g.gift <> ''")
	}
	and("g.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)") // a few, of an index of theirs
	return c
}

// greetingParts holds a list to what the reader sees: their own, those at
// branches within the scope, and those to clients of their own. Each part can
// be read by an index in the order of the list, and no greeting is in two.
func (d *DB) greetingParts(by policy.Actor, f GreetingFilter) []cond {
	asked, scope := greetingAsked(f), by.Scope(policy.GreetingRead)
	if scope.Empty() {
		return nil
	}
	branches, all := d.branchIDs(scope)
	within := func(list []int64) cond {
		if len(list) == 0 {
			return condOf("1 = 0")
		}
		return manySQL("g.branch_id", list)
	}
	if f.BranchID != 0 {
		below := d.tree.Load().below[f.BranchID]
		asked = bothSQL(asked, within(below))
		if all {
			branches, all = below, false
		} else {
			branches = slices.DeleteFunc(slices.Clone(branches), func(id int64) bool { return !slices.Contains(below, id) })
		}
	}
	if all || f.UserID == by.UserID && f.UserID != 0 {
		return []cond{asked}
	}
	parts := []cond{condOf("g.user_id = ?", by.UserID)}
	if own := scope.Own(); own != 0 {
		parts = append(parts, condOf(`g.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0 UNION SELECT id FROM customers WHERE clerk_id = ? AND deleted_at = 0)`, own, own))
	}
	few := f.Customer != 0 || f.UserID != 0 // found by an index of their own
	if few || len(branches) > greetingTerms {
		if len(branches) > 0 {
			parts = append(parts, within(branches))
		}
		either := cond{text: "("}
		for i, p := range parts {
			if i > 0 {
				either.text += " OR "
			}
			either.text, either.args = either.text+p.text, append(either.args, p.args...)
		}
		either.text += ")"
		return []cond{bothSQL(asked, either)}
	}
	for i := range parts {
		if i > 0 {
			parts[i] = bothSQL(parts[i], condOf("coalesce(g.user_id, 0) <> ?", by.UserID))
		}
		if len(branches) > 0 {
			elsewhere := within(branches)
			parts[i] = bothSQL(parts[i], cond{"NOT " + elsewhere.text, elsewhere.args})
		}
	}
	for _, id := range branches {
		parts = append(parts, condOf("g.branch_id = ?", id))
	}
	for i := range parts {
		parts[i] = bothSQL(asked, parts[i])
	}
	return parts
}

// greetingsSQL selects a page: of each part as many as the page has, of those
// the first.
func greetingsSQL(parts []cond, f GreetingFilter, limit int) cond {
	ids := greetingIDsSQL(parts, f, limit)
	return cond{greetingListedSQL + " WHERE g.id IN (" + ids.text + ")", ids.args} // the rows are few: inOrder sorts them
}

func greetingIDsSQL(parts []cond, f GreetingFilter, limit int) cond {
	key, order := "g.due", "due, id"
	if f.Closed {
		key, order = "g.closed_at", "closed_at DESC, id DESC"
	}
	of := strings.ReplaceAll(strings.ReplaceAll(order, "due", "g.due"), "closed_at", "g.closed_at")
	of = strings.ReplaceAll(of, " id", " g.id")
	ways := []cond{{}}
	switch { // what follows a place, as two ranges of an index
	case f.At.ID == 0:
	case f.Closed:
		ways = []cond{condOf("g.closed_at = ? AND g.id < ?", f.At.ClosedAt, f.At.ID), condOf("g.closed_at < ?", f.At.ClosedAt)}
	default:
		ways = []cond{condOf("g.due = ? AND g.id > ?", f.At.Due, f.At.ID), condOf("g.due > ?", f.At.Due)}
	}
	end := " LIMIT " + strconv.Itoa(limit)
	q := cond{text: "SELECT id FROM ("}
	for i, p := range parts {
		for j, way := range ways {
			if i+j > 0 {
				q.text += " UNION ALL "
			}
			part := bothSQL(p, way)
			q.text += "SELECT * FROM (SELECT g.id, " + key + " FROM greetings g WHERE " + part.text + " ORDER BY " + of + end + ") AS p" + strconv.Itoa(i) + "_" + strconv.Itoa(j)
			q.args = append(q.args, part.args...)
		}
	}
	q.text += ") AS found ORDER BY " + order + end
	return q
}

// countGreetingsSQL counts the greetings of all parts, no further than limit.
func countGreetingsSQL(parts []cond, limit int) cond {
	end := " LIMIT " + strconv.Itoa(limit)
	q := cond{text: "SELECT COUNT(*) FROM ("}
	for i, p := range parts {
		if i > 0 {
			q.text += " UNION ALL "
		}
		q.text += "SELECT * FROM (SELECT g.id FROM greetings g WHERE " + p.text + end + ") AS p" + strconv.Itoa(i)
		q.args = append(q.args, p.args...)
	}
	q.text += end + ") AS counted"
	return q
}

// Greetings returns a page of greetings that the reader sees, and whether there
// are more behind it. A row has what a list says of it (greetingListedSQL).
func (d *DB) Greetings(ctx context.Context, by policy.Actor, f GreetingFilter) (list []GreetingRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 2000)
	if f.Counted {
		return d.countedGreetings(ctx, by, f, limit)
	}
	parts := d.greetingParts(by, f)
	if len(parts) == 0 {
		return nil, false, nil
	}
	rows, err := d.query(ctx, greetingsSQL(parts, f, limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("greetings: %w", err)
	}
	defer rows.Close()
	list = make([]GreetingRow, 0, min(limit, 50)+1)
	for rows.Next() {
		g, err := scanListed(rows)
		if err != nil {
			return nil, false, fmt.Errorf("greetings: %w", err)
		}
		list = append(list, g)
	}
	if list = f.inOrder(list); len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, rows.Err()
}

// ClientGreetings returns what waits for a client, the soonest first, and behind it
// what was done, the latest first: so many that the actor sees, and whether there
// are more.
func (d *DB) ClientGreetings(ctx context.Context, by policy.Actor, customer int64, limit int) (list []GreetingRow, more bool, err error) {
	open := GreetingFilter{Customer: customer}
	closed := GreetingFilter{Customer: customer, Closed: true}
	waits, done := d.greetingParts(by, open), d.greetingParts(by, closed)
	if len(waits) == 0 || len(done) == 0 {
		return nil, false, nil
	}
	first, then := greetingIDsSQL(waits, open, limit+1), greetingIDsSQL(done, closed, limit+1)
	rows, err := d.query(ctx, cond{greetingListedSQL + " WHERE g.id IN (SELECT id FROM (" + first.text + ") AS waits UNION ALL SELECT id FROM (" + then.text + ") AS done)", append(first.args, then.args...)})
	if err != nil {
		return nil, false, fmt.Errorf("greetings of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var past []GreetingRow
	for rows.Next() {
		g, err := scanListed(rows)
		if err != nil {
			return nil, false, fmt.Errorf("greetings of customer %d: %w", customer, err)
		}
		if g.State == GreetingOpen {
			list = append(list, g)
		} else {
			past = append(past, g)
		}
	}
	list = append(open.inOrder(list), closed.inOrder(past)...)
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, rows.Err()
}

// CountGreetings counts what Greetings would list, no further than limit. That a
// list has so many is remembered for a moment (counts).
func (d *DB) CountGreetings(ctx context.Context, by policy.Actor, f GreetingFilter, limit int) (n int, err error) {
	if f.Counted {
		return d.countCounted(ctx, by, f, limit)
	}
	key := greetingsKey(by, f, limit)
	if d.counts.more(key, d.now()) {
		return limit, nil
	}
	parts := d.greetingParts(by, f)
	if len(parts) == 0 {
		return 0, nil
	}
	rows, err := d.query(ctx, countGreetingsSQL(parts, limit))
	if err != nil {
		return 0, fmt.Errorf("count greetings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, fmt.Errorf("count greetings: %w", err)
		}
	}
	if n == limit {
		d.counts.keep(key, d.now())
	}
	return n, rows.Err()
}

// greetingsKey tells one list of greetings from another, wherever in it the
// page is.
func greetingsKey(by policy.Actor, f GreetingFilter, limit int) string {
	f.At, f.Limit = TodoKey{}, 0
	scope := by.Scope(policy.GreetingRead)
	return fmt.Sprintf("greetings %d %v %d %v", by.UserID, scope, limit, f)
}
