package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
)

// accounts is a company with two account customers of the western branch.
type accounts struct {
	*dbtest.World
	t          *testing.T
	boss       policy.Actor
	pine, moon int64
}

func newAccounts(t *testing.T, w *dbtest.World) *accounts {
	t.Helper()
	a := &accounts{World: w, t: t, boss: w.As(t, w.BossWest)}
	for name, into := range map[string]*int64{"松果文具有限公司": &a.pine, "月牙食品有限公司": &a.moon} {
		id, err := w.CreateCustomer(context.Background(), a.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name, OwnerID: w.RepWest, Terms: "monthly", TermsDays: 30, CreditLimit: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		*into = id
	}
	return a
}

func (a *accounts) add(customer int64, kind, day string, fen int64, months string) int64 {
	a.t.Helper()
	e := db.AccountEntry{CustomerID: customer, Kind: kind, Day: day, Periods: months}
	switch kind {
	case ledger.Statement:
		e.Charged = fen
	case ledger.Payment:
		e.Paid = fen
	case ledger.Refund:
		e.Paid = -fen
	case ledger.Reversal:
		e.Charged = -fen
	}
	id, err := a.AddEntry(context.Background(), a.boss, db.Submission{}, e)
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *accounts) right(when string) {
	a.t.Helper()
	if found, err := a.CheckAccounts(context.Background()); err != nil || len(found) > 0 {
		a.t.Errorf("%s: %v %v", when, found, err)
	}
}

// list is who a list names, with balances.
func (a *accounts) list(by policy.Actor, f db.ReceivableFilter) string {
	a.t.Helper()
	f.Today, f.Rules = "2026-11-20", db.OneAccountRule(ledger.DefaultRule())
	p, err := a.Receivables(context.Background(), by.Scope(policy.AccountRead), f)
	if err != nil {
		a.t.Fatal(err)
	}
	sums, err := a.SumReceivables(context.Background(), by.Scope(policy.AccountRead), f)
	if err != nil {
		a.t.Fatal(err)
	}
	out, n := "", db.ReceivableSums{}
	for _, r := range p.Rows {
		out += fmt.Sprintf("%s %d %v;", r.Name, r.Balance, r.Standing.Owing)
		n.Accounts++
		n.Balance += r.Balance
		n.Free += r.Free
		for i, fen := range r.Standing.Ages {
			n.Ages[i] += fen
		}
	}
	n.Entries = sums.Entries
	if f.Limit == 0 && n != sums {
		a.t.Errorf("the rows add up to %+v, the sums say %+v", n, sums)
	}
	return out
}

func TestAnAccountSaysWhatIsOwedOverdueAndPrepaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a := newAccounts(t, w)
		old := a.add(a.pine, ledger.Statement, "2026-08-03", 40_000, "2026-07")
		a.add(a.pine, ledger.Statement, "2026-11-03", 70_000, "2026-10")
		pay := a.add(a.pine, ledger.Payment, "2026-09-01", 15_000, "")
		a.add(a.moon, ledger.Payment, "2026-10-01", 30_000, "")
		a.right("after four entries")
		c, err := w.Customer(ctx, a.boss.Scope(policy.AccountRead), a.pine)
		if err != nil {
			t.Fatal(err)
		}
		acc, err := w.AccountOf(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		s := ledger.Stand(acc.Open, acc.Free, c.CreditLimit, ledger.DefaultRule(), day.MustParse("2026-11-20"))
		if s.Balance != 95_000 || s.Overdue != 25_000 || s.Days != 79 || !s.Owing || s.Ages != [ledger.Ages]int64{70_000, 0, 0, 25_000, 0} || s.OverLimit != 0 || acc.LastPaid != "2026-09-01" {
			t.Errorf("%+v of %+v", s, acc)
		}
		e, _, err := w.Entry(ctx, a.boss.Scope(policy.AccountRead), old)
		if err != nil || e.Number != "DZ20260803-001" || e.Due != "2026-09-02" || e.Left != 25_000 {
			t.Errorf("the statement: %+v %v", e, err)
		}
		for _, c := range []struct {
			name string
			f    db.ReceivableFilter
			want string
		}{
			{"all that is open, the largest first", db.ReceivableFilter{}, "松果文具有限公司 95000 true;月牙食品有限公司 -30000 false;"},
			{"by name", db.ReceivableFilter{Sort: db.ReceivableByName}, "松果文具有限公司 95000 true;月牙食品有限公司 -30000 false;"},
			{"by the oldest debt", db.ReceivableFilter{Sort: db.ReceivableByDue, State: db.ReceivableAll}, "松果文具有限公司 95000 true;月牙食品有限公司 -30000 false;"},
			{"who owes", db.ReceivableFilter{State: db.ReceivableOwing}, "松果文具有限公司 95000 true;"},
			{"who has something overdue", db.ReceivableFilter{State: db.ReceivableOverdue}, "松果文具有限公司 95000 true;"},
			{"who has money with us", db.ReceivableFilter{State: db.ReceivableCredit}, "月牙食品有限公司 -30000 false;"},
			{"who is over the limit", db.ReceivableFilter{State: db.ReceivableOver}, ""},
			{"of an age", db.ReceivableFilter{Aged: true, Age: ledger.To90}, "松果文具有限公司 95000 true;"},
			{"of an age that nobody has", db.ReceivableFilter{Aged: true, Age: ledger.Over90}, ""},
			{"of another's", db.ReceivableFilter{OwnerID: 7}, ""},
			{"of another branch", db.ReceivableFilter{BranchID: w.East}, ""},
			{"a page of one", db.ReceivableFilter{Limit: 1}, "松果文具有限公司 95000 true;"},
		} {
			if got := a.list(a.boss, c.f); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		for _, sort := range []string{db.ReceivableByBalance, db.ReceivableByDue, db.ReceivableByName} {
			f := db.ReceivableFilter{Today: "2026-11-20", Rules: db.OneAccountRule(ledger.DefaultRule()), Limit: 1, Sort: sort}
			one, err := w.Receivables(ctx, a.boss.Scope(policy.AccountRead), f)
			if err != nil || one.Last || len(one.Rows) != 1 {
				t.Fatalf("%q: %+v %v", sort, one, err)
			}
			f.At = one.Rows[0].Key
			two, err := w.Receivables(ctx, a.boss.Scope(policy.AccountRead), f)
			if err != nil || !two.Last || len(two.Rows) != 1 || two.Rows[0].CustomerID == one.Rows[0].CustomerID {
				t.Fatalf("%q, second page: %+v %v", sort, two, err)
			}
			f.At, f.Back = two.Rows[0].Key, true
			back, err := w.Receivables(ctx, a.boss.Scope(policy.AccountRead), f)
			if err != nil || !back.First || back.Rows[0].CustomerID != one.Rows[0].CustomerID {
				t.Fatalf("%q, back: %+v %v", sort, back, err)
			}
		}
		if got := a.list(w.As(t, w.RepWest), db.ReceivableFilter{}); got != "松果文具有限公司 95000 true;月牙食品有限公司 -30000 false;" {
			t.Errorf("the rep of both: %q", got)
		}
		if got := a.list(w.As(t, w.BossEast), db.ReceivableFilter{}); got != "" {
			t.Errorf("another branch's manager: %q", got)
		}

		e, _, _ = w.Entry(ctx, a.boss.Scope(policy.AccountRead), pay)
		if err := w.VoidEntry(ctx, a.boss, pay, e.Version, "记错了客户"); err != nil {
			t.Fatal(err)
		}
		a.right("after one was declared void")
		if got := a.list(a.boss, db.ReceivableFilter{State: db.ReceivableOver}); got != "松果文具有限公司 110000 true;" {
			t.Errorf("without the payment: %q", got)
		}
		if err := w.VoidEntry(ctx, a.boss, pay, 0, "再来一次"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("void twice: %v", err)
		}
		if err := w.CorrectEntry(ctx, a.boss, e, "改一下"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a void one corrected: %v", err)
		}
		if err := w.RestoreEntry(ctx, a.boss, pay, 0); err != nil {
			t.Fatal(err)
		}
		e, _, _ = w.Entry(ctx, a.boss.Scope(policy.AccountRead), pay)
		e.Paid = 40_000
		if err := w.CorrectEntry(ctx, a.boss, e, "少打了 250 元"); err != nil {
			t.Fatal(err)
		}
		a.right("after a correction")
		if err := w.CorrectEntry(ctx, a.boss, e, "又改"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale correction: %v", err)
		}
		if got := a.list(a.boss, db.ReceivableFilter{State: db.ReceivableOverdue}); got != "" {
			t.Errorf("paid in full, overdue: %q", got)
		}

		// Another branch sees and changes nothing; a client who moves takes the
		// account along, and its numbers stay.
		other := w.As(t, w.BossEast)
		if _, err := w.AddEntry(ctx, other, db.Submission{}, db.AccountEntry{CustomerID: a.pine, Kind: ledger.Payment, Day: "2026-11-01", Paid: 1}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch adds: %v", err)
		}
		if err := w.VoidEntry(ctx, other, pay, 0, "x"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch voids: %v", err)
		}
		if _, _, err := w.Entry(ctx, other.Scope(policy.AccountRead), pay); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch reads: %v", err)
		}
		if _, err := w.AddEntry(ctx, w.As(t, w.RepWest), db.Submission{}, db.AccountEntry{CustomerID: a.pine, Kind: ledger.Payment, Day: "2026-11-01", Paid: 1}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a rep adds: %v", err)
		}
		in := db.AccountEntry{CustomerID: a.pine, Kind: ledger.Payment, Day: "2026-11-01", Paid: 1, Number: e.Number}
		if _, err := w.AddEntry(ctx, a.boss, db.Submission{}, in); !errors.Is(err, db.ErrTaken) {
			t.Errorf("a number twice: %v", err)
		}
		in.Number = ""
		first, err := w.AddEntry(ctx, a.boss, db.Submission{Key: "once"}, in)
		again, err2 := w.AddEntry(ctx, a.boss, db.Submission{Key: "once"}, in)
		if first != again || err != nil || err2 != nil {
			t.Errorf("sent twice: %d %d %v %v", first, again, err, err2)
		}
		c.TermsDays = 60
		if err := w.UpdateCustomer(ctx, w.As(t, w.BossWest), c); err != nil {
			t.Fatal(err)
		}
		if n, err := w.RedateStatements(ctx, a.boss, a.pine); n != 1 || err != nil {
			t.Errorf("statements with new terms: %d %v", n, err)
		}
		a.right("after new terms")
		if acc, _ := w.AccountOf(ctx, c); len(acc.Open) != 1 || acc.Open[0].Due != day.MustParse("2027-01-02") {
			t.Errorf("due by the new terms: %+v", acc.Open)
		}
	})
}

