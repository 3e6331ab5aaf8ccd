package work

import (
	"context"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	money "yike/policy/ledger"
)

// A clerk writes a payment down on the phone: the balance falls, and rises
// again when it is taken back.
func TestAPaymentIsWrittenDownOnThePhoneAndTakenBack(t *testing.T) {
	c := e2e.NewCompany(t)
	ctx, boss := context.Background(), c.As(t, c.BossWest)
	id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: "松果文具有限公司", AccountNo: "5712000999", Terms: "monthly", TermsDays: 30})
	if err == nil {
		_, err = c.AddEntry(ctx, boss, db.Submission{}, db.AccountEntry{CustomerID: id, Kind: money.Statement, Number: "DZ1", Periods: "2026-09", Day: "2026-10-03", Charged: 1_100_00})
	}
	if err != nil {
		t.Fatal(err)
	}
	b := c.Window(t, "clerk", e2e.Phone, e2e.Light)
	b.Go(c.URL + "/receivables")
	b.WaitText("#receivables", "1,100.00")
	b.Look("receivables")
	b.ClickAndLoad(`#receivables a[href$="/account"]`)
	b.ClickAndLoad(`a[href$="/account/new?kind=payment"]`)
	b.Fill("amount", "600")
	b.Fill("day", "2026-11-20")
	b.Fill("method", money.Transfer)
	b.Look("payment")
	b.ClickAndLoad(`form[action$="/account"] button.btn-primary[type="submit"]`)
	b.WaitText("body", "已记下回款 600.00 元")
	b.WaitText(".figs", "500.00")
	b.WaitText("#entries", "HK20261120-001")
	b.Look("account")
	b.ClickAndLoad(`form[action^="/receivables/"][action$="/void"] button[type="submit"]`)
	b.WaitText("body", "已作废，余额已重算")
	b.WaitText(".figs", "1,100.00")
	b.Go(c.URL + "/receivables")
	b.WaitText("#receivables", "1,100.00")
}
