package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/report"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

const rfmPath = "/reports/rfm"

// What the heat map shades by.
const (
	rfmClients = "clients"
	rfmFreight = "freight"
)

// rfmReport is how recent and how frequent the clients are, a square for each
// pair of grades.
func (h *Handlers) rfmReport() framed {
	return framed{path: rfmPath, reach: policy.WaybillRead, dims: []string{rfmClients, rfmFreight}, make: h.rfm}
}

func rfmMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "客户"), Text: lang.T(ctx, "发过件的客户，现在落在哪一格；从没发过的不算。几个月、几票算高，按网点的 RFM 规则。")},
		{Name: lang.T(ctx, "最近（R）"), Text: lang.T(ctx, "最后一件寄出的日子离今天多近。")},
		{Name: lang.T(ctx, "频次（F）"), Text: lang.T(ctx, "近 12 个整月寄了多少票。")},
		{Name: lang.T(ctx, "运费（M）"), Text: lang.T(ctx, "近 12 个整月的运费合计，元。")},
		{Name: lang.T(ctx, "每位运费"), Text: lang.T(ctx, "运费 ÷ 客户。")},
	}
}

// rfmSums are clients and freight of some.
type rfmSums struct{ n, fen int64 }

// rfmMap is what a branch's clients come to, by recency and frequency, and by
// segment.
type rfmMap struct {
	all   rfmSums
	cells [3][3]rfmSums
	list  []db.RFMClient
}

func (h *Handlers) rfmMap(ctx context.Context, a policy.Actor, branch int64) (m rfmMap, err error) {
	m.list, err = h.db.RFMClients(ctx, a.Scope(policy.WaybillRead), branch, h.todayDay())
	for _, c := range m.list {
		r, f, _ := classify.Grades(c.Cell)
		for _, s := range []*rfmSums{&m.all, &m.cells[r][f]} {
			s.n++
			s.fen += c.Freight
		}
	}
	return m, err
}

func (h *Handlers) rfm(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	scope := a.Scope(policy.WaybillRead)
	p := h.reportFrame(ctx, a, q, scope)
	p.Title, p.Question = lang.T(ctx, "RFM 热力图"), lang.T(ctx, "谁最近还在发、发得勤不勤？哪一格该赶紧去？")
	p.Months, p.Note, p.Span = nil, "", lang.T(ctx, "到 %s", h.today())
	p.Dims = []ui.Option{{Value: rfmClients, Label: lang.T(ctx, "客户数")}, {Value: rfmFreight, Label: lang.T(ctx, "运费")}}
	if !scope.Wide() {
		p.Empty = lang.T(ctx, "这张报表按整个网点算，你看得到的是自己的客户。")
		return p, nil
	}
	now, err := h.rfmMap(ctx, a, q.branch)
	if err != nil {
		return p, err
	}
	if now.all.n == 0 {
		p.Empty = lang.T(ctx, "还没有客户发过件。导入快递公司的账单再看。")
		return p, nil
	}
	var with rfmMap
	if q.with != 0 {
		if with, err = h.rfmMap(ctx, a, q.with); err != nil {
			return p, err
		}
	}
	p.Means = rfmMeans(ctx)
	p.Top = []ui.StatProps{{Label: lang.T(ctx, "发过件的客户"), Value: views.Thousands(now.all.n), Href: rfmHref(q, -1, -1), Title: p.Means[0].Text}, {Label: lang.T(ctx, "近 12 个整月运费"), Value: moneyShown(now.all.fen), Title: p.Means[3].Text}}
	p.Tables = []views.ReportTable{rfmHeat(ctx, q, now), rfmCells(ctx, q, now, with, h.db.BranchName(q.with))}
	if a.Can(policy.CustomerRead) {
		t, err := h.rfmSegments(ctx, a, q)
		if err != nil {
			return p, err
		}
		p.Tables = slices.Insert(p.Tables, 1, t)
	}
	return p, nil
}

// rfmHref is the list of a square, -1 for any grade.
func rfmHref(q reportQuery, r, f int) string {
	grade := func(n int) string {
		if n < 0 {
			return ""
		}
		return strconv.Itoa(n + 1)
	}
	return hrefWith(rfmPath+"/list", nil, "r", grade(r), "f", grade(f), "branch", idText(q.branch))
}

func recencyName(ctx context.Context, grade int) string {
	return []string{lang.T(ctx, "很久没发"), lang.T(ctx, "有一阵没发"), lang.T(ctx, "最近发过")}[grade]
}

func frequencyName(ctx context.Context, grade int) string {
	return []string{lang.T(ctx, "发得少"), lang.T(ctx, "发得一般"), lang.T(ctx, "发得勤")}[grade]
}

