package db

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"

	"yike/policy/day"
)

// dueSpan is where a page begins in a group, whose members follow each other by
// the day of their last visit and then by id: the longer ago, the more urgent.
type dueSpan struct {
	*dueLot
	from, to day.Day // all of the group
	at       day.Day // the first day on which nobody comes before the page's place
	id       int64   // of the place, when it stands on that day; else 0
	bound    DueKey  // none of those that a page takes comes before (going back: after) it
}

// span finds the place of a page in a group.
func (l *dueLot) span(today day.Day, ask DueAsk) dueSpan {
	first, _ := day.Parse(l.first)
	s := dueSpan{dueLot: l, from: first, to: today}
	if l.old {
		s.to = today.MonthStart() - 1
	}
	s.at = s.from
	if ask.At.ID != 0 {
		n := sort.Search(int(s.to-s.from)+1, func(i int) bool { return l.urgency(s.from.Add(i), today) <= ask.At.Urgency })
		if s.at = s.from.Add(n); s.at <= s.to && l.urgency(s.at, today) == ask.At.Urgency {
			s.id = ask.At.ID
		}
	}
	if s.bound = (DueKey{l.urgency(min(s.at, s.to), today), 0}); ask.Back {
		s.bound = DueKey{l.urgency(max(s.from, min(s.at, s.to)), today), math.MaxInt64}
		if s.id == 0 && s.at > s.from {
			s.bound.Urgency = l.urgency(s.at-1, today)
		}
	}
	return s
}

func (l *dueLot) urgency(last, today day.Day) int64 {
	g := l.group()
	g.stand(last.String(), today)
	return g.row.Standing.Urgency
}

// whereSQL are the members that come before a page's place, or after it; self
// adds the one that stands on it. SQLite would read all customers of the branch
// who were visited on these days; pairs of columns leave it only the one index.
func (s *dueSpan) whereSQL(before, self bool) cond {
	of := condOf("c.branch_id = ? AND c.owner_id = ? AND c.class = ?", s.branch, s.owner, s.class)
	if s.owner == 0 {
		of = condOf("c.branch_id = ? AND c.owner_id IS NULL AND c.class = ?", s.branch, s.class)
	}
	of.text = dueFromSQL + of.text
	at, end, than := " > ", " <= ", s.to
	if before {
		if at, end, than = " < ", " >= ", s.from; self {
			at = " <= "
		}
	}
	return bothSQL(of, condOf("(c.month_visits, c.last_visit_on, c.id)"+at+"(?, ?, ?) AND (c.month_visits, c.last_visit_on)"+end+"(?, ?)",
		s.visits, s.at.String(), s.id, s.visits, than.String()))
}

// passed counts the members before the place; self says that who stands on it
// counts, too.
func (d *DB) passed(ctx context.Context, s *dueSpan, self bool) (int, error) {
	switch {
	case s.at > s.to:
		return s.n, nil
	case s.at == s.from && s.id == 0:
		return 0, nil
	}
	n := 0
	where := s.whereSQL(true, self)
	if err := d.one(ctx, cond{"SELECT count(*)" + where.text, where.args}, &n); err != nil {
		return 0, fmt.Errorf("due list: %w", err)
	}
	at := s.at.String()
	for _, a := range s.apart {
		if a.last < at || s.id != 0 && a.last == at && (a.id < s.id || self && a.id == s.id) {
			n--
		}
	}
	return n, nil
}

// takeDue offers a page the members of groups that come nearest to its place,
// group by group, until no other can have one that comes nearer.
func (d *DB) takeDue(ctx context.Context, best *dueBest, spans []dueSpan, today day.Day) error {
	slices.SortFunc(spans, func(a, b dueSpan) int { return best.before(a.bound, b.bound) })
	for i := range spans {
		s := &spans[i]
		if best.cut(); best.full && best.before(s.bound, best.bound) > 0 {
			return nil
		}
		if s.at > s.to && !best.back || best.back && s.at == s.from && s.id == 0 {
			continue
		}
		if err := d.takeSpan(ctx, best, s, today); err != nil {
			return fmt.Errorf("due list: %w", err)
		}
	}
	return nil
}

func (d *DB) takeSpan(ctx context.Context, best *dueBest, s *dueSpan, today day.Day) error {
	where, order := s.whereSQL(best.back, false), ` ORDER BY c.month_visits, c.last_visit_on, c.id LIMIT `
	if best.back {
		order = ` ORDER BY c.month_visits DESC, c.last_visit_on DESC, c.id DESC LIMIT `
	}
	// Few lengths, so that the statement is kept.
	most := (best.limit + len(s.apart) + 63) / 64 * 64
	rows, err := d.query(ctx, cond{`SELECT c.id, c.city_code, c.last_visit_on` + where.text + order + strconv.Itoa(most), where.args})
	if err != nil {
		return err
	}
	defer rows.Close()
	apart := make(map[int64]bool, len(s.apart))
	for _, a := range s.apart {
		apart[a.id] = true
	}
	g := s.group()
	for rows.Next() {
		var last string
		if err := rows.Scan(&g.row.ID, &g.row.CityCode, &last); err != nil {
			return err
		}
		if last != g.day {
			g.day = last
			g.stand(last, today)
		}
		if !apart[g.row.ID] {
			best.offer(&g.row)
		}
	}
	return rows.Err()
}

// dueCities are the cities in which customers of some sets are, and the others
// who are named.
func (d *DB) dueCities(ctx context.Context, sets []dueSet, others []DueRow) ([]string, error) {
	found := map[string]bool{}
	for i := range others {
		found[others[i].CityCode] = true
	}
	for _, set := range sets {
		in := manySQL("b.id", set.branches)
		var q cond
		if set.owner != 0 {
			q = cond{`WITH RECURSIVE t(b, k) AS (
				SELECT b.id, (SELECT min(c.city_code)` + dueFromSQL + `c.owner_id = ? AND c.branch_id = b.id) FROM branches b WHERE ` + in.text + `
				UNION ALL SELECT t.b, (SELECT min(c.city_code)` + dueFromSQL + `c.owner_id = ? AND c.branch_id = t.b AND c.city_code > t.k) FROM t WHERE t.k IS NOT NULL)
				SELECT DISTINCT t.k FROM t WHERE t.k IS NOT NULL`, slices.Concat([]any{set.owner}, in.args, []any{set.owner})}
		} else {
			q = cond{`WITH RECURSIVE t(k) AS (
				SELECT min(c.city_code) FROM customers c WHERE c.deleted_at = 0
				UNION ALL SELECT (SELECT min(c.city_code) FROM customers c WHERE c.deleted_at = 0 AND c.city_code > t.k) FROM t WHERE t.k IS NOT NULL)
				SELECT DISTINCT t.k FROM t CROSS JOIN branches b WHERE t.k IS NOT NULL AND ` + in.text + `
					AND (SELECT min(c.name_key) FROM customers c WHERE c.deleted_at = 0 AND c.city_code = t.k AND c.branch_id = b.id) IS NOT NULL`, in.args}
		}
		if err := d.cities(ctx, q, found); err != nil {
			return nil, fmt.Errorf("cities of the due list: %w", err)
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func (d *DB) cities(ctx context.Context, q cond, found map[string]bool) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			return err
		}
		found[code] = true
	}
	return rows.Err()
}
