package score

import (
	"testing"

	"yike/policy/day"
	"yike/policy/people"
)

func TestAMonthBecomesPoints(t *testing.T) {
	rep := []Line{{people.Visits, 50, 20, 0}, {people.Praise, 30, 900, 700}, {people.Complaints, 20, 0, 100}}
	all := people.Figures{Days: 1, Visits: 20, Ratings: 10, Good: 9, Parcels: 1000}
	with := func(set func(*people.Figures)) people.Figures {
		f := all
		set(&f)
		return f
	}
	for name, x := range map[string]struct {
		lines       []Line
		f           people.Figures
		days, whole int
		tenths      int64
		rated       bool
	}{
		"full marks":                               {rep, all, 30, 30, 1000, true},
		"more than full marks are full marks":      {rep, with(func(f *people.Figures) { f.Visits = 90 }), 30, 30, 1000, true},
		"half the visits":                          {rep, with(func(f *people.Figures) { f.Visits = 10 }), 30, 30, 750, true},
		"no visits":                                {rep, with(func(f *people.Figures) { f.Visits = 0 }), 30, 30, 500, true},
		"no parcels: the others count for it":      {rep, with(func(f *people.Figures) { f.Parcels = 0; f.Visits = 10 }), 30, 30, 688, true},
		"one complaint of 1,000 parcels is 10":     {rep, with(func(f *people.Figures) { f.Complaints = 1 }), 30, 30, 800, true},
		"praise at the point where there is none":  {rep, with(func(f *people.Figures) { f.Good = 7 }), 30, 30, 700, true},
		"praise halfway":                           {rep, with(func(f *people.Figures) { f.Good = 8 }), 30, 30, 850, true},
		"absent all month":                         {rep, people.Figures{}, 30, 30, 0, false},
		"came after the month":                     {rep, all, 0, 30, 0, false},
		"joined on the 20th, a third of November":  {rep, with(func(f *people.Figures) { f.Visits = 7 }), 11, 30, 977, true},
		"joined on the 20th, as many as are asked": {rep, with(func(f *people.Figures) { f.Visits = 8 }), 11, 30, 1000, true},
		"a rate is not asked by days":              {[]Line{{people.Praise, 100, 900, 700}}, all, 11, 30, 1000, true},
		"weights that do not add up are shares":    {[]Line{{people.Visits, 30, 20, 0}, {people.Praise, 30, 900, 700}}, with(func(f *people.Figures) { f.Visits = 10 }), 30, 30, 750, true},
		"nothing to count of":                      {[]Line{{people.Praise, 100, 900, 700}}, with(func(f *people.Figures) { f.Ratings = 4 }), 30, 30, 0, false},
		"by nothing at all":                        {nil, all, 30, 30, 0, false},
		"a measure that is none":                   {[]Line{{"luck", 100, 1, 0}}, all, 30, 30, 0, false},
	} {
		s := Draw(x.lines, x.f, x.days, x.whole)
		if s.Tenths != x.tenths || s.Rated != x.rated {
			t.Errorf("%s: %d, %v; want %d, %v (%+v)", name, s.Tenths, s.Rated, x.tenths, x.rated, s.Points)
		}
	}
}

func TestHowManyDaysOfAMonthSomebodyIsHere(t *testing.T) {
	for _, x := range []struct {
		month, joined, leaves string
		days, whole           int
	}{
		{"2026-11-01", "", "", 30, 30}, {"2026-11-01", "2026-11-20", "", 11, 30}, {"2026-11-01", "2026-11-01", "", 30, 30}, {"2026-11-01", "2026-11-30", "", 1, 30},
		{"2026-11-01", "2026-12-01", "", 0, 30}, {"2026-11-01", "2020-01-01", "2026-11-10", 10, 30}, {"2026-11-01", "", "2026-10-31", 0, 30}, {"2028-02-01", "", "", 29, 29}, {"2026-11-01", "2026-11-10", "2026-11-10", 1, 30},
	} {
		if days, whole := Employed(day.MustParse(x.month), x.joined, x.leaves); days != x.days || whole != x.whole {
			t.Errorf("%+v: %d of %d", x, days, whole)
		}
	}
}

func TestARuleAddsUpAndGoesTheRightWay(t *testing.T) {
	if f := Default().Check(); f != nil {
		t.Errorf("the shipped rule: %v", f)
	}
	of := func(lines ...Line) Rule { return Rule{map[string][]Line{people.Rep: lines}} }
	for name, x := range map[string]struct {
		r    Rule
		want string
	}{
		"nobody is scored":                    {Rule{}, ""},
		"99":                                  {of(Line{people.Visits, 99, 20, 0}), FaultSum},
		"101":                                 {of(Line{people.Visits, 101, 20, 0}), FaultSum},
		"full marks where there are none":     {of(Line{people.Visits, 100, 0, 0}), FaultWay},
		"the more complaints the better":      {of(Line{people.Complaints, 100, 100, 0}), FaultWay},
		"of what is neither better nor worse": {of(Line{people.Acts, 100, 20, 0}), FaultWay},
		"less than nothing":                   {of(Line{people.Visits, -100, 20, 0}), FaultWay},
	} {
		f := x.r.Check()
		if len(f) == 0 && x.want != "" || len(f) > 0 && f[0].Code != x.want {
			t.Errorf("%s: %v", name, f)
		}
	}
	if r, err := Parse(""); err != nil || len(r.Scores) != 3 {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := Parse("{"); err == nil {
		t.Error("half a rule")
	}
}

func TestAnObjectionIsAnsweredBeforeASheetIsApproved(t *testing.T) {
	drawn := day.MustParse("2026-12-01")
	for _, x := range []struct {
		state, today string
		want         bool
	}{
		{Drawn, "2026-12-03", false}, {Drawn, "2026-12-04", true}, {Seen, "2026-12-01", true}, {Objected, "2026-12-31", false}, {Answered, "2026-12-03", false}, {Answered, "2026-12-04", true}, {Approved, "2026-12-31", false},
	} {
		if got := MayApprove(x.state, drawn, day.MustParse(x.today)); got != x.want {
			t.Errorf("%+v: %v", x, got)
		}
	}
	for _, s := range States {
		if MaySpeak(s) != (s == Drawn || s == Seen || s == Answered) {
			t.Errorf("speaks when %s", s)
		}
	}
}

func TestAnObjectionOutlivesARedraw(t *testing.T) {
	for _, s := range States {
		if got := Redrawn(s); (got == Objected) != (s == Objected) || got != Objected && got != Drawn {
			t.Errorf("%s drawn anew is %s", s, got)
		}
	}
}
