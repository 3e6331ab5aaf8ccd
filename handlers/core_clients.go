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
	"yike/policy/pareto"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// corePage is how many clients a page of the core lists.
const corePage = 50

// coreShares are the parts of the clients, in per cent, that may be called the
// core; the second is usual (80/20, R86).
var coreShares = []string{"10", "20", "30"}

// coreQuery is what the address of the core says.
type coreQuery struct {
	branch, share, show, sort string
	page                      int
}

func readCore(r *http.Request) coreQuery {
	q := coreQuery{branch: idText(db.ParseID(query(r, "branch"))), share: "20", page: 1}
	if s := query(r, "share"); slices.Contains(coreShares, s) {
		q.share = s
	}
	if s := query(r, "show"); slices.Contains(views.CoreStates, s) {
		q.show = s
	}
	if s := query(r, "sort"); s == "swing" {
		q.sort = s
	}
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		q.page = n
	}
	return q
}

func (q coreQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"branch": q.branch, "show": q.show, "sort": q.sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.share != "20" {
		v.Set("share", q.share)
	}
	return v
}

func (q coreQuery) href(path string, change func(*coreQuery)) string {
	q.page = 1
	change(&q)
	v := q.values()
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// core is what was found, and in which months.
type core struct {
	pareto.Core
	first, last, through day.Day
	shown                []pareto.Member // those asked for, in the order asked for
}

// coreOf finds the core that the address asks for, of the clients whose
// parcels the scope sees.
func (h *Handlers) coreOf(ctx context.Context, a policy.Actor, q coreQuery) (c core, err error) {
	scope, branch := a.Scope(policy.WaybillRead), db.ParseID(q.branch)
	place := branch
	if place == 0 && !scope.Company() {
		place = a.Branch
	}
	if c.first, c.last, c.through, err = h.db.CoreMonths(ctx, place, h.todayDay()); err != nil || !c.through.Valid() {
		return c, err
	}
	share, _ := strconv.Atoi(q.share) // one of coreShares
	if c.Core, err = h.db.Core(ctx, scope, branch, c.first, share); err != nil {
		return c, err
	}
	if c.shown = c.Members; q.show != "" || q.sort == "swing" { // what was found is others' too
		c.shown = slices.DeleteFunc(slices.Clone(c.Members), func(m pareto.Member) bool { return q.show != "" && m.State != q.show })
	}
	if q.sort == "swing" {
		slices.SortStableFunc(c.shown, func(a, b pareto.Member) int { return cmp.Compare(a.Swing(), b.Swing()) })
	}
	return c, nil
}

// coreClients shows the few clients who bring most of the freight, and how
// their business swings (R86, R231).
func (h *Handlers) coreClients(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readCore(r)
	c, err := h.coreOf(ctx, a, q)
	if err != nil {
		return err
	}
	p := views.CorePage{Branch: q.branch, Branches: h.branchOptions(ctx, a.Scope(policy.WaybillRead)), Share: q.share, Show: q.show, Sort: q.sort, Known: c.Now.Clients+c.Before.Clients > 0}
	for _, s := range coreShares {
		p.Shares = append(p.Shares, ui.Option{Value: s, Label: s + "%"})
	}
	if p.Known {
		h.coreFigures(ctx, q, c, &p)
	}
	p.SortRank = q.href("/core", func(q *coreQuery) { q.sort = "" })
	p.SortSwing = q.href("/core", func(q *coreQuery) { q.sort = "swing" })
	if a.Can(policy.CustomerExport) && len(c.shown) > 0 {
		p.XLSX = q.href("/core/export", func(*coreQuery) {})
	}
	from := min((q.page-1)*corePage, len(c.shown))
	to := min(from+corePage, len(c.shown))
	names, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), memberIDs(c.shown[from:to]))
	if err != nil {
		return err
	}
	for _, m := range c.shown[from:to] {
		p.Rows = append(p.Rows, coreLine(ctx, m, names[m.ID]))
	}
	p.Pager.Text = lang.T(ctx, "共 %s 位", views.Thousands(int64(len(c.shown))))
	if q.page > 1 {
		p.Pager.First = q.href("/core", func(*coreQuery) {})
		p.Pager.Prev = q.href("/core", func(n *coreQuery) { n.page = q.page - 1 })
	}
	if to < len(c.shown) {
		p.Pager.Next = q.href("/core", func(n *coreQuery) { n.page = q.page + 1 })
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "核心客户"), body: views.Core(p), active: "/core"})
}

