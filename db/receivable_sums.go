package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/ledger"
)

// ReceivableSums are what the rows of a whole list add up to.
type ReceivableSums struct {
	Accounts, Entries, Balance, Free int64
	Ages                             [ledger.Ages]int64
}

// SumReceivables adds up what Receivables lists, over all pages: of whole
// branches from what is kept of them, where nothing is asked of single accounts,
// else one by one.
func (d *DB) SumReceivables(ctx context.Context, scope policy.Scope, f ReceivableFilter) (ReceivableSums, error) {
	branches, whole := d.wholeBranches(scope, f.BranchID, f.Also)
	if !whole || f.Aged || f.OwnerID != 0 || f.State == ReceivableOver || f.State == ReceivableOwing && f.Rules.Own() {
		joined, from := f.OwnerID != 0 || f.State == ReceivableOver, ` FROM account_sums s` // what is asked of the clients themselves
		if joined {
			from = receivableFrom
		}
		return d.sumEach(ctx, from, d.receivablesWhere(scope, f, joined), f.Today)
	}
	days, err := d.accountDays(ctx, branches, f.Today)
	if err != nil {
		return ReceivableSums{}, fmt.Errorf("sum of receivables: %w", err)
	}
	if f.State != ReceivableOwing {
		return days.sums(f.State), nil
	}
	s := days.sums(ReceivableOverdue)
	from, where := sparedSQL(branches, f)
	less, err := d.sumEach(ctx, from.text, cond{where.text, append(from.args, where.args...)}, f.Today)
	s.Accounts -= less.Accounts
	s.Entries -= less.Entries
	s.Balance -= less.Balance
	for age, fen := range less.Ages {
		s.Ages[age] -= fen
	}
	return s, err
}

// sparedSQL reads the accounts that are overdue and do not owe by the company's
// rule: within the days of grace, or by less than the least.
func sparedSQL(branches []int64, f ReceivableFilter) (from, where cond) {
	const columns = `SELECT s.customer_id, s.entries, s.balance_fen, s.free_fen, s.binned FROM account_sums s WHERE `
	cut, least := dayParsed(f.Today).Add(-f.Rules.Company.Grace).String(), max(1, f.Rules.Company.Least)
	grace := bothSQL(condOf("s.oldest_due >= ? AND s.oldest_due < ?", cut, f.Today), amongBranches("s", branches))
	small := condOf(`s.oldest_left > 0 AND s.oldest_left < ? AND s.oldest_due < ? AND (SELECT CAST(SUM(x.left_fen) AS BIGINT) FROM account_entries x
		WHERE x.customer_id = s.customer_id AND x.left_fen > 0 AND x.due_on < ?) < ?`, least, cut, cut, least)
	if len(branches) > 0 {
		small = bothSQL(small, manySQL("+s.branch_id", branches))
	}
	return cond{` FROM (` + columns + grace.text + ` UNION ALL ` + columns + small.text + `) s`, append(grace.args, small.args...)},
		condOf("NOT s.binned")
}

// accountAges are the accounts and what is to be paid of some branches, by the
// age of what is oldest in an account, and of what is due; the last is of those
// of whom nothing is open.
type accountAges [ledger.Ages + 1]accountDay

// sums are what a list of accounts in a state adds up to. Whoever has something
// open has no money free, so that what an overdue account owes and is not
// overdue is the rest of its balance.
func (a *accountAges) sums(state string) ReceivableSums {
	var s ReceivableSums
	nothing := a[ledger.Ages]
	if state == ReceivableCredit {
		return ReceivableSums{Accounts: nothing.Credits, Entries: nothing.CreditEntries, Balance: nothing.Balance, Free: -nothing.Balance}
	}
	for age := range ledger.Ages {
		if age == ledger.NotDue && state == ReceivableOverdue {
			continue
		}
		s.Accounts += a[age].Accounts
		s.Entries += a[age].Entries
		s.Balance += a[age].Balance
		s.Ages[age] = a[age].Left
	}
	switch state {
	case ReceivableOverdue:
		s.Ages[ledger.NotDue] = s.Balance
		for age := ledger.To30; age < ledger.Ages; age++ {
			s.Ages[ledger.NotDue] -= s.Ages[age]
		}
		return s
	case ReceivableOpen:
		s.Accounts += nothing.Credits
		s.Entries += nothing.CreditEntries
	default:
		s.Accounts += nothing.Accounts
		s.Entries += nothing.Entries
	}
	s.Balance += nothing.Balance
	s.Free = -nothing.Balance
	return s
}

// accountDays adds up branch_account_days by age.
func (d *DB) accountDays(ctx context.Context, branches []int64, today string) (out accountAges, err error) {
	rows, err := d.query(ctx, accountDaysSQL(branches, today))
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		var age int
		var a accountDay
		if err := rows.Scan(&age, &a.Left, &a.Accounts, &a.Entries, &a.Balance, &a.Credits, &a.CreditEntries); err != nil {
			return out, err
		}
		out[age] = a
	}
	return out, rows.Err()
}

func accountDaysSQL(branches []int64, today string) cond {
	age := cond{text: `CASE WHEN day = '9999-12-31' THEN 5`}
	for n := range ledger.Over90 {
		first, _ := ledger.AgeFrom(n, dayParsed(today))
		age = cond{age.text + ` WHEN day >= ? THEN ` + strconv.Itoa(n), append(age.args, first.String())}
	}
	at := condOf("1 = 1")
	if len(branches) > 0 {
		at = manySQL("k.branch_id", branches)
	}
	return cond{`SELECT ` + age.text + ` ELSE 4 END AS age, CAST(SUM(left_fen) AS BIGINT), CAST(SUM(accounts) AS BIGINT), CAST(SUM(entries) AS BIGINT), CAST(SUM(balance_fen) AS BIGINT),
			CAST(SUM(credits) AS BIGINT), CAST(SUM(credit_entries) AS BIGINT)
		FROM branch_account_days k WHERE ` + at.text + ` GROUP BY 1`, slices.Concat(age.args, at.args)}
}

func sumEachSQL(from string, where cond) cond {
	return cond{`SELECT count(*), CAST(coalesce(SUM(s.entries), 0) AS BIGINT), CAST(coalesce(SUM(s.balance_fen), 0) AS BIGINT), CAST(coalesce(SUM(s.free_fen), 0) AS BIGINT)` + from + ` WHERE ` + where.text, where.args}
}

func openEachSQL(from string, where cond) cond {
	return cond{`SELECT o.due_on, CAST(SUM(o.left_fen) AS BIGINT)` + from + ` JOIN account_entries o ON o.customer_id = s.customer_id WHERE ` + where.text + ` AND o.left_fen > 0 GROUP BY o.due_on`, where.args}
}

// sumEach adds up accounts one by one.
func (d *DB) sumEach(ctx context.Context, from string, where cond, on string) (out ReceivableSums, err error) {
	if err := d.one(ctx, sumEachSQL(from, where), &out.Accounts, &out.Entries, &out.Balance, &out.Free); err != nil {
		return out, fmt.Errorf("sum of receivables: %w", err)
	}
	rows, err := d.query(ctx, openEachSQL(from, where))
	if err != nil {
		return out, fmt.Errorf("sum of receivables: %w", err)
	}
	defer rows.Close()
	today := dayParsed(on)
	for rows.Next() {
		var due string
		var fen int64
		if err := rows.Scan(&due, &fen); err != nil {
			return out, fmt.Errorf("sum of receivables: %w", err)
		}
		out.Ages[ledger.AgeOf(dayParsed(due), today)] += fen
	}
	return out, rows.Err()
}
