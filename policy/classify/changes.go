package classify

import (
	"slices"
	"sort"
)

// What a change changes.
const (
	TurnFreight  = "freight"  // fen over the last N whole months together
	TurnParcels  = "parcels"  // orders over the last N whole months together
	TurnActive   = "active"   // months of the twelve with a parcel
	TurnPaying   = "paying"   // all that is overdue; Amount is how many fen it is now
	TurnOwing    = "owing"    // something becomes overdue
	TurnSending  = "sending"  // a parcel today
	TurnQuiet    = "quiet"    // no parcel until the day that Amount is
	TurnCalm     = "calm"     // no complaint in the last three months
	TurnMonth    = "month"    // orders of the weakest of the last N whole months
	TurnOrdinary = "ordinary" // orders of the months that are no sales months, together
	TurnPromise  = "promise"  // points of the prospect's score
)

// Change is one figure that becomes another, all else as it is.
type Change struct {
	What   string
	Amount int64 // how much more; below nought how much less
	N      int   // of how many whole months, where What asks for it
}

const mostFen = 1_000_000_000_000_00

// least is the smallest number from 1 to most for which ok holds; from it on
// ok holds for all.
func least(most int64, ok func(int64) bool) (int64, bool) {
	if most < 1 || !ok(most) {
		return 0, false
	}
	return 1 + int64(sort.Search(int(most-1), func(i int) bool { return ok(int64(i) + 1) })), true
}

// with is a client after changes. Where a change may fall into one month or
// another it falls where it does least.
func (f *Frame) with(c *Client, changes ...Change) *Client {
	out := *c
	for _, ch := range changes {
		switch ch.What {
		case TurnFreight:
			out.pay(ch.N, ch.Amount)
		case TurnParcels:
			out.ship(ch.N, ch.Amount)
		case TurnActive:
			out.stir(ch.Amount)
		case TurnPaying:
			out.Overdue = 0
		case TurnOwing:
			out.Overdue = max(1, out.Overdue)
		case TurnSending:
			out.Last = f.On
			if !out.First.Valid() {
				out.First = f.starts[0]
			}
		case TurnCalm:
			out.Complaints = 0
		case TurnMonth:
			at := slices.Index(out.Orders[:ch.N], slices.Min(out.Orders[:ch.N]))
			out.Orders[at] += int32(ch.Amount)
		case TurnOrdinary:
			for i := range out.Orders {
				if !f.sales[i] {
					out.Orders[i] += int32(ch.Amount)
					break
				}
			}
		case TurnPromise:
			out.Score += int(ch.Amount)
		}
	}
	return &out
}

// pay adds to the freight of the last n months; what is taken off is taken off
// the newest first.
func (c *Client) pay(n int, fen int64) {
	if fen >= 0 {
		c.Freight[0] += fen
		return
	}
	for i := range n {
		off := min(-fen, c.Freight[i])
		c.Freight[i], fen = c.Freight[i]-off, fen+off
	}
}

// ship adds to the orders of the last n months, where there are some already;
// what is taken off leaves each month its last one as long as it can.
func (c *Client) ship(n int, orders int64) {
	if orders >= 0 {
		at := max(0, slices.IndexFunc(c.Orders[:n], func(v int32) bool { return v > 0 }))
		c.Orders[at] += int32(orders)
		return
	}
	for _, leave := range []int32{1, 0} {
		for i := range n {
			off := min(-orders, int64(max(0, c.Orders[i]-leave)))
			c.Orders[i], orders = c.Orders[i]-int32(off), orders+off
		}
	}
}

// stir adds months with a parcel, the oldest that had none first, or takes
// some away.
func (c *Client) stir(months int64) {
	for i := Months - 1; i >= 0 && months != 0; i-- {
		switch {
		case months > 0 && c.Orders[i] == 0:
			c.Orders[i], months = 1, months-1
		case months < 0 && c.Orders[i] > 0:
			c.Orders[i], months = 0, months+1
		}
	}
}

// most is how far a figure can go up or down.
func (c *Client) most(what string, n int, sign int64) int64 {
	switch {
	case what == TurnFreight && sign > 0:
		return mostFen
	case what == TurnFreight:
		return c.freight(n)
	case what == TurnParcels && sign > 0:
		return 1_000_000_000
	case what == TurnParcels:
		return c.orders(n)
	case what == TurnActive && sign > 0:
		return Months - c.active()
	case what == TurnActive:
		return c.active()
	case what == TurnMonth:
		return int64(slices.Min(c.Orders[:n]))
	}
	return 1_000_000_000
}

// nudge is the least by which a figure must move until ok holds.
func (f *Frame) nudge(c *Client, what string, n int, sign int64, ok func(*Client) bool) (Change, bool) {
	amount, found := least(c.most(what, n, sign), func(v int64) bool { return ok(f.with(c, Change{what, sign * v, n})) })
	return Change{what, sign * amount, n}, found
}
