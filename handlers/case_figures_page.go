package handlers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// figuresTop are the figures at the top of the page, each with the list behind
// it.
func (h *Handlers) figuresTop(ctx context.Context, q figuresQuery, rep caseReport, p *views.CaseFigures) {
	all := &rep.All
	p.Top = []ui.StatProps{{Label: lang.T(ctx, "工单"), Value: views.Thousands(all.N), Unit: lang.T(ctx, "件"), Note: lang.T(ctx, "没结 %s 件", views.Thousands(all.Open)), Href: q.href(func(*caseQuery) {})}}
	if n, ok := casework.Rate(all.Complaints, rep.parcels); ok {
		p.Top = append(p.Top, ui.StatProps{Label: lang.T(ctx, "每万件投诉"), Value: views.IndexText(n), Note: lang.T(ctx, "发件 %s", views.Thousands(rep.parcels)), Href: q.href(func(l *caseQuery) { l.Kind = casework.Complaint })})
	}
	for _, x := range []struct {
		label, late string
		took        *casework.Took
	}{{lang.T(ctx, "按时答复"), "answer_late", &all.Answer}, {lang.T(ctx, "按时解决"), "solve_late", &all.Solve}} {
		stat := ui.StatProps{Label: x.label, Value: keptText(x.took), Note: lang.T(ctx, "超时 %s 件", views.Thousands(x.took.Late))}
		if x.took.Late > 0 {
			stat.Href, stat.Kind = q.href(func(l *caseQuery) { l.Counted.Promise = x.late }), "over"
		}
		p.Top = append(p.Top, stat)
	}
	if n := rep.further; n > 0 {
		p.Top = append(p.Top, ui.StatProps{Label: lang.T(ctx, "客户要升级"), Value: percent(n, all.N), Note: lang.T(ctx, "%s 件工单", views.Thousands(n)), Href: q.href(func(l *caseQuery) { l.Counted.Further = db.AnyReason })})
	}
	p.Top = append(p.Top, ui.StatProps{Label: lang.T(ctx, "答复中位"), Value: tookText(ctx, &all.Answer, 50), Note: lang.T(ctx, "九成 %s 内", tookText(ctx, &all.Answer, 90))},
		ui.StatProps{Label: lang.T(ctx, "解决中位"), Value: tookText(ctx, &all.Solve, 50), Note: lang.T(ctx, "九成 %s 内", tookText(ctx, &all.Solve, 90))},
		ui.StatProps{Label: lang.T(ctx, "重开过的"), Value: percent(all.Reopened, all.N), Note: lang.T(ctx, "%s 件工单", views.Thousands(all.Reopened)), Href: q.href(func(l *caseQuery) { l.Counted.Reopened = true })})
}

// keptText is the share of promises that were kept.
func keptText(t *casework.Took) string { return percent(t.Kept, t.Kept+t.Late) }

func tookText(ctx context.Context, t *casework.Took, p int) string {
	ms, ok := t.Percentile(p)
	switch {
	case !ok:
		return "–"
	case ms < 60_000:
		return lang.T(ctx, "不到 1 分钟")
	}
	return views.SpanWord(ctx, ms)
}

// figuresCharts are the causes with what they come to together, and the months.
func (h *Handlers) figuresCharts(ctx context.Context, q figuresQuery, rep caseReport, p *views.CaseFigures) {
	label := lang.T(ctx, "看数字")
	causes := chart.Bars{ID: "case-causes", Title: lang.T(ctx, "原因"), Sub: lang.T(ctx, "柱子是件数，线是从多到少加起来占全部的百分之几"), Label: lang.T(ctx, "原因"), Value: lang.T(ctx, "件数"), Line: lang.T(ctx, "累计百分比"), LineMost: 100, Table: label}
	for _, x := range rep.causes.lines {
		if !x.below {
			causes.Labels, causes.Counts, causes.LineTenths = append(causes.Labels, x.name), append(causes.Counts, x.sum.N), append(causes.LineTenths, casework.PerMille(x.upto, rep.All.N))
		}
	}
	months := chart.Bars{ID: "case-months", Title: lang.T(ctx, "按月"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "件数"), Table: label}
	if rep.shipments {
		months.Line, months.Sub = lang.T(ctx, "每万件投诉"), lang.T(ctx, "柱子是件数，线是每万件包裹有几件投诉")
	}
	for _, x := range rep.parts[0].lines {
		months.Labels, months.Counts = append(months.Labels, x.name), append(months.Counts, x.sum.N)
		if rep.shipments {
			n, _ := casework.Rate(x.sum.Complaints, x.parcels)
			months.LineTenths = append(months.LineTenths, n)
		}
	}
	p.Charts = []chart.Bars{causes, months}
}

