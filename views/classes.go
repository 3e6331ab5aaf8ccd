package views

import (
	"context"
	"strconv"
	"strings"

	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// Words of labels, by kind and value.
var (
	worthWords = map[string]string{"high": lang.N("高价值"), "middle": lang.N("中价值"), "low": lang.N("低价值")}
	// Dormant is no MarkSilent: the documents call both 沉默.
	rfmWords  = map[string]string{"core": lang.N("高价值客户"), "potential": lang.N("潜力客户"), "new": lang.N("新客户"), "at_risk": lang.N("流失风险客户"), "dormant": lang.N("低活跃客户（低频低额）")}
	tierWords = map[string]string{"key": lang.N("大客户"), "middle": lang.N("中端客户"), "ordinary": lang.N("低端·普通"), "inactive": lang.N("低端·非积极"), "potential": lang.N("低端·潜在"),
		"doubtful": lang.N("低端·疑虑"), "once": lang.N("低端·一次性")}
	levelWords = map[string]string{"vip": lang.N("VIP 客户"), "ordinary": lang.N("普通客户"), "potential": lang.N("潜在客户")}
	markWords  = map[string]string{"stable": lang.N("稳定寄件"), "seasonal": lang.N("季节性"), "silent": lang.N("沉默（3 个月没寄）"), "complained": lang.N("投诉过"), "overdue": lang.N("欠费"), "slipping": lang.N("易流失"), "usual_middle": lang.N("行业常见于中端")}
	labelKinds = map[string]string{"class": lang.N("A/B/C 类"), "worth": lang.N("价值"), "rfm": lang.N("RFM 细分"), "tier": lang.N("金字塔"), "level": lang.N("客户级别"), "stage": lang.N("生命周期"), "kind": lang.N("客户类别"), "mark": lang.N("行为和风险")}
)

// LabelKindWord names a kind of labels; a mark by its own word.
func LabelKindWord(ctx context.Context, kind string) string {
	if m, ok := strings.CutPrefix(kind, "mark."); ok {
		return word(ctx, markWords, m)
	}
	return word(ctx, labelKinds, kind)
}

// LabelWord is the value of a label in words.
func LabelWord(ctx context.Context, kind, value string) string {
	if strings.HasPrefix(kind, "mark.") {
		if value == "" {
			return lang.T(ctx, "没有")
		}
		return lang.T(ctx, "有")
	}
	switch {
	case value == "" && kind == "class":
		return lang.T(ctx, "未分级")
	case value == "":
		return lang.T(ctx, "没有")
	}
	switch kind {
	case "class":
		return ClassWord(ctx, value)
	case "worth":
		return word(ctx, worthWords, value)
	case "rfm":
		return word(ctx, rfmWords, value)
	case "tier":
		return word(ctx, tierWords, value)
	case "level":
		return word(ctx, levelWords, value)
	case "stage":
		return StageWord(ctx, value)
	case "kind":
		return KindWord(ctx, value)
	case "mark":
		return word(ctx, markWords, value)
	}
	return value
}

// labelOptions are the values of a kind, for the list's filter.
func labelOptions(ctx context.Context, kind string, list []string) []ui.Option {
	return WordOptions(ctx, list, func(ctx context.Context, v string) string { return LabelWord(ctx, kind, v) })
}

// LabelChips are the labels of a client as chips; each leads to its reason.
func LabelChips(ctx context.Context, l classify.Labels) (out []ui.TagProps) {
	add := func(kind, value, look string) {
		if value != "" {
			out = append(out, ui.TagProps{Text: LabelWord(ctx, kind, value), Kind: look, Title: LabelKindWord(ctx, kind)})
		}
	}
	for _, m := range l.Marks.Words() {
		look := "risk"
		switch m {
		case "stable", "seasonal":
			look = "ok"
		case "usual_middle":
			look = "line"
		}
		add("mark", m, look)
	}
	add("worth", l.Worth, "line")
	add("rfm", l.RFM, "line")
	add("tier", l.Tier, "line")
	return out
}

// Yuan is money in yuan: "12,000", and with fen where there are any.
func Yuan(fen int64) string { return yuan(fen) }

func yuan(fen int64) string {
	s := strconv.FormatInt(fen/100, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if fen%100 != 0 {
		s += "." + strconv.FormatInt(100+fen%100, 10)[1:]
	}
	return s
}

// unitText is a figure of a fact with its unit.
func unitText(ctx context.Context, unit string, v int64) string {
	switch unit {
	case classify.UnitMonthly:
		return lang.T(ctx, "每月 %s 元", yuan(v))
	case classify.UnitYearly:
		return lang.T(ctx, "12 个月 %s 元", yuan(v))
	case classify.UnitFen:
		return lang.T(ctx, "%s 元", yuan(v))
	case classify.UnitOrder:
		return lang.T(ctx, "每票 %s 元", yuan(v))
	case classify.UnitOrders:
		return lang.T(ctx, "每月 %d 票", v)
	case classify.UnitCount:
		return lang.T(ctx, "12 个月 %d 票", v)
	case classify.UnitPercent:
		if v < 0 {
			return lang.T(ctx, "无从比较")
		}
		return strconv.FormatInt(v, 10) + " %"
	case classify.UnitPoints:
		return lang.T(ctx, "%d 分", v)
	case classify.UnitDay:
		if v == 0 {
			return lang.T(ctx, "还没寄过")
		}
		return day.Day(v).String()
	case classify.UnitTimes:
		return lang.T(ctx, "%d 次", v)
	}
	return strconv.FormatInt(v, 10)
}

var factWords = map[string]string{
	"amount": lang.N("按月均运费"), "share": lang.N("按占网点运费的份额"), "rank": lang.N("按在网点里的名次"), "year": lang.N("按全年运费"), "repeat": lang.N("有寄件的月份"), "score": lang.N("价值指数（CVI）"),
	"frequency": lang.N("其中：频次"), "money": lang.N("其中：金额"), "loyalty": lang.N("其中：忠诚"), "credit": lang.N("其中：信用"), "promise": lang.N("潜在客户得分"),
	"recency": lang.N("最近一次寄件（R）"), "orders": lang.N("寄件次数（F）"), "spend": lang.N("金额（M）"), "worth": lang.N("月均运费"), "stable": lang.N("最少的一个月"),
	"sales": lang.N("大促月份平均"), "others": lang.N("其他月份平均"), "trend": lang.N("近 3 个月和再前 3 个月比"), "first": lang.N("第一次寄件"), "last": lang.N("最近一次寄件"),
	"complaints": lang.N("近 3 个月投诉"), "overdue": lang.N("逾期未付"), "tier": lang.N("月均运费，按名次"), "industry": lang.N("行业"),
}

var gradeWords = map[string]string{"high": lang.N("高"), "middle": lang.N("中"), "low": lang.N("低")}

// WhyLine is one figure behind a label.
type WhyLine struct{ Name, Value, Is, Note string }

// WhyFact puts a figure into words: what it is, what it gives, and where it
// would turn.
func WhyFact(ctx context.Context, kind string, f classify.Fact) WhyLine {
	out := WhyLine{Name: word(ctx, factWords, f.Name), Value: unitText(ctx, f.Unit, f.Value)}
	if f.Unit == classify.UnitText {
		out.Value = f.Text
	}
	if f.N > 0 && f.Unit == classify.UnitMonthly {
		out.Value = lang.T(ctx, "近 %d 个整月，%s", f.N, out.Value)
	}
	if f.N > 0 && f.Unit == classify.UnitOrders {
		out.Value = lang.T(ctx, "近 %d 个整月里 %d 票", f.N, f.Value)
	}
	if f.N > 0 && f.Unit == classify.UnitPoints {
		out.Value = lang.T(ctx, "%d 分，占 %d 份", f.Value, f.N)
	}
	to := func(v string) string {
		if g, ok := gradeWords[v]; ok && kind == "rfm" {
			return lang.T(ctx, g)
		}
		return LabelWord(ctx, kind, v)
	}
	if f.Name == "tier" {
		kind = "tier"
	}
	if f.Is != "" {
		out.Is = to(f.Is)
	}
	var notes []string
	for _, s := range f.Steps {
		at := unitText(ctx, f.Unit, s.From)
		switch {
		case s.To == "" && f.Unit == classify.UnitDay:
			notes = append(notes, lang.T(ctx, "到 %s 不再算新客", at))
		case s.To == "":
			notes = append(notes, lang.T(ctx, "要 %s", at))
		case s.Above:
			notes = append(notes, lang.T(ctx, "超过 %s 是%s", at, to(s.To)))
		case s.Under:
			notes = append(notes, lang.T(ctx, "低于 %s 是%s", at, to(s.To)))
		case f.Unit == classify.UnitDay && kind != "rfm":
			notes = append(notes, lang.T(ctx, "到 %s 还没有新件就是%s", at, to(s.To)))
		case f.Unit == classify.UnitDay:
			notes = append(notes, lang.T(ctx, "%s 以后寄过是%s", at, to(s.To)))
		default:
			notes = append(notes, lang.T(ctx, "%s 起是%s", at, to(s.To)))
		}
	}
	out.Note = strings.Join(notes, lang.T(ctx, "；"))
	return out
}

// WhyLabel is a label with all that stands behind it.
type WhyLabel struct {
	Kind, Title, Value, Next string // Next: head office's text of what to do with such clients
	Class                    string // of the class itself
	Lines                    []WhyLine
	Turns                    []string // what would change it
	Moves                    []string
	Since, Held              string
	Waits                    []string // proposed or contested changes
	Contest                  []ui.Option
}

// WhyPage explains a client's labels.
type WhyPage struct {
	ID, Name, Code, Base string
	Labels               []WhyLabel
	Events               []string
	CanContest           bool
	Form                 ContestForm
}

// ContestForm says that a label is wrong.
type ContestForm struct {
	Kind, Value, Said string
	Kinds             []ui.Option // kind=value, grouped by kind
	Errors            ui.Errors
}

func (f ContestForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "should", Label: t(ctx, "应该是")}, {Name: "said", Label: t(ctx, "为什么")}}
}

