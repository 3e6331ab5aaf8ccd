package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/measure"
)

// Measure is what is to become better, who sees to it, by when, and how that is
// judged. Words are those of policy/measure.
type Measure struct {
	ID, BranchID, CustomerID, UserID int64
	Source                           string
	SourceID                         int64
	SourcePath                       string
	Said                             string
	From, Due, Review                string // days, Review "" = it is not looked at
	Figure                           string
	Goal                             string
	Reach, ReachValue                string
	State, Result, DoneDay           string
	Verdict                          string
	Outcome                          string // JSON of measure.Outcome, "" = not looked at by a figure
	Learned                          string
	ReviewedBy                       int64
	ReviewedOn                       string
	Every                            int64 // months after which it comes again, 0 = it does not
	FollowsID                        int64 // the one before it, 0 = it is the first
	Version, CreatedAt, CreatedBy    int64
	UpdatedAt, DeletedAt             int64
}

func (m *Measure) fields() []field {
	return []field{{"branch_id", &m.BranchID}, {"customer_id", (*ref)(&m.CustomerID)}, {"user_id", (*ref)(&m.UserID)}, {"source_path", &m.SourcePath}, {"said", &m.Said},
		{"from_day", &m.From}, {"due_day", &m.Due}, {"review_day", &m.Review}, {"figure", &m.Figure}, {"goal", &m.Goal}, {"reach", &m.Reach}, {"reach_value", &m.ReachValue},
		{"state", &m.State}, {"result", &m.Result}, {"done_day", &m.DoneDay}, {"verdict", &m.Verdict}, {"outcome", &m.Outcome}, {"learned", &m.Learned},
		{"reviewed_by", (*ref)(&m.ReviewedBy)}, {"reviewed_on", &m.ReviewedOn}, {"every_months", &m.Every}, {"deleted_at", &m.DeletedAt}}
}

func (m *Measure) all() []field {
	return append(m.fields(), field{"id", &m.ID}, field{"source", &m.Source}, field{"source_id", &m.SourceID}, field{"follows_id", (*ref)(&m.FollowsID)}, field{"version", &m.Version},
		field{"created_at", &m.CreatedAt}, field{"created_by", &m.CreatedBy}, field{"updated_at", &m.UpdatedAt})
}

var measureColumns = columns("m.", new(Measure).all())

// MeasureRow is a measure with what a page says of it.
type MeasureRow struct {
	Measure
	Customer         string // "" = with nobody
	OwnerID, ClerkID int64  // of that client
	User, Author     string
	Reviewer         string
	Clients          int64 // that it is for; of one for a whole branch 0
	CaseCode         string
	SourceSays       string // the day of the visit
	NextID           int64  // the one that follows it, 0 = none
}

var measureRowSQL = `SELECT ` + measureColumns + `, coalesce(c.name, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(u.name, ''), coalesce(a.name, ''), coalesce(r.name, ''),
		(SELECT COUNT(*) FROM measure_clients x WHERE x.measure_id = m.id), CASE WHEN m.source = 'review' THEN coalesce((SELECT e.code FROM cases e WHERE e.id = m.source_id), '') ELSE '' END,
		CASE WHEN m.source = 'visit' THEN coalesce((SELECT v.day FROM visits v WHERE v.id = m.source_id), '') ELSE '' END,
		coalesce((SELECT n.id FROM measures n WHERE n.follows_id = m.id AND n.deleted_at = 0), 0)
	FROM measures m LEFT JOIN customers c ON c.id = m.customer_id LEFT JOIN users u ON u.id = m.user_id LEFT JOIN users a ON a.id = m.created_by LEFT JOIN users r ON r.id = m.reviewed_by`

func scanMeasure(row interface{ Scan(...any) error }) (MeasureRow, error) {
	var r MeasureRow
	err := row.Scan(append(pointers(r.all()), &r.Customer, &r.OwnerID, &r.ClerkID, &r.User, &r.Author, &r.Reviewer, &r.Clients, &r.CaseCode, &r.SourceSays, &r.NextID)...)
	return r, err
}

