package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Meta returns a value of the installation; ErrNotFound when it was never set.
func (d *DB) Meta(ctx context.Context, key string) (string, error) {
	return metaOf(ctx, d.r, key)
}

func metaOf(ctx context.Context, q querier, key string) (string, error) {
	var value string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("meta %s: %w", key, ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("meta %s: %w", key, err)
	}
	return value, nil
}

// SetMeta writes a value of the installation that is no act of a person.
func (d *DB) SetMeta(ctx context.Context, key, value string) error {
	return d.write(ctx, func(tx *Tx) error { return tx.setMeta(ctx, key, value) })
}

func (tx *Tx) setMeta(ctx context.Context, key, value string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	if err != nil {
		return fmt.Errorf("set meta %s: %w", key, err)
	}
	return nil
}

// bumpPolicy raises the policy version: grants, users and the branch tree
// changed, so the next request of everybody works out its rights anew, on
// every node. It is where every way to lose the last administrator comes
// through (ErrRefused).
func (tx *Tx) bumpPolicy(ctx context.Context) error {
	tx.bumped = true
	markOf(ctx).version = ""
	_, err := tx.ExecContext(ctx, `
		INSERT INTO meta (key, value) VALUES ('policy_version', '1')
		ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)`)
	if err != nil {
		return fmt.Errorf("raise the policy version: %w", err)
	}
	// After the version's row is held: of two acts at once that each leave the
	// other's administrator, the second sees what the first did.
	return tx.keepAdministrator(ctx)
}
