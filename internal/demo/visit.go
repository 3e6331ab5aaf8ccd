package demo

import (
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy/day"
)

// perMonth is how many visits a class gets from a diligent rep, and how well
// that is kept over a month.
var perMonth = map[string]struct {
	visits int
	kept   float64
}{"A": {4, 0.88}, "B": {2, 0.84}, "C": {1, 0.66}, "": {0, 0}}

// workedVisits makes the visits of two years as the cadence asks for them,
// more or less, and what is planned.
func (w *world) workedVisits(d dice, opened day.Day, item *db.LoadItem) {
	c := &item.Customer
	if c.OwnerID == 0 && d.chance(0.7) {
		return
	}
	zeal := w.zeal(c.OwnerID)
	today := w.cfg.Today
	// Some customers are well looked after this month, some forgotten.
	mood := []float64{0, 0.6, 1, 1.4}[d.weighted(11, 14, 50, 25)]
	var days []day.Day
	for month := opened.MonthStart(); month <= today; month = month.AddMonths(1) {
		from, to := max(month, opened), min(month.MonthEnd(), today.Add(-1))
		if from > to {
			continue
		}
		share := float64(to-from+1) / float64(month.MonthEnd()-month+1)
		rate := perMonth[c.Class]
		kept := rate.kept * zeal
		if month == today.MonthStart() {
			kept = mood
		}
		if c.Class == "" {
			rate.visits, kept = 1, 0.15
		}
		if c.Stage == "lost" && today-from < 120 {
			kept *= 0.4
		}
		for range rate.visits {
			if d.chance(min(1, share) * min(1, kept)) {
				days = append(days, w.days.workday(from.Add(d.IntN(int(to-from)+1))))
			}
		}
	}
	if c.OwnerID != 0 && d.chance(0.006) {
		days = append(days, today)
	}
	days = slices.DeleteFunc(days, func(x day.Day) bool { return x > today })
	slices.Sort(days)
	days = slices.Compact(days)
	if w.cfg.Latest > 0 {
		days = days[max(0, len(days)-w.cfg.Latest):]
	}
	w.made(d, days, item)
	w.planned(d, item, 0.05)
}

// countedVisits spreads n visits over the time since the file was opened.
func (w *world) countedVisits(d dice, opened day.Day, n int, item *db.LoadItem) {
	var days []day.Day
	for range n {
		days = append(days, opened.Add(d.IntN(int(w.cfg.Today-opened)+1)))
	}
	slices.Sort(days)
	w.made(d, days, item)
}

func (w *world) zeal(user int64) float64 {
	for _, o := range w.offices {
		for _, list := range [][]person{o.reps, o.key} {
			for _, p := range list {
				if p.id == user {
					return p.zeal
				}
			}
		}
	}
	return 0.8
}

func (w *world) made(d dice, days []day.Day, item *db.LoadItem) {
	c := &item.Customer
	weights := make([]int, len(occasions))
	for i, o := range occasions {
		weights[i] = o.weight
	}
	if c.Stage == "prospect" {
		weights[7] = 80
	}
	for _, on := range days {
		o := occasions[d.weighted(weights...)]
		v := db.Visit{UserID: c.OwnerID, State: db.VisitDone, Day: on.String(), Purpose: o.purpose,
			Mode: []string{"on_site", "phone", "wechat", "at_branch"}[d.weighted(52, 26, 17, 5)],
			Mood: []string{"good", "plain", "poor", ""}[d.weighted(38, 44, 10, 8)]}
		if c.Class == "C" && d.chance(0.4) {
			v.Mode = []string{"phone", "wechat"}[d.IntN(2)]
		}
		minute := d.between(9*60, 17*60+30)
		if d.chance(0.85) {
			v.Minute = int64(minute)
		}
		called := "对方"
		if n := len(item.Contacts); n > 0 && d.chance(0.9) {
			k := 0
			if d.chance(0.25) {
				k = d.IntN(n)
			}
			v.ContactID, called = int64(k+1), title(item.Contacts[k].Name, item.Contacts[k].Position)
		} else if c.Kind != "individual" && d.chance(0.5) {
			v.Met = pick(d, []string{"前台", "仓库师傅", "新来的发货员", "老板的侄子"})
		}
		v.Learned = w.note(d, pick(d, o.learned), called, on, c)
		if d.chance(0.35) {
			v.NextStep = w.note(d, pick(d, o.next), called, on, c)
			v.NextOn = w.days.workday(on.Add(d.between(3, 14))).String()
		}
		v.CreatedBy = v.UserID
		v.CreatedAt = w.instant(on, 0) + int64(minute-9*60+d.between(5, 90))*60_000
		item.Visits = append(item.Visits, v)
	}
}

// planned makes the visits of the coming weeks: what the last visit promised,
// and some others; a few were promised and not kept.
func (w *world) planned(d dice, item *db.LoadItem, share float64) {
	c := &item.Customer
	if c.OwnerID == 0 || c.Stage == "lost" {
		return
	}
	today := w.cfg.Today
	on, what := day.None, pick(d, plans)
	if n := len(item.Visits); n > 0 {
		last := &item.Visits[n-1]
		if next := day.MustParse(orToday(last.NextOn, today)); last.NextOn != "" && next >= today && d.chance(0.5) {
			on, what = next, last.NextStep
		}
	}
	if on == day.None && d.chance(share) {
		on = w.days.workday(today.Add(d.between(0, 20)))
		if d.chance(0.12) {
			on = today.Add(-d.between(1, 5))
		}
	}
	if on == day.None {
		return
	}
	v := db.Visit{UserID: c.OwnerID, CreatedBy: c.OwnerID, State: db.VisitPlanned, Day: on.String(), Purpose: what,
		Mode: []string{"on_site", "phone", "at_branch"}[d.weighted(75, 20, 5)], CreatedAt: w.instant(today.Add(-d.between(6, 9)), 0)}
	if d.chance(0.5) {
		v.Minute = int64(d.between(18, 34) * 30)
	}
	if d.chance(0.04) {
		v.State = db.VisitCancelled
	}
	item.Visits = append(item.Visits, v)
}

func orToday(s string, today day.Day) string {
	if s == "" {
		return today.String()
	}
	return s
}

// title is how a rep writes of a contact: 王经理, 李姐.
func title(name, position string) string {
	family := string([]rune(name)[:1])
	switch position {
	case "总经理", "负责人":
		return family + "总"
	case "店长", "老板娘":
		return family + "店长"
	case "财务":
		return family + "会计"
	case "仓库主管", "物流主管", "客服主管":
		return family + "主管"
	}
	return family + "经理"
}

func (w *world) note(d dice, text, called string, on day.Day, c *db.Customer) string {
	pieces := max(1, int(c.MonthlyPieces)/26)
	pieces += d.IntN(pieces/4 + 2)
	percent := d.between(2, 6) * 5
	var b strings.Builder
	b.Grow(len(text) + 16)
	for {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at])
		switch text[at+1] {
		case 'c':
			b.WriteString(called)
		case 'n':
			b.WriteString(strconv.Itoa(pieces))
		case 'p':
			b.WriteString(strconv.Itoa(percent))
		case 'm':
			_, month, _ := on.MonthStart().Add(-1).Date()
			b.WriteString(strconv.Itoa(int(month)) + " 月")
		}
		text = text[at+3:]
	}
}
