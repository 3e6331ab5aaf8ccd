package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"yike/policy"
)

// Sessions is the store that scs keeps sessions in. Tokens arrive hashed.
// The user id stands beside the data, so that all sessions of a person can be
// ended in one statement.
type Sessions struct {
	d *DB
	// User reads the user id out of the session data.
	User func(data []byte) int64
}

// Sessions returns the session store.
func (d *DB) Sessions(user func(data []byte) int64) *Sessions { return &Sessions{d, user} }

type markKey struct{}

// mark is the policy version as one request found it.
type mark struct{ version string }

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
// every change of a person, of a tag's name and of a person's own settings
// raises it.
type nameList struct {
	version  string
	mu       sync.RWMutex
	byID     map[int64]string      // people's names
	tags     map[int64]string      // nil until read
	settings map[settingKey]string // "" for one that is not set
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
		n = &nameList{version: version, byID: map[int64]string{}, settings: map[settingKey]string{}}
		d.names.Store(n)
	}
	return n
}

// FindCtx returns the data of a session that has not expired.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	rows, err := s.d.query(ctx, condOf(`
		SELECT data, coalesce((SELECT value FROM meta WHERE key = 'policy_version'), '0')
		FROM sessions WHERE token = ? AND expires_at > ?`, token, s.d.now().UnixMilli()))
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	defer rows.Close()
	var data []byte
	found := rows.Next()
	if found {
		err = rows.Scan(&data, &markOf(ctx).version)
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, found, nil
}

// CommitCtx writes a session.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.d.write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sessions (token, user_id, data, expires_at, seen_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, expires_at = excluded.expires_at`,
			token, s.User(data), data, expiry.UnixMilli(), tx.now())
		if err != nil {
			return fmt.Errorf("write session: %w", err)
		}
		return nil
	})
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
	known   map[int64]SignedIn
}

// SignedIn is a signed-in person: the account as it is now and its rights.
type SignedIn struct {
	User   User
	Actor  policy.Actor
	Access *policy.Access // what each role may do, as the rights were worked out from it
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
	a.mu.Lock()
	if a.version != version {
		a.version, a.known = version, map[int64]SignedIn{}
	}
	s, ok := a.known[user]
	a.mu.Unlock()
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
	err = a.d.r.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND NOT u.disabled`, user).
		Scan(s.User.scan()...)
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
	a.mu.Lock()
	if a.version == version {
		a.known[user] = s
	}
	a.mu.Unlock()
	return s, nil
}
