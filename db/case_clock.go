package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"yike/policy/casework"
	"yike/policy/sla"
)

// facts are what the rule of clocks asks of a case.
func (c *Case) facts() sla.Facts {
	return sla.Facts{Kind: c.Kind, Severity: c.Severity, Class: c.Class, Channel: c.Channel}
}

// done is when what a clock waits for was done, 0 not yet.
func (c *Case) done(which string) int64 {
	if which == sla.Answer {
		return c.AnsweredAt
	}
	return c.SolvedAt
}

// promise is by when it is to be done, 0 when nothing was promised.
func (c *Case) promise(which string) int64 {
	if which == sla.Answer {
		return c.AnswerDue
	}
	return c.SolveDue
}

// running is how one of a case's clocks runs.
func (c *Case) running(clock *sla.Clock, which string, rule sla.Rule, pauses []sla.Pause) sla.Running {
	r := sla.Running{Opened: c.OpenedAt, Limit: rule.Limits(c.facts()).Runs(clock, which, c.OpenedAt), Done: c.done(which)}
	for _, p := range pauses {
		switch {
		case r.Done != 0 && p.From >= r.Done:
			continue
		case r.Done != 0 && (p.To == 0 || p.To > r.Done):
			p.To = r.Done // it waited no longer
		}
		r.Pauses = append(r.Pauses, p)
	}
	return r
}

// spoken are the channels in which a question is answered while it is asked.
func spoken(channel string) bool {
	return channel == casework.Phone || channel == casework.Chat || channel == casework.Counter || channel == casework.OnSite
}

