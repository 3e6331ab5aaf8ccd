package db

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/pinyin"
)

// How long a one-time link is good for.
const (
	InviteFor = 72 * time.Hour
	ResetFor  = 24 * time.Hour
)

// Link is a one-time link by which a person chooses a password. Only the hash
// of its token is stored.
type Link struct {
	Hash  string // SHA-256 of the token, hex
	Until int64  // unix milliseconds
}

// NewLink makes a token of 130 random bits, to be shown once, and its link.
func (d *DB) NewLink(good time.Duration) (token string, l Link) {
	token = rand.Text()
	return token, Link{Hash: LinkHash(token), Until: d.now().Add(good).UnixMilli()}
}

// LinkHash is what of a token is stored and compared.
func LinkHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// keepLink puts a link in the place of the person's former one.
func (tx *Tx) keepLink(ctx context.Context, user int64, kind string, l Link) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO user_links (user_id, kind, hash, expires_at, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (user_id) DO UPDATE SET kind = excluded.kind, hash = excluded.hash, expires_at = excluded.expires_at,
			created_by = excluded.created_by, created_at = excluded.created_at`,
		user, kind, l.Hash, l.Until, tx.by.UserID, tx.now())
	if err != nil {
		return fmt.Errorf("link of user %d: %w", user, err)
	}
	return nil
}

// LinkedUser returns whom a token is for; ErrNotFound when it is unknown, used,
// too old, or the person may no longer sign in.
func (d *DB) LinkedUser(ctx context.Context, token string) (User, error) {
	var u User
	now := d.now()
	err := d.r.QueryRowContext(ctx, `SELECT `+userColumns+` FROM user_links l JOIN users u ON u.id = l.user_id
		WHERE l.hash = $1 AND l.expires_at > $2 AND NOT u.disabled`, LinkHash(token), now.UnixMilli()).Scan(u.scan()...)
	if err == nil && u.Left(Day(now)) {
		err = sql.ErrNoRows
	}
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, fmt.Errorf("link: %w", ErrNotFound)
	}
	if err != nil {
		return User{}, fmt.Errorf("link: %w", err)
	}
	return u, nil
}

// UseLink sets the password that the person chose and burns the link, both or
// neither. by is the person. A link used, replaced or too old by now is
// ErrNotFound.
func (d *DB) UseLink(ctx context.Context, by policy.Actor, token, passwordHash string) error {
	return d.act(ctx, by, "account.join", func(tx *Tx) error {
		n, err := tx.exec(ctx, `
			DELETE FROM user_links WHERE hash = $1 AND user_id = $2 AND expires_at > $3
			AND EXISTS (SELECT 1 FROM users u WHERE u.id = user_links.user_id AND NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= $4))`,
			LinkHash(token), by.UserID, tx.now(), tx.today())
		if err != nil {
			return fmt.Errorf("use link: %w", err)
		}
		if n == 0 {
			return fmt.Errorf("use link: %w", ErrNotFound)
		}
		tx.about(by.Branch, by.UserID)
		return tx.setPassword(ctx, by.UserID, passwordHash, false)
	})
}

// setPassword writes a password, ends every session of the person and forgets
// the browsers in which they signed in: who had the old password may have sat
// at one of them.
func (tx *Tx) setPassword(ctx context.Context, user int64, hash string, mustChange bool) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password_hash = $2, must_change = $3, updated_at = $4 WHERE id = $1`,
		user, hash, mustChange, tx.now()); err != nil {
		return fmt.Errorf("set password of %d: %w", user, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("end sessions of %d: %w", user, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM known_devices WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("forget browsers of %d: %w", user, err)
	}
	return tx.bumpPolicy(ctx)
}

// ResetUser takes a person's password away and ends their sessions: hash is
// that of a first password which they must change, or of one that nobody
// knows, with a link by which they choose their own. The rules of UpdateUser
// hold; one's own password is changed elsewhere (ErrSelf).
func (d *DB) ResetUser(ctx context.Context, by policy.Actor, id int64, hash string, link *Link) error {
	return d.act(ctx, by, "users.reset", func(tx *Tx) error {
		var branch, version int64
		err := tx.QueryRowContext(ctx, `SELECT branch_id, version FROM users WHERE id = $1`, id).Scan(&branch, &version)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !by.Scope(policy.UserEdit).SeesBranch(d.Chain(branch)) {
			return fmt.Errorf("user %d: %w", id, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("user %d: %w", id, err)
		}
		held, err := grantsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		access, err := tx.access(ctx)
		if err != nil {
			return err
		}
		switch {
		case id == by.UserID:
			return fmt.Errorf("reset password of %d: %w", id, ErrSelf)
		case !d.MayAdminister(by, access, id, held):
			return fmt.Errorf("reset password of %d: %w", id, ErrAbove)
		}
		if _, err := tx.endFeed(ctx, id); err != nil { // who knew the password may have made it
			return err
		}
		if link != nil {
			err = tx.keepLink(ctx, id, "reset", *link)
		} else {
			_, err = tx.ExecContext(ctx, `DELETE FROM user_links WHERE user_id = $1`, id)
		}
		if err != nil {
			return fmt.Errorf("reset password of %d: %w", id, err)
		}
		tx.about(branch, id)
		if err := tx.setPassword(ctx, id, hash, link == nil); err != nil {
			return err
		}
		return tx.change(ctx, "update", "users", id, branch, 0, version, map[string][2]any{"password": {"", ""}})
	})
}

// States by which people are listed.
const (
	PeopleActive  = ""        // may sign in
	PeopleLeaving = "leaving" // may still sign in, with a leave date
	PeopleGone    = "gone"    // disabled, or past the leave date
	PeopleOpen    = "open"    // gone or leaving within LeavingSoon, with clients still in their name
	PeopleAll     = "all"
)

// LeavingSoon is how many days before a leave date the clients of a person
// begin to be called for.
const LeavingSoon = 30

// PeopleFilter says which people are listed, by name. Find looks in name,
// pinyin, user name and phone; Exact asks for the whole name or user name.
// Branch takes in what is below it.
type PeopleFilter struct {
	Find   string
	Exact  bool
	Branch int64
	Role   policy.Role
	Roles  []policy.Role // those who hold one of them; none is everybody
	State  string
	Cursor string
	Limit  int // 0 is 50
}

// PeoplePage is a page of people with their roles. Count is exact.
type PeoplePage struct {
	Rows       []User
	Count      int
	Prev, Next string // cursors, "" at the ends
}

// People lists the people whose home branch the scope sees.
func (d *DB) People(ctx context.Context, scope policy.Scope, f PeopleFilter) (PeoplePage, error) {
	var page PeoplePage
	keys, err := d.peopleKeys(ctx, scope, f)
	if err != nil {
		return page, err
	}
	page.Count = len(keys)
	from, to := window(keys, f.Cursor, cmp.Or(f.Limit, 50))
	if page.Rows, err = d.usersByID(ctx, keys[from:to]); err != nil {
		return page, err
	}
	if from > 0 && from < to {
		page.Prev = "p" + keys[from].cursor()
	}
	if to < len(keys) {
		page.Next = "n" + keys[to-1].cursor()
	}
	return page, nil
}

// CountPeople counts what People lists.
func (d *DB) CountPeople(ctx context.Context, scope policy.Scope, f PeopleFilter) (int, error) {
	keys, err := d.peopleKeys(ctx, scope, f)
	return len(keys), err
}

// personKey is where a person stands in the list.
type personKey struct {
	id  int64
	key string
}

func (k personKey) cursor() string { return strconv.FormatInt(k.id, 36) + "." + k.key }

func (k personKey) compare(o personKey) int {
	return cmp.Or(cmp.Compare(k.key, o.key), cmp.Compare(k.id, o.id))
}

// window is the part of the list that a cursor shows: behind what it names
// ("n"), or before it ("p"); the beginning when it is none.
func window(keys []personKey, cursor string, limit int) (from, to int) {
	id, key, ok := strings.Cut(cursor, ".")
	if ok && len(id) > 1 {
		n, err := strconv.ParseInt(id[1:], 36, 64)
		at, found := slices.BinarySearchFunc(keys, personKey{n, key}, personKey.compare)
		switch {
		case err != nil:
		case cursor[0] == 'p':
			from = max(0, at-limit)
		case found:
			from = at + 1
		default:
			from = at
		}
	}
	if from >= len(keys) {
		from = 0 // whoever stood there has gone
	}
	return from, min(len(keys), from+limit)
}

// peopleKeys returns everybody who matches, in order.
func (d *DB) peopleKeys(ctx context.Context, scope policy.Scope, f PeopleFilter) ([]personKey, error) {
	branches, all := d.branchIDs(scope)
	if f.Branch != 0 {
		below := d.tree.Load().below[f.Branch]
		branches, all = slices.DeleteFunc(branches, func(id int64) bool { return !slices.Contains(below, id) }), false
	}
	if len(branches) == 0 {
		return nil, nil
	}
	rows, err := d.query(ctx, peopleSQL(f, branches, all, Day(d.now()), Day(d.now().AddDate(0, 0, LeavingSoon))))
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	defer rows.Close()
	var out []personKey
	for rows.Next() {
		var k personKey
		var name, username, phone string
		if err := rows.Scan(&k.id, &k.key, &name, &username, &phone); err != nil {
			return nil, fmt.Errorf("people: %w", err)
		}
		if f.Exact && (name == f.Find || username == strings.ToLower(f.Find)) || !f.Exact && matchesPerson(f.Find, name, username, phone) {
			out = append(out, k)
		}
	}
	return out, rows.Err()
}

// matchesPerson says whether a person is found by a name, a part of it, its
// pinyin or initials, the user name or a part of the phone number.
func matchesPerson(find, name, username, phone string) bool {
	find = strings.ToLower(strings.Join(strings.Fields(find), ""))
	if find == "" || strings.Contains(strings.ToLower(name), find) || strings.Contains(username, find) {
		return true
	}
	if len(find) >= 4 && strings.Contains(phone, find) {
		return true
	}
	if strings.HasPrefix(pinyin.Initials(name), find) {
		return true
	}
	for _, r := range pinyin.Readings(name) {
		if strings.HasPrefix(r.Full, find) || strings.HasPrefix(r.Initials, find) {
			return true
		}
	}
	return false
}

func peopleSQL(f PeopleFilter, branches []int64, all bool, today, soon string) cond {
	q := cond{text: `SELECT u.id, u.name_key, u.name, u.username, u.phone FROM users u WHERE 1 = 1`}
	and := func(text string, args ...any) {
		q.text += " AND " + text
		q.args = append(q.args, args...)
	}
	if !all {
		args := make([]any, len(branches))
		for i, id := range branches {
			args[i] = id
		}
		and("u.branch_id IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(branches)), ", ")+")", args...)
	}
	switch f.State {
	case PeopleActive:
		and("NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= ?)", today)
	case PeopleLeaving:
		and("NOT u.disabled AND u.leaves_on >= ?", today)
	case PeopleGone:
		and("(u.disabled OR u.leaves_on <> '' AND u.leaves_on < ?)", today)
	case PeopleOpen:
		and(`(u.disabled OR u.leaves_on <> '' AND u.leaves_on <= ?)
			AND (EXISTS (SELECT 1 FROM customers c WHERE c.owner_id = u.id AND c.deleted_at = 0)
				OR EXISTS (SELECT 1 FROM customers c WHERE c.clerk_id = u.id AND c.deleted_at = 0))`, soon)
	}
	if f.Role != "" {
		and("EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id AND g.role = ?)", string(f.Role))
	}
	if len(f.Roles) > 0 {
		args := make([]any, len(f.Roles))
		for i, role := range f.Roles {
			args[i] = string(role)
		}
		and("EXISTS (SELECT 1 FROM grants g WHERE g.user_id = u.id AND g.role IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+"))", args...)
	}
	q.text += " ORDER BY u.name_key, u.id"
	return q
}

// usersByID reads people with their roles, in the order of the keys.
func (d *DB) usersByID(ctx context.Context, keys []personKey) ([]User, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	ids, at := make([]int64, len(keys)), map[int64]int{}
	for i, k := range keys {
		ids[i], at[k.id] = k.id, i
	}
	out := make([]User, len(keys))
	in, args := inList(1, ids)
	rows, err := d.r.QueryContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id `+in, args...)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := rows.Scan(u.scan()...); err != nil {
			return nil, fmt.Errorf("people: %w", err)
		}
		out[at[u.ID]] = u
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	grants, err := d.r.QueryContext(ctx, `SELECT user_id, role, branch_id FROM grants WHERE user_id `+in+` ORDER BY user_id, role, branch_id`, args...)
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
		out[at[user]].Grants = append(out[at[user]].Grants, g)
	}
	return out, grants.Err()
}

// EndLeavers disables everybody whose leave date has passed and ends their
// sessions; it returns how many. The last administrator stays, whatever the
// date says. It is the nightly job's.
func (d *DB) EndLeavers(ctx context.Context, by policy.Actor) (int64, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT id FROM users WHERE leaves_on <> '' AND leaves_on < $1 AND NOT disabled`, Day(d.now()))
	if err != nil {
		return 0, fmt.Errorf("leavers: %w", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return 0, fmt.Errorf("leavers: %w", err)
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("leavers: %w", err)
	}
	var n int64
	for _, id := range ids {
		err := d.act(ctx, by, "users.left", func(tx *Tx) error { return tx.disable(ctx, id) })
		switch {
		case errors.Is(err, ErrLastAdministrator):
		case err != nil:
			return n, err
		default:
			n++
		}
	}
	return n, nil
}

// disable closes an account and ends its sessions; the caller has checked the
// right to. A disabled account stays as it is.
func (tx *Tx) disable(ctx context.Context, id int64) error {
	var u User
	if err := tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id).Scan(u.scan()...); err != nil {
		return fmt.Errorf("user %d: %w", id, err)
	}
	if u.Disabled {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE users SET disabled = $2, version = version + 1, updated_at = $3 WHERE id = $1`, id, true, tx.now()); err != nil {
		return fmt.Errorf("disable user %d: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, id); err != nil {
		return fmt.Errorf("end sessions of %d: %w", id, err)
	}
	if _, err := tx.endFeed(ctx, id); err != nil {
		return err
	}
	tx.about(u.BranchID, id)
	if err := tx.change(ctx, "update", "users", id, u.BranchID, 0, u.Version+1, map[string][2]any{"disabled": {false, true}}); err != nil {
		return err
	}
	return tx.bumpPolicy(ctx)
}
