package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
)

// RuleCadence names the visits a month per class among the rules; its value is
// a cadence.Rule as JSON.
const RuleCadence = "cadence"

// Cadence returns the visits a month that hold for a branch (0: the company)
// on a day, and the version that says so; the default rule and a version 0
// when nobody set one.
func (d *DB) Cadence(ctx context.Context, branch int64, on string) (cadence.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleCadence, branch, on)
	if err != nil {
		return cadence.Rule{}, row, err
	}
	rule, err := cadenceOf(row)
	return rule, row, err
}

func cadenceOf(row RuleRow) (cadence.Rule, error) {
	if row.Version == 0 {
		return cadence.Default(), nil
	}
	var rule cadence.Rule
	if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
		return rule, fmt.Errorf("cadence version %d: %w", row.Version, err)
	}
	return rule, nil
}

// DueFilter narrows the customers whose visits are asked for. The zero value
// narrows nothing.
type DueFilter struct {
	BranchID int64 // and those below it
	UserID   int64 // owner rep
	Class    string
	CityCode string
	// Rule, when set, is asked instead of the rule in force: what would be due.
	Rule *cadence.Rule
}

// DueRow is a customer with how its visits stand today. What DueNames fills in
// is empty until then.
type DueRow struct {
	ID, BranchID, OwnerID int64
	CityCode, LastVisitOn string
	Facts                 cadence.Facts // days before this month may be missing
	Standing              cadence.Standing

	// By DueNames.
	ClerkID                int64
	Code, Name, ShortName  string
	PlaceCode, NextVisitOn string
	Phone                  string // the number called first, canonical
}

// MaxDue is how many customers a due list looks at; beyond that it asks to be
// narrowed.
const MaxDue = 20_000

// DueList is who is to be visited this month, the most urgent first.
type DueList struct {
	Today   day.Day
	Rows    []DueRow // of whom a visit was asked this month; all states but none
	Assumed bool     // this year's holidays are not announced: plain weeks counted
	TooMany bool     // more than MaxDue customers: Rows is empty, narrow first
}

// Due says who of the customers that the scope sees is to be visited this
// month: their class's visits a month, by the rule of their branch, against
// those made (R113–R115). Archived and lost customers are left out. It holds
// all of them; a page takes DuePage.
func (d *DB) Due(ctx context.Context, scope policy.Scope, f DueFilter) (DueList, error) {
	list := DueList{Today: day.At(d.Now(), Zone)}
	r, err := d.eachDue(ctx, scope, f, list.Today, func(row *DueRow) {
		list.Rows = append(list.Rows, *row)
	})
	list.Assumed, list.TooMany = r.assumed, r.tooMany
	if err != nil || r.tooMany {
		list.Rows = nil
		return list, err
	}
	list.Rows = mostUrgentFirst(list.Rows)
	return list, nil
}

// mostUrgentFirst orders rows by their urgency, then by id. It sorts places and
// moves each row once: a row is some three hundred bytes.
func mostUrgentFirst(rows []DueRow) []DueRow {
	type key struct {
		urgency, id int64
		at          int
	}
	keys := make([]key, len(rows))
	for i := range rows {
		keys[i] = key{rows[i].Standing.Urgency, rows[i].ID, i}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(b.urgency, a.urgency), cmp.Compare(a.id, b.id))
	})
	out := make([]DueRow, len(rows))
	for i, k := range keys {
		out[i] = rows[k.at]
	}
	return out
}

// dueRules are the month's rules, made once per version.
type dueRules struct {
	rows   RulesInForce
	months map[int64]*cadence.Month // by id of the version
	none   bool                     // some rule asks visits of customers without a class
}

func (d *DB) dueRules(ctx context.Context, instead *cadence.Rule, today day.Day) (*dueRules, error) {
	r := &dueRules{rows: RulesInForce{}, months: map[int64]*cadence.Month{}}
	work, err := d.WorkCalendar(ctx, today.String())
	if err != nil {
		return nil, err
	}
	if instead != nil {
		r.months[0], r.none = cadence.On(*instead, work, today), instead.PerMonth.None > 0
		return r, nil
	}
	if r.rows, err = d.RulesInForce(ctx, RuleCadence, today.String()); err != nil {
		return nil, err
	}
	for _, row := range append(slices.Collect(maps.Values(r.rows)), RuleRow{}) {
		rule, err := cadenceOf(row)
		if err != nil {
			return nil, err
		}
		r.months[row.ID] = cadence.On(rule, work, today)
		r.none = r.none || rule.PerMonth.None > 0
	}
	return r, nil
}

func (r *dueRules) of(chain []int64) *cadence.Month { return r.months[r.rows.For(chain).ID] }
