package casework

import "slices"

// Person may be given cases at a branch.
type Person struct {
	ID   int64
	Open int  // cases that they have open
	Here bool // signed in today
	Pool bool // works on anybody's cases at the branch, not only on those of own clients
	Lead bool // leads: gets cases by load only when there is nobody else
	Off  bool // their branch is closed
	Away bool // on leave, on a journey …, now or when their branch opens next
}

// Why somebody is not at work.
const (
	WhyAway   = "away"   // as it was written down
	WhyOff    = "off"    // outside of their branch's hours
	WhyUnseen = "unseen" // nobody saw them today: not signed in
)

// Why is why they are not at work, as far as the program knows; "" when they are.
func (p Person) Why() string {
	switch {
	case p.Away:
		return WhyAway
	case p.Off:
		return WhyOff
	case !p.Here:
		return WhyUnseen
	}
	return ""
}

// The rounds in which somebody is looked for. Who is away gets nothing in any.
var rounds = []func(Person) bool{
	func(p Person) bool { return p.Why() == "" },
	func(p Person) bool { return p.Here && !p.Away }, // was there today; the branch has closed
	func(p Person) bool { return !p.Away },           // as at seven in the morning
}

// World is who could get a case. 0 is nobody.
type World struct {
	Clerk, Rep, Duty int64
	People           []Person // everybody who may work on cases at the branch
}

func (w World) person(id int64) (Person, bool) {
	for _, p := range w.People {
		if p.ID == id && id != 0 {
			return p, true
		}
	}
	return Person{}, false
}

// Given is who gets a case, by which row of the rule (from 0; -1: by none) and
// whether they are at work as far as the program knows.
type Given struct {
	User int64
	Row  int
	Here bool
}

// Give says who gets a new case: the first row that fits and that finds
// somebody who is at work. When no row does, the first that finds somebody who
// was there today; then the first that finds anybody who is not away.
func (r Rule) Give(a Asked, w World) Given {
	for _, takes := range rounds {
		for i, row := range r.Assign {
			if !row.of(a) {
				continue
			}
			if p, ok := row.find(w, takes); ok {
				return Given{p.ID, i, p.Why() == ""}
			}
		}
	}
	return Given{Row: -1}
}

// Passed is somebody whom a row named, and who did not get the case since they
// are not at work.
type Passed struct {
	User int64
	Why  string
}

// PassedOver are those whom rows before that of g name and who are not at work;
// all rows when nobody got the case.
func (r Rule) PassedOver(a Asked, w World, g Given) (out []Passed) {
	for i, row := range r.Assign {
		if i == g.Row {
			break
		}
		if !row.of(a) {
			continue
		}
		p, ok := w.person(row.named(w))
		if ok && p.Why() != "" && p.ID != g.User && !slices.ContainsFunc(out, func(x Passed) bool { return x.User == p.ID }) {
			out = append(out, Passed{p.ID, p.Why()})
		}
	}
	return out
}

// find is whom a row means, among those whom the round takes.
func (row AssignRow) find(w World, takes func(Person) bool) (Person, bool) {
	if row.To == ToLeast {
		return least(w.People, takes)
	}
	p, ok := w.person(row.named(w))
	return p, ok && takes(p)
}

// named is whom a row names, 0 for nobody.
func (row AssignRow) named(w World) int64 {
	switch row.To {
	case ToClerk:
		return w.Clerk
	case ToRep:
		return w.Rep
	case ToDuty:
		return w.Duty
	case ToPerson:
		return row.User
	}
	return 0
}

// least is the one of the pool with the fewest open cases, leaders last; of
// several the one who was there first.
func least(people []Person, takes func(Person) bool) (out Person, ok bool) {
	less := func(a, b Person) bool {
		switch {
		case a.Lead != b.Lead:
			return b.Lead
		case a.Open != b.Open:
			return a.Open < b.Open
		}
		return a.ID < b.ID
	}
	for _, p := range people {
		if p.Pool && takes(p) && (!ok || less(p, out)) {
			out, ok = p, true
		}
	}
	return out, ok
}

// Sure says whether what Give found in a world of those whom rows name stands
// in a world of everybody, too: no row before it asks for the one with the
// fewest.
func (r Rule) Sure(a Asked, g Given) bool {
	if g.Row < 0 {
		return false
	}
	for i, row := range r.Assign {
		if (i < g.Row || !g.Here) && row.To == ToLeast && row.of(a) {
			return false
		}
	}
	return r.Assign[g.Row].To != ToLeast
}
