package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/monthend"
	"yike/policy/rating"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const journeyPath = "/reports/journey"

// The steps of a journey whose clients have a list of their own.
const (
	journeyContact = "contact"
	journeyParcel  = "parcel"
)

// journeyReport is the way of clients from the first contact to the greeting:
// how many take each step, how long it takes, and how content they are (R219).
func (h *Handlers) journeyReport() framed {
	return framed{path: journeyPath, reach: policy.WaybillRead, usual: 3, make: h.journey}
}

func journeyMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "首次接触"), Text: lang.T(ctx, "第一次拜访（电话、微信也算）在这几个月的客户。用时：从建档到第一次拜访。满意：谈得好的占写了气氛的。")},
		{Name: lang.T(ctx, "首次发件"), Text: lang.T(ctx, "第一件在这几个月寄出的客户；过完一个月，夜里才数。用时：从建档到第一件，建档以前就发件的不算。")},
		{Name: lang.T(ctx, "在途"), Text: lang.T(ctx, "这几个月寄出的运单。用时：从寄出那天到签收那天，签收了的才算。")},
		{Name: lang.T(ctx, "签收"), Text: lang.T(ctx, "这几个月寄出、现在已签收的运单。满意：对派送的评价里，4 分和 5 分的占比。")},
		{Name: lang.T(ctx, "工单"), Text: lang.T(ctx, "这几个月登记的工单，并到别件的不算。用时：从登记到告诉客户结果，按工作时间。满意：对工单的评价里，4 分和 5 分的占比。")},
		{Name: lang.T(ctx, "慰问"), Text: lang.T(ctx, "日子在这几个月、已经做了的慰问；旁边是该做的。")},
		{Name: lang.T(ctx, "用时"), Text: lang.T(ctx, "中位：一半在这么久以内。")},
	}
}

// journeySpan is what is known of a span of months.
type journeySpan struct {
	contacts  []db.FirstOf
	parcels   map[int32]int64 // by month, of those that are kept
	shipped   monthSums
	cases     *casework.Tally
	greetings map[string]db.GreetingFigure // by month
}

func (h *Handlers) journeySpan(ctx context.Context, a policy.Actor, branch int64, first, last day.Day) (s journeySpan, err error) {
	scope := a.Scope(policy.WaybillRead)
	s.parcels, s.greetings = map[int32]int64{}, map[string]db.GreetingFigure{}
	if s.contacts, err = h.db.FirstContacts(ctx, a.Scope(policy.VisitRead), branch, first, last); err != nil {
		return s, err
	}
	from, to, err := h.db.HistorySpan(ctx, scope, branch)
	if err != nil {
		return s, err
	}
	if from, to = max(from, db.MonthOf(first)), min(to, db.MonthOf(last)); to != 0 && from <= to {
		moves, err := h.db.ClientMoves(ctx, scope, branch, monthend.Sent, from, to)
		if err != nil {
			return s, err
		}
		for m, counts := range moves {
			s.parcels[m] = askFirst(m).Of(counts)
		}
	}
	if s.shipped, err = h.monthSums(ctx, scope, branch, first, last); err != nil {
		return s, err
	}
	if s.cases, err = h.db.CaseFigures(ctx, a, figuresQuery{first: first, last: last, branch: branch}.list().CaseFilter, false); err != nil {
		return s, err
	}
	list, err := h.db.GreetingFigures(ctx, a.Scope(policy.GreetingRead), db.FiguresByMonth, db.GreetingSpan{Branch: branch, From: first.String(), To: last.MonthEnd().String()})
	for _, g := range list {
		s.greetings[g.Key] = g
	}
	return s, err
}

// askFirst are the clients whose first parcel was sent in a month.
func askFirst(month int32) monthend.Ask { return monthend.Ask{Was: []string{monthend.Month(month)}} }

// journeyStep is one step: how many took it in a month (day.None: in the span;
// -1: not known), and the list of them.
type journeyStep struct {
	key, name, unit string
	right           policy.Permission
	n               func(s journeySpan, month day.Day) int64
	href            func(first, last day.Day) string
	note            string
	took, content   views.ReportCell
	answers, good   int64
}

