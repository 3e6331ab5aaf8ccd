package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// DutyLine is who is responsible for an area: named here, or at From above.
// Gone is who was named here and works here no more.
type DutyLine struct {
	Area, Label, Name, From, Gone, Version string
	Find                                   ui.FindProps
}

// DutyForm names who is responsible at a branch.
type DutyForm struct {
	Name, Href string
	Clash      string // the area that somebody else changed meanwhile
	Lines      []DutyLine
	Errors     ui.Errors
}

// LatePage is what is late for whoever is responsible.
type LatePage struct{ Areas []LateArea }

// LateArea is one area; without figures when there is nothing to count in it yet.
type LateArea struct {
	Area, Label string
	Lines       []LateLine
	More        int // branches that are not listed
}

// LateLine is a branch with what is late there.
type LateLine struct {
	Branch  string
	Figures []GapFigure
}

// DutyWord names an area of responsibility.
func DutyWord(ctx context.Context, area string) string {
	switch area {
	case "data":
		return lang.T(ctx, "资料维护")
	case "service":
		return lang.T(ctx, "拜访服务")
	case "complaints":
		return lang.T(ctx, "投诉")
	case "care":
		return lang.T(ctx, "客户关怀")
	case "marketing":
		return lang.T(ctx, "市场信息")
	}
	return area
}

// DutyHint says what somebody responsible for an area sees to.
func DutyHint(ctx context.Context, area string) string {
	switch area {
	case "data":
		return lang.T(ctx, "新资料按时审核，必填项补齐")
	case "service":
		return lang.T(ctx, "该访的客户不拖")
	case "complaints":
		return lang.T(ctx, "投诉按时答复")
	case "care":
		return lang.T(ctx, "节日、生日的问候按时送到")
	case "marketing":
		return lang.T(ctx, "反馈表每月交够，交上来的按时答复")
	}
	return ""
}

func (f DutyForm) fields() []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, l := range f.Lines {
		out = append(out, ui.FieldLabel{Name: l.Area, Label: l.Label})
	}
	return out
}
