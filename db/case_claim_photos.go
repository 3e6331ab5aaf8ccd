package db

import (
	"context"
	"fmt"
	"strings"

	"yike/policy"
)

// addClaimPhotos hangs pictures on a claim, after those that it has.
func (tx *Tx) addClaimPhotos(ctx context.Context, id int64, photos []CasePhoto) error {
	for _, p := range photos {
		_, err := tx.exec(ctx, `
			INSERT INTO case_claim_photos (claim_id, hash, thumb, position)
			SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), coalesce(MAX(position), 0) + 1 FROM case_claim_photos WHERE claim_id = CAST($1 AS BIGINT)
			ON CONFLICT (claim_id, hash) DO NOTHING`, id, p.Hash, p.Thumb)
		if err != nil {
			return fmt.Errorf("photos of claim %d: %w", id, err)
		}
	}
	return nil
}

// ClaimPhotos returns the pictures that prove a claim; read it after the claim
// was read.
func (d *DB) ClaimPhotos(ctx context.Context, id int64) ([]CasePhoto, error) {
	return claimPhotos(ctx, d.r, id)
}

func claimPhotos(ctx context.Context, q querier, id int64) (out []CasePhoto, err error) {
	err = eachOf(ctx, q, `SELECT hash, thumb FROM case_claim_photos WHERE claim_id = $1 ORDER BY position, hash`, []any{id}, func(scan func(...any) error) error {
		var p CasePhoto
		err := scan(&p.Hash, &p.Thumb)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("photos of claim %d: %w", id, err)
	}
	return out, nil
}

// MostClaimPhotos is how many pictures hang on one claim.
const MostClaimPhotos = 20

// ProveClaim hangs further pictures on a claim, which whoever decides about it
// sees: it becomes another version of it. Nothing is hung on a paid one, and no
// more than MostClaimPhotos (ErrRefused).
func (d *DB) ProveClaim(ctx context.Context, by policy.Actor, x CaseRef, photos []CasePhoto) error {
	return d.claimAct(ctx, by, policy.ClaimEdit, "claims.prove", x, func(tx *Tx, was ClaimRow, now *Claim) (string, int64, error) {
		if was.Paid != 0 {
			return "", 0, ErrConflict
		}
		before, err := claimPhotos(ctx, tx, was.ID)
		if err == nil {
			err = tx.addClaimPhotos(ctx, was.ID, photos)
		}
		if err != nil {
			return "", 0, err
		}
		all, err := claimPhotos(ctx, tx, was.ID)
		if err == nil && (len(photos) == 0 || len(all) > MostClaimPhotos) {
			err = ErrRefused
		}
		now.proved = [2]string{photoWords(before), photoWords(all)}
		return "proved", int64(len(photos)), err
	})
}

// photoWords are the pictures as a record of changes names them.
func photoWords(list []CasePhoto) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.Hash
	}
	return strings.Join(words, " ")
}
