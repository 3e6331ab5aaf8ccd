package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestTheCausesOfCasesAreHeadOffices(t *testing.T) {
	s, customer, _ := caseSite(t)
	own, page := url.Values{"name": {"面单看不清"}, "parent": {"6"}}, "/rules/causes"
	form := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"minor"}, "channel": {"phone"}, "cause": {"2"}, "said": {"外箱压坏"}, "key": {"case-key-0000000009"}}
	var list []scenario
	for _, p := range []string{page, page + "/1"} {
		list = append(list, scenario{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil}, scenario{"a branch's manager: " + p, "boss", "", p, nil, 403, nil, nil},
			scenario{"a branch's manager sends to " + p, "boss", http.MethodPost, p, own, 403, nil, nil}, scenario{"an auditor sends to " + p, "auditor", http.MethodPost, p, own, 403, nil, nil})
	}
	s.run(append(list, []scenario{
		{"the list", "chief", "", page, nil, 200, []string{"派送慢", "在途没动静", "加原因", page + "/1/retire"}, []string{page + "/1/up"}},
		{"no name", "chief", http.MethodPost, page, changed(own, "name", " "), 422, []string{"请填写"}, nil},
		{"a name that is there", "chief", http.MethodPost, page, changed(own, "name", "贴错面单"), 422, []string{"已经有这个原因了", "贴错面单"}, nil},
		{"below none", "chief", http.MethodPost, page, changed(own, "parent", "99"), 422, []string{"面单看不清"}, nil},
		{"added", "chief", http.MethodPost, page, own, 303, []string{page}, nil},
		{"on offer", "clerk", "", "/cases/new?customer=" + customer, nil, 200, []string{"面单看不清"}, nil},
		{"the form of one", "chief", "", page + "/11", nil, 200, []string{"在途没动静", "派送慢", "自带的原因"}, nil},
		{"one that is none", "chief", "", page + "/99", nil, 404, nil, nil},
		{"renamed", "chief", http.MethodPost, page + "/2", url.Values{"version": {"1"}, "name": {"压坏弄破"}}, 303, []string{page}, nil},
		{"over what was not read", "chief", http.MethodPost, page + "/2", url.Values{"version": {"1"}, "name": {"弄坏"}}, 422, []string{"刚才有人先办了", "弄坏"}, nil},
		{"before another", "chief", http.MethodPost, page + "/2/up", url.Values{"version": {"2"}}, 303, []string{page}, nil},
		{"an act that is none", "chief", http.MethodPost, page + "/2/burn", nil, 404, nil, nil},
		{"a case has it", "clerk", http.MethodPost, "/cases", form, 303, []string{"/cases/"}, nil},
		{"retired", "chief", http.MethodPost, page + "/2/retire", url.Values{"version": {"3"}}, 303, []string{page}, nil},
		{"and it says so", "chief", "", page, nil, 200, []string{"停用，以前的工单照旧", "上一级停用了"}, nil},
		{"no new case can have it", "clerk", http.MethodPost, "/cases", changed(form, "key", "case-key-0000000010"), 422, []string{"这个原因已经不用了"}, nil},
		{"the old one keeps it", "clerk", "", "/cases?show=all&cause=2", nil, 200, []string{"压坏弄破"}, nil},
		{"its cases may go to another", "chief", "", page + "/2", nil, 200, []string{"它的工单换个原因", page + "/2/move"}, nil},
		{"not by a branch's manager", "boss", http.MethodPost, page + "/2/move", url.Values{"to": {"3"}}, 403, nil, nil},
		{"they go", "chief", http.MethodPost, page + "/2/move", url.Values{"to": {"3"}}, 303, []string{page + "/2"}, nil},
		{"and are there", "clerk", "", "/cases?show=all&cause=3", nil, 200, []string{"共 1 件"}, nil},
		{"and come back", "chief", http.MethodPost, page + "/2/move", url.Values{"to": {"3"}, "back": {"1"}}, 303, []string{page + "/2"}, nil},
		{"where they were", "clerk", "", "/cases?show=all&cause=2", nil, 200, []string{"共 1 件"}, nil},
		{"offered again", "chief", http.MethodPost, page + "/2/offer", nil, 303, []string{page}, nil},
		{"and chosen", "clerk", http.MethodPost, "/cases", changed(form, "key", "case-key-0000000010"), 303, []string{"/cases/"}, nil},
	}...))
}
