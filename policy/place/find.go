package place

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Certainty says how firmly Find knows a place. From Inferred on, the place
// may be used without asking.
type Certainty uint8

const (
	None      Certainty = iota // the text does not begin with a place
	Ambiguous                  // several places fit; the Place holds what they share
	Partial                    // a place, but the district is not said
	Inferred                   // down to the district; some level was left out or shortened
	Stated                     // down to the district, every level written out
)

// Find recognises the place a text begins with and returns what follows it.
// It understands full and short names (浙江省杭州市余杭区, 浙江杭州余杭), left-out
// levels where only one place fits (杭州西湖区, 余杭区), municipalities written
// once or twice, dissolved divisions, and separators between the levels. A
// name of several places (鼓楼区) is Ambiguous. A short name before 路, 街 and
// their like is a street and not a place (南京路).
//
// The rest begins where the recognised place ends; when the place is
// ambiguous it begins with the ambiguous name.
func Find(text string) (p Place, rest string, c Certainty) {
	t := tables()
	start := skipSeparators(text, 0)
	start += len(text[start:]) - len(strings.TrimPrefix(text[start:], "中国"))
	start = skipSeparators(text, start)

	var best []way
	t.ways(text, start, func(w way) {
		switch {
		case len(best) == 0 || w.better(best[0]):
			best = append(best[:0], w)
		case !best[0].better(w):
			for _, have := range best {
				if t.chain(have.last) == t.chain(w.last) {
					return
				}
			}
			best = append(best, w)
		}
	})
	if len(best) == 0 {
		return Place{}, text, None
	}
	if len(best) > 1 {
		shared := t.shared(best)
		return shared, strings.TrimLeftFunc(text[best[0].before:], isSeparator), Ambiguous
	}
	w := best[0]
	p = t.chain(w.last)
	rest = strings.TrimLeftFunc(text[w.end:], isSeparator)
	if again, ok := strings.CutPrefix(rest, p.Name()); ok && p.District.Code != "" {
		rest = strings.TrimLeftFunc(again, isSeparator) // forms that were filled in twice
	}
	switch {
	case p.District.Code == "" && (p.City.Code == "" || len(t.children[p.City.Code]) > 0):
		return p, rest, Partial
	case w.inferred > 0 || w.short > 0:
		return p, rest, Inferred
	}
	return p, rest, Stated
}

// A way is one manner of reading the beginning of a text as a place.
type way struct {
	last     *Division
	before   int // where the last name begins
	end      int
	inferred int // levels above the last that are not written
	short    int // names written short
}

// better prefers the longer reading, then existing divisions, then the one
// that supposes less.
func (w way) better(other way) bool {
	if w.end != other.end {
		return w.end > other.end
	}
	if w.last.Current() != other.last.Current() {
		return w.last.Current()
	}
	return w.inferred < other.inferred
}

func (t *table) ways(text string, start int, yield func(way)) {
	t.at(text, start, Province, nil, func(province form, end int) {
		w := way{last: province.of, before: start, end: end, short: count(province.short)}
		yield(w)
		t.below(text, w, yield)
	})
	t.at(text, start, City, nil, func(city form, end int) {
		w := way{last: city.of, before: start, end: end, short: count(city.short), inferred: t.missing(city.of, nil)}
		yield(w)
		t.below(text, w, yield)
	})
	t.at(text, start, District, nil, func(d form, end int) {
		yield(way{last: d.of, before: start, end: end, short: count(d.short), inferred: t.missing(d.of, nil)})
	})
}

// below looks for a city or district of the place read so far.
func (t *table) below(text string, above way, yield func(way)) {
	pos := skipFillers(text, above.end)
	if above.last.Code == "500000" || above.last.Code == "500100" {
		// 重庆市 县 城口县: the statistical office's word for its counties
		if after, ok := strings.CutPrefix(text[pos:], "县"); ok {
			pos = skipSeparators(text, len(text)-len(after))
		}
	}
	next := func(f form, end int) way {
		return way{last: f.of, before: pos, end: end,
			short: above.short + count(f.short), inferred: above.inferred + t.missing(f.of, above.last)}
	}
	if above.last.Level == Province {
		t.at(text, pos, City, above.last, func(f form, end int) {
			w := next(f, end)
			yield(w)
			t.below(text, w, yield)
		})
	}
	if above.last.Level < District {
		t.at(text, pos, District, above.last, func(f form, end int) { yield(next(f, end)) })
	}
}

// missing counts the levels between a division and what was read above it. A
// municipality need not be written twice.
func (t *table) missing(d, above *Division) int {
	n := 0
	for up := t.byCode[d.Parent]; up != nil && up != above; up = t.byCode[up.Parent] {
		if above != nil && up.Level == City && len(t.children[up.Parent]) == 1 {
			continue
		}
		n++
	}
	if above == nil && d.Level == City && len(t.children[d.Parent]) == 1 {
		return 0
	}
	return n
}

func (t *table) shared(ws []way) Place {
	p := t.chain(ws[0].last)
	for _, w := range ws[1:] {
		other := t.chain(w.last)
		if p.District.Code != other.District.Code {
			p.District = Division{}
		}
		if p.City.Code != other.City.Code {
			p.City = Division{}
		}
		if p.Province.Code != other.Province.Code {
			p.Province = Division{}
		}
	}
	return p
}

// at calls yield for every name of a level, below a division if one is given,
// that stands at a position of the text.
func (t *table) at(text string, pos int, level Level, within *Division, yield func(f form, end int)) {
	for _, f := range t.forms[firstTwo(text[pos:])] {
		if f.of.Level != level || !strings.HasPrefix(text[pos:], f.text) {
			continue
		}
		if within == nil && f.needsParent || within != nil && !t.isWithin(f.of, within) {
			continue
		}
		end := pos + len(f.text)
		if f.short && looksLikeStreet(text[end:]) {
			continue
		}
		yield(f, end)
	}
}

func (t *table) isWithin(d, above *Division) bool {
	for up := t.byCode[d.Parent]; up != nil; up = t.byCode[up.Parent] {
		if up == above {
			return true
		}
	}
	return false
}

// looksLikeStreet tells by what follows a short name that it is none: 南京路,
// 北京东路, 西湖大道, or another division's name (吉林 in 吉林市).
func looksLikeStreet(after string) bool {
	first, n := utf8.DecodeRuneInString(after)
	second, _ := utf8.DecodeRuneInString(after[n:])
	return strings.ContainsRune("路街道巷弄里村镇乡桥站店市县区州盟旗省", first) ||
		unicode.Is(unicode.Han, first) && strings.ContainsRune("路街道巷弄", second)
}

func firstTwo(s string) string {
	_, a := utf8.DecodeRuneInString(s)
	_, b := utf8.DecodeRuneInString(s[a:])
	if a+b < 6 { // every name begins with two characters of three bytes
		return ""
	}
	return s[:a+b]
}

func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",，、;；:：/-—|｜·.。_", r)
}

func skipSeparators(s string, pos int) int {
	return len(s) - len(strings.TrimLeftFunc(s[pos:], isSeparator))
}

// fillers stand between the levels in the statistical office's tables.
var fillers = []string{"市辖区", "省直辖县级行政区划", "自治区直辖县级行政区划"}

func skipFillers(s string, pos int) int {
	pos = skipSeparators(s, pos)
	for _, f := range fillers {
		if strings.HasPrefix(s[pos:], f) {
			return skipSeparators(s, pos+len(f))
		}
	}
	return pos
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
