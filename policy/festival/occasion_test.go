package festival

import (
	"math"
	"slices"
	"testing"
	"time"

	"yike/policy/day"
)

// sun is the apparent longitude of the sun in degrees at an instant of Beijing
// time, by the short formula of Meeus' Astronomical Algorithms (chapter 25),
// which is right to about 0.01 degrees: an oracle that shares nothing with the
// table's source.
func sun(d day.Day, hours float64) float64 {
	year, month, dom := d.Date()
	y, m := float64(year), float64(month)
	if m <= 2 {
		y, m = y-1, m+12
	}
	century := math.Floor(y / 100)
	jd := math.Floor(365.25*(y+4716)) + math.Floor(30.6001*(m+1)) + float64(dom) + 2 - century + math.Floor(century/4) - 1524.5
	jd += (hours-8)/24 + 60.0/86400 // about the difference of dynamical time
	t := (jd - 2451545) / 36525
	rad := math.Pi / 180
	mean := 280.46646 + 36000.76983*t + 0.0003032*t*t
	anomaly := (357.52911 + 35999.05029*t - 0.0001537*t*t) * rad
	centre := (1.914602-0.004817*t-0.000014*t*t)*math.Sin(anomaly) + (0.019993-0.000101*t)*math.Sin(2*anomaly) + 0.000289*math.Sin(3*anomaly)
	long := mean + centre - 0.00569 - 0.00478*math.Sin((125.04-1934.136*t)*rad)
	return math.Mod(math.Mod(long, 360)+360, 360)
}

func TestEveryTermIsWhereTheSunIs(t *testing.T) {
	const near = 0.015 // what the short formula may be off by, and a minute's difference of time
	behind := func(long, target float64) float64 { return math.Mod(long-target+540, 360) - 180 }
	for term := FirstTerm; term <= LastTerm; term++ {
		target := math.Mod(285+15*float64(term-1), 360)
		var last day.Day
		for year := FirstYear; year <= LastYear; year++ {
			d, ok := term.On(year)
			if !ok {
				t.Fatalf("%s of %d has no day", term.Words(), year)
			}
			if start, end := behind(sun(d, 0), target), behind(sun(d, 24), target); start > near || end < -near {
				t.Errorf("%s of %d on %s: the sun is %.3f degrees past it at the day's start and %.3f at its end", term.Words(), year, d, start, end)
			}
			if last != 0 && (d-last < 364 || d-last > 367) {
				t.Errorf("%s: %d days from %s to %s", term.Words(), d-last, last, d)
			}
			last = d
		}
	}
}

func TestTermsThatTheAlmanacPrints(t *testing.T) {
	for s, term := range map[string]Term{"2026-02-04": 3, "2026-03-20": 6, "2026-04-05": TermQingming, "2026-06-21": 12, "2026-09-23": 18, "2026-12-22": 24,
		"2025-02-03": 3, "2024-12-21": 24, "2027-01-05": 1, "2000-02-04": 3, "1900-01-06": 1, "2021-02-03": 3, "2100-04-05": TermQingming} {
		want := day.MustParse(s)
		if d, ok := term.On(want.Year()); !ok || d != want {
			t.Errorf("%s of %d is %s, want %s", term.Words(), want.Year(), d, want)
		}
	}
	if _, ok := TermQingming.On(1899); ok {
		t.Error("1899 is outside the table")
	}
	if _, ok := Term(25).On(2026); ok || Term(0).Words() != "" {
		t.Error("there are 24 terms")
	}
}

// The rule of the lunar calendar by which a leap month is placed: each month
// with a middle term (the even ones) but the leap month, which has none.
func TestLeapMonthsHaveNoMiddleTerm(t *testing.T) {
	middle := map[Lunar]int{}
	for year := FirstYear; year <= LastYear; year++ {
		for term := Term(2); term <= LastTerm; term += 2 {
			d, _ := term.On(year)
			if l, ok := FromSolar(d); ok {
				l.Day = 0
				middle[l]++
			}
		}
	}
	leaps := 0
	for year := FirstYear; year <= LastYear; year++ {
		if m := LeapMonth(year); m != 0 {
			leaps++
			if n := middle[Lunar{Year: year, Month: m, Leap: true}]; n != 0 {
				t.Errorf("the leap month %d of %d has %d middle terms", m, year, n)
			}
		}
	}
	if leaps < 70 {
		t.Errorf("%d leap months in 201 years", leaps)
	}
}

