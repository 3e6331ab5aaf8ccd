package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/pareto"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	paretoPath = "/reports/pareto"
	paretoMost = 80 // per cent of the freight that the fewest clients are counted for
	paretoCore = 2  // bands that are the core
)

// paretoReport is how the freight is spread over the clients, the largest first
// (R86, R232).
func (h *Handlers) paretoReport() framed {
	return framed{path: paretoPath, reach: policy.WaybillRead, usual: db.CoreSpan, make: h.pareto}
}

func paretoMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "客户数"), Text: lang.T(ctx, "这几个月有运费的客户，按运费从高到低排，每十分之一是一档；人数除不尽的，前面的档多一位。")},
		{Name: lang.T(ctx, "运费"), Text: lang.T(ctx, "这一档客户的运费合计，元；退回去的比寄的多的客户不算。")},
		{Name: lang.T(ctx, "占全部"), Text: lang.T(ctx, "这一档的运费 ÷ 全部客户的运费。")},
		{Name: lang.T(ctx, "累计"), Text: lang.T(ctx, "从第一档加到这一档的运费 ÷ 全部客户的运费。")},
		{Name: lang.T(ctx, "上期累计"), Text: lang.T(ctx, "紧挨着的前面一样多个月，按那时的排名累计到这一档。")},
		{Name: lang.T(ctx, "去年累计"), Text: lang.T(ctx, "去年同样几个月，按那时的排名累计到这一档。")},
	}
}

// spread is what a report says of some months.
func (h *Handlers) spread(ctx context.Context, a policy.Actor, branch int64, q reportQuery) (pareto.Core, error) {
	return h.db.CoreOver(ctx, a.Scope(policy.WaybillRead), branch, q.first, q.months(), 10*paretoCore)
}

func (h *Handlers) pareto(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.WaybillRead))
	p.Title, p.Question = lang.T(ctx, "运费集中度"), lang.T(ctx, "多少客户撑起八成运费？每十分之一的客户各带来多少？")
	now, err := h.spread(ctx, a, q.branch, q)
	if err != nil {
		return p, err
	}
	if now.Now.Clients == 0 {
		p.Empty = lang.T(ctx, "这几个月没有客户的运费。换几个月，或导入快递公司的账单。")
		return p, nil
	}
	year, err := h.spread(ctx, a, q.branch, q.back(12))
	if err != nil {
		return p, err
	}
	var with pareto.Core
	if q.with != 0 {
		if with, err = h.spread(ctx, a, q.with, q); err != nil {
			return p, err
		}
	}
	p.Means = paretoMeans(ctx)
	p.Top = paretoTop(ctx, q, now, year)
	p.Charts = []chart.Bars{paretoBars(ctx, now)}
	p.Tables = []views.ReportTable{paretoTable(ctx, q, now, year, with, h.db.BranchName(q.with))}
	return p, nil
}

func paretoTop(ctx context.Context, q reportQuery, now, year pareto.Core) []ui.StatProps {
	m, most := paretoMeans(ctx), now.For(paretoMost)
	was := func(c pareto.Curve, of pareto.Span) string { return percent(c[paretoCore-1], of.Revenue) }
	return []ui.StatProps{
		{Label: lang.T(ctx, "有运费的客户"), Value: views.Thousands(int64(now.Now.Clients)), Href: paretoHref(q, 1, pareto.Bands), Title: m[0].Text, Note: lang.T(ctx, "上期 %s，去年同期 %s", views.Thousands(int64(now.Before.Clients)), views.Thousands(int64(year.Now.Clients)))},
		{Label: lang.T(ctx, "运费"), Value: moneyShown(now.Now.Revenue), Title: m[1].Text, Note: lang.T(ctx, "比上期 %s，比去年 %s", movedCell(now.Now.Revenue, now.Before.Revenue).Text, movedCell(now.Now.Revenue, year.Now.Revenue).Text)},
		{Label: lang.T(ctx, "前 20% 的客户占运费"), Value: percent(now.Bands[paretoCore-1], now.Now.Revenue), Title: m[3].Text, Note: lang.T(ctx, "上期 %s，去年同期 %s", was(now.BandsBefore, now.Before), was(year.Bands, year.Now))},
		{Label: lang.T(ctx, "撑起 80% 运费的客户"), Value: views.Thousands(int64(most)), Href: hrefWith(paretoPath+"/list", q.values(), "band", "most"), Note: lang.T(ctx, "占客户的 %s", percent(int64(most), int64(now.Now.Clients)))},
		{Label: lang.T(ctx, "前 20% 谁在涨谁在掉"), Value: lang.T(ctx, "看核心客户"), Href: hrefWith("/core", nil, "branch", idText(q.branch)), Note: lang.T(ctx, "最近三个整月和再前三个月比")},
	}
}

