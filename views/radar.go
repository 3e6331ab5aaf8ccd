package views

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yike/policy/profile"
	"yike/policy/radar"
	"yike/policy/rating"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// RadarList is the page of clients who ship less than their habit.
type RadarList struct {
	Action, State, Kind, Branch string
	Printed                     string // heads the page on paper
	Mine                        bool
	Branches                    []ui.Option
	Chips                       ui.ChipsProps
	Rows                        []RadarLine
	Pager                       ui.PagerProps
	CSV, XLSX                   string // "" without the right
	Rule                        string // address of the rule
	Quiet                       []RadarQuiet
	Unpublished                 string // of a year whose holidays are not announced
}

// RadarQuiet is how many clients have shipped nothing for so long.
type RadarQuiet struct{ Label, Number, Href string }

// RadarLine is one alert.
type RadarLine struct {
	Href, Customer, CustomerHref, Class string
	Kind, Text, State, StateKind        string
	Response, Worker, Later             string
	Count                               string // on the way to silence
	Ended                               string // why it ended by itself
	Due                                 string // a state of ui.DueBadge
	DueText                             string
	Day                                 Moment
}

// RadarPage is one alert with how it came about and what is done.
type RadarPage struct {
	ID, Version, Customer, CustomerHref, Class string
	Kind, Text, State, StateKind               string
	Why                                        []string
	Used                                       []RadarPeriod
	UsedWhat                                   string // heads what they hold
	Chart                                      *chart.Bars
	Later                                      string // what became of the volume
	Count                                      string // on the way to silence
	Answered                                   []Fact
	Form                                       *RadarForm // nil when there is nothing to answer, or no right to
	CanClose, CanReopen                        bool
	Result                                     string // typed
	Errors                                     ui.Errors
	Measures                                   MeasurePart
}

// RadarPeriod is a week or month that the expectation rests on.
type RadarPeriod struct{ From, Pieces string }

// RadarForm is the answer to an alert.
type RadarForm struct {
	Reason, Response, Note, Owner, Due, MinDay string
	Owners                                     []ui.Option
}

func (p RadarPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "reason", Label: t(ctx, "原因")}, {Name: "response", Label: t(ctx, "怎么办")}, {Name: "note", Label: t(ctx, "说明")},
		{Name: "owner", Label: t(ctx, "谁来办")}, {Name: "due", Label: t(ctx, "哪天前")}, {Name: "result", Label: t(ctx, "结果")}}
}

func (p RadarPage) href(rest string) string { return "/radar/" + p.ID + rest }

// RadarRuleForm is the rule of the radar with its history.
type RadarRuleForm struct {
	RuleFrame
	Weeks, Drop, Least, Express, Peaks string
	Back, Late, Billed, Fall, Answers  string
	Slow, Months                       string
	Preview                            *RadarPreview // nil before anybody asked
}

// RadarPreview is what a rule that is not saved would have raised.
type RadarPreview struct {
	Text  string
	Parts []RadarPreviewPart
}

// RadarPreviewPart are alerts that come or go with it.
type RadarPreviewPart struct {
	Title, More string
	Rows        []RadarPreviewRow
}

// RadarPreviewRow is one of them.
type RadarPreviewRow struct{ Customer, Code, Href, Kind, Text string }

func (f RadarRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "weeks", Label: t(ctx, "和前几个平常周比")}, {Name: "drop", Label: t(ctx, "少多少才提醒")}, {Name: "least", Label: t(ctx, "一周至少多少件才看")},
		{Name: "back", Label: t(ctx, "回到平时的多少算好了")}, {Name: "late", Label: t(ctx, "比平时晚付几天才提醒")}, {Name: "billed", Label: t(ctx, "对账单至少多少钱才看")},
		{Name: "fall", Label: t(ctx, "评价指数低多少才提醒")}, {Name: "answers", Label: t(ctx, "前后各至少几份评价")}, {Name: "express", Label: t(ctx, "时效件占多少算时效敏感")}, {Name: "slow", Label: t(ctx, "投诉派送慢几次也算")}, {Name: "months", Label: t(ctx, "几个月里的投诉")}, {Name: "peaks", Label: t(ctx, "大促")}, {Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// RadarKindWord names the kind of an alert.
func RadarKindWord(ctx context.Context, kind string) string {
	return word(ctx, radarKinds, kind)
}

var radarKinds = map[string]string{string(radar.Week): lang.N("周件量下降"), string(radar.Months): lang.N("连月下降"), string(radar.Silence): lang.N("快要沉默"), string(radar.Payment): lang.N("付款变差"), string(radar.Rating): lang.N("评价下降")}

// RadarKindOptions offers the kinds.
func RadarKindOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, k := range radar.Kinds {
		out = append(out, ui.Option{Value: string(k), Label: RadarKindWord(ctx, string(k))})
	}
	return out
}

