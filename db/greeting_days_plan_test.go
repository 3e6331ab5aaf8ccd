package db

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestACalendarIsCountedByAnIndexAlone: a month of a branch or of one's own
// clients reads no greeting, but for what another one names.
func TestACalendarIsCountedByAnIndexAlone(t *testing.T) {
	ctx := context.Background()
	d, err := Open(ctx, Config{DSN: filepath.Join(t.TempDir(), "yike.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, c := range []struct {
		part cond
		with string
	}{
		{manySQL("g.branch_id", []int64{7}), "g USING COVERING INDEX greetings_days (branch_id=? AND day>? AND day<?)"},
		{manySQL("g.branch_id", []int64{7, 8, 9}), "g USING COVERING INDEX greetings_days (branch_id=? AND day>? AND day<?)"},
		{condOf("g.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0)", 7), "g USING COVERING INDEX greetings_customer (customer_id=? AND day>? AND day<?)"},
		{bothSQL(condOf("g.customer_id IN (SELECT id FROM customers WHERE deleted_at <> 0)"), manySQL("+g.branch_id", []int64{7, 8})), "g USING INDEX greetings_customer (customer_id=? AND day>? AND day<?)"},
	} {
		q := daysSQL(c.part, "2027-02-01", "2027-02-28")
		var plan strings.Builder
		if err := d.eachRow(ctx, numberSQL("EXPLAIN QUERY PLAN "+q.text), q.args, func(scan func(...any) error) error {
			var id, parent, unused int64
			var text string
			err := scan(&id, &parent, &unused, &text)
			plan.WriteString(text + "\n")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan.String(), c.with) {
			t.Errorf("%s: the plan should have %q:\n%s", c.part.text, c.with, plan.String())
		}
	}
}
