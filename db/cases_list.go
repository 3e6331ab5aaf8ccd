package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// What a list of cases shows, by how far they are.
const (
	CasesOpen   = "open"
	CasesClosed = "closed"
	CasesAll    = "all"
)

// CaseFilter is what a list of cases asks for; zero values ask nothing.
type CaseFilter struct {
	Show                          string // open ones when "", closed ones, or all
	Kind, Severity, Channel, Step string
	CauseID                       int64   // this one, and those below it
	UserID                        int64   // who handles it
	Users                         []int64 // one of these does
	Unassigned                    bool
	CustomerID                    int64
	BranchID                      int64         // this one, and those below it
	From, To                      int64         // opened within, unix milliseconds, From included
	DueBefore                     int64         // its promised time is before
	DueFrom                       int64         // … and not before
	Number                        string        // it names this parcel
	Alert                         string        // of Alerts: a rule opened it for a parcel
	SoonBy                        int64         // it is soon over at this instant, by the rule it was timed by
	Counted                       Counted       // as figures count them
	Newest                        bool          // of open ones: the newest first, else the soonest due
	Brief                         bool          // only what a line says of a case: see Case.brief
	Also                          *policy.Scope // must see them, too: what is exported is both read and exported

	// Keyset paging: the rows after (or, with Back, before) this one.
	At    CaseKey
	Back  bool
	Limit int // 50 when 0; 500 at most
}

// CaseKey is a place in a list of cases: the due time, the time of opening or
// of closing, as the list is sorted.
type CaseKey struct{ Value, ID int64 }

// Key is the place of a row in the list that the filter asks for.
func (f CaseFilter) Key(r CaseRow) CaseKey {
	switch f.sort() {
	case "due":
		return CaseKey{r.Due, r.ID}
	case "closed_at":
		return CaseKey{r.ClosedAt, r.ID}
	}
	return CaseKey{r.OpenedAt, r.ID}
}

func (f CaseFilter) sort() string {
	switch {
	case f.Show == CasesClosed:
		return "closed_at"
	case f.Show == CasesAll || f.Newest:
		return "opened_at"
	}
	return "due"
}

// CasePage is a page of a list. First and Last are false when there are rows
// before or after it.
type CasePage struct {
	Rows        []CaseRow
	First, Last bool
}

func (d *DB) casesWhere(by policy.Actor, f CaseFilter) conditions {
	var c conditions
	c.text = append(c.text, "e.deleted_at = 0", "coalesce(e.customer_id, 0) NOT IN (SELECT id FROM customers WHERE deleted_at <> 0)") // a few, of an index of theirs
	switch f.Show {
	case CasesClosed:
		c.text = append(c.text, "e.step = 'closed'")
	case CasesAll:
	default:
		c.text = append(c.text, "e.step <> 'closed'")
	}
	scope := by.Scope(policy.CaseRead)
	switch {
	case scope.Empty():
		c.text = append(c.text, "1 = 0")
	case f.UserID == by.UserID && f.UserID != 0 && !f.Counted.On:
	case scope.Wide():
		d.seenBy(&c, "e", scope)
	default: // one's own clients, and what one handles or registered
		c.add(ownCasesSQL, by.UserID, by.UserID, scope.Own(), scope.Own())
	}
	if f.Also != nil {
		d.seenBy(&c, "e", *f.Also)
	}
	d.figuredWhere(&c, f.Counted)
	if f.BranchID != 0 {
		below := d.tree.Load().below[f.BranchID]
		if len(below) == 0 {
			below = []int64{0}
		}
		text, args := underSQL("e", below) // one branch alone is read along its own index, several as a scope's are (inOrder)
		c.add("("+text+")", args...)
	}
	if f.CustomerID != 0 {
		c.add("e.customer_id = ?", f.CustomerID)
	}
	switch {
	case f.Unassigned:
		c.text = append(c.text, "e.user_id IS NULL")
	case f.UserID != 0:
		c.add("e.user_id = ?", f.UserID)
	case len(f.Users) > 0:
		idsIn(&c, "e.user_id", f.Users)
	}
	for _, is := range [][2]string{{"e.kind", f.Kind}, {"e.severity", f.Severity}, {"e.channel", f.Channel}, {"e.step", f.Step}} {
		if is[1] != "" {
			c.add(is[0]+" = ?", is[1])
		}
	}
	if f.CauseID != 0 {
		c.add("e.cause_id IN (SELECT id FROM case_causes WHERE id = ? OR parent_id = ?)", f.CauseID, f.CauseID)
	}
	if f.Number != "" {
		c.add("e.id IN (SELECT case_id FROM case_waybills WHERE number = ?)", f.Number)
	}
	if f.From != 0 {
		c.add("e.opened_at >= ?", f.From)
	}
	if f.To != 0 {
		c.add("e.opened_at < ?", f.To)
	}
	if f.DueBefore != 0 {
		c.add("e.due < ?", f.DueBefore)
	}
	if f.DueFrom != 0 {
		c.add("e.due >= ?", f.DueFrom)
	}
	if slices.Contains(Alerts, f.Alert) {
		c.text = append(c.text, alertedSQL(f.Alert))
	}
	if f.SoonBy != 0 {
		c.add("e.soon_at <= ?", f.SoonBy)
	}
	return c
}

// ownCasesSQL reads each part along an index of its own: an OR of them would read
// all cases of the company.
const ownCasesSQL = `e.id IN (SELECT id FROM cases WHERE user_id = ? AND deleted_at = 0
	UNION SELECT id FROM cases WHERE created_by = ? AND deleted_at = 0
	UNION SELECT k.id FROM customers o JOIN cases k ON k.customer_id = o.id WHERE o.owner_id = ? AND o.deleted_at = 0 AND k.deleted_at = 0
	UNION SELECT k.id FROM customers o JOIN cases k ON k.customer_id = o.id WHERE o.clerk_id = ? AND o.deleted_at = 0 AND k.deleted_at = 0)`

