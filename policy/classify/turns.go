package classify

import (
	"slices"

	"yike/policy/day"
)

// Turn is what would make a label another on the day of the frame.
type Turn struct {
	By      string     // the method of the class, or the figure; "" where the label has only one
	To      string     // what it would be; with Not what it would be no more
	Not     bool       // it would be something else
	Line    int64      // of a place among others: fen over the window of the last one who has it; 0 of others
	Percent int        // … among how many percent
	Ways    [][]Change // each is enough; the changes of one are needed together
}

var letters = [3]string{"A", "B", "C"}

// ClassTurns says of each method that counts what would lift the class that it
// gives, and what would lower it; of a prospect, what would make it one that
// is cared for like B. With more than one method the rule says whether one of
// them is enough.
func (f *Frame) ClassTurns(c *Client) (out []Turn) {
	for _, m := range f.Classes.Methods {
		out = append(out, f.methodTurns(c, m)...)
	}
	if k := f.Classes; k.Promise > 0 && !k.promising(c) && !c.Last.Valid() && k.Class(c, &f.Cuts) == "C" {
		out = append(out, Turn{By: "promise", To: "B", Ways: [][]Change{{{What: TurnPromise, Amount: int64(k.Promise - c.Score)}}}})
	}
	return out
}

func (f *Frame) methodTurns(c *Client, method string) (out []Turn) {
	k := f.Classes
	grade := func(x *Client) int { return k.byMethod(method, x, &f.Cuts) }
	now := grade(c)
	lines, percent, below := [2]int64{}, [2]int{}, [2]int64{}
	switch method {
	case ByShare:
		lines, percent = f.Cuts.Share, k.Share
		for i := range below {
			below[i] = f.Cuts.shareFall(i, percent[i], c.freight(k.Window))
		}
	case ByRank:
		lines, percent = f.Cuts.Rank, k.Rank
		below = f.Cuts.RankBelow
		below[0], below[1] = below[0]-1, below[1]-1
	}
	among := lines != [2]int64{}
	if now > 0 {
		up := f.byOutcome(method, c, f.classWays(c, method, 1, func(x *Client) bool { return grade(x) < now }), func(x *Client) string { return letters[grade(x)] })
		for i := range up {
			if among {
				up[i].Line, up[i].Percent = lines[now-1], percent[now-1]
			}
		}
		out = append(out, up...)
	}
	switch {
	case now == 2:
	case !among:
		out = append(out, f.byOutcome(method, c, f.classWays(c, method, -1, func(x *Client) bool { return grade(x) > now }), func(x *Client) string { return letters[grade(x)] })...)
	case below[now] >= 0:
		out = append(out, Turn{By: method, To: letters[now], Not: true, Ways: [][]Change{{{TurnFreight, below[now] - c.freight(k.Window), k.Window}}}})
	}
	return out
}

// byOutcome are turns with the ways that lead to the same.
func (f *Frame) byOutcome(by string, c *Client, ways [][]Change, label func(*Client) string) (out []Turn) {
	for _, way := range ways {
		to := label(f.with(c, way...))
		i := slices.IndexFunc(out, func(t Turn) bool { return t.To == to })
		if i < 0 {
			i, out = len(out), append(out, Turn{By: by, To: to})
		}
		out[i].Ways = append(out[i].Ways, way)
	}
	return out
}

// classWays are the ways to lift (sign 1) or lower what a method gives.
func (f *Frame) classWays(c *Client, method string, sign int64, ok func(*Client) bool) [][]Change {
	switch method {
	case ByScore:
		return f.scoreWays(c, sign, ok)
	case ByYear:
		return f.yearWays(c, sign, ok)
	}
	return f.oneWay(c, TurnFreight, f.Classes.Window, sign, ok)
}

func (f *Frame) oneWay(c *Client, what string, n int, sign int64, ok func(*Client) bool) [][]Change {
	if ch, found := f.nudge(c, what, n, sign, ok); found {
		return [][]Change{{ch}}
	}
	return nil
}

// yearWays: to rise one needs the freight and the months; to fall one of them
// is enough.
func (f *Frame) yearWays(c *Client, sign int64, ok func(*Client) bool) (out [][]Change) {
	if sign < 0 {
		return append(f.oneWay(c, TurnFreight, Months, -1, ok), f.oneWay(c, TurnActive, Months, -1, ok)...)
	}
	var way []Change
	again := func(x *Client) bool { return x.active()*100 >= int64(f.Classes.Repeat)*Months }
	if !again(c) {
		months, _ := f.nudge(c, TurnActive, Months, 1, again)
		way = append(way, months)
	}
	if at := f.with(c, way...); !ok(at) {
		freight, found := f.nudge(at, TurnFreight, Months, 1, ok)
		if !found {
			return nil
		}
		way = append(way, freight)
	}
	return [][]Change{way}
}