// ContestOptions are the labels that may be contested, each with its values.
func ContestOptions(ctx context.Context, l classify.Labels) (out []ui.Option) {
	for _, g := range []struct {
		kind string
		list []string
	}{{"class", profile.Classes}, {"worth", classify.Worths}, {"rfm", classify.Segments}, {"tier", classify.Tiers}, {"level", classify.Levels}, {"stage", classify.Stages}} {
		for _, v := range g.list {
			out = append(out, ui.Option{Value: g.kind + "=" + v, Label: LabelWord(ctx, g.kind, v), Group: LabelKindWord(ctx, g.kind)})
		}
	}
	for _, m := range classify.MarkWords {
		o := ui.Option{Value: "mark." + m + "=" + m, Label: lang.T(ctx, "加上“%s”", word(ctx, markWords, m)), Group: LabelKindWord(ctx, "mark")}
		if l.Marks&classify.Mark(m) != 0 {
			o = ui.Option{Value: "mark." + m + "=", Label: lang.T(ctx, "去掉“%s”", word(ctx, markWords, m)), Group: o.Group}
		}
		out = append(out, o)
	}
	return out
}

// Groupings are all the ways in which clients are told apart, side by side.
type Groupings struct {
	Branch   string
	Branches []ui.Option
	Groups   []Grouping
	AsOf     string // which night the labels are of
	Waiting  string // changes that wait; "" when the reader decides none
}

