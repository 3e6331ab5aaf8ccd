// Package ledger decides what a client owes: which payment settles which
// statement, when each is due, how many days it is overdue, how old the debt is
// and when a client counts as owing (欠费, R66). Money is fen, days are business
// days. It knows no database, no clock and no words of pages.
package ledger

import (
	"slices"

	"yike/policy/day"
)

// Kinds of entries in a client's account.
const (
	Statement = "statement" // 对账单: what a period costs
	Payment   = "payment"   // 回款: money in; before any statement it is prepaid
	Refund    = "refund"    // 退款: money given back
	Reversal  = "reversal"  // 冲红: takes a charge, or a payment, back
)

// Kinds are all kinds, as a choice offers them.
var Kinds = []string{Statement, Payment, Refund, Reversal}

// Entry is one document of a client's account. Charged is what it adds to what
// the client has to pay, Paid what it takes off: a statement charges, a payment
// pays, a refund pays below zero, a reversal charges or pays below zero.
type Entry struct {
	Kind          string
	Periods       []string // months that it names, YYYY-MM
	Day           day.Day
	Charged, Paid int64
}

// Open is what is open of one entry after all of them are set against each
// other: Left is still to be paid of it (of a statement, or of a refund beyond
// what was ever paid), Free is money of it that settles nothing yet. Settled is
// the day on which a statement was paid in full, 0 = it is not.
type Open struct {
	Left, Free int64
	Settled    day.Day
}

// Settle sets the entries of one account against each other and says of each
// what is open, in the order given. A payment settles the months that it names,
// then the oldest statement, and the rest stays free until the next statement.
// A reversed charge does the same. Money given back, and a reversed payment,
// come out of what is free, then open again what they name, then the newest that
// was paid; what was never paid is owed from that day. Nothing is open while
// money is free: sum of Left − sum of Free = charged − paid.
func Settle(list []Entry) []Open {
	s := settling{list: list, out: make([]Open, len(list)), full: make([]int64, len(list)), named: map[string][]int{}}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	rank := func(kind string) int { return slices.Index([]string{Statement, Reversal, Payment, Refund}, kind) }
	slices.SortStableFunc(order, func(a, b int) int {
		if d := int(list[a].Day) - int(list[b].Day); d != 0 {
			return d
		}
		return rank(list[a].Kind) - rank(list[b].Kind)
	})
	for _, i := range order {
		e := &list[i]
		if e.Charged > 0 {
			s.owe(i, e.Charged)
		}
		if e.Charged < 0 {
			s.pay(i, -e.Charged, true)
		}
		if e.Paid > 0 {
			s.pay(i, e.Paid, false)
		}
		if e.Paid < 0 {
			s.giveBack(i, -e.Paid)
		}
		s.spend(e.Day)
	}
	return s.out
}

type settling struct {
	list   []Entry
	out    []Open
	full   []int64 // of what is owed by an entry, less what was taken off it
	owed   []int   // entries that owe, the oldest first
	first  int     // none before it in owed is open
	named  map[string][]int
	free   []int // entries with money left, the oldest first
	unused int   // none before it in free has any
}

// owe adds something to pay.
func (s *settling) owe(i int, amount int64) {
	s.out[i].Left += amount
	s.full[i] += amount
	s.owed = append(s.owed, i)
	for _, p := range s.list[i].Periods {
		s.named[p] = append(s.named[p], i)
	}
}

// settle puts up to amount against entry i and returns what is over.
func (s *settling) settle(i int, amount int64, takenOff bool, on day.Day) int64 {
	x := min(amount, s.out[i].Left)
	if x <= 0 {
		return amount
	}
	s.out[i].Left -= x
	if takenOff {
		s.full[i] -= x
	}
	if s.out[i].Left == 0 {
		s.out[i].Settled = on
	}
	return amount - x
}

// oldest puts up to amount against what is owed longest.
func (s *settling) oldest(amount int64, takenOff bool, on day.Day) int64 {
	for amount > 0 && s.first < len(s.owed) {
		i := s.owed[s.first]
		if amount = s.settle(i, amount, takenOff, on); s.out[i].Left > 0 {
			break
		}
		s.first++
	}
	return amount
}

func (s *settling) pay(i int, amount int64, takenOff bool) {
	e := &s.list[i]
	for _, p := range e.Periods {
		for _, n := range s.named[p] {
			amount = s.settle(n, amount, takenOff, e.Day)
		}
	}
	if amount = s.oldest(amount, takenOff, e.Day); amount > 0 {
		s.out[i].Free += amount
		s.free = append(s.free, i)
	}
}

// spend puts free money against what is open.
func (s *settling) spend(on day.Day) {
	for s.unused < len(s.free) {
		f := s.free[s.unused]
		if s.out[f].Free = s.oldest(s.out[f].Free, false, on); s.out[f].Free > 0 {
			return
		}
		s.unused++
	}
}

func (s *settling) giveBack(i int, amount int64) {
	for k := len(s.free) - 1; k >= s.unused && amount > 0; k-- {
		f := s.free[k]
		x := min(amount, s.out[f].Free)
		s.out[f].Free -= x
		amount -= x
	}
	for _, p := range s.list[i].Periods {
		for _, n := range s.named[p] {
			amount = s.reopen(n, amount)
		}
	}
	for k := len(s.owed) - 1; k >= 0 && amount > 0; k-- {
		amount = s.reopen(s.owed[k], amount)
	}
	if amount > 0 {
		s.owe(i, amount)
	}
	s.first = 0
	for s.first < len(s.owed) && s.out[s.owed[s.first]].Left == 0 {
		s.first++
	}
}

// reopen takes up to amount of what was paid of entry i back.
func (s *settling) reopen(i int, amount int64) int64 {
	x := min(amount, s.full[i]-s.out[i].Left)
	if x <= 0 {
		return amount
	}
	s.out[i].Left += x
	s.out[i].Settled = 0
	return amount - x
}
