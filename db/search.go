package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/policy"
	"yike/policy/find"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/pinyin"
)

// SearchLimit is how many customers a search shows.
const SearchLimit = 20

// Bounds of a search, which keep it as fast as a list at any size.
const (
	queryRunes = 64
	readFirst  = 50 // candidates read at once; most often that is enough
)

// searchBounds say how much of a frequent term is looked at; tests set small
// ones.
type searchBounds struct {
	candidates int // up to so many are sorted by name before they are compared
	reach      int // a reader of no more customers than this has all of them compared
	dense      int // of more candidates so many are compared
}

var defaultSearch = searchBounds{candidates: 1000, reach: 2000, dense: 4000}

// SearchHit is a customer that a search found.
type SearchHit struct {
	ID, BranchID, OwnerID, ClerkID int64
	Code, Name, ShortName          string
	Class, Stage                   string
	Exact                          bool   // the code or a phone is what was asked for
	Phone                          string // canonical: the number that was found, or the one called first
}

// wanted is a query as it is compared.
type wanted struct {
	text   string // folded
	latin  bool   // may be pinyin
	full   mask.PhoneQuery
	masked mask.PhoneQuery
}

func wantedOf(q string) wanted {
	if r := []rune(q); len(r) > queryRunes {
		q = string(r[:queryRunes])
	}
	w := wanted{text: find.Fold(q), full: mask.Search(q, mask.Full), masked: mask.Search(q, mask.Masked)}
	w.latin = w.text != "" && strings.Trim(w.text, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	return w
}

func (w wanted) none() bool {
	return utf8.RuneCountInString(w.text) < 2 && w.full.Match == mask.NoMatch
}

// inName says whether the text is found in a name: as written, as spelled, or
// by initials.
func (w wanted) inName(name string) bool {
	if name == "" || utf8.RuneCountInString(w.text) < 2 {
		return false
	}
	if strings.Contains(find.Fold(name), w.text) {
		return true
	}
	if !w.latin {
		return false
	}
	for _, r := range pinyin.Readings(name) {
		if strings.Contains(find.Fold(r.Full), w.text) || strings.Contains(find.Fold(r.Initials), w.text) {
			return true
		}
	}
	return false
}

// inCode says whether the text is the code, or three or more characters of it.
func (w wanted) inCode(code string) (found, exact bool) {
	c := find.Fold(code)
	exact = w.text != "" && c == w.text
	return exact || len(w.text) >= 3 && strings.Contains(c, w.text), exact
}

// inPhone says whether a number is found by a reader who sees it in full or not.
func (w wanted) inPhone(number string, full bool) (found, exact bool) {
	p := w.masked
	if full {
		p = w.full
	}
	digits := phone.SearchKey(number)
	switch p.Match {
	case mask.Whole:
		found = digits == p.Digits
	case mask.LastFour:
		found = phone.Last4(number) == p.Digits
	case mask.Fragment:
		found = strings.Contains(digits, p.Digits)
	}
	return found, found && digits == p.Digits
}

// alternatives are sets of grams; a candidate has all of one set: of names and
// codes, if words, and of phones.
func (w wanted) alternatives(words bool, phones ...mask.PhoneQuery) [][]string {
	var out [][]string
	add := func(kind rune, text string, n int) {
		if g := grams(nil, kind, text, n); len(g) > 0 {
			out = append(out, telling(kind, g))
		}
	}
	if words {
		add(gramName, w.text, 2)
		if w.latin {
			n := 3
			if len(w.text) == 2 {
				n = 2
			}
			add(gramPinyin, w.text, n)
			add(gramInitials, w.text, n)
		}
		add(gramCode, w.text, 3)
	}
	for _, p := range phones {
		if p.Match != mask.NoMatch {
			add(gramDigits, p.Digits, 3)
		}
	}
	slices.SortFunc(out, slices.Compare)
	return slices.CompactFunc(out, slices.Equal)
}

// commonSpelling are the triples of letters that stand in most names, so that
// they say little and cost much to intersect.
const commonSpelling = " ang eng ing ong ian uan iao gon ngs gsi you oux uxi xia ngx nxi hua zho hon hen ngh ngz uyo ngy "

// telling leaves out the grams that the others make all but certain, since the
// cost of an intersection is the length of its lists: of a number three that
// do not overlap, from its end, and of a spelling the frequent ones.
func telling(kind rune, g []string) []string {
	var out []string
	switch kind {
	case gramDigits:
		for i := len(g) - 1; i >= 0 && len(out) < 3; i -= 3 {
			out = append(out, g[i])
		}
		if n := len(g); n == 2 || n == 3 { // four or five digits
			out = append(out, g[0])
		}
	case gramPinyin:
		for _, t := range g {
			if !strings.Contains(commonSpelling, " "+t[1:]+" ") {
				out = append(out, t)
			}
		}
	}
	if len(out) == 0 {
		out = g
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// candidateSQL selects the ids of customers that have all grams of one of the
// sets: the one read for which each engine has its own SQL.
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
		for _, s := range sets {
			parts, args = append(parts, "s.grams @> CAST(? AS TEXT[])"), append(args, s)
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
	return condOf("SELECT rowid AS id FROM customer_search WHERE customer_search MATCH ?", match)
}

// newestSQL orders candidates where that costs nothing.
func (d *DB) newestSQL() string {
	if d.postgres {
		return ""
	}
	return " ORDER BY rowid DESC"
}

// SearchCustomers finds the customers that the scope sees by a fragment of the
// name or short name, by pinyin or initials (two characters or more), by code,
// or by three or more digits of a phone. In files beyond full, where the
// reader sees phones masked, a phone is found by the whole number or its last
// four digits only. Exact codes and numbers come first, then names in order;
// more says that there are more than SearchLimit.
//
// Up to a thousand candidates what is found equals a scan of every file; also
// for a reader of no more than two thousand customers. A term more frequent
// than that is to be made longer: of its hits those are shown whose names
// begin with it, the first ones by name, then the newest files. Each of them
// is a hit of the scan, and more says that they are not all.
func (d *DB) SearchCustomers(ctx context.Context, scope, full policy.Scope, q string) (hits []SearchHit, more bool, err error) {
	w := wantedOf(q)
	s := search{d: d, scope: scope, full: full, w: w, seen: map[int64]bool{}}
	r := d.reach(scope, 0)
	if r.empty {
		return nil, false, nil
	}
	err = s.exactCode(ctx, q)
	if err == nil && !w.none() {
		// Where phones are read in full in fewer files than names are, a
		// fragment of a number is sought in those alone.
		if f := d.reach(full, 0); s.w.full == s.w.masked || slices.Equal(f.branches, r.branches) && f.all == r.all && f.own == r.own {
			err = s.run(ctx, r, w.alternatives(true, w.full, w.masked))
		} else {
			err = errors.Join(s.run(ctx, r, w.alternatives(true, w.masked)), s.run(ctx, f, w.alternatives(false, w.full)))
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
	key string
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

// exactCode finds the code as typed, however short.
func (s *search) exactCode(ctx context.Context, q string) error {
	q = strings.TrimSpace(q)
	if q == "" || len(q) > 100 {
		return nil
	}
	return s.check(ctx, condOf("SELECT "+hitColumns+" FROM customers c WHERE c.code IN (?, ?) AND c.deleted_at = 0", q, strings.ToUpper(q)))
}

// run seeks the grams in a reach.
func (s *search) run(ctx context.Context, r reach, sets [][]string) error {
	if r.empty || len(sets) == 0 {
		return nil
	}
	bound := s.d.searches.candidates
	l := &listing{d: s.d, reach: r}
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
	return idsSQL(q.text+d.newestSQL()+" LIMIT ? OFFSET ?", append(slices.Clone(q.args), size, at)...)
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
		ids := limitSQL(mergeSQL(begins, order{column: "name_key"}, listPlace{}, false, nil), "", 2*SearchLimit)
		if err := s.check(ctx, joinSQL(hitColumns, idsSQL(ids.text, ids.args...), 2*SearchLimit, cond{})); err != nil || enough() {
			return err
		}
	}
	where, most := l.reach.residual(), s.d.searches.dense
	for at, size := 0, readFirst; at < most && !enough(); at, size = at+size, min(4*size, most-at-size) {
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
	rows, err := s.d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []ranked
	var ids []int64
	for rows.Next() {
		var h ranked
		if err := rows.Scan(&h.ID, &h.BranchID, &h.OwnerID, &h.ClerkID, &h.Code, &h.Name, &h.ShortName, &h.Class, &h.Stage, &h.key); err != nil {
			return err
		}
		if !s.seen[h.ID] && s.d.sees(s.scope, h.BranchID, h.OwnerID, h.ClerkID) {
			list, ids = append(list, h), append(ids, h.ID)
		}
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return err
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
				return err
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
	return nil
}
