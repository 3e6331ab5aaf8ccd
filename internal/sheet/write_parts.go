package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

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
