package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"yike/policy"
)

// A straight bill is written while it is judged, for a command that would take
// it in any case: a bill of millions of rows is done in the time that the
// slower of the two needs. Of its rows only those are staged, before they are
// written, of which there is something to say: the others are the parcels
// themselves. A run after one that was cut off judges the file again to know
// what that knew, and goes on behind what it has written. A bill that turns out
// to be none, or whose number another bill takes meanwhile, is taken back whole.

// BillFeed brings judged rows of a straight bill to who writes them.
type BillFeed struct {
	reader billReader
	done   int64 // rows that an earlier run has written
	out    chan billBatch
	once   sync.Once
	gone   chan struct{} // closed when nobody writes any more
	p      *importProgress
	counts [4]int64
}

// feedBatches is how many batches of billStep rows wait for the writer: what it
// writes in one part, so that it need not wait behind the judgement.
const feedBatches = 8

// BeginBill makes a straight bill that is to be judged one that is being taken,
// or takes one up whose run was cut off. One whose taking back was cut off is
// taken back, which is ErrCancelled.
func (d *DB) BeginBill(ctx context.Context, by policy.Actor, id int64) (m Import, feed *BillFeed, err error) {
	if m, err = d.Import(ctx, by.Scope(policy.ImportRun), id); err != nil {
		return m, nil, err
	}
	if m.run.Back {
		return m, nil, errors.Join(d.RollBackImport(ctx, by, id), ErrCancelled)
	}
	if m.State == "judging" {
		if err = d.ClearStage(ctx, id); err != nil {
			return m, nil, err
		}
		err = d.inImport(ctx, by, policy.ImportRun, "imports.start", id, m.Version, func(tx *Tx, m Import) error {
			if m.Kind != ImportWaybills || m.State != "judging" || d.postgres {
				return fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
			}
			if !by.Scope(policy.WaybillEdit).SeesBranch(d.Chain(m.BranchID)) {
				return fmt.Errorf("import %d: %w", id, ErrRefused)
			}
			if err := tx.mayStand(ctx, m.BranchID); err != nil {
				return err
			}
			return tx.setImport(ctx, m, `state = 'applying'`)
		})
		if err != nil {
			return m, nil, err
		}
		if m, err = d.Import(ctx, by.Scope(policy.ImportRun), id); err != nil {
			return m, nil, err
		}
	}
	if m.State != "applying" {
		return m, nil, fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
	}
	feed = &BillFeed{reader: billReader{db: d, m: m, midnights: map[string]int64{}}, out: make(chan billBatch, feedBatches), gone: make(chan struct{}), p: &importProgress{}}
	feed.done = m.runDone
	if _, err = d.fw.ExecContext(ctx, `DELETE FROM import_rows WHERE import_id = $1 AND n > $2`, id, feed.done); err != nil {
		return m, nil, fmt.Errorf("rows of import %d: %w", id, err)
	}
	return m, feed, nil
}

// Done is how many of the bill's rows an earlier run has written: they need
// only be read again. Those of them that are not staged were new and plain.
func (f *BillFeed) Done() int64 { return f.done }

// Give stages of the next rows those of which there is something to say, and
// hands over those that are to be written; it waits for the writer. That the
// writer has given up is no error here: TakeBill says it.
func (f *BillFeed) Give(ctx context.Context, list []ImportRow) error {
	var noted []ImportRow
	for i := range list {
		if list[i].Verdict != "create" || len(list[i].Reasons) > 0 {
			noted = append(noted, list[i])
		}
	}
	if len(noted) > 0 {
		if err := f.reader.db.StageRows(ctx, f.reader.m.ID, noted); err != nil {
			return err
		}
	}
	for len(list) > 0 {
		b := billBatch{rows: make([]billRow, 0, min(len(list), billStep))}
		for ; len(list) > 0 && len(b.rows) < billStep; list = list[1:] {
			r := &list[0]
			if r.Verdict != "create" && r.Verdict != "update" {
				continue
			}
			b.rows = append(b.rows, billRow{n: r.N, sheet: r.Sheet, row: r.Row, update: r.Verdict == "update", target: r.Target})
			to := &b.rows[len(b.rows)-1]
			if to.update {
				record := r.Record
				to.record = &record
				continue
			}
			s := saidOf(&r.Record)
			for i, v := range s.v {
				if strings.IndexByte(v, 0) >= 0 {
					s.v[i] = strings.ReplaceAll(v, "\x00", "") // nor is it staged
				}
			}
			f.reader.parcel(&s, &r.Record, to)
		}
		if len(b.rows) == 0 {
			return nil
		}
		f.p.total.Store(b.rows[len(b.rows)-1].n)
		select {
		case f.out <- b:
		case <-f.gone:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// End says that there are no more rows, and how many there were by verdict (as
// EndJudging has them); with an error, that the bill cannot be taken.
func (f *BillFeed) End(err error, creates, updates, skips, faults int64) {
	f.once.Do(func() {
		f.counts = [4]int64{creates, updates, skips, faults}
		if err != nil {
			select {
			case f.out <- billBatch{err: err}:
			case <-f.gone:
			}
		}
		close(f.out)
	})
}

// TakeBill writes the rows of a straight bill as the feed brings them, in parts
// like those of ApplyImport and with the same promises. It returns the feed's
// error when that ended with one; then, as after an error of its own, nothing of
// the bill is left, unless ctx ended: then the next run goes on.
func (d *DB) TakeBill(ctx context.Context, by policy.Actor, m Import, feed *BillFeed) error {
	defer close(feed.gone)
	if _, twice := d.applying.LoadOrStore(m.ID, feed.p); twice {
		return fmt.Errorf("import %d is being applied: %w", m.ID, ErrConflict)
	}
	defer d.applying.Delete(m.ID)
	return d.applyWaybills(ctx, by, m, feed.p, feed)
}

// uncounted says that parts of the import were written before its rows were
// counted.
func (m Import) uncounted() bool { return m.Options.Straight && m.run.From != 0 }

// supply is what a part writes. Rows are kept until the part is committed, for
// one that is asked for again.
type supply struct {
	rows <-chan billBatch
	held []billBatch
	at   int // batches of held that are written
	over bool
}

// mostGathered batches are waited for, 12,000 rows.
const mostGathered = 24

// gather waits until so many batches are at hand, or no more come.
func (s *supply) gather(ctx context.Context, most int) error {
	for len(s.held) < most && !s.over {
		select {
		case b, more := <-s.rows:
			if b.err != nil {
				return b.err
			}
			if s.over = !more; more {
				s.held = append(s.held, b)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// next returns the next rows without waiting for any, none when there are none
// at hand.
func (s *supply) next() ([]billRow, error) {
	if s.at == len(s.held) && !s.over {
		select {
		case b, more := <-s.rows:
			if b.err != nil {
				return nil, b.err
			}
			if s.over = !more; more {
				s.held = append(s.held, b)
			}
		default:
		}
	}
	if s.at == len(s.held) {
		return nil, nil
	}
	s.at++
	return s.held[s.at-1].rows, nil
}

// written lets go of what was written and says how many batches that were.
func (s *supply) written() int {
	n := s.at
	left := copy(s.held, s.held[n:])
	clear(s.held[left:])
	s.held, s.at = s.held[:left], 0
	return max(n, 1)
}
