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
	page := func(sort string, branch int64) cond {
		f.Sort, f.BranchID = sort, branch
		return d.receivablesSQL(scope, f, 51)
	}
	owing := f
	owing.State, owing.BranchID = ReceivableOwing, branch
	month := MonthFilter{Month: "2026-10"}
	monthAt := MonthFilter{Month: "2026-10", BranchID: branch}
	for _, c := range []struct {
		name       string
		query      cond
		with, free string
	}{
		{"by balance", page(ReceivableByBalance, 0), "account_sums_balance", "B-TREE"},
		{"by the oldest debt", page(ReceivableByDue, 0), "account_sums_due", "B-TREE"},
		{"by name", page(ReceivableByName, 0), "account_sums_name", "B-TREE"},
		{"by balance, of a branch", page(ReceivableByBalance, branch), "account_sums_branch_balance (branch_id=?", "B-TREE"},
		{"by the oldest debt, of a branch", page(ReceivableByDue, branch), "account_sums_branch_due (branch_id=?", "B-TREE"},
		{"by name, of a branch", page(ReceivableByName, branch), "account_sums_branch_name (branch_id=?", "B-TREE"},
		{"who owes at a branch, by balance", d.receivablesSQL(scope, owing, 51), "account_sums_branch_balance (branch_id=?", "B-TREE"},
		{"the sums of a branch", accountDaysSQL([]int64{branch}, f.Today), "SEARCH k USING PRIMARY KEY (branch_id=?)", "SCAN s"},
		{"the sums of the company", accountDaysSQL(nil, f.Today), "SCAN k", "SCAN s"},
		{"a month", d.monthPageSQL(scope, month, 51), "account_months_name (month=?)", "B-TREE"},
		{"a month of a branch", d.monthPageSQL(scope, monthAt, 51), "account_months_branch (branch_id=? AND month=?)", "B-TREE"},
		{"a month of several branches", d.monthPageSQL(scope, MonthFilter{Month: "2026-10", BranchID: d.HeadOffice()}, 51), "account_months_name (month=?)", "B-TREE"},
		{"the sums of a month", d.sumMonthSQL(scope, month), "USING PRIMARY KEY (month=?)", "SCAN s"},
		{"the sums of a month of a branch", d.sumMonthSQL(scope, monthAt), "USING PRIMARY KEY (month=? AND branch_id=?)", "SCAN s"},
	} {
		rows, err := d.r.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+numberSQL(c.query.text), c.query.args...)
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
