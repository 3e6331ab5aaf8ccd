package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/pinyin"
)

// Erasure. What is personal about a client, or about one of its contacts, goes
// everywhere at once; the row stays as a stub without a name, so that visits
// still count. The client's key is destroyed, so that what the audit says of
// them cannot be read while its chain stays whole. It is final: no undo and no
// recycle bin brings anything back.
//
// What was carried out is noted by id in the erasures table and in a file
// beside the database. A back-up from before that is restored lacks the table's
// rows, but the file stays where it is: the next start erases again, before
// anybody reads.

// Erased says how much went.
type Erased struct {
	Contacts, Phones, Visits, Photos int
	Optional                         int // fields such as an ID number
	Tags, Consents                   int
	Imports, Exports                 int // files and staged rows that held the person
	Mentions                         int // texts of other clients' files in which they stood
}

// ErasePlan is what an erasure would take, and what stays by law.
type ErasePlan struct {
	Erased
	Audits int    // records that stay, unreadable where they are personal
	Papers int    // documents of the account, which stay as figures
	Owed   int64  // fen that are open by them
	Named  int    // texts of others in which a short name stands, perhaps somebody else's: they stay
	Name   string // that name
	// Uncounted: there was no time to look for Mentions and Named. The erasure
	// takes the former all the same.
	Uncounted bool
}

// target is what is to be erased: a client, or one contact of it.
type target struct {
	customer, contact int64
}

func (t target) kind() string {
	if t.contact != 0 {
		return "contact"
	}
	return "customer"
}

func (t target) row() int64 { return cmp.Or(t.contact, t.customer) }

// PlanErasure counts what the erasure of a request would take. The actor needs
// customers.rights over the client.
func (d *DB) PlanErasure(ctx context.Context, scope policy.Scope, id int64) (ErasePlan, error) {
	var out ErasePlan
	q, err := d.Request(ctx, scope, id)
	if err != nil {
		return out, err
	}
	t := target{q.CustomerID, q.ContactID}
	files := []int64{t.customer}
	if t.contact == 0 { // the files that went into the client's are the client's
		merged, err := mergedFiles(ctx, d.r, t.customer)
		if err != nil {
			return out, err
		}
		files = append(files, merged...)
	}
	for _, file := range files {
		if err := d.planCounts(ctx, target{file, t.contact}, &out); err != nil {
			return out, fmt.Errorf("plan the erasure of %d: %w", t.row(), err)
		}
	}
	// Every text of every file is read for it: a page does not wait for that.
	quick, stop := context.WithTimeout(ctx, planTime)
	defer stop()
	if err = d.planMentions(quick, t, &out); err != nil && quick.Err() != nil && ctx.Err() == nil {
		out.Uncounted, out.Mentions, out.Named, err = true, 0, 0, nil
	}
	return out, err
}

