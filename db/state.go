package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"time"

	"yike/policy"
)

// What is seen of a database from outside: sizes, waits, states. No row of a
// client is read here, and no text that anybody typed is returned.

// Pool is how a pool of connections stands, since the start.
type Pool struct {
	Name              string
	Open, InUse, Most int
	Waits             int64 // how often somebody waited for a connection
	Waited            time.Duration
}

// Pools returns the pools of the database, each once.
func (d *DB) Pools() (out []Pool) {
	seen := map[*sql.DB]bool{nil: true}
	for _, p := range []struct {
		name string
		pool *sql.DB
	}{{"write", d.w}, {"read", d.r}, {"page", d.paged}, {"files_write", d.fw}, {"files_read", d.fr}} {
		if !seen[p.pool] {
			seen[p.pool] = true
			s := p.pool.Stats()
			out = append(out, Pool{p.name, s.OpenConnections, s.InUse, s.MaxOpenConnections, s.WaitCount, s.WaitDuration})
		}
	}
	return out
}

// Schema returns the schema version of the database and that of the program.
func (d *DB) Schema(ctx context.Context) (have, want int64, err error) {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return 0, 0, err
	}
	if have, err = storedVersion(ctx, d.r); err != nil {
		return 0, 0, fmt.Errorf("read the schema version: %w", err)
	}
	return have, newestVersion(dir), nil
}

// Engine names the database's engine with its version.
func (d *DB) Engine(ctx context.Context) (name string, err error) {
	query := `SELECT 'SQLite ' || sqlite_version()`
	if d.postgres {
		query = `SELECT 'PostgreSQL ' || current_setting('server_version')`
	}
	if err := d.r.QueryRowContext(ctx, query).Scan(&name); err != nil {
		return "", fmt.Errorf("engine: %w", err)
	}
	return name, nil
}

// JobState is the latest run of a job.
type JobState struct {
	Job, Period, State, Error string
	Attempts, Rows            int64
	StartedAt, EndedAt        int64
}

// JobStates returns the latest run of every job.
func (d *DB) JobStates(ctx context.Context) (out []JobState, err error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT j.job, j.period, j.state, j.error, j.attempts, j.rows_count, j.started_at, j.ended_at
		FROM job_runs j JOIN (SELECT job, max(started_at) AS latest FROM job_runs GROUP BY job) l ON l.job = j.job AND l.latest = j.started_at
		ORDER BY j.job, j.period`)
	if err != nil {
		return nil, fmt.Errorf("states of jobs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var j JobState
		if err := rows.Scan(&j.Job, &j.Period, &j.State, &j.Error, &j.Attempts, &j.Rows, &j.StartedAt, &j.EndedAt); err != nil {
			return nil, fmt.Errorf("states of jobs: %w", err)
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

// Waiting is how many messages stand in a state, or tasks of a kind.
type Waiting struct {
	State  string
	N      int64
	Oldest int64 // unix milliseconds: since when the oldest could have gone
}

// LettersWaiting counts the messages that have not left yet, or not well.
func (d *DB) LettersWaiting(ctx context.Context) ([]Waiting, error) {
	return d.waiting(ctx, `SELECT state, count(*), min(next_at) FROM outbox WHERE state IN ('queued','sending','unsure','failed') GROUP BY state ORDER BY state`)
}

// TasksWaiting counts what people started and what is not done yet.
func (d *DB) TasksWaiting(ctx context.Context) ([]Waiting, error) {
	return d.waiting(ctx, `SELECT state, count(*), min(created_at) FROM tasks WHERE state IN ('queued','running') GROUP BY state ORDER BY state`)
}

func (d *DB) waiting(ctx context.Context, query string) (out []Waiting, err error) {
	rows, err := d.r.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w Waiting
		if err := rows.Scan(&w.State, &w.N, &w.Oldest); err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// TableSize is how many rows a table has; -1 when they were not counted in time.
type TableSize struct {
	Table string
	Rows  int64
}

// TableSizes counts the rows of every table until ctx ends. PostgreSQL is asked
// for its own estimate.
func (d *DB) TableSizes(ctx context.Context) (out []TableSize, err error) {
	query := `SELECT name, -1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	if d.postgres {
		query = `SELECT relname, CAST(reltuples AS BIGINT) FROM pg_class WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY relname`
	}
	rows, err := d.r.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s TableSize
		if err := rows.Scan(&s.Table, &s.Rows); err != nil {
			return nil, fmt.Errorf("list the tables: %w", err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil || d.postgres {
		return out, err
	}
	for i := range out {
		if err := d.r.QueryRowContext(ctx, countRowsSQL(out[i].Table)).Scan(&out[i].Rows); err != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("count %s: %w", out[i].Table, err)
		}
	}
	return out, nil
}

// countRowsSQL counts a table whose name the schema itself gave.
func countRowsSQL(table string) string { return `SELECT count(*) FROM "` + table + `"` }

// Sizes returns the bytes of the database's files, by the end of their names;
// nothing on PostgreSQL.
func (d *DB) Sizes() map[string]int64 {
	out := map[string]int64{}
	if d.postgres {
		return out
	}
	for name, path := range map[string]string{"main": d.path, "main-wal": d.path + "-wal", "files": FilesPath(d.path), "files-wal": FilesPath(d.path) + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			out[name] = info.Size()
		}
	}
	return out
}

// RecordDiagnosis leaves on record that somebody took the diagnosis out.
// ErrNotFound without system.read over the whole company.
func (d *DB) RecordDiagnosis(ctx context.Context, by policy.Actor) error {
	if !d.WholeCompany(by.Scope(policy.SystemRead)) {
		return fmt.Errorf("diagnosis: %w", ErrNotFound)
	}
	return d.act(ctx, by, "system.diagnosis", func(tx *Tx) error {
		tx.about(d.HeadOffice(), 0)
		return nil
	})
}
