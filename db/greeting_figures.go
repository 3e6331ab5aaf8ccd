package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/place"
)

// GreetingFigure is how many greetings of one kind there are, what they cost,
// and what the clients that were greeted shipped in the months of the span.
type GreetingFigure struct {
	Key                string // branch or person as an id, class, month, means, occasion
	All, Done, Skipped int64
	Budget, Spent      int64 // fen
	Freight            int64 // fen
}

// Open is how many are still to be done.
func (f GreetingFigure) Open() int64 { return f.All - f.Done - f.Skipped }

// What GreetingFigures are counted by.
const (
	FiguresByBranch   = "branch"
	FiguresByClass    = "class"
	FiguresByOccasion = "occasion"
	FiguresByMonth    = "month"
	FiguresByMeans    = "means"  // of those that were done
	FiguresByPerson   = "person" // who did it, or is to
)

// An occasion that another greeting names counts as that one does.
const (
	greetingState  = `coalesce(l.state, g.state)`
	greetingMeans  = `coalesce(l.done_by, g.done_by)`
	greetingPerson = `coalesce(CASE WHEN ` + greetingState + ` = 'open' THEN coalesce(l.user_id, g.user_id) ELSE coalesce(l.closed_by, g.closed_by) END, 0)`
	greetingJoins  = ` FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 LEFT JOIN greetings l ON l.id = g.lead_id`
)

// greetingKeys are the columns by which figures are counted.
var greetingKeys = map[string]string{
	FiguresByBranch: `CAST(g.branch_id AS TEXT)`, FiguresByClass: `c.class`, FiguresByOccasion: `g.occasion`,
	FiguresByMonth: `substr(g.day, 1, 7)`, FiguresByMeans: greetingMeans, FiguresByPerson: `CAST(` + greetingPerson + ` AS TEXT)`,
}

// GreetingSpan is what figures are asked of: greetings of days between two,
// both included, of one occasion or all (""), of a branch and those below it or
// all (0).
type GreetingSpan struct {
	Occasion string
	Branch   int64
	Only     bool // of the branch alone
	From, To string
}

func (d *DB) spanWhere(scope policy.Scope, s GreetingSpan) conditions {
	var c conditions
	if s.From != "" {
		c.add("g.day >= ?", s.From)
	}
	if s.To != "" {
		c.add("g.day <= ?", s.To)
	}
	if s.Occasion != "" {
		c.add("g.occasion = ?", s.Occasion)
	}
	switch {
	case s.Only:
		c.add("g.branch_id = ?", s.Branch)
	case s.Branch != 0:
		d.under(&c, "g", s.Branch)
	}
	c.add("c.deleted_at = 0")
	d.seenDays(&c, scope)
	return c
}

// seenDays holds a query over greetings g of some days to what the scope sees.
// It names the branches also when that is the whole company: the days stand in
// an index branch by branch.
func (d *DB) seenDays(c *conditions, scope policy.Scope) {
	if list, all := d.branchIDs(scope); all && len(list) > 0 {
		text, ids := underSQL("g", list)
		c.add(text, ids...)
		return
	}
	d.seenBy(c, "g", scope)
}

// GreetingFigures counts the greetings that the scope sees, by one of the
// greetingKeys.
func (d *DB) GreetingFigures(ctx context.Context, scope policy.Scope, by string, s GreetingSpan) ([]GreetingFigure, error) {
	c := d.spanWhere(scope, s)
	if by == FiguresByMeans {
		c.add(greetingState + " = 'done'")
	}
	var out []GreetingFigure
	err := eachOf(ctx, d.r, greetingFiguresSQL(by, c), c.args, func(scan func(...any) error) error {
		var f GreetingFigure
		if err := scan(&f.Key, &f.All, &f.Done, &f.Skipped, &f.Budget, &f.Spent); err != nil {
			return err
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("greetings between %s and %s: %w", s.From, s.To, err)
	}
	return out, nil
}

func greetingFiguresSQL(by string, c conditions) string {
	return `SELECT ` + greetingKeys[by] + ` AS figure, COUNT(*), CAST(coalesce(SUM(CASE WHEN ` + greetingState + ` = 'done' THEN 1 ELSE 0 END), 0) AS BIGINT),
		CAST(coalesce(SUM(CASE WHEN ` + greetingState + ` = 'skipped' THEN 1 ELSE 0 END), 0) AS BIGINT), CAST(coalesce(SUM(g.budget_fen), 0) AS BIGINT), CAST(coalesce(SUM(g.spent_fen), 0) AS BIGINT)` +
		greetingJoins + c.whereSQL() + ` GROUP BY figure ORDER BY figure`
}

// GreetedFreight is by the same keys what the clients that were greeted shipped
// in the months of the span (by month: in that one), each client counted once
// for a key.
func (d *DB) GreetedFreight(ctx context.Context, scope, parcels policy.Scope, by string, s GreetingSpan) (map[string]int64, error) {
	c := d.spanWhere(scope, s)
	d.seenBy(&c, "g", parcels)
	c.add(greetingState + " = 'done'")
	from, to := s.From[:7], s.To[:7]
	args := append(slices.Clone(c.args), from, to)
	out := map[string]int64{}
	err := eachOf(ctx, d.r, greetedFreightSQL(by, c), args, func(scan func(...any) error) error {
		var key string
		var fen int64
		if err := scan(&key, &fen); err != nil {
			return err
		}
		out[key] = fen
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("freight of the greeted between %s and %s: %w", s.From, s.To, err)
	}
	return out, nil
}

func greetedFreightSQL(by string, c conditions) string {
	n := len(c.args)
	month := ""
	if by == FiguresByMonth {
		month = ` AND m.month = x.figure`
	}
	return `SELECT x.figure, CAST(coalesce(SUM(m.freight_fen), 0) AS BIGINT) FROM (SELECT DISTINCT ` + greetingKeys[by] + ` AS figure, g.customer_id` + greetingJoins + c.whereSQL() + `) AS x
		JOIN customer_months m ON m.customer_id = x.customer_id AND m.month >= $` + strconv.Itoa(n+1) + ` AND m.month <= $` + strconv.Itoa(n+2) + month + ` GROUP BY x.figure`
}

// Reach is where a gift goes.
type Reach struct{ Phone, Address string }

// GiftReach returns, for greetings that were read within scope, where their
// gifts go: the contact's first number, else the client's, and the client's
// address; both unmasked.
func (d *DB) GiftReach(ctx context.Context, list []GreetingRow) (map[int64]Reach, error) {
	out := map[int64]Reach{}
	for chunk := range slices.Chunk(list, 500) {
		var ids []int64
		for _, g := range chunk {
			ids = append(ids, g.ID)
		}
		q := giftReachSQL(ids)
		err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			var id int64
			var code string
			var r Reach
			if err := scan(&id, &r.Phone, &code, &r.Address); err != nil {
				return err
			}
			if p, ok := place.Path(code); ok {
				r.Address = p.Name() + r.Address
			}
			out[id] = r
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("where gifts go: %w", err)
		}
	}
	return out, nil
}

func giftReachSQL(ids []int64) cond {
	q := manySQL("g.id", ids)
	return cond{`SELECT g.id, coalesce((SELECT p.number FROM phones p WHERE p.customer_id = g.customer_id AND (p.contact_id = g.contact_id OR p.contact_id IS NULL)
			ORDER BY CASE WHEN p.contact_id IS NULL THEN 1 ELSE 0 END, p.position LIMIT 1), ''), c.place_code, c.address
		FROM greetings g JOIN customers c ON c.id = g.customer_id WHERE ` + q.text, q.args}
}
