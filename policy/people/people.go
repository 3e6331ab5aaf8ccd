// Package people owns what is counted of the work of a person in a span of
// months, for whom, and how far it is from what was aimed at (R237–R241). It is
// handed numbers and knows no database, no words and no clock.
package people

import "slices"

// Groups of people by what they do; of several roles the first counts.
const (
	Rep     = "rep"
	Clerk   = "clerk"
	Courier = "courier"
)

// Groups lists them in the order in which they stand.
var Groups = []string{Rep, Clerk, Courier}

// Units of a measure.
const (
	Count   = "count"
	Share   = "share"   // tenths of a per cent
	PerMany = "permany" // tenths, of ten thousand parcels
)

// Measure is one thing that is counted of a person.
type Measure struct {
	Code   string
	Unit   string
	Good   int      // +1: more is better, -1: less is better, 0: neither
	Groups []string // of whom it is counted
}

// Of says that it is counted of a group.
func (m Measure) Of(group string) bool { return slices.Contains(m.Groups, group) }

// Codes of measures.
const (
	Signed     = "signed"     // parcels of theirs that were signed for
	Praise     = "praise"     // answers about them of 4 and 5
	Complaints = "complaints" // for ten thousand parcels of theirs
	Visits     = "visits"
	Forms      = "forms"
	Greetings  = "greetings"
	Cases      = "cases"    // that they handle, opened in the span
	Answered   = "answered" // of them answered in time
	Solved     = "solved"   // … solved in time
	Days       = "days"     // on which they worked in the program
	Acts       = "acts"     // of theirs that are on record
)

// Measures are all of them in the order in which they stand.
var Measures = []Measure{
	{Signed, Share, 1, []string{Rep, Courier}},
	{Praise, Share, 1, Groups},
	{Complaints, PerMany, -1, []string{Rep, Courier}},
	{Visits, Count, 1, []string{Rep, Clerk}},
	{Forms, Count, 1, []string{Rep, Clerk}},
	{Greetings, Count, 1, []string{Rep, Clerk}},
	{Cases, Count, 0, Groups},
	{Answered, Share, 1, Groups},
	{Solved, Share, 1, Groups},
	{Days, Count, 1, Groups},
	{Acts, Count, 0, Groups},
}

// Ranked are the codes of the measures by which people may be put in order.
func Ranked() (out []string) {
	for _, m := range Measures {
		if m.Good != 0 {
			out = append(out, m.Code)
		}
	}
	return out
}

// ByCode returns the measure of a code.
func ByCode(code string) (Measure, bool) {
	i := slices.IndexFunc(Measures, func(m Measure) bool { return m.Code == code })
	if i < 0 {
		return Measure{}, false
	}
	return Measures[i], true
}

// LeastParcels and LeastAnswers are below which there is no share: one parcel or
// answer more would turn it over.
const (
	LeastParcels = 100
	LeastAnswers = 5
)

// Figures are what a person did in a span. Times are milliseconds, -1 where
// nothing was answered or solved.
type Figures struct {
	Parcels, Signed        int64
	Ratings, Good          int64
	Complaints             int64
	Visits, Forms          int64
	Greetings              int64
	Cases                  int64
	AnswerKept, AnswerLate int64
	SolveKept, SolveLate   int64
	AnswerTook, SolveTook  int64 // medians
	Days, Acts             int64
}

// Value is what a measure comes to, in its unit: of is what it is a part of,
// ok is false where there is nothing to count of.
func (f Figures) Value(code string) (value, n, of int64, ok bool) {
	share := func(n, of, least int64) (int64, int64, int64, bool) {
		if of <= 0 || of < least {
			return 0, n, of, false
		}
		return (2000*n + of) / (2 * of), n, of, true
	}
	count := func(n int64) (int64, int64, int64, bool) { return n, n, 0, true }
	switch code {
	case Signed:
		return share(f.Signed, f.Parcels, 1)
	case Praise:
		return share(f.Good, f.Ratings, LeastAnswers)
	case Complaints:
		if f.Parcels < LeastParcels {
			return 0, f.Complaints, f.Parcels, false
		}
		return (f.Complaints*200_000 + f.Parcels) / (2 * f.Parcels), f.Complaints, f.Parcels, true
	case Visits:
		return count(f.Visits)
	case Forms:
		return count(f.Forms)
	case Greetings:
		return count(f.Greetings)
	case Cases:
		return count(f.Cases)
	case Answered:
		return share(f.AnswerKept, f.AnswerKept+f.AnswerLate, 1)
	case Solved:
		return share(f.SolveKept, f.SolveKept+f.SolveLate, 1)
	case Days:
		return count(f.Days)
	case Acts:
		return count(f.Acts)
	}
	return 0, 0, 0, false
}

// Add puts the figures of another person on top; the medians of several people
// are not told.
func (f *Figures) Add(o Figures) {
	f.Parcels += o.Parcels
	f.Signed += o.Signed
	f.Ratings += o.Ratings
	f.Good += o.Good
	f.Complaints += o.Complaints
	f.Visits += o.Visits
	f.Forms += o.Forms
	f.Greetings += o.Greetings
	f.Cases += o.Cases
	f.AnswerKept += o.AnswerKept
	f.AnswerLate += o.AnswerLate
	f.SolveKept += o.SolveKept
	f.SolveLate += o.SolveLate
	f.Days += o.Days
	f.Acts += o.Acts
	f.AnswerTook, f.SolveTook = -1, -1
}

// Absent says that a person left no trace at all.
func (f Figures) Absent() bool {
	return f.Days == 0 && f.Parcels == 0 && f.Ratings == 0 && f.Visits == 0 && f.Forms == 0 && f.Greetings == 0 && f.Cases == 0
}
