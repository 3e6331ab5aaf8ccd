package db

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/radar"
)

// CustomerFile is a customer's page in one: the file, who cares for it, its
// contacts, and its tags with their hints. It is read with three statements.
type CustomerFile struct {
	Customer
	OwnerName, ClerkName, CreatorName string
	OwnerPhone                        string
	Contacts                          []Contact // the primary one first, with phones
	TagList                           []FileTag
	Radar                             []FileRadar // alerts that nobody has closed
}

// FileTag is a tag on a file, with what it tells those who go to the door.
type FileTag struct {
	ID               int64
	Name, Kind, Hint string
}

// FileRadar is an alert of the radar on a file.
type FileRadar struct {
	ID    int64
	State string
	Alert radar.Alert
}

// CustomerFile returns one live file that the scope sees with everything that
// hangs on it.
func (d *DB) CustomerFile(ctx context.Context, scope policy.Scope, id int64) (CustomerFile, error) {
	f, err := d.fileAndContacts(ctx, scope, id)
	if err != nil {
		return CustomerFile{}, err
	}
	err = d.fileParts(ctx, condOf(filePartsSQL, id), f.takeFile)
	f.sortParts()
	return f, err
}

func (d *DB) fileAndContacts(ctx context.Context, scope policy.Scope, id int64) (CustomerFile, error) {
	f, err := d.fileItself(ctx, id)
	if err == nil && (f.ID == 0 || !d.sees(scope, f.BranchID, f.OwnerID, f.ClerkID)) {
		err = ErrNotFound
	}
	if err != nil {
		return CustomerFile{}, fmt.Errorf("customer %d: %w", id, err)
	}
	f.Contacts, err = d.fileContacts(ctx, id)
	return f, err
}

// fileItself reads the row once for each of its own numbers; ID is 0 when
// there is no such file.
func (d *DB) fileItself(ctx context.Context, id int64) (f CustomerFile, err error) {
	rows, err := d.query(ctx, condOf(`
		SELECT `+customerColumns+`, coalesce(o.name, ''), coalesce(o.phone, ''), coalesce(k.name, ''), coalesce(b.name, ''), coalesce(p.number, '')
		FROM customers c
		LEFT JOIN users o ON o.id = c.owner_id
		LEFT JOIN users k ON k.id = c.clerk_id
		LEFT JOIN users b ON b.id = c.created_by
		LEFT JOIN phones p ON p.customer_id = c.id AND p.contact_id IS NULL
		WHERE c.id = $1 AND c.deleted_at = 0
		ORDER BY p.position`, id))
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		if err := rows.Scan(append(pointers(f.all()), &f.OwnerName, &f.OwnerPhone, &f.ClerkName, &f.CreatorName, &number)...); err != nil {
			return f, err
		}
		if number != "" {
			f.Phones = append(f.Phones, number)
		}
	}
	return f, rows.Err()
}

func (d *DB) fileContacts(ctx context.Context, id int64) ([]Contact, error) {
	rows, err := d.query(ctx, condOf(`
		SELECT `+contactColumns+`, coalesce(p.number, '') FROM contacts k
		LEFT JOIN phones p ON p.customer_id = k.customer_id AND p.contact_id = k.id
		WHERE k.customer_id = $1 AND k.deleted_at = 0
		ORDER BY k.is_primary DESC, k.id, p.position LIMIT 500`, id))
	if err != nil {
		return nil, fmt.Errorf("contacts of customer %d: %w", id, err)
	}
	defer rows.Close()
	var out []Contact
	for rows.Next() {
		var c Contact
		var number string
		if err := rows.Scan(append(pointers(c.all()), &number)...); err != nil {
			return nil, fmt.Errorf("contacts of customer %d: %w", id, err)
		}
		if n := len(out); n == 0 || out[n-1].ID != c.ID {
			out = append(out, c)
		}
		if number != "" {
			last := &out[len(out)-1]
			last.Phones = append(last.Phones, number)
		}
	}
	return out, rows.Err()
}

// Position is where a timeline goes on: below the visit of that day and id,
// and below that change. The zero Position is the newest end. String and
// ParsePosition carry it through an address.
type Position struct {
	Day           string // of the last visit shown; "" = none shown yet
	Visit, Change int64
}

// String writes the position for an address; empty for the newest end.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return p.Day + "." + strconv.FormatInt(p.Visit, 36) + "." + strconv.FormatInt(p.Change, 36)
}

// ParsePosition reads what String wrote; anything else is the newest end.
func ParsePosition(s string) Position {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) > 10 {
		return Position{}
	}
	visit, err1 := strconv.ParseInt(parts[1], 36, 64)
	change, err2 := strconv.ParseInt(parts[2], 36, 64)
	if err1 != nil || err2 != nil {
		return Position{}
	}
	return Position{parts[0], visit, change}
}

// TimelineVisit is a visit as the customer's page tells it.
type TimelineVisit struct {
	ID                                         int64
	State, Day, Mode, Purpose, Learned, Mood   string
	Minute                                     int64 // of the day, -1 = not said
	UserName, ContactName, Met, NextStep, Next string
	Photos                                     int64
	CreatedAt                                  int64
}