func bandName(ctx context.Context, i int) string {
	if i == 0 {
		return lang.T(ctx, "前 10%")
	}
	return strconv.Itoa(10*i) + "%–" + strconv.Itoa(10*i+10) + "%"
}

func paretoBars(ctx context.Context, c pareto.Core) chart.Bars {
	b := chart.Bars{ID: "rep-pareto", Title: lang.T(ctx, "每十分之一的客户带来多少运费"), Sub: lang.T(ctx, "柱子是运费，元；线是累计占比，百分之几；虚线是八成"), Label: lang.T(ctx, "客户"), Value: lang.T(ctx, "运费"), Line: lang.T(ctx, "累计"), LineMost: 100, LineMark: paretoMost, Table: lang.T(ctx, "看数字")}
	for i := range pareto.Bands {
		b.Labels, b.Counts, b.LineTenths = append(b.Labels, bandName(ctx, i)), append(b.Counts, c.Bands.Band(i)/100), append(b.LineTenths, c.Bands[i]*1000/c.Now.Revenue)
	}
	return b
}

func paretoTable(ctx context.Context, q reportQuery, now, year, with pareto.Core, name string) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "按档"), Sub: lang.T(ctx, "运费最高的在前；前两档就是核心客户"), Head: lang.T(ctx, "客户")}
	m := paretoMeans(ctx)
	for _, x := range m {
		t.Columns = append(t.Columns, views.ReportColumn{Label: x.Name, Means: x.Text})
	}
	beside := q.with != 0 && name != ""
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的累计", name), Means: m[3].Text})
	}
	n, all := now.Now.Clients, now.Now.Revenue
	for i := range pareto.Bands {
		r := views.ReportRow{Name: bandName(ctx, i), Cells: []views.ReportCell{countCell(int64(pareto.UpTo(n, i+1)-pareto.UpTo(n, i)), paretoHref(q, i+1, i+1)), moneyCell(now.Bands.Band(i)), shareCell(now.Bands.Band(i), all),
			shareCell(now.Bands[i], all), shareCell(now.BandsBefore[i], now.Before.Revenue), shareCell(year.Bands[i], year.Now.Revenue)}}
		if beside {
			r.Cells = append(r.Cells, shareCell(with.Bands[i], with.Now.Revenue))
		}
		t.Rows = append(t.Rows, r)
	}
	sum := views.ReportRow{Name: lang.T(ctx, "一共"), Sum: true, Cells: []views.ReportCell{countCell(int64(n), paretoHref(q, 1, pareto.Bands)), moneyCell(all)}}
	for len(sum.Cells) < len(t.Columns) {
		sum.Cells = append(sum.Cells, views.ReportCell{})
	}
	t.Rows = append(t.Rows, sum)
	return t
}

// paretoHref is the list of the clients of some bands, 1 the first.
func paretoHref(q reportQuery, first, last int) string {
	band := strconv.Itoa(first)
	if last != first {
		band += "-" + strconv.Itoa(last)
	}
	return hrefWith(paretoPath+"/list", q.values(), "band", band, "with", "")
}

// paretoBand are the ranks that an address asks for, from 0; all where it asks
// for nothing that there is.
func paretoBand(ctx context.Context, word string, c pareto.Core) (from, to int, said string) {
	n := len(c.Ranked)
	if word == "most" {
		return 0, c.For(paretoMost), lang.T(ctx, "撑起 80% 运费的客户")
	}
	for first := 1; first <= pareto.Bands; first++ {
		for last := first; last <= pareto.Bands; last++ {
			if word != strconv.Itoa(first) && word != strconv.Itoa(first)+"-"+strconv.Itoa(last) || first == 1 && last == pareto.Bands {
				continue
			}
			return pareto.UpTo(n, first-1), pareto.UpTo(n, last), lang.T(ctx, "运费排在 %d%%–%d%% 的客户", 10*(first-1), 10*last)
		}
	}
	return 0, n, lang.T(ctx, "有运费的客户，从多到少")
}

// paretoLines are the ranked clients of a list.
type paretoLines struct {
	title  string
	all    pareto.Core
	list   []pareto.Client
	from   int // rank of the first, from 0
	page   int
	values url.Values
	span   string
}

