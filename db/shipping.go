package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy/shipping"
)

// Month is what a client sent in one month.
type Month struct {
	Month                                                 string // YYYY-MM
	Waybills, Pieces, Freight, Weight, Signed, Exceptions int64
	Habits                                                shipping.Habits
}

// CustomerMonths returns what a client sent, month by month from the first to
// the last asked for, the earliest first. The caller has read the client
// within a scope.
func (d *DB) CustomerMonths(ctx context.Context, c Customer, from, to string) ([]Month, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT month, waybills, pieces, freight_fen, weight_g, signed, exceptions, habits FROM customer_months
		WHERE customer_id = $1 AND month >= $2 AND month <= $3 ORDER BY month`, c.ID, from, to)
	if err != nil {
		return nil, fmt.Errorf("months of customer %d: %w", c.ID, err)
	}
	defer rows.Close()
	var out []Month
	for rows.Next() {
		var m Month
		var habits string
		if err := rows.Scan(&m.Month, &m.Waybills, &m.Pieces, &m.Freight, &m.Weight, &m.Signed, &m.Exceptions, &habits); err != nil {
			return nil, fmt.Errorf("months of customer %d: %w", c.ID, err)
		}
		if m.Habits, err = shipping.Parse(habits); err != nil {
			return nil, fmt.Errorf("month %s of customer %d: %w", m.Month, c.ID, err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// checkStep is how many clients a recount of habits holds at once.
const checkStep = 200

// differingHabits counts the months of clients whose habits are not those of
// their parcels.
func (d *DB) differingHabits(ctx context.Context) (wrong int, err error) {
	for from, more := int64(0), true; more; {
		if from, more, err = d.someDiffering(ctx, from, &wrong); err != nil {
			return wrong, fmt.Errorf("habits: %w", err)
		}
	}
	return wrong, nil
}

// someDiffering compares those of the next clients after one, at one instant:
// somebody may be writing parcels.
func (d *DB) someDiffering(ctx context.Context, from int64, wrong *int) (last int64, more bool, err error) {
	tx, err := d.snapshot(ctx)
	if err != nil {
		return from, false, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	kept, last, err := keptHabits(ctx, tx, from)
	if err != nil || len(kept) == 0 {
		return from, false, err
	}
	counted, err := countedHabits(ctx, tx, from, last)
	if err != nil {
		return from, false, err
	}
	for k, text := range kept {
		h := counted[k]
		if h == nil {
			h = &shipping.Habits{}
		}
		if h.String() != text {
			*wrong++
		}
	}
	return last, true, nil
}

// keptHabits reads the months of the next clients after one.
func keptHabits(ctx context.Context, q querier, from int64) (map[monthKey]string, int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT customer_id, month, habits FROM customer_months WHERE customer_id > $1 AND customer_id <=
		(SELECT max(customer_id) FROM (SELECT DISTINCT customer_id FROM customer_months WHERE customer_id > $1 ORDER BY customer_id LIMIT `+strconv.Itoa(checkStep)+`) AS next)`, from)
	if err != nil {
		return nil, 0, fmt.Errorf("habits: %w", err)
	}
	defer rows.Close()
	kept, last := map[monthKey]string{}, from
	for rows.Next() {
		var k monthKey
		var text string
		if err := rows.Scan(&k.customer, &k.month, &text); err != nil {
			return nil, 0, fmt.Errorf("habits: %w", err)
		}
		kept[k], last = text, max(last, k.customer)
	}
	return kept, last, rows.Err()
}

// countedHabits works the habits of some clients out of their parcels.
func countedHabits(ctx context.Context, q querier, from, to int64) (map[monthKey]*shipping.Habits, error) {
	rows, err := q.QueryContext(ctx, `SELECT customer_id, sent_day, product, payment, province, city, `+hourColumn+`, pieces FROM waybills
		WHERE customer_id > $1 AND customer_id <= $2 AND state <> 'cancelled'`, from, to)
	if err != nil {
		return nil, fmt.Errorf("recount habits: %w", err)
	}
	defer rows.Close()
	counted := map[monthKey]*shipping.Habits{}
	for rows.Next() {
		var w Waybill
		var hour int64
		if err := rows.Scan(&w.CustomerID, &w.SentDay, &w.Product, &w.Payment, &w.Province, &w.City, &hour, &w.Pieces); err != nil {
			return nil, fmt.Errorf("recount habits: %w", err)
		}
		w.setHour(hour)
		k := monthKey{w.CustomerID, w.SentDay[:7]}
		if counted[k] == nil {
			counted[k] = &shipping.Habits{}
		}
		counted[k].Add(habitOf(&w), w.Pieces)
	}
	return counted, rows.Err()
}
