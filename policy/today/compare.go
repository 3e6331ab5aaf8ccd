package today

import (
	"cmp"
	"math"
	"slices"
)

// Figure is one figure of a branch's day.
type Figure int

// The figures.
const (
	Parcels Figure = iota
	Freight        // in fen
	Cases          // opened
	Visits         // made
	figures
)

// Figures are all of them, in the order of a page.
var Figures = []Figure{Parcels, Freight, Cases, Visits}

// Day is the figures of one day.
type Day [figures]int64

// BranchDay is the day of a branch and the same weekdays before it, the latest
// first.
type BranchDay struct {
	ID     int64
	Day    Day
	Before []Day
}

// What makes a figure odd. A count of n wavers by about its root, so that three
// such steps are hardly chance; and what differs by less than a fifth is no
// reason to telephone.
const (
	oddSteps  = 3.0
	oddShare  = 0.2
	oddDays   = 4 // same weekdays that a branch must have behind it
	oddOthers = 3 // other branches, to say how they did
)

// Odd is a figure that is out of line: against what is usual at the branch on
// this weekday, and against how the other branches did on the same day. Where
// all fell alike, as on a holiday, no branch is out of line.
type Odd struct {
	ID     int64
	Figure Figure
	Now    int64
	Usual  int64   // the median of the same weekdays before
	Days   int     // of so many
	Change int     // in percent of what is usual; 0 when that is nothing
	Others int     // how all other branches together changed, in percent
	Beside bool    // Others is known
	Steps  float64 // how far out, in steps of the usual wavering: at least three
	Worse  bool    // fewer parcels, freight or visits; more cases
}

// Odds finds the figures that are out of line, the furthest out first.
func Odds(list []BranchDay) (out []Odd) {
	for _, f := range Figures {
		usual, known := make([]float64, len(list)), make([]int, len(list))
		var now, then float64 // of all that have days behind them
		n := 0
		for i, b := range list {
			days := since(b.Before)
			if known[i] = len(days); known[i] < oddDays {
				continue
			}
			usual[i] = median(of(days, f))
			now, then, n = now+float64(b.Day[f]), then+usual[i], n+1
		}
		for i, b := range list {
			if known[i] < oddDays {
				continue
			}
			x := Odd{ID: b.ID, Figure: f, Now: b.Day[f], Usual: int64(math.Round(usual[i])), Days: known[i]}
			expected := usual[i]
			if rest := then - usual[i]; n > oddOthers && rest > 0 {
				share := (now - float64(b.Day[f])) / rest
				x.Others, x.Beside, expected = percentOf(share-1), true, usual[i]*share
			}
			if x.Steps = outOf(float64(x.Now), usual[i], expected, wavering(since(b.Before), f, usual[i])); x.Steps < oddSteps {
				continue
			}
			if usual[i] > 0 {
				x.Change = percentOf(float64(x.Now)/usual[i] - 1)
			}
			x.Worse = (float64(x.Now) < usual[i]) != (f == Cases)
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Odd) int {
		return cmp.Or(cmp.Compare(b.Steps, a.Steps), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Figure, b.Figure))
	})
	return out
}

// outOf is how many steps now lies from both what is usual and what is expected
// after how the others did; 0 when they lie on different sides of it, or it is
// within a fifth of either.
func outOf(now, usual, expected, step float64) float64 {
	a, b := now-usual, now-expected
	if a*b <= 0 || math.Abs(a) < oddShare*usual || math.Abs(b) < oddShare*expected {
		return 0
	}
	return min(math.Abs(a), math.Abs(b)) / step
}

// wavering is one step: how much the same weekdays differ from their median,
// and no less than chance makes a count waver. Freight wavers as its parcels do.
func wavering(days []Day, f Figure, usual float64) float64 {
	var off []float64
	for _, x := range of(days, f) {
		off = append(off, math.Abs(x-usual))
	}
	least := math.Sqrt(max(usual, 1))
	if f == Freight {
		parcels := max(median(of(days, Parcels)), 1)
		least = max(usual, 1) / math.Sqrt(parcels)
	}
	return max(1.4826*median(off), least)
}

// since leaves out the days before a branch did anything at all.
func since(days []Day) []Day {
	n := len(days)
	for n > 0 && days[n-1] == (Day{}) {
		n--
	}
	return days[:n]
}

func of(days []Day, f Figure) (out []float64) {
	for _, d := range days {
		out = append(out, float64(d[f]))
	}
	return out
}

// median is the middle of a list, 0 of none.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func percentOf(share float64) int { return int(math.Round(share * 100)) }
