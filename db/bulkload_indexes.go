package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// A large load into an empty database writes its tables first and their
// indexes after, sorted, which is several times faster than keeping them in
// order all along. What was set aside stands in meta until it is back, so that
// a load that was cut off is mended at the next start.
const metaAside = "indexes_aside"

// asideIndex is an index as the engine itself describes it.
type asideIndex struct{ Name, Definition string }

func (i asideIndex) dropSQL() string   { return `DROP INDEX "` + i.Name + `"` }
func (i asideIndex) createSQL() string { return i.Definition }

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
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = $1`, metaAside)
		return err
	})
}