// figureTable puts a table of figures into words, each number with the list
// behind it.
func (h *Handlers) figureTable(ctx context.Context, q figuresQuery, rep caseReport, part figurePart) views.FigureTable {
	t := views.FigureTable{More: moreOf(part.cut, q), Title: part.title, Head: part.head, Note: part.note, Times: part.times, Rates: part.rates}
	for _, line := range part.lines {
		s := line.sum
		and := func(more func(*caseQuery)) string {
			return q.href(func(l *caseQuery) {
				line.narrow(l)
				more(l)
			})
		}
		row := views.FigureRow{Name: line.name, Below: line.below, N: s.N, Href: and(func(*caseQuery) {}), Share: percent(s.N, rep.All.N), Note: line.note}
		if line.upto > 0 {
			row.Upto, t.Upto = percent(line.upto, rep.All.N), true
		}
		if part.times {
			row.Answer, row.Answer90, row.Solve, row.Solve90 = tookText(ctx, &s.Answer, 50), tookText(ctx, &s.Answer, 90), tookText(ctx, &s.Solve, 50), tookText(ctx, &s.Solve, 90)
			row.AnswerKept, row.SolveKept, row.AnswerLate, row.SolveLate, row.Reopened = keptText(&s.Answer), keptText(&s.Solve), s.Answer.Late, s.Solve.Late, s.Reopened
			row.AnswerLateHref = and(func(l *caseQuery) { l.Counted.Promise = "answer_late" })
			row.SolveLateHref = and(func(l *caseQuery) { l.Counted.Promise = "solve_late" })
			row.ReopenedHref = and(func(l *caseQuery) { l.Counted.Reopened = true })
		}
		if part.rates {
			row.Parcels, row.Rate = "–", "–"
			if n, ok := casework.Rate(s.Complaints, line.parcels); ok {
				row.Parcels, row.Rate = views.Thousands(line.parcels), views.IndexText(n)
			}
		}
		t.Notes = t.Notes || row.Note != ""
		t.Rows = append(t.Rows, row)
	}
	return t
}

// moreOf is where a table that was cut off goes on.
func moreOf(cut bool, q figuresQuery) string {
	if !cut {
		return ""
	}
	return q.more()
}

// figuresCalls is how often we called before the client complained, together and
// by branch, each number with the list behind it.
func (h *Handlers) figuresCalls(ctx context.Context, q figuresQuery, rep caseReport, p *views.CaseFigures) {
	var all, first int64
	for _, x := range rep.calls {
		all, first = all+x.Cases, first+x.First
	}
	if all > 0 {
		p.Top = append(p.Top, ui.StatProps{Label: views.AlertWord(ctx, db.AlertFirst), Value: percent(first, all), Note: lang.T(ctx, "包裹提醒开的、办了的 %s 件", views.Thousands(all)), Href: q.calls(db.AlertFirst).href()})
	}
	if len(rep.calls) < 2 {
		return
	}
	p.CallsMore = moreOf(len(rep.calls) > q.rows, q)
	for _, x := range rep.calls[:min(len(rep.calls), q.rows)] {
		at := func(alert string) string {
			l := q.calls(alert)
			l.Counted.At = x.BranchID
			return l.href()
		}
		p.Calls = append(p.Calls, views.CallRow{Name: h.db.BranchName(x.BranchID), N: x.Cases, Href: at(db.AlertAny), First: x.First, FirstHref: at(db.AlertFirst), Share: percent(x.First, x.Cases)})
	}
}

