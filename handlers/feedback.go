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
	"yike/policy/feedback"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Ways to look at the list of forms.
const (
	formsWaiting = "waiting" // for an answer
	formsDrafts  = "drafts"  // one's own
)

// formQuery is what the address of a list of forms asks for.
type formQuery struct {
	db.FormFilter
	view, class string
	late        bool
}

// classNone stands in an address for clients without a class.
const classNone = "-"

func (h *Handlers) readFormQuery(r *http.Request) formQuery {
	q := formQuery{class: query(r, "class"), late: query(r, "late") == "1"}
	asDay := func(name string) string {
		if d, err := day.Parse(query(r, name)); err == nil && d.Valid() {
			return d.String()
		}
		return ""
	}
	q.From, q.To = asDay("from"), asDay("to")
	q.BranchID, q.UserID, q.CustomerID = db.ParseID(query(r, "branch")), db.ParseID(query(r, "user")), db.ParseID(query(r, "customer"))
	switch query(r, "view") {
	case formsWaiting:
		q.view, q.Waits = formsWaiting, true
	case formsDrafts:
		q.view, q.State = formsDrafts, db.FormDraft
	default:
		if s := query(r, "state"); s != db.FormDraft && slices.Contains(db.FormStates, s) {
			q.State = s
		}
	}
	if slices.Contains(feedback.Classes, q.class) {
		q.Class = &q.class
	} else if q.class == classNone {
		q.Class = new(string)
	} else {
		q.class = ""
	}
	if q.late {
		q.Late = h.today()
	}
	if on, id, ok := cutKey(query(r, "before")); ok {
		q.After = db.FormKey{Day: on, ID: id}
	}
	return q
}

// cutKey reads a place in a list: a day and an id.
func cutKey(text string) (on string, id int64, ok bool) {
	if len(text) < len("2006-01-02.x") {
		return "", 0, false
	}
	d, err := day.Parse(text[:10])
	id, bad := strconv.ParseInt(text[11:], 36, 64)
	return d.String(), id, err == nil && bad == nil
}

func (q formQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"view": q.view, "from": q.From, "to": q.To, "branch": idText(q.BranchID), "user": idText(q.UserID), "customer": idText(q.CustomerID), "class": q.class} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.view == "" && q.State != "" {
		v.Set("state", q.State)
	}
	if q.late {
		v.Set("late", "1")
	}
	if q.After.ID != 0 {
		v.Set("before", q.After.Day+"."+strconv.FormatInt(q.After.ID, 36))
	}
	return v
}

func (q formQuery) href(path string) string {
	if v := q.values(); len(v) > 0 {
		return path + "?" + v.Encode()
	}
	return path
}

// formsOfMonth is the list of the forms of a branch in a month, of one class or
// ("") of all.
func formsOfMonth(branch int64, month, class string) string {
	first, err := day.Parse(month + "-01")
	if err != nil {
		return "/forms"
	}
	q := formQuery{FormFilter: db.FormFilter{BranchID: branch, From: first.String(), To: first.MonthEnd().String()}, class: class}
	return q.href("/forms")
}

// formList shows the forms and how the month's quota fills.
func (h *Handlers) formList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readFormQuery(r)
	list, more, err := h.db.FeedbackForms(ctx, a, q.FormFilter)
	if err != nil {
		return err
	}
	all := q
	all.After = db.FormKey{}
	n, err := h.db.CountForms(ctx, a, all.FormFilter, maxCount+1)
	if err != nil {
		return err
	}
	p := views.FeedbackList{View: q.view, From: q.From, To: q.To, Branch: idText(q.BranchID), User: idText(q.UserID), Class: q.class, State: q.State, Branches: h.branchOptions(ctx, a.Scope(policy.FormRead)), Count: lang.T(ctx, "共 %d 份", n)}
	if n > maxCount {
		p.Count = lang.T(ctx, "超过 %d 份", maxCount)
	}
	p.Tabs = []views.NavItem{{Label: lang.T(ctx, "全部"), Href: "/forms", Active: q.view == ""}, {Label: lang.T(ctx, "等答复的"), Href: "/forms?view=" + formsWaiting, Active: q.view == formsWaiting}}
	if a.Can(policy.FormFill) {
		p.Tabs = append(p.Tabs, views.NavItem{Label: lang.T(ctx, "我的草稿"), Href: "/forms?view=" + formsDrafts, Active: q.view == formsDrafts})
		p.NewHref = "/forms/new"
	}
	for _, x := range list {
		p.Rows = append(p.Rows, h.formLine(ctx, a, x))
	}
	if more {
		last, next := list[len(list)-1], q
		next.After = db.FormKey{Day: last.Day, ID: last.ID}
		p.Next = next.href("/forms")
	}
	if a.Scope(policy.FormRead).Wide() {
		if p.Users, err = h.fillers(ctx, a); err != nil {
			return err
		}
	}
	if a.Can(policy.CustomerExport) && q.view != formsDrafts {
		v := all.values()
		p.ExportCSV = "/forms/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.ExportXLSX = "/forms/export?" + v.Encode()
	}
	if err := h.formChips(ctx, a, q, &p); err != nil {
		return err
	}
	if p.Quota, err = h.quotaPane(ctx, a); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "反馈表"), body: views.FeedbackForms(p), active: "/forms"})
}

