package db_test

import (
	"context"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/waybill"
)

func TestRatesOfComplaintsAreThoseOfTwelveMonths(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		pine, moon, idle := fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "城西海棠食品", w.RepWest2), fileOf(t, w, "青禾文具", w.RepWest)
		today := day.At(w.Now(), db.Zone)
		first := today.MonthStart().AddMonths(1 - db.RateMonths)
		var parcels []db.Waybill
		sent := func(c int64, on day.Day, n int) {
			for range n {
				number := "3026" + string(rune('0'+len(parcels)/1000%10)) + string(rune('0'+len(parcels)/100%10)) + string(rune('0'+len(parcels)/10%10)) + string(rune('0'+len(parcels)%10)) + "000001"
				parcels = append(parcels, db.Waybill{Number: number, BranchID: w.West, CustomerID: c, SentDay: on.String(), SentAt: on.Time().UnixMilli(), Pieces: 2, State: waybill.Signed})
			}
		}
		sent(pine.ID, today, 75)
		sent(pine.ID, first, 25)
		sent(pine.ID, first.Add(-1), 150) // the day before
		sent(moon.ID, today, 49)          // too few
		if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(parcels), nil); err != nil {
			t.Fatal(err)
		}
		var into int64
		for range 2 {
			var err error
			if into, err = w.OpenCase(ctx, boss, db.Submission{}, told(pine.ID, "慢")); err != nil {
				t.Fatal(err)
			}
		}
		old := told(pine.ID, "慢")
		old.OpenedAt = first.Add(-1).Start(db.Zone).UnixMilli()
		if _, err := w.OpenCase(ctx, boss, db.Submission{}, old); err != nil {
			t.Fatal(err)
		}
		if _, err := w.OpenCase(ctx, boss, db.Submission{}, told(moon.ID, "慢")); err != nil {
			t.Fatal(err)
		}
		// What went into another case is one matter.
		twice, err := w.OpenCase(ctx, boss, db.Submission{}, told(pine.ID, "慢"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.MergeCase(ctx, boss, db.CaseRef{ID: twice}, into, "同一件"); err != nil {
			t.Fatal(err)
		}
		got, err := w.ComplaintRates(ctx, []int64{pine.ID, moon.ID, idle.ID}, today)
		if err != nil || got[pine.ID].Text() != "100.0" || got[pine.ID].Parcels != 200 || got[moon.ID].Text() != "" || got[moon.ID].Count != 1 || len(got) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		file := func(by policy.Actor) (said string) {
			t.Helper()
			err := w.ExportCustomers(ctx, by, db.CustomerExport{Columns: []string{"name", "complaints"}}, func(_ []int64, rows [][]string) error {
				for _, r := range rows {
					said += r[1]
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return said
		}
		if got := file(boss); got != "100.0" {
			t.Errorf("the file says %q", got)
		}
		if got := file(w.As(t, w.BossEast)); got != "" {
			t.Errorf("another branch's file says %q", got)
		}
	})
}
