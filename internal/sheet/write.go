package sheet

import (
	"archive/zip"
	"bytes"
	stdcsv "encoding/csv"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
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

func newCSVWriter(w io.Writer, l Layout) (*Writer, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, err
	}
	out := stdcsv.NewWriter(w)
	out.UseCRLF = true
	record := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		record[i] = guardText(c.Title)
	}
	if err := out.Write(record); err != nil {
		return nil, err
	}
	return &Writer{
		rows: func(cells []Cell) error {
			record = record[:0]
			for _, c := range cells {
				switch c.Kind {
				case Text, Error:
					record = append(record, guardText(c.Text))
				case Number:
					record = append(record, numberText(c))
				default:
					record = append(record, c.Text)
				}
			}
			for len(record) < len(l.Columns) {
				record = append(record, "")
			}
			return out.Write(record)
		},
		end: func() error {
			out.Flush()
			return out.Error()
		},
	}, nil
}

// guardText makes a text safe in a CSV file: no formula, one kind of line end, no
// character that a text file does not hold.
func guardText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		s = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, clean(s))
	}
	if s != "" && guarded(s[0]) {
		return "'" + s
	}
	return s
}

// numberText is the literal of a number; nothing else may stand unguarded.
func numberText(c Cell) string {
	if n, _, ok := parseNumber([]byte(c.Text)); ok && n == c.Num {
		return c.Text
	}
	return strconv.FormatFloat(c.Num, 'f', -1, 64)
}

// spool holds what is written: in memory first, then in a temporary file.
type spool struct {
	mem  bytes.Buffer
	file *os.File
	size int64
}

const spoolMemory = 8 << 20

func (s *spool) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.file == nil && s.mem.Len()+len(p) > spoolMemory {
		f, err := os.CreateTemp("", "sheet-*")
		if err != nil {
			return 0, err
		}
		s.file = f
	}
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.mem.Write(p)
}

func (s *spool) copyTo(w io.Writer) error {
	if _, err := w.Write(s.mem.Bytes()); err != nil || s.file == nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, s.file)
	return err
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}

// Styles of the workbook, by their place in styles.xml.
const (
	styleText = iota + 1
	styleHead
	styleReasonHead
	styleReason
	styleDay
	styleTime
)

const stylesXML = xmlHead + `<styleSheet xmlns="` + mainNS + `"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
	`<fonts count="3"><font><sz val="11"/><name val="微软雅黑"/><family val="2"/><charset val="134"/></font><font><b/><sz val="11"/><color rgb="FF1F2937"/><name val="微软雅黑"/><family val="2"/><charset val="134"/></font><font><sz val="11"/><color rgb="FF9C0006"/><name val="微软雅黑"/><family val="2"/><charset val="134"/></font></fonts>` +
	`<fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFDDEBF7"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFE3E3"/></patternFill></fill></fills>` +
	`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/><bottom style="thin"><color rgb="FF9CA3AF"/></bottom><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="1" fillId="3" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="2" fillId="3" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	docNS   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packNS  = "http://schemas.openxmlformats.org/package/2006"
)

// xlsxWriter writes the rows compressed into a spool, since the measure of the
// sheet stands before its rows and is known after them. The head is compressed
// for itself; two deflate streams, one behind the other, are one.
type xlsxWriter struct {
	out   io.Writer
	l     Layout
	spool spool
	z     *flate.Writer
	crc   uint32
	plain int64
	buf   []byte
	row   int
	width int
	names []string // of columns: A, B, ...
}

const (
	flushAt     = 64 << 10
	deflate     = 2
	maxText     = 32767 // characters of a cell
	columnWidth = 14
)

func newXLSXWriter(w io.Writer, l Layout) (*Writer, error) {
	if l.Sheet == "" {
		l.Sheet = "Sheet1"
	}
	if l.Names.Help == "" {
		l.Names.Help = "填写说明"
	}
	if l.Names.Choices == "" {
		l.Names.Choices = "选项"
	}
	if len(l.Columns) > excelCols {
		return nil, fmt.Errorf("%w: %d columns", ErrTooBig, len(l.Columns))
	}
	l.Sheet = sheetName(l.Sheet)
	x := &xlsxWriter{out: w, l: l}
	z, err := flate.NewWriter(&x.spool, deflate)
	if err != nil {
		return nil, err
	}
	x.z = z
	titles := make([]Cell, len(l.Columns))
	for i, c := range l.Columns {
		titles[i] = Cell{Text, c.Title, 0}
	}
	if err := x.write(titles); err != nil {
		x.spool.close()
		return nil, err
	}
	return &Writer{rows: x.write, end: x.close}, nil
}

