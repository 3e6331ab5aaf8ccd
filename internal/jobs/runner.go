// Package jobs runs what happens without a request: nightly work, once per
// period on however many nodes, and the tasks that users start. It owns the
// runner and one file per job or task; what is due is policy's to say, what is
// written is a db act.
package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"yike/db"
)

// Job is nightly or hourly work. Period names the run that is due at an
// instant ("2026-11-21"); each period is run once, also when the machine was
// off at the hour (the next start catches up).
type Job struct {
	Name   string
	Period func(now time.Time) string
	Run    func(ctx context.Context, now time.Time) (rows int64, err error)
}

// TaskFunc runs a task. It calls report now and then and stops when that
// returns an error, handing the error on. What it returns becomes the task's
// result as JSON; an error that is a Coded one shows its code to the reader.
type TaskFunc func(ctx context.Context, t db.Task, report Report) (result any, err error)

// Report tells how far a task is, renews its lease and returns
// db.ErrCancelled when somebody asked for it to stop.
type Report func(done, total int64) error

// Coded is an error with a code that a page can put into words.
type Coded struct {
	Code string
	Err  error
}

func (c *Coded) Error() string { return c.Code + ": " + c.Err.Error() }

// Unwrap returns the cause.
func (c *Coded) Unwrap() error { return c.Err }

const (
	tick      = 20 * time.Second
	leaseTime = 2 * time.Minute
)

// Runner runs jobs and tasks until its context ends.
type Runner struct {
	DB    *db.DB
	Log   *slog.Logger
	Jobs  []Job
	Tasks map[string]TaskFunc
	// Settle is how long after its start the runner leaves the machine to the
	// pages before it looks for work that is due: a nightly check that was
	// missed reads the whole database. Tasks that users start do not wait.
	Settle time.Duration
	// Lease is for how long a task is the runner's between two reports; 0 means
	// two minutes.
	Lease time.Duration
	// Ended, when set, is told of each task and job that was run: its name, how
	// it ended ("done", "failed", "cancelled", "left") and how long it took.
	Ended func(name, result string, took time.Duration)

	// TrustClock lets jobs run however far the clock is from their last run.
	TrustClock bool

	name string
	wake chan struct{}
	once sync.Once

	night   time.Time   // when jobs were last let run
	doubted atomic.Bool // the clock is not believed
}

func (r *Runner) init() {
	r.once.Do(func() {
		r.name = rand.Text()[:8]
		r.wake = make(chan struct{}, 1)
		r.Lease = cmp.Or(r.Lease, leaseTime)
	})
}

// Wake tells the runner that a task waits.
func (r *Runner) Wake() {
	r.init()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends; a task or job in hand is told to stop and is taken
// up again by the next start.
func (r *Runner) Run(ctx context.Context) {
	r.init()
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			for ctx.Err() == nil && r.runTask(ctx) {
			}
			select {
			case <-ctx.Done():
				return
			case <-r.wake:
			case <-time.After(2 * time.Second):
			}
		}
	})
	select {
	case <-ctx.Done():
		wait.Wait()
		return
	case <-time.After(r.Settle):
	}
	for {
		if r.believed(ctx) {
			for _, j := range r.Jobs {
				if ctx.Err() == nil {
					r.runJob(ctx, j)
				}
			}
		}
		select {
		case <-ctx.Done():
			wait.Wait()
			return
		case <-time.After(tick):
		}
	}
}

// RunTasks runs every waiting task and returns; for commands and tests.
func (r *Runner) RunTasks(ctx context.Context) {
	r.init()
	for ctx.Err() == nil && r.runTask(ctx) {
	}
}

// runTask runs one waiting task; false when there is none.
func (r *Runner) runTask(ctx context.Context) bool {
	t, err := r.DB.ClaimTask(ctx, r.name, r.Lease)
	if errors.Is(err, db.ErrNotFound) || err != nil && ctx.Err() != nil {
		return false
	}
	if err != nil {
		r.Log.Error("claim task", "err", err)
		return false
	}
	log := r.Log.With("task", t.ID, "kind", t.Kind)
	started, ended := time.Now(), "failed"
	defer func() { r.ended("task."+t.Kind, ended, time.Since(started)) }()
	result, err := r.attempt(ctx, t)
	end := context.WithoutCancel(ctx)
	var coded *Coded
	switch {
	case err == nil:
		text, jsonErr := json.Marshal(result)
		if jsonErr != nil {
			log.Error("task result", "err", jsonErr)
		}
		ended = "done"
		err = r.DB.EndTask(end, t.ID, r.name, "done", string(text), "")
		log.Info("task done", "took", time.Since(started).Round(time.Millisecond))
	case errors.Is(err, db.ErrCancelled):
		ended = "cancelled"
		err = r.DB.EndTask(end, t.ID, r.name, "cancelled", "", "")
		log.Info("task cancelled")
	case ctx.Err() != nil:
		ended = "left"
		log.Info("task left for the next start")
		return false
	case errors.As(err, &coded):
		log.Warn("task failed", "code", coded.Code, "err", err)
		err = r.DB.EndTask(end, t.ID, r.name, "failed", "", coded.Code)
	default:
		log.Error("task failed", "err", err)
		err = r.DB.EndTask(end, t.ID, r.name, "failed", "", "fault")
	}
	if err != nil {
		log.Error("end task", "err", err)
	}
	return true
}

