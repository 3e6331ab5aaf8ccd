package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"yike/policy"
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
	d.paged = d.r
	t.Cleanup(func() { _ = d.r.Close(); d.r, d.paged = was, was })
	return c.n.Load
}

// ShortParts makes each part of an import as short as it can be.
func (d *DB) ShortParts() { d.billTime, d.partTime = 1, 1 }

// NoWriteBack has every writing back of the log fail, as a full disk does.
func (d *DB) NoWriteBack() { d.path = filepath.Join(d.path, "nowhere") }

// RollBackLate takes an import back that its worker thinks is still applying.
func (d *DB) RollBackLate(ctx context.Context, m Import) error {
	m.run.idBlock = idBlock{From: 1, To: 1}
	return d.rollBack(ctx, m, &importProgress{})
}

// Raw runs a statement as a hand with a database tool would.
func (d *DB) Raw(query string) error {
	_, err := d.w.Exec(query)
	return err
}

// RawRow reads one row the same way.
func (d *DB) RawRow(query string, args ...any) *sql.Row { return d.w.QueryRow(query, args...) }

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

// Writer is the pool that writes, for tests that do what nobody may.
func Writer(d *DB) *sql.DB { return d.w }

// DestroyKey destroys a client's key, as an erasure does.
func DestroyKey(ctx context.Context, d *DB, customer int64) error {
	return d.write(ctx, func(tx *Tx) error { return tx.destroyKey(ctx, customer) })
}

// ForgeChain does what one can who writes to the database and has not got the
// key: it links every record anew, as it stands now, and moves the head there.
func ForgeChain(ctx context.Context, d *DB) error {
	key := d.seals
	d.seals = nil
	defer func() { d.seals = key }()
	return d.write(ctx, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM audit_links`); err != nil {
			return err
		}
		h, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		h.Seq, h.Hash = h.AnchorSeq, h.AnchorHash
		if err := tx.writeHead(ctx, h); err != nil {
			return err
		}
		links, err := auditsAfter(ctx, tx, 0)
		if err != nil {
			return err
		}
		return tx.link(ctx, links)
	})
}

// ForgetAccess makes the next request read the roles from the database.
func ForgetAccess(d *DB) { d.access.Store(nil) }

// FilesWriter is the pool that writes the file beside, for the same.
func FilesWriter(d *DB) *sql.DB { return d.fw }

// WhatKeeps lists the tables that an undo of an import asks, or empties, before
// it deletes a file or a contact.
func WhatKeeps() (ofFile, ofContact []string) {
	ofFile = append(slices.Clone(goWithFile), "merges", "duplicate_pairs") // asked, and deleted, by both of their files
	for _, k := range keepFile {
		ofFile = append(ofFile, k.tables...)
	}
	return ofFile, append([]string{"phones"}, keepContact...)
}

// CasePlan is how SQLite reads a list of cases, and how it counts it.
func CasePlan(d *DB, by policy.Actor, f CaseFilter) (list, count string, err error) {
	for _, part := range []struct {
		sql  func(policy.Actor, CaseFilter, int) (string, []any)
		into *string
	}{{d.casesSQL, &list}, {d.caseCountSQL, &count}} {
		text, args := part.sql(by, f, 51)
		if *part.into, err = planOf(d, text, args); err != nil {
			return "", "", err
		}
	}
	return list, count, nil
}

// planOf is how SQLite answers a query, without the clients in the bin, who are
// few.
func planOf(d *DB, text string, args []any) (string, error) {
	var plan strings.Builder
	err := eachOf(context.Background(), d.r, "EXPLAIN QUERY PLAN "+text, args, func(scan func(...any) error) error {
		var id, parent, unused int
		var line string
		err := scan(&id, &parent, &unused, &line)
		plan.WriteString(line + "\n")
		return err
	})
	return strings.ReplaceAll(plan.String(), "SCAN customers USING COVERING INDEX customers_bin", ""), err
}

// MergeTables are the tables of which rows go over with a merge, and those whose
// rows stay with the file that goes.
func MergeTables() (over, stay []string) {
	for _, k := range append(slices.Clone(mergeKinds), apartKinds...) {
		over = append(over, k.table)
	}
	return over, stayWithFile
}
