package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	CustomerID, BranchID int64
	Name, Code, Class    string
	OwnerID              int64
	Owner                string
	TermsDays, Limit     int64
	Balance, Free        int64
	OldestDue, LastPaid  string // "" = none
	Key                  ReceivableKey
	Standing             ledger.Standing // its items are without numbers, one for each due day
	clerk                int64
}

// ClerkID is the service clerk of the client.
func (r *Receivable) ClerkID() int64 { return r.clerk }

// ReceivablePage is a page of a list. First and Last are false when there are
// rows before or after it.
type ReceivablePage struct {
	Rows        []Receivable
	First, Last bool
}

// receivableFrom are accounts with their clients, the accounts read first.
const receivableFrom = ` FROM account_sums s CROSS JOIN customers c`

// receivablesWhere says which accounts are meant: over s, and over c where joined.
func (d *DB) receivablesWhere(scope policy.Scope, f ReceivableFilter, joined bool) cond {
	where := condOf("s.entries > 0")
	add := func(text string, args ...any) { where = bothSQL(where, condOf(text, args...)) }
	if joined {
		add("c.id = s.customer_id AND c.deleted_at = 0")
	} else {
		add("NOT s.binned")
	}
	where = bothSQL(where, d.accountsSQL("s", scope, f.BranchID, f.Also))
	if f.OwnerID != 0 {
		add("c.owner_id = ?", f.OwnerID)
	}
	switch f.State {
	case ReceivableOpen:
		add("s.balance_fen <> 0")
	case ReceivableOverdue:
		add("s.oldest_due < ?", f.Today)
	case ReceivableOwing:
		where = bothSQL(where, owingSQL("s", f.Rules, f.Today))
	case ReceivableOver:
		add("c.credit_limit > 0 AND s.balance_fen > c.credit_limit")
	case ReceivableCredit:
		add("s.balance_fen < 0")
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
		add("EXISTS (SELECT 1 FROM account_entries e WHERE e.customer_id = s.customer_id AND e.left_fen > 0 AND e.due_on >= ? AND e.due_on <= ?)", from, to)
	}
	return where
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
	rows, err := d.query(ctx, d.receivablesSQL(scope, f, limit+1))
	if err != nil {
		return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
	}
	defer rows.Close()
	list := make([]Receivable, 0, limit+1)
	for rows.Next() {
		r, err := scanReceivable(rows, f)
		if err != nil {
			return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return ReceivablePage{}, fmt.Errorf("receivables: %w", err)
	}
	more := len(list) > limit
	p := ReceivablePage{Rows: list[:min(len(list), limit)], First: f.At.ID == 0, Last: !more}
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, nil
}

// receivablesSQL reads a page of accounts in one of the orders, each walked by
// its index.
func (d *DB) receivablesSQL(scope policy.Scope, f ReceivableFilter, limit int) cond {
	column, desc := "s.balance_fen", true
	switch f.Sort {
	case ReceivableByDue:
		column, desc = "s.oldest_due", false
	case ReceivableByName:
		column, desc = "s.name_key", false
	}
	way, than := "ASC", ">"
	if desc != f.Back {
		way, than = "DESC", "<"
	}
	where := d.receivablesWhere(scope, f, true)
	if f.Sort != ReceivableByDue { // the index of the order is walked, not the one of who is overdue
		where.text = strings.ReplaceAll(where.text, "s.oldest_due <", "s.oldest_due || '' <")
	}
	if f.At.ID != 0 {
		var at any = f.At.Text
		if f.Sort == ReceivableByBalance {
			at = f.At.Fen
		}
		where = bothSQL(where, condOf("("+column+", s.customer_id) "+than+" (?, ?)", at, f.At.ID))
	}
	return cond{`SELECT s.customer_id, s.branch_id, c.name, c.code, c.class, c.owner_id, c.clerk_id, coalesce(u.name, ''), c.terms_days, c.credit_limit, s.balance_fen, s.free_fen, s.oldest_due, s.last_paid, s.open_items, ` + column +
		receivableFrom + ` LEFT JOIN users u ON u.id = c.owner_id WHERE ` + where.text + ` ORDER BY ` + column + ` ` + way + `, s.customer_id ` + way + ` LIMIT ` + strconv.Itoa(limit), where.args}
}

// scanReceivable reads a row of receivablesSQL and works out how it stands.
func scanReceivable(row interface{ Scan(...any) error }, f ReceivableFilter) (Receivable, error) {
	var r Receivable
	var owner, clerk ref
	var open string
	var key any = &r.Key.Text
	if f.Sort == ReceivableByBalance {
		key = &r.Key.Fen
	}
	if err := row.Scan(&r.CustomerID, &r.BranchID, &r.Name, &r.Code, &r.Class, &owner, &clerk, &r.Owner, &r.TermsDays, &r.Limit, &r.Balance, &r.Free, &r.OldestDue, &r.LastPaid, &open, key); err != nil {
		return r, err
	}
	r.OwnerID, r.clerk, r.Key.ID = int64(owner), int64(clerk), r.CustomerID
	if r.OldestDue == nothingDue {
		r.OldestDue = ""
	}
	items, err := dueItems(open)
	r.Standing = ledger.Stand(items, r.Free, r.Limit, f.Rules.For(r.BranchID), dayParsed(f.Today))
	return r, err
}
