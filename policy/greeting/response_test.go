package greeting

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAClientBelongsToTheLastBandItReaches(t *testing.T) {
	for pieces, want := range map[int64]int{0: 0, 1: 1, 9: 1, 10: 2, 49: 2, 50: 3, 199: 3, 200: 4, 1 << 40: 4} {
		if got := BandOf(pieces); got != want {
			t.Errorf("%d pieces: band %d, want %d", pieces, got, want)
		}
	}
}

func many(n int, x Shipper) (out []Shipper) {
	for range n {
		x.ID++
		out = append(out, x)
	}
	return out
}

func TestOnlyLikeClientsAreCompared(t *testing.T) {
	was := func(branch int64, class string, before, after int64, greeted bool) Shipper {
		return Shipper{Branch: branch, Class: class, Greeted: greeted, Sent: Sent{PiecesBefore: before, PiecesAfter: after, FreightAfter: 100 * after}}
	}
	for _, c := range []struct {
		name           string
		list           [][]Shipper
		greeted, like  int64
		again, counter float64
		few            bool
	}{
		{"of one kind", [][]Shipper{many(30, was(1, "A", 5, 3, true)), many(20, was(1, "A", 9, 0, false))}, 30, 20, 1, 0, false},
		{"another branch is not alike", [][]Shipper{many(30, was(1, "A", 5, 3, true)), many(30, was(2, "A", 5, 3, false))}, 0, 0, 0, 0, true},
		{"another class is not alike", [][]Shipper{many(30, was(1, "A", 5, 3, true)), many(30, was(1, "B", 5, 3, false))}, 0, 0, 0, 0, true},
		{"another band is not alike", [][]Shipper{many(30, was(1, "A", 9, 3, true)), many(30, was(1, "A", 10, 3, false))}, 0, 0, 0, 0, true},
		{"nineteen are too few", [][]Shipper{many(19, was(1, "A", 5, 3, true)), many(30, was(1, "A", 5, 3, false))}, 19, 30, 1, 1, true},
		{"nineteen like ones are too few", [][]Shipper{many(20, was(1, "A", 5, 3, true)), many(19, was(1, "A", 5, 3, false))}, 20, 19, 1, 1, true},
		{"twenty are enough", [][]Shipper{many(20, was(1, "A", 5, 3, true)), many(20, was(1, "A", 5, 3, false))}, 20, 20, 1, 1, false},
		{"each kind counts as often as it was greeted", [][]Shipper{many(30, was(1, "A", 5, 3, true)), many(10, was(1, "B", 5, 3, true)),
			many(10, was(1, "A", 5, 0, false)), many(90, was(1, "B", 5, 1, false))}, 40, 100, 1, 0.25, false},
	} {
		var list []Shipper
		for _, l := range c.list {
			list = append(list, l...)
		}
		r := Respond(list)
		if r.Greeted.Clients != c.greeted || r.Like.Clients != c.like || r.TooFew != c.few || math.Abs(r.AgainShare()-c.again) > 1e-9 || math.Abs(r.LikeAgain-c.counter) > 1e-9 {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// Whoever counts client by client, kind by kind, comes to the same.
func TestAComparisonEqualsCountingByHand(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	for range 50 {
		var list []Shipper
		for i := range 400 {
			list = append(list, Shipper{ID: int64(i), Branch: dice.Int64N(3), Class: Classes[dice.IntN(4)], Greeted: dice.IntN(3) == 0,
				Sent: Sent{PiecesBefore: dice.Int64N(300), PiecesAfter: max(0, dice.Int64N(20)-10), FreightBefore: dice.Int64N(1000), FreightAfter: dice.Int64N(1000)}})
		}
		r := Respond(list)
		var greeted, again, all int64
		var share, freight float64
		for _, x := range list {
			if !x.Greeted {
				continue
			}
			all++
			n, more, fen := 0, 0, int64(0)
			for _, y := range list {
				if !y.Greeted && y.Branch == x.Branch && y.Class == x.Class && BandOf(y.PiecesBefore) == BandOf(x.PiecesBefore) {
					n, fen = n+1, fen+y.FreightAfter
					if y.PiecesAfter > 0 {
						more++
					}
				}
			}
			if n == 0 {
				continue
			}
			if greeted++; x.PiecesAfter > 0 {
				again++
			}
			share, freight = share+float64(more)/float64(n), freight+float64(fen)/float64(n)
		}
		if r.All.Clients != all || r.Greeted.Clients != greeted || r.Greeted.Again != again || math.Abs(r.LikeAgain-share/float64(greeted)) > 1e-9 || math.Abs(r.LikeFreight-freight) > 1e-6 {
			t.Fatalf("%+v; by hand %d of %d, %d again, share %f, freight %f", r, greeted, all, again, share/float64(greeted), freight)
		}
	}
}
