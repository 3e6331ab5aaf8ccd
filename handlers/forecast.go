package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/forecast"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	// forecastPage is how many clients a page of what is to come lists.
	forecastPage = 50
	// forecastWide is over how many branches it is worked out at once: beyond it one
	// is to be chosen.
	forecastWide = 30
	// forecastSteady is by what part of the level, in per cent, a month has to differ
	// to be called more or less.
	forecastSteady = 20
)

// forecastQuery is what the address of what is to come says.
type forecastQuery struct {
	branch, show string
	page         int
}

func readForecast(r *http.Request) forecastQuery {
	q := forecastQuery{branch: idText(db.ParseID(query(r, "branch"))), page: 1}
	if s := query(r, "show"); slices.Contains(views.ForecastShows, s) {
		q.show = s
	}
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		q.page = n
	}
	return q
}

func (q forecastQuery) href(path string, change func(*forecastQuery)) string {
	q.page = 1
	change(&q)
	v := url.Values{}
	for name, value := range map[string]string{"branch": q.branch, "show": q.show} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// forecastClient is what a client is to send.
type forecastClient struct {
	id int64
	forecast.Forecast
}

// comes is "more", "less" or "" for much as before.
func comes(f forecast.Forecast) string {
	switch n := f.Change() * 100; {
	case float64(n) >= f.Level*forecastSteady:
		return "more"
	case float64(n) <= -f.Level*forecastSteady:
		return "less"
	}
	return ""
}

// forecasts is what the clients of a place are to send in a month.
type forecasts struct {
	month, last, through day.Day // the month looked at, the last whole one, the last day with parcels
	wide                 bool    // too many branches for one page
	all, shown           []forecastClient
}

// forecastOf works out what the address asks for, of the clients whose parcels
// the scope sees.
func (h *Handlers) forecastOf(ctx context.Context, a policy.Actor, q forecastQuery) (f forecasts, err error) {
	scope, branch := a.Scope(policy.WaybillRead), db.ParseID(q.branch)
	place := branch
	if place == 0 && !scope.Company() {
		place = a.Branch
	}
	var ahead int
	if f.month, f.last, f.through, ahead, err = h.forecastMonths(ctx, place); err != nil || !f.last.Valid() || ahead > forecast.MostAhead {
		return f, err
	}
	if f.wide = h.db.PlacesWithin(scope, branch) > forecastWide; f.wide {
		return f, nil
	}
	list, err := h.db.MonthlyPieces(ctx, scope, branch, f.last.AddMonths(1-forecast.Known), forecast.Known)
	if err != nil {
		return f, err
	}
	for _, c := range list {
		x, ok := forecast.Of(c.Months, ahead)
		if !ok || x.Pieces == 0 && x.Change() == 0 { // a parcel now and then is nothing to prepare for
			continue
		}
		f.all = append(f.all, forecastClient{c.ID, x})
		if q.show == "" || q.show == comes(x) {
			f.shown = append(f.shown, f.all[len(f.all)-1])
		}
	}
	slices.SortFunc(f.shown, func(a, b forecastClient) int {
		return cmp.Or(cmp.Compare(max(b.Change(), -b.Change()), max(a.Change(), -a.Change())), cmp.Compare(b.Pieces, a.Pieces), cmp.Compare(a.id, b.id))
	})
	return f, nil
}

// forecastMonths are the first days of the month that is looked at at a place,
// the next one, and of the last month that is whole in what is known of its
// parcels; how many months lie between; and the last day with parcels.
func (h *Handlers) forecastMonths(ctx context.Context, place int64) (month, last, through day.Day, ahead int, err error) {
	today := h.todayDay()
	month = today.MonthStart().AddMonths(1)
	if _, last, through, err = h.db.CoreMonths(ctx, place, today); err != nil || !through.Valid() {
		return month, 0, 0, 0, err
	}
	for m := last; m < month && ahead <= forecast.MostAhead; m = m.AddMonths(1) {
		ahead++
	}
	return month, last, through, ahead, nil
}

// clientForecast says what one client is to send next month, in words; "" when
// nothing can be said.
func (h *Handlers) clientForecast(ctx context.Context, c db.Customer, list []db.Month) (out views.ClientForecast, err error) {
	month, last, through, ahead, err := h.forecastMonths(ctx, c.BranchID)
	if err != nil || !through.Valid() {
		return out, err
	}
	by := map[string]int64{}
	first := last.AddMonths(1 - forecast.Known)
	for _, m := range list {
		by[m.Month] = m.Pieces
	}
	first = max(first, h.todayDay().MonthStart().AddMonths(-23)) // those that twoYears read
	var months []int64
	for m := first; m <= last; m = m.AddMonths(1) {
		months = append(months, by[m.String()[:7]])
	}
	f, ok := forecast.Of(months, ahead)
	if !ok {
		return out, nil
	}
	return views.ForecastSaid(ctx, month.String()[:7], f), nil
}

// forecastList shows who is to send how much next month: most change first.
func (h *Handlers) forecastList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readForecast(r)
	f, err := h.forecastOf(ctx, a, q)
	if err != nil {
		return err
	}
	p := views.ForecastPage{Branch: q.branch, Show: q.show, Branches: h.branchOptions(ctx, a.Scope(policy.WaybillRead)), Month: f.month.String()[:7], Known: len(f.all) > 0, Wide: f.wide}
	if f.through.Valid() {
		p.Through = lang.T(ctx, "运单到 %s", f.through.String())
	}
	if p.Known {
		p.Figures = forecastFigures(ctx, q, f)
	}
	if a.Can(policy.CustomerExport) && len(f.shown) > 0 {
		p.XLSX = q.href("/forecast/export", func(*forecastQuery) {})
	}
	from := min((q.page-1)*forecastPage, len(f.shown))
	to := min(from+forecastPage, len(f.shown))
	names, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), forecastIDs(f.shown[from:to]))
	if err != nil {
		return err
	}
	for _, x := range f.shown[from:to] {
		c := names[x.id]
		p.Rows = append(p.Rows, views.ForecastLine{Href: "/customers/" + idText(x.id) + "/shipping", Name: c.Name, Class: c.Class, Owner: c.Owner, Moved: comes(x.Forecast),
			Pieces: views.Thousands(x.Pieces), Level: views.Thousands(x.Pieces - x.Change()), Change: signedPieces(x.Change()), Season: views.SeasonWord(ctx, x.Forecast), Off: views.ForecastOff(x.Forecast)})
	}
	p.Pager.Text = lang.T(ctx, "共 %s 位", views.Thousands(int64(len(f.shown))))
	if q.page > 1 {
		p.Pager.First = q.href("/forecast", func(*forecastQuery) {})
		p.Pager.Prev = q.href("/forecast", func(n *forecastQuery) { n.page = q.page - 1 })
	}
	if to < len(f.shown) {
		p.Pager.Next = q.href("/forecast", func(n *forecastQuery) { n.page = q.page + 1 })
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "下月预计"), body: views.Forecast(p), active: "/forecast"})
}

