package db_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/report"
)

// TestTouchesEqualTheListsBehindThem: whoever reads, in whatever months, each
// way of each month is as many as its list has, counted one by one.
func TestTouchesEqualTheListsBehindThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		seen := map[string]int64{}
		for name, who := range map[string]struct{ user, branch int64 }{"head office": {w.Chief, 0}, "a branch of a region": {w.RegionZJ, w.West}, "a manager": {w.BossWest, 0}, "a rep": {w.RepWest, 0}, "a manager elsewhere": {w.BossEast, 0}, "not theirs": {w.BossEast, w.West}} {
			by := w.As(t, who.user)
			for _, span := range [][2]string{{"2026-10-01", "2026-10-01"}, {"2026-11-01", "2026-11-01"}, {"2026-10-01", "2026-11-01"}, {"2026-12-01", "2026-12-01"}} {
				first, last := day.MustParse(span[0]), day.MustParse(span[1])
				from, to := first.String(), last.MonthEnd().String()
				want := map[db.TouchSum]int64{}
				add := func(kind, way string, on day.Day) {
					if k := (db.TouchSum{Touch: report.Touch{Kind: kind, Way: way}, Month: on.MonthStart()}); k.Counts() {
						want[k]++
						seen[kind]++
					}
				}
				visits, err := w.Visits(ctx, by.Scope(policy.VisitRead), db.VisitFilter{From: from, To: to, BranchID: who.branch, State: db.VisitDone, Limit: 500})
				if err != nil || !visits.Last {
					t.Fatal(err)
				}
				for _, v := range visits.Rows {
					add(report.Visited, v.Mode, day.MustParse(v.Day))
				}
				cases, err := w.Cases(ctx, by, db.CaseFilter{Show: db.CasesAll, BranchID: who.branch, From: first.Start(db.Zone).UnixMilli(), To: last.MonthEnd().Add(1).Start(db.Zone).UnixMilli(), Limit: 500, Counted: db.Counted{On: true}})
				if err != nil || !cases.Last {
					t.Fatal(err)
				}
				for _, c := range cases.Rows {
					add(report.Asked, c.Channel, day.At(time.UnixMilli(c.OpenedAt), db.Zone))
				}
				greeted, _, err := w.Greetings(ctx, by, db.GreetingFilter{Counted: true, State: db.GreetingDone, BranchID: who.branch, From: from, To: to, Limit: 2000})
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range greeted {
					add(report.Greeted, g.DoneBy, day.MustParse(g.Day))
				}
				list, err := w.Touches(ctx, by, who.branch, first, last)
				if err != nil {
					t.Fatal(err)
				}
				got := map[db.TouchSum]int64{}
				for _, x := range list {
					n := x.N
					x.N = 0
					got[x] = n
				}
				if !maps.Equal(got, want) {
					t.Errorf("%s, %v: %v, want %v", name, span, got, want)
				}
			}
		}
		for _, kind := range []string{report.Visited, report.Asked, report.Greeted} {
			if seen[kind] == 0 {
				t.Errorf("the test counts no %s", kind)
			}
		}
	})
}
