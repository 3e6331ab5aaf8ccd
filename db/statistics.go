package db

import (
	"context"
	"database/sql"
	"fmt"
)

// measureNewIndexes looks at the tables of a SQLite file that are measured
// (sqlite_stat1: the product never does it, somebody with another tool may) and
// have indexes that are not: those which a migration made anew. To the planner a
// guessed index looks better beside measured ones than it is, and it reads whole
// branches along it. A file that was never measured stays so: there all indexes
// are guessed alike.
func measureNewIndexes(ctx context.Context, pool *sql.DB) error {
	var measured bool
	if err := pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1')`).Scan(&measured); err != nil || !measured {
		return err
	}
	var tables []string
	err := eachOf(ctx, pool, `
		SELECT DISTINCT m.tbl_name FROM sqlite_master m
		WHERE m.type = 'index' AND m.name NOT LIKE 'sqlite_autoindex%' AND EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.tbl_name)
		  AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = m.tbl_name AND s.idx = m.name)`, nil, func(scan func(...any) error) error {
		var table string
		err := scan(&table)
		tables = append(tables, table)
		return err
	})
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := pool.ExecContext(ctx, `ANALYZE "`+table+`"`); err != nil {
			return fmt.Errorf("measure the indexes of %s: %w", table, err)
		}
	}
	return nil
}