// Grouping is one of them.
type Grouping struct {
	Kind, Title, About, Rule string
	Lines                    []GroupLine
}

// GroupLine is a group: its name, the documents' words for it, how many, their
// list, and what to do with them.
type GroupLine struct{ Class, Label, N, Share, Href, Terms, Note string }

// GroupAbout says whose word a grouping is and what it goes by.
func GroupAbout(ctx context.Context, kind string) string {
	switch kind {
	case "class":
		return lang.T(ctx, "定拜访次数和照顾多少。批准了才改。")
	case "worth":
		return lang.T(ctx, "看每月花多少钱。每夜自动。")
	case "rfm":
		return lang.T(ctx, "看最近寄没寄、寄得勤不勤、花得多不多。每夜自动。")
	case "tier":
		return lang.T(ctx, "看在网点里的名次，低端再按前景分。每夜自动。")
	case "level":
		return lang.T(ctx, "看价值指数：频次、金额、忠诚、信用。每夜自动。")
	case "stage":
		return lang.T(ctx, "看合作到了哪一步。每夜自动，手工改的先保留。")
	case "kind":
		return lang.T(ctx, "看是哪一种客户。在资料里填。")
	case "mark":
		return lang.T(ctx, "一位客户可以有几个。每夜自动。")
	}
	return ""
}

