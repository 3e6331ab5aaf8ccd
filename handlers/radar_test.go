package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// aFall puts a client of the rep's into the books that shipped on working days
// until 6 November, beside one that goes on, and lets the radar look.
func aFall(t *testing.T, s *site) (client, alert int64) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	file := func(c db.Customer) int64 {
		made, failed := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, c)
		if failed != nil {
			t.Fatal(failed)
		}
		return made
	}
	client = file(db.Customer{BranchID: s.West, Name: "渐少的公司", OwnerID: s.RepWest, Class: "A", Kind: "enterprise"})
	steady := file(db.Customer{BranchID: s.West, Name: "照旧的公司", OwnerID: s.RepWest2})
	var items []db.Waybill
	for d := day.MustParse("2026-08-03"); d <= day.MustParse("2026-11-20"); d++ {
		if wd := d.Weekday(); wd == 0 || wd == 6 {
			continue
		}
		for i, c := range []int64{client, steady} {
			if c == steady || d <= day.MustParse("2026-11-06") {
				items = append(items, db.Waybill{Number: fmt.Sprintf("3026%d%08d", i, int(d)), BranchID: s.West, CustomerID: c, BoundBy: "name", SentDay: d.String(),
					SentAt: d.Time().UnixMilli() + 2*3_600_000, Pieces: 10, Freight: 8000, Weight: 5000, Product: []string{"express", "standard"}[int(d)%2], Payment: "monthly",
					Province: "330000", City: "330100", State: "signed"})
			}
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DB.SweepRadar(ctx, system, day.MustParse("2026-11-21")); err != nil || n != 1 {
		t.Fatalf("%d alerts, %v", n, err)
	}
	list, _, err := s.DB.RadarAlerts(ctx, system.Scope(policy.RadarRead), db.RadarFilter{})
	if err != nil || len(list) != 1 || list[0].CustomerID != client {
		t.Fatalf("%+v, %v", list, err)
	}
	return client, list[0].ID
}

func TestAFallIsSeenAnsweredAndClosedByWhomItConcerns(t *testing.T) {
	s := newSite(t)
	client, alert := aFall(t, s)
	one, file := "/radar/"+id(alert), "/customers/"+id(client)
	answer := url.Values{"version": {"1"}, "reason": {"competitor"}, "response": {"offer"}, "note": {"对面送了半年耗材"}, "owner": {id(s.RepWest)}, "due": {"2026-11-27"}}
	with := func(change ...string) url.Values {
		v := url.Values{}
		for k, x := range answer {
			v[k] = x
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/radar", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/radar", nil, 403, nil, []string{"渐少的公司"}},
		{"the manager", "boss", "", "/radar", nil, 200, []string{"渐少的公司", "周件量下降", "平时 50 件", "少了 100%"}, []string{"照旧的公司"}},
		{"the rep whose client it is", "rep", "", "/radar?mine=1", nil, 200, []string{"渐少的公司"}, nil},
		{"another rep", "rep2", "", "/radar?state=all", nil, 200, nil, []string{"渐少的公司"}},
		{"another branch's manager", "boss2", "", "/radar", nil, 200, nil, []string{"渐少的公司"}},
		{"of another kind", "boss", "", "/radar?kind=silence", nil, 200, []string{"没有这样的客户"}, []string{"渐少的公司"}},
		{"an address that is nonsense", "boss", "", "/radar?state=x&kind=x&branch=x&before=x", nil, 200, []string{"渐少的公司"}, nil},
		{"why", "rep", "", one, nil, 200, []string{"按默认规则算的", "双11", "国庆节", "和前 8 个平常周", "问清原因"}, nil},
		{"why, for whom it is none of the business", "rep2", "", one, nil, 404, nil, []string{"渐少"}},
		{"an auditor reads and answers nothing", "auditor", "", one, nil, 200, []string{"渐少的公司"}, []string{"问清原因"}},
		{"no number", "rep", "", "/radar/x", nil, 404, nil, nil},
		{"on the client's page", "rep", "", file, nil, 200, []string{"平时 50 件", "最近比平时少发 100%", "高价值客户"}, nil},
		{"a courier at the door reads no volumes", "courier", "", file, nil, 200, []string{"高价值客户", "企业客户"}, []string{"少发", "平时 50 件"}},
		{"another rep answers", "rep2", http.MethodPost, one, answer, 404, nil, nil},
		{"nothing said", "rep", http.MethodPost, one, url.Values{"version": {"1"}, "note": {"留着的字"}}, 422, []string{"请选一个", "请填日期", "留着的字"}, nil},
		{"yesterday", "rep", http.MethodPost, one, with("due", "2026-11-20"), 422, []string{"从今天或以后的日子起", "对面送了半年耗材"}, nil},
		{"a word that is none", "rep", http.MethodPost, one, with("reason", "bribe"), 422, []string{"请选一个"}, nil},
		{"for somebody whom it is none of the business", "rep", http.MethodPost, one, with("owner", id(s.RepWest2)), 403, nil, nil},
		{"closed before an answer", "rep", http.MethodPost, one + "/close", url.Values{"version": {"1"}, "result": {"好"}}, 409, []string{"刚才有人处理过"}, nil},
		{"the rep answers", "rep", http.MethodPost, one, answer, 303, []string{one}, nil},
		{"and once more", "rep", http.MethodPost, one, answer, 409, []string{"刚才有人处理过"}, nil},
		{"it is being done", "boss", "", "/radar?state=doing", nil, 200, []string{"渐少的公司", "给优惠"}, nil},
		{"in the to-dos", "rep", "", "/todos", nil, 200, []string{"问客户最近为什么少发"}, nil},
		{"a result must be said", "rep", http.MethodPost, one + "/close", url.Values{"version": {"2"}}, 422, []string{"请填写"}, nil},
		{"the result", "rep", http.MethodPost, one + "/close", url.Values{"version": {"2"}, "result": {"降五分，下周恢复"}}, 303, []string{one}, nil},
		{"what came of it", "boss", "", one, nil, 200, []string{"同行抢走", "给优惠", "降五分，下周恢复", "2026-11-21"}, nil},
		{"taken up again", "boss", http.MethodPost, one + "/reopen", url.Values{"version": {"3"}}, 303, []string{one}, nil},
		{"given up", "boss", http.MethodPost, one, with("version", "4", "response", "give_up", "due", "", "owner", id(s.BossWest)), 303, []string{one}, nil},
		{"an export", "boss", "", "/radar/export?state=closed", nil, 200, []string{"渐少的公司", "放弃"}, nil},
		{"another branch's export", "boss2", "", "/radar/export?state=all", nil, 200, nil, []string{"渐少的公司"}},
		{"in the record of what is kept", "boss", "", file + "/data", nil, 200, []string{"件量雷达的提醒和时效标记"}, nil},
		{"in the client's history", "boss", "", file + "/history", nil, 200, []string{"雷达提醒", "处理了雷达提醒", "同行抢走", "给优惠"}, []string{"competitor", "give_up", "owner_id"}},
	})
	// Three ordinary weeks later the list says what became of it.
	s.Clock.Set(day.MustParse("2026-12-10").Time())
	b := s.as("boss").get("/radar?state=closed")
	if !strings.Contains(b.body, "此后 2 个平常周，每周 0 件，是平时的 0%") {
		t.Errorf("afterwards: %s", excerpt(b.body))
	}
}

