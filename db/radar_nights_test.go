package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/worktime"
)

// quiet are the clients of a stop of the countdown, by the list and as the
// figures count them.
func quiet(t *testing.T, w *dbtest.World, by int64, stop string) (ids []int64) {
	t.Helper()
	ctx, scope := context.Background(), w.As(t, by).Scope(policy.CustomerRead)
	page, err := w.Customers(ctx, scope, db.CustomerFilter{Quiet: stop})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Rows {
		ids = append(ids, c.ID)
	}
	figures, err := w.QuietFigures(ctx, scope, 0)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(figures, func(f db.QuietFigure) bool { return f.Stop == stop }); i < 0 || figures[i].Clients != int64(len(ids)) || figures[i].More {
		t.Errorf("user %d: the list of stop %s has %d, the figures say %+v", by, stop, len(ids), figures)
	}
	return ids
}

func TestTheCountdownToSilenceIsKeptEveryNight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		stops, _ := shippers(t, world) // until 14 August; the branch's parcels are known through 15 October
		shipsAgain(t, world, 0, "2026-10-16", "2026-12-10")
		for _, tt := range []struct{ on, stop string }{
			{"2026-09-13", ""}, {"2026-09-14", "30"}, {"2026-10-13", "30"}, {"2026-10-14", "60"}, {"2026-10-29", "75"}, {"2026-11-14", "75"}, {"2026-11-15", "90"}, {"2026-12-10", "90"},
		} {
			if _, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse(tt.on)); err != nil {
				t.Fatal(err)
			}
			for _, stop := range []string{"30", "60", "75", "90"} {
				var want []int64
				if stop == tt.stop {
					want = []int64{stops}
				}
				for _, who := range []int64{w.RepWest, w.BossWest, w.Admin} {
					got := quiet(t, world, who, stop)
					if who != w.RepWest {
						got = slices.DeleteFunc(got, func(id int64) bool { return id != stops })
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s: user %d finds %v at stop %s, want %v", tt.on, who, got, stop, want)
					}
				}
				for _, other := range []int64{w.RepWest2, w.BossEast} {
					if got := quiet(t, world, other, stop); slices.Contains(got, stops) {
						t.Errorf("%s: user %d finds %v at stop %s", tt.on, other, got, stop)
					}
				}
			}
		}
		// More than a year later nothing is read of it any more, and it is as silent.
		shipsAgain(t, world, 0, "2028-01-03", "2028-01-04")
		if _, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse("2028-01-05")); err != nil {
			t.Fatal(err)
		}
		if got := quiet(t, world, w.RepWest, "90"); !slices.Equal(got, []int64{stops}) {
			t.Errorf("after more than a year: %v", got)
		}
		shipsAgain(t, world, stops, "2028-01-05", "2028-01-05")
		if _, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse("2028-01-06")); err != nil {
			t.Fatal(err)
		}
		if got := quiet(t, world, w.RepWest, "90"); len(got) != 0 {
			t.Errorf("once it ships: %v", got)
		}
	})
}

func TestAClockThatWasSetBackRaisesNothingTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		w := radarWorld{world, t}
		shippers(t, world)
		w.sweep("2026-09-14", 1)
		w.sweep("2026-10-14", 1) // on to the sixtieth day
		for _, back := range []string{"2026-09-14", "2026-09-20", "2026-10-13"} {
			w.sweep(back, 0)
		}
		if r := w.the(w.RepWest, radar.Silence); r.Detail.Stop != 60 || r.State != db.RadarOpen || r.Version != 2 {
			t.Errorf("after nights that had been: %+v", r.RadarAlert)
		}
		w.sweep("2026-10-14", 0)
		shipsAgain(t, world, 0, "2026-10-16", "2026-11-05")
		w.sweep("2026-10-29", 2) // the last stop, and the other's week without parcels
	})
}

func TestTwoNodesSweepTheSameNightOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		shippers(t, world)
		type swept struct {
			n   int64
			err error
		}
		results := make(chan swept, 2)
		for range 2 {
			go func() {
				n, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse("2026-09-14"))
				results <- swept{n, err}
			}()
		}
		sum := int64(0)
		for range 2 {
			r := <-results
			// One that was too late may be told so: it is tried again by its job.
			if r.err == nil {
				sum += r.n
			}
		}
		if sum != 1 {
			t.Errorf("%d raised by both, want 1", sum)
		}
		w.the(w.RepWest, radar.Silence)
		todos, _, err := w.Todos(ctx, w.As(t, w.RepWest), db.TodoFilter{Kind: "radar_silence"})
		if err != nil || len(todos) != 1 {
			t.Errorf("%d to-dos, %v", len(todos), err)
		}
		w.sweep("2026-09-14", 0)
	})
}