// planCounts adds what of one file would go and stay.
func (d *DB) planCounts(ctx context.Context, t target, out *ErasePlan) error {
	for _, count := range []struct {
		into  *int
		query string
	}{
		{&out.Contacts, `SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2) AND erased_at = 0`},
		{&out.Phones, `SELECT COUNT(*) FROM phones WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Visits, `SELECT COUNT(*) FROM visits WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Photos, `SELECT (SELECT COUNT(*) FROM visit_photos x JOIN visits v ON v.id = x.visit_id WHERE v.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR v.contact_id = $2))
			+ (SELECT COUNT(*) FROM greetings WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2) AND photo <> '')
			+ (SELECT COUNT(*) FROM case_photos x JOIN cases k ON k.id = x.case_id WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2))
			+ (SELECT COUNT(*) FROM feedback_photos x JOIN feedback_forms f ON f.id = x.form_id WHERE f.customer_id = $1 AND CAST($2 AS BIGINT) = 0)
			+ (SELECT COUNT(*) FROM case_claim_photos x WHERE x.claim_id IN (SELECT m.id FROM case_claims m JOIN cases k ON k.id = m.case_id WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2)))`},
		{&out.Optional, `SELECT COUNT(*) FROM sensitive_values WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Tags, `SELECT COUNT(*) FROM customer_tags WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{&out.Consents, `SELECT COUNT(*) FROM consents WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Audits, `SELECT COUNT(*) FROM changes WHERE customer_id = $1 AND CAST($2 AS BIGINT) >= 0`},
	} {
		var n int
		if err := d.r.QueryRowContext(ctx, count.query, t.customer, t.contact).Scan(&n); err != nil {
			return err
		}
		*count.into += n
	}
	if t.contact != 0 {
		return nil
	}
	var papers int
	var owed int64
	err := d.r.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(entries), 0) AS BIGINT), CAST(coalesce(sum(balance_fen), 0) AS BIGINT) FROM account_sums WHERE customer_id = $1`, t.customer).Scan(&papers, &owed)
	out.Papers, out.Owed = out.Papers+papers, out.Owed+owed
	return err
}

// planTime is for how long the plan of an erasure looks for mentions.
const planTime = 2 * time.Second

// planMentions counts where else the person is named: what goes, and what
// somebody has to look at.
func (d *DB) planMentions(ctx context.Context, t target, out *ErasePlan) error {
	words, err := d.wordsOf(ctx, d.r, t)
	if err != nil {
		return err
	}
	sure := unmistaken(words)
	count := func(words []string) (n int, err error) {
		found, err := d.mentions(ctx, t.customer, words)
		for _, ids := range found {
			n += len(ids)
		}
		return n, err
	}
	if out.Mentions, err = count(sure); err != nil || t.contact == 0 {
		return err
	}
	if err := d.r.QueryRowContext(ctx, `SELECT name FROM contacts WHERE id = $1`, t.contact).Scan(&out.Name); err != nil {
		return err
	}
	if len(unmistaken([]string{out.Name})) > 0 || len(out.Name) < 2 {
		out.Name = ""
		return nil
	}
	out.Named, err = count([]string{out.Name})
	return err
}

// ErrSamePerson: who proposed an erasure cannot confirm it.
var ErrSamePerson = errors.New("another person must confirm")

// ConfirmErasure carries a proposed erasure out, for good. The actor needs
// customers.rights over the client and must not be the one who proposed it
// (ErrSamePerson). A stale version, or a request that is not proposed, is
// ErrConflict.
func (d *DB) ConfirmErasure(ctx context.Context, by policy.Actor, id, version int64) (Erased, error) {
	check := func(q Request) error {
		switch {
		case q.Kind != consent.Erasure || q.State != "proposed" || q.Version != version:
			return fmt.Errorf("confirm request %d, %s: %w", id, q.State, ErrConflict)
		case q.ProposedBy == by.UserID:
			return fmt.Errorf("confirm request %d: %w: %w", id, ErrSamePerson, ErrRefused)
		}
		return nil
	}
	q, err := d.Request(ctx, by.Scope(policy.CustomerRights), id)
	if err == nil {
		err = check(q)
	}
	if err != nil {
		return Erased{}, err
	}
	var merged Erased
	if q.ContactID == 0 { // the files that went into the client's are the client's
		files, err := mergedFiles(ctx, d.r, q.CustomerID)
		for _, file := range files {
			if err == nil {
				err = d.eraseMerged(ctx, by, id, version, file, check, &merged)
			}
		}
		if err != nil {
			return merged, err
		}
	}
	out, err := d.erase(ctx, by, "customers.erase", target{q.CustomerID, q.ContactID}, func(tx *Tx, out *erasing) error {
		q, err := tx.requestIn(ctx, id, version)
		if err == nil {
			err = check(q)
		}
		if err != nil {
			return err
		}
		out.request, out.proposed = q.ID, q.ProposedBy
		return tx.setRequest(ctx, q, "done", "")
	}, 0)
	out.add(merged)
	return out, err
}

// eraseMerged erases a file that went into the client's of a request, before
// that: cut off between the two, the request stands as proposed and is confirmed
// again.
func (d *DB) eraseMerged(ctx context.Context, by policy.Actor, id, version, file int64, check func(Request) error, sum *Erased) error {
	out, err := d.erase(ctx, by, "customers.erase", target{customer: file}, func(tx *Tx, out *erasing) error {
		q, err := tx.requestIn(ctx, id, version)
		if err == nil {
			err = check(q)
		}
		out.request, out.proposed = q.ID, q.ProposedBy
		return err
	}, 0)
	if errors.Is(err, ErrNotFound) { // erased before
		return nil
	}
	sum.add(out)
	return err
}

func (e *Erased) add(o Erased) {
	e.Contacts, e.Phones, e.Visits, e.Photos, e.Optional = e.Contacts+o.Contacts, e.Phones+o.Phones, e.Visits+o.Visits, e.Photos+o.Photos, e.Optional+o.Optional
	e.Tags, e.Consents, e.Imports, e.Exports, e.Mentions = e.Tags+o.Tags, e.Consents+o.Consents, e.Imports+o.Imports, e.Exports+o.Exports, e.Mentions+o.Mentions
}

// erasing is an erasure under way.
type erasing struct {
	target
	Erased
	branch            int64
	request, proposed int64
	words             []string // by which the person can be known in other texts
	files             []string // contents that nothing names any more
}

// erase does it: first what is only kept for a while (staged rows, uploads,
// exports; losing those harms nobody should the act then fail), then the act,
// then the note beside the database and the physical clearing. at is when it
// was carried out first, 0 for now.
func (d *DB) erase(ctx context.Context, by policy.Actor, name string, t target, begin func(*Tx, *erasing) error, at int64) (Erased, error) {
	out, err := d.eraseNow(ctx, by, name, t, begin, at)
	if err == nil && d.smallEnough() {
		// What is left for later is tried again by the nightly job and at the next start.
		_ = d.Scrub(ctx)
	}
	return out, err
}

// eraseNow is erase without the physical clearing, which is left for later.
func (d *DB) eraseNow(ctx context.Context, by policy.Actor, name string, t target, begin func(*Tx, *erasing) error, at int64) (Erased, error) {
	words, err := d.wordsOf(ctx, d.r, t)
	if err != nil {
		return Erased{}, err
	}
	named, err := d.mentions(ctx, t.customer, unmistaken(words))
	if err != nil {
		return Erased{}, err
	}
	if !d.postgres {
		// From here on freed bytes are written over; the one writer keeps the setting.
		if _, err := d.w.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return Erased{}, fmt.Errorf("erase %d: %w", t.row(), err)
		}
		defer d.w.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = OFF`) //nolint:errcheck // costs a little time at worst
	}
	var kept Erased
	if err := d.eraseStages(ctx, t, words, &kept); err != nil {
		return Erased{}, fmt.Errorf("erase %d: %w", t.row(), err)
	}
	var out erasing
	var entry journalEntry
	err = d.act(ctx, by, name, func(tx *Tx) error {
		out = erasing{target: t, Erased: kept, words: words}
		if err := begin(tx, &out); err != nil {
			return err
		}
		var err error
		if t.contact != 0 {
			err = tx.eraseContact(ctx, &out)
		} else {
			err = tx.eraseCustomer(ctx, &out)
		}
		if err == nil {
			err = tx.redactElsewhere(ctx, out.words)
		}
		if err == nil {
			out.Mentions, err = tx.redactOthers(ctx, named, unmistaken(out.words))
		}
		if err != nil {
			return fmt.Errorf("erase %s %d: %w", t.kind(), t.row(), err)
		}
		entry = journalEntry{Kind: t.kind(), Row: t.row(), Customer: t.customer, Branch: out.branch, Request: out.request, At: cmp.Or(at, tx.now())}
		again := int64(0)
		if at != 0 {
			again = tx.now()
		}
		counts, err := toJSON(out.Erased)
		if err != nil {
			return err
		}
		pending, err := toJSON(out.files)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `
			INSERT INTO erasures (id, kind, row_id, customer_id, branch_id, request_id, at, again_at, proposed_by, decided_by, counts, pending)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			tx.newID(), entry.Kind, entry.Row, entry.Customer, entry.Branch, entry.Request, entry.At, again, out.proposed, by.UserID, counts, pending); err != nil {
			return err
		}
		tx.about(out.branch, t.customer)
		tx.detail(map[string]any{"kind": t.kind(), "visits": out.Visits, "photos": out.Photos, "phones": out.Phones})
		return tx.setMeta(ctx, metaScrub, "due")
	})
	if err != nil {
		return Erased{}, err
	}
	return out.Erased, d.journal(entry)
}

