package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

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

// knownAccess is access for an act that changes none of it: from memory while
// the policy version has not moved.
func (tx *Tx) knownAccess(ctx context.Context) (*policy.Access, error) {
	version, err := tx.policyVersion(ctx)
	if err != nil {
		return nil, err
	}
	if known := tx.db.access.Load(); known != nil && known.version == version {
		return known.access, nil
	}
	return tx.access(ctx)
}

// policyVersion is the policy version as an act found it, by which what is kept
// of people and of what they may is known; "" in an act that has raised it, whose
// people nobody else may take for those of a version yet.
func (tx *Tx) policyVersion(ctx context.Context) (string, error) {
	switch {
	case tx.bumped:
		return "", nil
	case tx.policy != "":
		return tx.policy, nil
	}
	var err error
	tx.policy, err = policyVersion(ctx, tx)
	return tx.policy, err
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