// sheetName makes a name that Excel accepts: 31 characters, none of []:*?/\.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 32 || strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Trim(s, "' ")
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s == "" {
		return "Sheet1"
	}
	return s
}

func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

func (x *xlsxWriter) write(cells []Cell) error {
	if x.row++; x.row > excelRows {
		return fmt.Errorf("%w: more than %d rows", ErrTooBig, excelRows)
	}
	if len(cells) > excelCols {
		return fmt.Errorf("%w: %d columns", ErrTooBig, len(cells))
	}
	for len(x.names) < len(cells) {
		x.names = append(x.names, columnName(len(x.names)))
	}
	x.width = max(x.width, len(cells))
	b := append(x.buf, `<row r="`...)
	b = strconv.AppendInt(b, int64(x.row), 10)
	b = append(b, `">`...)
	for i := range cells {
		c := &cells[i]
		style := styleText
		switch {
		case x.row == 1 && i < len(x.l.Columns) && x.l.Columns[i].Reason:
			style = styleReasonHead
		case x.row == 1:
			style = styleHead
		case i < len(x.l.Columns) && x.l.Columns[i].Reason:
			style = styleReason
		}
		if c.Kind == Empty {
			continue
		}
		b = append(b, `<c r="`...)
		b = append(b, x.names[i]...)
		b = strconv.AppendInt(b, int64(x.row), 10)
		switch c.Kind {
		case Number:
			b = append(b, `"><v>`...)
			b = append(b, numberText(*c)...)
			b = append(b, `</v></c>`...)
			continue
		case Date:
			style = styleDay
			if c.Num != float64(int64(c.Num)) {
				style = styleTime
			}
			b = append(b, `" s="`...)
			b = append(b, byte('0'+style))
			b = append(b, `"><v>`...)
			b = strconv.AppendFloat(b, c.Num, 'f', -1, 64)
			b = append(b, `</v></c>`...)
			continue
		case Bool:
			b = append(b, `" t="b"><v>`...)
			b = append(b, byte('0'+int(min(1, max(0, c.Num)))))
			b = append(b, `</v></c>`...)
			continue
		}
		if len(c.Text) > maxText && utf8.RuneCountInString(c.Text) > maxText {
			return fmt.Errorf("%w: a text of more than %d characters", ErrTooBig, maxText)
		}
		b = append(b, `" s="`...)
		b = append(b, byte('0'+style))
		b = append(b, `" t="inlineStr"><is><t`...)
		b = appendText(b, c.Text)
		b = append(b, `</t></is></c>`...)
	}
	x.buf = append(b, `</row>`...)
	if len(x.buf) >= flushAt {
		return x.flush()
	}
	return nil
}

func (x *xlsxWriter) flush() error {
	x.crc = crc32.Update(x.crc, crc32.IEEETable, x.buf)
	x.plain += int64(len(x.buf))
	_, err := x.z.Write(x.buf)
	x.buf = x.buf[:0]
	return err
}

// appendText writes the rest of <t and its content.
func appendText(b []byte, s string) []byte {
	if s != "" && (s[0] <= ' ' || s[len(s)-1] <= ' ' || strings.ContainsAny(s, "\n\t") || strings.Contains(s, "  ")) {
		b = append(b, ` xml:space="preserve"`...)
	}
	b = append(b, '>')
	return appendEscaped(b, s)
}

// appendEscaped writes text as XML. What XML cannot hold becomes _x0007_, and
// what already looks like that is protected.
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		esc, n := "", 1
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&quot;"
		case c < 32 && c != '\n' && c != '\t':
			esc = fmt.Sprintf("_x%04X_", c)
		case c == '_' && i+6 < len(s) && s[i+1] == 'x' && s[i+6] == '_' && hexDigit(s[i+2]) >= 0 && hexDigit(s[i+3]) >= 0 && hexDigit(s[i+4]) >= 0 && hexDigit(s[i+5]) >= 0:
			esc = "_x005F_"
		case c >= utf8.RuneSelf:
			r, w := utf8.DecodeRuneInString(s[i:])
			n = w
			if r == utf8.RuneError && w == 1 || r == 0xFFFE || r == 0xFFFF {
				esc = "\uFFFD"
			}
		}
		if esc != "" {
			b = append(b, s[from:i]...)
			b = append(b, esc...)
			from = i + n
		}
		i += n
	}
	return append(b, s[from:]...)
}

