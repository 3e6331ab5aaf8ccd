package db

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"yike/policy"
)

// counts remembers for a while which lists have more than CountLimit rows: that
// seldom changes, and finding it out costs as much as the page.
type counts struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

const (
	countFor  = 30 * time.Second
	maxCounts = 1000
)

func (c *counts) more(key string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.seen[key]
	return ok && !now.Before(at) && now.Sub(at) < countFor
}

func (c *counts) keep(key string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= maxCounts {
		c.seen = map[string]time.Time{}
	}
	c.seen[key] = now
}

// key tells one list from another, wherever in it the page is.
func (l *listing) key() string {
	f := l.f
	f.Sort, f.Desc, f.Cursor, f.Limit, f.WithPhones, f.WithTags, f.WithCases, f.Columns = "", false, "", 0, false, false, false, nil
	return fmt.Sprintf("%v %v", l.reach, f)
}

// CountCustomers counts what a filter lets through, exactly up to a million;
// more says that there are more. The caller bounds the time.
func (d *DB) CountCustomers(ctx context.Context, scope policy.Scope, f CustomerFilter) (n int64, more bool, err error) {
	n, _, err = d.listing(scope, f).count(ctx, exactLimit+1, 0)
	if err != nil {
		return 0, false, fmt.Errorf("count customers: %w", err)
	}
	return min(n, exactLimit), n > exactLimit, nil
}

func (l *listing) probe(ctx context.Context, c clause) (int64, error) {
	return l.number(ctx, countSQL(l.driverSQL(c), l.d.bounds.few+1))
}

func (l *listing) number(ctx context.Context, q cond) (n int64, err error) {
	rows, err := l.d.query(ctx, q)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// plainCountSQL counts up to limit what no clause is more selective of than the
// reach is.
func (l *listing) plainCountSQL(limit int) cond {
	clauses := l.clauses
	ranges := []cond{l.reach.residual()}
	switch terms := l.reach.terms(); {
	case l.alone(clauses):
		ranges, clauses = l.aloneSQL(terms, clauses), nil
	case len(clauses) == 1 && clauses[0].wide:
		ranges[0] = aloneSQL(ranges[0])
	case terms != nil && (l.reach.own != 0 || len(clauses) == 1 && clauses[0].everywhere):
		ranges = terms // an OR of owner and clerk would be looked for in the whole company
	}
	var parts []string
	var args []any
	for _, where := range ranges {
		for _, c := range clauses {
			where = bothSQL(where, c.cond)
		}
		q := bothSQL(cond{text: "SELECT 1 FROM customers c WHERE c.deleted_at = 0"}, where)
		parts, args = append(parts, q.text), append(args, q.args...)
	}
	return countSQL(cond{strings.Join(parts, " UNION ALL "), args}, limit)
}

// count counts up to limit; with a bound it looks at no more than so many rows
// of a combination, and bounded says that this was not enough.
func (l *listing) count(ctx context.Context, limit, bound int) (n int64, bounded bool, err error) {
	if l.reach.empty {
		return 0, false, nil
	}
	clauses := l.clauses
	best := -1
	if !l.alone(clauses) && (len(clauses) > 1 || len(clauses) == 1 && clauses[0].tag) {
		if best, _, err = l.smallest(ctx, clauses); err != nil {
			return 0, false, err
		}
		if best >= len(clauses) {
			best = -1
		}
	}
	if bound == 0 {
		bound = exactLimit + 1
	}
	if best < 0 {
		n, err = l.number(ctx, l.plainCountSQL(limit))
		return n, false, err
	}
	q := l.driverSQL(clauses[best])
	where := l.reach.residual()
	for i, c := range clauses {
		if i != best {
			where = bothSQL(where, c.cond)
		}
	}
	if n, err = l.number(ctx, countSQL(joinSQL("1", q, bound, where), limit)); err != nil || n >= int64(limit) {
		return n, false, err
	}
	size, err := l.number(ctx, countSQL(q, bound))
	return n, size >= int64(bound), err
}
