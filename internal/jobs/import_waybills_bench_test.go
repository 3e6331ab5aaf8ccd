//go:build unix

package jobs_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
)

// billFile writes a carrier's bill of n parcels: of October, by 2,000 clients
// and, one in twenty-five, by 300 senders who are none, in the order in which
// they were sent.
func billFile(b *testing.B, n int) string {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "bill.csv"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString("运单号,订单号,寄件日期,寄件客户,月结账号,收件人,收件电话,目的地,产品,重量(kg),件数,运费(元),付款方式,运单状态,揽收员,派件员\n")
	places := []string{"浙江省杭州市", "广东省深圳市", "江苏省苏州市", "北京市", "四川省成都市", "湖北省武汉市", "上海市", "福建省厦门市"}
	rnd := uint64(7)
	pick := func(n int) int {
		rnd = rnd*6364136223846793005 + 1442695040888963407
		return int(rnd>>33) % n
	}
	for i := range n {
		name, account := "", ""
		if i%25 == 0 {
			name = fmt.Sprintf("散客%03d工作室", pick(300))
		} else {
			k := pick(2000)
			name, account = fmt.Sprintf("杭州%c%05d贸易行", []rune("岚麓禾朔")[k%4], k), fmt.Sprintf("5718%07d", k)
		}
		_, _ = fmt.Fprintf(w, "30261%010d,PO%09d,2026-10-%02d %02d:%02d:00,%s,%s,%s,138%08d,%s,%s,%d.%d,1,%d.%d0,%s,%s,杨永康,胡思源\n", i, i, 1+i*31/n, pick(24), pick(60), name, account,
			[]string{"沈雨桐", "周砚青", "盖雪"}[pick(3)], pick(100_000_000), places[pick(8)], []string{"标快", "特惠"}[pick(2)], 1+pick(5), pick(10), 6+pick(20), pick(10),
			[]string{"月结", "寄付", "到付"}[pick(3)], []string{"已签收", "已签收", "已签收", "派送中"}[pick(4)])
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return f.Name()
}

// worked is the processor time of the process so far.
func worked(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareBill is what the least of it costs: encoding/csv reads the file, and
// each row goes as it is into a table with one index, in one transaction.
func bareBill(b *testing.B, path string) time.Duration {
	b.Helper()
	began := worked(b)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	f, err := os.Open(path)
	must(err)
	defer f.Close()
	bare, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "bare.db"))
	must(err)
	defer bare.Close()
	bare.SetMaxOpenConns(1)
	_, err = bare.Exec(`PRAGMA journal_mode = WAL; CREATE TABLE bare (c0 TEXT PRIMARY KEY, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15) WITHOUT ROWID`)
	must(err)
	tx, err := bare.Begin()
	must(err)
	stmt, err := tx.Prepare(`INSERT INTO bare VALUES (?` + strings.Repeat(", ?", 15) + `)`)
	must(err)
	r := csv.NewReader(f)
	r.ReuseRecord = true
	args := make([]any, 16)
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		must(err)
		for i := range args {
			args[i] = row[i]
		}
		_, err = stmt.Exec(args...)
		must(err)
	}
	must(tx.Commit())
	return worked(b) - began
}

// BenchmarkBill brings a carrier's bill as CSV, from the upload to the last
// part, into a branch of 2,000 clients. It reports rows a second, processor
// time in microseconds a row and as a multiple of bareBill's, that of the
// judgement alone, the memory of the process beyond that before, and for how
// long another writer waited at most. YIKE_BENCH_SIZES names other sizes:
//
//	YIKE_BENCH_SIZES=1000000 go test -run ^$ -bench Bill -benchtime 1x -timeout 1h ./internal/jobs
func BenchmarkBill(b *testing.B) {
	sizes := os.Getenv("YIKE_BENCH_SIZES")
	if sizes == "" {
		sizes = "100000"
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(size, func(b *testing.B) {
			for range b.N {
				benchBill(b, n)
			}
		})
	}
}

func benchBill(b *testing.B, n int) {
	ctx := context.Background()
	s, _ := openBranch(b)
	if _, err := s.LoadCustomers(ctx, policy.SystemActor("bench"), func(yield func(db.LoadItem) bool) {
		for i := range 2000 {
			c := db.Customer{BranchID: s.West, Name: fmt.Sprintf("杭州%c%05d贸易行", []rune("岚麓禾朔")[i%4], i), Kind: "enterprise", State: "reviewed",
				AccountNo: fmt.Sprintf("5718%07d", i), CreatedAt: s.Clock.Now().Add(-24 * time.Hour).UnixMilli(), Phones: []string{fmt.Sprintf("1390%07d", i)}}
			if !yield(db.LoadItem{Customer: c}) {
				return
			}
		}
	}, nil); err != nil {
		b.Fatal(err)
	}
	path := billFile(b, n)
	yardstick := bareBill(b, path)
	debug.FreeOSMemory()
	before, peak := inUse(b), uint64(0)
	stop := make(chan struct{})
	var longest time.Duration
	var watch sync.WaitGroup
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
	began, at := time.Now(), worked(b)
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	m := s.bringFile(db.ImportWaybills, "bill.csv", f, db.ImportOptions{})
	judged := worked(b) - at
	m = s.apply(m)
	took, cpu := time.Since(began), worked(b)-at
	close(stop)
	watch.Wait()
	s.want("the bill", m, "applied", [4]int64{int64(n), 0, 0, 0})
	s.sumsRight("after the bill")
	b.ReportMetric(float64(n)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu_µs/row")
	b.ReportMetric(float64(judged.Microseconds())/float64(n), "judge_µs/row")
	b.ReportMetric(cpu.Seconds()/yardstick.Seconds(), "x_bare")
	b.ReportMetric(float64(peak-min(before, peak))/(1<<20), "MB_more")
	b.ReportMetric(float64(peak)/(1<<20), "MB_peak")
	b.ReportMetric(float64(longest.Milliseconds()), "ms_writer_waits")
}
