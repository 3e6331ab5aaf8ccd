package db_test

import (
	"context"
	"reflect"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
)

// TestMonthlyPiecesEqualARecountOfTheWaybills: what is to come is worked out from
// the parcels themselves, within the scope.
func TestMonthlyPiecesEqualARecountOfTheWaybills(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		var ids []int64
		for _, c := range []db.Customer{{BranchID: w.West, Name: "甲", OwnerID: w.RepWest}, {BranchID: w.West, Name: "乙", OwnerID: w.RepWest2}, {BranchID: w.East, Name: "丙"}} {
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		ship(t, w, ids[0], w.West, 100, 200, 300, 400, 500, 600, 700, 800)
		ship(t, w, ids[1], w.West, 900, -50)
		ship(t, w, ids[2], w.East, 40, 30, 20, 10)
		all, err := w.Waybills(ctx, system.Scope(policy.WaybillRead), db.WaybillFilter{Limit: 100})
		if err != nil || len(all.Rows) == 0 {
			t.Fatalf("%d waybills, %v", len(all.Rows), err)
		}
		for _, span := range []struct {
			first  string
			months int
		}{{"2026-01-01", 12}, {"2026-08-01", 2}, {"2027-03-01", 6}, {"2026-08-01", 0}} {
			start := day.MustParse(span.first)
			for name, who := range map[string]struct {
				scope  policy.Scope
				branch int64
				sees   map[int64]bool
				places bool
			}{
				"the company":         {system.Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true, ids[1]: true, ids[2]: true}, true},
				"one branch of it":    {system.Scope(policy.WaybillRead), w.East, map[int64]bool{ids[2]: true}, true},
				"a manager":           {w.As(t, w.BossWest).Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true, ids[1]: true}, true},
				"a rep":               {w.As(t, w.RepWest).Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true}, false},
				"a manager elsewhere": {w.As(t, w.BossWest).Scope(policy.WaybillRead), w.East, nil, false},
			} {
				want := map[int64][]int64{}
				for _, p := range all.Rows {
					sent := day.MustParse(p.SentDay)
					if !who.sees[p.CustomerID] || sent < start || sent >= start.AddMonths(span.months) {
						continue
					}
					if want[p.CustomerID] == nil {
						want[p.CustomerID] = make([]int64, span.months)
					}
					for i := range span.months {
						if sent >= start.AddMonths(i) && sent < start.AddMonths(i+1) {
							want[p.CustomerID][i] += p.Pieces
						}
					}
				}
				list, err := w.MonthlyPieces(ctx, who.scope, who.branch, start, span.months)
				got := map[int64][]int64{}
				for _, c := range list {
					got[c.ID] = c.Months
				}
				if err != nil || len(got) != len(list) || !reflect.DeepEqual(got, want) {
					t.Errorf("%s, from %s: %v (%v), want %v", name, span.first, got, err, want)
				}
				if n := w.PlacesWithin(who.scope, who.branch); (n > 0) != who.places {
					t.Errorf("%s reaches %d branches", name, n)
				}
			}
		}
	})
}
