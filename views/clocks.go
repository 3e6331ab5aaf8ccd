package views

import (
	"context"
	"strconv"

	"yike/policy/sla"
	"yike/views/lang"
	"yike/views/ui"
)

// ClockRuleForm is the page of the clocks of cases.
type ClockRuleForm struct {
	RuleFrame
	Rows    []ClockRow
	Soon    string
	Pause   string // working days
	Rungs   []ClockRung
	Preset  string // "" none was taken
	Presets []ClockPreset
	Preview *ClockPreview
	Tried   ClockTry
}

// ClockRow is a row of the rule as it stands in the form; At is its number.
type ClockRow struct {
	At                             int
	Kind, Severity, Class, Channel string
	Answer, Solve                  ClockLimit
	Error                          string
}

// ClockLimit is a limit as it stands in the form: an empty number is none.
type ClockLimit struct{ N, Unit, Error string }

// ClockRung says when somebody is told of a clock; unit is that of a limit, or
// RungPercent.
type ClockRung struct {
	At        int
	Clock, To string
	N, Unit   string
	Error     string
}

// RungPercent is the unit of a rung that counts the share of the time that is
// over.
const RungPercent = "percent"

// ClockPreset is one of the rules that can be taken over into the form.
type ClockPreset struct{ Title, Href string }

// ClockPreview is what a rule that is not saved would mean for the open cases.
type ClockPreview struct {
	Text  string
	Lines []ClockPreviewLine
}

// ClockPreviewLine is how many cases stand so by the rule that holds and by the
// new one.
type ClockPreviewLine struct {
	Label      string
	Was, Would int
}

// ClockTry asks of the rule which row holds for a case, and answers.
type ClockTry struct {
	Kind, Severity, Class, Channel string
	Said                           []string
}

var clockUnitWords = map[string]string{"second": lang.N("秒"), "minute": lang.N("分钟"), "hour": lang.N("小时"), "work_minute": lang.N("工作分钟"), "work_hour": lang.N("工作小时"), "work_day": lang.N("工作日"), RungPercent: lang.N("时间用掉的百分比")}

var (
	clockKindWords     = map[string]string{"complaint": lang.N("投诉"), "consultation": lang.N("咨询"), "suggestion": lang.N("建议")}
	clockSeverityWords = map[string]string{"minor": lang.N("一般"), "serious": lang.N("较重"), "grave": lang.N("严重")}
	clockClassWords    = map[string]string{"A": lang.N("A 类"), "B": lang.N("B 类"), "C": lang.N("C 类"), sla.NoClass: lang.N("没有分级")}
	clockChannelWords  = map[string]string{"phone": lang.N("电话"), "chat": lang.N("在线客服"), "email": lang.N("邮件"), "letter": lang.N("信函"), "wechat": lang.N("微信"), "app": lang.N("App"), "counter": lang.N("柜台"), "on_site": lang.N("快递员上门"),
		"head_office": lang.N("总部工单"), "postal": lang.N("邮政申诉"), "program": lang.N("系统发现")}
	clockPlaceWords = map[string]string{sla.ToHandler: lang.N("经办人"), sla.ToLeader: lang.N("客服主管"), sla.ToManager: lang.N("网点经理"), sla.ToHead: lang.N("总部")}
	clockWords      = map[string]string{sla.Answer: lang.N("首次答复"), sla.Solve: lang.N("解决")}
	clockStateWords = map[string]string{"ok": lang.N("来得及"), "soon": lang.N("快到时限"), "overdue": lang.N("超过时限"), "paused": lang.N("暂停着"), "": lang.N("没有时限")}
)

// ClockUnitWord is a unit of a limit as people say it.
func ClockUnitWord(ctx context.Context, unit string) string { return word(ctx, clockUnitWords, unit) }

// ClockPlaceWord is who is told.
func ClockPlaceWord(ctx context.Context, to string) string { return word(ctx, clockPlaceWords, to) }

