package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
)

// waybillExport writes what the list shows, with the same things hidden.
func (h *Handlers) waybillExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readWaybillQuery(r, "/waybills")
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	f := q.WaybillFilter
	f.Limit, f.At, f.Back = 500, db.WaybillKey{}, false
	scope, leaves := a.Scope(policy.WaybillRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	n, err := h.db.CountWaybills(ctx, scope, f, mostExported+1)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(n), q.href(), lang.T(ctx, "超过 %d 票，一个文件放不下。先选日期，再分几次导出。", mostExported)); !ok {
		return err
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "寄件日期"), lang.T(ctx, "运单号"), lang.T(ctx, "客户编码"), lang.T(ctx, "寄件客户"), lang.T(ctx, "寄往"), lang.T(ctx, "收件人"),
		lang.T(ctx, "重量"), lang.T(ctx, "件数"), lang.T(ctx, "运费"), lang.T(ctx, "付款"), lang.T(ctx, "产品"), lang.T(ctx, "状态"), lang.T(ctx, "异常"), lang.T(ctx, "网点")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	if f.Flagged {
		for _, title := range []string{lang.T(ctx, "提醒"), lang.T(ctx, "最近消息"), lang.T(ctx, "谁来办")} {
			titles = append(titles, sheet.Column{Title: title})
		}
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "运单"), Columns: titles, Mark: mark})
	if err != nil {
		return err
	}
	rows, customers := int64(0), []int64{}
	for last := false; !last; {
		list, err := h.db.Waybills(ctx, scope, f)
		if err != nil {
			_ = out.Close()
			return err
		}
		watched, err := h.watched(ctx, f, list.Rows)
		if err != nil {
			_ = out.Close()
			return err
		}
		for _, x := range list.Rows {
			cells := h.waybillCells(ctx, a, x)
			if f.Flagged {
				cells = append(cells, watchCells(ctx, watched[x.ID])...)
			}
			if err := out.Write(cells); err != nil {
				_ = out.Close()
				return err
			}
			rows++
			if x.CustomerID != 0 {
				customers = append(customers, x.CustomerID)
			}
			f.At = db.WaybillKey{Day: x.SentDay, ID: x.ID}
		}
		last = list.Last
	}
	if err := out.Close(); err != nil {
		return err
	}
	detail := map[string]any{}
	for k, v := range q.values() {
		detail[k] = v[0]
	}
	if err := h.db.RecordExport(ctx, a, "waybills.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, q.href())
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="waybills-`+h.today()+"-"+ref+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "运单"))+"-"+h.today()+"-"+ref+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

// waybillCells is a parcel as a row of the file.
func (h *Handlers) waybillCells(ctx context.Context, a policy.Actor, x db.WaybillRow) []sheet.Cell {
	sent, _ := day.Parse(x.SentDay)
	customer := x.Customer
	if x.CustomerID == 0 {
		customer = h.senderShown(a, x)
	}
	return []sheet.Cell{sheet.DayOf(sent.Time()), sheet.TextOf(x.Number), sheet.TextOf(x.CustomerCode), sheet.TextOf(customer), sheet.TextOf(placeShown(x.Waybill)), sheet.TextOf(waybill.Hidden(x.Receiver)),
		sheet.NumberOf(float64(x.Weight) / 1000), sheet.NumberOf(float64(x.Pieces)), sheet.NumberOf(float64(x.Freight) / 100), sheet.TextOf(views.PaymentWord(ctx, x.Payment)), sheet.TextOf(views.ProductWord(ctx, x.Product)),
		sheet.TextOf(views.WaybillStateWord(ctx, x.State)), sheet.TextOf(views.ExceptionWord(ctx, x.Exception)), sheet.TextOf(h.db.BranchName(x.BranchID))}
}
