package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy/dedupe"
	"yike/policy/pinyin"
)

// importPlan is the order in which the rows of an import are written, and what
// rows further down say about rows further up.
type importPlan struct {
	order   []int64             // numbers of the staged rows: new files, then the rest
	creates int                 // how many of them are new files
	ids     int64               // how many ids the rows that it opens may need
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
	plan.ids = int64(plan.creates)
	if m.Kind == ImportVisits {
		plan.ids = visitIDs * int64(len(plan.order))
	}
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
	// A record is staged in one of two forms (ImportRecord.text).
	plain, packed := codesLikeSQL(prefix)
	return out, read(`verdict = 'create' AND (record LIKE $2 OR record LIKE $3)`, func(r ImportRow) { out.codes[r.Record.V["code"]] = true }, plain, packed)
}

// codesLikeSQL are the patterns of a record that brings a code of a branch.
func codesLikeSQL(prefix string) (plain, packed string) {
	return "%code=" + prefix + "-%", `%"code":"` + prefix + "-%"
}

func rowKey(sheet string, row int) string { return fmt.Sprintf("%s\x00%d", sheet, row) }

// ready is a row with everything worked out that needs no transaction.
type ready struct {
	row  ImportRow
	file *loadRow // of a new file
	tags []string // of a new file
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
	rows, err := a.db.fr.QueryContext(plain, a.db.amongSQL(importRowsSQL(`n `), 2, len(list), ``), args...)
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
		k := Contact{CustomerID: c.ID, BranchID: c.BranchID, Name: name, Position: r.V["position"], Ways: r.V["ways"], Primary: true}
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
	lacks := LacksOf(*c, l.Contacts)
	l.customer = values(append(c.all(), field{"name_key", &key}, field{"name_fold", &fold}, field{"lacks", &lacks}))
	l.key, l.grams = key, customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, c.Phones)
	x.file, x.tags = l, r.Tags
}
