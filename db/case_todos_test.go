package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/casework"
)

// waits are the kinds of a person's open to-dos, with the clock of those that
// tell of one.
func waits(t *testing.T, w *dbtest.World, user int64) []string {
	t.Helper()
	out := []string{}
	list, _, err := w.Todos(context.Background(), w.As(t, user), db.TodoFilter{UserID: user})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.OfCase() == "" {
			t.Errorf("a to-do of a case leads nowhere: %+v", x.Todo)
		}
		text := x.Kind
		if x.Args["clock"] != "" {
			text += " " + x.Args["clock"]
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func wantWaits(t *testing.T, w *dbtest.World, name string, user int64, want ...string) {
	t.Helper()
	if got := waits(t, w, user); !slices.Equal(got, want) {
		t.Errorf("%s has %v, want %v", name, got, want)
	}
}

func TestWhoIsToldAnewIsWhoHoldsThePlaceNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(on("2026-11-25 12:00")) // three quarters of the solution's time
		if err := w.AnswerCase(ctx, clerk, db.CaseRef{ID: c.ID}, db.CaseAnswer{How: "phone"}); err != nil {
			t.Fatal(err)
		}
		climb(t, w)
		wantWaits(t, w, "the clerk", w.ClerkWest, "case_clock solve")
		if _, err := w.TellCase(ctx, clerk, db.CaseRef{ID: c.ID}, db.CaseTold{How: "phone", Result: "开了", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
		wantWaits(t, w, "the clerk", w.ClerkWest)
		if err := w.ReopenCase(ctx, clerk, db.CaseRef{ID: c.ID}, "没开"); err != nil {
			t.Fatal(err)
		}
		if err := w.HandCase(ctx, w.As(t, w.BossWest), db.CaseRef{ID: c.ID}, w.BossWest, ""); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-25 12:10"))
		climb(t, w)
		wantWaits(t, w, "the clerk", w.ClerkWest)
		wantWaits(t, w, "who has it now", w.BossWest, "case_clock solve")
		// They close their to-do and do nothing: at the end they are told again.
		list, _, err := w.Todos(ctx, w.As(t, w.BossWest), db.TodoFilter{UserID: w.BossWest})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := w.DoTodo(ctx, w.As(t, w.BossWest), list[0].ID, list[0].Version, "知道了"); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-25 18:00"))
		if n := climb(t, w); n != 1 {
			t.Errorf("%d were told", n)
		}
		wantWaits(t, w, "who has it now", w.BossWest, "case_clock solve")
	})
}

func TestOfAClientInTheBinOneIsToldWhenItIsTakenOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(on("2026-11-18 10:00"))
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, func(in *db.NewCase) { in.UserID = w.ClerkWest })
		bin := func(at int64) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET deleted_at = $2 WHERE id = $1`, e.CustomerID, at); err != nil {
				t.Fatal(err)
			}
		}
		bin(1)
		w.Clock.Set(on("2026-11-18 11:35"))
		if n := climb(t, w); n != 0 {
			t.Errorf("%d were told", n)
		}
		bin(0)
		if n := climb(t, w); n == 0 {
			t.Error("taken out, nobody was told")
		}
		wantWaits(t, w, "the clerk", w.ClerkWest, "case_clock answer")
	})
}

func TestTheTodosOfACaseGoWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(on("2026-11-18 10:00"))
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, func(in *db.NewCase) { in.UserID = w.ClerkWest })
		must(w.EscalateCase(ctx, clerk, db.CaseRef{ID: e.ID}, casework.EscalationReasons[0], ""))
		must(w.ReviewCase(ctx, clerk, db.CaseRef{ID: e.ID}, db.Measures{Text: "换箱子", User: w.ClerkWest, Due: "2026-11-30"}))
		must(w.AskAcceptance(ctx, clerk, db.CaseRef{ID: e.ID}, casework.WaiveReasons[0], "谈不拢"))
		w.Clock.Set(on("2026-11-18 11:35"))
		climb(t, w)
		all := []string{"case_clock answer", "case_measures"}
		wantWaits(t, w, "the clerk", w.ClerkWest, all...)
		leader := waits(t, w, w.BossWest)
		// Into the bin and out again.
		must(w.DeleteCase(ctx, w.As(t, w.BossWest), e.ID, 0))
		wantWaits(t, w, "deleted: the clerk", w.ClerkWest)
		wantWaits(t, w, "deleted: the boss", w.BossWest)
		if err := w.DeleteCase(ctx, w.As(t, w.BossWest), e.ID, 0); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		must(w.RestoreCase(ctx, clerk, e.ID))
		wantWaits(t, w, "restored: the clerk", w.ClerkWest, all...)
		wantWaits(t, w, "restored: the boss", w.BossWest, leader...)
		// Somebody else takes it: what told its handler tells them.
		must(w.TakeCase(ctx, w.As(t, w.BossWest), db.CaseRef{ID: e.ID}))
		wantWaits(t, w, "taken from: the clerk", w.ClerkWest, "case_measures")
		if got := waits(t, w, w.BossWest); !slices.Contains(got, "case_clock answer") {
			t.Errorf("who took it has %v", got)
		}
		// And back by handing it over; its client is known later, in another branch.
		must(w.HandCase(ctx, w.As(t, w.BossWest), db.CaseRef{ID: e.ID}, w.ClerkWest, "你来"))
		wantWaits(t, w, "handed to: the clerk", w.ClerkWest, all...)
	})
}

func TestACaseOnWhichMoneyWasPromisedStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, nil)
		claim := askClaim(t, w, w.ClerkWest, e.ID, 150_00)
		if err := w.DeleteCase(ctx, boss, e.ID, 0); err != nil {
			t.Errorf("asked only: %v", err)
		}
		if err := w.RestoreCase(ctx, boss, e.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.ProposeClaim(ctx, clerk, claim, 100_00, []casework.Share{{Bearer: casework.BearerBranch, Amount: 100_00}}, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCase(ctx, boss, e.ID, 0); !errors.Is(err, db.ErrCaseMoney) {
			t.Errorf("approved: %v", err)
		}
		if _, err := w.Case(ctx, clerk, e.ID); err != nil {
			t.Errorf("it is gone: %v", err)
		}
	})
}

func TestRunsOfEveryMinuteAreSweptWellOrNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		for _, x := range []struct{ job, period, failure string }{{"ladder", "1", ""}, {"ladder", "2", "no"}, {"retime-cases", "1", "no"}} {
			if _, err := w.ClaimJob(ctx, x.job, x.period, "n", time.Hour); err != nil {
				t.Fatal(err)
			}
			if err := w.EndJob(ctx, x.job, x.period, "n", 0, x.failure); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(w.Clock.Now().Add(49 * time.Hour))
		if n, err := w.SweepLooks(ctx); err != nil || n != 2 {
			t.Errorf("%d swept, %v", n, err)
		}
	})
}
