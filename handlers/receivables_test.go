package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/ledger"
)

// anAccount gives a client of the western branch a statement that is long due,
// one that is not, and a payment.
func anAccount(t *testing.T, s *site) (customer, statement int64) {
	t.Helper()
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	customer, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest, AccountNo: "5712000999", Terms: "monthly", TermsDays: 30, CreditLimit: 90_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []db.AccountEntry{{Kind: ledger.Statement, Number: "DZ1", Periods: "2026-07", Day: "2026-08-03", Charged: 40_000}, {Kind: ledger.Statement, Number: "DZ2", Periods: "2026-10", Day: "2026-11-03", Charged: 70_000},
		{Kind: ledger.Payment, Number: "HK1", Day: "2026-09-01", Paid: 15_000, Method: ledger.Transfer, Remark: "林小满 13900007777 转的"}} {
		e.CustomerID = customer
		id, err := s.DB.AddEntry(ctx, boss, db.Submission{}, e)
		if err != nil {
			t.Fatal(err)
		}
		if statement == 0 {
			statement = id
		}
	}
	return customer, statement
}

func TestAccountsAreSeenByTheirBranchAndKeptByWhoMay(t *testing.T) {
	s := newSite(t)
	customer, statement := anAccount(t, s)
	list, account, edit := "/receivables", "/customers/"+id(customer)+"/account", "/receivables/"+id(statement)
	form := func(change ...string) url.Values {
		v := url.Values{"kind": {"payment"}, "day": {"2026-11-19"}, "amount": {"100"}, "key": {"once"}}
		for i := 0; i+1 < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", list, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", list, nil, 403, nil, nil},
		{"a courier at a client's account", "courier", "", account, nil, 403, nil, nil},
		{"the manager", "boss", "", list, nil, 200, []string{"松果文具", "950.00", "欠费", "超授信", "700.00", "250.00", "共 1 户"}, nil},
		{"the rep sees the own client's", "rep", "", list, nil, 200, []string{"松果文具"}, nil},
		{"another rep sees none", "rep2", "", list, nil, 200, nil, []string{"松果文具"}},
		{"another branch's manager sees none", "boss2", "", list, nil, 200, nil, []string{"松果文具", "950.00"}},
		{"who owes", "boss", "", list + "?state=owing", nil, 200, []string{"松果文具"}, nil},
		{"of an age", "boss", "", list + "?age=3", nil, 200, []string{"松果文具"}, nil},
		{"of an age that nobody has", "boss", "", list + "?age=4", nil, 200, []string{"没有符合的客户"}, []string{"松果文具"}},
		{"nonsense in the address", "boss", "", list + "?age=x&state=y&sort=z&at=1_2_3&branch=-1", nil, 200, []string{"松果文具"}, nil},
		{"by days overdue", "boss", "", list + "?sort=due", nil, 200, []string{"松果文具"}, nil},
		{"an export", "boss", "", "/receivables/export?state=owing&format=csv", nil, 200, []string{"松果文具", "950"}, nil},
		{"a rep exports nothing", "rep", "", "/receivables/export", nil, 403, nil, nil},
		{"the account", "boss", "", account, nil, 200, []string{"DZ1", "DZ2", "HK1", "逾期 80 天", "元，算欠费", "余额超过授信", "记回款"}, nil},
		{"the rep reads it and keeps nothing", "rep", "", account, nil, 200, []string{"DZ1"}, []string{"记回款", "/edit\""}},
		{"who is masked reads no number in a remark", "region", "", account, nil, 200, []string{"HK1"}, []string{"13900007777"}},
		{"another branch's", "boss2", "", account, nil, 404, nil, nil},
		{"another rep's", "rep2", "", account, nil, 404, nil, nil},
		{"on the client's page", "boss", "", "/customers/" + id(customer), nil, 200, []string{"账款", "欠费", "950.00", "DZ1"}, nil},
		{"not for couriers", "courier", "", "/customers/" + id(customer), nil, 200, nil, []string{"950.00", "欠费"}},
		{"the list of clients, of those who owe", "boss", "", "/customers?owing=1", nil, 200, []string{"松果文具", "欠费"}, nil},
		{"a form", "boss", "", account + "/new?kind=statement", nil, 200, []string{`value="2026-10"`, "记对账单"}, nil},
		{"a rep gets none", "rep", "", account + "/new", nil, 403, nil, nil},
		{"another branch gets none", "boss2", "", account + "/new", nil, 404, nil, nil},
		{"without an amount", "boss", http.MethodPost, account, form("amount", "", "remark", "电汇过来的"), 422, []string{"电汇过来的", "请填写"}, nil},
		{"a day to come", "boss", http.MethodPost, account, form("day", "2027-01-01"), 422, []string{"还没到"}, nil},
		{"a statement of no month", "boss", http.MethodPost, account, form("kind", "statement"), 422, []string{"写明是哪个月的账"}, nil},
		{"a number that is taken", "boss", http.MethodPost, account, form("doc_no", "HK1"), 422, []string{"这个单据号已经有了"}, nil},
		{"another branch pays", "boss2", http.MethodPost, account, form(), 404, nil, nil},
		{"a rep pays", "rep", http.MethodPost, account, form(), 403, nil, nil},
		{"a payment", "boss", http.MethodPost, account, form(), 303, []string{account}, nil},
		{"sent twice, done once", "boss", http.MethodPost, account, form(), 303, []string{account}, nil},
		{"it settles the oldest", "boss", "", account, nil, 200, []string{"HK20261119-001", "850.00"}, []string{"HK20261119-002", "750.00"}},
		{"a correction's form", "boss", "", edit + "/edit", nil, 200, []string{`value="DZ1"`, `value="400"`}, nil},
		{"of another branch", "boss2", "", edit + "/edit", nil, 404, nil, nil},
		{"of nothing", "boss", "", "/receivables/77/edit", nil, 404, nil, nil},
		{"a correction without a reason", "boss", http.MethodPost, edit, form("kind", "statement", "doc_no", "DZ1", "period", "2026-07", "day", "2026-08-03", "amount", "390", "version", "1"), 422, []string{"为什么改", "390"}, nil},
		{"another branch corrects", "boss2", http.MethodPost, edit, form("reason", "x"), 404, nil, nil},
		{"a correction", "boss", http.MethodPost, edit, form("kind", "statement", "doc_no", "DZ1", "period", "2026-07", "day", "2026-08-03", "amount", "390", "version", "1", "reason", "重量差异"), 303, []string{account}, nil},
		{"a stale one shows what stands there", "boss", http.MethodPost, edit, form("kind", "statement", "doc_no", "DZ1", "period", "2026-07", "day", "2026-08-03", "amount", "380", "version", "1", "reason", "重量差异"), 422, []string{"现在的内容", "390.00", `value="380"`}, nil},
		{"another branch voids", "boss2", http.MethodPost, edit + "/void", url.Values{"reason": {"x"}}, 404, nil, nil},
		{"void", "boss", http.MethodPost, edit + "/void", url.Values{"reason": {"开错了客户"}, "version": {"2"}}, 303, []string{account}, nil},
		{"it stays in sight", "boss", "", account, nil, 200, []string{"作废理由：开错了客户"}, nil},
		{"restored", "boss", http.MethodPost, edit + "/restore", url.Values{"version": {"3"}}, 303, []string{account}, nil},
		{"by the terms of now", "boss", http.MethodPost, account + "/redate", nil, 303, []string{account}, nil},
		{"the client's history", "boss", "", "/customers/" + id(customer) + "/history", nil, 200, []string{"记了账款", "改了账款", "应收金额", "400.00 元", "390.00 元"}, []string{"charged_fen", "doc_no"}},
		{"what is held about the client", "admin", "", "/customers/" + id(customer) + "/data", nil, 200, []string{"对账和回款"}, nil},
		{"the rule", "boss", "", "/rules/receivables", nil, 200, []string{"30", "宽限"}, []string{"保存新版本"}},
		{"a branch does not set it", "boss", http.MethodPost, "/rules/receivables", url.Values{"days": {"30"}, "grace": {"0"}, "least": {"1"}, "reason": {"x"}, "read": {"0"}, "valid_from": {"2026-11-21"}}, 403, nil, nil},
		{"a mistake in it", "admin", http.MethodPost, "/rules/receivables", url.Values{"days": {"-1"}, "grace": {"0"}, "least": {"1"}, "reason": {"x"}, "read": {"0"}, "valid_from": {"2026-11-21"}}, 422, []string{"0 到 365"}, nil},
		{"head office does", "admin", http.MethodPost, "/rules/receivables", url.Values{"days": {"30"}, "grace": {"90"}, "least": {"1"}, "reason": {"试行宽限"}, "read": {"0"}, "valid_from": {"2026-11-21"}}, 303, []string{"/rules/receivables"}, nil},
		{"of no day", "admin", http.MethodPost, "/rules/receivables", url.Values{"days": {"30"}, "grace": {"90"}, "least": {"1"}, "reason": {"x"}, "read": {"1"}}, 422, []string{"请填日期"}, nil},
		{"the east gets its own", "admin", http.MethodPost, "/rules/receivables", url.Values{"branch": {id(s.East)}, "days": {"15"}, "grace": {"7"}, "least": {"5"}, "reason": {"新开的"}, "read": {"0"}, "valid_from": {"2026-11-21"}}, 303, []string{"branch=" + id(s.East)}, nil},
		{"it is shown there", "boss2", "", "/rules/receivables?branch=" + id(s.East), nil, 200, []string{"过到期日 7 天以上", "新开的"}, nil},
		{"and not to another branch", "boss", "", "/rules/receivables?branch=" + id(s.East), nil, 404, nil, nil},
		{"its list is held to it", "boss2", "", list, nil, 200, []string{"城东网点的规则，第 1 版", "/rules/receivables?branch="}, nil},
		{"head office reads that there are others", "admin", "", list, nil, 200, []string{"有的网点另有规则"}, nil},
		{"the settings list it", "admin", "", "/settings", nil, 200, []string{"账期和欠费", "过到期日 90 天以上"}, nil},
		{"nobody owes any more", "boss", "", list + "?state=owing", nil, 200, []string{"没有符合的客户"}, []string{"松果文具"}},
		{"and the account says why", "boss", "", account, nil, 200, []string{"宽限的 90 天", "第 1 版"}, nil},
	})
	if found, err := s.DB.CheckAccounts(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("the sums: %v %v", found, err)
	}
}

