package jobs

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"yike/db"
	"yike/policy"
)

// reportStraight is how often a straight bill says how far it is: saying so is
// a write, and would have the judgement wait for the part in hand.
const reportStraight = 5 * time.Second

// straightMemory is what the program's own memory should stay below in bytes
// while a straight bill is taken; SQLite's caches are beside it.
const straightMemory = 250 << 20

// straight judges a bill and has it written meanwhile; a run that was cut off
// goes on where it stopped. When another bill has brought one of the numbers
// since it was judged it is taken back and begun anew.
func (im *Importer) straight(ctx context.Context, by policy.Actor, m db.Import, t db.Task, report Report) (result any, err error) {
	if m.State != "judging" && m.State != "applying" {
		return nil, nil
	}
	end := context.WithoutCancel(ctx)
	if t.Cancel { // while nobody worked on it
		err = im.db.RollBackImport(ctx, by, m.ID)
		if err == nil {
			err = db.ErrCancelled
		}
	}
	var j *judging
	for try := 0; err == nil; try++ {
		var feed *db.BillFeed
		if m, feed, err = im.db.BeginBill(ctx, by, m.ID); err != nil {
			break
		}
		if j, err = im.judgeStraight(ctx, by, m, feed, report); err == nil {
			im.flagged(ctx, m.ID, t.CreatedAt)
			return map[string]int64{"create": j.count["create"], "update": j.count["update"]}, nil
		}
		if !errors.Is(err, db.ErrImportStale) || try == 2 || ctx.Err() != nil {
			break
		}
		err = errors.Join(im.db.EndJudging(end, m.ID, "applying", "applying", db.ImportFound{}, 0, 0, 0, 0), im.db.ClearStage(ctx, m.ID))
	}
	code := faultOf(err)
	switch {
	case code != "" && j != nil:
		j.found.Fault = code
		return nil, errors.Join(im.db.ClearStage(end, m.ID), im.db.EndJudging(end, m.ID, "applying", "failed", j.found, 0, 0, 0, 0))
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), db.ErrCancelled):
		return nil, err // the next start takes it up again
	}
	return nil, errors.Join(err, im.db.ImportState(end, m.ID, "judging", "cancelled"), im.db.ImportState(end, m.ID, "applying", "cancelled"))
}

// judgeStraight is one run over the file, with the writer beside it. When it
// fails nothing of the bill is left, unless ctx has ended.
func (im *Importer) judgeStraight(ctx context.Context, by policy.Actor, m db.Import, feed *db.BillFeed, report Report) (*judging, error) {
	// The numbers of millions of rows are most of what is kept, and nothing that
	// the collector must follow: it may come by less often than after each
	// doubling, but not so that the doubling counts.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(straightMemory))
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	wrote := make(chan error, 1)
	go func() {
		err := im.db.TakeBill(work, by, m, feed)
		if err != nil {
			stop(err) // the judgement need not go on
		}
		wrote <- err
	}()
	var last time.Time
	j := im.judging(by, m, func(done, total int64) error {
		if work.Err() != nil {
			return context.Cause(work)
		}
		if time.Since(last) < reportStraight {
			return nil
		}
		last = time.Now()
		return report(done, total)
	})
	j.feed = feed
	mark, err := im.db.NewestChange(ctx)
	if err == nil {
		err = j.run(work)
	}
	if err == nil {
		j.found.Mark = mark
		err = im.db.EndJudging(ctx, m.ID, "applying", "applying", j.found, j.count["create"], j.count["update"], j.count["skip"], j.count["error"])
	}
	feed.End(err, j.count["create"], j.count["update"], j.count["skip"], j.count["error"])
	return j, <-wrote
}

// taken says whether the row in hand was written by a run that was cut off.
func (j *judging) taken() bool { return j.feed != nil && j.n <= j.feed.Done() }

// remember counts the row in hand as the run did that wrote it.
func (j *judging) remember() error {
	if len(j.again) == 0 && j.againTo < j.n {
		var err error
		if j.again, err = j.db.ImportRows(j.ctx, j.m, "", j.n-1, false, batchRows); err != nil {
			return err
		}
		if j.againTo = j.feed.Done(); len(j.again) == batchRows {
			j.againTo = j.again[batchRows-1].N
		}
	}
	r := db.ImportRow{Verdict: "create"}
	if len(j.again) > 0 && j.again[0].N == j.n {
		r, j.again = j.again[0], j.again[1:]
	}
	j.count[r.Verdict]++
	if r.Verdict == "error" && len(r.Reasons) > 0 {
		j.faults[string(reason(r.Reasons))]++
	}
	return nil
}
