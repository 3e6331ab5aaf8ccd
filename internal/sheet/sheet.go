package sheet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"unicode/utf8"
)

// Kind says what a cell holds.
type Kind uint8

const (
	Empty  Kind = iota
	Text        // Text as stored
	Number      // Num, and Text as below
	Date        // Num is the serial day of the 1900 system, Text is ISO
	Bool        // Num is 0 or 1, Text is FALSE or TRUE
	Error       // Text is the error as Excel shows it (#N/A)
)

// Cell is one value. For a Number, Text is the shortest literal that is exactly
// the stored value ("13800001054"); where the file stores an exponent, Text is
// that literal as stored ("1.38E+10"), since the digits behind it may be lost.
// For a Date, Text is "2006-01-02", "2006-01-02 15:04:05", or "15:04:05" for a
// time without a day. A formula is its stored result; a formula of which no
// result was stored is the Error "#CALC!".
type Cell struct {
	Kind Kind
	Text string
	Num  float64
}

// Row is one row that holds at least one value. Number counts as Excel does,
// from 1, blank rows included; in a CSV file it counts records. Line is the
// physical line on which a CSV record begins, else 0. Cells ends with the last
// value, except in a CSV file, where Width is the number of fields really there
// and Cells has as many. Broken marks a CSV record with a quote that nothing
// closes; it was cut at the end of its line.
type Row struct {
	Number int
	Line   int
	Width  int
	Broken bool
	Cells  []Cell
}

// SheetInfo describes one sheet. Rows and Cols are what the file claims and
// serve a progress bar; 0 means unknown.
type SheetInfo struct {
	Name   string
	Hidden bool
	Rows   int
	Cols   int
}

// Info describes the file as its content shows it.
type Info struct {
	Format    string // xlsx, csv, html, xls
	Encoding  string // UTF-8, UTF-16LE, UTF-16BE, GB18030; empty for a workbook
	Sheets    []SheetInfo
	Delimiter rune // of a CSV file
}

// Merge is a block of merged cells. Top and Bottom are row numbers, Left and
// Right are indexes into Row.Cells.
type Merge struct{ Top, Left, Bottom, Right int }

// The reasons for which a file is refused. Test with errors.Is.
var (
	ErrEmpty     = errors.New("sheet: the file is empty")
	ErrEncrypted = errors.New("sheet: the workbook is protected by a password")
	ErrTruncated = errors.New("sheet: the file ends too early")
	ErrDamaged   = errors.New("sheet: the file is damaged")
	ErrNotSheet  = errors.New("sheet: the file is not a spreadsheet")
	ErrTooBig    = errors.New("sheet: the file is beyond the limits")
	ErrOldXLS    = errors.New("sheet: save the workbook as .xlsx first") // Excel 95 and before, .xlsb, .ods, XML 2003
	ErrNoSheet   = errors.New("sheet: no sheet of that name")
)

// Options are the limits. A zero field takes its default.
type Options struct {
	MaxFile     int64 // bytes on disk; 100 MiB
	MaxUnzipped int64 // bytes of all parts of a workbook that are read; 1 GiB
	MaxRows     int   // rows of a sheet; 1,048,576, which no workbook exceeds
	MaxCols     int   // columns of a row; 1,024
	MaxCell     int   // bytes of one value; 128 KiB (Excel allows 32,767 characters)
	MaxShared   int64 // bytes of the shared text table; 256 MiB
}

const (
	excelRows  = 1 << 20
	excelCols  = 1 << 14
	mergeRows  = 30
	maxParts   = 10000
	maxStrings = 8 << 20
)

func (o Options) filled() Options {
	if o.MaxFile <= 0 {
		o.MaxFile = 100 << 20
	}
	if o.MaxUnzipped <= 0 {
		o.MaxUnzipped = 1 << 30
	}
	if o.MaxRows <= 0 {
		o.MaxRows = excelRows
	}
	if o.MaxCols <= 0 {
		o.MaxCols = 1024
	}
	o.MaxCols = min(o.MaxCols, excelCols)
	if o.MaxCell <= 0 {
		o.MaxCell = 128 << 10
	}
	if o.MaxShared <= 0 {
		o.MaxShared = 256 << 20
	}
	return o
}

// format is one way to read a file. Every method may be called any number of
// times, one after the other.
type format interface {
	info() Info
	rows(ctx context.Context, sheet int, yield func(Row) bool) error
	merges(ctx context.Context, sheet int) ([]Merge, error)
}

