package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
)

// journeyHref is the list of the clients of a step in some months.
func journeyHref(stage string, branch int64, first, last day.Day) string {
	return hrefWith(journeyPath+"/list", nil, "stage", stage, "branch", idText(branch), "from", first.String()[:7], "to", last.String()[:7])
}

// journeyLines are the clients of a step.
type journeyLines struct {
	stage string
	q     reportQuery
	right policy.Permission // by which scope they are counted
	list  []db.FirstOf
	page  int
}

func (l journeyLines) href() string { return journeyHref(l.stage, l.q.branch, l.q.first, l.q.last) }

func (l journeyLines) title(ctx context.Context) string {
	if l.stage == journeyParcel {
		return lang.T(ctx, "首次发件的客户")
	}
	return lang.T(ctx, "首次接触的客户")
}

func (l journeyLines) heads(ctx context.Context) []string {
	first := lang.T(ctx, "第一次拜访")
	if l.stage == journeyParcel {
		first = lang.T(ctx, "第一件")
	}
	return []string{first, lang.T(ctx, "建档"), lang.T(ctx, "隔了几天")}
}

func journeyTexts(f db.FirstOf) []string {
	out := []string{f.Day.String(), "–", "–"}
	if f.Filed.Valid() {
		out[1] = f.Filed.String()
	} else { // only the month is known
		out[0] = out[0][:7]
	}
	if n, ok := f.Waited(); ok {
		out[2] = strconv.FormatInt(n, 10)
	}
	return out
}

// journeyLines reads what journeyHref writes.
func (h *Handlers) journeyLines(r *http.Request) (l journeyLines, err error) {
	ctx, a := r.Context(), actorOf(r)
	l = journeyLines{stage: cmp.Or(known([]string{journeyContact, journeyParcel}, query(r, "stage")), journeyContact), q: h.readReport(r, journeyPath, 3), right: policy.VisitRead, page: 1}
	if l.stage == journeyParcel {
		l.right = policy.WaybillRead
		l.list, err = h.firstParcels(ctx, a.Scope(l.right), l.q)
	} else {
		l.list, err = h.db.FirstContacts(ctx, a.Scope(l.right), l.q.branch, l.q.first, l.q.last)
	}
	if n, err := strconv.Atoi(query(r, "page")); err == nil && n > 1 && n < 1_000_000 {
		l.page = n
	}
	return l, err
}

func firstIDs(list []db.FirstOf) []int64 {
	ids := make([]int64, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	return ids
}

// journeyList shows the clients of a step.
func (h *Handlers) journeyList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	l, err := h.journeyLines(r)
	if errors.Is(err, db.ErrTooMany) {
		l.list, err = nil, nil
	}
	if err != nil {
		return err
	}
	from := min((l.page-1)*movedRows, len(l.list))
	shown := l.list[from:min(from+movedRows, len(l.list))]
	names, err := h.db.CoreClients(ctx, a.Scope(l.right), firstIDs(shown))
	if err != nil {
		return err
	}
	p := views.MovedPage{Title: l.title(ctx), Sub: lang.T(ctx, "%s 到 %s", l.q.first.String()[:7], l.q.last.String()[:7]), Back: journeyPath + "?" + l.q.values().Encode(), Figures: l.heads(ctx)}
	for _, f := range shown {
		line := views.MovedLine{Figures: journeyTexts(f)}
		if x, ok := names[f.ID]; ok {
			line.Href, line.Name, line.Code, line.Class, line.Owner, line.Branch = "/customers/"+idText(f.ID), x.Name, x.Code, x.Class, x.Owner, h.db.BranchName(x.BranchID)
		}
		p.Rows = append(p.Rows, line)
	}
	v := l.q.values()
	v.Set("stage", l.stage)
	p.Pager = pagerOf(ctx, journeyPath+"/list", v, l.page, movedRows, int64(len(l.list)))
	if a.Can(policy.CustomerExport) && len(l.list) > 0 {
		p.XLSX = hrefWith(journeyPath+"/list/export", v)
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Moved(p), active: reportsPath})
}

// journeyListExport writes all of the list.
func (h *Handlers) journeyListExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Scope(policy.WaybillRead).Wide() {
		return db.ErrRefused
	}
	l, err := h.journeyLines(r)
	if err != nil && !errors.Is(err, db.ErrTooMany) {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(len(l.list)), l.href(), lang.T(ctx, "超过 %d 户，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	names, err := h.db.CoreClients(ctx, a.Scope(policy.CustomerExport), firstIDs(l.list))
	if err != nil {
		return err
	}
	heads := append([]string{lang.T(ctx, "客户编码"), lang.T(ctx, "客户名称"), lang.T(ctx, "分级"), lang.T(ctx, "业务员"), lang.T(ctx, "网点")}, l.heads(ctx)...)
	var rows [][]sheet.Cell
	var customers []int64
	for _, f := range l.list {
		if x, ok := names[f.ID]; ok {
			customers = append(customers, f.ID)
			row := []sheet.Cell{sheet.TextOf(x.Code), sheet.TextOf(x.Name), sheet.TextOf(x.Class), sheet.TextOf(x.Owner), sheet.TextOf(h.db.BranchName(x.BranchID))}
			for _, text := range journeyTexts(f) {
				row = append(row, sheet.TextOf(text))
			}
			rows = append(rows, row)
		}
	}
	return h.sendCells(w, r, "reports.export", "journey-clients-"+h.today(), l.title(ctx), l.href(), heads, rows, customers...)
}
