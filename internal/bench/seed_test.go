//go:build unix

package bench

import (
	"context"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/app"
	"yike/internal/demo"
	"yike/policy/day"
)

// worked is the processor time of the process so far.
func worked(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSeed fills an empty SQLite database, as `yike seed` does: customers
// for each second that passes, indexes and search included, and for each second
// of processor time, with no visits, with the three newest of each customer (what
// yike seed makes unless told otherwise), and with all of two years. Goal: 5,000 a
// second.
func BenchmarkSeed(b *testing.B) {
	for _, n := range sizes(b) {
		for _, kind := range []struct {
			name           string
			visits, latest int
		}{{"none", 0, 0}, {"newest", -1, 3}, {"all", -1, 0}} {
			b.Run(strconv.Itoa(n)+"/"+kind.name, func(b *testing.B) {
				var wall, work []float64
				for b.Loop() {
					data := filepath.Join(b.TempDir(), "seed")
					ctx := context.Background()
					d, err := app.OpenDB(ctx, app.Config{Data: data, KeyFile: data + ".key"})
					if err != nil {
						b.Fatal(err)
					}
					before := worked(b)
					r, err := demo.Fill(ctx, d, demo.Config{Seed: 1, Today: day.At(dbtest.Start, db.Zone), Branches: demo.Branches,
						Customers: n, Visits: kind.visits, Latest: kind.latest}, time.Now)
					if err != nil {
						b.Fatal(err)
					}
					work = append(work, float64(r.Customers)/(worked(b)-before).Seconds())
					wall = append(wall, float64(r.Customers)/r.Took.Seconds())
					if err := d.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(median(wall), "customers/s")
				b.ReportMetric(median(work), "customers/cpu-s")
			})
		}
	}
}
