package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	rule, err := d.Rule(ctx, RuleRecipients, 0, Day(d.now()))
	if err != nil {
		return 0, err
	}
	err = d.act(ctx, by, "waybills.forget", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		list, n1, err := tx.forgetPersons(ctx, at, to)
		if err == nil && len(list) == 0 {
			err = errDoneBefore
		}
		if err == nil {
			n, err = n1, tx.noteKept(ctx, RecordRecipients, StageDestroyed, rule.Version, list, nil)
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

// forgetPersons clears what the parcels up to one say of persons, and takes out
// what the tracking services said of them, who names who signed. It gives the
// parcels that said something, and of how many the parcel itself did.
func (tx *Tx) forgetPersons(ctx context.Context, at, to WaybillKey) (list []keptRow, n int64, err error) {
	found := map[int64]keptRow{}
	for i, query := range []string{
		`UPDATE waybills SET ` + personal + ` WHERE (sent_day, id) > ($1, $2) AND (sent_day, id) <= ($3, $4) AND ` + isPersonal + ` RETURNING id, sent_day`,
		`DELETE FROM waybill_traces WHERE waybill_id IN (SELECT id FROM waybills WHERE (sent_day, id) > ($1, $2) AND (sent_day, id) <= ($3, $4))
			RETURNING waybill_id, (SELECT w.sent_day FROM waybills w WHERE w.id = waybill_traces.waybill_id)`,
	} {
		if err := eachOf(ctx, tx, query, []any{at.Day, at.ID, to.Day, to.ID}, func(scan func(...any) error) error {
			var r keptRow
			err := scan(&r.row, &r.day)
			found[r.row] = r
			return err
		}); err != nil {
			return nil, 0, err
		}
		if i == 0 {
			n = int64(len(found))
		}
	}
	list = slices.SortedFunc(maps.Values(found), func(a, b keptRow) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.row, b.row))
	})
	return list, n, nil
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
