package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"yike/policy/settings"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/sla"
)

func TestAPausedCaseThatClosesWaitsNoLonger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 14:00"))
		must(w.PauseCase(ctx, clerk, c.ID, 0, "client", "", 0))
		w.Clock.Set(on("2026-11-19 11:00")) // six working hours later
		_, err := w.TellCase(ctx, clerk, db.CaseRef{ID: c.ID}, db.CaseTold{How: "phone", Result: "开了", Satisfied: casework.Satisfied, Close: true})
		must(err)
		r := caseAt(t, w, c.ID)
		if r.Step != casework.Closed || r.PausedAt != 0 || r.PauseReason != "" || r.PausedMs != 6*3600_000 || r.Due != db.NoDue || r.LadderAt != db.NoDue {
			t.Errorf("closed: %+v", r)
		}
		if when(r.AnswerDue) != "2026-11-20 15:00" || when(r.SolveDue) != "2026-11-26 15:00" {
			t.Errorf("closed: answer %s, solve %s", when(r.AnswerDue), when(r.SolveDue))
		}
		list, pauses, err := w.CaseClocks(ctx, r)
		must(err)
		if len(pauses) != 1 || pauses[0].To == 0 || len(list) != 2 || !list[1].Kept() {
			t.Errorf("clocks %+v, pauses %+v", list, pauses)
		}
		// A week later it is opened again: neither the pause nor the week counts.
		w.Clock.Set(on("2026-11-26 11:00"))
		must(w.ReopenCase(ctx, clerk, db.CaseRef{ID: c.ID}, "又来问"))
		if r := caseAt(t, w, c.ID); when(r.SolveDue) != "2026-12-03 15:00" {
			t.Errorf("opened again: solve %s", when(r.SolveDue))
		}
		must(w.PauseCase(ctx, clerk, c.ID, 0, "branch", "", 0))
		w.Clock.Set(on("2026-11-26 13:00"))
		must(w.ResumeCase(ctx, clerk, c.ID, 0, ""))
		if r := caseAt(t, w, c.ID); when(r.SolveDue) != "2026-12-03 17:00" {
			t.Errorf("and waited two hours: solve %s", when(r.SolveDue))
		}
	})
}

