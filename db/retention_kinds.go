package db

import (
	"context"

	"yike/policy/retention"
)

// keptKind says where the data of a kind stand: which rows' time may be over,
// and what of them says something of persons. Each statement's $1 is the row's
// id but where it says otherwise.
type keptKind struct {
	kind retention.Kind
	// due gives id, client, contact and when its time began of the rows behind
	// ($1, $2) that began before $3, the oldest first.
	due     string
	inMs    bool   // that is an instant, not a day
	inUse   string // counts the rows in use, up to countedRows
	dueSoon string // … those of them that began before $1
	turn    string // sets life to $2, as a change of the row
	forget  string // sets it to 2, and takes out who the contact was
	parts   []keptPart
	// wipe destroys a row of a kind that has no archive, and gives the contents
	// that nothing names any more.
	wipe func(context.Context, *Tx, keptRow) ([]string, error)
}

// keptPart is a table, or some columns of it, that goes into the archive. find
// gives an id and the texts of each row; write puts a row back: $1 is the row
// that the part hangs on, $2 its id, then the texts.
type keptPart struct {
	name               string
	columns            []string
	find, clear, write string
	photos             bool // the first two texts are of a picture and its small version
}

const (
	keptBatch   = 50      // rows that one act archives or destroys
	keptNight   = 100_000 // rows of a kind that one night does
	countedRows = 100_000
)

