package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
)

// What a client's page says of its complaints is what a count of what was written
// says, and the list that it leads to has as many.
func TestHowOftenAClientComplains(t *testing.T) {
	s, customer, path := caseSite(t) // with a complaint
	ctx, n := context.Background(), db.ParseID(customer)
	var parcels []db.Waybill
	for i := range 1200 {
		day := fmt.Sprintf("2026-%02d-%02d", 1+i%11, 1+i%20)
		if i < 40 { // before the twelve months
			day = "2025-11-20"
		}
		parcels = append(parcels, db.Waybill{BranchID: s.West, CustomerID: n, BoundBy: "phone", Number: fmt.Sprintf("3026%011d", i), SentDay: day, Pieces: 2, State: "signed", Province: "330000", City: "330100", Product: "standard", Payment: "monthly"})
	}
	page := "/customers/" + customer + "/shipping"
	if _, err := s.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(parcels[:60]), nil); err != nil {
		t.Fatal(err)
	}
	if body := s.as("clerk").get(page).body; !strings.Contains(body, "太少，不算投诉率") || strings.Contains(body, "每万件") {
		t.Errorf("of 40 parcels a rate is told: %s", excerpt(body))
	}
	if _, err := s.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(parcels[60:]), nil); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		kind  string
		hours int64
	}{{casework.Complaint, 24 * 300}, {casework.Complaint, 24 * 20}, {casework.Complaint, 24 * 370}, {casework.Consultation, 24}, {casework.Suggestion, 48}} {
		c := db.Case{Kind: x.kind, CustomerID: n, Channel: casework.Phone, Severity: casework.Minor, Said: "慢", OpenedAt: s.Clock.Now().UnixMilli() - x.hours*3_600_000}
		if _, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: c}); err != nil {
			t.Fatal(err)
		}
	}
	same, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, CustomerID: n, Channel: casework.Phone, Severity: casework.Minor, Said: "又说一次"}})
	if err == nil {
		err = s.MergeCase(ctx, s.As(t, s.BossWest), db.CaseRef{ID: same}, db.ParseID(strings.TrimPrefix(path, "/cases/")), "同一件")
	}
	if err != nil {
		t.Fatal(err)
	}
	cases, sent := 3, 0 // that of the site, and those of 20 and 300 days ago
	for _, w := range parcels {
		if w.SentDay >= "2025-12-01" {
			sent += 2
		}
	}
	list := "/cases?counted=1&amp;customer=" + customer + "&amp;from=2025-12-01&amp;kind=complaint&amp;show=all"
	s.run([]scenario{
		{"the clerk", "clerk", "", page, nil, 200, []string{"投诉率", "每万件", fmt.Sprintf("%.1f", 10_000*float64(cases)/float64(sent)), `href="` + list + `">3</a>`, "2,320 件"}, nil},
		{"the list has as many", "clerk", "", strings.ReplaceAll(list, "&amp;", "&"), nil, 200, []string{"共 3 件"}, nil},
		{"the rep of the client", "rep", "", page, nil, 200, []string{"每万件"}, nil},
	})
	// The list of clients and its file say the same.
	rate := fmt.Sprintf("%.1f", 10_000*float64(cases)/float64(sent))
	clerk := s.as("clerk")
	if a := clerk.post("/customers/columns", url.Values{"column": {"code", "complaints"}, "q": {""}}); a.status != http.StatusSeeOther {
		t.Fatalf("the column is chosen: %d", a.status)
	}
	if body := clerk.get("/customers").body; !strings.Contains(body, "每万件投诉") || !strings.Contains(body, `href="`+page+`#complaints">`+rate+`</a>`) {
		t.Errorf("the list of clients does not say %s: %s", rate, excerpt(body))
	}
	var column []string
	err = s.ExportCustomers(ctx, s.As(t, s.BossWest), db.CustomerExport{Columns: []string{"name", "complaints"}}, func(_ []int64, rows [][]string) error {
		for _, r := range rows {
			if r[1] != "" {
				column = append(column, r[1])
			}
		}
		return nil
	})
	if err != nil || len(column) != 1 || column[0] != rate {
		t.Errorf("the file says %q, %v", column, err)
	}
}

func TestComplaintsOfLatenessSayThatTimeMatters(t *testing.T) {
	s, customer, _ := caseSite(t) // with a complaint of lateness
	ctx, n := context.Background(), db.ParseID(customer)
	if _, err := s.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values([]db.Waybill{{BranchID: s.West, CustomerID: n, BoundBy: "phone", Number: "302600000000777", SentDay: "2026-11-02", Pieces: 2, State: "signed", Product: "standard"}}), nil); err != nil {
		t.Fatal(err)
	}
	page := "/customers/" + customer + "/shipping"
	open := func() {
		t.Helper()
		c := db.Case{Kind: casework.Complaint, CustomerID: n, CauseID: 12, Channel: casework.Phone, Severity: casework.Minor, Said: "慢"}
		if _, err := s.OpenCase(ctx, s.As(t, s.ClerkWest), db.Submission{}, db.NewCase{Case: c}); err != nil {
			t.Fatal(err)
		}
	}
	list := "/cases?cause=1&amp;counted=1&amp;customer=" + customer + "&amp;from=2026-05-22&amp;kind=complaint&amp;show=all"
	s.run([]scenario{{"one is told, and is too few", "clerk", "", page, nil, 200, []string{"6 个月里投诉派送慢 1 次，规则是 2 次起算", list}, []string{`时效敏感</`}}})
	open()
	s.run([]scenario{
		{"two are enough", "clerk", "", page, nil, 200, []string{"6 个月里投诉派送慢 2 次", "时效敏感"}, nil},
		{"the list has as many", "clerk", "", strings.ReplaceAll(list, "&amp;", "&"), nil, 200, []string{"共 2 件"}, nil},
		{"the rule of old says what it made of it", "boss", "", "/rules/radar", nil, 200, []string{"投诉派送慢几次也算"}, nil},
	})
}
