package bench

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// BenchmarkYear: reports over twelve months of the whole company and of a
// branch. The goal of database time, 10 ms at 10,000,000 parcels, is measured by
// BenchmarkReports.
func BenchmarkYear(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		last := day.At(dbtest.Start, db.Zone).MonthStart().AddMonths(-1)
		span := "?from=" + last.AddMonths(-11).String()[:7] + "&to=" + last.String()[:7]
		for _, name := range []string{"business", "clients", "moves", "churn", "pareto", "people"} {
			page(b, s, f, name+" of a branch", boss, "/reports/"+name+span)
			page(b, s, f, name+" of the company", "admin", "/reports/"+name+span)
		}
		page(b, s, f, "cases of the company", "admin", "/cases/figures"+span)
	})
}

// BenchmarkPreview: what a plan of greetings and a rule of classes would come
// to, in multiples of FP. Goal for a plan over 1,000,000 contacts: 3 s.
func BenchmarkPreview(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		ctx, system, d := context.Background(), policy.SystemActor("bench"), s.app.DB
		today := day.At(dbtest.Start, db.Zone)
		act(b, f, "greetings, classes A and B", func() error {
			_, err := d.PreviewGreetings(ctx, system.Scope(policy.GreetingRead), db.GreetingAsked{Occasion: festival.Spring, On: today.String(),
				Plan: greeting.Plan{On: true, Classes: []string{"A", "B"}, Treats: map[string]greeting.Treat{"A": {Gift: "茶叶", Budget: 8800}}}})
			return err
		})
		act(b, f, "classes by other shares", func() error {
			_, err := d.PreviewRules(ctx, system.Scope(policy.ClassRule), db.RuleTry{Rule: db.RuleClasses, On: today, Set: func(r *classify.Rules) { r.Classes.Every = 3 }})
			return err
		})
	})
}

// act measures something long beside the yardstick: each round is one of it and
// some pages of the other.
func act(b *testing.B, f *fp, name string, do func() error) {
	b.Run(name, func(b *testing.B) {
		var took, ratio []float64
		one := func() {
			var pages []float64
			for range round() {
				start := time.Now()
				if err := f.fetch(); err != nil {
					b.Fatal(err)
				}
				pages = append(pages, float64(time.Since(start).Microseconds())/1000)
			}
			start := time.Now()
			if err := do(); err != nil {
				b.Fatal(err)
			}
			ms := float64(time.Since(start).Microseconds()) / 1000
			took, ratio = append(took, ms), append(ratio, ms/median(pages))
		}
		for b.Loop() {
			one()
		}
		for len(took) < 3 {
			one()
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(took), "p50-ms")
		b.ReportMetric(median(ratio), "xFP")
		reportAllocs(b, do)
	})
}

// BenchmarkReclassify: the first night of a month, on which every label and every
// class is looked at anew, over all branches. Goal: 4 s at 1,000,000 clients with
// 10,000,000 parcels.
func BenchmarkReclassify(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		s.spent(b)
		ctx, system, d := context.Background(), policy.SystemActor("bench"), s.app.DB
		on := day.At(dbtest.Start, db.Zone).MonthStart().AddMonths(1)
		act(b, f, "a month", func() error {
			night := on
			on = on.AddMonths(1)
			return d.EachOpenBranch(ctx, system, func(ctx context.Context, branch int64) error {
				if _, err := d.LabelBranch(ctx, system, branch, night); err != nil {
					return err
				}
				_, err := d.ProposeClasses(ctx, system, branch, night, false)
				return err
			})
		})
	})
}

