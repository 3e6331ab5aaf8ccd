package db_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/pinyin"
	"yike/policy/profile"
)

// file is a customer as the test knows it.
type file struct {
	db.Customer
	key string
}

// fill opens n files with mixed fields in the three branches.
func fill(t testing.TB, w *dbtest.World, n int, seed uint64) []file {
	t.Helper()
	ctx, system, rnd := context.Background(), policy.SystemActor("test"), rand.New(rand.NewPCG(seed, 1))
	var tags []int64
	for _, name := range []string{"高价值", "易流失", "月结"} {
		id, err := w.AddTag(ctx, system, db.Tag{Name: name, Kind: "own"})
		if err != nil {
			t.Fatal(err)
		}
		tags = append(tags, id)
	}
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	person := func(list ...int64) int64 { return list[rnd.IntN(len(list))] }
	heads, tails := []string{"松果", "云织", "重庆小面", "单氏", "蓝鲸", "橙子", "Abc", "3M", "百味坊"}, []string{"母婴", "服饰", "数码专营店", "食品", "物流", "贸易有限公司"}
	var out []file
	for i := range n {
		branch := person(w.West, w.West, w.West, w.East, w.Gulou)
		c := db.Customer{BranchID: branch, Name: pick(heads) + pick(tails) + fmt.Sprint(rnd.IntN(n/2+1)),
			Kind: pick(append(profile.Kinds, "")), Source: pick(profile.Sources), Stage: pick(profile.Stages),
			Class: pick([]string{"", "A", "B", "B", "C", "C", "C"}), State: pick(profile.States),
			CityCode: pick([]string{"330100", "330100", "330200", "320100", ""}),
			Phones:   []string{fmt.Sprintf("138%08d", i)}}
		if branch == w.West {
			c.OwnerID, c.ClerkID = person(0, w.RepWest, w.RepWest2), person(0, w.ClerkWest, w.RepWest)
		}
		for _, tag := range tags {
			if rnd.IntN(4) == 0 {
				c.Tags = append(c.Tags, tag)
			}
		}
		id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		c, err = w.Customer(ctx, system.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		if rnd.IntN(3) > 0 {
			c.LastVisitOn = fmt.Sprintf("2026-%02d-%02d", 1+rnd.IntN(11), 1+rnd.IntN(4))
			w.SetLastVisit(t, id, c.LastVisitOn)
		}
		if rnd.IntN(20) == 0 {
			if err := w.DeleteCustomer(ctx, system, id, c.Version); err != nil {
				t.Fatal(err)
			}
			continue
		}
		out = append(out, file{c, pinyin.Key(c.Name)})
	}
	return out
}

// scan is what the list must be, worked out the slow way.
func scan(w *dbtest.World, files []file, scope policy.Scope, f db.CustomerFilter) []int64 {
	var out []file
	for _, c := range files {
		class := c.Class
		if class == "" {
			class = "none"
		}
		ok := scope.Sees(w.Chain(c.BranchID), c.OwnerID, c.ClerkID) &&
			(f.Branch == 0 || slices.Contains(w.Chain(c.BranchID), f.Branch)) &&
			(f.Owner == 0 || c.OwnerID == f.Owner) && (f.Clerk == 0 || c.ClerkID == f.Clerk) &&
			(!f.NoOwner || c.OwnerID == 0) &&
			(len(f.Classes) == 0 || slices.Contains(f.Classes, class)) &&
			(f.Stage == "" || c.Stage == f.Stage) && (f.Kind == "" || c.Kind == f.Kind) &&
			(f.Source == "" || c.Source == f.Source) && (f.State == "" || c.State == f.State) &&
			(f.Tag == 0 || slices.Contains(c.Tags, f.Tag)) &&
			(f.Place == "" || c.CityCode == f.Place || strings.HasSuffix(f.Place, "0000") && strings.HasPrefix(c.CityCode, f.Place[:2])) &&
			(f.NotSince == "" || c.LastVisitOn < f.NotSince) && (f.Since == "" || c.LastVisitOn >= f.Since) &&
			(!f.Never || c.LastVisitOn == "")
		if ok {
			out = append(out, c)
		}
	}
	rank := func(class string) int { return strings.Index("ABC", class+"") + 4*(1-len(class)) }
	slices.SortFunc(out, func(a, b file) int {
		n := 0
		switch f.Sort {
		case db.SortCode:
			n = strings.Compare(a.Code, b.Code)
		case db.SortVisit:
			n = strings.Compare(a.LastVisitOn, b.LastVisitOn)
		case db.SortCreated:
		case db.SortClass:
			n = cmp.Or(rank(a.Class)-rank(b.Class), strings.Compare(a.key, b.key))
		default:
			n = strings.Compare(a.key, b.key)
		}
		n = cmp.Or(n, cmp.Compare(a.ID, b.ID))
		if f.Desc {
			return -n
		}
		return n
	})
	ids := make([]int64, len(out))
	for i, c := range out {
		ids[i] = c.ID
	}
	return ids
}

func idsOf(rows []db.CustomerRow) []int64 {
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

func TestEveryPageOfAListEqualsAScanWhateverTheFilterSortScopeAndWay(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rnd := context.Background(), rand.New(rand.NewPCG(7, 7))
		files := fill(t, w, 300, 3)
		tags, err := w.Tags(ctx)
		if err != nil || len(tags) != 3 {
			t.Fatal(tags, err)
		}
		people := []int64{w.Admin, w.RegionZJ, w.BossWest, w.BossEast, w.RepWest, w.RepWest2, w.ClerkWest, w.CourierWest}
		sorts := []string{"", db.SortName, db.SortCode, db.SortClass, db.SortVisit, db.SortCreated}
		maybe := func(set func()) {
			if rnd.IntN(7) == 0 {
				set()
			}
		}
		for round := range 160 {
			switch round % 4 { // every way of walking
			case 0:
				w.SetListBounds(20000, 2000, 16)
			case 1:
				w.SetListBounds(20000, 0, 1) // no rows are few, nothing is merged
			case 2:
				w.SetListBounds(20000, 30, 16)
			case 3:
				w.SetListBounds(400, 0, 16)
			}
			var f db.CustomerFilter
			maybe(func() { f.Branch = []int64{w.West, w.Zhejiang, w.Jiangsu, w.Head, 99}[rnd.IntN(5)] })
			maybe(func() { f.Owner = w.RepWest })
			maybe(func() { f.Clerk = w.ClerkWest })
			maybe(func() { f.NoOwner = f.Owner == 0 })
			maybe(func() { f.Classes = [][]string{{"A"}, {"A", "B"}, {"none"}, {"C", "none"}}[rnd.IntN(4)] })
			maybe(func() { f.Stage = profile.Stages[rnd.IntN(7)] })
			maybe(func() { f.Kind = profile.Kinds[rnd.IntN(5)] })
			maybe(func() { f.Source = profile.Sources[rnd.IntN(10)] })
			maybe(func() { f.State = profile.States[rnd.IntN(3)] })
			maybe(func() { f.Tag = tags[rnd.IntN(3)].ID })
			maybe(func() { f.Place = []string{"330000", "330100", "320000", "110000"}[rnd.IntN(4)] })
			maybe(func() { f.NotSince = "2026-06-02" })
			maybe(func() { f.Since = "2026-06-02" })
			maybe(func() { f.Never = true })
			f.Sort, f.Desc, f.Limit = sorts[rnd.IntN(len(sorts))], rnd.IntN(2) == 0, 1+rnd.IntN(60)
			scope := w.As(t, people[rnd.IntN(len(people))]).Scope(policy.CustomerRead)
			want := scan(w, files, scope, f)
			name := fmt.Sprintf("round %d: %+v", round, f)
			var got []int64
			var cursors []string
			for page := 0; ; page++ {
				p, err := w.Customers(ctx, scope, f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if p.Narrow || p.More || int(p.Count) != len(want) {
					t.Fatalf("%s: counts %d (more %v, narrow %v), want %d", name, p.Count, p.More, p.Narrow, len(want))
				}
				if (p.Prev != "") != (page > 0 && len(p.Rows) > 0) {
					t.Fatalf("%s: page %d has prev %q", name, page, p.Prev)
				}
				got = append(got, idsOf(p.Rows)...)
				cursors = append(cursors, p.Prev)
				if p.Next == "" {
					break
				}
				f.Cursor = p.Next
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s:\n got %d %v\nwant %d %v", name, len(got), got, len(want), want)
			}
			// Back from the last page to the first.
			if n := len(cursors); n > 1 {
				f.Cursor = cursors[n-1]
				end := (n - 1) * f.Limit
				for end > 0 {
					p, err := w.Customers(ctx, scope, f)
					if err != nil {
						t.Fatal(err)
					}
					from := max(0, end-f.Limit)
					if !slices.Equal(idsOf(p.Rows), want[from:end]) || p.Next == "" || (p.Prev != "") != (from > 0) {
						t.Fatalf("%s: back to %d: got %v, want %v", name, from, idsOf(p.Rows), want[from:end])
					}
					end, f.Cursor = from, p.Prev
				}
			}
			f.Cursor = ""
			if len(want) > 0 {
				i := rnd.IntN(len(want))
				before, after, err := w.CustomerNeighbours(ctx, scope, f, want[i])
				if err != nil {
					t.Fatal(err)
				}
				if i > 0 && before != want[i-1] || i == 0 && before != 0 || i+1 < len(want) && after != want[i+1] || i+1 == len(want) && after != 0 {
					t.Fatalf("%s: neighbours of number %d: %d, %d", name, i, before, after)
				}
			}
			if n, more, err := w.CountCustomers(ctx, scope, f); err != nil || more || int(n) != len(want) {
				t.Fatalf("%s: exact count %d, %v, want %d", name, n, err, len(want))
			}
			var each []int64
			if err := w.EachCustomer(ctx, scope, f, func(rows []db.CustomerRow) error {
				each = append(each, idsOf(rows)...)
				return nil
			}); err != nil || !slices.Equal(each, want) {
				t.Fatalf("%s: each gives %d, %v, want %d", name, len(each), err, len(want))
			}
		}
	})
}

func TestAListSaysWhenItCouldNotLookAtEverything(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest).Scope(policy.CustomerRead)
		files := fill(t, w, 200, 9)
		w.SetListBounds(20, 2, 16)
		f := db.CustomerFilter{Stage: "new", Kind: "enterprise", Classes: []string{"A"}, Sort: db.SortCode}
		p, err := w.Customers(ctx, boss, f)
		if err != nil || !p.Narrow {
			t.Fatalf("a combination beyond the bound: narrow %v, %v", p.Narrow, err)
		}
		one := db.CustomerFilter{Stage: "new", Sort: db.SortCode}
		if p, err = w.Customers(ctx, boss, one); err != nil || p.Narrow || !slices.Equal(idsOf(p.Rows), scan(w, files, boss, one)) {
			t.Fatalf("one filter is never narrowed: %+v, %v", p, err)
		}
		if p, err = w.Customers(ctx, boss, db.CustomerFilter{Cursor: "nonsense", Stage: "new"}); err != nil || p.Prev != "" {
			t.Fatalf("a cursor that nobody made is the first page: %+v, %v", p.Prev, err)
		}
		if p, err = w.Customers(ctx, policy.Scope{}, db.CustomerFilter{}); err != nil || len(p.Rows) != 0 {
			t.Fatalf("an empty scope sees %d rows, %v", len(p.Rows), err)
		}
	})
}

func TestARowOfAListCarriesItsPhoneAndTags(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		files := fill(t, w, 30, 5)
		p, err := w.Customers(ctx, w.As(t, w.Admin).Scope(policy.CustomerRead), db.CustomerFilter{WithPhones: true, WithTags: true})
		if err != nil || len(p.Rows) != len(files) {
			t.Fatal(len(p.Rows), err)
		}
		for _, r := range p.Rows {
			i := slices.IndexFunc(files, func(c file) bool { return c.ID == r.ID })
			if c := files[i]; r.Phone != c.Phones[0] || !slices.Equal(r.Tags, c.Tags) || r.Name != c.Name || r.OwnerID != c.OwnerID || r.LastVisitOn != c.LastVisitOn {
				t.Errorf("row %+v of %+v", r, c.Customer)
			}
		}
	})
}
