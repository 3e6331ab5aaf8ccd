package handlers

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// caseQuery is what the address of the list of cases asks for.
type caseQuery struct {
	db.CaseFilter
	who, due, from, to string
	path               string // of the page; the list's when ""
	firstKept          bool   // the bare address opens a view of theirs: all of them has its own
}

func (h *Handlers) readCaseQuery(r *http.Request) caseQuery {
	known := func(list []string, name string) string {
		if w := query(r, name); slices.Contains(list, w) {
			return w
		}
		return ""
	}
	q := caseQuery{due: known([]string{"late", "soon"}, "due")}
	q.Show = cmp.Or(known([]string{db.CasesClosed, db.CasesAll}, "show"), db.CasesOpen)
	q.Kind, q.Severity = known(casework.Kinds, "kind"), known(casework.Severities, "severity")
	q.Channel, q.Step = known(append(slices.Clone(casework.Channels), casework.Program), "channel"), known(casework.Steps, "step")
	q.CauseID, q.CustomerID, q.BranchID = db.ParseID(query(r, "cause")), db.ParseID(query(r, "customer")), db.ParseID(query(r, "branch"))
	readCounted(func(name string) string { return query(r, name) }, &q)
	q.Alert = known(db.Alerts, "alert")
	q.Newest = query(r, "sort") == "newest" && q.Show == db.CasesOpen
	switch q.who = query(r, "who"); q.who {
	case "mine":
		q.UserID = actorOf(r).UserID
	case "nobody":
		q.Unassigned = true
	default:
		q.UserID = db.ParseID(q.who)
		q.who = idText(q.UserID)
	}
	now := h.db.Now()
	switch q.due {
	case "late":
		q.DueBefore = now.UnixMilli()
	case "soon":
		q.DueFrom, q.SoonBy = now.UnixMilli(), now.UnixMilli()
	}
	if d, err := day.Parse(query(r, "from")); err == nil && d.Valid() {
		q.from, q.From = d.String(), startOfDay(d)
	}
	if d, err := day.Parse(query(r, "to")); err == nil && d.Valid() {
		q.to, q.To = d.String(), startOfDay(d.Add(1))
	}
	if at, id, ok := strings.Cut(query(r, "at"), "_"); ok {
		q.At = db.CaseKey{Value: db.ParseID(at), ID: db.ParseID(id)}
		q.Back = query(r, "back") == "1"
	}
	return q
}

// startOfDay is the first instant of a business day, unix milliseconds.
func startOfDay(d day.Day) int64 {
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, db.Zone).UnixMilli()
}

// values are the address of a list without its place in the pages.
func (q caseQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"kind": q.Kind, "severity": q.Severity, "channel": q.Channel, "step": q.Step, "cause": idText(q.CauseID),
		"customer": idText(q.CustomerID), "branch": idText(q.BranchID), "who": q.who, "due": q.due, "from": q.from, "to": q.to, "alert": q.Alert} {
		if value != "" {
			v.Set(name, value)
		}
	}
	q.countedValues(v)
	if q.Show != db.CasesOpen {
		v.Set("show", q.Show)
	}
	if q.Newest {
		v.Set("sort", "newest")
	}
	return v
}

func (q caseQuery) href() string {
	v, path := q.values(), cmp.Or(q.path, "/cases")
	if q.At.ID != 0 {
		v.Set("at", strconv.FormatInt(q.At.Value, 10)+"_"+idText(q.At.ID))
		if q.Back {
			v.Set("back", "1")
		}
	}
	return casesKept.whole(path, v.Encode(), q.firstKept)
}

