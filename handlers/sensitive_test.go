package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const bankTyped, bankKept = "6222 0212 3456 7890 123", "6222021234567890123"

func TestOptionalFieldsExistOnlyWhenSwitchedOnAndEachLookIsOnRecord(t *testing.T) {
	s := newSite(t)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	_, foreign := asked(s, "另一家", "司徒别样")
	page, rule := "/customers/"+id(customer)+"/sensitive", "/rules/sensitive"
	on := url.Values{"read": {"0"}, "on.bank_account": {"1"}, "purpose.bank_account": {"理赔打款"}, "basis.bank_account": {"consent"}, "reason": {"理赔要打款"}}
	write := url.Values{"contact": {id(contact)}, "bank_account": {bankTyped}}
	ask := "?field=bank_account&contact=" + id(contact)
	show := url.Values{"field": {"bank_account"}, "contact": {id(contact)}, "purpose": {"complaint"}}
	s.run([]scenario{
		{name: "a stranger signs in first", path: rule, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a branch manager does not decide", who: "boss", path: rule, status: http.StatusForbidden},
		{name: "off by default: there is no page", who: "boss", path: page, status: http.StatusNotFound},
		{name: "nor a link to it", who: "boss", path: "/customers/" + id(customer), status: http.StatusOK, never: []string{page}},
		{name: "nor can one be written", who: "boss", method: "POST", path: page, form: write, status: http.StatusForbidden},
		{name: "a region does not decide for the company", who: "region", method: "POST", path: rule, form: on, status: http.StatusForbidden},
		{name: "on without purpose and basis", who: "chief", method: "POST", path: rule, form: url.Values{"read": {"0"}, "on.age": {"1"}, "reason": {"试"}}, status: http.StatusUnprocessableEntity, want: []string{"打开前写明用来做什么", "请选一个"}},
		{name: "without a reason, what was typed stays", who: "chief", method: "POST", path: rule, form: url.Values{"read": {"0"}, "on.age": {"1"}, "purpose.age": {"挑礼品用"}, "basis.age": {"consent"}}, status: http.StatusUnprocessableEntity, want: []string{"挑礼品用"}},
		{name: "head office switches one on", who: "chief", method: "POST", path: rule, form: on, status: http.StatusSeeOther},
		{name: "a stale page says so", who: "admin", method: "POST", path: rule, form: on, status: http.StatusUnprocessableEntity, want: []string{"刚才有人设了新版本"}},
		{name: "who may see it is said", who: "chief", path: rule, status: http.StatusOK, want: []string{"理赔打款", "网点经理", "打开的有：银行账号"}},
		{name: "now the page is there", who: "boss", path: page, status: http.StatusOK, want: []string{"银行账号", "没有填", "欧阳鹮"}, never: []string{"证件号"}},
		{name: "a clerk who sees phones may not", who: "clerk", path: page, status: http.StatusForbidden},
		{name: "nor a rep, his own client", who: "rep", path: page, status: http.StatusForbidden},
		{name: "another branch does not see the client", who: "boss2", path: page, status: http.StatusNotFound},
		{name: "a contact of another client by a forged id", who: "boss", method: "POST", path: page, form: url.Values{"contact": {id(foreign)}, "bank_account": {bankTyped}}, status: http.StatusNotFound},
		{name: "a number that is none comes back", who: "boss", method: "POST", path: page, form: url.Values{"contact": {id(contact)}, "bank_account": {"工行 12"}}, status: http.StatusUnprocessableEntity, want: []string{"8 到 30 位", "工行 12"}},
		{name: "a field that is off by a forged name", who: "boss", method: "POST", path: page, form: url.Values{"contact": {id(contact)}, "income": {"八千"}}, status: http.StatusForbidden},
		{name: "written", who: "boss", method: "POST", path: page, form: write, status: http.StatusSeeOther},
		{name: "and not shown", who: "boss", path: page, status: http.StatusOK, want: []string{"已填", "周明慧"}, never: []string{bankKept, "62220212", "6222 0212"}},
		{name: "the way to ask", who: "boss", path: page + "/reveal" + ask, status: http.StatusOK, want: []string{"用来做什么"}, never: []string{"62220212", "6222 0212"}},
		{name: "not for the clerk", who: "clerk", path: page + "/reveal" + ask, status: http.StatusForbidden},
		{name: "nor by the other way", who: "region", path: "/customers/" + id(customer) + "/reveal" + ask, status: http.StatusForbidden},
		{name: "nor for another branch", who: "boss2", method: "POST", path: page + "/reveal", form: show, status: http.StatusNotFound},
		{name: "not without a purpose", who: "boss", method: "POST", path: page + "/reveal", form: url.Values{"field": {"bank_account"}, "contact": {id(contact)}}, status: http.StatusUnprocessableEntity, never: []string{"62220212", "6222 0212"}},
		{name: "shown for a purpose", who: "boss", method: "POST", path: page + "/reveal", form: show, status: http.StatusOK, want: []string{bankKept}},
		{name: "and on record", who: "boss", path: "/customers/" + id(customer) + "/looks", status: http.StatusOK, want: []string{"银行账号"}, never: []string{"62220212", "6222 0212"}},
		{name: "in no history", who: "boss", path: "/customers/" + id(customer) + "/history", status: http.StatusOK, never: []string{"62220212", "6222 0212"}},
		{name: "found by no search", who: "boss", path: "/search?q=" + bankKept, status: http.StatusOK, never: []string{"鹮鹳纺织"}},
		{name: "in no audit", who: "chief", path: "/audit", status: http.StatusOK, want: []string{"填写可选信息", "银行账号"}, never: []string{"62220212", "6222 0212"}},
		{name: "not destroyed while in use", who: "chief", method: "POST", path: rule + "/destroy", form: url.Values{"field": {"bank_account"}, "destroy.bank_account": {"不用了"}}, status: http.StatusSeeOther},
		{name: "which is said", who: "chief", path: rule, status: http.StatusOK, want: []string{"正在用，先关掉再销毁"}},
		{name: "switched off", who: "chief", method: "POST", path: rule, form: url.Values{"read": {"1"}, "reason": {"不打款了"}}, status: http.StatusSeeOther},
		{name: "it is hidden at once", who: "boss", path: page, status: http.StatusNotFound},
		{name: "and cannot be asked for", who: "boss", method: "POST", path: page + "/reveal", form: show, status: http.StatusNotFound, never: []string{"62220212", "6222 0212"}},
		{name: "destroying takes a reason", who: "chief", method: "POST", path: rule + "/destroy", form: url.Values{"field": {"bank_account"}}, status: http.StatusUnprocessableEntity},
		{name: "not by a branch", who: "boss", method: "POST", path: rule + "/destroy", form: url.Values{"field": {"bank_account"}, "destroy.bank_account": {"不用了"}}, status: http.StatusForbidden},
		{name: "destroyed", who: "chief", method: "POST", path: rule + "/destroy", form: url.Values{"field": {"bank_account"}, "destroy.bank_account": {"不再打款"}}, status: http.StatusSeeOther},
		{name: "with a record of it", who: "chief", path: rule, status: http.StatusOK, want: []string{"销毁记录", "不再打款", "钱总"}},
	})
}

func TestACopyHoldsOptionalFieldsAndAnExportDoesNot(t *testing.T) {
	s := newSite(t)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	chief, boss := s.as("chief"), s.as("boss")
	chief.post("/rules/sensitive", url.Values{"read": {"0"}, "on.interests": {"1"}, "purpose.interests": {"挑礼品"}, "basis.interests": {"consent"}, "reason": {"试"}})
	if a := boss.post("/customers/"+id(customer)+"/sensitive", url.Values{"contact": {id(contact)}, "interests": {"观鸟摄影"}}); a.status != http.StatusSeeOther {
		t.Fatalf("write: %d\n%s", a.status, excerpt(a.body))
	}
	a := boss.post("/requests", url.Values{"customer": {id(customer)}, "contact": {id(contact)}, "kind": {"copy"}, "channel": {"wechat"}, "received": {"2026-11-21"}, "asked": {"要一份"}})
	if a := boss.post(a.to()+"/copy", url.Values{}); a.status != http.StatusOK || !strings.Contains(unpacked(t, a), "观鸟摄影") {
		t.Errorf("the copy: %d lacks the field", a.status)
	}
	if a := boss.get("/customers/export?format=csv"); a.status != http.StatusOK || strings.Contains(a.body, "观鸟摄影") {
		t.Errorf("the export: %d", a.status)
	}
}
