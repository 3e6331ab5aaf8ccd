package message

import (
	"strings"
	"unicode/utf8"

	"yike/policy/festival"
)

// joyful are words that 端午 does not bear, where one wishes peace.
var joyful = []string{"快乐", "恭喜", "恭贺", "祝贺", "庆祝", "庆贺", "欢庆", "喜庆", "喜迎", "🎉", "🎊", "🥳"}

// merry are the further words that 清明 does not bear: joy, luck, and anything
// that sells.
var merry = []string{"开心", "高兴", "欢喜", "佳节", "欢度", "欢乐", "吉祥", "如意", "发财", "幸福", "大吉", "红火", "热闹", "愉快", "喜气", "贺",
	"礼品", "礼物", "好礼", "优惠", "促销", "特价", "折扣", "抽奖", "大奖", "红包", "🎁", "🎈", "😄", "😊", "❤"}

// badWords names the words of a wording that a mood does not bear, with their
// places; the names of variables are not its words.
func badWords(text, in string, mood festival.Mood) (out []Problem) {
	var list []string
	switch mood {
	case festival.Silent:
		list = append(append(list, joyful...), merry...)
	case festival.Peaceful:
		list = joyful
	}
	plain := withoutVariables(text)
	for i := range plain {
		for _, w := range list {
			if strings.HasPrefix(plain[i:], w) {
				line, at := place(text, i)
				out = append(out, Problem{BadWord, w, in, line, at})
				break
			}
		}
	}
	return out
}

// withoutVariables writes blanks over the variables; offsets stay.
func withoutVariables(text string) string {
	b := []byte(text)
	for i := 0; i < len(b); i++ {
		if b[i] != '{' {
			continue
		}
		n := strings.IndexByte(text[i:], '}')
		if n < 0 {
			break
		}
		for j := i; j <= i+n; j++ {
			b[j] = ' '
		}
		i += n
	}
	return string(b)
}

// Counted is how an SMS is counted and paid.
type Counted struct {
	Units int // as the network counts: a character outside the basic plane, such as 😊, is two
	Parts int // how many SMS it takes: 70 units in one, 67 in each of several
	Left  int // units until another part begins
}

const (
	smsOne  = 70
	smsPart = 67
)

// Length counts an SMS with everything that goes out with it: signature,
// text, opt-out. A pair that stands for one character is not torn apart, so
// that a part may end one unit early.
func Length(text string) Counted {
	var c Counted
	part, parts := 0, 1
	for _, r := range text {
		n := 1
		if r > 0xffff {
			n = 2
		}
		c.Units += n
		if part+n > smsPart {
			part, parts = 0, parts+1
		}
		part += n
	}
	switch {
	case c.Units == 0:
		return Counted{Left: smsOne}
	case c.Units <= smsOne:
		c.Parts, c.Left = 1, smsOne-c.Units
	default:
		c.Parts, c.Left = parts, smsPart-part
	}
	return c
}

// Signature returns what a gateway puts before an SMS of a company: 【驿客】.
// Signatures have 2 to 12 characters; empty when the name cannot be one.
func Signature(name string) string {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 2 || n > 12 || strings.ContainsAny(name, "【】[]\r\n") {
		return ""
	}
	return "【" + name + "】"
}
