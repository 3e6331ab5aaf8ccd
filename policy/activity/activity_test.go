package activity

import (
	"testing"

	"yike/policy/day"
)

func TestWhatMayBeDoneWithAnActivity(t *testing.T) {
	today, err := day.Parse("2026-11-20")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		state string
		act   Act
		on    day.Day
		want  string
	}{
		{"it is held on its day", Planned, Note, today, Held},
		{"it was yesterday", Planned, Note, today.Add(-1), Held},
		{"it is tomorrow", Planned, Note, today.Add(1), ""},
		{"what was noted is corrected", Held, Note, today.Add(-30), Held},
		{"it did not take place", Cancelled, Note, today.Add(-1), ""},
		{"a planned one is called off", Planned, Cancel, today.Add(9), Cancelled},
		{"also when its day has gone by", Planned, Cancel, today.Add(-9), Cancelled},
		{"one that was held is not", Held, Cancel, today, ""},
		{"it takes place after all", Cancelled, Reopen, today.Add(9), Planned},
		{"what stands is not taken up again", Planned, Reopen, today, ""},
		{"nor what was held", Held, Reopen, today, ""},
		{"no such act", Planned, "burn", today, ""},
		{"no such state", "lost", Cancel, today, ""},
	} {
		if got := After(c.state, c.act, c.on, today); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
