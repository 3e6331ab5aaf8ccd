package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// standing is how a client's account stands today, with the rule by which.
func (h *Handlers) standing(ctx context.Context, c db.Customer) (db.Account, ledger.Standing, ledger.Rule, db.RuleRow, error) {
	acc, err := h.db.AccountOf(ctx, c)
	if err != nil {
		return acc, ledger.Standing{}, ledger.Rule{}, db.RuleRow{}, err
	}
	s, rule, row, err := h.standingIn(ctx, c, acc)
	return acc, s, rule, row, err
}

// standingIn is how the account stands that was read.
func (h *Handlers) standingIn(ctx context.Context, c db.Customer, acc db.Account) (ledger.Standing, ledger.Rule, db.RuleRow, error) {
	rule, row, err := h.db.AccountRule(ctx, c.BranchID, h.today())
	return ledger.Stand(acc.Open, acc.Free, c.CreditLimit, rule, h.todayDay()), rule, row, err
}

// owedOf is what a client owes, in fen; 0 without the right to know.
func (h *Handlers) owedOf(ctx context.Context, a policy.Actor, customer int64) (int64, error) {
	c, err := h.db.Customer(ctx, a.Scope(policy.AccountRead), customer)
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	acc, err := h.db.AccountOf(ctx, c)
	return acc.Charged - acc.Paid, err
}

// accountCard is the account on the client's own page; nil without the right or
// without an account.
func (h *Handlers) accountCard(ctx context.Context, a policy.Actor, all db.FilePage) (*views.AccountCard, error) {
	c, acc := all.Customer, all.Account
	if !h.may(a, policy.AccountRead, c) {
		return nil, nil
	}
	s, rule, _, err := h.standingIn(ctx, c, acc)
	if err != nil {
		return nil, err
	}
	card := &views.AccountCard{Href: "/customers/" + idText(c.ID) + "/account", Entries: acc.Entries, Balance: moneyShown(s.Balance), Overdue: moneyShown(s.Overdue), Days: s.Days,
		Owing: s.Owing, Over: s.OverLimit > 0, Credit: s.Balance < 0, LastPaid: views.DayWord(ctx, acc.LastPaid, h.today()), CanEdit: h.may(a, policy.AccountEdit, c)}
	if why := s.Why(rule, h.todayDay()); s.Owing || s.OverLimit > 0 {
		for _, r := range why {
			card.Why = append(card.Why, views.AccountWhy(ctx, r, moneyShown(r.Fen)))
		}
	}
	return card, nil
}

// accountOf reads the client of the address, whose account the actor may read.
func (h *Handlers) accountOf(r *http.Request, need policy.Permission) (db.Customer, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Customer{}, err
	}
	a := actorOf(r)
	c, err := h.db.Customer(r.Context(), a.Scope(policy.CustomerRead), id)
	if err == nil && !h.may(a, need, c) {
		err = db.ErrRefused
	}
	return c, err
}

