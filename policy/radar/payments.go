package radar

import (
	"strconv"

	"yike/policy/day"
)

// Bill is a statement of a client's account as the radar needs it. Money is
// fen.
type Bill struct {
	ID            int64
	Number        string
	Day, Due      day.Day
	Settled       day.Day // the day on which nothing of it was open any more; day.None before
	Charged, Left int64
}

// Owed is a statement that is open longer than this client's usually are.
type Owed struct {
	ID      int64  `json:"id,string"`
	Number  string `json:"no"`
	Due     string `json:"due"`
	Charged int64  `json:"sum"`   // fen
	Left    int64  `json:"left"`  // … of which so much is open
	Over    int    `json:"over"`  // days since it was due
	Usual   int    `json:"usual"` // days after the due day on which they are usually paid, less than 0 = before it
}

// What a habit of paying is read from.
const (
	minBills   = 4   // paid statements, or statements before the last three
	habitBills = 12  // … at most so many
	lookBack   = 183 // days for which a statement that is open counts
	lessBills  = 3   // statements that are held against those before
	lastBilled = 62  // days since the latest one, or the client is billed no more
)

// JudgePayments holds a client's statements, the earliest first and none of
// them void, against its own habit: the oldest open one that is late, or else
// the last three that come to less than usual. Nil: it pays as ever, or nothing
// can be said of it.
func JudgePayments(bills []Bill, today day.Day, rule Rule) *Alert {
	var past []Bill
	for _, b := range bills {
		if b.Day < today {
			past = append(past, b)
		}
	}
	if a := judgeLate(past, today, rule); a != nil {
		return a
	}
	return judgeLess(past, today, rule)
}

func judgeLate(bills []Bill, today day.Day, rule Rule) *Alert {
	var late *Bill
	for i := range bills {
		if b := &bills[i]; b.Left > 0 && b.Due < today && (late == nil || b.Due < late.Due) {
			late = b
		}
	}
	if late == nil || int(today-late.Due) > lookBack || late.Charged < int64(rule.Billed)*100 {
		return nil
	}
	var delays, away []int64
	for i := len(bills) - 1; i >= 0 && len(delays) < habitBills; i-- {
		if b := bills[i]; b.Left == 0 && b.Settled.Valid() && b.Charged > 0 && b.Day < late.Day {
			delays = append(delays, int64(b.Settled-b.Due))
		}
	}
	if len(delays) < minBills {
		return nil
	}
	usual := median(delays)
	for _, n := range delays {
		away = append(away, max(n-usual, usual-n))
	}
	over := int64(today - late.Due)
	if later := over - usual; over < 1 || later < int64(rule.Late) || later <= 2*median(away) {
		return nil
	}
	return &Alert{Kind: Payment, Key: "late+" + strconv.FormatInt(late.ID, 10), Expected: usual, Got: over, Counted: len(delays), Swing: median(away),
		Bill: &Owed{ID: late.ID, Number: late.Number, Due: late.Due.String(), Charged: late.Charged, Left: late.Left, Over: int(over), Usual: int(usual)}}
}

func judgeLess(bills []Bill, today day.Day, rule Rule) *Alert {
	n := len(bills)
	if n < lessBills+minBills || int(today-bills[n-1].Day) > lastBilled {
		return nil
	}
	got := int64(0)
	for _, b := range bills[n-lessBills:] {
		got += b.Charged
	}
	a := &Alert{Kind: Payment, Key: "less+" + bills[n-1].Day.String()[:len("2026-11")], Got: got / lessBills}
	var usual []int64
	for i := n - lessBills - 1; i >= 0 && len(usual) < habitBills; i-- {
		usual = append(usual, bills[i].Charged)
	}
	a.Expected = median(usual)
	short := a.Expected - a.Got
	if a.Expected < int64(rule.Billed)*100 || short*100 < a.Expected*int64(rule.Drop) {
		return nil
	}
	// One large statement among the three would hide nothing, one small one tells nothing.
	for _, b := range bills[n-lessBills:] {
		if b.Charged >= a.Expected {
			return nil
		}
	}
	a.Percent, a.Counted = int(short*100/a.Expected), len(usual)
	for _, b := range bills[n-lessBills:] {
		a.Used = append(a.Used, Period{From: b.Day.String(), Pieces: b.Charged})
	}
	return a
}
