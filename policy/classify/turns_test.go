package classify_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yike/policy/classify"
	"yike/policy/day"
)

// people are clients of all sorts, the same ones each time.
func people(seed uint64, n int) (list []classify.Client) {
	rnd := rand.New(rand.NewPCG(seed, 3))
	for range n {
		c := classify.Client{Last: on.Add(-rnd.IntN(260))}
		c.First = on.AddMonths(-1 - rnd.IntN(20)).MonthStart()
		scale := int64(1) << rnd.IntN(22)
		for i := range c.Freight {
			if rnd.IntN(4) > 0 {
				c.Orders[i] = 1 + rnd.Int32N(60)
				c.Freight[i] = scale * int64(1+rnd.IntN(900))
			}
		}
		if rnd.IntN(5) == 0 {
			c.Overdue = 1 + rnd.Int64N(90_000_00)
		}
		if rnd.IntN(9) == 0 {
			c.Complaints = 1 + rnd.IntN(3)
		}
		list = append(list, c)
	}
	return list
}

// happen lets come true what a change says, in the plainest way; days that
// pass are handed back.
func happen(t *testing.T, f *classify.Frame, c classify.Client, list []classify.Change) (classify.Client, day.Day) {
	t.Helper()
	on := f.On
	for _, ch := range list {
		switch ch.What {
		case classify.TurnFreight:
			if left := ch.Amount; left > 0 {
				c.Freight[ch.N-1] += left
			} else {
				for i := ch.N - 1; i >= 0; i-- {
					off := min(-left, c.Freight[i])
					c.Freight[i] -= off
					left += off
				}
				if left != 0 {
					t.Fatalf("%d fen less than nothing", left)
				}
			}
		case classify.TurnParcels:
			was := int64(0)
			for _, v := range c.Orders {
				was += int64(v)
			}
			step, at := int32(1), ch.N-1
			if ch.Amount < 0 {
				step = -1
			}
			for at > 0 && (c.Orders[at] == 0 || step < 0 && c.Orders[at] == 1) {
				at--
			}
			for left := ch.Amount; left != 0; left -= int64(step) {
				for step < 0 && c.Orders[at] == 0 {
					at = (at + 1) % ch.N
				}
				c.Orders[at] += step
			}
			if f.RFM.PerOrder && ch.N == classify.Months { // the money of an order stays
				all := int64(0)
				for i, v := range c.Freight {
					all += v
					c.Freight[i] = 0
				}
				c.Freight[0] = all / max(1, was) * (was + ch.Amount)
			}
		case classify.TurnActive:
			for i, left := 0, ch.Amount; left != 0; i++ {
				switch {
				case left > 0 && c.Orders[i] == 0:
					c.Orders[i] = 1
					left--
				case left < 0 && c.Orders[i] > 0:
					c.Orders[i] = 0
					left++
				}
			}
		case classify.TurnPaying:
			if ch.Amount != c.Overdue {
				t.Errorf("%d fen to pay, %d are owed", ch.Amount, c.Overdue)
			}
			c.Overdue = 0
		case classify.TurnOwing:
			c.Overdue = 1
		case classify.TurnSending:
			c.Last = on
			if !c.First.Valid() {
				c.First = on.MonthStart()
			}
		case classify.TurnQuiet:
			on = day.Day(ch.Amount)
		case classify.TurnCalm:
			c.Complaints = 0
		case classify.TurnMonth:
			least := slices.Index(c.Orders[:ch.N], slices.Min(c.Orders[:ch.N]))
			c.Orders[least] += int32(ch.Amount)
		case classify.TurnOrdinary:
			c.Orders[slices.Index([]int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 12, 11}, 9)] += int32(ch.Amount) // January is the tenth month before November
		case classify.TurnPromise:
			c.Score += int(ch.Amount)
		default:
			t.Fatalf("no such change: %q", ch.What)
		}
	}
	return c, on
}

// short is the last change of a way by one less, where there is such a thing.
func short(way []classify.Change) ([]classify.Change, bool) {
	out := slices.Clone(way)
	last := &out[len(out)-1]
	switch last.What {
	case classify.TurnFreight, classify.TurnParcels, classify.TurnActive, classify.TurnMonth, classify.TurnOrdinary, classify.TurnPromise:
		if last.Amount > 0 {
			last.Amount--
		} else {
			last.Amount++
		}
		return out, true
	case classify.TurnQuiet:
		last.Amount--
		return out, true
	}
	return nil, false
}

func TestWhatIsSaidToLiftOrLowerAClassDoesSo(t *testing.T) {
	for _, method := range classify.Methods {
		t.Run(method, func(t *testing.T) {
			r := classify.Default()
			r.Classes.Methods = []string{method}
			if method == classify.ByYear {
				r.Classes.Year = [2]int64{500_000_00, 60_000_00}
			}
			list := people(7, 150)
			f := r.Frame(classify.Cut(r, clientsOf(list)), on)
			seen := map[string]int{}
			for i, c := range list {
				was := f.Class(&c)
				for _, turn := range f.ClassTurns(&c) {
					for _, way := range turn.Ways {
						now, _ := happen(t, f, c, way)
						got := f.Class(&now)
						if method == classify.ByShare || method == classify.ByRank { // places are given out anew
							others := slices.Clone(list)
							others[i] = now
							cuts := classify.Cut(r, clientsOf(others))
							got = r.Classes.Class(&now, &cuts)
						}
						good := got == turn.To
						switch {
						case turn.Not:
							good = got > turn.To && turn.To == was
						case turn.To < was: // a place among others may be better yet
							good = got <= turn.To
						}
						if !good {
							t.Fatalf("client %d, %s: %+v gives %s", i, was, turn, got)
						}
						if less, ok := short(way); ok && method != classify.ByShare && method != classify.ByScore && !turn.Not {
							then, _ := happen(t, f, c, less)
							if got := f.Class(&then); got != was {
								t.Fatalf("client %d, %s: one less than %+v gives %s", i, was, turn, got)
							}
						}
						seen[fmt.Sprintf("%s to %s %v", was, turn.To, turn.Not)]++
					}
				}
			}
			if len(seen) < 4 {
				t.Errorf("told of few: %v", seen)
			}
			for i, c := range list {
				if was := f.Class(&c); was != "A" && !slices.ContainsFunc(f.ClassTurns(&c), func(x classify.Turn) bool { return !x.Not && x.To < was }) {
					t.Fatalf("client %d, %s: nothing is said to lift it", i, was)
				}
			}
		})
	}
}