// accountShow is the account of one client.
func (h *Handlers) accountShow(w http.ResponseWriter, r *http.Request) error {
	c, err := h.accountOf(r, policy.AccountRead)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	_, s, rule, row, err := h.standing(ctx, c)
	if err != nil {
		return err
	}
	list, err := h.db.Entries(ctx, c)
	if err != nil {
		return err
	}
	h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
	at := "/customers/" + idText(c.ID)
	p := views.ClientAccount{Name: c.Name, Href: at, CanEdit: h.may(a, policy.AccountEdit, c), Owing: s.Owing, Over: s.OverLimit > 0, Credit: s.Balance < 0,
		Printed: h.printed(ctx, a, c.BranchID), Rule: h.accountRuleSaid(ctx, rule, row), RuleHref: accountRuleHref(c.BranchID, row), Any: len(list) > 0}
	limit, terms := lang.T(ctx, "没有设"), c.TermsDays
	if c.CreditLimit > 0 {
		limit = moneyShown(c.CreditLimit)
	}
	if terms == 0 {
		terms = int64(rule.Days)
	}
	over := ""
	if s.Overdue > 0 {
		over = "over"
	}
	p.Figures = []ui.StatProps{
		{Label: lang.T(ctx, "余额"), Value: moneyShown(s.Balance), Unit: lang.T(ctx, "元")},
		{Label: lang.T(ctx, "逾期金额"), Value: moneyShown(s.Overdue), Unit: lang.T(ctx, "元"), Kind: over},
		{Label: lang.T(ctx, "逾期天数"), Value: strconv.Itoa(s.Days), Unit: lang.T(ctx, "天"), Kind: over},
		{Label: lang.T(ctx, "账期"), Value: strconv.FormatInt(terms, 10), Unit: lang.T(ctx, "天")},
		{Label: lang.T(ctx, "授信额度"), Value: limit},
	}
	for age, fen := range s.Ages {
		p.Ages = append(p.Ages, views.Fact{Label: views.AgeWord(ctx, age), Value: moneyShown(fen)})
	}
	for _, why := range s.Why(rule, h.todayDay()) {
		p.Why = append(p.Why, views.AccountWhy(ctx, why, moneyShown(why.Fen)))
	}
	level := h.maskFor(a, c)
	balance := int64(0)
	for _, e := range list {
		if e.VoidedAt == 0 {
			balance += e.Charged - e.Paid
		}
		line := h.entryLine(ctx, e, level)
		line.Balance = moneyShown(balance)
		if months := e.Months(); len(months) > 0 && e.VoidedAt == 0 {
			line.SheetHref = at + "/account/sheet?month=" + slices.Max(months)
		}
		p.Rows = append(p.Rows, line)
	}
	slices.Reverse(p.Rows)
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 的账款", c.Name), body: views.ClientAccountPage(p), active: "/customers"})
}

func (h *Handlers) entryLine(ctx context.Context, e db.AccountEntry, level mask.Level) views.EntryLine {
	today := h.todayDay()
	line := views.EntryLine{ID: idText(e.ID), Version: strconv.FormatInt(e.Version, 10), Kind: views.EntryKindWord(ctx, e.Kind), Number: e.Number, Periods: strings.ReplaceAll(e.Periods, ",", lang.T(ctx, "、")),
		Day: e.Day, Method: views.MethodWord(ctx, e.Method), HandledBy: e.HandledBy, Remark: mask.Text(e.Remark, level), Void: e.VoidedAt != 0, VoidReason: mask.Text(e.VoidReason, level)}
	if e.Charged != 0 {
		line.Charged = moneyShown(e.Charged)
	}
	if e.Paid != 0 {
		line.Paid = moneyShown(e.Paid)
	}
	due, _ := day.Parse(e.Due)
	switch {
	case line.Void:
		line.State = lang.T(ctx, "作废")
	case e.Left > 0:
		line.Left, line.State = moneyShown(e.Left), lang.T(ctx, "%s 到期", e.Due)
		if n := ledger.DaysOver(due, today); n > 0 {
			line.State, line.StateKind = lang.T(ctx, "逾期 %d 天", n), "risk"
		}
	case e.Free > 0:
		line.State, line.StateKind = lang.T(ctx, "还有 %s 元没用上", moneyShown(e.Free)), "brand"
	case e.Settled != "":
		line.State, line.StateKind = lang.T(ctx, "%s 结清", e.Settled), "ok"
	}
	return line
}

// entryNew is the form for one document.
func (h *Handlers) entryNew(w http.ResponseWriter, r *http.Request) error {
	c, err := h.accountOf(r, policy.AccountEdit)
	if err != nil {
		return err
	}
	f := views.EntryForm{Kind: query(r, "kind"), Period: query(r, "period"), Amount: query(r, "amount"), Day: h.today(), HandledBy: actorOf(r).Name, Key: rand.Text(), Errors: ui.Errors{}}
	if !slices.Contains(ledger.Kinds, f.Kind) {
		f.Kind = ledger.Payment
	}
	if months, ok := ledger.Periods(f.Period, h.todayDay()); !ok {
		f.Period = ""
	} else if f.Period = strings.Join(months, "、"); f.Kind == ledger.Statement && len(months) != 1 {
		f.Period = h.todayDay().MonthStart().AddMonths(-1).String()[:7]
	}
	if n, ok := fen(f.Amount); !ok || n == 0 {
		f.Amount = ""
	}
	suggested, err := h.known(r.Context(), actorOf(r), c, &f)
	if err != nil {
		return err
	}
	f.Amount = cmp.Or(f.Amount, suggested)
	return h.showEntry(w, r, http.StatusOK, c, f)
}

