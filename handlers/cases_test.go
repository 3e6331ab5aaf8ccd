package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
)

// changed is a form with some fields said otherwise; an empty value leaves the
// field empty.
func changed(form url.Values, change ...string) url.Values {
	out := url.Values{}
	for name, value := range form {
		out[name] = value
	}
	for i := 0; i < len(change); i += 2 {
		out.Set(change[i], change[i+1])
	}
	return out
}

// caseSite is a site with a client of the rep's, whom the clerk serves, and a
// complaint of that client which the clerk handles.
func caseSite(t *testing.T) (s *site, customer, path string) {
	t.Helper()
	s = newSite(t)
	ctx := context.Background()
	n, err := s.CreateCustomer(ctx, s.As(t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果母婴用品有限公司", Class: "A", OwnerID: s.RepWest, ClerkID: s.ClerkWest, Phones: []string{"13912345678"}})
	if err != nil {
		t.Fatal(err)
	}
	c := db.Case{Kind: casework.Complaint, CustomerID: n, Channel: casework.Phone, CauseID: 1, Severity: casework.Serious, Caller: "王国平", CallerPhone: "13912345678", Said: "打 13912345678 说昨天就该到"}
	at, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: c})
	if err != nil {
		t.Fatal(err)
	}
	return s, id(n), "/cases/" + id(at)
}

func TestACaseIsForThoseWhoMayAndTheirClients(t *testing.T) {
	s, customer, path := caseSite(t)
	form := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"minor"}, "channel": {"phone"}, "cause": {"2"}, "said": {"外箱压坏"}, "key": {"case-key-0000000001"}}
	edit := changed(form, "version", "1", "said", "外箱压坏了两件", "key", "")
	var list []scenario
	for _, p := range []string{"/cases", "/cases/new", path, path + "/edit", path + "/do/tell", path + "/accept", path + "/join/merge"} {
		list = append(list, scenario{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil})
	}
	for _, p := range []string{"/cases", path, path + "/do/take", path + "/do/tell", path + "/accept", path + "/join/merge", path + "/pause", path + "/resume", path + "/client", path + "/delete"} {
		list = append(list, scenario{"who only looks sends to " + p, "auditor", http.MethodPost, p, edit, 403, nil, nil})
	}
	s.run(append(list, []scenario{
		{"the form", "clerk", "", "/cases/new?customer=" + customer, nil, 200, []string{"松果母婴", "登记工单"}, nil},
		{"another branch's client is nobody", "clerk2", "", "/cases/new?customer=" + customer, nil, 200, nil, []string{"松果母婴", "13912345678"}},
		{"nor is what is known of them", "clerk2", "", "/cases/client?customer=" + customer, nil, 404, nil, []string{"松果母婴"}},
		{"nobody calls", "clerk", http.MethodPost, "/cases", changed(form, "customer", ""), 422, []string{"找到客户，写来电人或号码，或者写运单号", "外箱压坏"}, nil},
		{"nothing said", "clerk", http.MethodPost, "/cases", changed(form, "said", ""), 422, []string{"写一句客户怎么说"}, nil},
		{"a word that is none", "clerk", http.MethodPost, "/cases", changed(form, "severity", "terrible"), 422, nil, nil},
		{"a ticket without its number", "clerk", http.MethodPost, "/cases", changed(form, "channel", "postal"), 422, []string{"总部工单和邮政申诉要写号"}, nil},
		{"another branch registers for this client", "clerk2", http.MethodPost, "/cases", form, 422, []string{"这位客户已不在", "外箱压坏"}, []string{"松果母婴"}},
		{"registered", "clerk", http.MethodPost, "/cases", form, 303, []string{"/cases/"}, nil},
		{"sent twice, done once", "clerk", http.MethodPost, "/cases", form, 303, []string{"/cases/"}, nil},
		{"the list", "clerk", "", "/cases", nil, 200, []string{"共 2 件", "松果母婴"}, nil},
		{"the rep's own client", "rep", "", path, nil, 200, []string{"13912345678"}, nil},
		{"another rep's client", "rep2", "", path, nil, 404, nil, []string{"松果母婴"}},
		{"and list", "rep2", "", "/cases?show=all", nil, 200, nil, []string{"松果母婴"}},
		{"another branch", "clerk2", "", path, nil, 404, nil, []string{"松果母婴"}},
		{"and list, by the client's id", "boss2", "", "/cases?show=all&customer=" + customer, nil, 200, nil, []string{"松果母婴", "13912345678"}},
		{"a courier who did not write it", "courier", "", path, nil, 404, nil, nil},
		{"the auditor's is masked", "auditor", "", path, nil, 200, []string{"说昨天就该到"}, []string{"13912345678"}},
		{"and corrects nothing", "auditor", "", path + "/edit", nil, 403, nil, nil},
		{"a region's manager works on it, and sees no number", "region", "", path, nil, 200, []string{"说昨天就该到", path + "/do/tell"}, []string{"13912345678", path + "/edit"}},
		{"nor on a form", "region", "", path + "/edit", nil, 403, nil, []string{"13912345678"}},
		{"nor by sending one", "region", http.MethodPost, path, edit, 403, nil, []string{"13912345678"}},
		{"nor one that is too old", "region", http.MethodPost, path, changed(edit, "version", "0"), 403, nil, []string{"13912345678"}},
		{"nor where the client is looked for", "region", "", path + "/client", nil, 200, nil, []string{"13912345678"}},
		{"no workbook for a rep", "rep", "", "/cases/export", nil, 403, nil, nil},
		{"another branch corrects it", "clerk2", http.MethodPost, path, edit, 404, nil, nil},
		{"corrected", "clerk", http.MethodPost, path, edit, 303, []string{path}, nil},
		{"over what was not read", "clerk", http.MethodPost, path, changed(edit, "said", "外箱压坏了三件", "cause", "1", "numbers", "SF1234567890123"), 422, []string{"有人先改过了", "外箱压坏了三件", "外箱压坏了两件", "运单号", "SF1234567890123", "原因"}, nil},
		{"into the bin by another branch", "clerk2", http.MethodPost, path + "/delete", url.Values{"version": {"2"}}, 404, nil, nil},
	}...))
}

