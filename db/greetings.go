package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// States of a greeting.
const (
	GreetingOpen    = "open"
	GreetingDone    = "done"
	GreetingSkipped = "skipped"
)

// Greeting is one courtesy to one contact on one occasion. There is one for
// each contact, occasion and season, however often the night runs.
type Greeting struct {
	ID, ContactID, CustomerID, BranchID int64
	Occasion                            string // code
	Season                              int64  // year of the occasion's own calendar
	Day, Due                            string
	LeadID                              int64            // not 0: the greeting that names this occasion, too
	Also                                []GreetingAlso   // what else it names
	Mood                                string           // festival.Mood
	Means                               []greeting.Means // as planned
	Gift                                string
	Budget, Spent                       int64 // fen
	Offer                               string
	OfferFen                            int64
	OfferUntil, OfferUsed               string // days
	Follows                             string // greeting.ByOwner …, "" = handed to somebody
	UserID                              int64  // whose it is; 0 = whoever at the branch takes it
	State                               string
	DoneBy                              string // means
	Result                              string
	LetterID                            int64  // by which the program sends it; 0 = none
	Photo, Thumb                        string // hashes
	ClosedBy, ClosedAt                  int64
	ClosedWhy                           string // greeting.Reason: it closed by itself
	RuleBranch, RuleVersion             int64
	Version, CreatedAt, UpdatedAt       int64

	also, means string
}

// GreetingAlso is another occasion that a greeting names.
type GreetingAlso struct {
	Occasion string `json:"occasion"`
	Day      string `json:"day"`
}

func (g *Greeting) fields() []field {
	return []field{{"due", &g.Due}, {"branch_id", &g.BranchID}, {"day", &g.Day}, {"follows", &g.Follows}, {"user_id", (*ref)(&g.UserID)}, {"state", &g.State}, {"done_by", &g.DoneBy},
		{"result", &g.Result}, {"photo", &g.Photo}, {"thumb", &g.Thumb}, {"spent_fen", &g.Spent}, {"offer_used", &g.OfferUsed}, {"letter_id", (*ref)(&g.LetterID)},
		{"closed_by", (*ref)(&g.ClosedBy)}, {"closed_at", &g.ClosedAt}, {"closed_why", &g.ClosedWhy}, {"also", &g.also}}
}

func (g *Greeting) all() []field {
	return append(g.fields(), field{"id", &g.ID}, field{"contact_id", &g.ContactID}, field{"customer_id", &g.CustomerID}, field{"occasion", &g.Occasion},
		field{"season", &g.Season}, field{"lead_id", (*ref)(&g.LeadID)}, field{"mood", &g.Mood}, field{"means", &g.means}, field{"gift", &g.Gift},
		field{"budget_fen", &g.Budget}, field{"offer", &g.Offer}, field{"offer_fen", &g.OfferFen}, field{"offer_until", &g.OfferUntil},
		field{"rule_branch", &g.RuleBranch}, field{"rule_version", &g.RuleVersion}, field{"version", &g.Version}, field{"created_at", &g.CreatedAt}, field{"updated_at", &g.UpdatedAt})
}

// read understands what is stored as text.
func (g *Greeting) read() error {
	g.Means = nil
	for _, m := range strings.Fields(g.means) {
		g.Means = append(g.Means, greeting.Means(m))
	}
	g.Also = nil
	if g.also == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(g.also), &g.Also); err != nil {
		return fmt.Errorf("greeting %d: %w", g.ID, err)
	}
	return nil
}

// GreetingRow is a greeting with what a list says of it. The contact's name is
// unmasked: the caller masks it.
type GreetingRow struct {
	Greeting
	Contact, Position     string
	Customer, Code, Class string
	OwnerID, ClerkID      int64
	User, Closer          string
	Ways                  []string // the contact's own order (R135)
	Letter                GreetingLetter
	At                    TodoKey // its place in the list
}

// GreetingLetter is how the letter of a greeting stands; the zero one when
// there is none.
type GreetingLetter struct {
	State, Channel, Reason, Said, Subject, Body string
	NextAt, SentAt                              int64
}

var greetingRowSQL = `SELECT ` + columns("g.", new(Greeting).all()) + `, k.name, k.position, c.name, c.code, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(u.name, ''), coalesce(x.name, ''), k.ways,
	coalesce(o.state, ''), coalesce(o.channel, ''), coalesce(o.reason, ''), coalesce(o.said, ''), coalesce(o.subject, ''), coalesce(o.body, ''), coalesce(o.next_at, 0), coalesce(o.sent_at, 0)
	FROM greetings g JOIN contacts k ON k.id = g.contact_id JOIN customers c ON c.id = g.customer_id LEFT JOIN users u ON u.id = g.user_id LEFT JOIN users x ON x.id = g.closed_by
	LEFT JOIN outbox o ON o.id = g.letter_id`

func scanGreeting(row interface{ Scan(...any) error }) (GreetingRow, error) {
	var g GreetingRow
	var ways string
	l := &g.Letter
	if err := row.Scan(append(pointers(g.all()), &g.Contact, &g.Position, &g.Customer, &g.Code, &g.Class, &g.OwnerID, &g.ClerkID, &g.User, &g.Closer, &ways,
		&l.State, &l.Channel, &l.Reason, &l.Said, &l.Subject, &l.Body, &l.NextAt, &l.SentAt)...); err != nil {
		return g, err
	}
	g.Ways = strings.Fields(ways)
	return g, g.read()
}

