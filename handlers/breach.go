package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// exposedPage is how many clients stand on one page, mostExposed how many in
// one workbook, and longestSpan how many days one question may span.
const (
	exposedPage = 50
	mostExposed = 100_000
	longestSpan = 400
)

// breachList is the register of personal data that came out.
func (h *Handlers) breachList(w http.ResponseWriter, r *http.Request) error {
	return h.showBreaches(w, r, http.StatusOK, views.BreachForm{Key: rand.Text(), Found: h.today(), Errors: ui.Errors{}}, nil, ui.Errors{})
}

// showBreaches renders the register with both forms; typed are contacts whose
// form is at fault.
func (h *Handlers) showBreaches(w http.ResponseWriter, r *http.Request, status int, f views.BreachForm, typed map[string]string, errs ui.Errors) error {
	ctx, a := r.Context(), actorOf(r)
	list, err := h.db.Breaches(ctx, a.Scope(policy.AuditRead))
	if err != nil {
		return err
	}
	contacts, row, err := h.db.BreachContacts(ctx)
	if err != nil {
		return err
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleBreach, 0)
	if err != nil {
		return err
	}
	if typed != nil {
		contacts = typed
	}
	p := views.BreachList{Form: f, Errors: errs, CanEdit: a.Can(policy.PrivacyEdit), Company: a.Scope(policy.PrivacyEdit).SeesBranch(h.db.Chain(h.db.HeadOffice())), Read: "0"}
	if len(versions) > 0 {
		p.Read = strconv.FormatInt(versions[0].Version, 10)
	}
	if row.Version > 0 {
		p.InForce = lang.T(ctx, "%s 由 %s 更新", row.ValidFrom, row.Author)
	}
	p.Contacts = breachContacts(ctx, contacts)
	p.Form.MaxDay, p.Form.Branches = h.today(), h.breachBranches(ctx, a, policy.PrivacyEdit)
	for _, b := range list {
		line := views.BreachRow{Href: "/breaches/" + idText(b.ID), Title: b.Title, Branch: h.db.BranchName(b.BranchID), Open: b.ClosedAt == 0,
			State: lang.T(ctx, "在办"), Found: views.DayWord(ctx, b.FoundOn, h.today()), Steps: strconv.Itoa(b.Taken) + "/" + strconv.Itoa(len(consent.Steps))}
		if !line.Open {
			line.State = lang.T(ctx, "已办结")
		}
		p.Rows = append(p.Rows, line)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "信息泄露"), body: views.Breaches(p), active: "/breaches"})
}

func breachContacts(ctx context.Context, values map[string]string) []views.BreachContact {
	var out []views.BreachContact
	for _, code := range consent.BreachContacts {
		label, hint := views.BreachContactWord(ctx, code)
		out = append(out, views.BreachContact{Code: code, Label: label, Hint: hint, Value: values[code]})
	}
	return out
}

func (h *Handlers) breachBranches(ctx context.Context, a policy.Actor, p policy.Permission) []ui.Option {
	var out []ui.Option
	for _, b := range h.db.Branches(ctx, a.Scope(p)) {
		out = append(out, ui.Option{Value: idText(b.ID), Label: b.Name})
	}
	return out
}

// accountNamed is whom a user name names; 0 for none. A name of nobody is a fault.
func (h *Handlers) accountNamed(ctx context.Context, name string) (int64, bool, error) {
	if name == "" {
		return 0, true, nil
	}
	u, err := h.db.Credentials(ctx, name)
	if errors.Is(err, db.ErrNotFound) {
		return 0, false, nil
	}
	return u.ID, err == nil, err
}

