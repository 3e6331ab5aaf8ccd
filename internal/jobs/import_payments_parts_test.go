package jobs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/ledger"
)

const (
	moneyClients = 20
	moneyRows    = 3000 // new ones of the long file; moneyClients more are corrections
)

// moneyLine is a document of a client: a statement for even numbers, a payment
// for odd ones.
func moneyLine(i, yuan int) string {
	kind, charged, paid := "对账单", fmt.Sprint(yuan), ""
	if i%2 == 1 {
		kind, charged, paid = "回款", "", fmt.Sprint(yuan)
	}
	k := i % moneyClients
	return fmt.Sprintf("%s,N%06d,老客户%02d号贸易行,57100020%02d,2026-09,2026-10-%02d,%s,%s,,\n", kind, i, k, k, 1+i%28, charged, paid)
}

// longMoney brings the early documents once more, each 1 yuan higher, and many
// new ones.
func longMoney() []byte {
	var out strings.Builder
	out.WriteString(moneyHead)
	for i := range moneyClients + moneyRows {
		out.WriteString(moneyLine(i, 11))
	}
	return []byte(out.String())
}

// balances are what is on record of all accounts, after a recount.
func (b *branch) balances(when string) (entries, balance int64) {
	b.t.Helper()
	s, err := b.SumReceivables(context.Background(), policy.SystemActor("test").Scope(policy.AccountRead), db.ReceivableFilter{State: db.ReceivableAll, Today: "2026-11-20", Rules: db.OneAccountRule(ledger.DefaultRule())})
	if err != nil {
		b.t.Fatal(err)
	}
	if found, err := b.CheckAccounts(context.Background()); err != nil || len(found) > 0 {
		b.t.Errorf("%s: %v %v", when, found, err)
	}
	return s.Entries, s.Balance
}

func (b *branch) wantBalances(when string, entries, balance int64) {
	b.t.Helper()
	if n, fen := b.balances(when); n != entries || fen != balance {
		b.t.Errorf("%s: %d entries, %d fen; want %d, %d", when, n, fen, entries, balance)
	}
}

// killedMoney starts the long file and kills it in the middle.
func killedMoney(t *testing.T) (b *branch, path string, m db.Import) {
	t.Helper()
	for range 10 {
		b, path = openBranch(t)
		early := moneyHead
		for i := range moneyClients {
			if _, err := b.CreateCustomer(context.Background(), b.boss, db.Submission{}, db.Customer{BranchID: b.West, Name: fmt.Sprintf("老客户%02d号贸易行", i), AccountNo: fmt.Sprintf("57100020%02d", i)}); err != nil {
				t.Fatal(err)
			}
			early += moneyLine(i, 10)
		}
		b.want("the early file", b.apply(b.bringBytes(db.ImportPayments, "早.csv", []byte(early), db.ImportOptions{})), "applied", [4]int64{moneyClients, 0, 0, 0})
		m = b.bringBytes(db.ImportPayments, "长.csv", longMoney(), db.ImportOptions{})
		b.want("judged", m, "judged", [4]int64{moneyRows, moneyClients, 0, 0})
		if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		if b.killed(m, 600) {
			return b, path, m
		}
	}
	t.Fatal("never killed in the middle")
	return
}

func TestALongAccountFileIsTakenInPartsAndItsSumsAreAlwaysRight(t *testing.T) {
	ctx := context.Background()
	b, path, m := killedMoney(t)
	b.balances("killed")
	b = b.again(path)
	b.balances("killed and opened again")
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("applied", m, "applied", [4]int64{moneyRows, moneyClients, 0, 0})
	b.wantBalances("applied", moneyRows+moneyClients, 0)
	again := b.bringBytes(db.ImportPayments, "再.csv", longMoney(), db.ImportOptions{})
	b.want("the file again", again, "judged", [4]int64{0, 0, moneyRows + moneyClients, 0})

	if err := b.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	b.killed(m, 400)
	b.balances("half undone")
	b = b.again(path)
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != moneyRows+moneyClients || m.Undo.Kept+m.Undo.Failed != 0 {
		t.Errorf("undo: %s, %d reversed, %d kept, %d failed", m.State, m.Undo.Reversed, m.Undo.Kept, m.Undo.Failed)
	}
	b.wantBalances("undone", moneyClients, 0)
	b.sound()
}

func TestACancelledLongAccountFileIsTakenBack(t *testing.T) {
	ctx := context.Background()
	b, path, m := killedMoney(t)
	if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
		t.Fatal(err)
	}
	b.Clock.Move(5 * time.Minute)
	b.killed(m, 50)
	b.balances("half taken back")
	b = b.again(path)
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("taken back", m, "judged", [4]int64{moneyRows, moneyClients, 0, 0})
	b.wantBalances("taken back", moneyClients, 0)
	b.want("applied after all", b.apply(m), "applied", [4]int64{moneyRows, moneyClients, 0, 0})
	b.wantBalances("applied after all", moneyRows+moneyClients, 0)
	b.sound()
}

// Somebody corrects one of the entries while the file is half taken: what was
// written goes, and the file is judged again.
func TestAnAccountFileThatAnotherOvertakesIsJudgedAgain(t *testing.T) {
	ctx := context.Background()
	b, path, m := killedMoney(t)
	b = b.again(path)
	last := moneyClients + moneyRows - 1
	b.want("the other", b.apply(b.bringBytes(db.ImportPayments, "别.csv", []byte(moneyHead+moneyLine(last, 30)), db.ImportOptions{})), "applied", [4]int64{1, 0, 0, 0})
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("judged again", m, "judged", [4]int64{moneyRows - 1, moneyClients + 1, 0, 0})
	b.wantBalances("taken back", moneyClients+1, -3000)
	b.want("applied", b.apply(m), "applied", [4]int64{moneyRows - 1, moneyClients + 1, 0, 0})
	b.wantBalances("applied", moneyRows+moneyClients, 0)
}
