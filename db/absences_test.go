package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/absence"
	"yike/policy/casework"
)

func TestSomebodyIsPutAwayByThemselvesOrWhoLeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		in := func(user int64, from, until, part string) db.Absence {
			return db.Absence{UserID: user, Kind: absence.Leave, From: from, Until: until, Part: part}
		}
		first, err := w.AddAbsence(ctx, w.As(t, w.ClerkWest), db.Submission{Key: "absence-key-000001"}, in(w.ClerkWest, "2026-11-23", "2026-11-25", ""))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.AddAbsence(ctx, w.As(t, w.ClerkWest), db.Submission{Key: "absence-key-000001"}, in(w.ClerkWest, "2026-11-23", "2026-11-25", "")); err != nil || again != first {
			t.Errorf("sent twice: %d and %d, %v", first, again, err)
		}
		for _, c := range []struct {
			name string
			by   int64
			in   db.Absence
			want error
			why  string
		}{
			{"a clerk puts a colleague away", w.ClerkWest, in(w.RepWest, "2026-11-23", "2026-11-23", ""), db.ErrNotFound, ""},
			{"another branch's manager", w.BossEast, in(w.ClerkWest, "2026-12-01", "2026-12-01", ""), db.ErrNotFound, ""},
			{"nobody", w.Admin, in(123456, "2026-12-01", "2026-12-01", ""), db.ErrNotFound, ""},
			{"their manager", w.BossWest, in(w.RepWest, "2026-11-23", "2026-11-23", absence.Morning), nil, ""},
			{"the same morning again", w.BossWest, in(w.RepWest, "2026-11-22", "2026-11-24", ""), db.ErrAbsent, ""},
			{"the afternoon of it", w.BossWest, in(w.RepWest, "2026-11-23", "2026-11-23", absence.Afternoon), nil, ""},
			{"within what stands", w.BossWest, in(w.ClerkWest, "2026-11-25", "2026-11-26", ""), db.ErrAbsent, ""},
			{"days that are over", w.ClerkWest, in(w.ClerkWest, "2026-11-01", "2026-11-20", ""), nil, absence.FaultPast},
			{"backwards", w.ClerkWest, in(w.ClerkWest, "2026-12-02", "2026-12-01", ""), nil, absence.FaultOrder},
			{"no day", w.ClerkWest, in(w.ClerkWest, "morgen", "2026-12-01", ""), nil, absence.FaultDay},
		} {
			_, err := w.AddAbsence(ctx, w.As(t, c.by), db.Submission{}, c.in)
			var fault *db.AbsenceFault
			switch {
			case c.why != "":
				if !errors.As(err, &fault) || fault.Why != c.why {
					t.Errorf("%s: %v", c.name, err)
				}
			case !errors.Is(err, c.want):
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		for i, kind := range absence.Kinds { // the columns take every word
			for _, part := range absence.Parts {
				day := time.Date(2026, 12, 10+i, 0, 0, 0, 0, db.Zone).Format(time.DateOnly)
				id, err := w.AddAbsence(ctx, w.As(t, w.BossEast), db.Submission{}, db.Absence{UserID: w.BossEast, Kind: kind, From: day, Until: day, Part: part})
				if err == nil {
					err = w.EndAbsence(ctx, w.As(t, w.BossEast), id, 1)
				}
				if err != nil {
					t.Errorf("%s %q: %v", kind, part, err)
				}
			}
		}
		seen := func(user int64) (said string) {
			t.Helper()
			list, err := w.Absences(ctx, w.As(t, user), 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				said += " " + a.Name + " " + a.From
			}
			return said
		}
		if got := seen(w.BossEast); got != "" {
			t.Errorf("another branch reads%s", got)
		}
		if got := seen(w.ClerkWest); strings.Count(got, "2026") != 1 {
			t.Errorf("a clerk reads%s, want their own", got)
		}
		if got := seen(w.BossWest); strings.Count(got, "2026") != 3 {
			t.Errorf("the manager reads%s", got)
		}
		if err := w.EndAbsence(ctx, w.As(t, w.RepWest), first, 1); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("ended by a colleague: %v", err)
		}
		if err := w.EndAbsence(ctx, w.As(t, w.BossWest), first, 7); !errors.Is(err, db.ErrConflict) {
			t.Errorf("ended as it never was: %v", err)
		}
		w.Clock.Set(time.Date(2026, 11, 24, 10, 0, 0, 0, db.Zone))
		if err := w.EndAbsence(ctx, w.As(t, w.ClerkWest), first, 1); err != nil {
			t.Fatal(err)
		}
		if got := seen(w.ClerkWest); got != "" {
			t.Errorf("back, and still away:%s", got)
		}
		if err := w.EndAbsence(ctx, w.As(t, w.ClerkWest), first, 2); !errors.Is(err, db.ErrConflict) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

// A new case goes past who is away, and its history says why.
func TestACaseGoesPastWhoIsAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		now := c
		now.ClerkID = w.ClerkWest
		if err := w.UpdateCustomer(ctx, boss, now); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.Admin), "cases.rule", db.RuleRow{Rule: db.RuleCasework, ValidFrom: db.Day(w.Now()), Reason: "先客服，后业务员",
			Value: `{"assign":[{"to":"clerk"},{"to":"rep"}],"days":90,"times":2}`}); err != nil {
			t.Fatal(err)
		}
		open := func() (db.CaseRow, map[string]string) {
			t.Helper()
			id, err := w.OpenCase(ctx, boss, db.Submission{}, told(c.ID, "慢"))
			if err != nil {
				t.Fatal(err)
			}
			x, err := w.Case(ctx, boss, id)
			if err != nil {
				t.Fatal(err)
			}
			list, err := w.CaseEvents(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if e.Kind == "opened" {
					return x, e.Args
				}
			}
			return x, nil
		}
		w.Clock.Set(time.Date(2026, 11, 23, 10, 0, 0, 0, db.Zone)) // a Monday
		if x, args := open(); x.UserID != w.ClerkWest || args["row"] != "1" || args["passed"] != "" {
			t.Errorf("nobody is away: to %d, %v", x.UserID, args)
		}
		if _, err := w.AddAbsence(ctx, boss, db.Submission{}, db.Absence{UserID: w.ClerkWest, Kind: absence.Leave, From: "2026-11-24", Until: "2026-11-25"}); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			name string
			at   time.Time
			want int64
			why  string
		}{
			{"the day before, while the branch works", time.Date(2026, 11, 23, 17, 59, 0, 0, db.Zone), w.ClerkWest, ""},
			{"that evening: when it opens next the clerk is away", time.Date(2026, 11, 23, 20, 0, 0, 0, db.Zone), w.RepWest, casework.WhyAway},
			{"while the clerk is away", time.Date(2026, 11, 24, 10, 0, 0, 0, db.Zone), w.RepWest, casework.WhyAway},
			{"the evening of the last day: the clerk is there when it opens", time.Date(2026, 11, 25, 20, 0, 0, 0, db.Zone), w.ClerkWest, ""},
		} {
			w.Clock.Set(step.at)
			x, args := open()
			why := ""
			if args["passed"] != "" {
				_, why, _ = strings.Cut(args["passed"], ":")
			}
			if x.UserID != step.want || why != step.why {
				t.Errorf("%s: to %d, %v; want %d, %q", step.name, x.UserID, args, step.want, step.why)
			}
		}
		access, err := w.DB.Access(ctx)
		if err != nil {
			t.Fatal(err)
		}
		hands, err := w.CaseHands(ctx, access, w.West)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hands {
			if h.ID == w.ClerkWest && (h.Away || h.Why() != casework.WhyOff || h.Open == 0) {
				t.Errorf("that evening the clerk is %+v", h)
			}
		}
	})
}
