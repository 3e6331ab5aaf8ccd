package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/shipping"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// shareRows is how many lines a table of shares has.
const shareRows = 10

// customerShipping is what a client's parcels tell of its habits.
func (h *Handlers) customerShipping(w http.ResponseWriter, r *http.Request) error {
	return h.showShipping(w, r, http.StatusOK, nil)
}

// showShipping shows the profile; typed is a mark that was not saved.
func (h *Handlers) showShipping(w http.ResponseWriter, r *http.Request, status int, typed *views.TimePart) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err == nil && !h.may(a, policy.WaybillRead, c) {
		err = db.ErrRefused
	}
	if err != nil {
		return err
	}
	list, err := h.twoYears(ctx, c)
	if err != nil {
		return err
	}
	today := h.todayDay()
	judged, mark, err := h.db.Timing(ctx, c, today)
	if err != nil {
		return err
	}
	from := today.MonthStart().AddMonths(1 - monthsOfChart)
	var year []shipping.Month
	for i := range list {
		if start, _ := day.Parse(list[i].Month + "-01"); start >= from {
			year = append(year, shipping.Month{Start: start, Pieces: list[i].Pieces, Habits: &list[i].Habits})
		}
	}
	shape := shipping.Of(year, today)
	q := waybillQuery{path: "/customers/" + idText(id) + "/waybills"}
	p := views.ShippingPage{ID: idText(id), Name: c.Name, Client: *h.clientMonths(ctx, c, q, list), WaybillsHref: q.path}
	p.Charts = h.shippingCharts(ctx, list, shape)
	q.From = from.String()
	p.Mixes = shippingMixes(ctx, shape, q)
	p.Facts = h.shippingFacts(ctx, shape)
	if p.Forecast, err = h.clientForecast(ctx, c, list); err != nil {
		return err
	}
	if p.Complaints, err = h.complaintPart(ctx, a, c, list, from); err != nil {
		return err
	}
	if p.Time, err = h.timePart(ctx, a, c, judged, mark); err != nil {
		return err
	}
	if typed != nil {
		p.Time.Mark, p.Time.Reason, p.Time.Errors = typed.Mark, typed.Reason, typed.Errors
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "%s 的寄件习惯", c.Name), body: views.Shipping(p), active: "/customers", scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// shippingCharts are the pieces by month beside last year's, by weekday, and by
// hour where hours are known.
func (h *Handlers) shippingCharts(ctx context.Context, list []db.Month, shape shipping.Profile) []chart.Bars {
	by := map[string]int64{}
	for _, m := range list {
		by[m.Month] = m.Pieces
	}
	label := lang.T(ctx, "看数字")
	months := chart.Bars{ID: "ship-months", Title: lang.T(ctx, "每月件量"), Sub: lang.T(ctx, "旁边是去年同月"), Label: lang.T(ctx, "月份"), Value: lang.T(ctx, "近 12 个月"), Beside: lang.T(ctx, "去年同月"), Table: label}
	first := h.todayDay().MonthStart().AddMonths(1 - monthsOfChart)
	for i := range monthsOfChart {
		m := first.AddMonths(i)
		months.Labels = append(months.Labels, m.String()[2:7])
		months.Counts = append(months.Counts, by[m.String()[:7]])
		months.BesideCounts = append(months.BesideCounts, by[m.AddMonths(-12).String()[:7]])
	}
	week := chart.Bars{ID: "ship-week", Title: lang.T(ctx, "周几发"), Sub: lang.T(ctx, "近 12 个月的件数"), Label: lang.T(ctx, "周几"), Value: lang.T(ctx, "件数"), Table: label}
	for i, n := range shape.Weekdays {
		week.Labels, week.Counts = append(week.Labels, views.WeekdayShort(ctx, i)), append(week.Counts, n)
	}
	out := []chart.Bars{months, week}
	if shape.Timed > 0 {
		hours := chart.Bars{ID: "ship-hours", Title: lang.T(ctx, "几点发"), Label: lang.T(ctx, "几点"), Value: lang.T(ctx, "件数"), Table: label,
			Sub: lang.T(ctx, "近 12 个月里知道时间的 %d 件，共 %d 件", shape.Timed, shape.Pieces)}
		for i, n := range shape.Hours {
			hours.Labels, hours.Counts = append(hours.Labels, strconv.Itoa(i)), append(hours.Counts, n)
		}
		out = append(out, hours)
	}
	return out
}

