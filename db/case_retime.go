package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/sla"
)

// retimePage is how many cases RetimeCases reads at a time.
const retimePage = 2000

// RetimeCases works out anew by when open cases are due whose branch keeps other
// hours now, or whose year was announced since, by the version of the rule by
// which each is timed; their history says so. What was done in time, or too
// late, is not judged by hours of later. It returns how many moved. What hinders
// one case hinders no other; the errors are joined.
func (d *DB) RetimeCases(ctx context.Context, by policy.Actor) (moved int64, err error) {
	pauses, err := d.openPauses(ctx)
	if err != nil {
		return 0, err
	}
	k := d.newClocks(d.r, Day(d.now()))
	var faults []error
	for last := int64(0); ; {
		list, err := d.promised(ctx, last, retimePage)
		if err != nil {
			return moved, fmt.Errorf("time cases anew: %w", err)
		}
		for _, c := range list {
			if ctx.Err() != nil {
				return moved, errors.Join(append(faults, ctx.Err())...)
			}
			n, err := d.retimeCase(ctx, by, k, c, pauses[c.ID])
			if err != nil {
				faults = append(faults, fmt.Errorf("time case %d anew: %w", c.ID, err))
			}
			moved += n
		}
		if len(list) < retimePage {
			return moved, errors.Join(faults...)
		}
		last = list[len(list)-1].ID
	}
}

// promised are open cases of which something was promised, after one by id.
func (d *DB) promised(ctx context.Context, after int64, most int) (list []Case, err error) {
	err = eachOf(ctx, d.r, `SELECT `+caseColumns+` FROM cases e WHERE e.id > $1 AND e.step <> 'closed' AND e.deleted_at = 0 AND (e.answer_due <> 0 OR e.solve_due <> 0) ORDER BY e.id LIMIT $2`,
		[]any{after, most}, func(scan func(...any) error) error {
			var c Case
			err := scan(pointers(c.all())...)
			list = append(list, c)
			return err
		})
	return list, err
}

// retimeCase is RetimeCases of one; 1 when it moved.
func (d *DB) retimeCase(ctx context.Context, by policy.Actor, k *clocks, c Case, pauses []sla.Pause) (int64, error) {
	clock, err := k.of(ctx, c.BranchID)
	if err != nil {
		return 0, err
	}
	rule, err := k.ruleBy(ctx, c.RuleBranch, c.RuleVersion)
	if err != nil {
		return 0, err
	}
	would := c
	if would.timed(&c, clock, rule, pauses, nil, d.now().UnixMilli()); !c.timedOtherwise(&would) {
		return 0, nil
	}
	err = d.act(ctx, by, "cases.retime", func(tx *Tx) error {
		tx.about(c.BranchID, c.ID)
		changed, err := tx.saveCase(ctx, c, c)
		if err != nil || !changed {
			return cmp.Or(err, errNothing)
		}
		return tx.caseEvent(ctx, CaseEvent{CaseID: c.ID, Kind: "timed", Step: c.Step, Args: map[string]string{"why": "hours", "answer": millisText(would.AnswerDue), "solve": millisText(would.SolveDue)}})
	})
	switch {
	case errors.Is(err, ErrConflict) || errors.Is(err, errNothing): // somebody works on it; the next hour sees it again
		return 0, nil
	case err != nil:
		return 0, err
	}
	return 1, nil
}

// timedOtherwise says whether a clock of the case that runs would be over at
// another time; one that stands still moves with the time that it waits.
func (c *Case) timedOtherwise(would *Case) bool {
	for _, which := range sla.Which {
		was, now := c.promise(which), would.promise(which)
		if c.done(which) == 0 && !c.waits(now) && was != now {
			return true
		}
	}
	return false
}
