package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/message"
	"yike/policy/phone"
)

// RuleSending is the dated rule of quiet hours, daily numbers and how people
// are addressed; its value is a message.Sending.
const RuleSending = "sending"

// SendingRule returns what holds for a branch (0: the company) on a day, and
// by which version.
func (d *DB) SendingRule(ctx context.Context, branch int64, on string) (message.Sending, RuleRow, error) {
	return d.sendingRule(ctx, d.r, branch, on)
}

func (d *DB) sendingRule(ctx context.Context, q querier, branch int64, on string) (message.Sending, RuleRow, error) {
	rule := message.DefaultSending()
	s, err := d.settingState(ctx, q, RuleSending, on)
	row := s.inForce().For(d.Chain(branch))
	if err == nil && row.Version > 0 {
		if err = json.Unmarshal([]byte(row.Value), &rule); err != nil {
			err = fmt.Errorf("rule of sending, version %d: %w", row.Version, err)
		}
	}
	return rule, row, err
}

func companyOf(ctx context.Context, q querier) (string, error) {
	var name string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'company'`).Scan(&name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("name of the company: %w", err)
	}
	return name, nil
}

// Kinds of a letter.
const (
	ToClient = "letter"
	ToStaff  = "reminder" // by a group's robot
	ToTry    = "test"     // to whoever set the channel up
)

// States of a letter.
const (
	LetterQueued  = "queued"
	LetterSending = "sending"
	LetterSent    = "sent"
	LetterDry     = "dry"     // the channel is not switched on: this is what would have gone out
	LetterByHand  = "by_hand" // a person copied it, and says that it went
	LetterUnsure  = "unsure"  // cut off while it was sent: nobody knows whether it arrived
	LetterFailed  = "failed"
	LetterDropped = "dropped" // not sent, because it should not be
)

// LetterStates lists them in the order in which they are shown.
var LetterStates = []string{LetterQueued, LetterSending, LetterUnsure, LetterFailed, LetterDropped, LetterDry, LetterSent, LetterByHand}

// Why a letter waits, failed or was dropped, besides the reasons of consent.
const (
	WhyNoAddress  = "no_address" // the contact has no mobile, no e-mail
	WhyLetterGone = "gone"       // client or contact are gone
	WhyRights     = "rights"     // who asked for it may not any more
	WhyTemplate   = "template"   // its wording was put aside
	WhyLate       = "late"       // its day is over
	WhyContact    = "contact_day"
	WhyChannel    = "channel_day"
	WhyQuiet      = "quiet"
	WhyNoChannel  = "no_channel" // the channel's settings are not whole, or its secret does not open
	WhyRefused    = "refused"    // the other side says no
	WhyTried      = "tried"      // tried as often as the rule says
	WhyWaits      = "waits"      // tried, and to be tried again
	WhyCut        = "cut"
	WhyConsent    = "consent" // with what the contact said, behind a point
)

// Letter is a message on its way. Where it goes is read from the contact when
// it is sent.
type Letter struct {
	ID                          int64
	Key                         string // each once
	Kind, Channel, Purpose      string
	CustomerID, ContactID       int64 // 0: to the company's own people
	BranchID, UserID            int64 // in whose name; user 0: the program's
	TemplateID, TemplateVersion int64
	Shipped, Mark               string
	Recipient                   string // of a test
	Subject, Body               string
	Params                      string // JSON, variables for the provider's own wording
	Provider                    string
	State, Reason, Said         string
	Receipt                     string
	Tries, NextAt, UntilAt      int64
	SentAt                      int64
	Version                     int64
	CreatedAt, UpdatedAt        int64
}

func (l *Letter) all() []field {
	return []field{{"id", &l.ID}, {"key", &l.Key}, {"kind", &l.Kind}, {"channel", &l.Channel}, {"purpose", &l.Purpose}, {"customer_id", (*ref)(&l.CustomerID)},
		{"contact_id", (*ref)(&l.ContactID)}, {"branch_id", &l.BranchID}, {"user_id", &l.UserID}, {"template_id", &l.TemplateID}, {"template_version", &l.TemplateVersion},
		{"shipped", &l.Shipped}, {"mark", &l.Mark}, {"recipient", &l.Recipient}, {"subject", &l.Subject}, {"body", &l.Body}, {"params", &l.Params}, {"provider", &l.Provider},
		{"state", &l.State}, {"reason", &l.Reason}, {"said", &l.Said}, {"receipt", &l.Receipt}, {"tries", &l.Tries}, {"next_at", &l.NextAt}, {"until_at", &l.UntilAt},
		{"sent_at", &l.SentAt}, {"version", &l.Version}, {"created_at", &l.CreatedAt}, {"updated_at", &l.UpdatedAt}}
}

var letterColumns = columns("o.", new(Letter).all())

// LetterOf is a wording on its way to a contact: in the name of user, for a
// purpose of consents, of no use from until on (0: always).
func LetterOf(key, channel, purpose string, customer, contact, user int64, w Worded, until int64) Letter {
	params := map[string]string{}
	for _, name := range message.Variables {
		if value := w.Facts.Value(name); value != "" && strings.Contains(w.Template.Body, "{"+name+"}") {
			params[name] = value
		}
	}
	text, _ := json.Marshal(params) // a map of strings always can be written
	l := Letter{Key: key, Kind: ToClient, Channel: channel, Purpose: purpose, CustomerID: customer, ContactID: contact, UserID: user, TemplateID: w.Template.ID,
		TemplateVersion: w.Template.Version, Mark: message.Fingerprint(w.Template.Body), Subject: w.Message.Subject, Body: w.Message.Body, Params: string(text),
		Provider: w.Template.Provider, UntilAt: until}
	if l.TemplateID == 0 {
		l.Shipped = w.Template.Shipped
	}
	return l
}

// post leaves a letter in the outbox within an act; one whose key is there is
// left as it is, and made is false. A text that a person copies (WeChat, a
// call) is by hand: it went. The caller has seen the client within a scope.
func (tx *Tx) post(ctx context.Context, l Letter) (id int64, made bool, err error) {
	l.ID, l.Version, l.CreatedAt, l.UpdatedAt = tx.newID(), 1, tx.now(), tx.now()
	if l.State == "" {
		l.State = LetterQueued
	}
	if l.Params == "" {
		l.Params = "{}"
	}
	l.NextAt = max(l.NextAt, tx.now())
	if l.CustomerID != 0 {
		if err := tx.QueryRowContext(ctx, `SELECT branch_id FROM customers WHERE id = $1 AND deleted_at = 0`, l.CustomerID).Scan(&l.BranchID); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = ErrNotFound
			}
			return 0, false, fmt.Errorf("letter to customer %d: %w", l.CustomerID, err)
		}
	}
	if l.State == LetterByHand || !slices.Contains(message.Outlets, l.Channel) {
		l.State, l.SentAt = LetterByHand, tx.now()
	}
	args := []any{}
	for _, f := range l.all() {
		args = append(args, bound(f.value))
	}
	n, err := tx.exec(ctx, addLetterSQL(), args...)
	if err != nil {
		return 0, false, fmt.Errorf("letter %s: %w", l.Key, err)
	}
	return l.ID, n == 1, nil
}

func addLetterSQL() string {
	return insertSQL("outbox", new(Letter).all()) + ` ON CONFLICT (key) DO NOTHING`
}

// Post leaves letters in the outbox as one act; made counts those that were
// not there yet. It checks no right but that the actor reads the client.
func (d *DB) Post(ctx context.Context, by policy.Actor, letters ...Letter) (made int, err error) {
	err = d.act(ctx, by, "outbox.post", func(tx *Tx) error {
		for _, l := range letters {
			if l.CustomerID != 0 {
				c, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), l.CustomerID, false)
				if err != nil {
					return err
				}
				tx.aboutCustomer(c.BranchID, c.ID)
			} else {
				tx.about(l.BranchID, 0)
			}
			_, fresh, err := tx.post(ctx, l)
			if err != nil {
				return err
			}
			if fresh {
				made++
			}
		}
		if made == 0 {
			return errNothing
		}
		tx.audit.rows = int64(made)
		tx.detail(map[string]any{"channel": letters[0].Channel})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return made, err
}

// Taken is a letter in hand, with where it goes.
type Taken struct {
	Letter
	To   string // phone, e-mail; "" for a robot
	Rule message.Sending
}

// takenAtOnce bounds how many letters one taking looks at, and so for how long
// the writer is held.
const takenAtOnce = 20

// TakeLetters takes letters of a channel that are due, in the name of a node,
// for the time of a lease: each is asked once more whether it may go out. What
// may not is dropped, put off or written down as a dry run, and counts in
// looked; while looked is not 0 there may be more.
func (d *DB) TakeLetters(ctx context.Context, channel, node string, lease time.Duration) (out []Taken, looked int, err error) {
	ids, users, err := d.dueLetters(ctx, channel)
	if err != nil || len(ids) == 0 {
		return nil, 0, err
	}
	actors := map[int64]policy.Actor{}
	cache := d.Actors()
	for _, id := range users {
		s, err := cache.Actor(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, 0, err
		}
		if err == nil {
			actors[id] = s.Actor
		}
	}
	err = d.write(ctx, func(tx *Tx) error {
		out = nil
		on, err := tx.claimChannel(ctx, channel)
		if err != nil {
			return err
		}
		for _, id := range ids {
			t, ok, err := tx.takeLetter(ctx, id, node, lease, on, actors)
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

// claimChannel says whether a channel is switched on. On PostgreSQL two nodes
// that take at once wait for each other here, so that daily numbers hold.
func (tx *Tx) claimChannel(ctx context.Context, channel string) (on bool, err error) {
	if _, err := tx.exec(ctx, `UPDATE channels SET claimed_at = $2 WHERE code = $1`, channel, tx.now()); err != nil {
		return false, fmt.Errorf("channel %s: %w", channel, err)
	}
	var state string
	err = tx.QueryRowContext(ctx, `SELECT state FROM channels WHERE code = $1`, channel).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("channel %s: %w", channel, err)
	}
	return state == ChannelOn, nil
}

// takeLetter judges one letter and takes it when it may go out.
func (tx *Tx) takeLetter(ctx context.Context, id int64, node string, lease time.Duration, on bool, actors map[int64]policy.Actor) (t Taken, ok bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT `+letterColumns+` FROM outbox o WHERE o.id = $1 AND o.state = 'queued' AND o.next_at <= $2`, id, tx.now()).Scan(pointers(t.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil // another node has it
	}
	if err != nil {
		return t, false, fmt.Errorf("letter %d: %w", id, err)
	}
	if t.Rule, _, err = tx.db.sendingRule(ctx, tx, t.BranchID, tx.today()); err != nil {
		return t, false, err
	}
	state, reason, next := LetterSending, "", int64(0)
	switch {
	case t.Kind == ToTry:
		t.To = t.Recipient
	case t.UntilAt != 0 && tx.now() >= t.UntilAt:
		state, reason = LetterFailed, WhyLate
	default:
		if t.Kind == ToClient {
			if reason, err = tx.mayGo(ctx, &t, actors); err != nil {
				return t, false, err
			}
		}
		switch {
		case reason == WhyNoAddress:
			state = LetterFailed
		case reason != "":
			state = LetterDropped
		case !on:
			state = LetterDry
		default:
			if reason, next, err = tx.mayGoNow(ctx, t); err != nil {
				return t, false, err
			}
			if reason != "" {
				state = LetterQueued
			}
		}
	}
	day := ""
	if state == LetterSending {
		day = tx.today()
		t.Tries++
	}
	n, err := tx.exec(ctx, `UPDATE outbox SET state = $2, reason = $3, tries = $4, next_at = CASE WHEN CAST($5 AS BIGINT) = 0 THEN next_at ELSE $5 END,
		sent_day = $6, lease_until = $7, leased_by = $8, updated_at = $9, version = version + 1 WHERE id = $1 AND state = 'queued'`,
		id, state, reason, t.Tries, next, day, tx.at.Add(lease).UnixMilli(), node, tx.now())
	if err != nil {
		return t, false, fmt.Errorf("take letter %d: %w", id, err)
	}
	t.State = state
	return t, n == 1 && state == LetterSending, nil
}

