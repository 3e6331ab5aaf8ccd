package casework

import "slices"

// at is the place of a step, -1 for an unknown one.
func at(step string) int { return slices.Index(Steps, step) }

// How satisfied a client is with the result.
const (
	Satisfied   = "yes"
	Unsatisfied = "no"
	Accepted    = "accepted" // a leader accepted the reason why not
)

// Case is what a case is when it is asked what may be done with it.
type Case struct {
	Kind, Severity, Class string
	Step                  string
	Merged                bool // into another
	Handled               bool // somebody has it
	Answered              bool // the client was answered for the first time
	Told                  bool // the client knows the result
	Satisfied             string
	CallNeeded            bool // by rule
	Called                bool
	ReviewNeeded          bool // by rule, or by hand
	Reviewed              bool // measures, owner and day are written
}

// Open says whether a case is worked on.
func (c Case) Open() bool { return c.Step != Closed && at(c.Step) >= 0 }

// Needs says whether a case has to pass a step.
func (c Case) Needs(s string) bool {
	switch s {
	case Analyse:
		return c.Kind == Complaint
	case Handle:
		return c.Kind != Consultation
	case FollowUp:
		return c.CallNeeded
	case Review:
		return c.ReviewNeeded
	}
	return true
}

// Next is the step that comes after the present one: the next that the case
// has to pass. Closed stays.
func (c Case) Next() string {
	here := at(c.Step)
	if here < 0 {
		return Closed
	}
	for _, s := range Steps[min(here+1, len(Steps)-1):] {
		if c.Needs(s) {
			return s
		}
	}
	return Closed
}

// Reason is why an act is refused.
type Reason string

// Why an act is refused. The empty Reason is none: it may be done.
const (
	Fine         Reason = ""
	IsClosed     Reason = "closed"     // it has to be opened again first
	NotClosed    Reason = "not_closed" // only a closed one is opened again
	IsMerged     Reason = "merged"     // work goes on in the other one
	NoStep       Reason = "no_step"    // there is no such step, or it stands there
	ByClosing    Reason = "by_closing" // one closes it, one does not step there
	NotTold      Reason = "not_told"   // the client does not know yet
	NotCalled    Reason = "not_called" // the rule asks for a call
	NotSatisfied Reason = "not_satisfied"
	NotReviewed  Reason = "not_reviewed" // measures, owner and day are missing
	Skips        Reason = "skips"        // a step that it has to pass is left out
	NeedsNote    Reason = "needs_note"   // why is to be written down
	NeedsResult  Reason = "needs_result"
	Unknown      Reason = "unknown" // a word that is none
	Itself       Reason = "itself"
	OtherClient  Reason = "other_client" // two clients' cases are linked, not merged
	Chain        Reason = "chain"        // it is part of another, or has parts
)

// Move says whether a case may go to a step. Forward goes over steps that it
// need not pass; beyond telling only who was told goes; back goes anywhere,
// with a note that says why.
func (c Case) Move(to string, note string) Reason {
	from, there := at(c.Step), at(to)
	switch {
	case c.Merged:
		return IsMerged
	case !c.Open():
		return IsClosed
	case there < 0 || there == from:
		return NoStep
	case to == Closed:
		return ByClosing
	case there < from:
		if note == "" {
			return NeedsNote
		}
		return Fine
	case there > at(Tell) && !c.Told:
		return NotTold
	}
	for _, s := range Steps[from+1 : there] {
		if c.Needs(s) && !(s == Tell && c.Told) {
			return Skips
		}
	}
	return Fine
}

// Close says what keeps a case from closing, every reason, in the order in
// which they are met; none when it may close. A leader who accepts the reason
// why not (Accepted) stands for telling, calling and satisfaction; measures
// that the rule asks for are owed all the same.
func (c Case) Close() []Reason {
	switch {
	case c.Merged:
		return []Reason{IsMerged}
	case !c.Open():
		return []Reason{IsClosed}
	}
	var out []Reason
	if c.Satisfied != Accepted {
		if !c.Told {
			out = append(out, NotTold)
		}
		if c.CallNeeded && !c.Called {
			out = append(out, NotCalled)
		}
		if c.Satisfied != Satisfied {
			out = append(out, NotSatisfied)
		}
	}
	if c.ReviewNeeded && !c.Reviewed {
		out = append(out, NotReviewed)
	}
	return out
}

// Reopen says whether a case may be opened again.
func (c Case) Reopen(note string) Reason {
	switch {
	case c.Merged:
		return IsMerged
	case c.Open():
		return NotClosed
	case note == "":
		return NeedsNote
	}
	return Fine
}

// Back is the step at which a case that is opened again stands: there is
// something to put right, or to answer.
func (c Case) Back() string {
	if c.Kind == Consultation {
		return Tell
	}
	return Handle
}

// Act is something that is done with a case; it is the kind of the event in
// the case's history as well.
type Act string

// What is done with a case.
const (
	ActTake     Act = "taken"
	ActHand     Act = "handed"
	ActMove     Act = "step"
	ActNote     Act = "note"
	ActAnswer   Act = "answered"
	ActTell     Act = "told"
	ActCall     Act = "called"
	ActReview   Act = "review"
	ActClose    Act = "closed"
	ActAccept   Act = "accepted"
	ActAsk      Act = "unsatisfied"
	ActReopen   Act = "reopened"
	ActMerge    Act = "merged"
	ActUnmerge  Act = "unmerged"
	ActLink     Act = "linked"
	ActUnlink   Act = "unlinked"
	ActEscalate Act = "escalated"
)

// Main is the act that comes next: what whoever has the case before them most
// likely wants. It is empty for a merged case.
func (c Case) Main() Act {
	switch {
	case c.Merged:
		return ""
	case !c.Open():
		return ActReopen
	case !c.Handled || c.Step == Accept && !c.Answered && c.Kind == Complaint:
		return ActTake
	case len(c.Close()) == 0:
		return ActClose
	case !c.Told && (c.Step == Tell || c.Kind == Consultation):
		return ActTell
	case !c.Told:
		return ActMove
	case c.CallNeeded && !c.Called:
		return ActCall
	case c.Satisfied == Unsatisfied:
		return ActAsk
	case c.Satisfied == "":
		return ActCall
	}
	return ActReview
}

// EscalationReasons are why a client takes it further (R169).
var EscalationReasons = []string{"slow", "again", "result", "amount", "attitude", "promise", "no_answer", "outside", "other"}

// WaiveReasons are why a case closes though its client is not satisfied.
var WaiveReasons = []string{"unreachable", "refused", "too_much", "unfounded", "third", "other"}

// TellMeans are how a client is told.
var TellMeans = []string{"phone", "wechat", "chat", "sms", "email", "letter", "on_site", "counter"}
