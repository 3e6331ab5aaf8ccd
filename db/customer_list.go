package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
)

// Bounds of a list. They keep every page fast whatever is asked of it.
const (
	PageSize   = 50
	CountLimit = 1000 // counted exactly so far, then "1,000+"
	exactLimit = 1000000
)

// listBounds say which way a list is walked; tests set small ones.
type listBounds struct {
	look  int // rows that a combination of filters looks at
	few   int // so many are fetched and sorted rather than looked for
	terms int // so many ranges of an index are merged
}

var defaultBounds = listBounds{look: 20000, few: 2000, terms: 16}

// Sorts of the customer list.
const (
	SortName    = "name"    // by pinyin
	SortCode    = "code"    // of the customer
	SortClass   = "class"   // A, B, C, none; each by name
	SortVisit   = "visit"   // day of the last visit, never visited first
	SortCreated = "created" // oldest first
)

// CustomerRow is a customer as a list shows it.
type CustomerRow struct {
	ID, BranchID, OwnerID, ClerkID, Version int64
	Code, Name, ShortName                   string
	Kind, Source, Stage, Class, State       string
	Industry, AccountNo, Terms              string
	PlaceCode, CityCode                     string
	LastVisitOn, NextVisitOn                string // days, "" for none
	MonthlyPieces                           int64
	CreatedAt                               int64  // unix milliseconds
	Phone                                   string // the number called first, canonical
	Tags                                    []int64
	Cases                                   int64 // open ones; only WithCases
}

// CustomerPage is one page of a list. Prev and Next are cursors, "" where the
// list ends. Count is exact unless More, which says that there are more than
// CountLimit. Narrow says that only a part could be looked at: the reader is
// asked for one more filter.
type CustomerPage struct {
	Rows       []CustomerRow
	Prev, Next string
	Count      int64
	More       bool
	Narrow     bool
}

// Customers returns one page of the customers that the scope sees and the
// filter lets through. One filter with one sort costs the same at any size;
// a combination looks at a bounded number of rows and then says Narrow.
func (d *DB) Customers(ctx context.Context, scope policy.Scope, f CustomerFilter) (CustomerPage, error) {
	var p CustomerPage
	limit := f.Limit
	if limit <= 0 || limit > PageSize*4 {
		limit = PageSize
	}
	back, at, from := f.parseCursor()
	l := d.listing(scope, f)
	l.rows = f.rowReader(d.postgres)
	found, narrow, err := l.walk(ctx, at, from, back, limit+1)
	if err != nil {
		return p, fmt.Errorf("customers: %w", err)
	}
	more := len(found) > limit
	if more {
		found = found[:limit]
	}
	if back {
		slices.Reverse(found)
	}
	p.Rows = l.rows.of(found)
	p.Narrow = narrow
	if n := len(found); n > 0 {
		if more || back {
			p.Next = f.cursor(false, found[n-1])
		}
		if from && (more || !back) {
			p.Prev = f.cursor(true, found[0])
		}
	}
	if !from && !more && !narrow {
		p.Count = int64(len(p.Rows))
		return p, nil
	}
	key := l.key()
	if d.counts.more(key, d.now()) {
		p.Count, p.More = CountLimit, true
		return p, nil
	}
	n, bounded, err := l.count(ctx, CountLimit+1, d.bounds.look)
	if err != nil {
		return p, fmt.Errorf("count customers: %w", err)
	}
	if n > CountLimit {
		d.counts.keep(key, d.now())
	}
	p.Count, p.More = min(n, CountLimit), n > CountLimit || bounded
	return p, nil
}

// CustomerNeighbours returns the rows before and after a customer in a list, 0
// where it ends, or when the customer is not in it any more.
func (d *DB) CustomerNeighbours(ctx context.Context, scope policy.Scope, f CustomerFilter, id int64) (before, after int64, err error) {
	var at listPlace
	var class, name, code, visit string
	err = d.r.QueryRowContext(ctx, `SELECT class, name_key, code, last_visit_on FROM customers WHERE id = $1`, id).Scan(&class, &name, &code, &visit)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("neighbours of customer %d: %w", id, err)
	}
	at.id = id
	switch f.order().column {
	case "code":
		at.key = code
	case "last_visit_on":
		at.key = visit
	case "name_key":
		at.key = name
	}
	if f.Sort == SortClass {
		at.class = class
	}
	l := d.listing(scope, f)
	for _, side := range []struct {
		back bool
		to   *int64
	}{{true, &before}, {false, &after}} {
		found, _, err := l.walk(ctx, at, true, side.back, 1)
		if err != nil {
			return 0, 0, fmt.Errorf("neighbours of customer %d: %w", id, err)
		}
		if len(found) > 0 {
			*side.to = found[0].id
		}
	}
	return before, after, nil
}

