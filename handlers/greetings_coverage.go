package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/greeting"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// coverageQuery is what the address of the figures says.
type coverageQuery struct {
	db.GreetingSpan
	year, month int // month 0: the whole year
}

func (h *Handlers) readCoverage(r *http.Request, occasions []ui.Option) coverageQuery {
	var q coverageQuery
	this := h.todayDay().Year()
	if q.year, _ = strconv.Atoi(query(r, "year")); q.year < this-5 || q.year > this+1 {
		q.year = this
	}
	if q.month, _ = strconv.Atoi(query(r, "month")); q.month < 0 || q.month > 12 {
		q.month = 0
	}
	from, to := day.Of(q.year, time.January, 1), day.Of(q.year, time.December, 31)
	if q.month != 0 {
		from = day.Of(q.year, time.Month(q.month), 1)
		to = from.MonthEnd()
	}
	q.From, q.To, q.Branch = from.String(), to.String(), db.ParseID(query(r, "branch"))
	if slices.ContainsFunc(occasions, func(o ui.Option) bool { return o.Value == query(r, "occasion") }) {
		q.Occasion = query(r, "occasion")
	}
	return q
}

// values are the address of the figures.
func (q coverageQuery) values() url.Values {
	v := url.Values{"year": {strconv.Itoa(q.year)}}
	if q.month != 0 {
		v.Set("month", strconv.Itoa(q.month))
	}
	if q.Occasion != "" {
		v.Set("occasion", q.Occasion)
	}
	if q.Branch != 0 {
		v.Set("branch", idText(q.Branch))
	}
	return v
}

// list is the address of the greetings behind a figure.
func (q coverageQuery) list(by, key, state string) string {
	v := url.Values{"view": {"all"}, "state": {state}, "month": {strconv.Itoa(q.year)}}
	if q.month != 0 {
		v.Set("month", q.From[:7])
	}
	if q.Occasion != "" {
		v.Set("occasion", q.Occasion)
	}
	if q.Branch != 0 {
		v.Set("branch", idText(q.Branch))
	}
	switch by {
	case db.FiguresByBranch:
		v.Set("branch", key)
		v.Set("only", "1")
	case db.FiguresByClass:
		v.Set("class", cmp.Or(key, unclassed))
	case db.FiguresByOccasion:
		v.Set("occasion", key)
	case db.FiguresByMonth:
		v.Set("month", key)
	case db.FiguresByMeans:
		v.Set("means", key)
	case db.FiguresByPerson:
		v.Set("person", key)
	}
	return "/greetings?" + v.Encode()
}

// greetingCoverage is how far the greetings of a year or a month are, and what
// they cost beside what the greeted clients ship.
func (h *Handlers) greetingCoverage(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	p := views.GreetingCoverage{Occasions: occasionOptions(ctx, own, names), Months: views.MonthOptions(ctx), Branches: h.branchOptions(ctx, a.Scope(policy.GreetingRead))}
	q := h.readCoverage(r, p.Occasions)
	p.Year, p.Month, p.Occasion, p.Branch, p.Freight = strconv.Itoa(q.year), numberText(int64(q.month)), q.Occasion, idText(q.Branch), a.Can(policy.WaybillRead)
	for y, this := h.todayDay().Year()+1, h.todayDay().Year(); y >= this-5; y-- {
		p.Years = append(p.Years, ui.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
	}
	some := false
	for _, part := range coverageParts(ctx) {
		lines, err := h.coverageLines(ctx, a, part.by, q, names)
		if err != nil {
			return err
		}
		some = some || len(lines) > 0
		p.Parts = append(p.Parts, views.CoveragePart{Title: part.title, Head: part.head, Rows: coverageRows(part.by, q, lines)})
	}
	if some && a.Can(policy.CustomerExport) {
		p.Book = "/greetings/coverage/export?" + q.values().Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "问候到了多少"), body: views.GreetingFigures(p), active: "/greetings"})
}

// coveragePart is a table of the figures: what it tells them apart by.
type coveragePart struct{ by, title, head string }

func coverageParts(ctx context.Context) []coveragePart {
	return []coveragePart{
		{db.FiguresByClass, lang.T(ctx, "按分级"), lang.T(ctx, "分级")}, {db.FiguresByBranch, lang.T(ctx, "按网点"), lang.T(ctx, "网点")},
		{db.FiguresByOccasion, lang.T(ctx, "按节日"), lang.T(ctx, "节日")}, {db.FiguresByMonth, lang.T(ctx, "按月"), lang.T(ctx, "月")},
		{db.FiguresByMeans, lang.T(ctx, "按怎么问候的"), lang.T(ctx, "怎么问候的")}, {db.FiguresByPerson, lang.T(ctx, "按人"), lang.T(ctx, "谁来办")},
	}
}

// coverageLine is one line of a table.
type coverageLine struct {
	db.GreetingFigure
	name    string
	freight int64 // fen
}

