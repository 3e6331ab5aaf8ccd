package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/absence"
	"yike/policy/casework"
	"yike/policy/sla"
)

func on(text string) time.Time {
	x, err := time.ParseInLocation("2006-01-02 15:04", text, db.Zone)
	if err != nil {
		panic(err)
	}
	return x
}

func when(ms int64) string {
	if ms == 0 || ms == db.NoDue {
		return "-"
	}
	return time.UnixMilli(ms).In(db.Zone).Format("2006-01-02 15:04")
}

// slowCase is a case of an unknown caller by which no clock is on the wall.
func slowCase(t *testing.T, w *dbtest.World, user int64) db.Case {
	t.Helper()
	id, err := w.OpenCase(context.Background(), w.As(t, w.ClerkWest), db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Suggestion, Channel: "letter", Severity: casework.Minor, Said: "多开一个窗口", UserID: user}})
	if err != nil {
		t.Fatal(err)
	}
	return caseAt(t, w, id)
}

func caseAt(t *testing.T, w *dbtest.World, id int64) db.Case {
	t.Helper()
	r, err := w.Case(context.Background(), w.As(t, w.BossWest), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Case
}

func kinds(t *testing.T, w *dbtest.World, id int64) (out []string) {
	t.Helper()
	events, err := w.CaseEvents(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		text := e.Kind
		if e.Kind == "escalated_by_clock" {
			text = e.Args["clock"] + " " + e.Args["place"]
			if e.Args["instead"] != "" {
				text += " by " + e.Args["instead"]
			}
		}
		out = append(out, text)
	}
	slices.Reverse(out)
	return out
}

func climb(t *testing.T, w *dbtest.World) int64 {
	t.Helper()
	n, err := w.ClimbCases(context.Background(), policy.SystemActor("ladder"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestACaseIsTimedPausedAndTimedAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		if when(c.AnswerDue) != "2026-11-19 18:00" || when(c.SolveDue) != "2026-11-25 18:00" || c.Due != c.AnswerDue || c.SoonAt >= c.Due || c.LadderAt == db.NoDue {
			t.Fatalf("answer %s, solve %s, soon %s, told %s", when(c.AnswerDue), when(c.SolveDue), when(c.SoonAt), when(c.LadderAt))
		}
		if err := w.PauseCase(ctx, w.As(t, w.ClerkEast), c.ID, 0, "client", "", 0); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch pauses it: %v", err)
		}
		if err := w.PauseCase(ctx, w.As(t, w.AuditorHead), c.ID, 0, "client", "", 0); !errors.Is(err, db.ErrRefused) {
			t.Errorf("an auditor pauses it: %v", err)
		}
		w.Clock.Set(on("2026-11-18 14:00"))
		if err := w.PauseCase(ctx, clerk, c.ID, c.Version, "client", "等他发照片", 0); err != nil {
			t.Fatal(err)
		}
		if p := caseAt(t, w, c.ID); when(p.PauseUntil) != "2026-11-25 18:00" || when(p.Due) != "2026-11-27 13:00" || p.SoonAt <= p.PauseUntil || p.LadderAt <= p.PauseUntil || p.PauseReason != "client" {
			t.Errorf("paused: %+v", p)
		}
		if err := w.PauseCase(ctx, clerk, c.ID, 0, "branch", "", 0); !errors.Is(err, db.ErrPaused) {
			t.Errorf("paused twice: %v", err)
		}
		w.Clock.Set(on("2026-11-19 11:00")) // 4 and 2 working hours later
		list, pauses, err := w.CaseClocks(ctx, caseAt(t, w, c.ID))
		if err != nil || len(list) != 2 || list[0].State != sla.Paused || len(pauses) != 1 || pauses[0].User != "林晓" {
			t.Errorf("clocks %+v, pauses %+v, %v", list, pauses, err)
		}
		if err := w.ResumeCase(ctx, clerk, c.ID, 0, ""); err != nil {
			t.Fatal(err)
		}
		r := caseAt(t, w, c.ID)
		if when(r.AnswerDue) != "2026-11-20 15:00" || when(r.SolveDue) != "2026-11-26 15:00" || r.PausedMs != 6*3600_000 || r.PausedAt != 0 {
			t.Errorf("resumed: answer %s, solve %s, waited %d", when(r.AnswerDue), when(r.SolveDue), r.PausedMs/60_000)
		}
		if err := w.ResumeCase(ctx, clerk, c.ID, 0, ""); !errors.Is(err, db.ErrNotPaused) {
			t.Errorf("resumed twice: %v", err)
		}
		// It turns out to be a grave complaint: timed anew from its opening.
		r.Kind, r.Severity = casework.Complaint, casework.Grave
		if err := w.EditCase(ctx, clerk, r, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		if e := caseAt(t, w, c.ID); when(e.AnswerDue) != "2026-11-18 10:30" || when(e.SolveDue) != "2026-11-19 19:00" {
			t.Errorf("a complaint: answer %s, solve %s", when(e.AnswerDue), when(e.SolveDue))
		}
		if got := kinds(t, w, c.ID); !slices.Equal(got, []string{"opened", "paused", "resumed", "timed", "edited"}) {
			t.Errorf("history: %v", got)
		}
	})
}

func TestACaseKeepsTheVersionOfItsDayAndMovesWithTheHours(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, 0)
		rule := sla.Default()
		for i := range rule.Rows {
			if rule.Rows[i].Kind == casework.Suggestion {
				rule.Rows[i].Answer = sla.Limit{N: 1, Unit: sla.WorkHours}
			}
		}
		set := func(name string, branch int64, value any) {
			t.Helper()
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.SetRule(ctx, admin, policy.CaseRule, db.RuleRow{Rule: name, BranchID: branch, ValidFrom: "2026-11-18", Value: string(text), Reason: "试"}); err != nil {
				t.Fatal(err)
			}
		}
		set(db.RuleClocks, 0, rule)
		p, err := w.PreviewClocks(ctx, admin.Scope(policy.CaseRead), 0, rule)
		if err != nil || p.Cases != 1 || p.Was[sla.OK] != 1 || p.Would[sla.OK] != 1 {
			t.Errorf("preview: %+v, %v", p, err)
		}
		if p, err := w.PreviewClocks(ctx, w.As(t, w.BossEast).Scope(policy.CaseRead), 0, rule); err != nil || p.Cases != 0 {
			t.Errorf("another branch's preview: %+v, %v", p, err)
		}
		if again := slowCase(t, w, 0); again.RuleVersion != 1 || when(again.AnswerDue) != "2026-11-18 11:00" || c.RuleVersion != 0 {
			t.Errorf("by version %d: %s", again.RuleVersion, when(again.AnswerDue))
		}
		w.Clock.Set(on("2026-11-18 10:50"))
		if p, err := w.PreviewClocks(ctx, admin.Scope(policy.CaseRead), 0, rule); err != nil || p.Was[sla.Soon] != 1 || p.Would[sla.Soon] != 2 {
			t.Errorf("preview ten minutes before: %+v, %v", p, err)
		}
		// 城西 closes at noon: what was due at six is due at noon.
		hours := sla.DefaultHours()
		for i := range hours.Week {
			if len(hours.Week[i]) > 0 {
				hours.Week[i] = []sla.Span{{From: 540, To: 720}}
			}
		}
		set(db.RuleHours, w.West, hours)
		for _, want := range []int64{1, 0} {
			if n, err := w.RetimeCases(ctx, policy.SystemActor("ladder")); err != nil || n < want || want == 0 && n != 0 {
				t.Errorf("%d moved, %v; want %d", n, err, want)
			}
		}
		if r := caseAt(t, w, c.ID); when(r.AnswerDue) != "2026-11-19 12:00" || r.RuleVersion != 0 || !slices.Equal(kinds(t, w, c.ID), []string{"opened", "timed"}) {
			t.Errorf("%s, %v", when(r.AnswerDue), kinds(t, w, c.ID))
		}
	})
}

