package pareto_test

import (
	"math/rand/v2"
	"testing"

	"yike/policy/pareto"
)

func TestTheCoreAndItsSwing(t *testing.T) {
	type member struct {
		id         int64
		rank, was  int
		share, sum int
		swing      int64
		state      string
	}
	for _, c := range []struct {
		says        string
		list        []pareto.Client
		share       int
		now, before pareto.Span
		same        int64
		members     []member
	}{
		{says: "nobody shipped", share: 20},
		{says: "one client is the core of one", list: []pareto.Client{{ID: 1, Now: 500, Before: 0}}, share: 20, now: pareto.Span{Clients: 1, Size: 1, Revenue: 500, Top: 500},
			members: []member{{1, 1, 0, 1000, 1000, 500, pareto.Joined}}},
		{says: "a fifth of six is two, rounded up; who fell out stands below with their rank of now", share: 20,
			list: []pareto.Client{{ID: 1, Now: 100, Before: 100}, {ID: 2, Now: 600, Before: 700}, {ID: 3, Now: 50, Before: 900}, {ID: 4, Now: 200, Before: 10}, {ID: 5, Now: 30, Before: 30}, {ID: 6, Now: 20, Before: 20}},
			now:  pareto.Span{Clients: 6, Size: 2, Revenue: 1000, Top: 800}, before: pareto.Span{Clients: 6, Size: 2, Revenue: 1760, Top: 1600}, same: 710,
			members: []member{{2, 1, 2, 600, 600, -100, pareto.Stays}, {4, 2, 6, 200, 800, 190, pareto.Joined}, {3, 4, 1, 50, 0, -850, pareto.Fell}}},
		{says: "who stopped has no rank now", share: 50, list: []pareto.Client{{ID: 1, Now: 0, Before: 300}, {ID: 2, Now: 40, Before: 20}},
			now: pareto.Span{Clients: 1, Size: 1, Revenue: 40, Top: 40}, before: pareto.Span{Clients: 2, Size: 1, Revenue: 320, Top: 300}, same: 20,
			members: []member{{2, 1, 2, 1000, 1000, 20, pareto.Joined}, {1, 0, 1, 0, 0, -300, pareto.Fell}}},
		{says: "of two alike the older file goes first", share: 50, list: []pareto.Client{{ID: 9, Now: 70, Before: 70}, {ID: 8, Now: 70, Before: 70}},
			now: pareto.Span{Clients: 2, Size: 1, Revenue: 140, Top: 70}, before: pareto.Span{Clients: 2, Size: 1, Revenue: 140, Top: 70}, same: 70,
			members: []member{{8, 1, 1, 500, 500, 0, pareto.Stays}}},
		{says: "money given back is no revenue", share: 100, list: []pareto.Client{{ID: 1, Now: -50, Before: 10}, {ID: 2, Now: 50, Before: -10}},
			now: pareto.Span{Clients: 1, Size: 1, Revenue: 50, Top: 50}, before: pareto.Span{Clients: 1, Size: 1, Revenue: 10, Top: 10},
			members: []member{{2, 1, 0, 1000, 1000, 60, pareto.Joined}, {1, 0, 1, 0, 0, -60, pareto.Fell}}},
	} {
		got := pareto.Of(c.list, c.share)
		if got.Now != c.now || got.Before != c.before || got.Same != c.same || len(got.Members) != len(c.members) {
			t.Errorf("%s: %+v", c.says, got)
			continue
		}
		for i, m := range got.Members {
			if g := (member{m.ID, m.Rank, m.Was, m.Share, m.Sum, m.Swing(), m.State}); g != c.members[i] {
				t.Errorf("%s: member %d is %+v, want %+v", c.says, i, g, c.members[i])
			}
		}
	}
}

// TestTheCoreIsTheLargest: of any clients nobody outside brings more than
// anybody inside, and the parts add up.
func TestTheCoreIsTheLargest(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 20261122))
	for range 300 {
		list, all := make([]pareto.Client, r.IntN(60)), int64(0)
		for i := range list {
			list[i] = pareto.Client{ID: int64(i + 1), Now: r.Int64N(40) - 5, Before: r.Int64N(40) - 5}
			all += max(list[i].Now, 0)
		}
		share := 1 + r.IntN(100)
		got := pareto.Of(list, share)
		in, least := map[int64]bool{}, int64(1<<62)
		for _, m := range got.Members {
			if m.State != pareto.Fell {
				in[m.ID], least = true, min(least, m.Now)
			}
		}
		if len(in) != got.Now.Size || got.Now.Revenue != all || 100*(got.Now.Size-1) >= share*got.Now.Clients && got.Now.Size > 0 {
			t.Fatalf("share %d of %v: %+v", share, list, got.Now)
		}
		for _, c := range list {
			if !in[c.ID] && c.Now > least && got.Now.Size > 0 {
				t.Fatalf("client %d with %d is outside, the least inside has %d", c.ID, c.Now, least)
			}
		}
	}
}

// TestBandsAddUpToWhatTheyHold: the bands of any clients are the sums of the
// ranks that they hold, and the fewest who bring a share are the fewest.
func TestBandsAddUpToWhatTheyHold(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 20261123))
	for range 200 {
		list := make([]pareto.Client, r.IntN(45))
		for i := range list {
			list[i] = pareto.Client{ID: int64(i + 1), Now: r.Int64N(900) - 100, Before: r.Int64N(900) - 100}
		}
		c := pareto.Of(list, 20)
		if n := len(c.Ranked); n != c.Now.Clients || pareto.UpTo(n, 2) != c.Now.Size || pareto.UpTo(n, pareto.Bands) != n || c.Bands[1] != c.Now.Top || c.BandsBefore[1] != c.Before.Top {
			t.Fatalf("%d ranked of %+v, bands %v", n, c.Now, c.Bands)
		}
		for i := range pareto.Bands {
			sum, band := int64(0), int64(0)
			for at, x := range c.Ranked[:pareto.UpTo(len(c.Ranked), i+1)] {
				if sum += x.Now; at >= pareto.UpTo(len(c.Ranked), i) {
					band += x.Now
				}
			}
			if sum != c.Bands[i] || band != c.Bands.Band(i) {
				t.Fatalf("band %d: %d and %d, want %d and %d", i, c.Bands[i], c.Bands.Band(i), sum, band)
			}
		}
		sum, want := int64(0), 0
		for at, x := range c.Ranked {
			if sum += x.Now; sum*5 >= c.Now.Revenue*4 {
				want = at + 1
				break
			}
		}
		if got := c.For(80); got != want {
			t.Fatalf("%d bring four fifths, want %d", got, want)
		}
	}
}
