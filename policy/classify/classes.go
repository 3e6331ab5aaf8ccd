package classify

import (
	"slices"
	"strings"
)

// Methods of A, B and C (R83, R86, R87, R89, R90).
const (
	ByAmount = "amount" // freight a month
	ByShare  = "share"  // share of the branch's freight, the largest first
	ByRank   = "rank"   // place among the branch's clients
	ByYear   = "year"   // freight of twelve months, and sending again and again
	ByScore  = "score"  // the value index of frequency, amount, loyalty, credit
)

// Methods in the order of the page.
var Methods = []string{ByAmount, ByShare, ByRank, ByYear, ByScore}

// Classes is the rule of A, B and C. Of each pair the first is for A, the
// second for B; who reaches neither is C.
type Classes struct {
	Methods []string `json:"methods"` // that count
	All     bool     `json:"all"`     // all of them must agree: the worst holds; else the best
	Window  int      `json:"window"`  // whole months that a monthly figure is taken over
	Amount  [2]int64 `json:"amount"`  // fen a month
	Share   [2]int   `json:"share"`   // percent of freight
	Rank    [2]int   `json:"rank"`    // percent of clients, from the top
	Year    [2]int64 `json:"year"`    // fen in twelve months
	Repeat  int      `json:"repeat"`  // percent of the twelve months with a parcel
	Score   [2]int   `json:"score"`   // of 100
	Weights [4]int   `json:"weights"` // frequency, amount, loyalty, credit
	Full    [2]int64 `json:"full"`    // orders a month, fen a month: the full marks of frequency and amount
	Tier    [2]int   `json:"tier"`    // of the pyramid: percent of clients, key and down to the middle
	Promise int      `json:"promise"` // a score from which a prospect is at least B; 0 = never
	Every   int      `json:"every"`   // months from one re-evaluation to the next: 1, 3, 6, 12

	Industries []string `json:"industries"` // usual in the middle tier: words that an industry holds
	Lower      []string `json:"lower"`      // of the low tier, which are told apart; the others are ordinary
}

// DefaultClasses: the pyramid's 2,000 and 10,000 a month (R83), with the other
// methods set to what the documents say and waiting to be chosen.
func DefaultClasses() Classes {
	return Classes{Methods: []string{ByAmount}, Window: 3, Amount: [2]int64{10_000_00, 2_000_00}, Share: [2]int{80, 95}, Rank: [2]int{5, 20},
		Year: [2]int64{5_000_000_00, 1_000_000_00}, Repeat: 75, Score: [2]int{70, 40}, Weights: [4]int{25, 40, 20, 15},
		Full: [2]int64{300, 10_000_00}, Tier: [2]int{5, 20}, Promise: 80, Every: 1, Industries: slices.Clone(MiddleIndustries), Lower: slices.Clone(LowTiers)}
}

// Presets are the ways of the documents, each as one choice.
var Presets = []string{"pyramid", "monthly", "pareto", "year", "score"}

// Preset puts one of them into a rule: its method with the documents' figures,
// and with the pyramid its usual industries and the five kinds of the low tier.
// It reports whether there is such a one.
func (r *Classes) Preset(name string) bool {
	d := DefaultClasses()
	switch name {
	case "pyramid": // 5, 15 and 80 percent (R81-R85)
		r.Methods, r.Rank, r.Tier, r.Industries, r.Lower = []string{ByRank}, d.Rank, d.Tier, d.Industries, d.Lower
	case "monthly": // 2,000 and 10,000 yuan a month (R83)
		r.Methods, r.Window, r.Amount = []string{ByAmount}, d.Window, d.Amount
	case "pareto": // who brings 80 percent (R86)
		r.Methods, r.Share = []string{ByShare}, d.Share
	case "year": // 5,000,000 a year, sent again and again (R90)
		r.Methods, r.Year, r.Repeat = []string{ByYear}, d.Year, d.Repeat
	case "score": // the value index (R89)
		r.Methods, r.Score, r.Weights, r.Full = []string{ByScore}, d.Score, d.Weights, d.Full
	default:
		return false
	}
	return true
}

// Index is the client's value index of 100 (R89), with its four parts.
func (r Classes) Index(c *Client) (score int, parts [4]int) {
	full := func(v, most int64) int { return int(min(100, v*100/max(1, most))) }
	parts = [4]int{full(c.orders(r.Window), r.Full[0]*int64(r.Window)), full(c.freight(r.Window), r.Full[1]*int64(r.Window)),
		full(c.active(), Months), 100}
	if c.Overdue > 0 {
		parts[3] = 0
	}
	sum, all := 0, 0
	for i, w := range r.Weights {
		sum, all = sum+w*parts[i], all+w
	}
	if c.active() == 0 { // nobody is worth something for owing nothing
		return 0, parts
	}
	return sum / max(1, all), parts
}

