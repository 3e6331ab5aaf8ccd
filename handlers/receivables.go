package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// moneyShown is an amount with both decimals and its sign.
func moneyShown(fen int64) string {
	if fen < 0 {
		return "−" + yuanColumn(-fen)
	}
	return yuanColumn(fen)
}

// receivableQuery is what the address of a list of receivables says.
type receivableQuery struct{ db.ReceivableFilter }

func (h *Handlers) readReceivables(r *http.Request) (receivableQuery, error) {
	q := receivableQuery{}
	var err error
	q.Today = h.today()
	if q.Rules, err = h.db.AccountRules(r.Context(), q.Today); err != nil {
		return q, err
	}
	if s := query(r, "state"); slices.Contains(db.ReceivableStates, s) {
		q.State = s
	}
	if n, err := strconv.Atoi(query(r, "age")); err == nil && n >= 0 && n < ledger.Ages {
		q.Aged, q.Age = true, n
	}
	q.BranchID, q.OwnerID = db.ParseID(query(r, "branch")), db.ParseID(query(r, "owner"))
	if s := query(r, "sort"); s == db.ReceivableByDue || s == db.ReceivableByName {
		q.Sort = s
	}
	if at, id, ok := strings.Cut(query(r, "at"), "_"); ok && db.ParseID(id) != 0 {
		q.At.ID, q.Back = db.ParseID(id), query(r, "back") == "1"
		if q.Sort == db.ReceivableByBalance {
			q.At.Fen, _ = strconv.ParseInt(at, 10, 64)
		} else {
			q.At.Text = at
		}
	}
	return q, nil
}

func (q receivableQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"state": q.State, "branch": idText(q.BranchID), "owner": idText(q.OwnerID), "sort": q.Sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Aged {
		v.Set("age", strconv.Itoa(q.Age))
	}
	return v
}

func (q receivableQuery) href() string {
	v := q.values()
	if q.At.ID != 0 {
		at := q.At.Text
		if q.Sort == db.ReceivableByBalance {
			at = strconv.FormatInt(q.At.Fen, 10)
		}
		v.Set("at", at+"_"+idText(q.At.ID))
		if q.Back {
			v.Set("back", "1")
		}
	}
	if len(v) == 0 {
		return "/receivables"
	}
	return "/receivables?" + v.Encode()
}

// but is the address with a change, from its first page.
func (q receivableQuery) but(change func(*receivableQuery)) string {
	q.At, q.Back = db.ReceivableKey{}, false
	change(&q)
	return q.href()
}

// receivableList is who owes what, and since when.
func (h *Handlers) receivableList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q, err := h.readReceivables(r)
	if err != nil {
		return err
	}
	at := cmp.Or(q.BranchID, a.Branch)
	rule, row := q.Rules.For(at), q.Rules.Row(h.db.Chain(at))
	scope := a.Scope(policy.AccountRead)
	list, err := h.db.Receivables(ctx, scope, q.ReceivableFilter)
	if err != nil {
		return err
	}
	sums, err := h.db.SumReceivables(ctx, scope, q.ReceivableFilter)
	if err != nil {
		return err
	}
	p := views.ReceivableList{State: q.State, Branch: idText(q.BranchID), Branches: h.branchOptions(ctx, scope), Sort: q.Sort, Rule: h.accountRuleSaid(ctx, rule, row), RuleHref: accountRuleHref(at, row), OwnRules: q.Rules.Own() && len(h.db.Branches(ctx, scope)) > 1}
	p.MonthHref = "/receivables/month"
	if q.BranchID != 0 {
		p.MonthHref += "?branch=" + idText(q.BranchID)
	}
	if q.Aged {
		p.Age = strconv.Itoa(q.Age)
	}
	if a.Can(policy.AccountEdit) && a.Can(policy.ImportRun) {
		p.Import = "/imports/new?kind=" + db.ImportPayments
	}
	for _, s := range db.ReceivableStates {
		p.States = append(p.States, ui.Option{Value: s, Label: views.ReceivableStateWord(ctx, s)})
	}
	p.Figures = []ui.StatProps{{Label: lang.T(ctx, "户数"), Value: views.Thousands(sums.Accounts)},
		{Label: lang.T(ctx, "余额合计"), Value: moneyShown(sums.Balance), Unit: lang.T(ctx, "元")}}
	for age, fen := range sums.Ages {
		s := ui.StatProps{Label: views.AgeWord(ctx, age), Value: moneyShown(fen), Unit: lang.T(ctx, "元"), Href: q.but(func(q *receivableQuery) { q.Aged, q.Age = true, age })}
		if age > ledger.NotDue && fen > 0 {
			s.Kind = "over"
		}
		p.Figures = append(p.Figures, s)
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, h.receivableLine(ctx, x))
	}
	p.SortName = q.but(func(q *receivableQuery) { q.Sort = db.ReceivableByName })
	p.SortDue = q.but(func(q *receivableQuery) { q.Sort = db.ReceivableByDue })
	p.SortBalance = q.but(func(q *receivableQuery) { q.Sort = db.ReceivableByBalance })
	p.Pager.Text = lang.T(ctx, "共 %s 户", views.Thousands(sums.Accounts))
	if n := len(list.Rows); n > 0 {
		if !list.First {
			p.Pager.First = q.but(func(*receivableQuery) {})
			p.Pager.Prev = q.but(func(q *receivableQuery) { q.At, q.Back = list.Rows[0].Key, true })
		}
		if !list.Last {
			p.Pager.Next = q.but(func(q *receivableQuery) { q.At = list.Rows[n-1].Key })
		}
		if a.Can(policy.CustomerExport) {
			v := q.values()
			p.CSV = "/receivables/export?" + v.Encode()
			v.Set("format", sheet.XLSX)
			p.XLSX = "/receivables/export?" + v.Encode()
		}
	}
	if err := h.receivableChips(ctx, q, &p); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "应收"), body: views.Receivables(p), active: "/receivables"})
}

