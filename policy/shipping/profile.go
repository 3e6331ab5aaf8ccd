package shipping

import (
	"slices"

	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/waybill"
)

// Month is one month of a client with its habits.
type Month struct {
	Start  day.Day
	Pieces int64
	Habits *Habits
}

// Profile is what twelve months tell of a client's habits.
type Profile struct {
	Pieces             int64
	Weekdays           [7]int64 // Monday first
	Hours              [24]int64
	Timed              int64 // pieces whose hour is known
	Products, Payments Counts
	Cities, Provinces  Counts // codes of policy/place; "" where it is not known
	Active, Of         int    // months with parcels, of the months since the first in the span
	Gap                int    // usual days between two days with parcels, 0 = too few
	ShippingDays       int
	First, Last        day.Day // in the span
}

// Of works out the profile of the months given.
func Of(months []Month, today day.Day) Profile {
	var p Profile
	var sum Habits
	var on []day.Day
	for _, m := range months {
		if m.Pieces > 0 {
			p.Active++
		}
		for i, n := range m.Habits.Days {
			if n <= 0 {
				continue
			}
			d := m.Start.Add(i)
			on = append(on, d)
			p.Weekdays[(int(d.Weekday())+6)%7] += n
		}
		sum.Merge(m.Habits)
	}
	p.Hours = sum.Hours
	for _, n := range p.Hours {
		p.Timed += n
	}
	p.Products, p.Payments, p.Cities = sum.Products.Top(), sum.Payments.Top(), sum.Places.Top()
	p.Pieces = sum.Products.Total()
	var provinces Counts
	for _, c := range sum.Places {
		provinces.add(provinceOf(c.Key), c.N)
	}
	p.Provinces = provinces.Top()
	slices.Sort(on)
	if p.ShippingDays = len(on); len(on) > 0 {
		p.First, p.Last = on[0], on[len(on)-1]
		from, to := p.First.MonthStart(), today.MonthStart()
		for m := from; m <= to && m.Valid(); m = m.AddMonths(1) {
			p.Of++
		}
	}
	if len(on) >= 3 {
		gaps := make([]int, 0, len(on)-1)
		for i := 1; i < len(on); i++ {
			gaps = append(gaps, int(on[i]-on[i-1]))
		}
		slices.Sort(gaps)
		p.Gap = gaps[len(gaps)/2]
	}
	return p
}

// provinceOf is the province of a city's code, or of a province's own.
func provinceOf(code string) string {
	if len(code) != 6 {
		return ""
	}
	province := code[:2] + "0000"
	if _, ok := place.ByCode(province); !ok {
		return ""
	}
	return province
}

// Mark is what somebody has said by hand about a client.
type Mark string

// Marks; NoMark leaves it to the share of express and to complaints.
const (
	NoMark    Mark = ""
	Sensitive Mark = "yes"
	Patient   Mark = "no"
)

// leastJudged are the pieces of twelve months from which a share says anything.
const leastJudged = 12

// Timing says whether time matters to a client, and why.
type Timing struct {
	Sensitive bool
	Mark      Mark // not NoMark: somebody said so
	Express   int64
	Pieces    int64
	Share     int // percent, rounded down
	Threshold int
	Few       bool // too few pieces to tell by the share
	Late      int64
	LateRule
}

// LateRule is from how many complaints of lateness on, within how many months,
// time matters to a client.
type LateRule struct {
	Complaints int // from so many on
	Months     int
}

// Since is the first day of the months that count up to a day: of 20 November
// and three months it is 21 August.
func (r LateRule) Since(today day.Day) day.Day { return today.AddMonths(-r.Months).Add(1) }

// ByLate says that complaints of lateness show that time matters.
func (t Timing) ByLate() bool { return t.Late > 0 && t.Late >= int64(t.Complaints) }

// ByShare says that the share of express shows it.
func (t Timing) ByShare() bool { return !t.Few && t.Share >= t.Threshold }

// Time says whether time matters to a client of these products who complained
// of lateness so often, when the rule asks for a share of express in percent or
// for complaints (R182, R235).
func Time(products Counts, threshold int, late int64, rule LateRule, mark Mark) Timing {
	t := Timing{Mark: mark, Express: products.Of(waybill.Express) + products.Of(waybill.SameDay), Pieces: products.Total(), Threshold: threshold, Late: late, LateRule: rule}
	if t.Pieces > 0 {
		t.Share = int(t.Express * 100 / t.Pieces)
	}
	t.Few = t.Pieces < leastJudged
	switch mark {
	case Sensitive:
		t.Sensitive = true
	case NoMark:
		t.Sensitive = t.ByShare() || t.ByLate()
	}
	return t
}
