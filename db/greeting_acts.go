package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// ErrNotGreeted: the contact may not be greeted any more; the error says why in
// a *NotGreeted.
var ErrNotGreeted = errors.New("the contact is not to be greeted")

// NotGreeted is why a greeting may not go out now.
type NotGreeted struct{ Why greeting.Reason }

func (e *NotGreeted) Error() string { return "not greeted: " + string(e.Why) }

// Is makes it an ErrNotGreeted.
func (e *NotGreeted) Is(err error) bool { return err == ErrNotGreeted }

// GreetingDoneAs is how a greeting was done.
type GreetingDoneAs struct {
	By           string // means
	Result       string
	Photo, Thumb string // hashes of kept files, "" for none
	Spent        int64  // fen

	// Words is the wording that was used, nil for words of one's own: the
	// contact never gets it again. The person sent it or said it.
	Words *Worded
}

// DoGreeting closes an open greeting as done. What the contact has said is
// looked at in the same transaction: who withdrew since is *NotGreeted. A
// complaint that was opened since keeps nobody from writing down what was done.
// A stale version, and one that is closed already, is ErrConflict.
func (d *DB) DoGreeting(ctx context.Context, by policy.Actor, id, version int64, done GreetingDoneAs) error {
	rule, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return err
	}
	return d.changeGreeting(ctx, by, "greetings.do", id, func(tx *Tx, g *Greeting) error {
		if g.Version != version || g.State != GreetingOpen {
			return ErrConflict
		}
		why, err := mayGreet(ctx, tx, g, rule)
		if err != nil {
			return err
		}
		if why != greeting.In && why != greeting.Complaint {
			return &NotGreeted{why}
		}
		if !slices.Contains(greeting.AllMeans, greeting.Means(done.By)) || done.Spent < 0 {
			return ErrRefused
		}
		g.State, g.DoneBy, g.Result, g.Photo, g.Thumb, g.Spent = GreetingDone, done.By, done.Result, done.Photo, done.Thumb, done.Spent
		g.ClosedBy, g.ClosedAt = by.UserID, tx.now()
		if done.Words == nil || done.Words.Template == (Template{}) {
			return nil
		}
		l := LetterOf(greetingLetter(id, version), done.Words.Template.Channel, greeting.Purpose(festival.Code(g.Occasion)), g.CustomerID, g.ContactID, by.UserID, *done.Words, 0)
		l.State = LetterByHand
		_, _, err = tx.post(ctx, l)
		return err
	})
}

// greetingKey begins the key of every letter of a greeting.
const greetingKey = "greeting:"

// greetingLetter is the key of the words that a version of a greeting was
// closed with, or goes out with.
func greetingLetter(id, version int64) string {
	return fmt.Sprintf("%s%d:%d", greetingKey, id, version)
}

// mayGreet says whether the contact of a greeting may be greeted now: In, or why
// not.
func mayGreet(ctx context.Context, q querier, g *Greeting, rule consent.Rule) (greeting.Reason, error) {
	var gone, upset bool
	var said string
	err := q.QueryRowContext(ctx, `
		SELECT k.deleted_at <> 0 OR c.deleted_at <> 0 OR c.state = 'archived',
			coalesce((SELECT n.state FROM consents n WHERE n.contact_id = k.id AND n.purpose = $2 AND n.superseded_at = 0), ''), `+upsetSQL+`
		FROM contacts k JOIN customers c ON c.id = k.customer_id WHERE k.id = $1`, g.ContactID, greeting.Purpose(festival.Code(g.Occasion))).Scan(&gone, &said, &upset)
	if err != nil {
		return "", fmt.Errorf("contact %d: %w", g.ContactID, err)
	}
	switch {
	case gone:
		return greeting.Left, nil
	case upset:
		return greeting.Complaint, nil
	}
	return greeting.Allowed(festival.Code(g.Occasion), consent.State(said), rule), nil
}

