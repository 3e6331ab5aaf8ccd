package db_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/waybill"
)

// TestAreasEqualARecount: every number of an area is that of the list behind
// it, and the freight that of the parcels.
func TestAreasEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, all := context.Background(), w.As(t, w.Chief)
		shanghai, _ := place.Path("310112")
		places := []struct{ city, place, word string }{{"330100", "330110", "330110"}, {"330100", "330106", "330106"}, {"330100", "330100", "330100" + db.NoDistrict}, {"", "", "none"}, {shanghai.City.Code, "310112", "310112"}}
		kinds, stages := []string{"ecommerce", "enterprise", ""}, []string{"prospect", "lost", "growing", ""}
		type sums struct{ pieces, freight, before, year int64 }
		want := map[string]sums{}
		var parcels []db.Waybill
		for i := range 40 {
			at := places[i%len(places)]
			branch, owner := w.West, w.RepWest
			if i%3 == 0 {
				branch, owner = w.East, 0
			}
			id, err := w.CreateCustomer(ctx, all, db.Submission{}, db.Customer{BranchID: branch, Name: fmt.Sprintf("分布 %d 号", i), OwnerID: owner, Kind: kinds[i%3], Stage: stages[i%4], CityCode: at.city, PlaceCode: at.place}, db.Contact{})
			if err != nil {
				t.Fatal(err)
			}
			for n, month := range []string{"2026-11", "2026-10", "2026-08", "2026-07", "2025-10", "2025-01"} {
				fen := int64(1000 + 10*i + n)
				parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("7%05d%04d", i, n), BranchID: branch, CustomerID: id, SentDay: month + "-03", SentAt: 1, Pieces: int64(1 + i%4), Freight: fen, State: waybill.Signed})
				s := want[at.word]
				switch month {
				case "2026-11", "2026-10":
					s.pieces += int64(1 + i%4)
					s.freight += fen
				case "2026-08":
					s.before += fen
				case "2025-10":
					s.year += fen
				}
				want[at.word] = s
			}
		}
		if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(parcels), nil); err != nil {
			t.Fatal(err)
		}
		first := day.MustParse("2026-10-01")
		for name, who := range map[string]int64{"head office": w.Chief, "a manager": w.BossWest, "a rep": w.RepWest, "nobody's": w.RepWest2} {
			actor := w.As(t, who)
			clients, money := actor.Scope(policy.CustomerRead), actor.Scope(policy.WaybillRead)
			for _, branch := range []int64{0, w.West} {
				list, err := w.Areas(ctx, clients, money, branch, first, 2)
				if err != nil {
					t.Fatal(err)
				}
				total := int64(0)
				for _, a := range list {
					word := a.Place
					switch {
					case a.City == "":
						word = "none"
					case a.Place == a.City:
						word = a.City + db.NoDistrict
					}
					count := func(f db.CustomerFilter) int64 {
						f.Place, f.Branch = word, branch
						n, _, err := w.CountCustomers(ctx, clients, f)
						if err != nil {
							t.Fatal(err)
						}
						return int64(n)
					}
					if got := count(db.CustomerFilter{}); got != a.Clients || got == 0 {
						t.Errorf("%s in %s: %d clients, its list has %d", name, word, a.Clients, got)
					}
					for k, n := range a.Kinds {
						if got := count(db.CustomerFilter{Kind: k}); k != "" && got != n {
							t.Errorf("%s in %s: %d of kind %s, its list has %d", name, word, n, k, got)
						}
					}
					for s, n := range a.Stages {
						if got := count(db.CustomerFilter{Stage: s}); s != "" && got != n {
							t.Errorf("%s in %s: %d at stage %s, its list has %d", name, word, n, s, got)
						}
					}
					total += a.Clients
					if got := (sums{a.Pieces, a.Freight, a.Before, a.Year}); name == "head office" && branch == 0 && got != want[word] {
						t.Errorf("%s: %+v, want %+v", word, got, want[word])
					}
				}
				if n, _, err := w.CountCustomers(ctx, clients, db.CustomerFilter{Branch: branch}); err != nil || int64(n) != total {
					t.Errorf("%s, branch %d: %d in areas, %d in the list (%v)", name, branch, total, n, err)
				}
				if name == "head office" && branch == 0 && len(list) != len(slices.Collect(maps.Keys(want))) {
					t.Errorf("%d areas", len(list))
				}
			}
		}
	})
}