// StageTerms are the documents' own words for a stage.
func StageTerms(stage string) string {
	var out []string
	for _, list := range classify.Vocabularies {
		for _, term := range list {
			for _, s := range term.Stages {
				if s == stage {
					out = append(out, term.Word)
				}
			}
		}
	}
	return strings.Join(out, " · ")
}

// ClassChangesPage is the list of what waits to be decided.
type ClassChangesPage struct {
	Branch           string
	Branches         []ui.Option
	Moves            []ui.Option // Value the address, Label "C → A 12 位"
	Chosen           string      // of Moves
	Rows             []ClassChangeRow
	Decided          bool
	More, Query      string
	Total            string
	Reason, Until    string
	Value, MinDay    string
	Errors           ui.Errors
	CanRun           bool
	EmptyText, AsOf  string
	DecidedHref, All string
}

// ClassChangeRow is one change.
type ClassChangeRow struct {
	ID, Code, Name, Href     string
	Kind, Old, New           string
	OldClass, NewClass       string // of classes: for the badge
	Why, Said, State, Reason string
	By                       string
	At                       Moment
}

func (p ClassChangesPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "ids", Label: t(ctx, "客户")}, {Name: "value", Label: t(ctx, "改成")}, {Name: "reason", Label: t(ctx, "理由")}, {Name: "until", Label: t(ctx, "保持到")}}
}

// ChangeStateWord is how a change was decided.
func ChangeStateWord(ctx context.Context, state string) string {
	return word(ctx, map[string]string{"proposed": lang.N("等批"), "approved": lang.N("批准"), "edited": lang.N("改了再批"), "rejected": lang.N("不改"), "dropped": lang.N("撤下")}, state)
}

// CellWord names a cell of RFM by its grades.
func CellWord(ctx context.Context, cell int) string {
	r, f, m := classify.Grades(cell)
	grades := []string{"low", "middle", "high"}
	return "R " + lang.T(ctx, gradeWords[grades[r]]) + " · F " + lang.T(ctx, gradeWords[grades[f]]) + " · M " + lang.T(ctx, gradeWords[grades[m]])
}

func (p ClassChangesPage) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "客户")}, {Label: t(ctx, "怎么变")}, {Label: t(ctx, "依据")}}
	if p.Decided {
		return append(out, ui.Column{Label: t(ctx, "怎么定的")}, ui.Column{Label: t(ctx, "理由")}, ui.Column{Label: t(ctx, "谁，什么时候")})
	}
	return append(append([]ui.Column{{All: true, Label: t(ctx, "全选")}}, out...), ui.Column{Label: t(ctx, "为什么"), Hidden: true})
}

// ClassOptions are A, B and C.
func ClassOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, profile.Classes, ClassWord)
}

// labelFilters are the filters of the list by what the rules call a client.
func labelFilters(ctx context.Context) (out []ui.SelectProps) {
	for _, f := range []struct {
		kind string
		list []string
	}{{"worth", classify.Worths}, {"rfm", classify.Segments}, {"tier", classify.Tiers}, {"level", classify.Levels}, {"mark", classify.MarkWords}} {
		out = append(out, ui.SelectProps{Name: f.kind, Label: LabelKindWord(ctx, f.kind), Options: labelOptions(ctx, f.kind, f.list)})
	}
	return out
}
