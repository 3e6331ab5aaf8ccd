package db

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"yike/internal/pgtest"
	"yike/policy"
)

// TestAPageOnPostgreSQLReadsTheRowsThatItShows: ranges of an index are merged
// and not read to their end and sorted, and no page reads a whole table, however
// near its LIMIT looks.
func TestAPageOnPostgreSQLReadsTheRowsThatItShows(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a company of thousands; run without -short")
	}
	d, by, first := loadHouse(t, pgtest.FreshDB(t))
	ctx := context.Background()
	var head int64
	for _, b := range d.Branches(ctx, by.Scope(policy.BranchRead)) {
		if b.ParentID == 0 {
			head = b.ID
		}
	}
	second, err := d.CreateBranch(ctx, by, BranchInput{ParentID: head, Level: LevelBranch, Name: "城东", Code: "HZ02"})
	if err != nil {
		t.Fatal(err)
	}
	for _, branch := range []int64{first, second} {
		if _, err := d.LoadCustomers(ctx, by, many(branch, 3000, -1), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.w.ExecContext(ctx, `ANALYZE customers, customer_search`); err != nil {
		t.Fatal(err)
	}
	branches := []cond{condOf("c.branch_id = ?", first), condOf("c.branch_id = ?", second)}
	often := [][]string{{"nqi"}, {"iqq"}, {"c000"}, {"d1380"}}
	for _, c := range []struct {
		name       string
		q          cond
		with, free string
	}{
		{"two branches by name", limitSQL(mergeSQL(branches, order{column: "name_key"}, listPlace{}, false, nil, d.each(51)), "", 51), "Merge Append", "Seq Scan"},
		{"two branches by last visit, the latest first", limitSQL(mergeSQL(branches, order{column: "last_visit_on", desc: true}, listPlace{}, false, nil, d.each(51)), "", 51), "Merge Append", "Seq Scan"},
		{"a term that many have, counted", countSQL(d.candidateSQL(often, reach{all: true}), 1001), "customer_search_grams", "Seq Scan"},
		{"a term that many have, its first", d.pieceSQL(d.candidateSQL(often, reach{all: true}), 32, 0), "customer_search_grams", "Seq Scan"},
	} {
		rows, err := d.query(ctx, cond{"EXPLAIN " + c.q.text, c.q.args})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
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

// TestThePartsOfAFileAreFoundByTheirClient: nothing of a customer's page reads
// more than the rows of that customer.
func TestThePartsOfAFileAreFoundByTheirClient(t *testing.T) {
	d, _, _ := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	plan, err := planOf(d, filePartsSQL+pagePartsSQL, []any{1, "2026-01-01", 0, "complaint", "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(plan) {
		if strings.HasPrefix(line, "SCAN ") && line != "SCAN CONSTANT ROW\n" {
			t.Errorf("reads a whole table: %s", line)
		}
	}
}
