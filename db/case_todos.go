package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy/casework"
	"yike/policy/sla"
)

// Kinds of to-dos that cases make; the key is the case's id.
const (
	TodoCaseCall      = "case_call"      // the client is to be called back
	TodoCaseAccept    = "case_accept"    // a leader says whether it may close
	TodoCaseEscalated = "case_escalated" // the client takes it further
	TodoCaseMeasures  = "case_measures"  // what a review asks for
	TodoCasePause     = "case_pause"     // what was waited for: the pause is over
)

// SettledCase is why a to-do of a case closed by itself: what it asked for was
// done on the case.
const SettledCase = "case"

// settleCaseTodos closes to-dos of a case by themselves.
func (tx *Tx) settleCaseTodos(ctx context.Context, id int64, kinds ...string) error {
	for _, kind := range kinds {
		if err := tx.settleTodo(ctx, kind, strconv.FormatInt(id, 10), SettledCase); err != nil {
			return err
		}
	}
	return nil
}

// followCase lets the open to-dos of a case follow it to its client and branch,
// and what waits for whoever handles it to who does so now: that it came in, the
// call that is owed, that its time runs out.
func (tx *Tx) followCase(ctx context.Context, was, now Case) error {
	if was.CustomerID == now.CustomerID && was.BranchID == now.BranchID && was.UserID == now.UserID {
		return nil
	}
	if err := tx.followReview(ctx, now); err != nil {
		return err
	}
	handlers := []string{caseTodoKey(now.ID, sla.Answer, sla.ToHandler), caseTodoKey(now.ID, sla.Solve, sla.ToHandler)}
	return tx.eachCaseTodo(ctx, now.ID, func(t Todo) error {
		if t.State != TodoOpen {
			return nil
		}
		to := t
		to.CustomerID, to.BranchID = now.CustomerID, now.BranchID
		theirs := t.Kind == TodoNewCase || (t.Kind == TodoCaseCall || t.Kind == TodoCasePause) && (t.UserID == was.UserID || was.UserID == 0) ||
			t.Kind == TodoCaseClock && slices.Contains(handlers, t.Key) && t.UserID == was.UserID
		if theirs && was.UserID != now.UserID {
			to.UserID = now.UserID
		}
		if len(diff(t.fields(), to.fields())) == 0 {
			return nil
		}
		return tx.saveTodo(ctx, &t, &to)
	})
}

// caseHanded writes into a case's history that a handover gave it to somebody.
// Its to-dos are pieces of work of their own there.
func (tx *Tx) caseHanded(ctx context.Context, id, from, to int64) error {
	e := CaseEvent{CaseID: id, Kind: string(casework.ActHand), Args: map[string]string{"from": strconv.FormatInt(from, 10), "to": strconv.FormatInt(to, 10)}}
	if err := tx.QueryRowContext(ctx, `SELECT step FROM cases WHERE id = $1`, id).Scan(&e.Step); err != nil {
		return fmt.Errorf("case %d: %w", id, err)
	}
	return tx.caseEvent(ctx, e)
}

// caseTodo makes a to-do of a case, or takes it up again, as it stands now.
func (tx *Tx) caseTodo(ctx context.Context, c *Case, kind string, user int64, due string, args map[string]string) error {
	return tx.caseTodoAt(ctx, c, kind, todoKey(c.ID), user, due, args)
}

// caseTodoAt is caseTodo of a kind of which a case has several, told apart by
// their keys.
func (tx *Tx) caseTodoAt(ctx context.Context, c *Case, kind, key string, user int64, due string, args map[string]string) error {
	args["code"] = c.Code
	was, there, err := tx.todoOf(ctx, kind, key)
	if err != nil {
		return err
	}
	if !there {
		_, err := addTodos(ctx, tx, []Todo{{Kind: kind, Key: key, CustomerID: c.CustomerID, BranchID: c.BranchID, UserID: user, Due: due, Args: args}})
		return err
	}
	text, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("to-do %s of case %d: %w", kind, c.ID, err)
	}
	now := was
	now.State, now.Result, now.ClosedBy, now.ClosedAt, now.ClosedWhy, now.Due, now.UserID, now.args = TodoOpen, "", 0, 0, "", due, user, string(text)
	now.CustomerID, now.BranchID = c.CustomerID, c.BranchID
	if len(diff(was.fields(), now.fields())) == 0 {
		return nil
	}
	return tx.saveTodo(ctx, &was, &now)
}

// oweCall puts the call that the rule asks for among the to-dos.
func (tx *Tx) oweCall(ctx context.Context, c *Case) error {
	return tx.caseTodo(ctx, c, TodoCaseCall, c.UserID, Day(time.UnixMilli(c.CallDue)), map[string]string{})
}

