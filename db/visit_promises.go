package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/day"
)

// Promise is what a client was promised at a visit, and on which day that was.
type Promise struct{ Day, Step string }

// Promised says which of some planned visits stand for what a client was
// promised at a visit before: those for which its next step was set.
func (d *DB) Promised(ctx context.Context, scope policy.Scope, planned []VisitRow) (map[int64]Promise, error) {
	out := map[int64]Promise{}
	if len(planned) == 0 || scope.Empty() {
		return out, nil
	}
	var ids []int64
	for _, v := range planned {
		ids = append(ids, v.ID)
	}
	rows, err := d.query(ctx, promisedSQL(manySQL("v.id", ids)))
	if err != nil {
		return nil, fmt.Errorf("promised visits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var p Promise
		if err := rows.Scan(&id, &p.Day, &p.Step); err != nil {
			return nil, fmt.Errorf("promised visits: %w", err)
		}
		out[id] = p // the latest stays
	}
	return out, rows.Err()
}

func promisedSQL(which cond) cond {
	return cond{`SELECT v.id, p.day, p.next_step FROM visits v JOIN visits p ON p.customer_id = v.customer_id AND p.deleted_at = 0 AND p.state = 'done' AND p.next_on = v.day AND p.next_step <> '' AND +p.user_id = v.user_id
		WHERE ` + which.text + ` ORDER BY p.day, p.id`, which.args}
}

// KeepPromise notes that what a planned visit was for has been done today, with
// what came of it: the visit counts as made. Rights and repeats are those of
// LogVisit: a stale version, or one that is not planned, is ErrConflict.
func (d *DB) KeepPromise(ctx context.Context, by policy.Actor, id, version int64, result string) error {
	return d.act(ctx, by, "visits.log", func(tx *Tx) error {
		was, err := d.openVisit(ctx, tx, id, version, false)
		if err != nil {
			return err
		}
		if was.State != VisitPlanned {
			return fmt.Errorf("visit %d is %s: %w", id, was.State, ErrConflict)
		}
		now := was.Visit
		now.State, now.Day, now.Minute, now.Learned = VisitDone, Day(tx.at), -1, result
		return rewriteVisit(ctx, tx, was.Visit, now)
	})
}

// PromiseAgain takes KeepPromise back: the visit is planned for its day and minute
// (-1: none) again. version is that which KeepPromise left: what was written since
// is ErrConflict and stays.
func (d *DB) PromiseAgain(ctx context.Context, by policy.Actor, id, version int64, on day.Day, minute int64) error {
	return d.act(ctx, by, "visits.reopen", func(tx *Tx) error {
		was, err := d.openVisit(ctx, tx, id, version, false)
		if err != nil {
			return err
		}
		if was.State != VisitDone || was.NextOn != "" || was.Day != tx.today() {
			return fmt.Errorf("visit %d is %s: %w", id, was.State, ErrConflict)
		}
		now := was.Visit
		now.State, now.Day, now.Minute, now.Learned = VisitPlanned, on.String(), minute, ""
		return rewriteVisit(ctx, tx, was.Visit, now)
	})
}
