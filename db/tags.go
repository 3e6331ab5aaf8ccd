package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"yike/policy"
)

// Tag is a word that customers are marked with, the same in the whole company.
type Tag struct {
	ID   int64
	Name string
	Kind string // of profile.TagKinds
	Hint string // what to mind at the door (R67)
}

// Tags returns every tag, by kind and name. Their words are no secret inside
// the company.
func (d *DB) Tags(ctx context.Context) ([]Tag, error) {
	rows, err := d.query(ctx, condOf(`SELECT id, name, kind, hint FROM tags ORDER BY kind, name, id LIMIT 2000`))
	if err != nil {
		return nil, fmt.Errorf("tags: %w", err)
	}
	defer rows.Close()
	var out []Tag
	for rows.Next() {
		var t Tag
		if err := rows.Scan(&t.ID, &t.Name, &t.Kind, &t.Hint); err != nil {
			return nil, fmt.Errorf("tags: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// TagNames returns the names of the tags. They are kept as of the policy
// version, which a new name of a tag raises; a tag made since is read when one
// of the ids is not known.
func (d *DB) TagNames(ctx context.Context, ids iter.Seq[int64]) (map[int64]string, error) {
	kept := d.namesAt(markOf(ctx).version)
	if kept != nil {
		kept.mu.RLock()
		names := kept.tags
		kept.mu.RUnlock()
		known := names != nil
		for id := range ids {
			_, ok := names[id]
			known = known && ok
		}
		if known {
			return names, nil
		}
	}
	tags, err := d.Tags(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(tags))
	for _, t := range tags {
		names[t.ID] = t.Name
	}
	if kept != nil {
		kept.mu.Lock()
		kept.tags = names
		kept.mu.Unlock()
	}
	return names, nil
}

// SaveTag makes a tag (ID 0) or changes one; a new one whose name is there
// already is that one. ErrTaken when another has the name, ErrRefused without
// the right to edit tags.
func (d *DB) SaveTag(ctx context.Context, by policy.Actor, t Tag) (int64, error) {
	if !by.Can(policy.TagEdit) {
		return 0, fmt.Errorf("save tag: %w", ErrRefused)
	}
	err := d.act(ctx, by, "tags.save", func(tx *Tx) error {
		var err error
		if t.ID == 0 {
			t.ID, err = tagNamed(ctx, tx, t)
			return err
		}
		var was Tag
		err = tx.QueryRowContext(ctx, `SELECT id, name, kind, hint FROM tags WHERE id = $1`, t.ID).Scan(&was.ID, &was.Name, &was.Kind, &was.Hint)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("tag %d: %w", t.ID, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("tag %d: %w", t.ID, err)
		}
		_, err = tx.exec(ctx, `UPDATE tags SET name = $2, kind = $3, hint = $4 WHERE id = $1`, t.ID, t.Name, t.Kind, t.Hint)
		if isUnique(err) {
			return fmt.Errorf("tag %q: %w", t.Name, ErrTaken)
		}
		if err != nil {
			return fmt.Errorf("tag %d: %w", t.ID, err)
		}
		tx.about(0, t.ID)
		if err := tx.bumpPolicy(ctx); err != nil {
			return err
		}
		return tx.change(ctx, "update", "tags", t.ID, 0, 0, 1,
			map[string][2]any{"name": {was.Name, t.Name}, "kind": {was.Kind, t.Kind}, "hint": {was.Hint, t.Hint}})
	})
	return t.ID, err
}

// tagNamed returns the tag of that name, made when there is none.
func tagNamed(ctx context.Context, tx *Tx, t Tag) (int64, error) {
	id := tx.newID()
	n, err := tx.exec(ctx, `
		INSERT INTO tags (id, name, kind, hint, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO NOTHING`, id, t.Name, t.Kind, t.Hint, tx.now())
	if err != nil {
		return 0, fmt.Errorf("make tag %q: %w", t.Name, err)
	}
	if n > 0 {
		tx.about(0, id)
		return id, tx.change(ctx, "create", "tags", id, 0, 0, 1, nil)
	}
	if err := tx.QueryRowContext(ctx, `SELECT id FROM tags WHERE name = $1`, t.Name).Scan(&id); err != nil {
		return 0, fmt.Errorf("tag %q: %w", t.Name, err)
	}
	return id, nil
}
