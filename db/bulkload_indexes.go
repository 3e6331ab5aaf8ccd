package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
)

// A large load into an empty database writes its tables first and their
// indexes after, sorted, which is several times faster than keeping them in
// order all along; the grams of the search come in few, large pieces, on SQLite
// in a file of their own (loadSearch). SQLite neither waits for the disk nor
// looks references up until the end. What was set aside stands in meta until it
// is back, so that a load that was cut off is mended at the next start: only a
// power cut can spoil such a database.
const metaAside = "indexes_aside"

// asideIndex is an index as the engine itself describes it.
type asideIndex struct{ Name, Definition string }

func (i asideIndex) dropSQL() string   { return `DROP INDEX "` + i.Name + `"` }
func (i asideIndex) createSQL() string { return i.Definition }

// setAside is a large load into an empty database.
type setAside struct {
	db    *DB
	index *loadSearch // nil on PostgreSQL, which works on several processors
	batch []searchRow // grams of the batch in hand
	wait  []searchRow // of committed batches; PostgreSQL only
}

// setAside sets aside what a load into an empty database does at its end.
func (d *DB) setAside(ctx context.Context) (*setAside, error) {
	a := &setAside{db: d}
	if !d.postgres {
		var err error
		if a.index, err = d.searchAside(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.setIndexesAside(ctx); err != nil {
		if a.index != nil {
			err = errors.Join(err, a.index.end(), a.index.remove())
		}
		return nil, err
	}
	if !d.postgres {
		for _, query := range []string{`PRAGMA foreign_keys = OFF`, `PRAGMA synchronous = OFF`} {
			if _, err := d.w.ExecContext(ctx, query); err != nil {
				return nil, fmt.Errorf("set aside: %w", err)
			}
		}
	}
	return a, nil
}

// begin has a batch's grams gathered. On no load that sets aside it does
// nothing; nor does wrote.
func (a *setAside) begin(tx *Tx) {
	if a != nil {
		a.batch, tx.aside = nil, a
	}
}

// wrote is told that a batch is committed.
func (a *setAside) wrote(ctx context.Context) error {
	switch {
	case a == nil:
		return nil
	case a.index != nil:
		a.index.work <- a.batch
		a.batch = nil
		return nil
	}
	if a.wait = append(a.wait, a.batch...); len(a.wait) < asideSearch {
		return nil
	}
	return a.flush(ctx)
}

// flush writes the grams of committed batches.
func (a *setAside) flush(ctx context.Context) error {
	rows := a.wait
	a.wait = nil
	return a.db.write(ctx, func(tx *Tx) error {
		tx.search = slices.Clone(rows)
		return tx.flushSearch(ctx)
	})
}

// back ends the load: what is still to be written, the indexes, the disk.
func (a *setAside) back(ctx context.Context) error {
	if a.db.postgres {
		return errors.Join(a.found(ctx, a.flush(ctx)), a.db.putIndexesBack(ctx))
	}
	whole := make(chan error, 1)
	go func() { whole <- a.index.end() }() // beside the indexes
	err := a.db.putIndexesBack(ctx)
	made := <-whole
	if made == nil {
		if made = a.index.copy(ctx); errors.Is(made, errSearchThere) {
			made = a.db.renewSearch(ctx, nil)
		}
	}
	err = errors.Join(err, a.found(ctx, made), a.index.remove())
	// A full write-back syncs the file: everything is on the disk then.
	for _, query := range []string{`PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, again := a.db.w.ExecContext(ctx, query); again != nil {
			err = errors.Join(err, fmt.Errorf("end the load: %w", again))
		}
	}
	return err
}

// found notes that the search has all files, unless it failed: then it is made
// anew at the next start.
func (a *setAside) found(ctx context.Context, err error) error {
	if err == nil {
		err = a.db.SetMeta(ctx, metaSearchForm, searchForm)
	}
	if err != nil {
		return fmt.Errorf("grams of the load: %w", err)
	}
	return nil
}

// setIndexesAside drops the indexes of the loaded tables, but for those of
// keys.
func (d *DB) setIndexesAside(ctx context.Context) error {
	return d.write(ctx, func(tx *Tx) error {
		list, err := tx.loadedIndexes(ctx)
		if err != nil {
			return fmt.Errorf("set indexes aside: %w", err)
		}
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		for _, i := range list {
			if _, err := tx.ExecContext(ctx, i.dropSQL()); err != nil {
				return fmt.Errorf("set index %s aside: %w", i.Name, err)
			}
		}
		// Cut off, the search would lack files.
		if err := tx.setMeta(ctx, metaSearchForm, ""); err != nil {
			return err
		}
		return tx.setMeta(ctx, metaAside, string(text))
	})
}

func (tx *Tx) loadedIndexes(ctx context.Context) ([]asideIndex, error) {
	query := `
		SELECT name, sql FROM sqlite_master
		WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('customers', 'contacts', 'phones', 'customer_tags', 'visits', 'consents', 'changes')`
	if tx.db.postgres {
		query = `
			SELECT indexname, indexdef FROM pg_indexes
			WHERE schemaname = current_schema() AND indexname NOT LIKE '%\_pkey' AND indexname NOT LIKE '%\_key'
			  AND tablename IN ('customers', 'contacts', 'phones', 'customer_tags', 'visits', 'consents', 'changes', 'customer_search')`
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []asideIndex
	for rows.Next() {
		var i asideIndex
		if err := rows.Scan(&i.Name, &i.Definition); err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

// mendLoad ends a load that was cut off, if any.
func (d *DB) mendLoad(ctx context.Context) error {
	if !d.postgres {
		if err := os.Remove(searchAsidePath(d.path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("search of a load that was cut off: %w", err)
		}
	}
	return d.putIndexesBack(ctx)
}

// putIndexesBack makes the indexes that were set aside, if any.
func (d *DB) putIndexesBack(ctx context.Context) error {
	text, err := d.Meta(ctx, metaAside)
	if errors.Is(err, ErrNotFound) || text == "" {
		return nil
	}
	if err != nil {
		return err
	}
	var list []asideIndex
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return fmt.Errorf("read the indexes set aside: %w", err)
	}
	return d.write(ctx, func(tx *Tx) error {
		for _, i := range list {
			if _, err := tx.ExecContext(ctx, i.createSQL()); err != nil {
				return fmt.Errorf("put index %s back: %w", i.Name, err)
			}
		}
		if err := tx.setMerging(ctx, usualMerging); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = $1`, metaAside)
		return err
	})
}
