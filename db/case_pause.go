package db

import (
	"context"
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
)

// CasePause is a time in which the clocks of a case stood still; To of 0 is one
// that lasts.
type CasePause struct {
	Reason   string
	From, To int64
	User     string
	Ended    string
}

// casePauses are the pauses of a case in their order.
func casePauses(ctx context.Context, q querier, id int64) (out []sla.Pause, err error) {
	err = eachOf(ctx, q, `SELECT from_at, to_at FROM case_pauses WHERE case_id = $1 ORDER BY from_at, id`, []any{id}, func(scan func(...any) error) error {
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
	err = eachOf(ctx, d.r, `SELECT p.reason, p.from_at, p.to_at, coalesce(u.name, ''), coalesce(e.name, '') FROM case_pauses p
		LEFT JOIN users u ON u.id = p.user_id LEFT JOIN users e ON e.id = p.ended_by WHERE p.case_id = $1 ORDER BY p.from_at, p.id`, []any{id}, func(scan func(...any) error) error {
		var p CasePause
		err := scan(&p.Reason, &p.From, &p.To, &p.User, &p.Ended)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pauses of case %d: %w", id, err)
	}
	return out, nil
}

// PauseCase stops the clocks of a case for a reason of sla.PauseReasons, with a
// note, while somebody else has to do something. One that stands still already
// is ErrPaused, a closed one ErrRefused.
func (d *DB) PauseCase(ctx context.Context, by policy.Actor, id, version int64, reason, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.pause", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		switch {
		case was.Step == casework.Closed:
			return CaseEvent{}, fmt.Errorf("case %d is closed: %w", id, ErrRefused)
		case was.PausedAt != 0:
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrPaused)
		}
		if _, err := tx.exec(ctx, `INSERT INTO case_pauses (id, case_id, reason, from_at, user_id) VALUES ($1, $2, $3, $4, $5)`, tx.newID(), id, reason, tx.now(), tx.by.UserID); isUnique(err) {
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrPaused) // somebody else at the same time
		} else if err != nil {
			return CaseEvent{}, fmt.Errorf("pause case %d: %w", id, err)
		}
		now.PausedAt, now.PauseReason = tx.now(), reason
		return CaseEvent{Kind: "paused", Note: note, Args: map[string]string{"reason": reason}}, nil
	})
}

// ResumeCase lets the clocks of a case run again: what has to be done is due
// later by the working time that was waited. One whose clocks run is
// ErrNotPaused.
func (d *DB) ResumeCase(ctx context.Context, by policy.Actor, id, version int64, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.resume", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if was.PausedAt == 0 {
			return CaseEvent{}, fmt.Errorf("case %d: %w", id, ErrNotPaused)
		}
		if err := tx.endPause(ctx, now); err != nil {
			return CaseEvent{}, err
		}
		return CaseEvent{Kind: "resumed", Note: note, Args: map[string]string{"reason": was.PauseReason, "waited": millisText(now.PausedMs - was.PausedMs)}}, nil
	})
}

// endPause ends the pause of a case that is to be saved.
func (tx *Tx) endPause(ctx context.Context, c *Case) error {
	if c.PausedAt == 0 {
		return nil
	}
	if _, err := tx.exec(ctx, `UPDATE case_pauses SET to_at = $2, ended_by = $3 WHERE case_id = $1 AND to_at = 0`, c.ID, max(tx.now(), c.PausedAt+1), tx.by.UserID); err != nil {
		return fmt.Errorf("resume case %d: %w", c.ID, err)
	}
	clock, err := tx.clockwork().of(ctx, c.BranchID)
	if err != nil {
		return err
	}
	c.PausedMs += clock.Worked(c.PausedAt, tx.now())
	c.PausedAt, c.PauseReason = 0, ""
	return nil
}
