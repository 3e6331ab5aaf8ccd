package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/find"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/pinyin"
)

// scanFor is what a search must find, worked out file by file.
func scanFor(w *dbtest.World, files []file, scope, full policy.Scope, q string) (ids []int64, exact int) {
	text := find.Fold(q)
	type hit struct {
		exact bool
		key   string
		id    int64
	}
	var hits []hit
	for _, c := range files {
		if !scope.Sees(w.Chain(c.BranchID), c.OwnerID, c.ClerkID) {
			continue
		}
		level := mask.Masked
		if full.Sees(w.Chain(c.BranchID), c.OwnerID, c.ClerkID) {
			level = mask.Full
		}
		found, exact := false, false
		code := find.Fold(c.Code)
		if code == text && text != "" {
			found, exact = true, true
		}
		found = found || len(text) >= 3 && strings.Contains(code, text)
		p := mask.Search(q, level)
		for _, n := range c.Phones {
			d := phone.SearchKey(n)
			ok := p.Match == mask.Whole && d == p.Digits || p.Match == mask.LastFour && phone.Last4(n) == p.Digits ||
				p.Match == mask.Fragment && strings.Contains(d, p.Digits)
			found, exact = found || ok, exact || ok && d == p.Digits
		}
		if len([]rune(text)) >= 2 {
			for _, name := range []string{c.Name, c.ShortName} {
				found = found || strings.Contains(find.Fold(name), text)
				for _, r := range pinyin.Readings(name) {
					found = found || strings.Contains(find.Fold(r.Full), text) || strings.Contains(find.Fold(r.Initials), text)
				}
			}
		}
		if found {
			hits = append(hits, hit{exact, c.key, c.ID})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if a.exact != b.exact {
			if a.exact {
				return -1
			}
			return 1
		}
		if n := strings.Compare(a.key, b.key); n != 0 {
			return n
		}
		return int(a.id - b.id)
	})
	for _, h := range hits {
		ids = append(ids, h.id)
		if h.exact {
			exact++
		}
	}
	return ids, exact
}

