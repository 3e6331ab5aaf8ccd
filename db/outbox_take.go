package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/message"
	"yike/policy/phone"
)

// Taken is a letter in hand, with where it goes.
type Taken struct {
	Letter
	To         string // phone, e-mail; "" for a robot
	Rule       message.Sending
	GreetingID int64 // which it goes out for
}

// takenAtOnce bounds how many letters one taking looks at, and so for how long
// the writer is held.
const takenAtOnce = 20

// taking is what one taking of letters knows before it holds the writer: what
// holds today, and who asked. What a client has said, and whether a letter's
// wording and greeting still stand, is asked within.
type taking struct {
	channel, node string
	lease         time.Duration
	actors        map[int64]policy.Actor
	sending       RulesInForce
	purposes      consent.Rule
	most          int // of the channel in a day

	on       bool
	sent     int           // of the channel today
	byBranch map[int64]int // of a branch today
}

// TakeLetters takes letters of a channel that are due, in the name of a node,
// for the time of a lease: each is asked once more whether it may go out. What
// may not is dropped, put off or written down as a dry run, and counts in
// looked; while looked is not 0 there may be more.
func (d *DB) TakeLetters(ctx context.Context, channel, node string, lease time.Duration) (out []Taken, looked int, err error) {
	ids, users, err := d.dueLetters(ctx, channel)
	if err != nil || len(ids) == 0 {
		return nil, 0, err
	}
	k, err := d.newTaking(ctx, channel, node, lease, users)
	if err != nil {
		return nil, 0, err
	}
	err = d.write(ctx, func(tx *Tx) error {
		out = nil
		if err := tx.openTaking(ctx, k); err != nil {
			return err
		}
		for _, id := range ids {
			t, ok, err := tx.takeLetter(ctx, k, id)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, t)
			}
		}
		return nil
	})
	return out, len(ids), err
}

// newTaking reads what is the same for all letters of a taking.
func (d *DB) newTaking(ctx context.Context, channel, node string, lease time.Duration, users []int64) (*taking, error) {
	k := &taking{channel: channel, node: node, lease: lease, actors: map[int64]policy.Actor{}}
	cache := d.Actors()
	for _, id := range users {
		s, err := cache.Actor(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if err == nil {
			k.actors[id] = s.Actor
		}
	}
	today := Day(d.now())
	var err error
	if k.sending, err = d.RulesInForce(ctx, RuleSending, today); err != nil {
		return nil, err
	}
	if k.purposes, _, err = d.ConsentRule(ctx, today); err != nil {
		return nil, err
	}
	company, err := sendingOf(k.sending[0])
	k.most = company.ChannelDay
	return k, err
}

// openTaking asks within the transaction whether the channel is switched on,
// and how many went out by it today. On PostgreSQL two nodes that take at once
// wait for each other here, whatever their channels: the daily numbers of a
// contact and a branch are over all of them.
func (tx *Tx) openTaking(ctx context.Context, k *taking) error {
	k.on, k.byBranch = false, map[int64]int{}
	for _, code := range message.Outlets { // in one order: two that wait for each other crosswise wait for ever
		if _, err := tx.exec(ctx, `UPDATE channels SET claimed_at = $2 WHERE code = $1`, code, tx.now()); err != nil {
			return fmt.Errorf("channel %s: %w", code, err)
		}
	}
	var state string
	err := tx.QueryRowContext(ctx, `SELECT state FROM channels WHERE code = $1`, k.channel).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("channel %s: %w", k.channel, err)
	}
	k.on = state == ChannelOn
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE channel = $1 AND sent_day = $2 AND sent_day <> ''`, k.channel, tx.today()).Scan(&k.sent); err != nil {
		return fmt.Errorf("letters of today: %w", err)
	}
	return nil
}

func (d *DB) dueLetters(ctx context.Context, channel string) (ids, users []int64, err error) {
	rows, err := d.r.QueryContext(ctx, `SELECT id, user_id FROM outbox WHERE state = 'queued' AND channel = $1 AND next_at <= $2 ORDER BY next_at, id LIMIT $3`,
		channel, d.now().UnixMilli(), takenAtOnce)
	if err != nil {
		return nil, nil, fmt.Errorf("letters that are due: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, user int64
		if err := rows.Scan(&id, &user); err != nil {
			return nil, nil, fmt.Errorf("letters that are due: %w", err)
		}
		ids = append(ids, id)
		if user != 0 && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	return ids, users, rows.Err()
}

// takeLetter judges one letter and takes it when it may go out.
func (tx *Tx) takeLetter(ctx context.Context, k *taking, id int64) (t Taken, ok bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT `+letterColumns+` FROM outbox o WHERE o.id = $1 AND o.state = 'queued' AND o.next_at <= $2`, id, tx.now()).Scan(pointers(t.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil // another node has it
	}
	if err != nil {
		return t, false, fmt.Errorf("letter %d: %w", id, err)
	}
	if t.Rule, err = sendingOf(k.sending.For(tx.db.Chain(t.BranchID))); err != nil {
		return t, false, err
	}
	state, reason, next, err := tx.judgeLetter(ctx, k, &t)
	if err != nil {
		return t, false, err
	}
	if t.Reason == WhyCut { // an earlier try may have come
		if reason = WhyCut; state == LetterFailed || state == LetterDry {
			state = LetterUnsure
		}
	}
	day := ""
	if state == LetterSending {
		day = tx.today()
		t.Tries++
	}
	n, err := tx.exec(ctx, `UPDATE outbox SET state = $2, reason = $3, tries = $4, next_at = CASE WHEN CAST($5 AS BIGINT) = 0 THEN next_at ELSE $5 END,
		sent_day = $6, lease_until = $7, leased_by = $8, updated_at = $9, version = version + 1 WHERE id = $1 AND state = 'queued'`,
		id, state, reason, t.Tries, next, day, tx.at.Add(k.lease).UnixMilli(), k.node, tx.now())
	if err != nil {
		return t, false, fmt.Errorf("take letter %d: %w", id, err)
	}
	if t.State = state; n == 0 || state != LetterSending {
		return t, false, nil
	}
	k.sent++
	if n, known := k.byBranch[t.BranchID]; known {
		k.byBranch[t.BranchID] = n + 1
	}
	return t, true, nil
}

