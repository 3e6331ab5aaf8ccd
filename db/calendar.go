package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
)

// FeedSince returns since when the actor has a calendar address, false when they
// have none.
func (d *DB) FeedSince(ctx context.Context, by policy.Actor) (time.Time, bool, error) {
	var at int64
	err := d.r.QueryRowContext(ctx, `SELECT made_at FROM calendar_feeds WHERE user_id = $1`, by.UserID).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("calendar of %d: %w", by.UserID, err)
	}
	return time.UnixMilli(at), true, nil
}

// MakeFeed gives the actor a calendar address, whose secret token only they
// know; the one they had answers no more.
func (d *DB) MakeFeed(ctx context.Context, by policy.Actor, token string) error {
	return d.act(ctx, by, "account.feed_made", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		n, err := tx.exec(ctx, `
			INSERT INTO calendar_feeds (user_id, hash, made_at) SELECT id, $2, $3 FROM users WHERE id = $1 AND NOT disabled
			ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at`, by.UserID, LinkHash(token), tx.now())
		if err != nil {
			return fmt.Errorf("calendar of %d: %w", by.UserID, err)
		}
		if n == 0 {
			return fmt.Errorf("calendar of %d: %w", by.UserID, ErrRefused)
		}
		return nil
	})
}

// EndFeed takes the actor's calendar address back; ErrNotFound when they have
// none.
func (d *DB) EndFeed(ctx context.Context, by policy.Actor) error {
	return d.act(ctx, by, "account.feed_ended", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		n, err := tx.endFeed(ctx, by.UserID)
		if err == nil && n == 0 {
			err = fmt.Errorf("calendar of %d: %w", by.UserID, ErrNotFound)
		}
		return err
	})
}

// endFeed takes a person's calendar address back, if they have one.
func (tx *Tx) endFeed(ctx context.Context, user int64) (int64, error) {
	n, err := tx.exec(ctx, `DELETE FROM calendar_feeds WHERE user_id = $1`, user)
	if err != nil {
		return 0, fmt.Errorf("calendar of %d: %w", user, err)
	}
	return n, nil
}

// FeedUser returns whose calendar a token opens; ErrNotFound for any other. What
// they may see is asked for anew at each reading (Actors).
func (d *DB) FeedUser(ctx context.Context, token string) (user int64, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT user_id FROM calendar_feeds WHERE hash = $1`, LinkHash(token)).Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("calendar: %w", err)
	}
	return user, nil
}
