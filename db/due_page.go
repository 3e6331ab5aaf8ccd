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
	ask.Back = ask.Back && ask.At.ID != 0
	p := &duePaging{ask: ask, people: map[int64]*DuePerson{}, best: dueBest{limit: ask.Limit, back: ask.Back}}
	p.Today, p.Count = day.At(d.Now(), Zone), map[cadence.State]int{}
	var err error
	if ask.City != "" || ask.CityCode != "" { // no group is of one city
		var r *dueReading
		r, err = d.eachDue(ctx, scope, ask.DueFilter, p.Today, p.take)
		p.Assumed, p.TooMany = r.assumed, r.tooMany
	} else {
		err = d.pageByGroups(ctx, scope, p)
	}
	if err != nil || p.TooMany {
		return p.DuePage, err
	}
	if ask.Limit > 0 {
		sets, _, err := d.dueSets(ctx, scope, ask.DueFilter)
		if err != nil {
			return p.DuePage, err
		}
		if p.Cities, err = d.dueCities(ctx, sets, p.alone); err != nil {
			return p.DuePage, err
		}
	}
	p.Rows = p.best.sorted()
	if ask.Back {
		p.Before -= len(p.Rows)
	}
	for _, one := range p.people {
		p.People = append(p.People, *one)
	}
	return p.DuePage, nil
}

// duePaging is a page in the making.
type duePaging struct {
	DuePage
	ask    DueAsk
	people map[int64]*DuePerson
	best   dueBest
	alone  []DueRow
}

// count counts n customers alike; false when the page does not show them.
func (p *duePaging) count(class string, owner int64, state cadence.State, n int) bool {
	if p.ask.Class != "" && class != p.ask.Class {
		return false
	}
	p.Count[state] += n
	if owner != 0 {
		one := p.people[owner]
		if one == nil {
			one = &DuePerson{owner, map[cadence.State]int{}}
			p.people[owner] = one
		}
		one.Count[state] += n
	}
	if p.ask.States != nil && !slices.Contains(p.ask.States, state) {
		return false
	}
	p.Total += n
	return true
}

// take counts one customer, and takes it when it may be on the page.
func (p *duePaging) take(row *DueRow) {
	if p.ask.City != "" && row.CityCode != p.ask.City || !p.count(row.Standing.Class, row.OwnerID, row.Standing.State, 1) {
		return
	}
	side := 1
	if p.ask.At.ID != 0 {
		side = row.Key().compare(p.ask.At)
	}
	if side < 0 || side == 0 && !p.ask.Back {
		p.Before++
	}
	if side != 0 && (side < 0) == p.best.back {
		p.best.offer(row)
	}
}

// pageByGroups counts groups and takes the page's rows out of them.
func (d *DB) pageByGroups(ctx context.Context, scope policy.Scope, p *duePaging) error {
	c, err := d.countDue(ctx, scope, p.ask.DueFilter, p.Today)
	p.Assumed, p.TooMany, p.alone = c.assumed, c.tooMany, c.alone
	if err != nil || c.tooMany {
		return err
	}
	for i := range c.alone {
		p.take(&c.alone[i])
	}
	var spans []dueSpan
	for _, l := range c.lots {
		if !p.count(l.class, l.owner, l.standing.State, l.n) || p.ask.Limit == 0 {
			continue
		}
		s := l.span(p.Today, p.ask)
		if p.ask.At.ID != 0 {
			n, err := d.passed(ctx, &s, !p.ask.Back)
			if err != nil {
				return err
			}
			p.Before += n
		}
		spans = append(spans, s)
	}
	return d.takeDue(ctx, &p.best, spans, p.Today)
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
