package sheet

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// The formats that a Writer makes.
const (
	XLSX = "xlsx"
	CSV  = "csv"
)

// Column is one column of a file to be written.
type Column struct {
	Title   string
	Width   float64  // in characters; 0 is 14
	Choices []string // a drop-down in a workbook; other values are refused there
	Hint    string   // shown when a cell of the column is entered
	Reason  bool     // highlighted: what is wrong with the row
}

// Layout is all that is known before the first row.
type Layout struct {
	Sheet   string // name of the sheet; empty is Sheet1
	Columns []Column
	Help    []string // lines of a second sheet, named HelpName; workbooks only
	Names   struct{ Help, Choices string }
	// Mark says who took the file and when. It stands in the head and foot of
	// every printed page and in the file's properties, never among the rows, so
	// that reading the file again finds the same table; workbooks only.
	Mark string
}

// Writer writes one table, row by row, in little memory. Nothing is to be served
// before Close has returned nil.
type Writer struct {
	rows func([]Cell) error
	end  func() error
	err  error
}

// TextOf is a cell of text, NumberOf of a number, DayOf of a day, TimeOf of a
// moment to the second, as its own zone reads it.
func TextOf(s string) Cell { return textCell(s) }

func NumberOf(n float64) Cell {
	return Cell{Number, strconv.FormatFloat(n, 'f', -1, 64), n}
}

func DayOf(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{Date, t.Format("2006-01-02"), serialOf(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))}
}

func TimeOf(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{Date, t.Format("2006-01-02 15:04:05"), serialOf(t)}
}

// NewWriter begins a file with its row of titles. In both formats no cell runs
// as a formula: a workbook's texts are typed as such, and in a CSV file a text
// that begins with = + - @ ' tab or CR gets a ' in front, which reading takes
// away again. A CSV file has a byte order mark and CRLF, for Excel's sake.
func NewWriter(w io.Writer, format string, l Layout) (*Writer, error) {
	switch format {
	case XLSX:
		return newXLSXWriter(w, l)
	case CSV:
		return newCSVWriter(w, l)
	}
	return nil, fmt.Errorf("sheet: no format %q to write", format)
}

// Write adds a row. After an error every call gives it again.
func (w *Writer) Write(cells []Cell) error {
	if w.err == nil {
		w.err = w.rows(cells)
	}
	return w.err
}

// Close finishes the file; it does not close what was written to. It must be
// called even after an error, to let go of a temporary file.
func (w *Writer) Close() error {
	err := w.end()
	if w.err == nil {
		w.err = err
	}
	return w.err
}
