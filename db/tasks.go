package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
)

// Task is work that a user started and may leave: an import, an export, a
// reclassification. A runner leases it, reports progress and ends it; a run
// that dies is taken up again when its lease ends.
type Task struct {
	ID, UserID, BranchID int64
	Kind                 string
	State                string // queued, running, done, failed, cancelled
	Payload              string // JSON, read by the runner
	Done, Total          int64  // progress, in rows; Total 0 = not known yet
	Result               string // JSON
	Error                string // a code for the reader
	Cancel               bool   // somebody asked for it to stop
	Attempts             int64
	CreatedAt, UpdatedAt int64
}

const taskColumns = `id, user_id, branch_id, kind, state, payload, done_count, total_count, result, error, cancel, attempts, created_at, updated_at`

func (t *Task) scan() []any {
	return []any{&t.ID, &t.UserID, &t.BranchID, &t.Kind, &t.State, &t.Payload, &t.Done, &t.Total, &t.Result, &t.Error, &t.Cancel, &t.Attempts, &t.CreatedAt, &t.UpdatedAt}
}

// StartTask queues a task of the actor's.
func (d *DB) StartTask(ctx context.Context, by policy.Actor, kind, payload string) (id int64, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		id, err = startTask(ctx, tx, by.UserID, by.Branch, kind, payload)
		return err
	})
	return id, err
}

func startTask(ctx context.Context, tx *Tx, user, branch int64, kind, payload string) (int64, error) {
	id := tx.newID()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO tasks (id, kind, user_id, branch_id, state, payload, created_at, updated_at)
		VALUES ($1, $2, $3, $4, 'queued', $5, $6, $6)`, id, kind, user, branch, payload, tx.now())
	if err != nil {
		return 0, fmt.Errorf("start task %s: %w", kind, err)
	}
	return id, nil
}

// Task returns a task of the actor's own; ErrNotFound for anybody else's.
func (d *DB) Task(ctx context.Context, by policy.Actor, id int64) (Task, error) {
	var t Task
	err := d.r.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM tasks WHERE id = $1 AND user_id = $2`, id, by.UserID).Scan(t.scan()...)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fmt.Errorf("task %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return t, fmt.Errorf("task %d: %w", id, err)
	}
	return t, nil
}

// CancelTask asks a task of the actor's own to stop. A queued one stops at
// once, a running one when it next reports.
func (d *DB) CancelTask(ctx context.Context, by policy.Actor, id int64) error {
	return d.write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `
			UPDATE tasks SET cancel = $3, updated_at = $4, state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
			WHERE id = $1 AND user_id = $2 AND state IN ('queued','running')`, id, by.UserID, true, tx.now())
		if err != nil {
			return fmt.Errorf("cancel task %d: %w", id, err)
		}
		if n == 0 {
			return fmt.Errorf("cancel task %d: %w", id, ErrNotFound)
		}
		return nil
	})
}

