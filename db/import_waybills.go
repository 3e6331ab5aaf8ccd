package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

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
	many     *sql.Stmt       // asks for lookupBatch numbers
}

// WaybillLookup returns a lookup for one judgement of a branch's bill.
func (d *DB) WaybillLookup(ctx context.Context, branch int64) *WaybillLookup {
	return &WaybillLookup{ctx: ctx, d: d, branch: branch, attached: map[string]int64{}, asked: map[string]bool{}}
}

// Close ends the lookup.
func (l *WaybillLookup) Close() error {
	if l.many == nil {
		return nil
	}
	return l.many.Close()
}

// Prefetch reads what the next rows will be asked for, and forgets the parcels
// of those before: which numbers are on record, and who senders are that are no
// clients by themselves.
func (l *WaybillLookup) Prefetch(numbers []string, unknown []intake.Record) error {
	l.parcels = map[string]*WaybillRow{}
	var keys []string
	for _, r := range unknown {
		if k := senderKey(r.Get, r.Phones); k != "" && !l.asked[k] {
			l.asked[k] = true
			keys = append(keys, k)
		}
	}
	for chunk := range slices.Chunk(numbers, lookupBatch) {
		if err := l.recorded(chunk); err != nil {
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

// recorded reads the parcels of some numbers. Those of a full batch, which are
// nearly all of a bill's, are asked for by one statement that is kept.
func (l *WaybillLookup) recorded(numbers []string) error {
	ctx := context.WithoutCancel(l.ctx) // one that can end would cost the driver a goroutine for each statement
	ask := func() (*sql.Rows, error) {
		return l.d.r.QueryContext(ctx, l.d.amongSQL(waybillRowSQL+` WHERE w.number `, 1, len(numbers), ``), textArgs(numbers)...)
	}
	if len(numbers) > lookupBatch/2 {
		for len(numbers) < lookupBatch {
			numbers = append(numbers, numbers[0])
		}
		if l.many == nil {
			var err error
			if l.many, err = l.d.r.PrepareContext(ctx, l.d.amongSQL(waybillRowSQL+` WHERE w.number `, 1, lookupBatch, ``)); err != nil {
				return err
			}
		}
		ask = func() (*sql.Rows, error) { return l.many.QueryContext(ctx, textArgs(numbers)...) }
	}
	rows, err := ask()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		w, err := scanWaybillRow(rows)
		if err != nil {
			return err
		}
		l.parcels[w.Number] = &w
	}
	return rows.Err()
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

// CompareWaybill says what a record would correct on a parcel on record, field
// by field. One that nobody was bound to is bound to the record's client.
func CompareWaybill(r ImportRecord, was Waybill, from string) []ImportChange {
	now := correct(r, was, from)
	var out []ImportChange
	before, after := was.fields(), now.fields()
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b {
			out = append(out, ImportChange{before[i].column, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	return out
}

func correct(r ImportRecord, was Waybill, from string) Waybill {
	now := was
	laid := saidOf(&r)
	laid.lay(&now, nil)
	if now.SentDay < from {
		now.recall(&was)
	}
	if was.CustomerID == 0 && r.Customer != 0 {
		now.CustomerID, now.BoundBy, now.SenderID = r.Customer, r.By, 0
		if r.Branch != 0 {
			now.BranchID = r.Branch
		}
		if now.SentDay < from {
			now.forget()
		}
	}
	return now
}
