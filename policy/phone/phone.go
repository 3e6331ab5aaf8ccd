// Package phone reads telephone numbers the way people type them into cells
// and forms, and gives each one canonical spelling. It owns what counts as a
// mobile, a landline or a service number, and what is wrong with the rest. It
// knows nothing of customers, files, or of who may see a number (R19, R24).
package phone

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// Kind is what sort of line a number belongs to.
type Kind string

// The kinds of number.
const (
	Mobile   Kind = "mobile"   // 11 digits, ^1[3-9]
	Landline Kind = "landline" // area code, number, perhaps an extension
	Service  Kind = "service"  // 400…, 800…, 95xxx
	Virtual  Kind = "virtual"  // a mobile with an extension: a platform's privacy number, which expires
	Foreign  Kind = "foreign"  // +countrycode, another country than 86
)

// Number is one telephone number in its canonical spelling.
type Number struct {
	Kind Kind
	// Digits is the canonical spelling: "13800001054", "0571-86000123",
	// "0571-86000123-801", "4008001234", "95338", "+85221234567".
	Digits string
	// AreaAdded says that the area code was not written and the default was taken.
	AreaAdded bool
	// ZeroRestored says that the leading 0 of the area code had been lost.
	ZeroRestored bool
}

// Code says what is wrong with a number.
type Code string

// What can be wrong.
const (
	MobileShort  Code = "mobile_short"  // N digits are missing
	MobileLong   Code = "mobile_long"   // N digits too many
	DigitsLost   Code = "digits_lost"   // scientific notation dropped the end of the number
	NoAreaCode   Code = "no_area_code"  // a local number and no default area code
	Masked       Code = "phone_masked"  // 138****1054
	NotAPhone    Code = "not_a_phone"   // no number in it
	StrayDigits  Code = "stray_digits"  // digits beside a number that belong to none
	ForeignWrong Code = "foreign_wrong" // + and a number that its country does not have
)

// Problem is one thing wrong with a cell: a code, a count where the code has
// one, and the text it is about. The zero Problem is no problem.
type Problem struct {
	Code Code
	N    int
	Text string
}

// OK reports that nothing is wrong.
func (p Problem) OK() bool { return p.Code == "" }

// IsMobile reports whether s is exactly a mainland mobile number.
func IsMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && s[1] >= '3' && s[1] <= '9' && allDigits(s)
}

// Parse reads one number. area is the area code for landlines written without
// one ("0571"; "" = none known). An empty raw gives no number and no problem;
// more than one number is NotAPhone.
func Parse(raw, area string) (Number, Problem) {
	ns, ps := Split(raw, area)
	if len(ps) > 0 {
		return Number{}, ps[0]
	}
	if len(ns) == 0 {
		return Number{}, Problem{}
	}
	if len(ns) > 1 {
		return Number{}, Problem{Code: NotAPhone, N: len(ns), Text: clip(raw)}
	}
	return ns[0], Problem{}
}

// Split reads all numbers of a cell, in the order written, each once. Words
// for "none" (无, —, N/A) and an empty cell give neither numbers nor problems.
func Split(cell, area string) ([]Number, []Problem) {
	if IsMobile(cell) {
		return []Number{{Kind: Mobile, Digits: cell}}, nil
	}
	s := strings.TrimSpace(Fold(cell))
	if blank(s) {
		return nil, nil
	}
	if n, lost, ok := exponent(s); ok {
		if lost {
			return nil, []Problem{{Code: DigitsLost, Text: clip(s)}}
		}
		s = n
	}
	s = dropPointZero(s)
	if masked(s) {
		return nil, []Problem{{Code: Masked, Text: clip(s)}}
	}
	r := reader{area: area, groups: scan(s)}
	r.read()
	if len(r.numbers) == 0 && len(r.problems) == 0 {
		r.problems = append(r.problems, Problem{Code: NotAPhone, Text: clip(s)})
	}
	return r.numbers, r.problems
}

// SearchKey is the digits alone, as a search by fragment compares them.
func SearchKey(digits string) string {
	if allDigits(digits) {
		return digits
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, Fold(digits))
}

