package db

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"yike/policy/day"
)

// The figures of a client (customer_figures) are a copy of what the rules look
// at of its months. Who writes to customer_months notes the client in the same
// transaction (figures_noted), which costs a hundredth of packing it; readers
// look at the months of who is noted, and settleFigures packs them anew.

// noted are clients whose packed figures hold no longer.
type noted map[int64]bool

// notedAtOnce is how many clients one row of figures_noted names: few enough
// that nobody waits for the transaction that packs them anew.
const notedAtOnce = 128

// noteFigures notes clients, in the order of their ids, each once.
func (tx *Tx) noteFigures(ctx context.Context, customers []int64) error {
	s := newSheaf(tx, "figures_noted", []string{"id", "customers"})
	for part := range slices.Chunk(customers, notedAtOnce) {
		s.add(tx.newID(), packIDs(part))
	}
	if err := flush(ctx, []*sheaf{s}); err != nil {
		return fmt.Errorf("note figures: %w", err)
	}
	return nil
}

// packIDs packs ids that rise.
func packIDs(list []int64) []byte {
	var out []byte
	before := int64(0)
	for _, id := range list {
		out = binary.AppendUvarint(out, uint64(id-before))
		before = id
	}
	return out
}

func unpackIDs(packed []byte) (list []int64, err error) {
	id := int64(0)
	for len(packed) > 0 {
		v, n := binary.Uvarint(packed)
		if n <= 0 {
			return nil, fmt.Errorf("ids that were noted: %d bytes are left", len(packed))
		}
		id, packed = id+int64(v), packed[n:]
		list = append(list, id)
	}
	return list, nil
}

// note is a row of figures_noted.
type note struct {
	id        int64
	customers []int64
}

