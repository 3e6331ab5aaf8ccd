package db

import (
	"slices"
	"strconv"
	"strings"
)

// cond is a piece of a WHERE clause over "customers c", with ? for each value.
type cond struct {
	text string
	args []any
}

func condOf(text string, args ...any) cond { return cond{text, args} }

// manySQL writes "column IN (?, …)".
func manySQL(column string, ids []int64) cond {
	c := cond{text: column + " IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"}
	for _, id := range ids {
		c.args = append(c.args, id)
	}
	return c
}

func bothSQL(a, b cond) cond {
	switch {
	case a.text == "":
		return b
	case b.text == "":
		return a
	}
	return cond{a.text + " AND " + b.text, append(slices.Clone(a.args), b.args...)}
}

// countSQL counts the rows of a query up to a bound.
func countSQL(q cond, bound int) cond {
	return cond{"SELECT count(*) FROM (" + q.text + " LIMIT " + strconv.Itoa(bound) + ") k", q.args}
}

// joinSQL reads customers by the ids of a query. Its LIMIT keeps that a query
// of its own, so that its index is the filter's and not the sort's; CROSS is
// SQLite's word for the order in which to join.
func joinSQL(columns string, ids cond, bound int, where cond) cond {
	q := cond{"SELECT " + columns + " FROM (" + ids.text + " LIMIT " + strconv.Itoa(bound) + ") d CROSS JOIN customers c WHERE c.id = d.id AND c.deleted_at = 0",
		slices.Clone(ids.args)}
	return bothSQL(q, where)
}

// limitSQL ends a query. Its bound stands in the text: SQLite prepares a
// statement anew at each call when a LIMIT is a value that is bound.
func limitSQL(q cond, tail string, n int) cond {
	return cond{q.text + tail + " LIMIT " + strconv.Itoa(n), q.args}
}

// keySQL is the sort key as a text, for the cursor.
func keySQL(o order) string {
	if o.column == "id" {
		return "c.id AS k"
	}
	return "c." + o.column + " AS k"
}

// afterSQL is the condition of what stands behind a place, as ranges of the index.
func (o order) afterSQL(at listPlace, from bool) []cond {
	if !from {
		return []cond{{}}
	}
	op := " > ?"
	if o.desc {
		op = " < ?"
	}
	if o.column == "id" {
		return []cond{condOf("c.id"+op, at.id)}
	}
	return []cond{
		condOf("c."+o.column+" = ? AND c.id"+op, at.key, at.id),
		condOf("c."+o.column+op, at.key),
	}
}

func (o order) orderSQL() string {
	way := ""
	if o.desc {
		way = " DESC"
	}
	if o.column == "id" {
		return " ORDER BY id" + way
	}
	return " ORDER BY k" + way + ", id" + way
}

// mergeSQL is the union of index ranges in order; each is read only as far as
// it is needed. more are columns that conditions around it ask for. SQLite sees
// by itself that the ranges are in order; to PostgreSQL, which would read and
// sort all of them, each says so and ends after the rows that are asked of the
// whole (each, 0 for SQLite).
func mergeSQL(terms []cond, o order, at listPlace, from bool, more []string, each int) cond {
	var parts []string
	var args []any
	extra := ""
	for _, m := range more {
		if m != o.column {
			extra += ", c." + m
		} else {
			extra += ", c." + m + " AS " + m
		}
	}
	for _, t := range terms {
		for _, a := range o.afterSQL(at, from) {
			where := bothSQL(t, a)
			text := "SELECT c.id AS id, " + keySQL(o) + extra + " FROM customers c WHERE c.deleted_at = 0"
			if where.text != "" {
				text += " AND " + where.text
			}
			parts, args = append(parts, text), append(args, where.args...)
		}
	}
	if each > 0 && len(parts) > 1 {
		for i, p := range parts {
			parts[i] = "SELECT * FROM (" + p + o.orderSQL() + " LIMIT " + strconv.Itoa(each) + ") m" + strconv.Itoa(i)
		}
	}
	return cond{strings.Join(parts, " UNION ALL ") + o.orderSQL(), args}
}

// each is the bound of each range of a merge of n rows; see mergeSQL.
func (d *DB) each(n int) int {
	if d.postgres {
		return n
	}
	return 0
}

// filterSQL lets through what a bounded walk meets.
func filterSQL(walk cond, bound int, where cond) cond {
	q := cond{"SELECT c.id, c.k FROM (" + walk.text + " LIMIT " + strconv.Itoa(bound) + ") c", slices.Clone(walk.args)}
	if where.text != "" {
		q = cond{q.text + " WHERE " + where.text, append(q.args, where.args...)}
	}
	return q
}
