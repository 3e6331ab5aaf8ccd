package views

import (
	"context"
	"testing"
	"time"

	"yike/views/lang"
)

func TestDaysAsPeopleSayThem(t *testing.T) {
	zh, en := lang.With(context.Background(), "zh-CN"), lang.With(context.Background(), "en")
	for _, c := range []struct{ name, day, today, zh, en string }{
		{"today", "2026-11-21", "2026-11-21", "今天", "today"},
		{"yesterday over the turn of the year", "2025-12-31", "2026-01-01", "昨天", "yesterday"},
		{"tomorrow over a leap day", "2028-03-01", "2028-02-29", "明天", "tomorrow"},
		{"three days ago", "2026-11-18", "2026-11-21", "3 天前", "3 days ago"},
		{"thirty days ago", "2026-10-22", "2026-11-21", "30 天前", "30 days ago"},
		{"longer ago in this year", "2026-10-21", "2026-11-21", "10月21日", "21 Oct"},
		{"in another year", "2025-10-21", "2026-11-21", "2025-10-21", "2025-10-21"},
		{"next week", "2026-11-28", "2026-11-21", "7 天后", "in 7 days"},
		{"never", "", "2026-11-21", "", ""},
		{"no day", "soon", "2026-11-21", "", ""},
	} {
		if got := DayWord(zh, c.day, c.today).Text; got != c.zh {
			t.Errorf("%s: %q, want %q", c.name, got, c.zh)
		}
		if got := DayWord(en, c.day, c.today).Text; got != c.en {
			t.Errorf("%s, in English: %q, want %q", c.name, got, c.en)
		}
	}
	if got := DayWord(zh, "2026-11-18", "2026-11-21").Full; got != "2026年11月18日 周三" {
		t.Errorf("in full: %q", got)
	}
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 21, 9, 15, 0, 0, zone)
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"an hour ago", now.Add(-time.Hour), "今天 08:15"},
		{"before midnight here, the same day in UTC", time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC), "今天 00:30"},
		{"late yesterday", now.Add(-10 * time.Hour), "昨天"},
		{"never", time.Time{}, ""},
		{"instant zero", time.UnixMilli(0), ""},
	} {
		if got := TimeWord(zh, c.at, now).Text; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
