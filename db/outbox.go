package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/message"
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
	s, err := d.settingState(ctx, q, RuleSending, on)
	if err != nil {
		return message.DefaultSending(), RuleRow{}, err
	}
	row := s.inForce().For(d.Chain(branch))
	rule, err := sendingOf(row)
	return rule, row, err
}

// sendingOf understands a version of the rule, the default when there is none.
func sendingOf(row RuleRow) (message.Sending, error) {
	rule, err := message.ParseSending(row.Value)
	if err != nil {
		err = fmt.Errorf("rule of sending, version %d: %w", row.Version, err)
	}
	return rule, err
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
	WhyBranch     = "branch_day"
	WhyChannel    = "channel_day"
	WhyQuiet      = "quiet"
	WhyNoChannel  = "no_channel" // the channel's settings are not whole, or its secret does not open
	WhyRefused    = "refused"    // the other side says no
	WhyTried      = "tried"      // tried as often as the rule says
	WhyWaits      = "waits"      // tried, and to be tried again
	WhyCut        = "cut"
	WhyRecalled   = "recalled"  // its greeting was done, skipped, put off or called back
	WhyHanded     = "handed"    // the client, or the greeting, is somebody else's by now
	WhyComplaint  = "complaint" // one of the client's is open: no wishes now
	WhyConsent    = "consent"   // with what the contact said, behind a point
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
	values := w.Message.Values
	if values == nil {
		values = map[string]string{}
	}
	text, _ := json.Marshal(values) // a map of strings always can be written
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
