package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ClearStage forgets the staged rows of an import.
func (d *DB) ClearStage(ctx context.Context, id int64) error {
	for {
		res, err := d.fw.ExecContext(ctx, `DELETE FROM import_rows WHERE import_id = $1 AND n IN
			(SELECT n FROM import_rows WHERE import_id = $1 ORDER BY n LIMIT 20000)`, id)
		if err != nil {
			return fmt.Errorf("clear stage of import %d: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

// stagedAtOnce is how many rows one statement stages.
const stagedAtOnce = 16

// stageSQL stages n rows.
func (d *DB) stageSQL(n int) string {
	const columns = 10
	rows := make([]string, n)
	for i := range rows {
		if rows[i] = "(?" + strings.Repeat(", ?", columns-1) + ")"; d.postgres {
			rows[i] = "(" + placeholders(1+i*columns, columns) + ")"
		}
	}
	return `INSERT INTO import_rows (import_id, n, sheet, row, verdict, reasons, record, target_id, cells, sort_key) VALUES ` + strings.Join(rows, ", ")
}

// StageRows keeps judged rows until they are applied. They stand beside the
// main file, so that judging never holds its writer.
func (d *DB) StageRows(ctx context.Context, id int64, list []ImportRow) error {
	// A context that can end costs the driver a goroutine for each statement.
	ctx = context.WithoutCancel(ctx)
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	for _, step := range []int{stagedAtOnce, 1} {
		if len(list) < step {
			continue
		}
		stmt, err := tx.PrepareContext(ctx, d.stageSQL(step))
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		defer stmt.Close()
		args := make([]any, 0, step*10)
		for ; len(list) >= step; list = list[step:] {
			args = args[:0]
			for i := range step {
				r := &list[i]
				reasons, err := "", error(nil)
				if len(r.Reasons) > 0 {
					reasons, err = toJSON(r.Reasons)
				}
				if err != nil {
					return fmt.Errorf("stage rows: %w", err)
				}
				record, err := r.Record.text()
				if err != nil {
					return fmt.Errorf("stage rows: %w", err)
				}
				cells, err := cellsText(r.Cells)
				if err != nil {
					return fmt.Errorf("stage rows: %w", err)
				}
				args = append(args, id, r.N, r.Sheet, r.Row, r.Verdict, reasons, record, r.Target, cells, r.SortKey)
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("stage rows: %w", err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	return nil
}

const importRowColumns = `n, sheet, row, verdict, reasons, record, target_id, cells, sort_key`

func scanImportRow(row interface{ Scan(...any) error }) (ImportRow, error) {
	var r ImportRow
	var reasons, record, cells string
	if err := row.Scan(&r.N, &r.Sheet, &r.Row, &r.Verdict, &reasons, &record, &r.Target, &cells, &r.SortKey); err != nil {
		return r, err
	}
	return r, errors.Join(fromJSON(reasons, &r.Reasons), r.Record.read(record), readCells(cells, &r.Cells))
}

// ImportRows returns staged rows of an import in the order of the file, of one
// verdict or of all (""): those after a number, or with back those before it.
// The caller has read the import within a scope.
func (d *DB) ImportRows(ctx context.Context, m Import, verdict string, from int64, back bool, limit int) ([]ImportRow, error) {
	where, order := `n > $2`, `n`
	if back {
		where, order = `n < $2`, `n DESC`
	}
	args := []any{m.ID, from}
	if verdict != "" {
		where, args = where+` AND verdict = $3`, append(args, verdict)
	}
	rows, err := d.fr.QueryContext(ctx, importRowsSQL(where+` ORDER BY `+order+` LIMIT `+strconv.Itoa(limit)), args...)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", m.ID, err)
	}
	defer rows.Close()
	var out []ImportRow
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", m.ID, err)
		}
		if back {
			out = append([]ImportRow{r}, out...)
		} else {
			out = append(out, r)
		}
	}
	return out, rows.Err()
}

// SweepImports forgets the staged rows of imports that can no longer be taken
// back or were given up long ago; it returns how many imports.
func (d *DB) SweepImports(ctx context.Context) (int64, error) {
	before := d.now().Add(-UndoImportFor - 24*time.Hour).UnixMilli()
	rows, err := d.r.QueryContext(ctx, `SELECT id FROM imports WHERE updated_at < $1 AND (found <> '' OR state = 'judging') AND `+idleImport, before)
	if err != nil {
		return 0, fmt.Errorf("sweep imports: %w", err)
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return 0, fmt.Errorf("sweep imports: %w", err)
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("sweep imports: %w", err)
	}
	for _, id := range list {
		if err := d.ClearStage(ctx, id); err != nil {
			return 0, err
		}
	}
	return int64(len(list)), nil
}
