package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

// clientsOf opens n clients of 沈雨桐's, the first with a planned visit.
func (s *site) clientsOf(n int) []int64 {
	s.t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	var ids []int64
	for i := range n {
		c, err := s.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: s.West, Name: fmt.Sprintf("移交客户%02d", i), OwnerID: s.RepWest,
			Class: string("ABC"[i%3]), PlaceCode: "330106", CityCode: "330100", State: "reviewed", Phones: []string{"13800001054"}})
		if err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, c)
	}
	if _, err := s.PlanVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: ids[0], UserID: s.RepWest, Day: "2026-11-25", Mode: "on_site"}); err != nil {
		s.t.Fatal(err)
	}
	return ids
}

var versionIn = regexp.MustCompile(`name="version" value="(\d+)"`)

func TestALeaversWorkIsHandedOver(t *testing.T) {
	s := newSite(t)
	clients := s.clientsOf(60)
	boss, rep, rep2 := s.as("boss"), s.as("rep"), s.as("rep2")
	at := "/users/" + id(s.RepWest) + "/handover"
	for _, branch := range []int64{s.West, s.East} {
		if err := s.SetDuty(context.Background(), policy.SystemActor("test"), branch, "care", s.RepWest, 0); err != nil {
			t.Fatal(err)
		}
	}
	if a := boss.get(at); !strings.Contains(a.body, `<a href="/branches/`+id(s.West)+`">城西网点（`) || strings.Contains(a.body, `<a href="/branches/`+id(s.East)+`">`) {
		t.Errorf("what else the leaver bears:\n%s", excerpt(a.body))
	}
	if a := boss.get(at + "?owner=even"); a.status != 200 || !strings.Contains(a.body, `name="owner.among"`) || strings.Contains(a.body, "何佳") || strings.Contains(a.body, "吴快递") || strings.Contains(a.body, `name="ending"`) {
		t.Errorf("the form: %d\n%s", a.status, excerpt(a.body))
	}
	if a := boss.get(at + "?owner=district"); !strings.Contains(a.body, "owner.g.330106") || !strings.Contains(a.body, "西湖区") {
		t.Errorf("by district:\n%s", excerpt(a.body))
	}
	if a := boss.post(at, url.Values{"rule.owner": {"one"}}); a.status != 422 || !strings.Contains(a.body, "选一个接的人") {
		t.Errorf("nobody named: %d", a.status)
	}
	form := url.Values{"key": {"k1"}, "rule.owner": {"even"}, "owner.among": {id(s.RepWest2), id(s.BossWest), id(s.ClerkEast)}, "ending": {"now"}}
	if a := boss.post(at, form); a.status != 403 { // who edits nobody disables nobody
		t.Errorf("a manager disables: %d", a.status)
	}
	form.Set("ending", "keep")
	a := boss.post(at, form)
	if again := boss.post(at, form); a.status != 303 || again.to() != a.to() {
		t.Fatalf("plan: %d to %q, again to %q", a.status, a.to(), again.to())
	}
	plan := a.to()
	page := boss.get(plan)
	if page.status != 200 || !strings.Contains(page.body, "移交客户00") || !strings.Contains(page.body, "每一项都有人接") || strings.Count(page.body, `name="to.`) != 50 {
		t.Fatalf("preview: %d, %d lines", page.status, strings.Count(page.body, `name="to.`))
	}
	version := versionIn.FindStringSubmatch(page.body)[1]
	// By hand, with ids and people that the page does not offer.
	for name, f := range map[string]url.Values{
		"another branch's person": {"version": {version}, "to.1": {id(s.ClerkEast)}},
		"a courier":               {"version": {version}, "to.1": {id(s.CourierWest)}},
	} {
		if boss.post(plan+"/assign", f); !strings.Contains(boss.get(plan).body, "没有保存") {
			t.Errorf("%s was taken", name)
		}
	}
	boss.post(plan+"/assign", url.Values{"version": {version}, "to.1": {""}, "to.999": {id(s.RepWest2)}, "to.-1": {id(s.RepWest2)}, "here": {"https://evil.example/"}})
	page = boss.get(plan + "?to=0")
	if !strings.Contains(page.body, "还有 2 项没有人接") { // the client, and its visit
		t.Errorf("one without a taker:\n%s", excerpt(page.body))
	}
	version = versionIn.FindStringSubmatch(page.body)[1]
	sheet := boss.get(plan + "/sheet")
	if sheet.status != 200 || !strings.Contains(sheet.body, "接收人") || !strings.Contains(sheet.body, "138 0000 1054") {
		t.Errorf("sheet: %d\n%s", sheet.status, excerpt(sheet.body))
	}
	if a := boss.get(plan + "/sheet.xlsx"); a.status != 200 || !strings.HasPrefix(a.body, "PK") {
		t.Errorf("workbook: %d", a.status)
	}
	if a := rep.get("/customers"); a.status != 200 {
		t.Fatal(a.status)
	}
	for range 2 { // pressed twice, done once
		if a := boss.post(plan+"/apply", url.Values{"version": {version}}); a.status != 303 || a.to() != plan {
			t.Fatalf("apply: %d to %q", a.status, a.to())
		}
	}
	if a := rep.get("/customers"); a.status != 303 {
		t.Errorf("the leaver's session goes on: %d", a.status)
	}
	if a := rep2.get("/visits/due"); !strings.Contains(a.body, "新交接给你 30 位客户") && !strings.Contains(a.body, "新交接给你 29 位客户") {
		t.Errorf("the taker is not told:\n%s", excerpt(a.body))
	}
	if a := rep2.get("/handovers/received"); a.status != 200 || !strings.Contains(a.body, "沈雨桐") {
		t.Errorf("received: %d", a.status)
	}
	rep2.post("/handovers/received", nil)
	if a := rep2.get("/visits/due"); strings.Contains(a.body, "新交接给你") {
		t.Errorf("told twice")
	}
	history := boss.get("/customers/" + id(clients[1]) + "/history")
	if !strings.Contains(history.body, "负责人由 沈雨桐 交接给") {
		t.Errorf("the timeline:\n%s", excerpt(history.body))
	}
	if a := boss.post(plan+"/undo", nil); a.status != 303 {
		t.Errorf("undo: %d", a.status)
	}
	if a := boss.get(plan); !strings.Contains(a.body, "已撤销，59 项退回") || !strings.Contains(a.body, "已退回") {
		t.Errorf("after the undo:\n%s", excerpt(a.body))
	}
}

