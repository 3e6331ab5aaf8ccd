// Package pareto finds the core of a group of clients: the few who bring most
// of the revenue (80/20, R86), and how their business swings from one span of
// time to the next (R231). It knows no database, no words and no clock.
package pareto

import (
	"cmp"
	"slices"
)

// Client is somebody's revenue, in fen, in two spans of equal length.
type Client struct {
	ID          int64
	Now, Before int64
}

// States of a member.
const (
	Stays  = "stays"  // in the core of both spans
	Joined = "joined" // in that of now only
	Fell   = "fell"   // in that of before only
)

// Member is a client of the core of now, or of before.
type Member struct {
	Client
	Rank, Was  int    // by revenue now and before, 1 the first; 0 = no revenue
	Share, Sum int    // per mille of all revenue now: their own, and with all ranked before them
	State      string // a word above
}

// Swing is by how much the revenue has changed.
func (m Member) Swing() int64 { return m.Now - m.Before }

// Span is one span of time.
type Span struct {
	Clients int   // with revenue
	Size    int   // of its core
	Revenue int64 // of all its clients
	Top     int64 // of its core
}

// PerMille is the core's part of the revenue; 0 without any.
func (s Span) PerMille() int { return perMille(s.Top, s.Revenue) }

// Core is what is found.
type Core struct {
	Now, Before Span
	Same        int64    // revenue before of those who are the core now
	Members     []Member // the core of now by rank, then who fell out, the largest before first
	Ranked      []Client // all with revenue now, the largest first
	Bands       Curve    // what each tenth of them brings
	BandsBefore Curve    // … and each of those with revenue before
}

// Bands is into how many parts of the same number a curve tells clients apart.
const Bands = 10

// Curve is the revenue of all clients up to the end of each band: the first is
// that of the largest tenth.
type Curve [Bands]int64

// Band is the revenue of one band, from 0.
func (c Curve) Band(i int) int64 {
	if i == 0 {
		return c[0]
	}
	return c[i] - c[i-1]
}

// UpTo is how many of n clients stand in the first bands, rounded up as the
// core is.
func UpTo(n, bands int) int { return (n*bands + Bands - 1) / Bands }

// For is how many of the ranked clients together bring a share of the revenue,
// in per cent: the fewest who do.
func (c Core) For(share int64) int {
	sum := int64(0)
	for i, x := range c.Ranked {
		if sum += x.Now; sum*100 >= c.Now.Revenue*share {
			return i + 1
		}
	}
	return 0
}

func curve(ranked []Client, of func(Client) int64) (c Curve) {
	sum, at := int64(0), 0
	for i := range c {
		for ; at < UpTo(len(ranked), i+1); at++ {
			sum += of(ranked[at])
		}
		c[i] = sum
	}
	return c
}

// Of finds the core: of the clients with revenue in a span the first share per
// cent by it, rounded up. Of two with the same revenue the one with the smaller
// id goes first. Who has no revenue in a span, or got money back, counts in
// neither its clients nor its revenue.
func Of(list []Client, share int) Core {
	var c Core
	now, before := ranks(list, Client.now, share, &c.Now), ranks(list, Client.before, share, &c.Before)
	c.Ranked, c.Bands, c.BandsBefore = now, curve(now, Client.now), curve(before, Client.before)
	was := make(map[int64]int, len(before))
	for i, x := range before {
		was[x.ID] = i + 1
	}
	sum := int64(0)
	core := make(map[int64]bool, c.Now.Size)
	for i, x := range now[:c.Now.Size] {
		sum += x.Now
		m := Member{Client: x, Rank: i + 1, Was: was[x.ID], Share: perMille(x.Now, c.Now.Revenue), Sum: perMille(sum, c.Now.Revenue), State: Joined}
		if m.Was > 0 && m.Was <= c.Before.Size {
			m.State = Stays
		}
		core[x.ID] = true
		c.Same += max(x.Before, 0)
		c.Members = append(c.Members, m)
	}
	rank := make(map[int64]int, len(now))
	for i, x := range now {
		rank[x.ID] = i + 1
	}
	for i, x := range before[:c.Before.Size] {
		if !core[x.ID] {
			c.Members = append(c.Members, Member{Client: x, Rank: rank[x.ID], Was: i + 1, Share: perMille(max(x.Now, 0), c.Now.Revenue), State: Fell})
		}
	}
	return c
}

func (c Client) now() int64    { return c.Now }
func (c Client) before() int64 { return c.Before }

// ranks sorts who has revenue in a span and fills in what is said of it.
func ranks(list []Client, of func(Client) int64, share int, s *Span) []Client {
	var out []Client
	for _, c := range list {
		if of(c) > 0 {
			out = append(out, c)
			s.Revenue += of(c)
		}
	}
	slices.SortFunc(out, func(a, b Client) int { return cmp.Or(cmp.Compare(of(b), of(a)), cmp.Compare(a.ID, b.ID)) })
	s.Clients, s.Size = len(out), (len(out)*share+99)/100
	for _, c := range out[:s.Size] {
		s.Top += of(c)
	}
	return out
}

func perMille(part, whole int64) int {
	if whole == 0 {
		return 0
	}
	return int((part*1000 + whole/2) / whole)
}