func TestAPauseIsOverByItselfAndItsHandlerIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, system := context.Background(), w.As(t, w.ClerkWest), policy.SystemActor("ladder")
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest) // to be answered on the 19th at six
		w.Clock.Set(on("2026-11-18 14:00"))
		ends, err := w.PauseDays(ctx, c)
		if err != nil || len(ends) != sla.PauseDays || when(ends[0]) != "2026-11-19 18:00" || when(ends[4]) != "2026-11-25 18:00" {
			t.Fatalf("it may be paused until %v, %v", ends, err)
		}
		for _, until := range []string{"2026-11-18 14:00", "2026-11-17 18:00", "2026-11-25 18:01"} {
			if err := w.PauseCase(ctx, clerk, c.ID, 0, "client", "", on(until).UnixMilli()); !errors.Is(err, db.ErrPauseEnd) {
				t.Errorf("paused until %s: %v", until, err)
			}
		}
		if err := w.PauseCase(ctx, clerk, c.ID, 0, "client", "等照片", ends[0]); err != nil {
			t.Fatal(err)
		}
		if p := caseAt(t, w, c.ID); when(p.Due) != "2026-11-23 13:00" || when(p.PauseUntil) != "2026-11-19 18:00" {
			t.Errorf("paused until %s: due %s", when(p.PauseUntil), when(p.Due))
		}
		if err := w.ExtendPause(ctx, clerk, c.ID, 0, ends[1], ""); !errors.As(err, new(*db.CaseStop)) {
			t.Errorf("longer without a reason: %v", err)
		}
		if err := w.ExtendPause(ctx, clerk, c.ID, 0, on("2026-11-26 09:00").UnixMilli(), "还没寄"); !errors.Is(err, db.ErrPauseEnd) {
			t.Errorf("longer than the rule allows: %v", err)
		}
		if err := w.ExtendPause(ctx, w.As(t, w.AuditorHead), c.ID, 0, ends[1], "还没寄"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("an auditor: %v", err)
		}
		if err := w.ExtendPause(ctx, clerk, c.ID, 0, ends[1], "还没寄"); err != nil {
			t.Fatal(err)
		}
		if p := caseAt(t, w, c.ID); when(p.Due) != "2026-11-24 13:00" || when(p.PauseUntil) != "2026-11-20 18:00" {
			t.Errorf("extended until %s: due %s", when(p.PauseUntil), when(p.Due))
		}
		w.Clock.Set(on("2026-11-20 17:59"))
		if n, err := w.EndPauses(ctx, system); err != nil || n != 0 {
			t.Errorf("a minute before: %d, %v", n, err)
		}
		// The clock runs before anybody said that the pause is over.
		w.Clock.Set(on("2026-11-23 09:30"))
		list, _, err := w.CaseClocks(ctx, caseAt(t, w, c.ID))
		if err != nil || list[0].State == sla.Paused || list[0].Left != int64(12*60+30)*60_000 {
			t.Errorf("the clocks stand as %+v, %v", list, err)
		}
		for _, want := range []int64{1, 0} {
			if n, err := w.EndPauses(ctx, system); err != nil || n != want {
				t.Errorf("over: %d, want %d, %v", n, want, err)
			}
		}
		p := caseAt(t, w, c.ID)
		if when(p.Due) != "2026-11-24 13:00" || p.PausedAt != 0 || p.PauseUntil != 0 || p.PausedMs != 22*3600_000 {
			t.Errorf("over: %+v", p)
		}
		if got := kinds(t, w, c.ID); !slices.Equal(got, []string{"opened", "paused", "pause_extended", "pause_over"}) {
			t.Errorf("history: %v", got)
		}
		told := func() int {
			list, _, err := w.Todos(ctx, clerk, db.TodoFilter{UserID: w.ClerkWest, Kind: db.TodoCasePause})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if told() != 1 {
			t.Errorf("the handler has %d to-dos", told())
		}
		if err := w.ResumeCase(ctx, clerk, c.ID, 0, ""); !errors.Is(err, db.ErrNotPaused) {
			t.Errorf("resumed though it runs: %v", err)
		}
		// Paused anew the to-do is done; a pause that is over stands in no one's way.
		for _, x := range [][2]string{{"2026-11-23 10:00", "2026-11-23 12:00"}, {"2026-11-23 14:00", "2026-11-23 15:00"}} {
			w.Clock.Set(on(x[0]))
			if err := w.PauseCase(ctx, clerk, c.ID, 0, "branch", "", on(x[1]).UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
		if p := caseAt(t, w, c.ID); when(p.Due) != "2026-11-24 16:00" || p.PausedMs != 24*3600_000 || told() != 0 {
			t.Errorf("paused three times: due %s, waited %d minutes, %d to-dos", when(p.Due), p.PausedMs/60_000, told())
		}
	})
}

func TestAPauseFromBeforePausesHadAnEndLasts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 14:00"))
		if err := w.PauseCase(ctx, clerk, c.ID, 0, "client", "", 0); err != nil {
			t.Fatal(err)
		}
		for _, old := range []string{`UPDATE case_pauses SET until_at = 0`, `UPDATE cases SET pause_until = 0`} {
			if _, err := db.Writer(w.DB).ExecContext(ctx, old); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(on("2026-12-18 14:00"))
		if n, err := w.EndPauses(ctx, policy.SystemActor("ladder")); err != nil || n != 0 {
			t.Errorf("%d ended, %v", n, err)
		}
		if list, _, err := w.CaseClocks(ctx, caseAt(t, w, c.ID)); err != nil || list[0].State != sla.Paused || list[0].Left != 13*3600_000 {
			t.Errorf("a month later %+v, %v", list, err)
		}
		if err := w.ResumeCase(ctx, clerk, c.ID, 0, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestAPauseHidesNoDelay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest) // to be answered on the 19th at six
		w.Clock.Set(on("2026-11-20 09:30"))
		if err := w.PauseCase(ctx, clerk, c.ID, 0, "client", "", 0); err != nil {
			t.Fatal(err)
		}
		r := caseAt(t, w, c.ID)
		if r.Due != r.AnswerDue || when(r.Due) != "2026-11-19 18:00" || r.LadderAt == db.NoDue {
			t.Errorf("paused: due %s, told %s", when(r.Due), when(r.LadderAt))
		}
		list, _, err := w.CaseClocks(ctx, r)
		if err != nil || list[0].State != sla.Overdue || list[1].State != sla.Paused {
			t.Errorf("clocks %+v, %v", list, err)
		}
		w.Clock.Set(on("2026-11-23 09:00"))
		climb(t, w)
		want := []string{"opened", "paused", "answer handler", "answer leader by manager", "answer manager", "answer head"}
		if got := kinds(t, w, c.ID); !slices.Equal(got, want) {
			t.Errorf("history: %v, want %v", got, want)
		}
		// The clock that stands still moves with every hour; nobody is told of it.
		for range 2 {
			if n, err := w.RetimeCases(ctx, policy.SystemActor("retime")); err != nil || n != 0 {
				t.Errorf("%d moved, %v", n, err)
			}
			w.Clock.Set(on("2026-11-23 10:00"))
		}
	})
}

func TestSentBackAfterTellingTheClocksGoOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest) // to be solved on the 25th at six
		w.Clock.Set(on("2026-11-25 12:00"))
		climb(t, w)
		if _, err := w.TellCase(ctx, clerk, db.CaseRef{ID: c.ID}, db.CaseTold{How: "phone", Result: "开了"}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-27 12:00")) // two days in which it was taken for solved
		if err := w.MoveCase(ctx, clerk, db.CaseRef{ID: c.ID}, casework.Handle, "没开"); err != nil {
			t.Fatal(err)
		}
		r := caseAt(t, w, c.ID)
		if when(r.SolveDue) != "2026-11-27 18:00" || r.Due != r.SolveDue {
			t.Errorf("sent back: solve %s, due %s", when(r.SolveDue), when(r.Due))
		}
		if _, pauses, err := w.CaseClocks(ctx, r); err != nil || len(pauses) != 1 || pauses[0].Reason != "closed" {
			t.Errorf("pauses %+v, %v", pauses, err)
		}
		climb(t, w)
		n := 0
		for _, kind := range kinds(t, w, c.ID) {
			if kind == "solve handler" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("the handler was told %d times: %v", n, kinds(t, w, c.ID))
		}
	})
}

func TestWhatAMergedCasePromisedItNoLongerOwes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c, into := slowCase(t, w, w.ClerkWest), slowCase(t, w, w.ClerkWest)
		if err := w.MergeCase(ctx, boss, db.CaseRef{ID: c.ID}, into.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-12-18 10:00"))
		if list, _, err := w.CaseClocks(ctx, caseAt(t, w, c.ID)); err != nil || len(list) != 0 {
			t.Errorf("clocks of a merged case: %+v, %v", list, err)
		}
	})
}

func TestTwoWhoPauseAtOncePauseItOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		c := slowCase(t, w, w.ClerkWest)
		errs := make([]error, 6)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				errs[i] = w.PauseCase(context.Background(), w.As(t, w.ClerkWest), c.ID, 0, "client", "", 0)
			})
		}
		group.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, db.ErrPaused) && !errors.Is(err, db.ErrConflict):
				t.Errorf("who came later: %v", err)
			}
		}
		if done != 1 {
			t.Errorf("paused %d times", done)
		}
	})
}

func TestEachDayGoesByTheHoursThatHoldOnIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(on("2026-11-16 08:00"))
		// From a day on, the company closes earlier each time; 城西 keeps its own for a
		// while, then follows again.
		until := func(at int) string {
			hours := sla.DefaultHours()
			for i := range hours.Week {
				hours.Week[i] = []sla.Span{{From: 540, To: at}}
			}
			text, err := json.Marshal(hours)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		version := map[int64]int64{}
		for _, x := range []struct {
			from   string
			branch int64
			value  string
		}{{"2026-11-17", 0, until(17 * 60)}, {"2026-11-18", w.West, until(12 * 60)}, {"2026-11-19", 0, until(16 * 60)}, {"2026-11-20", w.West, settings.Follows}, {"2026-11-21", 0, until(15 * 60)}} {
			if _, err := w.SetRule(context.Background(), w.As(t, w.Admin), policy.CaseRule, db.RuleRow{Rule: db.RuleHours, BranchID: x.branch, ValidFrom: x.from, Value: x.value, Reason: "试", Version: version[x.branch]}); err != nil {
				t.Fatal(err)
			}
			version[x.branch]++
		}
		// A suggestion is answered by the end of the next day.
		for day, want := range map[string]string{"2026-11-16": "2026-11-17 17:00", "2026-11-17": "2026-11-18 12:00", "2026-11-18": "2026-11-19 12:00", "2026-11-19": "2026-11-20 16:00", "2026-11-20": "2026-11-21 15:00"} {
			w.Clock.Set(on(day + " 10:00"))
			if c := slowCase(t, w, 0); when(c.AnswerDue) != want {
				t.Errorf("of %s it is due %s, want %s", day, when(c.AnswerDue), want)
			}
		}
	})
}
