package people

import "testing"

func TestAFigureOfTooLittleIsNone(t *testing.T) {
	for name, x := range map[string]struct {
		f    Figures
		code string
		want int64
		ok   bool
	}{
		"no parcels, no share":                       {Figures{}, Signed, 0, false},
		"one parcel is a share":                      {Figures{Parcels: 1, Signed: 1}, Signed, 1000, true},
		"two of three, rounded half up":              {Figures{Parcels: 3, Signed: 2}, Signed, 667, true},
		"four answers are too few":                   {Figures{Ratings: 4, Good: 4}, Praise, 0, false},
		"five are enough":                            {Figures{Ratings: 5, Good: 4}, Praise, 800, true},
		"99 parcels are too few for a rate":          {Figures{Parcels: 99, Complaints: 9}, Complaints, 0, false},
		"one complaint of 100 parcels is 100 of 10⁴": {Figures{Parcels: 100, Complaints: 1}, Complaints, 1000, true},
		"no complaint is a rate, too":                {Figures{Parcels: 100}, Complaints, 0, true},
		"no visits are none, and known":              {Figures{}, Visits, 0, true},
		"promises of which nothing is known":         {Figures{Cases: 3}, Answered, 0, false},
		"a word of nothing":                          {Figures{Visits: 3}, "other", 0, false},
	} {
		if got, _, _, ok := x.f.Value(x.code); got != x.want || ok != x.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
	for _, m := range Measures {
		if _, _, _, ok := (Figures{Parcels: 100, Ratings: 5, AnswerKept: 1, SolveKept: 1}).Value(m.Code); !ok {
			t.Errorf("%s is never known", m.Code)
		}
	}
}

func TestATargetOfAQuarterIsTheSumOrTheMeanOfItsMonths(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	visits, _ := ByCode(Visits)
	praise, _ := ByCode(Praise)
	for name, x := range map[string]struct {
		m      Measure
		months []*int64
		want   int64
		ok     bool
	}{
		"visits add up":                   {visits, []*int64{n(20), n(20), n(25)}, 65, true},
		"shares have a mean":              {praise, []*int64{n(900), n(950), n(950)}, 933, true},
		"a half is rounded up":            {praise, []*int64{n(900), n(901)}, 901, true},
		"one month":                       {praise, []*int64{n(950)}, 950, true},
		"a month without one leaves none": {visits, []*int64{n(20), nil, n(20)}, 0, false},
		"no months":                       {visits, nil, 0, false},
		"a target of nothing is a target": {visits, []*int64{n(0)}, 0, true},
	} {
		if got, ok := x.m.Together(x.months); got != x.want || ok != x.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
}

func TestAPersonsOwnTargetGoesBeforeThatOfAll(t *testing.T) {
	l := Targets{{Visits, Rep, 7, 30}, {Visits, Rep, 0, 20}, {Visits, Clerk, 0, 5}, {"pieces", Branch, 0, 900}}
	for _, x := range []struct {
		code, group string
		person      int64
		want        int64
		ok          bool
	}{{Visits, Rep, 7, 30, true}, {Visits, Rep, 8, 20, true}, {Visits, Rep, 0, 20, true}, {Visits, Clerk, 7, 5, true}, {Visits, Courier, 7, 0, false}, {"pieces", Branch, 0, 900, true}, {"freight", Branch, 0, 0, false}} {
		if got, ok := l.For(x.code, x.group, x.person); got != x.want || ok != x.ok {
			t.Errorf("%+v: %d, %v", x, got, ok)
		}
	}
	if _, ok := l.Own(Visits, Rep, 8); ok {
		t.Error("a target of one's own that nobody set")
	}
	if list, err := ParseTargets(""); list != nil || err != nil {
		t.Errorf("%v, %v", list, err)
	}
}

func TestADistanceIsZeroWhenTheTargetIsMet(t *testing.T) {
	visits, _ := ByCode(Visits)
	rate, _ := ByCode(Complaints)
	for _, x := range []struct {
		m                   Measure
		value, target, want int64
	}{{visits, 19, 20, 1}, {visits, 20, 20, 0}, {visits, 21, 20, 0}, {rate, 19, 20, 0}, {rate, 20, 20, 0}, {rate, 21, 20, 1}} {
		if got := x.m.Distance(x.value, x.target); got != x.want {
			t.Errorf("%s %d of %d: %d", x.m.Code, x.value, x.target, got)
		}
	}
}

func TestWhatMayBeAimedAtIsBetterOneWay(t *testing.T) {
	for _, group := range TargetGroups {
		list := Aims(group)
		if len(list) == 0 {
			t.Errorf("nothing to aim at with %s", group)
		}
		for _, m := range list {
			if got, ok := AimOf(group, m.Code); !ok || got.Unit != m.Unit || m.Good == 0 || m.Most() <= 0 {
				t.Errorf("%s of %s: %+v", m.Code, group, m)
			}
		}
	}
	for _, x := range [][2]string{{Rep, Acts}, {Courier, Visits}, {Branch, Visits + "s"}, {Branch, "ratings"}, {"", Visits}} {
		if _, ok := AimOf(x[0], x[1]); ok {
			t.Errorf("%s may aim at %s", x[0], x[1])
		}
	}
}

func TestWhatOthersClaimIsAFigureOfOursOrNone(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Presets {
		if seen[p.Key] || p.Source == "" {
			t.Errorf("%+v", p)
		}
		seen[p.Key] = true
		m, ok := AimOf(p.Group, p.Measure)
		if p.Measure != "" && (!ok || p.Value <= 0 || p.Value > m.Most()) || p.Measure == "" && p.Value != 0 {
			t.Errorf("%+v", p)
		}
	}
}
