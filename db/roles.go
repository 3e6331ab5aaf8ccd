package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// accessAt is what each role may do as of one policy version.
type accessAt struct {
	version string
	access  *policy.Access
}

// rolesQuery reads policy version, roles, their grants and their settings in
// one statement, so that nobody ever works with half of a saved role. Each row
// says in its first column what it is.
const rolesQuery = `
	SELECT 'version' AS kind, '' AS role, coalesce((SELECT value FROM meta WHERE key = 'policy_version'), '0') AS a, '' AS b,
		CAST(0 AS BIGINT) AS id, CAST(0 AS BIGINT) AS version, 0 AS built_in, 0 AS edited, 0 AS disabled
	UNION ALL
	SELECT 'role', role, title, based_on, id, version, CASE WHEN built_in THEN 1 ELSE 0 END,
		CASE WHEN edited THEN 1 ELSE 0 END, CASE WHEN disabled THEN 1 ELSE 0 END FROM roles
	UNION ALL
	SELECT 'grant', role, permission, reach, 0, 0, 0, 0, 0 FROM role_grants
	UNION ALL
	SELECT 'setting', role, key, value, 0, 0, 0, 0, 0 FROM role_settings
	ORDER BY kind, id, role, a`

// readAccess works out what each role may do from the shipped grants and what
// the company changed. A role that cannot be is an error that names it. from
// is an earlier access: what is equal in it is not worked out again.
func readAccess(ctx context.Context, q querier, from *policy.Access) (accessAt, error) {
	rows, err := q.QueryContext(ctx, rolesQuery)
	if err != nil {
		return accessAt{}, fmt.Errorf("read roles: %w", err)
	}
	defer rows.Close()
	var out accessAt
	var stored []policy.StoredRole
	grants := map[policy.Role]policy.Grants{}
	settings := map[policy.Role]map[string]string{}
	for rows.Next() {
		var kind, a, b string
		var r policy.RoleInfo
		var id, builtIn, edited, disabled int64
		if err := rows.Scan(&kind, &r.Role, &a, &b, &id, &r.Version, &builtIn, &edited, &disabled); err != nil {
			return accessAt{}, fmt.Errorf("read roles: %w", err)
		}
		switch kind {
		case "version":
			out.version = a
		case "role":
			r.Title, r.BasedOn = a, policy.Role(b)
			r.BuiltIn, r.Edited, r.Disabled = builtIn == 1, edited == 1, disabled == 1
			stored = append(stored, policy.StoredRole{RoleInfo: r})
		case "grant":
			if grants[r.Role] == nil {
				grants[r.Role] = policy.Grants{}
			}
			grants[r.Role][policy.Permission(a)] = policy.Reach(b)
		case "setting":
			if settings[r.Role] == nil {
				settings[r.Role] = map[string]string{}
			}
			settings[r.Role][a] = b
		}
	}
	if err := rows.Err(); err != nil {
		return accessAt{}, fmt.Errorf("read roles: %w", err)
	}
	for i := range stored {
		stored[i].Grants = grants[stored[i].Role]
	}
	if from == nil {
		if from, err = policy.DefaultAccess(); err != nil {
			return accessAt{}, err
		}
	}
	if out.access, err = from.With(stored, settings); err != nil {
		return accessAt{}, fmt.Errorf("read roles: %w", err)
	}
	return out, nil
}

// Access returns what each role may do now. It answers from memory while the
// policy version that the request found (WithMark) has not moved.
func (d *DB) Access(ctx context.Context) (*policy.Access, error) {
	version, err := markOf(ctx).version, error(nil)
	if version == "" {
		if version, err = policyVersion(ctx, d.r); err != nil {
			return nil, err
		}
	}
	known := d.access.Load()
	if known != nil && known.version == version {
		return known.access, nil
	}
	var from *policy.Access
	if known != nil {
		from = known.access
	}
	now, err := readAccess(ctx, d.r, from)
	if err != nil {
		return nil, err
	}
	d.access.Store(&now)
	return now.access, nil
}

// access returns what each role may do as the transaction sees it.
func (tx *Tx) access(ctx context.Context) (*policy.Access, error) {
	var from *policy.Access
	if known := tx.db.access.Load(); known != nil {
		from = known.access
	}
	now, err := readAccess(ctx, tx, from)
	return now.access, err
}

