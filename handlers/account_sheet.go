package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// accountSheetOf is a client's account over one month, with what its parcels of
// the month cost.
type accountSheetOf struct {
	c       db.Customer
	month   day.Day           // its first day
	entries []db.AccountEntry // those that count
	sheet   ledger.Sheet
	balance int64 // today
	parcels []db.Freight
}

func (s *accountSheetOf) name() string { return s.month.String()[:7] }

// readSheet reads the sheet of the address: the month that it names, else the
// one before this one.
func (h *Handlers) readSheet(r *http.Request) (accountSheetOf, error) {
	s := accountSheetOf{}
	var err error
	if s.c, err = h.accountOf(r, policy.AccountRead); err != nil {
		return s, err
	}
	s.month = h.todayDay().MonthStart().AddMonths(-1)
	if d, err := day.Parse(query(r, "month") + "-01"); err == nil && d.Valid() && d <= h.todayDay() {
		s.month = d
	}
	ctx := r.Context()
	list, err := h.db.Entries(ctx, s.c)
	if err != nil {
		return s, err
	}
	var count []ledger.Entry
	for _, e := range list {
		if e.VoidedAt != 0 {
			continue
		}
		on, _ := day.Parse(e.Day)
		s.entries, count = append(s.entries, e), append(count, ledger.Entry{Kind: e.Kind, Periods: e.Months(), Day: on, Charged: e.Charged, Paid: e.Paid})
		s.balance += e.Charged - e.Paid
	}
	s.sheet = ledger.SheetOf(count, s.name(), func(i int) day.Day {
		due, _ := day.Parse(s.entries[i].Due)
		return due
	})
	if h.may(actorOf(r), policy.WaybillRead, s.c) {
		s.parcels, err = h.db.MonthFreight(ctx, s.c, s.name())
	}
	return s, err
}

// monthly is what the parcels cost that the statement is to charge, and how many
// they are.
func monthly(list []db.Freight) (out db.Freight) {
	for _, f := range list {
		if f.Payment == waybill.Monthly {
			return f
		}
	}
	return out
}

