package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
)

// NewImport is what CreateImport needs.
type NewImport struct {
	Kind, FileName, FileHash string
	Branch                   int64
	Options                  ImportOptions
}

// CreateImport notes a file that was brought for a branch within the actor's
// reach (else ErrNotFound) and queues the task that judges it. Sent twice with
// one submission key it answers the first id.
func (d *DB) CreateImport(ctx context.Context, by policy.Actor, sent Submission, in NewImport) (id int64, err error) {
	options, err := toJSON(in.Options)
	if err != nil {
		return 0, fmt.Errorf("create import: %w", err)
	}
	err = d.act(ctx, by, "imports.create", func(tx *Tx) error {
		if !by.Scope(policy.ImportRun).SeesBranch(d.Chain(in.Branch)) {
			return fmt.Errorf("branch %d: %w", in.Branch, ErrNotFound)
		}
		if id, err = sent.done(ctx, tx, "imports"); err != nil {
			return err
		} else if id != 0 {
			return errDoneBefore
		}
		if err := tx.mayStand(ctx, in.Branch); err != nil {
			return err
		}
		id = tx.newID()
		task, err := startTask(ctx, tx, by.UserID, in.Branch, TaskJudge, importPayload(id))
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `
			INSERT INTO imports (id, kind, user_id, branch_id, file_name, file_hash, state, options, task_id, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, 'judging', $7, $8, $9, $9)`,
			id, in.Kind, by.UserID, in.Branch, in.FileName, in.FileHash, options, task, tx.now()); err != nil {
			return fmt.Errorf("create import: %w", err)
		}
		tx.about(in.Branch, id)
		tx.detail(map[string]string{"file": in.FileName, "kind": in.Kind})
		return sent.keep(ctx, tx, "imports", id)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

func importPayload(id int64) string { return fmt.Sprintf(`{"import":"%d"}`, id) }

// inImport runs a change of state: it reads the import within the actor's
// reach, and refuses (ErrConflict) when its version is another than the reader
// saw; version 0 asks for none.
func (d *DB) inImport(ctx context.Context, by policy.Actor, p policy.Permission, act string, id, version int64, fn func(*Tx, Import) error) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		m, err := d.importBy(ctx, tx, id)
		if err != nil {
			return err
		}
		if !by.Scope(p).SeesBranch(d.Chain(m.BranchID)) {
			return fmt.Errorf("import %d: %w", id, ErrNotFound)
		}
		if version != 0 && version != m.Version {
			return fmt.Errorf("import %d: %w", id, ErrConflict)
		}
		tx.about(m.BranchID, id)
		return fn(tx, m)
	})
}

// setImportSQL changes an import whose version is still the one that was read.
func setImportSQL(set string) string {
	return `UPDATE imports SET version = version + 1, updated_at = $3, ` + set + ` WHERE id = $1 AND version = $2`
}

