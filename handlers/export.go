package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
)

// exportAtOnce is up to how many rows a workbook is written while one waits.
const exportAtOnce = 2000

// exportTask is the kind of the task that writes longer ones; internal/jobs
// runs it.
const exportTask = "customers.export"

// exportOf is the list as a file: the name, the code, and the columns shown.
func (h *Handlers) exportOf(ctx context.Context, q customerQuery, set listSettings) (db.CustomerExport, error) {
	f, err := h.listFilter(ctx, q)
	e := db.CustomerExport{Filter: f, Columns: append([]string{"name"}, set.Columns...), Words: map[string]map[string]string{}}
	if !slices.Contains(e.Columns, "class") {
		e.Columns = slices.Insert(e.Columns, 1, "class") // shown beside the name
	}
	for _, c := range e.Columns {
		e.Titles = append(e.Titles, views.ListColumnWord(ctx, c))
	}
	words := func(column string, list []string, label func(context.Context, string) string) {
		e.Words[column] = map[string]string{}
		for _, w := range list {
			e.Words[column][w] = label(ctx, w)
		}
	}
	words("stage", profile.Stages, views.StageWord)
	words("kind", profile.Kinds, views.KindWord)
	words("source", profile.Sources, views.SourceWord)
	words("state", profile.States, views.StateWord)
	words("terms", profile.Terms, views.TermsWord)
	return e, err
}

// customerExport sends the list as it is shown: CSV as it is read, a workbook
// at once when it is short, otherwise as a task that may be left.
func (h *Handlers) customerExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := readList(r.URL.Query(), h.db.Now())
	set, err := h.listSettings(ctx, a, customersKept)
	if err != nil {
		return err
	}
	e, err := h.exportOf(ctx, q, set)
	if err != nil {
		return err
	}
	format := query(r, "format")
	if format != sheet.CSV && format != sheet.XLSX {
		return fmt.Errorf("export as %q: %w", format, db.ErrNotFound)
	}
	few := e.Filter
	few.Limit = 1
	n, more, err := h.db.CountCustomers(ctx, a.Scope(policy.CustomerExport), few)
	if err != nil {
		return err
	}
	if err := h.db.MayExport(ctx, a, n); err != nil {
		return h.overCap(w, r, err, q.with("/customers", "", ""))
	}
	ref := db.NewReference()
	if format == sheet.CSV {
		return h.exportCSV(w, r, a, e, n, ref)
	}
	if more || n > exportAtOnce {
		payload, err := json.Marshal(e)
		if err != nil {
			return err
		}
		id, err := h.db.StartTask(ctx, a, exportTask, string(payload))
		if err != nil {
			return err
		}
		h.wake()
		h.redirect(w, r, "/exports/"+idText(id))
		return nil
	}
	var buf bytes.Buffer
	customers, err := h.writeExport(ctx, &buf, a, e, sheet.XLSX, ref, nil)
	if err != nil {
		return err
	}
	if err := h.db.RecordExport(ctx, a, "customers.export", db.Left{Rows: int64(len(customers)), Reference: ref, Customers: customers, Detail: map[string]any{"format": "xlsx"}}); err != nil {
		return h.overCap(w, r, err, q.with("/customers", "", ""))
	}
	h.attach(w, "customers", "xlsx", ref, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	_, _ = w.Write(buf.Bytes()) // the reader may have left
	return nil
}

// attach names the file that follows.
func (h *Handlers) attach(w http.ResponseWriter, name, ending, ref, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+"-"+db.Day(h.db.Now())+"-"+ref+"."+ending+`"`)
}

// overCap goes back with the sentence that says which cap is reached; another
// error is handed on.
func (h *Handlers) overCap(w http.ResponseWriter, r *http.Request, err error, to string) error {
	var over *db.OverCap
	if !errors.As(err, &over) {
		return err
	}
	h.flash(r, views.Flash{Kind: "soon", Text: capWord(r.Context(), over)})
	h.redirect(w, r, to)
	return nil
}

