package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
)

// undoneShown is how many rows of each outcome an undo names.
const undoneShown = 300

// UndoImport takes back what an import wrote: files and visits that it opened
// go when nobody has worked on them since, fields that it changed get their
// former value where they still hold what the import wrote. Everything else
// stays and is named with the reason. It is done in parts, so that nobody waits
// long for the writer; cut off, it goes on when it is called again.
func (d *DB) UndoImport(ctx context.Context, by policy.Actor, id int64) (ImportUndo, error) {
	p := &importProgress{}
	if _, twice := d.applying.LoadOrStore(id, p); twice {
		return ImportUndo{}, fmt.Errorf("import %d is under way: %w", id, ErrConflict)
	}
	defer d.applying.Delete(id)
	m, err := d.Import(ctx, by.Scope(policy.ImportUndo), id)
	if err != nil {
		return ImportUndo{}, err
	}
	switch m.State {
	case "undone":
		return m.Undo, nil
	case "undoing":
	default:
		return ImportUndo{}, fmt.Errorf("undo import %d, %s: %w", id, m.State, ErrConflict)
	}
	p.total.Store(m.Creates + m.Updates)
	if m.Kind == ImportPayments {
		return d.undoEntries(ctx, by, m, p)
	}
	if m.Kind == ImportWaybills {
		return d.undoWaybills(ctx, by, m, p)
	}
	if m.Kind == ImportCases {
		return d.undoCases(ctx, by, m, p)
	}
	return d.takeBack(ctx, by, m, -1, p, "imports.undo", func(tx *Tx, out ImportUndo) error {
		tx.detail(map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed})
		text, err := toJSON(out)
		if err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE imports SET state = 'undone', undo = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND state = 'undoing'`, id, text, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		return err
	})
}

// undoAt is how far the taking back of an import is.
type undoAt struct {
	Rank   int   `json:"rank"`          // of the kind of row, see undoOrder
	Audit  int64 `json:"audit,string"`  // the part in hand
	Change int64 `json:"change,string"` // the last change that was taken back
}

// undoOrder is the children before the rows they hang on.
var undoOrder = []string{"visits", "contacts", "customers"}

// undoStep is how many changes are read at once.
const undoStep = 50

// takeBack takes back what the parts of an import wrote, in parts of about
// partTime each, and leaves with each how far it is. end runs in the last one.
// unseen is the import when none of it was ever seen, and -1 otherwise.
func (d *DB) takeBack(ctx context.Context, by policy.Actor, m Import, unseen int64, p *importProgress, act string, end func(*Tx, ImportUndo) error) (ImportUndo, error) {
	parts, err := d.importParts(ctx, m)
	if err != nil {
		return m.Undo, err
	}
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return m.Undo, err
	}
	defer room()
	state := m.Undo
	if state.At == nil {
		state.At = &undoAt{}
	}
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return state, err
		}
		var out ImportUndo
		var steps int64
		err := d.act(ctx, by, act, func(tx *Tx) error {
			at := *state.At
			out, steps = state, 0
			out.Rows, out.At = slices.Clone(state.Rows), &at
			u := &undoer{Tx: tx, m: m, out: &out, by: map[int64]bool{}}
			for began := time.Now(); ; {
				list, err := nextChanges(ctx, tx, parts, &at)
				if err != nil {
					return err
				}
				for _, c := range list {
					if err := u.one(ctx, c); err != nil {
						return fmt.Errorf("undo %s %d: %w", c.Entity, c.RowID, err)
					}
				}
				steps += int64(len(list))
				if ended = at.Rank == len(undoOrder); ended || time.Since(began) > partTime {
					break
				}
			}
			for customer := range u.by {
				if err := recountVisitDaysBut(ctx, tx, customer, unseen); err != nil {
					return err
				}
			}
			tx.about(m.BranchID, m.ID)
			if ended {
				out.At = nil
				return end(tx, out)
			}
			text, err := toJSON(out)
			if err != nil {
				return err
			}
			if _, err := tx.exec(ctx, `UPDATE imports SET undo = $2 WHERE id = $1`, m.ID, text); err != nil {
				return fmt.Errorf("undo import %d: %w", m.ID, err)
			}
			return nil
		})
		if err != nil {
			return state, err
		}
		state = out
		p.done.Add(steps)
	}
	return state, nil
}

// importParts returns the audit records of an import's last apply.
func (d *DB) importParts(ctx context.Context, m Import) ([]int64, error) {
	if m.ApplyAudit == 0 {
		return nil, nil
	}
	var out []int64
	for _, act := range []string{"imports.part", "imports.apply"} {
		rows, err := d.r.QueryContext(ctx, `SELECT id FROM audits WHERE act = $1 AND id >= $2 AND subject_id = $3 ORDER BY id`, act, m.ApplyAudit, m.ID)
		if err != nil {
			return nil, fmt.Errorf("parts of import %d: %w", m.ID, err)
		}
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				_ = rows.Close()
				return nil, fmt.Errorf("parts of import %d: %w", m.ID, err)
			}
			out = append(out, id)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("parts of import %d: %w", m.ID, err)
		}
	}
	return out, nil
}

// nextChanges returns changes of the parts that come after at, and moves at
// behind them: past the last kind of row when there are no more. It may return
// none before that.
func nextChanges(ctx context.Context, tx *Tx, parts []int64, at *undoAt) ([]Change, error) {
	i := slices.Index(parts, at.Audit)
	if i < 0 {
		if i = 0; len(parts) == 0 {
			at.Rank = len(undoOrder)
			return nil, nil
		}
		at.Audit, at.Change = parts[0], 0
	}
	stmt, err := tx.prepared(ctx, `
		SELECT id, kind, entity, row_id, customer_id, version, fields FROM changes
		WHERE audit_id = $1 AND entity = $2 AND id > $3 ORDER BY id LIMIT $4`)
	if err != nil {
		return nil, fmt.Errorf("changes of %d: %w", at.Audit, err)
	}
	rows, err := stmt.QueryContext(ctx, at.Audit, undoOrder[at.Rank], at.Change, undoStep)
	if err != nil {
		return nil, fmt.Errorf("changes of %d: %w", at.Audit, err)
	}
	defer rows.Close()
	var out []Change
	var customers []int64
	texts := map[int]string{}
	for rows.Next() {
		var c Change
		var fields string
		var customer int64
		if err := rows.Scan(&c.ID, &c.Kind, &c.Entity, &c.RowID, &customer, &c.Version, &fields); err != nil {
			return nil, fmt.Errorf("changes of %d: %w", at.Audit, err)
		}
		at.Change = c.ID
		if fields != "" {
			texts[len(out)] = fields
		}
		out, customers = append(out, c), append(customers, customer)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("changes of %d: %w", at.Audit, err)
	}
	o := tx.opener()
	for i := range out {
		c := &out[i]
		if c.Fields, err = o.fields(ctx, texts[i], c.ID, customers[i]); err != nil {
			return nil, fmt.Errorf("changes of %d: %w", at.Audit, err)
		}
		c.ID = customers[i]
	}
	if len(out) < undoStep {
		// This part is done with: the next one, or the next kind of row.
		if i++; i == len(parts) {
			at.Rank, i = at.Rank+1, 0
		}
		at.Audit, at.Change = parts[i], 0
	}
	return out, nil
}

type undoer struct {
	*Tx
	m   Import
	out *ImportUndo
	by  map[int64]bool // customers whose visits went
}

func (u *undoer) say(how, why, field string, id int64, name string) {
	n := &u.out.Reversed
	switch how {
	case "kept":
		n = &u.out.Kept
	case "failed":
		n = &u.out.Failed
	}
	*n++
	if *n <= undoneShown {
		u.out.Rows = append(u.out.Rows, ImportUndone{How: how, Why: why, ID: id, Name: name, Field: field})
	}
}

func (u *undoer) one(ctx context.Context, c Change) error {
	switch {
	case c.Entity == "visits" && c.Kind == "create":
		return u.visit(ctx, c)
	case c.Entity == "contacts" && c.Kind == "create":
		return u.contact(ctx, c)
	case c.Entity == "contacts" && c.Kind == "update":
		return u.ways(ctx, c)
	case c.Entity == "customers" && c.Kind == "create":
		return u.created(ctx, c)
	case c.Entity == "customers" && c.Kind == "update":
		return u.updated(ctx, c)
	}
	return nil
}

// created takes a file away that the import opened.
func (u *undoer) created(ctx context.Context, c Change) error {
	was, err := u.db.customerRow(ctx, u.Tx, c.RowID)
	switch {
	case errors.Is(err, ErrNotFound):
		u.say("failed", "gone", "", c.RowID, strconv.FormatInt(c.RowID, 10))
		return nil
	case err != nil:
		return err
	case !u.db.sees(u.Tx.by.Scope(policy.CustomerEdit), was.BranchID, was.OwnerID, was.ClerkID):
		u.say("failed", "moved", "", 0, was.Name)
		return nil
	case was.Version != c.Version:
		u.say("kept", "edited", "", was.ID, was.Name)
		return nil
	}
	why, err := u.used(ctx, was)
	if err != nil {
		return err
	}
	if why != "" {
		u.say("kept", why, "", was.ID, was.Name)
		return nil
	}
	if err := unindexCustomer(ctx, u.Tx, was.ID); err != nil {
		return err
	}
	if _, err := u.exec(ctx, `DELETE FROM duplicate_pairs WHERE one_id = $1 OR other_id = $1`, was.ID); err != nil {
		return err
	}
	for _, table := range goWithFile {
		if _, err := u.exec(ctx, `DELETE FROM `+table+` WHERE customer_id = $1`, was.ID); err != nil {
			return err
		}
	}
	if _, err := u.exec(ctx, `DELETE FROM customer_figures WHERE branch_id = $1 AND customer_id = $2`, was.BranchID, was.ID); err != nil {
		return err
	}
	if err := u.takeHistory(ctx, was.ID, was.BranchID, 0); err != nil {
		return err
	}
	if _, err := u.exec(ctx, `DELETE FROM customers WHERE id = $1`, was.ID); err != nil {
		return err
	}
	u.say("reversed", "created", "", 0, was.Name)
	return u.change(ctx, "delete", "customers", was.ID, was.BranchID, was.ID, was.Version+1, map[string][2]any{"name": {was.Name, ""}, "code": {was.Code, ""}})
}

// goWithFile are the tables whose rows go with a file that an undo deletes: what
// came with it, and what the program worked out of it.
var goWithFile = []string{"phones", "customer_tags", "class_changes", "label_holds", "label_events", "time_marks", "contacts"}

// keepFile are the tables of which a row keeps the file that it names, with the
// reason that is told: somebody has worked with it since.
var keepFile = []struct {
	why    string
	tables []string
}{
	{"visited", []string{"visits"}},
	{"edited", []string{"consents", "person_requests", "sensitive_values"}},
	{"cases", []string{"cases", "case_claims"}},
	{"shipped", []string{"waybills", "waybill_senders"}},
	{"charged", []string{"account_entries"}},
	{"used", []string{"feedback_forms", "ratings", "todos", "greetings", "outbox", "radar_alerts", "reveals", "export_customers", "handover_items", "notice_clients", "measures", "measure_clients", "activity_clients", "archived", "retention_holds"}},
}

// keepContact are those of which a row keeps the contact that it names. All are
// looked up by their file, which they have an index for.
var keepContact = []string{"visits", "consents", "person_requests", "sensitive_values", "cases", "ratings", "greetings", "outbox", "reveals", "archived"}

func existsSQL(tables []string, where string) string {
	return `SELECT EXISTS (SELECT 1 FROM ` + strings.Join(tables, where+`) OR EXISTS (SELECT 1 FROM `) + where + `)`
}

// used says why a file that the import opened has to stay, "" when it need not.
func (u *undoer) used(ctx context.Context, was Customer) (string, error) {
	asks := make([]struct{ why, query string }, 0, len(keepFile)+2)
	asks = append(asks, struct{ why, query string }{"used", `SELECT EXISTS (SELECT 1 FROM merges WHERE kept_id = $1 OR gone_id = $1)`})
	for _, k := range keepFile {
		asks = append(asks, struct{ why, query string }{k.why, existsSQL(k.tables, ` WHERE customer_id = $1`)})
	}
	for i, ask := range append(asks, struct{ why, query string }{"contacts", `SELECT EXISTS (SELECT 1 FROM contacts WHERE customer_id = $1 AND (version <> 1 OR created_at <> $2))`}) {
		stmt, err := u.prepared(ctx, ask.query)
		if err != nil {
			return "", err
		}
		args := []any{was.ID}
		if i == len(asks) {
			args = append(args, was.CreatedAt)
		}
		var has bool
		if err := stmt.QueryRowContext(ctx, args...).Scan(&has); err != nil {
			return "", fmt.Errorf("what hangs on customer %d: %w", was.ID, err)
		}
		if has {
			return ask.why, nil
		}
	}
	return "", nil
}

// customerRow reads a file wherever it is, in the bin too.
func (d *DB) customerRow(ctx context.Context, tx *Tx, id int64) (Customer, error) {
	var c Customer
	stmt, err := tx.prepared(ctx, `SELECT `+customerColumns+` FROM customers c WHERE c.id = $1`)
	if err != nil {
		return c, err
	}
	err = scanCustomer(stmt.QueryRowContext(ctx, id), &c)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return c, err
}

// contact takes a contact away that the import added to a file which stays;
// those of files that go are taken with them.
func (u *undoer) contact(ctx context.Context, c Change) error {
	var opened bool
	stmt, err := u.prepared(ctx, `
		SELECT EXISTS (SELECT 1 FROM changes ch JOIN audits a ON a.id = ch.audit_id
			WHERE ch.row_id = $2 AND ch.kind = 'create' AND a.subject_id = $1 AND a.act IN ('imports.part','imports.apply'))`)
	if err != nil {
		return err
	}
	if err := stmt.QueryRowContext(ctx, u.m.ID, c.ID).Scan(&opened); err != nil || opened {
		return err
	}
	var name string
	var branch, version, deleted int64
	err = u.QueryRowContext(ctx, `SELECT name, branch_id, version, deleted_at FROM contacts WHERE id = $1`, c.RowID).Scan(&name, &branch, &version, &deleted)
	if errors.Is(err, sql.ErrNoRows) || err == nil && deleted != 0 {
		return nil // somebody has taken it away already
	}
	if err != nil {
		return err
	}
	var used bool
	if stmt, err = u.prepared(ctx, existsSQL(keepContact, ` WHERE customer_id = $1 AND contact_id = $2`)); err != nil {
		return err
	}
	if err := stmt.QueryRowContext(ctx, c.ID, c.RowID).Scan(&used); err != nil {
		return fmt.Errorf("what hangs on contact %d: %w", c.RowID, err)
	}
	if version != c.Version || used {
		u.say("kept", "edited", "contact", c.ID, name)
		return nil
	}
	if _, err := u.exec(ctx, `DELETE FROM phones WHERE contact_id = $1`, c.RowID); err != nil {
		return err
	}
	if _, err := u.exec(ctx, `DELETE FROM contacts WHERE id = $1`, c.RowID); err != nil {
		return err
	}
	u.say("reversed", "contact", "contact", c.ID, name)
	return u.change(ctx, "delete", "contacts", c.RowID, branch, c.ID, version+1, map[string][2]any{"name": {name, ""}})
}

// ways gives a contact back the ways to reach it that the import changed, unless
// somebody has chosen others since.
func (u *undoer) ways(ctx context.Context, c Change) error {
	was, err := contactIn(ctx, u.Tx, c.ID, c.RowID)
	if errors.Is(err, ErrNotFound) {
		return nil // somebody has taken it away
	}
	if err != nil {
		return err
	}
	for _, f := range c.Fields {
		if f.Column != "ways" {
			continue
		}
		if was.Ways != f.After {
			u.say("kept", "edited", "", c.ID, was.Name)
			continue
		}
		before, _ := f.Before.(string)
		if err := u.setWays(ctx, was, before); err != nil {
			return err
		}
		u.say("reversed", "updated", "", c.ID, was.Name)
	}
	return nil
}

func (u *undoer) visit(ctx context.Context, c Change) error {
	var day, name string
	var branch, version, deleted int64
	stmt, err := u.prepared(ctx, `SELECT v.day, v.branch_id, v.version, v.deleted_at, k.name FROM visits v JOIN customers k ON k.id = v.customer_id WHERE v.id = $1`)
	if err != nil {
		return err
	}
	err = stmt.QueryRowContext(ctx, c.RowID).Scan(&day, &branch, &version, &deleted, &name)
	if errors.Is(err, sql.ErrNoRows) {
		u.say("failed", "gone", "", c.ID, strconv.FormatInt(c.RowID, 10))
		return nil
	}
	if err != nil {
		return err
	}
	var photos bool
	if stmt, err = u.prepared(ctx, `SELECT EXISTS (SELECT 1 FROM visit_photos WHERE visit_id = $1)`); err != nil {
		return err
	}
	if err := stmt.QueryRowContext(ctx, c.RowID).Scan(&photos); err != nil {
		return err
	}
	if version != c.Version || photos {
		u.say("kept", "edited", "visit", c.ID, name+" "+day)
		return nil
	}
	if _, err := u.exec(ctx, `DELETE FROM visits WHERE id = $1`, c.RowID); err != nil {
		return err
	}
	u.by[c.ID] = true
	u.say("reversed", "visit", "visit", c.ID, name+" "+day)
	return u.change(ctx, "delete", "visits", c.RowID, branch, c.ID, version+1, map[string][2]any{"day": {day, ""}})
}

// updated puts the former values back where the file still holds what the
// import wrote.
func (u *undoer) updated(ctx context.Context, c Change) error {
	was, err := u.db.customer(ctx, u.Tx, u.Tx.by.Scope(policy.CustomerEdit), c.RowID, false)
	if errors.Is(err, ErrNotFound) {
		row, err := u.db.customerRow(ctx, u.Tx, c.RowID)
		switch {
		case errors.Is(err, ErrNotFound):
			u.say("failed", "gone", "", 0, strconv.FormatInt(c.RowID, 10))
		case err != nil:
			return err
		case row.DeletedAt != 0:
			u.say("failed", "in_bin", "", 0, row.Name)
		default:
			u.say("failed", "moved", "", 0, row.Name)
		}
		return nil
	}
	if err != nil {
		return err
	}
	now := was
	now.Phones, now.Tags = slices.Clone(was.Phones), slices.Clone(was.Tags)
	back, kept := 0, ""
	fields := now.fields()
	for _, f := range c.Fields {
		if f.Lost != "" {
			u.say("kept", "lost_"+string(f.Lost), f.Column, was.ID, was.Name)
			return nil
		}
		if restore(&now, fields, f) {
			back++
		} else if kept == "" {
			kept = f.Column
		}
	}
	if back > 0 {
		if err := updateCustomer(ctx, u.Tx, was, now); err != nil {
			return err
		}
	}
	if kept != "" {
		u.say("kept", "fields", kept, was.ID, was.Name)
	} else {
		u.say("reversed", "updated", "", was.ID, was.Name)
	}
	return nil
}

// restore sets one field back; false when somebody has changed it since.
func restore(c *Customer, fields []field, f FieldChange) bool {
	switch f.Column {
	case "phones":
		if idList(f.After) != joinWords(c.Phones) {
			return false
		}
		c.Phones = splitWords(f.Before)
		return true
	case "tags":
		if idList(f.After) != idWords(c.Tags) {
			return false
		}
		c.Tags = nil
		for _, w := range splitWords(f.Before) {
			c.Tags = append(c.Tags, ParseID(w))
		}
		return true
	}
	i := slices.IndexFunc(fields, func(x field) bool { return x.column == f.Column })
	if i < 0 || fmt.Sprint(plain(fields[i].value)) != fmt.Sprint(number(f.After)) {
		return false
	}
	switch p := fields[i].value.(type) {
	case *string:
		*p, _ = f.Before.(string)
	case *int64:
		n, _ := f.Before.(float64)
		*p = int64(n)
	case *bool:
		*p, _ = f.Before.(bool)
	case *ref:
		text, _ := f.Before.(string)
		n, _ := strconv.ParseInt(text, 10, 64)
		*p = ref(n)
	}
	return true
}

// number reads a JSON number of a before-image as the whole number it was.
func number(v any) any {
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

func idList(v any) string {
	s, _ := v.(string)
	return s
}

func joinWords(list []string) string { return strings.Join(list, " ") }

func splitWords(v any) []string { return strings.Fields(idList(v)) }
