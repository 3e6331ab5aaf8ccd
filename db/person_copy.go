package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/consent"
)

// PersonCopy is everything that is kept about a client, or about one contact of
// it, to be handed to the person (arts. 45, 48).
type PersonCopy struct {
	Request    Request
	Customer   CustomerFile // of a contact's copy only the name and the branch
	Merged     []Customer   // files of the same client that went into it, as they said; of a contact's copy none
	Contacts   []Contact
	Consents   []Consent // history included
	Visits     []TimelineVisit
	Photos     []CopiedPhoto   // of those visits, cases and claims
	Optional   []Opened        // optional fields, those too that are off by now
	Waybills   []CopiedWaybill // of a contact's copy none; recipients are other persons
	Entries    []AccountEntry  // of a contact's copy none
	Alerts     []RadarAlert    // of a contact's copy none
	Why        *CustomerWhy    // what the rules call the client, and why; nil in a contact's copy
	Changes    []ClassChange   // proposed, contested and decided; of a contact's copy none
	Greetings  []GreetingRow
	Cases      []CaseRow
	Parcels    map[int64][]string // numbers, by case
	CaseNotes  []CaseEvent        // what was written about the cases
	Claims     []ClaimRow         // of the cases
	Measures   []MeasureRow       // that began with the client; of a contact's copy none
	Activities []CopiedActivity   // to which the client was asked; of a contact's copy none
	Ratings    []RatingRow        // asked, and what was answered
	Forms      []CopiedForm       // told the marketing department of the client; of a contact's copy none
	Letters    []Letter           // sent, or waiting to be
	Archived   []Archived         // what of it is out of use
	Looks      int64              // how many times the file was looked at, by how many people
	Lookers    int64
}

// CopiedPhoto is a picture of a visit, a case or a claim; OpenFile reads it.
type CopiedPhoto struct{ Day, Hash string }

// CopiedWaybill is a parcel that the client sent.
type CopiedWaybill struct {
	Day, Number, Province, City, Contents string
	Freight                               int64 // fen
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
	merged, err := mergedFiles(ctx, d.r, c.ID)
	if err != nil {
		return out, err
	}
	files := append([]int64{c.ID}, merged...) // all of them are the client's
	said, err := consentsOf(ctx, d.r, c.ID, out.Request.ContactID, false)
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
	if out.Visits, err = d.copiedVisits(ctx, c.ID, one); err != nil {
		return out, err
	}
	if out.Cases, err = d.casesOf(ctx, c.ID, one); err != nil {
		return out, err
	}
	if err := d.copiedCaseWork(ctx, c.ID, one, &out); err != nil {
		return out, err
	}
	if out.Greetings, err = d.GreetingsOf(ctx, c.ID, one, mostCopied); err != nil {
		return out, err
	}
	if out.Ratings, err = d.RatingsOf(ctx, c.ID, one, mostCopied); err != nil {
		return out, err
	}
	if out.Optional, err = d.openSensitive(ctx, c.ID, one); err != nil {
		return out, err
	}
	if out.Archived, err = d.archivedOfClient(ctx, c.ID, one); err != nil {
		return out, err
	}
	if out.Letters, err = d.copiedLetters(ctx, c.ID, one); err != nil {
		return out, err
	}
	if out.Photos, err = d.copiedPhotos(ctx, c.ID, one); err != nil {
		return out, err
	}
	if one == 0 {
		if out.Waybills, err = d.copiedWaybills(ctx, c.ID); err != nil {
			return out, err
		}
		if out.Entries, err = d.Entries(ctx, Customer{ID: c.ID}); err != nil {
			return out, err
		}
		if out.Forms, err = d.copiedForms(ctx, c.ID); err != nil {
			return out, err
		}
		if out.Alerts, err = alertsOf(ctx, d.r, c.ID); err != nil {
			return out, err
		}
		if out.Activities, err = d.activitiesOf(ctx, c.ID); err != nil {
			return out, err
		}
		if out.Measures, err = d.measuresOf(ctx, c.ID); err != nil {
			return out, err
		}
		why, err := d.Why(ctx, out.Customer.Customer, OneDay(d.now()))
		if err != nil {
			return out, err
		}
		out.Why = &why
		if out.Changes, err = d.classChangesOf(ctx, manySQL("x.customer_id", files), mostCopied); err != nil {
			return out, err
		}
		if out.Merged, err = d.copiedFiles(ctx, files[1:]); err != nil {
			return out, err
		}
	}
	if one != 0 {
		out.Customer = CustomerFile{Customer: Customer{ID: c.ID, Name: c.Name, BranchID: c.BranchID}}
	}
	out.Looks, out.Lookers, err = d.looksAt(ctx, files)
	return out, err
}

