package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"yike/policy"
	"yike/policy/signin"
)

// Sessions is the store that scs keeps sessions in. Tokens arrive hashed.
// Whose it is and since when stands beside the data, so that a person can see
// their sessions and all of them can be ended in one statement.
type Sessions struct {
	d *DB
	// About reads out of the session data what stands beside it.
	About func(data []byte) SessionAbout
	// Unkept is told why a session of somebody who stays signed in was not
	// written; see CommitCtx.
	Unkept func(error)
}

// SessionAbout is what the store knows of a session.
type SessionAbout struct {
	User    int64 // 0: nobody's
	Since   int64 // when they signed in, unix milliseconds; 0: they are at the second step
	Address string
	Agent   string // User-Agent, as the browser sent it
}

// Sessions returns the session store.
func (d *DB) Sessions(about func(data []byte) SessionAbout) *Sessions {
	return &Sessions{d: d, About: about, Unkept: func(error) {}}
}

type markKey struct{}

// mark is what one request found when its session was looked up: the policy
// version, the session's token (hashed) and when it was last seen.
type mark struct {
	version string
	token   string
	seen    int64
}

// WithMark returns a context in which the session store notes the policy
// version that it reads with the session, so that Actor and UserNames need not
// ask again. One context for each request.
func WithMark(ctx context.Context) context.Context {
	return context.WithValue(ctx, markKey{}, new(mark))
}

// markOf returns the request's mark; one of its own when there is none.
func markOf(ctx context.Context) *mark {
	if m, ok := ctx.Value(markKey{}).(*mark); ok {
		return m
	}
	return new(mark)
}

// nameList is what a page reads again and again, as of one policy version:
// every change of a person, of a tag's name, of a dated rule and of a person's own
// settings raises it.
type nameList struct {
	version  string
	mu       sync.RWMutex
	byID     map[int64]string      // people's names
	tags     map[int64]string      // nil until read
	settings map[settingKey]string // "" for one that is not set
	takers   map[onDay][]User      // who may be given work, by branch
	workers  map[onDay][]User      // a person with their roles, none when they are not at work any more
	rules    map[ruleOn]SettingState
}

// ruleOn is a dated rule as it holds on a day.
type ruleOn struct{ rule, day string }

// mostRules is how many rules of days are kept; a previewed day is one more.
const mostRules = 400

// onDay is a branch or a person on a day: who leaves goes on a day.
type onDay struct {
	id  int64
	day string
}

type settingKey struct {
	user int64
	key  string
}

// namesAt returns the names kept for a version; nil when none may be kept.
func (d *DB) namesAt(version string) *nameList {
	if version == "" {
		return nil
	}
	n := d.names.Load()
	if n == nil || n.version != version {
		n = &nameList{version: version, byID: map[int64]string{}, settings: map[settingKey]string{}, takers: map[onDay][]User{}, workers: map[onDay][]User{}, rules: map[ruleOn]SettingState{}}
		d.names.Store(n)
	}
	return n
}

