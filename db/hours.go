package db

import (
	"context"
	"fmt"
	"maps"

	"yike/policy/day"
	"yike/policy/sla"
	"yike/policy/worktime"
)

// RuleHours names, among the rules, the hours at which a branch works; its
// value is sla.Hours as JSON.
const RuleHours = "hours"

// OpeningHours returns the hours at which a branch (0: the company) works on a
// day, and by which version. Opening hours are no secret.
func (d *DB) OpeningHours(ctx context.Context, branch int64, on string) (sla.Hours, RuleRow, error) {
	row, err := d.Rule(ctx, RuleHours, branch, on)
	if err != nil {
		return sla.Hours{}, row, err
	}
	h, err := hoursOf(row)
	return h, row, err
}

func hoursOf(row RuleRow) (sla.Hours, error) {
	if row.Version == 0 {
		return sla.DefaultHours(), nil
	}
	h, err := sla.ParseHours(row.Value)
	if err != nil {
		return h, fmt.Errorf("hours version %d of branch %d: %w", row.Version, row.BranchID, err)
	}
	return h, nil
}

// clocks are the clocks of branches as they are known now, each made when it is
// first asked for. For one act or one reading: what is set later is not seen.
type clocks struct {
	db    *DB
	q     querier
	today day.Day
	from  []string                // the days from which hours hold
	state map[string]RulesInForce // by day
	cal   *worktime.Calendar
	made  map[int64]*sla.Clock
	rules map[[2]int64]sla.Rule // by branch and version
}

func (d *DB) newClocks(q querier, today string) *clocks {
	on, _ := day.Parse(today)
	return &clocks{db: d, q: q, today: on, made: map[int64]*sla.Clock{}, rules: map[[2]int64]sla.Rule{}}
}

// Days around today that a clock counts in advance; cases older or due later
// are counted a little slower.
const clockBack, clockAhead = 400, 400

// of is the clock of a branch: on each day by the hours that hold on it.
func (c *clocks) of(ctx context.Context, branch int64) (*sla.Clock, error) {
	if k := c.made[branch]; k != nil {
		return k, nil
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	dated := []sla.Since{{Hours: sla.DefaultHours()}}
	chain := c.db.Chain(branch)
	var last int64
	for _, from := range c.from {
		row := c.state[from].For(chain)
		if row.ID == last {
			continue
		}
		last = row.ID
		h, err := hoursOf(row)
		if err != nil {
			return nil, err
		}
		on, err := day.Parse(from)
		if err != nil {
			return nil, fmt.Errorf("hours version %d: %w", row.Version, err)
		}
		dated = append(dated, sla.Since{From: on, Hours: h})
	}
	k := sla.NewClock(c.cal, dated, c.today.Add(-clockBack), c.today.Add(clockAhead))
	c.made[branch] = k
	return k, nil
}

// lastDay is behind every day from which something holds.
const lastDay = "9999-12-31"

// load reads what clocks are made of, once.
func (c *clocks) load(ctx context.Context) (err error) {
	if c.cal != nil {
		return nil
	}
	c.from, c.state = nil, map[string]RulesInForce{}
	s := SettingState{Overrides: RulesInForce{}}
	keep := func() {
		if n := len(c.from); n > 0 {
			as := s
			as.Overrides = maps.Clone(s.Overrides)
			c.state[c.from[n-1]] = as.inForce()
		}
	}
	if err := c.db.settingRows(ctx, c.q, RuleHours, lastDay, func(r RuleRow) {
		if n := len(c.from); n == 0 || c.from[n-1] != r.ValidFrom {
			keep()
			c.from = append(c.from, r.ValidFrom)
		}
		s.take(RuleHours, r)
	}); err != nil {
		return err
	}
	keep()
	c.cal, err = c.db.workCalendar(ctx, c.q, c.today.String())
	return err
}
