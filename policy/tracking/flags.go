package tracking

import (
	"fmt"
	"slices"
	"time"

	"yike/policy/waybill"
)

// The flags: what asks for somebody.
const (
	Stuck   = "stuck"   // no news for longer than the rule allows, or the carrier says so
	OffRoad = "offroad" // seen where it has no business
	Failed  = "failed"  // two deliveries that found nobody
	Refused = "refused"
	Back    = "back" // it came back, or is on its way back
	Damaged = "damaged"
	Lost    = "lost"
)

// Flags are all of them, the gravest first.
func Flags() []string { return []string{Lost, Damaged, Refused, Back, Failed, OffRoad, Stuck} }

// Begins is the flag with which the trouble of a flag begins, for most the flag
// itself: what was refused comes back, and that is one trouble.
func Begins(flag string) string {
	if flag == Back {
		return Refused
	}
	return flag
}

// Rule says when a parcel is flagged. It is head office's, dated and
// versioned, and a branch may have its own where that is allowed.
type Rule struct {
	Hours     int            `json:"hours"`     // without news, then it is stuck
	Products  map[string]int `json:"products"`  // hours of products that have others
	Far       []string       `json:"far"`       // provinces that get more time
	FarHours  int            `json:"far_hours"` // how much more
	Sensitive int            `json:"sensitive"` // hours at most for clients to whom time matters
	Provinces int            `json:"provinces"` // foreign provinces on the way that are too many
	Fails     int            `json:"fails"`     // deliveries that found nobody
	Days      int            `json:"days"`      // since it was sent or heard of last, then nobody looks any more; 0 as in Default
	BillDays  int            `json:"bill_days"` // the same of a parcel of which nothing but a bill tells; 0 as in Default
}

// Default is the rule while head office has set none.
func Default() Rule {
	return Rule{Hours: 48, Products: map[string]int{waybill.Express: 24, waybill.SameDay: 8, waybill.Cold: 24, waybill.Bulky: 72, waybill.International: 120},
		Far: []string{"540000", "650000", "630000"}, FarHours: 48, Sensitive: 24, Provinces: 4, Fails: 2, Days: 60, BillDays: 14}
}

// Codes of what is wrong with a rule; Arg of RuleFault is its field.
const (
	HoursOut     = "hours_out"     // not 1 to 720
	ProvincesOut = "provinces_out" // not 1 to 10
	FailsOut     = "fails_out"     // not 1 to 9
	DaysOut      = "days_out"      // not 7 to 365
	BillDaysOut  = "bill_days_out" // not 1 to 365
	WordUnknown  = "word_unknown"  // no product, no province
)

// RuleFault is one thing wrong with a rule.
type RuleFault struct{ Field, Code string }

// Faults are all that is wrong with the rule, none for a good one.
func (r Rule) Faults() (out []RuleFault) {
	hours := func(field string, n, least int) {
		if n < least || n > 720 {
			out = append(out, RuleFault{field, HoursOut})
		}
	}
	hours("hours", r.Hours, 1)
	hours("far_hours", r.FarHours, 0)
	hours("sensitive", r.Sensitive, 1)
	for product, n := range r.Products {
		if !slices.Contains(waybill.Products(), product) {
			out = append(out, RuleFault{"products", WordUnknown})
			continue
		}
		hours("product_"+product, n, 1)
	}
	for _, p := range r.Far {
		if ProvinceOf(p) != p || p == "" {
			out = append(out, RuleFault{"far", WordUnknown})
		}
	}
	if r.Provinces < 1 || r.Provinces > 10 {
		out = append(out, RuleFault{"provinces", ProvincesOut})
	}
	if r.Fails < 1 || r.Fails > 9 {
		out = append(out, RuleFault{"fails", FailsOut})
	}
	if r.Days != 0 && (r.Days < 7 || r.Days > 365) {
		out = append(out, RuleFault{"days", DaysOut})
	}
	if r.BillDays < 0 || r.BillDays > 365 {
		out = append(out, RuleFault{"bill_days", BillDaysOut})
	}
	return out
}

// Facts are what is known of a parcel.
type Facts struct {
	Product, Province string  // Province it goes to, "" = not known
	State, Exception  string  // words of policy/waybill
	ByTrack           bool    // State is what the tracking service said, else a bill or a person did
	Sent              int64   // unix milliseconds, 0 = not known
	Traces            []Trace // the oldest first
	Sensitive         bool    // time matters to the client
}

// Flag is one reason to act, with what explains it: hours and limit of a stuck
// parcel (none when the carrier said so;
// hurry when the limit is shorter because time matters to the client), codes of the places to and at of one
// off its track, times of one that failed.
type Flag struct {
	Kind string
	Args map[string]string
}

// Limit is after how many hours without news a parcel is stuck: the product's,
// more for provinces far away, and never more than the client's patience.
func (r Rule) Limit(product, province string, sensitive bool) int {
	n := r.Hours
	if own := r.Products[product]; own > 0 {
		n = own
	}
	if slices.Contains(r.Far, province) {
		n += r.FarHours
	}
	if sensitive {
		n = min(n, r.Sensitive)
	}
	return n
}

