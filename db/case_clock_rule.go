package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/sla"
)

// RuleClocks names, among the rules, how long cases may take and who is told
// when their time runs out; its value is an sla.Rule as JSON.
const RuleClocks = "clocks"

// Clocks returns how long cases of a branch (0: the company) may take that are
// opened on a day, and by which version.
func (d *DB) Clocks(ctx context.Context, branch int64, on string) (sla.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleClocks, branch, on)
	if err != nil {
		return sla.Rule{}, row, err
	}
	rule, err := clockRuleOf(row)
	return rule, row, err
}

func clockRuleOf(row RuleRow) (sla.Rule, error) {
	if row.Version == 0 {
		return sla.Default(), nil
	}
	rule, err := sla.ParseRule(row.Value)
	if err != nil {
		return rule, fmt.Errorf("clocks version %d of branch %d: %w", row.Version, row.BranchID, err)
	}
	return rule, nil
}

// ClockPreviewMost is how many open cases a preview looks at.
const ClockPreviewMost = 20_000

// ClockPreview says how the open cases stand by the rule by which each is
// timed, and how they would by another.
type ClockPreview struct {
	Cases      int
	Was, Would map[sla.State]int
	TooMany    bool
}

// PreviewClocks works out how the open cases of a branch (0: the company) that
// the scope sees would stand by a rule; cases of branches with a rule of their
// own, which would keep it, are left out.
func (d *DB) PreviewClocks(ctx context.Context, scope policy.Scope, branch int64, rule sla.Rule) (ClockPreview, error) {
	out := ClockPreview{Was: map[sla.State]int{}, Would: map[sla.State]int{}}
	now := d.now()
	own, err := d.RulesInForce(ctx, RuleClocks, Day(now))
	if err != nil {
		return out, err
	}
	place := branch
	if place == 0 {
		place = d.headOffice()
	}
	var follows []int64
	for _, id := range d.tree.Load().below[place] {
		if at := own.For(d.Chain(id)).BranchID; scope.SeesBranch(d.Chain(id)) && (at == branch || at == 0 || !slices.Contains(d.tree.Load().below[place], at)) {
			follows = append(follows, id)
		}
	}
	k := d.newClocks(d.r, Day(now))
	list, err := d.promisedAt(ctx, follows)
	if err != nil {
		return out, fmt.Errorf("preview of clocks: %w", err)
	}
	if out.TooMany = len(list) > ClockPreviewMost; out.TooMany {
		return out, nil
	}
	pauses, err := d.openPauses(ctx)
	if err != nil {
		return out, err
	}
	for _, c := range list {
		clock, err := k.of(ctx, c.BranchID)
		if err != nil {
			return out, err
		}
		present, err := k.ruleBy(ctx, c.RuleBranch, c.RuleVersion)
		if err != nil {
			return out, err
		}
		out.Cases++
		out.Was[c.worst(clock, present, pauses[c.ID], now.UnixMilli())]++
		out.Would[c.worst(clock, rule, pauses[c.ID], now.UnixMilli())]++
	}
	return out, nil
}

// promisedAt are the open cases of branches of which something was promised, one
// more than ClockPreviewMost when there are more.
func (d *DB) promisedAt(ctx context.Context, branches []int64) (list []Case, err error) {
	if len(branches) == 0 {
		return nil, nil
	}
	in, args := marks(branches)
	rows, err := d.query(ctx, cond{`SELECT ` + caseColumns + ` FROM cases e WHERE e.step <> 'closed' AND e.deleted_at = 0 AND (e.answer_due <> 0 OR e.solve_due <> 0)
		AND e.branch_id IN (` + in + `) LIMIT ?`, append(args, ClockPreviewMost+1)})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Case
		if err := rows.Scan(pointers(c.all())...); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// openPauses are the pauses of all open cases.
func (d *DB) openPauses(ctx context.Context) (map[int64][]sla.Pause, error) {
	out := map[int64][]sla.Pause{}
	err := eachOf(ctx, d.r, `SELECT p.case_id, p.from_at, CASE WHEN p.to_at = 0 THEN p.until_at ELSE p.to_at END FROM case_pauses p JOIN cases e ON e.id = p.case_id WHERE e.step <> 'closed' AND e.deleted_at = 0 ORDER BY p.from_at, p.id`, nil, func(scan func(...any) error) error {
		var id int64
		var p sla.Pause
		err := scan(&id, &p.From, &p.To)
		out[id] = append(out[id], p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pauses: %w", err)
	}
	return out, nil
}

// worst is how the clock of a case stands that is worse.
func (c *Case) worst(clock *sla.Clock, rule sla.Rule, pauses []sla.Pause, now int64) sla.State {
	order := []sla.State{sla.Overdue, sla.Soon, sla.Paused, sla.OK}
	at := len(order)
	for _, which := range sla.Which {
		if i := slices.Index(order, c.running(clock, which, rule, pauses).Stand(clock, rule.Soon, now).State); i >= 0 {
			at = min(at, i)
		}
	}
	if at == len(order) {
		return sla.NoLimit
	}
	return order[at]
}
