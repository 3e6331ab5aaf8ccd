package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/waybill"
)

// WaybillSender is somebody who sent parcels and is nobody on file: a possible
// new client. Once attached to a client their parcels are the client's, also
// those of bills to come.
type WaybillSender struct {
	ID, BranchID   int64
	Name, Contact  string
	Phone, Account string
	Address        string
	CustomerID     int64 // attached to, 0 = not yet
	Waybills       int64 // that point here, and their freight in fen
	Freight        int64
	LastDay        string
	Version        int64
}

func (s *WaybillSender) fields() []field {
	return []field{{"id", &s.ID}, {"branch_id", &s.BranchID}, {"name", &s.Name}, {"contact", &s.Contact}, {"phone", &s.Phone}, {"account_no", &s.Account},
		{"address", &s.Address}, {"customer_id", (*ref)(&s.CustomerID)}, {"waybills", &s.Waybills}, {"freight_fen", &s.Freight}, {"last_day", &s.LastDay}, {"version", &s.Version}}
}

var senderColumns = columns("", new(WaybillSender).fields())

// sendersSQL reads senders that meet a condition written in this package.
func sendersSQL(where string) string {
	return `SELECT ` + senderColumns + ` FROM waybill_senders` + where
}

// WaybillSenders returns who sent parcels from the scope's branches and is
// nobody on file, who sent the most first, and whether there are more.
func (d *DB) WaybillSenders(ctx context.Context, scope policy.Scope, limit int) (list []WaybillSender, more bool, err error) {
	var c conditions
	c.add("customer_id IS NULL")
	c.add("waybills > 0")
	if branches, all := d.branchIDs(scope); !all {
		if len(branches) == 0 {
			return nil, false, nil
		}
		in, ids := marks(branches)
		c.add("branch_id IN ("+in+")", ids...)
	}
	rows, err := d.r.QueryContext(ctx, sendersSQL(c.whereSQL()+` ORDER BY freight_fen DESC, id DESC LIMIT `+strconv.Itoa(limit+1)), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("senders: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s WaybillSender
		if err := rows.Scan(pointers(s.fields())...); err != nil {
			return nil, false, fmt.Errorf("senders: %w", err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("senders: %w", err)
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, nil
}

// WaybillSender returns one sender of the scope's branches.
func (d *DB) WaybillSender(ctx context.Context, scope policy.Scope, id int64) (WaybillSender, error) {
	return d.senderIn(ctx, d.r, scope, id)
}

func (d *DB) senderIn(ctx context.Context, q querier, scope policy.Scope, id int64) (WaybillSender, error) {
	var s WaybillSender
	err := q.QueryRowContext(ctx, sendersSQL(` WHERE id = $1`), id).Scan(pointers(s.fields())...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !scope.SeesBranch(d.Chain(s.BranchID)) {
		err = ErrNotFound
	}
	if err != nil {
		return WaybillSender{}, fmt.Errorf("sender %d: %w", id, err)
	}
	return s, nil
}

// AttachSender says whose a sender's parcels are; version 0 asks for none. It
// returns how many parcels were bound; what is to be done about them is the
// client's, too. DetachSender takes it back.
func (d *DB) AttachSender(ctx context.Context, by policy.Actor, id, version, customer int64) (n int64, err error) {
	err = d.act(ctx, by, "waybills.attach", func(tx *Tx) error {
		s, err := d.senderIn(ctx, tx, by.Scope(policy.WaybillEdit), id)
		if err != nil {
			return err
		}
		c, err := d.customer(ctx, tx, by.Scope(policy.WaybillEdit), customer, false)
		if err != nil {
			return err
		}
		if s.CustomerID != 0 || version != 0 && version != s.Version {
			return fmt.Errorf("sender %d: %w", id, ErrConflict)
		}
		if n, err = tx.hand(ctx, id, `customer_id IS NULL`, c.ID, c.BranchID); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE waybill_senders SET customer_id = $2, version = version + 1, updated_at = $3 WHERE id = $1`, id, c.ID, tx.now()); err != nil {
			return fmt.Errorf("attach sender %d: %w", id, err)
		}
		if err := tx.moveTodos(ctx, id, c.ID, c.BranchID); err != nil {
			return err
		}
		tx.aboutCustomer(c.BranchID, c.ID)
		tx.detail(map[string]any{"sender": strconv.FormatInt(id, 10), "waybills": n})
		return nil
	})
	return n, err
}

// hand binds the parcels of a sender that meet a condition to a client, or with
// 0 to nobody.
func (tx *Tx) hand(ctx context.Context, sender int64, which string, customer, branch int64) (n int64, err error) {
	by := waybill.ByHand
	if customer == 0 {
		by = ""
	}
	if err := tx.QueryRowContext(ctx, handedSQL(which), sender).Scan(&n); err != nil {
		return 0, fmt.Errorf("waybills of sender %d: %w", sender, err)
	}
	if _, err := tx.exec(ctx, handRatingsSQL(which), sender, ref(customer), branch); err != nil {
		return 0, fmt.Errorf("ratings of sender %d: %w", sender, err)
	}
	if _, err := tx.exec(ctx, handArchivedSQL(which), sender, ref(customer)); err != nil {
		return 0, fmt.Errorf("archived ratings of sender %d: %w", sender, err)
	}
	return n, rebind(ctx, tx, ofSenderSQL(which), []any{sender}, func(w *Waybill) { w.CustomerID, w.BranchID = customer, branch },
		handSQL(which), sender, ref(customer), branch, by, tx.now())
}

// ofSenderSQL are parcels of a sender that meet a condition of this file.
func ofSenderSQL(which string) string { return `sender_id = $1 AND ` + which }

// handedSQL counts and handSQL binds parcels of a sender; the condition is
// written in this file.
func handedSQL(which string) string {
	return `SELECT count(*) FROM waybills WHERE ` + ofSenderSQL(which)
}

func handSQL(which string) string {
	return `UPDATE waybills SET customer_id = CAST($2 AS BIGINT), branch_id = $3, bound_by = $4, updated_at = $5 WHERE ` + ofSenderSQL(which)
}

// handRatingsSQL lets what was said of those parcels follow them, before they
// go. It counts wherever they stand: nobody, or a client that is in no bin.
func handRatingsSQL(which string) string {
	return `UPDATE ratings SET customer_id = CAST($2 AS BIGINT), branch_id = $3, binned = FALSE WHERE waybill_id <> 0 AND waybill_id IN (SELECT id FROM waybills WHERE ` + ofSenderSQL(which) + `)`
}

// handArchivedSQL does so with what is archived of those ratings.
func handArchivedSQL(which string) string {
	return `UPDATE archived SET customer_id = CAST($2 AS BIGINT), contact_id = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN NULL ELSE contact_id END
		WHERE kind = 'ratings' AND row_id IN (SELECT id FROM ratings WHERE waybill_id <> 0 AND waybill_id IN (SELECT id FROM waybills WHERE ` + ofSenderSQL(which) + `))`
}

// DetachSender takes back that a sender is a client: the parcels that were
// bound for it are nobody's again.
func (d *DB) DetachSender(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "waybills.detach", func(tx *Tx) error {
		s, err := d.senderIn(ctx, tx, by.Scope(policy.WaybillEdit), id)
		if err != nil {
			return err
		}
		if s.CustomerID == 0 {
			return fmt.Errorf("sender %d: %w", id, ErrConflict)
		}
		if err := tx.mayStand(ctx, s.BranchID); err != nil {
			return err
		}
		if err := tx.moveTodos(ctx, id, 0, s.BranchID); err != nil {
			return err
		}
		n, err := tx.hand(ctx, id, `bound_by = 'hand'`, 0, s.BranchID)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE waybill_senders SET customer_id = NULL, version = version + 1, updated_at = $2 WHERE id = $1`, id, tx.now()); err != nil {
			return fmt.Errorf("detach sender %d: %w", id, err)
		}
		tx.aboutCustomer(s.BranchID, s.CustomerID)
		tx.detail(map[string]any{"sender": strconv.FormatInt(id, 10), "waybills": n})
		return nil
	})
}
