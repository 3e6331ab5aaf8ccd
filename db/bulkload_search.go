package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// SQLite works on one processor for each file, and the full-text index is a
// third of the work of a large load. So it is made in a file of its own, beside
// the rows, and its tables are copied at the end: they are the same in both.
type loadSearch struct {
	db   *DB
	path string
	pool *sql.DB
	work chan []searchRow
	done chan error
}

// asideSearch is how many files' grams are written at once.
const asideSearch = 60_000

// searchAsidePath is where the index of a load stands until it is copied.
func searchAsidePath(path string) string { return path + "-load" }

// searchAside begins an empty index in a file of its own. rows must not be
// changed once they are sent to work.
func (d *DB) searchAside(ctx context.Context) (*loadSearch, error) {
	var table string
	if err := d.r.QueryRowContext(ctx, `SELECT sql FROM sqlite_master WHERE name = 'customer_search'`).Scan(&table); err != nil {
		return nil, fmt.Errorf("form of the search: %w", err)
	}
	s := &loadSearch{db: d, path: searchAsidePath(d.path), work: make(chan []searchRow, 4), done: make(chan error, 1)}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("search of the load: %w", err)
	}
	var err error
	s.pool, err = sql.Open("sqlite", sqliteURI(s.path)+"?_pragma=busy_timeout(5000)&_pragma=temp_store(2)&_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-16000)")
	if err != nil {
		return nil, fmt.Errorf("search of the load: %w", err)
	}
	s.pool.SetMaxOpenConns(1)
	for _, query := range []string{
		table, // as it stands in the main file
		`CREATE TABLE customer_search_rows (rank INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL) STRICT`,
		`INSERT INTO customer_search (customer_search, rank) VALUES ('automerge', 0)`, // each flush a segment of its own
		`INSERT INTO customer_search (customer_search, rank) VALUES ('hashsize', 268435456)`,
	} {
		if _, err := s.pool.ExecContext(ctx, query); err != nil {
			return nil, errors.Join(fmt.Errorf("search of the load: %w", err), s.remove())
		}
	}
	go func() { s.done <- s.run(context.WithoutCancel(ctx)) }()
	return s, nil
}

// run writes grams until there is no more work.
func (s *loadSearch) run(ctx context.Context) error {
	var err error
	var wait []searchRow
	for rows := range s.work {
		if wait = append(wait, rows...); len(wait) >= asideSearch && err == nil {
			err = s.write(ctx, wait)
			wait = nil
		}
	}
	if err == nil {
		err = s.write(ctx, wait)
	}
	return err
}

func (s *loadSearch) write(ctx context.Context, rows []searchRow) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("search of the load: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	if err := (&Tx{Tx: tx, db: s.db, search: rows}).flushSearch(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("search of the load: %w", err)
	}
	return nil
}

// end waits for the index to be whole; nothing is sent to work after it.
func (s *loadSearch) end() error {
	close(s.work)
	return <-s.done
}

// copy puts the index into the main file, where there must be none. It comes in
// by a connection that knows both, so that the writer's finds out that what it
// keeps of the index in memory is of no use any more.
func (s *loadSearch) copy(ctx context.Context) error {
	c, err := s.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy the search: %w", err)
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, `ATTACH DATABASE $1 AS house`, sqliteURI(s.db.path)); err != nil {
		return fmt.Errorf("copy the search: %w", err)
	}
	var some bool
	if err := c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM house.customer_search_rows)`).Scan(&some); err != nil || some {
		return errors.Join(errSearchThere, err)
	}
	for _, query := range []string{
		`PRAGMA house.synchronous = OFF`, // the end of the load waits for the disk
		`BEGIN IMMEDIATE`,
		`DELETE FROM house.customer_search_data`, `INSERT INTO house.customer_search_data SELECT * FROM main.customer_search_data`,
		`DELETE FROM house.customer_search_idx`, `INSERT INTO house.customer_search_idx SELECT * FROM main.customer_search_idx`,
		`DELETE FROM house.customer_search_docsize`, `INSERT INTO house.customer_search_docsize SELECT * FROM main.customer_search_docsize`,
		`INSERT INTO house.customer_search_rows (rank, customer_id) SELECT rank, customer_id FROM main.customer_search_rows`,
		`COMMIT`,
		`DETACH DATABASE house`,
	} {
		if _, err := c.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("copy the search: %w", err)
		}
	}
	return nil
}

// errSearchThere: somebody else wrote customers during a load into an empty
// database.
var errSearchThere = errors.New("the search is not empty")

func (s *loadSearch) remove() error { return errors.Join(s.pool.Close(), os.Remove(s.path)) }
