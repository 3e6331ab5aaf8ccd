package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestABreachIsWorkedThroughAndSaysWhoCouldBeSeen(t *testing.T) {
	s := newSite(t)
	customer, _ := asked(s, "鹮鹳纺织", "欧阳鹮")
	s.as("rep").get("/customers/" + id(customer))
	chief := s.as("chief")
	form := url.Values{"key": {"b1"}, "title": {"业务员手机丢失"}, "found": {"2026-11-21"}, "branch": {id(s.West)}, "account": {"rep"}, "from": {"2026-11-01"}, "to": {"2026-11-21"}, "about": {"相册里有面单"}}
	a := chief.post("/breaches", form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.status, excerpt(a.body))
	}
	page := a.to()
	if again := chief.post("/breaches", form); again.to() != page {
		t.Errorf("sent twice leads to %q, not %q", again.to(), page)
	}
	step := func(step string) url.Values { return url.Values{"step": {step}, "note": {"已处理"}} }
	s.run([]scenario{
		{name: "a stranger signs in first", path: page, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a branch manager may not", who: "boss", path: page, status: http.StatusForbidden},
		{name: "nor enter one", who: "boss", method: "POST", path: "/breaches", form: form, status: http.StatusForbidden},
		{name: "a region has no such right either", who: "region", path: "/breaches", status: http.StatusForbidden},
		{name: "the auditor reads", who: "auditor", path: page, status: http.StatusOK, want: []string{"止住", "法律要求"}, never: []string{"做好了"}},
		{name: "and takes no step", who: "auditor", method: "POST", path: page + "/step", form: step("stop"), status: http.StatusForbidden},
		{name: "an account that nobody has comes back", who: "chief", method: "POST", path: "/breaches", form: url.Values{"title": {"名单发错了"}, "found": {"2026-11-21"}, "branch": {id(s.West)}, "account": {"nobody"}}, status: http.StatusUnprocessableEntity, want: []string{"没有这个用户名", "名单发错了"}},
		{name: "a day to come", who: "chief", method: "POST", path: "/breaches", form: url.Values{"title": {"x"}, "found": {"2027-11-21"}, "branch": {id(s.West)}}, status: http.StatusUnprocessableEntity, want: []string{"这一天还没到"}},
		{name: "a branch that there is not", who: "chief", method: "POST", path: "/breaches", form: url.Values{"title": {"x"}, "found": {"2026-11-21"}, "branch": {"12345"}}, status: http.StatusNotFound},
		{name: "whom the account could see", who: "chief", path: page, status: http.StatusOK, want: []string{"鹮鹳纺织", "共 1 位客户", "exposed.xlsx"}},
		{name: "another account saw nobody", who: "chief", path: page + "?account=clerk&from=2026-11-01&to=2026-11-21", status: http.StatusOK, want: []string{"共 0 位客户"}, never: []string{"鹮鹳纺织"}},
		{name: "too long a span", who: "chief", path: page + "?from=2024-01-01&to=2026-11-21", status: http.StatusUnprocessableEntity, want: []string{"一次最多查"}},
		{name: "days that are none", who: "chief", path: page + "?from=x&to=", status: http.StatusUnprocessableEntity, want: []string{"请填日期"}},
		{name: "a step", who: "chief", method: "POST", path: page + "/step", form: step("stop"), status: http.StatusSeeOther},
		{name: "a step that there is not", who: "chief", method: "POST", path: page + "/step", form: step("dance"), status: http.StatusForbidden},
		{name: "is said with its note", who: "chief", path: page, status: http.StatusOK, want: []string{"已处理", "钱总"}},
		{name: "not closed yet", who: "chief", method: "POST", path: page + "/close", form: url.Values{"version": {"1"}}, status: http.StatusSeeOther},
		{name: "which is said", who: "chief", path: page, status: http.StatusOK, want: []string{"做完，才能办结"}},
		{name: "whom to call takes a reason", who: "chief", method: "POST", path: "/breaches/contacts", form: url.Values{"read": {"0"}, "contact.authority": {"0571-12345"}}, status: http.StatusUnprocessableEntity, want: []string{"0571-12345"}},
		{name: "whom to call", who: "chief", method: "POST", path: "/breaches/contacts", form: url.Values{"read": {"0"}, "contact.authority": {"0571-12345"}, "reason": {"初填"}}, status: http.StatusSeeOther},
		{name: "stands on the page", who: "auditor", path: page, status: http.StatusOK, want: []string{"0571-12345"}},
	})
	if a := chief.get(page + "/exposed.xlsx?account=rep&from=2026-11-01&to=2026-11-21"); a.status != http.StatusOK || !strings.Contains(unpacked(t, a), "鹮鹳纺织") {
		t.Errorf("the list for the letters: %d", a.status)
	}
	if a := chief.post(page+"/print", nil); a.status != http.StatusNoContent {
		t.Errorf("print: %d", a.status)
	}
	if a := s.as("boss").post(page+"/print", nil); a.status != http.StatusForbidden {
		t.Errorf("a branch manager prints it: %d", a.status)
	}
	if a := chief.get("/audit"); !strings.Contains(a.body, "打印信息泄露处理单") || !strings.Contains(a.body, "导出可能泄露的名单") {
		t.Error("the list is not on record")
	}
}

