package handlers_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/measure"
)

var measureLinks = regexp.MustCompile(`data-label="客户">\s*<a href="(/measures/\d+/clients\?side=\w+)">(\d+)</a>`)

func TestTheFiguresOfAMeasureOpenTheirClients(t *testing.T) {
	s := newSite(t)
	ctx, system, boss := context.Background(), policy.SystemActor("test"), s.As(t, s.BossWest)
	client := func(name string, owner int64, visits int) int64 {
		n, err := s.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: s.West, Name: name, OwnerID: owner, Class: "A", State: "reviewed", FiledOn: "2025-02-01"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range visits {
			if _, err := s.LogVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: n, UserID: s.RepWest, State: db.VisitDone, Day: fmt.Sprintf("2026-11-%02d", 5+i), Minute: -1, Mode: "phone", Learned: "谈了价"}); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	for i := range 5 {
		client(fmt.Sprintf("有措施%d", i), []int64{s.RepWest, s.RepWest2}[i%2], 1+i%2)
	}
	n, err := s.NewMeasure(ctx, boss, db.Submission{}, db.Measure{BranchID: s.West, UserID: s.RepWest, Source: measure.Own, Said: "每周去一次", From: "2026-10-31", Due: "2026-11-10", Review: "2026-11-20", Figure: string(measure.Visits), Reach: measure.ClassOf, ReachValue: "A"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		client(fmt.Sprintf("没有措施%d", i), s.RepWest, i%2)
	}
	page := "/measures/" + id(n)
	list := page + "/clients?side="
	check := func(when string) {
		seen := 0
		for _, m := range measureLinks.FindAllStringSubmatch(s.as("boss").get(page).body, -1) {
			seen++
			if body := s.as("boss").get(m[1]).body; !strings.Contains(body, "共 "+m[2]+" 位") {
				t.Errorf("%s: %s does not list %s", when, m[1], m[2])
			}
		}
		if seen != 3 {
			t.Errorf("%s: %d numbers have lists", when, seen)
		}
	}
	check("before it is looked at")
	s.run([]scenario{
		{"a stranger", "", "", list + "here", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", list + "here", nil, 403, nil, nil},
		{"another branch", "boss2", "", list + "here", nil, 404, nil, nil},
		{"the clients of it", "boss", "", list + "here", nil, 200, []string{"共 5 位", "有措施0", "+2", "2026-10-31"}, []string{"没有措施0"}},
		{"the like ones", "boss", "", list + "like", nil, 200, []string{"共 6 位", "没有措施0"}, []string{">有措施0"}},
		{"all", "boss", "", list + "all", nil, 200, []string{"共 5 位"}, nil},
		{"nonsense", "boss", "", list + "%3Cb%3E&page=-1", nil, 200, []string{"共 5 位"}, []string{"<b>"}},
		{"of its rep's own clients", "rep", "", list + "here", nil, 200, []string{"有措施0", "共 3 位"}, []string{"有措施1"}},
		{"the workbook", "boss", "", page + "/clients/export?side=like", nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a clerk", "clerk", "", page + "/clients/export?side=like", nil, 403, nil, nil},
	})
	// A client's number of visits opens them.
	body := s.as("boss").get(list + "here").body
	links := regexp.MustCompile(`<a href="(/visits\?[^"]*)">(\d+)</a>`).FindAllStringSubmatch(body, -1)
	for _, m := range links {
		if got := s.as("boss").get(strings.ReplaceAll(m[1], "&amp;", "&")).body; !strings.Contains(got, "共 "+m[2]+" 次") {
			t.Errorf("%s does not list %s visits", m[1], m[2])
		}
	}
	if len(links) != 5 {
		t.Errorf("%d clients open their visits", len(links))
	}
	m, err := s.Measure(ctx, boss, n)
	if err == nil {
		err = s.MoveMeasure(ctx, boss, db.TodoRef{ID: n, Version: m.Version}, measure.Finish, "去了")
	}
	if err == nil {
		m, err = s.Measure(ctx, boss, n)
	}
	if err == nil {
		err = s.ReviewMeasure(ctx, boss, db.TodoRef{ID: n, Version: m.Version}, "管用")
	}
	if err != nil {
		t.Fatal(err)
	}
	check("looked at")
	// Who goes to another branch is missing from then on, and the list says so.
	file, err := s.Customer(ctx, s.As(t, s.Admin).Scope(policy.CustomerRead), db.ParseID(regexp.MustCompile(`/customers/(\w+)">有措施4`).FindStringSubmatch(body)[1]))
	if err != nil {
		t.Fatal(err)
	}
	file.BranchID, file.OwnerID = s.East, 0
	if err := s.UpdateCustomer(ctx, s.As(t, s.Admin), file); err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{{"one went", "boss", "", list + "here", nil, 200, []string{"看效果时数到 5 位，现在数得到 4 位", "共 4 位"}, []string{"有措施4"}}})
}
