package views

import (
	"context"
	"strconv"
	"strings"

	"yike/views/lang"
	"yike/views/ui"
)

// ClassRulePage is the form of one of the rules that labels come from.
type ClassRulePage struct {
	RuleFrame
	Rule, Title, Action string
	Groups              []RuleGroup
	Methods             []string
	MethodOptions       []ui.Option
	Combine, Every, Way string
	PerOrder            bool
	Industries          string
	Lower               []string
	LowerOptions        []ui.Option
	PresetOptions       []ui.Option
	Preset, Filled      string
	Season              []string
	SeasonOptions       []ui.Option
	Cells               []RuleCell
	SegmentOptions      []ui.Option
	Preview             *RulePreviewPart
	Pilots              []PilotRow
	PilotHeads          []string
}

// RuleGroup is a part of the form.
type RuleGroup struct {
	Title, Hint string
	Fields      []RuleField
}

// RuleField is one figure.
type RuleField struct{ Name, Label, Value, Unit, Error string }

// RuleCell is one of the 27.
type RuleCell struct{ Name, Label, Value string }

// RulePreviewPart is what other figures would mean.
type RulePreviewPart struct {
	Text  string
	Moves []RuleMoveLine
}

// RuleMoveLine is how many would move, with their list.
type RuleMoveLine struct{ Kind, Old, New, N, Href string }

// ClassMovedPage lists who would make one move if a rule were another.
type ClassMovedPage struct {
	Rule, Kind, Old, New string
	OldClass, NewClass   string // of classes: for the badge
	Count, Back, XLSX    string
	First, More          string
	Rows                 []ClassMovedRow
}

// ClassMovedRow is one of them.
type ClassMovedRow struct{ Href, Code, Name, Branch, Freight string }

// PilotRow is a branch with a rule of its own beside the others.
type PilotRow struct {
	Name, Href, ID, From string
	Shares               []string
	Own                  bool
}

