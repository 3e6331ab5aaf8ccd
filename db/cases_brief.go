package db

import (
	"context"
	"fmt"
	"slices"
)

// brief are the columns of which a line of a list is made: how a case stands,
// whose it is, and what it is about.
func (c *Case) brief() []field {
	return []field{
		{"id", &c.ID}, {"code", &c.Code}, {"kind", &c.Kind}, {"branch_id", &c.BranchID}, {"customer_id", (*ref)(&c.CustomerID)}, {"caller", &c.Caller},
		{"cause_id", (*ref)(&c.CauseID)}, {"severity", &c.Severity}, {"class", &c.Class}, {"said", &c.Said}, {"user_id", (*ref)(&c.UserID)}, {"step", &c.Step},
		{"opened_at", &c.OpenedAt}, {"due", &c.Due}, {"soon_at", &c.SoonAt}, {"closed_at", &c.ClosedAt}, {"paused_at", &c.PausedAt}, {"pause_until", &c.PauseUntil},
		{"channel", &c.Channel}, {"solve_due", &c.SolveDue}, {"created_by", &c.CreatedBy},
	}
}

const caseClientColumns = `, coalesce(c.name, ''), coalesce(c.short_name, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)`

var caseListColumns = map[bool]string{
	true: columns("e.", new(Case).brief()) + caseClientColumns,
	false: caseColumns + caseClientColumns + `, coalesce(c.code, ''),
		(SELECT COUNT(*) FROM case_waybills x WHERE x.case_id = e.id), (SELECT COUNT(*) FROM case_photos x WHERE x.case_id = e.id)`,
}

// caseListSQL reads cases with their clients; nameCases adds the names that are
// the same for many.
func caseListSQL(brief bool) string {
	return `SELECT ` + caseListColumns[brief] + ` FROM cases e LEFT JOIN customers c ON c.id = e.customer_id`
}

// listed are the places of what caseListSQL reads.
func (r *CaseRow) listed(brief bool) []any {
	client := []any{&r.Customer, &r.CustomerShort, &r.OwnerID, &r.ClerkID}
	if brief {
		return append(pointers(r.brief()), client...)
	}
	return append(append(pointers(r.all()), client...), &r.CustomerCode, &r.WaybillCount, &r.PhotoCount)
}

// nameCases puts the names of colleagues and causes into a list.
func (d *DB) nameCases(ctx context.Context, list []CaseRow) error {
	if len(list) == 0 {
		return nil
	}
	var ids []int64
	for _, r := range list {
		for _, id := range []int64{r.UserID, r.CreatedBy} {
			if id != 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := d.UserNames(ctx, ids)
	if err != nil {
		return err
	}
	causes, err := d.causes(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		r := &list[i]
		r.User, r.Author, r.Cause = names[r.UserID], names[r.CreatedBy], causes.named[r.CauseID]
	}
	return nil
}

// causeList are the causes as they stood when nothing of them had changed since.
type causeList struct {
	stamp [3]int64 // how many there are, what their versions add up to, and the last change
	list  []CaseCause
	named map[int64]CauseName
}

// causes are the causes of cases, from memory while nothing changed.
func (d *DB) causes(ctx context.Context) (*causeList, error) {
	var now causeList
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*), CAST(coalesce(SUM(version), 0) AS BIGINT), coalesce(MAX(updated_at), 0) FROM case_causes`).Scan(&now.stamp[0], &now.stamp[1], &now.stamp[2]); err != nil {
		return nil, fmt.Errorf("causes of cases: %w", err)
	}
	if known := d.caused.Load(); known != nil && known.stamp == now.stamp {
		return known, nil
	}
	var err error
	if now.list, err = d.readCauses(ctx); err != nil {
		return nil, err
	}
	now.named = map[int64]CauseName{}
	for _, c := range now.list {
		name := CauseName{Code: c.Code, Name: c.Name}
		if c.ParentID != 0 {
			up := now.named[c.ParentID] // the first level stands before what is below it
			name.ParentCode, name.ParentName = up.Code, up.Name
		}
		now.named[c.ID] = name
	}
	d.caused.Store(&now)
	return &now, nil
}
