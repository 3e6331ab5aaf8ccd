package festival

import (
	"testing"
	"time"

	"yike/policy/day"
)

// What every lunar calendar holds to, in each year of the table: twelve months,
// or thirteen with a leap month behind the plain one of its number, of 29 or 30
// days, which together reach to the next New Year's Day; never more than four
// long months on end nor three short ones; and each date of it leads to a day
// and back, the day after the one before.
func TestMonthsOfEveryYear(t *testing.T) {
	long, short := 0, 0
	d, _ := On(Spring, FirstYear)
	for year := FirstYear; year <= LastYear; year++ {
		if spring, ok := On(Spring, year); !ok || spring != d {
			t.Fatalf("the year before %d ends on %s, and 春节 is %s", year, d-1, spring)
		}
		days, months := 0, 0
		for month := 1; month <= 12; month++ {
			for _, leap := range []bool{false, true} {
				n := MonthDays(year, month, leap)
				if leap && (n != 0) != (LeapMonth(year) == month) {
					t.Errorf("%d has %d days in 闰%d, its leap month is %d", year, n, month, LeapMonth(year))
				}
				if n == 0 && leap {
					continue
				}
				switch n {
				case 29:
					long, short = 0, short+1
				case 30:
					long, short = long+1, 0
				default:
					t.Fatalf("month %d of %d (leap %v) has %d days", month, year, leap, n)
				}
				if long > 4 || short > 3 {
					t.Errorf("month %d of %d: %d long months, %d short ones on end", month, year, long, short)
				}
				for i := 1; i <= n; i++ {
					l := Lunar{Year: year, Month: month, Day: i, Leap: leap}
					on, ok := l.Solar()
					if back, known := FromSolar(on); !ok || on != d || !known || back != l {
						t.Fatalf("%+v is %s, want %s, and back %+v", l, on, d, back)
					}
					d++
				}
				if _, ok := (Lunar{Year: year, Month: month, Day: n + 1, Leap: leap}).Solar(); ok {
					t.Errorf("month %d of %d (leap %v) has a day %d", month, year, leap, n+1)
				}
				days, months = days+n, months+1
			}
		}
		if leap := LeapMonth(year) != 0; leap && (months != 13 || days < 383 || days > 385) || !leap && (months != 12 || days < 353 || days > 355) {
			t.Errorf("%d has %d months, %d days", year, months, days)
		}
	}
	if d != day.Of(2101, time.January, 29) {
		t.Errorf("the table ends on %s", d-1)
	}
}

// Nineteen years have seven leap months, but for the edges of a span.
func TestSevenLeapMonthsInNineteenYears(t *testing.T) {
	for year := FirstYear; year+18 <= LastYear; year++ {
		n := 0
		for y := year; y < year+19; y++ {
			if LeapMonth(y) != 0 {
				n++
			}
		}
		if n < 6 || n > 8 {
			t.Errorf("%d leap months from %d on", n, year)
		}
	}
}
