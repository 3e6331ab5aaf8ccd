package db

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yike/policy/find"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/pinyin"
)

// wanted is a query as it is compared.
type wanted struct {
	text   string // folded
	latin  bool   // may be pinyin
	full   mask.PhoneQuery
	masked mask.PhoneQuery
}

func wantedOf(q string) wanted {
	if r := []rune(q); len(r) > queryRunes {
		q = string(r[:queryRunes])
	}
	w := wanted{text: find.Fold(q), full: mask.Search(q, mask.Full), masked: mask.Search(q, mask.Masked)}
	w.latin = w.text != "" && strings.Trim(w.text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	return w
}

func (w wanted) none() bool {
	return utf8.RuneCountInString(w.text) < 2 && w.full.Match == mask.NoMatch
}

// inName says whether the text is found in a name: as written, as spelled, or
// by initials.
func (w wanted) inName(name string) bool {
	if name == "" || utf8.RuneCountInString(w.text) < 2 {
		return false
	}
	if strings.Contains(find.Fold(name), w.text) {
		return true
	}
	if !w.latin {
		return false
	}
	for _, r := range pinyin.Readings(name) {
		if strings.Contains(find.Fold(r.Full), w.text) || strings.Contains(find.Fold(r.Initials), w.text) {
			return true
		}
	}
	return false
}

// inCode says whether the text is the code, or three or more characters of it.
func (w wanted) inCode(code string) (found, exact bool) {
	c := find.Fold(code)
	exact = w.text != "" && c == w.text
	return exact || len(w.text) >= 3 && strings.Contains(c, w.text), exact
}

// inPhone says whether a number is found by a reader who sees it in full or not.
func (w wanted) inPhone(number string, full bool) (found, exact bool) {
	p := w.masked
	if full {
		p = w.full
	}
	digits := phone.SearchKey(number)
	switch p.Match {
	case mask.Whole:
		found = digits == p.Digits
	case mask.LastFour:
		found = phone.Last4(number) == p.Digits
	case mask.Fragment:
		found = strings.Contains(digits, p.Digits)
	}
	return found, found && digits == p.Digits
}

// alternatives are sets of grams; a candidate has all of one set: of names and
// codes, if words, and of phones.
func (w wanted) alternatives(words bool, phones ...mask.PhoneQuery) [][]string {
	var out [][]string
	add := func(kind rune, text string, n int) {
		var g gramList
		if grams(&g, kind, text, n); len(g) > 0 {
			out = append(out, telling(kind, g))
		}
	}
	whole := func(kind rune, text string) {
		var g gramList
		if wholeGram(&g, kind, text); g != nil {
			out = append(out, g)
		}
	}
	if words {
		if !w.latin {
			add(gramName, w.text, 2)
		} else { // what a name has of letters and digits stands in its spelling, too
			n := 3
			if len(w.text) == 2 {
				n = 2
			}
			var long gramList
			if longGrams(&long, w.text); len(long) > 0 {
				out = append(out, compact(long))
			} else {
				add(gramPinyin, w.text, n)
			}
			if strings.Trim(w.text, "0123456789") != "" {
				add(gramInitials, w.text, n)
			}
		}
		if utf8.RuneCountInString(w.text) < 6 {
			add(gramCode, w.text, 3)
		} else {
			add(gramCode, w.text, 6)
		}
	}
	for _, p := range phones {
		switch {
		case p.Match == mask.LastFour:
			whole(gramLast, p.Digits)
		case p.Match == mask.Fragment && len(p.Digits) == 3:
			// In a number of four digits or more another stands behind them,
			// or before.
			for d := '0'; d <= '9'; d++ {
				out = append(out, []string{string(gramDigits) + p.Digits + string(d)}, []string{string(gramDigits) + string(d) + p.Digits})
			}
		case p.Match == mask.Fragment && len(p.Digits) >= 7:
			add(gramDigits, p.Digits, 7)
		case p.Match == mask.Fragment:
			add(gramDigits, p.Digits, 4)
		}
	}
	return distinct(out)
}

// wholes are the sets for what is asked by its whole code or number.
func (w wanted) wholes(words bool, phones ...mask.PhoneQuery) [][]string {
	var out [][]string
	add := func(kind rune, text string) {
		var g gramList
		if wholeGram(&g, kind, text); g != nil {
			out = append(out, g)
		}
	}
	if words {
		add(gramWhole, w.text)
	}
	for _, p := range phones {
		if p.Match == mask.Fragment || p.Match == mask.Whole {
			add(gramNumber, p.Digits)
		}
	}
	return distinct(out)
}

func distinct(sets [][]string) [][]string {
	slices.SortFunc(sets, slices.Compare)
	return slices.CompactFunc(sets, slices.Equal)
}

func compact(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// commonSpelling are the triples of letters that stand in most names, so that
// they say little and cost much to intersect.
const commonSpelling = " ang eng ing ong ian uan iao gon ngs gsi you oux uxi xia ngx nxi hua zho hon hen ngh ngz uyo ngy "

// telling leaves out the grams that the others make all but certain, since the
// cost of an intersection is the length of its lists: of a number those that
// overlap, and of a spelling the frequent ones.
func telling(kind rune, g []string) []string {
	var out []string
	switch kind {
	case gramDigits:
		for i := len(g) - 1; i >= 0 && len(out) < 3; i -= 4 {
			out = append(out, g[i])
		}
		switch {
		case len(g[0]) > 5: // of seven: one says nearly all
			out = out[:1]
		case len(g) > 1:
			out = append(out, g[0])
		}
	case gramPinyin:
		for _, t := range g {
			if !strings.Contains(commonSpelling, " "+t[1:]+" ") {
				out = append(out, t)
			}
		}
	}
	if len(out) == 0 {
		out = g
	}
	return compact(out)
}
