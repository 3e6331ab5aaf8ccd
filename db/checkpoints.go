package db

import (
	"context"
	"database/sql"
	"fmt"
)

// checkpoints writes the log of a SQLite database back beside the writer, on a
// connection of its own, while an act of very many rows is done in parts: who
// waits for the writer does not wait for that, too.
type checkpoints struct {
	pool  *sql.DB // nil on PostgreSQL
	usual func()
}

// checkpoints takes over writing the log back until end.
func (d *DB) checkpoints(ctx context.Context) (*checkpoints, error) {
	if d.postgres {
		return &checkpoints{}, nil
	}
	pool, err := sql.Open("sqlite", sqliteURI(d.path)+"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-100)")
	if err != nil {
		return nil, fmt.Errorf("a connection to write the log back: %w", err)
	}
	pool.SetMaxOpenConns(1)
	c := &checkpoints{pool: pool, usual: func() {
		_, _ = d.w.ExecContext(context.WithoutCancel(ctx), `PRAGMA wal_autocheckpoint = 1000`) // at worst it stays so until the next start
	}}
	if _, err := d.w.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 0`); err != nil {
		c.end()
		return nil, fmt.Errorf("write the log back aside: %w", err)
	}
	return c, nil
}

// now writes back what has been committed.
func (c *checkpoints) now(ctx context.Context) error {
	if c.pool == nil {
		return nil
	}
	if _, err := c.pool.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		return fmt.Errorf("write the log back: %w", err)
	}
	return nil
}

func (c *checkpoints) end() {
	if c.pool == nil {
		return
	}
	c.usual()
	_ = c.pool.Close()
}
