package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// StandardForm is the page of the data-entry standard of the company, Branch
// "", or of one branch.
type StandardForm struct {
	RuleFrame
	Phone              string
	Locked, PhoneFixed bool
	Kinds              []string // headings of the columns
	Lines              []StandardLine
	Own                []SettingOwn
	Preview            *StandardPreview
}

// StandardLine is a field of the standard, with a cell for each kind.
type StandardLine struct {
	Field, Label, Format string
	Cells                []StandardCell
}

// StandardCell is what is asked of one kind; Word, when set, stands in the
// place of a choice.
type StandardCell struct {
	Name, Kind, Value, Word string
	Options                 []ui.Option
}

// StandardPreview is what a standard would mean if it held today.
type StandardPreview struct {
	Files            string
	Fields, Branches []StandardEffect
	More             int // branches that are not named
}

// StandardEffect are files that lack something now, and would then.
type StandardEffect struct {
	Label, Files, Now, Then string
	More                    bool
}

// GapPage is the page of what files lack.
type GapPage struct {
	Title, Back, BackText string
	Columns               []string
	Lines                 []GapLine
	CanEdit               bool
}

// GapLine is one branch with all below it; Href leads to those.
type GapLine struct {
	Name, Href, Files, FilesHref string
	Depth                        int
	Figures                      []GapFigure
}

// GapFigure is how many files lack something, and the list of them.
type GapFigure struct {
	Label, Value, Href string
	None               bool
}

// StandardFieldWord names a field of the standard; "must" and "any" are all of
// them together.
func StandardFieldWord(ctx context.Context, field string) string {
	switch field {
	case "phone":
		return lang.T(ctx, "电话")
	case "contact":
		return lang.T(ctx, "联系人")
	case "district":
		return lang.T(ctx, "省市区县")
	case "address":
		return lang.T(ctx, "详细地址")
	case "must":
		return lang.T(ctx, "任何一项必填")
	case "any":
		return lang.T(ctx, "任何一项")
	}
	return FieldWord(ctx, field)
}

// GapWord is the heading of a figure of gaps.
func GapWord(ctx context.Context, word string) string {
	switch word {
	case "any":
		return lang.T(ctx, "有缺口")
	case "must":
		return lang.T(ctx, "缺必填")
	case "credit_code":
		return lang.T(ctx, "信用代码")
	}
	return StandardFieldWord(ctx, word)
}

// StandardFormatWord says how a field is checked whenever it is filled in.
func StandardFormatWord(ctx context.Context, field string) string {
	switch field {
	case "phone":
		return lang.T(ctx, "按位数和号段检查；联系人的电话也算")
	case "contact":
		return lang.T(ctx, "至少一位")
	case "district":
		return lang.T(ctx, "写到区县；没有区县的市写到市")
	case "credit_code":
		return lang.T(ctx, "18 位，检查校验位")
	case "kind", "class", "source", "terms":
		return lang.T(ctx, "从列表里选")
	}
	return ""
}

// StandardLevelWord is how much is asked for a field.
func StandardLevelWord(ctx context.Context, level string) string {
	switch level {
	case "must":
		return lang.T(ctx, "必填")
	case "should":
		return lang.T(ctx, "应填")
	}
	return lang.T(ctx, "随意")
}

// StandardKindWord is a kind of customer as a heading.
func StandardKindWord(ctx context.Context, kind string) string {
	if kind == "none" {
		return lang.T(ctx, "没写类型的")
	}
	return KindWord(ctx, kind)
}

// GapOptions are the choices of the list's filter.
func GapOptions(ctx context.Context, fields []string) []ui.Option {
	out := []ui.Option{{Value: "must", Label: StandardFieldWord(ctx, "must")}, {Value: "any", Label: StandardFieldWord(ctx, "any")}}
	for _, f := range fields {
		out = append(out, ui.Option{Value: f, Label: StandardFieldWord(ctx, f)})
	}
	return out
}

func (f StandardForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "valid_from", Label: lang.T(ctx, "从哪天起")}, {Name: "reason", Label: lang.T(ctx, "为什么改")}}
}

func (f StandardForm) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: lang.T(ctx, "项目")}}
	for _, k := range f.Kinds {
		out = append(out, ui.Column{Label: k})
	}
	return out
}

func (p GapPage) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: lang.T(ctx, "网点")}, {Label: lang.T(ctx, "客户"), Right: true}}
	for _, c := range p.Columns {
		out = append(out, ui.Column{Label: c, Right: true})
	}
	return out
}

func gapTitle(ctx context.Context, p GapPage) string {
	if p.Title == "" {
		return lang.T(ctx, "资料缺口")
	}
	return lang.T(ctx, "%s的资料缺口", p.Title)
}
