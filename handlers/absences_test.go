package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
)

func TestDaysAwayAreOnesOwnOrOfThoseOneLeads(t *testing.T) {
	s, customer, _ := caseSite(t)
	own := url.Values{"kind": {"leave"}, "from": {"2026-11-23"}, "until": {"2026-11-25"}, "part": {""}, "key": {"absence-key-000001"}}
	other := changed(own, "user", id(s.RepWest), "from", "2026-11-21", "until", "2026-11-27", "key", "absence-key-000002")
	s.run([]scenario{
		{"a stranger", "", "", "/absences", nil, 303, []string{"/login"}, nil},
		{"a stranger writes", "", http.MethodPost, "/absences", own, 303, []string{"/login"}, nil},
		{"a clerk has a form for herself alone", "clerk", "", "/absences", nil, 200, []string{"登记不在岗", "没有登记"}, []string{`name="user"`, "hand-rows"}},
		{"and puts no colleague away", "clerk", http.MethodPost, "/absences", other, 404, nil, nil},
		{"backwards", "clerk", http.MethodPost, "/absences", changed(own, "until", "2026-11-22"), 422, []string{"不能早于开始那天"}, nil},
		{"half of three days", "clerk", http.MethodPost, "/absences", changed(own, "part", "am"), 422, []string{"几天的只能选全天"}, nil},
		{"no day", "clerk", http.MethodPost, "/absences", changed(own, "from", "bald"), 422, []string{"请选日期"}, nil},
		{"written down", "clerk", http.MethodPost, "/absences", own, 303, []string{"/absences"}, nil},
		{"sent twice, done once", "clerk", http.MethodPost, "/absences", own, 303, []string{"/absences"}, nil},
		{"she sees it", "clerk", "", "/absences", nil, 200, []string{"2026-11-23 到 2026-11-25", "取消"}, nil},
		{"another of the same days", "clerk", http.MethodPost, "/absences", changed(own, "key", "absence-key-000003", "until", "2026-11-23"), 422, []string{"已经登记过不在岗"}, nil},
		{"her manager, too, and who takes cases", "boss", "", "/absences", nil, 200, []string{"2026-11-23 到 2026-11-25", "现在谁能接工单", `name="user"`}, nil},
		{"a rep does not", "rep", "", "/absences", nil, 200, nil, []string{"2026-11-25"}},
		{"another branch's manager does not", "boss2", "", "/absences?branch=" + id(s.West), nil, 200, nil, []string{"2026-11-25"}},
		{"nor writes there", "boss2", http.MethodPost, "/absences", other, 422, []string{"不归你管"}, nil},
		{"the manager writes for a rep", "boss", http.MethodPost, "/absences", other, 303, []string{"/absences?branch="}, nil},
		{"and it stands beside the name where cases are given", "clerk", "", "/cases/new?customer=" + customer, nil, 200, []string{"（不在，到 2026-11-25）", "（不在，到 2026-11-27）"}, nil},
	})
	list, err := s.Absences(context.Background(), s.As(t, s.ClerkWest), 0)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	end := "/absences/" + id(list[0].ID) + "/end"
	s.run([]scenario{
		{"ended by a stranger", "", http.MethodPost, end, url.Values{"version": {"1"}}, 303, []string{"/login"}, nil},
		{"ended by a colleague", "rep", http.MethodPost, end, url.Values{"version": {"1"}}, 404, nil, nil},
		{"ended by another branch", "boss2", http.MethodPost, end, url.Values{"version": {"1"}}, 404, nil, nil},
		{"as it never was", "clerk", http.MethodPost, end, url.Values{"version": {"4"}}, 303, []string{"/absences"}, nil},
		{"it still stands", "clerk", "", "/absences", nil, 200, []string{"2026-11-25"}, nil},
		{"she does not go", "clerk", http.MethodPost, end, url.Values{"version": {"1"}}, 303, []string{"/absences"}, nil},
		{"it is gone", "clerk", "", "/absences", nil, 200, []string{"没有登记"}, []string{"2026-11-25"}},
	})
}

// The history of a case says by which row of the rule it was given, and past whom.
func TestACaseSaysPastWhomItWasGiven(t *testing.T) {
	s, customer, _ := caseSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	if _, err := s.AddAbsence(ctx, boss, db.Submission{}, db.Absence{UserID: s.ClerkWest, Kind: "trip", From: "2026-11-21", Until: "2026-11-27"}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"minor"}, "channel": {"phone"}, "cause": {"2"}, "said": {"外箱压坏"}, "key": {"case-key-0000000009"}}
	at := s.as("boss").post("/cases", form).to()
	if !strings.HasPrefix(at, "/cases/") {
		t.Fatalf("registered at %q", at)
	}
	path, _, _ := strings.Cut(at, "?")
	clerk, err := s.UserNames(ctx, []int64{s.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{{"its page", "boss", "", path, nil, 200, []string{"按派单规则第", "没给：" + clerk[s.ClerkWest] + "不在岗"}, nil}})
}