// Last4 is the last four digits of the number itself, without an extension;
// shorter numbers come back whole.
func Last4(digits string) string {
	base := digits
	if i := strings.LastIndexByte(base, '-'); i > 0 && (len(base)-i-1 < 7) {
		base = base[:i]
	}
	base = SearchKey(base)
	if len(base) <= 4 {
		return base
	}
	return base[len(base)-4:]
}

// Display is the canonical spelling grouped for reading: "138 0000 1054",
// "0571-8600 0123-801", "400-860-0123". Other text comes back as it is.
func Display(digits string) string {
	base, ext, _ := strings.Cut(digits, "-")
	switch {
	case IsMobile(base):
		d := base[:3] + " " + base[3:7] + " " + base[7:]
		if ext != "" {
			d += "-" + ext
		}
		return d
	case len(digits) == 10 && allDigits(digits) && (digits[:3] == "400" || digits[:3] == "800"):
		return digits[:3] + "-" + digits[3:6] + "-" + digits[6:]
	case base != digits && base != "" && base[0] == '0':
		local, tail, _ := strings.Cut(ext, "-")
		if len(local) > 4 {
			local = local[:len(local)-4] + " " + local[len(local)-4:]
		}
		if tail != "" {
			local += "-" + tail
		}
		return base + "-" + local
	}
	return digits
}

// Fold gives every character one width, every dash one dash and every blank
// one blank.
func Fold(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '—', '–', '‐', '‑', '‒', '―', '−', 'ー', '一', '－':
			return '-'
		case '。', '；', '，', '、', '｜':
			return ';'
		}
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		if unicode.IsSpace(r) && r != '\n' && r != '\r' {
			return ' '
		}
		return r
	}, norm.NFKC.String(s))
}

func blank(s string) bool {
	switch strings.ToUpper(s) {
	case "", "无", "没有", "暂无", "未知", "空", "-", "--", "---", "/", "\\", "N/A", "NA", "NULL", "NONE", "NIL", "0", "?", "#N/A", "无电话", "不详", "未留", "未提供":
		return true
	}
	return false
}

// exponent reads 1.38E+10. lost = fewer digits are written than the number has.
func exponent(s string) (digits string, lost, ok bool) {
	mant, exp, found := strings.Cut(strings.ToUpper(s), "E")
	if !found {
		return "", false, false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(exp, "+"))
	if err != nil || n < 0 || n > 30 {
		return "", false, false
	}
	whole, frac, _ := strings.Cut(mant, ".")
	if whole == "" || !allDigits(whole) || (frac != "" && !allDigits(frac)) {
		return "", false, false
	}
	if len(frac) < n {
		return "", true, true
	}
	return whole + frac[:n], false, true
}

func dropPointZero(s string) string {
	whole, frac, ok := strings.Cut(s, ".")
	if ok && len(whole) >= 7 && allDigits(whole) && frac != "" && strings.Trim(frac, "0") == "" {
		return whole
	}
	return s
}

func masked(s string) bool {
	for i := 1; i+1 < len(s); i++ {
		if (s[i] == '*' || s[i] == 'x' || s[i] == 'X') && s[i+1] == s[i] && s[i-1] >= '0' && s[i-1] <= '9' {
			return true
		}
	}
	return false
}

// How a group of digits hangs on the one before it.
const (
	hard = iota // a separator between numbers, or words
	soft        // a blank, dot or bracket within a number
	dash
	ext // 转, ext, 分机, #
)

type group struct {
	d    string
	sep  int
	plus bool
	// word: a Chinese character follows at once, as in 2号楼
	word bool
}

func scan(s string) []group {
	var gs []group
	sep, plus := hard, false
	for i := 0; i < len(s); {
		c := s[i]
		if c >= '0' && c <= '9' {
			j := i
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
			r, _ := utf8.DecodeRuneInString(s[j:])
			gs = append(gs, group{d: s[i:j], sep: sep, plus: plus, word: unicode.Is(unicode.Han, r) && r != '转' && r != '分'})
			sep, plus = soft, false
			if j == len(s) || (s[j] != ' ' && s[j] != '-' && s[j] != '.' && s[j] != '(' && s[j] != ')') {
				sep = soft // decided by what comes next
			}
			i = j
			continue
		}
		switch {
		case c == '+':
			plus, sep = true, hard
		case c == '-':
			if sep == soft {
				sep = dash
			}
		case c == ' ' || c == '.' || c == '(' || c == ')':
		case c == '#' || c == '*':
			if sep != hard {
				sep = ext
			}
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			low := strings.ToLower(s[i:min(len(s), i+4)])
			switch {
			case r == '转' || r == '轉':
				sep = extIf(sep)
			case strings.HasPrefix(s[i:], "分机") || strings.HasPrefix(s[i:], "内线"):
				sep, n = extIf(sep), 6
			case strings.HasPrefix(low, "ext"):
				sep, n = extIf(sep), 3
			case (c == 'x' || c == 'X') && sep != hard:
				sep = extIf(sep)
			case sep == ext && (r == ':' || r == '接'):
			default:
				sep = hard
			}
			i += n
			continue
		}
		i++
	}
	return gs
}

