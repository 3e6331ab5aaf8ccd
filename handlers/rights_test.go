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

// asked opens a client of West with a contact and returns their ids.
func asked(s *site, name, contact string) (customer, person int64) {
	s.t.Helper()
	ctx, boss := context.Background(), s.As(s.t, s.BossWest)
	id, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: name, OwnerID: s.RepWest, Phones: []string{"13871239846"}},
		db.Contact{Name: contact, Primary: true, Phones: []string{"15927163548"}})
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := s.Contacts(ctx, boss.Scope(policy.CustomerRead), id)
	if err != nil || len(list) != 1 {
		s.t.Fatal(list, err)
	}
	return id, list[0].ID
}

func TestConsentsAreWrittenDownAndTakenBack(t *testing.T) {
	s := newSite(t)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	_, foreign := asked(s, "另一家", "司徒别样")
	path := "/customers/" + id(customer) + "/contacts/" + id(contact) + "/consent"
	say := func(what string) url.Values {
		return url.Values{"source": {"phone"}, "day": {"2026-11-21"}, "say": {what}}
	}
	s.run([]scenario{
		{name: "a stranger signs in first", path: path, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "the courier may not", who: "courier", path: path, status: http.StatusForbidden},
		{name: "another rep does not see the client", who: "rep2", path: path, status: http.StatusNotFound, never: []string{"欧阳鹮"}},
		{name: "another branch neither", who: "boss2", method: "POST", path: path, form: say("given:marketing"), status: http.StatusNotFound},
		{name: "a contact of another client by a forged id", who: "rep", path: "/customers/" + id(customer) + "/contacts/" + id(foreign) + "/consent", status: http.StatusNotFound},
		{name: "the rep sees that nobody asked", who: "rep", path: path, status: http.StatusOK, want: []string{"没问过", "营销", "欧阳鹮"}},
		{name: "without a day the form comes back with what was chosen", who: "rep", method: "POST", path: path, form: url.Values{"source": {"paper"}, "note": {"合同第6条"}, "say": {"given:marketing"}}, status: http.StatusUnprocessableEntity, want: []string{"合同第6条"}},
		{name: "a purpose that nobody has", who: "rep", method: "POST", path: path, form: say("given:spying"), status: http.StatusForbidden},
		{name: "a yes", who: "rep", method: "POST", path: path, form: say("given:marketing"), status: http.StatusSeeOther, want: []string{path}},
		{name: "is said", who: "rep", path: path, status: http.StatusOK, want: []string{"已记下：欧阳鹮 同意", "撤回"}},
		{name: "the same form once more", who: "rep", method: "POST", path: path, form: say("given:marketing"), status: http.StatusSeeOther},
		{name: "changes nothing", who: "rep", path: path, status: http.StatusOK, want: []string{"已经是这样了"}},
		{name: "stands on the card", who: "rep", path: "/customers/" + id(customer), status: http.StatusOK, want: []string{"营销", path}},
		{name: "and in the list", who: "boss", path: "/consents?purpose=marketing&state=may", status: http.StatusOK, want: []string{"欧阳鹮"}, never: []string{"司徒别样"}},
		{name: "another branch's list is empty", who: "boss2", path: "/consents?purpose=marketing&state=may", status: http.StatusOK, never: []string{"欧阳鹮"}},
		{name: "who sees masked numbers sees them masked here", who: "region", path: "/consents?purpose=marketing&state=may", status: http.StatusOK, want: []string{"159 **** 3548"}, never: []string{"159 2716 3548"}},
		{name: "taken back", who: "rep", method: "POST", path: path, form: say("withdrawn:marketing"), status: http.StatusSeeOther},
		{name: "no longer in the list", who: "boss", path: "/consents?purpose=marketing&state=may", status: http.StatusOK, never: []string{"欧阳鹮"}},
		{name: "but among those who took it back", who: "boss", path: "/consents?purpose=marketing&state=withdrawn", status: http.StatusOK, want: []string{"欧阳鹮"}},
	})
}

