package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yike/policy"
)

// A bill is written in parts on SQLite, so that nobody waits for the writer.
// Each part is whole: parcels, senders and sums in one transaction, so that the
// sums equal a recount whenever anybody looks. Unlike a file of customers its
// parcels are seen as they come, since whoever moves, merges or erases a client
// meanwhile must find them; what a bill that fails or is cancelled has written
// is taken back, and one that was cut off goes on where it stopped.

// applyWaybills takes the accepted rows of a bill. The new parcels have ids of
// one block, which is noted, so that they need no change record each;
// corrections leave one with what stood before.
func (d *DB) applyWaybills(ctx context.Context, by policy.Actor, m Import, p *importProgress, feed *BillFeed) error {
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return err
	}
	defer room()
	if feed == nil {
		p.total.Store(m.Rows())
	}
	from, err := d.PersonsFrom(ctx)
	if err != nil {
		return err
	}
	rule, _, err := d.TrackingRule(ctx, m.BranchID, Day(d.now()))
	if err != nil {
		return err
	}
	a := &billApply{db: d, by: by, m: m, p: p, from: from, watched: Day(d.now().AddDate(0, 0, -rule.Days)), fill: newFilling(), feed: feed}
	if feed == nil && m.run.From == 0 && (d.postgres || m.Creates+m.Updates <= firstPart) {
		err = a.atOnce(ctx)
	} else {
		err = a.inParts(ctx)
	}
	if errors.Is(err, ErrTaken) {
		err = fmt.Errorf("%w: %w", ErrImportStale, err) // another bill has brought one of the numbers
	}
	switch {
	case err == nil:
		d.refreshStatistics(ctx, int(a.m.Creates+a.m.Updates))
	case a.m.run.From != 0 && (ctx.Err() == nil || errors.Is(context.Cause(ctx), ErrCancelled)):
		return errors.Join(err, d.rollBack(context.WithoutCancel(ctx), a.m, p))
	}
	return err
}

// billApply takes one bill.
type billApply struct {
	db *DB
	by policy.Actor
	m  Import
	p  *importProgress

	from    string // day before which parcels name no persons
	watched string // day from which on parcels are looked at that something is wrong with
	fill    *filling
	kept    map[monthKey]*keptMonth // see tally
	feed    *BillFeed               // of a bill that is written while it is judged
}

