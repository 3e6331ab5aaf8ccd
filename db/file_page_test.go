package db_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/ledger"
)

// TestAPageTellsWhatEachOfItsPartsWouldTell: what a customer's page gathers in one
// statement is what the readings of their own say, to who may know it, and no more.
func TestAPageTellsWhatEachOfItsPartsWouldTell(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, id, on := context.Background(), pinecone(t, w), day.At(w.Now(), db.Zone)
		boss := w.As(t, w.BossWest)
		page := func(by policy.Actor) db.FilePage {
			t.Helper()
			p, err := w.FilePage(ctx, by, id, on)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := page(boss); p.Has != (db.FileHas{}) || p.Account.Entries != 0 || p.VisitMonths != nil || p.Cases.Complaints != 0 {
			t.Errorf("of a new file: %+v", p)
		}
		for _, e := range []db.AccountEntry{
			{CustomerID: id, Kind: ledger.Statement, Day: "2026-09-03", Due: "2026-10-03", Periods: "2026-08", Charged: 70_000},
			{CustomerID: id, Kind: ledger.Statement, Day: "2026-08-03", Due: "2026-09-03", Periods: "2026-07", Charged: 50_000},
			{CustomerID: id, Kind: ledger.Statement, Day: "2026-11-03", Due: "2026-12-31", Periods: "2026-10", Charged: 90_000},
			{CustomerID: id, Kind: ledger.Payment, Day: "2026-09-20", Paid: 20_000},
		} {
			if _, err := w.AddEntry(ctx, boss, db.Submission{}, e); err != nil {
				t.Fatal(err)
			}
		}
		for _, kind := range []string{casework.Complaint, casework.Complaint, casework.Suggestion} {
			if _, err := w.OpenCase(ctx, boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: kind, BranchID: w.West, CustomerID: id, Caller: "王经理", Channel: casework.Phone, Severity: casework.Minor, Said: "件没到"}}); err != nil {
				t.Fatal(err)
			}
		}
		p := page(boss)
		f, err := w.CustomerFile(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil || !reflect.DeepEqual(p.CustomerFile, f) {
			t.Errorf("the file: %+v, %v; want %+v", p.CustomerFile, err, f)
		}
		acc, err := w.AccountOf(ctx, f.Customer)
		if err != nil || !reflect.DeepEqual(p.Account, acc) || len(acc.Open) != 3 || acc.Charged-acc.Paid != 190_000 {
			t.Errorf("the account: %+v, %v; want %+v", p.Account, err, acc)
		}
		known, err := w.CaseClient(ctx, boss, f.Customer)
		if err != nil || known.Complaints != 2 || p.Cases.Complaints != 2 || !p.Has.OpenCases || len(known.Open) != 3 {
			t.Errorf("cases: %+v, %v; want %+v", p.Cases, err, known)
		}
		for _, then := range []day.Day{on, on.AddMonths(2), on.AddMonths(13)} { // more of it is late, and last year's complaints do not count
			p, err := w.FilePage(ctx, boss, id, then)
			if err != nil {
				t.Fatal(err)
			}
			score, err := w.Score(ctx, f.Customer, then)
			if got, err2 := w.ScoreOf(ctx, p); errors.Join(err, err2) != nil || !reflect.DeepEqual(got, score) {
				t.Errorf("the score on %v: %+v, %v; want %+v", then, got, errors.Join(err, err2), score)
			}
			if want := int64(2); then.Year() == on.Year() && p.Cases.Complaints != want || then.Year() != on.Year() && p.Cases.Complaints != 0 {
				t.Errorf("complaints on %v: %d", then, p.Cases.Complaints)
			}
		}
		courier := page(w.As(t, w.CourierWest))
		if courier.Account.Entries != 0 || courier.Account.Open != nil || courier.VisitMonths != nil || courier.Rated != nil {
			t.Errorf("a courier is told %+v", courier)
		}
		for name, who := range map[string]int64{"another branch": w.BossEast, "another rep": w.RepWest2} {
			if _, err := w.FilePage(ctx, w.As(t, who), id, on); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
