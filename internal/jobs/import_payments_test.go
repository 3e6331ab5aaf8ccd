package jobs_test

import (
	"context"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/ledger"
)

const moneyBook = "回款记录.csv"

// standing is what the truth says of an account.
type standing struct {
	Charged int64 `json:"charged_fen"`
	Paid    int64 `json:"paid_fen"`
	Open    int64 `json:"open_fen"`
}

// accounts are all of them, by client.
func (b *branch) accounts() (by map[string]standing, kinds map[string]int) {
	b.t.Helper()
	ctx, scope := context.Background(), policy.SystemActor("test").Scope(policy.AccountRead)
	by, kinds = map[string]standing{}, map[string]int{}
	p, err := b.Receivables(ctx, scope, db.ReceivableFilter{State: db.ReceivableAll, Today: "2026-11-20", Rules: db.OneAccountRule(ledger.DefaultRule()), Limit: 500})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range p.Rows {
		c, err := b.Customer(ctx, policy.SystemActor("test").Scope(policy.CustomerRead), r.CustomerID)
		if err != nil {
			b.t.Fatal(err)
		}
		list, err := b.Entries(ctx, c)
		if err != nil {
			b.t.Fatal(err)
		}
		var s standing
		for _, e := range list {
			s.Charged += e.Charged
			s.Paid += e.Paid
			s.Open += e.Charged - e.Paid
			kinds[e.Kind]++
		}
		if s.Open != r.Balance {
			b.t.Errorf("%s: the entries leave %d, the list says %d", r.Name, s.Open, r.Balance)
		}
		by[r.Name] = s
	}
	if found, err := b.CheckAccounts(ctx); err != nil || len(found) > 0 {
		b.t.Errorf("the sums: %v %v", found, err)
	}
	return by, kinds
}

func TestTheSamplesPaymentsGiveTheirFigures(t *testing.T) {
	dbtest.Alone(t)
	var want struct {
		Entries    int64
		Duplicates int64
		Customers  int
		Kinds      map[string]int `json:"entries_by_type"`
		Charged    int64          `json:"charged_fen"`
		Paid       int64          `json:"paid_fen"`
		Open       int64          `json:"open_fen"`
		FooterFen  struct {
			Charged int64 `json:"charged"`
			Paid    int64 `json:"paid"`
		} `json:"footer_fen_with_duplicates"`
		Clients map[string]standing `json:"by_customer"`
	}
	truthOf(t, moneyBook, &want)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		m := b.bring(db.ImportPayments, moneyBook, db.ImportOptions{})
		b.want("the book", m, "judged", [4]int64{want.Entries, 0, want.Duplicates, 0})
		if f := m.Found.Totals; len(f) != 2 || f[0].Said != want.FooterFen.Charged || f[0].Sum != f[0].Said || f[1].Said != want.FooterFen.Paid || f[1].Sum != f[1].Said {
			t.Errorf("its totals: %+v, truth %+v", f, want.FooterFen)
		}
		m = b.apply(m)
		b.want("the book, taken", m, "applied", [4]int64{want.Entries, 0, want.Duplicates, 0})
		got, kinds := b.accounts()
		var sum standing
		for name, w := range want.Clients {
			if got[name] != w {
				t.Errorf("%s: %+v, truth %+v", name, got[name], w)
			}
			sum.Charged += got[name].Charged
			sum.Paid += got[name].Paid
			sum.Open += got[name].Open
		}
		if len(got) != want.Customers || sum != (standing{want.Charged, want.Paid, want.Open}) {
			t.Errorf("%d accounts, %+v; truth %d, %d %d %d", len(got), sum, want.Customers, want.Charged, want.Paid, want.Open)
		}
		for word, n := range want.Kinds {
			if kind, _ := ledger.KindOf(word); kinds[kind] != n {
				t.Errorf("%s: %d, truth %d", word, kinds[kind], n)
			}
		}
		again := b.bring(db.ImportPayments, moneyBook, db.ImportOptions{})
		b.want("the book once more", again, "judged", [4]int64{0, 0, want.Entries + want.Duplicates, 0})
		if err := w.StartUndo(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		b.run.RunTasks(context.Background())
		if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != int(want.Entries) || m.Undo.Kept+m.Undo.Failed != 0 {
			t.Errorf("taken back: %s %+v", m.State, m.Undo)
		}
		if got, _ := b.accounts(); len(got) != 0 {
			t.Errorf("after it was taken back: %v", got)
		}
	})
}

const moneyHead = "单据类型,单据号,客户名称,月结账号,账期,单据日期,应收金额,实收金额,收款方式,备注\n"