// ClaimTask leases the oldest task that waits or whose runner died, for the
// runner named by; ErrNotFound when there is none. A task that died three
// times is failed instead.
func (d *DB) ClaimTask(ctx context.Context, by string, lease time.Duration) (Task, error) {
	var t Task
	// A look without a lock first: most of the time there is nothing to do.
	var waits bool
	err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tasks WHERE state IN ('queued','running') AND (state = 'queued' OR lease_until < $1))`,
		d.now().UnixMilli()).Scan(&waits)
	if err != nil {
		return t, fmt.Errorf("claim task: %w", err)
	}
	if !waits {
		return t, ErrNotFound
	}
	err = d.write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, `
			UPDATE tasks SET state = 'failed', error = 'died', updated_at = $1
			WHERE state = 'running' AND lease_until < $1 AND attempts >= 3`, tx.now()); err != nil {
			return fmt.Errorf("claim task: %w", err)
		}
		err := tx.QueryRowContext(ctx, `
			UPDATE tasks SET state = 'running', lease_by = $1, lease_until = $2, attempts = attempts + 1, updated_at = $3
			WHERE id = (SELECT id FROM tasks WHERE state = 'queued' OR (state = 'running' AND lease_until < $3) ORDER BY id LIMIT 1)
			  AND (state = 'queued' OR lease_until < $3)
			RETURNING `+taskColumns, by, tx.now()+lease.Milliseconds(), tx.now()).Scan(t.scan()...)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // what was failed above is kept
		}
		if err != nil {
			return fmt.Errorf("claim task: %w", err)
		}
		return nil
	})
	if err == nil && t.ID == 0 {
		err = ErrNotFound
	}
	return t, err
}

// ErrCancelled is what a task's run returns when it was asked to stop.
var ErrCancelled = errors.New("cancelled")

// ReportTask renews the lease and tells how far the task is; ErrCancelled when
// it should stop, ErrConflict when somebody else has taken it over.
func (d *DB) ReportTask(ctx context.Context, id int64, by string, lease time.Duration, done, total int64) error {
	var cancel bool
	err := d.write(ctx, func(tx *Tx) error {
		err := tx.QueryRowContext(ctx, `
			UPDATE tasks SET done_count = $3, total_count = $4, lease_until = $5, updated_at = $6
			WHERE id = $1 AND lease_by = $2 AND state = 'running' RETURNING cancel`,
			id, by, done, total, tx.now()+lease.Milliseconds(), tx.now()).Scan(&cancel)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("report task %d: %w", id, ErrConflict)
		case err != nil:
			return fmt.Errorf("report task %d: %w", id, err)
		}
		return nil
	})
	if err == nil && cancel {
		err = ErrCancelled
	}
	return err
}

// EndTask closes a task with its result (JSON) or an error code.
func (d *DB) EndTask(ctx context.Context, id int64, by, state, result, code string) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			UPDATE tasks SET state = $3, result = $4, error = $5, updated_at = $6, lease_until = 0,
				done_count = CASE WHEN $3 = 'done' AND total_count > 0 THEN total_count ELSE done_count END
			WHERE id = $1 AND lease_by = $2 AND state = 'running'`, id, by, state, result, code, tx.now())
		if err != nil {
			return fmt.Errorf("end task %d: %w", id, err)
		}
		return nil
	})
}

// ClaimJob leases the run of a job for a period; false when it has run, or
// runs elsewhere. A run whose lease ended is taken up again.
func (d *DB) ClaimJob(ctx context.Context, job, period, by string, lease time.Duration) (claimed bool, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, `
			INSERT INTO job_runs (job, period, state, lease_by, lease_until, attempts, started_at)
			VALUES ($1, $2, 'running', $3, $4, 1, $5)
			ON CONFLICT (job, period) DO UPDATE SET state = 'running', lease_by = excluded.lease_by,
				lease_until = excluded.lease_until, attempts = job_runs.attempts + 1, started_at = excluded.started_at
			WHERE (job_runs.state = 'running' AND job_runs.lease_until < excluded.started_at)
			   OR (job_runs.state = 'failed' AND job_runs.attempts < 5 AND job_runs.ended_at < excluded.started_at - 600000)`,
			job, period, by, tx.now()+lease.Milliseconds(), tx.now())
		if err != nil {
			return fmt.Errorf("claim job %s %s: %w", job, period, err)
		}
		claimed = n > 0
		return nil
	})
	return claimed, err
}

// LeaveJob gives back a run that the program's end cut short: the next start
// takes it up at once, and it does not count among the attempts that failed.
func (d *DB) LeaveJob(ctx context.Context, job, period, by string) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			UPDATE job_runs SET lease_until = 0, attempts = attempts - 1
			WHERE job = $1 AND period = $2 AND lease_by = $3 AND state = 'running'`, job, period, by)
		if err != nil {
			return fmt.Errorf("leave job %s %s: %w", job, period, err)
		}
		return nil
	})
}

// EndJob closes a run of a job: rows it touched, or what went wrong.
func (d *DB) EndJob(ctx context.Context, job, period, by string, rows int64, failure string) error {
	state := "done"
	if failure != "" {
		state = "failed"
	}
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			UPDATE job_runs SET state = $4, ended_at = $5, rows_count = $6, error = $7
			WHERE job = $1 AND period = $2 AND lease_by = $3`, job, period, by, state, tx.now(), rows, failure)
		if err != nil {
			return fmt.Errorf("end job %s %s: %w", job, period, err)
		}
		return nil
	})
}
