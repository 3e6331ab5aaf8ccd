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
	"strings"
	"time"

	"yike/policy"
	"yike/policy/intake"
	"yike/policy/waybill"
)

// ImportWaybills is the import of a carrier's bill or a portal's export.
const ImportWaybills = "waybills"

// ImportTotal is a totals row of a bill beside what its rows add up to, in fen.
type ImportTotal struct {
	Row  int   `json:"row"`
	Said int64 `json:"said"`
	Sum  int64 `json:"sum"`
}

// WaybillLookup finds for the rows of a bill what is on record: the parcels of
// the same numbers, and senders that somebody has attached to a client.
type WaybillLookup struct {
	ctx      context.Context
	d        *DB
	branch   int64
	parcels  map[string]*WaybillRow
	attached map[string]int64
	asked    map[string]bool // keys of senders
}

// WaybillLookup returns a lookup for one judgement of a branch's bill.
func (d *DB) WaybillLookup(ctx context.Context, branch int64) *WaybillLookup {
	return &WaybillLookup{ctx: ctx, d: d, branch: branch, attached: map[string]int64{}, asked: map[string]bool{}}
}

// Prefetch reads what the next rows will be asked for, and forgets the parcels
// of those before.
func (l *WaybillLookup) Prefetch(records []intake.Record) error {
	l.parcels = map[string]*WaybillRow{}
	var numbers, keys []string
	for _, r := range records {
		if n := r.Get("waybill"); n != "" {
			numbers = append(numbers, n)
		}
		if k := senderKey(r.Get, r.Phones); k != "" && !l.asked[k] {
			l.asked[k] = true
			keys = append(keys, k)
		}
	}
	for chunk := range slices.Chunk(numbers, lookupBatch) {
		rows, err := l.d.r.QueryContext(l.ctx, l.d.amongSQL(waybillRowSQL+` WHERE w.number `, 1, len(chunk), ``), textArgs(chunk)...)
		if err != nil {
			return fmt.Errorf("waybills on record: %w", err)
		}
		for rows.Next() {
			w, err := scanWaybillRow(rows)
			if err != nil {
				rows.Close()
				return fmt.Errorf("waybills on record: %w", err)
			}
			l.parcels[w.Number] = &w
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("waybills on record: %w", err)
		}
	}
	for chunk := range slices.Chunk(keys, lookupBatch) {
		query := `SELECT key, customer_id FROM waybill_senders s WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = s.customer_id AND c.deleted_at = 0) AND branch_id = ` + strconv.FormatInt(l.branch, 10) + ` AND key `
		rows, err := l.d.r.QueryContext(l.ctx, l.d.amongSQL(query, 1, len(chunk), ``), textArgs(chunk)...)
		if err != nil {
			return fmt.Errorf("senders on record: %w", err)
		}
		for rows.Next() {
			var key string
			var customer int64
			if err := rows.Scan(&key, &customer); err != nil {
				rows.Close()
				return fmt.Errorf("senders on record: %w", err)
			}
			l.attached[key] = customer
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("senders on record: %w", err)
		}
	}
	return nil
}

