package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// MostCompared is how many clients a comparison looks at.
const MostCompared = 100_000

// Occasioned is an occasion whose greetings can be judged: one of everybody on
// its day, a personal one by the month of its days.
type Occasioned struct {
	Occasion string
	From, To string // days, both included; the same for one of everybody
	Done     int64  // greetings
}

// PastOccasions lists the occasions between two days with greetings done that
// the scope sees, the latest first.
func (d *DB) PastOccasions(ctx context.Context, scope policy.Scope, branch int64, from, to string) ([]Occasioned, error) {
	var c conditions
	c.add("g.day >= ?", from)
	c.add("g.day <= ?", to)
	c.add("coalesce(l.state, g.state) = 'done'")
	if branch != 0 {
		d.under(&c, "g", branch)
	}
	d.seenDays(&c, scope)
	type key struct{ occasion, from string }
	found := map[key]*Occasioned{}
	err := eachOf(ctx, d.r, pastOccasionsSQL(c), c.args, func(scan func(...any) error) error {
		var o Occasioned
		if err := scan(&o.Occasion, &o.From, &o.Done); err != nil {
			return err
		}
		o.To = o.From
		if on := dayParsed(o.From); greeting.IsPersonal(festival.Code(o.Occasion)) && on.Valid() {
			o.From, o.To = on.MonthStart().String(), on.MonthEnd().String()
		}
		k := key{o.Occasion, o.From}
		if was := found[k]; was != nil {
			was.Done += o.Done
			return nil
		}
		found[k] = &o
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("occasions between %s and %s: %w", from, to, err)
	}
	var out []Occasioned
	for _, o := range found {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b Occasioned) int {
		return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(a.Occasion, b.Occasion))
	})
	return out, nil
}

func pastOccasionsSQL(c conditions) string {
	return `SELECT g.occasion, g.day, COUNT(*) FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 LEFT JOIN greetings l ON l.id = g.lead_id` +
		c.whereSQL() + ` GROUP BY g.occasion, g.day`
}

// Responder is a client in a comparison.
type Responder struct {
	greeting.Shipper
	Name, Code       string
	OwnerID, ClerkID int64
	Day              string // of the occasion, from which the days are counted
}

// Responders are the clients by whom greetings of an occasion are judged: those
// greeted between its days, and of the same branches and classes those that
// were not; each with what it sent before and after. The day of a client that
// was not greeted is the middle of the span. Who was not a client yet is left
// out. Both scopes hold. ErrTooMany beyond MostCompared.
func (d *DB) Responders(ctx context.Context, greetings, parcels policy.Scope, branch int64, o Occasioned) ([]Responder, error) {
	from, to := dayParsed(o.From), dayParsed(o.To)
	if !from.Valid() || !to.Valid() || to < from {
		return nil, fmt.Errorf("response to %s on %q: %w", o.Occasion, o.From, ErrNotFound)
	}
	var c conditions
	c.add("g.occasion = ?", o.Occasion)
	c.add("g.day >= ?", o.From)
	c.add("g.day <= ?", o.To)
	c.add("coalesce(l.state, g.state) = 'done'")
	if branch != 0 {
		d.under(&c, "g", branch)
	}
	d.seenDays(&c, greetings)
	d.seenBy(&c, "g", parcels)
	greeted, kinds := map[int64]string{}, map[int64]map[string]bool{}
	err := eachOf(ctx, d.r, greetedSQL(c), c.args, func(scan func(...any) error) error {
		var id, branch int64
		var class, on string
		if err := scan(&id, &branch, &class, &on); err != nil {
			return err
		}
		greeted[id] = on
		if kinds[branch] == nil {
			kinds[branch] = map[string]bool{}
		}
		kinds[branch][class] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("response to %s: %w", o.Occasion, err)
	}
	var out []Responder
	middle := from.Add(int(to-from) / 2)
	for _, branch := range slices.Sorted(maps.Keys(kinds)) {
		for _, class := range slices.Sorted(maps.Keys(kinds[branch])) {
			list, err := d.respondersOf(ctx, greetings, parcels, branch, class, greeted, from, to, middle)
			if err != nil {
				return nil, fmt.Errorf("response to %s: %w", o.Occasion, err)
			}
			if out = append(out, list...); len(out) > MostCompared {
				return nil, fmt.Errorf("response to %s: %w", o.Occasion, ErrTooMany)
			}
		}
	}
	return out, nil
}

// greetedSQL selects each greeted client once, where it is now, with the first
// day on which it was greeted.
func greetedSQL(c conditions) string {
	return `SELECT c.id, c.branch_id, c.class, min(g.day) FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 LEFT JOIN greetings l ON l.id = g.lead_id` +
		c.whereSQL() + ` GROUP BY c.id, c.branch_id, c.class`
}

// respondersOf reads the clients of one branch and class. What each sent is
// counted by its own day.
func (d *DB) respondersOf(ctx context.Context, greetings, parcels policy.Scope, branch int64, class string, greeted map[int64]string, from, to, middle day.Day) ([]Responder, error) {
	var out []Responder
	at := map[int64]int{}
	err := eachOf(ctx, d.r, `SELECT id, name, code, coalesce(owner_id, 0), coalesce(clerk_id, 0), created_at, filed_on FROM customers
		WHERE branch_id = $1 AND class = $2 AND deleted_at = 0 ORDER BY id LIMIT $3`, []any{branch, class, MostCompared + 1}, func(scan func(...any) error) error {
		x := Responder{Shipper: greeting.Shipper{Branch: branch, Class: class}, Day: middle.String()}
		var created int64
		var filed string
		if err := scan(&x.ID, &x.Name, &x.Code, &x.OwnerID, &x.ClerkID, &created, &filed); err != nil {
			return err
		}
		on, was := greeted[x.ID]
		if x.Greeted = was; was {
			x.Day = on
		}
		since := dayOf(timeOf(created))
		if f := dayParsed(filed); f.Valid() && f < since {
			since = f
		}
		if !was && since > middle || !d.sees(greetings, branch, x.OwnerID, x.ClerkID) || !d.sees(parcels, branch, x.OwnerID, x.ClerkID) {
			return nil
		}
		at[x.ID] = len(out)
		out = append(out, x)
		return nil
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	first, last := from.Add(-greeting.ResponseDays).String(), to.Add(greeting.ResponseDays-1).String()
	err = eachOf(ctx, d.r, `SELECT w.customer_id, w.sent_day, CAST(sum(CASE WHEN w.state = 'cancelled' THEN 0 ELSE w.pieces END) AS BIGINT), CAST(sum(w.freight_fen) AS BIGINT)
		FROM customers c JOIN waybills w ON w.customer_id = c.id AND w.sent_day >= $3 AND w.sent_day <= $4
		WHERE c.branch_id = $1 AND c.class = $2 AND c.deleted_at = 0 GROUP BY w.customer_id, w.sent_day`, []any{branch, class, first, last}, func(scan func(...any) error) error {
		var id, pieces, freight int64
		var sent string
		if err := scan(&id, &sent, &pieces, &freight); err != nil {
			return err
		}
		i, ok := at[id]
		if !ok {
			return nil
		}
		x := &out[i]
		switch gap := int(dayParsed(sent) - dayParsed(x.Day)); {
		case gap < 0 && gap >= -greeting.ResponseDays:
			x.PiecesBefore, x.FreightBefore = x.PiecesBefore+pieces, x.FreightBefore+freight
		case gap >= 0 && gap < greeting.ResponseDays:
			x.PiecesAfter, x.FreightAfter = x.PiecesAfter+pieces, x.FreightAfter+freight
		}
		return nil
	})
	return out, err
}
