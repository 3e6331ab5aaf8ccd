package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/pinyin"
)

// MaxImportRows is how many rows one import takes in its one transaction.
const MaxImportRows = 200_000

// ErrImportStale: somebody wrote customers after the import was judged, so
// that its verdicts may be wrong by now. It must be judged again.
var ErrImportStale = errors.New("the data changed since the file was judged")

// ApplyImport takes the accepted rows of an import in one transaction, all or
// none, with the import's new state and its audit record. done is called as
// rows are written; what it must not do is write. The import must be applying;
// one that is applied already is left as it is. ErrCancelled when somebody
// asked for it to stop, ErrImportStale when it must be judged again.
func (d *DB) ApplyImport(ctx context.Context, by policy.Actor, id int64) error {
	m, err := d.Import(ctx, by.Scope(policy.ImportRun), id)
	if err != nil {
		return err
	}
	p := &importProgress{}
	p.total.Store(m.Creates + m.Updates)
	if _, twice := d.applying.LoadOrStore(id, p); twice {
		return fmt.Errorf("import %d is being applied: %w", id, ErrConflict)
	}
	defer d.applying.Delete(id)
	ahead, err := d.lookAhead(ctx, m)
	if err != nil {
		return err
	}
	err = d.act(ctx, by, "imports.apply", func(tx *Tx) error {
		p.done.Store(0)
		n, err := tx.exec(ctx, `
			UPDATE imports SET state = 'applied', applied_at = $2, updated_at = $2, apply_audit = $3, version = version + 1
			WHERE id = $1 AND state = 'applying'`, id, tx.now(), tx.audit.id)
		if err != nil {
			return fmt.Errorf("apply import %d: %w", id, err)
		}
		if n == 0 {
			return errDoneBefore
		}
		if err := tx.importStale(ctx, m); err != nil {
			return err
		}
		tx.about(m.BranchID, id)
		tx.detail(map[string]any{"file": m.FileName, "create": m.Creates, "update": m.Updates, "skip": m.Skips, "error": m.Faults})
		a := &applier{Tx: tx, m: m, ahead: ahead, p: p, tags: map[string]int64{}, fresh: map[string]int64{}}
		return a.rows(ctx)
	})
	if errors.Is(err, errDoneBefore) {
		return nil
	}
	if err == nil {
		d.refreshStatistics(ctx, int(m.Creates+m.Updates))
	}
	return err
}

// importStale asks whether files were opened or taken out of the bin after the
// judgement, anywhere: they might be what the import is about to open again.
func (tx *Tx) importStale(ctx context.Context, m Import) error {
	var since int64
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM changes WHERE id > $1 AND entity = 'customers' AND kind IN ('create','restore')`, m.Found.Mark).Scan(&since)
	if err != nil {
		return fmt.Errorf("changes since import %d was judged: %w", m.ID, err)
	}
	if since > 0 && m.Kind == ImportCustomers {
		return fmt.Errorf("import %d: %w", m.ID, ErrImportStale)
	}
	return nil
}

// ahead is what rows further down say about rows further up.
type ahead struct {
	extra map[string][]string // numbers that repeated rows add, by sheet and row
	codes map[string]bool     // codes that the file brings itself and ours might collide with
}

// importRowsSQL reads the staged rows of one import that meet a condition
// written in this package.
func importRowsSQL(where string) string {
	return `SELECT ` + importRowColumns + ` FROM import_rows WHERE import_id = $1 AND ` + where
}

func (d *DB) lookAhead(ctx context.Context, m Import) (*ahead, error) {
	out := &ahead{extra: map[string][]string{}, codes: map[string]bool{}}
	if m.Kind != ImportCustomers {
		return out, nil
	}
	read := func(where string, take func(ImportRow), args ...any) error {
		rows, err := d.fr.QueryContext(ctx, importRowsSQL(where), append([]any{m.ID}, args...)...)
		if err != nil {
			return fmt.Errorf("rows of import %d: %w", m.ID, err)
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanImportRow(rows)
			if err != nil {
				return fmt.Errorf("rows of import %d: %w", m.ID, err)
			}
			take(r)
		}
		return rows.Err()
	}
	err := read(`verdict = 'skip' AND record LIKE '%"x":%'`, func(r ImportRow) {
		key := rowKey(r.Sheet, r.Record.Of)
		if r.Record.OfSheet != "" {
			key = rowKey(r.Record.OfSheet, r.Record.Of)
		}
		out.extra[key] = append(out.extra[key], r.Record.Extra...)
	})
	if err != nil {
		return nil, err
	}
	prefix := ""
	if t := d.tree.Load(); t.byID[m.BranchID] != nil {
		prefix = t.byID[m.BranchID].Code
	}
	return out, read(`verdict = 'create' AND record LIKE $2`, func(r ImportRow) { out.codes[r.Record.V["code"]] = true }, `%"code":"`+prefix+`-%`)
}

