package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"yike/policy"
)

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).In(Zone) }

// History returns the changes of a customer, its contacts and visits, the
// newest first, at most limit of them older than the change before (0 = from
// the newest). It is ErrNotFound when the scope does not see the customer.
func (d *DB) History(ctx context.Context, scope policy.Scope, customer, before int64, limit int) ([]Change, error) {
	if _, err := d.customerPlace(ctx, scope, customer); err != nil {
		return nil, err
	}
	return d.changesOf(ctx, customer, before, limit, "")
}

// customerPlace reads no more of a file than says who may see it.
func (d *DB) customerPlace(ctx context.Context, scope policy.Scope, id int64) (branch int64, err error) {
	var owner, clerk, deleted int64
	err = d.r.QueryRowContext(ctx, `SELECT branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), deleted_at FROM customers WHERE id = $1`, id).
		Scan(&branch, &owner, &clerk, &deleted)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (deleted != 0 || !d.sees(scope, branch, owner, clerk)) {
		err = ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("customer %d: %w", id, err)
	}
	return branch, nil
}

// changesOf leaves out the changes of one kind of row, "" for none.
func (d *DB) changesOf(ctx context.Context, customer, before int64, limit int, without string) ([]Change, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := d.query(ctx, condOf(`
		SELECT ch.id, CASE WHEN ch.kind = 'create' AND ch.entity = 'customers' THEN c.created_at ELSE a.at END, a.user_id, a.user_name, a.act, a.id, a.detail, ch.kind, ch.entity, ch.row_id, ch.version, ch.fields
		FROM changes ch JOIN audits a ON a.id = ch.audit_id JOIN customers c ON c.id = ch.customer_id
		WHERE ch.customer_id = $1 AND ch.id < $2 AND ch.entity <> $4`+d.shownSQL("ch.row_id")+`
		ORDER BY ch.id DESC LIMIT $3`, customer, before, limit, without))
	if err != nil {
		return nil, fmt.Errorf("history of customer %d: %w", customer, err)
	}
	defer rows.Close()
	type stored struct {
		audit          int64
		detail, fields string
	}
	var out []Change
	var texts []stored
	for rows.Next() {
		var c Change
		var s stored
		if err := rows.Scan(&c.ID, &c.At, &c.UserID, &c.UserName, &c.Act, &s.audit, &s.detail, &c.Kind, &c.Entity, &c.RowID, &c.Version, &s.fields); err != nil {
			return nil, fmt.Errorf("history of customer %d: %w", customer, err)
		}
		out, texts = append(out, c), append(texts, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("history of customer %d: %w", customer, err)
	}
	rows.Close()
	o := d.opener()
	for i := range out {
		c := &out[i]
		if c.Fields, err = o.fields(ctx, texts[i].fields, c.ID, customer); err != nil {
			return nil, fmt.Errorf("history of customer %d: %w", customer, err)
		}
		said, err := o.detail(ctx, texts[i].detail, texts[i].audit)
		if err != nil {
			return nil, fmt.Errorf("history of customer %d: %w", customer, err)
		}
		c.Reason = said.Text("reason")
	}
	return out, nil
}

// CustomerAt returns a file as it stood at an earlier version: now, with every
// change made since taken back. It serves those who come too late with an edit.
func (d *DB) CustomerAt(ctx context.Context, scope policy.Scope, now Customer, version int64) (Customer, error) {
	if !d.sees(scope, now.BranchID, now.OwnerID, now.ClerkID) {
		return Customer{}, fmt.Errorf("customer %d: %w", now.ID, ErrNotFound)
	}
	rows, err := d.r.QueryContext(ctx, `
		SELECT id, fields FROM changes
		WHERE row_id = $1 AND version > $2 AND version <= $3 AND entity = 'customers' AND kind = 'update'
		ORDER BY version DESC`, now.ID, version, now.Version)
	if err != nil {
		return Customer{}, fmt.Errorf("changes of customer %d: %w", now.ID, err)
	}
	defer rows.Close()
	type stored struct {
		id   int64
		text string
	}
	var texts []stored
	for rows.Next() {
		var s stored
		if err := rows.Scan(&s.id, &s.text); err != nil {
			return Customer{}, fmt.Errorf("changes of customer %d: %w", now.ID, err)
		}
		texts = append(texts, s)
	}
	if err := rows.Err(); err != nil {
		return Customer{}, fmt.Errorf("changes of customer %d: %w", now.ID, err)
	}
	rows.Close()
	then, o := now, d.opener()
	then.Version = version
	for _, s := range texts {
		fields, err := o.fields(ctx, s.text, s.id, now.ID)
		if err != nil {
			return Customer{}, fmt.Errorf("changes of customer %d: %w", now.ID, err)
		}
		for _, f := range fields {
			then.takeBack(f)
		}
	}
	return then, nil
}

// takeBack sets one field to what stood there before a change. A value that
// cannot be read leaves the field as it is.
func (c *Customer) takeBack(f FieldChange) {
	if f.Lost != "" {
		return
	}
	text, _ := f.Before.(string)
	switch f.Column {
	case "phones":
		c.Phones = strings.Fields(text)
		return
	case "tags":
		c.Tags = nil
		for _, id := range strings.Fields(text) {
			c.Tags = append(c.Tags, ParseID(id))
		}
		return
	}
	for _, to := range c.fields() {
		if to.column != f.Column {
			continue
		}
		switch p := to.value.(type) {
		case *string:
			*p = text
		case *ref:
			*p = ref(ParseID(text))
		case *int64:
			n, _ := f.Before.(float64)
			*p = int64(n)
		case *bool:
			*p, _ = f.Before.(bool)
		}
	}
}

// ClassifyCustomer sets the class by hand, with the reason for it. version is
// what was read; a stale one is a *Stale. ErrRefused without the right.
func (d *DB) ClassifyCustomer(ctx context.Context, by policy.Actor, id, version int64, class, reason string) error {
	return d.judge(ctx, by, "customers.classify", policy.CustomerClass, id, version, reason, func(c *Customer) { c.Class, c.ClassReason = class, reason })
}

// ReviewCustomer moves a file to another state (R43). The reason, if one is
// given, stands in the audit record. Otherwise as ClassifyCustomer.
func (d *DB) ReviewCustomer(ctx context.Context, by policy.Actor, id, version int64, state, reason string) error {
	return d.judge(ctx, by, "customers.review", policy.CustomerReview, id, version, reason, func(c *Customer) { c.State = state })
}

// judge changes a file in the one respect that a right of its own allows.
func (d *DB) judge(ctx context.Context, by policy.Actor, act string, right policy.Permission, id, version int64, reason string, set func(*Customer)) error {
	return d.judgeUntil(ctx, by, act, right, id, version, reason, "", set)
}

// judgeUntil is judge; a class that it sets holds against the rules until a day.
func (d *DB) judgeUntil(ctx context.Context, by policy.Actor, act string, right policy.Permission, id, version int64, reason, until string, set func(*Customer)) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		tx.meetsStandard()
		was, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), id, false)
		if err != nil {
			return err
		}
		if !d.sees(by.Scope(right), was.BranchID, was.OwnerID, was.ClerkID) {
			return fmt.Errorf("%s %d: %w", act, id, ErrRefused)
		}
		if version != was.Version {
			return tx.stale(ctx, was)
		}
		now := was
		set(&now)
		tx.about(was.BranchID, was.ID)
		if reason != "" {
			tx.detail(map[string]string{"reason": reason})
		}
		if err := updateCustomer(ctx, tx, was, now); err != nil {
			return err
		}
		return tx.holdByHand(ctx, was, now, until)
	})
}