func TestAnAccountFileIsImportedByThePage(t *testing.T) {
	s := newSite(t)
	customer, _ := anAccount(t, s)
	boss := s.as("boss")
	at := boss.upload("payments", id(s.West), "回款.csv", []byte("\ufeff单据类型,单据号,客户名称,月结账号,账期,单据日期,应收金额,实收金额,收款方式,备注\n"+
		"回款,HK9,松果文具有限公司,5712000999,2026-07,2026-11-01,,250.00,微信,\n"+
		"对账单,DZ2,松果文具有限公司,5712000999,2026-10,2026-11-03,650.00,,,\n"+
		"回款,HK10,谁也不是,,2026-07,2026-11-01,,1.00,微信,\n"+
		"合计,,,,,,650.00,251.00,,\n")).to()
	s.work()
	a := boss.get(at)
	for _, want := range []string{"导入账款", "导入 2", "应收金额：700.00 → 650.00", "合计 650 元，和各行相加一样", "合计 251 元，和各行相加一样"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the preview does not say %q: %s", want, excerpt(a.body))
		}
	}
	if a = boss.post(at+"/apply", url.Values{"version": {version(t, a)}}); a.status != http.StatusSeeOther {
		t.Fatalf("apply: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	s.run([]scenario{
		{"the account", "boss", "", "/customers/" + id(customer) + "/account", nil, 200, []string{"HK9", "650.00", "没有逾期的账款"}, []string{"元，算欠费"}},
		{"the result leads to the list", "boss", "", at, nil, 200, []string{"/receivables"}, nil},
		{"a template", "boss", "", "/imports/template?kind=payments", nil, 200, nil, nil},
	})
	scope := policy.SystemActor("test").Scope(policy.AccountRead)
	p, err := s.DB.Receivables(context.Background(), scope, db.ReceivableFilter{Today: "2026-11-20", Rules: db.OneAccountRule(ledger.DefaultRule())})
	if err != nil || len(p.Rows) != 1 || p.Rows[0].Balance != 65_000 {
		t.Errorf("the balance: %+v %v", p.Rows, err)
	}
}
