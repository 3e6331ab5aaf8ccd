package db

import (
	"path/filepath"
	"strings"
	"testing"

	"yike/policy"
)

// TestWhatAPersonDidAndWhatAllAlertsAreIsReadByIndexes: the visits of a month are
// counted in their index alone, what somebody has planned is not looked for among
// all they made, and all alerts are read from the newest until the page is full.
func TestWhatAPersonDidAndWhatAllAlertsAreIsReadByIndexes(t *testing.T) {
	d, by, _ := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	done := d.visitsWhere(by.Scope(policy.VisitRead), VisitFilter{From: "2026-10-01", To: "2026-10-31", State: VisitDone})
	done.add("v.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)")
	idsIn(&done, "v.user_id", []int64{7, 8})
	planned := d.visitsWhere(by.Scope(policy.VisitRead), VisitFilter{From: "2026-10-01", To: "2026-10-31", UserID: 7, State: VisitPlanned})
	alerts := d.radarWhere(by.Scope(policy.RadarRead), RadarFilter{})
	for name, c := range map[string]struct {
		text, with string
		args       []any
	}{
		"visits of people": {peopleGroupedSQL("SELECT v.user_id, COUNT(*), 0", " FROM visits v", "v.user_id", done), "v USING COVERING INDEX visits_user (user_id=?", done.args},
		"planned visits":   {visitRowSQL + planned.whereSQL() + " ORDER BY v.day, v.id LIMIT 26", "visits_planned_user (user_id=? AND day>? AND day<?)", planned.args},
		"all alerts":       {RadarFilter{}.radarListSQL(alerts.whereSQL(), 51), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)", alerts.args},
	} {
		plan, err := planOf(d, c.text, c.args)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.Contains(plan, c.with) || strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "SCAN c") {
			t.Errorf("%s: the plan should have %q:\n%s", name, c.with, plan)
		}
	}
}
