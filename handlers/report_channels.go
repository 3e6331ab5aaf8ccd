package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/greeting"
	"yike/policy/profile"
	"yike/policy/report"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const channelsPath = "/reports/channels"

// channelsReport is by which ways clients and we touch, month by month.
func (h *Handlers) channelsReport() framed {
	return framed{path: channelsPath, reach: policy.VisitRead, make: h.channels}
}

func channelMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "我们去找客户"), Text: lang.T(ctx, "日期在这个月、已经做了的拜访，按方式分。")},
		{Name: lang.T(ctx, "客户来找我们"), Text: lang.T(ctx, "这个月登记的工单，按怎么来的分；并到别件的、系统按规则开的不算。")},
		{Name: lang.T(ctx, "节日慰问"), Text: lang.T(ctx, "日子在这个月、已经做了的慰问，按怎么问候的分。")},
		{Name: lang.T(ctx, "占比"), Text: lang.T(ctx, "占同一张表全部次数的几分之几。")},
		{Name: lang.T(ctx, "线上占比"), Text: lang.T(ctx, "微信、在线客服、App 和邮件的次数 ÷ 三张表全部次数。书里有“线上超过 60%”的说法，那是一家公司自己说的，没有核对过，这里不拿它当标准。")},
	}
}

// touched are the touches of a span.
type touched struct {
	list []db.TouchSum
	all  int64
}

func (t touched) of(match func(db.TouchSum) bool) (n int64) {
	for _, x := range t.list {
		if match(x) {
			n += x.N
		}
	}
	return n
}

func (t touched) medium(medium string) int64 {
	return t.of(func(x db.TouchSum) bool { return x.Medium() == medium })
}

func (h *Handlers) touched(ctx context.Context, a policy.Actor, branch int64, q reportQuery) (t touched, err error) {
	t.list, err = h.db.Touches(ctx, a, branch, q.first, q.last)
	t.all = t.of(func(db.TouchSum) bool { return true })
	return t, err
}

// channelSpans are a report's span, the one before it, the same a year ago, and
// that of the branch that is compared with.
type channelSpans struct{ now, before, year, with touched }

func (h *Handlers) channels(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.VisitRead))
	p.Title, p.Question = lang.T(ctx, "渠道使用"), lang.T(ctx, "我们怎么找客户，客户怎么找我们？哪种方式多了，哪种少了？")
	var s channelSpans
	for _, part := range []struct {
		into *touched
		q    reportQuery
		of   int64
	}{{&s.now, q, q.branch}, {&s.before, q.back(q.months()), q.branch}, {&s.year, q.back(12), q.branch}, {&s.with, q, q.with}} {
		if part.into == &s.with && q.with == 0 {
			continue
		}
		var err error
		if *part.into, err = h.touched(ctx, a, part.of, part.q); errors.Is(err, db.ErrTooMany) {
			p.Empty = lang.T(ctx, "这几个月的记录太多，一次数不完。少选几个月，或选一个网点。")
			return p, nil
		} else if err != nil {
			return p, err
		}
	}
	if s.now.all == 0 {
		p.Empty = lang.T(ctx, "这几个月没有拜访、工单和慰问。换几个月再看。")
		return p, nil
	}
	p.Means, p.Top, p.Stacks = channelMeans(ctx), channelTop(ctx, s), []chart.Stack{channelStack(ctx, q, s.now)}
	for _, kind := range channelKinds(ctx) {
		if t := h.channelTable(ctx, q, s, kind); len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
	return p, nil
}

// channelKind is one of the tables: its ways in their order, and the list of one
// way in a span; "" all of them.
type channelKind struct {
	kind, title, head string
	ways              []string
	word              func(context.Context, string) string
	list              func(q reportQuery, first, last day.Day, way string) string
}

func channelKinds(ctx context.Context) []channelKind {
	means := make([]string, len(greeting.AllMeans))
	for i, m := range greeting.AllMeans {
		means[i] = string(m)
	}
	return []channelKind{
		{report.Visited, lang.T(ctx, "我们去找客户"), lang.T(ctx, "拜访方式"), profile.Modes, views.ModeWord, func(q reportQuery, first, last day.Day, way string) string {
			return visitQuery{VisitFilter: db.VisitFilter{Mode: way, BranchID: q.branch}}.list(first.String(), last.MonthEnd().String(), db.VisitDone)
		}},
		{report.Asked, lang.T(ctx, "客户来找我们"), lang.T(ctx, "怎么来的"), casework.Channels, views.CaseChannelWord, func(q reportQuery, first, last day.Day, way string) string {
			return figuresQuery{first: first, last: last, branch: q.branch}.href(func(l *caseQuery) { l.Channel = way })
		}},
		{report.Greeted, lang.T(ctx, "节日慰问"), lang.T(ctx, "怎么问候的"), means, views.MeansWord, func(q reportQuery, first, last day.Day, way string) string {
			return greetingQuery{view: "all", GreetingFilter: db.GreetingFilter{Counted: true, State: db.GreetingDone, BranchID: q.branch, From: first.String(), To: last.MonthEnd().String(), DoneBy: &way}}.href()
		}},
	}
}

