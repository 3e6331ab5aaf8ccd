package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/place"
)

// GreetingFigure is how many greetings of one kind there are, and what they
// cost.
type GreetingFigure struct {
	BranchID           int64  // of one branch's
	Class              string // of one class's
	Occasion, Day      string // of one day's
	All, Done, Skipped int64
	Budget, Spent      int64 // fen
}

// Open is how many are still to be done.
func (f GreetingFigure) Open() int64 { return f.All - f.Done - f.Skipped }

// What GreetingFigures are counted by.
const (
	FiguresByBranch   = "branch"
	FiguresByClass    = "class"
	FiguresByOccasion = "occasion"
)

// An occasion that another greeting names counts as that one does.
const greetingFigures = `COUNT(*), CAST(coalesce(SUM(CASE WHEN coalesce(l.state, g.state) = 'done' THEN 1 ELSE 0 END), 0) AS BIGINT), CAST(coalesce(SUM(CASE WHEN coalesce(l.state, g.state) = 'skipped' THEN 1 ELSE 0 END), 0) AS BIGINT),
	CAST(coalesce(SUM(g.budget_fen), 0) AS BIGINT), CAST(coalesce(SUM(g.spent_fen), 0) AS BIGINT)
	FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 LEFT JOIN greetings l ON l.id = g.lead_id`

// GreetingFigures counts the greetings between two days, both included, that
// the scope sees, of one occasion or all (""), by branch, class, or occasion
// and day. A branch not 0 is that one and those below it.
func (d *DB) GreetingFigures(ctx context.Context, scope policy.Scope, by, occasion string, branch int64, from, to string) ([]GreetingFigure, error) {
	var c conditions
	c.add("g.day >= ?", from)
	c.add("g.day <= ?", to)
	if occasion != "" {
		c.add("g.occasion = ?", occasion)
	}
	if branch != 0 {
		d.under(&c, "g", branch)
	}
	d.seenBy(&c, "g", scope)
	var out []GreetingFigure
	err := eachOf(ctx, d.r, greetingFiguresSQL(by, c), c.args, func(scan func(...any) error) error {
		var f GreetingFigure
		if err := scan(&f.BranchID, &f.Class, &f.Occasion, &f.Day, &f.All, &f.Done, &f.Skipped, &f.Budget, &f.Spent); err != nil {
			return err
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("greetings between %s and %s: %w", from, to, err)
	}
	return out, nil
}

func greetingFiguresSQL(by string, c conditions) string {
	switch by {
	case FiguresByBranch:
		return `SELECT g.branch_id, '', '', '', ` + greetingFigures + c.whereSQL() + ` GROUP BY g.branch_id ORDER BY g.branch_id`
	case FiguresByClass:
		return `SELECT 0, c.class, '', '', ` + greetingFigures + c.whereSQL() + ` GROUP BY c.class ORDER BY CASE c.class WHEN '' THEN 'Z' ELSE c.class END`
	}
	return `SELECT 0, '', g.occasion, g.day, ` + greetingFigures + c.whereSQL() + ` GROUP BY g.occasion, g.day ORDER BY g.day, g.occasion`
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
