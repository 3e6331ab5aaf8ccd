package festival

import (
	"time"

	"yike/policy/day"
)

// Code names a festival.
type Code string

const (
	NewYear     Code = "new_year"      // 元旦, 1 January
	NewYearsEve Code = "new_years_eve" // 除夕, the day before Spring
	Spring      Code = "spring"        // 春节, 正月初一
	Lantern     Code = "lantern"       // 元宵, 正月十五
	Qingming    Code = "qingming"      // 清明, 4, 5 or 6 April
	Labour      Code = "labour"        // 劳动节, 1 May
	DragonBoat  Code = "dragon_boat"   // 端午, 五月初五
	Qixi        Code = "qixi"          // 七夕, 七月初七
	MidAutumn   Code = "mid_autumn"    // 中秋, 八月十五
	National    Code = "national"      // 国庆节, 1 October
	DoubleNinth Code = "double_ninth"  // 重阳, 九月初九
)

// Codes lists the festivals in the order of the solar year.
var Codes = []Code{NewYear, NewYearsEve, Spring, Lantern, Qingming, Labour, DragonBoat, Qixi, MidAutumn, National, DoubleNinth}

// Mood is the tone a greeting may take.
type Mood string

const (
	Joyful   Mood = "joyful"
	Peaceful Mood = "peaceful" // 端午安康: one wishes peace, not joy
	Silent   Mood = "silent"   // 清明: no greeting goes out
)

// MoodOf returns the tone of a festival. Unknown codes are Silent.
func MoodOf(c Code) Mood {
	switch c {
	case DragonBoat:
		return Peaceful
	case NewYear, NewYearsEve, Spring, Lantern, Labour, Qixi, MidAutumn, National, DoubleNinth:
		return Joyful
	}
	return Silent
}

// On returns the day of a festival in a solar year; false for an unknown code
// and for years outside the lunar table.
func On(c Code, year int) (day.Day, bool) {
	if year < FirstYear || year > LastYear {
		return day.None, false
	}
	lunar := func(month, d int) (day.Day, bool) { return Lunar{Year: year, Month: month, Day: d}.Solar() }
	switch c {
	case NewYear:
		return day.Of(year, time.January, 1), true
	case NewYearsEve:
		d, ok := lunar(1, 1)
		return d - 1, ok
	case Spring:
		return lunar(1, 1)
	case Lantern:
		return lunar(1, 15)
	case Qingming:
		return TermQingming.On(year)
	case Labour:
		return day.Of(year, time.May, 1), true
	case DragonBoat:
		return lunar(5, 5)
	case Qixi:
		return lunar(7, 7)
	case MidAutumn:
		return lunar(8, 15)
	case National:
		return day.Of(year, time.October, 1), true
	case DoubleNinth:
		return lunar(9, 9)
	}
	return day.None, false
}

// Next returns the first day from today on, today included, of a festival.
func Next(c Code, today day.Day) (day.Day, bool) {
	for year := today.Year(); year <= today.Year()+1; year++ {
		if d, ok := On(c, year); ok && d >= today {
			return d, true
		}
	}
	return day.None, false
}