// exportCSV streams n rows, which are counted against the day's cap before the
// first leaves; when the list has grown meanwhile, each row beyond them is
// counted before it leaves. What went out is on record also when the reader
// left half-way.
func (h *Handlers) exportCSV(w http.ResponseWriter, r *http.Request, a policy.Actor, e db.CustomerExport, n int64, ref string) error {
	if err := h.db.ChargeRows(r.Context(), a, n); err != nil {
		return h.overCap(w, r, err, "/customers")
	}
	h.attach(w, "customers", "csv", ref, "text/csv; charset=utf-8")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	charged := n
	customers, err := h.writeExport(r.Context(), w, a, e, sheet.CSV, ref, func(rows int64) error {
		if rows > charged {
			if err := h.db.ChargeRows(r.Context(), a, rows-charged); err != nil {
				return err
			}
			charged = rows
		}
		_ = http.NewResponseController(w).Flush()
		return nil
	})
	rows := int64(len(customers))
	recorded := h.db.RecordCharged(context.WithoutCancel(r.Context()), a, "customers.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: map[string]any{"format": "csv"}})
	if err != nil && rows == 0 {
		w.Header().Del("Content-Disposition")
		return err
	}
	if err == nil {
		err = recorded
	}
	if err != nil {
		h.log.Error("export ended early", "request", requestID(r.Context()), "rows", rows, "err", err)
		panic(http.ErrAbortHandler) // so that the browser does not take it for whole
	}
	return nil
}

// writeExport writes the list and returns whose rows are in it. before is asked before each batch, with how many
// rows there will be then.
func (h *Handlers) writeExport(ctx context.Context, w io.Writer, a policy.Actor, e db.CustomerExport, format, ref string, before func(rows int64) error) (customers []int64, err error) {
	l := sheet.Layout{Sheet: lang.T(ctx, "客户")}
	if l.Mark, err = h.db.FileMark(ctx, a, ref); err != nil {
		return nil, err
	}
	for _, title := range e.Titles {
		l.Columns = append(l.Columns, sheet.Column{Title: title})
	}
	out, err := sheet.NewWriter(w, format, l)
	if err != nil {
		return nil, err
	}
	cells := make([]sheet.Cell, len(e.Columns))
	err = h.db.ExportCustomers(ctx, a, e, func(ids []int64, list [][]string) error {
		if before != nil {
			if err := before(int64(len(customers) + len(list))); err != nil {
				return err
			}
		}
		for _, row := range list {
			for i, text := range row {
				cells[i] = sheet.TextOf(text)
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		customers = append(customers, ids...)
		return nil
	})
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return customers, err
}

// exportShow is the page of an export under way; it asks again by itself.
func (h *Handlers) exportShow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	task, err := h.exportTaskOf(r)
	if err != nil {
		return err
	}
	p := views.ExportPage{Title: lang.T(ctx, "导出客户"), Back: "/customers", BackText: lang.T(ctx, "客户"), Href: "/exports/" + idText(task.ID), State: task.State, Done: task.Done, Total: task.Total,
		Ready: lang.T(ctx, "导出好了，共 %d 位", task.Done), Capped: task.Error == "over_cap"}
	if task.Kind == monthTask {
		p.Title, p.Back, p.BackText, p.Ready = lang.T(ctx, "导出月对账单"), "/receivables/month", lang.T(ctx, "月对账"), lang.T(ctx, "导出好了，共 %d 行", task.Done)
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Export(p), partial: views.ExportState(p), active: p.Back})
}

func (h *Handlers) exportTaskOf(r *http.Request) (db.Task, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Task{}, err
	}
	task, err := h.db.Task(r.Context(), actorOf(r), id)
	if err == nil && task.Kind != exportTask && task.Kind != monthTask {
		err = db.ErrNotFound
	}
	return task, err
}

func (h *Handlers) exportCancel(w http.ResponseWriter, r *http.Request) error {
	task, err := h.exportTaskOf(r)
	if err != nil {
		return err
	}
	if err := h.db.CancelTask(r.Context(), actorOf(r), task.ID); err != nil {
		return err
	}
	h.redirect(w, r, "/exports/"+idText(task.ID))
	return nil
}

// exportFile hands out the finished workbook, to its owner only and only while
// they see what they saw when it was written.
func (h *Handlers) exportFile(w http.ResponseWriter, r *http.Request) error {
	task, err := h.exportTaskOf(r)
	if err != nil {
		return err
	}
	var result struct{ Hash, Ref, Reach string }
	if err := json.Unmarshal([]byte(task.Result), &result); err != nil || task.State != "done" {
		return fmt.Errorf("export %d: %w", task.ID, db.ErrNotFound)
	}
	name, reach := "customers", db.ExportReach(actorOf(r))
	if task.Kind == monthTask {
		name, reach = "statements", db.ExportReach(actorOf(r), policy.AccountRead)
	}
	if result.Reach != reach {
		return fmt.Errorf("export %d was written with other rights: %w", task.ID, db.ErrNotFound)
	}
	f, err := h.db.OpenFile(r.Context(), result.Hash)
	if err != nil {
		return err
	}
	defer f.Close()
	h.attach(w, name, "xlsx", result.Ref, f.Type)
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}