// blankCustomer leaves nothing personal in a client's row.
const blankCustomer = `
	UPDATE customers SET name = $2, name_key = $3, name_fold = $4, code = $5, short_name = '', industry = '', business_type = '', credit_code = '',
		account_no = '', wechat = '', email = '', place_code = '', address = '', class_reason = '', contract_no = '', founded_on = '', remark = '',
		version = version + 1, updated_at = $6, erased_at = $6, deleted_at = CASE WHEN deleted_at = 0 THEN CAST($6 AS BIGINT) ELSE deleted_at END
	WHERE id = $1`

const blankContacts = `
	UPDATE contacts SET name = $3, position = '', wechat = '', email = '', birthday_lunar = $5, birthday_year = 0, birthday_month = 0, birthday_day = 0,
		birthday_leap = $5, is_primary = $5, ways = '', remark = '', version = version + 1, updated_at = $4, erased_at = $4,
		deleted_at = CASE WHEN deleted_at = 0 THEN CAST($4 AS BIGINT) ELSE deleted_at END
	WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2) AND erased_at = 0`

func (tx *Tx) eraseCustomer(ctx context.Context, e *erasing) error {
	var version int64
	if err := tx.QueryRowContext(ctx, `SELECT branch_id, version FROM customers WHERE id = $1 AND erased_at = 0`, e.customer).Scan(&e.branch, &version); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		return err
	}
	if err := unindexCustomer(ctx, tx, e.customer); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM duplicate_pairs WHERE one_id = $1 OR other_id = $1`, e.customer); err != nil {
		return err
	}
	n := consent.ErasedName
	if _, err := tx.exec(ctx, blankCustomer, e.customer, n, pinyin.Key(n), fmt.Sprintf("~%d", e.customer), fmt.Sprintf("DEL-%d", e.customer), tx.now()); err != nil {
		return err
	}
	if err := tx.renameAccount(ctx, e.customer, pinyin.Key(n)); err != nil {
		return err
	}
	if err := tx.moveFreightOf(ctx, e.branch); err != nil {
		return err
	}
	if err := tx.binAccount(ctx, e.customer, true); err != nil {
		return err
	}
	if err := tx.binAlerts(ctx, e.customer, true); err != nil {
		return err
	}
	if err := tx.binRatings(ctx, e.customer, true); err != nil {
		return err
	}
	if err := tx.eraseChildren(ctx, e); err != nil {
		return err
	}
	// What the change says is nothing personal; the key is gone in any case.
	if err := tx.destroyKey(ctx, e.customer); err != nil {
		return err
	}
	return tx.change(ctx, "delete", "customers", e.customer, e.branch, e.customer, version+1, nil)
}

func (tx *Tx) eraseContact(ctx context.Context, e *erasing) error {
	var version, cversion int64
	if err := tx.QueryRowContext(ctx, `
		SELECT k.branch_id, k.version, c.version FROM contacts k JOIN customers c ON c.id = k.customer_id
		WHERE k.id = $1 AND k.customer_id = $2 AND k.erased_at = 0`, e.contact, e.customer).Scan(&e.branch, &version, &cversion); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		return err
	}
	if err := tx.eraseChildren(ctx, e); err != nil {
		return err
	}
	// What was noted of the contact before its file went into this one stands there.
	files, err := mergedFiles(ctx, tx, e.customer)
	if err != nil {
		return err
	}
	for _, file := range append(files, e.customer) {
		if err := tx.eraseContactIn(ctx, e, file); err != nil {
			return err
		}
	}
	return tx.change(ctx, "delete", "contacts", e.contact, e.branch, e.customer, version+1, nil)
}

// eraseContactIn takes a contact out of what a file says in words.
func (tx *Tx) eraseContactIn(ctx context.Context, e *erasing, file int64) error {
	for _, p := range []textPlace{
		{`SELECT id, '', remark FROM customers WHERE id = $1`, `UPDATE customers SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', class_reason FROM customers WHERE id = $1`, `UPDATE customers SET class_reason = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', remark FROM contacts WHERE customer_id = $1`, `UPDATE contacts SET remark = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', purpose FROM visits WHERE customer_id = $1`, `UPDATE visits SET purpose = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', learned FROM visits WHERE customer_id = $1`, `UPDATE visits SET learned = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', met FROM visits WHERE customer_id = $1`, `UPDATE visits SET met = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', next_step FROM visits WHERE customer_id = $1`, `UPDATE visits SET next_step = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', answers FROM feedback_forms WHERE customer_id = $1`, `UPDATE feedback_forms SET answers = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT n.id, '', n.note FROM feedback_notes n JOIN feedback_forms f ON f.id = n.form_id WHERE f.customer_id = $1`, `UPDATE feedback_notes SET note = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM greetings WHERE customer_id = $1`, `UPDATE greetings SET result = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', comment FROM ratings WHERE customer_id = $1`, `UPDATE ratings SET comment = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', next_step FROM ratings WHERE customer_id = $1`, `UPDATE ratings SET next_step = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM todos WHERE customer_id = $1`, `UPDATE todos SET result = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', body FROM outbox WHERE customer_id = $1`, `UPDATE outbox SET body = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', subject FROM outbox WHERE customer_id = $1`, `UPDATE outbox SET subject = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', params FROM outbox WHERE customer_id = $1`, `UPDATE outbox SET params = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', caller FROM cases WHERE customer_id = $1`, `UPDATE cases SET caller = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', caller_phone FROM cases WHERE customer_id = $1`, `UPDATE cases SET caller_phone = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', ticket FROM cases WHERE customer_id = $1`, `UPDATE cases SET ticket = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', said FROM cases WHERE customer_id = $1`, `UPDATE cases SET said = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', wants FROM cases WHERE customer_id = $1`, `UPDATE cases SET wants = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM cases WHERE customer_id = $1`, `UPDATE cases SET result = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', measures FROM cases WHERE customer_id = $1`, `UPDATE cases SET measures = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', note FROM case_claims WHERE customer_id = $1`, `UPDATE case_claims SET note = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', reason FROM case_claims WHERE customer_id = $1`, `UPDATE case_claims SET reason = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', unsatisfied_reason FROM cases WHERE customer_id = $1`, `UPDATE cases SET unsatisfied_reason = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT x.id, '', x.note FROM case_events x JOIN cases k ON k.id = x.case_id WHERE k.customer_id = $1`, `UPDATE case_events SET note = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT activity_id, CAST(customer_id AS TEXT), said FROM activity_clients WHERE customer_id = $1`, `UPDATE activity_clients SET said = $3 WHERE activity_id = $1 AND customer_id = CAST(CAST($2 AS TEXT) AS BIGINT)`},
		{`SELECT id, '', said FROM measures WHERE customer_id = $1`, `UPDATE measures SET said = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', goal FROM measures WHERE customer_id = $1`, `UPDATE measures SET goal = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM measures WHERE customer_id = $1`, `UPDATE measures SET result = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', learned FROM measures WHERE customer_id = $1`, `UPDATE measures SET learned = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', note FROM consents WHERE customer_id = $1`, `UPDATE consents SET note = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', asked FROM person_requests WHERE customer_id = $1`, `UPDATE person_requests SET asked = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', reply FROM person_requests WHERE customer_id = $1`, `UPDATE person_requests SET reply = $3 WHERE id = $1 AND $2 = ''`},
	} {
		if _, err := tx.redact(ctx, p, e.words, file); err != nil {
			return err
		}
	}
	if err := reindexCustomer(ctx, tx, file); err != nil {
		return err
	}
	return errors.Join(tx.renewKey(ctx, file), tx.renewActivityKeys(ctx, file))
}