func TestATodoOfTheRadarIsDoneByTheAnswerToItsAlert(t *testing.T) {
	s := newSite(t)
	_, alert := aFall(t, s)
	ctx := context.Background()
	list, _, err := s.DB.Todos(ctx, s.As(t, s.BossWest), db.TodoFilter{})
	if err != nil || len(list) != 1 || list[0].RadarOf() != alert {
		t.Fatalf("%+v, %v", list, err)
	}
	one, todo := "/radar/"+id(alert), "/todos/"+id(list[0].ID)
	answer := url.Values{"version": {"1"}, "reason": {"price"}, "response": {"call"}, "owner": {id(s.RepWest)}, "due": {"2026-11-27"}}
	s.run([]scenario{
		{"the list leads to the alert", "rep", "", "/todos", nil, 200, []string{one, "写原因和办法"}, []string{todo + `/do"`, `name="pick"`}},
		{"the page too", "rep", "", todo, nil, 200, []string{one, "写原因和办法", "转给同事"}, []string{`name="result"`, "不办了"}},
		{"an auditor is asked for nothing", "auditor", "", todo, nil, 200, []string{"渐少的公司"}, []string{"写原因和办法", `name="to"`}},
		{"who has an old page before them", "rep", http.MethodPost, todo + "/do", url.Values{"version": {"1"}, "result": {"打过了"}}, 303, []string{one}, nil},
		{"dropped from an old page", "rep", http.MethodPost, todo + "/drop", url.Values{"version": {"1"}, "reason": {"不管"}}, 303, []string{one}, nil},
		{"both are as open as before", "rep", "", one, nil, 200, []string{"件量雷达里写", "等处理", "问清原因"}, nil},
		{"passed to whom the client is none of the business", "rep", http.MethodPost, todo + "/pass", url.Values{"version": {"1"}, "to": {id(s.RepWest2)}}, 303, []string{"/todos"}, nil},
		{"they read why", "rep2", "", one, nil, 200, []string{"和前 8 个平常周", "问清原因"}, []string{"看客户"}},
		{"and answer for themselves", "rep2", http.MethodPost, one, url.Values{"version": {"1"}, "reason": {"price"}, "response": {"call"}, "owner": {id(s.RepWest2)}, "due": {"2026-11-27"}}, 303, []string{one}, nil},
		{"then give it back to the client's rep", "rep2", http.MethodPost, one, url.Values{"version": {"2"}, "reason": {"price"}, "response": {"offer"}, "owner": {id(s.RepWest)}, "due": {"2026-11-27"}}, 303, []string{"/todos"}, nil},
		{"who read it no more", "rep2", "", one, nil, 404, nil, nil},
		{"the rep has it again", "rep", "", "/todos", nil, 200, []string{one}, nil},
		{"the result closes both", "rep", http.MethodPost, one + "/close", url.Values{"version": {"3"}, "result": {"降五分"}}, 303, []string{one}, nil},
		{"the to-do says so", "rep", "", todo, nil, 200, []string{"办完了", "降五分", "看件量雷达的提醒"}, []string{"写原因和办法"}},
		{"it is not taken up again here", "rep", http.MethodPost, todo + "/reopen", nil, 303, []string{one}, nil},
		{"but there", "rep", http.MethodPost, one + "/reopen", url.Values{"version": {"4"}}, 303, []string{one}, nil},
		{"and both are open", "rep", "", "/todos", nil, 200, []string{one, "写原因和办法"}, nil},
		{"given up", "rep", http.MethodPost, one, func() url.Values { answer.Set("version", "5"); answer.Set("response", "give_up"); return answer }(), 303, []string{one}, nil},
		{"nothing is left to do", "rep", "", "/todos", nil, 200, []string{"都办完了"}, []string{one}},
	})
}

