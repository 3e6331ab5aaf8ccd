package classify

import "slices"

// Worths of R62 and R88.
const (
	WorthHigh   = "high"
	WorthMiddle = "middle"
	WorthLow    = "low"
)

// Worths from the top.
var Worths = []string{WorthHigh, WorthMiddle, WorthLow}

// Marks are the tags of behaviour and risk (R63–R66), a bit each.
type Marks int64

// The marks. They are kept as bits: only add at the end.
const (
	MarkStable   Marks = 1 << iota // sends every month
	MarkSeasonal                   // sends around the big sales
	MarkSilent                     // sent, but nothing for three months
	MarkComplain                   // has complained
	MarkOverdue                    // owes money
	MarkSlipping                   // sends much less than before
	MarkUsual                      // of an industry that is usual in the middle tier, and not yet there
)

// MarkWords are the words of the marks in the order of their bits.
var MarkWords = []string{"stable", "seasonal", "silent", "complained", "overdue", "slipping", "usual_middle"}

// Mark is the bit of a word, 0 for none.
func Mark(word string) Marks {
	if i := slices.Index(MarkWords, word); i >= 0 {
		return 1 << i
	}
	return 0
}

// Words are the marks that are set.
func (m Marks) Words() (out []string) {
	for i, w := range MarkWords {
		if m&(1<<i) != 0 {
			out = append(out, w)
		}
	}
	return out
}

// Tags is the rule of value, behaviour, risk and the stages of life.
type Tags struct {
	Worth        [2]int64 `json:"worth"`        // fen a month: high is more than the first, middle from the second
	WorthMonths  int      `json:"worthMonths"`  // taken over so many whole months
	StableOrders int      `json:"stableOrders"` // at least so many in each
	StableMonths int      `json:"stableMonths"` // of so many last months
	Season       []int    `json:"season"`       // months of the big sales
	SeasonTimes  int      `json:"seasonTimes"`  // percent of the other months' average that theirs must reach
	SeasonOrders int      `json:"seasonOrders"` // at least so many in twelve months, fewer say nothing
	Silent       int      `json:"silent"`       // months without a parcel
	Slip         int      `json:"slip"`         // percent: the last three months' freight is below that of the three before
	SlipOrders   int      `json:"slipOrders"`   // … in which so many were sent at least
	New          int      `json:"new"`          // months from the first parcel
	Grow         int      `json:"grow"`         // percent of the three months before from which on one grows
	Decline      int      `json:"decline"`      // … below which one declines
	Lost         int      `json:"lost"`         // months without a parcel
}

// DefaultTags: more than 5,000 a month, three orders every month, the sales of
// June and of November and December, three months of silence (R62–R65).
func DefaultTags() Tags {
	return Tags{Worth: [2]int64{5_000_00, 2_000_00}, WorthMonths: 3, StableOrders: 3, StableMonths: 3, Season: []int{6, 11, 12}, SeasonTimes: 200, SeasonOrders: 12,
		Silent: 3, Slip: 50, SlipOrders: 9, New: 3, Grow: 120, Decline: 70, Lost: 6}
}

func (r Tags) worth(c *Client) string {
	switch sum, n := c.freight(r.WorthMonths), int64(r.WorthMonths); {
	case sum > r.Worth[0]*n:
		return WorthHigh
	case sum >= r.Worth[1]*n:
		return WorthMiddle
	}
	return WorthLow
}

// least is the smallest number of orders of the months that "stable" looks at.
func (r Tags) least(c *Client) int64 { return int64(slices.Min(c.Orders[:r.StableMonths])) }

// seasons are the orders in sales months and in the others, and how many
// months each are.
func (f *Frame) seasons(c *Client) (sales, rest, salesMonths, restMonths int64) {
	for i, n := range c.Orders {
		if f.sales[i] {
			sales, salesMonths = sales+int64(n), salesMonths+1
		} else {
			rest, restMonths = rest+int64(n), restMonths+1
		}
	}
	return sales, rest, salesMonths, restMonths
}

func (f *Frame) seasonal(c *Client) bool {
	sales, rest, m, k := f.seasons(c)
	return m > 0 && k > 0 && sales+rest >= int64(f.Tags.SeasonOrders) && sales > 0 && sales*k*100 >= rest*m*int64(f.Tags.SeasonTimes)
}

// isSilent says that the last parcel is so many calendar months old. The day
// that closes the last of them counts: sent on 20 August, silent from 20 November.
func (f *Frame) isSilent(c *Client) bool { return c.Last.Valid() && c.Last <= f.silent }

func (f *Frame) isNew(c *Client) bool { return c.First > f.fresh }

// quarters are the freight and orders of the last three whole months and of
// the three before.
func (c *Client) quarters() (now, before, ordersBefore int64) {
	for i := range 3 {
		now, before, ordersBefore = now+c.Freight[i], before+c.Freight[3+i], ordersBefore+int64(c.Orders[3+i])
	}
	return now, before, ordersBefore
}

