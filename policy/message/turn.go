package message

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"yike/policy/festival"
)

// Candidate is a wording that may be taken, with what it is known by.
type Candidate struct {
	Ref string // of the store
	Own bool   // the branch's own, not head office's
	Template
}

// Wanted is what a wording is looked for.
type Wanted struct {
	For     []Occasion
	Class   string // of the client
	Channel string
	Tone    string // empty when any will do
	Contact int64  // so that neighbours do not all begin with the same
}

// Used is a wording that a contact had.
type Used struct {
	Mark string // Fingerprint of its body
}

// Fingerprint names what a wording says: blanks and marks make no difference,
// so that the same words stay the same when a comma is moved or another
// template holds them.
func Fingerprint(body string) string {
	sum := sha256.Sum256([]byte(strings.Map(func(r rune) rune {
		if r == '{' || r == '}' || unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, body)))
	return hex.EncodeToString(sum[:12])
}

// Bears says whether a wording may be taken for the occasions: one for just
// this occasion; for several at once, or one that has no wording of its own, a
// wording for any occasion, which names them. A silent occasion takes only
// what was written for it.
func (t Template) Bears(list []Occasion) bool {
	switch {
	case len(list) == 1 && t.Occasion == list[0].Code:
	case t.Occasion != Any || len(list) == 0 || MoodOf(list) == festival.Silent:
		return false
	}
	return len(badWords(t.Body, "body", MoodOf(list))) == 0
}

// Next chooses a wording: of those that the occasions bear, the most exact set
// that has one which the contact never had: the occasion's own before one for
// any, the branch's before head office's, the class's before everybody's, the
// tone that is asked for. Within a set they take turns: each contact begins at
// another one and goes on from there. One that the contact had before is never
// taken; false when there is none left.
func Next(list []Candidate, w Wanted, had []Used) (Candidate, bool) {
	seen := map[string]bool{}
	for _, u := range had {
		seen[u.Mark] = true
	}
	sets := map[int][]Candidate{}
	for _, c := range list {
		if c.Channel != w.Channel || c.Class != "" && c.Class != w.Class || w.Tone != "" && c.Tone != w.Tone || !c.Bears(w.For) {
			continue
		}
		rank := 0
		if c.Occasion == Any {
			rank += 4
		}
		if !c.Own {
			rank += 2
		}
		if c.Class == "" {
			rank++
		}
		sets[rank] = append(sets[rank], c)
	}
	for rank := range 8 {
		set := sets[rank]
		slices.SortFunc(set, func(a, b Candidate) int { return strings.Compare(a.Ref, b.Ref) })
		for i := range set {
			c := set[(i+start(w.Contact, len(set)))%len(set)]
			if !seen[Fingerprint(c.Body)] {
				return c, true
			}
		}
	}
	if w.Tone != "" { // another tone rather than the same words again
		w.Tone = ""
		return Next(list, w, had)
	}
	return Candidate{}, false
}

// start is where a contact begins among n wordings. Ids are ordered in time,
// so that those of one import are spread.
func start(contact int64, n int) int {
	return int((uint64(contact) * 0x9e3779b97f4a7c15 >> 33) % uint64(n))
}
