package db

import (
	"context"
	"fmt"
)

// States of a visit: planned ahead, made, called off.
const (
	VisitPlanned   = "planned"
	VisitDone      = "done"
	VisitCancelled = "cancelled"
)

// OwnVisitDays is for how many days after it was written down a person may
// still correct or delete a visit of their own; after that only who holds
// visits.edit there may.
const OwnVisitDays = 7

// Visit is a contact with a customer, planned or made (R113–R121). Words are
// those of policy/profile, days "YYYY-MM-DD" or "", references 0 when missing.
type Visit struct {
	ID, CustomerID, BranchID int64
	UserID                   int64 // who visits
	ContactID                int64
	State                    string
	Day                      string // made on, or planned for
	Minute                   int64  // of the day; 0 or less: not said
	Mode                     string
	Purpose, Learned, Mood   string
	Met                      string // who was met when it is no contact on file
	NextStep, NextOn         string
	ImportID, Version        int64
	CreatedAt, CreatedBy     int64
	UpdatedAt, DeletedAt     int64
}

// fields are the columns that a person may change.
func (v *Visit) fields() []field {
	return []field{
		{"user_id", (*ref)(&v.UserID)}, {"contact_id", (*ref)(&v.ContactID)}, {"state", &v.State}, {"day", &v.Day},
		{"minute", &v.Minute}, {"mode", &v.Mode}, {"purpose", &v.Purpose}, {"learned", &v.Learned}, {"mood", &v.Mood},
		{"met", &v.Met}, {"next_step", &v.NextStep}, {"next_on", &v.NextOn},
	}
}

func (v *Visit) all() []field {
	return append(v.fields(),
		field{"id", &v.ID}, field{"customer_id", &v.CustomerID}, field{"branch_id", &v.BranchID}, field{"import_id", &v.ImportID},
		field{"version", &v.Version}, field{"created_at", &v.CreatedAt}, field{"created_by", &v.CreatedBy},
		field{"updated_at", &v.UpdatedAt}, field{"deleted_at", &v.DeletedAt})
}

var visitColumns = columns("v.", new(Visit).all())

// createVisit writes a new visit with its change record, and keeps the
// customer's days of visits. It fills in ID, and BranchID, State (done),
// CreatedAt and CreatedBy where they are empty. It checks no right and no
// rule: that is the caller's.
func createVisit(ctx context.Context, tx *Tx, v *Visit) (int64, error) {
	v.ID, v.Version, v.UpdatedAt, v.DeletedAt = tx.newID(), 1, tx.now(), 0
	if v.CreatedAt == 0 {
		v.CreatedAt = tx.now()
	}
	if v.CreatedBy == 0 {
		v.CreatedBy = tx.by.UserID
	}
	if v.State == "" {
		v.State = VisitDone
	}
	if v.Minute <= 0 {
		v.Minute = -1
	}
	if v.BranchID == 0 {
		stmt, err := tx.prepared(ctx, `SELECT branch_id FROM customers WHERE id = $1`)
		if err == nil {
			err = stmt.QueryRowContext(ctx, v.CustomerID).Scan(&v.BranchID)
		}
		if err != nil {
			return 0, fmt.Errorf("branch of customer %d: %w", v.CustomerID, err)
		}
	}
	if err := tx.insert(ctx, "visits", v.all()); err != nil {
		return 0, err
	}
	if err := noteVisitDay(ctx, tx, *v); err != nil {
		return 0, err
	}
	return v.ID, tx.change(ctx, "create", "visits", v.ID, v.BranchID, v.CustomerID, 1, nil)
}

// noteVisitDay moves the customer's days for a new visit: last_visit_on is the
// latest day of a made one, next_visit_on the earliest of those still planned.
func noteVisitDay(ctx context.Context, tx *Tx, v Visit) error {
	query := ""
	switch v.State {
	case VisitDone:
		query = `UPDATE customers SET last_visit_on = $2 WHERE id = $1 AND last_visit_on < $2`
	case VisitPlanned:
		query = `UPDATE customers SET next_visit_on = $2 WHERE id = $1 AND (next_visit_on = '' OR next_visit_on > $2)`
	default:
		return nil
	}
	if _, err := tx.exec(ctx, query, v.CustomerID, v.Day); err != nil {
		return fmt.Errorf("visit days of customer %d: %w", v.CustomerID, err)
	}
	return nil
}

// recountVisitDays works the customer's days of visits out anew.
func recountVisitDays(ctx context.Context, tx *Tx, customer int64) error {
	_, err := tx.exec(ctx, `
		UPDATE customers SET
			last_visit_on = coalesce((SELECT MAX(day) FROM visits WHERE customer_id = $1 AND deleted_at = 0 AND state = 'done'), ''),
			next_visit_on = coalesce((SELECT MIN(day) FROM visits WHERE customer_id = $1 AND deleted_at = 0 AND state = 'planned'), '')
		WHERE id = $1`, customer)
	if err != nil {
		return fmt.Errorf("visit days of customer %d: %w", customer, err)
	}
	return nil
}
