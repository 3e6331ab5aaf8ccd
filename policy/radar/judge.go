package radar

import (
	"slices"
	"strconv"

	"yike/policy/day"
)

// Smallest amounts that a habit can be read from.
const (
	minWeeks = 4 // ordinary weeks
	minDays  = 3 // ordinary days of the week itself, or too little of it is left
	reach    = 3 // how many times the weeks asked for it looks back for ordinary ones
)

// JudgeWeek holds the week that begins on monday against the client's own
// habit. through is the last day whose parcels are known. Nil: the week is as
// usual, or nothing can be said of it.
func JudgeWeek(days Days, monday, through day.Day, rule Rule, cal Calendar) *Alert {
	first := days.First()
	if first == day.None || !monday.Valid() {
		return nil
	}
	var weekday [7]int // those that count
	counted, got := 0, int64(0)
	for i := range 7 {
		if d := monday.Add(i); d <= through && !cal.special(d) {
			weekday[counted] = i
			counted++
			got += days.Of(d)
		}
	}
	if counted < minDays {
		return nil
	}
	var starts [MaxWeeks]day.Day
	var pieces, away [MaxWeeks]int64
	used, back := 0, 1
	for ; back <= rule.Weeks*reach && used < min(rule.Weeks, MaxWeeks); back++ {
		start := monday.Add(-7 * back)
		if start.Add(weekday[0]) < first { // before it was a client
			break
		}
		sum, ordinary := int64(0), true
		for _, i := range weekday[:counted] {
			ordinary = ordinary && !cal.special(start.Add(i))
			sum += days.Of(start.Add(i))
		}
		if ordinary {
			starts[used], pieces[used] = start, sum
			used++
		}
	}
	if used < minWeeks {
		return nil
	}
	expected := median(pieces[:used])
	for i, n := range pieces[:used] {
		away[i] = max(n-expected, expected-n)
	}
	swing := median(away[:used])
	enough := func(short int64) bool { return short*100 >= expected*int64(rule.Drop) && short > 2*swing }
	// What was shipped on a day that is left out was shipped.
	if expected < int64(rule.Least) || !enough(expected-got) || !enough(expected-days.Sum(monday, min(monday.Add(6), through))) {
		return nil
	}
	a := &Alert{Kind: Week, Key: monday.String(), Expected: expected, Got: got, Percent: int((expected - got) * 100 / expected), Counted: counted, Swing: swing}
	for i := range 7 {
		d := monday.Add(i)
		if name, special := cal.Special(d); special {
			a.Left = append(a.Left, Out{d.String(), name})
		} else if d > through {
			a.Left = append(a.Left, Out{Day: d.String()})
		}
	}
	var whole []int64
	for i, start := range starts[:used] {
		a.Used = append(a.Used, Period{From: start.String(), Pieces: pieces[i]})
		whole = append(whole, days.Sum(start, start.Add(6)))
	}
	if a.PerWeek = expected; counted < 7 {
		a.PerWeek = median(whole)
	}
	for b := 1; b < back; b++ {
		start := monday.Add(-7 * b)
		for _, i := range weekday[:counted] {
			if name, special := cal.Special(start.Add(i)); special {
				a.Skipped = append(a.Skipped, Out{start.String(), name})
				break
			}
		}
	}
	return a
}

// Months of a fall.
const (
	fallMonths   = 3  // each below the one before
	minMonthDays = 10 // ordinary days of a month, or it is passed over
	lookMonths   = 6  // how far back it looks for ordinary ones
)