// settleClocks works out by when a case has to be answered and solved, from
// when on that is soon, and when the next person is told of it; was is nil for a
// new one. A case that became another one, in kind, severity, class, channel,
// client or branch, is timed anew from its opening, by the rule of that day; any
// other keeps the version by which it was timed.
func (tx *Tx) settleClocks(ctx context.Context, was, c *Case) error {
	c.Due, c.SoonAt, c.LadderAt = NoDue, NoDue, NoDue
	if c.Step == casework.Closed {
		return tx.stopClocks(ctx, was, c)
	}
	if was != nil && (was.Step == casework.Closed || was.SolvedAt != 0 && c.SolvedAt == 0) {
		if err := tx.restartClocks(ctx, was, c); err != nil {
			return err
		}
	}
	if c.ImportID != 0 && c.AnswerDue == 0 && c.SolveDue == 0 {
		return nil // out of an old register: nothing was promised
	}
	fresh := was == nil
	if fresh && c.AnsweredAt == 0 && c.Kind == casework.Consultation && spoken(c.Channel) {
		c.AnsweredAt = tx.now() // whoever writes it down is speaking with them
	}
	anew := fresh || was.facts() != c.facts() || was.CustomerID != c.CustomerID || was.BranchID != c.BranchID
	var pauses []sla.Pause
	var told map[rungKey]bool
	if !fresh {
		var err error
		if pauses, err = casePauses(ctx, tx, c.ID); err != nil {
			return err
		}
		if told, err = toldRungs(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	rule, err := tx.clockwork().ruleOf(ctx, c, anew)
	if err != nil {
		return err
	}
	clock, err := tx.clocks.of(ctx, c.BranchID)
	if err != nil {
		return err
	}
	if !fresh {
		for _, which := range sla.Which {
			if was.done(which) == 0 && c.done(which) != 0 {
				if err := tx.settleClockTodos(ctx, c, which, told); err != nil {
					return err
				}
			}
		}
	}
	before := [2]int64{c.AnswerDue, c.SolveDue}
	if anew {
		was = nil
	}
	c.timed(was, clock, rule, pauses, told, tx.now())
	if fresh || !anew || before == [2]int64{c.AnswerDue, c.SolveDue} {
		return nil
	}
	return tx.caseEvent(ctx, CaseEvent{CaseID: c.ID, Kind: "timed", Step: c.Step, Args: map[string]string{"answer": millisText(c.AnswerDue), "solve": millisText(c.SolveDue)}})
}

// stopClocks ends what waits of a case that closes, its pause among it: what was
// promised is due later by it, as after any other.
func (tx *Tx) stopClocks(ctx context.Context, was, c *Case) error {
	if was == nil || was.Step == casework.Closed {
		return nil
	}
	told, err := toldRungs(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, which := range sla.Which {
		if err := tx.settleClockTodos(ctx, c, which, told); err != nil {
			return err
		}
	}
	if c.PausedAt == 0 {
		return nil
	}
	if err := tx.endPause(ctx, c); err != nil || c.AnswerDue == 0 && c.SolveDue == 0 {
		return err
	}
	pauses, err := casePauses(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	rule, err := tx.clockwork().ruleOf(ctx, c, false)
	if err != nil {
		return err
	}
	clock, err := tx.clocks.of(ctx, c.BranchID)
	if err != nil {
		return err
	}
	c.timed(was, clock, rule, pauses, told, tx.now())
	c.Due, c.SoonAt, c.LadderAt = NoDue, NoDue, NoDue
	return nil
}

// restartClocks lets the clocks of a case go on where they stood that is opened
// again, or whose client has to be told again: the time in which it was taken
// for solved does not count, and whoever was told before is told again.
func (tx *Tx) restartClocks(ctx context.Context, was, c *Case) error {
	from := cmp.Or(was.ClosedAt, was.SolvedAt)
	if was.SolvedAt != 0 {
		from = min(from, was.SolvedAt)
	}
	if from != 0 && from < tx.now() && c.SolvedAt == 0 {
		if _, err := tx.exec(ctx, `INSERT INTO case_pauses (id, case_id, reason, from_at, to_at, user_id, ended_by) VALUES ($1, $2, 'closed', $3, $4, $5, $5)`,
			tx.newID(), c.ID, from, tx.now(), tx.by.UserID); err != nil {
			return fmt.Errorf("open case %d again: %w", c.ID, err)
		}
	}
	if _, err := tx.exec(ctx, `DELETE FROM case_rungs WHERE case_id = $1`, c.ID); err != nil {
		return fmt.Errorf("open case %d again: %w", c.ID, err)
	}
	return nil
}

// clockwork are the clocks as the transaction sees them.
func (tx *Tx) clockwork() *clocks {
	if tx.clocks == nil {
		tx.clocks = tx.db.newClocks(tx, tx.today())
	}
	return tx.clocks
}

func millisText(at int64) string { return strconv.FormatInt(at, 10) }

// timed sets the times of a case. What was done by then as well, in time or too
// late, is not judged by hours or holidays of later; was is nil for a case whose
// clocks are set for the first time, or by another row of the rule.
func (c *Case) timed(was *Case, clock *sla.Clock, rule sla.Rule, pauses []sla.Pause, told map[rungKey]bool, now int64) {
	for _, which := range sla.Which {
		r := c.running(clock, which, rule, pauses)
		if was != nil && r.Done != 0 && was.done(which) == r.Done {
			continue
		}
		at := now
		if r.Done != 0 {
			at = r.Done
		}
		due := sla.Deadline(clock, r.Opened, r.Limit, r.Pauses, at)
		if which == sla.Answer {
			c.AnswerDue = due
		} else {
			c.SolveDue = due
		}
		if due == 0 || r.Done != 0 || c.waits(due) {
			continue
		}
		c.Due = min(c.Due, due)
		c.SoonAt = min(c.SoonAt, sla.Rung{Clock: which, Percent: 100 - rule.Soon}.At(clock, r, now))
		for _, g := range rule.Ladder {
			if g.Clock != which || told[rungKey{which, g.To}] {
				continue
			}
			if at := g.At(clock, r, now); at != 0 {
				c.LadderAt = min(c.LadderAt, at)
			}
		}
	}
}

// waits says whether a clock that is over then stands still while the case is
// paused. One that was over before goes on: a pause hides no delay.
// One whose pause has an end waits for nothing: its times are known.
func (c *Case) waits(due int64) bool {
	return c.PausedAt != 0 && c.PauseUntil == 0 && due > c.PausedAt
}

// Waits says whether the clocks of the case stand still at an instant.
func (c *Case) Waits(now int64) bool {
	return c.PausedAt != 0 && (c.PauseUntil == 0 || now < c.PauseUntil)
}

// ruleOf is the rule by which a case is timed: that of the day on which it was
// opened when it is timed anew, which is noted in it, else the version noted.
func (k *clocks) ruleOf(ctx context.Context, c *Case, anew bool) (sla.Rule, error) {
	if !anew {
		return k.ruleBy(ctx, c.RuleBranch, c.RuleVersion)
	}
	s, err := k.db.settingState(ctx, k.q, RuleClocks, Day(time.UnixMilli(c.OpenedAt)))
	if err != nil {
		return sla.Rule{}, err
	}
	row := s.inForce().For(k.db.Chain(c.BranchID))
	c.RuleBranch, c.RuleVersion = row.BranchID, row.Version
	return clockRuleOf(row)
}

// ruleBy is a version of the rule of clocks; 0 is the program's own.
func (k *clocks) ruleBy(ctx context.Context, branch, version int64) (sla.Rule, error) {
	key := [2]int64{branch, version}
	if rule, ok := k.rules[key]; ok {
		return rule, nil
	}
	row := RuleRow{BranchID: branch, Version: version}
	if version != 0 {
		err := k.q.QueryRowContext(ctx, `SELECT value FROM rules WHERE rule = $1 AND coalesce(branch_id, 0) = $2 AND version = $3`, RuleClocks, branch, version).Scan(&row.Value)
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		if err != nil {
			return sla.Rule{}, fmt.Errorf("clocks version %d of branch %d: %w", version, branch, err)
		}
	}
	rule, err := clockRuleOf(row)
	if err == nil {
		k.rules[key] = rule
	}
	return rule, err
}

// CaseClock is how one of a case's clocks stands, and why: by which row of the
// rule.
type CaseClock struct {
	Which string
	sla.Standing
	Limit sla.Limit
	Row   sla.Row
	At    int // its place in the rule, from 0; -1 = none fits
}

// CaseClocks returns how the clocks of a case stand, and its pauses; read them
// after the case was read.
func (d *DB) CaseClocks(ctx context.Context, c Case) ([]CaseClock, []CasePause, error) {
	now := d.now()
	k := d.newClocks(d.r, Day(now))
	rule, err := k.ruleBy(ctx, c.RuleBranch, c.RuleVersion)
	if err != nil {
		return nil, nil, err
	}
	clock, err := k.of(ctx, c.BranchID)
	if err != nil {
		return nil, nil, err
	}
	list, err := d.pausesOf(ctx, c.ID)
	if err != nil {
		return nil, nil, err
	}
	var pauses []sla.Pause
	for _, p := range list {
		pauses = append(pauses, sla.Pause{From: p.From, To: cmp.Or(p.To, p.Until)})
	}
	var out []CaseClock
	for _, which := range sla.Which {
		if c.promise(which) == 0 || c.MergedID != 0 && c.done(which) == 0 {
			continue // none was promised, or the case that it went into keeps it
		}
		r := c.running(clock, which, rule, pauses)
		r.Promised = c.promise(which)
		x := CaseClock{Which: which, Standing: r.Stand(clock, rule.Soon, now.UnixMilli()), Limit: r.Limit, At: rule.Pick(c.facts())}
		if x.At >= 0 {
			x.Row = rule.Rows[x.At]
		}
		out = append(out, x)
	}
	return out, list, nil
}

// Promise returns how the clocks of a case would stand that is opened now at a
// branch, and by which version of the rule.
func (d *DB) Promise(ctx context.Context, branch int64, f sla.Facts) ([]CaseClock, RuleRow, error) {
	now := d.now()
	k := d.newClocks(d.r, Day(now))
	rule, row, err := d.Clocks(ctx, branch, Day(now))
	if err != nil {
		return nil, row, err
	}
	clock, err := k.of(ctx, branch)
	if err != nil {
		return nil, row, err
	}
	at := rule.Pick(f)
	if at < 0 {
		return nil, row, nil
	}
	var out []CaseClock
	for _, which := range sla.Which {
		r := sla.Running{Opened: now.UnixMilli(), Limit: rule.Rows[at].Runs(clock, which, now.UnixMilli())}
		if x := r.Stand(clock, rule.Soon, r.Opened); x.Due != 0 {
			out = append(out, CaseClock{Which: which, Standing: x, Limit: r.Limit, Row: rule.Rows[at], At: at})
		}
	}
	return out, row, nil
}
