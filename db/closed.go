package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrClosed: the branch is closed, so that nothing may come to stand there: no
// client, person, role, visit or import. It comes with ErrRefused.
var ErrClosed = errors.New("the branch is closed")

// On PostgreSQL the share keeps the branch open until the transaction ends; a
// close, which takes the row for itself, waits for it. SQLite has one writer.
const (
	branchOpen     = `SELECT active FROM branches WHERE id = $1`
	branchOpenHeld = branchOpen + ` FOR KEY SHARE`
	branchTaken    = `SELECT active FROM branches WHERE id = $1 FOR UPDATE`
)

// mayStand refuses (ErrClosed) what would come to stand in a closed branch. It
// is the one place where that is decided: change asks it for every client,
// person and visit that is made in a branch or moved into one, setGrants for
// every role given there, imports when they are brought, sent there and
// applied.
func (tx *Tx) mayStand(ctx context.Context, branch int64) error {
	if tx.open[branch] {
		return nil
	}
	query := branchOpen
	if tx.db.postgres {
		query = branchOpenHeld
	}
	var active bool
	err := tx.QueryRowContext(ctx, query, branch).Scan(&active)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("branch %d: %w", branch, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("branch %d: %w", branch, err)
	}
	if !active {
		return fmt.Errorf("branch %d: %w: %w", branch, ErrClosed, ErrRefused)
	}
	if tx.open == nil {
		tx.open = map[int64]bool{}
	}
	tx.open[branch] = true
	return nil
}

// comesToStand says whether a change puts a row into a branch where it was not.
func comesToStand(kind, entity string, fields map[string][2]any) bool {
	switch entity {
	case "customers", "users", "visits", "feedback_forms", "cases":
	default:
		return false
	}
	_, moved := fields["branch_id"]
	return kind == "create" || kind == "update" && moved || kind == "restore" && entity == "customers"
}

// takeBranch holds a branch that is about to be closed, until the end of the
// transaction: who is putting something there is waited for.
func (tx *Tx) takeBranch(ctx context.Context, branch int64) error {
	if !tx.db.postgres {
		return nil
	}
	var active bool
	if err := tx.QueryRowContext(ctx, branchTaken, branch).Scan(&active); err != nil {
		return fmt.Errorf("branch %d: %w", branch, err)
	}
	return nil
}
