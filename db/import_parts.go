package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"yike/policy"
)

// MaxBillRows is how many rows a bill may have.
const MaxBillRows = 10_000_000

// MaxImportRows is how many rows one import takes.
const MaxImportRows = 200_000

// ErrImportStale: somebody wrote customers after the import was judged, so
// that its verdicts may be wrong by now. It must be judged again.
var ErrImportStale = errors.New("the data changed since the file was judged")

// importRun is what the parts of an import know of each other. Its block holds
// the ids of the files that it opens, in the order of the plan.
type importRun struct {
	idBlock
	Back bool `json:"back,omitempty"` // it is being taken back
	// Found is how many rows of the plan need no grams any more.
	Found int `json:"found,omitempty"`
}

const (
	firstPart = 500                    // rows of the first part, and of an import that is written at once
	mostPart  = 4000                   // rows of any part
	partTime  = 250 * time.Millisecond // for which a part should hold the writer

	// After how many parts the log is written back while the writer waits, so
	// that it begins anew; in between that is done beside it.
	partsBehind = 8
)

// ApplyImport takes the accepted rows of an import, all or none as every
// reader sees it. On SQLite many rows are written in parts of about partTime
// each, so that other writers come in between; new files and visits stay hidden
// until the last part (hidden), changes of files on record come after them;
// parcels, entries of accounts and cases are seen part by part, the first two
// with their sums. An apply that was cut off goes on where it stopped when it is
// called again; one that fails or is cancelled is taken back. On PostgreSQL,
// where nobody waits for a writer, and for a command it is one transaction. The
// judgement is compared with what was opened since (ErrImportStale) before the
// first part; a file that somebody else opens while the parts are written can be
// the same customer's, as it can be a minute later.
//
// The import must be applying; one that is applied already is left as it is.
// ErrCancelled when somebody asked for it to stop.
func (d *DB) ApplyImport(ctx context.Context, by policy.Actor, id int64) error {
	m, err := d.Import(ctx, by.Scope(policy.ImportRun), id)
	if err != nil {
		return err
	}
	p := &importProgress{}
	p.total.Store(m.Creates + m.Updates)
	if _, twice := d.applying.LoadOrStore(id, p); twice {
		return fmt.Errorf("import %d is being applied: %w", id, ErrConflict)
	}
	defer d.applying.Delete(id)
	if m.State != "applying" {
		return nil
	}
	if m.run.Back {
		return errors.Join(d.rollBack(ctx, m, p), ErrCancelled)
	}
	if m.Kind == ImportPayments {
		return d.applyEntries(ctx, by, m, p)
	}
	if m.Kind == ImportCases {
		return d.applyCases(ctx, by, m, p)
	}
	if m.Options.Straight {
		return fmt.Errorf("import %d is taken while it is judged: %w", id, ErrConflict)
	}
	if m.Kind == ImportWaybills {
		return d.applyWaybills(ctx, by, m, p, nil)
	}
	plan, err := d.planImport(ctx, m)
	if err != nil {
		return err
	}
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return err
	}
	defer room()
	a := &applier{db: d, by: by, m: m, plan: plan, p: p, at: d.now()}
	if m.run.From == 0 && (d.postgres || by.UserID == 0 || len(plan.order) <= firstPart) {
		err = a.atOnce(ctx)
	} else {
		err = a.inParts(ctx)
	}
	switch {
	case err == nil:
		d.refreshStatistics(ctx, int(m.Creates+m.Updates))
	case a.m.run.From != 0 && (ctx.Err() == nil || errors.Is(context.Cause(ctx), ErrCancelled)):
		ctx = context.WithoutCancel(ctx)
		return errors.Join(err, d.rollBack(ctx, a.m, p))
	}
	return err
}

