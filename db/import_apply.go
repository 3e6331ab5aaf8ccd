package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/pinyin"
)

// MaxImportRows is how many rows one import takes.
const MaxImportRows = 200_000

// ErrImportStale: somebody wrote customers after the import was judged, so
// that its verdicts may be wrong by now. It must be judged again.
var ErrImportStale = errors.New("the data changed since the file was judged")

// importRun is what the parts of an import know of each other. Its block holds
// the ids of the files that it opens, in the order of the plan.
type importRun struct {
	idBlock
	Back bool `json:"back,omitempty"` // it is being taken back
}

const (
	firstPart = 500                    // rows of the first part, and of an import that is written at once
	mostPart  = 4000                   // rows of any part
	partTime  = 250 * time.Millisecond // for which a part should hold the writer
)

// ApplyImport takes the accepted rows of an import, all or none as every
// reader sees it. On SQLite many rows of customers are written in parts of
// about partTime each, so that other writers come in between; new files stay
// hidden until the last part (hidden), changes of files on record come after
// all new files. An apply that was cut off goes on where it stopped when it is
// called again; one that fails or is cancelled is taken back. On PostgreSQL,
// where nobody waits for a writer, for visits and for a command it is one
// transaction. The judgement is compared with what was opened since (
// ErrImportStale) before the first part; a file that somebody else opens while
// the parts are written can be the same customer's, as it can be a minute
// later.
//
// The import must be applying; one that is applied already is left as it is.
// ErrCancelled when somebody asked for it to stop.
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
	if m.State != "applying" {
		return nil
	}
	if m.run.Back {
		return errors.Join(d.rollBack(ctx, m, p), ErrCancelled)
	}
	plan, err := d.planImport(ctx, m)
	if err != nil {
		return err
	}
	a := &applier{db: d, by: by, m: m, plan: plan, p: p, at: d.now()}
	if m.run.From == 0 && (d.postgres || m.Kind != ImportCustomers || by.UserID == 0 || len(plan.order) <= firstPart) {
		err = a.atOnce(ctx)
	} else {
		err = a.inParts(ctx)
	}
	switch {
	case err == nil:
		d.refreshStatistics(ctx, int(m.Creates+m.Updates))
	case a.m.run.From != 0 && (ctx.Err() == nil || errors.Is(context.Cause(ctx), ErrCancelled)):
		ctx = context.WithoutCancel(ctx)
		return errors.Join(err, d.rollBack(ctx, a.m, p))
	}
	return err
}

// atOnce writes every row in one transaction.
func (a *applier) atOnce(ctx context.Context) error {
	a.m.run.idBlock = a.db.ids.block(a.at, int64(a.plan.creates))
	defer func() { a.m.run = importRun{} }() // nothing of it is left to take back
	return a.db.act(ctx, a.by, "imports.apply", func(tx *Tx) error {
		if err := a.begin(ctx, tx, 0); err != nil {
			return err
		}
		a.p.done.Store(0)
		work, stop := context.WithCancel(ctx)
		defer stop()
		rows := a.prepare(work, 0)
		for at, n := 0, len(a.plan.order); at < n; {
			batch, err := rows.take(ctx, min(mostPart, n-at))
			if err != nil {
				return err
			}
			if err := a.write(ctx, batch); err != nil {
				return err
			}
			at += len(batch)
		}
		return a.end(ctx, 0, len(a.plan.order))
	})
}

