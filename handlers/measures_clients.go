package handlers

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/measure"
	"yike/views"
	"yike/views/lang"
)

// sideWord names a group of a comparison.
func sideWord(ctx context.Context, side string) string {
	switch side {
	case measure.SideHere:
		return lang.T(ctx, "有这条措施的客户")
	case measure.SideLike:
		return lang.T(ctx, "情况相近、没有措施的客户")
	}
	return lang.T(ctx, "有措施的全部客户")
}

// measureClientsHref is the list of the clients of a group.
func measureClientsHref(id int64, side string) string {
	return "/measures/" + idText(id) + "/clients?side=" + side
}

// figureRights are what somebody needs to see a figure of a single client.
func figureRights(f measure.Figure) []policy.Permission {
	switch f {
	case measure.Visits:
		return []policy.Permission{policy.VisitRead}
	case measure.Complaints:
		return []policy.Permission{policy.CaseRead}
	case measure.Rate:
		return []policy.Permission{policy.CaseRead, policy.WaybillRead}
	case measure.Satisfied:
		return []policy.Permission{policy.RatingRead}
	}
	return []policy.Permission{policy.WaybillRead}
}

// measureLines are the clients of a group of a comparison.
type measureLines struct {
	m     db.MeasureRow
	side  string
	found db.MeasureFound
	list  []measure.Client // those who changed most first
	then  int              // how many there were when it was looked at, -1 = it was not
}

func (l measureLines) figure() measure.Figure { return measure.Figure(l.m.Figure) }

func (l measureLines) values() url.Values { return url.Values{"side": {l.side}} }

func (h *Handlers) measureLinesOf(r *http.Request) (l measureLines, err error) {
	if l.m, err = h.measureAt(r); err != nil {
		return l, err
	}
	l.side, l.then = cmp.Or(known(measure.Sides, query(r, "side")), measure.SideHere), -1
	if l.m.Figure == "" {
		return l, db.ErrNotFound
	}
	if l.found, l.list, err = h.db.MeasureClients(r.Context(), actorOf(r), l.m, l.side); err != nil {
		return l, err
	}
	kept, ok, err := l.m.Compared()
	if ok {
		l.then = map[string]int{measure.SideHere: kept.Here.Clients, measure.SideLike: kept.Like.Clients, measure.SideAll: kept.All.Clients}[l.side]
	}
	moved := func(c measure.Client) float64 {
		before, _ := l.figure().One(c.Before)
		after, _ := l.figure().One(c.After)
		return math.Abs(after - before)
	}
	slices.SortFunc(l.list, func(x, y measure.Client) int { return cmp.Or(cmp.Compare(moved(y), moved(x)), cmp.Compare(x.ID, y.ID)) })
	return l, err
}

// note says how many there were when the measure was looked at, where they are
// others by now.
func (l measureLines) note(ctx context.Context) string {
	if l.then < 0 || l.then == len(l.list) {
		return ""
	}
	return lang.T(ctx, "%s 看效果时数到 %d 位，现在数得到 %d 位：后来换了网点、删掉了，或者不在你看得到的网点里。", l.m.ReviewedOn, l.then, len(l.list))
}

// shownOf are those of some clients of whom the actor may see a figure.
func (h *Handlers) shownOf(ctx context.Context, a policy.Actor, f measure.Figure, ids []int64) (map[int64]db.CoreClient, error) {
	var out map[int64]db.CoreClient
	for i, right := range figureRights(f) {
		seen, err := h.db.CoreClients(ctx, a.Scope(right), ids)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out = seen
		}
		for id := range out {
			if _, ok := seen[id]; !ok {
				delete(out, id)
			}
		}
	}
	return out, nil
}

// texts are what a client came to before and after, and by how much that differs.
func (l measureLines) texts(c measure.Client) []string {
	before, was := l.figure().One(c.Before)
	after, is := l.figure().One(c.After)
	out := []string{"—", "—", "—"}
	if was {
		out[0] = l.text(before)
	}
	if is {
		out[1] = l.text(after)
	}
	if was && is {
		out[2] = figureChange(l.figure(), after-before)
		if l.whole() && before != after {
			out[2] = map[bool]string{true: "−", false: "+"}[after < before] + l.text(math.Abs(after-before))
		}
	}
	return out
}

// whole says that a single client has whole numbers of the figure.
func (l measureLines) whole() bool {
	return slices.Contains([]measure.Figure{measure.Pieces, measure.Visits, measure.Complaints}, l.figure())
}