// atOnce writes every row in one transaction.
func (a *applier) atOnce(ctx context.Context) error {
	a.m.run.idBlock = a.db.ids.block(a.at, a.plan.ids)
	defer func() { a.m.run = importRun{} }() // nothing of it is left to take back
	return a.db.act(ctx, a.by, "imports.apply", func(tx *Tx) error {
		if err := a.begin(ctx, tx, 0); err != nil {
			return err
		}
		a.p.done.Store(0)
		work, stop := context.WithCancel(ctx)
		defer stop()
		rows := a.prepare(work, 0)
		for at, n := 0, len(a.plan.order); at < n; {
			batch, err := rows.take(ctx, min(mostPart, n-at))
			if err != nil {
				return err
			}
			if err := a.write(ctx, at, batch); err != nil {
				return err
			}
			at += len(batch)
		}
		return a.end(ctx, 0, len(a.plan.order), true)
	})
}

// inParts writes the rows in parts, from where an earlier run stopped.
func (a *applier) inParts(ctx context.Context) error {
	d := a.db
	if a.m.run.From == 0 {
		run := importRun{idBlock: d.ids.block(a.at, a.plan.ids)}
		text, err := toJSON(run)
		if err != nil {
			return err
		}
		err = d.write(ctx, func(tx *Tx) error {
			n, err := tx.exec(ctx, `UPDATE imports SET run = $2, run_done = 0, apply_audit = 0, undo = '' WHERE id = $1 AND state = 'applying' AND run = ''`, a.m.ID, text)
			if err == nil && n == 0 {
				err = ErrConflict
			}
			if err != nil {
				return fmt.Errorf("begin import %d: %w", a.m.ID, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		a.m.run, a.m.runDone, a.m.ApplyAudit = run, 0, 0
	}
	d.hidden.set(a.m.ID, a.m.run.idBlock)
	log, err := d.checkpoints(ctx)
	if err != nil {
		return err
	}
	defer log.end()
	usual, err := d.mergeLess(ctx)
	if err != nil {
		return err
	}
	defer usual()
	if a.parted = a.m.Kind == ImportVisits; a.parted {
		if err := a.openedBefore(ctx); err != nil {
			return err
		}
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	n, size := len(a.plan.order), firstPart
	at := min(int(a.m.runDone), n)
	a.p.done.Store(int64(at))
	if err := a.findAgain(ctx, at); err != nil {
		return err
	}
	rows := a.prepare(work, at)
	part := 0
	for !a.parted || at < n {
		batch, err := rows.take(ctx, min(size, n-at))
		if err != nil {
			return err
		}
		act, done := "imports.part", at+len(batch) == n
		if done && !a.parted {
			act = "imports.apply"
		}
		if err := a.findable(ctx, at, done || at >= a.plan.creates); err != nil {
			return err
		}
		began, gathered := time.Now(), len(a.grams)
		err = d.act(ctx, a.by, act, func(tx *Tx) error {
			if err := a.begin(ctx, tx, at); err != nil {
				return err
			}
			if a.grams = a.grams[:gathered]; !done {
				tx.later = &a.grams
			}
			if err := a.write(ctx, at, batch); err != nil {
				return err
			}
			return a.end(ctx, at, at+len(batch), done && !a.parted)
		})
		if err != nil {
			return err
		}
		at += len(batch)
		a.m.runDone = int64(at)
		maps.Copy(a.opened, a.fresh)
		took := max(time.Since(began), time.Millisecond)
		size = min(max(int(float64(len(batch))*float64(d.partTime)/float64(took)), 50), mostPart, size*2)
		if done {
			break // it is applied: nothing behind this may say otherwise
		}
		if part++; part%partsBehind == 0 {
			_ = log.now(ctx) // at worst the log grows until the next one; a cancel is the next part's to find
		} else {
			log.soon(ctx)
		}
	}
	if a.parted {
		if err := a.visitDays(ctx); err != nil {
			return err
		}
	}
	d.hidden.set(a.m.ID, idBlock{})
	return nil
}

// begin says which transaction the applier writes in. The first one asks
// whether the judgement still holds.
func (a *applier) begin(ctx context.Context, tx *Tx, from int) error {
	a.Tx = tx
	a.tags, a.fresh, a.codes = map[string]int64{}, map[string]int64{}, map[int64][]string{}
	if from > 0 {
		return nil
	}
	a.m.ApplyAudit = tx.audit.id
	return tx.importStale(ctx, a.m)
}

// end notes how far the import is: from and to count rows of the plan, and
// behind them the files whose days of visits are set. The last part ends it.
func (a *applier) end(ctx context.Context, from, to int, last bool) error {
	a.about(a.m.BranchID, a.m.ID)
	set, args := `apply_audit = $3, run_done = $4`, []any{a.m.ID, from, a.m.ApplyAudit, to}
	if last {
		a.detail(map[string]any{"file": a.m.FileName, "create": a.m.Creates, "update": a.m.Updates, "skip": a.m.Skips, "error": a.m.Faults})
		set = `apply_audit = $3, run_done = 0, run = '', state = 'applied', applied_at = $4, updated_at = $4, version = version + 1`
		args[3] = a.now()
	}
	n, err := a.exec(ctx, partDoneSQL(set), args...)
	if err != nil {
		return fmt.Errorf("apply import %d: %w", a.m.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("import %d is applied by somebody else: %w", a.m.ID, ErrConflict)
	}
	return nil
}

// partDoneSQL notes a part of an import that is as far as its writer thinks.
func partDoneSQL(set string) string {
	return `UPDATE imports SET ` + set + ` WHERE id = $1 AND state = 'applying' AND run_done = $2`
}

// RollBackImport takes back what an apply has written in part, if anything.
func (d *DB) RollBackImport(ctx context.Context, by policy.Actor, id int64) error {
	m, err := d.Import(ctx, by.Scope(policy.ImportRun), id)
	if err != nil || m.run.From == 0 {
		return err
	}
	p := &importProgress{}
	if _, twice := d.applying.LoadOrStore(id, p); twice {
		return fmt.Errorf("import %d is being applied: %w", id, ErrConflict)
	}
	defer d.applying.Delete(id)
	return d.rollBack(ctx, m, p)
}

// rollBack takes back what an apply in parts has written, in parts; it can be
// cut off and go on like the apply. The files stay hidden until they are gone.
// An import that is applied already stays so: that is an undo's (ErrConflict).
func (d *DB) rollBack(ctx context.Context, m Import, p *importProgress) error {
	if !m.run.Back {
		m.run.Back = true
		text, err := toJSON(m.run)
		if err != nil {
			return err
		}
		err = d.write(ctx, func(tx *Tx) error {
			n, err := tx.exec(ctx, `UPDATE imports SET run = $2, undo = '' WHERE id = $1 AND state = 'applying'`, m.ID, text)
			if err == nil && n == 0 {
				err = ErrConflict
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("take import %d back: %w", m.ID, err)
		}
		m.Undo = ImportUndo{}
	}
	p.done.Store(0)
	p.total.Store(m.runDone)
	if m.Kind == ImportWaybills {
		return d.rollBackWaybills(ctx, m, p)
	}
	if m.Kind == ImportPayments {
		return d.rollBackEntries(ctx, m, p)
	}
	if m.Kind == ImportCases {
		return d.rollBackCases(ctx, m, p)
	}
	_, err := d.takeBack(ctx, policy.SystemActor("yike import"), m, m.ID, p, "imports.rollback", func(tx *Tx, _ ImportUndo) error {
		_, err := tx.exec(ctx, `UPDATE imports SET run = '', run_done = 0, apply_audit = 0, undo = '' WHERE id = $1`, m.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("take import %d back: %w", m.ID, err)
	}
	d.hidden.set(m.ID, idBlock{})
	return nil
}

// importStale asks whether files were opened or taken out of the bin after the
// judgement, anywhere: they might be what the import is about to open again.
func (tx *Tx) importStale(ctx context.Context, m Import) error {
	var since int64
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM changes WHERE id > $1 AND entity = 'customers' AND kind IN ('create','restore')`, m.Found.Mark).Scan(&since)
	if err != nil {
		return fmt.Errorf("changes since import %d was judged: %w", m.ID, err)
	}
	if since > 0 && m.Kind == ImportCustomers {
		return fmt.Errorf("import %d: %w", m.ID, ErrImportStale)
	}
	return nil
}
