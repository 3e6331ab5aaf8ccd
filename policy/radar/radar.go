package radar

import (
	"slices"
	"strconv"

	"yike/policy/day"
)

// Kind is what an alert is about.
type Kind string

// The kinds of alerts.
const (
	Week    Kind = "week"    // a week far below the habit
	Months  Kind = "months"  // two months in a row, each less than the one before
	Silence Kind = "silence" // no parcel for days; after three months the client is silent
)

// Kinds lists them in the order in which a choice offers them.
var Kinds = []Kind{Week, Months, Silence}

// Days is what a client shipped: pieces by day, of days with parcels.
type Days map[day.Day]int64

// First and Last are the first and the last day with parcels; day.None without
// any.
func (d Days) First() day.Day { first, _ := d.ends(); return first }

// Last see First.
func (d Days) Last() day.Day { _, last := d.ends(); return last }

// until leaves out what came after a day.
func (d Days) until(last day.Day) Days {
	if d.Last() <= last {
		return d
	}
	out := Days{}
	for on, n := range d {
		if on <= last {
			out[on] = n
		}
	}
	return out
}

func (d Days) ends() (first, last day.Day) {
	for on, n := range d {
		if n <= 0 {
			continue
		}
		if first == day.None || on < first {
			first = on
		}
		last = max(last, on)
	}
	return first, last
}

// Out is a day that was left out of a comparison, and why: the name of a
// holiday or a sale, "" where no parcels are known yet.
type Out struct {
	Day  string `json:"d"`
	Name string `json:"n,omitempty"`
}

// Period is one week or month that the expectation rests on.
type Period struct {
	From   string `json:"f"` // its first day
	Pieces int64  `json:"p"`
	Days   int    `json:"n,omitempty"` // ordinary days in it, of a month
}

