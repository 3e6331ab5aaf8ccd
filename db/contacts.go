package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/consent"
)

// Contact is a person at a customer. One of them may be the primary one. The
// birthday is by the solar or the lunar calendar (R29); month 0 means that it
// is not known, year 0 that the year is not.
type Contact struct {
	ID, CustomerID, BranchID                 int64
	Name, Position, WeChat, Email            string
	BirthdayLunar                            bool
	BirthdayYear, BirthdayMonth, BirthdayDay int64
	BirthdayLeap                             bool // in a leap month
	Primary                                  bool
	Ways                                     string // by which to reach them, the main one first, with blanks between (policy/message)
	Remark                                   string
	Version, CreatedAt, UpdatedAt, DeletedAt int64

	Phones   []string                 // canonical
	Consents map[string]consent.State // what they said, by purpose; none = not asked
}

func (c *Contact) fields() []field {
	return []field{
		{"name", &c.Name}, {"position", &c.Position}, {"wechat", &c.WeChat}, {"email", &c.Email},
		{"birthday_lunar", &c.BirthdayLunar}, {"birthday_year", &c.BirthdayYear}, {"birthday_month", &c.BirthdayMonth},
		{"birthday_day", &c.BirthdayDay}, {"birthday_leap", &c.BirthdayLeap}, {"is_primary", &c.Primary}, {"ways", &c.Ways}, {"remark", &c.Remark},
	}
}

func (c *Contact) all() []field {
	return append(c.fields(),
		field{"id", &c.ID}, field{"customer_id", &c.CustomerID}, field{"branch_id", &c.BranchID},
		field{"version", &c.Version}, field{"created_at", &c.CreatedAt}, field{"updated_at", &c.UpdatedAt}, field{"deleted_at", &c.DeletedAt})
}

var contactColumns = columns("k.", new(Contact).all())