var radarStates = map[string]string{"open": lang.N("等处理"), "doing": lang.N("在办"), "closed": lang.N("已了结")}

// RadarStateWord names the state of an alert, RadarStateKind is its colour.
func RadarStateWord(ctx context.Context, state string) string { return word(ctx, radarStates, state) }

// RadarStateKind see RadarStateWord.
func RadarStateKind(state string) string {
	switch state {
	case "open":
		return "risk"
	case "doing":
		return "soon"
	}
	return "ok"
}

// RadarStateOptions offers the states.
func RadarStateOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "open", Label: t(ctx, "等处理")}, {Value: "doing", Label: t(ctx, "在办")}, {Value: "closed", Label: t(ctx, "已了结")}, {Value: "all", Label: t(ctx, "全部")}}
}

var radarReasons = map[string]string{"service": lang.N("服务"), "price": lang.N("价格"), "competitor": lang.N("同行抢走"), "season": lang.N("淡季"), "closed": lang.N("停业或搬走"), "other": lang.N("其他原因")}

// RadarReasonWord says why a client ships less.
func RadarReasonWord(ctx context.Context, reason string) string {
	return word(ctx, radarReasons, reason)
}

var radarResponses = map[string]string{"call": lang.N("打电话"), "process": lang.N("改进服务"), "value_added": lang.N("增值服务"), "terms": lang.N("调账期"), "offer": lang.N("给优惠"),
	"activation": lang.N("低成本唤醒"), radar.GiveUp: lang.N("放弃")}

// RadarResponseWord says what is done about it.
func RadarResponseWord(ctx context.Context, response string) string {
	return word(ctx, radarResponses, response)
}

func radarChoices(list []string, say func(string) string) []ui.Option {
	var out []ui.Option
	for _, w := range list {
		out = append(out, ui.Option{Value: w, Label: say(w)})
	}
	return out
}

// RadarSentence says what an alert is about.
func RadarSentence(ctx context.Context, a radar.Alert) string {
	switch a.Kind {
	case radar.Week:
		return lang.T(ctx, "%s 那一周 %d 件，平时 %d 件，少了 %d%%", shortDay(a.Key), a.Got, a.Expected, a.Percent)
	case radar.Months:
		return lang.T(ctx, "连着两个月下降：%s 只有 %d 件，照早先应有 %d 件，少了 %d%%", a.Key, a.Got, a.Expected, a.Percent)
	case radar.Silence:
		return lang.T(ctx, "%d 天没有发件，再到 %s 就算沉默", a.Stop, a.Silent)
	case radar.Rating:
		return lang.T(ctx, "最近 %d 天评价指数 %s，再往前 %d 天 %s，低了 %s 分", rating.TrendDays, tenths(a.Got), rating.TrendDays, tenths(a.Expected), tenths(a.Expected-a.Got))
	case radar.Payment:
		switch b := a.Bill; {
		case b == nil:
			return lang.T(ctx, "最近三张对账单平均 %s 元，平时 %s 元，少了 %d%%", yuan(a.Got), yuan(a.Expected), a.Percent)
		case b.Left < b.Charged:
			return lang.T(ctx, "对账单 %s 过期 %d 天，%s 元里还差 %s 元", b.Number, b.Over, yuan(b.Charged), yuan(b.Left))
		default:
			return lang.T(ctx, "对账单 %s 过期 %d 天，%s 元一分没付", b.Number, b.Over, yuan(b.Charged))
		}
	}
	return ""
}

// Countdown says how far a client is on the way to silence.
func Countdown(ctx context.Context, c radar.Countdown) string {
	if c.Left == 0 {
		return lang.T(ctx, "%d 天没有发件，已经沉默", c.Since)
	}
	return lang.T(ctx, "%d 天没有发件，再过 %d 天（%s）就算沉默", c.Since, c.Left, c.Silent.String())
}

