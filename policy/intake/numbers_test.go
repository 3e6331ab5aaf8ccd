package intake

import (
	"math/rand/v2"
	"testing"
)

// Whatever is put in comes out, beside a map: dense runs as carriers give
// them, numbers that differ in their highest digits only, and any others.
func TestNumbersAreKeptLikeAMapKeepsThem(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var kept numbers
	want := map[uint64]seen{}
	for i := range 60_000 {
		n := uint64(302610000000000 + i/2)
		switch i % 3 {
		case 1:
			n = uint64(i) * 1e14
		case 2:
			n = rnd.Uint64()
		}
		have, ok := kept.get(n)
		if was, had := want[n]; ok != had || have != was {
			t.Fatalf("%d: %v %v, want %v %v", n, have, ok, was, had)
		}
		v := seen{uint32(i + 1), rnd.Uint32() & 0xffffff}
		kept.set(n, v)
		want[n] = v
	}
	total := 0
	for i := range kept.segments {
		total += kept.segments[i].n
	}
	for n, v := range want {
		if have, ok := kept.get(n); !ok || have != v {
			t.Fatalf("%d: %v %v, want %v", n, have, ok, v)
		}
	}
	if total != len(want) {
		t.Errorf("%d entries, want %d", total, len(want))
	}
	if _, ok := kept.get(0); ok {
		t.Error("a number that was never put in")
	}
}
