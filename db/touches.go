package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/report"
	"yike/policy/sla"
)

// TouchSum is how often clients and we touched in one way in a month.
type TouchSum struct {
	report.Touch
	Month day.Day // its first day
	N     int64
}

// MostTouches is how many visits, cases or greetings are looked at; more are
// ErrTooMany.
const MostTouches = 200_000

// Touches counts by month how the clients of a branch and those below it (0: of
// all) and we touched in whole months: visits that were made, cases that were
// registered and greetings that were done, of those that the actor sees. A way
// that is no touch (report.Touch) is left out.
func (d *DB) Touches(ctx context.Context, by policy.Actor, branch int64, first, last day.Day) (list []TouchSum, err error) {
	from, to := first.MonthStart(), last.MonthEnd()
	visits := d.visitsWhere(by.Scope(policy.VisitRead), VisitFilter{From: from.String(), To: to.String(), BranchID: branch, State: VisitDone})
	greetings := d.spanWhere(by.Scope(policy.GreetingRead), GreetingSpan{From: from.String(), To: to.String(), Branch: branch})
	greetings.text = append(greetings.text, greetingState+" = 'done'")
	cases := d.casesWhere(by, CaseFilter{Show: CasesAll, From: dayStart(from), To: dayStart(to.Add(1)), BranchID: branch, Counted: Counted{On: true}})
	for _, part := range []struct {
		kind, sql string
		c         conditions
		month     func(int64) day.Day
	}{
		{report.Visited, `SELECT v.mode AS way, CAST(substr(v.day, 1, 4) || substr(v.day, 6, 2) AS BIGINT) AS at FROM visits v JOIN customers c ON c.id = v.customer_id AND c.deleted_at = 0`, visits, writtenMonth},
		{report.Greeted, `SELECT ` + greetingMeans + ` AS way, CAST(substr(g.day, 1, 4) || substr(g.day, 6, 2) AS BIGINT) AS at` + greetingJoins, greetings, writtenMonth},
		{report.Asked, `SELECT e.channel AS way, (e.opened_at + 28800000) / 86400000 AS at FROM cases e LEFT JOIN customers c ON c.id = e.customer_id`, cases, func(n int64) day.Day { return sla.DayOf(n*86400000 - 28800000).MonthStart() }},
	} {
		sums, n := map[TouchSum]int64{}, int64(0)
		err := eachOf(ctx, d.r, touchesSQL(part.sql, part.c), part.c.args, func(scan func(...any) error) error {
			var way string
			var at, k int64
			if err := scan(&way, &at, &k); err != nil {
				return err
			}
			if n += k; n > MostTouches {
				return ErrTooMany
			}
			if t := (report.Touch{Kind: part.kind, Way: way}); t.Counts() {
				sums[TouchSum{Touch: t, Month: part.month(at)}] += k
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("touches by %s: %w", part.kind, err)
		}
		for s, k := range sums {
			s.N = k
			list = append(list, s)
		}
	}
	return list, nil
}

func touchesSQL(rows string, c conditions) string {
	return `SELECT x.way, x.at, COUNT(*) FROM (` + rows + c.whereSQL() + ` LIMIT ` + strconv.Itoa(MostTouches+1) + `) x GROUP BY x.way, x.at`
}

// writtenMonth reads a month that is written 202611.
func writtenMonth(n int64) day.Day {
	return dayParsed(fmt.Sprintf("%04d-%02d-01", n/100, n%100))
}
