package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
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

// inUse is the memory of the process in bytes, as the system counts it: what
// SQLite takes is none of Go's heap.
func inUse(b *testing.B) uint64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		return mem.Sys
	}
	var size, resident uint64
	if _, err := fmt.Sscan(string(raw), &size, &resident); err != nil {
		b.Fatal(err)
	}
	return resident * uint64(os.Getpagesize())
}

// lists reads the first page of the branch's list until told to stop and
// returns the median time of one.
func (b *branch) lists(stop <-chan struct{}) time.Duration {
	scope := b.boss.Scope(policy.CustomerRead)
	var took []time.Duration
	for {
		select {
		case <-stop:
			slices.Sort(took)
			return took[len(took)/2]
		case <-time.After(20 * time.Millisecond):
		}
		at := time.Now()
		if _, err := b.Customers(context.Background(), scope, db.CustomerFilter{Branch: b.West, Sort: "name", Limit: 50, WithPhones: true, WithTags: true}); err != nil {
			b.t.Error(err)
		}
		took = append(took, time.Since(at))
	}
}

// BenchmarkImport brings a workbook of 100,000 customers with 15 columns into
// a database that holds 100,000, from the upload to the commit, with every
// check and index. It reports how many times excelize's bare reading of the
// same file that took, and the judgement's share of it; the memory of the
// process beyond that before; for how long another writer waited at most; and
// how many times longer than before the list's first page took meanwhile, at
// the median.
func BenchmarkImport(b *testing.B) {
	const n = 100_000
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	s := newBranch(b, dbtest.Company(b, clock))
	if _, err := s.LoadCustomers(ctx, policy.SystemActor("bench"), func(yield func(db.LoadItem) bool) {
		for i := range n {
			c := db.Customer{BranchID: s.West, Name: fmt.Sprintf("杭州%c%05d贸易行", []rune("岚麓禾朔")[i%4], i), Kind: "enterprise", Class: []string{"A", "B", "C", ""}[i%4],
				State: "reviewed", CityCode: "330100", AccountNo: fmt.Sprintf("5718%07d", i), CreatedAt: clock.Now().Add(-24 * time.Hour).UnixMilli(), Phones: []string{fmt.Sprintf("1390%07d", i)}}
			if !yield(db.LoadItem{Customer: c, Contacts: []db.Contact{{Name: "杨永康", Primary: true}}}) {
				return
			}
		}
	}, nil); err != nil {
		b.Fatal(err)
	}
	raw := book(b, n, n)
	for range 1 { // a second run would find the same customers on record
		b.StopTimer()
		yardstick := bare(b, raw)
		idle := make(chan struct{})
		time.AfterFunc(3*time.Second, func() { close(idle) })
		before := s.lists(idle)
		debug.FreeOSMemory()
		memory, peak := inUse(b), uint64(0)
		stop := make(chan struct{})
		var longest time.Duration
		var meanwhile time.Duration
		var watch sync.WaitGroup
		watch.Go(func() { meanwhile = s.lists(stop) })
		watch.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
				peak = max(peak, inUse(b))
				at := time.Now()
				if err := s.SetUserSetting(ctx, s.boss, "bench", "1"); err != nil {
					b.Error(err)
				}
				longest = max(longest, time.Since(at))
			}
		})
		b.StartTimer()
		started := time.Now()
		m := s.bringBytes(db.ImportCustomers, "second.xlsx", raw, db.ImportOptions{})
		judged := time.Since(started)
		m = s.apply(m)
		took := time.Since(started)
		b.StopTimer()
		close(stop)
		watch.Wait()
		s.want("second", m, "applied", [4]int64{n, 0, 0, 0})
		b.ReportMetric(took.Seconds()/yardstick.Seconds(), "x_bare_read")
		b.ReportMetric(judged.Seconds()/yardstick.Seconds(), "x_judged")
		b.ReportMetric(float64(peak-min(memory, peak))/(1<<20), "MB_more")
		b.ReportMetric(float64(longest.Milliseconds()), "ms_writer_waits")
		b.ReportMetric(meanwhile.Seconds()/before.Seconds(), "x_list")
	}
}
