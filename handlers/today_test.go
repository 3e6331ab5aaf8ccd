package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/today"
)

// daySite is caseSite with a to-do of the clerk's that is late, one of the
// rep's for today, and a visit of the rep's that is planned for today.
func daySite(t *testing.T) (s *site, customer, path, todo string) {
	t.Helper()
	s, customer, path = caseSite(t)
	ctx, today := context.Background(), db.Day(s.Now())
	before := db.Day(s.Now().AddDate(0, 0, -3))
	n := db.ParseID(customer)
	if made, err := s.AddTodos(ctx, policy.SystemActor("test"), []db.Todo{
		{Kind: db.TodoSegment, Key: "day-1", CustomerID: n, BranchID: s.West, UserID: s.ClerkWest, Due: before, Args: map[string]string{"text": "问问为什么少寄了"}},
		{Kind: db.TodoSegment, Key: "day-2", CustomerID: n, BranchID: s.West, UserID: s.RepWest, Due: today, Args: map[string]string{"text": "送新价目表"}},
	}); err != nil || made != 2 {
		t.Fatal(made, err)
	}
	if _, err := s.PlanVisit(ctx, s.As(t, s.RepWest), db.Submission{}, db.Visit{CustomerID: n, UserID: s.RepWest, Day: today, Mode: "on_site", Purpose: "谈续约，约在 13912345678"}); err != nil {
		t.Fatal(err)
	}
	list, _, err := s.Todos(ctx, s.As(t, s.ClerkWest), db.TodoFilter{UserID: s.ClerkWest, Late: today})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return s, customer, path, "/todos/" + id(list[0].ID)
}

func TestTheDayIsWhatOneHasToDo(t *testing.T) {
	s, _, _, todo := daySite(t)
	overdue := `<h3>已经过了时限</h3>`
	s.run([]scenario{
		{"a stranger", "", "", "/today", nil, 303, []string{"/login"}, nil},
		{"the day begins here", "rep", "", "/", nil, 303, []string{"/today"}, nil},
		{"for a clerk, too", "clerk", "", "/", nil, 303, []string{"/today"}, nil},
		{"not for who has nothing to do", "auditor", "", "/", nil, 303, []string{"/customers"}, nil},
		{"nor in their navigation", "auditor", "", "/customers", nil, 200, nil, []string{`href="/today"`}},
		{"the clerk's", "clerk", "", "/today", nil, 200, []string{overdue, todo + "/do", "松果母婴", `href="/todos?late=1&amp;view=mine"`}, []string{"送新价目表", "约好的拜访", "各人手上的活"}},
		{"the rep's", "rep", "", "/today", nil, 200, []string{"今天要办的", "约好的拜访", "谈续约", "记拜访"}, []string{overdue, todo + "/do"}},
		{"another rep's", "rep2", "", "/today", nil, 200, []string{"今天没有等着办的了"}, []string{"松果母婴"}},
		{"another branch's manager's", "boss2", "", "/today", nil, 200, nil, []string{"松果母婴", "问问为什么少寄了"}},
		{"the manager's has everybody's", "boss", "", "/today", nil, 200, []string{todo, "约好的拜访", "各人手上的活", "林晓"}, nil},
		{"and their own", "boss", "", "/today?view=mine", nil, 200, []string{"今天没有等着办的了"}, []string{"各人手上的活", todo}},
		{"a region's sees no number", "region", "", "/today", nil, 200, []string{"各网点", "谈续约"}, []string{"13912345678"}},
		{"done where it stands", "clerk", http.MethodPost, todo + "/do", url.Values{"version": {"1"}, "result": {"问过了，换季"}, "back": {"/today"}}, 303, []string{"/today"}, nil},
		{"it is gone", "clerk", "", "/today", nil, 200, nil, []string{todo + "/do"}},
		{"taken back, one is where one was", "clerk", http.MethodPost, todo + "/reopen?back=%2Ftoday", nil, 303, []string{"/today"}, nil},
		{"it is there again", "clerk", "", "/today", nil, 200, []string{todo + "/do"}, nil},
		{"nor after taking it back", "clerk", http.MethodPost, todo + "/reopen?back=%2F%2Fevil.example%2Ftoday", nil, 303, []string{todo}, []string{"evil"}},
		{"done again", "clerk", http.MethodPost, todo + "/do", url.Values{"version": {"3"}, "result": {"问过了，换季"}, "back": {"/today"}}, 303, []string{"/today"}, nil},
		{"nowhere else", "clerk", http.MethodPost, todo + "/do", url.Values{"version": {"1"}, "result": {"再"}, "back": {"//evil.example/today"}}, 303, nil, []string{"evil"}},
	})
}

