package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"yike/policy/shipping"
	"yike/policy/waybill"
)

// The sums over waybills are kept by whoever writes to waybills, in the same
// transaction: what a row counted for is taken off, what it counts for now is
// put on. CheckWaybillSums holds them against a recount.

// shipped is what parcels count for.
type shipped struct{ Waybills, Pieces, Freight, Weight, Signed, Exceptions int64 }

func (c *shipped) add(o shipped, sign int64) {
	c.Waybills += sign * o.Waybills
	c.Pieces += sign * o.Pieces
	c.Freight += sign * o.Freight
	c.Weight += sign * o.Weight
	c.Signed += sign * o.Signed
	c.Exceptions += sign * o.Exceptions
}

// countsOf is what one parcel counts for.
func countsOf(w *Waybill) shipped {
	c := shipped{Waybills: 1, Pieces: w.Pieces, Freight: w.Freight, Weight: w.Weight}
	if !waybill.Counts(w.State) {
		c.Pieces = 0
	}
	if w.State == waybill.Signed {
		c.Signed = 1
	}
	if w.Exception != "" {
		c.Exceptions = 1
	}
	return c
}

type sumKey struct {
	branch             int64
	period, dim, value string
}

type monthKey struct {
	customer int64
	month    string
}

// monthly is what a client's month counts for, and the habits in it.
type monthly struct {
	shipped
	habits shipping.Habits
}

// tally gathers differences of the sums until flush writes them.
type tally struct {
	days    map[dayKey]*daySums // those of months are worked out of them
	last    *daySums            // of lastKey: parcels come day by day
	lastKey dayKey
	months  map[monthKey]*monthly
	senders map[int64]shipped
	pickers map[pickerKey]picked
	kept    map[monthKey]*keptMonth // nil where months are met once
}

type dayKey struct {
	branch int64
	day    string
}

// daySums are the sums of a branch's day, and by each of dims.
type daySums struct {
	all shipped
	by  [len(dims)]map[string]*shipped
}

// keptMonth is what the habits of a client's month were when they were last
// written, for a bill that comes back to it with each of its parts. That nobody
// else has written since is asked when it is written again.
type keptMonth struct {
	habits shipping.Habits
	text   string
}

const mostKept = 8192

func newTally() *tally {
	return &tally{days: map[dayKey]*daySums{}, months: map[monthKey]*monthly{}, senders: map[int64]shipped{}, pickers: map[pickerKey]picked{}}
}

// dims are by what the sums of a branch are told apart.
var dims = [...]string{"product", "payment", "province", "state", "exception"}

// one counts a parcel, with -1 off.
func (t *tally) one(w *Waybill, sign int64) {
	c := countsOf(w)
	t.some(w, c, sign)
	t.picked(w, c, sign)
}

// some counts parcels that are alike in what the sums tell apart.
func (t *tally) some(w *Waybill, c shipped, sign int64) {
	if k := (dayKey{w.BranchID, w.SentDay}); t.last == nil || k != t.lastKey {
		if t.last, t.lastKey = t.days[k], k; t.last == nil {
			t.last = &daySums{}
			t.days[k] = t.last
		}
	}
	t.last.all.add(c, sign)
	for i, value := range [len(dims)]string{w.Product, w.Payment, w.Province, w.State, w.Exception} {
		have := t.last.by[i][value]
		if have == nil {
			if t.last.by[i] == nil {
				t.last.by[i] = map[string]*shipped{}
			}
			have = &shipped{}
			t.last.by[i][value] = have
		}
		have.add(c, sign)
	}
	if w.CustomerID != 0 {
		k := monthKey{w.CustomerID, w.SentDay[:7]}
		have := t.months[k]
		if have == nil {
			have = &monthly{}
			t.months[k] = have
		}
		have.add(c, sign)
		have.habits.Add(habitOf(w), sign*c.Pieces)
	}
	if w.SenderID != 0 {
		have := t.senders[w.SenderID]
		have.add(c, sign)
		t.senders[w.SenderID] = have
	}
}

// sums are the differences by day and by month.
func (t *tally) sums() map[sumKey]shipped {
	out := map[sumKey]shipped{}
	for k, d := range t.days {
		for _, period := range [2]string{k.day, k.day[:7]} {
			add := func(dim, value string, c shipped) {
				at := sumKey{k.branch, period, dim, value}
				have := out[at]
				have.add(c, 1)
				out[at] = have
			}
			add("", "", d.all)
			for i, by := range d.by {
				for value, c := range by {
					add(dims[i], value, *c)
				}
			}
		}
	}
	return out
}