func (h *Handlers) paretoLines(r *http.Request) (l paretoLines, err error) {
	ctx, a := r.Context(), actorOf(r)
	q := h.asked(r, h.paretoReport())
	if l.all, err = h.spread(ctx, a, q.branch, q); err != nil {
		return l, err
	}
	var to int
	l.from, to, l.title = paretoBand(ctx, query(r, "band"), l.all)
	l.list, l.values, l.page = l.all.Ranked[l.from:to], q.values(), 1
	l.values.Set("band", known(paretoWords(), query(r, "band")))
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		l.page = n
	}
	l.span = lang.T(ctx, "%s 到 %s", q.first.String()[:7], q.last.String()[:7])
	if q.branch != 0 {
		l.span += " · " + h.db.BranchName(q.branch)
	}
	return l, nil
}

// paretoWords are the bands that an address may ask for.
func paretoWords() []string {
	out := []string{"most"}
	for first := 1; first <= pareto.Bands; first++ {
		out = append(out, strconv.Itoa(first))
		for last := first + 1; last <= pareto.Bands; last++ {
			out = append(out, strconv.Itoa(first)+"-"+strconv.Itoa(last))
		}
	}
	return out
}

func paretoHeads(ctx context.Context) []string {
	return []string{lang.T(ctx, "名次"), lang.T(ctx, "运费"), lang.T(ctx, "上期运费"), lang.T(ctx, "占全部")}
}

// paretoList shows the clients behind a figure, the largest first.
func (h *Handlers) paretoList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	l, err := h.paretoLines(r)
	if err != nil {
		return err
	}
	from := min((l.page-1)*movedRows, len(l.list))
	to := min(from+movedRows, len(l.list))
	ids := make([]int64, 0, movedRows)
	for _, c := range l.list[from:to] {
		ids = append(ids, c.ID)
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), ids)
	if err != nil {
		return err
	}
	p := views.MovedPage{Title: l.title, Sub: l.span, Back: hrefWith(paretoPath, l.values, "band", ""), Figures: paretoHeads(ctx)}
	for i, c := range l.list[from:to] {
		x := names[c.ID]
		p.Rows = append(p.Rows, views.MovedLine{Href: "/customers/" + idText(c.ID), Name: x.Name, Code: x.Code, Class: x.Class, Owner: x.Owner, Branch: h.db.BranchName(x.BranchID),
			Figures: []string{strconv.Itoa(l.from + from + i + 1), moneyShown(c.Now), moneyShown(c.Before), percent(c.Now, l.all.Now.Revenue)}})
	}
	p.Pager = pagerOf(ctx, paretoPath+"/list", l.values, l.page, movedRows, int64(len(l.list)))
	if a.Can(policy.CustomerExport) && len(l.list) > 0 {
		p.XLSX = hrefWith(paretoPath+"/list/export", l.values)
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Moved(p), active: reportsPath})
}

// pagerOf leads through a list of n by whole pages.
func pagerOf(ctx context.Context, path string, v url.Values, at, rows int, n int64) ui.PagerProps {
	p := ui.PagerProps{Text: lang.T(ctx, "共 %s 位", views.Thousands(n))}
	href := func(page int) string { return hrefWith(path, v, "page", strconv.Itoa(page)) }
	if at > 1 {
		p.First, p.Prev = href(1), href(at-1)
	}
	if int64(at*rows) < n {
		p.Next = href(at + 1)
	}
	return p
}

// paretoListExport writes all of the list.
func (h *Handlers) paretoListExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	l, err := h.paretoLines(r)
	if err != nil {
		return err
	}
	if a.Scope(policy.WaybillRead).Empty() {
		return db.ErrRefused
	}
	back := hrefWith(paretoPath+"/list", l.values)
	if ok, err := h.mayLeave(w, r, int64(len(l.list)), back, lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	ids := make([]int64, len(l.list))
	for i, c := range l.list {
		ids[i] = c.ID
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), ids)
	if err != nil {
		return err
	}
	heads := append([]string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点")}, paretoHeads(ctx)...)
	var rows [][]sheet.Cell
	var customers []int64
	for i, c := range l.list {
		if x, ok := names[c.ID]; ok {
			customers = append(customers, c.ID)
			rows = append(rows, []sheet.Cell{sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID)),
				sheet.NumberOf(float64(l.from + i + 1)), sheet.NumberOf(float64(c.Now) / 100), sheet.NumberOf(float64(c.Before) / 100), sheet.TextOf(percent(c.Now, l.all.Now.Revenue))})
		}
	}
	return h.sendCells(w, r, "reports.export", "pareto-clients-"+h.today(), l.title, back, heads, rows, customers...)
}