// rfmHeat is the picture: rows are recency, columns frequency, the best above
// and to the left.
func rfmHeat(ctx context.Context, q reportQuery, m rfmMap) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "最近（行）和频次（列）"), Sub: lang.T(ctx, "越深的客户越多；数是客户，下面是他们 12 个整月的运费。点数字看是谁。"), Head: lang.T(ctx, "最近"), Heat: true}
	if q.dim == rfmFreight {
		t.Sub = lang.T(ctx, "越深的运费越多；数是客户，下面是他们 12 个整月的运费。点数字看是谁。")
	}
	most := int64(0)
	shade := func(s rfmSums) int64 {
		if q.dim == rfmFreight {
			return s.fen
		}
		return s.n
	}
	for _, row := range m.cells {
		for _, s := range row {
			most = max(most, shade(s))
		}
	}
	cell := func(s rfmSums, r, f int) views.ReportCell {
		c := countCell(s.n, rfmHref(q, r, f))
		if s.n > 0 {
			c.Note = lang.T(ctx, "%s 元", moneyShown(s.fen))
		}
		return c
	}
	means := rfmMeans(ctx)
	for f := range 3 {
		t.Columns = append(t.Columns, views.ReportColumn{Label: frequencyName(ctx, 2-f), Means: means[2].Text})
	}
	t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "一共"), Means: means[0].Text})
	var down [3]rfmSums
	for r := range 3 {
		line, across := views.ReportRow{Name: recencyName(ctx, 2-r)}, rfmSums{}
		for f := range 3 {
			s := m.cells[2-r][2-f]
			c := cell(s, 2-r, 2-f)
			c.Level = report.Level(shade(s), most)
			line.Cells = append(line.Cells, c)
			across, down[2-f] = rfmSums{across.n + s.n, across.fen + s.fen}, rfmSums{down[2-f].n + s.n, down[2-f].fen + s.fen}
		}
		line.Cells = append(line.Cells, cell(across, 2-r, -1))
		t.Rows = append(t.Rows, line)
	}
	sum := views.ReportRow{Name: lang.T(ctx, "一共"), Sum: true}
	for f := range 3 {
		sum.Cells = append(sum.Cells, cell(down[2-f], -1, 2-f))
	}
	sum.Cells = append(sum.Cells, cell(m.all, -1, -1))
	t.Rows = append(t.Rows, sum)
	return t
}

// rfmCells says the same in full, a line a square.
func rfmCells(ctx context.Context, q reportQuery, m, with rfmMap, name string) views.ReportTable {
	means := rfmMeans(ctx)
	t := views.ReportTable{Title: lang.T(ctx, "每一格"), Sub: lang.T(ctx, "最近的、勤的在前"), Head: lang.T(ctx, "哪一格"), Columns: []views.ReportColumn{{Label: means[0].Name, Means: means[0].Text}, {Label: lang.T(ctx, "占客户"), Means: lang.T(ctx, "占发过件的客户的几分之几。")},
		{Label: lang.T(ctx, "运费"), Means: means[3].Text}, {Label: lang.T(ctx, "占运费"), Means: lang.T(ctx, "占这些客户全部运费的几分之几。")}, {Label: means[4].Name, Means: means[4].Text}}}
	beside := q.with != 0 && name != ""
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的占比", name), Means: lang.T(ctx, "占发过件的客户的几分之几。")})
	}
	for r := 2; r >= 0; r-- {
		for f := 2; f >= 0; f-- {
			s, each := m.cells[r][f], views.ReportCell{Text: "–"}
			if s.n > 0 {
				each = moneyCell(s.fen / s.n)
			}
			line := views.ReportRow{Name: lang.T(ctx, "%s，%s", recencyName(ctx, r), frequencyName(ctx, f)), Cells: []views.ReportCell{countCell(s.n, rfmHref(q, r, f)), shareCell(s.n, m.all.n), moneyCell(s.fen), shareCell(s.fen, m.all.fen), each}}
			if beside {
				line.Cells = append(line.Cells, shareCell(with.cells[r][f].n, with.all.n))
			}
			t.Rows = append(t.Rows, line)
		}
	}
	return t
}

