// Package cadence owns how often a customer is to be visited, and from that
// whether a customer is on time, soon due or overdue, and who comes first
// (R113 to R115; DOMAIN.md, Visits).
//
// The rule is a number of visits a month per class. Time passes in working
// days: a month with a long holiday asks for the same visits, spread over the
// days that people work.
//
// It knows no visits and no customers, only the few facts of Facts; which visit
// counts (done, not planned or cancelled; one a day) is settled by the query
// that gathers them. Other monthly duties (the feedback forms of S3) differ in
// who owes them, not in how a month runs: they can use the same Month.
package cadence

import "yike/policy/day"

// PerClass is a small number for each class and for customers without one.
type PerClass struct {
	A    int `json:"a"`
	B    int `json:"b"`
	C    int `json:"c"`
	None int `json:"none"`
}

func (p PerClass) of(r rank) int {
	switch r {
	case rankA:
		return p.A
	case rankB:
		return p.B
	case rankC:
		return p.C
	}
	return p.None
}

// Of is the number for the class as it is stored: "A", "B", "C"; any other
// word is no class.
func (p PerClass) Of(class string) int { return p.of(rankOf(class)) }

// Rule is the dated setting.
type Rule struct {
	// PerMonth is the number of visits a month. A class of 0 is never due.
	PerMonth PerClass `json:"per_month"`
	// Soon is for how many working days before its day, that day included, a
	// visit shows as soon due.
	Soon PerClass `json:"soon"`
}

// Default is the rule before anyone set one. Only C's once a month is from the
// documents (S3 L109: 每月至少访问一次; A's and B's figures are cut off there);
// weekly for A, twice a month for B, and all of Soon are ours.
func Default() Rule {
	return Rule{
		PerMonth: PerClass{A: 4, B: 2, C: 1, None: 0},
		Soon:     PerClass{A: 2, B: 3, C: 5, None: 5},
	}
}

// Origin is where the number of visits of a class comes from, for the page that
// must say so.
type Origin string

// The origins.
const (
	FromDocuments Origin = "documents" // S3 L109
	OurDefault    Origin = "default"   // ours, where the documents are silent
	SetByCompany  Origin = "company"   // someone set it
)

// Origin says where the class's PerMonth comes from. It is judged by the
// value: a company that sets our default anew keeps our default.
func (r Rule) Origin(class string) Origin {
	switch {
	case r.PerMonth.Of(class) != Default().PerMonth.Of(class):
		return SetByCompany
	case rankOf(class) == rankC:
		return FromDocuments
	}
	return OurDefault
}

// Fault is what is wrong with a Rule. Field is the JSON path ("per_month.a"),
// Code one of the codes below, Min and Max what would be right.
type Fault struct {
	Field    string
	Code     string
	Min, Max int
}

// Codes of faults.
const (
	FaultRange  = "range"   // not within Min..Max
	FaultBelowC = "below_c" // an A or B client would be visited less than a C client (R115)
)

// Faults are all that is wrong with the rule, none for a good one: visits and
// days from 0 to 31, and neither A nor B less often than C.
func (r Rule) Faults() []Fault {
	var faults []Fault
	add := func(field string, n, least int) {
		switch {
		case n < 0 || n > 31:
			faults = append(faults, Fault{field, FaultRange, 0, 31})
		case n < least:
			faults = append(faults, Fault{field, FaultBelowC, least, 31})
		}
	}
	c := min(r.PerMonth.C, 31)
	add("per_month.a", r.PerMonth.A, c)
	add("per_month.b", r.PerMonth.B, c)
	add("per_month.c", r.PerMonth.C, 0)
	add("per_month.none", r.PerMonth.None, 0)
	add("soon.a", r.Soon.A, 0)
	add("soon.b", r.Soon.B, 0)
	add("soon.c", r.Soon.C, 0)
	add("soon.none", r.Soon.None, 0)
	return faults
}

// rank orders the classes: the higher, the more care.
type rank int8

const (
	rankNone rank = iota
	rankC
	rankB
	rankA
)

func rankOf(class string) rank {
	switch class {
	case "A":
		return rankA
	case "B":
		return rankB
	case "C":
		return rankC
	}
	return rankNone
}

// Facts are what is asked of one customer, each a column or one aggregate. The
// standing follows from them and the day alone, so a due list reads them for the
// customers in scope that have a class (or for all, when the rule asks visits
// without one), and sorts by Standing.Urgency in the program:
//
//	Class, ClassSince, ClassBefore   customers: class, the day of its last change, the class before it
//	Created, OwnedSince              customers: the day of the file, the day the present rep took over
//	LastVisit                        visits: latest day of a done visit, up to today
//	Visits                           visits: number of different days with a done visit, month start to today
//	Paused                           customers: archived, in the recycle bin, lost, or visits put off
type Facts struct {
	Class       string  // "A", "B", "C" or ""
	ClassSince  day.Day // from this day on Class holds; None: it always did
	ClassBefore string  // the class until then
	Created     day.Day // None: long ago
	OwnedSince  day.Day // None: since Created
	LastVisit   day.Day // None: never
	Visits      int     // this month's, whoever made them
	Paused      bool
}