func extIf(sep int) int {
	if sep == hard {
		return hard
	}
	return ext
}

// maxExt is the longest extension, in digits: the canonical spelling has a dash
// before it, and six digits after a dash are a postal code.
const maxExt = 5

type reader struct {
	area     string
	groups   []group
	numbers  []Number
	problems []Problem
}

func (r *reader) read() {
	g := r.groups
	var stray []group
	for i := 0; i < len(g); {
		if g[i].plus && !strings.HasPrefix(g[i].d, "86") {
			i = r.foreign(i)
			continue
		}
		at, first := i, g[i].d
		if (first == "86" || first == "0086") && i+1 < len(g) && (g[i+1].sep == soft || g[i+1].sep == dash) {
			at, first = i+1, g[i+1].d
		} else if cut := strings.TrimPrefix(strings.TrimPrefix(first, "00"), "86"); len(cut) >= 10 && cut != first {
			first = cut
		}
		n, used := r.match(at, first)
		if used == 0 {
			if p := whyNot(r.run(at, first)); !p.OK() {
				r.problems = append(r.problems, p)
				for i = at + 1; i < len(g) && (g[i].sep == soft || g[i].sep == dash); i++ {
				}
				continue
			}
			stray = append(stray, g[i])
			i++
			continue
		}
		i = at + used
		if i < len(g) && n.Kind != Service {
			x := g[i]
			if len(x.d) <= maxExt && (x.sep == ext || x.sep == dash) {
				n.Digits += "-" + x.d
				if n.Kind == Mobile {
					n.Kind = Virtual
				}
				i++
			}
		}
		r.add(n)
	}
	for _, x := range stray {
		if x.word && len(x.d) <= 3 && len(r.numbers) > 0 {
			continue
		}
		if len(r.numbers) > 0 {
			r.problems = append(r.problems, Problem{Code: StrayDigits, Text: x.d})
		}
	}
}

func (r *reader) add(n Number) {
	for _, have := range r.numbers {
		if have.Digits == n.Digits {
			return
		}
	}
	if n.Kind == Landline && n.Digits[0] == '-' {
		if r.area == "" {
			r.problems = append(r.problems, Problem{Code: NoAreaCode, Text: n.Digits[1:]})
			return
		}
		n.Digits, n.AreaAdded = r.area+n.Digits, true
		for _, have := range r.numbers {
			if have.Digits == n.Digits {
				return
			}
		}
	}
	r.numbers = append(r.numbers, n)
}

// run joins the groups that hang together from at, for saying what is wrong.
func (r *reader) run(at int, first string) string {
	s := first
	for k := at + 1; k < len(r.groups) && k < at+4 && (r.groups[k].sep == soft || r.groups[k].sep == dash); k++ {
		if len(s) >= 9 {
			break
		}
		s += r.groups[k].d
	}
	return s
}

