package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy/casework"
)

func TestACaseIsRatedOnItsPageOnceItIsClosed(t *testing.T) {
	s, public, customer, _ := ratedSite(t)
	ctx, clerk := context.Background(), s.As(t, s.ClerkWest)
	open := func(c db.Case) string {
		t.Helper()
		c.Kind, c.Channel, c.Severity, c.Said, c.UserID, c.BranchID = casework.Consultation, "phone", casework.Minor, "几点到", s.ClerkWest, s.West
		n, err := s.OpenCase(ctx, clerk, db.Submission{}, db.NewCase{Case: c})
		if err != nil {
			t.Fatal(err)
		}
		return id(n)
	}
	shut := func(which string) {
		t.Helper()
		x, err := s.Case(ctx, clerk, db.ParseID(which))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.TellCase(ctx, clerk, db.CaseRef{ID: x.ID, Version: x.Version}, db.CaseTold{How: "phone", Result: "下午到", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
	}
	one, stranger := open(db.Case{CustomerID: db.ParseID(customer)}), open(db.Case{Caller: "周先生", CallerPhone: "13912345678"})
	at := "/cases/" + one
	s.run([]scenario{
		{"an open case is not rated", "clerk", "", at, nil, 200, nil, []string{"/ratings/ask?case=", "/ratings/call?case="}},
		{"its question says why", "clerk", "", "/ratings/ask?case=" + one, nil, 200, []string{"这件工单还没结案"}, []string{`value="own_device"`}},
		{"a link for it", "clerk", http.MethodPost, "/ratings/ask", url.Values{"case": {one}, "way": {"link"}}, 303, []string{"/ratings/ask?case=" + one}, nil},
	})
	shut(one)
	shut(stranger)
	s.run([]scenario{
		{"a closed one is", "clerk", "", at, nil, 200, []string{"/ratings/ask?case=" + one, "/ratings/call?case=" + one, "还没有评过"}, nil},
		{"who only looks asks nobody", "auditor", "", at, nil, 200, nil, []string{`id="ratings"`, "/ratings/ask?case=", "/ratings/call?case="}},
		{"another branch", "clerk2", "", "/ratings/ask?case=" + one, nil, 404, nil, nil},
		{"another branch calls", "clerk2", "", "/ratings/call?case=" + one, nil, 404, nil, nil},
		{"a courier", "courier", "", "/ratings/ask?case=" + one, nil, 404, nil, nil},
		{"a call to the unknown caller", "clerk", "", "/ratings/call?case=" + stranger, nil, 200, []string{"周先生", "139"}, nil},
		{"what it came to", "clerk", http.MethodPost, "/ratings/call", url.Values{"case": {stranger}, "score": {"5"}, "key": {"s"}}, 303, []string{"/cases/" + stranger}, nil},
		{"it stands on the case", "clerk", "", "/cases/" + stranger, nil, 200, []string{"非常满意", "客户评了 5 分"}, []string{"/ratings/ask?case=", "重新打开这件"}},
	})
	path := linkFor(s, "clerk", url.Values{"case": {one}})
	if a := public.stranger().get(path); a.status != 200 || !strings.Contains(a.body, "这件事的处理，您满意吗") || strings.Contains(a.body, "望江贸易") || strings.Contains(a.body, "几点到") {
		t.Errorf("the page of a link: %d %s", a.status, a.body)
	}
	if a := public.stranger().post(path, url.Values{"score": {"1"}, "comment": {"还是没到，打 13987654321"}}); a.status != 200 {
		t.Fatalf("answered: %d", a.status)
	}
	s.run([]scenario{
		{"the unhappy answer stands on the case, names the one it opened, and offers to go on here", "clerk", "", at, nil, 200,
			[]string{"非常不满意", "还是没到，打 13987654321", "为它开了工单", "重新打开这件", "客户评了 1 分"}, []string{"/ratings/ask?case="}},
		{"who only looks reads it masked", "auditor", "", at, nil, 200, []string{"非常不满意", "为它开了工单"}, []string{"13987654321", "重新打开这件"}},
		{"the case that was opened says of what", "clerk", "", "/cases", nil, 200, []string{"还是没到"}, nil},
		{"it is not asked again", "clerk", http.MethodPost, "/ratings/ask", url.Values{"case": {one}, "way": {"link"}}, 303, []string{"/ratings/ask?case=" + one}, nil},
	})
	other := open(db.Case{CustomerID: db.ParseID(customer)})
	shut(other)
	a := s.as("clerk").post("/ratings/ask", url.Values{"case": {other}, "way": {"own_device"}, "key": {"d"}})
	hand, ok := strings.CutSuffix(a.to(), "/hand")
	if !ok {
		t.Fatalf("the device: %d to %q", a.status, a.to())
	}
	s.run([]scenario{
		{"tapped at the counter", "clerk", http.MethodPost, hand + "/answer", url.Values{"score": {"4"}}, 303, []string{hand + "/done"}, nil},
		{"and back to the case", "clerk", "", hand + "/done", nil, 200, []string{"/cases/" + other}, []string{"<nav"}},
	})
}