// atOnce writes every row in one transaction.
func (a *billApply) atOnce(ctx context.Context) error {
	run := importRun{idBlock: a.db.ids.block(a.db.now(), a.m.Rows())}
	return a.db.act(ctx, a.by, "imports.apply", func(tx *Tx) error {
		rows, stop := a.db.billRows(ctx, a.m, 0) // from the first, also when PostgreSQL asks for it again
		defer stop()
		s := &supply{rows: rows}
		b, err := a.billing(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := b.note(ctx, a.m.ID, run.idBlock); err != nil {
			return err
		}
		for {
			if err := s.gather(ctx, 1); err != nil {
				return err
			}
			more, err := b.next(ctx, s)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			s.written()
		}
		if err := b.end(ctx); err != nil {
			return err
		}
		return a.applied(ctx, tx, 0, tx.audit.id)
	})
}

// inParts writes the rows in parts, from where an earlier run stopped.
func (a *billApply) inParts(ctx context.Context) error {
	d := a.db
	if a.m.run.From == 0 {
		if err := a.begin(ctx); err != nil {
			return err
		}
	}
	c, err := d.checkpoints(ctx)
	if err != nil {
		return err
	}
	defer c.end()
	at := a.m.runDone
	s := &supply{}
	if a.feed != nil {
		s.rows = a.feed.out
	} else {
		rows, stop := d.billRows(ctx, a.m, at)
		defer stop()
		s.rows = rows
	}
	a.kept = map[monthKey]*keptMonth{}
	var ending time.Duration
	for most, last, part := 1, 1, 1; ; most, part = min(most*2, mostGathered*100), part+1 { // steps of a part: nobody knows yet how long one takes
		// What the part will have time for is waited for before it holds the writer.
		if err := s.gather(ctx, min(most, last, mostGathered)); err != nil {
			return err
		}
		if len(s.held) == 0 && s.over {
			break
		}
		var first int64
		var wrote time.Time
		to := at
		err := d.act(ctx, a.by, "imports.part", func(tx *Tx) error {
			b, err := a.billing(ctx, tx, a.m.run)
			if err != nil {
				return err
			}
			s.at = 0 // also when the part is asked for again
			for began, n := time.Now(), 1; ; n++ {
				more, err := b.next(ctx, s)
				if err != nil {
					return err
				}
				if !more || n >= most || time.Since(began) > max(d.billTime-ending, d.billTime/4) {
					break
				}
			}
			wrote = time.Now()
			to = max(at, b.at)
			if err := b.end(ctx); err != nil {
				return err
			}
			tx.about(a.m.BranchID, a.m.ID)
			if first = a.m.ApplyAudit; at == 0 {
				first = tx.audit.id
			}
			return tx.partDone(ctx, a.m.ID, `apply_audit = $3, run_done = $4`, at, first, to)
		})
		if err != nil {
			return err
		}
		ending = time.Since(wrote)
		a.m.runDone, a.m.ApplyAudit, at = to, first, to
		last = s.written()
		// The pages that every part writes anew are written back once for several.
		if part%partsBack == 0 || s.over {
			if err := c.now(ctx); err != nil {
				return err
			}
		}
		if !s.over {
			time.Sleep(letIn)
		}
	}
	if a.feed != nil {
		a.m.Creates, a.m.Updates, a.m.Skips, a.m.Faults = a.feed.counts[0], a.feed.counts[1], a.feed.counts[2], a.feed.counts[3]
	}
	return d.act(ctx, a.by, "imports.apply", func(tx *Tx) error { return a.applied(ctx, tx, at, a.m.ApplyAudit) })
}

// billTime is for how long a part of a bill should hold the writer. What is not
// writing of parcels (the sums, the commit) costs nearly the same for many as
// for few; it is taken to be what it was in the part before.
const billTime = 400 * time.Millisecond

// letIn is the pause behind each part in which a writer of another process comes
// in, which looks every lookEvery at the least, and mostly sooner. Those of this
// one stand in a queue and need none.
const letIn = 15 * time.Millisecond

// partsBack is after how many parts the log is written back.
const partsBack = 3

// begin notes the ids that the parts will give, for whoever takes the bill up
// again or back.
func (a *billApply) begin(ctx context.Context) error {
	ids := a.m.Rows()
	if a.feed != nil {
		ids = MaxBillRows // nobody has counted them yet
	}
	run := importRun{idBlock: a.db.ids.block(a.db.now(), ids)}
	text, err := toJSON(run)
	if err != nil {
		return err
	}
	err = a.db.write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `UPDATE imports SET run = $2, run_done = 0, apply_audit = 0, undo = '' WHERE id = $1 AND state = 'applying' AND run = ''`, a.m.ID, text)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("begin import %d: %w", a.m.ID, err)
		}
		return tx.note(ctx, a.m.ID, run.idBlock)
	})
	if err == nil {
		a.m.run, a.m.runDone, a.m.ApplyAudit = run, 0, 0
	}
	return err
}

// note keeps which ids a bill gives to its parcels.
func (tx *Tx) note(ctx context.Context, id int64, block idBlock) error {
	if _, err := tx.exec(ctx, `INSERT INTO waybill_imports (import_id, first_id, last_id) VALUES ($1, $2, $3)`, id, block.From, block.To); err != nil {
		return fmt.Errorf("ids of import %d: %w", id, err)
	}
	return nil
}

// applied ends the import, of which rows up to done were noted.
func (a *billApply) applied(ctx context.Context, tx *Tx, done, audit int64) error {
	tx.about(a.m.BranchID, a.m.ID)
	tx.detail(map[string]any{"file": a.m.FileName, "kind": a.m.Kind, "create": a.m.Creates, "update": a.m.Updates, "skip": a.m.Skips, "error": a.m.Faults})
	return tx.partDone(ctx, a.m.ID, `apply_audit = $3, run_done = 0, run = '', undo = '', state = 'applied', applied_at = $4, updated_at = $4, version = version + 1`, done, audit, tx.now())
}

// partDone notes a part of an import that nobody else has carried further.
func (tx *Tx) partDone(ctx context.Context, id int64, set string, from int64, args ...any) error {
	n, err := tx.exec(ctx, partDoneSQL(set), append([]any{id, from}, args...)...)
	if err != nil {
		return fmt.Errorf("apply import %d: %w", id, err)
	}
	if n == 0 {
		return fmt.Errorf("import %d is applied by somebody else: %w", id, ErrConflict)
	}
	return nil
}
