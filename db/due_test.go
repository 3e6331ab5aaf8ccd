package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
)

func TestARuleHoldsFromItsDayForTheCompanyUnlessABranchHasItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		set := func(branch int64, from, value string, read int64) error {
			_, err := w.SetRule(ctx, admin, policy.CadenceEdit, db.RuleRow{Rule: "r", BranchID: branch, ValidFrom: from, Value: value, Reason: "因为", Version: read})
			return err
		}
		for i, v := range []struct {
			branch    int64
			from, val string
			read      int64
		}{{0, "2026-01-01", "1", 0}, {0, "2026-12-01", "2", 1}, {0, "2026-11-01", "3", 2}, {w.Zhejiang, "2026-11-10", "4", 0}, {w.East, "2026-11-15", "5", 0}} {
			if err := set(v.branch, v.from, v.val, v.read); err != nil {
				t.Fatalf("version %d: %v", i, err)
			}
		}
		for _, c := range []struct {
			name   string
			branch int64
			day    string
			want   string
		}{
			{"before anyone set it", 0, "2025-12-31", ""},
			{"on its first day", 0, "2026-01-01", "1"},
			{"a later version holds from its earlier day", 0, "2026-11-21", "3"},
			{"a version set before holds from its later day on", 0, "2026-12-01", "2"},
			{"a region's own version holds in its branches", w.West, "2026-11-21", "4"},
			{"not before its day", w.West, "2026-11-09", "3"},
			{"a branch's own comes before the region's", w.East, "2026-11-21", "5"},
			{"another region has the company's", w.Gulou, "2026-11-21", "3"},
		} {
			r, err := w.Rule(ctx, "r", c.branch, c.day)
			if err != nil || r.Value != c.want {
				t.Errorf("%s: %q, %v; want %q", c.name, r.Value, err, c.want)
			}
		}
		if err := set(0, "2026-11-21", "9", 2); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a version that was read late: %v", err)
		}
		list, err := w.RuleVersions(ctx, "r", 0)
		if err != nil || len(list) != 3 || list[0].Version != 3 || list[0].Author != "管理员" || list[0].Reason != "因为" {
			t.Errorf("versions: %+v, %v", list, err)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.BossWest), policy.CadenceEdit, db.RuleRow{Rule: "r", ValidFrom: "2026-11-21", Value: "7", Version: 3}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a branch manager sets the company's rule: %v", err)
		}
	})
}