// FindCtx returns the data of a session that has not expired.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	rows, err := s.d.query(ctx, condOf(`
		SELECT data, seen_at, coalesce((SELECT value FROM meta WHERE key = 'policy_version'), '0')
		FROM sessions WHERE token = ? AND expires_at > ?`, token, s.d.now().UnixMilli()))
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	defer rows.Close()
	var data []byte
	found := rows.Next()
	if found {
		m := markOf(ctx)
		m.token = token
		err = rows.Scan(&data, &m.seen, &m.version)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, found, nil
}

// CommitCtx writes a session. One that this request has found is only changed:
// when it was ended meanwhile, by its owner, an administrator or a new
// password, it stays ended.
//
// Of somebody who was signed in before and stays so it holds nothing but what
// the next page is to say. Where the disk or the database refuses that, the
// answer goes out without: what the request did was committed before, and an
// error page would say that it was not.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	about, known := s.About(data), markOf(ctx).token == token
	err := s.d.write(ctx, func(tx *Tx) error {
		var err error
		if known {
			_, err = tx.ExecContext(ctx, `
				UPDATE sessions SET user_id = $2, data = $3, expires_at = $4, signed_in_at = $5, address = $6, agent = $7 WHERE token = $1`,
				token, about.User, data, expiry.UnixMilli(), about.Since, about.Address, about.Agent)
		} else {
			_, err = tx.ExecContext(ctx, `
				INSERT INTO sessions (token, id, user_id, data, expires_at, seen_at, signed_in_at, address, agent)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
				ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, expires_at = excluded.expires_at,
					signed_in_at = excluded.signed_in_at, address = excluded.address, agent = excluded.agent`,
				token, tx.newID(), about.User, data, expiry.UnixMilli(), tx.now(), about.Since, about.Address, about.Agent)
		}
		if err != nil {
			return fmt.Errorf("write session: %w", err)
		}
		return nil
	})
	if err != nil && known && about.Since != 0 && (DiskFault(err) != "" || s.d.IsAway(err)) {
		s.Unkept(err)
		return nil
	}
	return err
}

// DeleteCtx ends a session.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.d.write(ctx, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token = $1`, token); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// Find, Commit and Delete complete scs.Store; scs calls the Ctx forms.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit see CommitCtx.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete see DeleteCtx.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// lastSeen keeps in memory when sessions were last used, by token; what is
// newer than the database's is written in one go, so that reading a page writes
// nothing. A node sees the use of another node a minute late at most.
type lastSeen struct {
	mu     sync.Mutex
	at     map[string]int64 // unix milliseconds
	unkept map[string]bool  // seen since the last writing
}

// SessionSeen returns when the request's session was last used before it; ask
// with a context of WithMark.
func (d *DB) SessionSeen(ctx context.Context) time.Time {
	m := markOf(ctx)
	if m.token == "" {
		return d.now()
	}
	d.seen.mu.Lock()
	defer d.seen.mu.Unlock()
	return time.UnixMilli(max(m.seen, d.seen.at[m.token]))
}

// NoteSeen notes that the request's session is used now. Only one that goes on
// is noted: of two requests that find an idle session, the second must not
// take the first one's knocking for a use.
func (d *DB) NoteSeen(ctx context.Context) {
	m := markOf(ctx)
	if m.token == "" {
		return
	}
	d.seen.mu.Lock()
	defer d.seen.mu.Unlock()
	if d.seen.at == nil {
		d.seen.at, d.seen.unkept = map[string]int64{}, map[string]bool{}
	}
	d.seen.at[m.token], d.seen.unkept[m.token] = d.now().UnixMilli(), true
}

