package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// What a caller may ask an error with errors.Is. Everything else is a fault.
var (
	// ErrNotFound: there is no such row, or the reader may not see it.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row was changed by somebody since it was read.
	ErrConflict = errors.New("changed by somebody else")
	// ErrTaken: a value that must be unique is in use.
	ErrTaken = errors.New("already in use")
	// ErrRefused: the actor may not do this.
	ErrRefused = errors.New("not allowed")
	// ErrLastAdministrator: nobody would be left who can change people and
	// roles everywhere. It comes with ErrRefused.
	ErrLastAdministrator = errors.New("the last administrator")
	// ErrHeld: people hold the role that was to go, or customers the tag.
	ErrHeld = errors.New("somebody holds it")
	// ErrEffects: what the act would do is no longer what was shown before it.
	ErrEffects = errors.New("the effects have changed")
	// ErrMerged: the file went into another one, and comes back by undoing that.
	ErrMerged = errors.New("the file went into another")
	// ErrNewer: the database was made by a newer program.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrForeign: the file is no database of ours, or is damaged.
	ErrForeign = errors.New("not a database of this program, or damaged")
)

// Result codes of the two engines.
const (
	sqliteConstraintUnique     = 2067
	sqliteConstraintPrimaryKey = 1555
	sqliteBusy                 = 5
	sqliteForeignKey           = 787
	postgresUnique             = "23505"
	postgresForeignKey         = "23503"
	postgresSerialization      = "40001"
	postgresDeadlock           = "40P01"
)

// isUnique says whether err is a broken UNIQUE or PRIMARY KEY.
func isUnique(err error) bool {
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		return lite.Code() == sqliteConstraintUnique || lite.Code() == sqliteConstraintPrimaryKey
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == postgresUnique
	}
	return false
}

// isBusy says whether err is that another process writes to the file.
func isBusy(err error) bool {
	lite := (*sqlite.Error)(nil)
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}

// isReferred says whether err is a row that others refer to.
func isReferred(err error) bool {
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		return lite.Code() == sqliteForeignKey
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == postgresForeignKey
	}
	return false
}

// isRetryable says whether PostgreSQL asks for the transaction to be run again.
func isRetryable(err error) bool {
	pg := (*pgconn.PgError)(nil)
	return errors.As(err, &pg) && (pg.Code == postgresSerialization || pg.Code == postgresDeadlock)
}