// fillers are the people who may have filled in forms that the actor reads.
func (h *Handlers) fillers(ctx context.Context, a policy.Actor) ([]ui.Option, error) {
	users, err := h.db.Users(ctx, a.Scope(policy.FormRead), true)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, u := range users {
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.FormFill) {
			out = append(out, ui.Option{Value: idText(u.ID), Label: u.Name, Group: h.db.BranchName(u.BranchID)})
		}
	}
	return out, nil
}

func (h *Handlers) formChips(ctx context.Context, a policy.Actor, q formQuery, p *views.FeedbackList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), formQuery{view: q.view}.href("/forms")
	chip := func(label, value string, drop func(*formQuery)) {
		if value != "" {
			q := q
			q.After = db.FormKey{}
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href("/forms")})
		}
	}
	chip(lang.T(ctx, "从"), q.From, func(q *formQuery) { q.From = "" })
	chip(lang.T(ctx, "到"), q.To, func(q *formQuery) { q.To = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *formQuery) { q.BranchID = 0 })
	if q.UserID != 0 {
		names, err := h.userNames(ctx, []int64{q.UserID})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁写的"), names[q.UserID], func(q *formQuery) { q.UserID = 0 })
	}
	if q.CustomerID != 0 {
		name := lang.T(ctx, "一位客户")
		if len(p.Rows) > 0 {
			name = p.Rows[0].Customer
		}
		chip(lang.T(ctx, "客户"), name, func(q *formQuery) { q.CustomerID = 0 })
	}
	if q.Class != nil {
		chip(lang.T(ctx, "分级"), views.ClassLabel(ctx, *q.Class), func(q *formQuery) { q.Class, q.class = nil, "" })
	}
	if q.view == "" {
		chip(lang.T(ctx, "状态"), views.FormStateWord(ctx, q.State), func(q *formQuery) { q.State = "" })
	}
	if q.late {
		chip(lang.T(ctx, "期限"), lang.T(ctx, "超期没答复"), func(q *formQuery) { q.late, q.Late = false, "" })
	}
	return nil
}

// formLine is a form in a list. What the client said is masked for whom the
// client's numbers are.
func (h *Handlers) formLine(ctx context.Context, a policy.Actor, x db.FormRow) views.FeedbackRow {
	level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
	line := views.FeedbackRow{Href: "/forms/" + idText(x.ID), Customer: cmp.Or(x.CustomerShort, x.Customer), Class: cmp.Or(x.Class, x.ClassNow), Who: x.User, Branch: h.db.BranchName(x.BranchID),
		Text: shorten(mask.Text(feedback.Gist(x.Answers), level), 80), Day: views.DayWord(ctx, x.Day, h.today()), StateText: views.FormStateWord(ctx, x.State), StateKind: views.FormStateKind(x.State)}
	if x.State == db.FormDraft {
		line.Href += "/edit"
	}
	if x.Waits() {
		line.Due, line.Late = views.DayWord(ctx, x.Due, h.today()), x.Due < h.today()
	}
	return line
}

// quotaPane is how this month's quota fills for who looks; nil when nothing is
// asked of their branches.
func (h *Handlers) quotaPane(ctx context.Context, a policy.Actor) (*views.QuotaPane, error) {
	month := h.today()[:7]
	list, err := h.db.FormQuotas(ctx, a, month)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(q db.BranchQuota) bool { return q.Quota.Total == 0 && q.Total == 0 })
	if len(list) == 0 {
		return nil, nil
	}
	p := &views.QuotaPane{Title: lang.T(ctx, "本月交了多少"), Href: "/forms/quota"}
	if len(list) == 1 {
		q := list[0]
		p.Title = lang.T(ctx, "%s本月交了多少", h.db.BranchName(q.Branch))
		p.Cells, p.Owed = h.quotaCells(ctx, a, q, month), owedText(ctx, q.Owed)
		if p.Owed == "" {
			p.Said = lang.T(ctx, "交够了")
		}
		return p, nil
	}
	short := 0
	for _, q := range list {
		if q.Owed.Total > 0 {
			short++
		}
	}
	p.Cells = []views.QuotaCell{{Label: lang.T(ctx, "交够的网点"), Sent: strconv.Itoa(len(list) - short), Of: strconv.Itoa(len(list)), Href: "/forms/quota"},
		{Label: lang.T(ctx, "没交够的网点"), Sent: strconv.Itoa(short), Href: "/forms/quota?short=1", Short: short > 0}}
	return p, nil
}

