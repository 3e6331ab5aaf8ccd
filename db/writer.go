package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"yike/policy"
)

// Two processes that write to one database at the same instant must not make
// the same id: two nodes on PostgreSQL, or the product and a command on one
// file. Each takes a number of its own, from the installation's upwards, and
// notes in meta until when it is taken. One that was cut off leaves its number
// taken for a day; there are 4,096.

const (
	writerKey  = "writer."
	writerHeld = 24 * time.Hour // longer than any node is away from its database and comes back
	writerKept = time.Hour      // how often that is noted anew
)

// writer is the number that this process has taken.
type writer struct {
	mu    sync.Mutex
	key   string // in meta; "" before it has one
	value string // as we wrote it
	until int64  // unix milliseconds
	token string // who we are
}

// takeWriter takes the first free number from that of the installation on.
func (d *DB) takeWriter(ctx context.Context, first int64) error {
	d.writer.mu.Lock()
	defer d.writer.mu.Unlock()
	if d.writer.token == "" {
		d.writer.token = rand.Text()[:10]
	}
	var taken int64
	var value string
	until := d.now().Add(writerHeld).UnixMilli()
	err := d.once(ctx, policy.Actor{}, func(tx *Tx) error {
		now := writerTime(tx.now())
		if _, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key LIKE $1 AND value < $2`, writerKey+"%", now); err != nil {
			return err
		}
		value = writerTime(until) + " " + d.writer.token
		for i := range int64(1) << idNodeBits {
			taken = (first + i) % (1 << idNodeBits)
			res, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, writerKey+strconv.FormatInt(taken, 10), value)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 1 {
				return err
			}
		}
		return errors.New("all numbers are taken")
	})
	if err != nil {
		return fmt.Errorf("take a number for ids: %w", err)
	}
	d.writer.key, d.writer.value, d.writer.until = writerKey+strconv.FormatInt(taken, 10), value, until
	d.ids.of(taken)
	return nil
}

// writerTime is an instant as it stands in meta: as text it orders as in time.
func writerTime(ms int64) string { return fmt.Sprintf("%016d", ms) }

// KeepWriter notes anew that this process has its number, once an hour however
// often it is called. One that was away for so long that somebody else could
// have taken the number takes another.
func (d *DB) KeepWriter(ctx context.Context) error {
	d.writer.mu.Lock()
	now := d.now()
	due := d.writer.key != "" && now.Add(writerHeld-writerKept).UnixMilli() >= d.writer.until
	key, was, until := d.writer.key, d.writer.value, now.Add(writerHeld).UnixMilli()
	value := writerTime(until) + " " + d.writer.token
	d.writer.mu.Unlock()
	if !due {
		return nil
	}
	var kept int64
	err := d.once(ctx, policy.Actor{}, func(tx *Tx) (err error) {
		kept, err = tx.exec(ctx, `UPDATE meta SET value = $3 WHERE key = $1 AND value = $2`, key, was, value)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the number for ids: %w", err)
	}
	if kept == 0 {
		first, _ := strconv.ParseInt(strings.TrimPrefix(key, writerKey), 10, 64)
		return d.takeWriter(ctx, first)
	}
	d.writer.mu.Lock()
	defer d.writer.mu.Unlock()
	d.writer.value, d.writer.until = value, until
	return nil
}

// writerOver says that the number may be somebody else's by now: this process
// slept, or could not reach the database, for as long as a number is held.
func (d *DB) writerOver() bool {
	d.writer.mu.Lock()
	defer d.writer.mu.Unlock()
	return d.writer.key != "" && d.now().UnixMilli() >= d.writer.until
}

// leaveWriter gives the number back. Where that cannot be written it is free in
// a day.
func (d *DB) leaveWriter() {
	d.writer.mu.Lock()
	defer d.writer.mu.Unlock()
	if d.writer.key != "" {
		_, _ = d.w.ExecContext(context.Background(), `DELETE FROM meta WHERE key = $1 AND value = $2`, d.writer.key, d.writer.value)
	}
	d.writer.key = ""
}
