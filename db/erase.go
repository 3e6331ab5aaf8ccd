package db

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/phone"
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
	Tags, Consents                   int
	Imports, Exports                 int // files and staged rows that held the person
}

// ErasePlan is what an erasure would take, and what stays by law.
type ErasePlan struct {
	Erased
	Audits int // records that stay, unreadable where they are personal
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
	for _, count := range []struct {
		into  *int
		query string
	}{
		{&out.Contacts, `SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2) AND erased_at = 0`},
		{&out.Phones, `SELECT COUNT(*) FROM phones WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Visits, `SELECT COUNT(*) FROM visits WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Photos, `SELECT COUNT(*) FROM visit_photos x JOIN visits v ON v.id = x.visit_id WHERE v.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR v.contact_id = $2)`},
		{&out.Tags, `SELECT COUNT(*) FROM customer_tags WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{&out.Consents, `SELECT COUNT(*) FROM consents WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&out.Audits, `SELECT COUNT(*) FROM changes WHERE customer_id = $1 AND CAST($2 AS BIGINT) >= 0`},
	} {
		if err := d.r.QueryRowContext(ctx, count.query, t.customer, t.contact).Scan(count.into); err != nil {
			return out, fmt.Errorf("plan the erasure of %d: %w", t.row(), err)
		}
	}
	return out, nil
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
	return d.erase(ctx, by, "customers.erase", target{q.CustomerID, q.ContactID}, func(tx *Tx, out *erasing) error {
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
	words, err := d.wordsOf(ctx, d.r, t)
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
	if err := d.journal(entry); err != nil {
		return out.Erased, err
	}
	if d.smallEnough() {
		// What is left for later is tried again by the nightly job and at the next start.
		_ = d.Scrub(ctx)
	}
	return out.Erased, nil
}

// blankCustomer leaves nothing personal in a client's row.
const blankCustomer = `
	UPDATE customers SET name = $2, name_key = $3, name_fold = $4, code = $5, short_name = '', industry = '', business_type = '', credit_code = '',
		account_no = '', wechat = '', email = '', place_code = '', address = '', class_reason = '', contract_no = '', remark = '',
		version = version + 1, updated_at = $6, erased_at = $6, deleted_at = CASE WHEN deleted_at = 0 THEN CAST($6 AS BIGINT) ELSE deleted_at END
	WHERE id = $1`

const blankContacts = `
	UPDATE contacts SET name = $3, position = '', wechat = '', email = '', birthday_lunar = $5, birthday_year = 0, birthday_month = 0, birthday_day = 0,
		birthday_leap = $5, is_primary = $5, remark = '', version = version + 1, updated_at = $4, erased_at = $4,
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
	n := consent.ErasedName
	if _, err := tx.exec(ctx, blankCustomer, e.customer, n, pinyin.Key(n), fmt.Sprintf("~%d", e.customer), fmt.Sprintf("DEL-%d", e.customer), tx.now()); err != nil {
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
	for _, p := range []textPlace{
		{`SELECT id, '', remark FROM customers WHERE id = $1`, `UPDATE customers SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', class_reason FROM customers WHERE id = $1`, `UPDATE customers SET class_reason = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', remark FROM contacts WHERE customer_id = $1`, `UPDATE contacts SET remark = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', purpose FROM visits WHERE customer_id = $1`, `UPDATE visits SET purpose = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', learned FROM visits WHERE customer_id = $1`, `UPDATE visits SET learned = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', met FROM visits WHERE customer_id = $1`, `UPDATE visits SET met = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', next_step FROM visits WHERE customer_id = $1`, `UPDATE visits SET next_step = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', note FROM consents WHERE customer_id = $1`, `UPDATE consents SET note = $3 WHERE id = $1 AND $2 = ''`},
	} {
		if _, err := tx.redact(ctx, p, e.words, e.customer); err != nil {
			return err
		}
	}
	if err := reindexCustomer(ctx, tx, e.customer); err != nil {
		return err
	}
	if err := tx.renewKey(ctx, e.customer); err != nil {
		return err
	}
	return tx.change(ctx, "delete", "contacts", e.contact, e.branch, e.customer, version+1, nil)
}

