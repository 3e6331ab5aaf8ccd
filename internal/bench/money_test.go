package bench

import (
	"context"
	"strconv"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
)

// BenchmarkMoney measures the lists of what clients owe, the account of the
// client with the longest one, the statements of a month and the core of the
// clients.
func BenchmarkMoney(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		ctx, scope := context.Background(), policy.SystemActor("bench").Scope(policy.AccountRead)
		today := day.At(dbtest.Start, db.Zone)
		rules, err := s.app.DB.AccountRules(ctx, today.String())
		if err != nil {
			b.Fatal(err)
		}
		all := db.ReceivableFilter{Today: today.String(), Rules: rules, State: db.ReceivableAll, Limit: 500}
		sums, err := s.app.DB.SumReceivables(ctx, scope, all)
		if err != nil {
			b.Fatal(err)
		}
		if sums.Accounts == 0 {
			b.Skip("no accounts")
		}
		list, err := s.app.DB.Receivables(ctx, scope, all)
		if err != nil {
			b.Fatal(err)
		}
		longest, most := int64(0), int64(0)
		for _, r := range list.Rows {
			acc, err := s.app.DB.AccountOf(ctx, db.Customer{ID: r.CustomerID})
			if err != nil {
				b.Fatal(err)
			}
			if acc.Entries > most {
				longest, most = r.CustomerID, acc.Entries
			}
		}
		b.Logf("%d accounts with %d documents, the longest has %d", sums.Accounts, sums.Entries, most)
		month := "/receivables/month?month=" + today.MonthStart().AddMonths(-1).String()[:7]
		page(b, s, f, "receivables of a branch", boss, "/receivables")
		page(b, s, f, "receivables, the oldest debt first", boss, "/receivables?sort=due")
		page(b, s, f, "receivables by name", boss, "/receivables?sort=name")
		page(b, s, f, "who owes", boss, "/receivables?state=owing")
		page(b, s, f, "receivables of the company", "admin", "/receivables")
		page(b, s, f, "account", "admin", "/customers/"+strconv.FormatInt(longest, 10)+"/account")
		page(b, s, f, "month of a branch", boss, month)
		page(b, s, f, "month of the company", "admin", month)
		page(b, s, f, "core of a branch", boss, "/core")
		page(b, s, f, "core of the company", "admin", "/core")
		page(b, s, f, "next month of a branch", boss, "/forecast")
		page(b, s, f, "next month of the company", "admin", "/forecast")
	})
}
