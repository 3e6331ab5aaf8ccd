package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// clientSpans walks over the clients of some branches, in the order in which
// they were added, so many at a time. The whole company is walked over in one
// go: its branches lie side by side in the file.
type clientSpans struct {
	d        *DB
	mu       sync.Mutex
	branches []int64 // nil: the whole company
	whole    bool
	from     int64
	size     int
}

// next holds a query to the next clients; false when there are none left. Many
// may ask at once.
func (s *clientSpans) next(ctx context.Context) (where cond, some bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.whole || len(s.branches) > 0 {
		query, args := nextClientsSQL(s.size), []any{int64(0), s.from}
		if s.whole { // by contacts, whose index is a tenth of the clients' table
			query = `SELECT coalesce(max(customer_id), $2) FROM (SELECT customer_id FROM contacts WHERE customer_id > $2 ORDER BY customer_id LIMIT ` + strconv.Itoa(s.size) + `) AS next WHERE CAST($1 AS BIGINT) = 0`
		} else {
			args[0] = s.branches[0]
		}
		last := s.from
		if err := s.d.r.QueryRowContext(ctx, query, args...).Scan(&last); err != nil {
			return cond{}, false, fmt.Errorf("clients behind %d: %w", s.from, err)
		}
		if last == s.from {
			if s.whole {
				return cond{}, false, nil
			}
			s.branches, s.from = s.branches[1:], 0
			continue
		}
		where = condOf("c.id > ? AND c.id <= ?", s.from, last)
		if s.from = last; !s.whole {
			where = bothSQL(condOf("c.branch_id = ?", s.branches[0]), where)
		}
		return where, true, nil
	}
	return cond{}, false, nil
}

// nextClientsSQL is the last of the next n clients of a branch, the same as the
// one before when there are no more.
func nextClientsSQL(n int) string {
	return `SELECT coalesce(max(id), $2) FROM (SELECT id FROM customers WHERE branch_id = $1 AND deleted_at = 0 AND id > $2 ORDER BY id LIMIT ` + strconv.Itoa(n) + `) AS next`
}

// goOn lets the walk begin with the client of a contact, which it returns.
func (s *clientSpans) goOn(ctx context.Context, after int64) (client int64, err error) {
	if after == 0 {
		return 0, nil
	}
	var branch int64
	err = s.d.r.QueryRowContext(ctx, `SELECT c.id, c.branch_id FROM contacts k JOIN customers c ON c.id = k.customer_id WHERE k.id = $1`, after).Scan(&client, &branch)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("contact %d: %w", after, err)
	}
	s.from = client - 1
	if i := slices.Index(s.branches, branch); i >= 0 {
		s.branches = s.branches[i:]
	} else {
		s.branches, s.whole = nil, false // it has moved away meanwhile: the list ends
	}
	return client, nil
}
