package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/mask"
	"yike/policy/pinyin"
)

// SearchLimit is how many customers a search shows.
const SearchLimit = 20

// Bounds of a search, which keep it as fast as a list at any size.
const (
	queryRunes = 64
	readFirst  = 32 // candidates read at once; most often that is enough
)

// searchBounds say how much of a frequent term is looked at; tests set small
// ones.
type searchBounds struct {
	candidates int // up to so many are sorted by name before they are compared
	reach      int // a reader of no more customers than this has all of them compared
	dense      int // of more candidates so many are compared

	// On SQLite, where candidates come in order:
	look int // so many candidates are compared at most
	own  int // after so many for one who sees their own, these are walked by name
}

var defaultSearch = searchBounds{candidates: 1000, reach: 2000, dense: 4000, look: 20_000, own: 2000}

// SearchHit is a customer that a search found.
type SearchHit struct {
	ID, BranchID, OwnerID, ClerkID int64
	Code, Name, ShortName          string
	Class, Stage                   string
	Exact                          bool   // the code or a phone is what was asked for
	Phone                          string // canonical: the number that was found, or the one called first
}

// candidateSQL selects the ids (SQLite: the ranks) of customers that have all
// grams of one of the sets: the one read for which each engine has its own SQL.
func (d *DB) candidateSQL(sets [][]string, r reach) cond {
	var branches []string
	if !r.all && r.own == 0 && len(r.branches) <= r.merged {
		for _, id := range r.branches {
			branches = append(branches, branchGram(id))
		}
	}
	if d.postgres {
		var parts []string
		var args []any
		var single []string
		for _, s := range sets {
			if len(s) == 1 {
				single = append(single, s[0])
				continue
			}
			parts, args = append(parts, "s.grams @> CAST(? AS TEXT[])"), append(args, s)
		}
		if single != nil {
			parts, args = append(parts, "s.grams && CAST(? AS TEXT[])"), append(args, single)
		}
		q := cond{"SELECT s.customer_id AS id FROM customer_search s WHERE (" + strings.Join(parts, " OR ") + ")", args}
		if len(branches) == 1 {
			q = bothSQL(q, condOf("s.grams @> CAST(? AS TEXT[])", branches))
		}
		return q
	}
	var any []string
	for _, s := range sets {
		any = append(any, `("`+strings.Join(s, `" AND "`)+`")`)
	}
	match := strings.Join(any, " OR ")
	if len(branches) > 0 {
		match = `("` + strings.Join(branches, `" OR "`) + `") AND (` + match + ")"
	}
	return condOf("SELECT f.rowid AS rank FROM customer_search f WHERE customer_search MATCH ?", match)
}

// rankedSQL reads the next candidates in the order of ranks, each customer
// with its rank; SQLite only.
func rankedSQL(q cond, after int64, size int) cond {
	q = bothSQL(q, condOf("f.rowid > ? ORDER BY f.rowid LIMIT ?", after, size))
	return cond{"SELECT " + hitColumns + ", c.deleted_at, f.rank FROM (" + q.text + ") f CROSS JOIN customer_search_rows r ON r.rank = f.rank CROSS JOIN customers c WHERE c.id = r.customer_id", q.args}
}

// lastRankSQL is the rank of the last of them, if there are as many.
func lastRankSQL(q cond, after int64, size int) cond {
	return bothSQL(q, condOf("f.rowid > ? ORDER BY f.rowid LIMIT 1 OFFSET ?", after, size-1))
}

