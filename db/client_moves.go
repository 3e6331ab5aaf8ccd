package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"yike/policy/monthend"
)

// holdHistories lets nobody else write histories of a branch meanwhile; it is
// errMoved when somebody did since a version (0: never mind).
func (tx *Tx) holdHistories(ctx context.Context, branch, version int64) error {
	step := 0
	if version == 0 {
		step = 1
	}
	if _, err := tx.exec(ctx, `UPDATE client_history_runs SET version = version + $2 WHERE branch_id = $1`, branch, step); err != nil {
		return fmt.Errorf("hold histories of branch %d: %w", branch, err)
	}
	if version == 0 {
		return nil
	}
	run, err := historyRunOf(ctx, tx, branch)
	if err == nil && run.version != version {
		err = errMoved
	}
	return err
}

const setHistory = `INSERT INTO client_histories (branch_id, customer_id, packed) VALUES ($1, $2, $3) ON CONFLICT (branch_id, customer_id) DO UPDATE SET packed = excluded.packed`

// writeHistories writes histories that changed, with what is counted of them in
// the months that are counted already.
func (tx *Tx) writeHistories(ctx context.Context, branch int64, run historyRun, list []kept) error {
	if err := tx.holdHistories(ctx, branch, run.version); err != nil {
		return err
	}
	moves := monthend.Counts{}
	for i := range list {
		k := &list[i]
		if _, err := tx.exec(ctx, setHistory, branch, k.customer, k.now.String()); err != nil {
			return fmt.Errorf("history of customer %d: %w", k.customer, err)
		}
		moves.Count(&k.was, run.first, run.month, -1)
		moves.Count(&k.now, run.first, run.month, 1)
	}
	return tx.addMoves(ctx, branch, moves)
}

const setMoves = `INSERT INTO client_moves (dim, month, branch_id, counts) VALUES ($1, $2, $3, $4) ON CONFLICT (dim, month, branch_id) DO UPDATE SET counts = excluded.counts`

// addMoves adds counts to those of a branch, whose histories are held.
func (tx *Tx) addMoves(ctx context.Context, branch int64, moves monthend.Counts) error {
	for k, add := range moves {
		if len(add) == 0 {
			continue
		}
		err := eachOf(ctx, tx, `SELECT counts FROM client_moves WHERE dim = $1 AND month = $2 AND branch_id = $3`, []any{k.Dim, k.Month, branch}, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			return monthend.Unpack(text, add)
		})
		if err == nil {
			_, err = tx.exec(ctx, setMoves, k.Dim, k.Month, branch, monthend.Pack(add))
		}
		if err != nil {
			return fmt.Errorf("moves of branch %d: %w", branch, err)
		}
	}
	return nil
}

// movedHistories are the counts of a branch that an act changes by clients who
// come or go; they are written at its end.
type movedHistories struct {
	run   historyRun
	moves monthend.Counts
}

func (tx *Tx) movedOf(ctx context.Context, branch int64) (*movedHistories, error) {
	if m := tx.moved[branch]; m != nil {
		return m, nil
	}
	m := &movedHistories{moves: monthend.Counts{}}
	err := tx.holdHistories(ctx, branch, 0)
	if err == nil {
		m.run, err = historyRunOf(ctx, tx, branch)
	}
	if tx.moved == nil {
		tx.moved = map[int64]*movedHistories{}
	}
	tx.moved[branch] = m
	return m, err
}

// takeHistory takes the history of a client out of a branch and puts it into
// another (0: into none); each counts its own months.
func (tx *Tx) takeHistory(ctx context.Context, customer, from, to int64) error {
	left, err := tx.movedOf(ctx, from)
	if err != nil {
		return err
	}
	come, err := tx.movedOf(ctx, to)
	if err != nil {
		return err
	}
	var k kept
	err = eachOf(ctx, tx, `SELECT packed FROM client_histories WHERE branch_id = $1 AND customer_id = $2`, []any{from, customer}, func(scan func(...any) error) error {
		if err := scan(&k.text); err != nil {
			return err
		}
		var err error
		k.now, err = monthend.Parse(k.text)
		return err
	})
	if err != nil || k.text == "" {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM client_histories WHERE branch_id = $1 AND customer_id = $2`, from, customer); err != nil {
		return err
	}
	k.count(left, -1)
	if come.run.month == 0 { // nobody's history is kept there yet
		return nil
	}
	k.count(come, 1)
	_, err = tx.exec(ctx, setHistory, to, customer, k.text)
	return err
}

func (k *kept) count(m *movedHistories, n int64) {
	if m.run.month > 0 {
		m.moves.Count(&k.now, m.run.first, m.run.month, n)
	}
}

// flushMoved writes the counts of branches whose clients an act moved.
func (tx *Tx) flushMoved(ctx context.Context) error {
	for _, branch := range slices.Sorted(maps.Keys(tx.moved)) {
		if err := tx.addMoves(ctx, branch, tx.moved[branch].moves); err != nil {
			return err
		}
	}
	return nil
}

// differingHistories counts what is counted of histories otherwise than they
// say, and histories that stand in a branch that is not their client's.
func (d *DB) differingHistories(ctx context.Context) (wrong int, err error) {
	var branches []int64
	err = d.eachRow(ctx, `SELECT branch_id FROM client_history_runs WHERE month > 0 ORDER BY branch_id`, nil, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		branches = append(branches, id)
		return err
	})
	for _, branch := range branches {
		if err == nil {
			err = d.differingMoves(ctx, branch, &wrong)
		}
	}
	if err != nil {
		return wrong, fmt.Errorf("recount histories: %w", err)
	}
	return wrong, nil
}

func (d *DB) differingMoves(ctx context.Context, branch int64, wrong *int) error {
	tx, err := d.snapshot(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	run, err := historyRunOf(ctx, tx, branch)
	if err != nil {
		return err
	}
	counted := monthend.Counts{}
	err = eachOf(ctx, tx, `SELECT h.packed, h.branch_id = coalesce(c.branch_id, 0) FROM client_histories h LEFT JOIN customers c ON c.id = h.customer_id WHERE h.branch_id = $1`, []any{branch}, func(scan func(...any) error) error {
		var text string
		var there bool
		if err := scan(&text, &there); err != nil {
			return err
		}
		if !there {
			*wrong++
		}
		h, err := monthend.Parse(text)
		counted.Count(&h, run.first, run.month, 1)
		return err
	})
	if err != nil {
		return err
	}
	err = eachOf(ctx, tx, `SELECT dim, month, counts FROM client_moves WHERE branch_id = $1 AND month >= $2`, []any{branch, run.first}, func(scan func(...any) error) error {
		var k monthend.Key
		var text string
		if err := scan(&k.Dim, &k.Month, &text); err != nil {
			return err
		}
		stored := map[monthend.Move]int64{}
		if err := monthend.Unpack(text, stored); err != nil {
			return err
		}
		if !maps.Equal(stored, counted[k]) && len(stored)+len(counted[k]) > 0 {
			*wrong++
		}
		delete(counted, k)
		return nil
	})
	for _, left := range counted {
		if len(left) > 0 {
			*wrong++
		}
	}
	return err
}
