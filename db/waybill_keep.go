package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/waybill"
)

// RuleRecipients is the dated rule of how long parcels say who their persons
// were; its value is {"days": n}.
const RuleRecipients = "recipients"

// metaForgotten is up to where the nightly job has been: a day and an id. The
// parcels of the days before it name nobody any more.
const metaForgotten = "waybills_forgotten"

// forgetBatch is how many parcels one transaction looks at.
const forgetBatch = 2000

// personal are the columns of waybills that are cleared when their time is
// over. The name of a sender who is nobody on file stays: it is what the list
// of possible new clients says of the parcel.
const personal = `receiver = '', receiver_phone = '', sender_contact = '', sender_phone = '', sender_address = '', contents = '', remark = '',
	sender = CASE WHEN customer_id IS NULL THEN sender ELSE '' END`

const isPersonal = `(receiver <> '' OR receiver_phone <> '' OR sender_contact <> '' OR sender_phone <> '' OR sender_address <> '' OR contents <> '' OR remark <> ''
	OR sender <> '' AND customer_id IS NOT NULL)`

// forget takes out what personal does.
func (w *Waybill) forget() {
	w.Receiver, w.ReceiverPhone, w.SenderContact, w.SenderPhone, w.SenderAddress, w.Contents, w.Remark = "", "", "", "", "", "", ""
	if w.CustomerID != 0 {
		w.Sender = ""
	}
}

// recall has the personal columns of another.
func (w *Waybill) recall(was *Waybill) {
	w.Receiver, w.ReceiverPhone, w.Contents, w.Remark = was.Receiver, was.ReceiverPhone, was.Contents, was.Remark
	w.Sender, w.SenderContact, w.SenderPhone, w.SenderAddress = was.Sender, was.SenderContact, was.SenderPhone, was.SenderAddress
}

// RecipientDays returns for how many days the company keeps them.
func (d *DB) RecipientDays(ctx context.Context) (int, error) {
	row, err := d.Rule(ctx, RuleRecipients, 0, Day(d.now()))
	if err != nil {
		return 0, err
	}
	var rule struct {
		Days int `json:"days"`
	}
	if row.Version > 0 {
		if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
			return 0, fmt.Errorf("rule %s: %w", RuleRecipients, err)
		}
	}
	return waybill.KeptDays(rule.Days), nil
}

// PersonsFrom returns the day from which on parcels may say who their persons
// were.
func (d *DB) PersonsFrom(ctx context.Context) (string, error) {
	days, err := d.RecipientDays(ctx)
	return Day(d.now().AddDate(0, 0, -days)), err
}

// forgotten is up to where the job has been.
func (d *DB) forgotten(ctx context.Context) (at WaybillKey, err error) {
	text, err := d.Meta(ctx, metaForgotten)
	if errors.Is(err, ErrNotFound) {
		return WaybillKey{}, nil
	}
	day, id, _ := strings.Cut(text, " ")
	return WaybillKey{Day: day, ID: ParseID(id)}, err
}

// ForgetRecipients clears what parcels say of persons when its time is over,
// the oldest first, in batches of forgetBatch that are on record each; it
// returns of how many. A longer time brings nothing back. The version of a
// parcel stays: nothing that anybody corrects has changed.
func (d *DB) ForgetRecipients(ctx context.Context, by policy.Actor) (n int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	until, err := d.PersonsFrom(ctx)
	if err != nil {
		return 0, err
	}
	at, err := d.forgotten(ctx)
	if err != nil {
		return 0, fmt.Errorf("forget recipients: %w", err)
	}
	for at.Day < until {
		next := WaybillKey{}
		err := d.r.QueryRowContext(ctx, `SELECT sent_day, id FROM waybills WHERE (sent_day, id) > ($1, $2) AND sent_day < $3 ORDER BY sent_day, id LIMIT 1 OFFSET `+strconv.Itoa(forgetBatch-1),
			at.Day, at.ID, until).Scan(&next.Day, &next.ID)
		if errors.Is(err, sql.ErrNoRows) {
			next, err = WaybillKey{Day: until}, nil
		}
		if err != nil {
			return n, fmt.Errorf("forget recipients: %w", err)
		}
		some, err := d.forgetSome(ctx, by, at, next, until)
		if err != nil {
			return n, fmt.Errorf("forget recipients: %w", err)
		}
		n, at = n+some, next
	}
	// A rule that keeps them longer now lets newer bills name persons of days
	// that were cleared already; when it is shortened again they are looked at.
	return n, d.SetMeta(ctx, metaForgotten, until+" 0")
}

func (d *DB) forgetSome(ctx context.Context, by policy.Actor, at, to WaybillKey, until string) (n int64, err error) {
	err = d.act(ctx, by, "waybills.forget", func(tx *Tx) error {
		n, err = tx.exec(ctx, `UPDATE waybills SET `+personal+` WHERE (sent_day, id) > ($1, $2) AND (sent_day, id) <= ($3, $4) AND `+isPersonal, at.Day, at.ID, to.Day, to.ID)
		// What the tracking services say names who signed.
		var traces int64
		if err == nil {
			traces, err = tx.exec(ctx, `DELETE FROM waybill_traces WHERE waybill_id IN (SELECT id FROM waybills WHERE (sent_day, id) > ($1, $2) AND (sent_day, id) <= ($3, $4))`, at.Day, at.ID, to.Day, to.ID)
		}
		if err == nil && n == 0 && traces == 0 {
			err = errDoneBefore
		}
		if err != nil {
			return err
		}
		tx.about(d.headOffice(), 0)
		tx.audit.rows = n
		tx.detail(map[string]any{"until": until, "waybills": n})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	if err != nil {
		return 0, err
	}
	return n, d.SetMeta(ctx, metaForgotten, to.Day+" "+strconv.FormatInt(to.ID, 10))
}

// namedFrom is the day before which no parcel says anything of a person but
// the name of a sender who is nobody on file.
func (d *DB) namedFrom(ctx context.Context) (string, error) {
	at, err := d.forgotten(ctx)
	if err != nil {
		return "", err
	}
	from, err := d.PersonsFrom(ctx)
	return min(at.Day, from), err
}