// coreFigures says what the core is worth, now and before.
func (h *Handlers) coreFigures(ctx context.Context, q coreQuery, c core, p *views.CorePage) {
	p.Span = lang.T(ctx, "%s 到 %s，和前 %d 个月比", c.first.String()[:7], c.last.String()[:7], db.CoreSpan)
	p.Through = lang.T(ctx, "运单到 %s", c.through.String())
	states := map[string]int{}
	for _, m := range c.Members {
		states[m.State]++
	}
	swing := ui.StatProps{Label: lang.T(ctx, "这些客户自己的变化"), Value: signed(c.Now.Top - c.Same), Note: percentMoved(ctx, c.Now.Top, c.Same)}
	if c.Now.Top < c.Same {
		swing.Kind = "over"
	}
	p.Figures = []ui.StatProps{
		{Label: lang.T(ctx, "核心客户"), Value: views.Thousands(int64(c.Now.Size)), Note: lang.T(ctx, "发件的共 %s 位", views.Thousands(int64(c.Now.Clients)))},
		{Label: lang.T(ctx, "占全部运费"), Value: percent(int64(c.Now.PerMille()), 1000), Note: lang.T(ctx, "前 %d 个月占 %s", db.CoreSpan, percent(int64(c.Before.PerMille()), 1000))},
		{Label: lang.T(ctx, "核心客户的运费"), Value: moneyShown(c.Now.Top), Note: lang.T(ctx, "全部 %s 元", moneyShown(c.Now.Revenue))},
		swing,
		{Label: lang.T(ctx, "新进来"), Value: views.Thousands(int64(states[pareto.Joined])), Unit: lang.T(ctx, "位"), Href: q.href("/core", func(q *coreQuery) { q.show = pareto.Joined })},
		{Label: lang.T(ctx, "掉出去"), Value: views.Thousands(int64(states[pareto.Fell])), Unit: lang.T(ctx, "位"), Href: q.href("/core", func(q *coreQuery) { q.show = pareto.Fell })},
	}
}

// signed is an amount with its sign, also of more.
func signed(fen int64) string {
	if fen > 0 {
		return "+" + moneyShown(fen)
	}
	return moneyShown(fen)
}

// percentMoved says by how much something has changed; "" from nothing.
func percentMoved(ctx context.Context, now, before int64) string {
	if before <= 0 {
		return ""
	}
	n := (now - before) * 100 / before
	if n < 0 {
		return lang.T(ctx, "少 %d%%", -n)
	}
	return lang.T(ctx, "多 %d%%", n)
}

func memberIDs(list []pareto.Member) []int64 {
	ids := make([]int64, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	return ids
}

func coreLine(ctx context.Context, m pareto.Member, c db.CoreClient) views.CoreLine {
	line := views.CoreLine{Href: "/customers/" + idText(m.ID) + "/shipping", Name: c.Name, Code: c.Code, Class: c.Class, Owner: c.Owner, State: m.State, Now: moneyShown(m.Now), Before: moneyShown(m.Before),
		Swing: signed(m.Swing()), Moved: percentMoved(ctx, m.Now, m.Before), Less: m.Swing() < 0, Share: percent(int64(m.Share), 1000)}
	if m.Rank > 0 {
		line.Rank = strconv.Itoa(m.Rank)
	}
	if m.State != pareto.Fell {
		line.Sum = percent(int64(m.Sum), 1000)
	}
	return line
}

// coreExport writes what the page lists, all of it.
func (h *Handlers) coreExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readCore(r)
	back := q.href("/core", func(*coreQuery) {})
	c, err := h.coreOf(ctx, a, q)
	if err != nil {
		return err
	}
	if a.Scope(policy.WaybillRead).Empty() {
		return db.ErrRefused
	}
	if len(c.shown) > mostExported {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)})
		h.redirect(w, r, back)
		return nil
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), memberIDs(c.shown))
	if err != nil {
		return err
	}
	heads := []string{lang.T(ctx, "名次"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点"), lang.T(ctx, "这几个月运费"), lang.T(ctx, "前几个月运费"),
		lang.T(ctx, "变化"), lang.T(ctx, "占全部（百分比）"), lang.T(ctx, "进出")}
	var rows [][]sheet.Cell
	var customers []int64
	yuan := func(fen int64) sheet.Cell { return sheet.NumberOf(float64(fen) / 100) }
	for _, m := range c.shown {
		x, ok := names[m.ID]
		if !ok {
			continue
		}
		customers = append(customers, m.ID)
		rows = append(rows, []sheet.Cell{sheet.NumberOf(float64(m.Rank)), sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID)),
			yuan(m.Now), yuan(m.Before), yuan(m.Swing()), sheet.NumberOf(float64(m.Share) / 10), sheet.TextOf(views.CoreStateWord(ctx, m.State))})
	}
	return h.sendCells(w, r, "core.export", "core-"+h.today(), lang.T(ctx, "核心客户"), back, heads, rows, customers...)
}
