package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/sla"
)

// Counted narrows a list of cases to what a figure counts. A matter counts once:
// what went into another case is left out, and nothing beyond the actor's scope
// comes in because it is one's own.
type Counted struct {
	On       bool
	Promise  string // one of Promises
	Weekday  int    // of the day on which it was opened, 1 = Monday
	At       int64  // this branch, without those below it
	Province string // some of its parcels go there (policy/place), AnyUnknown: not known where
	From     int64  // some of its parcels were sent by this branch, with Province the same ones
	Product  string // … by this product, AnyUnknown: not known by which
	NoParcel bool   // it names no parcel that is known here
	NoCause  bool
	NoClient bool // an unknown caller
	Reopened bool
	Paid     bool   // something was paid for it
	Done     bool   // its client was told, or it is closed
	Owner    int64  // who looks after its client
	Picker   int64  // who picked up one of its parcels
	Further  string // its client took it further for this reason (casework.EscalationReasons), AnyReason: for any
}

// AnyReason is any reason for which a client takes a case further.
const AnyReason = "any"

// AnyUnknown stands for a word that is missing.
const AnyUnknown = "-"

// Promises are how the promised times of a case were kept: those of the first
// answer, those of the solution.
var Promises = []string{"answer_kept", "answer_late", "solve_kept", "solve_late"}

// The two tell the columns of a promise apart.
var promiseColumns = map[string][2]string{"answer": {"e.answer_due", "e.answered_at"}, "solve": {"e.solve_due", "e.solved_at"}}

// figuredWhere adds what figures ask for to the conditions of a list.
func (d *DB) figuredWhere(c *conditions, f Counted) {
	if !f.On {
		return
	}
	c.text = append(c.text, "e.merged_id IS NULL")
	if which, how, ok := strings.Cut(f.Promise, "_"); ok {
		// As casework.Promise has it.
		due, done := promiseColumns[which][0], promiseColumns[which][1]
		if how == string(casework.PromiseKept) {
			c.text = append(c.text, due+" <> 0 AND "+done+" <> 0 AND "+done+" <= "+due)
		} else {
			c.add(due+" <> 0 AND ("+done+" > "+due+" OR "+done+" = 0 AND (e.closed_at > "+due+" OR e.closed_at = 0 AND (e.paused_at = 0 OR e.pause_until > 0 OR "+due+" <= e.paused_at) AND "+due+" < ?))", d.now().UnixMilli())
		}
	}
	if f.Weekday != 0 {
		c.add("((e.opened_at + 28800000) / 86400000 + 4) % 7 = ?", f.Weekday%7)
	}
	if f.At != 0 {
		c.add("e.branch_id = ?", f.At)
	}
	switch to := strings.TrimPrefix(f.Province, AnyUnknown); {
	case f.From != 0 && f.Province != "":
		c.add("EXISTS ("+itsParcels+" AND w.branch_id = ? AND w.province = ?)", f.From, to)
	case f.From != 0:
		c.add("EXISTS ("+itsParcels+" AND w.branch_id = ?)", f.From)
	case f.Province != "":
		c.add("EXISTS ("+itsParcels+" AND w.province = ?)", to)
	}
	if f.Product != "" {
		c.add("EXISTS ("+itsParcels+" AND w.product = ?)", strings.TrimPrefix(f.Product, AnyUnknown))
	}
	if f.Owner != 0 {
		c.add("e.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0)", f.Owner)
	}
	if f.Picker != 0 {
		c.add("EXISTS ("+itsParcels+" AND "+pickerSQL+")", f.Picker)
	}
	if f.Further != "" && f.Further != AnyReason {
		c.add("e.escalated_reason = ?", f.Further)
	}
	for _, x := range []struct {
		asked bool
		text  string
	}{{f.Done, "(e.solved_at <> 0 OR e.step = 'closed')"}, {f.Further != "", "e.escalated_at <> 0"}, {f.NoParcel, "NOT EXISTS (" + itsParcels + ")"}, {f.NoCause, "e.cause_id IS NULL"}, {f.NoClient, "e.customer_id IS NULL"}, {f.Reopened, "e.reopened > 0"},
		{f.Paid, "EXISTS (SELECT 1 FROM cases y JOIN case_claims m ON m.case_id = y.id WHERE (y.id = e.id OR y.merged_id = e.id) AND m.deleted_at = 0 AND m.paid > 0)"}} {
		if x.asked {
			c.text = append(c.text, x.text)
		}
	}
}

