package shipping_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"yike/policy/shipping"
)

func TestHabitsAreStoredAsOneTextAndReadBack(t *testing.T) {
	var h shipping.Habits
	h.Add(shipping.Parcel{Day: 17, Hour: 9, Product: "standard", Payment: "monthly", Place: "330100"}, 2)
	h.Add(shipping.Parcel{Day: 3, Hour: shipping.NoHour, Product: "express", Payment: "", Place: ""}, 1)
	h.Add(shipping.Parcel{Day: 4, Hour: 23, Product: "express", Payment: "monthly", Place: "330100"}, 0)
	const want = "3:1 17:2|9:2|express:1 standard:2|:1 monthly:2|:1 330100:2"
	if got := h.String(); got != want {
		t.Errorf("written %q, want %q", got, want)
	}
	back, err := shipping.Parse(want)
	if err != nil || back.String() != want || back.Products.Of("standard") != 2 || back.Places.Total() != 3 || back.Days[16] != 2 || back.Hours[9] != 2 {
		t.Errorf("read %+v, %v", back, err)
	}
	if days, err := shipping.ParseDays(want); err != nil || days != h.Days {
		t.Errorf("days %v, %v", days, err)
	}
	if _, err := shipping.ParseDays("40:1||||"); !errors.Is(err, shipping.ErrHabits) {
		t.Errorf("a fortieth: %v", err)
	}
	for _, none := range []string{"", "||||"} {
		if h, err := shipping.Parse(none); err != nil || !h.Empty() || h.String() != "" {
			t.Errorf("%q is read as %+v, %v", none, h, err)
		}
	}
	for _, faulty := range []string{"1:2", "1:2|||", "1:2|||||", "32:1||||", "0:1||||", "|24:1|||", "x:1||||", "|||a|", "1:x||||", "||a:b||"} {
		if _, err := shipping.Parse(faulty); !errors.Is(err, shipping.ErrHabits) {
			t.Errorf("%q: %v", faulty, err)
		}
	}
}

// Whatever is added and taken off again leaves what stayed, in whatever order
// and by however many steps it came.
func TestWhatIsTakenOffLeavesTheRest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"", "standard", "express", "330100", "440300"}
	for range 200 {
		var stays, all, step shipping.Habits
		var off []shipping.Parcel
		for range r.IntN(40) {
			p := shipping.Parcel{Day: 1 + r.IntN(31), Hour: r.IntN(25) - 1, Product: words[r.IntN(3)], Payment: words[r.IntN(2)], Place: words[r.IntN(5)]}
			all.Add(p, 3)
			if r.IntN(2) == 0 {
				off = append(off, p)
			} else {
				stays.Add(p, 3)
			}
		}
		for _, p := range off {
			step.Add(p, -3)
		}
		kept, err := shipping.Parse(all.String())
		if err != nil {
			t.Fatal(err)
		}
		if kept.Merge(&step); kept.String() != stays.String() {
			t.Fatalf("%q less %q is %q, want %q", all.String(), step.String(), kept.String(), stays.String())
		}
	}
}
