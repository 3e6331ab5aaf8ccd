package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// metaTables keeps what the tables of the main SQLite file looked like when
// this schema was first opened.
const metaTables = "tables"

// sameTables refuses a SQLite file whose tables are no longer those that the
// migrations made: another program took one away or changed it, or the page
// that describes them is damaged. Nothing else would notice before somebody
// opens a page that needs the table.
func (d *DB) sameTables(ctx context.Context) error {
	if d.postgres {
		return nil
	}
	rows, err := d.r.QueryContext(ctx, `SELECT name, sql FROM sqlite_master
		WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'customer_search%' AND name NOT LIKE 'goose%' ORDER BY name`)
	if err != nil {
		return fmt.Errorf("look at the tables: %w: %w", ErrForeign, err)
	}
	defer rows.Close()
	sum := sha256.New()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return fmt.Errorf("look at the tables: %w: %w", ErrForeign, err)
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%s\x00", name, text)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look at the tables: %w: %w", ErrForeign, err)
	}
	rows.Close()
	version, err := storedVersion(ctx, d.r)
	if err != nil {
		return fmt.Errorf("look at the tables: %w: %w", ErrForeign, err)
	}
	now := fmt.Sprintf("%d ", version)
	was, err := d.Meta(ctx, metaTables)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("look at the tables: %w: %w", ErrForeign, err)
	}
	sumNow := now + hex.EncodeToString(sum.Sum(nil))
	switch {
	case was == sumNow:
		return nil
	case len(was) > len(now) && was[:len(now)] == now:
		return fmt.Errorf("%w: its tables are not those of schema %d", ErrForeign, version)
	}
	return d.SetMeta(ctx, metaTables, sumNow)
}
