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
