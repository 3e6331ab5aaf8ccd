package db

import (
	"context"
	"errors"
	"fmt"

	"yike/policy"
)

// Kinds of what is written on a form after it was sent.
const (
	NoteAnswer   = "answer"   // the marketing department's
	NoteQuestion = "question" // of who filled it in
)

// FormNote is one of them.
type FormNote struct {
	ID     int64
	Kind   string
	UserID int64
	User   string
	At     int64
	Text   string
}

// FormNotes returns what was written on a form that the actor may read, in its
// order.
func (d *DB) FormNotes(ctx context.Context, by policy.Actor, form int64) ([]FormNote, error) {
	if _, err := d.FeedbackForm(ctx, by, form); err != nil {
		return nil, err
	}
	return formNotes(ctx, d.r, form)
}

func formNotes(ctx context.Context, q querier, form int64) (out []FormNote, err error) {
	err = eachOf(ctx, q, `SELECT n.id, n.kind, n.user_id, coalesce(u.name, ''), n.at, n.note FROM feedback_notes n LEFT JOIN users u ON u.id = n.user_id WHERE n.form_id = $1 ORDER BY n.id`, []any{form}, func(scan func(...any) error) error {
		var n FormNote
		err := scan(&n.ID, &n.Kind, &n.UserID, &n.User, &n.At, &n.Text)
		out = append(out, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notes of form %d: %w", form, err)
	}
	return out, nil
}

// TakeForm says that somebody in the marketing department has a form in hand.
// A stale version is ErrConflict; one that waits no more stays as it is.
func (d *DB) TakeForm(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.changeForm(ctx, by, "forms.read", policy.FormAnswer, id, func(tx *Tx, was FormRow, now *FeedbackForm) error {
		if was.State != FormSent {
			return nil
		}
		if was.Version != version {
			return ErrConflict
		}
		now.State, now.ReadAt, now.ReadBy = FormSeen, tx.now(), by.UserID
		return nil
	})
}

// AnswerForm answers a form, or adds to the answer, and tells who filled it in.
// A stale version is ErrConflict: somebody else answered or asked meanwhile.
// Sent twice with one submission key it is done once.
func (d *DB) AnswerForm(ctx context.Context, by policy.Actor, sent Submission, id, version int64, text string) error {
	return d.noteForm(ctx, by, "forms.answer", policy.FormAnswer, sent, id, version, NoteAnswer, text, func(tx *Tx, was FormRow, now *FeedbackForm) error {
		if was.State == FormDraft {
			return ErrNotFound
		}
		now.State, now.AnsweredAt, now.AnsweredBy = FormAnswered, tx.now(), by.UserID
		if was.State == FormSent {
			now.ReadAt, now.ReadBy = tx.now(), by.UserID
		}
		return tx.tellFiller(ctx, was.FeedbackForm)
	})
}

// AskForm asks the marketing department further about an answered form of the
// actor's; it waits for an answer again. Conflicts and repeats as in AnswerForm.
func (d *DB) AskForm(ctx context.Context, by policy.Actor, sent Submission, id, version int64, text string) error {
	return d.noteForm(ctx, by, "forms.ask", policy.FormFill, sent, id, version, NoteQuestion, text, func(tx *Tx, was FormRow, now *FeedbackForm) (err error) {
		if was.UserID != by.UserID {
			return ErrRefused
		}
		if was.State != FormAnswered {
			return ErrConflict
		}
		now.State = FormSent
		if now.Due, err = d.answerDue(ctx, tx, was.BranchID); err != nil {
			return err
		}
		return tx.settleTodo(ctx, TodoFormAnswered, todoKey(id), SettledForm)
	})
}

// KnowForm says that who filled in a form has read its answer: the to-do of it
// is done.
func (d *DB) KnowForm(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "forms.know", func(tx *Tx) error {
		f, err := d.formIn(ctx, tx, by, policy.FormFill, id)
		if err != nil {
			return err
		}
		if f.UserID != by.UserID {
			return fmt.Errorf("form %d: %w", id, ErrRefused)
		}
		tx.about(f.BranchID, id)
		tx.audit.of(f.CustomerID)
		return tx.settleTodo(ctx, TodoFormAnswered, todoKey(id), SettledForm)
	})
}

// FormNews says whether the answer of a form waits to be read by who filled it
// in.
func (d *DB) FormNews(ctx context.Context, by policy.Actor, id int64) (bool, error) {
	var n int
	err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM todos WHERE kind = $1 AND key = $2 AND user_id = $3 AND state = 'open' AND deleted_at = 0`, TodoFormAnswered, todoKey(id), by.UserID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("news of form %d: %w", id, err)
	}
	return n > 0, nil
}

func (d *DB) noteForm(ctx context.Context, by policy.Actor, act string, right policy.Permission, sent Submission, id, version int64, kind, text string, set func(tx *Tx, was FormRow, now *FeedbackForm) error) error {
	try := func() error {
		return d.changeForm(ctx, by, act, right, id, func(tx *Tx, was FormRow, now *FeedbackForm) error {
			if done, err := sent.done(ctx, tx, "feedback_notes"); err != nil {
				return err
			} else if done != 0 {
				return errDoneBefore
			}
			if was.Version != version {
				return ErrConflict
			}
			if err := set(tx, was, now); err != nil {
				return err
			}
			note := tx.newID()
			if _, err := tx.exec(ctx, `INSERT INTO feedback_notes (id, form_id, kind, user_id, at, note) VALUES ($1, $2, $3, $4, $5, $6)`, note, id, kind, by.UserID, tx.now(), text); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "feedback_notes", note)
		})
	}
	err := try()
	if sent.Key != "" && (errors.Is(err, ErrConflict) || isUnique(err)) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

// tellFiller makes the to-do of who filled in a form, or takes it up again.
func (tx *Tx) tellFiller(ctx context.Context, f FeedbackForm) error {
	return raiseTodos(ctx, tx, []Todo{{Kind: TodoFormAnswered, Key: todoKey(f.ID), CustomerID: f.CustomerID, BranchID: f.BranchID, UserID: f.UserID, Args: map[string]string{"day": f.Day}}},
		map[string]int64{todoKey(f.ID): tx.now() + 1})
}

// CopiedForm is a form with what was written on it, for the copy of what is
// kept about a client.
type CopiedForm struct {
	FormRow
	Notes []FormNote
}

func (d *DB) copiedForms(ctx context.Context, customer int64) ([]CopiedForm, error) {
	var out []CopiedForm
	at := map[int64]int{}
	err := eachOf(ctx, d.r, formRowSQL+` WHERE f.customer_id = $1 AND f.deleted_at = 0 ORDER BY f.day DESC, f.id DESC LIMIT $2`, []any{customer, mostCopied}, func(scan func(...any) error) error {
		f, err := scanForm(scanner(scan))
		at[f.ID], out = len(out), append(out, CopiedForm{FormRow: f})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("forms of customer %d: %w", customer, err)
	}
	err = eachOf(ctx, d.r, `SELECT n.form_id, n.id, n.kind, n.user_id, coalesce(u.name, ''), n.at, n.note FROM feedback_notes n JOIN feedback_forms f ON f.id = n.form_id LEFT JOIN users u ON u.id = n.user_id
		WHERE f.customer_id = $1 AND f.deleted_at = 0 ORDER BY n.id`, []any{customer}, func(scan func(...any) error) error {
		var n FormNote
		var form int64
		err := scan(&form, &n.ID, &n.Kind, &n.UserID, &n.User, &n.At, &n.Text)
		if i, copied := at[form]; copied {
			out[i].Notes = append(out[i].Notes, n)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notes of customer %d: %w", customer, err)
	}
	return out, nil
}
