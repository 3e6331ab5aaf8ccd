package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func written(t testing.TB, format string, l Layout, rows ...[]Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, format, l)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, raw []byte) *Book {
	t.Helper()
	b, err := OpenReader(bytes.NewReader(raw), int64(len(raw)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var awkward = []string{
	"13800001054", "0571-86000001", "=1+1", "+86 138", "-5", "@SUM(A1)", "\tx", "\rx", "'quoted", "''", "'=x", "1,5", `say "hi"`, "two\nlines", " blanks ", "<b>&amp;</b>", "_x000D_", "_x0041_", "䶮𠮷㛃🙏", `="0571"`, "'0571", "a\x07b", "null\x00", "x", "",
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	for _, format := range []string{XLSX, CSV} {
		t.Run(format, func(t *testing.T) {
			l := Layout{Sheet: "客户", Columns: []Column{{Title: "电话"}, {Title: "=标题"}, {Title: "日期"}, {Title: "数"}, {Title: "原因", Reason: true}}}
			var rows [][]Cell
			for _, s := range awkward {
				rows = append(rows, []Cell{TextOf(s), TextOf("302611000001049"), DayOf(day), NumberOf(-12.5), TextOf("电话位数不对")})
			}
			rows = append(rows, []Cell{TextOf("end"), {}, TimeOf(day.Add(90061 * time.Second)), NumberOf(13800001054), {Kind: Bool, Num: 1, Text: "TRUE"}})
			got := all(t, opened(t, written(t, format, l, rows...)), "")
			if len(got) != len(rows)+1 {
				t.Fatalf("%d rows, want %d", len(got), len(rows)+1)
			}
			if got[0].Cells[1].Text != "=标题" {
				t.Errorf("title %q", got[0].Cells[1].Text)
			}
			for i, r := range rows {
				for j, want := range r {
					want.Text = strings.ReplaceAll(strings.ReplaceAll(want.Text, "\r", "\n"), "\x00", "")
					if format == CSV {
						want.Text = strings.ReplaceAll(want.Text, "\a", "")
					}
					have := Cell{}
					if j < len(got[i+1].Cells) {
						have = got[i+1].Cells[j]
					}
					if have.Text != want.Text {
						t.Errorf("row %d column %d: %q, want %q", i, j, have.Text, want.Text)
					}
					if format == XLSX && (have.Kind != want.Kind || have.Num != want.Num) {
						t.Errorf("row %d column %d: %+v, want %+v", i, j, have, want)
					}
				}
			}
		})
	}
}

func TestNoCellOfACSVFileRunsAsAFormula(t *testing.T) {
	raw := string(written(t, CSV, Layout{Columns: []Column{{Title: "a"}}}, []Cell{TextOf("=cmd|' /C calc'!A0")}, []Cell{TextOf("+1")}, []Cell{TextOf("-1")}, []Cell{TextOf("@x")}, []Cell{NumberOf(-1)}))
	if want := "\uFEFFa\r\n'=cmd|' /C calc'!A0\r\n'+1\r\n'-1\r\n'@x\r\n-1\r\n"; raw != want {
		t.Errorf("got %q, want %q", raw, want)
	}
}

func TestANumberCellCannotSmuggleText(t *testing.T) {
	for _, format := range []string{XLSX, CSV} {
		raw := written(t, format, Layout{Columns: []Column{{Title: "a"}}}, []Cell{{Kind: Number, Text: `=HYPERLINK("x")`, Num: 7}})
		if got := all(t, opened(t, raw), "")[1].Cells[0].Text; got != "7" {
			t.Errorf("%s: %q", format, got)
		}
	}
}

func TestAnotherProgramReadsTheWorkbookAndItsMeasureIsRight(t *testing.T) {
	l := Layout{
		Sheet:   "导入/模板:客户",
		Columns: []Column{{Title: "客户名称", Width: 34, Hint: "营业执照上的全称"}, {Title: "客户等级", Choices: []string{"A", "B", `C "小"`, "D,E"}}, {Title: "建档日期"}},
		Help:    []string{"第一行不要改动。", "  电话请填文本。"},
	}
	rows := [][]Cell{}
	for i := range 3000 {
		rows = append(rows, []Cell{TextOf(fmt.Sprintf("岚蘅尔宠物用品 %d", i)), TextOf("A"), DayOf(time.Date(2026, 1, 1+i%365, 0, 0, 0, 0, time.UTC))})
	}
	raw := written(t, XLSX, l, rows...)
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := f.GetSheetList(), []string{"导入 模板 客户", "填写说明", "选项"}; !reflect.DeepEqual(got, want) {
		t.Fatalf("sheets %q, want %q", got, want)
	}
	main := f.GetSheetList()[0]
	if got, _ := f.GetSheetDimension(main); got != "A1:C3001" {
		t.Errorf("dimension %q", got)
	}
	if got, _ := f.GetRows(main); len(got) != 3001 || got[1][0] != "岚蘅尔宠物用品 0" || got[1][2] != "2026-01-01" {
		t.Errorf("%d rows, first %q", len(got), got[1])
	}
	if visible, _ := f.GetSheetVisible("选项"); visible {
		t.Error("the list of choices is not hidden")
	}
	if got, _ := f.GetCellValue("选项", "A4"); got != "D,E" {
		t.Errorf("choice %q", got)
	}
	dv, err := f.GetDataValidations(main)
	if err != nil || len(dv) != 2 || dv[1].Type != "list" || dv[1].Formula1 != "'选项'!$A$1:$A$4" {
		t.Errorf("validations %+v, %v", dv, err)
	}
	panes, _ := f.GetPanes(main)
	if !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v", panes)
	}
	if w, _ := f.GetColWidth(main, "A"); w != 34 {
		t.Errorf("width %v", w)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range z.File { // check sums, that of the joined part above all
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		r.Close()
	}
}

func TestALargeWorkbookGoesOverATemporaryFile(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, XLSX, Layout{Columns: []Column{{Title: "n"}}})
	if err != nil {
		t.Fatal(err)
	}
	noise := uint64(1)
	cells := make([]Cell, 40)
	for range 16000 {
		for i := range cells {
			noise = noise*6364136223846793005 + 1442695040888963407
			cells[i] = Cell{Kind: Text, Text: fmt.Sprintf("%x", noise)}
		}
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if rows := all(t, opened(t, out.Bytes()), ""); len(rows) != 16001 || rows[16000].Cells[39].Text != fmt.Sprintf("%x", noise) || out.Len() < spoolMemory {
		t.Errorf("%d rows, %d bytes", len(rows), out.Len())
	}
}

func TestATextLongerThanExcelAllowsIsRefusedAndStaysRefused(t *testing.T) {
	w, err := NewWriter(io.Discard, XLSX, Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]Cell{TextOf(strings.Repeat("字", maxText))}); err != nil {
		t.Error(err)
	}
	first := w.Write([]Cell{TextOf(strings.Repeat("字", maxText+1))})
	if first == nil || w.Write(nil) != first || w.Close() != first {
		t.Errorf("%v", first)
	}
}
