package classify_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"yike/policy/classify"
	"yike/policy/day"
)

var on = day.MustParse("2026-11-20")

// monthly is a client with the same freight (yuan) and orders in each of the
// last n whole months, who sent something a week ago.
func monthly(yuan int64, orders int32, n int) classify.Client {
	c := classify.Client{First: on.MonthStart().AddMonths(-n), Last: on.Add(-7)}
	for i := range n {
		c.Freight[i], c.Orders[i] = yuan*100, orders
	}
	return c
}

func cuts(t *testing.T, r classify.Rules, list ...classify.Client) *classify.Cuts {
	t.Helper()
	c := classify.Cut(r, clientsOf(list))
	return &c
}

func TestClassByMonthlyAmount(t *testing.T) {
	r := classify.Default()
	for _, c := range []struct {
		name string
		fen  int64 // in each of the last three months
		want string
	}{
		{"10,000 yuan a month is A", 10_000_00, "A"},
		{"a fen less in every month is B", 9_999_99, "B"},
		{"2,000 yuan a month is B", 2_000_00, "B"},
		{"a fen less is C", 1_999_99, "C"},
		{"nothing is C", 0, "C"},
	} {
		x := monthly(0, 3, 12)
		for i := range 3 {
			x.Freight[i] = c.fen
		}
		if got := r.Classes.Class(&x, cuts(t, r, x)); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestClassByTheOtherMethods(t *testing.T) {
	r := classify.Default()
	r.Classes.Window = 1
	var list []classify.Client
	for _, yuan := range []int64{6000, 2000, 1000, 600, 300, 50, 50, 0} {
		list = append(list, monthly(yuan, 2, 1))
	}
	classes := func(r classify.Rules) (out string) {
		k := cuts(t, r, list...)
		for i := range list {
			out += r.Classes.Class(&list[i], k)
		}
		return out
	}
	r.Classes.Methods = []string{classify.ByShare}
	if got := classes(r); got != "AABBCCCC" { // 60 %, 80 % | 90 %, 96 % | …
		t.Errorf("by share of freight: %s", got)
	}
	r.Classes.Methods, r.Classes.Rank = []string{classify.ByRank}, [2]int{5, 80}
	if got := classes(r); got != "ABBBBBBC" { // the two that tie at the line stand together
		t.Errorf("by rank: %s", got)
	}
	r.Classes.Methods = []string{classify.ByShare, classify.ByRank}
	if got := classes(r); got != "AABBBBBC" {
		t.Errorf("the best of two: %s", got)
	}
	r.Classes.All = true
	if got := classes(r); got != "ABBBCCCC" {
		t.Errorf("both of two: %s", got)
	}

	year := monthly(420_000, 30, 12) // 5,040,000 a year
	r = classify.Default()
	r.Classes.Methods = []string{classify.ByYear}
	if got := r.Classes.Class(&year, &classify.Cuts{}); got != "A" {
		t.Errorf("5,000,000 a year sent every month: %s", got)
	}
	seldom := classify.Client{First: year.First, Last: year.Last}
	seldom.Freight[0], seldom.Orders[0] = 6_000_000_00, 1
	if got := r.Classes.Class(&seldom, &classify.Cuts{}); got != "C" {
		t.Errorf("as much in one month of twelve does not come back: %s", got)
	}

	r.Classes.Methods = []string{classify.ByScore}
	steady := monthly(10_000, 300, 12)
	if score, parts := r.Classes.Index(&steady); score != 100 || parts != [4]int{100, 100, 100, 100} {
		t.Errorf("full marks: %d %v", score, parts)
	}
	steady.Overdue = 1
	if score, _ := r.Classes.Index(&steady); score != 85 {
		t.Errorf("who owes loses the weight of credit: %d", score)
	}

	r = classify.Default()
	promise := classify.Client{Score: 80}
	if got := r.Classes.Class(&promise, &classify.Cuts{}); got != "B" {
		t.Errorf("a prospect of 80 points: %s", got)
	}
	promise.Score = 79
	if got := r.Classes.Class(&promise, &classify.Cuts{}); got != "C" {
		t.Errorf("a prospect of 79 points: %s", got)
	}
}

func TestTheFiveCellsOfTheDocumentsAndNoneLeftOut(t *testing.T) {
	r := classify.DefaultRFM()
	for _, c := range []struct {
		r, f, m int
		want    string
	}{
		{2, 2, 2, classify.SegmentCore}, {2, 1, 1, classify.SegmentPotential}, {2, 0, 0, classify.SegmentNew},
		{0, 1, 2, classify.SegmentRisk}, {0, 2, 2, classify.SegmentRisk}, {0, 0, 0, classify.SegmentDormant},
	} {
		if got := r.Segments[classify.Cell(c.r, c.f, c.m)]; got != c.want {
			t.Errorf("R%d F%d M%d is %s, not %s", c.r, c.f, c.m, got, c.want)
		}
	}
	seen := map[string]int{}
	for cell, s := range r.Segments {
		if a, b, c := classify.Grades(cell); classify.Cell(a, b, c) != cell {
			t.Errorf("cell %d comes apart as %d %d %d", cell, a, b, c)
		}
		seen[s]++
	}
	for _, s := range classify.Segments {
		if seen[s] == 0 {
			t.Errorf("no cell is %s", s)
		}
	}
	if len(seen) != len(classify.Segments) {
		t.Errorf("segments of the cells: %v", seen)
	}
}

func TestMarksOnTheDayThatTurnsThem(t *testing.T) {
	r := classify.Default()
	has := func(c classify.Client, word string, at string) bool {
		return r.Frame(*cuts(t, r, c), day.MustParse(at)).Label(&c).Marks&classify.Mark(word) != 0
	}
	old := classify.Client{First: day.MustParse("2025-01-01"), Last: day.MustParse("2026-08-20")}
	if has(old, "silent", "2026-11-19") || !has(old, "silent", "2026-11-20") {
		t.Error("sent on 20 August one is silent from 20 November, not the day before")
	}
	last := classify.Client{First: day.MustParse("2025-01-01"), Last: day.MustParse("2025-11-30")}
	if has(last, "silent", "2026-02-27") || !has(last, "silent", "2026-02-28") {
		t.Error("three months after 30 November is the last of February")
	}
	if has(classify.Client{}, "silent", "2026-11-20") {
		t.Error("who never sent is not silent")
	}
	three := monthly(100, 3, 3)
	if !has(three, "stable", "2026-11-20") {
		t.Error("three orders in each of three months are stable")
	}
	three.Orders[2] = 2
	if has(three, "stable", "2026-11-20") {
		t.Error("two orders in one of them are not")
	}
	// Before 20 November the whole months are October back to November last
	// year: index 11 is November, 10 December, 4 June.
	sales := monthly(100, 2, 12)
	sales.Orders[11], sales.Orders[10], sales.Orders[4] = 4, 4, 4
	if !has(sales, "seasonal", "2026-11-20") {
		t.Error("twice as many in sales months are seasonal")
	}
	sales.Orders[4] = 3
	if has(sales, "seasonal", "2026-11-20") {
		t.Error("a little less is not")
	}
	fall := monthly(1000, 5, 12)
	fall.Freight[0], fall.Freight[1], fall.Freight[2] = 500_00, 500_00, 500_00
	if has(fall, "slipping", "2026-11-20") {
		t.Error("half of before is not below half")
	}
	fall.Freight[0]--
	if !has(fall, "slipping", "2026-11-20") {
		t.Error("a fen below half is")
	}
	owes := monthly(10, 1, 12)
	owes.Overdue, owes.Complaints = 1, 1
	if !has(owes, "overdue", "2026-11-20") || !has(owes, "complained", "2026-11-20") {
		t.Error("owing and complaining are marks")
	}
}

func TestWorthIsMoreThanTheLineAndTheMiddleFromIt(t *testing.T) {
	r := classify.Default()
	for _, c := range []struct {
		yuan int64
		want string
	}{{5001, classify.WorthHigh}, {5000, classify.WorthMiddle}, {2000, classify.WorthMiddle}, {1999, classify.WorthLow}} {
		x := monthly(c.yuan, 1, 12)
		if got := r.Frame(*cuts(t, r, x), on).Label(&x).Worth; got != c.want {
			t.Errorf("%d a month: %s", c.yuan, got)
		}
	}
}

func TestStagesOfLife(t *testing.T) {
	r := classify.Default()
	steady := monthly(1000, 10, 12)
	steady.First = on.AddMonths(-30)
	change := func(fn func(*classify.Client)) classify.Client { c := steady; fn(&c); return c }
	for _, c := range []struct {
		name string
		c    classify.Client
		want string
	}{
		{"who never sent", classify.Client{}, classify.StageProspect},
		{"the first parcel this month", classify.Client{First: on.MonthStart(), Last: on}, classify.StageNew},
		{"the same every month", steady, classify.StageMature},
		{"a fifth more than before", change(func(c *classify.Client) { c.Freight[0], c.Freight[1], c.Freight[2] = 120000, 120000, 120000 }), classify.StageGrowing},
		{"a third less than before", change(func(c *classify.Client) { c.Freight[0], c.Freight[1], c.Freight[2] = 66000, 66000, 66000 }), classify.StageDeclining},
		{"nothing for three months", change(func(c *classify.Client) { c.Last = on.AddMonths(-3) }), classify.StageDeclining},
		{"a day less than six months", change(func(c *classify.Client) { c.Last = on.AddMonths(-6).Add(1) }), classify.StageDeclining},
		{"nothing for six months", change(func(c *classify.Client) { c.Last = on.AddMonths(-6) }), classify.StageLost},
		{"again after four months of nothing", change(func(c *classify.Client) { c.Orders[1], c.Orders[2], c.Orders[3], c.Orders[4] = 0, 0, 0, 0 }), classify.StageWonBack},
		{"again this month after three of nothing", change(func(c *classify.Client) { c.Orders[0], c.Orders[1], c.Orders[2] = 0, 0, 0 }), classify.StageWonBack},
		{"after two months of nothing", change(func(c *classify.Client) { c.Orders[1], c.Orders[2] = 0, 0 }), classify.StageMature},
	} {
		if got := r.Frame(*cuts(t, r, c.c), on).Label(&c.c).Stage; got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
	for i, list := range classify.Vocabularies {
		seen := map[string]int{}
		for _, term := range list {
			for _, s := range term.Stages {
				seen[s]++
			}
		}
		for _, s := range classify.Stages {
			if seen[s] != 1 {
				t.Errorf("vocabulary %d has stage %s %d times", i, s, seen[s])
			}
		}
	}
}

func TestProspectScore(t *testing.T) {
	for _, c := range []struct {
		name        string
		size, power string
		pieces      int64
		judged      [4]int64
		want        int
	}{
		{"nobody knows anything", "", "", 0, [4]int64{}, 0},
		{"the rep's fives alone", "", "", 0, [4]int64{5, 5, 5, 5}, 100},
		{"what was not judged does not count", "", "", 0, [4]int64{5, 0, 0, 3}, 80},
		{"the file alone", "large", "high", 1000, [4]int64{}, 100},
		{"half and half", "large", "high", 1000, [4]int64{1, 1, 1, 1}, 60},
	} {
		if got := classify.Prospect(c.size, c.power, c.pieces, c.judged); got != c.want {
			t.Errorf("%s: %d, not %d", c.name, got, c.want)
		}
	}
}

// some makes clients by chance, with ties and gaps.
func some(dice *rand.Rand, n int) []classify.Client {
	list := make([]classify.Client, n)
	for i := range list {
		c := &list[i]
		if dice.IntN(6) == 0 {
			c.Score = dice.IntN(101)
			continue
		}
		from := dice.IntN(12)
		for m := from; m < 12; m++ {
			if dice.IntN(4) > 0 {
				c.Orders[m] = int32(dice.IntN(40))
				c.Freight[m] = int64(c.Orders[m]) * int64(dice.IntN(50)) * 10_00
			}
		}
		c.Last = on.MonthStart().AddMonths(-from).Add(-dice.IntN(20))
		c.First = c.Last.AddMonths(-dice.IntN(30)).MonthStart()
	}
	return list
}

func rules(dice *rand.Rand) classify.Rules {
	r := classify.Default()
	r.Classes.Methods = nil
	for _, m := range classify.Methods {
		if dice.IntN(2) == 0 {
			r.Classes.Methods = append(r.Classes.Methods, m)
		}
	}
	if len(r.Classes.Methods) == 0 {
		r.Classes.Methods = []string{classify.ByRank}
	}
	r.Classes.All = dice.IntN(2) == 0
	if dice.IntN(2) == 0 {
		r.RFM.Way = classify.Quantile
	}
	return r
}

func TestTheOrderOfClientsDoesNotMatterAndEveryOneHasItsPlace(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		r, list := rules(dice), some(dice, 1+dice.IntN(60))
		k := classify.Cut(r, clientsOf(list))
		mixed := slices.Clone(list)
		dice.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if again := classify.Cut(r, clientsOf(mixed)); again != k {
			t.Fatalf("other cuts in another order: %+v %+v", k, again)
		}
		for i := range list {
			c := &list[i]
			l := r.Frame(k, on).Label(c)
			if !slices.Contains([]string{"A", "B", "C"}, r.Classes.Class(c, &k)) || !slices.Contains(classify.Stages, l.Stage) || !slices.Contains(classify.Levels, l.Level) {
				t.Fatalf("no class, stage or level: %+v", l)
			}
			if shipped := c.Last.Valid(); shipped != slices.Contains(classify.Worths, l.Worth) || shipped != slices.Contains(classify.Segments, l.RFM) || shipped != slices.Contains(classify.Tiers, l.Tier) {
				t.Fatalf("who sent has a worth, a segment and a tier, who did not has none: %+v", l)
			}
		}
	}
}

func TestMoreMoneyNeverLowersTheClass(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		r, list := rules(dice), some(dice, 2+dice.IntN(40))
		i := dice.IntN(len(list))
		k := classify.Cut(r, clientsOf(list))
		was, before := r.Classes.Class(&list[i], &k), r.Frame(k, on).Label(&list[i])
		for m := range list[i].Freight {
			list[i].Freight[m] += int64(dice.IntN(5000_00))
		}
		k = classify.Cut(r, clientsOf(list))
		now, after := r.Classes.Class(&list[i], &k), r.Frame(k, on).Label(&list[i])
		if now > was {
			t.Fatalf("more freight and %s became %s under %v", was, now, r.Classes.Methods)
		}
		if slices.Index(classify.Worths, after.Worth) > slices.Index(classify.Worths, before.Worth) {
			t.Fatalf("more freight and %s became %s", before.Worth, after.Worth)
		}
		top := func(tier string) int { return min(2, slices.Index(classify.Tiers, tier)) }
		if top(after.Tier) > top(before.Tier) {
			t.Fatalf("more freight and %s became %s", before.Tier, after.Tier)
		}
	}
}

// What would change a class is said by a figure: at that figure it is another.
func TestTheStepsOfAReasonAreWhereTheClassTurns(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		r, list := rules(dice), some(dice, 5+dice.IntN(30))
		r.Classes.Methods, r.Classes.All, r.Classes.Promise = []string{[]string{classify.ByAmount, classify.ByShare, classify.ByRank}[dice.IntN(3)]}, false, 0
		k := classify.Cut(r, clientsOf(list))
		c := list[dice.IntN(len(list))]
		for _, s := range r.Frame(k, on).WhyClass(&c).Facts[0].Steps {
			at := c
			for i := range r.Classes.Window {
				at.Freight[i] = s.From
			}
			if got := r.Classes.Class(&at, &k); got > s.To {
				t.Fatalf("%v: at %d a month it is %s, not %s", r.Classes.Methods, s.From, got, s.To)
			}
			for i := range r.Classes.Window {
				at.Freight[i] = s.From - 1
			}
			if got := r.Classes.Class(&at, &k); got <= s.To && s.From > 1 {
				t.Fatalf("%v: below %d a month it is still %s", r.Classes.Methods, s.From, got)
			}
		}
	}
}