func TestASearchFindsWhatAScanFinds(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rnd := context.Background(), rand.New(rand.NewPCG(11, 4))
		files := fillNames(t, w, 5000)
		people := []int64{w.Admin, w.RegionZJ, w.BossWest, w.BossEast, w.RepWest, w.ClerkWest, w.CourierWest}
		queries := []string{"杭州", "母婴", "chongqing", "cq", "zq", "shan", "ｈａｎｇ", "3M", "138", "HZ01-00007", "hz0100007", "hz01",
			"杭州(", "%", "__", "\"", "n杭州", "有限公司", "a", "", " ", "OR", "1", "0571", "公司 ", "贸易有限公司", "gs", "maoyi", "行"}
		for range 120 {
			c := files[rnd.IntN(len(files))]
			switch rnd.IntN(7) {
			case 0, 1:
				r := []rune(c.Name)
				from := rnd.IntN(len(r) - 1)
				queries = append(queries, string(r[from:min(len(r), from+2+rnd.IntN(3))]))
			case 2:
				r := pinyin.Readings(c.Name)
				full := r[rnd.IntN(len(r))].Full
				from := rnd.IntN(len(full) - 2)
				queries = append(queries, full[from:min(len(full), from+2+rnd.IntN(6))])
			case 3:
				in := pinyin.Initials(c.Name)
				from := rnd.IntN(max(1, len(in)-2))
				queries = append(queries, in[from:min(len(in), from+2+rnd.IntN(3))])
			case 4:
				n := phone.SearchKey(c.Phones[0])
				from := rnd.IntN(len(n) - 3)
				queries = append(queries, n[from:from+3+rnd.IntN(len(n)-from-2)])
			case 5:
				queries = append(queries, c.Phones[0], phone.Last4(c.Phones[0]))
			case 6:
				queries = append(queries, c.Code, c.Code[rnd.IntN(4):])
			}
		}
		type scan struct {
			want  []int64
			exact int
		}
		scans := map[int]scan{}
		find := func(i int, q string) (got []db.SearchHit, more bool, want []int64, exact int, who string) {
			a := w.As(t, people[i%len(people)])
			scope, full := a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask)
			s, ok := scans[i]
			if !ok {
				s.want, s.exact = scanFor(w, files, scope, full, q)
				scans[i] = s
			}
			got, more, err := w.SearchCustomers(ctx, scope, full, q)
			if err != nil {
				t.Fatalf("%q: %v", q, err)
			}
			return got, more, s.want, s.exact, a.Name
		}
		ids := func(hits []db.SearchHit) (out []int64) {
			for _, h := range hits {
				out = append(out, h.ID)
			}
			return out
		}
		// As many candidates as are sorted: the scan's own first hits.
		found := 0
		w.SetSearchBounds(10000, 2000, 4000)
		for i, q := range queries {
			hits, more, want, _, who := find(i, q)
			if more != (len(want) > db.SearchLimit) {
				t.Errorf("%q for %s: more is %v of %d", q, who, more, len(want))
			}
			got := ids(hits)
			if want = want[:min(len(want), db.SearchLimit)]; !slices.Equal(got, want) {
				t.Errorf("%q for %s:\n got %v\nwant %v", q, who, got, want)
			}
			found += len(got)
		}
		if found < 300 {
			t.Errorf("only %d found in all: the test asks for the wrong things", found)
		}
		// A frequent term: hits of the scan, exact ones first, each part by name;
		// all that are shown when they fit, and never fewer than the page when
		// every candidate may be compared.
		frequent := 0
		for _, bounds := range [][3]int{{1000, 2000, 4000}, {30, 200, 10000}, {30, 0, 100}} {
			w.SetSearchBounds(bounds[0], bounds[1], bounds[2])
			for i, q := range queries {
				if w.Postgres() && i%8 != 0 || i > 40 && i%3 != 0 {
					continue
				}
				hits, more, want, exact, who := find(i, q)
				place, last := map[int64]int{}, -1
				for at, id := range want {
					place[id] = at
				}
				for at, h := range hits {
					p, ok := place[h.ID]
					if !ok || p <= last {
						t.Errorf("%v %q for %s: hit %d is not one of the scan's, or not in its order", bounds, q, who, at)
					}
					if last = p; h.Exact != (p < exact) {
						t.Errorf("%v %q for %s: hit %d says exact %v", bounds, q, who, at, h.Exact)
					}
				}
				full := min(len(want), db.SearchLimit)
				switch {
				case bounds[2] >= 4000 && (len(hits) != full || more != (len(want) > full)):
					t.Errorf("%v %q for %s: %d hits, more %v, of %d", bounds, q, who, len(hits), more, len(want))
				case bounds[2] < 4000 && len(hits) < full && !more:
					t.Errorf("%v %q for %s: %d hits of %d and no word that there are more", bounds, q, who, len(hits), len(want))
				}
				if !slices.Equal(ids(hits), want[:full]) {
					frequent++
				}
			}
		}
		switch {
		case w.Postgres() && frequent == 0:
			t.Error("no term was frequent: the test asks for the wrong things")
		case !w.Postgres() && frequent > 0:
			t.Errorf("%d answers are not the first hits of the scan", frequent)
		}
	})
}

func TestAPhoneIsNotFoundByDigitsThatTheReaderDoesNotSee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		id, err := w.CreateCustomer(ctx, w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "松果母婴", Phones: []string{"13800001054"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			who  int64
			q    string
			want bool
		}{
			{"a manager by a fragment", w.BossWest, "3800", true},
			{"a courier by a fragment", w.CourierWest, "3800", false},
			{"a courier by the last four", w.CourierWest, "1054", true},
			{"a courier by the last five", w.CourierWest, "01054", false},
			{"a courier by the whole number", w.CourierWest, "138 0000 1054", true},
			{"a courier by the name", w.CourierWest, "松果", true},
			{"a manager of another branch by the whole number", w.BossEast, "13800001054", false},
		} {
			a := w.As(t, c.who)
			hits, _, err := w.SearchCustomers(ctx, a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask), c.q)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(hits) == 1 && hits[0].ID == id; got != c.want || len(hits) > 1 {
				t.Errorf("%s: found %v, want %v", c.name, hits, c.want)
			}
		}
	})
}

