package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/retention"
)

// Hold keeps something though its time is over: everything of a client, or one
// row of a kind.
type Hold struct {
	ID, CustomerID         int64
	Kind                   retention.Kind // of the row
	Row                    int64
	Until                  string // last day, "" = until it is released
	Reason                 string
	UserID, MadeAt         int64
	User, Name             string // who set it; the client, "" of one row
	ReleasedAt, ReleasedBy int64
	ReleaseReason          string
	Version                int64

	client, branch, owner, clerk int64 // of what it keeps
}

func (tx *Tx) newHold(ctx context.Context, h Hold) error {
	if _, err := tx.exec(ctx, `INSERT INTO retention_holds (id, customer_id, kind, row_id, until, reason, user_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.newID(), ref(h.CustomerID), string(h.Kind), h.Row, h.Until, h.Reason, tx.by.UserID, tx.now()); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// HoldClient keeps everything of the client with a code until somebody releases it, for a
// reason: nothing of it is archived or destroyed. The actor needs privacy.edit
// over the client (ErrNotFound). One hold of a client is enough: a second is
// ErrTaken.
func (d *DB) HoldClient(ctx context.Context, by policy.Actor, code, reason string) error {
	if reason == "" {
		return fmt.Errorf("hold customer %s without a reason: %w", code, ErrRefused)
	}
	return d.act(ctx, by, "retention.hold", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		var customer, branch, owner, clerk, erased int64
		err := tx.QueryRowContext(ctx, `SELECT id, branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), erased_at FROM customers WHERE code = $1`, code).Scan(&customer, &branch, &owner, &clerk, &erased)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (erased != 0 || !d.sees(by.Scope(policy.PrivacyEdit), branch, owner, clerk)) {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("hold customer %s: %w", code, err)
		}
		held, err := rowsOf[int64](ctx, tx, `SELECT id FROM retention_holds WHERE customer_id = $1 AND released_at = 0`, customer)
		if err != nil || len(held) > 0 {
			return fmt.Errorf("hold customer %s: %w", code, cmp.Or(err, ErrTaken))
		}
		tx.aboutCustomer(branch, customer)
		tx.audit.rows = 1
		tx.detail(map[string]any{"reason": reason})
		return tx.newHold(ctx, Hold{CustomerID: customer, Reason: reason})
	})
}

// ReleaseHold ends a hold, for a reason. The actor needs privacy.edit over the
// company's data that it keeps (ErrNotFound); one that was released already is
// ErrConflict.
func (d *DB) ReleaseHold(ctx context.Context, by policy.Actor, id int64, reason string) error {
	if reason == "" {
		return fmt.Errorf("release hold %d without a reason: %w", id, ErrRefused)
	}
	return d.act(ctx, by, "retention.release", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		h, err := d.holdIn(ctx, tx, by.Scope(policy.PrivacyEdit), id)
		if err == nil && h.ReleasedAt != 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		if _, err := tx.exec(ctx, `UPDATE retention_holds SET released_at = $2, released_by = $3, release_reason = $4, version = version + 1 WHERE id = $1`, id, tx.now(), by.UserID, reason); err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		tx.aboutCustomer(h.branch, h.CustomerID)
		if h.CustomerID == 0 {
			tx.about(h.branch, h.Row)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": string(h.Kind), "reason": reason})
		return nil
	})
}

// A hold with what it keeps: the client's place, without a client the row's own.
const holdsSQL = `SELECT h.id, coalesce(c.id, 0), h.kind, h.row_id, h.until, h.reason, h.user_id, h.made_at, coalesce(u.name, ''), h.released_at, h.released_by, h.release_reason, h.version,
		coalesce(c.name, ''), coalesce(c.branch_id, k.branch_id, r.branch_id, o.branch_id, 0), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)
	FROM retention_holds h LEFT JOIN users u ON u.id = h.user_id
	LEFT JOIN visits v ON h.kind = 'visits' AND v.id = h.row_id
	LEFT JOIN cases k ON h.kind = 'cases' AND k.id = h.row_id
	LEFT JOIN feedback_forms f ON h.kind = 'forms' AND f.id = h.row_id
	LEFT JOIN ratings r ON h.kind = 'ratings' AND r.id = h.row_id
	LEFT JOIN outbox o ON h.kind = 'letters' AND o.id = h.row_id
	LEFT JOIN customers c ON c.id = coalesce(h.customer_id, v.customer_id, k.customer_id, f.customer_id, r.customer_id, o.customer_id)`

func (h *Hold) scan(scan func(...any) error) error {
	var kind string
	err := scan(&h.ID, &h.client, &kind, &h.Row, &h.Until, &h.Reason, &h.UserID, &h.MadeAt, &h.User, &h.ReleasedAt, &h.ReleasedBy, &h.ReleaseReason, &h.Version,
		&h.Name, &h.branch, &h.owner, &h.clerk)
	if h.Kind = retention.Kind(kind); h.Row == 0 {
		h.CustomerID = h.client
	}
	return err
}

// seen says whether a reader may know of a hold. One of a row that is gone is
// nobody's.
func (h *Hold) seen(d *DB, scope policy.Scope) bool {
	return h.branch != 0 && d.sees(scope, h.branch, h.owner, h.clerk)
}

func (d *DB) holdIn(ctx context.Context, q querier, scope policy.Scope, id int64) (h Hold, err error) {
	err = h.scan(q.QueryRowContext(ctx, holdsSQL+` WHERE h.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !h.seen(d, scope) {
		err = ErrNotFound
	}
	return h, err
}

// HoldKey says where a page of holds begins: those of clients come before those
// of rows, the latest first.
type HoldKey struct {
	Rows   bool
	Before int64 // 0 = the latest
}

const (
	holdsShown  = 200
	holdsLooked = 5000 // at most, for one page
	holdsOpen   = ` WHERE h.released_at = 0 AND (h.until = '' OR h.until >= $1) AND h.id < $2 AND h.customer_id IS `
	holdsBefore = ` ORDER BY h.id DESC LIMIT 200`
)

// Holds lists what is held and the scope sees, up to 200: all of clients, then
// what was brought back for a time. next says where those begin that were not
// looked at, nil = there are none; a page that has none of its own may have one.
func (d *DB) Holds(ctx context.Context, scope policy.Scope, at HoldKey) (out []Hold, next *HoldKey, err error) {
	if at.Before == 0 {
		at.Before = 1<<63 - 1
	}
	for looked := 0; looked < holdsLooked; {
		query := holdsSQL + holdsOpen + `NOT NULL` + holdsBefore
		if at.Rows {
			query = holdsSQL + holdsOpen + `NULL` + holdsBefore
		}
		var list []Hold
		if err := eachOf(ctx, d.r, query, []any{Day(d.now()), at.Before}, func(scan func(...any) error) error {
			var h Hold
			err := h.scan(scan)
			list = append(list, h)
			return err
		}); err != nil {
			return nil, nil, fmt.Errorf("holds: %w", err)
		}
		for _, h := range list {
			if h.seen(d, scope) {
				if len(out) == holdsShown {
					return out, &at, nil
				}
				out = append(out, h)
			}
			at.Before = h.ID
		}
		switch looked += len(list); {
		case len(list) == holdsShown:
		case at.Rows:
			return out, nil, nil
		default:
			at = HoldKey{Rows: true, Before: 1<<63 - 1}
		}
	}
	return out, &at, nil
}