// Ended says that a parcel's way is over.
func Ended(state string) bool {
	return state == waybill.Signed || state == waybill.Returned || state == waybill.Cancelled
}

// Over says that a parcel was sent, and heard of last, so long ago that nobody
// looks any more: what is still to be done about it stands as it is. What only a
// bill tells comes weeks later: then the client has long known, and a first bill
// is no heap of calls.
func (r Rule) Over(f Facts, now time.Time) bool {
	last := f.Sent
	if n := len(f.Traces); n > 0 {
		last = max(last, f.Traces[n-1].At)
	}
	days := r.Days
	if days == 0 {
		days = Default().Days
	}
	if len(f.Traces) == 0 && !f.ByTrack {
		bill := r.BillDays
		if bill == 0 {
			bill = Default().BillDays
		}
		days = min(days, bill)
	}
	return last != 0 && now.Sub(time.UnixMilli(last)) >= time.Duration(days)*24*time.Hour
}

// Said is the flag that state and exception raise by themselves, whoever said
// so, "" for none. One who signed has taken the parcel: what was wrong before
// is settled when the news say so one after the other (byTrack). A bill says
// both at once, and then it was signed for with damage or loss.
func Said(state, exception string, byTrack bool) string {
	switch state {
	case waybill.Cancelled:
		return ""
	case waybill.Lost:
		return Lost
	case waybill.Damaged:
		return Damaged
	case waybill.Refused:
		return Refused
	case waybill.Returned, waybill.Returning:
		return Back
	}
	signed := state == waybill.Signed
	switch {
	case signed && byTrack:
	case exception == waybill.Lost:
		return Lost
	case exception == waybill.Damaged, exception == waybill.Short:
		return Damaged
	case signed:
	case exception == waybill.Refused:
		return Refused
	case exception == waybill.Returned:
		return Back
	case exception == waybill.Misrouted:
		return OffRoad
	case state == waybill.Stuck, exception == waybill.Stuck:
		return Stuck
	}
	return ""
}

// Judge says what asks for somebody, the gravest first.
//
// A parcel is off its track when it was in the province it goes to and then
// turns up in another, or when it was seen in more provinces than the rule
// allows that are neither where it set out nor where it goes; not on its way
// back.
func (r Rule) Judge(f Facts, now time.Time) []Flag {
	if r.Over(f, now) {
		return nil
	}
	var out []Flag
	flag := func(kind string, args ...string) {
		x := Flag{Kind: kind, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			x.Args[args[i]] = args[i+1]
		}
		out = append(out, x)
	}
	said := Said(f.State, f.Exception, f.ByTrack)
	switch said {
	case Lost, Damaged, Refused, Back:
		flag(said)
	}
	if Ended(f.State) {
		return out
	}
	fails := 0
	for _, t := range f.Traces {
		if t.Fails {
			fails++
		}
	}
	back := said == Back || said == Refused
	if fails >= r.Fails && !back {
		flag(Failed, "times", fmt.Sprint(fails))
	}
	if at := r.offRoad(f); at != "" && !back {
		flag(OffRoad, "to", f.Province, "at", at)
	} else if said == OffRoad {
		flag(OffRoad)
	}
	hours, limit := 0, 1
	if n := len(f.Traces); n > 0 {
		hours, limit = int(now.Sub(time.UnixMilli(f.Traces[n-1].At))/time.Hour), r.Limit(f.Product, f.Province, f.Sensitive)
	}
	switch {
	case said == Lost:
	case hours >= limit:
		flag(Stuck, "hours", fmt.Sprint(hours), "limit", fmt.Sprint(limit))
		if f.Sensitive && limit < r.Limit(f.Product, f.Province, false) {
			out[len(out)-1].Args["hurry"] = "1"
		}
	case said == Stuck:
		flag(Stuck)
	}
	return out
}

// offRoad is the province in which a parcel has no business, "" for none.
func (r Rule) offRoad(f Facts) string {
	if f.Province == "" {
		return ""
	}
	start, arrived := "", false
	var foreign []string
	at := ""
	for _, t := range f.Traces {
		p := ProvinceOf(t.Place)
		switch {
		case p == "":
			continue
		case start == "":
			start = p
		}
		if p == f.Province {
			arrived, at = start != p, ""
			continue
		}
		if p != start && !slices.Contains(foreign, p) {
			foreign = append(foreign, p)
		}
		if at = ""; arrived || len(foreign) >= r.Provinces {
			at = p
		}
	}
	return at
}

// Next is the state of a parcel after news: the later news stands, but what a
// bill or a person has said to be over (byTrack false) is not made older by
// news of its way.
func Next(now string, byTrack bool, news string) string {
	over := Ended(now) || now == waybill.Lost || now == waybill.Damaged || now == waybill.Refused
	if news == "" || !byTrack && over && !Ended(news) && news != waybill.Returning {
		return now
	}
	return news
}
