package ledger

import (
	"slices"

	"yike/policy/day"
)

// Rule says what owing means: a dated rule of the company.
type Rule struct {
	Days  int   `json:"days"`      // of credit, for clients whose file says none
	Grace int   `json:"grace"`     // days after the due day that do not count yet
	Least int64 `json:"least_fen"` // fen overdue below which nobody is called owing
}

// Bounds of a Rule.
const (
	MostDays  = 365
	MostGrace = 180
	MostLeast = 100_000_00
)

// DefaultRule holds until head office sets one: the documents name 欠费客户
// without a figure (R66).
func DefaultRule() Rule { return Rule{Days: 30, Grace: 0, Least: 100} }

// Due is the last day on which a statement may be paid: its day and the days of
// credit, those of the rule where the client's file says 0.
func Due(issued day.Day, terms int64, r Rule) day.Day {
	if terms <= 0 {
		terms = int64(r.Days)
	}
	return issued.Add(int(terms))
}

// DaysOver is by how many days a due day is passed; 0 on the day itself and
// before it.
func DaysOver(due, today day.Day) int { return max(0, int(today-due)) }

// Ages of a debt, by days overdue.
const (
	NotDue = iota
	To30
	To60
	To90
	Over90
	Ages // how many there are
)

// AgeOf is the age of what was due on a day.
func AgeOf(due, today day.Day) int {
	switch n := DaysOver(due, today); {
	case n == 0:
		return NotDue
	case n <= 30:
		return To30
	case n <= 60:
		return To60
	case n <= 90:
		return To90
	}
	return Over90
}

// AgeFrom gives the first and the last due day of an age, both in it; the zero
// day where there is no bound.
func AgeFrom(age int, today day.Day) (first, last day.Day) {
	switch age {
	case NotDue:
		return today, 0
	case To30:
		return today.Add(-30), today.Add(-1)
	case To60:
		return today.Add(-60), today.Add(-31)
	case To90:
		return today.Add(-90), today.Add(-61)
	}
	return 0, today.Add(-91)
}

// Item is something open.
type Item struct {
	Number string
	Due    day.Day
	Left   int64
}

// Standing is how a client stands on a day.
type Standing struct {
	Balance   int64 // to be paid; below zero the client has money with us
	Overdue   int64 // of it, past its due day
	Days      int   // of the oldest
	Ages      [Ages]int64
	Counted   int64 // overdue by more than the days of grace
	Owing     bool  // 欠费
	OverLimit int64 // by which the balance is over the credit limit
	Items     []Item
}

// Stand works out how a client stands: what is open, the free money, and the
// credit limit (0 = none).
func Stand(items []Item, free, limit int64, r Rule, today day.Day) Standing {
	s := Standing{Balance: -free}
	for _, it := range items {
		if it.Left <= 0 {
			continue
		}
		s.Balance += it.Left
		s.Ages[AgeOf(it.Due, today)] += it.Left
		n := DaysOver(it.Due, today)
		if n == 0 {
			continue
		}
		s.Overdue += it.Left
		s.Days = max(s.Days, n)
		s.Items = append(s.Items, it)
		if n > r.Grace {
			s.Counted += it.Left
		}
	}
	slices.SortStableFunc(s.Items, func(a, b Item) int { return int(a.Due - b.Due) })
	s.Owing = s.Counted > 0 && s.Counted >= r.Least
	if limit > 0 {
		s.OverLimit = max(0, s.Balance-limit)
	}
	return s
}

// Codes of Why.
const (
	WhyItem      = "item"       // Number was due on Day, Days ago; Fen of it are open
	WhyMore      = "more"       // Days further ones, Fen together
	WhyGrace     = "grace"      // within the Days of grace, nothing counts yet
	WhyLeast     = "least"      // Fen counts, below the least
	WhyOwing     = "owing"      // Fen overdue make the client one who owes
	WhyNone      = "none"       // nothing is overdue
	WhyCredit    = "credit"     // Fen of the client's are with us
	WhyOverLimit = "over_limit" // the balance is Fen over the limit
)

// Reason is one line of an explanation, for views to put into words.
type Reason struct {
	Code   string
	Number string
	Day    day.Day
	Days   int
	Fen    int64
}

// mostNamed is how many open documents an explanation names.
const mostNamed = 5

// Why explains a standing: what is overdue, and what came of it by the rule.
func (s Standing) Why(r Rule, today day.Day) []Reason {
	var out []Reason
	for i, it := range s.Items {
		if i == mostNamed {
			rest := Reason{Code: WhyMore, Days: len(s.Items) - i}
			for _, more := range s.Items[i:] {
				rest.Fen += more.Left
			}
			out = append(out, rest)
			break
		}
		out = append(out, Reason{Code: WhyItem, Number: it.Number, Day: it.Due, Days: DaysOver(it.Due, today), Fen: it.Left})
	}
	switch {
	case s.Owing:
		out = append(out, Reason{Code: WhyOwing, Fen: s.Counted})
	case s.Counted > 0:
		out = append(out, Reason{Code: WhyLeast, Fen: s.Counted})
	case s.Overdue > 0:
		out = append(out, Reason{Code: WhyGrace, Days: r.Grace})
	default:
		out = append(out, Reason{Code: WhyNone})
	}
	if s.Balance < 0 {
		out = append(out, Reason{Code: WhyCredit, Fen: -s.Balance})
	}
	if s.OverLimit > 0 {
		out = append(out, Reason{Code: WhyOverLimit, Fen: s.OverLimit})
	}
	return out
}
