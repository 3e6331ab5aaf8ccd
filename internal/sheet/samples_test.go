package sheet

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

const samples = "testdata/samples"

// all reads a sheet to its end.
func all(t testing.TB, b *Book, name string) []Row {
	t.Helper()
	var rows []Row
	for r, err := range b.Rows(context.Background(), name) {
		if err != nil {
			t.Fatalf("sheet %q after %d rows: %v", name, len(rows), err)
		}
		rows = append(rows, r)
	}
	return rows
}

func sample(t testing.TB, name string) *Book {
	t.Helper()
	b, err := Open(filepath.Join(samples, name), Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func truth(t testing.TB, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(samples, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files struct {
		Files map[string]json.RawMessage `json:"files"`
	}
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(files.Files[name], into); err != nil {
		t.Fatal(err)
	}
}

func texts(r Row) []string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		out[i] = c.Text
	}
	return out
}

func TestEverySampleOpensWithTheSheetsAndRowsOfTheTruth(t *testing.T) {
	type sheet struct {
		name   string
		hidden bool
		rows   int // that hold something
		last   int // number of the last
		line   int // physical line of the last
	}
	counts := map[string]struct {
		Data   int `json:"data_rows"`
		Footer int `json:"footer_rows"`
		Titles int `json:"title_rows"`
		Inside int `json:"header_rows_repeated_inside"`
	}{}
	plain := func(name string) int {
		c := counts[name]
		if name != "客户台账_杭州城西网点.xlsx" {
			truth(t, name, &c)
		}
		return c.Data + c.Footer + c.Titles + c.Inside
	}
	tests := []struct {
		file     string
		format   string
		encoding string
		sheets   []sheet
	}{
		// 2 titles, 2 headings, 284 rows, 6 group headings, 6 subtotals, total, signature
		{"客户台账_杭州城西网点.xlsx", "xlsx", "", []sheet{{"客户台账", false, 2 + 2 + 284 + 6 + 6 + 1 + 1, 311, 0}, {"2022旧表", true, 41, 41, 0}}},
		{"老系统导出_GB18030.csv", "csv", "GB18030", []sheet{{"CSV", false, 1 + plain("老系统导出_GB18030.csv"), 1202, 1327}}},
		{"平台导出.xls", "html", "UTF-8", []sheet{{"HTML", false, 1 + plain("平台导出.xls"), 306, 0}}},
		{"微信整理_WPS.xlsx", "xlsx", "", []sheet{{"Sheet1", false, 1 + plain("微信整理_WPS.xlsx"), 81, 0}}},
		{"运单明细_2026年10月.xlsx", "xlsx", "", []sheet{{"运费明细", false, 3 + 3 + plain("运单明细_2026年10月.xlsx"), 5006, 0}}},
		{"回款记录.csv", "csv", "UTF-8", []sheet{{"CSV", false, 1 + plain("回款记录.csv"), 649, 649}}},
		// title, heading, ten months, the note at the end
		{"投诉登记本.xlsx", "xlsx", "", []sheet{{"2026", false, 1 + 1 + 10 + 1 + plain("投诉登记本.xlsx"), 164, 0}}},
		{"拜访记录.xlsx", "xlsx", "", []sheet{{"陈立舟", false, 133, 133, 0}, {"沈雨桐", false, 119, 119, 0}, {"周砚青", false, 126, 126, 0}, {"何家骏", false, 111, 111, 0}, {"吴霜", false, 116, 116, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b := sample(t, tt.file)
			in := b.Info()
			if in.Format != tt.format || in.Encoding != tt.encoding || len(in.Sheets) != len(tt.sheets) {
				t.Fatalf("got %+v", in)
			}
			for i, want := range tt.sheets {
				if in.Sheets[i].Name != want.name || in.Sheets[i].Hidden != want.hidden {
					t.Errorf("sheet %d is %+v, want %+v", i, in.Sheets[i], want)
				}
				rows := all(t, b, want.name)
				last := rows[len(rows)-1]
				if len(rows) != want.rows || last.Number != want.last || last.Line != want.line {
					t.Errorf("%s: %d rows, last %d at line %d, want %+v", want.name, len(rows), last.Number, last.Line, want)
				}
			}
		})
	}
}