func TestActsOnACaseAreForThoseWhoMayAndInTheirOrder(t *testing.T) {
	s, _, path := caseSite(t)
	told := url.Values{"version": {"1"}, "how": {"phone"}, "text": {"当天派到，收件人 13812340000 签的"}, "satisfied": {"no"}}
	var list []scenario
	for _, act := range []string{"take", "hand", "step", "note", "answer", "tell", "call", "close", "ask", "reopen", "escalate", "review"} {
		p := path + "/do/" + act
		list = append(list, scenario{"a stranger: " + act, "", http.MethodPost, p, told, 303, []string{"/login"}, nil}, scenario{"another branch: " + act, "clerk2", http.MethodPost, p, told, 404, nil, nil},
			scenario{"another rep: " + act, "rep2", http.MethodPost, p, told, 404, nil, nil}, scenario{"its page for another branch: " + act, "clerk2", "", p, nil, 404, nil, nil})
	}
	s.run(append(list, []scenario{
		{"an act that is none", "clerk", http.MethodPost, path + "/do/burn", told, 404, nil, nil},
		{"a clerk joins none", "clerk", http.MethodPost, path + "/join/merge", told, 403, nil, nil},
		{"nor accepts", "clerk", http.MethodPost, path + "/accept", told, 403, nil, nil},
		{"closed before the client knows", "clerk", http.MethodPost, path + "/do/close", url.Values{"version": {"1"}}, 422, nil, nil},
		{"told without a word", "clerk", http.MethodPost, path + "/do/tell", changed(told, "text", ""), 422, []string{"请填写"}, nil},
		{"told, and not content", "clerk", http.MethodPost, path + "/do/tell", told, 303, []string{path}, nil},
		{"told by who did not see that: what was typed stays", "clerk", http.MethodPost, path + "/do/tell", told, 422, []string{"刚才有人先办了", "当天派到"}, nil},
		{"what was found is masked", "region", "", path, nil, 200, []string{"当天派到"}, []string{"13812340000"}},
		{"on its form, too", "region", "", path + "/do/tell", nil, 200, nil, []string{"13812340000"}},
		{"and stands there for who sees it", "clerk", "", path + "/do/tell", nil, 200, []string{"13812340000"}, nil},
		{"still not closed", "clerk", http.MethodPost, path + "/do/close", url.Values{"version": {"2"}}, 422, nil, nil},
		{"a leader of another branch accepts", "boss2", http.MethodPost, path + "/accept", url.Values{"version": {"2"}}, 404, nil, nil},
	}...))
}