const (
	addSum = `INSERT INTO waybill_sums (branch_id, period, dim, value, waybills, pieces, freight_fen, weight_g, signed, exceptions)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (branch_id, period, dim, value) DO UPDATE SET waybills = waybill_sums.waybills + excluded.waybills,
			pieces = waybill_sums.pieces + excluded.pieces, freight_fen = waybill_sums.freight_fen + excluded.freight_fen,
			weight_g = waybill_sums.weight_g + excluded.weight_g, signed = waybill_sums.signed + excluded.signed,
			exceptions = waybill_sums.exceptions + excluded.exceptions`
	// The habits of a month that is there already are written by setHabits,
	// once the row is held.
	addMonth = `INSERT INTO customer_months (customer_id, month, waybills, pieces, freight_fen, weight_g, signed, exceptions, habits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (customer_id, month) DO UPDATE SET waybills = customer_months.waybills + excluded.waybills,
			pieces = customer_months.pieces + excluded.pieces, freight_fen = customer_months.freight_fen + excluded.freight_fen,
			weight_g = customer_months.weight_g + excluded.weight_g, signed = customer_months.signed + excluded.signed,
			exceptions = customer_months.exceptions + excluded.exceptions
		RETURNING waybills, habits`
	setHabits = `UPDATE customer_months SET habits = $3 WHERE customer_id = $1 AND month = $2`
	// moveMonth is both at once, where the habits are still what they were.
	moveMonth = `UPDATE customer_months SET waybills = waybills + $4, pieces = pieces + $5, freight_fen = freight_fen + $6, weight_g = weight_g + $7,
		signed = signed + $8, exceptions = exceptions + $9, habits = $10 WHERE customer_id = $1 AND month = $2 AND habits = $3`
)

