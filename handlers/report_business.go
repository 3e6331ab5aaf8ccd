package handlers

import (
	"cmp"
	"context"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/report"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const businessPath = "/reports/business"

// businessReport is what was shipped, month by month, by product and by
// destination (R227, R232).
func (h *Handlers) businessReport() framed {
	return framed{path: businessPath, reach: policy.WaybillRead, make: h.business}
}

// shippedHref is the list of the parcels of a span, of a branch and those below
// it, that a change narrows it to.
func shippedHref(branch int64, first, last day.Day, narrow func(*waybillQuery)) string {
	l := waybillQuery{path: "/waybills"}
	l.From, l.To, l.BranchID = first.String(), last.MonthEnd().String(), branch
	if narrow != nil {
		narrow(&l)
	}
	return l.href()
}

// monthSums are the sums of a span together and by month.
type monthSums struct {
	all db.ShippedSum
	by  map[string]db.ShippedSum
	at  map[int64]db.ShippedSum // by branch
}

func (h *Handlers) monthSums(ctx context.Context, scope policy.Scope, branch int64, first, last day.Day) (monthSums, error) {
	s := monthSums{by: map[string]db.ShippedSum{}, at: map[int64]db.ShippedSum{}}
	list, err := h.db.ShippedMonthly(ctx, scope, branch, first, last)
	for _, x := range list {
		s.all.Add(x)
		m, b := s.by[x.Month], s.at[x.BranchID]
		m.Add(x)
		b.Add(x)
		s.by[x.Month], s.at[x.BranchID] = m, b
	}
	return s, err
}

// businessSums are a report's span, the one before it, the same a year ago, and
// that of the branch that is compared with.
type businessSums struct{ now, before, year, with monthSums }

func (h *Handlers) businessSums(ctx context.Context, scope policy.Scope, q reportQuery) (s businessSums, err error) {
	for _, part := range []struct {
		into *monthSums
		q    reportQuery
		of   int64
	}{{&s.now, q, q.branch}, {&s.before, q.back(q.months()), q.branch}, {&s.year, q.back(12), q.branch}, {&s.with, q, q.with}} {
		if part.into == &s.with && q.with == 0 {
			continue
		}
		if *part.into, err = h.monthSums(ctx, scope, part.of, part.q.first, part.q.last); err != nil {
			return s, err
		}
	}
	return s, nil
}

// business puts the report together.
func (h *Handlers) business(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	scope := a.Scope(policy.WaybillRead)
	p := h.reportFrame(ctx, a, q, scope)
	p.Title, p.Question = lang.T(ctx, "件量和运费"), lang.T(ctx, "每月发多少、寄什么、寄到哪里，比上期和去年多还是少？")
	s, err := h.businessSums(ctx, scope, q)
	if err != nil {
		return p, err
	}
	if s.now.all.Waybills == 0 {
		p.Empty = lang.T(ctx, "这几个月没有运单。换几个月，或导入快递公司的账单。")
		return p, nil
	}
	p.Means = businessMeans(ctx)
	p.Top = businessTop(ctx, q, s)
	p.Charts = businessCharts(ctx, q, s)
	p.Tables = append(p.Tables, h.businessMonths(ctx, q, s))
	if t := h.businessBranches(ctx, scope, q, s); len(t.Rows) > 1 {
		p.Tables = append(p.Tables, t)
	}
	for _, dim := range []string{db.ByProduct, db.ByProvince} {
		t, list, err := h.businessParts(ctx, scope, q, s, dim)
		if err != nil {
			return p, err
		}
		if dim == db.ByProvince && len(list) > 0 {
			p.Tiles = provinceTiles(ctx, q, list)
		}
		p.Tables = append(p.Tables, t)
	}
	return p, nil
}

func businessMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "票数"), Text: lang.T(ctx, "按寄出的日子算的运单数，取消的也在内，和点开的名单一样多。")},
		{Name: lang.T(ctx, "件量"), Text: lang.T(ctx, "包裹件数，取消的不算。")},
		{Name: lang.T(ctx, "运费"), Text: lang.T(ctx, "这些运单上的运费，元。")},
		{Name: lang.T(ctx, "每件运费"), Text: lang.T(ctx, "运费 ÷ 件量。")},
		{Name: lang.T(ctx, "签收率"), Text: lang.T(ctx, "已签收的票数 ÷ 票数；刚寄出的还没签收，最近的月会低一些。")},
		{Name: lang.T(ctx, "比上期"), Text: lang.T(ctx, "运费和紧挨着的前面一样多个月比。")},
		{Name: lang.T(ctx, "比去年"), Text: lang.T(ctx, "运费和去年同样几个月比。")},
	}
}

// averageCell is the freight of a piece.
func averageCell(s db.ShippedSum) views.ReportCell {
	if s.Pieces <= 0 {
		return views.ReportCell{Text: "–"}
	}
	return moneyCell(s.Freight / s.Pieces)
}