// caseList is the list of cases within reach.
func (h *Handlers) caseList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readCaseQuery(r)
	set, err := h.listSettings(ctx, a, casesKept)
	if err != nil {
		return err
	}
	if first := h.firstView(r, casesKept, set); first != "" {
		h.redirect(w, r, first)
		return nil
	}
	q.firstKept = set.First != ""
	q.Brief = !slices.Contains(set.Columns, "parcels") // whose number is counted for each line
	list, err := h.db.Cases(ctx, a, q.CaseFilter)
	if err != nil {
		return err
	}
	n := len(list.Rows)
	if !list.First || !list.Last {
		if n, err = h.db.CountCases(ctx, a, q.CaseFilter, maxCount+1); err != nil {
			return err
		}
	}
	p := views.CaseList{DateLabel: lang.T(ctx, "时限"), Printed: h.printed(ctx, a, a.Branch), Columns: set.Columns}
	if p.Saved, err = h.caseSaved(ctx, a, set, q, ""); err != nil {
		return err
	}
	if q.Show != db.CasesOpen || q.Newest {
		p.DateLabel = lang.T(ctx, "登记")
	}
	if q.Show == db.CasesClosed {
		p.DateLabel = lang.T(ctx, "结案")
	}
	for _, tab := range [][2]string{{db.CasesOpen, lang.T(ctx, "没结的")}, {db.CasesClosed, lang.T(ctx, "结案的")}, {db.CasesAll, lang.T(ctx, "全部")}} {
		to := q
		to.Show, to.At, to.Newest = tab[0], db.CaseKey{}, false
		p.Tabs = append(p.Tabs, views.NavItem{Label: tab[1], Href: to.href(), Active: q.Show == tab[0]})
	}
	p.Views = h.caseViews(ctx, q, "")
	if a.Can(policy.CaseOpen) {
		p.NewHref = "/cases/new"
	}
	if p.Filter, err = h.caseFilterForm(ctx, a, q); err != nil {
		return err
	}
	if err := h.caseChips(ctx, a, q, &p); err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, h.caseLine(ctx, a, q, x))
	}
	h.casePager(ctx, q, list, n, &p)
	if a.Can(policy.CustomerExport) {
		v := q.values()
		p.ExportCSV = "/cases/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.ExportXLSX = "/cases/export?" + v.Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "工单"), body: views.Cases(p), active: "/cases"})
}

func (h *Handlers) casePager(ctx context.Context, q caseQuery, list db.CasePage, n int, p *views.CaseList) {
	p.Pager.Text = lang.T(ctx, "共 %d 件", n)
	if n > maxCount {
		p.Pager.Text = lang.T(ctx, "超过 %d 件", maxCount)
	}
	turn := func(x db.CaseRow, back bool) string {
		q := q
		q.At, q.Back = q.Key(x), back
		return q.href()
	}
	if !list.First && len(list.Rows) > 0 {
		start := q
		start.At = db.CaseKey{}
		p.Pager.First, p.Pager.Prev = start.href(), turn(list.Rows[0], true)
	}
	if !list.Last && len(list.Rows) > 0 {
		p.Pager.Next = turn(list.Rows[len(list.Rows)-1], false)
	}
}

func (h *Handlers) caseFilterForm(ctx context.Context, a policy.Actor, q caseQuery) (views.CaseFilterForm, error) {
	f := views.CaseFilterForm{Show: q.Show, Customer: idText(q.CustomerID), Who: q.who, Kind: q.Kind, Severity: q.Severity, Cause: idText(q.CauseID), Channel: q.Channel,
		Step: q.Step, Due: q.due, Alert: q.Alert, Branch: idText(q.BranchID), From: q.from, To: q.to, Branches: h.branchOptions(ctx, a.Scope(policy.CaseRead))}
	if q.Newest {
		f.Sort = "newest"
	}
	kept := url.Values{}
	q.countedValues(kept)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		f.Kept = append(f.Kept, ui.Option{Value: kept.Get(name), Label: name})
	}
	f.Whose = []ui.Option{{Value: "mine", Label: lang.T(ctx, "我处理的")}, {Value: "nobody", Label: lang.T(ctx, "还没有人的")}}
	takers, err := h.db.CaseTakers(ctx, accessOf(ctx), cmp.Or(q.BranchID, a.Branch))
	if err != nil {
		return f, err
	}
	for _, u := range takers {
		if u.ID != a.UserID && a.Scope(policy.CaseRead).Wide() {
			f.Whose = append(f.Whose, ui.Option{Value: idText(u.ID), Label: u.Name})
		}
	}
	causes, err := h.caseCauses(ctx, f.Cause)
	if err != nil {
		return f, err
	}
	for _, c := range causes {
		f.Causes = append(f.Causes, ui.Option{Value: c.ID, Label: c.Name})
		for _, o := range c.Sub {
			f.Causes = append(f.Causes, ui.Option{Value: o.Value, Label: "　" + o.Label})
		}
	}
	return f, nil
}

