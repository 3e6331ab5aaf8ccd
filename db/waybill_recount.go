package db

import (
	"context"
	"errors"
	"fmt"
)

// differingSums counts the sums of branches that are not those of their
// waybills: one branch after the other, each at one instant, since somebody may
// be writing parcels. Its rows are read once, whatever they are told apart by.
func (d *DB) differingSums(ctx context.Context) (wrong int, err error) {
	rows, err := d.r.QueryContext(ctx, `SELECT id FROM branches ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("recount: %w", err)
	}
	defer rows.Close()
	var branches []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return 0, fmt.Errorf("recount: %w", err)
		}
		branches = append(branches, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("recount: %w", err)
	}
	for _, id := range branches {
		n, err := d.differingIn(ctx, id)
		if err != nil {
			return wrong, fmt.Errorf("recount branch %d: %w", id, err)
		}
		wrong += n
	}
	return wrong, nil
}

// differingIn counts those of one branch.
func (d *DB) differingIn(ctx context.Context, branch int64) (wrong int, err error) {
	tx, err := d.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()                 //nolint:errcheck // nothing was written
	plain := context.WithoutCancel(ctx) // one that can end would cost the driver a goroutine for each row
	counted, err := countedSums(ctx, plain, tx, branch)
	if err != nil {
		return 0, err
	}
	rows, err := tx.QueryContext(plain, `SELECT period, dim, value, waybills, pieces, freight_fen, weight_g, signed, exceptions FROM waybill_sums WHERE branch_id = $1`, branch)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		k, c := sumKey{branch: branch}, shipped{}
		if err := rows.Scan(&k.period, &k.dim, &k.value, &c.Waybills, &c.Pieces, &c.Freight, &c.Weight, &c.Signed, &c.Exceptions); err != nil {
			return 0, err
		}
		if is, have := counted[k]; !have || is != c {
			wrong++
		}
		delete(counted, k)
	}
	return wrong + len(counted), rows.Err()
}

// countedSums works the sums of a branch out of its parcels.
func countedSums(ctx, plain context.Context, q querier, branch int64) (map[sumKey]shipped, error) {
	rows, err := q.QueryContext(plain, `SELECT sent_day, product, payment, province, state, exception, pieces, freight_fen, weight_g FROM waybills WHERE branch_id = $1`, branch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	t := newTally()
	for n := 1; rows.Next(); n++ {
		w := Waybill{BranchID: branch}
		if err := rows.Scan(&w.SentDay, &w.Product, &w.Payment, &w.Province, &w.State, &w.Exception, &w.Pieces, &w.Freight, &w.Weight); err != nil {
			return nil, err
		}
		t.one(&w, 1)
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return t.sums(), rows.Err()
}
