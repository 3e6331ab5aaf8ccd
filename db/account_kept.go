package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy/ledger"
)

// What a list of accounts shows is kept: of each account its sums and its
// months, of each branch the sums of both (branch_account_days,
// branch_account_months). Whoever writes to account_entries takes off what an
// account counted for and puts on what it counts for now, in the same
// transaction. CheckAccounts holds all of it against a recount.

// accountKept is what is kept of one account.
type accountKept struct {
	accountSum
	Months []accountMonth // the earliest first
}

// accountMonth is a month in which an account moved, and what was open after it.
type accountMonth struct {
	Month                                       string
	Charged, Paid, Closing, Entries, Statements int64
}

func (k *accountKept) same(o *accountKept) bool {
	return k.accountSum == o.accountSum && slices.Equal(k.Months, o.Months)
}

// dueText is what is open of an account as account_sums has it, by due day.
func dueText(byDay map[string]int64) string {
	var b strings.Builder
	for i, day := range slices.Sorted(maps.Keys(byDay)) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(day)
		b.WriteByte(':')
		b.WriteString(strconv.FormatInt(byDay[day], 10))
	}
	return b.String()
}

// dueItems reads it, the earliest first.
func dueItems(text string) (out []ledger.Item, err error) {
	for word := range strings.SplitSeq(text, " ") {
		if word == "" {
			continue
		}
		on, fen, _ := strings.Cut(word, ":")
		it := ledger.Item{Due: dayParsed(on)}
		if it.Left, err = strconv.ParseInt(fen, 10, 64); err != nil {
			return nil, fmt.Errorf("what is open of an account, %q: %w", text, err)
		}
		out = append(out, it)
	}
	return out, nil
}

// accountTally gathers differences of the branches' sums until flush writes them.
type accountTally struct {
	days   map[dayKey]accountDay
	months map[branchMonth]monthSum
}

type branchMonth struct {
	month  string
	branch int64
}

// accountDay is a row of branch_account_days, monthSum one of
// branch_account_months.
type accountDay struct{ Left, Accounts, Entries, Balance, Credits, CreditEntries int64 }

type monthSum struct{ Accounts, Entries, Charged, Paid, Closing int64 }

// count puts an account on the sums of its branch, with -1 off.
func (t *accountTally) count(k *accountKept, sign int64) error {
	if k.Entries == 0 || k.Binned {
		return nil // it has none, or all are void; or nobody sees its client
	}
	day := func(on string) dayKey { return dayKey{k.Branch, on} }
	items, err := dueItems(k.Open)
	if err != nil {
		return err
	}
	for _, it := range items {
		d := t.days[day(it.Due.String())]
		d.Left += sign * it.Left
		t.days[day(it.Due.String())] = d
	}
	d := t.days[day(k.OldestDue)]
	d.Accounts += sign
	d.Entries += sign * k.Entries
	d.Balance += sign * k.Balance
	if k.Balance < 0 {
		d.Credits += sign
		d.CreditEntries += sign * k.Entries
	}
	t.days[day(k.OldestDue)] = d
	for _, m := range k.Months {
		at := branchMonth{m.Month, k.Branch}
		s := t.months[at]
		s.Accounts += sign
		s.Entries += sign * m.Entries
		s.Charged += sign * m.Charged
		s.Paid += sign * m.Paid
		s.Closing += sign * m.Closing
		t.months[at] = s
	}
	return nil
}

func newAccountTally() *accountTally {
	return &accountTally{days: map[dayKey]accountDay{}, months: map[branchMonth]monthSum{}}
}

const (
	addAccountDay = `INSERT INTO branch_account_days (branch_id, day, left_fen, accounts, entries, balance_fen, credits, credit_entries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (branch_id, day) DO UPDATE SET left_fen = branch_account_days.left_fen + excluded.left_fen, accounts = branch_account_days.accounts + excluded.accounts,
			entries = branch_account_days.entries + excluded.entries, balance_fen = branch_account_days.balance_fen + excluded.balance_fen,
			credits = branch_account_days.credits + excluded.credits, credit_entries = branch_account_days.credit_entries + excluded.credit_entries`
	addMonthSum = `INSERT INTO branch_account_months (month, branch_id, accounts, entries, charged_fen, paid_fen, closing_fen) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (month, branch_id) DO UPDATE SET accounts = branch_account_months.accounts + excluded.accounts, entries = branch_account_months.entries + excluded.entries,
			charged_fen = branch_account_months.charged_fen + excluded.charged_fen, paid_fen = branch_account_months.paid_fen + excluded.paid_fen,
			closing_fen = branch_account_months.closing_fen + excluded.closing_fen`
)

