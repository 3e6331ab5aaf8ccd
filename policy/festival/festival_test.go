package festival

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"yike/policy/day"
)

// almanac holds sixty days of 1901 to 2099 as lunar-javascript names them.
//
//go:embed testdata/almanac.txt
var almanac string

func TestFestivalDaysOfTheAlmanac(t *testing.T) {
	for c, days := range map[Code]string{
		Spring:     "01-25 02-12 02-01 01-22 02-10 01-29 02-17 02-06 01-26 02-13 02-03 01-23 02-11 01-31 02-19 02-08",
		DragonBoat: "06-25 06-14 06-03 06-22 06-10 05-31 06-19 06-09 05-28 06-16 06-05 06-24 06-12 06-01 06-20 06-10",
		MidAutumn:  "10-01 09-21 09-10 09-29 09-17 10-06 09-25 09-15 10-03 09-22 09-12 10-01 09-19 09-08 09-27 09-16",
		Qingming:   "04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05 04-04 04-04 04-05 04-05",
	} {
		for i, want := range strings.Fields(days) {
			year := 2020 + i
			if d, ok := On(c, year); !ok || d.String() != fmt.Sprintf("%d-%s", year, want) {
				t.Errorf("%s %d is %s, want %s", c, year, d, want)
			}
		}
	}
	if d, _ := On(NewYearsEve, 2025); d.String() != "2025-01-28" {
		t.Errorf("除夕 2025 is 腊月廿九, 28 January, not %s", d)
	}
	if d, _ := On(DoubleNinth, 2026); d.String() != "2026-10-18" {
		t.Errorf("重阳 2026 is %s", d)
	}
	if _, ok := On(Spring, 2101); ok {
		t.Error("2101 is outside the table")
	}
	if _, ok := On("easter", 2026); ok {
		t.Error("an unknown festival has no day")
	}
	for _, c := range Codes {
		if _, ok := On(c, 2026); !ok {
			t.Errorf("%s has no day in 2026", c)
		}
	}
	if MoodOf(DragonBoat) != Peaceful || MoodOf(Qingming) != Silent || MoodOf(Spring) != Joyful || MoodOf("easter") != Silent {
		t.Error("moods: 端午 is peaceful, 清明 silent, 春节 joyful")
	}
	if d, ok := Next(Spring, day.MustParse("2026-02-18")); !ok || d.String() != "2027-02-06" {
		t.Errorf("the day after New Year's Day, the next one is %s", d)
	}
	if d, ok := Next(Spring, day.MustParse("2026-02-17")); !ok || d.String() != "2026-02-17" {
		t.Errorf("on New Year's Day, the next one is today, not %s", d)
	}
}

func TestLeapMonths(t *testing.T) {
	want := map[int]int{2020: 4, 2023: 2, 2025: 6, 2028: 5, 2031: 3, 2033: 11}
	for year := 2020; year <= 2035; year++ {
		if got := LeapMonth(year); got != want[year] {
			t.Errorf("leap month of %d is %d, want %d", year, got, want[year])
		}
	}
	if LeapMonth(1899) != 0 || LeapMonth(2101) != 0 {
		t.Error("years outside the table have no leap month")
	}
}

// The hash of all 73,384 days from 1900-01-31 to 2100-12-31 as lunar-javascript
// converts them: a wrong length of one month changes it.
func TestEveryDayOfTheTable(t *testing.T) {
	h := fnv.New64a()
	n := 0
	for d := day.MustParse("1900-01-31"); d <= day.MustParse("2100-12-31"); d++ {
		l, ok := FromSolar(d)
		if !ok {
			t.Fatalf("%s has no lunar date", d)
		}
		month := l.Month
		if l.Leap {
			month = -month
		}
		fmt.Fprintf(h, "%d/%d/%d;", l.Year, month, l.Day)
		if back, ok := l.Solar(); !ok || back != d {
			t.Fatalf("%s is %+v is %s", d, l, back)
		}
		n++
	}
	if n != 73384 || h.Sum64() != 0xa8c40ee6d846fd71 {
		t.Errorf("%d days hash to %#x", n, h.Sum64())
	}
}