// Book is an opened spreadsheet. It is not safe for use by two goroutines.
type Book struct {
	file   *os.File
	format format
}

// Open looks at the content of a file and makes ready to read it. The error is
// one of this package's, or that of the file system.
func Open(path string, opt Options) (*Book, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !st.Mode().IsRegular() {
		f.Close()
		return nil, ErrNotSheet
	}
	b, err := OpenReader(f, st.Size(), opt)
	if err != nil {
		f.Close()
		return nil, err
	}
	b.file = f
	return b, nil
}

// OpenReader is Open for what is not a file on disk.
func OpenReader(r io.ReaderAt, size int64, opt Options) (b *Book, err error) {
	defer guard(&err)
	opt = opt.filled()
	if size == 0 {
		return nil, ErrEmpty
	}
	if size > opt.MaxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooBig, size, opt.MaxFile)
	}
	head := make([]byte, min(size, 8<<10))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	f, err := recognise(r, size, head, opt)
	if err != nil {
		return nil, err
	}
	return &Book{format: f}, nil
}

// recognise decides by the first bytes.
func recognise(r io.ReaderAt, size int64, head []byte, opt Options) (format, error) {
	is := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case is("PK\x03\x04"):
		return openXLSX(r, size, opt)
	case is("PK\x05\x06"):
		return nil, ErrEmpty
	case is("PK"):
		return nil, ErrTruncated
	case is("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"):
		return openOLE(r, size, opt)
	case is("\xD0\xCF\x11\xE0"):
		return nil, ErrTruncated
	case is("\x09\x00\x04\x00"), is("\x09\x02\x06\x00"), is("\x09\x04\x06\x00"), is("\x09\x08\x08\x00"), is("\x09\x08\x10\x00"):
		return nil, ErrOldXLS // a naked BIFF stream
	}
	return openText(r, size, head, opt)
}

// Info describes the file.
func (b *Book) Info() Info { return b.format.info() }

// Rows streams the rows of the named sheet, or of the first that is not hidden
// when name is empty. It can be called again, and left early. When the second
// value is not nil it is the last: the context's error, or why the file could
// not be read to its end. Cells and texts belong to the caller.
func (b *Book) Rows(ctx context.Context, name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		i, err := b.sheet(name)
		stopped, inside := false, false
		if err == nil {
			func() {
				defer func() {
					if inside {
						return // a panic of the loop's own body is the caller's
					}
					if r := recover(); r != nil {
						err = fmt.Errorf("%w: %v", ErrDamaged, r)
					}
				}()
				err = b.format.rows(ctx, i, func(r Row) bool {
					inside = true
					more := yield(r, nil)
					inside = false
					stopped = !more
					return more
				})
			}()
		}
		if err != nil && !stopped {
			yield(Row{}, err)
		}
	}
}

// Merges gives the merged blocks that begin within the first 30 rows of a sheet,
// so that a heading can be spread over the cells that it covers.
func (b *Book) Merges(name string) (m []Merge, err error) {
	defer guard(&err)
	i, err := b.sheet(name)
	if err != nil {
		return nil, err
	}
	return b.format.merges(context.Background(), i)
}

// Close lets go of the file.
func (b *Book) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

func (b *Book) sheet(name string) (int, error) {
	sheets := b.format.info().Sheets
	for i, s := range sheets {
		if s.Name == name || name == "" && !s.Hidden {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrNoSheet, name)
}

// guard turns a panic over hostile input into an error; to be deferred itself.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, r)
	}
}

// watched checks the context and counts what is read.
type watched struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.left <= 0 {
		return 0, ErrTooBig
	}
	if int64(len(p)) > w.left {
		p = p[:w.left]
	}
	n, err := w.r.Read(p)
	w.left -= int64(n)
	return n, err
}

// blank reports whether a row holds nothing.
func blank(cells []Cell) bool {
	for i := range cells {
		if cells[i].Kind != Empty {
			return false
		}
	}
	return true
}

func textCell(s string) Cell {
	if s == "" {
		return Cell{}
	}
	if !utf8.ValidString(s) {
		s = string(bytes.ToValidUTF8([]byte(s), []byte("\uFFFD")))
	}
	return Cell{Kind: Text, Text: s}
}
