package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/cause"
	"yike/policy/intake"
)

// ImportCases is the import of an old register of complaints.
const ImportCases = "cases"

// CaseLookup finds the rows of a register that are on record already.
type CaseLookup struct {
	ctx    context.Context
	d      *DB
	branch int64
	known  map[string]bool
	causes map[string]int64
}

// CaseLookup returns a lookup for one judgement.
func (d *DB) CaseLookup(ctx context.Context, branch int64) (*CaseLookup, error) {
	l := &CaseLookup{ctx: ctx, d: d, branch: branch, causes: map[string]int64{}}
	rows, err := d.r.QueryContext(ctx, `SELECT id, code FROM case_causes WHERE code <> ''`)
	if err != nil {
		return nil, fmt.Errorf("causes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var code string
		if err := rows.Scan(&id, &code); err != nil {
			return nil, fmt.Errorf("causes: %w", err)
		}
		l.causes[code] = id
	}
	return l, rows.Err()
}

// Cause is the id of a cause that comes with the program, 0 for another code.
func (l *CaseLookup) Cause(code string) int64 { return l.causes[code] }

// Prefetch reads what is on record of the numbers and days of the next rows.
func (l *CaseLookup) Prefetch(records []intake.Record) error {
	l.known = map[string]bool{}
	var numbers, days []string
	for _, r := range records {
		if len(r.Phones) > 0 {
			numbers = append(numbers, r.Phones[0])
		} else if day := r.Get("day"); day != "" {
			days = append(days, day)
		}
	}
	slices.Sort(numbers)
	for chunk := range slices.Chunk(slices.Compact(numbers), lookupBatch) {
		if err := l.read(l.d.amongSQL(caseKnownSQL+`e.caller_phone <> '' AND e.caller_phone `, 1, len(chunk), ``), textArgs(chunk)...); err != nil {
			return err
		}
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		from := dayStart(dayParsed(day))
		err := l.read(caseKnownSQL+`e.opened_at >= $2 AND e.opened_at < $3 AND e.caller_phone = '' AND (e.branch_id = $1
			OR e.import_id <> 0 AND EXISTS (SELECT 1 FROM imports m WHERE m.id = e.import_id AND m.kind = 'cases' AND m.branch_id = $1))`, l.branch, from, from+24*time.Hour.Milliseconds())
		if err != nil {
			return err
		}
	}
	return nil
}

const caseKnownSQL = `SELECT e.opened_at, e.caller_phone, e.caller, e.said, coalesce(k.code, ''), coalesce(w.number, ''), e.id
	FROM cases e LEFT JOIN case_waybills w ON w.case_id = e.id LEFT JOIN case_causes k ON k.id = e.cause_id WHERE e.deleted_at = 0 AND `

func (l *CaseLookup) read(query string, args ...any) error {
	rows, err := l.d.r.QueryContext(l.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("look cases up: %w", err)
	}
	defer rows.Close()
	type had struct {
		at                        int64
		phone, name, said, caused string
		numbers                   []string
	}
	list := map[int64]*had{}
	for rows.Next() {
		var h had
		var number string
		var id int64
		if err := rows.Scan(&h.at, &h.phone, &h.name, &h.said, &h.caused, &number, &id); err != nil {
			return fmt.Errorf("look cases up: %w", err)
		}
		if list[id] == nil {
			list[id] = &h
		}
		if number != "" {
			list[id].numbers = append(list[id].numbers, number)
		}
	}
	for _, h := range list {
		l.known[registerKey(Day(time.UnixMilli(h.at)), h.phone, h.name, h.numbers, h.said, h.caused)] = true
	}
	return rows.Err()
}

// registerKey is intake.CaseKey with the numbers in one order.
func registerKey(day, phone, name string, numbers []string, said, code string) string {
	numbers = slices.Sorted(slices.Values(numbers))
	return intake.CaseKey(day, phone, name, strings.Join(numbers, " "), said, code)
}

// Known says whether a row that was prefetched is on record already.
func (l *CaseLookup) Known(r intake.Record) bool {
	code := r.Get("cause")
	if l.causes[code] == 0 {
		code = cause.Other // as it is written
	}
	return l.known[registerKey(r.Get("day"), cmp.Or(append(slices.Clone(r.Phones), "")...), r.Get("name"), strings.Fields(r.Get("waybill")), r.Get("said"), code)]
}

func (d *DB) applyCases(ctx context.Context, by policy.Actor, m Import, p *importProgress) error {
	return d.applyStaged(ctx, by, m, p, (*Tx).applyCase)
}

// applyCase writes one row of a register: what was said and what became of it,
// with nothing promised, so that an old case is never late. When within its day
// it was opened and closed nobody wrote down: it is the beginning of the day.
func (tx *Tx) applyCase(ctx context.Context, m Import, row *ImportRow, _ map[int64]bool) error {
	r := &row.Record
	c := Case{Kind: r.V["kind"], BranchID: m.BranchID, CustomerID: r.Customer, Caller: r.V["name"], Channel: r.V["channel"], Severity: r.V["severity"],
		Said: r.V["said"], Wants: r.V["wants"], UserID: r.Owner, Step: casework.Accept, OpenedAt: dayStart(dayParsed(r.V["day"])), Result: r.V["result"], ImportID: m.ID}
	c.CauseID, _ = strconv.ParseInt(r.V["cause_id"], 10, 64)
	if len(r.Phones) > 0 {
		c.CallerPhone = r.Phones[0]
	}
	if c.CustomerID != 0 {
		stmt, err := tx.prepared(ctx, `SELECT branch_id, class FROM customers WHERE id = $1 AND deleted_at = 0 AND erased_at = 0`)
		if err != nil {
			return err
		}
		if err := stmt.QueryRowContext(ctx, c.CustomerID).Scan(&c.BranchID, &c.Class); err != nil {
			return fmt.Errorf("client %d: %w: %w", c.CustomerID, ErrImportStale, err)
		}
	}
	switch {
	case r.V["state"] == intake.Closed:
		c.Step, c.ClosedAt = casework.Closed, c.OpenedAt
		if day := r.V["closed_on"]; day != "" {
			c.ClosedAt = dayStart(dayParsed(day))
		}
		if r.V["satisfied"] == "1" {
			c.Satisfied = "yes"
		}
	case r.V["handling"] != "":
		c.Step = casework.Handle
	}
	_, err := openCase(ctx, tx, &c, strings.Fields(r.V["waybill"]), nil)
	return err
}

func (d *DB) undoCases(ctx context.Context, by policy.Actor, m Import, p *importProgress) (ImportUndo, error) {
	return d.takeStagedBack(ctx, by, m, p, "imports.undo", func(tx *Tx, out ImportUndo) error {
		tx.detail(map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed})
		return tx.undoPart(ctx, m, out, `undo = $2, state = 'undone', version = version + 1`)
	}, (*undoer).casesTaken)
}