// JudgeMonths says whether the last three ordinary months, of which all days
// are known, fell one after the other, by pieces a day without holidays and
// sales, and by as much in all as the rule says.
func JudgeMonths(days Days, through day.Day, rule Rule, cal Calendar) *Alert {
	first := days.First()
	if first == day.None {
		return nil
	}
	month := through.MonthStart()
	if through != through.MonthEnd() {
		month = month.AddMonths(-1)
	}
	type sum struct {
		start  day.Day
		pieces int64
		days   int
	}
	var list [fallMonths]sum
	var skipped []Out
	n := 0
	for back := 0; back < lookMonths && n < fallMonths; back++ {
		s := sum{start: month.AddMonths(-back)}
		if s.start < first.MonthStart() || !s.start.Valid() {
			break
		}
		for d := max(s.start, first); d <= s.start.MonthEnd(); d++ {
			if !cal.special(d) {
				s.days++
				s.pieces += days.Of(d)
			}
		}
		switch {
		case s.days >= minMonthDays:
			// Newer against older, by pieces a day.
			if n > 0 && list[n-1].pieces*int64(s.days) >= s.pieces*int64(list[n-1].days) {
				return nil
			}
			list[n] = s
			n++
		case back == 0:
			return nil // the latest month says nothing, and the ones before were judged
		default:
			skipped = append(skipped, Out{s.start.String(), ""})
		}
	}
	if n < fallMonths {
		return nil
	}
	newest, oldest := list[0], list[fallMonths-1]
	expected := (oldest.pieces*int64(newest.days) + int64(oldest.days)/2) / int64(oldest.days)
	short := expected - newest.pieces
	if expected < int64(rule.Least)*4 || short*100 < expected*int64(rule.Drop) {
		return nil
	}
	a := &Alert{Kind: Months, Key: newest.start.String()[:len("2026-11")], Expected: expected, Got: newest.pieces, Percent: int(short * 100 / expected), Counted: newest.days, Skipped: skipped,
		PerWeek: oldest.pieces * 7 / int64(oldest.days)}
	for _, s := range list {
		a.Used = append(a.Used, Period{From: s.start.String(), Pieces: s.pieces, Days: s.days})
	}
	return a
}

// Stops are the days without a parcel at which the countdown to silence is
// told of.
var Stops = []int{30, 60, 75}

// silentMonths are the calendar months without a parcel after which a client
// is silent.
const silentMonths = 3

// SilentFrom is the day from which a client is silent whose last parcel was
// sent on that day.
func SilentFrom(last day.Day) day.Day { return last.AddMonths(silentMonths) }

// Countdown is how far a client is on the way to silence.
type Countdown struct {
	Last, Silent day.Day // the last day with parcels, and from when on the client is silent
	Since, Left  int     // days since, and until then; Left is 0 for who is silent
}

// CountDown counts from the last day with parcels to silence as it stands on a
// day.
func CountDown(last, today day.Day) Countdown {
	silent := SilentFrom(last)
	return Countdown{Last: last, Silent: silent, Since: int(today - last), Left: max(0, int(silent-today))}
}

// Gone is the stop of who has shipped nothing for three calendar months: the
// countdown is over.
const Gone = 90

// QuietStops are all stops of the countdown, with its end.
var QuietStops = append(slices.Clone(Stops), Gone)

// Quiet is the stop that a client has reached by the parcels through a day who
// last shipped on another; 0 before the first one.
func Quiet(last, through day.Day) int {
	if through >= SilentFrom(last) {
		return Gone
	}
	stop := 0
	for _, s := range Stops {
		if int(through-last) >= s {
			stop = s
		}
	}
	return stop
}

// JudgeSilence counts the days since the client's last parcel and returns the
// stop that was reached. Nil before the first one, after the client is silent,
// for who shipped too little to be missed, and while a pause as long is usual.
func JudgeSilence(days Days, through day.Day, rule Rule) *Alert {
	last := days.Last()
	if last == day.None || through >= SilentFrom(last) {
		return nil
	}
	since, stop := int(through-last), Quiet(last, through)
	if stop == 0 {
		return nil
	}
	before := days.Sum(last.AddMonths(-silentMonths)+1, last)
	if before < int64(rule.Least) {
		return nil
	}
	gap := days.Gap()
	if gap == 0 || stop == Stops[0] && since <= 2*gap {
		return nil
	}
	return &Alert{Kind: Silence, Key: last.String() + "+" + strconv.Itoa(stop), Expected: (before + 1) / silentMonths, Percent: 100, Last: last.String(), Stop: stop,
		Silent: SilentFrom(last).String(), Gap: gap, PerWeek: (before + 1) / silentMonths * 7 / 30}
}

// median is the middle of some numbers, of an even count the lower one's half
// way to the upper, rounded down.
func median(list []int64) int64 {
	var few [MaxWeeks]int64
	s := few[:]
	if len(list) > len(few) {
		s = make([]int64, len(list))
	}
	s = s[:copy(s, list)]
	slices.Sort(s)
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}
