package db

import (
	"context"
	"fmt"

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

// holdersSQL lists who, of the enabled, holds one of n roles at an open branch.
func holdersSQL(n int) string {
	return `SELECT g.user_id, g.role, g.branch_id, b.parent_id IS NULL
		FROM grants g JOIN users u ON u.id = g.user_id JOIN branches b ON b.id = g.branch_id
		WHERE NOT u.disabled AND b.active AND g.role IN (` + placeholders(1, n) + `)`
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
