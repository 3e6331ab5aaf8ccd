// Package rating decides about what clients think of us: which scale they are
// asked on, what figures come of it and from how many answers on, who counts as
// unhappy, and where a client's answers tend to. It is handed scores and days,
// and knows no database and no clock (R213–R218, R223).
package rating

import (
	"encoding/json"

	"yike/policy/day"
)

// The scale: five steps, as R213 has it.
const (
	Worst = 1 // 非常不满意
	Best  = 5 // 非常满意
	Good  = 4 // the lowest score that counts as satisfied
)

// Valid says that a score is one of the scale.
func Valid(score int64) bool { return score >= Worst && score <= Best }

// Kinds of occasions on which a client is asked.
const (
	Case     = "case"     // after a complaint or question was closed
	Delivery = "delivery" // after a parcel was delivered
	Service  = "service"  // about the work with a client in general
	Call     = "call"     // in a call back to the client
)

// Kinds lists them in the order in which a choice offers them.
var Kinds = []string{Delivery, Case, Service, Call}

// Ways in which an answer comes.
const (
	OwnDevice = "own_device" // the courier's or the counter's, handed over
	Link      = "link"
	QR        = "qr"
	Phone     = "call"
)

// Ways lists them.
var Ways = []string{OwnDevice, Link, QR, Phone}

// Solved are the words of whether what a client was called about is settled.
var Solved = []string{"yes", "partly", "no"}

// Rule is what a company decides about ratings. It is stored as JSON.
type Rule struct {
	Days    int `json:"days"`    // for which a link can be answered
	Least   int `json:"answers"` // answers below which no figure is shown
	Unhappy int `json:"unhappy"` // the highest score of who is unhappy
}

// Default is the rule before anybody set one.
func Default() Rule { return Rule{Days: 14, Least: 5, Unhappy: 2} }

// ParseRule reads a stored rule.
func ParseRule(text string) (rule Rule, err error) {
	err = json.Unmarshal([]byte(text), &rule)
	return rule, err
}

// Fault is a part of a rule that is out of its bounds.
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
	}{{"days", r.Days, 1, 90}, {"least", r.Least, 1, 100}, {"unhappy", r.Unhappy, Worst, Good - 1}} {
		if f.is < f.min || f.is > f.to {
			out = append(out, Fault{f.name, f.min, f.to})
		}
	}
	return out
}

// IsUnhappy says that a score asks for somebody.
func (r Rule) IsUnhappy(score int64) bool { return Valid(score) && score <= int64(r.Unhappy) }

// Sum is what answers come to: how many, of them satisfied and unhappy, and the
// scores added up.
type Sum struct{ N, Good, Unhappy, Total int64 }

// Add counts one answer.
func (s *Sum) Add(score int64, unhappy bool) {
	s.N++
	s.Total += score
	if score >= Good {
		s.Good++
	}
	if unhappy {
		s.Unhappy++
	}
}

// CSAT is the share of answers of 4 and 5, in thousandths, rounded half up: the
// top-two-box share that satisfaction surveys report. 0 of none.
func (s Sum) CSAT() int64 {
	if s.N == 0 {
		return 0
	}
	return (2000*s.Good + s.N) / (2 * s.N)
}

// CSI is the mean on a scale from 0 to 100, in tenths, rounded half up:
// (mean − 1) ÷ (5 − 1) × 100, the linear conversion of the American Customer
// Satisfaction Index for a single question on this scale. 0 of none.
func (s Sum) CSI() int64 {
	if s.N == 0 {
		return 0
	}
	const span = Best - Worst
	return (2000*(s.Total-Worst*s.N) + span*s.N) / (2 * span * s.N)
}

// Enough says that there are answers enough for a figure.
func (s Sum) Enough(rule Rule) bool { return s.N >= int64(rule.Least) }

// Moods of a client by the answers of a period.
const (
	Unhappy = "unhappy" // the mean is a score of who is unhappy
	Middle  = "middle"
	Happy   = "happy"  // the mean is 4 or more
	Unasked = "silent" // no answer
)

// Moods lists them, the worst first.
var Moods = []string{Unhappy, Middle, Happy, Unasked}

// Mood is what the answers of one client say together: by their mean, half
// steps towards the better one.
func (r Rule) Mood(s Sum) string {
	switch {
	case s.N == 0:
		return Unasked
	case s.Total >= Good*s.N:
		return Happy
	case 2*s.Total < int64(2*r.Unhappy+1)*s.N:
		return Unhappy
	}
	return Middle
}

// Answer is one score on its day.
type Answer struct {
	Day   day.Day
	Score int64
}

// TrendDays is how many days a trend holds against as many before them.
const TrendDays = 90

// Trend is what the answers of the latest days come to, and those of as many
// days before.
type Trend struct{ Before, Now Sum }

// TrendOf counts answers up to a day and with it.
func (r Rule) TrendOf(answers []Answer, through day.Day) (t Trend) {
	now := through.Add(1 - TrendDays)
	for _, a := range answers {
		switch {
		case !Valid(a.Score) || a.Day < now.Add(-TrendDays) || a.Day > through:
		case a.Day < now:
			t.Before.Add(a.Score, r.IsUnhappy(a.Score))
		default:
			t.Now.Add(a.Score, r.IsUnhappy(a.Score))
		}
	}
	return t
}
