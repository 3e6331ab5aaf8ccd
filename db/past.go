package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"yike/policy"
)

// PastAct is an act of the business that was done At, unix milliseconds. Do
// does it, by methods of DB with the context that it is given; where the
// transaction is tried again, it is asked again.
type PastAct struct {
	At int64
	Do func(context.Context) error
}

// relivedAtOnce is how many acts one transaction of Relive does.
const relivedAtOnce = 400

// Relive does acts on cases as if they were done in the past, each with all that
// it does at its time: rights are asked, clocks run, the ladder is climbed in
// between as the job would have, to-dos come and go. They have to come in the
// order of their times. It is for generated data: many acts share a transaction
// and its one audit record, and one that is refused ends it all; what was
// committed before stays. It answers how many were done. System only.
func (d *DB) Relive(ctx context.Context, by policy.Actor, acts iter.Seq[PastAct]) (done int, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	batch, last := make([]PastAct, 0, relivedAtOnce), int64(0)
	flush := func() bool {
		if len(batch) == 0 {
			return true
		}
		if err = d.relive(ctx, by, last, batch); err != nil {
			err = fmt.Errorf("relive: %w", err)
			return false
		}
		done, last, batch = done+len(batch), batch[len(batch)-1].At, batch[:0]
		return true
	}
	for a := range acts {
		if batch = append(batch, a); len(batch) == relivedAtOnce && !flush() {
			return done, err
		}
	}
	flush()
	return done, err
}

// relive does one batch, after last.
func (d *DB) relive(ctx context.Context, by policy.Actor, last int64, batch []PastAct) error {
	return d.act(ctx, by, "cases.load", func(tx *Tx) error {
		p, now := &past{tx, last}, tx.at
		tx.again = true
		tx.detail(map[string]any{"acts": len(batch)})
		detail := tx.audit.detail
		for _, a := range batch {
			if err := p.climb(ctx, by, a.At); err != nil {
				return err
			}
			p.goTo(a.At)
			if err := a.Do(p.in(ctx)); err != nil {
				return fmt.Errorf("at %s: %w", tx.at.In(Zone).Format(time.DateTime), err)
			}
		}
		tx.by, tx.at, tx.audit.detail = by, now, detail
		tx.about(0, 0)
		return nil
	})
}

// past is a transaction in which acts of the past are done, the last of them
// at an instant after which all others are.
type past struct {
	tx   *Tx
	last int64
}

// goTo is the present of the next act.
func (p *past) goTo(at int64) {
	p.last = max(p.last, at)
	p.tx.at = time.UnixMilli(p.last)
}

type pastKey struct{}

// in is the context by which an act is done in the past.
func (p *past) in(ctx context.Context) context.Context { return context.WithValue(ctx, pastKey{}, p) }

// pastOf is the past in which a context is, nil for the present.
func (d *DB) pastOf(ctx context.Context) *past {
	if p, ok := ctx.Value(pastKey{}).(*past); ok && p.tx.db == d {
		return p
	}
	return nil
}

// act is DB.act within the past's own transaction, which it does not end.
func (p *past) act(by policy.Actor, fn func(*Tx) error) error {
	p.tx.by = by
	return fn(p.tx)
}

// climb tells, minute by minute, those whom the ladder names that the time of
// cases ran out until an instant.
func (p *past) climb(ctx context.Context, by policy.Actor, until int64) error {
	const minute = 60_000
	for {
		var id, at int64
		stmt, err := p.tx.prepared(ctx, `SELECT id, ladder_at FROM cases WHERE ladder_at <= $1 AND step <> 'closed' AND deleted_at = 0 ORDER BY ladder_at, id LIMIT 1`)
		if err == nil {
			err = stmt.QueryRowContext(ctx, until-minute).Scan(&id, &at)
		}
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			p.goTo(at - at%minute + minute)
			_, err = p.tx.db.climbCase(p.in(ctx), by, id)
		}
		if err == nil {
			var again int64
			err = p.tx.QueryRowContext(ctx, `SELECT ladder_at FROM cases WHERE id = $1`, id).Scan(&again)
			if err == nil && again <= at {
				err = errors.New("its ladder is not climbed")
			}
		}
		if err != nil {
			return fmt.Errorf("ladder of case %d: %w", id, err)
		}
	}
}