func rowKey(sheet string, row int) string { return fmt.Sprintf("%s\x00%d", sheet, row) }

// ready is a row with everything worked out that needs no transaction.
type ready struct {
	row      ImportRow
	customer Customer
	key      string
	fold     string
	grams    []string
}

// applier writes the rows of one import.
type applier struct {
	*Tx
	m     Import
	ahead *ahead
	p     *importProgress
	tags  map[string]int64
	codes []string         // taken from the branch's sequence and not yet given
	fresh map[string]int64 // of visits: files opened, by folded name
}

func (a *applier) rows(ctx context.Context) error {
	work, stop := context.WithCancel(ctx)
	defer stop()
	out := make(chan []ready, 4)
	var failed error
	go func() {
		defer close(out)
		failed = a.prepare(work, out)
	}()
	for batch := range out {
		for i := range batch {
			if a.p.cancel.Load() {
				return ErrCancelled
			}
			if err := a.row(ctx, &batch[i]); err != nil {
				return err
			}
		}
	}
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// prepare reads the staged rows and works out what follows from their texts,
// beside the writer.
func (a *applier) prepare(ctx context.Context, out chan<- []ready) error {
	rows, err := a.db.fr.QueryContext(ctx, `
		SELECT `+importRowColumns+` FROM import_rows
		WHERE import_id = $1 AND (verdict IN ('create','update') OR verdict = 'skip' AND record LIKE '%"x":%')
		ORDER BY n`, a.m.ID)
	if err != nil {
		return fmt.Errorf("rows of import %d: %w", a.m.ID, err)
	}
	defer rows.Close()
	batch := make([]ready, 0, 128)
	send := func() bool {
		select {
		case out <- batch:
			batch = make([]ready, 0, 128)
			return true
		case <-ctx.Done():
			return false
		}
	}
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return fmt.Errorf("rows of import %d: %w", a.m.ID, err)
		}
		x := ready{row: r}
		if a.m.Kind == ImportCustomers {
			if r.Verdict == "create" {
				a.create(&x)
			}
		}
		if batch = append(batch, x); len(batch) == cap(batch) && !send() {
			return ctx.Err()
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("rows of import %d: %w", a.m.ID, err)
	}
	if len(batch) > 0 {
		send()
	}
	return nil
}

// create works out the new file of a row.
func (a *applier) create(x *ready) {
	r := &x.row.Record
	r.Extra = append(r.Extra, a.ahead.extra[rowKey(x.row.Sheet, x.row.Row)]...)
	c := &x.customer
	importCustomer(r, c, false, a.m.FileName)
	for _, f := range carried {
		if v := r.V[f]; v != "" {
			c.Remark = strings.TrimPrefix(c.Remark+"\n"+v, "\n")
		}
	}
	c.ID, c.BranchID, c.ImportID, c.Channel, c.State = x.row.Target, a.m.BranchID, a.m.ID, "import", "draft"
	if r.Branch != 0 {
		c.BranchID = r.Branch
	}
	c.Version = 1
	x.key, x.fold = pinyin.Key(c.Name), dedupe.FoldName(c.Name)
	if c.Code != "" {
		x.grams = customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, c.Phones)
	} else {
		x.grams = customerGrams(c.BranchID, []string{c.Name, c.ShortName}, "", c.Phones)
	}
}

func (a *applier) row(ctx context.Context, x *ready) error {
	var err error
	switch {
	case a.m.Kind == ImportVisits:
		err = a.visit(ctx, x)
	case x.row.Verdict == "create":
		err = a.insertCustomer(ctx, x)
	default:
		err = a.update(ctx, x)
	}
	if err != nil {
		return fmt.Errorf("row %d of %q: %w", x.row.Row, x.row.Sheet, err)
	}
	if x.row.Verdict != "skip" {
		a.p.done.Add(1)
	}
	return nil
}

var importInsert = insertSQL("customers", append(new(Customer).all(), new(Customer).derived()...))

