package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/rating"
)

// RatingAsk is a question about to be asked: about a parcel, a case, or the
// work with a client in general.
type RatingAsk struct {
	CustomerID, WaybillID, CaseID int64
	Number                        string // of a waybill, in place of its id
	Way                           string // rating.OwnDevice, or rating.Link with a token
	Token                         string
}

// RatedSubject is what a question would be about.
type RatedSubject struct {
	Kind                          string
	CustomerID, WaybillID, CaseID int64
	BranchID                      int64
	Customer, Number, Code, Day   string
	Open                          bool  // a case on which somebody works: nobody is asked yet
	Since                         int64 // when it was finished; an answer from before it is about an earlier time
	userID, contactID             int64
	deliverer                     string
}

// RatedSubject finds what is to be rated, within the actor's reach of
// ratings.ask; a case also within that of cases.read.
func (d *DB) RatedSubject(ctx context.Context, by policy.Actor, ask RatingAsk) (RatedSubject, error) {
	return d.ratedSubject(ctx, d.r, by, ask)
}

func (d *DB) ratedSubject(ctx context.Context, q querier, by policy.Actor, ask RatingAsk) (s RatedSubject, err error) {
	scope := by.Scope(policy.RatingAsk)
	switch {
	case ask.WaybillID != 0 || ask.Number != "":
		w, err := d.ratedWaybill(ctx, q, scope, ask)
		s = RatedSubject{Kind: rating.Delivery, CustomerID: w.CustomerID, WaybillID: w.ID, BranchID: w.BranchID, Customer: w.Customer, Number: w.Number, Day: w.SentDay, deliverer: w.Deliverer}
		if w.SignedAt != 0 {
			s.Day = Day(timeOf(w.SignedAt))
		}
		return s, err
	case ask.CaseID != 0:
		c, err := d.caseIn(ctx, q, by, policy.CaseRead, ask.CaseID, false)
		if err == nil && !d.sees(scope, c.BranchID, c.OwnerID, c.ClerkID) {
			err = fmt.Errorf("case %d: %w", ask.CaseID, ErrNotFound)
		}
		s = RatedSubject{Kind: rating.Case, CustomerID: c.CustomerID, CaseID: c.ID, BranchID: c.BranchID, Customer: c.Customer, Code: c.Code, Day: Day(timeOf(c.OpenedAt)), userID: c.UserID,
			Open: c.Standing().Open() || c.MergedID != 0, Since: c.ClosedAt, contactID: c.ContactID}
		if c.ClosedAt != 0 {
			s.Day = Day(timeOf(c.ClosedAt))
		}
		return s, err
	}
	c, err := d.customer(ctx, q, scope, ask.CustomerID, false)
	return RatedSubject{Kind: rating.Service, CustomerID: c.ID, BranchID: c.BranchID, Customer: c.Name, Day: Day(d.now()), userID: c.OwnerID}, err
}

func (d *DB) ratedWaybill(ctx context.Context, q querier, scope policy.Scope, ask RatingAsk) (WaybillRow, error) {
	where, arg := ` WHERE w.id = $1`, any(ask.WaybillID)
	if ask.WaybillID == 0 {
		where, arg = ` WHERE w.number = $1`, ask.Number
	}
	w, err := scanWaybillRow(q.QueryRowContext(ctx, waybillsSQL(where, ``), arg))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(scope, w.BranchID, w.OwnerID, w.ClerkID) {
		err = ErrNotFound
	}
	if err != nil {
		return w, fmt.Errorf("waybill to be rated: %w", err)
	}
	return w, nil
}

// subjectOf is the row of a question about something, and what it is about.
func (d *DB) subjectOf(ctx context.Context, tx *Tx, ask RatingAsk) (r Rating, s RatedSubject, err error) {
	if s, err = d.ratedSubject(ctx, tx, tx.by, ask); err != nil {
		return r, s, err
	}
	r = Rating{Kind: s.Kind, BranchID: s.BranchID, CustomerID: s.CustomerID, WaybillID: s.WaybillID, CaseID: s.CaseID, ContactID: s.contactID, Day: s.Day, UserID: s.userID}
	if s.WaybillID != 0 {
		r.UserID, err = tx.colleague(ctx, s.BranchID, s.deliverer)
	}
	return r, s, err
}

// colleague is the one person of a branch who is called so; 0 when there is
// none, or more than one.
func (tx *Tx) colleague(ctx context.Context, branch int64, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	ids, err := rowsOf[int64](ctx, tx, `SELECT id FROM users WHERE branch_id = $1 AND name = $2 AND NOT disabled ORDER BY id LIMIT 2`, branch, name)
	if err != nil || len(ids) != 1 {
		return 0, err
	}
	return ids[0], nil
}

// On PostgreSQL who asks holds what is asked about, so that of two who ask at
// once the later one finds the question of the other. SQLite has one writer.
const (
	ratedWaybillHeld  = `SELECT 1 FROM waybills WHERE id = $1 FOR NO KEY UPDATE`
	ratedCaseHeld     = `SELECT 1 FROM cases WHERE id = $1 FOR NO KEY UPDATE`
	ratedCustomerHeld = `SELECT 1 FROM customers WHERE id = $1 FOR NO KEY UPDATE`
)

