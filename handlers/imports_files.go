package handlers

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy/intake"
	"yike/views"
	"yike/views/lang"
)

// importFailed writes a workbook of only the rows that were not taken: their
// cells as they stood, the reason beside each.
func (h *Handlers) importFailed(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	m, err := h.importOf(r)
	if err != nil {
		return err
	}
	if !h.brought(a, m) {
		return fmt.Errorf("failed rows of import %d: %w", m.ID, db.ErrRefused)
	}
	tmp, err := os.CreateTemp("", "yike-failed-*")
	if err != nil {
		return fmt.Errorf("a place for the file: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	rows, err := WriteFailedRows(ctx, h.db, m, tmp, mark)
	if err != nil {
		return err
	}
	left := db.Left{Rows: rows, Reference: ref, Branch: m.BranchID, Subject: m.ID}
	record := h.db.RecordExport
	if m.UserID == a.UserID {
		record = h.db.RecordCharged // their own rows come back
	}
	if err := record(ctx, a, "imports.failed_rows", left); err != nil {
		return h.overCap(w, r, err, "/imports/"+idText(m.ID))
	}
	base := strings.TrimSuffix(m.FileName, filepath.Ext(m.FileName))
	return serveWorkbook(w, r, tmp, lang.T(ctx, "%s 错误行.xlsx", base))
}

func serveWorkbook(w http.ResponseWriter, r *http.Request, f *os.File, name string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // the reader may have left
	}
	return nil
}

// WriteFailedRows writes that workbook and returns how many rows it has; mark
// is its watermark. Also for the command line.
func WriteFailedRows(ctx context.Context, d *db.DB, m db.Import, out io.Writer, mark string) (int64, error) {
	var headings []string
	at := map[string][]int{} // of a sheet: where each of its columns goes
	sheets := 0
	for _, s := range m.Found.Sheets {
		if !s.Used {
			continue
		}
		sheets++
		names := s.Headings
		if m.Found.Mode == "senders" {
			names = []string{lang.T(ctx, "客户名称"), lang.T(ctx, "联系人"), lang.T(ctx, "电话"), lang.T(ctx, "地址"), lang.T(ctx, "月结账号")}
		}
		for c, name := range names {
			if c < len(s.Groups) && s.Groups[c] != "" && slices.Contains(names[:c], name) {
				name = s.Groups[c] + name
			}
			i := slices.Index(headings, name)
			if i < 0 || name == "" || slices.Contains(at[s.Name], i) {
				i = len(headings)
				headings = append(headings, name)
			}
			at[s.Name] = append(at[s.Name], i)
		}
	}
	layout := sheet.Layout{Sheet: lang.T(ctx, "错误行"), Mark: mark}
	for _, name := range headings {
		layout.Columns = append(layout.Columns, sheet.Column{Title: name})
	}
	reasonAt := len(headings)
	layout.Columns = append(layout.Columns, sheet.Column{Title: lang.T(ctx, "没有导入的原因"), Width: 40, Reason: true}, sheet.Column{Title: lang.T(ctx, "原文件行号")})
	if sheets > 1 {
		layout.Columns = append(layout.Columns, sheet.Column{Title: lang.T(ctx, "原工作表")})
	}
	wr, err := sheet.NewWriter(out, sheet.XLSX, layout)
	if err != nil {
		return 0, fmt.Errorf("failed rows: %w", err)
	}
	total := int64(0)
	err = func() error {
		from := int64(0)
		for {
			rows, err := d.ImportRows(ctx, m, "error", from, false, 1000)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				cells := make([]sheet.Cell, len(layout.Columns))
				for c, text := range row.Cells {
					if c < len(at[row.Sheet]) {
						cells[at[row.Sheet][c]] = sheet.TextOf(text)
					}
				}
				var why []string
				for _, x := range row.Reasons {
					if x.Severity == intake.Fault {
						why = append(why, views.ImportReason(ctx, m.Kind, x))
					}
				}
				cells[reasonAt] = sheet.TextOf(strings.Join(why, lang.T(ctx, "；")))
				cells[reasonAt+1] = sheet.NumberOf(float64(row.Row))
				if sheets > 1 {
					cells[reasonAt+2] = sheet.TextOf(row.Sheet)
				}
				if err := wr.Write(cells); err != nil {
					return err
				}
				total++
			}
			from = rows[len(rows)-1].N
		}
	}()
	if closeErr := wr.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, fmt.Errorf("failed rows: %w", err)
	}
	return total, nil
}

