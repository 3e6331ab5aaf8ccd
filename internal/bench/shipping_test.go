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
// radar's list and a night of the radar over all clients.
func BenchmarkShipping(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		s.spent(b)
		ctx, system := context.Background(), policy.SystemActor("bench")
		sent, most := map[int64]int{}, int64(0)
		// The newest of a large load may all be of senders whom nobody knows.
		filter := db.WaybillFilter{Limit: 500}
		for range 200 {
			newest, err := s.app.DB.Waybills(ctx, system.Scope(policy.WaybillRead), filter)
			if err != nil {
				b.Fatal(err)
			}
			for _, w := range newest.Rows {
				if w.CustomerID != 0 {
					if sent[w.CustomerID]++; sent[w.CustomerID] > sent[most] {
						most = w.CustomerID
					}
				}
			}
			if len(newest.Rows) < 500 || sent[most] > 20 {
				break
			}
			last := newest.Rows[len(newest.Rows)-1]
			filter.At = db.WaybillKey{Day: last.SentDay, ID: last.ID}
		}
		if most == 0 {
			b.Skip("no parcels: -waybills made none")
		}
		page(b, s, f, "profile", "admin", "/customers/"+strconv.FormatInt(most, 10)+"/shipping")
		night := func(b *testing.B) {
			if _, err := s.app.DB.SweepRadar(ctx, system, day.At(dbtest.Start, db.Zone)); err != nil {
				b.Fatal(err)
			}
		}
		page(b, s, f, "radar", "admin", "/radar")
		page(b, s, f, "radar, all of them", "admin", "/radar?state=all")
		page(b, s, f, "radar of a branch", boss, "/radar")
		b.Run("a night", func(b *testing.B) {
			for b.Loop() {
				start := time.Now()
				night(b)
				b.ReportMetric(time.Since(start).Seconds(), "s/night")
			}
		})
	})
}