func TestTheDueListEqualsTheRuleAskedForEachCustomerAlone(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		rng := rand.New(rand.NewPCG(7, 11))
		type truth struct {
			facts  cadence.Facts
			branch int64
			owner  int64
			clerk  int64
			days   map[string]bool
		}
		want := map[int64]*truth{}
		reps := []int64{w.RepWest, w.RepWest2, 0}
		for i := range 120 {
			w.Clock.Set(time.Date(2026, 10, 20, 9, 0, 0, 0, db.Zone).AddDate(0, 0, rng.IntN(30)))
			branch := []int64{w.West, w.East}[rng.IntN(2)]
			tr := &truth{branch: branch, owner: reps[rng.IntN(3)], clerk: []int64{0, 0, w.RepWest, w.RepWest2}[rng.IntN(4)], days: map[string]bool{}}
			place := []string{"", "330106", "330109", "320102"}[rng.IntN(4)]
			class := []string{"A", "B", "C", ""}[rng.IntN(4)]
			stage := []string{"", "mature", "lost"}[rng.IntN(3)]
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: branch, Name: fmt.Sprintf("客户%d号", i),
				Class: class, OwnerID: tr.owner, ClerkID: tr.clerk, Stage: stage, PlaceCode: place})
			if err != nil {
				t.Fatal(err)
			}
			want[id] = tr
			today := day.At(w.Clock.Now(), db.Zone)
			tr.facts = cadence.Facts{Class: class, Created: today, Paused: stage == "lost"}
			if class != "" {
				tr.facts.ClassSince = today
			}
			if tr.owner != 0 {
				tr.facts.OwnedSince = today
			}
			for range rng.IntN(6) {
				d := day.MustParse("2026-11-21").Add(-rng.IntN(40)).String()
				if rng.IntN(20) == 0 { // written by a device whose clock runs ahead
					d = []string{"2026-11-25", "2026-12-02"}[rng.IntN(2)]
				}
				state := rng.IntN(5)
				if state == 0 {
					_, err = w.PlanVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: id, UserID: w.RepWest, Day: d, Mode: "phone"})
				} else {
					_, err = w.LogVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: id, UserID: w.RepWest, Day: d, Mode: "phone"})
					tr.days[d] = true
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		// Some classes change within the month, one of them twice on a day.
		w.Clock.Set(time.Date(2026, 11, 20, 17, 0, 0, 0, db.Zone))
		n := 0
		for id, tr := range want {
			if n++; n > 30 {
				break
			}
			for _, class := range []string{"C", "A"}[:1+n%2] {
				c := readFile(t, w, id)
				if c.Class == class {
					continue
				}
				if tr.facts.ClassSince != day.MustParse("2026-11-20") {
					tr.facts.ClassBefore = c.Class
				}
				c.Class = class
				if err := w.UpdateCustomer(ctx, system, c); err != nil {
					t.Fatal(err)
				}
				tr.facts.Class, tr.facts.ClassSince = class, day.MustParse("2026-11-20")
			}
		}
		w.Clock.Set(dbtest.Start)
		value, _ := json.Marshal(cadence.Rule{PerMonth: cadence.PerClass{A: 6, B: 3, C: 1}, Soon: cadence.PerClass{A: 2, B: 2, C: 2}})
		if _, err := w.SetRule(ctx, system, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, BranchID: w.East, ValidFrom: "2026-11-10", Value: string(value), Reason: "试点"}); err != nil {
			t.Fatal(err)
		}
		today := day.MustParse("2026-11-21")
		check := func(name string, scope policy.Scope, f db.DueFilter, in func(*truth) bool) {
			t.Helper()
			list, err := w.Due(ctx, scope, f)
			if err != nil {
				t.Fatal(err)
			}
			got := map[int64]cadence.Standing{}
			for i, r := range list.Rows {
				got[r.ID] = r.Standing
				if i > 0 && r.Standing.Urgency > list.Rows[i-1].Standing.Urgency {
					t.Errorf("%s: row %d is more urgent than the one before it", name, i)
				}
			}
			pagesEqualTheList(t, w, name, scope, f, list)
			asked := 0
			for id, tr := range want {
				f := tr.facts
				for d := range tr.days {
					if d >= "2026-11-01" && d <= today.String() {
						f.Visits++
					}
					f.LastVisit = max(f.LastVisit, day.MustParse(d))
				}
				rule := cadence.Default()
				if tr.branch == w.East {
					_ = json.Unmarshal(value, &rule)
				}
				s := cadence.Due(f, rule, nil, today)
				g, there := got[id]
				if there != (in(tr) && s.State != cadence.None) {
					t.Errorf("%s: customer %d in the list: %v; standing %+v", name, id, there, s)
				} else if there && g != s {
					t.Errorf("%s: customer %d stands %+v; want %+v", name, id, g, s)
				}
				if there {
					asked++
				}
			}
			if asked == 0 || asked != len(got) {
				t.Errorf("%s: %d of %d rows", name, asked, len(got))
			}
		}
		all := system.Scope(policy.CadenceRead)
		check("everybody", all, db.DueFilter{}, func(*truth) bool { return true })
		check("a branch", all, db.DueFilter{BranchID: w.East}, func(tr *truth) bool { return tr.branch == w.East })
		check("a rep's own", w.As(t, w.RepWest).Scope(policy.CadenceRead), db.DueFilter{}, func(tr *truth) bool { return tr.owner == w.RepWest || tr.clerk == w.RepWest })
		check("of another rep, whose clerk I am", w.As(t, w.RepWest).Scope(policy.CadenceRead), db.DueFilter{UserID: w.RepWest2}, func(tr *truth) bool { return tr.owner == w.RepWest2 && tr.clerk == w.RepWest })
		check("my own in a branch", w.As(t, w.RepWest).Scope(policy.CadenceRead), db.DueFilter{BranchID: w.West}, func(tr *truth) bool { return tr.branch == w.West && (tr.owner == w.RepWest || tr.clerk == w.RepWest) })
		check("a manager's branch", w.As(t, w.BossWest).Scope(policy.CadenceRead), db.DueFilter{}, func(tr *truth) bool { return tr.branch == w.West })
		check("of one rep", all, db.DueFilter{UserID: w.RepWest2}, func(tr *truth) bool { return tr.owner == w.RepWest2 })
		check("of one class", all, db.DueFilter{Class: "A"}, func(tr *truth) bool { return tr.facts.Class == "A" })
		if list, err := w.Due(ctx, w.As(t, w.CourierWest).Scope(policy.CadenceRead), db.DueFilter{}); err != nil || len(list.Rows) != 0 {
			t.Errorf("a courier sees %d customers, %v", len(list.Rows), err)
		}
	})
}

