package db

import (
	"context"
	"database/sql"
	"fmt"
)

// forgetStatistics drops what another tool has measured of the tables of a SQLite
// file (ANALYZE, which the product never runs). The plans are held by tests where
// nothing is measured; where some indexes are and others, made anew by a
// migration, are not, the planner guesses the latter to be better than they are
// and reads whole branches along them.
func (d *DB) forgetStatistics(ctx context.Context) error {
	if d.postgres {
		return nil // which measures by itself, all of it
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		for _, drop := range []string{`DROP TABLE IF EXISTS sqlite_stat1`, `DROP TABLE IF EXISTS sqlite_stat4`} {
			if _, err := pool.ExecContext(ctx, drop); err != nil {
				return fmt.Errorf("forget what was measured: %w", err)
			}
		}
	}
	return nil
}
