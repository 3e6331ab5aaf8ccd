package radar

import (
	"time"

	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/worktime"
)

// Days around the Spring Festival on which nobody ships as usual: factories
// close early and open late.
const (
	springBefore = 10 // before its eve
	springAfter  = 14 // after 初一: the Lantern Festival is the last
)

// Before that the goods for the feast are sold, from the eighth day of the
// twelfth month on (腊月初八, 22 days before the eve of a long month).
const goodsBefore = 22

// Names of the days before and around the Spring Festival.
const (
	SpringFestival = "春节"
	FestivalGoods  = "年货节"
)

// Calendar says which days are no ordinary ones.
type Calendar struct {
	peaks []Peak
	work  *worktime.Calendar
	from  day.Day
	known []string // of the days from from on; "" ordinary
}

// Calendar is that of a rule, on the statutory holidays.
func (r Rule) Calendar(work *worktime.Calendar) Calendar { return Calendar{peaks: r.Peaks, work: work} }

// Between is the same calendar with the days of a span worked out beforehand,
// for whoever judges many clients.
func (c Calendar) Between(from, to day.Day) Calendar {
	known := make([]string, 0, max(0, int(to-from)+1))
	for d := from; d <= to; d++ {
		name, _ := c.Special(d)
		known = append(known, name)
	}
	c.from, c.known = from, known
	return c
}

// Special says that a day is no ordinary one, and the name of why: a statutory
// holiday, a weekend day worked for one, a sale, the Spring Festival. Years
// whose holidays are not announced have the festivals' own days.
func (c Calendar) Special(d day.Day) (name string, special bool) {
	if i := int(d - c.from); i >= 0 && i < len(c.known) {
		return c.known[i], c.known[i] != ""
	}
	year, _, _ := d.Date()
	if spring, ok := festival.On(festival.Spring, year); ok {
		switch {
		case d >= spring-1-springBefore && d <= spring+springAfter:
			return SpringFestival, true
		case d >= spring-1-goodsBefore && d < spring-1-springBefore:
			return FestivalGoods, true
		}
	}
	if e, ok := c.work.Entry(d); ok {
		if e.Name == "" {
			return "休", true
		}
		return e.Name, true
	}
	if !c.work.Published(year) {
		if name, ok := unannounced(d); ok {
			return name, true
		}
	}
	md := d.String()[len("2026-"):]
	for _, p := range c.peaks {
		if md >= p.From && md <= p.To {
			return p.Name, true
		}
	}
	return "", false
}

func (c Calendar) special(d day.Day) bool {
	_, special := c.Special(d)
	return special
}

// unannounced are the holidays of a year that the State Council has not spoken
// of yet: the days of the law.
func unannounced(d day.Day) (string, bool) {
	year, month, dom := d.Date()
	switch {
	case month == time.January && dom == 1:
		return "元旦", true
	case month == time.May && dom <= 5:
		return "劳动节", true
	case month == time.October && dom <= 7:
		return "国庆节", true
	}
	for code, name := range map[festival.Code]string{festival.Qingming: "清明节", festival.DragonBoat: "端午节", festival.MidAutumn: "中秋节"} {
		if on, ok := festival.On(code, year); ok && d == on {
			return name, true
		}
	}
	return "", false
}
