package cadence

import (
	"math"

	"yike/policy/day"
	"yike/policy/worktime"
)

// State is how a customer stands in the present month.
type State string

// The states. The due list shows ontime, soon and overdue: visits of this
// month are still owed.
const (
	None    State = "none"    // nothing is asked: no class, a class of 0, or paused
	Met     State = "met"     // all of the month's visits are made
	OnTime  State = "ontime"  // visits are owed, the next one not yet
	Soon    State = "soon"    // the next one within the rule's Soon working days
	Overdue State = "overdue" // fewer than the passed working days ask for
)

// Standing is the answer for one customer.
type Standing struct {
	State State
	Class string // the class in force today

	Done     int // visits made this month
	Target   int // visits the month asks for; see Month.Due for joiners and changed classes
	Full     int // what a whole month of the class in force asks for
	Expected int // visits that the working days before today ask for, whole visits only
	Behind   int // Expected less Done, never below 0

	// DaysSince are the calendar days since the last visit, or, when Never is
	// set, since the file was made; -1 when neither is known.
	DaysSince int
	Never     bool

	// NextBy is the last day on which the next visit keeps the customer on
	// time; in the past for one who is overdue, None for one who owes nothing.
	NextBy day.Day
	// DaysLeft are the working days from today through NextBy, today included.
	DaysLeft int

	// Urgency orders the due list: the larger, the sooner. Overdue before soon
	// before on time before met before none; among the overdue first who is
	// more visits behind, among the others whose day is nearer; then A before B
	// before C; then the longer not visited, at equal days one never visited.
	Urgency int64

	// Assumed says that this year's holidays are not announced, and that the
	// plain week was counted.
	Assumed bool

	cause    Code
	dueToday bool
}

// Month is the rule on one day: what is the same for all customers is counted
// once. It is immutable and safe for use by many at once.
type Month struct {
	rule       Rule
	today      day.Day
	start, end day.Day
	assumed    bool
	days       int         // working days in the month
	over       [33]int8    // over[i]: working days of the month before its i-th day, i from 0
	nth        [32]day.Day // nth[n]: the n-th working day, n from 1
}

// On is the rule on the morning of today. A nil calendar is the statutory one.
// For a year not announced it counts the plain week and says so in Assumed.
func On(rule Rule, cal *worktime.Calendar, today day.Day) *Month {
	if cal == nil {
		cal = worktime.China()
	}
	m := &Month{rule: rule, today: today, start: today.MonthStart(), end: today.MonthEnd(), assumed: !cal.Published(today.Year())}
	if !today.Valid() {
		return m
	}
	for d := m.start; d <= m.end; d++ {
		if worked, _ := cal.IsWorkday(d); worked {
			m.days++
			m.nth[m.days] = d
		}
		m.over[d-m.start+1] = int8(m.days)
	}
	return m
}

// Due is Month.Due for a single customer.
func Due(f Facts, rule Rule, cal *worktime.Calendar, today day.Day) Standing {
	return On(rule, cal, today).Due(f)
}

