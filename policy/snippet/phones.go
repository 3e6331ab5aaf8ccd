package snippet

import (
	"regexp"
	"strings"

	"yike/policy/phone"
)

// candidate finds what is written like a telephone number: mobiles in one to
// three groups, landlines with area code, service numbers; with extension.
var candidate = regexp.MustCompile(`(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?:(?:-| ?转 ?)\d{1,6})?` +
	`|\(?0\d{2,3}\)?[- ]?\d{4}[- ]?\d{3,4}(?:(?:-| ?转 ?)\d{1,6})?` +
	`|400[- ]?\d{3}[- ]?\d{4}`)

// suspicious finds digits that a hurried hand meant as a telephone number.
var suspicious = regexp.MustCompile(`\d{8,}`)

// phoneLead is what stands before a number and says that one follows.
var phoneLead = regexp.MustCompile(`(?i)(?:联系|收件人?|收货人?)?(?:手机号码|手机号|手机|电话号码|电话|電話|手機|联系方式|座机|号码|tel|mobile|phone)[ :.,，]*$`)

type piece struct {
	text  string
	phone bool
}

// findPhones cuts the numbers out of a text. broken tells that something that
// looks like a number is none.
func findPhones(text, area string) (pieces []piece, numbers []phone.Number, broken bool) {
	cut := 0
	add := func(end int) {
		if s := phoneLead.ReplaceAllString(text[cut:end], ""); strings.TrimSpace(s) != "" {
			pieces = append(pieces, piece{text: s})
		}
	}
	for pos := 0; pos < len(text); {
		at := candidate.FindStringIndex(text[pos:])
		if at == nil {
			break
		}
		from, to := pos+at[0], pos+at[1]
		if from > 0 && isDigit(text[from-1]) || to < len(text) && isDigit(text[to]) {
			pos = from + 1
			continue
		}
		n, problem := phone.Parse(text[from:to], area)
		if !problem.OK() || n.Digits == "" {
			pos = from + 1
			continue
		}
		add(from)
		pieces = append(pieces, piece{phone: true})
		cut, pos = to, to
		known := false
		for _, have := range numbers {
			known = known || have.Digits == n.Digits
		}
		if !known {
			numbers = append(numbers, n)
		}
	}
	add(len(text))
	for i, p := range pieces {
		if p.phone {
			continue
		}
		// A broken number leaves the text, so that it does not end up in the
		// address; it still separates like a number.
		if at := suspicious.FindStringIndex(p.text); at != nil {
			broken = true
			before := phoneLead.ReplaceAllString(p.text[:at[0]], "")
			pieces[i].text = before + "\n" + p.text[at[1]:]
		}
	}
	return pieces, numbers, broken
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
