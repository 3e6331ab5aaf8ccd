package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

func TestHeadOfficeKeepsTheCauses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		all := func() (tops, late []string) {
			t.Helper()
			list, err := w.CaseCauses(ctx)
			must(err)
			for _, c := range list {
				name := c.Name
				if c.RetiredAt != 0 {
					name += " 停用"
				}
				switch c.ParentID {
				case 0:
					tops = append(tops, name)
				case 1:
					late = append(late, name)
				}
			}
			return tops, late
		}
		own, err := w.AddCause(ctx, chief, 0, " 面单 ")
		must(err)
		sub, err := w.AddCause(ctx, chief, own, "打印不清")
		must(err)
		must(w.EditCause(ctx, chief, sub, 1, 1, "面单打印不清")) // goes below 派送慢, as the last
		must(w.ShiftCause(ctx, chief, own, 0, true))
		must(w.RetireCause(ctx, chief, 12, 0, false))
		must(w.EditCause(ctx, chief, 11, 0, 1, "卡在路上"))
		for range 2 { // the first cannot go before itself
			must(w.ShiftCause(ctx, chief, 13, 0, true))
		}
		must(w.ShiftCause(ctx, chief, 13, 0, true))
		tops, late := all()
		if want := []string{"派送慢", "破损", "遗失", "虚假签收", "态度差", "错派", "费用", "面单", "其他"}; !slices.Equal(tops, want) {
			t.Errorf("%v, want %v", tops, want)
		}
		if want := []string{"到了没派", "卡在路上", "中转慢 停用", "揽收慢", "面单打印不清"}; !slices.Equal(late, want) {
			t.Errorf("%v, want %v", late, want)
		}
		must(w.RetireCause(ctx, chief, 12, 0, true))
		if _, late := all(); late[2] != "中转慢" {
			t.Errorf("offered again: %v", late)
		}
		list, err := w.CaseCauses(ctx)
		must(err)
		if at := slices.IndexFunc(list, func(c db.CaseCause) bool { return c.ID == 11 }); list[at].Code != "late.stuck" {
			t.Errorf("its code is %q now", list[at].Code)
		}
		for name, x := range map[string]struct{ got, want error }{
			"a name that is there":      {w.EditCause(ctx, chief, own, 0, 0, "费用"), db.ErrTaken},
			"no name":                   {w.EditCause(ctx, chief, own, 0, 0, " "), db.ErrRefused},
			"one without end":           {w.EditCause(ctx, chief, own, 0, 0, strings.Repeat("长", 21)), db.ErrRefused},
			"a first one below another": {w.EditCause(ctx, chief, own, 0, 1, "面单"), db.ErrRefused},
			"a third level":             {w.EditCause(ctx, chief, sub, 0, 12, "不清"), db.ErrRefused},
			"below none":                {w.EditCause(ctx, chief, sub, 0, 99, "不清"), db.ErrNotFound},
			"a version that is past":    {w.RetireCause(ctx, chief, 11, 1, false), db.ErrConflict},
			"one that is none":          {w.RetireCause(ctx, chief, 99, 0, false), db.ErrNotFound},
			"by a branch's manager":     {w.RetireCause(ctx, w.As(t, w.BossWest), 11, 0, false), db.ErrRefused},
		} {
			if !errors.Is(x.got, x.want) {
				t.Errorf("%s: %v", name, x.got)
			}
		}
		if _, err := w.AddCause(ctx, w.As(t, w.BossWest), 0, "自己的"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a branch adds one: %v", err)
		}
	})
}

func TestCasesOfARetiredCauseAreGivenAnotherOneAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin, clerk := context.Background(), w.As(t, w.Admin), w.As(t, w.ClerkWest)
		old, err := w.AddCause(ctx, admin, 0, "下雨")
		if err != nil {
			t.Fatal(err)
		}
		open := func(cause int64) int64 {
			id, err := w.OpenCase(ctx, clerk, db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, Channel: casework.Phone, Severity: casework.Minor, Said: "湿了", Caller: "王", CauseID: cause}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		one, two, other := open(old), open(old), open(1)
		cause := func(id int64) int64 { return caseAt(t, w, id).CauseID }
		move := func(by policy.Actor, from, to int64, back bool) (int, error) {
			n, more, err := w.MoveCauseCases(ctx, by, from, to, back)
			if more {
				t.Error("there are more")
			}
			return n, err
		}
		if _, err := move(admin, old, 1, false); !errors.Is(err, db.ErrRefused) {
			t.Errorf("of one that is offered: %v", err)
		}
		if err := w.RetireCause(ctx, admin, old, 0, false); err != nil {
			t.Fatal(err)
		}
		if _, err := move(w.As(t, w.BossWest), old, 1, false); !errors.Is(err, db.ErrRefused) {
			t.Errorf("by a branch's manager: %v", err)
		}
		if _, err := move(admin, old, 123456789, false); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("to none: %v", err)
		}
		if n, err := move(admin, old, 1, false); err != nil || n != 2 || cause(one) != 1 || cause(two) != 1 {
			t.Errorf("moved %d to %d and %d, %v", n, cause(one), cause(two), err)
		}
		if got := kinds(t, w, one); !slices.Equal(got, []string{"opened", "cause_moved"}) {
			t.Errorf("history: %v", got)
		}
		if n, err := move(admin, old, 1, true); err != nil || n != 2 || cause(one) != old || cause(two) != old || cause(other) != 1 {
			t.Errorf("back %d, %v: %d %d %d", n, err, cause(one), cause(two), cause(other))
		}
	})
}
