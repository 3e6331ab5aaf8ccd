package radar

import (
	"slices"

	"yike/policy/day"
)

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
		w := WeekSum{Monday: monday, Pieces: days.Sum(monday, monday.Add(6))}
		for i := range 7 {
			d := monday.Add(i)
			if name, special := cal.Special(d); special && w.Name == "" {
				w.Name = name
			}
		}
		out = append(out, w)
	}
	return out
}

// Usual are the pieces of a usual week by which an alert was raised; 0 for one
// about payments or answers.
func (a Alert) Usual() int64 {
	switch {
	case a.PerWeek > 0:
		return a.PerWeek
	case a.Kind == Payment || a.Kind == Rating:
		return 0
	case a.Kind == Silence:
		return a.Expected * 7 / 30
	case a.Kind == Months && len(a.Used) > 0 && a.Used[len(a.Used)-1].Days > 0:
		oldest := a.Used[len(a.Used)-1]
		return oldest.Pieces * 7 / int64(oldest.Days)
	}
	return a.Expected // an alert of before PerWeek was kept
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

// Found are the alerts that the weeks through a day would have raised, had each
// been looked at as it ended: a fall of several weeks or months is one, and so
// is a silence. The latest come first.
func Found(days Days, through day.Day, weeks int, rule Rule, cal Calendar) []Alert {
	var out []Alert
	lasts := map[Kind]bool{} // raised the week before
	for back := weeks - 1; back >= 0; back-- {
		at := through
		if back > 0 {
			at = min(through, LastWeek(through).Add(6-7*back))
		}
		now := map[Kind]bool{}
		for _, a := range Judge(days, at.Add(1), at, rule, cal) {
			if now[a.Kind] = true; !lasts[a.Kind] {
				out = append(out, a)
			}
		}
		lasts = now
	}
	slices.Reverse(out)
	return out
}
