package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/policy/tracking"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// waybillQuery is what the address of a list of parcels says.
type waybillQuery struct {
	db.WaybillFilter
	path string
}

func readWaybillQuery(r *http.Request, path string) waybillQuery {
	q := waybillQuery{path: path}
	known := func(list []string, name string) string {
		if w := query(r, name); slices.Contains(list, w) {
			return w
		}
		return ""
	}
	asDay := func(name string) string {
		if d, err := day.Parse(query(r, name)); err == nil {
			return d.String()
		}
		return ""
	}
	q.Number = numberTyped(query(r, "number"))
	q.From, q.To = asDay("from"), asDay("to")
	q.BranchID, q.CustomerID, q.SenderID = db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer")), db.ParseID(query(r, "sender"))
	q.Owner, q.Picker = db.ParseID(query(r, "owner")), db.ParseID(query(r, "picker"))
	q.Unbound = query(r, "unbound") == "1"
	q.Flag = known(tracking.Flags(), "flagged")
	q.Flagged = q.Flag != "" || query(r, "flagged") == "1"
	q.Product, q.Payment, q.State = known(append(waybill.Products(), db.AnyUnknown), "product"), known(waybill.Payments(), "payment"), known(waybill.States(), "state")
	if code := query(r, "province"); code == db.AnyUnknown {
		q.Province = code
	} else if p, ok := place.ByCode(code); ok && p.Level == place.Province {
		q.Province = code
	}
	if at, id, ok := strings.Cut(query(r, "at"), "_"); ok {
		if d, err := day.Parse(at); err == nil {
			q.At, q.Back = db.WaybillKey{Day: d.String(), ID: db.ParseID(id)}, query(r, "back") == "1"
		}
	}
	return q
}

// numberTyped is what somebody typed as the beginning of a number: letters and
// digits of it.
func numberTyped(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, phone.Fold(s))
}

// values are the address of a list without its place in the pages.
func (q waybillQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"number": q.Number, "from": q.From, "to": q.To, "branch": idText(q.BranchID), "sender": idText(q.SenderID), "owner": idText(q.Owner), "picker": idText(q.Picker),
		"product": q.Product, "payment": q.Payment, "state": q.State, "province": q.Province} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.path == "/waybills" && q.CustomerID != 0 {
		v.Set("customer", idText(q.CustomerID))
	}
	if q.Unbound {
		v.Set("unbound", "1")
	}
	if q.Flagged {
		v.Set("flagged", q.flagged())
	}
	return v
}

// flagged is the address's word for which parcels that ask for somebody are
// listed, "" for all parcels.
func (q waybillQuery) flagged() string {
	switch {
	case q.Flag != "":
		return q.Flag
	case q.Flagged:
		return "1"
	}
	return ""
}

func (q waybillQuery) href() string {
	v := q.values()
	if q.At.ID != 0 {
		v.Set("at", q.At.Day+"_"+idText(q.At.ID))
		if q.Back {
			v.Set("back", "1")
		}
	}
	if len(v) == 0 {
		return q.path
	}
	return q.path + "?" + v.Encode()
}

// waybillList is the list of all parcels within reach.
func (h *Handlers) waybillList(w http.ResponseWriter, r *http.Request) error {
	q := readWaybillQuery(r, "/waybills")
	p, err := h.waybillRows(r, q)
	if err != nil {
		return err
	}
	if a := actorOf(r); a.Can(policy.WaybillEdit) {
		p.Senders, p.Tracks = "/waybills/senders", "/waybills/tracking"
		if a.Can(policy.ImportRun) {
			p.Import = "/imports/new?kind=" + db.ImportWaybills
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "运单"), body: views.Waybills(p), active: "/waybills"})
}