func (h *Handlers) caseChips(ctx context.Context, a policy.Actor, q caseQuery, p *views.CaseList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), caseQuery{path: q.path, firstKept: q.firstKept, CaseFilter: db.CaseFilter{Show: db.CasesOpen}}.href()
	chip := func(label, value string, drop func(*caseQuery)) {
		if value != "" {
			q := q
			q.At, p.Narrowed = db.CaseKey{}, true
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	if q.CustomerID != 0 {
		c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), q.CustomerID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		chip(lang.T(ctx, "客户"), cmp.Or(c.ShortName, c.Name, "…"), func(q *caseQuery) { q.CustomerID = 0 })
	}
	if q.Counted.Owner != 0 || q.Counted.Picker != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.Counted.Owner, q.Counted.Picker})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁的客户"), names[q.Counted.Owner], func(q *caseQuery) { q.Counted.Owner = 0 })
		chip(lang.T(ctx, "谁揽收的"), names[q.Counted.Picker], func(q *caseQuery) { q.Counted.Picker = 0 })
	}
	for _, o := range p.Filter.Whose {
		if o.Value == q.who {
			chip(lang.T(ctx, "谁的"), o.Label, func(q *caseQuery) { q.who = "" })
		}
	}
	for _, o := range p.Filter.Causes {
		if o.Value == idText(q.CauseID) {
			chip(lang.T(ctx, "原因"), strings.TrimSpace(o.Label), func(q *caseQuery) { q.CauseID = 0 })
		}
	}
	chip(lang.T(ctx, "类型"), views.CaseKindWord(ctx, q.Kind), func(q *caseQuery) { q.Kind = "" })
	chip(lang.T(ctx, "轻重"), views.SeverityWord(ctx, q.Severity), func(q *caseQuery) { q.Severity = "" })
	chip(lang.T(ctx, "怎么来的"), views.CaseChannelWord(ctx, q.Channel), func(q *caseQuery) { q.Channel = "" })
	chip(lang.T(ctx, "步骤"), views.CaseStepWord(ctx, q.Step), func(q *caseQuery) { q.Step = "" })
	chip(lang.T(ctx, "时限"), map[string]string{"late": lang.T(ctx, "已超时"), "soon": lang.T(ctx, "快到时")}[q.due], func(q *caseQuery) { q.due = "" })
	chip(lang.T(ctx, "先打电话"), views.AlertWord(ctx, q.Alert), func(q *caseQuery) { q.Alert = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *caseQuery) { q.BranchID = 0 })
	h.countedChips(ctx, q, chip)
	chip(lang.T(ctx, "登记从"), q.from, func(q *caseQuery) { q.from = "" })
	chip(lang.T(ctx, "到"), q.to, func(q *caseQuery) { q.to = "" })
	return nil
}

func (h *Handlers) caseLine(ctx context.Context, a policy.Actor, q caseQuery, x db.CaseRow) views.CaseLine {
	level := h.caseMask(a, x)
	line := views.CaseLine{Href: "/cases/" + idText(x.ID), Code: x.Code, Customer: cmp.Or(x.CustomerShort, x.Customer, mask.Text(x.Caller, level), lang.T(ctx, "不知道是谁")), Class: x.Class,
		Cause: h.caseWhat(ctx, x), Severity: views.SeverityWord(ctx, x.Severity), SeverityKind: severityKind(x.Severity), Said: mask.Text(x.Said, level), User: x.User,
		Step: views.CaseStepWord(ctx, x.Step), Kind: views.CaseKindWord(ctx, x.Kind), Channel: views.CaseChannelWord(ctx, x.Channel), Branch: h.db.BranchName(x.BranchID), Parcels: x.WaybillCount}
	now := h.db.Now()
	line.Opened, line.SolveDue = views.TimeWord(ctx, time.UnixMilli(x.OpenedAt), now), views.Moment{}
	if x.SolveDue != 0 {
		line.SolveDue = views.TimeWord(ctx, time.UnixMilli(x.SolveDue), now)
	}
	switch {
	case q.Show == db.CasesClosed:
		line.When = views.TimeWord(ctx, time.UnixMilli(x.ClosedAt), now)
	case q.Show == db.CasesAll || q.Newest:
		line.When = views.TimeWord(ctx, time.UnixMilli(x.OpenedAt), now)
	default:
		line.State, line.Badge = h.caseBadge(ctx, x.Case)
		if line.Badge == "" {
			line.When = views.TimeWord(ctx, time.UnixMilli(x.OpenedAt), now)
		}
	}
	return line
}

// caseExport sends exactly what the list shows, all pages of it; what left is
// noted in the audit.
func (h *Handlers) caseExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readCaseQuery(r)
	f, leaves := q.CaseFilter, a.Scope(policy.CustomerExport)
	f.Limit, f.At, f.Back, f.Also = 500, db.CaseKey{}, false, &leaves
	if a.Scope(policy.CaseRead).Empty() {
		return db.ErrRefused
	}
	n, err := h.db.CountCases(ctx, a, f, mostExported+1)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(n), q.href(), lang.T(ctx, "超过 %d 件工单，一个文件放不下。先选日期，再分几次导出。", mostExported)); !ok {
		return err
	}
	file := fileOf{act: "cases.export", name: "cases-" + h.today(), title: lang.T(ctx, "工单") + "-" + h.today(), sheet: lang.T(ctx, "工单"), back: q.href(), format: sheet.CSV,
		heads: caseColumns(ctx), detail: map[string]any{}, rows: func(write func(...sheet.Cell) error) ([]int64, error) { return h.writeCases(ctx, a, f, write) }}
	if query(r, "format") == sheet.XLSX {
		file.format = sheet.XLSX
	}
	for k := range q.values() {
		file.detail[k] = q.values().Get(k)
	}
	return h.sendFile(w, r, file)
}

