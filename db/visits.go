package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
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
	Life                     int64 // by policy/retention: in use, archived, destroyed
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
		field{"updated_at", &v.UpdatedAt}, field{"deleted_at", &v.DeletedAt}, field{"life", &v.Life})
}

var visitColumns = columns("v.", new(Visit).all())

// createVisit writes a new visit with its change record, and keeps the
// customer's days of visits. It fills in ID, and BranchID, State (done),
// CreatedAt and CreatedBy where they are empty. It checks no right and no
// rule: that is the caller's.
func createVisit(ctx context.Context, tx *Tx, v *Visit) (int64, error) {
	v.ID = tx.newID()
	if err := insertVisit(ctx, tx, v); err != nil {
		return 0, err
	}
	return v.ID, noteVisitDay(ctx, tx, *v)
}

// insertVisit writes a visit whose id is given, and leaves the customer's days
// to the caller.
func insertVisit(ctx context.Context, tx *Tx, v *Visit) error {
	v.Version, v.UpdatedAt, v.DeletedAt = 1, tx.now(), 0
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
			return fmt.Errorf("branch of customer %d: %w", v.CustomerID, err)
		}
	}
	if err := tx.insert(ctx, "visits", v.all()); err != nil {
		return err
	}
	return tx.change(ctx, "create", "visits", v.ID, v.BranchID, v.CustomerID, 1, nil)
}

// noteVisitDay moves the customer's days for a new visit: last_visit_on is the
// latest day of a made one, month_visits how many days of its month have one,
// next_visit_on the earliest of those still planned.
func noteVisitDay(ctx context.Context, tx *Tx, v Visit) error {
	var err error
	switch v.State {
	case VisitDone:
		month := monthOf(v.Day)
		_, err = tx.exec(ctx, `
			UPDATE customers SET
				last_visit_on = CASE WHEN last_visit_on < $2 THEN $2 ELSE last_visit_on END,
				month_visits = (SELECT COUNT(DISTINCT day) FROM visits WHERE customer_id = $1 AND deleted_at = 0 AND state = 'done' AND day >= $3 AND day <= $4)
			WHERE id = $1 AND last_visit_on <= $4`, v.CustomerID, v.Day, month+"-01", month+"-31")
	case VisitPlanned:
		_, err = tx.exec(ctx, `UPDATE customers SET next_visit_on = $2 WHERE id = $1 AND (next_visit_on = '' OR next_visit_on > $2)`, v.CustomerID, v.Day)
	}
	if err != nil {
		return fmt.Errorf("visit days of customer %d: %w", v.CustomerID, err)
	}
	return nil
}

// monthOf is the month of a day, "YYYY-MM".
func monthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// recountVisitDays works the customer's days of visits out anew.
func recountVisitDays(ctx context.Context, tx *Tx, customer int64) error {
	return recountVisitDaysBut(ctx, tx, customer, -1)
}

// recountVisitDaysBut leaves out the visits of an import that nobody sees.
func recountVisitDaysBut(ctx context.Context, tx *Tx, customer, unseen int64) error {
	_, err := tx.exec(ctx, `
		UPDATE customers SET
			last_visit_on = coalesce((SELECT MAX(day) FROM visits WHERE customer_id = $1 AND import_id <> $2 AND deleted_at = 0 AND state = 'done'), ''),
			month_visits = (SELECT COUNT(DISTINCT day) FROM visits WHERE customer_id = $1 AND import_id <> $2 AND deleted_at = 0 AND state = 'done' AND substr(day, 1, 7) =
				(SELECT substr(MAX(day), 1, 7) FROM visits WHERE customer_id = $1 AND import_id <> $2 AND deleted_at = 0 AND state = 'done')),
			next_visit_on = coalesce((SELECT MIN(day) FROM visits WHERE customer_id = $1 AND import_id <> $2 AND deleted_at = 0 AND state = 'planned'), '')
		WHERE id = $1`, customer, unseen)
	if err != nil {
		return fmt.Errorf("visit days of customer %d: %w", customer, err)
	}
	return nil
}

// VisitPhoto names a picture of a visit in the store of files, and its small
// version.
type VisitPhoto struct{ Hash, Thumb string }

// seenVisit is a visit with whose customer it is.
type seenVisit struct {
	Visit
	owner, clerk int64 // of the customer
}

// visitIn reads one visit of a live customer file that the scope sees.
func (d *DB) visitIn(ctx context.Context, q querier, scope policy.Scope, id int64, deleted bool) (seenVisit, error) {
	var v seenVisit
	if d.hides(id) {
		return v, fmt.Errorf("visit %d: %w", id, ErrNotFound)
	}
	err := q.QueryRowContext(ctx, `
		SELECT `+visitColumns+`, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)
		FROM visits v JOIN customers c ON c.id = v.customer_id
		WHERE v.id = $1 AND c.deleted_at = 0`, id).Scan(append(pointers(v.all()), &v.owner, &v.clerk)...)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && ((v.DeletedAt != 0) != deleted || !d.sees(scope, v.BranchID, v.owner, v.clerk))) {
		return seenVisit{}, fmt.Errorf("visit %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return seenVisit{}, fmt.Errorf("visit %d: %w", id, err)
	}
	return v, nil
}

