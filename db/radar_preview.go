package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
)

// RadarPreview is what another rule of the radar would have raised over the
// past weeks, beside what the one in force raises.
type RadarPreview struct {
	Clients    int
	Was, Would int              // alerts by the rule in force, and by the other
	More, Less []RadarPreviewed // alerts of the one and not of the other, no more than PreviewRows
	MoreAll    int              // … how many in all
	LessAll    int
	TooMany    bool // more than previewMost clients: not worked out
}

// RadarPreviewed is an alert that one rule raises and the other does not.
type RadarPreviewed struct {
	CustomerID int64
	Code, Name string
	Alert      radar.Alert
}

// RadarPreviewWeeks is how many weeks a preview looks back on.
const RadarPreviewWeeks = 8

// PreviewRadar works out what a rule would have raised, if it held for the
// company (branch 0) or a branch: of the branches that would follow it and that
// the scope sees. Payments are left out for whom money does not see, ratings for
// whom answers does not.
func (d *DB) PreviewRadar(ctx context.Context, scope, money, answers policy.Scope, branch int64, today day.Day, rule radar.Rule) (RadarPreview, error) {
	var out RadarPreview
	s := radarSweep{d: d, today: today, since: today.MonthStart().AddMonths(1 - radarMonths), rules: map[int64]*branchRadar{}}
	var err error
	if s.inForce, err = d.RulesInForce(ctx, RuleRadar, today.String()); err != nil {
		return out, err
	}
	if s.through, err = d.lastSentDays(ctx, nil); err != nil {
		return out, err
	}
	if s.work, err = d.WorkCalendar(ctx, today.String()); err != nil {
		return out, err
	}
	cal := rule.Calendar(s.work).Between(s.since.AddMonths(-6), today.Add(7))
	place := branch
	if place == 0 {
		place = d.headOffice()
	}
	below := d.tree.Load().below[place]
	follows := map[int64]bool{}
	for _, id := range below {
		r, err := s.ruleFor(id)
		if err != nil {
			return out, err
		}
		if own := r.row.BranchID; scope.SeesBranch(d.Chain(id)) && (own == branch || own == 0 || !slices.Contains(below, own)) {
			follows[id] = true
		}
	}
	for _, id := range below {
		if !follows[id] {
			continue
		}
		r := s.rules[id]
		through := min(s.through[id], today.Add(-1))
		err := s.eachShipper(ctx, id, func(c RadarPreviewed, days radar.Days) bool {
			if out.Clients++; out.Clients > previewMost {
				return false
			}
			if through.Valid() {
				out.add(c, radar.Found(days, through, RadarPreviewWeeks, r.rule, r.cal), radar.Found(days, through, RadarPreviewWeeks, rule, cal))
			}
			return true
		})
		if err != nil {
			return out, err
		}
		if out.Clients > previewMost {
			return RadarPreview{Clients: out.Clients, TooMany: true}, nil
		}
	}
	trial := radarTrial{&s, rule, follows, &out}
	if err := trial.payments(ctx, money); err != nil {
		return out, err
	}
	return out, trial.ratings(ctx, answers)
}

// radarTrial holds what a rule would find of clients of some branches against
// what the one in force does.
type radarTrial struct {
	*radarSweep
	rule    radar.Rule
	follows map[int64]bool
	out     *RadarPreview
}

// tries says whether the clients of a branch are tried for who has a scope.
func (t *radarTrial) tries(branch int64, scope policy.Scope) bool {
	return t.follows[branch] && scope.SeesBranch(t.d.Chain(branch))
}

func (t *radarTrial) payments(ctx context.Context, scope policy.Scope) error {
	if scope.Empty() {
		return nil
	}
	for from := int64(0); ; {
		last, err := t.lastPayer(ctx, from)
		if err != nil || last == from {
			return err
		}
		list, err := t.payers(ctx, from, last)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.looked && t.tries(p.branch, scope) {
				was, would := radar.JudgePayments(p.bills, t.today, t.rules[p.branch].rule), radar.JudgePayments(p.bills, t.today, t.rule)
				t.out.add(RadarPreviewed{CustomerID: p.id, Code: p.code, Name: p.name}, alerts(was), alerts(would))
			}
		}
		from = last
	}
}

func (t *radarTrial) ratings(ctx context.Context, scope policy.Scope) error {
	if scope.Empty() {
		return nil
	}
	for from := int64(0); ; {
		last, err := t.lastRater(ctx, from)
		if err != nil || last == from {
			return err
		}
		list, err := t.raters(ctx, from, last)
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.looked && t.tries(c.branch, scope) {
				was, would := radar.JudgeRatings(c.answers, t.today, t.rules[c.branch].rule), radar.JudgeRatings(c.answers, t.today, t.rule)
				t.out.add(RadarPreviewed{CustomerID: c.id, Code: c.code, Name: c.name}, alerts(was), alerts(would))
			}
		}
		from = last
	}
}

func alerts(a *radar.Alert) []radar.Alert {
	if a == nil {
		return nil
	}
	return []radar.Alert{*a}
}

// add holds what one rule finds of a client against what the other does; of one
// kind they are the same fall, though one may see it a week earlier.
func (p *RadarPreview) add(c RadarPreviewed, was, would []radar.Alert) {
	p.Was += len(was)
	p.Would += len(would)
	for _, x := range []struct {
		these, those []radar.Alert
		list         *[]RadarPreviewed
		n            *int
	}{{would, was, &p.More, &p.MoreAll}, {was, would, &p.Less, &p.LessAll}} {
		for _, a := range x.these {
			if slices.ContainsFunc(x.those, func(b radar.Alert) bool { return a.Kind == b.Kind }) {
				continue
			}
			if *x.n++; len(*x.list) < PreviewRows {
				c.Alert = a
				*x.list = append(*x.list, c)
			}
		}
	}
}

// eachShipper hands over the clients of a branch with what they shipped by day,
// until it is told to stop.
func (s *radarSweep) eachShipper(ctx context.Context, branch int64, each func(RadarPreviewed, radar.Days) bool) error {
	rows, err := s.d.r.QueryContext(ctx, `SELECT m.customer_id, c.code, c.name, m.month, m.habits FROM customers c JOIN customer_months m ON m.customer_id = c.id
		WHERE c.branch_id = $1 AND c.deleted_at = 0 AND c.state <> 'archived' AND m.month >= $2 ORDER BY m.customer_id, m.month`, branch, s.since.String()[:7])
	if err != nil {
		return fmt.Errorf("radar: branch %d: %w", branch, err)
	}
	defer rows.Close()
	var one RadarPreviewed
	var days radar.Days
	for rows.Next() {
		var c RadarPreviewed
		var month, habits string
		if err := rows.Scan(&c.CustomerID, &c.Code, &c.Name, &month, &habits); err != nil {
			return fmt.Errorf("radar: branch %d: %w", branch, err)
		}
		if c.CustomerID != one.CustomerID {
			if one.CustomerID != 0 && !each(one, days) {
				return nil
			}
			one, days = c, radar.Days{}
		}
		if err := addDays(&days, month, habits); err != nil {
			return fmt.Errorf("radar: customer %d: %w", c.CustomerID, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("radar: branch %d: %w", branch, err)
	}
	if one.CustomerID != 0 {
		each(one, days)
	}
	return nil
}
