package day

import (
	"encoding/json"
	"testing"
	"time"
)

func TestEveryDayOfTwoCenturiesAgreesWithTheTimePackage(t *testing.T) {
	at := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	d := MustParse("1899-12-31")
	for at.Year() < 2101 {
		if d.String() != at.Format(time.DateOnly) {
			t.Fatalf("day %d is %s, want %s", d, d, at.Format(time.DateOnly))
		}
		if d.Weekday() != at.Weekday() {
			t.Fatalf("%s is a %s, want %s", d, d.Weekday(), at.Weekday())
		}
		if back, err := Parse(d.String()); err != nil || back != d {
			t.Fatalf("Parse(%s) = %d, %v, want %d", d, back, err, d)
		}
		at, d = at.AddDate(0, 0, 1), d.Add(1)
	}
}

func TestEnds(t *testing.T) {
	if got := MustParse("0001-01-01"); got != 1 {
		t.Errorf("the first day is %d, want 1", got)
	}
	if got := MustParse("9999-12-31"); got != Last || got.Add(1) != None {
		t.Errorf("the last day is %d, and the next %d", got, got.Add(1))
	}
	if Of(0, 12, 31) != None || Of(10000, 1, 1) != None || Of(-5, 1, 1) != None {
		t.Error("a day outside the years 1 to 9999 must be None")
	}
	if MustParse("0001-01-01").Add(-1) != None {
		t.Error("before the first day there is none")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"2025-02-29", "2025-13-01", "2025-00-10", "2025-01-00", "0000-01-01",
		"2025-1-01", "25-01-01", "2025/01/01", "2025-01-01 ", "２０２５-01-01", "2025-01-32", "-025-01-01", "2025-01-+1"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", s, d)
		}
	}
	if d, err := Parse(""); d != None || err != nil {
		t.Errorf("the empty text is no day and no error, got %v, %v", d, err)
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		name, from string
		months     int
		want       string
	}{
		{"the last of January and a month is the last of February", "2025-01-31", 1, "2025-02-28"},
		{"in a leap year it is the 29th", "2024-01-31", 1, "2024-02-29"},
		{"over the turn of the year", "2026-12-15", 1, "2027-01-15"},
		{"backwards over the turn of the year", "2027-01-31", -2, "2026-11-30"},
		{"a year back from a leap day", "2024-02-29", -12, "2023-02-28"},
		{"out of the calendar", "0001-01-01", -1, ""},
	} {
		if got := MustParse(c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	d := MustParse("2024-02-10")
	if d.MonthStart().String() != "2024-02-01" || d.MonthEnd().String() != "2024-02-29" {
		t.Errorf("February 2024 runs from %s to %s", d.MonthStart(), d.MonthEnd())
	}
	if None.MonthStart() != None || None.MonthEnd() != None || None.AddMonths(1) != None || None.String() != "" {
		t.Error("no day has no month")
	}
}

func TestTheDayChangesAtShanghaiMidnight(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	before := time.Date(2026, 11, 20, 15, 59, 59, 0, time.UTC)
	if got := At(before, shanghai).String(); got != "2026-11-20" {
		t.Errorf("one second before midnight: %s", got)
	}
	if got := At(before.Add(time.Second), shanghai).String(); got != "2026-11-21" {
		t.Errorf("at midnight: %s", got)
	}
}

func TestJSON(t *testing.T) {
	b, err := json.Marshal(struct{ From, To Day }{MustParse("2026-01-31"), None})
	if err != nil || string(b) != `{"From":"2026-01-31","To":""}` {
		t.Fatalf("got %s, %v", b, err)
	}
	var back struct{ From, To Day }
	if err := json.Unmarshal(b, &back); err != nil || back.From.String() != "2026-01-31" || back.To != None {
		t.Fatalf("got %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"From":"2026-02-30"}`), &back); err == nil {
		t.Error("a faulty day must be refused")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-11-21")
	f.Add("2024-02-29")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := Parse(s); err == nil && d.String() != s {
			t.Errorf("Parse(%q) was taken and says %q", s, d)
		}
	})
}
