package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
)

// aMonthsWork gives people of 城西网点 work in November and October.
func aMonthsWork(t *testing.T, s *site) {
	t.Helper()
	ctx := context.Background()
	client, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果母婴", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	var items []db.Waybill
	for i := range 130 {
		items = append(items, db.Waybill{Number: fmt.Sprintf("3026%010d", i), BranchID: s.West, CustomerID: client, BoundBy: "name", SentDay: []string{"2026-11-03", "2026-10-30"}[i%10/9], SentAt: 1, Pieces: 1, Picker: []string{"吴快递", ""}[i%2], State: []string{"signed", "moving", "signed"}[i%3]})
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	for _, on := range []string{"2026-11-02", "2026-11-20", "2026-10-31"} {
		if _, err := s.DB.LogVisit(ctx, s.As(t, s.RepWest), db.Submission{}, db.Visit{CustomerID: client, UserID: s.RepWest, State: "done", Day: on, Minute: -1, Mode: "on_site", Learned: "聊了聊"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, number := range []string{"30260000000000", ""} {
		in := db.NewCase{Case: db.Case{Kind: casework.Complaint, Channel: casework.Phone, Severity: casework.Minor, CustomerID: client, UserID: s.ClerkWest, Said: "迟了", Caller: "王"}}
		if number != "" {
			in.Waybills = []string{number}
		}
		if _, err := s.DB.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPeoplesWorkIsForThemselvesAndTheirManagers(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	rep, courier := "/reports/people/"+id(s.RepWest), "/reports/people/"+id(s.CourierWest)
	s.run([]scenario{
		{"a stranger", "", "", "/reports/people", nil, 303, []string{"/login"}, nil},
		{"the auditor", "auditor", "", "/reports/people", nil, 403, nil, nil},
		{"a manager", "boss", "", "/reports/people?from=2026-11&to=2026-11", nil, 200, []string{"沈雨桐", "林晓", "吴快递", "每万件投诉", "谁看得到", "2026-11 还没过完"}, []string{"何佳"}},
		{"another manager", "boss2", "", "/reports/people?from=2026-11&to=2026-11", nil, 200, []string{"何佳"}, []string{"沈雨桐", "吴快递"}},
		{"the other's branch by its id", "boss2", "", "/reports/people?branch=" + id(s.West), nil, 200, []string{"这里没有业务员"}, []string{"沈雨桐"}},
		{"a rep sees the own line", "rep", "", "/reports/people?from=2026-11&to=2026-11", nil, 200, []string{">我<", "业务员"}, []string{"周砚青", "林晓", "吴快递", "去年同期", "Excel"}},
		{"a courier, without a way to the other reports", "courier", "", "/reports/people?from=2026-11&to=2026-11", nil, 200, []string{">我<", "签收率"}, []string{`href="/reports"`, "/waybills?", "沈雨桐"}},
		{"two branches side by side", "region", "", "/reports/people?from=2026-11&to=2026-11&with=" + id(s.East), nil, 200, []string{"城东网点", "上期"}, nil},
		{"one person's months", "boss", "", rep, nil, 200, []string{"沈雨桐的绩效", "按月", "2026-05"}, nil},
		{"one's own", "courier", "", courier, nil, 200, []string{"吴快递的绩效"}, nil},
		{"a colleague's", "rep2", "", rep, nil, 404, nil, nil},
		{"a colleague's, of a clerk", "clerk", "", rep, nil, 404, nil, nil},
		{"of another branch", "boss2", "", rep, nil, 404, nil, nil},
		{"who is counted nowhere", "boss", "", "/reports/people/" + id(s.BossWest), nil, 404, nil, nil},
		{"nobody", "boss", "", "/reports/people/7", nil, 404, nil, nil},
		{"the workbook", "boss", "", "/reports/people/export?from=2026-11&to=2026-11", nil, 200, []string{"xl/worksheets"}, nil},
		{"no workbook for a rep", "rep", "", "/reports/people/export", nil, 403, nil, nil},
	})
}

func TestEachNumberOfPeoplesWorkOpensAListOfAsMany(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	for _, who := range []string{"region", "boss", "rep", "clerk"} {
		v, seen := s.as(who), 0
		for _, m := range reportLinks.FindAllStringSubmatch(v.get("/reports/people?from=2026-10&to=2026-11").body, -1) {
			href := strings.ReplaceAll(m[1], "&amp;", "&")
			if strings.HasPrefix(href, "/audit") {
				continue
			}
			body, found := v.get(href).body, false
			for _, unit := range []string{"票", "次", "件", "条", "张", "份"} {
				found = found || strings.Contains(body, "共 "+m[2]+" "+unit)
			}
			if !found {
				t.Errorf("%s: %s does not list %s", who, href, m[2])
			}
			seen++
		}
		if least := map[string]int{"region": 6, "boss": 6, "rep": 3, "clerk": 1}[who]; seen < least {
			t.Errorf("%s: %d numbers, want %d or more", who, seen, least)
		}
	}
}
