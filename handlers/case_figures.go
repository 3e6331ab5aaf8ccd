package handlers

import (
	"cmp"
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
	"yike/policy/casework"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Lengths of what figures of cases show.
const (
	figuresPath   = "/cases/figures"
	figuresMonths = 12  // at most at once
	figuresBack   = 36  // months that may be chosen
	figuresLooked = 200 // clients whose parcels are looked at
)

// figuresSteps are how many people, branches or clients one table shows, by how
// often more are asked for.
var figuresSteps = []int{15, 60, figuresLooked}

// figuresQuery is what the address of the figures says.
type figuresQuery struct {
	branch      int64
	kind        string // "" is all
	wall        bool   // times by the clock on the wall
	rows        int    // of people, branches or clients in one table
	first, last day.Day
}

const anyKind = "all"

func (h *Handlers) readFigures(r *http.Request) figuresQuery {
	q := figuresQuery{branch: db.ParseID(query(r, "branch")), kind: casework.Complaint, wall: query(r, "time") == "wall", rows: figuresSteps[0]}
	if n, err := strconv.Atoi(query(r, "rows")); err == nil && slices.Contains(figuresSteps, n) {
		q.rows = n
	}
	if k := query(r, "kind"); slices.Contains(casework.Kinds, k) {
		q.kind = k
	} else if k == anyKind {
		q.kind = ""
	}
	q.first, q.last = readMonths(r, h.todayDay(), h.todayDay().MonthStart(), 3, figuresMonths, figuresBack+1)
	return q
}

func (q figuresQuery) values() url.Values {
	v := url.Values{"from": {q.first.String()[:7]}, "to": {q.last.String()[:7]}}
	if q.branch != 0 {
		v.Set("branch", idText(q.branch))
	}
	if q.kind != casework.Complaint {
		v.Set("kind", anyKind)
		if q.kind != "" {
			v.Set("kind", q.kind)
		}
	}
	if q.wall {
		v.Set("time", "wall")
	}
	if q.rows != figuresSteps[0] {
		v.Set("rows", strconv.Itoa(q.rows))
	}
	return v
}

// more is the same page with longer tables, "" when they are as long as they get.
func (q figuresQuery) more() string {
	i := slices.Index(figuresSteps, q.rows) + 1
	if i == len(figuresSteps) {
		return ""
	}
	q.rows = figuresSteps[i]
	return figuresPath + "?" + q.values().Encode()
}

// list are the cases that the figures count, as the list asks for them.
func (q figuresQuery) list() caseQuery {
	l := caseQuery{from: q.first.String(), to: q.last.MonthEnd().String()}
	l.Show, l.Kind, l.BranchID, l.Counted.On = db.CasesAll, q.kind, q.branch, true
	l.From, l.To = startOfDay(q.first), startOfDay(q.last.MonthEnd().Add(1))
	return l
}

// href is the list of those of them that a change narrows it to.
func (q figuresQuery) href(narrow func(*caseQuery)) string {
	l := q.list()
	narrow(&l)
	return l.href()
}

// figureLine is a row of figures before it is put into words: what it counts,
// and how the list is narrowed to it.
type figureLine struct {
	name, note string
	below      bool // part of the one before
	sum        *casework.Sum
	upto       int64 // cases in it and the rows before it; 0: it does not say
	parcels    int64
	narrow     func(*caseQuery)
}

// figurePart is one table of figures.
type figurePart struct {
	title, head, note string
	times, rates      bool // says how long it took; says parcels and the rate
	cut               bool // there are more lines
	lines             []figureLine
}

// caseReport is all that the page and the workbook say.
type caseReport struct {
	*casework.Tally
	causes    figurePart
	parts     []figurePart
	halves    []figurePart     // narrow ones
	further   int64            // taken further by their clients
	calls     []db.AlertBranch // of cases that rules opened for parcels
	cost      db.CaseCost
	months    map[casework.BranchMonth]int64 // parcels
	parcels   int64                          // together
	shipments bool                           // they are known to the reader
}

// caseFigures is what cases come to in a span of months.
func (h *Handlers) caseFigures(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readFigures(r)
	p := views.CaseFigures{Branch: idText(q.branch), Kind: q.values().Get("kind"), From: q.first.String()[:7], To: q.last.String()[:7], Branches: h.branchOptions(ctx, a.Scope(policy.CaseRead)), Views: h.caseViews(ctx, caseQuery{}, figuresPath),
		Printed: h.printed(ctx, a, a.Branch), Wall: q.wall, Most: db.MostFigured}
	for m := h.todayDay().MonthStart(); m >= h.todayDay().MonthStart().AddMonths(-figuresBack+1); m = m.AddMonths(-1) {
		p.Months = append(p.Months, ui.Option{Value: m.String()[:7], Label: m.String()[:7]})
	}
	rep, err := h.caseReport(ctx, a, q)
	switch {
	case errors.Is(err, db.ErrTooMany):
		p.TooMany = true
	case err != nil:
		return err
	case rep.All.N > 0:
		h.figuresTop(ctx, q, rep, &p)
		h.figuresCharts(ctx, q, rep, &p)
		p.Causes = h.figureTable(ctx, q, rep, rep.causes)
		for _, part := range rep.parts {
			p.Parts = append(p.Parts, h.figureTable(ctx, q, rep, part))
		}
		for _, part := range rep.halves {
			p.Halves = append(p.Halves, h.figureTable(ctx, q, rep, part))
		}
		h.figuresRates(q, rep, &p)
		h.figuresCalls(ctx, q, rep, &p)
		h.figuresCost(ctx, a, q, rep, &p)
		if a.Can(policy.CustomerExport) {
			p.XLSX = figuresPath + "/export?" + q.values().Encode()
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "投诉分析"), body: views.CaseFiguresPage(p), active: figuresPath, scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// caseReport counts all that is said of the cases of a span.
func (h *Handlers) caseReport(ctx context.Context, a policy.Actor, q figuresQuery) (rep caseReport, err error) {
	f := q.list().CaseFilter
	if rep.Tally, err = h.db.CaseFigures(ctx, a, f, q.wall); err != nil || rep.All.N == 0 {
		return rep, err
	}
	if q.kind == "" || q.kind == casework.Complaint {
		if rep.months, err = h.db.ShippedMonths(ctx, a, q.branch, q.first, q.last); err != nil {
			return rep, err
		}
		for _, n := range rep.months {
			rep.parcels += n
		}
		rep.shipments = rep.parcels > 0
	}
	if a.Can(policy.ClaimRead) {
		if rep.cost, err = h.db.CaseCosts(ctx, a, f); err != nil {
			return rep, err
		}
	}
	if rep.causes, err = h.causeLines(ctx, rep); err != nil {
		return rep, err
	}
	rep.parts = append(rep.parts, h.whenLines(ctx, q, rep)...)
	none, err := h.db.CasesWithoutParcel(ctx, a, q.list().CaseFilter)
	if err != nil {
		return rep, err
	}
	for _, what := range []string{db.CasesByProvince, db.CasesByProduct} {
		part, err := h.parcelLines(ctx, a, q, rep, what, none)
		if err != nil {
			return rep, err
		}
		rep.halves = append(rep.halves, part)
	}
	rep.halves = append(rep.halves, weekdayLines(ctx, rep))
	further, err := h.furtherLines(ctx, a, q)
	if err != nil {
		return rep, err
	}
	for _, line := range further.lines {
		rep.further += line.sum.N
	}
	if len(further.lines) > 0 {
		rep.halves = append(rep.halves, further)
	}
	if rep.calls, err = h.db.AlertBranches(ctx, a, q.calls("").CaseFilter); err != nil {
		return rep, err
	}
	clients, err := h.clientLines(ctx, a, q, rep)
	if err != nil {
		return rep, err
	}
	people, err := h.handlerLines(ctx, q, rep)
	rep.parts = append(append(rep.parts, clients...), people)
	return rep, err
}

// calls are the cases of the span that rules opened for parcels and whose client
// was told since, or that are closed, of any kind: those that alert names.
func (q figuresQuery) calls(alert string) caseQuery {
	l := q.list()
	l.Kind, l.Counted.Done, l.Alert = "", true, alert
	return l
}

// furtherLines are the reasons for which clients took cases further (R169).
func (h *Handlers) furtherLines(ctx context.Context, a policy.Actor, q figuresQuery) (figurePart, error) {
	part := figurePart{title: lang.T(ctx, "客户为什么要升级"), head: lang.T(ctx, "原因")}
	reasons, err := h.db.CaseFurther(ctx, a, q.list().CaseFilter)
	for _, why := range casework.EscalationReasons {
		if n := reasons[why]; n > 0 {
			part.lines = append(part.lines, figureLine{name: views.EscalateWord(ctx, why), sum: &casework.Sum{N: n, Complaints: n}, narrow: func(l *caseQuery) { l.Counted.Further = why }})
		}
	}
	slices.SortStableFunc(part.lines, func(x, y figureLine) int { return cmp.Compare(y.sum.N, x.sum.N) })
	return part, err
}

// weekdayLines are the cases by the day of the week on which they came.
func weekdayLines(ctx context.Context, rep caseReport) figurePart {
	week := figurePart{title: lang.T(ctx, "按周几"), head: lang.T(ctx, "周几")}
	for i := range rep.Weekdays {
		week.lines = append(week.lines, figureLine{name: views.WeekdayWord(ctx, time.Weekday((i+1)%7)), sum: &rep.Weekdays[i], narrow: func(l *caseQuery) { l.Counted.Weekday = i + 1 }})
	}
	return week
}

// causeLines are the causes, the most frequent first, those of the second level
// below theirs.
func (h *Handlers) causeLines(ctx context.Context, rep caseReport) (figurePart, error) {
	part := figurePart{title: lang.T(ctx, "原因"), head: lang.T(ctx, "原因"), times: true}
	list, err := h.db.CaseCauses(ctx)
	if err != nil {
		return part, err
	}
	names := map[int64]string{}
	for _, c := range list {
		names[c.ID] = views.CauseWord(ctx, c.Code, c.Name)
	}
	for _, top := range casework.Rank(rep.Tops) {
		line := figureLine{name: names[top.Key], sum: top.Sum, upto: top.Upto, narrow: func(l *caseQuery) { l.CauseID = top.Key }}
		if top.Key == 0 {
			line.name, line.narrow = lang.T(ctx, "还没写原因"), func(l *caseQuery) { l.Counted.NoCause = true }
		}
		part.lines = append(part.lines, line)
		below := map[int64]*casework.Sum{}
		for _, c := range list {
			if s := rep.Causes[c.ID]; c.ParentID == top.Key && top.Key != 0 && s != nil {
				below[c.ID] = s
			}
		}
		for _, c := range casework.Rank(below) {
			part.lines = append(part.lines, figureLine{name: names[c.Key], below: true, sum: c.Sum, narrow: func(l *caseQuery) { l.CauseID = c.Key }})
		}
	}
	return part, nil
}

// whenLines are the tables by month, channel and, of all kinds, by
// kind, and by branch where there are several.
func (h *Handlers) whenLines(ctx context.Context, q figuresQuery, rep caseReport) []figurePart {
	months := figurePart{title: lang.T(ctx, "按月"), head: lang.T(ctx, "月"), times: true, rates: rep.shipments}
	for m := q.first; m <= q.last; m = m.AddMonths(1) {
		if s := rep.Months[m]; s != nil {
			line := figureLine{name: m.String()[:7], sum: s, narrow: func(l *caseQuery) {
				l.from, l.to, l.From, l.To = m.String(), m.MonthEnd().String(), startOfDay(m), startOfDay(m.MonthEnd().Add(1))
			}}
			for at, n := range rep.months {
				if at.Month == m {
					line.parcels += n
				}
			}
			months.lines = append(months.lines, line)
		}
	}
	out := []figurePart{months}
	if len(rep.Branches) > 1 {
		branches := figurePart{title: lang.T(ctx, "按网点"), head: lang.T(ctx, "网点"), times: true, rates: rep.shipments}
		for _, x := range casework.Rank(rep.Branches) {
			line := figureLine{name: h.db.BranchName(x.Key), sum: x.Sum, narrow: func(l *caseQuery) { l.Counted.At = x.Key }}
			for at, n := range rep.months {
				if at.BranchID == x.Key {
					line.parcels += n
				}
			}
			branches.lines = append(branches.lines, line)
		}
		out = append(out, branches)
	}
	channels := figurePart{title: lang.T(ctx, "按怎么来的"), head: lang.T(ctx, "怎么来的"), times: true}
	for _, x := range casework.Rank(rep.Channels) {
		channels.lines = append(channels.lines, figureLine{name: views.CaseChannelWord(ctx, x.Key), sum: x.Sum, narrow: func(l *caseQuery) { l.Channel = x.Key }})
	}
	out = append(out, channels)
	if q.kind == "" {
		kinds := figurePart{title: lang.T(ctx, "按类型"), head: lang.T(ctx, "类型"), times: true}
		for _, x := range casework.Rank(rep.Kinds) {
			kinds.lines = append(kinds.lines, figureLine{name: views.CaseKindWord(ctx, x.Key), sum: x.Sum, narrow: func(l *caseQuery) { l.Kind = x.Key }})
		}
		out = append(out, kinds)
	}
	return out
}

// parcelLines are the cases by where their parcels go, or by product; none of
// them name no parcel.
func (h *Handlers) parcelLines(ctx context.Context, a policy.Actor, q figuresQuery, rep caseReport, what string, none int64) (figurePart, error) {
	part := figurePart{title: lang.T(ctx, "按目的地"), head: lang.T(ctx, "寄往"), rates: rep.shipments && q.kind == casework.Complaint, note: lang.T(ctx, "一件工单有几个运单的，每个目的地、每种产品各算一次。")}
	name, narrow := placeName, func(l *caseQuery, word string) { l.Counted.Province = word }
	if what == db.CasesByProduct {
		part.title, part.head = lang.T(ctx, "按产品"), lang.T(ctx, "产品")
		name, narrow = func(code string) string { return views.ProductWord(ctx, code) }, func(l *caseQuery, word string) { l.Counted.Product = word }
	}
	list, err := h.db.CaseParcelFigures(ctx, a, q.list().CaseFilter, what)
	if err != nil {
		return part, err
	}
	var shipped map[string]int64
	if part.rates {
		if shipped, err = h.db.ShippedBy(ctx, a, q.branch, q.first, q.last, what); err != nil {
			return part, err
		}
	}
	for _, x := range list {
		line := figureLine{name: name(x.Key), sum: &casework.Sum{N: x.N, Complaints: x.N}, parcels: shipped[x.Key], narrow: func(l *caseQuery) { narrow(l, x.Key) }}
		if x.Key == "" {
			line.name, line.narrow = lang.T(ctx, "不清楚"), func(l *caseQuery) { narrow(l, db.AnyUnknown) }
		}
		part.lines = append(part.lines, line)
	}
	if none > 0 {
		part.lines = append(part.lines, figureLine{name: lang.T(ctx, "没有运单，或不在系统里"), sum: &casework.Sum{N: none, Complaints: none}, narrow: func(l *caseQuery) { l.Counted.NoParcel = true }})
	}
	return part, nil
}

// clientLines are the clients with the most cases, and those with the most
// complaints for what they sent, with causes (R168).
func (h *Handlers) clientLines(ctx context.Context, a policy.Actor, q figuresQuery, rep caseReport) ([]figurePart, error) {
	complaints := q.kind == "" || q.kind == casework.Complaint
	part := figurePart{title: lang.T(ctx, "按客户，最多的在前"), head: lang.T(ctx, "客户"), rates: complaints}
	list := casework.Rank(rep.Customers)
	list = list[:min(len(list), figuresLooked)]
	var ids []int64
	for _, x := range list {
		if x.Key != 0 {
			ids = append(ids, x.Key)
		}
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CaseRead), ids)
	if err != nil {
		return nil, err
	}
	parcels, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), ids)
	if err != nil {
		return nil, err
	}
	shipped, err := h.db.ShippedOf(ctx, slices.DeleteFunc(ids, func(id int64) bool { _, seen := parcels[id]; return !seen }), q.first, q.last)
	if err != nil {
		return nil, err
	}
	tops := map[int64]string{}
	for _, line := range rep.causes.lines {
		if !line.below {
			l := caseQuery{}
			line.narrow(&l)
			tops[l.CauseID] = line.name
		}
	}
	for _, x := range list {
		line := figureLine{name: names[x.Key].Name, sum: x.Sum, parcels: shipped[x.Key], narrow: func(l *caseQuery) { l.CustomerID = x.Key }}
		top, n := rep.Worst(x.Key)
		line.note = lang.T(ctx, "%s %s 件", tops[top], views.Thousands(n))
		switch {
		case x.Key == 0:
			line.name, line.narrow = lang.T(ctx, "不知道是谁"), func(l *caseQuery) { l.Counted.NoClient = true }
		case line.name == "":
			line.name = lang.T(ctx, "别处的客户")
		}
		part.lines = append(part.lines, line)
	}
	worst := part
	worst.title = lang.T(ctx, "按客户，每万件投诉最多的在前")
	worst.lines = slices.DeleteFunc(slices.Clone(part.lines), func(line figureLine) bool {
		n, ok := casework.Rate(line.sum.Complaints, line.parcels)
		return !ok || n == 0
	})
	slices.SortStableFunc(worst.lines, func(x, y figureLine) int {
		return cmp.Compare(y.sum.Complaints*x.parcels, x.sum.Complaints*y.parcels)
	})
	worst.cut, part.cut = len(worst.lines) > q.rows, len(part.lines) > q.rows
	worst.lines = worst.lines[:min(len(worst.lines), q.rows)]
	part.lines = part.lines[:min(len(part.lines), q.rows)]
	if !complaints || len(worst.lines) == 0 {
		return []figurePart{part}, nil
	}
	return []figurePart{part, worst}, nil
}

