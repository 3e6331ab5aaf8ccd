package ledger_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"yike/policy/day"
	"yike/policy/ledger"
)

func TestASheetHoldsWhatBelongsToItsMonth(t *testing.T) {
	list := []ledger.Entry{
		bill("2026-10-03", 500, "2026-09"), // of September, written in October
		paid("2026-10-20", 200),            // money of October
		bill("2026-11-03", 700, "2026-10"), // of October, written in November
		uncharge("2026-11-09", 50, "2026-10"),
		paid("2026-11-15", 300, "2026-09"), // names September, came in November
		bounce("2026-11-18", 300, "2026-09"),
		bill("2026-11-03", 90, "2026-08", "2026-10"), // of two months: the later one
		uncharge("2026-10-31", 10),                   // names none: its own day
	}
	due := func(i int) day.Day { return list[i].Day.Add(30 - i) }
	for _, c := range []struct {
		name, month                     string
		opening, charged, paid, closing int64
		lines                           []int
		balances                        []int64
		due                             []string
	}{
		{"a month before all of it", "2026-08", 0, 0, 0, 0, nil, nil, nil},
		{"the first statement, before its money", "2026-09", 0, 500, 0, 500, []int{0}, []int64{500}, []string{"2026-11-02"}},
		{"charges that name the month, money that came in it", "2026-10", 500, 730, 200, 1030, []int{1, 7, 2, 6, 3}, []int64{300, 290, 990, 1080, 1030}, []string{"2026-11-27", "2026-12-01"}},
		{"a payment that bounced in the same month", "2026-11", 1030, 0, 0, 1030, []int{4, 5}, []int64{730, 1030}, nil},
		{"a month after all of it", "2027-01", 1030, 0, 0, 1030, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ledger.SheetOf(list, c.month, due)
			var days []string
			for _, d := range s.Due {
				days = append(days, d.String())
			}
			if s.Opening != c.opening || s.Charged != c.charged || s.Paid != c.paid || s.Closing != c.closing || !slices.Equal(s.Lines, c.lines) || !slices.Equal(s.Balances, c.balances) || !slices.Equal(days, c.due) {
				t.Errorf("%+v, due %v", s, days)
			}
		})
	}
}

func TestEachSheetOpensWithWhatTheOneBeforeClosedWith(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a test
	months := []string{"2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"}
	for range 300 {
		var list []ledger.Entry
		sum := int64(0)
		for range r.IntN(12) {
			var named []string
			for range r.IntN(3) {
				named = append(named, months[1+r.IntN(4)])
			}
			e := []func(string, int64, ...string) ledger.Entry{bill, paid, refund, uncharge, bounce}[r.IntN(5)](day.MustParse("2026-05-01").Add(r.IntN(120)).String(), int64(1+r.IntN(300)), named...)
			sum += e.Charged - e.Paid
			list = append(list, e)
		}
		n, before := 0, int64(0)
		for _, m := range months {
			s := ledger.SheetOf(list, m, func(int) day.Day { return 1 })
			if s.Opening != before || s.Closing != s.Opening+s.Charged-s.Paid {
				t.Fatalf("%s of %+v: %+v after %d", m, list, s, before)
			}
			n, before = n+len(s.Lines), s.Closing
		}
		if n != len(list) || before != sum {
			t.Fatalf("the sheets of %+v hold %d and close with %d, not %d", list, n, before, sum)
		}
	}
}