// known fills what a form for a new document says of the account as it is, and
// returns the amount that a statement is likely to have, "" for none.
func (h *Handlers) known(ctx context.Context, a policy.Actor, c db.Customer, f *views.EntryForm) (string, error) {
	if f.Kind != ledger.Statement {
		return "", h.suggestPayment(ctx, c, f)
	}
	months, ok := ledger.Periods(f.Period, h.todayDay())
	if !ok || len(months) != 1 {
		return "", nil
	}
	return h.suggestStatement(ctx, a, c, f, months[0])
}

// refuseEntry shows a new document's form again with all that was typed into it.
func (h *Handlers) refuseEntry(w http.ResponseWriter, r *http.Request, status int, c db.Customer, f views.EntryForm) error {
	if _, err := h.known(r.Context(), actorOf(r), c, &f); err != nil {
		return err
	}
	return h.showEntry(w, r, status, c, f)
}

func (h *Handlers) showEntry(w http.ResponseWriter, r *http.Request, status int, c db.Customer, f views.EntryForm) error {
	ctx := r.Context()
	f.Name, f.Href, f.MaxDay = c.Name, "/customers/"+idText(c.ID)+"/account", h.today()
	f.Action = f.Href
	if f.ID != "" {
		f.Action = "/receivables/" + f.ID
	}
	f.Kinds, f.Methods = views.WordOptions(ctx, ledger.Kinds, views.EntryKindWord), views.WordOptions(ctx, ledger.Methods, views.MethodWord)
	if f.Kind == ledger.Reversal && f.Side == "" {
		f.Side = "charged"
	}
	title := lang.T(ctx, "记%s", views.EntryKindWord(ctx, f.Kind))
	if f.ID != "" {
		title = lang.T(ctx, "更正 %s", f.Number)
	}
	return h.render(w, r, status, page{title: title, body: views.Entry(f), active: "/customers"})
}

// typedEntry reads the form as it was typed, and what it means; f.Errors says
// what is wrong with it.
func (h *Handlers) typedEntry(r *http.Request) (views.EntryForm, db.AccountEntry) {
	ctx := r.Context()
	f := views.EntryForm{Kind: field(r, "kind"), Number: field(r, "doc_no"), Period: field(r, "period"), Day: field(r, "day"), Due: field(r, "due"), Amount: field(r, "amount"), Side: field(r, "side"),
		Method: field(r, "method"), HandledBy: field(r, "handled_by"), Remark: field(r, "remark"), Reason: field(r, "reason"), Key: field(r, "key"), Version: field(r, "version"), Errors: ui.Errors{}}
	e := db.AccountEntry{Kind: f.Kind, Number: f.Number, Day: f.Day, HandledBy: f.HandledBy, Remark: f.Remark}
	if !slices.Contains(ledger.Kinds, f.Kind) {
		f.Kind, e.Kind = ledger.Payment, ledger.Payment
		f.Errors.Add("", lang.T(ctx, "选好记的是哪种单据，再保存。"))
	}
	d, err := day.Parse(f.Day)
	switch {
	case err != nil || !d.Valid():
		f.Errors.Add("day", lang.T(ctx, "填日期，例如 %s", h.today()))
	case d > h.todayDay():
		f.Errors.Add("day", lang.T(ctx, "%s 还没到", f.Day))
	}
	months, ok := ledger.Periods(f.Period, d)
	switch {
	case !ok:
		f.Errors.Add("period", lang.T(ctx, "填月份，例如 2026-10；几个月用顿号分开"))
	case len(months) == 0 && f.Kind == ledger.Statement:
		f.Errors.Add("period", lang.T(ctx, "写明是哪个月的账"))
	}
	e.Periods = strings.Join(months, ",")
	if f.Due != "" && f.Kind == ledger.Statement {
		due, err := day.Parse(f.Due)
		if err != nil || due < d {
			f.Errors.Add("due", lang.T(ctx, "到期日不能早于单据日期"))
		}
		e.Due = f.Due
	}
	n, ok := fen(f.Amount)
	switch {
	case !ok:
		f.Errors.Add("amount", lang.T(ctx, "填金额，例如 80000 或 80000.50"))
	case n == 0:
		f.Errors.Add("amount", lang.T(ctx, "请填写"))
	case n > 1e12:
		f.Errors.Add("amount", lang.T(ctx, "金额太大，请核对"))
	}
	switch {
	case f.Kind == ledger.Statement:
		e.Charged = n
	case f.Kind == ledger.Payment:
		e.Paid = n
	case f.Kind == ledger.Refund, f.Kind == ledger.Reversal && f.Side == "paid":
		e.Paid = -n
	default:
		e.Charged = -n
	}
	if f.Method != "" && !slices.Contains(ledger.Methods, f.Method) {
		f.Errors.Add("method", lang.T(ctx, "请选一个"))
	}
	e.Method = f.Method
	for name, most := range map[string]int{"doc_no": 40, "handled_by": 30, "remark": 300} {
		if utf8.RuneCountInString(field(r, name)) > most {
			f.Errors.Add(name, lang.T(ctx, "最多 %d 个字", most))
		}
	}
	return f, e
}

