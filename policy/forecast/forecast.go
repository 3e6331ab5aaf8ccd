// Package forecast looks ahead: how many parcels a client will send in a month to
// come (R112), from the whole months behind it. It says how it came to that, and
// how far off the same way was in the months that are known.
package forecast

import "math"

const (
	// Base is of how many whole months the level is the mean.
	Base = 3
	// MostAhead is how many months after the last whole one can be looked at.
	MostAhead = 4
	// Tested is in how many months the way is tested at the most.
	Tested = 6
	// Known is how many months, the last whole one with them, Of can use.
	Known = 12 + Base + Tested + MostAhead

	// leastBase is how many pieces the months of a year ago must have had together
	// to say anything of the season: of fewer a single parcel would make one.
	leastBase = 30
	// A season is bounded: a client who sent ten times as much once was not in season.
	leastSeason, mostSeason = 0.25, 4
)

// Forecast is how many pieces are to come in a month.
type Forecast struct {
	Pieces   int64
	Level    float64 // pieces a month: the mean of the last Base months
	Season   float64 // that month a year ago, as a multiple of the mean of the months before it; 1 when not Seasonal
	Seasonal bool    // a year ago says something
	// Off and Came are what the same way would have missed in the Months that it
	// was tested in, more and less both counted, and what came then, in pieces.
	Off, Came int64
	Months    int
}

// Error is by what part of what came the way was off where it was tested; false
// when it was not.
func (f Forecast) Error() (part float64, known bool) {
	if f.Months == 0 || f.Came <= 0 {
		return 0, false
	}
	return float64(f.Off) / float64(f.Came), true
}

// Change is by how many pieces the month differs from the level.
func (f Forecast) Change() int64 { return f.Pieces - int64(math.Round(f.Level)) }

// Of looks at the month that is so many after the last one of months (1 = the
// next), which are the pieces of whole months, the oldest first, of at most Known
// of them the last ones. It begins with the first month in which anything was sent:
// who began a month ago has no level yet. The level of the last Base months is multiplied by the
// season of a year ago, where there was enough to know one. False when nothing
// was sent in those, or the month is too far ahead.
func Of(months []int64, ahead int) (f Forecast, ok bool) {
	if ahead < 1 || ahead > MostAhead {
		return Forecast{}, false
	}
	for len(months) > 0 && months[0] <= 0 {
		months = months[1:]
	}
	if f, ok = at(months, len(months)-1+ahead, ahead); !ok {
		return Forecast{}, false
	}
	for i := len(months) - 1; i >= 0 && i >= len(months)-Tested; i-- {
		g, ok := at(months, i, ahead)
		if !ok {
			continue
		}
		f.Off += max(g.Pieces-months[i], months[i]-g.Pieces)
		f.Came += months[i]
		f.Months++
	}
	return f, true
}

// at is the forecast of the month of an index, from what was known so many
// months before it.
func at(months []int64, i, ahead int) (f Forecast, ok bool) {
	base, ok := sum(months, i-ahead)
	if !ok || base <= 0 {
		return Forecast{}, false
	}
	f = Forecast{Level: float64(base) / Base, Season: 1}
	if was, ok := sum(months, i-12-ahead); ok && was >= leastBase {
		f.Seasonal = true
		f.Season = min(max(float64(months[i-12])*Base/float64(was), leastSeason), mostSeason)
	}
	f.Pieces = int64(math.Round(f.Level * f.Season))
	return f, true
}

// sum is of the Base months up to an index; false when they are not all there.
func sum(months []int64, last int) (n int64, ok bool) {
	if last-Base+1 < 0 || last >= len(months) {
		return 0, false
	}
	for _, m := range months[last-Base+1 : last+1] {
		n += m
	}
	return n, true
}
