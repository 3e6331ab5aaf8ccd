package festival

import (
	"time"

	"yike/policy/day"
)

// A Birthday is the day a person celebrates (R64, R128): by the solar calendar
// or, as many older people do, by the lunar one. Year is 0 when unknown; Leap
// marks the leap month of the lunar calendar.
type Birthday struct {
	Lunar bool
	Year  int
	Month int
	Day   int
	Leap  bool
}

// Fault names what keeps a birthday from being one.
type Fault string

const (
	Fine         Fault = ""
	BadYear      Fault = "year"          // before 1900 or after 2100
	BadMonth     Fault = "month"         // not 1 to 12
	BadDay       Fault = "day"           // no such day in any year
	LeapSolar    Fault = "leap_solar"    // the solar calendar has no leap months
	NoSuchLeap   Fault = "no_such_leap"  // that year, or no year, has this leap month
	NoSuchDay    Fault = "no_such_day"   // that year's month is shorter (29 February, lunar 30th)
	NotYetPassed Fault = "in_the_future" // see ValidOn
)

// Valid checks a birthday by itself. The first fault in the order of year,
// month, leap month and day is returned.
func (b Birthday) Valid() Fault {
	switch {
	case b.Year != 0 && (b.Year < FirstYear || b.Year > LastYear):
		return BadYear
	case b.Month < 1 || b.Month > 12:
		return BadMonth
	case b.Leap && !b.Lunar:
		return LeapSolar
	case b.Leap && b.Year != 0 && LeapMonth(b.Year) != b.Month, b.Leap && !everLeap(b.Month):
		return NoSuchLeap
	case b.Day < 1 || b.Day > b.longest():
		return BadDay
	case b.Year != 0 && b.Day > b.daysIn(b.Year):
		return NoSuchDay
	}
	return Fine
}

// ValidOn is Valid, and refuses a birth that lies behind today.
func (b Birthday) ValidOn(today day.Day) Fault {
	if f := b.Valid(); f != Fine || b.Year == 0 {
		return f
	}
	if born, _ := b.in(b.Year); born > today {
		return NotYetPassed
	}
	return Fine
}

// Moved tells why a birthday is kept on another date than it is written.
type Moved string

const (
	AsWritten  Moved = ""
	PlainMonth Moved = "plain_month" // the year lacks the leap month
	ShortMonth Moved = "short_month" // the 30th in a month of 29 days
	NoFeb29    Moved = "no_feb_29"   // 28 February instead
)

// Next returns the first day from today on, today included, on which the
// birthday is kept, and whether it was moved:
//   - a birthday in a leap month is kept in the plain month of that number in
//     years without the leap month;
//   - the lunar 30th is kept on the 29th when the month has 29 days;
//   - 29 February is kept on 28 February in common years.
//
// It returns day.None for a birthday that is not Valid, and for days outside
// the lunar table.
func (b Birthday) Next(today day.Day) (day.Day, Moved) {
	if b.Valid() != Fine || !today.Valid() {
		return day.None, AsWritten
	}
	year := today.Year()
	if b.Lunar {
		l, ok := FromSolar(today)
		if !ok {
			return day.None, AsWritten
		}
		year = l.Year
	}
	for y := year; y <= year+1; y++ {
		if d, moved := b.in(y); d != day.None && d >= today {
			return d, moved
		}
	}
	return day.None, AsWritten
}

// Turns returns the age reached on the birthday kept at a day that Next
// returned: years counted in the person's own calendar, the birth itself 0.
// It reports false when the year of birth is unknown or later.
func (b Birthday) Turns(on day.Day) (int, bool) {
	year := on.Year()
	if b.Lunar {
		l, ok := FromSolar(on)
		if !ok {
			return 0, false
		}
		year = l.Year
	}
	if b.Year == 0 || year < b.Year {
		return 0, false
	}
	return year - b.Year, true
}

// In returns the day on which a birthday is kept in a year of its own calendar;
// false for one that is not Valid and outside the table.
func (b Birthday) In(year int) (day.Day, bool) {
	if b.Valid() != Fine || year < FirstYear || year > LastYear {
		return day.None, false
	}
	d, _ := b.in(year)
	return d, d != day.None
}

// in returns the day the birthday is kept in a year of its calendar.
func (b Birthday) in(year int) (day.Day, Moved) {
	if !b.Lunar {
		if b.Day > day.DaysIn(year, time.Month(b.Month)) {
			return day.Of(year, time.February, 28), NoFeb29
		}
		return day.Of(year, time.Month(b.Month), b.Day), AsWritten
	}
	moved := AsWritten
	l := Lunar{Year: year, Month: b.Month, Day: b.Day, Leap: b.Leap}
	if l.Leap && LeapMonth(year) != l.Month {
		l.Leap, moved = false, PlainMonth
	}
	if n := MonthDays(year, l.Month, l.Leap); l.Day > n {
		l.Day, moved = n, ShortMonth
	}
	d, ok := l.Solar()
	if !ok {
		return day.None, AsWritten
	}
	return d, moved
}

func (b Birthday) longest() int {
	if b.Lunar {
		return 30
	}
	return day.DaysIn(2000, time.Month(b.Month)) // a leap year
}

func (b Birthday) daysIn(year int) int {
	if b.Lunar {
		return MonthDays(year, b.Month, b.Leap)
	}
	return day.DaysIn(year, time.Month(b.Month))
}

// everLeap tells whether any year of the table has this leap month; 正月 and
// 腊月 never do between 1900 and 2100.
func everLeap(month int) bool {
	for y := FirstYear; y <= LastYear; y++ {
		if LeapMonth(y) == month {
			return true
		}
	}
	return false
}