func TestWords(t *testing.T) {
	lines := 0
	for line := range strings.Lines(almanac) {
		f := strings.Fields(line)
		l, ok := FromSolar(day.MustParse(f[0]))
		cycle, animal := YearWords(l.Year)
		if !ok || l.Words() != f[4] || cycle+animal != f[5] {
			t.Errorf("%s is %s %s%s, want %s %s", f[0], l.Words(), cycle, animal, f[4], f[5])
		}
		lines++
	}
	if lines != 60 {
		t.Fatalf("%d lines", lines)
	}
	for l, want := range map[Lunar]string{
		{2026, 1, 1, false}: "正月初一", {2025, 6, 15, true}: "闰六月十五", {2026, 12, 29, false}: "腊月廿九",
		{2026, 11, 20, false}: "冬月二十", {2026, 10, 30, false}: "十月三十", {2026, 13, 1, false}: "", {2026, 1, 31, false}: "",
	} {
		if got := l.Words(); got != want {
			t.Errorf("%+v is %q, want %q", l, got, want)
		}
	}
}

func TestOutsideTheTable(t *testing.T) {
	for _, s := range []string{"1900-01-30", "1850-06-01", "2101-01-29", "2102-01-01"} {
		if l, ok := FromSolar(day.MustParse(s)); ok {
			t.Errorf("%s became %+v", s, l)
		}
	}
	if _, ok := FromSolar(day.None); ok {
		t.Error("no day has a lunar date")
	}
	if l, ok := FromSolar(day.MustParse("2101-01-28")); !ok || l.Year != 2100 {
		t.Errorf("the last day of the lunar year 2100 is %+v, %v", l, ok)
	}
	for _, l := range []Lunar{{2026, 6, 1, true}, {2025, 6, 30, true}, {2026, 0, 1, false}, {2026, 1, 0, false}, {2101, 1, 1, false}} {
		if d, ok := l.Solar(); ok {
			t.Errorf("%+v became %s", l, d)
		}
	}
}

func TestBirthdayFaults(t *testing.T) {
	for _, c := range []struct {
		why string
		b   Birthday
		f   Fault
	}{
		{"an ordinary birthday", Birthday{Year: 1980, Month: 5, Day: 6}, Fine},
		{"without a year", Birthday{Month: 5, Day: 6}, Fine},
		{"29 February without a year", Birthday{Month: 2, Day: 29}, Fine},
		{"29 February of a leap year", Birthday{Year: 2000, Month: 2, Day: 29}, Fine},
		{"29 February of a common year", Birthday{Year: 1999, Month: 2, Day: 29}, NoSuchDay},
		{"30 February", Birthday{Month: 2, Day: 30}, BadDay},
		{"31 April", Birthday{Year: 1980, Month: 4, Day: 31}, BadDay},
		{"day 0", Birthday{Month: 4}, BadDay},
		{"month 13", Birthday{Month: 13, Day: 1}, BadMonth},
		{"year 1899", Birthday{Year: 1899, Month: 1, Day: 1}, BadYear},
		{"a solar leap month", Birthday{Month: 4, Day: 1, Leap: true}, LeapSolar},
		{"a lunar 30th without a year", Birthday{Lunar: true, Month: 6, Day: 30}, Fine},
		{"a lunar 31st", Birthday{Lunar: true, Month: 6, Day: 31}, BadDay},
		{"闰六月 of 2025", Birthday{Lunar: true, Year: 2025, Month: 6, Day: 29, Leap: true}, Fine},
		{"闰六月三十 of 2025, which has 29 days", Birthday{Lunar: true, Year: 2025, Month: 6, Day: 30, Leap: true}, NoSuchDay},
		{"闰六月 of 2026", Birthday{Lunar: true, Year: 2026, Month: 6, Day: 1, Leap: true}, NoSuchLeap},
		{"闰六月 of some year", Birthday{Lunar: true, Month: 6, Day: 1, Leap: true}, Fine},
		{"闰正月, which no year has", Birthday{Lunar: true, Month: 1, Day: 1, Leap: true}, NoSuchLeap},
	} {
		if f := c.b.Valid(); f != c.f {
			t.Errorf("%s: %q, want %q", c.why, f, c.f)
		}
	}
	today := day.Of(2026, time.May, 6)
	if f := (Birthday{Year: 2026, Month: 5, Day: 7}).ValidOn(today); f != NotYetPassed {
		t.Errorf("born tomorrow: %q", f)
	}
	if f := (Birthday{Year: 2026, Month: 5, Day: 6}).ValidOn(today); f != Fine {
		t.Errorf("born today: %q", f)
	}
	if f := (Birthday{Lunar: true, Year: 2026, Month: 12, Day: 1}).ValidOn(today); f != NotYetPassed {
		t.Errorf("born next 腊月: %q", f)
	}
}