func TestTheFiguresOfADayOpenTheirLists(t *testing.T) {
	s, _, path, _ := daySite(t)
	ctx := context.Background()
	s.Clock.Move(60 * 24 * time.Hour) // everything that has a clock is over
	page := s.as("boss").get("/today").body
	for _, want := range []string{`href="/cases?due=late"`, `href="/todos?late=1&amp;view=branch"`, `href="/cases?due=late&amp;who=` + id(s.ClerkWest) + `"`, path} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s on the page", want)
		}
	}
	n, err := s.CountCases(ctx, s.As(t, s.BossWest), db.CaseFilter{DueBefore: s.Now().UnixMilli()}, 10)
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	loads, err := s.Loads(ctx, s.As(t, s.BossWest), db.LoadByPerson)
	if err != nil {
		t.Fatal(err)
	}
	at := map[int64]db.Load{}
	for _, l := range loads {
		at[l.ID] = l
	}
	if l := at[s.ClerkWest]; l.LateCases != 1 || l.Cases != 1 || l.LateTodos != 1 {
		t.Errorf("the clerk's %+v", l)
	}
}

// What was promised at a visit is done from the page, once, and taken back.
func TestAPromiseIsKeptFromThePageOfTheDay(t *testing.T) {
	s, customer, _, _ := daySite(t)
	ctx, rep := context.Background(), s.As(t, s.RepWest)
	today := db.Day(s.Now())
	due, before := db.Day(s.Now().AddDate(0, 0, -1)), db.Day(s.Now().AddDate(0, 0, -4))
	if _, err := s.LogVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: db.ParseID(customer), UserID: s.RepWest, Day: before, Mode: "on_site", Learned: "嫌贵", NextStep: "带新报价表来", NextOn: due}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Visits(ctx, rep.Scope(policy.VisitRead), db.VisitFilter{UserID: s.RepWest, State: "planned"})
	if err != nil {
		t.Fatal(err)
	}
	var plan db.VisitRow
	for _, v := range list.Rows {
		if v.Purpose == "带新报价表来" {
			plan = v
		}
	}
	if plan.ID == 0 || len(list.Rows) != 2 {
		t.Fatalf("%+v", list.Rows)
	}
	promised, err := s.Promised(ctx, rep.Scope(policy.VisitRead), list.Rows)
	if err != nil || len(promised) != 1 || promised[plan.ID] != (db.Promise{Day: before, Step: "带新报价表来"}) {
		t.Fatal("only what was said at a visit was promised", promised, err)
	}
	path := "/visits/" + id(plan.ID)
	kept := url.Values{"version": {"1"}, "result": {"新价目表送到了"}, "back": {"/today"}}
	s.run([]scenario{
		{"it is on the page", "rep", "", "/today", nil, 200, []string{"答应客户的事", "带新报价表来", path + "/kept", "拜访时答应的"}, nil},
		{"not another's", "boss", "", "/today", nil, 200, []string{"带新报价表来"}, []string{path + "/kept"}},
		{"a stranger", "", http.MethodPost, path + "/kept", kept, 303, []string{"/login"}, nil},
		{"another branch", "rep2", http.MethodPost, path + "/kept", kept, 404, nil, nil},
		{"without a word", "rep", http.MethodPost, path + "/kept", url.Values{"version": {"1"}, "back": {"/today"}}, 303, []string{"/today"}, nil},
		{"and it stays", "rep", "", "/today", nil, 200, []string{"写一句结果", path + "/kept"}, nil},
		{"with one", "rep", http.MethodPost, path + "/kept", kept, 303, []string{"/today"}, nil},
		{"it is gone, and can be taken back", "rep", "", "/today", nil, 200, []string{path + "/again?day=" + due}, []string{path + "/kept"}},
		{"twice is too late", "rep", http.MethodPost, path + "/kept", kept, 303, nil, nil},
		{"taken back", "rep", http.MethodPost, path + "/again?day=" + due + "&version=2&minute=-1&back=%2Ftoday", nil, 303, []string{"/today"}, nil},
		{"once more it is too late", "rep", http.MethodPost, path + "/again?day=" + due + "&version=2&minute=-1&back=%2Ftoday", nil, 303, []string{"/today"}, nil},
		{"another branch takes nothing back", "rep2", http.MethodPost, path + "/again?day=" + due + "&version=3&minute=-1", nil, 404, nil, nil},
		{"without a version", "rep", http.MethodPost, path + "/again?day=" + due + "&minute=-1", nil, 400, nil, nil},
		{"it waits again", "rep", "", "/today", nil, 200, []string{path + "/kept"}, nil},
		{"on no day", "rep", http.MethodPost, path + "/again?day=gestern", nil, 400, nil, nil},
	})
	kept.Set("version", "3")
	page := s.as("rep").post(path+"/kept", kept, "HX-Request", "true")
	if page.status != 200 || strings.Contains(page.body, "<html") || !strings.Contains(page.body, `id="today"`) || strings.Contains(page.body, path+"/kept") || !strings.Contains(page.body, "办完了") {
		t.Errorf("drawn anew in its place: %d %.300s", page.status, page.body)
	}
	v, err := s.Visit(ctx, rep.Scope(policy.VisitRead), plan.ID)
	if err != nil || v.State != db.VisitDone || v.Day != today || v.Learned != "新价目表送到了" {
		t.Errorf("%+v %v", v, err)
	}
}