func channelTop(ctx context.Context, s channelSpans) (out []ui.StatProps) {
	m := channelMeans(ctx)
	online := func(t touched) string { return percent(t.medium(report.Online), t.all) }
	out = append(out, ui.StatProps{Label: m[4].Name, Value: online(s.now), Title: m[4].Text, Note: lang.T(ctx, "上期 %s，去年同期 %s", online(s.before), online(s.year))})
	for i, kind := range []string{report.Visited, report.Asked, report.Greeted} {
		n := func(t touched) int64 { return t.of(func(x db.TouchSum) bool { return x.Kind == kind }) }
		out = append(out, ui.StatProps{Label: m[i].Name, Value: views.Thousands(n(s.now)), Unit: lang.T(ctx, "次"), Title: m[i].Text, Note: lang.T(ctx, "上期 %s，去年同期 %s", views.Thousands(n(s.before)), views.Thousands(n(s.year)))})
	}
	return out
}

func channelStack(ctx context.Context, q reportQuery, now touched) chart.Stack {
	c := chart.Stack{ID: "rep-channels", Title: lang.T(ctx, "每月和客户接触几次"), Sub: lang.T(ctx, "拜访、工单和慰问合在一起，按方式分"), Label: lang.T(ctx, "月"), Table: lang.T(ctx, "看数字")}
	for _, medium := range report.Media {
		var counts []int64
		for m := q.first; m <= q.last; m = m.AddMonths(1) {
			counts = append(counts, now.of(func(x db.TouchSum) bool { return x.Month == m && x.Medium() == medium }))
		}
		c.Names, c.Counts = append(c.Names, views.MediumWord(ctx, medium)), append(c.Counts, counts)
	}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		c.Labels = append(c.Labels, m.String()[:7])
	}
	return c
}

// channelTable is what one kind comes to, way by way, and in each month.
func (h *Handlers) channelTable(ctx context.Context, q reportQuery, s channelSpans, k channelKind) views.ReportTable {
	m := channelMeans(ctx)
	means := m[slices.Index([]string{report.Visited, report.Asked, report.Greeted}, k.kind)].Text
	t := views.ReportTable{Title: k.title, Sub: lang.T(ctx, "次数多的在前"), Head: k.head, Columns: []views.ReportColumn{{Label: lang.T(ctx, "次数"), Means: means}, {Label: lang.T(ctx, "占比"), Means: m[3].Text}, {Label: lang.T(ctx, "上期"), Means: lang.T(ctx, "紧挨着的前面一样多个月。")}, {Label: lang.T(ctx, "去年同期"), Means: lang.T(ctx, "去年同样几个月。")}}}
	name := h.db.BranchName(q.with)
	beside := q.with != 0 && name != ""
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的占比", name), Means: m[3].Text})
	}
	for month := q.first; month <= q.last; month = month.AddMonths(1) {
		t.Columns = append(t.Columns, views.ReportColumn{Label: month.String()[:7], Means: means})
	}
	of := func(x touched, way string, month day.Day) int64 {
		return x.of(func(y db.TouchSum) bool {
			return y.Kind == k.kind && (way == "" || y.Way == way) && (month == day.None || y.Month == month)
		})
	}
	all := of(s.now, "", day.None)
	row := func(name, way string, links bool) views.ReportRow {
		href := func(first, last day.Day) string {
			if !links {
				return ""
			}
			return k.list(q, first, last, way)
		}
		n := of(s.now, way, day.None)
		r := views.ReportRow{Name: name, Sum: way == "", Cells: []views.ReportCell{countCell(n, href(q.first, q.last)), shareCell(n, all), countCell(of(s.before, way, day.None), ""), countCell(of(s.year, way, day.None), "")}}
		if beside {
			r.Cells = append(r.Cells, shareCell(of(s.with, way, day.None), of(s.with, "", day.None)))
		}
		for month := q.first; month <= q.last; month = month.AddMonths(1) {
			r.Cells = append(r.Cells, countCell(of(s.now, way, month), href(month, month)))
		}
		return r
	}
	ways := slices.DeleteFunc(slices.Clone(k.ways), func(w string) bool { return of(s.now, w, day.None) == 0 && of(s.before, w, day.None) == 0 })
	slices.SortStableFunc(ways, func(x, y string) int { return cmp.Compare(of(s.now, y, day.None), of(s.now, x, day.None)) })
	for _, w := range ways {
		t.Rows = append(t.Rows, row(k.word(ctx, w), w, true))
	}
	if len(t.Rows) > 0 {
		t.Rows = append(t.Rows, row(lang.T(ctx, "一共"), "", false))
	}
	return t
}
