package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/worktime"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// maxNotice is how many characters a pasted notice may have.
const maxNotice = 10_000

// holidaysSaid says a version of the entered years in one line.
func holidaysSaid(ctx context.Context, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	years, err := worktime.ParseYears(value)
	if err != nil {
		return "", err
	}
	var out []string
	for _, y := range years {
		rests, works := countDays(y.Entries)
		out = append(out, lang.T(ctx, "%s 年放假 %d 天、调休上班 %d 天", strconv.Itoa(y.Year), rests, works))
	}
	return strings.Join(out, lang.T(ctx, "；")), nil
}

func countDays(list []worktime.Entry) (rests, works int) {
	for _, e := range list {
		if e.Kind == worktime.Work {
			works++
		} else {
			rests++
		}
	}
	return rests, works
}

// holidayForm shows the holidays year by year, and the form of one.
func (h *Handlers) holidayForm(w http.ResponseWriter, r *http.Request) error {
	return h.showHolidays(w, r, http.StatusOK, views.HolidayPage{RuleFrame: h.newFrame(0), Year: query(r, "year")}, nil)
}

// showHolidays shows a year; read is what was typed for it and is not kept yet.
func (h *Handlers) showHolidays(w http.ResponseWriter, r *http.Request, status int, f views.HolidayPage, read *worktime.Year) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = h.maySetRule(a, policy.CadenceEdit, 0)
	years, row, err := h.db.HolidayYears(ctx, h.today())
	if err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleHolidays, row, holidaysSaid); err != nil {
		return err
	}
	cal, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return err
	}
	this := h.todayDay().Year()
	year, _ := strconv.Atoi(f.Year)
	if !slices.Contains(holidayYears(this), year) {
		if year = this; cal.Published(this) && !cal.Published(this+1) {
			year = this + 1 // the one that is waited for
		}
	}
	f.Year = strconv.Itoa(year)
	for _, y := range holidayYears(this) {
		line := views.HolidayYear{Year: strconv.Itoa(y), Href: "/rules/holidays?year=" + strconv.Itoa(y), Active: y == year, Said: lang.T(ctx, "未公布")}
		if cal.Published(y) {
			rests, works := countDays(cal.Entries(y))
			line.Said = lang.T(ctx, "放假 %d 天，调休上班 %d 天", rests, works)
			line.Published = true
		}
		line.Entered = slices.ContainsFunc(years, func(x worktime.Year) bool { return x.Year == y })
		f.Years = append(f.Years, line)
		f.Options = append(f.Options, ui.Option{Value: line.Year, Label: line.Year})
	}
	f.Published = cal.Published(year)
	f.Rows = holidayLines(ctx, cal.Entries(year))
	if read != nil {
		f.Preview = true
		f.Typed = holidayLines(ctx, read.Entries)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "放假安排"), body: views.Holidays(f), active: "/rules/holidays"})
}

// holidayYears are those that can be looked at, the latest first.
func holidayYears(this int) []int {
	var out []int
	for y := this + 1; y >= this-6; y-- {
		out = append(out, y)
	}
	return out
}

// holidayLines puts the days of a year into a line for each holiday.
func holidayLines(ctx context.Context, list []worktime.Entry) []views.HolidayLine {
	var out []views.HolidayLine
	type span struct{ from, to worktime.Entry }
	spans, works := map[string][]span{}, map[string][]string{}
	var names []string
	for _, e := range list {
		if !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
		s := spans[e.Name]
		switch n := len(s); {
		case e.Kind == worktime.Work:
			works[e.Name] = append(works[e.Name], e.Day.String()+" "+views.WeekdayWord(ctx, e.Day.Weekday()))
		case n > 0 && s[n-1].to.Day == e.Day-1:
			s[n-1].to = e
		default:
			spans[e.Name] = append(s, span{e, e})
		}
	}
	for _, name := range names {
		line := views.HolidayLine{Name: name, Work: strings.Join(works[name], lang.T(ctx, "、"))}
		var rests []string
		for _, s := range spans[name] {
			text := s.from.Day.String() + " " + views.WeekdayWord(ctx, s.from.Day.Weekday())
			if s.to.Day > s.from.Day {
				text = lang.T(ctx, "%s 到 %s", text, s.to.Day.String()+" "+views.WeekdayWord(ctx, s.to.Day.Weekday()))
			}
			rests = append(rests, text)
			line.Days += int(s.to.Day-s.from.Day) + 1
		}
		line.Rest = strings.Join(rests, lang.T(ctx, "、"))
		out = append(out, line)
	}
	return out
}

// holidaySave reads a year's notice, and shows what was understood or keeps it
// as a new version.
func (h *Handlers) holidaySave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	if !h.maySetRule(actorOf(r), policy.CadenceEdit, 0) {
		return fmt.Errorf("holidays: %w", db.ErrRefused)
	}
	f := views.HolidayPage{RuleFrame: readFrame(r, 0), Year: field(r, "year"), Text: field(r, "text")}
	f.ValidFrom = h.today()
	year, err := strconv.Atoi(f.Year)
	if err != nil || !slices.Contains(holidayYears(h.todayDay().Year()), year) {
		f.Errors.Add("year", lang.T(ctx, "请选一个"))
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, f, nil)
	}
	if checkText(ctx, f.Errors, "text", f.Text, maxNotice); f.Errors.Any() {
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, f, nil)
	}
	y, faults := worktime.ReadNotice(year, f.Text)
	for _, x := range faults {
		f.Faults = append(f.Faults, views.HolidayFault(ctx, x))
	}
	preview := field(r, "preview") != ""
	if len(faults) > 0 {
		f.Errors.Add("text", f.Faults[0])
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, f, &y)
	}
	if !preview {
		checkText(ctx, f.Errors, "reason", f.Reason, 200)
	}
	if f.Errors.Any() {
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, f, &y)
	}
	if preview {
		return h.showHolidays(w, r, http.StatusOK, f, &y)
	}
	years, _, err := h.db.HolidayYears(ctx, h.today())
	if err != nil {
		return err
	}
	years = append(slices.DeleteFunc(slices.Clone(years), func(x worktime.Year) bool { return x.Year == year }), y)
	slices.SortFunc(years, func(a, b worktime.Year) int { return a.Year - b.Year })
	version, err := h.setRule(r, &f.RuleFrame, policy.CadenceEdit, db.RuleHolidays, years)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showHolidays(w, r, http.StatusUnprocessableEntity, f, &y)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/holidays?year="+f.Year)
}
