package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/report"
)

// MonthlyBody is what a monthly report says: figures and which of them have
// moved, and what was shipped in the months up to it. It names nobody.
type MonthlyBody struct {
	Measures []report.Measure `json:"measures"`
	Notes    []report.Note    `json:"notes"`
	Trend    []MonthlyTrend   `json:"trend"`
}

// MonthlyTrend is what was shipped in a month.
type MonthlyTrend struct {
	Month   string `json:"month"`
	Pieces  int64  `json:"pieces"`
	Freight int64  `json:"freight"`
}

// MonthlyReport is a report as it was issued.
type MonthlyReport struct {
	ID, BranchID, Version int64
	Month                 string
	IssuedAt              int64
	By                    string // who issued it
	MonthlyBody
}

// IssueMonthly keeps a report of a branch's month as it stands; one that is there
// already stays, and this is its next version. It is for who may issue reports of
// the branch and all below it, of a month that is over.
func (d *DB) IssueMonthly(ctx context.Context, by policy.Actor, sent Submission, branch int64, month string, body MonthlyBody) (id int64, err error) {
	on, err := day.Parse(month + "-01")
	if err != nil || on.MonthEnd() >= day.At(d.now(), Zone) {
		return 0, fmt.Errorf("report of %q: %w", month, ErrRefused)
	}
	if !by.Scope(policy.ReportIssue).SeesSubtree(d.Chain(branch)) {
		return 0, fmt.Errorf("report of branch %d: %w", branch, ErrNotFound)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("report of branch %d: %w", branch, err)
	}
	issue := func() error {
		return d.act(ctx, by, "reports.issue", func(tx *Tx) (err error) {
			if id, err = sent.done(ctx, tx, "monthly_reports"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			id = tx.newID()
			if _, err := tx.exec(ctx, `INSERT INTO monthly_reports (id, branch_id, month, version, issued_at, issued_by, body)
				SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), coalesce(MAX(version), 0) + 1, CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT) FROM monthly_reports WHERE branch_id = $2 AND month = $3`,
				id, branch, month, tx.now(), by.UserID, string(text)); err != nil {
				return fmt.Errorf("report of branch %d: %w", branch, err)
			}
			tx.about(branch, id)
			tx.detail(map[string]any{"month": month})
			return sent.keep(ctx, tx, "monthly_reports", id)
		})
	}
	err = issue()
	if isUnique(err) {
		err = issue() // the same form, or another of the month, arrived at once; that one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

const monthlyColumns = `SELECT r.id, r.branch_id, r.version, r.month, r.issued_at, coalesce(u.name, ''), r.body FROM monthly_reports r LEFT JOIN users u ON u.id = r.issued_by`

func scanMonthly(scan func(...any) error) (r MonthlyReport, err error) {
	var body string
	if err = scan(&r.ID, &r.BranchID, &r.Version, &r.Month, &r.IssuedAt, &r.By, &body); err == nil {
		err = json.Unmarshal([]byte(body), &r.MonthlyBody)
	}
	return r, err
}

// MonthlyReport returns a report that was issued, of a branch that the scope sees
// with all below it.
func (d *DB) MonthlyReport(ctx context.Context, scope policy.Scope, id int64) (MonthlyReport, error) {
	r, err := scanMonthly(d.r.QueryRowContext(ctx, monthlyColumns+` WHERE r.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !scope.SeesSubtree(d.Chain(r.BranchID)) {
		err = ErrNotFound
	}
	if err != nil {
		return MonthlyReport{}, fmt.Errorf("report %d: %w", id, err)
	}
	return r, nil
}

// MonthlyReports are the reports that were issued of a branch's months, the
// latest first, at most limit; nothing where the scope does not see all of it.
func (d *DB) MonthlyReports(ctx context.Context, scope policy.Scope, branch int64, limit int) (list []MonthlyReport, err error) {
	if !scope.SeesSubtree(d.Chain(branch)) {
		return nil, nil
	}
	err = eachOf(ctx, d.r, monthlyColumns+` WHERE r.branch_id = $1 ORDER BY r.month DESC, r.version DESC LIMIT $2`, []any{branch, limit}, func(scan func(...any) error) error {
		r, err := scanMonthly(scan)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reports of branch %d: %w", branch, err)
	}
	return list, nil
}