// quotaCells are how many forms a branch sent, together and by class, each with
// its list for who sees all of it.
func (h *Handlers) quotaCells(ctx context.Context, a policy.Actor, q db.BranchQuota, month string) []views.QuotaCell {
	whole := a.Scope(policy.FormRead).SeesBranch(h.db.Chain(q.Branch))
	cell := func(label string, sent, of int, class string) views.QuotaCell {
		c := views.QuotaCell{Label: label, Sent: strconv.Itoa(sent), Of: strconv.Itoa(of), Short: sent < of}
		if whole {
			c.Href = formsOfMonth(q.Branch, month, class)
		}
		return c
	}
	out := []views.QuotaCell{cell(lang.T(ctx, "一共"), q.Total, q.Quota.Total, "")}
	for _, class := range feedback.Classes {
		out = append(out, cell(views.ClassLabel(ctx, class), q.Sent[class], q.Quota.Of(class), class))
	}
	return out
}

// owedText says what is missing: "还差 2 份：A 类 1、B 类 1"; "" for nothing.
func owedText(ctx context.Context, o feedback.Owed) string {
	if o.Total == 0 {
		return ""
	}
	return lang.T(ctx, "还差 %s", owedOf(ctx, o))
}

// owedOf is the same where it is said already that it is missing.
func owedOf(ctx context.Context, o feedback.Owed) string {
	if o.Total == 0 {
		return ""
	}
	text := lang.T(ctx, "%d 份", o.Total)
	var classes []string
	for _, class := range feedback.Classes {
		if n := o.Class[class]; n > 0 {
			classes = append(classes, lang.T(ctx, "%s %d", views.ClassLabel(ctx, class), n))
		}
	}
	if len(classes) == 0 {
		return text
	}
	return text + lang.T(ctx, "：") + joined(ctx, classes)
}

// formQuotas is how the quotas of all branches fill in a month.
func (h *Handlers) formQuotas(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	now := h.todayDay().MonthStart()
	month := now
	if d, err := day.Parse(query(r, "month") + "-01"); err == nil && d.Valid() && d.Year() > 2000 && d <= now {
		month = d
	}
	name := month.String()[:7]
	list, err := h.db.FormQuotas(ctx, a, name)
	if err != nil {
		return err
	}
	at := func(m day.Day, short bool) string {
		v := url.Values{"month": {m.String()[:7]}}
		if short {
			v.Set("short", "1")
		}
		return "/forms/quota?" + v.Encode()
	}
	p := views.QuotaPage{Month: name, Short: query(r, "short") == "1", AllHref: at(month, false), ShortHref: at(month, true)}
	p.PrevHref = at(month.AddMonths(-1), p.Short)
	if month < now {
		p.NextHref = at(month.AddMonths(1), p.Short)
	}
	for _, q := range list {
		if p.Short && q.Owed.Total == 0 {
			continue
		}
		rule := lang.T(ctx, "默认")
		if q.Rule.Version > 0 {
			rule = lang.T(ctx, "第 %d 版", q.Rule.Version)
		}
		p.Rows = append(p.Rows, views.QuotaRow{Branch: h.db.BranchName(q.Branch), Owed: owedOf(ctx, q.Owed), Rule: rule, Cells: h.quotaCells(ctx, a, q, name)})
	}
	p.Count = lang.T(ctx, "共 %d 个网点", len(p.Rows))
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "反馈表交了多少"), body: views.FormQuotas(p), active: "/forms"})
}

// formsSent bounds how many forms one file holds: it is built in memory.
const formsSent = 20_000