func businessTop(ctx context.Context, q reportQuery, s businessSums) []ui.StatProps {
	now := s.now.all
	moved := func(now, before, year int64) string {
		return lang.T(ctx, "比上期 %s，比去年 %s", movedCell(now, before).Text, movedCell(now, year).Text)
	}
	return []ui.StatProps{
		{Label: lang.T(ctx, "票数"), Value: views.Thousands(now.Waybills), Href: shippedHref(q.branch, q.first, q.last, nil), Title: businessMeans(ctx)[0].Text, Note: moved(now.Waybills, s.before.all.Waybills, s.year.all.Waybills)},
		{Label: lang.T(ctx, "件量"), Value: views.Thousands(now.Pieces), Title: businessMeans(ctx)[1].Text, Note: moved(now.Pieces, s.before.all.Pieces, s.year.all.Pieces)},
		{Label: lang.T(ctx, "运费"), Value: moneyShown(now.Freight), Title: businessMeans(ctx)[2].Text, Note: moved(now.Freight, s.before.all.Freight, s.year.all.Freight)},
		{Label: lang.T(ctx, "每件运费"), Value: averageCell(now).Text, Title: businessMeans(ctx)[3].Text},
		{Label: lang.T(ctx, "签收率"), Value: percent(now.Signed, now.Waybills), Title: businessMeans(ctx)[4].Text},
	}
}

func businessCharts(ctx context.Context, q reportQuery, s businessSums) []chart.Bars {
	label := lang.T(ctx, "看数字")
	pieces := chart.Bars{ID: "rep-pieces", Title: lang.T(ctx, "每月件量"), Sub: lang.T(ctx, "浅色是去年同月"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "件量"), Beside: lang.T(ctx, "去年"), Table: label}
	freight := chart.Bars{ID: "rep-freight", Title: lang.T(ctx, "每月运费"), Sub: lang.T(ctx, "元，线是每件运费"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "运费"), Line: lang.T(ctx, "每件运费"), Table: label}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		x, year := s.now.by[m.String()[:7]], s.year.by[m.AddMonths(-12).String()[:7]]
		pieces.Labels, pieces.Counts, pieces.BesideCounts = append(pieces.Labels, m.String()[:7]), append(pieces.Counts, x.Pieces), append(pieces.BesideCounts, year.Pieces)
		tenths := int64(0)
		if x.Pieces > 0 {
			tenths = x.Freight / x.Pieces / 10
		}
		freight.Labels, freight.Counts, freight.LineTenths = append(freight.Labels, m.String()[:7]), append(freight.Counts, x.Freight/100), append(freight.LineTenths, tenths)
	}
	return []chart.Bars{pieces, freight}
}

// businessColumns head the tables; of months the one before is the month before.
func businessColumns(ctx context.Context, before string, q reportQuery, name string) []views.ReportColumn {
	m := businessMeans(ctx)
	out := []views.ReportColumn{{Label: m[0].Name, Means: m[0].Text}, {Label: m[1].Name, Means: m[1].Text}, {Label: m[2].Name, Means: m[2].Text}, {Label: lang.T(ctx, "占全部"), Means: lang.T(ctx, "占这张表运费合计的几分之几。")},
		{Label: m[3].Name, Means: m[3].Text}, {Label: m[4].Name, Means: m[4].Text}, {Label: before, Means: m[5].Text}, {Label: m[6].Name, Means: m[6].Text}}
	if q.with != 0 && name != "" {
		out = append(out, views.ReportColumn{Label: lang.T(ctx, "%s的运费", name), Means: m[2].Text})
	}
	return out
}

func businessCells(x, before, year db.ShippedSum, all int64, href string) []views.ReportCell {
	return []views.ReportCell{countCell(x.Waybills, href), countCell(x.Pieces, ""), moneyCell(x.Freight), shareCell(x.Freight, all), averageCell(x), shareCell(x.Signed, x.Waybills), movedCell(x.Freight, before.Freight), movedCell(x.Freight, year.Freight)}
}

func (h *Handlers) businessMonths(ctx context.Context, q reportQuery, s businessSums) views.ReportTable {
	with := h.db.BranchName(q.with)
	t := views.ReportTable{Title: lang.T(ctx, "按月"), Head: lang.T(ctx, "月"), Columns: businessColumns(ctx, lang.T(ctx, "比上月"), q, with)}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		before, ok := s.now.by[m.AddMonths(-1).String()[:7]]
		if !ok {
			before = s.before.by[m.AddMonths(-1).String()[:7]]
		}
		x := s.now.by[m.String()[:7]]
		row := views.ReportRow{Name: m.String()[:7], Cells: businessCells(x, before, s.year.by[m.AddMonths(-12).String()[:7]], s.now.all.Freight, shippedHref(q.branch, m, m, nil))}
		if q.with != 0 && with != "" {
			row.Cells = append(row.Cells, moneyCell(s.with.by[m.String()[:7]].Freight))
		}
		t.Rows = append(t.Rows, row)
	}
	all := views.ReportRow{Name: lang.T(ctx, "一共"), Sum: true, Cells: businessCells(s.now.all, s.before.all, s.year.all, s.now.all.Freight, shippedHref(q.branch, q.first, q.last, nil))}
	if q.with != 0 && with != "" {
		all.Cells = append(all.Cells, moneyCell(s.with.all.Freight))
	}
	t.Rows = append(t.Rows, all)
	return t
}

