package casework

// Person may be given cases at a branch.
type Person struct {
	ID   int64
	Open int  // cases that they have open
	Here bool // signed in today: as far as the program knows, at work
	Pool bool // works on anybody's cases at the branch, not only on those of own clients
	Lead bool // leads: gets cases by load only when there is nobody else
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

// least is the one of the pool with the fewest open cases, leaders last; of
// several the one who was there first.
func least(people []Person, here bool) (out Person, ok bool) {
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
		if p.Pool && (p.Here || !here) && (!ok || less(p, out)) {
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
