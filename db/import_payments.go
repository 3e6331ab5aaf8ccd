package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/intake"
	"yike/policy/ledger"
	"yike/policy/waybill"
)

// ImportPayments is the import of statements and payments.
const ImportPayments = "payments"

// EntryLookup finds for the rows of an account file what the branch has of the
// same numbers.
type EntryLookup struct {
	ctx     context.Context
	d       *DB
	branch  int64
	entries map[string]*AccountEntry
}

// EntryLookup returns a lookup for one judgement.
func (d *DB) EntryLookup(ctx context.Context, branch int64) *EntryLookup {
	return &EntryLookup{ctx: ctx, d: d, branch: branch}
}

// Prefetch reads what the next rows will be asked for.
func (l *EntryLookup) Prefetch(records []intake.Record) error {
	l.entries = map[string]*AccountEntry{}
	var numbers []string
	for _, r := range records {
		if n := r.Get("doc"); n != "" {
			numbers = append(numbers, n)
		}
	}
	for chunk := range slices.Chunk(numbers, lookupBatch) {
		list, err := accountEntries(l.ctx, l.d.r, l.d.amongSQL(`WHERE e.book_id = `+strconv.FormatInt(l.branch, 10)+` AND e.doc_no `, 1, len(chunk), ``), textArgs(chunk)...)
		if err != nil {
			return err
		}
		for i := range list {
			l.entries[list[i].Number] = &list[i]
		}
	}
	return nil
}

// Entry returns the entry on record of a number that was prefetched; nil when
// there is none.
func (l *EntryLookup) Entry(number string) *AccountEntry { return l.entries[number] }

// importEntry lays a record over an entry: what the record leaves empty stays.
func importEntry(r *ImportRecord, e *AccountEntry) {
	set := func(to *string, field string) {
		if v := r.V[field]; v != "" {
			*to = v
		}
	}
	num := func(to *int64, field string) {
		if n, err := strconv.ParseInt(r.V[field], 10, 64); err == nil {
			*to = n
		}
	}
	was := e.Day
	set(&e.Kind, "doc_kind")
	set(&e.Number, "doc")
	set(&e.Periods, "period")
	set(&e.Day, "day")
	set(&e.Due, "due")
	if e.ID != 0 && e.Day != was && r.V["due"] == "" { // as many days of credit as before
		e.Due = dayParsed(e.Due).Add(int(dayParsed(e.Day) - dayParsed(was))).String()
	}
	if e.Kind != ledger.Statement {
		e.Due = e.Day
	}
	num(&e.Charged, "charged")
	num(&e.Paid, "paid")
	set(&e.Method, "method")
	set(&e.HandledBy, "handled")
	set(&e.Remark, "remark")
}