func TestARuleThatChangesHoldsForWhatIsRaisedAfterIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		stops, steady := shippers(t, world) // the steady one until 15 October
		shipsAgain(t, world, stops, "2026-08-17", "2026-11-13")
		shipsAgain(t, world, 0, "2026-11-16", "2026-12-20")
		w.sweep("2026-11-21", 2) // a week without parcels, and thirty days
		rule := radar.Default()
		rule.Least = 60 // more than the fifty a week
		text, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.RadarRule, db.RuleRow{Rule: db.RuleRadar, ValidFrom: "2026-11-22", Value: string(text), Reason: "太吵"}); err != nil {
			t.Fatal(err)
		}
		w.sweep("2026-11-22", 0) // what was raised stays, though it would not be raised now
		if r := w.the(w.BossWest, radar.Week); r.RuleVersion != 0 || r.State != db.RadarOpen || r.CustomerID != stops {
			t.Errorf("the week: %+v", r.RadarAlert)
		}
		if r := w.the(w.BossWest, radar.Silence); r.RuleVersion != 0 || r.CustomerID != steady {
			t.Errorf("the silence: %+v", r.RadarAlert)
		}
		w.sweep("2026-12-15", 2) // sixty days, and thirty of the other
		list, _, err := w.RadarAlerts(ctx, w.As(t, w.BossWest).Scope(policy.RadarRead), db.RadarFilter{Kind: string(radar.Silence)})
		if err != nil || len(list) != 2 || list[0].RuleVersion != 1 || list[1].RuleVersion != 1 {
			t.Errorf("by the new rule: %+v, %v", list, err)
		}
		if r := w.the(w.BossWest, radar.Week); r.RuleVersion != 0 {
			t.Errorf("the week says version %d", r.RuleVersion)
		}
	})
}

// TestTheRadarEqualsARecountOfTheParcels: what the sweep raises from sums that
// are kept is what the rule finds in the parcels themselves.
func TestTheRadarEqualsARecountOfTheParcels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, system, rnd := context.Background(), policy.SystemActor("test"), rand.New(rand.NewPCG(7, 11))
		through, today := day.MustParse("2026-10-30"), day.MustParse("2026-10-31")
		var items []db.Waybill
		var clients []int64
		for i := range 40 {
			branch := []int64{world.West, world.East}[i%2]
			id, err := world.CreateCustomer(ctx, world.As(t, world.Admin), db.Submission{}, db.Customer{BranchID: branch, Name: fmt.Sprintf("第%d家公司", i)})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
			// Each at its own pace, many fall or stop on some day.
			pace, change, then := 1+rnd.IntN(6), day.MustParse("2026-07-01").Add(rnd.IntN(121)), rnd.IntN(4)
			for d := day.MustParse("2026-05-01"); d <= through; d++ {
				n := rnd.IntN(2*pace + 1)
				if d >= change {
					n = n * then / 3
				}
				if n == 0 && i > 1 {
					continue
				}
				items = append(items, db.Waybill{Number: fmt.Sprintf("31%02d%08d", i, int(d)), BranchID: branch, CustomerID: id, BoundBy: "name", SentDay: d.String(), SentAt: d.Time().UnixMilli(),
					Pieces: int64(max(n, 1)), State: []string{"signed", "signed", "signed", "transit", "cancelled"}[rnd.IntN(5)]})
			}
		}
		if _, err := world.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := world.SweepRadar(ctx, system, today); err != nil {
			t.Fatal(err)
		}
		cal := radar.Default().Calendar(worktime.China())
		want, got := map[string]int{}, map[string]int{}
		word := func(customer int64, a radar.Alert, usual int64) string {
			return fmt.Sprintf("%d %s %s %d of %d, usually %d", slices.Index(clients, customer), a.Kind, a.Key, a.Got, a.Expected, usual)
		}
		for _, id := range clients {
			var days radar.Days
			f := db.WaybillFilter{CustomerID: id, Limit: 500}
			for {
				page, err := world.Waybills(ctx, system.Scope(policy.WaybillRead), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range page.Rows {
					if on := day.MustParse(x.SentDay); x.State != "cancelled" {
						days.Set(on, days.Of(on)+x.Pieces)
					}
				}
				if page.Last || len(page.Rows) == 0 {
					break
				}
				last := page.Rows[len(page.Rows)-1]
				f.At = db.WaybillKey{Day: last.SentDay, ID: last.ID}
			}
			for _, a := range radar.Judge(days, today, through, radar.Default(), cal) {
				want[word(id, a, a.Usual())]++
			}
		}
		list, more, err := world.RadarAlerts(ctx, system.Scope(policy.RadarRead), db.RadarFilter{Limit: 500})
		if err != nil || more {
			t.Fatal(err, more)
		}
		for _, r := range list {
			got[word(r.CustomerID, r.Detail, r.Usual)]++
		}
		if len(want) < 10 {
			t.Fatalf("only %d falls among the generated: nothing to compare", len(want))
		}
		for w, n := range want {
			if got[w] != n {
				t.Errorf("recounted %d, raised %d: %s", n, got[w], w)
			}
		}
		for g, n := range got {
			if want[g] != n {
				t.Errorf("raised %d, recounted %d: %s", n, want[g], g)
			}
		}
	})
}
