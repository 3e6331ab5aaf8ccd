package sheet

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func cellsOf(t *testing.T, data string, more ...string) []Cell {
	t.Helper()
	rows, err := drain(pack(t, append([]string{sheet1, `<worksheet><sheetData><row r="3">` + data + `</row></sheetData></worksheet>`}, more...)...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0].Cells
}

func TestACellIsWhatTheWorkbookStores(t *testing.T) {
	styles := []string{"xl/styles.xml", `<styleSheet><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/><numFmt numFmtId="165" formatCode="[$-804]#,##0.00_ ;[Red]\-0.00&quot;day&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/><xf numFmtId="49"/></cellXfs></styleSheet>`}
	shared := []string{"xl/sharedStrings.xml", `<sst><si><t>一</t></si><si><r><t>粗</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 体</t></r><rPh sb="0" eb="1"><t>cu</t></rPh></si><si><t>a_x000D_
b_x005F_x0041_</t></si><si><t/></si></sst>`}
	tests := []struct {
		name string
		xml  string
		want Cell
	}{
		{"a phone as a number", `<c><v>13800001054</v></c>`, Cell{Number, "13800001054", 13800001054}},
		{"a waybill as a number", `<c t="n"><v>302611000001049</v></c>`, Cell{Number, "302611000001049", 302611000001049}},
		{"a phone with an exponent keeps its literal", `<c><v>1.38E+10</v></c>`, Cell{Number, "1.38E+10", 1.38e10}},
		{"a phone with an exponent and all its digits", `<c><v>1.8600001084E10</v></c>`, Cell{Number, "1.8600001084E10", 18600001084}},
		{"a number with the noise of binary fractions", `<c><v>19.320000000000000</v></c>`, Cell{Number, "19.32", 19.32}},
		{"17 digits of a fraction", `<c><v>0.30000000000000004</v></c>`, Cell{Number, "0.30000000000000004", 0.30000000000000004}},
		{"20 digits keep them all", `<c><v>33052719990101001234</v></c>`, Cell{Number, "33052719990101001234", 33052719990101001234}},
		{"a number with zeros around", `<c><v>007.50</v></c>`, Cell{Number, "7.5", 7.5}},
		{"minus nothing", `<c><v>-0</v></c>`, Cell{Number, "-0", 0}},
		{"what is no number", `<c><v>12a</v></c>`, Cell{Text, "12a", 0}},
		{"infinity is no number", `<c><v>Inf</v></c>`, Cell{Text, "Inf", 0}},
		{"a day", `<c s="1"><v>45430</v></c>`, Cell{Date, "2024-05-18", 45430}},
		{"a day with a time", `<c s="2"><v>45430.75</v></c>`, Cell{Date, "2024-05-18 18:00:00", 45430.75}},
		{"half a second before midnight is the next day", `<c s="1"><v>45430.999999</v></c>`, Cell{Date, "2024-05-19", 45430.999999}},
		{"a time without a day", `<c s="4"><v>0.5</v></c>`, Cell{Date, "12:00:00", 0.5}},
		{"a money format with a colour and a quoted word is no date", `<c s="3"><v>45430</v></c>`, Cell{Number, "45430", 45430}},
		{"a serial number without a date format", `<c><v>45430</v></c>`, Cell{Number, "45430", 45430}},
		{"the day that never was", `<c s="1"><v>60</v></c>`, Cell{Date, "1900-02-29", 60}},
		{"the first day of all", `<c s="1"><v>1</v></c>`, Cell{Date, "1900-01-01", 1}},
		{"a day before all days is a number", `<c s="1"><v>-3</v></c>`, Cell{Number, "-3", -3}},
		{"a style that is not there", `<c s="99"><v>5</v></c>`, Cell{Number, "5", 5}},
		{"a shared text", `<c t="s"><v>0</v></c>`, Cell{Text, "一", 0}},
		{"a rich text without its reading", `<c t="s"><v>1</v></c>`, Cell{Text, "粗 体", 0}},
		{"a text with what XML cannot hold", `<c t="s"><v>2</v></c>`, Cell{Text, "a\nb_x0041_", 0}},
		{"a text in the cell", `<c t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>`, Cell{Text, "甲乙", 0}},
		{"a formula gives its stored number", `<c><f>SUM(O6:O56)</f><v>412</v></c>`, Cell{Number, "412", 412}},
		{"a formula gives its stored text", `<c t="str"><f>A1&amp;B1</f><v>a&amp;b</v></c>`, Cell{Text, "a&b", 0}},
		{"a formula without a result is an error", `<c><f>SUM(A1)</f><v/></c>`, Cell{Error, "#CALC!", 0}},
		{"an error", `<c t="e"><f>1/0</f><v>#N/A</v></c>`, Cell{Error, "#N/A", 0}},
		{"true", `<c t="b"><v>1</v></c>`, Cell{Bool, "TRUE", 1}},
		{"false", `<c t="b"><v>0</v></c>`, Cell{Bool, "FALSE", 0}},
		{"a day as ISO", `<c t="d"><v>2024-05-18T06:00:00</v></c>`, Cell{Date, "2024-05-18 06:00:00", 45430.25}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := cellsOf(t, tt.xml, append(slices.Clone(styles), shared...)...)
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	for name, xml := range map[string]string{"no value": `<c s="1"/>`, "an empty text": `<c t="s"><v>3</v></c>`, "a formula whose text is empty": `<c t="str"><f>""</f><v></v></c>`} {
		if got := cellsOf(t, xml, append(slices.Clone(styles), shared...)...); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestABookOfThe1904SystemGivesTheSameDays(t *testing.T) {
	got := cellsOf(t, `<c s="1"><v>43968</v></c>`, "xl/workbook.xml", `<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="表" r:id="s"/></sheets></workbook>`,
		"xl/styles.xml", `<styleSheet><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>`)
	if want := (Cell{Date, "2024-05-18", 45430}); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestADateFormatIsToldFromOthers(t *testing.T) {
	for code, want := range map[string]byte{
		"yyyy/m/d": 1, "m\"月\"d\"日\"": 1, "mm-dd-yy": 1, "[$-804]aaaa yyyy": 1, "mmm": 1, "yyyy-mm-dd hh:mm:ss": 1, "d": 1,
		"hh:mm": 2, "[h]:mm:ss": 2, "h:mm AM/PM": 2, "mm:ss.0": 2,
		"General": 0, "G/通用格式": 0, "0.00": 0, "#,##0": 0, "@": 0, `0"day"`: 0, `0\d`: 0, "[Red]0.00": 0, "0.00E+00": 0, "": 0, `"yyyy`: 0, "0;yyyy": 0, "[$¥-804]#,##0.00": 0, "_d0": 0,
	} {
		if got := dateFormat(code); got != want {
			t.Errorf("%q is %d, want %d", code, got, want)
		}
	}
}

func TestColumnsFollowTheirReferencesAndBlankRowsKeepTheirNumber(t *testing.T) {
	raw := pack(t, sheet1, `<worksheet><dimension ref="A1:ZZ9"/><sheetData><row r="2"><c r="C2"><v>3</v></c><c><v>4</v></c><c r="A2"><v>1</v></c><c r="F2" s="1"/></row><row r="3"><c r="A3"/></row><row><c><v>9</v></c></row></sheetData></worksheet>`)
	rows, err := drain(raw, Options{})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	if got := texts(rows[0]); !slices.Equal(got, []string{"1", "", "3", "4"}) || rows[0].Number != 2 || rows[0].Width != 4 {
		t.Errorf("%+v", rows[0])
	}
	if rows[1].Number != 4 || rows[1].Cells[0].Text != "9" {
		t.Errorf("%+v", rows[1])
	}
}

func TestMergesAreTheSameBeforeAndAfterReading(t *testing.T) {
	b := sample(t, "客户台账_杭州城西网点.xlsx")
	first, err := b.Merges("客户台账")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Merge{{3, 1, 3, 4}, {3, 0, 4, 0}, {3, 15, 4, 15}} {
		if !slices.Contains(first, want) {
			t.Errorf("%v is missing in %v", want, first)
		}
	}
	c := sample(t, "客户台账_杭州城西网点.xlsx")
	all(t, c, "客户台账")
	if after, _ := c.Merges("客户台账"); !reflect.DeepEqual(after, first) {
		t.Errorf("%v after reading, %v before", after, first)
	}
}

func csvRows(t *testing.T, raw string) ([]Row, Info) {
	t.Helper()
	b, err := OpenReader(strings.NewReader(raw), int64(len(raw)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all(t, b, ""), b.Info()
}

func TestCSVIsReadAsItWasMeant(t *testing.T) {
	tests := []struct {
		name string
		raw  string
		want []string // records, cells joined by |
		line int      // of the last record
	}{
		{"commas", "a,b\n1,2\n", []string{"a|b", "1|2"}, 2},
		{"tabs", "a\tb,c\n1\t2\n", []string{"a|b,c", "1|2"}, 2},
		{"semicolons", "a;b\n1,5;2,5\n3,5;4\n", []string{"a|b", "1,5|2,5", "3,5|4"}, 3},
		{"the hint that Excel understands", "sep=;\na,b;c\n", []string{"a,b|c"}, 2},
		{"CRLF and a last line without end", "a,b\r\n1,2", []string{"a|b", "1|2"}, 2},
		{"lone CR", "a,b\r1,2\r", []string{"a|b", "1|2"}, 2},
		{"quoted comma, quote and line break", "a,b\n\"x,\"\"y\"\"\r\nz\",2\n3,4\n", []string{"a|b", "x,\"y\"\nz|2", "3|4"}, 4},
		{"blank lines between", "a,b\n\n,\n1,2\n", []string{"a|b", "1|2"}, 4},
		{"empty fields at the end are kept", "a,b,,\n1,,,\n", []string{"a|b||", "1|||"}, 2},
		{"a quote within a field", "a,b\n5\" tape,x\n", []string{"a|b", "5\" tape|x"}, 2},
		{"a quoted field with something behind", "a,b\n\"x\"y,2\n", []string{"a|b", "\"x\"y|2"}, 2},
		{"a quote that nothing closes", "a,b\n\"x,1\ny,2\nz,3\n", []string{"a|b", "\"x|1", "y|2", "z|3"}, 4},
		{"a quote that nothing closes before a field with quotes", "a,b\n\"x,1\n\"y\",2\nz,3\n", []string{"a|b", "\"x|1", "y|2", "z|3"}, 4},
		{"=" + `"..." unwrapped, guards taken away`, "a,b\n=\"0571\",'=1\n'13800001054,'x\n", []string{"a|b", "0571|=1", "13800001054|'x"}, 3},
		{"the end of file of DOS", "a,b\n1,2\n\x1A", []string{"a|b", "1|2"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, _ := csvRows(t, tt.raw)
			var got []string
			for _, r := range rows {
				got = append(got, strings.Join(texts(r), "|"))
			}
			if !slices.Equal(got, tt.want) || rows[len(rows)-1].Line != tt.line {
				t.Errorf("got %q, line %d; want %q, line %d", got, rows[len(rows)-1].Line, tt.want, tt.line)
			}
		})
	}
}

func TestAStrayQuoteHarmsOneRecordOfManyThousand(t *testing.T) {
	var b strings.Builder
	b.WriteString("名称,电话\n")
	for i := range 5000 {
		if i == 20 {
			b.WriteString("\"坏了,1\n")
			continue
		}
		b.WriteString("某某,2\n")
	}
	rows, _ := csvRows(t, b.String())
	if len(rows) != 5001 || !rows[21].Broken || rows[21].Width != 2 || rows[22].Broken || rows[22].Cells[0].Text != "某某" {
		t.Errorf("%d rows, %+v", len(rows), rows[21])
	}
}

func TestTheEncodingIsFoundOut(t *testing.T) {
	text := "客户名称,电话\n梧涧尔女装旗舰店,0571\n李䶮,赵𠮷安\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	be, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ raw, encoding string }{
		{text, "UTF-8"}, {"\uFEFF" + text, "UTF-8"}, {gb, "GB18030"}, {le, "UTF-16LE"}, {be, "UTF-16BE"},
		{strings.Repeat(text, 2) + "坏\xFF的,1\n", "UTF-8"},
	} {
		rows, in := csvRows(t, tt.raw)
		if in.Encoding != tt.encoding || strings.Join(texts(rows[2]), "|") != "李䶮|赵𠮷安" {
			t.Errorf("%s: %s, %q", tt.encoding, in.Encoding, texts(rows[2]))
		}
	}
	rows, _ := csvRows(t, strings.Repeat(text, 2)+"坏\xFF的,1\n")
	if got := rows[len(rows)-1].Cells[0].Text; got != "坏\uFFFD的" {
		t.Errorf("a bad byte became %q", got)
	}
}

func TestBytesThatAreNoCharacterSpoilTheirRecordOnly(t *testing.T) {
	rows := all(t, sample(t, "老系统导出_GB18030.csv"), "")
	var want struct {
		Rows []struct {
			Record int    `json:"record"`
			Line   int    `json:"line"`
			Reason string `json:"reason"`
		} `json:"rows_listed"`
		Reasons map[string]int `json:"errors_by_reason"`
		Names   []string       `json:"names_outside_GBK"`
	}
	truth(t, "老系统导出_GB18030.csv", &want)
	bad, wide, seen := 0, 0, 0
	for _, r := range rows {
		joined := strings.Join(texts(r), "|")
		if strings.Contains(joined, "\uFFFD") {
			bad++
		}
		if r.Width != 17 {
			wide++
		}
		for _, n := range want.Names {
			if strings.Contains(joined, n) {
				seen++
			}
		}
	}
	if bad != want.Reasons["bytes that are no character"] || wide != want.Reasons["comma without quotes: columns shifted"] || seen < len(want.Names) {
		t.Errorf("%d bad, %d too wide, %d of the rare names; want %+v", bad, wide, seen, want.Reasons)
	}
	if len(want.Rows) == 0 {
		t.Fatal("no rows listed")
	}
	for _, w := range want.Rows {
		if r := rows[w.Record]; r.Line != w.Line {
			t.Errorf("record %d is at line %d, want %d", w.Record, r.Line, w.Line)
		}
	}
}

func TestAWebPageIsReadAsItsTable(t *testing.T) {
	tests := []struct {
		name string
		html string
		want []string
	}{
		{"blanks, entities and line breaks", "<table><tr><td> a \n b&nbsp;<td>x<br>y</td><td>&lt;&#12288;</tr></table>", []string{"a b|x\ny|<　"}},
		{"cells across", "<table><tr><td colspan=2>a<td>b<tr><td>1<td>2<td>3</table>", []string{"a||b", "1|2|3"}},
		{"cells down", "<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d</table>", []string{"a|b", "|c", "d"}},
		{"cells down and across", "<table><tr><td rowspan=2 colspan=2>a<td>b<tr><td>c</table>", []string{"a||b", "||c"}},
		{"two tables, one below the other", "<table><tr><td>a</table><p>x</p><table><tr><td>b</table>", []string{"a", "b"}},
		{"a table in a table", "<table><tr><td><table><tr><td>a<td>b</table></td></tr><tr><td>c</table>", []string{"a|b", "c"}},
		{"an unfinished page", "<html><table><tr><td>a<td>b", []string{"a|b"}},
		{"style is no text", "<table><tr><td><style>x</style>a</table>", []string{"a"}},
		{"digits kept by tricks", `<table><tr><td>="0571"<td>'302611000001252<td x:num="13800001054">1.38E+10<td>--</table>`, []string{"0571|302611000001252|13800001054|--"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := drain([]byte(tt.html), Options{})
			var got []string
			for _, r := range rows {
				got = append(got, strings.Join(texts(r), "|"))
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	gb, _ := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("<html><meta charset=gb2312><table><tr><td>客户</table>"))
	rows, err := drain(gb, Options{})
	if err != nil || rows[0].Cells[0].Text != "客户" {
		t.Errorf("%v, %v", rows, err)
	}
	b := opened(t, []byte("<table><tr><td colspan=3>title<tr><td rowspan=2>a<td>b<td>c</table>"))
	if m, err := b.Merges(""); err != nil || !slices.Equal(m, []Merge{{1, 0, 1, 2}, {2, 0, 3, 0}}) {
		t.Errorf("%v, %v", m, err)
	}
}

func TestPhonesOfTheRegisterAreWhatTheCellsHold(t *testing.T) {
	rows := map[int]Row{}
	for _, r := range all(t, sample(t, "客户台账_杭州城西网点.xlsx"), "客户台账") {
		rows[r.Number] = r
	}
	var want struct {
		Rows []struct {
			Row   int `json:"row"`
			Phone any `json:"phone_cell"`
		} `json:"rows"`
	}
	truth(t, "客户台账_杭州城西网点.xlsx", &want)
	if len(want.Rows) != 284 {
		t.Fatalf("%d rows listed", len(want.Rows))
	}
	for _, w := range want.Rows {
		var c Cell
		if r := rows[w.Row]; len(r.Cells) > 6 {
			c = r.Cells[6]
		}
		switch phone := w.Phone.(type) {
		case float64:
			if c.Kind != Number || c.Num != phone {
				t.Errorf("row %d: %+v, want %v", w.Row, c, phone)
			}
		case string:
			if c.Text != phone {
				t.Errorf("row %d: %+v, want %q", w.Row, c, phone)
			}
		}
	}
}

func TestABookReadsTheSameTwice(t *testing.T) {
	for _, name := range []string{"客户台账_杭州城西网点.xlsx", "老系统导出_GB18030.csv", "平台导出.xls"} {
		b := sample(t, name)
		if first, second := all(t, b, ""), all(t, b, ""); !reflect.DeepEqual(first, second) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestWaybillsOfTheBillKeepTheirDigits(t *testing.T) {
	var want struct {
		Numbers  int `json:"waybills_as_numbers"`
		Exponent int `json:"waybills_with_exponent"`
		Listed   []struct {
			Row     int    `json:"row"`
			Waybill string `json:"waybill"`
		} `json:"rows_listed"`
	}
	truth(t, "运单明细_2026年10月.xlsx", &want)
	numbers, exponents := 0, 0
	rows := map[int]Row{}
	for _, r := range all(t, sample(t, "运单明细_2026年10月.xlsx"), "") {
		rows[r.Number] = r
		if len(r.Cells) < 3 || r.Cells[2].Kind != Number {
			continue
		}
		if strings.Contains(r.Cells[2].Text, "E") {
			exponents++
		} else {
			numbers++
		}
	}
	if numbers != want.Numbers && numbers+exponents != want.Numbers || exponents != want.Exponent {
		t.Errorf("%d numbers, %d with an exponent; want %d, %d", numbers, exponents, want.Numbers, want.Exponent)
	}
	for _, w := range want.Listed {
		c := rows[w.Row].Cells[2]
		if got := strings.TrimSpace(c.Text); c.Kind == Number && strconv.FormatFloat(c.Num, 'f', -1, 64) != w.Waybill || c.Kind == Text && !strings.Contains(got, w.Waybill) {
			t.Errorf("row %d: %+v, want %s", w.Row, c, w.Waybill)
		}
	}
}

func TestFreightOfThePortalAddsUpToItsFooter(t *testing.T) {
	rows := all(t, sample(t, "平台导出.xls"), "")
	var want struct {
		Fen int `json:"freight_fen_footer_with_duplicates"`
	}
	truth(t, "平台导出.xls", &want)
	sum := 0.0
	for _, r := range rows[:len(rows)-1] {
		if len(r.Cells) > 11 {
			if v, err := strconv.ParseFloat(r.Cells[11].Text, 64); err == nil {
				sum += v
			}
			if w := r.Cells[1].Text; strings.HasPrefix(w, "3026") && len(w) != 15 {
				t.Errorf("row %d: waybill %q", r.Number, w)
			}
		}
	}
	if fen := int(math.Round(sum * 100)); fen != want.Fen || rows[len(rows)-1].Cells[11].Text != "4172.02" {
		t.Errorf("%d fen, want %d", fen, want.Fen)
	}
}

func TestManyStrayQuotesAreReadInTheTimeOfTheirLines(t *testing.T) {
	var b strings.Builder
	for i := range 60000 {
		if i%150 == 0 {
			b.WriteString("\"")
		}
		b.WriteString("x,y\n")
	}
	start := time.Now()
	rows, _ := csvRows(t, b.String())
	if len(rows) != 60000 {
		t.Errorf("%d rows", len(rows))
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}
