package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/sla"
)

// ErrCaseStop says that a case may not go where it was sent; the error is a
// *CaseStop with the reasons.
var ErrCaseStop = errors.New("the case may not go there")

// CaseStop is why an act on a case is refused: reasons of policy/casework.
type CaseStop struct{ Why []casework.Reason }

func (e *CaseStop) Error() string { return fmt.Sprintf("case stops: %v", e.Why) }

// Is makes it an ErrCaseStop.
func (e *CaseStop) Is(err error) bool { return err == ErrCaseStop }

func stop(why ...casework.Reason) error { return &CaseStop{why} }

// Standing is a case as its rules look at it.
func (c *Case) Standing() casework.Case {
	return casework.Case{Kind: c.Kind, Severity: c.Severity, Class: c.Class, Step: c.Step, Merged: c.MergedID != 0, Handled: c.UserID != 0,
		Answered: c.AnsweredAt != 0, Told: c.SolvedAt != 0, Satisfied: c.Satisfied, CallNeeded: c.CallDue != 0, Called: c.CalledAt != 0,
		ReviewNeeded: c.ReviewWhy != "", Reviewed: c.Measures != "" && c.MeasuresBy != 0 && c.MeasuresDue != ""}
}

// mayGoOn is nil for a case on which somebody works, else why nobody does.
func (c *Case) mayGoOn() error {
	switch {
	case c.MergedID != 0:
		return stop(casework.IsMerged)
	case !c.Standing().Open():
		return stop(casework.IsClosed)
	}
	return nil
}

// CaseRef names a case as somebody saw it.
type CaseRef struct{ ID, Version int64 }

// TakeCase makes a case the actor's own; one that waited to be accepted goes on
// to its next step. What somebody else has is taken over only with cases.assign
// (ErrRefused).
func (d *DB) TakeCase(ctx context.Context, by policy.Actor, x CaseRef) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.take", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := now.mayGoOn(); err != nil {
			return CaseEvent{}, err
		}
		if was.UserID != 0 && was.UserID != by.UserID && !d.seesCase(by, policy.CaseAssign, was) {
			return CaseEvent{}, ErrRefused
		}
		if now.UserID = by.UserID; now.Step == casework.Accept {
			now.Step = now.Standing().Next()
		}
		return CaseEvent{Kind: string(casework.ActTake), Args: map[string]string{"from": strconv.FormatInt(was.UserID, 10)}}, nil
	})
}

// HandCase gives a case to a colleague who may work on cases at its branch
// (ErrRefused otherwise): one's own, or with cases.assign anybody's.
func (d *DB) HandCase(ctx context.Context, by policy.Actor, x CaseRef, to int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.hand", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := now.mayGoOn(); err != nil {
			return CaseEvent{}, err
		}
		if was.UserID != by.UserID && !d.seesCase(by, policy.CaseAssign, was) {
			return CaseEvent{}, ErrRefused
		}
		if to == was.UserID {
			return CaseEvent{}, errNothing
		}
		if err := tx.mayBeGiven(ctx, was.BranchID, to, canHandle); err != nil {
			return CaseEvent{}, err
		}
		now.UserID = to
		return CaseEvent{Kind: string(casework.ActHand), Note: note, Args: map[string]string{"from": strconv.FormatInt(was.UserID, 10), "to": strconv.FormatInt(to, 10)}}, nil
	})
}

// MoveCase sends a case to another of its steps, as casework.Case.Move allows
// (*CaseStop otherwise). Back to before the client was told, it has to be told
// and asked again.
func (d *DB) MoveCase(ctx context.Context, by policy.Actor, x CaseRef, to, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.step", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if why := now.Standing().Move(to, note); why != casework.Fine {
			return CaseEvent{}, stop(why)
		}
		if slices.Index(casework.Steps, to) <= slices.Index(casework.Steps, casework.Tell) && now.SolvedAt != 0 {
			now.untell()
			if err := tx.settleCaseTodos(ctx, now.ID, TodoCaseCall, TodoCaseAccept); err != nil {
				return CaseEvent{}, err
			}
		}
		now.Step = to
		return CaseEvent{Kind: string(casework.ActMove), Note: note, Args: map[string]string{"from": was.Step}}, nil
	})
}

// untell takes back that the client knows the result.
func (c *Case) untell() {
	c.SolvedAt, c.ToldHow, c.ToldBy, c.CallDue, c.CalledAt, c.Satisfied, c.UnsatisfiedWhy, c.UnsatisfiedReason, c.AcceptedBy = 0, "", 0, 0, 0, "", "", "", 0
}

