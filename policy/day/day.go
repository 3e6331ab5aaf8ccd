// Package day owns the calendar day: a date without a clock and without a
// zone, as the company's one business zone (Asia/Shanghai) names it. At every
// border (database, forms, JSON, CSV) a day is the text YYYY-MM-DD; inside the
// rules it is a number, so that comparing and counting cost nothing.
//
// It knows nothing of working days (policy/worktime) and nothing of the
// present: who needs today is given it.
package day

import (
	"errors"
	"fmt"
	"time"
)

// Day counts days from 0001-01-01, which is 1. The zero value is no day at
// all: an unknown or missing date. Days compare with the usual operators, and
// b-a is the number of days from a to b.
type Day int32

// None is the missing day.
const None Day = 0

// Last is the last day that has a four-digit year, 9999-12-31.
const Last Day = 3652059

// ErrFormat says that a text is not a day written YYYY-MM-DD.
var ErrFormat = errors.New("day: not a date written YYYY-MM-DD")

// secondsToUnix are the seconds from 0001-01-01 to 1970-01-01.
const secondsToUnix = 719162 * 86400

// Parse reads YYYY-MM-DD and nothing else; the empty text is None. A date that
// no calendar has (2025-02-29) is ErrFormat.
func Parse(s string) (Day, error) {
	if s == "" {
		return None, nil
	}
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return None, fmt.Errorf("%w: %.20q", ErrFormat, s)
	}
	y, ok1 := number(s[0:4])
	m, ok2 := number(s[5:7])
	d, ok3 := number(s[8:10])
	if !ok1 || !ok2 || !ok3 || y < 1 || m < 1 || m > 12 || d < 1 || d > DaysIn(y, time.Month(m)) {
		return None, fmt.Errorf("%w: %q", ErrFormat, s)
	}
	return Of(y, time.Month(m), d), nil
}

func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// MustParse is Parse for dates written in the program; it panics on a faulty one.
func MustParse(s string) Day {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Of is the day of that year, month and day of month; what overflows runs on
// into the next month, as in time.Date. A day outside the years 1 to 9999 is None.
func Of(year int, month time.Month, dayOfMonth int) Day {
	n := (time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC).Unix() + secondsToUnix) / 86400
	if n < 0 || n >= int64(Last) {
		return None
	}
	return Day(n) + 1
}

// At is the day on which the instant falls in the zone. The zone is the
// caller's, normally the company's.
func At(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Of(y, m, d)
}

// Valid says whether d is a day, and not None.
func (d Day) Valid() bool { return d >= 1 && d <= Last }

// Time is midnight UTC of the day, for what the time package can do and a Day
// cannot; None is the zero time.
func (d Day) Time() time.Time {
	if !d.Valid() {
		return time.Time{}
	}
	return time.Unix(int64(d-1)*86400-secondsToUnix, 0).UTC()
}

// Start is the instant at which the day begins in the zone; None is the zero
// time.
func (d Day) Start(zone *time.Location) time.Time {
	if !d.Valid() {
		return time.Time{}
	}
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, 0, 0, 0, zone)
}

// String is YYYY-MM-DD, and empty for None.
func (d Day) String() string {
	if !d.Valid() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// Date splits the day; None gives zeros.
func (d Day) Date() (year int, month time.Month, dayOfMonth int) {
	if !d.Valid() {
		return 0, 0, 0
	}
	return d.Time().Date()
}

// Year is the day's year, 0 for None.
func (d Day) Year() int { y, _, _ := d.Date(); return y }

// Add is the day n days later, earlier for a negative n. None stays None, and
// what leaves the years 1 to 9999 becomes None.
func (d Day) Add(n int) Day {
	sum := int64(d) + int64(n)
	if !d.Valid() || sum < 1 || sum > int64(Last) {
		return None
	}
	return Day(sum)
}

// Weekday is the day of the week; 0001-01-01 was a Monday.
func (d Day) Weekday() time.Weekday { return time.Weekday(d % 7) }

// MonthStart is the first day of d's month.
func (d Day) MonthStart() Day {
	y, m, _ := d.Date()
	if y == 0 {
		return None
	}
	return Of(y, m, 1)
}

// MonthEnd is the last day of d's month.
func (d Day) MonthEnd() Day {
	y, m, _ := d.Date()
	if y == 0 {
		return None
	}
	return Of(y, m, DaysIn(y, m))
}

// AddMonths is the same day n months later, or that month's last day where it
// has no such day: 31 January and a month is 28 or 29 February.
func (d Day) AddMonths(n int) Day {
	y, m, dom := d.Date()
	if y == 0 || n < -120_000 || n > 120_000 {
		return None
	}
	months := y*12 + int(m) - 1 + n
	if months < 12 {
		return None
	}
	y, m = months/12, time.Month(months%12+1)
	return Of(y, m, min(dom, DaysIn(y, m)))
}

// DaysIn is the number of days that the month has in the year.
func DaysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// MarshalText writes the day as String does.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the day as Parse does.
func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = Parse(string(b))
	return err
}
