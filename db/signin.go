package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
	"yike/policy/signin"
)

func attempts(ctx context.Context, q querier, key string) (signin.State, error) {
	var s signin.State
	err := q.QueryRowContext(ctx, `SELECT failures, last_at, until_at FROM signin_attempts WHERE key = $1`, key).
		Scan(&s.Failures, &s.Last, &s.Until)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("sign-in counter: %w", err)
	}
	return s, nil
}

func (tx *Tx) keepAttempts(ctx context.Context, key string, s signin.State) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO signin_attempts (key, failures, last_at, until_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, until_at = excluded.until_at`,
		key, s.Failures, s.Last, s.Until)
	if err != nil {
		return fmt.Errorf("sign-in counter: %w", err)
	}
	return nil
}

// TrySignIn asks whether a password may be looked at for a name and an address
// (keys of policy/signin). When it may, both are charged as if it were wrong,
// before anybody hashes: so that fifty tries at once are not fifty free ones.
// SignInSucceeded gives the charge back. wait > 0 means: not now.
func (d *DB) TrySignIn(ctx context.Context, nameKey, addressKey string) (wait time.Duration, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		name, err := attempts(ctx, tx, nameKey)
		if err != nil {
			return err
		}
		address, err := attempts(ctx, tx, addressKey)
		if err != nil {
			return err
		}
		if wait = signin.Wait(name, address, tx.now()); wait > 0 {
			return nil
		}
		if err := tx.keepAttempts(ctx, nameKey, signin.ForName.After(name, tx.now())); err != nil {
			return err
		}
		return tx.keepAttempts(ctx, addressKey, signin.ForAddress.After(address, tx.now()))
	})
	return wait, err
}

// SignInSucceeded forgets the failures of the name, gives the address its
// charge back, and leaves the audit record of the sign-in.
func (d *DB) SignInSucceeded(ctx context.Context, by policy.Actor, nameKey, addressKey string) error {
	return d.act(ctx, by, "session.start", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		if _, err := tx.ExecContext(ctx, `DELETE FROM signin_attempts WHERE key = $1`, nameKey); err != nil {
			return fmt.Errorf("sign-in counter: %w", err)
		}
		s, err := attempts(ctx, tx, addressKey)
		if err != nil {
			return err
		}
		s.Failures = max(0, s.Failures-1)
		s.Until = 0
		return tx.keepAttempts(ctx, addressKey, s)
	})
}

// NoteAct leaves an audit record of an act that changed no row: a sign-out, a
// refused password, an export.
func (d *DB) NoteAct(ctx context.Context, by policy.Actor, act string, branch, subject, rows int64, detail any) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		tx.about(branch, subject)
		tx.audit.rows = rows
		tx.detail(detail)
		return nil
	})
}
