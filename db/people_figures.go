package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/sla"
)

// groupRoles are who belongs to a group of people/Groups.
var groupRoles = map[string][]policy.Role{
	people.Rep:     {policy.SalesRep, policy.AccountManager},
	people.Clerk:   {policy.ServiceClerk, policy.ServiceLead},
	people.Courier: {policy.Courier},
}

// groupOf is the first group whose role somebody holds, "" for none.
func groupOf(grants []policy.Grant) string {
	for _, group := range people.Groups {
		if slices.ContainsFunc(grants, func(g policy.Grant) bool { return slices.Contains(groupRoles[group], g.Role) }) {
			return group
		}
	}
	return ""
}

// Colleague is somebody whose work is counted.
type Colleague struct {
	User
	Group string
}

// Gone says that they work here no longer.
func (c Colleague) Gone(today string) bool { return c.Disabled || c.Left(today) }

// Colleagues are the people of a group whose figures the scope sees, by name, of
// a branch and those below it or of all (0), at most limit and whether there are
// more. Who sees nobody else sees themselves.
func (d *DB) Colleagues(ctx context.Context, scope policy.Scope, group string, branch int64, limit int) (list []Colleague, more bool, err error) {
	var rows []User
	if scope.Wide() {
		page, err := d.People(ctx, scope, PeopleFilter{Branch: branch, Roles: groupRoles[group], State: PeopleAll, Limit: limit})
		if err != nil {
			return nil, false, err
		}
		rows, more = page.Rows, page.Next != ""
	} else if own := scope.Own(); own != 0 {
		if rows, err = d.usersByID(ctx, []personKey{{id: own}}); err != nil {
			return nil, false, err
		}
	}
	for _, u := range rows {
		if groupOf(u.Grants) == group {
			list = append(list, Colleague{u, group})
		}
	}
	return list, more, nil
}

// Colleague is one person whose figures the scope sees; ErrNotFound for others
// and for who belongs to no group.
func (d *DB) Colleague(ctx context.Context, scope policy.Scope, id int64) (Colleague, error) {
	rows, err := d.usersByID(ctx, []personKey{{id: id}})
	if err != nil {
		return Colleague{}, err
	}
	u := rows[0]
	group := groupOf(u.Grants)
	if u.ID == 0 || group == "" || scope.Own() != id && !scope.SeesBranch(d.Chain(u.BranchID)) {
		return Colleague{}, fmt.Errorf("colleague %d: %w", id, ErrNotFound)
	}
	return Colleague{u, group}, nil
}

// PeopleFigures counts the work of people of one group in whole months, first to
// last, as far as the actor may read the lists behind it; of oneself all of it.
// Whoever acted is counted, wherever the client stands by now; but parcels and
// complaints of a rep are those of the clients that they look after now: after a
// handover the new rep has them, those of the months before too (the lists behind
// count the same, and the page says so). A courier's parcels are told by the name
// on them and by the branch at which they are: they go with a client that moves,
// and a courier who moves leaves them behind.
func (d *DB) PeopleFigures(ctx context.Context, by policy.Actor, list []Colleague, first, last day.Day) (map[int64]*people.Figures, error) {
	p := peopleCount{d: d, by: by, from: first.MonthStart(), to: last.MonthEnd(), of: map[int64]*people.Figures{}}
	scope := by.Scope(policy.PeopleRead)
	for _, c := range list {
		if scope.Own() != c.ID && !scope.SeesBranch(d.Chain(c.BranchID)) {
			return nil, fmt.Errorf("figures of %d: %w", c.ID, ErrNotFound)
		}
		p.of[c.ID] = &people.Figures{AnswerTook: -1, SolveTook: -1}
		p.ids = append(p.ids, c.ID)
		switch c.Group {
		case people.Rep:
			p.reps = append(p.reps, c.ID)
		case people.Courier:
			p.couriers = append(p.couriers, c.ID)
		}
	}
	if len(list) == 0 {
		return p.of, nil
	}
	for _, count := range []func(context.Context) error{p.parcels, p.picked, p.complaints, p.pickedComplaints, p.ratings, p.visits, p.forms, p.greetings, p.cases, p.use} {
		if err := count(ctx); err != nil {
			return nil, fmt.Errorf("figures of people: %w", err)
		}
	}
	return p.of, nil
}

// peopleCount is one count of some people's work.
type peopleCount struct {
	d                   *DB
	by                  policy.Actor
	ids, reps, couriers []int64
	from, to            day.Day
	of                  map[int64]*people.Figures
}