// Alert is one finding with all that it came about by. It is stored as JSON.
type Alert struct {
	Kind     Kind     `json:"kind"`
	Key      string   `json:"key"` // the week's Monday, the month, the last day with parcels and the stop
	Expected int64    `json:"expected"`
	Got      int64    `json:"got"`
	Percent  int      `json:"percent"` // how much less
	Counted  int      `json:"counted,omitempty"`
	Swing    int64    `json:"swing,omitempty"` // how far its weeks usually are from the middle
	Used     []Period `json:"used,omitempty"`
	Skipped  []Out    `json:"skipped,omitempty"` // weeks that were no ordinary ones
	Left     []Out    `json:"left,omitempty"`    // days of the period itself
	Last     string   `json:"last,omitempty"`    // of a silence: the last day with parcels
	Stop     int      `json:"stop,omitempty"`
	Silent   string   `json:"silent,omitempty"` // … and from when on the client is silent
	Gap      int      `json:"gap,omitempty"`    // … usual days between two days with parcels
}

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
	a := &Alert{Kind: Week, Key: monday.String()}
	var counted []int // weekdays
	all := int64(0)   // with the days that are left out
	for i := range 7 {
		d := monday.Add(i)
		if d <= through {
			all += days[d]
		}
		if name, special := cal.Special(d); special {
			a.Left = append(a.Left, Out{d.String(), name})
		} else if d > through {
			a.Left = append(a.Left, Out{Day: d.String()})
		} else {
			counted = append(counted, i)
			a.Got += days[d]
		}
	}
	if a.Counted = len(counted); a.Counted < minDays {
		return nil
	}
	var pieces []int64
	for back := 1; back <= rule.Weeks*reach && len(pieces) < rule.Weeks; back++ {
		start := monday.Add(-7 * back)
		if start.Add(counted[0]) < first { // before it was a client
			break
		}
		sum, name := int64(0), ""
		for _, i := range counted {
			if n, special := cal.Special(start.Add(i)); special {
				name = n
				break
			}
			sum += days[start.Add(i)]
		}
		if name != "" {
			a.Skipped = append(a.Skipped, Out{start.String(), name})
			continue
		}
		pieces = append(pieces, sum)
		a.Used = append(a.Used, Period{From: start.String(), Pieces: sum})
	}
	if len(pieces) < minWeeks {
		return nil
	}
	a.Expected = median(pieces)
	away := make([]int64, len(pieces))
	for i, n := range pieces {
		away[i] = max(n-a.Expected, a.Expected-n)
	}
	a.Swing = median(away)
	short := a.Expected - a.Got
	enough := func(short int64) bool { return short*100 >= a.Expected*int64(rule.Drop) && short > 2*a.Swing }
	if a.Expected < int64(rule.Least) || !enough(short) {
		return nil
	}
	if !enough(a.Expected - all) { // it has shipped, on a day that is left out
		return nil
	}
	a.Percent = int(short * 100 / a.Expected)
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
	a := &Alert{Kind: Months}
	month := through.MonthStart()
	if through != through.MonthEnd() {
		month = month.AddMonths(-1)
	}
	for back := 0; back < lookMonths && len(a.Used) < fallMonths; back++ {
		start := month.AddMonths(-back)
		if start < first.MonthStart() || !start.Valid() {
			break
		}
		p := Period{From: start.String()}
		for d := max(start, first); d <= start.MonthEnd(); d++ {
			if _, special := cal.Special(d); !special {
				p.Days++
				p.Pieces += days[d]
			}
		}
		if p.Days < minMonthDays {
			a.Skipped = append(a.Skipped, Out{start.String(), ""})
			if back == 0 {
				return nil // the latest month says nothing, and the ones before were judged
			}
			continue
		}
		a.Used = append(a.Used, p)
	}
	if len(a.Used) < fallMonths {
		return nil
	}
	for i := range fallMonths - 1 { // newer against older, by pieces a day
		newer, older := a.Used[i], a.Used[i+1]
		if newer.Pieces*int64(older.Days) >= older.Pieces*int64(newer.Days) {
			return nil
		}
	}
	newest, oldest := a.Used[0], a.Used[fallMonths-1]
	a.Key = newest.From[:len("2026-11")]
	a.Got, a.Counted = newest.Pieces, newest.Days
	a.Expected = (oldest.Pieces*int64(newest.Days) + int64(oldest.Days)/2) / int64(oldest.Days)
	short := a.Expected - a.Got
	if a.Expected < int64(rule.Least)*4 || short*100 < a.Expected*int64(rule.Drop) {
		return nil
	}
	a.Percent = int(short * 100 / a.Expected)
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

// JudgeSilence counts the days since the client's last parcel and returns the
// stop that was reached. Nil before the first one, after the client is silent,
// for who shipped too little to be missed, and while a pause as long is usual.
func JudgeSilence(days Days, through day.Day, rule Rule) *Alert {
	last := days.Last()
	if last == day.None || through >= SilentFrom(last) {
		return nil
	}
	since, stop := int(through-last), 0
	for _, s := range Stops {
		if since >= s {
			stop = s
		}
	}
	if stop == 0 {
		return nil
	}
	before := int64(0)
	for d, n := range days {
		if d > last.AddMonths(-silentMonths) && d <= last {
			before += n
		}
	}
	gap := Gap(days)
	if before < int64(rule.Least) || gap == 0 || stop == Stops[0] && since <= 2*gap {
		return nil
	}
	return &Alert{Kind: Silence, Key: last.String() + "+" + strconv.Itoa(stop), Expected: (before + 1) / silentMonths, Percent: 100, Last: last.String(), Stop: stop,
		Silent: SilentFrom(last).String(), Gap: gap}
}

// Gap is how many days usually lie between two days with parcels; 0 for who
// shipped on fewer than three days.
func Gap(days Days) int {
	var on []day.Day
	for d, n := range days {
		if n > 0 {
			on = append(on, d)
		}
	}
	if len(on) < 3 {
		return 0
	}
	slices.Sort(on)
	gaps := make([]int64, 0, len(on)-1)
	for i := 1; i < len(on); i++ {
		gaps = append(gaps, int64(on[i]-on[i-1]))
	}
	return int(median(gaps))
}

