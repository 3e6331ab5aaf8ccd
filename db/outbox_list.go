package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
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
	Customer, BranchID int64         // the branch with those below it
	From, To           string        // days on which they were asked for, both included
	Also               *policy.Scope // seen by this, too
	Before             int64         // the letter that the page before ended with
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
	if from := dayParsed(f.From); from.Valid() {
		c.add("o.created_at >= ?", dayStart(from))
	}
	if to := dayParsed(f.To); to.Valid() {
		c.add("o.created_at < ?", dayStart(to.Add(1)))
	}
	if f.Also != nil {
		d.seenBy(&c, "o", *f.Also)
	}
	return c
}

// CountLetters counts the letters of a list by state, whatever state the filter
// names, no further than limit each.
func (d *DB) CountLetters(ctx context.Context, scope policy.Scope, f LetterFilter, limit int) (map[string]int, error) {
	out := map[string]int{}
	for _, state := range LetterStates {
		var n int
		f.State = state
		c := d.lettersWhere(scope, f)
		if err := d.r.QueryRowContext(ctx, countLettersSQL(c, limit), c.args...).Scan(&n); err != nil {
			return nil, fmt.Errorf("count letters: %w", err)
		}
		out[state] = n
	}
	return out, nil
}

// retriedAtOnce is how many letters one act lets go once more.
const retriedAtOnce = 500

// retryWhere are the letters of a list that failed and may go once more: the
// actor decides about them, their words are there and their day is not over.
func (d *DB) retryWhere(by policy.Actor, f LetterFilter) conditions {
	f.State, f.Before = LetterFailed, 0
	c := d.lettersWhere(by.Scope(policy.OutboxEdit), f)
	c.add("o.body <> ''")
	c.add("o.kind <> ?", ToTry)
	c.add("(o.until_at = 0 OR o.until_at > ?)", d.now().UnixMilli())
	return c
}

// CountRetries counts the letters that RetryLetters would let go, no further
// than it goes at once.
func (d *DB) CountRetries(ctx context.Context, by policy.Actor, f LetterFilter) (n int, err error) {
	c := d.retryWhere(by, f)
	if err := d.r.QueryRowContext(ctx, countLettersSQL(c, retriedAtOnce), c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("letters to be sent again: %w", err)
	}
	return n, nil
}

// RetryLetters lets the letters of a list that failed go once more, in one act
// and no more than retriedAtOnce; n is how many. Each is asked again, when it
// is sent, whether it may go out. The actor needs outbox.edit over them.
func (d *DB) RetryLetters(ctx context.Context, by policy.Actor, f LetterFilter) (n int64, err error) {
	err = d.act(ctx, by, "outbox.retry", func(tx *Tx) error {
		c := d.retryWhere(by, f)
		var ids []int64
		err := eachOf(ctx, tx, retryLettersSQL(c), c.args, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return fmt.Errorf("letters to be sent again: %w", err)
		}
		if len(ids) == 0 {
			return errNothing
		}
		in := manySQL("id", ids)
		n, err = tx.exec(ctx, numberSQL(`UPDATE outbox SET state = 'queued', reason = '', said = '', tries = 0, sent_day = '', next_at = ?, updated_at = ?, version = version + 1
			WHERE state = 'failed' AND `+in.text), append([]any{tx.now(), tx.now()}, in.args...)...)
		if err != nil {
			return fmt.Errorf("letters to be sent again: %w", err)
		}
		tx.about(by.Branch, 0)
		tx.audit.rows = n
		tx.detail(map[string]any{"from": LetterFailed, "state": LetterQueued})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return n, err
}

func retryLettersSQL(c conditions) string {
	return `SELECT o.id FROM outbox o` + c.whereSQL() + ` ORDER BY o.id LIMIT ` + strconv.Itoa(retriedAtOnce)
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
		n, err := tx.exec(ctx, decideLetterSQL, id, version, state, tx.now())
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

// decideLetterSQL: that nobody knows whether one came stays known, whatever is
// decided about it; dropped it counts on its day. A test goes once more from the
// page of its channel: its recipient is forgotten.
var decideLetterSQL = `UPDATE outbox SET state = $3, tries = 0, next_at = $4, updated_at = $4, version = version + 1, ` + becauseSQL(`''`) + `,
	said = CASE WHEN reason = 'cut' AND CAST($3 AS TEXT) = 'dropped' THEN said ELSE '' END,
	sent_day = CASE WHEN reason = 'cut' AND CAST($3 AS TEXT) = 'dropped' THEN sent_day ELSE '' END
	WHERE id = $1 AND version = $2 AND body <> '' AND (CAST($3 AS TEXT) = 'dropped' AND state IN ('unsure','failed','queued') OR CAST($3 AS TEXT) = 'queued' AND state IN ('unsure','failed') AND kind <> 'test')`

// BranchDue is what waits at a branch on a day: to-dos and greetings that are
// due, and those that were due before.
type BranchDue struct {
	BranchID                                   int64
	Todos, LateTodos, Greetings, LateGreetings int
}

// DueByBranch counts what is due at each branch, and was due before, the branch
// with the most that is late first; for the reminder of the robots. Branches
// where nothing is due are left out.
func (d *DB) DueByBranch(ctx context.Context, today string) ([]BranchDue, error) {
	at := map[int64]*BranchDue{}
	for _, part := range []struct {
		query string
		add   func(b *BranchDue, due, late int)
	}{
		{`SELECT branch_id, coalesce(SUM(CASE WHEN due = $1 THEN 1 ELSE 0 END), 0), coalesce(SUM(CASE WHEN due < $1 THEN 1 ELSE 0 END), 0)
			FROM todos WHERE state = 'open' AND deleted_at = 0 AND due <= $1 GROUP BY branch_id`, func(b *BranchDue, due, late int) { b.Todos, b.LateTodos = due, late }},
		{`SELECT g.branch_id, coalesce(SUM(CASE WHEN g.due = $1 THEN 1 ELSE 0 END), 0), coalesce(SUM(CASE WHEN g.due < $1 THEN 1 ELSE 0 END), 0)
			FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 WHERE g.state = 'open' AND g.lead_id IS NULL AND g.due <= $1 GROUP BY g.branch_id`,
			func(b *BranchDue, due, late int) { b.Greetings, b.LateGreetings = due, late }},
	} {
		err := eachOf(ctx, d.r, part.query, []any{today}, func(scan func(...any) error) error {
			var id int64
			var due, late int
			err := scan(&id, &due, &late)
			if at[id] == nil {
				at[id] = &BranchDue{BranchID: id}
			}
			part.add(at[id], due, late)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("what is due: %w", err)
		}
	}
	var out []BranchDue
	for _, b := range at {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(x, y BranchDue) int {
		return cmp.Or(cmp.Compare(y.LateTodos+y.LateGreetings, x.LateTodos+x.LateGreetings), cmp.Compare(y.Todos+y.Greetings, x.Todos+x.Greetings), cmp.Compare(x.BranchID, y.BranchID))
	})
	return out, nil
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