// judgeLetter says what becomes of a letter that is due.
func (tx *Tx) judgeLetter(ctx context.Context, k *taking, t *Taken) (state, reason string, next int64, err error) {
	switch {
	case t.Kind == ToTry:
		t.To = t.Recipient
		return LetterSending, "", 0, nil
	case t.UntilAt != 0 && tx.now() >= t.UntilAt:
		return LetterFailed, WhyLate, 0, nil
	}
	if t.Kind == ToClient {
		switch reason, err = tx.mayGo(ctx, k, t); {
		case err != nil:
			return "", "", 0, err
		case reason == WhyNoAddress:
			return LetterFailed, reason, 0, nil
		case reason != "":
			return LetterDropped, reason, 0, nil
		}
	}
	if !k.on {
		return LetterDry, "", 0, nil
	}
	reason, next, err = tx.mayGoNow(ctx, k, *t)
	switch {
	case err != nil || reason == "":
		return LetterSending, "", 0, err
	case t.UntilAt != 0 && next >= t.UntilAt: // it would wait beyond its day
		return LetterFailed, WhyLate, 0, nil
	}
	return LetterQueued, reason, next, nil
}

// mayGo asks whether a letter to a client may still be sent: the client and
// the contact are there, who asked for it may still see the client, its
// greeting is still to be done, its wording was not put aside, the contact's
// consent stands, and there is where to send it. "" = it may.
func (tx *Tx) mayGo(ctx context.Context, k *taking, t *Taken) (string, error) {
	var branch, owner, clerk int64
	var email, said string
	var upset bool
	err := tx.QueryRowContext(ctx, `
		SELECT c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), k.email,
			coalesce((SELECT n.state FROM consents n WHERE n.contact_id = k.id AND n.purpose = $3 AND n.superseded_at = 0), ''), `+upsetSQL+`
		FROM customers c JOIN contacts k ON k.customer_id = c.id WHERE c.id = $1 AND k.id = $2 AND c.deleted_at = 0 AND c.state <> 'archived' AND k.deleted_at = 0`,
		t.CustomerID, t.ContactID, t.Purpose).Scan(&branch, &owner, &clerk, &email, &said, &upset)
	if errors.Is(err, sql.ErrNoRows) {
		return WhyLetterGone, nil
	}
	if err != nil {
		return "", fmt.Errorf("letter %d: %w", t.ID, err)
	}
	right := policy.CustomerRead
	var holder int64 // whose the greeting is
	if strings.HasPrefix(t.Key, greetingKey) {
		right = policy.GreetingDo
		gone, err := tx.greetingGone(ctx, t, &holder)
		if err != nil || gone {
			return WhyRecalled, err
		}
		if upset {
			return WhyComplaint, nil
		}
	}
	if t.UserID != 0 {
		a, ok := k.actors[t.UserID]
		if !ok || !tx.db.sees(a.Scope(policy.CustomerRead), branch, owner, clerk) || holder != t.UserID && !tx.db.sees(a.Scope(right), branch, owner, clerk) || !a.Can(right) {
			return WhyRights, nil
		}
	}
	if gone, err := tx.templateGone(ctx, t.Letter, branch); err != nil || gone {
		return WhyTemplate, err
	}
	if may, why := k.purposes.May(t.Purpose, consent.State(said)); !may {
		return WhyConsent + "." + string(why), nil
	}
	return tx.addressOf(ctx, t, email)
}