// SkipGreeting closes an open greeting undone, with the reason.
func (d *DB) SkipGreeting(ctx context.Context, by policy.Actor, id, version int64, reason string) error {
	return d.changeGreeting(ctx, by, "greetings.skip", id, func(tx *Tx, g *Greeting) error {
		if g.Version != version || g.State != GreetingOpen {
			return ErrConflict
		}
		g.State, g.Result, g.ClosedBy, g.ClosedAt = GreetingSkipped, reason, by.UserID, tx.now()
		return nil
	})
}

// ReopenGreeting takes back that a greeting was done or skipped.
func (d *DB) ReopenGreeting(ctx context.Context, by policy.Actor, id int64) error {
	return d.changeGreeting(ctx, by, "greetings.reopen", id, func(tx *Tx, g *Greeting) error {
		if g.State == GreetingOpen {
			return ErrConflict
		}
		// The words are free again: they were not said after all.
		if _, err := tx.exec(ctx, `UPDATE outbox SET state = $1, version = version + 1, updated_at = $2 WHERE contact_id = $3 AND key LIKE $4 AND state = $5`,
			LetterDropped, tx.now(), g.ContactID, fmt.Sprintf("%s%d:%%", greetingKey, id), LetterByHand); err != nil {
			return fmt.Errorf("words of greeting %d: %w", id, err)
		}
		g.State, g.DoneBy, g.Result, g.Photo, g.Thumb, g.Spent, g.ClosedBy, g.ClosedAt, g.ClosedWhy = GreetingOpen, "", "", "", "", 0, 0, 0, ""
		return nil
	})
}

// PostponeGreeting moves by when an open greeting is to be done; the day of the
// occasion stays. ErrRefused for a day before today or more than a month behind
// the occasion.
func (d *DB) PostponeGreeting(ctx context.Context, by policy.Actor, id, version int64, due string) error {
	return d.changeGreeting(ctx, by, "greetings.postpone", id, func(tx *Tx, g *Greeting) error {
		if g.Version != version || g.State != GreetingOpen {
			return ErrConflict
		}
		to := dayParsed(due)
		if !to.Valid() || due < tx.today() || to > max(dayParsed(g.Day), dayParsed(tx.today())).Add(MaxPostpone) {
			return ErrRefused
		}
		g.Due = due
		return nil
	})
}

// MaxPostpone is how many days behind its occasion, or behind today, a greeting
// may be put off.
const MaxPostpone = 31

// PassGreeting gives an open greeting to a colleague who works at its branch and
// may greet (ErrRefused otherwise). It stays theirs when the client's rep
// changes. With 0 it follows the client again, as the plan says.
func (d *DB) PassGreeting(ctx context.Context, by policy.Actor, id, version, to int64) error {
	return d.changeGreeting(ctx, by, "greetings.pass", id, func(tx *Tx, g *Greeting) error {
		if g.Version != version || g.State != GreetingOpen {
			return ErrConflict
		}
		if to == 0 {
			return tx.followPlan(ctx, g)
		}
		if err := tx.mayBeGiven(ctx, g.BranchID, to, func(a policy.Actor) bool { return a.Can(policy.GreetingDo) }); err != nil {
			return err
		}
		g.UserID, g.Follows = to, ""
		return nil
	})
}

