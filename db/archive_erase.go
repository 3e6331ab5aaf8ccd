package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// eraseArchived takes out of the archive what hangs on a client, or on one
// contact of it, and gives the contents that nothing names any more. What the
// rest of a client's archive says of the contact is taken out word by word.
func (tx *Tx) eraseArchived(ctx context.Context, e *erasing) error {
	if err := eachOf(ctx, tx, `SELECT p.hash, p.thumb FROM archived_photos p JOIN archived a ON a.id = p.archived_id WHERE a.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR a.contact_id = $2)`,
		[]any{e.customer, e.contact}, func(scan func(...any) error) error {
			var hash, thumb string
			err := scan(&hash, &thumb)
			e.files = append(e.files, hash, thumb)
			e.Photos++
			return err
		}); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM archived_photos WHERE archived_id IN (SELECT id FROM archived WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`,
		`DELETE FROM archived WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`,
		`UPDATE retention_holds SET reason = '', release_reason = '' WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`,
		rowHoldsErased,
	} {
		if _, err := tx.exec(ctx, query, e.customer, e.contact); err != nil {
			return err
		}
	}
	if e.contact == 0 {
		return nil
	}
	ids, err := rowsOf[int64](ctx, tx, `SELECT id FROM archived WHERE customer_id = $1`, e.customer)
	if err != nil {
		return err
	}
	_, err = tx.redactArchived(ctx, ids, e.words)
	return err
}

// rowHoldsErased takes out why one row of a client, or of a contact of it, was
// kept.
const rowHoldsErased = `UPDATE retention_holds SET reason = '', release_reason = '' WHERE customer_id IS NULL AND (
	kind = 'visits' AND EXISTS (SELECT 1 FROM visits x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'cases' AND EXISTS (SELECT 1 FROM cases x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'forms' AND EXISTS (SELECT 1 FROM feedback_forms x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND CAST($2 AS BIGINT) = 0)
	OR kind = 'ratings' AND EXISTS (SELECT 1 FROM ratings x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'letters' AND EXISTS (SELECT 1 FROM outbox x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2)))`

// redactArchived takes words out of bodies of the archive.
func (tx *Tx) redactArchived(ctx context.Context, ids []int64, words []string) (n int, err error) {
	for _, id := range ids {
		var text string
		err := tx.QueryRowContext(ctx, `SELECT body FROM archived WHERE id = $1`, id).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		var body map[string][]archivedRow
		if err == nil {
			err = json.Unmarshal([]byte(text), &body)
		}
		if err != nil {
			return n, fmt.Errorf("archived %d: %w", id, err)
		}
		for _, rows := range body {
			for _, x := range rows {
				for i, t := range x.Texts {
					x.Texts[i] = without(t, words)
				}
			}
		}
		now, err := archivedText(body)
		if err != nil || now == text {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE archived SET body = $2 WHERE id = $1`, id, now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
