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
	for _, part := range []struct{ by, title, head string }{
		{db.FiguresByClass, lang.T(ctx, "按分级"), lang.T(ctx, "分级")}, {db.FiguresByBranch, lang.T(ctx, "按网点"), lang.T(ctx, "网点")},
		{db.FiguresByOccasion, lang.T(ctx, "按节日"), lang.T(ctx, "节日")}, {db.FiguresByMonth, lang.T(ctx, "按月"), lang.T(ctx, "月")},
		{db.FiguresByMeans, lang.T(ctx, "按怎么问候的"), lang.T(ctx, "怎么问候的")}, {db.FiguresByPerson, lang.T(ctx, "按人"), lang.T(ctx, "谁来办")},
	} {
		rows, err := h.coverageRows(ctx, a, part.by, q, names)
		if err != nil {
			return err
		}
		p.Parts = append(p.Parts, views.CoveragePart{Title: part.title, Head: part.head, Rows: rows})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "问候到了多少"), body: views.GreetingFigures(p), active: "/greetings"})
}

func (h *Handlers) coverageRows(ctx context.Context, a policy.Actor, by string, q coverageQuery, names map[string]string) ([]views.CoverageRow, error) {
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
	var out []views.CoverageRow
	for _, f := range list {
		row := views.CoverageRow{All: f.All, Done: f.Done, Skipped: f.Skipped, Open: f.Open(), Budget: yuanColumn(f.Budget), Spent: yuanColumn(f.Spent), Freight: yuanColumn(freight[f.Key]),
			Href: q.list(by, f.Key, "all"), DoneHref: q.list(by, f.Key, db.GreetingDone), SkippedHref: q.list(by, f.Key, db.GreetingSkipped), OpenHref: q.list(by, f.Key, db.GreetingOpen)}
		switch by {
		case db.FiguresByBranch:
			row.Name = h.db.BranchName(db.ParseID(f.Key))
		case db.FiguresByClass:
			row.Name = views.ClassLabel(ctx, f.Key)
		case db.FiguresByOccasion:
			row.Name = views.OccasionWord(ctx, f.Key, names)
		case db.FiguresByMeans:
			row.Name = cmp.Or(views.MeansWord(ctx, f.Key), f.Key)
		case db.FiguresByPerson:
			if row.Name, err = h.personName(ctx, db.ParseID(f.Key)); err != nil {
				return nil, err
			}
		default:
			row.Name = f.Key
		}
		if f.All > 0 {
			row.Share = strconv.FormatInt(f.Done*100/f.All, 10) + "%"
		}
		row.OfBudget, row.OfFreight = share(f.Spent, f.Budget), share(f.Spent, freight[f.Key])
		out = append(out, row)
	}
	return out, nil
}

// share is a part of a whole in percent with a tenth; "" of nothing.
func share(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return strconv.FormatFloat(float64(part*1000/whole)/10, 'f', 1, 64) + "%"
}