// formExport sends the forms of a list, each answer in a column of its own.
func (h *Handlers) formExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Can(policy.FormRead) {
		return db.ErrRefused
	}
	q := h.readFormQuery(r)
	leaves := a.Scope(policy.CustomerExport)
	q.Also, q.Limit, q.After = &leaves, 500, db.FormKey{}
	var list []db.FormRow
	for {
		page, more, err := h.db.FeedbackForms(ctx, a, q.FormFilter)
		if err != nil {
			return err
		}
		list = append(list, page...)
		if !more {
			break
		}
		if len(list) >= formsSent {
			q.After = db.FormKey{}
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 条记录，一个文件放不下。先选日期，再分几次导出。", formsSent)})
			h.redirect(w, r, q.href("/forms"))
			return nil
		}
		last := page[len(page)-1]
		q.After = db.FormKey{Day: last.Day, ID: last.ID}
	}
	q.After = db.FormKey{}
	f := fileOf{act: "forms.export", name: "forms-" + h.today(), title: lang.T(ctx, "反馈表"), sheet: lang.T(ctx, "反馈表"), back: q.href("/forms"), detail: map[string]any{}}
	for name := range q.values() {
		f.detail[name] = q.values().Get(name)
	}
	if query(r, "format") != sheet.XLSX {
		f.format = sheet.CSV
	}
	f.heads = []string{lang.T(ctx, "日期"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "分级"), lang.T(ctx, "网点"), lang.T(ctx, "谁写的"), lang.T(ctx, "状态"), lang.T(ctx, "答复期限")}
	var asked []string // the questions of all of them, in their order
	for _, x := range list {
		for _, answer := range x.Answers {
			if !slices.Contains(asked, answer.Label) {
				asked = append(asked, answer.Label)
			}
		}
	}
	for _, label := range asked {
		f.heads = append(f.heads, views.FormWord(ctx, label))
	}
	f.rows = func(write func(...sheet.Cell) error) (customers []int64, err error) {
		for _, x := range list {
			customers = append(customers, x.CustomerID)
			if err := write(h.formCells(ctx, a, x, asked)...); err != nil {
				return customers, err
			}
		}
		return customers, nil
	}
	return h.sendFile(w, r, f)
}

func (h *Handlers) formCells(ctx context.Context, a policy.Actor, x db.FormRow, asked []string) []sheet.Cell {
	level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
	asDay := func(s string) sheet.Cell {
		d, err := day.Parse(s)
		if err != nil {
			return sheet.TextOf("")
		}
		return sheet.DayOf(d.Time())
	}
	cells := []sheet.Cell{asDay(x.Day), sheet.TextOf(x.CustomerCode), sheet.TextOf(x.Customer), sheet.TextOf(x.Class), sheet.TextOf(h.db.BranchName(x.BranchID)), sheet.TextOf(x.User), sheet.TextOf(views.FormStateWord(ctx, x.State)), asDay(x.Due)}
	for _, label := range asked {
		text := ""
		for _, answer := range x.Answers {
			if answer.Label == label {
				text = mask.Text(views.AnswerText(ctx, answer), level)
			}
		}
		cells = append(cells, sheet.TextOf(text))
	}
	return cells
}

// todayForms is how many forms were sent this month, one's own or of the
// branch, with what is missing; of several branches how many are short.
func (h *Handlers) todayForms(ctx context.Context, q todayAsk) (ui.StatProps, error) {
	a, month := q.actor, q.day[:7]
	list, err := h.db.FormQuotas(ctx, a, month)
	if err != nil {
		return ui.StatProps{}, err
	}
	list = slices.DeleteFunc(list, func(x db.BranchQuota) bool { return x.Quota.Total == 0 })
	f := ui.StatProps{Icon: "clipboard-text", Label: lang.T(ctx, "本月反馈表")}
	switch {
	case len(list) == 0:
		return ui.StatProps{}, nil
	case len(list) > 1:
		short := 0
		for _, x := range list {
			if x.Owed.Total > 0 {
				short++
			}
		}
		f.Label, f.Value, f.Href = lang.T(ctx, "反馈表没交够的网点"), strconv.Itoa(short), "/forms/quota?short=1"
		return f, nil
	}
	x := list[0]
	f.Unit = cmp.Or(owedText(ctx, x.Owed), lang.T(ctx, "交够了"))
	if a.Scope(policy.FormRead).SeesBranch(h.db.Chain(x.Branch)) && q.whole {
		f.Value, f.Href = strconv.Itoa(x.Total), formsOfMonth(x.Branch, month, "")
		return f, nil
	}
	// Who sees their own clients alone counts their own; what is missing is the branch's.
	mine := formQuery{FormFilter: db.FormFilter{UserID: a.UserID, From: month + "-01", To: h.todayDay().MonthEnd().String()}}
	n, err := h.db.CountForms(ctx, a, mine.FormFilter, todayMost+1)
	f.Label, f.Value, f.Href = lang.T(ctx, "我本月的反馈表"), upTo(n, todayMost), mine.href("/forms")
	if x.Owed.Total > 0 {
		f.Unit = lang.T(ctx, "网点%s", owedText(ctx, x.Owed))
	}
	return f, err
}