// NoteCase writes a line into a case's history. It needs no version: a note
// overwrites nothing.
func (d *DB) NoteCase(ctx context.Context, by policy.Actor, id int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.note", id, 0, func(_ *Tx, _ CaseRow, _ *Case) (CaseEvent, error) {
		if note == "" {
			return CaseEvent{}, stop(casework.NeedsNote)
		}
		return CaseEvent{Kind: string(casework.ActNote), Note: note}, nil
	})
}

// CaseAnswer is how a client was first answered.
type CaseAnswer struct {
	How   string // of casework.TellMeans
	Note  string // what was said
	Reply string // Reply.Ref of the answer that it was written from, "" for none
	At    int64  // 0: now
}

// AnswerCase writes down that the client was answered for the first time, by
// one of casework.TellMeans. at is when, 0 for now; before it came in or ahead
// is ErrRefused, a second time *CaseStop.
func (d *DB) AnswerCase(ctx context.Context, by policy.Actor, x CaseRef, in CaseAnswer) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.answer", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := now.mayGoOn(); err != nil {
			return CaseEvent{}, err
		}
		at := cmp.Or(in.At, tx.now())
		switch {
		case !slices.Contains(casework.TellMeans, in.How):
			return CaseEvent{}, stop(casework.Unknown)
		case was.AnsweredAt != 0:
			return CaseEvent{}, stop(casework.NoStep)
		case at < was.OpenedAt || at > tx.now():
			return CaseEvent{}, ErrRefused
		}
		now.AnsweredAt = at
		args := map[string]string{"how": in.How, "at": millisText(at)}
		if in.Reply != "" {
			args["reply"] = in.Reply
		}
		return CaseEvent{Kind: string(casework.ActAnswer), Note: in.Note, Args: args}, nil
	})
}

// CaseTold is how a client learnt the result.
type CaseTold struct {
	How       string // of casework.TellMeans
	Result    string // what was found and done
	Satisfied string // "", casework.Satisfied or Unsatisfied
	At        int64  // 0: now
	Close     bool   // and close it, if it may be
	Children  bool   // tell those of its parts that are open the same, as one act
}

// TellCase writes down that the client was told the result. A call that the
// rule asks for is put into the to-dos of whoever handles the case. It answers
// how many parts of the case were told with it.
func (d *DB) TellCase(ctx context.Context, by policy.Actor, x CaseRef, told CaseTold) (parts int, err error) {
	err = d.caseAct(ctx, by, policy.CaseEdit, "cases.tell", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		e, err := tx.tell(ctx, was, now, told)
		if err != nil || !told.Children {
			return e, err
		}
		parts, err = tx.eachPart(ctx, was.ID, func(part CaseRow, now *Case) (CaseEvent, error) {
			same := told
			same.At = max(cmpAt(told.At, tx.now()), part.OpenedAt)
			return tx.tell(ctx, part, now, same)
		})
		return e, err
	})
	return parts, err
}

func cmpAt(at, now int64) int64 {
	if at == 0 {
		return now
	}
	return at
}

// tell is TellCase of one case.
func (tx *Tx) tell(ctx context.Context, was CaseRow, now *Case, told CaseTold) (CaseEvent, error) {
	at := cmpAt(told.At, tx.now())
	switch {
	case now.mayGoOn() != nil:
		return CaseEvent{}, now.mayGoOn()
	case told.Result == "":
		return CaseEvent{}, stop(casework.NeedsResult)
	case !slices.Contains(casework.TellMeans, told.How) || !slices.Contains([]string{"", casework.Satisfied, casework.Unsatisfied}, told.Satisfied):
		return CaseEvent{}, stop(casework.Unknown)
	case at < was.OpenedAt || at > tx.now():
		return CaseEvent{}, ErrRefused
	}
	now.untell()
	now.ToldHow, now.ToldBy, now.SolvedAt, now.Result, now.Satisfied = told.How, tx.by.UserID, at, told.Result, told.Satisfied
	if now.AnsweredAt == 0 {
		now.AnsweredAt = at
	}
	if now.UserID == 0 {
		now.UserID = tx.by.UserID
	}
	if err := tx.afterTelling(ctx, now); err != nil {
		return CaseEvent{}, err
	}
	e := CaseEvent{Kind: string(casework.ActTell), Note: told.Result, Args: map[string]string{"how": told.How, "satisfied": told.Satisfied, "at": millisText(at)}}
	if told.Close && len(now.Standing().Close()) == 0 {
		e.Args["closed"] = "yes"
		return e, tx.finish(ctx, now)
	}
	return e, nil
}

