// Package measure decides about improvement measures (R120, R122, R223): how
// far one is and what may be done with it, by which figure of the product it is
// judged, over which days, and beside whom. It is handed days and sums, and
// knows no database and no clock.
package measure

import "yike/policy/day"

// States of a measure.
const (
	Open    = "open"    // agreed, nobody has begun
	Running = "running" // under way
	Done    = "done"
	Dropped = "dropped" // given up, with the reason
)

// States lists them in the order of a choice.
var States = []string{Open, Running, Done, Dropped}

// Live says that somebody is still to do something.
func Live(state string) bool { return state == Open || state == Running }

// Where a measure comes from.
const (
	Own      = "own"      // somebody thought of it
	Report   = "report"   // a page of figures
	Review   = "review"   // the review of a case
	Visit    = "visit"    // what was said at a visit
	Radar    = "radar"    // a client who ships less
	Activity = "activity" // a meeting, a training
)

// Sources lists them.
var Sources = []string{Own, Report, Review, Visit, Radar, Activity}

// Whom a measure is for; its figure is counted of these clients.
const (
	OneClient   = "customer" // the client that it came from
	ClassOf     = "class"    // the clients of a class at the branch
	SegmentOf   = "segment"  // … of an RFM segment
	WholeBranch = "branch"
)

// Reaches lists them.
var Reaches = []string{WholeBranch, ClassOf, SegmentOf, OneClient}

// Act is what may be done with a measure.
type Act string

// The acts.
const (
	Begin  Act = "begin"
	Finish Act = "finish" // with what was done
	Drop   Act = "drop"   // with the reason
	Reopen Act = "reopen"
)

// After is the state to which an act leads; "" when it may not be done. Words
// are asked for where the act says what came of it.
func After(state string, act Act, words string) (next string, needsWords bool) {
	switch {
	case act == Begin && state == Open:
		return Running, false
	case act == Finish && Live(state):
		next = Done
	case act == Drop && Live(state):
		next = Dropped
	case act == Reopen && (state == Done || state == Dropped):
		return Running, false
	default:
		return "", false
	}
	if words == "" {
		return "", true
	}
	return next, false
}

// Fault is what is wrong with the days of a measure.
type Fault string

// The faults.
const (
	NoDay        Fault = "no_day"
	DueFirst     Fault = "due_first"     // due before it begins
	ReviewFirst  Fault = "review_first"  // looked at before it is due
	ReviewSoon   Fault = "review_soon"   // a figure needs LeastDays from the beginning
	ReviewLate   Fault = "review_late"   // beyond MostAhead
	ReviewNeeded Fault = "review_needed" // a figure, and no day on which it is looked at
)

// Bounds of the days.
const (
	LeastDays = 7   // of a span that is compared
	MostDays  = 90  // of one: the last ones count
	MostAhead = 730 // from the beginning to the review
)

// Days says what is wrong with when a measure begins, is due and is looked at
// ("" = never), and with which of the three.
func Days(from, due, review string, figure bool) (field string, why Fault) {
	a, _ := day.Parse(from) // None when it is no day
	b, _ := day.Parse(due)
	switch {
	case !a.Valid():
		return "from", NoDay
	case !b.Valid():
		return "due", NoDay
	case b < a:
		return "due", DueFirst
	case review == "" && figure:
		return "review", ReviewNeeded
	case review == "":
		return "", ""
	}
	c, _ := day.Parse(review)
	switch {
	case !c.Valid():
		return "review", NoDay
	case c < b:
		return "review", ReviewFirst
	case figure && int(c-a) < LeastDays:
		return "review", ReviewSoon
	case int(c-a) > MostAhead:
		return "review", ReviewLate
	}
	return "", ""
}

// Every lists after how many months a measure may come again, 0 = it does not
// (R166: standards are looked at again and again).
var Every = []int64{0, 1, 3, 6, 12}

// Again says when a measure that was done on a day comes again: its days shifted
// by as many whole periods as put its due day after that day and after the due
// day before; false when a day is none, or beyond what the calendar knows. A day
// that ends a month ends the one that it comes to.
func Again(from, due, review string, every int, done string) (nextFrom, nextDue, nextReview string, ok bool) {
	a, err1 := day.Parse(from)
	b, err2 := day.Parse(due)
	on, err3 := day.Parse(done)
	if every <= 0 || err1 != nil || err2 != nil || err3 != nil {
		return "", "", "", false
	}
	n := every
	for shift(b, n) <= on {
		if n += every; !shift(b, n).Valid() {
			return "", "", "", false
		}
	}
	if review != "" {
		c, err := day.Parse(review)
		if err != nil || !shift(c, n).Valid() {
			return "", "", "", false
		}
		nextReview = shift(c, n).String()
	}
	return shift(a, n).String(), shift(b, n).String(), nextReview, shift(b, n).Valid()
}

// shift is a day some months later; the last of a month stays the last.
func shift(d day.Day, months int) day.Day {
	to := d.AddMonths(months)
	if to.Valid() && d == d.MonthEnd() {
		return to.MonthEnd()
	}
	return to
}

// Span is a run of days, the last one not included.
type Span struct{ From, To day.Day }

// Len is how many days it has.
func (s Span) Len() int { return int(s.To - s.From) }

// Spans are the days that are compared: as many before the measure began as
// there are from then to its review, MostDays of either at the most (of those
// after, the last). On a day before the review those until today count, today
// not; false when these are fewer than LeastDays.
func Spans(from, review, today day.Day) (before, after Span, ok bool) {
	end := min(review, today)
	n := min(int(end-from), MostDays)
	if n < LeastDays {
		return Span{}, Span{}, false
	}
	return Span{from.Add(-n), from}, Span{end.Add(-n), end}, true
}