func textArgs(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// Parcel returns the parcel on record of a number that was prefetched; nil
// when there is none.
func (l *WaybillLookup) Parcel(number string) *WaybillRow { return l.parcels[number] }

// Attached returns the client to whom somebody has attached the sender of a
// record; 0 when nobody has.
func (l *WaybillLookup) Attached(r intake.Record) int64 {
	return l.attached[senderKey(r.Get, r.Phones)]
}

func senderKey(get func(string) string, phones []string) string {
	phone := ""
	if len(phones) > 0 {
		phone = phones[0]
	}
	return waybill.Key(get("name"), get("contact"), phone)
}

// importWaybill lays a record over a parcel: what the record leaves empty, or
// shows only the ends of, stays as it is.
func importWaybill(r *ImportRecord, w *Waybill) {
	set := func(to *string, field string) {
		if v := r.V[field]; v != "" && !(strings.Contains(v, "*") && *to != "") {
			*to = v
		}
	}
	num := func(to *int64, field string) {
		if n, err := strconv.ParseInt(r.V[field], 10, 64); err == nil {
			*to = n
		}
	}
	set(&w.OrderNo, "order")
	set(&w.Sender, "name")
	set(&w.SenderContact, "contact")
	set(&w.SenderAccount, "account_no")
	set(&w.SenderAddress, "address")
	if len(r.Phones) > 0 {
		w.SenderPhone = r.Phones[0]
	}
	set(&w.Receiver, "receiver")
	set(&w.ReceiverPhone, "receiver_phone")
	set(&w.Province, "province")
	set(&w.City, "city")
	set(&w.Contents, "contents")
	w.time(&w.SentAt, sentDayOnly, r.V["day"])
	w.time(&w.PickedAt, pickedDayOnly, r.V["picked"])
	w.time(&w.SignedAt, signedDayOnly, r.V["signed"])
	if day := r.V["day"]; day != "" {
		w.SentDay = day[:len("2026-11-21")]
	}
	set(&w.Picker, "picker")
	set(&w.Deliverer, "deliverer")
	num(&w.Weight, "weight")
	num(&w.Volume, "volume")
	num(&w.Pieces, "pieces")
	num(&w.Freight, "freight")
	set(&w.Product, "product")
	set(&w.Payment, "payment")
	if was := w.State; r.V["status"] != "" {
		w.State = r.V["status"]
		if w.Exception == waybill.ExceptionOf(was) {
			w.Exception = waybill.ExceptionOf(w.State) // the state's own
		}
	}
	set(&w.Exception, "exception")
	set(&w.Remark, "remark")
	if w.Pieces <= 0 {
		w.Pieces = 1
	}
}

// time sets one of the times. A day does not take the place of a time of that
// same day.
func (w *Waybill) time(to *int64, bit int64, when string) {
	if len(when) < len("2026-11-21") {
		return
	}
	layout, dayOnly := time.DateTime, len(when) == len("2026-11-21")
	if dayOnly {
		layout = time.DateOnly
	}
	t, err := time.ParseInLocation(layout, when, Zone)
	if err != nil || dayOnly && *to != 0 && Day(time.UnixMilli(*to)) == when {
		return
	}
	*to = t.UnixMilli()
	if w.DayOnly &^= bit; dayOnly {
		w.DayOnly |= bit
	}
}

// CompareWaybill says what a record would correct on a parcel on record, field
// by field. One that nobody was bound to is bound to the record's client.
func CompareWaybill(r ImportRecord, was Waybill) []ImportChange {
	now := correct(r, was)
	var out []ImportChange
	before, after := was.fields(), now.fields()
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b {
			out = append(out, ImportChange{before[i].column, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	return out
}

func correct(r ImportRecord, was Waybill) Waybill {
	now := was
	importWaybill(&r, &now)
	if was.CustomerID == 0 && r.Customer != 0 {
		now.CustomerID, now.BoundBy, now.SenderID = r.Customer, r.By, 0
		if r.Branch != 0 {
			now.BranchID = r.Branch
		}
	}
	return now
}

// applyWaybills takes the accepted rows of a bill in one transaction. The new
// parcels have ids of one block, which is noted, so that they need no change
// record each; corrections leave one with what stood before.
func (d *DB) applyWaybills(ctx context.Context, by policy.Actor, m Import, p *importProgress) error {
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return err
	}
	defer room()
	err = d.act(ctx, by, "imports.apply", func(tx *Tx) error {
		b := &billing{Tx: tx, m: m, p: p, sums: newTally(), senders: map[string]sender{}, block: d.ids.block(d.now(), m.Creates)}
		p.done.Store(0)
		if err := b.all(ctx); err != nil {
			return err
		}
		if err := b.sums.flush(ctx, tx); err != nil {
			return err
		}
		if b.made > 0 {
			if _, err := tx.exec(ctx, `INSERT INTO waybill_imports (import_id, first_id, last_id) VALUES ($1, $2, $3)`, m.ID, b.block.From, b.block.at(b.made-1)); err != nil {
				return fmt.Errorf("ids of import %d: %w", m.ID, err)
			}
		}
		tx.about(m.BranchID, m.ID)
		tx.detail(map[string]any{"file": m.FileName, "kind": m.Kind, "create": m.Creates, "update": m.Updates, "skip": m.Skips, "error": m.Faults})
		n, err := tx.exec(ctx, `UPDATE imports SET apply_audit = $2, state = 'applied', applied_at = $3, updated_at = $3, version = version + 1, undo = '' WHERE id = $1 AND state = 'applying'`,
			m.ID, tx.audit.id, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("apply import %d: %w", m.ID, err)
		}
		return nil
	})
	if errors.Is(err, ErrTaken) {
		return fmt.Errorf("%w: %w", ErrImportStale, err) // another bill has brought one of the numbers
	}
	if err == nil {
		d.refreshStatistics(ctx, int(m.Creates+m.Updates))
	}
	return err
}

// billing writes one bill.
type billing struct {
	*Tx
	m       Import
	p       *importProgress
	sums    *tally
	senders map[string]sender // by key; they are of the bill's branch
	block   idBlock
	made    int64
}

// sender is a row of waybill_senders as a bill needs it.
type sender struct {
	id, customer int64
	branch       int64 // of the customer
	lastDay      string
}

// billStep is how many staged rows are read at once.
const billStep = 1000

func (b *billing) all(ctx context.Context) error {
	if err := b.mayStand(ctx, b.m.BranchID); err != nil {
		return err
	}
	// A context that can end costs the driver a goroutine for each statement.
	plain := context.WithoutCancel(ctx)
	for from := int64(0); ; {
		if b.p.cancel.Load() {
			return ErrCancelled
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := b.db.billRows(plain, b.m.ID, from)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		from = rows[len(rows)-1].N
		if err := b.some(plain, rows); err != nil {
			return err
		}
		b.p.done.Add(int64(len(rows)))
	}
	return b.lastSent(plain, maps.Values(b.senders))
}

// billRows reads the next staged rows that are to be written.
func (d *DB) billRows(ctx context.Context, id, from int64) ([]ImportRow, error) {
	rows, err := d.fr.QueryContext(ctx, importRowsSQL(`n > $2 AND verdict IN ('create','update') ORDER BY n LIMIT `+strconv.Itoa(billStep)), id, from)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", id, err)
	}
	defer rows.Close()
	var out []ImportRow
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", id, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
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
		w.ID = b.block.at(b.made)
		b.made++
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
	return b.rewrite(ctx, was, correct(row.Record, was), b.sums)
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
