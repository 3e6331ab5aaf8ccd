package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy/classify"
	"yike/policy/day"
)

// booked is a client of a branch as the rules look at it.
type booked struct {
	id, version int64
	branch      int64 // of a preview
	class       string
	labels      classify.Labels
	held        map[string]string // kind → value that was set by hand
	classify.Client
}

// The words and figures of a client's row as one text: to read one column of a
// million rows costs a fraction of reading seventeen. On SQLite an index holds
// the text as it stands here (customers_booked).
const bookedRows = `
	SELECT c.id, c.version || '|' || c.class || '|' || c.worth || '|' || c.rfm || '|' || c.tier || '|' || c.level || '|' || c.stage || '|' || c.marks || '|' || c.size || '|' || c.power || '|' || c.monthly_pieces || '|' || c.screen_place || '|' || c.screen_profit || '|' || c.screen_staff || '|' || c.screen_culture || '|' || c.industry
	FROM customers c WHERE c.branch_id = $1 AND c.deleted_at <= 0 ORDER BY c.id`

// bookReader reads the clients of a branch.
type bookReader struct {
	*figureReader
	words map[string]string // each word is kept once
}

func newBookReader(on day.Day) *bookReader {
	return &bookReader{newFigureReader(on), map[string]string{}}
}

func (r *bookReader) word(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	w, ok := r.words[string(text)]
	if !ok {
		w = string(text)
		r.words[w] = w
	}
	return w
}

// words are the columns of bookedRows, by their places in its text.
const (
	atVersion = iota
	atClass
	atWorth
	atRFM
	atTier
	atLevel
	atStage
	atMarks
	atSize
	atPower
	atPieces
	atScreens
	atIndustry = atScreens + 4
)

// row takes such a text apart; the industry comes last, and may hold anything.
func (r *bookReader) row(b *booked, text []byte) error {
	var w [atIndustry + 1][]byte
	rest := text
	for i := range atIndustry {
		at := bytes.IndexByte(rest, '|')
		if at < 0 {
			return fmt.Errorf("row of customer %d: %d words", b.id, i+1)
		}
		w[i], rest = rest[:at], rest[at+1:]
	}
	number := func(at int) (n int64, err error) {
		if len(w[at]) == 1 && w[at][0] >= '0' && w[at][0] <= '9' {
			return int64(w[at][0] - '0'), nil
		}
		if n, err = strconv.ParseInt(string(w[at]), 10, 64); err != nil {
			err = fmt.Errorf("row of customer %d: %w", b.id, err)
		}
		return n, err
	}
	var screens [4]int64
	for i := range screens {
		var err error
		if screens[i], err = number(atScreens + i); err != nil {
			return err
		}
	}
	marks, err := number(atMarks)
	if err != nil {
		return err
	}
	pieces, err := number(atPieces)
	if err != nil {
		return err
	}
	if b.version, err = number(atVersion); err != nil {
		return err
	}
	b.class = r.word(w[atClass])
	b.labels = classify.Labels{Worth: r.word(w[atWorth]), RFM: r.word(w[atRFM]), Tier: r.word(w[atTier]), Level: r.word(w[atLevel]), Stage: r.word(w[atStage]), Marks: classify.Marks(marks)}
	b.Score, b.Industry = classify.Prospect(r.word(w[atSize]), r.word(w[atPower]), pieces, screens), r.word(rest)
	return nil
}

// books are the clients of a branch with what they sent before a day.
type books struct {
	list    []booked // by id
	shipped int      // who ever sent anything
	lacking []int64  // whose figures are not packed yet
}

// at is the place of a client among them.
func (k *books) at(id int64) (int, bool) {
	return slices.BinarySearchFunc(k.list, id, func(b booked, id int64) int { return cmp.Compare(b.id, id) })
}

// booksNow is books with those who are noted now.
func (d *DB) booksNow(ctx context.Context, branch int64, on day.Day) (*books, error) {
	noted, err := d.noted(ctx, d.r)
	if err != nil {
		return nil, err
	}
	return d.books(ctx, branch, on, noted)
}

