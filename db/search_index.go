package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/policy/find"
	"yike/policy/phone"
	"yike/policy/pinyin"
)

// A customer is found by grams: short pieces of everything it may be asked by,
// each with a letter before it that says of what. FTS5 (SQLite) and a GIN
// index (PostgreSQL) intersect them; the candidates are then compared with the
// text itself, so that the result equals a scan.
const (
	gramName     = 'n' // two characters of the name or short name
	gramPinyin   = 'p' // two and three letters of the full pinyin
	gramLong     = 'q' // five of them, but for those of the commonest words
	gramInitials = 'i' // two and three letters of the initials
	gramDigits   = 'd' // four and seven digits of a phone
	gramLast     = 'e' // its last four
	gramNumber   = 'h' // the whole of it
	gramCode     = 'c' // three and six characters of the customer code
	gramWhole    = 'k' // the whole of it
	gramBranch   = 'b' // the branch, so that a search in one branch reads its own
)

// searchForm names the form of the index. A database in another one is indexed
// anew at the next start; grams, commonLong and the model of ranks belong to it.
const searchForm = "2"

const metaSearchForm = "search_form"

func branchGram(branch int64) string { return string(gramBranch) + strconv.FormatInt(branch, 36) }

// gramSink takes the grams of a text one by one.
type gramSink interface {
	add(kind rune, piece string)
}

// gramList keeps the grams of what is asked, in their order.
type gramList []string

func (l *gramList) add(kind rune, piece string) { *l = append(*l, string(kind)+piece) }

// grams gives the pieces of n characters of text.
func grams(to gramSink, kind rune, text string, n int) {
	if len(text) < n {
		return
	}
	end := 0
	for range n {
		if end == len(text) {
			return
		}
		end += runeAt(text, end)
	}
	for from := 0; ; from, end = from+runeAt(text, from), end+runeAt(text, end) {
		to.add(kind, text[from:end])
		if end == len(text) {
			return
		}
	}
}

// runeAt is how many bytes the character at a place has.
func runeAt(text string, at int) int {
	if text[at] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(text[at:])
	return n
}

// wholeGram gives a text as one piece.
func wholeGram(to gramSink, kind rune, text string) {
	if text != "" && len(text) <= 64 {
		to.add(kind, text)
	}
}

// commonLong are pieces of five letters that say nothing: they stand in
// 有限公司, 贸易有限公司 and their like.
const commonLong = " youxi ouxia uxian xiang iango angon ngong gongs ongsi nyoux gyoux iyoux maoyi aoyiy oyiyo yiyou "

// longGrams gives the pieces of five letters. A character without a reading
// stands in the pinyin as it is; what touches it is no such piece.
func longGrams(to gramSink, text string) {
	for i := 0; i+5 <= len(text); i++ {
		piece := text[i : i+5]
		if strings.ContainsFunc(piece, func(r rune) bool { return r >= utf8.RuneSelf }) {
			continue
		}
		if at := strings.Index(commonLong, piece); at < 0 || commonLong[at-1] != ' ' || commonLong[at+5] != ' ' {
			to.add(gramLong, piece)
		}
	}
}

// customerGrams returns every gram of a customer, each once, with blanks
// between them: no gram holds one.
func customerGrams(branch int64, names []string, code string, numbers []string) string {
	t := newGramText(1024)
	t.add(gramBranch, strconv.FormatInt(branch, 36))
	for _, name := range names {
		if name == "" {
			continue
		}
		grams(t, gramName, find.Fold(name), 2)
		for _, r := range pinyin.Readings(name) {
			full, initials := find.Fold(r.Full), find.Fold(r.Initials)
			grams(t, gramPinyin, full, 2)
			grams(t, gramPinyin, full, 3)
			longGrams(t, full)
			grams(t, gramInitials, initials, 2)
			grams(t, gramInitials, initials, 3)
		}
	}
	codeGrams(t, code)
	for _, n := range numbers {
		digits := phone.SearchKey(n)
		grams(t, gramDigits, digits, 4)
		grams(t, gramDigits, digits, 7)
		wholeGram(t, gramNumber, digits)
		wholeGram(t, gramLast, phone.Last4(n))
	}
	return string(t.text)
}

func codeGrams(to gramSink, code string) {
	folded := find.Fold(code)
	grams(to, gramCode, folded, 3)
	grams(to, gramCode, folded, 6)
	wholeGram(to, gramWhole, folded)
}

// withCode adds the grams of a code to those of a file that had none.
func withCode(list, code string) string {
	t := newGramText(128)
	codeGrams(t, code)
	return list + " " + string(t.text)
}

// searchRow is a file whose grams are to be written.
type searchRow struct {
	id    int64
	code  int64 // see rankOf
	rank  int64
	grams string // with blanks between them
}

// searchBatch is how many files are gathered before their grams are written.
const searchBatch = 4096

// index notes the grams of a file, whose name sorts by key; they are written
// together in the order of ranks, at the latest before the commit: the
// full-text index takes its rows in ascending order, and a step back, or a
// statement of many rows on any table, costs it a flush.
func (tx *Tx) index(ctx context.Context, id int64, key, grams string) error {
	r := searchRow{id: id, code: rankOf(key), grams: grams}
	if tx.aside != nil {
		tx.aside.batch = append(tx.aside.batch, r)
		return nil
	}
	if tx.later != nil {
		*tx.later = append(*tx.later, r)
		return nil
	}
	if tx.search = append(tx.search, r); len(tx.search) < searchBatch {
		return nil
	}
	return tx.flushSearch(ctx)
}