// accountSheet shows the sheet of a month.
func (h *Handlers) accountSheet(w http.ResponseWriter, r *http.Request) error {
	s, err := h.readSheet(r)
	if err != nil {
		return err
	}
	ctx, a, c := r.Context(), actorOf(r), s.c
	h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
	at := "/customers/" + idText(c.ID)
	of := func(m day.Day) string { return at + "/account/sheet?month=" + m.String()[:7] }
	p := views.AccountSheet{Name: c.Name, Href: at + "/account", Printed: h.printed(ctx, a, c.BranchID), Month: s.name(), Prev: of(s.month.AddMonths(-1)), Print: at + "/print",
		Opening: moneyShown(s.sheet.Opening), Closing: moneyShown(s.sheet.Closing), Charged: moneyShown(s.sheet.Charged), Paid: moneyShown(s.sheet.Paid),
		ShowParcels: h.may(a, policy.WaybillRead, c), Seller: h.db.BranchName(c.BranchID)}
	if next := s.month.AddMonths(1); next <= h.todayDay() {
		p.Next = of(next)
	}
	if h.may(a, policy.CustomerExport, c) {
		p.XLSX = at + "/account/sheet/export?month=" + s.name()
	}
	p.Facts = sheetFacts(ctx, c.Name, c.Code, c.AccountNo, s.name(), p.Seller)
	p.Figures = []ui.StatProps{{Label: lang.T(ctx, "期初余额"), Value: p.Opening, Unit: lang.T(ctx, "元")}, {Label: lang.T(ctx, "本期应收"), Value: p.Charged, Unit: lang.T(ctx, "元")},
		{Label: lang.T(ctx, "本期实收"), Value: p.Paid, Unit: lang.T(ctx, "元")}, {Label: lang.T(ctx, "期末余额"), Value: p.Closing, Unit: lang.T(ctx, "元")}}
	billed := false
	for k, i := range s.sheet.Lines {
		e := &s.entries[i]
		billed = billed || e.Kind == ledger.Statement
		p.Lines = append(p.Lines, h.sheetLine(ctx, e, s.sheet.Balances[k]))
	}
	h.sheetParcels(ctx, s, &p)
	p.Notes = h.sheetNotes(ctx, s, billed)
	if m := monthly(s.parcels); !billed && m.Money > 0 && h.may(a, policy.AccountEdit, c) && s.month.MonthEnd() < h.todayDay() {
		p.NewStatement = at + "/account/new?kind=statement&period=" + s.name()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 对账单", s.name()), body: views.AccountSheetPage(p), active: "/customers"})
}

// sheetFacts say whose sheet it is, and of which month.
func sheetFacts(ctx context.Context, name, code, account, month, branch string) (out []views.Fact) {
	for _, f := range []views.Fact{{Label: lang.T(ctx, "客户"), Value: name}, {Label: lang.T(ctx, "客户编码"), Value: code}, {Label: lang.T(ctx, "月结账号"), Value: account},
		{Label: lang.T(ctx, "账期月份"), Value: month}, {Label: lang.T(ctx, "网点"), Value: branch}} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// sheetLine is a document of the month, with the balance after it.
func (h *Handlers) sheetLine(ctx context.Context, e *db.AccountEntry, balance int64) views.SheetDocument {
	line := views.SheetDocument{Day: e.Day, Number: e.Number, What: h.sheetWhat(ctx, e), Balance: moneyShown(balance)}
	if e.Charged != 0 {
		line.Charged = moneyShown(e.Charged)
	}
	if e.Paid != 0 {
		line.Paid = moneyShown(e.Paid)
	}
	return line
}

// sheetWhat is a document in a line of the sheet.
func (h *Handlers) sheetWhat(ctx context.Context, e *db.AccountEntry) string {
	said := views.EntryKindWord(ctx, e.Kind)
	if e.Periods != "" {
		said += " " + strings.ReplaceAll(e.Periods, ",", lang.T(ctx, "、"))
	}
	if e.Method != "" {
		said += " " + views.MethodWord(ctx, e.Method)
	}
	return said
}

// sheetParcels lists what the parcels of the month cost.
func (h *Handlers) sheetParcels(ctx context.Context, s accountSheetOf, p *views.AccountSheet) {
	list := "/customers/" + idText(s.c.ID) + "/waybills?from=" + s.month.String() + "&to=" + s.month.MonthEnd().String()
	var sum db.Freight
	for _, f := range s.parcels {
		line := views.SheetParcels{What: cmp.Or(views.PaymentWord(ctx, f.Payment), lang.T(ctx, "没有说")), Waybills: views.Thousands(f.Waybills), Pieces: views.Thousands(f.Pieces), Money: moneyShown(f.Money), Href: list}
		if f.Payment != "" {
			line.Href += "&payment=" + f.Payment
		}
		p.Parcels = append(p.Parcels, line)
		sum.Waybills += f.Waybills
		sum.Pieces += f.Pieces
		sum.Money += f.Money
	}
	p.ParcelsSum = views.SheetParcels{What: lang.T(ctx, "合计"), Waybills: views.Thousands(sum.Waybills), Pieces: views.Thousands(sum.Pieces), Money: moneyShown(sum.Money)}
}

// sheetNotes say what is to be known beside the figures: whether the statement
// agrees with the parcels, until when it is to be paid, and what is open today.
func (h *Handlers) sheetNotes(ctx context.Context, s accountSheetOf, billed bool) (out []string) {
	if n := len(s.sheet.Due); n > 0 && s.balance > 0 {
		out = append(out, lang.T(ctx, "请在 %s 前付清。", s.sheet.Due[n-1].String()))
	}
	if m := monthly(s.parcels); billed && m.Waybills > 0 && m.Money != s.sheet.Charged {
		out = append(out, lang.T(ctx, "月结运单 %s 票，运费 %s 元，和本期应收差 %s 元，请核对。", views.Thousands(m.Waybills), moneyShown(m.Money), moneyShown(s.sheet.Charged-m.Money)))
	}
	if s.balance != s.sheet.Closing {
		out = append(out, lang.T(ctx, "这个月以后又有往来，到 %s 余额 %s 元。", h.today(), moneyShown(s.balance)))
	}
	return out
}

// accountSheetExport writes the sheet with every parcel of the month.
func (h *Handlers) accountSheetExport(w http.ResponseWriter, r *http.Request) error {
	s, err := h.readSheet(r)
	if err != nil {
		return err
	}
	ctx, a, c := r.Context(), actorOf(r), s.c
	if !h.may(a, policy.CustomerExport, c) {
		return db.ErrRefused
	}
	here := "/customers/" + idText(c.ID) + "/account/sheet?month=" + s.name()
	n := int64(len(s.sheet.Lines)) + 2
	for _, f := range s.parcels {
		n += f.Waybills
	}
	if n > int64(mostExported) {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 票，一个文件放不下。先选日期，再分几次导出。", mostExported)})
		h.redirect(w, r, "/customers/"+idText(c.ID)+"/waybills?from="+s.month.String()+"&to="+s.month.MonthEnd().String())
		return nil
	}
	if err := h.db.MayExport(ctx, a, n); err != nil {
		return h.overCap(w, r, err, here)
	}
	return h.sendFile(w, r, fileOf{act: "receivables.sheet.export", name: "statement-" + s.name(), title: lang.T(ctx, "%s 对账单", s.name()) + " " + c.Name, sheet: s.name(), back: here,
		detail: map[string]any{"from": s.month.String(), "to": s.month.MonthEnd().String()},
		heads:  []string{lang.T(ctx, "日期"), lang.T(ctx, "项目"), lang.T(ctx, "单号"), lang.T(ctx, "寄往"), lang.T(ctx, "件数"), lang.T(ctx, "重量"), lang.T(ctx, "运费"), lang.T(ctx, "应收"), lang.T(ctx, "实收"), lang.T(ctx, "余额")},
		rows: func(write func(...sheet.Cell) error) ([]int64, error) {
			return []int64{c.ID}, h.writeSheet(ctx, a, s, write)
		}})
}

// writeSheet writes the account of the month, then its parcels, one a row.
func (h *Handlers) writeSheet(ctx context.Context, a policy.Actor, s accountSheetOf, to func(...sheet.Cell) error) (err error) {
	none := sheet.TextOf("")
	yuan := func(fen int64) sheet.Cell {
		if fen == 0 {
			return none
		}
		return yuanCell(fen)
	}
	write := func(d, what, number, place string, pieces, weight, freight, charged, paid, balance sheet.Cell) {
		if err == nil {
			err = to(dayCell(d), sheet.TextOf(what), sheet.TextOf(number), sheet.TextOf(place), pieces, weight, freight, charged, paid, balance)
		}
	}
	write("", lang.T(ctx, "期初余额"), "", "", none, none, none, none, none, yuanCell(s.sheet.Opening))
	for k, i := range s.sheet.Lines {
		e := &s.entries[i]
		write(e.Day, h.sheetWhat(ctx, e), e.Number, "", none, none, none, yuan(e.Charged), yuan(e.Paid), yuanCell(s.sheet.Balances[k]))
	}
	write("", lang.T(ctx, "期末余额"), "", "", none, none, none, yuanCell(s.sheet.Charged), yuanCell(s.sheet.Paid), yuanCell(s.sheet.Closing))
	parcels, readErr := h.monthParcels(ctx, a, s)
	for _, x := range parcels {
		write(x.SentDay, strings.TrimSpace(lang.T(ctx, "运单")+" "+views.PaymentWord(ctx, x.Payment)), x.Number, placeShown(x.Waybill), sheet.NumberOf(float64(x.Pieces)), sheet.NumberOf(float64(x.Weight)/1000), yuanCell(x.Freight), none, none, none)
	}
	return cmp.Or(readErr, err)
}

// monthParcels are the parcels of the month that cost anything, the earliest
// first; none without the right to read them.
func (h *Handlers) monthParcels(ctx context.Context, a policy.Actor, s accountSheetOf) ([]db.WaybillRow, error) {
	if !h.may(a, policy.WaybillRead, s.c) {
		return nil, nil
	}
	leaves := a.Scope(policy.CustomerExport)
	f := db.WaybillFilter{CustomerID: s.c.ID, From: s.month.String(), To: s.month.MonthEnd().String(), Limit: 500, Also: &leaves}
	var out []db.WaybillRow
	for {
		list, err := h.db.Waybills(ctx, a.Scope(policy.WaybillRead), f)
		if err != nil {
			return nil, err
		}
		for _, x := range list.Rows {
			f.At = db.WaybillKey{Day: x.SentDay, ID: x.ID}
			if x.State != waybill.Cancelled {
				out = append(out, x)
			}
		}
		if list.Last {
			slices.Reverse(out)
			return out, nil
		}
	}
}

// suggestStatement says what is known of a month (YYYY-MM) for a statement, and
// returns what the client's parcels of it cost, "" where a statement has charged
// them.
func (h *Handlers) suggestStatement(ctx context.Context, a policy.Actor, c db.Customer, f *views.EntryForm, month string) (string, error) {
	list, err := h.db.Entries(ctx, c)
	if err != nil {
		return "", err
	}
	for _, e := range list {
		if e.VoidedAt == 0 && e.Kind == ledger.Statement && slices.Contains(e.Months(), month) {
			f.Known = append(f.Known, lang.T(ctx, "%s 已经有对账单 %s，%s 元。", month, e.Number, moneyShown(e.Charged)))
		}
	}
	if !h.may(a, policy.WaybillRead, c) {
		return "", nil
	}
	parcels, err := h.db.MonthFreight(ctx, c, month)
	if err != nil {
		return "", err
	}
	m := monthly(parcels)
	if m.Waybills == 0 {
		return "", nil
	}
	charged := len(f.Known) > 0
	f.Known = append(f.Known, lang.T(ctx, "%s 的月结运单 %s 票，运费 %s 元。", month, views.Thousands(m.Waybills), moneyShown(m.Money)))
	if charged {
		return "", nil
	}
	f.Offers = append(f.Offers, ui.Option{Label: lang.T(ctx, "%s 的 %s", month, moneyShown(m.Money)), Value: yuanText(m.Money) + " " + month})
	return yuanText(m.Money), nil
}

// suggestPayment says what is open, and offers to pay it, all of it or one
// statement.
func (h *Handlers) suggestPayment(ctx context.Context, c db.Customer, f *views.EntryForm) error {
	acc, s, _, _, err := h.standing(ctx, c)
	if err != nil {
		return err
	}
	offer := func(label string, fen int64, months string) {
		f.Offers = append(f.Offers, ui.Option{Label: label, Value: yuanText(fen) + " " + months})
	}
	switch {
	case s.Balance > 0 && s.Overdue > 0:
		f.Known = append(f.Known, lang.T(ctx, "现在欠 %s 元，其中逾期 %s 元，最久 %s 天。", moneyShown(s.Balance), moneyShown(s.Overdue), strconv.Itoa(s.Days)))
	case s.Balance > 0:
		f.Known = append(f.Known, lang.T(ctx, "现在欠 %s 元，都没到期。", moneyShown(s.Balance)))
	case s.Balance < 0:
		f.Known = append(f.Known, lang.T(ctx, "没有欠款，有 %s 元预存。", moneyShown(-s.Balance)))
	default:
		f.Known = append(f.Known, lang.T(ctx, "没有欠款，收进来的算预存。"))
	}
	if s.Balance > 0 {
		offer(lang.T(ctx, "全部 %s", moneyShown(s.Balance)), s.Balance, "")
	}
	if s.Overdue > 0 && s.Overdue < s.Balance {
		offer(lang.T(ctx, "逾期的 %s", moneyShown(s.Overdue)), s.Overdue, "")
	}
	if len(acc.Open) < 2 {
		return nil
	}
	list, err := h.db.Entries(ctx, c)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Left > 0 && e.Periods != "" && len(f.Offers) < 6 {
			offer(lang.T(ctx, "%s 的 %s", strings.ReplaceAll(e.Periods, ",", lang.T(ctx, "、")), moneyShown(e.Left)), e.Left, strings.ReplaceAll(e.Periods, ",", "、"))
		}
	}
	return nil
}