// afterTelling asks the rule what follows when the client knows.
func (tx *Tx) afterTelling(ctx context.Context, now *Case) error {
	rule, err := tx.caseworkRule(ctx, now.BranchID)
	if err != nil {
		return err
	}
	asked, err := askedOf(ctx, tx, now)
	if err != nil {
		return err
	}
	if err := tx.settleReview(ctx, rule, asked, now); err != nil {
		return err
	}
	now.Step = casework.Tell
	if hours := rule.CallWithin(asked); hours > 0 {
		if now.CallDue, err = tx.callDue(ctx, now, hours); err != nil {
			return err
		}
		if err := tx.oweCall(ctx, now); err != nil {
			return err
		}
	}
	if next := now.Standing().Next(); next != casework.Closed {
		now.Step = next
	}
	return nil
}

// CallCase writes down that the client was called and asked whether it is
// really solved. With done it closes the case, if that may be.
func (d *DB) CallCase(ctx context.Context, by policy.Actor, x CaseRef, satisfied, note string, done bool) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.call", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case now.mayGoOn() != nil:
			return CaseEvent{}, now.mayGoOn()
		case was.SolvedAt == 0:
			return CaseEvent{}, stop(casework.NotTold)
		case satisfied != casework.Satisfied && satisfied != casework.Unsatisfied:
			return CaseEvent{}, stop(casework.Unknown)
		}
		now.CalledAt, now.Satisfied = tx.now(), satisfied
		if err := tx.settleCaseTodos(ctx, now.ID, TodoCaseCall); err != nil {
			return CaseEvent{}, err
		}
		if next := now.Standing().Next(); now.Step == casework.FollowUp && satisfied == casework.Satisfied && next != casework.Closed {
			now.Step = next
		}
		e := CaseEvent{Kind: string(casework.ActCall), Note: note, Args: map[string]string{"satisfied": satisfied}}
		if done && len(now.Standing().Close()) == 0 {
			e.Args["closed"] = "yes"
			return e, tx.finish(ctx, now)
		}
		return e, nil
	})
}

// CloseCase closes a case whose client knows and is satisfied, or of which a
// leader accepted why not; *CaseStop says what is missing. With parts, those of
// its parts that may close, close with it as one act; it answers how many.
func (d *DB) CloseCase(ctx context.Context, by policy.Actor, x CaseRef, note string, withParts bool) (parts int, err error) {
	err = d.caseAct(ctx, by, policy.CaseEdit, "cases.close", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if why := now.Standing().Close(); len(why) > 0 {
			return CaseEvent{}, stop(why...)
		}
		if withParts {
			n, err := tx.eachPart(ctx, was.ID, func(_ CaseRow, now *Case) (CaseEvent, error) {
				if len(now.Standing().Close()) > 0 {
					return CaseEvent{}, errNothing
				}
				return CaseEvent{Kind: string(casework.ActClose), Note: note}, tx.finish(ctx, now)
			})
			if parts = n; err != nil {
				return CaseEvent{}, err
			}
		}
		return CaseEvent{Kind: string(casework.ActClose), Note: note}, tx.finish(ctx, now)
	})
	return parts, err
}

// finish closes a case and whatever waited for it.
func (tx *Tx) finish(ctx context.Context, now *Case) error {
	now.Step, now.ClosedAt = casework.Closed, tx.now() // stopClocks ends a pause
	return tx.settleCaseTodos(ctx, now.ID, TodoCaseCall, TodoCaseAccept, TodoCasePause)
}

// AskAcceptance writes down why a client is not satisfied, for a leader to
// accept: why is of casework.WaiveReasons. It makes a to-do of whoever is
// responsible for complaints.
func (d *DB) AskAcceptance(ctx context.Context, by policy.Actor, x CaseRef, why, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.unsatisfied", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case now.mayGoOn() != nil:
			return CaseEvent{}, now.mayGoOn()
		case !slices.Contains(casework.WaiveReasons, why):
			return CaseEvent{}, stop(casework.Unknown)
		case note == "":
			return CaseEvent{}, stop(casework.NeedsNote)
		}
		now.UnsatisfiedWhy, now.UnsatisfiedReason, now.AcceptedBy = why, note, 0
		if now.Satisfied != casework.Unsatisfied {
			now.Satisfied = ""
		}
		return CaseEvent{Kind: string(casework.ActAsk), Note: note, Args: map[string]string{"why": why}}, tx.askLeader(ctx, now)
	})
}

