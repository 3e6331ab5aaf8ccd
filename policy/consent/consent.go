// Package consent owns for what a person's data may be used and what the
// person may ask of them (个人信息保护法 arts. 13–17, 44–50): the
// purposes, whether one may turn to somebody for one, and by when a request is
// to be answered.
//
// It knows neither people nor the present; the caller brings what was said,
// and when.
package consent

import (
	"slices"
	"unicode/utf8"

	"yike/policy/day"
	"yike/policy/worktime"
)

// The purposes that ship with the program.
const (
	Service   = "service"   // notices about parcels and accounts: needed for the contract (art. 13 (2))
	Marketing = "marketing" // offers and campaigns
	Festival  = "festival"  // festival greetings
	Birthday  = "birthday"  // birthday greetings
	Survey    = "survey"    // satisfaction surveys
)

// Purposes lists them in the order in which they are shown.
var Purposes = []string{Service, Marketing, Festival, Birthday, Survey}

// State is what is known of a person's answer.
type State string

// The states. Not asked is not refused: one may ask, and not use.
const (
	NotAsked  State = ""
	Given     State = "given"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// Sources are the ways in which an answer, or a request, comes.
var Sources = []string{"form", "phone", "paper", "wechat", "contract", "in_person", "other"}

// MaxNote is how many characters a note of evidence has at most.
const MaxNote = 200

// Reason says why one may or may not.
type Reason string

// Why one may, or may not, turn to a person for a purpose.
const (
	ByConsent  Reason = "consent"   // they said yes
	ByContract Reason = "contract"  // needed for what they ordered; nobody has to be asked
	Unasked    Reason = "not_asked" // ask first
	SaidNo     Reason = "refused"
	TookBack   Reason = "withdrawn"
	Unknown    Reason = "unknown" // no such purpose, or put aside
)

// Purpose is one use of a person's data.
type Purpose struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"` // of one that head office added, as it is shown
	Off  bool   `json:"off,omitempty"`  // not used any more; what was said is kept
}

// Rule is what head office decided, dated like every rule.
type Rule struct {
	Added      []Purpose `json:"added,omitempty"`
	Days       int       `json:"days"`        // working days to answer a request
	BackupDays int       `json:"backup_days"` // after which no older back-up is kept
}

// DefaultRule holds until head office sets one: 15 working days, back-ups of
// 30 days.
func DefaultRule() Rule { return Rule{Days: 15, BackupDays: 30} }

// All lists the purposes in use: those of the program, then those added.
func (r Rule) All() []Purpose {
	var out []Purpose
	for _, code := range Purposes {
		out = append(out, Purpose{Code: code})
	}
	for _, p := range r.Added {
		if !p.Off {
			out = append(out, p)
		}
	}
	return out
}

// Knows says whether a purpose is in use.
func (r Rule) Knows(code string) bool {
	return slices.ContainsFunc(r.All(), func(p Purpose) bool { return p.Code == code })
}

// May says whether one may turn to a person for a purpose, given what they
// last said to it, and why. Notices that the contract needs may go to somebody
// who was never asked; a no ends them, too. Everything else takes a yes.
func (r Rule) May(purpose string, said State) (bool, Reason) {
	switch {
	case !r.Knows(purpose):
		return false, Unknown
	case said == Refused:
		return false, SaidNo
	case said == Withdrawn:
		return false, TookBack
	case said == Given:
		return true, ByConsent
	case purpose == Service:
		return true, ByContract
	}
	return false, Unasked
}

// Follows says whether an answer can follow the one before: only what was
// given can be withdrawn, and saying the same again changes nothing.
func Follows(before, after State) bool {
	switch after {
	case Given, Refused:
		return before != after
	case Withdrawn:
		return before == Given
	}
	return false
}

// Fault says what is wrong with an answer that is to be written down.
type Fault string

// Faults of an answer; Fine is none.
const (
	Fine       Fault = ""
	NoSource   Fault = "source"
	NoDay      Fault = "day"
	DayAhead   Fault = "ahead"
	NoteLong   Fault = "note"
	NoteNeeded Fault = "note_needed"
)

// Check judges how an answer came: said on a day that is not ahead, by a known
// way; another way wants a word about it.
func Check(source, on, note string, today day.Day) Fault {
	d, err := day.Parse(on)
	switch {
	case !slices.Contains(Sources, source):
		return NoSource
	case err != nil || !d.Valid():
		return NoDay
	case d > today:
		return DayAhead
	case utf8.RuneCountInString(note) > MaxNote:
		return NoteLong
	case source == "other" && note == "":
		return NoteNeeded
	}
	return Fine
}

// Kinds of request (arts. 45–47).
const (
	Copy       = "copy"
	Correction = "correction"
	Erasure    = "erasure"
)

// Kinds lists them.
var Kinds = []string{Copy, Correction, Erasure}

// Due is the last day to answer a request that came on a day: so many working
// days later. For a year whose holidays are not announced it counts Monday to
// Friday.
func (r Rule) Due(received day.Day, c *worktime.Calendar) day.Day {
	due, _ := c.AssumingWeekdays().AddWorkdays(received, r.Days)
	return due
}

// Urgency is how a request stands on a day: "done", "over", "soon" (within
// three days) or "ok".
func Urgency(open bool, due, today day.Day) string {
	switch {
	case !open:
		return "done"
	case due < today:
		return "over"
	case due <= today.Add(3):
		return "soon"
	}
	return "ok"
}

// CheckRule names the fields of a rule that cannot be.
func (r Rule) CheckRule() []string {
	var out []string
	if r.Days < 1 || r.Days > 60 {
		out = append(out, "days")
	}
	if r.BackupDays < 1 || r.BackupDays > 365 {
		out = append(out, "backup_days")
	}
	seen := map[string]bool{}
	for _, p := range r.Added {
		if n := utf8.RuneCountInString(p.Name); n < 2 || n > 20 || seen[p.Name] {
			out = append(out, "added")
			break
		}
		seen[p.Name] = true
	}
	return out
}

// ErasedName stands where the name of somebody stood who was erased.
const ErasedName = "已删除"
