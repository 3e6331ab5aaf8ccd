package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/sla"
)

// Why the clocks of a case cannot be paused, or resumed.
var (
	ErrPaused    = errors.New("the clocks stand still already")
	ErrNotPaused = errors.New("the clocks run")
	ErrPauseEnd  = errors.New("the pause ends too late, or is over already")
)

// CasePause is a time in which the clocks of a case stood still; To of 0 is one
// that lasts, or that was over by itself at Until and nobody has looked since.
type CasePause struct {
	Reason          string
	From, To, Until int64
	User            string
	Ended           string
}

// casePauses are the pauses of a case in their order.
func casePauses(ctx context.Context, q querier, id int64) (out []sla.Pause, err error) {
	err = eachOf(ctx, q, `SELECT from_at, CASE WHEN to_at = 0 THEN until_at ELSE to_at END FROM case_pauses WHERE case_id = $1 ORDER BY from_at, id`, []any{id}, func(scan func(...any) error) error {
		var p sla.Pause
		err := scan(&p.From, &p.To)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pauses of case %d: %w", id, err)
	}
	return out, nil
}

func (d *DB) pausesOf(ctx context.Context, id int64) (out []CasePause, err error) {
	err = eachOf(ctx, d.r, `SELECT p.reason, p.from_at, p.to_at, p.until_at, coalesce(u.name, ''), coalesce(e.name, '') FROM case_pauses p
		LEFT JOIN users u ON u.id = p.user_id LEFT JOIN users e ON e.id = p.ended_by WHERE p.case_id = $1 ORDER BY p.from_at, p.id`, []any{id}, func(scan func(...any) error) error {
		var p CasePause
		err := scan(&p.Reason, &p.From, &p.To, &p.Until, &p.User, &p.Ended)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pauses of case %d: %w", id, err)
	}
	return out, nil
}

// PauseDays returns when a pause of a case ends that begins now and lasts one,
// two … working days, as many as the rule of its clocks allows.
func (d *DB) PauseDays(ctx context.Context, c Case) (ends []int64, err error) {
	now := d.now()
	k := d.newClocks(d.r, Day(now))
	rule, clock, err := k.pauseRule(ctx, &c)
	if err != nil {
		return nil, err
	}
	for n := 1; n <= rule.PauseLimit(); n++ {
		end, ok := rule.PauseEnd(clock, now.UnixMilli(), n)
		if !ok {
			break
		}
		ends = append(ends, end)
	}
	return ends, nil
}

// pauseRule is by which rule and clock a case may be paused.
func (k *clocks) pauseRule(ctx context.Context, c *Case) (sla.Rule, *sla.Clock, error) {
	rule, err := k.ruleBy(ctx, c.RuleBranch, c.RuleVersion)
	if err != nil {
		return sla.Rule{}, nil, err
	}
	clock, err := k.of(ctx, c.BranchID)
	return rule, clock, err
}

// pauseEnd checks until when the clocks of a case may stand still that did so
// from an instant on; 0 is as long as the rule allows.
func (tx *Tx) pauseEnd(ctx context.Context, c *Case, from, until int64) (int64, error) {
	rule, clock, err := tx.clockwork().pauseRule(ctx, c)
	if err != nil {
		return 0, err
	}
	most, ok := rule.PauseEnd(clock, from, rule.PauseLimit())
	if until == 0 {
		until = most
	}
	if !ok || until <= tx.now() || until > most {
		return 0, fmt.Errorf("case %d: %w", c.ID, ErrPauseEnd)
	}
	return until, nil
}

// PauseCase stops the clocks of a case for a reason of sla.PauseReasons, with a
// note, while somebody else has to do something; then they run on by themselves.
// until of 0 is as long as the rule of its clocks allows; longer, or over already,
// is ErrPauseEnd. One that stands still already is ErrPaused, a closed one
// ErrRefused.
func (d *DB) PauseCase(ctx context.Context, by policy.Actor, id, version int64, reason, note string, until int64) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.pause", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case was.Step == casework.Closed:
			return CaseEvent{}, fmt.Errorf("case %d is closed: %w", id, ErrRefused)
		case was.Waits(tx.now()):
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrPaused)
		}
		until, err := tx.pauseEnd(ctx, now, tx.now(), until)
		if err != nil {
			return CaseEvent{}, err
		}
		if err := tx.endPause(ctx, now); err != nil { // one that was over by itself
			return CaseEvent{}, err
		}
		if _, err := tx.exec(ctx, `INSERT INTO case_pauses (id, case_id, reason, from_at, user_id, until_at) VALUES ($1, $2, $3, $4, $5, $6)`, tx.newID(), id, reason, tx.now(), tx.by.UserID, until); isUnique(err) {
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrPaused) // somebody else at the same time
		} else if err != nil {
			return CaseEvent{}, fmt.Errorf("pause case %d: %w", id, err)
		}
		now.PausedAt, now.PauseReason, now.PauseUntil = tx.now(), reason, until
		return CaseEvent{Kind: "paused", Note: note, Args: map[string]string{"reason": reason, "until": millisText(until)}}, tx.settleCaseTodos(ctx, id, TodoCasePause)
	})
}

