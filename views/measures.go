package views

import (
	"context"

	"yike/policy/classify"
	"yike/policy/measure"
	"yike/views/lang"
	"yike/views/ui"
)

var (
	measureStateWords  = map[string]string{measure.Open: lang.N("没开始"), measure.Running: lang.N("在做"), measure.Done: lang.N("做完了"), measure.Dropped: lang.N("不做了")}
	measureShowWords   = map[string]string{"late": lang.N("过期没做完"), "look": lang.N("该看效果了"), "reviewed": lang.N("看过效果"), "all": lang.N("全部措施")}
	measureSourceWords = map[string]string{measure.Own: lang.N("自己提的"), measure.Report: lang.N("看报表发现的"), measure.Review: lang.N("工单复盘"), measure.Visit: lang.N("拜访"), measure.Radar: lang.N("件量雷达"), measure.Activity: lang.N("活动")}
	measureReachWords  = map[string]string{measure.WholeBranch: lang.N("整个网点的客户"), measure.ClassOf: lang.N("网点里一个分级的客户"), measure.SegmentOf: lang.N("网点里一个分群的客户"), measure.OneClient: lang.N("只有这一位客户")}
	measureFigureWords = map[string]string{
		string(measure.Pieces): lang.N("平均每位寄了几件"), string(measure.Freight): lang.N("平均每位的运费"), string(measure.Active): lang.N("寄过件的客户占多少"), string(measure.Visits): lang.N("平均每位拜访几次"),
		string(measure.Complaints): lang.N("平均每位投诉几次"), string(measure.Rate): lang.N("每万件投诉"), string(measure.Satisfied): lang.N("评价里满意的占多少"),
	}
	measureVerdictWords = map[string]string{
		string(measure.Better): lang.N("变好了"), string(measure.Same): lang.N("没有差别"), string(measure.Worse): lang.N("变差了"), string(measure.TooFew): lang.N("客户太少，说不准"),
		string(measure.Nothing): lang.N("没有数，说不准"), string(measure.InWords): lang.N("文字说明"),
	}
	measureFaultWords = map[measure.Fault]string{
		measure.NoDay: lang.N("请填日期"), measure.DueFirst: lang.N("要在开始那天或以后"), measure.ReviewFirst: lang.N("要在到期那天或以后"), measure.ReviewSoon: lang.N("用数字看效果，至少要开始 7 天以后"),
		measure.ReviewLate: lang.N("最多开始后两年"), measure.ReviewNeeded: lang.N("选了数字就要填哪天看效果"),
	}
)

// MeasureStateWord is how far a measure is.
func MeasureStateWord(ctx context.Context, code string) string {
	return word(ctx, measureStateWords, code)
}

// MeasureSourceWord is where a measure comes from.
func MeasureSourceWord(ctx context.Context, code string) string {
	return word(ctx, measureSourceWords, code)
}

// MeasureFigureWord is by what a measure is judged; "" without a figure.
func MeasureFigureWord(ctx context.Context, code string) string {
	return word(ctx, measureFigureWords, code)
}

// MeasureVerdictWord is what came of a measure; "" before it was looked at.
func MeasureVerdictWord(ctx context.Context, code string) string {
	return word(ctx, measureVerdictWords, code)
}

// MeasureFaultWord says what is wrong with a day of a measure.
func MeasureFaultWord(ctx context.Context, why measure.Fault) string {
	return wordOf(ctx, measureFaultWords, why)
}

// MeasureReachWord says whom a measure is for.
func MeasureReachWord(ctx context.Context, reach, value string) string {
	switch reach {
	case measure.ClassOf:
		return lang.T(ctx, "%s 类客户", value)
	case measure.SegmentOf:
		return lang.T(ctx, "分群：%s", word(ctx, rfmWords, value))
	}
	return word(ctx, measureReachWords, reach)
}

// MeasureShowOptions are the ways to narrow a list by how far measures are.
func MeasureShowOptions(ctx context.Context) []ui.Option {
	out := optionsOf(ctx, []string{"late", "look", "reviewed"}, measureShowWords)
	return append(append(out, optionsOf(ctx, measure.States, measureStateWords)...), optionsOf(ctx, []string{"all"}, measureShowWords)...)
}

// MeasureShowWord is one of them.
func MeasureShowWord(ctx context.Context, code string) string {
	if w := word(ctx, measureShowWords, code); w != "" && measureShowWords[code] != "" {
		return w
	}
	return MeasureStateWord(ctx, code)
}

// MeasureSourceOptions are the sources to filter by.
func MeasureSourceOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, measure.Sources, measureSourceWords)
}

// MeasureVerdictOptions are the verdicts to filter by.
func MeasureVerdictOptions(ctx context.Context) []ui.Option {
	var codes []string
	for _, v := range measure.Verdicts {
		codes = append(codes, string(v))
	}
	return optionsOf(ctx, codes, measureVerdictWords)
}