func (r *Runner) ended(name, result string, took time.Duration) {
	if r.Ended != nil {
		r.Ended(name, result, took)
	}
}

// attempt calls the task and renews its lease while it works.
func (r *Runner) attempt(ctx context.Context, t db.Task) (result any, err error) {
	run := r.Tasks[t.Kind]
	if run == nil {
		return nil, fmt.Errorf("no task of kind %q", t.Kind)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	done, total := t.Done, t.Total
	var last time.Time
	report := func(d, n int64) error {
		mu.Lock()
		done, total = d, n
		due := time.Since(last) > 500*time.Millisecond
		if due {
			last = time.Now()
		}
		mu.Unlock()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !due {
			return nil
		}
		return r.DB.ReportTask(ctx, t.ID, r.name, r.Lease, d, n)
	}
	beat := time.NewTicker(r.Lease / 4)
	defer beat.Stop()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		// What was asked to stop may have to take back what it did, and keeps
		// its lease for that long.
		told, end := t.Cancel, context.WithoutCancel(ctx)
		for {
			select {
			case <-stop:
				return
			case <-beat.C:
				mu.Lock()
				d, n := done, total
				mu.Unlock()
				err := r.DB.ReportTask(end, t.ID, r.name, r.Lease, d, n)
				switch {
				case errors.Is(err, db.ErrConflict): // somebody else has it
					cancel(err)
					return
				case errors.Is(err, db.ErrCancelled) && !told:
					told = true
					cancel(err)
				}
			}
		}
	}()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return run(ctx, t, report)
}

func (r *Runner) runJob(ctx context.Context, j Job) {
	now := r.DB.Now()
	period := j.Period(now)
	if period == "" {
		return
	}
	claimed, err := r.DB.ClaimJob(ctx, j.Name, period, r.name, time.Hour)
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil {
		r.Log.Error("claim job", "job", j.Name, "err", err)
		return
	}
	if !claimed {
		return
	}
	started, result := time.Now(), "done"
	defer func() { r.ended(j.Name, result, time.Since(started)) }()
	rows, err := r.runSafely(ctx, j, now)
	if err != nil && ctx.Err() != nil {
		result = "left"
		r.Log.Info("job left for the next start", "job", j.Name, "period", period)
		if err := r.DB.LeaveJob(context.WithoutCancel(ctx), j.Name, period, r.name); err != nil {
			r.Log.Error("leave job", "job", j.Name, "err", err)
		}
		return
	}
	failure := ""
	if err != nil {
		failure, result = err.Error(), "failed"
		r.Log.Error("job failed", "job", j.Name, "period", period, "err", err)
	} else {
		r.Log.Info("job done", "job", j.Name, "period", period, "rows", rows)
	}
	if err := r.DB.EndJob(context.WithoutCancel(ctx), j.Name, period, r.name, rows, failure); err != nil {
		r.Log.Error("end job", "job", j.Name, "err", err)
	}
}

func (r *Runner) runSafely(ctx context.Context, j Job, now time.Time) (rows int64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return j.Run(ctx, now)
}

// Daily is the period of a job that runs once a day from an hour on, in the
// business zone; a PC that was off at night catches up in the morning.
func Daily(hour int) func(time.Time) string {
	return func(now time.Time) string {
		if now.In(db.Zone).Hour() < hour {
			return ""
		}
		return db.Day(now)
	}
}

// Hourly is the period of a job that runs once an hour.
func Hourly(now time.Time) string { return now.In(db.Zone).Format("2006-01-02T15") }

// Sweep removes what has expired.
func Sweep(d *db.DB) Job {
	return Job{Name: "sweep", Period: Hourly, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.SweepSessions(ctx)
	}}
}

// Examine checks the database from end to end every night, and at once when
// the process before this one was cut off: flipped bytes are found while the
// back-ups still hold the page.
func Examine(d *db.DB, log *slog.Logger) Job {
	unclean := d.Health().Unclean
	return Job{Name: "examine", Period: func(now time.Time) string {
		if unclean {
			return "start " + now.In(db.Zone).Format(time.DateTime)
		}
		return Daily(2)(now)
	}, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		unclean = false
		found, err := d.Examine(ctx)
		for _, line := range found {
			log.Error("database damaged: restore a back-up with yike restore", "found", line)
		}
		return int64(len(found)), err
	}}
}
