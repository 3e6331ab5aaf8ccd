package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

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

// entryStep is how many staged rows are read at once.
const entryStep = 1000

// applyEntries takes the accepted rows of an account file in one transaction.
func (d *DB) applyEntries(ctx context.Context, by policy.Actor, m Import, p *importProgress) error {
	err := d.act(ctx, by, "imports.apply", func(tx *Tx) error {
		p.done.Store(0)
		if err := tx.mayStand(ctx, m.BranchID); err != nil {
			return err
		}
		touched := map[int64]bool{}
		for from := int64(0); ; {
			if p.cancel.Load() {
				return ErrCancelled
			}
			rows, err := d.stagedEntries(ctx, m.ID, from)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			from = rows[len(rows)-1].N
			for i := range rows {
				if err := tx.applyEntry(ctx, m, &rows[i], touched); err != nil {
					return fmt.Errorf("row %d of %q: %w", rows[i].Row, rows[i].Sheet, err)
				}
			}
			p.done.Add(int64(len(rows)))
		}
		for _, id := range sortedIDs(touched) {
			if err := tx.resettle(ctx, id); err != nil {
				return err
			}
		}
		tx.about(m.BranchID, m.ID)
		tx.detail(map[string]any{"file": m.FileName, "kind": m.Kind, "create": m.Creates, "update": m.Updates, "skip": m.Skips, "error": m.Faults})
		n, err := tx.exec(ctx, `UPDATE imports SET apply_audit = $2, state = 'applied', applied_at = $3, updated_at = $3, version = version + 1, undo = '' WHERE id = $1 AND state = 'applying'`,
			m.ID, tx.audit.id, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("apply import %d: %w", m.ID, err)
		}
		return nil
	})
	if errors.Is(err, ErrTaken) {
		return fmt.Errorf("%w: %w", ErrImportStale, err) // somebody has brought one of the numbers meanwhile
	}
	return err
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
// still holds what the file said.
func (d *DB) undoEntries(ctx context.Context, by policy.Actor, m Import, p *importProgress) (ImportUndo, error) {
	var out ImportUndo
	err := d.act(ctx, by, "imports.undo", func(tx *Tx) error {
		out = ImportUndo{}
		u, touched := &undoer{Tx: tx, m: m, out: &out}, map[int64]bool{}
		corrected, err := u.entriesCorrected(ctx, touched)
		if err != nil {
			return err
		}
		list, err := accountEntries(ctx, tx, `WHERE e.import_id = $1 ORDER BY e.id`, m.ID)
		if err != nil {
			return err
		}
		for i := range list {
			e := &list[i]
			switch c, err := d.customer(ctx, tx, by.Scope(policy.ImportUndo), e.CustomerID, false); {
			case errors.Is(err, ErrNotFound):
				u.say("failed", "moved", "entry", 0, e.Number)
				continue
			case err != nil:
				return err
			case e.Version != 1:
				u.say("kept", "edited", "entry", c.ID, e.Number)
				continue
			}
			if _, err := tx.exec(ctx, `DELETE FROM account_entries WHERE id = $1`, e.ID); err != nil {
				return fmt.Errorf("account entry %d: %w", e.ID, err)
			}
			touched[e.CustomerID] = true
			u.say("reversed", "entry", "entry", 0, e.Number)
		}
		p.done.Add(int64(len(list) + corrected))
		for _, id := range sortedIDs(touched) {
			if err := tx.resettle(ctx, id); err != nil {
				return err
			}
		}
		tx.about(m.BranchID, m.ID)
		tx.detail(map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed})
		text, err := toJSON(out)
		if err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE imports SET undo = $2, state = 'undone', version = version + 1, updated_at = $3 WHERE id = $1 AND state = 'undoing'`, m.ID, text, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("undo import %d: %w", m.ID, err)
		}
		return nil
	})
	return out, err
}

// entriesCorrected puts the corrections of the file back.
func (u *undoer) entriesCorrected(ctx context.Context, touched map[int64]bool) (int, error) {
	rows, err := u.QueryContext(ctx, `SELECT id, row_id, customer_id, version, fields FROM changes
		WHERE audit_id = $1 AND entity = 'account_entries' AND kind = 'update' ORDER BY id`, u.m.ApplyAudit)
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
		for _, id := range sortedIDs(touched) {
			if err := tx.resettle(ctx, id); err != nil {
				return err
			}
		}
		tx.detail(map[string]any{"entries": len(items)})
		return nil
	})
}