// eraseChildren clears what hangs on a client, or on one contact of it.
func (tx *Tx) eraseChildren(ctx context.Context, e *erasing) error {
	rows, err := tx.QueryContext(ctx, `
		SELECT x.hash, x.thumb FROM visit_photos x JOIN visits v ON v.id = x.visit_id
		WHERE v.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR v.contact_id = $2)`, e.customer, e.contact)
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
		{&e.Tags, `DELETE FROM customer_tags WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`},
		{&e.Visits, `UPDATE visits SET purpose = '', learned = '', met = '', next_step = '', version = version + 1 WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{&e.Consents, `UPDATE consents SET note = '' WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
		{nil, `UPDATE person_requests SET asked = '', reply = '' WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`},
	} {
		n, err := tx.exec(ctx, s.query, e.customer, e.contact)
		if err != nil {
			return err
		}
		if s.n != nil {
			*s.n = int(n)
		}
	}
	n, err := tx.exec(ctx, blankContacts, e.customer, e.contact, consent.ErasedName, tx.now(), false)
	e.Contacts = int(n)
	return err
}

// renewKey gives a client another key: what was sealed with the former is lost
// for good. ErrNoKey without a key file: the former values would stay readable
// for whoever finds it.
func (tx *Tx) renewKey(ctx context.Context, customer int64) error {
	a, err := tx.customerAEAD(ctx, customer)
	if errors.Is(err, ErrErased) || err == nil && a == nil {
		return nil // nothing was sealed
	}
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE customer_keys SET wrapped = $2, renewed_at = $3 WHERE customer_id = $1`,
		customer, sealWith(tx.db.seals.wraps, NewKey(), bind("customer key", customer)), tx.now()); err != nil {
		return fmt.Errorf("renew the key of customer %d: %w", customer, err)
	}
	return nil
}

// wordsOf collects by what the person can be known in other texts, the longest
// first; words too short to know anybody by are left out.
func (d *DB) wordsOf(ctx context.Context, q querier, t target) ([]string, error) {
	var out []string
	for _, query := range []string{
		`SELECT name, short_name, wechat, email, credit_code, account_no FROM customers WHERE id = $1 AND CAST($2 AS BIGINT) = 0`,
		`SELECT name, wechat, email, '', '', '' FROM contacts WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id = $2)`,
		`SELECT number, '', '', '', '', '' FROM phones WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`,
		`SELECT address, '', '', '', '', '' FROM customers WHERE id = $1 AND CAST($2 AS BIGINT) = 0`,
	} {
		rows, err := q.QueryContext(ctx, query, t.customer, t.contact)
		if err != nil {
			return nil, fmt.Errorf("words of %d: %w", t.row(), err)
		}
		for rows.Next() {
			var w [6]string
			if err := rows.Scan(&w[0], &w[1], &w[2], &w[3], &w[4], &w[5]); err != nil {
				rows.Close()
				return nil, fmt.Errorf("words of %d: %w", t.row(), err)
			}
			out = append(out, w[:]...)
			if strings.HasPrefix(query, "SELECT number") {
				out = append(out, spellings(w[0])...)
			}
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("words of %d: %w", t.row(), err)
		}
	}
	out = slices.DeleteFunc(out, func(s string) bool {
		n := utf8.RuneCountInString(s)
		return n < 2 || n == len(s) && n < 6 || s == consent.ErasedName
	})
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(out), nil
}

// spellings are the ways in which people write a number.
func spellings(number string) []string {
	out := []string{phone.Display(number), phone.SearchKey(number)}
	if d := phone.SearchKey(number); len(d) == 11 {
		out = append(out, d[:3]+"-"+d[3:7]+"-"+d[7:], d[:3]+" "+d[3:7]+" "+d[7:])
	}
	return out
}

// textPlace is where a text stands that may name somebody: the first statement
// gives id, key and text, the second writes the text back.
type textPlace struct{ find, write string }

// elsewhere are texts of others in which the person may be named: what imports
// and exports found and did, saved searches, notes on alerts.
var elsewhere = []textPlace{
	{`SELECT id, '', found FROM imports WHERE found LIKE $1 ESCAPE '!'`, `UPDATE imports SET found = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', undo FROM imports WHERE undo LIKE $1 ESCAPE '!'`, `UPDATE imports SET undo = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', options FROM imports WHERE options LIKE $1 ESCAPE '!'`, `UPDATE imports SET options = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', file_name FROM imports WHERE file_name LIKE $1 ESCAPE '!'`, `UPDATE imports SET file_name = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', payload FROM tasks WHERE payload LIKE $1 ESCAPE '!'`, `UPDATE tasks SET payload = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', result FROM tasks WHERE result LIKE $1 ESCAPE '!'`, `UPDATE tasks SET result = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT user_id, key, value FROM user_settings WHERE value LIKE $1 ESCAPE '!'`, `UPDATE user_settings SET value = $3 WHERE user_id = $1 AND key = $2`},
	{`SELECT id, '', note FROM look_alerts WHERE note LIKE $1 ESCAPE '!'`, `UPDATE look_alerts SET note = $3 WHERE id = $1 AND $2 = ''`},
}

