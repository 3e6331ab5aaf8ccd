package db_test

import (
	"context"
	"errors"
	"testing"

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