// inParts writes the rows in parts, from where an earlier run stopped.
func (a *applier) inParts(ctx context.Context) error {
	d := a.db
	if a.m.run.From == 0 {
		run := importRun{idBlock: d.ids.block(a.at, int64(a.plan.creates))}
		text, err := toJSON(run)
		if err != nil {
			return err
		}
		err = d.write(ctx, func(tx *Tx) error {
			n, err := tx.exec(ctx, `UPDATE imports SET run = $2, run_done = 0, apply_audit = 0, undo = '' WHERE id = $1 AND state = 'applying' AND run = ''`, a.m.ID, text)
			if err == nil && n == 0 {
				err = ErrConflict
			}
			if err != nil {
				return fmt.Errorf("begin import %d: %w", a.m.ID, err)
			}
			return tx.mergeLess(ctx)
		})
		if err != nil {
			return err
		}
		a.m.run, a.m.runDone, a.m.ApplyAudit = run, 0, 0
	}
	d.hidden.set(a.m.ID, a.m.run.idBlock)
	// A part writes more pages than the log is written back after every day;
	// most of them are written again by the next one.
	if _, err := d.w.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 6000`); err != nil {
		return fmt.Errorf("apply import %d: %w", a.m.ID, err)
	}
	defer d.w.ExecContext(context.WithoutCancel(ctx), `PRAGMA wal_autocheckpoint = 1000`) //nolint:errcheck // the next start sets it anyway
	work, stop := context.WithCancel(ctx)
	defer stop()
	n, size := len(a.plan.order), firstPart
	at := min(int(a.m.runDone), n)
	a.p.done.Store(int64(at))
	rows := a.prepare(work, at)
	for done := false; !done; {
		batch, err := rows.take(ctx, min(size, n-at))
		if err != nil {
			return err
		}
		began := time.Now()
		act := "imports.part"
		if done = at+len(batch) == n; done {
			act = "imports.apply"
		}
		err = d.act(ctx, a.by, act, func(tx *Tx) error {
			if err := a.begin(ctx, tx, at); err != nil {
				return err
			}
			if err := a.write(ctx, batch); err != nil {
				return err
			}
			return a.end(ctx, at, at+len(batch))
		})
		if err != nil {
			return err
		}
		at += len(batch)
		a.m.runDone = int64(at)
		took := max(time.Since(began), time.Millisecond)
		size = min(max(int(float64(len(batch))*float64(partTime)/float64(took)), 50), mostPart, size*2)
	}
	d.hidden.set(a.m.ID, idBlock{})
	return nil
}

// mergeLess has the full-text index merge its segments by eight instead of by
// four, and gather a part's in memory until its commit: each part leaves one,
// and half of the work on them is saved. It stays so.
func (tx *Tx) mergeLess(ctx context.Context) error {
	for _, query := range []string{
		`INSERT INTO customer_search (customer_search, rank) VALUES ('automerge', 8)`,
		`INSERT INTO customer_search (customer_search, rank) VALUES ('hashsize', 8388608)`,
	} {
		if tx.db.postgres {
			break
		}
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("set the full-text index: %w", err)
		}
	}
	return nil
}

// begin says which transaction the applier writes in. The first one asks
// whether the judgement still holds.
func (a *applier) begin(ctx context.Context, tx *Tx, from int) error {
	a.Tx = tx
	a.tags, a.fresh, a.codes = map[string]int64{}, map[string]int64{}, map[int64][]string{}
	if from > 0 {
		return nil
	}
	a.m.ApplyAudit = tx.audit.id
	return tx.importStale(ctx, a.m)
}

// end notes how far the import is: from and to count rows of the plan. The
// last part ends it.
func (a *applier) end(ctx context.Context, from, to int) error {
	a.about(a.m.BranchID, a.m.ID)
	set, args := `apply_audit = $3, run_done = $4`, []any{a.m.ID, from, a.m.ApplyAudit, to}
	if to == len(a.plan.order) {
		a.detail(map[string]any{"file": a.m.FileName, "create": a.m.Creates, "update": a.m.Updates, "skip": a.m.Skips, "error": a.m.Faults})
		set = `apply_audit = $3, run_done = 0, run = '', state = 'applied', applied_at = $4, updated_at = $4, version = version + 1`
		args[3] = a.now()
	}
	n, err := a.exec(ctx, partDoneSQL(set), args...)
	if err != nil {
		return fmt.Errorf("apply import %d: %w", a.m.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("import %d is applied by somebody else: %w", a.m.ID, ErrConflict)
	}
	return nil
}

// partDoneSQL notes a part of an import that is as far as its writer thinks.
func partDoneSQL(set string) string {
	return `UPDATE imports SET ` + set + ` WHERE id = $1 AND state = 'applying' AND run_done = $2`
}

// RollBackImport takes back what an apply has written in part, if anything.
func (d *DB) RollBackImport(ctx context.Context, by policy.Actor, id int64) error {
	m, err := d.Import(ctx, by.Scope(policy.ImportRun), id)
	if err != nil || m.run.From == 0 {
		return err
	}
	p := &importProgress{}
	if _, twice := d.applying.LoadOrStore(id, p); twice {
		return fmt.Errorf("import %d is being applied: %w", id, ErrConflict)
	}
	defer d.applying.Delete(id)
	return d.rollBack(ctx, m, p)
}

// rollBack takes back what an apply in parts has written, in parts; it can be
// cut off and go on like the apply. The files stay hidden until they are gone.
func (d *DB) rollBack(ctx context.Context, m Import, p *importProgress) error {
	if !m.run.Back {
		m.run.Back = true
		text, err := toJSON(m.run)
		if err != nil {
			return err
		}
		err = d.write(ctx, func(tx *Tx) error {
			_, err := tx.exec(ctx, `UPDATE imports SET run = $2, undo = '' WHERE id = $1`, m.ID, text)
			return err
		})
		if err != nil {
			return fmt.Errorf("take import %d back: %w", m.ID, err)
		}
		m.Undo = ImportUndo{}
	}
	p.done.Store(0)
	p.total.Store(m.runDone)
	_, err := d.takeBack(ctx, policy.SystemActor("yike import"), m, p, "imports.rollback", func(tx *Tx, _ ImportUndo) error {
		_, err := tx.exec(ctx, `UPDATE imports SET run = '', run_done = 0, apply_audit = 0, undo = '' WHERE id = $1`, m.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("take import %d back: %w", m.ID, err)
	}
	d.hidden.set(m.ID, idBlock{})
	return nil
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

// importPlan is the order in which the rows of an import are written, and what
// rows further down say about rows further up.
type importPlan struct {
	order   []int64             // numbers of the staged rows: new files, then the rest
	creates int                 // how many of them are new files
	extra   map[string][]string // numbers that repeated rows add, by sheet and row
	codes   map[string]bool     // codes that the file brings itself and ours might collide with
}

// keepOrder is up to how many new files an import writes in the order of its
// sheet. More are written by name, the order of most indexes of customers: a
// part then touches few of their pages, however large they are.
const keepOrder = 5000

// planImport works the order out. It is the same each time.
func (d *DB) planImport(ctx context.Context, m Import) (*importPlan, error) {
	plan, err := d.lookAhead(ctx, m)
	if err != nil {
		return nil, err
	}
	type place struct {
		key string
		n   int64
	}
	var list []place
	var rest []int64
	rows, err := d.fr.QueryContext(ctx, `
		SELECT n, verdict, sort_key FROM import_rows
		WHERE import_id = $1 AND (verdict IN ('create','update') OR verdict = 'skip' AND record LIKE '%"x":%') ORDER BY n`, m.ID)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", m.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var verdict, key string
		if err := rows.Scan(&n, &verdict, &key); err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", m.ID, err)
		}
		if verdict == "create" && m.Kind == ImportCustomers {
			list = append(list, place{strings.Clone(key[:min(len(key), 24)]), n})
		} else {
			rest = append(rest, n)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", m.ID, err)
	}
	if len(list) > keepOrder {
		slices.SortFunc(list, func(a, b place) int { return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.n, b.n)) })
	}
	plan.creates = len(list)
	plan.order = make([]int64, 0, len(list)+len(rest))
	for _, p := range list {
		plan.order = append(plan.order, p.n)
	}
	plan.order = append(plan.order, rest...)
	return plan, nil
}

// importRowsSQL reads the staged rows of one import that meet a condition
// written in this package.
func importRowsSQL(where string) string {
	return `SELECT ` + importRowColumns + ` FROM import_rows WHERE import_id = $1 AND ` + where
}

func (d *DB) lookAhead(ctx context.Context, m Import) (*importPlan, error) {
	out := &importPlan{extra: map[string][]string{}, codes: map[string]bool{}}
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
	row  ImportRow
	file *loadRow // of a new file
	tags []string // of a new file
}

// applier writes the rows of one import.
type applier struct {
	*Tx  // the part in hand
	db   *DB
	by   policy.Actor
	m    Import
	plan *importPlan
	p    *importProgress
	at   time.Time // when the apply began: its files were opened then

	// Of the part in hand:
	tags  map[string]int64
	fresh map[string]int64   // of visits: files opened, by folded name
	codes map[int64][]string // drawn and not yet given, by branch
}

// prepared is the rows of the plan on their way to the writer.
type prepared struct {
	ch     chan []ready
	failed error // once ch is closed
	left   []ready
}

// take returns the next n rows.
func (q *prepared) take(ctx context.Context, n int) ([]ready, error) {
	for len(q.left) < n {
		select {
		case batch, ok := <-q.ch:
			if !ok {
				return nil, cmp.Or(q.failed, ctx.Err(), errors.New("rows of the import are missing"))
			}
			q.left = append(q.left, batch...)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	out := slices.Clone(q.left[:n])
	q.left = append(q.left[:0:0], q.left[n:]...)
	return out, nil
}

// readAtOnce is how many staged rows are read with one statement.
const readAtOnce = 200

// prepare reads the staged rows in the order of the plan and works out what
// follows from their texts, beside the writer.
func (a *applier) prepare(ctx context.Context, from int) *prepared {
	q := &prepared{ch: make(chan []ready, 8)}
	go func() {
		defer close(q.ch)
		for at := from; at < len(a.plan.order); {
			to := min(at+readAtOnce, len(a.plan.order))
			if at < a.plan.creates {
				to = min(to, a.plan.creates) // so that a batch is of one kind
			}
			batch, err := a.read(ctx, at, to)
			if err != nil {
				q.failed = err
				return
			}
			select {
			case q.ch <- batch:
			case <-ctx.Done():
				q.failed = ctx.Err()
				return
			}
			at = to
		}
	}()
	return q
}

// read prepares the rows of the plan from at up to, without, to. The ids of
// new files are noted with their staged rows.
func (a *applier) read(ctx context.Context, at, to int) ([]ready, error) {
	list := a.plan.order[at:to]
	args := make([]any, 0, len(list)+1)
	args = append(args, a.m.ID)
	place := make(map[int64]int, len(list))
	for i, n := range list {
		args = append(args, n)
		place[n] = i
	}
	// A context that can end costs the driver a goroutine for each statement.
	plain := context.WithoutCancel(ctx)
	rows, err := a.db.fr.QueryContext(plain, importRowsSQL(`n IN (`+a.db.listSQL(2, len(list))+`)`), args...)
	if err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", a.m.ID, err)
	}
	defer rows.Close()
	out := make([]ready, len(list))
	have := 0
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return nil, fmt.Errorf("rows of import %d: %w", a.m.ID, err)
		}
		x := &out[place[r.N]]
		x.row = r
		have++
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("rows of import %d: %w", a.m.ID, err)
	}
	if have != len(list) {
		return nil, fmt.Errorf("import %d: %d of %d rows: %w", a.m.ID, have, len(list), ErrImportStale)
	}
	if at >= a.plan.creates {
		return out, ctx.Err()
	}
	for i := range out {
		out[i].row.Target = a.m.run.at(int64(at + i))
		a.create(&out[i])
	}
	return out, cmp.Or(a.db.noteTargets(plain, a.m.ID, out), ctx.Err())
}

// noteTargets keeps which files the rows became.
func (d *DB) noteTargets(ctx context.Context, id int64, list []ready) error {
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("note files of import %d: %w", id, err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	stmt, err := tx.PrepareContext(ctx, `UPDATE import_rows SET target_id = $3 WHERE import_id = $1 AND n = $2`)
	if err != nil {
		return fmt.Errorf("note files of import %d: %w", id, err)
	}
	defer stmt.Close()
	for i := range list {
		if _, err := stmt.ExecContext(ctx, id, list[i].row.N, list[i].row.Target); err != nil {
			return fmt.Errorf("note files of import %d: %w", id, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("note files of import %d: %w", id, err)
	}
	return nil
}

// create works out the new file of a row.
func (a *applier) create(x *ready) {
	r := &x.row.Record
	r.Extra = append(r.Extra, a.plan.extra[rowKey(x.row.Sheet, x.row.Row)]...)
	l := &loadRow{}
	c := &l.Customer
	importCustomer(r, c, false, a.m.FileName)
	for _, f := range carried {
		if v := r.V[f]; v != "" {
			c.Remark = strings.TrimPrefix(c.Remark+"\n"+v, "\n")
		}
	}
	c.ID, c.BranchID, c.ImportID, c.Channel, c.State, c.Version = x.row.Target, a.m.BranchID, a.m.ID, "import", "draft", 1
	if r.Branch != 0 {
		c.BranchID = r.Branch
	}
	c.CreatedAt, c.UpdatedAt, c.CreatedBy = a.at.UnixMilli(), a.at.UnixMilli(), a.by.UserID
	if c.OwnerID != 0 {
		c.OwnerSince = Day(a.at)
	}
	if c.Class != "" {
		c.ClassSince = Day(a.at)
	}
	id := func() int64 { return a.db.ids.next(a.at) }
	if name := r.V["contact"]; name != "" {
		k := Contact{CustomerID: c.ID, BranchID: c.BranchID, Name: name, Position: r.V["position"], Primary: true}
		k.ID, k.Version, k.CreatedAt, k.UpdatedAt = id(), 1, c.CreatedAt, c.CreatedAt
		l.Contacts = []Contact{k}
	}
	for range c.Phones {
		l.phones = append(l.phones, id())
	}
	l.change = id()
	key, fold := x.row.SortKey, dedupe.FoldName(c.Name)
	if key == "" {
		key = pinyin.Key(c.Name)
	}
	l.customer = values(append(c.all(), field{"name_key", &key}, field{"name_fold", &fold}))
	l.key, l.grams = key, customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, c.Phones)
	x.file, x.tags = l, r.Tags
}

// write writes rows of the plan: new files together, the rest one by one.
func (a *applier) write(ctx context.Context, batch []ready) error {
	if a.p.cancel.Load() {
		return ErrCancelled
	}
	var files []*loadRow
	need := map[int64]int{}
	for i := range batch {
		if l := batch[i].file; l != nil && l.Customer.Code == "" {
			need[l.Customer.BranchID]++
		}
	}
	for branch, n := range need {
		if err := a.draw(ctx, branch, n); err != nil {
			return err
		}
	}
	for i := range batch {
		x := &batch[i]
		if x.file == nil {
			continue
		}
		l := *x.file
		if l.Customer.Code == "" {
			l.Customer.Code = a.code(l.Customer.BranchID)
			l.customer = slices.Clone(l.customer)
			l.customer[codeColumn] = l.Customer.Code
			l.grams = codeGrams(slices.Clone(l.grams), l.Customer.Code)
		}
		var err error
		if l.Customer.Tags, err = a.tagIDs(ctx, x.tags); err != nil {
			return err
		}
		slices.Sort(l.Customer.Tags)
		l.Customer.Tags = slices.Compact(l.Customer.Tags)
		files = append(files, &l)
	}
	if _, err := loadInto(ctx, a.Tx, files); err != nil {
		if errors.Is(err, ErrTaken) {
			err = fmt.Errorf("%w: %w", ErrImportStale, err)
		}
		return err
	}
	a.p.done.Add(int64(len(files)))
	for i := range batch {
		if batch[i].file != nil {
			continue
		}
		if a.p.cancel.Load() {
			return ErrCancelled
		}
		if err := a.row(ctx, &batch[i]); err != nil {
			return err
		}
	}
	return nil
}

var codeColumn = slices.Index(names(new(Customer).all()), "code")

// row writes a row that opens no file by itself.
func (a *applier) row(ctx context.Context, x *ready) error {
	var err error
	if a.m.Kind == ImportVisits {
		err = a.visit(ctx, x)
	} else {
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

// contact adds the person whom a row names to a file on record.
func (a *applier) contact(ctx context.Context, r ImportRecord, customer, branch int64, primary bool) error {
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
	return a.change(ctx, "create", "contacts", c.ID, branch, customer, 1, nil)
}

var contactInsert = insertSQL("contacts", new(Contact).all())

// draw takes n free codes from a branch's sequence; on PostgreSQL outside the
// transaction, so that the sequence is not locked until the import ends.
func (a *applier) draw(ctx context.Context, branch int64, n int) error {
	for n -= len(a.codes[branch]); n > 0; {
		var prefix string
		var next int64
		take := func(tx *Tx) error {
			return tx.QueryRowContext(ctx, `UPDATE branches SET next_code = next_code + $2 WHERE id = $1 RETURNING code, next_code`, branch, n).Scan(&prefix, &next)
		}
		var err error
		if a.db.postgres {
			err = a.db.write(ctx, take)
		} else {
			err = take(a.Tx)
		}
		if err != nil {
			return fmt.Errorf("codes of branch %d: %w", branch, err)
		}
		var list []string
		for i := next - int64(n); i < next; i++ {
			if code := prefix + "-" + pad5(i); !a.plan.codes[code] {
				list = append(list, code)
			}
		}
		if list, err = a.free(ctx, list); err != nil {
			return err
		}
		a.codes[branch] = append(a.codes[branch], list...)
		n -= len(list)
	}
	return nil
}

// code gives a code that draw has taken.
func (a *applier) code(branch int64) string {
	code := a.codes[branch][0]
	a.codes[branch] = a.codes[branch][1:]
	return code
}

// free leaves out the codes that are in use. The codes ascend.
func (a *applier) free(ctx context.Context, list []string) ([]string, error) {
	var out []string
	for len(list) > 0 {
		// Codes of one length ascend as texts, too.
		n := len(list)
		if i := slices.IndexFunc(list, func(c string) bool { return len(c) != len(list[0]) }); i > 0 {
			n = i
		}
		rows, err := a.QueryContext(ctx, `SELECT code FROM customers WHERE code >= $1 AND code <= $2`, list[0], list[n-1])
		if err != nil {
			return nil, fmt.Errorf("codes in use: %w", err)
		}
		used := map[string]bool{}
		for rows.Next() {
			var code string
			if err := rows.Scan(&code); err != nil {
				_ = rows.Close()
				return nil, fmt.Errorf("codes in use: %w", err)
			}
			used[code] = true
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("codes in use: %w", err)
		}
		for _, c := range list[:n] {
			if !used[c] {
				out = append(out, c)
			}
		}
		list = list[n:]
	}
	return out, nil
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
	r.Extra = append(r.Extra, a.plan.extra[rowKey(x.row.Sheet, x.row.Row)]...)
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
	return a.contact(ctx, r, was.ID, was.BranchID, !has)
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