// QuietWord is a stop of the countdown to silence, "" for none.
func QuietWord(ctx context.Context, stop string) string {
	switch stop {
	case "":
		return ""
	case strconv.Itoa(radar.Gone):
		return lang.T(ctx, "三个月以上没发")
	}
	return lang.T(ctx, "%s 天没发", stop)
}

// QuietOptions offers the stops.
func QuietOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, n := range radar.QuietStops {
		stop := strconv.Itoa(n)
		out = append(out, ui.Option{Value: stop, Label: QuietWord(ctx, stop)})
	}
	return out
}

// RadarEnd says why an alert ended by itself, "" when it did not.
func RadarEnd(ctx context.Context, e *radar.End) string {
	if e == nil {
		return ""
	}
	switch e.Why {
	case radar.EndShips:
		return lang.T(ctx, "%s 又开始发件，到那天夜里共 %d 件", e.From, e.Got)
	case radar.EndVolume:
		return lang.T(ctx, "从 %s 起连着 %d 个平常周每周 %d 件，平时 %d 件：回来了", e.From, e.Weeks, e.Got, e.Usual)
	case radar.EndPaid:
		if e.From == "" {
			return lang.T(ctx, "那张对账单作废了")
		}
		return lang.T(ctx, "%s 付清了", e.From)
	case radar.EndContent:
		return lang.T(ctx, "%s 以来的评价指数 %s，和以前的 %s 差不多了", e.From, tenths(e.Got), tenths(e.Usual))
	case radar.EndBilled:
		return lang.T(ctx, "%s 的对账单 %s 元，和平时的 %s 元差不多了", e.From, yuan(e.Got), yuan(e.Usual))
	}
	return ""
}

var radarEnds = map[string]string{radar.EndShips: lang.N("又开始发件了"), radar.EndVolume: lang.N("件量回来了"), radar.EndPaid: lang.N("付清了"), radar.EndBilled: lang.N("对账金额回来了"), radar.EndContent: lang.N("评价回来了")}

// RadarEndWord is the same in a word.
func RadarEndWord(ctx context.Context, why string) string { return word(ctx, radarEnds, why) }

func shortDay(d string) string {
	if len(d) == len("2026-11-21") {
		return d[len("2026-"):]
	}
	return d
}

// RadarWhy says how an alert came about, a sentence each.
func RadarWhy(ctx context.Context, a radar.Alert) []string {
	var out []string
	switch a.Kind {
	case radar.Week:
		out = append(out, lang.T(ctx, "拿这一周的 %d 天，和前 %d 个平常周的同样几天比；平时的数取中间的一周。", a.Counted, len(a.Used)),
			lang.T(ctx, "他平常每周上下差 %d 件左右，少得比这多一倍才提醒。", a.Swing))
	case radar.Months:
		out = append(out, lang.T(ctx, "按每个平常日子的件数比，三个月一个比一个少；天数不同已经折算。"))
	case radar.Silence:
		out = append(out, lang.T(ctx, "最后一票是 %s。他平常隔 %d 天发一次。", a.Last, a.Gap), lang.T(ctx, "三个月没有发件就算沉默，第 30、60、75 天各提醒一次。"))
	case radar.Rating:
		out = append(out, lang.T(ctx, "拿最近 %d 天的评价，和再往前 %d 天的比；前后都要够份数，一两份不算。", rating.TrendDays, rating.TrendDays), lang.T(ctx, "指数 =（平均分 − 1）÷ 4 × 100，满分 100。"))
	case radar.Payment:
		if b := a.Bill; b != nil {
			usual := lang.T(ctx, "到期后 %d 天付清", b.Usual)
			if b.Usual <= 0 {
				usual = lang.T(ctx, "到期前 %d 天付清", -b.Usual)
			}
			out = append(out, lang.T(ctx, "这张 %s 到期。他前 %d 张对账单通常%s，上下差 %d 天左右。", b.Due, a.Counted, usual, a.Swing))
		} else {
			out = append(out, lang.T(ctx, "平时的数是再往前 %d 张对账单的中间一张；最近三张都比它少。", a.Counted))
		}
	}
	if len(a.Left) > 0 {
		out = append(out, lang.T(ctx, "没有算进去的日子：%s。", outs(ctx, a.Left)))
	}
	if len(a.Skipped) > 0 && a.Kind == radar.Week {
		out = append(out, lang.T(ctx, "没有拿来比的周：%s。", outs(ctx, a.Skipped)))
	}
	return out
}

