package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/mask"
)

// RewriteWithin is how long after a masked field was shown in full it may be
// rewritten by whom it was shown to.
const RewriteWithin = 30 * time.Minute

// Shown are the masked fields of one file, or of one contact, that a person has
// just had shown in full, with their purpose on record.
type Shown map[shownField]bool

type shownField struct {
	name  string // mask.Fields
	index int    // which of several phones
}

// Has says whether a field is among them; index counts phones, 0 for the others.
func (s Shown) Has(field string, index int) bool { return s[shownField{field, index}] }

// ShownTo returns what of a file (contact 0) or of one of its contacts was shown
// to whoever acts, within RewriteWithin and since the row was last changed: what
// somebody wrote afterwards nobody has shown them. changed is the row's
// UpdatedAt.
func (d *DB) ShownTo(ctx context.Context, by policy.Actor, customer, contact, changed int64) (Shown, error) {
	return d.shownTo(ctx, d.r, by, customer, contact, changed)
}

func (d *DB) shownTo(ctx context.Context, q querier, by policy.Actor, customer, contact, changed int64) (Shown, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT field, position FROM reveals
		WHERE user_id = $1 AND at > $2 AND customer_id = $3 AND coalesce(contact_id, 0) = $4`,
		by.UserID, max(changed, d.now().Add(-RewriteWithin).UnixMilli()), customer, contact)
	if err != nil {
		return nil, fmt.Errorf("shown of customer %d: %w", customer, err)
	}
	defer rows.Close()
	out := Shown{}
	for rows.Next() {
		var f shownField
		if err := rows.Scan(&f.name, &f.index); err != nil {
			return nil, fmt.Errorf("shown of customer %d: %w", customer, err)
		}
		out[f] = true
	}
	return out, rows.Err()
}

// HiddenIn are the fields of a file in which something is hidden from a reader
// of that level who was not shown them, by the names of mask.Fields; phones are
// those at their places.
func HiddenIn(c Customer, level mask.Level, shown Shown) (fields []string, phones []int) {
	return hiddenIn(level, shown, c.Phones, map[string][2]string{
		mask.FieldWeChat:  {c.WeChat, mask.WeChat(c.WeChat, level)},
		mask.FieldEmail:   {c.Email, mask.Email(c.Email, level)},
		mask.FieldAddress: {c.Address, mask.AddressLine(c.Address, level)},
		mask.FieldRemark:  {c.Remark, mask.Text(c.Remark, level)},
	})
}

// HiddenInContact is HiddenIn for a contact. Its birthday is FieldBirthday while
// the year is hidden; it is shown to nobody in between.
func HiddenInContact(k Contact, level mask.Level, shown Shown) (fields []string, phones []int) {
	fields, phones = hiddenIn(level, shown, k.Phones, map[string][2]string{
		mask.FieldWeChat: {k.WeChat, mask.WeChat(k.WeChat, level)},
		mask.FieldEmail:  {k.Email, mask.Email(k.Email, level)},
		mask.FieldRemark: {k.Remark, mask.Text(k.Remark, level)},
	})
	if level != mask.Full && k.BirthdayYear != 0 {
		fields = append(fields, FieldBirthday)
	}
	return fields, phones
}

// FieldBirthday names a contact's birthday among what is hidden.
const FieldBirthday = "birthday"

func hiddenIn(level mask.Level, shown Shown, numbers []string, values map[string][2]string) (fields []string, phones []int) {
	if level == mask.Full {
		return nil, nil
	}
	for _, name := range mask.Fields {
		if v := values[name]; v[0] != v[1] && !shown.Has(name, 0) {
			fields = append(fields, name)
		}
	}
	for i := range numbers {
		if !shown.Has(mask.FieldPhone, i) {
			phones = append(phones, i)
		}
	}
	return fields, phones
}

// mayRewrite refuses a change of what is hidden from whoever acts: they cannot
// know what they write over. Numbers may be added to those they do not see.
func (d *DB) mayRewrite(ctx context.Context, tx *Tx, was, now Customer) error {
	level := d.MaskFor(tx.by, was.BranchID, was.OwnerID, was.ClerkID)
	if level == mask.Full {
		return nil
	}
	shown, err := d.shownTo(ctx, tx, tx.by, was.ID, 0, was.UpdatedAt)
	if err != nil {
		return err
	}
	fields, phones := HiddenIn(was, level, shown)
	kept := map[string]bool{mask.FieldWeChat: was.WeChat == now.WeChat, mask.FieldEmail: was.Email == now.Email, mask.FieldRemark: was.Remark == now.Remark,
		mask.FieldAddress: was.Address == now.Address && was.PlaceCode == now.PlaceCode && was.CityCode == now.CityCode}
	return untouched(was.ID, fields, kept, phones, was.Phones, now.Phones)
}

// mayRewriteContact is mayRewrite for a contact of a file.
func (d *DB) mayRewriteContact(ctx context.Context, tx *Tx, of Customer, was, now Contact) error {
	level := d.MaskFor(tx.by, of.BranchID, of.OwnerID, of.ClerkID)
	if level == mask.Full {
		return nil
	}
	shown, err := d.shownTo(ctx, tx, tx.by, of.ID, was.ID, was.UpdatedAt)
	if err != nil {
		return err
	}
	fields, phones := HiddenInContact(was, level, shown)
	kept := map[string]bool{mask.FieldWeChat: was.WeChat == now.WeChat, mask.FieldEmail: was.Email == now.Email, mask.FieldRemark: was.Remark == now.Remark,
		FieldBirthday: was.BirthdayYear == now.BirthdayYear && was.BirthdayMonth == now.BirthdayMonth && was.BirthdayDay == now.BirthdayDay &&
			was.BirthdayLunar == now.BirthdayLunar && was.BirthdayLeap == now.BirthdayLeap}
	return untouched(of.ID, fields, kept, phones, was.Phones, now.Phones)
}

func untouched(customer int64, fields []string, kept map[string]bool, phones []int, before, after []string) error {
	for _, name := range fields {
		if !kept[name] {
			return fmt.Errorf("rewrite the hidden %s of customer %d: %w", name, customer, ErrRefused)
		}
	}
	for _, i := range phones {
		if !slices.Contains(after, before[i]) {
			return fmt.Errorf("rewrite a hidden number of customer %d: %w", customer, ErrRefused)
		}
	}
	return nil
}
