package views

import (
	"context"

	"yike/policy/casework"
	"yike/views/lang"
	"yike/views/ui"
)

var casetoWords = map[casework.To]string{casework.ToClerk: lang.N("客户的客服"), casework.ToLeast: lang.N("手上最少的人"), casework.ToDuty: lang.N("负责投诉的人"), casework.ToRep: lang.N("客户的业务员"), casework.ToPerson: lang.N("指定的人")}

// CaseworkForm is the page of how cases are given out, called back, reviewed
// and paid for.
type CaseworkForm struct {
	RuleFrame
	Said                    string
	Assign                  []CaseworkRow
	Calls                   []CaseworkRow
	Causes, Users           []ui.Option
	Times, Days, Measures   string
	Reviewed                []string
	LimitClerk, LimitLeader string
}

// CaseworkRow is a row of the rule in its form. To, User and At belong to those
// that give cases out, Hours to those that call back.
type CaseworkRow struct {
	Kind, Severity, Class, Channel, Cause, To, User, At, Hours string
}

// CasetoWord is whom a row of the rule means.
func CasetoWord(ctx context.Context, to casework.To) string { return wordOf(ctx, casetoWords, to) }

func casetoOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, to := range casework.Tos {
		out = append(out, ui.Option{Value: string(to), Label: CasetoWord(ctx, to)})
	}
	return out
}

func ruleChannels(ctx context.Context) []ui.Option {
	return append(CaseChannelOptions(ctx), ui.Option{Value: casework.Program, Label: CaseChannelWord(ctx, casework.Program)})
}

func (f CaseworkForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "assign", Label: t(ctx, "新工单给谁")}, {Name: "calls", Label: t(ctx, "要回访的")}, {Name: "times", Label: t(ctx, "第几次算重复")}, {Name: "days", Label: t(ctx, "多少天以内")},
		{Name: "measures", Label: t(ctx, "几天内要有改进措施")}, {Name: "limits", Label: t(ctx, "理赔限额")}, {Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

func ruleClasses(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range []string{"A", "B", "C"} {
		out = append(out, ui.Option{Value: c, Label: ClassWord(ctx, c)})
	}
	return out
}
