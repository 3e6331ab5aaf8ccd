package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/sensitive"
)

// Optional fields of a person (R27). Each exists only while head office has
// switched it on. A value is sealed with a key of the person it is about (the
// client's, or one of the contact's own), stands in no list, search, export or
// log, and is read one at a time, by Reveal, on record.

// RuleSensitive is the dated rule of which optional fields are in use, for what
// and on which ground; its value is a sensitive.Rule. It is the company's.
const RuleSensitive = "sensitive"

// SensitiveRule returns what holds on a day, and by which version.
func (d *DB) SensitiveRule(ctx context.Context, on string) (sensitive.Rule, RuleRow, error) {
	rule := sensitive.Rule{}
	row, err := d.Rule(ctx, RuleSensitive, 0, on)
	if err == nil && row.Version > 0 {
		if err = json.Unmarshal([]byte(row.Value), &rule); err != nil {
			err = fmt.Errorf("optional fields, version %d: %w", row.Version, err)
		}
	}
	return rule, row, err
}

// sealedPurpose is what the values are sealed for.
func sealedPurpose(field string) string { return "optional " + field }

// keyOwner is whose key seals: that of the contact, or one for the client
// itself, kept under its negative id. It is not the key of the client's
// before-images, which goes with each contact that is erased (renewKey).
func keyOwner(customer, contact int64) int64 {
	if contact != 0 {
		return contact
	}
	return -customer
}

// Filled names an optional field in which something stands.
type Filled struct {
	ContactID int64 // 0: the client itself
	Field     string
	UpdatedAt int64 // unix milliseconds
	UpdatedBy string
}

