package mask

import "strings"

// Match is how a phone may be searched for.
type Match int

// The ways.
const (
	NoMatch  Match = iota // the query finds no phone
	Whole                 // numbers equal to Digits
	LastFour              // numbers ending in Digits
	Fragment              // numbers containing Digits
)

// PhoneQuery is what may be looked for in phones.
type PhoneQuery struct {
	Match  Match
	Digits string // without country code and separators; as stored numbers are compared
}

// Search says what a query finds in phones, for a reader with that level: in
// full any three digits or more; masked only the whole number or its last four,
// since a search by any other part would tell the hidden digits one by one;
// hidden nothing. A query with letters in it is none for a phone.
//
// A whole number is one of seven digits or more, compared for equality: with a
// part of a number it finds nothing.
func Search(query string, l Level) PhoneQuery {
	q := plain(strings.TrimSpace(query))
	if strings.ContainsFunc(q, func(r rune) bool { return !strings.ContainsRune("0123456789 +-()/.·", r) }) {
		return PhoneQuery{}
	}
	d := digits(q)
	switch {
	case len(d) > 20 || l != Full && l != Masked:
	case l == Full && len(d) >= 3:
		return PhoneQuery{Fragment, national(d)}
	case l == Masked && len(d) == 4:
		return PhoneQuery{LastFour, d}
	case l == Masked && len(d) >= 7:
		return PhoneQuery{Whole, national(d)}
	}
	return PhoneQuery{}
}
