package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"yike/policy/message"
	"yike/policy/phone"
	"yike/policy/waybill"
)

// MaxPasted is how many characters of a pasted text are read.
const MaxPasted = 20_000

// By what a text came, as far as it shows.
const (
	ByEmail  = "email"
	ByWeChat = "wechat"
)

// Extracted is what a pasted text says.
type Extracted struct {
	Channel  string // ByEmail, ByWeChat; "" where it does not show
	Name     string // of who wrote it
	Phones   []string
	Emails   []string // the sender's first
	Waybills []string
	Subject  string
	Said     string // without heads and without what was quoted
	Quoted   string // of earlier letters
}

var (
	emailRe  = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	headRe   = regexp.MustCompile(`^\s*(发件人|From|寄件人|发信人|主题|Subject|标题|收件人|To|抄送|Cc|发送时间|日期|时间|Date|Sent)\s*[:：]\s*(.*)$`)
	originRe = regexp.MustCompile(`(?i)^\s*[-—_=*]{2,}\s*(原始邮件|original message|转发邮件|转发的邮件|forwarded message|回复的邮件|历史邮件)\s*[-—_=*]*\s*$|^\s*>`)
	wroteRe  = regexp.MustCompile(`(?i)^\s*((在\s*)?\d{4}[-/年.].{0,60}(写道|wrote)\s*[:：]?|On .{6,120}wrote:|.{0,40}于.{0,40}写道\s*[:：]?)\s*$`)
	footRe   = regexp.MustCompile(`^\s*(发自我的|Sent from my|来自我的).{0,30}$`)
	chatRe   = regexp.MustCompile(`^\s*(\S{1,20}?)\s*[:：]?\s+(?:\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?\s+|\d{1,2}[-/月]\d{1,2}日?\s+|昨天\s*|今天\s*|星期[一二三四五六日天]\s*)?(?:上午|下午|晚上|凌晨)?\s*\d{1,2}:\d{2}(?::\d{2})?\s*$`)
	namedRe  = regexp.MustCompile(`(?:联系人|姓名|我叫|我的名字是|客户姓名|收件人|寄件人)\s*[:：]?\s*(\p{Han}{2,4})`)
	phoneRe  = regexp.MustCompile(`(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|0[1-9][0-9]{1,2}[- ]?[2-9][0-9]{6,7}`)
	numberRe = regexp.MustCompile(`[A-Za-z]{0,4}[0-9][0-9A-Za-z]{7,24}`)
	idCardRe = regexp.MustCompile(`^[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]$`)
)