// addressOf fills in where a letter goes.
func (tx *Tx) addressOf(ctx context.Context, t *Taken, email string) (string, error) {
	if t.Channel == message.Email {
		if t.To = email; !message.Address(email) {
			return WhyNoAddress, nil
		}
		return "", nil
	}
	var err error
	if t.To, err = mobileOf(ctx, tx, t.CustomerID, t.ContactID); err == nil && t.To == "" {
		return WhyNoAddress, nil
	}
	return "", err
}

// mobileOf is a contact's first mobile, "" for none. Of a client that is one
// person, and has this contact only, the number may stand on the file itself.
func mobileOf(ctx context.Context, q querier, customer, contact int64) (string, error) {
	first := func(of int64) (string, error) {
		numbers, err := phonesOf(ctx, q, customer, of)
		if i := slices.IndexFunc(numbers, phone.IsMobile); i >= 0 {
			return numbers[i], err
		}
		return "", err
	}
	to, err := first(contact)
	if err != nil || to != "" {
		return to, err
	}
	var one bool
	if err := q.QueryRowContext(ctx, `SELECT c.kind = 'individual' AND (SELECT COUNT(*) FROM contacts k WHERE k.customer_id = c.id AND k.deleted_at = 0) = 1 FROM customers c WHERE c.id = $1`, customer).Scan(&one); err != nil {
		return "", fmt.Errorf("customer %d: %w", customer, err)
	}
	if !one {
		return "", nil
	}
	return first(0)
}

// greetingGone says whether the greeting for which a letter goes out is no
// longer to be done, or goes out by another letter; else whose it is.
func (tx *Tx) greetingGone(ctx context.Context, t *Taken, holder *int64) (bool, error) {
	err := tx.QueryRowContext(ctx, `SELECT id, coalesce(user_id, 0) FROM greetings WHERE letter_id = $1 AND state = 'open'`, t.ID).Scan(&t.GreetingID, holder)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("greeting of letter %d: %w", t.ID, err)
	}
	return false, nil
}

// templateGone says whether the wording of a letter was put aside since: its
// own row, or for what began as one of the program's what the nearest of the
// branch and those above it made of that.
func (tx *Tx) templateGone(ctx context.Context, l Letter, branch int64) (bool, error) {
	var state string
	if l.TemplateID != 0 {
		err := tx.QueryRowContext(ctx, `SELECT state, shipped FROM message_templates WHERE id = $1`, l.TemplateID).Scan(&state, &l.Shipped)
		if errors.Is(err, sql.ErrNoRows) || err == nil && state == TemplateOff {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("wording of letter %d: %w", l.ID, err)
		}
	}
	if l.Shipped == "" {
		return false, nil
	}
	for _, place := range tx.db.Chain(branch) {
		err := tx.QueryRowContext(ctx, `SELECT state FROM message_templates WHERE branch_id = $1 AND shipped = $2 AND shipped <> ''`, place, l.Shipped).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("wording of letter %d: %w", l.ID, err)
		}
		return state == TemplateOff, nil
	}
	return false, nil
}

// mayGoNow asks whether a letter may go out at this hour; otherwise when.
func (tx *Tx) mayGoNow(ctx context.Context, k *taking, t Taken) (reason string, next int64, err error) {
	now := tx.at.In(Zone)
	if open := t.Rule.Open(now); open.After(now) && t.Kind == ToClient {
		return WhyQuiet, open.UnixMilli(), nil
	}
	if k.sent >= k.most {
		return WhyChannel, t.Rule.NextDay(now).UnixMilli(), nil
	}
	if t.Kind != ToClient {
		return "", 0, nil
	}
	if _, known := k.byBranch[t.BranchID]; !known {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE branch_id = $1 AND sent_day = $2 AND sent_day <> ''`, t.BranchID, tx.today()).Scan(&n); err != nil {
			return "", 0, fmt.Errorf("letters of today: %w", err)
		}
		k.byBranch[t.BranchID] = n
	}
	var contact int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE contact_id = $1 AND sent_day = $2`, t.ContactID, tx.today()).Scan(&contact); err != nil {
		return "", 0, fmt.Errorf("letters of today: %w", err)
	}
	switch {
	case k.byBranch[t.BranchID] >= t.Rule.BranchDay:
		reason = WhyBranch
	case contact >= t.Rule.ContactDay:
		reason = WhyContact
	default:
		return "", 0, nil
	}
	return reason, t.Rule.NextDay(now).UnixMilli(), nil
}