// byMethod is the class, 0 for A to 2 for C, that one method gives.
func (r Classes) byMethod(method string, c *Client, cuts *Cuts) int {
	above := func(v int64, cuts [2]int64) int {
		for i, cut := range cuts {
			if v >= cut && v > 0 {
				return i
			}
		}
		return 2
	}
	switch method {
	case ByAmount:
		return above(c.freight(r.Window), [2]int64{r.Amount[0] * int64(r.Window), r.Amount[1] * int64(r.Window)})
	case ByShare:
		return above(c.freight(r.Window), cuts.Share)
	case ByRank:
		return above(c.freight(r.Window), cuts.Rank)
	case ByYear:
		if c.active()*100 < int64(r.Repeat)*Months {
			return 2
		}
		return above(c.freight(Months), r.Year)
	case ByScore:
		score, _ := r.Index(c)
		return above(int64(score), [2]int64{int64(r.Score[0]), int64(r.Score[1])})
	}
	return 2
}

// Class is "A", "B" or "C". A prospect that promises much counts as B before
// it ships (R81, R94: key potential clients count as key clients).
func (r Classes) Class(c *Client, cuts *Cuts) string {
	best, worst := 2, 0
	for _, m := range r.Methods {
		g := r.byMethod(m, c, cuts)
		best, worst = min(best, g), max(worst, g)
	}
	if r.All {
		best = worst
	}
	if r.promising(c) {
		best = min(best, 1)
	}
	return [3]string{"A", "B", "C"}[best]
}

func (r Classes) promising(c *Client) bool { return r.Promise > 0 && c.Score >= r.Promise }

// Tiers of the pyramid (R81–R85); the lowest is told apart by what may come of it.
const (
	TierKey       = "key"
	TierMiddle    = "middle"
	TierOrdinary  = "ordinary"
	TierInactive  = "inactive"
	TierPotential = "potential"
	TierDoubtful  = "doubtful"
	TierOnce      = "once"
)

// Tiers from the top.
var Tiers = []string{TierKey, TierMiddle, TierOrdinary, TierInactive, TierPotential, TierDoubtful, TierOnce}

// LowTiers are the kinds of the low tier that may be told apart (R85).
var LowTiers = []string{TierInactive, TierPotential, TierDoubtful, TierOnce}

// MiddleIndustries are usual in the middle tier: the documents' four (R84), and
// what files call two of them.
var MiddleIndustries = []string{"广告", "设计", "服饰", "医药", "服装", "医疗"}

// usual says that a client's industry is usual in the middle tier.
func (r Classes) usual(industry string) bool {
	return slices.ContainsFunc(r.Industries, func(w string) bool { return strings.Contains(industry, w) })
}

// Levels of R77.
const (
	LevelVIP       = "vip"
	LevelOrdinary  = "ordinary"
	LevelPotential = "potential"
)

// Levels from the top.
var Levels = []string{LevelVIP, LevelOrdinary, LevelPotential}

// Level is how a client is served by what we make of it: by the value index.
func (r Rules) Level(c *Client) string {
	score, _ := r.Classes.Index(c)
	switch {
	case score >= r.Classes.Score[0]:
		return LevelVIP
	case !c.Last.Valid():
		return LevelPotential
	}
	return LevelOrdinary
}

// Prospect is the score of 100 of somebody who may become a client (R39): what
// the file tells and what the rep judged by eye, each half; of one alone,
// that. 0 = nobody knows anything yet.
func Prospect(size, power string, pieces int64, judged [4]int64) int {
	known, n := 0, 0
	add := func(v int) { known, n = known+v, n+1 }
	if i := slices.Index([]string{"micro", "small", "medium", "large"}, size); i >= 0 {
		add(25 * (i + 1))
	}
	if i := slices.Index([]string{"low", "middle", "high"}, power); i >= 0 {
		add([]int{20, 60, 100}[i])
	}
	if pieces > 0 {
		add(int(min(100, pieces/10))) // 1,000 a month are full marks
	}
	eye, eyes := int64(0), int64(0)
	for _, v := range judged {
		if v > 0 {
			eye, eyes = eye+v*20, eyes+1
		}
	}
	switch {
	case n == 0 && eyes == 0:
		return 0
	case n == 0:
		return int(eye / eyes)
	case eyes == 0:
		return known / n
	}
	return (known/n + int(eye/eyes)) / 2
}