// ExtendPause sets another end of the pause of a case, with the reason: later,
// no more than the rule allows from its beginning on (ErrPauseEnd), or sooner.
// One whose clocks run, since its pause is over, is ErrNotPaused.
func (d *DB) ExtendPause(ctx context.Context, by policy.Actor, id, version int64, until int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.pause_extend", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case !was.Waits(tx.now()):
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrNotPaused)
		case note == "":
			return CaseEvent{}, stop(casework.NeedsNote)
		}
		until, err := tx.pauseEnd(ctx, now, was.PausedAt, until)
		if err != nil {
			return CaseEvent{}, err
		}
		if until == was.PauseUntil {
			return CaseEvent{}, errNothing
		}
		if _, err := tx.exec(ctx, `UPDATE case_pauses SET until_at = $2 WHERE case_id = $1 AND to_at = 0`, id, until); err != nil {
			return CaseEvent{}, fmt.Errorf("pause case %d longer: %w", id, err)
		}
		now.PauseUntil = until
		return CaseEvent{Kind: "pause_extended", Note: note, Args: map[string]string{"reason": was.PauseReason, "until": millisText(until)}}, nil
	})
}

// EndPauses tells the handlers of cases whose pause is over that the clocks run
// again, and returns how many. The clocks ran on before: this is only said once,
// a case at a time. What hinders one case hinders no other.
func (d *DB) EndPauses(ctx context.Context, by policy.Actor) (ended int64, err error) {
	ids, err := rowsOf[int64](ctx, d.r, `SELECT e.id FROM cases e WHERE e.pause_until > 0 AND e.pause_until <= $1 AND e.step <> 'closed' AND e.deleted_at = 0
		AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = e.customer_id AND c.deleted_at <> 0) ORDER BY e.pause_until, e.id LIMIT $2`, d.now().UnixMilli(), climbMost)
	if err != nil {
		return 0, fmt.Errorf("pauses that are over: %w", err)
	}
	var faults []error
	for _, id := range ids {
		if ctx.Err() != nil {
			return ended, errors.Join(append(faults, ctx.Err())...)
		}
		switch err := d.pauseOver(ctx, by, id); {
		case err == nil:
			ended++
		case !errors.Is(err, ErrConflict) && !errors.Is(err, errNothing): // another node has it
			faults = append(faults, err)
		}
	}
	return ended, errors.Join(faults...)
}

// pauseOver is EndPauses of one.
func (d *DB) pauseOver(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "cases.pause_over", func(tx *Tx) error {
		row, err := scanCase(tx.QueryRowContext(ctx, caseRowSQL+` WHERE e.id = $1 AND coalesce(c.deleted_at, 0) = 0`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return errNothing
		}
		if err != nil {
			return fmt.Errorf("case %d: %w", id, err)
		}
		was, now := row.Case, row.Case
		if was.PauseUntil == 0 || was.PauseUntil > tx.now() || was.Step == casework.Closed || was.DeletedAt != 0 {
			return errNothing // another round was faster
		}
		tx.about(was.BranchID, id)
		if err := tx.endPause(ctx, &now); err != nil {
			return err
		}
		if _, err := tx.saveCase(ctx, was, now); err != nil {
			return err
		}
		if was.SolvedAt == 0 {
			if err := tx.caseTodo(ctx, &now, TodoCasePause, was.UserID, tx.today(), map[string]string{"reason": was.PauseReason}); err != nil {
				return err
			}
		}
		return tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: "pause_over", Step: was.Step, At: was.PauseUntil, ByRule: true, Args: map[string]string{"reason": was.PauseReason}})
	})
}

// ResumeCase lets the clocks of a case run again: what has to be done is due
// later by the working time that was waited. One whose clocks run, also since its
// pause is over, is ErrNotPaused.
func (d *DB) ResumeCase(ctx context.Context, by policy.Actor, id, version int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.resume", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if !was.Waits(tx.now()) {
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrNotPaused)
		}
		if err := tx.endPause(ctx, now); err != nil {
			return CaseEvent{}, err
		}
		return CaseEvent{Kind: "resumed", Note: note, Args: map[string]string{"reason": was.PauseReason, "waited": millisText(now.PausedMs - was.PausedMs)}}, nil
	})
}

// endPause ends the pause of a case that is to be saved, as of now or, when it was
// over by itself, as of then.
func (tx *Tx) endPause(ctx context.Context, c *Case) error {
	if c.PausedAt == 0 {
		return nil
	}
	to := max(tx.now(), c.PausedAt+1)
	if c.PauseUntil != 0 {
		to = min(to, c.PauseUntil)
	}
	if _, err := tx.exec(ctx, `UPDATE case_pauses SET to_at = $2, ended_by = $3 WHERE case_id = $1 AND to_at = 0`, c.ID, to, tx.by.UserID); err != nil {
		return fmt.Errorf("resume case %d: %w", c.ID, err)
	}
	clock, err := tx.clockwork().of(ctx, c.BranchID)
	if err != nil {
		return err
	}
	c.PausedMs += clock.Worked(c.PausedAt, to)
	c.PausedAt, c.PauseReason, c.PauseUntil = 0, "", 0
	return nil
}