func (r Tags) slipping(c *Client) bool {
	now, before, orders := c.quarters()
	return orders >= int64(r.SlipOrders) && before > 0 && now*100 < before*int64(r.Slip)
}

func (f *Frame) marks(c *Client) (m Marks) {
	set := func(is bool, mark Marks) {
		if is {
			m |= mark
		}
	}
	set(f.Tags.least(c) >= int64(f.Tags.StableOrders), MarkStable)
	set(f.seasonal(c), MarkSeasonal)
	set(f.isSilent(c), MarkSilent)
	set(c.Complaints > 0, MarkComplain)
	set(c.Overdue > 0, MarkOverdue)
	set(f.Tags.slipping(c), MarkSlipping)
	set(f.Classes.usual(c.Industry) && !f.middling(c), MarkUsual)
	return m
}

// Stages of the life cycle, in order; the words of a customer's file.
const (
	StageProspect  = "prospect"
	StageNew       = "new"
	StageGrowing   = "growing"
	StageMature    = "mature"
	StageDeclining = "declining"
	StageLost      = "lost"
	StageWonBack   = "won_back"
)

// Stages in their order.
var Stages = []string{StageProspect, StageNew, StageGrowing, StageMature, StageDeclining, StageLost, StageWonBack}

// wonBack says that one sends again after months of nothing: something in the
// last three whole months or since, then at least so many months of nothing as
// make one silent, and something before.
func (f *Frame) wonBack(c *Client) bool {
	i := 0
	for i < 3 && c.Orders[i] == 0 {
		i++
	}
	if i == 3 && c.Last < f.starts[0] {
		return false
	}
	if i == 3 {
		i = 0 // only this month
	}
	for i < Months && c.Orders[i] > 0 {
		i++
	}
	if i > 3 {
		return false // for longer than that: no news any more
	}
	gap := 0
	for i+gap < Months && c.Orders[i+gap] == 0 {
		gap++
	}
	return gap >= f.Tags.Silent && c.First.Valid() && c.First < f.starts[i+gap]
}

// Stage is where a client stands in its life.
func (f *Frame) Stage(c *Client) string {
	now, before, _ := c.quarters()
	switch {
	case !c.Last.Valid():
		return StageProspect
	case c.Last <= f.lost:
		return StageLost
	case c.Last <= f.silent:
		return StageDeclining
	case f.wonBack(c):
		return StageWonBack
	case f.isNew(c):
		return StageNew
	case now*100 < before*int64(f.Tags.Decline):
		return StageDeclining
	case now*100 >= before*int64(f.Tags.Grow) && now > 0:
		return StageGrowing
	}
	return StageMature
}

// Vocabularies are the documents' own words for the stages of life (R100–R102),
// each with the stages that they mean here.
var Vocabularies = [][]Term{
	{{"客户获取", []string{StageProspect}}, {"客户激活", []string{StageNew}}, {"客户关系管理", []string{StageGrowing, StageMature}},
		{"客户保持", []string{StageDeclining}}, {"客户赢回", []string{StageLost, StageWonBack}}},
	{{"引入期", []string{StageProspect, StageNew}}, {"成长期", []string{StageGrowing, StageWonBack}}, {"成熟期", []string{StageMature}}, {"衰退期", []string{StageDeclining, StageLost}}},
	{{"初次接触", []string{StageProspect}}, {"首次服务", []string{StageNew}}, {"重复服务", []string{StageGrowing, StageMature, StageDeclining, StageWonBack}}, {"客户流失", []string{StageLost}}},
}

// Term is a word of a vocabulary.
type Term struct {
	Word   string
	Stages []string
}

// middling says that one stands in the middle tier or above.
func (f *Frame) middling(c *Client) bool {
	v := c.freight(f.Classes.Window)
	return v > 0 && v >= f.Cuts.Tier[1]
}

func (f *Frame) tier(c *Client) string {
	v := c.freight(f.Classes.Window)
	switch {
	case v > 0 && v >= f.Cuts.Tier[0]:
		return TierKey
	case f.middling(c):
		return TierMiddle
	}
	if low := f.lowTier(c); slices.Contains(f.Classes.Lower, low) {
		return low
	}
	return TierOrdinary
}

// lowTier tells the low tier apart by what may come of it.
func (f *Frame) lowTier(c *Client) string {
	switch {
	case c.Complaints > 0 || c.Overdue > 0:
		return TierDoubtful
	case !f.isNew(c) && c.Last < c.First.Add(31) && c.orders(Months) <= 1:
		return TierOnce
	case f.isSilent(c):
		return TierInactive
	case f.isNew(c):
		return TierPotential
	}
	return TierOrdinary
}
