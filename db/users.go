package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"

	"yike/policy"
	"yike/policy/pinyin"
)

// User is a person who may sign in.
type User struct {
	ID         int64
	Username   string // lower case
	Name       string
	Phone      string
	BranchID   int64 // home branch
	MustChange bool  // the password was given by somebody else
	Disabled   bool
	Lang       string // "", "zh-CN", "en"
	JoinedOn   string // day, "" when not known
	LeavesOn   string // last day on which they may sign in, "" when nothing is planned
	Version    int64
	Grants     []policy.Grant // filled by Users and User only
}

// Credentials is what sign-in compares.
type Credentials struct {
	User
	PasswordHash string
}

// FoldUsername is how a user name is stored and compared.
func FoldUsername(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

const userColumns = `u.id, u.username, u.name, u.phone, u.branch_id, u.must_change, u.disabled, u.lang, u.joined_on, u.leaves_on, u.version`

func (u *User) scan() []any {
	return []any{&u.ID, &u.Username, &u.Name, &u.Phone, &u.BranchID, &u.MustChange, &u.Disabled, &u.Lang, &u.JoinedOn, &u.LeavesOn, &u.Version}
}

// Left says whether the person's leave date lies before a day, so that they may
// no longer sign in.
func (u User) Left(today string) bool { return u.LeavesOn != "" && u.LeavesOn < today }

// Credentials returns the account of that name for sign-in; ErrNotFound when
// there is none. Disabled is also true once the leave date has passed. It is
// the one read of users without a scope.
func (d *DB) Credentials(ctx context.Context, username string) (Credentials, error) {
	var c Credentials
	err := d.r.QueryRowContext(ctx, `SELECT `+userColumns+`, u.password_hash FROM users u WHERE u.username = $1`,
		FoldUsername(username)).Scan(append(c.scan(), &c.PasswordHash)...)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("user %q: %w", username, ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("user %q: %w", username, err)
	}
	c.Disabled = c.Disabled || c.Left(Day(d.now()))
	return c, nil
}

// Account returns the person's own account, by id.
func (d *DB) Account(ctx context.Context, by policy.Actor) (Credentials, error) {
	var c Credentials
	err := d.r.QueryRowContext(ctx, `SELECT `+userColumns+`, u.password_hash FROM users u WHERE u.id = $1`,
		by.UserID).Scan(append(c.scan(), &c.PasswordHash)...)
	if err != nil {
		return c, fmt.Errorf("account %d: %w", by.UserID, err)
	}
	return c, nil
}

// Users returns the people whose home branch the scope sees, by branch and
// name, with their roles. activeOnly leaves out the disabled.
func (d *DB) Users(ctx context.Context, scope policy.Scope, activeOnly bool) ([]User, error) {
	list, all := d.branchIDs(scope)
	if len(list) == 0 {
		return nil, nil
	}
	in, args := inList(1, list)
	if all {
		in, args = "IS NOT NULL", nil
	}
	query := `SELECT ` + userColumns + ` FROM users u WHERE u.branch_id ` + in
	if activeOnly {
		query += ` AND NOT u.disabled`
	}
	rows, err := d.r.QueryContext(ctx, query+` ORDER BY u.branch_id, u.name_key, u.id LIMIT 5000`, args...)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	defer rows.Close()
	var out []User
	at := map[int64]int{}
	for rows.Next() {
		var u User
		if err := rows.Scan(u.scan()...); err != nil {
			return nil, fmt.Errorf("users: %w", err)
		}
		at[u.ID] = len(out)
		out = append(out, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	grants, err := d.r.QueryContext(ctx, `SELECT g.user_id, g.role, g.branch_id FROM grants g JOIN users u ON u.id = g.user_id WHERE u.branch_id `+in+` ORDER BY g.user_id, g.role`, args...)
	if err != nil {
		return nil, fmt.Errorf("grants: %w", err)
	}
	defer grants.Close()
	for grants.Next() {
		var user int64
		var g policy.Grant
		if err := grants.Scan(&user, &g.Role, &g.Branch); err != nil {
			return nil, fmt.Errorf("grants: %w", err)
		}
		if i, ok := at[user]; ok {
			out[i].Grants = append(out[i].Grants, g)
		}
	}
	return out, grants.Err()
}

// UserNames returns id → name of everybody, for labels: who a colleague is, is
// no secret inside the company.
func (d *DB) UserNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	kept := d.namesAt(markOf(ctx).version)
	if kept != nil && kept.all(ids, out) {
		return out, nil
	}
	in, args := inList(1, ids)
	rows, err := d.r.QueryContext(ctx, `SELECT id, name FROM users WHERE id `+in, args...)
	if err != nil {
		return nil, fmt.Errorf("user names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("user names: %w", err)
		}
		out[id] = name
	}
	if kept != nil {
		kept.add(out)
	}
	return out, rows.Err()
}

// all puts the names of the ids into out, and says whether it knew each.
func (n *nameList) all(ids []int64, out map[int64]string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, id := range ids {
		name, ok := n.byID[id]
		if !ok {
			return false
		}
		out[id] = name
	}
	return true
}

func (n *nameList) add(list map[int64]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	maps.Copy(n.byID, list)
}

// User returns one person whom the scope sees.
func (d *DB) User(ctx context.Context, scope policy.Scope, id int64) (User, error) {
	var u User
	err := d.r.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id).Scan(u.scan()...)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && !scope.SeesBranch(d.Chain(u.BranchID))) {
		return User{}, fmt.Errorf("user %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return User{}, fmt.Errorf("user %d: %w", id, err)
	}
	u.Grants, err = grantsOf(ctx, d.r, id)
	return u, err
}

func grantsOf(ctx context.Context, q querier, user int64) ([]policy.Grant, error) {
	list, err := grantsOfAll(ctx, q, []int64{user})
	return list[user], err
}

// grantsOfAll returns the grants of each of some people.
func grantsOfAll(ctx context.Context, q querier, users []int64) (map[int64][]policy.Grant, error) {
	out := make(map[int64][]policy.Grant, len(users))
	if len(users) == 0 {
		return out, nil
	}
	many := manySQL("user_id", users)
	rows, err := q.QueryContext(ctx, numberSQL(`SELECT user_id, role, branch_id FROM grants WHERE `+many.text+` ORDER BY user_id, role, branch_id`), many.args...)
	if err != nil {
		return nil, fmt.Errorf("grants of %d: %w", users, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var g policy.Grant
		if err := rows.Scan(&id, &g.Role, &g.Branch); err != nil {
			return nil, fmt.Errorf("grants of %d: %w", users, err)
		}
		out[id] = append(out[id], g)
	}
	return out, rows.Err()
}

// UserInput is what a person says of a user. PasswordHash empty leaves the
// password as it is.
type UserInput struct {
	Username, Name, Phone string
	BranchID              int64
	JoinedOn              string
	LeavesOn              string // last day, "" for none
	Grants                []policy.Grant
	PasswordHash          string // argon2id
	MustChange            bool
	Disabled              bool
	Link                  *Link // CreateUser only: by which the person chooses a password
}

// CreateUser adds a person at a branch that the actor administers, with roles
// that the actor may grant. ErrTaken when the user name is in use, ErrRefused
// when a role is beyond the actor's own.
func (d *DB) CreateUser(ctx context.Context, by policy.Actor, in UserInput) (int64, error) {
	var id int64
	err := d.act(ctx, by, "users.create", func(tx *Tx) (err error) {
		id, err = tx.addUser(ctx, by, in)
		return err
	})
	return id, err
}

// addUser writes one person, their roles and the link by which they come in.
func (tx *Tx) addUser(ctx context.Context, by policy.Actor, in UserInput) (int64, error) {
	if !by.Scope(policy.UserEdit).SeesBranch(tx.db.Chain(in.BranchID)) {
		return 0, fmt.Errorf("branch %d: %w", in.BranchID, ErrNotFound)
	}
	access, err := tx.access(ctx)
	if err != nil {
		return 0, err
	}
	for _, g := range in.Grants {
		if !access.MayGrant(by, g.Role, tx.db.Chain(g.Branch)) {
			return 0, fmt.Errorf("grant %s: %w", g.Role, ErrRefused)
		}
	}
	id, err := createUser(ctx, tx, in)
	if err != nil || in.Link == nil {
		return id, err
	}
	return id, tx.keepLink(ctx, id, "invite", *in.Link)
}

func createUser(ctx context.Context, tx *Tx, in UserInput) (int64, error) {
	id := tx.newID()
	_, err := tx.exec(ctx, `
		INSERT INTO users (id, username, name, name_key, phone, branch_id, password_hash, must_change, disabled, joined_on, leaves_on, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
		id, FoldUsername(in.Username), in.Name, pinyin.Key(in.Name), in.Phone, in.BranchID, in.PasswordHash,
		in.MustChange, in.Disabled, in.JoinedOn, in.LeavesOn, tx.now())
	if isUnique(err) {
		return 0, fmt.Errorf("user name %q: %w", in.Username, ErrTaken)
	}
	if err != nil {
		return 0, fmt.Errorf("create user: %w", err)
	}
	if err := setGrants(ctx, tx, id, in.Grants); err != nil {
		return 0, err
	}
	if err := tx.tellJoiner(ctx, id); err != nil {
		return 0, err
	}
	tx.about(in.BranchID, id)
	if err := tx.change(ctx, "create", "users", id, in.BranchID, 0, 1, nil); err != nil {
		return 0, err
	}
	return id, tx.bumpPolicy(ctx)
}

func setGrants(ctx context.Context, tx *Tx, user int64, grants []policy.Grant) error {
	had, err := grantsOf(ctx, tx, user)
	if err != nil {
		return err
	}
	for _, g := range grantsBeyond(grants, had) {
		if err := tx.mayStand(ctx, g.Branch); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, `DELETE FROM grants WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("grants of %d: %w", user, err)
	}
	for _, g := range grants {
		_, err := tx.exec(ctx, `
			INSERT INTO grants (user_id, role, branch_id, granted_at, granted_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (user_id, role, branch_id) DO NOTHING`,
			user, string(g.Role), g.Branch, tx.now(), tx.by.UserID)
		if err != nil {
			return fmt.Errorf("grants of %d: %w", user, err)
		}
	}
	return nil
}

// Refusals of an edit of a person; each is an ErrRefused.
var (
	// ErrAbove: the person holds a role that the actor could not give.
	ErrAbove = fmt.Errorf("holds more than the editor: %w", ErrRefused)
	// ErrSelf: nobody takes their own roles, disables themself or leaves.
	ErrSelf = fmt.Errorf("one's own roles and account: %w", ErrRefused)
)

// MayAdminister says whether the actor may change a person who holds these
// roles: only when they could give each of them. Otherwise resetting the
// person's password would be taking their rights over.
func (d *DB) MayAdminister(by policy.Actor, access *policy.Access, user int64, held []policy.Grant) bool {
	if user == by.UserID && user != 0 {
		return true // within what UpdateUser lets one do to oneself
	}
	for _, g := range held {
		if info, ok := access.Role(g.Role); !ok || info.Disabled {
			continue // lends nobody anything
		}
		if !access.MayGrant(by, g.Role, d.Chain(g.Branch)) {
			return false
		}
	}
	return true
}

// UpdateUser changes a person. Disabling, new roles and a new password end the
// person's sessions. Nobody changes somebody who holds more than they could
// give (ErrAbove), nor their own roles, leave date or being disabled (ErrSelf);
// the last administrator stays (ErrLastAdministrator). A stale version is
// ErrConflict.
func (d *DB) UpdateUser(ctx context.Context, by policy.Actor, id, version int64, in UserInput) error {
	return d.act(ctx, by, "users.update", func(tx *Tx) error {
		scope := by.Scope(policy.UserEdit)
		var was User
		var hash string
		err := tx.QueryRowContext(ctx, `SELECT `+userColumns+`, u.password_hash FROM users u WHERE u.id = $1`, id).
			Scan(append(was.scan(), &hash)...)
		if errors.Is(err, sql.ErrNoRows) || (err == nil && (!scope.SeesBranch(d.Chain(was.BranchID)) || !scope.SeesBranch(d.Chain(in.BranchID)))) {
			return fmt.Errorf("user %d: %w", id, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("user %d: %w", id, err)
		}
		had, err := grantsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fmt.Errorf("user %d: %w", id, ErrConflict)
		}
		access, err := tx.access(ctx)
		if err != nil {
			return err
		}
		if !d.MayAdminister(by, access, id, had) {
			return fmt.Errorf("user %d: %w", id, ErrAbove)
		}
		// What is given and what is taken away must both be within reach, so
		// that nobody strips a person above them.
		for _, g := range append(grantsBeyond(in.Grants, had), grantsBeyond(had, in.Grants)...) {
			if !access.MayGrant(by, g.Role, d.Chain(g.Branch)) {
				return fmt.Errorf("grant %s: %w", g.Role, ErrRefused)
			}
		}
		now := was
		now.Username, now.Name, now.Phone, now.BranchID = FoldUsername(in.Username), in.Name, in.Phone, in.BranchID
		now.JoinedOn, now.LeavesOn, now.Disabled = in.JoinedOn, in.LeavesOn, in.Disabled
		if in.PasswordHash != "" {
			now.MustChange = in.MustChange
		}
		changed := diff(was.fields(), now.fields())
		grantsMoved := len(grantsBeyond(in.Grants, had))+len(grantsBeyond(had, in.Grants)) > 0
		if id == by.UserID && (grantsMoved || now.Disabled || now.LeavesOn != was.LeavesOn || now.BranchID != was.BranchID || in.PasswordHash != "") {
			return fmt.Errorf("user %d: %w", id, ErrSelf)
		}
		if len(changed) == 0 && !grantsMoved && in.PasswordHash == "" {
			return nil
		}
		if err := tx.update(ctx, "users", id, version, now.fields(), withName(changed, was.Name)); err != nil {
			return err
		}
		if grantsMoved {
			if err := setGrants(ctx, tx, id, in.Grants); err != nil {
				return err
			}
			changed["grants"] = [2]any{had, in.Grants}
		}
		if in.PasswordHash != "" {
			if _, err := tx.exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, id, in.PasswordHash); err != nil {
				return fmt.Errorf("user %d: %w", id, err)
			}
			if _, err := tx.exec(ctx, `DELETE FROM known_devices WHERE user_id = $1`, id); err != nil {
				return fmt.Errorf("forget browsers of %d: %w", id, err)
			}
			changed["password"] = [2]any{"", ""}
		}
		if _, err := tx.exec(ctx, `UPDATE users SET name_key = $2 WHERE id = $1`, id, pinyin.Key(now.Name)); err != nil {
			return fmt.Errorf("user %d: %w", id, err)
		}
		if now.Disabled || now.Left(tx.today()) || grantsMoved || in.PasswordHash != "" {
			if _, err := tx.exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, id); err != nil {
				return fmt.Errorf("end sessions of %d: %w", id, err)
			}
		}
		if grantsMoved || now.BranchID != was.BranchID || was.Disabled {
			if err := tx.tellJoiner(ctx, id); err != nil {
				return err
			}
		}
		if now.Disabled || in.PasswordHash != "" {
			if _, err := tx.endFeed(ctx, id); err != nil {
				return err
			}
		}
		tx.about(now.BranchID, id)
		if err := tx.change(ctx, "update", "users", id, now.BranchID, 0, version+1, changed); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
}

// withName makes sure that something is written, so that the version moves on
// also when only roles or the password changed.
func withName(changed map[string][2]any, name string) map[string][2]any {
	if len(changed) > 0 {
		return changed
	}
	return map[string][2]any{"name": {name, name}}
}

func grantsBeyond(have, other []policy.Grant) []policy.Grant {
	var out []policy.Grant
	for _, g := range have {
		found := false
		for _, o := range other {
			found = found || g == o
		}
		if !found {
			out = append(out, g)
		}
	}
	return out
}

func (u *User) fields() []field {
	return []field{
		{"username", &u.Username}, {"name", &u.Name}, {"phone", &u.Phone}, {"branch_id", (*ref)(&u.BranchID)},
		{"joined_on", &u.JoinedOn}, {"leaves_on", &u.LeavesOn}, {"disabled", &u.Disabled}, {"must_change", &u.MustChange},
	}
}

// SetPassword changes the person's own password, ends their sessions and forgets
// the browsers in which they signed in.
func (d *DB) SetPassword(ctx context.Context, by policy.Actor, hash string) error {
	return d.act(ctx, by, "account.password", func(tx *Tx) error {
		tx.about(by.Branch, by.UserID)
		if _, err := tx.ExecContext(ctx, `DELETE FROM user_links WHERE user_id = $1`, by.UserID); err != nil {
			return fmt.Errorf("forget link: %w", err)
		}
		if _, err := tx.endFeed(ctx, by.UserID); err != nil { // who changes it may fear that somebody else reads along
			return err
		}
		return tx.setPassword(ctx, by.UserID, hash, false)
	})
}

// SetLang keeps the person's choice of language.
func (d *DB) SetLang(ctx context.Context, by policy.Actor, lang string) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE users SET lang = $2 WHERE id = $1`, by.UserID, lang)
		if err != nil {
			return fmt.Errorf("set language: %w", err)
		}
		return tx.bumpPolicy(ctx)
	})
}

// UserSetting returns a setting of the person's own, JSON; "" when unset.
func (d *DB) UserSetting(ctx context.Context, by policy.Actor, key string) (string, error) {
	kept, at := d.namesAt(markOf(ctx).version), settingKey{by.UserID, key}
	if kept != nil {
		kept.mu.RLock()
		v, ok := kept.settings[at]
		kept.mu.RUnlock()
		if ok {
			return v, nil
		}
	}
	v, err := d.userSetting(ctx, by, key)
	if err == nil && kept != nil {
		kept.mu.Lock()
		kept.settings[at] = v
		kept.mu.Unlock()
	}
	return v, err
}

func (d *DB) userSetting(ctx context.Context, by policy.Actor, key string) (string, error) {
	rows, err := d.query(ctx, condOf(`SELECT value FROM user_settings WHERE user_id = ? AND key = ?`, by.UserID, key))
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", key, err)
	}
	defer rows.Close()
	var v string
	for rows.Next() {
		if err := rows.Scan(&v); err != nil {
			return "", fmt.Errorf("setting %s: %w", key, err)
		}
	}
	return v, rows.Err()
}

// SetUserSetting keeps a setting of the person's own. It raises the policy
// version, since settings are kept as of one.
func (d *DB) SetUserSetting(ctx context.Context, by policy.Actor, key, value string) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO user_settings (user_id, key, value) VALUES ($1, $2, $3)
			ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value`, by.UserID, key, value)
		if err != nil {
			return fmt.Errorf("setting %s: %w", key, err)
		}
		return tx.bumpPolicy(ctx)
	})
}

// inList returns "IN ($from, …)" with its arguments.
func inList(from int, list []int64) (string, []any) {
	args := make([]any, len(list))
	for i, id := range list {
		args[i] = id
	}
	return "IN (" + placeholders(from, len(list)) + ")", args
}