func (p ClassRulePage) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, g := range p.Groups {
		for _, f := range g.Fields {
			out = append(out, ui.FieldLabel{Name: f.Name, Label: g.Title + " " + f.Label})
		}
	}
	return append(out, ui.FieldLabel{Name: "methods", Label: t(ctx, "按什么分")}, ui.FieldLabel{Name: "season", Label: t(ctx, "大促月份")},
		ui.FieldLabel{Name: "industries", Label: t(ctx, "中端常见行业")}, ui.FieldLabel{Name: "lower", Label: t(ctx, "低端再分哪几种")},
		ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

// ClassMethodWord names a method of classes.
func ClassMethodWord(ctx context.Context, method string) string { return word(ctx, factWords, method) }

// PresetWord names a preset of the rule of classes.
func PresetWord(ctx context.Context, name string) string {
	return word(ctx, map[string]string{"pyramid": lang.N("金字塔：5 / 15 / 80，带常见行业和低端五种"), "monthly": lang.N("按月：10,000 元是 A，2,000 元是 B"), "pareto": lang.N("二八：带来八成运费的是 A，到九成五的是 B"),
		"year": lang.N("按年：500 万元，而且常寄"), "score": lang.N("价值指数：频次、金额、忠诚、信用")}, name)
}

// RuleGroupOf puts a figure of a rule under its heading: title and label.
func RuleGroupOf(ctx context.Context, rule, name string) (title, label string) {
	base, place, _ := strings.Cut(name, ".")
	tops := [2]string{lang.T(ctx, "A 类"), lang.T(ctx, "B 类")}
	if rule != "classes" {
		tops = [2]string{lang.T(ctx, "高"), lang.T(ctx, "中")}
	}
	if base == "tier" {
		tops = [2]string{lang.T(ctx, "大客户"), lang.T(ctx, "到中端为止")}
	}
	label = ""
	switch place {
	case "0":
		label = tops[0]
	case "1":
		label = tops[1]
	}
	switch base {
	case "window", "worthMonths":
		return lang.T(ctx, "看几个整月"), lang.T(ctx, "整月数")
	case "amount":
		if rule == "rfm" {
			return lang.T(ctx, "金额（M）：每月运费"), label
		}
		return lang.T(ctx, "按月均运费"), label
	case "share":
		return lang.T(ctx, "按占网点运费的份额"), label
	case "rank":
		return lang.T(ctx, "按在网点里的名次"), label
	case "year", "repeat":
		if base == "repeat" {
			label = lang.T(ctx, "有寄件的月份至少")
		}
		return lang.T(ctx, "按全年运费"), label
	case "score":
		return lang.T(ctx, "价值指数（CVI）"), label
	case "weights":
		return lang.T(ctx, "价值指数里各占几份"), []string{lang.T(ctx, "频次"), lang.T(ctx, "金额"), lang.T(ctx, "忠诚"), lang.T(ctx, "信用")}[atoi(place)]
	case "full":
		return lang.T(ctx, "价值指数里多少算满分"), []string{lang.T(ctx, "频次"), lang.T(ctx, "金额")}[atoi(place)]
	case "tier":
		return lang.T(ctx, "金字塔：前百分之几"), label
	case "promise":
		return lang.T(ctx, "潜在客户"), lang.T(ctx, "几分起按 B 类照顾，0 是不用")
	case "recency":
		return lang.T(ctx, "最近一次寄件（R）"), label
	case "orders":
		return lang.T(ctx, "寄件次数（F）：每月"), label
	case "average":
		return lang.T(ctx, "金额（M）：每票均价"), label
	case "upper":
		return lang.T(ctx, "按分位：低于多少比例的客户"), lang.T(ctx, "高")
	case "lower":
		return lang.T(ctx, "按分位：低于多少比例的客户"), lang.T(ctx, "中")
	case "worth":
		return lang.T(ctx, "价值：每月运费"), []string{lang.T(ctx, "高价值要超过"), lang.T(ctx, "中价值从")}[atoi(place)]
	case "stableOrders":
		return lang.T(ctx, "稳定寄件"), lang.T(ctx, "每月至少")
	case "stableMonths":
		return lang.T(ctx, "稳定寄件"), lang.T(ctx, "连续几个月")
	case "seasonTimes":
		return lang.T(ctx, "季节性"), lang.T(ctx, "大促月是平时的")
	case "seasonOrders":
		return lang.T(ctx, "季节性"), lang.T(ctx, "12 个月里至少")
	case "silent":
		return lang.T(ctx, "沉默和流失"), lang.T(ctx, "沉默：没寄满")
	case "lost":
		return lang.T(ctx, "沉默和流失"), lang.T(ctx, "流失：没寄满")
	case "slip":
		return lang.T(ctx, "易流失"), lang.T(ctx, "近 3 个月低于再前 3 个月的")
	case "slipOrders":
		return lang.T(ctx, "易流失"), lang.T(ctx, "再前 3 个月至少")
	case "new":
		return lang.T(ctx, "生命周期"), lang.T(ctx, "新客：第一次寄件起")
	case "grow":
		return lang.T(ctx, "生命周期"), lang.T(ctx, "成长：到再前 3 个月的")
	case "decline":
		return lang.T(ctx, "生命周期"), lang.T(ctx, "衰退：低于再前 3 个月的")
	}
	return base, label
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// RuleUnit is a unit of a figure of a rule.
func RuleUnit(ctx context.Context, unit string) string {
	switch unit {
	case "yuan":
		return lang.T(ctx, "元")
	case "percent":
		return "%"
	case "months":
		return lang.T(ctx, "个月")
	case "orders":
		return lang.T(ctx, "票")
	case "points":
		return lang.T(ctx, "分")
	}
	return ""
}

func (p ClassRulePage) pilotColumns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "网点")}, {Label: t(ctx, "从哪天起")}}
	for _, h := range p.PilotHeads {
		out = append(out, ui.Column{Label: h, Right: true})
	}
	return append(out, ui.Column{Label: t(ctx, "推广"), Hidden: true})
}
