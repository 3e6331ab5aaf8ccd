package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
)

// LetterRow is a letter with what a list says of it.
type LetterRow struct {
	Letter
	Customer, CustomerCode, Contact, User string
	OwnerID, ClerkID                      int64
}

// LetterFilter chooses letters.
type LetterFilter struct {
	State, Channel     string
	Customer, BranchID int64 // the branch with those below it
	Before             int64 // the letter that the page before ended with
	Limit              int
}

var letterRowSQL = `SELECT ` + letterColumns + `, coalesce(c.name, ''), coalesce(c.code, ''), coalesce(k.name, ''), coalesce(u.name, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)
	FROM outbox o LEFT JOIN customers c ON c.id = o.customer_id LEFT JOIN contacts k ON k.id = o.contact_id LEFT JOIN users u ON u.id = o.user_id`

func scanLetter(row interface{ Scan(...any) error }) (LetterRow, error) {
	var l LetterRow
	err := row.Scan(append(pointers(l.all()), &l.Customer, &l.CustomerCode, &l.Contact, &l.User, &l.OwnerID, &l.ClerkID)...)
	return l, err
}

// Letters returns letters that the scope (of outbox.read) sees, the latest
// first, and whether there are more.
func (d *DB) Letters(ctx context.Context, scope policy.Scope, f LetterFilter) (out []LetterRow, more bool, err error) {
	limit := min(max(f.Limit, 1), 500)
	c := d.lettersWhere(scope, f)
	if f.Before != 0 {
		c.add("o.id < ?", f.Before)
	}
	rows, err := d.r.QueryContext(ctx, lettersSQL(c, limit+1), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("letters: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLetter(rows)
		if err != nil {
			return nil, false, fmt.Errorf("letters: %w", err)
		}
		out = append(out, l)
	}
	if len(out) > limit {
		out, more = out[:limit], true
	}
	return out, more, rows.Err()
}

func lettersSQL(c conditions, limit int) string {
	return letterRowSQL + c.whereSQL() + ` ORDER BY o.id DESC LIMIT ` + strconv.Itoa(limit)
}

func (d *DB) lettersWhere(scope policy.Scope, f LetterFilter) conditions {
	var c conditions
	c.text = []string{"1 = 1"}
	d.seenBy(&c, "o", scope)
	if f.State != "" {
		c.add("o.state = ?", f.State)
	}
	if f.Channel != "" {
		c.add("o.channel = ?", f.Channel)
	}
	if f.Customer != 0 {
		c.add("o.customer_id = ?", f.Customer)
	}
	if f.BranchID != 0 {
		d.under(&c, "o", f.BranchID)
	}
	return c
}

// CountLetters counts the letters of each state that the scope sees, no
// further than limit each.
func (d *DB) CountLetters(ctx context.Context, scope policy.Scope, limit int) (map[string]int, error) {
	out := map[string]int{}
	for _, state := range LetterStates {
		var n int
		c := d.lettersWhere(scope, LetterFilter{State: state})
		if err := d.r.QueryRowContext(ctx, countLettersSQL(c, limit), c.args...).Scan(&n); err != nil {
			return nil, fmt.Errorf("count letters: %w", err)
		}
		out[state] = n
	}
	return out, nil
}

func countLettersSQL(c conditions, limit int) string {
	return `SELECT COUNT(*) FROM (SELECT 1 FROM outbox o` + c.whereSQL() + ` LIMIT ` + strconv.Itoa(limit) + `) AS counted`
}

// DecideLetter lets a person say what becomes of a letter of which nobody
// knows, that failed, or that still waits: again sends it (once more), not
// again drops it. The actor needs outbox.edit over the client, or over the
// branch of a letter to the company's own people; a stale version is
// ErrConflict, and so is a letter that can take no such turn.
func (d *DB) DecideLetter(ctx context.Context, by policy.Actor, id, version int64, again bool) error {
	return d.act(ctx, by, "outbox.decide", func(tx *Tx) error {
		l, err := scanLetter(tx.QueryRowContext(ctx, letterRowSQL+` WHERE o.id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(by.Scope(policy.OutboxEdit), l.BranchID, l.OwnerID, l.ClerkID) {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("letter %d: %w", id, err)
		}
		state := LetterDropped
		if again {
			state = LetterQueued
		}
		n, err := tx.exec(ctx, `UPDATE outbox SET state = $3, reason = '', said = '', tries = 0, sent_day = '', next_at = $4, updated_at = $4, version = version + 1
			WHERE id = $1 AND version = $2 AND body <> '' AND (state IN ('unsure','failed') OR state = 'queued' AND CAST($3 AS TEXT) = 'dropped')`, id, version, state, tx.now())
		if err != nil {
			return fmt.Errorf("letter %d: %w", id, err)
		}
		if n == 0 {
			return fmt.Errorf("letter %d: %w", id, ErrConflict)
		}
		tx.about(l.BranchID, l.ID)
		if l.CustomerID != 0 {
			tx.aboutCustomer(l.BranchID, l.CustomerID)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"channel": l.Channel, "from": l.State, "state": state})
		return nil
	})
}

// TodosDue counts, over the company, the open to-dos that are due on a day and
// those that were due before; for the reminder of the robots.
func (d *DB) TodosDue(ctx context.Context, today string) (due, late int, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT coalesce(SUM(CASE WHEN due = $1 THEN 1 ELSE 0 END), 0), coalesce(SUM(CASE WHEN due < $1 THEN 1 ELSE 0 END), 0)
		FROM todos WHERE state = 'open' AND deleted_at = 0 AND due <= $1`, today).Scan(&due, &late)
	if err != nil {
		err = fmt.Errorf("to-dos that are due: %w", err)
	}
	return due, late, err
}

// copiedLetters reads what was written to a client, or to one contact of it,
// the oldest first.
func (d *DB) copiedLetters(ctx context.Context, customer, contact int64) ([]Letter, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT `+letterColumns+` FROM outbox o
		WHERE o.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR o.contact_id = $2) ORDER BY o.id LIMIT $3`, customer, contact, mostCopied)
	if err != nil {
		return nil, fmt.Errorf("letters to customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []Letter
	for rows.Next() {
		var l Letter
		if err := rows.Scan(pointers(l.all())...); err != nil {
			return nil, fmt.Errorf("letters to customer %d: %w", customer, err)
		}
		out = append(out, l)
	}
	return out, rows.Err()
}
