package message

import (
	"slices"
	"time"
)

// Went is a message that went out.
type Went struct {
	At              time.Time // in the business zone
	Contact, Branch int64
	Channel         string
}

// Held is how many of the messages that went out a rule would have put off, by
// what: each counts once, by the first that holds.
type Held struct{ All, Quiet, Contact, Branch, Channel int }

// Total is how many would have been put off.
func (h Held) Total() int { return h.Quiet + h.Contact + h.Branch + h.Channel }

// WouldHold looks at messages that went out as if the rule had held: those of
// the quiet hours, and of each day those beyond its numbers. One that is put
// off counts for no number. channelDay is the company's.
func (s Sending) WouldHold(list []Went, channelDay int) Held {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Went) int { return a.At.Compare(b.At) })
	h := Held{All: len(list)}
	type key struct {
		day  string
		id   int64
		word string
	}
	n := map[key]int{}
	for _, w := range list {
		if s.Open(w.At).After(w.At) {
			h.Quiet++
			continue
		}
		day := w.At.Format(time.DateOnly)
		contact, branch, channel := key{day, w.Contact, "contact"}, key{day, w.Branch, "branch"}, key{day, 0, w.Channel}
		switch {
		case n[channel] >= channelDay:
			h.Channel++
		case n[branch] >= s.BranchDay:
			h.Branch++
		case n[contact] >= s.ContactDay:
			h.Contact++
		default:
			n[contact]++
			n[branch]++
			n[channel]++
		}
	}
	return h
}