func (h *Handlers) journeySteps(ctx context.Context, q reportQuery) []journeyStep {
	means := journeyMeans(ctx)
	dash := views.ReportCell{Text: "–"}
	own := func(stage string) func(first, last day.Day) string {
		return func(first, last day.Day) string { return journeyHref(stage, q.branch, first, last) }
	}
	steps := []journeyStep{
		{key: journeyContact, unit: lang.T(ctx, "位"), right: policy.VisitRead, href: own(journeyContact), n: func(s journeySpan, month day.Day) (n int64) {
			for _, c := range s.contacts {
				if month == day.None || c.Day.MonthStart() == month {
					n++
				}
			}
			return n
		}},
		{key: journeyParcel, unit: lang.T(ctx, "位"), right: policy.WaybillRead, href: own(journeyParcel), n: func(s journeySpan, month day.Day) (n int64) {
			if month != day.None {
				if n, ok := s.parcels[db.MonthOf(month)]; ok {
					return n
				}
				return -1
			}
			if len(s.parcels) == 0 {
				return -1
			}
			for _, k := range s.parcels {
				n += k
			}
			return n
		}},
		{key: "transit", unit: lang.T(ctx, "票"), right: policy.WaybillRead, href: func(first, last day.Day) string { return shippedHref(q.branch, first, last, nil) },
			n: func(s journeySpan, month day.Day) int64 { return s.shipped.in(month).Waybills }},
		{key: "signed", unit: lang.T(ctx, "票"), right: policy.WaybillRead, href: func(first, last day.Day) string {
			return shippedHref(q.branch, first, last, func(l *waybillQuery) { l.State = waybill.Signed })
		}, n: func(s journeySpan, month day.Day) int64 { return s.shipped.in(month).Signed }},
		{key: "case", unit: lang.T(ctx, "件"), right: policy.CaseRead, href: func(first, last day.Day) string {
			return figuresQuery{first: first, last: last, branch: q.branch}.href(func(*caseQuery) {})
		}, n: func(s journeySpan, month day.Day) int64 {
			if month == day.None {
				return s.cases.All.N
			}
			if x := s.cases.Months[month]; x != nil {
				return x.N
			}
			return 0
		}},
		{key: "greeting", unit: lang.T(ctx, "次"), right: policy.GreetingRead, href: func(first, last day.Day) string {
			return greetingQuery{view: "all", GreetingFilter: db.GreetingFilter{Counted: true, State: db.GreetingDone, BranchID: q.branch, From: first.String(), To: last.MonthEnd().String()}}.href()
		}, n: func(s journeySpan, month day.Day) (n int64) {
			for m, g := range s.greetings {
				if month == day.None || m == month.String()[:7] {
					n += g.Done
				}
			}
			return n
		}},
	}
	for i := range steps {
		steps[i].name, steps[i].took, steps[i].content = means[i].Name, dash, dash
	}
	return steps
}

// in is what was shipped in a month, or (day.None) in the span.
func (s monthSums) in(month day.Day) db.ShippedSum {
	if month == day.None {
		return s.all
	}
	return s.by[month.String()[:7]]
}

// stepText and stepCell say how many, "–" where it is not known.
func stepText(n int64) string {
	if n < 0 {
		return "–"
	}
	return views.Thousands(n)
}

func stepCell(n int64, href string) views.ReportCell {
	if n < 0 {
		return views.ReportCell{Text: "–"}
	}
	return countCell(n, href)
}

// daysCell is a median of days, "–" of none.
func daysCell(ctx context.Context, list []int64) views.ReportCell {
	if len(list) == 0 {
		return views.ReportCell{Text: "–"}
	}
	slices.Sort(list)
	n := casework.Percentile(list, 50)
	return views.ReportCell{Text: lang.T(ctx, "%d 天", n), N: float64(n), Counts: true, Note: lang.T(ctx, "九成 %d 天以内", casework.Percentile(list, 90))}
}

func waitedOf(list []db.FirstOf) (out []int64) {
	for _, f := range list {
		if n, ok := f.Waited(); ok {
			out = append(out, n)
		}
	}
	return out
}

