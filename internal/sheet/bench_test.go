package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// The size that an import and an export are measured by.
const benchRows, benchCols = 100_000, 15

func benchRow(i int, day time.Time) []Cell {
	return []Cell{
		NumberOf(float64(i)), TextOf(fmt.Sprintf("杭州岚蘅尔宠物用品%d有限公司", i)), TextOf("企业客户"), TextOf("A"), TextOf("淘宝"),
		TextOf("杨永康"), TextOf(fmt.Sprintf("138%08d", i)), TextOf(fmt.Sprintf("杭州市富阳区霁月巷%d号1幢606室", i%900)), TextOf("现结"), TextOf(fmt.Sprintf("571%07d", i)),
		NumberOf(30), NumberOf(float64(i%5000) / 100), TextOf("沈雨桐"), DayOf(day.AddDate(0, 0, i%1500)), TextOf("易碎品多，需加气泡膜"),
	}
}

// benchFile is a workbook as Excel writes them, with a table of shared texts.
func benchFile(b *testing.B) string {
	b.Helper()
	var data, texts bytes.Buffer
	known := map[string]int{}
	day := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range benchRows {
		fmt.Fprintf(&data, `<row r="%d" spans="1:15">`, i+1)
		for j, c := range benchRow(i, day) {
			name := fmt.Sprint(columnName(j), i+1)
			switch c.Kind {
			case Text:
				n, ok := known[c.Text]
				if !ok {
					n = len(known)
					known[c.Text] = n
					fmt.Fprintf(&texts, `<si><t>%s</t></si>`, escaped(c.Text))
				}
				fmt.Fprintf(&data, `<c r="%s" t="s"><v>%d</v></c>`, name, n)
			case Date:
				fmt.Fprintf(&data, `<c r="%s" s="1"><v>%v</v></c>`, name, c.Num)
			default:
				fmt.Fprintf(&data, `<c r="%s"><v>%s</v></c>`, name, c.Text)
			}
		}
		data.WriteString(`</row>`)
	}
	raw := pack(b,
		"_rels/.rels", `<Relationships xmlns="`+packNS+`/relationships"><Relationship Id="a" Type="`+docNS+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns="`+mainNS+`" xmlns:r="`+docNS+`"><sheets><sheet name="Sheet1" sheetId="1" r:id="s"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships xmlns="`+packNS+`/relationships"><Relationship Id="s" Type="`+docNS+`/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="`+docNS+`/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="y" Type="`+docNS+`/styles" Target="styles.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet xmlns="`+mainNS+`"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", fmt.Sprintf(`<sst xmlns="%s" uniqueCount="%d">%s</sst>`, mainNS, len(known), texts.String()),
		sheet1, `<worksheet xmlns="`+mainNS+`"><dimension ref="A1:O100000"/><sheetData>`+data.String()+`</sheetData></worksheet>`)
	path := filepath.Join(b.TempDir(), "bench.xlsx")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// peak reports the most heap in use while f runs, in MiB.
func peak(b *testing.B, f func()) {
	b.Helper()
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(stop)
	<-done
	b.ReportMetric(float64(most.Load())/(1<<20), "peak-MiB")
}

func BenchmarkRead100k(b *testing.B) {
	path := benchFile(b)
	b.Run("sheet", func(b *testing.B) {
		runtime.GC()
		peak(b, func() {
			for b.Loop() {
				book, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for r, err := range book.Rows(context.Background(), "") {
					if err != nil {
						b.Fatal(err)
					}
					n += len(r.Cells)
				}
				if n != benchRows*benchCols {
					b.Fatal(n)
				}
				book.Close()
			}
		})
	})
	b.Run("excelize", func(b *testing.B) {
		runtime.GC()
		peak(b, func() {
			for b.Loop() {
				f, err := excelize.OpenFile(path)
				if err != nil {
					b.Fatal(err)
				}
				rows, err := f.Rows("Sheet1")
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for rows.Next() {
					cols, err := rows.Columns()
					if err != nil {
						b.Fatal(err)
					}
					n += len(cols)
				}
				if n != benchRows*benchCols {
					b.Fatal(n)
				}
				rows.Close()
				f.Close()
			}
		})
	})
}

func BenchmarkWrite100k(b *testing.B) {
	day := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	b.Run("sheet", func(b *testing.B) {
		runtime.GC()
		peak(b, func() {
			for b.Loop() {
				w, err := NewWriter(io.Discard, XLSX, Layout{Columns: make([]Column, benchCols)})
				if err != nil {
					b.Fatal(err)
				}
				for i := range benchRows {
					if err := w.Write(benchRow(i, day)); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("excelize", func(b *testing.B) {
		runtime.GC()
		peak(b, func() {
			for b.Loop() {
				f := excelize.NewFile()
				w, err := f.NewStreamWriter("Sheet1")
				if err != nil {
					b.Fatal(err)
				}
				values := make([]any, benchCols)
				for i := range benchRows {
					for j, c := range benchRow(i, day) {
						values[j] = c.Text
						if c.Kind == Number || c.Kind == Date {
							values[j] = c.Num
						}
					}
					name, _ := excelize.CoordinatesToCellName(1, i+1)
					if err := w.SetRow(name, values); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Flush(); err != nil {
					b.Fatal(err)
				}
				if _, err := f.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	})
}

func BenchmarkReadCSV100k(b *testing.B) {
	var out bytes.Buffer
	w, err := NewWriter(&out, CSV, Layout{Columns: make([]Column, benchCols)})
	if err != nil {
		b.Fatal(err)
	}
	for i := range benchRows {
		if err := w.Write(benchRow(i, time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := OpenReader(bytes.NewReader(out.Bytes()), int64(out.Len()), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range book.Rows(context.Background(), "") {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
