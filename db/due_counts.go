package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
	"yike/policy/profile"
)

// A page of who is due asks for some fifty customers and for how many there are
// in each state. Customers of one owner, branch, class and number of visits this
// month stand alike, but for the day of their last visit, which only orders
// them: so these are counted in the index, not read, and a page takes the first
// of each such group from there. Who has something of this month about him
// (never visited, a new class or rep, a new file, a visit dated ahead) is read
// and decided alone; they are few, and none of them is in a group.

// dueSet are customers whose groups are looked for: those of an owner, or of
// anybody (0), in some branches.
type dueSet struct {
	branches []int64
	owner    int64
}

// dueSets are the customers of a scope and a filter, and as a condition those
// for whom the reader is only the clerk: they are decided one by one.
func (d *DB) dueSets(ctx context.Context, scope policy.Scope, f DueFilter) (sets []dueSet, clerk cond, err error) {
	r := d.reach(scope, f.BranchID)
	if r.empty {
		return nil, cond{}, nil
	}
	owner, within := f.UserID, func(id int64) bool {
		return r.all || slices.Contains(r.branches, id) || r.own == f.UserID && (r.within == nil || slices.Contains(r.within, id))
	}
	if owner == 0 {
		if len(r.branches) > 0 {
			sets = append(sets, dueSet{branches: r.branches})
		}
		if owner = r.own; owner == 0 {
			return sets, cond{}, nil
		}
		clerk = r.ownTerms()[1]
		within = func(id int64) bool {
			return !slices.Contains(r.branches, id) && (r.within == nil || slices.Contains(r.within, id))
		}
	} else if r.own != 0 && r.own != owner {
		clerk = bothSQL(condOf("c.owner_id = ?", owner), r.ownTerms()[1])
	}
	branches, err := d.dueBranches(ctx, owner)
	if branches = slices.DeleteFunc(branches, func(id int64) bool { return !within(id) }); len(branches) > 0 {
		sets = append(sets, dueSet{branches, owner})
	}
	return sets, clerk, err
}

