package db

import (
	"context"
	"database/sql"
	"encoding/json"
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

// Attempt is what TrySignIn answers.
type Attempt struct {
	// Wait > 0: no password is looked at before it has passed.
	Wait time.Duration
	// Locks is how long the next one waits should this one be wrong, 0 when
	// another is free.
	Locks time.Duration
}

// TrySignIn asks whether a password, or a code, may be looked at for a name and
// an address (keys of policy/signin; the address "" is not counted). When it
// may, both are charged as if it were wrong, before anybody hashes: so that
// fifty tries at once are not fifty free ones. SignInSucceeded and GiveBack
// give the charge back.
func (d *DB) TrySignIn(ctx context.Context, nameKey, addressKey string) (Attempt, error) {
	var a Attempt
	err := d.write(ctx, func(tx *Tx) error {
		name, err := attempts(ctx, tx, nameKey)
		if err != nil {
			return err
		}
		var address signin.State
		if addressKey != "" {
			if address, err = attempts(ctx, tx, addressKey); err != nil {
				return err
			}
		}
		if a = (Attempt{Wait: signin.Wait(name, address, tx.now())}); a.Wait > 0 {
			return nil
		}
		name = signin.ForName.After(name, tx.now())
		a.Locks = signin.ForName.Allowed(name, tx.now())
		if err := tx.keepAttempts(ctx, nameKey, name); err != nil || addressKey == "" {
			return err
		}
		return tx.keepAttempts(ctx, addressKey, signin.ForAddress.After(address, tx.now()))
	})
	return a, err
}

// GiveBack takes back the charge of a try that was right but is not yet the
// end: a password before its second step.
func (d *DB) GiveBack(ctx context.Context, nameKey, addressKey string) error {
	return d.write(ctx, func(tx *Tx) error {
		if err := tx.giveBack(ctx, nameKey); err != nil {
			return err
		}
		return tx.giveBack(ctx, addressKey)
	})
}

func (tx *Tx) giveBack(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	s, err := attempts(ctx, tx, key)
	if err != nil {
		return err
	}
	s.Failures = max(0, s.Failures-1)
	s.Until = 0
	return tx.keepAttempts(ctx, key, s)
}

// Entry is somebody who signs in: under which counters, in which browser, and
// with which password (its hash, as it was when it was compared).
type Entry struct {
	NameKey, AddressKey string // as given to TrySignIn
	PasswordHash        string
	Device              string // hash of the browser's cookie; "" when it has none
	DeviceName          string // signin.NameKey of the user name
	Second              string // "": no second step; "code" or "recovery"
}

// SignInSucceeded forgets the failures of the name, gives the address its
// charge back, remembers the browser, and leaves the audit record of the
// sign-in. ErrRefused when the account was disabled or its password changed
// since it was compared.
func (d *DB) SignInSucceeded(ctx context.Context, by policy.Actor, in Entry) error {
	return d.act(ctx, by, "session.start", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		if in.Second != "" {
			tx.detail(map[string]any{"second": in.Second})
		}
		var hash string
		var disabled bool
		if err := tx.QueryRowContext(ctx, `SELECT password_hash, disabled FROM users WHERE id = $1`, by.UserID).Scan(&hash, &disabled); err != nil {
			return fmt.Errorf("sign in %d: %w", by.UserID, err)
		}
		if disabled || hash != in.PasswordHash {
			return fmt.Errorf("sign in %d: %w", by.UserID, ErrRefused)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM signin_attempts WHERE key = $1`, in.NameKey); err != nil {
			return fmt.Errorf("sign-in counter: %w", err)
		}
		if in.Device != "" {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO known_devices (device, name_key, user_id, seen_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (device, name_key) DO UPDATE SET user_id = excluded.user_id, seen_at = excluded.seen_at`,
				in.Device, in.DeviceName, by.UserID, tx.now()); err != nil {
				return fmt.Errorf("remember the browser: %w", err)
			}
		}
		return tx.giveBack(ctx, in.AddressKey)
	})
}

// Refusal is a sign-in that failed.
type Refusal struct {
	User, Branch int64  // 0: there is no such user name
	Reason       string // password, disabled, code
	Locks        time.Duration
}

