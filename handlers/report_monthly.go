package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/report"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	monthlyPath   = "/reports/monthly"
	monthlyTrend  = 12
	monthlyListed = 24      // issued ones
	mostVisits    = 2 << 20 // of a month, counted
)

// monthlyReads are the rights without which a monthly report would have gaps: who
// issues or reads one has them all for the branch and those below it.
var monthlyReads = []policy.Permission{policy.WaybillRead, policy.VisitRead, policy.CaseRead, policy.RatingRead}

// readsMonthly says whether somebody may see every figure of a branch's report.
func (h *Handlers) readsMonthly(a policy.Actor, branch int64) bool {
	for _, p := range monthlyReads {
		if !a.Scope(p).SeesSubtree(h.db.Chain(branch)) {
			return false
		}
	}
	return true
}

// monthlyQuery is of which month and branch a report is; the last whole month
// and one's own branch where nothing is said.
type monthlyQuery struct {
	month  day.Day
	branch int64
}

func (h *Handlers) monthlyAsked(a policy.Actor, month, branch string) monthlyQuery {
	last := h.todayDay().MonthStart().AddMonths(-1)
	q := monthlyQuery{month: last, branch: db.ParseID(branch)}
	if d, err := day.Parse(month + "-01"); err == nil && d <= last && d > last.AddMonths(-reportBack) {
		q.month = d
	}
	if q.branch == 0 {
		q.branch = a.Branch
	}
	return q
}

func (q monthlyQuery) href() string {
	return monthlyPath + "?" + url.Values{"month": {q.month.String()[:7]}, "branch": {idText(q.branch)}}.Encode()
}

// monthlyNew shows the report of a month as it stands now, with what was issued
// before.
func (h *Handlers) monthlyNew(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := h.monthlyAsked(a, query(r, "month"), query(r, "branch"))
	if !h.readsMonthly(a, q.branch) {
		return db.ErrNotFound
	}
	body, err := h.monthlyBody(ctx, a, q)
	if err != nil {
		return err
	}
	p := views.Monthly{Report: h.monthlyReport(ctx, q, body, true), Month: q.month.String()[:7], Branch: idText(q.branch)}
	p.Report.Printed = h.printed(ctx, a, q.branch) + " · " + p.Report.Span
	last := h.todayDay().MonthStart().AddMonths(-1)
	for m := last; m > last.AddMonths(-reportBack); m = m.AddMonths(-1) {
		p.Months = append(p.Months, ui.Option{Value: m.String()[:7], Label: m.String()[:7]})
	}
	for _, o := range h.branchOptions(ctx, a.Scope(policy.WaybillRead)) {
		if h.readsMonthly(a, db.ParseID(o.Value)) {
			p.Branches = append(p.Branches, o)
		}
	}
	if a.Scope(policy.ReportIssue).SeesSubtree(h.db.Chain(q.branch)) {
		p.Key = rand.Text()
	}
	list, err := h.db.MonthlyReports(ctx, a.Scope(policy.WaybillRead), q.branch, monthlyListed)
	for _, x := range list {
		p.Issued = append(p.Issued, views.MonthlyLine{Href: monthlyPath + "/" + idText(x.ID), Name: lang.T(ctx, "%s 月报，第 %d 版", x.Month, x.Version), By: x.By, At: views.DayWord(ctx, db.Day(time.UnixMilli(x.IssuedAt)), h.today())})
	}
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: p.Report.Title, body: views.MonthlyPage(p), active: reportsPath, scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// monthlyIssue keeps it as it stands now.
func (h *Handlers) monthlyIssue(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if err := readForm(r); err != nil {
		return err
	}
	q, key := h.monthlyAsked(a, field(r, "month"), field(r, "branch")), field(r, "key")
	if q.month.String()[:7] != field(r, "month") || len(key) < 16 || len(key) > 64 {
		return fmt.Errorf("%w: report of %q, submission key %q", errBadRequest, field(r, "month"), key)
	}
	if !h.readsMonthly(a, q.branch) {
		return db.ErrNotFound
	}
	body, err := h.monthlyBody(ctx, a, q)
	if err != nil {
		return err
	}
	id, err := h.db.IssueMonthly(ctx, a, db.Submission{Key: key}, q.branch, q.month.String()[:7], body)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "月报出好了，数字就此留底。要改数，重出一版，这一版还在。")})
	h.redirect(w, r, monthlyPath+"/"+idText(id))
	return nil
}