// keptKinds are the kinds that have an archive.
var keptKinds = map[retention.Kind]*keptKind{
	retention.Visits: {
		kind: retention.Visits,
		due: `SELECT id, coalesce(customer_id, 0), coalesce(contact_id, 0), day FROM visits
			WHERE life = 0 AND (day, id) > ($1, $2) AND day < $3 ORDER BY day, id LIMIT 50`,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM visits WHERE life = 0 LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM visits WHERE life = 0 AND day < $1 LIMIT 100001) x`,
		turn:    `UPDATE visits SET life = $2, version = version + 1 WHERE id = $1`,
		forget:  `UPDATE visits SET life = 2, contact_id = NULL WHERE id = $1`,
		parts: []keptPart{
			{name: "visit", columns: []string{"purpose", "learned", "met", "next_step"},
				find:  `SELECT id, purpose, learned, met, next_step FROM visits WHERE id = $1`,
				clear: `UPDATE visits SET purpose = '', learned = '', met = '', next_step = '' WHERE id = $1`,
				write: `UPDATE visits SET purpose = $3, learned = $4, met = $5, next_step = $6 WHERE id = $2 AND id = $1`},
			{name: "photos", columns: []string{"hash", "thumb"}, photos: true,
				find:  `SELECT position, hash, thumb FROM visit_photos WHERE visit_id = $1 ORDER BY position, hash`,
				clear: `DELETE FROM visit_photos WHERE visit_id = $1`,
				write: `INSERT INTO visit_photos (visit_id, position, hash, thumb) VALUES ($1, $2, $3, $4)`},
		},
	},
	retention.Cases: {
		kind: retention.Cases,
		due: `SELECT id, coalesce(customer_id, 0), coalesce(contact_id, 0), closed_at FROM cases
			WHERE life = 0 AND step = 'closed' AND (closed_at, id) > ($1, $2) AND closed_at < $3 ORDER BY closed_at, id LIMIT 50`,
		inMs:    true,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM cases WHERE life = 0 AND step = 'closed' LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM cases WHERE life = 0 AND step = 'closed' AND closed_at > 0 AND closed_at < $1 LIMIT 100001) x`,
		turn:    `UPDATE cases SET life = $2, version = version + 1 WHERE id = $1`,
		forget:  `UPDATE cases SET life = 2, contact_id = NULL WHERE id = $1`,
		parts: []keptPart{
			{name: "case", columns: []string{"caller", "caller_phone", "said", "wants", "result", "measures", "unsatisfied_reason"},
				find:  `SELECT id, caller, caller_phone, said, wants, result, measures, unsatisfied_reason FROM cases WHERE id = $1`,
				clear: `UPDATE cases SET caller = '', caller_phone = '', said = '', wants = '', result = '', measures = '', unsatisfied_reason = '' WHERE id = $1`,
				write: `UPDATE cases SET caller = $3, caller_phone = $4, said = $5, wants = $6, result = $7, measures = $8, unsatisfied_reason = $9 WHERE id = $2 AND id = $1`},
			{name: "history", columns: []string{"note"},
				find:  `SELECT id, note FROM case_events WHERE case_id = $1 AND note <> '' ORDER BY id`,
				clear: `UPDATE case_events SET note = '' WHERE case_id = $1`,
				write: `UPDATE case_events SET note = $3 WHERE id = $2 AND case_id = $1`},
			{name: "merged", columns: []string{"args"},
				find:  `SELECT id, args FROM case_events WHERE case_id = $1 AND kind = 'merged' AND args <> '{}' ORDER BY id`,
				clear: `UPDATE case_events SET args = '{}' WHERE case_id = $1 AND kind = 'merged'`,
				write: `UPDATE case_events SET args = $3 WHERE id = $2 AND case_id = $1`},
			{name: "claims", columns: []string{"note", "reason"},
				find:  `SELECT id, note, reason FROM case_claims WHERE case_id = $1 AND (note <> '' OR reason <> '') ORDER BY id`,
				clear: `UPDATE case_claims SET note = '', reason = '' WHERE case_id = $1`,
				write: `UPDATE case_claims SET note = $3, reason = $4 WHERE id = $2 AND case_id = $1`},
			{name: "photos", columns: []string{"hash", "thumb"}, photos: true,
				find:  `SELECT position, hash, thumb FROM case_photos WHERE case_id = $1 ORDER BY position, hash`,
				clear: `DELETE FROM case_photos WHERE case_id = $1`,
				write: `INSERT INTO case_photos (case_id, position, hash, thumb) VALUES ($1, $2, $3, $4)`},
			{name: "vouchers", columns: []string{"hash", "thumb", "claim", "position"}, photos: true,
				find: `SELECT x.claim_id, x.hash, x.thumb, CAST(x.claim_id AS TEXT), CAST(x.position AS TEXT) FROM case_claim_photos x JOIN case_claims m ON m.id = x.claim_id
					WHERE m.case_id = $1 ORDER BY x.claim_id, x.position, x.hash`,
				clear: `DELETE FROM case_claim_photos WHERE claim_id IN (SELECT id FROM case_claims WHERE case_id = $1)`,
				write: `INSERT INTO case_claim_photos (claim_id, hash, thumb, position)
					SELECT id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST(CAST($6 AS TEXT) AS BIGINT) FROM case_claims WHERE case_id = $1 AND id = $2 AND CAST(id AS TEXT) = $5`},
		},
	},
	retention.Forms: {
		kind: retention.Forms,
		due: `SELECT id, coalesce(customer_id, 0), CAST(0 AS BIGINT), day FROM feedback_forms
			WHERE life = 0 AND (day, id) > ($1, $2) AND day < $3 ORDER BY day, id LIMIT 50`,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM feedback_forms WHERE life = 0 LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM feedback_forms WHERE life = 0 AND day < $1 LIMIT 100001) x`,
		turn:    `UPDATE feedback_forms SET life = $2, version = version + 1 WHERE id = $1`,
		forget:  `UPDATE feedback_forms SET life = 2 WHERE id = $1`,
		parts: []keptPart{
			{name: "form", columns: []string{"answers"},
				find:  `SELECT id, answers FROM feedback_forms WHERE id = $1`,
				clear: `UPDATE feedback_forms SET answers = '[]' WHERE id = $1`,
				write: `UPDATE feedback_forms SET answers = $3 WHERE id = $2 AND id = $1`},
			{name: "notes", columns: []string{"note"},
				find:  `SELECT id, note FROM feedback_notes WHERE form_id = $1 AND note <> '' ORDER BY id`,
				clear: `UPDATE feedback_notes SET note = '' WHERE form_id = $1`,
				write: `UPDATE feedback_notes SET note = $3 WHERE id = $2 AND form_id = $1`},
			{name: "photos", columns: []string{"hash", "thumb"}, photos: true,
				find:  `SELECT position, hash, thumb FROM feedback_photos WHERE form_id = $1 ORDER BY position, hash`,
				clear: `DELETE FROM feedback_photos WHERE form_id = $1`,
				write: `INSERT INTO feedback_photos (form_id, position, hash, thumb) VALUES ($1, $2, $3, $4)`},
		},
	},
	retention.Ratings: {
		kind: retention.Ratings,
		due: `SELECT id, coalesce(customer_id, 0), coalesce(contact_id, 0), day FROM ratings
			WHERE life = 0 AND (day, id) > ($1, $2) AND day < $3 ORDER BY day, id LIMIT 50`,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM ratings WHERE life = 0 LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM ratings WHERE life = 0 AND day < $1 LIMIT 100001) x`,
		turn:    `UPDATE ratings SET life = $2, version = version + 1 WHERE id = $1`,
		forget:  `UPDATE ratings SET life = 2, contact_id = NULL WHERE id = $1`,
		parts: []keptPart{
			{name: "rating", columns: []string{"comment", "next_step"},
				find:  `SELECT id, comment, next_step FROM ratings WHERE id = $1`,
				clear: `UPDATE ratings SET comment = '', next_step = '' WHERE id = $1`,
				write: `UPDATE ratings SET comment = $3, next_step = $4 WHERE id = $2 AND id = $1`},
		},
	},
	retention.Letters: {
		kind: retention.Letters,
		due: `SELECT id, coalesce(customer_id, 0), coalesce(contact_id, 0), created_at FROM outbox
			WHERE life = 0 AND (created_at, id) > ($1, $2) AND created_at < $3 AND state NOT IN ('queued','sending') ORDER BY created_at, id LIMIT 50`,
		inMs:    true,
		inUse:   `SELECT count(*) FROM (SELECT 1 FROM outbox WHERE life = 0 LIMIT 100001) x`,
		dueSoon: `SELECT count(*) FROM (SELECT 1 FROM outbox WHERE life = 0 AND created_at < $1 LIMIT 100001) x`,
		turn:    `UPDATE outbox SET life = $2, version = version + 1 WHERE id = $1`,
		forget:  `UPDATE outbox SET life = 2, contact_id = NULL WHERE id = $1`,
		parts: []keptPart{
			{name: "letter", columns: []string{"recipient", "subject", "body", "params", "said"},
				find:  `SELECT id, recipient, subject, body, params, said FROM outbox WHERE id = $1`,
				clear: `UPDATE outbox SET recipient = '', subject = '', body = '', params = '{}', said = '' WHERE id = $1`,
				write: `UPDATE outbox SET recipient = $3, subject = $4, body = $5, params = $6, said = $7 WHERE id = $2 AND id = $1`},
		},
	},
}
