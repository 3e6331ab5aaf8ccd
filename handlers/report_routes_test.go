package handlers_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/waybill"
)

func TestRoutesOfComplaintsOpenTheirCases(t *testing.T) {
	s, customer, _ := caseSite(t)
	ctx := context.Background()
	var parcels []db.Waybill
	for i, province := range []string{"420000", "420000", ""} {
		parcels = append(parcels, db.Waybill{Number: "30266000000000" + string(rune('1'+i)), BranchID: s.West, CustomerID: db.ParseID(customer), SentDay: "2026-11-05", SentAt: 1, Pieces: 100, State: waybill.Signed, Province: province})
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		c := db.Case{Kind: casework.Complaint, CustomerID: db.ParseID(customer), Channel: casework.Channels[i], Severity: casework.Minor, Said: "慢", Caller: "王国平"}
		if _, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: c, Waybills: []string{parcels[i].Number}}); err != nil {
			t.Fatal(err)
		}
	}
	path := "/reports/routes?from=2026-11&to=2026-11"
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"the auditor reads and takes nothing out", "auditor", "", path, nil, 200, []string{"→ 湖北"}, []string{"Excel"}},
		{"a manager", "boss", "", path, nil, 200, []string{"线路投诉", "→ 湖北", "→ 不清楚", ">100.0<", `data-chart="rep-routes-data"`}, nil},
		{"the client's rep sees no rate", "rep", "", path, nil, 200, []string{"→ 湖北"}, []string{">100.0<", "Excel"}},
		{"another rep", "rep2", "", path, nil, 200, []string{"这几个月没有投诉"}, []string{"→"}},
		{"another manager", "boss2", "", path + "&branch=" + id(s.West), nil, 200, nil, []string{"→ 湖北"}},
		{"the workbook", "boss", "", strings.Replace(path, "?", "/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a rep", "rep", "", strings.Replace(path, "?", "/export?", 1), nil, 403, nil, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/routes"`}, nil},
	})
	v, seen := s.as("boss"), 0
	for _, m := range reportLinks.FindAllStringSubmatch(v.get(path).body, -1) {
		href := strings.ReplaceAll(m[1], "&amp;", "&")
		if body := v.get(href).body; !strings.Contains(body, "共 "+m[2]+" 件") || !strings.Contains(body, "寄自") {
			t.Errorf("%s does not list %s cases", href, m[2])
		}
		seen++
	}
	if seen != 2 {
		t.Errorf("%d numbers", seen)
	}
}