// breachCreate enters one.
func (h *Handlers) breachCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.BreachForm{Key: field(r, "key"), Title: field(r, "title"), Found: field(r, "found"), Branch: field(r, "branch"), Account: field(r, "account"), From: field(r, "from"),
		To: field(r, "to"), About: field(r, "about"), Errors: ui.Errors{}, Open: true}
	checkText(ctx, f.Errors, "title", f.Title, 100)
	if utf8.RuneCountInString(f.About) > 1000 {
		f.Errors.Add("about", lang.T(ctx, "最多 %d 个字", 1000))
	}
	if !storedDay(f.Found).Valid() {
		f.Errors.Add("found", lang.T(ctx, "请填日期"))
	} else if f.Found > h.today() {
		f.Errors.Add("found", lang.T(ctx, "这一天还没到"))
	}
	for _, d := range []struct{ name, value string }{{"from", f.From}, {"to", f.To}} {
		if d.value != "" && !storedDay(d.value).Valid() {
			f.Errors.Add(d.name, lang.T(ctx, "没有这一天，写成 2026-11-21 这样"))
		}
	}
	user, ok, err := h.accountNamed(ctx, f.Account)
	if err != nil {
		return err
	}
	if !ok {
		f.Errors.Add("account", lang.T(ctx, "没有这个用户名"))
	}
	if f.Errors.Any() {
		return h.showBreaches(w, r, http.StatusUnprocessableEntity, f, nil, ui.Errors{})
	}
	id, err := h.db.OpenBreach(ctx, actorOf(r), db.Submission{Key: f.Key}, db.Breach{BranchID: db.ParseID(f.Branch), Title: f.Title, About: f.About, FoundOn: f.Found, UserID: user, From: f.From, To: f.To})
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已登记")})
	h.redirect(w, r, "/breaches/"+idText(id))
	return nil
}

// breachContactsSave writes down whom to call.
func (h *Handlers) breachContactsSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, values, errs := r.Context(), map[string]string{}, ui.Errors{}
	for _, code := range consent.BreachContacts {
		if values[code] = field(r, "contact."+code); utf8.RuneCountInString(values[code]) > 100 {
			errs.Add("reason", lang.T(ctx, "最多 %d 个字", 100))
		}
	}
	reason := field(r, "reason")
	checkText(ctx, errs, "reason", reason, 200)
	again := func() error {
		return h.showBreaches(w, r, http.StatusUnprocessableEntity, views.BreachForm{Key: rand.Text(), Found: h.today(), Errors: ui.Errors{}}, values, errs)
	}
	if errs.Any() {
		return again()
	}
	value, err := json.Marshal(values)
	if err != nil {
		return err
	}
	_, err = h.db.SetRule(ctx, actorOf(r), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleBreach, ValidFrom: h.today(), Value: string(value), Reason: reason, Version: db.ParseID(field(r, "read"))})
	if errors.Is(err, db.ErrConflict) {
		errs.Add("reason", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return again()
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存新版本")})
	h.redirect(w, r, "/breaches#contacts")
	return nil
}

// exposureOf reads what is asked: by whom, where and when. Without an own
// question it is that of the breach.
func (h *Handlers) exposureOf(r *http.Request, b db.Breach) (views.ExposureQuery, db.ExposureFilter, ui.Errors, error) {
	ctx, errs := r.Context(), ui.Errors{}
	q := views.ExposureQuery{Account: query(r, "account"), Branch: query(r, "branch"), From: query(r, "from"), To: query(r, "to"), MaxDay: h.today()}
	f := db.ExposureFilter{Branch: db.ParseID(q.Branch), After: db.ParseID(query(r, "after"))}
	if !r.URL.Query().Has("from") {
		q.From, q.To, q.Account, f.User = b.From, b.To, b.Username, b.UserID
		if q.From == "" || q.To == "" {
			return q, f, errs, nil
		}
	} else {
		id, ok, err := h.accountNamed(ctx, q.Account)
		if err != nil {
			return q, f, errs, err
		}
		if f.User = id; !ok {
			errs.Add("account", lang.T(ctx, "没有这个用户名"))
		}
	}
	from, to := storedDay(q.From), storedDay(q.To)
	switch {
	case !from.Valid():
		errs.Add("from", lang.T(ctx, "请填日期"))
	case !to.Valid():
		errs.Add("to", lang.T(ctx, "请填日期"))
	case to < from:
		errs.Add("to", lang.T(ctx, "比开始那天还早"))
	case int(to-from) > longestSpan:
		errs.Add("to", lang.T(ctx, "一次最多查 %d 天", longestSpan))
	}
	f.From, f.To = q.From, q.To
	return q, f, errs, nil
}

// breachOf is the breach of the address, as the actor may read it.
func (h *Handlers) breachOf(r *http.Request) (db.Breach, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Breach{}, err
	}
	return h.db.Breach(r.Context(), actorOf(r).Scope(policy.AuditRead), id)
}