// mayGo asks whether a letter to a client may still be sent: the client and
// the contact are there, who asked for it may still see the client, its wording
// was not put aside, the contact's consent stands, and there is where to send
// it. "" = it may.
func (tx *Tx) mayGo(ctx context.Context, t *Taken, actors map[int64]policy.Actor) (string, error) {
	var branch, owner, clerk int64
	var email, said string
	err := tx.QueryRowContext(ctx, `
		SELECT c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), k.email,
			coalesce((SELECT n.state FROM consents n WHERE n.contact_id = k.id AND n.purpose = $3 AND n.superseded_at = 0), '')
		FROM customers c JOIN contacts k ON k.customer_id = c.id WHERE c.id = $1 AND k.id = $2 AND c.deleted_at = 0 AND k.deleted_at = 0`,
		t.CustomerID, t.ContactID, t.Purpose).Scan(&branch, &owner, &clerk, &email, &said)
	if errors.Is(err, sql.ErrNoRows) {
		return WhyLetterGone, nil
	}
	if err != nil {
		return "", fmt.Errorf("letter %d: %w", t.ID, err)
	}
	if t.UserID != 0 {
		a, ok := actors[t.UserID]
		if !ok || !tx.db.sees(a.Scope(policy.CustomerRead), branch, owner, clerk) {
			return WhyRights, nil
		}
	}
	if gone, err := tx.templateGone(ctx, t.Letter, branch); err != nil || gone {
		return WhyTemplate, err
	}
	rule, err := tx.consentRule(ctx)
	if err != nil {
		return "", err
	}
	if may, why := rule.May(t.Purpose, consent.State(said)); !may {
		return WhyConsent + "." + string(why), nil
	}
	if t.Channel == message.Email {
		if t.To = email; !message.Address(email) {
			return WhyNoAddress, nil
		}
		return "", nil
	}
	numbers, err := phonesOf(ctx, tx, t.CustomerID, t.ContactID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(numbers, phone.IsMobile)
	if i < 0 {
		return WhyNoAddress, nil
	}
	t.To = numbers[i]
	return "", nil
}

// consentRule is ConsentRule within a transaction, of its day.
func (tx *Tx) consentRule(ctx context.Context) (consent.Rule, error) {
	rule := consent.DefaultRule()
	s, err := tx.db.settingState(ctx, tx, RuleConsent, tx.today())
	if err == nil && s.Company.Version > 0 {
		if err = json.Unmarshal([]byte(s.Company.Value), &rule); err != nil {
			err = fmt.Errorf("consent version %d: %w", s.Company.Version, err)
		}
	}
	return rule, err
}

// templateGone says whether the wording of a letter was put aside since.
func (tx *Tx) templateGone(ctx context.Context, l Letter, branch int64) (bool, error) {
	if l.TemplateID == 0 && l.Shipped == "" {
		return false, nil // written by hand
	}
	list, err := tx.db.templates(ctx, tx, branch)
	if err != nil {
		return false, err
	}
	for _, t := range list {
		if t.State == TemplateOff && (t.ID != 0 && t.ID == l.TemplateID || l.Shipped != "" && t.Shipped == l.Shipped) {
			return true, nil
		}
	}
	return false, nil
}

// mayGoNow asks whether a letter may go out at this hour; otherwise when.
func (tx *Tx) mayGoNow(ctx context.Context, t Taken) (reason string, next int64, err error) {
	now := tx.at.In(Zone)
	if open := t.Rule.Open(now); open.After(now) && t.Kind == ToClient {
		return WhyQuiet, open.UnixMilli(), nil
	}
	var channel, contact int
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM outbox WHERE channel = $1 AND sent_day = $2), (SELECT COUNT(*) FROM outbox WHERE contact_id = $3 AND sent_day = $2)`,
		t.Channel, tx.today(), t.ContactID).Scan(&channel, &contact); err != nil {
		return "", 0, fmt.Errorf("letters of today: %w", err)
	}
	switch {
	case channel >= t.Rule.ChannelDay:
		reason = WhyChannel
	case t.ContactID != 0 && contact >= t.Rule.ContactDay:
		reason = WhyContact
	default:
		return "", 0, nil
	}
	return reason, t.Rule.NextDay(now).UnixMilli(), nil
}

// Fate is what became of a letter that was handed over.
type Fate struct {
	State   string // LetterSent, LetterQueued (surely not delivered: try again), LetterFailed (refused), LetterUnsure
	Said    string // what the other side answered, for people
	Receipt string // the other side's number
	After   time.Duration
}

// SettleLetter writes down what became of a letter that the node took. repeats
// says that the other side sends one number once, so that a letter of which
// nobody knows may go again.
func (d *DB) SettleLetter(ctx context.Context, node string, t Taken, f Fate, repeats bool) error {
	return d.write(ctx, func(tx *Tx) error {
		state, reason, next, sent, day := f.State, "", int64(0), int64(0), tx.today()
		if state == LetterUnsure && repeats {
			state = LetterQueued
		}
		switch state {
		case LetterSent:
			sent = tx.now()
		case LetterFailed:
			reason, day = WhyRefused, ""
		case LetterUnsure:
			reason = WhyCut
		case LetterQueued:
			until := time.Time{}
			if t.UntilAt != 0 {
				until = time.UnixMilli(t.UntilAt)
			}
			again, ok := t.Rule.Again(int(t.Tries), tx.at.In(Zone), until, f.After)
			if reason, next, day = WhyWaits, again.UnixMilli(), ""; !ok {
				state, reason, next = LetterFailed, WhyTried, 0
				if f.State == LetterUnsure {
					state, reason = LetterUnsure, WhyCut
				}
			}
		}
		_, err := tx.exec(ctx, `UPDATE outbox SET state = $3, reason = $4, said = $5, receipt = $6, next_at = CASE WHEN CAST($7 AS BIGINT) = 0 THEN next_at ELSE $7 END,
			sent_at = $8, sent_day = $9, recipient = CASE WHEN CAST($3 AS TEXT) = 'queued' THEN recipient ELSE '' END, lease_until = 0, leased_by = '', updated_at = $10, version = version + 1
			WHERE id = $1 AND leased_by = $2 AND state = 'sending'`,
			t.ID, node, state, reason, cut(f.Said, 200), cut(f.Receipt, 100), next, sent, day, tx.now())
		if err != nil {
			return fmt.Errorf("fate of letter %d: %w", t.ID, err)
		}
		return nil
	})
}

// cut shortens a text to so many characters, and to one line.
func cut(text string, most int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
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
