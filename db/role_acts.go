package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// roleRow is what a role's row holds besides its word.
type roleRow struct {
	id                int64
	title             string
	edited, putAside  bool
	builtIn, hasNoRow bool
	basedOn           string
	version           int64
}

func (r *roleRow) fields() []field {
	return []field{{"title", &r.title}, {"edited", &r.edited}, {"disabled", &r.putAside}}
}

// editRole opens the role for a change: the actor must reach the whole company
// (ErrRefused), the role exist (ErrNotFound) and be as it was read (ErrConflict).
func (d *DB) editRole(ctx context.Context, tx *Tx, role policy.Role, version int64) (*policy.Access, roleRow, error) {
	var row roleRow
	if !tx.by.MayEditRoles(d.HeadOffice()) {
		return nil, row, fmt.Errorf("edit role %s: %w", role, ErrRefused)
	}
	access, err := tx.access(ctx)
	if err != nil {
		return nil, row, err
	}
	info, ok := access.Role(role)
	switch {
	case !ok:
		return nil, row, fmt.Errorf("role %s: %w", role, ErrNotFound)
	case info.Version != version:
		return nil, row, fmt.Errorf("role %s: %w", role, ErrConflict)
	}
	row = roleRow{title: info.Title, edited: info.Edited, putAside: info.Disabled, builtIn: info.BuiltIn, basedOn: string(info.BasedOn), version: version, hasNoRow: version == 0}
	if row.hasNoRow {
		row.id = tx.newID()
		return access, row, nil
	}
	if err := tx.QueryRowContext(ctx, `SELECT id FROM roles WHERE role = $1`, string(role)).Scan(&row.id); err != nil {
		return nil, row, fmt.Errorf("role %s: %w", role, err)
	}
	return access, row, nil
}