// Extract reads a pasted text. It takes nothing for a number that is none: an
// identity card, a bank card, an order or a day stays in the text and nowhere
// else.
func Extract(text, area string) Extracted {
	text = clip(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"))
	var e Extracted
	said, quoted := e.fold(strings.Split(text, "\n"))
	e.Said, e.Quoted = tidy(said), tidy(quoted)
	flat := norm.NFKC.String(e.Said)
	for _, m := range emailRe.FindAllString(flat, -1) {
		if message.Address(m) {
			e.Emails = add(e.Emails, strings.ToLower(m))
		}
	}
	plain := emailRe.ReplaceAllString(flat, " ")
	e.Phones, plain = phones(plain, area)
	e.Waybills = numbers(norm.NFKC.String(e.Subject) + "\n" + plain)
	if e.Name == "" {
		if m := namedRe.FindStringSubmatch(flat); m != nil {
			e.Name = personIn(m[1])
		}
	}
	return e
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= MaxPasted {
		return s
	}
	return string([]rune(s)[:MaxPasted])
}

// fold parts a text into what was written now and what was quoted, and reads
// heads on the way.
func (e *Extracted) fold(lines []string) (said, quoted []string) {
	head, old := true, false
	for i, l := range lines {
		switch {
		case old:
			quoted = append(quoted, l)
			continue
		case strings.TrimSpace(l) == "":
			said = append(said, l)
			continue
		case footRe.MatchString(l):
			quoted = append(quoted, l)
			continue
		}
		if m := headRe.FindStringSubmatch(l); m != nil && (head || headBlock(lines[i:])) {
			if !head && said != nil && strings.TrimSpace(strings.Join(said, "")) != "" {
				old = true // a second head: the letter that was answered
				quoted = append(quoted, l)
				continue
			}
			if head && !headBlock(lines[i:]) && e.Channel == "" {
				head = false
				said = append(said, l) // 收件人：… alone is what a client writes
				continue
			}
			e.header(m[1], m[2])
			continue
		}
		if originRe.MatchString(l) || wroteRe.MatchString(l) {
			if e.Channel == "" {
				e.Channel = ByEmail
			}
			if strings.HasPrefix(strings.TrimSpace(l), ">") {
				quoted = append(quoted, l)
				continue
			}
			old = true
			quoted = append(quoted, l)
			continue
		}
		head = false
		if m := chatRe.FindStringSubmatch(l); m != nil && (e.Channel == "" || e.Channel == ByWeChat) {
			e.Channel = ByWeChat
			if e.Name == "" {
				e.Name = strings.TrimRight(m[1], ":：")
			}
			said = append(said, l)
			continue
		}
		said = append(said, l)
	}
	return said, quoted
}

// headBlock says whether lines begin with the head of a letter: two lines of
// one, a sender or a subject among them.
func headBlock(lines []string) bool {
	n, sure := 0, false
	for _, l := range lines[:min(len(lines), 6)] {
		m := headRe.FindStringSubmatch(l)
		if m == nil {
			break
		}
		n++
		switch m[1] {
		case "发件人", "From", "发信人", "主题", "Subject":
			sure = true
		}
	}
	return n >= 2 && sure
}

func (e *Extracted) header(name, value string) {
	e.Channel = ByEmail
	switch name {
	case "发件人", "From", "发信人", "寄件人":
		if m := emailRe.FindString(value); message.Address(m) {
			e.Emails = add(e.Emails, strings.ToLower(m))
		}
		who := strings.Trim(emailRe.ReplaceAllString(value, ""), " \t<>\"'“”()[]（）;；")
		if e.Name == "" && who != "" && utf8.RuneCountInString(who) <= 30 {
			e.Name = who
		}
	case "主题", "Subject", "标题":
		if e.Subject == "" {
			e.Subject = strings.TrimSpace(value)
		}
	}
}

// personIn is the name at the beginning of a run of characters that has no end.
func personIn(run string) string {
	rs := []rune(run)
	for n := min(3, len(rs)); n >= 2; n-- {
		if s := string(rs[:n]); message.Surname(s) != "" {
			return s
		}
	}
	return ""
}

// phones finds telephone numbers that stand by themselves, and the text
// without them.
func phones(text, area string) (found []string, rest string) {
	var b strings.Builder
	from := 0
	for _, at := range phoneRe.FindAllStringIndex(text, -1) {
		if !alone(text, at[0], at[1]) {
			continue
		}
		n, p := phone.Parse(text[at[0]:at[1]], area)
		if p.Code != "" || n.Digits == "" {
			continue
		}
		found = add(found, n.Digits)
		b.WriteString(text[from:at[0]] + " ")
		from = at[1]
	}
	slices.SortStableFunc(found, func(a, b string) int {
		switch {
		case phone.IsMobile(a) == phone.IsMobile(b):
			return 0
		case phone.IsMobile(a):
			return -1
		}
		return 1
	})
	return found, b.String() + text[from:]
}

// alone says that no letter or digit touches a stretch of a text.
func alone(text string, from, to int) bool {
	touch := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	return (from == 0 || !touch(text[from-1])) && (to == len(text) || !touch(text[to]))
}

// notWaybill are words before a number that say it is another.
var notWaybill = []string{"订单", "订单号", "订单编号", "交易号", "QQ", "qq", "微信", "微信号", "身份证", "身份证号", "卡号", "账号", "银行卡", "税号", "工单", "工单号", "发票号"}

func numbers(text string) []string {
	var out []string
	for _, at := range numberRe.FindAllStringIndex(text, -1) {
		s := text[at[0]:at[1]]
		n, ok := waybill.Number(s)
		digits := strings.IndexFunc(n, func(r rune) bool { return r < '0' || r > '9' }) < 0
		if !ok || !alone(text, at[0], at[1]) || digits && len(n) < 10 || idCardRe.MatchString(n) || bankCard(n) {
			continue
		}
		before := strings.TrimRight(text[:at[0]], " :：是为#\t")
		if slices.ContainsFunc(notWaybill, func(w string) bool { return strings.HasSuffix(before, w) }) {
			continue
		}
		out = add(out, n)
	}
	return out
}

// bankCard: 16 to 19 digits from 62 on whose check digit is right.
func bankCard(n string) bool {
	if len(n) < 16 || len(n) > 19 || !strings.HasPrefix(n, "62") {
		return false
	}
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// tidy trims the ends and leaves at most one blank line between others.
func tidy(lines []string) string {
	var out []string
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}
