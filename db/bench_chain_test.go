package db_test

import (
	"context"
	"fmt"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

// BenchmarkCheckChain compares a chain of 100,000 records with as many changed
// rows link by link, as the night and yike check do. It grows with the number of
// records: ten times as many take ten times as long. On the two shared cores of
// 2026-11-22 a record with its change took 29 µs, so that 1,000,000 take half a
// minute.
func BenchmarkCheckChain(b *testing.B) {
	const records, clients, bulks = 100_000, 2_000, 50
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(b, clock)
	ctx, boss := context.Background(), w.As(b, w.BossWest)
	var ids []int64
	for i := range clients {
		id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, OwnerID: w.RepWest, Name: fmt.Sprintf("链条客户%04d", i)})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	owners := [2]int64{w.RepWest2, w.RepWest}
	for i := range bulks {
		for part := 0; part < len(ids); part += 500 {
			if _, err := w.BulkCustomers(ctx, boss, ids[part:part+500], db.CustomerBulk{Owner: &owners[i%2]}); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i := range records - clients - bulks*clients/500 {
		if err := w.NoteAct(ctx, boss, "customers.export", w.West, 0, int64(i%500), map[string]any{"format": "xlsx"}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.CloseChain(ctx); err != nil {
		b.Fatal(err)
	}
	b.Run("100,000 records", func(b *testing.B) {
		for b.Loop() {
			r, err := w.CheckChain(ctx)
			if err != nil || !r.Whole() || r.Links < records {
				b.Fatal(r, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/records, "µs/record")
	})
}
