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
		// Taken up again after a crash, it stands in the books already.
		ref, counted, err := d.ExportOfTask(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if err := d.MayExport(ctx, s.Actor, max(0, total-counted)); err != nil {
			return nil, capped(err)
		}
		recorded := ref != ""
		if !recorded {
			ref = db.NewReference()
		}
		mark, err := d.FileMark(ctx, s.Actor, ref)
		if err != nil {
			return nil, err
		}
		f, err := os.CreateTemp("", "yike-export-*")
		if err != nil {
			return nil, err
		}
		defer os.Remove(f.Name()) //nolint:errcheck // the system clears what is left
		defer f.Close()
		l := sheet.Layout{Mark: mark}
		for _, title := range e.Titles {
			l.Columns = append(l.Columns, sheet.Column{Title: title})
		}
		w, err := sheet.NewWriter(f, sheet.XLSX, l)
		if err != nil {
			return nil, err
		}
		var n int64
		var customers []int64
		cells := make([]sheet.Cell, len(e.Columns))
		err = d.ExportCustomers(ctx, s.Actor, e, func(ids []int64, rows [][]string) error {
			customers = append(customers, ids...)
			for _, row := range rows {
				for i, text := range row {
					cells[i] = sheet.TextOf(text)
				}
				if err := w.Write(cells); err != nil {
					return err
				}
			}
			n += int64(len(rows))
			return report(n, max(n, total))
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
		if !recorded {
			err = d.RecordExport(ctx, s.Actor, "customers.export", db.Left{Rows: n, Reference: ref, Task: t.ID, Customers: customers, Detail: map[string]any{"format": "xlsx"}})
		} else if n > counted {
			err = d.RecordExport(ctx, s.Actor, "customers.export", db.Left{Rows: n - counted, Reference: ref, Customers: customers, Detail: map[string]any{"format": "xlsx"}})
		}
		if err != nil {
			return nil, capped(err)
		}
		hash, err := d.PutFile(ctx, f, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", d.Now().Add(exportKept))
		if err != nil {
			return nil, err
		}
		return ExportResult{hash, ref, db.ExportReach(s.Actor), n}, nil
	}
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
