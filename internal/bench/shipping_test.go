package bench

import (
	"context"
	"strconv"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
)

// BenchmarkShipping measures the profile of a client who ships every day, the
// radar's list and a night of the radar over all clients. It wants parcels:
// YIKE_BENCH_WAYBILLS, twenty a client when it is not set.
func BenchmarkShipping(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		ctx, system := context.Background(), policy.SystemActor("bench")
		newest, err := s.app.DB.Waybills(ctx, system.Scope(policy.WaybillRead), db.WaybillFilter{Limit: 500})
		if err != nil {
			b.Fatal(err)
		}
		sent, most := map[int64]int{}, int64(0)
		for _, w := range newest.Rows {
			if w.CustomerID != 0 {
				if sent[w.CustomerID]++; sent[w.CustomerID] > sent[most] {
					most = w.CustomerID
				}
			}
		}
		if most == 0 {
			b.Skip("no parcels: a database that YIKE_BENCH_DIR kept from before there were any")
		}
		page(b, s, f, "profile", "admin", "/customers/"+strconv.FormatInt(most, 10)+"/shipping")
		page(b, s, f, "radar", "admin", "/radar?state=all")
		b.Run("a night", func(b *testing.B) {
			for b.Loop() {
				start := time.Now()
				if _, err := s.app.DB.SweepRadar(ctx, system, day.At(dbtest.Start, db.Zone)); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(start).Seconds(), "s/night")
			}
		})
	})
}
