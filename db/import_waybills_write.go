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

	"yike/policy/waybill"
)

// billing writes rows of a bill in one transaction.
type billing struct {
	*Tx
	a       *billApply
	block   idBlock
	sums    *tally
	senders map[string]sender // by key; they are of the bill's branch
	stand   map[int64]int64   // branches of clients
	insert  *sheaf
	wrong   *sheaf // parcels to be looked at
	at      int64  // number of the last row
}

// billing begins to write in a transaction, if the branch still takes anything.
func (a *billApply) billing(ctx context.Context, tx *Tx, run importRun) (*billing, error) {
	if err := tx.mayStand(ctx, a.m.BranchID); err != nil {
		return nil, err
	}
	b := &billing{Tx: tx, a: a, block: run.idBlock, sums: newTally(), senders: map[string]sender{}, stand: map[int64]int64{}, wrong: newSheaf(tx, "waybill_tracks", watched)}
	b.sums.kept = a.kept
	return b, nil
}

// next writes the next rows that are at hand; false when there are none.
func (b *billing) next(ctx context.Context, s *supply) (bool, error) {
	if b.a.p.cancel.Load() {
		return false, ErrCancelled
	}
	rows, err := s.next()
	if err != nil || len(rows) == 0 || ctx.Err() != nil {
		return false, errors.Join(err, ctx.Err())
	}
	if err := b.some(context.WithoutCancel(ctx), rows); err != nil {
		return false, err
	}
	b.at = rows[len(rows)-1].n
	b.a.p.done.Store(b.at)
	return true, nil
}

// end brings senders and sums to where the parcels are.
func (b *billing) end(ctx context.Context) error {
	if err := b.lastSent(ctx, maps.Values(b.senders)); err != nil {
		return err
	}
	return b.sums.flush(ctx, b.Tx)
}

func (b *billing) some(ctx context.Context, rows []billRow) error {
	if err := b.present(ctx, rows); err != nil {
		return err
	}
	fill := b.a.fill
	now, fresh := b.now(), 0
	for i := range rows {
		r := &rows[i]
		if r.update {
			if err := b.correct(ctx, r); err != nil {
				return fmt.Errorf("row %s %d: %w", r.sheet, r.row, err)
			}
			continue
		}
		w := &r.w
		w.ID, w.CreatedAt, w.UpdatedAt = b.block.at(r.n-1), now, now
		if w.CustomerID != 0 {
			w.BranchID = b.stand[w.CustomerID]
		} else if r.sender != "" {
			if err := b.unbound(ctx, r.sender, w); err != nil {
				return fmt.Errorf("row %s %d: %w", r.sheet, r.row, err)
			}
		}
		if w.SentDay < b.a.from {
			w.forget()
		}
		b.sums.one(w, 1)
		b.watch(b.wrong, w, b.a.watched)
		fill.see(w)
		fresh++
	}
	if fresh == 0 {
		return nil
	}
	if b.insert == nil || len(b.insert.columns) != fill.count() {
		b.insert = newSheaf(b.Tx, "waybills", fill.names())
		if !b.db.postgres {
			b.insert.by(32)
		}
	}
	for i := range rows {
		if !rows[i].update {
			b.insert.args = fill.values(b.insert.args, &rows[i].w)
			b.insert.rows++
		}
	}
	return flush(ctx, []*sheaf{b.insert, b.wrong})
}

var waybillNames = names(new(Waybill).all())

// filling is which columns of waybills the parcels of a bill fill. The others
// have their defaults: most bills name no more than half of them, and each
// value that is not bound is time saved.
type filling struct {
	one    Waybill // values are read through fields, which point into it
	fields []field
	usual  []any
	filled []bool
}

func newFilling() *filling {
	f := &filling{}
	blank := Waybill{Pieces: 1, Version: 1}
	f.fields, f.usual = f.one.all(), values(blank.all())
	f.filled = make([]bool, len(f.fields))
	for i, name := range waybillNames {
		f.filled[i] = slices.Contains(waybillRequired, name)
	}
	return f
}

// waybillRequired are the columns of waybills that have no default.
var waybillRequired = []string{"id", "number", "branch_id", "sent_day", "sent_at", "created_at", "updated_at"}

// see notes the columns that a parcel fills.
func (f *filling) see(w *Waybill) {
	f.one = *w
	for i := range f.fields {
		if f.filled[i] {
			continue
		}
		switch p := f.fields[i].value.(type) {
		case *string:
			f.filled[i] = *p != ""
		case *int64:
			f.filled[i] = *p != f.usual[i].(int64)
		case *ref:
			f.filled[i] = *p != 0
		}
	}
}

func (f *filling) count() (n int) {
	for _, is := range f.filled {
		if is {
			n++
		}
	}
	return n
}

func (f *filling) names() []string {
	var out []string
	for i, name := range waybillNames {
		if f.filled[i] {
			out = append(out, name)
		}
	}
	return out
}

// values adds those of a parcel to a list.
func (f *filling) values(to []any, w *Waybill) []any {
	f.one = *w
	for i := range f.fields {
		if !f.filled[i] {
			continue
		}
		switch p := f.fields[i].value.(type) {
		case *string:
			to = append(to, *p)
		case *int64:
			to = append(to, *p)
		case *ref:
			if *p == 0 {
				to = append(to, nil)
			} else {
				to = append(to, int64(*p))
			}
		}
	}
	return to
}

