package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// What a connection to SQLite keeps prepared: to prepare a read of several
// tables costs more than to run it, and an act has some thirty statements. A
// PostgreSQL connection is kept so by its driver.
const (
	keptMost = 120  // the ones used last
	keptLong = 6000 // no longer texts: lists of ids, which seldom come twice
)

// keeper is a connection that keeps its statements. What is under way is never
// in the list: it was taken out, and comes back when it is done; the same text
// meanwhile is prepared once more.
type keeper struct {
	sqliteConn
	told   *listener
	kept   map[string]keptStmt
	uses   int64
	closed bool
}

// sqliteStmt is what the driver's statement can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type keptStmt struct {
	sqliteStmt
	used int64
}

// worthKeeping says whether a text may come again and is one statement that
// reads or writes rows.
func worthKeeping(text string) bool {
	if len(text) > keptLong {
		return false
	}
	text = strings.TrimLeft(text, " \t\n")
	for _, word := range []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "} {
		if len(text) > len(word) && strings.EqualFold(text[:len(word)], word) {
			return true
		}
	}
	return false
}

func (k *keeper) take(ctx context.Context, text string) (sqliteStmt, error) {
	if s, ok := k.kept[text]; ok {
		delete(k.kept, text)
		return s.sqliteStmt, nil
	}
	s, err := k.sqliteConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	full, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("prepare: the driver's statement is a %T", s), s.Close())
	}
	return full, nil
}

// give takes a statement back that is done.
func (k *keeper) give(text string, s sqliteStmt) error {
	if _, twice := k.kept[text]; twice || k.closed {
		return s.Close()
	}
	var err error
	if len(k.kept) >= keptMost {
		oldest := ""
		for t, x := range k.kept {
			if oldest == "" || x.used < k.kept[oldest].used {
				oldest = t
			}
		}
		err = k.kept[oldest].Close()
		delete(k.kept, oldest)
	}
	if k.kept == nil {
		k.kept = map[string]keptStmt{}
	}
	k.uses++
	k.kept[text] = keptStmt{s, k.uses}
	return err
}

// PrepareContext lends a statement until it is closed.
func (k *keeper) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if !worthKeeping(text) {
		return k.sqliteConn.PrepareContext(ctx, text)
	}
	s, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	return &lentStmt{s, k, text}, nil
}

// ExecContext runs a kept statement.
func (k *keeper) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if !worthKeeping(text) {
		return k.sqliteConn.ExecContext(ctx, text, args)
	}
	s, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, drop(s, err)
	}
	return res, k.give(text, s)
}

// QueryContext runs a kept statement; it is back when its rows are closed.
func (k *keeper) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	k.told.tell(text)
	if !worthKeeping(text) {
		return k.sqliteConn.QueryContext(ctx, text, args)
	}
	s, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, drop(s, err)
	}
	return &lentRows{rows, lentStmt{s, k, text}}, nil
}

// drop gives a statement up that failed, and answers why it did.
func drop(s sqliteStmt, why error) error {
	if err := s.Close(); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// forget drops what is kept.
func (k *keeper) forget() error {
	var errs []error
	for _, s := range k.kept {
		errs = append(errs, s.Close())
	}
	k.kept = nil
	return errors.Join(errs...)
}

func (k *keeper) Close() error {
	k.closed = true
	return errors.Join(k.forget(), k.sqliteConn.Close())
}

// lentStmt comes back when it is closed.
type lentStmt struct {
	sqliteStmt
	of   *keeper
	text string
}

// QueryContext runs the statement once more.
func (s *lentStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.of.told.tell(s.text)
	return s.sqliteStmt.QueryContext(ctx, args)
}

func (s *lentStmt) Close() error { return s.of.give(s.text, s.sqliteStmt) }

type lentRows struct {
	driver.Rows
	stmt lentStmt
}

func (r *lentRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		return drop(r.stmt.sqliteStmt, err)
	}
	return r.stmt.Close()
}

// keepers opens connections that keep their statements.
type keepers struct {
	driver driver.Driver
	dsn    string
	told   *listener
}

// listener hands each query on to who listens, see DB.TellReads.
type listener struct{ to atomic.Pointer[func(string)] }

func (t *listener) tell(text string) {
	if t == nil {
		return
	}
	if to := t.to.Load(); to != nil {
		(*to)(text)
	}
}

// TellReads has each query of the reading connections of a SQLite database told
// until stop is called: to hold how many a page takes. to is called by several
// requests at once.
func (d *DB) TellReads(to func(query string)) (stop func()) {
	d.listener.to.Store(&to)
	return func() { d.listener.to.Store(nil) }
}

func (o keepers) Driver() driver.Driver { return o.driver }

func (o keepers) Connect(context.Context) (driver.Conn, error) {
	c, err := o.driver.Open(o.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection is a %T", c), c.Close())
	}
	return &keeper{sqliteConn: full, told: o.told}, nil
}
