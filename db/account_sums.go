package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"yike/policy/ledger"
)

// What is open of every entry, and what is kept of every account
// (account_kept.go), is written by whoever writes to account_entries, in the
// same transaction (resettle). CheckAccounts holds it against a recount.

// nothingDue stands for the due day of somebody of whom nothing is open: it is
// later than all others.
const nothingDue = "9999-12-31"

// accountSum is what account_sums holds of a client.
type accountSum struct {
	Branch, Charged, Paid, Balance, Free int64
	OldestDue, LastPaid                  string
	Entries                              int64
	Open                                 string // what is open by due day, see dueText
	OldestLeft                           int64  // of it, what was due first
	Binned                               bool   // the client is in the bin
}

// entry is a document as policy/ledger sees it.
func (e *AccountEntry) entry() ledger.Entry {
	return ledger.Entry{Kind: e.Kind, Periods: e.Months(), Day: dayParsed(e.Day), Charged: e.Charged, Paid: e.Paid}
}

// settled sets the entries of one client, void ones among them, against each
// other: what is open of each, and what is kept of the account.
func settled(list []AccountEntry) ([]ledger.Open, accountKept) {
	k := accountKept{accountSum: accountSum{OldestDue: nothingDue}}
	open := make([]ledger.Open, len(list))
	months := map[string]*accountMonth{}
	var count []ledger.Entry
	var at []int
	for i := range list {
		e := &list[i]
		k.Branch = e.BranchID
		if e.VoidedAt != 0 {
			continue
		}
		one := e.entry()
		count, at = append(count, one), append(at, i)
		k.Entries++
		k.Charged += e.Charged
		k.Paid += e.Paid
		if e.Kind == ledger.Payment {
			k.LastPaid = max(k.LastPaid, e.Day)
		}
		m := months[one.MonthOf()]
		if m == nil {
			m = &accountMonth{Month: one.MonthOf()}
			months[m.Month] = m
		}
		m.add(e)
	}
	k.Balance = k.Charged - k.Paid
	due := map[string]int64{}
	for i, o := range ledger.Settle(count) {
		open[at[i]] = o
		k.Free += o.Free
		if o.Left > 0 {
			k.OldestDue = min(k.OldestDue, list[at[i]].Due)
			due[list[at[i]].Due] += o.Left
		}
	}
	k.Open, k.OldestLeft = dueText(due), due[k.OldestDue]
	closing := int64(0)
	for _, month := range slices.Sorted(maps.Keys(months)) {
		m := months[month]
		closing += m.Charged - m.Paid
		m.Closing = closing
		k.Months = append(k.Months, *m)
	}
	return open, k
}

// add counts a document of the month.
func (m *accountMonth) add(e *AccountEntry) {
	m.Entries++
	m.Charged += e.Charged
	m.Paid += e.Paid
	if e.Kind == ledger.Statement {
		m.Statements++
	}
}

// settledDay is how the day of a settlement is stored.
func settledDay(o ledger.Open) string {
	if o.Settled == 0 {
		return ""
	}
	return o.Settled.String()
}

// resettle works out anew what is open of clients' entries, and all that is
// kept of their accounts; customers are in order.
func (tx *Tx) resettle(ctx context.Context, customers ...int64) error {
	t := newAccountTally()
	for _, id := range customers {
		if err := tx.resettleOne(ctx, id, t); err != nil {
			return err
		}
	}
	return t.flush(ctx, tx)
}

func (tx *Tx) resettleOne(ctx context.Context, customer int64, t *accountTally) error {
	name, binned, err := tx.holdAccount(ctx, customer)
	if err != nil {
		return err
	}
	was, err := tx.keptAccount(ctx, customer)
	if err != nil {
		return err
	}
	list, err := accountEntries(ctx, tx, `WHERE e.customer_id = $1 ORDER BY e.day, e.id`, customer)
	if err != nil {
		return err
	}
	open, now := settled(list)
	now.Binned = binned
	for i, o := range open {
		e := &list[i]
		if e.Left == o.Left && e.Free == o.Free && e.Settled == settledDay(o) && e.Month == e.entry().MonthOf() {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE account_entries SET left_fen = $2, free_fen = $3, settled_on = $4, month = $5 WHERE id = $1`, e.ID, o.Left, o.Free, settledDay(o), e.entry().MonthOf()); err != nil {
			return fmt.Errorf("account of customer %d: %w", customer, err)
		}
	}
	if was.same(&now) {
		return nil
	}
	if err := t.count(&was, -1); err != nil {
		return err
	}
	if err := t.count(&now, 1); err != nil {
		return err
	}
	if len(list) > 0 {
		return tx.keepAccount(ctx, customer, name, &was, &now)
	}
	for _, query := range []string{`DELETE FROM account_sums WHERE customer_id = $1`, `DELETE FROM account_months WHERE customer_id = $1`} {
		if _, err := tx.exec(ctx, query, customer); err != nil {
			return fmt.Errorf("account of customer %d: %w", customer, err)
		}
	}
	return nil
}
