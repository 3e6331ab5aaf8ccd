package sheet

import (
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

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