func escaped(s string) string { return string(appendEscaped(nil, s)) }

// close writes the package: the measured head, the rows, and the small parts.
func (x *xlsxWriter) close() error {
	defer x.spool.close()
	head := x.head()
	x.buf = append(x.buf, `</sheetData>`...)
	x.buf = append(x.buf, x.validations()...)
	x.buf = append(x.buf, `<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>`...)
	x.buf = append(x.buf, x.marks()...)
	x.buf = append(x.buf, `</worksheet>`...)
	if err := x.flush(); err != nil {
		return err
	}
	if err := x.z.Close(); err != nil {
		return err
	}
	var first bytes.Buffer
	z, err := flate.NewWriter(&first, deflate)
	if err != nil {
		return err
	}
	if _, err := z.Write(head); err != nil {
		return err
	}
	if err := z.Flush(); err != nil { // ends on a byte, and not the stream
		return err
	}

	out := zip.NewWriter(x.out)
	for _, p := range x.parts() {
		w, err := out.Create(p.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, p.content); err != nil {
			return err
		}
	}
	w, err := out.CreateRaw(&zip.FileHeader{
		Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate,
		CRC32:              crcJoin(crc32.ChecksumIEEE(head), x.crc, x.plain),
		CompressedSize64:   uint64(int64(first.Len()) + x.spool.size),
		UncompressedSize64: uint64(int64(len(head)) + x.plain),
	})
	if err != nil {
		return err
	}
	if _, err := w.Write(first.Bytes()); err != nil {
		return err
	}
	if err := x.spool.copyTo(w); err != nil {
		return err
	}
	return out.Close()
}

func (x *xlsxWriter) head() []byte {
	var b bytes.Buffer
	last := columnName(max(x.width, len(x.l.Columns), 1) - 1)
	fmt.Fprintf(&b, `%s<worksheet xmlns="%s" xmlns:r="%s"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><dimension ref="A1:%s%d"/>`, xmlHead, mainNS, docNS, last, x.row)
	b.WriteString(`<sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="18"/>`)
	if len(x.l.Columns) > 0 {
		b.WriteString(`<cols>`)
		for i, c := range x.l.Columns {
			width := c.Width
			if width <= 0 {
				width = columnWidth
			}
			fmt.Fprintf(&b, `<col min="%d" max="%d" width="%g" style="%d" customWidth="1"/>`, i+1, i+1, min(width, 255), styleText)
		}
		b.WriteString(`</cols>`)
	}
	b.WriteString(`<sheetData>`)
	return b.Bytes()
}

// marks are head and foot of each printed page.
func (x *xlsxWriter) marks() string {
	if x.l.Mark == "" {
		return ""
	}
	text := escaped(strings.ReplaceAll(x.l.Mark, "&", "&&"))
	return `<headerFooter><oddHeader>&amp;R&amp;8 ` + text + `</oddHeader><oddFooter>&amp;L&amp;8 ` + text + `&amp;R&amp;8 &amp;P / &amp;N</oddFooter></headerFooter>`
}

// properties is the part that names who took the file, "" without a mark.
func (x *xlsxWriter) properties() string {
	if x.l.Mark == "" {
		return ""
	}
	return fmt.Sprintf(`%s<cp:coreProperties xmlns:cp="%s/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>%s</dc:creator><dc:description>%s</dc:description></cp:coreProperties>`,
		xmlHead, packNS, escaped(x.l.Mark), escaped(x.l.Mark))
}

