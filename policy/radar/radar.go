package radar

import (
	"strconv"
	"strings"

	"yike/policy/day"
)

// Kind is what an alert is about.
type Kind string

// The kinds of alerts.
const (
	Week    Kind = "week"    // a week far below the habit
	Months  Kind = "months"  // two months in a row, each less than the one before
	Silence Kind = "silence" // no parcel for days; after three months the client is silent
	Payment Kind = "payment" // pays later, or is billed less, than usual
	Rating  Kind = "rating"  // thinks worse of us than it did
)

// Kinds lists them in the order in which a choice offers them.
var Kinds = []Kind{Week, Months, Silence, Payment, Rating}

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
	PerWeek  int64    `json:"week,omitempty"`   // pieces of a usual whole week; see Usual
	Bill     *Owed    `json:"bill,omitempty"`   // of a payment that is late: the statement
}

// Brief is an alert as a list knows it, without how it came about: usual are
// the pieces of a usual week.
func Brief(kind Kind, key string, expected, got, usual int64) Alert {
	a := Alert{Kind: kind, Key: key, Expected: expected, Got: got, PerWeek: usual}
	if expected > 0 {
		a.Percent = int((expected - got) * 100 / expected)
	}
	if kind == Silence {
		last, stop, _ := strings.Cut(key, "+")
		a.Last, a.Percent = last, 100
		a.Stop, _ = strconv.Atoi(stop)
		if d, err := day.Parse(last); err == nil && d.Valid() {
			a.Silent = SilentFrom(d).String()
		}
	}
	return a
}

// Since is the last day of what an alert was about.
func (a Alert) Since() day.Day {
	var d day.Day
	switch a.Kind {
	case Week:
		d, _ = day.Parse(a.Key)
		return d.Add(6)
	case Months:
		d, _ = day.Parse(a.Key + "-01")
		return d.MonthEnd()
	case Rating:
		d, _ = day.Parse(a.Key)
	case Silence:
		d, _ = day.Parse(a.Last)
	case Payment:
		if _, month, ok := strings.Cut(a.Key, "less+"); ok {
			d, _ = day.Parse(month + "-01")
			return d.MonthEnd()
		}
	}
	return d
}

// Judge says all that the radar finds about a client on a day: the last week
// that has ended, the months, the silence. A client that is counted down to
// silence raises nothing else.
func Judge(days Days, today, through day.Day, rule Rule, cal Calendar) []Alert {
	through = min(through, today.Add(-1))
	if !through.Valid() {
		return nil
	}
	days = days.Until(through)
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

// Reasons why a client ships less, as the person who asked found out.
var Reasons = []string{"service", "price", "competitor", "season", "closed", "other"}

// Responses to it. GiveUp ends it at once.
var Responses = []string{"call", "process", "value_added", "terms", "offer", "activation", GiveUp}

// GiveUp is the response that does nothing more.
const GiveUp = "give_up"
