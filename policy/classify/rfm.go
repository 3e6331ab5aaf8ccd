package classify

import "yike/policy/day"

// Ways to cut recency, frequency and money.
const (
	Fixed    = "fixed"
	Quantile = "quantile"
)

// Segments of RFM (R72–R76). Dormant is what the documents call 沉默 here: not
// recent, rare, little. Who sent nothing for three months is MarkSilent.
const (
	SegmentCore      = "core"
	SegmentPotential = "potential"
	SegmentNew       = "new"
	SegmentRisk      = "at_risk"
	SegmentDormant   = "dormant"
)

// Segments in the order of the documents.
var Segments = []string{SegmentCore, SegmentPotential, SegmentNew, SegmentRisk, SegmentDormant}

// Cells is how many there are: three grades of each of R, F and M.
const Cells = 27

// RFM is the rule of the segments. Of each pair the first is for the high
// grade, the second for the middle one.
type RFM struct {
	Way      string        `json:"way"`
	Recency  [2]int        `json:"recency"`  // months: the last parcel is not older
	Orders   [2]int        `json:"orders"`   // a month, over twelve
	PerOrder bool          `json:"perOrder"` // money is the average of an order, else all of it
	Amount   [2]int64      `json:"amount"`   // fen a month, over twelve
	Average  [2]int64      `json:"average"`  // fen an order
	Upper    int           `json:"upper"`    // percent that lie below the high grade, by quantile
	Lower    int           `json:"lower"`    // … and below the middle one
	Segments [Cells]string `json:"segments"` // by Cell
}

// Cell is the place of three grades, 0 low to 2 high, among the 27.
func Cell(r, f, m int) int { return r*9 + f*3 + m }

// Grades takes a cell apart.
func Grades(cell int) (r, f, m int) { return cell / 9, cell / 3 % 3, cell % 3 }

// DefaultRFM: last month and last three months (R69); the five cells that the
// documents name lie in their segments and each of the other 22 in the one
// that it is nearest to.
func DefaultRFM() RFM {
	out := RFM{Way: Fixed, Recency: [2]int{1, 3}, Orders: [2]int{30, 3}, Amount: [2]int64{5_000_00, 2_000_00}, Average: [2]int64{30_00, 12_00}, Upper: 67, Lower: 33}
	for cell := range Cells {
		r, f, m := Grades(cell)
		switch sum := f + m; {
		case r == 2 && sum >= 3:
			out.Segments[cell] = SegmentCore
		case r == 2 && sum > 0, r == 1 && (sum == 1 || sum == 2):
			out.Segments[cell] = SegmentPotential
		case r == 2:
			out.Segments[cell] = SegmentNew
		case sum >= 2:
			out.Segments[cell] = SegmentRisk
		default:
			out.Segments[cell] = SegmentDormant
		}
	}
	return out
}

// spend is what money is measured by: fen over twelve months, or an order.
func (r RFM) spend(c *Client) int64 {
	if r.PerOrder {
		return c.freight(Months) / max(1, c.orders(Months))
	}
	return c.freight(Months)
}

// cuts are the lines between the grades, as the figures are measured.
func (r RFM) cuts(cuts *Cuts, on day.Day) (recency, orders, spend [2]int64) {
	if r.Way == Quantile {
		return cuts.Recency, cuts.Orders, cuts.Spend
	}
	for i := range 2 {
		recency[i] = int64(on.AddMonths(-r.Recency[i]))
		orders[i] = int64(r.Orders[i]) * Months
		spend[i] = r.Amount[i] * Months
		if r.PerOrder {
			spend[i] = r.Average[i]
		}
	}
	return recency, orders, spend
}

// Cell is the place of a client among the 27; it says something of who ever sent
// a parcel.
func (f *Frame) Cell(c *Client) int {
	return Cell(grade(int64(c.Last), f.recency), grade(c.orders(Months), f.orders), grade(f.RFM.spend(c), f.spend))
}

func grade(v int64, cuts [2]int64) int {
	switch {
	case v >= cuts[0]:
		return 2
	case v >= cuts[1]:
		return 1
	}
	return 0
}
