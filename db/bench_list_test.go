package db

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/policy"
	"yike/policy/pinyin"
)

// The list and the search at several sizes, on SQLite:
//
//	go test -run ^$ -bench 'List|Search' ./db
//	YIKE_BENCH_SIZES=10000,100000,1000000 go test -run ^$ -bench 'List|Search' -timeout 1h ./db
//
// A benchmark of one size is to be read as a ratio to that of another in the
// same run. The scope is a branch manager's, who has a quarter of the
// customers; "company" is head office's.
func benchSizes() []int {
	text := os.Getenv("YIKE_BENCH_SIZES")
	if text == "" {
		text = "10000,100000"
	}
	var out []int
	for w := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(w)); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	return out
}

var benches = map[int]*benchWorld{}

type benchWorld struct {
	d               *DB
	branch, company policy.Scope
	owner           int64
}

// benchDB fills a database by bulk inserts; it is made once per size and run.
func benchDB(b *testing.B, n int) *benchWorld {
	b.Helper()
	if w := benches[n]; w != nil {
		return w
	}
	ctx, system := context.Background(), policy.SystemActor("bench")
	dir, err := os.MkdirTemp("", "yike-bench-*")
	if err != nil {
		b.Fatal(err)
	}
	d, err := Open(ctx, Config{DSN: filepath.Join(dir, "yike.db")})
	if err != nil {
		b.Fatal(err)
	}
	benchCleanups = append(benchCleanups, func() { _ = d.Close(); _ = os.RemoveAll(dir) })
	access, err := policy.DefaultAccess()
	if err != nil {
		b.Fatal(err)
	}
	admin, err := d.SetUpCompany(ctx, system, SetUp{Company: "岚翎速递", HeadOffice: "总部", Branch: "一号网点", BranchCode: "B1", Admin: UserInput{Username: "admin", Name: "管理员", PasswordHash: "-"}})
	if err != nil {
		b.Fatal(err)
	}
	var head, first int64
	for _, br := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if br.ParentID == 0 {
			head = br.ID
		} else {
			first = br.ID
		}
	}
	branches := []int64{first}
	for i := 2; i <= 4; i++ {
		id, err := d.CreateBranch(ctx, system, BranchInput{ParentID: head, Level: LevelBranch, Name: fmt.Sprintf("%d号网点", i), Code: fmt.Sprintf("B%d", i)})
		if err != nil {
			b.Fatal(err)
		}
		branches = append(branches, id)
	}
	w := &benchWorld{d: d, company: system.Scope(policy.CustomerRead), owner: admin,
		branch: access.Actor(1, "经理", first, []policy.Grant{{Role: policy.BranchManager, Branch: first}}).Scope(policy.CustomerRead)}
	rnd := rand.New(rand.NewPCG(1, 1))
	heads, trades := []string{"松果", "云织", "蓝鲸", "橙子", "启辰", "明康", "恒拓", "青禾", "知竹", "海螺", "百味", "朔澈", "栖峤", "单氏"}, []string{"母婴用品", "服饰", "数码", "食品", "物流", "器械", "五金", "茶业", "文创", "电子"}
	places, ends := []string{"杭州", "重庆", "宁波", "苏州", ""}, []string{"有限公司", "贸易有限公司", "专营店", "经营部"}
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	syllables := []rune("安博晨德恩方光海景凯朗明宁鹏启瑞盛泰万欣亚正中志卓")
	for from := 0; from < n; from += 20000 {
		err := d.write(ctx, func(tx *Tx) error {
			for i := from; i < min(n, from+20000); i++ {
				name := pick(places...) + pick(heads...) + string(syllables[rnd.IntN(len(syllables))]) + string(syllables[rnd.IntN(len(syllables))]) + pick(trades...) + pick(ends...)
				c := Customer{ID: tx.newID(), BranchID: branches[i%4], Code: fmt.Sprintf("B%d-%07d", i%4+1, i), Name: name, State: pick("reviewed", "reviewed", "draft"),
					Class: pick("A", "B", "B", "C", "C", "C", "C"), Stage: pick("new", "growing", "mature", "mature", "declining", "lost"), Kind: pick("ecommerce", "enterprise", "individual"),
					Source: pick("taobao", "jd", "visit", "referral"), CityCode: pick("330100", "330200", "320500"), LastVisitOn: pick("", time.UnixMilli(tx.now()).AddDate(0, 0, -rnd.IntN(400)).Format(time.DateOnly)),
					CreatedAt: tx.now(), UpdatedAt: tx.now(), Version: 1}
				if i%500 == 0 {
					c.OwnerID = w.owner
				}
				if err := tx.insert(ctx, "customers", append(c.all(), c.derived()...)); err != nil {
					return err
				}
				c.Phones = []string{fmt.Sprintf("13%09d", rnd.IntN(1_000_000_000))}
				if err := setPhones(ctx, tx, c.ID, c.BranchID, 0, c.Phones); err != nil {
					return err
				}
				if err := indexCustomer(ctx, tx, &c, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	benches[n] = w
	return w
}

var benchCleanups []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range benchCleanups {
		f()
	}
	os.Exit(code)
}

func BenchmarkList(b *testing.B) {
	for _, n := range benchSizes() {
		w, ctx := benchDB(b, n), context.Background()
		rows := CustomerFilter{WithPhones: true, WithTags: true}
		with := func(set func(*CustomerFilter)) CustomerFilter { f := rows; set(&f); return f }
		for _, c := range []struct {
			name  string
			scope policy.Scope
			f     CustomerFilter
		}{
			{"branch by name", w.branch, rows},
			{"company by name", w.company, rows},
			{"branch by last visit", w.branch, with(func(f *CustomerFilter) { f.Sort, f.Desc = SortVisit, true })},
			{"branch by class", w.branch, with(func(f *CustomerFilter) { f.Sort = SortClass })},
			{"branch, class A", w.branch, with(func(f *CustomerFilter) { f.Classes = []string{"A"} })},
			{"branch, stage, newest", w.branch, with(func(f *CustomerFilter) { f.Stage, f.Sort, f.Desc = "lost", SortCreated, true })},
			{"company, kind, by code", w.company, with(func(f *CustomerFilter) { f.Kind, f.Sort = "enterprise", SortCode })},
			{"one owner", w.company, with(func(f *CustomerFilter) { f.Owner = w.owner })},
			{"not visited for 90 days", w.branch, with(func(f *CustomerFilter) { f.NotSince = Day(time.Now().AddDate(0, 0, -90)) })},
			{"three filters", w.branch, with(func(f *CustomerFilter) { f.Stage, f.Kind, f.Classes = "mature", "enterprise", []string{"A"} })},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				for b.Loop() {
					if p, err := w.d.Customers(ctx, c.scope, c.f); err != nil || len(p.Rows) == 0 {
						b.Fatal(len(p.Rows), err)
					}
				}
			})
		}
		f := rows
		pages := min(1000, n/4/PageSize-1)
		for range pages {
			p, err := w.d.Customers(ctx, w.branch, f)
			if err != nil {
				b.Fatal(err)
			}
			f.Cursor = p.Next
		}
		b.Run(fmt.Sprintf("branch by name, page %d/%d", pages+1, n), func(b *testing.B) {
			for b.Loop() {
				if _, err := w.d.Customers(ctx, w.branch, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range benchSizes() {
		w, ctx := benchDB(b, n), context.Background()
		for _, q := range []string{"杭州", "母婴", "松果安博", "songguo", pinyin.Initials("松果安博"), "sg", "135", "13500", "B1-0000004"} {
			b.Run(fmt.Sprintf("%s/%d", q, n), func(b *testing.B) {
				for b.Loop() {
					if _, _, err := w.d.SearchCustomers(ctx, w.branch, w.branch, q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
