package db

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"yike/policy"
	"yike/policy/profile"
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

// CustomerFilter says which customers a list shows, and from where. The zero
// value is all of them by name.
type CustomerFilter struct {
	Branch   int64    // with all below it
	Owner    int64    // account manager or rep
	Clerk    int64    // service clerk
	NoOwner  bool     // only those that nobody looks after
	Classes  []string // "A"…; "none" for those without
	Stage    string
	Kind     string
	Source   string
	State    string
	Tag      int64
	Place    string // division code of a province (33…) or a city
	NotSince string // day: last visited before it, or never
	Since    string // day: visited on it or later
	Before   string // day: the file was opened before it
	Gap      string // lacks a field that the data-entry standard asks for; GapAny, GapMust
	Never    bool   // never visited

	Sort   string // "" is SortName
	Desc   bool
	Cursor string // of CustomerPage; "" is the first page
	Limit  int    // rows; 0 is PageSize

	// What a row carries besides its own columns.
	WithPhones, WithTags bool
	// Columns, when set, are those of the list that are shown: what stands in
	// others only is not read. Ids, code, name and class are always there.
	Columns []string
}

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

// cond is a piece of a WHERE clause over "customers c", with ? for each value.
type cond struct {
	text string
	args []any
}

func condOf(text string, args ...any) cond { return cond{text, args} }

// clause is one filter: its condition, the columns it reads, and the ranges of
// the index in which its customers stand together.
type clause struct {
	cond
	columns []string
	seeks   []cond // one per value; each is the beginning of an index
	named   bool   // that index goes on by name, after the branch
	wide    bool   // … and needs no branch before the name (owner, clerk)
	tag     bool

	everywhere bool // … and needs none over the whole company
}

// reach is where a list looks: whole branches, and the reader's own customers
// in the others.
type reach struct {
	branches []int64
	all      bool
	own      int64
	within   []int64 // the branches in which "own" counts; nil for everywhere
	empty    bool
	merged   int // so many branches are merged
}

func (d *DB) reach(scope policy.Scope, branch int64) reach {
	list, all := d.branchIDs(scope)
	r := reach{branches: list, all: all, own: scope.Own(), merged: d.bounds.terms}
	if branch != 0 {
		below := d.tree.Load().below[branch]
		r.branches, r.all, r.within = nil, false, below
		for _, id := range below {
			if all || slices.Contains(list, id) {
				r.branches = append(r.branches, id)
			}
		}
		r.empty = len(below) == 0
	}
	if r.all || branch != 0 && len(r.branches) == len(r.within) {
		r.own = 0
	}
	r.empty = r.empty || !r.all && len(r.branches) == 0 && r.own == 0
	return r
}

// manySQL writes "column IN (?, …)".
func manySQL(column string, ids []int64) cond {
	c := cond{text: column + " IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"}
	for _, id := range ids {
		c.args = append(c.args, id)
	}
	return c
}

// residual is the reach as a condition; the zero cond for the whole company.
func (r reach) residual() cond {
	if r.all {
		return cond{}
	}
	var parts []string
	var args []any
	if len(r.branches) > 0 {
		in := manySQL("c.branch_id", r.branches)
		parts, args = append(parts, in.text), append(args, in.args...)
	}
	if r.own != 0 {
		own := r.ownSQL()
		parts, args = append(parts, own.text), append(args, own.args...)
	}
	return cond{"(" + strings.Join(parts, " OR ") + ")", args}
}

func (r reach) ownSQL() cond {
	own := condOf("(c.owner_id = ? OR c.clerk_id = ?)", r.own, r.own)
	if r.within != nil {
		in := manySQL("c.branch_id", r.within)
		own = cond{"(" + own.text + " AND " + in.text + ")", append(own.args, in.args...)}
	}
	return own
}

// terms is the reach as ranges of an index that begins with the branch, the
// owner or the clerk, without overlap; nil when they would be too many, and
// then the index over the whole company is walked.
func (r reach) terms() []cond {
	if len(r.branches) > r.merged {
		return nil
	}
	var out []cond
	for _, id := range r.branches {
		out = append(out, condOf("c.branch_id = ?", id))
	}
	return append(out, r.ownTerms()...)
}