// entryCreate writes one document into the account.
func (h *Handlers) entryCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, err := h.accountOf(r, policy.AccountEdit)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f, e := h.typedEntry(r)
	if amount, months, ok := strings.Cut(field(r, "fill"), " "); ok { // one of the amounts offered, nothing is saved yet
		f.Amount, f.Period, f.Errors = amount, months, ui.Errors{}
		return h.refuseEntry(w, r, http.StatusOK, c, f)
	}
	if f.Errors.Any() {
		return h.refuseEntry(w, r, http.StatusUnprocessableEntity, c, f)
	}
	e.CustomerID = c.ID
	id, err := h.db.AddEntry(ctx, actorOf(r), db.Submission{Key: f.Key}, e)
	if errors.Is(err, db.ErrTaken) {
		f.Errors.Add("doc_no", lang.T(ctx, "这个单据号已经有了，请核对；空着会自动编一个"))
		return h.refuseEntry(w, r, http.StatusUnprocessableEntity, c, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已记下%s %s 元", views.EntryKindWord(ctx, e.Kind), moneyShown(max(e.Charged+e.Paid, -e.Charged-e.Paid))), UndoURL: "/receivables/" + idText(id) + "/void"})
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
	return nil
}

// entryOf reads the document of the address, which the actor may change.
func (h *Handlers) entryOf(r *http.Request) (db.AccountEntry, db.Customer, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.AccountEntry{}, db.Customer{}, err
	}
	return h.db.Entry(r.Context(), actorOf(r).Scope(policy.AccountEdit), id)
}

// entryEdit is the form for a correction.
func (h *Handlers) entryEdit(w http.ResponseWriter, r *http.Request) error {
	e, c, err := h.entryOf(r)
	if err != nil {
		return err
	}
	if e.VoidedAt != 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(r.Context(), "%s 已作废，先恢复再更正", e.Number)})
		h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
		return nil
	}
	f := views.EntryForm{ID: idText(e.ID), Version: strconv.FormatInt(e.Version, 10), Kind: e.Kind, Number: e.Number, Period: strings.ReplaceAll(e.Periods, ",", "、"), Day: e.Day,
		Amount: yuanText(max(e.Charged+e.Paid, -e.Charged-e.Paid)), Method: e.Method, HandledBy: e.HandledBy, Errors: ui.Errors{}}
	if e.Kind == ledger.Statement {
		f.Due = e.Due
	}
	if e.Paid < 0 {
		f.Side = "paid"
	}
	if level := h.maskFor(actorOf(r), c); mask.Text(e.Remark, level) == e.Remark {
		f.Remark = e.Remark
	} else {
		f.RemarkHidden = true
	}
	return h.showEntry(w, r, http.StatusOK, c, f)
}

