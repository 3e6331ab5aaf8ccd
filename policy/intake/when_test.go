package intake

import "testing"

// The quick way to read a time says what the long way says, or nothing.
func TestAPlainTimeIsReadAsEveryOther(t *testing.T) {
	rules := DateRules{Year: 2026}
	quick := 0
	for _, s := range []string{"2026-11-21 08:30:05", "2026-11-21 08:30", "2026-11-21 00:00:00", "2026-11-21 00:00", "2026-11-21 23:59:59", "2024-02-29 12:00:00", "2025-02-29 12:00:00",
		"2026-11-21 24:00:00", "2026-11-21 8:30:05", "2026-11-21 08:60:00", "2026-11-21 08:30:61", "2026-11-21T08:30:05", "2026/11/21 08:30:05", "2026-11-21  8:30:05", "2026-13-01 08:30:05",
		"2026-11-21 08:3a:05", "2026-11-21 08:30;05", "１０26-11-21 08:30", "2026-11-21 08:30 PM", "1850-11-21 08:30:05", "", "2026-11-21", "26-11-21 08:30:0512"} {
		c := Cell{Kind: Text, Text: s}
		got := plainWhen(c)
		if got == "" {
			continue
		}
		quick++
		day, p := ParseDay(c, rules)
		if clock := clockOf(c); clock != "" {
			day += " " + clock
		}
		if got != day || p.Code != "" {
			t.Errorf("%q: quickly %q, the long way %q %v", s, got, day, p)
		}
	}
	if quick != 6 {
		t.Errorf("%d were read the quick way, want 6", quick)
	}
	if got := plainWhen(Cell{Kind: Date, Text: "2026-11-21 08:30:05", Num: 46347.35}); got != "" {
		t.Errorf("a cell of a date: %q", got)
	}
}