// flush writes the differences, in one order everywhere so that two
// transactions wait for each other and never stand in each other's way.
func (t *accountTally) flush(ctx context.Context, tx *Tx) error {
	for _, k := range slices.SortedFunc(maps.Keys(t.months), func(a, b branchMonth) int {
		return cmp.Or(strings.Compare(a.month, b.month), cmp.Compare(a.branch, b.branch))
	}) {
		s := t.months[k]
		if s == (monthSum{}) {
			continue
		}
		if _, err := tx.exec(ctx, addMonthSum, k.month, k.branch, s.Accounts, s.Entries, s.Charged, s.Paid, s.Closing); err != nil {
			return fmt.Errorf("accounts of %s: %w", k.month, err)
		}
		if s.Accounts < 0 {
			if _, err := tx.exec(ctx, `DELETE FROM branch_account_months WHERE month = $1 AND branch_id = $2 AND accounts = 0`, k.month, k.branch); err != nil {
				return fmt.Errorf("accounts of %s: %w", k.month, err)
			}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.days), func(a, b dayKey) int {
		return cmp.Or(cmp.Compare(a.branch, b.branch), strings.Compare(a.day, b.day))
	}) {
		d := t.days[k]
		if d == (accountDay{}) {
			continue
		}
		if _, err := tx.exec(ctx, addAccountDay, k.branch, k.day, d.Left, d.Accounts, d.Entries, d.Balance, d.Credits, d.CreditEntries); err != nil {
			return fmt.Errorf("accounts of %s: %w", k.day, err)
		}
		if d.Left < 0 || d.Accounts < 0 {
			if _, err := tx.exec(ctx, `DELETE FROM branch_account_days WHERE branch_id = $1 AND day = $2 AND left_fen = 0 AND accounts = 0`, k.branch, k.day); err != nil {
				return fmt.Errorf("accounts of %s: %w", k.day, err)
			}
		}
	}
	return nil
}

const (
	accountName     = `SELECT name_key, deleted_at <> 0 FROM customers WHERE id = $1`
	accountNameHeld = accountName + ` FOR NO KEY UPDATE`
	sumColumns      = `branch_id, charged_fen, paid_fen, balance_fen, free_fen, oldest_due, last_paid, entries, open_items, oldest_left, binned`
)

func (s *accountSum) columns() []any {
	return []any{&s.Branch, &s.Charged, &s.Paid, &s.Balance, &s.Free, &s.OldestDue, &s.LastPaid, &s.Entries, &s.Open, &s.OldestLeft, &s.Binned}
}

// holdAccount keeps an account to this transaction, which is about to read and
// rewrite what is kept of it, and returns the key of its client's name, and
// whether the client is in the bin. SQLite has one writer anyway.
func (tx *Tx) holdAccount(ctx context.Context, customer int64) (name string, binned bool, err error) {
	query := accountName
	if tx.db.postgres {
		query = accountNameHeld
	}
	stmt, err := tx.prepared(ctx, query)
	if err == nil {
		err = stmt.QueryRowContext(ctx, customer).Scan(&name, &binned)
	}
	if err != nil {
		return "", false, fmt.Errorf("account of customer %d: %w", customer, err)
	}
	return name, binned, nil
}

