package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
)

// RuleConsent is the dated rule of purposes, deadlines and how long back-ups are
// kept; its value is a consent.Rule. It is the company's, not a branch's.
const RuleConsent = "consent"

// ConsentRule returns what holds on a day, and by which version.
func (d *DB) ConsentRule(ctx context.Context, on string) (consent.Rule, RuleRow, error) {
	rule := consent.DefaultRule()
	row, err := d.Rule(ctx, RuleConsent, 0, on)
	if err == nil && row.Version > 0 {
		if err = json.Unmarshal([]byte(row.Value), &rule); err != nil {
			err = fmt.Errorf("consent version %d: %w", row.Version, err)
		}
	}
	return rule, row, err
}

// Consent is what a contact said to a purpose. What holds has Superseded 0.
type Consent struct {
	ID, ContactID, CustomerID, BranchID int64
	Purpose                             string
	State                               consent.State
	Source                              string // consent.Sources
	Day                                 string // on which it was said
	Note                                string // where the evidence is
	UserID                              int64
	User                                string // who wrote it down
	CreatedAt, Superseded               int64  // unix milliseconds
}

// ErrSame: what was to be written down is what stands there, or cannot follow
// it.
var ErrSame = errors.New("nothing to write down")

// RecordConsent writes down what a contact said to a purpose; what they said
// before stays in the history. The actor needs consents.edit over the client.
// ErrNotFound for a contact that is not this client's, ErrRefused for a purpose
// that is not in use or an answer without a source, ErrSame when it is what
// holds already, so that a form sent twice is done once.
func (d *DB) RecordConsent(ctx context.Context, by policy.Actor, in Consent) (id int64, err error) {
	rule, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	// A purpose that was put aside can still be withdrawn from.
	if !rule.Knows(in.Purpose) && in.State != consent.Withdrawn || consent.Check(in.Source, in.Day, in.Note, dayOf(d.now())) != consent.Fine {
		return 0, fmt.Errorf("consent to %q: %w", in.Purpose, ErrRefused)
	}
	err = d.act(ctx, by, "consents.record", func(tx *Tx) error {
		c, err := d.customer(ctx, tx, by.Scope(policy.ConsentEdit), in.CustomerID, false)
		if err != nil {
			return err
		}
		if _, err := contactIn(ctx, tx, c.ID, in.ContactID); err != nil {
			return err
		}
		var before consent.State
		list, err := consentsOf(ctx, tx, c.ID, in.ContactID, true)
		if err != nil {
			return err
		}
		for _, was := range list {
			if was.Purpose == in.Purpose {
				before = was.State
			}
		}
		if !consent.Follows(before, in.State) {
			return fmt.Errorf("consent to %s of contact %d: %w", in.Purpose, in.ContactID, ErrSame)
		}
		if _, err := tx.exec(ctx, `UPDATE consents SET superseded_at = $3 WHERE contact_id = $1 AND purpose = $2 AND superseded_at = 0`,
			in.ContactID, in.Purpose, tx.now()); err != nil {
			return fmt.Errorf("consent of contact %d: %w", in.ContactID, err)
		}
		id = tx.newID()
		if _, err := tx.exec(ctx, `
			INSERT INTO consents (id, contact_id, customer_id, branch_id, purpose, state, source, day, note, user_id, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id, in.ContactID, c.ID, c.BranchID, in.Purpose, string(in.State), in.Source, in.Day, in.Note, by.UserID, tx.now()); err != nil {
			if isUnique(err) {
				return fmt.Errorf("consent of contact %d: %w: %w", in.ContactID, ErrConflict, err)
			}
			return fmt.Errorf("consent of contact %d: %w", in.ContactID, err)
		}
		tx.aboutCustomer(c.BranchID, c.ID)
		tx.audit.rows = 1
		tx.detail(map[string]any{"contact": in.ContactID, "purpose": in.Purpose, "state": string(in.State), "from": string(before),
			"source": in.Source, "day": in.Day, "note": in.Note})
		return nil
	})
	return id, err
}

// Consents returns what the contacts of a client said, the latest first: all of
// it with history, else only what holds. ErrNotFound beyond the scope.
func (d *DB) Consents(ctx context.Context, scope policy.Scope, customer int64, history bool) ([]Consent, error) {
	if _, err := d.customerPlace(ctx, scope, customer); err != nil {
		return nil, err
	}
	return consentsOf(ctx, d.r, customer, 0, !history)
}

// consentsOf reads the answers of one contact, or of all (contact 0).
func consentsOf(ctx context.Context, q querier, customer, contact int64, holding bool) ([]Consent, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT n.id, n.contact_id, n.customer_id, n.branch_id, n.purpose, n.state, n.source, n.day, n.note, n.user_id, coalesce(u.name, ''),
			n.created_at, n.superseded_at
		FROM consents n LEFT JOIN users u ON u.id = n.user_id
		WHERE n.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR n.contact_id = $2) ORDER BY n.id DESC LIMIT 2000`, customer, contact)
	if err != nil {
		return nil, fmt.Errorf("consents of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []Consent
	for rows.Next() {
		var n Consent
		var state string
		if err := rows.Scan(&n.ID, &n.ContactID, &n.CustomerID, &n.BranchID, &n.Purpose, &state, &n.Source, &n.Day, &n.Note, &n.UserID, &n.User,
			&n.CreatedAt, &n.Superseded); err != nil {
			return nil, fmt.Errorf("consents of customer %d: %w", customer, err)
		}
		if n.State = consent.State(state); !holding || n.Superseded == 0 {
			out = append(out, n)
		}
	}
	return out, rows.Err()
}

// withConsents fills in what the contacts of a client said.
func (d *DB) withConsents(ctx context.Context, customer int64, list []Contact) error {
	said, err := consentsOf(ctx, d.r, customer, 0, true)
	if err != nil {
		return err
	}
	for _, n := range said {
		if i := slices.IndexFunc(list, func(c Contact) bool { return c.ID == n.ContactID }); i >= 0 {
			list[i].said(n.Purpose, n.State)
		}
	}
	return nil
}

func (c *Contact) said(purpose string, state consent.State) {
	if c.Consents == nil {
		c.Consents = map[string]consent.State{}
	}
	c.Consents[purpose] = state
}

// MayContact says whether one may turn to a contact for a purpose, and why;
// what sends greetings or surveys asks it, for each person, when it sends.
// A contact that is gone may not be turned to.
func (d *DB) MayContact(ctx context.Context, contact int64, purpose string) (bool, consent.Reason, error) {
	rule, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return false, "", err
	}
	var state string
	var live int64
	err = d.r.QueryRowContext(ctx, `
		SELECT coalesce((SELECT n.state FROM consents n WHERE n.contact_id = $1 AND n.purpose = $2 AND n.superseded_at = 0), ''),
			(SELECT COUNT(*) FROM contacts k JOIN customers c ON c.id = k.customer_id WHERE k.id = $1 AND k.deleted_at = 0 AND c.deleted_at = 0)`,
		contact, purpose).Scan(&state, &live)
	if err != nil {
		return false, "", fmt.Errorf("consent of contact %d: %w", contact, err)
	}
	if live == 0 {
		return false, consent.Unknown, nil
	}
	may, why := rule.May(purpose, consent.State(state))
	return may, why, nil
}

// ConsentFilter chooses contacts by what they said to a purpose.
type ConsentFilter struct {
	Purpose string
	State   string // "may", "given", "refused", "withdrawn", "not_asked"; "" for all
	Branch  int64  // with those below it; 0 for all
	After   int64  // the contact that the page before ended with
	Limit   int
}

// ConsentRow is a contact with what they said.
type ConsentRow struct {
	ContactID, CustomerID, BranchID int64
	OwnerID, ClerkID                int64
	Contact, Customer, Code         string
	State                           consent.State
	Source, Day                     string
	Phone                           string // to be called first, unmasked: the caller masks it
}

// ConsentCounts is how many contacts said what to a purpose.
type ConsentCounts map[consent.State]int64

func (d *DB) consentWhere(scope policy.Scope, f ConsentFilter) (cond, bool) {
	r := d.reach(scope, f.Branch)
	if r.empty {
		return cond{}, false
	}
	where := bothSQL(condOf("c.deleted_at = 0 AND k.deleted_at = 0"), r.residual())
	switch f.State {
	case "may":
		if f.Purpose == consent.Service {
			where = bothSQL(where, condOf("coalesce(n.state, ?) IN (?, ?)", "", "", "given"))
		} else {
			where = bothSQL(where, condOf("n.state = ?", "given"))
		}
	case "given", "refused", "withdrawn":
		where = bothSQL(where, condOf("n.state = ?", f.State))
	case "not_asked":
		where = bothSQL(where, condOf("n.id IS NULL"))
	}
	return where, true
}

func consentListSQL(f ConsentFilter, where cond) cond {
	return cond{`SELECT k.id, c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), k.name, c.name, c.code,
			coalesce(n.state, ''), coalesce(n.source, ''), coalesce(n.day, ''),
			coalesce((SELECT p.number FROM phones p WHERE p.customer_id = c.id AND p.contact_id = k.id ORDER BY p.position LIMIT 1), '')
		FROM contacts k JOIN customers c ON c.id = k.customer_id
		LEFT JOIN consents n ON n.contact_id = k.id AND n.purpose = ? AND n.superseded_at = 0
		WHERE ` + where.text + ` AND k.id > ? ORDER BY k.id LIMIT ?`, append(append([]any{f.Purpose}, where.args...), f.After, f.Limit)}
}

func consentCountSQL(f ConsentFilter, where cond) cond {
	return cond{`SELECT COUNT(*), '' FROM (SELECT 1 FROM contacts k JOIN customers c ON c.id = k.customer_id
		LEFT JOIN consents n ON n.contact_id = k.id AND n.purpose = ? AND n.superseded_at = 0
		WHERE ` + where.text + ` LIMIT ` + strconv.Itoa(CountLimit+1) + `) x`, append([]any{f.Purpose}, where.args...)}
}

// ConsentList returns contacts that the scope sees by what they said to a
// purpose, in the order in which they were added.
func (d *DB) ConsentList(ctx context.Context, scope policy.Scope, f ConsentFilter) ([]ConsentRow, error) {
	where, any := d.consentWhere(scope, f)
	if !any {
		return nil, nil
	}
	rows, err := d.query(ctx, consentListSQL(f, where))
	if err != nil {
		return nil, fmt.Errorf("who may be contacted: %w", err)
	}
	defer rows.Close()
	var out []ConsentRow
	for rows.Next() {
		var c ConsentRow
		var state string
		if err := rows.Scan(&c.ContactID, &c.CustomerID, &c.BranchID, &c.OwnerID, &c.ClerkID, &c.Contact, &c.Customer, &c.Code, &state, &c.Source, &c.Day, &c.Phone); err != nil {
			return nil, fmt.Errorf("who may be contacted: %w", err)
		}
		c.State = consent.State(state)
		out = append(out, c)
	}
	return out, rows.Err()
}

// CountConsents counts the contacts of the filter by what they said, each
// answer exactly to CountLimit and one more for any beyond; the filter's State
// does not count.
func (d *DB) CountConsents(ctx context.Context, scope policy.Scope, f ConsentFilter) (ConsentCounts, error) {
	out := ConsentCounts{}
	for word, state := range map[string]consent.State{"given": consent.Given, "refused": consent.Refused, "withdrawn": consent.Withdrawn, "not_asked": consent.NotAsked} {
		f.State = word
		where, any := d.consentWhere(scope, f)
		if !any {
			return out, nil
		}
		if err := d.eachPair(ctx, consentCountSQL(f, where), func(n int64, _ string) { out[state] = n }); err != nil {
			return nil, fmt.Errorf("count consents: %w", err)
		}
	}
	return out, nil
}

// dayOf is the business day of an instant.
func dayOf(t time.Time) day.Day { return day.At(t, Zone) }

// dayParsed is the day that a text names; the zero Day when it names none.
func dayParsed(s string) day.Day {
	d, err := day.Parse(s)
	if err != nil {
		return 0
	}
	return d
}