// grouped reads an id and two numbers a row.
func (p *peopleCount) grouped(ctx context.Context, c conditions, sel, from, group string, put func(f *people.Figures, a, b int64)) error {
	return eachOf(ctx, p.d.r, peopleGroupedSQL(sel, from, group, c), c.args, func(scan func(...any) error) error {
		var id, a, b int64
		if err := scan(&id, &a, &b); err != nil {
			return err
		}
		if f := p.of[id]; f != nil {
			put(f, a, b)
		}
		return nil
	})
}

func peopleGroupedSQL(sel, from, group string, c conditions) string {
	return sel + from + c.whereSQL() + ` GROUP BY ` + group
}

// idsIn holds a column to some ids.
func idsIn(c *conditions, column string, ids []int64) {
	in := manySQL(column, ids)
	c.add(in.text, in.args...)
}

// parcels are those of a rep's clients.
func (p *peopleCount) parcels(ctx context.Context) error {
	if len(p.reps) == 0 {
		return nil
	}
	var c conditions
	p.d.seenBy(&c, "x", p.by.Scope(policy.WaybillRead))
	idsIn(&c, "x.owner_id", p.reps)
	c.add("m.month >= ?", p.from.String()[:7])
	c.add("m.month <= ?", p.to.String()[:7])
	return p.grouped(ctx, c, `SELECT x.owner_id, CAST(SUM(m.waybills) AS BIGINT), CAST(SUM(m.signed) AS BIGINT)`,
		` FROM (SELECT id AS customer_id, branch_id, owner_id FROM customers WHERE deleted_at = 0) AS x JOIN customer_months m ON m.customer_id = x.customer_id`, "x.owner_id",
		func(f *people.Figures, a, b int64) { f.Parcels, f.Signed = a, b })
}

// picked are those that a courier picked up, of whose name there is no other at
// the branch.
func (p *peopleCount) picked(ctx context.Context) error {
	if len(p.couriers) == 0 {
		return nil
	}
	var c conditions
	if !p.alone() { // by branches: a month's parcels of a courier are nobody's client in particular
		if list, all := p.d.branchIDs(p.by.Scope(policy.WaybillRead)); !all {
			idsIn(&c, "m.branch_id", append([]int64{0}, list...))
		}
	}
	idsIn(&c, "u.id", p.couriers)
	c.text = append(c.text, onlyNamed)
	c.add("m.month >= ?", p.from.String()[:7])
	c.add("m.month <= ?", p.to.String()[:7])
	return p.grouped(ctx, c, `SELECT u.id, CAST(SUM(m.waybills) AS BIGINT), CAST(SUM(m.signed) AS BIGINT)`, ` FROM users u JOIN picker_months m ON m.branch_id = u.branch_id AND m.picker = u.name`, "u.id",
		func(f *people.Figures, a, b int64) { f.Parcels, f.Signed = a, b })
}

// onlyNamed holds to whom a name on a bill can mean.
const onlyNamed = `NOT EXISTS (SELECT 1 FROM users o WHERE o.branch_id = u.branch_id AND o.name = u.name AND o.id <> u.id)`

// pickerSQL holds parcels w to those that one person picked up.
const pickerSQL = `(w.branch_id, w.picker) IN (SELECT u.branch_id, u.name FROM users u WHERE u.id = ? AND ` + onlyNamed + `)`

// alone says that somebody looks at nobody but themselves and reads no lists.
func (p *peopleCount) alone() bool {
	return len(p.ids) == 1 && p.ids[0] == p.by.UserID
}

func (p *peopleCount) complaintFilter() CaseFilter {
	return CaseFilter{Show: CasesAll, Kind: casework.Complaint, From: dayStart(p.from), To: dayStart(p.to.Add(1)), Counted: Counted{On: true}}
}

// complaints are those of a rep's clients.
func (p *peopleCount) complaints(ctx context.Context) error {
	if len(p.reps) == 0 {
		return nil
	}
	c := p.d.casesWhere(p.by, p.complaintFilter())
	idsIn(&c, "c.owner_id", p.reps)
	return p.grouped(ctx, c, `SELECT c.owner_id, COUNT(*), 0`, ` FROM cases e JOIN customers c ON c.id = e.customer_id AND c.deleted_at = 0`, "c.owner_id", func(f *people.Figures, a, _ int64) { f.Complaints = a })
}

