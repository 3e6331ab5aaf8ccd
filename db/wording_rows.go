package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// wordingRow is what the wordings of greetings (Template) and of answers
// (Reply) have in common: where they stand, whose they are, and the columns
// that people change. Each version is kept in a table beside.
type wordingRow struct {
	what, table               string // the word for an error; of rows
	id, branch                *int64
	shipped, state            *string
	version, created, updated *int64
	fields                    []field
}

func (r wordingRow) all() []field {
	return append(slices.Clone(r.fields), field{"id", r.id}, field{"branch_id", r.branch}, field{"shipped", r.shipped}, field{"version", r.version},
		field{"created_at", r.created}, field{"updated_at", r.updated})
}

func (r wordingRow) selectSQL() string {
	return `SELECT ` + columns("m.", r.all()) + ` FROM ` + r.table + ` m WHERE `
}

// near says which wordings hold for a branch (0: for the company): shipped are
// those that stand for one of the program's, of each the nearest one of the
// branch and those above it; own are what they wrote themselves.
func near[T any](ctx context.Context, d *DB, q querier, branch int64, row func(*T) wordingRow) (shipped map[string]T, own []T, err error) {
	head := d.HeadOffice()
	chain := d.Chain(cmp.Or(branch, head))
	query := nearSQL(row(new(T)), append([]int64{head}, chain...))
	rows, err := q.QueryContext(ctx, numberSQL(query.text), query.args...)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", row(new(T)).table, err)
	}
	defer rows.Close()
	shipped = map[string]T{}
	for rows.Next() {
		t := new(T)
		r := row(t)
		if err := rows.Scan(pointers(r.all())...); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r.table, err)
		}
		at := slices.Index(chain, *r.branch)
		if at < 0 {
			continue
		}
		if *r.shipped == "" {
			own = append(own, *t)
			continue
		}
		if was, ok := shipped[*r.shipped]; !ok || at < slices.Index(chain, *row(&was).branch) {
			shipped[*r.shipped] = *t
		}
	}
	return shipped, own, rows.Err()
}

func nearSQL(r wordingRow, branches []int64) cond {
	at := manySQL("m.branch_id", branches)
	return cond{r.selectSQL() + at.text + ` ORDER BY m.id`, at.args}
}

// read fills the row of an id in; ErrNotFound when there is none.
func (r wordingRow) read(ctx context.Context, q querier, id int64) error {
	err := q.QueryRowContext(ctx, r.selectSQL()+`m.id = $1`, id).Scan(pointers(r.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s %d: %w", r.what, id, err)
	}
	return nil
}

// saveWording makes a wording (id 0) at its branch, or changes one whose
// version says what was read; was is an empty one of the same kind, known says
// whether the program has the one that it stands for.
func (d *DB) saveWording(ctx context.Context, by policy.Actor, act string, sent Submission, now, was wordingRow, known func(string) bool) error {
	err := d.act(ctx, by, act, func(tx *Tx) error {
		if *now.id != 0 {
			if err := was.read(ctx, tx, *now.id); err != nil {
				return err
			}
			*now.branch, *now.shipped, *now.created = *was.branch, *was.shipped, *was.created
		}
		if !by.Scope(policy.TemplateEdit).SeesBranch(d.Chain(*now.branch)) {
			return fmt.Errorf("%s at branch %d: %w", now.what, *now.branch, ErrNotFound)
		}
		if *now.shipped != "" && !known(*now.shipped) {
			return fmt.Errorf("%s %s: %w", now.what, *now.shipped, ErrNotFound)
		}
		if *now.id == 0 {
			return tx.addWording(ctx, sent, now)
		}
		if *was.version != *now.version {
			return fmt.Errorf("%s %d: %w", now.what, *now.id, ErrConflict)
		}
		changed := diff(was.fields, now.fields)
		if len(changed) == 0 {
			return errNothing
		}
		if err := tx.update(ctx, now.table, *now.id, *now.version, now.fields, changed); err != nil {
			return err
		}
		*now.version++
		tx.about(*now.branch, *now.id)
		if err := tx.keepWording(ctx, now); err != nil {
			return err
		}
		return tx.change(ctx, "update", now.table, *now.id, *now.branch, 0, *now.version, changed)
	})
	if errors.Is(err, errNothing) || errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

func (tx *Tx) addWording(ctx context.Context, sent Submission, r wordingRow) error {
	id, err := sent.done(ctx, tx, r.table)
	if err != nil {
		return err
	}
	if id != 0 {
		*r.id = id
		return errDoneBefore
	}
	*r.id, *r.version, *r.created, *r.updated = tx.newID(), 1, tx.now(), tx.now()
	if err := tx.insert(ctx, r.table, r.all()); err != nil {
		if errors.Is(err, ErrTaken) {
			err = fmt.Errorf("%s %s: %w", r.what, *r.shipped, ErrConflict)
		}
		return err
	}
	tx.about(*r.branch, *r.id)
	if err := sent.keep(ctx, tx, r.table, *r.id); err != nil {
		return err
	}
	if err := tx.keepWording(ctx, r); err != nil {
		return err
	}
	return tx.change(ctx, "create", r.table, *r.id, *r.branch, 0, 1, nil)
}

// keepWording keeps a wording as it stands now.
func (tx *Tx) keepWording(ctx context.Context, r wordingRow) error {
	author, at := tx.by.UserID, tx.now()
	version := append([]field{{"template_id", r.id}, {"version", r.version}, {"author_id", &author}, {"created_at", &at}}, r.fields...)
	if err := tx.insert(ctx, r.table[:len(r.table)-1]+"_versions", version); err != nil {
		return fmt.Errorf("version of %s %d: %w", r.what, *r.id, err)
	}
	return nil
}

// wordingRef names a wording: what is kept of it where it was used.
func wordingRef(id int64, shipped string) string {
	if id == 0 {
		return shipped
	}
	return fmt.Sprintf("%020d", id)
}