// followPlan gives a greeting to whom its branch's plan names: the client's
// owner or clerk, when they work here, else whoever is responsible for care.
func (tx *Tx) followPlan(ctx context.Context, g *Greeting) error {
	s, err := tx.db.settingState(ctx, tx, RuleGreetings, tx.today())
	if err != nil {
		return err
	}
	rule, err := greetingRuleOf(s.inForce().For(tx.db.Chain(g.BranchID)))
	if err != nil {
		return err
	}
	g.Follows = cmp.Or(rule.Plans[festival.Code(g.Occasion)].By, greeting.ByOwner)
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(u.id), 0) FROM customers c JOIN users u ON u.id = CASE WHEN CAST($2 AS TEXT) = 'clerk' THEN c.clerk_id ELSE c.owner_id END
		WHERE c.id = $1 AND NOT (u.disabled OR u.leaves_on <> '' AND u.leaves_on < $3)`, g.CustomerID, g.Follows, tx.today()).Scan(&g.UserID)
	if err != nil {
		return fmt.Errorf("who cares for customer %d: %w", g.CustomerID, err)
	}
	if g.UserID == 0 {
		duties, err := dutyRows(ctx, tx, tx.today())
		if err != nil {
			return err
		}
		g.UserID = tx.db.tree.Load().dutyOf(duties, g.BranchID, DutyCare).User
	}
	return nil
}

// UseOffer writes down on which day the offer of a greeting was used; "" takes
// that back. ErrRefused without an offer, and for a day ahead.
func (d *DB) UseOffer(ctx context.Context, by policy.Actor, id, version int64, on string) error {
	return d.changeGreeting(ctx, by, "greetings.offer", id, func(tx *Tx, g *Greeting) error {
		switch {
		case g.Version != version:
			return ErrConflict
		case g.Offer == "" || on > tx.today() || on != "" && !dayParsed(on).Valid():
			return ErrRefused
		}
		g.OfferUsed = on
		return nil
	})
}

// changeGreeting is an act on one greeting within the actor's reach.
func (d *DB) changeGreeting(ctx context.Context, by policy.Actor, act string, id int64, set func(*Tx, *Greeting) error) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		row, err := d.greeting(ctx, tx, by, policy.GreetingDo, id)
		if err != nil {
			return err
		}
		was, now := row.Greeting, row.Greeting
		if err := set(tx, &now); err != nil {
			return fmt.Errorf("%s %d: %w", act, id, err)
		}
		if len(diff(was.fields(), now.fields())) == 0 {
			return nil
		}
		tx.about(now.BranchID, id)
		return tx.saveGreeting(ctx, &was, &now)
	})
}

// saveGreeting writes what changed and leaves the record of it.
func (tx *Tx) saveGreeting(ctx context.Context, was, now *Greeting) error {
	changed := diff(was.fields(), now.fields())
	if err := tx.update(ctx, "greetings", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	if was.LetterID != 0 && (was.State != now.State || was.UserID != now.UserID || was.Due != now.Due || was.Day != now.Day || was.also != now.also || was.LetterID != now.LetterID) {
		why := WhyRecalled
		if was.UserID != now.UserID {
			why = WhyHanded
		}
		if err := tx.recall(ctx, was.LetterID, why); err != nil {
			return err
		}
	}
	for _, follows := range []string{"closed_by", "closed_at", "thumb", "follows", "letter_id", "also"} { // they stand in the record itself
		delete(changed, follows)
	}
	return tx.change(ctx, "update", "greetings", now.ID, now.BranchID, now.CustomerID, was.Version+1, changed)
}

// followClient gives the open greetings of a client to whoever cares for it
// now. Every change of a client's row passes here (change).
func (tx *Tx) followClient(ctx context.Context, customer int64, fields map[string][2]any) error {
	for column, follows := range map[string]string{"owner_id": greeting.ByOwner, "clerk_id": greeting.ByClerk} {
		to, ok := fields[column]
		if !ok {
			continue
		}
		text, _ := to[1].(string)
		// A letter that waits names who cared before.
		if _, err := tx.exec(ctx, `UPDATE outbox SET state = $3, `+becauseSQL(`CAST($4 AS TEXT)`)+`, updated_at = $5, version = version + 1 WHERE state = 'queued'
			AND id IN (SELECT g.letter_id FROM greetings g WHERE g.customer_id = $1 AND g.follows = $2 AND g.state = 'open' AND g.letter_id IS NOT NULL)`,
			customer, follows, LetterDropped, WhyHanded, tx.now()); err != nil {
			return fmt.Errorf("letters of customer %d: %w", customer, err)
		}
		if _, err := tx.exec(ctx, `UPDATE greetings SET user_id = $2, version = version + 1, updated_at = $4 WHERE customer_id = $1 AND follows = $3 AND state = 'open'`,
			customer, ref(ParseID(text)), follows, tx.now()); err != nil {
			return fmt.Errorf("greetings of customer %d: %w", customer, err)
		}
	}
	return nil
}