// journeyTimes fills in how long each step takes and how content clients are.
func (h *Handlers) journeyTimes(ctx context.Context, a policy.Actor, q reportQuery, s journeySpan, steps []journeyStep) error {
	scope := a.Scope(policy.WaybillRead)
	narrow := views.ReportCell{Text: "–", Note: lang.T(ctx, "太多了，选一个网点再看")}
	steps[0].took = daysCell(ctx, waitedOf(s.contacts))
	for _, c := range s.contacts {
		if c.Mood != "" {
			steps[0].answers++
		}
		if c.Mood == "good" {
			steps[0].good++
		}
	}
	firsts, err := h.firstParcels(ctx, scope, q)
	switch {
	case errors.Is(err, db.ErrTooMany):
		steps[1].took, steps[1].href = narrow, nil
	case err != nil:
		return err
	default:
		steps[1].took = daysCell(ctx, waitedOf(firsts))
	}
	transit, err := h.db.TransitDays(ctx, scope, q.branch, q.first, q.last)
	switch {
	case errors.Is(err, db.ErrTooMany):
		steps[2].took = narrow
	case err != nil:
		return err
	default:
		var days []int64
		for n, k := range transit {
			for range k {
				days = append(days, n)
			}
		}
		steps[2].took = daysCell(ctx, days)
	}
	steps[3].note = lang.T(ctx, "签收率 %s", percent(s.shipped.all.Signed, s.shipped.all.Waybills))
	if ms, ok := s.cases.All.Solve.Percentile(50); ok {
		steps[4].took = spanCell(ctx, ms)
	}
	asked := int64(0)
	for _, g := range s.greetings {
		asked += g.All
	}
	steps[5].note = lang.T(ctx, "该做 %s", views.Thousands(asked))
	return h.journeyRatings(ctx, a, q, steps)
}

// journeyRatings fills in how content clients are with the steps of which they
// are asked.
func (h *Handlers) journeyRatings(ctx context.Context, a policy.Actor, q reportQuery, steps []journeyStep) error {
	if n := steps[0].answers; n > 0 {
		steps[0].content = shareCell(steps[0].good, n)
		steps[0].content.From = lang.T(ctx, "%s 次", views.Thousands(n))
	}
	if !a.Can(policy.RatingRead) {
		return nil
	}
	rule, _, err := h.db.RatingRule(ctx, q.branch, h.today())
	if err != nil {
		return err
	}
	f := db.RatingFilter{From: q.first.String(), To: q.last.MonthEnd().String(), BranchID: q.branch}
	list, err := h.db.RatingFigures(ctx, a.Scope(policy.RatingRead), db.RatedByKind, f, len(rating.Kinds))
	if err != nil {
		return err
	}
	for _, x := range list {
		step := map[string]int{rating.Delivery: 3, rating.Case: 4}[x.Key]
		if step == 0 || x.N == 0 {
			continue
		}
		if x.Enough(rule) {
			steps[step].content, steps[step].answers, steps[step].good = shareCell(x.Good, x.N), x.N, x.Good
		}
		f.Kind = x.Key
		steps[step].content.From, steps[step].content.FromHref = lang.T(ctx, "%s 份", views.Thousands(x.N)), ratingQuery{RatingFilter: f}.href("/ratings")
	}
	return nil
}

// firstParcels are the clients whose first parcel was sent in the months of a
// query, of those of which anything is kept.
func (h *Handlers) firstParcels(ctx context.Context, scope policy.Scope, q reportQuery) ([]db.FirstOf, error) {
	from, to, err := h.db.HistorySpan(ctx, scope, q.branch)
	if err != nil || to == 0 {
		return nil, err
	}
	return h.db.FirstParcels(ctx, scope, q.branch, max(from, db.MonthOf(q.first)), min(to, db.MonthOf(q.last)))
}

func (h *Handlers) journey(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	scope := a.Scope(policy.WaybillRead)
	p := h.reportFrame(ctx, a, q, scope)
	p.Title, p.Question = lang.T(ctx, "客户旅程"), lang.T(ctx, "客户从第一次接触到逢年过节，每一步有多少、要多久、满意不满意？")
	if !scope.Wide() {
		p.Empty = lang.T(ctx, "这张报表按整个网点算，你看得到的是自己的客户。")
		return p, nil
	}
	var spans [4]journeySpan // now, before, a year ago, the branch beside
	for i, x := range []struct {
		branch int64
		q      reportQuery
	}{{q.branch, q}, {q.branch, q.back(q.months())}, {q.branch, q.back(12)}, {q.with, q}} {
		if i == 3 && q.with == 0 {
			continue
		}
		var err error
		if spans[i], err = h.journeySpan(ctx, a, x.branch, x.q.first, x.q.last); errors.Is(err, db.ErrTooMany) {
			p.Empty = lang.T(ctx, "这几个月的记录太多，一次数不完。少选几个月，或选一个网点。")
			return p, nil
		} else if err != nil {
			return p, err
		}
	}
	steps := h.journeySteps(ctx, q)
	if err := h.journeyTimes(ctx, a, q, spans[0], steps); err != nil {
		return p, err
	}
	steps = slices.DeleteFunc(steps, func(s journeyStep) bool { return !a.Can(s.right) })
	if !slices.ContainsFunc(steps, func(s journeyStep) bool { return s.n(spans[0], day.None) > 0 }) {
		p.Empty = lang.T(ctx, "这几个月什么都没有。换几个月再看。")
		return p, nil
	}
	p.Means = journeyMeans(ctx)
	for i, s := range steps {
		n := s.n(spans[0], day.None)
		top := ui.StatProps{Label: strconv.Itoa(i+1) + " " + s.name, Value: stepText(n), Unit: s.unit, Note: lang.T(ctx, "上期 %s", stepText(s.n(spans[1], day.None)))}
		if n > 0 && s.href != nil {
			top.Href = s.href(q.first, q.last)
		}
		p.Top = append(p.Top, top)
	}
	if b := journeyBars(ctx, steps); len(b.Labels) > 0 {
		p.Charts = []chart.Bars{b}
	}
	p.Tables = []views.ReportTable{h.journeyTable(ctx, q, spans, steps), h.journeyMonths(ctx, q, spans[0], steps)}
	return p, nil
}