// handlerLines are the people who handle cases.
func (h *Handlers) handlerLines(ctx context.Context, q figuresQuery, rep caseReport) (figurePart, error) {
	part := figurePart{title: lang.T(ctx, "按处理人"), head: lang.T(ctx, "处理人"), times: true}
	list := casework.Rank(rep.Users)
	part.cut = len(list) > q.rows
	list = list[:min(len(list), q.rows)]
	var ids []int64
	for _, x := range list {
		ids = append(ids, x.Key)
	}
	names, err := h.db.UserNames(ctx, ids)
	for _, x := range list {
		line := figureLine{name: names[x.Key], sum: x.Sum, narrow: func(l *caseQuery) { l.UserID, l.who = x.Key, idText(x.Key) }}
		if x.Key == 0 {
			line.name, line.narrow = lang.T(ctx, "还没有人"), func(l *caseQuery) { l.Unassigned, l.who = true, "nobody" }
		}
		part.lines = append(part.lines, line)
	}
	return part, err
}

// caseFiguresExport writes all tables of the page into one sheet.
func (h *Handlers) caseFiguresExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readFigures(r)
	back := figuresPath + "?" + q.values().Encode()
	if a.Scope(policy.CaseRead).Empty() {
		return db.ErrRefused
	}
	rep, err := h.caseReport(ctx, a, q)
	if errors.Is(err, db.ErrTooMany) {
		h.redirect(w, r, back)
		return nil
	}
	if err != nil {
		return err
	}
	leaves, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), figureClients(rep))
	if err != nil {
		return err
	}
	heads := []string{lang.T(ctx, "表"), lang.T(ctx, "名称"), lang.T(ctx, "件数"), lang.T(ctx, "占全部（百分比）"), lang.T(ctx, "其中投诉"), lang.T(ctx, "首次答复中位（分钟）"), lang.T(ctx, "首次答复九成（分钟）"), lang.T(ctx, "答复按时"), lang.T(ctx, "答复超时"),
		lang.T(ctx, "解决中位（分钟）"), lang.T(ctx, "解决九成（分钟）"), lang.T(ctx, "解决按时"), lang.T(ctx, "解决超时"), lang.T(ctx, "重开过的"), lang.T(ctx, "件量"), lang.T(ctx, "每万件投诉"), lang.T(ctx, "说明")}
	var rows [][]sheet.Cell
	var customers []int64
	for _, part := range append([]figurePart{{title: lang.T(ctx, "一共"), times: true, rates: rep.shipments, lines: []figureLine{{name: lang.T(ctx, "一共"), sum: &rep.All, parcels: rep.parcels}}}, rep.causes}, slices.Concat(rep.parts, rep.halves)...) {
		for _, line := range part.lines {
			if line.narrow != nil {
				l := caseQuery{}
				if line.narrow(&l); l.CustomerID != 0 {
					if _, ok := leaves[l.CustomerID]; !ok {
						continue
					}
					customers = append(customers, l.CustomerID)
				}
			}
			rows = append(rows, figureCells(rep, part, line))
		}
	}
	return h.sendCells(w, r, "cases.figures.export", "case-figures-"+h.today(), lang.T(ctx, "投诉分析"), back, heads, rows, customers...)
}