func TestABranchMayHaveItsOwnMeaningOfOwing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a := newAccounts(t, w)
		admin := w.As(t, w.Admin)
		far, err := w.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: w.East, Name: "城东的客户有限公司", TermsDays: 30})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []int64{a.pine, far} { // due 2026-11-02, 19 days past on the 21st
			if _, err := w.AddEntry(ctx, admin, db.Submission{}, db.AccountEntry{CustomerID: c, Kind: ledger.Statement, Day: "2026-10-03", Periods: "2026-09", Charged: 5_000}); err != nil {
				t.Fatal(err)
			}
		}
		today := db.Day(w.Now())
		set := func(branch int64, value string, version int64) {
			t.Helper()
			if _, err := w.SetRule(ctx, admin, policy.AccountRule, db.RuleRow{Rule: db.RuleAccounts, BranchID: branch, ValidFrom: today, Value: value, Reason: "试", Version: version}); err != nil {
				t.Fatal(err)
			}
		}
		owing := func(when, want string) {
			t.Helper()
			rules, err := w.AccountRules(ctx, today)
			if err != nil {
				t.Fatal(err)
			}
			f := db.ReceivableFilter{Today: today, Rules: rules, State: db.ReceivableOwing, Sort: db.ReceivableByName}
			p, err := w.Receivables(ctx, admin.Scope(policy.AccountRead), f)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, r := range p.Rows {
				if got += r.Name + ";"; !r.Standing.Owing {
					t.Errorf("%s: %s is listed and stands as one who does not owe", when, r.Name)
				}
			}
			if got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
			n, _, err := w.CountCustomers(ctx, admin.Scope(policy.CustomerRead), db.CustomerFilter{Owing: &db.Owing{Rules: rules, Day: today}})
			if err != nil || n != int64(len(p.Rows)) {
				t.Errorf("%s: the list of clients counts %d %v, that of receivables %d", when, n, err, len(p.Rows))
			}
		}
		owing("by the default", "城东的客户有限公司;松果文具有限公司;")
		set(w.West, `{"days":30,"grace":60,"least_fen":100}`, 0)
		owing("the western branch gives more days", "城东的客户有限公司;")
		set(0, `{"days":30,"grace":0,"least_fen":9000}`, 0)
		owing("the company has a larger least amount, the western branch its own", "")
		set(w.West, `{"days":30,"grace":3,"least_fen":100}`, 1)
		owing("the western branch is stricter than the company", "松果文具有限公司;")
		if rule, row, err := w.AccountRule(ctx, w.West, today); err != nil || rule.Grace != 3 || row.BranchID != w.West || row.Version != 2 {
			t.Errorf("of the western branch: %+v %+v %v", rule, row, err)
		}
		if err := w.LockSetting(ctx, admin, policy.AccountRule, db.RuleAccounts, true, 0, "全公司一样"); err != nil {
			t.Fatal(err)
		}
		owing("head office locks it", "")
		if _, err := w.SetRule(ctx, admin, policy.AccountRule, db.RuleRow{Rule: db.RuleAccounts, BranchID: w.West, ValidFrom: today, Value: `{}`, Reason: "试", Version: 2}); !errors.Is(err, db.ErrLocked) {
			t.Errorf("a branch's own while it is locked: %v", err)
		}
		if _, err := w.SetRule(ctx, a.boss, policy.AccountRule, db.RuleRow{Rule: db.RuleAccounts, BranchID: w.West, ValidFrom: today, Value: `{}`, Reason: "试", Version: 2}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a manager without the right: %v", err)
		}
	})
}
