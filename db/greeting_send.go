package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

// ErrLate: the day on which a greeting would be of use is over.
var ErrLate = errors.New("its day is over")

// GreetingSend is a greeting that the program shall send.
type GreetingSend struct {
	ID, Version int64
	Words       Worded
	Ahead       bool // at once, before the festival's day
	Again       bool // an earlier letter of which nobody knows did not come
}

// SendGreeting leaves the letter of an open greeting in the outbox. What the
// contact has said is looked at in the same transaction (*NotGreeted), and
// again when the letter goes out. A stale version, and a greeting whose letter
// waits, went out, or may have, is ErrConflict; ErrLate when its day is over;
// ErrRefused for words that are no letter, and while nobody has set the channel
// up. The greeting is done when the other side has taken the letter.
func (d *DB) SendGreeting(ctx context.Context, by policy.Actor, in GreetingSend) error {
	purposes, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return err
	}
	return d.changeGreeting(ctx, by, "greetings.send", in.ID, func(tx *Tx, g *Greeting) error {
		if g.Version != in.Version || g.State != GreetingOpen {
			return ErrConflict
		}
		if free, err := tx.letterFree(ctx, g.LetterID, in.Again); err != nil || !free {
			return errors.Join(err, ErrConflict)
		}
		why, err := mayGreet(ctx, tx, g, purposes)
		if err != nil {
			return err
		}
		if why != greeting.In {
			return &NotGreeted{why}
		}
		l, err := tx.greetingLetterOf(ctx, g, in)
		if err != nil {
			return err
		}
		id, made, err := tx.post(ctx, l)
		if err != nil {
			return err
		}
		if !made {
			return ErrConflict
		}
		g.LetterID = id
		tx.detail(map[string]any{"channel": l.Channel})
		return nil
	})
}

// letterFree says whether a greeting may go out by another letter than the one
// it has.
func (tx *Tx) letterFree(ctx context.Context, id int64, again bool) (bool, error) {
	if id == 0 {
		return true, nil
	}
	var l GreetingLetter
	if err := tx.QueryRowContext(ctx, `SELECT state, reason FROM outbox WHERE id = $1`, id).Scan(&l.State, &l.Reason); err != nil {
		return false, fmt.Errorf("letter %d: %w", id, err)
	}
	return l.MayFollow(again), nil
}

// Unsure says that nobody knows whether the letter came: it was cut off while
// it was sent, whatever was decided about it since.
func (l GreetingLetter) Unsure() bool {
	return l.State == LetterUnsure || l.State == LetterDropped && l.Reason == WhyCut
}

// MayFollow says whether another letter may follow: one that surely never went
// out, and one of which nobody knows when again says that it did not come.
func (l GreetingLetter) MayFollow(again bool) bool {
	switch {
	case l.Unsure():
		return again
	case l.State == "", l.State == LetterFailed, l.State == LetterDropped, l.State == LetterDry:
		return true
	}
	return false
}

// greetingLetterOf is the letter of a greeting, with the hours between which it
// is of use.
func (tx *Tx) greetingLetterOf(ctx context.Context, g *Greeting, in GreetingSend) (Letter, error) {
	channelOf := in.Words.Template.Channel
	if channelOf != message.SMS && channelOf != message.Email || in.Words.Message.Body == "" {
		return Letter{}, ErrRefused
	}
	c, _, err := channel(ctx, tx, channelOf)
	if err != nil {
		return Letter{}, err
	}
	if c.Version == 0 {
		return Letter{}, ErrRefused
	}
	code := festival.Code(g.Occasion)
	from, until, ok := greeting.Leaves(code, dayParsed(g.Day), dayParsed(g.Due), dayParsed(tx.today()), in.Ahead)
	if !ok {
		return Letter{}, ErrLate
	}
	l := LetterOf(greetingLetter(g.ID, g.Version), channelOf, greeting.Purpose(code), g.CustomerID, g.ContactID, tx.by.UserID, in.Words, dayStart(until.Add(1)))
	if from > dayParsed(tx.today()) {
		rule, _, err := tx.db.sendingRule(ctx, tx, g.BranchID, tx.today())
		if err != nil {
			return l, err
		}
		l.NextAt = rule.Open(from.Start(Zone)).UnixMilli()
	}
	return l, nil
}

// RecallGreeting calls the letter of a greeting back that still waits; one that
// waits no more is ErrConflict. One of which nobody knows whether it came
// earlier stays the greeting's own: another only goes by SendGreeting's Again.
func (d *DB) RecallGreeting(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.changeGreeting(ctx, by, "greetings.recall", id, func(tx *Tx, g *Greeting) error {
		if g.Version != version || g.LetterID == 0 {
			return ErrConflict
		}
		n, err := tx.exec(ctx, recallSQL, g.LetterID, LetterDropped, WhyRecalled, tx.now())
		if err != nil {
			return fmt.Errorf("letter %d: %w", g.LetterID, err)
		}
		if n == 0 {
			return ErrConflict
		}
		var why string
		if err := tx.QueryRowContext(ctx, `SELECT reason FROM outbox WHERE id = $1`, g.LetterID).Scan(&why); err != nil {
			return fmt.Errorf("letter %d: %w", g.LetterID, err)
		}
		if why != WhyCut {
			g.LetterID = 0
			return nil
		}
		tx.aboutCustomer(g.BranchID, g.CustomerID)
		tx.about(g.BranchID, id)
		tx.audit.rows = 1
		return nil
	})
}

// becauseSQL is why a letter is as it is from now on; what is known of it, that
// it was cut off while it was sent, is never lost by that.
func becauseSQL(why string) string {
	return `reason = CASE WHEN reason = '` + WhyCut + `' THEN reason ELSE ` + why + ` END`
}

var recallSQL = `UPDATE outbox SET state = $2, ` + becauseSQL(`CAST($3 AS TEXT)`) + `, updated_at = $4, version = version + 1 WHERE id = $1 AND state = 'queued'`

// recall drops a letter that still waits.
func (tx *Tx) recall(ctx context.Context, letter int64, why string) error {
	if _, err := tx.exec(ctx, recallSQL, letter, LetterDropped, why, tx.now()); err != nil {
		return fmt.Errorf("letter %d: %w", letter, err)
	}
	return nil
}

// ReachableBy says by which channels a contact can be written to: there is an
// e-mail address, a mobile. The caller has seen the client within a scope.
func (d *DB) ReachableBy(ctx context.Context, customer, contact int64) (map[string]bool, error) {
	var email string
	if err := d.r.QueryRowContext(ctx, `SELECT email FROM contacts WHERE id = $1 AND customer_id = $2`, contact, customer).Scan(&email); err != nil {
		return nil, fmt.Errorf("contact %d: %w", contact, err)
	}
	mobile, err := mobileOf(ctx, d.r, customer, contact)
	return map[string]bool{message.Email: message.Address(email), message.SMS: mobile != ""}, err
}
