package handlers_test

import (
	"context"
	"net/url"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/standard"
)

func TestWhoIsResponsibleIsNamedAndToldWhatIsLate(t *testing.T) {
	s := newSite(t)
	ctx, system := context.Background(), policy.SystemActor("test")
	west, gulou := id(s.West), id(s.Gulou)
	s.Clock.Set(s.Clock.Now().AddDate(0, 0, -10))
	for _, name := range []string{"等审核甲", "等审核乙"} {
		if _, err := s.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: s.West, Name: name, Phones: []string{"13800001054"}}); err != nil {
			t.Fatal(err)
		}
	}
	s.Clock.Set(s.Clock.Now().AddDate(0, 0, 10))
	s.client("昨天新建")
	must := asks("0")
	for _, kind := range standard.Kinds {
		must.Set("l.industry."+kind, "must")
	}
	form := func(version string, more ...string) url.Values {
		v := url.Values{}
		for _, area := range db.DutyAreas {
			v.Set("version."+area, version)
		}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	at := "/branches/" + west + "/duties"
	s.run([]scenario{
		{"a stranger", "", "", at, nil, 303, []string{"/login"}, nil},
		{"a rep", "rep", "", at, nil, 403, nil, nil},
		{"the form", "admin", "", at, nil, 200, []string{"城西网点的责任人", "投诉", `name="version.data" value="0"`}, nil},
		{"nobody of that name", "admin", "POST", at, form("0", "data", "", "data_text", "没有这个人"), 422, []string{"没有找到这个人"}, nil},
		{"a forged person", "admin", "POST", at, form("0", "data", "4711"), 422, []string{"请换一位在职的"}, nil},
		{"a forged branch", "admin", "POST", "/branches/4711/duties", form("0"), 404, nil, nil},
		{"named by typing", "admin", "POST", at, form("0", "data", "", "data_text", "周明慧", "complaints", id(s.BossWest)), 303, []string{"/branches/" + west}, nil},
		{"a stale form", "admin", "POST", at, form("0", "data", id(s.RepWest)), 422, []string{"刚才有人改过"}, nil},
		{"the branch's page", "boss", "", "/branches/" + west, nil, 200, []string{"责任人", "周明慧", "还没有人负责"}, nil},
		{"another's navigation", "boss2", "", "/branches", nil, 200, nil, []string{`href="/late"`}},
		{"another's page", "boss2", "", "/late", nil, 200, []string{"你现在不是哪一项的责任人"}, nil},
		{"… leaves nothing in their navigation", "boss2", "", "/branches", nil, 200, nil, []string{`href="/late"`}},
		{"head office asks for the industry", "chief", "POST", "/rules/standard", must, 303, nil, nil},
		{"the responsible person's page", "boss", "", "/late", nil, 200, []string{"等审核超过 7 天", "缺必填项", "城西网点", "投诉", "gap=must", "older=7"}, []string{"鼓楼"}},
		{"the badge", "boss", "", "/branches", nil, 200, []string{`href="/late"`, "逾期的工作"}, nil},
		{"the list behind the first figure", "boss", "", "/customers?branch=" + west + "&state=draft&older=7", nil, 200, []string{`id="count">2<`, "等审核甲", "超过 7 天"}, []string{"昨天新建"}},
		{"the list behind the second", "boss", "", "/customers?branch=" + west + "&gap=must", nil, 200, []string{`id="count">3<`}, nil},
		{"the audit names the act", "admin", "", "/audit", nil, 200, []string{"指定网点责任人"}, nil},
	})
	b, err := s.Branch(ctx, system.Scope(policy.BranchRead), s.Gulou)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CloseBranch(ctx, s.As(t, s.Admin), s.Gulou, b.Version, 0); err != nil {
		t.Fatal(err)
	}
	if a := s.as("admin").post("/branches/"+gulou+"/duties", form("0", "data", id(s.Chief))); a.status != 409 {
		t.Errorf("at a closed branch: %d", a.status)
	}
}