// looksAt is how many times files were looked at, by how many people.
func (d *DB) looksAt(ctx context.Context, files []int64) (looks, people int64, err error) {
	of := manySQL("customer_id", files)
	rows, err := d.query(ctx, cond{`SELECT CAST(coalesce(SUM(looks), 0) AS BIGINT), COUNT(DISTINCT user_id) FROM customer_looks WHERE ` + of.text, of.args})
	if err != nil {
		return 0, 0, fmt.Errorf("looks at customers %v: %w", files, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&looks, &people); err != nil {
			return 0, 0, fmt.Errorf("looks at customers %v: %w", files, err)
		}
	}
	return looks, people, rows.Err()
}

// copiedFiles reads what files that went into another say of themselves.
func (d *DB) copiedFiles(ctx context.Context, files []int64) (out []Customer, err error) {
	for _, id := range files { // one or two
		var c Customer
		err := scanCustomer(d.r.QueryRowContext(ctx, `SELECT `+customerColumns+` FROM customers c WHERE c.id = $1 AND c.erased_at = 0`, id), &c)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			c.Phones, err = phonesOf(ctx, d.r, id, 0)
		}
		if err != nil {
			return nil, fmt.Errorf("customer %d: %w", id, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// copiedVisits reads the visits to a client, or those at which one contact was
// met.
func (d *DB) copiedVisits(ctx context.Context, customer, contact int64) ([]TimelineVisit, error) {
	all, err := d.timelineVisits(ctx, customer, Position{}, mostCopied)
	if err != nil || contact == 0 {
		return all, err
	}
	rows, err := d.r.QueryContext(ctx, `SELECT id FROM visits WHERE customer_id = $1 AND contact_id = $2`, customer, contact)
	if err != nil {
		return nil, fmt.Errorf("visits to contact %d: %w", contact, err)
	}
	defer rows.Close()
	theirs := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("visits to contact %d: %w", contact, err)
		}
		theirs[id] = true
	}
	return slices.DeleteFunc(all, func(v TimelineVisit) bool { return !theirs[v.ID] }), rows.Err()
}

// copiedWaybills reads the parcels of a client, the oldest first.
func (d *DB) copiedWaybills(ctx context.Context, customer int64) ([]CopiedWaybill, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT sent_day, number, province, city, contents, freight_fen FROM waybills
		WHERE customer_id = $1 ORDER BY sent_day, id LIMIT $2`, customer, mostCopied)
	if err != nil {
		return nil, fmt.Errorf("waybills of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []CopiedWaybill
	for rows.Next() {
		var w CopiedWaybill
		if err := rows.Scan(&w.Day, &w.Number, &w.Province, &w.City, &w.Contents, &w.Freight); err != nil {
			return nil, fmt.Errorf("waybills of customer %d: %w", customer, err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// mostCopied bounds the visits, photos and parcels of one copy.
const mostCopied = 100_000

func (d *DB) copiedPhotos(ctx context.Context, customer, contact int64) (out []CopiedPhoto, err error) {
	err = eachOf(ctx, d.r, `
		SELECT v.day, 0, v.id, x.position, x.hash FROM visits v JOIN visit_photos x ON x.visit_id = v.id
		WHERE v.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR v.contact_id = $2) AND v.deleted_at = 0
		UNION ALL SELECT '', k.opened_at, k.id, x.position, x.hash FROM cases k JOIN case_photos x ON x.case_id = k.id
		WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2) AND k.deleted_at = 0
		UNION ALL SELECT f.day, 0, f.id, x.position, x.hash FROM feedback_forms f JOIN feedback_photos x ON x.form_id = f.id
		WHERE f.customer_id = $1 AND CAST($2 AS BIGINT) = 0 AND f.deleted_at = 0
		UNION ALL SELECT m.day, 0, m.id, x.position, x.hash FROM cases k JOIN case_claims m ON m.case_id = k.id JOIN case_claim_photos x ON x.claim_id = m.id
		WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2) AND k.deleted_at = 0
		UNION ALL SELECT a.day, 0, a.id, 0, x.hash FROM archived a JOIN archived_photos x ON x.archived_id = a.id
		WHERE a.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR a.contact_id = $2)
		ORDER BY 1, 2, 3, 4 LIMIT $3`, []any{customer, contact, mostCopied}, func(scan func(...any) error) error {
		var p CopiedPhoto
		var at, of, position int64
		err := scan(&p.Day, &at, &of, &position, &p.Hash)
		if at != 0 {
			p.Day = Day(timeOf(at))
		}
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("photos of customer %d: %w", customer, err)
	}
	return out, nil
}