// customerWaybills are the months and the parcels of one client.
func (h *Handlers) customerWaybills(w http.ResponseWriter, r *http.Request) error {
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
	q := readWaybillQuery(r, "/customers/"+idText(id)+"/waybills")
	q.CustomerID, q.SenderID, q.BranchID, q.Unbound = id, 0, 0, false
	p, err := h.waybillRows(r, q)
	if err != nil {
		return err
	}
	p.Filter.Branches, p.Filter.Customer = nil, ""
	p.Habits = "/customers/" + idText(id) + "/shipping"
	if p.Client, err = h.waybillClient(ctx, c, q); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 的运单", c.Name), body: views.Waybills(p), active: "/customers"})
}

// waybillClient is what a client sent, month by month, this year beside the one
// before.
func (h *Handlers) waybillClient(ctx context.Context, c db.Customer, q waybillQuery) (*views.WaybillClient, error) {
	list, err := h.twoYears(ctx, c)
	if err != nil {
		return nil, err
	}
	return h.clientMonths(ctx, c, q, list), nil
}

// twoYears are the months that a client's year and the one before are made of.
func (h *Handlers) twoYears(ctx context.Context, c db.Customer) ([]db.Month, error) {
	today := h.todayDay()
	return h.db.CustomerMonths(ctx, c, today.MonthStart().AddMonths(-23).String()[:7], today.String()[:7])
}

// clientMonths puts the months of two years beside each other.
func (h *Handlers) clientMonths(ctx context.Context, c db.Customer, q waybillQuery, list []db.Month) *views.WaybillClient {
	today := h.todayDay()
	by := map[string]db.Month{}
	for _, m := range list {
		by[m.Month] = m
	}
	out := &views.WaybillClient{Name: c.Name, Href: "/customers/" + idText(c.ID)}
	var year, before db.Month
	since := 0
	for i := range 12 {
		at := today.MonthStart().AddMonths(-i)
		m, last := by[at.String()[:7]], by[at.AddMonths(-12).String()[:7]]
		for _, add := range []struct{ to, of *db.Month }{{&year, &m}, {&before, &last}} {
			add.to.Pieces += add.of.Pieces
			add.to.Freight += add.of.Freight
			add.to.Waybills += add.of.Waybills
			add.to.Signed += add.of.Signed
			add.to.Exceptions += add.of.Exceptions
		}
		line := views.WaybillMonth{Month: at.String()[:7], Pieces: "–", PiecesBefore: "–", Freight: "–", FreightBefore: "–", Average: "–", Exceptions: "–"}
		if last.Waybills > 0 {
			line.PiecesBefore, line.FreightBefore = views.Thousands(last.Pieces), yuanColumn(last.Freight)
		}
		if m.Pieces > 0 {
			line.Average = yuanColumn(m.Freight / m.Pieces)
		}
		if m.Waybills > 0 {
			line.Pieces, line.Freight, line.Exceptions = views.Thousands(m.Pieces), yuanColumn(m.Freight), views.Thousands(m.Exceptions)
			to := waybillQuery{path: q.path}
			to.From, to.To = at.String(), at.MonthEnd().String()
			line.Href = to.href()
		}
		out.Months = append(out.Months, line)
		if m.Waybills+last.Waybills > 0 {
			since = len(out.Months)
		}
	}
	out.Months = out.Months[:since] // a month without parcels in between stays, so that the gap is seen
	share := "–"
	if year.Waybills > 0 {
		share = strconv.FormatFloat(float64(year.Signed)*100/float64(year.Waybills), 'f', 1, 64)
	}
	out.Figures = []ui.StatProps{
		{Label: lang.T(ctx, "近 12 个月件量"), Value: views.Thousands(year.Pieces), Unit: lang.T(ctx, "件")},
		{Label: lang.T(ctx, "近 12 个月运费"), Value: yuanShown(year.Freight), Unit: lang.T(ctx, "元")},
		{Label: lang.T(ctx, "再前 12 个月件量"), Value: views.Thousands(before.Pieces), Unit: lang.T(ctx, "件")},
		{Label: lang.T(ctx, "签收率"), Value: share, Unit: "%"},
		{Label: lang.T(ctx, "异常件"), Value: views.Thousands(year.Exceptions), Unit: lang.T(ctx, "件")},
	}
	return out
}