func TestARequestIsEnteredAnsweredAndErasedByTwo(t *testing.T) {
	s := newSite(t)
	customer, _ := asked(s, "鹮鹳纺织", "欧阳鹮")
	boss, region := s.as("boss"), s.as("region")
	form := url.Values{"key": {"k1"}, "customer": {id(customer)}, "kind": {"erasure"}, "channel": {"phone"}, "received": {"2026-11-20"}, "asked": {"请删掉我的信息"}}
	a := boss.post("/requests", form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.status, excerpt(a.body))
	}
	page := a.to()
	if again := boss.post("/requests", form); again.to() != page {
		t.Errorf("the same form sent twice leads to %q, not %q", again.to(), page)
	}
	s.run([]scenario{
		{name: "a stranger", path: page, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a rep may not", who: "rep", path: page, status: http.StatusForbidden},
		{name: "another branch's manager does not see it", who: "boss2", path: page, status: http.StatusNotFound, never: []string{"鹮鹳"}},
		{name: "nor confirm it", who: "boss2", method: "POST", path: page + "/confirm", form: url.Values{"version": {"1"}, "sure": {"1"}}, status: http.StatusNotFound},
		{name: "nor open one for the client", who: "boss2", method: "POST", path: "/requests", form: form, status: http.StatusNotFound},
		{name: "the register says when it is due", who: "boss", path: "/requests", status: http.StatusOK, want: []string{"要删除", "鹮鹳纺织", "打印于 2026-11-21", "data-print"}},
		{name: "an erasure is not answered as done", who: "boss", method: "POST", path: page + "/answer", form: url.Values{"version": {"1"}, "state": {"done"}, "reply": {"已删"}}, status: http.StatusForbidden},
		{name: "it is no copy", who: "boss", method: "POST", path: page + "/copy", status: http.StatusForbidden},
		{name: "what goes and what stays", who: "boss", path: page, status: http.StatusOK, want: []string{"会删掉", "会留下", "提交，请另一人确认"}},
		{name: "confirmed before it was proposed", who: "region", method: "POST", path: page + "/confirm", form: url.Values{"version": {"1"}, "sure": {"1"}}, status: http.StatusSeeOther},
		{name: "does nothing", who: "region", path: page, status: http.StatusOK, want: []string{"刚才有人处理过了"}},
		{name: "proposed", who: "boss", method: "POST", path: page + "/propose", form: url.Values{"version": {"1"}}, status: http.StatusSeeOther},
		{name: "who proposed it cannot confirm it", who: "boss", method: "POST", path: page + "/confirm", form: url.Values{"version": {"2"}, "sure": {"1"}}, status: http.StatusSeeOther},
		{name: "and is told", who: "boss", path: page, status: http.StatusOK, want: []string{"提交的人不能自己确认"}, never: []string{"确认删除</"}},
		{name: "the client is still there", who: "boss", path: "/customers/" + id(customer), status: http.StatusOK},
	})
	if a := region.post(page+"/confirm", url.Values{"version": {"2"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "先勾选") {
		t.Errorf("without the tick: %d", a.status)
	}
	if a := region.post(page+"/confirm", url.Values{"version": {"2"}, "sure": {"1"}}); a.status != http.StatusSeeOther {
		t.Fatalf("confirm: %d\n%s", a.status, excerpt(a.body))
	}
	if a := boss.get(page); a.status != http.StatusOK || strings.Contains(a.body, "鹮") || !strings.Contains(a.body, "已删除。可以这样答复") {
		t.Errorf("the request afterwards: %d\n%s", a.status, excerpt(a.body))
	}
	for _, path := range []string{"/customers", "/customers?q=" + url.QueryEscape("鹮鹳"), "/search?q=13871239846", "/customers/bin", "/visits", "/requests?all=1", "/consents?purpose=service&state=not_asked", "/audit"} {
		if a := boss.get(path); strings.Contains(a.body, "鹮鹳纺织") || strings.Contains(a.body, "欧阳鹮") {
			t.Errorf("%s still names the client", path)
		}
	}
	if a := boss.get("/customers/" + id(customer)); a.status != http.StatusNotFound {
		t.Errorf("the client's page: %d", a.status)
	}
	if a := boss.post("/customers/"+id(customer)+"/restore", url.Values{}); a.status != http.StatusNotFound {
		t.Errorf("taken out of the recycle bin: %d", a.status)
	}
}

func TestACopyHoldsEverythingAndIsOnRecord(t *testing.T) {
	s := newSite(t)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	boss := s.as("boss")
	a := boss.post("/requests", url.Values{"customer": {id(customer)}, "contact": {id(contact)}, "kind": {"copy"}, "channel": {"wechat"}, "received": {"2026-11-21"}, "asked": {"要一份"}})
	page := a.to()
	if a := boss.post(page+"/copy", url.Values{}); a.status != http.StatusOK || !strings.HasPrefix(a.body, "PK") {
		t.Fatalf("copy: %d", a.status)
	}
	if a := s.as("boss2").post(page+"/copy", url.Values{}); a.status != http.StatusNotFound {
		t.Errorf("another branch copies: %d", a.status)
	}
	if a := s.as("chief").get("/audit"); a.status != http.StatusOK || !strings.Contains(a.body, "交出了个人信息副本") {
		t.Errorf("the copy is not on record: %d\n%s", a.status, excerpt(a.body))
	}
	if a := boss.post(page+"/answer", url.Values{"version": {"1"}, "state": {"done"}, "reply": {"已当面交给本人"}}); a.status != http.StatusSeeOther {
		t.Errorf("answer: %d", a.status)
	}
	if a := boss.get("/requests"); strings.Contains(a.body, "欧阳鹮") {
		t.Error("an answered request still waits")
	}
}

func TestADeadlineInAYearThatIsNotAnnouncedSaysSo(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	customer, err := s.CreateCustomer(ctx, s.As(t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	const said = "2027 年放假安排未公布，期限先按周一到周五算"
	form := func(key string) url.Values {
		return url.Values{"key": {key}, "customer": {id(customer)}, "kind": {"copy"}, "channel": {"wechat"}, "received": {s.Clock.Now().Format(time.DateOnly)}, "asked": {"要一份"}}
	}
	page := s.as("boss").post("/requests", form("a")).to()
	s.run([]scenario{
		{"a deadline of this year says nothing", "boss", "", page, nil, 200, nil, []string{"未公布"}},
		{"nor does the form", "boss", "", "/requests/new?customer=" + id(customer), nil, 200, nil, []string{"未公布"}},
	})
	s.Clock.Set(time.Date(2026, 12, 28, 9, 0, 0, 0, db.Zone))
	page = s.as("chief").post("/requests", form("b")).to()
	s.run([]scenario{
		{"one of the next year does", "chief", "", page, nil, 200, []string{said}, nil},
		{"in the form", "chief", "", "/requests/new?customer=" + id(customer), nil, 200, []string{said}, nil},
		{"and in the register", "chief", "", "/requests", nil, 200, []string{said}, nil},
	})
}