// keepRole writes a role's row, notes what changed and lets everybody's rights
// be worked out anew. before and after are its grants.
func (d *DB) keepRole(ctx context.Context, tx *Tx, role policy.Role, was, now roleRow, before, after policy.Grants) error {
	changed := diff(was.fields(), now.fields())
	columns := maps.Clone(changed)
	for _, p := range policy.Permissions {
		if before[p] != after[p] {
			changed[string(p)] = [2]any{string(before[p]), string(after[p])}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if was.hasNoRow {
		_, err := tx.exec(ctx, `INSERT INTO roles (id, role, title, built_in, based_on, edited, disabled, version, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)`, was.id, string(role), now.title, now.builtIn, now.basedOn, now.edited, now.putAside, tx.now())
		if isUnique(err) {
			return fmt.Errorf("role %s: %w", role, ErrConflict) // somebody made the row since it was read
		}
		if err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
	} else {
		if len(columns) == 0 {
			columns = map[string][2]any{"title": {was.title, now.title}} // so that the version moves on
		}
		if err := tx.update(ctx, "roles", was.id, was.version, now.fields(), columns); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, `DELETE FROM role_grants WHERE role = $1`, string(role)); err != nil {
		return fmt.Errorf("grants of role %s: %w", role, err)
	}
	if now.edited || !now.builtIn {
		for _, p := range slices.Sorted(maps.Keys(after)) {
			if _, err := tx.exec(ctx, `INSERT INTO role_grants (role, permission, reach) VALUES ($1, $2, $3)`, string(role), string(p), string(after[p])); err != nil {
				return fmt.Errorf("grants of role %s: %w", role, err)
			}
		}
	}
	head := d.HeadOffice()
	tx.about(head, was.id)
	kind := "update"
	if was.hasNoRow && !now.builtIn {
		kind = "create"
	}
	if err := tx.change(ctx, kind, "roles", was.id, head, 0, was.version+1, changed); err != nil {
		return err
	}
	return tx.bumpPolicy(ctx)
}

// freeTitle says whether no other role has the name (ErrTaken).
func freeTitle(access *policy.Access, role policy.Role, title string) error {
	for _, r := range access.Roles() {
		if r.Role != role && title != "" && strings.EqualFold(r.Title, title) {
			return fmt.Errorf("role name %q: %w", title, ErrTaken)
		}
	}
	return nil
}

// UpdateRole gives a role another name and other grants, in force with the next
// request of everybody who holds it. A built-in role with the grants that ship
// with the program follows the program again. mark is that of the RoleEffects
// that the actor confirmed: ErrEffects when they are others by now.
// ErrRefused: the actor does not reach the whole company, changes a permission
// that they do not hold there themselves, or nobody would be left who can
// change people and roles (then also ErrLastAdministrator).
func (d *DB) UpdateRole(ctx context.Context, by policy.Actor, role policy.Role, version int64, in RoleInput, mark string) error {
	return d.act(ctx, by, "roles.update", func(tx *Tx) error {
		access, was, err := d.editRole(ctx, tx, role, version)
		if err != nil {
			return err
		}
		if err := mayHave(access, by, role, in, access.Grants(role), d.HeadOffice()); err != nil {
			return err
		}
		effects, err := d.roleEffects(ctx, tx, access, role, in.Grants)
		if err != nil {
			return err
		}
		if effects.Mark != mark {
			return fmt.Errorf("role %s: %w", role, ErrEffects)
		}
		now := was
		now.title, now.edited = in.Title, was.builtIn && !maps.Equal(in.Grants, access.Shipped(role))
		tx.detail(roleDetail{Role: role, Title: now.title, Holders: effects.Holders})
		return d.keepRole(ctx, tx, role, was, now, access.Grants(role), in.Grants)
	})
}

// roleDetail is what the audit says of an act on a role besides its fields.
type roleDetail struct {
	Role    policy.Role `json:"role"`
	Title   string      `json:"title,omitempty"`
	From    policy.Role `json:"from,omitempty"`
	Holders int         `json:"holders,omitempty"`
}

// mayHave says whether the actor may let the role have the name and grants.
func mayHave(access *policy.Access, by policy.Actor, role policy.Role, in RoleInput, before policy.Grants, head int64) error {
	if err := in.Grants.Check(); err != nil {
		return fmt.Errorf("role %s: %w: %w", role, err, ErrRefused)
	}
	if beyond := by.BeyondRights(before, in.Grants, head); len(beyond) > 0 {
		return fmt.Errorf("role %s, permission %s: %w", role, beyond[0], ErrRefused)
	}
	return freeTitle(access, role, in.Title)
}

// CreateRole makes a role of the company's own from a copy of another. Nobody
// holds it yet. Refusals are those of UpdateRole; ErrTaken when the name is in
// use. Sent twice with one submission key it answers the first role.
func (d *DB) CreateRole(ctx context.Context, by policy.Actor, sent Submission, from policy.Role, in RoleInput) (policy.Role, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, "roles.create", func(tx *Tx) error {
			access, _, err := d.editRole(ctx, tx, from, versionOf(ctx, tx, from))
			if err != nil {
				return err
			}
			if id, err = sent.done(ctx, tx, "roles"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if in.Title == "" {
				return fmt.Errorf("a role without a name: %w", ErrRefused)
			}
			if err := mayHave(access, by, "", in, nil, d.HeadOffice()); err != nil {
				return err
			}
			id = tx.newID()
			was := roleRow{id: id, basedOn: string(from), hasNoRow: true}
			now := was
			now.title = in.Title
			tx.detail(roleDetail{Role: ownRole(id), Title: in.Title, From: from})
			if err := d.keepRole(ctx, tx, ownRole(id), was, now, nil, in.Grants); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "roles", id)
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return ownRole(id), err
}

// ownRole is the word of a role of the company's own.
func ownRole(id int64) policy.Role { return policy.Role("own_" + strconv.FormatInt(id, 36)) }

// versionOf returns the role's version as the transaction sees it, for acts
// that do not change it.
func versionOf(ctx context.Context, tx *Tx, role policy.Role) int64 {
	access, err := tx.access(ctx)
	if err != nil {
		return 0 // the act asks again and says so
	}
	info, _ := access.Role(role)
	return info.Version
}

// SetRoleAside takes a role out of use, or back into it. Out of use goes only
// what nobody holds (ErrHeld); the role is then offered to nobody.
func (d *DB) SetRoleAside(ctx context.Context, by policy.Actor, role policy.Role, version int64, aside bool) error {
	return d.act(ctx, by, "roles.aside", func(tx *Tx) error {
		access, was, err := d.editRole(ctx, tx, role, version)
		if err != nil {
			return err
		}
		if aside {
			if err := nobodyHolds(ctx, tx, role); err != nil {
				return err
			}
		}
		now := was
		now.putAside = aside
		tx.detail(roleDetail{Role: role, Title: was.title})
		return d.keepRole(ctx, tx, role, was, now, access.Grants(role), access.Grants(role))
	})
}

// RemoveRole removes a role of the company's own that nobody holds (ErrHeld);
// a built-in role is ErrRefused.
func (d *DB) RemoveRole(ctx context.Context, by policy.Actor, role policy.Role, version int64) error {
	return d.act(ctx, by, "roles.remove", func(tx *Tx) error {
		access, was, err := d.editRole(ctx, tx, role, version)
		if err != nil {
			return err
		}
		if was.builtIn {
			return fmt.Errorf("remove role %s: %w", role, ErrRefused)
		}
		if err := nobodyHolds(ctx, tx, role); err != nil {
			return err
		}
		changed := map[string][2]any{"title": {was.title, ""}}
		for p, reach := range access.Grants(role) {
			changed[string(p)] = [2]any{string(reach), ""}
		}
		for _, query := range []string{`DELETE FROM role_grants WHERE role = $1`, `DELETE FROM role_settings WHERE role = $1`} {
			if _, err := tx.exec(ctx, query, string(role)); err != nil {
				return fmt.Errorf("remove role %s: %w", role, err)
			}
		}
		n, err := tx.exec(ctx, `DELETE FROM roles WHERE role = $1 AND version = $2`, string(role), version)
		if err != nil {
			return fmt.Errorf("remove role %s: %w", role, err)
		}
		if n == 0 {
			return fmt.Errorf("remove role %s: %w", role, ErrConflict)
		}
		// Copies of it go back to what it was itself copied from.
		if _, err := tx.exec(ctx, `UPDATE roles SET based_on = $2 WHERE based_on = $1`, string(role), was.basedOn); err != nil {
			return fmt.Errorf("remove role %s: %w", role, err)
		}
		head := d.HeadOffice()
		tx.about(head, was.id)
		tx.detail(roleDetail{Role: role, Title: was.title})
		if err := tx.change(ctx, "delete", "roles", was.id, head, 0, version+1, changed); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
}

func nobodyHolds(ctx context.Context, tx *Tx, role policy.Role) error {
	var held bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM grants WHERE role = $1)`, string(role)).Scan(&held); err != nil {
		return fmt.Errorf("holders of %s: %w", role, err)
	}
	if held {
		return fmt.Errorf("role %s: %w", role, ErrHeld)
	}
	return nil
}

// SetRoleSetting sets what holds for everybody of a role; empty takes it back.
// It is read with Access.Setting. Who may: see UpdateRole. What a key's value
// may be, its owner decides before.
func (d *DB) SetRoleSetting(ctx context.Context, by policy.Actor, role policy.Role, key, value string) error {
	return d.act(ctx, by, "roles.setting", func(tx *Tx) error {
		access, was, err := d.editRole(ctx, tx, role, versionOf(ctx, tx, role))
		if err != nil {
			return err
		}
		before := access.Setting(role, key)
		if before == value {
			return nil
		}
		query, args := `DELETE FROM role_settings WHERE role = $1 AND key = $2`, []any{string(role), key}
		if value != "" {
			query = `INSERT INTO role_settings (role, key, value) VALUES ($1, $2, $3) ON CONFLICT (role, key) DO UPDATE SET value = excluded.value`
			args = append(args, value)
		}
		if _, err := tx.exec(ctx, query, args...); err != nil {
			return fmt.Errorf("setting %s of role %s: %w", key, role, err)
		}
		head := d.HeadOffice()
		tx.about(head, was.id)
		tx.detail(roleDetail{Role: role, Title: was.title})
		if err := tx.change(ctx, "update", "roles", was.id, head, 0, max(was.version, 1), map[string][2]any{key: {before, value}}); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
}