// keptAccount reads what is kept of an account; the zero value when there is none.
func (tx *Tx) keptAccount(ctx context.Context, customer int64) (k accountKept, err error) {
	stmt, err := tx.prepared(ctx, `SELECT `+sumColumns+` FROM account_sums WHERE customer_id = $1`)
	if err == nil {
		err = stmt.QueryRowContext(ctx, customer).Scan(k.columns()...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return accountKept{}, nil
	}
	if err != nil {
		return k, fmt.Errorf("account of customer %d: %w", customer, err)
	}
	if stmt, err = tx.prepared(ctx, `SELECT month, charged_fen, paid_fen, closing_fen, entries, statements FROM account_months WHERE customer_id = $1 ORDER BY month`); err != nil {
		return k, fmt.Errorf("months of account %d: %w", customer, err)
	}
	rows, err := stmt.QueryContext(ctx, customer)
	if err != nil {
		return k, fmt.Errorf("months of account %d: %w", customer, err)
	}
	defer rows.Close()
	for rows.Next() {
		var m accountMonth
		if err := rows.Scan(&m.Month, &m.Charged, &m.Paid, &m.Closing, &m.Entries, &m.Statements); err != nil {
			return k, fmt.Errorf("months of account %d: %w", customer, err)
		}
		k.Months = append(k.Months, m)
	}
	return k, rows.Err()
}

// keepAccount writes what is kept of an account where it differs; the sums of
// its branch are the tally's.
func (tx *Tx) keepAccount(ctx context.Context, customer int64, name string, was, now *accountKept) (err error) {
	if was.accountSum != now.accountSum {
		_, err = tx.exec(ctx, `INSERT INTO account_sums (customer_id, name_key, `+sumColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (customer_id) DO UPDATE SET branch_id = excluded.branch_id, charged_fen = excluded.charged_fen, paid_fen = excluded.paid_fen,
				balance_fen = excluded.balance_fen, free_fen = excluded.free_fen, oldest_due = excluded.oldest_due, last_paid = excluded.last_paid, entries = excluded.entries, open_items = excluded.open_items, oldest_left = excluded.oldest_left, binned = excluded.binned`,
			customer, name, now.Branch, now.Charged, now.Paid, now.Balance, now.Free, now.OldestDue, now.LastPaid, now.Entries, now.Open, now.OldestLeft, now.Binned)
	}
	before := make(map[string]accountMonth, len(was.Months))
	for _, m := range was.Months {
		before[m.Month] = m
	}
	for _, m := range now.Months {
		had, ok := before[m.Month]
		if delete(before, m.Month); err != nil || ok && had == m && was.Branch == now.Branch {
			continue
		}
		_, err = tx.exec(ctx, `INSERT INTO account_months (customer_id, month, branch_id, name_key, charged_fen, paid_fen, closing_fen, entries, statements) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (customer_id, month) DO UPDATE SET branch_id = excluded.branch_id, charged_fen = excluded.charged_fen, paid_fen = excluded.paid_fen,
				closing_fen = excluded.closing_fen, entries = excluded.entries, statements = excluded.statements`,
			customer, m.Month, now.Branch, name, m.Charged, m.Paid, m.Closing, m.Entries, m.Statements)
	}
	for month := range before {
		if err == nil {
			_, err = tx.exec(ctx, `DELETE FROM account_months WHERE customer_id = $1 AND month = $2`, customer, month)
		}
	}
	if err != nil {
		return fmt.Errorf("account of customer %d: %w", customer, err)
	}
	return nil
}

// followEntries lets the account of a client follow it to another branch; the
// numbers stay those of the branch that gave them.
func followEntries(ctx context.Context, tx *Tx, customer, branch int64) error {
	return tx.moveAccount(ctx, customer, func(k *accountKept) error {
		k.Branch = branch
		for _, query := range []string{`UPDATE account_entries SET branch_id = $2 WHERE customer_id = $1`, `UPDATE account_sums SET branch_id = $2 WHERE customer_id = $1`,
			`UPDATE account_months SET branch_id = $2 WHERE customer_id = $1`} {
			if _, err := tx.exec(ctx, query, customer, branch); err != nil {
				return err
			}
		}
		return nil
	})
}

// binAccount takes the account of a client who is in the bin now off the sums of
// its branch, or puts it on again.
func (tx *Tx) binAccount(ctx context.Context, customer int64, in bool) error {
	return tx.moveAccount(ctx, customer, func(k *accountKept) error {
		k.Binned = in
		_, err := tx.exec(ctx, `UPDATE account_sums SET binned = $2 WHERE customer_id = $1`, customer, in)
		return err
	})
}

// moveAccount changes for what an account counts in the sums of branches.
func (tx *Tx) moveAccount(ctx context.Context, customer int64, change func(*accountKept) error) error {
	if _, _, err := tx.holdAccount(ctx, customer); err != nil {
		return err
	}
	k, err := tx.keptAccount(ctx, customer)
	if err != nil {
		return err
	}
	t := newAccountTally()
	if err := t.count(&k, -1); err != nil {
		return err
	}
	if err := change(&k); err != nil {
		return fmt.Errorf("account of customer %d: %w", customer, err)
	}
	if err := t.count(&k, 1); err != nil {
		return err
	}
	return t.flush(ctx, tx)
}

// renameAccount keeps the lists of accounts in the order of the clients' names.
func (tx *Tx) renameAccount(ctx context.Context, customer int64, name string) error {
	for _, query := range []string{`UPDATE account_sums SET name_key = $2 WHERE customer_id = $1`, `UPDATE account_months SET name_key = $2 WHERE customer_id = $1`} {
		if _, err := tx.exec(ctx, query, customer, name); err != nil {
			return fmt.Errorf("account of customer %d: %w", customer, err)
		}
	}
	return nil
}