func TestClaimsAreApprovedByAmount(t *testing.T) {
	s, _, path := caseSite(t)
	claim := url.Values{"asked": {"150"}, "note": {"一箱奶粉"}, "key": {"claim-key-0000000001"}}
	s.run([]scenario{
		{"a stranger", "", http.MethodPost, path + "/claims", claim, 303, []string{"/login"}, nil},
		{"who only looks", "auditor", http.MethodPost, path + "/claims", claim, 403, nil, nil},
		{"a rep asks for none", "rep", http.MethodPost, path + "/claims", claim, 403, nil, nil},
		{"another branch", "clerk2", http.MethodPost, path + "/claims", claim, 404, nil, nil},
		{"no amount", "clerk", http.MethodPost, path + "/claims", changed(claim, "asked", "很多"), 422, []string{"很多"}, nil},
		{"asked", "clerk", http.MethodPost, path + "/claims", claim, 303, []string{"/claims/"}, nil},
		{"another branch's list", "boss2", "", "/claims", nil, 200, nil, []string{"松果母婴", "150.00"}},
		{"another rep's list", "rep2", "", "/claims", nil, 200, nil, []string{"松果母婴", "150.00"}},
		{"asked is not agreed", "clerk", "", "/claims?state=agreed", nil, 200, nil, []string{"松果母婴"}},
		{"the branch's", "boss", "", "/claims", nil, 200, []string{"松果母婴", "150"}, nil},
		{"a rep exports none", "rep", "", "/claims/export", nil, 403, nil, nil},
	})
}

func TestAProposedClaimIsNotAnAgreedOne(t *testing.T) {
	s, _, path := caseSite(t)
	ctx := context.Background()
	at, err := s.AskClaim(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.Claim{CaseID: db.ParseID(path[len("/cases/"):]), Asked: 90_000, Note: "一箱奶粉"})
	if err != nil {
		t.Fatal(err)
	}
	page := "/claims/" + id(at)
	offer := url.Values{"version": {"1"}, "agreed": {"876"}, "bearer": {"branch"}, "courier": {""}, "part": {"876"}}
	long := strings.Repeat("贝", 600)
	s.run([]scenario{
		{"a note without end", "clerk", http.MethodPost, page + "/propose", changed(offer, "note", long), 422, []string{"最多 500 个字"}, nil},
		{"proposed", "clerk", http.MethodPost, page + "/propose", offer, 303, nil, nil},
		{"its page says how much", "boss", "", page, nil, 200, []string{"876", "批准"}, nil},
		{"the list calls nothing agreed", "boss", "", "/claims", nil, 200, []string{"待批准"}, []string{"876"}},
		{"nor those that are", "boss", "", "/claims?state=agreed", nil, 200, []string{"没有这样的理赔"}, nil},
		{"somebody was faster: the words stay", "clerk", http.MethodPost, page + "/propose", changed(offer, "note", "连同运费"), 422, []string{"刚才有人先办了", "连同运费"}, nil},
		{"refused without a reason", "boss", http.MethodPost, page + "/decide", url.Values{"version": {"2"}, "do": {"refuse"}}, 422, []string{"请写明原因"}, nil},
		{"approved", "boss", http.MethodPost, page + "/decide", url.Values{"version": {"2"}, "do": {"approve"}}, 303, nil, nil},
		{"agreed now", "boss", "", "/claims?state=agreed", nil, 200, []string{"876"}, nil},
	})
}