// GreetingFilter is what a list of greetings asks for; zero values ask nothing.
type GreetingFilter struct {
	UserID   int64 // whose they are
	BranchID int64 // this one and those below it
	Customer int64
	Occasion string
	From, To string // days of the occasion, both included
	Late     string // a day: due before it
	Gifts    bool   // only with a gift
	State    string // "" all; of closed ones the latest first, else the soonest first
	Closed   bool   // done and skipped ones

	// Counted lists the rows that GreetingFigures count: those too that another
	// greeting names, each as that one is; by the scope alone. The rest narrows
	// them by what figures are counted by.
	Counted       bool
	Only          bool // of BranchID alone
	Class, DoneBy *string
	Person        *int64 // who did it, or is to; 0 nobody

	At    TodoKey // keyset paging: the rows after this one
	Limit int     // 50 when 0; 2000 at most
}

// Greeting returns one greeting that the actor sees: their own, or within the
// scope of the right asked for. One that is named by another is that other.
func (d *DB) Greeting(ctx context.Context, by policy.Actor, right policy.Permission, id int64) (GreetingRow, error) {
	return d.greeting(ctx, d.r, by, right, id)
}

func (d *DB) greeting(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64) (GreetingRow, error) {
	g, err := scanGreeting(q.QueryRowContext(ctx, greetingRowSQL+` WHERE g.id = $1 AND g.lead_id IS NULL AND c.deleted_at = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.seesGreeting(by, right, g) {
		err = ErrNotFound
	}
	if err != nil {
		return GreetingRow{}, fmt.Errorf("greeting %d: %w", id, err)
	}
	return g, nil
}

func (d *DB) seesGreeting(by policy.Actor, right policy.Permission, g GreetingRow) bool {
	scope := by.Scope(right)
	return !scope.Empty() && (g.UserID == by.UserID && g.UserID != 0 || d.sees(scope, g.BranchID, g.OwnerID, g.ClerkID))
}

// MayGreet says whether the actor may do, skip, put off or pass on a greeting.
func (d *DB) MayGreet(by policy.Actor, g GreetingRow) bool {
	return d.seesGreeting(by, policy.GreetingDo, g)
}

// GreetingsOf are the greetings of one client, or of one contact of it, the
// latest first; read it after the client was read within scope.
func (d *DB) GreetingsOf(ctx context.Context, customer, contact int64, limit int) ([]GreetingRow, error) {
	rows, err := d.r.QueryContext(ctx, greetingsOfSQL(), customer, contact, limit)
	if err != nil {
		return nil, fmt.Errorf("greetings of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []GreetingRow
	for rows.Next() {
		g, err := scanGreeting(rows)
		if err != nil {
			return nil, fmt.Errorf("greetings of customer %d: %w", customer, err)
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

func greetingsOfSQL() string {
	return greetingRowSQL + ` WHERE g.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR g.contact_id = $2) AND g.lead_id IS NULL ORDER BY g.day DESC, g.id DESC LIMIT $3`
}

// Occasions are the occasions that head office added to the festivals, those
// too that are off by now.
func (d *DB) Occasions(ctx context.Context, on string) ([]festival.Occasion, RuleRow, error) {
	row, err := d.Rule(ctx, RuleOccasions, 0, on)
	if err != nil || row.Version == 0 {
		return nil, row, err
	}
	var out []festival.Occasion
	if err := json.Unmarshal([]byte(row.Value), &out); err != nil {
		return nil, row, fmt.Errorf("occasions version %d: %w", row.Version, err)
	}
	return out, row, nil
}

// RuleGreetings is the dated rule of plans, a greeting.Rule; RuleOccasions that
// of the days that head office added, a list of festival.Occasion.
const (
	RuleGreetings = "greetings"
	RuleOccasions = "occasions"
)

// GreetingRule returns what holds of the plans for a branch (0: the company) on
// a day, and by which version.
func (d *DB) GreetingRule(ctx context.Context, branch int64, on string) (greeting.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleGreetings, branch, on)
	if err != nil {
		return greeting.Rule{}, row, err
	}
	rule, err := greetingRuleOf(row)
	return rule, row, err
}

func greetingRuleOf(row RuleRow) (greeting.Rule, error) {
	if row.Version == 0 {
		return greeting.Default(), nil
	}
	rule, err := greeting.ParseRule(row.Value)
	if err != nil {
		return rule, fmt.Errorf("greetings version %d: %w", row.Version, err)
	}
	return rule, nil
}

// wishes are the festivals and occasions around a day, with the plans that keep
// them: a year and the days within which one greeting names several.
func wishesOf(rule greeting.Rule, own []festival.Occasion, from, to day.Day) []greeting.Wish {
	var out []greeting.Wish
	for _, x := range festival.Dates(own, from.Add(-greeting.MaxClose), to.Add(greeting.MaxClose)) {
		out = append(out, greeting.Wish{Date: x, Plan: rule.Plans[x.Code]})
	}
	return out
}