func TestAllThatIsSaidOfSeveralMethodsTogetherLiftsTheClass(t *testing.T) {
	r := classify.Default()
	r.Classes.Methods, r.Classes.All = []string{classify.ByAmount, classify.ByYear, classify.ByScore}, true
	list := people(11, 200)
	f := r.Frame(classify.Cut(r, clientsOf(list)), on)
	lifted := 0
	for i, c := range list {
		was, now := f.Class(&c), c
		if was == "A" {
			continue
		}
		for range 2 { // a method that is higher already may stand still
			for _, turn := range f.ClassTurns(&now) {
				lifts := turn.Ways[0][0].Amount > 0
				if lifts && turn.To < was {
					now, _ = happen(t, f, now, turn.Ways[0])
				}
			}
		}
		if got := f.Class(&now); got >= was {
			t.Errorf("client %d stays %s", i, got)
		}
		lifted++
	}
	if lifted < 50 {
		t.Errorf("%d clients to lift", lifted)
	}
}

func TestAProspectIsToldWhatPromises(t *testing.T) {
	r := classify.Default()
	f := r.Frame(classify.Cuts{}, on)
	c := classify.Client{Score: 61}
	turns := f.ClassTurns(&c)
	i := slices.IndexFunc(turns, func(t classify.Turn) bool { return t.By == "promise" })
	if i < 0 {
		t.Fatalf("%+v", turns)
	}
	now, _ := happen(t, f, c, turns[i].Ways[0])
	if turns[i].Ways[0][0].Amount != 19 || f.Class(&now) != "B" {
		t.Errorf("%+v gives %s", turns[i], f.Class(&now))
	}
}

func TestWhatIsSaidToChangeALabelDoesSo(t *testing.T) {
	fixed, quantile, each := classify.Default(), classify.Default(), classify.Default()
	quantile.RFM.Way = classify.Quantile
	each.RFM.PerOrder = true
	valueOf := func(l classify.Labels, kind, mark string) string {
		switch kind {
		case "worth":
			return l.Worth
		case "rfm":
			return l.RFM
		case "tier":
			return l.Tier
		case "level":
			return l.Level
		case "stage":
			return l.Stage
		}
		if l.Marks&classify.Mark(mark) == 0 {
			return ""
		}
		return mark
	}
	for name, r := range map[string]classify.Rules{"fixed": fixed, "quantile": quantile, "per order": each} {
		t.Run(name, func(t *testing.T) {
			list := append(people(5, 200), classify.Client{Score: 40})
			f := r.Frame(classify.Cut(r, clientsOf(list)), on)
			seen := map[string]int{}
			for i, c := range list {
				labels := f.Label(&c)
				var kinds [][2]string
				for _, k := range []string{"worth", "rfm", "tier", "level", "stage"} {
					kinds = append(kinds, [2]string{k})
				}
				for _, w := range labels.Marks.Words() {
					kinds = append(kinds, [2]string{"mark", w})
				}
				for _, k := range kinds {
					was := valueOf(labels, k[0], k[1])
					for _, turn := range f.Turns(&c, k[0], was) {
						for _, way := range turn.Ways {
							now, day := happen(t, f, c, way)
							at := f
							switch {
							case day != on:
								at = r.Frame(f.Cuts, day)
							case k[0] == "tier": // places are given out anew
								others := slices.Clone(list)
								others[i] = now
								at = r.Frame(classify.Cut(r, clientsOf(others)), on)
							}
							got := valueOf(at.Label(&now), k[0], k[1])
							good := got == turn.To
							if turn.Not {
								good = got != was && turn.To == was
							}
							if k[0] == "tier" && !turn.Not && slices.Index(classify.Tiers, got) < 2 {
								good = slices.Index(classify.Tiers, got) <= slices.Index(classify.Tiers, turn.To)
							}
							if !good || got == was {
								t.Fatalf("client %d, %s %s: %+v gives %q\n%+v", i, k[0], was, turn, got, c)
							}
							if less, ok := short(way); ok && k[0] != "tier" && k[0] != "level" {
								then, day := happen(t, f, c, less)
								at := f
								if day != on {
									at = r.Frame(f.Cuts, day)
								}
								if got := valueOf(at.Label(&then), k[0], k[1]); got != was {
									t.Fatalf("client %d, %s %s: one less than %+v gives %q\n%+v", i, k[0], was, turn, got, c)
								}
							}
							seen[k[0]+k[1]]++
						}
					}
					if len(f.Turns(&c, k[0], was)) == 0 {
						seen["none "+k[0]]++
					}
				}
			}
			for _, k := range []string{"worth", "rfm", "tier", "level", "stage", "markstable", "marksilent", "markcomplained", "markoverdue", "markslipping"} {
				if seen[k] < 5 {
					t.Errorf("%s: told of %d (%v)", k, seen[k], seen)
				}
			}
		})
	}
}