// match tries one group alone, then as many as hang together, longest first.
func (r *reader) match(at int, first string) (Number, int) {
	if n, ok := whole(first); ok {
		return n, 1
	}
	lens := []int{len(first)}
	joined := []string{first}
	for k := at + 1; k < len(r.groups) && len(joined) < 4; k++ {
		if s := r.groups[k].sep; s != soft && s != dash {
			break
		}
		joined = append(joined, joined[len(joined)-1]+r.groups[k].d)
		lens = append(lens, len(r.groups[k].d))
	}
	for k := len(joined) - 1; k >= 1; k-- {
		s := joined[k]
		if IsMobile(s) || isService(s) && len(s) == 10 {
			n, _ := whole(s)
			return n, k + 1
		}
		if _, done := landline(joined[k-1]); done { // what follows is an extension
			continue
		}
		if n, ok := landline(s); ok && lens[0] <= 5 {
			return n, k + 1
		}
		if _, done := landline("0" + joined[k-1]); done && k > 1 {
			continue
		}
		if len(first) <= 3 && k <= 2 {
			if n, ok := landline("0" + s); ok && len(n.Digits) == len(first)+1+1+len(s)-len(first) && strings.HasPrefix(n.Digits, "0"+first+"-") {
				n.ZeroRestored = true
				return n, k + 1
			}
		}
		if k == 1 && (lens[0] == 3 || lens[0] == 4) && lens[1] == 4 && local(s) && !r.startsNumber(at+1) {
			return Number{Kind: Landline, Digits: "-" + s}, 2
		}
	}
	return Number{}, 0
}

// startsNumber reports whether the group at i is a number of its own.
func (r *reader) startsNumber(i int) bool {
	_, ok := whole(r.groups[i].d)
	return ok
}

// whole reads digits without any separator.
func whole(s string) (Number, bool) {
	switch {
	case IsMobile(s):
		return Number{Kind: Mobile, Digits: s}, true
	case isService(s):
		return Number{Kind: Service, Digits: s}, true
	case s == "":
		return Number{}, false
	case s[0] == '0':
		return landline(s)
	case local(s):
		return Number{Kind: Landline, Digits: "-" + s}, true
	case (len(s) == 10 || len(s) == 11) && !(s[0] == '1' && s[1] >= '3'):
		n, ok := landline("0" + s)
		n.ZeroRestored = ok
		return n, ok
	}
	return Number{}, false
}

func isService(s string) bool {
	switch {
	case len(s) == 10:
		return s[:3] == "400" || s[:3] == "800"
	case len(s) >= 5 && len(s) <= 8 && s[0] == '9':
		return s[1] == '5' || s[1] == '6'
	case len(s) == 5:
		return s[:3] == "100" || s[:2] == "12" || s[:3] == "111" || s[:3] == "118"
	}
	return false
}

func local(s string) bool {
	return (len(s) == 7 || len(s) == 8) && s[0] >= '2' && s[0] <= '8'
}

func landline(s string) (Number, bool) {
	if len(s) < 10 || s[0] != '0' {
		return Number{}, false
	}
	cut := 4
	if s[1] == '1' || s[1] == '2' {
		cut = 3
		if s[1] == '1' && s[2] != '0' || s[1] == '2' && s[2] == '6' || len(s) != 11 {
			return Number{}, false
		}
	} else if s[1] == '0' {
		return Number{}, false
	}
	if !local(s[cut:]) {
		return Number{}, false
	}
	return Number{Kind: Landline, Digits: s[:cut] + "-" + s[cut:]}, true
}

// whyNot explains digits that are nearly a number.
func whyNot(s string) Problem {
	switch {
	case len(s) >= 7 && s[0] == '1' && s[1] >= '3' && len(s) < 11:
		return Problem{Code: MobileShort, N: 11 - len(s), Text: s}
	case len(s) >= 12 && s[0] == '1' && s[1] >= '3' && s[1] <= '9':
		return Problem{Code: MobileLong, N: len(s) - 11, Text: clip(s)}
	case len(s) >= 7:
		return Problem{Code: NotAPhone, Text: clip(s)}
	}
	return Problem{}
}

// foreign reads +852 2123 4567; returns the index of the next group.
func (r *reader) foreign(i int) int {
	s, next := "+"+r.groups[i].d, i+1
	for next < len(r.groups) && (r.groups[next].sep == soft || r.groups[next].sep == dash) && len(s) < 14 && !r.groups[next].plus {
		s += r.groups[next].d
		next++
	}
	p, err := phonenumbers.Parse(s, "CN")
	if err != nil || !phonenumbers.IsValidNumber(p) || p.GetCountryCode() == 86 { // "+8 6…": a country code that is torn
		r.problems = append(r.problems, Problem{Code: ForeignWrong, Text: clip(s)})
		return next
	}
	r.add(Number{Kind: Foreign, Digits: phonenumbers.Format(p, phonenumbers.E164)})
	return next
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40])
}