// Visit returns one visit that the scope sees, with its photos. What is seen
// of visits follows the customer: its present branch, owner and clerk.
func (d *DB) Visit(ctx context.Context, scope policy.Scope, id int64) (VisitRow, error) {
	if _, err := d.visitIn(ctx, d.r, scope, id, false); err != nil {
		return VisitRow{}, err
	}
	row, err := scanVisitRow(d.r.QueryRowContext(ctx, visitRowSQL+` WHERE v.id = $1`, id))
	if err != nil {
		return VisitRow{}, fmt.Errorf("visit %d: %w", id, err)
	}
	row.Photos, err = photosOf(ctx, d.r, id)
	return row, err
}

func photosOf(ctx context.Context, q querier, visit int64) ([]VisitPhoto, error) {
	rows, err := q.QueryContext(ctx, `SELECT hash, thumb FROM visit_photos WHERE visit_id = $1 ORDER BY position, hash`, visit)
	if err != nil {
		return nil, fmt.Errorf("photos of visit %d: %w", visit, err)
	}
	defer rows.Close()
	var out []VisitPhoto
	for rows.Next() {
		var p VisitPhoto
		if err := rows.Scan(&p.Hash, &p.Thumb); err != nil {
			return nil, fmt.Errorf("photos of visit %d: %w", visit, err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// MayEditVisit says whether the actor may still change or delete the visit
// today: it is theirs, or they wrote it, and it was made or written down
// within OwnVisitDays (a planned one: as long as it is planned); or they hold
// visits.edit where its customer is.
func (d *DB) MayEditVisit(by policy.Actor, v VisitRow) bool {
	return d.mayEditVisit(by, seenVisit{v.Visit, v.OwnerID, v.ClerkID}, d.Now())
}

func (d *DB) mayEditVisit(by policy.Actor, v seenVisit, now time.Time) bool {
	if v.Life != LifeInUse {
		return false // what it said is in the archive, or destroyed
	}
	if d.sees(by.Scope(policy.VisitEdit), v.BranchID, v.owner, v.clerk) {
		return true
	}
	if (v.UserID != by.UserID && v.CreatedBy != by.UserID) || !d.sees(by.Scope(policy.VisitLog), v.BranchID, v.owner, v.clerk) {
		return false
	}
	since := Day(now.AddDate(0, 0, -OwnVisitDays))
	return v.State == VisitPlanned || max(v.Day, Day(time.UnixMilli(v.CreatedAt))) >= since
}

// forCustomer checks a visit about to be written: the actor may log visits of
// the customer, for somebody else only with visits.edit, and the contact is
// one of the customer's.
func (d *DB) forCustomer(ctx context.Context, tx *Tx, v *Visit) (Customer, error) {
	c, err := d.customer(ctx, tx, tx.by.Scope(policy.VisitLog), v.CustomerID, false)
	if err != nil {
		return c, err
	}
	v.BranchID = c.BranchID
	if v.UserID == 0 {
		v.UserID = tx.by.UserID
	}
	tx.about(c.BranchID, c.ID)
	return c, d.checkVisit(ctx, tx, c, *v)
}

func (d *DB) checkVisit(ctx context.Context, tx *Tx, c Customer, v Visit) error {
	if v.UserID != tx.by.UserID && !d.sees(tx.by.Scope(policy.VisitEdit), c.BranchID, c.OwnerID, c.ClerkID) {
		return fmt.Errorf("visit of customer %d for user %d: %w", c.ID, v.UserID, ErrRefused)
	}
	if v.ContactID == 0 {
		return nil
	}
	var there bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM contacts WHERE id = $1 AND customer_id = $2)`, v.ContactID, c.ID).Scan(&there)
	if err != nil {
		return fmt.Errorf("contact %d: %w", v.ContactID, err)
	}
	if !there {
		return fmt.Errorf("contact %d of customer %d: %w", v.ContactID, c.ID, ErrNotFound)
	}
	return nil
}

// PlanVisit plans a visit. A customer beyond the actor's reach is ErrNotFound;
// planning for somebody else without visits.edit is ErrRefused. Sent twice
// with one submission key it answers the first id.
func (d *DB) PlanVisit(ctx context.Context, by policy.Actor, sent Submission, v Visit) (int64, error) {
	return d.visitAct(ctx, by, "visits.plan", sent, func(tx *Tx) (int64, error) {
		if _, err := d.forCustomer(ctx, tx, &v); err != nil {
			return 0, err
		}
		v.State = VisitPlanned
		return createVisit(ctx, tx, &v)
	})
}

// LogVisit writes down a visit that was made, with its photos; with v.ID it is
// a planned one that has now been made, whose Version says what was read
// (ErrConflict when it is stale or no longer planned). A next day plans the
// next visit. Rights and repeats as in PlanVisit.
func (d *DB) LogVisit(ctx context.Context, by policy.Actor, sent Submission, v Visit, photos ...VisitPhoto) (int64, error) {
	return d.visitAct(ctx, by, "visits.log", sent, func(tx *Tx) (int64, error) {
		if _, err := d.forCustomer(ctx, tx, &v); err != nil {
			return 0, err
		}
		v.State = VisitDone
		if v.ID == 0 {
			if _, err := createVisit(ctx, tx, &v); err != nil {
				return 0, err
			}
		} else if err := d.makePlanned(ctx, tx, &v); err != nil {
			return 0, err
		}
		if err := addPhotos(ctx, tx, v.ID, photos); err != nil {
			return 0, err
		}
		return v.ID, planNext(ctx, tx, v)
	})
}

func (d *DB) makePlanned(ctx context.Context, tx *Tx, v *Visit) error {
	was, err := d.visitIn(ctx, tx, tx.by.Scope(policy.VisitLog), v.ID, false)
	switch {
	case err != nil:
		return err
	case was.CustomerID != v.CustomerID:
		return fmt.Errorf("visit %d of customer %d: %w", v.ID, v.CustomerID, ErrNotFound)
	case was.State != VisitPlanned || was.Version != v.Version:
		return fmt.Errorf("visit %d: %w", v.ID, ErrConflict)
	case was.UserID != tx.by.UserID && !d.mayEditVisit(tx.by, was, tx.at):
		return fmt.Errorf("visit %d of another person: %w", v.ID, ErrRefused)
	}
	if v.Minute <= 0 {
		v.Minute = -1
	}
	if v.Purpose == "" {
		v.Purpose = was.Purpose
	}
	return rewriteVisit(ctx, tx, was.Visit, *v)
}

// visitAct runs an act that makes one visit for one submission.
func (d *DB) visitAct(ctx context.Context, by policy.Actor, name string, sent Submission, fn func(*Tx) (int64, error)) (int64, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, name, func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "visits"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if id, err = fn(tx); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "visits", id)
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// addPhotos hangs pictures on a visit, after those that it has; one that it
// has already stays as it is.
func addPhotos(ctx context.Context, tx *Tx, visit int64, photos []VisitPhoto) error {
	for _, p := range photos {
		_, err := tx.exec(ctx, `
			INSERT INTO visit_photos (visit_id, hash, thumb, position)
			SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), coalesce(MAX(position), 0) + 1 FROM visit_photos WHERE visit_id = CAST($1 AS BIGINT)
			ON CONFLICT (visit_id, hash) DO NOTHING`, visit, p.Hash, p.Thumb)
		if err != nil {
			return fmt.Errorf("photos of visit %d: %w", visit, err)
		}
	}
	return nil
}

// planNext plans the visit that a made one asks for, unless the person has one
// planned for that customer and day already.
func planNext(ctx context.Context, tx *Tx, v Visit) error {
	if v.NextOn == "" {
		return nil
	}
	if id, err := plannedOn(ctx, tx, v, false); err != nil || id != 0 {
		return err
	}
	_, err := createVisit(ctx, tx, nextOf(v))
	return err
}

// nextOf is the visit that a made one asks for.
func nextOf(v Visit) *Visit {
	return &Visit{CustomerID: v.CustomerID, BranchID: v.BranchID, UserID: v.UserID, ContactID: v.ContactID,
		State: VisitPlanned, Day: v.NextOn, Mode: v.Mode, Purpose: v.NextStep}
}

// plannedOn returns the visit that v's person has planned for v's customer on
// v's next day, 0 when there is none; unseen asks for those of an import that
// is still being written, too.
func plannedOn(ctx context.Context, tx *Tx, v Visit, unseen bool) (int64, error) {
	var id int64
	err := tx.QueryRowContext(ctx, tx.db.plannedOnSQL(unseen), v.CustomerID, v.NextOn, v.UserID).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("planned visits of customer %d: %w", v.CustomerID, err)
	}
	return id, nil
}

func (d *DB) plannedOnSQL(unseen bool) string {
	shown := ""
	if !unseen {
		shown = d.shownSQL("id")
	}
	return `
		SELECT id FROM visits
		WHERE customer_id = $1 AND day = $2 AND deleted_at = 0 AND state = 'planned' AND user_id = $3` + shown + `
		ORDER BY id LIMIT 1`
}
