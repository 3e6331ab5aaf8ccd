// Package creditcode checks the unified social credit code of organisations
// (GB 32100-2015). It knows the arithmetic, not who is registered: a code that
// passes may still belong to nobody.
package creditcode

import "strings"

// Length is the number of characters of a code.
const Length = 18

// alphabet holds the characters of the standard in the order of their values.
// I, O, S, V and Z are not among them, being too like 1, 0, 5, U and 2.
const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// Reason names what is wrong with a code.
type Reason string

const (
	OK            Reason = ""
	Empty         Reason = "empty"
	WrongLength   Reason = "length"      // not 18 characters
	WrongAlphabet Reason = "alphabet"    // At and Got tell where and what
	WrongCheck    Reason = "check_digit" // Expected tells what it should be
)

// A Verdict is the outcome of Check. Code is the normalised form whatever the
// Reason, so that a form can show what was understood.
type Verdict struct {
	Code     string
	Reason   Reason
	Got      string // the character at fault
	Expected string // the check character that would be right
	At       int    // its place, counted from 1; 0 when the whole is meant
	Length   int    // characters after normalising
}

// OK tells whether the code may stand.
func (v Verdict) OK() bool { return v.Reason == OK }

// Normalize writes a code the way it is stored: capitals, half width, without
// blanks, hyphens and invisible characters. It corrects no mistake: an O
// stays an O.
func Normalize(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '　', r == '\u00a0', r == '\u200b', r == '\ufeff':
			return -1
		}
		switch {
		case r <= ' ', r == '-', r == '‐', r == '–', r == '—':
			return -1
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		}
		return r
	}, s)
}

// Check normalises a code and checks it. The first fault found is reported:
// emptiness, length, alphabet (letters nowhere in the six digits of the
// registering place), then the check character at position 18.
func Check(s string) Verdict {
	v := Verdict{Code: Normalize(s)}
	runes := []rune(v.Code)
	v.Length = len(runes)
	switch {
	case v.Length == 0:
		v.Reason = Empty
		return v
	case v.Length != Length:
		v.Reason = WrongLength
		return v
	}
	for i, r := range runes {
		if r > 'Z' || !strings.ContainsRune(alphabet, r) || i >= 2 && i < 8 && r > '9' {
			v.Reason, v.At, v.Got = WrongAlphabet, i+1, string(r)
			return v
		}
	}
	if want := checkCharacter(v.Code[:17]); v.Code[17] != want {
		v.Reason, v.At, v.Got, v.Expected = WrongCheck, 18, v.Code[17:], string(want)
		return v
	}
	return v
}

// checkCharacter weighs the i-th character with 3^i and fills up to a multiple
// of 31.
func checkCharacter(first17 string) byte {
	sum, weight := 0, 1
	for i := range len(first17) {
		sum += strings.IndexByte(alphabet, first17[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}
