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

// monthSQL reads columns of the accounts with documents in a month: g is what the
// month did to each, s what is kept of all months, c the client. Only documents
// of the month and of later ones are read; what was open before follows from
// the balance of now.
func (d *DB) monthSQL(scope policy.Scope, f MonthFilter, columns string) (string, []any) {
	var c conditions
	c.add("e.voided_at = 0")
	c.add("e.month >= ?", f.Month)
	d.seenBy(&c, "e", scope)
	if f.Also != nil {
		d.seenBy(&c, "e", *f.Also)
	}
	if f.BranchID != 0 {
		d.under(&c, "e", f.BranchID)
	}
	at := "e.month = $" + strconv.Itoa(len(c.args)+1)
	return `SELECT ` + columns + ` FROM (SELECT e.customer_id,
			CAST(SUM(CASE WHEN ` + at + ` THEN e.charged_fen ELSE 0 END) AS BIGINT) AS charged, CAST(SUM(CASE WHEN ` + at + ` THEN e.paid_fen ELSE 0 END) AS BIGINT) AS paid,
			CAST(SUM(CASE WHEN ` + at + ` THEN 0 ELSE e.charged_fen - e.paid_fen END) AS BIGINT) AS later, SUM(CASE WHEN ` + at + ` THEN 1 ELSE 0 END) AS entries,
			SUM(CASE WHEN ` + at + ` AND e.kind = 'statement' THEN 1 ELSE 0 END) AS statements
		FROM account_entries e` + c.whereSQL() + ` GROUP BY e.customer_id) g
		JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0 JOIN account_sums s ON s.customer_id = g.customer_id WHERE g.entries > 0`, append(c.args, f.Month)
}

// monthPageSQL is a page of monthSQL, by name.
func (d *DB) monthPageSQL(scope policy.Scope, f MonthFilter, limit int) (string, []any) {
	query, args := d.monthSQL(scope, f, "g.customer_id, c.branch_id, c.name, c.code, c.account_no, c.name_key, g.charged, g.paid, s.balance_fen - g.later, g.entries, g.statements")
	way, than := "ASC", ">"
	if f.Back {
		way, than = "DESC", "<"
	}
	if f.At.ID != 0 {
		n := len(args)
		query += " AND (c.name_key, c.id) " + than + " ($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + ")"
		args = append(args, f.At.Name, f.At.ID)
	}
	return query + ` ORDER BY c.name_key ` + way + `, c.id ` + way + ` LIMIT ` + strconv.Itoa(limit), args
}

// sumMonthSQL adds up monthSQL.
func (d *DB) sumMonthSQL(scope policy.Scope, f MonthFilter) (string, []any) {
	sum := func(column string) string { return `, CAST(coalesce(SUM(` + column + `), 0) AS BIGINT)` }
	return d.monthSQL(scope, f, `count(*)`+sum("g.entries")+sum("g.charged")+sum("g.paid")+sum("s.balance_fen - g.later"))
}

// MonthAccounts returns a page of the accounts that the scope sees and that have
// a document in the month, by name. A document belongs to one month (policy/ledger).
func (d *DB) MonthAccounts(ctx context.Context, scope policy.Scope, f MonthFilter) (MonthPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	query, args := d.monthPageSQL(scope, f, limit+1)
	rows, err := d.r.QueryContext(ctx, query, args...)
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
	query, args := d.sumMonthSQL(scope, f)
	if err := d.r.QueryRowContext(ctx, query, args...).Scan(&out.Accounts, &out.Entries, &out.Charged, &out.Paid, &out.Closing); err != nil {
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
