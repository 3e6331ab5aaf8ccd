package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/people"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// offerPlaces offers an order by a measure, where the branch that is looked at
// has not switched it off, and the page of targets to who sets them.
func (h *Handlers) offerPlaces(ctx context.Context, a policy.Actor, q reportQuery, p *views.Report) error {
	if a.Can(policy.PeopleRule) {
		p.Targets = targetsPath
	}
	if !a.Scope(policy.PeopleRead).Wide() {
		return nil
	}
	on, _, err := h.db.Ranked(ctx, cmp.Or(q.branch, a.Branch), h.today())
	if err != nil || !on {
		return err
	}
	p.Rank = q.rank
	for _, code := range people.Ranked() {
		p.Ranks = append(p.Ranks, ui.Option{Value: code, Label: views.PeopleWord(ctx, code)})
	}
	return nil
}

// placedRow is the row of a person who may have a place.
type placedRow struct {
	row    views.ReportRow
	who    db.Colleague
	of     people.Figures
	ranked bool
	value  int64 // the more, the better
}

// inPlaces puts rows in order by a measure ("": as they are), those with a place
// first; equal ones share it. without says that somebody has none: their branch
// has switched the order off, or there is no figure.
func (h *Handlers) inPlaces(ctx context.Context, code, group string, list []placedRow) (out []views.ReportRow, without bool, err error) {
	m, ok := people.ByCode(code)
	if ok && m.Of(group) {
		rules, err := h.db.RulesInForce(ctx, db.RuleRankings, h.today())
		if err != nil {
			return nil, false, err
		}
		for i, x := range list {
			on, err := db.ParseRankings(rules.For(h.db.Chain(x.who.BranchID)).Value)
			if err != nil {
				return nil, false, err
			}
			if value, _, _, known := x.of.Value(m.Code); on && known {
				list[i].ranked, list[i].value = true, value*int64(m.Good)
			} else {
				without = true
			}
		}
		slices.SortStableFunc(list, func(x, y placedRow) int {
			switch {
			case x.ranked != y.ranked && x.ranked:
				return -1
			case x.ranked != y.ranked:
				return 1
			}
			return cmp.Compare(y.value, x.value)
		})
	}
	place := 0
	for i, x := range list {
		if x.ranked {
			if i == 0 || x.value != list[i-1].value {
				place = i + 1
			}
			x.row.Place = strconv.Itoa(place)
		}
		out = append(out, x.row)
	}
	return out, without, nil
}

// aimed says beside a person's figure what was aimed at, and how far it is from
// that.
func aimed(ctx context.Context, cell *views.ReportCell, m people.Measure, c db.Colleague, f people.Figures, aims *db.MonthTargets) {
	if aims == nil || m.Good == 0 {
		return
	}
	target, ok := aims.Person(m, c.Group, c.ID, c.BranchID)
	if !ok {
		return
	}
	value, _, _, known := f.Value(m.Code)
	cell.Note = lang.T(ctx, "目标 %s", unitText(m, target))
	if known {
		far, short := farText(ctx, m, value, target)
		cell.Note, cell.Less = lang.T(ctx, "目标 %s，%s", unitText(m, target), far), short
	}
}

// farText says how far a figure is from its target; short when it is not met.
func farText(ctx context.Context, m people.Measure, value, target int64) (text string, short bool) {
	far := m.Distance(value, target)
	by := unitText(m, far)
	if m.Unit == people.Share { // between two shares lie points, not a share of either
		by = lang.T(ctx, "%s 个百分点", views.IndexText(far))
	}
	switch {
	case far > 0 && m.Good < 0:
		return lang.T(ctx, "多了 %s", by), true
	case far > 0:
		return lang.T(ctx, "还少 %s", by), true
	}
	return lang.T(ctx, "达到了"), false
}

// wholeSpan is the row of all months of a person together, with the sum (or the
// mean) of their targets; false for a single month.
func (h *Handlers) wholeSpan(ctx context.Context, a policy.Actor, q reportQuery, c db.Colleague) (views.ReportRow, bool, error) {
	if q.months() < 2 {
		return views.ReportRow{}, false, nil
	}
	aims, err := h.db.MonthTargets(ctx, q.first, q.last)
	if err == nil {
		err = aims.Follow(ctx, []db.Colleague{c})
	}
	if err != nil {
		return views.ReportRow{}, false, err
	}
	of, err := h.db.PeopleFigures(ctx, a, []db.Colleague{c}, q.first, q.last)
	if err != nil {
		return views.ReportRow{}, false, err
	}
	return views.ReportRow{Name: lang.T(ctx, "一共"), Sum: true, Cells: h.peopleCells(ctx, a, q, c, *of[c.ID], aims)}, true, nil
}
