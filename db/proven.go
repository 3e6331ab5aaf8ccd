package db

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// To hold a column to a list of words, SQLite makes a table of the words in
// memory for each row that it inserts: of a client's row, which has eleven such
// columns, that is a third of the work, its indexes included. So a write of
// many rows asks for each word once: a value that the engine has let into a
// column is let in again unasked. A row with any other value is asked about as
// ever.

// closedColumns are the columns of a table of which a CHECK says what they may
// hold, each by itself (held to the schema by a test).
var closedColumns = map[string][]string{
	"customers": {"kind", "usage", "nature", "size", "power", "source", "stage", "class", "terms", "channel",
		"screen_place", "screen_profit", "screen_staff", "screen_culture", "state"},
}

// heldValue is a value in a column.
type heldValue struct {
	table, column string
	value         any // a string or an int64
}

// proven are the values that a CHECK has let in.
type proven struct {
	mu   sync.Mutex
	seen map[heldValue]struct{}
}

func (p *proven) all(list map[heldValue]struct{}) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for v := range list {
		if _, ok := p.seen[v]; !ok {
			return false
		}
	}
	return true
}

func (p *proven) add(list map[heldValue]struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[heldValue]struct{}{}
	}
	for v := range list {
		p.seen[v] = struct{}{}
	}
}

// held are the values of the rows that wait in columns that a CHECK speaks of;
// nil for a table without them, and for few rows, where it does not pay.
func (s *sheaf) held() map[heldValue]struct{} {
	closed := closedColumns[s.table]
	if len(closed) == 0 || s.rows < s.step || s.tx.db.postgres {
		return nil
	}
	out := map[heldValue]struct{}{}
	for i, column := range s.columns {
		if !slices.Contains(closed, column) {
			continue
		}
		var last any
		for at := i; at < len(s.args); at += len(s.columns) {
			v := s.args[at]
			switch v.(type) {
			case string, int64:
			default:
				return nil // whatever it is, the engine is asked
			}
			if at == i || v != last {
				out[heldValue{s.table, column, v}] = struct{}{}
				last = v
			}
		}
	}
	return out
}

// unasked runs write without the engine's checks when each of the values has
// passed them before, and with them otherwise.
func (tx *Tx) unasked(ctx context.Context, held map[heldValue]struct{}, write func() error) error {
	p := &tx.db.proven
	if held == nil || !p.all(held) {
		err := write()
		if err == nil && held != nil {
			p.add(held)
		}
		return err
	}
	tx.db.unchecked.Store(true)
	if _, err := tx.ExecContext(ctx, `PRAGMA ignore_check_constraints = 1`); err != nil {
		return fmt.Errorf("write without checks: %w", err)
	}
	if err := write(); err != nil {
		_ = tx.checkAgain(ctx) // at the latest the next transaction does
		return err
	}
	return tx.checkAgain(ctx)
}

// checkAgain brings the checks back where a transaction has left them off, as
// one does that was cut off.
func (tx *Tx) checkAgain(ctx context.Context) error {
	if !tx.db.unchecked.Load() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `PRAGMA ignore_check_constraints = 0`); err != nil {
		return fmt.Errorf("write with checks: %w", err)
	}
	tx.db.unchecked.Store(false)
	return nil
}
