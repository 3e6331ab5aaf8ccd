package db

import (
	"cmp"
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/day"
)

// CaseRoute is from which branch parcels were sent, and to which province
// (policy/place; "" = not known where).
type CaseRoute struct {
	BranchID int64
	Province string
}

// CaseRoutes counts the cases of a list by the routes of their parcels, from a
// branch and those below it (0: all). One whose parcels went several ways counts
// on each, on one way once. none is how many name no parcel that is known here.
// ErrTooMany when the list has more than MostFigured.
func (d *DB) CaseRoutes(ctx context.Context, by policy.Actor, from int64, f CaseFilter) (out map[CaseRoute]int64, none int64, err error) {
	f.Counted.On = true
	out = map[CaseRoute]int64{}
	if n, err := d.CountCases(ctx, by, f, MostFigured+1); err != nil || n > MostFigured {
		return nil, 0, cmp.Or(err, fmt.Errorf("routes of cases: %w", ErrTooMany))
	}
	c := d.casesWhere(by, f)
	if from != 0 {
		d.under(&c, "w", from)
	}
	err = eachOf(ctx, d.r, caseRoutesSQL(c), c.args, func(scan func(...any) error) error {
		var r CaseRoute
		var n int64
		err := scan(&r.BranchID, &r.Province, &n)
		out[r] = n
		return err
	})
	if err == nil {
		f.BranchID = from
		none, err = d.CasesWithoutParcel(ctx, by, f)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("routes of cases: %w", err)
	}
	return out, none, nil
}

func caseRoutesSQL(c conditions) string {
	return `SELECT w.branch_id, w.province, COUNT(DISTINCT e.id) FROM cases e LEFT JOIN customers c ON c.id = e.customer_id JOIN case_waybills x ON x.case_id = e.id JOIN waybills w ON w.number = x.number` +
		c.whereSQL() + ` GROUP BY w.branch_id, w.province`
}

// ShippedRoutes are how many parcels went each of these ways in whole months, of
// the branches whose cases and whose parcels the actor sees. Nothing for who
// sees single clients only.
func (d *DB) ShippedRoutes(ctx context.Context, by policy.Actor, from int64, first, last day.Day) (map[CaseRoute]int64, error) {
	out := map[CaseRoute]int64{}
	q, ok := d.shippedSQL(by, from, first, last, `s.branch_id, s.value`, `AND s.dim = ?`, "province")
	if !ok {
		return out, nil
	}
	err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
		var r CaseRoute
		var n int64
		err := scan(&r.BranchID, &r.Province, &n)
		out[r] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("parcels by route: %w", err)
	}
	return out, nil
}
