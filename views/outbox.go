package views

import (
	"context"
	"strings"

	"yike/policy/message"
	"yike/views/lang"
	"yike/views/ui"
)

// LetterStateWord says how a message stands.
func LetterStateWord(ctx context.Context, state string) string {
	switch state {
	case "queued":
		return lang.T(ctx, "等着发")
	case "sending":
		return lang.T(ctx, "正在发")
	case "sent":
		return lang.T(ctx, "已发出")
	case "dry":
		return lang.T(ctx, "试运行，没有发出")
	case "by_hand":
		return lang.T(ctx, "本人已发")
	case "unsure":
		return lang.T(ctx, "发没发出不清楚")
	case "failed":
		return lang.T(ctx, "没发成")
	case "dropped":
		return lang.T(ctx, "不发了")
	}
	return state
}

// Outbox is the page of messages. Retry is how many of those that failed may go
// once more at one press.
type Outbox struct {
	State, Channel, Branch, From, To, Customer string
	Branches                                   []ui.Option
	States                                     []Tally
	Chips                                      ui.ChipsProps
	Rows                                       []LetterLine
	First, Next, CSV, XLSX, Printed            string
	Retry                                      int
	Rule                                       string // address of the rule of sending, "" for who may not see it
	CanSetUp                                   bool
}

// LetterLine is one message. Kind is the colour of its state.
type LetterLine struct {
	ID, Version, Customer, Href, Contact, Channel, Subject, Body, State, Kind, Why, Said, Next, Who, Back string
	Made                                                                                                  Moment
	CanAgain, CanDrop                                                                                     bool
}

// shortBody is how many characters of a message a list shows at once.
const shortBody = 80

// short is the beginning of a message in one line, the whole of a short one.
func (l LetterLine) short() string {
	line := strings.Join(strings.Fields(l.Body), " ")
	if r := []rune(line); len(r) > shortBody {
		return string(r[:shortBody-10]) + "…"
	}
	if strings.Count(l.Body, "\n") > 2 {
		return line
	}
	return l.Body
}

// LetterKind is the colour of a state.
func LetterKind(state string) string {
	switch state {
	case "sent", "by_hand":
		return "ok"
	case "unsure", "failed":
		return "risk"
	case "queued", "sending":
		return "soon"
	}
	return "line"
}

// letterWays are the ways by which messages go or are copied.
func letterWays(ctx context.Context) []ui.Option {
	out := messageWays(ctx)
	for _, code := range message.Outlets {
		if message.Robot(code) {
			out = append(out, ui.Option{Value: code, Label: WayWord(ctx, code)})
		}
	}
	return out
}

// LetterWhy says why a message waits, failed or was dropped.
func LetterWhy(ctx context.Context, reason string) string {
	switch reason {
	case "no_address":
		return lang.T(ctx, "联系人没有手机号或邮箱")
	case "gone":
		return lang.T(ctx, "客户或联系人已经不在了")
	case "rights":
		return lang.T(ctx, "要发的人已经没有权限")
	case "template":
		return lang.T(ctx, "这条话术停用了")
	case "late":
		return lang.T(ctx, "日子过了，不补发")
	case "contact_day":
		return lang.T(ctx, "今天已经给他发过，明天再发")
	case "branch_day":
		return lang.T(ctx, "网点今天发满了，明天再发")
	case "recalled":
		return lang.T(ctx, "问候已经办了、改天了，或者收回了")
	case "handed":
		return lang.T(ctx, "换人或换网点负责了，由新的人决定")
	case "channel_day":
		return lang.T(ctx, "今天这个渠道发满了，明天再发")
	case "quiet":
		return lang.T(ctx, "夜里不打扰，早上再发")
	case "complaint":
		return lang.T(ctx, "有没办完的投诉")
	case "no_channel":
		return lang.T(ctx, "渠道没有设好，设好了会再发")
	case "refused":
		return lang.T(ctx, "对方不收")
	case "tried":
		return lang.T(ctx, "试了很多次都没成")
	case "waits":
		return lang.T(ctx, "没连上，过一会再试")
	case "cut":
		return lang.T(ctx, "发到一半断了，对方收没收到不知道，先问一声")
	case "consent.not_asked":
		return lang.T(ctx, "还没问过他同不同意")
	case "consent.refused":
		return lang.T(ctx, "他不同意收")
	case "consent.withdrawn":
		return lang.T(ctx, "他撤回了同意")
	case "consent.unknown":
		return lang.T(ctx, "这种用途已经停用")
	}
	return ""
}

// ChannelList is the page of the ways out.
type ChannelList struct{ Rows []ChannelRow }

// ChannelRow is one way out.
type ChannelRow struct {
	Href, Name, Hint, Where string
	On, Set                 bool
}

// ChannelForm is how a way out is set up.
type ChannelForm struct {
	Code, Name, Hint, Version, Key, To      string
	Values                                  map[string]string
	On, OptOut, Once, HasSecret, Robot, Set bool
	Errors                                  ui.Errors
}

func (f ChannelForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "host", Label: lang.T(ctx, "服务器")}, {Name: "port", Label: lang.T(ctx, "端口")}, {Name: "tls", Label: lang.T(ctx, "加密")}, {Name: "user", Label: lang.T(ctx, "登录名")},
		{Name: "from", Label: lang.T(ctx, "发件邮箱")}, {Name: "from_name", Label: lang.T(ctx, "发件人")}, {Name: "url", Label: lang.T(ctx, "网址")}, {Name: "account", Label: lang.T(ctx, "账号")},
		{Name: "sign", Label: lang.T(ctx, "短信签名")}, {Name: "secret", Label: lang.T(ctx, "密码或密钥")}, {Name: "allowed", Label: lang.T(ctx, "允许的内网地址")}, {Name: "to", Label: lang.T(ctx, "发给")}}
}

func tlsOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "tls", Label: lang.T(ctx, "TLS（多为 465 端口）")}, {Value: "starttls", Label: lang.T(ctx, "STARTTLS（多为 587 端口）")}}
}

// OutletHint says what a way out is for.
func OutletHint(ctx context.Context, code string) string {
	switch code {
	case "sms":
		return lang.T(ctx, "给客户发短信，经过供应商的网关")
	case "email":
		return lang.T(ctx, "给客户发邮件，用公司的邮箱")
	}
	return lang.T(ctx, "早上提醒自己人有多少待办，不提客户")
}

// ChannelFault says what is wrong with a field of a way out.
func ChannelFault(ctx context.Context, field string) string {
	switch field {
	case "host":
		return lang.T(ctx, "填服务器的名字，例如 smtp.example.com")
	case "port":
		return lang.T(ctx, "填 1 到 65535 的整数")
	case "tls":
		return lang.T(ctx, "选一种加密，不加密不发")
	case "from":
		return lang.T(ctx, "填一个邮箱地址")
	case "url":
		return lang.T(ctx, "填 https:// 开头的网址")
	case "sign":
		return lang.T(ctx, "填 2 到 12 个字，不带【】")
	case "allowed":
		return lang.T(ctx, "填地址或网段，用空格分开，例如 10.0.0.0/8")
	}
	return lang.T(ctx, "这一项填得不对")
}

func secretHint(ctx context.Context, f ChannelForm) string {
	if f.HasSecret {
		return lang.T(ctx, "已存着，不改就空着")
	}
	return lang.T(ctx, "存进去以后谁也看不到")
}

// ChannelStateWord says whether a way out is switched on.
func ChannelStateWord(ctx context.Context, state string) string {
	if state == "on" {
		return lang.T(ctx, "已启用")
	}
	return lang.T(ctx, "试运行")
}
