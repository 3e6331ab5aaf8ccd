package monthend

import (
	"maps"
	"testing"
)

// jan numbers a month of 2026, from 1; 0 and below are of 2025.
func jan(month int) int32 { return Number(2026, month) }

func TestAHistorySaysWhereAClientStood(t *testing.T) {
	var h History
	h.Set(Class, jan(1), "C")
	h.Set(Class, jan(2), "C") // nothing new
	h.Set(Class, jan(4), "B")
	h.Set(Stage, jan(1), "prospect")
	h.Set(Stage, jan(3), "new")
	h.Set(Class, jan(6), "") // in the recycle bin
	h.First = jan(3)
	for _, m := range []int32{jan(2), jan(3), jan(5)} { // the first was before the first parcel
		h.Send(m)
	}
	for name, c := range map[string]struct {
		month int32
		want  string
	}{
		"the month before it is opened": {jan(0), ""}, "the month itself": {jan(1), "C"}, "nothing new": {jan(3), "C"}, "the month of a change": {jan(4), "B"},
		"the one after": {jan(5), "B"}, "gone": {jan(6), ""}, "gone for good": {jan(20), ""},
	} {
		if got := h.At(Class, c.month); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if len(h.Runs[Class]) != 3 || h.SentIn(jan(2)) || !h.SentIn(jan(3)) || h.SentIn(jan(4)) || !h.SentIn(jan(5)) {
		t.Errorf("%+v", h)
	}
	back, err := Parse(h.String())
	if err != nil || back.String() != h.String() || back.At(Class, jan(4)) != "B" || !back.SentIn(jan(5)) {
		t.Errorf("packed %q came back as %q, %v", h, back, err)
	}
	h.Set(Class, jan(4), "A") // known better: later months are said anew
	if h.At(Class, jan(6)) != "A" || back.At(Class, jan(6)) != "" {
		t.Errorf("%v and %v", h, back)
	}
	h.Set(Class, jan(4), "C") // the same as before: no run of its own
	if len(h.Runs[Class]) != 1 {
		t.Errorf("%v", h.Runs[Class])
	}
	for _, text := range []string{"", "|||", "x:A||||", "1||||", "||||1:zz", "||||1", "|||||"} {
		if h, err := Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, h)
		}
	}
}

func TestMovesAreCounted(t *testing.T) {
	var h History
	h.Set(Class, Number(2025, 12), "C")
	h.Set(Class, jan(2), "B")
	h.Set(Class, jan(4), "")
	h.First = Number(2025, 11)
	h.Send(h.First)
	h.Send(jan(2))
	c := Counts{}
	c.Count(&h, Number(2025, 12), jan(5), 2)
	for name, x := range map[string]struct {
		key  Key
		want map[Move]int64
	}{
		"who comes, at the turn of the year":  {Key{"class", Number(2025, 12)}, map[Move]int64{{"", "C"}: 2}},
		"who stays":                           {Key{"class", jan(1)}, map[Move]int64{{"C", "C"}: 2}},
		"who changes":                         {Key{"class", jan(2)}, map[Move]int64{{"C", "B"}: 2}},
		"who goes":                            {Key{"class", jan(4)}, map[Move]int64{{"B", ""}: 2}},
		"gone is gone":                        {Key{"class", jan(5)}, nil},
		"what is not kept":                    {Key{"stage", jan(1)}, nil},
		"who sent, by its first month":        {Key{Sent, jan(2)}, map[Move]int64{{"2025-11", Sent}: 2}},
		"who sent nothing":                    {Key{Sent, jan(1)}, nil},
		"a month before the span is left out": {Key{Sent, Number(2025, 11)}, nil},
	} {
		if !maps.Equal(c[x.key], x.want) {
			t.Errorf("%s: %v, want %v", name, c[x.key], x.want)
		}
		into := map[Move]int64{}
		if err := Unpack(Pack(c[x.key]), into); err != nil || !maps.Equal(into, c[x.key]) {
			t.Errorf("%s: packed %q came back as %v, %v", name, Pack(c[x.key]), into, err)
		}
	}
	c.Count(&h, Number(2025, 12), jan(5), -2)
	for k, of := range c {
		if len(of) > 0 {
			t.Errorf("taken off again there is %v of %v", of, k)
		}
	}
	late := History{First: jan(1)}
	for m := range int32(40) {
		late.Send(jan(1) + m)
	}
	c = Counts{}
	c.Count(&late, jan(1), jan(1)+39, 1)
	if len(c) != SentMost+1 || (Ask{}).Meant(&late, Key{Sent, jan(1) + SentMost + 1}) || !(Ask{}).Meant(&late, Key{Sent, jan(1) + SentMost}) {
		t.Errorf("%d months after the first are counted", len(c))
	}
}

func TestWhichMovesAreMeant(t *testing.T) {
	counts := map[Move]int64{{"A", "A"}: 5, {"A", "B"}: 3, {"", "B"}: 2, {"B", ""}: 1}
	for name, c := range map[string]struct {
		ask  Ask
		want int64
	}{
		"all": {Ask{}, 11}, "who were A": {Ask{Was: []string{"A"}}, 8}, "who are B": {Ask{Now: []string{"B"}}, 5}, "one cell": {Ask{Was: []string{"A"}, Now: []string{"B"}}, 3},
		"who came": {Ask{Was: []string{""}}, 2}, "some words": {Ask{Was: []string{"A", ""}, Now: []string{"B"}}, 5}, "some moves": {Ask{Only: []Move{{"A", "B"}, {"B", ""}}}, 4}, "nobody": {Ask{Was: []string{"C"}}, 0},
	} {
		if got := c.ask.Of(counts); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
