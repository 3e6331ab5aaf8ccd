package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/consent"
)

// PersonCopy is everything that is kept about a client, or about one contact of
// it, to be handed to the person (arts. 45, 48).
type PersonCopy struct {
	Request  Request
	Customer CustomerFile // of a contact's copy only the name and the branch
	Contacts []Contact
	Consents []Consent // history included
	Visits   []TimelineVisit
	Looks    int64 // how many times the file was looked at, by how many people
	Lookers  int64
}

// CopyPerson reads the copy that a request asks for and puts it on record, both
// or neither. The actor needs customers.rights over the client; ErrRefused for
// a request of another kind, ErrNotFound once the person is erased.
func (d *DB) CopyPerson(ctx context.Context, by policy.Actor, id int64) (PersonCopy, error) {
	var out PersonCopy
	scope := by.Scope(policy.CustomerRights)
	err := d.act(ctx, by, "requests.copy", func(tx *Tx) error {
		q, err := d.request(ctx, tx, scope, id)
		switch {
		case err != nil:
			return err
		case q.Erased:
			return fmt.Errorf("copy for request %d: %w", id, ErrNotFound)
		case q.Kind != consent.Copy:
			return fmt.Errorf("copy for request %d: %w", id, ErrRefused)
		}
		out.Request = q
		tx.aboutCustomer(q.BranchID, q.CustomerID)
		tx.audit.rows = 1
		tx.detail(map[string]any{"request": q.ID, "format": "xlsx"})
		return nil
	})
	if err != nil {
		return out, err
	}
	c, err := d.rightsOf(ctx, d.r, scope, out.Request.CustomerID)
	if err != nil {
		return out, err
	}
	if c.DeletedAt == 0 {
		if out.Customer, err = d.CustomerFile(ctx, scope, c.ID); err != nil {
			return out, err
		}
	} else {
		out.Customer = CustomerFile{Customer: c}
		if out.Customer.Contacts, err = d.fileContacts(ctx, c.ID); err != nil {
			return out, err
		}
	}
	said, err := consentsOf(ctx, d.r, c.ID, out.Request.ContactID, false)
	if err != nil {
		return out, err
	}
	visits, err := d.timelineVisits(ctx, c.ID, Position{}, 100000)
	if err != nil {
		return out, err
	}
	one := out.Request.ContactID
	for _, k := range out.Customer.Contacts {
		if one == 0 || k.ID == one {
			out.Contacts = append(out.Contacts, k)
		}
	}
	out.Consents = said
	for _, v := range visits {
		if one == 0 || len(out.Contacts) == 1 && v.ContactName == out.Contacts[0].Name {
			out.Visits = append(out.Visits, v)
		}
	}
	if one != 0 {
		out.Customer = CustomerFile{Customer: Customer{ID: c.ID, Name: c.Name, BranchID: c.BranchID}}
	}
	err = d.r.QueryRowContext(ctx, `SELECT coalesce(SUM(looks), 0), COUNT(DISTINCT user_id) FROM customer_looks WHERE customer_id = $1`, c.ID).Scan(&out.Looks, &out.Lookers)
	if err != nil {
		return out, fmt.Errorf("looks at customer %d: %w", c.ID, err)
	}
	return out, nil
}