func TestEachRungIsToldOnceToWhoHoldsThePlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		if n := climb(t, w); n != 0 {
			t.Errorf("at once %d were told", n)
		}
		todos := func(user int64) (out []string) {
			t.Helper()
			list, _, err := w.Todos(ctx, w.As(t, user), db.TodoFilter{UserID: user, Kind: db.TodoCaseClock})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				out = append(out, x.Args["clock"]+" "+x.Args["code"])
			}
			return out
		}
		// Friday evening the machine is switched off; on Monday all of it is told.
		w.Clock.Set(on("2026-11-23 08:00"))
		if n := climb(t, w); n != 4 {
			t.Errorf("%d were told", n)
		}
		if n := climb(t, w); n != 0 {
			t.Errorf("and %d again", n)
		}
		// Nobody leads the service: the manager is told in the leader's place.
		want := []string{"opened", "answer handler", "answer leader by manager", "answer manager", "answer head"}
		if got := kinds(t, w, c.ID); !slices.Equal(got, want) {
			t.Errorf("history: %v, want %v", got, want)
		}
		for name, x := range map[string]struct {
			user int64
			want int
		}{"handler": {w.ClerkWest, 1}, "manager": {w.BossWest, 1}, "head office": {w.Chief, 1}} {
			if got := todos(x.user); len(got) != x.want {
				t.Errorf("%s has %v", name, got)
			}
		}
		w.Clock.Set(on("2026-11-27 18:00"))
		climb(t, w)
		if got := todos(w.Chief); len(got) != 2 {
			t.Errorf("head office has %v", got)
		}
		// The client is answered: what told of that clock is done with, what told of
		// the other is not.
		if err := w.AnswerCase(ctx, w.As(t, w.ClerkWest), db.CaseRef{ID: c.ID}, db.CaseAnswer{How: "phone"}); err != nil {
			t.Fatal(err)
		}
		if a, b := todos(w.Chief), todos(w.ClerkWest); len(a) != 1 || len(b) != 1 || !strings.HasPrefix(a[0], "solve") {
			t.Errorf("answered, and head office has %v, the handler %v", a, b)
		}
	})
}