// CompareEntry says what a record would correct on an entry, field by field.
func CompareEntry(r ImportRecord, was AccountEntry) []ImportChange {
	now := was
	importEntry(&r, &now)
	var out []ImportChange
	before, after := was.fields(), now.fields()
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b {
			out = append(out, ImportChange{before[i].column, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	return out
}

// entryStep is how many staged rows are read and written at once.
const entryStep = 200

// applyEntries takes the accepted rows of an account file. On SQLite many rows
// are written in parts of about partTime each, so that other writers come in
// between. Each part is whole, with its sums; one that was cut off goes on where
// it stopped, one that fails or is cancelled is taken back.
func (d *DB) applyEntries(ctx context.Context, by policy.Actor, m Import, p *importProgress) error {
	return d.applyStaged(ctx, by, m, p, (*Tx).applyEntry)
}

// applyStaged takes the accepted rows of a file, each with one; it notes the
// clients whose sums change.
func (d *DB) applyStaged(ctx context.Context, by policy.Actor, m Import, p *importProgress, one func(*Tx, context.Context, Import, *ImportRow, map[int64]bool) error) error {
	p.total.Store(m.Rows())
	a := &entryApply{db: d, by: by, m: m, p: p, one: one}
	var err error
	if m.run.From == 0 && (d.postgres || m.Creates+m.Updates <= firstPart) {
		err = d.act(ctx, by, "imports.apply", func(tx *Tx) error {
			if _, _, err := a.part(ctx, tx, 0, 0); err != nil {
				return err
			}
			return a.applied(ctx, tx, 0, tx.audit.id)
		})
	} else {
		err = a.inParts(ctx)
	}
	if errors.Is(err, ErrTaken) {
		err = fmt.Errorf("%w: %w", ErrImportStale, err) // somebody has brought one of the numbers meanwhile
	}
	if err != nil && a.m.run.From != 0 && (ctx.Err() == nil || errors.Is(context.Cause(ctx), ErrCancelled)) {
		return errors.Join(err, d.rollBack(context.WithoutCancel(ctx), a.m, p))
	}
	return err
}

// entryApply takes one account file, or one register.
type entryApply struct {
	db  *DB
	by  policy.Actor
	m   Import
	p   *importProgress
	one func(*Tx, context.Context, Import, *ImportRow, map[int64]bool) error
}

// inParts writes the rows in parts, from where an earlier run stopped.
func (a *entryApply) inParts(ctx context.Context) error {
	d := a.db
	if a.m.run.From == 0 {
		run := importRun{idBlock: d.ids.block(d.now(), 1)}
		text, err := toJSON(run)
		if err != nil {
			return err
		}
		err = d.write(ctx, func(tx *Tx) error {
			n, err := tx.exec(ctx, `UPDATE imports SET run = $2, run_done = 0, apply_audit = 0, undo = '' WHERE id = $1 AND state = 'applying' AND run = ''`, a.m.ID, text)
			if err == nil && n == 0 {
				err = ErrConflict
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("begin import %d: %w", a.m.ID, err)
		}
		a.m.run, a.m.runDone, a.m.ApplyAudit = run, 0, 0
	}
	at := a.m.runDone
	for more := true; more; {
		var to, first int64
		err := d.act(ctx, a.by, "imports.part", func(tx *Tx) error {
			var err error
			if to, more, err = a.part(ctx, tx, at, partTime); err != nil {
				return err
			}
			if first = a.m.ApplyAudit; at == 0 {
				first = tx.audit.id
			}
			tx.about(a.m.BranchID, a.m.ID)
			return tx.partDone(ctx, a.m.ID, `apply_audit = $3, run_done = $4`, at, first, to)
		})
		if err != nil {
			return err
		}
		a.m.runDone, a.m.ApplyAudit, at = to, first, to
	}
	return d.act(ctx, a.by, "imports.apply", func(tx *Tx) error { return a.applied(ctx, tx, at, a.m.ApplyAudit) })
}

// part writes rows after the one numbered from until about long has passed, 0
// all of them, and the sums of their clients. It says which row was the last,
// and whether there may be more.
func (a *entryApply) part(ctx context.Context, tx *Tx, from int64, long time.Duration) (last int64, more bool, err error) {
	if err := tx.mayStand(ctx, a.m.BranchID); err != nil {
		return from, false, err
	}
	touched := map[int64]bool{}
	for began := time.Now(); ; {
		if a.p.cancel.Load() {
			return from, false, ErrCancelled
		}
		rows, err := a.db.stagedEntries(ctx, a.m.ID, from)
		if err != nil {
			return from, false, err
		}
		for i := range rows {
			if err := a.one(tx, ctx, a.m, &rows[i], touched); err != nil {
				return from, false, fmt.Errorf("row %d of %q: %w", rows[i].Row, rows[i].Sheet, err)
			}
		}
		if more = len(rows) == entryStep; len(rows) > 0 {
			from = rows[len(rows)-1].N
			a.p.done.Store(from)
		}
		if !more || long > 0 && time.Since(began) > long {
			break
		}
	}
	return from, more, tx.resettleAll(ctx, touched)
}

// resettleAll brings the sums of clients to where their entries are.
func (tx *Tx) resettleAll(ctx context.Context, touched map[int64]bool) error {
	return tx.resettle(ctx, sortedIDs(touched)...)
}

// applied ends the import, of which rows up to done were noted.
func (a *entryApply) applied(ctx context.Context, tx *Tx, done, audit int64) error {
	tx.about(a.m.BranchID, a.m.ID)
	tx.detail(map[string]any{"file": a.m.FileName, "kind": a.m.Kind, "create": a.m.Creates, "update": a.m.Updates, "skip": a.m.Skips, "error": a.m.Faults})
	return tx.partDone(ctx, a.m.ID, `apply_audit = $3, run_done = 0, run = '', undo = '', state = 'applied', applied_at = $4, updated_at = $4, version = version + 1`, done, audit, tx.now())
}

func (d *DB) stagedEntries(ctx context.Context, id, from int64) ([]ImportRow, error) {
	rows, err := d.fr.QueryContext(ctx, importRowsSQL(`n > $2 AND verdict IN ('create','update') ORDER BY n LIMIT `+strconv.Itoa(entryStep)), id, from)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", id, err)
	}
	defer rows.Close()
	var out []ImportRow
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", id, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// applyEntry writes one row: a new entry of a client who is still there, or a
// correction of the entry that was compared.
func (tx *Tx) applyEntry(ctx context.Context, m Import, row *ImportRow, touched map[int64]bool) error {
	r := &row.Record
	if row.Verdict == "update" {
		was, err := accountEntry(ctx, tx, row.Target)
		if err != nil {
			return err
		}
		if was.Version != r.Version || was.VoidedAt != 0 {
			return fmt.Errorf("account entry %d: %w", was.ID, ErrImportStale)
		}
		now := was
		importEntry(r, &now)
		touched[was.CustomerID] = true
		return tx.rewriteEntry(ctx, was, now)
	}
	var branch, terms int64
	stmt, err := tx.prepared(ctx, `SELECT branch_id, terms_days FROM customers WHERE id = $1 AND deleted_at = 0 AND erased_at = 0`)
	if err != nil {
		return err
	}
	if err := stmt.QueryRowContext(ctx, r.Customer).Scan(&branch, &terms); err != nil {
		return fmt.Errorf("client %d: %w: %w", r.Customer, ErrImportStale, err)
	}
	e := AccountEntry{BookID: m.BranchID, BranchID: branch, CustomerID: r.Customer, ImportID: m.ID}
	importEntry(r, &e)
	if err := tx.dueDay(ctx, &e, terms); err != nil {
		return err
	}
	touched[r.Customer] = true
	return tx.addEntry(ctx, &e)
}

// undoEntries takes an account file back: entries that it brought go when nobody
// has changed them since, corrections get their former values where the entry
// still holds what the file said. It is done in parts like every undo, and goes
// on where it was cut off.
func (d *DB) undoEntries(ctx context.Context, by policy.Actor, m Import, p *importProgress) (ImportUndo, error) {
	return d.takeEntriesBack(ctx, by, m, p, "imports.undo", func(tx *Tx, out ImportUndo) error {
		tx.detail(map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed})
		return tx.undoPart(ctx, m, out, `undo = $2, state = 'undone', version = version + 1`)
	})
}

// rollBackEntries takes back what the parts of an account file have written that
// was cancelled or failed.
func (d *DB) rollBackEntries(ctx context.Context, m Import, p *importProgress) error {
	_, err := d.takeEntriesBack(ctx, policy.SystemActor("yike import"), m, p, "imports.rollback", func(tx *Tx, _ ImportUndo) error {
		_, err := tx.exec(ctx, `UPDATE imports SET run = '', run_done = 0, apply_audit = 0, undo = '' WHERE id = $1`, m.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("take import %d back: %w", m.ID, err)
	}
	return nil
}

// takeEntriesBack takes an account file back in parts of about partTime each,
// and leaves with each how far it is. end runs in the last one.
//
// Corrections come first: they are of entries of earlier files, and few.
func (d *DB) takeEntriesBack(ctx context.Context, by policy.Actor, m Import, p *importProgress, act string, end func(*Tx, ImportUndo) error) (ImportUndo, error) {
	return d.takeStagedBack(ctx, by, m, p, act, end, func(u *undoer, ctx context.Context, at *undoAt, parts []int64, touched map[int64]bool) (int, error) {
		if at.Rank == 0 {
			return u.entriesCorrected(ctx, at, parts, touched)
		}
		return u.entriesTaken(ctx, at, parts, touched)
	})
}

// takeStagedBack takes back what applyStaged wrote, by steps that move at; at
// rank 2 they are through.
func (d *DB) takeStagedBack(ctx context.Context, by policy.Actor, m Import, p *importProgress, act string, end func(*Tx, ImportUndo) error,
	step func(*undoer, context.Context, *undoAt, []int64, map[int64]bool) (int, error)) (ImportUndo, error) {
	parts, err := d.importParts(ctx, m)
	if err != nil {
		return m.Undo, err
	}
	state := m.Undo
	if state.At == nil {
		state.At = &undoAt{}
	}
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return state, err
		}
		var out ImportUndo
		steps := 0
		err := d.act(ctx, by, act, func(tx *Tx) error {
			at := *state.At
			out, steps = state, 0
			out.Rows, out.At = slices.Clone(state.Rows), &at
			u, touched := &undoer{Tx: tx, m: m, out: &out}, map[int64]bool{}
			for began := time.Now(); ; {
				n, err := step(u, ctx, &at, parts, touched)
				if err != nil {
					return err
				}
				steps += n
				if ended = at.Rank == 2; ended || time.Since(began) > partTime {
					break
				}
			}
			if err := tx.resettleAll(ctx, touched); err != nil {
				return err
			}
			tx.about(m.BranchID, m.ID)
			if ended {
				out.At = nil
				return end(tx, out)
			}
			return tx.undoPart(ctx, m, out, `undo = $2`)
		})
		if err != nil {
			return state, err
		}
		state = out
		p.done.Add(int64(steps))
	}
	return state, nil
}

// entriesTaken deletes the next entries that the file brought.
func (u *undoer) entriesTaken(ctx context.Context, at *undoAt, _ []int64, touched map[int64]bool) (int, error) {
	list, err := accountEntries(ctx, u.Tx, `WHERE e.import_id = $1 AND e.import_id <> 0 AND e.id > $2 ORDER BY e.id LIMIT `+strconv.Itoa(undoStep*4), u.m.ID, at.Change)
	if err != nil {
		return 0, err
	}
	for i := range list {
		e := &list[i]
		at.Change = e.ID
		switch in, err := u.entryInReach(ctx, e); {
		case err != nil:
			return 0, err
		case !in:
			u.say("failed", "moved", "entry", 0, e.Number)
			continue
		case e.Version != 1:
			u.say("kept", "edited", "entry", e.CustomerID, e.Number)
			continue
		}
		if _, err := u.exec(ctx, `DELETE FROM account_entries WHERE id = $1`, e.ID); err != nil {
			return 0, fmt.Errorf("account entry %d: %w", e.ID, err)
		}
		touched[e.CustomerID] = true
		u.say("reversed", "entry", "entry", 0, e.Number)
	}
	if len(list) == 0 {
		at.Rank = 2
	}
	return len(list), nil
}

// entryInReach says whether the actor may change an entry where its client is
// now; a client in the bin is where it was.
func (u *undoer) entryInReach(ctx context.Context, e *AccountEntry) (bool, error) {
	var branch, owner, clerk ref
	if err := u.QueryRowContext(ctx, `SELECT branch_id, owner_id, clerk_id FROM customers WHERE id = $1`, e.CustomerID).Scan(&branch, &owner, &clerk); err != nil {
		return false, fmt.Errorf("client %d: %w", e.CustomerID, err)
	}
	return u.db.sees(u.Tx.by.Scope(policy.ImportUndo), int64(branch), int64(owner), int64(clerk)), nil
}

// entriesCorrected puts the next corrections of the file back, those of one of
// its parts after those of the other.
func (u *undoer) entriesCorrected(ctx context.Context, at *undoAt, parts []int64, touched map[int64]bool) (int, error) {
	part := slices.Index(parts, at.Audit)
	if part < 0 && len(parts) > 0 {
		part, at.Audit, at.Change = 0, parts[0], 0
	}
	if part < 0 || u.m.Updates == 0 {
		*at = undoAt{Rank: 1}
		return 0, nil
	}
	rows, err := u.QueryContext(ctx, `SELECT id, row_id, customer_id, version, fields FROM changes
		WHERE audit_id = $1 AND entity = 'account_entries' AND kind = 'update' AND id > $2 ORDER BY id LIMIT $3`, at.Audit, at.Change, undoStep)
	if err != nil {
		return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
	}
	defer rows.Close()
	type correction struct {
		id, row, customer, version int64
		fields                     string
	}
	var list []correction
	for rows.Next() {
		var c correction
		if err := rows.Scan(&c.id, &c.row, &c.customer, &c.version, &c.fields); err != nil {
			return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
		}
		list = append(list, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("corrections of import %d: %w", u.m.ID, err)
	}
	o := u.opener()
	for _, c := range list {
		at.Change = c.id
		fields, err := o.fields(ctx, c.fields, c.id, c.customer)
		if err != nil {
			return 0, fmt.Errorf("correction %d: %w", c.id, err)
		}
		was, err := accountEntry(ctx, u.Tx, c.row)
		if errors.Is(err, ErrNotFound) {
			u.say("failed", "gone", "entry", 0, strconv.FormatInt(c.row, 10))
			continue
		}
		if err != nil {
			return 0, err
		}
		now := was
		if !putBack(now.fields(), fields) || was.Version != c.version {
			u.say("kept", "edited", "entry", 0, was.Number)
			continue
		}
		if err := u.rewriteEntry(ctx, was, now); err != nil {
			return 0, err
		}
		touched[was.CustomerID] = true
		u.say("reversed", "corrected", "entry", 0, was.Number)
	}
	if len(list) < undoStep {
		if part++; part < len(parts) {
			at.Audit, at.Change = parts[part], 0
		} else {
			*at = undoAt{Rank: 1}
		}
	}
	return len(list), nil
}

// putBack writes the former values of a correction; false when one of the fields
// does not hold any more what the correction wrote, or what stood before is lost.
func putBack(list []field, fields []FieldChange) bool {
	for _, f := range fields {
		i := slices.IndexFunc(list, func(x field) bool { return x.column == f.Column })
		if i < 0 || f.Lost != "" || fmt.Sprint(plain(list[i].value)) != fmt.Sprint(number(f.After)) {
			return false
		}
		switch to := list[i].value.(type) {
		case *string:
			*to, _ = f.Before.(string)
		case *int64:
			n, _ := f.Before.(float64)
			*to = int64(n)
		case *ref:
			text, _ := f.Before.(string)
			n, _ := strconv.ParseInt(text, 10, 64)
			*to = ref(n)
		}
	}
	return true
}

// AccountClient is an account customer with what was shipped on account, month by
// month.
type AccountClient struct {
	ID, BranchID, TermsDays int64
	Months                  []Month // of these only month and freight
}

// AccountMonths gives every account customer who shipped on account, the earliest
// file first, until yield refuses one. System only: for generated data.
func (d *DB) AccountMonths(ctx context.Context, by policy.Actor, yield func(AccountClient) bool) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	rows, err := d.r.QueryContext(ctx, `SELECT c.id, c.branch_id, c.terms_days, substr(w.sent_day, 1, 7) AS month, CAST(sum(w.freight_fen) AS BIGINT) FROM customers c JOIN waybills w ON w.customer_id = c.id
		WHERE c.account_no <> '' AND c.deleted_at = 0 AND w.payment = $1 AND w.state <> $2 GROUP BY c.id, c.branch_id, c.terms_days, substr(w.sent_day, 1, 7) ORDER BY c.id, month`, waybill.Monthly, waybill.Cancelled)
	if err != nil {
		return fmt.Errorf("months of account customers: %w", err)
	}
	var list []AccountClient
	for rows.Next() {
		var c AccountClient
		var m Month
		if err := rows.Scan(&c.ID, &c.BranchID, &c.TermsDays, &m.Month, &m.Freight); err != nil {
			rows.Close()
			return fmt.Errorf("months of account customers: %w", err)
		}
		if n := len(list); n == 0 || list[n-1].ID != c.ID {
			list = append(list, c)
		}
		list[len(list)-1].Months = append(list[len(list)-1].Months, m)
	}
	err = rows.Err()
	rows.Close()
	if err != nil {
		return fmt.Errorf("months of account customers: %w", err)
	}
	for _, c := range list {
		if !yield(c) {
			break
		}
	}
	return nil
}

// LoadEntries writes generated documents, one account after the other: for demo
// data. It trusts the items; their branch is their client's. System only.
func (d *DB) LoadEntries(ctx context.Context, by policy.Actor, items []AccountEntry) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	return d.act(ctx, by, "receivables.load", func(tx *Tx) error {
		touched := map[int64]bool{}
		for i := range items {
			e := items[i]
			e.ID, e.Version, e.CreatedAt, e.UpdatedAt, e.BookID = tx.newID(), 1, tx.now(), tx.now(), e.BranchID
			if e.Due == "" {
				e.Due = e.Day
			}
			if err := tx.insert(ctx, "account_entries", e.all()); err != nil {
				return err
			}
			touched[e.CustomerID] = true
		}
		if err := tx.resettleAll(ctx, touched); err != nil {
			return err
		}
		tx.detail(map[string]any{"entries": len(items)})
		return nil
	})
}
