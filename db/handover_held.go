package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"yike/policy"
	"yike/policy/handover"
)

// workKind is a kind of work that one person can hand to another. A new area
// adds a line to handoverKinds; the rest of this file knows no kind by name.
type workKind struct {
	word          string   // in handover_items.kind and in rules
	table, column string   // where it stands who holds it
	from          string   // SQL: the row is x, its customer c, which may be missing
	branch        string   // SQL: where the work is
	open          string   // SQL: what of it is still to be handed over
	follows       []string // goes with the client rather than by a rule of its own: as the first of these kinds does
	since         string   // column with the day since which, "" for none
}

var handoverKinds = []workKind{
	{"owner", "customers", "owner_id", "customers x JOIN customers c ON c.id = x.id", "c.branch_id", "1 = 1", nil, "owner_since"},
	{"clerk", "customers", "clerk_id", "customers x JOIN customers c ON c.id = x.id", "c.branch_id", "1 = 1", nil, ""},
	{"visit", "visits", "user_id", "visits x JOIN customers c ON c.id = x.customer_id", "c.branch_id", "x.state = 'planned' AND x.deleted_at = 0", []string{"owner"}, ""},
	{"todo", "todos", "user_id", "todos x LEFT JOIN customers c ON c.id = x.customer_id", "coalesce(c.branch_id, x.branch_id)", "x.state = 'open' AND x.deleted_at = 0", []string{"clerk", "owner"}, ""},
	{"case", "cases", "user_id", "cases x LEFT JOIN customers c ON c.id = x.customer_id", "coalesce(c.branch_id, x.branch_id)", "x.step <> 'closed' AND x.deleted_at = 0", []string{"clerk", "owner"}, ""},
}

// HandoverKinds are the words of the kinds of work, in the order of a page.
func HandoverKinds() []string {
	var out []string
	for _, k := range handoverKinds {
		out = append(out, k.word)
	}
	return out
}

// HandoverFollows says whether the kind goes with the client.
func HandoverFollows(kind string) bool { return len(kindOf(kind).follows) > 0 }

func kindOf(word string) workKind {
	i := slices.IndexFunc(handoverKinds, func(k workKind) bool { return k.word == word })
	if i < 0 {
		return workKind{}
	}
	return handoverKinds[i]
}

// work is one piece of what a person holds.
type work struct {
	kind                             string
	row, customer, branch, owner     int64 // customer 0 = none: a to-do about a parcel of a stranger
	city, placeCode, class, district string
}

// heldSQL selects what a person holds of a kind within branches, in the order
// in which it is dealt out and printed; also clients in the recycle bin, which
// come back to whoever holds them.
func heldSQL(k workKind, person int64, branches []int64, all bool, limit int) cond {
	q := cond{`SELECT x.id, coalesce(c.id, 0), ` + k.branch + `, coalesce(c.owner_id, 0), coalesce(c.city_code, ''), coalesce(c.place_code, ''), coalesce(c.class, '') FROM ` + k.from +
		` WHERE x.` + k.column + ` = ? AND ` + k.open, []any{person}}
	if !all {
		q.text += " AND " + k.branch + " IN ("
		for i, b := range branches {
			if i > 0 {
				q.text += ", "
			}
			q.text += "?"
			q.args = append(q.args, b)
		}
		q.text += ")"
	}
	q.text += " ORDER BY CASE WHEN coalesce(c.class, '') = '' THEN 'D' ELSE c.class END, coalesce(c.city_code, ''), coalesce(c.place_code, ''), coalesce(c.name_key, ''), x.id LIMIT ?"
	q.args = append(q.args, limit)
	return q
}