// fillNames opens n files with names as branches have them.
func fillNames(t *testing.T, w *dbtest.World, n int) []file {
	t.Helper()
	rnd := rand.New(rand.NewPCG(2, 2))
	places := []string{"杭州", "重庆", "长沙", "厦门", "", "杭州", "义乌"}
	heads := []string{"松果", "云织", "蓝鲸", "行知", "乐天", "单氏", "朴树", "曾记", "百味坊", "Abc", "3M", "橙子", "启辰", "明康"}
	trades := []string{"母婴用品", "服饰", "数码", "食品", "物流", "医疗器械", "律师事务所", "跨境", "包装材料"}
	ends := []string{"有限公司", "贸易有限公司", "（中国）有限公司", "专营店", "经营部", "", "厂"}
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	branches := []int64{w.West, w.West, w.East, w.Gulou}
	list := make([]db.Customer, n)
	for i := range list {
		c := db.Customer{BranchID: branches[rnd.IntN(4)], Name: pick(places) + pick(heads) + pick(trades) + pick(ends),
			Phones: []string{fmt.Sprintf("1%d%08d", 30+rnd.IntN(60), rnd.IntN(100_000_000))}}
		if rnd.IntN(3) == 0 {
			c.ShortName = pick(heads) + pick(trades)
		}
		if rnd.IntN(10) == 0 {
			c.Phones = append([]string{fmt.Sprintf("0571-8%07d", rnd.IntN(10_000_000))}, c.Phones...)
		}
		if c.BranchID == w.West && rnd.IntN(2) == 0 {
			c.OwnerID = w.RepWest
		}
		list[i] = c
	}
	if err := w.CreateAll(context.Background(), policy.SystemActor("test"), list); err != nil {
		t.Fatal(err)
	}
	out := make([]file, n)
	for i, c := range list {
		out[i] = file{c, pinyin.Key(c.Name)}
	}
	return out
}

func TestAnIndexOfAnotherFormIsMadeAnew(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		files := fillNames(t, w, 6000)
		ids := make([]int64, len(files))
		for i, f := range files {
			ids[i] = f.ID
		}
		slices.Sort(ids)
		a := w.As(t, w.Admin)
		scope, full := a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask)
		found := func(f file) bool {
			hits, _, err := w.SearchCustomers(ctx, scope, full, f.Code)
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(hits, func(h db.SearchHit) bool { return h.ID == f.ID })
		}
		for _, c := range []struct {
			name, form string
			missing    int // of the files in the order of ids
		}{
			{"from the form before", "1", 0},
			{"after it was cut off", "2 to " + fmt.Sprint(ids[3999]), 4000},
		} {
			w.ForgetSearch(t, c.form)
			if found(files[0]) {
				t.Fatalf("%s: an empty index finds", c.name)
			}
			var told, total int64
			if err := w.RenewSearch(ctx, func(done, of int64) { told, total = done, of }); err != nil {
				t.Fatal(err)
			}
			if want := int64(len(ids) - c.missing); told != want || total != want {
				t.Errorf("%s: told %d of %d, want %d", c.name, told, total, want)
			}
			for i, f := range files {
				if i%97 == 0 && found(f) != (slices.Index(ids, f.ID) >= c.missing) {
					t.Errorf("%s: file %d is found: %v", c.name, i, found(f))
				}
			}
			if err := w.RenewSearch(ctx, func(int64, int64) { t.Errorf("%s: made anew twice", c.name) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}