// figuresRates are the complaints of each branch and month, for ten thousand
// parcels, the worst branches of the span first.
func (h *Handlers) figuresRates(q figuresQuery, rep caseReport, p *views.CaseFigures) {
	if !rep.shipments || len(rep.Branches) < 2 {
		return
	}
	type whole struct{ id, complaints, parcels int64 }
	at := map[int64]*whole{}
	of := func(id int64) *whole {
		if at[id] == nil {
			at[id] = &whole{id: id}
		}
		return at[id]
	}
	for k, n := range rep.months {
		of(k.BranchID).parcels += n
	}
	for k, n := range rep.Complaints {
		of(k.BranchID).complaints += n
	}
	var list []*whole
	for _, x := range at {
		if x.complaints > 0 {
			list = append(list, x)
		}
	}
	rate := func(x *whole) int64 { n, _ := casework.Rate(x.complaints, x.parcels); return n }
	slices.SortFunc(list, func(a, b *whole) int { return cmp.Or(cmp.Compare(rate(b), rate(a)), cmp.Compare(a.id, b.id)) })
	p.RateMore = moreOf(len(list) > q.rows, q)
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		p.RateMonths = append(p.RateMonths, m.String()[:7])
	}
	for _, x := range list[:min(len(list), q.rows)] {
		row := views.RateRow{Name: h.db.BranchName(x.id)}
		row.Cells = append(row.Cells, rateCell(q, x.id, q.first, q.last, x.complaints, x.parcels))
		for m := q.first; m <= q.last; m = m.AddMonths(1) {
			key := casework.BranchMonth{BranchID: x.id, Month: m}
			row.Cells = append(row.Cells, rateCell(q, x.id, m, m, rep.Complaints[key], rep.months[key]))
		}
		p.RateRows = append(p.RateRows, row)
	}
}

func rateCell(q figuresQuery, branch int64, first, last day.Day, complaints, parcels int64) views.RateCell {
	c := views.RateCell{Complaints: complaints, Parcels: views.Thousands(parcels), Rate: "–"}
	if n, ok := casework.Rate(complaints, parcels); ok {
		c.Rate = views.IndexText(n)
	}
	q.first, q.last, q.kind = first, last, casework.Complaint
	c.Href = q.href(func(l *caseQuery) { l.Counted.At = branch })
	return c
}

// figuresCost is what was paid, and who bears it.
func (h *Handlers) figuresCost(ctx context.Context, a policy.Actor, q figuresQuery, rep caseReport, p *views.CaseFigures) {
	if !a.Can(policy.ClaimRead) {
		return
	}
	p.Cost = []ui.StatProps{
		{Label: lang.T(ctx, "赔出去的"), Value: moneyShown(rep.cost.Paid), Unit: lang.T(ctx, "元"), Note: lang.T(ctx, "%s 件工单", views.Thousands(rep.cost.Cases)), Href: q.href(func(l *caseQuery) { l.Counted.Paid = true })},
		{Label: lang.T(ctx, "客户提的金额"), Value: moneyShown(rep.cost.Asked), Unit: lang.T(ctx, "元"), Note: lang.T(ctx, "同意 %s 元", moneyShown(rep.cost.Agreed))},
	}
	for _, b := range casework.Bearers {
		if fen := rep.cost.Borne[b]; fen > 0 {
			p.Cost = append(p.Cost, ui.StatProps{Label: lang.T(ctx, "%s承担", views.BearerWord(ctx, b)), Value: moneyShown(fen), Unit: lang.T(ctx, "元"), Note: percent(fen, rep.cost.Agreed)})
		}
	}
}

// readCounted reads what a list is narrowed to as figures count it.
func readCounted(get func(string) string, q *caseQuery) {
	if get("counted") == "" {
		return
	}
	c := db.Counted{On: true, At: db.ParseID(get("at_branch")), From: db.ParseID(get("from_branch")), Owner: db.ParseID(get("owner")), Picker: db.ParseID(get("picker")), Province: get("province"), Product: get("product"), NoParcel: get("parcel") == "none", NoCause: get("cause") == "none", NoClient: get("customer") == "none",
		Reopened: get("again") != "", Paid: get("paid") != "", Done: get("done") != ""}
	if v := get("further"); v == db.AnyReason || slices.Contains(casework.EscalationReasons, v) {
		c.Further = v
	}
	if v := get("promise"); slices.Contains(db.Promises, v) {
		c.Promise = v
	}
	if v := get("weekday"); len(v) == 1 && v >= "1" && v <= "7" {
		c.Weekday = int(v[0] - '0')
	}
	q.Counted = c
}

