// Package absence owns the question whether somebody is away at an instant, by
// what was written down of their leave, journeys and training. Why somebody is
// ill is nobody's business here: there is no such kind and no note.
//
// It knows no people and no present: the caller brings the instant.
package absence

import (
	"time"

	"yike/policy/day"
)

// What somebody is away for.
const (
	Leave    = "leave"
	Trip     = "trip"
	Training = "training"
	Other    = "other"
)

// Kinds lists them in the order of the pages.
var Kinds = []string{Leave, Trip, Training, Other}

// The parts of a day; "" is all of it. Only an absence of one day has one.
const (
	Morning   = "am"
	Afternoon = "pm"
)

// Parts lists them.
var Parts = []string{"", Morning, Afternoon}

// Span is from when until when somebody is away, both days included.
type Span struct {
	From, Until day.Day
	Part        string
}

// MostDays is how long an absence is at most; who is away for longer hands over.
const MostDays = 366

// What can be wrong with a span.
const (
	FaultDay   = "day"   // no day
	FaultOrder = "order" // ends before it begins
	FaultPast  = "past"  // is over
	FaultLong  = "long"  // more than MostDays
	FaultPart  = "part"  // part of several days
)

// Fault is what is wrong with a span that is written down on a day; "" nothing.
func (s Span) Fault(today day.Day) string {
	switch {
	case !s.From.Valid() || !s.Until.Valid():
		return FaultDay
	case s.Until < s.From:
		return FaultOrder
	case s.Until < today:
		return FaultPast
	case s.Until-s.From >= MostDays:
		return FaultLong
	case s.Part != "" && s.From != s.Until:
		return FaultPart
	}
	return ""
}

// noon parts the day.
const noon = 12

// At says whether the span holds at an instant of the business zone.
func (s Span) At(at time.Time) bool {
	d := day.Of(at.Date())
	if d < s.From || d > s.Until {
		return false
	}
	return s.Part == "" || (s.Part == Morning) == (at.Hour() < noon)
}

// Meets says whether both hold at some instant.
func (s Span) Meets(o Span) bool {
	if s.Until < o.From || o.Until < s.From {
		return false
	}
	return s.Part == "" || o.Part == "" || s.Part == o.Part
}

// Back is what is left of the span when somebody is back on a day: false when
// nothing is.
func (s Span) Back(today day.Day) (Span, bool) {
	if s.From >= today {
		return Span{}, false
	}
	s.Until = min(s.Until, today-1)
	return s, true
}
