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

// bareRows is how many rows bareBill takes at most.
const bareRows = 1_000_000

// bareBill is what the least of it costs a row: encoding/csv reads the file, and
// each row goes as it is into a table with one index, in one transaction.
func bareBill(b *testing.B, path string) time.Duration {
	b.Helper()
	dir, err := os.MkdirTemp(b.TempDir(), "")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it goes with the other folder
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
	bare, err := sql.Open("sqlite", filepath.Join(dir, "bare.db"))
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
	rows := 0
	for rows < bareRows {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		rows++
		must(err)
		for i := range args {
			args[i] = row[i]
		}
		_, err = stmt.Exec(args...)
		must(err)
	}
	must(tx.Commit())
	return (worked(b) - began) / time.Duration(max(rows-1, 1)) // the headings are one
}

// BenchmarkBill brings a carrier's bill as CSV, from the upload to the last
// part, into a branch of 2,000 clients: in two steps as the page has it, and
// straight as the command takes a large one. It reports rows a second, the
// seconds that the upload (put), the whole (all) and the recount of the sums
// after it took, processor time in microseconds a row and as a multiple of
// bareBill's, that of the judgement where it is a step, the memory of the
// process at most and beyond that before, and for how long another writer waited
// at most. YIKE_BENCH_SIZES names other sizes; of millions only the straight way
// is taken. Ten of them write a folder of some 12 GB, which TMPDIR places:
//
//	YIKE_BENCH_SIZES=10000000 go test -run ^$ -bench Bill -benchtime 1x -timeout 2h ./internal/jobs
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
		for _, straight := range []bool{false, true} {
			if n > 2_000_000 && !straight {
				continue
			}
			b.Run(fmt.Sprintf("%s/straight=%t", size, straight), func(b *testing.B) {
				for range b.N {
					benchBill(b, n, straight)
				}
			})
		}
	}
}

func benchBill(b *testing.B, n int, straight bool) {
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
	hash, err := s.PutFile(ctx, f, "application/octet-stream", s.Now().Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	put := time.Since(began)
	id, err := s.CreateImport(ctx, s.boss, db.Submission{}, db.NewImport{Kind: db.ImportWaybills, FileName: "bill.csv", FileHash: hash, Branch: s.West, Options: db.ImportOptions{Straight: straight}})
	if err != nil {
		b.Fatal(err)
	}
	s.run.RunTasks(ctx)
	m := s.read(id)
	judged := worked(b) - at
	if !straight {
		m = s.apply(m)
	}
	took, cpu := time.Since(began), worked(b)-at
	close(stop)
	watch.Wait()
	s.want("the bill", m, "applied", [4]int64{int64(n), 0, 0, 0})
	recount := time.Now()
	s.sumsRight("after the bill")
	b.ReportMetric(time.Since(recount).Seconds(), "s_recount")
	b.ReportMetric(put.Seconds(), "s_put")
	b.ReportMetric(took.Seconds(), "s_all")
	b.ReportMetric(float64(n)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu_µs/row")
	if !straight {
		b.ReportMetric(float64(judged.Microseconds())/float64(n), "judge_µs/row")
	}
	b.ReportMetric(cpu.Seconds()/float64(n)/yardstick.Seconds(), "x_bare")
	b.ReportMetric(float64(peak-min(before, peak))/(1<<20), "MB_more")
	b.ReportMetric(float64(peak)/(1<<20), "MB_peak")
	b.ReportMetric(float64(longest.Milliseconds()), "ms_writer_waits")
}
