package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
)

func (h *Handlers) visitTabs(ctx context.Context, q visitQuery) []views.NavItem {
	month, list := q, q
	month.view, month.From, month.To, month.State, month.Mood, month.Owner, month.Class, month.At = "", "", "", "", "", 0, "", db.VisitKey{}
	list.view, list.At = "list", db.VisitKey{}
	if q.view != "list" {
		list.From, list.To = monthEnds(q.month)
	} else if q.From != "" {
		month.month = q.From[:7]
	}
	return []views.NavItem{
		{Label: lang.T(ctx, "月历"), Href: month.href("/visits"), Icon: "calendar", Active: q.view != "list"},
		{Label: lang.T(ctx, "列表"), Href: list.href("/visits"), Icon: "list-check", Active: q.view == "list"},
	}
}

func monthEnds(month string) (from, to string) {
	d, _ := day.Parse(month + "-01") // checked by readVisitQuery
	return d.MonthStart().String(), d.MonthEnd().String()
}

// visitMonth is the calendar: per day and person what was made and planned.
func (h *Handlers) visitMonth(w http.ResponseWriter, r *http.Request, q visitQuery) error {
	ctx, a := r.Context(), actorOf(r)
	q.Owner, q.Class = 0, ""               // the list alone is narrowed by whose client it was
	first, _ := day.Parse(q.month + "-01") // checked by readVisitQuery
	start := first.Add(-(int(first.Weekday()) + 6) % 7)
	end := first.MonthEnd()
	end = end.Add((7 - int(end.Weekday())) % 7)
	f := q.VisitFilter
	f.From, f.To, f.State, f.Mood = start.String(), end.String(), "", ""
	counts, full, err := h.db.MonthVisits(ctx, a.Scope(policy.VisitRead), f)
	if err != nil {
		return err
	}
	p := views.VisitMonth{Tabs: h.visitTabs(ctx, q), Full: full, NewHref: newVisitHref(a)}
	if p.Filter, err = h.visitFilterForm(ctx, a, q); err != nil {
		return err
	}
	year, month, _ := first.Date()
	p.Title = lang.T(ctx, "%s年%d月", strconv.Itoa(year), int(month))
	turn := func(n int) string { q := q; q.month = first.AddMonths(n).String()[:7]; return q.href("/visits") }
	p.PrevHref, p.NextHref = turn(-1), turn(1)
	if q.month != h.today()[:7] {
		q := q
		q.month = h.today()[:7]
		p.TodayHref = q.href("/visits")
	}
	p.Weekdays = []string{lang.T(ctx, "周一"), lang.T(ctx, "周二"), lang.T(ctx, "周三"), lang.T(ctx, "周四"), lang.T(ctx, "周五"), lang.T(ctx, "周六"), lang.T(ctx, "周日")}
	byDay, ofMonth := map[string]*tally{}, newTally()
	for _, c := range counts {
		if byDay[c.Day] == nil {
			byDay[c.Day] = newTally()
		}
		byDay[c.Day].add(c)
		if c.Day >= first.String() && c.Day <= first.MonthEnd().String() {
			ofMonth.add(c)
		}
	}
	everybody := a.Scope(policy.VisitRead).Wide()
	for d := start; d <= end; {
		var week []views.CalendarDay
		for range 7 {
			week = append(week, calendarDay(ctx, q, d, first, h.today(), byDay[d.String()], everybody))
			d++
		}
		p.Weeks = append(p.Weeks, week)
	}
	from, to := monthEnds(q.month)
	p.Done, p.Planned = ofMonth.figure(q, from, to)
	if everybody {
		p.People = ofMonth.list(ctx, q, from, to, len(ofMonth.order))
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "拜访"), body: views.VisitCalendar(p), active: "/visits"})
}

// tally adds up the visits of a day or a month.
type tally struct {
	done, planned int
	people        map[int64]*[2]int
	names         map[int64]string
	order         []int64
}

func newTally() *tally { return &tally{people: map[int64]*[2]int{}, names: map[int64]string{}} }

func (t *tally) add(c db.VisitDay) {
	i := 0
	switch c.State {
	case db.VisitDone:
		t.done += c.Count
	case db.VisitPlanned:
		t.planned += c.Count
		i = 1
	default:
		return
	}
	if t.people[c.UserID] == nil {
		t.people[c.UserID] = &[2]int{}
		t.names[c.UserID] = c.User
		t.order = append(t.order, c.UserID)
	}
	t.people[c.UserID][i] += c.Count
}

func (t *tally) figure(q visitQuery, from, to string) (done, planned views.CalendarCount) {
	return views.CalendarCount{N: t.done, Href: q.list(from, to, db.VisitDone)},
		views.CalendarCount{N: t.planned, Href: q.list(from, to, db.VisitPlanned)}
}

// list names the people, the one with most visits first, no more than most.
func (t *tally) list(ctx context.Context, q visitQuery, from, to string, most int) []views.CalendarPerson {
	var out []views.CalendarPerson
	slices.SortStableFunc(t.order, func(x, y int64) int {
		return cmp.Compare(t.people[y][0]+t.people[y][1], t.people[x][0]+t.people[x][1])
	})
	for _, id := range t.order {
		if id == 0 {
			continue // who it was is not known: counted, but nobody's
		}
		if len(out) == most {
			break
		}
		q := q
		q.UserID = id
		out = append(out, views.CalendarPerson{Name: cmp.Or(t.names[id], lang.T(ctx, "不知道是谁")),
			Done:    views.CalendarCount{N: t.people[id][0], Href: q.list(from, to, db.VisitDone)},
			Planned: views.CalendarCount{N: t.people[id][1], Href: q.list(from, to, db.VisitPlanned)}})
	}
	return out
}

// known is how many people there are whose name is known.
func (t *tally) known() int {
	if t.people[0] != nil {
		return len(t.order) - 1
	}
	return len(t.order)
}

// dayPeople is how many people a field of the calendar names.
const dayPeople = 3

func calendarDay(ctx context.Context, q visitQuery, d, first day.Day, today string, t *tally, everybody bool) views.CalendarDay {
	_, _, n := d.Date()
	text := d.String()
	c := views.CalendarDay{Number: strconv.Itoa(n), Label: views.DayWord(ctx, text, today).Full, Href: q.list(text, text, ""),
		Out: d < first || d > first.MonthEnd(), Today: text == today, Rest: d.Weekday() == time.Saturday || d.Weekday() == time.Sunday}
	if t == nil {
		return c
	}
	c.Done, c.Planned = t.figure(q, text, text)
	if everybody && q.UserID == 0 {
		c.People = t.list(ctx, q, text, text, dayPeople)
		c.More = t.known() - len(c.People)
	}
	return c
}
