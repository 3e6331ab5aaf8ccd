package db

import (
	"context"
	"fmt"
	"time"

	"yike/policy/dedupe"
)

// Visits are imported in parts like customers. A visit hangs on a file that
// everybody sees, so it is hidden by its own id, and so is the next one that
// it asks for; the days of visits that stand on the file are worked out when
// all are written, last.

// The ids of the rows that one row of visits may open, within its share of the
// import's block.
const (
	visitsOwn  = iota // the visit
	visitsNext        // the one that it asks for
	visitsFile        // the file of somebody who was on none
	visitIDs
)

// visitID is the id for what the row in hand opens. It is the same each time,
// however often the import is taken up again.
func (a *applier) visitID(what int64) int64 { return a.m.run.at(int64(a.at0)*visitIDs + what) }

// hiddenVisit writes a visit, and the one that it asks for, for nobody to see
// before the end.
func (a *applier) hiddenVisit(ctx context.Context, v *Visit) error {
	v.ID = a.visitID(visitsOwn)
	if err := insertVisit(ctx, a.Tx, v); err != nil {
		return err
	}
	if v.NextOn < a.today() || v.UserID == 0 {
		return nil
	}
	if id, err := plannedOn(ctx, a.Tx, *v, true); err != nil || id != 0 {
		return err
	}
	next := nextOf(*v)
	next.ID = a.visitID(visitsNext)
	return insertVisit(ctx, a.Tx, next)
}

// openedBefore reads which files earlier parts have opened.
func (a *applier) openedBefore(ctx context.Context) error {
	a.opened = map[string]int64{}
	// The writer's connection sees them.
	rows, err := a.db.w.QueryContext(ctx, `SELECT id, name FROM customers WHERE id BETWEEN $1 AND $2 AND import_id = $3`, a.m.run.From, a.m.run.To, a.m.ID)
	if err != nil {
		return fmt.Errorf("files of import %d: %w", a.m.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("files of import %d: %w", a.m.ID, err)
		}
		a.opened[dedupe.FoldName(name)] = id
	}
	return rows.Err()
}

// visitDays sets the days of visits of every file that has new ones, in parts,
// and ends the import.
func (a *applier) visitDays(ctx context.Context) error {
	list, err := a.visited(ctx)
	if err != nil {
		return err
	}
	n := len(a.plan.order)
	at := max(int(a.m.runDone)-n, 0)
	for to := at; at < len(list); at = to {
		err := a.db.act(ctx, a.by, "imports.part", func(tx *Tx) error {
			if err := a.begin(ctx, tx, n+at); err != nil {
				return err
			}
			to = at
			for began := time.Now(); to < len(list) && (to == at || time.Since(began) < partTime); to++ {
				if a.p.cancel.Load() {
					return ErrCancelled
				}
				if err := recountVisitDays(ctx, tx, list[to]); err != nil {
					return err
				}
			}
			return a.end(ctx, n+at, n+to, false)
		})
		if err != nil {
			return err
		}
		a.m.runDone = int64(n + to)
	}
	return a.db.act(ctx, a.by, "imports.apply", func(tx *Tx) error {
		if err := a.begin(ctx, tx, n+at); err != nil {
			return err
		}
		return a.end(ctx, n+at, n+at, true)
	})
}

// visited returns the files on which the import has written visits, in the
// order of their ids.
func (a *applier) visited(ctx context.Context) ([]int64, error) {
	rows, err := a.db.w.QueryContext(ctx, `SELECT DISTINCT customer_id FROM visits WHERE id BETWEEN $1 AND $2 ORDER BY customer_id`, a.m.run.From, a.m.run.To)
	if err != nil {
		return nil, fmt.Errorf("files visited by import %d: %w", a.m.ID, err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("files visited by import %d: %w", a.m.ID, err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