// TimelineItem is one event: a visit or a change.
type TimelineItem struct {
	Day    string
	At     int64 // unix milliseconds; 0 where only the day is known
	Visit  *TimelineVisit
	Change *Change
}

// Timeline is a page of events, the newest first. More is where the next page
// begins, the zero Position when there is none.
type Timeline struct {
	Items  []TimelineItem
	More   Position
	Visits []TimelineVisit // the newest of the span by themselves, though changes crowd them out of Items
}

// Timeline returns what happened with a customer: the visits if the first
// scope sees it, the changes if the second does. Read it after the customer
// itself was read within scope.
func (d *DB) Timeline(ctx context.Context, visits, history policy.Scope, c Customer, from Position, limit int) (Timeline, error) {
	var seen []TimelineVisit
	var changes []Change
	var err error
	if d.sees(visits, c.BranchID, c.OwnerID, c.ClerkID) {
		if seen, err = d.timelineVisits(ctx, c.ID, from, limit+1); err != nil {
			return Timeline{}, err
		}
	}
	if d.sees(history, c.BranchID, c.OwnerID, c.ClerkID) {
		if changes, err = d.changesOf(ctx, c.ID, from.Change, limit+1, "visits"); err != nil {
			return Timeline{}, err
		}
	}
	out := mergeTimeline(seen, changes, from, limit)
	out.Visits = seen
	return out, nil
}

// mergeTimeline puts both kinds in one order: by day, within a day a visit of
// which the hour is not known stands above the changes.
func mergeTimeline(visits []TimelineVisit, changes []Change, from Position, limit int) Timeline {
	out := Timeline{More: from}
	for len(out.Items) < limit && len(visits)+len(changes) > 0 {
		takeVisit := len(changes) == 0
		if len(visits) > 0 && len(changes) > 0 {
			v, c := visits[0], changes[0]
			takeVisit = cmp.Or(cmp.Compare(v.Day, Day(timeOf(c.At))), cmp.Compare(v.at(), c.At)) >= 0
		}
		if takeVisit {
			v := visits[0]
			visits = visits[1:]
			out.Items = append(out.Items, TimelineItem{Day: v.Day, Visit: &v})
			out.More.Day, out.More.Visit = v.Day, v.ID
			continue
		}
		c := changes[0]
		changes = changes[1:]
		out.Items = append(out.Items, TimelineItem{Day: Day(timeOf(c.At)), At: c.At, Change: &c})
		out.More.Change = c.ID
	}
	if len(visits)+len(changes) == 0 {
		out.More = Position{}
	}
	return out
}

// at is the instant a visit is taken to have ended: when it was noted, if that
// was on its day, or else the end of the day.
func (v TimelineVisit) at() int64 {
	if Day(timeOf(v.CreatedAt)) == v.Day {
		return v.CreatedAt
	}
	return 1<<63 - 1
}

func (d *DB) timelineVisits(ctx context.Context, customer int64, from Position, limit int) ([]TimelineVisit, error) {
	if from.Day == "" {
		from.Day = "9999-12-31"
		from.Visit = 1<<63 - 1
	}
	rows, err := d.query(ctx, condOf(`
		SELECT v.id, v.state, v.day, v.minute, v.mode, v.purpose, v.learned, v.mood,
		       coalesce(u.name, ''), coalesce(k.name, ''), v.met, v.next_step, v.next_on, v.created_at,
		       (SELECT count(*) FROM visit_photos p WHERE p.visit_id = v.id)
		FROM visits v
		LEFT JOIN users u ON u.id = v.user_id
		LEFT JOIN contacts k ON k.id = v.contact_id
		WHERE v.customer_id = $1 AND v.deleted_at = 0 AND (v.day, v.id) < ($2, $3)
		ORDER BY v.day DESC, v.id DESC LIMIT $4`, customer, from.Day, from.Visit, limit))
	if err != nil {
		return nil, fmt.Errorf("visits of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []TimelineVisit
	for rows.Next() {
		var v TimelineVisit
		if err := rows.Scan(&v.ID, &v.State, &v.Day, &v.Minute, &v.Mode, &v.Purpose, &v.Learned, &v.Mood,
			&v.UserName, &v.ContactName, &v.Met, &v.NextStep, &v.Next, &v.CreatedAt, &v.Photos); err != nil {
			return nil, fmt.Errorf("visits of customer %d: %w", customer, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// MonthCount is how many visits were made in a month, "2026-11".
type MonthCount struct {
	Month string
	Count int64
}

// TagChoices returns every tag of the company, by kind and name, for a form.
func (d *DB) TagChoices(ctx context.Context) ([]FileTag, error) {
	rows, err := d.query(ctx, condOf(`SELECT id, name, kind, hint FROM tags ORDER BY kind, id LIMIT 200`))
	if err != nil {
		return nil, fmt.Errorf("tags: %w", err)
	}
	defer rows.Close()
	var out []FileTag
	for rows.Next() {
		var t FileTag
		if err := rows.Scan(&t.ID, &t.Name, &t.Kind, &t.Hint); err != nil {
			return nil, fmt.Errorf("tags: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// AreaCode returns the telephone area code of a branch for numbers written
// without one; "" when there is none.
func (d *DB) AreaCode(branch int64) string {
	if b := d.tree.Load().byID[branch]; b != nil {
		return b.AreaCode
	}
	return ""
}