// entryUpdate corrects a document. Where somebody else was faster it shows what
// stands there now.
func (h *Handlers) entryUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	was, c, err := h.entryOf(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f, e := h.typedEntry(r)
	f.ID, e.ID, e.Version = idText(was.ID), was.ID, db.ParseID(f.Version)
	if level := h.maskFor(a, c); mask.Text(was.Remark, level) != was.Remark {
		f.RemarkHidden, f.Remark, e.Remark = true, "", was.Remark
	}
	if e.Number == "" {
		f.Errors.Add("doc_no", lang.T(ctx, "请填写"))
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showEntry(w, r, http.StatusUnprocessableEntity, c, f)
	}
	err = h.db.CorrectEntry(ctx, a, e, f.Reason)
	switch {
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("doc_no", lang.T(ctx, "这个单据号已经有了，请核对"))
		return h.showEntry(w, r, http.StatusUnprocessableEntity, c, f)
	case errors.Is(err, db.ErrConflict) && was.VoidedAt == 0:
		f.Version = strconv.FormatInt(was.Version, 10)
		f.Errors.Add("amount", lang.T(ctx, "刚才有人改过这张单据。下面是现在的内容，看过再保存一次。"))
		line := h.entryLine(ctx, was, h.maskFor(a, c))
		for _, x := range []views.Fact{{Label: lang.T(ctx, "单据"), Value: line.Kind + " " + line.Number}, {Label: lang.T(ctx, "账期月份"), Value: line.Periods}, {Label: lang.T(ctx, "日期"), Value: line.Day},
			{Label: lang.T(ctx, "到期日"), Value: was.Due}, {Label: lang.T(ctx, "应收金额"), Value: line.Charged}, {Label: lang.T(ctx, "实收金额"), Value: line.Paid},
			{Label: lang.T(ctx, "收款方式"), Value: line.Method}, {Label: lang.T(ctx, "经办人"), Value: line.HandledBy}, {Label: lang.T(ctx, "备注"), Value: line.Remark}} {
			if x.Value != "" {
				f.Now = append(f.Now, x)
			}
		}
		return h.showEntry(w, r, http.StatusUnprocessableEntity, c, f)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已更正 %s，余额已重算", e.Number)})
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
	return nil
}

// entryVoid declares a document void.
func (h *Handlers) entryVoid(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	e, c, err := h.entryOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	reason := field(r, "reason")
	if reason == "" {
		reason = lang.T(ctx, "刚记下就撤销")
	}
	if utf8.RuneCountInString(reason) > 200 {
		reason = string([]rune(reason)[:200])
	}
	if err := h.db.VoidEntry(ctx, actorOf(r), e.ID, db.ParseID(field(r, "version")), reason); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s 已作废，余额已重算", e.Number), UndoURL: "/receivables/" + idText(e.ID) + "/restore"})
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
	return nil
}

// entryRestore lets a void document count again.
func (h *Handlers) entryRestore(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	e, c, err := h.entryOf(r)
	if err != nil {
		return err
	}
	if err := h.db.RestoreEntry(r.Context(), actorOf(r), e.ID, db.ParseID(field(r, "version"))); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "%s 已恢复", e.Number)})
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
	return nil
}

// accountRedate gives the open statements the due days of the terms of now.
func (h *Handlers) accountRedate(w http.ResponseWriter, r *http.Request) error {
	c, err := h.accountOf(r, policy.AccountEdit)
	if err != nil {
		return err
	}
	ctx := r.Context()
	n, err := h.db.RedateStatements(ctx, actorOf(r), c.ID)
	if err != nil {
		return err
	}
	said := lang.T(ctx, "%d 张对账单的到期日已按现在的账期重算", n)
	if n == 0 {
		said = lang.T(ctx, "到期日和现在的账期一致，没有要改的")
	}
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/account")
	return nil
}
