package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

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

// checkZip refuses a cut-off zip and one whose list of contents would itself
// take the memory.
func checkZip(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+65535))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < 22 {
		return fmt.Errorf("%w: no list of contents", ErrTruncated)
	}
	rec := tail[at:]
	length, offset := int64(binary.LittleEndian.Uint32(rec[12:])), int64(binary.LittleEndian.Uint32(rec[16:]))
	end := size - int64(len(tail)) + int64(at)
	if length > maxDirectory || end-offset > maxDirectory {
		return fmt.Errorf("%w: a list of contents of %d bytes", ErrTooBig, max(length, end-offset))
	}
	return nil
}

// partName folds a name in a zip to what relations name: some writers use
// backslashes, capitals or a leading slash.
func partName(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func noEOF(err error) error {
	if err == io.EOF {
		return fmt.Errorf("%w: a part ends too early", ErrTruncated)
	}
	return err
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// open streams a part. No part is believed about its size.
func (x *xlsx) open(ctx context.Context, f *zip.File) (io.Closer, *scanner, error) {
	if f.Flags&1 != 0 {
		return nil, nil, ErrEncrypted
	}
	if f.UncompressedSize64 > uint64(x.opt.MaxUnzipped) {
		return nil, nil, fmt.Errorf("%w: a part of %d bytes", ErrTooBig, f.UncompressedSize64)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	s, err := newScanner(&watched{ctx: ctx, r: rc, left: x.opt.MaxUnzipped}, x.opt.MaxCell)
	if err != nil {
		rc.Close()
		return nil, nil, err
	}
	return rc, s, nil
}

// walk calls f with every start tag of a small part.
func (x *xlsx) walk(part *zip.File, f func(t tag) error) error {
	if part.UncompressedSize64 > 64<<20 {
		return fmt.Errorf("%w: a list of %d bytes", ErrTooBig, part.UncompressedSize64)
	}
	c, s, err := x.open(context.Background(), part)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
	}
}

type relation struct{ kind, target string }

// relations reads the relations of a part.
func (x *xlsx) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	rels := map[string]relation{}
	part := x.parts[dir+"_rels/"+base+".rels"]
	if part == nil {
		return rels, nil
	}
	return rels, x.walk(part, func(t tag) error {
		if t.end || string(t.name) != "Relationship" || t.attr("TargetMode") == "External" {
			return nil
		}
		target := t.attr("Target")
		if !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, `\`) {
			target = dir + target
		}
		if len(rels) > maxParts {
			return fmt.Errorf("%w: relations without end", ErrTooBig)
		}
		kind := t.attr("Type")
		rels[t.attr("Id")] = relation{kind[strings.LastIndexByte(kind, '/')+1:], partName(target)}
		return nil
	})
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

// area reads A1:P311 or B2.
func area(ref string) (m Merge, ok bool) {
	a, b, two := strings.Cut(ref, ":")
	col, row := reference([]byte(a))
	m = Merge{row, col, row, col}
	if two {
		m.Right, m.Bottom = reference([]byte(b))
	}
	return m, m.Top > 0 && m.Left >= 0 && m.Bottom >= m.Top && m.Right >= m.Left
}

// reference reads B7 as 1, 7; -1 or 0 where there is no column or row.
func reference(b []byte) (col, row int) {
	i := 0
	for ; i < len(b); i++ {
		c := b[i]
		if c == '$' {
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			break
		}
		if col = col*26 + int(c-'A') + 1; col > excelCols {
			return -1, 0
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '$' {
			continue
		}
		if b[i] < '0' || b[i] > '9' {
			return -1, 0
		}
		if row = row*10 + int(b[i]-'0'); row > excelRows {
			return -1, 0
		}
	}
	return col - 1, row
}

// readShared reads the table of shared texts, once.
func (x *xlsx) readShared(ctx context.Context) error {
	if x.sstRead || x.sstPart == nil {
		return nil
	}
	c, s, err := x.open(ctx, x.sstPart)
	if err != nil {
		return err
	}
	defer c.Close()
	var (
		table   []string
		chunk   []byte // texts gathered, to be cut from one string
		ends    []int
		total   int64
		inside  bool // <si>
		scratch []byte
	)
	flush := func() {
		all, from := string(chunk), 0
		for _, to := range ends {
			table = append(table, all[from:to])
			from = to
		}
		chunk, ends = chunk[:0], ends[:0]
	}
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return fmt.Errorf("%w: the texts end too early", ErrTruncated)
		}
		if err != nil {
			return err
		}
		switch name := string(t.name); {
		case name == "sst" && (t.end || t.empty):
			flush()
			x.shared, x.sstRead = table, true
			return nil
		case name == "si":
			if t.end || t.empty {
				ends = append(ends, len(chunk))
				if len(table)+len(ends) > maxStrings {
					return fmt.Errorf("%w: more than %d shared texts", ErrTooBig, maxStrings)
				}
				if len(chunk) > 64<<10 {
					flush()
				}
			}
			inside = !t.end && !t.empty
		case inside && name == "t":
			before := len(chunk)
			if scratch, err = s.content(t, scratch[:0]); err != nil {
				return noEOF(err)
			}
			chunk = append(chunk, scratch...)
			if total += int64(len(chunk)-before) + 16; total > x.opt.MaxShared {
				return fmt.Errorf("%w: more than %d bytes of shared texts", ErrTooBig, x.opt.MaxShared)
			}
			if n := len(chunk); n-lastEnd(ends) > x.opt.MaxCell {
				return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, x.opt.MaxCell)
			}
		case inside && name == "rPh" && !t.end && !t.empty:
			if err := s.skipElement("rPh"); err != nil {
				return noEOF(err)
			}
		}
	}
}

func lastEnd(ends []int) int {
	if len(ends) == 0 {
		return 0
	}
	return ends[len(ends)-1]
}

// skipElement moves behind the end of the element just begun.
func (s *scanner) skipElement(name string) error {
	depth := 1
	for depth > 0 {
		t, err := s.next(false)
		if err != nil {
			return err
		}
		if string(t.name) == name {
			if t.end {
				depth--
			} else if !t.empty {
				depth++
			}
		}
	}
	return nil
}

// content appends the text of the element just begun, <t> or <v>, to dst.
func (s *scanner) content(t tag, dst []byte) ([]byte, error) {
	if t.empty || t.end {
		return dst, nil
	}
	// Nearly always text and end tag are in the window, and nothing between.
	b := s.buf[s.pos:s.end]
	if i := bytes.IndexByte(b, '<'); i >= 0 && i+1 < len(b) && b[i+1] == '/' {
		if j := bytes.IndexByte(b[i:], '>'); j >= 0 {
			s.pos += i + j + 1
			return resolve(dst, b[:i]), nil
		}
	}
	s.raw = s.raw[:0]
	depth := 1
	for depth > 0 {
		in, err := s.next(true)
		if err != nil {
			return dst, err
		}
		if in.end {
			depth--
		} else if !in.empty {
			if depth++; depth > 64 {
				return dst, fmt.Errorf("%w: elements without end", ErrDamaged)
			}
		}
	}
	return resolve(dst, s.raw), nil
}

// resolve is unescape, quick where there is nothing to do.
func resolve(dst, raw []byte) []byte {
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 && utf8.Valid(raw) {
		return append(dst, raw...)
	}
	return unescape(dst, raw)
}

// pending is a cell of the row being read; its text is a piece of the row's.
type pending struct {
	kind     Kind
	num      float64
	from, to int
	shared   string
}

func (x *xlsx) rows(ctx context.Context, i int, yield func(Row) bool) error {
	sh := &x.sheets[i]
	if sh.part == nil {
		return fmt.Errorf("%w: the part of sheet %q is missing", ErrDamaged, sh.Name)
	}
	if err := x.readShared(ctx); err != nil {
		return err
	}
	c, s, err := x.open(ctx, sh.part)
	if err != nil {
		return err
	}
	defer c.Close()
	r := rowReader{x: x, s: s}
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return fmt.Errorf("%w: the sheet has no end", ErrTruncated)
		}
		if err != nil {
			return err
		}
		switch string(t.name) {
		case "sheetData":
			if t.end || t.empty {
				if !sh.looked {
					sh.merged, err = readMerges(s)
					sh.looked = err == nil
				}
				return err
			}
		case "row":
			if t.end {
				continue
			}
			more, err := r.row(t, yield)
			if err != nil {
				return noEOF(err)
			}
			if !more {
				return nil
			}
		}
	}
}

// rowReader keeps what one row lends to the next.
type rowReader struct {
	x      *xlsx
	s      *scanner
	number int
	count  int
	cells  []pending
	text   []byte
	value  []byte
}

func (r *rowReader) row(t tag, yield func(Row) bool) (bool, error) {
	number := r.number + 1
	bad := false
	t.each(func(n, v []byte) {
		if string(n) == "r" {
			number = 0
			if _, number = reference(v); number == 0 {
				bad = true
			}
		}
	})
	if bad || number > excelRows {
		return false, fmt.Errorf("%w: a row number out of range", ErrDamaged)
	}
	r.number = number
	if r.count++; r.count > r.x.opt.MaxRows {
		return false, fmt.Errorf("%w: more than %d rows", ErrTooBig, r.x.opt.MaxRows)
	}
	r.cells, r.text = r.cells[:0], r.text[:0]
	last := 0
	if !t.empty {
		col := -1
		for {
			t, err := r.s.next(false)
			if err != nil {
				return false, err
			}
			if t.end && string(t.name) == "row" {
				break
			}
			if t.end || string(t.name) != "c" {
				if t.end && string(t.name) == "sheetData" {
					return false, fmt.Errorf("%w: a row without end", ErrDamaged)
				}
				continue
			}
			if col, err = r.cell(t, col+1); err != nil {
				return false, err
			}
			if n := len(r.cells); n > 0 && r.cells[n-1].kind != Empty {
				last = max(last, n)
			}
		}
	}
	if n := len(r.cells); n > last {
		last = 0
		for i := range r.cells {
			if r.cells[i].kind != Empty {
				last = i + 1
			}
		}
	}
	if last == 0 {
		return true, nil
	}
	all := string(r.text)
	out := make([]Cell, last)
	for i := range out {
		p := &r.cells[i]
		switch {
		case p.kind == Empty:
		case p.shared != "":
			out[i] = Cell{Text, p.shared, 0}
		default:
			out[i] = Cell{p.kind, all[p.from:p.to], p.num}
		}
	}
	return yield(Row{Number: number, Width: last, Cells: out}), nil
}

// cell reads one <c> and tells its column. Only a cell with a value counts for
// the limits: some programs format whole rows.
func (r *rowReader) cell(t tag, col int) (int, error) {
	var kind byte // first letter of the type: n s b e d, i inlineStr, f str
	style := 0
	bad := false
	t.each(func(n, v []byte) {
		if len(n) != 1 {
			return
		}
		switch n[0] {
		case 'r':
			if c, _ := reference(v); c >= 0 {
				col = c
			} else {
				bad = true
			}
		case 't':
			switch {
			case string(v) == "str":
				kind = 'f'
			case len(v) > 0:
				kind = v[0]
			}
		case 's':
			style = atoi(v)
		}
	})
	if bad || col >= excelCols {
		return col, fmt.Errorf("%w: a cell reference out of range", ErrDamaged)
	}
	if t.empty {
		return col, nil
	}
	formula, valued := false, false
	r.value = r.value[:0]
	for {
		in, err := r.s.next(false)
		if err != nil {
			return col, err
		}
		if in.end {
			if string(in.name) == "c" {
				break
			}
			continue
		}
		switch string(in.name) {
		case "v", "t":
			if r.value, err = r.s.content(in, r.value); err != nil {
				return col, err
			}
			valued = true
			if len(r.value) > r.x.opt.MaxCell {
				return col, fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, r.x.opt.MaxCell)
			}
		case "f":
			formula = true
			if !in.empty {
				if err := r.s.skipElement("f"); err != nil {
					return col, err
				}
			}
		case "rPh":
			if !in.empty {
				if err := r.s.skipElement("rPh"); err != nil {
					return col, err
				}
			}
		case "row", "c":
			return col, fmt.Errorf("%w: a cell within a cell", ErrDamaged)
		}
	}
	p := pending{from: len(r.text)}
	if len(r.value) == 0 {
		if !formula || valued && kind == 'f' {
			return col, nil
		}
		p.kind = Error
		r.text = append(r.text, "#CALC!"...)
	} else {
		if err := r.typed(&p, kind, style); err != nil {
			return col, err
		}
		if p.kind == Empty {
			return col, nil
		}
	}
	p.to = len(r.text)
	if col >= r.x.opt.MaxCols {
		return col, fmt.Errorf("%w: more than %d columns", ErrTooBig, r.x.opt.MaxCols)
	}
	for len(r.cells) <= col {
		r.cells = append(r.cells, pending{})
	}
	r.cells[col] = p
	return col, nil
}

// typed decides what the value is.
func (r *rowReader) typed(p *pending, kind byte, style int) error {
	switch kind {
	case 's':
		i := atoi(bytes.TrimSpace(r.value))
		if i < 0 || i >= len(r.x.shared) {
			return fmt.Errorf("%w: a text that is not in the table", ErrDamaged)
		}
		p.shared = r.x.shared[i]
		if strings.Contains(p.shared, "_x") {
			p.shared = string(unexcel([]byte(p.shared)))
		}
		if p.shared != "" {
			p.kind = Text
		}
		return nil
	case 'f', 'i':
		p.kind = Text
		r.text = append(r.text, unexcel(r.value)...)
		return nil
	case 'b':
		p.kind = Bool
		if v := string(bytes.TrimSpace(r.value)); v == "1" || strings.EqualFold(v, "true") {
			p.num = 1
			r.text = append(r.text, "TRUE"...)
		} else {
			r.text = append(r.text, "FALSE"...)
		}
		return nil
	case 'e':
		p.kind = Error
		r.text = append(r.text, r.value...)
		return nil
	case 'd':
		if serial, ok := parseISO(string(bytes.TrimSpace(r.value))); ok {
			p.kind, p.num = Date, serial
			r.text = appendDate(r.text, serial, false)
			return nil
		}
		p.kind = Text
		r.text = append(r.text, r.value...)
		return nil
	}
	v := bytes.TrimSpace(r.value)
	num, canonical, ok := parseNumber(v)
	if !ok {
		p.kind = Text
		r.text = append(r.text, r.value...)
		return nil
	}
	if style >= 0 && style < len(r.x.date) && r.x.date[style] != 0 {
		if serial := num + r.x.shift; serial >= 0 && serial < maxSerial {
			p.kind, p.num = Date, serial
			r.text = appendDate(r.text, serial, r.x.date[style] == 2)
			return nil
		}
	}
	p.kind, p.num = Number, num
	if canonical {
		r.text = append(r.text, v...)
	} else {
		r.text = strconv.AppendFloat(r.text, num, 'f', -1, 64)
	}
	return nil
}

// atoi reads a small number, -1 if it is none.
func atoi(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<30 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(b) == 0 {
		return -1
	}
	return n
}

func (x *xlsx) merges(ctx context.Context, i int) ([]Merge, error) {
	sh := &x.sheets[i]
	if sh.looked || sh.part == nil {
		return sh.merged, nil
	}
	c, s, err := x.open(ctx, sh.part)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	// Only the data is passed over, and none of its cells looked at.
	if err := s.skipPast("sheetData"); err != nil {
		return nil, noEOF(err)
	}
	if _, err := s.need(3); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(s.buf[s.pos:s.end], " "), []byte("/")) {
		if err := s.skipPast("sheetData"); err != nil {
			return nil, noEOF(err)
		}
	}
	sh.merged, err = readMerges(s)
	sh.looked = err == nil
	return sh.merged, err
}

// readMerges reads what follows the data.
func readMerges(s *scanner) ([]Merge, error) {
	var out []Merge
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return nil, fmt.Errorf("%w: the sheet has no end", ErrTruncated)
		}
		if err != nil {
			return nil, err
		}
		switch string(t.name) {
		case "worksheet":
			return out, nil
		case "mergeCells":
			if t.end {
				return out, nil
			}
		case "mergeCell":
			if m, ok := area(t.attr("ref")); ok && !t.end && m.Top <= mergeRows && len(out) < 1<<16 {
				out = append(out, m)
			}
		}
	}
}