// pickedComplaints are those that name a parcel which a courier picked up.
func (p *peopleCount) pickedComplaints(ctx context.Context) error {
	if len(p.couriers) == 0 {
		return nil
	}
	by := p.by
	c := p.d.casesWhere(by, p.complaintFilter())
	if p.alone() && !by.Scope(policy.CaseRead).Wide() { // one's own figure, of whose list one sees a part
		c = conditions{text: []string{"e.deleted_at = 0", "e.merged_id IS NULL", "e.kind = 'complaint'", "coalesce(e.customer_id, 0) NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)"}}
		c.add("e.opened_at >= ?", dayStart(p.from))
		c.add("e.opened_at < ?", dayStart(p.to.Add(1)))
	}
	idsIn(&c, "u.id", p.couriers)
	c.text = append(c.text, onlyNamed)
	return p.grouped(ctx, c, `SELECT u.id, COUNT(DISTINCT e.id), 0`, ` FROM cases e JOIN case_waybills x ON x.case_id = e.id JOIN waybills w ON w.number = x.number JOIN users u ON u.branch_id = w.branch_id AND u.name = w.picker`, "u.id",
		func(f *people.Figures, a, _ int64) { f.Complaints = a })
}

// ratings are the answers about them.
func (p *peopleCount) ratings(ctx context.Context) error {
	f := RatingFilter{From: p.from.String(), To: p.to.String()}
	c := ratingAsked(f)
	if scope := p.by.Scope(policy.RatingRead); !scope.Empty() || !p.alone() {
		p.d.seenBy(&c, "r", scope)
	}
	idsIn(&c, "r.user_id", p.ids)
	return p.grouped(ctx, c, `SELECT r.user_id, COUNT(*), CAST(SUM(CASE WHEN r.score >= 4 THEN 1 ELSE 0 END) AS BIGINT)`, ` FROM ratings r`, "r.user_id", func(f *people.Figures, a, b int64) { f.Ratings, f.Good = a, b })
}

func (p *peopleCount) visits(ctx context.Context) error {
	c := p.d.visitsWhere(p.by.Scope(policy.VisitRead), VisitFilter{From: p.from.String(), To: p.to.String(), State: VisitDone})
	c.add("v.customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)") // few: the visits are counted in their index alone
	idsIn(&c, "v.user_id", p.ids)
	return p.grouped(ctx, c, `SELECT v.user_id, COUNT(*), 0`, ` FROM visits v`, "v.user_id", func(f *people.Figures, a, _ int64) { f.Visits = a })
}

func (p *peopleCount) forms(ctx context.Context) error {
	c := p.d.formsWhere(p.by, FormFilter{From: p.from.String(), To: p.to.String()})
	idsIn(&c, "f.user_id", p.ids)
	return p.grouped(ctx, c, `SELECT f.user_id, COUNT(*), 0`, ` FROM feedback_forms f JOIN customers c ON c.id = f.customer_id`, "f.user_id", func(f *people.Figures, a, _ int64) { f.Forms = a })
}

// greetings are those that they did, by the day of the occasion.
func (p *peopleCount) greetings(ctx context.Context) error {
	c := p.d.spanWhere(p.by.Scope(policy.GreetingRead), GreetingSpan{From: p.from.String(), To: p.to.String()})
	c.text = append(c.text, greetingState+" = 'done'")
	idsIn(&c, greetingPerson, p.ids)
	return p.grouped(ctx, c, `SELECT `+greetingPerson+` AS who, COUNT(*), 0`, greetingJoins, "who", func(f *people.Figures, a, _ int64) { f.Greetings = a })
}

// cases are those that they handle and that came in the span.
func (p *peopleCount) cases(ctx context.Context) error {
	f := p.complaintFilter()
	f.Kind, f.Users = "", p.ids
	tally, err := p.d.CaseFigures(ctx, p.by, f, false)
	if err != nil {
		return err
	}
	for id, s := range tally.Users {
		x := p.of[id]
		if x == nil {
			continue
		}
		x.Cases, x.AnswerKept, x.AnswerLate, x.SolveKept, x.SolveLate = s.N, s.Answer.Kept, s.Answer.Late, s.Solve.Kept, s.Solve.Late
		if ms, ok := s.Answer.Percentile(50); ok {
			x.AnswerTook = ms
		}
		if ms, ok := s.Solve.Percentile(50); ok {
			x.SolveTook = ms
		}
	}
	return nil
}

// use is how many records of the audit are theirs, and on how many days: what
// they wrote, signed in or took out. What they looked at is not in it. The
// register lists the same (auditWindowSQL), and an index alone is read.
func (p *peopleCount) use(ctx context.Context) error {
	days := map[[2]int64]bool{}
	from, to := dayStart(p.from), dayStart(p.to.Add(1))
	q := bothSQL(manySQL("a.user_id", p.ids), condOf("a.id >= ? AND a.id < ? AND a.at >= ? AND a.at < ?", idAt(from), idAt(to+idsAhead), from, to))
	return p.d.eachPair(ctx, cond{`SELECT a.user_id, a.at FROM audits a WHERE ` + q.text, q.args}, func(user, at int64) {
		f := p.of[user]
		f.Acts++
		if k := [2]int64{user, int64(sla.DayOf(at))}; !days[k] {
			days[k] = true
			f.Days++
		}
	})
}