// EachCustomer hands the rows of a list to fn, in its order, to the end; for
// exports and for acts on all that match. It stops at fn's error.
func (d *DB) EachCustomer(ctx context.Context, scope policy.Scope, f CustomerFilter, fn func([]CustomerRow) error) error {
	l := d.listing(scope, f)
	l.whole = true
	at, from := listPlace{}, false
	for {
		l.rows = f.rowReader(d.postgres)
		found, _, err := l.walk(ctx, at, from, false, 500)
		if err != nil {
			return fmt.Errorf("customers: %w", err)
		}
		if len(found) == 0 {
			return nil
		}
		if err := fn(l.rows.of(found)); err != nil {
			return err
		}
		if len(found) < 500 {
			return nil
		}
		at, from = found[len(found)-1], true
	}
}

// listing is one list being walked.
type listing struct {
	d       *DB
	f       CustomerFilter
	reach   reach
	clauses []clause
	whole   bool       // look at every row, however many
	rows    *rowReader // when set, rows are read with the places
}

func (d *DB) listing(scope policy.Scope, f CustomerFilter) *listing {
	l := &listing{d: d, f: f, reach: d.reach(scope, f.Branch), clauses: f.clauses()}
	if f.Gap != "" {
		l.clauses = append(l.clauses, d.gapClause(f.Gap, l.reach))
	}
	return l
}

// walk returns up to n places after at (before it when back), nearest first.
func (l *listing) walk(ctx context.Context, at listPlace, from, back bool, n int) (found []listPlace, narrow bool, err error) {
	if l.reach.empty {
		return nil, false, nil
	}
	if l.f.Sort != SortClass {
		return l.run(ctx, l.clauses, at, from, back, n)
	}
	// By class: one run by name for each class, one behind the other.
	words := []string{"A", "B", "C", ""}
	if l.f.Desc != back {
		slices.Reverse(words)
	}
	started := !from
	for _, w := range words {
		here := from && w == at.class
		if started = started || here; !started || !l.hasClass(w) {
			continue
		}
		some, part, err := l.run(ctx, l.inClass(w), at, here, back, n-len(found))
		if err != nil {
			return nil, false, err
		}
		for i := range some {
			some[i].class = w
		}
		found, narrow = append(found, some...), narrow || part
		if len(found) >= n {
			break
		}
	}
	return found, narrow, nil
}

func (l *listing) hasClass(w string) bool {
	if w == "" {
		w = "none"
	}
	return len(l.f.Classes) == 0 || slices.Contains(l.f.Classes, w)
}

func (l *listing) inClass(w string) []clause {
	out := []clause{valuesSQL("class", w)}
	for _, c := range l.clauses {
		if !slices.Contains(c.columns, "class") {
			out = append(out, c)
		}
	}
	return out
}

// run walks one list sorted by a key. It takes the cheapest of four ways:
// merge ranges of an index that has filter and sort in it; fetch the few rows
// of the most selective filter and sort them; walk the sort's index and let
// the filters through, up to a bound; and, for a single filter whose rows that
// walk did not meet, fetch them all.
func (l *listing) run(ctx context.Context, clauses []clause, at listPlace, from, back bool, n int) ([]listPlace, bool, error) {
	o := l.f.order()
	o.desc = o.desc != back
	ranges := l.reach.terms()
	if len(clauses) == 0 && ranges != nil {
		return found(l.merge(ctx, ranges, o, at, from, n))
	}
	if len(clauses) == 0 && l.reach.all {
		return found(l.merge(ctx, []cond{{}}, o, at, from, n))
	}
	if len(clauses) == 1 {
		if terms := l.perfect(clauses[0], ranges, o); terms != nil {
			return found(l.merge(ctx, terms, o, at, from, n))
		}
	}
	if l.alone(clauses) {
		return found(l.merge(ctx, l.aloneSQL(ranges, clauses), o, at, from, n))
	}
	best, size, err := l.smallest(ctx, clauses)
	if err != nil {
		return nil, false, err
	}
	if best >= 0 && size <= int64(l.d.bounds.few) {
		return found(l.collect(ctx, clauses, best, o, at, from, n))
	}
	if ranges == nil {
		ranges = []cond{{}}
	}
	got, looked, err := l.look(ctx, clauses, ranges, o, at, from, n)
	if err != nil || len(got) >= n || looked < l.d.bounds.look {
		return got, false, err
	}
	if len(clauses) <= 1 || l.whole {
		return found(l.collect(ctx, clauses, best, o, at, from, n))
	}
	return got, true, nil
}

