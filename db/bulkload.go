package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/pinyin"
)

// LoadItem is one customer file with everything that hangs on it, for
// LoadCustomers. Code "" is given by the branch's sequence. CreatedAt must not
// fall from one item to the next; DeletedAt puts the file into the recycle
// bin. The ContactID of a visit and of a consent counts Contacts from 1; 0 is
// none of them, which no consent can be of. Of one contact's consents to one
// purpose the last holds, from its CreatedAt on.
type LoadItem struct {
	Customer Customer
	Contacts []Contact
	Visits   []Visit
	Consents []Consent
}

// LoadTag is a tag to be made by LoadTags.
type LoadTag struct{ Name, Kind, Hint string }

// Loaded counts what a load wrote.
type Loaded struct{ Customers, Contacts, Visits int }

// loadBatch is how many files one transaction of a load writes: large, because
// the search index is flushed at each commit.
const loadBatch = 10_000

// LoadTags makes tags and returns their ids in the given order. System only.
func (d *DB) LoadTags(ctx context.Context, by policy.Actor, tags []LoadTag) ([]int64, error) {
	if err := systemOnly(by); err != nil {
		return nil, err
	}
	var out []int64
	err := d.act(ctx, by, "tags.load", func(tx *Tx) error {
		out = out[:0]
		for _, t := range tags {
			id := tx.newID()
			if _, err := tx.exec(ctx, `INSERT INTO tags (id, name, kind, hint, created_at) VALUES ($1, $2, $3, $4, $5)`,
				id, t.Name, t.Kind, t.Hint, tx.now()); err != nil {
				return fmt.Errorf("tag %q: %w", t.Name, err)
			}
			if err := tx.change(ctx, "create", "tags", id, 0, 0, 1, nil); err != nil {
				return err
			}
			out = append(out, id)
		}
		return nil
	})
	return out, err
}

// LoadCustomers writes many files at once, with their search keys, a change
// record for each file (contacts and visits come with it) and an audit record
// for every 10,000: for generated data. It trusts the items as createCustomer
// does, takes many rows in one statement and makes keys while it writes. In a
// database without customers ids follow CreatedAt, so that the newest file has
// the highest. What was written before an error stays. System only; note is
// called after each batch and may be nil.
func (d *DB) LoadCustomers(ctx context.Context, by policy.Actor, items iter.Seq[LoadItem], note func(Loaded)) (done Loaded, err error) {
	if err := systemOnly(by); err != nil {
		return done, err
	}
	codes, err := d.loadCodes(ctx)
	if err != nil {
		return done, err
	}
	var some bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM customers)`).Scan(&some); err != nil {
		return done, fmt.Errorf("look for customers: %w", err)
	}
	made := &d.ids
	if !some {
		made = &ids{node: d.ids.node}
	}
	// The indexes of a large load do not fit the everyday cache.
	back, err := d.roomy(ctx, 262144)
	if err != nil {
		return done, err
	}
	defer back()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan []*loadRow)
	go func() {
		defer close(batches)
		d.loadRows(made, items, codes, func(batch []*loadRow) bool {
			select {
			case batches <- batch:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	var aside *setAside
	// Also after a failure: what was set aside must come back.
	defer func() {
		if aside != nil {
			err = errors.Join(err, aside.back(context.WithoutCancel(ctx)))
		}
		d.refreshStatistics(context.WithoutCancel(ctx), done.Customers)
	}()
	for batch := range batches {
		if !some && done.Customers == 0 && len(batch) == loadBatch {
			if aside, err = d.setAside(ctx); err != nil {
				return done, err
			}
		}
		var wrote Loaded
		err := d.act(ctx, by, "customers.load", func(tx *Tx) error {
			aside.begin(tx)
			var err error
			wrote, err = loadInto(ctx, tx, batch)
			return err
		})
		if err == nil {
			err = aside.wrote(ctx)
		}
		if err != nil {
			return done, fmt.Errorf("load customers: %w", err)
		}
		done.Customers += wrote.Customers
		done.Contacts += wrote.Contacts
		done.Visits += wrote.Visits
		if note != nil {
			note(done)
		}
	}
	return done, ctx.Err()
}

// manyRows is from how many files on a write changes what the planner of
// PostgreSQL should know.
const manyRows = 5000

// refreshStatistics tells PostgreSQL at once what autovacuum would tell it
// within minutes, so that the first reads after many writes do not scan whole
// tables. It stands outside the transaction that wrote; that it failed is no
// failure of the write.
func (d *DB) refreshStatistics(ctx context.Context, files int) {
	if !d.postgres || files < manyRows {
		return
	}
	_, _ = d.w.ExecContext(ctx, `ANALYZE customers, customer_search, contacts, phones, customer_tags, visits, changes`)
}

func systemOnly(by policy.Actor) error {
	if by.UserID != 0 || !by.Scope(policy.CustomerCreate).Company() {
		return fmt.Errorf("load: %w", ErrRefused)
	}
	return nil
}

type branchCode struct {
	prefix string
	next   int64
}

func (d *DB) loadCodes(ctx context.Context) (map[int64]*branchCode, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT id, code, next_code FROM branches`)
	if err != nil {
		return nil, fmt.Errorf("next codes: %w", err)
	}
	defer rows.Close()
	out := map[int64]*branchCode{}
	for rows.Next() {
		var id int64
		b := &branchCode{}
		if err := rows.Scan(&id, &b.prefix, &b.next); err != nil {
			return nil, fmt.Errorf("next codes: %w", err)
		}
		out[id] = b
	}
	return out, rows.Err()
}

