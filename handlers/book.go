package handlers

import (
	"bytes"
	"net/http"
	"net/url"

	"yike/db"
	"yike/internal/sheet"
	"yike/views"
)

// fileOf is a table on its way out of the house.
type fileOf struct {
	act         string // that is left on record
	name, title string // of the file: plain letters, and as the reader calls it; "" = the first alone
	sheet       string // of the workbook
	format      string // of internal/sheet; "" = a workbook
	back        string // where the reader goes when it may not leave
	heads       []string
	detail      map[string]any // for the record, beside the format
	// rows hands each row over, and says whose they are.
	rows func(write func(...sheet.Cell) error) (customers []int64, err error)
}

// mostExported bounds the rows of a file that is built in memory.
var mostExported = 100_000

// mayLeave says whether so many rows may leave in one file. Where they may not
// the reader has been sent back with the reason, unless an error says more.
func (h *Handlers) mayLeave(w http.ResponseWriter, r *http.Request, rows int64, back, tooMany string) (bool, error) {
	if rows > int64(mostExported) {
		h.flash(r, views.Flash{Kind: "soon", Text: tooMany})
		h.redirect(w, r, back)
		return false, nil
	}
	if err := h.db.MayExport(r.Context(), actorOf(r), rows); err != nil {
		return false, h.overCap(w, r, err, back)
	}
	return true, nil
}

// conditions are those of a list, for the record of what left.
func conditions(v url.Values) map[string]any {
	out := map[string]any{}
	for k := range v {
		out[k] = v.Get(k)
	}
	return out
}

// sendFile writes a table and sends it. Its rows count against the day's cap;
// beyond it the reader goes back with the reason.
func (h *Handlers) sendFile(w http.ResponseWriter, r *http.Request, f fileOf) error {
	ctx, a := r.Context(), actorOf(r)
	kind := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	switch f.format {
	case sheet.CSV:
		kind = "text/csv; charset=utf-8"
	default:
		f.format = sheet.XLSX
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	l := sheet.Layout{Sheet: f.sheet, Mark: mark}
	for _, head := range f.heads {
		l.Columns = append(l.Columns, sheet.Column{Title: head})
	}
	var buf bytes.Buffer
	out, err := sheet.NewWriter(&buf, f.format, l)
	if err != nil {
		return err
	}
	n := int64(0)
	customers, err := f.rows(func(cells ...sheet.Cell) error {
		n++
		return out.Write(cells)
	})
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	detail := map[string]any{"format": f.format}
	for k, v := range f.detail {
		detail[k] = v
	}
	if err := h.db.RecordExport(ctx, a, f.act, db.Left{Rows: n, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, f.back)
	}
	attachment := `attachment; filename="` + f.name + "-" + ref + "." + f.format + `"`
	if f.title != "" {
		attachment += `; filename*=UTF-8''` + url.PathEscape(f.title) + "-" + ref + "." + f.format
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", attachment)
	_, _ = w.Write(buf.Bytes()) // the reader may have left
	return nil
}

// sendBook answers with a workbook of one sheet, the first row its heads.
func (h *Handlers) sendBook(w http.ResponseWriter, r *http.Request, act, name, title, back string, table [][]string, customers ...int64) error {
	rows := make([][]sheet.Cell, len(table)-1)
	for i, row := range table[1:] {
		for _, text := range row {
			rows[i] = append(rows[i], sheet.TextOf(text))
		}
	}
	return h.sendCells(w, r, act, name, title, back, table[0], rows, customers...)
}

// sendCells is sendBook with numbers and days as such.
func (h *Handlers) sendCells(w http.ResponseWriter, r *http.Request, act, name, title, back string, heads []string, rows [][]sheet.Cell, customers ...int64) error {
	return h.sendFile(w, r, fileOf{act: act, name: name, sheet: title, back: back, heads: heads, rows: func(write func(...sheet.Cell) error) ([]int64, error) {
		for _, row := range rows {
			if err := write(row...); err != nil {
				return nil, err
			}
		}
		return customers, nil
	}})
}
