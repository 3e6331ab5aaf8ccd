package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// statements keeps read statements prepared, since preparing a merge of many
// index ranges costs more than running it. The texts come from this package
// and differ in a bounded number of ways; beyond maxStatements they are not
// kept.
type statements struct {
	mu   sync.RWMutex
	list map[string]*sql.Stmt
}

const maxStatements = 256

// numberSQL writes $1, $2, … for each ?.
func numberSQL(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 64)
	n := 0
	for {
		i := strings.IndexByte(text, '?')
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		n++
		b.WriteString(text[:i])
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		text = text[i+1:]
	}
}

// query runs a read of a page with a kept statement.
func (d *DB) query(ctx context.Context, q cond) (*sql.Rows, error) {
	s, err := d.reads.get(ctx, d.paged, q.text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return d.paged.QueryContext(ctx, numberSQL(q.text), q.args...)
	}
	return s.QueryContext(ctx, q.args...)
}

// eachPair hands the two columns of each row to fn.
func (d *DB) eachPair(ctx context.Context, q cond, fn any) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, number int64
		var text string
		switch fn := fn.(type) {
		case func(int64, string):
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
			fn(id, text)
		case func(int64, int64):
			if err := rows.Scan(&id, &number); err != nil {
				return err
			}
			fn(id, number)
		default:
			return fmt.Errorf("rows handed to %T", fn)
		}
	}
	return rows.Err()
}

func (s *statements) get(ctx context.Context, pool *sql.DB, text string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt, full := s.list[text], len(s.list) >= maxStatements
	s.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	stmt, err := pool.PrepareContext(ctx, numberSQL(text))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.list[text]; first != nil {
		_ = stmt.Close()
		return first, nil
	}
	if s.list == nil {
		s.list = map[string]*sql.Stmt{}
	}
	s.list[text] = stmt
	return stmt, nil
}
