package handlers

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/report"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Lengths of what reports show.
const (
	reportsPath  = "/reports"
	reportMonths = 12 // at most at once
	reportBack   = 36 // months that may be chosen
)

// framed is a report of the frame: a page, and the same tables as a workbook.
type framed struct {
	path  string
	reach policy.Permission // by which scope it counts
	usual int               // months; 0 = usualMonths
	dims  []string          // what it may be told of, the usual one first; none = one thing
	ranks []string          // by which measures its people may be put in order
	make  func(context.Context, policy.Actor, reportQuery) (views.Report, error)
}

// asked reads what the address says of such a report.
func (h *Handlers) asked(r *http.Request, f framed) reportQuery {
	q := h.readReport(r, f.path, f.usual)
	if len(f.dims) > 0 {
		q.dim = cmp.Or(known(f.dims, query(r, "dim")), f.dims[0])
	}
	q.rank = known(f.ranks, query(r, "rank"))
	return q
}

// reportPage answers with such a report.
func (h *Handlers) reportPage(f framed) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := f.make(r.Context(), actorOf(r), h.asked(r, f))
		if err != nil {
			return err
		}
		return h.showReport(w, r, p)
	}
}

// reportFile answers with its tables.
func (h *Handlers) reportFile(f framed) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		a := actorOf(r)
		p, err := f.make(r.Context(), a, h.asked(r, f))
		if err != nil {
			return err
		}
		return h.sendReport(w, r, p, "reports.export", strings.TrimPrefix(f.path, reportsPath+"/"), a.Scope(f.reach))
	}
}

// reportQuery is what the address of a report says: whole months, a branch with
// those below it, and another to compare it with.
type reportQuery struct {
	path         string
	branch, with int64
	first, last  day.Day // first days of months
	dim          string  // of what it is told, where a report may be told of several things
	rank         string  // by which measure people are put in order
}

// usualMonths are those that a report shows where its address says nothing.
const usualMonths = 6

// readReport reads it; where it says nothing the last whole months are meant, so
// many as are usual (0: usualMonths).
func (h *Handlers) readReport(r *http.Request, path string, usual int) reportQuery {
	q := reportQuery{path: path, branch: db.ParseID(query(r, "branch")), with: db.ParseID(query(r, "with"))}
	q.first, q.last = readMonths(r, h.todayDay(), h.todayDay().MonthStart().AddMonths(-1), cmp.Or(usual, usualMonths), reportMonths, reportBack)
	return q
}

// readMonths is the span of months that an address asks for, from the first day
// of the first to that of the last: the usual months up to last where it says
// nothing, most months at most, none ahead and none before back months.
func readMonths(r *http.Request, today, last day.Day, usual, most, back int) (from, to day.Day) {
	month := func(name string, or day.Day) day.Day {
		d, err := day.Parse(query(r, name) + "-01")
		if err != nil || d > today || d < today.MonthStart().AddMonths(1-back) {
			return or
		}
		return d
	}
	to = month("to", last)
	from = month("from", to.AddMonths(1-usual))
	if from > to {
		from, to = to, from
	}
	return max(from, to.AddMonths(1-most)), to
}

func (q reportQuery) values() url.Values {
	v := url.Values{"from": {q.first.String()[:7]}, "to": {q.last.String()[:7]}}
	if q.branch != 0 {
		v.Set("branch", idText(q.branch))
	}
	if q.with != 0 {
		v.Set("with", idText(q.with))
	}
	if q.dim != "" {
		v.Set("dim", q.dim)
	}
	if q.rank != "" {
		v.Set("rank", q.rank)
	}
	return v
}

// months is how many the query spans.
func (q reportQuery) months() int {
	n := 0
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		n++
	}
	return n
}

// back is the same span so many months before.
func (q reportQuery) back(months int) reportQuery {
	q.first, q.last = q.first.AddMonths(-months), q.last.AddMonths(-months)
	return q
}