func TestTheCountdownToSilenceIsAFilterOfTheClients(t *testing.T) {
	s := newSite(t)
	aFall(t, s)
	ctx, system := context.Background(), policy.SystemActor("test")
	if _, err := s.DB.SweepRadar(ctx, system, day.MustParse("2026-12-08")); err != nil {
		t.Fatal(err)
	}
	// The branch's parcels are known through 20 November: nobody has been quiet for long.
	s.run([]scenario{
		{"nobody yet", "boss", "", "/customers?quiet=30", nil, 200, []string{"30 天没发"}, []string{"渐少的公司"}},
		{"a stop that is none", "boss", "", "/customers?quiet=31", nil, 200, []string{"渐少的公司"}, []string{"31 天"}},
	})
	var items []db.Waybill
	list, _, err := s.DB.RadarAlerts(ctx, system.Scope(policy.RadarRead), db.RadarFilter{})
	if err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	page, err := s.DB.Customers(ctx, system.Scope(policy.CustomerRead), db.CustomerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Rows {
		if c.Name == "照旧的公司" {
			items = append(items, db.Waybill{Number: "302799990001", BranchID: s.West, CustomerID: c.ID, BoundBy: "name", SentDay: "2026-12-07", SentAt: day.MustParse("2026-12-07").Time().UnixMilli(), Pieces: 1, State: "signed"})
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.SweepRadar(ctx, system, day.MustParse("2026-12-08")); err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{
		{"who is at the first stop", "boss", "", "/customers?quiet=30", nil, 200, []string{"渐少的公司", "30 天没发"}, []string{"照旧的公司"}},
		{"the rep whose client it is", "rep", "", "/customers?quiet=30", nil, 200, []string{"渐少的公司"}, nil},
		{"another rep", "rep2", "", "/customers?quiet=30", nil, 200, nil, []string{"渐少的公司"}},
		{"another branch", "boss2", "", "/customers?quiet=30", nil, 200, nil, []string{"渐少的公司"}},
		{"not at the next", "boss", "", "/customers?quiet=60", nil, 200, nil, []string{"渐少的公司"}},
		{"the form offers it", "boss", "", "/customers/filter?quiet=75", nil, 200, []string{"75 天没发", "三个月以上没发"}, nil},
		{"the radar says how many", "boss", "", "/radar", nil, 200, []string{"/customers?quiet=30"}, nil},
	})
}

func TestTheRuleOfTheRadarHasVersionsAndBranches(t *testing.T) {
	s := newSite(t)
	aFall(t, s)
	rule := func(change ...string) url.Values {
		v := url.Values{"read": {"0"}, "branch": {""}, "weeks": {"6"}, "drop": {"40"}, "least": {"20"}, "back": {"85"}, "late": {"14"}, "billed": {"800"}, "fall": {"20"}, "answers": {"6"}, "express": {"50"}, "slow": {"3"}, "months": {"4"}, "peaks": {"周年庆 5-1 5-3"}, "valid_from": {"2026-11-21"}, "reason": {"太吵"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a rep reads it", "rep", "", "/rules/radar", nil, 200, []string{"现在用的是默认值", "双11"}, []string{"保存新版本"}},
		{"a courier does not", "courier", "", "/rules/radar", nil, 403, nil, nil},
		{"a manager sets none for the company", "boss", http.MethodPost, "/rules/radar", rule(), 403, nil, nil},
		{"out of bounds", "admin", http.MethodPost, "/rules/radar", rule("weeks", "2", "drop", "", "least", "x"), 422, []string{"填 4 到 26", "填一个整数"}, nil},
		{"a sale that ends before it begins", "admin", http.MethodPost, "/rules/radar", rule("peaks", "周年庆 5-3 5-1"), 422, []string{"每行写名称和两个日子"}, nil},
		{"for the past", "admin", http.MethodPost, "/rules/radar", rule("valid_from", "2026-11-20", "reason", ""), 422, []string{"过去的不改", "请填写"}, nil},
		{"a preview needs no reason", "admin", http.MethodPost, "/rules/radar", rule("reason", "", "preview", "1", "least", "60"), 200, []string{"还没有保存", "会少提醒 1 次", "渐少的公司"}, nil},
		{"and saves nothing", "admin", "", "/rules/radar", nil, 200, []string{"现在用的是默认值"}, []string{"第 1 版"}},
		{"a manager previews none for the company", "boss", http.MethodPost, "/rules/radar", rule("preview", "1"), 403, nil, nil},
		{"a new version", "admin", http.MethodPost, "/rules/radar", rule(), 303, []string{"/rules/radar"}, nil},
		{"over one that was not read", "admin", http.MethodPost, "/rules/radar", rule(), 422, []string{"刚才有人设了新版本"}, nil},
		{"one branch's own", "admin", http.MethodPost, "/rules/radar", rule("branch", id(s.West), "weeks", "8"), 303, []string{"branch=" + id(s.West)}, nil},
		{"it is listed", "admin", "", "/rules/radar", nil, 200, []string{"和前 6 个平常周比", "太吵", "周年庆"}, nil},
		{"among all settings", "admin", "", "/settings", nil, 200, []string{"件量雷达", "和前 6 个平常周比"}, nil},
		{"another branch's is none of the business", "boss2", "", "/rules/radar?branch=" + id(s.West), nil, 404, nil, nil},
	})
}

func TestWhatParcelsTellOfAClientsHabits(t *testing.T) {
	s := newSite(t)
	client, _ := aFall(t, s)
	page := "/customers/" + id(client) + "/shipping"
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", page, nil, 403, nil, nil},
		{"another rep", "rep2", "", page, nil, 404, nil, nil},
		{"another branch", "boss2", "", page, nil, 404, nil, nil},
		{"the rep", "rep", "", page, nil, 200, []string{"700", "周几发", "几点发", "杭州", "浙江", "时效", "标快", "月结", "4 个月里有 4 个月（100.0%）", "通常隔", "规则是 30% 起算", "时效敏感"}, nil},
		{"the products lead to their parcels", "rep", "", "/customers/" + id(client) + "/waybills?from=2025-12-01&product=express", nil, 200, []string{"302600"}, nil},
		{"a mark without a reason", "rep", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"0"}, "mark": {"no"}}, 422, []string{"请填写"}, nil},
		{"a word that is none", "rep", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"0"}, "mark": {"x"}}, 422, []string{"请选一个"}, nil},
		{"another rep marks", "rep2", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"0"}, "mark": {"no"}, "reason": {"不急"}}, 404, nil, nil},
		{"a mark", "rep", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"0"}, "mark": {"no"}, "reason": {"隔天到就行，13912345678"}}, 303, []string{page}, nil},
		{"who marked it, and why", "rep", "", page, nil, 200, []string{"他不赶时间", "沈雨桐", "隔天到就行"}, []string{"tag-soon"}},
		{"masked for whom it is", "region", "", page, nil, 200, []string{"隔天到就行"}, []string{"13912345678"}},
		{"over a mark that was not read", "rep", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"0"}, "mark": {"yes"}, "reason": {"急"}}, 409, []string{"刚才有人改过"}, nil},
		{"back to the rule", "rep", http.MethodPost, "/customers/" + id(client) + "/time", url.Values{"version": {"1"}, "mark": {"auto"}}, 303, []string{page}, nil},
		{"by the rule again", "rep", "", page, nil, 200, []string{"规则是 30% 起算"}, []string{"他不赶时间"}},
		{"in the history", "rep", "", "/customers/" + id(client) + "/history", nil, 200, []string{"标了时效要不要紧", "去掉了时效的标记", "不要紧"}, []string{"time_mark"}},
	})
	empty, err := s.DB.CreateCustomer(context.Background(), s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "没有件的公司", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.as("rep").get("/customers/" + id(empty) + "/shipping"); a.status != 200 || !strings.Contains(a.body, "还没有运单") {
		t.Errorf("without a parcel: %d %s", a.status, excerpt(a.body))
	}
}

func TestTheRadarSaysWhichYearsHolidaysAreNotKnown(t *testing.T) {
	s := newSite(t)
	aFall(t, s)
	s.run([]scenario{{"of a year that is announced nothing", "boss", "", "/radar", nil, 200, []string{"渐少的公司"}, []string{"未公布"}}})
	s.Clock.Set(time.Date(2027, 1, 20, 9, 0, 0, 0, db.Zone))
	s.run([]scenario{{"of one that is not", "admin", "", "/radar", nil, 200, []string{"2027 年放假安排未公布，先只扣法律定的节日"}, nil}})
}
