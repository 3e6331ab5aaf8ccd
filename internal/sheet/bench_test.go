package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
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

// benchFile is a workbook with shared texts, as Excel writes them; built once.
func benchFile(b *testing.B) string {
	b.Helper()
	path := os.TempDir() + "/sheet-bench-100k.xlsx"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	f := excelize.NewFile()
	defer f.Close()
	style, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	day := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range benchRows {
		for j, c := range benchRow(i, day) {
			name, _ := excelize.CoordinatesToCellName(j+1, i+1)
			switch c.Kind {
			case Text:
				f.SetCellStr("Sheet1", name, c.Text)
			case Date:
				f.SetCellFloat("Sheet1", name, c.Num, -1, 64)
				f.SetCellStyle("Sheet1", name, name, style)
			default:
				f.SetCellFloat("Sheet1", name, c.Num, -1, 64)
			}
		}
	}
	if err := f.SaveAs(path); err != nil {
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
