package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/waybill"
)

var systemActor = policy.SystemActor("labels")

// ship gives a client one parcel of so many fen in each of the months, the
// first of which is the last whole one before the clock's.
func ship(t testing.TB, w *dbtest.World, customer, branch int64, fen ...int64) {
	t.Helper()
	var list []db.Waybill
	start := db.OneDay(w.Clock.Now()).MonthStart()
	for i, v := range fen {
		if v == 0 {
			continue
		}
		on := start.AddMonths(-1 - i).Add(9)
		at := time.UnixMilli(on.Time().UnixMilli())
		list = append(list, db.Waybill{Number: fmt.Sprintf("SF%d%04d", customer%1_000_000_000, i), BranchID: branch, CustomerID: customer, SentDay: on.String(), SentAt: at.UnixMilli(),
			Pieces: 1, Freight: v, State: waybill.Signed})
	}
	if _, err := w.LoadWaybills(context.Background(), systemActor, slices.Values(list), nil); err != nil {
		t.Fatal(err)
	}
}

func opened(t testing.TB, w *dbtest.World, name, class string) int64 {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: name, Class: class, OwnerID: w.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func night(t testing.TB, w *dbtest.World) (labels, proposed int) {
	t.Helper()
	ctx, on := context.Background(), db.OneDay(w.Clock.Now())
	labels, err := w.LabelBranch(ctx, systemActor, w.West, on)
	if err == nil {
		proposed, err = w.ProposeClasses(ctx, systemActor, w.West, on, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return labels, proposed
}

func waiting(t testing.TB, w *dbtest.World) map[int64]db.ClassChange {
	t.Helper()
	list, _, err := w.ClassChanges(context.Background(), w.As(t, w.BossWest).Scope(policy.CustomerClass), db.ClassChangeFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[int64]db.ClassChange{}
	for _, x := range list {
		out[x.CustomerID] = x
	}
	return out
}

func classOf(t testing.TB, w *dbtest.World, id int64) string {
	t.Helper()
	c, err := w.Customer(context.Background(), w.As(t, w.BossWest).Scope(policy.CustomerRead), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Class
}

func TestANightNamesClientsAndProposesClassesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		big, small, quiet := opened(t, w, "大户", "C"), opened(t, w, "小户", "C"), opened(t, w, "静户", "B")
		unknown := opened(t, w, "没有运单", "A")
		if l, p := night(t, w); l+p != 0 {
			t.Fatalf("a branch without a parcel is left alone: %d labels, %d proposals", l, p)
		}
		ship(t, w, big, w.West, 12_000_00, 12_000_00, 12_000_00, 12_000_00)
		ship(t, w, small, w.West, 100_00, 100_00, 100_00)
		ship(t, w, quiet, w.West, 0, 0, 0, 3000_00, 3000_00)
		labels, proposed := night(t, w)
		if labels != 4 || proposed != 2 {
			t.Fatalf("%d labels and %d proposals", labels, proposed)
		}
		if l, p := night(t, w); l+p != 0 {
			t.Fatalf("the same night again: %d labels, %d proposals", l, p)
		}
		wait := waiting(t, w)
		if x := wait[big]; x.Old != "C" || x.New != "A" || x.Why == nil || x.Why.Facts[0].Value != 12_000_00 {
			t.Errorf("the big one: %+v", x)
		}
		if x := wait[quiet]; x.Old != "B" || x.New != "C" {
			t.Errorf("the quiet one: %+v", x)
		}
		if _, has := wait[unknown]; has || classOf(t, w, unknown) != "A" {
			t.Error("of whose parcels nothing is known keeps the class")
		}
		for _, c := range []struct {
			name string
			f    db.CustomerFilter
			want []int64
		}{
			{"worth", db.CustomerFilter{Worth: "high"}, []int64{big}},
			{"silent", db.CustomerFilter{Mark: "silent"}, []int64{quiet}},
			{"potential", db.CustomerFilter{Level: "potential"}, []int64{unknown}},
			{"stage", db.CustomerFilter{Stage: "declining"}, []int64{quiet}},
			{"tier", db.CustomerFilter{Tier: "key"}, []int64{big}},
			{"worth and rfm", db.CustomerFilter{Worth: "low", RFM: "dormant"}, []int64{quiet, small}},
		} {
			page, err := w.Customers(ctx, boss.Scope(policy.CustomerRead), c.f)
			if err != nil {
				t.Fatal(err)
			}
			if got := idsOf(page.Rows); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, not %v", c.name, got, c.want)
			}
		}
		counts, err := w.LabelCounts(ctx, boss.Scope(policy.CustomerRead), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			f := map[string]db.CustomerFilter{"class": {Classes: []string{c.Value}}, "worth": {Worth: c.Value}, "rfm": {RFM: c.Value}, "tier": {Tier: c.Value}, "level": {Level: c.Value},
				"stage": {Stage: c.Value}, "mark": {Mark: c.Value}}[c.Kind]
			if c.Kind == "kind" {
				continue
			}
			if n, _, err := w.CountCustomers(ctx, boss.Scope(policy.CustomerRead), f); err != nil || n != c.N {
				t.Errorf("%s %s counts %d, its list %d: %v", c.Kind, c.Value, c.N, n, err)
			}
		}
		if list, err := w.LabelCounts(ctx, w.As(t, w.BossEast).Scope(policy.CustomerRead), 0); err != nil || len(list) != 0 {
			t.Errorf("another branch counts %v: %v", list, err)
		}
	})
}

func TestAChangeIsApprovedEditedOrRejectedByWhoMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, b, c := opened(t, w, "甲", "C"), opened(t, w, "乙", "C"), opened(t, w, "丙", "C")
		for _, id := range []int64{a, b, c} {
			ship(t, w, id, w.West, 12_000_00, 12_000_00, 12_000_00)
		}
		night(t, w)
		wait := waiting(t, w)
		all := []int64{wait[a].ID, wait[b].ID, wait[c].ID}
		if done, kept, err := w.DecideChanges(ctx, w.As(t, w.BossEast), db.ClassDecision{IDs: all, State: "approved", Reason: "x"}); err != nil || done+kept != 0 {
			t.Fatalf("another branch's manager decided %d, kept %d: %v", done, kept, err)
		}
		if done, kept, err := w.DecideChanges(ctx, w.As(t, w.RepWest), db.ClassDecision{IDs: all, State: "approved", Reason: "x"}); err != nil || done+kept != 0 {
			t.Fatalf("a rep decided %d, kept %d: %v", done, kept, err)
		}
		decide := func(id int64, state, value string) {
			t.Helper()
			done, kept, err := w.DecideChanges(ctx, boss, db.ClassDecision{IDs: []int64{id}, State: state, Value: value, Reason: "复评", Until: "2027-02-01"})
			if err != nil || done != 1 || kept != 0 {
				t.Fatalf("%s: %d done, %d kept: %v", state, done, kept, err)
			}
		}
		decide(all[0], "approved", "")
		decide(all[1], "edited", "B")
		decide(all[2], "rejected", "")
		if got := classOf(t, w, a) + classOf(t, w, b) + classOf(t, w, c); got != "ABC" {
			t.Errorf("approved, edited, rejected: %s", got)
		}
		if done, kept, err := w.DecideChanges(ctx, boss, db.ClassDecision{IDs: all[:1], State: "approved", Reason: "x"}); err != nil || done != 0 || kept != 1 {
			t.Errorf("decided twice: %d, %d: %v", done, kept, err)
		}
		// Neither the edited nor the rejected one is proposed again before its day.
		w.Clock.Set(time.Date(2026, 12, 5, 9, 0, 0, 0, db.Zone))
		night(t, w)
		if wait := waiting(t, w); wait[b].ID != 0 || wait[c].ID != 0 {
			t.Errorf("in December wait %+v", wait)
		}
		w.Clock.Set(time.Date(2027, 2, 1, 9, 0, 0, 0, db.Zone))
		night(t, w)
		if wait := waiting(t, w); wait[b].ID == 0 {
			t.Errorf("on the day that the edit ends the rule holds again: %+v", wait)
		}
	})
}

