package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/mask"
)

func TestWhoCouldHaveBeenSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		chief := w.As(t, w.Chief).Scope(policy.AuditRead)
		var ids []int64
		for _, name := range []string{"甲", "乙", "丙", "丁"} {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name + "公司", OwnerID: w.RepWest, Phones: []string{"13900001111"}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		east, err := w.CreateCustomer(ctx, w.As(t, w.BossEast), db.Submission{}, db.Customer{BranchID: w.East, Name: "东公司"})
		if err != nil {
			t.Fatal(err)
		}
		rep, auditor := w.As(t, w.RepWest), w.As(t, w.AuditorHead)
		w.Looked(ctx, rep, ids[0], w.West, "sales_rep")
		w.Looked(ctx, rep, ids[0], w.West, "sales_rep")
		w.Looked(ctx, w.As(t, w.BossEast), east, w.East, "branch_manager")
		if _, err := w.Reveal(ctx, auditor, db.RevealAsk{Customer: ids[1], Field: mask.FieldPhone, Purpose: mask.ToVerify}); err != nil {
			t.Fatal(err)
		}
		if err := w.RecordExport(ctx, boss, "customers.export", db.Left{Rows: 2, Reference: "R", Customers: ids[:3]}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(48 * time.Hour) // the 23rd
		w.Looked(ctx, rep, ids[3], w.West, "sales_rep")
		for _, c := range []struct {
			name string
			f    db.ExposureFilter
			want []int64
		}{
			{"by anybody on that day", db.ExposureFilter{From: "2026-11-21", To: "2026-11-21"}, []int64{ids[0], ids[1], ids[2], east}},
			{"at one branch", db.ExposureFilter{From: "2026-11-21", To: "2026-11-21", Branch: w.East}, []int64{east}},
			{"by the rep", db.ExposureFilter{From: "2026-11-21", To: "2026-11-21", User: w.RepWest}, []int64{ids[0]}},
			{"by the rep until two days later", db.ExposureFilter{From: "2026-11-21", To: "2026-11-23", User: w.RepWest}, []int64{ids[0], ids[3]}},
			{"the day before", db.ExposureFilter{From: "2026-11-20", To: "2026-11-20"}, nil},
			{"a span that ends before it begins", db.ExposureFilter{From: "2026-11-23", To: "2026-11-21"}, nil},
			{"days that are none", db.ExposureFilter{From: "x", To: ""}, nil},
			{"the second page", db.ExposureFilter{From: "2026-11-21", To: "2026-11-23", After: ids[1]}, []int64{ids[2], ids[3], east}},
		} {
			c.f.Limit = 10
			got, err := w.Exposure(ctx, chief, c.f)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var have []int64
			for _, x := range got {
				have = append(have, x.CustomerID)
			}
			if len(have) != len(c.want) {
				t.Errorf("%s: %v, want %v", c.name, have, c.want)
				continue
			}
			for i := range have {
				if have[i] != c.want[i] {
					t.Errorf("%s: %v, want %v", c.name, have, c.want)
				}
			}
			c.f.After = 0
			if n, err := w.CountExposure(ctx, chief, c.f); err != nil || c.name != "the second page" && int(n) != len(c.want) {
				t.Errorf("%s: counted %d, %v", c.name, n, err)
			}
		}
		got, err := w.Exposure(ctx, chief, db.ExposureFilter{From: "2026-11-21", To: "2026-11-21", Limit: 2})
		if err != nil || len(got) != 2 || got[0].Looks != 2 || got[0].Exports != 1 || got[0].Reveals != 0 || got[1].Reveals != 1 || got[1].Exports != 1 {
			t.Errorf("how often: %+v %v", got, err)
		}
		if got, err := w.Exposure(ctx, boss.Scope(policy.AuditRead), db.ExposureFilter{From: "2026-11-21", To: "2026-11-23", Limit: 9}); err != nil || len(got) != 0 {
			t.Errorf("without the right: %v %v", got, err)
		}
	})
}

func TestABreachIsClosedAfterWhatTheLawAsksFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		in := db.Breach{BranchID: w.West, Title: "手机丢失", FoundOn: "2026-11-20", UserID: w.RepWest, From: "2026-11-01", To: "2026-11-20"}
		if _, err := w.OpenBreach(ctx, w.As(t, w.BossWest), db.Submission{}, in); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a branch manager: %v", err)
		}
		id, err := w.OpenBreach(ctx, chief, db.Submission{Key: "k"}, in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.OpenBreach(ctx, chief, db.Submission{Key: "k"}, in); err != nil || again != id {
			t.Errorf("sent twice: %d %v", again, err)
		}
		if _, err := w.Breach(ctx, w.As(t, w.BossWest).Scope(policy.AuditRead), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a branch manager reads it: %v", err)
		}
		if err := w.StepBreach(ctx, w.As(t, w.AuditorHead), id, consent.StepStop, "", false); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an auditor takes a step: %v", err)
		}
		if err := w.StepBreach(ctx, chief, id, "dance", "", false); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a step that there is not: %v", err)
		}
		for i, step := range consent.MustClose {
			if err := w.CloseBreach(ctx, chief, id, 1, false); !errors.Is(err, db.ErrStepsOpen) {
				t.Errorf("closed after %d steps: %v", i, err)
			}
			if err := w.StepBreach(ctx, chief, id, step, "做了", false); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.StepBreach(ctx, chief, id, consent.StepStop, "", false); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a step taken twice: %v", err)
		}
		if err := w.StepBreach(ctx, chief, id, consent.StepStop, "", true); err != nil {
			t.Errorf("taken back: %v", err)
		}
		if err := w.CloseBreach(ctx, chief, id, 1, false); !errors.Is(err, db.ErrStepsOpen) {
			t.Errorf("closed with a step taken back: %v", err)
		}
		if err := w.StepBreach(ctx, chief, id, consent.StepStop, "又做了", false); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseBreach(ctx, chief, id, 9, false); !errors.Is(err, db.ErrConflict) {
			t.Errorf("by a stale page: %v", err)
		}
		if err := w.CloseBreach(ctx, chief, id, 1, false); err != nil {
			t.Fatal(err)
		}
		b, err := w.Breach(ctx, chief.Scope(policy.AuditRead), id)
		if err != nil || b.ClosedAt == 0 || len(b.Steps) != len(consent.MustClose) || b.Steps[0].Note != "又做了" || b.Steps[0].User != "钱总" {
			t.Errorf("%+v %v", b, err)
		}
		if err := w.StepBreach(ctx, chief, id, consent.StepLearn, "", false); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a step after the end: %v", err)
		}
	})
}
