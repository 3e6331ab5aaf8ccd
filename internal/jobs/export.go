package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
)

// ExportTask is the kind of a task that writes a customer list into a
// workbook. Its payload is a db.CustomerExport.
const ExportTask = "customers.export"

// ExportResult is what it leaves: the file, and how many rows are in it.
type ExportResult struct {
	Hash  string
	Ref   string // stands in the file's name, in its properties and in the audit
	Reach string // db.ExportReach of its owner when it was written
	Rows  int64
}

// exportKept is how long a finished workbook can be fetched.
const exportKept = 48 * time.Hour

// ExportCustomers writes a list into a workbook and keeps it for its owner,
// with the rights that they have when it runs.
func ExportCustomers(d *db.DB) TaskFunc {
	actors := d.Actors()
	return func(ctx context.Context, t db.Task, report Report) (any, error) {
		var e db.CustomerExport
		if err := json.Unmarshal([]byte(t.Payload), &e); err != nil {
			return nil, fmt.Errorf("export payload: %w", err)
		}
		s, err := actors.Actor(ctx, t.UserID)
		if err != nil {
			return nil, err
		}
		total, _, err := d.CountCustomers(ctx, s.Actor.Scope(policy.CustomerExport), e.Filter)
		if err != nil {
			return nil, err
		}
		l := sheet.Layout{}
		for _, title := range e.Titles {
			l.Columns = append(l.Columns, sheet.Column{Title: title})
		}
		return keepBook(ctx, d, s.Actor, t, report, book{act: "customers.export", layout: l, total: total, reach: db.ExportReach(s.Actor), fill: func(write writeRows) error {
			return d.ExportCustomers(ctx, s.Actor, e, func(ids []int64, rows [][]string) error {
				out := make([][]sheet.Cell, len(rows))
				for i, row := range rows {
					for _, text := range row {
						out[i] = append(out[i], sheet.TextOf(text))
					}
				}
				return write(ids, out)
			})
		}})
	}
}

// book is a workbook that a task writes for whoever started it.
type book struct {
	act    string // that is left on record
	layout sheet.Layout
	total  int64  // rows, as far as one knows before
	reach  string // the rights with which it is written
	detail map[string]any
	fill   func(write writeRows) error // hands the rows over
}

// writeRows takes rows for a workbook, and whose they are.
type writeRows func(customers []int64, rows [][]sheet.Cell) error

// keepBook writes a workbook, leaves it on record and keeps it for its owner. A
// task taken up again after a crash stands in the books already, and counts
// only what is new.
func keepBook(ctx context.Context, d *db.DB, by policy.Actor, t db.Task, report Report, b book) (any, error) {
	ref, counted, err := d.ExportOfTask(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	if err := d.MayExport(ctx, by, max(0, b.total-counted)); err != nil {
		return nil, capped(err)
	}
	recorded := ref != ""
	if !recorded {
		ref = db.NewReference()
	}
	if b.layout.Mark, err = d.FileMark(ctx, by, ref); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "yike-export-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // the system clears what is left
	defer f.Close()
	w, err := sheet.NewWriter(f, sheet.XLSX, b.layout)
	if err != nil {
		return nil, err
	}
	var n int64
	var customers []int64
	err = b.fill(func(ids []int64, rows [][]sheet.Cell) error {
		customers = append(customers, ids...)
		for _, cells := range rows {
			if err := w.Write(cells); err != nil {
				return err
			}
		}
		n += int64(len(rows))
		return report(n, max(n, b.total))
	})
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	detail := map[string]any{"format": "xlsx"}
	for k, v := range b.detail {
		detail[k] = v
	}
	if !recorded {
		err = d.RecordExport(ctx, by, b.act, db.Left{Rows: n, Reference: ref, Task: t.ID, Customers: customers, Detail: detail})
	} else if n > counted {
		err = d.RecordExport(ctx, by, b.act, db.Left{Rows: n - counted, Reference: ref, Customers: customers, Detail: detail})
	}
	if err != nil {
		return nil, capped(err)
	}
	hash, err := d.PutFile(ctx, f, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", d.Now().Add(exportKept))
	if err != nil {
		return nil, err
	}
	return ExportResult{hash, ref, b.reach, n}, nil
}

// capped gives the refusal of a daily cap the code that the page puts into
// words.
func capped(err error) error {
	var over *db.OverCap
	if errors.As(err, &over) {
		return &Coded{Code: "over_cap", Err: err}
	}
	return err
}

// SweepFiles removes files whose time is over.
func SweepFiles(d *db.DB) Job {
	return Job{Name: "sweep-files", Period: Hourly, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.SweepFiles(ctx)
	}}
}