// MeasureFigureOptions are the figures to judge by.
func MeasureFigureOptions(ctx context.Context) []ui.Option {
	var codes []string
	for _, f := range measure.Figures {
		codes = append(codes, string(f))
	}
	return optionsOf(ctx, codes, measureFigureWords)
}

// measureEvery is how often a measure comes again, by the months as text.
var measureEvery = []struct{ months, word string }{{"0", lang.N("只做一次")}, {"1", lang.N("每月")}, {"3", lang.N("每季")}, {"6", lang.N("每半年")}, {"12", lang.N("每年")}}

// MeasureEveryWord is how often a measure comes again.
func MeasureEveryWord(ctx context.Context, months string) string {
	for _, x := range measureEvery {
		if x.months == months {
			return t(ctx, x.word)
		}
	}
	return months
}

func measureEveryOptions(ctx context.Context) (out []ui.Option) {
	for _, x := range measureEvery {
		out = append(out, ui.Option{Value: x.months, Label: t(ctx, x.word)})
	}
	return out
}

// MeasureReachOptions say whom a measure may be for.
func MeasureReachOptions(ctx context.Context, client, branch bool) []ui.Option {
	var codes []string
	for _, r := range measure.Reaches {
		if r == measure.OneClient && client || r != measure.OneClient && branch {
			codes = append(codes, r)
		}
	}
	return optionsOf(ctx, codes, measureReachWords)
}

func measureSegments(ctx context.Context) []ui.Option {
	return optionsOf(ctx, classify.Segments, rfmWords)
}

func measureClasses() (out []ui.Option) {
	for _, class := range []string{"A", "B", "C"} {
		out = append(out, ui.Option{Value: class, Label: class})
	}
	return out
}

// MeasureLine is a measure in a list.
type MeasureLine struct {
	Href, Said, Source, SourceHref, Customer string
	Branch, Who                              string
	DueState, DueText, Due                   string
	State, StateKind                         string
	Figure, Review, Verdict, VerdictKind     string
}

// MeasureBranch is the measures of a branch, counted.
type MeasureBranch struct {
	Name                               string
	Live, Late, Done, Look, Seen, Good MeasureCount
}

// MeasureCount is a number with its list.
type MeasureCount struct{ N, Href string }

// MeasureList is the page of measures.
type MeasureList struct {
	Show, Source, Verdict, Who, Branch, Customer string
	Branches                                     []ui.Option
	Rows                                         []MeasureLine
	Count, Next, Export, Printed, New            string
	Chips                                        ui.ChipsProps
	ByBranch                                     []MeasureBranch
}

// MeasurePart is the measures that came from a visit, an alert or a case.
type MeasurePart struct {
	Rows []MeasureLine
	New  string // address of the form, "" without the right
}

// MeasureForm is the form on which a measure is written down or corrected.
type MeasureForm struct {
	Title, Action, Home, Key, Version        string
	Source, SourceID, SourcePath, SourceText string
	Branch, BranchName, Customer             string
	Pick                                     []ui.Option // branches to choose first
	PickQuery                                [][2]string
	Fixed                                    bool // what is to be done is said elsewhere
	Said, Owner, From, Due, Review           string
	Figure, Goal, Reach, Class, Segment      string
	Every                                    string // months
	Owners, Reaches                          []ui.Option
	Errors                                   ui.Errors
}

func (f MeasureForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "said", Label: t(ctx, "要做什么")}, {Name: "owner", Label: t(ctx, "谁负责")}, {Name: "from", Label: t(ctx, "哪天开始")}, {Name: "due", Label: t(ctx, "哪天做完")},
		{Name: "review", Label: t(ctx, "哪天看效果")}, {Name: "figure", Label: t(ctx, "用哪个数看")}, {Name: "goal", Label: t(ctx, "做到什么样算好")}, {Name: "reach", Label: t(ctx, "为哪些客户")}, {Name: "every", Label: t(ctx, "多久再来一次")}}
}

// MeasureSide is a line of a comparison.
type MeasureSide struct {
	Who, Clients, Before, After, Change string
	Href                                string // the clients in it, "" = nobody
}

// MeasureFound is a comparison in words.
type MeasureFound struct {
	Title, Days, Sentence, Kind string
	Verdict                     string
	Rows                        []MeasureSide
	How                         []string
}

// MeasurePage is one measure and what may be done with it.
type MeasurePage struct {
	ID, Version, Home, Said              string
	State, StateKind, DueState, DueText  string
	Facts                                []Fact
	SourceHref, SourceText, CustomerHref string
	BeforeHref, NextHref                 string // the same measure a period before and after
	Customer, Result, Learned            string
	Reviewed                             string
	Kept, Now                            *MeasureFound
	Early                                string

	CanBegin, CanFinish, CanReopen, CanReview bool
	EditHref, DeleteURL                       string
	Words, Reason, Lesson                     string
	Errors                                    ui.Errors
	Printed                                   string
}

func (p MeasurePage) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "words", Label: t(ctx, "做了什么")}, {Name: "reason", Label: t(ctx, "为什么不做了")}, {Name: "learned", Label: t(ctx, "接下来怎么办")}}
}
