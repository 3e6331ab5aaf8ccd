package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/monthend"
	"yike/policy/waybill"
)

// MostTimed is how many visits, clients or parcels a journey looks at one by one;
// more are ErrTooMany.
const MostTimed = 200_000

// FirstOf is a client whose first visit, or first parcel, is looked at: when it
// was, and when the file was opened (on paper, where that is earlier).
type FirstOf struct {
	ID         int64
	Day, Filed day.Day
	Mood       string // of the visit, "" = not said
}

// Waited is how many days lie between the file and the first; false where it came
// before the file.
func (f FirstOf) Waited() (days int64, ok bool) {
	return int64(f.Day - f.Filed), f.Filed.Valid() && f.Day >= f.Filed
}

func filedOf(created int64, filed string) day.Day {
	since := dayOf(timeOf(created))
	if f := dayParsed(filed); f.Valid() && f < since {
		return f
	}
	return since
}

// FirstContacts are the clients whose first visit ever was made in whole months,
// at a branch and those below it or at all, the earliest first; nobody for who
// sees single clients only (R219).
func (d *DB) FirstContacts(ctx context.Context, scope policy.Scope, branch int64, first, last day.Day) (out []FirstOf, err error) {
	if len(d.wideBranches(scope, branch)) == 0 {
		return nil, nil
	}
	c := d.firstContactsWhere(scope, branch, first, last)
	n, at := 0, map[int64]int{}
	err = eachOf(ctx, d.r, firstContactsSQL(c), c.args, func(scan func(...any) error) error {
		var x FirstOf
		var on, filed string
		var created int64
		if err := scan(&x.ID, &on, &x.Mood, &created, &filed); err != nil {
			return err
		}
		if n++; n > MostTimed {
			return ErrTooMany
		}
		x.Day, x.Filed = dayParsed(on), filedOf(created, filed)
		i, had := at[x.ID]
		switch {
		case !had:
			at[x.ID] = len(out)
			out = append(out, x)
		case x.Day < out[i].Day:
			out[i] = x
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("first contacts: %w", err)
	}
	sortFirst(out)
	return out, nil
}

func sortFirst(list []FirstOf) {
	slices.SortFunc(list, func(x, y FirstOf) int {
		if x.Day != y.Day {
			return int(x.Day - y.Day)
		}
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
}

func (d *DB) firstContactsWhere(scope policy.Scope, branch int64, first, last day.Day) conditions {
	c := d.visitsWhere(scope, VisitFilter{From: first.MonthStart().String(), To: last.MonthEnd().String(), BranchID: branch, State: VisitDone})
	c.add("NOT EXISTS (SELECT 1 FROM visits o WHERE o.customer_id = v.customer_id AND o.deleted_at = 0 AND o.day < ? AND o.state = 'done')", first.MonthStart().String())
	return c
}

func firstContactsSQL(c conditions) string {
	return `SELECT x.customer_id, x.day, x.mood, c.created_at, c.filed_on FROM (SELECT v.customer_id, v.day, v.mood FROM visits v` + c.whereSQL() + ` LIMIT ` + strconv.Itoa(MostTimed+1) + `) x
		JOIN customers c ON c.id = x.customer_id WHERE c.deleted_at = 0`
}

// FirstParcels are the clients whose first parcel was sent in some months, as
// the reports of month ends count them (monthend.Sent), the earliest first.
// ErrTooMany where the branches have more than MostTimed clients.
func (d *DB) FirstParcels(ctx context.Context, scope policy.Scope, branch int64, first, last int32) (out []FirstOf, err error) {
	branches := d.wideBranches(scope, branch)
	if len(branches) == 0 || first > last {
		return nil, nil
	}
	known, err := d.ClientMoves(ctx, scope, branch, "stage", last, last)
	if err != nil {
		return nil, err
	}
	if (monthend.Ask{}).Of(known[last]) > MostTimed {
		return nil, fmt.Errorf("first parcels: %w", ErrTooMany)
	}
	month := map[int64]int32{}
	var ids []int64
	for _, id := range branches {
		err := d.eachRow(ctx, `SELECT customer_id, packed FROM client_histories WHERE branch_id = $1 ORDER BY customer_id`, []any{id}, func(scan func(...any) error) error {
			var customer int64
			var text string
			if err := scan(&customer, &text); err != nil {
				return err
			}
			h, err := monthend.Parse(text)
			if err == nil && h.First >= first && h.First <= last && h.SentIn(h.First) {
				ids, month[customer] = append(ids, customer), h.First
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("first parcels of branch %d: %w", id, err)
		}
	}
	for chunk := range slices.Chunk(ids, 500) {
		in := manySQL("c.id", chunk)
		rows, err := d.query(ctx, cond{`SELECT c.id, c.created_at, c.filed_on, coalesce((SELECT MIN(w.sent_day) FROM waybills w WHERE w.customer_id = c.id), '') FROM customers c WHERE ` + in.text, in.args})
		if err != nil {
			return nil, fmt.Errorf("first parcels: %w", err)
		}
		err = func() error {
			defer rows.Close()
			for rows.Next() {
				var x FirstOf
				var created int64
				var filed, sent string
				if err := rows.Scan(&x.ID, &created, &filed, &sent); err != nil {
					return err
				}
				x.Filed = filedOf(created, filed)
				if x.Day = dayParsed(sent); !x.Day.Valid() || MonthOf(x.Day) != month[x.ID] { // its parcels went since the night
					x.Day, x.Filed = day.MustParse(monthend.Month(month[x.ID])+"-01"), day.None
				}
				out = append(out, x)
			}
			return rows.Err()
		}()
		if err != nil {
			return nil, fmt.Errorf("first parcels: %w", err)
		}
	}
	sortFirst(out)
	return out, nil
}

// TransitDays are by how many days from the day it was sent to the day it was
// signed for the parcels of whole months took, of a branch and those below it or
// of all; a parcel not signed for, or without a day of it, is in none. ErrTooMany
// beyond MostTimed parcels; nothing for who sees single clients only.
func (d *DB) TransitDays(ctx context.Context, scope policy.Scope, branch int64, first, last day.Day) (map[int64]int64, error) {
	out := map[int64]int64{}
	branches := d.wideBranches(scope, branch)
	if len(branches) == 0 {
		return out, nil
	}
	sums, err := d.ShippedMonthly(ctx, scope, branch, first, last)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, s := range sums {
		n += s.Waybills
	}
	if n > MostTimed {
		return nil, fmt.Errorf("days in transit: %w", ErrTooMany)
	}
	q := transitSQL(branches, first, last)
	rows, err := d.query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("days in transit: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sent string
		var signed, k int64
		if err := rows.Scan(&sent, &signed, &k); err != nil {
			return nil, fmt.Errorf("days in transit: %w", err)
		}
		if took := int64(dayOf(timeOf(signed*86_400_000-28_800_000)) - dayParsed(sent)); took >= 0 {
			out[took] += k
		}
	}
	return out, rows.Err()
}

func transitSQL(branches []int64, first, last day.Day) cond {
	in := manySQL("w.branch_id", branches)
	return cond{`SELECT w.sent_day, (w.signed_at + 28800000) / 86400000 AS signed_day, COUNT(*) FROM waybills w WHERE ` + in.text + ` AND w.sent_day >= ? AND w.sent_day <= ? AND w.signed_at > 0 AND w.state = ? GROUP BY w.sent_day, signed_day`,
		append(slices.Clone(in.args), first.MonthStart().String(), last.MonthEnd().String(), waybill.Signed)}
}