// AcceptCase is the leader's word that a case may close though its client is
// not satisfied, and closes it unless measures are owed. Nobody asked:
// *CaseStop.
func (d *DB) AcceptCase(ctx context.Context, by policy.Actor, x CaseRef, note string) error {
	return d.caseAct(ctx, by, policy.CaseAccept, "cases.accept", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := now.mayGoOn(); err != nil {
			return CaseEvent{}, err
		}
		if was.UnsatisfiedWhy == "" {
			return CaseEvent{}, stop(casework.NeedsNote)
		}
		now.Satisfied, now.AcceptedBy = casework.Accepted, by.UserID
		e := CaseEvent{Kind: string(casework.ActAccept), Note: note, Args: map[string]string{"why": was.UnsatisfiedWhy}}
		if len(now.Standing().Close()) == 0 {
			e.Args["closed"] = "yes"
			return e, tx.finish(ctx, now)
		}
		now.Step = casework.Review
		return e, tx.settleCaseTodos(ctx, now.ID, TodoCaseCall, TodoCaseAccept)
	})
}

// ReopenCase opens a closed case again, with the reason: there is something to
// put right, and the client has to be told again.
func (d *DB) ReopenCase(ctx context.Context, by policy.Actor, x CaseRef, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.reopen", x.ID, x.Version, func(_ *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if why := now.Standing().Reopen(note); why != casework.Fine {
			return CaseEvent{}, stop(why)
		}
		now.untell()
		now.Step, now.ClosedAt, now.Reopened = now.Standing().Back(), 0, was.Reopened+1
		return CaseEvent{Kind: string(casework.ActReopen), Note: note}, nil
	})
}

// EscalateCase writes down that the client takes it further, and why: reason is
// of casework.EscalationReasons, "other" needs words. Whoever is responsible
// for complaints gets a to-do each time.
func (d *DB) EscalateCase(ctx context.Context, by policy.Actor, x CaseRef, reason, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.escalate", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case now.mayGoOn() != nil:
			return CaseEvent{}, now.mayGoOn()
		case !slices.Contains(casework.EscalationReasons, reason):
			return CaseEvent{}, stop(casework.Unknown)
		case reason == "other" && note == "":
			return CaseEvent{}, stop(casework.NeedsNote)
		}
		now.EscalatedAt, now.EscalatedReason = tx.now(), reason
		return CaseEvent{Kind: string(casework.ActEscalate), Note: note, Args: map[string]string{"why": reason}}, tx.escalated(ctx, now)
	})
}

// Measures are what keeps it from happening again, who sees to it and by when.
type Measures struct {
	Text string
	User int64
	Due  string // day
}

// ReviewCase writes the measures of a review; they become a to-do of whoever
// sees to them, whose result is what came of them. A person who may not work at
// the branch, and a day that is past, are ErrRefused.
func (d *DB) ReviewCase(ctx context.Context, by policy.Actor, x CaseRef, m Measures) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.review", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case now.mayGoOn() != nil:
			return CaseEvent{}, now.mayGoOn()
		case m.Text == "":
			return CaseEvent{}, stop(casework.NeedsNote)
		case !dayParsed(m.Due).Valid() || m.Due < tx.today():
			return CaseEvent{}, ErrRefused
		}
		if err := tx.mayBeGiven(ctx, was.BranchID, m.User, func(a policy.Actor) bool { return a.Can(policy.TodoEdit) }); err != nil {
			return CaseEvent{}, err
		}
		now.Measures, now.MeasuresBy, now.MeasuresDue = m.Text, m.User, m.Due
		if now.ReviewWhy == "" {
			now.ReviewWhy = casework.ReviewByHand
		}
		return CaseEvent{Kind: string(casework.ActReview), Note: m.Text, Args: map[string]string{"to": strconv.FormatInt(m.User, 10), "day": m.Due}}, tx.oweMeasures(ctx, now)
	})
}

// callDue is when so many working hours after it was told a client is to be
// called back, by the hours of the case's branch.
func (tx *Tx) callDue(ctx context.Context, c *Case, hours int) (int64, error) {
	clock, err := tx.clockwork().of(ctx, c.BranchID)
	if err != nil {
		return 0, err
	}
	return sla.Deadline(clock, c.SolvedAt, sla.Limit{N: hours, Unit: sla.WorkHours}, nil, tx.now()), nil
}
