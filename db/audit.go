package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/day"
)

// auditWindow is how many records one page looks at, along the index of its
// first filter, before it shows what it has found and asks to go on.
const auditWindow = 20_000

// shownChanges is how many changes of one act a page shows.
const shownChanges = 6

// AuditFilter says which records of the audit are wanted. Zero values want all.
type AuditFilter struct {
	User, Customer, Branch int64
	Act                    string
	From, To               string // days, both within
	Before                 int64  // id of the record before, 0 = from the newest
	Limit                  int
}

// AuditRecord is one act as it stands in the audit.
type AuditRecord struct {
	ID, At          int64 // unix milliseconds
	UserID          int64
	User            string
	Act             string
	Branch, Subject int64
	Rows            int64 // changed rows, or rows that left in an export
	Address         string
	Detail          Detail
	Changes         []AuditChange // at most shownChanges of them
	MoreChanges     bool
}

// AuditChange is a change with the client whose row it was, 0 for none.
type AuditChange struct {
	Change
	Customer int64
}

// AuditList is a page of the audit, the newest first. Next is where the next
// page begins, 0 at the end; Cut says that the page ended because enough
// records had been looked at.
type AuditList struct {
	Records []AuditRecord
	Next    int64
	Cut     bool
}

// Audits returns a page of the records of the branches that the scope sees.
// Acts of the whole company are seen by who sees all of it.
func (d *DB) Audits(ctx context.Context, scope policy.Scope, f AuditFilter) (AuditList, error) {
	var out AuditList
	window, rest, none := d.auditWindowSQL(scope, f)
	if none {
		return out, nil
	}
	rows, err := d.query(ctx, auditPageSQL(window, rest, f.Limit+1))
	if err != nil {
		return out, fmt.Errorf("audit: %w", err)
	}
	defer rows.Close()
	var list []auditRow
	for rows.Next() {
		var a auditRow
		if err := rows.Scan(a.scan()...); err != nil {
			return out, fmt.Errorf("audit: %w", err)
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return out, fmt.Errorf("audit: %w", err)
	}
	rows.Close()
	if len(list) > f.Limit {
		list = list[:f.Limit]
		out.Next = list[f.Limit-1].id
	} else if err := d.eachPair(ctx, auditEndSQL(window), func(n, oldest int64) {
		if n >= auditWindow {
			out.Next, out.Cut = oldest, true
		}
	}); err != nil {
		return out, fmt.Errorf("audit: %w", err)
	}
	o := d.opener()
	for _, a := range list {
		r := AuditRecord{ID: a.id, At: a.at, UserID: a.user, User: a.name, Act: a.act, Branch: a.branch, Subject: a.subject, Rows: a.rows, Address: a.address}
		if r.Detail, err = o.detail(ctx, a.detail, a.id); err != nil {
			return out, fmt.Errorf("audit: %w", err)
		}
		out.Records = append(out.Records, r)
	}
	return out, d.auditChanges(ctx, o, out.Records)
}

// auditWindowSQL is what a page looks at: a range of one index, bounded, and
// what is left to ask of each record in it. none: nothing can be there.
func (d *DB) auditWindowSQL(scope policy.Scope, f AuditFilter) (window, rest cond, none bool) {
	before, after := int64(1)<<62, int64(0)
	if f.Before > 0 {
		before = f.Before
	}
	if from, err := day.Parse(f.From); err == nil && from.Valid() {
		at := dayStart(from)
		after, rest = idAt(at), bothSQL(rest, condOf("a.at >= ?", at))
	}
	if to, err := day.Parse(f.To); err == nil && to.Valid() {
		at := dayStart(to.Add(1))
		// While a clock had been set back, ids ran ahead of it.
		before, rest = min(before, idAt(at+idsAhead)), bothSQL(rest, condOf("a.at < ?", at))
	}
	var lead cond
	filter := func(c cond) {
		if lead.text == "" {
			lead = c
		} else {
			rest = bothSQL(rest, c)
		}
	}
	if f.Customer != 0 {
		filter(condOf(`a.id IN (SELECT audit_id FROM changes WHERE customer_id = ? UNION SELECT id FROM audits WHERE subject_id = ?)`, f.Customer, f.Customer))
	}
	if f.User != 0 {
		filter(condOf("a.user_id = ?", f.User))
	}
	if f.Act != "" {
		filter(condOf("a.act = ?", f.Act))
	}
	list, _ := d.branchIDs(scope)
	all := d.WholeCompany(scope)
	if f.Branch != 0 {
		below := d.tree.Load().below[f.Branch]
		if !all {
			below = slices.DeleteFunc(slices.Clone(below), func(id int64) bool { return !slices.Contains(list, id) })
		}
		list, all = below, false
	}
	if !all {
		if len(list) == 0 {
			return window, rest, true
		}
		filter(manySQL("a.branch_id", list))
	}
	window = bothSQL(lead, condOf("a.id < ? AND a.id >= ?", before, after))
	window.text = `SELECT ` + auditColumns + ` FROM audits a WHERE ` + window.text
	return limitSQL(window, ` ORDER BY a.id DESC`, auditWindow), rest, false
}

// dayStart is the first instant of a business day, unix milliseconds.
func dayStart(d day.Day) int64 { return d.Start(Zone).UnixMilli() }

// WholeCompany says whether a scope reaches from head office down.
func (d *DB) WholeCompany(scope policy.Scope) bool {
	return scope.Company() || scope.SeesBranch(d.Chain(d.headOffice()))
}

// idsAhead is by how much ids may run ahead of the clock, milliseconds.
const idsAhead = 2 * 60 * 60 * 1000

// idAt is the lowest id of an instant, unix milliseconds.
func idAt(ms int64) int64 { return max(0, ms-idEpoch) << (idNodeBits + idSeqBits) }

func auditPageSQL(window, rest cond, n int) cond {
	text := `SELECT ` + auditColumns + ` FROM (` + window.text + `) a`
	if rest.text != "" {
		text += ` WHERE ` + rest.text
	}
	return limitSQL(cond{text, append(slices.Clone(window.args), rest.args...)}, ` ORDER BY a.id DESC`, n)
}

func auditEndSQL(window cond) cond {
	return cond{`SELECT count(*), coalesce(min(a.id), 0) FROM (` + window.text + `) a`, window.args}
}

// auditChanges reads the changes of the records: of those with few all at
// once, of an import only its first.
func (d *DB) auditChanges(ctx context.Context, o *opener, list []AuditRecord) error {
	at := map[int64]*AuditRecord{}
	var few []int64
	var each []cond
	const base = `SELECT c.audit_id, c.id, c.kind, c.entity, c.row_id, c.customer_id, c.version, c.fields FROM changes c WHERE `
	for i := range list {
		r := &list[i]
		at[r.ID] = r
		switch {
		case r.Rows == 0:
		case r.Rows <= shownChanges:
			few = append(few, r.ID)
		default:
			each = append(each, limitSQL(condOf(base+`c.audit_id = ?`, r.ID), ` ORDER BY c.id`, shownChanges+1))
		}
	}
	if len(few) > 0 {
		in := manySQL("c.audit_id", few)
		each = append(each, limitSQL(cond{base + in.text, in.args}, ` ORDER BY c.audit_id, c.id`, len(few)*shownChanges))
	}
	for _, q := range each {
		if err := d.auditChangesOf(ctx, o, q, at); err != nil {
			return fmt.Errorf("changes of the audit: %w", err)
		}
	}
	return nil
}

func (d *DB) auditChangesOf(ctx context.Context, o *opener, q cond, at map[int64]*AuditRecord) error {
	// The texts differ by how many ids they name: not worth keeping prepared.
	rows, err := d.r.QueryContext(ctx, numberSQL(q.text), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	type stored struct {
		audit int64
		text  string
		AuditChange
	}
	var found []stored
	for rows.Next() {
		var s stored
		if err := rows.Scan(&s.audit, &s.ID, &s.Kind, &s.Entity, &s.RowID, &s.Customer, &s.Version, &s.text); err != nil {
			return err
		}
		found = append(found, s)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for _, s := range found {
		r := at[s.audit]
		if len(r.Changes) == shownChanges {
			r.MoreChanges = true
			continue
		}
		if s.Fields, err = o.fields(ctx, s.text, s.ID, s.Customer); err != nil {
			return err
		}
		s.At, s.UserID, s.UserName, s.Act, s.Reason = r.At, r.UserID, r.User, r.Act, r.Detail.Text("reason")
		r.Changes = append(r.Changes, s.AuditChange)
	}
	return nil
}

// AuditClients returns, of the clients that records speak of, those that the
// scope sees, with no more than says what they are called and who may read
// them; also those in the recycle bin.
func (d *DB) AuditClients(ctx context.Context, scope policy.Scope, ids []int64) (map[int64]Customer, error) {
	out := map[int64]Customer{}
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 200) {
		in := manySQL("c.id", chunk)
		rows, err := d.r.QueryContext(ctx, numberSQL(`SELECT c.id, c.name, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.deleted_at FROM customers c WHERE `+in.text), in.args...)
		if err != nil {
			return nil, fmt.Errorf("clients of the audit: %w", err)
		}
		for rows.Next() {
			var c Customer
			if err := rows.Scan(&c.ID, &c.Name, &c.BranchID, &c.OwnerID, &c.ClerkID, &c.DeletedAt); err != nil {
				rows.Close()
				return nil, fmt.Errorf("clients of the audit: %w", err)
			}
			if d.sees(scope, c.BranchID, c.OwnerID, c.ClerkID) {
				out[c.ID] = c
			}
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, fmt.Errorf("clients of the audit: %w", err)
		}
	}
	return out, nil
}

// AuditDays is how long records are kept when nobody set the rule, and the
// least that the rule may ask for.
const (
	AuditDays    = 3 * 365
	AuditDaysMin = 180
)

// RuleAudit is the dated rule of how long audit records are kept; its value is
// JSON {"days": 1095}.
const RuleAudit = "audit"
