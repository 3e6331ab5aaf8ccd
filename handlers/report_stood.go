package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/monthend"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
)

// movedPath is the list behind figures of clients that stood somewhere, or
// moved, in a month.
const (
	movedPath = "/reports/clients/list"
	movedRows = 50
)

// stoodWords are what clients can be of a dimension, in order; those of a file
// that says nothing come last.
func stoodWords(dim string) []string {
	switch dim {
	case "class":
		return append(slices.Clone(profile.Classes), monthend.None)
	case "stage":
		return classify.Stages
	case "kind":
		return append(slices.Clone(profile.Kinds), monthend.None)
	case "source":
		return append(slices.Clone(profile.Sources), monthend.None)
	}
	return nil
}

// stood is what a report knows of the clients of the branches that it counts.
type stood struct {
	q           reportQuery
	dim         string
	first, last int32 // of which months anything is kept
	from, to    int32 // of those the ones asked for
	now, with   map[int32]map[monthend.Move]int64
}

// stoodOf reads the moves of the months asked for, of those before them as far
// as they are compared, and of the branch beside. A report without any says why.
func (h *Handlers) stoodOf(ctx context.Context, a policy.Actor, q reportQuery, dim string, before int32, p *views.Report) (s stood, err error) {
	scope := a.Scope(policy.WaybillRead)
	s = stood{q: q, dim: dim}
	if !scope.Wide() {
		p.Empty = lang.T(ctx, "这张报表按整个网点算，你看得到的是自己的客户。")
		return s, nil
	}
	if s.first, s.last, err = h.db.HistorySpan(ctx, scope, q.branch); err != nil {
		return s, err
	}
	s.from, s.to = max(s.first, db.MonthOf(q.first)), min(s.last, db.MonthOf(q.last))
	if s.last == 0 || s.from > s.to {
		p.Empty = lang.T(ctx, "这几个月还没有数。每过完一个月，夜里记下每位客户月底的样子；换几个月再看。")
		return s, nil
	}
	if s.from > db.MonthOf(q.first) {
		p.Note = lang.T(ctx, "从 %s 起才有数。", monthend.Month(s.first))
	}
	if s.now, err = h.db.ClientMoves(ctx, scope, q.branch, dim, s.from-before, s.to); err != nil {
		return s, err
	}
	year, err := h.db.ClientMoves(ctx, scope, q.branch, dim, s.from-12, s.to-12)
	if err != nil {
		return s, err
	}
	for m, counts := range year {
		if s.now[m] == nil {
			s.now[m] = counts
		}
	}
	if q.with != 0 {
		s.with, err = h.db.ClientMoves(ctx, scope, q.with, dim, s.from, s.to)
	}
	return s, err
}

// count is how many clients made a move in a month; -1 where it is not known.
func (s stood) count(month int32, ask monthend.Ask) int64 {
	if month < s.first || month > s.last {
		return -1
	}
	return ask.Of(s.now[month])
}

// cell is that count with its list.
func (s stood) cell(month int32, ask monthend.Ask) views.ReportCell {
	n := s.count(month, ask)
	if n < 0 {
		return views.ReportCell{Text: "–"}
	}
	return countCell(n, movedHref(s.q.branch, monthend.Key{Dim: s.dim, Month: month}, ask))
}

// moved compares two counts of which either may not be known.
func movedBy(now, before int64) views.ReportCell {
	if now < 0 || before < 0 {
		return views.ReportCell{Text: "–"}
	}
	return movedCell(now, before)
}

func joinWords(list []string) string {
	out := slices.Clone(list)
	for i, w := range out {
		if w == "" {
			out[i] = "-"
		}
	}
	return strings.Join(out, ",")
}

func movedValues(branch int64, k monthend.Key, ask monthend.Ask) url.Values {
	v := url.Values{"dim": {k.Dim}, "month": {monthend.Month(k.Month)}}
	var only []string
	for _, m := range ask.Only {
		only = append(only, joinWords([]string{m.Was})+"."+joinWords([]string{m.Now}))
	}
	for name, text := range map[string]string{"was": joinWords(ask.Was), "now": joinWords(ask.Now), "only": strings.Join(only, ",")} {
		if text != "" {
			v.Set(name, text)
		}
	}
	if branch != 0 {
		v.Set("branch", idText(branch))
	}
	return v
}

// movedHref is the list of the clients that made such a move in a month.
func movedHref(branch int64, k monthend.Key, ask monthend.Ask) string {
	return movedPath + "?" + movedValues(branch, k, ask).Encode()
}

