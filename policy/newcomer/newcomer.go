// Package newcomer owns how a pasted list of colleagues is read: who is in it,
// their phone, and the name by which each will sign in. It knows neither accounts
// nor roles: the caller says which names are taken.
package newcomer

import (
	"strconv"
	"strings"
	"unicode"

	"yike/policy/phone"
	"yike/policy/pinyin"
)

// Most is how many are taken from one list; what comes behind is left out.
const Most = 100

// longest is the length of a name to sign in with.
const longest = 32

// A Person is one of the list. Phone is canonical, or as it was written where it is
// no number that is understood.
type Person struct {
	Name, Username, Phone string
}

// Read takes a list as people paste it: a person a line or with 、 or ； between, each
// a name and, in any order behind blanks, tabs or commas, a phone and a name to sign
// in with (small letters and digits). A name that stands there twice with one phone is
// one person. more says that the list was longer than Most.
func Read(text string) (list []Person, more bool) {
	seen := map[Person]bool{}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n\r、；;", r) }) {
		p := person(line)
		if p == (Person{}) || seen[p] {
			continue
		}
		if len(list) == Most {
			return list, true
		}
		seen[p] = true
		list = append(list, p)
	}
	return list, false
}

func person(line string) (p Person) {
	var name []string
	for _, word := range words(line) {
		number, fault := phone.Parse(word, "")
		switch {
		case fault.Code == "" && p.Phone == "":
			p.Phone = number.Digits
		case digits(word) >= 5 && p.Phone == "":
			p.Phone = word
		case len(name) > 0 && p.Username == "" && Fits(word):
			p.Username = word
		default:
			name = append(name, word)
		}
	}
	p.Name = strings.Join(name, " ")
	return p
}

// words are the pieces of a line; a number that was written in groups is one.
func words(line string) (out []string) {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，|", r) }) {
		if last := len(out) - 1; last >= 0 && group(word) && group(out[last]) && digits(out[last]) < 11 {
			out[last] += word
			continue
		}
		out = append(out, word)
	}
	return out
}

// group says whether a word is digits and nothing but the signs of a number.
func group(word string) bool { return digits(word) > 0 && strings.Trim(word, "0123456789+-()") == "" }

func digits(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// Fits says whether somebody can sign in with a name: 2 to 32 small letters, digits,
// points, dashes and underscores, the first a letter or a digit.
func Fits(username string) bool {
	if len(username) < 2 || len(username) > longest {
		return false
	}
	for i, r := range username {
		if letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'; !letter && (i == 0 || !strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return true
}

// Username is what a name is written like in letters: 周砚青 is zhouyanqing; "" where
// there is nothing to write.
func Username(name string) string {
	var out string
	if readings := pinyin.Readings(name); len(readings) > 0 {
		out = readings[0].Full
	}
	out = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, out)
	out = out[:min(len(out), longest)]
	if len(out) < 2 {
		return ""
	}
	return out
}

// Fill gives those who have none a name to sign in with that nobody has: the second
// 王伟 is wangwei2. What was written by hand stays as it is.
func Fill(list []Person, taken func(string) bool) {
	mine := map[string]bool{}
	for _, p := range list {
		mine[p.Username] = p.Username != ""
	}
	for i := range list {
		base := Username(list[i].Name)
		if list[i].Username != "" || base == "" {
			continue
		}
		at := base
		for n := 2; mine[at] || taken(at); n++ {
			tail := strconv.Itoa(n)
			at = base[:min(len(base), longest-len(tail))] + tail
		}
		list[i].Username, mine[at] = at, true
	}
}