// monthlyIssued is a report that was issued.
func (h *Handlers) monthlyIssued(r *http.Request) (db.MonthlyReport, views.Report, error) {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return db.MonthlyReport{}, views.Report{}, err
	}
	x, err := h.db.MonthlyReport(ctx, a.Scope(policy.WaybillRead), id)
	if err == nil && !h.readsMonthly(a, x.BranchID) {
		err = db.ErrNotFound
	}
	if err != nil {
		return x, views.Report{}, err
	}
	q := monthlyQuery{month: day.MustParse(x.Month + "-01"), branch: x.BranchID}
	p := h.monthlyReport(ctx, q, x.MonthlyBody, false)
	p.Span = lang.T(ctx, "第 %d 版，%s 出于 %s", x.Version, x.By, db.Day(time.UnixMilli(x.IssuedAt)))
	p.Printed = h.printedAt(x.BranchID) + " · " + p.Span
	p.Action = monthlyPath + "/" + idText(id)
	if a.Can(policy.CustomerExport) {
		p.XLSX = p.Action + "/export"
	}
	return x, p, nil
}

func (h *Handlers) monthlyShow(w http.ResponseWriter, r *http.Request) error {
	x, p, err := h.monthlyIssued(r)
	if err != nil {
		return err
	}
	back := monthlyQuery{month: day.MustParse(x.Month + "-01"), branch: x.BranchID}.href()
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.MonthlyIssued(p, back), active: reportsPath, scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

func (h *Handlers) monthlyExport(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.monthlyIssued(r)
	if err != nil {
		return err
	}
	return h.sendReport(w, r, p, "reports.export", "monthly", actorOf(r).Scope(policy.WaybillRead))
}

// monthlyBody counts a month, the one before and the same a year ago.
func (h *Handlers) monthlyBody(ctx context.Context, a policy.Actor, q monthlyQuery) (b db.MonthlyBody, err error) {
	var of [3]map[string]*int64
	for i, m := range []day.Day{q.month, q.month.AddMonths(-1), q.month.AddMonths(-12)} {
		if of[i], err = h.monthlyFigures(ctx, a, q.branch, m); err != nil {
			return b, err
		}
	}
	aims, err := h.db.MonthTargets(ctx, q.month, q.month)
	if err != nil {
		return b, err
	}
	for _, code := range report.Codes {
		m := report.Measure{Code: code, Value: of[0][code], Before: of[1][code], Year: of[2][code]}
		if aim, ok := people.AimOf(people.Branch, code); ok {
			if v, ok := aims.Branch(aim, q.branch); ok {
				m.Target = &v
			}
		}
		b.Measures = append(b.Measures, m)
	}
	b.Notes = report.Notable(b.Measures)
	first := q.month.AddMonths(1 - monthlyTrend)
	sums, err := h.monthSums(ctx, a.Scope(policy.WaybillRead), q.branch, first, q.month)
	for m := first; m <= q.month; m = m.AddMonths(1) {
		x := sums.by[m.String()[:7]]
		b.Trend = append(b.Trend, db.MonthlyTrend{Month: m.String()[:7], Pieces: x.Pieces, Freight: x.Freight})
	}
	return b, err
}

// monthlyFigures are the measures of one month by code; one of nothing to count
// of is not there.
func (h *Handlers) monthlyFigures(ctx context.Context, a policy.Actor, branch int64, month day.Day) (map[string]*int64, error) {
	out := map[string]*int64{}
	set := func(code string, n int64) { out[code] = &n }
	share := func(code string, n, of int64) {
		if of > 0 {
			set(code, casework.PerMille(n, of))
		}
	}
	sums, err := h.monthSums(ctx, a.Scope(policy.WaybillRead), branch, month, month)
	if err != nil {
		return nil, err
	}
	if x := sums.all; x.Waybills > 0 {
		set("waybills", x.Waybills)
		set("pieces", x.Pieces)
		set("freight", x.Freight)
		if x.Pieces > 0 {
			set("piece", x.Freight/x.Pieces)
		}
		share("signed", x.Signed, x.Waybills)
		share("trouble", x.Exceptions, x.Waybills)
	}
	visits, err := h.db.CountVisits(ctx, a.Scope(policy.VisitRead), db.VisitFilter{From: month.String(), To: month.MonthEnd().String(), BranchID: branch, State: db.VisitDone}, mostVisits)
	if err != nil {
		return nil, err
	}
	set("visits", int64(visits))
	tally, err := h.db.CaseFigures(ctx, a, monthlyCases(branch, month).CaseFilter, false)
	switch {
	case errors.Is(err, db.ErrTooMany): // more than are counted at once: not known
	case err != nil:
		return nil, err
	default:
		set("cases", tally.All.N)
		set("complaints", tally.All.Complaints)
		set("reopened", tally.All.Reopened)
		if n, ok := casework.Rate(tally.All.Complaints, sums.all.Pieces); ok {
			set("complaint_rate", n)
		}
		share("answered", tally.All.Answer.Kept, tally.All.Answer.Kept+tally.All.Answer.Late)
		share("solved", tally.All.Solve.Kept, tally.All.Solve.Kept+tally.All.Solve.Late)
	}
	rated, err := h.db.RatingFigures(ctx, a.Scope(policy.RatingRead), db.RatedTogether, monthlyRatings(branch, month).RatingFilter, 1)
	if err != nil {
		return nil, err
	}
	set("ratings", 0)
	if len(rated) > 0 && rated[0].N > 0 {
		set("ratings", rated[0].N)
		set("csi", rated[0].CSI())
	}
	return out, nil
}

func monthlyCases(branch int64, month day.Day) caseQuery {
	return figuresQuery{branch: branch, first: month, last: month}.list()
}

func monthlyRatings(branch int64, month day.Day) ratingQuery {
	return ratingQuery{RatingFilter: db.RatingFilter{From: month.String(), To: month.MonthEnd().String(), BranchID: branch}}
}

// monthlyHref is the list behind a figure, "" where there is none.
func monthlyHref(code string, q monthlyQuery) string {
	cases := monthlyCases(q.branch, q.month)
	switch code {
	case "waybills":
		return shippedHref(q.branch, q.month, q.month, nil)
	case "visits":
		return "/visits?" + url.Values{"view": {"list"}, "from": {q.month.String()}, "to": {q.month.MonthEnd().String()}, "branch": {idText(q.branch)}, "state": {db.VisitDone}}.Encode()
	case "cases":
		return cases.href()
	case "complaints":
		cases.Kind = casework.Complaint
		return cases.href()
	case "reopened":
		cases.Counted.Reopened = true
		return cases.href()
	case "ratings":
		return monthlyRatings(q.branch, q.month).href("/ratings")
	}
	return ""
}

// monthlyReport lays a report out; the figures of one that is not issued yet
// open their lists.
func (h *Handlers) monthlyReport(ctx context.Context, q monthlyQuery, body db.MonthlyBody, live bool) views.Report {
	p := views.Report{Title: lang.T(ctx, "%s %s 经营月报", h.db.BranchName(q.branch), q.month.String()[:7]), Span: lang.T(ctx, "还没出，数字是现在的"), Action: monthlyPath}
	for _, n := range body.Notes {
		p.Said = append(p.Said, views.NotedText{Text: views.NoteWord(ctx, n), Better: n.Better})
	}
	t := views.ReportTable{Title: lang.T(ctx, "主要数字"), Head: lang.T(ctx, "项目"), Columns: []views.ReportColumn{{Label: lang.T(ctx, "本月")}, {Label: lang.T(ctx, "上月")}, {Label: lang.T(ctx, "比上月")}, {Label: lang.T(ctx, "去年同月")}, {Label: lang.T(ctx, "比去年")}}}
	aimed := slices.ContainsFunc(body.Measures, func(m report.Measure) bool { return m.Target != nil })
	if aimed {
		t.Columns = slices.Insert(t.Columns, 1, views.ReportColumn{Label: lang.T(ctx, "目标")})
	}
	for _, m := range body.Measures {
		k, known := report.Kinds[m.Code]
		if !known {
			continue
		}
		row := views.ReportRow{Name: views.MeasureWord(ctx, m.Code), Cells: []views.ReportCell{measureCell(k, m.Value), measureCell(k, m.Before), changeCell(k, m.Value, m.Before), measureCell(k, m.Year), changeCell(k, m.Value, m.Year)}}
		if aimed {
			row.Cells = slices.Insert(row.Cells, 1, targetCell(ctx, m))
		}
		if live && m.Value != nil && *m.Value > 0 {
			row.Cells[0].Href = monthlyHref(m.Code, q)
		}
		t.Rows = append(t.Rows, row)
		p.Means = append(p.Means, views.ReportMeaning{Name: row.Name, Text: views.MeasureMeaning(ctx, m.Code)})
	}
	trend := views.ReportTable{Title: lang.T(ctx, "一年来的件量和运费"), Head: lang.T(ctx, "月"), Columns: []views.ReportColumn{{Label: lang.T(ctx, "件量")}, {Label: lang.T(ctx, "运费")}}}
	pieces := chart.Bars{ID: "monthly-pieces", Title: lang.T(ctx, "一年来的件量"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "件量"), Table: lang.T(ctx, "看数字")}
	freight := chart.Bars{ID: "monthly-freight", Title: lang.T(ctx, "一年来的运费"), Sub: lang.T(ctx, "元"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "运费"), Table: lang.T(ctx, "看数字")}
	for _, x := range body.Trend {
		trend.Rows = append(trend.Rows, views.ReportRow{Name: x.Month, Cells: []views.ReportCell{countCell(x.Pieces, ""), moneyCell(x.Freight)}})
		pieces.Labels, pieces.Counts = append(pieces.Labels, x.Month), append(pieces.Counts, x.Pieces)
		freight.Labels, freight.Counts = append(freight.Labels, x.Month), append(freight.Counts, x.Freight/100)
	}
	p.Tables, p.Charts = []views.ReportTable{t, trend}, []chart.Bars{pieces, freight}
	return p
}

// measureCell is a figure in its unit, – for what is not known.
func measureCell(k report.Kind, n *int64) views.ReportCell {
	if n == nil {
		return views.ReportCell{Text: "–"}
	}
	switch k.Unit {
	case report.Fen:
		return moneyCell(*n)
	case report.Count:
		return countCell(*n, "")
	}
	c := views.ReportCell{Text: views.IndexText(*n), N: float64(*n) / 10, Counts: true}
	if k.Unit == report.Share {
		c.Text += "%"
	}
	return c
}

// changeCell is by how much a figure differs: of shares and indices in points.
func changeCell(k report.Kind, now, before *int64) views.ReportCell {
	if now == nil || before == nil {
		return views.ReportCell{Text: "–"}
	}
	if k.Unit == report.Share || k.Unit == report.Index {
		d := *now - *before
		sign := ""
		if d > 0 {
			sign = "+"
		} else if d < 0 {
			sign = "−"
		}
		return views.ReportCell{Text: sign + views.IndexText(max(d, -d)), N: float64(d) / 10, Counts: true, Less: d*int64(k.Good) < 0}
	}
	c := movedCell(*now, *before)
	c.Less = c.N*float64(k.Good) < 0
	return c
}

// targetCell is what was aimed at, with how far the figure is from it.
func targetCell(ctx context.Context, m report.Measure) views.ReportCell {
	aim, ok := people.AimOf(people.Branch, m.Code)
	if !ok || m.Target == nil {
		return views.ReportCell{Text: "–"}
	}
	c := measureCell(report.Kinds[m.Code], m.Target)
	if m.Value != nil {
		c.Note, c.Less = farText(ctx, aim, *m.Value, *m.Target)
	}
	return c
}