func (a *applier) insertCustomer(ctx context.Context, x *ready) error {
	c := &x.customer
	c.CreatedAt, c.UpdatedAt, c.CreatedBy = a.now(), a.now(), a.by.UserID
	if c.OwnerID != 0 {
		c.OwnerSince = a.today()
	}
	if c.Class != "" {
		c.ClassSince = a.today()
	}
	if c.Code == "" {
		code, err := a.code(ctx, c.BranchID)
		if err != nil {
			return err
		}
		c.Code = code
		x.grams = codeGrams(x.grams, code)
	}
	list := c.all()
	args := make([]any, 0, len(list)+2)
	for i := range list {
		args = append(args, bound(list[i].value))
	}
	if _, err := a.exec(ctx, importInsert, append(args, x.key, x.fold)...); err != nil {
		if isUnique(err) {
			return fmt.Errorf("code %s: %w: %w", c.Code, ErrImportStale, err)
		}
		return err
	}
	if err := setPhones(ctx, a.Tx, c.ID, c.BranchID, 0, c.Phones); err != nil {
		return err
	}
	tags, err := a.tagIDs(ctx, x.row.Record.Tags)
	if err != nil {
		return err
	}
	if err := setTags(ctx, a.Tx, c.ID, c.BranchID, tags); err != nil {
		return err
	}
	if err := a.contact(ctx, x.row.Record, c.ID, c.BranchID, true, true); err != nil {
		return err
	}
	if err := a.index(ctx, c.ID, x.key, x.grams); err != nil {
		return err
	}
	return a.change(ctx, "create", "customers", c.ID, c.BranchID, c.ID, 1, nil)
}

// contact adds the person whom a row names; opened says that the file itself
// is opened by this row.
func (a *applier) contact(ctx context.Context, r ImportRecord, customer, branch int64, primary, opened bool) error {
	name := r.V["contact"]
	if name == "" {
		return nil
	}
	c := Contact{CustomerID: customer, BranchID: branch, Name: name, Position: r.V["position"]}
	c.ID, c.Version, c.CreatedAt, c.UpdatedAt, c.Primary = a.newID(), 1, a.now(), a.now(), primary
	list := c.all()
	args := make([]any, len(list))
	for i := range list {
		args[i] = bound(list[i].value)
	}
	if _, err := a.exec(ctx, contactInsert, args...); err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	if opened {
		return nil // the file's own record says that it was opened
	}
	return a.change(ctx, "create", "contacts", c.ID, branch, customer, 1, nil)
}

var contactInsert = insertSQL("contacts", new(Contact).all())

// code takes the next customer code of a branch. They are drawn in blocks; on
// PostgreSQL outside the transaction, so that the branch's sequence is not
// locked until the import ends.
func (a *applier) code(ctx context.Context, branch int64) (string, error) {
	if branch != a.m.BranchID {
		return nextCode(ctx, a.Tx, branch)
	}
	for len(a.codes) == 0 {
		// Few large blocks: each drawing makes the full-text index write what it holds.
		const block = 4000
		n := int64(min(block, max(1, a.p.total.Load()-a.p.done.Load())))
		var prefix string
		var next int64
		draw := func(tx *Tx) error {
			return tx.QueryRowContext(ctx, `UPDATE branches SET next_code = next_code + $2 WHERE id = $1 RETURNING code, next_code`, branch, n).Scan(&prefix, &next)
		}
		var err error
		if a.db.postgres {
			err = a.db.write(ctx, draw)
		} else {
			err = draw(a.Tx)
		}
		if err != nil {
			return "", fmt.Errorf("codes of branch %d: %w", branch, err)
		}
		var list []string
		for i := next - n; i < next; i++ {
			if code := fmt.Sprintf("%s-%05d", prefix, i); !a.ahead.codes[code] {
				list = append(list, code)
			}
		}
		if a.codes, err = a.free(ctx, list); err != nil {
			return "", err
		}
	}
	code := a.codes[0]
	a.codes = a.codes[1:]
	return code, nil
}

// free leaves out the codes that are in use.
func (a *applier) free(ctx context.Context, list []string) ([]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	args := make([]any, len(list))
	for i, c := range list {
		args[i] = c
	}
	rows, err := a.QueryContext(ctx, `SELECT code FROM customers WHERE code IN (`+placeholders(1, len(list))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("codes in use: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			return nil, fmt.Errorf("codes in use: %w", err)
		}
		list = slices.DeleteFunc(list, func(c string) bool { return c == code })
	}
	return list, rows.Err()
}

// tagIDs returns the tags of those names, opening the ones that are new.
func (a *applier) tagIDs(ctx context.Context, names []string) ([]int64, error) {
	var out []int64
	for _, name := range names {
		id, ok := a.tags[name]
		if !ok {
			kind := "own"
			if name == "VIP" {
				kind = "value"
			}
			if _, err := a.exec(ctx, `INSERT INTO tags (id, name, kind, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`,
				a.newID(), name, kind, a.now()); err != nil {
				return nil, fmt.Errorf("tag %q: %w", name, err)
			}
			if err := a.QueryRowContext(ctx, `SELECT id FROM tags WHERE name = $1`, name).Scan(&id); err != nil {
				return nil, fmt.Errorf("tag %q: %w", name, err)
			}
			a.tags[name] = id
		}
		out = append(out, id)
	}
	return out, nil
}

