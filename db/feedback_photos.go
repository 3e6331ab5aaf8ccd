package db

import (
	"context"
	"fmt"
	"slices"
)

// mostFormPhotos is how many pictures hang on one form.
const mostFormPhotos = 9

func formPhotos(ctx context.Context, q querier, form int64) (out []VisitPhoto, err error) {
	err = eachOf(ctx, q, `SELECT hash, thumb FROM feedback_photos WHERE form_id = $1 ORDER BY position, hash`, []any{form}, func(scan func(...any) error) error {
		var p VisitPhoto
		err := scan(&p.Hash, &p.Thumb)
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("photos of form %d: %w", form, err)
	}
	return out, nil
}

// picture takes pictures off a form and hangs others on it, after those that it
// has, and notes how many there were before and after; more than mostFormPhotos are
// ErrRefused.
func (tx *Tx) picture(ctx context.Context, f *FeedbackForm, drop []string, photos []VisitPhoto) error {
	if len(drop) == 0 && len(photos) == 0 {
		return nil
	}
	before, err := formPhotos(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	for _, hash := range drop {
		if _, err := tx.exec(ctx, `DELETE FROM feedback_photos WHERE form_id = $1 AND hash = $2`, f.ID, hash); err != nil {
			return fmt.Errorf("photos of form %d: %w", f.ID, err)
		}
	}
	for _, p := range photos {
		if _, err := tx.exec(ctx, `INSERT INTO feedback_photos (form_id, hash, thumb, position)
			SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), coalesce(MAX(position), 0) + 1 FROM feedback_photos WHERE form_id = CAST($1 AS BIGINT)
			ON CONFLICT (form_id, hash) DO NOTHING`, f.ID, p.Hash, p.Thumb); err != nil {
			return fmt.Errorf("photos of form %d: %w", f.ID, err)
		}
	}
	after, err := formPhotos(ctx, tx, f.ID)
	if err == nil && len(after) > mostFormPhotos {
		err = ErrRefused
	}
	f.pictured, f.pictures = !slices.Equal(before, after), [2]int{len(before), len(after)}
	return err
}