func (tx *Tx) redactElsewhere(ctx context.Context, words []string) error {
	for _, p := range elsewhere {
		for _, w := range words {
			if _, err := tx.redact(ctx, p, words, likeOf(inJSON(w))); err != nil {
				return err
			}
		}
	}
	return nil
}

// redact takes the words out of the texts of a place.
func (tx *Tx) redact(ctx context.Context, p textPlace, words []string, arg any) (n int, err error) {
	rows, err := tx.QueryContext(ctx, p.find, arg)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	type found struct {
		id        int64
		key, text string
	}
	var list []found
	for rows.Next() {
		var f found
		if err := rows.Scan(&f.id, &f.key, &f.text); err != nil {
			return 0, err
		}
		list = append(list, f)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	rows.Close()
	for _, f := range list {
		text := without(f.text, words)
		if text == f.text {
			continue
		}
		if _, err := tx.exec(ctx, p.write, f.id, f.key, text); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func without(text string, words []string) string {
	for _, w := range words {
		text = strings.ReplaceAll(text, inJSON(w), consent.ErasedName)
		text = strings.ReplaceAll(text, w, consent.ErasedName)
	}
	return text
}

// inJSON is a text as it stands inside a JSON one.
func inJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b[1 : len(b)-1])
}

// likeOf is a pattern that finds a text anywhere.
func likeOf(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// eraseStages removes what is kept for a while and holds the person: staged rows of
// imports, the files they came from, and workbooks that wait to be fetched.
func (d *DB) eraseStages(ctx context.Context, t target, words []string, out *Erased) error {
	imports, hashes := map[int64]bool{}, map[string]bool{}
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	if !d.postgres {
		if _, err := tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return err
		}
	}
	note := func(query string, args ...any) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			imports[id] = true
		}
		return rows.Err()
	}
	const clear = ` SET record = '{}', reasons = '[]', cells = '', verdict = 'skip' `
	if err := note(`UPDATE import_rows`+clear+`WHERE target_id = $1 RETURNING import_id`, t.row()); err != nil {
		return err
	}
	for _, w := range words {
		if err := note(`UPDATE import_rows`+clear+`WHERE record LIKE $1 ESCAPE '!' OR cells LIKE $1 ESCAPE '!' OR reasons LIKE $1 ESCAPE '!' RETURNING import_id`,
			likeOf(inJSON(w))); err != nil {
			return err
		}
	}
	if t.contact == 0 {
		var from int64
		if err := d.r.QueryRowContext(ctx, `SELECT import_id FROM customers WHERE id = $1`, t.customer).Scan(&from); err == nil && from != 0 {
			imports[from] = true
		}
	}
	for id := range imports {
		var hash string
		if err := d.r.QueryRowContext(ctx, `SELECT file_hash FROM imports WHERE id = $1`, id).Scan(&hash); err == nil {
			hashes[hash] = true
		}
	}
	out.Imports = len(imports)
	rows, err := d.r.QueryContext(ctx, `SELECT result FROM tasks WHERE kind = 'customers.export' AND result <> ''`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var result struct{ Hash string }
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if json.Unmarshal([]byte(text), &result) == nil && result.Hash != "" {
			hashes[result.Hash] = true
			out.Exports++
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for hash := range hashes {
		for _, query := range []string{`DELETE FROM file_parts WHERE hash = $1`, `DELETE FROM files WHERE hash = $1`} {
			if _, err := tx.ExecContext(ctx, query, hash); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// metaScrub stands while bytes of somebody who was erased may linger in the
// files.
const metaScrub = "scrub"

// scrubAtOnce is up to which size of the database the files are cleared within
// the act; larger ones are cleared by night.
const scrubAtOnce = 256 << 20

func (d *DB) smallEnough() bool {
	if d.postgres {
		return true
	}
	info, err := os.Stat(d.path)
	return err == nil && info.Size() <= scrubAtOnce
}

// ScrubDue says whether the files are still to be cleared after an erasure.
func (d *DB) ScrubDue(ctx context.Context) (bool, error) {
	v, err := d.Meta(ctx, metaScrub)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return v == "due", err
}

// Scrub removes what an erasure left behind in the files: photos that nothing
// names any more, terms in the search index, bytes in free pages and in the log
// of the database. It does nothing when nothing was erased. On PostgreSQL the
// rows are gone; its own vacuum takes the dead versions, and its back-ups age
// out by the company's rule.
func (d *DB) Scrub(ctx context.Context) error {
	if due, err := d.ScrubDue(ctx); err != nil || !due {
		return err
	}
	if err := d.dropPending(ctx); err != nil {
		return fmt.Errorf("clear the files: %w", err)
	}
	if d.postgres {
		return d.SetMeta(ctx, metaScrub, "")
	}
	// The index keeps the terms of a deleted row until its segments are merged.
	if err := d.write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO customer_search (customer_search) VALUES ('optimize')`)
		return err
	}); err != nil {
		return fmt.Errorf("clear the search index: %w", err)
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		if _, err := pool.ExecContext(ctx, `VACUUM`); err != nil {
			return fmt.Errorf("clear the files: %w", err)
		}
	}
	if err := d.SetMeta(ctx, metaScrub, ""); err != nil {
		return err
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		var busy, log, done int
		if err := pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil {
			return fmt.Errorf("clear the log: %w", err)
		}
		if busy != 0 { // somebody was reading; next time
			return d.SetMeta(ctx, metaScrub, "due")
		}
	}
	return nil
}

// dropPending removes contents that an erasure left without a name.
func (d *DB) dropPending(ctx context.Context) error {
	rows, err := d.r.QueryContext(ctx, `SELECT id, pending FROM erasures WHERE pending NOT IN ('', 'null', '[]')`)
	if err != nil {
		return err
	}
	defer rows.Close()
	pending := map[int64]string{}
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		pending[id] = text
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for id, text := range pending {
		var hashes []string
		if err := json.Unmarshal([]byte(text), &hashes); err != nil {
			return err
		}
		for _, hash := range hashes {
			if err := d.dropUnused(ctx, hash); err != nil {
				return err
			}
		}
		if err := d.write(ctx, func(tx *Tx) error {
			_, err := tx.exec(ctx, `UPDATE erasures SET pending = '' WHERE id = $1`, id)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// dropUnused removes kept content unless something still names it.
func (d *DB) dropUnused(ctx context.Context, hash string) error {
	var used bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM visit_photos WHERE hash = $1 OR thumb = $1) OR EXISTS (SELECT 1 FROM imports WHERE file_hash = $1)`,
		hash).Scan(&used); err != nil || used {
		return err
	}
	for _, query := range []string{`DELETE FROM file_parts WHERE hash = $1`, `DELETE FROM files WHERE hash = $1`} {
		if _, err := d.fw.ExecContext(ctx, query, hash); err != nil {
			return err
		}
	}
	return nil
}

// journalEntry is a line of the file beside the database: which row was erased
// and when, and nothing about who it was.
type journalEntry struct {
	Kind     string `json:"kind"`
	Row      int64  `json:"row,string"`
	Customer int64  `json:"customer,string"`
	Branch   int64  `json:"branch,string"`
	Request  int64  `json:"request,string"`
	At       int64  `json:"at"`
}

// ErasuresPath returns where the erasures of a SQLite database are noted
// besides. It belongs to the data folder and to no back-up.
func ErasuresPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "-erasures.jsonl"
}

// journal notes an erasure in the file beside the database.
func (d *DB) journal(list ...journalEntry) error {
	if d.erasures == "" || len(list) == 0 {
		return nil
	}
	f, err := os.OpenFile(d.erasures, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	var b []byte
	for _, e := range list {
		line, err := json.Marshal(e)
		if err != nil {
			_ = f.Close()
			return err
		}
		b = append(append(b, line...), '\n')
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	return nil
}

// readJournal reads the file beside the database; a line that was cut off is
// left out: it then stands in the table.
func (d *DB) readJournal() ([]journalEntry, error) {
	if d.erasures == "" {
		return nil, nil
	}
	f, err := os.Open(d.erasures)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the erasures: %w", err)
	}
	defer f.Close()
	var out []journalEntry
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e journalEntry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Row != 0 {
			out = append(out, e)
		}
	}
	return out, lines.Err()
}

// eraseAgain carries out once more what the file beside the database notes and
// the database does not know, because it was restored from before; and notes
// in the file what only the database knows.
func (d *DB) eraseAgain(ctx context.Context) error {
	noted, err := d.readJournal()
	if err != nil {
		return err
	}
	rows, err := d.r.QueryContext(ctx, `SELECT kind, row_id, customer_id, branch_id, request_id, at FROM erasures ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read the erasures: %w", err)
	}
	defer rows.Close()
	var stored []journalEntry
	known := map[int64]bool{}
	for rows.Next() {
		var e journalEntry
		if err := rows.Scan(&e.Kind, &e.Row, &e.Customer, &e.Branch, &e.Request, &e.At); err != nil {
			return fmt.Errorf("read the erasures: %w", err)
		}
		stored, known[e.Row] = append(stored, e), true
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the erasures: %w", err)
	}
	rows.Close()
	inFile := map[int64]bool{}
	for _, e := range noted {
		if inFile[e.Row] = true; known[e.Row] {
			continue
		}
		known[e.Row] = true
		if err := d.eraseOneAgain(ctx, e); err != nil {
			return fmt.Errorf("erase %d again: %w", e.Row, err)
		}
	}
	var missing []journalEntry
	for _, e := range stored {
		if !inFile[e.Row] {
			missing = append(missing, e)
		}
	}
	if err := d.journal(missing...); err != nil {
		return err
	}
	return d.Scrub(ctx)
}

func (d *DB) eraseOneAgain(ctx context.Context, e journalEntry) error {
	t := target{customer: e.Customer}
	if e.Kind == "contact" {
		t.contact = e.Row
	}
	_, err := d.erase(ctx, policy.Actor{Name: "erasures"}, "customers.erase_again", t, func(tx *Tx, out *erasing) error {
		out.request = e.Request
		_, err := tx.exec(ctx, `UPDATE person_requests SET state = 'done', asked = '', reply = '', decided_at = $2, version = version + 1 WHERE id = $1 AND state <> 'done'`, e.Request, e.At)
		return err
	}, e.At)
	if errors.Is(err, ErrNotFound) {
		return nil // the back-up is from before the client was there at all
	}
	return err
}