// scoreWays are each part of the value index that is enough alone; where none
// is, what it takes together.
func (f *Frame) scoreWays(c *Client, sign int64, ok func(*Client) bool) (out [][]Change) {
	n := f.Classes.Window
	pay := Change{What: TurnPaying, Amount: c.Overdue}
	switch {
	case sign > 0 && c.Overdue > 0 && ok(f.with(c, pay)):
		out = append(out, []Change{pay})
	case sign < 0 && c.Overdue == 0 && ok(f.with(c, Change{What: TurnOwing})):
		out = append(out, []Change{{What: TurnOwing}})
	}
	out = slices.Concat(out, f.oneWay(c, TurnFreight, n, sign, ok), f.oneWay(c, TurnParcels, n, sign, ok), f.oneWay(c, TurnActive, Months, sign, ok))
	if len(out) > 0 || sign < 0 {
		return out
	}
	var way []Change
	at := c
	if c.Overdue > 0 {
		way, at = append(way, pay), f.with(c, pay)
	}
	for i, what := range []string{TurnFreight, TurnParcels, TurnActive} {
		if ch, found := f.nudge(at, what, n, 1, ok); found {
			return [][]Change{append(way, ch)}
		}
		part := []int{1, 0, 2}[i]
		full := func(x *Client) bool { _, parts := f.Classes.Index(x); return parts[part] == 100 }
		if full(at) {
			continue
		}
		ch, found := f.nudge(at, what, n, 1, full)
		if !found {
			return nil
		}
		way, at = append(way, ch), f.with(at, ch)
	}
	return nil
}

// shareFall is the freight over the window at which somebody who brings v
// falls out of the share, the others as they are, and the shares reckoned
// anew; below nought when that is not known.
func (k *Cuts) shareFall(i, percent int, v int64) int64 {
	if k.ShareBelow[i] == 0 {
		return -1
	}
	return min(k.ShareBelow[i]-1, (k.ShareAhead[i]-v)*100/int64(percent)-(k.Total-v))
}

// Turns says what would make another label of the client another: of the kinds
// of Reason but the class. Of a mark it says what would take it away.
func (f *Frame) Turns(c *Client, kind, value string) []Turn {
	switch kind {
	case "worth":
		return f.freightTurns(c, f.Tags.WorthMonths, f.Tags.worth)
	case "rfm":
		return f.rfmTurns(c)
	case "tier":
		return f.tierTurns(c)
	case "level":
		return f.levelTurns(c)
	case "stage":
		return f.stageTurns(c)
	case "mark":
		return f.markTurns(c, value)
	}
	return nil
}

// turn is a turn by one change, to what a label is after it; nothing when it
// stays.
func (f *Frame) turn(by string, c *Client, label func(*Client) string, ch Change) []Turn {
	if to := label(f.with(c, ch)); to != label(c) {
		return []Turn{{By: by, To: to, Ways: [][]Change{{ch}}}}
	}
	return nil
}

// freightTurns: more and less freight over n months.
func (f *Frame) freightTurns(c *Client, n int, label func(*Client) string) (out []Turn) {
	if !c.Last.Valid() {
		return nil
	}
	now := label(c)
	for _, sign := range []int64{1, -1} {
		if ch, ok := f.nudge(c, TurnFreight, n, sign, func(x *Client) bool { return label(x) != now }); ok {
			out = append(out, f.turn("", c, label, ch)...)
		}
	}
	return out
}

// rfmTurns: of each of the three figures the nearest grade up and down that
// leads to another segment. Orders that are more or fewer leave the money of
// an order as it is.
func (f *Frame) rfmTurns(c *Client) (out []Turn) {
	if !c.Last.Valid() {
		return nil
	}
	r, o, m := Grades(f.Cell(c))
	now := f.RFM.Segments[Cell(r, o, m)]
	add := func(by, to string, ch Change) {
		if to != now {
			out = append(out, Turn{By: by, To: to, Ways: [][]Change{{ch}}})
		}
	}
	add("recency", f.RFM.Segments[Cell(2, o, m)], Change{What: TurnSending})
	if d, grade := f.quietUntil(c, func(g int) bool { return f.RFM.Segments[Cell(g, o, m)] != now }); d.Valid() {
		add("recency", f.RFM.Segments[Cell(grade, o, m)], Change{What: TurnQuiet, Amount: int64(d)})
	}
	orders, each := c.orders(Months), int64(1)
	if f.RFM.PerOrder {
		each = max(1, orders)
	}
	spend := [2]int64{times(f.spend[0], each), times(f.spend[1], each)}
	for _, by := range []int{1, -1} {
		for g := o + by; g >= 0 && g <= 2; g += by {
			if to := f.RFM.Segments[Cell(r, g, m)]; to != now {
				if n, ok := gradeStep(orders, f.orders, g, by); ok {
					add("orders", f.RFM.Segments[Cell(r, grade(orders+n, f.orders), m)], Change{TurnParcels, n, Months})
				}
				break
			}
		}
		for g := m + by; g >= 0 && g <= 2; g += by {
			if to := f.RFM.Segments[Cell(r, o, g)]; to != now {
				if n, ok := gradeStep(c.freight(Months), spend, g, by); ok {
					add("spend", f.RFM.Segments[Cell(r, o, grade(c.freight(Months)+n, spend))], Change{TurnFreight, n, Months})
				}
				break
			}
		}
	}
	return out
}