func (h *Handlers) waybillRows(r *http.Request, q waybillQuery) (views.WaybillList, error) {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.WaybillRead)
	p := views.WaybillList{Printed: h.printed(r.Context(), actorOf(r), actorOf(r).Branch)}
	list, err := h.db.Waybills(ctx, scope, q.WaybillFilter)
	if err != nil {
		return p, err
	}
	n, err := h.db.CountWaybills(ctx, scope, q.WaybillFilter, maxCount+1)
	if err != nil {
		return p, err
	}
	p.Filter = views.WaybillFilterForm{Action: q.path, Number: q.Number, From: q.From, To: q.To, Branch: idText(q.BranchID), Product: q.Product,
		Payment: q.Payment, State: q.State, Customer: idText(q.CustomerID), Unbound: q.Unbound, Province: q.Province, Flagged: q.flagged(), Branches: h.branchOptions(ctx, scope)}
	today := h.today()
	watched, err := h.watched(ctx, q.WaybillFilter, list.Rows)
	if err != nil {
		return p, err
	}
	p.Flagged = q.Flagged
	for _, w := range list.Rows {
		line := views.WaybillLine{Href: "/waybills/" + idText(w.ID), Number: w.Number, Sender: h.senderShown(a, w), To: placeShown(w.Waybill), Receiver: waybill.Hidden(w.Receiver),
			Weight: weightShown(ctx, w.Weight), Freight: yuanColumn(w.Freight), Product: views.ProductWord(ctx, w.Product), Payment: views.PaymentWord(ctx, w.Payment),
			State: views.WaybillStateWord(ctx, w.State), StateKind: views.WaybillStateKind(w.State), Day: views.DayWord(ctx, w.SentDay, today)}
		if w.CustomerID != 0 {
			line.Customer, line.CustomerHref = w.Customer, "/customers/"+idText(w.CustomerID)
		}
		line.Watch = h.watchShown(ctx, watched[w.ID])
		p.Rows = append(p.Rows, line)
	}
	p.Pager.Text = lang.T(ctx, "共 %d 票", n)
	if n > maxCount {
		p.Pager.Text = lang.T(ctx, "超过 %d 票", maxCount)
	}
	turn := func(w db.WaybillRow, back bool) string {
		q := q
		q.At, q.Back = db.WaybillKey{Day: w.SentDay, ID: w.ID}, back
		return q.href()
	}
	if !list.First && len(list.Rows) > 0 {
		start := q
		start.At = db.WaybillKey{}
		p.Pager.First, p.Pager.Prev = start.href(), turn(list.Rows[0], true)
	}
	if !list.Last && len(list.Rows) > 0 {
		p.Pager.Next = turn(list.Rows[len(list.Rows)-1], false)
	}
	if a.Can(policy.CustomerExport) {
		v := q.values()
		if q.CustomerID != 0 {
			v.Set("customer", idText(q.CustomerID))
		}
		p.CSV = "/waybills/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.XLSX = "/waybills/export?" + v.Encode()
	}
	if err := h.waybillFlags(ctx, scope, q, &p); err != nil {
		return p, err
	}
	if q.Flagged && q.CustomerID == 0 {
		if p.Alerts, err = h.alertTallies(ctx, a, q.BranchID); err != nil {
			return p, err
		}
	}
	return p, h.waybillChips(ctx, a, q, &p)
}

