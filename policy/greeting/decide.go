package greeting

import (
	"slices"

	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
)

// Reason says why a contact is greeted, or is not.
type Reason string

// The reasons, in the order in which they are looked at: the first that holds
// is the one that is said.
const (
	In        Reason = "in"
	PlanOff   Reason = "off"       // the occasion is not kept
	Left      Reason = "left"      // the contact or the client is in the recycle bin or put aside
	NotClass  Reason = "class"     // another class than those named
	NotTag    Reason = "tag"       // none of the tags named
	NotFirst  Reason = "not_first" // another contact of the client is the first one
	NoDay     Reason = "no_day"    // no birthday on file, no parcel yet, no contract, no founding day
	Complaint Reason = "complaint" // a complaint is open: first that, then wishes
	SaidNo    Reason = "refused"
	TookBack  Reason = "withdrawn"
	NotAsked  Reason = "not_asked" // ask first, on record

	// Passed closes a greeting whose day was corrected to one that is over for
	// longer than tasks are made for.
	Passed Reason = "passed"
)

// Reasons lists them in that order.
var Reasons = []Reason{In, PlanOff, Left, NotClass, NotTag, NotFirst, NoDay, Complaint, SaidNo, TookBack, NotAsked}

// Facts are what is known of a contact.
type Facts struct {
	Class     string
	Tagged    bool // has one of the tags that the plan names
	First     bool // the one to turn to first
	Left      bool
	HasDay    bool // of a contact's own occasion: there is such a day
	Complaint bool
	Said      consent.State // to the occasion's purpose
}

// Decide says whether a contact is greeted by a plan on an occasion, and why.
// purposes are the company's (consent.Rule).
func Decide(p Plan, c festival.Code, f Facts, purposes consent.Rule) Reason {
	switch {
	case !p.On:
		return PlanOff
	case f.Left:
		return Left
	case len(p.Classes) > 0 && !slices.Contains(p.Classes, f.Class):
		return NotClass
	case len(p.Tags) > 0 && !f.Tagged:
		return NotTag
	case !p.Everyone && !f.First:
		return NotFirst
	case IsPersonal(c) && !f.HasDay:
		return NoDay
	case f.Complaint:
		return Complaint
	}
	return Allowed(c, f.Said, purposes)
}

// Allowed says whether a contact may be greeted on an occasion, given what they
// said to its purpose: In, or why not. It is asked again before each greeting.
func Allowed(c festival.Code, said consent.State, purposes consent.Rule) Reason {
	may, why := purposes.May(Purpose(c), said)
	switch {
	case may:
		return In
	case why == consent.SaidNo:
		return SaidNo
	case why == consent.TookBack:
		return TookBack
	}
	return NotAsked
}

// Keeps says whether an occasion is kept by the plans of a rule; own are the
// occasions that head office added. One that it ended is not.
func (r Rule) Keeps(c festival.Code, own []festival.Occasion) bool {
	ended := slices.ContainsFunc(own, func(o festival.Occasion) bool { return o.Code == c && o.Off })
	return !ended && r.Plans[c].On && MoodOf(c, own) != festival.Silent
}

// Lost are the festivals for which no task was made, since no night fell within
// the days in which that is done: from so many days before the first of its
// group until so many days behind its own. last is the night before, today the
// next one; wishes are those of the days between and around, in their order.
func Lost(wishes []Wish, r Rule, last, today day.Day) []Wish {
	var out []Wish
	for _, group := range Groups(wishes, r.Close) {
		if group[0].Day.Add(-group[0].Plan.Ahead) <= last {
			continue // asked for in time
		}
		for _, w := range group {
			if w.Day.Add(r.Late) < today {
				out = append(out, w)
			}
		}
	}
	return out
}

// Wish is one occasion of a contact's, with the plan that keeps it.
type Wish struct {
	festival.Date
	Plan Plan
}

// Groups puts the festivals of a calendar, in the order of their days, into
// groups of those that one greeting names: from the first of a group on, what
// falls within close days of it. Only festivals whose plan is on are grouped,
// so that one that is not kept brings no other forward; none is ever left out.
// Personal occasions stand alone.
func Groups(list []Wish, close int) [][]Wish {
	var out [][]Wish
	for _, w := range list {
		if !w.Plan.On || w.Mood == festival.Silent {
			continue
		}
		if n := len(out); n > 0 && !IsPersonal(w.Code) && !IsPersonal(out[n-1][0].Code) && int(w.Day-out[n-1][0].Day) <= close {
			out[n-1] = append(out[n-1], w)
			continue
		}
		out = append(out, []Wish{w})
	}
	return out
}

// Made is a greeting that is to be made: its first occasion, and what else it
// names.
type Made struct {
	Wish
	Also  []Wish
	Treat Treat
	Mood  festival.Mood
}

// Make puts the occasions that a contact is greeted on into the greeting that
// is due on a day: nil when none is yet, or when all are over for longer than
// late days. wishes are of one group and in the order of their days; each is
// one for which the contact is In and has no greeting yet. The greeting is the
// first one's: its day, its means, its doer; the gift is the one with the
// larger budget, so that nobody gets two.
func Make(wishes []Wish, class string, today day.Day, late int) *Made {
	for len(wishes) > 0 && wishes[0].Day < today.Add(-late) {
		wishes = wishes[1:]
	}
	if len(wishes) == 0 || wishes[0].Day.Add(-wishes[0].Plan.Ahead) > today {
		return nil
	}
	m := &Made{Wish: wishes[0], Also: wishes[1:], Mood: festival.Joyful}
	for _, w := range wishes {
		if t := w.Plan.Treats[class]; m.Treat == (Treat{}) || t.Budget > m.Treat.Budget {
			m.Treat = t
		}
		if w.Mood != festival.Joyful {
			m.Mood = w.Mood
		}
	}
	return m
}
