package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestALockedSettingHoldsForEverybodyUntilItIsOpened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin, today := context.Background(), w.As(t, w.Admin), "2026-11-21"
		set := func(by policy.Actor, branch, version int64, value string) error {
			_, err := w.SetRule(ctx, by, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, BranchID: branch, ValidFrom: today, Value: value, Reason: "试", Version: version})
			return err
		}
		holds := func(branch int64) string {
			t.Helper()
			row, err := w.Rule(ctx, db.RuleCadence, branch, today)
			if err != nil {
				t.Fatal(err)
			}
			return row.Value
		}
		company, own := `{"per_month":{"a":4}}`, `{"per_month":{"a":8}}`
		if err := errors.Join(set(admin, 0, 0, company), set(admin, w.West, 0, own)); err != nil {
			t.Fatal(err)
		}
		if holds(w.West) != own || holds(w.East) != company {
			t.Fatal("while it is open the branch has its own")
		}
		if err := w.LockSetting(ctx, w.As(t, w.BossWest), policy.CadenceEdit, db.RuleCadence, true, 0, "试"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a branch manager locks: %v", err)
		}
		if err := w.LockSetting(ctx, admin, policy.PrivacyEdit, db.RulePrivacy, true, 0, "试"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("what no branch may set is not locked: %v", err)
		}
		if err := w.LockSetting(ctx, admin, policy.CadenceEdit, db.RuleCadence, true, 0, "统一"); err != nil {
			t.Fatal(err)
		}
		if holds(w.West) != company {
			t.Error("locked: the branch's own still counts")
		}
		s, err := w.SettingState(ctx, db.RuleCadence, today)
		if err != nil || !s.Locked || s.Overrides[w.West].Value != own || s.Lock.Version != 1 {
			t.Errorf("the override is kept and seen: %+v, %v", s, err)
		}
		if err := set(admin, w.East, 0, own); !errors.Is(err, db.ErrLocked) || !errors.Is(err, db.ErrRefused) {
			t.Errorf("a branch sets its own while locked: %v", err)
		}
		if err := w.LockSetting(ctx, admin, policy.CadenceEdit, db.RuleCadence, false, 0, "试"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale form: %v", err)
		}
		if err := w.LockSetting(ctx, admin, policy.CadenceEdit, db.RuleCadence, false, 1, "放开"); err != nil {
			t.Fatal(err)
		}
		if holds(w.West) != own {
			t.Error("opened: the branch's own counts again")
		}
	})
}

// TestABranchFollowsTheCompanyAgain: its own rule ends, nothing of it is lost,
// and what the company sets later reaches it; a pilot that is extended ends
// likewise.
func TestABranchFollowsTheCompanyAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin, today := context.Background(), w.As(t, w.Admin), "2026-11-21"
		set := func(branch, version int64, value string) {
			t.Helper()
			if _, err := w.SetRule(ctx, admin, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, BranchID: branch, ValidFrom: today, Value: value, Reason: "试", Version: version}); err != nil {
				t.Fatal(err)
			}
		}
		holds := func(branch int64) string {
			t.Helper()
			row, err := w.Rule(ctx, db.RuleCadence, branch, today)
			if err != nil {
				t.Fatal(err)
			}
			return row.Value
		}
		company, own := `{"per_month":{"a":4}}`, `{"per_month":{"a":8}}`
		set(0, 0, company)
		set(w.West, 0, own)
		follow := func(by policy.Actor, branch, version int64) error {
			return w.FollowRule(ctx, by, policy.CadenceEdit, db.RuleCadence, branch, version, "不用了")
		}
		if err := follow(admin, w.East, 0); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a branch without its own: %v", err)
		}
		if err := follow(w.As(t, w.RepWest), w.West, 1); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a rep: %v", err)
		}
		if err := follow(admin, w.West, 0); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale form: %v", err)
		}
		if err := follow(admin, w.West, 1); err != nil || holds(w.West) != company {
			t.Fatalf("it follows: %s %v", holds(w.West), err)
		}
		if err := follow(admin, w.West, 2); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
		if list, err := w.RuleVersions(ctx, db.RuleCadence, w.West); err != nil || len(list) != 2 || list[1].Value != own {
			t.Errorf("its versions: %+v %v", list, err)
		}
		set(w.West, 2, own)
		if holds(w.West) != own {
			t.Error("it sets its own again")
		}
		if _, err := w.ExtendRule(ctx, admin, policy.CadenceEdit, w.West, db.RuleRow{Rule: db.RuleCadence, ValidFrom: today, Reason: "推广", Version: 0}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale extension: %v", err)
		}
		if holds(w.West) != own || holds(w.East) != company {
			t.Error("a refused extension has changed something")
		}
		if version, err := w.ExtendRule(ctx, admin, policy.CadenceEdit, w.West, db.RuleRow{Rule: db.RuleCadence, ValidFrom: today, Reason: "推广", Version: 1}); err != nil || version != 2 || holds(w.East) != own {
			t.Errorf("extended: version %d, %s, %v", version, holds(w.East), err)
		}
		set(0, 2, company)
		if holds(w.West) != company {
			t.Error("after its rule was extended the branch does not follow the company")
		}
	})
}