// ownerHas are the columns of the index of the owner.
var ownerHas = []string{"name_key", "class", "last_visit_on", "code"}

// alone says that one's own customers are asked for by what their index has.
func (l *listing) alone(clauses []clause) bool {
	return l.reach.alone() && len(clauses) > 0 && !slices.ContainsFunc(clauses, func(c clause) bool {
		return len(c.columns) == 0 || slices.ContainsFunc(c.columns, func(column string) bool { return !slices.Contains(ownerHas, column) })
	})
}

// aloneSQL are the ranges of one's own customers, with all clauses in each. The
// sign keeps SQLite from the index of a clause, in which the whole company's
// stand.
func (l *listing) aloneSQL(ranges []cond, clauses []clause) []cond {
	out := slices.Clone(ranges)
	for i := range out {
		for _, c := range clauses {
			if !l.d.postgres {
				c.text = strings.ReplaceAll(c.text, "c.", "+c.")
			}
			out[i] = bothSQL(out[i], c.cond)
		}
	}
	return out
}

func found(list []listPlace, err error) ([]listPlace, bool, error) { return list, false, err }

// perfect returns the ranges of the index that has the clause, then the
// branch, then the name; nil when the sort is another or they are too many.
func (l *listing) perfect(c clause, ranges []cond, o order) []cond {
	if o.column == "last_visit_on" && slices.Contains(c.columns, "last_visit_on") && len(ranges) > 0 && l.reach.own == 0 {
		var out []cond
		for _, r := range ranges {
			out = append(out, bothSQL(r, c.cond))
		}
		return out
	}
	if !c.named || o.column != "name_key" {
		return nil
	}
	if c.wide || c.everywhere && l.reach.all {
		return []cond{bothSQL(c.cond, l.reach.residual())}
	}
	if l.reach.own != 0 || len(ranges) == 0 || len(ranges)*len(c.seeks) > 2*l.reach.merged {
		return nil
	}
	var out []cond
	for _, s := range c.seeks {
		for _, r := range ranges {
			out = append(out, bothSQL(s, r))
		}
	}
	return out
}

// smallest probes how many customers each clause lets through, up to a little
// more than fewRows, and returns the smallest; -1 when none can be probed.
func (l *listing) smallest(ctx context.Context, clauses []clause) (best int, size int64, err error) {
	best = -1
	for i := range clauses {
		n, err := l.probe(ctx, clauses[i])
		if err != nil {
			return -1, 0, err
		}
		if best < 0 || n < size {
			best, size = i, n
		}
	}
	if l.reach.own != 0 && len(l.reach.branches) == 0 {
		// One person's own customers are few enough to be read.
		if best < 0 || size > int64(l.d.bounds.few) {
			return len(clauses), int64(l.d.bounds.few), nil
		}
	}
	return best, size, nil
}

// driverSQL selects the ids that a clause lets through, unsorted.
func (l *listing) driverSQL(c clause) cond {
	where := bothSQL(c.cond, l.reach.residual())
	if c.wide {
		where = bothSQL(c.cond, aloneSQL(l.reach.residual()))
	}
	if c.tag {
		where = condOf("x.tag_id = ?", l.f.Tag)
		if !l.reach.all && len(l.reach.branches) > 0 && l.reach.own == 0 {
			where = bothSQL(where, manySQL("x.branch_id", l.reach.branches))
		}
		return cond{"SELECT x.customer_id AS id FROM customer_tags x WHERE " + where.text, where.args}
	}
	return cond{"SELECT c.id AS id FROM customers c WHERE c.deleted_at = 0 AND " + where.text, where.args}
}

