package db

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"yike/policy"
	"yike/policy/ledger"
)

// TestEachOrderOfReceivablesIsReadFromItsIndex: a page of the company's accounts
// reads the rows that it shows, and what is open is added up from an index.
func TestEachOrderOfReceivablesIsReadFromItsIndex(t *testing.T) {
	d, by, branch := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	scope := by.Scope(policy.AccountRead)
	f := ReceivableFilter{Today: "2026-11-20", Rules: OneAccountRule(ledger.DefaultRule())}
	page := func(sort string, branch int64) (string, []any) {
		f.Sort, f.BranchID = sort, branch
		c := d.receivablesWhere(scope, f, true)
		_, order := receivableOrderSQL(sort, false)
		return receivablesSQL(c, sort == ReceivableByName && d.everywhere(scope, f), order+" LIMIT 51"), c.args
	}
	open := func(branch int64) (string, []any) {
		f.BranchID = branch
		c := d.openWhere(scope, f)
		c.add("o.left_fen > 0")
		return sumOpenSQL(c), c.args
	}
	sums := func(branch int64) (string, []any) {
		f.BranchID = branch
		c := d.receivablesWhere(scope, f, false)
		return sumReceivablesSQL(" FROM account_sums s", c), c.args
	}
	month := func(branch int64) (string, []any) {
		return d.monthPageSQL(scope, MonthFilter{Month: "2026-10", BranchID: branch}, 51)
	}
	for _, c := range []struct {
		name       string
		query      func() (string, []any)
		with, free string
	}{
		{"by balance", func() (string, []any) { return page(ReceivableByBalance, 0) }, "account_sums_balance", "B-TREE"},
		{"by the oldest debt", func() (string, []any) { return page(ReceivableByDue, 0) }, "account_sums_due", "B-TREE"},
		{"by name", func() (string, []any) { return page(ReceivableByName, 0) }, "customers_all_name", "SCAN s"},
		{"by balance, of a branch", func() (string, []any) { return page(ReceivableByBalance, branch) }, "account_sums_branch", "SCAN s"},
		{"by name, of a branch", func() (string, []any) { return page(ReceivableByName, branch) }, "account_sums_branch", "SCAN c"},
		{"what is open", func() (string, []any) { return open(0) }, "COVERING INDEX account_entries_", "SCAN s"},
		{"what is open at a branch", func() (string, []any) { return open(branch) }, "COVERING INDEX account_entries_due (branch_id=?)", "SCAN o"},
		{"the sums of a branch", func() (string, []any) { return sums(branch) }, "COVERING INDEX account_sums_branch_balance (branch_id=?", "SCAN s"},
		{"a month of a branch", func() (string, []any) { return month(branch) }, "COVERING INDEX account_entries_month (branch_id=? AND month>?)", "SCAN e"},
	} {
		query, args := c.query()
		rows, err := d.r.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var plan strings.Builder
		for rows.Next() {
			var id, parent, unused int
			var line string
			if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if text := plan.String(); !strings.Contains(text, c.with) || strings.Contains(text, c.free) {
			t.Errorf("%s: the plan should have %q and no %q:\n%s", c.name, c.with, c.free, text)
		}
	}
}
