package db_test

import (
	"context"
	"maps"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// Whoever reads it, a day of the calendar counts what the list behind it has,
// and no list has what no day counts: those too that another greeting names,
// none of a client in the recycle bin.
func TestADayOfTheCalendarCountsItsList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		greetedCompany(t, w)
		all, _, err := w.Greetings(ctx, system, db.GreetingFilter{Counted: true, State: "all", Limit: 2000})
		if err != nil || len(all) < 12 {
			t.Fatal(len(all), err)
		}
		if err := w.DeleteCustomer(ctx, system, all[0].CustomerID, 1); err != nil {
			t.Fatal(err)
		}
		type key struct{ day, occasion, state string }
		for name, by := range map[string]policy.Actor{"system": system, "chief": w.As(t, w.Chief), "region": w.As(t, w.RegionZJ), "boss": w.As(t, w.BossWest), "boss of the east": w.As(t, w.BossEast),
			"rep": w.As(t, w.RepWest), "rep 2": w.As(t, w.RepWest2), "clerk": w.As(t, w.ClerkWest), "courier": w.As(t, w.CourierWest)} {
			scope := by.Scope(policy.GreetingRead)
			for _, span := range [][2]string{{"2026-12-01", "2026-12-31"}, {"2027-01-01", "2027-12-31"}, {"2026-12-22", "2027-02-04"}} {
				days, err := w.GreetingDays(ctx, scope, span[0], span[1])
				if err != nil {
					t.Fatal(name, err)
				}
				got, want := map[key]int64{}, map[key]int64{}
				for _, g := range days {
					for state, n := range map[string]int64{db.GreetingDone: g.Done, db.GreetingSkipped: g.Skipped, db.GreetingOpen: g.Open()} {
						if n != 0 {
							got[key{g.Day, g.Occasion, state}] = n
						}
					}
				}
				list, more, err := w.Greetings(ctx, by, db.GreetingFilter{Counted: true, State: "all", From: span[0], To: span[1], Limit: 2000})
				if err != nil || more {
					t.Fatal(name, more, err)
				}
				for _, g := range list {
					want[key{g.Day, g.Occasion, g.State}]++
				}
				if !maps.Equal(got, want) {
					t.Errorf("%s, %v: the calendar has %v, its lists %v", name, span, got, want)
				}
				if len(want) == 0 && (name == "system" || name == "boss" || name == "rep") {
					t.Errorf("%s, %v: nothing to compare", name, span)
				}
			}
		}
	})
}
