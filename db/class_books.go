package db

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

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
// million rows costs a fraction of reading seventeen.
const bookedRows = `
	SELECT c.id, c.version, c.class || '|' || c.worth || '|' || c.rfm || '|' || c.tier || '|' || c.level || '|' || c.stage || '|' || CAST(c.marks AS TEXT) || '|' || c.size || '|' || c.power || '|' || CAST(c.monthly_pieces AS TEXT)
		|| '|' || CAST(c.screen_place AS TEXT) || '|' || CAST(c.screen_profit AS TEXT) || '|' || CAST(c.screen_staff AS TEXT) || '|' || CAST(c.screen_culture AS TEXT) || '|' || c.industry
	FROM customers c WHERE c.branch_id = $1 AND c.deleted_at = 0`

const bookedWords = 15

// read takes such a text apart; the industry comes last, and may hold anything.
func (b *booked) read(text string) error {
	w := strings.SplitN(text, "|", bookedWords)
	if len(w) < bookedWords {
		return fmt.Errorf("row of customer %d: %d words", b.id, len(w))
	}
	var n [6]int64
	for i, at := range []int{6, 9, 10, 11, 12, 13} {
		v, err := strconv.ParseInt(w[at], 10, 64)
		if err != nil {
			return fmt.Errorf("row of customer %d: %w", b.id, err)
		}
		n[i] = v
	}
	b.class = w[0]
	b.labels = classify.Labels{Worth: w[1], RFM: w[2], Tier: w[3], Level: w[4], Stage: w[5], Marks: classify.Marks(n[0])}
	b.Score, b.Industry = classify.Prospect(w[7], w[8], n[1], [4]int64{n[2], n[3], n[4], n[5]}), w[14]
	return nil
}

// books reads the clients of a branch with what they sent before a day, from
// the sums of their months; shipped is how many ever sent anything.
func (d *DB) books(ctx context.Context, branch int64, on day.Day) (list []booked, shipped int, err error) {
	fail := func(err error) ([]booked, int, error) {
		return nil, 0, fmt.Errorf("figures of branch %d: %w", branch, err)
	}
	at := map[int64]int{}
	err = d.eachRow(ctx, bookedRows, []any{branch}, func(scan func(...any) error) error {
		var b booked
		var text string
		if err := scan(&b.id, &b.version, &text); err != nil {
			return err
		}
		if err := b.read(text); err != nil {
			return err
		}
		at[b.id] = len(list)
		list = append(list, b)
		return nil
	})
	if err != nil {
		return fail(err)
	}
	if err := d.bookMonths(ctx, branch, on, at, list); err != nil {
		return fail(err)
	}
	owing, _, err := d.AccountRule(ctx, branch, on.String()) // one meaning of owing everywhere
	if err != nil {
		return fail(err)
	}
	err = d.eachRow(ctx, `
		SELECT e.customer_id, CAST(sum(e.left_fen) AS BIGINT) FROM customers c JOIN account_entries e ON e.customer_id = c.id AND e.left_fen > 0 AND e.due_on < $2
		WHERE c.branch_id = $1 AND c.deleted_at = 0 GROUP BY e.customer_id HAVING sum(e.left_fen) >= $3`, []any{branch, on.Add(-owing.Grace).String(), max(1, owing.Least)}, func(scan func(...any) error) error {
		var id, fen int64
		if err := scan(&id, &fen); err != nil {
			return err
		}
		if i, ok := at[id]; ok {
			list[i].Overdue = fen
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	err = d.eachRow(ctx, `
		SELECT h.customer_id, h.kind, h.value FROM label_holds h JOIN customers c ON c.id = h.customer_id
		WHERE c.branch_id = $1 AND h.until > $2`, []any{branch, on.String()}, func(scan func(...any) error) error {
		var id int64
		var kind, value string
		if err := scan(&id, &kind, &value); err != nil {
			return err
		}
		if i, ok := at[id]; ok {
			if list[i].held == nil {
				list[i].held = map[string]string{}
			}
			list[i].held[kind] = value
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	for i := range list {
		if list[i].Last.Valid() {
			shipped++
		} else {
			list[i].First = day.None
		}
	}
	return list, shipped, nil
}

// bookMonths adds the months of the clients of a branch. The day of the last
// parcel is told by the habits of its month; who has a month of which they say
// no day (all was cancelled) is asked for by their parcels.
func (d *DB) bookMonths(ctx context.Context, branch int64, on day.Day, at map[int64]int, list []booked) error {
	first := on.MonthStart()
	starts := map[string]int{} // by month, how many months back; 0 the present one
	for i := range classify.Months + 1 {
		starts[first.AddMonths(-i).String()[:7]] = i
	}
	months := map[string]day.Day{} // each month is read once
	var unsure []int64
	var last int64 // the client of the row before
	var b *booked
	var month, habits sql.RawBytes
	err := d.eachRow(ctx, `
		SELECT m.customer_id, m.month, m.waybills, m.freight_fen, m.habits FROM customers c JOIN customer_months m ON m.customer_id = c.id
		WHERE c.branch_id = $1 AND c.deleted_at = 0 AND m.month <= $2`, []any{branch, first.String()[:7]}, func(scan func(...any) error) error {
		var id, orders, fen int64
		if err := scan(&id, &month, &orders, &fen, &habits); err != nil {
			return err
		}
		if id != last || b == nil {
			i, ok := at[id]
			if !ok {
				return nil
			}
			last, b = id, &list[i]
		}
		begun, ok := months[string(month)]
		if !ok {
			var err error
			if begun, err = day.Parse(string(month) + "-01"); err != nil {
				return err
			}
			months[string(month)] = begun
		}
		if !b.First.Valid() || begun < b.First {
			b.First = begun
		}
		if back := starts[string(month)]; back > 0 {
			b.Freight[back-1], b.Orders[back-1] = b.Freight[back-1]+fen, b.Orders[back-1]+int32(orders)
		}
		switch sent, known := lastSent(habits, begun, on); {
		case !known:
			unsure = append(unsure, id)
		case sent > b.Last:
			b.Last = sent
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range unsure {
		b := &list[at[id]]
		err := d.eachRow(ctx, lastParcel, []any{id, on.String()}, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			var err error
			b.Last, err = day.Parse(text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const lastParcel = `SELECT sent_day FROM waybills WHERE customer_id = $1 AND sent_day <= $2 AND state <> 'cancelled' ORDER BY sent_day DESC, id DESC LIMIT 1`

// lastSent is the last day up to on of which the habits of a month tell
// (shipping.Habits: "3:2 17:1|…"); none where all are later. known is false
// when they tell of no day at all.
func lastSent(habits []byte, begun, on day.Day) (sent day.Day, known bool) {
	days, _, _ := bytes.Cut(habits, []byte("|"))
	for len(days) > 0 {
		at := bytes.LastIndexByte(days, ' ')
		n := 0
		for _, c := range days[at+1:] {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int(c-'0')
		}
		if n < 1 || n > 31 {
			return day.None, false
		}
		if sent := begun.Add(n - 1); sent <= on {
			return sent, true
		}
		days, known = days[:max(0, at)], true
	}
	return day.None, known
}
