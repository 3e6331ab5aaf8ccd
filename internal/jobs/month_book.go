package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
)

// MonthTask is the kind of a task that writes the statements of a month, one
// client after the other, into a workbook. Its payload is a db.MonthBook.
const MonthTask = "receivables.month"

// MonthBook writes them with the rights that its owner has when it runs.
func MonthBook(d *db.DB) TaskFunc {
	actors := d.Actors()
	return func(ctx context.Context, t db.Task, report Report) (any, error) {
		var m db.MonthBook
		if err := json.Unmarshal([]byte(t.Payload), &m); err != nil {
			return nil, fmt.Errorf("month payload: %w", err)
		}
		s, err := actors.Actor(ctx, t.UserID)
		if err != nil {
			return nil, err
		}
		scope, leaves := s.Actor.Scope(policy.AccountRead), s.Actor.Scope(policy.CustomerExport)
		f := db.MonthFilter{Month: m.Month, BranchID: m.Branch, Also: &leaves, Limit: 500}
		sums, err := d.SumMonth(ctx, scope, f)
		if err != nil {
			return nil, err
		}
		l := sheet.Layout{Sheet: m.Month}
		for _, title := range m.Titles {
			l.Columns = append(l.Columns, sheet.Column{Title: title})
		}
		b := book{act: "receivables.month.export", layout: l, total: sums.Entries + 2*sums.Accounts, reach: db.ExportReach(s.Actor, policy.AccountRead), detail: map[string]any{"month": m.Month}}
		if m.Branch != 0 {
			b.detail["branch"] = m.Branch
		}
		b.fill = func(write writeRows) error {
			for {
				page, err := d.MonthAccounts(ctx, scope, f)
				if err != nil {
					return err
				}
				entries, err := d.MonthEntries(ctx, page.Rows, m.Month)
				if err != nil {
					return err
				}
				var ids []int64
				var rows [][]sheet.Cell
				for _, a := range page.Rows {
					ids = append(ids, a.CustomerID)
					rows = append(rows, statementRows(m, a, d.BranchName(a.BranchID), entries[a.CustomerID])...)
					f.At = a.Key
				}
				if err := write(ids, rows); err != nil {
					return err
				}
				if page.Last {
					return nil
				}
			}
		}
		return keepBook(ctx, d, s.Actor, t, report, b)
	}
}

// statementRows are one client's rows: what was open, each document, and what is
// open then.
func statementRows(m db.MonthBook, a db.MonthAccount, branch string, entries []db.AccountEntry) [][]sheet.Cell {
	none := sheet.TextOf("")
	yuan := func(fen int64) sheet.Cell { return sheet.NumberOf(float64(fen) / 100) }
	unless0 := func(fen int64) sheet.Cell {
		if fen == 0 {
			return none
		}
		return yuan(fen)
	}
	row := func(on sheet.Cell, what, number string, charged, paid, balance sheet.Cell) []sheet.Cell {
		return []sheet.Cell{sheet.TextOf(a.Code), sheet.TextOf(a.Name), sheet.TextOf(a.AccountNo), sheet.TextOf(branch), on, sheet.TextOf(what), sheet.TextOf(number), charged, paid, balance}
	}
	balance := a.Opening
	out := [][]sheet.Cell{row(none, m.Opening, "", none, none, yuan(balance))}
	for _, e := range entries {
		balance += e.Charged - e.Paid
		said := m.Kinds[e.Kind]
		if e.Periods != "" {
			said += " " + strings.ReplaceAll(e.Periods, ",", "、")
		}
		on := none
		if d, err := day.Parse(e.Day); err == nil {
			on = sheet.DayOf(d.Time())
		}
		out = append(out, row(on, strings.TrimSpace(said+" "+m.Methods[e.Method]), e.Number, unless0(e.Charged), unless0(e.Paid), yuan(balance)))
	}
	return append(out, row(none, m.Closing, "", yuan(a.Charged), yuan(a.Paid), yuan(a.Closing)))
}
