package measure

import "math"

// How a measure is judged: its clients before and after, beside like ones.
const (
	Few    = 5    // clients on a side, below which nothing is said
	Margin = 0.05 // of what it was before: a smaller difference is none
)

// bands are by how many parcels a client sent before: it belongs to the last
// band that it reaches.
var bands = []int64{0, 1, 10, 50, 200}

func bandOf(pieces int64) int {
	band := 0
	for i, least := range bands {
		if pieces >= least {
			band = i
		}
	}
	return band
}

// Client is one that is looked at. Under says that the measure is for it. A
// client for whom another measure by the same figure runs is not handed in.
type Client struct {
	ID, Branch    int64
	Class         string
	Under         bool
	Before, After Counted
}

// kind is what makes two clients like each other: the branch, where a measure is
// for one client (one for a class, a segment or a branch leaves no like ones
// there and has them in others), the class, about as
// many parcels before, and whether there was anything to better at all: who
// complained is likely to complain less next time, measure or not.
type kind struct {
	branch int64
	class  string
	band   int
	had    bool
}

func kindOf(f Figure, reach string, c Client) kind {
	k := kind{branch: c.Branch, class: c.Class, band: bandOf(c.Before.Pieces)}
	if reach != OneClient {
		k.branch = 0
	}
	switch f {
	case Complaints, Rate:
		k.had = c.Before.Complaints > 0
	case Visits:
		k.had = c.Before.Visits > 0
	}
	return k
}

// Side is one of the groups, with its figure before and after. Known says that
// there was anything of which to say a rate, both times.
type Side struct {
	Clients       int     `json:"n"`
	Before, After float64 `json:",omitempty"`
	Known         bool    `json:"known"`
}

// Verdict is what a comparison says.
type Verdict string

// The verdicts.
const (
	Better  Verdict = "better"
	Same    Verdict = "same"
	Worse   Verdict = "worse"
	TooFew  Verdict = "few"  // clients, or like ones
	Nothing Verdict = "none" // nothing to say a rate of
	InWords Verdict = "said" // judged in words, without a figure
)

// Verdicts lists them.
var Verdicts = []Verdict{Better, Same, Worse, TooFew, Nothing, InWords}

// Outcome is a measure before and after, beside like clients.
type Outcome struct {
	All     Side    `json:"all"`  // every client that it is for
	Here    Side    `json:"here"` // those of them that have a like one
	Like    Side    `json:"like"` // the like ones, each kind as often as it is among those
	Change  float64 `json:"change"`
	Verdict Verdict `json:"verdict"`
}

// sums add clients up, each as often as it weighs.
type sums struct {
	n         int
	numB, ofB float64
	numA, ofA float64
}

func (s *sums) add(f Figure, c Client, weight float64) {
	s.n++
	num, of := f.ratio(c.Before)
	s.numB, s.ofB = s.numB+weight*num, s.ofB+weight*of
	num, of = f.ratio(c.After)
	s.numA, s.ofA = s.numA+weight*num, s.ofA+weight*of
}

func (s sums) side(f Figure) Side {
	out := Side{Clients: s.n, Known: s.ofB > 0 && s.ofA > 0}
	if !out.Known {
		return out
	}
	per := f.per()
	if per == 0 {
		per = 1
	}
	out.Before, out.After = per*s.numB/s.ofB, per*s.numA/s.ofA
	return out
}

// kindsOf counts the clients of each kind: those of the measure, and the others.
func kindsOf(f Figure, reach string, list []Client) map[kind][2]int {
	count := map[kind][2]int{}
	for _, c := range list {
		k := kindOf(f, reach, c)
		n := count[k]
		if c.Under {
			n[0]++
		} else {
			n[1]++
		}
		count[k] = n
	}
	return count
}

// The groups of an Outcome, as an address names them.
const (
	SideHere = "here"
	SideLike = "like"
	SideAll  = "all"
)

// Sides lists them in the order of a page.
var Sides = []string{SideHere, SideLike, SideAll}

// Of are the clients of a group as Compare counts it, in the order given; none of
// a group that there is not.
func Of(f Figure, reach, side string, list []Client) (out []Client) {
	count := kindsOf(f, reach, list)
	for _, c := range list {
		n := count[kindOf(f, reach, c)]
		both := n[0] > 0 && n[1] > 0
		if side == SideAll && c.Under || side == SideHere && both && c.Under || side == SideLike && both && !c.Under {
			out = append(out, c)
		}
	}
	return out
}

// Compare judges a measure by a figure. Each kind of client counts among the
// like ones as often as it is among those of the measure; who has no like one is
// in All alone. The difference is what changed here beyond what changed there.
func Compare(f Figure, reach string, list []Client) Outcome {
	count := kindsOf(f, reach, list)
	var all, here, like sums
	for _, c := range list {
		n := count[kindOf(f, reach, c)]
		if c.Under {
			all.add(f, c, 1)
		}
		switch {
		case n[0] == 0 || n[1] == 0:
		case c.Under:
			here.add(f, c, 1)
		default:
			like.add(f, c, float64(n[0])/float64(n[1]))
		}
	}
	out := Outcome{All: all.side(f), Here: here.side(f), Like: like.side(f)}
	out.judge(f)
	return out
}

func (o *Outcome) judge(f Figure) {
	switch {
	case o.Here.Clients < Few || o.Like.Clients < Few:
		o.Verdict = TooFew
		return
	case !o.Here.Known || !o.Like.Known:
		o.Verdict = Nothing
		return
	}
	o.Change = (o.Here.After - o.Here.Before) - (o.Like.After - o.Like.Before)
	scale := max(o.Here.Before, o.Like.Before)
	good := o.Change > 0 != f.LessIsBetter()
	switch {
	case math.Abs(o.Change) <= Margin*scale:
		o.Verdict = Same
	case good:
		o.Verdict = Better
	default:
		o.Verdict = Worse
	}
}
