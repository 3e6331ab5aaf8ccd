package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
)

// checkpoints writes the log of a SQLite database back beside the writer, on a
// connection of its own, while an act of very many rows is done in parts: who
// waits for the writer does not wait for that, too.
type checkpoints struct {
	pool  *sql.DB // nil on PostgreSQL
	usual func()
	busy  atomic.Bool // soon
	tasks sync.WaitGroup
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

// soon writes back what has been committed while the caller goes on; while
// that is under way it does nothing. A log that is written to meanwhile does
// not begin anew: that takes now.
func (c *checkpoints) soon(ctx context.Context) {
	if c.pool == nil || !c.busy.CompareAndSwap(false, true) {
		return
	}
	c.tasks.Go(func() {
		defer c.busy.Store(false)
		_ = c.now(ctx) // at worst the next one has more to do
	})
}

func (c *checkpoints) end() {
	if c.pool == nil {
		return
	}
	c.tasks.Wait()
	c.usual()
	_ = c.pool.Close()
}
