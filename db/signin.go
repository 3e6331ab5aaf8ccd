package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
)

// SignInState is how often a name or an address failed lately.
type SignInState struct {
	Failures int
	LastAt   int64 // unix milliseconds
	UntilAt  int64 // held back until then
}

// SignInState returns the counter of a key ("name:…", "addr:…"); zero when
// there is none.
func (d *DB) SignInState(ctx context.Context, key string) (SignInState, error) {
	var s SignInState
	err := d.r.QueryRowContext(ctx, `SELECT failures, last_at, until_at FROM signin_attempts WHERE key = $1`, key).
		Scan(&s.Failures, &s.LastAt, &s.UntilAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("sign-in counter: %w", err)
	}
	return s, nil
}

// CountSignIn replaces the counters of several keys in one transaction: next
// is asked with the state as it stands in there.
func (d *DB) CountSignIn(ctx context.Context, keys []string, next func(key string, s SignInState) SignInState) error {
	return d.write(ctx, func(tx *Tx) error {
		for _, key := range keys {
			var s SignInState
			err := tx.QueryRowContext(ctx, `SELECT failures, last_at, until_at FROM signin_attempts WHERE key = $1`, key).
				Scan(&s.Failures, &s.LastAt, &s.UntilAt)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("sign-in counter: %w", err)
			}
			s = next(key, s)
			_, err = tx.ExecContext(ctx, `
				INSERT INTO signin_attempts (key, failures, last_at, until_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, until_at = excluded.until_at`,
				key, s.Failures, s.LastAt, s.UntilAt)
			if err != nil {
				return fmt.Errorf("sign-in counter: %w", err)
			}
		}
		return nil
	})
}

// ClearSignIn forgets the failures of a name after a right password.
func (d *DB) ClearSignIn(ctx context.Context, keys ...string) error {
	return d.write(ctx, func(tx *Tx) error {
		for _, key := range keys {
			if _, err := tx.exec(ctx, `DELETE FROM signin_attempts WHERE key = $1`, key); err != nil {
				return fmt.Errorf("sign-in counter: %w", err)
			}
		}
		return nil
	})
}

// NoteAct leaves an audit record of an act that changed no row: a sign-in, a
// sign-out, a refused password, an export.
func (d *DB) NoteAct(ctx context.Context, by policy.Actor, act string, branch, subject, rows int64, detail any) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		tx.about(branch, subject)
		tx.audit.rows = rows
		tx.detail(detail)
		return nil
	})
}