func (h *Handlers) waybillChips(ctx context.Context, a policy.Actor, q waybillQuery, p *views.WaybillList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), q.path
	chip := func(label, value string, drop func(*waybillQuery)) {
		if value != "" {
			q := q
			q.At = db.WaybillKey{}
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	if q.path == "/waybills" && q.CustomerID != 0 {
		c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), q.CustomerID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		chip(lang.T(ctx, "客户"), c.Name, func(q *waybillQuery) { q.CustomerID = 0 })
	}
	if q.SenderID != 0 {
		s, err := h.db.WaybillSender(ctx, a.Scope(policy.WaybillRead), q.SenderID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		chip(lang.T(ctx, "寄件人"), s.Name, func(q *waybillQuery) { q.SenderID = 0 })
	}
	if q.Unbound {
		chip(lang.T(ctx, "客户"), lang.T(ctx, "没有认出"), func(q *waybillQuery) { q.Unbound = false })
	}
	if q.Flagged {
		word := lang.T(ctx, "要人办")
		if q.Flag != "" {
			word = views.FlagWord(ctx, q.Flag)
		}
		chip(lang.T(ctx, "提醒"), word, func(q *waybillQuery) { q.Flagged, q.Flag = false, "" })
	}
	if q.Owner != 0 || q.Picker != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.Owner, q.Picker})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁的客户"), names[q.Owner], func(q *waybillQuery) { q.Owner = 0 })
		chip(lang.T(ctx, "谁揽收的"), names[q.Picker], func(q *waybillQuery) { q.Picker = 0 })
	}
	chip(lang.T(ctx, "运单号"), q.Number, func(q *waybillQuery) { q.Number = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *waybillQuery) { q.BranchID = 0 })
	chip(lang.T(ctx, "从"), q.From, func(q *waybillQuery) { q.From = "" })
	chip(lang.T(ctx, "到"), q.To, func(q *waybillQuery) { q.To = "" })
	chip(lang.T(ctx, "状态"), views.WaybillStateWord(ctx, q.State), func(q *waybillQuery) { q.State = "" })
	unknown := func(value, word string) string {
		if value == db.AnyUnknown {
			return lang.T(ctx, "不清楚")
		}
		return word
	}
	chip(lang.T(ctx, "寄往"), unknown(q.Province, placeName(q.Province)), func(q *waybillQuery) { q.Province = "" })
	chip(lang.T(ctx, "产品"), unknown(q.Product, views.ProductWord(ctx, q.Product)), func(q *waybillQuery) { q.Product = "" })
	chip(lang.T(ctx, "付款"), views.PaymentWord(ctx, q.Payment), func(q *waybillQuery) { q.Payment = "" })
	return nil
}

func placeShown(w db.Waybill) string {
	p, _ := place.Path(w.Province)
	if c, ok := place.Path(w.City); ok {
		p = c
	}
	return p.Name()
}

func weightShown(ctx context.Context, grams int64) string {
	if grams == 0 {
		return ""
	}
	return lang.T(ctx, "%s 公斤", strconv.FormatFloat(float64(grams)/1000, 'f', -1, 64))
}

// senderShown is who sent a parcel that is nobody's: a person's name in full
// only for whom nothing is masked.
func (h *Handlers) senderShown(a policy.Actor, w db.WaybillRow) string {
	if w.Sender != "" {
		return w.Sender
	}
	if h.db.MaskFor(a, w.BranchID, w.OwnerID, w.ClerkID) == mask.Full {
		return w.SenderContact
	}
	return waybill.Hidden(w.SenderContact)
}