// keepAdministrator refuses to leave the company without a person who can
// change people and roles everywhere: once there was one, there always is.
func (tx *Tx) keepAdministrator(ctx context.Context) error {
	access, err := tx.access(ctx)
	if err != nil {
		return err
	}
	roles := []string{}
	for _, r := range access.Roles() {
		_, edits := access.Reach(r.Role, policy.UserEdit)
		if _, more := access.Reach(r.Role, policy.RoleEdit); edits || more {
			roles = append(roles, string(r.Role))
		}
	}
	people := map[int64][]policy.Grant{}
	var head int64
	if len(roles) > 0 {
		rows, err := tx.QueryContext(ctx, holdersSQL(len(roles)), anys(roles)...)
		if err != nil {
			return fmt.Errorf("look for administrators: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var user int64
			var g policy.Grant
			var top bool
			if err := rows.Scan(&user, &g.Role, &g.Branch, &top); err != nil {
				return fmt.Errorf("look for administrators: %w", err)
			}
			people[user] = append(people[user], g)
			if top {
				head = g.Branch
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("look for administrators: %w", err)
		}
	}
	var was bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'administered')`).Scan(&was); err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	for user, grants := range people {
		a := access.Actor(user, "", 0, grants)
		if a.Scope(policy.UserEdit).SeesAll(head) && a.MayEditRoles(head) {
			if !was {
				return tx.setMeta(ctx, "administered", "1")
			}
			return nil
		}
	}
	if was {
		return fmt.Errorf("%w: %w", ErrLastAdministrator, ErrRefused)
	}
	return nil // the company is being set up
}

// holdersSQL lists who, of the enabled that stay, holds one of n roles at an open branch.
func holdersSQL(n int) string {
	return `SELECT g.user_id, g.role, g.branch_id, b.parent_id IS NULL
		FROM grants g JOIN users u ON u.id = g.user_id JOIN branches b ON b.id = g.branch_id
		WHERE NOT u.disabled AND u.leaves_on = '' AND b.active AND g.role IN (` + placeholders(1, n) + `)`
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// RoleInput is what a person says of a role. Title empty leaves a built-in role
// its word.
type RoleInput struct {
	Title  string
	Grants policy.Grants
}

// RoleHolder is a person who holds a role, with every role that they hold.
type RoleHolder struct {
	UserID   int64
	Name     string
	BranchID int64 // home branch
	Disabled bool
	Grants   []policy.Grant
}

// RoleHolders returns who holds the role anywhere, by name. Names of colleagues
// are no secret; a caller that shows places asks its scope.
func (d *DB) RoleHolders(ctx context.Context, role policy.Role) ([]RoleHolder, error) {
	return roleHolders(ctx, d.r, role)
}

func roleHolders(ctx context.Context, q querier, role policy.Role) ([]RoleHolder, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT u.id, u.name, u.branch_id, u.disabled, g.role, g.branch_id FROM users u JOIN grants g ON g.user_id = u.id
		WHERE u.id IN (SELECT user_id FROM grants WHERE role = $1) ORDER BY u.name_key, u.id, g.role, g.branch_id`, string(role))
	if err != nil {
		return nil, fmt.Errorf("holders of %s: %w", role, err)
	}
	defer rows.Close()
	var out []RoleHolder
	for rows.Next() {
		var h RoleHolder
		var g policy.Grant
		if err := rows.Scan(&h.UserID, &h.Name, &h.BranchID, &h.Disabled, &g.Role, &g.Branch); err != nil {
			return nil, fmt.Errorf("holders of %s: %w", role, err)
		}
		if len(out) == 0 || out[len(out)-1].UserID != h.UserID {
			out = append(out, h)
		}
		last := &out[len(out)-1]
		last.Grants = append(last.Grants, g)
	}
	return out, rows.Err()
}

// RoleCounts returns how many enabled people hold each role.
func (d *DB) RoleCounts(ctx context.Context) (map[policy.Role]int, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT g.role, count(DISTINCT g.user_id) FROM grants g JOIN users u ON u.id = g.user_id
		WHERE NOT u.disabled GROUP BY g.role`)
	if err != nil {
		return nil, fmt.Errorf("count holders: %w", err)
	}
	defer rows.Close()
	out := map[policy.Role]int{}
	for rows.Next() {
		var role policy.Role
		var n int
		if err := rows.Scan(&role, &n); err != nil {
			return nil, fmt.Errorf("count holders: %w", err)
		}
		out[role] = n
	}
	return out, rows.Err()
}

// RoleEffect is what one permission's new reach means to people.
type RoleEffect struct {
	Permission    policy.Permission
	Before, After policy.Reach // of the role; "" = not granted
	Gain, Lose    []string     // names of the enabled people who then see more, less
}

// RoleEffects is what a new set of grants means. Mark names exactly this
// outcome, so that what was confirmed is what is done.
type RoleEffects struct {
	Holders int // enabled people who hold the role
	List    []RoleEffect
	Mark    string
}

// RoleEffects works out who would gain and lose what if the role had the
// grants, their other roles counted.
func (d *DB) RoleEffects(ctx context.Context, role policy.Role, after policy.Grants) (RoleEffects, error) {
	access, err := d.Access(ctx)
	if err != nil {
		return RoleEffects{}, err
	}
	return d.roleEffects(ctx, d.r, access, role, after)
}

func (d *DB) roleEffects(ctx context.Context, q querier, access *policy.Access, role policy.Role, after policy.Grants) (RoleEffects, error) {
	holders, err := roleHolders(ctx, q, role)
	if err != nil {
		return RoleEffects{}, err
	}
	holders = slices.DeleteFunc(holders, func(h RoleHolder) bool { return h.Disabled })
	next, err := access.Trying(role, after)
	if err != nil {
		return RoleEffects{}, err
	}
	out := RoleEffects{Holders: len(holders)}
	before, head, sum := access.Grants(role), d.HeadOffice(), sha256.New()
	was, will := make([]policy.Actor, len(holders)), make([]policy.Actor, len(holders))
	for i, h := range holders {
		was[i] = access.Actor(h.UserID, h.Name, h.BranchID, h.Grants)
		will[i] = next.Actor(h.UserID, h.Name, h.BranchID, h.Grants)
	}
	for _, p := range policy.Permissions {
		if before[p] == after[p] {
			continue
		}
		e := RoleEffect{Permission: p, Before: before[p], After: after[p]}
		_, _ = fmt.Fprintf(sum, "%s %s>%s", p, before[p], after[p])
		for i, h := range holders {
			old, fresh := was[i].Scope(p), will[i].Scope(p)
			if !fresh.Within(old, head, d.Chain) {
				e.Gain = append(e.Gain, h.Name)
				_, _ = fmt.Fprintf(sum, "+%d", h.UserID)
			}
			if !old.Within(fresh, head, d.Chain) {
				e.Lose = append(e.Lose, h.Name)
				_, _ = fmt.Fprintf(sum, "-%d", h.UserID)
			}
		}
		out.List = append(out.List, e)
	}
	out.Mark = hex.EncodeToString(sum.Sum(nil)[:16])
	return out, nil
}

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