// SensitiveFilled returns which optional fields in use of a client and its
// contacts hold something, not what. The scope is that of sensitive.read;
// ErrNotFound beyond it.
func (d *DB) SensitiveFilled(ctx context.Context, scope policy.Scope, customer int64) ([]Filled, error) {
	if _, err := d.customer(ctx, d.r, scope, customer, false); err != nil {
		return nil, err
	}
	rule, _, err := d.SensitiveRule(ctx, Day(d.now()))
	if err != nil {
		return nil, err
	}
	rows, err := d.r.QueryContext(ctx, `
		SELECT s.contact_id, s.field, s.updated_at, coalesce(u.name, '') FROM sensitive_values s LEFT JOIN users u ON u.id = s.updated_by
		WHERE s.customer_id = $1 ORDER BY s.contact_id, s.field`, customer)
	if err != nil {
		return nil, fmt.Errorf("optional fields of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []Filled
	for rows.Next() {
		var f Filled
		if err := rows.Scan(&f.ContactID, &f.Field, &f.UpdatedAt, &f.UpdatedBy); err != nil {
			return nil, fmt.Errorf("optional fields of customer %d: %w", customer, err)
		}
		if rule[f.Field].On {
			out = append(out, f)
		}
	}
	return out, rows.Err()
}

// SetSensitive writes optional fields of a client (contact 0) or of one of its
// contacts; an empty value takes the field away. The actor needs sensitive.edit
// over the client. ErrNotFound beyond it, ErrRefused for a field that is off or
// a value that cannot be, ErrNoKey without the key file. The audit says which
// fields, never what stood there.
func (d *DB) SetSensitive(ctx context.Context, by policy.Actor, customer, contact int64, values map[string]string) error {
	rule, _, err := d.SensitiveRule(ctx, Day(d.now()))
	if err != nil {
		return err
	}
	var set, gone []string
	clean := map[string]string{}
	for field, value := range values {
		if !rule[field].On || contact == 0 && !sensitive.OfClient(field) {
			return fmt.Errorf("optional field %q: %w", field, ErrRefused)
		}
		kept, fault := sensitive.Clean(field, value)
		switch {
		case fault == sensitive.Nothing:
			gone = append(gone, field)
		case fault != sensitive.Fine:
			return fmt.Errorf("optional field %q, %s: %w", field, fault, ErrRefused)
		default:
			set, clean[field] = append(set, field), kept
		}
	}
	if len(set)+len(gone) == 0 {
		return ErrSame
	}
	slices.Sort(set)
	slices.Sort(gone)
	return d.act(ctx, by, "sensitive.set", func(tx *Tx) error {
		c, err := d.customer(ctx, tx, by.Scope(policy.SensitiveEdit), customer, false)
		if err != nil {
			return err
		}
		if contact != 0 {
			if _, err := contactIn(ctx, tx, c.ID, contact); err != nil {
				return err
			}
		}
		for _, field := range set {
			sealed, err := tx.sealFor(ctx, keyOwner(c.ID, contact), sealedPurpose(field), c.ID, []byte(clean[field]))
			if err != nil {
				return err
			}
			if _, err := tx.exec(ctx, `
				INSERT INTO sensitive_values (id, customer_id, contact_id, branch_id, field, sealed, updated_by, updated_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (customer_id, contact_id, field) DO UPDATE SET sealed = excluded.sealed, branch_id = excluded.branch_id,
					updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
				tx.newID(), c.ID, contact, c.BranchID, field, sealed, by.UserID, tx.now()); err != nil {
				return fmt.Errorf("optional field of customer %d: %w", c.ID, err)
			}
		}
		for _, field := range gone {
			if _, err := tx.exec(ctx, `DELETE FROM sensitive_values WHERE customer_id = $1 AND contact_id = $2 AND field = $3`, c.ID, contact, field); err != nil {
				return fmt.Errorf("optional field of customer %d: %w", c.ID, err)
			}
		}
		tx.aboutCustomer(c.BranchID, c.ID)
		tx.audit.rows = int64(len(set) + len(gone))
		detail := map[string]any{"field": strings.Join(append(set, gone...), " ")}
		if contact != 0 {
			detail["contact"] = fmt.Sprint(contact)
		}
		tx.detail(detail)
		return nil
	})
}

// sensitiveValue opens one optional field inside a reveal. It takes
// sensitive.read over the client, whatever else the actor may see.
func (d *DB) sensitiveValue(ctx context.Context, tx *Tx, by policy.Actor, ask RevealAsk) (branch int64, value string, err error) {
	c, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), ask.Customer, false)
	if err != nil {
		return 0, "", err
	}
	if !d.sees(by.Scope(policy.SensitiveRead), c.BranchID, c.OwnerID, c.ClerkID) {
		return 0, "", ErrRefused
	}
	if ask.Contact != 0 {
		if _, err := contactIn(ctx, tx, c.ID, ask.Contact); err != nil {
			return 0, "", err
		}
	}
	var sealed string
	err = tx.QueryRowContext(ctx, `SELECT sealed FROM sensitive_values WHERE customer_id = $1 AND contact_id = $2 AND field = $3`, c.ID, ask.Contact, ask.Field).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return 0, "", err
	}
	owner := keyOwner(c.ID, ask.Contact)
	a, err := tx.customerAEAD(ctx, owner)
	plain, err := openFor(a, err, owner, sealedPurpose(ask.Field), c.ID, sealed)
	return c.BranchID, string(plain), err
}

// Opened is an optional field with what stands in it.
type Opened struct {
	ContactID    int64
	Field, Value string
	Lost         bool // it cannot be opened: no key file
}

// openSensitive opens every optional field of a client, or of one contact of
// it, also of fields that were switched off since: the person has a right to
// all of it.
func (d *DB) openSensitive(ctx context.Context, customer, contact int64) ([]Opened, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT contact_id, field, sealed FROM sensitive_values WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)
		ORDER BY contact_id, field`, customer, contact)
	if err != nil {
		return nil, fmt.Errorf("optional fields of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []Opened
	for rows.Next() {
		var o Opened
		if err := rows.Scan(&o.ContactID, &o.Field, &o.Value); err != nil {
			return nil, fmt.Errorf("optional fields of customer %d: %w", customer, err)
		}
		out = append(out, o)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	for i, o := range out {
		owner := keyOwner(customer, o.ContactID)
		plain, err := d.openFor(ctx, owner, sealedPurpose(o.Field), customer, o.Value)
		if err != nil && !mayLose(err) && !errors.Is(err, ErrSealed) {
			return nil, err
		}
		out[i].Value, out[i].Lost = string(plain), err != nil
	}
	return out, nil
}

// CountSensitive counts, by field, in how many files something stands.
func (d *DB) CountSensitive(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	err := d.eachPair(ctx, condOf(`SELECT COUNT(*), field FROM sensitive_values GROUP BY field`), func(n int64, field string) { out[field] = n })
	if err != nil {
		return nil, fmt.Errorf("count optional fields: %w", err)
	}
	return out, nil
}

// Destruction is the record of a field whose values were destroyed.
type Destruction struct {
	At            int64 // unix milliseconds
	User          string
	Field, Reason string
	Rows          int64
}

// DestroySensitive removes every value of a field that is switched off, for
// good, and leaves a record of it. It takes privacy.edit over the company
// (ErrRefused); a field that is in use is ErrConflict.
func (d *DB) DestroySensitive(ctx context.Context, by policy.Actor, field, reason string) (n int64, err error) {
	if !sensitive.Known(field) || reason == "" {
		return 0, fmt.Errorf("destroy field %q: %w", field, ErrRefused)
	}
	if !d.postgres {
		if _, err := d.w.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return 0, fmt.Errorf("destroy field %s: %w", field, err)
		}
		defer d.w.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = OFF`) //nolint:errcheck // costs a little time at worst
	}
	rule, _, err := d.SensitiveRule(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	err = d.act(ctx, by, "sensitive.destroy", func(tx *Tx) error {
		if !by.Scope(policy.PrivacyEdit).SeesBranch(d.Chain(d.headOffice())) {
			return fmt.Errorf("destroy field %s: %w", field, ErrRefused)
		}
		if rule[field].On {
			return fmt.Errorf("destroy field %s, in use: %w", field, ErrConflict)
		}
		var err error
		if n, err = tx.exec(ctx, `DELETE FROM sensitive_values WHERE field = $1`, field); err != nil {
			return fmt.Errorf("destroy field %s: %w", field, err)
		}
		if _, err := tx.exec(ctx, `INSERT INTO destructions (id, at, user_id, field, rows, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
			tx.newID(), tx.now(), by.UserID, field, n, reason); err != nil {
			return fmt.Errorf("destroy field %s: %w", field, err)
		}
		tx.about(d.headOffice(), 0)
		tx.audit.rows = n
		tx.detail(map[string]any{"field": field, "reason": reason})
		return tx.setMeta(ctx, metaScrub, "due")
	})
	if err == nil && d.smallEnough() {
		_ = d.Scrub(ctx) // what is left for later is tried again by night
	}
	return n, err
}

// Destructions returns what was destroyed, the latest first.
func (d *DB) Destructions(ctx context.Context) ([]Destruction, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT x.at, coalesce(u.name, ''), x.field, x.rows, x.reason FROM destructions x LEFT JOIN users u ON u.id = x.user_id ORDER BY x.id DESC LIMIT 200`)
	if err != nil {
		return nil, fmt.Errorf("destructions: %w", err)
	}
	defer rows.Close()
	var out []Destruction
	for rows.Next() {
		var x Destruction
		if err := rows.Scan(&x.At, &x.User, &x.Field, &x.Rows, &x.Reason); err != nil {
			return nil, fmt.Errorf("destructions: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}