// businessBranches are the branches right below, each with those below it.
func (h *Handlers) businessBranches(ctx context.Context, scope policy.Scope, q reportQuery, s businessSums) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "按网点"), Sub: lang.T(ctx, "连同下面的，运费最多的在前"), Head: lang.T(ctx, "网点"), Columns: businessColumns(ctx, lang.T(ctx, "比上期"), q, "")}
	under := func(list monthSums, id int64) (sum db.ShippedSum) {
		for at, x := range list.at {
			if h.db.InBranch(at, id) {
				sum.Add(x)
			}
		}
		return sum
	}
	type line struct {
		id  int64
		now db.ShippedSum
	}
	var lines []line
	for _, id := range h.db.BranchesBelow(scope, q.branch) {
		if x := under(s.now, id); x.Waybills > 0 {
			lines = append(lines, line{id, x})
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return cmp.Or(cmp.Compare(y.now.Freight, x.now.Freight), cmp.Compare(x.id, y.id)) })
	for _, x := range lines {
		t.Rows = append(t.Rows, views.ReportRow{Name: h.db.BranchName(x.id), Cells: businessCells(x.now, under(s.before, x.id), under(s.year, x.id), s.now.all.Freight, shippedHref(x.id, q.first, q.last, nil))})
	}
	return t
}

// businessParts are the products or the destinations.
func (h *Handlers) businessParts(ctx context.Context, scope policy.Scope, q reportQuery, s businessSums, dim string) (views.ReportTable, []db.ShippedSum, error) {
	t := views.ReportTable{Title: lang.T(ctx, "按产品"), Sub: lang.T(ctx, "运费最多的在前"), Head: lang.T(ctx, "产品"), Columns: businessColumns(ctx, lang.T(ctx, "比上期"), q, "")}
	name := func(word string) string { return views.ProductWord(ctx, word) }
	narrow := func(word string) func(*waybillQuery) {
		return func(l *waybillQuery) { l.Product = cmp.Or(word, db.AnyUnknown) }
	}
	if dim == db.ByProvince {
		t.Title, t.Head, name = lang.T(ctx, "按目的地"), lang.T(ctx, "寄往"), placeName
		narrow = func(word string) func(*waybillQuery) {
			return func(l *waybillQuery) { l.Province = cmp.Or(word, db.AnyUnknown) }
		}
	}
	var of [3]map[string]db.ShippedSum
	var list []db.ShippedSum
	for i, at := range []reportQuery{q, q.back(q.months()), q.back(12)} {
		sums, err := h.db.ShippedParts(ctx, scope, q.branch, at.first, at.last, dim)
		if err != nil {
			return t, nil, err
		}
		of[i] = map[string]db.ShippedSum{}
		for _, x := range sums {
			of[i][x.Value] = x
		}
		if i == 0 {
			list = sums
		}
	}
	slices.SortFunc(list, func(x, y db.ShippedSum) int {
		return cmp.Or(cmp.Compare(y.Freight, x.Freight), cmp.Compare(x.Value, y.Value))
	})
	for _, x := range list {
		word := name(x.Value)
		if x.Value == "" {
			word = lang.T(ctx, "不清楚")
		}
		t.Rows = append(t.Rows, views.ReportRow{Name: word, Cells: businessCells(x, of[1][x.Value], of[2][x.Value], s.now.all.Freight, shippedHref(q.branch, q.first, q.last, narrow(x.Value)))})
	}
	return t, list, nil
}

// provinceTiles is the picture of where the pieces go.
func provinceTiles(ctx context.Context, q reportQuery, list []db.ShippedSum) *views.ReportTiles {
	t := &views.ReportTiles{Title: lang.T(ctx, "寄往各省的件量"), Sub: lang.T(ctx, "格子大致按地理位置排，颜色越深越多；数字写不下的，万是一万件。"), Rows: make([][]views.ReportTile, place.TileRows)}
	pieces, most := map[string]db.ShippedSum{}, int64(0)
	for _, x := range list {
		pieces[x.Value] = x
		if x.Value != "" {
			most = max(most, x.Pieces)
		}
	}
	for i := range t.Rows {
		t.Rows[i] = make([]views.ReportTile, place.TileColumns)
	}
	for _, at := range place.Tiles() {
		x := pieces[at.Code]
		tile := views.ReportTile{Short: at.Short, Name: placeName(at.Code), Value: shortCount(ctx, x.Pieces), Level: report.Level(x.Pieces, most)}
		if x.Waybills > 0 {
			tile.Href = shippedHref(q.branch, q.first, q.last, func(l *waybillQuery) { l.Province = at.Code })
		}
		t.Rows[at.Row][at.Column] = tile
	}
	return t
}

// shortCount is a number that fits into a square.
func shortCount(ctx context.Context, n int64) string {
	if n < 10_000 {
		return views.Thousands(n)
	}
	return lang.T(ctx, "%s万", views.IndexText((n+500)/1000))
}
