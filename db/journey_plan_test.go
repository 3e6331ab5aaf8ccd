package db

import (
	"path/filepath"
	"strings"
	"testing"

	"yike/policy"
	"yike/policy/day"
)

// TestTheStepsOfAJourneyAreReadByIndexes: visits of the months by their branch's
// days, earlier ones by the client, parcels by their branch's days.
func TestTheStepsOfAJourneyAreReadByIndexes(t *testing.T) {
	d, by, _ := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	first, last := day.MustParse("2026-08-01"), day.MustParse("2026-10-01")
	var branch int64
	for id := range d.tree.Load().byID {
		branch = max(branch, id)
	}
	contacts, one := d.firstContactsWhere(by.Scope(policy.VisitRead), 0, first, last), d.firstContactsWhere(by.Scope(policy.VisitRead), branch, first, last)
	transit := transitSQL([]int64{branch}, first, last)
	for name, c := range map[string]struct {
		text string
		with []string
		args []any
	}{
		"first contacts of all":      {firstContactsSQL(contacts), []string{"v USING INDEX visits_day (day>? AND day<?)", "visits_customer (customer_id=? AND day<?)", "c USING INTEGER PRIMARY KEY"}, contacts.args},
		"first contacts of a branch": {firstContactsSQL(one), []string{"v USING INDEX visits_branch (branch_id=? AND day>? AND day<?)", "visits_customer (customer_id=? AND day<?)"}, one.args},
		"parcels in transit":         {transit.text, []string{"w USING INDEX waybills_branch (branch_id=? AND sent_day>? AND sent_day<?)"}, transit.args},
	} {
		text, args := c.text, c.args
		if name == "parcels in transit" {
			text = numberSQL(transit.text)
		}
		plan, err := planOf(d, text, args)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, part := range c.with {
			if !strings.Contains(plan, part) {
				t.Errorf("%s: the plan should have %q:\n%s", name, part, plan)
			}
		}
	}
}