// waybillShow is the page of one parcel. Who gets it is a stranger to us: name
// and number are hidden from everybody.
func (h *Handlers) waybillShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	x, err := h.db.Waybill(ctx, a.Scope(policy.WaybillRead), id)
	if err != nil {
		return err
	}
	level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
	person := func(name string) string {
		if level == mask.Full {
			return name
		}
		return waybill.Hidden(name)
	}
	number := func(n string, level mask.Level) string {
		if strings.Contains(n, "*") { // the carrier shows no more of it
			return n
		}
		return shownPhone(n, level)
	}
	at := func(ms int64, dayOnly bool) string {
		switch {
		case ms == 0:
			return ""
		case dayOnly:
			return db.Day(time.UnixMilli(ms))
		}
		return time.UnixMilli(ms).In(db.Zone).Format("2006-01-02 15:04")
	}
	fact := func(label, value string) views.Fact { return views.Fact{Label: label, Value: value} }
	p := views.WaybillPage{Number: x.Number, State: views.WaybillStateWord(ctx, x.State), StateKind: views.WaybillStateKind(x.State), Customer: x.Customer}
	switch {
	case x.CustomerID != 0:
		h.db.Looked(ctx, a, x.CustomerID, x.BranchID, h.firstRole(signedIn(r)))
		p.CustomerHref = "/customers/" + idText(x.CustomerID)
	case x.SenderID != 0 && a.Scope(policy.WaybillEdit).SeesBranch(h.db.Chain(x.BranchID)):
		p.SenderHref = "/waybills/senders/" + idText(x.SenderID)
	}
	volume := ""
	if x.Volume > 0 {
		volume = lang.T(ctx, "%s 立方厘米", views.Thousands(x.Volume))
	}
	p.Groups = []views.FactGroup{
		{Title: lang.T(ctx, "寄件"), Facts: []views.Fact{fact(lang.T(ctx, "账单上的寄件客户"), x.Sender), fact(lang.T(ctx, "寄件人"), person(x.SenderContact)),
			fact(lang.T(ctx, "电话"), number(x.SenderPhone, level)), fact(lang.T(ctx, "月结账号"), x.SenderAccount), fact(lang.T(ctx, "地址"), mask.AddressLine(x.SenderAddress, level)),
			fact(lang.T(ctx, "怎么认出的"), views.BoundWord(ctx, x.BoundBy)), fact(lang.T(ctx, "网点"), h.db.BranchName(x.BranchID))}},
		{Title: lang.T(ctx, "收件"), Facts: []views.Fact{fact(lang.T(ctx, "收件人"), waybill.Hidden(x.Receiver)), fact(lang.T(ctx, "电话"), number(x.ReceiverPhone, mask.Masked)), fact(lang.T(ctx, "寄往"), placeShown(x.Waybill))}},
		{Title: lang.T(ctx, "这一票"), Facts: []views.Fact{fact(lang.T(ctx, "订单号"), x.OrderNo), fact(lang.T(ctx, "内件"), mask.Text(x.Contents, level)),
			fact(lang.T(ctx, "寄件时间"), at(x.SentAt, x.SentDayOnly())), fact(lang.T(ctx, "揽收时间"), at(x.PickedAt, x.PickedDayOnly())), fact(lang.T(ctx, "签收时间"), at(x.SignedAt, x.SignedDayOnly())),
			fact(lang.T(ctx, "揽收员"), x.Picker), fact(lang.T(ctx, "派件员"), x.Deliverer),
			fact(lang.T(ctx, "件数"), views.Thousands(x.Pieces)), fact(lang.T(ctx, "重量"), weightShown(ctx, x.Weight)), fact(lang.T(ctx, "体积"), volume),
			fact(lang.T(ctx, "运费"), lang.T(ctx, "%s 元", yuanShown(x.Freight))), fact(lang.T(ctx, "产品"), views.ProductWord(ctx, x.Product)),
			fact(lang.T(ctx, "付款"), views.PaymentWord(ctx, x.Payment)), fact(lang.T(ctx, "异常"), views.ExceptionWord(ctx, x.Exception)), fact(lang.T(ctx, "备注"), mask.Text(x.Remark, level))}},
	}
	if p.Track, err = h.trackOf(ctx, x.Waybill); err != nil {
		return err
	}
	p.Href = "/waybills/" + idText(id)
	if h.db.SeesClient(a.Scope(policy.RatingAsk), x.BranchID, x.OwnerID, x.ClerkID) {
		p.Ask = "/ratings/ask?waybill=" + idText(id)
	}
	if p.Todos, err = h.todosOf(ctx, a, db.TodoFilter{Waybill: id}); err != nil {
		return err
	}
	if p.Cases, err = h.waybillCases(ctx, a, x.Number); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: x.Number, body: views.Waybill(p), active: "/waybills"})
}
