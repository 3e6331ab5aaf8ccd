// Package sla owns the clocks of cases: how long the first answer and the
// solution may take, in working or in wall time, when that time is over, how
// much of it is left, and who is told on the way (R146, R155, R157, R158).
//
// It knows no present, no cases and no people: the caller brings the hours at
// which a branch works, the calendar, the rule, the pauses and the instant.
// Instants are unix milliseconds.
package sla

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy/day"
)

// Span is a stretch of a day in minutes since midnight, [From, To).
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// OwnDay is a day on which a branch works otherwise than its week says; with no
// span it is closed.
type OwnDay struct {
	Day   day.Day `json:"day"`
	Name  string  `json:"name"`
	Spans []Span  `json:"spans"`
}

// Hours are the hours at which a branch works. A statutory holiday goes by
// Holiday and a weekend day that makes up for one by MakeUp; the branch's own
// days go before both.
type Hours struct {
	Week    [7][]Span `json:"week"` // Sunday first, as in package time
	MakeUp  []Span    `json:"make_up"`
	Holiday []Span    `json:"holiday"`
	Days    []OwnDay  `json:"days"` // by day
}

// MostSpans is how many stretches a day has at most, MostOwnDays how many days
// of its own a branch.
const (
	MostSpans   = 4
	MostOwnDays = 200
)

// minutesADay are the minutes of a day; it ends at 24:00.
const minutesADay = 24 * 60

// DefaultHours are Monday to Friday from nine to six, made-up days as well and
// no holidays; the documents are silent.
func DefaultHours() Hours {
	work := []Span{{9 * 60, 18 * 60}}
	h := Hours{MakeUp: work}
	for w := time.Monday; w <= time.Friday; w++ {
		h.Week[w] = work
	}
	return h
}

// ParseHours reads the hours as they are stored; "" is the default.
func ParseHours(value string) (Hours, error) {
	if value == "" {
		return DefaultHours(), nil
	}
	var h Hours
	if err := json.Unmarshal([]byte(value), &h); err != nil {
		return Hours{}, fmt.Errorf("hours: %w", err)
	}
	return h, nil
}

// HoursFault is what is wrong with hours: Field is "week.1", "make_up",
// "holiday" or "days", Day the own day it is about.
type HoursFault struct {
	Field string
	Code  string
	Day   day.Day
}

// What can be wrong with hours.
const (
	FaultSpan   = "span"   // no stretch of a day, or over midnight
	FaultOrder  = "order"  // stretches that touch or do not follow each other
	FaultMany   = "many"   // too many
	FaultTwice  = "twice"  // a day, or a row, that stands there twice
	FaultNever  = "never"  // never open in a plain week: no deadline would ever come
	FaultNoDay  = "no_day" // no day
	FaultNoName = "no_name"
)

// Faults are all that is wrong with the hours.
func (h Hours) Faults() []HoursFault {
	var out []HoursFault
	open := 0
	for i, spans := range h.Week {
		if code := spansFault(spans); code != "" {
			out = append(out, HoursFault{Field: "week." + strconv.Itoa(i), Code: code})
		}
		open += length(spans)
	}
	if code := spansFault(h.MakeUp); code != "" {
		out = append(out, HoursFault{Field: "make_up", Code: code})
	}
	if code := spansFault(h.Holiday); code != "" {
		out = append(out, HoursFault{Field: "holiday", Code: code})
	}
	if open == 0 {
		out = append(out, HoursFault{Field: "week.1", Code: FaultNever})
	}
	if len(h.Days) > MostOwnDays {
		out = append(out, HoursFault{Field: "days", Code: FaultMany})
	}
	seen := map[day.Day]bool{}
	for _, d := range h.Days {
		code := spansFault(d.Spans)
		switch {
		case !d.Day.Valid():
			code = FaultNoDay
		case seen[d.Day]:
			code = FaultTwice
		case strings.TrimSpace(d.Name) == "":
			code = FaultNoName
		}
		if seen[d.Day] = true; code != "" {
			out = append(out, HoursFault{Field: "days", Code: code, Day: d.Day})
		}
	}
	return out
}

func spansFault(spans []Span) string {
	if len(spans) > MostSpans {
		return FaultMany
	}
	for i, s := range spans {
		if s.From < 0 || s.To > minutesADay || s.From >= s.To {
			return FaultSpan
		}
		if i > 0 && s.From <= spans[i-1].To {
			return FaultOrder
		}
	}
	return ""
}

// length is the minutes of the stretches together.
func length(spans []Span) (n int) {
	for _, s := range spans {
		n += s.To - s.From
	}
	return n
}

// plainMarks makes one mark of those that mean the same in hours as people
// write them.
var plainMarks = strings.NewReplacer("：", ":", "－", "-", "—", "-", "–", "-", "～", "-", "~", "-", "至", "-", "到", "-", "，", " ", ",", " ", "、", " ", "；", " ", ";", " ", "\u3000", " ")

// ReadSpans reads stretches as people write them, "9:00-12:00 13:30-18:00";
// nothing and 休 are closed. A stretch that is none makes ok false; what a
// stretch may not be is Faults' to say.
func ReadSpans(text string) (out []Span, ok bool) {
	text = strings.TrimSpace(plainMarks.Replace(text))
	if text == "" || text == "休" || text == "休息" || strings.EqualFold(text, "closed") {
		return nil, true
	}
	for _, part := range strings.Fields(text) {
		a, b, two := strings.Cut(part, "-")
		from, ok1 := readMinute(a)
		to, ok2 := readMinute(b)
		if !two || !ok1 || !ok2 {
			return nil, false
		}
		out = append(out, Span{from, to})
	}
	return out, true
}

func readMinute(text string) (int, bool) {
	h, m, two := strings.Cut(text, ":")
	if !two {
		m = "0"
	}
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	if err1 != nil || err2 != nil || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, false
	}
	return int(hour)*60 + int(minute), true
}

// SpansText writes stretches as ReadSpans reads them.
func SpansText(spans []Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60))
	}
	return strings.Join(out, " ")
}

// ReadDays reads own days, a line each: day, name, stretches (none: closed).
// bad is the first line that is none.
func ReadDays(text string) (out []OwnDay, bad string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		f := strings.Fields(strings.ReplaceAll(line, "\u3000", " "))
		d, err := day.Parse(f[0])
		if err != nil || !d.Valid() || len(f) < 2 {
			return nil, line
		}
		spans, ok := ReadSpans(strings.Join(f[2:], " "))
		if !ok {
			return nil, line
		}
		out = append(out, OwnDay{d, f[1], spans})
	}
	slices.SortStableFunc(out, func(a, b OwnDay) int { return int(a.Day - b.Day) })
	return out, ""
}

// DaysText writes own days as ReadDays reads them.
func DaysText(days []OwnDay) string {
	var out []string
	for _, d := range days {
		out = append(out, strings.TrimSpace(d.Day.String()+" "+d.Name+" "+SpansText(d.Spans)))
	}
	return strings.Join(out, "\n")
}
