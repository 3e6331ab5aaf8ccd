package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/festival"
	"yike/policy/message"
)

// States of a wording.
const (
	TemplateOn  = "on"
	TemplateOff = "off" // put aside: nothing is sent with it any more
)

// Template is a wording of head office or a branch. One that stands for a
// wording of the program (Shipped) takes its place at its branch and those
// below, or puts it aside there when it is off. ID 0 is a wording of the
// program that nobody touched.
type Template struct {
	ID, BranchID         int64
	Shipped              string // key of message.Library, "" = its own
	Provider             string // its number at the SMS provider
	State                string
	Version              int64
	CreatedAt, UpdatedAt int64
	message.Template
}

func (t *Template) row() wordingRow {
	return wordingRow{"template", "message_templates", &t.ID, &t.BranchID, &t.Shipped, &t.State, &t.Version, &t.CreatedAt, &t.UpdatedAt,
		[]field{{"occasion", &t.Occasion}, {"class", &t.Class}, {"channel", &t.Channel}, {"tone", &t.Tone}, {"subject", &t.Subject}, {"body", &t.Body},
			{"provider", &t.Provider}, {"state", &t.State}}}
}

// Templates returns the wordings that hold for a branch (0: for the company),
// those put aside among them: for each of the program's what the nearest of
// the branch and those above it made of it, else the program's own; and what
// they wrote themselves. How the company writes is no secret inside it.
func (d *DB) Templates(ctx context.Context, branch int64) ([]Template, error) {
	return d.templates(ctx, d.r, branch)
}

func (d *DB) templates(ctx context.Context, q querier, branch int64) ([]Template, error) {
	shipped, own, err := near(ctx, d, q, branch, (*Template).row)
	if err != nil {
		return nil, err
	}
	var out []Template
	for _, s := range message.Library() {
		t, ok := shipped[s.Key]
		if !ok {
			t = Template{BranchID: d.HeadOffice(), Shipped: s.Key, State: TemplateOn, Template: s.Template}
		}
		out = append(out, t)
	}
	return append(out, own...), nil
}

// Template returns a wording by its id; ErrNotFound when there is none.
func (d *DB) Template(ctx context.Context, id int64) (Template, error) {
	var t Template
	err := t.row().read(ctx, d.r, id)
	return t, err
}

// TemplateVersion is a wording as it stood from an instant on.
type TemplateVersion struct {
	Version   int64
	Subject   string
	Body      string
	State     string
	Author    string
	CreatedAt int64 // unix milliseconds
}

// TemplateVersions returns how a wording stood, the latest first.
func (d *DB) TemplateVersions(ctx context.Context, id int64) ([]TemplateVersion, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT v.version, v.subject, v.body, v.state, coalesce(u.name, ''), v.created_at
		FROM message_template_versions v LEFT JOIN users u ON u.id = v.author_id WHERE v.template_id = $1 ORDER BY v.version DESC LIMIT 100`, id)
	if err != nil {
		return nil, fmt.Errorf("versions of template %d: %w", id, err)
	}
	defer rows.Close()
	var out []TemplateVersion
	for rows.Next() {
		var v TemplateVersion
		if err := rows.Scan(&v.Version, &v.Subject, &v.Body, &v.State, &v.Author, &v.CreatedAt); err != nil {
			return nil, fmt.Errorf("versions of template %d: %w", id, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// SaveTemplate makes a wording (ID 0) at t.BranchID, or changes one whose
// Version says what was read. The actor needs templates.edit over its branch
// (ErrNotFound beyond it). ErrConflict when somebody was faster, or made the
// same of the program's wording at this branch already; ErrRefused for a
// wording that cannot be (message.Template.Check).
func (d *DB) SaveTemplate(ctx context.Context, by policy.Actor, sent Submission, t Template) (int64, error) {
	own, _, err := d.Occasions(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	if len(t.Check(message.Own(own), "")) > 0 || t.State != TemplateOn && t.State != TemplateOff {
		return 0, fmt.Errorf("template: %w", ErrRefused)
	}
	err = d.saveWording(ctx, by, "templates.save", sent, t.row(), new(Template).row(), func(key string) bool {
		return slices.ContainsFunc(message.Library(), func(s message.Shipped) bool { return s.Key == key })
	})
	return t.ID, err
}

// Ref names a wording: what a letter keeps of it.
func (t Template) Ref() string { return wordingRef(t.ID, t.Shipped) }

// Wanted is for whom and what a wording is looked for.
type Wanted struct {
	CustomerID, ContactID int64
	For                   []message.Occasion
	Channel, Tone         string
	Day, Today            string // of the occasion; now
	Years                 int
	Person                string // who greets
	Offer                 string // with the first parcel, as message.Offered says it
}

// Worded is a wording filled in for a contact. Template is the zero one when
// none is left that the contact never had; Wrong says what is missing where
// one could not be filled in.
type Worded struct {
	Template Template
	Facts    message.Facts
	Message  message.Message
	Wrong    []message.Problem
}

// Word chooses a wording for a contact and fills it in. The caller has seen
// the client within a scope.
func (d *DB) Word(ctx context.Context, w Wanted) (Worded, error) { return d.Wordings().Word(ctx, w) }

// yearsOf counts the years of an anniversary of the client on the day; 0 when
// that is none.
func yearsOf(ctx context.Context, q querier, w Wanted) (int, error) {
	var query string
	switch w.For[0].Code {
	case message.ParcelYears: // its month is enough: the day of the greeting is in it
		query = `SELECT coalesce(min(month), '') FROM customer_months WHERE customer_id = $1`
	case message.SignedYears:
		query = `SELECT contract_from FROM customers WHERE id = $1`
	case message.FirmYears:
		query = `SELECT founded_on FROM customers WHERE id = $1`
	default:
		return 0, nil
	}
	var text string
	if err := q.QueryRowContext(ctx, query, w.CustomerID).Scan(&text); err != nil {
		return 0, fmt.Errorf("anniversary of customer %d: %w", w.CustomerID, err)
	}
	on := dayParsed(w.Day)
	if len(text) == len("2006-01") {
		text += on.String()[min(7, len(on.String())):]
	}
	of := dayParsed(text)
	day, years, ok := festival.Anniversary(of, on.Year())
	if !ok || day != on {
		return 0, nil
	}
	return years, nil
}

// marksOf returns what a contact was ever sent, or stands to be; what surely
// never came may be said again.
func marksOf(ctx context.Context, q querier, contact int64) ([]message.Used, error) {
	if contact == 0 {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT mark FROM outbox WHERE contact_id = $1 AND mark <> '' AND (state NOT IN ('dropped','dry','failed') OR state = 'dropped' AND reason = 'cut')`, contact)
	if err != nil {
		return nil, fmt.Errorf("wordings that contact %d had: %w", contact, err)
	}
	defer rows.Close()
	var out []message.Used
	for rows.Next() {
		var u message.Used
		if err := rows.Scan(&u.Mark); err != nil {
			return nil, fmt.Errorf("wordings that contact %d had: %w", contact, err)
		}
		out = append(out, u)
	}
	return out, rows.Err()
}