func TestAClassSetByHandBeatsTheRuleUntilItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id := opened(t, w, "甲", "C")
		ship(t, w, id, w.West, 12_000_00, 12_000_00, 12_000_00)
		night(t, w)
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil || len(waiting(t, w)) != 1 {
			t.Fatalf("%v %v", waiting(t, w), err)
		}
		if err := w.HoldClass(ctx, boss, id, c.Version, "B", "老板定的", "2027-01-15"); err != nil {
			t.Fatal(err)
		}
		if len(waiting(t, w)) != 0 {
			t.Error("what was proposed before the hand still waits")
		}
		w.Clock.Set(time.Date(2027, 1, 14, 9, 0, 0, 0, db.Zone))
		if _, p := night(t, w); p != 0 {
			t.Error("proposed against the hand")
		}
		why, err := w.Why(ctx, c, db.OneDay(w.Clock.Now()))
		if err != nil || len(why.Holds) != 1 || why.Holds[0].Until != "2027-01-15" || why.Holds[0].By != "周明慧" || why.Holds[0].Reason != "老板定的" {
			t.Errorf("who set it by hand: %+v %v", why.Holds, err)
		}
	})
}

func TestAContestWaitsAndItsGrantHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		id := opened(t, w, "甲", "C")
		ship(t, w, id, w.West, 0, 0, 0, 500_00)
		night(t, w)
		if err := w.Contest(ctx, w.As(t, w.RepWest2), id, "mark.silent", "", "不是我的客户"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep's client: %v", err)
		}
		if err := w.Contest(ctx, rep, id, "mark.silent", "", "换了账号在寄"); err != nil {
			t.Fatal(err)
		}
		if err := w.Contest(ctx, rep, id, "mark.silent", "", "再说一次"); !errors.Is(err, db.ErrOpen) {
			t.Errorf("said twice: %v", err)
		}
		x := waiting(t, w)[id]
		if x.Old != "silent" || x.New != "" || x.Said != "换了账号在寄" || x.SaidBy != "沈雨桐" {
			t.Fatalf("%+v", x)
		}
		if done, _, err := w.DecideChanges(ctx, boss, db.ClassDecision{IDs: []int64{x.ID}, State: "approved", Reason: "属实", Until: "2027-01-15"}); err != nil || done != 1 {
			t.Fatal(done, err)
		}
		silent := func() bool {
			n, _, err := w.CountCustomers(ctx, boss.Scope(policy.CustomerRead), db.CustomerFilter{Mark: "silent"})
			if err != nil {
				t.Fatal(err)
			}
			return n == 1
		}
		if silent() {
			t.Error("still silent after the grant")
		}
		w.Clock.Set(time.Date(2027, 1, 14, 9, 0, 0, 0, db.Zone))
		if night(t, w); silent() {
			t.Error("a night took the grant back")
		}
		w.Clock.Set(time.Date(2027, 1, 15, 9, 0, 0, 0, db.Zone))
		if night(t, w); !silent() {
			t.Error("the rule does not hold again on its day")
		}
		c, _ := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		why, err := w.Why(ctx, c, db.OneDay(w.Clock.Now()))
		if err != nil || len(why.Events) == 0 || why.Events[0].Kind != "mark.silent" && !slices.ContainsFunc(why.Events, func(e db.LabelEvent) bool { return e.Kind == "mark.silent" && e.Day == "2027-01-15" }) {
			t.Errorf("since when: %+v %v", why.Events, err)
		}
	})
}

