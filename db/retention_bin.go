package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// binNight is how many clients one night takes out of the recycle bin for good:
// of each the texts of all files are read for who is named in them.
const binNight = 100

// The recycle bin is an archive by itself: no list, search or export reads it,
// and who may bring a client back does. What is too old in it is erased as if
// the person had asked for it, but not a file that went into another: its name
// and numbers are the other's, and it lives as long as that.
const (
	binned       = `deleted_at > 0 AND erased_at = 0 AND ` + goneIntoNone
	goneIntoNone = `NOT EXISTS (SELECT 1 FROM merges m JOIN customers k ON k.id = m.kept_id WHERE m.gone_id = customers.id AND m.undone_at = 0 AND k.erased_at = 0)`
)

func (d *DB) overdueBin(ctx context.Context, q querier, at keptAt, before day.Day) ([]keptRow, error) {
	var out []keptRow
	err := eachOf(ctx, q, `SELECT id, deleted_at FROM customers WHERE `+binned+` AND (deleted_at, id) > ($1, $2) AND deleted_at < $3 ORDER BY deleted_at, id LIMIT 50`,
		[]any{at.at, at.id, dayStart(before)}, func(scan func(...any) error) error {
			var r keptRow
			err := scan(&r.id, &r.at)
			r.row, r.customer, r.day = r.id, r.id, Day(timeOf(r.at))
			out = append(out, r)
			return err
		})
	return out, err
}

// emptyBinSome erases the next clients whose time in the bin is over, each in
// an act of its own.
func (d *DB) emptyBinSome(ctx context.Context, by policy.Actor, k *keptKind, version int64, at keptAt, before day.Day) (b batch, err error) {
	list, err := d.overdueBin(ctx, d.r, at, before)
	if err != nil {
		return b, err
	}
	b.end = len(list) < keptBatch
	for _, r := range list {
		b.at = keptAt{r.day, r.at, r.id}
		_, err := d.eraseNow(ctx, by, "retention.erase", target{customer: r.id}, func(tx *Tx, _ *erasing) error {
			return d.mayLeaveBin(ctx, tx, k.kind, version, r)
		}, 0)
		switch {
		case errors.Is(err, errHeldBack):
			b.held++
		case errors.Is(err, errDoneBefore), errors.Is(err, ErrNotFound): // brought back, or done by the other node
		case err != nil:
			return b, fmt.Errorf("client %d: %w", r.id, err)
		default:
			b.done++
		}
	}
	return b, nil
}

// errHeldBack: something holds the row.
var errHeldBack = errors.New("held")

// mayLeaveBin looks in the act itself whether the client is still in the bin
// since then and nothing holds it, and notes it in the night's record.
func (d *DB) mayLeaveBin(ctx context.Context, tx *Tx, kind retention.Kind, version int64, r keptRow) error {
	if err := tx.holdRetention(ctx); err != nil {
		return err
	}
	var since, erased int64
	if err := tx.QueryRowContext(ctx, `SELECT deleted_at, erased_at FROM customers WHERE id = $1`, r.id).Scan(&since, &erased); err != nil {
		return err
	}
	if since != r.at || erased != 0 {
		return errDoneBefore
	}
	free, err := d.freeOf(ctx, tx, kind, []keptRow{r})
	if err != nil {
		return err
	}
	if len(free) == 0 {
		return errHeldBack
	}
	return tx.noteKept(ctx, string(kind), StageDestroyed, version, free, nil)
}

func (d *DB) countBin(ctx context.Context, today day.Day, s *KindState) error {
	const in = `SELECT count(*) FROM (SELECT 1 FROM customers WHERE ` + binned + ` AND deleted_at < $1 LIMIT 100001) x`
	for _, c := range []struct {
		into *int64
		at   int64
	}{
		{&s.Archived, dayStart(day.Last)},
		{&s.DestroyDue, dayStart(retention.Before(today, s.Term.Destroy))},
		{&s.DestroySoon, dayStart(retention.Before(today.Add(KeptSoon), s.Term.Destroy))},
	} {
		if err := d.r.QueryRowContext(ctx, in, c.at).Scan(c.into); err != nil {
			return err
		}
	}
	return nil
}