// standAtOnce is how many clients one question asks for. The last one is padded
// with a client that was asked for, so that all are the same statement.
const standAtOnce = 64

var standSQL = `SELECT id, branch_id FROM customers WHERE deleted_at = 0 AND id IN (` + placeholders(1, standAtOnce) + `)`

// present finds where the clients of the rows stand now. A client that is gone
// since the judgement makes it stale. On SQLite nobody else writes while the
// transaction is open; on PostgreSQL somebody may.
func (b *billing) present(ctx context.Context, rows []billRow) error {
	if b.db.postgres {
		clear(b.stand)
	}
	var ids []int64
	for i := range rows {
		if id := rows[i].client(); id != 0 && b.stand[id] == 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), standAtOnce) {
		if err := b.where(ctx, chunk); err != nil {
			return fmt.Errorf("clients of a bill: %w", err)
		}
	}
	for i := range rows {
		id := rows[i].client()
		if id == 0 {
			continue
		}
		if b.stand[id] == 0 {
			return fmt.Errorf("client %d: %w", id, ErrImportStale)
		}
		if rows[i].update {
			rows[i].record.Branch = b.stand[id]
		}
	}
	return nil
}

// client is the one to whom the row's parcel is bound, 0 = none.
func (r *billRow) client() int64 {
	if r.update {
		return r.record.Customer
	}
	return r.w.CustomerID
}

func (b *billing) where(ctx context.Context, ids []int64) error {
	stmt, err := b.prepared(ctx, standSQL)
	if err != nil {
		return err
	}
	args := make([]any, standAtOnce)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	found, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var id, branch int64
		if err := found.Scan(&id, &branch); err != nil {
			return err
		}
		b.stand[id] = branch
	}
	return found.Err()
}

// sender is a row of waybill_senders as a bill needs it.
type sender struct {
	id, customer  int64
	branch        int64  // of the customer
	noted, latest string // day of the latest parcel: on record, and with those of the bill
}

// unbound gathers the sender of a parcel that is of nobody on file.
func (b *billing) unbound(ctx context.Context, key string, w *Waybill) error {
	s, known := b.senders[key]
	if !known {
		var err error
		if s, err = b.senderOf(ctx, b.a.m.BranchID, key, w); err != nil {
			return err
		}
	}
	if !known || s.latest < w.SentDay {
		s.latest = max(s.latest, w.SentDay)
		b.senders[key] = s
	}
	w.SenderID = s.id
	if s.customer != 0 { // attached since the judgement
		w.CustomerID, w.BranchID, w.BoundBy = s.customer, s.branch, waybill.ByHand
	}
	return nil
}

// senderOf finds the sender of a parcel at a branch by its key, and makes one
// where there is none. On PostgreSQL another bill may make the same one at the
// same time: it is waited for.
func (tx *Tx) senderOf(ctx context.Context, branch int64, key string, w *Waybill) (sender, error) {
	s, err := tx.senderByKey(ctx, branch, key)
	if errors.Is(err, sql.ErrNoRows) {
		var n int64
		s = sender{id: tx.newID()}
		n, err = tx.exec(ctx, `INSERT INTO waybill_senders (id, branch_id, key, name, contact, phone, account_no, address, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (branch_id, key) DO NOTHING`,
			s.id, branch, key, cmp.Or(w.Sender, w.SenderContact), w.SenderContact, w.SenderPhone, w.SenderAccount, w.SenderAddress, tx.now())
		if err == nil && n == 0 {
			s, err = tx.senderByKey(ctx, branch, key)
		}
	}
	if err != nil {
		return s, fmt.Errorf("sender: %w", err)
	}
	return s, nil
}

func (tx *Tx) senderByKey(ctx context.Context, branch int64, key string) (s sender, err error) {
	stmt, err := tx.prepared(ctx, `SELECT s.id, s.customer_id, c.branch_id, s.last_day FROM waybill_senders s LEFT JOIN customers c ON c.id = s.customer_id AND c.deleted_at = 0
		WHERE s.branch_id = $1 AND s.key = $2`)
	if err != nil {
		return s, err
	}
	var customer, attached ref
	err = stmt.QueryRowContext(ctx, branch, key).Scan(&s.id, &customer, &attached, &s.noted)
	s.latest = s.noted
	if s.branch = int64(attached); s.branch != 0 {
		s.customer = int64(customer)
	}
	return s, err
}

// lastSent notes the latest day of the parcels that were written for senders.
func (tx *Tx) lastSent(ctx context.Context, list iter.Seq[sender]) error {
	for s := range list {
		if s.latest == s.noted {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE waybill_senders SET last_day = $2 WHERE id = $1 AND last_day < $2`, s.id, s.latest); err != nil {
			return fmt.Errorf("sender %d: %w", s.id, err)
		}
	}
	return nil
}

// correct corrects a parcel on record as the person has seen it.
func (b *billing) correct(ctx context.Context, row *billRow) error {
	was, err := waybillRow(ctx, b.Tx, row.target)
	if err != nil {
		return err
	}
	if was.Version != row.record.Version {
		return fmt.Errorf("waybill %d: %w", was.ID, ErrImportStale)
	}
	return b.rewrite(ctx, was, correct(*row.record, was, b.a.from), b.sums)
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
	if err := tx.watchAgain(ctx, &was, &now); err != nil {
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
