package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/ledger"
)

// Account is how a client's account stands.
type Account struct {
	Entries       int64
	Charged, Paid int64
	Free          int64 // of the client's, set against nothing yet
	LastPaid      string
	Open          []ledger.Item // what is to be paid, the earliest due first
}

// AccountOf returns how the account of a client stands. The caller has read the
// client within a scope of receivables.read.
func (d *DB) AccountOf(ctx context.Context, c Customer) (Account, error) {
	var a Account
	rows, err := d.r.QueryContext(ctx, `SELECT s.entries, s.charged_fen, s.paid_fen, s.free_fen, s.last_paid, coalesce(e.doc_no, ''), coalesce(e.due_on, ''), coalesce(e.left_fen, 0)
		FROM account_sums s LEFT JOIN account_entries e ON e.customer_id = s.customer_id AND e.left_fen > 0 WHERE s.customer_id = $1 ORDER BY e.due_on, e.id`, c.ID)
	if err != nil {
		return a, fmt.Errorf("account of customer %d: %w", c.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var it ledger.Item
		var due string
		if err := rows.Scan(&a.Entries, &a.Charged, &a.Paid, &a.Free, &a.LastPaid, &it.Number, &due, &it.Left); err != nil {
			return a, fmt.Errorf("account of customer %d: %w", c.ID, err)
		}
		if it.Due = dayParsed(due); it.Left > 0 {
			a.Open = append(a.Open, it)
		}
	}
	return a, rows.Err()
}

// States that a list of receivables asks for.
const (
	ReceivableOpen    = ""        // anything to be paid, or money of the client's with us
	ReceivableAll     = "all"     // settled ones too
	ReceivableOverdue = "overdue" // something is past its due day
	ReceivableOwing   = "owing"   // 欠费 by the rule
	ReceivableOver    = "over_limit"
	ReceivableCredit  = "credit" // the client has money with us
)

// ReceivableStates are all of them, as a choice offers them.
var ReceivableStates = []string{ReceivableOwing, ReceivableOverdue, ReceivableOver, ReceivableCredit, ReceivableAll}

// Orders of a list of receivables.
const (
	ReceivableByBalance = ""    // the largest first
	ReceivableByDue     = "due" // the oldest debt first
	ReceivableByName    = "name"
)

// ReceivableFilter is what a list of accounts asks for; zero values ask nothing.
// Today and Rules say who owes.
type ReceivableFilter struct {
	Today    string
	Rules    AccountRules
	BranchID int64 // this one and those below it
	OwnerID  int64
	State    string
	Aged     bool // with Age: something open has it
	Age      int  // of policy/ledger
	Also     *policy.Scope

	Sort  string
	At    ReceivableKey // the row after which, with Back before which, the page begins
	Back  bool
	Limit int // 50 when 0; 500 at most
}

// ReceivableKey is a place in a list: the value sorted by, and the client.
type ReceivableKey struct {
	Text string
	Fen  int64
	ID   int64
}

// Receivable is one account in a list.
type Receivable struct {
	CustomerID, BranchID    int64
	Name, Code, Class       string
	OwnerID                 int64
	Owner                   string
	TermsDays, Limit        int64
	Balance, Free           int64
	OldestDue, LastPaid     string // "" = none
	Key                     ReceivableKey
	Items                   []ledger.Item
	Standing                ledger.Standing
	clerk                   int64
	nameKey, oldestDueStore string
}

// ClerkID is the service clerk of the client.
func (r *Receivable) ClerkID() int64 { return r.clerk }

// ReceivablePage is a page of a list. First and Last are false when there are
// rows before or after it.
type ReceivablePage struct {
	Rows        []Receivable
	First, Last bool
}

// ReceivableSums are what the rows of a whole list add up to.
type ReceivableSums struct {
	Accounts, Entries, Balance, Free int64
	Ages                             [ledger.Ages]int64
}

// receivableFrom are accounts with their clients, the accounts read first.
const receivableFrom = ` FROM account_sums s CROSS JOIN customers c`

// receivablesWhere says which accounts are meant: over s, and over c where joined.
func (d *DB) receivablesWhere(scope policy.Scope, f ReceivableFilter, joined bool) conditions {
	var c conditions
	c.add("s.entries > 0")
	if joined {
		c.add("c.id = s.customer_id")
		c.add("c.deleted_at = 0")
	} else {
		c.add("s.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)")
	}
	d.seenBy(&c, "s", scope)
	if f.Also != nil {
		d.seenBy(&c, "s", *f.Also)
	}
	if f.BranchID != 0 {
		d.under(&c, "s", f.BranchID)
	}
	if f.OwnerID != 0 {
		c.add("c.owner_id = ?", f.OwnerID)
	}
	switch f.State {
	case ReceivableOpen:
		c.add("s.balance_fen <> 0")
	case ReceivableOverdue:
		c.add("s.oldest_due < ?", f.Today)
	case ReceivableOwing:
		q := owingSQL("s", f.Rules, f.Today)
		c.add(q.text, q.args...)
	case ReceivableOver:
		c.add("c.credit_limit > 0")
		c.add("s.balance_fen > c.credit_limit")
	case ReceivableCredit:
		c.add("s.balance_fen < 0")
	}
	if f.Aged {
		first, last := ledger.AgeFrom(f.Age, dayParsed(f.Today))
		from, to := "", nothingDue
		if first != 0 {
			from = first.String()
		}
		if last != 0 {
			to = last.String()
		}
		c.add("EXISTS (SELECT 1 FROM account_entries e WHERE e.customer_id = s.customer_id AND e.left_fen > 0 AND e.due_on >= ? AND e.due_on <= ?)", from, to)
	}
	return c
}

// owesSQL says the same of a client (c over customers).
func owesSQL(r AccountRules, today string) cond {
	q := owingSQL("s", r, today)
	return cond{"EXISTS (SELECT 1 FROM account_sums s WHERE s.customer_id = c.id AND " + q.text + ")", q.args}
}

// Owing asks for clients who owe on a day by the rules of their branches.
type Owing struct {
	Rules AccountRules
	Day   string
}

// Receivables returns a page of the accounts that the scope sees, each with
// what is open and how it stands.
func (d *DB) Receivables(ctx context.Context, scope policy.Scope, f ReceivableFilter) (ReceivablePage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.receivablesWhere(scope, f, true)
	after, order := receivableOrderSQL(f.Sort, f.Back)
	if f.At.ID != 0 {
		var at any = f.At.Text
		if f.Sort == ReceivableByBalance {
			at = f.At.Fen
		}
		c.add(after, at, f.At.ID)
	}
	rows, err := d.r.QueryContext(ctx, receivablesSQL(c, f.Sort == ReceivableByName && d.everywhere(scope, f), order+` LIMIT `+strconv.Itoa(limit+1)), c.args...)
	if err != nil {
		return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
	}
	defer rows.Close()
	var list []Receivable
	for rows.Next() {
		var r Receivable
		var owner, clerk ref
		if err := rows.Scan(&r.CustomerID, &r.BranchID, &r.Name, &r.Code, &r.Class, &owner, &clerk, &r.Owner, &r.TermsDays, &r.Limit, &r.Balance, &r.Free, &r.oldestDueStore, &r.LastPaid, &r.nameKey); err != nil {
			return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
		}
		r.OwnerID, r.clerk = int64(owner), int64(clerk)
		r.Key = ReceivableKey{ID: r.CustomerID, Fen: r.Balance, Text: r.oldestDueStore}
		if f.Sort == ReceivableByName {
			r.Key.Text = r.nameKey
		}
		if r.oldestDueStore != nothingDue {
			r.OldestDue = r.oldestDueStore
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
	}
	rows.Close()
	more := len(list) > limit
	p := ReceivablePage{Rows: list[:min(len(list), limit)], First: f.At.ID == 0, Last: !more}
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, d.standings(ctx, p.Rows, f)
}

// receivableOrderSQL is an order of the list: the condition for what comes after
// a place in it, and the order itself.
func receivableOrderSQL(sort string, back bool) (after, order string) {
	column, desc := "s.balance_fen", true
	switch sort {
	case ReceivableByDue:
		column, desc = "s.oldest_due", false
	case ReceivableByName:
		column, desc = "c.name_key", false
	}
	way, than := "ASC", ">"
	if desc != back {
		way, than = "DESC", "<"
	}
	return "(" + column + ", s.customer_id) " + than + " (?, ?)", ` ORDER BY ` + column + ` ` + way + `, s.customer_id ` + way
}

// everywhere says that a list is of the whole company: then its names are walked
// in their order, else the accounts of its branches are put in order.
func (d *DB) everywhere(scope policy.Scope, f ReceivableFilter) bool {
	_, all := d.branchIDs(scope)
	return all && f.BranchID == 0
}

// receivablesSQL reads accounts that meet conditions written in this package, in
// the order of the accounts or of the clients' names.
func receivablesSQL(c conditions, byName bool, order string) string {
	from := receivableFrom
	if byName {
		from = ` FROM customers c CROSS JOIN account_sums s`
	}
	return `SELECT s.customer_id, s.branch_id, c.name, c.code, c.class, c.owner_id, c.clerk_id, coalesce(u.name, ''), c.terms_days, c.credit_limit, s.balance_fen, s.free_fen, s.oldest_due, s.last_paid, c.name_key` +
		from + ` LEFT JOIN users u ON u.id = c.owner_id` + c.whereSQL() + order
}

// standings reads what is open of the accounts of a page.
func (d *DB) standings(ctx context.Context, list []Receivable, f ReceivableFilter) error {
	at, ids := map[int64]int{}, []int64{}
	for i, r := range list {
		at[r.CustomerID] = i
		ids = append(ids, r.CustomerID)
	}
	for chunk := range slices.Chunk(ids, lookupBatch) {
		rows, err := d.r.QueryContext(ctx, d.amongSQL(`SELECT customer_id, doc_no, due_on, left_fen FROM account_entries WHERE left_fen > 0 AND customer_id `, 1, len(chunk), ``), idArgs(chunk)...)
		if err != nil {
			return fmt.Errorf("open entries: %w", err)
		}
		for rows.Next() {
			var customer int64
			var it ledger.Item
			var due string
			if err := rows.Scan(&customer, &it.Number, &due, &it.Left); err != nil {
				rows.Close()
				return fmt.Errorf("open entries: %w", err)
			}
			it.Due = dayParsed(due)
			list[at[customer]].Items = append(list[at[customer]].Items, it)
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return fmt.Errorf("open entries: %w", err)
		}
	}
	for i := range list {
		list[i].Standing = ledger.Stand(list[i].Items, list[i].Free, list[i].Limit, f.Rules.For(list[i].BranchID), dayParsed(f.Today))
	}
	return nil
}

func sumReceivablesSQL(from string, c conditions) string {
	return `SELECT count(*), CAST(coalesce(SUM(s.entries), 0) AS BIGINT), CAST(coalesce(SUM(s.balance_fen), 0) AS BIGINT), CAST(coalesce(SUM(s.free_fen), 0) AS BIGINT)` + from + c.whereSQL()
}

// openWhere says what is open within a list that asks nothing of the accounts.
func (d *DB) openWhere(scope policy.Scope, f ReceivableFilter) conditions {
	var c conditions
	c.add("o.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)")
	d.seenBy(&c, "o", scope)
	if f.Also != nil {
		d.seenBy(&c, "o", *f.Also)
	}
	if f.BranchID != 0 {
		d.under(&c, "o", f.BranchID)
	}
	return c
}

// sumOpenSQL adds up what is open, by the day on which it is due.
func sumOpenSQL(c conditions) string {
	return `SELECT o.due_on, CAST(SUM(o.left_fen) AS BIGINT) FROM account_entries o` + c.whereSQL() + ` GROUP BY o.due_on`
}

// openReceivablesSQL is sumOpenSQL for accounts that something is asked of.
func openReceivablesSQL(from string) func(conditions) string {
	return func(c conditions) string {
		return `SELECT o.due_on, CAST(SUM(o.left_fen) AS BIGINT)` + from + ` JOIN account_entries o ON o.customer_id = s.customer_id` + c.whereSQL() + ` GROUP BY o.due_on`
	}
}

// SumReceivables adds up what Receivables lists, over all pages.
func (d *DB) SumReceivables(ctx context.Context, scope policy.Scope, f ReceivableFilter) (ReceivableSums, error) {
	var out ReceivableSums
	joined, from := f.OwnerID != 0 || f.State == ReceivableOver, ` FROM account_sums s` // what is asked of the clients themselves
	if joined {
		from = receivableFrom
	}
	c := d.receivablesWhere(scope, f, joined)
	if err := d.r.QueryRowContext(ctx, sumReceivablesSQL(from, c), c.args...).
		Scan(&out.Accounts, &out.Entries, &out.Balance, &out.Free); err != nil {
		return out, fmt.Errorf("sum of receivables: %w", err)
	}
	query := openReceivablesSQL(from)
	if !joined && !f.Aged && (f.State == ReceivableOpen || f.State == ReceivableAll) {
		// Whoever has something open has no money free: all of it counts.
		c, query = d.openWhere(scope, f), sumOpenSQL
	}
	c.add("o.left_fen > 0")
	rows, err := d.r.QueryContext(ctx, query(c), c.args...)
	if err != nil {
		return out, fmt.Errorf("sum of receivables: %w", err)
	}
	defer rows.Close()
	today := dayParsed(f.Today)
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