// importTemplate writes an empty workbook with the headings that are
// recognised for sure, drop-downs where there are words to choose, and a sheet
// of hints.
func (h *Handlers) importTemplate(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	name := lang.T(ctx, "客户导入模板.xlsx")
	layout := sheet.Layout{Sheet: lang.T(ctx, "客户")}
	people, err := h.db.BranchPeople(ctx, a.Branch)
	if err != nil {
		return err
	}
	var reps []string
	for p := range people {
		reps = append(reps, p)
	}
	slices.Sort(reps)
	add := func(title string, width float64, hint string, choices ...string) {
		layout.Columns = append(layout.Columns, sheet.Column{Title: title, Width: width, Hint: hint, Choices: choices})
	}
	if query(r, "kind") == db.ImportPayments {
		b := intake.Payments
		name, layout.Sheet = lang.T(ctx, "账款导入模板.xlsx"), lang.T(ctx, "账款")
		add(templateTitle(b, "doc_kind"), 10, "", "对账单", "回款", "退款", "冲红")
		add(templateTitle(b, "doc"), 18, lang.T(ctx, "必填，同一网点不重复"))
		add(templateTitle(b, "name"), 30, lang.T(ctx, "和系统里的客户名称一样"))
		add(templateTitle(b, "account_no"), 16, "")
		add(templateTitle(b, "period"), 12, lang.T(ctx, "例如 2026-10"))
		add(templateTitle(b, "day"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(b, "charged"), 12, lang.T(ctx, "对账单和冲红写这里，元"))
		add(templateTitle(b, "paid"), 12, lang.T(ctx, "回款和退款写这里，元"))
		add(templateTitle(b, "method"), 12, "", "对公转账", "微信", "支付宝", "现金", "承兑", "刷卡")
		add(templateTitle(b, "handled"), 10, "")
		add(templateTitle(b, "remark"), 24, "")
		layout.Help = []string{lang.T(ctx, "每行一张单据，单据号、日期和金额必填。"), lang.T(ctx, "同一个单据号再导入一次，就是更正。")}
	} else if query(r, "kind") == db.ImportCases {
		b := intake.Cases
		name, layout.Sheet = lang.T(ctx, "投诉登记本模板.xlsx"), lang.T(ctx, "投诉登记本")
		add(templateTitle(b, "day"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(b, "name"), 26, "")
		add(templateTitle(b, "phone"), 16, lang.T(ctx, "按号码认出客户"))
		add(templateTitle(b, "waybill"), 20, lang.T(ctx, "几个单号用空格分开"))
		add(templateTitle(b, "said"), 44, lang.T(ctx, "客户说了什么"))
		add(templateTitle(b, "cause"), 12, lang.T(ctx, "空着就按内容猜"), "延误", "破损", "遗失", "虚假签收", "服务态度", "错派", "费用", "其他")
		add(templateTitle(b, "handling"), 36, "")
		add(templateTitle(b, "handler"), 10, "", reps...)
		add(templateTitle(b, "compensation"), 12, lang.T(ctx, "元"))
		add(templateTitle(b, "result"), 16, "", "已解决", "客户满意", "待回复")
		add(templateTitle(b, "closed_on"), 14, lang.T(ctx, "例如 2026-11-21"))
		layout.Help = []string{lang.T(ctx, "每行一件投诉，日期和内容必填。"), lang.T(ctx, "“同上”、月份标题、3.10 这样的日期都认得。")}
	} else if query(r, "kind") == db.ImportWaybills {
		b := intake.Waybills
		name, layout.Sheet = lang.T(ctx, "运单导入模板.xlsx"), lang.T(ctx, "运单")
		add(templateTitle(b, "day"), 18, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(b, "waybill"), 20, lang.T(ctx, "必填，按文本填写"))
		add(templateTitle(b, "name"), 30, lang.T(ctx, "和系统里的客户名称一样"))
		add(templateTitle(b, "account_no"), 16, "")
		add(templateTitle(b, "phone"), 16, "")
		add(templateTitle(b, "destination"), 24, lang.T(ctx, "从省市区写起"))
		add(templateTitle(b, "weight"), 10, lang.T(ctx, "公斤"))
		add(templateTitle(b, "pieces"), 8, "")
		add(templateTitle(b, "freight"), 10, lang.T(ctx, "元"))
		add(templateTitle(b, "payment"), 10, "", "寄付", "到付", "月结", "第三方")
		add(templateTitle(b, "product"), 10, "", "标快", "特惠", "时效", "同城", "大件", "冷链", "国际", "其他")
		add(templateTitle(b, "status"), 10, "", "已揽收", "运输中", "派送中", "已签收", "滞留", "退回中", "退回", "拒收", "破损", "遗失", "已取消")
		layout.Help = []string{lang.T(ctx, "每行一票。日期和运单号必填，其他可以空着。"), lang.T(ctx, "运单号请按文本填写，不要让 Excel 变成科学记数。")}
	} else if query(r, "kind") == db.ImportVisits {
		name, layout.Sheet = lang.T(ctx, "拜访导入模板.xlsx"), lang.T(ctx, "拜访记录")
		add(templateTitle(intake.Visits, "day"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(intake.Visits, "rep"), 10, "", reps...)
		add(templateTitle(intake.Visits, "name"), 30, lang.T(ctx, "和系统里的客户名称一样"))
		add(templateTitle(intake.Visits, "mode"), 10, "", "上门", "电话", "微信", "到网点")
		add(templateTitle(intake.Visits, "met"), 10, "")
		add(templateTitle(intake.Visits, "learned"), 40, "")
		add(templateTitle(intake.Visits, "wants"), 24, "")
		add(templateTitle(intake.Visits, "next_step"), 20, "")
		add(templateTitle(intake.Visits, "next_on"), 14, lang.T(ctx, "例如 2026-11-21"))
		layout.Help = []string{lang.T(ctx, "每行一次拜访。日期和客户名称必填，其他可以空着。"), lang.T(ctx, "系统里没有的客户不会导入，会列出来给你。")}
	} else {
		c := intake.Customers
		add(templateTitle(c, "name"), 30, lang.T(ctx, "必填"))
		add(templateTitle(c, "kind"), 12, "", "电商客户", "企业客户", "个人客户", "经销商", "合作伙伴")
		add(templateTitle(c, "class"), 10, lang.T(ctx, "A、B、C 或 VIP"), "A", "B", "C", "VIP")
		add(templateTitle(c, "source"), 12, "", "淘宝", "拼多多", "抖音", "京东", "企业", "散客", "网络", "转介绍", "拜访", "其他")
		add(templateTitle(c, "contact"), 10, "")
		add(templateTitle(c, "ways"), 18, lang.T(ctx, "联系人最好怎么联系：主要的写在前面，用顿号隔开，例如 微信、电话"))
		add("联系电话", 24, lang.T(ctx, "可以写几个，用分号隔开；座机带区号"))
		add(templateTitle(c, "address"), 36, lang.T(ctx, "从省市区写起"))
		add(templateTitle(c, "terms"), 10, "", "月结", "现结")
		add(templateTitle(c, "account_no"), 16, "")
		add(templateTitle(c, "terms_days"), 10, lang.T(ctx, "天数"))
		add(templateTitle(c, "owner"), 10, lang.T(ctx, "本网点的人"), reps...)
		add(templateTitle(c, "filed_on"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(c, "monthly_pieces"), 10, lang.T(ctx, "每月大约多少件"))
		add(templateTitle(c, "code"), 14, lang.T(ctx, "空着由系统给"))
		add(templateTitle(c, "remark"), 30, "")
		layout.Help = []string{lang.T(ctx, "每行一位客户。客户名称必填，其他可以空着。"), lang.T(ctx, "电话请按文本填写，不要让 Excel 变成科学记数。"),
			lang.T(ctx, "名称相同并有一个电话相同的，算同一位客户，会更新而不会重复。")}
	}
	layout.Names.Help, layout.Names.Choices = lang.T(ctx, "怎么填"), lang.T(ctx, "选项")
	tmp, err := os.CreateTemp("", "yike-template-*")
	if err != nil {
		return fmt.Errorf("a place for the file: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	wr, err := sheet.NewWriter(tmp, sheet.XLSX, layout)
	if err == nil {
		err = wr.Close()
	}
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	return serveWorkbook(w, r, tmp, name)
}

// templateTitle is the heading under which a field is recognised for sure.
func templateTitle(k *intake.Kind, name string) string {
	fd, _ := k.Field(name)
	return fd.Synonyms[0]
}
