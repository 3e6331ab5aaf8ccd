package worktime

import (
	"errors"
	"math/rand/v2"
	"testing"

	"yike/policy/day"
)

var d = day.MustParse

// The two published tables that this one was compared with on every day from
// 2020-01-01 to 2027-01-03 (chinese-days 1.5.7 and lunar-javascript 1.7.7)
// agree which days are worked. They differ in four days that one of them names
// as part of a holiday and the other leaves as the weekend days they are.
func TestTheFourDaysOnWhichTheSourcesDifferRestEitherWay(t *testing.T) {
	for _, s := range []string{"2023-12-30", "2023-12-31", "2024-06-08", "2024-06-09"} {
		if worked, ok := China().IsWorkday(d(s)); worked || !ok {
			t.Errorf("%s: worked %v, known %v", s, worked, ok)
		}
	}
}

func TestIsWorkday(t *testing.T) {
	for _, c := range []struct {
		name, day  string
		worked, ok bool
	}{
		{"an ordinary Friday is worked", "2026-11-20", true, true},
		{"an ordinary Saturday is not", "2026-11-21", false, true},
		{"National Day is not", "2026-10-01", false, true},
		{"the Saturday after National Day 2026 makes up for it", "2026-10-10", true, true},
		{"the Sunday before National Day 2026 makes up for it", "2026-09-20", true, true},
		{"the last day of the long holiday of 2020", "2020-10-08", false, true},
		{"the day after it is worked", "2020-10-09", true, true},
		{"Spring Festival 2020 was prolonged to 2 February", "2020-01-31", false, true},
		{"New Year's Day on a Thursday", "2026-01-01", false, true},
		{"the Friday after it belongs to the holiday", "2026-01-02", false, true},
		{"the Sunday after it makes up for it", "2026-01-04", true, true},
		{"Spring Festival 2026 ends on 23 February", "2026-02-23", false, true},
		{"the turn of the year 2022", "2022-12-31", false, true},
		{"a Monday of 2027 is not announced", "2027-01-04", true, false},
		{"New Year's Day 2027 is not announced and is never guessed", "2027-01-01", true, false},
		{"nor is a day before the table", "2019-12-31", true, false},
	} {
		worked, ok := China().IsWorkday(d(c.day))
		if worked != c.worked || ok != c.ok {
			t.Errorf("%s: %s got worked %v known %v", c.name, c.day, worked, ok)
		}
	}
}

// The number of working days of each published year: the
// Mondays to Fridays, less the holidays on them, plus the made-up weekend days.
func TestEveryPublishedYearKeepsItsBalance(t *testing.T) {
	for year, want := range map[int]int{2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		got, ok := China().WorkdaysBetween(day.Of(year, 1, 1), day.Of(year, 12, 31))
		if !ok || got != want {
			t.Errorf("%d has %d working days (known %v), want %d", year, got, ok, want)
		}
	}
}

func TestAMadeUpDayIsAWeekendDayAndEachEntryIsSound(t *testing.T) {
	seen := 0
	for y := 2020; y <= 2026; y++ {
		for _, e := range China().Entries(y) {
			seen++
			if e.Kind == Work && !weekend(e.Day) {
				t.Errorf("%s is made up for, but was worked anyway", e.Day)
			}
			if e.Name == "" {
				t.Errorf("%s has no name", e.Day)
			}
		}
	}
	if seen != 254 {
		t.Errorf("%d entries, want 254", seen)
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		name, day   string
		over, total int
		ok          bool
	}{
		{"on the first morning nothing is over", "2026-11-01", 0, 21, true},
		{"on the second Monday five days are", "2026-11-09", 5, 21, true},
		{"on a Sunday the week is over", "2026-11-08", 5, 21, true},
		{"in the Golden Week nothing passes", "2026-10-08", 0, 18, true},
		{"on the day after its first working day one has", "2026-10-09", 1, 18, true},
		{"February 2026 with Spring Festival", "2026-02-24", 11, 16, true},
		{"January 2027 is not announced, and the plain week is named", "2027-01-05", 2, 21, false},
	} {
		over, total, ok := China().Elapsed(d(c.day), d(c.day))
		if over != c.over || total != c.total || ok != c.ok {
			t.Errorf("%s: got %d of %d, known %v; want %d of %d, %v", c.name, over, total, ok, c.over, c.total, c.ok)
		}
	}
	month := d("2026-11-15")
	if share, _ := China().ElapsedShare(month, d("2026-10-31")); share != 0 {
		t.Errorf("before the month %v of it is over", share)
	}
	if share, _ := China().ElapsedShare(month, d("2026-12-01")); share != 1 {
		t.Errorf("after the month %v of it is over", share)
	}
	if n, ok := China().WorkdaysInMonth(d("2026-10-31")); n != 18 || !ok {
		t.Errorf("October 2026 has %d working days, %v", n, ok)
	}
}