// SearchCustomers finds the customers that the scope sees by a fragment of the
// name or short name, by pinyin or initials (two characters or more), by code,
// or by three or more digits of a phone. In files beyond full, where the
// reader sees phones masked, a phone is found by the whole number or its last
// four digits only. Exact codes and numbers come first, then names in order;
// more says that there are more than SearchLimit.
//
// On SQLite what is found equals the first hits of a scan, however frequent
// the term: candidates come in the order of names. On PostgreSQL that holds up
// to a thousand candidates; a term more frequent than that is to be made
// longer: of its hits those are shown whose names begin with it, the first ones
// by name, then others. Each of them is a hit of the scan, and more says that
// they are not all.
func (d *DB) SearchCustomers(ctx context.Context, scope, full policy.Scope, q string) (hits []SearchHit, more bool, err error) {
	w := wantedOf(q)
	s := search{d: d, scope: scope, full: full, w: w, seen: map[int64]bool{}}
	r := d.reach(scope, 0)
	if r.empty {
		return nil, false, nil
	}
	if w.text != "" || !w.none() {
		// Where phones are read in full in fewer files than names are, a
		// fragment of a number is sought in those alone.
		if f := d.reach(full, 0); w.full == w.masked || f.same(r) {
			err = s.both(ctx, r, true, w.full, w.masked)
		} else {
			err = errors.Join(s.both(ctx, r, true, w.masked), s.both(ctx, f, false, w.full))
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	slices.SortStableFunc(s.hits, func(a, b ranked) int {
		if a.Exact != b.Exact {
			if a.Exact {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.ID, b.ID))
	})
	for i, h := range s.hits {
		if i == SearchLimit {
			return hits, true, nil
		}
		hits = append(hits, h.SearchHit)
	}
	return hits, s.part, nil
}

type ranked struct {
	SearchHit
	key  string
	rank int64 // SQLite only
}

func (r reach) same(o reach) bool {
	return slices.Equal(r.branches, o.branches) && r.all == o.all && r.own == o.own
}

// search is one search on its way.
type search struct {
	d           *DB
	scope, full policy.Scope
	w           wanted
	hits        []ranked
	seen        map[int64]bool // those among hits
	part        bool           // there are candidates that were not compared
}

// both seeks what is asked by the whole of its code or number, which is shown
// first, and then what has it in any part.
func (s *search) both(ctx context.Context, r reach, words bool, phones ...mask.PhoneQuery) error {
	err := s.run(ctx, r, s.w.wholes(words, phones...))
	if s.w.none() {
		return err // the code, however short, and nothing else
	}
	return errors.Join(err, s.run(ctx, r, s.w.alternatives(words, phones...)))
}

// run seeks the grams in a reach.
func (s *search) run(ctx context.Context, r reach, sets [][]string) error {
	if r.empty || len(sets) == 0 {
		return nil
	}
	bound := s.d.searches.candidates
	l := &listing{d: s.d, reach: r}
	if !s.d.postgres {
		return s.inOrder(ctx, l, sets)
	}
	q := s.d.candidateSQL(sets, r)
	n, err := l.number(ctx, countSQL(q, bound+1))
	if err != nil || n == 0 {
		return err
	}
	if n <= int64(bound) {
		return s.byName(ctx, joinSQL(hitColumns, q, bound, r.residual()), int(n))
	}
	// Many: the reader's own customers and those of branches are two things.
	if r.own != 0 && len(r.branches) > 0 {
		branches, own := r, r
		branches.own, own.branches = 0, nil
		return errors.Join(s.run(ctx, branches, sets), s.run(ctx, own, sets))
	}
	if ids, ok := l.everySQL(); ok {
		n, err := l.number(ctx, countSQL(ids, s.d.searches.reach+1))
		if err != nil {
			return err
		}
		if n <= int64(s.d.searches.reach) {
			return s.byName(ctx, joinSQL(hitColumns, ids, s.d.searches.reach, cond{}), int(n))
		}
	}
	return s.dense(ctx, l, q)
}

// inOrder reads candidates in the order of ranks until enough are found;
// SQLite only.
func (s *search) inOrder(ctx context.Context, l *listing, sets [][]string) error {
	if l.reach.own != 0 && len(l.reach.branches) > 0 {
		branches, own := l.reach, l.reach
		branches.own, own.branches = 0, nil
		return errors.Join(s.run(ctx, branches, sets), s.run(ctx, own, sets))
	}
	q := s.d.candidateSQL(sets, l.reach)
	before, own := len(s.hits), l.reach.own != 0
	after, size, most := int64(-1), readFirst, s.d.searches.look
	if own {
		// Of the company's candidates few are the reader's.
		size, most = 8*readFirst, s.d.searches.own
	}
	for looked := 0; looked < most; {
		read := rankedSQL(q, after, size)
		var n int
		var last int64
		var err error
		if own {
			if last, err = l.number(ctx, lastRankSQL(q, after, size)); err != nil {
				return err
			}
			if last != 0 {
				n = size
			}
			_, _, err = s.compare(ctx, bothSQL(read, l.reach.residual()), true)
		} else {
			n, last, err = s.compare(ctx, read, true)
		}
		if err != nil || n < size {
			return err
		}
		// Those of the last code may have neighbours that were not read yet.
		settled := 0
		for _, h := range s.hits[before:] {
			if h.rank>>rankBits < last>>rankBits {
				settled++
			}
		}
		if settled > SearchLimit {
			return nil
		}
		looked, after, size = looked+n, last, min(2*size, 800)
	}
	if own {
		// A term that is frequent in the company, for one who sees few files of
		// it: their own are walked by name instead.
		return s.ownInOrder(ctx, l)
	}
	s.part = true
	return nil
}

// ownInOrder compares the reader's own files, by name, until enough are found.
func (s *search) ownInOrder(ctx context.Context, l *listing) error {
	before, o := len(s.hits), order{column: "name_key"}
	walk := mergeSQL(l.reach.terms(), o, listPlace{}, false, nil, 0)
	for at, size := 0, readFirst; at < s.d.searches.look; at, size = at+size, min(2*size, 800) {
		page := cond{"SELECT id FROM (" + walk.text + " LIMIT ? OFFSET ?) w", append(slices.Clone(walk.args), size, at)}
		n, _, err := s.compare(ctx, joinSQL(hitColumns, page, size, cond{}), false)
		if err != nil || n < size || len(s.hits)-before > SearchLimit {
			return err
		}
	}
	s.part = true
	return nil
}

// everySQL selects the ids of all customers of a reach; not for the whole company.
func (l *listing) everySQL() (cond, bool) {
	switch {
	case l.reach.all:
		return cond{}, false
	case l.reach.terms() == nil:
		return bothSQL(cond{text: "SELECT c.id AS id FROM customers c WHERE c.deleted_at = 0"}, l.reach.residual()), true
	}
	return l.ownDriverSQL(), true
}

// byName compares n candidates in the order of names until enough are found.
func (s *search) byName(ctx context.Context, q cond, n int) error {
	q.text += " ORDER BY c.name_key, c.id LIMIT ? OFFSET ?"
	before := len(s.hits)
	for at, size := 0, readFirst; at < n; at, size = at+size, n {
		// What may be a whole code or number can stand last by name.
		if len(s.hits)-before > SearchLimit && !strings.ContainsAny(s.w.text, "0123456789") {
			return nil
		}
		if err := s.check(ctx, cond{q.text, append(slices.Clone(q.args), size, at)}); err != nil {
			return err
		}
	}
	return nil
}

// idsSQL makes a source of ids of a query that was put together here.
func idsSQL(query string, args ...any) cond {
	return cond{"SELECT id FROM (" + query + ") b", args}
}

// pieceSQL is a piece of the candidates, from the newest file on.
func (d *DB) pieceSQL(q cond, size, at int) cond {
	return idsSQL(q.text+" LIMIT ? OFFSET ?", append(slices.Clone(q.args), size, at)...)
}

// dense compares some of many candidates: first the names that begin with the
// term, then from the newest file on.
func (s *search) dense(ctx context.Context, l *listing, q cond) error {
	before := len(s.hits)
	enough := func() bool { return len(s.hits)-before > SearchLimit }
	if s.w.text != "" {
		key := pinyin.Key(s.w.text)
		terms, where := l.reach.terms(), cond{}
		if terms == nil {
			terms, where = []cond{{}}, l.reach.residual()
		}
		begins := make([]cond, len(terms))
		for i, t := range terms {
			begins[i] = bothSQL(bothSQL(t, where), condOf("c.name_key >= ? AND c.name_key < ?", key, key+"~"))
		}
		ids := limitSQL(mergeSQL(begins, order{column: "name_key"}, listPlace{}, false, nil, 2*SearchLimit), "", 2*SearchLimit)
		if err := s.check(ctx, joinSQL(hitColumns, idsSQL(ids.text, ids.args...), 2*SearchLimit, cond{})); err != nil || enough() {
			return err
		}
	}
	where, most, first := l.reach.residual(), s.d.searches.dense, readFirst
	if l.reach.own != 0 {
		first = most // of the company's few are the reader's, and each piece asks the index anew
	}
	for at, size := 0, first; at < most && !enough(); at, size = at+size, min(4*size, most-at-size) {
		if err := s.check(ctx, joinSQL(hitColumns, s.d.pieceSQL(q, size, at), size, where)); err != nil {
			return err
		}
	}
	if enough() {
		return nil
	}
	n, err := l.number(ctx, countSQL(q, most+1))
	s.part = s.part || n > int64(most)
	return err
}

const hitColumns = "c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.code, c.name, c.short_name, c.class, c.stage, c.name_key"

// check compares customers with the query and keeps those that are found.
func (s *search) check(ctx context.Context, q cond) error {
	_, _, err := s.compare(ctx, q, false)
	return err
}

// compare does so and says how many rows the query gave; when it is one of
// rankedSQL, also the rank of the last.
func (s *search) compare(ctx context.Context, q cond, byRank bool) (n int, last int64, err error) {
	rows, err := s.d.query(ctx, q)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var list []ranked
	var ids []int64
	for rows.Next() {
		var h ranked
		var deleted int64
		into := []any{&h.ID, &h.BranchID, &h.OwnerID, &h.ClerkID, &h.Code, &h.Name, &h.ShortName, &h.Class, &h.Stage, &h.key}
		if byRank {
			into = append(into, &deleted, &h.rank)
		}
		if err := rows.Scan(into...); err != nil {
			return 0, 0, err
		}
		n, last = n+1, h.rank
		if deleted == 0 && !s.seen[h.ID] && s.d.sees(s.scope, h.BranchID, h.OwnerID, h.ClerkID) {
			list, ids = append(list, h), append(ids, h.ID)
		}
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return n, last, err
	}
	rows.Close()
	numbers := map[int64][]string{}
	if s.w.full.Match != mask.NoMatch {
		for part := range slices.Chunk(ids, 4*PageSize) {
			padded := make([]int64, (len(part)+PageSize-1)/PageSize*PageSize)
			copy(padded, part)
			in := manySQL("p.customer_id", padded)
			if err := s.d.eachPair(ctx, cond{"SELECT p.customer_id, p.number FROM phones p WHERE " + in.text + " ORDER BY p.customer_id, CASE WHEN p.contact_id IS NULL THEN 0 ELSE 1 END, p.position", in.args},
				func(id int64, n string) { numbers[id] = append(numbers[id], n) }); err != nil {
				return 0, 0, err
			}
		}
	}
	for _, h := range list {
		found, exact := s.w.inCode(h.Code)
		full := s.d.sees(s.full, h.BranchID, h.OwnerID, h.ClerkID)
		for _, n := range numbers[h.ID] {
			if f, e := s.w.inPhone(n, full); f && (h.Phone == "" || e) {
				found, exact, h.Phone = true, exact || e, n
			}
		}
		if found || s.w.inName(h.Name) || s.w.inName(h.ShortName) {
			h.Exact = exact
			if h.Phone == "" && len(numbers[h.ID]) > 0 {
				h.Phone = numbers[h.ID][0]
			}
			s.seen[h.ID] = true
			s.hits = append(s.hits, h)
		}
	}
	return n, last, nil
}
