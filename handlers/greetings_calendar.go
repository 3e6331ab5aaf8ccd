package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// greetingCalendar is a month or a year of occasions, with how far each is.
func (h *Handlers) greetingCalendar(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	from, err := day.Parse(query(r, "month") + "-01")
	whole := query(r, "view") == "year"
	if err != nil || !from.Valid() || from.Year() < festival.FirstYear || from.Year() > festival.LastYear {
		from = h.todayDay().MonthStart()
	}
	to, step := from.MonthEnd(), 1
	p := views.GreetingYear{}
	year, month, _ := from.Date()
	p.Title = lang.T(ctx, "%s年%d月", strconv.Itoa(year), int(month))
	if whole {
		from = day.Of(year, 1, 1)
		to, step = day.Of(year, 12, 31), 12
		p.Title = lang.T(ctx, "%s年", strconv.Itoa(year))
	}
	href := func(view string, first day.Day) string {
		v := url.Values{"month": {first.String()[:7]}}
		if view != "" {
			v.Set("view", view)
		}
		return "/greetings/calendar?" + v.Encode()
	}
	view := ""
	if whole {
		view = "year"
	}
	p.Prev, p.Next = href(view, from.AddMonths(-step)), href(view, from.AddMonths(step))
	p.Views = []views.TodoTab{{Label: lang.T(ctx, "一个月"), Href: href("", from), Active: !whole}, {Label: lang.T(ctx, "一年"), Href: href("year", from), Active: whole}}
	p.Gifts = "/greetings/gifts?" + url.Values{"from": {from.String()}, "to": {to.String()}}.Encode()
	rule, _, err := h.db.GreetingRule(ctx, a.Branch, h.today())
	if err != nil {
		return err
	}
	figures, err := h.db.GreetingDays(ctx, a.Scope(policy.GreetingRead), from.String(), to.String())
	if err != nil {
		return err
	}
	if whole {
		figures = personalByMonth(figures)
	}
	type key struct{ day, occasion string }
	of := map[key]db.GreetingDay{}
	for _, f := range figures {
		of[key{f.Day, f.Occasion}] = f
	}
	add := func(on day.Day, code festival.Code, mood festival.Mood, plan greeting.Plan) {
		f := of[key{on.String(), string(code)}]
		delete(of, key{on.String(), string(code)})
		d := views.GreetingDay{Date: on.String() + " " + views.WeekdayWord(ctx, on.Weekday()), Occasion: views.OccasionWord(ctx, string(code), names), All: f.All, Done: f.Done, Open: f.Open()}
		if l, ok := festival.FromSolar(on); ok {
			d.Lunar = l.Words()
		}
		switch {
		case mood == festival.Silent:
			d.Note = lang.T(ctx, "不问候")
		case plan.On && plan.Ahead == 0:
			d.Note = lang.T(ctx, "当天列出")
		case plan.On:
			d.Note = lang.T(ctx, "提前 %d 天", plan.Ahead)
		default:
			d.Note = lang.T(ctx, "没有开")
		}
		span, month := "day", on.String()
		if whole && greeting.IsPersonal(code) {
			d.Date, d.Lunar = lang.T(ctx, "%d 月里", int(on.Time().Month())), ""
			span, month = "month", on.String()[:7]
		}
		list := func(state string) string {
			return "/greetings?" + url.Values{"view": {"all"}, "state": {state}, span: {month}, "occasion": {string(code)}}.Encode()
		}
		d.AllHref, d.DoneHref, d.OpenHref = list("all"), list(db.GreetingDone), list(db.GreetingOpen)
		p.Days = append(p.Days, d)
	}
	dates := festival.Dates(own, from, to)
	for _, f := range figures { // birthdays and the like, by the day
		if on, err := day.Parse(f.Day); err == nil && greeting.IsPersonal(festival.Code(f.Occasion)) {
			dates = append(dates, festival.Date{Code: festival.Code(f.Occasion), Day: on, Mood: festival.Joyful})
		}
	}
	slices.SortStableFunc(dates, func(x, y festival.Date) int { return int(x.Day - y.Day) })
	for _, x := range dates {
		add(x.Day, x.Code, x.Mood, rule.Plans[x.Code])
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "慰问日历"), body: views.GreetingCalendar(p), active: "/greetings"})
}

// personalByMonth puts the birthdays and the like of a month into one figure, on
// its last day: a year has too many days of them to be read.
func personalByMonth(figures []db.GreetingDay) []db.GreetingDay {
	var out []db.GreetingDay
	at := map[string]int{}
	for _, f := range figures {
		on, err := day.Parse(f.Day)
		if err != nil || !greeting.IsPersonal(festival.Code(f.Occasion)) {
			out = append(out, f)
			continue
		}
		f.Day = on.MonthEnd().String()
		i, ok := at[f.Day+f.Occasion]
		if !ok {
			at[f.Day+f.Occasion] = len(out)
			out = append(out, f)
			continue
		}
		out[i].All, out[i].Done, out[i].Skipped = out[i].All+f.All, out[i].Done+f.Done, out[i].Skipped+f.Skipped
	}
	return out
}

// giftList is the printable list of the gifts to deliver between two days.
func (h *Handlers) giftList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	from, to := query(r, "from"), query(r, "to")
	if d, err := day.Parse(from); err != nil || !d.Valid() {
		from = h.today()
	}
	if d, err := day.Parse(to); err != nil || !d.Valid() || to < from {
		d, _ := day.Parse(from)
		to = d.Add(greeting.MaxAhead).String()
	}
	branch := db.ParseID(query(r, "branch"))
	list, more, err := h.db.Greetings(ctx, a, db.GreetingFilter{From: from, To: to, Gifts: true, BranchID: branch, Limit: giftsListed})
	if err != nil {
		return err
	}
	p := views.GiftList{From: from, To: to, Branch: idText(branch), Branches: h.branchOptions(ctx, a.Scope(policy.GreetingRead)), More: more}
	p.Printed = lang.T(ctx, "%s，%s 打印于 %s", h.printedAt(cmpBranch(branch, a.Branch)), a.Name, h.today())
	reach, err := h.db.GiftReach(ctx, list)
	if err != nil {
		return err
	}
	var sum int64
	for _, x := range list {
		level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
		line := h.greetingLine(ctx, a, x, names)
		g := views.GiftLine{Day: x.Day, Occasion: line.Occasion, Gift: x.Gift, Budget: yuanColumn(x.Budget), Customer: x.Customer, Class: x.Class, Contact: x.Contact, Who: line.Who,
			Address: mask.AddressLine(reach[x.ID].Address, level)}
		if n := reach[x.ID].Phone; n != "" {
			g.Phone = shownPhone(n, level)
		}
		sum += x.Budget
		p.Rows = append(p.Rows, g)
	}
	p.Total = lang.T(ctx, "共 %d 份，预算 %s 元", len(list), yuanColumn(sum))
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "礼品清单"), body: views.Gifts(p), active: "/greetings"})
}

func cmpBranch(branch, home int64) int64 {
	if branch != 0 {
		return branch
	}
	return home
}