func TestAddWorkdays(t *testing.T) {
	for _, c := range []struct {
		name, from string
		n          int
		want       string
		ok         bool
	}{
		{"the next working day over the Golden Week", "2026-09-30", 1, "2026-10-08", true},
		{"a made-up Saturday counts", "2026-10-09", 1, "2026-10-10", true},
		{"back over the Golden Week", "2026-10-08", -1, "2026-09-30", true},
		{"nought on a working day is the day", "2026-11-20", 0, "2026-11-20", true},
		{"nought on a rest day is the next working day", "2026-11-21", 0, "2026-11-23", true},
		{"one after a Saturday is the Monday", "2026-11-21", 1, "2026-11-23", true},
		{"one before a Saturday is the Friday", "2026-11-21", -1, "2026-11-20", true},
		{"three before a Sunday", "2026-11-22", -3, "2026-11-18", true},
		{"over the turn of the year into the unknown", "2026-12-31", 1, "2027-01-01", false},
		{"from no day", "", 1, "", false},
		{"before all days", "0001-01-02", -2, "", false},
		{"after all days", "9999-12-31", 1, "", false},
		{"absurdly far", "2026-01-01", 1 << 40, "", false},
	} {
		got, ok := China().AddWorkdays(d(c.from), c.n)
		if got.String() != c.want || ok != c.ok {
			t.Errorf("%s: got %q %v, want %q %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestCountingEqualsWalking(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := China().AssumingWeekdays()
	base := d("2019-06-01")
	for range 2000 {
		a := base.Add(r.IntN(3300))
		b := a.Add(r.IntN(400))
		n := 0
		for x := a; x <= b; x++ {
			if worked, _ := c.IsWorkday(x); worked {
				n++
				if got, _ := c.AddWorkdays(a-1, n); got != x {
					t.Fatalf("working day %d after %s is %s, want %s", n, a-1, got, x)
				}
			}
		}
		if got, ok := c.WorkdaysBetween(a, b); got != n || !ok {
			t.Fatalf("from %s to %s: counted %d, walked %d", a, b, got, n)
		}
	}
}

func TestAnAdministratorImportsTheNextYear(t *testing.T) {
	before := China()
	after, err := before.With([]Entry{{d("2027-01-01"), Rest, "元旦"}, {d("2027-01-03"), Work, "元旦"}}, 2027)
	if err != nil {
		t.Fatal(err)
	}
	if before.Published(2027) || !after.Published(2027) || after.Published(2028) {
		t.Error("2027 must be announced in the new calendar only")
	}
	if n, ok := after.WorkdaysBetween(d("2026-12-31"), d("2027-01-04")); n != 3 || !ok {
		t.Errorf("over the turn of the year: %d %v, want Thursday, the made-up Sunday and Monday", n, ok)
	}
	if worked, _ := before.IsWorkday(d("2027-01-03")); worked {
		t.Error("the first calendar has changed")
	}
}

func TestABranchRestsOnItsOwnDays(t *testing.T) {
	c, err := China().With([]Entry{{d("2026-11-20"), Rest, "盘点"}, {d("2026-10-10"), Rest, ""}})
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := c.WorkdaysInMonth(d("2026-11-01")); n != 20 {
		t.Errorf("November has %d working days, want 20", n)
	}
	if worked, ok := c.IsWorkday(d("2026-10-10")); worked || !ok {
		t.Error("the branch's entry must hold against the statutory one")
	}
	if e, ok := c.Entry(d("2026-11-20")); !ok || e.Name != "盘点" {
		t.Errorf("the day is called %q, %v", e.Name, ok)
	}
	if c.Published(2027) {
		t.Error("own rest days announce no year")
	}
}

func TestFaultyEntriesAreRefused(t *testing.T) {
	for name, entries := range map[string][]Entry{
		"no day":       {{day.None, Rest, ""}},
		"no kind":      {{d("2027-01-01"), "", ""}},
		"another kind": {{d("2027-01-01"), "half", ""}},
		"a far year":   {{d("2101-01-01"), Rest, ""}},
		"an old year":  {{d("1989-12-31"), Rest, ""}},
	} {
		if _, err := China().With(entries); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := China().With(nil, 2101); !errors.Is(err, ErrEntry) {
		t.Errorf("a far year: %v", err)
	}
}

func TestACalendarOfNothingIsThePlainWeek(t *testing.T) {
	var c Calendar
	if n, ok := c.WorkdaysBetween(d("2026-10-01"), d("2026-10-31")); n != 22 || ok {
		t.Errorf("got %d %v, want 22 days and no announcement", n, ok)
	}
}

func BenchmarkWorkdaysBetween(b *testing.B) {
	c, from := China(), d("2020-01-01")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.WorkdaysBetween(from, from.Add(i%2500))
	}
}

func TestASpanSaysWhichYearIsNotAnnounced(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     int
	}{
		{"2026-12-10", "2026-12-31", 0},
		{"2026-12-10", "2027-01-01", 2027},
		{"2027-01-01", "2027-01-01", 2027},
		{"2026-01-01", "2028-01-01", 2027},
		{"2025-12-31", "2026-01-01", 0},
	} {
		if got := China().Unpublished(day.MustParse(tt.from), day.MustParse(tt.to)); got != tt.want {
			t.Errorf("%s to %s: %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}
