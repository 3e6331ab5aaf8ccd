package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
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
		// round has two nodes run until the job ran so often, and a second more.
		round := func(want int64) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				for end := time.Now().Add(time.Minute); runs.Load() < want && time.Now().Before(end); {
					time.Sleep(10 * time.Millisecond)
				}
				time.AfterFunc(time.Second, cancel)
			}()
			var wait sync.WaitGroup
			for range 2 {
				wait.Go(func() { runner(w, []jobs.Job{job}, nil).Run(ctx) })
			}
			wait.Wait()
		}
		w.Clock.Set(time.Date(2026, 11, 22, 1, 0, 0, 0, db.Zone))
		round(0)
		if n := runs.Load(); n != 0 {
			t.Errorf("before its hour it ran %d times", n)
		}
		w.Clock.Set(time.Date(2026, 11, 22, 8, 0, 0, 0, db.Zone)) // the PC was off at two
		round(1)
		round(1)
		if n := runs.Load(); n != 1 {
			t.Errorf("in one day it ran %d times", n)
		}
		w.Clock.Move(24 * time.Hour)
		round(2)
		if n := runs.Load(); n != 2 {
			t.Errorf("after the next day it ran %d times", n)
		}
	})
}

// TestAJobThatTheProgramsEndCutsShortIsTakenUpByTheNextStart: it is no failure,
// nothing in the log calls for help, and the next start need not wait for it.
func TestAJobThatTheProgramsEndCutsShortIsTakenUpByTheNextStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(time.Date(2026, 11, 22, 8, 0, 0, 0, db.Zone))
		var runs int
		var log strings.Builder
		for range 7 { // more often than a failing job is tried
			ctx, cancel := context.WithCancel(context.Background())
			r := runner(w, []jobs.Job{{Name: "long", Period: jobs.Daily(2), Run: func(ctx context.Context, _ time.Time) (int64, error) {
				runs++
				cancel()
				<-ctx.Done()
				return 0, ctx.Err()
			}}}, nil)
			r.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			stop := time.AfterFunc(time.Minute, cancel)
			r.Run(ctx)
			stop.Stop()
			cancel()
		}
		if runs != 7 || log.Len() > 0 {
			t.Errorf("seven starts ran it %d times and logged %q", runs, log.String())
		}
	})
}

// TestATaskThatIsTakenBackKeepsItsLease: the work of undoing what somebody
// cancelled lasts longer than a lease, in the first run and in one that is
// taken up again.
func TestATaskThatIsTakenBackKeepsItsLease(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		const lease = 2 * time.Second
		var id int64
		first := true
		r := runner(w, nil, map[string]jobs.TaskFunc{"back": func(ctx context.Context, task db.Task, _ jobs.Report) (any, error) {
			if task.Cancel == first {
				t.Errorf("first run %v, and the task was asked to stop: %v", first, task.Cancel)
			}
			if first {
				if err := w.CancelTask(ctx, boss, id); err != nil {
					return nil, err
				}
				<-ctx.Done()
				if !errors.Is(context.Cause(ctx), db.ErrCancelled) {
					t.Errorf("it was stopped by %v", context.Cause(ctx))
				}
			}
			for range 3 { // each time past its lease, were that not renewed
				w.Clock.Move(lease)
				for now := w.Clock.Now().UnixMilli(); ; time.Sleep(5 * time.Millisecond) {
					got, err := w.Task(context.WithoutCancel(ctx), boss, id)
					if err != nil {
						return nil, err
					}
					if got.UpdatedAt >= now {
						break
					}
				}
			}
			if !first && ctx.Err() != nil {
				t.Errorf("what took up the taking back was stopped by %v", context.Cause(ctx))
			}
			return nil, db.ErrCancelled
		}})
		r.Lease = lease
		for _, first = range []bool{true, false} {
			var err error
			if id, err = w.StartTask(ctx, boss, "back", "{}"); err != nil {
				t.Fatal(err)
			}
			if !first { // somebody took it, it was cancelled, and the runner died
				if _, err := w.ClaimTask(ctx, "dead", lease); err != nil {
					t.Fatal(err)
				}
				if err := w.CancelTask(ctx, boss, id); err != nil {
					t.Fatal(err)
				}
				w.Clock.Move(2 * lease)
			}
			r.RunTasks(ctx)
			if got, err := w.Task(ctx, boss, id); err != nil || got.State != "cancelled" {
				t.Errorf("first run %v: the task is %s (%v)", first, got.State, err)
			}
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
