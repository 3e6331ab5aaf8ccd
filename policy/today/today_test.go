package today

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTheOrderOfADay(t *testing.T) {
	const hour = int64(3_600_000)
	now, evening := 100*hour, 110*hour
	want := []Item{
		{Case, 1, "C", now - 2*hour},      // late by two hours: a client waits
		{Case, 2, "A", now - hour},        // late by one
		{Todo, 3, "", now - 240*hour},     // late by ten days, and nobody waits by the hour
		{Greeting, 4, "A", now - 24*hour}, // late by a day
		{Case, 5, "", now},                // due this instant is not late yet
		{Visit, 6, "C", now + 2*hour},
		{Case, 7, "A", evening}, // the same instant: by class
		{Todo, 8, "A", evening}, // the same class: by kind
		{Greeting, 9, "A", evening},
		{Greeting, 10, "B", evening},
		{Greeting, 11, "C", evening},
		{Visit, 12, "", evening}, // no class comes last
		{Visit, 13, "", evening}, // by id
	}
	for range 50 {
		got := slices.Clone(want)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, func(a, b Item) int { return Compare(a, b, now) })
		if !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	}
	if !want[3].Late(now) || want[4].Late(now) {
		t.Error("late is before now")
	}
}
