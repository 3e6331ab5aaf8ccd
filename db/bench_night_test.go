//go:build unix

package db

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"yike/policy"
	"yike/policy/day"
)

// nightBranches share the clients of the benchmark.
const nightBranches = 8

// nightDB is a company with n clients and the sums of ten times as many
// parcels over twelve months. The sums are written as such: a night reads no
// parcels.
func nightDB(b *testing.B, n int, on day.Day) *DB {
	b.Helper()
	ctx, system := context.Background(), policy.SystemActor("bench")
	d, err := Open(ctx, Config{DSN: filepath.Join(b.TempDir(), "yike.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	if _, err := d.SetUpCompany(ctx, system, SetUp{Company: "岚翎速递", HeadOffice: "总部", Branch: "一号网点", BranchCode: "B1", Admin: UserInput{Username: "admin", Name: "管理员", PasswordHash: "-"}}); err != nil {
		b.Fatal(err)
	}
	head, branches := d.HeadOffice(), []int64{}
	for i := 2; i <= nightBranches; i++ {
		if _, err := d.CreateBranch(ctx, system, BranchInput{ParentID: head, Level: LevelBranch, Name: fmt.Sprintf("%d号网点", i), Code: fmt.Sprintf("B%d", i)}); err != nil {
			b.Fatal(err)
		}
	}
	for _, x := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if x.ParentID != 0 {
			branches = append(branches, x.ID)
		}
	}
	one, err := d.CreateCustomer(ctx, system, Submission{}, Customer{BranchID: branches[0], Name: "样板", Industry: "服饰", Class: "C"})
	if err != nil {
		b.Fatal(err)
	}
	var columns []string
	if err := d.eachRow(ctx, `SELECT name FROM pragma_table_info('customers')`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		columns = append(columns, name)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for from := 0; from < n; from += 20_000 {
		to := min(n, from+20_000)
		values := slices.Clone(columns)
		for i, name := range values {
			switch name {
			case "id":
				values[i] = "1000 + i"
			case "code":
				values[i] = "'N' || i"
			case "branch_id":
				values[i] = fmt.Sprintf("CASE i %% %d", nightBranches)
				for k, id := range branches {
					values[i] += fmt.Sprintf(" WHEN %d THEN %d", k, id)
				}
				values[i] += " END"
			}
		}
		fill := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d) INSERT INTO customers (%s) SELECT %s FROM n, customers c WHERE c.id = %d`,
			from, to, strings.Join(columns, ", "), strings.Join(values, ", "), one)
		if err := d.Raw(fill); err != nil {
			b.Fatal(err)
		}
		months := []string{}
		for k := range 12 {
			months = append(months, fmt.Sprintf("(%d, '%s')", k, on.MonthStart().AddMonths(-1 - k).String()[:7]))
		}
		// About half of the months have a parcel or three; freight is spread widely.
		sums := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d), m(k, month) AS (VALUES %s)
			INSERT INTO customer_months (customer_id, month, waybills, pieces, freight_fen, weight_g, signed, exceptions, habits)
			SELECT 1000 + i, month, 1 + (i + k) %% 3, 1 + (i + k) %% 3, ((i * 7919) %% 997) * ((i * 31 + k) %% 53) * 20, 1000, 1, 0, '3:1 ' || (10 + (i + k) %% 18) || ':1|9:1 14:1|standard:2|monthly:2|330100:1 440100:1'
			FROM n, m WHERE (i * 5 + k * 3) %% 9 < 5`, from, to, strings.Join(months, ", "))
		if err := d.Raw(sums); err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Raw(`ANALYZE`); err != nil {
		b.Fatal(err)
	}
	return d
}

// shipOtherwise gives one of fifty clients other sums, as the writer of their
// parcels does.
func shipOtherwise(b *testing.B, d *DB, n int, rest int64) {
	b.Helper()
	if err := d.Raw(fmt.Sprintf(`UPDATE customer_months SET freight_fen = freight_fen * 9 / (1 + 16 * (customer_id / 50 %% 2)) WHERE customer_id %% 50 = %d`, rest)); err != nil {
		b.Fatal(err)
	}
	var ids []int64
	for id := 1000 + (rest+50-1000%50)%50; id < int64(1000+n); id += 50 {
		ids = append(ids, id)
	}
	if err := d.write(context.Background(), func(tx *Tx) error { return tx.noteFigures(context.Background(), ids) }); err != nil {
		b.Fatal(err)
	}
}

// worked is the processor time of the process so far, in seconds.
func worked(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// saveBeside is somebody who saves again and again; what it returns ends that
// and says how long each time took, the shortest first.
func saveBeside(b *testing.B, d *DB) func() []time.Duration {
	stop, waited := make(chan struct{}), make(chan []time.Duration)
	go func() {
		var list []time.Duration
		for {
			select {
			case <-stop:
				waited <- list
				return
			case <-time.After(5 * time.Millisecond):
			}
			began := time.Now()
			if err := d.write(context.Background(), func(*Tx) error { return nil }); err != nil {
				b.Error(err)
			}
			list = append(list, time.Since(began))
		}
	}()
	return func() []time.Duration {
		close(stop)
		list := <-waited
		slices.Sort(list)
		return list
	}
}

// BenchmarkNight is the night's work over all branches after two of a hundred
// clients have shipped otherwise: in the middle of a month labels only, on its
// first day every label anew and the classes; and how long somebody who saves
// beside it waits. Goal for 1,000,000 clients with 10,000,000 parcels: at most
// 4 s, the writer never held over 20 ms.
//
//	YIKE_BENCH_SIZES=100000,1000000 go test -run ^$ -bench Night -benchtime 1x -timeout 1h ./db
func BenchmarkNight(b *testing.B) {
	if os.Getenv("YIKE_BENCH_SIZES") == "" {
		b.Setenv("YIKE_BENCH_SIZES", "10000")
	}
	for _, n := range benchSizes() {
		ctx, system, on := context.Background(), policy.SystemActor("bench"), day.MustParse("2026-11-20")
		d := nightDB(b, n, on)
		night := func(on day.Day) (int64, int64) {
			var labels, proposed atomic.Int64
			if err := d.EachOpenBranch(ctx, system, func(ctx context.Context, branch int64) error {
				l, err := d.LabelBranch(ctx, system, branch, on)
				if err != nil {
					return err
				}
				p, err := d.ProposeClasses(ctx, system, branch, on, false)
				labels.Add(int64(l))
				proposed.Add(int64(p))
				return err
			}); err != nil {
				b.Fatal(err)
			}
			return labels.Load(), proposed.Load()
		}
		run := func(b *testing.B, next func() day.Day) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				shipOtherwise(b, d, n, int64(i%50))
				waits := saveBeside(b, d)
				b.StartTimer()
				start, cpu := time.Now(), worked(b)
				on = next()
				labels, proposed := night(on)
				b.StopTimer()
				b.ReportMetric(time.Since(start).Seconds(), "s")
				b.ReportMetric(worked(b)-cpu, "cpu-s")
				if list := waits(); len(list) > 0 {
					b.ReportMetric(float64(list[len(list)*95/100].Microseconds())/1000, "ms-wait-p95")
					b.ReportMetric(float64(list[len(list)-1].Microseconds())/1000, "ms-wait-most")
				}
				b.ReportMetric(float64(labels), "labels")
				b.ReportMetric(float64(proposed), "proposed")
				b.StartTimer()
			}
		}
		start := time.Now()
		night(on)
		b.Logf("%d clients named for the first time in %.1f s", n, time.Since(start).Seconds())
		b.Run(fmt.Sprintf("%d/a night", n), func(b *testing.B) { run(b, func() day.Day { return on.Add(1) }) })
		b.Run(fmt.Sprintf("%d/a month", n), func(b *testing.B) { run(b, func() day.Day { return on.MonthStart().AddMonths(1) }) })
	}
}
