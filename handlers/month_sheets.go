package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// monthTask is the kind of the task that writes the statements of a month;
// internal/jobs runs it.
const monthTask = "receivables.month"

// monthPrinted is how many statements one page for the printer holds.
const monthPrinted = 100

// monthQuery is what the address of a month's statements says.
type monthQuery struct {
	db.MonthFilter
	first day.Day // of the month
}

// readMonth reads the month of the address, else the one before this one.
func (h *Handlers) readMonth(r *http.Request) monthQuery {
	q := monthQuery{first: h.todayDay().MonthStart().AddMonths(-1)}
	if d, err := day.Parse(query(r, "month") + "-01"); err == nil && d.Valid() && d <= h.todayDay() {
		q.first = d
	}
	q.Month, q.BranchID = q.first.String()[:7], db.ParseID(query(r, "branch"))
	if id, name, ok := strings.Cut(query(r, "at"), "_"); ok && db.ParseID(id) != 0 {
		q.At, q.Back = db.MonthKey{Name: name, ID: db.ParseID(id)}, query(r, "back") == "1"
	}
	return q
}

// href is an address of these statements, from their first page but for a change.
func (q monthQuery) href(path string, change func(*monthQuery)) string {
	q.At, q.Back = db.MonthKey{}, false
	if change != nil {
		change(&q)
	}
	v := url.Values{"month": {q.Month}}
	if q.BranchID != 0 {
		v.Set("branch", idText(q.BranchID))
	}
	if q.At.ID != 0 {
		v.Set("at", idText(q.At.ID)+"_"+q.At.Name)
		if q.Back {
			v.Set("back", "1")
		}
	}
	return path + "?" + v.Encode()
}

func (q monthQuery) pager(ctx context.Context, path string, list db.MonthPage, accounts int64) ui.PagerProps {
	p := ui.PagerProps{Text: lang.T(ctx, "共 %s 户", views.Thousands(accounts))}
	if n := len(list.Rows); n > 0 {
		if !list.First {
			p.First = q.href(path, nil)
			p.Prev = q.href(path, func(q *monthQuery) { q.At, q.Back = list.Rows[0].Key, true })
		}
		if !list.Last {
			p.Next = q.href(path, func(q *monthQuery) { q.At = list.Rows[n-1].Key })
		}
	}
	return p
}

// monthList shows whose account moved in a month: the statements to be sent.
func (h *Handlers) monthList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readMonth(r)
	scope := a.Scope(policy.AccountRead)
	list, err := h.db.MonthAccounts(ctx, scope, q.MonthFilter)
	if err != nil {
		return err
	}
	sums, err := h.db.SumMonth(ctx, scope, q.MonthFilter)
	if err != nil {
		return err
	}
	p := views.MonthList{Month: q.Month, Branch: idText(q.BranchID), Branches: h.branchOptions(ctx, scope), Pager: q.pager(ctx, "/receivables/month", list, sums.Accounts),
		Prev: q.href("/receivables/month", func(q *monthQuery) { q.Month = q.first.AddMonths(-1).String()[:7] })}
	if next := q.first.AddMonths(1); next <= h.todayDay() {
		p.Next = q.href("/receivables/month", func(q *monthQuery) { q.Month = next.String()[:7] })
	}
	if a.Can(policy.CustomerExport) && len(list.Rows) > 0 {
		p.Print, p.Export = q.href("/receivables/month/print", nil), q.href("/receivables/month/export", nil)
	}
	if a.Can(policy.AccountEdit) && q.first.MonthEnd() < h.todayDay() {
		p.Missing = q.href("/receivables/month/missing", nil)
	}
	p.Figures = []ui.StatProps{{Label: lang.T(ctx, "户数"), Value: views.Thousands(sums.Accounts)}}
	for _, f := range []struct {
		label string
		fen   int64
	}{{lang.T(ctx, "期初余额"), sums.Opening}, {lang.T(ctx, "本期应收"), sums.Charged}, {lang.T(ctx, "本期实收"), sums.Paid}, {lang.T(ctx, "期末余额"), sums.Closing}} {
		p.Figures = append(p.Figures, ui.StatProps{Label: f.label, Value: moneyShown(f.fen), Unit: lang.T(ctx, "元")})
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, views.MonthLine{Href: "/customers/" + idText(x.CustomerID) + "/account/sheet?month=" + q.Month, Name: x.Name, Code: x.Code, Statements: x.Statements,
			Opening: moneyShown(x.Opening), Charged: moneyShown(x.Charged), Paid: moneyShown(x.Paid), Closing: moneyShown(x.Closing)})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 月对账", q.Month), body: views.MonthStatements(p), active: "/receivables"})
}