// ClockWord is one of the clocks.
func ClockWord(ctx context.Context, which string) string { return word(ctx, clockWords, which) }

// ClockStateWord is how a clock stands.
func ClockStateWord(ctx context.Context, state string) string {
	return word(ctx, clockStateWords, state)
}

// LimitWord says a limit: 2 工作小时, 不限.
func LimitWord(ctx context.Context, l sla.Limit) string {
	if l.N <= 0 {
		return lang.T(ctx, "不限")
	}
	switch l.Unit {
	case sla.Seconds:
		return lang.T(ctx, "%d 秒", l.N)
	case sla.Minutes:
		return lang.T(ctx, "%d 分钟", l.N)
	case sla.Hours24:
		return lang.T(ctx, "%d 小时", l.N)
	case sla.WorkMinutes:
		return lang.T(ctx, "%d 工作分钟", l.N)
	case sla.WorkHours:
		return lang.T(ctx, "%d 工作小时", l.N)
	}
	return lang.T(ctx, "%d 个工作日", l.N)
}

// RowWord says which cases a row is about.
func RowWord(ctx context.Context, w sla.Row) string {
	out := ""
	for _, part := range []string{word(ctx, clockChannelWords, w.Channel), word(ctx, clockKindWords, w.Kind), word(ctx, clockSeverityWords, w.Severity), word(ctx, clockClassWords, w.Class)} {
		if part == "" {
			continue
		}
		if out != "" {
			out += " · "
		}
		out += part
	}
	if out == "" {
		return lang.T(ctx, "其他都按这一行")
	}
	return out
}

func clockOptions(ctx context.Context, list []string, words map[string]string) []ui.Option {
	return WordOptions(ctx, list, func(ctx context.Context, v string) string { return word(ctx, words, v) })
}

// clockUnits are the units to choose from; share is a rung's, which may count
// the share of the time.
func clockUnits(ctx context.Context, share bool) (out []ui.Option) {
	if share {
		out = append(out, ui.Option{Value: RungPercent, Label: ClockUnitWord(ctx, RungPercent)})
	}
	for _, u := range sla.Units {
		label := ClockUnitWord(ctx, string(u))
		if share {
			label = lang.T(ctx, "超过时限后 · %s", label)
		}
		out = append(out, ui.Option{Value: string(u), Label: label})
	}
	return out
}

func clockPart(at int, part string) string { return "rows." + strconv.Itoa(at) + "." + part }

func rungPart(at int, part string) string { return "ladder." + strconv.Itoa(at) + "." + part }

func (f ClockRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "soon", Label: lang.T(ctx, "剩多少算快到")}}
	for _, w := range f.Rows {
		out = append(out, ui.FieldLabel{Name: clockPart(w.At, "kind"), Label: lang.T(ctx, "第 %d 行", w.At+1)}, ui.FieldLabel{Name: clockPart(w.At, "answer"), Label: lang.T(ctx, "第 %d 行的首次答复", w.At+1)}, ui.FieldLabel{Name: clockPart(w.At, "solve"), Label: lang.T(ctx, "第 %d 行的解决", w.At+1)})
	}
	for _, g := range f.Rungs {
		out = append(out, ui.FieldLabel{Name: rungPart(g.At, "n"), Label: lang.T(ctx, "%s告诉%s", ClockWord(ctx, g.Clock), ClockPlaceWord(ctx, g.To))})
	}
	return append(out, ui.FieldLabel{Name: "valid_from", Label: lang.T(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: lang.T(ctx, "为什么改")})
}

// said is the limit in words.
func (l ClockLimit) said(ctx context.Context) string {
	n, _ := strconv.Atoi(l.N)
	return LimitWord(ctx, sla.Limit{N: n, Unit: sla.Unit(l.Unit)})
}

// withBranch is the address of a rule's page for a branch.
func withBranch(href, branch string) string {
	if branch != "" {
		href += "?branch=" + branch
	}
	return href
}
