package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/monthend"
)

// wideBranches are the branches whose clients a report counts: those of a scope
// that sees whole branches, of one and those below it or of all; none for who
// sees single clients only.
func (d *DB) wideBranches(scope policy.Scope, branch int64) []int64 {
	if r := d.reach(scope, branch); !r.empty {
		return r.branches
	}
	return nil
}

// HistorySpan says of which months histories of clients are counted for the
// branches that a scope sees; 0 where none are.
func (d *DB) HistorySpan(ctx context.Context, scope policy.Scope, branch int64) (first, last int32, err error) {
	list := d.wideBranches(scope, branch)
	if len(list) == 0 {
		return 0, 0, nil
	}
	// The last month is the one that every open branch has: a night that was cut off
	// tells of no company that lost half its clients.
	in := manySQL("r.branch_id", list)
	err = d.one(ctx, cond{`SELECT coalesce(MIN(r.first), 0), coalesce(MIN(CASE WHEN b.active THEN r.month END), MAX(r.month), 0) FROM client_history_runs r JOIN branches b ON b.id = r.branch_id
		WHERE r.month > 0 AND ` + in.text, in.args}, &first, &last)
	if err != nil {
		return 0, 0, fmt.Errorf("months of histories: %w", err)
	}
	return first, last, nil
}

// ClientMoves are the moves of the clients of the branches that a scope sees, of
// a branch and those below it or of all, by month; nothing for who sees single
// clients only.
func (d *DB) ClientMoves(ctx context.Context, scope policy.Scope, branch int64, dim string, first, last int32) (map[int32]map[monthend.Move]int64, error) {
	out := map[int32]map[monthend.Move]int64{}
	for m := first; m <= last; m++ {
		out[m] = map[monthend.Move]int64{}
	}
	err := d.eachMoves(ctx, d.wideBranches(scope, branch), dim, first, last, func(month int32, _ int64, text string) error { return monthend.Unpack(text, out[month]) })
	return out, err
}

// eachMoves seeks the counts of branches: those of a company stand together.
func (d *DB) eachMoves(ctx context.Context, branches []int64, dim string, first, last int32, each func(month int32, branch int64, text string) error) error {
	if len(branches) == 0 {
		return nil
	}
	in := manySQL("branch_id", branches)
	if len(branches) > 40 {
		in = manySQL("+branch_id", branches)
	}
	q := cond{`SELECT month, branch_id, counts FROM client_moves WHERE dim = ? AND month >= ? AND month <= ? AND ` + in.text + ` ORDER BY month, branch_id`, append([]any{dim, first, last}, in.args...)}
	rows, err := d.query(ctx, q)
	if err != nil {
		return fmt.Errorf("moves of clients: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var month int32
		var branch int64
		var text string
		if err := rows.Scan(&month, &branch, &text); err != nil {
			return fmt.Errorf("moves of clients: %w", err)
		}
		if err := each(month, branch, text); err != nil {
			return err
		}
	}
	return rows.Err()
}

// MovedFilter says which clients a list of a report shows: those that made such
// moves in a month.
type MovedFilter struct {
	Branch      int64
	Key         monthend.Key
	Ask         monthend.Ask
	Skip, Limit int // Limit 0: all
}

// MovedClients are the ids of such clients, a branch after the other, as they
// are counted, and how many there are.
func (d *DB) MovedClients(ctx context.Context, scope policy.Scope, f MovedFilter) (ids []int64, n int64, err error) {
	type part struct{ branch, n int64 }
	var parts []part
	err = d.eachMoves(ctx, d.wideBranches(scope, f.Branch), f.Key.Dim, f.Key.Month, f.Key.Month, func(_ int32, branch int64, text string) error {
		counts := map[monthend.Move]int64{}
		if err := monthend.Unpack(text, counts); err != nil {
			return err
		}
		if k := f.Ask.Of(counts); k > 0 {
			parts, n = append(parts, part{branch, k}), n+k
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	skip := int64(f.Skip)
	for _, p := range parts {
		if skip >= p.n {
			skip -= p.n
			continue
		}
		most := 0
		if f.Limit > 0 {
			most = int(skip) + f.Limit - len(ids)
		}
		list, err := d.movedIn(ctx, p.branch, f, most)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, list[min(int(skip), len(list)):]...)
		skip = 0
		if f.Limit > 0 && len(ids) >= f.Limit {
			return ids[:f.Limit], n, nil
		}
	}
	return ids, n, nil
}

// movedIn are those of a branch, the first most of them (0: all).
func (d *DB) movedIn(ctx context.Context, branch int64, f MovedFilter, most int) (ids []int64, err error) {
	err = d.eachRow(ctx, `SELECT customer_id, packed FROM client_histories WHERE branch_id = $1 ORDER BY customer_id`, []any{branch}, func(scan func(...any) error) error {
		var id int64
		var text string
		if err := scan(&id, &text); err != nil {
			return err
		}
		h, err := monthend.Parse(text)
		if err == nil && f.Ask.Meant(&h, f.Key) {
			ids = append(ids, id)
		}
		if err == nil && most > 0 && len(ids) >= most {
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("clients of branch %d: %w", branch, err)
	}
	return ids, nil
}

// errEnough ends a reading that has what it looked for.
var errEnough = errors.New("enough")

// MonthOf is the number of a month in histories.
func MonthOf(m day.Day) int32 {
	year, month, _ := m.Date()
	return monthend.Number(year, int(month))
}
