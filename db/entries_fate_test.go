package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/handover"
	"yike/policy/ledger"
)

func TestAnAccountFollowsItsClientWhereverItGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a := newAccounts(t, w)
		admin := w.As(t, w.Admin)
		bill := a.add(a.pine, ledger.Statement, "2026-10-03", 40_000, "2026-09")
		a.add(a.moon, ledger.Statement, "2026-10-03", 9_000, "2026-09")
		all := "松果文具有限公司 40000 true;月牙食品有限公司 9000 true;"
		if got := a.list(a.boss, db.ReceivableFilter{}); got != all {
			t.Fatalf("before: %q", got)
		}
		pine := func(by policy.Actor) db.Customer {
			t.Helper()
			c, err := w.Customer(ctx, by.Scope(policy.CustomerRead), a.pine)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}

		// Another rep takes the clients over: the list is theirs from then on.
		plan, err := w.PlanHandover(ctx, a.boss, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep, Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ApplyHandover(ctx, a.boss, plan, 1); err != nil {
			t.Fatal(err)
		}
		if got := a.list(w.As(t, w.RepWest2), db.ReceivableFilter{}) + "|" + a.list(w.As(t, w.RepWest), db.ReceivableFilter{}) + "|" + a.list(a.boss, db.ReceivableFilter{OwnerID: w.RepWest2}); got != all+"||"+all {
			t.Errorf("after a handover: %q", got)
		}
		a.right("after a handover")

		// In the bin it is in no list and nothing can be added; out of it all is as before.
		if err := w.DeleteCustomer(ctx, a.boss, a.pine, 0); err != nil {
			t.Fatal(err)
		}
		if got := a.list(a.boss, db.ReceivableFilter{State: db.ReceivableAll}); got != "月牙食品有限公司 9000 true;" {
			t.Errorf("one in the bin: %q", got)
		}
		if p, err := w.MonthAccounts(ctx, a.boss.Scope(policy.AccountRead), db.MonthFilter{Month: "2026-09"}); err != nil || len(p.Rows) != 1 {
			t.Errorf("the month with one in the bin: %+v %v", p, err)
		}
		for name, err := range map[string]error{
			"adds": func() error {
				_, err := w.AddEntry(ctx, a.boss, db.Submission{}, db.AccountEntry{CustomerID: a.pine, Kind: ledger.Payment, Day: "2026-11-01", Paid: 1})
				return err
			}(),
			"voids":   w.VoidEntry(ctx, a.boss, bill, 0, "x"),
			"redates": func() error { _, err := w.RedateStatements(ctx, a.boss, a.pine); return err }(),
		} {
			if !errors.Is(err, db.ErrNotFound) {
				t.Errorf("somebody %s while the client is in the bin: %v", name, err)
			}
		}
		if err := w.RestoreCustomer(ctx, a.boss, a.pine); err != nil {
			t.Fatal(err)
		}
		if got := a.list(a.boss, db.ReceivableFilter{}); got != all {
			t.Errorf("out of the bin: %q", got)
		}

		// Another branch takes the client: its people see the account, ours do not,
		// the old numbers stay, and the new branch counts its own.
		moved := pine(admin)
		moved.BranchID, moved.OwnerID = w.East, 0
		if err := w.UpdateCustomer(ctx, admin, moved); err != nil {
			t.Fatal(err)
		}
		east := w.As(t, w.BossEast)
		if got := a.list(east, db.ReceivableFilter{}) + "|" + a.list(a.boss, db.ReceivableFilter{}); got != "松果文具有限公司 40000 true;|月牙食品有限公司 9000 true;" {
			t.Errorf("after a move: %q", got)
		}
		a.boss = east
		a.add(a.pine, ledger.Statement, "2026-10-03", 1_000, "2026-10")
		e, _, err := w.Entry(ctx, east.Scope(policy.AccountRead), bill)
		if err != nil || e.Number != "DZ20261003-001" || e.BookID != w.West || e.BranchID != w.East {
			t.Errorf("the old statement: %+v %v", e, err)
		}
		e.Charged = 41_000
		if err := w.CorrectEntry(ctx, east, e, "重量差异"); err != nil {
			t.Errorf("the new branch corrects an old one: %v", err)
		}
		a.right("after a move")
		moved = pine(admin)
		moved.BranchID, moved.OwnerID = w.West, w.RepWest
		if err := w.UpdateCustomer(ctx, admin, moved); err != nil {
			t.Fatal(err)
		}
		a.boss = w.As(t, w.BossWest)
		if got := a.list(a.boss, db.ReceivableFilter{}); got != "松果文具有限公司 42000 true;月牙食品有限公司 9000 true;" {
			t.Errorf("back again: %q", got)
		}
		a.right("back again")

		// Erased, the books stay as figures: no name, no remark, no reason.
		pay := a.add(a.pine, ledger.Payment, "2026-11-01", 500, "")
		c, _, err := w.Entry(ctx, a.boss.Scope(policy.AccountRead), pay)
		if err != nil {
			t.Fatal(err)
		}
		c.Remark = "林小满 13900007777 转的"
		if err := w.CorrectEntry(ctx, a.boss, c, "补备注"); err != nil {
			t.Fatal(err)
		}
		if err := w.VoidEntry(ctx, a.boss, pay, 0, "林小满没有转"); err != nil {
			t.Fatal(err)
		}
		q := askErasure(t, w, a.pine, 0)
		if left, err := w.PlanErasure(ctx, a.boss.Scope(policy.CustomerRights), q.ID); err != nil || left.Papers != 2 || left.Owed != 42_000 {
			t.Errorf("what an erasure leaves of the account: %+v %v", left, err)
		}
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		var charged, paid int64
		var words string
		if err := w.RawRow(`SELECT SUM(charged_fen), SUM(paid_fen), max(remark) FROM account_entries WHERE customer_id = $1`, a.pine).Scan(&charged, &paid, &words); err != nil || charged != 42_000 || paid != 500 || words != "" {
			t.Errorf("the books of an erased client: %d charged, %d paid, %q, %v", charged, paid, words, err)
		}
		if err := w.RawRow(`SELECT max(void_reason) FROM account_entries WHERE customer_id = $1`, a.pine).Scan(&words); err != nil || words != "" {
			t.Errorf("the reasons of an erased client: %q, %v", words, err)
		}
		if got := a.list(a.boss, db.ReceivableFilter{State: db.ReceivableAll}); got != "月牙食品有限公司 9000 true;" {
			t.Errorf("one erased: %q", got)
		}
		if _, _, err := w.Entry(ctx, admin.Scope(policy.AccountRead), bill); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an erased client's document: %v", err)
		}
		a.right("one erased")
	})
}

