package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/totp"
)

// TwoStep is a person's second step of signing in.
type TwoStep struct {
	On        bool
	Since     int64  // confirmed at, unix milliseconds
	Secret    []byte // only while it waits to be confirmed: afterwards nobody reads it
	CodesLeft int    // unused recovery codes
	Salt      string // of the recovery codes
}

// TwoStepOf returns how the actor's own second step stands.
func (d *DB) TwoStepOf(ctx context.Context, by policy.Actor) (TwoStep, error) {
	var s TwoStep
	var sealed string
	err := d.r.QueryRowContext(ctx, `
		SELECT t.secret, t.confirmed_at, t.salt, (SELECT count(*) FROM recovery_codes c WHERE c.user_id = t.user_id AND c.used_at = 0)
		FROM totps t WHERE t.user_id = $1`, by.UserID).Scan(&sealed, &s.Since, &s.Salt, &s.CodesLeft)
	if errors.Is(err, sql.ErrNoRows) {
		return TwoStep{}, nil
	}
	if err != nil {
		return TwoStep{}, fmt.Errorf("second step of %d: %w", by.UserID, err)
	}
	if s.On = s.Since > 0; s.On {
		return s, nil
	}
	s.Secret, err = d.openSecret("totp", by.UserID, sealed)
	return s, err
}

// BeginTwoStep keeps a secret that waits for the first code. One that waits
// already is replaced; ErrConflict when the second step is on.
func (d *DB) BeginTwoStep(ctx context.Context, by policy.Actor, secret []byte) error {
	sealed, err := d.sealSecret("totp", by.UserID, secret)
	if err != nil {
		return err
	}
	return d.write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `
			INSERT INTO totps (user_id, secret, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at WHERE totps.confirmed_at = 0`,
			by.UserID, sealed, tx.now())
		if err != nil {
			return fmt.Errorf("second step of %d: %w", by.UserID, err)
		}
		if n == 0 {
			return fmt.Errorf("second step of %d is on: %w", by.UserID, ErrConflict)
		}
		return nil
	})
}

// ConfirmTwoStep turns the second step on when the code is right, and keeps the
// hashes of the recovery codes that the person is about to see. The code counts
// as used.
func (d *DB) ConfirmTwoStep(ctx context.Context, by policy.Actor, code, salt string, hashes []string) (ok bool, err error) {
	err = d.act(ctx, by, "account.two_step_on", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		var sealed string
		err := tx.QueryRowContext(ctx, `SELECT secret FROM totps WHERE user_id = $1 AND confirmed_at = 0`, by.UserID).Scan(&sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("second step of %d: %w", by.UserID, ErrConflict)
		}
		if err != nil {
			return fmt.Errorf("second step of %d: %w", by.UserID, err)
		}
		secret, err := d.openSecret("totp", by.UserID, sealed)
		if err != nil {
			return err
		}
		step, right := totp.Match(secret, code, tx.at, 0)
		if !right {
			return errWrongCode
		}
		n, err := tx.exec(ctx, `UPDATE totps SET confirmed_at = $2, last_step = $3, salt = $4 WHERE user_id = $1 AND confirmed_at = 0`,
			by.UserID, tx.now(), step, salt)
		if err != nil {
			return fmt.Errorf("second step of %d: %w", by.UserID, err)
		}
		if n == 0 {
			return fmt.Errorf("second step of %d: %w", by.UserID, ErrConflict)
		}
		ok = true
		if err := tx.setRecoveryCodes(ctx, by.UserID, hashes); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
	if errors.Is(err, errWrongCode) {
		return false, nil
	}
	return ok && err == nil, err
}

// errWrongCode rolls an act back whose code was wrong.
var errWrongCode = errors.New("wrong code")

func (tx *Tx) setRecoveryCodes(ctx context.Context, user int64, hashes []string) error {
	if _, err := tx.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("recovery codes of %d: %w", user, err)
	}
	for _, hash := range hashes {
		if _, err := tx.exec(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, user, hash); err != nil {
			return fmt.Errorf("recovery codes of %d: %w", user, err)
		}
	}
	return nil
}

// UseCode says whether a phone's code is right for a person now, and if so
// takes it: nobody passes with it again, on whichever node (Gitea
// CVE-2026-20779). false, too, for somebody without a second step.
func (d *DB) UseCode(ctx context.Context, user int64, code string) (ok bool, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		ok, err = tx.useCode(ctx, user, code)
		return err
	})
	return ok && err == nil, err
}