func TestReasonsNameEveryLabel(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		r, list := rules(dice), some(dice, 20)
		k := classify.Cut(r, clientsOf(list))
		for i := range list {
			l := r.Frame(k, on).Label(&list[i])
			kinds := map[string]int{}
			for _, why := range r.Frame(k, on).Why(&list[i]) {
				kinds[why.Kind]++
				if len(why.Facts) == 0 {
					t.Fatalf("%s %s has no facts", why.Kind, why.Value)
				}
			}
			if kinds["mark"] != len(l.Marks.Words()) || kinds["worth"] != 1 || kinds["rfm"] != 1 || kinds["tier"] != 1 || kinds["level"] != 1 || kinds["stage"] != 1 {
				t.Fatalf("reasons %v of %+v", kinds, l)
			}
		}
	}
}

func TestFaultsOfRules(t *testing.T) {
	if r := classify.Default(); len(r.Classes.Faults())+len(r.RFM.Faults())+len(r.Tags.Faults()) > 0 {
		t.Errorf("the defaults have faults: %v %v %v", r.Classes.Faults(), r.RFM.Faults(), r.Tags.Faults())
	}
	for _, c := range []struct {
		name, field string
		spoil       func(*classify.Rules)
	}{
		{"B above A", "amount.1", func(r *classify.Rules) { r.Classes.Amount[1] = r.Classes.Amount[0] }},
		{"no method", "methods", func(r *classify.Rules) { r.Classes.Methods = nil }},
		{"every two months", "every", func(r *classify.Rules) { r.Classes.Every = 2 }},
		{"no weight", "weights.0", func(r *classify.Rules) { r.Classes.Weights = [4]int{} }},
		{"a window of thirteen months", "window", func(r *classify.Rules) { r.Classes.Window = 13 }},
		{"a cell without a segment", "segments", func(r *classify.Rules) { r.RFM.Segments[5] = "" }},
		{"recency the wrong way round", "recency.1", func(r *classify.Rules) { r.RFM.Recency = [2]int{3, 1} }},
		{"no season", "season", func(r *classify.Rules) { r.Tags.Season = nil }},
		{"lost before silent", "lost", func(r *classify.Rules) { r.Tags.Lost = 3 }},
	} {
		r := classify.Default()
		c.spoil(&r)
		found := slices.Concat(r.Classes.Faults(), r.RFM.Faults(), r.Tags.Faults())
		if len(found) == 0 || found[0].Field != c.field {
			t.Errorf("%s: %v", c.name, found)
		}
	}
}

func TestMonthsOfReevaluation(t *testing.T) {
	for every, want := range map[int][]int{1: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3: {1, 4, 7, 10}, 6: {1, 7}, 12: {1}} {
		var got []int
		for m := 1; m <= 12; m++ {
			if (classify.Classes{Every: every}).Due(m) {
				got = append(got, m)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("every %d months: %v", every, got)
		}
	}
}

func BenchmarkReclassify1M(b *testing.B) {
	dice := rand.New(rand.NewPCG(9, 9))
	list, r := some(dice, 1_000_000), classify.Default()
	r.Classes.Methods = []string{classify.ByAmount, classify.ByShare, classify.ByRank}
	for b.Loop() {
		f := r.Frame(classify.Cut(r, clientsOf(list)), on)
		n := 0
		for i := range list {
			if l := f.Label(&list[i]); l.Marks != 0 || f.Class(&list[i]) == "A" {
				n++
			}
		}
		if n == 0 {
			b.Fatal("nothing found")
		}
	}
}

// clientsOf are the clients of a list.
func clientsOf(list []classify.Client) func(func(*classify.Client) bool) {
	return func(yield func(*classify.Client) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}
