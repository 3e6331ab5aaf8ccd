// Package festival owns the lunar calendar, birthdays kept by either calendar,
// and the days of the festivals on which a client is greeted. It does not know
// clients or greetings, nor which days are off (that is policy/worktime).
//
// The calendar is a table for the lunar years 1900 to 2100; outside it there
// is no answer rather than a computed guess.
package festival

import (
	"time"

	"yike/policy/day"
)

// A Lunar is a day of the lunar calendar. Leap marks the second month of the
// same number.
type Lunar struct {
	Year, Month, Day int
	Leap             bool
}

// FromSolar returns the lunar date of a day; false outside the table, which
// begins on 1900-01-31.
func FromSolar(d day.Day) (Lunar, bool) {
	year := d.Year()
	if year > LastYear+1 || year < FirstYear {
		return Lunar{}, false
	}
	if year > LastYear || d < newYear(year) {
		year--
	}
	if year < FirstYear {
		return Lunar{}, false
	}
	left := int(d - newYear(year))
	for i := range monthsIn(year) {
		n := 29 + int(years[year-FirstYear]>>i&1)
		if left < n {
			month, leap := monthAt(year, i)
			return Lunar{Year: year, Month: month, Day: left + 1, Leap: leap}, true
		}
		left -= n
	}
	return Lunar{}, false
}

// Solar returns the day of a lunar date; false when there is no such date: a
// leap month the year does not have, the 30th of a short month, a year outside
// the table.
func (l Lunar) Solar() (day.Day, bool) {
	if l.Day < 1 || l.Day > MonthDays(l.Year, l.Month, l.Leap) {
		return day.None, false
	}
	d := newYear(l.Year)
	for i := range monthsIn(l.Year) {
		month, leap := monthAt(l.Year, i)
		if month == l.Month && leap == l.Leap {
			return d + day.Day(l.Day-1), true
		}
		d += day.Day(29 + int(years[l.Year-FirstYear]>>i&1))
	}
	return day.None, false
}

// LeapMonth returns the number of the month that has a leap month behind it in
// a lunar year, 0 when there is none or the year is outside the table.
func LeapMonth(year int) int {
	if year < FirstYear || year > LastYear {
		return 0
	}
	return int(years[year-FirstYear] >> 13 & 15)
}

// MonthDays returns 29 or 30, or 0 when the year has no such month.
func MonthDays(year, month int, leap bool) int {
	if year < FirstYear || year > LastYear || month < 1 || month > 12 || leap && LeapMonth(year) != month {
		return 0
	}
	i := month - 1
	if l := LeapMonth(year); l > 0 && (month > l || leap) {
		i++
	}
	return 29 + int(years[year-FirstYear]>>i&1)
}

// monthAt names the i-th month of a year, counted from 0.
func monthAt(year, i int) (month int, leap bool) {
	switch l := LeapMonth(year); {
	case l == 0 || i < l:
		return i + 1, false
	default:
		return i, i == l
	}
}

func monthsIn(year int) int {
	if LeapMonth(year) > 0 {
		return 13
	}
	return 12
}

func newYear(year int) day.Day {
	return day.Of(year, time.January, 1) + day.Day(years[year-FirstYear]>>17)
}

// Words returns the Chinese name of the day in its year: 正月初一, 闰六月十五.
// It is a proper name, the same in every language of the screen; "" for what
// is no lunar date in any year.
func (l Lunar) Words() string {
	month, d := MonthWords(l.Month, l.Leap), DayWords(l.Day)
	if month == "" || d == "" {
		return ""
	}
	return month + d
}

// MonthWords returns 正月, 冬月, 闰六月; "" for no month.
func MonthWords(month int, leap bool) string {
	if month < 1 || month > 12 {
		return ""
	}
	words := [...]string{"正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊"}[month-1] + "月"
	if leap {
		return "闰" + words
	}
	return words
}

// DayWords returns 初一, 十五, 廿三, 三十; "" for no day.
func DayWords(d int) string {
	if d < 1 || d > 30 {
		return ""
	}
	ones := [...]string{"十", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case d <= 10:
		return "初" + ones[d%10]
	case d < 20:
		return "十" + ones[d%10]
	case d == 20:
		return "二十"
	case d < 30:
		return "廿" + ones[d%10]
	}
	return "三十"
}

// YearWords returns the name of a lunar year in the cycle of sixty and its
// animal: 丙午, 马.
func YearWords(year int) (cycle, animal string) {
	stems := []rune("甲乙丙丁戊己庚辛壬癸")
	branches := []rune("子丑寅卯辰巳午未申酉戌亥")
	animals := []rune("鼠牛虎兔龙蛇马羊猴鸡狗猪")
	n := ((year-4)%60 + 60) % 60
	return string([]rune{stems[n%10], branches[n%12]}), string(animals[n%12])
}
