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
