package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/rating"
)

func TestEachStepOfAJourneyOpensAsManyAsItSays(t *testing.T) {
	s := newSite(t)
	aPast(t, s)
	ctx, system := context.Background(), policy.SystemActor("test")
	clients, err := s.Customers(ctx, system.Scope(policy.CustomerRead), db.CustomerFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range clients.Rows {
		for _, on := range []string{"2026-08-31", "2026-09-01", "2026-10-31"}[i%3:] {
			if _, err := s.LogVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: c.ID, UserID: s.RepWest, State: db.VisitDone, Day: on, Minute: -1, Mode: "phone", Mood: []string{"good", "poor"}[i%2], Learned: "谈了价"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.OpenCase(ctx, s.As(t, s.Admin), db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, CustomerID: c.ID, Channel: casework.Phone, Severity: casework.Minor, Said: "慢", Caller: "王国平"}}); err != nil {
			t.Fatal(err)
		}
	}
	answered, admin := 0, s.As(t, s.Admin)
	for i := range 6 {
		for m := range 5 {
			r, err := s.AskRating(ctx, admin, db.Submission{}, db.RatingAsk{Number: fmt.Sprintf("3027%06d%04d", i, m), Way: rating.OwnDevice})
			if errors.Is(err, db.ErrNotFound) { // it sent nothing in that month
				continue
			}
			if err == nil {
				err = s.AnswerOwn(ctx, admin, r.ID, db.RatingAnswer{Score: int64(3 + (i+m)%3)})
			}
			if err != nil {
				t.Fatal(err)
			}
			if i%3 != 2 {
				answered++
			}
		}
	}
	path := "/reports/journey?from=2026-08&to=2026-11"
	list := "/reports/journey/list?from=2026-08&to=2026-11&stage="
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", path, nil, 403, nil, nil},
		{"a rep", "rep", "", path, nil, 200, []string{"你看得到的是自己的客户"}, []string{"/reports/journey/list"}},
		{"a manager", "boss", "", path, nil, 200, []string{"客户旅程", "首次接触", "首次发件", "在途", "签收", "工单", "慰问", fmt.Sprintf("%d 份", answered), `data-chart="rep-journey-data"`}, []string{"城东网点"}},
		{"another branch by its id", "boss", "", path + "&branch=" + id(s.East), nil, 200, []string{"这几个月什么都没有"}, nil},
		{"the region beside another branch", "region", "", path + "&branch=" + id(s.West) + "&with=" + id(s.East), nil, 200, []string{"城东网点"}, nil},
		{"a year without anything", "boss", "", "/reports/journey?from=2024-12&to=2024-12", nil, 200, []string{"这几个月什么都没有"}, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/journey"`}, nil},
		{"the shelves of a rep", "rep", "", "/reports", nil, 200, nil, []string{`href="/reports/journey"`}},
		{"the workbook", "boss", "", strings.Replace(path, "?", "/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a rep", "rep", "", strings.Replace(path, "?", "/export?", 1), nil, 403, nil, nil},
		{"first contacts", "boss", "", list + "contact", nil, 200, []string{"首次接触的客户", "共 4 位", "松果母婴", "第一次拜访"}, []string{"云杉文具"}},
		{"first parcels", "boss", "", strings.Replace(list, "from=2026-08&to=2026-11", "from=2025-08&to=2026-07", 1) + "parcel", nil, 200, []string{"首次发件的客户", "第一件"}, nil},
		{"nonsense", "boss", "", list + "%3Cb%3E&page=-2&branch=x", nil, 200, []string{"首次接触的客户"}, []string{"<b>"}},
		{"a list for a rep", "rep", "", list + "contact", nil, 200, []string{"没有这样的客户"}, []string{"松果母婴"}},
		{"a list as a workbook", "boss", "", strings.Replace(list, "/list?", "/list/export?", 1) + "contact", nil, 200, []string{"xl/worksheets"}, nil},
		{"no list for a clerk to take away", "clerk", "", strings.Replace(list, "/list?", "/list/export?", 1) + "contact", nil, 403, nil, nil},
	})
	for _, x := range []struct{ who, path string }{{"boss", path}, {"region", path}, {"region", path + "&branch=" + id(s.West)}, {"boss", "/reports/journey?from=2025-08&to=2026-07"}} {
		v, seen := s.as(x.who), map[string]int{}
		for _, m := range reportLinks.FindAllStringSubmatch(v.get(x.path).body, -1) {
			href := strings.ReplaceAll(m[1], "&amp;", "&")
			body, found := v.get(href).body, false
			for _, unit := range []string{"位", "票", "件", "次"} {
				found = found || strings.Contains(body, "共 "+m[2]+" "+unit)
			}
			if !found {
				t.Errorf("%s at %s: %s does not list %s", x.who, x.path, href, m[2])
			}
			page, _, _ := strings.Cut(href, "?")
			seen[page]++
		}
		want := []string{"/reports/journey/list", "/waybills", "/cases"}
		if strings.Contains(x.path, "2025-08") { // when they came; none had a visit or a case then
			want = []string{"/reports/journey/list", "/reports/clients/list", "/waybills"}
		}
		for _, page := range want {
			if seen[page] == 0 {
				t.Errorf("%s at %s: no number opens %s (%v)", x.who, x.path, page, seen)
			}
		}
	}
}
