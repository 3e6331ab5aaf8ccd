package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	routesPath   = "/reports/routes"
	routesListed = 60
	routesDrawn  = 8
)

// routesReport is on which ways parcels bring complaints: from a branch to a
// province (R168).
func (h *Handlers) routesReport() framed {
	return framed{path: routesPath, reach: policy.CaseRead, usual: 3, make: h.routesOf}
}

func routeMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "投诉"), Text: lang.T(ctx, "这几个月登记的投诉，按单上的运单从哪个网点寄、寄往哪个省分；一件有几个运单的，每条线路各算一次，并到别件的不算。")},
		{Name: lang.T(ctx, "件量"), Text: lang.T(ctx, "这几个月走这条线路的件，取消的不算。")},
		{Name: lang.T(ctx, "每万件投诉"), Text: lang.T(ctx, "投诉 ÷ 这条线路的件量 × 10000；不到 %d 件的线路不算。", casework.LeastParcels)},
	}
}

// routeFigures are the complaints and the parcels of each way in a span.
type routeFigures struct {
	complaints, parcels map[db.CaseRoute]int64
	none                int64
}

func (f routeFigures) rate(r db.CaseRoute) (int64, bool) {
	return casework.Rate(f.complaints[r], f.parcels[r])
}

func (h *Handlers) routeFigures(ctx context.Context, a policy.Actor, q reportQuery) (f routeFigures, err error) {
	asked := figuresQuery{first: q.first, last: q.last, kind: casework.Complaint}
	if f.complaints, f.none, err = h.db.CaseRoutes(ctx, a, q.branch, asked.list().CaseFilter); err == nil {
		f.parcels, err = h.db.ShippedRoutes(ctx, a, q.branch, q.first, q.last)
	}
	return f, err
}

func (h *Handlers) routesOf(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.CaseRead))
	p.NoShelf, p.Others = !a.Can(policy.WaybillRead), nil
	p.Title, p.Question = lang.T(ctx, "线路投诉"), lang.T(ctx, "从哪里寄到哪里的件投诉多？")
	now, err := h.routeFigures(ctx, a, q)
	var before routeFigures
	if err == nil {
		before, err = h.routeFigures(ctx, a, q.back(q.months()))
	}
	if errors.Is(err, db.ErrTooMany) {
		p.Empty = lang.T(ctx, "这几个月的工单太多，一次数不完。少选几个月。")
		return p, nil
	}
	if err != nil {
		return p, err
	}
	list := worstRoutes(now)
	if len(list) == 0 && now.none == 0 {
		p.Empty = lang.T(ctx, "这几个月没有投诉。换几个月再看。")
		return p, nil
	}
	p.Means = routeMeans(ctx)
	known := int64(0)
	for _, n := range now.complaints {
		known += n
	}
	p.Top = []ui.StatProps{{Label: lang.T(ctx, "有投诉的线路"), Value: views.Thousands(int64(len(list))), Note: lang.T(ctx, "上期 %s", views.Thousands(int64(len(before.complaints))))},
		{Label: lang.T(ctx, "线路上的投诉"), Value: views.Thousands(known), Title: p.Means[0].Text},
		{Label: lang.T(ctx, "没有运单，或不在系统里"), Value: views.Thousands(now.none), Href: routeHref(q, func(l *caseQuery) { l.BranchID, l.Counted.NoParcel = q.branch, true })}}
	if b := h.routeBars(ctx, now, list); len(b.Labels) > 0 {
		p.Charts = []chart.Bars{b}
	}
	t := views.ReportTable{Title: lang.T(ctx, "每条线路"), Sub: lang.T(ctx, "每万件投诉多的在前"), Head: lang.T(ctx, "线路"), Columns: []views.ReportColumn{
		{Label: p.Means[0].Name, Means: p.Means[0].Text}, {Label: p.Means[1].Name, Means: p.Means[1].Text}, {Label: p.Means[2].Name, Means: p.Means[2].Text},
		{Label: lang.T(ctx, "上期投诉"), Means: p.Means[0].Text}, {Label: lang.T(ctx, "上期每万件"), Means: p.Means[2].Text}}}
	if len(list) > routesListed {
		t.Sub = lang.T(ctx, "每万件投诉多的在前，先列 %d 条，选一个网点看其余的", routesListed)
	}
	for _, r := range list[:min(len(list), routesListed)] {
		t.Rows = append(t.Rows, views.ReportRow{Name: h.routeName(ctx, r), Cells: []views.ReportCell{
			routeCount(q, now, r), countCell(now.parcels[r], ""), routeRate(now, r), routeCount(q.back(q.months()), before, r), routeRate(before, r)}})
	}
	if len(t.Rows) > 0 {
		p.Tables = []views.ReportTable{t}
	}
	return p, nil
}

// worstRoutes are those with complaints, by their rate, then by how many; those
// whose parcels are too few for a rate come last.
func worstRoutes(f routeFigures) (list []db.CaseRoute) {
	for r := range f.complaints {
		list = append(list, r)
	}
	rate := func(r db.CaseRoute) int64 {
		if n, ok := f.rate(r); ok {
			return n
		}
		return -1
	}
	slices.SortFunc(list, func(a, b db.CaseRoute) int {
		return cmp.Or(cmp.Compare(rate(b), rate(a)), cmp.Compare(f.complaints[b], f.complaints[a]), cmp.Compare(a.BranchID, b.BranchID), cmp.Compare(a.Province, b.Province))
	})
	return list
}

func (h *Handlers) routeName(ctx context.Context, r db.CaseRoute) string {
	to := lang.T(ctx, "不清楚")
	if r.Province != "" {
		to = placeName(r.Province)
	}
	return h.db.BranchName(r.BranchID) + " → " + to
}

// routeHref is the list of the complaints of a span, narrowed.
func routeHref(q reportQuery, narrow func(*caseQuery)) string {
	return figuresQuery{first: q.first, last: q.last, kind: casework.Complaint}.href(narrow)
}

func routeCount(q reportQuery, f routeFigures, r db.CaseRoute) views.ReportCell {
	return countCell(f.complaints[r], routeHref(q, func(l *caseQuery) { l.Counted.From, l.Counted.Province = r.BranchID, cmp.Or(r.Province, db.AnyUnknown) }))
}

func routeRate(f routeFigures, r db.CaseRoute) views.ReportCell {
	n, ok := f.rate(r)
	if !ok {
		return views.ReportCell{Text: "–"}
	}
	return views.ReportCell{Text: views.IndexText(n), N: float64(n) / 10, Counts: true}
}

// routeBars are the worst of those that have a rate.
func (h *Handlers) routeBars(ctx context.Context, f routeFigures, list []db.CaseRoute) chart.Bars {
	b := chart.Bars{ID: "rep-routes", Title: lang.T(ctx, "每万件投诉最多的线路"), Sub: lang.T(ctx, "柱是投诉，线是每万件投诉"), Label: lang.T(ctx, "线路"), Value: lang.T(ctx, "投诉"), Line: lang.T(ctx, "每万件投诉"), Table: lang.T(ctx, "看数字")}
	for _, r := range list[:min(len(list), routesDrawn)] {
		n, ok := f.rate(r)
		if !ok {
			break
		}
		b.Labels, b.Counts, b.LineTenths = append(b.Labels, h.routeName(ctx, r)), append(b.Counts, f.complaints[r]), append(b.LineTenths, n)
	}
	return b
}
