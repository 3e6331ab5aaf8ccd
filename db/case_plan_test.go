package db_test

import (
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

// TestEveryListOfCasesIsReadAlongAnIndex: whoever asks for whichever list, in
// whichever order, SQLite walks an index that holds the order, or one of few
// rows; it never sorts all cases of a company, a region or a branch for a page
// of them. With the whole list goes its count.
func TestEveryListOfCasesIsReadAlongAnIndex(t *testing.T) {
	w := dbtest.Company(t, dbtest.NewClock(dbtest.Start))
	all, closed := db.CasesAll, db.CasesClosed
	const sorts = "TEMP B-TREE FOR ORDER BY"
	for _, c := range []struct {
		name        string
		who         int64
		f           db.CaseFilter
		list, count string // how each is read
		sorted      bool   // few rows are sorted
	}{
		{"the company's open ones", w.Chief, db.CaseFilter{}, "SCAN e USING INDEX cases_due", "SCAN e USING INDEX cases_due", false},
		{"its next page", w.Chief, db.CaseFilter{At: db.CaseKey{Value: 5, ID: 6}}, "cases_due (due>?)", "", false},
		{"its page before", w.Chief, db.CaseFilter{At: db.CaseKey{Value: 5, ID: 6}, Back: true}, "cases_due (due<?)", "", false},
		{"its newest", w.Chief, db.CaseFilter{Newest: true}, "SCAN e USING INDEX cases_opened", "", false},
		{"all its", w.Chief, db.CaseFilter{Show: all}, "SCAN e USING INDEX cases_opened", "", false},
		{"its closed ones", w.Chief, db.CaseFilter{Show: closed}, "SCAN e USING INDEX cases_closed", "COVERING INDEX cases_closed", false},
		{"its late ones", w.Chief, db.CaseFilter{DueBefore: 5}, "cases_due (due<?)", "cases_due (due<?)", false},
		{"what is soon over", w.Chief, db.CaseFilter{DueFrom: 5, SoonBy: 9}, "cases_due (due>?)", "cases_due (due>?)", false},
		{"of a span of days", w.Chief, db.CaseFilter{Show: all, From: 1, To: 2}, "cases_opened (opened_at>? AND opened_at<?)", "cases_opened", false},
		{"a step of the board", w.Chief, db.CaseFilter{Step: "handle"}, "cases_step (step=?)", "COVERING INDEX cases_step (step=?)", false},
		{"nobody's", w.Chief, db.CaseFilter{Unassigned: true}, "cases_due_user (user_id=?)", "cases_due_user (user_id=?)", false},
		{"one person's", w.Chief, db.CaseFilter{UserID: w.ClerkWest}, "cases_due_user (user_id=?)", "COVERING INDEX cases_due_user (user_id=?)", false},
		{"all of one person", w.Chief, db.CaseFilter{UserID: w.ClerkWest, Show: all}, "cases_opened_user (user_id=?)", "", false},
		{"a branch's, from above", w.Chief, db.CaseFilter{BranchID: w.West}, "cases_due_branch (branch_id=?", "cases_due_branch (branch_id=?", false},
		{"a region's, from above", w.Chief, db.CaseFilter{BranchID: w.Zhejiang}, "SCAN e USING INDEX cases_due", "", false},
		{"a client's", w.Chief, db.CaseFilter{CustomerID: 5, Show: all}, "cases_customer (customer_id=?)", "cases_customer (customer_id=?)", false},
		{"a client's open ones", w.Chief, db.CaseFilter{CustomerID: 5}, "(customer_id=?)", "(customer_id=?)", true},
		{"of a cause", w.Chief, db.CaseFilter{CauseID: 5, Show: all}, "cases_cause (cause_id=?)", "", true},
		{"a region's open ones", w.RegionZJ, db.CaseFilter{}, "SCAN e USING INDEX cases_due", "SCAN e USING INDEX cases_due", false},
		{"its closed ones", w.RegionZJ, db.CaseFilter{Show: closed}, "SCAN e USING INDEX cases_closed", "", false},
		{"all its", w.RegionZJ, db.CaseFilter{Show: all}, "SCAN e USING INDEX cases_opened", "", false},
		{"a step of its board", w.RegionZJ, db.CaseFilter{Step: "handle"}, "cases_step (step=?)", "cases_step (step=?)", false},
		{"a branch's open ones", w.BossWest, db.CaseFilter{}, "cases_due_branch (branch_id=?)", "COVERING INDEX cases_due_branch (branch_id=?)", false},
		{"its next page", w.BossWest, db.CaseFilter{At: db.CaseKey{Value: 5, ID: 6}}, "cases_due_branch (branch_id=? AND due>?)", "", false},
		{"its newest", w.BossWest, db.CaseFilter{Newest: true}, "cases_opened_branch (branch_id=?)", "", false},
		{"all its", w.BossWest, db.CaseFilter{Show: all}, "cases_opened_branch (branch_id=?)", "", false},
		{"its closed ones", w.BossWest, db.CaseFilter{Show: closed}, "cases_closed_branch (branch_id=?)", "COVERING INDEX cases_closed_branch (branch_id=?)", false},
		{"its late ones", w.BossWest, db.CaseFilter{DueBefore: 5}, "cases_due_branch (branch_id=? AND due<?)", "COVERING INDEX cases_due_branch (branch_id=? AND due<?)", false},
		{"what is soon over there", w.BossWest, db.CaseFilter{DueFrom: 5, SoonBy: 9}, "cases_due_branch (branch_id=? AND due>?)", "cases_due_branch (branch_id=? AND due>?)", false},
		{"of a kind", w.BossWest, db.CaseFilter{Kind: "complaint"}, "cases_due_branch (branch_id=?)", "cases_due_branch (branch_id=?)", false},
		{"what a clerk has", w.ClerkWest, db.CaseFilter{UserID: w.ClerkWest}, "cases_due_user (user_id=?)", "COVERING INDEX cases_due_user (user_id=?)", false},
		{"what a rep has", w.RepWest, db.CaseFilter{UserID: w.RepWest}, "cases_due_user (user_id=?)", "COVERING INDEX cases_due_user (user_id=?)", false},
		{"a rep's own and their clients' open ones", w.RepWest, db.CaseFilter{}, "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)", true},
		{"all of them", w.RepWest, db.CaseFilter{Show: all}, "cases_author (created_by=?)", "cases_author (created_by=?)", true},
		{"a courier's own open ones", w.CourierWest, db.CaseFilter{}, "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)", true},
		{"all of them", w.CourierWest, db.CaseFilter{Show: all}, "cases_author (created_by=?)", "cases_author (created_by=?)", true},
	} {
		list, count, err := db.CasePlan(w.DB, w.As(t, c.who), c.f)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !strings.Contains(list, c.list) || !strings.Contains(count, c.count) {
			t.Errorf("%s: the plans should have %q and %q:\n%s\ncounted:\n%s", c.name, c.list, c.count, list, count)
		}
		if strings.Contains(list, sorts) != c.sorted {
			t.Errorf("%s: sorted %v:\n%s", c.name, !c.sorted, list)
		}
	}
}