func TestTheBoardIsTheListByItsSteps(t *testing.T) {
	s, customer, path := caseSite(t)
	s.run([]scenario{
		{"a stranger", "", "", "/cases/board", nil, 303, []string{"/login"}, nil},
		{"the clerk", "clerk", "", "/cases/board", nil, 200, []string{"没结的 1 件", "松果母婴", path, path + "/do/", `href="/cases?step=accept"`}, []string{"13912345678"}},
		{"with a filter of the list", "clerk", "", "/cases/board?kind=suggestion", nil, 200, []string{"没有符合的工单", `href="/cases/board"`}, []string{"松果母婴"}},
		{"an order of the list is none here", "clerk", "", "/cases/board?sort=newest&show=closed", nil, 200, []string{"松果母婴"}, nil},
		{"a step that is none", "clerk", "", "/cases/board?step=burnt", nil, 200, []string{"松果母婴"}, nil},
		{"who only looks has no acts", "auditor", "", "/cases/board", nil, 200, []string{"松果母婴"}, []string{path + "/do/", "13912345678"}},
		{"another rep", "rep2", "", "/cases/board", nil, 200, []string{"没有没结的工单"}, []string{"松果母婴"}},
		{"another branch, by the client's id", "boss2", "", "/cases/board?customer=" + customer, nil, 200, nil, []string{"松果母婴"}},
	})
	if r := s.as("clerk").post(path+"/do/take", url.Values{"version": {"1"}}, "Referer", s.url+"/cases/board?customer="+customer); r.to() != "/cases/board?customer="+customer {
		t.Errorf("an act from the board leads to %q", r.to())
	}
}

