package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/score"
)

// drawnScores draws the month of the reps up and returns the sheets by person.
func drawnScores(t *testing.T, w *dbtest.World, by policy.Actor, month string) (sheets map[int64]db.ScoreSheet, n int) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	list, _, err := w.Colleagues(ctx, boss.Scope(policy.PeopleScore), people.Rep, 0, 60)
	if err != nil {
		t.Fatal(err)
	}
	if n, err = w.DrawScores(ctx, by, list, day.MustParse(month+"-01")); err != nil {
		t.Fatal(err)
	}
	all, err := w.ScoreSheets(ctx, boss.Scope(policy.PeopleScore), 0, month, "", 60)
	if err != nil {
		t.Fatal(err)
	}
	sheets = map[int64]db.ScoreSheet{}
	for _, s := range all {
		sheets[s.UserID] = s
	}
	return sheets, n
}

func TestAScoreSheetGoesFromHandToHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		boss, rep, chief := w.As(t, w.BossWest), w.As(t, w.RepWest), w.As(t, w.Chief)
		sheets, n := drawnScores(t, w, boss, "2026-10")
		s := sheets[w.RepWest]
		if n != len(sheets) || n < 2 || s.State != score.Drawn || s.Version != 1 || len(s.Points) == 0 {
			t.Fatalf("%d drawn, %+v", n, s)
		}
		if _, n := drawnScores(t, w, chief, "2026-10"); n != 0 {
			t.Errorf("who draws changes %d of the figures", n)
		}
		// Meanwhile work comes to light, so a redraw is another sheet.
		visits := int64(9500)
		more := func() {
			visits++
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, created_at, updated_at) SELECT $1, customer_id, branch_id, user_id, 'done', '2026-10-15', 'phone', 0, 0 FROM visits WHERE id = 9000`, visits); err != nil {
				t.Fatal(err)
			}
		}
		at := func(version int64) db.TodoRef { return db.TodoRef{ID: s.ID, Version: version} }
		for _, x := range []struct {
			name    string
			do      func() error
			want    error
			state   string
			version int64
		}{
			{"approved before the person had time", func() error { return w.ApproveScore(ctx, boss, at(1)) }, db.ErrConflict, score.Drawn, 1},
			{"another looks for them", func() error { return w.SeeScore(ctx, boss, at(1)) }, db.ErrRefused, score.Drawn, 1},
			{"seen", func() error { return w.SeeScore(ctx, rep, at(1)) }, nil, score.Seen, 2},
			{"stale", func() error { return w.ObjectScore(ctx, rep, at(1), "少一次") }, db.ErrConflict, score.Seen, 2},
			{"objected", func() error { return w.ObjectScore(ctx, rep, at(2), "少一次") }, nil, score.Objected, 3},
			{"approved unanswered", func() error { return w.ApproveScore(ctx, boss, at(3)) }, db.ErrConflict, score.Objected, 3},
			{"a redraw without news", func() error { drawnScores(t, w, boss, "2026-10"); return nil }, nil, score.Objected, 3},
			{"a redraw waits for the answer still", func() error { more(); drawnScores(t, w, boss, "2026-10"); return nil }, nil, score.Objected, 4},
			{"approved as it was before the redraw", func() error { return w.ApproveScore(ctx, boss, at(3)) }, db.ErrConflict, score.Objected, 4},
			{"answered", func() error { return w.AnswerScore(ctx, boss, at(4), "补上了") }, nil, score.Answered, 5},
			{"approved before the person read the answer to a redrawn one", func() error { return w.ApproveScore(ctx, boss, at(5)) }, db.ErrConflict, score.Answered, 5},
			{"answered twice", func() error { return w.AnswerScore(ctx, boss, at(5), "补上了") }, db.ErrConflict, score.Answered, 5},
			{"a redraw of an answered one is looked at anew", func() error { more(); drawnScores(t, w, boss, "2026-10"); return nil }, nil, score.Drawn, 6},
			{"seen anew", func() error { return w.SeeScore(ctx, rep, at(6)) }, nil, score.Seen, 7},
			{"out of reach", func() error { return w.ApproveScore(ctx, w.As(t, w.BossEast), at(7)) }, db.ErrNotFound, score.Seen, 7},
			{"approved", func() error { return w.ApproveScore(ctx, boss, at(7)) }, nil, score.Approved, 8},
			{"a redraw leaves it", func() error { more(); drawnScores(t, w, boss, "2026-10"); return nil }, nil, score.Approved, 8},
			{"objected too late", func() error { return w.ObjectScore(ctx, rep, at(8), "还有") }, db.ErrConflict, score.Approved, 8},
		} {
			if err := x.do(); !errors.Is(err, x.want) {
				t.Errorf("%s: %v, want %v", x.name, err, x.want)
			}
			now, err := w.ScoreSheet(ctx, boss.Scope(policy.PeopleScore), s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if now.State != x.state || now.Version != x.version || now.Version > 2 && now.Objection != "少一次" || now.Version > 4 && now.Answer != "补上了" {
				t.Errorf("%s: %s, version %d, %q, %q", x.name, now.State, now.Version, now.Objection, now.Answer)
			}
		}
	})
}

// TestASheetStaysWhereItWasDrawnAndTheIdleHaveNone: who moved since is not scored
// anew by their new branch, for a month in which they worked at another; who is
// disabled without a last day has no sheet of the months in which they did
// nothing.
func TestASheetStaysWhereItWasDrawnAndTheIdleHaveNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		workedMonths(t, w)
		write := func(statement string, args ...any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		chief := w.As(t, w.Chief)
		sheets, all := drawnScores(t, w, chief, "2026-10")
		was := sheets[w.RepWest]
		write(`UPDATE score_sheets SET branch_id = $2, body = '{}' WHERE id = $1`, was.ID, w.East)
		if _, n := drawnScores(t, w, chief, "2026-10"); n != 0 {
			t.Errorf("%d sheets of another branch drawn anew", n)
		}
		write(`DELETE FROM score_sheets`)
		write(`UPDATE users SET disabled = (1 = 1) WHERE id = $1`, w.RepWest)
		if sheets, n := drawnScores(t, w, chief, "2026-10"); n != all || sheets[w.RepWest].ID == 0 {
			t.Errorf("%d of %d drawn; somebody disabled who worked in that month: %+v", n, all, sheets[w.RepWest])
		}
		if sheets, _ := drawnScores(t, w, chief, "2025-03"); sheets[w.RepWest].ID != 0 {
			t.Errorf("an idle month of somebody disabled: %+v", sheets[w.RepWest])
		}
	})
}

// TestNobodyScoresThemselves: a manager whose own work is scored neither answers
// nor approves it.
func TestNobodyScoresThemselves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		boss := w.As(t, w.BossWest)
		sheets, _ := drawnScores(t, w, boss, "2026-10")
		s := sheets[w.RepWest]
		if _, err := db.Writer(w.DB).Exec(`UPDATE score_sheets SET user_id = $2 WHERE id = $1`, s.ID, w.BossWest); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(score.LookDays * 24 * time.Hour)
		if err := w.ApproveScore(ctx, boss, db.TodoRef{ID: s.ID, Version: 1}); !errors.Is(err, db.ErrSelf) {
			t.Errorf("approved their own: %v", err)
		}
		if err := w.ObjectScore(ctx, boss, db.TodoRef{ID: s.ID, Version: 1}, "少了"); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerScore(ctx, boss, db.TodoRef{ID: s.ID, Version: 2}, "没少"); !errors.Is(err, db.ErrSelf) {
			t.Errorf("answered themselves: %v", err)
		}
		if err := w.AnswerScore(ctx, w.As(t, w.Chief), db.TodoRef{ID: s.ID, Version: 2}, "没少"); err != nil {
			t.Errorf("another: %v", err)
		}
	})
}

// TestOfTwoAtOnceOneWritesAScore: an objection and an approval of the same sheet
// at the same time are not both taken.
func TestOfTwoAtOnceOneWritesAScore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		boss := w.As(t, w.BossWest)
		w.Clock.Move(score.LookDays * 24 * time.Hour)
		for _, month := range []string{"2026-06", "2026-07", "2026-08", "2026-09", "2026-10"} {
			sheets, _ := drawnScores(t, w, boss, month)
			w.Clock.Move(score.LookDays * 24 * time.Hour)
			for person, s := range sheets {
				x, own := db.TodoRef{ID: s.ID, Version: s.Version}, w.As(t, person)
				did, ready := make([]error, 2), make(chan struct{})
				var group sync.WaitGroup
				for i, act := range []func() error{func() error { return w.ObjectScore(ctx, own, x, "少一次") }, func() error { return w.ApproveScore(ctx, boss, x) }} {
					group.Go(func() { <-ready; did[i] = act() })
				}
				close(ready)
				group.Wait()
				if (did[0] == nil) == (did[1] == nil) || !errors.Is(errors.Join(did...), db.ErrConflict) {
					t.Errorf("%s of %s: %v", month, s.Name, did)
				}
				now, err := w.ScoreSheet(ctx, boss.Scope(policy.PeopleScore), s.ID)
				if err != nil || now.Version != 2 {
					t.Errorf("%s of %s: version %d, %v", month, s.Name, now.Version, err)
				}
			}
		}
	})
}