func caseColumns(ctx context.Context) []string {
	return []string{lang.T(ctx, "工单号"), lang.T(ctx, "登记"), lang.T(ctx, "类型"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "分级"), lang.T(ctx, "网点"),
		lang.T(ctx, "来电人"), lang.T(ctx, "回电号码"), lang.T(ctx, "怎么来的"), lang.T(ctx, "工单或申诉号"), lang.T(ctx, "原因"), lang.T(ctx, "轻重"), lang.T(ctx, "客户怎么说"), lang.T(ctx, "客户要什么"),
		lang.T(ctx, "处理人"), lang.T(ctx, "步骤"), lang.T(ctx, "答复期限"), lang.T(ctx, "解决期限"), lang.T(ctx, "答复时间"), lang.T(ctx, "告知结果"), lang.T(ctx, "结案时间"), lang.T(ctx, "查明和处理")}
}

// writeCases writes all pages of a list into a sheet; it answers whose cases they
// are.
func (h *Handlers) writeCases(ctx context.Context, a policy.Actor, f db.CaseFilter, write func(...sheet.Cell) error) (customers []int64, err error) {
	at := func(ms int64) string {
		if ms == 0 {
			return ""
		}
		return time.UnixMilli(ms).In(db.Zone).Format("2006-01-02 15:04")
	}
	for {
		list, err := h.db.Cases(ctx, a, f)
		if err != nil {
			return nil, err
		}
		for _, x := range list.Rows {
			level, work := h.caseMask(a, x), h.workMask(a, x)
			number := x.CallerPhone
			if number != "" {
				number = shownPhone(phone.Display(number), level)
			}
			var cells []sheet.Cell
			for _, text := range []string{x.Code, at(x.OpenedAt), views.CaseKindWord(ctx, x.Kind), x.CustomerCode, x.Customer, x.Class, h.db.BranchName(x.BranchID), mask.Text(x.Caller, level), number,
				views.CaseChannelWord(ctx, x.Channel), mask.Text(x.Ticket, level), views.CauseLine(ctx, x.Cause.Code, x.Cause.Name, x.Cause.ParentCode, x.Cause.ParentName), views.SeverityWord(ctx, x.Severity),
				mask.Text(x.Said, level), mask.Text(views.WantWord(ctx, x.Wants), level), x.User, views.CaseStepWord(ctx, x.Step), at(x.AnswerDue), at(x.SolveDue), at(x.AnsweredAt), at(x.SolvedAt), at(x.ClosedAt), mask.Text(x.Result, work)} {
				cells = append(cells, sheet.TextOf(text))
			}
			if err := write(cells...); err != nil {
				return nil, err
			}
			if x.CustomerID != 0 {
				customers = append(customers, x.CustomerID)
			}
		}
		if list.Last {
			return customers, nil
		}
		f.At = f.Key(list.Rows[len(list.Rows)-1])
	}
}

// tidyCases is what of an address says which cases are listed.
func (h *Handlers) tidyCases(r *http.Request, page string, v url.Values) string {
	asked := r.Clone(r.Context())
	asked.URL.RawQuery = v.Encode()
	q := h.readCaseQuery(asked)
	if page == boardView {
		q = q.onBoard()
	}
	return q.values().Encode()
}

// caseSaved are the reader's views of the list and the board, and the shared ones.
func (h *Handlers) caseSaved(ctx context.Context, a policy.Actor, set listSettings, q caseQuery, page string) (views.SavedMenu, error) {
	asked := q.values().Encode()
	columns := url.Values{}
	if page != "" {
		columns.Set("page", page)
	}
	shared, err := h.sharedViews(ctx, a, casesKept, page, asked, q.firstKept)
	return views.SavedMenu{Views: h.savedViews(casesKept, set, page, asked), Shared: shared, AllHref: casesKept.href("", "", q.firstKept), Whole: page == "" && asked == "",
		ColumnsHref: join(address("/cases/columns", columns), asked)}, err
}

// caseCount is how many open cases the actor handles, and whether one of them
// is late; "" for none.
func (h *Handlers) caseCount(ctx context.Context, a policy.Actor) (count string, late bool) {
	count = h.counted(ctx, &h.caseCounts, a, "count the cases", func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{UserID: a.UserID}, todoMost+1)
	})
	if count == "" {
		return "", false
	}
	late = h.counted(ctx, &h.caseLates, a, "count the late cases", func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{UserID: a.UserID, DueBefore: h.db.Now().UnixMilli()}, 1)
	}) != ""
	return count, late
}
