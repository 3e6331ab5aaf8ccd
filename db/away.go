package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Codes of what lies outside the program: not at hand now, at hand again later.
const (
	sqliteReadonly = 8
	sqliteIO       = 10
	sqliteFull     = 13
)

// IsAway says that err is PostgreSQL not being reached: the server restarts,
// the line is cut, too many are connected. What was asked may be asked again.
func (d *DB) IsAway(err error) bool {
	if !d.postgres {
		return false
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "53300": // shut down, crashed, starts up, too many connections
			return true
		}
		return len(pg.Code) == 5 && pg.Code[:2] == "08"
	}
	if c := (*pgconn.ConnectError)(nil); errors.As(err, &c) {
		return true
	}
	if n := (*net.OpError)(nil); errors.As(err, &n) {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		pgconn.Timeout(err) && !errors.Is(err, context.Canceled)
}

// DiskFault says what is wrong with the disk, when err is that: "full",
// "readonly" or "io"; "" when it is something else.
func DiskFault(err error) string {
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteReadonly:
			return "readonly"
		case sqliteFull:
			return "full"
		case sqliteIO:
			return "io"
		}
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		switch {
		case pg.Code == "53100":
			return "full"
		case pg.Code == "25006":
			return "readonly"
		case pg.Code == "58030":
			return "io"
		}
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "full"
	case errors.Is(err, syscall.EROFS):
		return "readonly"
	}
	return ""
}
