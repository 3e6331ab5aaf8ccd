package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/casework"
)

// CaseColumn is one step of the board: how many open cases stand at it, counted
// no further than BoardMost and one, and the first of them, the soonest due
// first.
type CaseColumn struct {
	Step  string
	Count int64
	Rows  []CaseRow
}

// BoardMost is how far a column of the board is counted.
const BoardMost = 1000

// CaseBoard returns the open cases that the actor sees by the step at which they
// stand, each step in the order of casework with no more than limit cases. What
// the filter says of steps and order is not asked.
func (d *DB) CaseBoard(ctx context.Context, by policy.Actor, f CaseFilter, limit int) ([]CaseColumn, error) {
	f.Show, f.Step, f.Newest, f.At, f.Back, f.Limit, f.Brief = CasesOpen, "", false, CaseKey{}, false, limit, false
	steps := slices.DeleteFunc(slices.Clone(casework.Steps), func(s string) bool { return s == casework.Closed })
	counts, err := d.countSteps(ctx, by, f, steps)
	if err != nil {
		return nil, fmt.Errorf("board of cases: %w", err)
	}
	var out []CaseColumn
	for i, step := range steps {
		column := CaseColumn{Step: step, Count: counts[i]}
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

// countSteps counts the open cases at each step. Where there are more than
// BoardMost of them that is remembered for a moment, as of a list (counts).
func (d *DB) countSteps(ctx context.Context, by policy.Actor, f CaseFilter, steps []string) ([]int64, error) {
	out := make([]int64, len(steps))
	keys := make([]string, len(steps))
	var ask []string
	var into []any
	for i, step := range steps {
		f.Step = step
		keys[i] = fmt.Sprintf("board %d %v %v", by.UserID, by.Scope(policy.CaseRead), f)
		if d.counts.more(keys[i], d.now()) {
			out[i] = BoardMost + 1
			continue
		}
		ask, into = append(ask, step), append(into, &out[i])
	}
	if len(ask) == 0 {
		return out, nil
	}
	f.Step = ""
	c := d.casesWhere(by, f)
	if f.ordered() {
		inOrder(&c)
	}
	if err := d.paged.QueryRowContext(ctx, caseStepsSQL(c, ask, f.countedAlong()), c.args...).Scan(into...); err != nil {
		return nil, err
	}
	for i, n := range out {
		if n > BoardMost {
			d.counts.keep(keys[i], d.now())
		}
	}
	return out, nil
}

// caseStepsSQL counts what stands at each of some steps, in one row. The steps
// are words of casework.
func caseStepsSQL(c conditions, steps []string, order string) string {
	var parts []string
	for _, step := range steps {
		at := conditions{text: append(slices.Clone(c.text), "e.step = '"+step+"'")}
		parts = append(parts, `(`+strings.Replace(countCasesSQL(at, BoardMost+1, order), "AS counted", "AS counted_"+strconv.Itoa(len(parts)), 1)+`)`)
	}
	return `SELECT ` + strings.Join(parts, ", ")
}