// loadRow is an item with its ids, code and keys worked out.
type loadRow struct {
	LoadItem
	customer []any  // every column
	key      string // of the name
	grams    string
	change   int64 // id of the change record
	phones   []int64
	next     int64 // next_code of its branch after it
}

// loadRows works items out, batch by batch, until give refuses one.
func (d *DB) loadRows(made *ids, items iter.Seq[LoadItem], codes map[int64]*branchCode, give func([]*loadRow) bool) {
	at := d.now().UnixMilli()
	batch := make([]*loadRow, 0, loadBatch)
	for item := range items {
		r := &loadRow{LoadItem: item}
		r.workOut(made, codes[item.Customer.BranchID], at)
		if batch = append(batch, r); len(batch) == loadBatch {
			if !give(batch) {
				return
			}
			batch = make([]*loadRow, 0, loadBatch)
		}
	}
	if len(batch) > 0 {
		give(batch)
	}
}

func (r *loadRow) workOut(made *ids, code *branchCode, now int64) {
	c := &r.Customer
	id := func() int64 { return made.nextMilli(c.CreatedAt) }
	c.ID, c.Version, c.UpdatedAt = id(), 1, now
	if c.Code == "" && code != nil {
		c.Code = code.prefix + "-" + pad5(code.next)
		code.next++
		r.next = code.next
	}
	numbers := slices.Clone(c.Phones)
	for i := range r.Contacts {
		k := &r.Contacts[i]
		k.ID, k.CustomerID, k.BranchID, k.Version = id(), c.ID, c.BranchID, 1
		k.CreatedAt, k.UpdatedAt = c.CreatedAt, c.CreatedAt
		numbers = append(numbers, k.Phones...)
	}
	for i := range r.Visits {
		v := &r.Visits[i]
		v.ID, v.CustomerID, v.BranchID, v.Version = id(), c.ID, c.BranchID, 1
		if v.ContactID > 0 {
			v.ContactID = r.Contacts[v.ContactID-1].ID
		}
		if v.Minute <= 0 {
			v.Minute = -1
		}
		v.UpdatedAt = v.CreatedAt
		switch {
		case v.State == VisitDone && v.Day > c.LastVisitOn:
			c.LastVisitOn = v.Day
		case v.State == VisitPlanned && (c.NextVisitOn == "" || v.Day < c.NextVisitOn):
			c.NextVisitOn = v.Day
		}
	}
	for i := range r.Consents {
		n := &r.Consents[i]
		n.ID, n.CustomerID, n.BranchID, n.ContactID = id(), c.ID, c.BranchID, r.Contacts[n.ContactID-1].ID
		for j := range i {
			if was := &r.Consents[j]; was.ContactID == n.ContactID && was.Purpose == n.Purpose && was.Superseded == 0 {
				was.Superseded = n.CreatedAt
			}
		}
	}
	c.MonthVisits = daysInMonth(r.Visits, monthOf(c.LastVisitOn))
	for range numbers {
		r.phones = append(r.phones, id())
	}
	r.change = id()
	lacks := LacksOf(*c, r.Contacts)
	r.customer = values(append(append(c.all(), c.derived()...), field{"lacks", &lacks}))
	if c.DeletedAt == 0 {
		r.key, r.grams = pinyin.Key(c.Name), customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, numbers)
	}
}