// eraseChildren clears what hangs on a client, or on one contact of it.
func (tx *Tx) eraseChildren(ctx context.Context, e *erasing) error {
	if err := tx.eraseArchived(ctx, e); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT x.hash, x.thumb FROM visit_photos x JOIN visits v ON v.id = x.visit_id
		WHERE v.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR v.contact_id = $2)
		UNION ALL SELECT g.photo, g.thumb FROM greetings g WHERE g.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR g.contact_id = $2) AND g.photo <> ''
		UNION ALL SELECT x.hash, x.thumb FROM case_photos x JOIN cases k ON k.id = x.case_id WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2)
		UNION ALL SELECT x.hash, x.thumb FROM feedback_photos x JOIN feedback_forms f ON f.id = x.form_id WHERE f.customer_id = $1 AND CAST($2 AS BIGINT) = 0
		UNION ALL SELECT x.hash, x.thumb FROM case_claim_photos x WHERE x.claim_id IN (SELECT m.id FROM case_claims m JOIN cases k ON k.id = m.case_id WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2))`, e.customer, e.contact)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hash, thumb string
		if err := rows.Scan(&hash, &thumb); err != nil {
			return err
		}
		e.files = append(e.files, hash, thumb)
		e.Photos++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for _, s := range []struct {
		n     *int
		query string
	}{
		{nil, `DELETE FROM visit_photos WHERE visit_id IN (SELECT id FROM visits WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`},
		{&e.Phones, `DELETE FROM phones WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&e.Optional, `DELETE FROM sensitive_values WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&e.Tags, `DELETE FROM customer_tags WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{&e.Visits, `UPDATE visits SET purpose = '', learned = '', met = '', next_step = '', version = version + 1 WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		// That a form was sent stays as a figure; a draft says nothing without its words.
		{nil, `UPDATE feedback_notes SET note = '' WHERE form_id IN (SELECT id FROM feedback_forms WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0)`},
		{nil, `DELETE FROM feedback_photos WHERE form_id IN (SELECT id FROM feedback_forms WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0)`},
		{nil, `UPDATE feedback_forms SET answers = '[]', version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		// That somebody complained, of what and how soon they were answered stays as a figure.
		{nil, `DELETE FROM case_photos WHERE case_id IN (SELECT id FROM cases WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`},
		{nil, `DELETE FROM case_claim_photos WHERE claim_id IN (SELECT m.id FROM case_claims m JOIN cases k ON k.id = m.case_id WHERE k.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR k.contact_id = $2))`},
		{nil, `DELETE FROM case_waybills WHERE NOT EXISTS (SELECT 1 FROM waybills w WHERE w.number = case_waybills.number) AND case_id IN (SELECT id FROM cases WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`},
		{nil, `UPDATE case_claims SET note = '', reason = '', number = '', version = version + 1 WHERE case_id IN (SELECT id FROM cases WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`},
		// What a merge brought is named by its numbers and pictures: it is not taken out again.
		{nil, `UPDATE case_events SET note = '', args = CASE WHEN kind = 'merged' THEN '{}' ELSE args END WHERE case_id IN (SELECT id FROM cases WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`},
		{nil, `UPDATE cases SET caller = '', caller_phone = '', ticket = '', said = '', wants = '', measures = '', result = '', unsatisfied_reason = '', version = version + 1
			WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		// That they were asked, and came, stays as a count.
		{nil, `UPDATE activity_clients SET said = '' WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		// That something was to become better, and did or did not, stays as a figure.
		{nil, `UPDATE measures SET said = '', goal = '', result = '', learned = '', version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{&e.Consents, `UPDATE consents SET note = '' WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{nil, `UPDATE person_requests SET asked = '', reply = '' WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		// What was sent stays as figures; who sent it to whom does not.
		{nil, `UPDATE waybills SET order_no = '', sender = '', sender_contact = '', sender_phone = '', sender_account = '', sender_address = '', receiver = '',
			receiver_phone = '', contents = '', remark = '', sender_id = NULL, version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `DELETE FROM waybill_senders WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `UPDATE radar_alerts SET note = '', result = '', version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `UPDATE time_marks SET reason = '', version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		// That somebody was greeted stays as a figure; what came of it does not.
		{nil, `UPDATE greetings SET result = '', photo = '', thumb = '', closed_why = CASE WHEN state = 'open' THEN 'left' ELSE closed_why END,
			closed_at = CASE WHEN state = 'open' THEN ` + strconv.FormatInt(tx.now(), 10) + ` ELSE closed_at END,
			state = CASE WHEN state = 'open' THEN 'skipped' ELSE state END, version = version + 1 WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		// That a contact answered stays as a figure, of a whole client it counts nowhere (binRatings); what was
		// said stays in neither case, and nobody is asked any more.
		{nil, `UPDATE ratings SET comment = '', next_step = '', token_hash = '', revoked_at = CASE WHEN answered_at = 0 AND revoked_at = 0 THEN ` + strconv.FormatInt(tx.now(), 10) + ` ELSE revoked_at END,
			version = version + 1 WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		// The books stay: the law asks for them.
		{nil, `UPDATE account_entries SET remark = '', void_reason = '', version = version + 1 WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `DELETE FROM waybill_traces WHERE waybill_id IN (SELECT id FROM waybills WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0)`},
		{nil, `DELETE FROM todos WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		// That something was sent stays, so that it is not sent again; what it said does not.
		{nil, `UPDATE outbox SET subject = '', body = '', params = '{}', said = '', recipient = '', version = version + 1,
			state = CASE WHEN state = 'queued' THEN 'dropped' ELSE state END WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{nil, `DELETE FROM class_changes WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `DELETE FROM label_holds WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `DELETE FROM label_events WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{nil, `UPDATE customers SET worth = '', rfm = '', tier = '', level = '', marks = 0, quiet = '' WHERE id = $1 AND CAST($2 AS BIGINT) = 0`},
	} {
		n, err := tx.exec(ctx, s.query, e.customer, e.contact)
		if err != nil {
			return err
		}
		if s.n != nil {
			*s.n = int(n)
		}
	}
	if err := errors.Join(tx.destroyFieldKeys(ctx, e.target), tx.renewActivityKeys(ctx, e.customer)); err != nil {
		return err
	}
	n, err := tx.exec(ctx, blankContacts, e.customer, e.contact, consent.ErasedName, tx.now(), false)
	e.Contacts = int(n)
	return err
}

// destroyFieldKeys makes the optional fields of a contact, or of a client and
// all its contacts, unreadable wherever a copy of them may be, and what was noted
// of its cases while nobody knew whose they were.
func (tx *Tx) destroyFieldKeys(ctx context.Context, t target) error {
	rows, err := tx.QueryContext(ctx, `
		SELECT customer_id FROM customer_keys WHERE CAST($2 AS BIGINT) = 0 AND customer_id = -CAST($1 AS BIGINT)
			OR customer_id IN (SELECT id FROM contacts WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2))
			OR customer_id IN (SELECT id FROM cases WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))
			OR customer_id IN (SELECT m.id FROM case_claims m JOIN cases e ON e.id = m.case_id WHERE e.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR e.contact_id = $2))`, t.customer, t.contact)
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for _, id := range list {
		if err := tx.destroyKey(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// renewKey takes a client's key away: what was sealed with it is lost for good,
// and sealFor makes another when something is sealed next. It needs no key file.
func (tx *Tx) renewKey(ctx context.Context, customer int64) error {
	if _, err := tx.exec(ctx, `UPDATE customer_keys SET wrapped = $2, renewed_at = $3 WHERE customer_id = $1 AND erased_at = 0`,
		customer, []byte{}, tx.now()); err != nil {
		return fmt.Errorf("renew the key of customer %d: %w", customer, err)
	}
	return nil
}

// renewActivityKeys takes away what was noted, and corrected since, of activities to
// which a client is or was asked; the activities themselves live on.
func (tx *Tx) renewActivityKeys(ctx context.Context, customer int64) error {
	_, err := tx.exec(ctx, `
		UPDATE customer_keys SET wrapped = $2, renewed_at = $3 WHERE erased_at = 0 AND customer_id IN (
			SELECT activity_id FROM activity_clients WHERE customer_id = $1 UNION SELECT row_id FROM changes WHERE entity = 'activities' AND customer_id = $1)`,
		customer, []byte{}, tx.now())
	if err != nil {
		return fmt.Errorf("renew the keys of activities: %w", err)
	}
	return nil
}