// FlushSeen writes when sessions were last used; every minute, and when the
// database is closed. It returns how many it wrote.
func (d *DB) FlushSeen(ctx context.Context) (int, error) {
	d.seen.mu.Lock()
	list := make(map[string]int64, len(d.seen.unkept))
	for token := range d.seen.unkept {
		list[token] = d.seen.at[token]
	}
	d.seen.at, d.seen.unkept = nil, nil
	d.seen.mu.Unlock()
	if len(list) == 0 {
		return 0, nil
	}
	// In one order, so that two nodes cannot wait for one another.
	tokens := slices.Sorted(maps.Keys(list))
	err := d.write(ctx, func(tx *Tx) error {
		for _, token := range tokens {
			if _, err := tx.exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE token = $1 AND seen_at < $2`, token, list[token]); err != nil {
				return fmt.Errorf("note when sessions were used: %w", err)
			}
		}
		return nil
	})
	if err != nil { // keep them for the next minute
		d.seen.mu.Lock()
		defer d.seen.mu.Unlock()
		if d.seen.at == nil {
			d.seen.at, d.seen.unkept = map[string]int64{}, map[string]bool{}
		}
		for token, at := range list {
			d.seen.at[token], d.seen.unkept[token] = max(at, d.seen.at[token]), true
		}
		return 0, err
	}
	return len(tokens), nil
}

// Session is one of a person's sessions.
type Session struct {
	ID      int64
	Since   int64 // when they signed in, unix milliseconds
	Seen    int64 // when it was last used, unix milliseconds
	Address string
	Agent   string
	This    bool // the one that asks
}

// SessionsOf returns the actor's own sessions that go on, the last used first.
func (d *DB) SessionsOf(ctx context.Context, by policy.Actor) ([]Session, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT token, id, signed_in_at, seen_at, address, agent FROM sessions
		WHERE user_id = $1 AND signed_in_at > 0 AND expires_at > $2 ORDER BY signed_in_at DESC LIMIT 200`, by.UserID, d.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("sessions of %d: %w", by.UserID, err)
	}
	defer rows.Close()
	mine := markOf(ctx).token
	var out []Session
	for rows.Next() {
		var s Session
		var token string
		if err := rows.Scan(&token, &s.ID, &s.Since, &s.Seen, &s.Address, &s.Agent); err != nil {
			return nil, fmt.Errorf("sessions of %d: %w", by.UserID, err)
		}
		s.This = token == mine
		d.seen.mu.Lock()
		s.Seen = max(s.Seen, d.seen.at[token])
		d.seen.mu.Unlock()
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Session) int { return cmp.Compare(b.Seen, a.Seen) })
	return out, rows.Err()
}

// EndSession ends one of the actor's own sessions; ErrNotFound when it is
// nobody's or somebody else's.
func (d *DB) EndSession(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "session.close", func(tx *Tx) error {
		n, err := tx.exec(ctx, `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, by.UserID)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n == 0 {
			return fmt.Errorf("session %d: %w", id, ErrNotFound)
		}
		tx.about(by.Branch, by.UserID)
		tx.audit.rows = n
		return nil
	})
}

// EndOtherSessions ends all of the actor's sessions but the one that asks, and
// returns how many there were.
func (d *DB) EndOtherSessions(ctx context.Context, by policy.Actor) (n int64, err error) {
	err = d.act(ctx, by, "session.close", func(tx *Tx) error {
		n, err = tx.exec(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token <> $2`, by.UserID, markOf(ctx).token)
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		tx.about(by.Branch, by.UserID)
		tx.audit.rows = n
		return nil
	})
	return n, err
}

// SweepSessions removes expired sessions, old submission keys and sign-in
// counters that no longer matter; it returns how many rows went.
func (d *DB) SweepSessions(ctx context.Context) (int64, error) {
	var n int64
	err := d.write(ctx, func(tx *Tx) error {
		for _, sweep := range []struct {
			query  string
			before int64
		}{
			{`DELETE FROM sessions WHERE expires_at < $1`, tx.now()},
			{`DELETE FROM submissions WHERE created_at < $1`, tx.now() - 30*24*3600_000},
			{`DELETE FROM signin_attempts WHERE last_at < $1`, tx.now() - 24*3600_000},
			{`DELETE FROM known_devices WHERE seen_at < $1`, tx.now() - KnownFor.Milliseconds()},
		} {
			k, err := tx.exec(ctx, sweep.query, sweep.before)
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			n += k
		}
		return nil
	})
	return n, err
}