// books reads the clients of a branch as of a day. noted are those whose packed
// figures hold no longer; it was read before.
func (d *DB) books(ctx context.Context, branch int64, on day.Day, noted noted) (*books, error) {
	k := &books{}
	// A context that can end would cost the driver a goroutine for each row.
	plain, reader := context.WithoutCancel(ctx), newBookReader(on)
	err := d.bookRows(plain, branch, reader, k)
	if err == nil {
		err = errors.Join(ctx.Err(), d.bookFigures(plain, branch, reader, noted, k))
	}
	if err == nil {
		err = errors.Join(ctx.Err(), d.bookOverdue(plain, branch, on, k))
	}
	if err == nil {
		err = d.bookHolds(plain, on, k)
	}
	if err != nil {
		return nil, fmt.Errorf("figures of branch %d: %w", branch, err)
	}
	for i := range k.list {
		if k.list[i].Last.Valid() {
			k.shipped++
		} else {
			k.list[i].First = day.None
		}
	}
	return k, nil
}

// bookRows reads the files.
func (d *DB) bookRows(ctx context.Context, branch int64, reader *bookReader, k *books) error {
	var n int
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM customers c WHERE c.branch_id = $1 AND c.deleted_at = 0`, branch).Scan(&n); err != nil {
		return err
	}
	k.list = make([]booked, 0, n+n/64)
	var text sql.RawBytes
	return d.eachRow(ctx, bookedRows, []any{branch}, func(scan func(...any) error) error {
		var b booked
		if err := scan(&b.id, &text); err != nil {
			return err
		}
		if err := reader.row(&b, text); err != nil {
			return err
		}
		k.list = append(k.list, b)
		return nil
	})
}

// bookFigures reads what they sent: of most from a packed row, of who is noted
// or has none from their months.
func (d *DB) bookFigures(ctx context.Context, branch int64, reader *bookReader, noted noted, k *books) error {
	i := 0
	var unsure []int64
	var id int64
	var packed sql.RawBytes
	lack := func(to int) {
		for ; i < to; i++ {
			unsure = append(unsure, k.list[i].id)
			k.lacking = append(k.lacking, k.list[i].id)
		}
	}
	err := d.eachRow(ctx, `SELECT customer_id, packed FROM customer_figures WHERE branch_id = $1 ORDER BY customer_id`, []any{branch}, func(scan func(...any) error) error {
		if err := scan(&id, &packed); err != nil {
			return err
		}
		at := i
		for at < len(k.list) && k.list[at].id < id {
			at++
		}
		lack(at)
		if i == len(k.list) || k.list[i].id != id {
			return nil // in the recycle bin
		}
		if b := &k.list[i]; noted[id] || !reader.read(packed, &b.Client) {
			unsure = append(unsure, id)
		}
		i++
		return nil
	})
	if err != nil {
		return err
	}
	lack(len(k.list))
	return d.eachMonths(ctx, unsure, reader.on, func(id int64, list []monthRead, last day.Day) error {
		at, _ := k.at(id)
		reader.months(list, last, &k.list[at].Client)
		return nil
	})
}

// bookOverdue adds what is overdue; owing means one thing everywhere.
func (d *DB) bookOverdue(ctx context.Context, branch int64, on day.Day, k *books) error {
	owing, _, err := d.AccountRule(ctx, branch, on.String())
	if err != nil {
		return err
	}
	due := on.Add(-owing.Grace).String()
	return d.eachRow(ctx, `
		SELECT e.customer_id, CAST(sum(e.left_fen) AS BIGINT) FROM account_sums s JOIN account_entries e ON e.customer_id = s.customer_id AND e.left_fen > 0 AND e.due_on < $2
		WHERE s.branch_id = $1 AND s.oldest_due < $2 GROUP BY e.customer_id HAVING sum(e.left_fen) >= $3`, []any{branch, due, max(1, owing.Least)}, func(scan func(...any) error) error {
		var id, fen int64
		if err := scan(&id, &fen); err != nil {
			return err
		}
		if i, ok := k.at(id); ok {
			k.list[i].Overdue = fen
		}
		return nil
	})
}

// bookHolds adds what was set by hand, of whoever it is: there are few.
func (d *DB) bookHolds(ctx context.Context, on day.Day, k *books) error {
	return d.eachRow(ctx, `SELECT customer_id, kind, value FROM label_holds WHERE until > $1`, []any{on.String()}, func(scan func(...any) error) error {
		var id int64
		var kind, value string
		if err := scan(&id, &kind, &value); err != nil {
			return err
		}
		i, ok := k.at(id)
		if !ok {
			return nil
		}
		if k.list[i].held == nil {
			k.list[i].held = map[string]string{}
		}
		k.list[i].held[kind] = value
		return nil
	})
}
