package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/pinyin"
)

// VisitDay is how many visits a person has in one state on one day.
type VisitDay struct {
	Day    string
	UserID int64
	User   string
	State  string
	Count  int
}

// maxVisitDays bounds a calendar: six weeks of a hundred people or so.
const maxVisitDays = 10_000

// MonthVisits counts the visits that Visits would list, per day, person and
// state. full is false when there were too many people to count them all.
func (d *DB) MonthVisits(ctx context.Context, scope policy.Scope, f VisitFilter) (list []VisitDay, full bool, err error) {
	count := map[VisitDay]int{}
	if err := d.eachOfMonth(ctx, d.monthWhere(scope, f), func(v VisitDay) { count[v]++ }); err != nil {
		return nil, false, fmt.Errorf("calendar of visits: %w", err)
	}
	var users []int64
	for v := range count {
		if v.UserID != 0 && !slices.Contains(users, v.UserID) {
			users = append(users, v.UserID)
		}
	}
	names, keys := map[int64]string{}, map[int64]string{}
	for some := range slices.Chunk(users, 500) {
		found, err := d.UserNames(ctx, some)
		if err != nil {
			return nil, false, err
		}
		maps.Copy(names, found)
	}
	for id, name := range names {
		keys[id] = pinyin.Key(name)
	}
	for v, n := range count {
		v.User, v.Count = names[v.UserID], n
		list = append(list, v)
	}
	slices.SortFunc(list, func(x, y VisitDay) int {
		return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(keys[x.UserID], keys[y.UserID]), cmp.Compare(x.UserID, y.UserID), cmp.Compare(x.State, y.State))
	})
	if len(list) > maxVisitDays {
		return list[:maxVisitDays], false, nil
	}
	return list, true, nil
}

// monthWhere is the condition of a calendar. Few clients are in the bin, so
// their visits are left out by their ids; that of every branch is named, so that
// the index by branch and day is read.
func (d *DB) monthWhere(scope policy.Scope, f VisitFilter) conditions {
	c := d.visitsWhere(scope, f)
	c.add("v.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)")
	if list, all := d.branchIDs(scope); all && f.BranchID == 0 && f.UserID == 0 && f.CustomerID == 0 && len(list) > 0 {
		in, ids := marks(list)
		c.add("v.branch_id IN ("+in+")", ids...)
	}
	return c
}

// eachOfMonth hands every visit to fn: its day, its person and its state. They
// come day by day in one text, since a row costs more than a visit.
func (d *DB) eachOfMonth(ctx context.Context, c conditions, fn func(VisitDay)) error {
	rows, err := d.query(ctx, cond{"SELECT v.day, string_agg(CAST(coalesce(v.user_id, 0) AS TEXT) || ' ' || v.state, ',') FROM visits v" +
		c.whereSQL() + " GROUP BY v.branch_id, v.day", c.args})
	if err != nil {
		return err
	}
	defer rows.Close()
	var v VisitDay
	var all string
	for rows.Next() {
		if err := rows.Scan(&v.Day, &all); err != nil {
			return err
		}
		for one := range strings.SplitSeq(all, ",") {
			user, state, _ := strings.Cut(one, " ")
			v.UserID, _ = strconv.ParseInt(user, 10, 64)
			v.State = state
			fn(v)
		}
	}
	return rows.Err()
}