// Judge says all that the radar finds about a client on a day: the last week
// that has ended, the months, the silence. A client that is counted down to
// silence raises nothing else.
func Judge(days Days, today, through day.Day, rule Rule, cal Calendar) []Alert {
	through = min(through, today.Add(-1))
	if !through.Valid() {
		return nil
	}
	days = days.until(through)
	if a := JudgeSilence(days, through, rule); a != nil {
		return []Alert{*a}
	}
	var out []Alert
	if a := JudgeWeek(days, LastWeek(through), through, rule, cal); a != nil {
		out = append(out, *a)
	}
	if a := JudgeMonths(days, through, rule, cal); a != nil {
		out = append(out, *a)
	}
	return out
}

// LastWeek is the Monday of the latest week that is to be judged when parcels
// are known through a day: the day's own from Friday on, for many ship on no
// weekend, else the week before.
func LastWeek(through day.Day) day.Day {
	monday := Monday(through)
	if through < monday.Add(4) {
		monday = monday.Add(-7)
	}
	return monday
}

// Monday is the first day of the week in which a day lies.
func Monday(d day.Day) day.Day { return d.Add(-(int(d.Weekday()) + 6) % 7) }

// median is the middle of some numbers, of an even count the lower one's half
// way to the upper, rounded down.
func median(list []int64) int64 {
	s := slices.Clone(list)
	slices.Sort(s)
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}

// Reasons why a client ships less, as the person who asked found out.
var Reasons = []string{"service", "price", "competitor", "season", "closed", "other"}

// Responses to it. GiveUp ends it at once.
var Responses = []string{"call", "process", "value_added", "terms", "offer", "activation", GiveUp}

// GiveUp is the response that does nothing more.
const GiveUp = "give_up"

// WeekSum is what was shipped in the week that begins on a Monday.
type WeekSum struct {
	Monday day.Day
	Pieces int64
	Name   string // of a holiday or a sale in it, "" for an ordinary week
}

// Weeks are the weeks from the one of a day through the last whole one.
func Weeks(days Days, from, through day.Day, cal Calendar) []WeekSum {
	var out []WeekSum
	for monday := Monday(from); monday.Valid() && monday.Add(6) <= through; monday = monday.Add(7) {
		w := WeekSum{Monday: monday}
		for i := range 7 {
			d := monday.Add(i)
			w.Pieces += days[d]
			if name, special := cal.Special(d); special && w.Name == "" {
				w.Name = name
			}
		}
		out = append(out, w)
	}
	return out
}

// Usual are the pieces of a usual week by which an alert was raised.
func (a Alert) Usual() int64 {
	switch a.Kind {
	case Months:
		if len(a.Used) > 0 && a.Used[len(a.Used)-1].Days > 0 {
			oldest := a.Used[len(a.Used)-1]
			return oldest.Pieces * 7 / int64(oldest.Days)
		}
	case Silence:
		return a.Expected * 7 / 30
	}
	return a.Expected
}

// Outcome is what became of a client's volume after a day.
type Outcome struct {
	Weeks   int   // whole ordinary weeks since; 0 = too early to say
	Average int64 // pieces a week in them
	Percent int   // of the usual week
}

// After says what became of the volume in the ordinary weeks that began after
// a day.
func (a Alert) After(days Days, after, through day.Day, cal Calendar) Outcome {
	var o Outcome
	sum := int64(0)
	for _, w := range Weeks(days, after.Add(7), through, cal) {
		if w.Name == "" {
			o.Weeks++
			sum += w.Pieces
		}
	}
	if o.Weeks == 0 {
		return o
	}
	o.Average = (sum + int64(o.Weeks)/2) / int64(o.Weeks)
	if usual := a.Usual(); usual > 0 {
		o.Percent = int(o.Average * 100 / usual)
	}
	return o
}