func TestNamedFixedPoints(t *testing.T) {
	for s, year := range map[string]int{"2027-02-06": 2027, "2030-02-03": 2030, "2033-01-31": 2033, "2034-02-19": 2034} {
		spring, _ := On(Spring, year)
		eve, _ := On(NewYearsEve, year)
		if spring != day.MustParse(s) || eve != spring-1 {
			t.Errorf("春节 %d is %s after %s, want %s", year, spring, eve, s)
		}
	}
	for year := FirstYear; year <= LastYear; year++ {
		spring, _ := On(Spring, year)
		eve, _ := On(NewYearsEve, year)
		if l, ok := FromSolar(eve); ok && (l.Month != 12 || l.Leap || l.Day != MonthDays(l.Year, 12, false)) {
			t.Errorf("除夕 %d is %+v, not the last of 腊月", year, l)
		}
		if l, _ := FromSolar(spring); l.Month != 1 || l.Day != 1 || l.Year != year {
			t.Errorf("春节 %d is %+v", year, l)
		}
		if first, last := day.Of(year, time.January, 21), day.Of(year, time.February, 21); spring < first || spring > last {
			t.Errorf("春节 %d is %s", year, spring)
		}
	}
}

func TestOwnOccasions(t *testing.T) {
	for _, c := range []struct {
		why   string
		o     Occasion
		year  int
		want  string
		moved Moved
	}{
		{"a day of a solar month", Occasion{By: BySolar, Month: 5, Day: 20}, 2026, "2026-05-20", AsWritten},
		{"29 February in a leap year", Occasion{By: BySolar, Month: 2, Day: 29}, 2028, "2028-02-29", AsWritten},
		{"29 February in a common year", Occasion{By: BySolar, Month: 2, Day: 29}, 2026, "2026-02-28", NoFeb29},
		{"腊八, which belongs to the year before", Occasion{By: ByLunar, Month: 12, Day: 8}, 2025, "2026-01-26", AsWritten},
		{"a lunar 30th in a month of 29 days", Occasion{By: ByLunar, Month: 12, Day: 30}, 2025, "2026-02-16", ShortMonth},
		{"a lunar day of a month that is followed by its leap month", Occasion{By: ByLunar, Month: 6, Day: 24}, 2025, "2025-07-18", AsWritten},
		{"立冬", Occasion{By: ByTerm, Term: 21}, 2026, "2026-11-07", AsWritten},
		{"the second Sunday of May", Occasion{By: ByWeekday, Month: 5, Nth: 2, Weekday: time.Sunday}, 2026, "2026-05-10", AsWritten},
		{"the first Sunday of a month that begins on one", Occasion{By: ByWeekday, Month: 2, Nth: 1, Weekday: time.Sunday}, 2026, "2026-02-01", AsWritten},
		{"the last Thursday of November", Occasion{By: ByWeekday, Month: 11, Nth: Last, Weekday: time.Thursday}, 2026, "2026-11-26", AsWritten},
		{"the last Monday, of five", Occasion{By: ByWeekday, Month: 8, Nth: Last, Weekday: time.Monday}, 2026, "2026-08-31", AsWritten},
	} {
		c.o.Name, c.o.Mood = "周年", Joyful
		d, moved, ok := c.o.On(c.year)
		if !ok || d.String() != c.want || moved != c.moved {
			t.Errorf("%s: %s %q %v, want %s %q", c.why, d, moved, ok, c.want, c.moved)
		}
	}
	good := Occasion{Name: "司庆", By: BySolar, Month: 9, Day: 18, Mood: Joyful}
	for field, o := range map[string]Occasion{
		"name": {By: BySolar, Month: 9, Day: 18, Mood: Joyful}, "mood": {Name: "司庆", By: BySolar, Month: 9, Day: 18}, "by": {Name: "司庆", Mood: Joyful},
		"month": {Name: "司庆", By: BySolar, Month: 13, Day: 1, Mood: Joyful}, "day": {Name: "司庆", By: BySolar, Month: 4, Day: 31, Mood: Joyful},
		"term": {Name: "司庆", By: ByTerm, Term: 25, Mood: Joyful}, "nth": {Name: "司庆", By: ByWeekday, Month: 5, Nth: 5, Mood: Joyful},
		"weekday": {Name: "司庆", By: ByWeekday, Month: 5, Nth: 1, Weekday: 7, Mood: Joyful},
	} {
		if f := o.Faults(); !slices.Equal(f, []string{field}) {
			t.Errorf("%+v: %v, want %s", o, f, field)
		}
		if _, _, ok := o.On(2026); ok {
			t.Errorf("%s: a day all the same", field)
		}
	}
	if f := good.Faults(); len(f) != 0 {
		t.Errorf("nothing is wrong, and yet: %v", f)
	}
	if _, _, ok := good.On(2101); ok {
		t.Error("2101 is outside the table")
	}
}

