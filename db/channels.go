package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/message"
)

// States of a channel.
const (
	ChannelDry = "dry" // writes down what would go out
	ChannelOn  = "on"
)

// Channel is how one way out is set up; whether it has a secret is told, the
// secret is not.
type Channel struct {
	Code      string // of message.Outlets
	State     string
	Settings  message.Channel
	HasSecret bool
	Version   int64 // 0: nobody set it up
	UpdatedAt int64
}

// Channel returns how a way out is set up; one that nobody set up is dry.
// ErrNotFound for a code that is none. The caller has channels.edit, or sends.
func (d *DB) Channel(ctx context.Context, code string) (Channel, error) {
	c, _, err := channel(ctx, d.r, code)
	return c, err
}

func channel(ctx context.Context, q querier, code string) (c Channel, sealed string, err error) {
	c = Channel{Code: code, State: ChannelDry}
	if !slices.Contains(message.Outlets, code) {
		return c, "", fmt.Errorf("channel %q: %w", code, ErrNotFound)
	}
	var text string
	err = q.QueryRowContext(ctx, `SELECT state, settings, secret, version, updated_at FROM channels WHERE code = $1`, code).Scan(&c.State, &text, &sealed, &c.Version, &c.UpdatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return c, "", nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &c.Settings)
	}
	if err != nil {
		return c, "", fmt.Errorf("channel %s: %w", code, err)
	}
	c.HasSecret = sealed != ""
	return c, sealed, nil
}

// ChannelSecret returns how a way out is set up together with its password or
// key, for the one who sends: what is typed for one place goes to no other. The
// secret is "" when it has none; ErrNoKey, ErrSealed.
func (d *DB) ChannelSecret(ctx context.Context, code string) (Channel, string, error) {
	c, sealed, err := channel(ctx, d.r, code)
	if err != nil || sealed == "" {
		return c, "", err
	}
	plain, err := d.openSecret("channel "+code, 0, sealed)
	return c, string(plain), err
}

// Moves says whether other settings lead to another place, where the secret
// that is kept does not go.
func (c Channel) Moves(to message.Channel) bool {
	return c.Settings.Host != to.Host || c.Settings.URL != to.URL
}

// SaveChannel sets a way out up and switches it; c.Version is what was read
// (ErrConflict). secret "" keeps the one that is there, unless the way moves to
// another place. The actor needs channels.edit over the whole company
// (ErrNotFound without). ErrRefused for settings that cannot be, or one that is
// switched on without a secret; ErrNoKey without a key file.
func (d *DB) SaveChannel(ctx context.Context, by policy.Actor, c Channel, secret string) error {
	if !d.WholeCompany(by.Scope(policy.ChannelEdit)) {
		return fmt.Errorf("channel %s: %w", c.Code, ErrNotFound)
	}
	if len(c.Settings.Check(c.Code)) > 0 || c.State != ChannelDry && c.State != ChannelOn {
		return fmt.Errorf("channel %s: %w", c.Code, ErrRefused)
	}
	return d.act(ctx, by, "channels.save", func(tx *Tx) error {
		was, sealed, err := channel(ctx, tx, c.Code)
		if err != nil {
			return err
		}
		if was.Version != c.Version {
			return fmt.Errorf("channel %s: %w", c.Code, ErrConflict)
		}
		if secret == "" && was.Moves(c.Settings) {
			sealed = "" // nobody sends a secret that they do not know to a place of their own
		}
		if secret != "" {
			if sealed, err = d.sealSecret("channel "+c.Code, 0, []byte(secret)); err != nil {
				return err
			}
		}
		if sealed == "" && c.State == ChannelOn && c.Code != message.WeCom {
			return fmt.Errorf("channel %s without a secret: %w", c.Code, ErrRefused)
		}
		text, err := json.Marshal(c.Settings)
		if err != nil {
			return fmt.Errorf("channel %s: %w", c.Code, err)
		}
		n, err := tx.exec(ctx, `INSERT INTO channels (code, state, settings, secret, version, updated_at) VALUES ($1, $2, $3, $4, 1, $5)
			ON CONFLICT (code) DO UPDATE SET state = excluded.state, settings = excluded.settings, secret = excluded.secret, version = channels.version + 1, updated_at = excluded.updated_at
			WHERE channels.version = $6`, c.Code, c.State, string(text), sealed, tx.now(), c.Version)
		if err != nil {
			return fmt.Errorf("channel %s: %w", c.Code, err)
		}
		if n == 0 {
			return fmt.Errorf("channel %s: %w", c.Code, ErrConflict)
		}
		tx.about(d.HeadOffice(), 0)
		tx.audit.rows = 1
		tx.detail(map[string]any{"channel": c.Code, "state": c.State, "secret": secret != ""})
		return nil
	})
}
