package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yike/policy/casework"
)

// holder is who has a case on their hands, 0 nobody: it is closed, in the bin or
// waits to be given to somebody.
func (c *Case) holder() int64 {
	if c.Step == casework.Closed || c.DeletedAt != 0 {
		return 0
	}
	return c.UserID
}

// moveLoad counts an open case from one person to another; 0 is nobody. Whatever
// writes who has a case calls it in its transaction.
func (tx *Tx) moveLoad(ctx context.Context, from, to int64) error {
	if from == to {
		return nil
	}
	both := [][2]int64{{from, -1}, {to, 1}}
	if from > to {
		slices.Reverse(both) // always in the same order, so that two who hand over wait for each other at most
	}
	for _, x := range both {
		if x[0] == 0 {
			continue
		}
		if _, err := tx.exec(ctx, `INSERT INTO case_loads (user_id, open_cases) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET open_cases = case_loads.open_cases + excluded.open_cases`, x[0], x[1]); err != nil {
			return fmt.Errorf("open cases of %d: %w", x[0], err)
		}
	}
	return nil
}

// loadOf is how many open cases people have, and whether they were seen since an
// instant.
func (d *DB) loadOf(ctx context.Context, q querier, people []int64, since time.Time) (map[int64]casework.Person, error) {
	out := map[int64]casework.Person{}
	if len(people) == 0 {
		return out, nil
	}
	ids := slices.Clone(people)
	for len(ids)%8 != 0 {
		ids = append(ids, 0) // few lengths, so that the statement is kept
	}
	err := eachOf(ctx, q, d.amongSQL(`SELECT u.id, coalesce((SELECT l.open_cases FROM case_loads l WHERE l.user_id = u.id), 0), coalesce((SELECT MAX(s.seen_at) FROM sessions s WHERE s.user_id = u.id), 0)
		FROM users u WHERE u.id `, 1, len(ids), ``), idArgs(ids), func(scan func(...any) error) error {
		var id, open, seen int64
		err := scan(&id, &open, &seen)
		out[id] = casework.Person{Open: int(open), Here: seen >= since.UnixMilli()}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open cases of people: %w", err)
	}
	return out, nil
}

// keptLoads and countedLoads are how many open cases people have, as kept and as
// they are.
const (
	keptLoads    = `SELECT user_id, open_cases FROM case_loads WHERE open_cases <> 0`
	countedLoads = `SELECT user_id, COUNT(*) FROM cases WHERE user_id IS NOT NULL AND step <> 'closed' AND deleted_at = 0 GROUP BY user_id`
)

// CheckCaseLoads holds what is kept of people's open cases against a recount.
func (d *DB) CheckCaseLoads(ctx context.Context) ([]string, error) {
	var n int64
	if err := d.r.QueryRowContext(ctx, differSQL(keptLoads, countedLoads)).Scan(&n); err != nil {
		return nil, fmt.Errorf("recount open cases: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	return []string{fmt.Sprintf("case_loads: %d rows differ from the open cases", n)}, nil
}
