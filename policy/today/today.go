// Package today puts what one person has before them into the order in which it
// is to be done. Times are instants in unix milliseconds.
package today

import (
	"cmp"
	"strings"
)

// Kind is what sort of work an item is.
type Kind int

// The kinds, the more pressing of two that are due at the same instant first: a
// client waits for the answer to a case, is expected at a visit, and does not
// know of a to-do.
const (
	Case Kind = iota
	Visit
	Todo
	Greeting
)

// Item is one thing to do. Until is when it is due; what is due on a day is due
// at the last instant of that day.
type Item struct {
	Kind  Kind
	ID    int64
	Class string // of the client: A, B, C or "" for none
	Until int64
}

// Late says whether an item is overdue.
func (i Item) Late(now int64) bool { return i.Until < now }

// Compare is the order: what is overdue first, and of that the cases, whose
// clocks run by the hour, before what a day was set for; then by when it is due;
// at the same instant by class, kind and id.
func Compare(a, b Item, now int64) int {
	rank := func(i Item) int {
		switch {
		case i.Late(now) && i.Kind == Case:
			return 0
		case i.Late(now):
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Until, b.Until), cmp.Compare(classRank(a.Class), classRank(b.Class)),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// classRank puts A before B before C, and who has no class last.
func classRank(class string) int {
	if i := strings.Index("ABC", class); class != "" && i >= 0 {
		return i
	}
	return 3
}
