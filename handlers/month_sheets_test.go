package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/jobs"
	"yike/internal/sheet"
	"yike/policy/ledger"
)

// theMonth gives two clients of the western branch, and one of the eastern,
// documents of October, and one more client only an older debt.
func theMonth(t *testing.T, s *site) (pine int64) {
	t.Helper()
	ctx, admin := context.Background(), s.As(t, s.Admin)
	add := func(name string, branch int64, list ...db.AccountEntry) int64 {
		id, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: branch, Name: name, TermsDays: 30})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			e.CustomerID = id
			if _, err := s.DB.AddEntry(ctx, admin, db.Submission{}, e); err != nil {
				t.Fatal(err)
			}
		}
		return id
	}
	statement := func(month, day string, fen int64) db.AccountEntry {
		return db.AccountEntry{Kind: ledger.Statement, Periods: month, Day: day, Charged: fen}
	}
	pine = add("松果文具有限公司", s.West, statement("2026-09", "2026-10-02", 40_000), statement("2026-10", "2026-11-03", 70_000), db.AccountEntry{Kind: ledger.Payment, Day: "2026-10-20", Paid: 15_000, Method: ledger.Transfer, Remark: "林小满 13900007777 转的"})
	add("月牙食品有限公司", s.West, db.AccountEntry{Kind: ledger.Payment, Day: "2026-10-09", Paid: 3_000})
	add("旧账有限公司", s.West, statement("2026-07", "2026-08-02", 9_900))
	add("城东的客户有限公司", s.East, statement("2026-10", "2026-11-03", 20_000))
	return pine
}

func TestTheStatementsOfAMonthAreMadeInOneGo(t *testing.T) {
	s := newSite(t)
	pine := theMonth(t, s)
	page, paper, file := "/receivables/month?month=2026-10", "/receivables/month/print?month=2026-10", "/receivables/month/export?month=2026-10"
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", page, nil, 403, nil, nil},
		{"the manager sees the branch's own", "boss", "", page, nil, 200, []string{"2026-10 月对账", "松果文具", "月牙食品", "共 2 户", "400.00", "700.00", "180.00", "950.00", "没有对账单", "下载 Excel"}, []string{"城东的客户", "旧账"}},
		{"a rep of none of them", "rep", "", page, nil, 200, []string{"2026-10 没有往来"}, []string{"松果文具", "/receivables/month/export"}},
		{"another branch's manager", "boss2", "", page, nil, 200, []string{"城东的客户", "共 1 户"}, []string{"松果文具"}},
		{"the region sees both", "region", "", page, nil, 200, []string{"松果文具", "城东的客户", "共 3 户"}, nil},
		{"of one branch", "region", "", page + "&branch=" + id(s.East), nil, 200, []string{"城东的客户", "共 1 户"}, []string{"松果文具"}},
		{"another month", "boss", "", "/receivables/month?month=2026-09", nil, 200, []string{"松果文具", "共 1 户"}, []string{"月牙"}},
		{"no month is the last one", "boss", "", "/receivables/month", nil, 200, []string{"2026-10 月对账"}, nil},
		{"a month to come is the last one", "boss", "", "/receivables/month?month=2027-02", nil, 200, []string{"2026-10 月对账"}, nil},
		{"nonsense in the address", "boss", "", page + "&branch=x&at=y_z&back=1", nil, 200, []string{"松果文具"}, nil},
		{"from the list", "boss", "", "/receivables", nil, 200, []string{`href="/receivables/month"`}, nil},
		{"a client in the bin is said to owe", "boss", http.MethodPost, "/customers/" + id(pine) + "/delete", url.Values{"version": {"1"}}, 303, []string{"/customers"}, nil},
		{"on the next page", "boss", "", "/customers", nil, 200, []string{"他还有 950.00 元没结清"}, nil},
		{"and is in no month", "boss", "", page, nil, 200, []string{"共 1 户"}, []string{"松果文具"}},
		{"taken out again", "boss", http.MethodPost, "/customers/" + id(pine) + "/restore", url.Values{}, 303, nil, nil},
		{"the paper", "boss", "", paper, nil, 200, []string{"松果文具有限公司", "月牙食品有限公司", "期初余额", "DZ20261103-001", "回款 对公转账", "请在 2026-12-03 前付清", "客户确认（签章）"}, []string{"城东的客户", "旧账", "13900007777"}},
		{"a rep takes none away", "rep", "", paper, nil, 403, nil, nil},
		{"a rep takes no file away", "rep", http.MethodPost, file, url.Values{}, 403, nil, nil},
		{"a courier takes no file away", "courier", http.MethodPost, file, url.Values{}, 403, nil, nil},
		{"the file is asked for", "boss", http.MethodPost, file, url.Values{}, 303, []string{"/exports/"}, nil},
	})

	started := s.as("boss").post(file, url.Values{}).to()
	s.run([]scenario{
		{"under way", "boss", "", started, nil, 200, []string{"导出月对账单", "正在导出"}, nil},
		{"not another's", "boss2", "", started, nil, 404, nil, nil},
		{"no file yet", "boss", "", started + "/file", nil, 404, nil, nil},
	})
	r := jobs.Runner{DB: s.DB, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Tasks: map[string]jobs.TaskFunc{jobs.MonthTask: jobs.MonthBook(s.DB)}}
	r.RunTasks(context.Background())
	s.run([]scenario{
		{"ready", "boss", "", started, nil, 200, []string{"导出好了，共 7 行", started + "/file"}, nil},
		{"another's file", "boss2", "", started + "/file", nil, 404, nil, nil},
	})
	a := s.as("boss").get(started + "/file")
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
	for _, want := range []string{"|松果文具有限公司||城西网点||期初余额||||400|", "|2026-10-20|回款 对公转账|HK20261020-001||150|250|", "|2026-11-03|对账单 2026-10|DZ20261103-001|700||950|", "|期末余额||700|150|950|",
		"|月牙食品有限公司||城西网点||期初余额||||0|", "|期末余额||0|30|-30|"} {
		if !strings.Contains(all, want) {
			t.Errorf("the file lacks %q:\n%s", want, all)
		}
	}
	if len(rows) != 8 || strings.Contains(all, "13900007777") || strings.Contains(all, "城东") {
		t.Errorf("%d rows:\n%s", len(rows), all)
	}
	for act, want := range map[string][]string{"receivables.month.export": {"导出月对账单", "2026-10", "共 7 行"}, "receivables.month.print": {"打印月对账单", "2026-10"}} {
		page := s.as("admin").get("/audit?act=" + act).body
		for _, said := range want {
			if !strings.Contains(page, said) {
				t.Errorf("the audit of %s does not say %q", act, said)
			}
		}
	}
}