// flush writes the differences, in one order everywhere so that two
// transactions wait for each other and never stand in each other's way.
func (t *tally) flush(ctx context.Context, tx *Tx) error {
	if err := t.moveFreight(ctx, tx); err != nil {
		return err
	}
	sums := t.sums()
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b sumKey) int {
		return cmp.Or(cmp.Compare(a.branch, b.branch), strings.Compare(a.period, b.period), strings.Compare(a.dim, b.dim), strings.Compare(a.value, b.value))
	})
	for _, k := range keys {
		c := sums[k]
		if c == (shipped{}) {
			continue
		}
		if _, err := tx.exec(ctx, addSum, k.branch, k.period, k.dim, k.value, c.Waybills, c.Pieces, c.Freight, c.Weight, c.Signed, c.Exceptions); err != nil {
			return fmt.Errorf("sums of %s: %w", k.period, err)
		}
		if c.Waybills < 0 {
			if _, err := tx.exec(ctx, `DELETE FROM waybill_sums WHERE branch_id = $1 AND period = $2 AND dim = $3 AND value = $4 AND waybills = 0`, k.branch, k.period, k.dim, k.value); err != nil {
				return fmt.Errorf("sums of %s: %w", k.period, err)
			}
		}
	}
	months := slices.SortedFunc(maps.Keys(t.months), func(a, b monthKey) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), strings.Compare(a.month, b.month))
	})
	var noted []int64
	for _, k := range months {
		c := t.months[k]
		if c.shipped == (shipped{}) && c.habits.Empty() {
			continue
		}
		if n := len(noted); n == 0 || noted[n-1] != k.customer {
			noted = append(noted, k.customer)
		}
		if err := tx.addMonth(ctx, k, c, t.kept); err != nil {
			return fmt.Errorf("months of customer %d: %w", k.customer, err)
		}
		if c.Waybills < 0 {
			if _, err := tx.exec(ctx, `DELETE FROM customer_months WHERE customer_id = $1 AND month = $2 AND waybills = 0`, k.customer, k.month); err != nil {
				return fmt.Errorf("months of customer %d: %w", k.customer, err)
			}
		}
	}
	if err := tx.noteFigures(ctx, noted); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(t.senders)) {
		c := t.senders[id]
		if c == (shipped{}) {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE waybill_senders SET waybills = waybills + $2, freight_fen = freight_fen + $3 WHERE id = $1`, id, c.Waybills, c.Freight); err != nil {
			return fmt.Errorf("sums of sender %d: %w", id, err)
		}
		if c.Waybills < 0 { // nobody's parcels: it is forgotten, unless somebody has said whose it is
			if _, err := tx.exec(ctx, `DELETE FROM waybill_senders WHERE id = $1 AND waybills = 0 AND customer_id IS NULL`, id); err != nil {
				return fmt.Errorf("sums of sender %d: %w", id, err)
			}
		}
	}
	if err := t.flushPickers(ctx, tx); err != nil {
		return err
	}
	kept := t.kept
	*t = *newTally()
	t.kept = kept
	return nil
}

// addMonth adds a difference to one month of a client.
func (tx *Tx) addMonth(ctx context.Context, k monthKey, c *monthly, kept map[monthKey]*keptMonth) error {
	if was := kept[k]; was != nil {
		before := was.text
		was.habits.Merge(&c.habits)
		was.text = was.habits.String()
		n, err := tx.exec(ctx, moveMonth, k.customer, k.month, before, c.Waybills, c.Pieces, c.Freight, c.Weight, c.Signed, c.Exceptions, was.text)
		if err != nil || n > 0 {
			return err
		}
		delete(kept, k) // somebody else has written it
	}
	stmt, err := tx.prepared(ctx, addMonth)
	if err != nil {
		return err
	}
	var waybills int64
	var text string
	now := keptMonth{habits: c.habits, text: c.habits.String()}
	if err := stmt.QueryRowContext(ctx, k.customer, k.month, c.Waybills, c.Pieces, c.Freight, c.Weight, c.Signed, c.Exceptions, now.text).Scan(&waybills, &text); err != nil {
		return err
	}
	if waybills != c.Waybills && !c.habits.Empty() { // otherwise the row is new, or nothing of what it tells apart differs
		if now.habits, err = shipping.Parse(text); err != nil {
			return err
		}
		now.habits.Merge(&c.habits)
		now.text = now.habits.String()
		if _, err = tx.exec(ctx, setHabits, k.customer, k.month, now.text); err != nil {
			return err
		}
	} else if waybills != c.Waybills {
		return nil
	}
	if kept != nil && len(kept) < mostKept {
		kept[k] = &now
	}
	return nil
}

// habitOf is a parcel as the habits of its client tell it apart.
func habitOf(w *Waybill) shipping.Parcel {
	p := shipping.Parcel{Hour: shipping.NoHour, Product: w.Product, Payment: w.Payment, Place: w.City}
	if p.Place == "" {
		p.Place = w.Province
	}
	if len(w.SentDay) == len("2026-11-21") {
		p.Day = int(w.SentDay[8]-'0')*10 + int(w.SentDay[9]-'0')
	}
	if !w.SentDayOnly() {
		p.Hour = int((w.SentAt/3_600_000 + zoneHours) % 24)
	}
	return p
}

// zoneHours are the hours by which the company's zone is ahead of UTC, and
// hourColumn the hour of a parcel's sending in UTC, -1 where only the day is
// known.
const (
	zoneHours  = 8
	hourColumn = `CASE WHEN day_only % 2 = 1 THEN -1 ELSE (sent_at / 3600000) % 24 END`
)

// setHour gives a parcel that stands for several the hour of hourColumn.
func (w *Waybill) setHour(hour int64) {
	if w.SentAt, w.DayOnly = hour*3_600_000, 0; hour < 0 {
		w.SentAt, w.DayOnly = 0, sentDayOnly
	}
}

// groupedSQL gathers the parcels that meet a condition by all that the sums
// tell apart.
func groupedSQL(where string) string {
	return `SELECT branch_id, customer_id, sender_id, sent_day, product, payment, province, city, state, exception, ` + hourColumn + `, ` + countedColumns +
		` FROM waybills WHERE ` + where + ` GROUP BY branch_id, customer_id, sender_id, sent_day, product, payment, province, city, state, exception, ` + hourColumn
}

const countedColumns = `count(*), CAST(sum(CASE WHEN state = 'cancelled' THEN 0 ELSE pieces END) AS BIGINT), CAST(sum(freight_fen) AS BIGINT), CAST(sum(weight_g) AS BIGINT),
	CAST(sum(CASE WHEN state = 'signed' THEN 1 ELSE 0 END) AS BIGINT), CAST(sum(CASE WHEN exception <> '' THEN 1 ELSE 0 END) AS BIGINT)`

// rebind changes many parcels at once, alike: those that meet the condition
// are taken off the sums, changed by the statement, and put on again as set
// says. The condition is written in this package.
func rebind(ctx context.Context, tx *Tx, where string, args []any, set func(*Waybill), update string, with ...any) error {
	rows, err := tx.QueryContext(ctx, groupedSQL(where), args...)
	if err != nil {
		return fmt.Errorf("waybills: %w", err)
	}
	defer rows.Close()
	t := newTally()
	for rows.Next() {
		var w Waybill
		var c shipped
		var hour int64
		if err := rows.Scan(&w.BranchID, (*ref)(&w.CustomerID), (*ref)(&w.SenderID), &w.SentDay, &w.Product, &w.Payment, &w.Province, &w.City, &w.State, &w.Exception, &hour,
			&c.Waybills, &c.Pieces, &c.Freight, &c.Weight, &c.Signed, &c.Exceptions); err != nil {
			return fmt.Errorf("waybills: %w", err)
		}
		w.setHour(hour)
		t.some(&w, c, -1)
		set(&w)
		t.some(&w, c, 1)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("waybills: %w", err)
	}
	rows.Close()
	if err := t.repick(ctx, tx, where, args, set); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, update, with...); err != nil {
		return fmt.Errorf("waybills: %w", err)
	}
	return t.flush(ctx, tx)
}

// CheckWaybillSums counts every parcel again and says where the sums differ;
// nothing when they are right.
func (d *DB) CheckWaybillSums(ctx context.Context) ([]string, error) {
	var found []string
	differ := func(what, kept, counted string) error {
		var n int64
		if err := d.r.QueryRowContext(ctx, differSQL(kept, counted)).Scan(&n); err != nil {
			return fmt.Errorf("recount %s: %w", what, err)
		}
		if n > 0 {
			found = append(found, fmt.Sprintf("%s: %d sums differ from the waybills", what, n))
		}
		return nil
	}
	wrongSums, err := d.differingSums(ctx)
	if err != nil {
		return found, err
	}
	if wrongSums > 0 {
		found = append(found, fmt.Sprintf("waybill_sums: %d sums differ from the waybills", wrongSums))
	}
	if err := differ("customer_months",
		`SELECT customer_id, month, waybills, pieces, freight_fen, weight_g, signed, exceptions FROM customer_months`,
		`SELECT customer_id, substr(sent_day, 1, 7), `+countedColumns+` FROM waybills WHERE customer_id IS NOT NULL GROUP BY customer_id, substr(sent_day, 1, 7)`); err != nil {
		return found, err
	}
	if err := differ("picker_months", `SELECT branch_id, month, picker, waybills, signed FROM picker_months`, pickersSQL("picker <> ''")); err != nil {
		return found, err
	}
	wrong, err := d.differingHabits(ctx)
	if err != nil {
		return found, err
	}
	if wrong > 0 {
		found = append(found, fmt.Sprintf("habits of customer_months: %d months differ from the waybills", wrong))
	}
	if wrong, err = d.differingFigures(ctx); err != nil {
		return found, err
	}
	if wrong > 0 {
		found = append(found, fmt.Sprintf("customer_figures: %d rows differ from the months", wrong))
	}
	if wrong, err = d.differingHistories(ctx); err != nil {
		return found, err
	}
	if wrong > 0 {
		found = append(found, fmt.Sprintf("client_moves: %d counts differ from the histories", wrong))
	}
	err = differ("waybill_senders",
		`SELECT id, waybills, freight_fen FROM waybill_senders WHERE waybills <> 0 OR customer_id IS NULL`,
		`SELECT sender_id, count(*), CAST(sum(freight_fen) AS BIGINT) FROM waybills WHERE sender_id IS NOT NULL GROUP BY sender_id`)
	return found, err
}

// differSQL counts the rows that two queries do not share.
func differSQL(a, b string) string {
	return `SELECT count(*) FROM (SELECT * FROM (SELECT * FROM (` + a + `) AS a EXCEPT SELECT * FROM (` + b + `) AS b) AS ab
		UNION ALL SELECT * FROM (SELECT * FROM (` + b + `) AS b EXCEPT SELECT * FROM (` + a + `) AS a) AS ba) AS differ`
}
