package mask

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spoken is what is known in a sentence: a mobile number however it is grouped
// (mobiles), a landline with its area code, a local number behind a word that
// announces one, a mail address, an id behind a word for WeChat or QQ, and a
// house in a street. The patterns are made at first use: no start waits for them.
type spoken struct {
	landline, abroad, local, email, id, wxid, house *regexp.Regexp

	row *regexp.Regexp // mobiles without anything between them
}

var spokenOf = sync.OnceValue(func() *spoken {
	return &spoken{
		landline: regexp.MustCompile(`\(?0\d{2,3}\)?[ \-./]{0,3}\d{3,4}[ \-./]{0,3}\d{4}(?:[ ]?(?:转|分机|-)[ ]?\d{1,5})?`),
		abroad:   regexp.MustCompile(`\+\d{1,3}(?:[ \-]?\d){7,12}`),
		local:    regexp.MustCompile(`(?i)((?:电话|座机|固话|手机|号码|致电|拨打|tel|phone)[^0-9\n]{0,6})(\d{3,4}[ \-]?\d{4})`),
		email:    regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+`),
		id:       regexp.MustCompile(`(?i)((?:微信号?|薇信|v信|weixin|wechat|\bvx|\bwx|\bqq)(?:号|id)?[ :：是为]{0,3})([a-z0-9_][a-z0-9_\-]{4,19})`),
		wxid:     regexp.MustCompile(`(?i)\bwxid_[a-z0-9_\-]{3,}`),
		house: regexp.MustCompile(`(?:(?:路|街|大道|巷|弄|胡同)\p{Han}{0,6} ?` + houseNumber + `(?:号|弄)|(?:路|街|大道|巷|弄|胡同|小区|花园|家园|公寓|大厦|广场|苑|园|村|庄|工业区)\p{Han}{0,6} ?` + houseNumber + `(?:号楼|号院|幢|栋|座|单元|室|层))` +
			`(?:[ ,，]?` + houseNumber + `(?:号楼|号院|号|弄|幢|栋|座|单元|室|楼|层))*(?: ?-?\d{2,5}室?)?`),
		row: regexp.MustCompile(`\d{22,}`),
	}
})

const houseNumber = `(?:[0-9]{1,5}(?:-[0-9]{1,4})?|[A-Za-z]|[零〇一二三四五六七八九十百]{1,5}) ?`

// Text is what somebody wrote in their own words: in full as it is, hidden
// nothing, and masked with the phone numbers, mail addresses and WeChat and QQ
// ids in it masked that are known as such, and a street with its house number
// gone:
//
//	打19912341186找周姐，微信zhouyan88     打199 **** 1186找周姐，微信z****8
//	一三八 零零一三 八零零零               138 **** 8000
//	送到良渚街道古墩路1899号3幢            送到****
//
// The digits of a mobile may be full-width, circled or Chinese, with spaces,
// dashes, dots or slashes between them. A date, an amount, a waybill number
// stays. A landline announced by nothing and an address without a house number
// are not known: no rule can find them there.
func Text(s string, l Level) string {
	switch {
	case l == Full:
		return s
	case l != Masked:
		return ""
	case !speaks(s):
		return s
	}
	plain := strings.Map(narrow, s)
	out := plain
	for range 8 { // what was masked may leave a number beside it standing alone
		next := textOnce(out)
		switch {
		case next != out:
			out = next
		case out == plain:
			return s // nothing was hidden in it
		default:
			return out
		}
	}
	return gone // nobody writes so: hidden whole, in bounded time
}

// speaks says whether a text may hold anything that Text masks.
func speaks(s string) bool {
	for _, r := range s {
		if r >= '0' && r <= '9' || r == '@' || r == '＠' || r > 0x7F && digitOf(narrow(r)) >= 0 {
			return true
		}
	}
	return speaksOfID(s) || strings.ContainsAny(s, houseWords)
}

// houseWords stand in every address that the pattern of a house knows by a
// letter alone.
const houseWords = "幢栋座室"

func textOnce(s string) string {
	known := spokenOf()
	s = known.email.ReplaceAllStringFunc(s, func(m string) string { return Email(m, Masked) })
	s = known.wxid.ReplaceAllStringFunc(s, func(m string) string { return WeChat(m, Masked) })
	s = known.row.ReplaceAllStringFunc(s, glued)
	s = mobiles(s)
	s = houses(s)
	s = alone(known.abroad, s, 0)
	s = alone(known.landline, s, 0)
	s = alone(known.local, s, 2)
	return known.id.ReplaceAllStringFunc(s, func(m string) string {
		at := known.id.FindStringSubmatchIndex(m)
		id := m[at[4]:]
		if len(digits(id)) == len(id) && len(id) < 7 {
			return m[:at[4]] + gone
		}
		return m[:at[4]] + WeChat(id, Masked)
	})
}

// speaksOfID says whether a text without digits may still name an id.
func speaksOfID(s string) bool {
	for _, word := range []string{"微信", "薇信", "v信", "V信"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	low := strings.ToLower(s)
	for _, word := range []string{"wx", "vx", "qq", "weixin", "wechat"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

// narrow makes the signs of a number plain ones that a keyboard types wide, or
// that somebody took from elsewhere; what cannot be seen goes.
func narrow(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
		return r - '０' + '0'
	case r == '＠', r == '＋', r == '．', r == '＿', r == '／', r == '（', r == '）':
		return r - '＠' + '@'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Pd, r):
		return '-'
	case r == '•' || r == '・' || r == '‧':
		return '·'
	case unicode.Is(unicode.Cf, r):
		return -1
	case unicode.Is(unicode.Nd, r), unicode.Is(unicode.No, r):
		if d := norm.NFKC.String(string(r)); len(d) == 1 && isDigit(d[0]) {
			return rune(d[0])
		}
	}
	return r
}

// chineseDigits are the words for a digit, the plain and the banker's.
var chineseDigits = map[rune]int{
	'零': 0, '〇': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
	'幺': 1, '两': 2, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
}

// digitOf is the digit that a sign stands for, -1 when for none.
func digitOf(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if d, ok := chineseDigits[r]; ok {
		return d
	}
	return -1
}

// mobiles masks every mobile number, with its country code and without, in
// whatever signs its digits are, with up to three separators between two of
// them; and landlines that are spelled out. A longer row of digits is a waybill
// or an account.
func mobiles(s string) string {
	r := []rune(s)
	var out []rune
	from := 0
	for i := 0; i < len(r); i++ {
		if digitOf(r[i]) < 0 || i > 0 && digitOf(r[i-1]) >= 0 {
			continue
		}
		number, end := numberAt(r, i)
		if end == 0 {
			continue
		}
		start := i
		if i > from && r[i-1] == '+' {
			start--
		}
		out = append(append(out, r[from:start]...), []rune(Phone(number, Masked))...)
		from, i = end, end-1
	}
	if from == 0 {
		return s
	}
	return string(append(out, r[from:]...))
}

// numberAt reads the number that begins at i, and where it ends; 0 when none
// does.
func numberAt(r []rune, i int) (number string, end int) {
	var d []byte
	spelled, gap := false, 0
	for j := i; j < len(r) && len(d) < 16; j++ {
		n := digitOf(r[j])
		if n < 0 {
			if gap++; gap > 3 || !strings.ContainsRune(" -.·_/", r[j]) {
				break
			}
			continue
		}
		gap = 0
		d = append(d, byte('0'+n))
		spelled = spelled || r[j] > '9'
		if j+1 < len(r) && digitOf(r[j+1]) >= 0 {
			continue
		}
		switch national := strings.TrimPrefix(strings.TrimPrefix(string(d), "00"), "86"); {
		case len(national) == 11 && national[0] == '1' && national[1] >= '3' && (len(d) == 11 || len(d) == 13 || len(d) == 15):
			number, end = national, j+1
		case spelled && d[0] == '0' && len(d) >= 10 && len(d) <= 12:
			number, end = string(d), j+1
		}
		if end != 0 {
			break
		}
	}
	return number, end
}

// houses hides a street with its house number, as far back as its name may go.
func houses(s string) string {
	var b strings.Builder
	from := 0
	for _, at := range spokenOf().house.FindAllStringIndex(s, -1) {
		i := at[0]
		name := []rune(s[from:i])
		for n := 0; n < 6 && len(name) > 0; n++ {
			last := name[len(name)-1]
			if !unicode.Is(unicode.Han, last) || strings.ContainsRune("在到去是住址于省市区县镇乡道送至往给找和跟了的", last) {
				break
			}
			i -= len(string(last))
			name = name[:len(name)-1]
		}
		b.WriteString(s[from:i])
		b.WriteString(gone)
		from = at[1]
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// alone masks every match that no digit touches: a longer row of digits is a
// waybill or an account. part is the group that holds the number.
func alone(re *regexp.Regexp, s string, part int) string {
	var b strings.Builder
	from := 0
	for _, at := range re.FindAllStringSubmatchIndex(s, -1) {
		i, j := at[2*part], at[2*part+1]
		if i > 0 && isDigit(s[i-1]) || j < len(s) && isDigit(s[j]) {
			continue
		}
		b.WriteString(s[from:i])
		b.WriteString(Phone(s[i:j], Masked))
		from = j
	}
	b.WriteString(s[from:])
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// glued masks mobiles written without a space between them.
func glued(s string) string {
	if len(s)%11 != 0 {
		return s
	}
	var out []string
	for i := 0; i < len(s); i += 11 {
		if s[i] != '1' || s[i+1] < '3' {
			return s
		}
		out = append(out, Phone(s[i:i+11], Masked))
	}
	return strings.Join(out, " ")
}