func (l measureLines) text(v float64) string {
	if l.whole() {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return figureText(l.figure(), v)
}

// hrefs are the visits or complaints behind a client's figures; of the others
// no list counts the same.
func (l measureLines) hrefs(c measure.Client) []string {
	out := make([]string, 2)
	for i, x := range []struct {
		span measure.Span
		of   measure.Counted
	}{{l.found.Before, c.Before}, {l.found.After, c.After}} {
		from, to := x.span.From.String(), x.span.To.Add(-1).String()
		switch {
		case l.figure() == measure.Visits && x.of.Visits > 0:
			out[i] = visitQuery{VisitFilter: db.VisitFilter{CustomerID: c.ID}}.list(from, to, db.VisitDone)
		case l.figure() == measure.Complaints && x.of.Complaints > 0:
			q := caseQuery{from: from, to: to, CaseFilter: db.CaseFilter{Show: db.CasesAll, Kind: casework.Complaint, CustomerID: c.ID, Counted: db.Counted{On: true}}}
			out[i] = q.href()
		}
	}
	return out
}

// measureClients lists the clients whom a figure of a measure speaks of.
func (h *Handlers) measureClients(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	l, err := h.measureLinesOf(r)
	if err != nil {
		return err
	}
	at := 1
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		at = n
	}
	home := "/measures/" + idText(l.m.ID)
	from := min((at-1)*movedRows, len(l.list))
	shown := l.list[from:min(from+movedRows, len(l.list))]
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerRead), measuredIDs(shown))
	if err != nil {
		return err
	}
	figures, err := h.shownOf(ctx, a, l.figure(), measuredIDs(shown))
	if err != nil {
		return err
	}
	p := views.MovedPage{Title: sideWord(ctx, l.side), Back: home, BackText: lang.T(ctx, "改进措施"), Note: l.note(ctx), Figures: l.heads(ctx)}
	if !l.found.Early {
		p.Sub = lang.T(ctx, "%s：%s 到 %s，对比 %s 到 %s", views.MeasureFigureWord(ctx, l.m.Figure), l.found.Before.From, l.found.Before.To.Add(-1), l.found.After.From, l.found.After.To.Add(-1))
	}
	for _, c := range shown {
		x := names[c.ID]
		line := views.MovedLine{Href: "/customers/" + idText(c.ID), Name: x.Name, Code: x.Code, Class: x.Class, Owner: x.Owner, Branch: h.db.BranchName(x.BranchID), Figures: []string{"—", "—", "—"}}
		if _, ok := figures[c.ID]; ok {
			line.Figures, line.Hrefs = l.texts(c), l.hrefs(c)
		}
		p.Rows = append(p.Rows, line)
	}
	p.Pager = pagerOf(ctx, home+"/clients", l.values(), at, movedRows, int64(len(l.list)))
	if a.Can(policy.CustomerExport) && len(l.list) > 0 {
		p.XLSX = hrefWith(home+"/clients/export", l.values())
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Moved(p), active: "/measures"})
}

func (l measureLines) heads(ctx context.Context) []string {
	return []string{lang.T(ctx, "之前"), lang.T(ctx, "之后"), lang.T(ctx, "变化")}
}

func measuredIDs(list []measure.Client) []int64 {
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

// measureClientsExport writes all of the list.
func (h *Handlers) measureClientsExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Can(policy.MeasureRead) {
		return db.ErrRefused
	}
	l, err := h.measureLinesOf(r)
	if err != nil {
		return err
	}
	back := measureClientsHref(l.m.ID, l.side)
	if ok, err := h.mayLeave(w, r, int64(len(l.list)), back, lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), measuredIDs(l.list))
	if err != nil {
		return err
	}
	figures, err := h.shownOf(ctx, a, l.figure(), measuredIDs(l.list))
	if err != nil {
		return err
	}
	heads := append([]string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点")}, l.heads(ctx)...)
	var rows [][]sheet.Cell
	var customers []int64
	for _, c := range l.list {
		x, ok := names[c.ID]
		if !ok {
			continue
		}
		customers = append(customers, c.ID)
		row := []sheet.Cell{sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID))}
		if _, ok := figures[c.ID]; ok {
			for _, text := range l.texts(c) {
				row = append(row, sheet.TextOf(text))
			}
		}
		rows = append(rows, row)
	}
	return h.sendCells(w, r, "measures.export", "measure-clients-"+h.today(), sideWord(ctx, l.side), back, heads, rows, customers...)
}