func TestBadRowsOfAnAccountFileAreToldByRow(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.NewWorld(t, dbtest.Open(t, clock), clock)
	b := newBranch(t, w)
	ctx := context.Background()
	for _, c := range []db.Customer{{BranchID: w.West, Name: "松果文具有限公司", AccountNo: "5712000001", TermsDays: 30}, {BranchID: w.East, Name: "城东的客户有限公司", AccountNo: "5712000002"}} {
		if _, err := w.CreateCustomer(ctx, w.As(t, w.Admin), db.Submission{}, c); err != nil {
			t.Fatal(err)
		}
	}
	m := b.bringBytes(db.ImportPayments, "账.csv", []byte("\ufeff"+moneyHead+
		"对账单,DZ1,松果文具有限公司,5712000001,2026-09,2026-10-01,100.00,,,\n"+
		"对账单,DZ2,松果文具有限公司,5712000001,,2026-11-01,50,,,没写账期\n"+
		"回款,HK1,松果文具,,2026-09,2026-10-05,,¥40.00,微信,\n"+
		"退款,TK1,松果文具有限公司,5712000001,,2026-10-06,,5,现金,写成正数\n"+
		"冲红,CH1,松果文具有限公司,5712000001,2026-09,2026-10-07,10,,,写成正数\n"+
		"收条,XX1,松果文具有限公司,5712000001,2026-09,2026-10-07,10,,,\n"+
		"对账单,DZ3,松果文具有限公司,5712000001,2026-09,2026-10-07,-10,,,\n"+
		"对账单,DZ4,松果文具有限公司,5712000001,2026-09,2026-10-07,10,10,,\n"+
		"回款,HK2,松果文具有限公司,5712000001,2026-09,2026-10-07,,,,\n"+
		"回款,HK3,松果文具有限公司,5712000001,2026-09,2027-01-07,,10,,\n"+
		"回款,HK4,松果文具有限公司,5712000001,上上个月,2026-10-07,,10,,\n"+
		"回款,HK5,松果文具有限公司,5712000001,2026-09,,,10,,\n"+
		"回款,,松果文具有限公司,5712000001,2026-09,2026-10-07,,10,,\n"+
		"回款,HK6,没有这家,,2026-09,2026-10-07,,10,,\n"+
		"回款,HK7,城东的客户有限公司,5712000002,2026-09,2026-10-07,,10,,\n"+
		"回款,HK1,松果文具有限公司,5712000001,2026-09,2026-10-05,,41.00,微信,\n"+
		"对账单,DZ1,松果文具有限公司,5712000001,2026年9月,2026/10/1,100,,,又一遍\n"), db.ImportOptions{})
	b.want("the file", m, "judged", [4]int64{5, 0, 1, 11})
	why := map[string]string{}
	rows, err := b.ImportRows(ctx, m, "error", 0, false, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		why[r.Cells[1]] += string(r.Reasons[0].Code)
	}
	for number, code := range map[string]string{"XX1": "word_strange", "DZ3": "below_zero", "DZ4": "both_amounts", "HK2": "no_amount", "HK3": "future_day", "HK4": "not_a_period", "HK5": "no_day",
		"": "no_document", "HK6": "unknown_customer", "HK7": "other_branch", "HK1": "duplicate_differs"} {
		if why[number] != code {
			t.Errorf("%q is refused for %q, want %q", number, why[number], code)
		}
	}
	b.apply(m)
	got, _ := b.accounts()
	if got["松果文具有限公司"] != (standing{140_00, 35_00, 105_00}) {
		t.Errorf("the account: %+v", got)
	}
	// A corrected file says what it corrects; what is taken back stands as before.
	m = b.bringBytes(db.ImportPayments, "更正.csv", []byte("\ufeff"+moneyHead+"对账单,DZ1,松果文具有限公司,5712000001,2026-09,2026-10-02,120.00,,,\n回款,DZ2,松果文具有限公司,5712000001,,2026-11-01,,50,,\n"), db.ImportOptions{})
	b.want("corrections", m, "judged", [4]int64{0, 1, 0, 1})
	rows, err = b.ImportRows(ctx, m, "update", 0, false, 5)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	fields := ""
	for _, c := range rows[0].Record.Changes {
		fields += c.Field + " " + c.Old + ">" + c.New + ";"
	}
	if fields != "day 2026-10-01>2026-10-02;due_on 2026-10-31>2026-11-01;charged_fen 10000>12000;" {
		t.Errorf("what it corrects: %s", fields)
	}
	m = b.apply(m)
	if got, _ := b.accounts(); got["松果文具有限公司"].Open != 125_00 {
		t.Errorf("corrected: %+v", got)
	}
	if err := w.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	b.run.RunTasks(ctx)
	if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != 1 {
		t.Errorf("taken back: %s %+v", m.State, m.Undo)
	}
	if got, _ := b.accounts(); got["松果文具有限公司"].Open != 105_00 {
		t.Errorf("as before: %+v", got)
	}
	if strings.Contains(fields, "remark") {
		t.Error("an empty remark was taken for a correction")
	}
}