// countedValues are what readCounted reads.
func (q caseQuery) countedValues(v url.Values) {
	c := q.Counted
	if !c.On {
		return
	}
	v.Set("counted", "1")
	set := func(name, value string, is bool) {
		if is && value != "" {
			v.Set(name, value)
		}
	}
	set("at_branch", idText(c.At), true)
	set("from_branch", idText(c.From), true)
	set("owner", idText(c.Owner), true)
	set("picker", idText(c.Picker), true)
	set("province", c.Province, true)
	set("product", c.Product, true)
	set("promise", c.Promise, true)
	set("weekday", idText(int64(c.Weekday)), true)
	set("parcel", "none", c.NoParcel)
	set("cause", "none", c.NoCause)
	set("customer", "none", c.NoClient)
	set("again", "1", c.Reopened)
	set("paid", "1", c.Paid)
	set("done", "1", c.Done)
	set("further", c.Further, true)
}

// countedChips say in words what a list is narrowed to as figures count it.
func (h *Handlers) countedChips(ctx context.Context, q caseQuery, chip func(label, value string, drop func(*caseQuery))) {
	c := q.Counted
	if !c.On {
		return
	}
	when := func(is bool, text string) string {
		if is {
			return text
		}
		return ""
	}
	place, product := placeName(c.Province), views.ProductWord(ctx, c.Product)
	if c.Province == db.AnyUnknown {
		place = lang.T(ctx, "不清楚")
	}
	if c.Product == db.AnyUnknown {
		product = lang.T(ctx, "不清楚")
	}
	weekday := ""
	if c.Weekday != 0 {
		weekday = views.WeekdayWord(ctx, time.Weekday(c.Weekday%7))
	}
	further := views.EscalateWord(ctx, c.Further)
	if c.Further == db.AnyReason {
		further = lang.T(ctx, "不管为什么")
	}
	chip(lang.T(ctx, "客户要升级"), further, func(q *caseQuery) { q.Counted.Further = "" })
	chip(lang.T(ctx, "办到哪了"), when(c.Done, lang.T(ctx, "告诉客户了，或结案了")), func(q *caseQuery) { q.Counted.Done = false })
	chip(lang.T(ctx, "按时吗"), views.PromiseWord(ctx, c.Promise), func(q *caseQuery) { q.Counted.Promise = "" })
	chip(lang.T(ctx, "周几"), weekday, func(q *caseQuery) { q.Counted.Weekday = 0 })
	chip(lang.T(ctx, "网点"), h.db.BranchName(c.At), func(q *caseQuery) { q.Counted.At = 0 })
	chip(lang.T(ctx, "寄自"), h.db.BranchName(c.From), func(q *caseQuery) { q.Counted.From = 0 })
	chip(lang.T(ctx, "寄往"), place, func(q *caseQuery) { q.Counted.Province = "" })
	chip(lang.T(ctx, "产品"), product, func(q *caseQuery) { q.Counted.Product = "" })
	chip(lang.T(ctx, "运单"), when(c.NoParcel, lang.T(ctx, "没有运单，或不在系统里")), func(q *caseQuery) { q.Counted.NoParcel = false })
	chip(lang.T(ctx, "原因"), when(c.NoCause, lang.T(ctx, "还没写原因")), func(q *caseQuery) { q.Counted.NoCause = false })
	chip(lang.T(ctx, "客户"), when(c.NoClient, lang.T(ctx, "不知道是谁")), func(q *caseQuery) { q.Counted.NoClient = false })
	chip(lang.T(ctx, "重开过的"), when(c.Reopened, lang.T(ctx, "是")), func(q *caseQuery) { q.Counted.Reopened = false })
	chip(lang.T(ctx, "赔出去的"), when(c.Paid, lang.T(ctx, "付过的")), func(q *caseQuery) { q.Counted.Paid = false })
	chip(lang.T(ctx, "算法"), lang.T(ctx, "和投诉分析一样，并到别件的不算"), func(q *caseQuery) { q.Counted = db.Counted{} })
}
