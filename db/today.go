package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// Load is how much open work lies with one person or at one branch.
type Load struct {
	ID                                 int64 // of the person or the branch; 0 = nobody's yet
	Cases, LateCases, Todos, LateTodos int
}

// Late is how much of it is overdue.
func (l Load) Late() int { return l.LateCases + l.LateTodos }

// LoadBy says by what open work is counted.
type LoadBy string

// The two ways.
const (
	LoadByPerson LoadBy = "person"
	LoadByBranch LoadBy = "branch"
)

// What counts open work: of cases and of to-dos. LATE is when it was due at
// the latest, WHERE what the actor sees.
var (
	loadsByPerson = [2]string{
		`SELECT coalesce(e.user_id, 0), COUNT(*), CAST(SUM(CASE WHEN e.due < LATE THEN 1 ELSE 0 END) AS BIGINT) FROM cases e WHERE GROUP BY e.user_id`,
		`SELECT coalesce(t.user_id, 0), COUNT(*), CAST(SUM(CASE WHEN t.due < LATE THEN 1 ELSE 0 END) AS BIGINT) FROM todos t LEFT JOIN customers c ON c.id = t.customer_id WHERE GROUP BY t.user_id`,
	}
	loadsByBranch = [2]string{
		`SELECT e.branch_id, COUNT(*), CAST(SUM(CASE WHEN e.due < LATE THEN 1 ELSE 0 END) AS BIGINT) FROM cases e WHERE GROUP BY e.branch_id`,
		`SELECT t.branch_id, COUNT(*), CAST(SUM(CASE WHEN t.due < LATE THEN 1 ELSE 0 END) AS BIGINT) FROM todos t LEFT JOIN customers c ON c.id = t.customer_id WHERE GROUP BY t.branch_id`,
	}
)

// Loads counts the open cases and to-dos that the actor sees, the one with most
// overdue work first. A case is late when a promised time is over, a to-do
// after its day.
func (d *DB) Loads(ctx context.Context, by policy.Actor, per LoadBy) ([]Load, error) {
	have := map[int64]*Load{}
	count := func(q cond, note func(l *Load, open, late int)) error {
		rows, err := d.query(ctx, q)
		if err != nil {
			return fmt.Errorf("open work: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var open, late int
			if err := rows.Scan(&id, &open, &late); err != nil {
				return fmt.Errorf("open work: %w", err)
			}
			if have[id] == nil {
				have[id] = &Load{ID: id}
			}
			note(have[id], open, late)
		}
		return rows.Err()
	}
	cases, todos := loadsByPerson[0], loadsByPerson[1]
	if per == LoadByBranch {
		cases, todos = loadsByBranch[0], loadsByBranch[1]
	}
	if err := count(loadsSQL(cases, d.casesWhere(by, CaseFilter{}), d.now().UnixMilli()), func(l *Load, open, late int) { l.Cases, l.LateCases = open, late }); err != nil {
		return nil, err
	}
	if err := count(loadsSQL(todos, d.todosWhere(by, TodoFilter{}), Day(d.now())), func(l *Load, open, late int) { l.Todos, l.LateTodos = open, late }); err != nil {
		return nil, err
	}
	out := make([]Load, 0, len(have))
	for _, l := range have {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Load) int {
		if x := b.Late() - a.Late(); x != 0 {
			return x
		}
		if x := b.Cases + b.Todos - a.Cases - a.Todos; x != 0 {
			return x
		}
		return int(a.ID - b.ID)
	})
	return out, nil
}

// loadsSQL puts into one of the statements above what the actor sees and by when
// work was due.
func loadsSQL(text string, c conditions, late any) cond {
	args := append(slices.Clone(c.args), late)
	return cond{strings.NewReplacer("LATE", "$"+strconv.Itoa(len(args)), "WHERE", c.whereSQL()).Replace(text), args}
}

// ShippedOn counts the parcels that were sent on each of the days at the
// branches that the scope sees whole, cancelled ones too. A day without any is
// not in the map.
func (d *DB) ShippedOn(ctx context.Context, scope policy.Scope, days ...string) (map[string]int64, error) {
	out := map[string]int64{}
	list, all := d.branchIDs(scope)
	where := condOf("1 = 1")
	switch {
	case all:
	case len(list) == 0:
		return out, nil
	default:
		where = manySQL("b.id", list)
	}
	q := cond{`SELECT w.period, CAST(SUM(w.waybills) AS BIGINT) FROM branches b JOIN waybill_sums w ON w.branch_id = b.id AND w.dim = '' AND w.value = ''
		WHERE ` + where.text, where.args}
	q.text += ` AND w.period IN (?` + strings.Repeat(", ?", len(days)-1) + `) GROUP BY w.period`
	for _, day := range days {
		q.args = append(q.args, day)
	}
	rows, err := d.query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("parcels by day: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var day string
		var n int64
		if err := rows.Scan(&day, &n); err != nil {
			return nil, fmt.Errorf("parcels by day: %w", err)
		}
		out[day] = n
	}
	return out, rows.Err()
}
