package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/people"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
)

const (
	peoplePath   = "/reports/people"
	peopleListed = 60 // of one group at once
)

// peopleReport is what people's work came to in a span of months, person by
// person (R237, R239–R241).
func (h *Handlers) peopleReport() framed {
	return framed{path: peoplePath, reach: policy.PeopleRead, usual: 1, ranks: people.Ranked(), make: h.people}
}

// peopleFrame begins a report of people.
func (h *Handlers) peopleFrame(ctx context.Context, a policy.Actor, q reportQuery) views.Report {
	scope := a.Scope(policy.PeopleRead)
	p := h.reportFrame(ctx, a, q, scope)
	p.NoShelf = !a.Can(policy.WaybillRead)
	if !scope.Wide() {
		p.Branches, p.Others, p.XLSX = nil, nil, ""
	}
	return p
}

// people puts the report together, a table for each group of people.
func (h *Handlers) people(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	scope := a.Scope(policy.PeopleRead)
	if !scope.Wide() {
		q.rank = ""
	}
	p := h.peopleFrame(ctx, a, q)
	if err := h.offerPlaces(ctx, a, q, &p); err != nil {
		return p, err
	}
	aims, err := h.db.MonthTargets(ctx, q.first, q.last)
	if err != nil {
		return p, err
	}
	p.Title, p.Question = lang.T(ctx, "人员绩效"), lang.T(ctx, "谁做了多少、做得怎样？数字从哪里来，下面写着；点开就是名单。")
	for _, group := range people.Groups {
		t, err := h.peopleTable(ctx, a, q, group, aims)
		if errors.Is(err, db.ErrTooMany) {
			p.Empty = lang.T(ctx, "这几个月的工单太多，一次数不完。少选几个月。")
			return p, nil
		}
		if err != nil {
			return p, err
		}
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
	if len(p.Tables) == 0 {
		p.Empty = lang.T(ctx, "这里没有业务员、客服或快递员。换一个网点看。")
		if !scope.Wide() {
			p.Empty = lang.T(ctx, "这里只数业务员、客服和快递员的工作。")
		}
		return p, nil
	}
	p.Means = peopleMeans(ctx)
	return p, nil
}

func peopleMeans(ctx context.Context) (out []views.ReportMeaning) {
	for _, m := range people.Measures {
		out = append(out, views.ReportMeaning{Name: views.PeopleWord(ctx, m.Code), Text: views.PeopleMeaning(ctx, m.Code)})
	}
	return append(out, views.ReportMeaning{Name: lang.T(ctx, "谁看得到"), Text: lang.T(ctx, "本人看自己的，经理看自己管的人的，别人看不到。数目是看的人点得开的名单有多少。")})
}

// peopleTable is a table of one group, its people by name; below them what they
// come to together, before, a year ago, and those of another branch.
func (h *Handlers) peopleTable(ctx context.Context, a policy.Actor, q reportQuery, group string, aims *db.MonthTargets) (views.ReportTable, error) {
	scope := a.Scope(policy.PeopleRead)
	t := views.ReportTable{Title: views.PeopleGroupWord(ctx, group), Head: lang.T(ctx, "姓名"), Columns: peopleColumns(ctx, group)}
	list, more, err := h.db.Colleagues(ctx, scope, group, q.branch, peopleListed)
	if err != nil || len(list) == 0 {
		return t, err
	}
	if more {
		t.Sub = lang.T(ctx, "先列 %d 位，选一个网点看其余的", peopleListed)
	}
	if err := aims.Follow(ctx, list); err != nil {
		return t, err
	}
	of, err := h.db.PeopleFigures(ctx, a, list, q.first, q.last)
	if err != nil {
		return t, err
	}
	all := people.Figures{}
	var placed []placedRow
	for _, c := range list {
		f := *of[c.ID]
		if c.Gone(h.today()) && f.Absent() {
			continue
		}
		all.Add(f)
		row := views.ReportRow{Name: c.Name, Href: personHref(c.ID, q), Cells: h.peopleCells(ctx, a, q, c, f, aims)}
		if !scope.Wide() {
			row.Name = lang.T(ctx, "我")
		}
		placed = append(placed, placedRow{row: row, who: c, of: f})
	}
	without := false
	if t.Rows, without, err = h.inPlaces(ctx, q.rank, group, placed); err != nil {
		return t, err
	}
	if without {
		t.Sub = strings.TrimSpace(t.Sub + " " + lang.T(ctx, "没有名次的：网点关掉了排名，或者没有数"))
	}
	if !scope.Wide() || len(t.Rows) == 0 {
		return t, nil
	}
	plain := func(name string, f people.Figures) {
		t.Rows = append(t.Rows, views.ReportRow{Name: name, Sum: true, Cells: h.peopleCells(ctx, a, q, db.Colleague{Group: group}, f, nil)})
	}
	plain(lang.T(ctx, "一共"), all)
	for _, x := range []struct {
		name string
		q    reportQuery
	}{{lang.T(ctx, "上期"), q.back(q.months())}, {lang.T(ctx, "去年同期"), q.back(12)}} {
		f, err := h.peopleSum(ctx, a, list, x.q)
		if err != nil {
			return t, err
		}
		plain(x.name, f)
	}
	if name := h.db.BranchName(q.with); name != "" {
		others, _, err := h.db.Colleagues(ctx, scope, group, q.with, peopleListed)
		if err != nil {
			return t, err
		}
		f, err := h.peopleSum(ctx, a, others, q)
		if err != nil {
			return t, err
		}
		plain(name, f)
	}
	return t, nil
}

func (h *Handlers) peopleSum(ctx context.Context, a policy.Actor, list []db.Colleague, q reportQuery) (all people.Figures, err error) {
	of, err := h.db.PeopleFigures(ctx, a, list, q.first, q.last)
	for _, f := range of {
		all.Add(*f)
	}
	return all, err
}

// personHref is the page of one person's months up to those of the report.
func personHref(id int64, q reportQuery) string {
	return peoplePath + "/" + idText(id) + "?" + url.Values{"from": {q.last.AddMonths(-5).String()[:7]}, "to": {q.last.String()[:7]}}.Encode()
}

// peopleColumns are those of a group, each with how it is counted.
func peopleColumns(ctx context.Context, group string) (out []views.ReportColumn) {
	add := func(label, means string) { out = append(out, views.ReportColumn{Label: label, Means: means}) }
	for _, m := range people.Measures {
		if !m.Of(group) {
			continue
		}
		word, means := views.PeopleWord(ctx, m.Code), views.PeopleMeaning(ctx, m.Code)
		switch m.Code {
		case people.Signed:
			add(lang.T(ctx, "运单"), means)
		case people.Complaints:
			add(lang.T(ctx, "投诉"), means)
		}
		add(word, means)
		switch m.Code {
		case people.Answered:
			add(lang.T(ctx, "答复中位"), lang.T(ctx, "从登记到第一次答复，一半的工单在这么久以内；按工作时间。"))
		case people.Solved:
			add(lang.T(ctx, "解决中位"), lang.T(ctx, "从登记到告诉客户结果，一半的工单在这么久以内；按工作时间。"))
		}
	}
	return out
}

// peopleCells are the figures of one person, each with the list behind it where
// the reader may open one; of the zero Colleague those of several.
func (h *Handlers) peopleCells(ctx context.Context, a policy.Actor, q reportQuery, c db.Colleague, f people.Figures, aims *db.MonthTargets) (out []views.ReportCell) {
	links := h.peopleLinks(a, q, c)
	for _, m := range people.Measures {
		if !m.Of(c.Group) {
			continue
		}
		cell := personCell(m, f)
		aimed(ctx, &cell, m, c, f, aims)
		switch m.Code {
		case people.Signed:
			out = append(out, countCell(f.Parcels, links[people.Signed]))
		case people.Complaints:
			out = append(out, countCell(f.Complaints, links[people.Complaints]))
		case people.Praise:
			if f.Ratings > 0 {
				cell.From, cell.FromHref = lang.T(ctx, "%s 份", views.Thousands(f.Ratings)), links[people.Praise]
			}
		default:
			if m.Unit == people.Count && cell.N > 0 {
				cell.Href = links[m.Code]
			}
		}
		out = append(out, cell)
		switch m.Code {
		case people.Answered:
			out = append(out, spanCell(ctx, f.AnswerTook))
		case people.Solved:
			out = append(out, spanCell(ctx, f.SolveTook))
		}
	}
	return out
}

// personCell is a measure of one person.
func personCell(m people.Measure, f people.Figures) views.ReportCell {
	value, n, _, ok := f.Value(m.Code)
	switch {
	case !ok:
		return views.ReportCell{Text: "–"}
	case m.Unit == people.Count:
		return countCell(n, "")
	}
	return views.ReportCell{Text: unitText(m, value), N: float64(value) / 10, Counts: true}
}

// unitText is a value in the unit of its measure.
func unitText(m people.Measure, value int64) string {
	switch m.Unit {
	case people.Count:
		return views.Thousands(value)
	case people.Share:
		return views.IndexText(value) + "%"
	case people.Fen:
		return moneyShown(value)
	}
	return views.IndexText(value)
}

func spanCell(ctx context.Context, ms int64) views.ReportCell {
	switch {
	case ms < 0:
		return views.ReportCell{Text: "–"}
	case ms < 60_000:
		return views.ReportCell{Text: lang.T(ctx, "不到 1 分钟")}
	}
	return views.ReportCell{Text: views.SpanWord(ctx, ms)}
}

// peopleLinks are the lists behind the figures of one person, of those that the
// reader may open.
func (h *Handlers) peopleLinks(a policy.Actor, q reportQuery, c db.Colleague) map[string]string {
	out := map[string]string{}
	if c.ID == 0 {
		return out
	}
	first, last := q.first.String(), q.last.MonthEnd().String()
	if a.Can(policy.WaybillRead) {
		out[people.Signed] = shippedHref(0, q.first, q.last, func(l *waybillQuery) {
			if c.Group == people.Courier {
				l.Picker = c.ID
			} else {
				l.Owner = c.ID
			}
		})
	}
	cases := figuresQuery{first: q.first, last: q.last}
	if scope := a.Scope(policy.CaseRead); !scope.Empty() {
		out[people.Cases] = cases.href(func(l *caseQuery) { l.UserID, l.who = c.ID, idText(c.ID) })
		if scope.Wide() || c.Group == people.Rep {
			out[people.Complaints] = cases.href(func(l *caseQuery) {
				l.Kind = casework.Complaint
				if c.Group == people.Courier {
					l.Counted.Picker = c.ID
				} else {
					l.Counted.Owner = c.ID
				}
			})
		}
	}
	if a.Can(policy.RatingRead) {
		out[people.Praise] = ratingQuery{RatingFilter: db.RatingFilter{From: first, To: last, UserID: &c.ID}}.href("/ratings")
	}
	if a.Can(policy.VisitRead) {
		out[people.Visits] = visitQuery{VisitFilter: db.VisitFilter{UserID: c.ID}}.list(first, last, db.VisitDone)
	}
	if a.Can(policy.FormRead) {
		out[people.Forms] = formQuery{FormFilter: db.FormFilter{From: first, To: last, UserID: c.ID}}.href("/forms")
	}
	if a.Can(policy.GreetingRead) {
		out[people.Greetings] = greetingQuery{view: "all", GreetingFilter: db.GreetingFilter{Counted: true, State: db.GreetingDone, From: first, To: last, Person: &c.ID}}.href()
	}
	if h.db.WholeCompany(a.Scope(policy.AuditRead)) {
		out[people.Acts] = auditQuery{db.AuditFilter{User: c.ID, From: first, To: last}}.href()
	}
	return out
}

// personReport is one person's work, month by month.
func (h *Handlers) personReport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	c, err := h.db.Colleague(ctx, a.Scope(policy.PeopleRead), id)
	if err != nil {
		return err
	}
	q := h.readReport(r, peoplePath+"/"+idText(id), 0)
	q.branch, q.with = 0, 0
	p := h.peopleFrame(ctx, a, q)
	p.Title, p.Question = lang.T(ctx, "%s的绩效", c.Name), lang.T(ctx, "一个月一行。")
	p.Branches, p.Others, p.XLSX, p.NoShelf, p.Up = nil, nil, "", true, peoplePath
	t := views.ReportTable{Title: lang.T(ctx, "按月"), Sub: h.db.BranchName(c.BranchID) + " · " + views.PeopleGroupWord(ctx, c.Group), Head: lang.T(ctx, "月"), Columns: peopleColumns(ctx, c.Group)}
	bars := chart.Bars{ID: "person-months", Title: lang.T(ctx, "用系统的天数"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "天"), Table: lang.T(ctx, "看数字")}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		one := q
		one.first, one.last = m, m
		aims, err := h.db.MonthTargets(ctx, m, m)
		if err == nil {
			err = aims.Follow(ctx, []db.Colleague{c})
		}
		if err != nil {
			return err
		}
		of, err := h.db.PeopleFigures(ctx, a, []db.Colleague{c}, m, m)
		if err != nil {
			return err
		}
		f := *of[c.ID]
		t.Rows = append(t.Rows, views.ReportRow{Name: m.String()[:7], Cells: h.peopleCells(ctx, a, one, c, f, aims)})
		bars.Labels, bars.Counts = append(bars.Labels, m.String()[:7]), append(bars.Counts, f.Days)
	}
	if whole, ok, err := h.wholeSpan(ctx, a, q, c); err != nil {
		return err
	} else if ok {
		t.Rows = append(t.Rows, whole)
	}
	p.Tables, p.Charts, p.Means = []views.ReportTable{t}, []chart.Bars{bars}, peopleMeans(ctx)
	return h.showReport(w, r, p)
}