func (tx *Tx) holdSubject(ctx context.Context, s RatedSubject) error {
	if !tx.db.postgres {
		return nil
	}
	query, id := ratedCustomerHeld, s.CustomerID
	switch {
	case s.WaybillID != 0:
		query, id = ratedWaybillHeld, s.WaybillID
	case s.CaseID != 0:
		query, id = ratedCaseHeld, s.CaseID
	}
	var one int64
	if err := tx.QueryRowContext(ctx, query, id).Scan(&one); err != nil {
		return fmt.Errorf("hold what is rated: %w", err)
	}
	return nil
}

// caseRatingsSQL lets what was said of a case follow it to another client, or
// branch.
const caseRatingsSQL = `UPDATE ratings SET customer_id = CAST($2 AS BIGINT), branch_id = $3, contact_id = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN NULL ELSE contact_id END, binned = FALSE,
	version = version + 1, updated_at = $4 WHERE case_id = $1 AND case_id <> 0`

// caseArchivedSQL does so with what is archived of it.
const caseArchivedSQL = `UPDATE archived SET customer_id = CAST($2 AS BIGINT), contact_id = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN NULL ELSE contact_id END
	WHERE kind = 'ratings' AND row_id IN (SELECT id FROM ratings WHERE case_id = $1 AND case_id <> 0)`

// askedBefore is the condition, and its argument, of the questions about the
// same that stand or were answered; each reads an index of its own.
func (s RatedSubject) askedBefore() (string, int64) {
	switch {
	case s.WaybillID != 0:
		return `r.waybill_id = $1 AND r.waybill_id <> 0 AND r.revoked_at = 0`, s.WaybillID
	case s.CaseID != 0:
		return `r.case_id = $1 AND r.case_id <> 0 AND r.revoked_at = 0`, s.CaseID
	}
	return `r.customer_id = $1 AND r.answered_on = '' AND r.waybill_id = 0 AND r.case_id = 0 AND r.revoked_at = 0`, s.CustomerID
}

// askedBeforeSQL reads them; the condition is askedBefore's.
func askedBeforeSQL(where string) string { return ratingsSQL(where + ` ORDER BY r.id DESC LIMIT 50`) }

// endQuestions takes back what was asked of the same and nobody answered;
// ErrRated when a parcel has an answer, or a case one since it was closed.
func (tx *Tx) endQuestions(ctx context.Context, s RatedSubject) error {
	where, arg := s.askedBefore()
	list, err := ratingsBy(ctx, tx, askedBeforeSQL(where), arg)
	if err != nil {
		return err
	}
	for _, x := range list {
		switch {
		case x.AnsweredAt != 0 && x.AnsweredAt >= s.Since:
			return fmt.Errorf("rating %d: %w", x.ID, ErrRated)
		case x.AnsweredAt != 0:
			continue
		}
		if err := tx.revoke(ctx, x.Rating); err != nil {
			return err
		}
	}
	return nil
}

// aboutCase returns the case that an answer is about: the one into which it was
// merged, when it was. A case that is gone is none.
func (tx *Tx) aboutCase(ctx context.Context, id int64) (c Case, there bool, err error) {
	for range 2 { // a case that others were merged into is merged no further
		err := tx.QueryRowContext(ctx, `SELECT `+caseColumns+` FROM cases e WHERE e.id = $1 AND e.deleted_at = 0`, id).Scan(pointers(c.all())...)
		if errors.Is(err, sql.ErrNoRows) {
			return Case{}, false, nil
		}
		if err != nil {
			return Case{}, false, fmt.Errorf("case %d of a rating: %w", id, err)
		}
		if c.MergedID == 0 {
			break
		}
		id = c.MergedID
	}
	return c, true, nil
}

// ratedCase is a case for an unhappy answer, as far as the answer itself tells:
// about the client's own parcel, or what an earlier case was about.
func (tx *Tx) ratedCase(ctx context.Context, r Rating, was Case) (c Case, numbers []string, err error) {
	c = Case{Kind: casework.Complaint, Severity: casework.Minor, Channel: casework.Program, BranchID: r.BranchID, CustomerID: r.CustomerID, ContactID: r.ContactID, Said: r.Comment,
		CauseID: was.CauseID, Caller: was.Caller, CallerPhone: was.CallerPhone}
	if r.CustomerID != 0 {
		err = tx.QueryRowContext(ctx, `SELECT class FROM customers WHERE id = $1`, r.CustomerID).Scan(&c.Class)
	}
	switch {
	case err != nil:
	case r.WaybillID != 0:
		numbers, err = rowsOf[string](ctx, tx, `SELECT number FROM waybills WHERE id = $1`, r.WaybillID)
	case was.ID != 0:
		numbers, err = rowsOf[string](ctx, tx, `SELECT number FROM case_waybills WHERE case_id = $1 ORDER BY position, number`, was.ID)
	}
	return c, numbers, err
}
