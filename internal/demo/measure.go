package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/measure"
)

// demoMeasure is a measure as branches set themselves, told in days before
// today.
type demoMeasure struct {
	said, goal        string
	figure            measure.Figure
	reach, value      string
	from, due, review int
	done, learned     string // "" = not yet
	byRep             bool
}

// demoMeasures are taken by one branch after the other.
var demoMeasures = []demoMeasure{
	{"A 类客户每周五打一个电话，问下周的货量和有没有急件", "件量比以前多一成", measure.Pieces, measure.ClassOf, "A", 72, 50, 20, "每周五都打了，有三家改成固定时间上门取件。", "接着做，把 B 类里件量大的也加进来。", true},
	{"易碎的件一律加气泡袋，装车前再看一遍", "破损投诉少一半", measure.Rate, measure.WholeBranch, "", 45, 30, 3, "气泡袋备足了，装车前由早班组长检查。", "", false},
	{"三个月没发件的 C 类客户，逐个打电话问原因", "", measure.Active, measure.ClassOf, "C", 24, 6, -20, "", "", true},
	{"晨会上讲一件上周的投诉，说清楚下次怎么办", "人人知道怎么接投诉电话", "", measure.WholeBranch, "", 10, -7, -21, "", "", false},
}

// measures gives the first branches measures of their own: done and looked at,
// done and to be looked at, late, and under way.
func (w *world) measures(ctx context.Context, d *db.DB, system policy.Actor) error {
	if w.cfg.Cases == 0 {
		return nil
	}
	b := &casebook{world: w, d: d, system: system, actors: map[int64]policy.Actor{}, now: d.Now().UnixMilli()}
	var made, looked []db.PastAct
	for i, o := range w.offices[:min(len(w.offices), 8)] {
		if o.head == 0 || len(o.reps) == 0 {
			continue
		}
		for j, m := range []demoMeasure{demoMeasures[i%len(demoMeasures)], demoMeasures[(i+1)%len(demoMeasures)]} {
			a, z := b.measure(o, m, 9*60+17*i+5*j)
			made, looked = append(made, a...), append(looked, z...)
		}
	}
	reviews, err := b.reviewed(ctx)
	if err != nil {
		return err
	}
	made = append(made, reviews...)
	for _, acts := range [][]db.PastAct{made, looked} {
		slices.SortStableFunc(acts, func(x, y db.PastAct) int { return cmp.Compare(x.At, y.At) })
		if _, err := d.Relive(ctx, system, slices.Values(acts)); err != nil {
			return fmt.Errorf("measures: %w", err)
		}
	}
	return nil
}

// mostLate is for how many days a measure stays undone here.
const mostLate = 14

// reviewed does what reviews of cases asked for, where it has been due for long.
func (b *casebook) reviewed(ctx context.Context) (acts []db.PastAct, err error) {
	f := db.MeasureFilter{Source: measure.Review, Late: b.cfg.Today.Add(-mostLate).String(), Limit: 500}
	for more := true; more; {
		var list []db.MeasureRow
		if list, more, err = b.d.Measures(ctx, b.system, f); err != nil {
			return nil, fmt.Errorf("measures of reviews: %w", err)
		}
		for i, m := range list {
			f.At = db.MeasureKey{Due: m.Due, ID: m.ID}
			if m.UserID == 0 {
				continue
			}
			acts = append(acts, db.PastAct{At: b.instantOf(day.MustParse(m.Due), 16*60+i%50), Do: func(ctx context.Context) error {
				by, err := b.actor(ctx, m.UserID)
				if err != nil {
					return nil // they have left
				}
				return b.d.MoveMeasure(ctx, by, db.TodoRef{ID: m.ID, Version: m.Version}, measure.Finish, "照做了，两周内没有再犯。")
			}})
		}
	}
	return acts, nil
}

// measure is what a branch did about one measure: writing it down and doing it,
// and afterwards looking at it.
func (b *casebook) measure(o *office, m demoMeasure, minute int) (made, looked []db.PastAct) {
	on := func(before int) day.Day { return b.cfg.Today.Add(-before) }
	in := db.Measure{BranchID: o.id, UserID: o.head, Source: measure.Own, Said: m.said, Goal: m.goal, From: on(m.from).String(), Due: on(m.due).String(), Review: on(m.review).String(),
		Figure: string(m.figure), Reach: m.reach, ReachValue: m.value}
	if m.byRep {
		in.UserID = o.reps[0].id
	}
	var id int64
	act := func(before int, user int64, do func(context.Context, policy.Actor) error) db.PastAct {
		return db.PastAct{At: b.instantOf(on(before), minute), Do: func(ctx context.Context) error {
			by, err := b.actor(ctx, user)
			if err == nil {
				err = do(ctx, by)
			}
			return err
		}}
	}
	later := func(before int, user int64, do func(context.Context, policy.Actor) error) db.PastAct {
		return act(before, user, func(ctx context.Context, by policy.Actor) error {
			if id == 0 {
				return nil
			}
			return do(ctx, by)
		})
	}
	made = append(made, act(m.from, o.head, func(ctx context.Context, by policy.Actor) (err error) {
		id, err = b.d.NewMeasure(ctx, by, db.Submission{}, in)
		if errors.Is(err, db.ErrNobodyReached) { // the branch has no such client
			err = nil
		}
		return err
	}))
	version := int64(1)
	if m.byRep || m.done != "" {
		made = append(made, later(m.from-1, in.UserID, func(ctx context.Context, by policy.Actor) error {
			version++
			return b.d.MoveMeasure(ctx, by, db.TodoRef{ID: id, Version: version - 1}, measure.Begin, "")
		}))
	}
	if m.done != "" {
		made = append(made, later(m.due, in.UserID, func(ctx context.Context, by policy.Actor) error {
			version++
			return b.d.MoveMeasure(ctx, by, db.TodoRef{ID: id, Version: version - 1}, measure.Finish, m.done)
		}))
	}
	if m.learned != "" {
		looked = append(looked, later(m.review-1, cmp.Or(b.chief, o.head), // who sees the other branches, too
			func(ctx context.Context, by policy.Actor) error {
				return b.d.ReviewMeasure(ctx, by, db.TodoRef{ID: id, Version: version}, m.learned)
			}))
	}
	return made, looked
}