// ownTerms are the ranges of the reader's own customers outside the branches.
func (r reach) ownTerms() (out []cond) {
	if r.own == 0 {
		return nil
	}
	for _, t := range []cond{
		condOf("c.owner_id = ?", r.own),
		condOf("c.clerk_id = ? AND (c.owner_id IS NULL OR c.owner_id <> ?)", r.own, r.own),
	} {
		if r.within != nil {
			t = bothSQL(t, manySQL("c.branch_id", r.within))
		}
		if len(r.branches) > 0 {
			in := manySQL("c.branch_id", r.branches)
			t = bothSQL(t, cond{"NOT " + in.text, in.args})
		}
		out = append(out, t)
	}
	return out
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

// valuesSQL is a clause over one column that holds one of some words.
func valuesSQL(column string, words ...string) clause {
	c := clause{columns: []string{column}, named: true}
	var marks []string
	for _, w := range words {
		if w == "none" {
			w = ""
		}
		c.seeks = append(c.seeks, condOf("c."+column+" = ?", w))
		c.args = append(c.args, w)
		marks = append(marks, "?")
	}
	c.text = "c." + column + " IN (" + strings.Join(marks, ", ") + ")"
	if len(words) == 1 {
		c.text = c.seeks[0].text
	}
	return c
}

// clauses turns the filter into conditions, without the branch, which is part
// of the reach.
func (f CustomerFilter) clauses() []clause {
	var out []clause
	for _, w := range []struct {
		column string
		words  []string
	}{{"class", f.Classes}, {"stage", one(f.Stage)}, {"kind", one(f.Kind)}, {"source", one(f.Source)}, {"state", one(f.State)}} {
		if len(w.words) > 0 {
			out = append(out, valuesSQL(w.column, w.words...))
		}
	}
	person := func(c cond, column string) {
		out = append(out, clause{cond: c, columns: []string{column}, seeks: []cond{c}, named: true, wide: true})
	}
	if f.Owner != 0 {
		person(condOf("c.owner_id = ?", f.Owner), "owner_id")
	}
	if f.NoOwner {
		// Unlike one person's, these stand in every branch: an index of their own
		// goes on by branch and name. No key is empty; naming it makes SQLite
		// count by that index and not by one of all customers of the branch.
		c := condOf("c.owner_id IS NULL AND c.name_key > ''")
		out = append(out, clause{cond: c, columns: []string{"name_key", "owner_id"}, seeks: []cond{c}, named: true, everywhere: true})
	}
	if f.Clerk != 0 {
		person(condOf("c.clerk_id = ?", f.Clerk), "clerk_id")
	}
	if f.Tag != 0 {
		out = append(out, clause{
			cond: condOf("EXISTS (SELECT 1 FROM customer_tags x WHERE x.customer_id = c.id AND x.tag_id = ?)", f.Tag), tag: true,
		})
	}
	switch {
	case strings.HasSuffix(f.Place, "0000"): // a province: the cities that begin with its two digits
		c := condOf("c.city_code >= ? AND c.city_code < ?", f.Place[:2], f.Place[:2]+"~")
		out = append(out, clause{cond: c, columns: []string{"city_code"}, seeks: []cond{c}})
	case f.Place != "":
		out = append(out, valuesSQL("city_code", f.Place))
	}
	if f.Before != "" {
		c := condOf("c.created_at < ?", dayStart(dayParsed(f.Before)))
		out = append(out, clause{cond: c, columns: []string{"created_at"}})
	}
	visit := func(c cond) {
		out = append(out, clause{cond: c, columns: []string{"last_visit_on"}, seeks: []cond{c}})
	}
	if f.Never {
		visit(condOf("c.last_visit_on = ?", ""))
	}
	if f.NotSince != "" {
		visit(condOf("c.last_visit_on < ?", f.NotSince))
	}
	if f.Since != "" {
		visit(condOf("c.last_visit_on >= ?", f.Since))
	}
	return out
}

func one(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}

// Filters says how many filters are set, beside the sort.
func (f CustomerFilter) Filters() int {
	n := len(f.clauses())
	if f.Branch != 0 {
		n++
	}
	if f.Gap != "" {
		n++
	}
	return n
}

// order is how a list is sorted: by a key that is not null, then by id.
type order struct {
	column string // "id" for no other key
	desc   bool
}

func (f CustomerFilter) order() order {
	switch f.Sort {
	case SortCode:
		return order{"code", f.Desc}
	case SortVisit:
		return order{"last_visit_on", f.Desc}
	case SortCreated:
		return order{"id", f.Desc}
	}
	return order{"name_key", f.Desc}
}

// listPlace is where in a list a row stands.
type listPlace struct {
	class string // with SortClass
	key   string
	id    int64
	row   int // among those that were read with it
}

// cursor of a page: direction, sort, and the place it goes on from.
func (f CustomerFilter) cursor(back bool, at listPlace) string {
	way := "n"
	if back {
		way = "p"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{
		way, f.sortWord(), at.class, strconv.FormatInt(at.id, 36), at.key}, "\x00")))
}

func (f CustomerFilter) sortWord() string {
	w := f.Sort
	if w == "" {
		w = SortName
	}
	if f.Desc {
		w += "-"
	}
	return w
}

// parseCursor reads a cursor; ok is false for none, for one of another sort and
// for one that nobody made, which all mean the first page.
func (f CustomerFilter) parseCursor() (back bool, at listPlace, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	parts := strings.SplitN(string(b), "\x00", 5)
	if err != nil || len(parts) != 5 || parts[1] != f.sortWord() || parts[0] != "n" && parts[0] != "p" {
		return false, at, false
	}
	id, err := strconv.ParseInt(parts[3], 36, 64)
	if err != nil || id <= 0 || strings.ContainsRune(parts[4], 0) || !profile.Known(profile.Classes, parts[2]) {
		return false, at, false
	}
	return parts[0] == "p", listPlace{class: parts[2], key: parts[4], id: id}, true
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
	l.rows = f.rowReader()
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
	f.Sort, f.Desc, f.Cursor, f.Limit, f.WithPhones, f.WithTags, f.Columns = "", false, "", 0, false, false, nil
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
		l.rows = f.rowReader()
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

// alone says that the reach is one person's own customers, which are few enough
// to be read: by the index of the owner, which has in it what is mostly asked.
func (r reach) alone() bool { return r.own != 0 && len(r.branches) == 0 && !r.empty }

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

// aloneSQL is a reach that only lets rows through. Beside one person's
// customers SQLite would rather read all customers of a branch.
func aloneSQL(reach cond) cond {
	return cond{strings.ReplaceAll(reach.text, "c.branch_id IN", "+c.branch_id IN"), reach.args}
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

func (l *listing) probe(ctx context.Context, c clause) (int64, error) {
	return l.number(ctx, countSQL(l.driverSQL(c), l.d.bounds.few+1))
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
		n, err = l.number(ctx, countSQL(cond{strings.Join(parts, " UNION ALL "), args}, limit))
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
