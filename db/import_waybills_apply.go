package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/waybill"
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
func (d *DB) applyWaybills(ctx context.Context, by policy.Actor, m Import, p *importProgress) error {
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return err
	}
	defer room()
	p.total.Store(m.Rows())
	from, err := d.PersonsFrom(ctx)
	if err != nil {
		return err
	}
	a := &billApply{db: d, by: by, m: m, p: p, from: from}
	if m.run.From == 0 && (d.postgres || m.Creates+m.Updates <= firstPart) {
		err = a.atOnce(ctx)
	} else {
		err = a.inParts(ctx)
	}
	if errors.Is(err, ErrTaken) {
		err = fmt.Errorf("%w: %w", ErrImportStale, err) // another bill has brought one of the numbers
	}
	switch {
	case err == nil:
		d.refreshStatistics(ctx, int(m.Creates+m.Updates))
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

	from string // day before which parcels name no persons
}

// atOnce writes every row in one transaction.
func (a *billApply) atOnce(ctx context.Context) error {
	run := importRun{idBlock: a.db.ids.block(a.db.now(), a.m.Rows())}
	rows, stop := a.db.billRows(ctx, a.m.ID, 0)
	defer stop()
	return a.db.act(ctx, a.by, "imports.apply", func(tx *Tx) error {
		b, err := a.billing(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := b.note(ctx, a.m.ID, run.idBlock); err != nil {
			return err
		}
		for {
			more, err := b.next(ctx, rows)
			if err != nil {
				return err
			}
			if !more {
				break
			}
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
	usual, err := d.lateCheckpoints(ctx)
	if err != nil {
		return err
	}
	defer usual()
	at := a.m.runDone
	rows, stop := d.billRows(ctx, a.m.ID, at)
	defer stop()
	for more, most := true, 1; more; most *= 2 { // steps of a part: nobody knows yet how long one takes
		var first int64
		to := at
		err := d.act(ctx, a.by, "imports.part", func(tx *Tx) error {
			b, err := a.billing(ctx, tx, a.m.run)
			if err != nil {
				return err
			}
			for began, n := time.Now(), 1; ; n++ {
				if more, err = b.next(ctx, rows); err != nil {
					return err
				}
				if !more || n >= most || time.Since(began) > billTime {
					break
				}
			}
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
		a.m.runDone, a.m.ApplyAudit, at = to, first, to
	}
	return d.act(ctx, a.by, "imports.apply", func(tx *Tx) error { return a.applied(ctx, tx, at, a.m.ApplyAudit) })
}

// begin notes the ids that the parts will give, for whoever takes the bill up
// again or back.
func (a *billApply) begin(ctx context.Context) error {
	run := importRun{idBlock: a.db.ids.block(a.db.now(), a.m.Rows())}
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

// billing begins to write in a transaction, if the branch still takes anything.
func (a *billApply) billing(ctx context.Context, tx *Tx, run importRun) (*billing, error) {
	if err := tx.mayStand(ctx, a.m.BranchID); err != nil {
		return nil, err
	}
	return &billing{Tx: tx, m: a.m, p: a.p, from: a.from, block: run.idBlock, sums: newTally(), senders: map[string]sender{}}, nil
}

// billing writes rows of a bill in one transaction.
type billing struct {
	*Tx
	m       Import
	p       *importProgress
	from    string // day before which parcels name no persons
	block   idBlock
	sums    *tally
	senders map[string]sender // by key; they are of the bill's branch
	at      int64             // number of the last row
}

// sender is a row of waybill_senders as a bill needs it.
type sender struct {
	id, customer int64
	branch       int64 // of the customer
	lastDay      string
}

// billTime is for how long a part of a bill writes parcels before it brings the
// sums to where they are: that costs the same for many as for few, and the
// writer is held for a little longer.
const billTime = 2 * partTime

// billStep is how many staged rows are read and written at once.
const billStep = 500

// billBatch is some staged rows, or why there are none.
type billBatch struct {
	rows []ImportRow
	err  error
}

// billRows reads the rows that are to be written, from one number on, beside
// whoever writes them. stop ends it.
func (d *DB) billRows(ctx context.Context, id, from int64) (rows <-chan billBatch, stop func()) {
	ctx, stop = context.WithCancel(ctx)
	out := make(chan billBatch, 4)
	go func() {
		defer close(out)
		for {
			var b billBatch
			if b.rows, b.err = d.someBillRows(context.WithoutCancel(ctx), id, from); b.err == nil && len(b.rows) == 0 {
				return
			}
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
			if b.err != nil {
				return
			}
			from = b.rows[len(b.rows)-1].N
		}
	}()
	return out, stop
}

// someBillRows reads the next of them. A context that can end would cost the
// driver a goroutine for each row.
func (d *DB) someBillRows(ctx context.Context, id, from int64) ([]ImportRow, error) {
	rows, err := d.fr.QueryContext(ctx, importRowsSQL(`n > $2 AND verdict IN ('create','update') ORDER BY n LIMIT `+strconv.Itoa(billStep)), id, from)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", id, err)
	}
	defer rows.Close()
	out := make([]ImportRow, 0, billStep)
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", id, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// next writes the next rows; false when there are none.
func (b *billing) next(ctx context.Context, rows <-chan billBatch) (bool, error) {
	if b.p.cancel.Load() {
		return false, ErrCancelled
	}
	select {
	case batch, more := <-rows:
		switch {
		case !more:
			return false, ctx.Err()
		case batch.err != nil:
			return false, batch.err
		}
		if err := b.some(context.WithoutCancel(ctx), batch.rows); err != nil {
			return false, err
		}
		b.at = batch.rows[len(batch.rows)-1].N
		b.p.done.Store(b.at)
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// end brings senders and sums to where the parcels are.
func (b *billing) end(ctx context.Context) error {
	if err := b.lastSent(ctx, maps.Values(b.senders)); err != nil {
		return err
	}
	return b.sums.flush(ctx, b.Tx)
}

var waybillNames = names(new(Waybill).all())

func (b *billing) some(ctx context.Context, rows []ImportRow) error {
	if err := b.present(ctx, rows); err != nil {
		return err
	}
	s := newSheaf(b.Tx, "waybills", waybillNames)
	for i := range rows {
		r := &rows[i].Record
		if rows[i].Verdict == "update" {
			if err := b.update(ctx, rows[i]); err != nil {
				return fmt.Errorf("row %d of %q: %w", rows[i].Row, rows[i].Sheet, err)
			}
			continue
		}
		w := Waybill{Number: r.V["waybill"], BranchID: b.m.BranchID, CustomerID: r.Customer, BoundBy: r.By, ImportID: b.m.ID, Version: 1, CreatedAt: b.now(), UpdatedAt: b.now()}
		if r.Branch != 0 {
			w.BranchID = r.Branch
		}
		importWaybill(r, &w)
		if w.CustomerID == 0 {
			if err := b.unbound(ctx, &w); err != nil {
				return fmt.Errorf("row %d of %q: %w", rows[i].Row, rows[i].Sheet, err)
			}
		}
		w.ID = b.block.at(rows[i].N - 1)
		if w.SentDay < b.from {
			w.forget()
		}
		b.sums.one(&w, 1)
		s.add(values(w.all())...)
	}
	return flush(ctx, []*sheaf{s})
}

// present puts into the records where their clients stand now. A client that
// is gone since the judgement makes it stale.
func (b *billing) present(ctx context.Context, rows []ImportRow) error {
	at := map[int64]int64{}
	var ids []int64
	for i := range rows {
		if id := rows[i].Record.Customer; id != 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), lookupBatch) {
		found, err := b.QueryContext(ctx, b.db.amongSQL(`SELECT id, branch_id FROM customers WHERE deleted_at = 0 AND id `, 1, len(chunk), ``), idArgs(chunk)...)
		if err != nil {
			return fmt.Errorf("clients of a bill: %w", err)
		}
		for found.Next() {
			var id, branch int64
			if err := found.Scan(&id, &branch); err != nil {
				found.Close()
				return fmt.Errorf("clients of a bill: %w", err)
			}
			at[id] = branch
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil {
			return fmt.Errorf("clients of a bill: %w", err)
		}
	}
	for i := range rows {
		r := &rows[i].Record
		if r.Customer == 0 {
			continue
		}
		if r.Branch = at[r.Customer]; r.Branch == 0 {
			return fmt.Errorf("client %d: %w", r.Customer, ErrImportStale)
		}
	}
	return nil
}

// unbound gathers the sender of a parcel that is of nobody on file.
func (b *billing) unbound(ctx context.Context, w *Waybill) error {
	key := waybill.Key(w.Sender, w.SenderContact, w.SenderPhone)
	if key == "" {
		return nil
	}
	s, known := b.senders[key]
	if !known {
		var err error
		if s, err = b.senderOf(ctx, b.m.BranchID, key, w); err != nil {
			return err
		}
	}
	s.lastDay = max(s.lastDay, w.SentDay)
	b.senders[key] = s
	w.SenderID = s.id
	if s.customer != 0 { // attached since the judgement
		w.CustomerID, w.BranchID, w.BoundBy = s.customer, s.branch, waybill.ByHand
	}
	return nil
}

// senderOf finds the sender of a parcel at a branch by its key, and makes one
// where there is none.
func (tx *Tx) senderOf(ctx context.Context, branch int64, key string, w *Waybill) (s sender, err error) {
	var customer, attached ref
	err = tx.QueryRowContext(ctx, `SELECT s.id, s.customer_id, c.branch_id FROM waybill_senders s LEFT JOIN customers c ON c.id = s.customer_id AND c.deleted_at = 0
		WHERE s.branch_id = $1 AND s.key = $2`, branch, key).Scan(&s.id, &customer, &attached)
	if s.branch = int64(attached); s.branch != 0 {
		s.customer = int64(customer)
	}
	if errors.Is(err, sql.ErrNoRows) {
		s = sender{id: tx.newID()}
		_, err = tx.exec(ctx, `INSERT INTO waybill_senders (id, branch_id, key, name, contact, phone, account_no, address, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`, s.id, branch, key, cmp.Or(w.Sender, w.SenderContact), w.SenderContact, w.SenderPhone, w.SenderAccount, w.SenderAddress, tx.now())
	}
	if err != nil {
		return s, fmt.Errorf("sender: %w", err)
	}
	return s, nil
}

// lastSent notes the latest day of the parcels that were written for senders.
func (tx *Tx) lastSent(ctx context.Context, list iter.Seq[sender]) error {
	for s := range list {
		if _, err := tx.exec(ctx, `UPDATE waybill_senders SET last_day = $2 WHERE id = $1 AND last_day < $2`, s.id, s.lastDay); err != nil {
			return fmt.Errorf("sender %d: %w", s.id, err)
		}
	}
	return nil
}

// update corrects a parcel on record as the person has seen it.
func (b *billing) update(ctx context.Context, row ImportRow) error {
	was, err := waybillRow(ctx, b.Tx, row.Target)
	if err != nil {
		return err
	}
	if was.Version != row.Record.Version {
		return fmt.Errorf("waybill %d: %w", was.ID, ErrImportStale)
	}
	return b.rewrite(ctx, was, correct(row.Record, was, b.from), b.sums)
}

func waybillRow(ctx context.Context, tx *Tx, id int64) (Waybill, error) {
	var w Waybill
	stmt, err := tx.prepared(ctx, waybillSQL)
	if err != nil {
		return w, err
	}
	err = stmt.QueryRowContext(ctx, id).Scan(pointers(w.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return w, fmt.Errorf("waybill %d: %w", id, err)
	}
	return w, nil
}

var waybillSQL = `SELECT ` + waybillColumns + ` FROM waybills w WHERE w.id = $1`

// rewrite changes a parcel, its sums with it, and leaves a change record. What
// speaks of persons is left out of the record where no client's key can seal
// it.
func (tx *Tx) rewrite(ctx context.Context, was, now Waybill, sums *tally) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "waybills", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	sums.one(&was, -1)
	sums.one(&now, 1)
	if now.CustomerID == 0 {
		for _, column := range ofPersons {
			delete(changed, column)
		}
	}
	return tx.change(ctx, "update", "waybills", was.ID, now.BranchID, now.CustomerID, was.Version+1, changed)
}
