// Package worktime owns the question which days people work: Monday to Friday,
// the statutory holidays of China and the weekend days that make up for them,
// and what an administrator or a branch adds to these.
//
// The State Council announces each year's arrangement late in the year before.
// For a year not yet announced (未公布) every answer comes with ok=false; a
// caller who can live with a plain Monday to Friday says so with
// AssumingWeekdays, and tells the reader.
//
// It knows nothing of the present, of opening hours and of who is on leave.
package worktime

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"yike/policy/day"
)

// Kind says what an entry makes of its day.
type Kind string

// The kinds of a day that differs from the plain week.
const (
	Rest Kind = "rest" // a holiday, or a rest day of the branch
	Work Kind = "work" // a weekend day worked to make up for a holiday (调休上班)
)

// Entry is one day that differs from the plain week, or that has a name.
type Entry struct {
	Day  day.Day `json:"day"`
	Kind Kind    `json:"kind"`
	Name string  `json:"name"` // the holiday in Chinese (国庆节), as announced; may be empty
}

// The years for which entries are taken. Beyond them a typing error is likelier
// than an announcement, and the tables of a Calendar stay small.
const (
	FirstYear = 1990
	LastYear  = 2100
)

// ErrEntry says that an entry or a year cannot belong to a calendar.
var ErrEntry = errors.New("worktime: faulty calendar entry")

// Calendar answers for any day whether it is worked. It is immutable and safe
// for use by many at once; counting costs the same for a day and for a century.
type Calendar struct {
	entries   []Entry // by day, one a day
	published [LastYear - FirstYear + 1]bool
	assume    bool

	first, last day.Day // the window of worked; outside of it the week is plain
	before      int32   // working days up to the eve of first
	worked      []int32 // worked[i]: working days from first through first+i
}

//go:embed days.tsv
var statutory string

// China is the statutory calendar as announced for 2020 to 2026.
var China = sync.OnceValue(func() *Calendar {
	entries, err := parse(statutory)
	if err == nil {
		var c *Calendar
		if c, err = new(Calendar).With(entries, 2020, 2021, 2022, 2023, 2024, 2025, 2026); err == nil {
			return c
		}
	}
	panic(err) // the embedded table is held by a test
})

func parse(tsv string) ([]Entry, error) {
	var entries []Entry
	for line := range strings.Lines(tsv) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("%w: %q", ErrEntry, line)
		}
		d, err := day.Parse(f[0])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrEntry, err)
		}
		entries = append(entries, Entry{d, Kind(f[1]), f[2]})
	}
	return entries, nil
}

// With is the calendar with further entries; on a day that it has already, the
// new entry holds. The years are those that the entries announce completely:
// an administrator importing the notice for 2027 names 2027, a branch adding
// its own rest days names none.
func (c *Calendar) With(entries []Entry, years ...int) (*Calendar, error) {
	byDay := make(map[day.Day]Entry, len(c.entries)+len(entries))
	for _, e := range c.entries {
		byDay[e.Day] = e
	}
	for _, e := range entries {
		if y := e.Day.Year(); y < FirstYear || y > LastYear || e.Kind != Rest && e.Kind != Work {
			return nil, fmt.Errorf("%w: %q %q", ErrEntry, e.Day, e.Kind)
		}
		byDay[e.Day] = e
	}
	next := &Calendar{published: c.published, assume: c.assume}
	for _, y := range years {
		if y < FirstYear || y > LastYear {
			return nil, fmt.Errorf("%w: year %d", ErrEntry, y)
		}
		next.published[y-FirstYear] = true
	}
	for _, e := range byDay {
		next.entries = append(next.entries, e)
	}
	slices.SortFunc(next.entries, func(a, b Entry) int { return int(a.Day - b.Day) })
	next.count()
	return next, nil
}

func (c *Calendar) count() {
	if len(c.entries) == 0 {
		return
	}
	c.first, c.last = c.entries[0].Day, c.entries[len(c.entries)-1].Day
	c.before = plainUntil(c.first - 1)
	c.worked = make([]int32, c.last-c.first+1)
	var n int32
	rest := c.entries
	for d := c.first; d <= c.last; d++ {
		worked := !weekend(d)
		if rest[0].Day == d {
			worked, rest = rest[0].Kind == Work, rest[1:]
		}
		if worked {
			n++
		}
		c.worked[d-c.first] = n
	}
}

// AssumingWeekdays is the same calendar for a caller who takes a plain Monday
// to Friday for years not announced: ok is then always true, and Published
// still tells the truth.
func (c *Calendar) AssumingWeekdays() *Calendar {
	next := *c
	next.assume = true
	return &next
}

// Published says whether the year's holidays are known (otherwise 未公布).
func (c *Calendar) Published(year int) bool {
	return year >= FirstYear && year <= LastYear && c.published[year-FirstYear]
}

