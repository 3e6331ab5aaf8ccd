package db

import (
	"context"
	"fmt"

	"yike/policy/ledger"
)

// What is open of every entry, and the sums of every client, are kept by
// whoever writes to account_entries, in the same transaction (resettle).
// CheckAccounts holds them against a recount.

// nothingDue stands for the due day of somebody of whom nothing is open: it is
// later than all others.
const nothingDue = "9999-12-31"

// accountSum is what account_sums holds of a client.
type accountSum struct {
	Branch, Charged, Paid, Balance, Free int64
	OldestDue, LastPaid                  string
	Entries                              int64
}

// entry is a document as policy/ledger sees it.
func (e *AccountEntry) entry() ledger.Entry {
	return ledger.Entry{Kind: e.Kind, Periods: e.Months(), Day: dayParsed(e.Day), Charged: e.Charged, Paid: e.Paid}
}

// settled sets the entries of one client, void ones among them, against each
// other: what is open of each, and their sums.
func settled(list []AccountEntry) ([]ledger.Open, accountSum) {
	sum := accountSum{OldestDue: nothingDue}
	open := make([]ledger.Open, len(list))
	var count []ledger.Entry
	var at []int
	for i := range list {
		e := &list[i]
		sum.Branch = e.BranchID
		if e.VoidedAt != 0 {
			continue
		}
		count, at = append(count, e.entry()), append(at, i)
		sum.Entries++
		sum.Charged += e.Charged
		sum.Paid += e.Paid
		if e.Kind == ledger.Payment {
			sum.LastPaid = max(sum.LastPaid, e.Day)
		}
	}
	sum.Balance = sum.Charged - sum.Paid
	for k, o := range ledger.Settle(count) {
		open[at[k]] = o
		sum.Free += o.Free
		if o.Left > 0 {
			sum.OldestDue = min(sum.OldestDue, list[at[k]].Due)
		}
	}
	return open, sum
}

// settledDay is how the day of a settlement is stored.
func settledDay(o ledger.Open) string {
	if o.Settled == 0 {
		return ""
	}
	return o.Settled.String()
}

// resettle works out anew what is open of a client's entries, and the client's
// sums.
func (tx *Tx) resettle(ctx context.Context, customer int64) error {
	list, err := accountEntries(ctx, tx, `WHERE e.customer_id = $1 ORDER BY e.day, e.id`, customer)
	if err != nil {
		return err
	}
	open, sum := settled(list)
	for i, o := range open {
		e := &list[i]
		if e.Left == o.Left && e.Free == o.Free && e.Settled == settledDay(o) && e.Month == e.entry().MonthOf() {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE account_entries SET left_fen = $2, free_fen = $3, settled_on = $4, month = $5 WHERE id = $1`, e.ID, o.Left, o.Free, settledDay(o), e.entry().MonthOf()); err != nil {
			return fmt.Errorf("account of customer %d: %w", customer, err)
		}
	}
	if len(list) == 0 {
		_, err = tx.exec(ctx, `DELETE FROM account_sums WHERE customer_id = $1`, customer)
	} else {
		_, err = tx.exec(ctx, `INSERT INTO account_sums (customer_id, branch_id, charged_fen, paid_fen, balance_fen, free_fen, oldest_due, last_paid, entries)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (customer_id) DO UPDATE SET branch_id = excluded.branch_id, charged_fen = excluded.charged_fen, paid_fen = excluded.paid_fen,
				balance_fen = excluded.balance_fen, free_fen = excluded.free_fen, oldest_due = excluded.oldest_due, last_paid = excluded.last_paid, entries = excluded.entries`,
			customer, sum.Branch, sum.Charged, sum.Paid, sum.Balance, sum.Free, sum.OldestDue, sum.LastPaid, sum.Entries)
	}
	if err != nil {
		return fmt.Errorf("account of customer %d: %w", customer, err)
	}
	return nil
}

// CheckAccounts sets every account against itself again and says where what is
// kept differs; nothing when it is right.
func (d *DB) CheckAccounts(ctx context.Context) ([]string, error) {
	kept := map[int64]accountSum{}
	rows, err := d.r.QueryContext(ctx, `SELECT customer_id, branch_id, charged_fen, paid_fen, balance_fen, free_fen, oldest_due, last_paid, entries FROM account_sums`)
	if err != nil {
		return nil, fmt.Errorf("recount accounts: %w", err)
	}
	for rows.Next() {
		var id int64
		var s accountSum
		if err := rows.Scan(&id, &s.Branch, &s.Charged, &s.Paid, &s.Balance, &s.Free, &s.OldestDue, &s.LastPaid, &s.Entries); err != nil {
			rows.Close()
			return nil, fmt.Errorf("recount accounts: %w", err)
		}
		kept[id] = s
	}
	err = rows.Err()
	rows.Close()
	if err != nil {
		return nil, fmt.Errorf("recount accounts: %w", err)
	}
	wrong, open := 0, 0
	one := func(customer int64, list []AccountEntry) {
		now, sum := settled(list)
		if kept[customer] != sum {
			wrong++
		}
		delete(kept, customer)
		for i, o := range now {
			if e := &list[i]; e.Left != o.Left || e.Free != o.Free || e.Settled != settledDay(o) || e.Month != e.entry().MonthOf() {
				open++
			}
		}
	}
	entries, err := d.r.QueryContext(ctx, entriesSQL(`ORDER BY e.customer_id, e.day, e.id`))
	if err != nil {
		return nil, fmt.Errorf("recount accounts: %w", err)
	}
	defer entries.Close()
	var list []AccountEntry
	for entries.Next() {
		var e AccountEntry
		if err := entries.Scan(pointers(e.all())...); err != nil {
			return nil, fmt.Errorf("recount accounts: %w", err)
		}
		if len(list) > 0 && list[0].CustomerID != e.CustomerID {
			one(list[0].CustomerID, list)
			list = list[:0]
		}
		list = append(list, e)
	}
	if err := entries.Err(); err != nil {
		return nil, fmt.Errorf("recount accounts: %w", err)
	}
	if len(list) > 0 {
		one(list[0].CustomerID, list)
	}
	var found []string
	if n := wrong + len(kept); n > 0 {
		found = append(found, fmt.Sprintf("account_sums: %d accounts differ from their entries", n))
	}
	if open > 0 {
		found = append(found, fmt.Sprintf("account_entries: %d entries are open by another sum, or of another month, than they should", open))
	}
	return found, nil
}