// pagesEqualTheList walks the pages of a due list to its end and back, and
// compares rows and figures with the whole.
func pagesEqualTheList(t *testing.T, w *dbtest.World, name string, scope policy.Scope, f db.DueFilter, list db.DueList) {
	t.Helper()
	ctx := context.Background()
	page := func(ask db.DueAsk) db.DuePage {
		t.Helper()
		ask.DueFilter, ask.Limit = f, 7
		p, err := w.DuePage(ctx, scope, ask)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, states := range [][]cadence.State{nil, {cadence.Overdue, cadence.Soon, cadence.OnTime}, {cadence.Met}} {
		var want []db.DueRow
		count, people, cities := map[cadence.State]int{}, map[int64]int{}, map[string]bool{}
		for _, r := range list.Rows {
			count[r.Standing.State]++
			cities[r.CityCode] = true
			if r.OwnerID != 0 {
				people[r.OwnerID]++
			}
			if states == nil || slices.Contains(states, r.Standing.State) {
				want = append(want, r)
			}
		}
		var at db.DueKey
		var pages [][]db.DueRow
		for n := 0; n < len(want); {
			p := page(db.DueAsk{States: states, At: at})
			if p.Before != n || p.Total != len(want) || len(p.Rows) != min(7, len(want)-n) {
				t.Fatalf("%s, %v: %d rows after %d of %d, want %d after %d of %d", name, states, len(p.Rows), p.Before, p.Total, min(7, len(want)-n), n, len(want))
			}
			for i, r := range p.Rows {
				if r != want[n+i] {
					t.Errorf("%s, %v: row %d is %+v, want %+v", name, states, n+i, r, want[n+i])
				}
			}
			if fmt.Sprint(p.Count) != fmt.Sprint(count) || len(p.People) != len(people) || len(p.Cities) != len(cities) {
				t.Errorf("%s: figures %v of %d people in %v, want %v of %d in %v", name, p.Count, len(p.People), p.Cities, count, len(people), cities)
			}
			for _, one := range p.People {
				all := 0
				for _, k := range one.Count {
					all += k
				}
				if all != people[one.OwnerID] {
					t.Errorf("%s: %d customers of %d, want %d", name, all, one.OwnerID, people[one.OwnerID])
				}
			}
			n, at, pages = n+len(p.Rows), p.Rows[len(p.Rows)-1].Key(), append(pages, p.Rows)
		}
		for i := len(pages) - 1; i > 0; i-- {
			p := page(db.DueAsk{States: states, At: pages[i][0].Key(), Back: true})
			if p.Before != 7*(i-1) || !slices.Equal(p.Rows, pages[i-1]) {
				t.Errorf("%s, %v: back to page %d: %d rows after %d", name, states, i, len(p.Rows), p.Before)
			}
		}
		figures, err := w.DuePage(ctx, scope, db.DueAsk{DueFilter: f, States: states})
		if err != nil || fmt.Sprint(figures.Count) != fmt.Sprint(count) || figures.Total != len(want) || len(figures.Rows) != 0 {
			t.Errorf("%s: figures alone %v, %d, %v; want %v, %d", name, figures.Count, figures.Total, err, count, len(want))
		}
	}
}

// TestAClientTakenOverFromPaperIsDueAtOnce: the file is opened today, but the
// register says that the client has been one for years: the whole month's
// visits are asked for, not a joiner's share.
func TestAClientTakenOverFromPaperIsDueAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		for name, filed := range map[string]string{"老客户": "2021-01-25", "新客户": ""} {
			if _, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, OwnerID: w.RepWest, Name: name, Class: "A", FiledOn: filed}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := w.Due(ctx, boss.Scope(policy.CadenceRead), db.DueFilter{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DueNames(ctx, boss.Scope(policy.CadenceRead), list.Rows); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range list.Rows {
			got[r.Name] = string(r.Standing.State)
		}
		if got["老客户"] != "overdue" || got["新客户"] == "overdue" {
			t.Errorf("on the 21st: %v", got)
		}
	})
}