func TestATodoOfAClockOpensItsCaseAndMoneyKeepsOne(t *testing.T) {
	s, _, path := caseSite(t)
	ctx := context.Background()
	s.Clock.Set(s.Clock.Now().Add(7 * 24 * time.Hour))
	if n, err := s.ClimbCases(ctx, policy.SystemActor("ladder")); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	caseID := db.ParseID(strings.TrimPrefix(path, "/cases/"))
	money, err := s.AskClaim(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.Claim{CaseID: caseID, Asked: 150_00, Note: "压碎"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProposeClaim(ctx, s.As(t, s.ClerkWest), db.CaseRef{ID: money, Version: 1}, 100_00, []casework.Share{{Bearer: casework.BearerBranch, Amount: 100_00}}, ""); err != nil {
		t.Fatal(err)
	}
	x, err := s.Case(ctx, s.As(t, s.ClerkWest), caseID)
	if err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{
		{"its to-do leads to it", "clerk", "", "/todos", nil, 200, []string{"工单时限", `href="` + path + `"`}, nil},
		{"deleted", "boss", http.MethodPost, path + "/delete", url.Values{"version": {strconv.FormatInt(x.Version, 10)}}, 303, []string{path}, nil},
		{"it is there, and says why", "boss", "", path, nil, 200, []string{"不能删除"}, nil},
	})
}

func TestViewsOfCasesAreKeptRenamedAndOpenFirst(t *testing.T) {
	s, _, _ := caseSite(t)
	clerk, boss := s.as("clerk"), s.as("boss")
	if a := clerk.post("/cases/views", url.Values{"name": {"超时投诉"}, "q": {"kind=complaint&due=late&evil=1"}}); a.to() != "/cases?due=late&kind=complaint" {
		t.Fatalf("kept: %d to %q", a.status, a.to())
	}
	if a := clerk.post("/cases/views", url.Values{"name": {"我的看板"}, "page": {"board"}, "q": {"who=mine&show=closed&step=tell"}}); a.to() != "/cases/board?who=mine" {
		t.Fatalf("the board kept: %d to %q", a.status, a.to())
	}
	if strings.Contains(boss.get("/cases").body, "超时投诉") {
		t.Error("another person sees it")
	}
	for _, page := range []string{"/cases", "/cases/board"} {
		if body := clerk.get(page).body; !strings.Contains(body, "/cases/board?who=mine") || !strings.Contains(body, "/cases?due=late&amp;kind=complaint") {
			t.Errorf("%s does not offer the views", page)
		}
	}
	if a := clerk.post("/cases/views/rename", url.Values{"name": {"超时投诉"}, "to": {"我的看板"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "已有叫「我的看板」的视图") {
		t.Errorf("two of one name: %d", a.status)
	}
	clerk.post("/cases/views/rename", url.Values{"name": {"超时投诉"}, "to": {"迟了的"}})
	clerk.post("/cases/views/first", url.Values{"name": {"迟了的"}})
	if a := clerk.get("/cases"); a.to() != "/cases?due=late&kind=complaint" {
		t.Errorf("the list opens with %q", a.to())
	}
	if a := clerk.get("/cases?all=1"); a.status != 200 || !strings.Contains(a.body, "共 1 件") {
		t.Errorf("all of them: %d", a.status)
	}
	if body := clerk.get("/cases?kind=complaint").body; !strings.Contains(body, `href="/cases?all=1"`) {
		t.Error("the last filter taken out leads back to the view")
	}
	clerk.post("/cases/views/first", url.Values{"name": {"我的看板"}})
	if a := clerk.get("/cases"); a.to() != "/cases/board?who=mine" {
		t.Errorf("the list opens with %q, not the board", a.to())
	}
	clerk.post("/cases/views/remove", url.Values{"name": {"我的看板"}})
	if a := clerk.get("/cases"); a.status != 200 {
		t.Errorf("without the view that opened first: %d", a.status)
	}
}

func TestTheColumnsOfCasesAreChosen(t *testing.T) {
	s, _, _ := caseSite(t)
	clerk := s.as("clerk")
	if body := clerk.get("/cases").body; !strings.Contains(body, "说昨天就该到") || strings.Contains(body, `data-label="怎么来的"`) {
		t.Error("not the usual columns")
	}
	if a := clerk.post("/cases/columns", url.Values{"column": {"channel", "nonsense", "branch", "solve_due"}, "q": {"kind=complaint"}}); a.to() != "/cases?kind=complaint" {
		t.Fatalf("columns: %d to %q", a.status, a.to())
	}
	body := clerk.get("/cases").body
	for _, want := range []string{`data-label="怎么来的">电话`, "城西网点", `data-label="解决期限"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q does not appear", want)
		}
	}
	if strings.Contains(body, "说昨天就该到") {
		t.Error("a column that was not chosen")
	}
}

func TestAPauseEndsAtTheTimeThatWasPicked(t *testing.T) {
	s, _, path := caseSite(t)
	clerk := s.as("clerk")
	if body := clerk.get(path).body; !strings.Contains(body, "1 个工作日，到") || strings.Contains(body, path+"/extend") {
		t.Error("the page does not offer until when")
	}
	for name, form := range map[string]url.Values{
		"no end":   {"reason": {"client"}},
		"past":     {"reason": {"client"}, "until": {"other"}, "day": {"2020-01-01"}},
		"too long": {"reason": {"client"}, "until": {"other"}, "day": {"2030-01-01"}},
		"no time":  {"reason": {"client"}, "until": {"other"}},
		"99 days":  {"reason": {"client"}, "until": {"99"}},
	} {
		clerk.post(path+"/pause", form)
		if body := clerk.get(path).body; !strings.Contains(body, "时限没有变") || strings.Contains(body, path+"/extend") {
			t.Errorf("%s: it is paused", name)
		}
	}
	clerk.post(path+"/pause", url.Values{"reason": {"client"}, "until": {"1"}, "note": {"等照片"}})
	body := clerk.get(path).body
	for _, want := range []string{"停到", "到点自己接着走", path + "/extend", "等照片"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q does not appear", want)
		}
	}
	if body := clerk.get("/cases").body; !strings.Contains(body, "停到") {
		t.Error("the list does not say until when")
	}
	clerk.post(path+"/extend", url.Values{"until": {"2"}, "note": {""}})
	if body := clerk.get(path).body; strings.Contains(body, "改成停到") {
		t.Error("longer without a reason")
	}
	clerk.post(path+"/extend", url.Values{"until": {"2"}, "note": {"客户出差"}})
	if body := clerk.get(path).body; !strings.Contains(body, "改成停到") || !strings.Contains(body, "客户出差") {
		t.Error("the history does not say that it was extended")
	}
	clerk.post(path+"/resume", url.Values{})
	if body := clerk.get(path).body; strings.Contains(body, path+"/extend") {
		t.Error("it is still paused")
	}
}
