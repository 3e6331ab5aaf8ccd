package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/today"
	"yike/views"
	"yike/views/lang"
)

// Bounds of what is said of yesterday.
const (
	todayWeeks    = 8 // same weekdays that tell what is usual
	todayOdds     = 8
	todayBranches = 10
)

// todayBefore is how yesterday went: all that one leads beside the same weekday
// a week before, and, of several branches, those that are out of line first.
func (h *Handlers) todayBefore(ctx context.Context, q todayAsk) (views.TodayBefore, error) {
	a, on := q.actor, h.todayDay().Add(-1)
	days := []day.Day{on}
	for i := range todayWeeks {
		days = append(days, on.Add(-7*(i+1)))
	}
	found, err := h.db.DayFigures(ctx, a, days)
	if err != nil {
		return views.TodayBefore{}, err
	}
	for _, of := range found {
		if of[on.String()][today.Parcels] != 0 {
			continue
		}
		for _, d := range days { // yesterday's file has not come: of parcels nothing is compared
			x := of[d.String()]
			x[today.Parcels], x[today.Freight] = 0, 0
			of[d.String()] = x
		}
	}
	var all, then today.Day
	var list []today.BranchDay
	for _, b := range h.db.Branches(ctx, a.Scope(policy.BranchRead)) {
		if b.Level == db.LevelBranch && found[b.ID] != nil {
			list = append(list, branchDay(b.ID, found[b.ID], days))
		}
	}
	for _, of := range found {
		for _, f := range today.Figures {
			all[f], then[f] = all[f]+of[on.String()][f], then[f]+of[days[1].String()][f]
		}
	}
	if len(found) == 0 {
		return views.TodayBefore{}, nil
	}
	out := views.TodayBefore{Title: lang.T(ctx, "昨天（%s）和上周%s", views.WeekdayWord(ctx, on.Weekday()), views.WeekdayWord(ctx, on.Weekday())), Rows: h.dayFigures(ctx, a, 0, on, all, then)}
	if len(list) < 2 {
		return out, nil
	}
	odd := today.Odds(list)
	out.Compared = len(list)
	for _, x := range odd[:min(len(odd), todayOdds)] {
		out.Odd = append(out.Odd, h.oddLine(ctx, on, x))
	}
	order := map[int64]int{}
	for i, x := range odd {
		if _, ok := order[x.ID]; !ok {
			order[x.ID] = len(odd) - i
		}
	}
	slices.SortStableFunc(list, func(x, y today.BranchDay) int {
		return cmp.Or(cmp.Compare(order[y.ID], order[x.ID]), cmp.Compare(y.Day[today.Parcels], x.Day[today.Parcels]), cmp.Compare(x.ID, y.ID))
	})
	for _, b := range list[:min(len(list), todayBranches)] {
		out.Branches = append(out.Branches, views.TodayBranch{Name: h.db.BranchName(b.ID), Figures: h.dayFigures(ctx, a, b.ID, on, b.Day, b.Before[0])})
	}
	return out, nil
}

func branchDay(id int64, found map[string]today.Day, days []day.Day) today.BranchDay {
	b := today.BranchDay{ID: id, Day: found[days[0].String()]}
	for _, on := range days[1:] {
		b.Before = append(b.Before, found[on.String()])
	}
	return b
}

// dayFigures are the figures of a day, of a branch or (0) of all that one leads,
// as far as one may read them.
func (h *Handlers) dayFigures(ctx context.Context, a policy.Actor, branch int64, on day.Day, now, then today.Day) (out []views.TodayFigure) {
	right := map[today.Figure]policy.Permission{today.Parcels: policy.WaybillRead, today.Freight: policy.WaybillRead, today.Cases: policy.CaseRead, today.Visits: policy.VisitRead}
	for _, f := range today.Figures {
		if !a.Can(right[f]) {
			continue
		}
		x := views.TodayFigure{Label: views.DayFigureWord(ctx, f), Value: dayFigure(f, now[f]), Then: dayFigure(f, then[f]), Href: dayHref(f, branch, on)}
		switch {
		case then[f] == 0 || now[f] == then[f]:
		case now[f] < then[f]:
			x.Change = lang.T(ctx, "少 %d%%", (then[f]-now[f])*100/then[f])
		default:
			x.Change = lang.T(ctx, "多 %d%%", (now[f]-then[f])*100/then[f])
		}
		out = append(out, x)
	}
	return out
}

func dayFigure(f today.Figure, n int64) string {
	if f == today.Freight {
		return views.Thousands((n + 50) / 100)
	}
	return views.Thousands(n)
}

// dayHref is the list that a figure of a day counts.
func dayHref(f today.Figure, branch int64, on day.Day) string {
	to := "from=" + on.String() + "&to=" + on.String()
	if branch != 0 {
		to += "&branch=" + idText(branch)
	}
	switch f {
	case today.Cases:
		return "/cases?show=" + db.CasesAll + "&" + to
	case today.Visits:
		return "/visits?view=list&state=" + db.VisitDone + "&" + to
	}
	return "/waybills?" + to
}

// oddLine says why a figure is out of line.
func (h *Handlers) oddLine(ctx context.Context, on day.Day, x today.Odd) views.TodayOdd {
	line := views.TodayOdd{Branch: h.db.BranchName(x.ID), Figure: views.DayFigureWord(ctx, x.Figure), Value: dayFigure(x.Figure, x.Now), Href: dayHref(x.Figure, x.ID, on), Kind: "line"}
	if x.Worse {
		line.Kind = "risk"
	}
	week := views.WeekdayWord(ctx, on.Weekday())
	line.Why = lang.T(ctx, "前 %d 个%s通常是 %s", x.Days, week, dayFigure(x.Figure, x.Usual))
	switch {
	case x.Usual == 0:
		line.Change = lang.T(ctx, "多了 %s", dayFigure(x.Figure, x.Now))
	case x.Change < 0:
		line.Change = lang.T(ctx, "少 %d%%", -x.Change)
	default:
		line.Change = lang.T(ctx, "多 %d%%", x.Change)
	}
	if x.Beside {
		others := lang.T(ctx, "同一天别的网点合计和平常一样")
		if x.Others < 0 {
			others = lang.T(ctx, "同一天别的网点合计少 %s", strconv.Itoa(-x.Others)+"%")
		} else if x.Others > 0 {
			others = lang.T(ctx, "同一天别的网点合计多 %s", strconv.Itoa(x.Others)+"%")
		}
		line.Why = lang.T(ctx, "%s；%s", line.Why, others)
	}
	return line
}
