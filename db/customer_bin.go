package db

import (
	"cmp"
	"context"
	"fmt"

	"yike/policy"
)

// moveChildren lets what hangs on a file follow it to another branch.
func moveChildren(ctx context.Context, tx *Tx, customer, branch int64) error {
	for _, query := range []string{
		`UPDATE contacts SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE phones SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE customer_tags SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE visits SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE feedback_forms SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE todos SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE cases SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE case_claims SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE measures SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE greetings SET branch_id = $2 WHERE customer_id = $1`,
		// Who it was handed to works at the branch that was left.
		`UPDATE greetings SET follows = 'owner', user_id = (SELECT owner_id FROM customers WHERE id = $1), version = version + 1 WHERE customer_id = $1 AND follows = '' AND state = 'open' AND user_id NOT IN (SELECT id FROM users WHERE branch_id = $2)`,
		// A letter that waits names the branch that cared before.
		`UPDATE outbox SET branch_id = $2, ` + becauseSQL(`CASE WHEN state = 'queued' AND kind = 'letter' THEN 'handed' ELSE reason END`) + `, version = version + 1,
			state = CASE WHEN state = 'queued' AND kind = 'letter' THEN 'dropped' ELSE state END WHERE customer_id = $1`,
		`UPDATE consents SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE person_requests SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE sensitive_values SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE radar_alerts SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE ratings SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE merges SET branch_id = $2 WHERE kept_id = $1`,
		`DELETE FROM duplicate_pairs WHERE (one_id = $1 OR other_id = $1) AND branch_id <> $2`,
	} {
		if _, err := tx.exec(ctx, query, customer, branch); err != nil {
			return fmt.Errorf("move customer %d: %w", customer, err)
		}
	}
	if err := followEntries(ctx, tx, customer, branch); err != nil {
		return err
	}
	return followWaybills(ctx, tx, customer, branch)
}

// DeleteCustomer puts a file into the recycle bin; RestoreCustomer takes it
// out again. Nothing that hangs on it is lost.
func (d *DB) DeleteCustomer(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.bin(ctx, by, "customers.delete", id, version, true)
}

// RestoreCustomer see DeleteCustomer; a file that lies in the bin because it went
// into another comes out by UndoMerge only (ErrMerged).
func (d *DB) RestoreCustomer(ctx context.Context, by policy.Actor, id int64) error {
	return d.bin(ctx, by, "customers.restore", id, 0, false)
}

func (d *DB) bin(ctx context.Context, by policy.Actor, act string, id, version int64, in bool) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.customer(ctx, tx, by.Scope(policy.CustomerDelete), id, !in)
		if err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			return tx.stale(ctx, was)
		}
		if away, err := tx.mergedAway(ctx, id); err != nil || away {
			return cmp.Or(err, ErrMerged)
		}
		return binCustomer(ctx, tx, was, in)
	})
}

func binCustomer(ctx context.Context, tx *Tx, was Customer, in bool) error {
	at, kind := int64(0), "restore"
	if in {
		at, kind = tx.now(), "delete"
	}
	if _, err := tx.exec(ctx, `UPDATE customers SET deleted_at = $2, version = version + 1, updated_at = $3 WHERE id = $1`,
		was.ID, at, tx.now()); err != nil {
		return fmt.Errorf("%s customer %d: %w", kind, was.ID, err)
	}
	if err := tx.moveFreightOf(ctx, was.BranchID); err != nil {
		return err
	}
	if err := tx.binAccount(ctx, was.ID, in); err != nil {
		return err
	}
	if err := tx.binAlerts(ctx, was.ID, in); err != nil {
		return err
	}
	if err := tx.binRatings(ctx, was.ID, in); err != nil {
		return err
	}
	if in {
		if err := unindexCustomer(ctx, tx, was.ID); err != nil {
			return err
		}
	} else if err := reindexCustomer(ctx, tx, was.ID); err != nil {
		return err
	}
	tx.about(was.BranchID, was.ID)
	return tx.change(ctx, kind, "customers", was.ID, was.BranchID, was.ID, was.Version+1, nil)
}
