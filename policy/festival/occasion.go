package festival

import (
	"slices"
	"time"
	"unicode/utf8"

	"yike/policy/day"
)

// Calendar says by what an occasion comes back every year.
type Calendar string

// The calendars of an occasion.
const (
	BySolar   Calendar = "solar"   // a day of a solar month
	ByLunar   Calendar = "lunar"   // a day of a lunar month
	ByTerm    Calendar = "term"    // a solar term
	ByWeekday Calendar = "weekday" // the nth weekday of a solar month
)

// Calendars lists them in the order of a form.
var Calendars = []Calendar{BySolar, ByLunar, ByTerm, ByWeekday}

// Last is the Nth of the last weekday of a month.
const Last = -1

// Occasion is a day that head office added to the festivals, with the rules
// that a birthday has: 29 February is kept on the 28th in common years, the
// lunar 30th on the 29th in a month of 29 days. A lunar occasion is one of the
// plain month: it does not come twice in a year with a leap month. A month has
// four of each weekday or five, so that there is a fourth and a last in each.
type Occasion struct {
	Code    Code         `json:"code"` // own_…, never used twice
	Name    string       `json:"name"`
	By      Calendar     `json:"by"`
	Month   int          `json:"month,omitempty"`
	Day     int          `json:"day,omitempty"`
	Term    Term         `json:"term,omitempty"`
	Nth     int          `json:"nth,omitempty"` // 1 to 4, or Last
	Weekday time.Weekday `json:"weekday,omitempty"`
	Mood    Mood         `json:"mood"`
	Off     bool         `json:"off,omitempty"` // not kept any more
}

// Moods lists the tones in the order of a form.
var Moods = []Mood{Joyful, Peaceful, Silent}

// MaxName is how many characters the name of an occasion has at most, and
// MaxOwn how many occasions head office may add.
const (
	MaxName = 12
	MaxOwn  = 40
)

// Faults names the fields that keep an occasion from being one.
func (o Occasion) Faults() []string {
	var out []string
	if n := utf8.RuneCountInString(o.Name); n == 0 || n > MaxName {
		out = append(out, "name")
	}
	if !slices.Contains(Moods, o.Mood) {
		out = append(out, "mood")
	}
	if !slices.Contains(Calendars, o.By) {
		return append(out, "by")
	}
	if o.By != ByTerm && (o.Month < 1 || o.Month > 12) {
		out = append(out, "month")
	}
	switch {
	case o.By == BySolar && !slices.Contains(out, "month") && (o.Day < 1 || o.Day > day.DaysIn(2000, time.Month(o.Month))),
		o.By == ByLunar && (o.Day < 1 || o.Day > 30):
		out = append(out, "day")
	case o.By == ByTerm && o.Term.Words() == "":
		out = append(out, "term")
	case o.By == ByWeekday && (o.Nth != Last && (o.Nth < 1 || o.Nth > 4)):
		out = append(out, "nth")
	case o.By == ByWeekday && (o.Weekday < time.Sunday || o.Weekday > time.Saturday):
		out = append(out, "weekday")
	}
	return out
}

// On returns the day of an occasion in a year of its own calendar, and whether
// it was moved; false when it has faults and outside the table.
func (o Occasion) On(year int) (day.Day, Moved, bool) {
	if len(o.Faults()) > 0 || year < FirstYear || year > LastYear {
		return day.None, AsWritten, false
	}
	switch o.By {
	case BySolar, ByLunar:
		d, moved := Birthday{Lunar: o.By == ByLunar, Month: o.Month, Day: o.Day}.in(year)
		return d, moved, d != day.None
	case ByTerm:
		d, ok := o.Term.On(year)
		return d, AsWritten, ok
	}
	first := day.Of(year, time.Month(o.Month), 1)
	d := first.Add((int(o.Weekday-first.Weekday()) + 7) % 7)
	if o.Nth != Last {
		return d.Add(7 * (o.Nth - 1)), AsWritten, true
	}
	for end := first.MonthEnd(); d.Add(7) <= end; {
		d = d.Add(7)
	}
	return d, AsWritten, true
}

// Date is one day of the calendar of festivals and occasions. Season is the
// year by which it is told apart from the same occasion a year before or
// after, in the occasion's own calendar.
type Date struct {
	Code   Code
	Day    day.Day
	Season int
	Mood   Mood
	Moved  Moved
}

// Dates returns the festivals and the occasions that are kept between two days,
// both included, by day and then in the order in which they are listed.
func Dates(own []Occasion, from, to day.Day) []Date {
	var out []Date
	add := func(d Date) {
		if d.Day >= from && d.Day <= to {
			out = append(out, d)
		}
	}
	if !from.Valid() || !to.Valid() {
		return nil
	}
	for year := from.Year() - 1; year <= to.Year(); year++ { // 腊月 belongs to the year before
		for _, c := range Codes {
			if d, ok := On(c, year); ok {
				add(Date{c, d, year, MoodOf(c), AsWritten})
			}
		}
		for _, o := range own {
			if d, moved, ok := o.On(year); ok && !o.Off {
				add(Date{o.Code, d, year, o.Mood, moved})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Date) int { return int(a.Day - b.Day) })
	return out
}

// Anniversary returns the day in a solar year on which something that happened
// on a day is remembered (29 February on the 28th in common years), and how
// many years it is then; false before the first.
func Anniversary(of day.Day, year int) (day.Day, int, bool) {
	if !of.Valid() || year <= of.Year() || year > LastYear {
		return day.None, 0, false
	}
	_, month, d := of.Date()
	on, _ := Birthday{Month: int(month), Day: d}.in(year)
	return on, year - of.Year(), true
}

// Season returns the year, in the person's own calendar, of the birthday that
// is kept on a day; false when it is not kept on that day.
func (b Birthday) Season(on day.Day) (int, bool) {
	if d, _ := b.Next(on); d != on || d == day.None {
		return 0, false
	}
	if !b.Lunar {
		return on.Year(), true
	}
	l, ok := FromSolar(on)
	return l.Year, ok
}
