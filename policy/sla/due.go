package sla

// Unit is what a limit is counted in.
type Unit string

// The units. Working minutes, hours and days pass while the branch is open, the
// others by the clock on the wall.
const (
	Seconds      Unit = "second"
	Minutes      Unit = "minute"
	Hours24      Unit = "hour"
	WorkMinutes  Unit = "work_minute"
	WorkHours    Unit = "work_hour"
	WorkDays     Unit = "work_day"
	mostWallDays      = 366
)

// Units lists them in the order of the page.
var Units = []Unit{Seconds, Minutes, Hours24, WorkMinutes, WorkHours, WorkDays}

// Limit is how long something may take; N of 0 is for as long as it takes.
type Limit struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

// Works says whether the limit passes only while the branch is open.
func (l Limit) Works() bool {
	return l.Unit == WorkMinutes || l.Unit == WorkHours || l.Unit == WorkDays
}

// long is the limit in milliseconds of its time; days have none.
func (l Limit) long() int64 {
	switch l.Unit {
	case Seconds:
		return int64(l.N) * 1000
	case Minutes, WorkMinutes:
		return int64(l.N) * minute
	case Hours24, WorkHours:
		return int64(l.N) * 60 * minute
	}
	return 0
}

// Pause is a time in which a clock stands still; To of 0 is one that lasts, To
// ahead one that ends then by itself.
type Pause struct{ From, To int64 }

// Running is one clock of one case.
type Running struct {
	Opened   int64
	Limit    Limit
	Pauses   []Pause // by their beginning, none over another
	Done     int64   // when what it waits for was done, 0 not yet
	Promised int64   // until when it was to be done, as that was written down when it was done; 0: worked out
}

// Deadline is when the time of a limit that began at opened is over: each pause
// that began before puts it off by as much as was waited, in the limit's own
// time. A pause that lasts counts up to now. 0 when there is no limit, or no
// such time within twenty years.
func Deadline(c *Clock, opened int64, l Limit, pauses []Pause, now int64) int64 {
	at, ok := c.plain(opened, l)
	if !ok {
		return 0
	}
	return c.waited(opened, at, l, pauses, now)
}

// waited is the instant put off by the pauses that began before it.
func (c *Clock) waited(opened, at int64, l Limit, pauses []Pause, now int64) int64 {
	seen := opened
	for _, p := range pauses {
		from, to := max(p.From, seen), p.To
		if to == 0 {
			to = now
		}
		if from >= at {
			break
		}
		if to <= from {
			continue
		}
		var ok bool
		if at, ok = c.on(at, l, c.measure(from, to, l)); !ok {
			return 0
		}
		seen = to
	}
	return at
}

// plain is the deadline without a pause, false for none.
func (c *Clock) plain(opened int64, l Limit) (int64, bool) {
	switch {
	case l.N <= 0:
		return 0, false
	case l.Unit == WorkDays:
		return c.AddDays(opened, l.N)
	}
	return c.on(opened, l, l.long())
}

// on is the instant so much later in the limit's time.
func (c *Clock) on(at int64, l Limit, long int64) (int64, bool) {
	if l.Works() {
		return c.Add(at, long)
	}
	return at + long, true
}

// measure is the time between two instants in the limit's time.
func (c *Clock) measure(a, b int64, l Limit) int64 {
	if l.Works() {
		return c.Worked(a, b)
	}
	return max(0, b-a)
}

// State is how a clock stands.
type State string

// The states of a clock.
const (
	NoLimit State = ""
	OK      State = "ok"
	Soon    State = "soon"
	Overdue State = "overdue"
	Paused  State = "paused"
	Stopped State = "stopped" // what it waited for was done
)

// Standing is how a clock stands at an instant. Left is in the limit's own
// time: what is left, below 0 how long it is over; of a clock that stopped, how
// it stood then.
type Standing struct {
	State   State
	Due     int64
	Left    int64
	Total   int64 // the whole time, without pauses
	Assumed bool  // a year on the way is not announced
}

// Kept says of a clock that stopped whether it was in time.
func (s Standing) Kept() bool { return s.State == Stopped && s.Left >= 0 }

// Stand says how a clock stands; soon is the share of its time, in percent,
// that is left when it is soon over.
func (r Running) Stand(c *Clock, soon int, now int64) Standing {
	at := now
	if r.Done != 0 {
		at = r.Done
	}
	due := Deadline(c, r.Opened, r.Limit, r.Pauses, at)
	if r.Done != 0 && r.Promised != 0 {
		due = r.Promised
	}
	if due == 0 {
		return Standing{}
	}
	end, _ := c.plain(r.Opened, r.Limit)
	s := Standing{Due: due, Total: c.measure(r.Opened, end, r.Limit), Assumed: r.Limit.Works() && c.Assumed(r.Opened, due)}
	from, paused := r.standsFrom(at)
	if s.Left = c.measure(from, due, r.Limit); at > due {
		s.Left = -max(1, c.measure(due, at, r.Limit))
	}
	switch {
	case r.Done != 0:
		s.State = Stopped
	case now > due:
		s.State = Overdue // also when it was paused since
	case paused:
		s.State = Paused
	case s.Left*100 <= s.Total*int64(soon):
		s.State = Soon
	default:
		s.State = OK
	}
	return s
}

// standsFrom says whether a clock stands still at an instant, and from when on
// what is left of it runs: the end of the pause when it is known.
func (r Running) standsFrom(at int64) (from int64, paused bool) {
	for _, p := range r.Pauses {
		if p.From <= at && (p.To == 0 || at < p.To) {
			return max(at, p.To), true
		}
	}
	return at, false
}

// PauseReasons are for what one may wait while a clock stands still: the client,
// another branch, the carrier, evidence.
var PauseReasons = []string{"client", "branch", "carrier", "evidence"}
