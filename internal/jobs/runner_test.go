package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
)

func runner(w *dbtest.World, list []jobs.Job, tasks map[string]jobs.TaskFunc) *jobs.Runner {
	return &jobs.Runner{DB: w.DB, Log: slog.New(slog.DiscardHandler), Jobs: list, Tasks: tasks}
}

// TestANightlyJobRunsOncePerDayHoweverManyRunners: two nodes, one period, one
// run; a missed night is caught up in the morning; the next day runs again.
func TestANightlyJobRunsOncePerDayHoweverManyRunners(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		var runs atomic.Int64
		job := jobs.Job{Name: "count", Period: jobs.Daily(2), Run: func(context.Context, time.Time) (int64, error) {
			return runs.Add(1), nil
		}}
		round := func() {
			ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
			defer cancel()
			var wait sync.WaitGroup
			for range 2 {
				wait.Go(func() { runner(w, []jobs.Job{job}, nil).Run(ctx) })
			}
			wait.Wait()
		}
		w.Clock.Set(time.Date(2026, 11, 22, 1, 0, 0, 0, db.Zone))
		round()
		if n := runs.Load(); n != 0 {
			t.Errorf("before its hour it ran %d times", n)
		}
		w.Clock.Set(time.Date(2026, 11, 22, 8, 0, 0, 0, db.Zone)) // the PC was off at two
		round()
		round()
		if n := runs.Load(); n != 1 {
			t.Errorf("in one day it ran %d times", n)
		}
		w.Clock.Move(24 * time.Hour)
		round()
		if n := runs.Load(); n != 2 {
			t.Errorf("after the next day it ran %d times", n)
		}
	})
}

func TestATaskIsRunToItsEndCancelledOrFailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		start := func(kind string) int64 {
			id, err := w.StartTask(ctx, boss, kind, `{"x":1}`)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		r := runner(w, nil, map[string]jobs.TaskFunc{
			"good": func(_ context.Context, t db.Task, report jobs.Report) (any, error) { return t.Payload, report(5, 10) },
			"bad":  func(context.Context, db.Task, jobs.Report) (any, error) { return nil, errors.New("broken") },
			"coded": func(context.Context, db.Task, jobs.Report) (any, error) {
				return nil, &jobs.Coded{Code: "no_sheet", Err: errors.New("x")}
			},
			"panic": func(context.Context, db.Task, jobs.Report) (any, error) { panic("oh") },
			"stop": func(_ context.Context, _ db.Task, report jobs.Report) (any, error) {
				return nil, report(1, 2)
			},
		})
		good, bad, coded, panics, early, stop := start("good"), start("bad"), start("coded"), start("panic"), start("good"), start("stop")
		if err := w.CancelTask(ctx, boss, early); err != nil {
			t.Fatal(err)
		}
		if err := w.CancelTask(ctx, w.As(t, w.BossEast), stop); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another person cancels it: %v", err)
		}
		r.RunTasks(ctx)
		for id, want := range map[int64][2]string{good: {"done", ""}, bad: {"failed", "fault"}, coded: {"failed", "no_sheet"},
			panics: {"failed", "fault"}, early: {"cancelled", ""}, stop: {"done", ""}} {
			got, err := w.Task(ctx, boss, id)
			if err != nil || got.State != want[0] || got.Error != want[1] {
				t.Errorf("task: %s %q %v, want %v", got.State, got.Error, err, want)
			}
		}
		if got, _ := w.Task(ctx, boss, good); got.Done != 10 || got.Result != `"{\"x\":1}"` {
			t.Errorf("done task: %+v", got)
		}
		if _, err := w.Task(ctx, w.As(t, w.RepWest), good); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another person reads it: %v", err)
		}
	})
}

// TestATaskWhoseRunnerDiedIsTakenUpAgain: and given up after the third death.
func TestATaskWhoseRunnerDiedIsTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id, err := w.StartTask(ctx, boss, "x", "{}")
		if err != nil {
			t.Fatal(err)
		}
		for try := 1; try <= 3; try++ {
			got, err := w.ClaimTask(ctx, "dies", time.Minute)
			if err != nil || got.ID != id || got.Attempts != int64(try) {
				t.Fatalf("try %d: %+v %v", try, got, err)
			}
			if _, err := w.ClaimTask(ctx, "other", time.Minute); !errors.Is(err, db.ErrNotFound) {
				t.Fatalf("while it is leased: %v", err)
			}
			w.Clock.Move(2 * time.Minute)
			if try > 1 {
				continue
			}
			if err := w.ReportTask(ctx, id, "somebody else", time.Minute, 1, 2); !errors.Is(err, db.ErrConflict) {
				t.Errorf("a stranger reports: %v", err)
			}
		}
		if _, err := w.ClaimTask(ctx, "late", time.Minute); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("after three deaths: %v", err)
		}
		if got, _ := w.Task(ctx, boss, id); got.State != "failed" || got.Error != "died" {
			t.Errorf("it is %s %q", got.State, got.Error)
		}
	})
}