// Due says how the customer stands.
//
// A whole month asks for the class's visits. A customer who joined within the
// month, or whom the present rep took over within it, owes the share of the
// working days from that day on; one whose class changed owes each class's
// share for its days. The sum is rounded to the nearest visit, a half up: a C
// customer who joins in the first half of the month is still visited in it.
// Visits made earlier in the month count, whoever made them.
//
// Of the target, that part is expected which the working days before today
// bear to all of the customer's working days in the month, whole visits only.
// So nobody is overdue on the first day of a month, a weekly A customer is
// after each quarter of it, and a C customer once its last working day is over.
func (m *Month) Due(f Facts) Standing {
	changes := f.ClassSince.Valid()
	inForce := rankOf(f.Class)
	class := f.Class
	if changes && f.ClassSince > m.today {
		inForce, class = rankOf(f.ClassBefore), f.ClassBefore
	}
	s := Standing{State: None, Class: class, Done: max(f.Visits, 0), Full: m.rule.PerMonth.of(inForce), Assumed: m.assumed}
	s.Never = !f.LastVisit.Valid()
	s.DaysSince = since(f, m.today)
	if f.Paused {
		s.cause = Paused
		return s.ranked(inForce)
	}

	// The customer's month: n0 working days passed before it, and from n1
	// working days on the class is the new one.
	begin := max(m.start, f.Created, f.OwnedSince)
	n0 := m.before(begin)
	n1 := n0
	rateBefore, rate := m.rule.PerMonth.of(rankOf(f.ClassBefore)), m.rule.PerMonth.of(rankOf(f.Class))
	if changes && f.ClassSince > begin {
		n1 = m.before(f.ClassSince)
	}
	asked := (n1-n0)*rateBefore + (m.days-n1)*rate // visits times working days
	if asked == 0 {
		if s.cause = NothingAsked; inForce == rankNone {
			s.cause = NoClass
		}
		if s.Full > 0 {
			s.State, s.cause = Met, JoinedLate
		}
		return s.ranked(inForce)
	}
	s.Target = (2*asked + m.days) / (2 * m.days)
	switch {
	case n1 > n0 && n1 < m.days:
		s.cause = ClassChanged
	case n0 > 0:
		s.cause = Joined
	}
	if s.Done >= s.Target {
		s.State = Met
		s.Expected = min(s.Target, s.Done)
		return s.ranked(inForce)
	}

	// passed(n): what n working days of the month have asked for, in asked's unit.
	now := m.before(m.today)
	passed := max(0, min(now, n1)-n0)*rateBefore + max(0, now-n1)*rate
	s.Expected = s.Target * passed / asked
	s.Behind = max(0, s.Expected-s.Done)

	// The next visit falls due when passed reaches this.
	need := ((s.Done+1)*asked + s.Target - 1) / s.Target
	first := (n1 - n0) * rateBefore
	n := n0
	if need <= first {
		n += (need + rateBefore - 1) / rateBefore
	} else {
		n = n1 + (need-first+rate-1)/rate
	}
	s.NextBy = m.nth[min(n, m.days)]
	s.DaysLeft = max(0, m.before(s.NextBy+1)-now)
	s.dueToday = s.NextBy == m.today
	switch {
	case s.Behind > 0:
		s.State = Overdue
	case s.DaysLeft <= m.rule.Soon.of(inForce):
		s.State = Soon
	default:
		s.State = OnTime
	}
	return s.ranked(inForce)
}

// before counts the month's working days before d.
func (m *Month) before(d day.Day) int {
	switch {
	case d <= m.start:
		return 0
	case d > m.end:
		return m.days
	}
	return int(m.over[d-m.start])
}

func since(f Facts, today day.Day) int {
	from := f.LastVisit
	if !from.Valid() {
		from = f.Created
	}
	if !from.Valid() {
		return -1
	}
	return max(0, int(today-from))
}

// ranked gives the standing its urgency, from the weightiest bits down: state,
// visits behind, nearness of the day, class, days since, never visited.
func (s Standing) ranked(class rank) Standing {
	var state int64
	switch s.State {
	case Overdue:
		state = 4
	case Soon:
		state = 3
	case OnTime:
		state = 2
	case Met:
		state = 1
	}
	near := int64(0)
	if s.State == Soon || s.State == OnTime {
		near = int64(63 - min(s.DaysLeft, 63))
	}
	days := int64(min(s.DaysSince, math.MaxUint16))
	if s.DaysSince < 0 {
		days = math.MaxUint16
	}
	u := state
	u = u<<8 | int64(min(s.Behind, 255))
	u = u<<6 | near
	u = u<<2 | int64(class)
	u = u<<17 | days
	u <<= 1
	if s.Never {
		u |= 1
	}
	s.Urgency = u
	return s
}
