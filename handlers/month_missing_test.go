package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestMissingStatementsOfAMonthAreWrittenAtOnceAndTakenBack(t *testing.T) {
	s := newSite(t)
	customer, _, _ := aBill(t, s)
	page, account := "/receivables/month/missing?month=2026-10", "/customers/"+id(customer)+"/account"
	act := "/receivables/month/missing?month=2026-10"
	pick := func(said ...string) url.Values {
		return url.Values{"day": {"2026-11-03"}, "pick": said, "key": {strings.Join(said, "+")}}
	}
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", page, nil, 403, nil, nil},
		{"a rep writes none", "rep", "", page, nil, 403, nil, nil},
		{"nor by a form", "rep", http.MethodPost, act, pick(id(customer) + ":2750"), 403, nil, nil},
		{"another branch's manager sees none of it", "boss2", "", page, nil, 200, []string{"2026-10 没有缺的对账单"}, []string{"5712000999"}},
		{"and writes none of it", "boss2", http.MethodPost, act, pick(id(customer) + ":2750"), 303, []string{"/receivables/month/missing?month=2026-10"}, nil},
		{"the month leads to it", "boss", "", "/receivables/month?month=2026-10", nil, 200, []string{"/receivables/month/missing?month=2026-10"}, nil},
		{"the manager sees who, how much and until when", "boss", "", page + "&day=2026-11-03", nil, 200, []string{"5712000999", "27.50", "2026-12-03", `value="` + id(customer) + `:2750"`, `value="2026-11-03"`}, nil},
		{"a day before the month's end is today", "boss", "", page + "&day=2026-10-30", nil, 200, []string{`value="2026-11-21"`}, []string{`value="2026-10-30"`}},
		{"a month that is not over is the last one", "boss", "", "/receivables/month/missing?month=2026-11", nil, 200, []string{"2026-10 缺的对账单"}, nil},
		{"nobody is ticked", "boss", http.MethodPost, act, pick(), 303, []string{"/receivables/month/missing?month=2026-10"}, nil},
		{"and it says so", "boss", "", page, nil, 200, []string{"一位也没有勾"}, nil},
		{"an amount that is not what was seen", "boss", http.MethodPost, act, pick(id(customer) + ":2700"), 303, []string{"/receivables/month/missing?month=2026-10"}, nil},
		{"and it says so, too", "boss", "", page, nil, 200, []string{"一张也没有出", "27.50"}, nil},
		{"what was seen is written", "boss", http.MethodPost, act, pick(id(customer)+":2750", "x:y", "17"), 303, []string{"/receivables/month/missing?month=2026-10"}, nil},
		{"with the way back", "boss", "", page, nil, 200, []string{"出了 1 张对账单，共 27.50 元", "/receivables/month/unbill?month=2026-10", "2026-10 没有缺的对账单"}, nil},
		{"the account has it", "boss", "", account, nil, 200, []string{"DZ20261103-001", "27.50", "2026-12-03"}, nil},
		{"the audit says it in words", "admin", "", "/audit?act=receivables.bill", nil, 200, []string{"整批出了对账单", "2026-10"}, nil},
	})
	list, err := s.DB.Audits(context.Background(), s.As(t, s.Admin).Scope(policy.AuditRead), db.AuditFilter{Act: "receivables.bill", Limit: 5})
	if err != nil || len(list.Records) != 1 {
		t.Fatalf("one act is on record: %v %v", list, err)
	}
	undo := id(list.Records[0].ID)
	s.run([]scenario{
		{"the list of acts has it", "boss", "", page, nil, 200, []string{"近 30 天整批出的对账单", "2026-12-21 前可以撤销", "act=" + undo, "整批作废这 1 张"}, nil},
		{"the administrator sees who can", "admin", "", page, nil, 200, []string{"近 30 天整批出的对账单", "能整批撤销"}, []string{"act=" + undo}},
		{"another branch sees nothing of it", "boss2", "", page, nil, 200, nil, []string{"近 30 天整批出的对账单"}},
		{"from the list not without a reason", "boss", http.MethodPost, "/receivables/month/unbill?month=2026-10&act=" + undo, url.Values{"listed": {"1"}}, 303, []string{"/receivables/month/missing"}, nil},
		{"it says so", "boss", "", page, nil, 200, []string{"没有撤销：写明为什么", "2026-12-21 前可以撤销"}, nil},
		{"another manager takes nothing back", "boss2", http.MethodPost, "/receivables/month/unbill?month=2026-10&act=" + undo, nil, 303, []string{"/receivables/month/missing"}, nil},
		{"the account has it still", "boss", "", account, nil, 200, []string{"DZ20261103-001"}, []string{"整批撤销"}},
		{"who wrote it does", "boss", http.MethodPost, "/receivables/month/unbill?month=2026-10&act=" + undo, url.Values{"listed": {"1"}, "reason": {"单价录错了"}}, 303, []string{"/receivables/month/missing"}, nil},
		{"it is missing again", "boss", "", page, nil, 200, []string{"作废了 1 张对账单", "27.50", "2026-11-21 撤销了"}, []string{"2026-12-21 前可以撤销"}},
		{"and void on the account, with the reason", "boss", "", account, nil, 200, []string{"DZ20261103-001", "单价录错了"}, nil},
	})
}
