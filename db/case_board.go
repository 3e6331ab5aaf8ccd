package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/casework"
)

// CaseColumn is one step of the board: how many open cases stand at it, and the
// first of them, the soonest due first.
type CaseColumn struct {
	Step  string
	Count int64
	Rows  []CaseRow
}

// CaseBoard returns the open cases that the actor sees by the step at which they
// stand, each step in the order of casework with no more than limit cases. What
// the filter says of steps and order is not asked.
func (d *DB) CaseBoard(ctx context.Context, by policy.Actor, f CaseFilter, limit int) ([]CaseColumn, error) {
	f.Show, f.Step, f.Newest, f.At, f.Back, f.Limit = CasesOpen, "", false, CaseKey{}, false, limit
	c := d.casesWhere(by, f)
	counts := map[string]int64{}
	err := eachOf(ctx, d.r, caseStepsSQL(c), c.args, func(scan func(...any) error) error {
		var step string
		var n int64
		err := scan(&step, &n)
		counts[step] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("board of cases: %w", err)
	}
	var out []CaseColumn
	for _, step := range casework.Steps {
		if step == casework.Closed {
			continue
		}
		column := CaseColumn{Step: step, Count: counts[step]}
		if column.Count > 0 {
			f.Step = step
			page, err := d.Cases(ctx, by, f)
			if err != nil {
				return nil, err
			}
			column.Rows = page.Rows
		}
		out = append(out, column)
	}
	return out, nil
}

func caseStepsSQL(c conditions) string {
	return `SELECT e.step, COUNT(*) FROM cases e LEFT JOIN customers c ON c.id = e.customer_id` + c.whereSQL() + ` GROUP BY e.step`
}
