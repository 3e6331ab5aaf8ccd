package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
)

// countedWhere holds a list to the rows behind a figure.
func (d *DB) countedWhere(by policy.Actor, f GreetingFilter) conditions {
	c := d.spanWhere(by.Scope(policy.GreetingRead), GreetingSpan{Occasion: f.Occasion, Branch: f.BranchID, Only: f.Only, From: f.From, To: f.To})
	if f.State != "" && f.State != "all" {
		c.add(greetingState+" = ?", f.State)
	}
	if f.Class != nil {
		c.add("c.class = ?", *f.Class)
	}
	if f.DoneBy != nil {
		c.add(greetingState + " = 'done'")
		c.add(greetingMeans+" = ?", *f.DoneBy)
	}
	if f.Person != nil {
		c.add(greetingPerson+" = ?", *f.Person)
	}
	if f.Customer != 0 {
		c.add("g.customer_id = ?", f.Customer)
	}
	return c
}

// countedGreetings is a page of the rows behind a figure.
func (d *DB) countedGreetings(ctx context.Context, by policy.Actor, f GreetingFilter, limit int) (list []GreetingRow, more bool, err error) {
	c := d.countedWhere(by, f)
	if f.At.ID != 0 {
		c.add("(g.due, g.id) > (?, ?)", f.At.Due, f.At.ID)
	}
	err = eachOf(ctx, d.r, countedGreetingsSQL(c, limit+1), c.args, func(scan func(...any) error) error {
		g, err := scanGreeting(scanFunc(scan))
		if err != nil {
			return err
		}
		g.At = TodoKey{Due: g.Due, ID: g.ID}
		list = append(list, g)
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("greetings behind a figure: %w", err)
	}
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, d.asNamed(ctx, list)
}

func countedGreetingsSQL(c conditions, limit int) string {
	return greetingRowSQL + ` LEFT JOIN greetings l ON l.id = g.lead_id` + c.whereSQL() + ` ORDER BY g.due, g.id LIMIT ` + strconv.Itoa(limit)
}

// countCounted counts them, no further than limit.
func (d *DB) countCounted(ctx context.Context, by policy.Actor, f GreetingFilter, limit int) (n int, err error) {
	c := d.countedWhere(by, f)
	if err := d.r.QueryRowContext(ctx, countCountedSQL(c, limit), c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the greetings behind a figure: %w", err)
	}
	return n, nil
}

func countCountedSQL(c conditions, limit int) string {
	return `SELECT COUNT(*) FROM (SELECT 1` + greetingJoins + c.whereSQL() + ` LIMIT ` + strconv.Itoa(limit) + `) AS counted`
}

// asNamed shows each row that another greeting names as that one is: its state,
// who has it and its page.
func (d *DB) asNamed(ctx context.Context, list []GreetingRow) error {
	leads := map[int64][]int{}
	var ids []int64
	for i, g := range list {
		if g.LeadID != 0 {
			leads[g.LeadID], ids = append(leads[g.LeadID], i), append(ids, g.LeadID)
		}
	}
	for chunk := range slices.Chunk(ids, 500) {
		q := manySQL("g.id", chunk)
		err := eachOf(ctx, d.r, numberSQL(greetingRowSQL+` WHERE `+q.text), q.args, func(scan func(...any) error) error {
			g, err := scanGreeting(scanFunc(scan))
			if err != nil {
				return err
			}
			for _, i := range leads[g.ID] {
				x := &list[i]
				x.ID, x.Version, x.State, x.DoneBy, x.Result, x.ClosedBy, x.ClosedAt, x.ClosedWhy = g.ID, g.Version, g.State, g.DoneBy, g.Result, g.ClosedBy, g.ClosedAt, g.ClosedWhy
				x.UserID, x.User, x.Closer, x.Means, x.Due, x.Letter, x.LetterID, x.LeadID = g.UserID, g.User, g.Closer, g.Means, g.Due, g.Letter, g.LetterID, 0
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("greetings that name others: %w", err)
		}
	}
	return nil
}

// scanFunc lets what eachOf hands over be scanned like a row.
type scanFunc func(...any) error

// Scan scans the row.
func (f scanFunc) Scan(to ...any) error { return f(to...) }