// monthPrint is the page that is printed and signed, a client on a sheet. It is
// an export as any: on record, and within the day's cap.
func (h *Handlers) monthPrint(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readMonth(r)
	scope, leaves := a.Scope(policy.AccountRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	q.Also, q.Limit = &leaves, monthPrinted
	list, err := h.db.MonthAccounts(ctx, scope, q.MonthFilter)
	if err != nil {
		return err
	}
	sums, err := h.db.SumMonth(ctx, scope, q.MonthFilter)
	if err != nil {
		return err
	}
	entries, err := h.db.MonthEntries(ctx, list.Rows, q.Month)
	if err != nil {
		return err
	}
	back := q.href("/receivables/month", nil)
	p := views.MonthPaper{Month: q.Month, Back: back, Printed: h.printed(ctx, a, a.Branch), Pager: q.pager(ctx, "/receivables/month/print", list, sums.Accounts)}
	left := db.Left{Detail: map[string]any{"format": "page", "month": q.Month}}
	for _, x := range list.Rows {
		p.Sheets = append(p.Sheets, h.monthSheet(ctx, q.Month, x, entries[x.CustomerID]))
		left.Customers = append(left.Customers, x.CustomerID)
		left.Rows += x.Entries + 2
	}
	if err := h.db.RecordExport(ctx, a, "receivables.month.print", left); err != nil {
		return h.overCap(w, r, err, back)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 对账单", q.Month), body: views.MonthPaperPage(p), active: "/receivables"})
}

// monthSheet is one client's statement among many.
func (h *Handlers) monthSheet(ctx context.Context, month string, x db.MonthAccount, entries []db.AccountEntry) views.AccountSheet {
	p := views.AccountSheet{Name: x.Name, Month: month, Seller: h.db.BranchName(x.BranchID), Opening: moneyShown(x.Opening), Charged: moneyShown(x.Charged), Paid: moneyShown(x.Paid), Closing: moneyShown(x.Closing)}
	p.Facts = sheetFacts(ctx, x.Name, x.Code, x.AccountNo, month, p.Seller)
	balance, due := x.Opening, ""
	for i := range entries {
		e := &entries[i]
		balance += e.Charged - e.Paid
		p.Lines = append(p.Lines, h.sheetLine(ctx, e, balance))
		if e.Kind == ledger.Statement {
			due = max(due, e.Due)
		}
	}
	if due != "" && x.Closing > 0 {
		p.Notes = append(p.Notes, lang.T(ctx, "请在 %s 前付清。", due))
	}
	return p
}

// monthExport starts the workbook of a month's statements.
func (h *Handlers) monthExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readMonth(r)
	scope, leaves := a.Scope(policy.AccountRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	q.Also = &leaves
	sums, err := h.db.SumMonth(ctx, scope, q.MonthFilter)
	if err != nil {
		return err
	}
	if err := h.db.MayExport(ctx, a, sums.Entries+2*sums.Accounts); err != nil {
		return h.overCap(w, r, err, q.href("/receivables/month", nil))
	}
	b := db.MonthBook{Month: q.Month, Branch: q.BranchID, Opening: lang.T(ctx, "期初余额"), Closing: lang.T(ctx, "期末余额"), Kinds: map[string]string{}, Methods: map[string]string{},
		Titles: []string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "月结账号"), lang.T(ctx, "网点"), lang.T(ctx, "日期"), lang.T(ctx, "项目"), lang.T(ctx, "单据号"), lang.T(ctx, "应收"), lang.T(ctx, "实收"), lang.T(ctx, "余额")}}
	for _, k := range ledger.Kinds {
		b.Kinds[k] = views.EntryKindWord(ctx, k)
	}
	for _, m := range ledger.Methods {
		b.Methods[m] = views.MethodWord(ctx, m)
	}
	payload, err := json.Marshal(b)
	if err != nil {
		return err
	}
	id, err := h.db.StartTask(ctx, a, monthTask, string(payload))
	if err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/exports/"+idText(id))
	return nil
}
