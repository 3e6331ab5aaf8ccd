package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/feedback"
)

// States of a feedback form.
const (
	FormDraft    = "draft"
	FormSent     = "sent" // it waits for the marketing department
	FormSeen     = "read" // somebody there has it in hand
	FormAnswered = "answered"
)

// FormStates lists them in the order of their days.
var FormStates = []string{FormDraft, FormSent, FormSeen, FormAnswered}

// TodoFormAnswered is the to-do of who filled in a form: it was answered. Its
// key is the form's id.
const TodoFormAnswered = "form_answered"

// SettledForm is why such a to-do closed by itself: who filled in the form read
// the answer on its page.
const SettledForm = "form"

// FeedbackForm is what somebody tells the marketing department of a client.
// Times are unix milliseconds, 0 = not.
type FeedbackForm struct {
	ID                              int64
	CustomerID, BranchID            int64 // the branch is the client's
	UserID                          int64 // who filled it in
	VisitID                         int64 // from which visit, 0 = from none
	State                           string
	Class                           string // the client's when it was sent
	Day                             string // sent on; of a draft: begun on
	RuleVersion                     int64
	Answers                         []feedback.Answer
	SentAt                          int64
	Due                             string // day by which it is to be answered
	ReadAt, ReadBy                  int64
	AnsweredAt, AnsweredBy          int64
	Version                         int64
	CreatedAt, UpdatedAt, DeletedAt int64
	Life                            int64 // by policy/retention: in use, archived, destroyed

	// Photos are the pictures on it; of one that is written, those that are hung
	// on it, and Drop are the hashes of those that are taken off.
	Photos []VisitPhoto
	Drop   []string

	answers  string
	pictured bool   // an act changed the pictures
	pictures [2]int // how many there were before and after
}

func (f *FeedbackForm) fields() []field {
	return []field{{"state", &f.State}, {"class", &f.Class}, {"day", &f.Day}, {"rule_version", &f.RuleVersion}, {"answers", &f.answers}, {"sent_at", &f.SentAt}, {"due", &f.Due},
		{"read_at", &f.ReadAt}, {"read_by", &f.ReadBy}, {"answered_at", &f.AnsweredAt}, {"answered_by", &f.AnsweredBy}}
}

func (f *FeedbackForm) all() []field {
	return append(f.fields(), field{"id", &f.ID}, field{"customer_id", &f.CustomerID}, field{"branch_id", &f.BranchID}, field{"user_id", &f.UserID}, field{"visit_id", &f.VisitID},
		field{"version", &f.Version}, field{"created_at", &f.CreatedAt}, field{"updated_at", &f.UpdatedAt}, field{"deleted_at", &f.DeletedAt}, field{"life", &f.Life})
}

// Waits says that the marketing department owes an answer.
func (f *FeedbackForm) Waits() bool { return f.State == FormSent || f.State == FormSeen }

// FormRow is a form with what a list says of it.
type FormRow struct {
	FeedbackForm
	Customer, CustomerShort, CustomerCode, ClassNow string
	OwnerID, ClerkID                                int64 // of the customer
	User                                            string
}

var formRowSQL = `SELECT ` + columns("f.", new(FeedbackForm).all()) + `, c.name, c.short_name, c.code, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), u.name
	FROM feedback_forms f JOIN customers c ON c.id = f.customer_id JOIN users u ON u.id = f.user_id`

func scanForm(row interface{ Scan(...any) error }) (FormRow, error) {
	var f FormRow
	err := row.Scan(append(pointers(f.all()), &f.Customer, &f.CustomerShort, &f.CustomerCode, &f.ClassNow, &f.OwnerID, &f.ClerkID, &f.User)...)
	if err != nil {
		return f, err
	}
	f.Answers, err = feedback.ParseAnswers(f.answers)
	return f, err
}