func policyVersion(ctx context.Context, q querier) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'policy_version'), '0')`).Scan(&v)
	if err != nil {
		return "", fmt.Errorf("policy version: %w", err)
	}
	return v, nil
}

// Actors hands out actors whose rights are worked out once per policy version.
type Actors struct {
	d *DB

	mu      sync.Mutex
	version string
	rule    signin.Rule // how long sessions last, by role
	known   map[int64]SignedIn
}

// SignedIn is a signed-in person: the account as it is now and its rights.
type SignedIn struct {
	User   User
	Actor  policy.Actor
	Access *policy.Access // what each role may do, as the rights were worked out from it
	Limits signin.Limits
	// TwoStep: signing in asks for a phone's code.
	TwoStep bool
	// Stamp changes with the password: a session begun under another one is over.
	Stamp string
}

// Actors returns the cache of actors.
func (d *DB) Actors() *Actors { return &Actors{d: d, known: map[int64]SignedIn{}} }

// Actor returns the person with their rights; ErrNotFound when the account is
// gone, disabled, or past its leave date. It reads one row, and everything else only when the policy
// version has moved since, on whichever node.
func (a *Actors) Actor(ctx context.Context, user int64) (SignedIn, error) {
	version, err := markOf(ctx).version, error(nil)
	if version == "" {
		if version, err = policyVersion(ctx, a.d.r); err != nil {
			return SignedIn{}, err
		}
	}
	s, ok, err := a.at(ctx, version, user)
	if err != nil {
		return s, err
	}
	if ok {
		if s.User.LeavesOn != "" && s.User.Left(Day(a.d.now())) {
			return SignedIn{}, fmt.Errorf("user %d has left: %w", user, ErrNotFound)
		}
		return s, nil
	}
	if t := a.d.tree.Load(); t.version != version {
		if err := a.d.loadTree(ctx); err != nil {
			return SignedIn{}, err
		}
	}
	var hash string
	err = a.d.r.QueryRowContext(ctx, `
		SELECT `+userColumns+`, u.password_hash, EXISTS (SELECT 1 FROM totps t WHERE t.user_id = u.id AND t.confirmed_at > 0)
		FROM users u WHERE u.id = $1 AND NOT u.disabled`, user).
		Scan(append(s.User.scan(), &hash, &s.TwoStep)...)
	if errors.Is(err, sql.ErrNoRows) {
		return SignedIn{}, fmt.Errorf("user %d: %w", user, ErrNotFound)
	}
	if err != nil {
		return SignedIn{}, fmt.Errorf("user %d: %w", user, err)
	}
	if s.User.Left(Day(a.d.now())) {
		return SignedIn{}, fmt.Errorf("user %d has left: %w", user, ErrNotFound)
	}
	if s.User.Grants, err = grantsOf(ctx, a.d.r, user); err != nil {
		return SignedIn{}, err
	}
	if s.Access, err = a.d.Access(ctx); err != nil {
		return SignedIn{}, err
	}
	s.Actor = s.Access.Actor(user, s.User.Name, s.User.BranchID, s.User.Grants)
	s.Stamp = PasswordStamp(hash)
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Limits = a.rule.For(LimitRoles(s.Access, a.rule, s.User.Grants))
	if a.version == version {
		a.known[user] = s
	}
	return s, nil
}

// at returns what is known of a person as of a policy version; the first to
// ask for a new version reads the limits of sessions with it.
func (a *Actors) at(ctx context.Context, version string, user int64) (SignedIn, bool, error) {
	a.mu.Lock()
	s, ok := a.known[user]
	current := a.version == version
	a.mu.Unlock()
	if current {
		return s, ok, nil
	}
	rule, _, err := a.d.SigninRule(ctx)
	if err != nil {
		return SignedIn{}, false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.version != version {
		a.version, a.rule, a.known = version, rule, map[int64]SignedIn{}
	}
	s, ok = a.known[user]
	return s, ok, nil
}

// LimitRoles names the roles whose limits hold for the holder of the grants: a
// role of the company's own that the rule does not name has those of the role
// it was copied from.
func LimitRoles(access *policy.Access, rule signin.Rule, grants []policy.Grant) []string {
	var out []string
	for _, g := range grants {
		out = append(out, limitRole(access, rule, g.Role))
	}
	return out
}

func limitRole(access *policy.Access, rule signin.Rule, role policy.Role) string {
	if _, named := rule.Roles[string(role)]; !named {
		if info, ok := access.Role(role); ok && info.BasedOn != "" {
			return string(info.BasedOn)
		}
	}
	return string(role)
}

// PasswordStamp is what a session keeps of the password it was begun under: of
// the stored hash, and nothing that could be guessed back.
func PasswordStamp(hash string) string {
	sum := sha256.Sum256([]byte("stamp:" + hash))
	return hex.EncodeToString(sum[:8])
}
