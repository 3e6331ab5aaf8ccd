package signin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The length of a password, in characters. There is no rule about kinds of
// characters: length and not being guessable is what keeps others out.
const (
	MinPassword = 8
	MaxPassword = 128
)

// Code names what is wrong with a password; views put it into words.
type Code string

// The codes.
const (
	TooShort   Code = "too_short"   // Arg: the least number of characters
	TooLong    Code = "too_long"    // Arg: the greatest number of characters
	Unreadable Code = "unreadable"  // not text, or control characters in it
	Common     Code = "common"      // among the passwords that everyone tries first
	Repeated   Code = "repeated"    // one piece over and over: 12121212
	Sequence   Code = "sequence"    // a run along the alphabet, the digits or the keyboard
	LikeName   Code = "like_name"   // the user's own name, alone or with a few characters
	LikeFirm   Code = "like_firm"   // the company, branch or product, alone or with a few characters
	LikePhone  Code = "like_phone"  // a telephone number of the user's, or any mobile number
	SameAsOld  Code = "same_as_old" // for the caller, who alone can compare with the old one
)

// Fault is one thing wrong with a password.
type Fault struct {
	Code Code
	Arg  int
}

// Owner is whose password it is. Empty fields are not compared.
type Owner struct {
	Username string
	Names    []string // the person's name, also in pinyin
	Firms    []string // company, head office, branch: name, short name, code, pinyin
	Phones   []string
}

// Faults are all that is wrong with a new password, none for a good one.
// Passwords are compared as people think of them: full-width as plain, without
// regard to case. The password itself is hashed exactly as typed.
func Faults(password string, owner Owner) []Fault {
	n := utf8.RuneCountInString(password)
	switch {
	case len(password) > 4*MaxPassword || n > MaxPassword:
		return []Fault{{TooLong, MaxPassword}}
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return []Fault{{Unreadable, 0}}
	case n < MinPassword:
		return []Fault{{TooShort, MinPassword}}
	}
	p := fold(password)
	var faults []Fault
	switch {
	case common(p) || date(p):
		faults = append(faults, Fault{Common, 0})
	case repeated(p):
		faults = append(faults, Fault{Repeated, 0})
	case sequence(p):
		faults = append(faults, Fault{Sequence, 0})
	}
	if like(p, append([]string{owner.Username}, owner.Names...)...) {
		faults = append(faults, Fault{LikeName, 0})
	}
	if like(p, append([]string{"yike", "驿客"}, owner.Firms...)...) {
		faults = append(faults, Fault{LikeFirm, 0})
	}
	if mobile(p) {
		return append(faults, Fault{LikePhone, 0})
	}
	for _, phone := range owner.Phones {
		if d := digits(phone); len(d) >= 7 && (p == d || strings.HasSuffix(d, p) || strings.Contains(p, d)) {
			faults = append(faults, Fault{LikePhone, 0})
			break
		}
	}
	return faults
}

// date says whether p is a date as birthdays are typed: 19900131, 1990-1-31.
func date(p string) bool {
	f := strings.FieldsFunc(p, func(r rune) bool { return strings.ContainsRune("-/.年月日 ", r) })
	var y, m, d string
	switch {
	case len(f) == 1 && len(f[0]) == 8:
		y, m, d = f[0][:4], f[0][4:6], f[0][6:]
	case len(f) == 3:
		y, m, d = f[0], f[1], f[2]
	default:
		return false
	}
	year, err1 := strconv.Atoi(y)
	month, err2 := strconv.Atoi(m)
	dom, err3 := strconv.Atoi(d)
	return err1 == nil && err2 == nil && err3 == nil &&
		year >= 1900 && year < 2100 && month >= 1 && month <= 12 && dom >= 1 && dom <= 31
}

// mobile says whether p is a Chinese mobile number and nothing else.
func mobile(p string) bool {
	d := digits(p)
	return len(d) == 11 && len(p) <= 13 && d[0] == '1' && d[1] >= '3' && strings.TrimFunc(p, sign) != "" &&
		!strings.ContainsFunc(p, unicode.IsLetter)
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, fold(s))
}

// commonList is kept packed: the program is smaller by it.
//
//go:embed common.txt.gz
var commonList []byte

//go:embed stems.txt
var stemList string

type guesses struct {
	whole, stems map[string]bool
}

var guessable = sync.OnceValue(func() guesses {
	g := guesses{map[string]bool{}, map[string]bool{}}
	packed, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic("signin: " + err.Error()) // only an embed that contradicts itself could do this
	}
	lines := bufio.NewScanner(packed)
	for lines.Scan() {
		g.whole[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		panic("signin: " + err.Error()) // as above
	}
	for line := range strings.Lines(stemList) {
		g.stems[strings.TrimSpace(line)] = true
	}
	return g
})

