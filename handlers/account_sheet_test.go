package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/internal/sheet"
)

func TestAMonthlySheetIsMadeOfParcelsStatementsAndMoney(t *testing.T) {
	s := newSite(t)
	customer, _, _ := aBill(t, s)
	account := "/customers/" + id(customer) + "/account"
	page, file := account+"/sheet?month=2026-10", account+"/sheet/export?month=2026-10"
	form := func(change ...string) url.Values {
		v := url.Values{"kind": {"payment"}, "day": {"2026-11-19"}, "amount": {"20"}}
		for i := 0; i+1 < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", page, nil, 403, nil, nil},
		{"another rep's", "rep2", "", page, nil, 404, nil, nil},
		{"another branch's", "boss2", "", page, nil, 404, nil, nil},
		{"another branch's file", "boss2", "", file, nil, 404, nil, nil},
		{"a rep takes no file away", "rep", "", file, nil, 403, nil, nil},
		{"before there is a statement it asks for one", "boss", "", page, nil, 200, []string{"2026-10 对账单", "27.50", "2026-10 的对账单还没有记", "kind=statement&amp;period=2026-10"}, []string{"付清"}},
		{"its form holds what the parcels cost", "boss", "", account + "/new?kind=statement&period=2026-10", nil, 200, []string{"2026-10 的月结运单 2 票，运费 27.50 元", `value="27.50"`, `value="2026-10"`}, nil},
		{"a statement that is not what they cost", "boss", http.MethodPost, account, form("kind", "statement", "period", "2026-10", "day", "2026-11-03", "amount", "27", "key", "a"), 303, []string{account}, nil},
		{"the sheet says so, and until when to pay", "boss", "", page, nil, 200, []string{"和本期应收差 −0.50 元", "请在 2026-12-03 前付清", "DZ20261103-001", "客户确认（签章）"}, []string{"还没有记"}},
		{"the next form says that there is one", "boss", "", account + "/new?kind=statement&period=2026-10", nil, 200, []string{"2026-10 已经有对账单 DZ20261103-001，27.00 元"}, []string{`value="27.50"`}},
		{"a statement refused says so too", "boss", http.MethodPost, account, form("kind", "statement", "period", "2026年10月", "amount", "", "key", "h"), 422, []string{"2026-10 已经有对账单 DZ20261103-001，27.00 元", "2026年10月", "请填写"}, []string{`value="27.50"`}},
		{"what is open is offered to be paid", "boss", "", account + "/new?kind=payment", nil, 200, []string{"现在欠 27.00 元，都没到期", "全部 27.00", `name="fill" value="27 "`}, nil},
		{"an offer fills the form and keeps what is typed", "boss", http.MethodPost, account, form("fill", "27 2026-10", "amount", "", "remark", "电汇过来的", "handled_by", "林晓", "method", "wechat", "key", "f"), 200, []string{`value="27"`, `value="2026-10"`, "电汇过来的", "林晓", `value="wechat" selected`, "全部 27.00"}, []string{"请填写"}},
		{"a form refused keeps all of it, the offers too", "boss", http.MethodPost, account, form("amount", "二十", "period", "2026年10月", "remark", "电汇过来的", "method", "wechat", "doc_no", "P-1", "day", "2027-01-01", "key", "g"), 422, []string{"二十", "2026年10月", "电汇过来的", `value="wechat" selected`, "P-1", "2027-01-01", "全部 27.00", "现在欠 27.00 元"}, nil},
		{"and is filled in", "boss", "", account + "/new?kind=payment&amount=27&period=2026-10", nil, 200, []string{`value="27"`, `value="2026-10"`}, nil},
		{"nonsense in the address is not", "boss", "", account + "/new?kind=x&amount=-1e9&period=never", nil, 200, []string{"记回款"}, []string{"1e9", "never"}},
		{"a payment of the month after", "boss", http.MethodPost, account, form("key", "b"), 303, []string{account}, nil},
		{"is not of this sheet, which says what is open today", "boss", "", page, nil, 200, []string{"期末余额", "27.00", "到 2026-11-21 余额 7.00 元"}, nil},
		{"but of the next", "boss", "", account + "/sheet?month=2026-11", nil, 200, []string{"27.00", "20.00", "7.00", "回款"}, nil},
		{"a month that is none is the last one", "boss", "", account + "/sheet?month=2026-13", nil, 200, []string{"2026-10 对账单"}, nil},
		{"a month to come is the last one", "boss", "", account + "/sheet?month=2027-01", nil, 200, []string{"2026-10 对账单"}, nil},
		{"the own rep reads it and takes nothing away", "rep", "", page, nil, 200, []string{"2026-10 对账单"}, []string{"下载 Excel"}},
		{"a document of no kind", "boss", http.MethodPost, account, form("kind", "gift", "key", "c"), 422, []string{"选好记的是哪种单据"}, nil},
		{"the account leads to the sheet", "boss", "", account, nil, 200, []string{"/account/sheet?month=2026-10"}, nil},
	})

	a := s.as("boss").get(file)
	if a.status != http.StatusOK {
		t.Fatalf("the file: %d %s", a.status, excerpt(a.body))
	}
	book, err := sheet.OpenReader(strings.NewReader(a.body), int64(len(a.body)), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for row, err := range book.Rows(context.Background(), "2026-10") {
		if err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, c := range row.Cells {
			line += c.Text + "|"
		}
		rows = append(rows, line)
	}
	all := strings.Join(rows, "\n")
	for _, want := range []string{"期初余额|||||||", "对账单 2026-10|DZ20261103-001|", "期末余额|", "运单 月结|302610000000001|", "运单 月结|302610000000002|"} {
		if !strings.Contains(all, want) {
			t.Errorf("the file lacks %q:\n%s", want, all)
		}
	}
	if len(rows) != 6 || strings.Contains(all, "302610000000003") || strings.Contains(all, "林小满") {
		t.Errorf("%d rows:\n%s", len(rows), all)
	}
	if page := s.as("admin").get("/audit?act=receivables.sheet.export").body; !strings.Contains(page, "导出对账单") || !strings.Contains(page, "共 5 行") {
		t.Errorf("the audit: %s", excerpt(page))
	}
}