// update writes what a row changes on a file. A file that has gone, or out of
// reach, since the judgement makes the import stale.
func (a *applier) update(ctx context.Context, x *ready) error {
	r := x.row.Record
	if x.row.Verdict == "skip" {
		r.V = nil // a repeated row adds its numbers, nothing else
		r.Phones, r.Tags = nil, nil
	}
	r.Extra = append(r.Extra, a.ahead.extra[rowKey(x.row.Sheet, x.row.Row)]...)
	if x.row.Target == 0 {
		return nil // repeats a row that is itself created with these numbers
	}
	was, err := a.db.customer(ctx, a.Tx, a.by.Scope(policy.CustomerEdit), x.row.Target, false)
	if errors.Is(err, ErrNotFound) {
		if x.row.Verdict == "skip" {
			return nil
		}
		return fmt.Errorf("%w: %w", ErrImportStale, err)
	}
	if err != nil {
		return err
	}
	numbers, err := allPhones(ctx, a.Tx, was.ID)
	if err != nil {
		return err
	}
	r.Phones = slices.DeleteFunc(append(slices.Clone(r.Phones), r.Extra...), func(p string) bool { return dedupe.Contains(numbers, p) })
	r.Extra = nil
	now := was
	now.Phones, now.Tags = slices.Clone(was.Phones), slices.Clone(was.Tags)
	importCustomer(&r, &now, a.m.Options.FillOnly, a.m.FileName)
	tags, err := a.tagIDs(ctx, r.Tags)
	if err != nil {
		return err
	}
	now.Tags = append(now.Tags, tags...)
	if err := updateCustomer(ctx, a.Tx, was, now); err != nil {
		return err
	}
	a.about(a.m.BranchID, a.m.ID)
	if !slices.ContainsFunc(r.Changes, func(c ImportChange) bool { return c.Field == "contact" }) {
		return nil
	}
	var has bool
	if err := a.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM contacts WHERE customer_id = $1 AND deleted_at = 0)`, was.ID).Scan(&has); err != nil {
		return fmt.Errorf("contacts of customer %d: %w", was.ID, err)
	}
	return a.contact(ctx, r, was.ID, was.BranchID, !has, false)
}

func allPhones(ctx context.Context, q querier, customer int64) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT number FROM phones WHERE customer_id = $1`, customer)
	if err != nil {
		return nil, fmt.Errorf("phones of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("phones of customer %d: %w", customer, err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// visit writes a visit note. One whose day has not come yet is planned.
func (a *applier) visit(ctx context.Context, x *ready) error {
	r := x.row.Record
	if x.row.Verdict != "create" {
		return nil
	}
	if x.row.Target == 0 {
		id, err := a.unknown(ctx, r)
		if err != nil {
			return err
		}
		x.row.Target = id
	}
	v := Visit{CustomerID: x.row.Target, UserID: r.Owner, Day: r.V["day"], Mode: r.V["mode"], Purpose: r.V["purpose"],
		Learned: ImportLearned(r.V), Mood: r.V["mood"], Met: r.V["met"], NextStep: r.V["next_step"],
		NextOn: r.V["next_on"], ImportID: a.m.ID}
	if r.Due != "" && !strings.Contains(v.NextStep, r.Due) {
		v.NextStep = strings.TrimSpace(v.NextStep + " " + r.Due)
	}
	if v.Day > a.today() {
		v.State = VisitPlanned
	}
	if _, err := createVisit(ctx, a.Tx, &v); err != nil {
		return err
	}
	if v.NextOn >= a.today() && v.UserID != 0 {
		return planNext(ctx, a.Tx, v)
	}
	return nil
}

// unknown opens a draft file for somebody who was visited and is on none, as
// the person chose; one file for each name.
func (a *applier) unknown(ctx context.Context, r ImportRecord) (int64, error) {
	fold := dedupe.FoldName(r.V["name"])
	if id := a.fresh[fold]; id != 0 {
		return id, nil
	}
	c := Customer{BranchID: a.m.BranchID, Name: r.V["name"], OwnerID: r.Owner, Channel: "import", State: "draft", ImportID: a.m.ID, Phones: r.Phones}
	id, err := createCustomer(ctx, a.Tx, &c, nil)
	a.fresh[fold] = id
	return id, err
}

// ImportLearned joins what the columns of a visit note tell of the customer.
func ImportLearned(v map[string]string) string {
	var parts []string
	for _, f := range []string{"learned", "wants", "result", "remark"} {
		if v[f] != "" {
			parts = append(parts, v[f])
		}
	}
	return strings.Join(parts, "\n")
}
