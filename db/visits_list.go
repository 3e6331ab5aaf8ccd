package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
	"yike/policy"
)

// VisitFilter narrows a list of visits. The zero value narrows nothing.
type VisitFilter struct {
	From, To          string // days, both included; "" open
	UserID            int64  // who visits
	BranchID          int64  // the customer's branch, or one above it
	CustomerID        int64
	Owner             int64  // who looks after the client now, from the month on in which they took over; without who is lost or archived
	Class             string // of the client now; AnyClass: it has one
	Mode, State, Mood string
	Oldest            bool // the oldest first; otherwise the newest
	// Also must see them, too: what is exported is both read and exported.
	Also *policy.Scope

	// Keyset paging: the rows after (or, with Back, before) this one.
	At    VisitKey
	Back  bool
	Limit int // 50 when 0; 500 at most
}

// AnyClass asks for clients of any class.
const AnyClass = "any"

// VisitKey is a place in a list of visits.
type VisitKey struct {
	Day string
	ID  int64
}

// VisitRow is a visit with what a list says of it.
type VisitRow struct {
	Visit
	Customer, CustomerShort, CustomerCode, Class string
	OwnerID, ClerkID                             int64 // of the customer
	User, Contact                                string
	PhotoCount                                   int64
	Photos                                       []VisitPhoto // filled by Visit only
}

// VisitPage is a page of a list. First and Last are false when there are rows
// before or after it.
type VisitPage struct {
	Rows        []VisitRow
	First, Last bool
}

var visitRowSQL = `
	SELECT ` + visitColumns + `, c.name, c.short_name, c.code, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
		coalesce(u.name, ''), coalesce(k.name, ''), (SELECT COUNT(*) FROM visit_photos p WHERE p.visit_id = v.id)
	FROM visits v
	JOIN customers c ON c.id = v.customer_id
	LEFT JOIN users u ON u.id = v.user_id
	LEFT JOIN contacts k ON k.id = v.contact_id`

func scanVisitRow(row interface{ Scan(...any) error }) (VisitRow, error) {
	var v VisitRow
	err := row.Scan(append(pointers(v.all()), &v.Customer, &v.CustomerShort, &v.CustomerCode, &v.Class,
		&v.OwnerID, &v.ClerkID, &v.User, &v.Contact, &v.PhotoCount)...)
	return v, err
}

func (d *DB) visitsWhere(scope policy.Scope, f VisitFilter) conditions {
	var c conditions
	c.add("v.deleted_at = 0")
	d.seenBy(&c, "v", scope)
	if f.Also != nil {
		d.seenBy(&c, "v", *f.Also)
	}
	if f.BranchID != 0 {
		d.under(&c, "v", f.BranchID)
	}
	switch {
	case f.UserID != 0 && f.CustomerID != 0:
		// A client has few visits and a person has thousands: the sign keeps
		// SQLite from walking the person's.
		c.add("+v.user_id = ?", f.UserID)
	case f.UserID != 0:
		c.add("v.user_id = ?", f.UserID)
	}
	if f.CustomerID != 0 {
		c.add("v.customer_id = ?", f.CustomerID)
	}
	if f.Owner != 0 || f.Class != "" {
		k := condOf("k.deleted_at = 0")
		if f.Owner != 0 {
			k = bothSQL(k, condOf("k.owner_id = ? AND k.state <> 'archived' AND k.stage <> 'lost'", f.Owner))
			c.text = append(c.text, "v.day >= (SELECT substr(o.owner_since, 1, 8) FROM customers o WHERE o.id = v.customer_id)")
		}
		switch f.Class {
		case "":
		case AnyClass:
			k = bothSQL(k, condOf("k.class <> ''"))
		default:
			k = bothSQL(k, condOf("k.class = ?", f.Class))
		}
		c.add("v.customer_id IN (SELECT k.id FROM customers k WHERE "+k.text+")", k.args...)
	}
	if f.State == "planned" { // in words of its own, so that the index of these few is read
		c.add("v.state = 'planned'")
		f.State = ""
	}
	for _, is := range [][2]string{{"v.mode", f.Mode}, {"v.state", f.State}, {"v.mood", f.Mood}} {
		if is[1] != "" {
			c.add(is[0]+" = ?", is[1])
		}
	}
	if f.From != "" {
		c.add("v.day >= ?", f.From)
	}
	if f.To != "" {
		c.add("v.day <= ?", f.To)
	}
	return c
}

// Visits returns a page of the visits that the scope sees, by day.
func (d *DB) Visits(ctx context.Context, scope policy.Scope, f VisitFilter) (VisitPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	up := f.Oldest != f.Back // the order in which the rows are read
	c := d.visitsWhere(scope, f)
	c.add("c.deleted_at = 0")
	order, than := "DESC", "<"
	if up {
		order, than = "ASC", ">"
	}
	if f.At.ID != 0 {
		c.add("(v.day, v.id) "+than+" (?, ?)", f.At.Day, f.At.ID)
	}
	rows, err := d.r.QueryContext(ctx, visitRowSQL+c.whereSQL()+
		" ORDER BY v.day "+order+", v.id "+order+" LIMIT "+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return VisitPage{}, fmt.Errorf("visits: %w", err)
	}
	defer rows.Close()
	var p VisitPage
	for rows.Next() {
		v, err := scanVisitRow(rows)
		if err != nil {
			return VisitPage{}, fmt.Errorf("visits: %w", err)
		}
		p.Rows = append(p.Rows, v)
	}
	if err := rows.Err(); err != nil {
		return VisitPage{}, fmt.Errorf("visits: %w", err)
	}
	more := len(p.Rows) > limit
	if more {
		p.Rows = p.Rows[:limit]
	}
	p.First, p.Last = f.At.ID == 0, !more
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, nil
}

// CustomerVisits returns the visits of a customer that the scope sees, the
// latest day first, and so those still planned before those made.
func (d *DB) CustomerVisits(ctx context.Context, scope policy.Scope, customer int64, limit int) ([]VisitRow, error) {
	p, err := d.Visits(ctx, scope, VisitFilter{CustomerID: customer, Limit: limit})
	return p.Rows, err
}

// CountVisits counts what Visits would list, no further than limit.
func (d *DB) CountVisits(ctx context.Context, scope policy.Scope, f VisitFilter, limit int) (int, error) {
	c := d.visitsWhere(scope, f)
	c.add("c.deleted_at = 0")
	var n int
	err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM visits v JOIN customers c ON c.id = v.customer_id`+
		c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count visits: %w", err)
	}
	return n, nil
}

// PlannedVisit returns the open plan of a customer that a visit by this person
// would fulfil: the nearest to the day, from thirty days before to seven days
// after. ErrNotFound when there is none.
func (d *DB) PlannedVisit(ctx context.Context, scope policy.Scope, customer, user int64, today time.Time) (VisitRow, error) {
	p, err := d.Visits(ctx, scope, VisitFilter{CustomerID: customer, UserID: user, State: VisitPlanned, Oldest: true,
		From: Day(today.AddDate(0, 0, -30)), To: Day(today.AddDate(0, 0, 7)), Limit: 1})
	if err != nil {
		return VisitRow{}, err
	}
	if len(p.Rows) == 0 {
		return VisitRow{}, fmt.Errorf("planned visit of customer %d: %w", customer, ErrNotFound)
	}
	return p.Rows[0], nil
}
