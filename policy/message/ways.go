package message

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The ways to reach a contact beside the channels.
const (
	Phone  = "phone"
	Onsite = "visit"
)

// Ways lists the ways to reach a contact, of which one is the main one and up
// to three others follow; behind them stand the company's own (R135).
var Ways = []string{Phone, WeChat, SMS, Email, Onsite}

// Bounds of ways.
const (
	MaxWays   = 4 // one main and three further ones
	MaxOwn    = 8 // of a company's own
	MaxOwnLen = 12
)

// ownMark begins a way of the company's own: its name stands behind it.
const ownMark = "+"

// OwnWay is the word of a way of the company's own.
func OwnWay(name string) string { return ownMark + name }

// OwnWayName is the name of a way of the company's own; false for any other.
func OwnWayName(way string) (string, bool) { return strings.CutPrefix(way, ownMark) }

// checkOwn says whether a company may have these ways of its own: names without
// blanks, each once.
func checkOwn(list []string) bool {
	for i, name := range list {
		if n := utf8.RuneCountInString(name); n < 1 || n > MaxOwnLen || strings.ContainsAny(name, " \t\r\n　"+ownMark) || slices.Contains(list[:i], name) {
			return false
		}
	}
	return len(list) <= MaxOwn
}

// CheckWays says whether an order of ways can be: known ones, each once and no
// more than MaxWays, then the company's own. One that the contact had (had)
// stays possible when the company gave it up.
func CheckWays(list, own, had []string) bool {
	known := 0
	for i, w := range list {
		name, mine := OwnWayName(w)
		switch {
		case slices.Contains(list[:i], w):
			return false
		case mine:
			if !slices.Contains(own, name) && !slices.Contains(had, w) {
				return false
			}
		case !slices.Contains(Ways, w) || known < i:
			return false
		default:
			known++
		}
	}
	return known <= MaxWays
}
