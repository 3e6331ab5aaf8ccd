//go:build unix

package db

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"yike/policy"
	"yike/policy/day"
)

// BenchmarkSweep is the radar's night over all branches: the first one, which
// raises whatever there is, and one a week later, as a job runs it.
//
//	YIKE_BENCH_SIZES=10000,100000 go test -run ^$ -bench Sweep -benchtime 1x -timeout 1h ./db
func BenchmarkSweep(b *testing.B) {
	if os.Getenv("YIKE_BENCH_SIZES") == "" {
		b.Setenv("YIKE_BENCH_SIZES", "10000")
	}
	for _, n := range benchSizes() {
		on := day.MustParse("2026-11-20")
		d := nightDB(b, n, on)
		if err := d.Raw(`INSERT INTO waybill_sums (branch_id, period, dim, value, waybills, pieces, freight_fen, weight_g, signed, exceptions)
			SELECT id, '2026-11-19', '', '', 1, 1, 1, 1, 0, 0 FROM branches`); err != nil {
			b.Fatal(err)
		}
		// One of thirty-three shipped every four days, and nothing since September.
		for _, query := range []string{
			`DELETE FROM customer_months WHERE customer_id % 33 = 0 AND month > '2026-09'`,
			`UPDATE customer_months SET habits = '1:4 5:4 9:4 13:4 17:4 21:4 25:4 29:4|9:32|standard:32|monthly:32|330100:32', pieces = 32 WHERE customer_id % 33 = 0 AND month <> '2026-02'`,
		} {
			if err := d.Raw(query); err != nil {
				b.Fatal(err)
			}
		}
		for _, what := range []string{"the first", "a week later"} {
			b.Run(fmt.Sprintf("%d/%s", n, what), func(b *testing.B) {
				ctx, stop := context.WithCancel(context.Background()) // a job can be stopped
				defer stop()
				for b.Loop() {
					start, cpu := time.Now(), worked(b)
					found, err := d.SweepRadar(ctx, policy.SystemActor("bench"), on)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(time.Since(start).Seconds(), "s")
					b.ReportMetric(worked(b)-cpu, "cpu-s")
					b.ReportMetric(float64(found), "found")
				}
			})
			on = on.Add(7)
		}
	}
}
