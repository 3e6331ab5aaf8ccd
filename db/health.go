package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Health is what the last full check of the database found.
type Health struct {
	CheckedAt int64 // unix milliseconds; 0 = never
	Faults    int   // 0 when all was well
	Unclean   bool  // the process before this one did not stop in order
}

// Health returns what the last full check found, from memory.
func (d *DB) Health() Health {
	if h := d.health.Load(); h != nil {
		return *h
	}
	return Health{}
}

// Examine runs the full check and keeps what it found, for the banner that
// administrators see and for the next start. A check that was cut off says
// nothing and keeps nothing.
func (d *DB) Examine(ctx context.Context) ([]string, error) {
	found, err := d.Check(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("check: %w", ctx.Err()) // the program stops: nothing is known, and nothing is damaged
	}
	if err != nil {
		found = []string{err.Error()}
	}
	h := Health{CheckedAt: d.now().UnixMilli(), Faults: len(found)}
	d.health.Store(&h)
	return found, errors.Join(err,
		d.SetMeta(ctx, "check_at", strconv.FormatInt(h.CheckedAt, 10)),
		d.SetMeta(ctx, "check_faults", strconv.Itoa(h.Faults)))
}

// Open and closed stand in meta under "stop": a start that finds "open" knows
// that the process before it was cut off.
func (d *DB) markOpen(ctx context.Context) error {
	var h Health
	for key, set := range map[string]func(string){
		"stop":         func(v string) { h.Unclean = v == "open" },
		"check_at":     func(v string) { h.CheckedAt, _ = strconv.ParseInt(v, 10, 64) },
		"check_faults": func(v string) { h.Faults, _ = strconv.Atoi(v) },
	} {
		v, err := d.Meta(ctx, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		set(v)
	}
	d.health.Store(&h)
	return nil
}

// Serving notes that a process serves this database, until Close. Commands
// that only look do not call it.
func (d *DB) Serving(ctx context.Context) error {
	if d.postgres {
		return nil // the server looks after its own files
	}
	if err := d.SetMeta(ctx, "stop", "open"); err != nil {
		return fmt.Errorf("note the start: %w", err)
	}
	d.serving = true
	return nil
}