// rfmSegments are the segments beside, as the clients are called now.
func (h *Handlers) rfmSegments(ctx context.Context, a policy.Actor, q reportQuery) (views.ReportTable, error) {
	t := views.ReportTable{Title: lang.T(ctx, "RFM 细分"), Sub: lang.T(ctx, "夜里按规则起的名字，连运费高低一起看"), Head: lang.T(ctx, "细分"), Columns: []views.ReportColumn{{Label: lang.T(ctx, "客户"), Means: lang.T(ctx, "现在叫这个名字的客户，和客户名单一样多。")}, {Label: lang.T(ctx, "占比"), Means: lang.T(ctx, "占有细分的客户的几分之几。")}}}
	counts, err := h.db.LabelCounts(ctx, a.Scope(policy.CustomerRead), q.branch)
	if err != nil {
		return t, err
	}
	n, all := map[string]int64{}, int64(0)
	for _, c := range counts {
		if c.Kind == "rfm" {
			n[c.Value] = c.N
			all += c.N
		}
	}
	for _, s := range classify.Segments {
		if n[s] > 0 {
			t.Rows = append(t.Rows, views.ReportRow{Name: views.LabelWord(ctx, "rfm", s), Cells: []views.ReportCell{countCell(n[s], groupHref("rfm", s, q.branch)), shareCell(n[s], all)}})
		}
	}
	return t, nil
}

// rfmLines are the clients of a square.
type rfmLines struct {
	title  string
	list   []db.RFMClient
	values url.Values
	page   int
}

func (h *Handlers) rfmLines(r *http.Request) (l rfmLines, err error) {
	ctx := r.Context()
	grades := []string{"1", "2", "3"}
	rw, fw, branch := known(grades, query(r, "r")), known(grades, query(r, "f")), db.ParseID(query(r, "branch"))
	m, err := h.rfmMap(ctx, actorOf(r), branch)
	if err != nil {
		return l, err
	}
	at := func(word string) int { return slices.Index(grades, word) }
	for _, c := range m.list {
		if cr, cf, _ := classify.Grades(c.Cell); (rw == "" || cr == at(rw)) && (fw == "" || cf == at(fw)) {
			l.list = append(l.list, c)
		}
	}
	l.values, l.page = url.Values{}, 1
	for name, word := range map[string]string{"r": rw, "f": fw, "branch": idText(branch)} {
		if word != "" {
			l.values.Set(name, word)
		}
	}
	switch {
	case rw != "" && fw != "":
		l.title = lang.T(ctx, "%s、%s的客户", recencyName(ctx, at(rw)), frequencyName(ctx, at(fw)))
	case rw != "":
		l.title = lang.T(ctx, "%s的客户", recencyName(ctx, at(rw)))
	case fw != "":
		l.title = lang.T(ctx, "%s的客户", frequencyName(ctx, at(fw)))
	default:
		l.title = lang.T(ctx, "发过件的客户")
	}
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		l.page = n
	}
	return l, nil
}

// rfmList shows the clients of a square, those with the most freight first.
func (h *Handlers) rfmList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	l, err := h.rfmLines(r)
	if err != nil {
		return err
	}
	from := min((l.page-1)*movedRows, len(l.list))
	shown := l.list[from:min(from+movedRows, len(l.list))]
	names, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), rfmIDs(shown))
	if err != nil {
		return err
	}
	p := views.MovedPage{Title: l.title, Sub: h.db.BranchName(db.ParseID(l.values.Get("branch"))), Back: hrefWith(rfmPath, nil, "branch", l.values.Get("branch")), Figures: []string{lang.T(ctx, "近 12 个整月运费")}}
	for _, c := range shown {
		x := names[c.ID]
		p.Rows = append(p.Rows, views.MovedLine{Href: "/customers/" + idText(c.ID), Name: x.Name, Code: x.Code, Class: x.Class, Owner: x.Owner, Branch: h.db.BranchName(x.BranchID), Figures: []string{moneyShown(c.Freight)}})
	}
	p.Pager = pagerOf(ctx, rfmPath+"/list", l.values, l.page, movedRows, int64(len(l.list)))
	if a.Can(policy.CustomerExport) && len(l.list) > 0 {
		p.XLSX = hrefWith(rfmPath+"/list/export", l.values)
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Moved(p), active: reportsPath})
}

func rfmIDs(list []db.RFMClient) []int64 {
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

// rfmListExport writes all of the list.
func (h *Handlers) rfmListExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Scope(policy.WaybillRead).Wide() {
		return db.ErrRefused
	}
	l, err := h.rfmLines(r)
	if err != nil {
		return err
	}
	back := hrefWith(rfmPath+"/list", l.values)
	if ok, err := h.mayLeave(w, r, int64(len(l.list)), back, lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), rfmIDs(l.list))
	if err != nil {
		return err
	}
	heads := []string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点"), lang.T(ctx, "近 12 个整月运费")}
	var rows [][]sheet.Cell
	var customers []int64
	for _, c := range l.list {
		if x, ok := names[c.ID]; ok {
			customers = append(customers, c.ID)
			rows = append(rows, []sheet.Cell{sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID)), sheet.NumberOf(float64(c.Freight) / 100)})
		}
	}
	return h.sendCells(w, r, "reports.export", "rfm-clients-"+h.today(), l.title, back, heads, rows, customers...)
}