// validations are the drop-downs and hints of the columns.
func (x *xlsxWriter) validations() string {
	var b strings.Builder
	n, list := 0, 0
	for i, c := range x.l.Columns {
		if len(c.Choices) == 0 && c.Hint == "" {
			continue
		}
		n++
		col := columnName(i)
		fmt.Fprintf(&b, `<dataValidation allowBlank="1" sqref="%s2:%s%d"`, col, col, excelRows)
		if c.Hint != "" {
			hint := []rune(c.Hint)
			fmt.Fprintf(&b, ` showInputMessage="1" prompt="%s"`, escaped(string(hint[:min(len(hint), 255)])))
		}
		if len(c.Choices) == 0 {
			b.WriteString(`/>`)
			continue
		}
		at := columnName(list)
		list++
		fmt.Fprintf(&b, ` type="list" showErrorMessage="1"><formula1>%s</formula1></dataValidation>`,
			escaped(fmt.Sprintf("'%s'!$%s$1:$%s$%d", strings.ReplaceAll(x.l.Names.Choices, "'", "''"), at, at, len(c.Choices))))
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(`<dataValidations count="%d">%s</dataValidations>`, n, b.String())
}

type part struct{ name, content string }

// parts are all but the sheet itself.
func (x *xlsxWriter) parts() []part {
	type extra struct {
		name, content string
		hidden        bool
	}
	var more []extra
	if len(x.l.Help) > 0 {
		var b strings.Builder
		for i, line := range x.l.Help {
			fmt.Fprintf(&b, `<row r="%d"><c r="A%d" s="%d" t="inlineStr"><is><t%s</t></is></c></row>`, i+1, i+1, styleText, appendText(nil, line))
		}
		more = append(more, extra{x.l.Names.Help, `<cols><col min="1" max="1" width="100" customWidth="1"/></cols><sheetData>` + b.String() + `</sheetData>`, false})
	}
	var lists [][]string
	longest := 0
	for _, c := range x.l.Columns {
		if len(c.Choices) > 0 {
			lists = append(lists, c.Choices)
			longest = max(longest, len(c.Choices))
		}
	}
	if len(lists) > 0 {
		var b strings.Builder
		for r := range longest {
			fmt.Fprintf(&b, `<row r="%d">`, r+1)
			for i, list := range lists {
				if r < len(list) {
					fmt.Fprintf(&b, `<c r="%s%d" s="%d" t="inlineStr"><is><t%s</t></is></c>`, columnName(i), r+1, styleText, appendText(nil, list[r]))
				}
			}
			b.WriteString(`</row>`)
		}
		more = append(more, extra{x.l.Names.Choices, `<sheetData>` + b.String() + `</sheetData>`, true})
	}
	var types, sheets, rels strings.Builder
	var out []part
	for i, m := range append([]extra{{name: x.l.Sheet}}, more...) {
		id := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, id)
		state := ""
		if m.hidden {
			state = ` state="hidden"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, escaped(m.name), id, state, id)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, id, docNS, id)
		if i > 0 {
			out = append(out, part{fmt.Sprintf("xl/worksheets/sheet%d.xml", id), fmt.Sprintf(`%s<worksheet xmlns="%s">%s</worksheet>`, xmlHead, mainNS, m.content)})
		}
	}
	typed, related := "", ""
	if p := x.properties(); p != "" {
		out = append(out, part{"docProps/core.xml", p})
		typed = `<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>`
		related = fmt.Sprintf(`<Relationship Id="rId2" Type="%s/relationships/metadata/core-properties" Target="docProps/core.xml"/>`, packNS)
	}
	return append([]part{
		{"[Content_Types].xml", fmt.Sprintf(`%s<Types xmlns="%s/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>%s<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>%s</Types>`, xmlHead, packNS, types.String(), typed)},
		{"_rels/.rels", fmt.Sprintf(`%s<Relationships xmlns="%s/relationships"><Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/>%s</Relationships>`, xmlHead, packNS, docNS, related)},
		{"xl/workbook.xml", fmt.Sprintf(`%s<workbook xmlns="%s" xmlns:r="%s"><bookViews><workbookView activeTab="0"/></bookViews><sheets>%s</sheets></workbook>`, xmlHead, mainNS, docNS, sheets.String())},
		{"xl/_rels/workbook.xml.rels", fmt.Sprintf(`%s<Relationships xmlns="%s/relationships">%s<Relationship Id="rIdS" Type="%s/styles" Target="styles.xml"/></Relationships>`, xmlHead, packNS, rels.String(), docNS)},
		{"xl/styles.xml", stylesXML},
	}, out...)
}

// crcJoin is the check sum of two pieces, one behind the other, from the sums of
// both and the length of the second: appending a zero byte is a linear map over
// the 32 bits, so appending n of them is its nth power.
func crcJoin(first, second uint32, length int64) uint32 {
	apply := func(m *[32]uint32, v uint32) (sum uint32) {
		for i := 0; v != 0; i, v = i+1, v>>1 {
			if v&1 != 0 {
				sum ^= m[i]
			}
		}
		return sum
	}
	var power [32]uint32 // one zero bit
	power[0] = crc32.IEEE
	for i := 1; i < 32; i++ {
		power[i] = 1 << (i - 1)
	}
	square := func() {
		var sq [32]uint32
		for i := range sq {
			sq[i] = apply(&power, power[i])
		}
		power = sq
	}
	for range 3 { // eight bits
		square()
	}
	for n := length; n > 0; n >>= 1 {
		if n&1 != 0 {
			first = apply(&power, first)
		}
		square()
	}
	return first ^ second
}
