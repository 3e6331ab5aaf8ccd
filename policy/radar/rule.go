// Package radar says when a client ships less than its own habit: a week
// against the same weekdays of the weeks before, months that fall one after
// the other, and the countdown to silence. Statutory holidays and the sales
// peaks are taken out on both sides. It is handed pieces by day and knows no
// database and no clock (R52, R53, R64).
package radar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/worktime"
)

// Rule is what a company decides about the radar. It is stored as JSON.
type Rule struct {
	Weeks   int    `json:"weeks"`   // ordinary weeks that a week is held against
	Drop    int    `json:"drop"`    // percent less than expected that raise an alert
	Least   int    `json:"least"`   // pieces a week below which a client is too small to tell
	Express int    `json:"express"` // percent of express by which time matters to a client
	Peaks   []Peak `json:"peaks"`   // days of sales that are no habit
}

// Peak is a sale that comes every year: from a day to a day, both as MM-DD and
// in one year.
type Peak struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Default is the rule before anybody set one.
func Default() Rule {
	return Rule{Weeks: 8, Drop: 30, Least: 10, Express: 30, Peaks: []Peak{
		{"618", "06-01", "06-03"}, {"618", "06-15", "06-20"}, {"双11", "11-01", "11-03"}, {"双11", "11-10", "11-14"}, {"双12", "12-11", "12-14"},
	}}
}

// Bounds of a rule.
const (
	MinWeeks, MaxWeeks     = 4, 26
	MinPercent, MaxPercent = 5, 95
	MaxLeast               = 100_000
	MaxPeaks               = 20
)

// Fault is a part of a rule that is out of its bounds; for peaks Min and Max
// are 0.
type Fault struct {
	Field    string
	Min, Max int
}

// Faults says what is wrong with a rule.
func (r Rule) Faults() []Fault {
	var out []Fault
	for _, f := range []struct {
		name        string
		is, min, to int
	}{{"weeks", r.Weeks, MinWeeks, MaxWeeks}, {"drop", r.Drop, MinPercent, MaxPercent}, {"least", r.Least, 1, MaxLeast}, {"express", r.Express, MinPercent, MaxPercent}} {
		if f.is < f.min || f.is > f.to {
			out = append(out, Fault{f.name, f.min, f.to})
		}
	}
	if len(r.Peaks) > MaxPeaks || slices.ContainsFunc(r.Peaks, func(p Peak) bool { return !p.valid() }) {
		out = append(out, Fault{Field: "peaks"})
	}
	return out
}

func (p Peak) valid() bool {
	// 2024 has a 29 February.
	from, err1 := day.Parse("2024-" + p.From)
	to, err2 := day.Parse("2024-" + p.To)
	return p.Name != "" && len([]rune(p.Name)) <= 20 && !strings.ContainsAny(p.Name, "\r\n") && err1 == nil && err2 == nil && from.Valid() && to.Valid() && from <= to
}

// PeaksText writes peaks a line each, as ParsePeaks reads them.
func PeaksText(list []Peak) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%s %s %s\n", p.Name, p.From, p.To)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// ParsePeaks reads lines such as "双11 11-01 11-03"; 11-1 is 11-01. A line that
// is none becomes a peak without days, which Faults finds.
func ParsePeaks(text string) []Peak {
	var out []Peak
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case len(f) < 3:
			out = append(out, Peak{Name: strings.Join(f, " ")})
		default:
			out = append(out, Peak{strings.Join(f[:len(f)-2], " "), twoDigits(f[len(f)-2]), twoDigits(f[len(f)-1])})
		}
	}
	return out
}

func twoDigits(monthDay string) string {
	m, d, ok := strings.Cut(strings.ReplaceAll(monthDay, "/", "-"), "-")
	month, err1 := strconv.Atoi(m)
	dom, err2 := strconv.Atoi(d)
	if !ok || err1 != nil || err2 != nil || month < 0 || month > 99 || dom < 0 || dom > 99 {
		return monthDay
	}
	return fmt.Sprintf("%02d-%02d", month, dom)
}

// Days around the Spring Festival on which nobody ships as usual: factories
// close early and open late.
const (
	springBefore = 10 // before its eve
	springAfter  = 14 // after 初一: the Lantern Festival is the last
)

// SpringFestival names the days around the Spring Festival.
const SpringFestival = "春节"

// Calendar says which days are no ordinary ones.
type Calendar struct {
	peaks []Peak
	work  *worktime.Calendar
	from  day.Day
	known []string // of the days from from on; "" ordinary
}

// Calendar is that of a rule, on the statutory holidays.
func (r Rule) Calendar(work *worktime.Calendar) Calendar { return Calendar{peaks: r.Peaks, work: work} }

// Between is the same calendar with the days of a span worked out beforehand,
// for whoever judges many clients.
func (c Calendar) Between(from, to day.Day) Calendar {
	known := make([]string, 0, max(0, int(to-from)+1))
	for d := from; d <= to; d++ {
		name, _ := c.Special(d)
		known = append(known, name)
	}
	c.from, c.known = from, known
	return c
}

// Special says that a day is no ordinary one, and the name of why: a statutory
// holiday, a weekend day worked for one, a sale, the Spring Festival. Years
// whose holidays are not announced have the festivals' own days.
func (c Calendar) Special(d day.Day) (name string, special bool) {
	if i := int(d - c.from); i >= 0 && i < len(c.known) {
		return c.known[i], c.known[i] != ""
	}
	year, _, _ := d.Date()
	if spring, ok := festival.On(festival.Spring, year); ok && d >= spring-1-springBefore && d <= spring+springAfter {
		return SpringFestival, true
	}
	if e, ok := c.work.Entry(d); ok {
		if e.Name == "" {
			return "休", true
		}
		return e.Name, true
	}
	if !c.work.Published(year) {
		if name, ok := unannounced(d); ok {
			return name, true
		}
	}
	md := d.String()[len("2026-"):]
	for _, p := range c.peaks {
		if md >= p.From && md <= p.To {
			return p.Name, true
		}
	}
	return "", false
}

// unannounced are the holidays of a year that the State Council has not spoken
// of yet: the days of the law.
func unannounced(d day.Day) (string, bool) {
	year, month, dom := d.Date()
	switch {
	case month == time.January && dom == 1:
		return "元旦", true
	case month == time.May && dom <= 5:
		return "劳动节", true
	case month == time.October && dom <= 7:
		return "国庆节", true
	}
	for code, name := range map[festival.Code]string{festival.Qingming: "清明节", festival.DragonBoat: "端午节", festival.MidAutumn: "中秋节"} {
		if on, ok := festival.On(code, year); ok && d == on {
			return name, true
		}
	}
	return "", false
}