// dueBranches are the branches in which somebody has customers.
func (d *DB) dueBranches(ctx context.Context, owner int64) (list []int64, err error) {
	rows, err := d.query(ctx, condOf(`WITH RECURSIVE t(b) AS (
		SELECT min(c.branch_id)`+dueFromSQL+`c.owner_id = ?
		UNION ALL SELECT (SELECT min(c.branch_id)`+dueFromSQL+`c.owner_id = ? AND c.branch_id > t.b) FROM t WHERE t.b IS NOT NULL)
		SELECT t.b FROM t WHERE t.b IS NOT NULL`, owner, owner))
	if err != nil {
		return nil, fmt.Errorf("branches of user %d: %w", owner, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("branches of user %d: %w", owner, err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// dueLot is a group of customers who stand alike.
type dueLot struct {
	branch, owner int64 // owner 0: nobody's
	class         string
	visits        int // in the month of the last visit
	old           bool
	n             int
	first         string // no last visit of theirs is before that day
	rule          *cadence.Month
	standing      cadence.Standing // but for the days since
	apart         []dueApartOne    // who would be in it, and is decided alone
}

const idMargin = 7 * 24 * 60 * 60 * 1000 // milliseconds

// dueWhose are customers of a set that have an owner, or nobody's.
type dueWhose struct {
	dueSet
	nobody  bool
	classes []string
	today   day.Day
}

func (q dueWhose) month() string { return q.today.MonthStart().String() }

// pairsSQL begins a statement: o are the branches with each owner in them, w the
// classes. Each owner is found by a look into the index, not by reading all.
func (q dueWhose) pairsSQL() cond {
	in := manySQL("b.id", q.branches)
	o := cond{`SELECT b.id, CAST(NULL AS BIGINT) FROM branches b WHERE ` + in.text, in.args}
	switch {
	case q.nobody:
	case q.owner != 0:
		o = cond{`SELECT b.id, CAST(? AS BIGINT) FROM branches b WHERE ` + in.text, slices.Concat([]any{q.owner}, in.args)}
	default:
		o.text = `SELECT b.id, (SELECT min(c.owner_id)` + dueFromSQL + `c.branch_id = b.id) FROM branches b WHERE ` + in.text + `
			UNION ALL SELECT o.b, (SELECT min(c.owner_id)` + dueFromSQL + `c.branch_id = o.b AND c.owner_id > o.u) FROM o WHERE o.u IS NOT NULL`
	}
	classes := strings.TrimSuffix(strings.Repeat(`SELECT CAST(? AS TEXT) UNION ALL `, len(q.classes)), ` UNION ALL `)
	out := cond{`WITH RECURSIVE o(b, u) AS (` + o.text + `), w(k) AS (` + classes + `)`, slices.Clone(o.args)}
	for _, c := range q.classes {
		out.args = append(out.args, c)
	}
	return out
}

// whoseSQL puts the condition of the owner into a text: of a pair, or of a group.
func (q dueWhose) whoseSQL(text string) string {
	if q.nobody {
		return strings.NewReplacer("{a pair}", "o.u IS NULL", "{of o}", "c.owner_id IS NULL", "{of m}", "c.owner_id IS NULL").Replace(text)
	}
	return strings.NewReplacer("{a pair}", "o.u IS NOT NULL", "{of o}", "c.owner_id = o.u", "{of m}", "c.owner_id = m.u").Replace(text)
}

// lotsSQL counts the groups: how many were last visited before this month and
// in it, and the first day of each.
func (q dueWhose) lotsSQL() cond {
	const group = dueFromSQL + `c.branch_id = m.b AND {of m} AND c.class = m.k`
	const at = group + ` AND c.month_visits = m.v AND c.last_visit_on `
	return begunSQL(q.pairsSQL(), q.whoseSQL(`, m(b, u, k, v) AS (
		SELECT o.b, o.u, w.k, (SELECT min(c.month_visits)`+dueFromSQL+`c.branch_id = o.b AND {of o} AND c.class = w.k) FROM o CROSS JOIN w WHERE {a pair}
		UNION ALL SELECT m.b, m.u, m.k, (SELECT min(c.month_visits)`+group+` AND c.month_visits > m.v) FROM m WHERE m.v IS NOT NULL)
		SELECT m.b, coalesce(m.u, 0), m.k, m.v,
			(SELECT count(*)`+at+`> '' AND c.last_visit_on < ?), coalesce((SELECT min(c.last_visit_on)`+at+`> ''), ''),
			(SELECT count(*)`+at+`>= ? AND c.last_visit_on <= ?), coalesce((SELECT min(c.last_visit_on)`+at+`>= ?), '')
		FROM m WHERE m.v IS NOT NULL`), q.month(), q.month(), q.today.String(), q.month())
}

// dueApartColumns are what a customer who is decided alone is decided by.
const dueApartColumns = `c.id, c.branch_id, coalesce(c.owner_id, 0), c.class, c.month_visits, c.last_visit_on, c.city_code, c.class_since, c.owner_since, c.created_at, c.filed_on`

// neverSQL reads those who were never visited. Pairs of columns leave SQLite no
// other index than theirs.
func (q dueWhose) neverSQL() cond {
	return begunSQL(q.pairsSQL(), q.whoseSQL(` SELECT `+dueApartColumns+` FROM o CROSS JOIN w CROSS JOIN customers c
		WHERE {a pair} AND `+dueLiveSQL+` AND c.branch_id = o.b AND {of o} AND c.class = w.k AND (c.month_visits, c.last_visit_on) >= (0, '') AND (c.month_visits, c.last_visit_on) <= (0, '')`))
}

func begunSQL(begin cond, text string, args ...any) cond {
	return cond{begin.text + text, append(begin.args, args...)}
}

// dueAloneSQL reads those who are decided alone.
func dueAloneSQL(which cond, classes []string) cond {
	out := cond{`SELECT ` + dueApartColumns + dueFromSQL + which.text + ` AND c.class IN (?` + strings.Repeat(", ?", len(classes)-1) + `)`, slices.Clone(which.args)}
	for _, c := range classes {
		out.args = append(out.args, c)
	}
	return out
}

// freshSQL reads those of a set who were visited and have something of this
// month about them: a visit dated ahead, a new class or rep, a new file. What
// is joined with an empty text is no range of an index.
func (d *DB) freshSQL(set dueSet, classes []string, today day.Day) []cond {
	month, now, begin := today.MonthStart().String(), today.String(), today.MonthStart().Time().Add(-9*time.Hour).UnixMilli()
	since := "max(c.class_since, c.owner_since)"
	if d.postgres {
		since = "greatest(c.class_since, c.owner_since)"
	}
	of := dueAloneSQL(manySQL("c.branch_id", set.branches), classes)
	if set.owner != 0 {
		of = bothSQL(of, condOf("+c.owner_id = ?", set.owner))
	}
	const seen = "c.last_visit_on || '' > '' AND c.last_visit_on || '' <= ?"
	return []cond{
		bothSQL(of, condOf("c.last_visit_on > ?", now)),
		bothSQL(of, condOf(since+" >= ? AND "+seen, month, now)),
		// The id of a file was drawn when it was opened; one of an import that was
		// cut off and went on may be some days older.
		bothSQL(of, condOf("c.id >= ? AND c.created_at >= ? AND "+since+" || '' < ? AND "+seen, (begin-idMargin-idEpoch)<<(idNodeBits+idSeqBits), begin, month, now)),
	}
}

// dueCounted is who is due, as far as a page needs it.
type dueCounted struct {
	*dueReading
	lots  []*dueLot
	alone []DueRow
}

type dueLotKey struct {
	branch, owner int64
	class         string
	visits        int
	old           bool
}

// countDue counts the groups of a scope and a filter, and decides alone who
// stands apart.
func (d *DB) countDue(ctx context.Context, scope policy.Scope, f DueFilter, today day.Day) (*dueCounted, error) {
	out := &dueCounted{dueReading: &dueReading{today: today}}
	out.note = func(row *DueRow) { out.alone = append(out.alone, *row) }
	var err error
	if out.rules, err = d.dueRules(ctx, f.Rule, today); err != nil {
		return out, err
	}
	classes := out.rules.classes(f.Class)
	sets, clerk, err := d.dueSets(ctx, scope, f)
	if err != nil || len(classes) == 0 {
		return out, err
	}
	lots := map[dueLotKey]*dueLot{}
	for _, set := range sets {
		if out.tooMany, err = d.tooManyDue(ctx, set, out.narrowedSQL(f)); err != nil || out.tooMany {
			return out, err
		}
		if err := d.countSet(ctx, out, set, classes, lots); err != nil {
			return out, fmt.Errorf("due list: %w", err)
		}
	}
	if clerk.text != "" {
		if err := d.eachAlone(ctx, out.dueReading, dueAloneSQL(clerk, classes), nil); err != nil {
			return out, fmt.Errorf("due list: %w", err)
		}
	}
	for _, l := range lots {
		out.read += l.n
	}
	if out.tooMany = out.read > MaxDue; out.tooMany {
		return out, nil
	}
	for _, l := range lots {
		if l.stand(out.today); l.n > 0 && l.standing.State != cadence.None {
			out.assumed = out.assumed || l.standing.Assumed
			out.lots = append(out.lots, l)
		}
	}
	return out, d.dueApart(ctx, out.dueReading)
}

// classes are those of whom visits are asked, or of them the one that is named.
func (r *dueRules) classes(only string) []string {
	list := slices.Clone(profile.Classes)
	if r.none {
		list = append(list, "")
	}
	if only != "" {
		list = slices.DeleteFunc(list, func(c string) bool { return c != only })
	}
	return list
}

// tooManyDue says that the branches of a set have more customers than a due
// list looks at. One branch's are as soon counted whole.
func (d *DB) tooManyDue(ctx context.Context, set dueSet, narrowed cond) (bool, error) {
	if set.owner != 0 || len(set.branches) < 2 {
		return false, nil
	}
	n, err := (&listing{d: d}).number(ctx, dueSizeSQL(bothSQL(manySQL("c.branch_id", set.branches), narrowed)))
	return n > MaxDue, err
}

func (d *DB) countSet(ctx context.Context, out *dueCounted, set dueSet, classes []string, lots map[dueLotKey]*dueLot) error {
	for _, nobody := range []bool{false, true} {
		if nobody && set.owner != 0 {
			break
		}
		q := dueWhose{set, nobody, classes, out.today}
		if err := d.readLots(ctx, out.rules, q, lots); err != nil {
			return err
		}
		if err := d.eachAlone(ctx, out.dueReading, q.neverSQL(), nil); err != nil {
			return err
		}
	}
	for _, q := range d.freshSQL(set, classes, out.today) {
		if err := d.eachAlone(ctx, out.dueReading, q, lots); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) readLots(ctx context.Context, rules *dueRules, q dueWhose, lots map[dueLotKey]*dueLot) error {
	rows, err := d.query(ctx, q.lotsSQL())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l dueLot
		var old, now int
		var since, first string
		if err := rows.Scan(&l.branch, &l.owner, &l.class, &l.visits, &old, &first, &now, &since); err != nil {
			return err
		}
		l.rule = rules.of(d.Chain(l.branch))
		for _, part := range []struct {
			old   bool
			n     int
			first string
		}{{true, old, first}, {false, now, since}} {
			if part.n > 0 {
				one := l
				one.old, one.n, one.first = part.old, part.n, part.first
				lots[dueLotKey{l.branch, l.owner, l.class, l.visits, part.old}] = &one
			}
		}
	}
	return rows.Err()
}

// eachAlone decides alone those whom a statement reads, and takes them out of
// their groups.
func (d *DB) eachAlone(ctx context.Context, r *dueReading, q cond, lots map[dueLotKey]*dueLot) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	month, begin := r.today.MonthStart().String(), r.today.MonthStart().Time().Add(-9*time.Hour).UnixMilli()
	for rows.Next() {
		var g dueGroup
		var created int64
		var class, last, classSince, ownerSince, filed string
		if err := rows.Scan(&g.row.ID, &g.row.BranchID, &g.row.OwnerID, &class, &g.visits, &last, &g.row.CityCode, &classSince, &ownerSince, &created, &filed); err != nil {
			return err
		}
		r.read++
		if l := lots[dueLotKey{g.row.BranchID, g.row.OwnerID, class, g.visits, last < month}]; l != nil && last <= r.today.String() {
			l.n--
			l.apart = append(l.apart, dueApartOne{last, g.row.ID})
		}
		g.rule, g.row.Facts.Class = r.rules.of(d.Chain(g.row.BranchID)), class
		if last != "" && last <= r.today.String() && classSince < month && ownerSince < month && created < begin {
			g.stand(last, r.today) // as all others
			r.tell(&g.row)
			continue
		}
		r.apart(&g, last, classSince+" "+ownerSince+" "+strconv.FormatInt(created, 10)+" "+filed)
	}
	return rows.Err()
}

type dueApartOne struct {
	last string
	id   int64
}

// stand works out how those of the group stand who were visited on its first
// day.
func (l *dueLot) stand(today day.Day) {
	g := l.group()
	g.stand(l.first, today)
	l.standing = g.row.Standing
}

func (l *dueLot) group() dueGroup {
	g := dueGroup{rule: l.rule, visits: l.visits}
	g.row.BranchID, g.row.OwnerID, g.row.Facts.Class = l.branch, l.owner, l.class
	return g
}
