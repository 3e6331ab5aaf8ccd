package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// missingQuery is what the address of the statements that are missing says.
type missingQuery struct {
	monthQuery
	day day.Day // of the statements to be written
}

// readMissing reads the month of the address as readMonth does, but none that is
// not over; and the day of the statements, today unless it names one since then.
func (h *Handlers) readMissing(r *http.Request, said string) missingQuery {
	q := missingQuery{h.readMonth(r), h.todayDay()}
	if q.first.MonthEnd() >= h.todayDay() {
		q.first = h.todayDay().MonthStart().AddMonths(-1)
		q.Month = q.first.String()[:7]
	}
	if d, err := day.Parse(said); err == nil && d >= q.first.MonthEnd() && d <= h.todayDay() {
		q.day = d
	}
	return q
}

func (q missingQuery) missing() string {
	return q.href("/receivables/month/missing", nil) + "&day=" + q.day.String()
}

// monthMissing lists the statements of a month that are still to be written:
// what is seen is what monthBill writes.
func (h *Handlers) monthMissing(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readMissing(r, query(r, "day"))
	list, more, err := h.db.MissingStatements(ctx, a, q.MonthFilter, q.day.String())
	if err != nil {
		return err
	}
	const path = "/receivables/month/missing"
	p := views.MissingList{Month: q.Month, Branch: idText(q.BranchID), Day: q.day.String(), MinDay: q.first.MonthEnd().String(), MaxDay: h.today(), Branches: h.branchOptions(ctx, a.Scope(policy.AccountEdit)),
		Back: q.href("/receivables/month", nil), Prev: q.href(path, func(q *monthQuery) { q.Month = q.first.AddMonths(-1).String()[:7] }), Action: q.href(path, nil), Key: rand.Text(), More: more, Most: db.BillLimit}
	if next := q.first.AddMonths(1); next.MonthEnd() < h.todayDay() {
		p.Next = q.href(path, func(q *monthQuery) { q.Month = next.String()[:7] })
	}
	var parcels, money int64
	for _, m := range list {
		at := "/customers/" + idText(m.CustomerID)
		p.Rows = append(p.Rows, views.MissingLine{Href: at + "/account/sheet?month=" + q.Month, Name: m.Name, Code: m.Code, AccountNo: m.AccountNo, Waybills: views.Thousands(m.Waybills),
			WaybillsHref: at + "/waybills?" + url.Values{"from": {q.first.String()}, "to": {q.first.MonthEnd().String()}, "payment": {waybill.Monthly}}.Encode(),
			Money:        moneyShown(m.Money), Due: m.Due, Pick: idText(m.CustomerID) + ":" + strconv.FormatInt(m.Money, 10)})
		parcels, money = parcels+m.Waybills, money+m.Money
	}
	p.Figures = []ui.StatProps{{Label: lang.T(ctx, "户数"), Value: views.Thousands(int64(len(list)))}, {Label: lang.T(ctx, "月结票数"), Value: views.Thousands(parcels)},
		{Label: lang.T(ctx, "月结运费"), Value: moneyShown(money), Unit: lang.T(ctx, "元")}}
	if p.Acts, err = h.billActs(ctx, a, q); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 缺的对账单", q.Month), body: views.MissingStatements(p), active: "/receivables"})
}

