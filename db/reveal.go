package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/sensitive"
)

// RevealAsk names one masked field of a client, or of one of its contacts, and
// what it is needed for.
type RevealAsk struct {
	Customer, Contact int64  // Contact 0: the client's own field
	Field             string // mask.Fields, or sensitive.Fields
	Index             int    // which of several phones, from 0
	Purpose           string // mask.Purposes
	Note              string // in words; needed for mask.ForAnything
}

// Revealed is a field in full, and what is left of the day's cap.
type Revealed struct {
	Value string // a phone in its canonical spelling
	Left  int64
}

// Reveal reads one masked field in full. In one transaction it is counted
// against the day's cap, put on record with its purpose, and read, so that none
// of them happens without the others. OverCap when the cap is reached;
// ErrNotFound when the client is out of scope or the field is empty; ErrRefused
// without customers.reveal over this client, or sensitive.read for an optional
// field; ErrNoKey when an optional field cannot be opened.
func (d *DB) Reveal(ctx context.Context, by policy.Actor, ask RevealAsk) (Revealed, error) {
	if mask.CheckPurpose(ask.Purpose, ask.Note) != mask.PurposeFine || ask.Index < 0 {
		return Revealed{}, fmt.Errorf("reveal for %q: %w", ask.Purpose, ErrRefused)
	}
	caps, err := d.caps(ctx, by)
	if err != nil {
		return Revealed{}, err
	}
	if sensitive.Known(ask.Field) {
		rule, _, err := d.SensitiveRule(ctx, Day(d.now()))
		if err != nil {
			return Revealed{}, err
		}
		if !rule[ask.Field].On {
			return Revealed{}, fmt.Errorf("reveal %s, switched off: %w", ask.Field, ErrNotFound)
		}
	}
	var out Revealed
	err = d.act(ctx, by, "customers.reveal", func(tx *Tx) error {
		read := d.maskedValue
		if sensitive.Known(ask.Field) {
			read = d.sensitiveValue
		}
		branch, value, err := read(ctx, tx, by, ask)
		if err != nil {
			return err
		}
		n, err := tx.take(ctx, UseReveals, 1, int64(caps.Reveals))
		if err != nil {
			return err
		}
		out = Revealed{Value: value, Left: int64(caps.Reveals) - n}
		tx.aboutCustomer(branch, ask.Customer)
		tx.audit.rows = 1
		detail := map[string]any{"field": ask.Field, "purpose": ask.Purpose}
		if ask.Contact != 0 {
			detail["contact"] = fmt.Sprint(ask.Contact)
		}
		if ask.Note != "" {
			detail["reason"] = mask.Text(ask.Note, mask.Masked)
		}
		tx.detail(detail)
		if by.UserID == 0 {
			return nil // the program itself is in the audit only
		}
		_, err = tx.exec(ctx, `
			INSERT INTO reveals (id, at, day, user_id, customer_id, contact_id, branch_id, field, purpose, audit_id, position)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			tx.newID(), tx.now(), tx.today(), by.UserID, ask.Customer, ref(ask.Contact), branch, ask.Field, ask.Purpose, tx.audit.id, ask.Index)
		return err
	})
	if err != nil {
		return Revealed{}, fmt.Errorf("reveal %s of customer %d: %w", ask.Field, ask.Customer, err)
	}
	return out, nil
}

// maskedValue reads the field inside the transaction, after the actor's rights.
func (d *DB) maskedValue(ctx context.Context, q *Tx, by policy.Actor, ask RevealAsk) (branch int64, value string, err error) {
	var owner, clerk, deleted int64
	own := map[string]*string{mask.FieldWeChat: new(string), mask.FieldEmail: new(string), mask.FieldAddress: new(string), mask.FieldRemark: new(string)}
	var code string
	err = q.QueryRowContext(ctx, `
		SELECT branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), deleted_at, wechat, email, place_code, address, remark
		FROM customers WHERE id = $1`, ask.Customer).
		Scan(&branch, &owner, &clerk, &deleted, own[mask.FieldWeChat], own[mask.FieldEmail], &code, own[mask.FieldAddress], own[mask.FieldRemark])
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && (deleted != 0 || !d.sees(by.Scope(policy.CustomerRead), branch, owner, clerk)):
		return 0, "", ErrNotFound
	case err != nil:
		return 0, "", err
	case !d.sees(by.Scope(policy.CustomerReveal), branch, owner, clerk) && !d.sees(by.Scope(policy.CustomerUnmask), branch, owner, clerk):
		return 0, "", ErrRefused
	}
	switch {
	case ask.Field == mask.FieldPhone:
		err = q.QueryRowContext(ctx, `
			SELECT number FROM phones p LEFT JOIN contacts k ON k.id = p.contact_id
			WHERE p.customer_id = $1 AND coalesce(p.contact_id, 0) = $2 AND coalesce(k.deleted_at, 0) = 0
			ORDER BY p.position LIMIT 1 OFFSET $3`, ask.Customer, ask.Contact, ask.Index).Scan(&value)
	case ask.Contact != 0:
		var wechat, email, remark string
		err = q.QueryRowContext(ctx, `SELECT wechat, email, remark FROM contacts WHERE id = $1 AND customer_id = $2 AND deleted_at = 0`,
			ask.Contact, ask.Customer).Scan(&wechat, &email, &remark)
		value = map[string]string{mask.FieldWeChat: wechat, mask.FieldEmail: email, mask.FieldRemark: remark}[ask.Field]
	case own[ask.Field] != nil:
		value = *own[ask.Field]
		if ask.Field == mask.FieldAddress && value != "" {
			known, _ := place.Path(code)
			value = known.Name() + value
		}
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && value == "" {
		err = ErrNotFound
	}
	return branch, value, err
}
