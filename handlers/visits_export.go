package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
)

// visitExport sends exactly what the list shows, all pages of it; what left is
// noted in the audit.
func (h *Handlers) visitExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readVisitQuery(r)
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	f := q.VisitFilter
	f.Limit, f.Oldest, f.At, f.Back = 500, q.State == db.VisitPlanned, db.VisitKey{}, false
	scope, leaves := a.Scope(policy.VisitRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	n, err := h.db.CountVisits(ctx, scope, f, mostExported+1)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(n), q.href("/visits"), lang.T(ctx, "超过 %d 次拜访，一个文件放不下。先选日期，再分几次导出。", mostExported)); !ok {
		return err
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "日期"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "分级"), lang.T(ctx, "网点"), lang.T(ctx, "谁去"), lang.T(ctx, "方式"),
		lang.T(ctx, "状态"), lang.T(ctx, "目的"), lang.T(ctx, "结果"), lang.T(ctx, "见到谁"), lang.T(ctx, "谈了什么"), lang.T(ctx, "下一步"), lang.T(ctx, "下次日期")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "拜访"), Columns: titles, Mark: mark})
	if err != nil {
		return err
	}
	rows, customers := int64(0), []int64{}
	for {
		list, err := h.db.Visits(ctx, scope, f)
		if err != nil {
			_ = out.Close()
			return err
		}
		for _, v := range list.Rows {
			if err := out.Write(h.visitCells(ctx, h.shownVisit(a, v))); err != nil {
				_ = out.Close()
				return err
			}
			rows++
			customers = append(customers, v.CustomerID)
		}
		if list.Last {
			break
		}
		last := list.Rows[len(list.Rows)-1]
		f.At = db.VisitKey{Day: last.Day, ID: last.ID}
	}
	if err := out.Close(); err != nil {
		return err
	}
	detail := map[string]any{}
	for k, v := range q.values() {
		detail[k] = v
	}
	if err := h.db.RecordExport(ctx, a, "visits.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, q.href("/visits"))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="visits-`+h.today()+"-"+ref+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "拜访"))+"-"+h.today()+"-"+ref+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

func (h *Handlers) visitCells(ctx context.Context, v db.VisitRow) []sheet.Cell {
	asDay := func(s string) sheet.Cell {
		d, _ := day.Parse(s)
		return sheet.DayOf(d.Time())
	}
	cells := []sheet.Cell{asDay(v.Day)}
	for _, text := range []string{v.CustomerCode, v.Customer, v.Class, h.db.BranchName(v.BranchID), v.User, views.ModeWord(ctx, v.Mode),
		views.VisitStateWord(ctx, v.State), v.Purpose, views.MoodWord(ctx, v.Mood), cmp.Or(v.Contact, v.Met), v.Learned, v.NextStep} {
		cells = append(cells, sheet.TextOf(text))
	}
	return append(cells, asDay(v.NextOn))
}
