package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
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

// RateMonths is how many calendar months a rate of complaints looks at, the
// present one with them.
const RateMonths = 12

// ComplaintRates says how often clients complained for what they shipped in the
// RateMonths up to a day: those of clients within a scope that the caller has
// tested. Who shipped nothing and complained of nothing is left out.
func (d *DB) ComplaintRates(ctx context.Context, ids []int64, today day.Day) (map[int64]shipping.Complaints, error) {
	from := today.MonthStart().AddMonths(1 - RateMonths)
	counts, parcels := map[int64]int64{}, map[int64]int64{}
	for chunk := range slices.Chunk(ids, 500) {
		for _, x := range []struct {
			into  map[int64]int64
			text  string
			args  []any
			group string
		}{
			{counts, `SELECT customer_id, count(*) FROM cases WHERE opened_at >= $1 AND kind = $2 AND merged_id IS NULL AND deleted_at = 0 AND customer_id IS NOT NULL AND customer_id `, []any{dayStart(from), casework.Complaint}, ` GROUP BY customer_id`},
			{parcels, `SELECT customer_id, CAST(sum(pieces) AS BIGINT) FROM customer_months WHERE month >= $1 AND customer_id `, []any{from.String()[:7]}, ` GROUP BY customer_id`},
		} {
			err := eachOf(ctx, d.r, d.amongSQL(x.text, len(x.args)+1, len(chunk), x.group), append(x.args, idArgs(chunk)...), func(scan func(...any) error) error {
				var id, n int64
				err := scan(&id, &n)
				x.into[id] = n
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("rates of complaints: %w", err)
			}
		}
	}
	out := map[int64]shipping.Complaints{}
	for _, id := range ids {
		if counts[id] != 0 || parcels[id] != 0 {
			out[id] = shipping.ComplaintRate(counts[id], parcels[id])
		}
	}
	return out, nil
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

// TimeMark is what somebody said by hand about how much time matters to a
// client; Mark is shipping.NoMark when nobody did.
type TimeMark struct {
	Mark   shipping.Mark
	Reason string
	UserID int64
	User   string
	At     int64 // unix milliseconds
	// Version is 0 before anybody said anything.
	Version int64
}

// TimeMark returns a client's mark. The caller has read the client within a
// scope.
func (d *DB) TimeMark(ctx context.Context, c Customer) (TimeMark, error) {
	return timeMark(ctx, d.r, c.ID)
}

func timeMark(ctx context.Context, q querier, customer int64) (TimeMark, error) {
	var m TimeMark
	var sensitive bool
	err := q.QueryRowContext(ctx, `SELECT t.sensitive, t.reason, t.user_id, coalesce(u.name, ''), t.marked_at, t.version
		FROM time_marks t LEFT JOIN users u ON u.id = t.user_id WHERE t.customer_id = $1`, customer).Scan(&sensitive, &m.Reason, &m.UserID, &m.User, &m.At, &m.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return TimeMark{}, nil
	}
	if err != nil {
		return TimeMark{}, fmt.Errorf("time mark of customer %d: %w", customer, err)
	}
	if m.Mark = shipping.Patient; sensitive {
		m.Mark = shipping.Sensitive
	}
	return m, nil
}

// SetTimeMark says that time matters to a client, that it does not, or with
// shipping.NoMark that the share of express shall decide again. version is the
// mark's that was read.
func (d *DB) SetTimeMark(ctx context.Context, by policy.Actor, customer, version int64, mark shipping.Mark, reason string) error {
	return d.act(ctx, by, "customers.time_mark", func(tx *Tx) error {
		c, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), customer, false)
		if err != nil {
			return err
		}
		was, err := timeMark(ctx, tx, customer)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fmt.Errorf("time mark of customer %d has version %d, not %d: %w", customer, was.Version, version, ErrConflict)
		}
		kind := "update"
		switch {
		case mark == shipping.NoMark:
			kind = "delete"
			_, err = tx.exec(ctx, `DELETE FROM time_marks WHERE customer_id = $1`, customer)
			reason = ""
		default:
			if was.Version == 0 {
				kind = "create"
			}
			_, err = tx.exec(ctx, `INSERT INTO time_marks (customer_id, sensitive, reason, user_id, marked_at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (customer_id) DO UPDATE SET sensitive = excluded.sensitive, reason = excluded.reason, user_id = excluded.user_id,
					marked_at = excluded.marked_at, version = time_marks.version + 1`, customer, mark == shipping.Sensitive, reason, by.UserID, tx.now())
		}
		if err != nil {
			return fmt.Errorf("time mark of customer %d: %w", customer, err)
		}
		tx.aboutCustomer(c.BranchID, customer)
		return tx.change(ctx, kind, "time_marks", customer, c.BranchID, customer, was.Version+1,
			map[string][2]any{"time_mark": {string(was.Mark), string(mark)}, "note": {was.Reason, reason}})
	})
}

// Timing says whether time matters to a client on a day, by its mark, by the
// express of the twelve months up to it, or by its complaints of lateness. The caller has read the client within
// a scope.
func (d *DB) Timing(ctx context.Context, c Customer, today day.Day) (shipping.Timing, TimeMark, error) {
	rule, _, err := d.Radar(ctx, c.BranchID, today.String())
	if err != nil {
		return shipping.Timing{}, TimeMark{}, err
	}
	return timing(ctx, d.r, c.ID, today, rule)
}
