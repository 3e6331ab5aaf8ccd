package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
)

// MonthFilter asks for the accounts that moved in a month.
type MonthFilter struct {
	Month    string // YYYY-MM
	BranchID int64  // this one and those below it; 0 = all
	Also     *policy.Scope

	At    MonthKey // the row after which, with Back before which, the page begins
	Back  bool
	Limit int // 50 when 0; 500 at most
}

// MonthKey is a place in the list, which goes by the clients' names.
type MonthKey struct {
	Name string
	ID   int64
}

// MonthAccount is an account over one month: what was open before, what the
// month charged and brought, and what is open then.
type MonthAccount struct {
	CustomerID, BranchID            int64
	Name, Code, AccountNo           string
	Opening, Charged, Paid, Closing int64
	Entries, Statements             int64 // documents of the month, and statements among them
	Key                             MonthKey
}

// MonthPage is a page of them.
type MonthPage struct {
	Rows        []MonthAccount
	First, Last bool
}

// MonthSums add up what MonthAccounts lists, over all pages.
type MonthSums struct {
	Accounts, Entries, Opening, Charged, Paid, Closing int64
}

// monthPageSQL is a page of the accounts that moved in a month, by name. What
// a month did to an account, and what was open after it, is kept.
func (d *DB) monthPageSQL(scope policy.Scope, f MonthFilter, limit int) cond {
	where := bothSQL(condOf("m.month = ?", f.Month), d.accountsSQL("m", scope, f.BranchID, f.Also))
	way, than := "ASC", ">"
	if f.Back {
		way, than = "DESC", "<"
	}
	if f.At.ID != 0 {
		where = bothSQL(where, condOf("(m.name_key, m.customer_id) "+than+" (?, ?)", f.At.Name, f.At.ID))
	}
	return cond{`SELECT m.customer_id, m.branch_id, c.name, c.code, c.account_no, m.name_key, m.charged_fen, m.paid_fen, m.closing_fen, m.entries, m.statements
		FROM account_months m CROSS JOIN customers c WHERE c.id = m.customer_id AND c.deleted_at = 0 AND ` + where.text +
		` ORDER BY m.name_key ` + way + `, m.customer_id ` + way + ` LIMIT ` + strconv.Itoa(limit), where.args}
}

// sumMonthSQL adds up what monthPageSQL lists: of whole branches from what is
// kept of them, of one's own clients one by one.
func (d *DB) sumMonthSQL(scope policy.Scope, f MonthFilter) cond {
	accounts, from, where := "m.accounts", "branch_account_months m", condOf("m.month = ?", f.Month)
	if branches, whole := d.wholeBranches(scope, f.BranchID, f.Also); !whole {
		accounts, from = "1", "account_months m CROSS JOIN customers c"
		where = bothSQL(bothSQL(where, condOf("c.id = m.customer_id AND c.deleted_at = 0")), d.accountsSQL("m", scope, f.BranchID, f.Also))
	} else if len(branches) > 0 {
		where = bothSQL(where, manySQL("m.branch_id", branches))
	}
	return cond{`SELECT CAST(coalesce(SUM(` + accounts + `), 0) AS BIGINT), CAST(coalesce(SUM(m.entries), 0) AS BIGINT), CAST(coalesce(SUM(m.charged_fen), 0) AS BIGINT),
		CAST(coalesce(SUM(m.paid_fen), 0) AS BIGINT), CAST(coalesce(SUM(m.closing_fen), 0) AS BIGINT) FROM ` + from + ` WHERE ` + where.text, where.args}
}

// MonthAccounts returns a page of the accounts that the scope sees and that have
// a document in the month, by name. A document belongs to one month (policy/ledger).
func (d *DB) MonthAccounts(ctx context.Context, scope policy.Scope, f MonthFilter) (MonthPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	rows, err := d.query(ctx, d.monthPageSQL(scope, f, limit+1))
	if err != nil {
		return MonthPage{}, fmt.Errorf("accounts of %s: %w", f.Month, err)
	}
	defer rows.Close()
	var list []MonthAccount
	for rows.Next() {
		var a MonthAccount
		if err := rows.Scan(&a.CustomerID, &a.BranchID, &a.Name, &a.Code, &a.AccountNo, &a.Key.Name, &a.Charged, &a.Paid, &a.Closing, &a.Entries, &a.Statements); err != nil {
			return MonthPage{}, fmt.Errorf("accounts of %s: %w", f.Month, err)
		}
		a.Key.ID, a.Opening = a.CustomerID, a.Closing-a.Charged+a.Paid
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return MonthPage{}, fmt.Errorf("accounts of %s: %w", f.Month, err)
	}
	more := len(list) > limit
	p := MonthPage{Rows: list[:min(len(list), limit)], First: f.At.ID == 0, Last: !more}
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, nil
}

// SumMonth adds up what MonthAccounts lists, over all pages.
func (d *DB) SumMonth(ctx context.Context, scope policy.Scope, f MonthFilter) (MonthSums, error) {
	var out MonthSums
	if err := d.one(ctx, d.sumMonthSQL(scope, f), &out.Accounts, &out.Entries, &out.Charged, &out.Paid, &out.Closing); err != nil {
		return out, fmt.Errorf("sum of %s: %w", f.Month, err)
	}
	out.Opening = out.Closing - out.Charged + out.Paid
	return out, nil
}

// MonthEntries returns the documents of a month that count, the earliest first,
// of accounts that MonthAccounts listed.
func (d *DB) MonthEntries(ctx context.Context, list []MonthAccount, month string) (map[int64][]AccountEntry, error) {
	ids := make([]int64, len(list))
	for i, a := range list {
		ids[i] = a.CustomerID
	}
	out := make(map[int64][]AccountEntry, len(list))
	for chunk := range slices.Chunk(ids, lookupBatch) {
		args := append([]any{month}, idArgs(chunk)...)
		entries, err := accountEntries(ctx, d.r, d.amongSQL(`WHERE e.month = $1 AND e.voided_at = 0 AND e.customer_id `, 2, len(chunk), ` ORDER BY e.day, e.id`), args...)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			out[e.CustomerID] = append(out[e.CustomerID], e)
		}
	}
	return out, nil
}

// MonthBook asks for the statements of a month in a workbook, put into words by
// whoever starts it, since the task that writes it knows no language.
type MonthBook struct {
	Month            string
	Branch           int64 // this one and those below it; 0 = all
	Titles           []string
	Opening, Closing string
	Kinds, Methods   map[string]string // words of policy/ledger → label
}