// shippingMixes are the tables of shares; a product and a way to pay lead to
// their parcels.
func shippingMixes(ctx context.Context, shape shipping.Profile, q waybillQuery) []views.ShippingMix {
	where := func(code string) string {
		if p, ok := place.Path(code); ok {
			return p.Name()
		}
		return lang.T(ctx, "没有写明")
	}
	word := func(say func(context.Context, string) string) func(string) string {
		return func(w string) string {
			if w == "" {
				return lang.T(ctx, "没有写明")
			}
			return say(ctx, w)
		}
	}
	list := func(name string) func(string) string {
		return func(w string) string {
			if w == "" {
				return ""
			}
			v := url.Values{"from": {q.From}, name: {w}}
			return q.path + "?" + v.Encode()
		}
	}
	mix := func(id, title, label string, counts shipping.Counts, say, href func(string) string) views.ShippingMix {
		m := views.ShippingMix{ID: id, Title: title, Label: label}
		rest := int64(0)
		for i, k := range counts {
			if i >= shareRows {
				rest += k.N
				continue
			}
			row := views.ShippingShare{Label: say(k.Key), Pieces: views.Thousands(k.N), Share: percent(k.N, shape.Pieces)}
			if href != nil {
				row.Href = href(k.Key)
			}
			m.Rows = append(m.Rows, row)
		}
		if rest > 0 {
			m.More = lang.T(ctx, "其余 %d 处共 %d 件", len(counts)-shareRows, rest)
		}
		return m
	}
	return []views.ShippingMix{
		mix("to-province", lang.T(ctx, "寄往的省"), lang.T(ctx, "省"), shape.Provinces, where, nil),
		mix("to-city", lang.T(ctx, "寄往的市"), lang.T(ctx, "市"), shape.Cities, where, nil),
		mix("products", lang.T(ctx, "产品"), lang.T(ctx, "产品"), shape.Products, word(views.ProductWord), list("product")),
		mix("payments", lang.T(ctx, "付款"), lang.T(ctx, "付款"), shape.Payments, word(views.PaymentWord), list("payment")),
	}
}

// percent is a share with one place.
func percent(n, of int64) string {
	if of == 0 {
		return "–"
	}
	return strconv.FormatFloat(float64(n)*100/float64(of), 'f', 1, 64) + "%"
}

// shippingFacts say how regularly a client comes back.
func (h *Handlers) shippingFacts(ctx context.Context, shape shipping.Profile) []views.Fact {
	if shape.ShippingDays == 0 {
		return nil
	}
	express := shape.Products.Of(waybill.Express) + shape.Products.Of(waybill.SameDay)
	out := []views.Fact{{Label: lang.T(ctx, "时效件占比"), Value: percent(express, shape.Pieces)}, {Label: lang.T(ctx, "复购：有件的月份"), Value: lang.T(ctx, "%d 个月里有 %d 个月（%s）", shape.Of, shape.Active, percent(int64(shape.Active), int64(shape.Of)))},
		{Label: lang.T(ctx, "发件的日子"), Value: lang.T(ctx, "%d 天", shape.ShippingDays)}}
	if shape.Gap > 0 {
		out = append(out, views.Fact{Label: lang.T(ctx, "通常隔"), Value: lang.T(ctx, "%d 天", shape.Gap)})
	}
	return append(out, views.Fact{Label: lang.T(ctx, "最近一次"), Value: shape.Last.String()})
}

func (h *Handlers) timePart(ctx context.Context, a policy.Actor, c db.Customer, judged shipping.Timing, mark db.TimeMark) (views.TimePart, error) {
	p := views.TimePart{Sensitive: judged.Sensitive, Text: views.TimeSaid(ctx, judged), Version: strconv.FormatInt(mark.Version, 10), Mark: "auto",
		CanEdit: h.may(a, policy.CustomerEdit, c), Errors: ui.Errors{}}
	if mark.Mark != shipping.NoMark {
		p.Mark = string(mark.Mark)
		p.Marked = lang.T(ctx, "%s，%s：%s", mark.User, db.Day(time.UnixMilli(mark.At)), mask.Text(mark.Reason, h.maskFor(a, c)))
	}
	if judged.Late == 0 {
		return p, nil
	}
	p.Late = views.LateSaid(ctx, judged)
	if !h.may(a, policy.CaseRead, c) {
		return p, nil
	}
	var err error
	p.LateHref, err = h.lateHref(ctx, c, judged.Since(h.todayDay()))
	return p, err
}

// customerTime writes down that time matters to a client, or not.
func (h *Handlers) customerTime(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerEdit)
	if err != nil {
		return err
	}
	ctx := r.Context()
	typed := views.TimePart{Mark: field(r, "mark"), Reason: field(r, "reason"), Errors: ui.Errors{}}
	var mark shipping.Mark
	switch typed.Mark {
	case "yes", "no":
		mark = shipping.Mark(typed.Mark)
		checkText(ctx, typed.Errors, "reason", typed.Reason, 200)
	case "auto":
	default:
		typed.Errors.Add("mark", lang.T(ctx, "请选一个"))
	}
	if utf8.RuneCountInString(typed.Reason) > 200 {
		typed.Errors.Add("reason", lang.T(ctx, "最多 %d 个字", 200))
	}
	if typed.Errors.Any() {
		return h.showShipping(w, r, http.StatusUnprocessableEntity, &typed)
	}
	version, _ := formInt(r, "version")
	err = h.db.SetTimeMark(ctx, actorOf(r), id, version, mark, typed.Reason)
	if errors.Is(err, db.ErrConflict) {
		typed.Errors.Add("", lang.T(ctx, "刚才有人改过，请看过再记一次。"))
		return h.showShipping(w, r, http.StatusConflict, &typed)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "记下了")})
	h.redirect(w, r, "/customers/"+idText(id)+"/shipping#time")
	return nil
}