// breachShow is the page of one breach.
func (h *Handlers) breachShow(w http.ResponseWriter, r *http.Request) error {
	b, err := h.breachOf(r)
	if err != nil {
		return err
	}
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	p := views.BreachPage{ID: idText(b.ID), Version: strconv.FormatInt(b.Version, 10), Title: b.Title, About: b.About, Branch: h.db.BranchName(b.BranchID), By: b.CreatedBy, Account: b.User,
		Found: views.DayWord(ctx, b.FoundOn, h.today()), Entered: views.TimeWord(ctx, time.UnixMilli(b.CreatedAt), now), Open: b.ClosedAt == 0,
		CanEdit: a.Scope(policy.PrivacyEdit).SeesBranch(h.db.Chain(b.BranchID)), CanClose: true,
		Printed: lang.T(ctx, "%s，%s 打印于 %s", h.printedAt(b.BranchID), a.Name, h.today())}
	if b.ClosedAt != 0 {
		p.Closed = views.TimeWord(ctx, time.UnixMilli(b.ClosedAt), now)
	}
	for _, step := range consent.Steps {
		line := views.BreachStepLine{Code: step, Must: slices.Contains(consent.MustClose, step)}
		line.Title, line.Hint = views.StepWord(ctx, step)
		if s, done := b.Done(step); done {
			line.Done, line.Who, line.Note, line.At = true, s.User, s.Note, views.TimeWord(ctx, time.UnixMilli(s.At), now)
		} else if line.Must {
			p.CanClose = false
		}
		p.Steps = append(p.Steps, line)
	}
	contacts, _, err := h.db.BreachContacts(ctx)
	if err != nil {
		return err
	}
	p.Contacts = breachContacts(ctx, contacts)
	q, f, errs, err := h.exposureOf(r, b)
	if err != nil {
		return err
	}
	q.Branches = h.breachBranches(ctx, a, policy.AuditRead)
	status := http.StatusOK
	p.PrintHref = p.Href() + "/print?" + r.URL.RawQuery
	if p.Query, p.Errors = q, errs; errs.Any() {
		status = http.StatusUnprocessableEntity
	} else if f.From != "" {
		if err := h.exposed(ctx, a, f, &p); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "信息泄露"), body: views.Breach(p), active: "/breaches"})
}

// exposed adds a page of the clients who could have been seen.
func (h *Handlers) exposed(ctx context.Context, a policy.Actor, f db.ExposureFilter, p *views.BreachPage) error {
	scope := a.Scope(policy.AuditRead)
	n, err := h.db.CountExposure(ctx, scope, f)
	if err != nil {
		return err
	}
	f.Limit = exposedPage + 1
	list, err := h.db.Exposure(ctx, scope, f)
	if err != nil {
		return err
	}
	asked := url.Values{"account": {p.Query.Account}, "branch": {p.Query.Branch}, "from": {p.Query.From}, "to": {p.Query.To}}
	at := p.Href() + "?" + asked.Encode()
	p.Total, p.BookHref = strconv.FormatInt(n, 10), p.Href()+"/exposed.xlsx?"+asked.Encode()
	if f.After != 0 {
		p.First = at + "#exposed"
	}
	if len(list) > exposedPage {
		list = list[:exposedPage]
		p.Next = at + "&after=" + idText(list[exposedPage-1].CustomerID) + "#exposed"
	}
	for _, x := range list {
		p.Rows = append(p.Rows, views.ExposedLine{Href: "/customers/" + idText(x.CustomerID) + "/looks", Code: x.Code, Name: x.Name, Branch: h.db.BranchName(x.BranchID),
			Looks: strconv.FormatInt(x.Looks, 10), Reveals: strconv.FormatInt(x.Reveals, 10), Exports: strconv.FormatInt(x.Exports, 10),
			Last: views.TimeWord(ctx, time.UnixMilli(x.Last), h.db.Now())})
	}
	return nil
}