func (d *DB) rollBackCases(ctx context.Context, m Import, p *importProgress) error {
	_, err := d.takeStagedBack(ctx, policy.SystemActor("yike import"), m, p, "imports.rollback", func(tx *Tx, _ ImportUndo) error {
		_, err := tx.exec(ctx, `UPDATE imports SET run = '', run_done = 0, apply_audit = 0, undo = '' WHERE id = $1`, m.ID)
		return err
	}, (*undoer).casesTaken)
	if err != nil {
		return fmt.Errorf("take import %d back: %w", m.ID, err)
	}
	return nil
}

// casesTaken deletes the next cases that a register brought and nobody has
// worked on since.
func (u *undoer) casesTaken(ctx context.Context, at *undoAt, _ []int64, _ map[int64]bool) (int, error) {
	list, err := u.casesOf(ctx, at.Change)
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		at.Change = r.ID
		var worked bool
		err := u.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM case_events WHERE case_id = $1 AND kind <> 'imported') OR EXISTS (SELECT 1 FROM case_photos WHERE case_id = $1)
			OR EXISTS (SELECT 1 FROM cases WHERE parent_id = $1 OR merged_id = $1)`, r.ID).Scan(&worked)
		if err != nil {
			return 0, fmt.Errorf("case %d: %w", r.ID, err)
		}
		switch {
		case !u.db.sees(u.Tx.by.Scope(policy.ImportUndo), r.BranchID, r.OwnerID, r.ClerkID):
			u.say("failed", "moved", "case", 0, r.Code)
			continue
		case r.Version != 1 || worked:
			u.say("kept", "edited", "case", r.ID, r.Code)
			continue
		}
		for _, query := range []string{`DELETE FROM case_events WHERE case_id = $1`, `DELETE FROM case_waybills WHERE case_id = $1`, `DELETE FROM case_looks WHERE case_id = $1`, `DELETE FROM cases WHERE id = $1`} {
			if _, err := u.exec(ctx, query, r.ID); err != nil {
				return 0, fmt.Errorf("case %d: %w", r.ID, err)
			}
		}
		if err := u.moveLoad(ctx, r.holder(), 0); err != nil {
			return 0, err
		}
		if err := u.change(ctx, "delete", "cases", r.ID, r.BranchID, r.CustomerID, r.Version+1, map[string][2]any{"code": {r.Code, ""}}); err != nil {
			return 0, err
		}
		u.say("reversed", "case", "case", 0, r.Code)
	}
	if len(list) == 0 {
		at.Rank = 2
	}
	return len(list), nil
}

// casesOf are the next cases of the import after an id.
func (u *undoer) casesOf(ctx context.Context, after int64) ([]CaseRow, error) {
	rows, err := u.QueryContext(ctx, caseRowSQL+` WHERE e.import_id = $1 AND e.import_id <> 0 AND e.id > $2 ORDER BY e.id LIMIT `+strconv.Itoa(undoStep*4), u.m.ID, after)
	if err != nil {
		return nil, fmt.Errorf("cases of import %d: %w", u.m.ID, err)
	}
	defer rows.Close()
	var out []CaseRow
	for rows.Next() {
		r, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("cases of import %d: %w", u.m.ID, err)
		}
		out = append(out, r)
	}
	return out, errors.Join(rows.Err())
}
