package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/standard"
)

// lacksExpr works out of a row of customers, and of what hangs on it, what
// policy/standard.Lacks says of a file: one bit a field, in the order of
// standard.Fields.
const lacksExpr = `
	( CASE WHEN NOT EXISTS (SELECT 1 FROM phones p WHERE p.customer_id = customers.id) THEN 1 ELSE 0 END
	+ CASE WHEN NOT EXISTS (SELECT 1 FROM contacts k WHERE k.customer_id = customers.id AND k.deleted_at = 0) THEN 2 ELSE 0 END
	+ CASE WHEN kind = '' THEN 4 ELSE 0 END
	+ CASE WHEN place_code = '' OR substr(place_code, 5, 2) = '00' AND place_code NOT IN ('441900', '442000', '460400', '620200') THEN 8 ELSE 0 END
	+ CASE WHEN address = '' THEN 16 ELSE 0 END
	+ CASE WHEN owner_id IS NULL THEN 32 ELSE 0 END
	+ CASE WHEN clerk_id IS NULL THEN 64 ELSE 0 END
	+ CASE WHEN class = '' THEN 128 ELSE 0 END
	+ CASE WHEN industry = '' THEN 256 ELSE 0 END
	+ CASE WHEN source = '' THEN 512 ELSE 0 END
	+ CASE WHEN length(credit_code) <> 18 THEN 1024 ELSE 0 END
	+ CASE WHEN terms = '' THEN 2048 ELSE 0 END
	+ CASE WHEN NOT EXISTS (SELECT 1 FROM phones p WHERE p.customer_id = customers.id AND length(p.number) = 11 AND substr(p.number, 1, 1) = '1') THEN 4096 ELSE 0 END)`

// lacksColumns are those whose change may change what a file lacks.
var lacksColumns = []string{"phones", "kind", "place_code", "address", "owner_id", "clerk_id", "class", "industry", "source", "credit_code", "terms"}

// Short says that an act would leave a file without fields that the company's
// data-entry standard says must be there; errors.Is(ErrRefused).
type Short struct {
	Customer int64
	Fields   []string // of standard.Asked
}

func (s *Short) Error() string {
	return fmt.Sprintf("customer %d must have %s", s.Customer, strings.Join(s.Fields, ", "))
}

// Unwrap makes it an ErrRefused.
func (s *Short) Unwrap() error { return ErrRefused }

// lackOf is what of a file is worked out anew before the commit.
type lackOf struct{ created bool }

// noteLack remembers a file whose change may change what it lacks; change asks
// it of every changed row.
func (tx *Tx) noteLack(kind, entity string, customer int64, fields map[string][2]any) {
	switch {
	case customer == 0:
		return
	case entity == "contacts":
	case entity != "customers":
		return
	case kind == "update" && !slices.ContainsFunc(lacksColumns, func(c string) bool { _, ok := fields[c]; return ok }):
		return
	}
	if tx.lacks == nil {
		tx.lacks = map[int64]lackOf{}
	}
	was := tx.lacks[customer]
	tx.lacks[customer] = lackOf{created: was.created || kind == "create" && entity == "customers"}
}

// meetsStandard makes the act one that may not leave a file short of what must
// be there: acts by which a person fills in a file. Imports and undoing are
// not: they are shown what falls short and go on.
func (tx *Tx) meetsStandard() { tx.strict = true }

// lackStep is how many files one statement looks at.
const lackStep = 200

// flushLacks writes what the changed files lack now, and refuses with a *Short
// what the standard does not let through (meetsStandard). An edit is stopped
// by what it takes away, never by what was missing before (standard.Broken).
func (tx *Tx) flushLacks(ctx context.Context) error {
	ids := slices.Sorted(maps.Keys(tx.lacks))
	for part := range slices.Chunk(ids, lackStep) {
		rows, err := tx.lacking(ctx, part)
		if err != nil {
			return fmt.Errorf("what files lack: %w", err)
		}
		for _, r := range rows {
			if tx.strict {
				if err := tx.mayLack(r, tx.lacks[r.id].created); err != nil {
					return err
				}
			}
			if _, err := tx.exec(ctx, `UPDATE customers SET lacks = $2 WHERE id = $1`, r.id, r.now); err != nil {
				return fmt.Errorf("what customer %d lacks: %w", r.id, err)
			}
		}
	}
	return nil
}

type lackRow struct {
	id, branch, owner, clerk, was, now int64
	kind                               string
}

func lackingSQL(list string) string {
	return `SELECT id, branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), kind, lacks, ` + lacksExpr + ` FROM customers WHERE id ` + list
}

// lacking reads those of the files that lack other than is written.
func (tx *Tx) lacking(ctx context.Context, ids []int64) ([]lackRow, error) {
	in, args := inList(1, ids)
	rows, err := tx.QueryContext(ctx, lackingSQL(in), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []lackRow
	for rows.Next() {
		var r lackRow
		if err := rows.Scan(&r.id, &r.branch, &r.owner, &r.clerk, &r.kind, &r.was, &r.now); err != nil {
			return nil, err
		}
		if r.was != r.now {
			out = append(out, r)
		}
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// mayLack refuses what the standard does not let through. Who opens a file is
// not asked for what they may not set: its owner, its clerk, its class.
func (tx *Tx) mayLack(r lackRow, created bool) error {
	must, _ := tx.db.tree.Load().standardsOn(tx.today()).bits(r.branch, r.kind)
	broken := standard.Broken(r.was, r.now, must)
	if created {
		broken = r.now & must &^ tx.beyond(r)
	}
	if broken == 0 {
		return nil
	}
	return &Short{Customer: r.id, Fields: standard.Names(broken)}
}

func (tx *Tx) beyond(r lackRow) int64 {
	return tx.db.Unsettable(tx.by, r.branch, r.owner, r.clerk)
}

// Unsettable are the bits of the fields that the actor may not set on a file of
// that branch, owner and clerk.
func (d *DB) Unsettable(by policy.Actor, branch, owner, clerk int64) int64 {
	var out int64
	if !d.sees(by.Scope(policy.CustomerAssign), branch, owner, clerk) {
		out |= standard.Bit("owner") | standard.Bit("clerk")
	}
	if !d.sees(by.Scope(policy.CustomerClass), branch, owner, clerk) {
		out |= standard.Bit("class")
	}
	return out
}

// ImportShort are the fields that must be there by the data-entry standard and
// that a new file made of a row would lack. An import is warned of them and
// goes on.
func (d *DB) ImportShort(m Import, r ImportRow) []string {
	if r.Verdict != "create" || m.Kind != ImportCustomers {
		return nil
	}
	branch := cmp.Or(r.Record.Branch, m.BranchID)
	c, rec := Customer{}, r.Record
	importCustomer(&rec, &c, false, m.FileName)
	var contacts []Contact
	if rec.V["contact"] != "" {
		contacts = []Contact{{Name: rec.V["contact"]}}
	}
	must, _ := d.StandardBits(branch, c.Kind)
	return standard.Names(LacksOf(c, contacts) & must)
}

// LacksOf are the bits of what a file would lack with the contacts it has; for
// forms, before they are kept.
func LacksOf(c Customer, contacts []Contact) int64 {
	return standard.Lacks(standard.File{Phones: append(slices.Clone(c.Phones), contactPhones(contacts)...), Contact: len(contacts) > 0,
		Owner: c.OwnerID != 0, Clerk: c.ClerkID != 0, Kind: c.Kind, PlaceCode: c.PlaceCode, Address: c.Address, Class: c.Class,
		Industry: c.Industry, Source: c.Source, Credit: c.CreditCode, Term: c.Terms})
}
