package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"yike/policy"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

// Fate is what became of a letter that was handed over.
type Fate struct {
	State   string // LetterSent, LetterQueued (surely not delivered: try again), LetterFailed (refused), LetterUnsure
	Said    string // what the other side answered, for people
	Receipt string // the other side's number
	After   time.Duration
	Why     string // of one that is tried again, WhyNoChannel; "" = the other side's doing
}

// SettleLetter writes down what became of a letter that the node took. repeats
// says that the other side sends one number once, so that a letter of which
// nobody knows may go again. The greeting for which a letter went out is done
// in the same act.
func (d *DB) SettleLetter(ctx context.Context, by policy.Actor, node string, t Taken, f Fate, repeats bool) error {
	if f.State != LetterSent || t.GreetingID == 0 {
		return d.write(ctx, func(tx *Tx) error {
			_, err := tx.settleLetter(ctx, node, t, f, repeats)
			return err
		})
	}
	err := d.act(ctx, by, "greetings.sent", func(tx *Tx) error {
		n, err := tx.settleLetter(ctx, node, t, f, repeats)
		if err == nil && n == 0 {
			err = errNothing // the lease was over, and somebody else decided
		}
		if err != nil {
			return err
		}
		tx.aboutCustomer(t.BranchID, t.CustomerID)
		tx.about(t.BranchID, t.GreetingID)
		tx.detail(map[string]any{"channel": t.Channel})
		return tx.greetingSent(ctx, t)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}

// settleLetter is the letter's part of it; n is 0 when the node has it no more.
func (tx *Tx) settleLetter(ctx context.Context, node string, t Taken, f Fate, repeats bool) (n int64, err error) {
	state, reason, next, sent, day := f.State, "", int64(0), int64(0), tx.today()
	cutOff := t.Reason == WhyCut || state == LetterUnsure // an earlier try, or this one, may have come
	if state == LetterUnsure && repeats {
		state = LetterQueued
	}
	switch state {
	case LetterSent:
		sent = tx.now()
	case LetterFailed:
		reason = WhyRefused
	case LetterQueued:
		until := time.Time{}
		if t.UntilAt != 0 {
			until = time.UnixMilli(t.UntilAt)
		}
		again, ok := t.Rule.Again(int(t.Tries), tx.at.In(Zone), until, f.After)
		if reason, next = cmp.Or(f.Why, WhyWaits), again.UnixMilli(); !ok {
			state, reason, next = LetterFailed, WhyTried, 0
			if int(t.Tries) < t.Rule.Tries {
				reason = WhyLate // the next try would come after its day
			}
		}
	}
	if cutOff && state != LetterSent {
		if reason = WhyCut; state == LetterFailed {
			state = LetterUnsure
		}
	}
	if state == LetterQueued || state == LetterFailed {
		day = ""
	}
	n, err = tx.exec(ctx, `UPDATE outbox SET state = $3, reason = $4, said = $5, receipt = $6, next_at = CASE WHEN CAST($7 AS BIGINT) = 0 THEN next_at ELSE $7 END,
		sent_at = $8, sent_day = $9, recipient = CASE WHEN CAST($3 AS TEXT) = 'queued' THEN recipient ELSE '' END, lease_until = 0, leased_by = '', updated_at = $10, version = version + 1
		WHERE id = $1 AND leased_by = $2 AND state = 'sending'`,
		t.ID, node, state, reason, cut(f.Said, 200), cut(f.Receipt, 100), next, sent, day, tx.now())
	if err != nil {
		err = fmt.Errorf("fate of letter %d: %w", t.ID, err)
	}
	return n, err
}

var greetingOfLetterSQL = `SELECT ` + columns("g.", new(Greeting).all()) + ` FROM greetings g WHERE g.id = $1 AND g.letter_id = $2 AND g.state = 'open'`

// greetingSent closes the greeting for which a letter went out, in the name of
// who asked for it.
func (tx *Tx) greetingSent(ctx context.Context, t Taken) error {
	var was Greeting
	err := tx.QueryRowContext(ctx, greetingOfLetterSQL, t.GreetingID, t.ID).Scan(pointers(was.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // done by hand meanwhile
	}
	if err == nil {
		err = was.read()
	}
	if err != nil {
		return fmt.Errorf("greeting %d: %w", t.GreetingID, err)
	}
	if !greeting.LetterEnds(festival.Code(was.Occasion), was.Means) {
		return nil
	}
	now := was
	now.State, now.DoneBy, now.ClosedBy, now.ClosedAt = GreetingDone, t.Channel, t.UserID, tx.now()
	return tx.saveGreeting(ctx, &was, &now)
}

// cut shortens a text to so many characters, and to one line.
func cut(text string, most int) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")), " ") // PostgreSQL keeps no NUL
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most])
	}
	return text
}

// CutLetters looks after letters whose sender died while they were sent: no
// one knows whether they arrived. Those of a channel that sends one number
// once wait again; the others are for a person to decide.
func (d *DB) CutLetters(ctx context.Context) (n int64, err error) {
	var waiting int
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE state = 'sending' AND lease_until < $1`, d.now().UnixMilli()).Scan(&waiting); err != nil {
		return 0, fmt.Errorf("letters cut off: %w", err)
	}
	if waiting == 0 {
		return 0, nil
	}
	for _, code := range message.Outlets {
		c, err := d.Channel(ctx, code)
		if err != nil {
			return n, err
		}
		state := LetterUnsure
		if c.Settings.Once {
			state = LetterQueued
		}
		err = d.write(ctx, func(tx *Tx) error {
			cut, err := tx.exec(ctx, `UPDATE outbox SET state = $3, reason = $4, leased_by = '', lease_until = 0, updated_at = $2, version = version + 1,
				sent_day = CASE WHEN CAST($3 AS TEXT) = 'queued' THEN '' ELSE sent_day END WHERE state = 'sending' AND lease_until < $2 AND channel = $1`, code, tx.now(), state, WhyCut)
			n += cut
			return err
		})
		if err != nil {
			return n, fmt.Errorf("letters cut off: %w", err)
		}
	}
	return n, nil
}
