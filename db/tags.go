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

// AddTag makes a tag; one whose name is there already is that one. ErrRefused
// without the right to tag.
func (d *DB) AddTag(ctx context.Context, by policy.Actor, t Tag) (id int64, err error) {
	if !by.Can(policy.TagEdit) {
		return 0, fmt.Errorf("add tag: %w", ErrRefused)
	}
	err = d.r.QueryRowContext(ctx, `SELECT id FROM tags WHERE name = $1`, t.Name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = d.act(ctx, by, "tags.save", func(tx *Tx) error {
			id, err = tagNamed(ctx, tx, t)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("add tag %q: %w", t.Name, err)
	}
	return id, nil
}

// Tag is one tag.
func (d *DB) Tag(ctx context.Context, id int64) (t Tag, err error) {
	err = d.r.QueryRowContext(ctx, tagByID, id).Scan(&t.ID, &t.Name, &t.Kind, &t.Hint)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return t, fmt.Errorf("tag %d: %w", id, err)
	}
	return t, nil
}

const tagByID = `SELECT id, name, kind, hint FROM tags WHERE id = $1`

// ChangeTag changes a tag for the whole company. was is the tag as the person
// saw it: ErrConflict when somebody changed it since. ErrTaken when another has
// the name, ErrRefused without the right to tag in the whole company.
func (d *DB) ChangeTag(ctx context.Context, by policy.Actor, was, t Tag) error {
	return d.tagAct(ctx, by, "tags.save", was, func(tx *Tx) error {
		_, err := tx.exec(ctx, `UPDATE tags SET name = $2, kind = $3, hint = $4 WHERE id = $1`, was.ID, t.Name, t.Kind, t.Hint)
		if isUnique(err) {
			return fmt.Errorf("tag %q: %w", t.Name, ErrTaken)
		}
		if err != nil {
			return fmt.Errorf("tag %d: %w", was.ID, err)
		}
		changed := map[string][2]any{}
		for column, v := range map[string][2]string{"name": {was.Name, t.Name}, "kind": {was.Kind, t.Kind}, "hint": {was.Hint, t.Hint}} {
			if v[0] != v[1] {
				changed[column] = [2]any{v[0], v[1]}
			}
		}
		return tx.change(ctx, "update", "tags", was.ID, 0, 0, 1, changed)
	})
}

// RemoveTag removes a tag that nobody has. ErrHeld when a customer has it,
// one in the recycle bin included; the rest as ChangeTag.
func (d *DB) RemoveTag(ctx context.Context, by policy.Actor, was Tag) error {
	return d.tagAct(ctx, by, "tags.remove", was, func(tx *Tx) error {
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM customer_tags WHERE tag_id = $1)`, was.ID).Scan(&used); err != nil {
			return fmt.Errorf("tag %d: %w", was.ID, err)
		}
		if used {
			return fmt.Errorf("tag %d: %w", was.ID, ErrHeld)
		}
		_, err := tx.exec(ctx, `DELETE FROM tags WHERE id = $1`, was.ID)
		if isReferred(err) { // somebody was given it since
			return fmt.Errorf("tag %d: %w", was.ID, ErrHeld)
		}
		if err != nil {
			return fmt.Errorf("tag %d: %w", was.ID, err)
		}
		return tx.change(ctx, "delete", "tags", was.ID, 0, 0, 1, map[string][2]any{"name": {was.Name, ""}, "kind": {was.Kind, ""}})
	})
}

// tagAct is an act on a tag, which is a word of the whole company, that still
// is as the person saw it.
func (d *DB) tagAct(ctx context.Context, by policy.Actor, act string, was Tag, do func(tx *Tx) error) error {
	if !d.WholeCompany(by.Scope(policy.TagEdit)) {
		return fmt.Errorf("tag %d: %w", was.ID, ErrRefused)
	}
	return d.act(ctx, by, act, func(tx *Tx) error {
		var now Tag
		err := tx.QueryRowContext(ctx, tagByID, was.ID).Scan(&now.ID, &now.Name, &now.Kind, &now.Hint)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("tag %d: %w", was.ID, ErrNotFound)
		case err != nil:
			return fmt.Errorf("tag %d: %w", was.ID, err)
		case now != was:
			return fmt.Errorf("tag %d: %w", was.ID, ErrConflict)
		}
		tx.about(0, was.ID)
		if err := tx.bumpPolicy(ctx); err != nil {
			return err
		}
		return do(tx)
	})
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