// Contacts returns the contacts of a customer that the scope sees, the primary
// one first.
func (d *DB) Contacts(ctx context.Context, scope policy.Scope, customer int64) ([]Contact, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT `+contactColumns+`, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)
		FROM contacts k JOIN customers c ON c.id = k.customer_id
		WHERE k.customer_id = $1 AND k.deleted_at = 0
		ORDER BY k.is_primary DESC, k.id LIMIT 500`, customer)
	if err != nil {
		return nil, fmt.Errorf("contacts of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []Contact
	for rows.Next() {
		var c Contact
		var branch, owner, clerk int64
		if err := rows.Scan(append(pointers(c.all()), &branch, &owner, &clerk)...); err != nil {
			return nil, fmt.Errorf("contacts of customer %d: %w", customer, err)
		}
		if d.sees(scope, branch, owner, clerk) {
			out = append(out, c)
		}
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return nil, err
	}
	if err := d.contactPhones(ctx, customer, out); err != nil {
		return nil, err
	}
	return out, d.withConsents(ctx, customer, out)
}

func (d *DB) contactPhones(ctx context.Context, customer int64, list []Contact) error {
	rows, err := d.r.QueryContext(ctx, `SELECT contact_id, number FROM phones WHERE customer_id = $1 AND contact_id IS NOT NULL ORDER BY position`, customer)
	if err != nil {
		return fmt.Errorf("phones of contacts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var number string
		if err := rows.Scan(&id, &number); err != nil {
			return fmt.Errorf("phones of contacts: %w", err)
		}
		if i := slices.IndexFunc(list, func(c Contact) bool { return c.ID == id }); i >= 0 {
			list[i].Phones = append(list[i].Phones, number)
		}
	}
	return rows.Err()
}

// SaveContact adds a contact (ID 0) or changes one of the customer's, whose
// Version says what was read (ErrConflict when it is stale). A new primary one
// takes the mark from the old. What is hidden from the actor and was not shown
// (ShownTo) is refused with ErrRefused when it changed.
func (d *DB) SaveContact(ctx context.Context, by policy.Actor, sent Submission, c Contact) (int64, error) {
	err := d.act(ctx, by, "contacts.save", func(tx *Tx) error {
		tx.meetsStandard()
		customer, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), c.CustomerID, false)
		if err != nil {
			return err
		}
		c.BranchID = customer.BranchID
		tx.about(customer.BranchID, customer.ID)
		if c.ID == 0 {
			if c.ID, err = sent.done(ctx, tx, "contacts"); err != nil {
				return err
			} else if c.ID != 0 {
				return errDoneBefore
			}
			if _, err := createContact(ctx, tx, &c); err != nil {
				return err
			}
			if err := sent.keep(ctx, tx, "contacts", c.ID); err != nil {
				return err
			}
		} else if err := d.updateContact(ctx, tx, customer, c); err != nil {
			return err
		}
		return reindexCustomer(ctx, tx, customer.ID)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return c.ID, err
}

func createContact(ctx context.Context, tx *Tx, c *Contact) (int64, error) {
	c.ID, c.Version, c.CreatedAt, c.UpdatedAt, c.DeletedAt = tx.newID(), 1, tx.now(), tx.now(), 0
	if c.Primary {
		if err := dropPrimary(ctx, tx, c.CustomerID); err != nil {
			return 0, err
		}
	}
	if err := tx.insert(ctx, "contacts", c.all()); err != nil {
		return 0, err
	}
	if err := setPhones(ctx, tx, c.CustomerID, c.BranchID, c.ID, c.Phones); err != nil {
		return 0, err
	}
	return c.ID, tx.change(ctx, "create", "contacts", c.ID, c.BranchID, c.CustomerID, 1, nil)
}

func dropPrimary(ctx context.Context, tx *Tx, customer int64) error {
	if _, err := tx.exec(ctx, `UPDATE contacts SET is_primary = $2, version = version + 1 WHERE customer_id = $1 AND is_primary = $3`,
		customer, false, true); err != nil {
		return fmt.Errorf("primary contact of customer %d: %w", customer, err)
	}
	return nil
}

func contactIn(ctx context.Context, tx *Tx, customer, id int64) (Contact, error) {
	var was Contact
	err := tx.QueryRowContext(ctx, `SELECT `+contactColumns+` FROM contacts k WHERE k.id = $1 AND k.customer_id = $2 AND k.deleted_at = 0`,
		id, customer).Scan(pointers(was.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return was, fmt.Errorf("contact %d of customer %d: %w", id, customer, ErrNotFound)
	}
	if err != nil {
		return was, fmt.Errorf("contact %d: %w", id, err)
	}
	was.Phones, err = phonesOf(ctx, tx, customer, id)
	return was, err
}

func (d *DB) updateContact(ctx context.Context, tx *Tx, of Customer, c Contact) error {
	was, err := contactIn(ctx, tx, c.CustomerID, c.ID)
	if err != nil {
		return err
	}
	if was.Version != c.Version {
		return fmt.Errorf("contact %d: %w", c.ID, ErrConflict)
	}
	if err := d.mayRewriteContact(ctx, tx, of, was, c); err != nil {
		return err
	}
	changed := diff(was.fields(), c.fields())
	moved := !slices.Equal(was.Phones, c.Phones)
	if len(changed) == 0 && !moved {
		return nil
	}
	if c.Primary && !was.Primary {
		if err := dropPrimary(ctx, tx, c.CustomerID); err != nil {
			return err
		}
	}
	write := changed
	if len(write) == 0 {
		write = map[string][2]any{"name": {c.Name, c.Name}}
	}
	if err := tx.update(ctx, "contacts", c.ID, c.Version, c.fields(), write); err != nil {
		return err
	}
	if moved {
		changed["phones"] = [2]any{strings.Join(was.Phones, " "), strings.Join(c.Phones, " ")}
		if _, err := tx.exec(ctx, `DELETE FROM phones WHERE contact_id = $1`, c.ID); err != nil {
			return fmt.Errorf("phones of contact %d: %w", c.ID, err)
		}
		if err := setPhones(ctx, tx, c.CustomerID, was.BranchID, c.ID, c.Phones); err != nil {
			return err
		}
	}
	return tx.change(ctx, "update", "contacts", c.ID, was.BranchID, c.CustomerID, c.Version+1, changed)
}

// RemoveContact takes a contact off the file; its record stays in the history.
func (d *DB) RemoveContact(ctx context.Context, by policy.Actor, customer, id int64) error {
	return d.act(ctx, by, "contacts.remove", func(tx *Tx) error {
		tx.meetsStandard()
		c, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), customer, false)
		if err != nil {
			return err
		}
		was, err := contactIn(ctx, tx, customer, id)
		if err != nil {
			return err
		}
		tx.about(c.BranchID, c.ID)
		if _, err := tx.exec(ctx, `UPDATE contacts SET deleted_at = $2, version = version + 1 WHERE id = $1`, id, tx.now()); err != nil {
			return fmt.Errorf("remove contact %d: %w", id, err)
		}
		if _, err := tx.exec(ctx, `DELETE FROM phones WHERE contact_id = $1`, id); err != nil {
			return fmt.Errorf("remove contact %d: %w", id, err)
		}
		if err := reindexCustomer(ctx, tx, customer); err != nil {
			return err
		}
		return tx.change(ctx, "delete", "contacts", id, c.BranchID, customer, was.Version+1,
			map[string][2]any{"name": {was.Name, ""}, "phones": {strings.Join(was.Phones, " "), ""}})
	})
}

func contactPhones(list []Contact) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Phones...)
	}
	return out
}
