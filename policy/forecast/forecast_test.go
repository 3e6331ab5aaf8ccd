package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
)

// months are some of one value, followed by others.
func months(n int, value int64, more ...int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = value
	}
	return append(out, more...)
}

func TestWhatIsToCome(t *testing.T) {
	// A year that doubles in its twelfth month, then the same again up to the tenth.
	year := append(months(11, 100), 200)
	seasonal := append(append([]int64{}, year...), months(10, 150)...)
	for name, x := range map[string]struct {
		months   []int64
		ahead    int
		pieces   int64
		season   float64
		seasonal bool
		tested   int
		ok       bool
	}{
		"three months alone":                          {[]int64{90, 100, 110}, 1, 100, 1, false, 0, true},
		"two are too few":                             {[]int64{90, 100}, 1, 0, 0, false, 0, false},
		"nothing at all":                              {nil, 1, 0, 0, false, 0, false},
		"nothing in the last three":                   {[]int64{50, 50, 0, 0, 0}, 1, 0, 0, false, 0, false},
		"who began two months ago":                    {[]int64{0, 0, 0, 40, 60}, 1, 0, 0, false, 0, false},
		"… and three":                                 {[]int64{0, 0, 40, 60, 80}, 1, 60, 1, false, 0, true},
		"a return is no parcel":                       {[]int64{0, 0, -3}, 1, 0, 0, false, 0, false},
		"the twelfth doubles, seen two months before": {seasonal, 2, 300, 2, true, 6, true},
		"… and the eleventh does not":                 {seasonal, 1, 150, 1, true, 6, true},
		"this month already":                          {seasonal, 0, 0, 0, false, 0, false},
		"five months ahead":                           {seasonal, 5, 0, 0, false, 0, false},
		"a year ago too little to know a season":      {append(months(11, 9), months(4, 90)...), 1, 90, 1, false, 6, true},
		"… and just enough":                           {append(months(12, 10), months(3, 90)...), 1, 90, 1, true, 6, true},
		"a season is bounded above":                   {append([]int64{10, 10, 10, 5000}, months(11, 10)...), 1, 40, 4, true, 6, true},
		"… and below":                                 {append([]int64{100, 100, 100, 0}, months(11, 100)...), 1, 25, 0.25, true, 6, true},
	} {
		f, ok := Of(x.months, x.ahead)
		if ok != x.ok || f.Pieces != x.pieces || f.Season != x.season || f.Seasonal != x.seasonal || f.Months != x.tested {
			t.Errorf("%s: %+v, %v", name, f, ok)
		}
	}
}

func TestHowFarOffItWas(t *testing.T) {
	// Of three months each the mean of those before: 100 for 130, (100+100+130)/3 = 110 for 80.
	f, ok := Of([]int64{100, 100, 100, 130, 80}, 1)
	part, known := f.Error()
	if !ok || f.Months != 2 || f.Off != 60 || f.Came != 210 || !known || math.Abs(part-60.0/210) > 1e-9 {
		t.Errorf("%+v, %v of it", f, part)
	}
	if f.Pieces != 103 || f.Change() != 0 {
		t.Errorf("%d pieces, %d from the level", f.Pieces, f.Change())
	}
	if _, known := (Forecast{}).Error(); known {
		t.Error("what was not tested says how far off it was")
	}
	if _, known := (Forecast{Months: 2}).Error(); known {
		t.Error("of nothing that came no part can be said")
	}
}

// A level that does not move and a season that comes back each year are met
// exactly; whatever comes, nothing is negative or beyond the bounds, and months
// before those that count change nothing.
func TestPropertiesOfAForecast(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	for range 2000 {
		shape := make([]int64, 12)
		for i := range shape {
			shape[i] = 50 + r.Int64N(50)
		}
		n, ahead := 24+r.IntN(12), 1+r.IntN(MostAhead)
		again := make([]int64, n)
		for i := range again {
			again[i] = shape[i%12]
		}
		f, ok := Of(again, ahead)
		if want := shape[(n-1+ahead)%12]; !ok || f.Pieces != want || !f.Seasonal {
			t.Fatalf("a year that comes again: %+v, want %d", f, want)
		}
		for i := range again {
			again[i] = 1 + r.Int64N(400)
		}
		f, ok = Of(again, ahead)
		if ok && (f.Pieces < 0 || f.Season < leastSeason || f.Season > mostSeason || f.Off < 0) {
			t.Fatalf("%v: %+v", again, f)
		}
		if g, same := Of(append(months(30, 999), again[max(0, n-Known):]...), ahead); n >= Known && (same != ok || g != f) {
			t.Fatalf("older months count: %+v, %+v", f, g)
		}
	}
}
