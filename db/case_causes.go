package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/policy"
)

// CaseCause is a cause of cases. Of the first level ParentID is 0; shipped ones
// have a code.
type CaseCause struct {
	ID, ParentID int64
	Code, Name   string
	Position     int64
	RetiredAt    int64 // unix milliseconds; 0 = it is offered
	Version      int64
}

// CaseCauses returns all causes: those of the first level in their order, each
// followed by its own. How the company works is no secret inside it.
func (d *DB) CaseCauses(ctx context.Context) ([]CaseCause, error) {
	known, err := d.causes(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(known.list), nil
}

func (d *DB) readCauses(ctx context.Context) ([]CaseCause, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT k.id, coalesce(k.parent_id, 0), k.code, k.name, k.position, k.retired_at, k.version
		FROM case_causes k LEFT JOIN case_causes p ON p.id = k.parent_id
		ORDER BY coalesce(p.position, k.position), coalesce(p.id, k.id), CASE WHEN k.parent_id IS NULL THEN 0 ELSE 1 END, k.position, k.id`)
	if err != nil {
		return nil, fmt.Errorf("causes of cases: %w", err)
	}
	defer rows.Close()
	var out []CaseCause
	for rows.Next() {
		var c CaseCause
		if err := rows.Scan(&c.ID, &c.ParentID, &c.Code, &c.Name, &c.Position, &c.RetiredAt, &c.Version); err != nil {
			return nil, fmt.Errorf("causes of cases: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// MostCauses is how many causes a level has at most, CauseLong how many
// characters a name.
const MostCauses, CauseLong = 40, 20

func (c *CaseCause) fields() []field {
	return []field{{"parent_id", (*ref)(&c.ParentID)}, {"name", &c.Name}, {"position", &c.Position}, {"retired_at", &c.RetiredAt}}
}

// AddCause adds a cause of the company's own below another, or of the first
// level (parent 0), behind the others, and returns its id. Head office alone may
// (ErrRefused). A name that is there already is ErrTaken, one that is none and a
// parent that is itself below another ErrRefused.
func (d *DB) AddCause(ctx context.Context, by policy.Actor, parent int64, name string) (id int64, err error) {
	c := CaseCause{ParentID: parent, Name: strings.TrimSpace(name), Version: 1}
	err = d.act(ctx, by, "causes.add", func(tx *Tx) error {
		beside, err := tx.causesBeside(ctx, &c)
		if err != nil {
			return err
		}
		if len(beside) >= MostCauses {
			return fmt.Errorf("cause %q: too many: %w", c.Name, ErrRefused)
		}
		for _, x := range beside {
			c.Position = max(c.Position, x.Position)
		}
		c.ID, c.Position, id = tx.newID(), c.Position+1, 0
		updated := tx.now()
		if err := tx.insert(ctx, "case_causes", append(c.fields(), field{"id", &c.ID}, field{"code", &c.Code}, field{"version", &c.Version}, field{"updated_at", &updated})); err != nil {
			return err
		}
		id = c.ID
		tx.about(d.headOffice(), id)
		return tx.change(ctx, "create", "case_causes", id, d.headOffice(), 0, 1, nil)
	})
	return id, err
}

// EditCause renames a cause and says below which other it stands; see AddCause.
// One of the first level stays there. A stale version is ErrConflict.
func (d *DB) EditCause(ctx context.Context, by policy.Actor, id, version, parent int64, name string) error {
	return d.causeAct(ctx, by, "causes.edit", id, version, func(tx *Tx, c *CaseCause) error {
		if (c.ParentID == 0) != (parent == 0) {
			return fmt.Errorf("cause %d to another level: %w", id, ErrRefused)
		}
		moved := c.ParentID != parent
		c.Name, c.ParentID = strings.TrimSpace(name), parent
		beside, err := tx.causesBeside(ctx, c)
		if err != nil || !moved {
			return err
		}
		c.Position = 1
		for _, x := range beside {
			c.Position = max(c.Position, x.Position+1)
		}
		return nil
	})
}

// RetireCause offers a cause for no new case any more, and with those of the
// second level below it none of them; cases that have it keep it. With offer it
// is offered again.
func (d *DB) RetireCause(ctx context.Context, by policy.Actor, id, version int64, offer bool) error {
	act := "causes.retire"
	if offer {
		act = "causes.offer"
	}
	return d.causeAct(ctx, by, act, id, version, func(tx *Tx, c *CaseCause) error {
		switch {
		case offer:
			c.RetiredAt = 0
		case c.RetiredAt == 0:
			c.RetiredAt = tx.now()
		}
		return nil
	})
}

// ShiftCause lets a cause change places with the one before it, or with the one
// behind it; at the end all stays.
func (d *DB) ShiftCause(ctx context.Context, by policy.Actor, id, version int64, up bool) error {
	return d.causeAct(ctx, by, "causes.order", id, version, func(tx *Tx, c *CaseCause) error {
		beside, err := tx.causesBeside(ctx, c)
		if err != nil {
			return err
		}
		list := append(beside, *c)
		slices.SortFunc(list, func(a, b CaseCause) int {
			if a.Position != b.Position {
				return int(a.Position - b.Position)
			}
			return int(min(max(a.ID-b.ID, -1), 1))
		})
		at := slices.IndexFunc(list, func(x CaseCause) bool { return x.ID == id })
		to := at + 1
		if up {
			to = at - 1
		}
		if to < 0 || to >= len(list) {
			return errNothing
		}
		list[at], list[to] = list[to], list[at]
		for i, x := range list {
			if x.ID == id {
				c.Position = int64(i + 1)
			} else if now := x; x.Position != int64(i+1) {
				now.Position = int64(i + 1)
				if err := tx.saveCause(ctx, &x, &now); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// causesBeside are the others of a cause's level, after what a cause may be was
// looked at.
func (tx *Tx) causesBeside(ctx context.Context, c *CaseCause) (out []CaseCause, err error) {
	if !tx.by.Scope(policy.CaseRule).SeesBranch(tx.db.Chain(tx.db.headOffice())) || c.Name == "" || utf8.RuneCountInString(c.Name) > CauseLong {
		return nil, fmt.Errorf("cause %q: %w", c.Name, ErrRefused)
	}
	if c.ParentID != 0 {
		above, err := tx.cause(ctx, c.ParentID)
		if err != nil {
			return nil, err
		}
		if above.ParentID != 0 {
			return nil, fmt.Errorf("cause %q at a third level: %w", c.Name, ErrRefused)
		}
	}
	err = eachOf(ctx, tx, `SELECT id, coalesce(parent_id, 0), code, name, position, retired_at, version FROM case_causes WHERE coalesce(parent_id, 0) = $1 AND id <> $2`, []any{c.ParentID, c.ID}, func(scan func(...any) error) error {
		var x CaseCause
		err := scan(&x.ID, &x.ParentID, &x.Code, &x.Name, &x.Position, &x.RetiredAt, &x.Version)
		out = append(out, x)
		return err
	})
	if err == nil && slices.ContainsFunc(out, func(x CaseCause) bool { return x.Name == c.Name }) {
		err = ErrTaken
	}
	if err != nil {
		return nil, fmt.Errorf("cause %q: %w", c.Name, err)
	}
	return out, nil
}

func (tx *Tx) cause(ctx context.Context, id int64) (c CaseCause, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id, coalesce(parent_id, 0), code, name, position, retired_at, version FROM case_causes WHERE id = $1`, id).
		Scan(&c.ID, &c.ParentID, &c.Code, &c.Name, &c.Position, &c.RetiredAt, &c.Version)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("cause %d: %w", id, err)
	}
	return c, nil
}

func (tx *Tx) saveCause(ctx context.Context, was, now *CaseCause) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return errNothing
	}
	if err := tx.update(ctx, "case_causes", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	return tx.change(ctx, "update", "case_causes", was.ID, tx.db.headOffice(), 0, was.Version+1, changed)
}

// causeAct is an act on one cause as it was read; version 0 takes it as it is.
func (d *DB) causeAct(ctx context.Context, by policy.Actor, act string, id, version int64, set func(*Tx, *CaseCause) error) error {
	err := d.act(ctx, by, act, func(tx *Tx) error {
		was, err := tx.cause(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case !by.Scope(policy.CaseRule).SeesBranch(d.Chain(d.headOffice())):
			return fmt.Errorf("cause %d: %w", id, ErrRefused)
		case version != 0 && version != was.Version:
			return fmt.Errorf("cause %d: %w", id, ErrConflict)
		}
		tx.about(d.headOffice(), id)
		now := was
		if err := set(tx, &now); err != nil {
			return err
		}
		err = tx.saveCause(ctx, &was, &now)
		if errors.Is(err, errNothing) && tx.audit.rows > 0 {
			err = nil // its neighbours changed
		}
		return err
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}
