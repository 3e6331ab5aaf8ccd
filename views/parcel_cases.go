package views

import (
	"context"
	"slices"

	"yike/policy/reply"
	"yike/policy/tracking"
	"yike/views/lang"
	"yike/views/ui"
)

// ParcelCaseForm is which trouble of a parcel opens a case.
type ParcelCaseForm struct {
	RuleFrame
	Said, Days string
	Rows       []ParcelCaseRow
}

// ParcelCaseRow is what holds for one trouble.
type ParcelCaseRow struct {
	Trouble, Severity, Script string
	On, Sensitive             bool
	Classes                   []string
}

func (r ParcelCaseRow) class(c string) bool { return slices.Contains(r.Classes, c) }

func (f ParcelCaseForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "days", Label: t(ctx, "多久以前的不开")}}
	for _, trouble := range tracking.Troubles() {
		out = append(out, ui.FieldLabel{Name: trouble + "_script", Label: t(ctx, "%s：怎么说", FlagWord(ctx, trouble))})
	}
	return append(out, ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

// scriptVariables are those that a script may have, as they are typed.
func scriptVariables() string {
	out := ""
	for _, v := range reply.Variables {
		out += "{" + v + "} "
	}
	return out
}

// ParcelAlert is a parcel's trouble on the page of the case that a rule opened
// for it.
type ParcelAlert struct {
	Flag            string // the trouble
	Over            string // that it is over, and why; "" while it goes on
	Contact         string
	Numbers         []CallNumber
	Script          string
	Open            []string // variables of which nothing is known
	Action, Version string   // where the call is written down; "" = it was, or not by the reader
	Who             string   // who called
	When            Moment
	UndoAction      string // where it is taken back by whoever wrote it down, "" = no longer
}

// CallNumber is a phone to call; Number is "" where the reader sees a part only.
type CallNumber struct{ Text, Number string }

// alertWords are what a list of cases says of who called first: words of db.
var alertWords = map[string]string{"any": lang.N("包裹提醒开的"), "first": lang.N("我们先打的"), "late": lang.N("客户先投诉"), "silent": lang.N("还没打")}

// AlertWord says who called first.
func AlertWord(ctx context.Context, alert string) string { return word(ctx, alertWords, alert) }

// AlertOverWord is why a parcel's trouble is over.
func AlertOverWord(ctx context.Context, why string) string {
	return word(ctx, map[string]string{"signed": lang.N("已经签收"), "returned": lang.N("已经退回"), "cancelled": lang.N("运单已取消"), "moved": lang.N("又有新消息了"),
		"undone": lang.N("那条消息撤销了"), "settled": lang.N("不再符合提醒的规则")}, why)
}

// alertEventWord is a line of a case's history about its parcel's trouble.
func alertEventWord(ctx context.Context, kind string, args map[string]string) (string, bool) {
	flag := FlagWord(ctx, args["flag"])
	switch kind {
	case "alert":
		if why := TodoWhy(ctx, "parcel_"+args["flag"], args); why != "" {
			return lang.T(ctx, "包裹提醒：%s。%s", flag, why), true
		}
		return lang.T(ctx, "包裹提醒：%s", flag), true
	case "alert_again":
		return lang.T(ctx, "又出现了：%s", flag), true
	case "alert_over":
		return lang.T(ctx, "提醒解除：%s，%s", flag, AlertOverWord(ctx, args["why"])), true
	case "called_first":
		return lang.T(ctx, "就这票包裹给客户打了电话"), true
	case "uncalled":
		return lang.T(ctx, "撤回：先打的电话记错了"), true
	}
	return "", false
}