// flushSearch writes the grams that were noted.
func (tx *Tx) flushSearch(ctx context.Context) error {
	// A context that can end costs the driver a goroutine for each statement.
	ctx = context.WithoutCancel(ctx)
	rows := tx.search
	tx.search = nil
	if len(rows) == 0 {
		return nil
	}
	if tx.db.postgres {
		out := newSheaf(tx, "customer_search", []string{"customer_id", "grams"})
		for _, r := range rows {
			out.add(r.id, strings.Split(r.grams, " "))
		}
		if err := flush(ctx, []*sheaf{out}); err != nil {
			return fmt.Errorf("search keys: %w", err)
		}
		return nil
	}
	byRank := func(a, b searchRow) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.rank, b.rank)) }
	slices.SortFunc(rows, byRank)
	for i := range rows {
		if err := tx.place(ctx, &rows[i]); err != nil {
			return err
		}
	}
	slices.SortFunc(rows, byRank)
	for _, r := range rows {
		if _, err := tx.exec(ctx, `INSERT INTO customer_search (rowid, grams) VALUES ($1, $2)`, r.rank, r.grams); err != nil {
			return fmt.Errorf("search keys of customer %d: %w", r.id, err)
		}
	}
	return nil
}

// place finds a free rank for a file: within one code they stand in no order.
func (tx *Tx) place(ctx context.Context, r *searchRow) error {
	for try := range uint64(rankTries) {
		r.rank = rankAt(r.code, r.id, try)
		n, err := tx.exec(ctx, `INSERT INTO customer_search_rows (rank, customer_id) VALUES ($1, $2) ON CONFLICT (rank) DO NOTHING`, r.rank, r.id)
		if err != nil {
			return fmt.Errorf("rank of customer %d: %w", r.id, err)
		}
		if n == 1 {
			return nil
		}
	}
	return fmt.Errorf("rank of customer %d: too many names begin alike", r.id)
}

// indexCustomer writes the grams of a new file.
func indexCustomer(ctx context.Context, tx *Tx, c *Customer, contactNumbers []string) error {
	list := customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, append(slices.Clone(c.Phones), contactNumbers...))
	return tx.index(ctx, c.ID, pinyin.Key(c.Name), list)
}

// unindexCustomer takes a file out of the search.
func unindexCustomer(ctx context.Context, tx *Tx, id int64) error {
	tx.search = slices.DeleteFunc(tx.search, func(r searchRow) bool { return r.id == id })
	query := `DELETE FROM customer_search WHERE customer_id = $1`
	if !tx.db.postgres {
		query = `DELETE FROM customer_search WHERE rowid = (SELECT rank FROM customer_search_rows WHERE customer_id = $1)`
	}
	if _, err := tx.exec(ctx, query, id); err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	if !tx.db.postgres {
		if _, err := tx.exec(ctx, `DELETE FROM customer_search_rows WHERE customer_id = $1`, id); err != nil {
			return fmt.Errorf("rank of customer %d: %w", id, err)
		}
	}
	return nil
}

// reindexCustomer writes the grams of a changed file anew.
func reindexCustomer(ctx context.Context, tx *Tx, id int64) error {
	if err := unindexCustomer(ctx, tx, id); err != nil {
		return err
	}
	var c Customer
	err := tx.QueryRowContext(ctx, `SELECT id, branch_id, name, short_name, code, deleted_at FROM customers WHERE id = $1`, id).
		Scan(&c.ID, &c.BranchID, &c.Name, &c.ShortName, &c.Code, &c.DeletedAt)
	if err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	if c.DeletedAt != 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT number FROM phones WHERE customer_id = $1`, id)
	if err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return fmt.Errorf("search keys of customer %d: %w", id, err)
		}
		c.Phones = append(c.Phones, n)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	return indexCustomer(ctx, tx, &c, nil)
}

// renewSearch indexes every file anew when the index has another form than this
// program's, in batches that each stand for themselves: cut off, it goes on
// where it was. note may be nil.
func (d *DB) renewSearch(ctx context.Context, note func(done, total int64)) error {
	form, err := d.Meta(ctx, metaSearchForm)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if form == searchForm {
		return nil
	}
	room, err := d.roomy(ctx, roomyCache)
	if err != nil {
		return err
	}
	defer room()
	var done, total, last int64
	if at, ok := strings.CutPrefix(form, searchForm+" to "); ok {
		if last, err = strconv.ParseInt(at, 10, 64); err != nil {
			return fmt.Errorf("meta %s: %q", metaSearchForm, form)
		}
	}
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM customers WHERE id > $1`, last).Scan(&total); err != nil {
		return fmt.Errorf("index the search anew: %w", err)
	}
	for {
		var ids []int64
		err := d.write(ctx, func(tx *Tx) error {
			ids = ids[:0]
			rows, err := tx.QueryContext(ctx, `SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2`, last, searchBatch-1)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					return err
				}
				ids = append(ids, id)
			}
			if err := rows.Err(); err != nil {
				return err
			}
			rows.Close()
			for _, id := range ids {
				if err := reindexCustomer(ctx, tx, id); err != nil {
					return err
				}
			}
			if len(ids) == 0 {
				return tx.setMeta(ctx, metaSearchForm, searchForm)
			}
			return tx.setMeta(ctx, metaSearchForm, searchForm+" to "+strconv.FormatInt(ids[len(ids)-1], 10))
		})
		if err != nil {
			return fmt.Errorf("index the search anew: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		last, done = ids[len(ids)-1], done+int64(len(ids))
		if note != nil {
			note(done, total)
		}
	}
	d.refreshStatistics(ctx, int(total))
	return nil
}
