package db

import (
	"context"
	"fmt"
	"strings"
)

// sheaf gathers rows of one table and inserts many with one statement.
type sheaf struct {
	tx      *Tx
	table   string
	columns []string
	args    []any
	rows    int
	step    int // rows of one statement
	most    int // rows to gather
}

// changeColumns are those of changes, in the order in which a sheaf of them is
// filled; each is tallied, too.
var changeColumns = []string{"id", "audit_id", "kind", "entity", "row_id", "branch_id", "customer_id", "version", "fields"}

func newSheaf(tx *Tx, table string, columns []string) *sheaf {
	step := 16
	if tx.db.postgres {
		step = 128 // a round trip costs more than a row
	}
	return &sheaf{tx: tx, table: table, columns: columns, most: 1024, step: step}
}

// by sets how many rows one statement writes.
func (s *sheaf) by(rows int) { s.step = rows }

func (s *sheaf) add(row ...any) {
	s.args = append(s.args, row...)
	s.rows++
}

// alike are the columns that are empty in every row that waits, as literals;
// "" for those that are not. To bind a parameter costs SQLite more than to make
// a value, and of a customer's sixty columns half are empty. PostgreSQL, which
// would have to be told the type of each, has none.
func (s *sheaf) alike() []string {
	w := len(s.columns)
	out := make([]string, w)
	if s.tx.db.postgres || s.rows < s.step {
		return out
	}
	for c := range out {
		word := emptySQL(s.args[c])
		for at := c + w; word != "" && at < len(s.args); at += w {
			if emptySQL(s.args[at]) != word {
				word = ""
			}
		}
		out[c] = word
	}
	return out
}

// emptySQL is an empty value as a literal, "" for any other.
func emptySQL(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case int64:
		if v == 0 {
			return "0"
		}
	case string:
		if v == "" {
			return "''"
		}
	}
	return ""
}

// rowsSQL inserts so many rows, whose columns that are alike are no parameters.
func (s *sheaf) rowsSQL(rows int, alike []string) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + s.table + " (" + strings.Join(s.columns, ", ") + ") VALUES ")
	one := ""
	if !s.tx.db.postgres {
		// The driver looks every numbered parameter up in a list, which makes a
		// long statement cost the square of its length.
		list := make([]string, len(alike))
		for i, word := range alike {
			if list[i] = word; word == "" {
				list[i] = "?"
			}
		}
		one = "(" + strings.Join(list, ", ") + ")"
	}
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		if s.tx.db.postgres {
			one = "(" + placeholders(1+i*len(s.columns), len(s.columns)) + ")"
		}
		b.WriteString(one)
	}
	return b.String()
}

// pack takes the values of the columns that are alike out of the rows that
// wait, and returns how many parameters a row then has.
func (s *sheaf) pack(alike []string) int {
	w, to := len(s.columns), 0
	for from := range s.args {
		if alike[from%w] == "" {
			s.args[to] = s.args[from]
			to++
		}
	}
	clear(s.args[to:])
	s.args = s.args[:to]
	return to / max(s.rows, 1)
}

// flush writes what the sheaves hold, in their order.
func flush(ctx context.Context, sheaves []*sheaf) error {
	for _, s := range sheaves {
		held := s.held()
		if err := s.tx.unasked(ctx, held, func() error { return s.write(ctx) }); err != nil {
			return err
		}
		clear(s.args)
		s.args, s.rows = s.args[:0], 0
	}
	return nil
}

// write writes the rows that wait.
func (s *sheaf) write(ctx context.Context) error {
	alike := s.alike()
	w := s.pack(alike)
	one, many := "", ""
	for at := 0; at < s.rows; {
		n, query := s.step, &many
		if at+n > s.rows {
			n, query = 1, &one
		}
		if *query == "" {
			*query = s.rowsSQL(n, alike)
		}
		if _, err := s.tx.exec(ctx, *query, s.args[at*w:(at+n)*w]...); err != nil {
			if isUnique(err) {
				return fmt.Errorf("insert into %s: %w: %w", s.table, ErrTaken, err)
			}
			return fmt.Errorf("insert into %s: %w", s.table, err)
		}
		at += n
	}
	return nil
}