// TestAHandoverIsClosedToOthers: sideways, another branch; upward, a rep; and
// through the sheet, which carries phones.
func TestAHandoverIsClosedToOthers(t *testing.T) {
	s := newSite(t)
	s.clientsOf(3)
	at := "/users/" + id(s.RepWest) + "/handover"
	plan := s.as("boss").post(at, url.Values{"rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}}).to()
	take := url.Values{"rule.owner": {"one"}, "owner.one": {id(s.BossEast)}}
	var list []scenario
	for _, who := range []struct {
		name   string
		status int
	}{{"boss2", 404}, {"rep", 403}, {"rep2", 403}, {"courier", 403}, {"auditor", 403}, {"region", 404}, {"", 303}} {
		for _, c := range []struct {
			method, path string
			form         url.Values
		}{
			{"", plan, nil}, {"", plan + "/sheet", nil}, {"", plan + "/sheet.xlsx", nil},
			{"POST", plan + "/assign", url.Values{"version": {"1"}, "to.1": {id(s.BossEast)}}},
			{"POST", plan + "/apply", url.Values{"version": {"1"}}}, {"POST", plan + "/undo", nil}, {"POST", plan + "/drop", nil},
		} {
			list = append(list, scenario{who.name + " " + c.path, who.name, c.method, c.path, c.form, who.status, nil, []string{"移交客户", "13800001054"}})
		}
	}
	list = append(list,
		scenario{"another branch's manager opens the form", "boss2", "", at, nil, 404, nil, []string{"沈雨桐"}},
		scenario{"and sends it", "boss2", "POST", at, take, 404, nil, nil},
		scenario{"a rep sends it", "rep2", "POST", at, url.Values{"rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}}, 403, nil, nil},
		scenario{"the region's manager by the branch's", "boss", "", "/users/" + id(s.RegionZJ) + "/handover", nil, 404, nil, nil},
		scenario{"the region's manager by the branch's, sent", "boss", "POST", "/users/" + id(s.RegionZJ) + "/handover", url.Values{"rule.owner": {"one"}, "owner.one": {id(s.BossWest)}}, 404, nil, nil},
		scenario{"a rep sees what came to them and no more", "rep2", "", "/handovers/received", nil, 200, []string{"最近没有交接给你的"}, []string{"移交客户"}},
		scenario{"the list of another branch", "boss2", "", "/handovers", nil, 200, []string{"还没有交接过"}, []string{"沈雨桐"}},
		scenario{"the list of the own branch", "boss", "", "/handovers", nil, 200, []string{"沈雨桐", "草稿"}, nil},
	)
	s.run(list)
}

// TestOfManyTakersOneIsLookedFor: a branch with more people than a list is good
// for is asked by typing; what is typed must mean one of those who may take.
func TestOfManyTakersOneIsLookedFor(t *testing.T) {
	s := newSite(t)
	s.clientsOf(3)
	ctx, system := context.Background(), policy.SystemActor("test")
	taker := map[string]int64{}
	for i := range 25 {
		name := fmt.Sprintf("接手人%02d", i)
		if i == 24 {
			name = "接手人03"
		}
		n, err := s.CreateUser(ctx, system, db.UserInput{Username: fmt.Sprintf("taker%d", i), Name: name, BranchID: s.West, PasswordHash: "x", JoinedOn: "2024-01-01",
			Grants: []policy.Grant{{Role: policy.SalesRep, Branch: s.West}}})
		if err != nil {
			t.Fatal(err)
		}
		taker[name] = n
	}
	boss, at := s.as("boss"), "/users/"+id(s.RepWest)+"/handover"
	if a := boss.get(at + "?owner=one"); a.status != 200 || !strings.Contains(a.body, `data-find="/people/find?use=taker"`) || strings.Contains(a.body, `<select class="form-select" id="f-owner.one"`) || strings.Count(a.body, "接手人") > 0 {
		t.Errorf("the form: %d\n%s", a.status, excerpt(a.body))
	}
	for text, want := range map[string]string{"没有这个人": "没有找到这个人", "接手人03": "符合的有 2 位", "吴快递": "没有找到这个人", "何佳 · 城东网点": "没有找到这个人", "": "选一个接的人"} {
		a := boss.post(at, url.Values{"rule.owner": {"one"}, "owner.one": {id(s.CourierWest)}, "owner.one_text": {text}})
		if a.status != 422 || !strings.Contains(a.body, want) || text != "" && !strings.Contains(a.body, text) {
			t.Errorf("%q: %d\n%s", text, a.status, excerpt(a.body))
		}
	}
	plan := boss.post(at, url.Values{"rule.owner": {"one"}, "owner.one_text": {"接手人07"}})
	page := boss.get(plan.to())
	if plan.status != 303 || strings.Count(page.body, "接手人07 · 城西网点") != 4 { // three clients and a visit
		t.Fatalf("plan: %d, %d lines\n%s", plan.status, strings.Count(page.body, "接手人07 · 城西网点"), excerpt(page.body))
	}
	version := versionIn.FindStringSubmatch(page.body)[1]
	boss.post(plan.to()+"/assign", url.Values{"version": {version}, "to.1_text": {"没有这个人"}, "to.1": {id(taker["接手人07"])}})
	if page = boss.get(plan.to()); !strings.Contains(page.body, "没有保存") || strings.Count(page.body, "接手人07 · 城西网点") != 4 {
		t.Errorf("nobody was taken:\n%s", excerpt(page.body))
	}
	boss.post(plan.to()+"/assign", url.Values{"version": {version}, "to.1": {id(taker["接手人07"])}, "to.1_text": {"接手人08 · 城西网点"}})
	if page = boss.get(plan.to()); !strings.Contains(page.body, "接手人08 · 城西网点") {
		t.Errorf("by typing:\n%s", excerpt(page.body))
	}
}
