package absence

import (
	"testing"
	"time"

	"yike/policy/day"
)

func on(text string) day.Day {
	d, err := day.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestWhenSomebodyIsAway(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	week := Span{on("2026-12-30"), on("2027-01-02"), ""}
	for _, c := range []struct {
		name string
		s    Span
		at   string
		want bool
	}{
		{"the evening before", week, "2026-12-29 23:59", false},
		{"from midnight on", week, "2026-12-30 00:00", true},
		{"over the turn of the year", week, "2027-01-01 12:00", true},
		{"to the end of the last day", week, "2027-01-02 23:59", true},
		{"the day after", week, "2027-01-03 00:00", false},
		{"a morning ends at noon", Span{on("2026-11-20"), on("2026-11-20"), Morning}, "2026-11-20 11:59", true},
		{"at noon they are back", Span{on("2026-11-20"), on("2026-11-20"), Morning}, "2026-11-20 12:00", false},
		{"an afternoon begins then", Span{on("2026-11-20"), on("2026-11-20"), Afternoon}, "2026-11-20 12:00", true},
		{"not before", Span{on("2026-11-20"), on("2026-11-20"), Afternoon}, "2026-11-20 09:00", false},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.s.At(at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWhatASpanMayNotBe(t *testing.T) {
	today := on("2026-11-20")
	for _, c := range []struct {
		name string
		s    Span
		want string
	}{
		{"today", Span{today, today, ""}, ""},
		{"this morning", Span{today, today, Morning}, ""},
		{"begun last week", Span{today - 7, today, ""}, ""},
		{"over yesterday", Span{today - 7, today - 1, ""}, FaultPast},
		{"backwards", Span{today + 2, today + 1, ""}, FaultOrder},
		{"a year", Span{today, today + MostDays - 1, ""}, ""},
		{"a day more", Span{today, today + MostDays, ""}, FaultLong},
		{"the mornings of two days", Span{today, today + 1, Morning}, FaultPart},
		{"no day", Span{day.None, today, ""}, FaultDay},
	} {
		if got := c.s.Fault(today); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTwoSpansMeet(t *testing.T) {
	d := on("2026-11-20")
	for _, c := range []struct {
		name string
		a, b Span
		want bool
	}{
		{"one after the other", Span{d, d + 1, ""}, Span{d + 2, d + 3, ""}, false},
		{"on a day", Span{d, d + 2, ""}, Span{d + 2, d + 3, ""}, true},
		{"morning and afternoon", Span{d, d, Morning}, Span{d, d, Afternoon}, false},
		{"a morning within a week", Span{d - 2, d + 2, ""}, Span{d, d, Morning}, true},
	} {
		if got := c.a.Meets(c.b); got != c.want || c.b.Meets(c.a) != got {
			t.Errorf("%s: %v and %v", c.name, got, c.b.Meets(c.a))
		}
	}
	if s, left := (Span{d - 3, d + 3, ""}).Back(d); !left || s != (Span{d - 3, d - 1, ""}) {
		t.Errorf("back early: %v %v", s, left)
	}
	if s, left := (Span{d - 3, d - 2, ""}).Back(d); !left || s.Until != d-2 {
		t.Errorf("back long ago: %v %v", s, left)
	}
	if _, left := (Span{d, d + 3, ""}).Back(d); left {
		t.Error("never gone, and something is left")
	}
}
