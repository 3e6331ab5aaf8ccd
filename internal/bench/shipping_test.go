package bench

import (
	"context"
	"fmt"
	"runtime"
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
			b.Skip("no parcels: a database that YIKE_BENCH_DIR kept from before there were any")
		}
		page(b, s, f, "profile", "admin", "/customers/"+strconv.FormatInt(most, 10)+"/shipping")
		night := func(b *testing.B) {
			if _, err := s.app.DB.SweepRadar(ctx, system, day.At(dbtest.Start, db.Zone)); err != nil {
				b.Fatal(err)
			}
		}
		firstNight(b, s, night) // a large load has not been looked at yet
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

// firstNight is one on which everything is new, in a database that was just
// made: all alerts and all stops of the countdown are to be written. Somebody
// logs one visit after the other meanwhile: the longest of them waited for the
// longest hold of the writer. It says the memory that the night took, too.
func firstNight(b *testing.B, s *site, night func(*testing.B)) {
	b.Helper()
	ids, cookie := someCustomers(b, s, rep), s.as(b, rep)
	run := time.Now().UnixNano()
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, longest, visits := before.HeapInuse, time.Duration(0), 0
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			start := time.Now()
			if err := visit(s, cookie, ids[n%len(ids)], fmt.Sprintf("night-%d-%d", run, n)); err != nil {
				done <- err
				return
			}
			longest, visits = max(longest, time.Since(start)), n+1
			if runtime.ReadMemStats(&during); during.HeapInuse > most {
				most = during.HeapInuse
			}
		}
	}()
	start := time.Now()
	night(b)
	took := time.Since(start)
	close(stop)
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.Logf("first night: %.1f s, %.0f MB more of heap; the longest of %d visits logged beside it took %.0f ms",
		took.Seconds(), float64(most-before.HeapInuse)/1e6, visits, float64(longest.Microseconds())/1000)
}
