package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
)

const importColumns = `i.id, i.user_id, i.branch_id, coalesce(u.name, ''), i.kind, i.file_name, i.file_hash, i.state,
	i.options, i.found, i.create_count, i.update_count, i.skip_count, i.error_count, i.undo, i.task_id, i.apply_audit,
	i.version, i.created_at, i.updated_at, i.applied_at, i.run, i.run_done,
	coalesce(t.state, ''), coalesce(t.error, ''), coalesce(t.done_count, 0), coalesce(t.total_count, 0)`

const importFrom = ` FROM imports i LEFT JOIN users u ON u.id = i.user_id LEFT JOIN tasks t ON t.id = i.task_id `

func (d *DB) scanImport(row interface{ Scan(...any) error }) (Import, error) {
	var m Import
	var options, found, undo, run string
	err := row.Scan(&m.ID, &m.UserID, &m.BranchID, &m.UserName, &m.Kind, &m.FileName, &m.FileHash, &m.State,
		&options, &found, &m.Creates, &m.Updates, &m.Skips, &m.Faults, &undo, &m.TaskID, &m.ApplyAudit,
		&m.Version, &m.CreatedAt, &m.UpdatedAt, &m.AppliedAt, &run, &m.runDone, &m.TaskState, &m.TaskError, &m.Done, &m.Total)
	if err != nil {
		return m, err
	}
	if err := errors.Join(fromJSON(options, &m.Options), fromJSON(found, &m.Found), fromJSON(undo, &m.Undo), fromJSON(run, &m.run)); err != nil {
		return m, err
	}
	if p, ok := d.applying.Load(m.ID); ok {
		m.Done, m.Total = p.(*importProgress).done.Load(), p.(*importProgress).total.Load()
	}
	return m, nil
}

// Import returns one import of a branch that the scope sees.
func (d *DB) Import(ctx context.Context, scope policy.Scope, id int64) (Import, error) {
	m, err := d.importBy(ctx, d.r, id)
	if err == nil && !scope.SeesBranch(d.Chain(m.BranchID)) {
		err = fmt.Errorf("import %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return Import{}, err
	}
	return m, nil
}

func (d *DB) importBy(ctx context.Context, q querier, id int64) (Import, error) {
	m, err := d.scanImport(q.QueryRowContext(ctx, `SELECT `+importColumns+importFrom+`WHERE i.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Import{}, fmt.Errorf("import %d: %w", id, err)
	}
	return m, nil
}

// Imports returns the imports of the scope's branches, the newest first, those
// older than before (0 = from the newest).
func (d *DB) Imports(ctx context.Context, scope policy.Scope, before int64, limit int) ([]Import, error) {
	list, all := d.branchIDs(scope)
	if !all && len(list) == 0 {
		return nil, nil
	}
	if before == 0 {
		before = 1<<63 - 1
	}
	where, args := `WHERE i.id < $1 `, []any{before}
	if !all {
		in, ids := inList(2, list)
		where, args = where+`AND i.branch_id `+in, append(args, ids...)
	}
	rows, err := d.r.QueryContext(ctx, importsSQL(where, limit), args...)
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	defer rows.Close()
	var out []Import
	for rows.Next() {
		m, err := d.scanImport(rows)
		if err != nil {
			return nil, fmt.Errorf("imports: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// importsSQL reads imports, the newest first; the condition is written in this
// package.
func importsSQL(where string, limit int) string {
	return `SELECT ` + importColumns + importFrom + where + ` ORDER BY i.id DESC LIMIT ` + strconv.Itoa(limit)
}
