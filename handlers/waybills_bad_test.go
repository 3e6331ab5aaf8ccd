package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
)

// badRow is a line of a bill that cannot be taken, and why in both languages;
// no reason is one that is taken or left out for good.
type badRow struct{ name, line, chinese, english string }

const badHead = "运单号,寄件日期,寄件客户,月结账号,网点,目的地,重量(kg),运费,付款方式,状态,签收时间\n"

var badRows = []badRow{
	{"a good one", "302610000000001,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1.2,12.50,月结,已签收,2026-10-09", "", ""},
	{"a state that nobody knows", "302610000000002,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,飘在空中,", "不认识“飘在空中”", "“飘在空中”"},
	{"a payment that nobody knows", "302610000000003,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,刷脸,已签收,", "不认识“刷脸”", "“刷脸”"},
	{"freight below nothing", "302610000000004,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,-8,月结,已签收,", "运费是负数（-8 元）", "-8"},
	{"a day that has not come", "302610000000005,2027-01-05,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "2027-01-05 还没到", "2027-01-05"},
	{"signed before it was sent", "302610000000006,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,2026-10-07", "签收日期 2026-10-07 早于寄件日期", "2026-10-07"},
	{"the number of the first row, with other freight", "302610000000001,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1.2,13,月结,已签收,2026-10-09", "和第 2 行运单号相同，内容却不同", "row 2"},
	{"the first row once more", "302610000000001,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1.2,12.50,月结,已签收,2026-10-09", "", ""},
	{"a parcel that another branch has", "302610000000077,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "这张运单已在别的网点", "Another branch"},
	{"a row that names another branch", "302610000000008,2026-10-08,松果文具有限公司,5712000999,%EAST%,浙江省杭州市,1,10,月结,已签收,", "这一票是别的网点的", "another branch"},
	{"another branch's client", "302610000000009,2026-10-08,远方五金有限公司,5713000888,,浙江省杭州市,1,10,月结,已签收,", "这一票是别的网点的", "another branch"},
	{"a number too short", "12345,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "“12345”不是运单号", "“12345”"},
	{"a number too long", "302610000000010123456789,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "不是运单号", "302610000000010123456789"},
	{"a number of which the end is hidden", "3026****0011,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "“3026****0011”不是运单号", "“3026****0011”"},
	{"no number", ",2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "没有单号", "No waybill number"},
	{"no day", "302610000000012,,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "没有写日期", "No date"},
	{"a day that does not exist", "302610000000013,2026-02-30,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "没有“2026-02-30”这一天", "There is no day"},
	{"a weight in words", "302610000000014,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,不到一斤,10,月结,已签收,", "“不到一斤”不是重量或体积", "“不到一斤”"},
	{"a weight below nothing", "302610000000015,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,-2,10,月结,已签收,", "“-2”不是重量或体积", "“-2”"},
	{"freight in words", "302610000000016,2026-10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,面议,月结,已签收,", "“面议”不是金额", "“面议”"},
	{"a day without a year", "302610000000017,10-08,松果文具有限公司,5712000999,,浙江省杭州市,1,10,月结,已签收,", "", ""},
}

// Every row of a bill is taken, left out as one that is there already, or in
// the workbook of failed rows as it was, with its reason; the totals row that
// disagrees is told.
func TestEveryBadRowOfABillStandsInTheWorkbookWithItsReason(t *testing.T) {
	s := newSite(t)
	ctx, admin := context.Background(), s.As(t, s.Admin)
	for branch, c := range map[int64][2]string{s.West: {"松果文具有限公司", "5712000999"}, s.East: {"远方五金有限公司", "5713000888"}} {
		if _, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: branch, Name: c[0], AccountNo: c[1]}); err != nil {
			t.Fatal(err)
		}
	}
	east, err := s.DB.Branch(ctx, admin.Scope(policy.BranchRead), s.East)
	if err != nil {
		t.Fatal(err)
	}
	take := func(who, branch, name, content string) (at string, preview answer) {
		t.Helper()
		v := s.as(who)
		at = v.upload("waybills", branch, name, []byte("\ufeff"+content)).to()
		s.work()
		preview = v.get(at)
		if a := v.post(at+"/apply", url.Values{"version": {version(t, preview)}}); a.status != http.StatusSeeOther {
			t.Fatalf("apply: %d %s", a.status, excerpt(a.body))
		}
		s.work()
		return at, preview
	}
	take("boss2", id(s.East), "东.csv", badHead+"302610000000077,2026-10-07,远方五金有限公司,5713000888,,上海市,1,9,月结,已签收,\n")
	content := badHead
	for _, r := range badRows {
		content += strings.ReplaceAll(r.line, "%EAST%", east.Name) + "\n"
	}
	content += "合计,,,,,,,999.99,,,\n"
	at, preview := take("boss", id(s.West), "坏.csv", content)
	failed := slices.DeleteFunc(slices.Clone(badRows), func(r badRow) bool { return r.chinese == "" })
	for _, want := range []string{"导入 2", "999.99", fmt.Sprintf("%d 行", len(failed)), "2026"} {
		if !strings.Contains(preview.body, want) {
			t.Errorf("the preview lacks %q: %s", want, excerpt(preview.body))
		}
	}
	m, err := s.DB.Import(ctx, policy.SystemActor("test").Scope(policy.ImportRun), db.ParseID(strings.TrimPrefix(at, "/imports/")))
	if err != nil || m.State != "applied" || [4]int64{m.Creates, m.Updates, m.Skips, m.Faults} != [4]int64{2, 0, 1, int64(len(failed))} || m.Rows() != int64(len(badRows)) {
		t.Fatalf("the bill: %s %d %d %d %d, %v", m.State, m.Creates, m.Updates, m.Skips, m.Faults, err)
	}
	if len(m.Found.Totals) != 1 || m.Found.Totals[0].Said != 99_999 || m.Found.Totals[0].Sum == m.Found.Totals[0].Said {
		t.Errorf("its total: %+v", m.Found.Totals)
	}
	asked := false
	for _, q := range m.Found.Questions {
		asked = asked || q.Code == "no_year" && q.Answer == "2026" && q.Count == 1
	}
	if !asked {
		t.Errorf("the year is not asked: %+v", m.Found.Questions)
	}
	boss := s.as("boss")
	for _, lang := range []string{"zh", "en"} {
		if a := boss.post("/account/language", url.Values{"lang": {lang}}); a.status != http.StatusSeeOther {
			t.Fatalf("language: %d", a.status)
		}
		a := boss.get(at + "/failed.xlsx")
		book, err := sheet.OpenReader(strings.NewReader(a.body), int64(len(a.body)), sheet.Options{})
		if err != nil {
			t.Fatalf("failed rows: %d %v", a.status, err)
		}
		var lines []string
		for r, err := range book.Rows(ctx, "") {
			if err != nil {
				t.Fatal(err)
			}
			var cells []string
			for _, c := range r.Cells {
				cells = append(cells, c.Text)
			}
			lines = append(lines, strings.Join(cells, ","))
		}
		for _, r := range failed {
			was, _, _ := strings.Cut(strings.ReplaceAll(r.line, "%EAST%", east.Name), ",松果")
			why := map[string]string{"zh": r.chinese, "en": r.english}[lang]
			if !slices.ContainsFunc(lines, func(l string) bool {
				return strings.HasPrefix(l, was) && strings.Contains(strings.TrimPrefix(l, was), why)
			}) {
				t.Errorf("%s, %s: no row %q with %q in\n%s", lang, r.name, was, why, strings.Join(lines, "\n"))
			}
		}
	}
	scope := policy.SystemActor("test").Scope(policy.WaybillRead)
	list, err := s.DB.Waybills(ctx, scope, db.WaybillFilter{})
	if err != nil || len(list.Rows) != 3 {
		t.Errorf("%d parcels, %v", len(list.Rows), err)
	}
	if found, err := s.DB.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
		t.Errorf("the sums: %v %v", found, err)
	}
}
