package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync/atomic"
	"testing"
)

// CountReads counts the statements that the reading pool is asked from now on.
func CountReads(t *testing.T, d *DB) func() int64 {
	t.Helper()
	var seq int
	var name, path string
	if err := d.r.QueryRow(`PRAGMA database_list`).Scan(&seq, &name, &path); err != nil {
		t.Fatal(err)
	}
	c := &counter{driver: d.r.Driver(), path: path}
	was := d.r
	d.r = sql.OpenDB(c)
	t.Cleanup(func() { _ = d.r.Close(); d.r = was })
	return c.n.Load
}

// Raw runs a statement as a hand with a database tool would.
func (d *DB) Raw(query string) error {
	_, err := d.w.Exec(query)
	return err
}

type counter struct {
	driver driver.Driver
	path   string
	n      atomic.Int64
}

func (c *counter) Driver() driver.Driver { return c.driver }

func (c *counter) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.path)
	return counted{conn, c}, err
}

// counted prepares every query, and counts it.
type counted struct {
	driver.Conn
	c *counter
}

func (c counted) Prepare(query string) (driver.Stmt, error) {
	c.c.n.Add(1)
	return c.Conn.Prepare(query)
}