// Each figure of yesterday is the count of the list that it opens.
func TestYesterdayOpensItsLists(t *testing.T) {
	s, customer, _, _ := daySite(t)
	ctx := context.Background()
	if _, err := s.LogVisit(ctx, s.As(t, s.RepWest), db.Submission{}, db.Visit{CustomerID: db.ParseID(customer), UserID: s.RepWest, Day: db.Day(s.Now()), Mode: "phone", Learned: "聊了聊"}); err != nil {
		t.Fatal(err)
	}
	on := db.Day(s.Now())
	s.Clock.Move(24 * time.Hour)
	boss := s.As(t, s.BossWest)
	d, err := day.Parse(on)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.DayFigures(ctx, boss, []day.Day{d})
	if err != nil || len(got) != 1 || got[s.West][on] != (today.Day{today.Cases: 1, today.Visits: 1}) {
		t.Fatal(got, err)
	}
	if of, err := s.DayFigures(ctx, s.As(t, s.BossEast), []day.Day{d}); err != nil || len(of) != 0 {
		t.Errorf("another branch's manager reads %v %v", of, err)
	}
	page := s.as("boss").get("/today").body
	for href, name := range map[string]string{"/cases?show=all&from=" + on + "&to=" + on: "cases", "/visits?view=list&state=done&from=" + on + "&to=" + on: "visits"} {
		if !strings.Contains(page, `<a href="`+strings.ReplaceAll(href, "&", "&amp;")+`">1</a>`) {
			t.Errorf("no %s of yesterday on the page", name)
		}
		if list := s.as("boss").get(href).body; !strings.Contains(list, "共 1 ") || !strings.Contains(list, "松果母婴") {
			t.Errorf("the list of %s has others: %s", name, excerpt(list))
		}
	}
}