func TestListsOfAccountsAreReadInFewStatementsHoweverManyThereAre(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	a := newAccounts(t, w)
	for _, month := range []string{"2026-07", "2026-08", "2026-09", "2026-10"} {
		for _, c := range []int64{a.pine, a.moon} {
			a.add(c, ledger.Statement, "2026-11-02", 5_000, month)
		}
	}
	ctx, scope := context.Background(), a.boss.Scope(policy.AccountRead)
	read := db.CountReads(t, w.DB)
	f := db.ReceivableFilter{Today: "2026-11-20", Rules: db.OneAccountRule(ledger.DefaultRule())}
	if p, err := w.Receivables(ctx, scope, f); err != nil || len(p.Rows) != 2 {
		t.Fatal(p, err)
	}
	if _, err := w.SumReceivables(ctx, scope, f); err != nil {
		t.Fatal(err)
	}
	if n := read(); n != 2 {
		t.Errorf("the list and its sums are read in %d statements, want 2", n)
	}
	read = db.CountReads(t, w.DB)
	p, err := w.MonthAccounts(ctx, scope, db.MonthFilter{Month: "2026-10"})
	if err != nil || len(p.Rows) != 2 {
		t.Fatal(p, err)
	}
	if list, err := w.MonthEntries(ctx, p.Rows, "2026-10"); err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if n := read(); n != 2 {
		t.Errorf("a month and its documents are read in %d statements, want 2", n)
	}
}