func (h *Handlers) receivableChips(ctx context.Context, q receivableQuery, p *views.ReceivableList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/receivables"
	chip := func(label, value string, drop func(*receivableQuery)) {
		if value != "" {
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.but(drop)})
		}
	}
	if q.State != "" {
		chip(lang.T(ctx, "状态"), views.ReceivableStateWord(ctx, q.State), func(q *receivableQuery) { q.State = "" })
	}
	if q.Aged {
		chip(lang.T(ctx, "账龄"), views.AgeWord(ctx, q.Age), func(q *receivableQuery) { q.Aged = false })
	}
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *receivableQuery) { q.BranchID = 0 })
	if q.OwnerID != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.OwnerID})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "业务员"), names[q.OwnerID], func(q *receivableQuery) { q.OwnerID = 0 })
	}
	return nil
}

func (h *Handlers) receivableLine(ctx context.Context, x db.Receivable) views.ReceivableLine {
	line := views.ReceivableLine{Href: "/customers/" + idText(x.CustomerID) + "/account", Name: x.Name, Code: x.Code, Class: x.Class, Owner: x.Owner, Balance: moneyShown(x.Balance),
		Credit: x.Balance < 0, Owing: x.Standing.Owing, Over: x.Standing.OverLimit > 0, LastPaid: views.DayWord(ctx, x.LastPaid, h.today())}
	if x.Standing.Days > 0 {
		line.Days = strconv.Itoa(x.Standing.Days)
	}
	for _, fen := range x.Standing.Ages {
		said := ""
		if fen != 0 {
			said = moneyShown(fen)
		}
		line.Ages = append(line.Ages, said)
	}
	return line
}

// receivableExport writes what the list shows.
func (h *Handlers) receivableExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q, err := h.readReceivables(r)
	if err != nil {
		return err
	}
	f := q.ReceivableFilter
	f.Limit, f.At, f.Back = 500, db.ReceivableKey{}, false
	scope, leaves := a.Scope(policy.AccountRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	sums, err := h.db.SumReceivables(ctx, scope, f)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, sums.Accounts, q.href(), lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	file := fileOf{act: "receivables.export", name: "receivables-" + h.today(), title: lang.T(ctx, "应收") + "-" + h.today(), sheet: lang.T(ctx, "应收"), format: sheet.CSV, back: q.href(), detail: map[string]any{},
		heads: []string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点"), lang.T(ctx, "账期天数"), lang.T(ctx, "授信额度"),
			lang.T(ctx, "余额"), lang.T(ctx, "逾期金额"), lang.T(ctx, "逾期天数"), views.AgeWord(ctx, 0), views.AgeWord(ctx, 1), views.AgeWord(ctx, 2), views.AgeWord(ctx, 3), views.AgeWord(ctx, 4),
			lang.T(ctx, "最近回款"), lang.T(ctx, "欠费")}}
	if query(r, "format") == sheet.XLSX {
		file.format = sheet.XLSX
	}
	for k, v := range q.values() {
		file.detail[k] = v[0]
	}
	if q.Aged {
		file.detail["age"] = views.AgeWord(ctx, q.Age)
	}
	file.rows = func(write func(...sheet.Cell) error) (customers []int64, err error) {
		for {
			list, err := h.db.Receivables(ctx, scope, f)
			if err != nil {
				return nil, err
			}
			for _, x := range list.Rows {
				if err := write(h.receivableCells(ctx, x)...); err != nil {
					return nil, err
				}
				customers = append(customers, x.CustomerID)
				f.At = x.Key
			}
			if list.Last {
				return customers, nil
			}
		}
	}
	return h.sendFile(w, r, file)
}

// yuanCell is an amount of fen in a file.
func yuanCell(fen int64) sheet.Cell { return sheet.NumberOf(float64(fen) / 100) }

// dayCell is a day (YYYY-MM-DD) in a file; nothing for none.
func dayCell(text string) sheet.Cell {
	if d, err := day.Parse(text); err == nil && d.Valid() {
		return sheet.DayOf(d.Time())
	}
	return sheet.TextOf("")
}

// receivableCells is an account as a row of the file.
func (h *Handlers) receivableCells(ctx context.Context, x db.Receivable) []sheet.Cell {
	cells := []sheet.Cell{sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID)),
		sheet.NumberOf(float64(x.TermsDays)), yuanCell(x.Limit), yuanCell(x.Balance), yuanCell(x.Standing.Overdue), sheet.NumberOf(float64(x.Standing.Days))}
	for _, fen := range x.Standing.Ages {
		cells = append(cells, yuanCell(fen))
	}
	return append(cells, dayCell(x.LastPaid), sheet.TextOf(views.YesNo(ctx, x.Standing.Owing)))
}