// coverageLines are the figures of one table, named.
func (h *Handlers) coverageLines(ctx context.Context, a policy.Actor, by string, q coverageQuery, names map[string]string) ([]coverageLine, error) {
	scope := a.Scope(policy.GreetingRead)
	list, err := h.db.GreetingFigures(ctx, scope, by, q.GreetingSpan)
	if err != nil {
		return nil, err
	}
	var freight map[string]int64
	if a.Can(policy.WaybillRead) && len(list) > 0 {
		if freight, err = h.db.GreetedFreight(ctx, scope, a.Scope(policy.WaybillRead), by, q.GreetingSpan); err != nil {
			return nil, err
		}
	}
	if by == db.FiguresByClass { // those without a class last
		slices.SortStableFunc(list, func(x, y db.GreetingFigure) int {
			return slices.Index(greeting.Classes, x.Key) - slices.Index(greeting.Classes, y.Key)
		})
	}
	var out []coverageLine
	for _, f := range list {
		line := coverageLine{GreetingFigure: f, name: f.Key, freight: freight[f.Key]}
		switch by {
		case db.FiguresByBranch:
			line.name = h.db.BranchName(db.ParseID(f.Key))
		case db.FiguresByClass:
			line.name = views.ClassLabel(ctx, f.Key)
		case db.FiguresByOccasion:
			line.name = views.OccasionWord(ctx, f.Key, names)
		case db.FiguresByMeans:
			line.name = cmp.Or(views.MeansWord(ctx, f.Key), f.Key)
		case db.FiguresByPerson:
			if line.name, err = h.personName(ctx, db.ParseID(f.Key)); err != nil {
				return nil, err
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// coverageRows are the lines of a table as its page shows them.
func coverageRows(by string, q coverageQuery, lines []coverageLine) []views.CoverageRow {
	var out []views.CoverageRow
	for _, f := range lines {
		row := views.CoverageRow{Name: f.name, All: f.All, Done: f.Done, Skipped: f.Skipped, Open: f.Open(), Budget: yuanColumn(f.Budget), Spent: yuanColumn(f.Spent), Freight: yuanColumn(f.freight),
			Href: q.list(by, f.Key, "all"), DoneHref: q.list(by, f.Key, db.GreetingDone), SkippedHref: q.list(by, f.Key, db.GreetingSkipped), OpenHref: q.list(by, f.Key, db.GreetingOpen),
			OfBudget: share(f.Spent, f.Budget), OfFreight: share(f.Spent, f.freight)}
		if f.All > 0 {
			row.Share = strconv.FormatInt(f.Done*100/f.All, 10) + "%"
		}
		out = append(out, row)
	}
	return out
}

// greetingCoverageExport writes all tables of the page into one sheet, as
// numbers that can be added up.
func (h *Handlers) greetingCoverageExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if a.Scope(policy.GreetingRead).Empty() {
		return db.ErrRefused
	}
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	q, money := h.readCoverage(r, occasionOptions(ctx, own, names)), a.Can(policy.WaybillRead)
	heads := []string{lang.T(ctx, "表"), lang.T(ctx, "名称"), lang.T(ctx, "要问候"), lang.T(ctx, "已问候"), lang.T(ctx, "不问候"), lang.T(ctx, "还没问候"), lang.T(ctx, "到了（百分比）"),
		lang.T(ctx, "预算"), lang.T(ctx, "花了"), lang.T(ctx, "占预算（百分比）")}
	if money {
		heads = append(heads, lang.T(ctx, "客户运费"), lang.T(ctx, "占运费（百分比）"))
	}
	var rows [][]sheet.Cell
	for _, part := range coverageParts(ctx) {
		lines, err := h.coverageLines(ctx, a, part.by, q, names)
		if err != nil {
			return err
		}
		for _, f := range lines {
			rows = append(rows, coverageCells(part, f, money))
		}
	}
	return h.sendCells(w, r, "greetings.coverage.export", "coverage-"+q.From[:7], lang.T(ctx, "问候到了多少"), "/greetings/coverage?"+q.values().Encode(), heads, rows)
}

// coverageCells is a row of the workbook; a share of nothing is left empty.
func coverageCells(part coveragePart, f coverageLine, money bool) []sheet.Cell {
	count := func(n int64) sheet.Cell { return sheet.NumberOf(float64(n)) }
	yuan := func(fen int64) sheet.Cell { return sheet.NumberOf(float64(fen) / 100) }
	of := func(some, all int64) sheet.Cell {
		if all <= 0 {
			return sheet.TextOf("")
		}
		return sheet.NumberOf(float64(some*1000/all) / 10)
	}
	row := []sheet.Cell{sheet.TextOf(part.title), sheet.TextOf(f.name), count(f.All), count(f.Done), count(f.Skipped), count(f.Open()), of(f.Done, f.All), yuan(f.Budget), yuan(f.Spent), of(f.Spent, f.Budget)}
	if money {
		row = append(row, yuan(f.freight), of(f.Spent, f.freight))
	}
	return row
}

// share is a part of a whole in percent with a tenth; "" of nothing.
func share(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return strconv.FormatFloat(float64(part*1000/whole)/10, 'f', 1, 64) + "%"
}
