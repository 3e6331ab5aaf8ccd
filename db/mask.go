package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/mask"
)

// MaskFor is how much an actor sees of the personal fields of a client of that
// branch, owner and clerk. It is the one place that decides: pages, lists,
// search results, files and prints all ask it.
func (d *DB) MaskFor(by policy.Actor, branch, owner, clerk int64) mask.Level {
	if d.sees(by.Scope(policy.CustomerUnmask), branch, owner, clerk) {
		return mask.Full
	}
	return mask.Masked
}

// RulePrivacy is the dated rule of caps, watermark and unusual looking; its
// value is a mask.Rule.
const RulePrivacy = "privacy"

// Privacy returns what holds of looking at personal data for a branch on a day,
// and by which version.
func (d *DB) Privacy(ctx context.Context, branch int64, on string) (mask.Rule, RuleRow, error) {
	rule := mask.DefaultRule()
	row, err := d.Rule(ctx, RulePrivacy, branch, on)
	if err == nil && row.Version > 0 {
		if err = json.Unmarshal([]byte(row.Value), &rule); err != nil {
			err = fmt.Errorf("privacy version %d: %w", row.Version, err)
		}
	}
	return rule, row, err
}

// CapsOf returns what a person may take out a day.
func CapsOf(rule mask.Rule, by policy.Actor) mask.Caps {
	roles := make([]string, len(by.Grants))
	for i, g := range by.Grants {
		roles[i] = string(g.Role)
	}
	return rule.CapsOf(roles...)
}

// caps reads the rule for the person's own branch.
func (d *DB) caps(ctx context.Context, by policy.Actor) (mask.Caps, error) {
	rule, _, err := d.Privacy(ctx, by.Branch, Day(d.now()))
	return CapsOf(rule, by), err
}

// What is capped.
const (
	UseReveals = "reveals"
	UseRows    = "rows"
)

// OverCap is the refusal of what would pass a daily cap: of Cap, Used were used
// today, and Asked more were asked for.
type OverCap struct {
	Kind             string // UseReveals or UseRows
	Cap, Used, Asked int64
}

func (e *OverCap) Error() string {
	return fmt.Sprintf("%s: %d used today, %d asked for, the cap is %d", e.Kind, e.Used, e.Asked, e.Cap)
}

// Left is how much of the cap is left.
func (e *OverCap) Left() int64 { return max(0, e.Cap-e.Used) }

// Used returns how much of something a person took out today.
func (d *DB) Used(ctx context.Context, user int64, kind string) (int64, error) {
	return used(ctx, d.r, user, Day(d.now()), kind)
}

func used(ctx context.Context, q querier, user int64, day, kind string) (n int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT used FROM daily_uses WHERE user_id = $1 AND day = $2 AND kind = $3`, user, day, kind).Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("used of %s: %w", kind, err)
	}
	return n, nil
}

// take counts n against the cap of whoever acts, and refuses what would pass it
// with OverCap. Commands and jobs of the program itself have none. One
// statement looks and counts, so that many at once cannot pass it together.
func (tx *Tx) take(ctx context.Context, kind string, n, limit int64) (total int64, err error) {
	if tx.by.UserID == 0 {
		return 0, nil
	}
	err = sql.ErrNoRows
	if n <= limit {
		err = tx.QueryRowContext(ctx, `
			INSERT INTO daily_uses (user_id, day, kind, used) VALUES ($1, $2, $3, $4)
			ON CONFLICT (user_id, day, kind) DO UPDATE SET used = daily_uses.used + excluded.used
			WHERE daily_uses.used + excluded.used <= $5
			RETURNING used`, tx.by.UserID, tx.today(), kind, n, limit).Scan(&total)
	}
	if errors.Is(err, sql.ErrNoRows) {
		over := &OverCap{Kind: kind, Cap: limit, Asked: n}
		if over.Used, err = used(ctx, tx, tx.by.UserID, tx.today(), kind); err == nil {
			err = over
		}
	}
	if err != nil {
		return 0, fmt.Errorf("daily cap: %w", err)
	}
	return total, nil
}

// ExportReach writes down which rows a person may export, and of which of them
// they see personal data in full. A file made for one reach is not theirs any
// more under another.
// also names further permissions that the file needs.
func ExportReach(by policy.Actor, also ...policy.Permission) string {
	word := func(p policy.Permission) string {
		s := by.Scope(p)
		return fmt.Sprint(s.Company(), s.Roots(), s.Only(), s.Own())
	}
	reach := word(policy.CustomerExport) + " " + word(policy.CustomerUnmask)
	for _, p := range also {
		reach += " " + word(p)
	}
	return reach
}

// MayExport says before anything is written whether so many rows may leave
// today; OverCap when not. RecordExport decides.
func (d *DB) MayExport(ctx context.Context, by policy.Actor, rows int64) error {
	caps, err := d.caps(ctx, by)
	if err != nil || by.UserID == 0 {
		return err
	}
	n, err := d.Used(ctx, by.UserID, UseRows)
	if err == nil && n+rows > int64(caps.Rows) {
		err = &OverCap{Kind: UseRows, Cap: int64(caps.Rows), Used: n, Asked: rows}
	}
	return err
}

// ChargeRows counts rows that are about to leave, for a file that is sent while
// it is written; OverCap when they would pass the cap.
func (d *DB) ChargeRows(ctx context.Context, by policy.Actor, rows int64) error {
	caps, err := d.caps(ctx, by)
	if err != nil {
		return err
	}
	return d.run(ctx, by, func(tx *Tx) error {
		_, err := tx.take(ctx, UseRows, rows, int64(caps.Rows))
		return err
	})
}

// FileMark is what a file that leaves says of itself: who took it, when, and
// the reference under which the audit knows it. Empty when head office does not
// want watermarks.
func (d *DB) FileMark(ctx context.Context, by policy.Actor, reference string) (string, error) {
	now := d.now()
	rule, _, err := d.Privacy(ctx, by.Branch, Day(now))
	if err != nil || !rule.Watermark {
		return "", err
	}
	return by.Name + " " + now.In(Zone).Format("2006-01-02 15:04") + " " + reference, nil
}

// NewReference returns a short word that stands in the name of a file that
// leaves and in its audit record, so that the one leads to the other.
func NewReference() string { return rand.Text()[:8] }
