package casework

import (
	"cmp"
	"slices"

	"yike/policy/day"
)

// Seen is a case as figures look at it. Times are unix milliseconds, 0 = not
// yet; ids are 0 where nothing is known.
type Seen struct {
	Kind, Channel, Step          string
	BranchID, CustomerID, UserID int64
	CauseID, TopID               int64 // the cause, and the one of the first level above it
	Day                          day.Day
	OpenedAt                     int64
	AnswerDue, AnsweredAt        int64
	SolveDue, SolvedAt, ClosedAt int64
	PausedAt                     int64 // since when its clocks stand still
	Reopened                     bool
	AnswerTook, SolveTook        int64 // how long it took, in the time that is asked for
}

// Kept is how a promised time was kept.
type Kept string

// A promise is open while there is time, while its clock stands still that was
// not over before, and for good where the case closed in time though nobody was
// answered.
const (
	PromiseOpen Kept = ""
	PromiseKept Kept = "kept"
	PromiseLate Kept = "late"
)

// Promise says how a promised time was kept: due is by when, done when it was
// done, closed when the case closed, paused since when its clocks stand still: a
// pause hides no delay. What was not promised is open.
func Promise(due, done, closed, paused, now int64) Kept {
	switch {
	case due == 0:
		return PromiseOpen
	case done != 0 && done <= due:
		return PromiseKept
	case done != 0, closed > due:
		return PromiseLate
	case closed != 0 || paused != 0 && due > paused || due >= now:
		return PromiseOpen
	}
	return PromiseLate
}

// Took are the times that something took, and how the promised ones were kept.
type Took struct {
	Kept, Late int64
	took       []int64
}

func (t *Took) add(promise Kept, done bool, took int64) {
	switch promise {
	case PromiseKept:
		t.Kept++
	case PromiseLate:
		t.Late++
	}
	if done {
		t.took = append(t.took, took)
	}
}

// Percentile is the time within which p per cent were done; false of none.
func (t *Took) Percentile(p int) (int64, bool) {
	if len(t.took) == 0 {
		return 0, false
	}
	slices.Sort(t.took)
	return Percentile(t.took, p), true
}

// Percentile is the p-th percentile of values that rise, by nearest rank: the
// smallest of them that p per cent of all do not exceed. The 50th is the
// median; of an even number it is the lower of both in the middle. 0 of none.
func Percentile(rising []int64, p int) int64 {
	n := len(rising)
	if n == 0 {
		return 0
	}
	rank := (n*p + 99) / 100
	return rising[min(max(rank, 1), n)-1]
}

// Sum is what cases come to.
type Sum struct {
	N, Complaints, Open, Reopened int64
	Answer, Solve                 Took
}

func (s *Sum) add(c *Seen, answer, solve Kept) {
	s.N++
	if c.Kind == Complaint {
		s.Complaints++
	}
	if c.Step != Closed {
		s.Open++
	}
	if c.Reopened {
		s.Reopened++
	}
	s.Answer.add(answer, c.AnsweredAt != 0, c.AnswerTook)
	s.Solve.add(solve, c.SolvedAt != 0, c.SolveTook)
}

// PerMille is a number of cases in thousandths of all, rounded half up.
func PerMille(n, all int64) int64 {
	if all == 0 {
		return 0
	}
	return (2000*n + all) / (2 * all)
}

// A rate is for so many parcels; of fewer than LeastParcels none is given, since
// one complaint more or less would turn it over.
const (
	rateOf       = 10_000
	LeastParcels = 100
)

// Rate is how many complaints there are for ten thousand parcels, in tenths,
// rounded half up; false when too few parcels are known.
func Rate(complaints, parcels int64) (int64, bool) {
	if parcels < LeastParcels {
		return 0, false
	}
	return (complaints*rateOf*20 + parcels) / (2 * parcels), true
}

// BranchMonth is a month (its first day) of a branch.
type BranchMonth struct {
	BranchID int64
	Month    day.Day
}

// Tally counts cases by all that a report tells apart.
type Tally struct {
	Now int64 // the instant at which open promises are looked at

	All                        Sum
	Causes, Tops               map[int64]*Sum // by cause, and by cause of the first level
	Customers, Users, Branches map[int64]*Sum
	Kinds, Channels            map[string]*Sum
	Months                     map[day.Day]*Sum      // by the first day of the month
	Weekdays                   [7]Sum                // Monday first
	Complaints                 map[BranchMonth]int64 // complaints of a branch in a month
	worst                      map[[2]int64]int64    // by client and cause of the first level
}

// NewTally is an empty one.
func NewTally(now int64) *Tally {
	return &Tally{Now: now, Causes: map[int64]*Sum{}, Tops: map[int64]*Sum{}, Customers: map[int64]*Sum{}, Users: map[int64]*Sum{}, Branches: map[int64]*Sum{},
		Kinds: map[string]*Sum{}, Channels: map[string]*Sum{}, Months: map[day.Day]*Sum{}, Complaints: map[BranchMonth]int64{}, worst: map[[2]int64]int64{}}
}

func sumAt[K comparable](m map[K]*Sum, key K) *Sum {
	s := m[key]
	if s == nil {
		s = &Sum{}
		m[key] = s
	}
	return s
}

// Add counts one case.
func (t *Tally) Add(c *Seen) {
	answer, solve := Promise(c.AnswerDue, c.AnsweredAt, c.ClosedAt, c.PausedAt, t.Now), Promise(c.SolveDue, c.SolvedAt, c.ClosedAt, c.PausedAt, t.Now)
	month := c.Day.MonthStart()
	for _, s := range []*Sum{&t.All, sumAt(t.Causes, c.CauseID), sumAt(t.Tops, c.TopID), sumAt(t.Customers, c.CustomerID), sumAt(t.Users, c.UserID), sumAt(t.Branches, c.BranchID),
		sumAt(t.Kinds, c.Kind), sumAt(t.Channels, c.Channel), sumAt(t.Months, month), &t.Weekdays[Weekday(c.Day)-1]} {
		s.add(c, answer, solve)
	}
	t.worst[[2]int64{c.CustomerID, c.TopID}]++
	if c.Kind == Complaint {
		t.Complaints[BranchMonth{c.BranchID, month}]++
	}
}

// Weekday is 1 for a Monday and 7 for a Sunday.
func Weekday(d day.Day) int {
	if n := int(d % 7); n != 0 {
		return n
	}
	return 7
}

// Worst is the cause of the first level of which a client's cases are most; of
// two with as many the one with the smaller id.
func (t *Tally) Worst(customer int64) (top, n int64) {
	for key, m := range t.worst {
		if key[0] == customer && (m > n || m == n && key[1] < top) {
			top, n = key[1], m
		}
	}
	return top, n
}

// Ranked is a sum in its place. Upto is how many cases it and all before it
// have.
type Ranked[K cmp.Ordered] struct {
	Key K
	*Sum
	Upto int64
}

// Rank puts sums in order, the most cases first; of two with as many the one
// with the smaller key.
func Rank[K cmp.Ordered](m map[K]*Sum) []Ranked[K] {
	out := make([]Ranked[K], 0, len(m))
	for key, s := range m {
		out = append(out, Ranked[K]{Key: key, Sum: s})
	}
	slices.SortFunc(out, func(a, b Ranked[K]) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
	upto := int64(0)
	for i := range out {
		upto += out[i].N
		out[i].Upto = upto
	}
	return out
}
