package sheet

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
)

type xlsxSheet struct {
	SheetInfo
	part   *zip.File // nil if the workbook names a part that is not there
	merged []Merge
	looked bool // merged is known
}

type xlsx struct {
	opt     Options
	parts   map[string]*zip.File
	sheets  []xlsxSheet
	date    []byte // by style: 0 no date, 1 day, 2 time only
	shift   float64
	shared  []string
	sstPart *zip.File
	sstRead bool
}

const (
	maxDirectory = 4 << 20 // bytes of a zip's list of contents
	serial1904   = 1462    // days from the 1900 to the 1904 system
)

func openXLSX(r io.ReaderAt, size int64, opt Options) (format, error) {
	if err := checkZip(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // no path is ever used on disk
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if len(z.File) > maxParts {
		return nil, fmt.Errorf("%w: %d parts", ErrTooBig, len(z.File))
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	x := &xlsx{opt: opt, parts: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		name := partName(f.Name)
		if _, ok := x.parts[name]; !ok {
			x.parts[name] = f
		}
	}
	main, err := x.workbookPart()
	if err != nil {
		return nil, err
	}
	if err := x.readWorkbook(main); err != nil {
		return nil, noEOF(err)
	}
	return x, nil
}

func (x *xlsx) workbookPart() (string, error) {
	rels, err := x.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.kind == "officeDocument" && x.parts[r.target] != nil {
			switch {
			case strings.HasSuffix(r.target, ".bin"):
				return "", fmt.Errorf("%w: a binary workbook", ErrOldXLS)
			case strings.HasPrefix(r.target, "word/"), strings.HasPrefix(r.target, "ppt/"):
				return "", ErrNotSheet
			}
			return r.target, nil
		}
	}
	switch {
	case x.parts["xl/workbook.xml"] != nil:
		return "xl/workbook.xml", nil
	case x.parts["xl/workbook.bin"] != nil:
		return "", fmt.Errorf("%w: a binary workbook", ErrOldXLS)
	case x.parts["content.xml"] != nil && x.parts["mimetype"] != nil:
		return "", fmt.Errorf("%w: an OpenDocument file", ErrOldXLS)
	case x.parts["[content_types].xml"] != nil && x.parts["word/document.xml"] == nil && x.parts["ppt/presentation.xml"] == nil:
		return "", fmt.Errorf("%w: no workbook part", ErrDamaged)
	}
	return "", ErrNotSheet
}

func (x *xlsx) readWorkbook(main string) error {
	rels, err := x.relations(main)
	if err != nil {
		return err
	}
	isBook := false
	err = x.walk(x.parts[main], func(t tag) error {
		switch {
		case t.end:
		case string(t.name) == "workbook":
			isBook = true
		case string(t.name) == "workbookPr":
			if v := t.attr("date1904"); v == "1" || v == "true" {
				x.shift = serial1904
			}
		case string(t.name) == "sheet":
			id := ""
			t.each(func(n, v []byte) {
				if string(n) == "id" {
					id = string(v)
				}
			})
			rel, ok := rels[id]
			if ok && rel.kind != "worksheet" {
				return nil // a chart or a macro sheet holds no cells
			}
			if len(x.sheets) >= maxParts {
				return fmt.Errorf("%w: sheets without end", ErrTooBig)
			}
			state := t.attr("state")
			x.sheets = append(x.sheets, xlsxSheet{
				SheetInfo: SheetInfo{Name: t.attr("name"), Hidden: state == "hidden" || state == "veryHidden"},
				part:      x.parts[rel.target],
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !isBook {
		return fmt.Errorf("%w: the workbook part is none", ErrDamaged)
	}
	if len(x.sheets) == 0 {
		return fmt.Errorf("%w: no sheet", ErrEmpty)
	}
	for _, r := range rels {
		part := x.parts[r.target]
		if part == nil {
			continue
		}
		switch r.kind {
		case "sharedStrings":
			x.sstPart = part
		case "styles":
			if err := x.readStyles(part); err != nil {
				return err
			}
		}
	}
	for i := range x.sheets[:min(len(x.sheets), 256)] {
		if err := x.estimate(&x.sheets[i]); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// readStyles learns which styles show a number as a date.
func (x *xlsx) readStyles(part *zip.File) error {
	custom := map[int]byte{}
	inXfs := false
	return x.walk(part, func(t tag) error {
		switch string(t.name) {
		case "numFmt":
			if id, err := strconv.Atoi(t.attr("numFmtId")); err == nil && !t.end && len(custom) < 1<<16 {
				custom[id] = dateFormat(t.attr("formatCode"))
			}
		case "cellXfs":
			inXfs = !t.end && !t.empty
		case "xf":
			if !inXfs || t.end {
				break
			}
			if len(x.date) >= 1<<17 {
				return fmt.Errorf("%w: styles without end", ErrTooBig)
			}
			id, err := strconv.Atoi(t.attr("numFmtId"))
			if err != nil {
				id = 0
			}
			kind, ok := custom[id]
			if !ok {
				kind = builtinDate(id)
			}
			x.date = append(x.date, kind)
		}
		return nil
	})
}

// estimate reads what a sheet claims to measure; it stands at its beginning.
func (x *xlsx) estimate(sh *xlsxSheet) error {
	if sh.part == nil {
		return nil
	}
	c, s, err := x.open(context.Background(), sh.part)
	if err != nil {
		return err
	}
	defer c.Close()
	for range 64 {
		t, err := s.next(false)
		if err != nil {
			return err
		}
		switch string(t.name) {
		case "dimension":
			if m, ok := area(t.attr("ref")); ok {
				sh.Rows, sh.Cols = m.Bottom, m.Right+1
			}
			return nil
		case "sheetData":
			return nil
		}
	}
	return nil
}

func (x *xlsx) info() Info {
	in := Info{Format: "xlsx", Sheets: make([]SheetInfo, len(x.sheets))}
	for i := range x.sheets {
		in.Sheets[i] = x.sheets[i].SheetInfo
	}
	return in
}