func TestABranchsOwnRuleAndItsPreview(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		id := opened(t, w, "甲", "B")
		ship(t, w, id, w.West, 6000_00, 6000_00, 6000_00)
		on := db.OneDay(w.Clock.Now())
		lower := func(r *classify.Rules) { r.Classes.Amount[0] = 5000_00 }
		for _, branch := range []int64{0, w.West} {
			try := db.RuleTry{Rule: db.RuleClasses, Branch: branch, On: on, Set: lower}
			p, err := w.PreviewRules(ctx, chief.Scope(policy.CustomerRead), try)
			if err != nil || len(p.Moves) != 1 || p.Moves[0] != (db.RuleMove{Kind: "class", Old: "B", New: "A", N: 1}) {
				t.Errorf("preview for %d: %+v %v", branch, p, err)
			}
			list, n, err := w.PreviewMoved(ctx, chief.Scope(policy.CustomerRead), try, p.Moves[0], nil, 0)
			if err != nil || n != 1 || len(list) != 1 || list[0].ID != id || list[0].Name != "甲" || list[0].Freight != 6000_00 || list[0].BranchID != w.West {
				t.Errorf("who moves, for %d: %+v %d %v", branch, list, n, err)
			}
			if list, n, err := w.PreviewMoved(ctx, w.As(t, w.BossEast).Scope(policy.CustomerRead), try, p.Moves[0], nil, 0); err != nil || n+len(list) != 0 {
				t.Errorf("another branch's manager sees %+v: %v", list, err)
			}
		}
		r := classify.Default()
		lower(&r)
		value, _ := json.Marshal(r.Classes)
		if _, err := w.SetRule(ctx, chief, policy.CadenceEdit, db.RuleRow{Rule: db.RuleClasses, BranchID: w.West, ValidFrom: on.String(), Value: string(value), Reason: "试点"}); err != nil {
			t.Fatal(err)
		}
		p, err := w.PreviewRules(ctx, chief.Scope(policy.CustomerRead), db.RuleTry{Rule: db.RuleClasses, On: on, Set: lower})
		if err != nil || p.Clients != 0 {
			t.Errorf("a branch with its own rule is left out of the company's preview: %+v %v", p, err)
		}
		if _, proposed := night(t, w); proposed != 1 || waiting(t, w)[id].New != "A" {
			t.Errorf("the branch's own rule does not hold: %+v", waiting(t, w))
		}
		run, err := w.LatestClassRun(ctx, "classes", w.West)
		if err != nil || run.Versions[db.RuleClasses] != [2]int64{w.West, 1} || run.Period != "2026-11" {
			t.Errorf("the run says %+v: %v", run, err)
		}
	})
}

func TestWhoWouldMoveIsListedPageByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		var want []int64
		for i := range 7 {
			id := opened(t, w, fmt.Sprint("户", i), "B")
			fen := int64(9000_00 - i/2*100_00) // some bring the same
			ship(t, w, id, w.West, fen, fen, fen)
			want = append(want, id)
		}
		try := db.RuleTry{Rule: db.RuleClasses, On: db.OneDay(w.Clock.Now()), Set: func(r *classify.Rules) { r.Classes.Amount[0] = 5000_00 }}
		move := db.RuleMove{Kind: "class", Old: "B", New: "A"}
		var got []int64
		var after *db.MovedKey
		for range 10 {
			list, n, err := w.PreviewMoved(ctx, chief.Scope(policy.CustomerRead), try, move, after, 2)
			if err != nil || n != 7 {
				t.Fatalf("%d in all: %v", n, err)
			}
			if len(list) == 0 {
				break
			}
			for _, m := range list {
				got = append(got, m.ID)
			}
			last := list[len(list)-1]
			after = &db.MovedKey{Freight: last.Freight, ID: last.ID}
		}
		if !slices.Equal(got, want) {
			t.Errorf("page by page %v, not %v", got, want)
		}
	})
}

// What the store calls each client equals what the rules say of the waybills
// themselves.
func TestLabelsEqualTheRulesOverTheWaybills(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, on := context.Background(), db.OneDay(w.Clock.Now())
		want := map[int64]classify.Client{}
		for i := range 25 {
			id := opened(t, w, fmt.Sprint("客户", i), "")
			var fen []int64
			c := classify.Client{}
			for m := range 12 {
				v := int64((i*7+m*3)%5) * int64(i) * 200_00
				if m < i%6 {
					v = 0
				}
				fen = append(fen, v)
				if v > 0 {
					c.Freight[m], c.Orders[m] = v, 1
					c.First = on.MonthStart().AddMonths(-1 - m)
					if !c.Last.Valid() {
						c.Last = c.First.Add(9)
					}
				}
			}
			ship(t, w, id, w.West, fen...)
			want[id] = c
		}
		night(t, w)
		var list []classify.Client
		for _, c := range want {
			list = append(list, c)
		}
		f := classify.Default().Frame(classify.Cut(classify.Default(), func(yield func(*classify.Client) bool) {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}), on)
		wait := waiting(t, w)
		for id, c := range want {
			file, err := w.Customer(ctx, w.As(t, w.BossWest).Scope(policy.CustomerRead), id)
			if err != nil {
				t.Fatal(err)
			}
			l, err := w.CustomerLabels(ctx, file)
			if err != nil {
				t.Fatal(err)
			}
			l.Stage = file.Stage
			if expect := f.Label(&c); l != expect {
				t.Errorf("client %d is %+v, by the rules %+v", id, l, expect)
			}
			if c.Last.Valid() && wait[id].New != f.Class(&c) {
				t.Errorf("client %d is proposed as %q, by the rules %q", id, wait[id].New, f.Class(&c))
			}
		}
	})
}

func TestWhatWeMakeOfAClientIsWhatItsLabelSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		score := func(id int64) db.ClientScore {
			t.Helper()
			c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.Score(ctx, c, db.OneDay(w.Clock.Now()))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		big, idle := opened(t, w, "甲", "C"), opened(t, w, "乙", "C")
		ship(t, w, big, w.West, 20_000_00, 20_000_00, 20_000_00)
		night(t, w)
		got := score(big)
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), big)
		if err != nil {
			t.Fatal(err)
		}
		labels, err := w.CustomerLabels(ctx, c)
		if err != nil || !got.Shipped || got.Points <= 0 || got.Points > 100 || got.Level != labels.Level || got.Parts[1] != 100 || got.Parts[3] != 100 {
			t.Errorf("%+v beside %+v, %v", got, labels, err)
		}
		if got := score(idle); got.Shipped || got.Points != 0 || got.Level != classify.LevelPotential {
			t.Errorf("of one who shipped nothing: %+v", got)
		}
	})
}