// journeyBars are how content clients are with each step of which they said so.
func journeyBars(ctx context.Context, steps []journeyStep) chart.Bars {
	b := chart.Bars{ID: "rep-journey", Title: lang.T(ctx, "每一步满意不满意"), Sub: lang.T(ctx, "柱是有几份评价，线是满意的，百分之几"), Label: lang.T(ctx, "哪一步"), Value: lang.T(ctx, "评价"), Line: lang.T(ctx, "满意"), LineMost: 100, Table: lang.T(ctx, "看数字")}
	for _, s := range steps {
		if s.answers > 0 {
			b.Labels, b.Counts, b.LineTenths = append(b.Labels, s.name), append(b.Counts, s.answers), append(b.LineTenths, (2000*s.good+s.answers)/(2*s.answers))
		}
	}
	return b
}

func (h *Handlers) journeyTable(ctx context.Context, q reportQuery, spans [4]journeySpan, steps []journeyStep) views.ReportTable {
	means := journeyMeans(ctx)
	t := views.ReportTable{Title: lang.T(ctx, "每一步"), Sub: lang.T(ctx, "从上到下是客户走的路"), Head: lang.T(ctx, "哪一步"), Columns: []views.ReportColumn{{Label: lang.T(ctx, "多少"), Means: lang.T(ctx, "每一步怎么数，写在最下面。")},
		{Label: means[6].Name, Means: means[6].Text}, {Label: lang.T(ctx, "满意"), Means: lang.T(ctx, "每一步怎么数，写在最下面。")}, {Label: lang.T(ctx, "上期"), Means: lang.T(ctx, "紧挨着的前面一样多个月。")}, {Label: lang.T(ctx, "去年同期"), Means: lang.T(ctx, "去年同样几个月。")}}}
	name := h.db.BranchName(q.with)
	beside := q.with != 0 && name != ""
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: name, Means: lang.T(ctx, "每一步怎么数，写在最下面。")})
	}
	for _, s := range steps {
		href := ""
		if s.href != nil {
			href = s.href(q.first, q.last)
		}
		n := stepCell(s.n(spans[0], day.None), href)
		n.Note = cmp.Or(s.note, s.unit)
		row := views.ReportRow{Name: s.name, Cells: []views.ReportCell{n, s.took, s.content, stepCell(s.n(spans[1], day.None), ""), stepCell(s.n(spans[2], day.None), "")}}
		if beside {
			row.Cells = append(row.Cells, stepCell(s.n(spans[3], day.None), ""))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// journeyMonths is each step month by month.
func (h *Handlers) journeyMonths(ctx context.Context, q reportQuery, now journeySpan, steps []journeyStep) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "每个月"), Head: lang.T(ctx, "哪一步")}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		t.Columns = append(t.Columns, views.ReportColumn{Label: m.String()[:7], Means: lang.T(ctx, "每一步怎么数，写在最下面。")})
	}
	for _, s := range steps {
		row := views.ReportRow{Name: s.name}
		for m := q.first; m <= q.last; m = m.AddMonths(1) {
			n, href := s.n(now, m), ""
			switch {
			case n < 0:
				row.Cells = append(row.Cells, views.ReportCell{Text: "–"})
				continue
			case s.key == journeyParcel:
				href = movedHref(q.branch, monthend.Key{Dim: monthend.Sent, Month: db.MonthOf(m)}, askFirst(db.MonthOf(m)))
			default:
				href = s.href(m, m)
			}
			row.Cells = append(row.Cells, countCell(n, href))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
