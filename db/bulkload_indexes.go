package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A large load into an empty database writes its tables first and their
// indexes after, sorted, which is several times faster than keeping them in
// order all along; the grams of the search come in few, large pieces. SQLite
// neither waits for the disk nor looks references up until the end. What was
// set aside stands in meta until it is back, so that a load that was cut off
// is mended at the next start: only a power cut can spoil such a database.
const metaAside = "indexes_aside"

// asideIndex is an index as the engine itself describes it.
type asideIndex struct{ Name, Definition string }

func (i asideIndex) dropSQL() string   { return `DROP INDEX "` + i.Name + `"` }
func (i asideIndex) createSQL() string { return i.Definition }

// setAside is a large load into an empty database.
type setAside struct {
	db     *DB
	search []searchRow // grams not written yet
	stand  int         // those of committed batches
}

// asideSearch is how many files' grams are written at once.
const asideSearch = 60_000

// setAside sets aside what a load into an empty database does at its end.
func (d *DB) setAside(ctx context.Context) (*setAside, error) {
	if err := d.setIndexesAside(ctx); err != nil {
		return nil, err
	}
	if !d.postgres {
		for _, query := range []string{`PRAGMA foreign_keys = OFF`, `PRAGMA synchronous = OFF`} {
			if _, err := d.w.ExecContext(ctx, query); err != nil {
				return nil, fmt.Errorf("set aside: %w", err)
			}
		}
	}
	return &setAside{db: d}, nil
}

// begin has a batch's grams gathered. On no load that sets aside it does
// nothing; nor does wrote.
func (a *setAside) begin(tx *Tx) {
	if a != nil {
		a.search, tx.aside = a.search[:a.stand], a
	}
}

// wrote is told that a batch is committed.
func (a *setAside) wrote(ctx context.Context) error {
	if a == nil {
		return nil
	}
	if a.stand = len(a.search); a.stand < asideSearch {
		return nil
	}
	return a.flush(ctx)
}

// flush writes the grams of committed batches.
func (a *setAside) flush(ctx context.Context) error {
	return a.db.write(ctx, func(tx *Tx) error {
		tx.search = slices.Clone(a.search[:a.stand])
		if err := tx.flushSearch(ctx); err != nil {
			return err
		}
		a.search, a.stand = a.search[:0], 0
		return nil
	})
}

// back ends the load: what is still to be written, the indexes, the disk.
func (a *setAside) back(ctx context.Context) error {
	err := a.flush(ctx)
	if err == nil {
		err = a.db.SetMeta(ctx, metaSearchForm, searchForm)
	}
	if err != nil { // the search is made anew at the next start
		err = fmt.Errorf("grams of the load: %w", err)
	}
	err = errors.Join(err, a.db.putIndexesBack(ctx))
	if a.db.postgres {
		return err
	}
	// A full write-back syncs the file: everything is on the disk then.
	for _, query := range []string{`PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, again := a.db.w.ExecContext(ctx, query); again != nil {
			err = errors.Join(err, fmt.Errorf("end the load: %w", again))
		}
	}
	return err
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
		if err := tx.mergeNever(ctx); err != nil {
			return err
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
		WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('customers', 'contacts', 'phones', 'customer_tags', 'visits', 'changes')`
	if tx.db.postgres {
		query = `
			SELECT indexname, indexdef FROM pg_indexes
			WHERE schemaname = current_schema() AND indexname NOT LIKE '%\_pkey' AND indexname NOT LIKE '%\_key'
			  AND tablename IN ('customers', 'contacts', 'phones', 'customer_tags', 'visits', 'changes', 'customer_search')`
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
		if err := tx.mergeLess(ctx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = $1`, metaAside)
		return err
	})
}