// Compared is the outcome that was kept when a measure was looked at; false when
// there is none.
func (m Measure) Compared() (out measure.Outcome, ok bool, err error) {
	if m.Outcome == "" {
		return out, false, nil
	}
	if err := json.Unmarshal([]byte(m.Outcome), &out); err != nil {
		return out, false, fmt.Errorf("outcome of measure %d: %w", m.ID, err)
	}
	return out, true, nil
}

// seesMeasure says whether the actor sees a measure under a permission: within
// the scope, or because they see to it or wrote it down.
func (d *DB) seesMeasure(by policy.Actor, right policy.Permission, m MeasureRow) bool {
	scope := by.Scope(right)
	return !scope.Empty() && (by.UserID != 0 && (m.UserID == by.UserID || m.CreatedBy == by.UserID) || d.sees(scope, m.BranchID, m.OwnerID, m.ClerkID))
}

// MayEditMeasure says whether the actor may work on a measure.
func (d *DB) MayEditMeasure(by policy.Actor, m MeasureRow) bool {
	return d.seesMeasure(by, policy.MeasureEdit, m)
}

func (d *DB) measureIn(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64, deleted bool) (MeasureRow, error) {
	m, err := scanMeasure(q.QueryRowContext(ctx, measureRowSQL+` WHERE m.id = $1 AND coalesce(c.deleted_at, 0) = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && ((m.DeletedAt != 0) != deleted || !d.seesMeasure(by, right, m)) {
		err = ErrNotFound
	}
	if err != nil {
		return MeasureRow{}, fmt.Errorf("measure %d: %w", id, err)
	}
	return m, nil
}

// Measure returns one measure that the actor sees.
func (d *DB) Measure(ctx context.Context, by policy.Actor, id int64) (MeasureRow, error) {
	return d.measureIn(ctx, d.r, by, policy.MeasureRead, id, false)
}

// MeasuresFrom returns the measures that came from a case, a visit, an alert or
// an activity, as far as the actor sees them.
func (d *DB) MeasuresFrom(ctx context.Context, by policy.Actor, source string, id int64) (out []MeasureRow, err error) {
	err = eachOf(ctx, d.r, measureRowSQL+` WHERE m.source = $1 AND m.source_id = $2 AND m.deleted_at = 0 AND coalesce(c.deleted_at, 0) = 0 ORDER BY m.id LIMIT 100`, []any{source, id}, func(scan func(...any) error) error {
		m, err := scanMeasure(scanner(scan))
		if err == nil && d.seesMeasure(by, policy.MeasureRead, m) {
			out = append(out, m)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("measures of %s %d: %w", source, id, err)
	}
	return out, nil
}

// ErrNobodyReached says that there is no client whom a measure would be for.
var ErrNobodyReached = errors.New("no client is reached")

// ErrMeasureDays says that the days of a measure do not fit.
var ErrMeasureDays = errors.New("the days of the measure do not fit")

// mayKeepMeasure refuses days that do not fit (ErrMeasureDays), words that the
// catalogue does not know, and somebody who cannot see to it (ErrRefused).
func (tx *Tx) mayKeepMeasure(ctx context.Context, m *Measure, owner bool) error {
	if _, why := measure.Days(m.From, m.Due, m.Review, m.Figure != ""); why != "" {
		return fmt.Errorf("%s: %w", why, ErrMeasureDays)
	}
	if m.Said == "" || !slices.Contains(measure.Every, m.Every) || m.Figure != "" && !measure.Figure(m.Figure).Valid() {
		return ErrRefused
	}
	if !owner {
		return nil
	}
	return tx.mayBeGiven(ctx, m.BranchID, m.UserID, func(a policy.Actor) bool { return a.Can(policy.TodoEdit) })
}

// NewMeasure writes a measure down, with whom it is for, and puts it among the
// to-dos of whoever sees to it. What it came from is checked by the caller; the
// branch is the client's where there is one. A place beyond the actor's reach is
// ErrNotFound, nobody to reach ErrNobodyReached.
func (d *DB) NewMeasure(ctx context.Context, by policy.Actor, sent Submission, m Measure) (id int64, err error) {
	try := func() error {
		return d.act(ctx, by, "measures.create", func(tx *Tx) error {
			if id, err = sent.done(ctx, tx, "measures"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if err := tx.placeMeasure(ctx, &m); err != nil {
				return err
			}
			if err := tx.mayKeepMeasure(ctx, &m, true); err != nil {
				return err
			}
			if err := tx.addMeasure(ctx, &m); err != nil {
				return err
			}
			id = m.ID
			return sent.keep(ctx, tx, "measures", id)
		})
	}
	err = try()
	if sent.Key != "" && isUnique(err) {
		err = try()
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// placeMeasure fills in the branch of the client, and refuses a place where the
// actor may not set measures.
func (tx *Tx) placeMeasure(ctx context.Context, m *Measure) error {
	scope := tx.by.Scope(policy.MeasureEdit)
	if m.CustomerID == 0 {
		if !scope.SeesBranch(tx.db.Chain(m.BranchID)) {
			return fmt.Errorf("measure at branch %d: %w", m.BranchID, ErrNotFound)
		}
		return tx.mayStand(ctx, m.BranchID)
	}
	c, err := tx.db.customer(ctx, tx, scope, m.CustomerID, false)
	if err != nil {
		return err
	}
	if m.BranchID = c.BranchID; m.Reach != measure.OneClient && !scope.SeesBranch(tx.db.Chain(m.BranchID)) {
		return fmt.Errorf("measure for branch %d: %w", m.BranchID, ErrRefused)
	}
	return nil
}

// addMeasure writes a new measure within an act.
func (tx *Tx) addMeasure(ctx context.Context, m *Measure) error {
	m.CreatedBy = tx.by.UserID
	if err := tx.putMeasure(ctx, m); err != nil {
		return err
	}
	if err := tx.reachOf(ctx, m); err != nil {
		return err
	}
	return tx.beginMeasure(ctx, m)
}

// putMeasure writes the row of a new measure.
func (tx *Tx) putMeasure(ctx context.Context, m *Measure) error {
	m.ID, m.State, m.Version, m.CreatedAt, m.UpdatedAt = tx.newID(), measure.Open, 1, tx.now(), tx.now()
	return tx.insert(ctx, "measures", m.all())
}

// beginMeasure records a new measure and puts it among the to-dos.
func (tx *Tx) beginMeasure(ctx context.Context, m *Measure) error {
	if err := tx.change(ctx, "create", "measures", m.ID, m.BranchID, m.CustomerID, 1, nil); err != nil {
		return err
	}
	tx.about(m.BranchID, m.ID)
	return tx.oweMeasure(ctx, m)
}

// mostReached is for how many clients of a class or a segment a measure may be.
const mostReached = 20_000

// reachOf keeps whom a measure is for, as they are now: who is better afterwards
// may be of another class then. Of one for a whole branch nobody is kept.
func (tx *Tx) reachOf(ctx context.Context, m *Measure) error {
	if _, err := tx.exec(ctx, `DELETE FROM measure_clients WHERE measure_id = $1`, m.ID); err != nil {
		return fmt.Errorf("clients of measure %d: %w", m.ID, err)
	}
	var query string
	args := []any{m.ID, m.BranchID, m.ReachValue, mostReached}
	switch m.Reach {
	case measure.WholeBranch:
		return nil
	case measure.OneClient:
		if m.CustomerID == 0 {
			return ErrNobodyReached
		}
		query, args = `INSERT INTO measure_clients (measure_id, customer_id) VALUES ($1, $2)`, []any{m.ID, m.CustomerID}
	case measure.ClassOf:
		query = `INSERT INTO measure_clients (measure_id, customer_id) SELECT CAST($1 AS BIGINT), id FROM customers WHERE branch_id = $2 AND class = $3 AND deleted_at = 0 ORDER BY id LIMIT $4`
	case measure.SegmentOf:
		query = `INSERT INTO measure_clients (measure_id, customer_id) SELECT CAST($1 AS BIGINT), id FROM customers WHERE branch_id = $2 AND rfm = $3 AND rfm <> '' AND deleted_at = 0 ORDER BY id LIMIT $4`
	default:
		return ErrRefused
	}
	n, err := tx.exec(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("clients of measure %d: %w", m.ID, err)
	}
	if n == 0 {
		return ErrNobodyReached
	}
	return nil
}

// EditMeasure corrects what is to be done, by whom, by when and how it is
// judged. Where it came from stays, and once it was looked at only a reopened
// one is corrected (ErrConflict). Of the measure of a case's review the case
// says what is to be done: its words change there.
func (d *DB) EditMeasure(ctx context.Context, by policy.Actor, in Measure) error {
	return d.measureAct(ctx, by, "measures.edit", TodoRef{in.ID, in.Version}, func(tx *Tx, was MeasureRow, now *Measure) error {
		if !measure.Live(was.State) {
			return ErrConflict
		}
		now.From, now.Due, now.Review, now.Figure, now.Goal, now.Reach, now.ReachValue, now.UserID, now.Every = in.From, in.Due, in.Review, in.Figure, in.Goal, in.Reach, in.ReachValue, in.UserID, in.Every
		if was.Source != measure.Review {
			now.Said = in.Said
		}
		if now.Reach != measure.OneClient && !by.Scope(policy.MeasureEdit).SeesBranch(d.Chain(was.BranchID)) {
			return ErrRefused
		}
		if err := tx.mayKeepMeasure(ctx, now, now.UserID != was.UserID); err != nil {
			return err
		}
		if now.Reach != was.Reach || now.ReachValue != was.ReachValue {
			if err := tx.reachOf(ctx, now); err != nil {
				return err
			}
		}
		return tx.oweMeasure(ctx, now)
	})
}

// measureAct is an act on one measure that the actor may work on. A stale
// version is ErrConflict, one that they see and may not work on ErrRefused.
func (d *DB) measureAct(ctx context.Context, by policy.Actor, act string, x TodoRef, set func(*Tx, MeasureRow, *Measure) error) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.measureIn(ctx, tx, by, policy.MeasureRead, x.ID, act == "measures.restore")
		switch {
		case err != nil:
			return err
		case !d.seesMeasure(by, policy.MeasureEdit, was):
			return fmt.Errorf("measure %d: %w", x.ID, ErrRefused)
		case was.Version != x.Version:
			return fmt.Errorf("measure %d: %w", x.ID, ErrConflict)
		}
		now := was.Measure
		tx.measuring = true // its to-dos follow it, not it them
		defer func() { tx.measuring = false }()
		if err := set(tx, was, &now); err != nil {
			return fmt.Errorf("%s %d: %w", act, x.ID, err)
		}
		tx.about(was.BranchID, was.ID)
		return tx.saveMeasure(ctx, &was.Measure, &now)
	})
}

// saveMeasure writes what changed of a measure, with its record; nothing when
// nothing did.
func (tx *Tx) saveMeasure(ctx context.Context, was, now *Measure) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "measures", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	delete(changed, "outcome") // figures, which stand in the row
	if err := tx.change(ctx, "update", "measures", now.ID, now.BranchID, now.CustomerID, was.Version+1, changed); err != nil {
		return err
	}
	if was.State != measure.Done && now.State == measure.Done && now.Every > 0 {
		return tx.repeatMeasure(ctx, now)
	}
	return nil
}
