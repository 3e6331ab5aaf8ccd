package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/sla"
	"yike/policy/worktime"
	"yike/views"
	"yike/views/lang"
)

// hoursShown is how many days the page of opening hours shows ahead.
const hoursShown = 14

// hoursSaid says hours in one line; "" is the default.
func hoursSaid(ctx context.Context, value string) (string, error) {
	h, err := sla.ParseHours(value)
	if err != nil {
		return "", err
	}
	var out []string
	for at := 1; at <= 7; {
		spans := sla.SpansText(h.Week[at%7])
		end := at
		for end < 7 && sla.SpansText(h.Week[(end+1)%7]) == spans {
			end++
		}
		days := views.WeekdayWord(ctx, time.Weekday(at%7))
		if end > at {
			days = lang.T(ctx, "%s到%s", days, views.WeekdayWord(ctx, time.Weekday(end%7)))
		}
		out = append(out, days+" "+views.OpenWord(ctx, h.Week[at%7]))
		at = end + 1
	}
	if n := len(h.Days); n > 0 {
		out = append(out, lang.T(ctx, "自己的日子 %d 天", n))
	}
	return strings.Join(out, lang.T(ctx, "，")), nil
}

// hoursForm shows when a branch works.
func (h *Handlers) hoursForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CaseRead, query(r, "branch"))
	if err != nil {
		return err
	}
	hours, row, err := h.db.OpeningHours(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.HoursForm{RuleFrame: h.newFrame(branch), MakeUp: sla.SpansText(hours.MakeUp), Holiday: sla.SpansText(hours.Holiday), Days: sla.DaysText(hours.Days)}
	f.Week = weekLines(r.Context(), func(at int) string { return sla.SpansText(hours.Week[at]) })
	return h.showHours(w, r, http.StatusOK, f, row, hours)
}

// weekLines are the days of the week from Monday on.
func weekLines(ctx context.Context, value func(weekday int) string) (out []views.HoursLine) {
	for i := range 7 {
		at := (i + 1) % 7
		out = append(out, views.HoursLine{Name: "week." + strconv.Itoa(at), Label: views.WeekdayWord(ctx, time.Weekday(at)), Value: value(at)})
	}
	return out
}

func (h *Handlers) showHours(w http.ResponseWriter, r *http.Request, status int, f views.HoursForm, row db.RuleRow, hours sla.Hours) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.HoursRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.CaseRead))
	if !f.CanEdit && f.Branch == "" && a.Branch != h.db.HeadOffice() && h.maySetRule(a, policy.HoursRule, a.Branch) {
		f.Own, f.OwnName = "/rules/hours?branch="+idText(a.Branch), h.db.BranchName(a.Branch)
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleHours, row, hoursSaid); err != nil {
		return err
	}
	cal, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return err
	}
	today := h.todayDay()
	f.NextYear = strconv.Itoa(today.Add(hoursShown).Year())
	f.Published = true
	for _, y := range []int{today.Year(), today.Add(60).Year()} {
		if !cal.Published(y) {
			f.Published, f.NextYear = false, strconv.Itoa(y)
		}
	}
	clock := sla.NewClock(cal, []sla.Since{{Hours: hours}}, today, today.Add(hoursShown))
	for i := range hoursShown {
		d := today.Add(i)
		line := views.HoursDay{Day: d.String(), Weekday: views.WeekdayWord(ctx, d.Weekday()), Open: views.OpenWord(ctx, clock.On(d))}
		if e, ok := cal.Entry(d); ok {
			line.What = e.Name
			if e.Kind == worktime.Work {
				line.What = lang.T(ctx, "%s调休上班", e.Name)
			}
		}
		for _, own := range hours.Days {
			if own.Day == d {
				line.What = own.Name
			}
		}
		f.Preview = append(f.Preview, line)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "上班时间"), body: views.Hours(f), active: "/rules/hours"})
}

// hoursSave sets a new version for the company or a branch, or shows the next
// days by it (preview).
func (h *Handlers) hoursSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CaseRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.HoursRule, branch) {
		return fmt.Errorf("hours of branch %d: %w", branch, db.ErrRefused)
	}
	was, row, err := h.db.OpeningHours(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.HoursForm{RuleFrame: readFrame(r, branch)}
	hours := readHours(r, &f)
	preview := field(r, "preview") != ""
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showHours(w, r, http.StatusUnprocessableEntity, f, row, was)
	}
	if preview {
		return h.showHours(w, r, http.StatusOK, f, row, hours)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.HoursRule, db.RuleHours, hours)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showHours(w, r, http.StatusUnprocessableEntity, f, row, was)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/hours")
}

// readHours reads the hours of a form, keeps what was typed and says what is
// wrong with them.
func readHours(r *http.Request, f *views.HoursForm) sla.Hours {
	ctx := r.Context()
	var hours sla.Hours
	read := func(name string) []sla.Span {
		spans, ok := sla.ReadSpans(field(r, name))
		if !ok {
			f.Errors.Add(name, lang.T(ctx, "写成 9:00-18:00 这样，几段之间空一格"))
		}
		return spans
	}
	f.Week = weekLines(ctx, func(at int) string { return field(r, "week."+strconv.Itoa(at)) })
	for at := range hours.Week {
		hours.Week[at] = read("week." + strconv.Itoa(at))
	}
	f.MakeUp, f.Holiday, f.Days = field(r, "make_up"), field(r, "holiday"), field(r, "days")
	hours.MakeUp, hours.Holiday = read("make_up"), read("holiday")
	var bad string
	if hours.Days, bad = sla.ReadDays(f.Days); bad != "" {
		f.Errors.Add("days", lang.T(ctx, "看不懂这一行：%s", bad))
	}
	for _, fault := range hours.Faults() {
		f.Errors.Add(fault.Field, views.HoursFaultWord(ctx, fault))
	}
	return hours
}