func (tx *Tx) useCode(ctx context.Context, user int64, code string) (bool, error) {
	var sealed string
	var last int64
	err := tx.QueryRowContext(ctx, `SELECT secret, last_step FROM totps WHERE user_id = $1 AND confirmed_at > 0`, user).Scan(&sealed, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("second step of %d: %w", user, err)
	}
	secret, err := tx.db.openSecret("totp", user, sealed)
	if err != nil {
		return false, err
	}
	step, right := totp.Match(secret, code, tx.at, last)
	if !right {
		return false, nil
	}
	// Of two transactions that read the same last step, one finds it moved on.
	n, err := tx.exec(ctx, `UPDATE totps SET last_step = $2 WHERE user_id = $1 AND last_step < $2`, user, step)
	if err != nil {
		return false, fmt.Errorf("second step of %d: %w", user, err)
	}
	return n == 1, nil
}

// RecoverySalt returns the salt of a person's recovery codes, "" when they have
// no second step.
func (d *DB) RecoverySalt(ctx context.Context, user int64) (string, error) {
	var salt string
	err := d.r.QueryRowContext(ctx, `SELECT salt FROM totps WHERE user_id = $1 AND confirmed_at > 0`, user).Scan(&salt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("second step of %d: %w", user, err)
	}
	return salt, nil
}

// UseRecovery says whether a recovery code, hashed with the person's salt, is
// one of theirs, and if so burns it. left is how many remain.
func (d *DB) UseRecovery(ctx context.Context, user int64, hash string) (ok bool, left int, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at = 0`, user, hash, tx.now())
		if err != nil {
			return fmt.Errorf("recovery code of %d: %w", user, err)
		}
		ok = n == 1
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at = 0`, user).Scan(&left)
	})
	return ok && err == nil, left, err
}

// RenewRecoveryCodes replaces the actor's own recovery codes; the old ones,
// used or not, are gone. ErrConflict when the second step is off.
func (d *DB) RenewRecoveryCodes(ctx context.Context, by policy.Actor, salt string, hashes []string) error {
	return d.act(ctx, by, "account.recovery_codes", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		n, err := tx.exec(ctx, `UPDATE totps SET salt = $2 WHERE user_id = $1 AND confirmed_at > 0`, by.UserID, salt)
		if err != nil {
			return fmt.Errorf("second step of %d: %w", by.UserID, err)
		}
		if n == 0 {
			return fmt.Errorf("second step of %d: %w", by.UserID, ErrConflict)
		}
		return tx.setRecoveryCodes(ctx, by.UserID, hashes)
	})
}

// EndTwoStep turns the actor's own second step off. Whether they may, the
// caller has asked (password and code).
func (d *DB) EndTwoStep(ctx context.Context, by policy.Actor) error {
	return d.act(ctx, by, "account.two_step_off", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		return tx.dropTwoStep(ctx, by.UserID)
	})
}

// ResetTwoStep turns off the second step of somebody whom the actor
// administers: the phone is lost. Their sessions end. One's own is turned off
// with password and code (ErrSelf), which a stolen session does not have.
func (d *DB) ResetTwoStep(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "users.two_step_reset", func(tx *Tx) error {
		if id == by.UserID {
			return fmt.Errorf("reset second step of %d: %w", id, ErrSelf)
		}
		if err := tx.mayEditUser(ctx, id); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, id); err != nil {
			return fmt.Errorf("end sessions of %d: %w", id, err)
		}
		return tx.dropTwoStep(ctx, id)
	})
}

// dropTwoStep removes the secret and the recovery codes; ErrNotFound when
// there is no second step.
func (tx *Tx) dropTwoStep(ctx context.Context, user int64) error {
	if err := tx.setRecoveryCodes(ctx, user, nil); err != nil {
		return err
	}
	n, err := tx.exec(ctx, `DELETE FROM totps WHERE user_id = $1`, user)
	if err != nil {
		return fmt.Errorf("second step of %d: %w", user, err)
	}
	if n == 0 {
		return fmt.Errorf("second step of %d: %w", user, ErrNotFound)
	}
	return tx.bumpPolicy(ctx)
}

// TwoStepUsers says which of these people sign in with a second step.
func (d *DB) TwoStepUsers(ctx context.Context, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	in, args := inList(1, ids)
	rows, err := d.r.QueryContext(ctx, `SELECT user_id FROM totps WHERE confirmed_at > 0 AND user_id `+in, args...)
	if err != nil {
		return nil, fmt.Errorf("second steps: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("second steps: %w", err)
		}
		out[id] = true
	}
	return out, rows.Err()
}
