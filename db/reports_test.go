package db_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/report"
	"yike/policy/waybill"
)

// shipWide loads parcels at both edges of months, at two branches, of clients
// and of nobody, cancelled ones and those of unknown destination among them.
func shipWide(t *testing.T, w *dbtest.World) (west, east int64) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	ids := make([]int64, 2)
	for i, c := range []db.Customer{{BranchID: w.West, Name: "松果", OwnerID: w.RepWest}, {BranchID: w.East, Name: "竹叶"}} {
		var err error
		if ids[i], err = w.CreateCustomer(ctx, system, db.Submission{}, c); err != nil {
			t.Fatal(err)
		}
	}
	var items []db.Waybill
	for i, on := range []string{"2025-09-30", "2025-10-01", "2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"} {
		for j, of := range []db.Waybill{
			{BranchID: w.West, CustomerID: ids[0], Province: "330000", City: "330100", Product: waybill.Standard, State: waybill.Signed, Pieces: 1, Freight: 1200},
			{BranchID: w.West, Province: "440000", City: "440300", Product: waybill.Express, State: waybill.Moving, Pieces: 2, Freight: 3300},
			{BranchID: w.West, CustomerID: ids[0], Product: waybill.Standard, State: waybill.Cancelled, Pieces: 1, Freight: 700},
			{BranchID: w.East, CustomerID: ids[1], Province: "330000", City: "330100", State: waybill.Signed, Pieces: 3, Freight: 900 + int64(i)},
		} {
			of.Number, of.SentDay, of.SentAt, of.BoundBy, of.Payment, of.Weight = fmt.Sprintf("3026%010d", i*10+j), on, day.MustParse(on).Time().UnixMilli(), "name", "monthly", 1000
			if of.CustomerID == 0 {
				of.BoundBy = ""
			}
			items = append(items, of)
		}
	}
	if _, err := w.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	return ids[0], ids[1]
}

// TestSumsOfParcelsEqualARecount: by month, product and destination, whoever
// asks, they are what the parcels of the list add up to.
func TestSumsOfParcelsEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		shipWide(t, w)
		first, last := day.MustParse("2026-09-01"), day.MustParse("2026-10-01")
		for name, who := range map[string]struct {
			user, branch int64
			whole        bool
		}{"the company": {w.Chief, 0, true}, "a region": {w.RegionZJ, 0, true}, "a branch of it": {w.RegionZJ, w.East, true}, "a manager": {w.BossWest, 0, true}, "a rep": {w.RepWest, 0, false}, "a rep without clients": {w.RepWest2, 0, false}, "a manager elsewhere": {w.BossWest, w.East, true}} {
			scope := w.As(t, who.user).Scope(policy.WaybillRead)
			list, err := w.Waybills(ctx, scope, db.WaybillFilter{From: first.String(), To: last.MonthEnd().String(), BranchID: who.branch, Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			count := func(key func(db.Waybill) db.ShippedSum) map[db.ShippedSum]db.ShippedSum {
				out := map[db.ShippedSum]db.ShippedSum{}
				for _, x := range list.Rows {
					k := key(x.Waybill)
					s := out[k]
					s.Waybills++
					s.Freight += x.Freight
					if x.State != waybill.Cancelled {
						s.Pieces += x.Pieces
					}
					if x.State == waybill.Signed {
						s.Signed++
					}
					out[k] = s
				}
				return out
			}
			same := func(what string, got []db.ShippedSum, err error, want map[db.ShippedSum]db.ShippedSum) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != len(want) {
					t.Errorf("%s, %s: %d sums, want %d", name, what, len(got), len(want))
				}
				for _, g := range got {
					k := db.ShippedSum{BranchID: g.BranchID, Month: g.Month, Value: g.Value}
					x := want[k]
					x.BranchID, x.Month, x.Value = k.BranchID, k.Month, k.Value
					if x != g {
						t.Errorf("%s, %s: %+v, want %+v", name, what, g, x)
					}
				}
			}
			got, err := w.ShippedMonthly(ctx, scope, who.branch, first, last)
			same("months", got, err, count(func(x db.Waybill) db.ShippedSum { return db.ShippedSum{BranchID: x.BranchID, Month: x.SentDay[:7]} }))
			for dim, of := range map[string]func(db.Waybill) string{db.ByProduct: func(x db.Waybill) string { return x.Product }, db.ByProvince: func(x db.Waybill) string { return x.Province }} {
				got, err := w.ShippedParts(ctx, scope, who.branch, first, last, dim)
				want := count(func(x db.Waybill) db.ShippedSum { return db.ShippedSum{Value: of(x)} })
				if !who.whole {
					want = nil // of single clients only the months are told
				}
				same(dim, got, err, want)
			}
		}
	})
}

// TestAMonthlyReportStaysAsItWasIssued: each issue is a version of its own; who
// does not see all of the branch finds none, and a month must be over.
func TestAMonthlyReportStaysAsItWasIssued(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		n := int64(7)
		body := db.MonthlyBody{Measures: []report.Measure{{Code: "pieces", Value: &n}}, Notes: []report.Note{{Code: "pieces", Against: report.AgainstMonth, Tenths: 100, Better: 1}}, Trend: []db.MonthlyTrend{{Month: "2026-10", Pieces: 7, Freight: 1200}}}
		var ids []int64
		for _, key := range []string{"a", "b", "a"} {
			id, err := w.IssueMonthly(ctx, boss, db.Submission{Key: key}, w.West, "2026-10", body)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if ids[0] != ids[2] || ids[0] == ids[1] {
			t.Errorf("issued %v: the same form twice is one report", ids)
		}
		list, err := w.MonthlyReports(ctx, boss.Scope(policy.WaybillRead), w.West, 10)
		if err != nil || len(list) != 2 || list[0].Version != 2 || list[1].ID != ids[0] || list[1].By != "周明慧" {
			t.Errorf("%+v, %v", list, err)
		}
		got, err := w.MonthlyReport(ctx, w.As(t, w.RegionZJ).Scope(policy.WaybillRead), ids[0])
		if err != nil || !reflect.DeepEqual(got.MonthlyBody, body) || got.Version != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		for name, user := range map[string]int64{"a rep": w.RepWest, "another branch": w.BossEast} {
			if _, err := w.MonthlyReport(ctx, w.As(t, user).Scope(policy.WaybillRead), ids[0]); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.IssueMonthly(ctx, w.As(t, w.BossEast), db.Submission{}, w.West, "2026-10", body); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("issued for another branch: %v", err)
		}
		for _, month := range []string{"2026-11", "2027-01", "x", ""} {
			if _, err := w.IssueMonthly(ctx, boss, db.Submission{}, w.West, month, body); !errors.Is(err, db.ErrRefused) {
				t.Errorf("of %q: %v", month, err)
			}
		}
	})
}
