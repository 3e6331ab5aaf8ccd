package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"yike/policy"
)

// GreetingDay is how many greetings of an occasion one day has; one that
// another greeting names counts on its own day, as that one is.
type GreetingDay struct {
	Day, Occasion      string
	All, Done, Skipped int64
}

// Open is how many are still to be done.
func (g GreetingDay) Open() int64 { return g.All - g.Done - g.Skipped }

// daysSQL counts the greetings of a part of what somebody sees, between two
// days, from an index alone but for those that another greeting names.
func daysSQL(part cond, from, to string) cond {
	where := bothSQL(part, condOf("g.day >= ? AND g.day <= ?", from, to))
	alone := bothSQL(condOf("SELECT g.day AS day, g.occasion AS occasion, g.state AS state, COUNT(*) AS n FROM greetings g WHERE g.lead_id IS NULL"), where)
	alone.text += " GROUP BY g.day, g.occasion, g.state"
	named := bothSQL(condOf("SELECT g.day AS day, g.occasion AS occasion, l.state AS state, COUNT(*) AS n FROM greetings g JOIN greetings l ON l.id = g.lead_id WHERE g.lead_id IS NOT NULL"), where)
	named.text += " GROUP BY g.day, g.occasion, l.state"
	return cond{"SELECT * FROM (" + alone.text + ") AS a UNION ALL SELECT * FROM (" + named.text + ") AS b", append(alone.args, named.args...)}
}

// daysAtOnce is how many branches one statement counts.
const daysAtOnce = 50

// daysParts are the parts of what a scope sees: some branches each, one's own
// clients elsewhere; and what of the branches does not count, since its client is in
// the recycle bin. To take these few off costs half of asking it of each.
func (d *DB) daysParts(scope policy.Scope) (parts []cond, off cond) {
	branches, all := d.branchIDs(scope)
	for some := range slices.Chunk(branches, daysAtOnce) {
		parts = append(parts, manySQL("g.branch_id", some))
	}
	off = condOf("g.customer_id IN (SELECT id FROM customers WHERE deleted_at <> 0)")
	if !all {
		within := condOf("1 = 0")
		if len(branches) > 0 {
			within = manySQL("+g.branch_id", branches) // the sign keeps SQLite from the branches' index: the bin is smaller
		}
		off = bothSQL(off, within)
	}
	if own := scope.Own(); own != 0 && !all {
		part := condOf("g.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0 UNION SELECT id FROM customers WHERE clerk_id = ? AND deleted_at = 0)", own, own)
		if len(branches) > 0 {
			elsewhere := manySQL("g.branch_id", branches)
			part = bothSQL(part, cond{"NOT " + elsewhere.text, elsewhere.args})
		}
		parts = append(parts, part)
	}
	return parts, off
}

// GreetingDays counts, day by day and occasion by occasion, the greetings
// between two days that the scope sees. What the calendar says of a day is its
// list's length.
func (d *DB) GreetingDays(ctx context.Context, scope policy.Scope, from, to string) ([]GreetingDay, error) {
	parts, off := d.daysParts(scope)
	type key struct{ day, occasion string }
	found := map[key]*GreetingDay{}
	add := func(part cond, sign int64) error {
		return d.eachDay(ctx, daysSQL(part, from, to), func(day, occasion, state string, n int64) {
			k := key{day, occasion}
			if found[k] == nil {
				found[k] = &GreetingDay{Day: day, Occasion: occasion}
			}
			g := found[k]
			switch g.All += sign * n; state {
			case GreetingDone:
				g.Done += sign * n
			case GreetingSkipped:
				g.Skipped += sign * n
			}
		})
	}
	err := add(off, -1)
	for _, part := range parts {
		if err == nil {
			err = add(part, 1)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("greetings between %s and %s: %w", from, to, err)
	}
	out := make([]GreetingDay, 0, len(found))
	for _, g := range found {
		if g.All != 0 {
			out = append(out, *g)
		}
	}
	slices.SortFunc(out, func(a, b GreetingDay) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Occasion, b.Occasion))
	})
	return out, nil
}

func (d *DB) eachDay(ctx context.Context, q cond, row func(day, occasion, state string, n int64)) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var day, occasion, state string
		var n int64
		if err := rows.Scan(&day, &occasion, &state, &n); err != nil {
			return err
		}
		row(day, occasion, state, n)
	}
	return rows.Err()
}
