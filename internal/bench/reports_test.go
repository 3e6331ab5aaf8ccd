package bench

import (
	"context"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
)

// BenchmarkReports measures the database time of what is read from kept sums
// however many parcels there are: a client's two years with products and
// destinations, the core of the company, found and kept, possible new clients,
// the statements of a month, what is open. That each equals a scan of the rows is
// held by the tests of db.
func BenchmarkReports(b *testing.B) {
	for _, at := range places(b) {
		s := siteOf(b, at)
		d, ctx, all := s.app.DB, context.Background(), policy.SystemActor("bench")
		today := day.At(dbtest.Start, db.Zone)
		shipped, err := d.Waybills(ctx, all.Scope(policy.WaybillRead), db.WaybillFilter{Limit: 500})
		if err != nil {
			b.Fatal(err)
		}
		client := int64(0)
		for _, w := range shipped.Rows {
			client = max(client, w.CustomerID)
		}
		c, err := d.Customer(ctx, all.Scope(policy.CustomerRead), client)
		if err != nil {
			b.Skip("no parcels of clients")
		}
		first, _, through, err := d.CoreMonths(ctx, 0, today)
		if err != nil || !through.Valid() {
			b.Fatalf("months of the core: %v, %v", through, err)
		}
		rules, err := d.AccountRules(ctx, today.String())
		if err != nil {
			b.Fatal(err)
		}
		money, month := all.Scope(policy.AccountRead), today.MonthStart().AddMonths(-1).String()[:7]
		before := 0
		for _, report := range []struct {
			name string
			read func() error
		}{
			{"profile of a client", func() error {
				_, err := d.CustomerMonths(ctx, c, today.AddMonths(-24).String()[:7], today.String()[:7])
				return err
			}},
			{"months of the core", func() error {
				_, _, _, err := d.CoreMonths(ctx, 0, today)
				return err
			}},
			{"core of the company, found", func() error {
				before++ // other months each time: nothing of them is kept
				_, err := d.Core(ctx, all.Scope(policy.WaybillRead), 0, first.AddMonths(-before%6), 1+before%99)
				return err
			}},
			{"core of the company, kept", func() error {
				_, err := d.Core(ctx, all.Scope(policy.WaybillRead), 0, first, 20)
				return err
			}},
			{"possible new clients", func() error {
				_, _, err := d.WaybillSenders(ctx, all.Scope(policy.WaybillRead), 50)
				return err
			}},
			{"statements of a month", func() error {
				_, err := d.MonthAccounts(ctx, money, db.MonthFilter{Month: month})
				return err
			}},
			{"sums of a month", func() error {
				_, err := d.SumMonth(ctx, money, db.MonthFilter{Month: month})
				return err
			}},
			{"sums of what is open", func() error {
				_, err := d.SumReceivables(ctx, money, db.ReceivableFilter{Today: today.String(), Rules: rules})
				return err
			}},
		} {
			b.Run(at.String()+"/"+report.name, func(b *testing.B) {
				var took []float64
				one := func() {
					start := time.Now()
					if err := report.read(); err != nil {
						b.Fatal(err)
					}
					took = append(took, float64(time.Since(start).Microseconds())/1000)
				}
				for b.Loop() {
					one()
				}
				for len(took) < 20 {
					one()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(median(took), "p50-ms")
				b.ReportMetric(quantile(took, 0.95), "p95-ms")
			})
		}
	}
}