// figuresNoted reads the first rows of figures_noted, at most limit (0: all).
func figuresNoted(ctx context.Context, q querier, limit int) (list []note, err error) {
	if limit == 0 {
		limit = math.MaxInt32
	}
	err = eachOf(ctx, q, `SELECT id, customers FROM figures_noted ORDER BY id LIMIT $1`, []any{limit}, func(scan func(...any) error) error {
		var n note
		var packed []byte
		if err := scan(&n.id, &packed); err != nil {
			return err
		}
		var err error
		n.customers, err = unpackIDs(packed)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("figures that were noted: %w", err)
	}
	return list, nil
}

// noted are all who are noted.
func (d *DB) noted(ctx context.Context, q querier) (noted, error) {
	list, err := figuresNoted(ctx, q, 0)
	out := noted{}
	for _, n := range list {
		for _, id := range n.customers {
			out[id] = true
		}
	}
	return out, err
}

// monthsAtOnce is how many clients' months one query reads.
const monthsAtOnce = 500

// monthRead is a month of a client, as it was read for a day.
type monthRead struct {
	figureMonth
	sent  day.Day // the day of the last parcel in it, up to that day
	known bool    // whether any day of it is known
}

// eachMonths hands on the months of clients, of each the newest first, and the
// day of the last parcel up to a day: as the habits of the months tell, else as
// the parcels themselves do. Who has no month is handed on, too.
func (d *DB) eachMonths(ctx context.Context, customers []int64, on day.Day, each func(id int64, list []monthRead, last day.Day) error) error {
	for part := range slices.Chunk(customers, monthsAtOnce) {
		months, err := d.monthsOf(ctx, d.r, part, on)
		if err != nil {
			return err
		}
		for _, id := range part {
			last, err := d.lastOf(ctx, id, months[id], on)
			if err != nil {
				return err
			}
			if err := each(id, months[id], last); err != nil {
				return err
			}
		}
	}
	return nil
}

// monthsOf reads all months of clients, of each the newest first.
func (d *DB) monthsOf(ctx context.Context, q querier, customers []int64, on day.Day) (map[int64][]monthRead, error) {
	out := make(map[int64][]monthRead, len(customers))
	var month, habits sql.RawBytes
	query := d.amongSQL(`SELECT customer_id, month, waybills, freight_fen, habits FROM customer_months WHERE customer_id `, 1, len(customers), ` ORDER BY customer_id, month DESC`)
	err := eachOf(ctx, q, query, idArgs(customers), func(scan func(...any) error) error {
		var id, orders, fen int64
		if err := scan(&id, &month, &orders, &fen, &habits); err != nil {
			return err
		}
		m, err := readMonth(month, habits, orders, fen, on)
		if err != nil {
			return fmt.Errorf("customer %d: %w", id, err)
		}
		out[id] = append(out[id], m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("months of clients: %w", err)
	}
	return out, nil
}

// readMonth reads a month as it is stored, up to a day.
func readMonth(month, habits []byte, orders, fen int64, on day.Day) (m monthRead, err error) {
	m.orders, m.fen = orders, fen
	var ok bool
	if m.at, ok = monthNumber(month); !ok {
		return m, fmt.Errorf("month %q", month)
	}
	begun := monthStart(m.at)
	if last, known := lastSent(habits, begun, begun+30); known {
		m.last = int(last-begun) + 1
	}
	m.sent, m.known = lastSent(habits, begun, on)
	return m, nil
}

// lastOf is the day of the last parcel of a client up to a day.
func (d *DB) lastOf(ctx context.Context, id int64, months []monthRead, on day.Day) (last day.Day, err error) {
	for _, m := range months {
		switch {
		case m.sent.Valid():
			return m.sent, nil
		case !m.known && monthStart(m.at) <= on:
			return lastParcelOf(ctx, d.r, id, on)
		}
	}
	return day.None, nil
}

const lastParcel = `SELECT sent_day FROM waybills WHERE customer_id = $1 AND sent_day <= $2 AND state <> 'cancelled' AND pieces > 0 ORDER BY sent_day DESC, id DESC LIMIT 1`

func lastParcelOf(ctx context.Context, q querier, id int64, on day.Day) (last day.Day, err error) {
	err = eachOf(ctx, q, lastParcel, []any{id, on.String()}, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		last, err = day.Parse(text)
		return err
	})
	if err != nil {
		return day.None, fmt.Errorf("last parcel of customer %d: %w", id, err)
	}
	return last, nil
}

// settleFigures packs the figures of those who are noted anew, in small
// transactions. One that is done twice at once, on two nodes, is done once:
// who takes the note away writes.
func (d *DB) settleFigures(ctx context.Context) error {
	d.settling.Lock()
	defer d.settling.Unlock()
	plain := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		notes, err := figuresNoted(plain, d.r, 64)
		if err != nil || len(notes) == 0 {
			return err
		}
		var all []int64
		for _, n := range notes {
			all = append(all, n.customers...)
		}
		slices.Sort(all)
		packed := map[int64][]byte{}
		if err := d.packAll(plain, slices.Compact(all), packed); err != nil {
			return err
		}
		for _, n := range notes {
			if err := d.settleNote(plain, n, packed); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// packAll packs the figures of clients.
func (d *DB) packAll(ctx context.Context, customers []int64, into map[int64][]byte) error {
	for part := range slices.Chunk(customers, monthsAtOnce) {
		months, err := d.monthsOf(ctx, d.r, part, day.Last)
		if err != nil {
			return err
		}
		for _, id := range part {
			into[id] = packFigures(months[id])
		}
	}
	return nil
}

// A client stands in one branch; who moves leaves no figures behind
// (leaveFigures).
const (
	setFigures = `INSERT INTO customer_figures (branch_id, customer_id, packed) SELECT branch_id, id, $2 FROM customers WHERE id = $1
		ON CONFLICT (branch_id, customer_id) DO UPDATE SET packed = excluded.packed`
	addFigures = `INSERT INTO customer_figures (branch_id, customer_id, packed) SELECT branch_id, id, $2 FROM customers WHERE id = $1
		ON CONFLICT (branch_id, customer_id) DO NOTHING`
)

func (d *DB) settleNote(ctx context.Context, n note, packed map[int64][]byte) error {
	err := d.aside(ctx, func(tx *Tx) error {
		gone, err := tx.exec(ctx, `DELETE FROM figures_noted WHERE id = $1`, n.id)
		if err != nil || gone == 0 {
			return err
		}
		for _, id := range n.customers {
			if _, err := tx.exec(ctx, setFigures, id, packed[id]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle figures: %w", err)
	}
	return nil
}

// addLacking packs the figures of clients who have none. Whose months were
// written since is noted, and whoever packed them first was right.
func (d *DB) addLacking(ctx context.Context, customers []int64) error {
	for part := range slices.Chunk(customers, notedAtOnce) {
		packed := map[int64][]byte{}
		if err := d.packAll(ctx, part, packed); err != nil {
			return err
		}
		if err := d.aside(ctx, func(tx *Tx) error {
			for _, id := range part {
				if _, err := tx.exec(ctx, addFigures, id, packed[id]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("add figures: %w", err)
		}
	}
	return nil
}

// leaveFigures takes the figures of a client who moves out of both branches,
// which the change names.
func (tx *Tx) leaveFigures(ctx context.Context, customer int64, branches [2]any) error {
	for _, branch := range branches {
		text, _ := branch.(string)
		if _, err := tx.exec(ctx, `DELETE FROM customer_figures WHERE branch_id = $1 AND customer_id = $2`, ParseID(text), customer); err != nil {
			return fmt.Errorf("figures of customer %d: %w", customer, err)
		}
	}
	return nil
}

// differingFigures counts the packed figures that are not those of the months,
// and those that stand in a branch that is not their client's.
func (d *DB) differingFigures(ctx context.Context) (wrong int, err error) {
	for at, more := [2]int64{}, true; more; {
		if at, more, err = d.someFigures(ctx, at, &wrong); err != nil {
			return wrong, fmt.Errorf("recount figures: %w", err)
		}
	}
	return wrong, nil
}

// someFigures compares those after one, at one instant.
func (d *DB) someFigures(ctx context.Context, after [2]int64, wrong *int) (last [2]int64, more bool, err error) {
	tx, err := d.snapshot(ctx)
	if err != nil {
		return after, false, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	noted, err := d.noted(ctx, tx)
	if err != nil {
		return after, false, err
	}
	kept := map[int64][]byte{}
	var ids []int64
	last = after
	err = eachOf(ctx, tx, `SELECT f.branch_id, f.customer_id, f.packed, f.branch_id = coalesce(c.branch_id, 0) FROM customer_figures f LEFT JOIN customers c ON c.id = f.customer_id
		WHERE f.branch_id > $1 OR f.branch_id = $1 AND f.customer_id > $2 ORDER BY f.branch_id, f.customer_id LIMIT `+strconv.Itoa(monthsAtOnce), []any{after[0], after[1]}, func(scan func(...any) error) error {
		var packed []byte
		var at bool
		if err := scan(&last[0], &last[1], &packed, &at); err != nil {
			return err
		}
		switch {
		case !at:
			*wrong++
		case !noted[last[1]]:
			kept[last[1]], ids = packed, append(ids, last[1])
		}
		return nil
	})
	if err != nil || last == after {
		return last, false, err
	}
	if len(ids) == 0 {
		return last, true, nil
	}
	months, err := d.monthsOf(ctx, tx, ids, day.Last)
	if err != nil {
		return last, false, err
	}
	for _, id := range ids {
		if !bytes.Equal(kept[id], packFigures(months[id])) {
			*wrong++
		}
	}
	return last, true, nil
}

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