func TestNobodyAtWorkIsNeverSilence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, 0)
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET disabled = $1 WHERE id <> $2`, true, w.Chief); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-19 18:01"))
		if n := climb(t, w); n != 2 {
			t.Errorf("%d were told", n)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET disabled = $1`, true); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-20 18:01"))
		if n := climb(t, w); n != 2 {
			t.Errorf("with nobody %d were told", n)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET disabled = $1`, false); err != nil {
			t.Fatal(err)
		}
		want := []string{"opened", "answer handler by head", "answer leader by head", "answer manager by head", "answer head"}
		if got := kinds(t, w, c.ID); !slices.Equal(got, want) {
			t.Errorf("history: %v, want %v", got, want)
		}
	})
}

// TestWhoIsAwayIsPassedOverAndTheNextIsTold: leave that was written down counts
// on the ladder as it does when cases are given, and is never silence.
func TestWhoIsAwayIsPassedOverAndTheNextIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		w.Clock.Set(on("2026-11-18 10:00"))
		c := slowCase(t, w, w.ClerkWest)
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyComplaints, w.RepWest, 0); err != nil {
			t.Fatal(err)
		}
		away := func(user int64, from, until, part string) int64 {
			t.Helper()
			id, err := w.AddAbsence(ctx, w.As(t, w.Admin), db.Submission{}, db.Absence{UserID: user, Kind: absence.Leave, From: from, Until: until, Part: part})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		away(w.ClerkWest, "2026-11-23", "2026-11-27", "")
		away(w.RepWest, "2026-11-23", "2026-11-23", "")
		// A case without a handler stands with who serves the branch; who is away does
		// not learn of an escalation first.
		w.Clock.Set(on("2026-11-23 09:30"))
		if n := climb(t, w); n != 4 {
			t.Errorf("%d were told", n)
		}
		want := []string{"opened", "answer handler by manager", "answer leader by manager", "answer manager", "answer head"}
		if got := kinds(t, w, c.ID); !slices.Equal(got, want) {
			t.Errorf("history: %v, want %v", got, want)
		}
		todosOf := func(user int64, kind string) int {
			t.Helper()
			list, _, err := w.Todos(ctx, w.As(t, w.Admin), db.TodoFilter{UserID: user, Kind: kind})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if a, b, m := todosOf(w.ClerkWest, db.TodoCaseClock), todosOf(w.RepWest, db.TodoCaseClock), todosOf(w.BossWest, db.TodoCaseClock); a != 0 || b != 0 || m != 1 {
			t.Errorf("who is away has %d and %d, the manager %d", a, b, m)
		}
		// The one who is named for complaints is back after a day.
		w.Clock.Set(on("2026-11-24 09:30"))
		d := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(on("2026-11-25 18:30"))
		climb(t, w)
		if got := kinds(t, w, d.ID); len(got) < 3 || got[1] != "answer handler by leader" || got[2] != "answer leader" || todosOf(w.RepWest, db.TodoCaseClock) == 0 {
			t.Errorf("history: %v", got)
		}
		// With everybody away who holds a place, they are told all the same.
		for _, user := range []int64{w.RepWest, w.BossWest, w.Chief, w.RegionZJ} {
			away(user, "2026-11-26", "2026-12-04", "")
		}
		w.Clock.Set(on("2026-11-26 09:30"))
		e := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(on("2026-11-27 18:30"))
		climb(t, w)
		if got := kinds(t, w, e.ID); len(got) < 3 || got[1] != "answer handler" || got[2] != "answer leader" {
			t.Errorf("with everybody away: %v", got)
		}
	})
}

func TestTwoNodesTellARungOnceAndOneFaultHindersNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(on("2026-11-18 10:00"))
		var ids []int64
		for range 5 {
			ids = append(ids, slowCase(t, w, w.ClerkWest).ID)
		}
		// The version by which one is timed is not to be read.
		if _, err := db.Writer(w.DB).Exec(`UPDATE cases SET rule_version = 99 WHERE id = $1`, ids[1]); err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(on("2026-11-19 16:00"))
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := w.ClimbCases(context.Background(), policy.SystemActor("ladder")); err == nil || !strings.Contains(err.Error(), "version 99") {
					t.Errorf("the fault is not told: %v", err)
				}
			})
		}
		group.Wait()
		climbed, _ := w.ClimbCases(context.Background(), policy.SystemActor("ladder"))
		for i, id := range ids {
			want := []string{"opened", "answer handler"}
			if i == 1 {
				want = want[:1]
			}
			if got := kinds(t, w, id); !slices.Equal(got, want) {
				t.Errorf("case %d: %v", i, got)
			}
		}
		if climbed != 0 {
			t.Errorf("and %d again", climbed)
		}
		var n int
		if err := db.Writer(w.DB).QueryRow(`SELECT COUNT(*) FROM todos WHERE kind = $1`, db.TodoCaseClock).Scan(&n); err != nil || n != 4 {
			t.Errorf("%d to-dos, %v", n, err)
		}
	})
}

func TestManyCasesOfOthersStandInNoOnesWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		w.Clock.Set(on("2026-11-18 10:00"))
		// More than a preview looks at, all of the east and solved, before the one of the west.
		if _, err := db.Writer(w.DB).Exec(`INSERT INTO cases (id, code, kind, branch_id, channel, severity, opened_at, answer_due, solve_due, answered_at, solved_at, created_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			SELECT i, 'old-' || i, 'complaint', CAST($2 AS BIGINT), 'phone', 'minor', 1, 2, 2, 2, 2, 1, 1 FROM n`, db.ClockPreviewMost+1, w.East); err != nil {
			t.Fatal(err)
		}
		c := slowCase(t, w, 0)
		for branch, many := range map[int64]bool{0: true, w.West: false} {
			if p, err := w.PreviewClocks(ctx, admin.Scope(policy.CaseRead), branch, sla.Default()); err != nil || p.TooMany != many || !many && p.Cases != 1 {
				t.Errorf("preview at %d: %+v, %v", branch, p, err)
			}
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE cases SET answer_due = 1 WHERE id = $1`, c.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := w.RetimeCases(ctx, policy.SystemActor("retime")); err != nil || n != 1 {
			t.Errorf("%d moved, %v", n, err)
		}
		if r := caseAt(t, w, c.ID); when(r.AnswerDue) != "2026-11-19 18:00" {
			t.Errorf("answer %s", when(r.AnswerDue))
		}
	})
}