func outs(ctx context.Context, list []radar.Out) string {
	var parts []string
	for _, o := range list {
		name := o.Name
		if name == "" {
			name = lang.T(ctx, "还没有运单")
		}
		parts = append(parts, lang.T(ctx, "%s（%s）", shortDay(o.Day), HolidayWord(ctx, name)))
	}
	return strings.Join(parts, lang.T(ctx, "、"))
}

var holidays = []string{lang.N("元旦"), lang.N("春节"), lang.N("清明节"), lang.N("劳动节"), lang.N("端午节"), lang.N("中秋节"), lang.N("国庆节"), lang.N("双11"), lang.N("双12"), lang.N("年货节"), lang.N("休")}

// HolidayWord names a holiday or a sale; one that the company named stays as
// it is.
func HolidayWord(ctx context.Context, name string) string {
	if slices.Contains(holidays, name) {
		return lang.T(ctx, name)
	}
	return name
}

// RadarUsed are the weeks or months that the expectation rests on.
func RadarUsed(ctx context.Context, a radar.Alert) []RadarPeriod {
	var out []RadarPeriod
	for _, u := range a.Used {
		from, much := u.From, Thousands(u.Pieces)
		switch a.Kind {
		case radar.Months:
			from = lang.T(ctx, "%s，%d 天", u.From[:7], u.Days)
		case radar.Rating:
			from, much = lang.T(ctx, "%s 起 %d 天，%d 份", u.From, rating.TrendDays, u.Days), tenths(u.Pieces)
		case radar.Payment:
			much = lang.T(ctx, "%s 元", yuan(u.Pieces))
		}
		out = append(out, RadarPeriod{from, much})
	}
	return out
}

// RadarLater says what became of the volume.
func RadarLater(ctx context.Context, a radar.Alert, o radar.Outcome) string {
	if o.Weeks == 0 {
		return ""
	}
	return lang.T(ctx, "此后 %d 个平常周，每周 %d 件，是平时的 %d%%", o.Weeks, o.Average, o.Percent)
}

// RadarWeeks is the diagram of a client's weeks.
func RadarWeeks(ctx context.Context, weeks []radar.WeekSum) *chart.Bars {
	if len(weeks) == 0 {
		return nil
	}
	bars := chart.Bars{ID: "radar-weeks", Title: lang.T(ctx, "每周件量"), Sub: lang.T(ctx, "按周一的日期，有节日或大促的周注明"), Label: lang.T(ctx, "周"), Value: lang.T(ctx, "件数"), Table: lang.T(ctx, "看数字")}
	for _, w := range weeks {
		label := shortDay(w.Monday.String())
		if w.Name != "" {
			label += " " + HolidayWord(ctx, w.Name)
		}
		bars.Labels, bars.Counts = append(bars.Labels, label), append(bars.Counts, w.Pieces)
	}
	return &bars
}

// HintSentence is the sentence with which a client's page opens, "" without
// parts.
func HintSentence(ctx context.Context, parts []profile.HintPart) string {
	var out []string
	for _, p := range parts {
		switch p.Code {
		case profile.HintTag:
			out = append(out, p.Text)
		case profile.HintSilence:
			out = append(out, lang.T(ctx, "%d 天没有发件，问问原因", p.N))
		case profile.HintLess:
			out = append(out, lang.T(ctx, "最近比平时少发 %d%%，问问原因", p.N))
		case profile.HintLate:
			out = append(out, lang.T(ctx, "对账单过期 %d 天没付", p.N))
		case profile.HintOver:
			out = append(out, lang.T(ctx, "合同过期 %d 天了", p.N))
		case profile.HintVisit:
			out = append(out, lang.T(ctx, "约好的拜访晚了 %d 天", p.N))
		case profile.HintValue:
			out = append(out, lang.T(ctx, "高价值客户，态度要好"))
		case profile.HintEnterprise:
			out = append(out, lang.T(ctx, "企业客户，注意形象"))
		}
	}
	return strings.Join(out, lang.T(ctx, "；"))
}

// peaksLine is what stands one peak below the other, as one line: 618 06-01–
// 06-03 · 双11 11-01–11-03.
func peaksLine(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if n := len(f); n >= 3 {
			out = append(out, strings.Join(f[:n-2], " ")+" "+f[n-2]+"–"+f[n-1])
		} else if n > 0 {
			out = append(out, strings.Join(f, " "))
		}
	}
	return strings.Join(out, " · ")
}
