package radar

import (
	"slices"

	"yike/policy/day"
)

// Days is what a client shipped: pieces by day. The zero value is a client
// without parcels.
type Days struct {
	from day.Day // of n[0]
	n    []int64
}

// Set says how many pieces were sent on a day.
func (d *Days) Set(on day.Day, pieces int64) {
	switch {
	case len(d.n) == 0:
		if pieces == 0 {
			return
		}
		d.from = on
	case on < d.from:
		d.n = append(make([]int64, d.from-on, int(d.from-on)+len(d.n)), d.n...)
		d.from = on
	}
	if i := int(on - d.from); i >= len(d.n) {
		d.n = slices.Grow(d.n, i+1-len(d.n))[:i+1]
	}
	d.n[on-d.from] = pieces
}

// Of are the pieces of a day.
func (d Days) Of(on day.Day) int64 {
	if i := int(on - d.from); i >= 0 && i < len(d.n) {
		return d.n[i]
	}
	return 0
}

// First and Last are the first and the last day with parcels; day.None without
// any.
func (d Days) First() day.Day {
	for i, n := range d.n {
		if n > 0 {
			return d.from.Add(i)
		}
	}
	return day.None
}

// Last see First.
func (d Days) Last() day.Day {
	for i := len(d.n) - 1; i >= 0; i-- {
		if d.n[i] > 0 {
			return d.from.Add(i)
		}
	}
	return day.None
}

// Sum are the pieces from one day through another.
func (d Days) Sum(from, through day.Day) (sum int64) {
	first, end := max(0, int(from-d.from)), min(len(d.n), int(through-d.from)+1)
	for i := first; i < end; i++ {
		sum += d.n[i]
	}
	return sum
}

// Until leaves out what came after a day.
func (d Days) Until(last day.Day) Days {
	if i := int(last-d.from) + 1; i < len(d.n) {
		d.n = d.n[:max(i, 0):max(i, 0)]
	}
	return d
}

// Gap is how many days usually lie between two days with parcels; 0 for who
// shipped on fewer than three days.
func (d Days) Gap() int {
	var gaps []int64
	last := -1
	for i, n := range d.n {
		if n <= 0 {
			continue
		}
		if last >= 0 {
			gaps = append(gaps, int64(i-last))
		}
		last = i
	}
	if len(gaps) < 2 {
		return 0
	}
	return int(median(gaps))
}
