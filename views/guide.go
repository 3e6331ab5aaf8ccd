package views

import (
	"cmp"
	"context"

	"yike/policy/reply"
	"yike/views/ui"
)

// GuideRuleForm is the page of how a client who complains is met.
type GuideRuleForm struct {
	RuleFrame
	Guide reply.Guide
}

func (f GuideRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "listen", Label: t(ctx, "听")}, {Name: "understand", Label: t(ctx, "理解")}, {Name: "solve", Label: t(ctx, "解决")},
		{Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// GuideWords fills in the program's own words where nobody wrote any.
func GuideWords(ctx context.Context, g reply.Guide) reply.Guide {
	return reply.Guide{
		Listen:     cmp.Or(g.Listen, t(ctx, "让客户说完，不打断，不辩解。边听边记：什么事，急在哪里，想要什么。")),
		Understand: cmp.Or(g.Understand, t(ctx, "用自己的话说一遍，问“是这样吗”。给他添了麻烦，先说对不起。")),
		Solve:      cmp.Or(g.Solve, t(ctx, "说清楚谁去办、几点前回话，只答应办得到的。到点没结果也要打过去。")),
	}
}
