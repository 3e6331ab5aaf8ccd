package ledger

import (
	"slices"

	"yike/policy/day"
)

// Sheet is an account over one month, as it is sent to the client to agree on:
// what was open, what the month costs, what came in during it, and what is open
// then. Each month opens with what the one before closed with.
type Sheet struct {
	Opening, Charged, Paid, Closing int64
	Lines                           []int     // entries of the month, in order, as numbers of the list
	Balances                        []int64   // after each of them
	Due                             []day.Day // last days to pay what its statements charge, the earliest first
}

// MonthOf is the month, YYYY-MM, that an entry belongs to. What is charged
// belongs to the month that it is for, the latest of several, though the
// statement is written a few days later; money belongs to the month in which it
// came or went.
func (e Entry) MonthOf() string {
	if e.Charged != 0 && len(e.Periods) > 0 {
		return slices.Max(e.Periods)
	}
	return e.Day.String()[:7]
}

// SheetOf is the sheet of a month, YYYY-MM, over the entries of one account. due
// gives the last day on which an entry may be paid.
func SheetOf(list []Entry, month string, due func(i int) day.Day) Sheet {
	var s Sheet
	for i := range list {
		switch m := list[i].MonthOf(); {
		case m < month:
			s.Opening += list[i].Charged - list[i].Paid
		case m == month:
			s.Charged += list[i].Charged
			s.Paid += list[i].Paid
			s.Lines = append(s.Lines, i)
			if list[i].Kind == Statement {
				s.Due = append(s.Due, due(i))
			}
		}
	}
	slices.Sort(s.Due)
	slices.SortStableFunc(s.Lines, func(a, b int) int { return int(list[a].Day) - int(list[b].Day) })
	s.Closing = s.Opening
	for _, i := range s.Lines {
		s.Closing += list[i].Charged - list[i].Paid
		s.Balances = append(s.Balances, s.Closing)
	}
	return s
}