// held reads what a person holds within the branches of a scope, up to the
// limit of one act and one more, kind by kind.
func (d *DB) held(ctx context.Context, q querier, scope policy.Scope, person int64) ([]work, error) {
	branches, all := d.branchIDs(scope)
	if len(branches) == 0 {
		return nil, nil
	}
	var out []work
	for _, k := range handoverKinds {
		s := heldSQL(k, person, branches, all, HandoverLimit+1-len(out))
		rows, err := q.QueryContext(ctx, numberSQL(s.text), s.args...)
		if err != nil {
			return nil, fmt.Errorf("what user %d holds: %w", person, err)
		}
		defer rows.Close()
		for rows.Next() {
			w := work{kind: k.word}
			if err := rows.Scan(&w.row, &w.customer, &w.branch, &w.owner, &w.city, &w.placeCode, &w.class); err != nil {
				return nil, fmt.Errorf("what user %d holds: %w", person, err)
			}
			if w.placeCode != w.city {
				w.district = w.placeCode
			}
			out = append(out, w)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("what user %d holds: %w", person, err)
		}
	}
	return out, nil
}

// Holding is what a person holds of a kind, within the reader's reach: how
// much, and how it is spread over the groups of each rule ("" for the rest).
type Holding struct {
	Kind   string
	Count  int
	Groups map[handover.By]map[string]int
}

// Held is a leaver with what they hold and who may take it.
type Held struct {
	User      User
	Work      []Holding  // a line for each kind, also when it is none
	More      bool       // more than one act moves
	Elsewhere bool       // holds work at branches beyond the reader's reach
	Running   int        // imports and exports still running in the person's name; they end by themselves
	Waiting   int        // imports that the person brought and has not taken over: another brings the file again
	Requests  int        // requests of persons about their data that they answered last, still open: anybody with the right goes on
	Duties    []HeldDuty // areas that the person is responsible for, within the reader's reach: given on at the branch
	Takers    []Taker    // by branch and name
}

// HeldDuty is an area of a branch that somebody is responsible for.
type HeldDuty struct {
	Branch int64
	Area   string
}

func (d *DB) heldDuties(ctx context.Context, scope policy.Scope, id int64) ([]HeldDuty, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT branch_id, area FROM branch_duties WHERE user_id = $1 ORDER BY branch_id, area`, id)
	if err != nil {
		return nil, fmt.Errorf("duties of user %d: %w", id, err)
	}
	defer rows.Close()
	var out []HeldDuty
	for rows.Next() {
		var x HeldDuty
		if err := rows.Scan(&x.Branch, &x.Area); err != nil {
			return nil, fmt.Errorf("duties of user %d: %w", id, err)
		}
		if scope.SeesBranch(d.Chain(x.Branch)) {
			out = append(out, x)
		}
	}
	return out, rows.Err()
}

func (d *DB) holdsElsewhere(ctx context.Context, scope policy.Scope, id int64) (bool, error) {
	for _, column := range []string{
		`SELECT DISTINCT branch_id FROM customers WHERE owner_id = $1`,
		`SELECT DISTINCT branch_id FROM customers WHERE clerk_id = $1`,
		`SELECT DISTINCT branch_id FROM todos WHERE user_id = $1 AND state = 'open' AND customer_id IS NULL AND deleted_at = 0`,
	} {
		rows, err := d.r.QueryContext(ctx, column, id)
		if err != nil {
			return false, fmt.Errorf("branches of user %d: %w", id, err)
		}
		defer rows.Close()
		for rows.Next() {
			var branch int64
			if err := rows.Scan(&branch); err != nil {
				return false, fmt.Errorf("branches of user %d: %w", id, err)
			}
			if !scope.SeesBranch(d.Chain(branch)) {
				return true, nil
			}
		}
		if err := rows.Err(); err != nil {
			return false, fmt.Errorf("branches of user %d: %w", id, err)
		}
	}
	return false, nil
}

func (w work) client() handover.Client {
	return handover.Client{Branch: w.branch, City: w.city, District: w.district, Class: w.class}
}

func branchesOf(list []work) []int64 {
	seen := map[int64]bool{}
	for _, w := range list {
		seen[w.branch] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