// TestARuleIsKeptUntilSomebodySetsIt: a page reads a rule once for a policy
// version; what is set holds from the next request on, on the other node too, and
// nobody's change of what was read reaches what is kept.
func TestARuleIsKeptUntilSomebodySetsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		nodes := []*dbtest.World{w}
		if w.Postgres() {
			nodes = append(nodes, w.Node(t))
		}
		ctx, system, today := context.Background(), policy.SystemActor("test"), db.Day(w.Now())
		request := func(d *dbtest.World) context.Context { // one that has found its session
			ctx := db.WithMark(ctx)
			store := d.Sessions(func([]byte) db.SessionAbout { return db.SessionAbout{User: w.Chief} })
			if _, found, err := store.FindCtx(ctx, "token"); err != nil || !found {
				t.Fatalf("no session: %v", err)
			}
			return ctx
		}
		if err := w.Sessions(func([]byte) db.SessionAbout { return db.SessionAbout{User: w.Chief} }).CommitCtx(ctx, "token", []byte("x"), w.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		want := func(what string, at int64, value string) {
			t.Helper()
			for i, n := range nodes {
				for range 2 {
					r, err := n.RulesInForce(request(n), db.RuleAccounts, today)
					if err != nil {
						t.Fatal(err)
					}
					if got := r.For(n.Chain(at)).Value; got != value {
						t.Errorf("%s, node %d: %q, want %q", what, i, got, value)
					}
					r[at] = db.RuleRow{Value: "scribbled", Version: 9}
				}
			}
		}
		set := func(branch, version int64, value string) {
			t.Helper()
			if _, err := nodes[len(nodes)-1].SetRule(request(nodes[len(nodes)-1]), system, policy.AccountRule, db.RuleRow{Rule: db.RuleAccounts, BranchID: branch, ValidFrom: today, Value: value, Version: version}); err != nil {
				t.Fatal(err)
			}
		}
		want("before", w.West, "")
		set(0, 0, `{"days":20}`)
		want("the company's", w.West, `{"days":20}`)
		set(w.West, 0, `{"days":10}`)
		want("the branch's own", w.West, `{"days":10}`)
		want("another branch", w.East, `{"days":20}`)
		set(0, 1, `{"days":40}`)
		want("set again", w.East, `{"days":40}`)
		if w.Postgres() {
			return
		}
		asked := 0
		stop := w.TellReads(func(query string) {
			if strings.Contains(query, "FROM rules") {
				asked++
			}
		})
		defer stop()
		want("kept", w.East, `{"days":40}`)
		if asked > 0 {
			t.Errorf("rules are read %d times by requests that know them", asked)
		}
	})
}
