package consent

import (
	"slices"
	"strings"
	"testing"

	"yike/policy/day"
	"yike/policy/worktime"
)

func TestWhomOneMayTurnTo(t *testing.T) {
	rule := DefaultRule()
	rule.Added = []Purpose{{Code: "p1", Name: "积分活动"}, {Code: "p2", Name: "旧活动", Off: true}}
	for _, c := range []struct {
		name    string
		purpose string
		said    State
		may     bool
		why     Reason
	}{
		{"a notice the contract needs, never asked", Service, NotAsked, true, ByContract},
		{"a notice to somebody who wants none", Service, Refused, false, SaidNo},
		{"marketing, never asked, is not allowed", Marketing, NotAsked, false, Unasked},
		{"marketing by consent", Marketing, Given, true, ByConsent},
		{"marketing refused is another thing than not asked", Marketing, Refused, false, SaidNo},
		{"a birthday greeting after the consent was taken back", Birthday, Withdrawn, false, TookBack},
		{"a purpose that head office added", "p1", Given, true, ByConsent},
		{"one that was put aside, whatever was said", "p2", Given, false, Unknown},
		{"one that does not exist", "spy", Given, false, Unknown},
	} {
		if may, why := rule.May(c.purpose, c.said); may != c.may || why != c.why {
			t.Errorf("%s: %v %s, want %v %s", c.name, may, why, c.may, c.why)
		}
	}
}

func TestWhatCanFollow(t *testing.T) {
	all := []State{NotAsked, Given, Refused, Withdrawn}
	allowed := map[[2]State]bool{{NotAsked, Given}: true, {NotAsked, Refused}: true, {Given, Refused}: true, {Given, Withdrawn}: true,
		{Refused, Given}: true, {Withdrawn, Given}: true, {Withdrawn, Refused}: true}
	for _, before := range all {
		for _, after := range all {
			if got := Follows(before, after); got != allowed[[2]State{before, after}] {
				t.Errorf("%q then %q: %v", before, after, got)
			}
		}
	}
}

func TestHowAnAnswerCame(t *testing.T) {
	today := day.MustParse("2026-11-21")
	for _, c := range []struct {
		name, source, on, note string
		want                   Fault
	}{
		{"by phone today", "phone", "2026-11-21", "", Fine},
		{"tomorrow", "phone", "2026-11-22", "", DayAhead},
		{"no day", "phone", "", "", NoDay},
		{"no such day", "phone", "2026-02-30", "", NoDay},
		{"no way", "", "2026-11-21", "", NoSource},
		{"by pigeon", "pigeon", "2026-11-21", "", NoSource},
		{"another way without a word", "other", "2026-11-21", "", NoteNeeded},
		{"another way with a word", "other", "2026-11-21", "短信回复", Fine},
		{"a note of 200 characters", "paper", "2026-11-21", strings.Repeat("字", 200), Fine},
		{"one more", "paper", "2026-11-21", strings.Repeat("字", 201), NoteLong},
	} {
		if got := Check(c.source, c.on, c.note, today); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestARequestIsDueInWorkingDays(t *testing.T) {
	rule := DefaultRule()
	for _, c := range []struct{ name, received, want string }{
		{"a Saturday", "2026-11-21", "2026-12-11"},
		{"before the National Day week", "2026-09-30", "2026-10-27"},
		{"into a year not announced, by Monday to Friday", "2026-12-31", ""},
	} {
		due := rule.Due(day.MustParse(c.received), worktime.China())
		if c.want == "" {
			if !due.Valid() || due <= day.MustParse(c.received) {
				t.Errorf("%s: %s", c.name, due)
			}
			continue
		}
		if due.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, due, c.want)
		}
	}
}

func TestHowARequestStands(t *testing.T) {
	today := day.MustParse("2026-11-21")
	for _, c := range []struct {
		name, due, want string
		open            bool
	}{
		{"answered", "2026-11-01", "done", false}, {"due yesterday", "2026-11-20", "over", true}, {"due today", "2026-11-21", "soon", true},
		{"due in three days", "2026-11-24", "soon", true}, {"due in four", "2026-11-25", "ok", true},
	} {
		if got := Urgency(c.open, day.MustParse(c.due), today); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestARuleThatCannotBe(t *testing.T) {
	if faults := DefaultRule().CheckRule(); faults != nil {
		t.Errorf("the default: %v", faults)
	}
	r := Rule{Added: []Purpose{{Code: "a", Name: "活动"}, {Code: "b", Name: "活动"}}}
	if got := r.CheckRule(); !slices.Equal(got, []string{"days", "backup_days", "added"}) {
		t.Errorf("faults %v", got)
	}
}
