package views

import (
	"context"

	"yike/policy/score"
	"yike/views/lang"
	"yike/views/ui"
)

// ScoreList is the page of a month's score sheets; Own lists one's own.
type ScoreList struct {
	Month, Branch    string
	Months, Branches []ui.Option
	Rows             []ScoreLine
	Own, CanDraw     bool
	More             string // that others are not listed
	XLSX             string // "" = may not leave, or nothing is approved
}

// ScoreLine is a sheet in the list.
type ScoreLine struct{ Href, Name, Month, Group, Branch, Total, State string }

func (p ScoreList) columns(ctx context.Context) []ui.Column {
	first := ui.Column{Label: t(ctx, "姓名")}
	if p.Own {
		first = ui.Column{Label: t(ctx, "月")}
	}
	return []ui.Column{first, {Label: t(ctx, "岗位")}, {Label: t(ctx, "网点")}, {Label: t(ctx, "得分"), Right: true}, {Label: t(ctx, "状态")}}
}

// ScorePage is one sheet.
type ScorePage struct {
	Path, Version, Name, Month, Total, State string
	Group, Branch, Drawn, Rule, Part         string
	Points                                   []ScorePoint
	Moved                                    bool // the figures are others by now
	Objection, Answer, Answerer, Approved    string
	Earlier                                  bool // what was objected and answered was about figures before these
	CanSpeak, CanAnswer, CanApprove, Waits   bool
	Typed                                    string
	Errors                                   ui.Errors
}

// ScorePoint is a line of it; Count are the things that it is counted of, with
// their list.
type ScorePoint struct{ Name, Means, Value, Count, Href, Full, Zero, Weight, Points string }

func (p ScorePage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "objection", Label: t(ctx, "异议")}, {Name: "answer", Label: t(ctx, "答复")}}
}

var scoreStates = map[string]string{
	score.Drawn: lang.N("等本人看"), score.Seen: lang.N("本人没有意见"), score.Objected: lang.N("有异议，等答复"), score.Answered: lang.N("异议答复了"), score.Approved: lang.N("批准了"),
}

// ScoreStateWord is how far a sheet is.
func ScoreStateWord(ctx context.Context, state string) string { return word(ctx, scoreStates, state) }

func scoreKind(state string) string {
	switch state {
	case score.Objected:
		return "risk"
	case score.Approved:
		return "ok"
	}
	return "line"
}

// ScoreRuleForm is the page of by what people are scored.
type ScoreRuleForm struct {
	RuleFrame
	Said  string
	Parts []ScoreRulePart
}

// ScoreRulePart are the lines of one group of people.
type ScoreRulePart struct {
	Title, Group, Error string
	Lines               []ScoreRuleLine
}

// ScoreRuleLine is a measure with its weight, its full marks and none.
type ScoreRuleLine struct{ Name, Means, Unit, Field, Weight, Full, Zero, Error string }

func (f ScoreRuleForm) fields(ctx context.Context) (out []ui.FieldLabel) {
	for _, part := range f.Parts {
		for _, x := range part.Lines {
			out = append(out, ui.FieldLabel{Name: "weight-" + x.Field, Label: part.Title + " · " + x.Name})
		}
	}
	return append(out, f.frameFields(ctx)...)
}
