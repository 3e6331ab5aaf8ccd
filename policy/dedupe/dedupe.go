// Package dedupe says when two records are one customer. It owns the folding
// of names and the comparison; it knows nothing of how records are stored or
// of who may see them (R23).
package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// forms are the endings that do not distinguish companies, longest first.
var forms = []string{"股份有限公司", "有限责任公司", "有限公司"}

// FoldName is the name as a key: one width, no blanks, capitals, （）as (),
// and no company form at the end. A city in brackets stays, so that sister
// companies stay apart. A name that is nothing but a company form is kept.
func FoldName(name string) string {
	s := name
	if !plainUpper(s) {
		s = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return unicode.ToUpper(r)
		}, foldWidth(s))
	}
	for _, f := range forms {
		if rest, ok := strings.CutSuffix(s, f); ok && rest != "" {
			return rest
		}
	}
	return s
}

// foldWidth is NFKC, and spares names that need none of it the work.
func foldWidth(s string) string {
	if norm.NFKC.IsNormalString(s) {
		return s
	}
	return norm.NFKC.String(s)
}

// plainUpper reports that s is nothing but common Chinese characters and
// ASCII that folding leaves alone.
func plainUpper(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x4e00 && r <= 0x9fff:
		case r > ' ' && r < 'a', r > 'z' && r < 0x7f:
		default:
			return false
		}
	}
	return utf8.ValidString(s)
}

// Party is what two records are compared by. Phones are canonical
// (policy/phone); CreditCode is the unified social credit code, or "".
type Party struct {
	Name       string
	Phones     []string
	CreditCode string
}

// Reason is one thing two records have in common.
type Reason struct {
	Code string // SameName, SamePhone, SameCreditCode
	Text string // what is the same: the folded name, the phone, the credit code
}

// What two records can have in common.
const (
	SameName       = "same_name"
	SamePhone      = "same_phone"
	SameCreditCode = "same_credit_code"
)

// Same reports whether a and b are one customer: the folded names are equal
// and at least one phone is common, or the credit codes are equal. The reasons
// name everything in common, also where that is not enough to be the same:
// that is what the duplicate warning shows.
func Same(a, b Party) (bool, []Reason) {
	var why []Reason
	name, phone, code := false, false, false
	if n := FoldName(a.Name); n != "" && n == FoldName(b.Name) {
		name = true
		why = append(why, Reason{SameName, n})
	}
	for _, p := range a.Phones {
		if p != "" && Contains(b.Phones, p) {
			phone = true
			why = append(why, Reason{SamePhone, p})
		}
	}
	if c := strings.ToUpper(a.CreditCode); c != "" && c == strings.ToUpper(b.CreditCode) {
		code = true
		why = append(why, Reason{SameCreditCode, c})
	}
	return name && phone || code, why
}

// Contains reports whether phone is among phones.
func Contains(phones []string, phone string) bool {
	for _, p := range phones {
		if p == phone {
			return true
		}
	}
	return false
}

// Common reports whether two lists share a phone.
func Common(a, b []string) bool {
	for _, p := range a {
		if Contains(b, p) {
			return true
		}
	}
	return false
}
