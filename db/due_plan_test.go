package db

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"yike/policy/day"
)

// TestTheDueListIsCountedInItsIndexThoughTheBinIsFull: the bin's files differ
// each in their deleted_at and all others have the same, which an index with that
// column early would look choosy by. Every part of the due list stays with the
// index that was made for it, and the night's reading with its own.
func TestTheDueListIsCountedInItsIndexThoughTheBinIsFull(t *testing.T) {
	ctx := context.Background()
	d, by, branch := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	if _, err := d.LoadCustomers(ctx, by, many(branch, 3000, -1), nil); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE customers SET owner_id = (SELECT min(id) FROM users), class = 'C', month_visits = 1, last_visit_on = printf('2026-10-%02d', 1 + rowid % 28) WHERE rowid % 9 > 0`,
		`UPDATE customers SET deleted_at = 1790000000000 + rowid % 1000000 WHERE rowid % 20 = 0`,
	} {
		if _, err := d.w.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	today := day.At(d.Now(), Zone)
	classes := []string{"A", "B", "C", ""}
	set := dueSet{branches: []int64{branch}}
	parts := map[string]cond{"the night's reading": {bookedRows, []any{branch}}}
	for _, nobody := range []bool{false, true} {
		q := dueWhose{set, nobody, classes, today}
		parts[fmt.Sprintf("groups, nobody's %v", nobody)] = q.lotsSQL()
		parts[fmt.Sprintf("never visited, nobody's %v", nobody)] = q.neverSQL()
	}
	for i, q := range d.freshSQL(set, classes, today) {
		parts[fmt.Sprintf("fresh %d", i)] = q
	}
	check := func(known string) {
		for name, q := range parts {
			plan, err := planOf(d, q.text, q.args)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if night := name == "the night's reading"; strings.Contains(plan, "customers_booked") != night {
				t.Errorf("%s, %s: reads along customers_booked should be %v:\n%s", name, known, night, plan)
			}
			if strings.Contains(plan, "SCAN c\n") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s, %s: reads all clients:\n%s", name, known, plan)
			}
		}
	}
	again := func(known string, statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := d.w.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		d.r.SetMaxIdleConns(0) // a connection keeps the figures that it began with
		check(known)
	}
	again("never measured")
	again("measured", "ANALYZE")
	// As a migration leaves an index that it made anew, and the start finds it.
	if _, err := d.w.ExecContext(ctx, "DELETE FROM sqlite_stat1 WHERE idx = 'customers_booked'"); err != nil {
		t.Fatal(err)
	}
	if err := d.forgetStatistics(ctx); err != nil {
		t.Fatal(err)
	}
	check("after a start, on connections that were open") // a dropped table is noticed
	again("after a start")
	var measured bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name LIKE 'sqlite_stat%')`).Scan(&measured); err != nil || measured {
		t.Errorf("still measured: %v, %v", measured, err)
	}
}
