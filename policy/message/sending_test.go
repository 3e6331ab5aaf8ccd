package message

import (
	"testing"
	"time"
)

var zone = time.FixedZone("", 8*3600)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWhenAMessageMayGoOut(t *testing.T) {
	night := DefaultSending() // 20:30 to 8:30
	noon := night
	noon.QuietFrom, noon.QuietTo = "12:00", "13:30"
	for _, c := range []struct {
		name      string
		rule      Sending
		now, want string
	}{
		{"in the morning", night, "2026-11-20 09:00", "2026-11-20 09:00"},
		{"a minute before it is quiet", night, "2026-11-20 20:29", "2026-11-20 20:29"},
		{"as it becomes quiet", night, "2026-11-20 20:30", "2026-11-21 08:30"},
		{"after midnight", night, "2026-12-31 23:59", "2027-01-01 08:30"},
		{"before the morning", night, "2026-11-20 08:29", "2026-11-20 08:30"},
		{"as it opens", night, "2026-11-20 08:30", "2026-11-20 08:30"},
		{"a rest at noon", noon, "2026-11-20 12:10", "2026-11-20 13:30"},
		{"no quiet at all", Sending{QuietFrom: "", QuietTo: ""}, "2026-11-20 03:00", "2026-11-20 03:00"},
	} {
		if got := c.rule.Open(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := night.NextDay(at("2026-11-20 10:00")); !got.Equal(at("2026-11-21 08:30")) {
		t.Errorf("the next day: %v", got)
	}
}

func TestWhenAMessageIsTriedAgain(t *testing.T) {
	rule, now := DefaultSending(), at("2026-11-20 09:00")
	if next, ok := rule.Again(1, now, time.Time{}, 0); !ok || !next.Equal(now.Add(time.Minute)) {
		t.Errorf("after the first failure: %v %v", next, ok)
	}
	if next, ok := rule.Again(1, now, time.Time{}, 30*time.Minute); !ok || !next.Equal(now.Add(30*time.Minute)) {
		t.Errorf("the gateway asks for a longer pause: %v %v", next, ok)
	}
	if next, ok := rule.Again(1, now, time.Time{}, 240*time.Hour); !ok || next.After(now.Add(24*time.Hour)) {
		t.Errorf("but not for ever: %v %v", next, ok)
	}
	if _, ok := rule.Again(rule.Tries, now, time.Time{}, 0); ok {
		t.Error("tried for ever")
	}
	if next, ok := rule.Again(6, at("2026-11-20 18:00"), time.Time{}, 0); !ok || !next.Equal(at("2026-11-21 08:30")) {
		t.Errorf("never in the quiet hours: %v %v", next, ok)
	}
	if _, ok := rule.Again(6, at("2026-11-20 18:00"), at("2026-11-21 00:00"), 0); ok {
		t.Error("a wish that would come after its day")
	}
	// A gateway that is down for a day is met again.
	n, when := 0, now
	for ok := true; ok; {
		n++
		var next time.Time
		if next, ok = rule.Again(n, when, time.Time{}, 0); ok {
			when = next
		}
	}
	if when.Sub(now) < 36*time.Hour {
		t.Errorf("given up after %v", when.Sub(now))
	}
}

func TestARuleOfSending(t *testing.T) {
	if got := DefaultSending().Check(); got != nil {
		t.Errorf("the default: %v", got)
	}
	bad := Sending{QuietFrom: "24:00", QuietTo: "8:30", ContactDay: 0, ChannelDay: -1, Tries: 99}
	if got := bad.Check(); len(got) != 6 {
		t.Errorf("everything is wrong: %v", got)
	}
	same := DefaultSending()
	same.QuietTo = same.QuietFrom
	if got := same.Check(); len(got) != 1 {
		t.Errorf("quiet from and to at once: %v", got)
	}
	for _, own := range [][]string{{"客户的APP", "客户的APP"}, {""}, {"有 空格"}, {"+加号"}, {"名字长过了十二个字的渠道就不行"}, make([]string, MaxOwn+1)} {
		bad := DefaultSending()
		if bad.Own = own; len(bad.Check()) != 1 {
			t.Errorf("own ways %q are taken", own)
		}
	}
	old, err := ParseSending(`{"quiet_from":"22:00","quiet_to":"08:00","contact_day":2,"channel_day":9,"tries":3}`)
	if err != nil || old.BranchDay != DefaultSending().BranchDay || old.ContactDay != 2 || len(old.Check()) != 0 {
		t.Errorf("a rule of before: %+v, %v", old, err)
	}
}

func TestAnOrderOfWays(t *testing.T) {
	for _, c := range []struct {
		why  string
		list []string
		had  []string
		ok   bool
	}{
		{"none", nil, nil, true},
		{"one main and three further", []string{"phone", "wechat", "sms", "email"}, nil, true},
		{"and the company's own", []string{"phone", "wechat", "sms", "email", "+APP", "+企业微信"}, nil, true},
		{"only the company's own", []string{"+APP"}, nil, true},
		{"one twice", []string{"phone", "phone"}, nil, false},
		{"one of no company", []string{"+钉钉"}, nil, false},
		{"one that the company gave up, kept", []string{"+钉钉"}, []string{"+钉钉"}, true},
		{"what is none", []string{"fax"}, nil, false},
		{"five", Ways, nil, false},
		{"an own one before", []string{"+APP", "phone"}, nil, false},
	} {
		if CheckWays(c.list, []string{"APP", "企业微信"}, c.had) != c.ok {
			t.Errorf("%s: not %v", c.why, c.ok)
		}
	}
}

func TestWhatARuleWouldHaveHeldBack(t *testing.T) {
	at := func(text string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", text, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	rule := Sending{QuietFrom: "20:00", QuietTo: "09:00", ContactDay: 1, BranchDay: 3}
	list := []Went{
		{at("2026-11-20 21:00"), 1, 1, SMS}, // at night: counts for nothing else
		{at("2026-11-20 12:00"), 1, 1, SMS},
		{at("2026-11-20 13:00"), 1, 1, Email}, // the same contact
		{at("2026-11-20 14:00"), 2, 1, SMS},
		{at("2026-11-20 15:00"), 3, 1, SMS},
		{at("2026-11-20 16:00"), 4, 1, SMS}, // the branch's fourth
		{at("2026-11-20 17:00"), 5, 2, SMS},
		{at("2026-11-20 18:00"), 6, 2, SMS}, // the channel's fifth
		{at("2026-11-21 08:59"), 1, 1, SMS},
		{at("2026-11-21 09:00"), 1, 1, SMS},
	}
	want := Held{All: 10, Quiet: 2, Contact: 1, Branch: 1, Channel: 1}
	if got := rule.WouldHold(list, 4); got != want || got.Total() != 5 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := DefaultSending().WouldHold(nil, 1); got != (Held{}) {
		t.Errorf("nothing went out: %+v", got)
	}
}