// breachPrint leaves on record that the page was printed, with the clients on it.
func (h *Handlers) breachPrint(w http.ResponseWriter, r *http.Request) error {
	b, err := h.breachOf(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	_, f, errs, err := h.exposureOf(r, b)
	if err != nil {
		return err
	}
	var customers []int64
	if !errs.Any() && f.From != "" {
		f.Limit = exposedPage
		list, err := h.db.Exposure(ctx, a.Scope(policy.AuditRead), f)
		if err != nil {
			return err
		}
		for _, x := range list {
			customers = append(customers, x.CustomerID)
		}
	}
	if err := h.db.RecordCharged(ctx, a, "breaches.print", db.Left{Rows: int64(len(customers)), Customers: customers, Branch: b.BranchID, Subject: b.ID}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// breachBook sends everybody who could have been seen, for the letters.
func (h *Handlers) breachBook(w http.ResponseWriter, r *http.Request) error {
	b, err := h.breachOf(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	_, f, errs, err := h.exposureOf(r, b)
	if err != nil {
		return err
	}
	if errs.Any() || f.From == "" {
		return errBadRequest
	}
	f.After, f.Limit = 0, mostExposed
	list, err := h.db.Exposure(ctx, a.Scope(policy.AuditRead), f)
	if err != nil {
		return err
	}
	table := [][]string{{lang.T(ctx, "编码"), lang.T(ctx, "客户"), lang.T(ctx, "网点"), lang.T(ctx, "打开几次"), lang.T(ctx, "显示几条"), lang.T(ctx, "导出几次"), lang.T(ctx, "最后一次")}}
	var customers []int64
	for _, x := range list {
		table = append(table, []string{x.Code, x.Name, h.db.BranchName(x.BranchID), strconv.FormatInt(x.Looks, 10), strconv.FormatInt(x.Reveals, 10), strconv.FormatInt(x.Exports, 10),
			time.UnixMilli(x.Last).In(db.Zone).Format("2006-01-02 15:04")})
		customers = append(customers, x.CustomerID)
	}
	return h.sendBook(w, r, "breaches.export", "exposed-"+h.today(), lang.T(ctx, "谁的信息可能被看到"), "/breaches/"+idText(b.ID), table, customers...)
}

// breachStep notes that a step was taken, or takes it back.
func (h *Handlers) breachStep(w http.ResponseWriter, r *http.Request) error {
	return h.breachAct(w, r, func(id int64) error {
		note := field(r, "note")
		if utf8.RuneCountInString(note) > 200 {
			return errBadRequest
		}
		return h.db.StepBreach(r.Context(), actorOf(r), id, field(r, "step"), note, field(r, "back") == "1")
	})
}

// breachClose ends a breach, or opens it again.
func (h *Handlers) breachClose(w http.ResponseWriter, r *http.Request) error {
	return h.breachAct(w, r, func(id int64) error {
		return h.db.CloseBreach(r.Context(), actorOf(r), id, db.ParseID(field(r, "version")), field(r, "again") == "1")
	})
}

func (h *Handlers) breachAct(w http.ResponseWriter, r *http.Request, act func(id int64) error) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = act(id)
	switch {
	case errors.Is(err, db.ErrStepsOpen):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "标着“法律要求”的做完，才能办结。")})
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人处理过了，看看现在的样子")})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已记下")})
	}
	h.redirect(w, r, "/breaches/"+idText(id)+"#steps")
	return nil
}