func (l *listing) ownDriverSQL() cond {
	var parts []string
	var args []any
	for _, t := range l.reach.terms() {
		q := bothSQL(cond{text: "SELECT c.id AS id FROM customers c WHERE c.deleted_at = 0"}, t)
		parts, args = append(parts, q.text), append(args, q.args...)
	}
	return cond{strings.Join(parts, " UNION ALL "), args}
}

func (l *listing) merge(ctx context.Context, terms []cond, o order, at listPlace, from bool, n int) ([]listPlace, error) {
	each := l.d.each(n)
	if l.reach.alone() && o.column != "name_key" {
		each = n // in no order of the owner's index: of each range its first are picked out
	}
	return l.places(ctx, limitSQL(mergeSQL(terms, o, at, from, nil, each), "", n), o)
}

// collect fetches what one clause lets through, applies the others and sorts.
func (l *listing) collect(ctx context.Context, clauses []clause, best int, o order, at listPlace, from bool, n int) ([]listPlace, error) {
	var q cond
	where := l.reach.residual()
	switch {
	case best >= len(clauses) || best < 0 && l.reach.own != 0 && len(l.reach.branches) == 0:
		q = l.ownDriverSQL()
	case best < 0:
		q = bothSQL(cond{text: "SELECT c.id AS id FROM customers c WHERE c.deleted_at = 0"}, where)
	default:
		q = l.driverSQL(clauses[best])
	}
	for i, c := range clauses {
		if i != best {
			where = bothSQL(where, c.cond)
		}
	}
	var sides []string
	var sideArgs []any
	for _, a := range o.afterSQL(at, from) {
		if a.text != "" {
			sides, sideArgs = append(sides, "("+a.text+")"), append(sideArgs, a.args...)
		}
	}
	if len(sides) > 0 {
		where = bothSQL(where, cond{"(" + strings.Join(sides, " OR ") + ")", sideArgs})
	}
	q = joinSQL("c.id AS id, "+keySQL(o), q, exactLimit, where)
	return l.places(ctx, limitSQL(q, o.orderSQL(), n), o)
}

// look walks the sort's index over up to lookLimit rows and lets the clauses
// through. looked is how many rows it looked at, as far as that matters: less
// than lookLimit when the list came to its end.
func (l *listing) look(ctx context.Context, clauses []clause, terms []cond, o order, at listPlace, from bool, n int) (got []listPlace, looked int, err error) {
	columns := []string{}
	where := cond{}
	if len(terms) == 1 && terms[0].text == "" {
		where = l.reach.residual()
		if where.text != "" {
			columns = append(columns, "branch_id", "owner_id", "clerk_id")
		}
	}
	for _, c := range clauses {
		where = bothSQL(where, c.cond)
		columns = append(columns, c.columns...)
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	bound := l.d.bounds.look
	if l.whole {
		bound = 1 << 40
	}
	tail := ""
	if l.d.postgres {
		// SQLite hands on the inner order, row by row; told to sort, it would
		// read the inner query to its end first. PostgreSQL may join by hash.
		tail = o.orderSQL()
	}
	q := filterSQL(mergeSQL(terms, o, at, from, columns, l.d.each(bound)), bound, where)
	if got, err = l.places(ctx, limitSQL(q, tail, n), o); err != nil || len(got) >= n || l.whole {
		return got, 0, err
	}
	size, err := l.number(ctx, countSQL(mergeSQL(terms, o, at, from, nil, l.d.each(l.d.bounds.look)), l.d.bounds.look))
	return got, int(size), err
}

func (l *listing) places(ctx context.Context, q cond, o order) ([]listPlace, error) {
	if l.rows != nil {
		q = l.rows.joinSQL(q, o, l.d.postgres)
	}
	rows, err := l.d.query(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []listPlace
	var p listPlace
	into := []any{&p.id, &p.key}
	if o.column == "id" {
		into[1] = &p.id
	}
	if l.rows != nil {
		into = append(into, l.rows.into...)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if l.rows != nil {
			p.row = l.rows.keep(p.id)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