func TestNextBirthday(t *testing.T) {
	for _, c := range []struct {
		why   string
		b     Birthday
		today string
		want  string
		moved Moved
		turns int
	}{
		{"the day before", Birthday{Year: 1980, Month: 5, Day: 6}, "2026-05-05", "2026-05-06", AsWritten, 46},
		{"the day itself", Birthday{Year: 1980, Month: 5, Day: 6}, "2026-05-06", "2026-05-06", AsWritten, 46},
		{"the day after waits a year", Birthday{Year: 1980, Month: 5, Day: 6}, "2026-05-07", "2027-05-06", AsWritten, 47},
		{"29 February in a common year", Birthday{Year: 2000, Month: 2, Day: 29}, "2027-01-01", "2027-02-28", NoFeb29, 27},
		{"29 February in a leap year", Birthday{Year: 2000, Month: 2, Day: 29}, "2028-02-28", "2028-02-29", AsWritten, 28},
		{"on 28 February of a common year, today", Birthday{Month: 2, Day: 29}, "2027-02-28", "2027-02-28", NoFeb29, 0},
		{"lunar, this year", Birthday{Lunar: true, Year: 1960, Month: 8, Day: 15}, "2026-09-01", "2026-09-25", AsWritten, 66},
		{"lunar, after it", Birthday{Lunar: true, Year: 1960, Month: 8, Day: 15}, "2026-09-26", "2027-09-15", AsWritten, 67},
		{"腊月 falls into the next solar year", Birthday{Lunar: true, Year: 1960, Month: 12, Day: 8}, "2026-12-31", "2027-01-15", AsWritten, 66},
		{"腊月 again before New Year's Day", Birthday{Lunar: true, Year: 1960, Month: 12, Day: 8}, "2027-01-16", "2028-01-04", AsWritten, 67},
		{"a leap month in a year that has it", Birthday{Lunar: true, Month: 6, Day: 1, Leap: true}, "2025-07-01", "2025-07-25", AsWritten, 0},
		{"a leap month in a year without it", Birthday{Lunar: true, Month: 6, Day: 1, Leap: true}, "2026-01-01", "2026-07-14", PlainMonth, 0},
		{"a plain month in a year with the leap month too", Birthday{Lunar: true, Month: 6, Day: 1}, "2025-01-29", "2025-06-25", AsWritten, 0},
		{"after the plain month the leap month is no birthday", Birthday{Lunar: true, Month: 6, Day: 1}, "2025-06-26", "2026-07-14", AsWritten, 0},
		{"腊月三十 in a year whose 腊月 has 29 days", Birthday{Lunar: true, Month: 12, Day: 30}, "2026-01-01", "2026-02-16", ShortMonth, 0},
		{"腊月三十 in a year whose 腊月 has 30 days", Birthday{Lunar: true, Month: 12, Day: 30}, "2024-01-20", "2024-02-09", AsWritten, 0},
		{"no birthday", Birthday{Month: 13, Day: 1}, "2026-01-01", "", AsWritten, 0},
		{"the end of the table", Birthday{Lunar: true, Month: 1, Day: 1}, "2100-12-01", "", AsWritten, 0},
	} {
		d, moved := c.b.Next(day.MustParse(c.today))
		if d.String() != c.want || moved != c.moved {
			t.Errorf("%s: %s %q, want %s %q", c.why, d, moved, c.want, c.moved)
			continue
		}
		turns, ok := c.b.Turns(d)
		if turns != c.turns || ok != (c.turns > 0) {
			t.Errorf("%s: turns %d, %v, want %d", c.why, turns, ok, c.turns)
		}
	}
}

// Whatever the birthday, Next is never before today and less than 13 lunar
// months and two days away.
func FuzzNext(f *testing.F) {
	f.Add(true, 1960, 6, 30, true, 739000)
	f.Add(false, 0, 2, 29, false, 739000)
	f.Fuzz(func(t *testing.T, lunar bool, year, month, d int, leap bool, today int) {
		b := Birthday{Lunar: lunar, Year: year, Month: month, Day: d, Leap: leap}
		now := day.Day(today)
		next, _ := b.Next(now)
		if next != day.None && (next < now || next-now > 415) {
			t.Fatalf("%+v on %s: %s", b, now, next)
		}
	})
}
