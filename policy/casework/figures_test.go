package casework

import (
	"slices"
	"testing"

	"yike/policy/day"
)

func TestAPromiseIsKeptLateOrOpen(t *testing.T) {
	const now = 1000
	for name, x := range map[string]struct {
		due, done, closed int64
		paused            int64
		want              Kept
	}{
		"nothing was promised":                      {0, 500, 0, 0, PromiseOpen},
		"done before":                               {900, 500, 0, 0, PromiseKept},
		"done at the instant":                       {900, 900, 0, 0, PromiseKept},
		"done an instant later":                     {900, 901, 0, 0, PromiseLate},
		"there is time":                             {1000, 0, 0, 0, PromiseOpen},
		"time is over":                              {999, 0, 0, 0, PromiseLate},
		"time is over, the clock stands still":      {999, 0, 0, 500, PromiseOpen},
		"it was over before the clock stood still":  {900, 0, 0, 950, PromiseLate},
		"closed in time, nobody was answered":       {900, 0, 900, 0, PromiseOpen},
		"closed too late, nobody was answered":      {900, 0, 901, 0, PromiseLate},
		"answered in time, closed long after that":  {900, 800, 990, 0, PromiseKept},
		"answered late though the clock now stands": {900, 950, 0, 960, PromiseLate},
	} {
		if got := Promise(x.due, x.done, x.closed, x.paused, now); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestAPercentileIsTheSmallestThatSoManyDoNotExceed(t *testing.T) {
	for name, x := range map[string]struct {
		list         []int64
		half, ninety int64
	}{
		"none": {nil, 0, 0}, "one": {[]int64{7}, 7, 7}, "two: the lower one": {[]int64{3, 9}, 3, 9}, "three": {[]int64{1, 5, 9}, 5, 9},
		"ten": {[]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5, 9}, "eleven": {[]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 10}, "all alike": {[]int64{4, 4, 4, 4}, 4, 4},
	} {
		if half, ninety := Percentile(x.list, 50), Percentile(x.list, 90); half != x.half || ninety != x.ninety {
			t.Errorf("%s: %d and %d, want %d and %d", name, half, ninety, x.half, x.ninety)
		}
		// By its definition, counted.
		for p := 1; p <= 100 && len(x.list) > 0; p++ {
			got, upto := Percentile(x.list, p), 0
			for _, v := range x.list {
				if v <= got {
					upto++
				}
			}
			at := slices.Index(x.list, got)
			if upto*100 < p*len(x.list) || at*100 >= p*len(x.list) {
				t.Errorf("%s: the %dth is %d", name, p, got)
			}
		}
	}
}

func TestARateIsForTenThousandParcels(t *testing.T) {
	for name, x := range map[string]struct {
		complaints, parcels, want int64
		ok                        bool
	}{
		"no parcels":                     {3, 0, 0, false},
		"more cancelled than sent":       {3, -1, 0, false},
		"one in ten thousand":            {1, 10_000, 10, true},
		"three in a thousand":            {3, 1_000, 300, true},
		"half a tenth goes up":           {1, 200_000, 1, true},
		"less than half a tenth is none": {1, 200_001, 0, true},
		"none":                           {0, 500, 0, true},
		"too few parcels":                {1, 99, 0, false},
		"just enough":                    {1, 100, 1000, true},
	} {
		if got, ok := Rate(x.complaints, x.parcels); got != x.want || ok != x.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
}

func TestATallyRanksAndAddsUp(t *testing.T) {
	tally := NewTally(1000)
	for i, x := range []Seen{
		{Kind: Complaint, Step: Closed, CustomerID: 1, TopID: 2, CauseID: 21, Day: day.MustParse("2026-02-28"), AnswerDue: 5, AnsweredAt: 5, AnswerTook: 4},
		{Kind: Complaint, Step: Closed, CustomerID: 1, TopID: 1, CauseID: 11, Day: day.MustParse("2026-03-01"), AnswerDue: 5, AnsweredAt: 6, AnswerTook: 9, Reopened: true},
		{Kind: Suggestion, Step: Tell, CustomerID: 2, TopID: 1, CauseID: 1, Day: day.MustParse("2026-03-02")},
		{Kind: Complaint, Step: Tell, CustomerID: 1, TopID: 1, CauseID: 11, Day: day.MustParse("2026-03-08"), BranchID: 9},
	} {
		tally.Add(&x)
		if tally.All.N != int64(i+1) {
			t.Fatal(tally.All.N)
		}
	}
	tops := Rank(tally.Tops)
	if len(tops) != 2 || tops[0].Key != 1 || tops[0].N != 3 || tops[0].Upto != 3 || tops[1].Key != 2 || tops[1].Upto != 4 {
		t.Errorf("causes: %+v", tops)
	}
	if top, n := tally.Worst(1); top != 1 || n != 2 {
		t.Errorf("the worst cause of a client: %d, %d", top, n)
	}
	if tally.All.Answer.Kept != 1 || tally.All.Answer.Late != 1 || tally.All.Open != 2 || tally.All.Complaints != 3 || tally.All.Reopened != 1 {
		t.Errorf("all: %+v", tally.All)
	}
	if half, _ := tally.All.Answer.Percentile(50); half != 4 {
		t.Errorf("median %d", half)
	}
	if tally.Months[day.MustParse("2026-03-01")].N != 3 || tally.Months[day.MustParse("2026-02-01")].N != 1 || tally.Complaints[BranchMonth{9, day.MustParse("2026-03-01")}] != 1 {
		t.Errorf("months: %v, complaints: %v", tally.Months, tally.Complaints)
	}
	// 28 February 2026 is a Saturday.
	for i, want := range []int64{1, 0, 0, 0, 0, 1, 2} {
		if tally.Weekdays[i].N != want {
			t.Errorf("weekday %d: %d, want %d", i+1, tally.Weekdays[i].N, want)
		}
	}
}