// Unpublished is the first year that a span of days touches, both ends included,
// whose holidays are not known (未公布); 0 = all are.
func (c *Calendar) Unpublished(from, to day.Day) int {
	for y := from.Year(); y <= to.Year(); y++ {
		if !c.Published(y) {
			return y
		}
	}
	return 0
}

// Entry is what makes the day differ from the plain week, and whether anything does.
func (c *Calendar) Entry(d day.Day) (Entry, bool) {
	i := sort.Search(len(c.entries), func(i int) bool { return c.entries[i].Day >= d })
	if i == len(c.entries) || c.entries[i].Day != d {
		return Entry{}, false
	}
	return c.entries[i], true
}

// Entries are the calendar's entries in the year, by day.
func (c *Calendar) Entries(year int) []Entry {
	var in []Entry
	for _, e := range c.entries {
		if e.Day.Year() == year {
			in = append(in, e)
		}
	}
	return in
}

// IsWorkday says whether people work on that day. ok is false when the day's
// year is not announced; the answer is then that of the plain week, unless an
// entry says otherwise.
func (c *Calendar) IsWorkday(d day.Day) (worked, ok bool) {
	return c.until(d)-c.until(d-1) == 1, c.knows(d, d)
}

// WorkdaysBetween counts the working days from a through b, both included; it
// is 0 when b comes before a. ok is false when a year between is not announced.
func (c *Calendar) WorkdaysBetween(a, b day.Day) (n int, ok bool) {
	if !a.Valid() || !b.Valid() || b < a {
		return 0, a.Valid() && b.Valid() && c.knows(b, a)
	}
	return int(c.until(b) - c.until(a-1)), c.knows(a, b)
}

// WorkdaysInMonth counts the working days of the month in which d lies.
func (c *Calendar) WorkdaysInMonth(d day.Day) (n int, ok bool) {
	return c.WorkdaysBetween(d.MonthStart(), d.MonthEnd())
}

// Elapsed counts the working days of the month in which month lies: how many
// are over on the morning of today, and how many there are. Today is never
// over; before the month none is, after it all are.
func (c *Calendar) Elapsed(month, today day.Day) (over, total int, ok bool) {
	start, end := month.MonthStart(), month.MonthEnd()
	total, ok = c.WorkdaysBetween(start, end)
	if eve := min(today-1, end); eve >= start && start.Valid() {
		over = int(c.until(eve) - c.until(start-1))
	}
	return over, total, ok
}

// ElapsedShare is over/total of Elapsed, from 0 to 1; a month without a working
// day is over from its first day.
func (c *Calendar) ElapsedShare(month, today day.Day) (share float64, ok bool) {
	over, total, ok := c.Elapsed(month, today)
	if total == 0 {
		if month.Valid() && today >= month.MonthStart() {
			share = 1
		}
		return share, ok
	}
	return float64(over) / float64(total), ok
}

// AddWorkdays is the n-th working day after d, or before it for a negative n.
// With n = 0 it is d itself on a working day, otherwise the next one. ok is
// false when a year on the way is not announced, and when there is no such day.
func (c *Calendar) AddWorkdays(d day.Day, n int) (day.Day, bool) {
	const far = 1_000_000 // working days: beyond the calendar from any day
	if !d.Valid() || n > far || n < -far {
		return day.None, false
	}
	target := int64(c.until(d)) + int64(n)
	if n <= 0 {
		// The working day that is the target-th: on a rest day until(d) has
		// counted the last one before it already.
		if worked, _ := c.IsWorkday(d); !worked {
			target++
		}
	}
	// The first day through which target working days are counted.
	at := day.Day(sort.Search(int(day.Last)+1, func(i int) bool { return int64(c.until(day.Day(i))) >= target }))
	if target < 1 || !at.Valid() {
		return day.None, false
	}
	return at, c.knows(min(at, d), max(at, d))
}

// knows says whether all years from a through b are announced.
func (c *Calendar) knows(a, b day.Day) bool {
	if c.assume {
		return true
	}
	from, to := a.Year(), b.Year()
	for y := from; y <= to; y++ {
		if !c.Published(y) {
			return false
		}
	}
	return from > 0
}

// until counts the working days from the first day of all through d.
func (c *Calendar) until(d day.Day) int32 {
	switch {
	case len(c.worked) == 0 || d < c.first:
		return plainUntil(d)
	case d > c.last:
		return c.before + c.worked[len(c.worked)-1] + plainUntil(d) - plainUntil(c.last)
	}
	return c.before + c.worked[d-c.first]
}

// plainUntil counts Mondays to Fridays from 0001-01-01, a Monday, through d.
func plainUntil(d day.Day) int32 {
	if d < 1 {
		return 0
	}
	return int32(d)/7*5 + min(int32(d)%7, 5)
}

func weekend(d day.Day) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
