package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"yike/policy"
)

// Who looked at a client's page is counted by person, client and day. The page
// itself writes nothing: looks gather in memory and are written together once
// a minute and at the end. A power cut loses at most that minute.

// looksEvery is how often looks are written.
const looksEvery = time.Minute

type lookKey struct {
	customer, user int64
	day            string
}

type lookCount struct {
	branch      int64
	role        string
	n           int64
	first, last int64
}

type looks struct {
	mu   sync.Mutex
	seen map[lookKey]*lookCount
	stop context.CancelFunc
	done chan struct{}
}

// Looked notes that somebody opened a client's page. It writes nothing now.
func (d *DB) Looked(_ context.Context, by policy.Actor, customer, branch int64, role string) {
	if by.UserID == 0 {
		return
	}
	at := d.now()
	l := &d.looks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[lookKey]*lookCount{}
	}
	if l.stop == nil {
		var ctx context.Context
		ctx, l.stop = context.WithCancel(context.Background())
		l.done = make(chan struct{})
		go d.writeLooks(ctx, l.done)
	}
	key := lookKey{customer, by.UserID, Day(at)}
	c := l.seen[key]
	if c == nil {
		c = &lookCount{first: at.UnixMilli()}
		l.seen[key] = c
	}
	c.branch, c.role, c.last = branch, role, at.UnixMilli()
	c.n++
}

func (d *DB) writeLooks(ctx context.Context, done chan struct{}) {
	defer close(done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(looksEvery):
			_ = d.FlushLooks(ctx) // what could not be written is kept for the next time
		}
	}
}

// end stops the writer and writes what is left.
func (l *looks) end(d *DB) error {
	l.mu.Lock()
	stop, done := l.stop, l.done
	l.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	<-done
	return d.FlushLooks(context.Background())
}

// FlushLooks writes the looks that have gathered.
func (d *DB) FlushLooks(ctx context.Context) error {
	d.looks.mu.Lock()
	seen := d.looks.seen
	d.looks.seen = nil
	d.looks.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	// In one order, so that two nodes cannot wait for one another.
	keys := slices.SortedFunc(maps.Keys(seen), func(a, b lookKey) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.day, b.day), cmp.Compare(a.user, b.user))
	})
	err := d.write(ctx, func(tx *Tx) error {
		for _, k := range keys {
			c := seen[k]
			if _, err := tx.exec(ctx, `
				INSERT INTO customer_looks (customer_id, day, user_id, branch_id, role, looks, first_at, last_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (customer_id, day, user_id) DO UPDATE SET branch_id = excluded.branch_id, role = excluded.role,
					looks = customer_looks.looks + excluded.looks, last_at = excluded.last_at`,
				k.customer, k.day, k.user, c.branch, c.role, c.n, c.first, c.last); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return nil
	}
	d.looks.mu.Lock()
	defer d.looks.mu.Unlock()
	if d.looks.seen == nil {
		d.looks.seen = map[lookKey]*lookCount{}
	}
	for k, c := range seen {
		if now := d.looks.seen[k]; now != nil {
			now.n, now.first = now.n+c.n, c.first
		} else {
			d.looks.seen[k] = c
		}
	}
	return fmt.Errorf("write looks: %w", err)
}

// Look is who looked at a client on one day, what they revealed, or a file or
// print that left with the client in it.
type Look struct {
	Day           string
	UserID        int64
	User, Role    string
	Times         int64
	First, Last   int64  // unix milliseconds
	Field         string // of a reveal, "" for looks at the page
	Purpose       string
	RevealedAudit int64
	Act           string // of a list or page that left with this client in it
	Rows          int64  // how many rows were in it
}

// Looks returns who looked at a client that the scope sees, what was revealed
// of it and what left with it, the last days first: at most limit of each.
func (d *DB) Looks(ctx context.Context, scope policy.Scope, customer int64, limit int) ([]Look, error) {
	if _, err := d.customerPlace(ctx, scope, customer); err != nil {
		return nil, err
	}
	// Whoever asks sees also the last minute.
	if err := d.FlushLooks(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	var out []Look
	for _, query := range []string{`
		SELECT l.day, l.user_id, coalesce(u.name, ''), l.role, l.looks, l.first_at, l.last_at, '', '', 0, '', 0
		FROM customer_looks l LEFT JOIN users u ON u.id = l.user_id
		WHERE l.customer_id = $1 ORDER BY l.day DESC, l.last_at DESC LIMIT $2`, `
		SELECT r.day, r.user_id, coalesce(u.name, ''), '', 1, r.at, r.at, r.field, r.purpose, r.audit_id, '', 0
		FROM reveals r LEFT JOIN users u ON u.id = r.user_id
		WHERE r.customer_id = $1 ORDER BY r.at DESC LIMIT $2`, `
		SELECT '', coalesce(e.user_id, 0), coalesce(u.name, ''), '', 1, e.at, e.at, '', '', 0, e.act, e.rows
		FROM export_customers x JOIN exports e ON e.audit_id = x.audit_id LEFT JOIN users u ON u.id = e.user_id
		WHERE x.customer_id = $1 ORDER BY x.audit_id DESC LIMIT $2`} {
		rows, err := d.r.QueryContext(ctx, query, customer, limit)
		if err != nil {
			return nil, fmt.Errorf("looks at customer %d: %w", customer, err)
		}
		for rows.Next() {
			var l Look
			if err := rows.Scan(&l.Day, &l.UserID, &l.User, &l.Role, &l.Times, &l.First, &l.Last, &l.Field, &l.Purpose, &l.RevealedAudit, &l.Act, &l.Rows); err != nil {
				rows.Close()
				return nil, fmt.Errorf("looks at customer %d: %w", customer, err)
			}
			if l.Act != "" {
				l.Day = Day(time.UnixMilli(l.Last))
			}
			out = append(out, l)
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("looks at customer %d: %w", customer, err)
		}
	}
	return out, nil
}