// readMovedList reads what movedHref writes; words that nobody has are left out.
func (h *Handlers) readMovedList(r *http.Request) (f db.MovedFilter, page int) {
	dims := append(slices.Clone(monthend.Words[:]), monthend.Sent)
	f = db.MovedFilter{Branch: db.ParseID(query(r, "branch")), Limit: movedRows, Key: monthend.Key{Dim: known(dims, query(r, "dim"))}}
	if d, err := day.Parse(query(r, "month") + "-01"); err == nil {
		f.Key.Month = db.MonthOf(d)
	}
	word := func(w string) (string, bool) {
		if w == "-" {
			return "", true
		}
		return w, movedWord(f.Key.Dim, w)
	}
	words := func(text string) (out []string) {
		for w := range strings.SplitSeq(text, ",") {
			if w, ok := word(w); ok {
				out = append(out, w)
			}
		}
		return out
	}
	f.Ask = monthend.Ask{Was: words(query(r, "was")), Now: words(query(r, "now"))}
	for part := range strings.SplitSeq(query(r, "only"), ",") {
		was, now, _ := strings.Cut(part, ".")
		if x, ok := word(was); ok {
			if y, ok := word(now); ok {
				f.Ask.Only = append(f.Ask.Only, monthend.Move{Was: x, Now: y})
			}
		}
	}
	page = 1
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		page = n
	}
	f.Skip = (page - 1) * movedRows
	return f, page
}

// movedWord says whether a dimension has a word.
func movedWord(dim, w string) bool {
	if dim == monthend.Sent {
		_, err := day.Parse(w + "-01")
		return w == monthend.Sent || err == nil
	}
	return slices.Contains(stoodWords(dim), w)
}

// movedTitle says whom a list shows.
func movedTitle(ctx context.Context, f db.MovedFilter) string {
	month := monthend.Month(f.Key.Month)
	words := func(list []string) string {
		var out []string
		for _, w := range list {
			out = append(out, views.StoodWord(ctx, f.Key.Dim, w))
		}
		return strings.Join(out, lang.T(ctx, "、"))
	}
	switch {
	case f.Key.Dim == monthend.Sent:
		return lang.T(ctx, "%s 首次发件、%s 还在发的客户", strings.Join(f.Ask.Was, ","), month)
	case len(f.Ask.Only) > 0:
		var out []string
		for _, m := range f.Ask.Only {
			out = append(out, views.StoodWord(ctx, f.Key.Dim, m.Was)+"→"+views.StoodWord(ctx, f.Key.Dim, m.Now))
		}
		return lang.T(ctx, "%s 里 %s 的客户", month, strings.Join(out, lang.T(ctx, "、")))
	case len(f.Ask.Was) > 0 && len(f.Ask.Now) > 0:
		return lang.T(ctx, "%s 里从 %s 变成 %s 的客户", month, words(f.Ask.Was), words(f.Ask.Now))
	case len(f.Ask.Was) > 0:
		return lang.T(ctx, "%s 月初是 %s 的客户", month, words(f.Ask.Was))
	}
	return lang.T(ctx, "%s 月底是 %s 的客户", month, words(f.Ask.Now))
}

// movedList shows the clients behind a figure.
func (h *Handlers) movedList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, at := h.readMovedList(r)
	ids, n, err := h.db.MovedClients(ctx, a.Scope(policy.WaybillRead), f)
	if err != nil {
		return err
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.WaybillRead), ids)
	if err != nil {
		return err
	}
	p := views.MovedPage{Title: movedTitle(ctx, f), Back: reportsPath}
	if f.Branch != 0 {
		p.Sub = h.db.BranchName(f.Branch)
	}
	for _, id := range ids {
		line := views.MovedLine{}
		if c, ok := names[id]; ok {
			line = views.MovedLine{Href: "/customers/" + idText(id), Name: c.Name, Code: c.Code, Class: c.Class, Owner: c.Owner, Branch: h.db.BranchName(c.BranchID)}
		}
		p.Rows = append(p.Rows, line)
	}
	p.Pager = pagerOf(ctx, movedPath, movedValues(f.Branch, f.Key, f.Ask), at, movedRows, n)
	if a.Can(policy.CustomerExport) && n > 0 {
		p.XLSX = movedPath + "/export?" + movedValues(f.Branch, f.Key, f.Ask).Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Moved(p), active: reportsPath})
}

// movedExport writes all of the list.
func (h *Handlers) movedExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, _ := h.readMovedList(r)
	f.Skip, f.Limit = 0, mostExported+1
	back := movedHref(f.Branch, f.Key, f.Ask)
	if !a.Scope(policy.WaybillRead).Wide() {
		return db.ErrRefused
	}
	ids, _, err := h.db.MovedClients(ctx, a.Scope(policy.WaybillRead), f)
	if err != nil {
		return err
	}
	if len(ids) > mostExported {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)})
		h.redirect(w, r, back)
		return nil
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), ids)
	if err != nil {
		return err
	}
	heads := []string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点")}
	var rows [][]sheet.Cell
	var customers []int64
	for _, id := range ids {
		if c, ok := names[id]; ok {
			customers = append(customers, id)
			rows = append(rows, []sheet.Cell{sheet.TextOf(c.Code), sheet.TextOf(c.Name), sheet.TextOf(c.Class), sheet.TextOf(c.Owner), sheet.TextOf(h.db.BranchName(c.BranchID))})
		}
	}
	return h.sendCells(w, r, "reports.export", "clients-"+h.today(), movedTitle(ctx, f), back, heads, rows, customers...)
}
