// Package radar says when a client ships less than its own habit: a week
// against the same weekdays of the weeks before, months that fall one after
// the other, the countdown to silence, payments that come later or to less
// than usual, and answers that fall; and when such a client is back. Statutory holidays and the sales
// peaks are taken out on both sides. It is handed pieces by day and statements,
// and knows no database and no clock (R52, R53, R64, R105).
package radar

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy/day"
)

// Rule is what a company decides about the radar. It is stored as JSON.
type Rule struct {
	Weeks   int    `json:"weeks"`   // ordinary weeks that a week is held against
	Drop    int    `json:"drop"`    // percent less than expected that raise an alert
	Least   int    `json:"least"`   // pieces a week below which a client is too small to tell
	Back    int    `json:"back"`    // percent of the usual at which a client is back, and its alert ends
	Late    int    `json:"late"`    // days later than the client usually pays that raise an alert
	Billed  int    `json:"billed"`  // yuan below which a statement that is late or falls tells nothing
	Fall    int    `json:"fall"`    // points of the index of satisfaction, of 100, less than before that raise an alert
	Answers int    `json:"answers"` // answers on each side below which nothing is said
	Express int    `json:"express"` // percent of express by which time matters to a client
	Slow    int    `json:"slow"`    // complaints of lateness from which on time matters to a client
	Months  int    `json:"months"`  // … within so many months
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
	return Rule{Weeks: 8, Drop: 30, Least: 10, Back: 90, Late: 10, Billed: 500, Fall: 15, Answers: 5, Express: 30, Slow: 2, Months: 6, Peaks: []Peak{
		{"618", "06-01", "06-03"}, {"618", "06-15", "06-20"}, {"双11", "11-01", "11-03"}, {"双11", "11-10", "11-14"}, {"双12", "12-11", "12-14"},
	}}
}

// ParseRule reads a stored rule. What a version did not know yet is as by
// default.
func ParseRule(text string) (Rule, error) {
	usual := Default()
	rule := Rule{Back: usual.Back, Late: usual.Late, Billed: usual.Billed, Fall: usual.Fall, Answers: usual.Answers, Slow: usual.Slow, Months: usual.Months}
	err := json.Unmarshal([]byte(text), &rule)
	return rule, err
}

// Bounds of a rule.
const (
	MinWeeks, MaxWeeks     = 4, 26
	MinPercent, MaxPercent = 5, 95
	MinBack, MaxBack       = 50, 100
	MinLate, MaxLate       = 1, 180
	MaxLeast               = 100_000
	MaxPeaks               = 20
	MaxFall, MaxAnswers    = 100, 100
	MaxSlow, MaxMonths     = 100, 24
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
	}{{"weeks", r.Weeks, MinWeeks, MaxWeeks}, {"drop", r.Drop, MinPercent, MaxPercent}, {"least", r.Least, 1, MaxLeast}, {"back", r.Back, MinBack, MaxBack},
		{"late", r.Late, MinLate, MaxLate}, {"billed", r.Billed, 1, MaxLeast}, {"fall", r.Fall, 1, MaxFall}, {"answers", r.Answers, 1, MaxAnswers}, {"express", r.Express, MinPercent, MaxPercent},
		{"slow", r.Slow, 1, MaxSlow}, {"months", r.Months, 1, MaxMonths}} {
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
