package mask

import (
	"regexp"
	"strings"
)

// What is known in a sentence: a mobile number in its usual groupings, a
// landline with its area code, a local number behind a word that announces one,
// a mail address, and an id behind a word for WeChat or QQ.
var (
	spokenPlain    = regexp.MustCompile(`(?:(?:\+|00)?86[ \-]?)?1[3-9]\d{9}`)
	spokenBare     = regexp.MustCompile(`1[3-9]\d{9}`)
	spokenMobile   = regexp.MustCompile(`(?:(?:\+|00)?86[ \-]?)?1[ \-.·]?[3-9](?:[ \-.·]?\d){9}`)
	spokenLandline = regexp.MustCompile(`\(?0\d{2,3}\)?[ \-]?\d{3,4}[ \-]?\d{4}(?:[ ]?(?:转|分机|-)[ ]?\d{1,5})?`)
	spokenAbroad   = regexp.MustCompile(`\+\d{1,3}(?:[ \-]?\d){7,12}`)
	spokenLocal    = regexp.MustCompile(`(?i)((?:电话|座机|固话|手机|号码|致电|拨打|tel|phone)[^0-9\n]{0,6})(\d{3,4}[ \-]?\d{4})`)
	spokenEmail    = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+`)
	spokenID       = regexp.MustCompile(`(?i)((?:微信号?|薇信|v信|weixin|wechat|\bvx|\bwx|\bqq)(?:号|id)?[ :：是为]{0,3})([a-z0-9_][a-z0-9_\-]{4,19})`)
	spokenWxid     = regexp.MustCompile(`(?i)\bwxid_[a-z0-9_\-]{3,}`)
	spokenRow      = regexp.MustCompile(`\d{22,}`) // mobiles without anything between them
)

// Text is what somebody wrote in their own words: in full as it is, hidden
// nothing, and masked with the phone numbers, mail addresses and WeChat and QQ
// ids in it masked that are known as such:
//
//	打19912341186找周姐，微信zhouyan88     打199 **** 1186找周姐，微信z****8
//
// A date, an amount, a waybill number stays. What is spelled out (一三八零零…) or
// announced by nothing is not known, and neither is an address: whoever may not
// see one should not be told it in a remark, and no rule can find it there.
func Text(s string, l Level) string {
	switch {
	case l == Full:
		return s
	case l != Masked:
		return ""
	case !strings.ContainsAny(s, "0123456789０１２３４５６７８９@＠") && !speaksOfID(s):
		return s
	}
	s = strings.Map(narrow, s)
	for range 4 { // what was masked may leave a number beside it standing alone
		next := textOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func textOnce(s string) string {
	s = spokenEmail.ReplaceAllStringFunc(s, func(m string) string { return Email(m, Masked) })
	s = spokenWxid.ReplaceAllStringFunc(s, func(m string) string { return WeChat(m, Masked) })
	s = spokenRow.ReplaceAllStringFunc(s, glued)
	s = alone(spokenPlain, s, 0)
	s = alone(spokenBare, s, 0)
	s = alone(spokenMobile, s, 0)
	s = alone(spokenAbroad, s, 0)
	s = alone(spokenLandline, s, 0)
	s = alone(spokenLocal, s, 2)
	return spokenID.ReplaceAllStringFunc(s, func(m string) string {
		at := spokenID.FindStringSubmatchIndex(m)
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

// narrow makes the signs of a number that a Chinese keyboard types wide the
// plain ones.
func narrow(r rune) rune {
	switch {
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
		return r - '０' + '0'
	case r == '＠', r == '－', r == '＋', r == '．', r == '＿':
		return r - '＠' + '@'
	}
	return r
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
