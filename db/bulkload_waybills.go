package db

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"yike/policy"
	"yike/policy/waybill"
)

// Shipper is a client on file as LoadWaybills' caller needs it.
type Shipper struct {
	ID, BranchID   int64
	ContactID      int64 // 0 = nobody
	OwnerID        int64
	Name, Contact  string
	Phone, Account string
	Address        string
	Industry       string
	Class, Stage   string
	Terms          string
	MonthlyPieces  int64
	CreatedAt      int64 // unix milliseconds
}

// shippersSQL reads the clients in the order in which their files were opened.
const shippersSQL = `SELECT c.id, c.branch_id, coalesce(k.id, 0), coalesce(c.owner_id, 0), c.name, coalesce(k.name, ''), coalesce((SELECT min(p.number) FROM phones p WHERE p.customer_id = c.id), ''), c.account_no, c.address,
	c.industry, c.class, c.stage, c.terms, c.monthly_pieces, c.created_at
	FROM customers c LEFT JOIN contacts k ON k.id = (SELECT min(m.id) FROM contacts m WHERE m.customer_id = c.id)
	WHERE c.deleted_at = 0 ORDER BY c.id`

// Shippers gives every client on file, the earliest file first, until yield
// refuses one. System only: for generated data.
func (d *DB) Shippers(ctx context.Context, by policy.Actor, yield func(Shipper) bool) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	rows, err := d.r.QueryContext(ctx, shippersSQL)
	if err != nil {
		return fmt.Errorf("shippers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s Shipper
		if err := rows.Scan(&s.ID, &s.BranchID, &s.ContactID, &s.OwnerID, &s.Name, &s.Contact, &s.Phone, &s.Account, &s.Address, &s.Industry, &s.Class, &s.Stage, &s.Terms, &s.MonthlyPieces, &s.CreatedAt); err != nil {
			return fmt.Errorf("shippers: %w", err)
		}
		if !yield(s) {
			break
		}
	}
	return rows.Err()
}

// loadParcels is how many parcels one transaction of LoadWaybills writes.
const loadParcels = 50_000

// LoadWaybills writes many parcels at once with their sums, an audit record
// for every 50,000: for generated data. It trusts the items; their branch is
// their client's. Of parcels of nobody on file the senders are gathered as an
// import does. What was written before an error stays. System only; note is
// called after each batch and may be nil.
func (d *DB) LoadWaybills(ctx context.Context, by policy.Actor, items iter.Seq[Waybill], note func(done int)) (done int, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	back, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return 0, err
	}
	defer back()
	next, stop := iter.Pull(items)
	defer stop()
	for {
		batch := make([]Waybill, 0, 1024)
		for len(batch) < loadParcels {
			w, more := next()
			if !more {
				break
			}
			batch = append(batch, w)
		}
		if len(batch) == 0 {
			break
		}
		if err := d.act(ctx, by, "waybills.load", func(tx *Tx) error {
			tx.detail(map[string]any{"waybills": len(batch)})
			return loadWaybills(ctx, tx, slices.Clone(batch)) // it may be asked twice
		}); err != nil {
			return done, fmt.Errorf("load waybills: %w", err)
		}
		done += len(batch)
		if note != nil {
			note(done)
		}
	}
	if d.postgres && done >= manyRows {
		// At worst the planner learns it within minutes.
		_, _ = d.w.ExecContext(ctx, `ANALYZE waybills, waybill_senders, waybill_sums, customer_months, picker_months`)
	}
	return done, ctx.Err()
}

// loadWaybills writes one batch. Rows with a sender come after the sender.
func loadWaybills(ctx context.Context, tx *Tx, batch []Waybill) error {
	// A context that can end costs the driver a goroutine for each statement.
	plain := context.WithoutCancel(ctx)
	s, sums := newSheaf(tx, "waybills", waybillNames), newTally()
	block, senders, stand := tx.db.ids.block(tx.db.now(), int64(len(batch))), map[sumKey]sender{}, map[int64]bool{}
	for i := range batch {
		w := &batch[i]
		if !stand[w.BranchID] {
			if err := tx.mayStand(ctx, w.BranchID); err != nil {
				return err
			}
			stand[w.BranchID] = true
		}
		w.ID, w.Version, w.CreatedAt, w.UpdatedAt = block.at(int64(i)), 1, tx.now(), tx.now()
		if w.CustomerID == 0 {
			if err := tx.loadSender(plain, w, senders); err != nil {
				return err
			}
		}
		sums.one(w, 1)
		s.add(values(w.all())...)
		if s.rows >= s.most {
			if err := errors.Join(ctx.Err(), flush(plain, []*sheaf{s})); err != nil {
				return err
			}
		}
	}
	if err := flush(plain, []*sheaf{s}); err != nil {
		return err
	}
	if err := tx.lastSent(plain, maps.Values(senders)); err != nil {
		return err
	}
	return sums.flush(plain, tx)
}

// loadSender finds or makes the sender of a parcel of nobody on file.
func (tx *Tx) loadSender(ctx context.Context, w *Waybill, known map[sumKey]sender) (err error) {
	key := sumKey{branch: w.BranchID, value: waybill.Key(w.Sender, w.SenderContact, w.SenderPhone)}
	if key.value == "" {
		return nil
	}
	s, have := known[key]
	if !have {
		if s, err = tx.senderOf(ctx, key.branch, key.value, w); err != nil {
			return err
		}
	}
	s.latest = max(s.latest, w.SentDay)
	known[key], w.SenderID = s, s.id
	return nil
}
