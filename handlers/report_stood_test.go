package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// aPast gives both branches clients with parcels of the months before the
// clock's, and a night in which it was kept where they stood.
func aPast(t *testing.T, s *site) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	var items []db.Waybill
	for i, name := range []string{"松果母婴", "竹叶茶行", "云杉文具", "白桦书店", "红枫木业", "青柠水果"} {
		c := db.Customer{BranchID: []int64{s.West, s.West, s.East}[i%3], Name: name, OwnerID: s.RepWest, Class: []string{"A", "B", ""}[i%3], Kind: "enterprise", Source: "referral"}
		if c.BranchID == s.East {
			c.OwnerID = 0
		}
		id, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		for m := range 14 {
			if (m+i)%(i+2) == 0 || i == 1 && m > 3 && m < 10 { // gaps of several lengths
				continue
			}
			on := day.MustParse("2026-10-31").AddMonths(-m)
			items = append(items, db.Waybill{Number: fmt.Sprintf("3027%06d%04d", i, m), BranchID: c.BranchID, CustomerID: id, BoundBy: "name", SentDay: on.String(), SentAt: on.Time().UnixMilli(), Province: "330000",
				Payment: "monthly", Product: "standard", State: "signed", Pieces: 1, Freight: int64(1000 * (i + 1)), Weight: 1000})
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	for _, branch := range []int64{s.West, s.East} {
		if _, err := s.DB.KeepHistories(ctx, system, branch, db.OneDay(s.DB.Now())); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReportsOfMonthEndsAreForWhoSeesWholeBranches(t *testing.T) {
	s := newSite(t)
	aPast(t, s)
	var list []scenario
	for path, title := range stoodReports {
		list = append(list, []scenario{
			{"a stranger, " + path, "", "", path, nil, 303, []string{"/login"}, nil},
			{"a courier, " + path, "courier", "", path, nil, 403, nil, nil},
			{"a rep, " + path, "rep", "", path, nil, 200, []string{"你看得到的是自己的客户"}, []string{"/reports/clients/list"}},
			{"a manager, " + path, "boss", "", path, nil, 200, []string{title, "/reports/clients/list"}, []string{"城东网点"}},
			{"another branch by its id, " + path, "boss", "", path + "?branch=" + id(s.East), nil, 200, []string{"还没有数"}, []string{"/reports/clients/list"}},
			{"the region beside another branch, " + path, "region", "", path + "?branch=" + id(s.West) + "&with=" + id(s.East), nil, 200, []string{"城东网点的"}, nil},
			{"nonsense, " + path, "boss", "", path + "?dim=x&to=1999-01&branch=y", nil, 200, []string{title}, nil},
			{"the workbook, " + path, "boss", "", path + "/export", nil, 200, []string{"xl/worksheets"}, nil},
			{"no workbook for a rep, " + path, "rep", "", path + "/export", nil, 403, nil, nil},
			{"the shelves, " + path, "boss", "", "/reports", nil, 200, []string{`href="` + path + `"`}, nil},
			{"the shelves of a rep, " + path, "rep", "", "/reports", nil, 200, nil, []string{`href="` + path + `"`}},
		}...)
	}
	some := "/reports/clients/list?dim=class&month=2026-10&now=none"
	list = append(list,
		scenario{"a list for a stranger", "", "", some, nil, 303, []string{"/login"}, nil},
		scenario{"a list for a rep", "rep", "", some, nil, 200, []string{"没有这样的客户"}, []string{"松果母婴"}},
		scenario{"a list", "boss", "", some, nil, 200, []string{"松果母婴", "2026-10 月底是 未分级 的客户"}, []string{"云杉文具"}},
		scenario{"a list of another branch", "boss", "", some + "&branch=" + id(s.East), nil, 200, []string{"没有这样的客户"}, []string{"云杉文具"}},
		scenario{"a list of nonsense", "boss", "", "/reports/clients/list?dim=x&month=y&was=%3Cb%3E&now=%27,%20&only=a.b.c&page=-1", nil, 200, []string{"没有这样的客户"}, []string{"<b>"}},
		scenario{"a list as a workbook", "boss", "", strings.Replace(some, "list?", "list/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		scenario{"none for a clerk", "clerk", "", strings.Replace(some, "list?", "list/export?", 1), nil, 403, nil, nil},
	)
	s.run(list)
}

// stoodReports are the reports of month ends, with what they are called.
var stoodReports = map[string]string{"/reports/clients": "客户数量变化", "/reports/moves": "客户迁移", "/reports/churn": "流失、留存和赢回"}

func TestEachNumberOfMonthEndsOpensAListOfAsMany(t *testing.T) {
	s := newSite(t)
	aPast(t, s)
	for _, dim := range []string{"class", "stage", "kind", "source"} {
		opensAsMany(t, s.as("region"), "/reports/clients?from=2025-12&to=2026-10&dim="+dim, "位", 14)
	}
	opensAsMany(t, s.as("boss"), "/reports/clients?dim=stage", "位", 10)
	opensAsMany(t, s.as("region"), "/reports/moves?dim=stage&to=2026-10", "位", 5)
	opensAsMany(t, s.as("boss"), "/reports/moves?dim=class", "位", 3)
	opensAsMany(t, s.as("region"), "/reports/churn?from=2025-12&to=2026-10", "位", 20)
}
