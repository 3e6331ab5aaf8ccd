package casework

// Person may be given cases at a branch.
type Person struct {
	ID   int64
	Open int  // cases that they have open
	Here bool // signed in today: as far as the program knows, at work
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
// somebody who is at work. When no row does, as at seven in the morning, the
// first that finds somebody at all.
func (r Rule) Give(a Asked, w World) Given {
	for _, here := range []bool{true, false} {
		for i, row := range r.Assign {
			if !row.of(a) {
				continue
			}
			if p, ok := row.find(w, here); ok {
				return Given{p.ID, i, p.Here}
			}
		}
	}
	return Given{Row: -1}
}

// find is whom a row means, among those at work only if here.
func (row AssignRow) find(w World, here bool) (Person, bool) {
	var id int64
	switch row.To {
	case ToClerk:
		id = w.Clerk
	case ToRep:
		id = w.Rep
	case ToDuty:
		id = w.Duty
	case ToPerson:
		id = row.User
	case ToLeast:
		return least(w.People, here)
	}
	p, ok := w.person(id)
	return p, ok && (p.Here || !here)
}

// least is the one with the fewest open cases; of several the one who was there
// first.
func least(people []Person, here bool) (out Person, ok bool) {
	for _, p := range people {
		if here && !p.Here {
			continue
		}
		if !ok || p.Open < out.Open || p.Open == out.Open && p.ID < out.ID {
			out, ok = p, true
		}
	}
	return out, ok
}