// figureClients are the clients that a report names.
func figureClients(rep caseReport) (ids []int64) {
	for _, x := range casework.Rank(rep.Customers) {
		if x.Key != 0 && len(ids) < figuresLooked {
			ids = append(ids, x.Key)
		}
	}
	return ids
}

// figureCells is a row of the workbook; what a table does not say is left empty.
func figureCells(rep caseReport, part figurePart, line figureLine) []sheet.Cell {
	number := func(n int64, known bool) sheet.Cell {
		if !known {
			return sheet.TextOf("")
		}
		return sheet.NumberOf(float64(n))
	}
	minutes := func(t *casework.Took, p int) sheet.Cell {
		ms, ok := t.Percentile(p)
		return number(ms/60_000, ok && part.times)
	}
	s, rate := line.sum, sheet.TextOf("")
	if n, ok := casework.Rate(s.Complaints, line.parcels); ok && part.rates {
		rate = sheet.NumberOf(float64(n) / 10)
	}
	name := line.name
	if line.below {
		name = "　" + name
	}
	return []sheet.Cell{sheet.TextOf(part.title), sheet.TextOf(name), sheet.NumberOf(float64(s.N)), sheet.NumberOf(float64(casework.PerMille(s.N, rep.All.N)) / 10), sheet.NumberOf(float64(s.Complaints)), minutes(&s.Answer, 50), minutes(&s.Answer, 90),
		number(s.Answer.Kept, part.times), number(s.Answer.Late, part.times), minutes(&s.Solve, 50), minutes(&s.Solve, 90), number(s.Solve.Kept, part.times), number(s.Solve.Late, part.times),
		number(s.Reopened, part.times), number(line.parcels, part.rates && line.parcels > 0), rate, sheet.TextOf(strings.TrimSpace(line.note))}
}