// Every day of the table, and every kind of occasion: each comes once in a year
// of its own calendar, in order, and is found by whoever asks for a span.
func TestDatesFindEveryOccasionOnce(t *testing.T) {
	own := []Occasion{
		{Code: "own_1", Name: "甲", By: BySolar, Month: 2, Day: 29, Mood: Joyful}, {Code: "own_2", Name: "乙", By: ByLunar, Month: 12, Day: 30, Mood: Joyful},
		{Code: "own_3", Name: "丙", By: ByTerm, Term: 24, Mood: Peaceful}, {Code: "own_4", Name: "丁", By: ByWeekday, Month: 6, Nth: 3, Weekday: time.Sunday, Mood: Silent},
		{Code: "own_5", Name: "戊", By: BySolar, Month: 7, Day: 1, Mood: Joyful, Off: true},
	}
	seen := map[Code]map[int]day.Day{}
	for year := FirstYear; year <= LastYear; year++ {
		for month := time.January; month <= time.December; month++ {
			first := day.Of(year, month, 1)
			list := Dates(own, first, first.MonthEnd())
			for i, x := range list {
				if x.Day < first || x.Day > first.MonthEnd() || i > 0 && x.Day < list[i-1].Day {
					t.Fatalf("%s to %s: %+v", first, first.MonthEnd(), list)
				}
				if seen[x.Code] == nil {
					seen[x.Code] = map[int]day.Day{}
				}
				if was := seen[x.Code][x.Season]; was != 0 {
					t.Errorf("%s of %d is on %s and on %s", x.Code, x.Season, was, x.Day)
				}
				seen[x.Code][x.Season] = x.Day
			}
		}
	}
	for _, c := range append(slices.Clone(Codes), "own_1", "own_3", "own_4") {
		if n := len(seen[c]); n != LastYear-FirstYear+1 {
			t.Errorf("%s comes %d times in %d years", c, n, LastYear-FirstYear+1)
		}
	}
	if n := len(seen["own_2"]); n < LastYear-FirstYear { // the last one falls into 2101
		t.Errorf("own_2 comes %d times", n)
	}
	if seen["own_5"] != nil {
		t.Error("what is off comes all the same")
	}
}

func TestAnniversaries(t *testing.T) {
	since := day.MustParse("2024-02-29")
	for year, want := range map[int]string{2025: "2025-02-28", 2028: "2028-02-29"} {
		if d, n, ok := Anniversary(since, year); !ok || d.String() != want || n != year-2024 {
			t.Errorf("%d: %s, %d years", year, d, n)
		}
	}
	if _, _, ok := Anniversary(since, 2024); ok {
		t.Error("the day itself is no anniversary")
	}
}

// Season is the same on whichever day of a year one asks, so that a greeting is
// made once.
func TestSeasonOfABirthday(t *testing.T) {
	for _, b := range []Birthday{{Month: 2, Day: 29}, {Lunar: true, Month: 12, Day: 30}, {Lunar: true, Month: 6, Day: 1, Leap: true}, {Lunar: true, Month: 11, Day: 20}} {
		seen := map[int]day.Day{}
		for d := day.MustParse("1950-01-01"); d <= day.MustParse("2060-12-31"); d = d.Add(1) {
			on, _ := b.Next(d)
			season, ok := b.Season(on)
			if !ok {
				t.Fatalf("%+v on %s: no season", b, on)
			}
			if was := seen[season]; was != 0 && was != on {
				t.Fatalf("%+v: %d is on %s and on %s", b, season, was, on)
			}
			if in, ok := b.In(season); !ok || in != on {
				t.Fatalf("%+v: %d is %s, not %s", b, season, in, on)
			}
			seen[season] = on
		}
		if len(seen) < 111 {
			t.Errorf("%+v: %d birthdays in 111 years", b, len(seen))
		}
	}
	if _, ok := (Birthday{Month: 5, Day: 1}).Season(day.MustParse("2026-05-02")); ok {
		t.Error("a day that is no birthday has no season")
	}
}
