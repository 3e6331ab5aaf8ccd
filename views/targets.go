package views

import (
	"context"

	"yike/policy/people"
	"yike/views/lang"
	"yike/views/ui"
)

// TargetForm is the page of what work is to come to in a month: with every branch
// and everybody there, or with one person (Person).
type TargetForm struct {
	RuleFrame
	Said, Person string
	People       []ui.Option
	Parts        []TargetPart
	Presets      []TargetPreset
}

// TargetPart are the targets of one group of people, or of branches.
type TargetPart struct {
	Title string
	Lines []TargetLine
}

// TargetLine is a measure with what is aimed at. Now is what somebody else set
// meanwhile.
type TargetLine struct{ Name, Means, Unit, Field, Value, Now, Error string }

// hint says how a figure is counted, and what stands there now where that is not
// what was typed.
func (x TargetLine) hint(ctx context.Context) string {
	if x.Now != "" {
		return t(ctx, "现在存着的是 %s", x.Now)
	}
	return ""
}

// TargetPreset is what a company says of itself; Href fills it in, "" = it is no
// figure of ours.
type TargetPreset struct{ Text, Source, Href string }

func (f TargetForm) fields(ctx context.Context) (out []ui.FieldLabel) {
	for _, part := range f.Parts {
		for _, x := range part.Lines {
			out = append(out, ui.FieldLabel{Name: x.Field, Label: part.Title + " · " + x.Name})
		}
	}
	return append(out, f.frameFields(ctx)...)
}

// frameFields are the fields of ruleFoot.
func (f RuleFrame) frameFields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// AimWord is a measure that may have a target, AimMeaning how it is counted.
func AimWord(ctx context.Context, group, code string) string {
	if group == people.Branch {
		return MeasureWord(ctx, code)
	}
	return PeopleWord(ctx, code)
}

// AimMeaning see AimWord.
func AimMeaning(ctx context.Context, group, code string) string {
	if group == people.Branch {
		return MeasureMeaning(ctx, code)
	}
	return PeopleMeaning(ctx, code)
}

// TargetGroupWord says with whom something is aimed at; name is one person's.
func TargetGroupWord(ctx context.Context, group, name string) string {
	switch {
	case name != "":
		return lang.T(ctx, "%s，每月", name)
	case group == people.Branch:
		return lang.T(ctx, "每个网点，每月")
	}
	return lang.T(ctx, "每位%s，每月", PeopleGroupWord(ctx, group))
}

// RankingForm is the page on which people are put in order or not.
type RankingForm struct {
	RuleFrame
	Said string
	On   bool
}

func (f RankingForm) fields(ctx context.Context) []ui.FieldLabel { return f.frameFields(ctx) }

var presetWords = map[string]string{
	"satisfied":  lang.N("京东物流说，用客户管理考核以后满意度在 95％ 以上。"),
	"score":      lang.N("中通说，有客户经理和积分以后满意度得分在 90 以上。"),
	"graded":     lang.N("顺丰说，客户分级以后满意度高了 25％；用数字化客户管理的公司说，满意度高 25％，留存高 18％。"),
	"repurchase": lang.N("德邦和捷克邮政说，有客户经理或会员计划以后回头的客户多了 30％ 以上。"),
	"renewal":    lang.N("京东说，和客户共赢的计划使续约多了 25％ 以上。"),
	"churn":      lang.N("联合利华说，用客户管理以后流失少了 18％。"),
	"complaints": lang.N("DHL 说，有反馈机制以后投诉少了 40％ 以上。"),
	"retention":  lang.N("客户终身价值高的公司说，留存在 60％ 以上。"),
	"sticky":     lang.N("满意度高 10％，客户黏性高 20％ 以上。"),
	"loyal":      lang.N("忠诚的客户带来收入增长的 20％ 到 30％。"),
	"feedback":   lang.N("有反馈机制的公司说，满意度高了 15％ 到 20％；有专门客户管理团队的说，高了 15％。"),
	"digital":    lang.N("用了客户管理系统的公司说，沟通效率高了 30％；线上联系占 60％ 以上。"),
	"data":       lang.N("有的公司说，到 2025 年六成以上的客户管理活动靠数据分析。"),
}

// ClaimedWord is what a company says of itself, in a sentence.
func ClaimedWord(ctx context.Context, key string) string { return word(ctx, presetWords, key) }