// askLeader asks whoever is responsible for complaints.
func (tx *Tx) askLeader(ctx context.Context, c *Case) error {
	leader, err := tx.complaintsDuty(ctx, c.BranchID)
	if err != nil {
		return err
	}
	return tx.caseTodo(ctx, c, TodoCaseAccept, leader, tx.today(), map[string]string{"why": c.UnsatisfiedWhy})
}

// escalated tells whoever is responsible for complaints that a client takes it
// further.
func (tx *Tx) escalated(ctx context.Context, c *Case) error {
	leader, err := tx.complaintsDuty(ctx, c.BranchID)
	if err != nil {
		return err
	}
	return tx.caseTodo(ctx, c, TodoCaseEscalated, leader, tx.today(), map[string]string{"why": c.EscalatedReason})
}

// oweMeasures keeps the measure of a review, and puts it among the to-dos.
func (tx *Tx) oweMeasures(ctx context.Context, c *Case) error {
	if err := tx.reviewMeasure(ctx, c); err != nil {
		return err
	}
	return tx.caseTodo(ctx, c, TodoCaseMeasures, c.MeasuresBy, c.MeasuresDue, map[string]string{})
}

// complaintsDuty is who is responsible for complaints at a branch, the next one
// up when they are away; 0 nobody.
func (tx *Tx) complaintsDuty(ctx context.Context, branch int64) (int64, error) {
	duties, err := tx.presentDuties(ctx, branch)
	if err != nil {
		return 0, err
	}
	return tx.db.tree.Load().dutyOf(duties, branch, DutyComplaints).User, nil
}

// eachPart does something with every open part of a case that the actor may
// work on, within the act that is under way; what answers errNothing, or may
// not go there, stays as it is. It answers how many were changed.
func (tx *Tx) eachPart(ctx context.Context, parent int64, set func(CaseRow, *Case) (CaseEvent, error)) (n int, err error) {
	ids, err := rowsOf[int64](ctx, tx, `SELECT id FROM cases WHERE parent_id = $1 AND step <> $2 AND deleted_at = 0 ORDER BY id`, parent, casework.Closed)
	if err != nil {
		return 0, fmt.Errorf("parts of case %d: %w", parent, err)
	}
	for _, id := range ids {
		changed, err := tx.onePart(ctx, id, set)
		if err != nil {
			return n, err
		}
		if changed {
			n++
		}
	}
	return n, nil
}

// OfCase is the id, as addresses say it, of the case that a to-do is about; ""
// for one about something else.
func (t Todo) OfCase() string {
	switch t.Kind {
	case TodoNewCase, TodoCaseCall, TodoCaseAccept, TodoCaseEscalated, TodoCaseMeasures, TodoCasePause, TodoCaseClock:
		id, _, _ := strings.Cut(t.Key, "/")
		return id
	}
	return ""
}

// eachCaseTodo goes through all to-dos that a case may have.
func (tx *Tx) eachCaseTodo(ctx context.Context, id int64, do func(Todo) error) error {
	look := func(kind, key string) error {
		t, there, err := tx.todoOf(ctx, kind, key)
		if err != nil || !there {
			return err
		}
		return do(t)
	}
	for _, kind := range []string{TodoNewCase, TodoCaseCall, TodoCaseAccept, TodoCaseEscalated, TodoCaseMeasures, TodoCasePause} {
		if err := look(kind, todoKey(id)); err != nil {
			return err
		}
	}
	for _, which := range sla.Which {
		for _, place := range sla.Places {
			if err := look(TodoCaseClock, caseTodoKey(id, which, place)); err != nil {
				return err
			}
		}
	}
	return nil
}

// binCaseTodos closes all to-dos of a case that goes into the bin; one that is
// taken out again gets those back that were closed by that.
func (tx *Tx) binCaseTodos(ctx context.Context, id int64, in bool) error {
	if err := tx.binReview(ctx, id, in); err != nil {
		return err
	}
	return tx.eachCaseTodo(ctx, id, func(t Todo) error {
		now := t
		switch {
		case in && t.State == TodoOpen:
			now.State, now.ClosedAt, now.ClosedWhy = TodoDone, tx.now(), SettledUndone
		case !in && t.State == TodoDone && t.ClosedWhy == SettledUndone:
			now.State, now.ClosedAt, now.ClosedWhy = TodoOpen, 0, ""
		default:
			return nil
		}
		return tx.saveTodo(ctx, &t, &now)
	})
}
