package demo_test

import (
	"context"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/demo"
	"yike/policy"
	"yike/policy/day"
)

func BenchmarkSeed(b *testing.B) {
	access, err := policy.DefaultAccess()
	if err != nil {
		b.Fatal(err)
	}
	d := dbtest.Open(b, dbtest.NewClock(dbtest.Start))
	b.ResetTimer()
	r, err := demo.Fill(context.Background(), d, access, demo.Config{Seed: 1, Today: day.At(dbtest.Start, db.Zone), Branches: 8, Customers: 20000, Visits: 0, PasswordHash: dbtest.Hash}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(r.Customers)/r.Took.Seconds(), "customers/s")
}