func times(cut, n int64) int64 {
	if cut >= never {
		return never
	}
	return cut * n
}

// gradeStep is how much more (by 1) or less (by -1) it takes to a grade.
func gradeStep(v int64, cuts [2]int64, grade, by int) (int64, bool) {
	cut := cuts[min(1, 2-grade)] // from which on the grade is reached
	if by < 0 {
		if cut = cuts[1-grade]; cut > v || cut <= 0 { // below which it is
			return 0, false
		}
		return cut - 1 - v, true
	}
	return cut - v, cut < never && cut > v
}

// quietUntil is the first day on which the last parcel has a lower grade that
// ok takes; by quantile there is none, since the others decide.
func (f *Frame) quietUntil(c *Client, ok func(grade int) bool) (day.Day, int) {
	if f.RFM.Way == Quantile {
		return day.None, 0
	}
	now := grade(int64(c.Last), f.recency)
	for d := f.On.Add(1); d <= f.On.AddMonths(Months+1); d++ {
		cuts, _, _ := f.RFM.cuts(&f.Cuts, d)
		if g := grade(int64(c.Last), cuts); g < now && ok(g) {
			return d, g
		}
	}
	return day.None, 0
}

func (f *Frame) tierTurns(c *Client) (out []Turn) {
	if !c.Last.Valid() {
		return nil
	}
	k, now := f.Classes, f.tier(c)
	v := c.freight(k.Window)
	at := slices.Index(Tiers[:2], now)
	if at != 0 {
		up := 1
		if at == 1 {
			up = 0
		}
		if ch, ok := f.nudge(c, TurnFreight, k.Window, 1, func(x *Client) bool { return slices.Contains(Tiers[:up+1], f.tier(x)) }); ok {
			t := Turn{To: f.tier(f.with(c, ch)), Ways: [][]Change{{ch}}}
			i := slices.Index(Tiers, t.To)
			t.Line, t.Percent = f.Cuts.Tier[i], k.Tier[i]
			out = append(out, t)
		}
	}
	if at >= 0 {
		if below := f.Cuts.TierBelow[at]; below > 0 {
			out = append(out, Turn{To: now, Not: true, Ways: [][]Change{{{TurnFreight, below - 1 - v, k.Window}}}})
		}
		return out
	}
	if now == TierDoubtful {
		var way []Change
		if c.Overdue > 0 {
			way = append(way, Change{What: TurnPaying, Amount: c.Overdue})
		}
		if c.Complaints > 0 {
			way = append(way, Change{What: TurnCalm})
		}
		return append(out, Turn{To: f.tier(f.with(c, way...)), Ways: [][]Change{way}})
	}
	return append(out, f.turn("", c, f.tier, Change{What: TurnSending})...)
}

func (f *Frame) levelTurns(c *Client) []Turn {
	if !c.Last.Valid() {
		return f.turn("", c, f.Level, Change{What: TurnSending})
	}
	now, sign := f.Level(c), int64(1)
	if now == LevelVIP {
		sign = -1
	}
	return f.byOutcome("", c, f.scoreWays(c, sign, func(x *Client) bool { return f.Level(x) != now }), f.Level)
}

func (f *Frame) stageTurns(c *Client) (out []Turn) {
	out = f.turn("", c, f.Stage, Change{What: TurnSending})
	if !c.Last.Valid() {
		return out
	}
	now := f.Stage(c)
	for d := f.On.Add(1); d <= f.On.AddMonths(f.Tags.Lost+1); d++ {
		at := f.Rules.Frame(f.Cuts, d)
		if to := at.Stage(c); to != now {
			out = append(out, Turn{To: to, Ways: [][]Change{{{What: TurnQuiet, Amount: int64(d)}}}})
			break
		}
	}
	if f.isSilent(c) {
		return out
	}
	return append(out, f.freightTurns(c, 3, f.Stage)...)
}

func (f *Frame) markTurns(c *Client, word string) []Turn {
	bit := Mark(word)
	gone := func(x *Client) bool { return f.marks(x)&bit == 0 }
	away := func(ways [][]Change) []Turn {
		if len(ways) == 0 {
			return nil
		}
		return []Turn{{To: word, Not: true, Ways: ways}}
	}
	switch bit {
	case MarkStable:
		return away(f.oneWay(c, TurnMonth, f.Tags.StableMonths, -1, gone))
	case MarkSeasonal:
		return away(f.oneWay(c, TurnOrdinary, Months, 1, gone))
	case MarkSilent:
		return away([][]Change{{{What: TurnSending}}})
	case MarkComplain:
		return away([][]Change{{{What: TurnCalm}}})
	case MarkOverdue:
		return away([][]Change{{{What: TurnPaying, Amount: c.Overdue}}})
	case MarkSlipping:
		return away(f.oneWay(c, TurnFreight, 3, 1, gone))
	case MarkUsual:
		if c.Last.Valid() {
			return away(f.oneWay(c, TurnFreight, f.Classes.Window, 1, gone))
		}
	}
	return nil
}
