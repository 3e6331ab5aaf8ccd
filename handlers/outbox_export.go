package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// outboxExport writes what the list shows, with the same things hidden.
func (h *Handlers) outboxExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, f := r.Context(), actorOf(r), readOutboxQuery(r)
	f.Before, f.Limit = 0, 500
	back := outboxHref(f)
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	scope, leaves := a.Scope(policy.OutboxRead), a.Scope(policy.CustomerExport)
	if scope.Empty() {
		return db.ErrRefused
	}
	f.Also = &leaves
	counts, err := h.db.CountLetters(ctx, scope, f, mostExported+1)
	if err != nil {
		return err
	}
	n := counts[f.State]
	if f.State == "" {
		for _, c := range counts {
			n += c
		}
	}
	if ok, err := h.mayLeave(w, r, int64(n), back, lang.T(ctx, "超过 %d 条，一个文件放不下。先选日期，再分几次导出。", mostExported)); !ok {
		return err
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "什么时候"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "联系人"), lang.T(ctx, "怎么发"), lang.T(ctx, "主题"), lang.T(ctx, "内容"), lang.T(ctx, "状态"),
		lang.T(ctx, "说明"), lang.T(ctx, "对方答复"), lang.T(ctx, "试了几次"), lang.T(ctx, "发出时间"), lang.T(ctx, "谁要发的"), lang.T(ctx, "网点")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "消息"), Columns: titles, Mark: mark})
	if err != nil {
		return err
	}
	rows, customers, err := h.outboxRows(ctx, a, scope, f, out)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	detail := map[string]any{}
	for k, v := range outboxValues(f) {
		detail[k] = v[0]
	}
	if err := h.db.RecordExport(ctx, a, "outbox.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, back)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="messages-`+h.today()+"-"+ref+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "消息"))+"-"+h.today()+"-"+ref+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

// outboxRows writes the rows of an export.
func (h *Handlers) outboxRows(ctx context.Context, a policy.Actor, scope policy.Scope, f db.LetterFilter, out *sheet.Writer) (rows int64, customers []int64, err error) {
	for more := true; more; {
		var list []db.LetterRow
		if list, more, err = h.db.Letters(ctx, scope, f); err != nil {
			return rows, customers, err
		}
		for _, l := range list {
			if err := out.Write(h.letterCells(ctx, a, l)); err != nil {
				return rows, customers, err
			}
			rows++
			if l.CustomerID != 0 {
				customers = append(customers, l.CustomerID)
			}
			f.Before = l.ID
		}
	}
	return rows, customers, nil
}

// letterCells is a message as a row of the file.
func (h *Handlers) letterCells(ctx context.Context, a policy.Actor, l db.LetterRow) []sheet.Cell {
	level := h.db.MaskFor(a, l.BranchID, l.OwnerID, l.ClerkID)
	at := func(ms int64) sheet.Cell {
		if ms == 0 {
			return sheet.TextOf("")
		}
		return sheet.TextOf(time.UnixMilli(ms).In(db.Zone).Format("2006-01-02 15:04"))
	}
	customer := l.Customer
	if l.CustomerID == 0 {
		customer = lang.T(ctx, "本公司的人")
	}
	return []sheet.Cell{at(l.CreatedAt), sheet.TextOf(l.CustomerCode), sheet.TextOf(customer), sheet.TextOf(l.Contact), sheet.TextOf(views.WayWord(ctx, l.Channel)), sheet.TextOf(mask.Text(l.Subject, level)),
		sheet.TextOf(mask.Text(l.Body, level)), sheet.TextOf(views.LetterStateWord(ctx, l.State)), sheet.TextOf(views.LetterWhy(ctx, l.Reason)), sheet.TextOf(mask.Text(l.Said, level)), sheet.NumberOf(float64(l.Tries)),
		at(l.SentAt), sheet.TextOf(l.User), sheet.TextOf(h.db.BranchName(l.BranchID))}
}

// outboxAgain lets what failed of a list go once more.
func (h *Handlers) outboxAgain(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := db.LetterFilter{State: db.LetterFailed, Channel: field(r, "channel"), BranchID: db.ParseID(field(r, "branch")), Customer: db.ParseID(field(r, "customer")), From: field(r, "from"), To: field(r, "to")}
	n, err := h.db.RetryLetters(ctx, actorOf(r), f)
	if err != nil {
		return err
	}
	kind, said := "ok", lang.T(ctx, "排进去了 %d 条，很快再发一次。发之前会再问一遍能不能发。", n)
	if n == 0 {
		kind, said = "soon", lang.T(ctx, "没有能再发的：日子过了，或者刚才有人办了。")
	}
	h.flash(r, views.Flash{Kind: kind, Text: said})
	h.redirect(w, r, outboxHref(f))
	return nil
}