// BenchmarkImport: a workbook of clients with fifteen columns, from the upload to
// the commit, with every check and index; as many rows as there are clients, at
// most 100,000, with -short a tenth. Goal: at most three times excelize's bare
// reading of the same file.
func BenchmarkImport(b *testing.B) {
	each(b, func(b *testing.B, s *site, _ *fp) {
		s.spent(b)
		b.Run("customers", func(b *testing.B) {
			rows, from := min(s.size, 100_000), 0
			if testing.Short() {
				rows /= 10
			}
			var ratio, judged, took, more []float64
			one := func() {
				raw := workbook(b, rows, from)
				from += rows
				yardstick := bareRead(b, raw)
				stop := memory()
				start := time.Now()
				id := s.upload(b, raw)
				m := s.settled(b, id, "judged")
				judged = append(judged, time.Since(start).Seconds()/yardstick.Seconds())
				s.applies(b, id, m.Version)
				m = s.settled(b, id, "applied")
				all := time.Since(start)
				took, ratio, more = append(took, all.Seconds()), append(ratio, all.Seconds()/yardstick.Seconds()), append(more, stop())
				if m.Creates != int64(rows) {
					b.Fatalf("%d of %d rows became clients", m.Creates, rows)
				}
			}
			for b.Loop() {
				one()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(took), "s")
			b.ReportMetric(median(ratio), "x-bare-read")
			b.ReportMetric(median(judged), "x-judged")
			b.ReportMetric(quantile(more, 1), "MB-more")
			b.ReportMetric(float64(rows)/median(took), "rows/s")
		})
	})
}

// upload sends a workbook as the page does and returns its import.
func (s *site) upload(b *testing.B, raw []byte) int64 {
	b.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"kind": db.ImportCustomers, "submission": fmt.Sprintf("bench-import-%d", time.Now().UnixNano())} {
		if err := form.WriteField(name, value); err != nil {
			b.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "bench.xlsx")
	if err == nil {
		_, err = part.Write(raw)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, s.app.URL()+"/imports", &body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", s.as(b, boss))
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	id := db.ParseID(strings.TrimPrefix(res.Header.Get("Location"), "/imports/"))
	if res.StatusCode != http.StatusSeeOther || id == 0 {
		b.Fatalf("POST /imports: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	return id
}

// applies presses the button that brings what was judged in.
func (s *site) applies(b *testing.B, id, version int64) {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("%s/imports/%d/apply", s.app.URL(), id), strings.NewReader(fmt.Sprintf("version=%d", version)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", s.as(b, boss))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		b.Fatalf("POST /imports/%d/apply: %d", id, res.StatusCode)
	}
}

// settled waits until an import stands in a state.
func (s *site) settled(b *testing.B, id int64, state string) db.Import {
	b.Helper()
	for start := time.Now(); time.Since(start) < 20*time.Minute; time.Sleep(5 * time.Millisecond) {
		m, err := s.app.DB.Import(context.Background(), policy.SystemActor("bench").Scope(policy.ImportRun), id)
		if err != nil {
			b.Fatal(err)
		}
		if m.State == state && !m.Busy() {
			return m
		}
		if m.State == "failed" {
			b.Fatalf("the import failed: %s", m.TaskError)
		}
	}
	b.Fatalf("the import is never %s", state)
	return db.Import{}
}

// workbook holds n clients with fifteen columns whom nobody knows.
func workbook(b *testing.B, n, from int) []byte {
	b.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	heads := []any{"客户名称", "客户类型", "客户等级", "来源", "联系人", "联系电话", "地址", "结算方式", "月结账号", "账期（天）", "授信额度", "负责人", "建档日期", "月均件量", "备注"}
	if err := w.SetRow("A1", heads); err != nil {
		b.Fatal(err)
	}
	of := func(i int, list ...string) string { return list[i%len(list)] }
	for i := range n {
		k := from + i
		row := []any{fmt.Sprintf("杭州%s%s%s%07d有限公司", of(k, "岚", "麓", "禾", "朔"), of(k/4, "蘅", "峤", "杪", "澈"), of(k/16, "宠物用品", "食品", "女装", "五金"), k),
			of(k, "电商客户", "企业客户", "个人客户"), of(k, "A", "B", "C", ""), of(k, "淘宝", "拼多多", "企业"), of(k, "杨永康", "胡思源", "盖雪"),
			fmt.Sprintf("199%08d", k), fmt.Sprintf("杭州市西湖区霁月巷%d号", k%900+1), of(k, "现结", "月结"), fmt.Sprintf("9719%07d", k), 30, 5000,
			of(k, "沈雨桐", "周砚青"), "2024-05-18", k % 900, of(k, "", "易碎品多", "老客户")}
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

// bareRead is excelize's own reading of a workbook: the yardstick.
func bareRead(b *testing.B, raw []byte) time.Duration {
	b.Helper()
	start := time.Now()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}