// reportFrame begins a report: what was asked, and what may be asked instead.
func (h *Handlers) reportFrame(ctx context.Context, a policy.Actor, q reportQuery, scope policy.Scope) views.Report {
	p := views.Report{Action: q.path, Dim: q.dim, Span: lang.T(ctx, "%s 到 %s", q.first.String()[:7], q.last.String()[:7]), From: q.first.String()[:7], To: q.last.String()[:7], Branch: idText(q.branch), With: idText(q.with),
		Branches: h.branchOptions(ctx, scope), Printed: h.printed(ctx, a, a.Branch)}
	p.Others = p.Branches
	this := h.todayDay().MonthStart()
	for m := this; m >= this.AddMonths(1-reportBack); m = m.AddMonths(-1) {
		p.Months = append(p.Months, ui.Option{Value: m.String()[:7], Label: m.String()[:7]})
	}
	if q.last == this {
		p.Note = lang.T(ctx, "%s 还没过完，和别的月比先别下结论。", this.String()[:7])
	}
	if a.Can(policy.CustomerExport) {
		p.XLSX = q.path + "/export?" + q.values().Encode()
	}
	return p
}

// showReport answers with the page of a report.
func (h *Handlers) showReport(w http.ResponseWriter, r *http.Request, p views.Report) error {
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.ReportPage(p), active: reportsPath, scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// sendReport answers with the tables of a report as a workbook.
func (h *Handlers) sendReport(w http.ResponseWriter, r *http.Request, p views.Report, act, name string, scope policy.Scope, customers ...int64) error {
	if scope.Empty() || p.Empty != "" {
		return db.ErrRefused
	}
	heads, rows := reportSheet(r.Context(), p)
	return h.sendCells(w, r, act, name+"-"+h.today(), p.Title, strings.Replace(p.XLSX, "/export", "", 1), heads, rows, customers...)
}

// reportSheet lays a report out as head office reads one: its title, of whom and
// when, then each table below its own heads, and how each figure is counted.
func reportSheet(ctx context.Context, p views.Report) (heads []string, rows [][]sheet.Cell) {
	width := 2
	for _, t := range p.Tables {
		width = max(width, 1+len(t.Columns))
	}
	heads = make([]string, width)
	heads[0] = p.Title
	text := func(list ...string) {
		row := make([]sheet.Cell, len(list))
		for i, s := range list {
			row[i] = sheet.TextOf(s)
		}
		rows = append(rows, row)
	}
	text(lang.T(ctx, "期间"), p.Span)
	text(lang.T(ctx, "来自"), p.Printed)
	if p.Note != "" {
		text(lang.T(ctx, "注意"), p.Note)
	}
	for _, t := range p.Tables {
		text("")
		text(t.Title)
		titles := []string{t.Head}
		for _, c := range t.Columns {
			titles = append(titles, c.Label)
		}
		text(titles...)
		for _, line := range t.Rows {
			name, notes, noted := line.Name, []string{""}, false
			if line.Place != "" {
				name += " " + lang.T(ctx, "第 %s 名", line.Place)
			}
			row := []sheet.Cell{sheet.TextOf(name)}
			for _, c := range line.Cells {
				notes, noted = append(notes, c.Note), noted || c.Note != ""
				if c.Counts {
					row = append(row, sheet.NumberOf(c.N))
				} else {
					row = append(row, sheet.TextOf(c.Text))
				}
			}
			rows = append(rows, row)
			if noted {
				text(notes...)
			}
		}
	}
	text("")
	for _, m := range p.Means {
		text(m.Name, m.Text)
	}
	return heads, rows
}

// countCell is a number of things, moneyCell an amount, shareCell a part of a
// whole, each with the list behind it.
func countCell(n int64, href string) views.ReportCell {
	if n == 0 {
		href = ""
	}
	return views.ReportCell{Text: views.Thousands(n), N: float64(n), Counts: true, Href: href}
}

func moneyCell(fen int64) views.ReportCell {
	return views.ReportCell{Text: moneyShown(fen), N: float64(fen) / 100, Counts: true}
}

func shareCell(n, of int64) views.ReportCell {
	if of == 0 {
		return views.ReportCell{Text: "–"}
	}
	return views.ReportCell{Text: percent(n, of), N: math.Round(float64(n)*1000/float64(of)) / 10, Counts: true}
}

// movedCell says by how much something differs from before.
func movedCell(now, before int64) views.ReportCell {
	n, ok := report.Moved(now, before)
	if !ok {
		return views.ReportCell{Text: "–"}
	}
	return views.ReportCell{Text: movedText(n), N: float64(n) / 10, Counts: true, Less: n < 0}
}

func movedText(tenths int64) string {
	s := views.IndexText(max(tenths, -tenths)) + "%"
	switch {
	case tenths > 0:
		return "+" + s
	case tenths < 0:
		return "−" + s
	}
	return s
}
