package db_test

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/pareto"
	"yike/policy/waybill"
)

// TestRevenuesEqualARecountOfTheWaybills: what the core is found from is the
// freight of the parcels themselves, within the scope.
func TestRevenuesEqualARecountOfTheWaybills(t *testing.T) {
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
		for i, first := range []string{"2026-06-01", "2026-08-01", "2026-09-01", "2027-03-01", "2026-10-01", "2026-05-01"} {
			start, months := day.MustParse(first), []int{db.CoreSpan, db.CoreSpan, db.CoreSpan, db.CoreSpan, 1, 7}[i]
			for name, who := range map[string]struct {
				scope  policy.Scope
				branch int64
				sees   map[int64]bool
			}{
				"the company":         {system.Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true, ids[1]: true, ids[2]: true}},
				"one branch of it":    {system.Scope(policy.WaybillRead), w.East, map[int64]bool{ids[2]: true}},
				"a manager":           {w.As(t, w.BossWest).Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true, ids[1]: true}},
				"a rep":               {w.As(t, w.RepWest).Scope(policy.WaybillRead), 0, map[int64]bool{ids[0]: true}},
				"a manager elsewhere": {w.As(t, w.BossWest).Scope(policy.WaybillRead), w.East, nil},
			} {
				want := map[int64]pareto.Client{}
				for _, p := range all.Rows {
					sent := day.MustParse(p.SentDay)
					if !who.sees[p.CustomerID] || sent < start.AddMonths(-months) || sent >= start.AddMonths(months) {
						continue
					}
					c := want[p.CustomerID]
					c.ID = p.CustomerID
					if sent >= start {
						c.Now += p.Freight
					} else {
						c.Before += p.Freight
					}
					want[p.CustomerID] = c
				}
				got, err := w.Revenues(ctx, who.scope, who.branch, start, months)
				if err != nil || len(got) != len(want) {
					t.Errorf("%s, from %s: %+v (%v), want %+v", name, first, got, err, want)
					continue
				}
				for _, c := range got {
					if c != want[c.ID] {
						t.Errorf("%s, from %s: %+v, want %+v", name, first, c, want[c.ID])
					}
				}
			}
		}
	})
}

// TestTheMonthsOfTheCoreAreWhole: the last month counts when it is over and the
// bill that is known reaches its end.
func TestTheMonthsOfTheCoreAreWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		none, _, _, err := w.CoreMonths(ctx, 0, day.MustParse("2026-11-21"))
		if err != nil || none.Valid() {
			t.Fatalf("without parcels: %v, %v", none, err)
		}
		id, err := w.CreateCustomer(ctx, policy.SystemActor("test"), db.Submission{}, db.Customer{BranchID: w.West, Name: "甲"})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct{ sent, today, branch, first, last string }{
			{"2026-09-27", "2026-11-21", "", "2026-06-01", "2026-08-01"}, // the bill of September is not all there
			{"2026-09-28", "2026-11-21", "", "2026-07-01", "2026-09-01"},
			{"2026-10-31", "2026-11-01", "", "2026-08-01", "2026-10-01"},
			{"2026-10-31", "2026-10-31", "", "2026-07-01", "2026-09-01"}, // the month is not over
			{"2026-11-20", "2026-11-21", "", "2026-08-01", "2026-10-01"},
			{"2026-11-20", "2026-11-21", "east", "", ""},
		} {
			sendOn(t, w, id, w.West, "CORE"+strconv.Itoa(i), c.sent)
			branch := int64(0)
			if c.branch != "" {
				branch = w.East
			}
			first, last, _, err := w.CoreMonths(ctx, branch, day.MustParse(c.today))
			if err != nil {
				t.Fatal(err)
			}
			if c.first == "" {
				if first.Valid() {
					t.Errorf("a branch without parcels: %v", first)
				}
				continue
			}
			if first.String() != c.first || last.String() != c.last {
				t.Errorf("parcels until %s on %s: %s to %s, want %s to %s", c.sent, c.today, first, last, c.first, c.last)
			}
		}
	})
}

// sendOn gives a client a parcel of one yuan on a day.
func sendOn(t *testing.T, w *dbtest.World, customer, branch int64, number, on string) {
	t.Helper()
	if _, err := w.LoadWaybills(context.Background(), systemActor, slices.Values([]db.Waybill{{Number: number, BranchID: branch, CustomerID: customer, SentDay: on,
		SentAt: day.MustParse(on).Time().UnixMilli(), Pieces: 1, Freight: 100, State: waybill.Signed}}), nil); err != nil {
		t.Fatal(err)
	}
}

// TestTheCoreThatIsKeptIsTheOneThatIsFound: whatever is written, what is kept in
// memory is what would be found now, and it is kept when nothing is written.
func TestTheCoreThatIsKeptIsTheOneThatIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		scope, first := admin.Scope(policy.WaybillRead), day.MustParse("2026-08-01")
		var ids []int64
		for i, name := range []string{"甲", "乙", "丙", "丁", "戊"} {
			id, err := w.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: []int64{w.West, w.East}[i%2], Name: name})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
			ship(t, w, id, []int64{w.West, w.East}[i%2], 100*int64(i+1), 50, 700-int64(i), 20)
		}
		look := func(when string) {
			t.Helper()
			for _, branch := range []int64{0, w.West, w.East} {
				list, err := w.Revenues(ctx, scope, branch, first, db.CoreSpan)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // found, and kept
					got, err := w.Core(ctx, scope, branch, first, 30)
					if want := pareto.Of(list, 30); err != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("%s, branch %d: %+v (%v), want %+v", when, branch, got, err, want)
					}
				}
			}
		}
		look("at first")
		was, err := w.Core(ctx, scope, 0, first, 30)
		if err != nil {
			t.Fatal(err)
		}
		// Written behind the program's back: nobody is told, so what is kept stands.
		if _, err := db.Writer(w.DB).Exec(`UPDATE customer_months SET freight_fen = freight_fen * 2`); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Core(ctx, scope, 0, first, 30); err != nil || !reflect.DeepEqual(got, was) {
			t.Errorf("found anew: %+v (%v), want %+v", got, err, was)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE customer_months SET freight_fen = freight_fen / 2`); err != nil {
			t.Fatal(err)
		}
		sendOn(t, w, ids[0], w.West, "KEPT1", "2026-09-03")
		look("after a parcel")
		c, err := w.Customer(ctx, scope, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		c.BranchID = w.East
		if err := w.UpdateCustomer(ctx, admin, c); err != nil {
			t.Fatal(err)
		}
		look("after a move")
		if err := w.DeleteCustomer(ctx, admin, ids[4], 0); err != nil {
			t.Fatal(err)
		}
		look("one in the bin")
		if err := w.RestoreCustomer(ctx, admin, ids[4]); err != nil {
			t.Fatal(err)
		}
		look("out of the bin")
	})
}