// daysInMonth counts the days of a month with a made visit; 0 for no month.
func daysInMonth(list []Visit, month string) int64 {
	var days []string
	for _, v := range list {
		if v.State == VisitDone && month != "" && monthOf(v.Day) == month && !slices.Contains(days, v.Day) {
			days = append(days, v.Day)
		}
	}
	return int64(len(days))
}

func pad5(n int64) string {
	s := strconv.FormatInt(n, 10)
	return "00000"[min(len(s), 5):] + s
}

func values(fields []field) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = bound(f.value)
	}
	return out
}

// loadInto writes one batch.
func loadInto(ctx context.Context, tx *Tx, batch []*loadRow) (Loaded, error) {
	// A context that can end costs the driver a goroutine for each statement.
	plain := context.WithoutCancel(ctx)
	var n Loaded
	var blankC Customer
	var blankK Contact
	var blankV Visit
	customers := newSheaf(tx, "customers", append(names(append(blankC.all(), blankC.derived()...)), "lacks"))
	contacts := newSheaf(tx, "contacts", names(blankK.all()))
	visits := newSheaf(tx, "visits", names(blankV.all()))
	phones := newSheaf(tx, "phones", []string{"id", "customer_id", "branch_id", "contact_id", "number", "position"})
	consents := newSheaf(tx, "consents", []string{"id", "contact_id", "customer_id", "branch_id", "purpose", "state", "source", "day", "note",
		"user_id", "created_at", "superseded_at"})
	tags := newSheaf(tx, "customer_tags", []string{"customer_id", "tag_id", "branch_id"})
	changes := newSheaf(tx, "changes", changeColumns)
	// Rows that others refer to are written first: contacts before phones.
	sheaves := []*sheaf{customers, contacts, phones, tags, visits, consents, changes}
	next := map[int64]int64{}
	for _, r := range batch {
		c := &r.Customer
		if err := tx.mayStand(ctx, c.BranchID); err != nil {
			return n, err
		}
		customers.add(r.customer...)
		changes.add(r.change, tx.audit.id, "create", "customers", c.ID, c.BranchID, c.ID, int64(1), "")
		if err := tx.tally(r.change, "create", "customers", c.ID, c.BranchID, c.ID, 1, ""); err != nil {
			return n, err
		}
		phone := 0
		called := func(contact int64, numbers []string) {
			for i, number := range numbers {
				phones.add(r.phones[phone], c.ID, c.BranchID, ref(contact), number, int64(i))
				phone++
			}
		}
		called(0, c.Phones)
		for i := range r.Contacts {
			k := &r.Contacts[i]
			contacts.add(values(k.all())...)
			called(k.ID, k.Phones)
		}
		for _, tag := range c.Tags {
			tags.add(c.ID, tag, c.BranchID)
		}
		for i := range r.Visits {
			v := &r.Visits[i]
			visits.add(values(v.all())...)
		}
		for i := range r.Consents {
			a := &r.Consents[i]
			consents.add(a.ID, a.ContactID, c.ID, c.BranchID, a.Purpose, string(a.State), a.Source, a.Day, a.Note, a.UserID, a.CreatedAt, a.Superseded)
		}
		if r.grams != "" {
			if err := tx.index(plain, c.ID, r.key, r.grams); err != nil {
				return n, err
			}
		}
		if r.next > next[c.BranchID] {
			next[c.BranchID] = r.next
		}
		n.Customers++
		n.Contacts += len(r.Contacts)
		n.Visits += len(r.Visits)
		for _, s := range sheaves {
			if s.rows >= s.most {
				if err := cmp.Or(ctx.Err(), flush(plain, sheaves)); err != nil {
					return n, err
				}
				break
			}
		}
	}
	if err := flush(plain, sheaves); err != nil {
		return n, err
	}
	for branch, code := range next {
		if _, err := tx.exec(ctx, `UPDATE branches SET next_code = $2 WHERE id = $1 AND next_code < $2`, branch, code); err != nil {
			return n, fmt.Errorf("next code of branch %d: %w", branch, err)
		}
	}
	return n, nil
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.column
	}
	return out
}