// common says whether the password is in the list, or one of the words people
// begin with (woaini, qwe, admin) before digits people end with (1314, 123456,
// a year), signs between and after them left aside.
func common(p string) bool {
	g := guessable()
	if g.whole[p] {
		return true
	}
	plain := strings.TrimFunc(p, sign)
	if g.whole[plain] || g.stems[plain] {
		return true
	}
	cut := strings.TrimRightFunc(plain, func(r rune) bool { return r >= '0' && r <= '9' })
	if tail := plain[len(cut):]; tail != "" && g.stems[strings.TrimRightFunc(cut, sign)] && usualTail(tail) {
		return true
	}
	rest := strings.TrimLeftFunc(plain, func(r rune) bool { return r >= '0' && r <= '9' })
	head := plain[:len(plain)-len(rest)]
	return head != "" && g.stems[strings.TrimLeftFunc(rest, sign)] && usualTail(head)
}

func sign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// usualTail says whether the digits are among those that people add to a word.
func usualTail(t string) bool {
	if len(t) <= 3 || sequence(t) || repeated(t) {
		return true
	}
	if len(t) == 4 && (t[:2] == "19" || t[:2] == "20") {
		return true
	}
	if len(t) == 8 && (t[:2] == "19" || t[:2] == "20") { // a date
		return true
	}
	switch t {
	case "1314", "520520", "5201314", "1314520", "13145", "9527", "7758521", "147258", "147258369", "159357", "258369", "123321", "112233", "11223344", "123123", "6688", "8866", "1688", "168168", "5188", "518518", "1212", "1010", "12345678910", "10086", "10010":
		return true
	}
	return false
}

// repeated says whether p is one piece of up to four characters over and over.
func repeated(p string) bool {
	r := []rune(p)
	for size := 1; size <= 4 && size*2 <= len(r); size++ {
		same := true
		for i := size; i < len(r); i++ {
			if r[i] != r[i-size] {
				same = false
				break
			}
		}
		if same {
			return true
		}
	}
	return false
}

// runs are the rows along which fingers walk.
var runs = [...]string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp", "!@#$%^&*()"}

// sequence says whether p is made of at most two runs forwards or backwards,
// or of fewer than two characters beside one.
func sequence(p string) bool {
	rest, pieces := p, 0
	for rest != "" {
		n := longestRun(rest)
		if n < 3 {
			return pieces > 0 && len(rest) < 2
		}
		if pieces++; pieces > 2 {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// longestRun is the length of the longest beginning of s that lies on a run.
func longestRun(s string) int {
	best := 0
	for _, run := range runs {
		for _, r := range [2]string{run, reverse(run)} {
			n := best
			for n < len(s) && n < len(r) && strings.Contains(r, s[:n+1]) {
				n++
			}
			best = max(best, n)
		}
	}
	return best
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// firmEndings are the words at the end of a branch's or a company's name that
// say what it is and not which.
var firmEndings = []string{"有限责任公司", "股份有限公司", "有限公司", "分公司", "子公司", "公司", "集团", "快递", "速递", "快运", "速运", "物流", "网点", "营业部", "服务部", "服务点", "承包区", "加盟商", "驿站", "分部", "总部", "省区", "大区", "片区"}

// FirmWords are the words that somebody would make a password of who knows the
// name of a company or a branch: the whole, without what every name ends with,
// and its first and last two characters, which are a city and a quarter:
//
//	杭州良渚网点 → 杭州良渚网点, 杭州良渚, 杭州, 良渚
func FirmWords(name string) []string {
	name = strings.TrimSpace(name)
	out := []string{name}
	short := name
	for cut := true; cut; {
		cut = false
		for _, ending := range firmEndings {
			if rest, ok := strings.CutSuffix(short, ending); ok && utf8.RuneCountInString(rest) >= 2 {
				short, cut = rest, true
			}
		}
	}
	if short != name {
		out = append(out, short)
	}
	if r := []rune(short); len(r) >= 4 && unicode.Is(unicode.Han, r[0]) && unicode.Is(unicode.Han, r[len(r)-1]) {
		out = append(out, string(r[:2]), string(r[len(r)-2:]))
	}
	return out
}

// PersonWords are a person's name and, of a Chinese one, the name without the
// family name where it has two characters or more.
func PersonWords(name string) []string {
	r := []rune(strings.TrimSpace(name))
	out := []string{string(r)}
	if len(r) < 3 || len(r) > 5 {
		return out
	}
	for _, c := range r {
		if !unicode.Is(unicode.Han, c) {
			return out
		}
	}
	if len(r) == 3 {
		return append(out, string(r[1:]))
	}
	return append(out, string(r[2:])) // 欧阳晓楠
}

// like says whether p is one of the words with nothing but digits, signs or up
// to three letters around it. Words of fewer than three bytes match too much.
func like(p string, words ...string) bool {
	for _, word := range words {
		w := fold(strings.TrimSpace(word))
		if len(w) < 3 {
			continue
		}
		before, after, found := strings.Cut(p, w)
		if !found {
			continue
		}
		letters := 0
		for _, r := range before + after {
			if unicode.IsLetter(r) {
				letters++
			}
		}
		if letters <= 3 && utf8.RuneCountInString(before+after) <= 8 {
			return true
		}
	}
	return false
}