const itsParcels = "SELECT 1 FROM case_waybills x JOIN waybills w ON w.number = x.number WHERE x.case_id = e.id"

// MostFigured is how many cases figures look at; more are ErrTooMany.
const MostFigured = 200_000

// CaseFigures counts the cases of a list that the actor sees, as Counted counts
// them. How long answers and solutions took is in the hours of the case's
// branch, or with wall by the clock on the wall; time in which a clock stood
// still counts, since the client waited.
func (d *DB) CaseFigures(ctx context.Context, by policy.Actor, f CaseFilter, wall bool) (*casework.Tally, error) {
	f.Counted.On = true
	causes, err := d.CaseCauses(ctx)
	if err != nil {
		return nil, err
	}
	top := map[int64]int64{}
	for _, c := range causes {
		top[c.ID] = c.ID
		if c.ParentID != 0 {
			top[c.ID] = c.ParentID
		}
	}
	now := d.now()
	tally, k := casework.NewTally(now.UnixMilli()), d.newClocks(d.r, Day(now))
	took := func(branch, from, to int64) (int64, error) {
		if to <= from || wall {
			return max(0, to-from), nil
		}
		clock, err := k.of(ctx, branch)
		if err != nil {
			return 0, err
		}
		return clock.Worked(from, to), nil
	}
	if !wall { // nothing is read while the rows below hold a connection
		if err := k.load(ctx); err != nil {
			return nil, err
		}
	}
	c, n := d.casesWhere(by, f), 0
	err = eachOf(ctx, d.r, caseFiguresSQL(c), c.args, func(scan func(...any) error) error {
		var x casework.Seen
		var reopened int64
		if err := scan(&x.Kind, &x.Channel, &x.Step, &x.BranchID, &x.CustomerID, &x.UserID, &x.CauseID, &x.OpenedAt, &x.AnswerDue, &x.AnsweredAt, &x.SolveDue, &x.SolvedAt, &x.ClosedAt, &x.PausedAt, &reopened); err != nil {
			return err
		}
		if n++; n > MostFigured {
			return ErrTooMany
		}
		x.TopID, x.Day, x.Reopened = top[x.CauseID], sla.DayOf(x.OpenedAt), reopened != 0
		var err error
		if x.AnsweredAt != 0 {
			x.AnswerTook, err = took(x.BranchID, x.OpenedAt, x.AnsweredAt)
		}
		if x.SolvedAt != 0 && err == nil {
			x.SolveTook, err = took(x.BranchID, x.OpenedAt, x.SolvedAt)
		}
		if err == nil {
			tally.Add(&x)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("figures of cases: %w", err)
	}
	return tally, nil
}

func caseFiguresSQL(c conditions) string {
	return `SELECT e.kind, e.channel, e.step, e.branch_id, coalesce(e.customer_id, 0), coalesce(e.user_id, 0), coalesce(e.cause_id, 0), e.opened_at, e.answer_due, e.answered_at, e.solve_due, e.solved_at, e.closed_at, CASE WHEN e.pause_until > 0 THEN 0 ELSE e.paused_at END, e.reopened
		FROM cases e LEFT JOIN customers c ON c.id = e.customer_id` + c.whereSQL() + ` LIMIT ` + strconv.Itoa(MostFigured+1)
}

// What the parcels of cases are told apart by.
const (
	CasesByProvince = "province"
	CasesByProduct  = "product"
)

// CaseParcelFigure is how many cases have a parcel of one kind.
type CaseParcelFigure struct {
	Key string // a word of policy/place or policy/waybill, "" = not known
	N   int64
}

// CaseParcelFigures counts cases by where their parcels go, or by the product;
// the most first. One with several parcels counts at each, and one that names no
// parcel known here (CasesWithoutParcel) nowhere.
func (d *DB) CaseParcelFigures(ctx context.Context, by policy.Actor, f CaseFilter, what string) (list []CaseParcelFigure, err error) {
	f.Counted.On = true
	c := d.casesWhere(by, f)
	err = eachOf(ctx, d.r, caseParcelsSQL(c, what), c.args, func(scan func(...any) error) error {
		var x CaseParcelFigure
		err := scan(&x.Key, &x.N)
		list = append(list, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("parcels of cases: %w", err)
	}
	return list, nil
}

// CasesWithoutParcel counts those of a list that name no parcel known here.
func (d *DB) CasesWithoutParcel(ctx context.Context, by policy.Actor, f CaseFilter) (n int64, err error) {
	f.Counted.On, f.Counted.NoParcel = true, true
	c := d.casesWhere(by, f)
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM cases e LEFT JOIN customers c ON c.id = e.customer_id`+c.whereSQL(), c.args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("cases without a parcel: %w", err)
	}
	return n, nil
}

func caseParcelsSQL(c conditions, what string) string {
	column := "w.province"
	if what == CasesByProduct {
		column = "w.product"
	}
	return `SELECT ` + column + ` AS word, COUNT(DISTINCT e.id) AS n FROM cases e LEFT JOIN customers c ON c.id = e.customer_id JOIN case_waybills x ON x.case_id = e.id JOIN waybills w ON w.number = x.number` +
		c.whereSQL() + ` GROUP BY word ORDER BY n DESC, word`
}

// CaseCost is what was paid for cases, in fen. Borne is by who bears it of what
// was agreed.
type CaseCost struct {
	Cases, Claims       int64 // for which something was paid
	Asked, Agreed, Paid int64
	Borne               map[string]int64
}

// CaseCosts adds up the claims of the cases of a list that the actor may read,
// of the cases that they see. What was paid on a case that was merged into another
// counts there.
func (d *DB) CaseCosts(ctx context.Context, by policy.Actor, f CaseFilter) (CaseCost, error) {
	f.Counted.On = true
	out := CaseCost{Borne: map[string]int64{}}
	c := d.casesWhere(by, f)
	c.text = append(c.text, "m.deleted_at = 0")
	d.seenBy(&c, "m", by.Scope(policy.ClaimRead))
	from := ` FROM cases e LEFT JOIN customers c ON c.id = e.customer_id JOIN cases y ON y.id = e.id OR y.merged_id = e.id JOIN case_claims m ON m.case_id = y.id`
	err := d.r.QueryRowContext(ctx, `SELECT COUNT(DISTINCT CASE WHEN m.paid > 0 THEN e.id END), COUNT(CASE WHEN m.paid > 0 THEN 1 END), CAST(coalesce(SUM(m.asked), 0) AS BIGINT),
		CAST(coalesce(SUM(CASE WHEN m.state IN ('approved', 'paid') THEN m.agreed ELSE 0 END), 0) AS BIGINT), CAST(coalesce(SUM(m.paid), 0) AS BIGINT)`+from+c.whereSQL(), c.args...).
		Scan(&out.Cases, &out.Claims, &out.Asked, &out.Agreed, &out.Paid)
	if err == nil {
		c.text = append(c.text, "m.state IN ('approved', 'paid')")
		err = eachOf(ctx, d.r, `SELECT s.bearer, CAST(SUM(s.amount) AS BIGINT)`+from+` JOIN case_claim_shares s ON s.claim_id = m.id`+c.whereSQL()+` GROUP BY s.bearer`, c.args, func(scan func(...any) error) error {
			var bearer string
			var fen int64
			err := scan(&bearer, &fen)
			out.Borne[bearer] = fen
			return err
		})
	}
	if err != nil {
		return out, fmt.Errorf("cost of cases: %w", err)
	}
	return out, nil
}

// ShippedMonths are how many parcels the branches sent whose cases and whose
// parcels the actor sees, by branch and month; branch narrows it to that one and
// those below it (0: all). Nothing for who sees single clients only.
func (d *DB) ShippedMonths(ctx context.Context, by policy.Actor, branch int64, first, last day.Day) (map[casework.BranchMonth]int64, error) {
	out := map[casework.BranchMonth]int64{}
	q, ok := d.shippedSQL(by, branch, first, last, `s.branch_id, s.period`, `AND s.dim = '' AND s.value = ''`, ``)
	if !ok {
		return out, nil
	}
	err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
		var at casework.BranchMonth
		var month string
		var n int64
		if err := scan(&at.BranchID, &month, &n); err != nil {
			return err
		}
		at.Month = dayParsed(month + "-01")
		out[at] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("parcels by month: %w", err)
	}
	return out, nil
}

// ShippedBy are how many of those parcels went to a province, or by a product.
func (d *DB) ShippedBy(ctx context.Context, by policy.Actor, branch int64, first, last day.Day, what string) (map[string]int64, error) {
	out := map[string]int64{}
	q, ok := d.shippedSQL(by, branch, first, last, `s.value, ''`, `AND s.dim = ?`, what)
	if !ok {
		return out, nil
	}
	err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
		var word, unused string
		var n int64
		err := scan(&word, &unused, &n)
		out[word] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("parcels by %s: %w", what, err)
	}
	return out, nil
}

// shippedSQL reads the kept sums of months; false for who sees no whole branch.
func (d *DB) shippedSQL(by policy.Actor, branch int64, first, last day.Day, keys, also, what string) (cond, bool) {
	cases, _ := d.branchIDs(by.Scope(policy.CaseRead))
	parcels, _ := d.branchIDs(by.Scope(policy.WaybillRead))
	seen := map[int64]bool{}
	for _, id := range parcels {
		seen[id] = true
	}
	under := map[int64]bool{}
	for _, id := range d.tree.Load().below[branch] {
		under[id] = true
	}
	list := slices.DeleteFunc(slices.Clone(cases), func(id int64) bool { return !seen[id] || branch != 0 && !under[id] })
	if len(list) == 0 {
		return cond{}, false
	}
	var months []any
	for m := first.MonthStart(); m <= last; m = m.AddMonths(1) {
		months = append(months, m.String()[:7])
	}
	in, args := marks(list)
	text := `SELECT ` + keys + `, CAST(SUM(s.pieces) AS BIGINT) FROM waybill_sums s WHERE s.branch_id IN (` + in + `) AND s.period IN (` + strings.TrimSuffix(strings.Repeat("?, ", len(months)), ", ") + `) ` + also + ` GROUP BY 1, 2`
	args = append(args, months...)
	if what != "" {
		args = append(args, what)
	}
	return cond{text, args}, true
}

// ShippedOf are how many parcels clients sent in whole months.
func (d *DB) ShippedOf(ctx context.Context, customers []int64, first, last day.Day) (map[int64]int64, error) {
	out := map[int64]int64{}
	if len(customers) == 0 {
		return out, nil
	}
	in, args := marks(customers)
	args = append(args, first.String()[:7], last.String()[:7])
	err := eachOf(ctx, d.r, numberSQL(`SELECT customer_id, CAST(SUM(pieces) AS BIGINT) FROM customer_months WHERE customer_id IN (`+in+`) AND month >= ? AND month <= ? GROUP BY customer_id`), args, func(scan func(...any) error) error {
		var id, n int64
		err := scan(&id, &n)
		out[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("parcels of clients: %w", err)
	}
	return out, nil
}

// CaseFurther counts the cases of a list whose clients took them further, by the
// reason (R169).
func (d *DB) CaseFurther(ctx context.Context, by policy.Actor, f CaseFilter) (map[string]int64, error) {
	f.Counted.On, f.Counted.Further = true, AnyReason
	c, out := d.casesWhere(by, f), map[string]int64{}
	err := eachOf(ctx, d.r, `SELECT e.escalated_reason, COUNT(*) FROM cases e`+c.whereSQL()+` GROUP BY e.escalated_reason`, c.args, func(scan func(...any) error) error {
		var why string
		var n int64
		err := scan(&why, &n)
		out[why] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cases taken further: %w", err)
	}
	return out, nil
}
