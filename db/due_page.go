package db

import (
	"cmp"
	"context"
	"slices"

	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
)

// DueAsk is what one page of the due list asks for. A class here is the one in
// force today, and figures are of those whom Class and City let through.
type DueAsk struct {
	DueFilter
	Class, City string
	States      []cadence.State // whose rows are shown; nil for all

	// Keyset paging: the rows after (or, with Back, before) this one.
	At    DueKey
	Back  bool
	Limit int // rows; 0 for the figures alone
}

// DueKey is a place in the due list: the more urgent first, then by id.
type DueKey struct{ Urgency, ID int64 }

func (k DueKey) compare(o DueKey) int {
	return cmp.Or(cmp.Compare(o.Urgency, k.Urgency), cmp.Compare(k.ID, o.ID))
}

// Key is where the row stands in its list.
func (r *DueRow) Key() DueKey { return DueKey{r.Standing.Urgency, r.ID} }

// DuePerson counts the customers of one owner rep.
type DuePerson struct {
	OwnerID int64
	Count   map[cadence.State]int
}

// DuePage is a page of the due list with the figures of the whole.
type DuePage struct {
	Today   day.Day
	Rows    []DueRow // the most urgent first
	Before  int      // how many are shown on the pages before
	Total   int      // on all pages
	Count   map[cadence.State]int
	People  []DuePerson // in no order; customers without a rep are in none
	Cities  []string    // of all, whatever City says; in order
	Assumed bool        // this year's holidays are not announced: plain weeks counted
	TooMany bool        // more than MaxDue customers: nothing else is said
}

// DuePage returns one page of what Due lists, and counts the whole. It keeps no
// more rows than it returns, whoever asks.
func (d *DB) DuePage(ctx context.Context, scope policy.Scope, ask DueAsk) (DuePage, error) {
	p := DuePage{Today: day.At(d.Now(), Zone), Count: map[cadence.State]int{}}
	people, cities := map[int64]*DuePerson{}, map[string]bool{}
	best := dueBest{limit: ask.Limit, back: ask.Back && ask.At.ID != 0}
	r, err := d.eachDue(ctx, scope, ask.DueFilter, p.Today, ask.Limit > 0, func(row *DueRow, n int) {
		if ask.Limit > 0 && !cities[row.CityCode] {
			cities[row.CityCode] = true
		}
		s := &row.Standing
		if ask.Class != "" && s.Class != ask.Class || ask.City != "" && row.CityCode != ask.City {
			return
		}
		p.Count[s.State] += n
		if row.OwnerID != 0 {
			one := people[row.OwnerID]
			if one == nil {
				one = &DuePerson{row.OwnerID, map[cadence.State]int{}}
				people[row.OwnerID] = one
			}
			one.Count[s.State] += n
		}
		if ask.States != nil && !slices.Contains(ask.States, s.State) {
			return
		}
		p.Total += n
		side := 1
		if ask.At.ID != 0 {
			side = row.Key().compare(ask.At)
		}
		if side < 0 || side == 0 && !ask.Back {
			p.Before += n
		}
		if side != 0 && (side < 0) == best.back {
			best.offer(row)
		}
	})
	p.Assumed, p.TooMany = r.assumed, r.tooMany
	if err != nil || r.tooMany {
		return p, err
	}
	p.Rows = best.sorted()
	if best.back {
		p.Before -= len(p.Rows)
	}
	for _, one := range people {
		p.People = append(p.People, *one)
	}
	for code := range cities {
		p.Cities = append(p.Cities, code)
	}
	slices.Sort(p.Cities)
	return p, nil
}

// dueBest keeps the first rows of those it is offered, or with back the last:
// never more than four times the limit at once. A row is large: it is its place
// that is sorted.
type dueBest struct {
	limit int
	back  bool
	rows  []DueRow
	free  []int // places in rows
	kept  []duePlace
	bound DueKey // what does not come before it is out
	full  bool
}

type duePlace struct {
	DueKey
	at int // in rows
}

func (b *dueBest) before(x, y DueKey) int {
	if b.back {
		x, y = y, x
	}
	return x.compare(y)
}

func (b *dueBest) offer(row *DueRow) {
	if b.limit <= 0 || b.full && b.before(row.Key(), b.bound) >= 0 {
		return
	}
	at := len(b.rows)
	if n := len(b.free); n > 0 {
		at, b.free = b.free[n-1], b.free[:n-1]
		b.rows[at] = *row
	} else {
		b.rows = append(b.rows, *row)
	}
	if b.kept = append(b.kept, duePlace{row.Key(), at}); len(b.kept) >= 4*b.limit {
		b.cut()
	}
}

func (b *dueBest) cut() {
	slices.SortFunc(b.kept, func(x, y duePlace) int { return b.before(x.DueKey, y.DueKey) })
	if len(b.kept) < b.limit {
		return
	}
	for _, out := range b.kept[b.limit:] {
		b.free = append(b.free, out.at)
	}
	b.kept = b.kept[:b.limit]
	b.bound, b.full = b.kept[b.limit-1].DueKey, true
}

func (b *dueBest) sorted() []DueRow {
	if len(b.kept) == 0 {
		return nil
	}
	b.cut()
	out := make([]DueRow, len(b.kept))
	for i, k := range b.kept {
		out[i] = b.rows[k.at]
	}
	if b.back {
		slices.Reverse(out)
	}
	return out
}
