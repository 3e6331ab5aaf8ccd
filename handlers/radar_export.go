package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/radar"
	"yike/views"
	"yike/views/lang"
)

// radarExport writes what the list shows.
func (h *Handlers) radarExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readRadarQuery(r)
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	f := q.RadarFilter
	f.Limit, f.Before = 500, 0
	scope, leaves := a.Scope(policy.RadarRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	n, err := h.db.CountRadar(ctx, scope, f, mostExported+1)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(n), q.href(0), lang.T(ctx, "超过 %d 条，一个文件放不下。先选网点或情况，再分几次导出。", mostExported)); !ok {
		return err
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "数据到"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "分级"), lang.T(ctx, "什么情况"), lang.T(ctx, "平时件数"), lang.T(ctx, "实际件数"), lang.T(ctx, "说明"),
		lang.T(ctx, "状态"), lang.T(ctx, "原因"), lang.T(ctx, "怎么办"), lang.T(ctx, "谁来办"), lang.T(ctx, "哪天前"), lang.T(ctx, "结果"), lang.T(ctx, "自己了结了"), lang.T(ctx, "了结日期"), lang.T(ctx, "后来"), lang.T(ctx, "网点")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "件量雷达"), Columns: titles, Mark: mark})
	if err != nil {
		return err
	}
	rows, customers, err := h.radarRows(ctx, a, scope, f, out)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	detail := map[string]any{}
	for k, v := range q.values() {
		detail[k] = v[0]
	}
	if err := h.db.RecordExport(ctx, a, "radar.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, q.href(0))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="radar-`+h.today()+"-"+ref+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "件量雷达"))+"-"+h.today()+"-"+ref+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

// pieces is a number of pieces in a file, empty of an alert about payments or answers.
func pieces(x db.RadarRow, n int64) sheet.Cell {
	if !radar.Kind(x.Kind).Volume() {
		return sheet.TextOf("")
	}
	return sheet.NumberOf(float64(n))
}

// radarRows writes the rows of an export.
func (h *Handlers) radarRows(ctx context.Context, a policy.Actor, scope policy.Scope, f db.RadarFilter, out *sheet.Writer) (rows int64, customers []int64, err error) {
	for more := true; more; {
		var list []db.RadarRow
		if list, more, err = h.db.RadarAlerts(ctx, scope, f); err != nil {
			return rows, customers, err
		}
		later, err := h.radarLater(ctx, list)
		if err != nil {
			return rows, customers, err
		}
		for _, x := range list {
			level := h.db.MaskFor(a, x.BranchID, x.CustomerOwner, x.ClerkID)
			known, _ := day.Parse(x.Day)
			word := func(say func(context.Context, string) string, w string) sheet.Cell {
				if w == "" {
					return sheet.TextOf("")
				}
				return sheet.TextOf(say(ctx, w))
			}
			if err := out.Write([]sheet.Cell{sheet.DayOf(known.Time()), sheet.TextOf(x.Code), sheet.TextOf(x.Customer), sheet.TextOf(x.Class), sheet.TextOf(views.RadarKindWord(ctx, x.Kind)),
				pieces(x, x.Expected), pieces(x, x.Got), sheet.TextOf(views.RadarSentence(ctx, x.Detail)), word(views.RadarStateWord, x.State),
				word(views.RadarReasonWord, x.Reason), word(views.RadarResponseWord, x.Response), sheet.TextOf(x.Worker), sheet.TextOf(x.DueDay), sheet.TextOf(mask.Text(x.Result, level)),
				sheet.TextOf(views.RadarEnd(ctx, x.Ended)), sheet.TextOf(x.ClosedDay), sheet.TextOf(later[x.ID]), sheet.TextOf(h.db.BranchName(x.BranchID))}); err != nil {
				return rows, customers, err
			}
			rows++
			customers = append(customers, x.CustomerID)
			f.Before = x.ID
		}
	}
	return rows, customers, nil
}