// inOrder keeps the planner from gathering the cases of several branches to sort
// them all for a page of them: the index of the order holds their branch, or a
// page of it is near. The sign takes the branch out of the choice of an index.
func inOrder(c *conditions) {
	for i, text := range c.text {
		if strings.HasPrefix(text, "(e.branch_id IN (") && strings.Contains(text, ",") && strings.HasSuffix(text, "))") {
			c.text[i] = "(+" + text[1:]
		}
	}
}

// Cases returns a page of the cases that the actor sees.
func (d *DB) Cases(ctx context.Context, by policy.Actor, f CaseFilter) (CasePage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	text, args := d.casesSQL(by, f, limit+1)
	var p CasePage
	err := eachOf(ctx, d.paged, text, args, func(scan func(...any) error) error {
		p.Rows = append(p.Rows, CaseRow{})
		return scan(p.Rows[len(p.Rows)-1].listed(f.Brief)...)
	})
	if err == nil {
		err = d.nameCases(ctx, p.Rows)
	}
	if err != nil {
		return CasePage{}, fmt.Errorf("cases: %w", err)
	}
	more := len(p.Rows) > limit
	if more {
		p.Rows = p.Rows[:limit]
	}
	p.First, p.Last = f.At.ID == 0, !more
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, nil
}

// casesSQL reads no more than limit of the cases that a list asks for.
func (d *DB) casesSQL(by policy.Actor, f CaseFilter, limit int) (string, []any) {
	sort := f.sort()
	c := d.casesWhere(by, f)
	if f.ordered() {
		inOrder(&c)
	}
	order, than := "DESC", "<"
	if (sort == "due") != f.Back { // the order in which the rows are read
		order, than = "ASC", ">"
	}
	if f.At.ID != 0 {
		c.add("(e."+sort+", e.id) "+than+" (?, ?)", f.At.Value, f.At.ID)
	}
	return caseListSQL(f.Brief) + c.whereSQL() + " ORDER BY e." + sort + " " + order + ", e.id " + order + " LIMIT " + strconv.Itoa(limit), c.args
}

// CountCases counts what Cases would list, no further than limit. That a list
// has so many is remembered for a moment (counts).
func (d *DB) CountCases(ctx context.Context, by policy.Actor, f CaseFilter, limit int) (n int, err error) {
	f.At, f.Back, f.Limit, f.Brief = CaseKey{}, false, 0, false
	key := fmt.Sprintf("cases %d %v %d %v", by.UserID, by.Scope(policy.CaseRead), limit, f)
	if f.Also != nil {
		key += fmt.Sprint(" ", *f.Also) // not where it lies
	}
	if d.counts.more(key, d.now()) {
		return limit, nil
	}
	text, args := d.caseCountSQL(by, f, limit)
	err = d.paged.QueryRowContext(ctx, text, args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count cases: %w", err)
	}
	if n == limit {
		d.counts.keep(key, d.now())
	}
	return n, nil
}

// caseCountSQL counts what casesSQL reads.
func (d *DB) caseCountSQL(by policy.Actor, f CaseFilter, limit int) (string, []any) {
	c := d.casesWhere(by, f)
	if f.ordered() {
		inOrder(&c)
	}
	return countCasesSQL(c, limit, f.countedAlong()), c.args
}

// ordered says whether a list is read along the index of its order, whichever
// branches it is of: one of a person or a client is few rows by itself, and one
// of a span of days has an end.
func (f CaseFilter) ordered() bool {
	return f.UserID == 0 && f.CustomerID == 0 && !f.Counted.On && (f.sort() == "due" || f.From == 0 && f.To == 0)
}

// countedAlong is the order in which a list is counted, so that the index is
// read that holds all of it; "" where that would not be few rows.
func (f CaseFilter) countedAlong() string {
	if !f.ordered() && (f.UserID == 0 || f.CustomerID != 0 || f.Counted.On) {
		return ""
	}
	return " ORDER BY e." + f.sort() + ", e.id"
}

func countCasesSQL(c conditions, limit int, order string) string {
	return `SELECT COUNT(*) FROM (SELECT 1 FROM cases e` + c.whereSQL() + order + ` LIMIT ` + strconv.Itoa(limit) + `) AS counted`
}

// CasesOf returns those of some cases that the actor sees, by their ids, as a
// brief list says them.
func (d *DB) CasesOf(ctx context.Context, by policy.Actor, ids []int64) (map[int64]CaseRow, error) {
	out := map[int64]CaseRow{}
	if len(ids) == 0 {
		return out, nil
	}
	c, in := d.casesWhere(by, CaseFilter{Show: CasesAll}), manySQL("e.id", ids)
	c.add(in.text, in.args...)
	err := eachOf(ctx, d.r, caseListSQL(true)+c.whereSQL(), c.args, func(scan func(...any) error) error {
		var r CaseRow
		err := scan(r.listed(true)...)
		out[r.ID] = r
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cases by their ids: %w", err)
	}
	return out, nil
}

// CaseByCode returns the case of a code that the actor sees; ErrNotFound when
// there is none.
func (d *DB) CaseByCode(ctx context.Context, by policy.Actor, code string) (CaseRow, error) {
	var id int64
	if err := d.r.QueryRowContext(ctx, `SELECT coalesce((SELECT id FROM cases WHERE code = $1), 0)`, code).Scan(&id); err != nil {
		return CaseRow{}, fmt.Errorf("case %s: %w", code, err)
	}
	return d.Case(ctx, by, id)
}
