package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"yike/policy"
	"yike/policy/intake"
)

// Kinds of import, and the kinds of task that work on one.
const (
	ImportCustomers = "customers"
	ImportVisits    = "visits"

	TaskJudge = "import.judge"
	TaskApply = "import.apply"
	TaskUndo  = "import.undo"
)

// UndoImportFor is how long an import can be taken back.
const UndoImportFor = 30 * 24 * time.Hour

// Import is a file that somebody brought and what became of it. Its states:
// judging → judged → applying → applied → undoing → undone; judged → cancelled;
// judging → failed when the file cannot be read.
type Import struct {
	ID, UserID, BranchID int64
	UserName             string
	Kind                 string
	FileName, FileHash   string
	State                string
	Options              ImportOptions
	Found                ImportFound
	Creates, Updates     int64 // rows by verdict
	Skips, Faults        int64
	Undo                 ImportUndo
	TaskID, ApplyAudit   int64
	Version              int64
	CreatedAt, UpdatedAt int64
	AppliedAt            int64
	TaskState, TaskError string
	Done, Total          int64 // progress of the task in hand, in rows
	run                  importRun
	runDone              int64
}

// Busy says whether a task works on the import.
func (m Import) Busy() bool {
	return (m.State == "judging" || m.State == "applying" || m.State == "undoing") &&
		(m.TaskState == "queued" || m.TaskState == "running")
}

// Stuck says whether the task that should work on the import has ended without
// finishing it: failed, cancelled, or died too often.
func (m Import) Stuck() bool {
	return (m.State == "judging" || m.State == "applying" || m.State == "undoing") && !m.Busy()
}

// Rows is how many rows of data the file has.
func (m Import) Rows() int64 { return m.Creates + m.Updates + m.Skips + m.Faults }

// ImportOptions is what the person chose; zero values leave it to the program.
type ImportOptions struct {
	Sheets   []string            `json:"sheets,omitempty"`  // those to read
	Mapping  map[string][]string `json:"mapping,omitempty"` // of each sheet, field by column
	Key      string              `json:"key,omitempty"`
	Year     int                 `json:"year,omitempty"`
	AreaCode string              `json:"area,omitempty"`
	Order    string              `json:"order,omitempty"`
	Comma    bool                `json:"comma,omitempty"`
	VIP      string              `json:"vip,omitempty"`
	Unread   string              `json:"unread,omitempty"`  // of cells that cannot be read: "" refuses the row, "remark"
	Unknown  string              `json:"unknown,omitempty"` // of visits: "" refuses, "create" opens files
	Owner    int64               `json:"owner,omitempty"`   // of rows that name no rep of the branch
	FillOnly bool                `json:"fill,omitempty"`
}

// ImportFound is what the file turned out to be.
type ImportFound struct {
	Format    string          `json:"format"`
	Encoding  string          `json:"encoding,omitempty"`
	Mode      string          `json:"mode"` // customers, senders, messages, visits
	Sheets    []ImportSheet   `json:"sheets"`
	NotData   []ImportNotData `json:"not_data,omitempty"` // the first of them
	NotCount  map[string]int  `json:"not_count,omitempty"`
	Questions []intake.Asked  `json:"questions,omitempty"`
	Reps      []ImportName    `json:"reps,omitempty"`   // named, but nobody's name in the branch
	Names     []ImportName    `json:"names,omitempty"`  // visited, but on no file
	Faults    []ImportCount   `json:"faults,omitempty"` // reasons of the rows that fail
	Parcels   int             `json:"parcels,omitempty"`
	Beyond    int             `json:"beyond,omitempty"`  // rows past the limit of one import
	Notice    string          `json:"notice,omitempty"`  // changed: judged again, others wrote meanwhile
	Fault     string          `json:"fault,omitempty"`   // code of why the file cannot be read
	Mark      int64           `json:"mark,string"`       // the newest change when it was judged
	Short     int             `json:"short,omitempty"`   // new files that lack what the data-entry standard says must be there
	Lacking   []ImportCount   `json:"lacking,omitempty"` // … by field
}

// ImportSheet is a sheet of the file. The slices run by column.
type ImportSheet struct {
	Name       string    `json:"name"`
	Hidden     bool      `json:"hidden,omitempty"`
	Used       bool      `json:"used,omitempty"`
	Rows       int       `json:"rows"`
	HeaderRows []int     `json:"header,omitempty"`
	Headings   []string  `json:"headings,omitempty"`
	Groups     []string  `json:"groups,omitempty"`
	Samples    []string  `json:"samples,omitempty"`
	Fields     []string  `json:"fields,omitempty"`
	Sure       []float64 `json:"sure,omitempty"`
	Key        string    `json:"key,omitempty"` // of the set of headings
	Remembered bool      `json:"remembered,omitempty"`
}

// ImportNotData is a row that is none, and why.
type ImportNotData struct {
	Sheet string `json:"sheet"`
	Row   int    `json:"row"`
	Why   string `json:"why"`
	Text  string `json:"text,omitempty"`
}

