package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

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
		h, branch, err := d.holdIn(ctx, tx, by.Scope(policy.PrivacyEdit), id)
		if err == nil && h.ReleasedAt != 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		if _, err := tx.exec(ctx, `UPDATE retention_holds SET released_at = $2, released_by = $3, release_reason = $4, version = version + 1 WHERE id = $1`, id, tx.now(), by.UserID, reason); err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		tx.aboutCustomer(branch, h.CustomerID)
		if h.CustomerID == 0 {
			tx.about(branch, h.Row)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": string(h.Kind), "reason": reason})
		return nil
	})
}

const holdColumns = `h.id, coalesce(h.customer_id, 0), h.kind, h.row_id, h.until, h.reason, h.user_id, h.made_at, coalesce(u.name, ''), h.released_at, h.released_by, h.release_reason, h.version`

func (h *Hold) scan(scan func(...any) error) error {
	var kind string
	err := scan(&h.ID, &h.CustomerID, &kind, &h.Row, &h.Until, &h.Reason, &h.UserID, &h.MadeAt, &h.User, &h.ReleasedAt, &h.ReleasedBy, &h.ReleaseReason, &h.Version)
	h.Kind = retention.Kind(kind)
	return err
}

func (d *DB) holdIn(ctx context.Context, q querier, scope policy.Scope, id int64) (h Hold, branch int64, err error) {
	err = h.scan(q.QueryRowContext(ctx, `SELECT `+holdColumns+` FROM retention_holds h LEFT JOIN users u ON u.id = h.user_id WHERE h.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return h, 0, err
	}
	branch, err = d.holdPlace(ctx, q, scope, &h)
	return h, branch, err
}

// holdPlace is the branch of what a hold keeps, ErrNotFound beyond the scope.
func (d *DB) holdPlace(ctx context.Context, q querier, scope policy.Scope, h *Hold) (int64, error) {
	customer := h.CustomerID
	if customer == 0 {
		query := map[retention.Kind]string{retention.Visits: `SELECT customer_id FROM visits WHERE id = $1`, retention.Cases: `SELECT coalesce(customer_id, 0) FROM cases WHERE id = $1`,
			retention.Forms: `SELECT customer_id FROM feedback_forms WHERE id = $1`, retention.Ratings: `SELECT coalesce(customer_id, 0) FROM ratings WHERE id = $1`,
			retention.Letters: `SELECT coalesce(customer_id, 0) FROM outbox WHERE id = $1`}[h.Kind]
		if query == "" {
			return 0, ErrNotFound
		}
		if err := q.QueryRowContext(ctx, query, h.Row).Scan(&customer); err != nil {
			return 0, err
		}
	}
	branch, owner, clerk, err := d.placeOf(ctx, q, h.Kind, h.Row, customer, &h.Name)
	if err == nil && !d.sees(scope, branch, owner, clerk) {
		err = ErrNotFound
	}
	return branch, err
}

// Holds lists what is held and the scope sees, the latest first, up to 200: all
// of clients, then what was brought back for a time.
func (d *DB) Holds(ctx context.Context, scope policy.Scope) ([]Hold, error) {
	var list []Hold
	err := eachOf(ctx, d.r, `SELECT `+holdColumns+` FROM retention_holds h LEFT JOIN users u ON u.id = h.user_id
		WHERE h.released_at = 0 AND (h.until = '' OR h.until >= $1) ORDER BY CASE WHEN h.customer_id IS NULL THEN 1 ELSE 0 END, h.id DESC LIMIT 200`, []any{Day(d.now())}, func(scan func(...any) error) error {
		var h Hold
		err := h.scan(scan)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("holds: %w", err)
	}
	for i := range list {
		if _, err = d.holdPlace(ctx, d.r, scope, &list[i]); errors.Is(err, ErrNotFound) {
			list[i].ID = 0
		} else if err != nil {
			return nil, fmt.Errorf("holds: %w", err)
		}
	}
	return slices.DeleteFunc(list, func(h Hold) bool { return h.ID == 0 }), nil
}
