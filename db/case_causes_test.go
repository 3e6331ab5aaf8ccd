package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
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