func (tx *Tx) setImport(ctx context.Context, m Import, set string, args ...any) error {
	n, err := tx.exec(ctx, setImportSQL(set),
		append([]any{m.ID, m.Version, tx.now()}, args...)...)
	if err != nil {
		return fmt.Errorf("import %d: %w", m.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("import %d: %w", m.ID, ErrConflict)
	}
	return nil
}

// ChangeImport takes the person's choices and has the file judged again by
// them. It may also be sent to another branch. The mapping is remembered for
// the next file with the same headings.
func (d *DB) ChangeImport(ctx context.Context, by policy.Actor, id, version, branch int64, options ImportOptions, remember map[string]map[string]string) error {
	text, err := toJSON(options)
	if err != nil {
		return fmt.Errorf("import %d: %w", id, err)
	}
	return d.inImport(ctx, by, policy.ImportRun, "imports.change", id, version, func(tx *Tx, m Import) error {
		if m.State != "judged" && m.State != "failed" && !m.Stuck() {
			return fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
		}
		if m.State == "undoing" || m.run.From != 0 {
			return fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
		}
		if branch == 0 {
			branch = m.BranchID
		}
		if !by.Scope(policy.ImportRun).SeesBranch(d.Chain(branch)) {
			return fmt.Errorf("branch %d: %w", branch, ErrNotFound)
		}
		if err := tx.mayStand(ctx, branch); err != nil {
			return err
		}
		for key, mapping := range remember {
			kept, err := toJSON(mapping)
			if err != nil {
				return err
			}
			if _, err := tx.exec(ctx, `
				INSERT INTO import_mappings (branch_id, kind, heading_key, mapping, updated_at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (branch_id, kind, heading_key) DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at`,
				branch, m.Kind, key, kept, tx.now()); err != nil {
				return fmt.Errorf("remember mapping: %w", err)
			}
		}
		task, err := startTask(ctx, tx, by.UserID, branch, TaskJudge, importPayload(id))
		if err != nil {
			return err
		}
		return tx.setImport(ctx, m, `state = 'judging', options = $4, task_id = $5, branch_id = $6`, text, task, branch)
	})
}

// RememberedMapping returns the mapping kept for a set of headings, nil when
// there is none.
func (d *DB) RememberedMapping(ctx context.Context, branch int64, kind, key string) (map[string]string, error) {
	var text string
	err := d.r.QueryRowContext(ctx, `SELECT mapping FROM import_mappings WHERE branch_id = $1 AND kind = $2 AND heading_key = $3`, branch, kind, key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remembered mapping: %w", err)
	}
	var m map[string]string
	return m, fromJSON(text, &m)
}

// StartApply queues the work of taking the accepted rows. Asked again while it
// is under way or done it does nothing.
func (d *DB) StartApply(ctx context.Context, by policy.Actor, id, version int64) error {
	err := d.inImport(ctx, by, policy.ImportRun, "imports.start", id, 0, func(tx *Tx, m Import) error {
		if m.State == "applied" || m.State == "applying" && m.Busy() {
			return errDoneBefore
		}
		if m.Version != version {
			return fmt.Errorf("import %d: %w", id, ErrConflict)
		}
		again := m.State == "applying" && m.Stuck()
		if m.State != "judged" && !again || m.Creates+m.Updates == 0 && !m.Options.Straight {
			return fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
		}
		if m.Kind == ImportCustomers && !by.Scope(policy.CustomerCreate).SeesBranch(d.Chain(m.BranchID)) ||
			m.Kind == ImportPayments && !by.Scope(policy.AccountEdit).SeesBranch(d.Chain(m.BranchID)) ||
			m.Kind == ImportWaybills && !by.Scope(policy.WaybillEdit).SeesBranch(d.Chain(m.BranchID)) ||
			m.Kind == ImportCases && !by.Scope(policy.CaseEdit).SeesBranch(d.Chain(m.BranchID)) ||
			m.Kind == ImportVisits && !by.Scope(policy.VisitLog).SeesBranch(d.Chain(m.BranchID)) {
			return fmt.Errorf("import %d: %w", id, ErrRefused)
		}
		if err := tx.mayStand(ctx, m.BranchID); err != nil {
			return err
		}
		work := TaskApply
		if m.Options.Straight {
			work = TaskJudge // its rows are not staged
		}
		task, err := startTask(ctx, tx, by.UserID, m.BranchID, work, importPayload(id))
		if err != nil {
			return err
		}
		return tx.setImport(ctx, m, `state = 'applying', task_id = $4`, task)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

// CancelImport stops what is under way, or gives up an import that was judged.
// An apply that runs is taken back and the import can be applied again.
func (d *DB) CancelImport(ctx context.Context, by policy.Actor, id int64) error {
	m, err := d.Import(ctx, by.Scope(policy.ImportRun), id)
	if err != nil {
		return err
	}
	if p, ok := d.applying.Load(id); ok {
		p.(*importProgress).cancel.Store(true) // no write: the apply may hold the writer
		return nil
	}
	return d.inImport(ctx, by, policy.ImportRun, "imports.cancel", id, 0, func(tx *Tx, m2 Import) error {
		switch {
		case m2.Busy() && m2.State != "undoing":
			if _, err := tx.exec(ctx, `
				UPDATE tasks SET cancel = $2, updated_at = $3, state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
				WHERE id = $1 AND state IN ('queued','running')`, m2.TaskID, true, tx.now()); err != nil {
				return fmt.Errorf("cancel import %d: %w", id, err)
			}
			if m2.TaskState == "queued" && m2.State == "applying" {
				return tx.setImport(ctx, m2, `state = 'judged'`)
			}
			return nil
		case m2.State == "applying" && m2.run.From != 0:
			// Written in part by a task that died: another one takes it back.
			m2.run.Back = true
			run, err := toJSON(m2.run)
			if err != nil {
				return err
			}
			task, err := startTask(ctx, tx, by.UserID, m2.BranchID, TaskApply, importPayload(id))
			if err != nil {
				return err
			}
			return tx.setImport(ctx, m2, `run = $4, task_id = $5`, run, task)
		case m2.State == "judged", m2.State == "failed", m2.Stuck() && m2.State != "undoing":
			return tx.setImport(ctx, m2, `state = 'cancelled'`)
		}
		return fmt.Errorf("cancel import %d, %s: %w", id, m.State, ErrConflict)
	})
}

// StartUndo queues the work of taking an import back, within 30 days of it.
func (d *DB) StartUndo(ctx context.Context, by policy.Actor, id, version int64) error {
	err := d.inImport(ctx, by, policy.ImportUndo, "imports.start_undo", id, 0, func(tx *Tx, m Import) error {
		if m.State == "undone" || m.State == "undoing" && m.Busy() {
			return errDoneBefore
		}
		if version != m.Version {
			return fmt.Errorf("import %d: %w", id, ErrConflict)
		}
		if m.State != "applied" && !(m.State == "undoing" && m.Stuck()) || tx.now() > m.AppliedAt+UndoImportFor.Milliseconds() {
			return fmt.Errorf("undo import %d, %s: %w", id, m.State, ErrRefused)
		}
		task, err := startTask(ctx, tx, by.UserID, m.BranchID, TaskUndo, importPayload(id))
		if err != nil {
			return err
		}
		return tx.setImport(ctx, m, `state = 'undoing', task_id = $4`, task)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

// ImportState moves an import from one state to another without an act of a
// person: the end of a task. It does nothing when the state is another.
func (d *DB) ImportState(ctx context.Context, id int64, from, to string) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `UPDATE imports SET state = $3, version = version + 1, updated_at = $4 WHERE id = $1 AND state = $2`, id, from, to, tx.now())
		if err != nil {
			return fmt.Errorf("import %d: %w", id, err)
		}
		return nil
	})
}

// EndJudging keeps what was found and the verdicts' counts. It does nothing
// when the import is no longer being judged.
func (d *DB) EndJudging(ctx context.Context, id int64, from, to string, found ImportFound, creates, updates, skips, faults int64) error {
	text, err := toJSON(found)
	if err != nil {
		return fmt.Errorf("import %d: %w", id, err)
	}
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			UPDATE imports SET state = $3, found = $4, create_count = $5, update_count = $6, skip_count = $7, error_count = $8,
				version = version + 1, updated_at = $9 WHERE id = $1 AND state = $2`,
			id, from, to, text, creates, updates, skips, faults, tx.now())
		if err != nil {
			return fmt.Errorf("import %d: %w", id, err)
		}
		return nil
	})
}

// BranchPeople returns the people of a branch and of those below it that are
// active, by name; a name that several have is left out.
func (d *DB) BranchPeople(ctx context.Context, branch int64) (map[string]int64, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT u.id, u.name FROM users u JOIN branch_closure c ON c.descendant_id = u.branch_id
		WHERE c.ancestor_id = $1 AND NOT u.disabled`, branch)
	if err != nil {
		return nil, fmt.Errorf("people of branch %d: %w", branch, err)
	}
	defer rows.Close()
	out := map[string]int64{}
	twice := map[string]bool{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("people of branch %d: %w", branch, err)
		}
		if out[name] != 0 {
			twice[name] = true
		}
		out[name] = id
	}
	for name := range twice {
		delete(out, name)
	}
	return out, rows.Err()
}

// NewestChange returns the id of the newest change, so that an import can tell
// whether others wrote after it was judged.
func (d *DB) NewestChange(ctx context.Context) (id int64, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM changes`).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("newest change: %w", err)
	}
	return id, nil
}
