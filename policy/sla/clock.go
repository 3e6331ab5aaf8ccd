package sla

import (
	"slices"
	"sort"

	"yike/policy/day"
	"yike/policy/worktime"
)

const (
	minute = int64(60_000)
	aDay   = 24 * 60 * minute
	// east is how far the company's business zone lies east of UTC; it has had
	// no summer time since 1991.
	east = 8 * 60 * minute
	// epochDay is the day number of 1970-01-01.
	epochDay = 719163
	// farDays is how far ahead a working minute is looked for.
	farDays = 20 * 366
)

// Since is a version of hours and the first day on which it holds; the first
// one of a clock holds before that, too.
type Since struct {
	From  day.Day
	Hours Hours
}

// Clock tells the working time of one branch. It is immutable and safe for use
// by many at once.
type Clock struct {
	cal   *worktime.Calendar
	dated []Since           // by day
	own   []map[day.Day]int // of each version: the place of a day in its Days

	first day.Day // of the window that is counted in advance; outside of it days are counted one by one
	until []int64 // working milliseconds from the window's start to the start of its i-th day
	opens []int32 // open days before its i-th day
	spans [][]Span
}

// NewClock is a branch's clock. Its answers are the same for any window; inside
// it they take no time.
func NewClock(cal *worktime.Calendar, dated []Since, from, to day.Day) *Clock {
	if len(dated) == 0 {
		dated = []Since{{Hours: DefaultHours()}}
	}
	c := &Clock{cal: cal.AssumingWeekdays(), dated: slices.Clone(dated), first: from}
	slices.SortStableFunc(c.dated, func(a, b Since) int { return int(a.From - b.From) })
	for _, v := range c.dated {
		own := map[day.Day]int{}
		for i, d := range v.Hours.Days {
			own[d.Day] = i
		}
		c.own = append(c.own, own)
	}
	n := max(0, int(to-from)+1)
	c.until, c.opens, c.spans = make([]int64, n+1), make([]int32, n+1), make([][]Span, n)
	for i := range n {
		s := c.hoursOf(from + day.Day(i))
		c.spans[i] = s
		c.until[i+1], c.opens[i+1] = c.until[i]+int64(length(s))*minute, c.opens[i]
		if len(s) > 0 {
			c.opens[i+1]++
		}
	}
	return c
}

// hoursOf are the stretches of a day.
func (c *Clock) hoursOf(d day.Day) []Span {
	i := sort.Search(len(c.dated), func(i int) bool { return c.dated[i].From > d })
	i = max(0, i-1)
	h := &c.dated[i].Hours
	if at, ok := c.own[i][d]; ok {
		return h.Days[at].Spans
	}
	if e, ok := c.cal.Entry(d); ok {
		if e.Kind == worktime.Rest {
			return h.Holiday
		}
		return h.MakeUp
	}
	return h.Week[d.Weekday()]
}

// On are the stretches at which the branch works on a day.
func (c *Clock) On(d day.Day) []Span {
	if i := int(d - c.first); i >= 0 && i < len(c.spans) {
		return c.spans[i]
	}
	return c.hoursOf(d)
}

// Assumed says whether a year between the instants is not announced (未公布): its
// days are those of plain weeks.
func (c *Clock) Assumed(a, b int64) bool {
	for y, to := DayOf(a).Year(), DayOf(b).Year(); y <= to; y++ {
		if !c.cal.Published(y) {
			return true
		}
	}
	return false
}

// DayOf is the day of an instant in the business zone.
func DayOf(at int64) day.Day {
	return day.Day(floorDiv(at+east, aDay) + epochDay)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// startOf is the midnight at which a day begins.
func startOf(d day.Day) int64 { return (int64(d)-epochDay)*aDay - east }

// Worked is the working time from a to b in milliseconds, 0 when b is not after
// a.
func (c *Clock) Worked(a, b int64) int64 {
	if b <= a {
		return 0
	}
	from, to := DayOf(a), DayOf(b)
	return c.between(from, to) + within(c.On(to), b-startOf(to)) - within(c.On(from), a-startOf(from))
}

// between is the working time of the days from a on, before b.
func (c *Clock) between(a, b day.Day) (n int64) {
	last := c.first + day.Day(len(c.spans))
	for ; a < b && (a < c.first || a >= last); a++ {
		n += int64(length(c.hoursOf(a))) * minute
	}
	if a < b {
		end := min(b, last)
		n += c.until[end-c.first] - c.until[a-c.first]
		a = end
	}
	for ; a < b; a++ {
		n += int64(length(c.hoursOf(a))) * minute
	}
	return n
}

// within is the working time from midnight to that time of the day.
func within(spans []Span, at int64) (n int64) {
	for _, s := range spans {
		n += max(0, min(at, int64(s.To)*minute)-int64(s.From)*minute)
	}
	return n
}

// Add is the first instant at which that much working time has passed since t;
// false when there is none in twenty years.
func (c *Clock) Add(t, worked int64) (int64, bool) {
	if worked <= 0 {
		return t, true
	}
	d := DayOf(t)
	left := worked + within(c.On(d), t-startOf(d)) // from midnight of d
	for end := d + farDays; d <= end; d++ {
		if i := int(d - c.first); i >= 0 && i < len(c.spans) {
			// The day of the window by whose end all of it has passed.
			target := c.until[i] + left
			j := i + sort.Search(len(c.spans)-i, func(k int) bool { return c.until[i+k+1] >= target })
			left = target - c.until[j]
			if d = c.first + day.Day(j); j == len(c.spans) {
				d-- // go on behind the window
				continue
			}
		}
		spans := c.On(d)
		if all := int64(length(spans)) * minute; left > all {
			left -= all
			continue
		}
		for _, s := range spans {
			if long := int64(s.To-s.From) * minute; left > long {
				left -= long
				continue
			}
			return startOf(d) + int64(s.From)*minute + left, true
		}
	}
	return 0, false
}

// AddDays is the hour at which the branch closes on its n-th open day after the
// day of t: the day on which something begins does not count, and the last one
// ends when business does (民法典 第二百零一条 to 第二百零三条).
func (c *Clock) AddDays(t int64, n int) (int64, bool) {
	if n <= 0 {
		return t, true
	}
	d := DayOf(t) + 1
	for end := d + farDays; d <= end; d++ {
		if i := int(d - c.first); i >= 0 && i < len(c.spans) {
			target := c.opens[i] + int32(n)
			j := i + sort.Search(len(c.spans)-i, func(k int) bool { return c.opens[i+k+1] >= target })
			n = int(target - c.opens[j])
			if d = c.first + day.Day(j); j == len(c.spans) {
				d--
				continue
			}
		}
		spans := c.On(d)
		if len(spans) == 0 {
			continue
		}
		if n--; n == 0 {
			return startOf(d) + int64(spans[len(spans)-1].To)*minute, true
		}
	}
	return 0, false
}
