package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/phone"
)

// book is a workbook of n customers with 15 columns, as a branch has them.
func book(b *testing.B, n, from int) []byte {
	b.Helper()
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	heads := []any{"客户名称", "客户类型", "客户等级", "来源", "联系人", "联系电话", "地址", "结算方式", "月结账号", "账期（天）", "授信额度", "负责人", "建档日期", "月均件量", "备注"}
	if err := w.SetRow("A1", heads); err != nil {
		b.Fatal(err)
	}
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	for i := range n {
		k := from + i
		row := []any{fmt.Sprintf("杭州%s%s%s%05d有限公司", pick("岚", "麓", "禾", "朔"), pick("蘅", "峤", "杪", "澈"), pick("宠物用品", "食品", "女装", "五金"), k),
			pick("电商客户", "企业客户", "个人客户"), pick("A", "B", "C", ""), pick("淘宝", "拼多多", "企业"), pick("杨永康", "胡思源", "盖雪"),
			fmt.Sprintf("1%d0000%04d", 30+k/10000, k%10000), fmt.Sprintf("杭州市西湖区霁月巷%d号", rng.IntN(900)+1), pick("现结", "月结"), fmt.Sprintf("5719%07d", k), 30, 5000,
			pick("沈雨桐", "周砚青", "何家骏"), "2024-05-18", rng.IntN(900), pick("", "易碎品多", "老客户")}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), row); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// bare is excelize's own reading of a workbook: the yardstick.
func bare(b *testing.B, raw []byte) time.Duration {
	b.Helper()
	started := time.Now()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	rows, err := f.Rows("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return time.Since(started)
}

// BenchmarkImport brings a workbook of 100,000 customers with 15 columns into
// a database that holds 100,000, from the upload to the commit, with every
// check and index. It reports how many times excelize's bare reading of the
// same file that took, the memory beyond that before, and for how long another
// writer waited at most.
func BenchmarkImport(b *testing.B) {
	const n = 100_000
	clock := dbtest.NewClock(dbtest.Start)
	s := newBranch(b, dbtest.NewWorld(b, dbtest.Open(b, clock), clock))
	first, second := book(b, n, 0), book(b, n, n)
	if _, p := phone.Parse("13000000001", ""); p.Code != "" {
		b.Fatal("the numbers of this benchmark are none")
	}
	m := s.apply(s.bringBytes(db.ImportCustomers, "first.xlsx", first, db.ImportOptions{}))
	s.want("first", m, "applied", [4]int64{n, 0, 0, 0})
	for range 1 { // a second run would find the same customers on record
		b.StopTimer()
		yardstick := bare(b, second)
		runtime.GC()
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		before, peak := mem.HeapInuse, uint64(0)
		stop := make(chan struct{})
		var wait, read atomic.Int64
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				var mem runtime.MemStats
				runtime.ReadMemStats(&mem)
				peak = max(peak, mem.HeapInuse)
				at := time.Now()
				if _, err := s.Imports(context.Background(), s.boss.Scope("imports.run"), 0, 10); err == nil {
					read.Store(max(read.Load(), time.Since(at).Milliseconds()))
				}
			}
		}()
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				at := time.Now()
				if err := s.SetUserSetting(context.Background(), s.boss, "bench", "1"); err == nil {
					wait.Store(max(wait.Load(), time.Since(at).Milliseconds()))
				}
			}
		}()
		b.StartTimer()
		started := time.Now()
		m := s.bringBytes(db.ImportCustomers, "second.xlsx", second, db.ImportOptions{})
		judged := time.Since(started)
		m = s.apply(m)
		took := time.Since(started)
		b.StopTimer()
		close(stop)
		s.want("second", m, "applied", [4]int64{n, 0, 0, 0})
		b.ReportMetric(took.Seconds()/yardstick.Seconds(), "x_bare_read")
		b.ReportMetric(judged.Seconds()/yardstick.Seconds(), "x_judged")
		b.ReportMetric(float64(peak-min(before, peak))/(1<<20), "MB_more")
		b.ReportMetric(float64(wait.Load()), "ms_writer_waits")
		b.ReportMetric(float64(read.Load()), "ms_reader_waits")
	}
}