func TestADataUseRecordAnswersWhatIsKeptAndWhoLooked(t *testing.T) {
	s := newSite(t)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	s.as("rep").get("/customers/" + id(customer))
	s.as("rep").post("/customers/"+id(customer)+"/contacts/"+id(contact)+"/consent", url.Values{"source": {"phone"}, "day": {"2026-11-21"}, "say": {"given:marketing"}})
	page := "/customers/" + id(customer) + "/data"
	s.run([]scenario{
		{name: "a stranger", path: page, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a rep may not", who: "rep", path: page, status: http.StatusForbidden},
		{name: "another branch does not see the client", who: "boss2", path: page, status: http.StatusNotFound, never: []string{"鹮鹳"}},
		{name: "nor the workbook", who: "boss2", path: page + ".xlsx", status: http.StatusNotFound},
		{name: "what, what for, from where, who", who: "boss", path: page, status: http.StatusOK, want: []string{"电话", "履行合同需要", "录入", "沈雨桐", "打开资料 1 次", "营销", "默认 3 年"}, never: []string{"13871239846"}},
	})
	if a := s.as("boss").get(page + ".xlsx"); a.status != http.StatusOK || !strings.Contains(unpacked(t, a), "沈雨桐") {
		t.Errorf("the workbook: %d", a.status)
	}
	if a := s.as("boss").get("/customers/" + id(customer) + "/looks"); !strings.Contains(a.body, "导出信息使用记录") {
		t.Error("the workbook is not on record")
	}
}

func TestTheConsentRuleHasVersionsAndItsListsAreExported(t *testing.T) {
	s := newSite(t)
	asked(s, "鹮鹳纺织", "欧阳鹮")
	rule := "/rules/consent"
	form := url.Values{"read": {"0"}, "days": {"10"}, "backup": {"20"}, "new": {"会员活动"}, "reason": {"答复快一点"}}
	s.run([]scenario{
		{name: "a branch manager does not decide", who: "boss", path: rule, status: http.StatusForbidden},
		{name: "the default", who: "chief", path: rule, status: http.StatusOK, want: []string{"默认值", "15", "服务通知"}},
		{name: "not ninety days", who: "chief", method: "POST", path: rule, form: url.Values{"read": {"0"}, "days": {"90"}, "backup": {"20"}, "reason": {"慢慢来"}}, status: http.StatusUnprocessableEntity, want: []string{"填 1 到 60 的整数", "慢慢来"}},
		{name: "no purpose twice", who: "chief", method: "POST", path: rule, form: url.Values{"read": {"0"}, "days": {"10"}, "backup": {"20"}, "new": {"营销"}, "reason": {"试"}}, status: http.StatusUnprocessableEntity, want: []string{"已经有这个用途了"}},
		{name: "set", who: "chief", method: "POST", path: rule, form: form, status: http.StatusSeeOther},
		{name: "a stale page", who: "admin", method: "POST", path: rule, form: url.Values{"read": {"0"}, "days": {"12"}, "backup": {"20"}, "reason": {"我也改"}}, status: http.StatusUnprocessableEntity, want: []string{"刚才有人设了新版本", "我也改"}},
		{name: "with its version", who: "chief", path: rule, status: http.StatusOK, want: []string{"会员活动", "答复快一点", "10 个工作日答复"}},
		{name: "the purpose is in use", who: "boss", path: "/consents?purpose=own1&state=not_asked", status: http.StatusOK, want: []string{"欧阳鹮", "/consents/export"}},
		{name: "a courier exports nothing", who: "courier", path: "/consents/export?purpose=own1&state=not_asked", status: http.StatusForbidden},
		{name: "a purpose that there is not", who: "boss", path: "/consents/export?purpose=spying", status: http.StatusBadRequest},
	})
	for _, c := range []struct {
		who, path, want string
		there           bool
	}{{"boss", "/consents/export?purpose=own1&state=not_asked", "欧阳鹮", true}, {"boss2", "/consents/export?purpose=own1&state=not_asked", "欧阳鹮", false},
		{"boss", "/requests/export", "要什么", true}} {
		if a := s.as(c.who).get(c.path); a.status != http.StatusOK || strings.Contains(unpacked(t, a), c.want) != c.there {
			t.Errorf("%s %s: %d, %q there is not %v", c.who, c.path, a.status, c.want, c.there)
		}
	}
}
