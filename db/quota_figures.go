package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/day"
)

// QuotaSum is what the rule asks of somebody's clients of a class in a month,
// and what was done.
type QuotaSum struct {
	Owner   int64
	Class   string // "A", "B", "C"
	Month   day.Day
	Clients int64 // theirs now, as the due list has them: on file, neither archived nor lost
	Asked   int64 // visits that the rule of the month asks for them
	Visits  int64 // made to these clients by anybody, from the month on in which they were taken over
	Forms   int64 // that they sent themselves about clients of that class
}

// QuotaSums counts that for people in whole months, first to last, of what the
// actor sees. A month is judged by the rule of its last day, of this month's by
// that of today; whose a client is, and of what class, is taken from its file.
// Who joined, was taken over or changed the class in a month is asked for in
// shares, as by the due list; of months before, nothing or what the class before
// asks (the change before the last is not looked for). ErrTooMany when more than
// MostFigured clients came or changed in these months.
func (d *DB) QuotaSums(ctx context.Context, by policy.Actor, owners []int64, first, last day.Day) ([]QuotaSum, error) {
	if len(owners) == 0 {
		return nil, nil
	}
	q := quotaCount{d: d, by: by, owners: owners, first: first.MonthStart(), last: last.MonthStart(), of: map[quotaKey]*QuotaSum{}}
	for _, count := range []func(context.Context) error{q.clients, q.visits, q.forms} {
		if err := count(ctx); err != nil {
			return nil, fmt.Errorf("quotas of people: %w", err)
		}
	}
	var out []QuotaSum
	for _, owner := range owners {
		for _, class := range []string{"A", "B", "C"} {
			for m := q.first; m <= q.last; m = m.AddMonths(1) {
				if s := q.of[quotaKey{owner, class, m}]; s != nil {
					out = append(out, *s)
				}
			}
		}
	}
	return out, nil
}

type quotaKey struct {
	owner int64
	class string
	month day.Day
}

type quotaCount struct {
	d           *DB
	by          policy.Actor
	owners      []int64
	first, last day.Day
	of          map[quotaKey]*QuotaSum
}

func (q *quotaCount) at(owner int64, class string, month day.Day) *QuotaSum {
	k := quotaKey{owner, class, month}
	if q.of[k] == nil {
		q.of[k] = &QuotaSum{Owner: owner, Class: class, Month: month}
	}
	return q.of[k]
}

// quotaLot are clients of somebody who stand alike in all of the months.
type quotaLot struct {
	DueRow
	n int64
}

// clients adds what each month asks, in shares as the due list does it: of who
// came, was taken over or changed the class within the months one by one.
func (q *quotaCount) clients(ctx context.Context) error {
	lots, err := q.lots(ctx)
	for m := q.first; err == nil && m <= q.last; m = m.AddMonths(1) {
		var rules *dueRules
		if rules, err = q.d.dueRules(ctx, nil, min(m.MonthEnd(), day.At(q.d.now(), Zone))); err != nil {
			break
		}
		for _, l := range lots {
			s := q.at(l.OwnerID, l.Facts.Class, m)
			s.Clients += l.n
			s.Asked += l.n * int64(rules.of(q.d.Chain(l.BranchID)).Due(l.Facts).Target)
		}
	}
	return err
}

func (q *quotaCount) lots(ctx context.Context) (list []quotaLot, err error) {
	const from = ` FROM (SELECT id AS customer_id, branch_id, owner_id, class, state, stage, deleted_at, class_since, owner_since, created_at, filed_on FROM customers) c`
	const fresh = `(c.class_since >= ? OR c.owner_since >= ? OR c.created_at >= ?)`
	var c conditions
	q.d.seenBy(&c, "c", q.by.Scope(policy.CustomerRead))
	idsIn(&c, "c.owner_id", q.owners)
	c.text = append(c.text, dueLiveSQL, "c.class <> ''")
	news := conditions{text: slices.Clone(c.text), args: slices.Clone(c.args)}
	args := []any{q.first.String(), q.first.String(), q.first.Time().Add(-9 * time.Hour).UnixMilli()}
	c.add(`NOT `+fresh, args...)
	news.add(fresh, args...)
	for _, text := range []string{
		`SELECT 0, c.owner_id, c.branch_id, c.class, '', COUNT(*)` + from + c.whereSQL() + ` GROUP BY c.owner_id, c.branch_id, c.class`,
		`SELECT c.customer_id, c.owner_id, c.branch_id, c.class, c.class_since || ' ' || c.owner_since || ' ' || CAST(c.created_at AS TEXT) || ' ' || c.filed_on, 1` + from + news.whereSQL() + ` LIMIT ` + strconv.Itoa(MostFigured+1),
	} {
		err := eachOf(ctx, q.d.r, text, c.args, func(scan func(...any) error) error {
			var l quotaLot
			var days string
			err := scan(&l.ID, &l.OwnerID, &l.BranchID, &l.Facts.Class, &days, &l.n)
			within(&l.Facts, days)
			list = append(list, l)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(list) > MostFigured {
		return nil, ErrTooMany
	}
	return list, q.before(ctx, list)
}

// before fills in the classes of those whose class changed within the months.
func (q *quotaCount) before(ctx context.Context, list []quotaLot) error {
	rows := make([]DueRow, len(list))
	for i := range list {
		rows[i] = list[i].DueRow
	}
	err := q.d.classesBefore(ctx, rows, q.first)
	for i := range list {
		list[i].DueRow = rows[i]
	}
	return err
}

// monthly reads an owner, a class, a month and a number a row.
func (q *quotaCount) monthly(ctx context.Context, text string, c conditions, put func(*QuotaSum, int64)) error {
	return eachOf(ctx, q.d.r, quotaMonthlySQL(text, c), c.args, func(scan func(...any) error) error {
		var owner, n int64
		var class, month string
		err := scan(&owner, &class, &month, &n)
		put(q.at(owner, class, dayParsed(month+"-01")), n)
		return err
	})
}

func quotaMonthlySQL(text string, c conditions) string {
	return text + c.whereSQL() + ` GROUP BY 1, 2, 3`
}

func (q *quotaCount) visits(ctx context.Context) error {
	c := q.d.visitsWhere(q.by.Scope(policy.VisitRead), VisitFilter{From: q.first.String(), To: q.last.MonthEnd().String(), State: VisitDone})
	idsIn(&c, "c.owner_id", q.owners)
	c.text = append(c.text, "c.class <> ''", "c.state <> 'archived'", "c.stage <> 'lost'", "v.day >= substr(c.owner_since, 1, 8)")
	return q.monthly(ctx, `SELECT c.owner_id, c.class, substr(v.day, 1, 7), COUNT(*) FROM customers c JOIN visits v ON v.customer_id = c.id AND c.deleted_at = 0`, c, func(s *QuotaSum, n int64) { s.Visits = n })
}

func (q *quotaCount) forms(ctx context.Context) error {
	c := q.d.formsWhere(q.by, FormFilter{From: q.first.String(), To: q.last.MonthEnd().String()})
	idsIn(&c, "f.user_id", q.owners)
	c.text = append(c.text, "f.class <> ''")
	return q.monthly(ctx, `SELECT f.user_id, f.class, substr(f.day, 1, 7), COUNT(*) FROM feedback_forms f JOIN customers c ON c.id = f.customer_id AND c.deleted_at = 0`, c, func(s *QuotaSum, n int64) { s.Forms = n })
}
