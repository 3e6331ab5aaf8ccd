package casework

import (
	"encoding/json"
	"slices"
)

// Rule is what a company decides about working on cases. It is stored as JSON.
type Rule struct {
	Assign   []AssignRow `json:"assign"`   // who gets a new case; the first that fits
	Calls    []CallRow   `json:"calls"`    // who is called back
	Times    int         `json:"times"`    // so many complaints of one cause at one client …
	Days     int         `json:"days"`     // … within so many days ask for a review
	Reviewed []string    `json:"reviewed"` // severities whose complaints are always reviewed
	Measures int         `json:"measures"` // days by which measures are to be in place
	Limits   Limits      `json:"limits"`   // of claims
}

// Fits says to which cases a row of the rule belongs; empty asks nothing. Cause
// is the key of a cause: of the first level for all below it, too.
type Fits struct {
	Kind     string `json:"kind,omitempty"`
	Severity string `json:"severity,omitempty"`
	Class    string `json:"class,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Cause    string `json:"cause,omitempty"`
}

// Asked is a case as the rows of a rule look at it.
type Asked struct {
	Kind, Severity, Class, Channel string
	Causes                         []string // the keys of its cause and of the one above
}

func (f Fits) of(a Asked) bool {
	is := func(want, is string) bool { return want == "" || want == is }
	return is(f.Kind, a.Kind) && is(f.Severity, a.Severity) && is(f.Class, a.Class) && is(f.Channel, a.Channel) &&
		(f.Cause == "" || slices.Contains(a.Causes, f.Cause))
}

// To says whom a row of the rule means.
type To string

// Whom a row means.
const (
	ToClerk  To = "clerk"  // the client's service clerk
	ToRep    To = "rep"    // the client's rep
	ToDuty   To = "duty"   // who is responsible for complaints at the branch
	ToPerson To = "person" // the one named
	ToLeast  To = "least"  // of those who work on cases there, the one with the fewest open
)

// Tos lists them as a page offers them.
var Tos = []To{ToClerk, ToLeast, ToDuty, ToRep, ToPerson}

// AssignRow gives cases to somebody.
type AssignRow struct {
	Fits
	To   To    `json:"to"`
	User int64 `json:"user,omitempty,string"`
}

// CallRow asks for a follow-up call so many working hours after the client was
// told.
type CallRow struct {
	Fits
	Hours int `json:"hours"`
}

// Default is the rule before anybody set one. The documents ask for calls back
// and reviews (S1, S2) and name no figures: these are ours.
func Default() Rule {
	return Rule{
		Assign: []AssignRow{
			{Fits: Fits{Severity: Grave}, To: ToDuty},
			{Fits: Fits{Channel: "postal"}, To: ToDuty},
			{To: ToClerk},
			{To: ToLeast},
			{To: ToDuty},
		},
		Calls: []CallRow{
			{Fits: Fits{Kind: Complaint, Severity: Grave}, Hours: 8},
			{Fits: Fits{Kind: Complaint, Class: "A"}, Hours: 16},
			{Fits: Fits{Kind: Complaint, Severity: Serious}, Hours: 24},
		},
		Times: 2, Days: 30, Reviewed: []string{Grave}, Measures: 7,
		Limits: Limits{Clerk: 100_00, Leader: 1000_00},
	}
}

// ParseRule reads a stored rule.
func ParseRule(text string) (Rule, error) {
	rule := Default()
	rule.Assign, rule.Calls, rule.Reviewed = nil, nil, nil
	err := json.Unmarshal([]byte(text), &rule)
	return rule, err
}

// Bounds of a rule.
const (
	MaxRows     = 40
	MaxHours    = 240
	MaxTimes    = 20
	MaxDays     = 366
	MaxMeasures = 90
	MaxLimit    = 10_000_000_00
)

// Fault is a part of a rule that cannot be: Field "assign", "calls", … and the
// row, from 0.
type Fault struct {
	Field string
	Row   int
	Code  FaultCode
}

// FaultCode says what is wrong.
type FaultCode string

// What can be wrong with a rule.
const (
	FaultWord   FaultCode = "word"   // a word that is none
	FaultNumber FaultCode = "number" // out of its bounds
	FaultNobody FaultCode = "nobody" // a person is to be named
	FaultMany   FaultCode = "many"   // more rows than anybody reads
	FaultLimits FaultCode = "limits" // the leader's limit lies below the clerk's
)

// Faults says what is wrong with a rule. Channels and classes are what the
// caller knows of them.
func (r Rule) Faults(channels, classes []string) []Fault {
	var out []Fault
	known := func(f Fits) bool {
		in := func(list []string, s string) bool { return s == "" || slices.Contains(list, s) }
		return in(Kinds, f.Kind) && in(Severities, f.Severity) && in(classes, f.Class) && in(channels, f.Channel)
	}
	for i, a := range r.Assign {
		switch {
		case !known(a.Fits) || !slices.Contains(Tos, a.To):
			out = append(out, Fault{"assign", i, FaultWord})
		case a.To == ToPerson && a.User == 0:
			out = append(out, Fault{"assign", i, FaultNobody})
		}
	}
	for i, c := range r.Calls {
		switch {
		case !known(c.Fits):
			out = append(out, Fault{"calls", i, FaultWord})
		case c.Hours < 1 || c.Hours > MaxHours:
			out = append(out, Fault{"calls", i, FaultNumber})
		}
	}
	if len(r.Assign) > MaxRows || len(r.Calls) > MaxRows {
		out = append(out, Fault{"assign", 0, FaultMany})
	}
	for _, n := range []struct {
		name       string
		is, lo, hi int
	}{{"times", r.Times, 2, MaxTimes}, {"days", r.Days, 1, MaxDays}, {"measures", r.Measures, 1, MaxMeasures}} {
		if n.is < n.lo || n.is > n.hi {
			out = append(out, Fault{n.name, 0, FaultNumber})
		}
	}
	for _, s := range r.Reviewed {
		if !slices.Contains(Severities, s) {
			out = append(out, Fault{"reviewed", 0, FaultWord})
		}
	}
	switch l := r.Limits; {
	case l.Clerk < 0 || l.Leader < 0 || l.Clerk > MaxLimit || l.Leader > MaxLimit:
		out = append(out, Fault{"limits", 0, FaultNumber})
	case l.Leader < l.Clerk:
		out = append(out, Fault{"limits", 0, FaultLimits})
	}
	return out
}

// CallWithin says within how many working hours after it was told a case's
// client is called back: the soonest of the rows that fit. 0 when none does.
func (r Rule) CallWithin(a Asked) int {
	least := 0
	for _, row := range r.Calls {
		if row.of(a) && (least == 0 || row.Hours < least) {
			least = row.Hours
		}
	}
	return least
}

// Why a case asks for a review.
const (
	ReviewRepeat   = "repeat"   // the same cause at the same client again
	ReviewSeverity = "severity" // how grave it is
	ReviewByHand   = "hand"     // somebody asked for it
)

// ReviewOf says why a case asks for a review: same is how many complaints of
// its cause its client has had within Days, this one counted. "" for none.
func (r Rule) ReviewOf(a Asked, same int) string {
	switch {
	case a.Kind != Complaint:
		return ""
	case len(a.Causes) > 0 && same >= r.Times:
		return ReviewRepeat
	case slices.Contains(r.Reviewed, a.Severity):
		return ReviewSeverity
	}
	return ""
}
