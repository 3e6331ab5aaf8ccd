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

func TestTodosAreSeenAndDoneByThoseWhoseTheyAre(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	customer, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest, ClerkID: s.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.AddTodos(ctx, policy.SystemActor("test"), []db.Todo{
		{Kind: "parcel_stuck", Key: "1", CustomerID: customer, Due: "2026-11-18", Args: map[string]string{"number": "302610000000001", "hours": "60", "limit": "48"}},
		{Kind: "parcel_lost", Key: "2", CustomerID: customer, Due: "2026-11-30", Args: map[string]string{"number": "302610000000002"}},
		{Kind: "parcel_refused", Key: "3", CustomerID: customer, Args: map[string]string{"number": "302610000000003"}},
	}); err != nil {
		t.Fatal(err)
	}
	list, _, err := s.DB.Todos(ctx, boss, db.TodoFilter{})
	if err != nil || len(list) != 3 {
		t.Fatalf("%d to-dos, %v", len(list), err)
	}
	stuck, refused, lost := "/todos/"+id(list[0].ID), "/todos/"+id(list[1].ID), "/todos/"+id(list[2].ID)
	s.run([]scenario{
		{"a stranger", "", "", "/todos", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/todos", nil, 403, nil, nil},
		{"the clerk's own, with why", "clerk", "", "/todos", nil, 200, []string{"302610000000001", "60 小时没有新消息，超过 48 小时就提醒", "过期", "302610000000002", "共 3 件", `name="result"`}, nil},
		{"the manager has none", "boss", "", "/todos", nil, 200, []string{"都办完了"}, []string{"302610000000001"}},
		{"the branch's", "boss", "", "/todos?view=branch", nil, 200, []string{"302610000000001", "共 3 件"}, nil},
		{"another branch's manager", "boss2", "", "/todos?view=branch", nil, 200, []string{"都办完了"}, []string{"30261"}},
		{"only late ones", "clerk", "", "/todos?late=1", nil, 200, []string{"302610000000001", "共 1 件"}, []string{"302610000000002"}},
		{"of a kind", "clerk", "", "/todos?kind=parcel_lost", nil, 200, []string{"302610000000002", "共 1 件"}, []string{"302610000000001"}},
		{"of a kind that is none", "clerk", "", "/todos?kind=other%27", nil, 200, []string{"共 3 件"}, nil},
		{"on the client's page", "boss", "", "/customers/" + id(customer), nil, 200, []string{"302610000000001", "有一件待办"}, nil},
		{"the rep sees the own client's, and may act", "rep", "", stuck, nil, 200, []string{"转给"}, nil},
		{"another rep does not", "rep2", "", stuck, nil, 404, nil, nil},
		{"another branch does not", "boss2", "", stuck, nil, 404, nil, nil},
		{"an auditor looks", "auditor", "", stuck, nil, 200, []string{"302610000000001"}, []string{`name="result"`}},
		{"and does not act", "auditor", http.MethodPost, stuck + "/do", url.Values{"result": {"x"}, "version": {"1"}}, 403, nil, nil},
		{"done without a word", "clerk", http.MethodPost, stuck + "/do", url.Values{"result": {" "}, "version": {"1"}}, 422, []string{"写一句结果"}, nil},
		{"done with too many", "clerk", http.MethodPost, stuck + "/do", url.Values{"result": {strings.Repeat("长", 201)}, "version": {"1"}}, 422, []string{"最多 200 个字"}, nil},
		{"done", "clerk", http.MethodPost, stuck + "/do", url.Values{"result": {"已告诉客户"}, "version": {"1"}, "back": {"/customers/" + id(customer)}}, 303, []string{"/customers/" + id(customer)}, nil},
		{"done too late", "boss", http.MethodPost, stuck + "/do", url.Values{"result": {"我也打了"}, "version": {"1"}, "back": {"//evil.example/"}}, 303, []string{stuck}, nil},
		{"it stands among the closed", "clerk", "", "/todos?view=closed", nil, 200, []string{"302610000000001", "已告诉客户"}, []string{"302610000000002"}},
		{"and in the client's history", "boss", "", "/customers/" + id(customer) + "/history", nil, 200, []string{"办完了待办：包裹 302610000000001", "已告诉客户"}, nil},
		{"taken back", "clerk", http.MethodPost, stuck + "/reopen", nil, 303, []string{stuck}, nil},
		{"dropped without a reason", "clerk", http.MethodPost, refused + "/drop", url.Values{"version": {"1"}}, 422, []string{"写一句为什么不办"}, nil},
		{"dropped", "clerk", http.MethodPost, refused + "/drop", url.Values{"version": {"1"}, "reason": {"客户早知道"}}, 303, []string{"/todos"}, nil},
		{"passed to another branch's clerk", "clerk", http.MethodPost, lost + "/pass", url.Values{"version": {"1"}, "to": {id(s.ClerkEast)}}, 422, []string{"接不了"}, nil},
		{"passed on", "clerk", http.MethodPost, lost + "/pass", url.Values{"version": {"1"}, "to": {id(s.RepWest2)}}, 303, []string{"/todos"}, nil},
		{"it is the colleague's", "rep2", "", "/todos", nil, 200, []string{"302610000000002", "松果文具"}, []string{"/customers/" + id(customer)}},
		{"passed back", "clerk", http.MethodPost, lost + "/back?user=" + id(s.ClerkWest) + "&version=2", nil, 303, []string{lost}, nil},
		{"no number", "clerk", "", "/todos/x", nil, 404, nil, nil},
		{"a list that goes on", "clerk", "", "/todos?at=2026-11-18_" + id(list[0].ID), nil, 200, []string{"302610000000002"}, nil},
	})
	if got := s.as("clerk").get("/todos", "Accept-Language", "en").body; !strings.Contains(got, "302610000000002") {
		t.Error("the list in English")
	}
}

func TestSeveralTodosAreDoneAtOnce(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	customer, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest, ClerkID: s.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	var made []db.Todo
	for i, kind := range []string{"parcel_stuck", "parcel_lost", "parcel_lost"} {
		made = append(made, db.Todo{Kind: kind, Key: id(int64(i + 1)), CustomerID: customer, Args: map[string]string{"number": "30261000000000" + id(int64(i+1)), "hours": "60", "limit": "48"}})
	}
	if _, err := s.DB.AddTodos(ctx, policy.SystemActor("test"), made); err != nil {
		t.Fatal(err)
	}
	list, _, err := s.DB.Todos(ctx, boss, db.TodoFilter{})
	if err != nil || len(list) != 3 {
		t.Fatalf("%d to-dos, %v", len(list), err)
	}
	pick := func(i int) string { return id(list[i].ID) + "_1" }
	two := url.Values{"pick": {pick(0), pick(1)}, "result": {"都打过电话"}, "back": {"/todos?view=mine"}}
	undo := "/todos/reopen?ids=" + id(list[0].ID) + "," + id(list[1].ID) + "," + id(list[2].ID) + "&back=%2Ftodos%3Fview%3Dmine"
	s.run([]scenario{
		{"a stranger", "", http.MethodPost, "/todos/do", two, 303, []string{"/login"}, nil},
		{"a courier", "courier", http.MethodPost, "/todos/do", two, 403, nil, nil},
		{"who only looks", "auditor", http.MethodPost, "/todos/do", two, 403, nil, nil},
		{"how many of which kind", "clerk", "", "/todos", nil, 200, []string{`滞留件 <b class="num">1</b>`, `遗失件 <b class="num">2</b>`, `value="` + pick(0) + `"`, "都办完"}, nil},
		{"the figure's list", "clerk", "", "/todos?kind=parcel_lost&view=mine", nil, 200, []string{"共 2 件", `aria-current="page"`}, nil},
		{"none picked", "clerk", http.MethodPost, "/todos/do", url.Values{"result": {"x"}, "back": {"/todos?view=mine"}}, 422, []string{"先勾选要办完的", `value="x"`}, nil},
		{"without a word: what was picked stays so", "clerk", http.MethodPost, "/todos/do", url.Values{"pick": {pick(0)}, "back": {"/todos?kind=parcel_stuck&view=mine"}}, 422, []string{"写一句结果", "checked", "共 1 件"}, nil},
		{"with too many", "clerk", http.MethodPost, "/todos/do", url.Values{"pick": {pick(0)}, "result": {strings.Repeat("长", 201)}, "back": {"//evil.example/"}}, 422, []string{"最多 200 个字", "共 3 件"}, nil},
		{"another branch does none", "boss2", http.MethodPost, "/todos/do", two, 303, []string{"/todos?view=mine"}, nil},
		{"nothing was done", "clerk", "", "/todos", nil, 200, []string{"共 3 件"}, nil},
		{"two of three", "clerk", http.MethodPost, "/todos/do", two, 303, []string{"/todos?view=mine"}, nil},
		{"said, with a way back", "clerk", "", "/todos", nil, 200, []string{"办完了 2 件", "/todos/reopen?ids=", "共 1 件"}, nil},
		{"somebody was quicker with one", "boss", http.MethodPost, "/todos/do", url.Values{"pick": {pick(1), pick(2)}, "result": {"我也打了"}, "back": {"/todos?view=branch"}}, 303, []string{"/todos?view=branch"}, nil},
		{"said", "boss", "", "/todos?view=branch", nil, 200, []string{"办完了 1 件，1 件刚才有人动过"}, nil},
		{"the clerk takes back their own two", "clerk", http.MethodPost, undo, nil, 303, []string{"/todos?view=mine"}, nil},
		{"two are open again", "clerk", "", "/todos", nil, 200, []string{"共 2 件"}, []string{list[2].Args["number"]}},
	})
}
