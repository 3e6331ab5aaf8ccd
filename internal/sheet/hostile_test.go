package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// pack makes a workbook of parts: pairs of name and content. What is not given
// of the usual parts is added.
func pack(t testing.TB, pairs ...string) []byte {
	t.Helper()
	parts := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="表" r:id="s"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="y" Type="x/styles" Target="styles.xml"/></Relationships>`,
	}
	for i := 0; i < len(pairs); i += 2 {
		parts[pairs[i]] = pairs[i+1]
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range parts {
		if content == "-" {
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const sheet1 = "xl/worksheets/sheet1.xml"

// drain opens and reads everything, and gives the first error and the rows.
func drain(raw []byte, opt Options) (rows []Row, err error) {
	b, err := OpenReader(bytes.NewReader(raw), int64(len(raw)), opt)
	if err != nil {
		return nil, err
	}
	for _, s := range b.Info().Sheets {
		for r, err := range b.Rows(context.Background(), s.Name) {
			if err != nil {
				return rows, err
			}
			if len(rows) < 1000 {
				rows = append(rows, r)
			}
		}
	}
	// Anew, since what reading the rows came by is kept.
	if b, err = OpenReader(bytes.NewReader(raw), int64(len(raw)), opt); err != nil {
		return rows, err
	}
	for _, s := range b.Info().Sheets {
		if _, err := b.Merges(s.Name); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// bounded fails when f allocates live memory beyond the limit or takes long.
func bounded(t *testing.T, mib uint64, f func()) {
	t.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	most, stop, done := uint64(0), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapInuse)
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	<-done
	if most > before.HeapInuse+mib<<20 {
		t.Errorf("took %d MiB, at most %d", (most-before.HeapInuse)>>20, mib)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func TestAFileThatCannotBeReadIsRefusedByItsReason(t *testing.T) {
	good := pack(t, sheet1, `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`)
	register, err := os.ReadFile(filepath.Join(samples, "客户台账_杭州城西网点.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	data := func(s string) []byte {
		return pack(t, sheet1, `<worksheet><sheetData>`+s+`</sheetData></worksheet>`)
	}
	tests := []struct {
		name string
		raw  []byte
		want error
	}{
		{"nothing at all", nil, ErrEmpty},
		{"only blanks and line ends", []byte(" \r\n\t\n"), ErrEmpty},
		{"only a byte order mark", []byte("\xEF\xBB\xBF"), ErrEmpty},
		{"a zip without parts", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), ErrEmpty},
		{"half a workbook", register[:len(register)/2], ErrTruncated},
		{"a workbook without its last bytes", register[:len(register)-30], ErrTruncated},
		{"a PDF", []byte("%PDF-1.7\n1 0 obj"), ErrNotSheet},
		{"a photo", []byte("\xFF\xD8\xFF\xE0\x00\x10JFIF"), ErrNotSheet},
		{"bytes of a program", []byte("\x7FELF\x02\x01\x01\x00\x00"), ErrNotSheet},
		{"text with zero bytes", []byte("a,b\n\x00\x01,c\n"), ErrNotSheet},
		{"an XML file of something else", []byte(`<?xml version="1.0"?><note>x</note>`), ErrNotSheet},
		{"an XML spreadsheet of 2003", []byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`), ErrOldXLS},
		{"a Word document", pack(t, "_rels/.rels", `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></Relationships>`, "word/document.xml", "<document/>", "xl/workbook.xml", "-"), ErrNotSheet},
		{"any other zip", pack(t, "_rels/.rels", "-", "xl/workbook.xml", "-", "xl/_rels/workbook.xml.rels", "-", "a.txt", "hello"), ErrNotSheet},
		{"a binary workbook (.xlsb)", pack(t, "_rels/.rels", "-", "xl/workbook.xml", "-", "xl/workbook.bin", "x"), ErrOldXLS},
		{"an OpenDocument file", pack(t, "_rels/.rels", "-", "xl/workbook.xml", "-", "content.xml", "x", "mimetype", "x"), ErrOldXLS},
		{"an OLE file cut off", ole(t, "Workbook")[:600], ErrTruncated},
		{"an OLE file with a password", ole(t, "EncryptionInfo", "EncryptedPackage"), ErrEncrypted},
		{"an OLE file of something else", ole(t, "WordDocument"), ErrNotSheet},
		{"a workbook part that is missing", pack(t, "_rels/.rels", "-", "xl/workbook.xml", "-", "[Content_Types].xml", "x"), ErrDamaged},
		{"a sheet part that is missing", pack(t), ErrDamaged},
		{"a workbook without sheets", pack(t, "xl/workbook.xml", `<workbook><sheets/></workbook>`), ErrEmpty},
		{"relations that point at themselves", pack(t, "xl/workbook.xml", `<workbook><sheets><sheet name="x" r:id="s"/></sheets></workbook>`, "xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="s" Type="x/worksheet" Target="workbook.xml"/></Relationships>`), ErrTruncated},
		{"an entity that reads a file", pack(t, sheet1, `<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="str"><v>&x;</v></c></row></sheetData></worksheet>`), ErrDamaged},
		{"entities that multiply", pack(t, "xl/sharedStrings.xml", `<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>`, sheet1, `<worksheet><sheetData/></worksheet>`), ErrDamaged},
		{"a row number beyond Excel's", data(`<row r="999999999"><c r="A999999999"><v>1</v></c></row>`), ErrDamaged},
		{"a row number that is none", data(`<row r="-1"><c><v>1</v></c></row>`), ErrDamaged},
		{"a column beyond Excel's", data(`<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>`), ErrDamaged},
		{"a value in a column beyond the limit", data(`<row r="1"><c r="XFD1"><v>1</v></c></row>`), ErrTooBig},
		{"a shared text that is not there", data(`<row r="1"><c r="A1" t="s"><v>7</v></c></row>`), ErrDamaged},
		{"a sheet that breaks off", pack(t, sheet1, `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c>`), ErrTruncated},
		{"a tag that never ends", pack(t, sheet1, `<worksheet><sheetData><row r="`+strings.Repeat("9", 200<<10)), ErrDamaged},
		{"a value of a megabyte", data(`<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("x", 1<<20) + `</v></c></row>`), ErrTooBig},
		{"elements within elements without end", data(`<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("<b>", 5000) + `</v></c></row>`), ErrDamaged},
		{"a CSV line of two megabytes", []byte("a,b\n" + strings.Repeat("x", 2<<20)), ErrTooBig},
		{"a CSV file of two thousand columns", []byte("a,b\n" + strings.Repeat("x,", 2000)), ErrTooBig},
		{"tables within tables without end", []byte("<html>" + strings.Repeat("<table><tr><td>", 500)), ErrTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := drain(tt.raw, Options{}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if rows, err := drain(good, Options{}); err != nil || len(rows) != 1 {
		t.Errorf("the good one: %v, %v", rows, err)
	}
	if _, err := drain(good, Options{MaxFile: 10}); !errors.Is(err, ErrTooBig) {
		t.Errorf("a file beyond the limit: %v", err)
	}
}

func TestTheContentDecidesAndNotTheName(t *testing.T) {
	dir := t.TempDir()
	for name, raw := range map[string][]byte{
		"a.xls": pack(t, sheet1, `<worksheet><sheetData/></worksheet>`), "b.xlsx": []byte("a,b\n1,2\n"), "c.csv": []byte("<table><tr><td>1</table>"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"a.xls": "xlsx", "b.xlsx": "csv", "c.csv": "html"} {
		b, err := Open(filepath.Join(dir, name), Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		if got := b.Info().Format; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
		b.Close()
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNotSheet) {
		t.Errorf("a folder: %v", err)
	}
}

// bomb makes a workbook of which one part is n bytes of the same unit.
func bomb(t *testing.T, name string, open, unit, end string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range []part{
		{"_rels/.rels", `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="表" r:id="s"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{sheet1, `<worksheet><sheetData/></worksheet>`},
	} {
		if p.name == name {
			continue
		}
		w, err := z.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, p.content)
	}
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, open)
	chunk := strings.Repeat(unit, max(1, (64<<10)/len(unit)))
	for written := 0; written < n; written += len(chunk) {
		io.WriteString(w, chunk)
	}
	io.WriteString(w, end)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBombsAreRefusedInBoundedMemory(t *testing.T) {
	opt := Options{MaxUnzipped: 16 << 20, MaxShared: 4 << 20}
	tests := []struct {
		name             string
		part             string
		open, unit, done string
		want             error
	}{
		{"a sheet that unpacks beyond the limit", sheet1, `<worksheet><sheetData>`, `<row/>`, `</sheetData></worksheet>`, ErrTooBig},
		{"a sheet of blanks", sheet1, `<worksheet><sheetData>`, ` `, `</sheetData></worksheet>`, ErrTooBig},
		{"shared texts beyond the limit", "xl/sharedStrings.xml", `<sst>`, `<si><t>` + strings.Repeat("x", 500) + `</t></si>`, `</sst>`, ErrTooBig},
		{"a workbook part of millions of sheets", "xl/workbook.xml", `<workbook><sheets>`, `<sheet name="x" r:id="s"/>`, `</sheets></workbook>`, ErrTooBig},
		{"relations without end", "xl/_rels/workbook.xml.rels", `<Relationships>`, `<Relationship Id="s" Type="x/worksheet" Target="a"/>`, `</Relationships>`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := bomb(t, tt.part, tt.open, tt.unit, tt.done, 24<<20)
			bounded(t, 48, func() {
				_, err := drain(raw, opt)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("%d bytes: %v, want %v", len(raw), err, tt.want)
				}
			})
		})
	}
}

func TestAPartThatLiesAboutItsSizeIsStoppedWhileItIsRead(t *testing.T) {
	raw := bomb(t, sheet1, `<worksheet><sheetData>`, `<row/>`, `</sheetData></worksheet>`, 20<<20)
	at := bytes.LastIndex(raw, []byte(sheet1)) - 46 + 24
	copy(raw[at:], "\x10\x00\x00\x00") // 16 bytes, it says
	if _, err := drain(raw, Options{MaxUnzipped: 1 << 20}); err == nil {
		t.Error("read to its end")
	}
}

func TestAMillionRowsAreReadInLittleMemoryOrRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows take seconds; run without -short")
	}
	raw := bomb(t, sheet1, `<worksheet><dimension ref="A1:A2"/><sheetData>`, `<row><c><v>13800001054</v></c></row>`, `</sheetData></worksheet>`, 36*1_000_000)
	bounded(t, 48, func() {
		b := opened(t, raw)
		n := 0
		for _, err := range b.Rows(context.Background(), "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n < 1_000_000 {
			t.Errorf("%d rows", n)
		}
	})
	if _, err := drain(raw, Options{MaxRows: 200_000}); !errors.Is(err, ErrTooBig) {
		t.Errorf("with a limit of rows: %v", err)
	}
}

func TestReadingStopsWhenTheContextDoesOrTheCallerLeaves(t *testing.T) {
	raw := bomb(t, sheet1, `<worksheet><sheetData>`, `<row><c><v>1</v></c></row>`, `</sheetData></worksheet>`, 8<<20)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b := opened(t, raw)
	n := 0
	var last error
	for _, err := range b.Rows(ctx, "") {
		n++
		if last = err; n == 10 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n > 20000 {
		t.Errorf("after %d rows: %v", n, last)
	}
	n = 0
	for range b.Rows(context.Background(), "") {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("left after %d", n)
	}
	for _, err := range b.Rows(context.Background(), "没有") {
		if !errors.Is(err, ErrNoSheet) {
			t.Errorf("a sheet that is not there: %v", err)
		}
	}
	defer func() {
		if recover() != "mine" {
			t.Error("a panic of the caller was swallowed")
		}
	}()
	for range b.Rows(context.Background(), "") {
		panic("mine")
	}
}

func TestAWorkbookWithStrangePathsIsReadAndWritesNothing(t *testing.T) {
	raw := pack(t,
		"_rels/.rels", `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="s" Type="x/worksheet" Target="..\..\..\XL\worksheets\Sheet1.xml"/></Relationships>`,
		"../../evil.txt", "x", sheet1, `<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t='inlineStr'><x:is><x:t>一</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`)
	rows, err := drain(raw, Options{})
	if err != nil || len(rows) != 1 || rows[0].Cells[0].Text != "一" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestAListOfContentsThatWouldFillTheMemoryIsRefused(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	long := strings.Repeat("a", 1000)
	for i := range 5000 {
		if _, err := z.Create(fmt.Sprint(long, i)); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	if _, err := drain(b.Bytes(), Options{}); !errors.Is(err, ErrTooBig) {
		t.Errorf("%v", err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, s := range []string{"a,b\n1,\"2\n3\"\n", "\xEF\xBB\xBFa;b", "\xFF\xFEa\x00,\x00", "<table><tr><td colspan=3 rowspan=2>1<td>2</table>", "\xC4\xE3,\xBA\xC3\n", "sep=;\n1;2"} {
		f.Add([]byte(s))
	}
	f.Add(pack(f, sheet1, `<worksheet><sheetData><row r="2"><c r="B2" t="str"><f>1</f><v>x&#65;</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`, "xl/sharedStrings.xml", `<sst><si><t>a</t><rPh><t>b</t></rPh></si></sst>`))
	f.Add(ole(f, "Workbook"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := drain(raw, Options{MaxUnzipped: 1 << 20, MaxRows: 2000, MaxCols: 64, MaxCell: 4096})
		if err != nil {
			for _, known := range []error{ErrEmpty, ErrEncrypted, ErrTruncated, ErrDamaged, ErrNotSheet, ErrTooBig, ErrOldXLS} {
				if errors.Is(err, known) {
					if strings.Contains(err.Error(), "runtime error") {
						t.Fatal(err)
					}
					return
				}
			}
			t.Fatalf("an error without a name: %v", err)
		}
		for _, r := range rows {
			if len(r.Cells) == 0 || len(r.Cells) > 64 || r.Number < 1 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// FuzzSheetXML puts the input where XML stands, since no fuzzer finds its way
// through the check sums of a zip.
func FuzzSheetXML(f *testing.F) {
	f.Add(`<row r="2"><c r="B2" t="str"><v>x&#65;_x000D_</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2024-01-02</v></c></row>`, `<si><r><t>a</t></r><rPh><t>b</t></rPh></si>`, `yyyy"年"m"月"`)
	f.Add(`<row><c s="1"><v>45430.5</v></c><c t="s"><v>0</v></c><!-- x --><c t="str"><v><![CDATA[a&b]]></v></c></row>`, `<si/>`, `[h]:mm;@`)
	f.Fuzz(func(t *testing.T, data, shared, code string) {
		raw := pack(t, sheet1, `<worksheet><sheetData>`+data+`</sheetData></worksheet>`, "xl/sharedStrings.xml", `<sst>`+shared+`</sst>`,
			"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="`+escaped(code)+`"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs></styleSheet>`)
		if _, err := drain(raw, Options{MaxCols: 64, MaxCell: 4096}); err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Fatal(err)
		}
	})
}