// formIn reads one form that the actor sees by a right; a draft is its author's
// alone.
func (d *DB) formIn(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64) (FormRow, error) {
	f, err := scanForm(q.QueryRowContext(ctx, formRowSQL+` WHERE f.id = $1 AND f.deleted_at = 0 AND c.deleted_at = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!d.sees(by.Scope(right), f.BranchID, f.OwnerID, f.ClerkID) || f.State == FormDraft && f.UserID != by.UserID) {
		err = ErrNotFound
	}
	if err != nil {
		return FormRow{}, fmt.Errorf("feedback form %d: %w", id, err)
	}
	return f, nil
}

// FeedbackForm returns one form that the actor may read, with its pictures.
func (d *DB) FeedbackForm(ctx context.Context, by policy.Actor, id int64) (FormRow, error) {
	f, err := d.formIn(ctx, d.r, by, policy.FormRead, id)
	if err == nil {
		f.Photos, err = formPhotos(ctx, d.r, id)
	}
	return f, err
}

// MayEditForm says whether the actor may still change a form: it is theirs, and
// nobody in the marketing department has taken it up.
func (d *DB) MayEditForm(by policy.Actor, f FormRow) bool {
	return f.Life == LifeInUse && f.UserID == by.UserID && (f.State == FormDraft || f.State == FormSent && f.AnsweredAt == 0) && d.sees(by.Scope(policy.FormFill), f.BranchID, f.OwnerID, f.ClerkID)
}

// MayAnswerForm says whether the actor may answer a form.
func (d *DB) MayAnswerForm(by policy.Actor, f FormRow) bool {
	return f.Life == LifeInUse && f.State != FormDraft && d.sees(by.Scope(policy.FormAnswer), f.BranchID, f.OwnerID, f.ClerkID)
}

// StartForm keeps a new form: sent to the marketing department, or as a draft.
// A client beyond the actor's reach, or a visit that is not the client's, is
// ErrNotFound. Sent twice with one submission key it answers the first id.
func (d *DB) StartForm(ctx context.Context, by policy.Actor, sent Submission, f FeedbackForm, send bool) (int64, error) {
	act := "forms.draft"
	if send {
		act = "forms.send"
	}
	var id int64
	try := func() error {
		return d.act(ctx, by, act, func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "feedback_forms"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if err := d.newForm(ctx, tx, &f, send); err != nil {
				return err
			}
			id = f.ID
			return sent.keep(ctx, tx, "feedback_forms", id)
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

func (d *DB) newForm(ctx context.Context, tx *Tx, f *FeedbackForm, send bool) error {
	c, err := d.customer(ctx, tx, tx.by.Scope(policy.FormFill), f.CustomerID, false)
	if err != nil {
		return err
	}
	if f.VisitID != 0 {
		v, err := d.visitIn(ctx, tx, tx.by.Scope(policy.VisitRead), f.VisitID, false)
		if err == nil && v.CustomerID != c.ID {
			err = fmt.Errorf("visit %d of customer %d: %w", f.VisitID, c.ID, ErrNotFound)
		}
		if err != nil {
			return err
		}
	}
	f.ID, f.BranchID, f.UserID, f.State, f.Day = tx.newID(), c.BranchID, tx.by.UserID, FormDraft, tx.today()
	f.Version, f.CreatedAt, f.UpdatedAt, f.DeletedAt = 1, tx.now(), tx.now(), 0
	if f.answers, err = answersText(f.Answers); err != nil {
		return fmt.Errorf("form of customer %d: %w", c.ID, err)
	}
	if send {
		if err := d.sendForm(ctx, tx, f, c.Class); err != nil {
			return err
		}
	}
	if err := tx.insert(ctx, "feedback_forms", f.all()); err != nil {
		return err
	}
	if err := tx.picture(ctx, f, nil, f.Photos); err != nil {
		return err
	}
	tx.about(f.BranchID, f.ID)
	return tx.change(ctx, "create", "feedback_forms", f.ID, f.BranchID, f.CustomerID, 1, nil)
}

// sendForm makes a draft one that was sent today.
func (d *DB) sendForm(ctx context.Context, tx *Tx, f *FeedbackForm, class string) (err error) {
	f.State, f.Class, f.Day, f.SentAt = FormSent, class, tx.today(), tx.now()
	f.Due, err = d.answerDue(ctx, tx, f.BranchID)
	return err
}

// changeForm is an act on one form that the actor sees by a right.
func (d *DB) changeForm(ctx context.Context, by policy.Actor, act string, right policy.Permission, id int64, set func(tx *Tx, was FormRow, now *FeedbackForm) error) error {
	err := d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.formIn(ctx, tx, by, right, id)
		if err != nil {
			return err
		}
		now := was.FeedbackForm
		if err := set(tx, was, &now); err != nil {
			return fmt.Errorf("%s %d: %w", act, id, err)
		}
		changed := diff(was.fields(), now.fields())
		if now.DeletedAt == was.DeletedAt && len(changed) == 0 && !now.pictured {
			return errDoneBefore
		}
		if now.DeletedAt != was.DeletedAt {
			n, err := tx.exec(ctx, `UPDATE feedback_forms SET deleted_at = $3, version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2`, id, was.Version, now.DeletedAt)
			if err == nil && n == 0 {
				err = ErrConflict
			}
			if err != nil {
				return fmt.Errorf("%s %d: %w", act, id, err)
			}
			tx.about(was.BranchID, id)
			return tx.change(ctx, "delete", "feedback_forms", id, was.BranchID, was.CustomerID, was.Version+1, nil)
		}
		if err := tx.update(ctx, "feedback_forms", id, was.Version, now.fields(), changed); err != nil {
			return err
		}
		if now.pictured {
			changed["photos"] = [2]any{now.pictures[0], now.pictures[1]}
		}
		tx.about(was.BranchID, id)
		for _, name := range []string{"sent_at", "read_at", "read_by", "answered_at", "answered_by", "rule_version"} {
			delete(changed, name) // who and when stand in the record itself
		}
		return tx.change(ctx, "update", "feedback_forms", id, was.BranchID, was.CustomerID, was.Version+1, changed)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

// EditForm writes new answers into a form of the actor's, and sends it where
// send says so; what was sent stays sent. A stale f.Version, and a form that
// the marketing department has taken up, is ErrConflict.
func (d *DB) EditForm(ctx context.Context, by policy.Actor, f FeedbackForm, send bool) error {
	act := "forms.edit"
	if send {
		act = "forms.send"
	}
	return d.changeForm(ctx, by, act, policy.FormFill, f.ID, func(tx *Tx, was FormRow, now *FeedbackForm) (err error) {
		if was.UserID != by.UserID {
			return ErrRefused
		}
		if was.Version != f.Version || !d.MayEditForm(by, was) {
			return ErrConflict
		}
		now.RuleVersion = f.RuleVersion
		if err := tx.picture(ctx, now, f.Drop, f.Photos); err != nil {
			return err
		}
		if now.answers, err = answersText(f.Answers); err != nil || !send || was.State != FormDraft {
			return err
		}
		return d.sendForm(ctx, tx, now, was.ClassNow)
	})
}

// DropForm throws a draft of the actor's away. A stale version, and what was
// sent, is ErrConflict.
func (d *DB) DropForm(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.changeForm(ctx, by, "forms.drop", policy.FormFill, id, func(tx *Tx, was FormRow, now *FeedbackForm) error {
		if was.UserID != by.UserID {
			return ErrRefused
		}
		if was.State != FormDraft || was.Version != version {
			return ErrConflict
		}
		now.DeletedAt = tx.now()
		return nil
	})
}

// FormFilter is what a list of forms asks for; zero values ask nothing.
type FormFilter struct {
	From, To   string // days, both included
	BranchID   int64  // this one and those below it
	UserID     int64  // who filled it in
	CustomerID int64
	Class      *string // of when it was sent; "" = none
	State      string  // one of FormStates; "" = all but drafts
	Waits      bool    // for an answer
	Late       string  // a day: the answer was due before it

	// Also must see them, too: what is exported is both read and exported.
	Also *policy.Scope

	After FormKey // keyset paging: the rows after this one, the newest first
	Limit int     // 50 when 0; 500 at most
}

// FormKey is a place in a list of forms.
type FormKey struct {
	Day string
	ID  int64
}

func (d *DB) formsWhere(by policy.Actor, f FormFilter) conditions {
	var c conditions
	c.add("f.deleted_at = 0")
	d.seenBy(&c, "f", by.Scope(policy.FormRead))
	if f.Also != nil {
		d.seenBy(&c, "f", *f.Also)
	}
	switch f.State {
	case FormDraft:
		c.add("f.state = 'draft' AND f.user_id = ?", by.UserID)
	case "":
		c.add("f.state <> 'draft'")
	default:
		c.add("f.state = ?", f.State)
	}
	if f.Waits || f.Late != "" {
		c.add("f.state IN ('sent','read')")
	}
	if f.Late != "" {
		c.add("f.due < ?", f.Late)
	}
	if f.BranchID != 0 {
		d.under(&c, "f", f.BranchID)
	}
	if f.UserID != 0 {
		c.add("f.user_id = ?", f.UserID)
	}
	if f.CustomerID != 0 {
		c.add("f.customer_id = ?", f.CustomerID)
	}
	if f.Class != nil {
		c.add("f.class = ?", *f.Class)
	}
	if f.From != "" {
		c.add("f.day >= ?", f.From)
	}
	if f.To != "" {
		c.add("f.day <= ?", f.To)
	}
	c.add("c.deleted_at = 0")
	return c
}

// FeedbackForms returns a page of the forms that the actor may read, the newest
// first, and whether there are more.
func (d *DB) FeedbackForms(ctx context.Context, by policy.Actor, f FormFilter) (list []FormRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.formsWhere(by, f)
	if f.After.ID != 0 {
		c.add("(f.day, f.id) < (?, ?)", f.After.Day, f.After.ID)
	}
	rows, err := d.r.QueryContext(ctx, formRowSQL+c.whereSQL()+" ORDER BY f.day DESC, f.id DESC LIMIT "+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("feedback forms: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		x, err := scanForm(rows)
		if err != nil {
			return nil, false, fmt.Errorf("feedback forms: %w", err)
		}
		list = append(list, x)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("feedback forms: %w", err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// CountForms counts what FeedbackForms would list, no further than limit.
func (d *DB) CountForms(ctx context.Context, by policy.Actor, f FormFilter, limit int) (n int, err error) {
	c := d.formsWhere(by, f)
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM feedback_forms f JOIN customers c ON c.id = f.customer_id`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count feedback forms: %w", err)
	}
	return n, nil
}

// FormsOfVisits returns the forms that the actor filled in from visits, by visit.
func (d *DB) FormsOfVisits(ctx context.Context, by policy.Actor, visits ...int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	in, args := marks(append(visits, 0))
	err := eachOf(ctx, d.r, numberSQL(`SELECT visit_id, MIN(id) FROM feedback_forms WHERE user_id = ? AND visit_id <> 0 AND deleted_at = 0 AND visit_id IN (`+in+`) GROUP BY visit_id`), append([]any{by.UserID}, args...), func(scan func(...any) error) error {
		var visit, id int64
		err := scan(&visit, &id)
		out[visit] = id
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("forms of visits: %w", err)
	}
	return out, nil
}

// FormOfVisit is that of one visit, 0 when there is none.
func (d *DB) FormOfVisit(ctx context.Context, by policy.Actor, visit int64) (int64, error) {
	list, err := d.FormsOfVisits(ctx, by, visit)
	return list[visit], err
}
