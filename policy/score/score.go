// Package score owns how a month's work of a person becomes points (R238, R239):
// by which measures, with what weight, and how points fall below full marks. It
// is handed figures and knows no database, no words and no clock.
package score

import (
	"encoding/json"
	"slices"

	"yike/policy/day"
	"yike/policy/people"
)

// Whole is what the weights of a group add up to, and the most points there are.
const Whole = 100

// Line is a measure with its weight: full marks at Full, none at Zero, in between
// as far as the figure has come. Both are in the unit of the measure, of counts
// for a whole month.
type Line struct {
	Measure string `json:"measure"`
	Weight  int64  `json:"weight"`
	Full    int64  `json:"full"`
	Zero    int64  `json:"zero"`
}

// Rule is by what each group is scored.
type Rule struct {
	Scores map[string][]Line `json:"scores"`
}

// Default is what a rule begins with.
func Default() Rule {
	return Rule{map[string][]Line{
		people.Rep:     {{people.Signed, 20, 980, 900}, {people.Praise, 20, 950, 700}, {people.Complaints, 20, 0, 100}, {people.Visits, 20, 20, 0}, {people.Forms, 10, 2, 0}, {people.Days, 10, 20, 0}},
		people.Clerk:   {{people.Praise, 30, 950, 700}, {people.Answered, 25, 980, 800}, {people.Solved, 25, 980, 800}, {people.Days, 20, 20, 0}},
		people.Courier: {{people.Signed, 50, 985, 900}, {people.Praise, 25, 950, 700}, {people.Complaints, 25, 0, 100}},
	}}
}

// Parse reads a stored rule, "" is Default.
func Parse(text string) (r Rule, err error) {
	if text == "" {
		return Default(), nil
	}
	err = json.Unmarshal([]byte(text), &r)
	return r, err
}

// What may be wrong with a rule.
const (
	FaultSum = "sum" // the weights of a group are not Whole together
	FaultWay = "way" // full marks are not on the better side of none
)

// Fault is one thing that is wrong; Measure is "" of a whole group.
type Fault struct{ Group, Measure, Code string }

// Check is what is wrong with a rule. A group without any weight is not scored.
func (r Rule) Check() (out []Fault) {
	for _, group := range people.Groups {
		sum := int64(0)
		for _, l := range r.Scores[group] {
			m, ok := people.AimOf(group, l.Measure)
			if !ok || l.Weight <= 0 || (l.Full-l.Zero)*int64(m.Good) <= 0 {
				out = append(out, Fault{group, l.Measure, FaultWay})
			}
			sum += l.Weight
		}
		if sum != 0 && sum != Whole {
			out = append(out, Fault{group, "", FaultSum})
		}
	}
	return out
}

// Point is what one measure came to. One of which nothing is Known has no points,
// and the others count for it.
type Point struct {
	Line
	Value  int64 `json:"value"`
	N      int64 `json:"n"`
	Of     int64 `json:"of"`
	Known  bool  `json:"known"`
	Tenths int64 `json:"tenths"` // of a point
}

// Sheet is a month's score. Without Rated there is no total: the person left no
// trace, or there is nothing to count of.
type Sheet struct {
	Points []Point `json:"points"`
	Days   int     `json:"days"` // of the month on which they were here
	Month  int     `json:"month"`
	Rated  bool    `json:"rated"`
	Tenths int64   `json:"tenths"` // of a point, of Whole at most
}

// Employed is on how many days of a month, of how many, somebody was here, by the
// days on which they came and leave ("" = not known, never).
func Employed(month day.Day, joined, leaves string) (days, whole int) {
	first, last := month.MonthStart(), month.MonthEnd()
	whole = int(last-first) + 1
	if d, err := day.Parse(joined); err == nil && joined != "" {
		first = max(first, d)
	}
	if d, err := day.Parse(leaves); err == nil && leaves != "" {
		last = min(last, d)
	}
	return max(0, int(last-first)+1), whole
}

// Draw scores a month. Who was here for a part of it needs a part of what counts
// ask, by days. Weights that do not add up to Whole are taken as shares.
func Draw(lines []Line, f people.Figures, days, whole int) Sheet {
	s := Sheet{Days: days, Month: whole}
	weighed, sum := int64(0), int64(0)
	for _, l := range lines {
		m, ok := people.ByCode(l.Measure)
		if !ok || l.Weight <= 0 {
			continue
		}
		p := Point{Line: l}
		p.Value, p.N, p.Of, p.Known = f.Value(l.Measure)
		if p.Known {
			part, of := int64(1), int64(1)
			if m.Unit == people.Count {
				part, of = int64(days), int64(whole)
			}
			p.Tenths = points(l, p.Value, part, of)
			weighed += l.Weight
			sum += p.Tenths
		}
		s.Points = append(s.Points, p)
	}
	if weighed > 0 && days > 0 && !f.Absent() {
		s.Rated, s.Tenths = true, (2*sum*Whole+weighed)/(2*weighed)
	}
	return s
}

// points are the tenths of a point that a value earns, rounded half up; part of
// the whole month is asked.
func points(l Line, value, part, of int64) int64 {
	got, span := value*of-l.Zero*part, (l.Full-l.Zero)*part
	if span < 0 {
		got, span = -got, -span
	}
	switch most := l.Weight * 10; {
	case span == 0 || got <= 0:
		return 0
	case got >= span:
		return most
	default:
		return (2*most*got + span) / (2 * span)
	}
}

// States of a sheet.
const (
	Drawn    = "drawn"
	Seen     = "seen" // the person has no objection
	Objected = "objected"
	Answered = "answered"
	Approved = "approved"
)

// States lists them in the order in which they follow.
var States = []string{Drawn, Seen, Objected, Answered, Approved}

// LookDays is for how long a person may look at a sheet, from the day on which it
// was drawn, before it is approved without a word of theirs.
const LookDays = 3

// MayApprove says whether a sheet in a state, drawn on a day, may be approved: an
// objection is answered first, and who says nothing, or nothing to the answer, has
// LookDays: a sheet drawn anew while an objection waits is looked at as well.
func MayApprove(state string, drawn, today day.Day) bool {
	return state == Seen || (state == Drawn || state == Answered) && today >= drawn.Add(LookDays)
}

// MaySpeak says whether the person may still say that they have looked, or
// object.
func MaySpeak(state string) bool { return slices.Contains([]string{Drawn, Seen, Answered}, state) }

// Redrawn is the state of a sheet that is drawn up anew with other figures: the
// person looks again, but what they object to is still to be answered.
func Redrawn(state string) string {
	if state == Objected {
		return Objected
	}
	return Drawn
}
