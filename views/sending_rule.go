package views

import (
	"context"

	"yike/policy/message"
	"yike/views/lang"
	"yike/views/ui"
)

// SendingRuleForm is the rule of messages that go out by themselves.
type SendingRuleForm struct {
	RuleFrame
	QuietFrom, QuietTo                       string
	ContactDay, BranchDay, ChannelDay, Tries string
	Neutral, Tel, Own                        string
	Effect                                   string // what it would have put off lately
	Tried                                    bool   // of what is typed, not of what holds
}

func (f SendingRuleForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "quiet_from", Label: t(ctx, "从几点起不发")}, {Name: "quiet_to", Label: t(ctx, "到几点为止")}, {Name: "contact_day", Label: t(ctx, "同一位一天最多几条")}, {Name: "branch_day", Label: t(ctx, "一个网点一天最多几条")},
		{Name: "channel_day", Label: t(ctx, "一个渠道一天最多几条")}, {Name: "tries", Label: t(ctx, "没发成试几次")}, {Name: "neutral", Label: t(ctx, "不知道职务和性别时怎么称呼")}, {Name: "tel", Label: t(ctx, "网点电话")},
		{Name: "own", Label: t(ctx, "自己的联系方式")}, {Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// SendingFault says what is wrong with a field of the rule of sending.
func SendingFault(ctx context.Context, field string) string {
	switch field {
	case "quiet_from":
		return lang.T(ctx, "填时间，例如 20:30")
	case "quiet_to":
		return lang.T(ctx, "填时间，例如 08:30，不能和开始一样")
	case "contact_day":
		return lang.T(ctx, "填 %d 到 %d 的整数", 1, 10)
	case "branch_day":
		return lang.T(ctx, "填 %d 到 %d 的整数", 1, 100000)
	case "channel_day":
		return lang.T(ctx, "填 %d 到 %d 的整数", 1, 1000000)
	case "tries":
		return lang.T(ctx, "填 %d 到 %d 的整数", 1, 30)
	case "neutral":
		return lang.T(ctx, "最多 12 个字，不带括号")
	case "tel":
		return lang.T(ctx, "填电话号码，例如 0571-88000001")
	}
	return lang.T(ctx, "最多 %d 种，每种最多 %d 个字，用顿号分开", message.MaxOwn, message.MaxOwnLen)
}

func sendingNote(f SendingRuleForm) string {
	if f.Tried {
		return "soon"
	}
	return "brand"
}
