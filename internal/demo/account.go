package demo

import (
	"context"
	"fmt"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
)

// How account customers pay, and how many of a hundred do so.
const (
	paysInTime = iota
	paysLate
	paysInPart
	stopped
	prepays
)

var payers = [5]int{paysInTime: 68, paysLate: 16, paysInPart: 7, stopped: 6, prepays: 3}

// entriesAtOnce is about how many documents one transaction writes.
const entriesAtOnce = 5000

// accounts makes a statement for every month that is over of every account
// customer who shipped, and what was paid until yesterday.
func (w *world) accounts(ctx context.Context, d *db.DB, system policy.Actor) error {
	if w.cfg.Waybills <= 0 {
		return nil
	}
	var list []db.AccountEntry
	numbers := map[string]int{}
	number := func(head string, branch int64, on day.Day) string {
		key := fmt.Sprint(head, branch, on.String()[:7])
		numbers[key]++
		return fmt.Sprintf("%s%s%s-%04d", head, on.String()[2:4], on.String()[5:7], numbers[key])
	}
	i := 0
	var failed error
	err := d.AccountMonths(ctx, system, func(c db.AccountClient) bool {
		i++
		list = append(list, w.account(newDice(w.cfg.Seed, "account", i), c, number)...)
		if len(list) >= entriesAtOnce {
			failed = d.LoadEntries(ctx, system, list)
			list = list[:0]
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err == nil && len(list) > 0 {
		err = d.LoadEntries(ctx, system, list)
	}
	return err
}

// account is what one client was charged and has paid.
func (w *world) account(r dice, c db.AccountClient, number func(string, int64, day.Day) string) []db.AccountEntry {
	var out []db.AccountEntry
	habit, who := r.weighted(payers[:]...), r.person()
	method := []string{ledger.Transfer, ledger.Transfer, ledger.WeChat, ledger.Alipay, ledger.Draft}[r.IntN(5)]
	pay := func(on day.Day, fen int64, month, remark string) {
		if on < w.cfg.Today && fen > 0 {
			out = append(out, db.AccountEntry{BranchID: c.BranchID, CustomerID: c.ID, Kind: ledger.Payment, Number: number("HK", c.BranchID, on), Periods: month, Day: on.String(), Paid: fen,
				Method: method, HandledBy: who, Remark: remark})
		}
	}
	for _, m := range c.Months {
		first := day.MustParse(m.Month + "-01")
		issued := first.AddMonths(1).Add(r.between(0, 4))
		if issued >= w.cfg.Today || m.Freight <= 0 {
			continue
		}
		due := ledger.Due(issued, c.TermsDays, ledger.DefaultRule())
		if habit == prepays {
			pay(first.Add(-r.between(1, 6)), (m.Freight/100_00+1)*100_00, "", "预存")
		}
		out = append(out, db.AccountEntry{BranchID: c.BranchID, CustomerID: c.ID, Kind: ledger.Statement, Number: number("DZ", c.BranchID, issued), Periods: m.Month, Day: issued.String(), Due: due.String(),
			Charged: m.Freight, HandledBy: who})
		term := int(due - issued)
		switch {
		case habit == paysInTime:
			pay(issued.Add(r.between(2, max(3, term))), m.Freight, m.Month, "")
		case habit == paysLate:
			pay(due.Add(r.between(5, 40)), m.Freight, m.Month, "")
		case habit == paysInPart && r.chance(0.4):
			pay(issued.Add(r.between(2, max(3, term))), m.Freight*2/3, m.Month, "先付一部分")
		case habit == paysInPart, habit == stopped && due < w.cfg.Today.Add(-100):
			pay(issued.Add(r.between(2, max(3, term))), m.Freight, m.Month, "")
		}
	}
	return out
}
