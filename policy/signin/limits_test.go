package signin

import (
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	rule := Rule{Roles: map[string]RoleLimits{
		"administrator": {IdleMinutes: 30, AbsoluteHours: 8, TwoStep: true},
		"analyst":       {IdleMinutes: 5, AbsoluteHours: 24},
		"auditor":       {IdleMinutes: 0, AbsoluteHours: 0}, // a broken row: the default holds
	}}
	for _, c := range []struct {
		name  string
		rule  Rule
		roles []string
		want  Limits
	}{
		{"an administrator by default", Rule{}, []string{"administrator"}, Limits{2 * time.Hour, 12 * time.Hour, false}},
		{"a rep by default", Rule{}, []string{"sales_rep"}, Limits{96 * time.Hour, 30 * 24 * time.Hour, false}},
		{"somebody without a role", Rule{}, nil, Limits{12 * time.Hour, 7 * 24 * time.Hour, false}},
		{"a role of the company's own", rule, []string{"night_shift"}, Limits{12 * time.Hour, 7 * 24 * time.Hour, false}},
		{"as set", rule, []string{"administrator"}, Limits{30 * time.Minute, 8 * time.Hour, true}},
		{"of two roles the strictest of each", rule, []string{"analyst", "administrator"}, Limits{5 * time.Minute, 8 * time.Hour, true}},
		{"in the other order too", rule, []string{"administrator", "analyst"}, Limits{5 * time.Minute, 8 * time.Hour, true}},
		{"a broken row is no row", rule, []string{"auditor"}, Limits{12 * time.Hour, 7 * 24 * time.Hour, false}},
	} {
		if got := c.rule.For(c.roles); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhenASessionIsOver(t *testing.T) {
	l := Limits{Idle: time.Hour, Absolute: 12 * time.Hour}
	since := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		seen, now time.Duration // after since
		want      Ending
	}{
		{"just signed in", 0, 0, GoesOn},
		{"an hour away to the second", 2 * time.Hour, 3 * time.Hour, GoesOn},
		{"a second longer", 2 * time.Hour, 3*time.Hour + time.Second, Idle},
		{"busy for twelve hours", 12 * time.Hour, 12 * time.Hour, GoesOn},
		{"busy, but twelve hours and a second", 12 * time.Hour, 12*time.Hour + time.Second, Old},
		{"the clock was set back a day", 0, -24 * time.Hour, GoesOn},
		{"the clock jumped ten years", 0, 87600 * time.Hour, Old},
	} {
		if got := l.Over(since, since.Add(c.seen), since.Add(c.now)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := l.Until(since, since.Add(11*time.Hour+30*time.Minute)); !got.Equal(since.Add(12 * time.Hour)) {
		t.Errorf("near the end it lasts until %s", got)
	}
}

func TestLimitsThatCanBeSet(t *testing.T) {
	for _, c := range []struct {
		name           string
		idle, absolute int
		faults         int
	}{
		{"the least", 5, 1, 0}, {"the most", MaxIdle, MaxAbsolute, 0}, {"nothing", 0, 0, 2}, {"four minutes", 4, 8, 1},
		{"longer away than the session lasts", 121, 2, 1}, {"as long", 120, 2, 0}, {"sixty-one days", 60, MaxAbsolute + 1, 1},
	} {
		if got := (RoleLimits{IdleMinutes: c.idle, AbsoluteHours: c.absolute}).Faults(); len(got) != c.faults {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for _, role := range []string{"administrator", "sales_rep", "courier", "branch_manager", ""} {
		if got := DefaultLimits(role).Faults(); len(got) > 0 {
			t.Errorf("the default of %q: %v", role, got)
		}
	}
}

func TestDevices(t *testing.T) {
	for _, c := range []struct {
		name, agent string
		want        Device
		phone       bool
	}{
		{"an office PC", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36", Device{"windows", "chrome"}, false},
		{"Edge says Chrome too", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0", Device{"windows", "edge"}, false},
		{"WeChat on an Android phone", "Mozilla/5.0 (Linux; Android 13; V2183A) AppleWebKit/537.36 Chrome/111.0 Mobile Safari/537.36 MicroMessenger/8.0.44", Device{"android", "wechat"}, true},
		{"WeCom says WeChat too", "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) wxwork/4.1 MicroMessenger/7.0.1", Device{"iphone", "wecom"}, true},
		{"an iPhone is no Mac", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1", Device{"iphone", "safari"}, true},
		{"a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", Device{"mac", "safari"}, false},
		{"an old 360", "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/78.0 Safari/537.36 QIHU 360SE", Device{"windows", "360"}, false},
		{"a script", "curl/8.5.0", Device{}, false},
		{"nothing", "", Device{}, false},
	} {
		if got := DeviceOf(c.agent); got != c.want || got.Phone() != c.phone {
			t.Errorf("%s: %v, phone %v", c.name, got, got.Phone())
		}
	}
}
