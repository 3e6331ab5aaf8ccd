// Package mask owns what a reader may see of a customer's personal fields
// (S2, S4; R25, R244): all of it, a part by which it can be
// recognised, or nothing. And, because a search that finds by what is hidden
// would reveal it digit by digit, what a reader may search a phone by.
//
// Every function gives its answer again when it is given its answer, so a value
// may pass through twice; a value too short to hide anything in shows nothing.
// Names are not masked: one who may not see a client's name does not see the
// client.
//
// It knows neither readers nor records; which level someone has is decided by
// the permissions.
package mask

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Level is how much a reader sees. The zero value is Hidden.
type Level int

// The levels.
const (
	Hidden Level = iota // nothing: the empty text
	Masked              // what is needed to recognise it: 199 **** 1186
	Full                // all of it
)

// gone stands for what is hidden altogether; always as long, so that the
// length tells nothing either.
const gone = "****"

// mine are the masked phones that this package writes.
var mine = regexp.MustCompile(`^(?:\d{3} \*{4} \d{4}|0\d{2,3}-\*{4} \d{4}|\*{4} \d{2}|\*{4}|)(?: 转 \*{4})?$`)

// Phone is a mobile or landline number as the level lets it be seen. Masked:
//
//	mobile     19912341186, +86 199-1234-1186   199 **** 1186
//	landline   0571-88886666                    0571-**** 6666
//	extension  0571-88886666 转 801             0571-**** 6666 转 ****
//	no code    88886666, 95338000               **** 66
//	short, odd, several numbers in one          ****
//
// A number is known by its digits; the full-width ones count too.
func Phone(s string, l Level) string {
	switch {
	case l == Full:
		return s
	case l != Masked || strings.TrimSpace(s) == "":
		return ""
	case !strings.Contains(s, "*"):
	case mine.MatchString(s):
		return s
	default:
		return gone
	}
	number, extension := split(plain(s))
	shown := phone(number)
	if extension && shown != gone {
		shown += " 转 " + gone
	}
	return shown
}

// split cuts an extension off: what follows 转, 分机, ext, x, # or comes as a
// third group of a landline (0571-88886666-801).
func split(s string) (number string, extension bool) {
	if i := strings.IndexFunc(s, func(r rune) bool { return strings.ContainsRune("转轉分ext#*", r) }); i >= 0 {
		return digits(s[:i]), true
	}
	if f := strings.Split(s, "-"); len(f) == 3 && strings.HasPrefix(f[0], "0") && len(digits(f[2])) <= 5 {
		return digits(f[0] + f[1]), true
	}
	return digits(s), false
}

func phone(n string) string {
	n = national(n)
	switch {
	case len(n) == 11 && n[0] == '1':
		return n[:3] + " " + gone + " " + n[7:]
	case len(n) >= 10 && len(n) <= 12 && n[0] == '0':
		code := 4
		if n[1] == '1' || n[1] == '2' {
			code = 3
		}
		if len(n)-code < 7 {
			return gone
		}
		return n[:code] + "-" + gone + " " + n[len(n)-4:]
	case len(n) == 7 || len(n) == 8:
		return gone + " " + n[len(n)-2:]
	case len(n) >= 11 && len(n) <= 15:
		return n[:3] + " " + gone + " " + n[len(n)-4:]
	}
	return gone
}

// national drops China's country code from a number's digits, and gives an area
// code back the 0 that it loses behind the country code.
func national(n string) string {
	for _, code := range [...]string{"0086", "86"} {
		rest, ok := strings.CutPrefix(n, code)
		switch {
		case !ok || len(rest) < 10:
		case len(rest) == 11 && rest[0] == '1', rest[0] == '0':
			return rest
		case len(rest) <= 11: // an area code without its 0: +86 571 8888 6666
			return "0" + rest
		}
	}
	return n
}

func plain(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(s)
	}
	return strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(s, "")))
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// WeChat is a WeChat id. Masked it keeps the first and the last character of
// six or more: w****8. An id that is a mobile number is masked as one.
func WeChat(s string, l Level) string {
	s = strings.TrimSpace(s)
	switch {
	case l == Full:
		return s
	case l != Masked || s == "":
		return ""
	case mine.MatchString(s):
		return s
	}
	if p := plain(s); !strings.ContainsAny(p, "abcdefghijklmnopqrstuvwxyz*") && len(digits(p)) >= 7 {
		return Phone(s, l)
	}
	return ends(s)
}

// ends keeps the first and the last character of a text of six or more.
func ends(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) < 6 || !single(r[0]) || !single(r[len(r)-1]) {
		return gone
	}
	return string(r[0]) + gone + string(r[len(r)-1])
}

// single says whether a character is a letter, a digit or one of the two signs
// that an id may hold, and tells of nothing but itself: ㋋ reads 12月.
func single(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return unicode.IsLetter(r) && norm.NFKC.String(string(r)) == string(r)
}

// Email is a mail address. Masked it keeps the domain and, of three characters
// or more, the first: z****@qq.com.
func Email(s string, l Level) string {
	s = strings.TrimSpace(s)
	switch {
	case l == Full:
		return s
	case l != Masked || s == "":
		return ""
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 || at == len(s)-1 || strings.ContainsAny(s[at+1:], " ,;，；") {
		return gone
	}
	local, domain := s[:at], s[at:]
	first, size := utf8.DecodeRuneInString(local)
	if !single(first) || utf8.RuneCountInString(local) < 3 || strings.ContainsAny(local, "@ ,;，；") {
		return gone + domain
	}
	return local[:size] + gone + domain
}

// Place is an address in the parts in which it is stored.
type Place struct {
	Province, City, District, Detail string
}

// Address is the place as the level lets it be seen: masked it keeps the
// administrative divisions, and of the detail only that there is one.
func Address(p Place, l Level) Place {
	switch l {
	case Full:
		return p
	case Masked:
		if p.Detail != "" {
			p.Detail = gone
		}
		return p
	}
	return Place{}
}

// AddressLine is an address in one line that nobody has split. Where its detail
// begins is not known, so masked it shows nothing of it.
func AddressLine(s string, l Level) string {
	switch {
	case l == Full:
		return s
	case l != Masked || strings.TrimSpace(s) == "":
		return ""
	}
	return gone
}
