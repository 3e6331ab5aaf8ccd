package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

// lived is a case and what it left, as text without ids and codes.
func lived(t *testing.T, w *dbtest.World, id int64) string {
	t.Helper()
	r := readCase(t, w, id)
	c := r.Case
	c.ID, c.Code, c.UpdatedAt = 0, "", 0
	out := []string{fmt.Sprintf("%+v", c)}
	events, err := w.CaseEvents(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		out = append(out, fmt.Sprint(e.Kind, e.Step, e.UserID, when(e.At), e.Note, e.Args))
	}
	rows, err := db.Writer(w.DB).Query(`SELECT kind, state, user_id, created_at, closed_at, closed_why, due FROM todos WHERE args LIKE $1 ORDER BY created_at, kind, state`, "%"+r.Code+"%")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind, state, why, due string
		var user, made, closed int64
		if err := rows.Scan(&kind, &state, &user, &made, &closed, &why, &due); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(kind, state, user, when(made), when(closed), why, due))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// aLife is what is done with a case, by the minute. The ladder's rungs lie
// between.
func aLife(w *dbtest.World, customer int64, id *int64, as func(int64) policy.Actor) []db.PastAct {
	at := func(text string, do func(ctx context.Context) error) db.PastAct {
		return db.PastAct{At: on(text).UnixMilli(), Do: do}
	}
	ref := func() db.CaseRef { return db.CaseRef{ID: *id} }
	return []db.PastAct{
		at("2026-09-23 10:00", func(ctx context.Context) (err error) {
			in := told(customer, "慢")
			in.UserID = w.ClerkWest
			*id, err = w.OpenCase(ctx, as(w.BossWest), db.Submission{}, in)
			return err
		}),
		at("2026-09-23 12:45", func(ctx context.Context) error { return w.TakeCase(ctx, as(w.ClerkWest), ref()) }),
		at("2026-09-23 13:00", func(ctx context.Context) error {
			return w.AnswerCase(ctx, as(w.ClerkWest), ref(), db.CaseAnswer{How: "phone"})
		}),
		at("2026-09-23 15:00", func(ctx context.Context) error {
			return w.PauseCase(ctx, as(w.ClerkWest), *id, 0, "carrier", "等", 0)
		}),
		at("2026-09-24 09:30", func(ctx context.Context) error { return w.ResumeCase(ctx, as(w.ClerkWest), *id, 0, "") }),
		at("2026-09-28 11:00", func(ctx context.Context) error {
			_, err := w.TellCase(ctx, as(w.ClerkWest), ref(), db.CaseTold{How: "phone", Result: "找到了", Satisfied: casework.Satisfied})
			return err
		}),
		at("2026-09-28 15:30", func(ctx context.Context) error {
			return w.CallCase(ctx, as(w.ClerkWest), ref(), casework.Satisfied, "满意", false)
		}),
		at("2026-09-28 16:00", func(ctx context.Context) error {
			_, err := w.CloseCase(ctx, as(w.ClerkWest), ref(), "", false)
			return err
		}),
		at("2026-09-29 10:00", func(ctx context.Context) error { return w.ReopenCase(ctx, as(w.ClerkWest), ref(), "没到账") }),
		at("2026-09-29 14:00", func(ctx context.Context) error {
			_, err := w.TellCase(ctx, as(w.ClerkWest), ref(), db.CaseTold{How: "phone", Result: "到账了", Satisfied: casework.Satisfied})
			return err
		}),
	}
}

func TestWhatIsRelivedIsWhatWouldHaveBeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		d := fileOf(t, w, "杭州栗子用品", w.RepWest)
		today := w.Clock.Now()

		// Lived: the job climbs the ladder at the first minute after each rung.
		var first, second int64
		for i, a := range aLife(w, c.ID, &first, func(u int64) policy.Actor { return w.As(t, u) }) {
			for i > 0 {
				rung := time.UnixMilli(readCase(t, w, first).LadderAt).Truncate(time.Minute).Add(time.Minute)
				if rung.UnixMilli() > a.At {
					break
				}
				if rung.After(w.Clock.Now()) {
					w.Clock.Set(rung)
				}
				climb(t, w)
			}
			w.Clock.Set(time.UnixMilli(a.At))
			if err := a.Do(ctx); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(today)

		n, err := w.Relive(ctx, system, slices.Values(aLife(w, d.ID, &second, func(u int64) policy.Actor { return w.As(t, u) })))
		if err != nil || n != 10 {
			t.Fatalf("%d acts, %v", n, err)
		}
		a, b := lived(t, w, first), lived(t, w, second)
		b = strings.ReplaceAll(b, fmt.Sprint(d.ID), fmt.Sprint(c.ID))
		b = strings.ReplaceAll(b, readCase(t, w, second).Code, readCase(t, w, first).Code)
		if a != b {
			t.Errorf("lived:\n%s\nrelived:\n%s", a, b)
		}
		if !strings.Contains(b, "escalated_by_clock") || strings.Contains(b, when(today.UnixMilli())) {
			t.Errorf("no ladder, or something of today:\n%s", b)
		}
		if report, err := w.CheckChain(ctx); err != nil || !report.Whole() {
			t.Errorf("the audit: %+v, %v", report, err)
		}
	})
}

func TestWhatMayNotBeIsNotRelived(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		var id int64
		life := aLife(w, c.ID, &id, func(u int64) policy.Actor { return w.As(t, u) })
		stranger := db.PastAct{At: on("2026-09-23 11:00").UnixMilli(), Do: func(ctx context.Context) error { return w.TakeCase(ctx, w.As(t, w.BossEast), db.CaseRef{ID: id}) }}
		if _, err := w.Relive(ctx, system, slices.Values([]db.PastAct{life[0], stranger})); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a stranger took it: %v", err)
		}
		if n, err := w.CountCases(ctx, w.As(t, w.Admin), db.CaseFilter{Show: db.CasesAll}, 10); err != nil || n != 0 {
			t.Errorf("%d cases stayed, %v", n, err)
		}
		if _, err := w.Relive(ctx, w.As(t, w.Admin), slices.Values(life)); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a person relived: %v", err)
		}
	})
}
