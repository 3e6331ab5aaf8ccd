package db

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/policy/consent"
	"yike/policy/phone"
)

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
	{`SELECT id, '', name FROM shared_views WHERE name LIKE $1 ESCAPE '!'`, `UPDATE shared_views SET name = $3 || ' ' || CAST(id AS TEXT), version = version + 1 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', note FROM look_alerts WHERE note LIKE $1 ESCAPE '!'`, `UPDATE look_alerts SET note = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', reason FROM rules WHERE reason LIKE $1 ESCAPE '!'`, `UPDATE rules SET reason = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', hint FROM tags WHERE hint LIKE $1 ESCAPE '!'`, `UPDATE tags SET hint = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', title FROM breaches WHERE title LIKE $1 ESCAPE '!'`, `UPDATE breaches SET title = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', about FROM breaches WHERE about LIKE $1 ESCAPE '!'`, `UPDATE breaches SET about = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', objection FROM score_sheets WHERE objection LIKE $1 ESCAPE '!'`, `UPDATE score_sheets SET objection = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', answer FROM score_sheets WHERE answer LIKE $1 ESCAPE '!'`, `UPDATE score_sheets SET answer = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', title FROM notices WHERE title LIKE $1 ESCAPE '!'`, `UPDATE notices SET title = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT id, '', body FROM notices WHERE body LIKE $1 ESCAPE '!'`, `UPDATE notices SET body = $3 WHERE id = $1 AND $2 = ''`},
	{`SELECT notice_id, CAST(branch_id AS TEXT), answer FROM notice_branches WHERE answer LIKE $1 ESCAPE '!'`, `UPDATE notice_branches SET answer = $3 WHERE notice_id = $1 AND CAST(branch_id AS TEXT) = $2`},
	{`SELECT id, '', note FROM breach_steps WHERE note LIKE $1 ESCAPE '!'`, `UPDATE breach_steps SET note = $3 WHERE id = $1 AND $2 = ''`},
	// Two tags may not be called the same.
	{`SELECT id, '', name FROM tags WHERE name LIKE $1 ESCAPE '!'`, `UPDATE tags SET name = $3 || ' ' || CAST(id AS TEXT) WHERE id = $1 AND $2 = ''`},
}

