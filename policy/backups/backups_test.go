package backups

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

var zone = time.FixedZone("CST", 8*3600)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		panic(err)
	}
	return t
}

func good(days ...string) []Copy {
	var out []Copy
	for _, d := range days {
		if len(d) == 10 {
			d += " 01:00"
		}
		t := at(d)
		out = append(out, Copy{Name: Name(t, Nightly, false), At: t, Why: Nightly, Good: true})
	}
	return out
}

// nights are good copies of each night from a day back.
func nights(last string, n int) []Copy {
	var out []Copy
	for i := range n {
		out = append(out, good(at(last+" 01:00").AddDate(0, 0, -i).Format(time.DateOnly))...)
	}
	return out
}

func left(list []Copy, now time.Time) []string {
	gone := Drop(list, now)
	var days []string
	for _, c := range list {
		if !slices.Contains(gone, c.Name) {
			days = append(days, c.At.Format(time.DateOnly))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// TestDailyWeeklyAndMonthlyCopiesAreKept: each border written out.
func TestDailyWeeklyAndMonthlyCopiesAreKept(t *testing.T) {
	now := at("2026-11-23 01:05") // a Monday
	bad := func(day string) Copy { c := good(day)[0]; c.Good = false; return c }
	manual := func(day string) Copy {
		c := good(day)[0]
		c.Why, c.Name = Manual, Name(c.At, Manual, true)
		return c
	}
	for name, c := range map[string]struct {
		list []Copy
		want string
	}{
		"none":     {nil, ""},
		"only one": {good("2020-02-29"), "2020-02-29"},
		"seven":    {nights("2026-11-23", 7), "2026-11-17 2026-11-18 2026-11-19 2026-11-20 2026-11-21 2026-11-22 2026-11-23"},
		"the eighth is the week's": {nights("2026-11-23", 9), // 15 is a Sunday, the last of its week
			"2026-11-15 2026-11-17 2026-11-18 2026-11-19 2026-11-20 2026-11-21 2026-11-22 2026-11-23"},
		"a year and a half of nights": {nights("2026-11-23", 550), "2025-12-31 2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30 2026-07-31 2026-08-31 2026-09-30 2026-10-31 " +
			"2026-11-01 2026-11-08 2026-11-15 2026-11-17 2026-11-18 2026-11-19 2026-11-20 2026-11-21 2026-11-22 2026-11-23"},
		"a leap day is its month's":  {append(nights("2024-03-20", 20), good("2024-02-29", "2024-02-28")...), "2024-02-29 2024-03-03 2024-03-10 2024-03-14 2024-03-15 2024-03-16 2024-03-17 2024-03-18 2024-03-19 2024-03-20"},
		"off for a month":            {good("2026-11-23", "2026-10-20", "2026-10-19", "2026-10-18"), "2026-10-18 2026-10-19 2026-10-20 2026-11-23"},
		"two on a day: the later":    {good("2026-11-23 01:00", "2026-11-20 01:00", "2026-11-20 19:00"), "2026-11-20 2026-11-23"},
		"a new year's week is one":   {append(nights("2027-01-03", 7), good("2026-12-20")...), "2026-12-20 2026-12-28 2026-12-29 2026-12-30 2026-12-31 2027-01-01 2027-01-02 2027-01-03"},
		"bad ones go behind a good":  {append(good("2026-11-23"), bad("2026-11-22"), bad("2026-11-21")), "2026-11-23"},
		"bad ones stay before it":    {append(good("2026-11-20"), bad("2026-11-21"), bad("2026-11-22")), "2026-11-20 2026-11-21 2026-11-22"},
		"no good one: all stay":      {[]Copy{bad("2020-01-01"), bad("2026-11-22")}, "2020-01-01 2026-11-22"},
		"one by hand stays a week":   {append(nights("2026-11-23", 8), manual("2026-11-16 01:06")), "2026-11-16 2026-11-17 2026-11-18 2026-11-19 2026-11-20 2026-11-21 2026-11-22 2026-11-23"},
		"a clock ahead drops nobody": {good("2036-11-23", "2026-11-23", "2026-11-22"), "2026-11-22 2026-11-23 2036-11-23"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(left(c.list, now), " "); got != c.want {
				t.Errorf("kept %s\nwant %s", got, c.want)
			}
		})
	}
	two := good("2026-11-20 01:00", "2026-11-20 19:00", "2026-11-23 01:00")
	if got := Drop(two, now); len(got) != 1 || got[0] != two[0].Name {
		t.Errorf("of two on a day %v goes", got)
	}
	week := []Copy{manual("2026-11-16 01:06"), manual("2026-11-16 01:05")}
	week[0].Good, week[1].Good = true, true
	if got := Drop(append(good("2026-11-23", "2026-11-16 02:00"), week...), now); len(got) != 1 || got[0] != week[1].Name {
		t.Errorf("by hand, a week less a minute and a week: %v goes", got)
	}
}

// TestTheRuleNeverTakesTheLastGoodOne, whatever stands there.
func TestTheRuleNeverTakesTheLastGoodOne(t *testing.T) {
	now := at("2026-11-23 12:00")
	for n := range 400 {
		list := nights("2026-11-23", n+1)
		for i := range list {
			list[i].Good = i%(n%5+1) == n%3
		}
		newest := slices.IndexFunc(list, func(c Copy) bool { return c.Good })
		gone := Drop(list, now)
		if newest < 0 && len(gone) > 0 || newest >= 0 && slices.Contains(gone, list[newest].Name) {
			t.Fatalf("%d copies: %v", n+1, gone)
		}
	}
}

func TestALateCopyIsToldAfterTwoDays(t *testing.T) {
	last, began := at("2026-11-21 01:00"), at("2026-11-01 09:00")
	for name, c := range map[string]struct {
		last, since, now time.Time
		want             bool
	}{
		"to the minute":             {last, began, at("2026-11-23 01:00"), false},
		"a minute later":            {last, began, at("2026-11-23 01:01"), true},
		"none yet, the first day":   {time.Time{}, began, at("2026-11-02 09:00"), false},
		"none yet, the third":       {time.Time{}, began, at("2026-11-03 09:01"), true},
		"nothing is known":          {time.Time{}, time.Time{}, at("2026-11-23 01:00"), false},
		"the clock was set back":    {last, began, at("2026-11-01 01:00"), false},
		"the clock is years ahead":  {last, began, at("2036-11-23 01:00"), true},
		"a last one older than all": {at("2026-10-01 01:00"), began, at("2026-11-01 10:00"), true},
	} {
		if got := Late(c.last, c.since, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestANameSaysWhenAndWhy(t *testing.T) {
	when := time.Date(2026, 2, 28, 23, 59, 58, 0, zone)
	for _, sealed := range []bool{false, true} {
		for _, why := range []string{Nightly, Manual} {
			c, isSealed, ok := Parse(Name(when, why, sealed), zone)
			if !ok || isSealed != sealed || c.Why != why || !c.At.Equal(when) {
				t.Errorf("%s is %+v %v %v", Name(when, why, sealed), c, isSealed, ok)
			}
		}
	}
	for _, name := range []string{"", "yike.db", "yike-20260230-000000-nightly.zip", "yike-20260228-235958-other.zip", "../yike-20260228-235958-nightly.zip",
		"yike-20260228-235958-nightly.zip.part", "yike-20260228-235958-nightly.zip\n", "YIKE-20260228-235958-nightly.zip"} {
		if c, _, ok := Parse(name, zone); ok {
			t.Errorf("%q is taken for %+v", name, c)
		}
	}
}

func TestTheNightHasAnHour(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		now  string
		want string
	}{
		{DefaultSettings(), "2026-11-23 00:59", "2026-11-22"}, {DefaultSettings(), "2026-11-23 01:00", "2026-11-23"}, {DefaultSettings(), "2026-11-23 18:00", "2026-11-23"},
		{Settings{Hour: 0}, "2026-11-23 00:00", "2026-11-23"}, {Settings{Hour: 23}, "2026-11-23 22:59", "2026-11-22"}, {Settings{Hour: 1, Off: true}, "2026-11-23 18:00", ""},
	} {
		if got := c.s.Due(at(c.now)); got != c.want {
			t.Errorf("%+v at %s: %q", c.s, c.now, got)
		}
	}
	for _, c := range []struct {
		s    Settings
		want string
	}{
		{DefaultSettings(), ""}, {Settings{Hour: 24}, "hour"}, {Settings{Hour: -1, Second: "here"}, "hour second"}, {Settings{Second: "/mnt/nas"}, ""},
		{Settings{Second: "/" + strings.Repeat("a", 500)}, "second"},
	} {
		if got := strings.Join(c.s.Faults(path.IsAbs), " "); got != c.want {
			t.Errorf("%+v: %q", c.s, got)
		}
	}
}

func TestAPassphraseIsLongEnough(t *testing.T) {
	for phrase, want := range map[string]string{
		"": "short", "123456789": "short", "驿路梅花断肠时": "short", "驿路梅花断肠时又见雪": "", "saddle-kite-77": "", "aaaaaaaaaaaa": "plain", "abababababab": "plain",
		strings.Repeat("abcdef", 34): "long", strings.Repeat("梅花驿路断", 40): "",
	} {
		if got := PhraseFault(phrase); got != want {
			t.Errorf("%.20q: %q, want %q", phrase, got, want)
		}
	}
}
