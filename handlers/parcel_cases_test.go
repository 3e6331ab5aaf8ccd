package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// parcelRule is the form of the rule, filled in.
func parcelRule(change map[string]string) url.Values {
	out := url.Values{"days": {"9"}, "valid_from": {"2026-11-21"}, "reason": {"先打给客户"}, "read": {"0"}}
	for _, trouble := range tracking.Troubles() {
		out.Set(trouble+"_on", "1")
		out.Set(trouble+"_severity", "minor")
		out.Set(trouble+"_script", "{称呼}您好，您寄的 {单号} "+trouble)
	}
	for k, v := range change {
		out.Set(k, v)
	}
	return out
}

func TestTheRuleOfCasesOfParcelsIsHeadOfficesAndSaysWhatIsWrong(t *testing.T) {
	s := newSite(t)
	s.strange = true // the variables of a script
	const at = "/rules/parcel-cases"
	s.run([]scenario{
		{"a stranger", "", "", at, nil, 303, []string{"/login"}, nil},
		{"a rep reads it", "rep", "", at, nil, 200, []string{"包裹出事开工单", "可能遗失了", "7 天以前的不开"}, []string{"保存新版本"}},
		{"a rep sets none", "rep", http.MethodPost, at, parcelRule(nil), 403, nil, nil},
		{"head office", "admin", "", at, nil, 200, []string{"保存新版本", `name="lost_script"`, "{称呼}"}, nil},
		{"nothing to say", "admin", http.MethodPost, at, parcelRule(map[string]string{"lost_script": ""}), 422, []string{"就要写怎么说"}, nil},
		{"a variable that there is none of", "admin", http.MethodPost, at, parcelRule(map[string]string{"stuck_script": "{星座}您好"}), 422, []string{"没有“星座”这一项", "{星座}您好"}, nil},
		{"too many days", "admin", http.MethodPost, at, parcelRule(map[string]string{"days": "61"}), 422, []string{"填 1 到 60"}, nil},
		{"a class that there is none of", "admin", http.MethodPost, at, parcelRule(map[string]string{"lost_class": "D"}), 422, []string{"请重选"}, nil},
		{"set", "admin", http.MethodPost, at, parcelRule(nil), 303, []string{at}, nil},
		{"it holds", "rep", "", at, nil, 200, []string{"9 天以前的不开"}, nil},
		{"no case for any", "admin", http.MethodPost, at, url.Values{"days": {"9"}, "valid_from": {"2026-11-21"}, "reason": {"先停"}, "read": {"1"}, "lost_severity": {"minor"}, "damaged_severity": {"minor"}, "refused_severity": {"minor"}, "failed_severity": {"minor"}, "offroad_severity": {"minor"}, "stuck_severity": {"minor"}}, 303, []string{at}, nil},
		{"and that is said", "rep", "", at, nil, 200, []string{"只提醒，不开工单"}, nil},
	})
}

func TestTheClientIsCalledFirst(t *testing.T) {
	s := newSite(t)
	customer, _, _ := aBill(t, s)
	if _, err := s.LoadWaybills(context.Background(), policy.SystemActor("test"), slices.Values([]db.Waybill{{Number: "302610000000777", BranchID: s.West, CustomerID: customer, SentDay: "2026-11-20",
		SentAt: s.Now().Add(-20 * time.Hour).UnixMilli(), State: waybill.Moving, Pieces: 1, Freight: 100}}), nil); err != nil {
		t.Fatal(err)
	}
	const lost = `{"nu":"302610000000777","state":"2","data":[{"time":"2026-11-21 08:31:42","context":"【武汉市】快件遗失","status":"疑难"}]}`
	s.run([]scenario{{"news of a lost parcel", "boss", http.MethodPost, "/waybills/tracking", url.Values{"text": {lost}, "do": {"apply"}}, 303, nil, nil}})
	list, err := s.Cases(context.Background(), s.World.As(t, s.BossWest), db.CaseFilter{Alert: db.AlertAny})
	if err != nil || len(list.Rows) != 1 {
		t.Fatal(len(list.Rows), err)
	}
	c := list.Rows[0]
	one := "/cases/" + id(c.ID)
	call := url.Values{"version": {id(c.Version)}, "note": {"客户说谢谢"}}
	s.run([]scenario{
		{"the page says whom to call and what to say", "boss", "", one, nil, 200, []string{"先打给客户", "您寄的 302610000000777 可能遗失了", "我们先打了电话", "客户还没有来电", "包裹提醒：遗失"}, []string{"打过了"}},
		{"another branch's manager", "boss2", http.MethodPost, one + "/called", call, 404, nil, nil},
		{"nobody was called yet", "boss", "", "/waybills?flagged=1", nil, 200, []string{"近 30 天系统开的工单", "还没打", "/cases?alert=silent"}, nil},
		{"another branch has none", "boss2", "", "/waybills?flagged=1", nil, 200, nil, []string{"系统开的工单"}},
		{"called", "boss", http.MethodPost, one + "/called", call, 303, []string{one}, nil},
		{"and said so", "boss", "", one, nil, 200, []string{"记下了：我们先打的电话", "打过了", "客户说谢谢", "就这票包裹给客户打了电话"}, []string{`action="` + one + `/called"`}},
		{"twice", "boss", http.MethodPost, one + "/called", url.Values{"version": {"0"}}, 303, []string{one}, nil},
		{"who called first is counted", "boss", "", "/waybills?flagged=1", nil, 200, []string{"（100%）"}, nil},
		{"the figure opens its list", "boss", "", "/cases?alert=first&show=all", nil, 200, []string{c.Code, "我们先打的"}, nil},
		{"of the others there is none", "boss", "", "/cases?alert=late&show=all", nil, 200, []string{"没有符合的工单"}, []string{c.Code}},
		{"what is no such word is not asked for", "boss", "", "/cases?alert=x&show=all", nil, 200, []string{c.Code}, nil},
	})
}
