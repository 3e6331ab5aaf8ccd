package greeting

import (
	"slices"

	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/message"
)

// wayOf is the way to reach somebody that a means takes; a card, a gift, a
// coupon or a service is none of them.
var wayOf = map[Means]string{Call: message.Phone, WeChat: message.WeChat, SMS: message.SMS, Email: message.Email, Visit: message.Onsite}

// Order puts the means of a plan into a contact's own order of ways (R135):
// those that the contact named, the main one first, then the others as the plan
// has them. first is the contact's way that decided what stands first, "" when
// the plan did.
func Order(means []Means, ways []string) (out []Means, first string) {
	for _, w := range ways {
		for _, m := range means {
			if wayOf[m] == w && !slices.Contains(out, m) {
				out = append(out, m)
				if first == "" {
					first = w
				}
			}
		}
	}
	for _, m := range means {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out, first
}

// Sendable are the channels by which the program can send a greeting, in the
// order in which they are offered: the plan's means in the contact's order,
// then what else the contact named.
func Sendable(means []Means, ways []string) []string {
	var out []string
	add := func(way string) {
		if (way == message.SMS || way == message.Email) && !slices.Contains(out, way) {
			out = append(out, way)
		}
	}
	order, _ := Order(means, ways)
	for _, m := range order {
		add(wayOf[m])
	}
	for _, w := range ways {
		add(w)
	}
	return out
}

// Leaves returns the day from which on a letter for an occasion may go out, and
// the last day on which it is of use; false when that is over: nobody is wished
// well late by a machine. A contact's own day is never wished before it comes;
// a festival goes out on its day too, unless somebody wants it to go ahead. The
// guide after the first parcel goes at once.
func Leaves(c festival.Code, on, due, today day.Day, ahead bool) (from, until day.Day, ok bool) {
	until = max(on, due)
	if until < today {
		return day.None, until, false
	}
	from = max(on, today)
	if c == FirstParcel || ahead && !IsPersonal(c) {
		from = today
	}
	return from, until, true
}

// LetterEnds says whether a greeting is done when its letter went out. After
// the first parcel the letter brings the guide, and the call that the plan asks
// for is still to be made.
func LetterEnds(c festival.Code, means []Means) bool {
	return c != FirstParcel || !slices.Contains(means, Call)
}
