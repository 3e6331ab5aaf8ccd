package db

import (
	"context"
	"fmt"
)

// CheckAccounts sets every account against itself again and says where what is
// kept differs; nothing when it is right.
func (d *DB) CheckAccounts(ctx context.Context) ([]string, error) {
	kept, err := d.allKept(ctx)
	if err != nil {
		return nil, err
	}
	wrong, open := 0, 0
	one := func(customer int64, list []AccountEntry) {
		now, k := settled(list)
		k.Binned = kept[customer].Binned // held against the client below
		if kept[customer] != k.accountSum {
			wrong++
		}
		delete(kept, customer)
		for i, o := range now {
			if e := &list[i]; e.Left != o.Left || e.Free != o.Free || e.Settled != settledDay(o) || e.Month != e.entry().MonthOf() {
				open++
			}
		}
	}
	if err := d.eachAccount(ctx, one); err != nil {
		return nil, err
	}
	var found []string
	if n := wrong + len(kept); n > 0 {
		found = append(found, fmt.Sprintf("account_sums: %d accounts differ from their entries", n))
	}
	if open > 0 {
		found = append(found, fmt.Sprintf("account_entries: %d entries are open by another sum, or of another month, than they should", open))
	}
	for _, c := range keptAgain {
		var n int64
		if err := d.r.QueryRowContext(ctx, differSQL(c.kept, c.counted)).Scan(&n); err != nil {
			return found, fmt.Errorf("recount %s: %w", c.what, err)
		}
		if n > 0 {
			found = append(found, fmt.Sprintf("%s: %d rows differ from the accounts", c.what, n))
		}
	}
	return found, nil
}

// keptAgain are what is kept of the months, the branches, the order of the names
// and who is in the bin, and queries that make it out of the documents and the clients.
var keptAgain = []struct{ what, kept, counted string }{
	{"account_months", `SELECT customer_id, month, branch_id, name_key, charged_fen, paid_fen, closing_fen, entries, statements FROM account_months`,
		`SELECT e.customer_id, e.month, c.branch_id, c.name_key, CAST(SUM(e.charged_fen) AS BIGINT), CAST(SUM(e.paid_fen) AS BIGINT),
			CAST(SUM(SUM(e.charged_fen - e.paid_fen)) OVER (PARTITION BY e.customer_id ORDER BY e.month) AS BIGINT), count(*), SUM(CASE WHEN e.kind = 'statement' THEN 1 ELSE 0 END)
		FROM account_entries e JOIN customers c ON c.id = e.customer_id WHERE e.voided_at = 0 GROUP BY e.customer_id, e.month, c.branch_id, c.name_key`},
	{"clients of account_sums", `SELECT customer_id, name_key, binned FROM account_sums`, `SELECT s.customer_id, c.name_key, c.deleted_at <> 0 FROM account_sums s JOIN customers c ON c.id = s.customer_id`},
	{"clients of radar_alerts", `SELECT id, binned FROM radar_alerts`, `SELECT r.id, c.deleted_at <> 0 FROM radar_alerts r JOIN customers c ON c.id = r.customer_id`},
	{"branch_account_months", `SELECT month, branch_id, accounts, entries, charged_fen, paid_fen, closing_fen FROM branch_account_months`,
		`SELECT month, branch_id, count(*), CAST(SUM(entries) AS BIGINT), CAST(SUM(charged_fen) AS BIGINT), CAST(SUM(paid_fen) AS BIGINT), CAST(SUM(closing_fen) AS BIGINT)
		FROM account_months WHERE customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0) GROUP BY month, branch_id`},
	{"branch_account_days", `SELECT branch_id, day, left_fen, accounts, entries, balance_fen, credits, credit_entries FROM branch_account_days`,
		`SELECT branch_id, day, CAST(SUM(left_fen) AS BIGINT), CAST(SUM(accounts) AS BIGINT), CAST(SUM(entries) AS BIGINT), CAST(SUM(balance_fen) AS BIGINT), CAST(SUM(credits) AS BIGINT), CAST(SUM(credit_entries) AS BIGINT) FROM (
			SELECT branch_id, due_on AS day, left_fen, 0 AS accounts, 0 AS entries, 0 AS balance_fen, 0 AS credits, 0 AS credit_entries FROM account_entries
				WHERE left_fen > 0 AND customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)
			UNION ALL SELECT branch_id, oldest_due, 0, 1, entries, balance_fen, CASE WHEN balance_fen < 0 THEN 1 ELSE 0 END, CASE WHEN balance_fen < 0 THEN entries ELSE 0 END FROM account_sums
				WHERE entries > 0 AND customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)
		) AS counted GROUP BY branch_id, day`},
}

// allKept reads the sums that are kept of all accounts.
func (d *DB) allKept(ctx context.Context) (map[int64]accountSum, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT customer_id, `+sumColumns+` FROM account_sums`)
	if err != nil {
		return nil, fmt.Errorf("recount accounts: %w", err)
	}
	defer rows.Close()
	kept := map[int64]accountSum{}
	for rows.Next() {
		var id int64
		var s accountSum
		if err := rows.Scan(append([]any{&id}, s.columns()...)...); err != nil {
			return nil, fmt.Errorf("recount accounts: %w", err)
		}
		kept[id] = s
	}
	return kept, rows.Err()
}

// eachAccount hands the documents of each account to fn, one account after the
// other, void ones too; fn keeps nothing of the list.
func (d *DB) eachAccount(ctx context.Context, fn func(customer int64, list []AccountEntry)) error {
	rows, err := d.r.QueryContext(ctx, entriesSQL(`ORDER BY e.customer_id, e.day, e.id`))
	if err != nil {
		return fmt.Errorf("recount accounts: %w", err)
	}
	defer rows.Close()
	var list []AccountEntry
	for rows.Next() {
		var e AccountEntry
		if err := rows.Scan(pointers(e.all())...); err != nil {
			return fmt.Errorf("recount accounts: %w", err)
		}
		if len(list) > 0 && list[0].CustomerID != e.CustomerID {
			fn(list[0].CustomerID, list)
			list = list[:0]
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("recount accounts: %w", err)
	}
	if len(list) > 0 {
		fn(list[0].CustomerID, list)
	}
	return nil
}
