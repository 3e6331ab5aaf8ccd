package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/waybill"
)

// TestCellsOfRFMEqualARecount: every client that ever sent something stands in
// the cell that its waybills say, by the rule of its branch, also right after
// another parcel or another rule.
func TestCellsOfRFMEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		number := 0
		ship := func(id, branch int64, on string, times int) {
			t.Helper()
			var list []db.Waybill
			for range times {
				number++
				list = append(list, db.Waybill{Number: fmt.Sprintf("3099%010d", number), BranchID: branch, CustomerID: id, BoundBy: "name", SentDay: on, SentAt: day.MustParse(on).Time().UnixMilli(), Pieces: 1, Freight: int64(700 + 13*number), State: waybill.Signed})
			}
			if _, err := w.LoadWaybills(ctx, system, slices.Values(list), nil); err != nil {
				t.Fatal(err)
			}
		}
		branches := []int64{w.West, w.East}
		var ids []int64
		for i := range 12 {
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: branches[i%2], Name: fmt.Sprintf("格子%d", i)})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
			if i < 10 {
				ship(id, branches[i%2], []string{"2026-11-20", "2026-10-21", "2026-10-20", "2026-08-21", "2026-08-20"}[i/2], 1+9*i)
				ship(id, branches[i%2], "2026-03-10", 1+40*(i%3))
			}
		}
		equal := func(what string, least int) {
			t.Helper()
			on := day.At(w.Clock.Now(), db.Zone)
			all := anew(t, w, on)
			for name, who := range map[string]struct{ user, branch int64 }{"the company": {w.Chief, 0}, "a branch": {w.RegionZJ, w.East}, "a manager": {w.BossWest, 0}, "a rep": {w.RepWest, 0}, "not theirs": {w.BossWest, w.East}} {
				want := map[int64]db.RFMClient{}
				for _, b := range branches {
					if name == "a rep" || name == "not theirs" || who.branch != 0 && who.branch != b || who.user == w.BossWest && b != w.West {
						continue
					}
					rules, err := w.ClassRules(ctx, b, on.String())
					if err != nil {
						t.Fatal(err)
					}
					f := rules.Frame(classify.Cut(rules.Rules, func(yield func(*classify.Client) bool) {
						for _, n := range all {
							if n.branch == b && !yield(&n.Client) {
								return
							}
						}
					}), on)
					for id, n := range all {
						if n.branch != b || !n.Last.Valid() {
							continue
						}
						x := db.RFMClient{ID: id, Cell: f.Cell(&n.Client)}
						for _, fen := range n.Freight {
							x.Freight += fen
						}
						want[id] = x
					}
				}
				got, err := w.RFMClients(ctx, w.As(t, who.user).Scope(policy.WaybillRead), who.branch, on)
				if err != nil || len(got) != len(want) {
					t.Errorf("%s, %s: %d clients (%v), want %d", what, name, len(got), err, len(want))
				}
				cells := map[int]bool{}
				for i, c := range got {
					cells[c.Cell] = true
					if c != want[c.ID] || i > 0 && got[i-1].Freight < c.Freight {
						t.Errorf("%s, %s: %+v, want %+v", what, name, c, want[c.ID])
					}
				}
				if name == "the company" && len(cells) < least {
					t.Errorf("%s: only %d cells", what, len(cells))
				}
			}
		}
		equal("at first", 4)
		ship(ids[9], w.East, "2026-11-20", 3)
		equal("after a parcel", 4)
		rules, err := w.ClassRules(ctx, 0, "2026-11-21")
		if err != nil {
			t.Fatal(err)
		}
		rules.RFM.Way = classify.Quantile
		value, err := json.Marshal(rules.RFM)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(ctx, system, policy.ClassRule, db.RuleRow{Rule: db.RuleRFM, ValidFrom: day.At(w.Clock.Now(), db.Zone).String(), Value: string(value), Reason: "试"}); err != nil {
			t.Fatal(err)
		}
		equal("by quantiles", 4)
		w.Clock.Set(w.Clock.Now().Add(24 * time.Hour))
		equal("the next day", 4)
	})
}
