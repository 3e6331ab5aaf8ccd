package db

import (
	"cmp"
	"context"
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

// A search first fetches this many candidates; when there are more, it walks
// the list by name instead, where those of a frequent term are met soon, and
// only when they are not it fetches all.
const (
	sparseHits = 400
	walkStep   = 250
	walkAtMost = 6000
	queryRunes = 64
)

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

// alternatives are sets of grams; a candidate has all of one set.
func (w wanted) alternatives() [][]string {
	var out [][]string
	add := func(kind rune, text string, n int) {
		if g := grams(nil, kind, text, n); len(g) > 0 {
			slices.Sort(g)
			out = append(out, slices.Compact(g))
		}
	}
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
	for _, p := range []mask.PhoneQuery{w.full, w.masked} {
		if p.Match != mask.NoMatch {
			add(gramDigits, p.Digits, 3)
		}
	}
	slices.SortFunc(out, slices.Compare)
	return slices.CompactFunc(out, slices.Equal)
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

// SearchCustomers finds the customers that the scope sees by a fragment of the
// name or short name, by pinyin or initials (two characters or more), by code,
// or by three or more digits of a phone. In files beyond full, where the
// reader sees phones masked, a phone is found by the whole number or its last
// four digits only. Exact codes and numbers come first, then names in order;
// more says that there are more than SearchLimit. What is found equals a scan
// of every file.
func (d *DB) SearchCustomers(ctx context.Context, scope, full policy.Scope, q string) (hits []SearchHit, more bool, err error) {
	w := wantedOf(q)
	s := search{d: d, scope: scope, full: full, w: w, listing: d.listing(scope, CustomerFilter{})}
	if s.listing.reach.empty {
		return nil, false, nil
	}
	if err := s.exactCode(ctx, q); err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	if sets := w.alternatives(); !w.none() && len(sets) > 0 {
		if err := s.run(ctx, sets); err != nil {
			return nil, false, fmt.Errorf("search: %w", err)
		}
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
	return hits, false, nil
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
	listing     *listing
	hits        []ranked
	seen        map[int64]bool
}

// exactCode finds the code as typed, however short.
func (s *search) exactCode(ctx context.Context, q string) error {
	q = strings.TrimSpace(q)
	if q == "" || len(q) > 100 {
		return nil
	}
	rows, err := s.d.query(ctx, condOf("SELECT c.id FROM customers c WHERE c.code IN (?, ?) AND c.deleted_at = 0", q, strings.ToUpper(q)))
	if err != nil {
		return err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return err
	}
	return s.check(ctx, ids)
}

func (s *search) run(ctx context.Context, sets [][]string) error {
	q := s.d.candidateSQL(sets, s.listing.reach)
	ids, err := s.sorted(ctx, q, sparseHits)
	if err != nil {
		return err
	}
	if len(ids) < sparseHits {
		return s.checkAll(ctx, ids)
	}
	done, err := s.walk(ctx)
	if err != nil || done {
		return err
	}
	if ids, err = s.sorted(ctx, q, exactLimit); err != nil {
		return err
	}
	return s.checkAll(ctx, ids)
}

// sorted returns the candidates by name; as many as the bound when there are
// that many or more, and then not the first ones by name.
func (s *search) sorted(ctx context.Context, q cond, bound int) ([]int64, error) {
	if bound == sparseHits {
		n, err := s.listing.number(ctx, countSQL(q, bound))
		if err != nil {
			return nil, err
		}
		if n >= int64(bound) {
			return make([]int64, bound), nil
		}
	}
	o := order{column: "name_key"}
	list, err := s.listing.places(ctx, limitSQL(joinSQL("c.id AS id, "+keySQL(o), q, bound, s.listing.reach.residual()), o.orderSQL(), bound), o)
	ids := make([]int64, len(list))
	for i, p := range list {
		ids[i] = p.id
	}
	return ids, err
}

// walk goes through the list by name; done says that enough was found, or that
// the list ended.
func (s *search) walk(ctx context.Context) (done bool, err error) {
	if s.listing.reach.terms() == nil && !s.listing.reach.all {
		return false, nil
	}
	at, from := listPlace{}, false
	for walked := 0; walked < walkAtMost; walked += walkStep {
		list, _, err := s.listing.run(ctx, nil, at, from, false, walkStep)
		if err != nil {
			return false, err
		}
		ids := make([]int64, len(list))
		for i, p := range list {
			ids[i] = p.id
		}
		if err := s.check(ctx, ids); err != nil {
			return false, err
		}
		if len(s.hits) > SearchLimit || len(list) < walkStep {
			return true, nil
		}
		if walked >= 4*walkStep && len(s.hits) < SearchLimit/5 {
			return false, nil // not as frequent as that, in this order
		}
		at, from = list[len(list)-1], true
	}
	return false, nil
}

// checkAll compares candidates, sorted by name, until enough are found.
func (s *search) checkAll(ctx context.Context, ids []int64) error {
	for part := range slices.Chunk(ids, PageSize) {
		// Among few candidates an exact one may stand last; among many it cannot
		// be a whole number or code, which no two hundred files have.
		if len(s.hits) > SearchLimit && len(ids) >= sparseHits {
			return nil
		}
		if err := s.check(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// check compares the candidates with the query, in the order given, and keeps
// those that are found.
func (s *search) check(ctx context.Context, ids []int64) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return s.seen[id] })
	if len(ids) == 0 {
		return nil
	}
	if s.seen == nil {
		s.seen = map[int64]bool{}
	}
	index := make(map[int64]int, len(ids))
	list := make([]ranked, len(ids))
	for i, id := range ids {
		index[id] = i
	}
	padded := make([]int64, (len(ids)+PageSize-1)/PageSize*PageSize)
	copy(padded, ids)
	in := manySQL("c.id", padded)
	rows, err := s.d.query(ctx, cond{"SELECT c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.code, c.name, c.short_name, c.class, c.stage, c.name_key FROM customers c WHERE c.deleted_at = 0 AND " + in.text, in.args})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var h ranked
		if err := rows.Scan(&h.ID, &h.BranchID, &h.OwnerID, &h.ClerkID, &h.Code, &h.Name, &h.ShortName, &h.Class, &h.Stage, &h.key); err != nil {
			return err
		}
		list[index[h.ID]] = h
	}
	if err := rows.Err(); err != nil {
		return err
	}
	numbers := map[int64][]string{}
	if s.w.full.Match != mask.NoMatch {
		in := manySQL("p.customer_id", padded)
		if err := s.d.eachPair(ctx, cond{"SELECT p.customer_id, p.number FROM phones p WHERE " + in.text + " ORDER BY p.customer_id, CASE WHEN p.contact_id IS NULL THEN 0 ELSE 1 END, p.position", in.args},
			func(id int64, n string) { numbers[id] = append(numbers[id], n) }); err != nil {
			return err
		}
	}
	for _, h := range list {
		if h.ID == 0 || !s.d.sees(s.scope, h.BranchID, h.OwnerID, h.ClerkID) {
			continue
		}
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