// billActs are the acts of late in which statements were written at once, those
// of any month.
func (h *Handlers) billActs(ctx context.Context, a policy.Actor, q missingQuery) ([]views.BillAct, error) {
	list, err := h.db.BillActs(ctx, a, q.BranchID)
	if err != nil {
		return nil, err
	}
	var out []views.BillAct
	for _, b := range list {
		act := views.BillAct{ID: idText(b.ID), User: b.User, At: views.TimeWord(ctx, time.UnixMilli(b.At), h.db.Now()), Month: b.Month, MonthHref: q.href("/receivables/month", func(q *monthQuery) { q.Month = b.Month }),
			Made: views.Thousands(int64(b.Made)), Money: moneyShown(b.Money)}
		until := db.Day(time.UnixMilli(b.At).AddDate(0, 0, db.UndoDays))
		switch {
		case b.UndoneAt != 0:
			act.State = lang.T(ctx, "%s %s 撤销了", b.UndoneBy, db.Day(time.UnixMilli(b.UndoneAt)))
		case b.Stand == 0:
			act.State = lang.T(ctx, "都改过或作废了，没有可撤销的")
		case !b.Mine:
			act.State = lang.T(ctx, "只有%s能整批撤销，%s 前", b.User, until)
		default:
			act.Undo, act.State = q.href("/receivables/month/unbill", nil)+"&act="+idText(b.ID), lang.T(ctx, "%s 前可以撤销", until)
			if b.Stand < b.Made {
				act.State = lang.T(ctx, "%s 前可以撤销，后来改过的 %d 张不动", until, b.Made-b.Stand)
			}
		}
		out = append(out, act)
	}
	return out, nil
}

// monthBill writes the statements that were ticked.
func (h *Handlers) monthBill(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, q := r.Context(), h.readMissing(r, field(r, "day"))
	b := db.Billing{Month: q.Month, Day: q.day.String(), Fen: map[int64]int64{}}
	for _, said := range r.PostForm["pick"] {
		id, money, _ := strings.Cut(said, ":")
		if n, err := strconv.ParseInt(money, 10, 64); err == nil && db.ParseID(id) != 0 {
			b.Fen[db.ParseID(id)] = n
		}
	}
	f := views.Flash{Kind: "soon"}
	if len(b.Fen) == 0 {
		f.Text = lang.T(ctx, "一位也没有勾。勾上要出单的客户再点。")
		h.flash(r, f)
		h.redirect(w, r, q.missing())
		return nil
	}
	res, err := h.db.BillMonth(ctx, actorOf(r), db.Submission{Key: field(r, "key")}, b)
	if err != nil {
		return err
	}
	switch {
	case res.Made == 0 && res.Act != 0:
		f.Text = lang.T(ctx, "这一批已经出过了")
	case res.Made == 0:
		f.Text = lang.T(ctx, "一张也没有出：金额变了，或别人已经出了单。看看下面现在的数。")
	case res.Kept > 0:
		f.Text = lang.T(ctx, "出了 %d 张对账单，共 %s 元；%d 位没有出：金额变了，或别人已经出了单。", res.Made, moneyShown(res.Money), res.Kept)
	default:
		f.Kind, f.Text = "ok", lang.T(ctx, "出了 %d 张对账单，共 %s 元", res.Made, moneyShown(res.Money))
	}
	if res.Act != 0 {
		f.UndoURL = q.href("/receivables/month/unbill", nil) + "&act=" + idText(res.Act)
	}
	h.flash(r, f)
	h.redirect(w, r, q.missing())
	return nil
}

// monthUnbill takes statements back that were written in one act of one's own.
func (h *Handlers) monthUnbill(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, q := r.Context(), h.readMissing(r, "")
	// From the list a reason is asked for; beside the act itself none is.
	reason, listed := field(r, "reason"), field(r, "listed") != ""
	if utf8.RuneCountInString(reason) > views.MaxVoidReason || listed && reason == "" {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "没有撤销：写明为什么，最多 %d 个字", views.MaxVoidReason)})
		h.redirect(w, r, q.missing()+"#acts")
		return nil
	}
	res, err := h.db.UnbillMonth(ctx, actorOf(r), db.ParseID(query(r, "act")), cmp.Or(reason, lang.T(ctx, "整批撤销")))
	switch {
	case errors.Is(err, db.ErrNotFound):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "已经撤销过，或超过 30 天")})
	case err != nil:
		return err
	case res.Kept > 0:
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "作废了 %d 张对账单；%d 张后来改过，没有动", res.Made, res.Kept)})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "作废了 %d 张对账单", res.Made)})
	}
	h.redirect(w, r, q.missing())
	return nil
}
