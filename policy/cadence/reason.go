package cadence

// Code names a reason; views put it into words.
type Code string

// The reasons, with their arguments.
const (
	DaysSince    Code = "days_since"    // A: days since the last visit
	NeverVisited Code = "never_visited" // A: days since the file was made, -1 unknown
	Behind       Code = "behind"        // A: visits made, B: visits expected by now
	Owed         Code = "owed"          // A: visits made, B: visits asked of the month
	DueToday     Code = "due_today"     // today is the last day for the next visit
	DueIn        Code = "due_in"        // A: working days left, today included
	AllMade      Code = "all_made"      // A: visits made, B: visits asked
	Joined       Code = "joined"        // A: visits asked, B: of a whole month; joined or taken over this month
	ClassChanged Code = "class_changed" // A: visits asked, B: of a whole month; the class changed this month
	JoinedLate   Code = "joined_late"   // too late in the month to be asked a visit
	NoClass      Code = "no_class"      // no class, and the rule asks nothing without one
	NothingAsked Code = "nothing_asked" // the rule asks nothing of this class
	Paused       Code = "paused"        // archived, lost, or visits put off
	Unannounced  Code = "unannounced"   // the year's holidays are not announced (未公布): plain weeks counted
)

// Codes are all reasons, for those who put them into words.
func Codes() []Code {
	return []Code{DaysSince, NeverVisited, Behind, Owed, DueToday, DueIn, AllMade, Joined, ClassChanged, JoinedLate,
		NoClass, NothingAsked, Paused, Unannounced}
}

// Reason is a code with up to two figures.
type Reason struct {
	Code Code
	A, B int
}

// Reasons say why the customer stands so, the weightiest first. The due list
// shows the first with the class: A 类,12 天未拜访.
func (s Standing) Reasons() []Reason {
	var rs []Reason
	add := func(c Code, a, b int) { rs = append(rs, Reason{c, a, b}) }
	switch s.State {
	case None:
		add(s.cause, 0, 0)
		return rs
	case Met:
		if s.cause == JoinedLate || s.Target == 0 {
			add(JoinedLate, 0, 0)
			return rs
		}
		add(AllMade, s.Done, s.Target)
	default:
		if s.Never {
			add(NeverVisited, s.DaysSince, 0)
		} else {
			add(DaysSince, s.DaysSince, 0)
		}
		switch {
		case s.State == Overdue:
			add(Behind, s.Done, s.Expected)
		case s.dueToday:
			add(DueToday, 0, 0)
		case s.State == Soon:
			add(DueIn, s.DaysLeft, 0)
		default:
			add(Owed, s.Done, s.Target)
		}
	}
	if s.cause == Joined || s.cause == ClassChanged {
		add(s.cause, s.Target, s.Full)
	}
	if s.Assumed {
		add(Unannounced, 0, 0)
	}
	return rs
}