// ImportName is a name of the file with the number of rows that have it.
type ImportName struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// ImportCount is a reason and its number of rows.
type ImportCount struct {
	Code string `json:"code"`
	Rows int    `json:"rows"`
}

// ImportUndo says what became of an undo.
type ImportUndo struct {
	Reversed int            `json:"reversed"`
	Kept     int            `json:"kept"`
	Failed   int            `json:"failed"`
	Rows     []ImportUndone `json:"rows,omitempty"` // the first of each
	At       *undoAt        `json:"at,omitempty"`   // how far it is, until it is done
}

// ImportUndone is one row of an undo.
type ImportUndone struct {
	How   string `json:"how"` // reversed, kept, failed
	Why   string `json:"why"` // created, updated; edited, visited, contacts, fields; a fault
	ID    int64  `json:"id,string"`
	Name  string `json:"name"`
	Field string `json:"field,omitempty"`
}

// ImportRow is one staged row.
type ImportRow struct {
	N       int64
	Sheet   string
	Row     int
	Verdict string // create, update, skip, error
	Reasons []intake.Problem
	Record  ImportRecord
	Target  int64 // the row it changes, or was made
	Cells   []string
	SortKey string // of a new file's name
}

// ImportRecord is a row as it was understood. V is by field of policy/intake.
type ImportRecord struct {
	V       map[string]string `json:"v,omitempty"`
	Phones  []string          `json:"p,omitempty"`
	Tags    []string          `json:"t,omitempty"`
	Extra   []string          `json:"x,omitempty"` // numbers that a repeated row adds
	Of      int               `json:"of,omitempty"`
	OfSheet string            `json:"ofs,omitempty"` // when the row stands on another sheet
	Owner   int64             `json:"o,omitempty,string"`
	Clerk   int64             `json:"c,omitempty,string"`
	Branch  int64             `json:"b,omitempty,string"`
	Due     string            `json:"due,omitempty"` // a next step in words that name no day
	Changes []ImportChange    `json:"ch,omitempty"`
	Version int64             `json:"ver,omitempty"` // of the file on record that was compared
}

// ImportChange is a field that an update writes.
type ImportChange struct {
	Field string `json:"f"`
	Old   string `json:"a,omitempty"`
	New   string `json:"b,omitempty"`
}

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

func fromJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return strings.ReplaceAll(string(b), `\u0000`, ""), err // PostgreSQL keeps no NUL
}

// importProgress is how far an apply is. It lives in memory, so that telling it
// costs no write.
type importProgress struct {
	done, total atomic.Int64
	cancel      atomic.Bool
}

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

// importsSQL reads imports, the newest first; the condition is written in this
// package.
func importsSQL(where string, limit int) string {
	return `SELECT ` + importColumns + importFrom + where + ` ORDER BY i.id DESC LIMIT ` + strconv.Itoa(limit)
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
		if m.State != "judged" && !(m.State == "applying" && m.Stuck()) || m.Creates+m.Updates == 0 {
			return fmt.Errorf("import %d is %s: %w", id, m.State, ErrConflict)
		}
		if m.Kind == ImportCustomers && !by.Scope(policy.CustomerCreate).SeesBranch(d.Chain(m.BranchID)) ||
			m.Kind == ImportVisits && !by.Scope(policy.VisitLog).SeesBranch(d.Chain(m.BranchID)) {
			return fmt.Errorf("import %d: %w", id, ErrRefused)
		}
		if err := tx.mayStand(ctx, m.BranchID); err != nil {
			return err
		}
		task, err := startTask(ctx, tx, by.UserID, m.BranchID, TaskApply, importPayload(id))
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

// StageRows keeps judged rows until they are applied. They stand beside the
// main file, so that judging never holds its writer.
func (d *DB) StageRows(ctx context.Context, id int64, list []ImportRow) error {
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	stmt, err := tx.PrepareContext(ctx, `
		INSERT INTO import_rows (import_id, n, sheet, row, verdict, reasons, record, target_id, cells, sort_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)
	if err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	defer stmt.Close()
	for i := range list {
		r := &list[i]
		reasons, err := toJSON(r.Reasons)
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		record, err := toJSON(r.Record)
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		cells, err := toJSON(r.Cells)
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		if _, err := stmt.ExecContext(ctx, id, r.N, r.Sheet, r.Row, r.Verdict, reasons, record, r.Target, cells, r.SortKey); err != nil {
			return fmt.Errorf("stage rows: %w", err)
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
	return r, errors.Join(fromJSON(reasons, &r.Reasons), fromJSON(record, &r.Record), fromJSON(cells, &r.Cells))
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

// SweepImports forgets the staged rows of imports that can no longer be taken
// back or were given up long ago; it returns how many imports.
func (d *DB) SweepImports(ctx context.Context) (int64, error) {
	before := d.now().Add(-UndoImportFor - 24*time.Hour).UnixMilli()
	rows, err := d.r.QueryContext(ctx, `SELECT id FROM imports WHERE updated_at < $1 AND found <> '' AND state NOT IN ('judging','applying','undoing')`, before)
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