// others are the texts of other clients' files. A short name in them may be
// somebody else's, so that only what can be no other's is taken out: numbers,
// addresses, WeChat ids, long names (unmistaken).
var others = map[string][]textPlace{
	"customers": {
		{`SELECT id, '', remark FROM customers WHERE id = $1`, `UPDATE customers SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', class_reason FROM customers WHERE id = $1`, `UPDATE customers SET class_reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"contacts": {
		{`SELECT id, '', remark FROM contacts WHERE id = $1`, `UPDATE contacts SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"visits": {
		{`SELECT id, '', purpose FROM visits WHERE id = $1`, `UPDATE visits SET purpose = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', learned FROM visits WHERE id = $1`, `UPDATE visits SET learned = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', met FROM visits WHERE id = $1`, `UPDATE visits SET met = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', next_step FROM visits WHERE id = $1`, `UPDATE visits SET next_step = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"feedback_forms": {
		{`SELECT id, '', answers FROM feedback_forms WHERE id = $1`, `UPDATE feedback_forms SET answers = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"feedback_notes": {
		{`SELECT id, '', note FROM feedback_notes WHERE id = $1`, `UPDATE feedback_notes SET note = $3 WHERE id = $1 AND $2 = ''`},
	},
	"consents": {
		{`SELECT id, '', note FROM consents WHERE id = $1`, `UPDATE consents SET note = $3 WHERE id = $1 AND $2 = ''`},
	},
	"waybills": {
		{`SELECT id, '', sender FROM waybills WHERE id = $1`, `UPDATE waybills SET sender = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', sender_contact FROM waybills WHERE id = $1`, `UPDATE waybills SET sender_contact = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', sender_phone FROM waybills WHERE id = $1`, `UPDATE waybills SET sender_phone = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', sender_address FROM waybills WHERE id = $1`, `UPDATE waybills SET sender_address = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', receiver FROM waybills WHERE id = $1`, `UPDATE waybills SET receiver = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', receiver_phone FROM waybills WHERE id = $1`, `UPDATE waybills SET receiver_phone = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', contents FROM waybills WHERE id = $1`, `UPDATE waybills SET contents = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', remark FROM waybills WHERE id = $1`, `UPDATE waybills SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"class_changes": {
		{`SELECT id, '', said FROM class_changes WHERE id = $1`, `UPDATE class_changes SET said = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', reason FROM class_changes WHERE id = $1`, `UPDATE class_changes SET reason = $3 WHERE id = $1 AND $2 = ''`},
	},
	"label_holds": {
		{`SELECT customer_id, kind, reason FROM label_holds WHERE customer_id = $1`, `UPDATE label_holds SET reason = $3 WHERE customer_id = $1 AND kind = $2`},
	},
	"waybill_senders": {
		{`SELECT id, '', name FROM waybill_senders WHERE id = $1`, `UPDATE waybill_senders SET name = $3, key = '~' || CAST(id AS TEXT), version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', contact FROM waybill_senders WHERE id = $1`, `UPDATE waybill_senders SET contact = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', phone FROM waybill_senders WHERE id = $1`, `UPDATE waybill_senders SET phone = $3, key = '~' || CAST(id AS TEXT), version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', address FROM waybill_senders WHERE id = $1`, `UPDATE waybill_senders SET address = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"radar_alerts": {
		{`SELECT id, '', note FROM radar_alerts WHERE id = $1`, `UPDATE radar_alerts SET note = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM radar_alerts WHERE id = $1`, `UPDATE radar_alerts SET result = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"time_marks": {
		{`SELECT customer_id, '', reason FROM time_marks WHERE customer_id = $1`, `UPDATE time_marks SET reason = $3, version = version + 1 WHERE customer_id = $1 AND $2 = ''`},
	},
	"account_entries": {
		{`SELECT id, '', remark FROM account_entries WHERE id = $1`, `UPDATE account_entries SET remark = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', void_reason FROM account_entries WHERE id = $1`, `UPDATE account_entries SET void_reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', handled_by FROM account_entries WHERE id = $1`, `UPDATE account_entries SET handled_by = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	// Two traces of one parcel and instant may not say the same.
	"waybill_traces": {
		{`SELECT id, '', words FROM waybill_traces WHERE id = $1`, `UPDATE waybill_traces SET words = $3 || ' ' || CAST(id AS TEXT) WHERE id = $1 AND $2 = ''`},
	},
	"ratings": {
		{`SELECT id, '', comment FROM ratings WHERE id = $1`, `UPDATE ratings SET comment = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', next_step FROM ratings WHERE id = $1`, `UPDATE ratings SET next_step = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"greetings": {
		{`SELECT id, '', result FROM greetings WHERE id = $1`, `UPDATE greetings SET result = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"outbox": {
		{`SELECT id, '', subject FROM outbox WHERE id = $1`, `UPDATE outbox SET subject = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', body FROM outbox WHERE id = $1`, `UPDATE outbox SET body = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', params FROM outbox WHERE id = $1`, `UPDATE outbox SET params = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', said FROM outbox WHERE id = $1`, `UPDATE outbox SET said = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"todos": {
		{`SELECT id, '', result FROM todos WHERE id = $1`, `UPDATE todos SET result = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"cases": {
		{`SELECT id, '', caller FROM cases WHERE id = $1`, `UPDATE cases SET caller = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', caller_phone FROM cases WHERE id = $1`, `UPDATE cases SET caller_phone = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', ticket FROM cases WHERE id = $1`, `UPDATE cases SET ticket = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', said FROM cases WHERE id = $1`, `UPDATE cases SET said = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', wants FROM cases WHERE id = $1`, `UPDATE cases SET wants = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM cases WHERE id = $1`, `UPDATE cases SET result = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', measures FROM cases WHERE id = $1`, `UPDATE cases SET measures = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', unsatisfied_reason FROM cases WHERE id = $1`, `UPDATE cases SET unsatisfied_reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"case_claims": {
		{`SELECT id, '', note FROM case_claims WHERE id = $1`, `UPDATE case_claims SET note = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', reason FROM case_claims WHERE id = $1`, `UPDATE case_claims SET reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"retention_holds": {
		{`SELECT id, '', reason FROM retention_holds WHERE id = $1`, `UPDATE retention_holds SET reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', release_reason FROM retention_holds WHERE id = $1`, `UPDATE retention_holds SET release_reason = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"activities": {
		{`SELECT id, '', title FROM activities WHERE id = $1`, `UPDATE activities SET title = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', place FROM activities WHERE id = $1`, `UPDATE activities SET place = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', agenda FROM activities WHERE id = $1`, `UPDATE activities SET agenda = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', opinions FROM activities WHERE id = $1`, `UPDATE activities SET opinions = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"activity_clients": {
		{`SELECT activity_id, CAST(customer_id AS TEXT), said FROM activity_clients WHERE activity_id = $1`, `UPDATE activity_clients SET said = $3 WHERE activity_id = $1 AND customer_id = CAST(CAST($2 AS TEXT) AS BIGINT)`},
	},
	"measures": {
		{`SELECT id, '', said FROM measures WHERE id = $1`, `UPDATE measures SET said = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', goal FROM measures WHERE id = $1`, `UPDATE measures SET goal = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', result FROM measures WHERE id = $1`, `UPDATE measures SET result = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', learned FROM measures WHERE id = $1`, `UPDATE measures SET learned = $3, version = version + 1 WHERE id = $1 AND $2 = ''`},
	},
	"case_events": {
		{`SELECT id, '', note FROM case_events WHERE id = $1`, `UPDATE case_events SET note = $3 WHERE id = $1 AND $2 = ''`},
	},
	"person_requests": {
		{`SELECT id, '', asked FROM person_requests WHERE id = $1`, `UPDATE person_requests SET asked = $3 WHERE id = $1 AND $2 = ''`},
		{`SELECT id, '', reply FROM person_requests WHERE id = $1`, `UPDATE person_requests SET reply = $3 WHERE id = $1 AND $2 = ''`},
	},
}

// mentionWords is how many words one of the questions below looks for.
const mentionWords = 8

const ofOthers = ` x WHERE client <> $1 AND (text LIKE $2 ESCAPE '!' OR text LIKE $3 ESCAPE '!' OR text LIKE $4 ESCAPE '!' OR text LIKE $5 ESCAPE '!'
	OR text LIKE $6 ESCAPE '!' OR text LIKE $7 ESCAPE '!' OR text LIKE $8 ESCAPE '!' OR text LIKE $9 ESCAPE '!')`

// waybillsOfSenders are the parcels of which nothing is left that speaks of
// persons but the name of a sender who is or was nobody on file.
const waybillsOfSenders = "waybills of senders"

// freeTexts finds, by table, the rows of all clients but $1 with one of eight
// words in what is written there in one's own words.
var freeTexts = map[string]string{
	"customers":      `SELECT id FROM (SELECT id, id AS client, remark || ' ' || class_reason AS text FROM customers)` + ofOthers,
	"contacts":       `SELECT id FROM (SELECT id, customer_id AS client, remark AS text FROM contacts)` + ofOthers,
	"visits":         `SELECT id FROM (SELECT id, customer_id AS client, purpose || ' ' || learned || ' ' || met || ' ' || next_step AS text FROM visits)` + ofOthers,
	"feedback_forms": `SELECT id FROM (SELECT id, customer_id AS client, answers AS text FROM feedback_forms)` + ofOthers,
	"feedback_notes": `SELECT id FROM (SELECT n.id, f.customer_id AS client, n.note AS text FROM feedback_notes n JOIN feedback_forms f ON f.id = n.form_id)` + ofOthers,
	"consents":       `SELECT id FROM (SELECT id, customer_id AS client, note AS text FROM consents)` + ofOthers,
	"waybills": `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, sender || ' ' || sender_contact || ' ' || sender_phone || ' ' || sender_address || ' ' || receiver || ' ' ||
		receiver_phone || ' ' || contents || ' ' || remark AS text FROM waybills WHERE sent_day >= $10)` + ofOthers,
	"waybill_traces":   `SELECT id FROM (SELECT x.id, coalesce(w.customer_id, 0) AS client, x.words AS text FROM waybill_traces x JOIN waybills w ON w.id = x.waybill_id)` + ofOthers,
	"outbox":           `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, subject || ' ' || body || ' ' || params || ' ' || said AS text FROM outbox)` + ofOthers,
	"todos":            `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, result AS text FROM todos)` + ofOthers,
	"ratings":          `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, comment || ' ' || next_step AS text FROM ratings)` + ofOthers,
	"greetings":        `SELECT id FROM (SELECT id, customer_id AS client, result AS text FROM greetings)` + ofOthers,
	"class_changes":    `SELECT id FROM (SELECT id, customer_id AS client, said || ' ' || reason AS text FROM class_changes)` + ofOthers,
	"label_holds":      `SELECT id FROM (SELECT customer_id AS id, customer_id AS client, reason AS text FROM label_holds)` + ofOthers,
	waybillsOfSenders:  `SELECT id FROM (SELECT w.id, coalesce(w.customer_id, 0) AS client, w.sender AS text FROM waybill_senders s JOIN waybills w ON w.sender_id = s.id AND w.sent_day < $10)` + ofOthers,
	"waybill_senders":  `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, name || ' ' || contact || ' ' || phone || ' ' || address AS text FROM waybill_senders)` + ofOthers,
	"radar_alerts":     `SELECT id FROM (SELECT id, customer_id AS client, note || ' ' || result AS text FROM radar_alerts)` + ofOthers,
	"time_marks":       `SELECT id FROM (SELECT customer_id AS id, customer_id AS client, reason AS text FROM time_marks)` + ofOthers,
	"account_entries":  `SELECT id FROM (SELECT id, customer_id AS client, remark || ' ' || void_reason || ' ' || handled_by AS text FROM account_entries)` + ofOthers,
	"cases":            `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, caller || ' ' || caller_phone || ' ' || ticket || ' ' || said || ' ' || wants || ' ' || result || ' ' || measures || ' ' || unsatisfied_reason AS text FROM cases)` + ofOthers,
	"case_claims":      `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, note || ' ' || reason AS text FROM case_claims)` + ofOthers,
	"archived":         `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, body AS text FROM archived)` + ofOthers,
	"retention_holds":  `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, reason || ' ' || release_reason AS text FROM retention_holds)` + ofOthers,
	"activities":       `SELECT id FROM (SELECT id, CAST(0 AS BIGINT) AS client, title || ' ' || place || ' ' || agenda || ' ' || opinions AS text FROM activities)` + ofOthers,
	"activity_clients": `SELECT id FROM (SELECT activity_id AS id, customer_id AS client, said AS text FROM activity_clients)` + ofOthers,
	"measures":         `SELECT id FROM (SELECT id, coalesce(customer_id, 0) AS client, said || ' ' || goal || ' ' || result || ' ' || learned AS text FROM measures)` + ofOthers,
	"case_events":      `SELECT id FROM (SELECT x.id, coalesce(k.customer_id, 0) AS client, x.note AS text FROM case_events x JOIN cases k ON k.id = x.case_id)` + ofOthers,
	"person_requests":  `SELECT id FROM (SELECT id, customer_id AS client, asked || ' ' || reply AS text FROM person_requests)` + ofOthers,
}

// mentions finds, by table, the rows of other clients in whose texts one of the
// words stands.
func (d *DB) mentions(ctx context.Context, customer int64, words []string) (map[string][]int64, error) {
	out := map[string][]int64{}
	named, err := d.namedFrom(ctx)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(words, mentionWords) {
		args := []any{customer}
		for i := range mentionWords {
			var like any // nothing is like NULL, and that costs nothing
			if i < len(part) {
				like = likeOf(part[i])
			}
			args = append(args, like)
		}
		for table, query := range freeTexts {
			args := args
			if strings.Contains(query, "$10") {
				args = append(slices.Clip(args), named)
			}
			rows, err := d.r.QueryContext(ctx, query, args...)
			if table == waybillsOfSenders {
				table = "waybills"
			}
			if err != nil {
				return nil, fmt.Errorf("who is named in %s: %w", table, err)
			}
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					rows.Close()
					return nil, err
				}
				if !slices.Contains(out[table], id) {
					out[table] = append(out[table], id)
				}
			}
			err = rows.Err()
			rows.Close()
			if err != nil {
				return nil, fmt.Errorf("who is named in %s: %w", table, err)
			}
		}
	}
	return out, nil
}

// redactOthers takes the unmistaken words out of the rows that mentions found.
func (tx *Tx) redactOthers(ctx context.Context, found map[string][]int64, words []string) (n int, err error) {
	if n, err = tx.redactArchived(ctx, found["archived"], words); err != nil {
		return n, err
	}
	for table, places := range others {
		for _, p := range places {
			for _, id := range found[table] {
				done, err := tx.redact(ctx, p, words, id)
				if err != nil {
					return n, err
				}
				n += done
			}
		}
	}
	return n, nil
}

// unmistaken are the words that can mean nobody else.
func unmistaken(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		n := utf8.RuneCountInString(w)
		return n < 4 || n == len(w) && n < 6
	})
}

// clearElsewhere removes rows that are kept for convenience only and hold one
// of the words, and blots the words out of open sessions, where a notice that
// has not been read yet may name somebody: with as many bytes, so that what is
// around them can still be read.
func (tx *Tx) clearElsewhere(ctx context.Context, words []string) error {
	for _, w := range words {
		for _, query := range []string{
			`DELETE FROM import_mappings WHERE heading_key LIKE $1 ESCAPE '!' OR mapping LIKE $1 ESCAPE '!'`,
			`UPDATE job_runs SET error = '' WHERE error LIKE $1 ESCAPE '!'`,
		} {
			if _, err := tx.exec(ctx, query, likeOf(inJSON(w))); err != nil {
				return err
			}
		}
	}
	rows, err := tx.QueryContext(ctx, `SELECT token, data FROM sessions`)
	if err != nil {
		return err
	}
	defer rows.Close()
	blotted := map[string][]byte{}
	for rows.Next() {
		var token string
		var data []byte
		if err := rows.Scan(&token, &data); err != nil {
			return err
		}
		if clean := blot(data, words); clean != nil {
			blotted[token] = clean
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for token, data := range blotted {
		if _, err := tx.exec(ctx, `UPDATE sessions SET data = $2 WHERE token = $1`, token, data); err != nil {
			return err
		}
	}
	return nil
}

// blot writes stars over the words; nil when none is there.
func blot(data []byte, words []string) []byte {
	text := string(data)
	for _, w := range words {
		for _, form := range []string{inJSON(w), w} {
			text = strings.ReplaceAll(text, form, strings.Repeat("*", len(form)))
		}
	}
	if text == string(data) {
		return nil
	}
	return []byte(text)
}

func (tx *Tx) redactElsewhere(ctx context.Context, words []string) error {
	redacted := 0
	for _, p := range elsewhere {
		for _, w := range words {
			n, err := tx.redact(ctx, p, words, likeOf(inJSON(w)))
			if err != nil {
				return err
			}
			redacted += n
		}
	}
	if redacted > 0 { // the names of tags, reasons of rules and settings are kept in memory by its version
		if err := tx.bumpPolicy(ctx); err != nil {
			return err
		}
	}
	return tx.clearElsewhere(ctx, words)
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