// SignInRefused leaves the audit record of a failed sign-in: session.lock when
// the name has to wait now, else session.refuse. What was typed is not in it.
// It costs the same for a name that does not exist.
func (d *DB) SignInRefused(ctx context.Context, by policy.Actor, in Refusal) error {
	act := "session.refuse"
	if in.Locks > 0 {
		act = "session.lock"
	}
	return d.act(ctx, by, act, func(tx *Tx) error {
		tx.about(in.Branch, in.User)
		detail := map[string]any{"reason": in.Reason}
		if in.Locks > 0 {
			detail["wait_seconds"] = int64(in.Locks / time.Second)
		}
		tx.detail(detail)
		return nil
	})
}

// KnownFor is how long a browser is known after the last sign-in in it.
const KnownFor = 180 * 24 * time.Hour

// KnownDevice says whether somebody has signed in with this user name in this
// browser before. The name need not exist.
func (d *DB) KnownDevice(ctx context.Context, device, nameKey string) (bool, error) {
	var known bool
	err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM known_devices WHERE device = $1 AND name_key = $2 AND seen_at > $3)`,
		device, nameKey, d.now().Add(-KnownFor).UnixMilli()).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("known browser: %w", err)
	}
	return known, nil
}

// LockedUntil returns when a name may be tried again in a browser that is not
// known; the zero time when it may now.
func (d *DB) LockedUntil(ctx context.Context, nameKey string) (time.Time, error) {
	s, err := attempts(ctx, d.r, nameKey)
	if err != nil {
		return time.Time{}, err
	}
	if wait := signin.ForName.Allowed(s, d.now().UnixMilli()); wait > 0 {
		return d.Now().Add(wait), nil
	}
	return time.Time{}, nil
}

// UnlockUser lets somebody whom the actor administers sign in again at once,
// in every browser. nameKey is the counter of their user name.
func (d *DB) UnlockUser(ctx context.Context, by policy.Actor, id int64, nameKey string) error {
	return d.act(ctx, by, "users.unlock", func(tx *Tx) error {
		if err := tx.mayEditUser(ctx, id); err != nil {
			return err
		}
		// A browser that is known counts under the same key, with @ and its own.
		_, err := tx.exec(ctx, `DELETE FROM signin_attempts WHERE key = $1 OR (key >= $2 AND key < $3)`, nameKey, nameKey+"@", nameKey+"A")
		if err != nil {
			return fmt.Errorf("sign-in counter: %w", err)
		}
		return nil
	})
}

// mayEditUser asks whether the actor administers a person: within reach of
// users.edit, and able to give whatever the person holds (ErrAbove), so that
// nobody opens the door to an account above their own. It says in the audit
// whom the act is about.
func (tx *Tx) mayEditUser(ctx context.Context, id int64) error {
	var branch int64
	err := tx.QueryRowContext(ctx, `SELECT branch_id FROM users WHERE id = $1`, id).Scan(&branch)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && !tx.by.Scope(policy.UserEdit).SeesBranch(tx.db.Chain(branch))) {
		return fmt.Errorf("user %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("user %d: %w", id, err)
	}
	grants, err := grantsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	access, err := tx.access(ctx)
	if err != nil {
		return err
	}
	if !tx.db.MayAdminister(tx.by, access, id, grants) {
		return fmt.Errorf("user %d: %w", id, ErrAbove)
	}
	tx.about(branch, id)
	return nil
}

// RuleSignin names the limits of sessions among the rules; its value is a
// signin.Rule.
const RuleSignin = "signin"

// SigninRule returns the limits of sessions that hold today, and the version
// they come from.
func (d *DB) SigninRule(ctx context.Context) (signin.Rule, RuleRow, error) {
	var rule signin.Rule
	row, err := d.Rule(ctx, RuleSignin, 0, Day(d.now()))
	if err != nil || row.Version == 0 {
		return rule, row, err
	}
	if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
		return rule, row, fmt.Errorf("limits of sessions, version %d: %w", row.Version, err)
	}
	return rule, row, nil
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
