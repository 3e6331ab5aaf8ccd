package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/dedupe"
)

// applier writes the rows of one import.
type applier struct {
	*Tx  // the part in hand
	db   *DB
	by   policy.Actor
	m    Import
	plan *importPlan
	p    *importProgress
	at   time.Time // when the apply began: its files were opened then

	// Of visits:
	parted bool             // in parts: rows are hidden and the days of files come last
	opened map[string]int64 // files that committed parts opened, by folded name
	at0    int              // place in the plan of the row in hand

	// Of files that are written in parts:
	grams []searchRow // of those that no search finds yet

	// Of the part in hand:
	tags  map[string]int64
	fresh map[string]int64   // of visits: files that it opened
	codes map[int64][]string // drawn and not yet given, by branch
}

// write writes rows of the plan: new files together, the rest one by one.
// from is the place of the first of them in the plan.
func (a *applier) write(ctx context.Context, from int, batch []ready) error {
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
			l.grams = withCode(l.grams, l.Customer.Code)
		}
		var err error
		if l.Customer.Tags, err = a.tagIDs(ctx, x.tags); err != nil {
			return err
		}
		slices.Sort(l.Customer.Tags)
		l.Customer.Tags = slices.Compact(l.Customer.Tags)
		files = append(files, &l)
	}
	_, err := loadInto(ctx, a.Tx, files)
	if a.Tx.later = nil; err != nil {
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
		a.at0 = from + i
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
	c := Contact{CustomerID: customer, BranchID: branch, Name: name, Position: r.V["position"], Ways: r.V["ways"]}
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

// ways writes by which the contact of a file that a row names, or else its
// primary one, is reached.
func (a *applier) ways(ctx context.Context, r ImportRecord, customer int64) error {
	var id int64
	err := a.QueryRowContext(ctx, `SELECT id FROM contacts WHERE customer_id = $1 AND deleted_at = 0 AND (name = $2 OR CAST($2 AS TEXT) = '' AND is_primary) ORDER BY id LIMIT 1`, customer, r.V["contact"]).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // somebody has taken it away since
	}
	if err != nil {
		return fmt.Errorf("contact of customer %d: %w", customer, err)
	}
	was, err := contactIn(ctx, a.Tx, customer, id)
	if err != nil || was.Ways != "" && a.m.Options.FillOnly {
		return err
	}
	return a.setWays(ctx, was, r.V["ways"])
}

// setWays writes by which ways a contact is reached.
func (tx *Tx) setWays(ctx context.Context, was Contact, ways string) error {
	now := was
	now.Ways = ways
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "contacts", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	return tx.change(ctx, "update", "contacts", was.ID, was.BranchID, was.CustomerID, was.Version+1, changed)
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
	if slices.ContainsFunc(r.Changes, func(c ImportChange) bool { return c.Field == "ways" }) {
		if err := a.ways(ctx, r, was.ID); err != nil {
			return err
		}
	}
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
	if a.parted {
		return a.hiddenVisit(ctx, &v)
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
	if id := cmp.Or(a.fresh[fold], a.opened[fold]); id != 0 {
		return id, nil
	}
	c := Customer{BranchID: a.m.BranchID, Name: r.V["name"], OwnerID: r.Owner, Channel: "import", State: "draft", ImportID: a.m.ID, Phones: r.Phones}
	file := a.newID()
	if a.parted {
		file = a.visitID(visitsFile)
	}
	id, err := createCustomerAs(ctx, a.Tx, file, &c, nil)
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