// forecastFigures are the sums of a place: all of its clients, whatever is shown.
func forecastFigures(ctx context.Context, q forecastQuery, f forecasts) []ui.StatProps {
	var sum, level int64
	var tested forecast.Forecast
	n := map[string]int64{}
	for _, x := range f.all {
		sum += x.Pieces
		level += x.Pieces - x.Change()
		n[comes(x.Forecast)]++
		if x.Months > 0 {
			tested.Months, tested.Off, tested.Came = 1, tested.Off+x.Off, tested.Came+x.Came
		}
	}
	change := ""
	if sum != level {
		change = percentMoved(ctx, sum, level)
	}
	out := []ui.StatProps{
		{Label: lang.T(ctx, "%s 大约", f.month.String()[:7]), Value: views.Thousands(sum), Unit: lang.T(ctx, "件"), Note: change},
		{Label: lang.T(ctx, "近三个月月均"), Value: views.Thousands(level), Unit: lang.T(ctx, "件"), Note: lang.T(ctx, "到 %s", f.last.String()[:7])},
		{Label: lang.T(ctx, "要多寄的"), Value: views.Thousands(n["more"]), Unit: lang.T(ctx, "位"), Href: q.href("/forecast", func(q *forecastQuery) { q.show = "more" })},
		{Label: lang.T(ctx, "要少寄的"), Value: views.Thousands(n["less"]), Unit: lang.T(ctx, "位"), Href: q.href("/forecast", func(q *forecastQuery) { q.show = "less" })},
	}
	if off := views.ForecastOff(tested); off != "" {
		out = append(out, ui.StatProps{Label: lang.T(ctx, "过去这样估，差"), Value: off, Note: lang.T(ctx, "按每位客户最近 %d 个月算", forecast.Tested)})
	}
	return out
}

func forecastIDs(list []forecastClient) []int64 {
	ids := make([]int64, len(list))
	for i, x := range list {
		ids[i] = x.id
	}
	return ids
}

func signedPieces(n int64) string {
	switch {
	case n > 0:
		return "+" + views.Thousands(n)
	case n < 0:
		return "−" + views.Thousands(-n)
	}
	return "0"
}

// forecastExport writes what the page lists, all of it.
func (h *Handlers) forecastExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readForecast(r)
	back := q.href("/forecast", func(*forecastQuery) {})
	if a.Scope(policy.WaybillRead).Empty() {
		return db.ErrRefused
	}
	f, err := h.forecastOf(ctx, a, q)
	if err != nil {
		return err
	}
	if len(f.shown) > mostExported {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)})
		h.redirect(w, r, back)
		return nil
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), forecastIDs(f.shown))
	if err != nil {
		return err
	}
	heads := []string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点"), lang.T(ctx, "%s 大约", f.month.String()[:7]), lang.T(ctx, "近三个月月均"), lang.T(ctx, "变化"), lang.T(ctx, "去年淡旺季"), lang.T(ctx, "过去这样估，差")}
	var rows [][]sheet.Cell
	var customers []int64
	for _, x := range f.shown {
		c, ok := names[x.id]
		if !ok {
			continue
		}
		customers = append(customers, x.id)
		rows = append(rows, []sheet.Cell{sheet.TextOf(c.Code), sheet.TextOf(c.Name), sheet.TextOf(c.Class), sheet.TextOf(c.Owner), sheet.TextOf(h.db.BranchName(c.BranchID)), sheet.NumberOf(float64(x.Pieces)),
			sheet.NumberOf(float64(x.Pieces - x.Change())), sheet.NumberOf(float64(x.Change())), sheet.TextOf(views.SeasonWord(ctx, x.Forecast)), sheet.TextOf(views.ForecastOff(x.Forecast))})
	}
	return h.sendCells(w, r, "forecast.export", "forecast-"+f.month.String()[:7], lang.T(ctx, "下月预计"), back, heads, rows, customers...)
}
